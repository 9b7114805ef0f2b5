/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look-up makes no system call and allocates nothing.
 *
 * The first is watched by the kernel: a child that may only read, write and
 * exit (seccomp's strict mode) looks up, renews and looks up again, and is
 * killed at the first other call.  The second by the linker: allocations of the
 * library's own code are counted (--wrap).
 */
#include "tests/unit/reader_fixture.h"

#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

static const struct fixture_object objects[] = {
    {.values = "domain-name=evil.example\nurl=http://evil.example/Path"},
    {.values = "ipv4-addr=198.51.100.0/24\nipv4-addr=198.51.100.7\n"
        "ipv6-addr=2001:db8::/32\nemail-addr=a@evil.example"},
    {.values = "md5=0cc175b9c0f1b6a831c399e269772661"},
    {.values = "domain-name=evil.example", .valid_from = 100,
        .valid_until = 200},
    {.values = NULL}};

static const char *const probes[] = {"evil.example", "a.b.evil.example",
    "http://evil.example/Path", "hxxps://evil[.]example/path", "198.51.100.7",
    "198.51.100.9", "198.51.100.0/25", "2001:db8::1", "a@evil.example",
    "0cc175b9c0f1b6a831c399e269772661", "no.example", "203.0.113.1",
    "http://no.example/", "not a value at all",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b851"};
#define PROBES (sizeof(probes) / sizeof(probes[0]))

/* How many hits; everything that a tool does in a packet's path. */
static size_t
look(tw_snapshot *s)
{
	static const unsigned char addr[4] = {198, 51, 100, 7};
	static const char wire[] = "\1a\4evil\7example";
	struct tw_probe batch[PROBES];
	struct tw_claim claims[2];
	struct tw_match m[4];
	size_t i, n, hits = 0;

	for (i = 0; i < PROBES; i++) {
		tw_snapshot_renew(s);
		tw_lookup(s, 0, probes[i], TW_LENGTH,
		    TW_FIND_ALL | TW_FIND_HOST, m, 4, &n);
		hits += n;
		if (n > 0)
			tw_claims(s, &m[0], claims, 2, &n);
		batch[i] = (struct tw_probe){.text = probes[i],
		    .length = TW_LENGTH};
	}
	tw_lookup_addr(s, addr, 4, m, 4, &n);
	hits += n;
	tw_lookup_name(s, wire, sizeof(wire), m, 4, &n);
	hits += n;
	if (tw_lookup_batch(s, batch, PROBES, TW_FIND_ALL) != TW_OK)
		return 0;
	return hits;
}

static void
strict(void)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
		_exit(77);
}

/* Does the clock need a system call here? */
static bool
clock_is_quiet(void)
{
	struct timespec t;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		strict();
		clock_gettime(CLOCK_REALTIME, &t);
		syscall(SYS_exit, 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
no_system_calls(void **state)
{
	struct fixture f;
	tw_snapshot *s;
	tw_store *store;
	int status;
	pid_t pid;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	store_close(f.store);
	f.store = NULL;
	pid = fork();
	if (pid == 0) {
		if (tw_open(f.path, 0, &store, NULL) != TW_OK ||
		    tw_snapshot_begin(store, &s) != TW_OK)
			_exit(1);
		if (!clock_is_quiet())
			tw_snapshot_at(s, AT(5000));
		strict();
		syscall(SYS_exit, look(s) > 15 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fixture_close(&f);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip(); /* no seccomp here */
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
no_allocations(void **state)
{
	struct fixture f;
	tw_snapshot *s;
	tw_store *store;
	unsigned before;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &s);
	before = allocations;
	assert_true(before > 0); /* the wrapper works */
	assert_true(look(s) > 15);
	assert_int_equal(allocations, before);
	tw_snapshot_end(s);
	/* nor do begin and end, once there is a snapshot to be had */
	assert_int_equal(tw_snapshot_begin(store, &s), TW_OK);
	tw_snapshot_end(s);
	assert_int_equal(allocations, before);
	tw_close(store);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_system_calls),
	    cmocka_unit_test(no_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
