/* SPDX-License-Identifier: BSD-2-Clause */
/* base64.c: the vectors of RFC 4648 section 10, and what is no base64. */
#include "unit.h"

#include "base/base64.h"
#include "base/cc.h"
#include "base/limits.h"

#define ALL (BASE64_STANDARD | BASE64_URL | BASE64_UNPADDED | BASE64_SPACES)

static const struct {
	const char *plain, *code;
} vectors[] = {
	{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
	{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
};

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct slice code = slice_str(vectors[i].code);
		char out[16];
		struct buf b;
		size_t n;

		buf_init(&b, KIB(1));
		base64_encode(slice_str(vectors[i].plain), BASE64_STANDARD,
		    &b);
		ROW_CHECK(slice_eq(buf_view(&b), code), "%s",
		    vectors[i].plain);
		ROW_CHECK(base64_decode(code, BASE64_STANDARD, out, &n) == 0 &&
		    slice_eq((struct slice){out, n},
		    slice_str(vectors[i].plain)), "%s", vectors[i].code);
		assert_true(n <= BASE64_BYTES(code.n));
		/* The same without its padding, where that may be missing. */
		buf_reset(&b);
		base64_encode(slice_str(vectors[i].plain), BASE64_URL |
		    BASE64_UNPADDED, &b);
		code.n = strcspn(code.p, "=");
		ROW_CHECK(slice_eq(buf_view(&b), code), "%s",
		    vectors[i].plain);
		ROW_CHECK(base64_decode(code, BASE64_URL | BASE64_UNPADDED,
		    out, &n) == 0 && slice_eq((struct slice){out, n},
		    slice_str(vectors[i].plain)), "%s", vectors[i].code);
		assert_true(n <= BASE64_BYTES(code.n));
		buf_free(&b);
	}
}

/* Every byte in every place, both alphabets. */
static void
test_all_bytes(void **state)
{
	static const unsigned options[] = {BASE64_STANDARD, BASE64_URL, ALL,
	    BASE64_STANDARD | BASE64_URL};
	unsigned char in[3 * 256], out[3 * 256];
	struct buf b;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t k = 0; k < ARRAY_LEN(options); k++) {
		for (size_t len = sizeof(in) - 3; len <= sizeof(in); len++) {
			buf_init(&b, KIB(4));
			base64_encode((struct slice){(char *)in, len},
			    options[k], &b);
			assert_true(buf_ok(&b));
			assert_int_equal(base64_decode(buf_view(&b),
			    options[k], out, &n), 0);
			assert_int_equal(n, len);
			assert_memory_equal(in, out, len);
			buf_free(&b);
		}
	}
}

static const struct {
	const char *code;
	unsigned options;
	const char *plain; /* NULL: it is refused */
} rows[] = {
	/* alphabets */
	{"Pz8/", BASE64_STANDARD, "???"}, {"Pz8_", BASE64_STANDARD, NULL},
	{"Pz8/", BASE64_URL, NULL}, {"Pz8_", BASE64_URL, "???"},
	{"Pj4+", BASE64_STANDARD, ">>>"}, {"Pj4-", BASE64_STANDARD, NULL},
	{"Pj4+", BASE64_URL, NULL}, {"Pj4-", BASE64_URL, ">>>"},
	{"Pz8/Pz8_", BASE64_STANDARD | BASE64_URL, "??????"},
	/* bytes of none */
	{"Zm9*", ALL, NULL}, {"Zm9\x80", ALL, NULL}, {"*", ALL, NULL},
	{"Zm9v.", ALL, NULL}, {"Zm9\vv", ALL, NULL}, {"@[`{", ALL, NULL},
	/* padding: as much as is missing, at the end */
	{"Zg", BASE64_STANDARD, NULL}, {"Zg=", BASE64_STANDARD, NULL},
	{"Zm8", BASE64_STANDARD, NULL},
	{"Zg", ALL, "f"}, {"Zg=", ALL, "f"}, {"Zg==", ALL, "f"},
	{"Zm8", ALL, "fo"}, {"Zm8=", ALL, "fo"},
	{"Zg===", ALL, NULL}, {"Zm8==", ALL, NULL}, {"Zm9v=", ALL, NULL},
	{"=", ALL, NULL}, {"==", ALL, NULL}, {"====", ALL, NULL},
	{"Z=", ALL, NULL}, {"Z===", ALL, NULL},
	{"Zg==Zg==", ALL, NULL}, {"Zm8=v", ALL, NULL}, {"Z=g=", ALL, NULL},
	/* a digit alone */
	{"Z", ALL, NULL}, {"Zm9vY", ALL, NULL}, {"Zm9vY===", ALL, NULL},
	/* bits left over */
	{"Zh==", BASE64_STANDARD, "f"}, {"Zm9=", BASE64_STANDARD, "fo"},
	/* white space */
	{"Zm9v\n", BASE64_STANDARD, NULL}, {" Zm9v", BASE64_STANDARD, NULL},
	{" Z m\t9\r\nv ", ALL, "foo"}, {"Zg==\r\n", ALL, "f"},
	{"Zg = = ", ALL, "f"}, {" ", ALL, ""}, {" ", BASE64_STANDARD, NULL},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice code = slice_str(rows[i].code);
		char out[16];
		size_t n = 0, looked = 0;
		int rc = base64_decode(code, rows[i].options, out, &n);

		ROW_CHECK((rc == 0) == (rows[i].plain != NULL), "'%s'",
		    rows[i].code);
		ROW_CHECK(base64_decode(code, rows[i].options, NULL,
		    &looked) == rc, "'%s'", rows[i].code);
		if (rc != 0)
			continue;
		ROW_CHECK(looked == n && n <= BASE64_BYTES(code.n) &&
		    slice_eq((struct slice){out, n},
		    slice_str(rows[i].plain)), "'%s'", rows[i].code);
	}
	/* A NUL is a byte like others. */
	for (size_t n = 0; n < 4; n++) {
		char code[] = "Zm9v", out[3];
		size_t got;

		code[n] = '\0';
		assert_int_equal(base64_decode((struct slice){code, 4}, ALL,
		    out, &got), -1);
	}
}

/* What does not fit into the buffer is an error of the buffer. */
static void
test_full(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 7);
	base64_encode(SLICE("foobar"), BASE64_STANDARD, &b);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
