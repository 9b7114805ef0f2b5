/* SPDX-License-Identifier: BSD-2-Clause */
/* The ids of a live stream.  What its events mean: tests/e2e/test_stream.py. */
#include "unit.h"

#include "sync/stream.h"

static const struct {
	const char *text;
	bool good;
	uint64_t ms, n;
} rows[] = {
	{"1620249512318-0", true, 1620249512318u, 0},
	{"7-12", true, 7, 12},
	{"7", true, 7, 0},
	{"0-0", true, 0, 0},
	{"9999999999999999999-1", true, 9999999999999999999u, 1},
	{"", false, 0, 0}, {"-", false, 0, 0}, {"7-", false, 0, 0},
	{"-7", false, 0, 0}, {"7-1-1", false, 0, 0}, {" 7", false, 0, 0},
	{"99999999999999999999", false, 0, 0}, {"live", false, 0, 0},
};

static void
test_ids(void **state)
{
	struct stream_id id;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		id = (struct stream_id){1, 1};
		assert_int_equal(stream_id_parse(slice_str(rows[i].text), &id),
		    rows[i].good);
		assert_true(id.ms == (rows[i].good ? rows[i].ms : 1));
		assert_true(id.n == (rows[i].good ? rows[i].n : 1));
	}
}

static void
test_order(void **state)
{
	static const struct stream_id up[] = {{0, 0}, {0, 1}, {7, 0}, {7, 2},
	    {7, 10}, {10, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(up); i++)
		for (size_t k = 0; k < ARRAY_LEN(up); k++)
			assert_int_equal(stream_id_compare(up[i], up[k]),
			    i < k ? -1 : i > k);
}

static int
event(struct stream *s, const char *name, const char *id, const char *data)
{
	const struct event ev = {name, id, slice_str(data)};
	struct err e = ERR_INIT;

	return stream_event(s, &ev, &e);
}

static void
test_the_place(void **state)
{
	struct stream s;

	(void)state;
	stream_init(&s, NULL, 0);
	stream_connect(&s);
	assert_false(stream_caught_up(&s));
	assert_int_equal(event(&s, "connected", "", "{\"firstEventId\":\"2-0\","
	    "\"lastEventId\":\"9-1\"}"), 0);
	assert_true(s.connected && s.first.ms == 2 && s.target.ms == 9);
	assert_int_equal(event(&s, "heartbeat", "8-0", "x"), 0);
	assert_int_equal(event(&s, "heartbeat", "7-0", "x"), 0);
	assert_int_equal(s.idle, 2);
	/* never back */
	assert_true(s.last.ms == 8 && s.moved);
	assert_false(stream_caught_up(&s));
	assert_int_equal(event(&s, "heartbeat", "9-1", "x"), 0);
	assert_true(stream_caught_up(&s));
	/* another connection does not know yet how far there is to go */
	stream_connect(&s);
	assert_false(stream_caught_up(&s));
	assert_int_equal(event(&s, "connected", "", "no JSON"), 0);
	assert_int_equal(event(&s, "connected", "", "{\"lastEventId\":7}"), 0);
	assert_int_equal(event(&s, "connected", "", "{\"lastEventId\":"
	    "\"0-0\"}"), 0);
	assert_false(stream_caught_up(&s));
	stream_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
