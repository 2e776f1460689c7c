/*
 * reader.c -- follows a journal from a position on, by directory alone, so that it
 * serves the store's thread, another process, and `replay` of a copied folder.
 *
 * A record is complete or it is not there: the appender writes in order, so a
 * record that ends at or before the end of its file has been written whole, and
 * one whose check fails is damaged. Only what is cut off by the end of the last
 * file may still be growing.
 */
#include "journal.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 128 * 1024 };

struct cti_journal_reader {
	char *dir; /* owned */
	int fd;    /* of the segment; -1: none open yet */
	uint64_t base;
	uint64_t pos;
	uint64_t epoch;
	uint8_t *buf; /* owned; holds have bytes of the file from buf_pos on */
	size_t size;
	size_t have;
	uint64_t buf_pos;
};

/* ---- segments ----------------------------------------------------------- */

static int open_file(const char *dir, uint64_t base, int *fdp)
{
	char name[CTI_SEG_NAME_BYTES];
	char path[PATH_MAX];

	cti_seg_name(name, base);
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return ENAMETOOLONG;
	*fdp = open(path, O_RDONLY | O_CLOEXEC);
	if (*fdp < 0)
		return errno == ENOENT ? ERANGE : errno;
	return 0;
}

/* Opens the segment at base, for a consumer that has had everything before r->pos.
 * ERANGE: something between the two has been trimmed away. A damaged header costs
 * this check and the epoch alone: records prove themselves. */
static int open_segment(struct cti_journal_reader *r, uint64_t base)
{
	struct cti_seg_header header;
	int err;
	int fd;

	err = open_file(r->dir, base, &fd);
	if (err)
		return err;
	if (cti_seg_header_read(fd, base, &header) == 0) {
		if (r->pos && r->pos < base && r->pos < header.prev_end) {
			(void)close(fd);
			return ERANGE;
		}
		r->epoch = header.epoch;
	}
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = fd;
	r->base = base;
	r->have = 0;
	if (r->pos < base + CTI_SEG_HEADER_BYTES)
		r->pos = base + CTI_SEG_HEADER_BYTES;
	return 0;
}

/* The last segment that begins at or before from; if there is none, the first. */
static int choose(const char *dir, uint64_t from, uint64_t *basep)
{
	uint64_t *bases = NULL;
	size_t n = 0;
	size_t i = 0;
	int err = cti_seg_list(dir, &bases, &n);

	if (err)
		return err;
	if (!n)
		return ENODATA;
	while (i + 1 < n && bases[i + 1] <= from)
		i++;
	*basep = bases[i];
	free(bases);
	return 0;
}

/* The segment after base. ENODATA: there is none. */
static int following(const char *dir, uint64_t base, uint64_t *nextp)
{
	uint64_t *bases = NULL;
	size_t n = 0;
	int err = cti_seg_list(dir, &bases, &n);

	if (err)
		return err;
	err = ENODATA;
	for (size_t i = 0; i < n && err; i++) {
		if (bases[i] > base) {
			*nextp = bases[i];
			err = 0;
		}
	}
	free(bases);
	return err;
}

/* ---- bytes -------------------------------------------------------------- */

/* The bytes at pos that are in the buffer. */
static const uint8_t *at(const struct cti_journal_reader *r, uint64_t pos, size_t *lenp)
{
	if (pos < r->buf_pos || pos > r->buf_pos + r->have) {
		*lenp = 0;
		return r->buf;
	}
	*lenp = r->have - (size_t)(pos - r->buf_pos);
	return r->buf + (pos - r->buf_pos);
}

/* Reads from pos until need bytes are there or the file ends. */
static int fill(struct cti_journal_reader *r, uint64_t pos, size_t need)
{
	const size_t size = need > CHUNK_BYTES ? need : CHUNK_BYTES;

	if (r->size < size) {
		uint8_t *buf = realloc(r->buf, size);

		if (!buf)
			return ENOMEM;
		r->buf = buf;
		r->size = size;
	}
	r->buf_pos = pos;
	r->have = 0;
	while (r->have < r->size) {
		const ssize_t n = pread(r->fd, r->buf + r->have, r->size - r->have,
			(off_t)(pos - r->base + r->have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			break;
		r->have += (size_t)n;
		if (r->have >= need)
			break;
	}
	return 0;
}

/* What stands at pos, after as much reading as that needs. */
static int look(struct cti_journal_reader *r, uint64_t pos, enum cti_rec_check *checkp,
	struct cti_journal_rec *rec)
{
	uint32_t n = 0;
	size_t len;
	const uint8_t *data = at(r, pos, &len);
	int err;

	*checkp = cti_rec_check(data, len, pos, &rec->type, &n);
	for (int i = 0; *checkp == CTI_REC_SHORT && i < 2; i++) {
		err = fill(r, pos, CTI_REC_HEADER_BYTES + (size_t)n);
		if (err)
			return err;
		data = at(r, pos, &len);
		*checkp = cti_rec_check(data, len, pos, &rec->type, &n);
	}
	rec->pos = pos;
	rec->next_pos = pos + CTI_REC_HEADER_BYTES + n;
	rec->data = data + CTI_REC_HEADER_BYTES;
	rec->len_bytes = n;
	return 0;
}

static int file_end(const struct cti_journal_reader *r, uint64_t *endp)
{
	const off_t size = lseek(r->fd, 0, SEEK_END);

	if (size < 0)
		return errno;
	*endp = r->base + (uint64_t)size;
	return 0;
}

/* ---- going on ----------------------------------------------------------- */

/* Finds the next valid record behind a damaged one at r->pos, or the end of the
 * file; tells the hole. */
static int skip_damage(struct cti_journal_reader *r, struct cti_journal_rec *rec)
{
	enum cti_rec_check check = CTI_REC_BAD;
	const uint64_t hole = r->pos;
	struct cti_journal_rec found;
	uint64_t end = 0;
	uint64_t pos;
	int err = file_end(r, &end);

	if (err)
		return err;
	for (pos = hole + 1; pos < end; pos++) {
		err = look(r, pos, &check, &found);
		if (err)
			return err;
		if (check == CTI_REC_VALID)
			break;
	}
	r->pos = pos;
	*rec = (struct cti_journal_rec){ .pos = hole, .next_pos = pos };
	return EBADMSG;
}

/*
 * Nothing whole at r->pos. If there is a segment after this one, this one is
 * complete: look once more, since it may have grown between the two looks; a
 * beginning of a record that is left then is damage.
 */
static int at_end(struct cti_journal_reader *r, struct cti_journal_rec *rec)
{
	enum cti_rec_check check;
	uint64_t next;
	uint64_t end = 0;
	int err = following(r->dir, r->base, &next);

	if (err)
		return err;
	err = look(r, r->pos, &check, rec);
	if (err)
		return err;
	if (check == CTI_REC_VALID) {
		r->pos = rec->next_pos;
		return 0;
	}
	err = file_end(r, &end);
	if (err)
		return err;
	if (r->pos < end)
		return skip_damage(r, rec);
	err = open_segment(r, next);
	return err ? err : cti_journal_next(r, rec);
}

int cti_journal_next(struct cti_journal_reader *r, struct cti_journal_rec *rec)
{
	enum cti_rec_check check;
	uint64_t base;
	int err;

	if (r->fd < 0) {
		err = choose(r->dir, r->pos, &base);
		if (!err)
			err = open_segment(r, base);
		if (err)
			return err;
	}
	err = look(r, r->pos, &check, rec);
	if (err)
		return err;
	switch (check) {
	case CTI_REC_VALID:
		r->pos = rec->next_pos;
		return 0;
	case CTI_REC_SHORT:
		return at_end(r, rec);
	case CTI_REC_BAD:
		break;
	}
	return skip_damage(r, rec);
}

/* ---- life --------------------------------------------------------------- */

int cti_journal_reader_alloc(
	struct cti_journal_reader **rp, const char *dir, uint64_t from_pos)
{
	struct cti_journal_reader *r;
	uint64_t base;
	int err = 0;

	if (!rp || !dir)
		return EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return ENOMEM;
	r->fd = -1;
	r->pos = from_pos;
	r->dir = strdup(dir);
	if (!r->dir) {
		err = ENOMEM;
		goto out;
	}
	err = choose(dir, from_pos, &base);
	if (!err)
		err = open_segment(r, base);
	if (err == ENODATA) /* an empty folder: records may come */
		err = 0;
	if (err)
		goto out;
	*rp = r;
out:
	if (err)
		cti_journal_reader_free(r);
	return err;
}

void cti_journal_reader_free(struct cti_journal_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		(void)close(r->fd);
	free(r->buf);
	free(r->dir);
	free(r);
}

uint64_t cti_journal_reader_epoch(const struct cti_journal_reader *r)
{
	return r->epoch;
}
