/* SPDX-License-Identifier: BSD-2-Clause */
/* Each look is made by a process of its own, with rules and without. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/landlock.h"

struct place {
	char dir[32];        /* holds in/, out/, in/file, out/file */
	int listener;
	uint16_t port;
};

static void
make_file(const char *dir, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (strchr(name, '/') == NULL) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "text", 4), 4);
	close(fd);
}

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);

	assert_non_null(p);
	memcpy(p->dir, "/tmp/landlock-XXXXXX", 21);
	assert_non_null(mkdtemp(p->dir));
	make_file(p->dir, "in");
	make_file(p->dir, "out");
	make_file(p->dir, "in/file");
	make_file(p->dir, "out/file");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&at, &n),
	    0);
	p->port = ntohs(at.sin_port);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const left[] = {"in/file", "in/new", "out/file",
	    "out/new", "in", "out", ""};
	struct place *p = *state;
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		snprintf(path, sizeof(path), "%s/%s", p->dir, left[i]);
		(void)remove(path);
	}
	close(p->listener);
	free(p);
	return 0;
}

/* ---- looks: 0, or errno ----------------------------------------------------- */

static int
look_open(const struct place *p, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	return open(path, flags, 0600) >= 0 ? 0 : errno;
}

static int
read_in(const struct place *p)
{
	return look_open(p, "in/file", O_RDONLY);
}

static int
read_out(const struct place *p)
{
	return look_open(p, "out/file", O_RDONLY);
}

static int
list_out(const struct place *p)
{
	return look_open(p, "out", O_RDONLY | O_DIRECTORY);
}

static int
write_in(const struct place *p)
{
	return look_open(p, "in/file", O_WRONLY);
}

static int
cut_in(const struct place *p)
{
	return look_open(p, "in/file", O_WRONLY | O_TRUNC);
}

static int
make_in(const struct place *p)
{
	return look_open(p, "in/new", O_WRONLY | O_CREAT);
}

static int
make_out(const struct place *p)
{
	return look_open(p, "out/new", O_WRONLY | O_CREAT);
}

static int
rename_in(const struct place *p)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), "%s/in/file", p->dir);
	snprintf(to, sizeof(to), "%s/in/new", p->dir);
	return rename(from, to) == 0 ? 0 : errno;
}

static int
run_true(const struct place *p)
{
	pid_t pid = fork();
	int status;

	(void)p;
	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(errno);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1;
}

static int
tcp(const struct place *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons(p->port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? 0 :
	    errno;
}

static int
bind_any(const struct place *p)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)p;
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? 0 : errno;
}

static int
signal_parent(const struct place *p)
{
	(void)p;
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

/* ---- the rules -------------------------------------------------------------- */

struct row {
	unsigned in;         /* rights for in/ */
	bool closed, tcp, port;
	int least;           /* ABI */
	int (*look)(const struct place *p);
	int result;
};

static int
look_under(const struct place *p, const struct row *row)
{
	struct err e = ERR_INIT;
	struct ruleset r;
	char path[64];
	int status;
	pid_t pid = fork();

	if (pid > 0)
		return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		    WEXITSTATUS(status) : -1;
	ruleset_init(&r);
	ruleset_system(&r);
	snprintf(path, sizeof(path), "%s/in", p->dir);
	ruleset_path(&r, path, row->in);
	ruleset_path(&r, "/nowhere/at/all", RULESET_ALL);
	r.closed = row->closed;
	r.tcp = row->tcp;
	if (row->port)
		ruleset_port(&r, p->port);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    landlock_restrict(&r, &e) != 0)
		_exit(200);
	ruleset_free(&r);
	_exit(row->look(p));
}

static void
test_denials(void **state)
{
	static const struct row rows[] = {
		{RULESET_READ, false, 0, 0, 1, read_in, 0},
		{0, false, 0, 0, 1, read_in, EACCES},
		{RULESET_LIST, false, 0, 0, 1, read_in, EACCES},
		{RULESET_ALL, false, 0, 0, 1, read_out, EACCES},
		{RULESET_ALL, false, 0, 0, 1, list_out, EACCES},
		{RULESET_READ, false, 0, 0, 1, write_in, EACCES},
		{RULESET_READ | RULESET_WRITE, false, 0, 0, 1, write_in, 0},
		{RULESET_READ, false, 0, 0, 3, cut_in, EACCES},
		{RULESET_READ | RULESET_WRITE, false, 0, 0, 1, cut_in, 0},
		{RULESET_READ | RULESET_WRITE, false, 0, 0, 1, make_in,
		    EACCES},
		{RULESET_READ | RULESET_WRITE, false, 0, 0, 1, rename_in,
		    EACCES},
		{RULESET_ALL, false, 0, 0, 1, make_out, EACCES},
		{RULESET_ALL, false, 0, 0, 1, make_in, 0},
		{RULESET_READ, false, 0, 0, 1, run_true, EACCES},
		{RULESET_READ, false, 0, 0, 1, tcp, 0},
		{RULESET_READ, true, 0, 0, 4, tcp, EACCES},
		{RULESET_READ, true, true, 0, 4, tcp, EACCES},
		{RULESET_READ, true, true, true, 4, tcp, 0},
		{RULESET_READ, true, true, true, 4, bind_any, EACCES},
		{RULESET_READ, false, 0, 0, 4, bind_any, 0},
		{RULESET_READ, false, 0, 0, 6, signal_parent, 0},
		{RULESET_READ, true, 0, 0, 6, signal_parent, EPERM},
	};
	const struct place *p = *state;
	int abi = landlock_abi();

	if (abi == 0)
		skip();
	/* Without rules nothing of it is denied. */
	assert_int_equal(read_out(p), 0);
	assert_int_equal(run_true(p), 0);
	assert_int_equal(tcp(p), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int result = rows[i].least > abi ? rows[i].result :
		    look_under(p, &rows[i]);

		if (result != rows[i].result)
			fail_msg("row %zu: %s", i, strerror(result));
	}
}

/* Rules that are not whole are not set. */
static void
test_failed(void **state)
{
	struct err e = ERR_INIT;
	struct ruleset r;

	(void)state;
	ruleset_init(&r);
	r.failed = true;
	assert_int_equal(landlock_restrict(&r, &e), -1);
	assert_int_equal(e.code, ERR_MEMORY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_denials, set_up,
		    tear_down),
		cmocka_unit_test(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
