/*
 * acks.c -- the record of what was acknowledged; see acks.h.
 */
#include "acks.h"

#include "text.h"

struct sim_acks {
	FILE *file;
};

static void acks_destructor(void *data)
{
	struct sim_acks *acks = data;

	if (acks->file)
		(void)fclose(acks->file);
}

int sim_acks_open(struct sim_acks **acksp, const char *file)
{
	struct sim_acks *acks;

	if (!file)
		return 0;
	acks = mem_zalloc(sizeof(*acks), acks_destructor);
	if (!acks)
		return ENOMEM;
	acks->file = fopen(file, "w");
	if (!acks->file) {
		int err = errno;

		mem_deref(acks);
		return err;
	}
	*acksp = acks;
	return 0;
}

static const char *state_name(enum sim_leg_state state)
{
	static const char *const names[] = { "trying", "early", "confirmed", "held",
		"terminated" };

	return names[state];
}

static int put_leg(struct mbuf *mb, const struct sim_leg *leg)
{
	return mbuf_printf(mb, "%s[\"%s\",\"%s\"]", mb->end ? "," : "", leg->id,
		state_name(leg->state));
}

int sim_acks_note(struct mbuf **legsp, const struct sim_acks *acks,
	const struct sim_line *line, const struct sim_leg *changed)
{
	struct mbuf *mb;
	struct le *le;
	int err = 0;

	if (!acks)
		return 0;
	mb = mbuf_alloc(64);
	if (!mb)
		return ENOMEM;
	if (changed)
		err = put_leg(mb, changed);
	for (le = changed ? NULL : line->legs.head; le && !err; le = le->next)
		err = put_leg(mb, le->data);
	if (err)
		mem_deref(mb);
	else
		*legsp = mb;
	return err;
}

void sim_acks_write(struct sim_acks *acks, const struct sim_line *line, uint64_t now_ms,
	const struct mbuf *legs)
{
	if (!acks || !legs || !legs->end)
		return;
	(void)re_fprintf(acks->file, "{\"at\":%H,\"line\":\"%s\",\"legs\":[%b]}\n",
		sim_seconds, &now_ms, line->ext, legs->buf, legs->end);
	(void)fflush(acks->file);
}
