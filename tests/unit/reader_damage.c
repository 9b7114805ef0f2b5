/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged stores: `verify` finds what is wrong, and nothing crashes.
 *
 * Two kinds.  Records that are wrong in well-formed pages are written through
 * LMDB, and every reading function must come back with TW_DAMAGED or an answer.
 * Pages that are wrong are written into the file; opening and verifying it must
 * end with an answer (LMDB itself may not survive following such a page, which
 * is why verify looks at the bytes first).  Each case runs in a child.
 */
#include "tests/unit/reader_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/env.h"

#define IND "indicator--22222222-2222-4222-8222-222222222222"
#define MAL "malware--33333333-3333-4333-8333-333333333333"

static const struct fixture_object one[] = {
    {.values = "domain-name=a.example\nipv4-addr=198.51.100.1", .id = IND,
        .json = "{\"id\": 1}", .label = "x", .phase = "c/p",
        .name = "one", .valid_from = 100, .valid_until = 9000},
    {.id = MAL, .name = "Bad", .json = "{\"id\": 2}"},
    {.rel = "indicates", .from = IND, .to = MAL},
    {.values = "ipv4-addr=198.51.100.0/24\nurl=http://a.example/Path"},
    {.rel = NULL}};
static const struct fixture_object two[] = {
    {.values = "domain-name=a.example", .valid_from = 20000},
    {.rel = NULL}};

static void
fill(struct fixture *f)
{
	fixture_open(f);
	f->raw = true;
	fixture_poll(f, "one", one);
	fixture_poll(f, "two", two);
	store_close(f->store);
	f->store = NULL;
}

static bool quiet; /* in children: problems are expected */

static void
problem(void *ctx, const char *text)
{
	unsigned *n = ctx;

	++*n;
	if (!quiet)
		print_error("%s\n", text);
}

/* Everything a tool can ask.  Returns false when something failed. */
static bool
ask_objects(tw_snapshot *s)
{
	struct tw_object o;
	struct tw_cursor c = {0};
	struct tw_str a, b;
	size_t pos = 0;
	int rc;

	while ((rc = tw_object_next(s, &c, 1, &o)) == TW_OK) {
		pos = 0;
		while (tw_claim_item(s, &o.claim, TW_VALUES, &pos, &a, &b) ==
		    TW_OK)
			;
	}
	if (rc != TW_END)
		return false;
	rc = tw_object_get(s, IND, NULL, &o);
	return rc >= TW_OK;
}

static bool
ask_values(tw_snapshot *s)
{
	struct tw_threat threats[2];
	struct tw_claim claims[4];
	struct tw_cursor c = {0};
	struct tw_match m;
	char text[64];
	size_t n, t, i;
	bool good = true;
	int rc;

	while ((rc = tw_value_next(s, &c, 0, &m)) == TW_OK) {
		tw_value_text(s, &m, text, sizeof(text));
		good = good && tw_claims(s, &m, claims, 4, &n) == TW_OK;
		for (i = 0; good && i < n && i < 4; i++)
			good = tw_threats(s, &claims[i], threats, 2, &t) ==
			    TW_OK;
	}
	return good && rc == TW_END;
}

static bool
ask_rest(tw_snapshot *s)
{
	static const char *const probes[] = {"a.example", "b.a.example",
	    "198.51.100.1", "198.51.100.2", "http://a.example/Path",
	    "https://a.example/path"};
	struct tw_change_cursor c = {0};
	struct tw_change change;
	struct tw_source src;
	struct tw_status st;
	struct tw_poll poll;
	struct tw_match m[4];
	uint16_t id = 0;
	uint32_t at = 0;
	uint64_t count;
	bool good = true;
	size_t i, n;
	int rc;

	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		good = tw_lookup(s, 0, probes[i], TW_LENGTH, TW_FIND_ALL |
		    TW_FIND_HOST, m, 4, &n) == TW_OK && good;
	while ((rc = tw_change_next(s, &c, &change)) == TW_OK)
		;
	good = good && (rc == TW_END || rc == TW_RESYNC);
	while ((rc = tw_source_next(s, &id, &src)) == TW_OK)
		;
	good = good && rc == TW_END;
	while ((rc = tw_poll_next(s, 1, &at, &poll)) == TW_OK)
		;
	good = good && rc == TW_END;
	good = tw_count_active(s, 1, &count) == TW_OK && good;
	return tw_status(s, &st) == TW_OK && good;
}

enum { SOUND = 0, REFUSED = 1, FOUND = 2, ASKED_BAD = 4, UNSAID = 8 };

/* In the child: open, verify, and ask when the pages are sound. */
static int
examine(const char *path, bool ask)
{
	unsigned problems = 0;
	tw_snapshot *s;
	tw_store *store;
	int rc, out = SOUND;

	if (tw_open(path, 0, &store, NULL) != TW_OK)
		return REFUSED;
	if (tw_snapshot_begin(store, &s) != TW_OK)
		return REFUSED;
	tw_snapshot_at(s, AT(10000));
	rc = tw_verify(s, problem, &problems, NULL);
	if (rc != TW_OK)
		out |= FOUND;
	if ((rc != TW_OK) != (problems != 0) && rc == TW_DAMAGED)
		out |= UNSAID;
	if (ask) {
		tw_snapshot_renew(s);
		if (!ask_values(s))
			out |= ASKED_BAD;
		if (!ask_objects(s))
			out |= ASKED_BAD;
		if (!ask_rest(s))
			out |= ASKED_BAD;
	}
	tw_snapshot_end(s);
	tw_close(store);
	return out;
}

/* The result of examine(), or -1 when the child died. */
static int
in_child(const char *path, bool ask)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS,
	    SIGABRT};
	int status;
	size_t i;
	pid_t pid = fork();

	if (pid == 0) {
		quiet = true;
		for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			signal(faults[i], SIG_DFL); /* not cmocka's */
		alarm(60);
		_exit(examine(path, ask));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
sound(void **state)
{
	struct fixture f;

	(void)state;
	fill(&f);
	assert_int_equal(examine(f.path, true), SOUND);
	fixture_close(&f);
}

/* -- wrong records in sound pages -- */

enum how { DROP, CUT, FLIP, EMPTY };

/* Spoil record `nth` of a tree. */
static bool
spoil(const char *path, enum table t, int nth, enum how how, size_t at)
{
	struct err e = ERR_INIT;
	struct env *env;
	MDB_cursor *cur;
	uint8_t copy[4096];
	MDB_txn *txn;
	MDB_val k, d;
	bool done = false;
	int rc;

	assert_int_equal(env_open(path, ENV_WRITE, &env, &e), 0);
	assert_int_equal(env_begin(env, true, &txn, &e), 0);
	assert_int_equal(mdb_cursor_open(txn, env->dbi[t], &cur), 0);
	rc = mdb_cursor_get(cur, &k, &d, MDB_FIRST);
	while (rc == 0 && nth-- > 0)
		rc = mdb_cursor_get(cur, &k, &d, MDB_NEXT);
	if (rc == 0 && d.mv_size <= sizeof(copy) && at < d.mv_size + 1) {
		memcpy(copy, d.mv_data, d.mv_size);
		d.mv_data = copy;
		if (how == FLIP && at < d.mv_size)
			copy[at] ^= 0x41;
		if (how == CUT)
			d.mv_size = at;
		if (how == EMPTY)
			d.mv_size = 0;
		rc = how == DROP ? mdb_cursor_del(cur, 0)
		    : mdb_cursor_put(cur, &k, &d, MDB_CURRENT);
		assert_int_equal(rc, 0);
		done = true;
	}
	mdb_cursor_close(cur);
	assert_int_equal(mdb_txn_commit(txn), 0);
	env_close(env);
	return done;
}

static void
copy_file(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int in = open(from, O_RDONLY), out = open(to, O_RDWR | O_CREAT |
	    O_TRUNC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
}

/* A missing or empty record is always found. */
static void
missing_records(void **state)
{
	static const enum how hows[] = {DROP, EMPTY};
	char path[256];
	struct fixture f;
	int t, nth, rc;
	size_t h;

	(void)state;
	fill(&f);
	snprintf(path, sizeof(path), "%s/copy", f.dir);
	for (t = 0; t < TABLE_COUNT; t++) {
		for (nth = 0; nth < 20; nth++) {
			for (h = 0; h < 2; h++) {
				/* the log may be shortened, an old poll or
				 * version go */
				if (hows[h] == DROP && (t == TABLE_CHANGES ||
				    t == TABLE_POLLS || t == TABLE_UNDO))
					continue;
				copy_file(f.path, path);
				if (!spoil(path, (enum table)t, nth, hows[h],
				    0))
					break;
				rc = in_child(path, true);
				if (rc < 0 || (rc & UNSAID) ||
				    (rc & (FOUND | REFUSED)) == 0)
					fail_msg("%s: record %d %s: %d",
					    table_info[t].name, nth, h == 0 ?
					    "dropped" : "emptied", rc);
			}
		}
	}
	fixture_close(&f);
}

/* A record that was cut, or that has a byte changed, may be found or may still
 * make sense; but nothing crashes, and what an answer stumbles over, verify has
 * found too. */
static void
wrong_records(void **state)
{
	char path[256];
	struct fixture f;
	unsigned cases = 0, found = 0;
	size_t at, step;
	int t, how, rc;

	(void)state;
	fill(&f);
	snprintf(path, sizeof(path), "%s/copy", f.dir);
	for (t = 0; t < TABLE_COUNT; t++) {
		step = t == TABLE_META ? 3 : t == TABLE_OBJECTS ? 5 : 7;
		for (how = CUT; how <= FLIP; how++) {
			for (at = 0; at < 400; at += step) {
				copy_file(f.path, path);
				if (!spoil(path, (enum table)t, 0,
				    (enum how)how, at))
					break;
				rc = in_child(path, true);
				cases++;
				found += (rc & (FOUND | REFUSED)) != 0;
				if (rc < 0 || (rc & UNSAID) ||
				    (rc & (FOUND | ASKED_BAD)) == ASKED_BAD)
					fail_msg("%s: %s at %zu: %d",
					    table_info[t].name, how == CUT
					    ? "cut" : "changed", at, rc);
			}
		}
	}
	assert_true(cases > 150);
	assert_true(found > cases / 2);
	fixture_close(&f);
}

/* -- wrong pages -- */

/* Every page's head and first entries, byte by byte. */
static void
wrong_pages(void **state)
{
	static const off_t places[] = {0, 8, 10, 11, 12, 13, 14, 15, 16, 17,
	    18, 24, 28, 40, 44, 48, 88, 94, 128, 136, 144, 1000, 4090};
	static const uint8_t bits[] = {0xff, 0x01};
	char path[256];
	struct fixture f;
	struct stat st;
	unsigned found = 0;
	uint8_t byte;
	size_t i, b;
	off_t page;
	int fd, rc;

	(void)state;
	fill(&f);
	snprintf(path, sizeof(path), "%s/copy", f.dir);
	assert_int_equal(stat(f.path, &st), 0);
	for (page = 0; page < st.st_size; page += 4096) {
		for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			b = (i + (size_t)(page >> 12)) % 2;
			copy_file(f.path, path);
			fd = open(path, O_RDWR);
			assert_true(fd >= 0);
			assert_int_equal(pread(fd, &byte, 1,
			    page + places[i]), 1);
			byte ^= bits[b];
			assert_int_equal(pwrite(fd, &byte, 1,
			    page + places[i]), 1);
			close(fd);
			rc = in_child(path, false);
			found += rc > 0 && (rc & (FOUND | REFUSED)) != 0;
			if (rc < 0 || (rc & UNSAID))
				fail_msg("page %jd, byte %jd: %d",
				    (intmax_t)(page / 4096),
				    (intmax_t)places[i], rc);
		}
	}
	assert_true(found > 50);
	fixture_close(&f);
}

/* Cut anywhere: refused, or whole. */
static void
truncated(void **state)
{
	char path[256];
	struct fixture f;
	struct stat st;
	off_t n;
	int rc;

	(void)state;
	fill(&f);
	snprintf(path, sizeof(path), "%s/copy", f.dir);
	assert_int_equal(stat(f.path, &st), 0);
	for (n = 0; n < st.st_size; n += n < 8192 ? 700 : 3 * 4096) {
		copy_file(f.path, path);
		assert_int_equal(truncate(path, n), 0);
		rc = in_child(path, false);
		if (rc < 0 || (rc & (REFUSED | FOUND)) == 0)
			fail_msg("cut at %jd: %d", (intmax_t)n, rc);
	}
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sound),
	    cmocka_unit_test(missing_records),
	    cmocka_unit_test(wrong_records),
	    cmocka_unit_test(wrong_pages),
	    cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
