/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8.c and hex.c */
#include "unit.h"

#include "base/cc.h"
#include "base/hex.h"
#include "base/utf8.h"

static void
test_sequences(void **state)
{
	static const struct {
		const char *bytes;
		size_t n, len;
	} rows[] = {
		{"", 0, 0}, {"a", 1, 1}, {"\0", 1, 1}, {"\x7f", 1, 1},
		{"\x80", 1, 0}, {"\xbf", 1, 0}, {"\xc0\x80", 2, 0},
		{"\xc1\xbf", 2, 0}, {"\xc2\x80", 2, 2}, {"\xdf\xbf", 2, 2},
		{"\xc2", 1, 0}, {"\xc2\x7f", 2, 0}, {"\xc2\xc0", 2, 0},
		{"\xe0\x9f\xbf", 3, 0}, {"\xe0\xa0\x80", 3, 3},
		{"\xe0\xa0", 2, 0}, {"\xe0\xa0\x7f", 3, 0},
		{"\xed\x9f\xbf", 3, 3}, {"\xed\xa0\x80", 3, 0},
		{"\xed\xbf\xbf", 3, 0}, {"\xee\x80\x80", 3, 3},
		{"\xef\xbf\xbf", 3, 3}, {"\xf0\x8f\xbf\xbf", 4, 0},
		{"\xf0\x90\x80\x80", 4, 4}, {"\xf0\x90\x80", 3, 0},
		{"\xf4\x8f\xbf\xbf", 4, 4}, {"\xf4\x90\x80\x80", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0}, {"\xff", 1, 0},
		{"\xf0\x90\x80\xc0", 4, 0}
	};
	size_t i, pad;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		ROW_CHECK(utf8_len(rows[i].bytes, rows[i].n) == rows[i].len,
		    "row %zu", i);
		/* Behind any number of ASCII letters: the fast path. */
		for (pad = 0; pad < 20 && rows[i].n > 0; pad++) {
			char text[32];

			memset(text, 'x', sizeof(text));
			memcpy(text + pad, rows[i].bytes, rows[i].n);
			ROW_CHECK(utf8_valid((struct slice){text,
			    pad + rows[i].n}) == (rows[i].len != 0),
			    "row %zu after %zu", i, pad);
			/* And before as many. */
			ROW_CHECK(utf8_valid((struct slice){text,
			    sizeof(text)}) == (rows[i].len != 0 &&
			    rows[i].len == rows[i].n),
			    "row %zu within, after %zu", i, pad);
		}
	}
}

/* What is put is what utf8_len() takes, and the code point that it was. */
static void
test_put(void **state)
{
	static const struct {
		uint32_t c;
		const char *bytes;
	} rows[] = {
		{0x7f, "\x7f"}, {0x80, "\xc2\x80"}, {0x7ff, "\xdf\xbf"},
		{0x800, "\xe0\xa0\x80"}, {0xfffd, "\xef\xbf\xbd"},
		{0xffff, "\xef\xbf\xbf"}, {0x10000, "\xf0\x90\x80\x80"},
		{0x10ffff, "\xf4\x8f\xbf\xbf"}
	};
	char out[4];
	uint32_t c, back;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		n = utf8_put(rows[i].c, out);
		assert_int_equal(n, strlen(rows[i].bytes));
		assert_memory_equal(out, rows[i].bytes, n);
	}
	for (c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		n = utf8_put(c, out);
		back = n == 1 ? (uint8_t)out[0] :
		    (uint8_t)out[0] & (0x7fu >> n);
		for (i = 1; i < n; i++)
			back = back << 6 | ((uint8_t)out[i] & 0x3f);
		if (utf8_len(out, n) != n || back != c)
			fail_msg("U+%04X", (unsigned)c);
	}
}

static void
test_cut(void **state)
{
	struct slice s = SLICE("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x92\xa9z");
	static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(utf8_cut(s, i), want[i]);
	assert_int_equal(utf8_cut(s, 1000), s.n);
}

static void
test_clean(void **state)
{
	char text[] = "ok\x01\x1b\x7f\xc2\x85\xc2\xa0\xff\xe2\x82";

	(void)state;
	utf8_clean(text, sizeof(text) - 1);
	assert_string_equal(text, "ok?????\xc2\xa0???");
}

static void
test_hex(void **state)
{
	uint8_t bytes[256], back[256];
	char text[512];
	unsigned c;

	(void)state;
	for (c = 0; c < 256; c++)
		bytes[c] = (uint8_t)c;
	hex_encode(bytes, sizeof(bytes), text);
	assert_memory_equal(text, "000102", 6);
	assert_memory_equal(text + 510, "ff", 2);
	assert_int_equal(hex_decode(text, back, sizeof(back)), 0);
	assert_memory_equal(back, bytes, sizeof(back));
	assert_int_equal(hex_decode("aBCdeF", back, 3), 0);
	assert_memory_equal(back, "\xab\xcd\xef", 3);
	for (c = 0; c < 256; c++) {
		char pair[2] = {(char)c, '0'}, riap[2] = {'0', (char)c};
		int want = c != 0 && strchr("0123456789abcdefABCDEF", (int)c) ?
		    0 : -1;

		assert_int_equal(hex_decode(pair, back, 1), want);
		assert_int_equal(hex_decode(riap, back, 1), want);
		assert_int_equal(hex_values[c] == 0xff, want != 0);
	}
	assert_int_equal(hex_decode("", back, 0), 0);
	/* Every byte at every place of a digest, which is read in pieces. */
	for (c = 0; c < 256 * 38; c++) {
		char digits[38];
		bool good = hex_values[c / 38] != 0xff;

		memset(digits, '0', sizeof(digits));
		digits[c % 38] = (char)(c / 38);
		assert_int_equal(hex_decode(digits, back, 19), good ? 0 : -1);
		memset(bytes, 0, sizeof(bytes));
		bytes[c % 38 / 2] = (uint8_t)(hex_values[c / 38] <<
		    (c % 2 == 0 ? 4 : 0));
		if (good)
			assert_memory_equal(back, bytes, 19);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_hex)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
