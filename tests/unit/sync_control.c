/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of the control socket and of workers, the socket itself against
 * clients of all kinds, and what a service manager is told.
 */
#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/tstamp.h"
#include "sync/control.h"
#include "sync/control_client.h"
#include "sync/notify.h"
#include "sync/report.h"

#define S TSTAMP_SECOND

static void
test_requests(void **state)
{
	static const struct {
		const char *line;
		int verb; /* -1: refused */
		const char *name;
	} rows[] = {
		{"ping", CONTROL_PING, ""}, {"status", CONTROL_STATUS, ""},
		{"status a", CONTROL_STATUS, "a"},
		{"pull a b  c", CONTROL_PULL, "a b  c"},
		{"pull  a", CONTROL_PULL, " a"},
		{"pull-full a", CONTROL_FULL, "a"},
		{"pull-force a", CONTROL_FORCE, "a"},
		{"pull-full-force a b", CONTROL_FORCE_FULL, "a b"},
		{"pull-force", -1, ""}, {"pull-full-force ", -1, ""},
		{"pause \xc3\xa9", CONTROL_PAUSE, "\xc3\xa9"},
		{"resume a", CONTROL_RESUME, "a"},
		{"reload", CONTROL_RELOAD, ""},
		{"", -1, ""}, {" ", -1, ""}, {"ping ", CONTROL_PING, ""},
		{"ping a", -1, ""}, {"pull", -1, ""}, {"pull ", -1, ""},
		{"pul a", -1, ""}, {"pullx a", -1, ""}, {"PING", -1, ""},
		{"pause \xff", -1, ""}, {"reload all", -1, ""},
	};
	char line[LIMIT_SOURCE_NAME + 8] = "pull ";
	struct control_request r;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = control_parse(slice_str(rows[i].line), &r, NULL);

		ROW_CHECK((rc == 0) == (rows[i].verb >= 0), "'%s'",
		    rows[i].line);
		ROW_CHECK(rc != 0 || ((int)r.verb == rows[i].verb &&
		    strcmp(r.name, rows[i].name) == 0), "'%s': %u '%s'",
		    rows[i].line, r.verb, r.name);
	}
	memset(line + 5, 'x', LIMIT_SOURCE_NAME + 1);
	assert_int_equal(control_parse((struct slice){line,
	    5 + LIMIT_SOURCE_NAME}, &r, NULL), 0);
	assert_int_equal(control_parse((struct slice){line,
	    6 + LIMIT_SOURCE_NAME}, &r, &e), -1);
	assert_int_equal(control_parse((struct slice){"pull a\0b", 8}, &r,
	    NULL), -1);
}

static void
test_reports(void **state)
{
	static const struct {
		const char *line;
		int kind; /* 0: refused */
		int number, code;
		const char *text;
	} rows[] = {
		{"l {}", 'l', 0, 0, "{}"},
		{"c 5", 'c', 0, 0, ""}, {"c x", 0, 0, 0, ""},
		{"a 2 1", 'a', 0, 0, ""}, {"a 2", 0, 0, 0, ""},
		{"t 3 new", 't', 0, 0, "3 new"}, {"r {}", 'r', 0, 0, "{}"},
		{"e 0 0 ", 'e', 0, 0, ""}, {"e 3 9 no", 'e', 3, 9, "no"},
		{"p 1 2 3 1", 'p', 0, 0, ""},
		{"", 0, 0, 0, ""}, {"l", 0, 0, 0, ""}, {"l2", 0, 0, 0, ""},
		{"e 3", 0, 0, 0, ""}, {"e 3 99 y", 0, 0, 0, ""},
		{"p 1 2 3", 0, 0, 0, ""}, {"p 1 2 3 2", 0, 0, 0, ""},
		{"p 1 2 3 1 4", 0, 0, 0, ""}, {"x 1", 0, 0, 0, ""},
		{"p 99999999999999999999 2 3 1", 0, 0, 0, ""},
		{"p -1 2 3 1", 0, 0, 0, ""},
	};
	struct report r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = report_parse(slice_str(rows[i].line), &r);

		ROW_CHECK((rc == 0) == (rows[i].kind != 0), "'%s'",
		    rows[i].line);
		ROW_CHECK(rc != 0 || ((int)r.kind == rows[i].kind &&
		    r.number == rows[i].number && r.code == rows[i].code &&
		    slice_is(r.text, rows[i].text)), "'%s'", rows[i].line);
	}
}

/* What is sent is one line that is taken again, whatever is in it. */
static void
test_report_sent(void **state)
{
	char big[2 * REPORT_LINE], got[2 * REPORT_LINE];
	struct report r;
	int fds[2];
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	memcpy(big, "a\nb\033[2J", 7);
	report_send(fds[0], "%c %d %s", REPORT_LOG, 1, big);
	n = recv(fds[1], got, sizeof(got), 0);
	assert_true(n > 0 && n <= (ssize_t)REPORT_LINE + 1);
	assert_ptr_equal(memchr(got, '\n', (size_t)n), got + n - 1);
	assert_null(memchr(got, '\033', (size_t)n));
	assert_int_equal(report_parse((struct slice){got, (size_t)n - 1}, &r),
	    0);
	close(fds[1]);
	report_send(fds[0], "%c x", REPORT_TEXT); /* nobody reads */
	close(fds[0]);
}

/* ---- the socket ---------------------------------------------------------- */

struct rig {
	char folder[64], store[128];
	struct control control;
	unsigned asked;
	bool later;              /* the answer comes later */
};

static void
handle(void *ctx, struct control_client *c)
{
	struct rig *rig = ctx;

	rig->asked++;
	if (rig->later)
		return;
	control_say(c, json_pack("{s:s}", "verb",
	    control_verb_name(c->request.verb)));
	control_end(c, NULL);
}

static void
turn(struct rig *rig, int64_t ticks)
{
	struct pollfd p[CONTROL_FDS];
	nfds_t n = control_fds(&rig->control, p);

	assert_true(n <= CONTROL_FDS);
	poll(p, n, 0);
	control_serve(&rig->control, p, n, ticks, handle, rig);
}

static int
setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct err e = ERR_INIT;

	if (rig == NULL)
		return -1;
	snprintf(rig->folder, sizeof(rig->folder), "%s",
	    "/tmp/taxiway-control-XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	snprintf(rig->store, sizeof(rig->store), "%s/store.mdb", rig->folder);
	assert_int_equal(control_open(&rig->control, rig->store, &e), 0);
	*state = rig;
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	control_close(&rig->control);
	rmdir(rig->folder);
	free(rig);
	return 0;
}

static int
client(struct rig *rig)
{
	struct err e = ERR_INIT;
	int fd = control_connect(rig->store, &e);

	assert_true(fd >= 0);
	turn(rig, 0); /* it is taken in */
	return fd;
}

static void
expect(int fd, const char *text)
{
	char got[4096];
	ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, text);
}

static void
test_answers(void **state)
{
	struct rig *rig = *state;
	int fd = client(rig);

	/* In any portions, one after another. */
	assert_int_equal(send(fd, "pi", 2, 0), 2);
	turn(rig, 0);
	expect(fd, "");
	assert_int_equal(send(fd, "ng\nstatus\r\nreload\n", 18, 0), 18);
	turn(rig, 0);
	expect(fd, "{\"verb\":\"ping\"}\nok\n{\"verb\":\"status\"}\nok\n"
	    "{\"verb\":\"reload\"}\nok\n");
	assert_int_equal(send(fd, "bad\nping\n", 9, 0), 9);
	turn(rig, 0);
	expect(fd, "error usage no such request; taxiway-run(8) lists them\n");
	turn(rig, 0);
	assert_int_equal(recv(fd, &(char){0}, 1, MSG_DONTWAIT), 0);
	assert_int_equal(rig->asked, 3);
	close(fd);
}

static void
test_patience(void **state)
{
	struct rig *rig = *state;
	int silent = client(rig), drips = client(rig), waits = client(rig);
	int64_t t;

	rig->later = true;
	assert_int_equal(send(waits, "pull a\n", 7, 0), 7);
	for (t = 0; t <= CONTROL_PATIENCE + 1; t++) {
		(void)!send(drips, "x", 1, MSG_NOSIGNAL);
		turn(rig, t * S);
	}
	assert_int_equal(recv(silent, &(char){0}, 1, MSG_DONTWAIT), 0);
	/* (what it sent last was not read any more: a reset) */
	assert_true(recv(drips, &(char){0}, 1, MSG_DONTWAIT) <= 0);
	/* Who waits for us may. */
	assert_int_equal(recv(waits, &(char){0}, 1, MSG_DONTWAIT), -1);
	turn(rig, 3600 * S);
	assert_int_equal(recv(waits, &(char){0}, 1, MSG_DONTWAIT), -1);
	assert_true(control_deadline(&rig->control) == INT64_MAX);
	close(waits);
	turn(rig, 3600 * S);
	assert_int_equal(rig->control.v[0].fd, -1);
	assert_int_equal(rig->control.v[2].fd, -1);
	close(silent);
	close(drips);
}

static void
test_one_that_does_not_read(void **state)
{
	struct rig *rig = *state;
	int fd = client(rig), i;
	struct control_client *c = &rig->control.v[0];

	rig->later = true;
	assert_int_equal(send(fd, "status\n", 7, 0), 7);
	turn(rig, 0);
	for (i = 0; i < 100000 && !c->closing; i++)
		control_say(c, json_pack("{s:s}", "text",
		    "some hundred bytes of something that nobody is going to "
		    "read, again and again, until there is too much"));
	assert_true(c->closing); /* bounded */
	turn(rig, 0);
	turn(rig, (CONTROL_PATIENCE + 1) * S);
	assert_int_equal(c->fd, -1);
	close(fd);
}

static void
test_client_side(void **state)
{
	static const struct {
		const char *reply;
		int rc, code;
	} rows[] = {
		{"ok\n", 0, ERR_NONE}, {"{}\n{\"a\":1}\nok\n", 0, ERR_NONE},
		{"{}\nerror busy it is\n", -1, ERR_BUSY},
		{"error not-found \n", -1, ERR_NOT_FOUND},
		{"error what\n", -1, ERR_INTERNAL},
		{"[]\nok\n", -1, ERR_PROTO}, {"{\nok\n", -1, ERR_PROTO},
		{"{}\n", -1, ERR_IO}, {"", -1, ERR_IO}, {"okay\n", -1, ERR_PROTO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		int fds[2], rc;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		(void)!send(fds[1], rows[i].reply, strlen(rows[i].reply), 0);
		shutdown(fds[1], SHUT_WR);
		rc = control_ask(fds[0], CONTROL_PING, "", 5, NULL, NULL, &e);
		ROW_CHECK(rc == rows[i].rc && e.code == rows[i].code,
		    "'%s': %d %s", rows[i].reply, rc, e.text);
		close(fds[0]);
		close(fds[1]);
	}
}

static void
test_places(void **state)
{
	struct rig *rig = *state;
	struct err e = ERR_INIT;
	struct control other;
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s-sock", rig->store);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	/* A file that is no socket is not removed. */
	snprintf(path, sizeof(path), "%s/x-sock", rig->folder);
	fclose(fopen(path, "w"));
	snprintf(path, sizeof(path), "%s/x", rig->folder);
	assert_int_equal(control_open(&other, path, &e), -1);
	assert_int_equal(e.code, ERR_STORE);
	control_close(&other);
	snprintf(path, sizeof(path), "%s/x-sock", rig->folder);
	assert_int_equal(unlink(path), 0);
	err_clear(&e);
	assert_int_equal(control_connect("/nowhere/at/all", &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

/* ---- the service manager ------------------------------------------------- */

static void
test_notify(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct notify n;
	char got[256], pid[32];
	ssize_t r;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/n", rig->folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	notify_open(&n, a.sun_path, "30000000", NULL);
	assert_true(n.watchdog == 30 * S);
	notify_send(&n, "READY=1\nSTATUS=%u", 5u);
	r = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	assert_true(r > 0);
	got[r] = '\0';
	assert_string_equal(got, "READY=1\nSTATUS=5");
	notify_close(&n);
	notify_send(&n, "nobody");
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	notify_open(&n, a.sun_path, "1000", pid);
	assert_true(n.watchdog == 1000 * 1000);
	notify_close(&n);
	notify_open(&n, a.sun_path, "1000", "1"); /* another process's */
	assert_true(n.fd >= 0 && n.watchdog == 0);
	notify_close(&n);
	notify_open(&n, a.sun_path, "12x", NULL);
	assert_true(n.fd >= 0 && n.watchdog == 0);
	notify_close(&n);
	notify_open(&n, "relative", "1000", NULL);
	assert_int_equal(n.fd, -1);
	notify_open(&n, NULL, "1000", NULL);
	assert_true(n.fd == -1 && n.watchdog == 0);
	close(fd);
	unlink(a.sun_path);
}

int
main(void)
{
#define WITH_RIG(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_report_sent),
		WITH_RIG(test_answers),
		WITH_RIG(test_patience),
		WITH_RIG(test_one_that_does_not_read),
		cmocka_unit_test(test_client_side),
		WITH_RIG(test_places),
		WITH_RIG(test_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
