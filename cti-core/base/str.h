/*
 * str.h -- strings that grow, strings that are bounded, and bytes from outside.
 *
 * Thread: any; an object belongs to one thread at a time.
 */
#ifndef CTI_STR_H
#define CTI_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing buffer. Zero is empty. After a failed allocation err is ENOMEM and
 * further writes do nothing, so a long build needs one check at its end. */
struct cti_buf {
	char *data; /* owned; terminated when len > 0 */
	size_t len;
	size_t size;
	int err;
};

void cti_buf_reset(struct cti_buf *b); /* frees */
void cti_buf_clear(struct cti_buf *b); /* keeps the memory */
void cti_buf_add(struct cti_buf *b, const void *data, size_t len);
void cti_buf_str(struct cti_buf *b, const char *s);
/* Room for len more bytes, which count and are the caller's to fill; NULL on err. */
char *cti_buf_grow(struct cti_buf *b, size_t len);
void cti_buf_printf(struct cti_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The text, now owned by the caller (free()); NULL on err. b is empty after. */
char *cti_buf_take(struct cti_buf *b);

/* Copies at most size-1 bytes, never splitting a UTF-8 sequence; true if whole. */
bool cti_str_copy(char *dst, size_t size, const char *src);
bool cti_str_copyn(char *dst, size_t size, const char *src, size_t len);

/* malloc'ed copy or NULL; NULL for NULL. */
char *cti_str_dup(const char *s);

/*
 * Makes text from a telephone network fit to be kept: ill-formed UTF-8 becomes
 * U+FFFD, control characters, bidi overrides and line separators become spaces,
 * the ends are trimmed. dst is always terminated. Returns the length.
 */
size_t cti_str_clean(char *dst, size_t size, const char *src, size_t len);

/* The first character of s: its length in bytes and *cpp; 0 if it is ill-formed
 * (RFC 3629) or cut off. */
size_t cti_utf8_next(const char *s, size_t len, uint32_t *cpp);

bool cti_str_ieq(const char *a, const char *b);

#endif
