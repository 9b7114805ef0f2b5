/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of JSON: where they are cut, what paths lead to, what is filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/cut.h"
#include "stix/tree.h"
#include "sync/json_path.h"
#include "sync/sign.h"
#include "sync/template.h"

/* --- the cutter --------------------------------------------------------- */

static int
on_record(void *ctx, struct slice record, struct slice name, uint64_t offset)
{
	struct buf *out = ctx;

	if (name.p != NULL)
		buf_printf(out, "%.*s:", SLICE_ARG(name));
	buf_slice(out, record);
	buf_printf(out, "@%u|", (unsigned)offset);
	return 0;
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct buf *out = ctx;

	(void)head;
	buf_printf(out, "%s@%u|", reason, (unsigned)offset);
	return 0;
}

static int
on_document(void *ctx, struct slice skeleton, bool found)
{
	struct buf *out = ctx;

	buf_printf(out, "%s", found ? "" : "!");
	buf_slice(out, skeleton);
	buf_char(out, ';');
	return 0;
}

static const struct cut_ops ops = {on_record, on_bad, on_document};

/* What comes out when the text arrives in two pieces. */
static void
cut_text(const struct cut_where *w, struct slice text, size_t at,
    struct buf *out)
{
	struct cut *c = cut_new(w, &ops, out);
	struct err e = ERR_INIT;

	assert_non_null(c);
	buf_reset(out);
	/* each piece in memory of its own, so that a read behind it shows */
	for (int i = 0; i < 2 && e.code == ERR_NONE; i++) {
		size_t from = i == 0 ? 0 : at, n = i == 0 ? at : text.n - at;
		char *piece = malloc(n + 1);

		memcpy(piece, text.p + from, n);
		if (cut_feed(c, piece, n, &e) != 0)
			assert_int_not_equal(e.code, ERR_NONE);
		free(piece);
	}
	if (e.code == ERR_NONE && cut_finish(c, &e) != 0)
		assert_int_not_equal(e.code, ERR_NONE);
	if (e.code != ERR_NONE)
		buf_printf(out, "E:%s", e.text);
	cut_free(c);
}

static void
test_cut(void **state)
{
	static const struct slice ab[] = {{"a", 1}, {"b", 1}};
	static const struct {
		unsigned n;
		enum cut_kind kind;
		const char *text, *out;
	} rows[] = {
		{0, CUT_AUTO, "[1, {\"a\":[]},\"]\"]",
		    "1@1|{\"a\":[]}@4|\"]\"@13|;"},
		{0, CUT_AUTO, "{\"x\":1}\n{\"y\":2} [3]",
		    "{\"x\":1}@0|;{\"y\":2}@8|;3@17|;"},
		{0, CUT_AUTO, "\xef\xbb\xbf[]", ";"},
		{0, CUT_EACH, "{}", "E:offset 0: '{' (0x7b) where the array of"
		    " the records should be"},
		{0, CUT_MAP, "{\"k\\\"1\":1, \"k2\":{}}",
		    "k\\\"1:1@8|k2:{}@16|;"},
		{0, CUT_MAP, "{}", ";"},
		{0, CUT_MAP, "{\"a\" 1}", "E:offset 5: '1' (0x31) where ':' "
		    "should be"},
		{0, CUT_MAP, "{\"a\":1,}", "a:1@5|E:offset 7: '}' (0x7d) where"
		    " a name should be"},
		{1, CUT_AUTO, "{\"x\":\"a\",\"a\":[1,2],\"y\":[3]}",
		    "1@14|2@16|{\"x\":\"a\",\"a\":[],\"y\":[3]};"},
		{1, CUT_AUTO, "{\"\\u0061\":[1]}", "1@11|{\"\\u0061\":[]};"},
		{1, CUT_AUTO, "{\"x\":{\"a\":[1]},\"a\":[2]}",
		    "2@20|{\"x\":{\"a\":[1]},\"a\":[]};"},
		{1, CUT_AUTO, "{\"a\":{\"z\":1},\"t\":2}",
		    "{\"z\":1}@5|{\"a\":{},\"t\":2};"},
		{1, CUT_AUTO, "{\"a\":null}", "{\"a\":null};"},
		{1, CUT_AUTO, "{\"b\":[1]}", "!{\"b\":[1]};"},
		{1, CUT_AUTO, "{\"a\":\"x\"}", "E:offset 5: '\"' (0x22) in the"
		    " place of the records"},
		{1, CUT_AUTO, "[]", "E:offset 0: an array where an object with"
		    " the member 'a' should be"},
		{1, CUT_MAP, "{\"a\":{\"k\":[1]}}", "k:[1]@10|{\"a\":{}};"},
		{1, CUT_MAP, "{\"a\":[1]}", "E:offset 5: the member 'a' is an "
		    "array where an object should be"},
		{2, CUT_EACH, "{\"b\":[9],\"a\":{\"a\":[8],\"b\":[1]},\"c\":0}",
		    "1@27|{\"b\":[9],\"a\":{\"a\":[8],\"b\":[]},\"c\":0};"},
		{2, CUT_EACH, "{\"a\":[{\"b\":[1]}]}",
		    "!{\"a\":[{\"b\":[1]}]};"},
		{2, CUT_EACH, "{\"a\":{\"b\":[1,2]", "1@11|2@13|E:truncated "
		    "after 15 bytes, behind 2 records"},
		{2, CUT_EACH, "{\"a\":{\"b\":[1 2]}}", "1@11|E:offset 13: '2' "
		    "(0x32) where ',' or ']' should be"},
		{0, CUT_AUTO, "", "E:no JSON in 0 bytes of input"},
		{0, CUT_AUTO, "<html>", "E:offset 0: '<' (0x3c) where a JSON "
		    "object or array should be"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, MIB(1));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cut_where w = {ab, rows[i].n, rows[i].kind};
		struct slice text = slice_str(rows[i].text);

		for (size_t at = 0; at <= text.n; at++) {
			cut_text(&w, text, at, &out);
			if (strcmp(out.p, rows[i].out) != 0)
				fail_msg("%s cut at %zu gave %s", text.p, at,
				    out.p);
		}
	}
	buf_free(&out);
}

static void
test_cut_limits(void **state)
{
	static const struct slice a[] = {{"a", 1}};
	const struct cut_where bare = {a, 0, CUT_AUTO}, in = {a, 1, CUT_AUTO};
	size_t n = LIMIT_OBJECT + 10;
	char *text = malloc(n + 16);
	struct buf out;

	(void)state;
	buf_init(&out, MIB(1));
	memset(text, ' ', n);
	text[0] = '[';
	text[1] = '{';
	memcpy(text + n - 8, "},{},1]", 8);
	cut_text(&bare, (struct slice){text, n - 1}, 77, &out);
	assert_string_equal(out.p, "too-large@1|{}@8388612|1@8388615|;");
	memset(text, '[', 200);
	memset(text + 200, ']', 200);
	cut_text(&bare, (struct slice){text, 400}, 250, &out);
	assert_string_equal(out.p, "too-deep@1|;");
	memcpy(text, "{\"a\":[1],\"b\":\"", 14);
	memset(text + 14, 'x', LIMIT_SKELETON);
	cut_text(&in, (struct slice){text, LIMIT_SKELETON + 14}, 9, &out);
	assert_non_null(strstr(out.p, "bytes around the records"));
	free(text);
	buf_free(&out);
}

/* --- trees and paths ---------------------------------------------------- */

static const char document[] =
    "{\"a\":{\"b\":[1,2.50,\"x\\u0041\",true,null,[9],{\"c\":3}],\"d\":null},"
    "\"m\":{\"k1\":{\"v\":\"one\"},\"k2\":{\"v\":\"two\"}},"
    "\"l\":[{\"t\":\"u\",\"v\":\"p\"},{\"t\":\"w\",\"v\":\"q\"},{\"v\":\"r\"}],"
    "\"x.y\":{\"\\\"\":7}}";

static void
test_paths(void **state)
{
	static const struct {
		const char *path, *texts;
	} rows[] = {
		{"a.b", "1|2.50|xA|true|9"}, {"a.b[*]", "1|2.50|xA|true|9"},
		{"a.b[]", "1|2.50|xA|true|9"}, {"a.b[1]", "2.50"},
		{"a.b[5]", "9"}, {"a.b[6].c", "3"}, {"a.b[7]", ""},
		{"a.d", ""}, {"a", ""}, {"none.of.it", ""}, {"m.*.v", "one|two"},
		{"m.@keys", "k1|k2"}, {"l[*].v", "p|q|r"}, {"l.v", ""},
		{"l[t=w].v", "q"}, {"l[t!=w].v", "p|r"}, {"l[t=].v", ""},
		{"\"x.y\".\"\\\"\"", "7"}, {"*.*.v", "one|two"}, {".", ""},
		{"^a", ""}, {"@key", ""},
	};
	struct json_path p;
	struct arena a;
	struct tree t;
	struct err e = ERR_INIT;
	const struct json_place at = {&t, 0, SLICE_NONE, NULL};

	(void)state;
	arena_init(&a, MIB(1));
	tree_init(&t);
	assert_int_equal(tree_read(&t, &a, slice_str(document), &e), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice texts[8];
		char got[128] = "";
		size_t n;

		if (json_path_parse(slice_str(rows[i].path), &a, &p, &e) != 0)
			fail_msg("%s", e.text);
		n = json_path_get(&p, &at, texts, 8);
		for (size_t k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s%.*s", k > 0 ? "|" : "", SLICE_ARG(texts[k]));
		if (strcmp(got, rows[i].texts) != 0)
			fail_msg("%s gave %s", rows[i].path, got);
	}
	tree_free(&t);
	arena_free(&a);
}

static void
test_bad_paths(void **state)
{
	static const char *const rows[] = {"", "a.", "a..b", "a[", "a[*", "a[b]",
	    "a[b=c", "\"a", "a]b[0]x", "@x", "a.@keys.b", "a[99999999999]",
	    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "$.data[*]", "$[*].a"};
	struct json_path p;
	struct arena a;

	(void)state;
	arena_init(&a, MIB(1));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		if (json_path_parse(slice_str(rows[i]), &a, &p, &e) == 0)
			fail_msg("'%s' is a path", rows[i]);
		assert_int_equal(e.code, ERR_CONFIG);
		/* that of others, in our own */
		assert_true(rows[i][0] != '$' ||
		    strstr(e.text, "without '$': ") != NULL);
	}
	assert_int_equal(json_path_parse(SLICE("\"$\".a"), &a, &p, NULL), 0);
	arena_free(&a);
}

/* Those that are well written, and can never match where they stand. */
static void
test_paths_that_never_match(void **state)
{
	static const struct {
		const char *path;
		bool records, document; /* may lead there */
	} rows[] = {
		{"a.b", true, true}, {"a[*]", true, true}, {".", true, true},
		{"a.*", true, true}, {"a.@keys", false, true},
		{"@keys", false, true}, {"@key", false, false},
		{"^a", false, false}, {"^@key", false, false},
		{"^^.a[0]", false, false}, {"\"@keys\"", true, true},
		{"\"^a\"", true, true},
	};
	struct json_path p;
	struct arena a;
	size_t i;

	(void)state;
	arena_init(&a, MIB(1));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice text = slice_str(rows[i].path);
		struct err e = ERR_INIT;

		assert_int_equal(json_path_parse(text, &a, &p, &e), 0);
		assert_int_equal(json_path_check(&p, text, JSON_PATH_FIELD,
		    &e), 0);
		if ((json_path_check(&p, text, JSON_PATH_DOCUMENT, &e) == 0) !=
		    rows[i].document)
			fail_msg("'%s' of a document", rows[i].path);
		if ((json_path_check(&p, text, JSON_PATH_RECORDS, &e) == 0) !=
		    rows[i].records)
			fail_msg("'%s' to records", rows[i].path);
		if (!rows[i].records)
			assert_int_equal(e.code, ERR_CONFIG);
	}
	arena_free(&a);
}

/* Nested records: what they lie in is still at hand. */
static int
take_nested(void *ctx, const struct json_place *at)
{
	struct json_path up, key, upkey, self;
	struct buf *out = ctx;
	struct arena a;

	arena_init(&a, MIB(1));
	assert_int_equal(json_path_parse(SLICE("^n"), &a, &up, NULL), 0);
	assert_int_equal(json_path_parse(SLICE("@key"), &a, &key, NULL), 0);
	assert_int_equal(json_path_parse(SLICE("^@key"), &a, &upkey, NULL), 0);
	assert_int_equal(json_path_parse(SLICE("."), &a, &self, NULL), 0);
	buf_printf(out, "%.*s,%.*s,%.*s,%.*s;",
	    SLICE_ARG(json_path_text(&self, at)),
	    SLICE_ARG(json_path_text(&up, at)),
	    SLICE_ARG(json_path_text(&key, at)),
	    SLICE_ARG(json_path_text(&upkey, at)));
	arena_free(&a);
	return 0;
}

static void
test_nested(void **state)
{
	static const struct {
		const char *path, *text, *out;
	} rows[] = {
		{"r[*].i[*]", "{\"r\":[{\"n\":\"A\",\"i\":[1,2]},{\"i\":[3]}]}",
		    "1,A,,;2,A,,;3,,,;"},
		{"*.*", "{\"h\":{\"n\":5,\"c\":6}}", "5,5,n,h;6,5,c,h;"},
		{"*[*]", "{\"7\":[1],\"8\":[2,3]}", "1,,7,;2,,8,;3,,8,;"},
		{"r[*].i", "{\"r\":[{\"n\":1,\"i\":[4]}]}", "4,1,,;"},
	};
	struct json_path p;
	struct arena a;
	struct tree t;
	struct buf out;
	const struct json_place at = {&t, 0, SLICE_NONE, NULL};

	(void)state;
	arena_init(&a, MIB(1));
	tree_init(&t);
	buf_init(&out, MIB(1));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		assert_int_equal(tree_read(&t, &a, slice_str(rows[i].text),
		    NULL), 0);
		assert_int_equal(json_path_parse(slice_str(rows[i].path), &a,
		    &p, NULL), 0);
		assert_int_equal(json_path_walk(&p, 0, &at, take_nested,
		    &out), 0);
		assert_string_equal(out.p, rows[i].out);
	}
	buf_free(&out);
	tree_free(&t);
	arena_free(&a);
}

static void
test_bad_trees(void **state)
{
	static const char *const rows[] = {"", "{", "[1,]", "{\"a\":1,\"a\":2}",
	    "\"\xff\"", "01", "nul", "1 2", "{\"a\"}"};
	struct arena a;
	struct tree t;

	(void)state;
	arena_init(&a, MIB(1));
	tree_init(&t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		if (tree_read(&t, &a, slice_str(rows[i]), &e) == 0)
			fail_msg("'%s' was read", rows[i]);
		assert_int_equal(e.code, ERR_SYNTAX);
		assert_int_equal(t.n, 0);
	}
	tree_free(&t);
	arena_free(&a);
}

/* --- requests ----------------------------------------------------------- */

static void
test_templates(void **state)
{
	static const struct {
		const char *text;
		enum template_escape how;
		const char *out;
		bool empty;
	} rows[] = {
		{"/x?c={cursor}", TEMPLATE_URL, "/x?c=a%26%22b", false},
		{"{\"c\":\"{cursor}\"}", TEMPLATE_JSON,
		    "{\"c\":\"a&\\\"b\"}", false},
		{"{cursor}", TEMPLATE_PLAIN, "a&\"b", false},
		{"{mark}", TEMPLATE_URL, "", true},
		{"{mark}{page}", TEMPLATE_URL, "12", false},
		{"{since}", TEMPLATE_PLAIN, "2026-01-02T03:04:05Z", false},
		{"{since:epoch}", TEMPLATE_PLAIN, "1767323045", false},
		{"{since-1d:%Y%m%d}", TEMPLATE_PLAIN, "20260101", false},
		{"{since+2h:epoch-ms}", TEMPLATE_PLAIN, "1767330245000", false},
		{"{bucket}", TEMPLATE_PLAIN, "", true},
		{"a>={since:%H:%M}", TEMPLATE_PARAM, "a%3E%3D03%3A04", false},
		{"{ id }{\"x\":{}}", TEMPLATE_PLAIN, "{ id }{\"x\":{}}",
		    false},
		{"no places", TEMPLATE_URL, "no places", false},
		{"{key}", TEMPLATE_URL, "{key}", false},
		{"{key:raw}", TEMPLATE_PARAM, "{key:raw}", false},
		{"{secret:a-b}&{cursor}", TEMPLATE_PARAM,
		    "{secret:a-b}%26a%26%22b", false},
		{"{limit", TEMPLATE_URL, "{limit", false},
	};
	const struct template_values v = {.cursor = SLICE("a&\"b"),
	    .counted = true, .number = 12, .limit = 50,
	    .since = INT64_C(1767323045) * TSTAMP_SECOND,
	    .now = TSTAMP_NONE, .bucket = TSTAMP_NONE};
	struct buf out;

	(void)state;
	buf_init(&out, MIB(1));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool empty;

		buf_reset(&out);
		buf_str(&out, "");
		assert_int_equal(template_fill(slice_str(rows[i].text), &v,
		    rows[i].how, &out, &empty), 0);
		if (strcmp(out.p, rows[i].out) != 0 || empty != rows[i].empty)
			fail_msg("%s gave %s", rows[i].text, out.p);
	}
	buf_reset(&out);
	buf_free(&out);
}

/* Of those that are known; what is not stays, and what is filled in is not looked
 * through again. */
static void
test_secrets_in_templates(void **state)
{
	char *named[] = {"id=x/y", "a-B_9=q\"{key}", "id2=no"};
	const struct template_secrets all = {SLICE("k&{secret:id}"), named, 3};
	const struct template_secrets nameless = {SLICE_NONE, named, 2};
	const struct {
		const char *text;
		const struct template_secrets *s;
		enum template_escape how;
		const char *out;
	} rows[] = {
		{"a{key}/{key}b", &all, TEMPLATE_URL,
		    "ak%26%7Bsecret%3Aid%7D/k%26%7Bsecret%3Aid%7Db"},
		{"{key}", &all, TEMPLATE_PLAIN, "k&{secret:id}"},
		{"?{key:raw}&{key}{keys}{key:ra", &all, TEMPLATE_URL,
		    "?k&{secret:id}&k%26%7Bsecret%3Aid%7D{keys}{key:ra"},
		{"{key}/{secret:id}", &nameless, TEMPLATE_URL, "{key}/x%2Fy"},
		{"{secret:id}{secret:id2}{secret:i}{secret:}", &all,
		    TEMPLATE_PLAIN, "x/yno{secret:i}{secret:}"},
		{"[{secret:a-B_9}]", &all, TEMPLATE_JSON, "[q\\\"{key}]"},
		{"[{secret:id}", &all, TEMPLATE_PARAM, "%5Bx%2Fy"},
		{"{secret:id", &all, TEMPLATE_PLAIN, "{secret:id"},
		{"{{secret:id}}", &all, TEMPLATE_PLAIN, "{x/y}"},
		{"", &all, TEMPLATE_PLAIN, ""},
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&out, KIB(1));
		assert_int_equal(template_secrets(slice_str(rows[i].text),
		    rows[i].s, rows[i].how, &out), 0);
		if (strcmp(out.p, rows[i].out) != 0)
			fail_msg("%s gave %s", rows[i].text, out.p);
		buf_free(&out);
	}
	/* All of it or an error. */
	buf_init(&out, 4);
	assert_int_equal(template_secrets(SLICE("{secret:id}"), &all,
	    TEMPLATE_PLAIN, &out), 0);
	assert_int_equal(template_secrets(SLICE("{secret:id}"), &all,
	    TEMPLATE_PLAIN, &out), -1);
	buf_free(&out);
}

static void
test_names_of_secrets(void **state)
{
	static const struct {
		const char *text;
		int good, bad;
	} rows[] = {
		{"{secret:a}{secret:b-C_1}", 2, 0}, {"{key}{ secret:a}", 0, 0},
		{"{secret:a b}", 0, 1}, {"{secret:}", 0, 1},
		{"x{secret:a", 0, 1}, {"{secret:a{secret:b}", 0, 1},
		{"{secret:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaa}", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice text = slice_str(rows[i].text), name;
		int good = 0, bad = 0;

		while (template_next_secret(&text, &name)) {
			good += template_is_name(name);
			bad += !template_is_name(name);
		}
		assert_int_equal(good, rows[i].good);
		assert_int_equal(bad, rows[i].bad);
	}
}

static void
test_bad_templates(void **state)
{
	static const char *const rows[] = {"{curser}", "{cursor-1d}",
	    "{now-}", "{now-5x}", "{now:}", "{x:1}", "{key:}", "{key:hex}",
	    "{secret}", "{secret:}", "{secret:a b}", "{secret-1d}",
	    "{secret:a:b}"};
	unsigned places = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(template_check(slice_str(rows[i]), &places,
		    &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
	}
	assert_int_equal(places, 0);
	assert_int_equal(template_check(SLICE("{cursor}{now-1d}{ x }"),
	    &places, NULL), 0);
	assert_int_equal(places, TEMPLATE_BIT(TEMPLATE_CURSOR) |
	    TEMPLATE_BIT(TEMPLATE_NOW));
}

/* --- signatures --------------------------------------------------------- */

static void
hex_of(const uint8_t sum[SHA256_LEN], char out[2 * SHA256_LEN + 1])
{
	memset(out, 0, 2 * SHA256_LEN + 1);
	hex_encode(sum, SHA256_LEN, out);
}

/* RFC 4231, cases 1, 2 and 6. */
static void
test_hmac(void **state)
{
	char key1[20], key6[131], hex[2 * SHA256_LEN + 1];
	uint8_t sum[SHA256_LEN];

	(void)state;
	memset(key1, 0x0b, sizeof(key1));
	memset(key6, 0xaa, sizeof(key6));
	hmac_sha256((struct slice){key1, 20}, SLICE("Hi There"), sum);
	hex_of(sum, hex);
	assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(SLICE("Jefe"), SLICE("what do ya want for nothing?"), sum);
	hex_of(sum, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	hmac_sha256((struct slice){key6, 131}, SLICE("Test Using Larger Than "
	    "Block-Size Key - Hash Key First"), sum);
	hex_of(sum, hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_limits),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_bad_paths),
		cmocka_unit_test(test_paths_that_never_match),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_bad_trees),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_bad_templates),
		cmocka_unit_test(test_secrets_in_templates),
		cmocka_unit_test(test_names_of_secrets),
		cmocka_unit_test(test_hmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
