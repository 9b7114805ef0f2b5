/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that are signed, against signatures that were worked out elsewhere.
 *
 * Those of Azure come from the canonical text that stands with each row, as the
 * documentation of Shared Key builds it, signed by OpenSSL:
 *
 *   printf TEXT | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY -binary |
 *       base64
 *
 * KEY is 00 01 … 3f, the bytes of the secret below; the time is 1435361952.
 */
#include "unit.h"

#include "base/hex.h"
#include "base/tstamp.h"
#include "sync/sign.h"

static char user[] = "me", secret[] =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1"
    "Njc4OTo7PD0+Pw==";

/* RFC 4231, sections 4.3 and 4.7: a short key, and one longer than a block. */
static void
test_hmac(void **state)
{
	char key[131], hex[2 * SHA256_LEN + 1] = {0};
	uint8_t sum[SHA256_LEN];

	(void)state;
	hmac_sha256(slice_str("Jefe"), slice_str("what do ya want for "
	    "nothing?"), sum);
	hex_encode(sum, sizeof(sum), hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d27"
	    "39839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256((struct slice){key, sizeof(key)}, slice_str("Test Using "
	    "Larger Than Block-Size Key - Hash Key First"), sum);
	hex_encode(sum, sizeof(sum), hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728"
	    "c5140546040f0ee37f54");
}

static void
test_azure(void **state)
{
	static const struct {
		const char *method, *url, *line, *body, *signature;
	} rows[] = {
		/* "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015
		 * 23:39:12 GMT\nx-ms-version:2021-12-02\n/me/feed\ncomp:list\n
		 * prefix:a/b c\nrestype:container": parameters by their names,
		 * these in lower case, the values decoded */
		{"GET", "https://me.blob.core.windows.net/feed?restype="
		    "container&Comp=list&prefix=a%2Fb%20c", NULL, "",
		    "4gxdtWppU7TGJXU7++qRgdDIzGXrpU/DVkfZ7yv5BQw="},
		/* "GET\n\n\n\n\n\n\n\n\n\"0x8D\"\n\n\nx-ms-date:Fri, 26 Jun
		 * 2015 23:39:12 GMT\nx-ms-version:2021-12-02\n/me/feed/x.json":
		 * a header that goes out is in it */
		{"GET", "https://me.blob.core.windows.net/feed/x.json",
		    "If-None-Match: \"0x8D\"", "",
		    "OyeP4yNYpJMVh0ZGMhkg19QnvZ7eDVI6ZcvTz2Ptbpg="},
		/* "POST\n\n\n3\n\napplication/json\n\n\n\n\n\n\nx-ms-date:Fri,
		 * 26 Jun 2015 23:39:12 GMT\nx-ms-version:2021-12-02\n/me/\n
		 * x:1,2": no path, a length, a parameter with two values */
		{"POST", "https://me.blob.core.windows.net?x=2&x=1",
		    "Content-Type: application/json", "abc",
		    "qdpXO5MaDDpBHBptxaV9GyCo8OrZhWb71MrypmwLZWI="},
	};
	const struct job job = {.auth = AUTH_SIGN_AZURE, .user = user,
	    .password = secret};
	char want[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct sign_request r = {rows[i].method,
		    slice_str(rows[i].url), slice_str(rows[i].body),
		    INT64_C(1435361952) * TSTAMP_SECOND};
		struct buf out;
		const char *p;
		size_t before;

		buf_init(&out, 4096);
		if (rows[i].line != NULL)
			buf_add(&out, rows[i].line, strlen(rows[i].line) + 1);
		before = out.n;
		assert_int_equal(sign_lines(&job, &r, &out), 0);
		p = out.p + before;
		assert_string_equal(p, "x-ms-date: Fri, 26 Jun 2015 23:39:12 "
		    "GMT");
		p += strlen(p) + 1;
		assert_string_equal(p, "x-ms-version: 2021-12-02");
		p += strlen(p) + 1;
		snprintf(want, sizeof(want), "Authorization: SharedKey me:%s",
		    rows[i].signature);
		assert_string_equal(p, want);
		assert_ptr_equal(p + strlen(p) + 1, out.p + out.n);
		buf_free(&out);
	}
}

/* What is no key is said before anything is asked, and is not quoted. */
static void
test_keys_of_azure(void **state)
{
	static const char *const bad[] = {"", "no key*", "QUJDR", "QQ==QQ=="};
	struct job job = {.auth = AUTH_SIGN_AZURE, .user = user,
	    .password = secret};

	(void)state;
	assert_int_equal(sign_check(&job, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = ERR_INIT;

		job.password = (char *)(uintptr_t)bad[i];
		assert_int_equal(sign_check(&job, &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		assert_true(bad[i][0] == '\0' ||
		    strstr(e.text, bad[i]) == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_azure),
		cmocka_unit_test(test_keys_of_azure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
