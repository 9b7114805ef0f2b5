/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/cc.h"
#include "base/tlp.h"

static void
test_spellings(void **state)
{
	static const struct {
		const char *text;
		int tlp;
	} rows[] = {
		{"clear", 1}, {"TLP:CLEAR", 1}, {"TLP:WHITE", 1},
		{"tlp:white", 1}, {"White", 1}, {"TLP-CLEAR", 1},
		{"tlp_clear", 1}, {"TLP CLEAR", 1}, {"tlpclear", 1},
		{"green", 2}, {"TLP:GREEN", 2}, {"TLP: GREEN", 2},
		{"amber", 3}, {"TLP:AMBER", 3},
		{"amber+strict", 4}, {"TLP:AMBER+STRICT", 4},
		{"Amber-Strict", 4}, {"amber_strict", 4}, {"AMBER STRICT", 4},
		{"tlp:amber+strict", 4}, {"amberstrict", 4},
		{"red", 5}, {"TLP:RED", 5}, {" red ", 5},
		{"", 0}, {"tlp", 0}, {"TLP:", 0}, {"blue", 0}, {"redd", 0},
		{"re", 0}, {"TLP:EX:CHR", 0}, {"amber strict red", 0},
		{"tlp:amber+strictamber+strict", 0}, {"red1", 0}, {"red\n", 0},
		{"tlptlpred", 0}, {"\xc3\xbc" "red", 0}, {"r.e.d", 0}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		ROW_CHECK((int)tlp_parse(slice_str(rows[i].text)) ==
		    rows[i].tlp, "'%s'", rows[i].text);
	assert_int_equal(tlp_parse(SLICE_NONE), TLP_UNKNOWN);
	assert_int_equal(tlp_parse((struct slice){"red\0", 4}), TLP_UNKNOWN);
}

static void
test_names(void **state)
{
	static const char *const names[] = {
		NULL, "clear", "green", "amber", "amber+strict", "red"
	};
	int i;

	(void)state;
	assert_null(tlp_name(0));
	for (i = 1; i <= 5; i++) {
		assert_string_equal(tlp_name(i), names[i]);
		assert_int_equal(tlp_parse(slice_str(names[i])), i);
	}
	assert_null(tlp_name(-1));
	assert_null(tlp_name(6));
	assert_null(tlp_name(255));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
