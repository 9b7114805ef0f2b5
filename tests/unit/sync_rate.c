/* SPDX-License-Identifier: BSD-2-Clause */
/* rate.c: no stretch of the period holds more requests than promised. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/slice.h"
#include "base/tstamp.h"
#include "sync/rate.h"

#define S TSTAMP_SECOND
#define NOW (INT64_C(1704067200) * S)

static void
test_words(void **state)
{
	static const struct {
		const char *text;
		uint32_t requests, period; /* 0: refused */
	} rows[] = {
		{"50/10min", 50, 600}, {"1/s", 1, 1}, {"1000/d", 1000, 86400},
		{"5/1h", 5, 3600}, {"7/7d", 7, 604800}, {"2/30s", 2, 30},
		{"3/minute", 3, 60}, {"9999999/hour", 9999999, 3600},
		{"", 0, 0}, {"50", 0, 0}, {"/s", 0, 0}, {"0/s", 0, 0},
		{"50/", 0, 0}, {"50/0s", 0, 0}, {"50/8d", 0, 0},
		{"50/10", 0, 0}, {"-1/s", 0, 0}, {"50/s ", 0, 0},
		{"99999999999/s", 0, 0}, {"1/99999999999s", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		uint32_t n = 0, t = 0;
		int rc = rate_parse(rows[i].text, &n, &t, &e);

		if (rc != (rows[i].period != 0 ? 0 : -1))
			fail_msg("'%s' gives %d", rows[i].text, rc);
		if (rc != 0) {
			assert_int_equal(e.code, ERR_CONFIG);
			continue;
		}
		assert_int_equal(n, rows[i].requests);
		assert_int_equal(t, rows[i].period);
	}
}

/* Ask at random times; each request goes out when it was told to. */
static void
run(struct rate r, uint64_t seed)
{
	enum { COUNT = 400 };
	static int64_t sent[COUNT];
	struct rate_state s = {0, 0};
	int64_t now = NOW, period = r.period * S;
	unsigned n = 0;

	for (unsigned i = 0; n < COUNT && i < 100 * COUNT; i++) {
		uint64_t dice = digest64(&i, sizeof(i), seed);
		struct rate_grant g = rate_take(r, &s, now);

		assert_true(g.wait >= 0);
		if (g.given) {
			/* Those who ask together wait together. */
			sent[n++] = now + g.wait;
			if (dice % 3 == 0)
				now += g.wait;
		} else {
			assert_true(g.wait > RATE_PATIENCE * S);
			now += g.wait;
		}
		if (dice % 7 == 0)
			now += (int64_t)(dice / 7 % (uint64_t)period);
		if (dice % 501 == 0)
			now += 3 * period; /* full again */
	}
	assert_int_equal(n, COUNT);
	for (unsigned i = r.requests; i < n; i++) {
		assert_true(sent[i] >= sent[i - 1]);
		if (sent[i] - sent[i - r.requests] < period)
			fail_msg("%u/%u s: request %u is one too many",
			    r.requests, r.period, i);
	}
	/* And it is not much slower than half of what is allowed. */
	assert_true(sent[n - 1] - NOW < (int64_t)COUNT * 10 * period);
}

static void
test_the_promise(void **state)
{
	static const struct rate rates[] = {{1, 1}, {2, 1}, {3, 7}, {50, 600},
	    {10, 60}, {7, 86400}, {399, 3600}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		for (uint64_t seed = 0; seed < 20; seed++)
			run(rates[i], seed);
}

static void
test_burst_and_steps(void **state)
{
	struct rate r = {50, 600};
	struct rate_state s = {0, 0};
	struct rate_grant g;

	(void)state;
	for (int i = 0; i < 25; i++) {
		g = rate_take(r, &s, NOW);
		assert_true(g.given && g.wait == 0);
	}
	for (int i = 1; i <= 25; i++) {
		g = rate_take(r, &s, NOW);
		assert_true(g.given);
		assert_in_range(g.wait, i * 23 * S, i * 24 * S);
	}
	g = rate_take(r, &s, NOW); /* nobody waits for so long */
	assert_false(g.given);
	assert_true(g.wait > RATE_PATIENCE * S);
	g = rate_take(r, &s, NOW);
	assert_false(g.given);
	g = rate_take(r, &s, NOW + 30 * S);
	assert_true(g.given);
	g = rate_take(r, &s, NOW + 1200 * S);
	assert_true(g.given && g.wait == 0);
}

static void
test_left_alone(void **state)
{
	struct rate any = {0, 0}, r = {10, 60};
	struct rate_state s = {0, 0};
	struct rate_grant g;

	(void)state;
	rate_close(&s, NOW + 50 * S, NOW);
	rate_close(&s, NOW + 20 * S, NOW); /* the longer wish counts */
	g = rate_take(any, &s, NOW);
	assert_true(g.given && g.wait == 50 * S);
	g = rate_take(r, &s, NOW + 20 * S);
	assert_true(g.given && g.wait == 30 * S);
	rate_close(&s, NOW + 90 * S, NOW);
	g = rate_take(r, &s, NOW);
	assert_true(!g.given && g.wait == 90 * S);
	g = rate_take(r, &s, NOW + 91 * S);
	assert_true(g.given && g.wait == 0);
	/* No server closes itself for days. */
	rate_close(&s, NOW + 86400 * S, NOW);
	g = rate_take(any, &s, NOW);
	assert_true(!g.given && g.wait == RATE_CLOSED_MAX * S);
}

static void
test_clocks(void **state)
{
	struct rate r = {4, 60};
	struct rate_state s = {INT64_MAX, INT64_MAX};
	struct rate_grant g;

	(void)state;
	/* Written in a future that is no more. */
	g = rate_take(r, &s, NOW);
	assert_true(!g.given && g.wait <= RATE_CLOSED_MAX * S);
	s = (struct rate_state){NOW + 365 * 86400 * S, 0};
	g = rate_take(r, &s, NOW);
	assert_true(g.wait <= (RATE_PATIENCE + 60) * S);
	s = (struct rate_state){INT64_MIN / 2, INT64_MIN / 2};
	g = rate_take(r, &s, NOW);
	assert_true(g.given && g.wait == 0);
}

/* --- the file ------------------------------------------------------------- */

static char folder[] = "/tmp/taxiway-rate-XXXXXX";
static char path[64];

static struct rate_grant
take(const char *url, int64_t now, int64_t closed, bool make)
{
	struct rate_ask ask = {.path = path, .url = url, .rate = {4, 60},
	    .now = now, .closed = closed, .make = make};
	struct err e = ERR_INIT;
	struct rate_grant g;

	if (rate_file_take(&ask, &g, &e) != 0)
		fail_msg("%s", e.text);
	return g;
}

static void
test_file(void **state)
{
	const char *a = "https://a.example/x", *b = "https://b.example/";

	(void)state;
	assert_true(take(a, NOW, 0, false).given);
	assert_int_equal(access(path, F_OK), -1); /* not ours to make */
	for (int i = 0; i < 2; i++)
		assert_int_equal(take(a, NOW, 0, true).wait, 0);
	assert_int_equal(take("https://A.example:443/y?z", NOW, 0, true).wait,
	    20 * S);
	assert_int_equal(take(b, NOW, 0, false).wait, 0);
	assert_int_equal(take(a, NOW, 0, false).wait, 40 * S);
	take(b, NOW, NOW + 100 * S, true);
	assert_false(take(b, NOW + 5 * S, 0, true).given);
	assert_true(take(b, NOW + 101 * S, 0, true).given);
}

static void
test_damage(void **state)
{
	static const char *const texts[] = {"", "x", "taxiway rates 2\nabc",
	    "taxiway rates 1\n", "taxiway rates 1\ncut short"};
	struct rate_ask ask = {.path = path, .url = "nonsense", .make = true};
	struct err e = ERR_INIT;
	struct rate_grant g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(write(fd, texts[i], strlen(texts[i])),
		    strlen(texts[i]));
		close(fd);
		assert_int_equal(take("http://x/", NOW, 0, true).wait, 0);
		assert_int_equal(take("http://x/", NOW, 0, true).wait, 0);
		assert_true(take("http://x/", NOW, 0, true).wait > 0);
	}
	assert_int_equal(rate_file_take(&ask, &g, &e), -1);
	ask.path = "/nonexistent/x";
	ask.url = "http://x/";
	err_clear(&e);
	assert_int_equal(rate_file_take(&ask, &g, &e), 0);
	ask.path = folder;
	assert_int_equal(rate_file_take(&ask, &g, &e), -1);
	assert_int_equal(e.code, ERR_IO);
}

/* Several processes share one bucket. */
static void
test_together(void **state)
{
	int pipe_fd[2], status;
	int64_t wait, last = -1, all[12];

	(void)state;
	unlink(path);
	assert_int_equal(pipe(pipe_fd), 0);
	for (int k = 0; k < 4; k++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			for (int i = 0; i < 3; i++) {
				wait = take("http://x/", NOW, 0, true).wait;
				if (write(pipe_fd[1], &wait, 8) != 8)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int k = 0; k < 4; k++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < 12; i++)
		assert_int_equal(read(pipe_fd[0], &all[i], 8), 8);
	for (int i = 0; i < 12; i++) { /* each got a time of its own */
		int64_t least = INT64_MAX;

		for (int k = 0; k < 12; k++)
			if (all[k] > last && all[k] < least)
				least = all[k];
		if (i < 11)
			assert_true(least == i * 20 * S || i == 0);
		last = least;
	}
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/rate", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_the_promise),
		cmocka_unit_test(test_burst_and_steps),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
