/*
 * office.c -- see office.h.
 */
#include "office.h"

#include "migrate.h"
#include "pg_fixture.h"
#include "uuid.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TRIES = 2000, TRY_MS = 10 };

void office_open(struct office *o, const char *db)
{
	const struct cti_journal_conf conf = {
		.dir = o->dir,
		.segment_bytes = 1024 * 1024,
		.max_bytes = 64 * 1024 * 1024,
		.fsync = CTI_FSYNC_NEVER,
	};
	struct cti_journal_found found;
	struct cti_migrate_result r;
	struct cti_pg *pg = NULL;

	*o = (struct office){ .db = db };
	(void)strcpy(o->dir, "/tmp/rbstore-XXXXXX");
	assert_non_null(mkdtemp(o->dir));
	assert_int_equal(cti_journal_open(&o->journal, &conf, &found), 0);
	assert_int_equal(cti_pg_alloc(&pg, pg_fixture_database(db), "test"), 0);
	assert_int_equal(cti_migrate(pg, &r), 0);
	cti_pg_free(pg);
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL) {
		char file[384];

		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		(void)unlink(file);
	}
	if (dir)
		(void)closedir(dir);
	(void)rmdir(path);
}

void office_close(struct office *o)
{
	cti_store_stop(o->store, 5000);
	cti_journal_close(o->journal);
	remove_dir(o->dir);
}

void office_run(struct office *o, uint32_t batch_rows)
{
	const struct cti_store_conf conf = {
		.url = pg_fixture_url(o->db),
		.journal_dir = o->dir,
		.batch_rows = batch_rows,
		.batch_wait_ms = 5,
	};

	assert_int_equal(cti_store_start(&o->store, &conf), 0);
}

void office_record(struct office *o, uint16_t type, const char *json)
{
	assert_int_equal(
		cti_journal_append(o->journal, type, json, strlen(json), NULL), 0);
	if (o->store)
		cti_store_poke(o->store);
}

const char *office_id(unsigned n)
{
	static char id[CTI_UUID_BYTES];

	cti_uuid_make(id, 1700000000000000 + (int64_t)n * 1000000, 7, n);
	return id;
}

void office_call(struct office *o, unsigned n, unsigned version)
{
	static const char fmt[] =
		"{\"id\":\"%s\",\"pbx\":\"main\",\"version\":%u,\"direction\":\"inbound\","
		"\"state\":\"%s\",\"external\":{\"number\":\"0312345678\","
		"\"e164\":\"+81312345678\",\"display\":\"03-1234-5678\",\"name\":\"YAMADA\","
		"\"presentation\":\"allowed\",\"source\":\"dialog\"},\"dialled\":\"0355501234\","
		"\"queue\":null,\"initiator\":null,\"click_to_dial\":false,"
		"\"started_at\":\"2026-11-24T08:00:%02u.000000Z\",\"answered_at\":%s,"
		"\"ended_at\":%s,\"outcome\":%s,\"cause\":null,\"ended_by\":null,"
		"\"unknown\":[\"hold\"],\"legs\":[{\"id\":\"%s\",\"line\":\"%u\","
		"\"role\":\"callee\",\"state\":\"%s\",\"result\":null,"
		"\"rang\":[\"2026-11-24T08:00:00.000000Z\",\"2026-11-24T08:00:04.500000Z\"],"
		"\"talked\":[[\"2026-11-24T08:00:04.500000Z\",\"2026-11-24T08:00:10.000000Z\"],"
		"[\"2026-11-24T08:00:20.000000Z\",\"unknown\"]],\"held\":[],\"cause\":null}],"
		"\"transfers\":[{\"at\":\"2026-11-24T08:00:09.000000Z\",\"kind\":\"blind\","
		"\"from\":\"201\",\"to\":\"09012345678\",\"note\":\"angry\"}],"
		"\"segments\":[{\"kind\":\"rang\",\"line\":\"%u\","
		"\"from\":\"2026-11-24T08:00:00.000000Z\",\"to\":null}],"
		"\"contacts\":{\"status\":\"one\",\"reason\":\"exact number\",\"matches\":"
		"[{\"id\":\"00000000-0000-0000-0000-000000000009\",\"name\":\"山田 太郎\",\"company\":\"山田商店\"}]},"
		"\"notes\":[{\"at\":\"2026-11-24T08:00:09.000000Z\",\"user\":\"aoki\","
		"\"text\":\"call back\"}],"
		"\"trace\":[{\"at\":\"2026-11-24T08:00:00.000000Z\",\"what\":\"report\","
		"\"detail\":\"line=201\"}]}";
	const bool ended = version >= 3;
	char id[CTI_UUID_BYTES];
	char json[4096];

	(void)strcpy(id, office_id(n));
	assert_true((size_t)snprintf(json, sizeof(json), fmt, id, version,
			    ended ? "ended" : "connected", n % 60,
			    version >= 2 ? "\"2026-11-24T08:00:59.500000Z\"" : "null",
			    ended ? "\"2026-11-24T08:01:59.500000Z\"" : "null",
			    ended ? "\"answered\"" : "null", id, 201 + n % 3,
			    ended ? "ended" : "connected", 201 + n % 3) < sizeof(json));
	office_record(o, CTI_REC_CONVERSATION, json);
}

void office_settle(struct office *o)
{
	struct cti_store_status st = { 0 };

	cti_store_poke(o->store);
	for (int i = 0; i < TRIES; i++) {
		cti_store_status(o->store, &st);
		if (st.up && st.pos >= cti_journal_end(o->journal))
			return;
		(void)poll(NULL, 0, TRY_MS);
	}
	fail_msg(
		"the store does not reach the journal's end: pos=%llu end=%llu detail=%s",
		(unsigned long long)st.pos,
		(unsigned long long)cti_journal_end(o->journal), st.detail);
}
