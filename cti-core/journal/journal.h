/*
 * journal.h -- an append-only log in segment files: what was acknowledged is on
 * disk before it is acknowledged.
 *
 * Two of them run: `input` (what PBXs said, see cti/pbx.h) and `record` (what the
 * model made of it, for the store). A record is one write(2): header, CRC32C,
 * payload. A torn tail is cut at open. Positions are byte offsets that never
 * repeat over the life of a journal; they rise with gaps (each open leaves one).
 *
 * Thread: one appender (core); readers may be on any thread and see whole
 * records only.
 */
#ifndef CTI_JOURNAL_H
#define CTI_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

struct cti_journal;
struct cti_journal_reader;

enum cti_fsync { CTI_FSYNC_NEVER, CTI_FSYNC_INTERVAL, CTI_FSYNC_ALWAYS };

struct cti_journal_conf {
	const char *dir;
	uint64_t segment_bytes;
	uint64_t max_bytes; /* full: append gives ENOSPC until trimmed */
	enum cti_fsync fsync;
	uint32_t fsync_interval_ms;
};

/* What open found; for the log and doctor. */
struct cti_journal_found {
	uint64_t first_pos, end_pos;
	uint64_t cut_bytes;     /* torn tail removed */
	uint64_t damaged_bytes; /* holes before the last whole record of the last file */
	uint64_t epoch;         /* made when the journal was first created */
};

/* EBUSY: another process has it open. */
int cti_journal_open(struct cti_journal **jp, const struct cti_journal_conf *conf,
	struct cti_journal_found *found);
void cti_journal_close(struct cti_journal *j);

/* 0, ENOSPC (max_bytes or the disk), EIO, E2BIG (over 1 MiB). *posp: where it is;
 * may be NULL. After an error the record is not there. */
int cti_journal_append(struct cti_journal *j, uint16_t type, const void *data,
	size_t len_bytes, uint64_t *posp);
/*
 * From hold to release, what is appended is gathered and then written in one piece; till
 * then it is in no file and counts for no reader. An error of release: none of it is there.
 */
void cti_journal_hold(struct cti_journal *j);
int cti_journal_release(struct cti_journal *j);
int cti_journal_sync(struct cti_journal *j);
/* Segments that lie wholly before pos may go. */
int cti_journal_trim(struct cti_journal *j, uint64_t pos);
uint64_t cti_journal_end(const struct cti_journal *j); /* any thread */
uint64_t cti_journal_epoch(const struct cti_journal *j);

struct cti_journal_stats {
	uint64_t first_pos, bytes, max_bytes, records, sync_errors;
	size_t segments;
};
/* What the disk below it still takes, bytes; UINT64_MAX if it does not say. */
uint64_t cti_journal_disk_free(const struct cti_journal *j);
/* Appender's thread. */
void cti_journal_stats(const struct cti_journal *j, struct cti_journal_stats *st);

struct cti_journal_rec {
	uint64_t pos, next_pos;
	uint16_t type;
	const void *data; /* borrowed until the next call */
	size_t len_bytes;
};

/* By directory: needs no open journal (replay, the store's own reader). from_pos 0:
 * the oldest there is. ERANGE: from_pos has been trimmed away. */
int cti_journal_reader_alloc(
	struct cti_journal_reader **rp, const char *dir, uint64_t from_pos);
void cti_journal_reader_free(struct cti_journal_reader *r);
/*
 * 0; ENODATA at the end (more may come); ERANGE trimmed away. EBADMSG: the bytes
 * from rec->pos to rec->next_pos are damaged; count them, the next call goes on
 * behind them.
 */
int cti_journal_next(struct cti_journal_reader *r, struct cti_journal_rec *rec);
/* The journal's epoch; 0 while no segment was found. */
uint64_t cti_journal_reader_epoch(const struct cti_journal_reader *r);

#endif
