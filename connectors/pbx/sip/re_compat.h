/*
 * re_compat.h -- libre as this folder sees it: 1.1.0 (Debian 12) and 2.0.1
 * (Debian 13). What differs between the two is here and nowhere else.
 *
 * Of what is used here nothing differs in its calls. In behaviour: 2.0.1 verifies
 * TLS peers by itself when asked, 1.1.0 does not, so tls.c sets verification on
 * the OpenSSL context behind both.
 */
#ifndef CTI_RE_COMPAT_H
#define CTI_RE_COMPAT_H

/* re_tls.h shows its OpenSSL context only to those who ask. */
#ifndef USE_OPENSSL
#define USE_OPENSSL 1
#endif
#include <re.h>

/* A pl as printf arguments for "%.*s". */
#define PL_ARG(pl) (int)(pl)->l, (pl)->p ? (pl)->p : ""

#endif
