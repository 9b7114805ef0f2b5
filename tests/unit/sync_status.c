/* SPDX-License-Identifier: BSD-2-Clause */
/* TAXII's status resource, in the forms that servers give it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/status.h"

static void
test_read(void **state)
{
	static const struct {
		const char *text, *id;
		bool told, complete;
		uint64_t success, failure, pending;
	} rows[] = {
		{"{\"id\":\"s\",\"status\":\"complete\",\"success_count\":2,"
		    "\"failure_count\":1,\"pending_count\":0}", "s", true, true,
		    2, 1, 0},
		{"{\"id\":\"s\",\"status\":\"pending\",\"pending_count\":3}",
		    "s", true, false, 0, 0, 3},
		/* Lists without counts, counts that are too small. */
		{"{\"status\":\"complete\",\"successes\":[{},{}],"
		    "\"failures\":[{}],\"failure_count\":0}", NULL, true, true,
		    2, 1, 0},
		/* "complete" is the last word, whatever is counted. */
		{"{\"status\":\"complete\",\"pendings\":[\"a\"]}", NULL, true,
		    true, 0, 0, 1},
		/* A word that no standard has: then the counts decide. */
		{"{\"status\":\"busy\",\"pending_count\":1}", NULL, true, false,
		    0, 0, 1},
		{"{\"status\":\"done\"}", NULL, true, true, 0, 0, 0},
		/* Wrong types are absent. */
		{"{\"id\":7,\"status\":[],\"success_count\":\"2\","
		    "\"failure_count\":-4,\"successes\":{\"a\":1}}", NULL, false,
		    true, 0, 0, 0},
		{"{}", NULL, false, true, 0, 0, 0},
		{"[]", NULL, false, true, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *doc = json_loads(rows[i].text, 0, NULL);
		struct status s = status_read(doc);

		if (s.told != rows[i].told || s.complete != rows[i].complete ||
		    s.count[STATUS_SUCCESS] != rows[i].success ||
		    s.count[STATUS_FAILURE] != rows[i].failure ||
		    s.count[STATUS_PENDING] != rows[i].pending)
			fail_msg("row %zu", i);
		if (rows[i].id == NULL)
			assert_null(s.id);
		else
			assert_string_equal(s.id, rows[i].id);
		json_decref(doc);
	}
}

/* 2.0 lists ids where 2.1 lists objects. */
static void
test_entries(void **state)
{
	json_t *doc = json_loads("{\"failures\":[\"x--1\",{\"id\":\"x--2\","
	    "\"version\":\"v\",\"message\":\"m\"},{\"id\":\"\",\"version\":3},"
	    "17]}", 0, NULL);
	struct status s = status_read(doc);
	struct status_entry e;

	(void)state;
	assert_true(status_entry(&s, STATUS_FAILURE, 0, &e));
	assert_string_equal(e.id, "x--1");
	assert_true(e.version == NULL && e.message == NULL);
	assert_true(status_entry(&s, STATUS_FAILURE, 1, &e));
	assert_string_equal(e.id, "x--2");
	assert_string_equal(e.version, "v");
	assert_string_equal(e.message, "m");
	for (size_t i = 2; i < 4; i++) {
		assert_true(status_entry(&s, STATUS_FAILURE, i, &e));
		assert_true(e.id == NULL && e.version == NULL);
	}
	assert_false(status_entry(&s, STATUS_FAILURE, 4, &e));
	assert_false(status_entry(&s, STATUS_SUCCESS, 0, &e));
	assert_string_equal(status_name(STATUS_PENDING), "pending");
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
