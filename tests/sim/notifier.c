/*
 * notifier.c -- subscriptions and their NOTIFYs; see notifier.h.
 *
 * Documents are written when they become true and wait in a short queue while a
 * NOTIFY is under way. A watcher that is too slow for its queue gets one full
 * document instead of what waited.
 */
#include "notifier.h"

#include "acks.h"
#include "dialoginfo.h"
#include "digest.h"

#include <string.h>

enum { QUEUE_MAX = 32, EXPIRES_DEFAULT_S = 3600 };

struct document {
	struct le le;
	struct mbuf *mb;
	struct mbuf *legs; /* that it tells of, for acks.h; may be NULL */
};

struct sub {
	struct le he;      /* in sim->subs */
	struct le line_le; /* in line->subs; both lists together own it */
	struct sim *sim;
	struct sim_line *line;
	struct sip_dialog *dlg;
	struct sip_request *req; /* the NOTIFY that is not answered yet */
	struct document *sent;   /* what it carries */
	struct list queue;       /* of struct document */
	struct sim_timer expiry;
	uint64_t expires_at_ms;
	uint32_t version;
	const char *ended; /* reason of its end, "" for none to be told; NULL: active */
	char contact[32];
};

static void document_destructor(void *data)
{
	struct document *doc = data;

	list_unlink(&doc->le);
	mem_deref(doc->mb);
	mem_deref(doc->legs);
}

static void sub_destructor(void *data)
{
	struct sub *sub = data;

	hash_unlink(&sub->he);
	list_unlink(&sub->line_le);
	sim_timer_stop(sub->sim->heap, &sub->expiry);
	mem_deref(sub->req);
	mem_deref(sub->sent);
	list_flush(&sub->queue);
	mem_deref(sub->dlg);
}

int sim_notifier_alloc(struct sim *sim)
{
	return hash_alloc(&sim->subs, hash_valid_size((uint32_t)sim->nlines));
}

/* ---- sending --------------------------------------------------------------- */

static void sub_send(struct sub *sub);

static int add_contact(enum sip_transp tp, const struct sa *src, const struct sa *dst,
	struct mbuf *mb, void *arg)
{
	struct sub *sub = arg;
	struct sip_contact contact;

	(void)dst;
	sip_contact_set(&contact, sub->contact, src, tp);
	return mbuf_printf(mb, "%H", sip_contact_print, &contact);
}

/* A watcher that is gone, or that knows no such subscription, is forgotten. */
static void notify_answered(int err, const struct sip_msg *msg, void *arg)
{
	struct sub *sub = arg;

	if (!err && msg->scode < 200)
		return;
	if (!err && msg->scode < 300)
		sim_acks_write(
			sub->sim->acks, sub->line, sim_now_ms(sub->sim), sub->sent->legs);
	sub->sent = mem_deref(sub->sent);
	if (err || msg->scode >= 300 || (sub->ended && list_isempty(&sub->queue))) {
		mem_deref(sub);
		return;
	}
	sub_send(sub);
}

static int put_state(struct mbuf *mb, const struct sub *sub)
{
	uint64_t now = sim_now_ms(sub->sim);
	uint64_t left = sub->expires_at_ms > now ? (sub->expires_at_ms - now) / 1000 : 0;

	if (!sub->ended)
		return mbuf_printf(mb, "active;expires=%llu", left);
	if (*sub->ended)
		return mbuf_printf(mb, "terminated;reason=%s", sub->ended);
	return mbuf_printf(mb, "terminated");
}

static int sub_request(struct sub *sub, const struct mbuf *doc)
{
	struct mbuf *state = mbuf_alloc(64);
	int err;

	if (!state)
		return ENOMEM;
	err = put_state(state, sub);
	err = err ? err
		  : sip_drequestf(&sub->req, sub->sim->sip, true, "NOTIFY", sub->dlg, 0,
			    NULL, add_contact, notify_answered, sub,
			    "Event: dialog\r\n"
			    "Subscription-State: %b\r\n"
			    "Content-Type: application/dialog-info+xml\r\n"
			    "Content-Length: %zu\r\n\r\n%b",
			    state->buf, state->end, doc->end, doc->buf, doc->end);
	mem_deref(state);
	return err;
}

static void sub_send(struct sub *sub)
{
	struct document *doc = list_ledata(sub->queue.head);

	if (sub->req || !doc)
		return;
	list_unlink(&doc->le);
	sub->sent = doc;
	if (sub_request(sub, doc->mb))
		mem_deref(sub);
}

static void sub_queue(struct sub *sub, const struct sim_leg *changed)
{
	struct document *doc = mem_zalloc(sizeof(*doc), document_destructor);

	if (!doc)
		return;
	if (list_count(&sub->queue) >= QUEUE_MAX) {
		list_flush(&sub->queue);
		changed = NULL;
	}
	doc->mb = mbuf_alloc(1024);
	if (!doc->mb ||
		sim_dialog_info(doc->mb, sub->sim, sub->line, sub->version, changed) ||
		sim_acks_note(&doc->legs, sub->sim->acks, sub->line, changed)) {
		mem_deref(doc);
		return;
	}
	sub->version++;
	list_append(&sub->queue, &doc->le, doc);
	sub_send(sub);
}

void sim_notify_leg(struct sim *sim, const struct sim_leg *leg)
{
	struct sim_line *line = leg->line;
	struct le *le = line->subs.head;

	if (sim->opt.dialect == SIM_DIALECT_ASTERISK) {
		int state = (int)sim_device_state(line);

		if (state == line->reported)
			return;
		line->reported = state;
	}
	while (le) {
		struct sub *sub = le->data;

		le = le->next;
		sub_queue(sub, leg);
	}
}

/* ---- serving --------------------------------------------------------------- */

static void sub_end(struct sub *sub, const char *reason)
{
	sub->ended = sub->sim->opt.dialect == SIM_DIALECT_RFC ? reason : "";
	list_unlink(&sub->line_le);
	sim_timer_stop(sub->sim->heap, &sub->expiry);
	sub_queue(sub, NULL);
}

static void sub_expired(void *arg)
{
	sub_end(arg, "timeout");
}

static int sub_prolong(struct sub *sub, uint32_t expires_s)
{
	sub->expires_at_ms = sim_now_ms(sub->sim) + 1000ull * expires_s;
	return sim_timer_start(
		sub->sim->heap, &sub->expiry, 1000ull * expires_s, sub_expired, sub);
}

/* As Asterisk's rewrite_contact: the peer is where its request came from. */
static int dialog_accept(
	struct sip_dialog **dlgp, const struct sim *sim, const struct sip_msg *msg)
{
	struct sip_hdr *hdr =
		(struct sip_hdr *)(uintptr_t)sip_msg_hdr(msg, SIP_HDR_CONTACT);
	char contact[80];
	struct pl said;
	int err;

	if (!sim->opt.nat || !hdr)
		return sip_dialog_accept(dlgp, msg);
	(void)re_snprintf(contact, sizeof(contact), "<sip:watcher@%J%s>", &msg->src,
		sip_transp_param(msg->tp));
	said = hdr->val;
	pl_set_str(&hdr->val, contact);
	err = sip_dialog_accept(dlgp, msg);
	hdr->val = said;
	return err;
}

static int sub_alloc(struct sub **subp, struct sim *sim, struct sim_line *line,
	const struct sip_msg *msg, uint32_t expires_s)
{
	struct sub *sub = mem_zalloc(sizeof(*sub), sub_destructor);
	int err;

	if (!sub)
		return ENOMEM;
	sub->sim = sim;
	sub->line = line;
	list_init(&sub->queue);
	str_ncpy(sub->contact, line->ext, sizeof(sub->contact));
	err = dialog_accept(&sub->dlg, sim, msg);
	err = err ? err : sub_prolong(sub, expires_s);
	if (err) {
		mem_deref(sub);
		return err;
	}
	hash_append(sim->subs, hash_joaat_pl(&msg->callid), &sub->he, sub);
	list_append(&line->subs, &sub->line_le, sub);
	*subp = sub;
	return 0;
}

static bool sub_cmp(struct le *le, void *arg)
{
	const struct sub *sub = le->data;

	return sip_dialog_cmp(sub->dlg, arg);
}

static struct sub *sub_find(struct sim *sim, const struct sip_msg *msg)
{
	return list_ledata(hash_lookup(
		sim->subs, hash_joaat_pl(&msg->callid), sub_cmp, (void *)msg));
}

static void reply_ok(
	struct sim *sim, const struct sip_msg *msg, struct sub *sub, uint32_t expires_s)
{
	struct sip_contact contact;

	sip_contact_set(&contact, sub->contact, &msg->dst, msg->tp);
	(void)sip_treplyf(NULL, NULL, sim->sip, msg, true, 200, "OK",
		"%HExpires: %u\r\nContent-Length: 0\r\n\r\n", sip_contact_print, &contact,
		expires_s);
}

/* Terminated, and one more behind it, which nobody must believe. */
static void end_twice(struct sub *sub)
{
	sub_end(sub, "deactivated");
	sub_queue(sub, NULL);
}

static void refresh(struct sim *sim, const struct sip_msg *msg, uint32_t expires_s,
	enum sim_fault fault)
{
	struct sub *sub = sub_find(sim, msg);

	if (!sub || sub->ended) {
		(void)sip_treply(NULL, sim->sip, msg, 481, "Subscription does not exist");
		return;
	}
	if (!sip_dialog_rseq_valid(sub->dlg, msg)) {
		(void)sip_treply(NULL, sim->sip, msg, 500, "Bad Sequence");
		return;
	}
	(void)sip_dialog_update(sub->dlg, msg);
	reply_ok(sim, msg, sub, expires_s);
	if (!expires_s) {
		sub_end(sub, "timeout");
		return;
	}
	if (fault == SIM_FAULT_POSTHUMOUS) {
		end_twice(sub);
		return;
	}
	if (sub_prolong(sub, expires_s)) {
		mem_deref(sub);
		return;
	}
	/* Asterisk's NOTIFY after a refresh repeats the version it had. */
	if (sim->opt.dialect == SIM_DIALECT_ASTERISK && sub->version)
		sub->version--;
	sub_queue(sub, NULL);
}

/* Another branch of a proxy serves the same request: its NOTIFY has a tag of its own. */
static void fork_notify(struct sim *sim, struct sim_line *line, const struct sip_msg *msg,
	uint32_t expires_s)
{
	struct sip_msg *branch = (struct sip_msg *)(uintptr_t)msg;
	struct sub *sub = NULL;

	branch->tag ^= 1;
	if (!sub_alloc(&sub, sim, line, msg, expires_s))
		sub_queue(sub, NULL);
	branch->tag ^= 1;
}

/* A request with Expires: 0 asks for the state once. */
static void begin(struct sim *sim, const struct sip_msg *msg, uint32_t expires_s,
	enum sim_fault fault)
{
	struct sim_line *line = sim_line_find(sim, &msg->uri.user);
	struct sub *sub;

	if (!line) {
		(void)sip_treply(NULL, sim->sip, msg, 404, "Not Found");
		return;
	}
	if (sub_alloc(&sub, sim, line, msg, expires_s)) {
		(void)sip_treply(NULL, sim->sip, msg, 500, "Server Internal Error");
		return;
	}
	if (fault == SIM_FAULT_EARLY_NOTIFY)
		sub_queue(sub, NULL);
	reply_ok(sim, msg, sub, expires_s);
	if (!expires_s)
		sub_end(sub, "timeout");
	else if (fault != SIM_FAULT_EARLY_NOTIFY)
		sub_queue(sub, NULL);
	if (fault == SIM_FAULT_FORK)
		fork_notify(sim, line, msg, expires_s);
}

/* ---- faults ---------------------------------------------------------------- */

static void too_brief(struct sim *sim, const struct sip_msg *msg, uint32_t min_s)
{
	(void)sip_treplyf(NULL, NULL, sim->sip, msg, false, 423, "Interval Too Brief",
		"Min-Expires: %u\r\nContent-Length: 0\r\n\r\n", min_s);
}

static void unavailable(struct sim *sim, const struct sip_msg *msg)
{
	(void)sip_treplyf(NULL, NULL, sim->sip, msg, false, 503, "Service Unavailable",
		"Retry-After: %u\r\nContent-Length: 0\r\n\r\n", sim->opt.retry_after_s);
}

/* To ourselves: who follows is sent round for ever. */
static void moved(struct sim *sim, const struct sip_msg *msg)
{
	(void)sip_treplyf(NULL, NULL, sim->sip, msg, false, 302, "Moved Temporarily",
		"Contact: <sip:%r@%s:%u>\r\nContent-Length: 0\r\n\r\n", &msg->uri.user,
		sim->opt.address, sim->opt.port);
}

static void say_fault(const struct sim *sim, const struct sip_msg *msg)
{
	if (sim->opt.quiet)
		return;
	(void)re_printf("fault for line %r\n", &msg->uri.user);
	(void)fflush(stdout);
}

/* Which fault this request meets. */
static enum sim_fault fault_of(struct sim *sim, const struct sip_msg *msg)
{
	const enum sim_fault fault = sim->opt.fault;
	const bool of_refreshes = fault == SIM_FAULT_481 || fault == SIM_FAULT_POSTHUMOUS;
	struct sim_line *line = sim_line_find(sim, &msg->uri.user);

	if (fault == SIM_FAULT_NONE || (of_refreshes && !pl_isset(&msg->to.tag)))
		return SIM_FAULT_NONE;
	if (line && sim->opt.fault_times && line->faults_given++ >= sim->opt.fault_times)
		return SIM_FAULT_NONE;
	say_fault(sim, msg);
	return fault;
}

/* Whether the request got its wrong answer. */
static bool answer_with_fault(
	struct sim *sim, const struct sip_msg *msg, enum sim_fault fault)
{
	switch (fault) {
	case SIM_FAULT_302:
		moved(sim, msg);
		return true;
	case SIM_FAULT_403:
		(void)sip_treply(NULL, sim->sip, msg, 403, "Forbidden");
		return true;
	case SIM_FAULT_404:
		(void)sip_treply(NULL, sim->sip, msg, 404, "Not Found");
		return true;
	case SIM_FAULT_423:
		too_brief(sim, msg, 2 * EXPIRES_DEFAULT_S);
		return true;
	case SIM_FAULT_481:
		mem_deref(sub_find(sim, msg));
		(void)sip_treply(NULL, sim->sip, msg, 481, "Subscription does not exist");
		return true;
	case SIM_FAULT_489:
		(void)sip_treply(NULL, sim->sip, msg, 489, "Bad Event");
		return true;
	case SIM_FAULT_503:
		unavailable(sim, msg);
		return true;
	case SIM_FAULT_SILENT:
		return true;
	case SIM_FAULT_NONE:
	case SIM_FAULT_EARLY_NOTIFY:
	case SIM_FAULT_FORK:
	case SIM_FAULT_POSTHUMOUS:
		break;
	}
	return false;
}

/* ---- requests -------------------------------------------------------------- */

static bool event_is_dialog(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct sipevent_event event;

	return hdr && !sipevent_event_decode(&event, &hdr->val) &&
	       !pl_strcasecmp(&event.event, "dialog");
}

static void serve(struct sim *sim, const struct sip_msg *msg, enum sim_fault fault)
{
	uint32_t expires_s =
		pl_isset(&msg->expires) ? pl_u32(&msg->expires) : EXPIRES_DEFAULT_S;

	if (!event_is_dialog(msg)) {
		(void)sip_treply(NULL, sim->sip, msg, 489, "Bad Event");
		return;
	}
	if (expires_s && expires_s < sim->opt.expires_min_s) {
		too_brief(sim, msg, sim->opt.expires_min_s);
		return;
	}
	if (expires_s > sim->opt.expires_max_s)
		expires_s = sim->opt.expires_max_s;
	if (pl_isset(&msg->to.tag))
		refresh(sim, msg, expires_s, fault);
	else
		begin(sim, msg, expires_s, fault);
}

bool sim_notifier_request(struct sim *sim, const struct sip_msg *msg)
{
	enum sim_fault fault;

	if (pl_strcmp(&msg->met, "SUBSCRIBE"))
		return false;
	sim->subscribes++;
	if (!sim_digest_check(sim, msg))
		return true;
	fault = fault_of(sim, msg);
	if (!answer_with_fault(sim, msg, fault))
		serve(sim, msg, fault);
	return true;
}

void sim_notifier_forget(struct sim *sim)
{
	hash_flush(sim->subs);
}
