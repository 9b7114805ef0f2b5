/* SPDX-License-Identifier: BSD-2-Clause */
/* For how long: the times of store/history.h, as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cc.h"
#include "base/tstamp.h"
#include "store/history.h"

#define DAY TSTAMP_DAY

/* The scale of the ends of time: with the defaults, and where none is known. */
static void
test_over(void **state)
{
	static const struct {
		int64_t since, brought, now;
		bool matched, over;
	} rows[] = {
	    {0, 0, 90 * DAY - 1, false, false},
	    {0, 0, 90 * DAY, false, true},
	    {0, 0, 90 * DAY, true, false},
	    {0, 0, 365 * DAY, true, true},
	    /* It ended before it came. */
	    {0, 50 * DAY, 100 * DAY, false, false},
	    {0, 50 * DAY, 140 * DAY, false, true},
	    {TSTAMP_NEVER, 0, INT64_MAX - 1, false, false},
	    {0, TSTAMP_NEVER, INT64_MAX - 1, false, false},
	    {INT64_MAX - 5, 0, INT64_MAX - 1, false, false},
	    /* A poll without a record is an old one. */
	    {0, TSTAMP_NONE, 90 * DAY, false, true},
	    {TSTAMP_NONE, TSTAMP_NONE, 0, false, true},
	};
	struct source_rec r = {.history = 0};
	struct store_history h;
	size_t i;

	(void)state;
	history_of(&r, &h);
	assert_true(h.ended == HISTORY_ENDED && h.matched == HISTORY_MATCHED &&
	    h.ids == HISTORY_IDS);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (history_over(&h, rows[i].since, rows[i].brought,
		    rows[i].matched, rows[i].now) != rows[i].over)
			fail_msg("row %zu", i);
	}
	assert_true(history_pass(&h) == DAY);
	r.history = 1000 * DAY;
	history_of(&r, &h);
	assert_true(h.matched == 1000 * DAY && h.ids == 1000 * DAY);
	r.history = 1;
	history_of(&r, &h);
	assert_true(history_pass(&h) == HISTORY_PASS_LEAST);
	assert_false(history_stale(&r, 5, 4));
	assert_true(history_stale(&r, 0, HISTORY_IDS / 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
