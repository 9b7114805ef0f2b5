/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "base/duration.h"
#include "base/tstamp.h"

#define S TSTAMP_SECOND
#define DAY (86400 * S)

static const struct row {
	const char *text;
	int64_t want;      /* −1: refused */
	const char *print; /* NULL: the text */
} rows[] = {
	{"0", 0, NULL}, {"0s", 0, "0"}, {"1s", S, NULL}, {"90s", 90 * S, "1m30s"},
	{"30d", 30 * DAY, NULL}, {"12h", 12 * 3600 * S, NULL},
	{"2w", 14 * DAY, "14d"}, {"1y", 365 * DAY, NULL},
	{"400d", 400 * DAY, "400d"}, {"1d12h", 36 * 3600 * S, NULL},
	{"1y2w3d4h5m6s", 382 * DAY + 14706 * S, "382d4h5m6s"},
	{"100y", 36500 * DAY, NULL}, {"36501d", -1, NULL}, {"101y", -1, NULL},
	{"100y1s", -1, NULL}, {"", -1, NULL}, {"d", -1, NULL}, {"30", -1, NULL},
	{"3x", -1, NULL}, {"1h1d", -1, NULL}, {"1h1h", -1, NULL},
	{"-1d", -1, NULL}, {"1.5d", -1, NULL}, {" 1d", -1, NULL},
	{"1d ", -1, NULL}, {"9999999999999d", -1, NULL},
	{"999999999999y", -1, NULL}, {"00", -1, NULL}, {"07d", 7 * DAY, "7d"},
};

static void
test_rows(void **state)
{
	struct buf out;
	int64_t got;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		got = -1;
		rc = duration_parse(slice_str(rows[i].text), 36500 * DAY, &got);
		if (rc != (rows[i].want < 0 ? -1 : 0) || got != rows[i].want)
			fail_msg("'%s': %d, %lld", rows[i].text, rc,
			    (long long)got);
		if (rc != 0)
			continue;
		buf_init(&out, 100);
		duration_print(got, &out);
		assert_string_equal(out.p, rows[i].print != NULL ?
		    rows[i].print : rows[i].text);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
