/*
 * control.c -- commands on standard input; see control.h.
 */
#include "control.h"

#include "call.h"
#include "notifier.h"
#include "script.h"

#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 128 };

/* What has been read of a line that has no end yet. */
static struct {
	char text[LINE_MAX_BYTES];
	size_t len;
} line;

typedef int(command_h)(struct sim *sim, const char *arg);

static int set_calls(struct sim *sim, const char *arg)
{
	double rate;
	int err = sim_options_rate(&rate, arg);

	return err ? err : sim_script_set_rate(sim, rate);
}

static int set_fault(struct sim *sim, const char *arg)
{
	int err = sim_options_fault(&sim->opt, arg);

	for (size_t i = 0; !err && i < sim->nlines; i++)
		sim->line_list[i]->faults_given = 0;
	return err;
}

static int forget(struct sim *sim, const char *arg)
{
	if (*arg)
		return EINVAL;
	sim_notifier_forget(sim);
	return 0;
}

static int restart(struct sim *sim, const char *arg)
{
	struct pl ms;

	pl_set_str(&ms, arg);
	if (!pl_isset(&ms))
		return EINVAL;
	sim_notifier_forget(sim);
	sim_calls_perish(sim);
	sim->deaf_until_ms = sim_now_ms(sim) + pl_u32(&ms);
	return 0;
}

static int count(struct sim *sim, const char *arg)
{
	if (*arg)
		return EINVAL;
	(void)re_printf("count calls=%u begun=%u subscribes=%llu\n",
		list_count(&sim->calls), sim->next_id, sim->subscribes);
	return 0;
}

static int run(struct sim *sim, char *text)
{
	static const struct {
		const char *name;
		command_h *h;
	} commands[] = {
		{ "calls", set_calls },
		{ "fault", set_fault },
		{ "forget", forget },
		{ "restart", restart },
		{ "count", count },
	};
	char *arg = strchr(text, ' ');

	if (arg)
		*arg++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, text))
			return commands[i].h(sim, arg ? arg : "");
	}
	return EINVAL;
}

static void run_line(struct sim *sim)
{
	line.text[line.len] = '\0';
	(void)re_printf("%s\n", run(sim, line.text) ? "what?" : "done");
	(void)fflush(stdout);
	line.len = 0;
}

static void on_readable(int flags, void *arg)
{
	struct sim *sim = arg;
	char c;

	(void)flags;
	/* A byte at a time: commands are few, and a turn of the loop is short. */
	if (read(STDIN_FILENO, &c, 1) != 1)
		sim_control_stop(sim);
	else if (c == '\n')
		run_line(sim);
	else if (line.len + 1 < sizeof(line.text))
		line.text[line.len++] = c;
}

int sim_control_start(struct sim *sim)
{
	return sim->opt.control ? fd_listen(STDIN_FILENO, FD_READ, on_readable, sim) : 0;
}

void sim_control_stop(struct sim *sim)
{
	if (sim->opt.control)
		fd_close(STDIN_FILENO);
}
