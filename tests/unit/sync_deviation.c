/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/record.h"
#include "sync/deviation.h"
#include "tests/unit/sync_ingest_rig.h"

/* Every row is whole, its id is found, of few letters and not there twice. */
static void
test_rows(void **state)
{
	(void)state;
	for (unsigned d = 0; d < DEVIATIONS; d++) {
		const struct deviation_row *row = deviation_at(d);

		assert_non_null(row);
		assert_non_null(row->id);
		assert_in_range(strlen(row->id), 3, DEVIATION_NAME_MAX);
		assert_int_equal(strspn(row->id, "abcdefghijklmnopqrstuvwxyz-"),
		    strlen(row->id));
		assert_true(strlen(row->what) > 10);
		assert_in_range(row->action, DEVIATION_IGNORE,
		    DEVIATION_REJECT);
		assert_int_equal(deviation_find(slice_str(row->id)), d);
	}
	assert_null(deviation_at(DEVIATIONS));
	assert_int_equal(deviation_find(SLICE("no-such")), -1);
	assert_int_equal(deviation_find(SLICE("")), -1);
	assert_in_range(DEVIATIONS, 1, POLL_DEVIATIONS);
}

static void
test_actions(void **state)
{
	uint8_t set[DEVIATIONS] = {0};

	(void)state;
	for (unsigned a = DEVIATION_IGNORE; a < DEVIATION_ACTIONS; a++)
		assert_int_equal(deviation_action_parse(
		    deviation_action_name((enum deviation_action)a)), a);
	assert_int_equal(deviation_action_parse("Ignore"), DEVIATION_ACTIONS);
	assert_int_equal(deviation_action_parse(""), DEVIATION_ACTIONS);
	assert_null(deviation_action_name(DEVIATION_USUAL));
	assert_int_equal(deviation_action(set, DEVIATION_MARKUP_TYPE),
	    DEVIATION_REJECT);
	set[DEVIATION_MARKUP_TYPE] = DEVIATION_WARN;
	assert_int_equal(deviation_action(set, DEVIATION_MARKUP_TYPE),
	    DEVIATION_WARN);
	set[DEVIATION_MARKUP_TYPE] = 99; /* as if it were not set */
	assert_int_equal(deviation_action(set, DEVIATION_MARKUP_TYPE),
	    DEVIATION_REJECT);
	assert_int_equal(deviation_action(set, DEVIATIONS), DEVIATION_REJECT);
}

/* All of them arrive, the first with its detail, the others as a sum. */
static void
test_counted(void **state)
{
	struct rig *t = rig_new();
	struct err e = ERR_INIT;

	(void)state;
	t->job.deviations[DEVIATION_DATE_FORMAT] = DEVIATION_REJECT;
	rig_start(t);
	assert_int_equal(ingest_deviation(t->g, DEVIATION_CURSOR_NUMBER, 1,
	    "7", &e), 0);
	assert_int_equal(ingest_deviation(t->g, DEVIATION_CURSOR_NUMBER, 5,
	    "8", &e), 0);
	assert_int_equal(ingest_deviation(t->g, DEVIATION_DATE_FORMAT, 2,
	    "yesterday", &e), -1);
	assert_int_equal(e.code, ERR_PROTO);
	assert_non_null(strstr(e.text, "yesterday"));
	assert_non_null(strstr(e.text, "date-format"));
	rig_finish(t);
	assert_int_equal(t->deviations[DEVIATION_CURSOR_NUMBER], 6);
	assert_int_equal(t->deviations[DEVIATION_DATE_FORMAT], 2);
	rig_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
