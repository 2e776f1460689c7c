/*
 * line.c -- the extensions; see line.h.
 */
#include "line.h"

static void line_destructor(void *data)
{
	struct sim_line *line = data;

	hash_unlink(&line->he);
	list_clear(&line->legs);
	list_clear(&line->subs);
}

static int line_alloc(struct sim *sim, uint32_t number)
{
	struct sim_line *line = mem_zalloc(sizeof(*line), line_destructor);

	if (!line)
		return ENOMEM;
	(void)re_snprintf(line->ext, sizeof(line->ext), "%u", number);
	list_init(&line->legs);
	list_init(&line->subs);
	hash_append(sim->lines, hash_fast_str(line->ext), &line->he, line);
	sim->line_list[sim->nlines++] = line;
	return 0;
}

int sim_lines_alloc(struct sim *sim)
{
	uint32_t n = sim->opt.line_last - sim->opt.line_first + 1;
	int err;

	err = hash_alloc(&sim->lines, hash_valid_size(n));
	if (err)
		return err;
	sim->line_list = mem_zalloc(n * sizeof(struct sim_line *), NULL);
	if (!sim->line_list)
		return ENOMEM;
	for (uint32_t i = 0; i < n && !err; i++)
		err = line_alloc(sim, sim->opt.line_first + i);
	return err;
}

static bool line_cmp(struct le *le, void *arg)
{
	const struct sim_line *line = le->data;

	return !pl_strcmp(arg, line->ext);
}

struct sim_line *sim_line_find(const struct sim *sim, const struct pl *ext)
{
	struct pl key = *ext;

	return list_ledata(
		hash_lookup(sim->lines, hash_fast(ext->p, ext->l), line_cmp, &key));
}

bool sim_lines_idle(const struct sim *sim, size_t n)
{
	for (size_t i = 0; i < sim->nlines && n; i++)
		n -= list_isempty(&sim->line_list[i]->legs);
	return !n;
}

struct sim_line *sim_line_idle_but(struct sim *sim, const struct sim_line *other)
{
	size_t first = sim_dice(sim) % sim->nlines;

	for (size_t i = 0; i < sim->nlines; i++) {
		struct sim_line *line = sim->line_list[(first + i) % sim->nlines];

		if (line != other && list_isempty(&line->legs))
			return line;
	}
	return NULL;
}
