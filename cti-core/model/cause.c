/*
 * cause.c -- the one table of causes: SIP status codes and Q.850 causes, what
 * they say to people in English and Japanese, and what they mean for a call that
 * nobody answered and for the line that sent them.
 *
 * Sources: RFC 3261 section 21; 428 and 436-438 RFC 8224, 433 RFC 5079, 440 RFC 5393,
 * 489 RFC 6665, 494 RFC 3329, 607 RFC 8197, 608 RFC 8688; ITU-T Q.850 table 1; the
 * mapping between the two is RFC 3398 section 7.2.4.1.
 */
#include <cti/cause.h>

#include <stddef.h>

#define LEN(a) (sizeof(a) / sizeof(*(a)))

/* Short, so that a row of the table is a line. */
#define O_NONE CTI_OUTCOME_NONE
#define O_ANS  CTI_OUTCOME_ANSWERED
#define O_MISS CTI_OUTCOME_MISSED
#define O_BUSY CTI_OUTCOME_BUSY
#define O_DECL CTI_OUTCOME_DECLINED
#define O_FAIL CTI_OUTCOME_FAILED
#define O_BLOC CTI_OUTCOME_BLOCKED
#define R_NONE CTI_RESULT_NONE
#define R_ANS  CTI_RESULT_ANSWERED
#define R_ELSE CTI_RESULT_ANSWERED_ELSEWHERE
#define R_MISS CTI_RESULT_MISSED
#define R_BUSY CTI_RESULT_BUSY
#define R_DECL CTI_RESULT_DECLINED
#define R_UNRE CTI_RESULT_UNREACHABLE

/* Sorted by code: they are searched. */
/* clang-format off */
static const struct cti_cause_text sip_causes[] = {
	{ 200, "Answered", "応答", O_ANS, R_ANS },
	{ 300, "Several destinations", "宛先が複数あります", O_FAIL, R_NONE },
	{ 301, "Moved permanently", "番号が変わりました", O_FAIL, R_NONE },
	{ 302, "Forwarded", "転送されました", O_NONE, R_NONE },
	{ 305, "Use a proxy", "プロキシの指定が必要です", O_FAIL, R_NONE },
	{ 380, "Other service offered", "別のサービスが案内されました", O_FAIL, R_NONE },
	{ 400, "Bad request", "要求が正しくありません", O_FAIL, R_UNRE },
	{ 401, "Not authorised", "認証が必要です", O_FAIL, R_UNRE },
	{ 402, "Payment required", "支払いが必要です", O_FAIL, R_UNRE },
	{ 403, "Not allowed", "許可されていません", O_FAIL, R_UNRE },
	{ 404, "Number not in service", "使われていない番号です", O_FAIL, R_UNRE },
	{ 405, "Method not allowed", "対応していない操作です", O_FAIL, R_UNRE },
	{ 406, "Not acceptable", "受け付けられません", O_FAIL, R_UNRE },
	{ 407, "Proxy not authorised", "プロキシ認証が必要です", O_FAIL, R_UNRE },
	{ 408, "No answer from the network", "応答がありません（時間切れ）", O_FAIL, R_UNRE },
	{ 410, "Number no longer exists", "番号は廃止されました", O_FAIL, R_UNRE },
	{ 412, "Condition failed", "条件が満たされません", O_FAIL, R_UNRE },
	{ 413, "Request too large", "要求が大きすぎます", O_FAIL, R_UNRE },
	{ 414, "Address too long", "宛先が長すぎます", O_FAIL, R_UNRE },
	{ 415, "Media type not supported", "対応していないメディアです", O_FAIL, R_UNRE },
	{ 416, "Address scheme not supported", "対応していない宛先形式です", O_FAIL, R_UNRE },
	{ 417, "Unknown resource priority", "優先度が認識されません", O_FAIL, R_UNRE },
	{ 420, "Extension not supported", "対応していない拡張です", O_FAIL, R_UNRE },
	{ 421, "Extension required", "拡張が必要です", O_FAIL, R_UNRE },
	{ 422, "Session interval too small", "セッション間隔が短すぎます", O_FAIL, R_UNRE },
	{ 423, "Interval too brief", "間隔が短すぎます", O_FAIL, R_UNRE },
	{ 428, "Identity header required", "発信者証明が必要です", O_BLOC, R_UNRE },
	{ 429, "Referrer identity required", "転送元の証明が必要です", O_FAIL, R_UNRE },
	{ 433, "Anonymous calls are not accepted", "非通知の着信は拒否されます", O_BLOC, R_DECL },
	{ 436, "Bad identity information", "発信者証明を取得できません", O_BLOC, R_UNRE },
	{ 437, "Unsupported credential", "発信者証明に対応していません", O_BLOC, R_UNRE },
	{ 438, "Invalid identity header", "発信者証明が不正です", O_BLOC, R_UNRE },
	{ 440, "Too many forwards", "転送回数が多すぎます", O_FAIL, R_UNRE },
	{ 480, "Not available now", "現在つながりません", O_FAIL, R_UNRE },
	{ 481, "Call does not exist", "通話が存在しません", O_FAIL, R_NONE },
	{ 482, "Loop detected", "経路がループしています", O_FAIL, R_UNRE },
	{ 483, "Too many hops", "経路が長すぎます", O_FAIL, R_UNRE },
	{ 484, "Number incomplete", "番号が不完全です", O_FAIL, R_UNRE },
	{ 485, "Number ambiguous", "番号があいまいです", O_FAIL, R_UNRE },
	{ 486, "Busy", "話し中", O_BUSY, R_BUSY },
	{ 487, "Caller gave up", "発信者が切断しました", O_MISS, R_MISS },
	{ 488, "Media not acceptable", "メディアが合いません", O_FAIL, R_UNRE },
	{ 489, "Event package not supported", "対応していないイベントです", O_FAIL, R_UNRE },
	{ 491, "Request pending", "処理中の要求があります", O_FAIL, R_NONE },
	{ 493, "Cannot be decrypted", "復号できません", O_FAIL, R_UNRE },
	{ 494, "Security agreement required", "セキュリティの合意が必要です", O_FAIL, R_UNRE },
	{ 500, "Server error", "サーバーエラー", O_FAIL, R_UNRE },
	{ 501, "Not implemented", "サーバーが対応していません", O_FAIL, R_UNRE },
	{ 502, "Bad gateway", "ゲートウェイエラー", O_FAIL, R_UNRE },
	{ 503, "Network congested", "回線が混み合っています", O_FAIL, R_UNRE },
	{ 504, "Server timed out", "サーバーの時間切れ", O_FAIL, R_UNRE },
	{ 505, "SIP version not supported", "対応していないSIPの版です", O_FAIL, R_UNRE },
	{ 513, "Message too large", "メッセージが大きすぎます", O_FAIL, R_UNRE },
	{ 580, "Precondition failed", "事前条件が満たされません", O_FAIL, R_UNRE },
	{ 600, "Busy everywhere", "すべての電話が話し中", O_BUSY, R_BUSY },
	{ 603, "Declined", "拒否されました", O_DECL, R_DECL },
	{ 604, "Does not exist anywhere", "宛先が存在しません", O_FAIL, R_UNRE },
	{ 606, "Not acceptable", "受け付けられません", O_FAIL, R_UNRE },
	{ 607, "Unwanted call", "迷惑電話として拒否されました", O_BLOC, R_DECL },
	{ 608, "Rejected by a call filter", "着信フィルターで拒否されました", O_BLOC, R_DECL },
};

static const struct cti_cause_text q850_causes[] = {
	{ 1, "Number not in service", "使われていない番号です", O_FAIL, R_UNRE },
	{ 2, "No route to transit network", "中継網への経路がありません", O_FAIL, R_UNRE },
	{ 3, "No route to destination", "宛先への経路がありません", O_FAIL, R_UNRE },
	{ 4, "Special information tone", "案内音が流れました", O_FAIL, R_UNRE },
	{ 5, "Misdialled trunk prefix", "局番の誤り", O_FAIL, R_UNRE },
	{ 6, "Channel unacceptable", "チャネルが使えません", O_FAIL, R_UNRE },
	{ 16, "Hung up", "切断しました", O_NONE, R_NONE },
	{ 17, "Busy", "話し中", O_BUSY, R_BUSY },
	{ 18, "Phone does not respond", "電話機が応答しません", O_FAIL, R_UNRE },
	{ 19, "No answer", "応答なし", O_MISS, R_MISS },
	{ 20, "Subscriber absent", "加入者が不在です（未登録）", O_FAIL, R_UNRE },
	{ 21, "Declined", "拒否されました", O_DECL, R_DECL },
	{ 22, "Number changed", "番号が変わりました", O_FAIL, R_UNRE },
	{ 23, "Redirected", "転送されました", O_NONE, R_NONE },
	{ 25, "Routing error", "交換機の経路エラー", O_FAIL, R_UNRE },
	{ 26, "Answered elsewhere", "他の人が応答しました", O_NONE, R_ELSE },
	{ 27, "Destination out of order", "宛先が故障しています", O_FAIL, R_UNRE },
	{ 28, "Number incomplete", "番号が不完全です", O_FAIL, R_UNRE },
	{ 29, "Facility rejected", "サービスが拒否されました", O_FAIL, R_UNRE },
	{ 31, "Normal", "正常", O_NONE, R_NONE },
	{ 34, "No circuit available", "空き回線がありません", O_FAIL, R_UNRE },
	{ 38, "Network out of order", "網が故障しています", O_FAIL, R_UNRE },
	{ 41, "Temporary failure", "一時的な障害", O_FAIL, R_UNRE },
	{ 42, "Network congested", "回線が混み合っています", O_FAIL, R_UNRE },
	{ 43, "Information discarded", "情報が破棄されました", O_FAIL, R_UNRE },
	{ 44, "Channel not available", "チャネルが使えません", O_FAIL, R_UNRE },
	{ 47, "No resources", "資源が足りません", O_FAIL, R_UNRE },
	{ 50, "Facility not subscribed", "契約していないサービスです", O_FAIL, R_UNRE },
	{ 52, "Outgoing calls barred", "発信が規制されています", O_BLOC, R_UNRE },
	{ 54, "Incoming calls barred", "着信が規制されています", O_BLOC, R_DECL },
	{ 55, "Incoming calls barred in the group", "グループへの着信が規制されています", O_BLOC, R_DECL },
	{ 57, "Not authorised", "許可されていません", O_FAIL, R_UNRE },
	{ 58, "Capability not available", "機能が使えません", O_FAIL, R_UNRE },
	{ 63, "Service not available", "サービスが使えません", O_FAIL, R_UNRE },
	{ 65, "Capability not implemented", "機能がありません", O_FAIL, R_UNRE },
	{ 69, "Facility not implemented", "サービスがありません", O_FAIL, R_UNRE },
	{ 79, "Not implemented", "対応していません", O_FAIL, R_UNRE },
	{ 81, "Invalid call reference", "通話番号が不正です", O_FAIL, R_NONE },
	{ 87, "Not a member of the group", "グループの一員ではありません", O_FAIL, R_DECL },
	{ 88, "Incompatible destination", "宛先と互換性がありません", O_FAIL, R_UNRE },
	{ 95, "Invalid message", "不正なメッセージ", O_FAIL, R_NONE },
	{ 96, "Element missing", "必須情報がありません", O_FAIL, R_NONE },
	{ 97, "Message not implemented", "対応していないメッセージ", O_FAIL, R_NONE },
	{ 98, "Wrong message for the state", "状態に合わないメッセージ", O_FAIL, R_NONE },
	{ 99, "Element not implemented", "対応していない情報要素", O_FAIL, R_NONE },
	{ 100, "Invalid element", "不正な情報要素", O_FAIL, R_NONE },
	{ 101, "Wrong state", "状態が合いません", O_FAIL, R_NONE },
	{ 102, "Timer expired", "時間切れ", O_FAIL, R_UNRE },
	{ 111, "Protocol error", "プロトコルエラー", O_FAIL, R_NONE },
	{ 127, "Interworking", "相互接続の理由で不明", O_FAIL, R_UNRE },
};

/* RFC 3398 section 7.2.4.1, plus 26 (answered elsewhere is no failure). */
static const struct { uint16_t q850, sip; } map[] = {
	{ 1, 404 }, { 2, 404 }, { 3, 404 }, { 17, 486 }, { 18, 408 }, { 19, 480 },
	{ 20, 480 }, { 21, 403 }, { 22, 410 }, { 23, 410 }, { 27, 502 }, { 28, 484 },
	{ 29, 501 }, { 31, 480 }, { 34, 503 }, { 38, 503 }, { 41, 503 }, { 42, 503 },
	{ 47, 503 }, { 55, 403 }, { 57, 403 }, { 58, 503 }, { 65, 488 }, { 69, 501 },
	{ 79, 501 }, { 87, 403 }, { 88, 503 }, { 102, 504 }, { 111, 500 }, { 127, 500 },
};
/* clang-format on */

static const struct cti_cause_text *lookup(
	const struct cti_cause_text *v, size_t n, uint16_t code)
{
	size_t lo = 0;

	while (lo < n) {
		const size_t mid = lo + (n - lo) / 2;

		if (v[mid].code == code)
			return &v[mid];
		if (v[mid].code < code)
			lo = mid + 1;
		else
			n = mid;
	}
	return NULL;
}

const struct cti_cause_text *cti_cause_sip(uint16_t code)
{
	return lookup(sip_causes, LEN(sip_causes), code);
}

const struct cti_cause_text *cti_cause_q850(uint16_t code)
{
	return lookup(q850_causes, LEN(q850_causes), code);
}

const struct cti_cause_text *cti_cause_text(const struct cti_cause *cause)
{
	static const struct cti_cause_text unknown = { 0, "Unknown cause", "原因不明",
		CTI_OUTCOME_NONE, CTI_RESULT_NONE };
	const struct cti_cause_text *t = NULL;

	if (cause->sip)
		t = cti_cause_sip(cause->sip);
	if (!t && cause->q850)
		t = cti_cause_q850(cause->q850);
	return t ? t : &unknown;
}

uint16_t cti_cause_q850_to_sip(uint16_t q850)
{
	for (size_t i = 0; i < LEN(map); i++) {
		if (map[i].q850 == q850)
			return map[i].sip;
	}
	return 0;
}
