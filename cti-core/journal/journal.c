/*
 * journal.c -- the appending side: one pwritev(2) a record at a known offset, so
 * that a write which failed half-way is simply written over.
 *
 * Each open begins a new segment, JUMP further on than the last: after a power cut
 * the disk may hold less than consumers have already seen, and a position must
 * never come to mean a second record.
 */
#include "journal.h"
#include "segment.h"
#include "syncer.h"

#include <cti/err.h>
#include <cti/log.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

/* More than any disk loses of what was not synced; room for 2^31 starts. */
static const uint64_t JUMP = (uint64_t)1 << 32;

enum { SEGMENT_MIN_BYTES = 4096 };

struct segment {
	uint64_t base;
	uint64_t end;
};

/* What comes to stand at the segment's end. */
struct held {
	uint8_t *data; /* owned */
	size_t len, size;
	uint64_t records;
};

struct cti_journal {
	struct cti_journal_conf conf; /* dir is not kept */
	int dir_fd;
	int lock_fd;
	int fd; /* of the newest segment; moved to the syncer when it is full */
	uint64_t epoch;
	uint64_t given_out; /* positions before it were used by an earlier process */
	struct segment *segments; /* owned; ascending, the last one is open */
	size_t nsegments;
	uint64_t bytes; /* of all segments */
	_Atomic uint64_t end;
	_Atomic uint64_t records;
	bool holding;
	struct held held;
	struct cti_syncer *syncer; /* owned; NULL unless CTI_FSYNC_INTERVAL */
};

static struct segment *last(struct cti_journal *j)
{
	return &j->segments[j->nsegments - 1];
}

/* A full disk has several names. */
static int disk_error(int err)
{
	return err == EFBIG || err == EDQUOT ? ENOSPC : err;
}

/* ---- segments ----------------------------------------------------------- */

static int write_all_at(int fd, const struct iovec *iov, int niov, uint64_t at)
{
	size_t want = 0;
	ssize_t n;

	for (int i = 0; i < niov; i++)
		want += iov[i].iov_len;
	do
		n = pwritev(fd, iov, niov, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return disk_error(errno);
	/* A local file takes less than asked for only when it is out of room. */
	return (size_t)n == want ? 0 : ENOSPC;
}

static int new_file(struct cti_journal *j, uint64_t base, int *fdp)
{
	const struct cti_seg_header fields = {
		.epoch = j->epoch,
		.base = base,
		.prev_end = j->nsegments ? last(j)->end : j->given_out,
	};
	uint8_t header[CTI_SEG_HEADER_BYTES];
	const struct iovec iov = { header, sizeof(header) };
	char name[CTI_SEG_NAME_BYTES];
	int err;
	int fd;

	cti_seg_name(name, base);
	fd = openat(j->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return disk_error(errno);
	cti_seg_header_put(header, &fields);
	err = write_all_at(fd, &iov, 1, 0);
	if (!err && j->conf.fsync == CTI_FSYNC_ALWAYS &&
		(fdatasync(fd) || fsync(j->dir_fd)))
		err = errno;
	if (err) {
		(void)unlinkat(j->dir_fd, name, 0);
		(void)close(fd);
		return err;
	}
	*fdp = fd;
	return 0;
}

static int add_segment(struct cti_journal *j, uint64_t base, uint64_t end)
{
	struct segment *more =
		reallocarray(j->segments, j->nsegments + 1, sizeof(*j->segments));

	if (!more)
		return ENOMEM;
	j->segments = more;
	j->segments[j->nsegments++] = (struct segment){ base, end };
	j->bytes += end - base;
	return 0;
}

static int begin_segment(struct cti_journal *j, uint64_t base)
{
	int err;
	int fd = -1;

	err = new_file(j, base, &fd);
	if (err)
		return err;
	err = add_segment(j, base, base + CTI_SEG_HEADER_BYTES);
	if (err) {
		(void)close(fd);
		return err;
	}
	if (j->fd >= 0 && j->syncer)
		cti_syncer_retire(j->syncer, j->fd);
	else if (j->fd >= 0)
		(void)close(j->fd);
	j->fd = fd;
	atomic_store(&j->end, last(j)->end);
	return 0;
}

/* ---- what is there at open ---------------------------------------------- */

/* The end of the last valid record of a segment; holes before it are counted. */
static int scan(const char *dir, uint64_t base, uint64_t *endp, uint64_t *holesp)
{
	struct cti_journal_reader *r = NULL;
	struct cti_journal_rec rec;
	uint64_t hole = 0;
	int err;

	*endp = base + CTI_SEG_HEADER_BYTES;
	err = cti_journal_reader_alloc(&r, dir, base);
	if (err)
		return err;
	while ((err = cti_journal_next(r, &rec)) == 0 || err == EBADMSG) {
		if (err == EBADMSG) {
			hole += rec.next_pos - rec.pos;
			continue;
		}
		*endp = rec.next_pos;
		*holesp += hole;
		hole = 0;
	}
	cti_journal_reader_free(r);
	return err == ENODATA ? 0 : err;
}

static int segment_size(struct cti_journal *j, const char *name, uint64_t *sizep)
{
	struct stat st;

	if (fstatat(j->dir_fd, name, &st, 0))
		return errno;
	*sizep = (uint64_t)st.st_size;
	return 0;
}

/* Zero if it is damaged. */
static struct cti_seg_header read_header(
	struct cti_journal *j, const char *name, uint64_t base)
{
	struct cti_seg_header header = { 0 };
	const int fd = openat(j->dir_fd, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return header;
	(void)cti_seg_header_read(fd, base, &header);
	(void)close(fd);
	return header;
}

/* The newest file: its torn tail goes, and it itself if it holds nothing. */
static int mend_last(struct cti_journal *j, const char *name, uint64_t base,
	uint64_t *sizep, struct cti_journal_found *found)
{
	uint64_t end;
	int err = scan(j->conf.dir, base, &end, &found->damaged_bytes);
	int fd;

	if (err)
		return err;
	if (base + *sizep > end) {
		found->cut_bytes = base + *sizep - end;
		fd = openat(j->dir_fd, name, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return errno;
		if (ftruncate(fd, (off_t)(end - base)) || fdatasync(fd))
			err = errno;
		(void)close(fd);
		*sizep = end - base;
	}
	return err;
}

static int take_segment(struct cti_journal *j, uint64_t base, bool newest,
	struct cti_journal_found *found)
{
	struct cti_seg_header header;
	char name[CTI_SEG_NAME_BYTES];
	uint64_t size = 0;
	int err;

	cti_seg_name(name, base);
	header = read_header(j, name, base);
	if (header.epoch)
		j->epoch = header.epoch;
	err = segment_size(j, name, &size);
	if (!err && newest)
		err = mend_last(j, name, base, &size, found);
	if (err)
		return err;
	if (!newest || size > CTI_SEG_HEADER_BYTES)
		return add_segment(j, base, base + size);
	j->given_out = header.prev_end;
	return unlinkat(j->dir_fd, name, 0) ? errno : 0;
}

static int take_stock(struct cti_journal *j, struct cti_journal_found *found)
{
	uint64_t *bases = NULL;
	size_t n = 0;
	int err = cti_seg_list(j->conf.dir, &bases, &n);

	for (size_t i = 0; i < n && !err; i++)
		err = take_segment(j, bases[i], i + 1 == n, found);
	/* Even an empty file's name says which positions have been given out. */
	found->end_pos = n ? (bases[n - 1] / JUMP + 1) * JUMP : 0;
	free(bases);
	return err;
}

/* ---- life --------------------------------------------------------------- */

static int open_dir(struct cti_journal *j)
{
	if (mkdir(j->conf.dir, 0750) && errno != EEXIST)
		return errno;
	j->dir_fd = open(j->conf.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->dir_fd < 0)
		return errno;
	j->lock_fd = openat(j->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (j->lock_fd < 0)
		return disk_error(errno);
	if (flock(j->lock_fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? EBUSY : errno;
	return 0;
}

static int start(struct cti_journal *j, struct cti_journal_found *found)
{
	int err = take_stock(j, found);

	if (err)
		return err;
	while (!j->epoch)
		arc4random_buf(&j->epoch, sizeof(j->epoch));
	if (j->conf.fsync == CTI_FSYNC_INTERVAL) {
		err = cti_syncer_start(&j->syncer, j->dir_fd, j->conf.fsync_interval_ms);
		if (err)
			return err;
	}
	err = begin_segment(j, found->end_pos);
	if (err)
		return err;
	found->first_pos = j->segments[0].base;
	found->end_pos = last(j)->end;
	found->epoch = j->epoch;
	return 0;
}

int cti_journal_open(struct cti_journal **jp, const struct cti_journal_conf *conf,
	struct cti_journal_found *found)
{
	struct cti_journal_found here = { 0 };
	struct cti_journal *j;
	int err;

	if (!jp || !conf || !conf->dir || conf->segment_bytes < SEGMENT_MIN_BYTES ||
		conf->segment_bytes > JUMP / 2)
		return EINVAL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return ENOMEM;
	j->conf = *conf;
	j->dir_fd = j->lock_fd = j->fd = -1;
	err = open_dir(j);
	if (!err)
		err = start(j, &here);
	j->conf.dir = NULL;
	if (err) {
		cti_journal_close(j);
		return err;
	}
	if (found)
		*found = here;
	*jp = j;
	return 0;
}

void cti_journal_close(struct cti_journal *j)
{
	if (!j)
		return;
	(void)cti_journal_release(j);
	free(j->held.data);
	cti_syncer_stop(j->syncer);
	if (j->fd >= 0) {
		if (j->conf.fsync != CTI_FSYNC_NEVER)
			(void)fdatasync(j->fd);
		(void)close(j->fd);
	}
	if (j->lock_fd >= 0)
		(void)close(j->lock_fd);
	if (j->dir_fd >= 0)
		(void)close(j->dir_fd);
	free(j->segments);
	free(j);
}

/* ---- appending ---------------------------------------------------------- */

/* len bytes behind the segment's end lie in the file; now they count. */
static int commit(struct cti_journal *j, uint64_t len, uint64_t records)
{
	struct segment *s = last(j);

	if (j->conf.fsync == CTI_FSYNC_ALWAYS && fdatasync(j->fd))
		return errno;
	s->end += len;
	j->bytes += len;
	atomic_fetch_add(&j->records, records);
	atomic_store(&j->end, s->end);
	if (j->syncer)
		cti_syncer_dirty(j->syncer, j->fd);
	return 0;
}

/* After an error nothing of it is there. */
static int put(struct cti_journal *j, const struct iovec *iov, int niov, uint64_t len,
	uint64_t records)
{
	struct segment *s = last(j);
	int err = write_all_at(j->fd, iov, niov, s->end - s->base);

	if (!err)
		err = commit(j, len, records);
	/* A reader must not meet what was refused. If this fails too, the next append
	 * writes over it. */
	if (err)
		(void)!ftruncate(j->fd, (off_t)(s->end - s->base));
	return err;
}

static int put_held(struct cti_journal *j)
{
	const struct iovec iov = { j->held.data, j->held.len };
	int err = j->held.len ? put(j, &iov, 1, iov.iov_len, j->held.records) : 0;

	if (err == EIO) /* a disk that failed once may have had its moment */
		err = put(j, &iov, 1, iov.iov_len, j->held.records);
	j->held.len = 0;
	j->held.records = 0;
	return err;
}

static int hold(struct cti_journal *j, const struct iovec *iov, int niov, size_t len)
{
	const size_t size = 2 * (j->held.len + len);

	if (j->held.len + len > j->held.size) {
		uint8_t *more = realloc(j->held.data, size);

		if (!more)
			return ENOMEM;
		j->held.data = more;
		j->held.size = size;
	}
	for (int i = 0; i < niov; i++) {
		memcpy(j->held.data + j->held.len, iov[i].iov_base, iov[i].iov_len);
		j->held.len += iov[i].iov_len;
	}
	j->held.records++;
	return 0;
}

/* Where the next record comes to stand, after len bytes of it have found room. */
static int find_room(struct cti_journal *j, uint64_t len, uint64_t *posp)
{
	const struct segment *s = last(j);
	int err;

	if (j->bytes + j->held.len + len + CTI_SEG_HEADER_BYTES > j->conf.max_bytes)
		return ENOSPC;
	if (s->end + j->held.len - s->base > CTI_SEG_HEADER_BYTES &&
		s->end + j->held.len - s->base + len > j->conf.segment_bytes) {
		err = put_held(j);
		if (!err)
			err = begin_segment(j, last(j)->end);
		if (err)
			return err;
	}
	*posp = last(j)->end + j->held.len;
	return 0;
}

int cti_journal_append(struct cti_journal *j, uint16_t type, const void *data,
	size_t len_bytes, uint64_t *posp)
{
	const size_t len = CTI_REC_HEADER_BYTES + len_bytes;
	uint8_t header[CTI_REC_HEADER_BYTES];
	const struct iovec iov[2] = { { header, sizeof(header) },
		{ (void *)(uintptr_t)data, len_bytes } };
	const int niov = len_bytes ? 2 : 1;
	uint64_t pos;
	int err;

	if (len_bytes > CTI_REC_MAX_BYTES)
		return E2BIG;
	err = find_room(j, len, &pos);
	if (err)
		return err;
	cti_rec_header(header, pos, type, data, (uint32_t)len_bytes);
	err = j->holding ? hold(j, iov, niov, len) : put(j, iov, niov, len, 1);
	if (!err && posp)
		*posp = pos;
	return err;
}

void cti_journal_hold(struct cti_journal *j)
{
	j->holding = true;
}

int cti_journal_release(struct cti_journal *j)
{
	enum { KEEP_BYTES = 64 * 1024 };
	const int err = put_held(j);

	j->holding = false;
	if (j->held.size > KEEP_BYTES) {
		free(j->held.data);
		j->held = (struct held){ 0 };
	}
	return err;
}

int cti_journal_sync(struct cti_journal *j)
{
	return fdatasync(j->fd) ? errno : 0;
}

int cti_journal_trim(struct cti_journal *j, uint64_t pos)
{
	size_t n = 0;
	int err = 0;

	while (n + 1 < j->nsegments && j->segments[n].end <= pos && !err) {
		char name[CTI_SEG_NAME_BYTES];

		cti_seg_name(name, j->segments[n].base);
		if (unlinkat(j->dir_fd, name, 0) && errno != ENOENT)
			err = errno;
		else
			j->bytes -= j->segments[n].end - j->segments[n].base, n++;
	}
	j->nsegments -= n;
	memmove(j->segments, j->segments + n, j->nsegments * sizeof(*j->segments));
	return err;
}

uint64_t cti_journal_end(const struct cti_journal *j)
{
	return atomic_load(&j->end);
}

uint64_t cti_journal_epoch(const struct cti_journal *j)
{
	return j->epoch;
}

uint64_t cti_journal_disk_free(const struct cti_journal *j)
{
	struct statvfs fs;

	if (fstatvfs(j->dir_fd, &fs))
		return UINT64_MAX;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

void cti_journal_stats(const struct cti_journal *j, struct cti_journal_stats *st)
{
	*st = (struct cti_journal_stats){
		.first_pos = j->segments[0].base,
		.bytes = j->bytes,
		.max_bytes = j->conf.max_bytes,
		.records = atomic_load(&j->records),
		.sync_errors = cti_syncer_errors(j->syncer),
		.segments = j->nsegments,
	};
}
