/*
 * names.c -- the words of the call model, as they stand in JSON, logs and SQL.
 */
#include <cti/call.h>
#include <cti/pbx.h>

#define NAME(table, v)                                                                   \
	((unsigned)(v) < sizeof(table) / sizeof(*(table)) ? (table)[v] : "?")

const char *cti_leg_state_name(enum cti_leg_state v)
{
	static const char *const names[CTI_LEG_STATES] = { "initiated", "alerting",
		"connected", "held", "queued", "failed", "ended" };

	return NAME(names, v);
}

const char *cti_leg_event_name(enum cti_leg_event v)
{
	static const char *const names[CTI_LEG_EVENTS] = { "alert", "answer", "hold",
		"resume", "queue", "fail", "end", "lost" };

	return NAME(names, v);
}

const char *cti_direction_name(enum cti_direction v)
{
	static const char *const names[] = { "unknown", "inbound", "outbound",
		"internal" };

	return NAME(names, v);
}

const char *cti_presentation_name(enum cti_presentation v)
{
	static const char *const names[] = { "unknown", "allowed", "withheld", "payphone",
		"interaction", "unavailable" };

	return NAME(names, v);
}

const char *cti_outcome_name(enum cti_outcome v)
{
	static const char *const names[] = { "none", "answered", "missed", "abandoned",
		"busy", "declined", "failed", "blocked" };

	return NAME(names, v);
}

const char *cti_role_name(enum cti_role v)
{
	static const char *const names[] = { "unknown", "caller", "callee", "consulted",
		"transferred-to", "picker" };

	return NAME(names, v);
}

const char *cti_result_name(enum cti_result v)
{
	static const char *const names[] = { "none", "called", "answered",
		"answered-elsewhere", "missed", "busy", "declined", "unreachable",
		"cancelled" };

	return NAME(names, v);
}

const char *cti_transfer_kind_name(enum cti_transfer_kind v)
{
	static const char *const names[] = { "blind", "attended", "pickup", "park",
		"retrieve" };

	return NAME(names, v);
}

const char *cti_segment_kind_name(enum cti_segment_kind v)
{
	static const char *const names[] = { "announcement", "queue", "rang", "talked",
		"held", "parked" };

	return NAME(names, v);
}

const char *cti_verb_name(enum cti_verb v)
{
	static const char *const names[] = { "dial", "cancel", "answer", "hangup", "hold",
		"resume", "transfer", "consult_transfer", "complete", "back" };

	return NAME(names, v);
}

const char *cti_phase_name(enum cti_phase v)
{
	static const char *const names[] = { "sent", "agent-ringing", "agent-answered",
		"customer-ringing", "connected", "done", "failed" };

	return NAME(names, v);
}
