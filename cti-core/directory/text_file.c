/*
 * text_file.c -- see text_file.h. One conversion for all encodings, UTF-8 too: it
 * finds what is ill-formed.
 */
#include "text_file.h"

#include "str.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { RAW_BYTES = 64 * 1024, REST_BYTES = 16 };

struct cti_text_file {
	FILE *file;
	iconv_t conv;
	const char *encoding;
	uint64_t size, done;
	bool end;
	size_t nraw; /* unread bytes at the begin of raw */
	char raw[RAW_BYTES + REST_BYTES];
	struct cti_buf text;
};

/* Goes on over pieces: *needp continuation bytes are still to come. */
static bool utf8_goes_on(const unsigned char *p, size_t len, unsigned *needp)
{
	for (size_t i = 0; i < len; i++) {
		if (*needp) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			--*needp;
		} else if (p[i] >= 0x80) {
			if (p[i] < 0xc2 || p[i] > 0xf4)
				return false;
			*needp = p[i] < 0xe0 ? 1 : p[i] < 0xf0 ? 2 : 3;
		}
	}
	return true;
}

static bool is_utf8(struct cti_text_file *f)
{
	unsigned need = 0;
	bool ok = true;
	size_t n;

	while (ok && (n = fread(f->raw, 1, RAW_BYTES, f->file)) > 0)
		ok = utf8_goes_on((const unsigned char *)f->raw, n, &need);
	return ok && !need;
}

/* Leaves the file behind its mark, if it has one. */
static int find_encoding(struct cti_text_file *f)
{
	char mark[3] = { 0 };
	const size_t n = fread(mark, 1, sizeof(mark), f->file);
	long skip = 0;

	if (n == 3 && !memcmp(mark, "\xef\xbb\xbf", 3)) {
		f->encoding = "UTF-8";
		skip = 3;
	} else if (n >= 2 && !memcmp(mark, "\xff\xfe", 2)) {
		f->encoding = "UTF-16LE";
		skip = 2;
	} else if (n >= 2 && !memcmp(mark, "\xfe\xff", 2)) {
		f->encoding = "UTF-16BE";
		skip = 2;
	} else {
		rewind(f->file);
		f->encoding = is_utf8(f) ? "UTF-8" : "CP932";
	}
	f->done = (uint64_t)skip;
	return fseek(f->file, skip, SEEK_SET) ? errno : 0;
}

int cti_text_file_open(struct cti_text_file **fp, const char *path)
{
	struct cti_text_file *f = calloc(1, sizeof(*f));
	struct stat st;
	int err;

	if (!f)
		return ENOMEM;
	f->conv = (iconv_t)-1;
	f->file = fopen(path, "rbe");
	err = !f->file || fstat(fileno(f->file), &st) ? errno : 0;
	if (!err && S_ISDIR(st.st_mode))
		err = EISDIR;
	if (!err) {
		f->size = (uint64_t)st.st_size;
		err = find_encoding(f);
	}
	if (!err && (f->conv = iconv_open("UTF-8", f->encoding)) == (iconv_t)-1)
		err = errno;
	if (err)
		cti_text_file_close(f);
	else
		*fp = f;
	return err;
}

void cti_text_file_close(struct cti_text_file *f)
{
	if (!f)
		return;
	if (f->conv != (iconv_t)-1)
		(void)iconv_close(f->conv);
	if (f->file)
		(void)fclose(f->file);
	cti_buf_reset(&f->text);
	free(f);
}

/* What is left in raw is the begin of a character, to be completed by the next
 * piece, or, at the end, cut off for good. */
static void convert(struct cti_text_file *f)
{
	char *in = f->raw;

	while (f->nraw) {
		char buf[4096];
		char *out = buf;
		size_t room = sizeof(buf);
		const size_t rc = iconv(f->conv, &in, &f->nraw, &out, &room);
		const int why = errno;

		cti_buf_add(&f->text, buf, sizeof(buf) - room);
		if (rc != (size_t)-1 || why == E2BIG)
			continue;
		if (why == EINVAL && !f->end)
			break;
		cti_buf_str(&f->text, "\xef\xbf\xbd");
		in++;
		f->nraw--;
	}
	memmove(f->raw, in, f->nraw);
}

int cti_text_file_read(struct cti_text_file *f, const char **datap, size_t *lenp)
{
	cti_buf_clear(&f->text);
	while (!f->text.len && !f->end) {
		const size_t n = fread(f->raw + f->nraw, 1, RAW_BYTES, f->file);

		f->end = n == 0;
		if (f->end && ferror(f->file))
			return EIO;
		f->nraw += n;
		f->done += n;
		convert(f);
	}
	*datap = f->text.data;
	*lenp = f->text.len;
	return f->text.err;
}

uint64_t cti_text_file_size(const struct cti_text_file *f)
{
	return f->size;
}

uint64_t cti_text_file_done(const struct cti_text_file *f)
{
	return f->done;
}

const char *cti_text_file_encoding(const struct cti_text_file *f)
{
	return f->encoding;
}
