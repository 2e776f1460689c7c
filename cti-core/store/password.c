/*
 * password.c -- argon2id. The dummy hash is made once, with the same parameters,
 * so that a name that does not exist costs as much time as one that does.
 */
#include "password.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

/* OWASP's second choice for argon2id doubled: about 50 ms, so that a log-in storm
 * after a restart does not take minutes. */
enum { OPS = 3, MEM_BYTES = 32 * 1024 * 1024 };

_Static_assert(CTI_PASSWORD_HASH_BYTES >= crypto_pwhash_STRBYTES, "hash fits");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char dummy[crypto_pwhash_STRBYTES];

static void init(void)
{
	static const char nobody[] = "nobody has this password";

	if (sodium_init() < 0 ||
		crypto_pwhash_str(dummy, nobody, sizeof(nobody) - 1, OPS, MEM_BYTES))
		dummy[0] = '\0';
}

static size_t utf8_chars(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int cti_password_hash(char hash[CTI_PASSWORD_HASH_BYTES], const char *password)
{
	const size_t len = strlen(password);

	if (utf8_chars(password) < CTI_PASSWORD_MIN_CHARS || len > CTI_PASSWORD_MAX_BYTES)
		return EINVAL;
	(void)pthread_once(&once, init);
	return crypto_pwhash_str(hash, password, len, OPS, MEM_BYTES) ? ENOMEM : 0;
}

bool cti_password_verify(const char *hash, const char *password)
{
	size_t len = strlen(password);
	bool ok;

	(void)pthread_once(&once, init);
	if (len > CTI_PASSWORD_MAX_BYTES)
		len = CTI_PASSWORD_MAX_BYTES + 1; /* same work, never right */
	ok = !crypto_pwhash_str_verify(hash ? hash : dummy, password, len);
	return ok && hash && len <= CTI_PASSWORD_MAX_BYTES;
}
