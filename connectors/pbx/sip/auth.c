/*
 * auth.c -- digest authentication (RFC 8760's MD5 part, which is what libre knows).
 *
 * Credentials are bound to the PBX: the realm of its first challenge gets them, no
 * other one does.
 */
#include "sip.h"

#include "str.h"

#include <cti/log.h>

#include <errno.h>

enum { MAX_CHALLENGES = 3 }; /* of one request: the first, a stale nonce, a proxy's */

static int credentials_h(char **user, char **pass, const char *realm, void *arg)
{
	struct cti_sip *s = arg;
	int err;

	if (!s->conf->sip_user || !s->conf->sip_password)
		return EAUTH;
	if (!s->realm[0])
		(void)cti_str_copy(s->realm, sizeof(s->realm), realm);
	if (!cti_str_ieq(s->realm, realm)) {
		cti_log(CTI_LOG_WARN, "sip",
			"another realm gets no credentials pbx=%s realm=%s",
			s->conf->name, realm);
		return EAUTH;
	}
	err = str_dup(user, s->conf->sip_user);
	return err ? err : str_dup(pass, s->conf->sip_password);
}

int cti_sip_auth_alloc(struct sip_auth **authp, struct cti_sip *s)
{
	return sip_auth_alloc(authp, credentials_h, s, false);
}

/* A nonce that was good once may have run out, and not all servers say "stale": so the
 * first challenge of a request begins anew. The second one means that we are wrong,
 * unless it says "stale". */
int cti_sip_auth_answer(
	struct sip_auth *auth, const struct sip_msg *msg, unsigned *challenges)
{
	if (++*challenges > MAX_CHALLENGES)
		return EAUTH;
	if (*challenges == 1)
		sip_auth_reset(auth);
	return sip_auth_authenticate(auth, msg);
}
