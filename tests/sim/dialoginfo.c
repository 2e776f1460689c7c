/*
 * dialoginfo.c -- dialog documents in two dialects; see dialoginfo.h.
 */
#include "dialoginfo.h"

#include "text.h"

#include <string.h>

static int put_head(struct mbuf *mb, const struct sim *sim, const struct sim_line *line,
	uint32_t version, bool full)
{
	return mbuf_printf(mb,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"%u\""
		" state=\"%s\" entity=\"sip:%s@%s\">\n",
		version, full ? "full" : "partial", line->ext, sim->opt.realm);
}

/* Who does not want to be known has this for an identity (RFC 3323 section 4.1.1.3). */
static int put_identity(struct mbuf *mb, const struct sim *sim, struct sim_party *party)
{
	if (*party->presentation && strcmp(party->presentation, "allowed"))
		return mbuf_printf(mb,
			"<identity display=\"Anonymous\">sip:anonymous@anonymous.invalid</identity>"
			"<target uri=\"sip:anonymous@anonymous.invalid\"/>");
	if (!*party->name)
		return mbuf_printf(mb,
			"<identity>sip:%s@%s</identity><target uri=\"sip:%s@%s\"/>",
			party->number, sim->opt.realm, party->number, sim->opt.realm);
	return mbuf_printf(mb,
		"<identity display=\"%H\">sip:%s@%s</identity><target uri=\"sip:%s@%s\"/>",
		sim_xml, party->name, party->number, sim->opt.realm, party->number,
		sim->opt.realm);
}

/* ---- RFC 4235 by the book ------------------------------------------------ */

static const char *rfc_state(enum sim_leg_state state)
{
	switch (state) {
	case SIM_LEG_TRYING:
		return "trying";
	case SIM_LEG_EARLY:
		return "early";
	case SIM_LEG_CONFIRMED:
	case SIM_LEG_HOLDS:
		return "confirmed";
	case SIM_LEG_ENDED:
		break;
	}
	return "terminated";
}

static int rfc_put_state(struct mbuf *mb, const struct sim_leg *leg)
{
	const char *state = rfc_state(leg->state);

	if (leg->event && leg->code)
		return mbuf_printf(mb, "  <state event=\"%s\" code=\"%u\">%s</state>\n",
			leg->event, leg->code, state);
	if (leg->event)
		return mbuf_printf(
			mb, "  <state event=\"%s\">%s</state>\n", leg->event, state);
	return mbuf_printf(mb, "  <state>%s</state>\n", state);
}

static int rfc_put_local(
	struct mbuf *mb, const struct sim *sim, const struct sim_leg *leg)
{
	const char *ext = leg->line->ext;
	const char *rendering = leg->state == SIM_LEG_HOLDS ? "no" : "yes";

	return mbuf_printf(mb,
		"  <local><identity>sip:%s@%s</identity><target uri=\"sip:%s@%s\">"
		"<param pname=\"+sip.rendering\" pval=\"%s\"/></target></local>\n",
		ext, sim->opt.realm, ext, sim->opt.realm, rendering);
}

static int rfc_put_leg(struct mbuf *mb, const struct sim *sim, const struct sim_leg *leg)
{
	struct sim_party remote = leg->remote;
	int err = mbuf_printf(mb,
		" <dialog id=\"%s\" call-id=\"%s\" local-tag=\"%s\" remote-tag=\"%s\""
		" direction=\"%s\">\n",
		leg->id, leg->call_id, leg->local_tag, leg->remote_tag,
		leg->initiator ? "initiator" : "recipient");

	err = err ? err : rfc_put_state(mb, leg);
	err = err ? err : rfc_put_local(mb, sim, leg);
	err = err ? err : mbuf_printf(mb, "  <remote>");
	err = err ? err : put_identity(mb, sim, &remote);
	return err ? err : mbuf_printf(mb, "</remote>\n </dialog>\n");
}

static int rfc_document(struct mbuf *mb, const struct sim *sim,
	const struct sim_line *line, uint32_t version, const struct sim_leg *changed)
{
	int err = put_head(mb, sim, line, version, !changed);
	struct le *le;

	if (changed) {
		err = err ? err : rfc_put_leg(mb, sim, changed);
		return err ? err : mbuf_printf(mb, "</dialog-info>\n");
	}
	LIST_FOREACH(&line->legs, le)
	err = err ? err : rfc_put_leg(mb, sim, le->data);
	return err ? err : mbuf_printf(mb, "</dialog-info>\n");
}

/* ---- a device state, as Asterisk 22 writes it ---------------------------- */

static bool is_held(const struct sim_leg *leg)
{
	struct le *le;

	LIST_FOREACH(&leg->call->legs, le)
	{
		const struct sim_leg *other = le->data;

		if (other != leg && other->state == SIM_LEG_HOLDS)
			return true;
	}
	return false;
}

static const struct sim_leg *ringing_leg(const struct sim_line *line)
{
	struct le *le;

	LIST_FOREACH(&line->legs, le)
	{
		const struct sim_leg *leg = le->data;

		if (leg->state == SIM_LEG_EARLY && !leg->initiator)
			return leg;
	}
	return NULL;
}

/* A line that calls is in use from the other side's ringing on. */
enum sim_device sim_device_state(const struct sim_line *line)
{
	enum sim_device state = SIM_DEVICE_IDLE;
	struct le *le;

	if (ringing_leg(line))
		return SIM_DEVICE_RINGING;
	LIST_FOREACH(&line->legs, le)
	{
		const struct sim_leg *leg = le->data;

		if (leg->state == SIM_LEG_TRYING)
			continue;
		if (leg->state == SIM_LEG_CONFIRMED && is_held(leg))
			return SIM_DEVICE_HELD;
		state = SIM_DEVICE_IN_USE;
	}
	return state;
}

static int asterisk_put_ringing(
	struct mbuf *mb, const struct sim *sim, const struct sim_line *line)
{
	const struct sim_leg *leg = ringing_leg(line);
	struct sim_party remote = leg->remote;
	int err = mbuf_printf(
		mb, " <dialog id=\"%s\" direction=\"recipient\">\n  <remote>", line->ext);

	err = err ? err : put_identity(mb, sim, &remote);
	return err ? err
		   : mbuf_printf(mb,
			     "</remote>\n  <local><identity>sip:%s@%s</identity>"
			     "<target uri=\"sip:%s@%s\"/></local>\n"
			     "  <state>early</state>\n </dialog>\n",
			     line->ext, sim->opt.realm, line->ext, sim->opt.realm);
}

static int asterisk_put_device(
	struct mbuf *mb, const struct sim *sim, const struct sim_line *line)
{
	switch (sim_device_state(line)) {
	case SIM_DEVICE_RINGING:
		return asterisk_put_ringing(mb, sim, line);
	case SIM_DEVICE_IN_USE:
		return mbuf_printf(mb,
			" <dialog id=\"%s\">\n  <state>confirmed</state>\n </dialog>\n",
			line->ext);
	case SIM_DEVICE_HELD:
		return mbuf_printf(mb,
			" <dialog id=\"%s\">\n  <state>confirmed</state>\n  <local>\n"
			"   <target uri=\"sip:%s@%s\">\n"
			"    <param pname=\"+sip.rendering\" pvalue=\"no\" />\n"
			"   </target>\n  </local>\n </dialog>\n",
			line->ext, line->ext, sim->opt.realm);
	case SIM_DEVICE_IDLE:
		break;
	}
	return mbuf_printf(mb,
		" <dialog id=\"%s\">\n  <state>terminated</state>\n </dialog>\n",
		line->ext);
}

int sim_dialog_info(struct mbuf *mb, const struct sim *sim, const struct sim_line *line,
	uint32_t version, const struct sim_leg *changed)
{
	int err;

	if (sim->opt.dialect == SIM_DIALECT_RFC)
		return rfc_document(mb, sim, line, version, changed);
	err = put_head(mb, sim, line, version, true);
	err = err ? err : asterisk_put_device(mb, sim, line);
	return err ? err : mbuf_printf(mb, "</dialog-info>\n");
}
