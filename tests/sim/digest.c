/*
 * digest.c -- digest authentication; see digest.h.
 *
 * A nonce is its time and a keyed hash of it, so nothing has to be remembered:
 * one that is too old is called stale.
 */
#include "digest.h"

#include <string.h>

enum { NONCE_LIFE_S = 300 };

static void nonce_make(char *nonce, size_t size, const struct sim *sim, uint64_t at_s)
{
	uint8_t hash[MD5_SIZE];

	(void)md5_printf(hash, "%llu:%llu", at_s, sim->secret);
	(void)re_snprintf(nonce, size, "%016llx%w", at_s, hash, sizeof(hash));
}

static bool nonce_is_ours(const struct sim *sim, const struct pl *nonce, bool *stalep)
{
	struct pl time = { nonce->p, 16 };
	char expected[64];
	uint64_t at_s;

	if (nonce->l < 16)
		return false;
	at_s = pl_x64(&time);
	nonce_make(expected, sizeof(expected), sim, at_s);
	if (pl_strcmp(nonce, expected))
		return false;
	*stalep = tmr_jiffies() / 1000 > at_s + NONCE_LIFE_S;
	return true;
}

static bool response_is_right(const struct sim *sim, const struct sip_msg *msg,
	const struct httpauth_digest_resp *resp)
{
	uint8_t ha1[MD5_SIZE];

	if (pl_strcmp(&resp->realm, sim->opt.realm) ||
		pl_strcmp(&resp->username, sim->opt.user))
		return false;
	if (md5_printf(ha1, "%s:%s:%s", sim->opt.user, sim->opt.realm, sim->opt.password))
		return false;
	return !httpauth_digest_response_auth(resp, &msg->met, ha1);
}

static bool challenge(struct sim *sim, const struct sip_msg *msg, bool stale)
{
	char nonce[64];

	nonce_make(nonce, sizeof(nonce), sim, tmr_jiffies() / 1000);
	(void)sip_treplyf(NULL, NULL, sim->sip, msg, false, 401, "Unauthorized",
		"WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s\r\n"
		"Content-Length: 0\r\n\r\n",
		sim->opt.realm, nonce, stale ? ", stale=true" : "");
	return false;
}

bool sim_digest_check(struct sim *sim, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION);
	struct httpauth_digest_resp resp;
	bool stale = false;

	if (!hdr || httpauth_digest_response_decode(&resp, &hdr->val))
		return challenge(sim, msg, false);
	if (!nonce_is_ours(sim, &resp.nonce, &stale))
		return challenge(sim, msg, false);
	if (!response_is_right(sim, msg, &resp))
		return challenge(sim, msg, false);
	return stale ? challenge(sim, msg, true) : true;
}
