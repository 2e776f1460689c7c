/*
 * backend.c -- log-in and sessions; see rest.c for the rest.
 */
#include "backend.h"

#include "pg.h"
#include "rest.h"
#include "user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Of one statement: a database that hangs must not keep the workers for ever. */
enum { STATEMENT_MS = 30000 };

static void *ctx_new(void *arg)
{
	const struct cti_backend *b = arg;
	struct cti_pg *pg = NULL;

	/* Out of memory at a thread's start: each request will say so. */
	if (cti_pg_alloc(&pg, b->config->database.url, "ringbridge web"))
		return NULL;
	cti_pg_set_limit(pg, STATEMENT_MS, b->stop_fd);
	return pg;
}

static void give_up(void *arg)
{
	const struct cti_backend *b = arg;
	const uint64_t one = 1;

	(void)!write(b->stop_fd, &one, sizeof(one));
}

static void ctx_free(void *ctx)
{
	cti_pg_free(ctx);
}

/* The lists are moved. */
static void to_hub(struct cti_hub_user *to, struct cti_user *from)
{
	(void)cti_str_copy(to->id, sizeof(to->id), from->id);
	(void)cti_str_copy(to->name, sizeof(to->name), from->name);
	(void)cti_str_copy(to->display, sizeof(to->display), from->display);
	(void)cti_str_copy(to->role, sizeof(to->role), from->role);
	(void)cti_str_copy(to->lang, sizeof(to->lang), from->lang);
	to->lines = from->lines;
	to->nlines = from->nlines;
	to->watch = from->watch;
	to->nwatch = from->nwatch;
}

static int login(void *ctx, const char *name, const char *password, const char *remote,
	struct cti_hub_user *user, void *arg)
{
	struct cti_user found = { 0 };
	int err;

	(void)arg;
	if (!ctx)
		return ENOMEM;
	err = cti_user_login(ctx, name, password, remote, &found);
	if (err)
		cti_user_reset(&found);
	else
		to_hub(user, &found);
	return err;
}

static int load_user(void *ctx, const char *user_id, struct cti_hub_user *user, void *arg)
{
	struct cti_user found = { 0 };
	int err;

	(void)arg;
	if (!ctx)
		return ENOMEM;
	err = cti_user_load(ctx, user_id, NULL, &found);
	if (err)
		cti_user_reset(&found);
	else
		to_hub(user, &found);
	return err;
}

static int session_put(
	void *ctx, const char *hash, const char *user_id, int64_t expires_us, void *arg)
{
	(void)arg;
	return ctx ? cti_session_put(ctx, hash, user_id, expires_us) : ENOMEM;
}

static int session_get(
	void *ctx, const char *hash, char user_id[37], int64_t *expires_usp, void *arg)
{
	(void)arg;
	return ctx ? cti_session_get(ctx, hash, user_id, expires_usp) : ENOMEM;
}

static int session_drop(void *ctx, const char *hash, void *arg)
{
	(void)arg;
	return ctx ? cti_session_drop(ctx, hash) : ENOMEM;
}

const char *cti_backend_country(const struct cti_config *config)
{
	return config->npbxs ? config->pbxs[0].country : "JP";
}

int cti_backend_init(struct cti_backend *b, const struct cti_config *config)
{
	b->config = config;
	b->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return b->stop_fd < 0 ? errno : 0;
}

void cti_backend_fini(struct cti_backend *b)
{
	if (b->stop_fd >= 0)
		(void)close(b->stop_fd);
	b->stop_fd = -1;
}

struct cti_hub_backend cti_backend_ops(struct cti_backend *b)
{
	return (struct cti_hub_backend){
		.ctx_new = ctx_new,
		.ctx_free = ctx_free,
		.login = login,
		.user = load_user,
		.session_put = session_put,
		.session_get = session_get,
		.session_drop = session_drop,
		.rest = cti_rest,
		.give_up = give_up,
		.arg = b,
	};
}
