/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "stix/split.h"
#include "stix_events.h"
#include "stix_random.h"

/*
 * What the splitter says, as text: "O offset:bytes", "B offset:reason:head" and
 * "D skeleton:number", with " | " between; "E code" at the end when it failed.
 */
struct log {
	struct buf text;
	int stop_at;       /* stop at this callback, counted from 1 */
	int calls;
	const char *chunk; /* object within [chunk, chunk_end): not copied */
	const char *chunk_end;
	int copied;
};

static int
called(struct log *log)
{
	return ++log->calls == log->stop_at ? 77 : 0;
}

static void
between(struct log *log)
{
	if (log->text.n != 0)
		buf_str(&log->text, " | ");
}

static int
on_object(void *ctx, struct slice text, uint64_t offset)
{
	struct log *log = ctx;

	between(log);
	buf_printf(&log->text, "O %u:", (unsigned)offset);
	if (text.n > 200)
		buf_printf(&log->text, "%zu bytes", text.n);
	else
		buf_slice(&log->text, text);
	if (text.p < log->chunk || text.p + text.n > log->chunk_end)
		log->copied++;
	return called(log);
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct log *log = ctx;

	between(log);
	buf_printf(&log->text, "B %u:%s:", (unsigned)offset, reason);
	if (head.n > 200)
		buf_printf(&log->text, "%zu bytes", head.n);
	else
		buf_slice(&log->text, head);
	return called(log);
}

static int
on_document(void *ctx, json_t *skeleton, uint64_t objects)
{
	struct log *log = ctx;
	char *text = skeleton != NULL ? json_dumps(skeleton, JSON_COMPACT) :
	    NULL;

	between(log);
	buf_printf(&log->text, "D %s:%u", text != NULL ? text : "-",
	    (unsigned)objects);
	free(text);
	return called(log);
}

static const struct split_ops ops = {on_object, on_bad, on_document};

static int
feed(struct split *s, struct log *log, const char *p, size_t n, struct err *e)
{
	char *copy = malloc(n != 0 ? n : 1);
	int rc;

	assert_non_null(copy);
	if (n != 0)
		memcpy(copy, p, n);
	log->chunk = copy;
	log->chunk_end = copy + n;
	rc = split_feed(s, copy, n, e);
	free(copy);
	return rc;
}

/* Feed `in` in chunks of `each` bytes, the first of `first`; 0 means all. */
static void
split(struct log *log, struct slice in, size_t first, size_t each)
{
	struct split *s = split_new(&ops, log);
	struct err e = ERR_INIT;
	size_t at = 0, n;
	int rc = 0;

	assert_non_null(s);
	buf_reset(&log->text);
	log->calls = log->copied = 0;
	while (at < in.n && rc == 0) {
		n = at == 0 && first != 0 ? first : each;
		if (n == 0 || n > in.n - at)
			n = in.n - at;
		rc = feed(s, log, in.p + at, n, &e);
		at += n;
	}
	if (rc == 0)
		rc = split_finish(s, &e);
	if (rc != 0) {
		between(log);
		buf_printf(&log->text, "E %s", rc == -1 ? err_name(e.code) :
		    "stopped");
	} else {
		assert_int_equal(split_bytes(s), in.n);
	}
	assert_int_equal(rc == -1, e.code != ERR_NONE);
	assert_true(buf_ok(&log->text));
	split_free(s);
}

static void
expect(struct log *log, struct slice in, const char *want, const char *how,
    size_t n)
{
	if (strcmp(buf_view(&log->text).p, want) != 0)
		fail_msg("%.*s (%s %zu):\n  %s\nis not\n  %s",
		    SLICE_ARG(in), how, n, buf_view(&log->text).p, want);
}

#define BYTES(lit) {(lit), sizeof(lit) - 1}

static const struct {
	struct slice in;
	const char *out;
} table[] = {
	/* wrappers */
	{BYTES("{\"more\":true,\"next\":\"n\",\"objects\":[{\"id\":\"a\"},"
	    "{\"b\":[{}]}]}"),
	    "O 35:{\"id\":\"a\"} | O 46:{\"b\":[{}]} | "
	    "D {\"more\":true,\"next\":\"n\",\"objects\":[]}:2"},
	{BYTES("{\"objects\":[{}],\"type\":\"bundle\",\"id\":\"x\"}"),
	    "O 12:{} | D {\"objects\":[],\"type\":\"bundle\",\"id\":\"x\"}:1"},
	{BYTES(" [ {} , { \"a\" : 1 } ] \n"),
	    "O 3:{} | O 8:{ \"a\" : 1 } | D []:2"},
	{BYTES("[]"), "D []:0"}, {BYTES("{}"), "D {}:0"},
	{BYTES("{\"objects\":[ ]}"), "D {\"objects\":[]}:0"},
	{BYTES("{\"more\":false}"), "D {\"more\":false}:0"},
	{BYTES("{\"objects\":null}"), "D {\"objects\":null}:0"},
	{BYTES("{\"objects\":{\"0\":{}}}"), "D {\"objects\":{\"0\":{}}}:0"},
	{BYTES("{\"obj\\u0065cts\":[{}]}"), "O 17:{} | D {\"objects\":[]}:1"},
	{BYTES("{\"x\":{\"objects\":[{}]},\"objects\":[{\"y\":1}]}"),
	    "O 33:{\"y\":1} | "
	    "D {\"x\":{\"objects\":[{}]},\"objects\":[]}:1"},
	{BYTES("{\"x\":\"objects\",\"y\":[{}]}"),
	    "D {\"x\":\"objects\",\"y\":[{}]}:0"},
	{BYTES("{\"type\":\"indicator\",\"objects\":[{}]}"),
	    "O 31:{} | D {\"type\":\"indicator\",\"objects\":[]}:1"},
	/* bare objects */
	{BYTES("{\"type\":\"indicator\",\"id\":\"x\"}"),
	    "O 0:{\"type\":\"indicator\",\"id\":\"x\"} | D -:1"},
	{BYTES("{\"id\":\"x\",\"ty\\u0070e\":\"\"}"),
	    "O 0:{\"id\":\"x\",\"ty\\u0070e\":\"\"} | D -:1"},
	{BYTES("{\"type\":\"bundle\"}"), "D {\"type\":\"bundle\"}:0"},
	{BYTES("{\"type\":\"\\u0062undle\"}"), "D {\"type\":\"bundle\"}:0"},
	{BYTES("{\"type\":7}"), "D {\"type\":7}:0"},
	{BYTES("{\"type\":\"observed-data\",\"objects\":{\"0\":{}}}"),
	    "O 0:{\"type\":\"observed-data\",\"objects\":{\"0\":{}}} | D -:1"},
	{BYTES("{\"x\":[1],\"type\":\"a\",\"y\":{\"type\":\"bundle\"}}"),
	    "O 0:{\"x\":[1],\"type\":\"a\",\"y\":{\"type\":\"bundle\"}} | D -:1"},
	/* one after the other */
	{BYTES("{\"type\":\"a\"}\n{\"type\":\"b\"}\n"),
	    "O 0:{\"type\":\"a\"} | D -:1 | O 13:{\"type\":\"b\"} | D -:1"},
	{BYTES("[{}]{\"objects\":[{}]}[]{\"type\":\"c\"}"),
	    "O 1:{} | D []:1 | O 16:{} | D {\"objects\":[]}:1 | D []:0 | "
	    "O 22:{\"type\":\"c\"} | D -:1"},
	/* arrays of bundles */
	{BYTES("[{\"type\":\"bundle\",\"objects\":[{\"a\":1},{}]} , "
	    "{\"objects\":[{\"b\":2}],\"type\":\"bundle\"}]"),
	    "O 29:{\"a\":1} | O 37:{} | O 56:{\"b\":2} | D []:3"},
	{BYTES("[{\"more\":true,\"objects\":[{}]},{\"a\":1}]"),
	    "O 25:{} | O 30:{\"a\":1} | D []:2"},
	{BYTES("[{\"type\":\"bundle\"},{\"type\":\"a\",\"x\":[{}]}][{}]"),
	    "O 19:{\"type\":\"a\",\"x\":[{}]} | D []:1 | O 42:{} | D []:1"},
	{BYTES("[{\"type\":\"bundle\",\"objects\":[1,[{}]]},2]"),
	    "B 29:not-an-object:1 | B 31:not-an-object:[{}] | "
	    "B 38:not-an-object:2 | D []:0"},
	{BYTES("[{\"type\":\"a\",\"objects\":{\"0\":{}}}]"),
	    "O 1:{\"type\":\"a\",\"objects\":{\"0\":{}}} | D []:1"},
	{BYTES("[{\"objects\":[{}],}]"), "O 13:{} | E syntax"},
	{BYTES("[{\"objects\":[{}]]]"), "O 13:{} | E syntax"},
	{BYTES("[{\"objects\":[{}],\"objects\":[]}]"), "O 13:{} | E syntax"},
	{BYTES("[{\"type\":\"bundle\",\"a\":}]"), "E syntax"},
	{BYTES("[{\"objects\":[{}]}"), "O 13:{} | E syntax"},
	{BYTES("[{\"a\":1]]"), "O 1:{\"a\":1] | D []:1"},
	/* byte order marks */
	{BYTES("\xef\xbb\xbf[{}]"), "O 4:{} | D []:1"},
	{BYTES("\xef\xbb[]"), "E syntax"}, {BYTES("\xef\xbb\xbf"), "E syntax"},
	{BYTES(" \xef\xbb\xbf[]"), "E syntax"},
	{BYTES("[]\xef\xbb\xbf[]"), "D []:0 | E syntax"},
	/* strings, escapes and brackets in them */
	{BYTES("[{\"a\":\"}]\\\"{\\\\\"},{\"b\":\"\\\\\\\"]\"}]"),
	    "O 1:{\"a\":\"}]\\\"{\\\\\"} | O 17:{\"b\":\"\\\\\\\"]\"} | D []:2"},
	{BYTES("{\"n\":\"]}\\\"[{\",\"objects\":[{}],\"m\":\"\\\\\"}"),
	    "O 25:{} | D {\"n\":\"]}\\\"[{\",\"objects\":[],\"m\":\"\\\\\"}:1"},
	/* what is no object */
	{BYTES("[1,{},\"a]\\\"b\",[2,{}],null,-1.5e3,true]"),
	    "B 1:not-an-object:1 | O 3:{} | B 6:not-an-object:\"a]\\\"b\" | "
	    "B 14:not-an-object:[2,{}] | B 21:not-an-object:null | "
	    "B 26:not-an-object:-1.5e3 | B 33:not-an-object:true | D []:1"},
	{BYTES("[{},1 ]"), "O 1:{} | B 4:not-an-object:1 | D []:1"},
	{BYTES("[{},tru]"), "O 1:{} | E syntax"},
	{BYTES("[{},[1,]]"), "O 1:{} | E syntax"},
	{BYTES("[\"\xff\"]"), "E syntax"},
	{BYTES("[1\0]"), "B 1:not-an-object:1 | E syntax"},
	{BYTES("[99999999999999999999]"), "E syntax"},
	{BYTES("[{\"a\":1}{}]"), "O 1:{\"a\":1} | E syntax"},
	{BYTES("[{},]"), "O 1:{} | E syntax"}, {BYTES("[,{}]"), "E syntax"},
	{BYTES("[{},,{}]"), "O 1:{} | E syntax"}, {BYTES("[}"), "E syntax"},
	{BYTES("[{}:{}]"), "O 1:{} | E syntax"},
	/* not JSON is for the scanner to say, as long as it is an object */
	{BYTES("[{x},{\"a\":[}}]"), "O 1:{x} | O 5:{\"a\":[}} | D []:2"},
	{BYTES("{\"type\":\"a\",}"), "O 0:{\"type\":\"a\",} | D -:1"},
	/* broken wrappers */
	{BYTES("{\"objects\":[{}],}"), "O 12:{} | E syntax"},
	{BYTES("{\"objects\":[{}],\"objects\":[{}]}"), "O 12:{} | E syntax"},
	{BYTES("{\"objects\":1,\"objects\":[{}]}"), "E syntax"},
	{BYTES("{\"objects\":[{}],\"a\":1,\"a\":2}"), "O 12:{} | E syntax"},
	{BYTES("{\"objects\":[{}]]"), "O 12:{} | E syntax"},
	{BYTES("{\"objects\" [{}]}"), "E syntax"},
	{BYTES("{\"objects\":[{}],\"a\":1\0}"), "O 12:{} | E syntax"},
	{BYTES("{\"objects\":[{}],\"a\":\"\xc0\x80\"}"), "O 12:{} | E syntax"},
	{BYTES("{\"a\":1e999}"), "E syntax"},
	{BYTES("{\"a\":{\"b\":1,\"b\":1}}"), "E syntax"},
	{BYTES("{\"a\":\"objects\":[{}]}"), "E syntax"},
	/* no JSON at all */
	{BYTES(""), "E syntax"}, {BYTES(" \r\n\t"), "E syntax"},
	{BYTES("<html>"), "E syntax"}, {BYTES("1"), "E syntax"},
	{BYTES("\"a\""), "E syntax"}, {BYTES("null"), "E syntax"},
	{BYTES("[]x"), "D []:0 | E syntax"}, {BYTES("[],[]"), "D []:0 | E syntax"},
	{BYTES("]"), "E syntax"}, {BYTES("\0"), "E syntax"},
	/* cut off */
	{BYTES("["), "E syntax"}, {BYTES("{"), "E syntax"},
	{BYTES("[{}"), "O 1:{} | E syntax"}, {BYTES("[{\"a\":\"}"), "E syntax"},
	{BYTES("[{},"), "O 1:{} | E syntax"}, {BYTES("[1"), "E syntax"},
	{BYTES("[\"a"), "E syntax"}, {BYTES("{\"objects\":["), "E syntax"},
	{BYTES("{\"objects\":[{}]"), "O 12:{} | E syntax"},
	{BYTES("{\"a\":\"b"), "E syntax"}, {BYTES("{\"a\":[1,2"), "E syntax"},
	{BYTES("[]{\"type\":\"a\""), "D []:0 | E syntax"}
};

static void
at_every_boundary(void **state)
{
	struct log log = {.stop_at = 0};

	(void)state;
	buf_init(&log.text, MIB(1));
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct slice in = table[i].in;

		split(&log, in, 0, 0);
		expect(&log, in, table[i].out, "whole", in.n);
		assert_int_equal(log.copied, 0);
		for (size_t n = 1; n < in.n; n++) {
			split(&log, in, n, 0);
			expect(&log, in, table[i].out, "cut at", n);
		}
		for (size_t n = 1; n < 9; n++) {
			split(&log, in, 0, n);
			expect(&log, in, table[i].out, "in chunks of", n);
		}
		if (memchr(in.p, '\0', in.n) == NULL || in.n == 1)
			assert_null(events_check(in, i + 1));
	}
	buf_free(&log.text);
}

/* A long object, brackets and escapes at every place of the 64-byte blocks. */
static void
blocks(void **state)
{
	struct log log = {.stop_at = 0};
	struct buf in, want;

	(void)state;
	buf_init(&log.text, MIB(1));
	buf_init(&in, MIB(1));
	buf_init(&want, MIB(1));
	for (int pad = 0; pad < 70; pad++) {
		for (int slashes = 0; slashes < 5; slashes++) {
			buf_reset(&in);
			buf_printf(&in, "[{\"a\":\"%*s", pad, "");
			for (int i = 0; i < slashes; i++)
				buf_str(&in, "\\\\");
			buf_str(&in, "\\\"}]\",\"b\":[[{}],\"{\"]},{}]");
			buf_reset(&want);
			buf_printf(&want, "O 1:%.*s | O %zu:{} | D []:2",
			    (int)in.n - 5, in.p + 1, in.n - 3);
			split(&log, buf_view(&in), 0, 0);
			expect(&log, buf_view(&in), want.p, "pad",
			    (size_t)pad);
			split(&log, buf_view(&in), (size_t)pad + 9, 0);
			expect(&log, buf_view(&in), want.p, "cut, pad",
			    (size_t)pad);
			split(&log, buf_view(&in), 0, 7);
			expect(&log, buf_view(&in), want.p, "7, pad",
			    (size_t)pad);
		}
	}
	buf_free(&want);
	buf_free(&in);
	buf_free(&log.text);
}

static void
put_many(struct buf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_str(b, text);
}

static void
too_large(void **state)
{
	static const size_t each[] = {0, 100000, 65536 - 1};
	struct log log = {.stop_at = 0};
	struct buf in;
	char want[512];

	(void)state;
	buf_init(&log.text, MIB(1));
	buf_init(&in, MIB(64));
	/* one of exactly the limit, one a byte longer, and one behind them */
	buf_str(&in, "[{\"a\":\"");
	put_many(&in, "0123456789abcdef", LIMIT_OBJECT / 16 - 1);
	buf_str(&in, "01234567\"}");
	assert_int_equal(in.n, LIMIT_OBJECT + 1);
	buf_str(&in, ",{\"a\":\"");
	put_many(&in, "0123456789abcdef", LIMIT_OBJECT / 16 - 1);
	buf_str(&in, "012345678\"},{}]");
	snprintf(want, sizeof(want), "O 1:%u bytes | B %u:too-large:512 bytes | "
	    "O %u:{} | D []:2", LIMIT_OBJECT, LIMIT_OBJECT + 2,
	    2 * LIMIT_OBJECT + 4);
	for (size_t i = 0; i < ARRAY_LEN(each); i++) {
		split(&log, buf_view(&in), 0, each[i]);
		expect(&log, SLICE("too large"), want, "each", each[i]);
	}
	/* a bare object, with its type behind all of it */
	buf_reset(&in);
	buf_str(&in, "{\"a\":\"");
	put_many(&in, "0123456789abcdef", LIMIT_OBJECT / 16);
	buf_str(&in, "\",\"type\":\"a\"}{\"type\":\"b\"}");
	snprintf(want, sizeof(want), "B 0:too-large:512 bytes | D -:0 | "
	    "O %u:{\"type\":\"b\"} | D -:1", LIMIT_OBJECT + 19);
	for (size_t i = 0; i < ARRAY_LEN(each); i++) {
		split(&log, buf_view(&in), 0, each[i]);
		expect(&log, SLICE("bare"), want, "each", each[i]);
	}
	buf_free(&in);
	buf_free(&log.text);
}

static void
too_deep(void **state)
{
	struct log log = {.stop_at = 0};
	struct buf in;

	(void)state;
	buf_init(&log.text, MIB(1));
	buf_init(&in, MIB(1));
	for (int extra = 0; extra < 2; extra++) {
		const char *what = extra ? "B 4:too-deep:" : "O 4:";
		char want[1024];

		buf_reset(&in);
		buf_str(&in, "[{},{\"a\":");
		put_many(&in, "[", LIMIT_DEPTH - 1 + (size_t)extra);
		put_many(&in, "]", LIMIT_DEPTH - 1 + (size_t)extra);
		buf_str(&in, "}, {}]");
		snprintf(want, sizeof(want), "O 1:{} | %s%.*s | O %zu:{} | "
		    "D []:%d", what, (int)in.n - 9, in.p + 4, in.n - 3,
		    3 - extra);
		split(&log, buf_view(&in), 0, 0);
		expect(&log, buf_view(&in), want, "deep", (size_t)extra);
		split(&log, buf_view(&in), 0, 1);
		expect(&log, buf_view(&in), want, "deep", (size_t)extra);
	}
	/* the wrapper itself, and a bare object */
	buf_reset(&in);
	buf_str(&in, "{\"a\":");
	put_many(&in, "[", LIMIT_DEPTH);
	put_many(&in, "]", LIMIT_DEPTH);
	buf_str(&in, ",\"objects\":[]}");
	split(&log, buf_view(&in), 0, 0);
	expect(&log, buf_view(&in), "E limit", "wrapper", 0);
	in.n -= 13;
	buf_str(&in, "\"type\":\"x\"}");
	split(&log, buf_view(&in), 0, 0);
	assert_true(slice_starts(buf_view(&log.text), SLICE("B 0:too-deep:")));
	buf_free(&in);
	buf_free(&log.text);
}

static void
large_skeleton(void **state)
{
	static const struct {
		const char *before, *after, *out;
		size_t n; /* bytes before `after` */
	} cases[] = {
		/* the two bytes of the object do not count */
		{"{\"objects\":[{}],\"a\":\"", "\"}", "O 12:{} | E limit",
		    LIMIT_SKELETON + 1},
		{"{\"objects\":[{}],\"a\":\"", "\"}", "O 12:{} | D ",
		    LIMIT_SKELETON},
		{"{\"a\":\"", "\"}", "E limit", LIMIT_SKELETON - 1},
		{"{\"a\":\"", "\"}", "D ", LIMIT_SKELETON - 2},
		{"{\"a\":\"", "\",\"objects\":[{}]}", "E limit",
		    LIMIT_SKELETON}
	};
	static const size_t each[] = {0, 1000, 4096};
	struct log log = {.stop_at = 0};
	struct buf in;

	(void)state;
	buf_init(&log.text, MIB(1));
	buf_init(&in, MIB(1));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_reset(&in);
		buf_str(&in, cases[i].before);
		while (in.n < cases[i].n)
			buf_char(&in, 'x');
		buf_str(&in, cases[i].after);
		for (size_t k = 0; k < ARRAY_LEN(each); k++) {
			split(&log, buf_view(&in), 0, each[k]);
			if (!slice_starts(buf_view(&log.text),
			    slice_str(cases[i].out)))
				fail_msg("case %zu, each %zu: %.100s", i,
				    each[k], log.text.p);
		}
	}
	buf_free(&in);
	buf_free(&log.text);
}

/* Every callback may stop it, at once and for good. */
static void
stopping(void **state)
{
	static const char in[] = "{\"objects\":[{},1,{}]}{\"type\":\"a\"}[{}]";
	struct log log = {.stop_at = 0};
	struct split *s = split_new(&ops, &log);
	struct err e = ERR_INIT;

	(void)state;
	assert_non_null(s);
	buf_init(&log.text, MIB(1));
	for (log.stop_at = 1; log.stop_at <= 8; log.stop_at++) {
		split_reset(s);
		err_clear(&e);
		log.calls = 0;
		assert_int_equal(feed(s, &log, in, sizeof(in) - 1, &e), 77);
		assert_int_equal(log.calls, log.stop_at);
		assert_int_equal(e.code, ERR_NONE);
		assert_int_equal(feed(s, &log, "[]", 2, &e), 77);
		assert_int_equal(log.calls, log.stop_at);
		assert_int_equal(split_finish(s, &e), -1);
	}
	/* and the next input is none the wiser */
	split_reset(s);
	log.calls = 0;
	err_clear(&e);
	assert_int_equal(feed(s, &log, in, sizeof(in) - 1, &e), 0);
	assert_int_equal(split_finish(s, &e), 0);
	assert_int_equal(split_objects(s), 4);
	assert_int_equal(split_bytes(s), sizeof(in) - 1);
	split_free(s);
	split_free(NULL);
	buf_free(&log.text);
}

static void
messages(void **state)
{
	static const struct {
		const char *in, *message;
	} cases[] = {
		{"<html>", "offset 0: '<' (0x3c) where a JSON object or array "
		    "should be"},
		{"[{}", "truncated after 3 bytes, among the objects "
		    "(1 objects read)"},
		{"[{},{\"a\":", "truncated after 9 bytes, inside object 2"},
		{"{\"a\":", "truncated after 5 bytes, inside the wrapper of "
		    "the objects (0 objects read)"},
		{"", "no JSON in 0 bytes of input"},
		{"[{}{}]", "offset 3: '{' (0x7b) where ',' or ']' should be"},
		{"[{},]", "offset 4: ']' (0x5d) where an object should be"},
		{"[] [tru]", "offset 4: offset 0: not a JSON value"},
		{"{\"objects\":[{},{}],\"more\":x}", "offset 27: invalid token "
		    "near 'x'"},
		{"{\"more\":x}", "offset 9: invalid token near 'x'"}
	};
	struct log log = {.stop_at = 0};
	struct split *s = split_new(&ops, &log);

	(void)state;
	assert_non_null(s);
	buf_init(&log.text, MIB(1));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = ERR_INIT;
		int rc;

		split_reset(s);
		rc = feed(s, &log, cases[i].in, strlen(cases[i].in), &e);
		if (rc == 0)
			rc = split_finish(s, &e);
		assert_int_equal(rc, -1);
		assert_string_equal(e.text, cases[i].message);
		assert_int_equal(split_feed(s, "[]", 2, &e), -1);
	}
	split_free(s);
	buf_free(&log.text);
}

/* Made-up documents, many of them damaged, each at random cuts. */
static void
made_up(void **state)
{
	struct random_source r = {0xfeed};
	struct buf b;
	unsigned valid = 0;

	(void)state;
	buf_init(&b, MIB(1));
	for (unsigned i = 0; i < 10000; i++) {
		const char *wrong;
		enum verdict v;
		json_t *j;

		buf_reset(&b);
		if (random_below(&r, 16) == 0)
			buf_str(&b, "\xef\xbb\xbf");
		random_document(&r, &b);
		random_damage(&r, &b);
		assert_true(buf_ok(&b));
		wrong = events_check(buf_view(&b), i + 1);
		if (wrong != NULL)
			fail_msg("%.*s: %s", (int)b.n, b.p, wrong);
		j = events_reference(buf_view(&b), &v);
		valid += j != NULL;
		json_decref(j);
	}
	buf_free(&b);
	assert_in_range(valid, 1500, 8500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_every_boundary), cmocka_unit_test(blocks),
		cmocka_unit_test(too_large), cmocka_unit_test(too_deep),
		cmocka_unit_test(large_skeleton), cmocka_unit_test(stopping),
		cmocka_unit_test(messages), cmocka_unit_test(made_up)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
