/* SPDX-License-Identifier: BSD-2-Clause */
/* A document inside of JSON, and the digest in a file beside one. */
#include "unit.h"

#include "base/hex.h"
#include "sync/doc_before.h"
#include "sync/unwrap.h"

struct got {
	char text[4096];
	size_t n;
};

static int
take(void *ctx, const char *p, size_t n, struct err *e)
{
	struct got *g = ctx;

	(void)e;
	assert_true(n > 0 && g->n + n < sizeof(g->text));
	memcpy(g->text + g->n, p, n);
	g->n += n;
	g->text[g->n] = '\0';
	return 0;
}

/* 0 and the text, or -1 and the error's. */
static int
unwrap(const char *path, bool plain, const char *json, size_t step,
    struct got *g, struct err *e)
{
	size_t n = strlen(json);
	struct unwrap u;
	int rc = 0;

	*g = (struct got){.n = 0};
	*e = (struct err)ERR_INIT;
	assert_int_equal(unwrap_init(&u, path, plain, e), 0);
	for (size_t i = 0; rc == 0 && i < n; i += step)
		rc = unwrap_bytes(&u, json + i, n - i < step ? n - i : step,
		    take, g, e);
	if (rc == 0)
		rc = unwrap_end(&u, take, g, e);
	unwrap_free(&u);
	return rc;
}

static const struct {
	const char *path, *json;
	bool plain;
	const char *text; /* NULL: it fails … */
	const char *says; /* … and says so */
} rows[] = {
	{"a", "{\"a\":\"QUJD\"}", false, "ABC", NULL},
	{"a", " {\"a\" : \"QUI=\" } ", false, "AB", NULL},
	{"a", "{\"a\":\"QQ==\"}", false, "A", NULL},
	{"a", "{\"a\":\"Q\\nU J\\r\\nD\"}", false, "ABC", NULL},
	{"a", "{\"a\":\"\\u0051UJD\"}", false, "ABC", NULL},
	{"a", "{\"a\":\"Pz8\\/\"}", false, "???", NULL},
	{"a", "{\"a\":\"Pz8_\"}", false, "???", NULL},
	{"a", "{\"a\":\"\"}", false, "", NULL},
	{"a.b", "{\"b\":\"x\",\"a\":{\"c\":1,\"b\":\"QUJD\"},\"b\":2}", false,
	    "ABC", NULL},
	{"a.b", "{\"x\":{\"a\":{\"b\":\"x\"}},\"a\":{\"b\":\"QUJD\"}}", false,
	    "ABC", NULL},
	{"a.b", "{\"y\":[{\"a\":{\"b\":\"?\"}},\"a\"],\"a\":{\"b\":\"QUJD\"}}",
	    false, "ABC", NULL},
	{"a", "{\"x\":\"a\",\"y\":\"\\\"a\\\":\",\"a\":\"QUJD\"}", false,
	    "ABC", NULL},
	{"\"a.b\"", "{\"a.b\":\"QUJD\"}", false, "ABC", NULL},
	{"a", "{\"\\u0061\":\"QUJD\"}", false, "ABC", NULL},
	{"a", "{\"a\":\"x\\u00e4\\ud83d\\ude00\\t\\\"\"}", true,
	    "x\xc3\xa4\xf0\x9f\x98\x80\t\"", NULL},
	{"a", "{\"b\":1}", false, NULL, "without a text at 'a'"},
	{"a", "{\"a\":null}", false, NULL, "without a text"},
	{"a", "{\"a\":[\"QUJD\"]}", false, NULL, "without a text"},
	{"a.b", "{\"a\":\"QUJD\",\"b\":\"QUJD\"}", false, NULL, "without"},
	{"a", "{\"a\":\"QUJD\",\"a\":\"QUJD\"}", false, NULL, "two texts"},
	{"a", "{\"a\":\"QUJDR\"}", false, NULL, "is cut"},
	{"a", "{\"a\":\"QQ==QQ\"}", false, NULL, "not base64"},
	{"a", "{\"a\":\"QUI==\"}", false, NULL, "not base64"},
	{"a", "{\"a\":\"QQ\"}", false, "A", NULL},
	{"a", "{\"a\":\"QQ = =\\n\"}", false, "A", NULL},
	{"a", "{\"a\":\"Q!\"}", false, NULL, "not base64"},
	{"a", "{\"a\":\"QUJD", false, NULL, "JSON that is cut"},
	{"a", "{\"a\":\"QUJD\"", false, NULL, "JSON that is cut"},
	{"a", "{\"a\":\"\\x\"}", false, NULL, "broken escape"},
	{"a", "{\"a\":\"\\u00g0\"}", false, NULL, "broken escape"},
	{"a", "a: QUJD", false, NULL, "no JSON"},
	{"a", "}", false, NULL, "no JSON"},
	{"a", "", false, NULL, "no JSON"},
};

static void
test_rows(void **state)
{
	struct got g;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t step = 1; step < 40; step += 6) {
			int rc = unwrap(rows[i].path, rows[i].plain,
			    rows[i].json, step, &g, &e);

			ROW_CHECK((rc == 0) == (rows[i].text != NULL), "%s",
			    rows[i].json);
			if (rc == 0)
				assert_string_equal(g.text, rows[i].text);
			else
				ROW_CHECK(strstr(e.text, rows[i].says) != NULL,
				    "%s: %s", rows[i].json, e.text);
		}
	}
}

/* More than fits at a time. */
static void
test_long(void **state)
{
	static char json[4000 + 32];
	struct got g;
	struct err e;
	size_t n;

	(void)state;
	n = strlen("{\"a\":\"");
	memset(json, 'Q', sizeof(json) - 1);
	memcpy(json, "{\"a\":\"", n);
	memcpy(json + n + 4000, "\"}", 3);
	assert_int_equal(unwrap("a", false, json, 7, &g, &e), 0);
	assert_int_equal(g.n, 3000);
}

static void
test_paths(void **state)
{
	static const char *const bad[] = {"a[*]", "a.*", "^a", "@key", ".",
	    "a[0].b", "a..b"};
	struct unwrap u;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = ERR_INIT;

		ROW_CHECK(unwrap_init(&u, bad[i], false, &e) != 0 &&
		    e.code == ERR_CONFIG, "%s", bad[i]);
		unwrap_free(&u);
	}
}

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define OTHER "ffffffffffffffffffffffffffffffff"

static const struct {
	const char *text, *hex; /* NULL: there is none */
} besides[] = {
	{MD5, MD5},
	{MD5 "\n", MD5},
	{"\r\n " SHA1 "  feed.gz\r\n", SHA1},
	{SHA1 " *feed.gz", SHA1},
	{"MD5 (feed.gz) = " MD5, MD5},
	{"MD5(feed.gz)= " MD5, MD5},
	{OTHER "  old-feed.gz\n" MD5 "  feed.gz\n" OTHER "  feed.gz.old\n", MD5},
	{OTHER "  ./a/other.gz\n" MD5 "  ./a/feed.gz\n", MD5},
	{OTHER "\n" MD5 "\n", OTHER},
	{"D41D8CD98F00B204E9800998ECF8427E", MD5},
	{"", NULL},
	{"no digest here, deadbeef", NULL},
	{MD5 "0", NULL},
	{"<html><body>not found</body></html>", NULL},
};

static void
test_besides(void **state)
{
	char hex[2 * SUM_MAX + 1];
	struct doc_beside b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(besides); i++) {
		int rc = beside_parse(slice_str(besides[i].text),
		    SLICE("feed.gz"), &b);

		ROW_CHECK((rc == 0) == (besides[i].hex != NULL), "%s",
		    besides[i].text);
		if (rc != 0)
			continue;
		hex_encode(b.digest, sum_length(b.kind), hex);
		hex[2 * sum_length(b.kind)] = '\0';
		assert_string_equal(hex, besides[i].hex);
	}
}

static const struct {
	const char *document, *how, *url;
} places[] = {
	{"https://a.example/b/c.gz", ".md5", "https://a.example/b/c.gz.md5"},
	{"https://a.example/b/c?x=1", ".md5", "https://a.example/b/c.md5?x=1"},
	{"https://a.example/b/c", "SHA256SUMS",
	    "https://a.example/b/SHA256SUMS"},
	{"https://a.example/b/c", "/d.md5", "https://a.example/d.md5"},
	{"https://a.example/b/c", "https://d.example/e",
	    "https://d.example/e"},
};

static void
test_places(void **state)
{
	struct buf out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		buf_init(&out, KIB(1));
		assert_int_equal(beside_url(slice_str(places[i].document),
		    places[i].how, &out, NULL), 0);
		assert_string_equal(out.p, places[i].url);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_besides),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
