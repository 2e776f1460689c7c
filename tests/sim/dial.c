/*
 * dial.c -- the agent's phone and the outside world for click-to-dial; see dial.h.
 *
 * Two lives: the watcher's dialog with us, which may end right after the REFER,
 * and the call between the agent and the number, which goes on.
 *
 * In the RFC dialect the agent's phone itself gets the REFER: the line shows the
 * watcher's dialog first and then one of its own. In Asterisk's the PBX does it
 * all, and the line is just in use.
 */
#include "dial.h"

#include "call.h"
#include "digest.h"
#include "script.h"

#include <string.h>

struct dial {
	struct sim *sim;
	struct sipsess *sess; /* the watcher's dialog; NULL when it is over */
	struct sim_call *call;
	struct sim_leg *first;  /* the agent's ring; borrowed from the call */
	struct sim_leg *second; /* RFC: the agent's own dialog with the number */
	struct sim_timer timer;
	struct sim_line *line;
};

struct ending {
	const char *digits;
	uint16_t code;
	const char *reason;
	const char *outcome;
};

/* The last two digits of a number say what becomes of it. */
static const struct ending endings[] = {
	{ "86", 486, "Busy Here", "busy" },
	{ "80", 480, "Temporarily Unavailable", "missed" },
	{ "04", 404, "Not Found", "failed" },
	{ "03", 603, "Decline", "declined" },
};

static const struct ending *ending_of(const char *number)
{
	size_t len = strlen(number);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (len >= 2 && !strcmp(number + len - 2, endings[i].digits))
			return &endings[i];
	}
	return NULL;
}

static void dial_destructor(void *data)
{
	struct dial *dial = data;

	sim_timer_stop(dial->sim->heap, &dial->timer);
	mem_deref(dial->sess);
}

/* The call is over for everybody; frees the dial. */
static void dial_end(struct dial *dial, const char *outcome, const char *ended_by)
{
	struct sim_call *call = dial->call;

	mem_deref(dial);
	sim_call_end(call, outcome, ended_by);
}

static void dial_wait(struct dial *dial, uint32_t low, uint32_t high, sim_timer_h *next)
{
	if (sim_timer_start(dial->sim->heap, &dial->timer,
		    sim_script_wait_ms(dial->sim, low, high), next, dial))
		dial_end(dial, "failed", "pbx");
}

/* ---- the REFER's reports (RFC 3515 section 2.4.5) -------------------------- */

static int add_contact(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, void *arg)
{
	const struct dial *dial = arg;
	struct sip_contact contact;

	(void)dst;
	sip_contact_set(&contact, dial->line->ext, src, tp);
	return mbuf_printf(mb, "%H", sip_contact_print, &contact);
}

static void tell(struct dial *dial, uint16_t code, const char *reason)
{
	char body[64];
	int len = re_snprintf(body, sizeof(body), "SIP/2.0 %u %s\r\n", code, reason);

	if (!dial->sess || len < 0)
		return;
	(void)sip_drequestf(NULL, dial->sim->sip, true, "NOTIFY",
		sipsess_dialog(dial->sess), 0, NULL, add_contact, NULL, dial,
		"Event: refer\r\n"
		"Subscription-State: %s\r\n"
		"Content-Type: message/sipfrag;version=2.0\r\n"
		"Content-Length: %d\r\n\r\n%s",
		code < 200 ? "active;expires=60" : "terminated;reason=noresource", len,
		body);
}

/* ---- the number ------------------------------------------------------------ */

static struct sim_leg *agent_leg(const struct dial *dial)
{
	return dial->second ? dial->second : dial->first;
}

static void customer_hangs_up(void *arg)
{
	dial_end(arg, "answered", "external");
}

static void customer_answers(void *arg)
{
	struct dial *dial = arg;
	struct sim_leg *leg = agent_leg(dial);

	sim_call_answered(dial->call);
	if (dial->second)
		sim_leg_answer(leg, false);
	sim_span_open(&leg->talked, sim_now_ms(dial->sim));
	tell(dial, 200, "OK");
	dial_wait(dial, 10000, 40000, customer_hangs_up);
}

static void number_fails(void *arg)
{
	struct dial *dial = arg;
	const struct ending *end = ending_of(dial->call->dialled);
	bool by_network = end->code == 404;
	bool silent = end->code == 480;

	tell(dial, end->code, end->reason);
	sim_leg_end(agent_leg(dial), "rejected", end->code, NULL);
	dial_end(dial, end->outcome, by_network || silent ? "pbx" : "external");
}

static void number_rings(void *arg)
{
	struct dial *dial = arg;
	const struct ending *end = ending_of(dial->call->dialled);

	if (dial->second)
		sim_leg_ring(dial->second);
	tell(dial, 180, "Ringing");
	if (end)
		dial_wait(dial, 3000, 8000, number_fails);
	else
		dial_wait(dial, 2000, 6000, customer_answers);
}

static void number_is_called(void *arg)
{
	struct dial *dial = arg;
	const struct ending *end = ending_of(dial->call->dialled);

	if (end && (end->code == 486 || end->code == 404))
		number_fails(dial);
	else
		number_rings(dial);
}

/* RFC dialect: the agent's phone begins a dialog of its own, the one that counts. */
static int begin_second(struct dial *dial)
{
	struct sim_party party = dial->call->external;
	int err;

	if (dial->sim->opt.dialect != SIM_DIALECT_RFC)
		return 0;
	err = sim_call_add(&dial->second, dial->call, dial->line, "caller", &party);
	if (err)
		return err;
	dial->second->rang = dial->first->rang;
	dial->first->counts = false;
	return 0;
}

static void refer_handler(struct sip *sip, const struct sip_msg *msg, void *arg)
{
	struct dial *dial = arg;
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	struct sip_contact contact;
	struct sip_addr to;

	if (!hdr || sip_addr_decode(&to, &hdr->val) || !pl_isset(&to.uri.user)) {
		(void)sip_treply(NULL, sip, msg, 400, "Bad Refer-To");
		return;
	}
	if (*dial->call->dialled || dial->first->state != SIM_LEG_CONFIRMED) {
		(void)sip_treply(NULL, sip, msg, 491, "Request Pending");
		return;
	}
	(void)pl_strcpy(&to.uri.user, dial->call->dialled, sizeof(dial->call->dialled));
	str_ncpy(dial->call->external.number, dial->call->dialled,
		sizeof(dial->call->external.number));
	dial->call->external.presentation = "allowed";
	sip_contact_set(&contact, dial->line->ext, &msg->dst, msg->tp);
	(void)sip_treplyf(NULL, NULL, sip, msg, false, 202, "Accepted",
		"%HContent-Length: 0\r\n\r\n", sip_contact_print, &contact);
	tell(dial, 100, "Trying");
	if (begin_second(dial))
		dial_end(dial, "failed", "pbx");
	else
		dial_wait(dial, 100, 300, number_is_called);
}

/* ---- the agent's phone ------------------------------------------------------ */

static struct mbuf *description(const struct sim *sim)
{
	struct mbuf *mb = mbuf_alloc(256);

	if (!mb)
		return NULL;
	if (mbuf_printf(mb,
		    "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
		    "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=inactive\r\n",
		    sim->opt.address, sim->opt.address)) {
		mem_deref(mb);
		return NULL;
	}
	mb->pos = 0;
	return mb;
}

static void agent_refuses(void *arg)
{
	struct dial *dial = arg;
	bool busy = dial->sim->opt.agent == SIM_AGENT_BUSY;
	char line[16];

	str_ncpy(line, dial->line->ext, sizeof(line));
	(void)sipsess_reject(
		dial->sess, busy ? 486 : 603, busy ? "Busy Here" : "Decline", NULL);
	sim_leg_end(
		dial->first, "rejected", busy ? 486 : 603, busy ? "busy" : "declined");
	dial_end(dial, "failed", line);
}

static void agent_answers(void *arg)
{
	struct dial *dial = arg;
	struct mbuf *desc = description(dial->sim);

	if (!desc || sipsess_answer(dial->sess, 200, "OK", desc, NULL))
		dial_end(dial, "failed", "pbx");
	else
		sim_leg_answer(dial->first, false);
	mem_deref(desc);
}

/* Without a number nothing is left to talk about; with one, the call goes on. */
static void sess_closed(int err, const struct sip_msg *msg, void *arg)
{
	struct dial *dial = arg;

	(void)err;
	(void)msg;
	dial->sess = mem_deref(dial->sess);
	if (*dial->call->dialled) {
		if (dial->second)
			sim_leg_end(dial->first, "remote-bye", 0, NULL);
		return;
	}
	sim_leg_end(dial->first, "cancelled", 487,
		dial->first->state == SIM_LEG_CONFIRMED ? NULL : "cancelled");
	dial_end(dial, "failed", "pbx");
}

static int offer_handler(struct mbuf **descp, const struct sip_msg *msg, void *arg)
{
	const struct dial *dial = arg;

	(void)msg;
	*descp = description(dial->sim);
	return *descp ? 0 : ENOMEM;
}

static int answer_handler(const struct sip_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return 0;
}

static void established(const struct sip_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
}

static int accept_session(struct dial *dial, const struct sip_msg *msg)
{
	return sipsess_accept(&dial->sess, dial->sim->sessions, msg, 180, "Ringing",
		dial->line->ext, "application/sdp", NULL, NULL, NULL, false,
		offer_handler, answer_handler, established, NULL, refer_handler,
		sess_closed, dial, NULL);
}

static int begin_call(struct dial *dial, const struct sip_msg *msg)
{
	struct sim_party watcher = { .presentation = "" };
	int err = sim_call_alloc(&dial->call, dial->sim, "outbound");

	if (err)
		return err;
	dial->call->external.presentation = "";
	str_ncpy(dial->call->initiator, "pbx", sizeof(dial->call->initiator));
	(void)pl_strcpy(&msg->from.uri.user, watcher.number, sizeof(watcher.number));
	err = sim_call_add(&dial->first, dial->call, dial->line, "callee", &watcher);
	if (err)
		return err;
	dial->first->role = "caller";
	dial->first->result = "called";
	sim_leg_ring(dial->first);
	return 0;
}

static int dial_begin(struct sim *sim, const struct sip_msg *msg, struct sim_line *line)
{
	struct dial *dial = mem_zalloc(sizeof(*dial), dial_destructor);
	int err;

	if (!dial)
		return ENOMEM;
	dial->sim = sim;
	dial->line = line;
	err = begin_call(dial, msg);
	err = err ? err : accept_session(dial, msg);
	if (err) {
		if (dial->call)
			sim_call_end(dial->call, "failed", "pbx");
		mem_deref(dial);
		return err;
	}
	if (sim->opt.agent == SIM_AGENT_ANSWERS)
		dial_wait(dial, 1500, 3000, agent_answers);
	else if (sim->opt.agent != SIM_AGENT_AWAY)
		dial_wait(dial, 800, 1500, agent_refuses);
	return 0;
}

static void invite_handler(const struct sip_msg *msg, void *arg)
{
	struct sim *sim = arg;
	struct sim_line *line;

	if (!sim_digest_check(sim, msg))
		return;
	line = sim_line_find(sim, &msg->uri.user);
	if (!line)
		(void)sip_treply(NULL, sim->sip, msg, 404, "Not Found");
	else if (!list_isempty(&line->legs))
		(void)sip_treply(NULL, sim->sip, msg, 486, "Busy Here");
	else if (dial_begin(sim, msg, line))
		(void)sip_treply(NULL, sim->sip, msg, 500, "Server Internal Error");
}

int sim_dial_listen(struct sim *sim)
{
	return sipsess_listen(&sim->sessions, sim->sip, 64, invite_handler, sim);
}
