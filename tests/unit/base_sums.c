/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests of downloads: the vectors of RFC 1321, RFC 3174 and FIPS 180-4. */
#include "unit.h"

#include <string.h>

#include "base/hex.h"
#include "base/sums.h"

static const struct {
	const char *text;
	unsigned repeat;
	const char *digest[SUM_KINDS];
} rows[] = {
	{"", 1, {"d41d8cd98f00b204e9800998ecf8427e",
	    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
	{"abc", 1, {"900150983cd24fb0d6963f7d28e17f72",
	    "a9993e364706816aba3e25717850c26c9cd0d89d",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}},
	{"1234567890", 8, {"57edf4a22be3c955ac49da2e2107b67a",
	    "50abf5706a150990a08b2c5ea40fa0e585554732",
	    "f371bc4a311f2b009eef952dd83ca80e2b60026c8e935592d0f9c308453c813e"}},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    {"8215ef0796a20bcaaae116d3876c664a",
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}},
	{"a", 1000000, {"7707d6ae4e027c70eea2a935c2296f21",
	    "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}},
};

static void
test_vectors(void **state)
{
	uint8_t out[SUM_MAX];
	char hex[SUM_TEXT];
	struct sum s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int k = 0; k < SUM_KINDS; k++) {
			sum_init(&s, (enum sum_kind)k);
			for (unsigned r = 0; r < rows[i].repeat; r++)
				sum_add(&s, rows[i].text,
				    strlen(rows[i].text));
			sum_done(&s, out);
			sum_text((enum sum_kind)k, out, hex);
			assert_string_equal(hex, rows[i].digest[k]);
		}
	}
}

/* However the bytes arrive. */
static void
test_pieces(void **state)
{
	uint8_t text[200], whole[SUM_MAX], parts[SUM_MAX];
	struct sum s;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	for (int k = 0; k < SUM_KINDS; k++) {
		for (size_t n = 0; n <= sizeof(text); n++) {
			sum_init(&s, (enum sum_kind)k);
			sum_add(&s, text, n);
			sum_done(&s, whole);
			sum_init(&s, (enum sum_kind)k);
			for (size_t i = 0; i < n; i += 3)
				sum_add(&s, text + i, n - i < 3 ? n - i : 3);
			sum_done(&s, parts);
			assert_memory_equal(whole, parts,
			    sum_length((enum sum_kind)k));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
