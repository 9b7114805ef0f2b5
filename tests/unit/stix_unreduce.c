/* SPDX-License-Identifier: BSD-2-Clause */
/* Every type of value has a comparison that reduces to it again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/value.h"
#include "stix/reduce.h"
#include "stix/unreduce.h"

#define H8 "0123abcd"
#define H16 H8 "4567cdef"
#define H32 H16 "89abcdef01234567"
#define H64 H32 "fedcba9876543210fedcba9876543210"

static const struct {
	int type;
	const char *text;
} rows[] = {
	{VALUE_IPV4, "198.51.100.7"}, {VALUE_IPV4, "203.0.113.0/24"},
	{VALUE_IPV6, "2001:db8::1"}, {VALUE_IPV6, "2001:db8::/32"},
	{VALUE_DOMAIN, "evil.example"},
	{VALUE_URL, "http://evil.example/a?b=it's"},
	{VALUE_EMAIL, "me@evil.example"}, {VALUE_MD5, H32},
	{VALUE_SHA1, H32 H8}, {VALUE_SHA224, H32 H16 H8}, {VALUE_SHA256, H64},
	{VALUE_SHA384, H64 H32}, {VALUE_SHA512, H64 H64},
	{VALUE_SHA3_256, H64}, {VALUE_SHA3_512, H64 H64},
	{VALUE_SSDEEP, "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMS"
	    "P:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"},
	{VALUE_TLSH, "T1" H64 "012345"},
	{VALUE_IMPHASH, H32}, {VALUE_AUTHENTIHASH, H64},
	{VALUE_PEHASH, H32 H8}, {VALUE_JA3, H32}, {VALUE_JA3S, H32},
	{VALUE_JA4, "t13d1516h2_8daaf6152771_b186095e22b6"},
	{VALUE_JARM, H32 H16 H8 "012345"}, {VALUE_HASSH, H32},
	{VALUE_MAC, "00:00:5e:00:53:01"}, {VALUE_ASN, "AS64500"},
	{VALUE_FILE_NAME, "it's \\ a file.exe"},
	{VALUE_FILE_PATH, "C:\\Windows\\Temp"}, {VALUE_MUTEX, "Global\\x'y"},
	{VALUE_REGKEY, "HKEY_LOCAL_MACHINE\\Software\\Evil"},
	{VALUE_USER_AGENT, "Mozilla/4.0 (it's)"}, {VALUE_X509_MD5, H32},
	{VALUE_X509_SHA1, H32 H8}, {VALUE_X509_SHA256, H64},
	{VALUE_X509_SERIAL, "36f7d432f4ab70eafffa"},
	{VALUE_USER_ACCOUNT, "eve"}, {VALUE_PROCESS_NAME, "evil.exe"},
	{VALUE_COMMAND_LINE, "evil.exe /q 'x'"},
	{VALUE_CRYPTO_WALLET, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"},
	{VALUE_PHONE, "+15550100"}, {VALUE_CVE, "CVE-2022-26134"},
};

static void
test_there_and_back(void **state)
{
	bool seen[VALUE_TYPE_COUNT] = {false};
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, MIB(1));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct reduction r;
		struct value v;
		struct buf text, pattern;

		buf_init(&text, KIB(8));
		buf_init(&pattern, KIB(16));
		if (value_normalise(&a, (enum value_type)rows[i].type,
		    slice_str(rows[i].text), 0, &v) != VALUE_OK)
			fail_msg("%s is no value", rows[i].text);
		assert_int_equal(value_print(&v, &text), 0);
		buf_char(&pattern, '[');
		assert_int_equal(unreduce_value(rows[i].type, buf_view(&text),
		    &pattern), 0);
		buf_char(&pattern, ']');
		if (reduce_text(&a, buf_view(&pattern), 0, &r, &e) != 0 ||
		    r.nvalues != 1 || r.nrejects != 0 || r.partial ||
		    r.compound)
			fail_msg("%s: %s", pattern.p, e.text);
		assert_int_equal(r.values[0].value.type, rows[i].type);
		assert_int_equal(r.values[0].value.prefix, v.prefix);
		assert_int_equal(r.values[0].value.keylen, v.keylen);
		assert_memory_equal(r.values[0].value.key, v.key, v.keylen);
		seen[rows[i].type] = true;
		buf_free(&pattern);
		buf_free(&text);
		arena_reset(&a);
	}
	for (i = 1; i < VALUE_TYPE_COUNT; i++)
		if (!seen[i])
			fail_msg("no row for %s", value_type_name((int)i));
	arena_free(&a);
}

static void
test_unknown(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 16);
	assert_int_equal(unreduce_value(0, SLICE("x"), &out), -1);
	assert_int_equal(unreduce_value(VALUE_TYPE_COUNT, SLICE("x"), &out),
	    -1);
	assert_int_equal(out.n, 0);
	assert_int_equal(unreduce_value(VALUE_DOMAIN, SLICE("x.example"), &out),
	    -1);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
