/*
 * password.h -- argon2id by libsodium; the only header whose .c names it here.
 *
 * A hash takes 64 MiB and about 0.1 s: worker threads only.
 */
#ifndef CTI_PASSWORD_H
#define CTI_PASSWORD_H

#include <stdbool.h>

enum {
	CTI_PASSWORD_HASH_BYTES = 128,
	CTI_PASSWORD_MIN_CHARS = 8,
	CTI_PASSWORD_MAX_BYTES = 1024
};

/* 0; EINVAL: too short or too long; ENOMEM. */
int cti_password_hash(char hash[CTI_PASSWORD_HASH_BYTES], const char *password);

/* hash NULL: nobody of that name; does the same work and says no. */
bool cti_password_verify(const char *hash, const char *password);

#endif
