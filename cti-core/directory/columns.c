/*
 * columns.c -- see columns.h. Headers are compared without case, spaces, marks and
 * the number at their end ("Phone 2 - Value", "電話番号２").
 */
#include "columns.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const struct column {
	enum cti_column column;
	const char *label;
	const char *names; /* each between bars */
} table[] = {
	{ CTI_COL_ID, NULL,
		"|id|contactid|code|key|no|customerid|顧客id|顧客番号|顧客コード|コード|番号|" },
	{ CTI_COL_NAME, NULL,
		"|name|fullname|contact|contactname|displayname|氏名|名前|お名前|姓名|担当者|"
		"担当者名|顧客名|表示名|" },
	{ CTI_COL_LAST, NULL, "|last|lastname|familyname|surname|姓|氏|苗字|名字|" },
	{ CTI_COL_FIRST, NULL, "|first|firstname|givenname|名|" },
	{ CTI_COL_KANA, NULL,
		"|kana|reading|furigana|フリガナ|ふりがな|カナ|氏名カナ|氏名フリガナ|よみ|"
		"よみがな|読み|" },
	{ CTI_COL_COMPANY, NULL,
		"|company|companyname|organization|organisation|organizationname|account|"
		"会社|会社名|企業名|法人名|勤務先|勤務先名|組織|組織名|" },
	{ CTI_COL_DEPARTMENT, NULL,
		"|department|organizationdepartment|部署|部署名|所属|" },
	{ CTI_COL_TITLE, NULL, "|title|jobtitle|position|役職|肩書|肩書き|" },
	{ CTI_COL_EMAIL, NULL,
		"|email|mail|emailaddress|emailvalue|メール|メールアドレス|eメール|" },
	{ CTI_COL_URL, NULL, "|url|link|website|record|リンク|ウェブサイト|" },
	{ CTI_COL_NOTE, NULL, "|note|notes|remark|remarks|comment|備考|メモ|注記|" },
	{ CTI_COL_NUMBER, "mobile",
		"|mobile|mobilephone|cell|cellphone|cellular|携帯|携帯電話|携帯番号|"
		"携帯電話番号|" },
	{ CTI_COL_NUMBER, "home", "|home|homephone|自宅|自宅電話|自宅電話番号|" },
	{ CTI_COL_NUMBER, "direct",
		"|direct|directphone|directline|直通|直通電話|直通番号|" },
	{ CTI_COL_NUMBER, "fax",
		"|fax|faxnumber|businessfax|homefax|ファックス|ファクス|fax番号|" },
	{ CTI_COL_NUMBER, "phone",
		"|phone|phonenumber|phonevalue|tel|telephone|telephonenumber|number|work|"
		"workphone|businessphone|companymainphone|電話|電話番号|代表|代表電話|"
		"代表番号|会社電話|勤務先電話|勤務先電話番号|連絡先|連絡先電話番号|" },
};

/* One character of the header in its plain form; 0: passed over. */
static size_t plain_char(const char **pp, char out[4])
{
	const unsigned char *p = (const unsigned char *)*pp;
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			n = i;
	*pp += n;
	memcpy(out, p, n);
	/* Full-width ASCII is U+FF01..FF5E, that is EF BC 81..BF and EF BD 80..9E. */
	if (n == 3 && p[0] == 0xef && (p[1] == 0xbc || p[1] == 0xbd) &&
		!(p[1] == 0xbd && p[2] > 0x9e)) {
		out[0] = (char)(p[2] - (p[1] == 0xbc ? 0x60 : 0x20));
		n = 1;
	}
	if (n > 1) /* the ideographic space and the byte order mark */
		return memcmp(p, "\xe3\x80\x80", 3) && memcmp(p, "\xef\xbb\xbf", 3) ? n
										    : 0;
	out[0] = (char)tolower((unsigned char)out[0]);
	return isalpha((unsigned char)out[0]) ? 1 : 0;
}

static void simplify(char *dst, size_t size, const char *header)
{
	size_t len = 0;

	while (*header && len + 5 < size) {
		char c[4];
		const size_t n = plain_char(&header, c);

		memcpy(dst + len, c, n);
		len += n;
	}
	dst[len] = '\0';
}

static bool in_names(const char *names, const char *name)
{
	const size_t len = strlen(name);
	const char *p = names;

	while ((p = strstr(p, name)) != NULL) {
		if (p[-1] == '|' && p[len] == '|')
			return true;
		p++;
	}
	return false;
}

enum cti_column cti_column_of(const char *header, const char **labelp)
{
	char name[128];

	*labelp = NULL;
	simplify(name, sizeof(name), header);
	if (!*name)
		return CTI_COL_OTHER;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (in_names(table[i].names, name)) {
			*labelp = table[i].label;
			return table[i].column;
		}
	return CTI_COL_OTHER;
}
