/*
 * session.h -- who is logged in, as far as this process remembers, and the
 * tokens that open sockets. The truth about sessions is the backend's.
 *
 * A secret (cookie or token) is kept as its SHA-256 only: whoever reads our
 * memory or the database cannot use what is there.
 *
 * Thread: hub. The two functions on secrets: any.
 */
#ifndef CTI_SESSION_H
#define CTI_SESSION_H

#include "hub_user.h"

enum { CTI_SECRET_BYTES = 44, CTI_SECRET_HASH_BYTES = 65 };

void cti_secret_make(char secret[CTI_SECRET_BYTES]); /* 256 random bits, base64url */
void cti_secret_hash(char hash[CTI_SECRET_HASH_BYTES], const char *secret);

struct cti_session {
	char hash[CTI_SECRET_HASH_BYTES];
	struct cti_hub_user user;
	int64_t expires_us; /* UTC */
	int64_t checked_us; /* monotonic: when the backend last vouched for it */
	int64_t asked_us;   /* monotonic: when it was last listed for a recheck */
	int64_t used_us;    /* monotonic */
	unsigned tokens;    /* made and not yet used */
	bool revoked; /* logged out; kept until it expires, in case the backend is away */
};

struct cti_sessions;

int cti_sessions_alloc(struct cti_sessions **sp, uint32_t token_s);
void cti_sessions_free(struct cti_sessions *s);

/* The backend says that it is valid: adds or refreshes. A revoked one stays so,
 * and EACCES says it. user is copied. */
int cti_sessions_put(struct cti_sessions *s, const char *hash,
	const struct cti_hub_user *user, int64_t expires_us);
/* Borrowed; NULL: not known, revoked or expired. */
struct cti_session *cti_sessions_get(struct cti_sessions *s, const char *hash);
bool cti_sessions_revoked(const struct cti_sessions *s, const char *hash);
void cti_sessions_revoke(struct cti_sessions *s, const char *hash, int64_t expires_us);
void cti_sessions_forget(struct cti_sessions *s, const char *hash);
/* Of one user, or all (NULL): the next use asks the backend. */
void cti_sessions_doubt(struct cti_sessions *s, const char *user_id);

/* ENOSPC: too many are open. */
int cti_sessions_token_new(struct cti_sessions *s, char token[CTI_SECRET_BYTES],
	int64_t *expires_usp, struct cti_session *ses);
/* Once: the session it was made for, or NULL. */
struct cti_session *cti_sessions_token_use(struct cti_sessions *s, const char *token);

/* Drops what expired or was long unused. */
void cti_sessions_sweep(struct cti_sessions *s);

#endif
