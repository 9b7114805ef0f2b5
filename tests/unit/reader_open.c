/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, sharing, forking, publishing; every code has its text. */
#include "tests/unit/reader_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/env.h"

static const struct fixture_object objects[] = {
    {.values = "domain-name=evil.example", .json = "{\"id\": 1}"},
    {.values = "ipv4-addr=198.51.100.0/24\nurl=http://evil.example/Path"},
    {.values = NULL},
};

static void
codes(void **state)
{
	int i, j;

	(void)state;
	for (i = TW_LOCKLESS; i <= TW_RESYNC; i++) {
		assert_non_null(tw_strerror(i));
		assert_string_not_equal(tw_strerror(i), tw_strerror(99));
		for (j = TW_LOCKLESS; j < i; j++)
			assert_string_not_equal(tw_strerror(i),
			    tw_strerror(j));
	}
	assert_string_equal(tw_strerror(-99), tw_strerror(99));
	assert_string_equal(tw_state_name(TW_BENIGN), "benign");
	assert_null(tw_state_name(0));
	assert_null(tw_state_name(9));
	assert_string_equal(tw_match_name(TW_MATCH_URL_HOST), "url-host");
	assert_null(tw_match_name(-1));
	assert_null(tw_match_name(9));
	assert_int_equal(tw_type_code("ip-dst"), tw_type_code("ipv4-addr"));
	assert_int_equal(tw_type_code("no such"), 0);
	assert_int_equal(tw_type_code(NULL), 0);
	assert_null(tw_type_name(0));
	assert_string_equal(tw_tlp_name(5), "red");
	assert_null(tw_tlp_name(0));
}

static void
refuse(const char *path, unsigned flags, int want)
{
	struct tw_error e = {.result = 0};
	tw_store *store = (tw_store *)&e;
	int rc = tw_open(path, flags, &store, &e);

	if (rc != want)
		fail_msg("%s: %d, expected %d: %s", path, rc, want, e.text);
	assert_null(store);
	assert_int_equal(e.result, want);
	assert_string_not_equal(e.text, "");
}

static void
write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Set what the store says of itself. */
static void
set_identity(const char *path, uint32_t min_reader, uint32_t normaliser)
{
	struct err e = ERR_INIT;
	struct identity id;
	struct env *env;
	MDB_txn *txn;

	assert_int_equal(env_open(path, ENV_WRITE, &env, &e), 0);
	assert_int_equal(env_begin(env, true, &txn, &e), 0);
	assert_int_equal(identity_read(env, txn, &id, &e), 0);
	id.min_reader = min_reader;
	id.normaliser = normaliser;
	assert_int_equal(identity_write(env, txn, &id, &e), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	env_close(env);
}

static void
refusals(void **state)
{
	static char noise[20000];
	char path[256];
	struct fixture f;
	struct stat st;
	tw_store *store;
	size_t i;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	snprintf(path, sizeof(path), "%s/missing", f.dir);
	refuse(path, 0, TW_MISSING);
	snprintf(path, sizeof(path), "%s/missing/store", f.dir);
	refuse(path, 0, TW_MISSING);
	refuse(f.dir, 0, TW_DAMAGED);
	refuse(f.path, TW_OPEN_SNAPSHOT, TW_LOCKLESS);
	refuse(NULL, 0, TW_ARGUMENT);
	refuse(f.path, 64, TW_ARGUMENT);
	assert_int_equal(tw_open(f.path, 0, NULL, NULL), TW_ARGUMENT);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 7919 >> 3);
	snprintf(path, sizeof(path), "%s/noise", f.dir);
	write_file(path, noise, sizeof(noise));
	refuse(path, 0, TW_DAMAGED);
	refuse(path, TW_OPEN_SNAPSHOT, TW_DAMAGED);
	snprintf(path, sizeof(path), "%s/text", f.dir);
	write_file(path, "hello\n", 6);
	refuse(path, 0, TW_DAMAGED);
	if (geteuid() != 0) {
		assert_int_equal(chmod(path, 0), 0);
		refuse(path, 0, TW_ACCESS);
	}
	snprintf(path, sizeof(path), "%s/link", f.dir);
	assert_int_equal(symlink(f.path, path), 0);
	refuse(path, 0, TW_DAMAGED);
	/* of another time */
	store_close(f.store);
	f.store = NULL;
	set_identity(f.path, STORE_SCHEMA + 1, VALUE_NORMALISER_VERSION);
	refuse(f.path, 0, TW_VERSION);
	store = NULL;
	tw_close(store);
	fixture_close(&f);

	fixture_open(&f);
	store_close(f.store);
	f.store = NULL;
	set_identity(f.path, STORE_MIN_READER, VALUE_NORMALISER_VERSION + 1);
	refuse(f.path, 0, TW_VERSION);
	/* cut off */
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(truncate(f.path, st.st_size - 4096), 0);
	refuse(f.path, 0, TW_DAMAGED);
	assert_int_equal(truncate(f.path, 4096), 0);
	refuse(f.path, 0, TW_DAMAGED);
	fixture_close(&f);
}

/* An empty store is a store. */
static void
empty(void **state)
{
	struct tw_change_cursor c = {0};
	struct tw_change change;
	struct tw_match m;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	uint64_t n;

	(void)state;
	fixture_open(&f);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL, &m,
	    1), 0);
	assert_int_equal(tw_change_next(snap, &c, &change), TW_END);
	assert_int_equal(tw_count_active(snap, 0, &n), TW_OK);
	assert_int_equal(n, 0);
	if (tw_verify(snap, NULL, NULL, &n) != TW_OK)
		fail_msg("%s", tw_snapshot_error(snap));
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* The same file twice: each handle works, whichever is closed first. */
static void
shared(void **state)
{
	tw_snapshot *snap[3];
	tw_store *store[3];
	struct tw_match m;
	struct fixture f;
	uint64_t g, g2;
	int i;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	for (i = 0; i < 3; i++) {
		fixture_read(&f, 5000, &store[i], &snap[i]);
		assert_int_equal(fixture_lookup(snap[i], "evil.example",
		    TW_FIND_ALL, &m, 1), 1);
	}
	tw_snapshot_end(snap[0]);
	tw_close(store[0]);
	for (i = 1; i < 3; i++) {
		assert_int_equal(tw_snapshot_renew(snap[i]), TW_OK);
		assert_int_equal(fixture_lookup(snap[i], "evil.example",
		    TW_FIND_ALL, &m, 1), 1);
		assert_int_equal(tw_generation(store[i], &g), TW_OK);
	}
	/* the generation moves with data, and stands still without */
	assert_int_equal(tw_generation(store[1], &g2), TW_OK);
	assert_int_equal(g, g2);
	fixture_poll(&f, "feed", (struct fixture_object[]){
	    {.values = "domain-name=new.example"}, {.values = NULL}});
	assert_int_equal(tw_generation(store[1], &g2), TW_OK);
	assert_true(g2 > g);
	for (i = 1; i < 3; i++) {
		tw_snapshot_end(snap[i]);
		tw_close(store[i]);
	}
	fixture_close(&f);
}

/* A view stands still until it is renewed; what comes meanwhile is found then. */
static void
views(void **state)
{
	struct tw_match m, again;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL, &m,
	    1), 1);
	fixture_poll(&f, "feed", (struct fixture_object[]){
	    {.values = "domain-name=new.example\ndomain-name=evil.example"},
	    {.values = NULL}});
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL,
	    &again, 1), 0);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL,
	    &again, 1), 1);
	assert_int_equal(again.claims, 1);
	assert_ptr_equal(again.key.p, m.key.p);
	assert_int_equal(tw_snapshot_renew(snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL,
	    &again, 1), 1);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL,
	    &again, 1), 1);
	assert_int_equal(again.claims, 2);
	/* a miss that the filter answers does not even fix the view */
	assert_int_equal(tw_snapshot_renew(snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "more.example", TW_FIND_ALL,
	    &again, 1), 0);
	fixture_poll(&f, "feed", (struct fixture_object[]){
	    {.values = "domain-name=more.example"}, {.values = NULL}});
	assert_int_equal(fixture_lookup(snap, "more.example", TW_FIND_ALL,
	    &again, 1), 1);
	/* not renewed at all: the clock goes on with the view */
	tw_snapshot_at(snap, TW_TIME_NONE);
	assert_int_equal(tw_snapshot_renew(snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL,
	    &again, 1), 1);
	tw_snapshot_end(snap);
	/* what is ended is used again */
	assert_int_equal(tw_snapshot_begin(store, &snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL,
	    &again, 1), 1);
	tw_snapshot_end(snap);
	tw_snapshot_end(NULL);
	tw_close(store);
	fixture_close(&f);
}

/* In the child: 0 when everything is as promised, else the line. */
#define CHILD(cond) do { if (!(cond)) _exit(__LINE__ & 0x7f); } while (0)

static void
child(tw_store *store, tw_snapshot *snap)
{
	tw_snapshot *fresh;
	struct tw_match m;
	struct tw_error e;
	uint64_t g;
	size_t n;

	CHILD(tw_generation(store, &g) == TW_FORKED);
	CHILD(tw_snapshot_begin(store, &fresh) == TW_FORKED);
	CHILD(tw_snapshot_renew(snap) == TW_FORKED);
	CHILD(tw_lookup(snap, 0, "evil.example", TW_LENGTH, TW_FIND_ALL, &m,
	    1, &n) == TW_FORKED);
	CHILD(tw_lookup(snap, 0, "miss.example", TW_LENGTH, TW_FIND_ALL, &m,
	    1, &n) == TW_FORKED);
	CHILD(tw_count_active(snap, 0, &g) == TW_FORKED);
	CHILD(tw_publish(store, "/nowhere", NULL) == TW_FORKED);
	CHILD(tw_reopen(store, &e) == TW_OK);
	CHILD(tw_lookup(snap, 0, "evil.example", TW_LENGTH, TW_FIND_ALL, &m,
	    1, &n) == TW_FORKED); /* still the parent's */
	tw_snapshot_end(snap);
	CHILD(tw_snapshot_begin(store, &fresh) == TW_OK);
	CHILD(tw_lookup(fresh, 0, "evil.example", TW_LENGTH, TW_FIND_ALL, &m,
	    1, &n) == TW_OK && n == 1);
	CHILD(tw_generation(store, &g) == TW_OK);
	tw_snapshot_end(fresh);
	tw_close(store);
	_exit(0);
}

static void
forks(void **state)
{
	struct tw_match m;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	struct tw_status st;
	int status, i;
	pid_t pid;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL, &m,
	    1), 1);
	pid = fork();
	if (pid == 0)
		child(store, snap);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	/* the child's end took nothing from us: while the store is rewritten
	 * over and over, the view that began before is still whole */
	for (i = 0; i < 20; i++)
		fixture_poll(&f, "feed", (struct fixture_object[]){
		    {.values = "domain-name=evil.example", .confidence = 5,
		        .modified = 2000 + i, .id = "indicator--"
		        "99999999-9999-4999-8999-999999999999"},
		    {.values = NULL}});
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL, &m,
	    1), 1);
	assert_int_equal(m.claims, 1);
	assert_int_equal(tw_status(snap, &st), TW_OK);
	assert_int_equal(st.readers, 1);
	assert_int_equal(tw_reopen(store, NULL), TW_ARGUMENT); /* in use */
	tw_snapshot_end(snap);
	assert_int_equal(tw_reopen(store, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(store, &snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL, &m,
	    1), 1);
	assert_int_equal(m.claims, 2);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* One slot for each snapshot in use, and no more than there are. */
static void
slots(void **state)
{
	static tw_snapshot *snap[LIMIT_READERS + 1];
	struct tw_status st;
	struct fixture f;
	tw_store *store;
	int i, n, rc = TW_OK;

	(void)state;
	fixture_open(&f);
	assert_int_equal(tw_open(f.path, 0, &store, NULL), TW_OK);
	for (n = 0; n <= LIMIT_READERS; n++) {
		rc = tw_snapshot_begin(store, &snap[n]);
		if (rc != TW_OK)
			break;
	}
	assert_int_equal(rc, TW_READERS);
	assert_null(snap[n]);
	assert_true(n > LIMIT_READERS - 10);
	assert_int_equal(tw_status(snap[0], &st), TW_OK);
	assert_int_equal(st.readers, n);
	tw_snapshot_end(snap[--n]);
	assert_int_equal(tw_snapshot_begin(store, &snap[n++]), TW_OK);
	for (i = 0; i < n; i++)
		tw_snapshot_end(snap[i]);
	/* some are kept for the next ones, not all */
	assert_int_equal(tw_snapshot_begin(store, &snap[0]), TW_OK);
	assert_int_equal(tw_status(snap[0], &st), TW_OK);
	assert_true(st.readers < 100);
	tw_snapshot_end(snap[0]);
	tw_close(store);
	fixture_close(&f);
}

/* A reader that was killed loses its slot to whoever needs one. */
static void
killed(void **state)
{
	static tw_snapshot *snap[LIMIT_READERS + 1];
	struct fixture f;
	tw_store *store;
	int i, n, status, fds[2];
	pid_t pid;
	char byte;

	(void)state;
	fixture_open(&f);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (tw_open(f.path, 0, &store, NULL) == TW_OK)
			for (i = 0; i < 500; i++)
				tw_snapshot_begin(store, &snap[i]);
		if (write(fds[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(tw_open(f.path, 0, &store, NULL), TW_OK);
	for (n = 0; n < LIMIT_READERS - 10; n++)
		assert_int_equal(tw_snapshot_begin(store, &snap[n]), TW_OK);
	for (i = 0; i < n; i++)
		tw_snapshot_end(snap[i]);
	tw_close(store);
	close(fds[0]);
	close(fds[1]);
	fixture_close(&f);
}

static void
copy_file(const char *from, const char *to)
{
	static char bytes[1 << 20];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t n;

	assert_true(in != NULL && out != NULL);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static size_t
hits(const struct fixture *f, const char *text)
{
	struct tw_match m;
	tw_snapshot *snap;
	tw_store *store;
	size_t n;

	fixture_read(f, 5000, &store, &snap);
	n = fixture_lookup(snap, text, TW_FIND_ALL, &m, 1);
	tw_snapshot_end(snap);
	tw_close(store);
	return n;
}

static void
reopen(struct fixture *f)
{
	struct err e = ERR_INIT;

	store_close(f->store);
	assert_int_equal(store_open(f->path, f->now, &f->store, &e), 0);
}

/* A filter of an earlier moment of the store hides nothing, not even when the
 * keeper cannot make a new one. */
static void
old_filter(void **state)
{
	static const struct fixture_object news[] = {
	    {.values = "domain-name=new.example"}, {.values = NULL}};
	static const struct fixture_object third[] = {
	    {.values = "domain-name=third.example"}, {.values = NULL}};
	char filter[160], old[160], blocked[160];
	struct fixture f;

	(void)state;
	fixture_open(&f);
	snprintf(filter, sizeof(filter), "%s-filter", f.path);
	snprintf(blocked, sizeof(blocked), "%s-filter.new", f.path);
	snprintf(old, sizeof(old), "%s/old-filter", f.dir);
	fixture_poll(&f, "feed", objects);
	reopen(&f);
	copy_file(filter, old);
	fixture_poll(&f, "feed", news);
	fixture_poll(&f, "feed", third);
	reopen(&f);
	copy_file(old, filter);
	assert_int_equal(hits(&f, "new.example"), 1);
	/* a folder in the new one's place: the keeper must do without */
	assert_int_equal(mkdir(blocked, 0700), 0);
	reopen(&f);
	fixture_poll(&f, "feed", (struct fixture_object[]){
	    {.values = "domain-name=fourth.example"}, {.values = NULL}});
	assert_int_equal(hits(&f, "new.example"), 1);
	assert_int_equal(hits(&f, "fourth.example"), 1);
	assert_int_equal(rmdir(blocked), 0);
	fixture_poll(&f, "feed", (struct fixture_object[]){
	    {.values = "domain-name=fifth.example"}, {.values = NULL}});
	assert_int_equal(hits(&f, "new.example"), 1);
	assert_int_equal(hits(&f, "fifth.example"), 1);
	fixture_close(&f);
}

static void
print_problem(void *ctx, const char *text)
{
	(void)ctx;
	print_error("%s\n", text);
}

static void
publish(void **state)
{
	char copy[256], filter[300];
	struct tw_object o;
	struct tw_cursor c = {0};
	struct tw_match m;
	struct tw_error e;
	struct fixture f;
	tw_snapshot *snap;
	tw_store *live, *store;
	uint64_t checked;

	(void)state;
	fixture_open(&f);
	f.raw = true;
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &live, &snap);
	snprintf(copy, sizeof(copy), "%s/copy.mdb", f.dir);
	snprintf(filter, sizeof(filter), "%s-filter", copy);
	if (tw_publish(live, copy, &e) != TW_OK)
		fail_msg("%s", e.text);
	assert_int_equal(access(filter, R_OK), 0);
	/* the store itself is never replaced, nor a folder */
	assert_int_equal(tw_publish(live, f.path, &e), TW_ARGUMENT);
	assert_true(tw_publish(live, f.dir, &e) < TW_OK);
	assert_int_equal(tw_publish(live, NULL, &e), TW_ARGUMENT);
	if (tw_open(copy, TW_OPEN_SNAPSHOT, &store, &e) != TW_OK)
		fail_msg("%s", e.text);
	tw_snapshot_end(snap);
	assert_int_equal(tw_snapshot_begin(store, &snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "a.evil.example", TW_FIND_ALL,
	    &m, 1), 1);
	assert_int_equal(fixture_lookup(snap, "198.51.100.9", TW_FIND_ALL, &m,
	    1), 1);
	assert_int_equal(fixture_lookup(snap, "https://evil.example/path",
	    TW_FIND_ALL, &m, 1), 1);
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL, &m,
	    1), 0);
	assert_int_equal(tw_object_next(snap, &c, 1, &o), TW_OK);
	assert_string_equal(text_of(o.json), "{\"id\": 1}");
	if (tw_verify(snap, print_problem, NULL, &checked) != TW_OK)
		fail_msg("%s", tw_snapshot_error(snap));
	assert_true(checked > 4);
	/* a newer copy takes its place; the reader moves when it wants to */
	fixture_poll(&f, "feed", (struct fixture_object[]){
	    {.values = "domain-name=new.example"}, {.values = NULL}});
	assert_int_equal(tw_publish(live, copy, &e), TW_OK);
	assert_int_equal(tw_snapshot_renew(snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL, &m,
	    1), 0);
	assert_int_equal(fixture_lookup(snap, "evil.example", TW_FIND_ALL, &m,
	    1), 1);
	tw_snapshot_end(snap);
	assert_int_equal(tw_reopen(store, &e), TW_OK);
	assert_int_equal(tw_snapshot_begin(store, &snap), TW_OK);
	assert_int_equal(fixture_lookup(snap, "new.example", TW_FIND_ALL, &m,
	    1), 1);
	tw_snapshot_end(snap);
	tw_close(store);
	tw_close(live);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codes),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(empty),
	    cmocka_unit_test(shared),
	    cmocka_unit_test(views),
	    cmocka_unit_test(forks),
	    cmocka_unit_test(slots),
	    cmocka_unit_test(killed),
	    cmocka_unit_test(old_filter),
	    cmocka_unit_test(publish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
