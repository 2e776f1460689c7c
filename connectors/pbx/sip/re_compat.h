/*
 * re_compat.h -- libre as this folder sees it: 1.1.0 (Debian 12) and 2.0.1
 * (Debian 13). What differs between the two is here and nowhere else.
 *
 * 2.0.1 verifies TLS peers by itself, 1.1.0 does not, so tls.c sets verification on
 * the OpenSSL context behind both.
 */
#ifndef CTI_RE_COMPAT_H
#define CTI_RE_COMPAT_H

/* re_tls.h shows its OpenSSL context only to those who ask. */
#ifndef USE_OPENSSL
#define USE_OPENSSL 1
#endif
#include <re.h>

/* 2.0.1 verifies every server's chain unless it is told not to; 1.1.0 verifies none. */
static inline void cti_re_tls_trust_all(struct tls *tls)
{
#ifdef CTI_RE_VERIFIES_TLS
	tls_disable_verify_server(tls);
#else
	(void)tls;
#endif
}

/* A pl as printf arguments for "%.*s". */
#define PL_ARG(pl) (int)(pl)->l, (pl)->p ? (pl)->p : ""

#endif
