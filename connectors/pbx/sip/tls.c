/*
 * tls.c -- TLS towards the PBX: its certificate is verified, and its name.
 *
 * libre 1.1.0 verifies nothing by itself, so it is set on the OpenSSL context from
 * which every connection is made; 2.0.1 behaves the same this way. The context is
 * one PBX's, so the names that it accepts are those of that PBX's servers.
 */
#include "sip.h"

#include <cti/log.h>

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* Before the ClientHello is made: which of the names we mean (RFC 6066 section 3).
 * When we refuse the certificate: why. */
static void on_info(const SSL *ssl, int where, int ret)
{
	struct cti_sip *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const long verified = SSL_get_verify_result(ssl);

	(void)ret;
	if (SSL_is_server(ssl))
		return;
	if (where & SSL_CB_HANDSHAKE_START) {
		if (!cti_sip_server(s)->literal)
			(void)SSL_set_tlsext_host_name(
				(SSL *)(uintptr_t)ssl, cti_sip_server(s)->host);
	} else if (where & SSL_CB_WRITE && where & SSL_CB_ALERT &&
		   verified != X509_V_OK && s->conf->sip_tls_verify) {
		s->tls_refused = X509_verify_cert_error_string(verified);
	}
}

static int names_set(SSL_CTX *ctx, const struct cti_sip *s)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	for (size_t i = 0; i < s->nservers; i++) {
		const char *host = s->servers[i].host;
		int ok = s->servers[i].literal
				 ? X509_VERIFY_PARAM_set1_ip_asc(param, host)
				 : X509_VERIFY_PARAM_add1_host(param, host, 0);

		if (!ok)
			return EINVAL;
	}
	return 0;
}

static int verify_set(SSL_CTX *ctx, const struct cti_sip *s)
{
	const char *ca = s->conf->sip_tls_ca;
	int ok = ca ? SSL_CTX_load_verify_locations(ctx, ca, NULL)
		    : SSL_CTX_set_default_verify_paths(ctx);

	if (!ok) {
		cti_log(CTI_LOG_ERROR, "sip", "cannot read the CA file pbx=%s file=%s",
			s->conf->name, ca ? ca : "(system)");
		return EINVAL;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return names_set(ctx, s);
}

static void verify_unset(struct tls *tls, const struct cti_sip *s)
{
	cti_re_tls_trust_all(tls);
	cti_log(CTI_LOG_WARN, "sip",
		"the PBX's certificate is not verified: anybody in between can read and "
		"forge calls pbx=%s setting=sip_tls_verify",
		s->conf->name);
}

int cti_sip_tls_alloc(struct tls **tlsp, struct cti_sip *s)
{
	struct tls *tls = NULL;
	SSL_CTX *ctx;
	int err = tls_alloc(&tls, TLS_METHOD_SSLV23, NULL, NULL);

	if (err)
		return err;
	ctx = tls_openssl_context(tls);
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
		err = EPROTO;
	(void)SSL_CTX_set_app_data(ctx, s);
	SSL_CTX_set_info_callback(ctx, on_info);
	if (s->conf->sip_tls_verify && !err)
		err = verify_set(ctx, s);
	else if (!err)
		verify_unset(tls, s);
	if (err) {
		mem_deref(tls);
		return err;
	}
	*tlsp = tls;
	return 0;
}
