/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loop waits for: nothing that no turn of it will do. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_change_is_taken_away),
		cmocka_unit_test(metrics_while_it_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
