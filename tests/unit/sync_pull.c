/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Polls with fetchers that behave, crash, hang and lie.  This program is its own
 * fetcher: started with the hidden verb it plays the script that its job names.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/store.h"
#include "sync/child.h"
#include "sync/discover.h"
#include "sync/msg.h"
#include "sync/pull.h"

/* ---- the fetcher --------------------------------------------------------- */

#define SAY(type, lit) say(l, type, SLICE(lit))

static void
say(struct msg_link *l, enum msg_type type, struct slice body)
{
	if (msg_send(l, type, SLICE_NONE, body, NULL) != 0)
		_exit(9);
}

/* An object named by one digit. */
static void
say_object(struct msg_link *l, char digit, unsigned flags)
{
	char id[] = "malware--00000000-0000-4000-8000-000000000000";
	struct object_rec r = {.flags = (uint16_t)flags,
	    .confidence = CONFIDENCE_UNKNOWN, .created = 1, .modified = 1,
	    .valid_from = TSTAMP_NONE, .valid_until = TSTAMP_NEVER,
	    .hash = (uint8_t)digit};
	struct buf b;
	uint32_t n;

	id[sizeof(id) - 2] = digit;
	buf_init(&b, LIMIT_RECORD);
	if (idkey_parse(slice_str(id), &r.id) != 0 ||
	    object_rec_begin(&b, &r) != 0)
		_exit(9);
	n = (uint32_t)b.n;
	if (msg_send(l, MSG_OBJECTS, (struct slice){(char *)&n, sizeof(n)},
	    buf_view(&b), NULL) != 0)
		_exit(9);
	buf_free(&b);
}

static void
say_end(struct msg_link *l, bool complete, uint32_t code, const char *text)
{
	char head[5] = {complete};

	memcpy(head + 1, &code, 4);
	if (msg_send(l, MSG_FINISH, (struct slice){head, 5}, slice_str(text),
	    NULL) != 0)
		_exit(9);
}

/* What was handed down that should not have been; NULL for nothing. */
static const char *
handed_down(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *f;
	int n = 0;
	char **p;

	while (d != NULL && (f = readdir(d)) != NULL)
		n += f->d_name[0] != '.';
	if (n != 5) /* 0, 1, 2, the socket and the folder */
		return "descriptors";
	closedir(d);
	for (p = environ; *p != NULL; p++)
		if (strncmp(*p, "SSL_CERT_", 9) != 0)
			return *p;
	return getenv("SSL_CERT_FILE") == NULL ? "no SSL_CERT_FILE" : NULL;
}

static void
play_ask(struct msg_link *l)
{
	char body[4 + 2 * 25] = {2};
	struct msg m;
	struct idkey k;
	uint64_t hash;
	int r, i;

	for (i = 0; i < 2; i++) {
		char id[] = "malware--00000000-0000-4000-8000-000000000000";

		id[sizeof(id) - 2] = (char)('1' + 6 * i); /* 1 and 7 */
		hash = (uint8_t)id[sizeof(id) - 2];
		if (idkey_parse(slice_str(id), &k) != 0)
			_exit(9);
		memcpy(body + 4 + 8 * i, &hash, 8);
		memcpy(body + 20 + 17 * i, k.b, 17);
	}
	say(l, MSG_ASK, (struct slice){body, sizeof(body)});
	if (msg_flush(l, NULL) != 0)
		_exit(9);
	while ((r = msg_next(l, &m, NULL)) == 0)
		if (l->eof || msg_wait(l, -1, NULL) != 0)
			_exit(9);
	if (r < 0 || m.type != MSG_ANSWER || m.body.n != 5 ||
	    m.body.p[4] != 1)
		_exit(8);
	SAY(MSG_KNOWN, "\1\0\0\0");
}

static void
play_start(struct msg_link *l)
{
	say_object(l, '1', 0);
	say_object(l, '2', 0);
	SAY(MSG_CHECKPOINT, "c1");
	say_object(l, '3', 0);
}

static void
play(struct msg_link *l, const struct job *job)
{
	const char *script = job->url + strlen("test:");

	if (strcmp(script, "good") == 0) {
		play_start(l);
		SAY(MSG_CHECKPOINT, "c2");
		say_end(l, true, 0, "");
	} else if (strcmp(script, "again") == 0) {
		play_ask(l);
		say_end(l, job->ask && strcmp(job->cursor, "c2") == 0,
		    ERR_HTTP, "wrong job");
	} else if (strcmp(script, "handed-down") == 0) {
		const char *what = handed_down();

		say_end(l, what == NULL, ERR_HTTP, what != NULL ? what : "");
	} else if (strcmp(script, "secret") == 0) {
		say_end(l, strcmp(job->password, "hunter2") == 0, ERR_AUTH,
		    "no");
	} else if (strcmp(script, "killed") == 0) {
		play_start(l);
		(void)!msg_flush(l, NULL);
		raise(SIGKILL);
	} else if (strcmp(script, "exits") == 0) {
		play_start(l);
		(void)!msg_flush(l, NULL);
		_exit(5);
	} else if (strcmp(script, "half-a-block") == 0) {
		play_start(l);
		say_object(l, '4', OBJ_RAW);
		(void)!msg_flush(l, NULL);
		_exit(5);
	} else if (strcmp(script, "noise") == 0) {
		play_start(l);
		(void)!msg_flush(l, NULL);
		(void)!write(l->fd, "\xff\xff\xff\xff\xff\xff", 6);
		pause();
	} else if (strcmp(script, "bad-record") == 0) {
		play_start(l);
		SAY(MSG_OBJECTS, "\3\0\0\0abc");
		(void)!msg_flush(l, NULL);
		pause();
	} else if (strcmp(script, "auth") == 0) {
		play_start(l);
		say_end(l, false, ERR_AUTH, "401");
	} else if (strcmp(script, "lies") == 0) {
		play_start(l);
		say_end(l, false, ERR_STORE, "the store is broken");
	} else if (strcmp(script, "hangs") == 0) {
		play_start(l);
		(void)!msg_flush(l, NULL);
		for (;;)
			pause();
	} else if (strcmp(script, "lingers") == 0) {
		play_start(l);
		say_end(l, true, 0, "");
		(void)!msg_flush(l, NULL);
		for (;;)
			pause();
	} else if (strcmp(script, "answers") == 0) {
		SAY(MSG_RESULT, "{\"title\":\"t\"}");
		say_end(l, true, 0, "");
	} else if (strcmp(script, "answers-noise") == 0) {
		SAY(MSG_RESULT, "[1");
		say_end(l, true, 0, "");
	}
	(void)!msg_flush(l, NULL);
}

static int
fetcher(void)
{
	struct msg_link l;
	struct msg m;
	struct job job;
	int r;

	if (msg_link_init(&l, PULL_FETCHER_FD, MSG_KEEPER, MIB(1), -1,
	    NULL) != 0)
		return 9;
	while ((r = msg_next(&l, &m, NULL)) == 0)
		if (l.eof || msg_wait(&l, -1, NULL) != 0)
			return 9;
	m.body.p += 5;
	m.body.n -= 5;
	if (r < 0 || job_decode(m.body, &job, NULL) != 0)
		return 9;
	play(&l, &job);
	job_free(&job);
	msg_link_free(&l);
	return 0;
}

/* ---- the keeper ---------------------------------------------------------- */

struct rig {
	char folder[64], store[80];
	struct pull_opts opts;
	struct pull_result result;
	struct err err;
	struct job job;
};

static void
remove_all(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *f;
	char path[512];

	while (d != NULL && (f = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, f->d_name);
		if (f->d_name[0] != '.')
			unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(folder);
}

static int
setup(void **state)
{
	struct rig *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	snprintf(t->folder, sizeof(t->folder), "/tmp/sync_pull.XXXXXX");
	if (mkdtemp(t->folder) == NULL)
		return -1;
	snprintf(t->store, sizeof(t->store), "%s/store.mdb", t->folder);
	t->opts.program = "/proc/self/exe";
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *t = *state;

	remove_all(t->folder);
	job_free(&t->job);
	free(t);
	return 0;
}

static int
pull(struct rig *t, const char *script)
{
	char url[64];

	job_free(&t->job);
	err_clear(&t->err);
	snprintf(url, sizeof(url), "test:%s", script);
	t->job.name = strdup("feed");
	t->job.kind = strdup("test");
	t->job.url = strdup(url);
	t->job.password = strdup("hunter2");
	return pull_run(t->store, &t->job, &t->opts, &t->result, &t->err);
}

/* What the store holds of the source. */
static void
assert_source(struct rig *t, uint64_t objects, const char *cursor,
    enum source_state state, const char *error)
{
	struct store_source src = {.name = "feed", .kind = "test",
	    .url = "x", .dry_run = true};
	const struct source_rec *s;
	struct err e = ERR_INIT;
	struct store_poll *p;
	struct store *st;
	char text[ERR_TEXT_MAX + 1];

	assert_int_equal(store_open(t->store, 1, &st, &e), 0);
	assert_int_equal(store_poll_begin(st, &src, 1, &p, &e), 0);
	s = store_poll_source(p);
	assert_int_equal(s->objects, objects);
	assert_int_equal(s->state, state);
	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(s->cursor));
	assert_string_equal(text, cursor);
	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(s->error));
	if (strstr(text, error) == NULL)
		fail_msg("'%s' is not in '%s'", error, text);
	store_poll_drop(p);
	store_close(st);
}

static void
test_good(void **state)
{
	struct rig *t = *state;

	assert_int_equal(pull(t, "good"), 0);
	assert_true(t->result.complete);
	assert_int_equal(t->result.counts.added, 3);
	assert_int_equal(t->result.progress.objects, 3);
	assert_source(t, 3, "c2", SOURCE_OK, "");
	/* The next fetcher gets cursor and seed, and may ask. */
	assert_int_equal(pull(t, "again"), 0);
	assert_int_equal(t->result.counts.unchanged, 1);
	assert_source(t, 3, "c2", SOURCE_OK, "");
}

static void
test_dry_run(void **state)
{
	struct rig *t = *state;

	assert_int_equal(pull(t, "good"), 0);
	t->opts.dry_run = true;
	assert_int_equal(pull(t, "auth"), -1);
	assert_source(t, 3, "c2", SOURCE_OK, "");
}

/* Objects that came whole stay, the cursor is that of the last checkpoint. */
static void
test_failures(void **state)
{
	static const struct {
		const char *script;
		int code;
		const char *text;
		enum source_state state;
	} cases[] = {
		{"killed", ERR_INTERNAL, "ended by signal 9", SOURCE_FAILING},
		{"exits", ERR_INTERNAL, "ended with status 5", SOURCE_FAILING},
		{"half-a-block", ERR_INTERNAL, "ended with status 5",
		    SOURCE_FAILING},
		{"noise", ERR_PROTO, "unknown type 255", SOURCE_FAILING},
		{"bad-record", ERR_PROTO, "fetcher sent", SOURCE_FAILING},
		{"auth", ERR_AUTH, "401", SOURCE_AUTH},
		{"lies", ERR_INTERNAL, "the store is broken", SOURCE_FAILING},
	};
	struct rig *t = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(pull(t, cases[i].script), -1);
		assert_false(t->result.complete);
		assert_int_equal(t->err.code, cases[i].code);
		if (strstr(t->err.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].script, t->err.text);
		assert_source(t, 3, "c1", cases[i].state, cases[i].text);
		unlink(t->store);
	}
	/* And the one after it is not harmed. */
	assert_int_equal(pull(t, "good"), 0);
	assert_source(t, 3, "c2", SOURCE_OK, "");
}

static void
test_no_program(void **state)
{
	struct rig *t = *state;

	t->opts.program = "/nonexistent/taxiway";
	assert_int_equal(pull(t, "good"), -1);
	assert_non_null(strstr(t->err.text, "cannot start '/nonexistent"));
}

static void
test_handed_down(void **state)
{
	struct rig *t = *state;

	setenv("SSL_CERT_FILE", "/x", 1);
	setenv("https_proxy", "http://evil.example", 1);
	if (pull(t, "handed-down") != 0)
		fail_msg("%s", t->err.text);
	assert_int_equal(pull(t, "secret"), 0);
}

static void
test_time_out(void **state)
{
	int64_t start = tstamp_now();
	struct rig *t = *state;
	uint32_t *timeout = &t->job.total_timeout;

	job_free(&t->job);
	t->job.name = strdup("feed");
	t->job.kind = strdup("test");
	t->job.url = strdup("test:hangs");
	*timeout = 1;
	assert_int_equal(pull_run(t->store, &t->job, &t->opts, &t->result,
	    &t->err), -1);
	assert_int_equal(t->err.code, ERR_NET);
	assert_non_null(strstr(t->err.text, "not done after 1 s"));
	assert_true(tstamp_now() - start < 60 * TSTAMP_SECOND);
	assert_source(t, 3, "c1", SOURCE_FAILING, "not done after");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child left */
}

static int
stop_when_three(void *ctx, const struct pull_progress *p)
{
	(void)ctx;
	return p->objects >= 3;
}

static void
test_stop(void **state)
{
	struct rig *t = *state;
	static const volatile int now = 1;

	t->opts.progress = stop_when_three;
	assert_int_equal(pull(t, "hangs"), -1);
	assert_non_null(strstr(t->err.text, "stopped before the end"));
	assert_source(t, 3, "c1", SOURCE_FAILING, "stopped");
	t->opts.progress = NULL;
	t->opts.stop = &now;
	assert_int_equal(pull(t, "hangs"), -1);
	assert_non_null(strstr(t->err.text, "stopped before the end"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A fetcher that has said its last word and does not leave. */
static void
test_lingers(void **state)
{
	struct rig *t = *state;

	assert_int_equal(pull(t, "lingers"), 0);
	assert_source(t, 3, "c1", SOURCE_OK, "");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_discover(void **state)
{
	static const struct {
		const char *script, *error;
	} cases[] = {
		{"answers-noise", "not a JSON object"},
		{"good", "no place in a request"},
		{"auth", "no place in a request"},
		{"nothing", "ended with status 0"},
	};
	struct rig *t = *state;
	json_t *answer;
	char url[64];
	size_t i;

	t->job.url = strdup("test:answers");
	answer = discover_run(t->opts.program, &t->job, &t->err);
	assert_string_equal(json_string_value(json_object_get(answer,
	    "title")), "t");
	json_decref(answer);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		err_clear(&t->err);
		free(t->job.url);
		snprintf(url, sizeof(url), "test:%s", cases[i].script);
		t->job.url = strdup(url);
		assert_null(discover_run(t->opts.program, &t->job, &t->err));
		if (strstr(t->err.text, cases[i].error) == NULL)
			fail_msg("%s: %s", cases[i].script, t->err.text);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dry_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failures, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_program, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_handed_down, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_time_out, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lingers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_discover, setup,
		    teardown),
	};

	if (argc > 1 && strcmp(argv[1], PULL_FETCHER_VERB) == 0)
		return fetcher();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
