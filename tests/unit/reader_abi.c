/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binary interface: sizes, places and codes that programs were compiled
 * with.  A test that fails here says: the SONAME has to change.
 */
#include "tests/unit/reader_fixture.h"

static void
layout(void **state)
{
	(void)state;
	if (sizeof(void *) != 8)
		skip(); /* written down for 64-bit hosts */
	assert_int_equal(sizeof(struct tw_str), 16);
	assert_int_equal(sizeof(struct tw_error), 1028);
	assert_int_equal(sizeof(struct tw_match), 96);
	assert_int_equal(offsetof(struct tw_match, flags), 8);
	assert_int_equal(offsetof(struct tw_match, valid_from), 16);
	assert_int_equal(offsetof(struct tw_match, key), 40);
	assert_int_equal(offsetof(struct tw_match, allow), 72);
	assert_int_equal(offsetof(struct tw_match, reserved), 88);
	assert_int_equal(sizeof(struct tw_allow), 656);
	assert_int_equal(sizeof(struct tw_allow_list), 144);
	assert_int_equal(sizeof(struct tw_probe), 136);
	assert_int_equal(offsetof(struct tw_probe, match), 32);
	assert_int_equal(sizeof(struct tw_claim), 272);
	assert_int_equal(offsetof(struct tw_claim, created), 80);
	assert_int_equal(offsetof(struct tw_claim, confidence), 136);
	assert_int_equal(offsetof(struct tw_claim, idtext), 176);
	assert_int_equal(sizeof(struct tw_stated), 32);
	assert_int_equal(sizeof(struct tw_threat), 160);
	assert_int_equal(sizeof(struct tw_cursor), 516);
	assert_int_equal(sizeof(struct tw_object), 408);
	assert_int_equal(sizeof(struct tw_source), 248);
	assert_int_equal(sizeof(struct tw_poll), 152);
	assert_int_equal(sizeof(struct tw_status), 200);
	assert_int_equal(sizeof(struct tw_change), 544);
	assert_int_equal(sizeof(struct tw_change_cursor), 24);
}

static void
codes(void **state)
{
	(void)state;
	assert_int_equal(TW_OK, 0);
	assert_int_equal(TW_RESYNC, 3);
	assert_int_equal(TW_ARGUMENT, -1);
	assert_int_equal(TW_DAMAGED, -5);
	assert_int_equal(TW_FORKED, -9);
	assert_int_equal(TW_LOCKLESS, -11);
	assert_int_equal(TW_MATCH_URL_HOST, 5);
	assert_int_equal(TW_FIND_ALL, 15);
	assert_int_equal(TW_FIND_HOST, 16);
	assert_int_equal(TW_ACTIVE, 1);
	assert_int_equal(TW_BENIGN, 5);
	assert_int_equal(TW_SUPPRESSED, 8);
	assert_int_equal(TW_REMOVED, 3);
	assert_int_equal(TW_VALUES, 5);
	assert_int_equal(TW_REFERENCES, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layout),
	    cmocka_unit_test(codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
