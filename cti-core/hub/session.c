/*
 * session.c -- sessions remembered from the backend, and one-time tokens.
 */
#include "session.h"

#include "strmap.h"

#include <cti/clock.h>

#include <sodium.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECRET_RAW_BYTES = 32,
	TOKENS_MAX = 20000,      /* 10,000 browsers that come back at once, twice */
	TOKENS_PER_SESSION = 64, /* tabs of one browser that come back at once */
	FORGET_S = 900,
};

struct token {
	char session[CTI_SECRET_HASH_BYTES];
	int64_t due_us; /* monotonic */
};

struct cti_sessions {
	struct cti_strmap *sessions; /* hash -> struct cti_session, owned */
	struct cti_strmap *tokens;   /* hash -> struct token, owned */
	uint32_t token_s;
};

void cti_secret_make(char secret[CTI_SECRET_BYTES])
{
	unsigned char raw[SECRET_RAW_BYTES];

	randombytes_buf(raw, sizeof(raw));
	(void)sodium_bin2base64(secret, CTI_SECRET_BYTES, raw, sizeof(raw),
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof(raw));
}

void cti_secret_hash(char hash[CTI_SECRET_HASH_BYTES], const char *secret)
{
	unsigned char raw[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(raw, (const unsigned char *)secret, strlen(secret));
	(void)sodium_bin2hex(hash, CTI_SECRET_HASH_BYTES, raw, sizeof(raw));
}

static void session_free(void *value)
{
	struct cti_session *ses = value;

	if (!ses)
		return;
	cti_hub_user_reset(&ses->user);
	free(ses);
}

int cti_sessions_alloc(struct cti_sessions **sp, uint32_t token_s)
{
	struct cti_sessions *s;
	int err;

	if (sodium_init() < 0)
		return EIO;
	s = calloc(1, sizeof(*s));
	if (!s)
		return ENOMEM;
	s->token_s = token_s;
	err = cti_strmap_alloc(&s->sessions);
	if (err)
		goto out;
	err = cti_strmap_alloc(&s->tokens);
	if (err)
		goto out;
	*sp = s;
out:
	if (err)
		cti_sessions_free(s);
	return err;
}

void cti_sessions_free(struct cti_sessions *s)
{
	if (!s)
		return;
	cti_strmap_free(s->sessions, session_free);
	cti_strmap_free(s->tokens, free);
	free(s);
}

/* The entry of a hash, made if there is none. */
static struct cti_session *entry(struct cti_sessions *s, const char *hash)
{
	struct cti_session *ses = cti_strmap_get(s->sessions, hash);

	if (ses)
		return ses;
	ses = calloc(1, sizeof(*ses));
	if (!ses)
		return NULL;
	(void)cti_str_copy(ses->hash, sizeof(ses->hash), hash);
	if (cti_strmap_put(s->sessions, hash, ses, NULL)) {
		free(ses);
		return NULL;
	}
	return ses;
}

int cti_sessions_put(struct cti_sessions *s, const char *hash,
	const struct cti_hub_user *user, int64_t expires_us)
{
	struct cti_session *ses = entry(s, hash);
	struct cti_hub_user copy;
	int err;

	if (!ses)
		return ENOMEM;
	if (ses->revoked)
		return EACCES;
	err = cti_hub_user_copy(&copy, user);
	if (err)
		return err;
	cti_hub_user_reset(&ses->user);
	ses->user = copy;
	ses->expires_us = expires_us;
	ses->checked_us = cti_mono_us();
	ses->used_us = ses->checked_us;
	return 0;
}

struct cti_session *cti_sessions_get(struct cti_sessions *s, const char *hash)
{
	struct cti_session *ses = cti_strmap_get(s->sessions, hash);

	if (!ses || ses->revoked || ses->expires_us <= cti_now_us())
		return NULL;
	ses->used_us = cti_mono_us();
	return ses;
}

bool cti_sessions_revoked(const struct cti_sessions *s, const char *hash)
{
	const struct cti_session *ses = cti_strmap_get(s->sessions, hash);

	return ses && ses->revoked;
}

void cti_sessions_revoke(struct cti_sessions *s, const char *hash, int64_t expires_us)
{
	struct cti_session *ses = entry(s, hash);

	if (!ses)
		return;
	ses->revoked = true;
	ses->expires_us = expires_us;
}

void cti_sessions_forget(struct cti_sessions *s, const char *hash)
{
	const struct cti_session *ses = cti_strmap_get(s->sessions, hash);

	if (ses && !ses->revoked)
		session_free(cti_strmap_take(s->sessions, hash));
}

static bool doubt_one(const char *key, void *value, void *arg)
{
	struct cti_session *ses = value;
	const char *user_id = arg;

	(void)key;
	if (!user_id || !strcmp(ses->user.id, user_id))
		ses->checked_us = INT64_MIN / 2;
	return true;
}

void cti_sessions_doubt(struct cti_sessions *s, const char *user_id)
{
	cti_strmap_each(s->sessions, doubt_one, (void *)(uintptr_t)user_id);
}

/* ---- tokens -------------------------------------------------------------- */

static void token_release(struct cti_sessions *s, struct token *t)
{
	struct cti_session *ses = cti_strmap_get(s->sessions, t->session);

	if (ses && ses->tokens)
		ses->tokens--;
	free(t);
}

static bool token_fresh(const char *key, void *value, void *arg)
{
	struct cti_sessions *s = arg;
	struct token *t = value;

	(void)key;
	if (t->due_us > cti_mono_us())
		return true;
	token_release(s, t);
	return false;
}

/* Room for one more? Walks all tokens, so only at the limits. */
static bool token_room(struct cti_sessions *s, const struct cti_session *ses)
{
	const bool full = cti_strmap_count(s->tokens) >= TOKENS_MAX ||
			  ses->tokens >= TOKENS_PER_SESSION;

	if (full)
		cti_strmap_each(s->tokens, token_fresh, s);
	return cti_strmap_count(s->tokens) < TOKENS_MAX &&
	       ses->tokens < TOKENS_PER_SESSION;
}

int cti_sessions_token_new(struct cti_sessions *s, char token[CTI_SECRET_BYTES],
	int64_t *expires_usp, struct cti_session *ses)
{
	char hash[CTI_SECRET_HASH_BYTES];
	struct token *t;
	int err;

	if (!token_room(s, ses))
		return ENOSPC;
	t = calloc(1, sizeof(*t));
	if (!t)
		return ENOMEM;
	(void)cti_str_copy(t->session, sizeof(t->session), ses->hash);
	t->due_us = cti_mono_us() + (int64_t)s->token_s * 1000000;
	cti_secret_make(token);
	cti_secret_hash(hash, token);
	err = cti_strmap_put(s->tokens, hash, t, NULL);
	if (err) {
		free(t);
		return err;
	}
	ses->tokens++;
	*expires_usp = cti_now_us() + (int64_t)s->token_s * 1000000;
	return 0;
}

struct cti_session *cti_sessions_token_use(struct cti_sessions *s, const char *token)
{
	char hash[CTI_SECRET_HASH_BYTES];
	struct cti_session *ses = NULL;
	struct token *t;

	cti_secret_hash(hash, token);
	t = cti_strmap_take(s->tokens, hash);
	if (!t)
		return NULL;
	if (t->due_us > cti_mono_us())
		ses = cti_sessions_get(s, t->session);
	token_release(s, t);
	return ses;
}

static bool session_fresh(const char *key, void *value, void *arg)
{
	const struct cti_session *ses = value;
	const int64_t *now = arg;

	(void)key;
	if (ses->expires_us > cti_now_us() &&
		(ses->revoked || ses->used_us + (int64_t)FORGET_S * 1000000 > *now))
		return true;
	session_free(value);
	return false;
}

void cti_sessions_sweep(struct cti_sessions *s)
{
	int64_t now = cti_mono_us();

	cti_strmap_each(s->tokens, token_fresh, s);
	cti_strmap_each(s->sessions, session_fresh, &now);
}
