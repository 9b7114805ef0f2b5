/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loop waits for: nothing that no turn of it will do.  And how a source
 * is by what was learnt of it, or by what the store says now.
 */
#include "tests/unit/unit.h"

#include "sync/daemon_int.h"

static char *words[] = {(char *)"/bin/true", NULL};

static void
on_change_is_taken_away(void **state)
{
	const struct hook_terms told = {.argv = {[HOOK_CHANGE] = words}};
	const struct hook_terms nobody = {.timeout = 1};
	struct hooks h;

	(void)state;
	hooks_init(&h, NULL);
	hooks_terms(&h, &told, "no-such-store");
	assert_true(h.watching);
	h.changed = true;
	h.not_before = 5;
	assert_int_equal(hooks_due(&h), 5);
	hooks_terms(&h, &nobody, "no-such-store");
	assert_int_equal(hooks_due(&h), INT64_MAX);
	/* One that comes later knows the store as it is by then. */
	hooks_terms(&h, &told, "no-such-store");
	assert_true(h.watching);
	assert_int_equal(hooks_due(&h), INT64_MAX);
	hooks_free(&h);
}

static void
metrics_while_it_stops(void **state)
{
	struct daemon *d = calloc(1, sizeof(*d));
	char file[] = "metrics.prom";

	(void)state;
	assert_non_null(d);
	d->now.ticks = 100;
	assert_int_equal(daemon_metrics_deadline(d), INT64_MAX);
	d->metrics.file = file;
	d->metrics.file_at = 90;
	d->metrics.count_at = 80;
	assert_int_equal(daemon_metrics_deadline(d), 80);
	d->metrics.count_at = 200;
	assert_int_equal(daemon_metrics_deadline(d), 90);
	d->stop_by = 300;
	assert_int_equal(daemon_metrics_deadline(d), INT64_MAX);
	free(d);
}

static struct tw_str
word(const char *s)
{
	return (struct tw_str){s, strlen(s)};
}

static void
health_by_facts_of_then_and_now(void **state)
{
	const struct schedule_source one = {.name = "one", .late_after = 100,
	    .stale_after = 1000};
	const struct tw_source fine = {.name = word("one"),
	    .state = word("ok"), .last_success = 50, .state_since = 7};
	const struct tw_source held = {.name = word("one"),
	    .state = word("held"), .held = 1, .state_since = 60};
	struct watch w = {.began = 10};
	struct health h = {HEALTH_OK, 0, NULL, NULL};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(watch_load(&w, &one, 1, &e), 0);
	assert_false(watch_health(&w, "two", &fine, 20, &h));
	/* Never polled: since the daemon could have done it. */
	assert_true(watch_health(&w, "one", NULL, 109, &h));
	assert_int_equal(h.state, HEALTH_NEW);
	assert_true(watch_health(&w, "one", NULL, 110, &h));
	assert_int_equal(h.state, HEALTH_LATE);
	assert_int_equal(h.since, 110);
	watch_learn(&w, "one", &fine);
	assert_true(watch_health(&w, "one", NULL, 149, &h));
	assert_int_equal(h.state, HEALTH_OK);
	assert_int_equal(h.since, 7);
	assert_true(watch_health(&w, "one", NULL, 1050, &h));
	assert_int_equal(h.state, HEALTH_STALE);
	/* What is so now is not learnt by that. */
	assert_true(watch_health(&w, "one", &held, 149, &h));
	assert_int_equal(h.state, HEALTH_HELD);
	assert_int_equal(h.since, 60);
	assert_true(watch_health(&w, "one", NULL, 149, &h));
	assert_int_equal(h.state, HEALTH_OK);
	watch_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_change_is_taken_away),
		cmocka_unit_test(metrics_while_it_stops),
		cmocka_unit_test(health_by_facts_of_then_and_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
