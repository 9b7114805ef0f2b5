/* SPDX-License-Identifier: BSD-2-Clause */
/* From patterns and bare observables to values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/tstamp.h"
#include "stix/reduce_walk.h"
#include "tests/unit/pattern_cases.h"
#include "tests/unit/reduce_cases.h"
#include "tests/unit/reduce_same.h"

static struct arena arena;

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, MIB(32));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* "type text" of each value, '*' behind a compound one, values of one group
 * joined by '+' and others by '|'; "!type reason" of each reject; "~" for
 * partial. */
static char *
rendered(const struct reduction *r)
{
	struct buf b;
	size_t i;

	buf_init(&b, MIB(1));
	buf_str(&b, "");
	for (i = 0; i < r->nvalues; i++) {
		const struct reduced_value *v = &r->values[i];

		if (i > 0)
			buf_str(&b, v->group == v[-1].group ? " + " : " | ");
		buf_printf(&b, "%s ", value_type_name(v->value.type));
		value_print(&v->value, &b);
		buf_str(&b, v->compound ? "*" : "");
	}
	for (i = 0; i < r->nrejects; i++)
		buf_printf(&b, "%s!%s %s", b.n > 0 ? " " : "",
		    value_type_name(r->rejects[i].type),
		    value_reason_name(r->rejects[i].reason));
	if (r->partial)
		buf_str(&b, b.n > 0 ? " ~" : "~");
	return buf_take(&b);
}

static void
assert_renders(const struct reduction *r, const char *text, const char *want)
{
	char *got = rendered(r);
	bool compound = false;
	size_t i;

	assert_non_null(got);
	if (strcmp(got, want) != 0)
		fail_msg("%s\n  not \"%s\"\n  but \"%s\"", text, want, got);
	for (i = 0; i < r->nvalues; i++)
		compound |= r->values[i].compound;
	assert_int_equal(compound, r->compound);
	free(got);
}

static void
patterns(void **state)
{
	struct reduction r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(reduce_cases); i++) {
		const struct reduce_case *c = &reduce_cases[i];
		struct err e = ERR_INIT;

		arena_reset(&arena);
		if (reduce_text(&arena, slice_str(c->text), 0, &r, &e) != 0)
			fail_msg("%s: %s", c->text, e.text);
		assert_renders(&r, c->text, c->values);
	}
}

static void
assert_both_ways(const char *text)
{
	arena_reset(&arena);
	if (reduce_both_ways(&arena, slice_str(text)) < 0)
		fail_msg("the two ways differ: %s", text);
}

/* Every case, and every case with one byte changed or left out: the fast way
 * must see what the parser sees. */
static void
both_ways_agree(void **state)
{
	static const char other[] = "'\\[]. */=:-A0\xc3\n";
	size_t i, k, n, total = ARRAY_LEN(reduce_cases);
	char *copy;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pattern_cases); i++)
		assert_both_ways(pattern_cases[i].text);
	for (i = 0; i < total; i++) {
		assert_both_ways(reduce_cases[i].text);
		n = strlen(reduce_cases[i].text);
		copy = malloc(n + 1);
		assert_non_null(copy);
		for (k = 0; k < n; k++) {
			memcpy(copy, reduce_cases[i].text, n + 1);
			copy[k] = other[(i + k) % (sizeof(other) - 1)];
			assert_both_ways(copy);
			memcpy(copy, reduce_cases[i].text, n + 1);
			memmove(copy + k, copy + k + 1, n - k);
			assert_both_ways(copy);
		}
		free(copy);
	}
}

/* What makes the fast way worth having: it takes the shapes feeds send. */
static void
common_shapes_are_fast(void **state)
{
	static const char *const fast[] = {
		"[ipv4-addr:value = '198.51.100.7']",
		"[ipv4-addr:value='198.51.100.7']",
		" [ file:hashes.'SHA-256' = '" SHA256_A "' ] ",
		"[file:hashes.MD5 == '" MD5_A "']",
		"[url:value = 'http://a.example/?a=b&c=[1]']",
		"[network-traffic:dst_ref.type = 'ipv4-addr' AND "
		    "network-traffic:dst_ref.value = '198.51.100.7']",
		"[url:value = 'http://a.example/' OR url:value = "
		    "'http://b.example/' OR domain-name:value = 'c.example']",
		"[email-message:to_refs[*].value = 'bob@victim.example']"
	};
	static const char *const slow[] = {
		"[url:value = 'http://a.example/it\\'s']",
		"[domain-name:value = 'b\303\274cher.example']",
		"[autonomous-system:number = 64500]",
		"[x:a = 'a' AND x:b = 'b' OR x:c = 'c']",
		"[x:a = 'a'] OR [x:b = 'b']", "[(x:a = 'a')]",
		"[x:IN = 'a']", "[x:a-b = 'a']", "[x:a NOT = 'a']",
		"[x:a = t'2024-01-01T00:00:00Z']", "[x:a = 'a'/**/]", "", "["
	};
	struct reduce_job job = {.a = &arena};
	struct reduce_alts alts;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(fast); i++)
		if (!reduce_fast(&job, slice_str(fast[i]), &alts))
			fail_msg("not fast: %s", fast[i]);
	for (i = 0; i < ARRAY_LEN(slow); i++)
		if (reduce_fast(&job, slice_str(slow[i]), &alts))
			fail_msg("fast: %s", slow[i]);
}

/* ---- validity from START and STOP ---- */

#define AT(day) "t'2024-01-" day "T00:00:00Z'"
#define FROM(a, b) " START " AT(a) " STOP " AT(b)

static void
windows(void **state)
{
	static const struct {
		const char *text, *start, *stop, *values;
	} cases[] = {
		{"[url:value = 'http://a.example/']", NULL, NULL,
		    "url http://a.example/"},
		{"[url:value = 'http://a.example/']" FROM("02", "05"),
		    "02", "05", "url http://a.example/"},
		{"([url:value = 'http://a.example/']" FROM("02", "05") ")"
		    FROM("01", "04"), "02", "04", "url http://a.example/"},
		{"([domain-name:value = 'a.example'] OR [domain-name:value = "
		    "'b.example'])" FROM("02", "05"), "02", "05",
		    "domain-name a.example | domain-name b.example"},
		/* alternatives with windows of their own: the widest, and a
		 * hit is not yet the pattern */
		{"[domain-name:value = 'a.example']" FROM("02", "05")
		    " OR [domain-name:value = 'b.example']" FROM("03", "07"),
		    "02", "07",
		    "domain-name a.example* | domain-name b.example*"},
		{"[domain-name:value = 'a.example']" FROM("02", "05")
		    " OR [domain-name:value = 'b.example']", NULL, NULL,
		    "domain-name a.example* | domain-name b.example*"},
		{"[domain-name:value = 'a.example']" FROM("02", "05")
		    " OR [x:a = 1]" FROM("03", "07"), "02", "05",
		    "domain-name a.example ~"},
		/* the window of the observation that was chosen */
		{"[domain-name:value = 'a.example']" FROM("02", "05")
		    " AND [url:value = 'http://b.example/']" FROM("03", "07"),
		    "03", "07", "url http://b.example/*"}
	};
	char text[32];
	struct reduction r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = ERR_INIT;
		int64_t start = TSTAMP_NONE, stop = TSTAMP_NEVER;

		if (cases[i].start != NULL) {
			snprintf(text, sizeof(text), "2024-01-%sT00:00:00Z",
			    cases[i].start);
			assert_int_equal(tstamp_parse(slice_str(text), &start),
			    0);
			snprintf(text, sizeof(text), "2024-01-%sT00:00:00Z",
			    cases[i].stop);
			assert_int_equal(tstamp_parse(slice_str(text), &stop),
			    0);
		}
		assert_int_equal(reduce_text(&arena, slice_str(cases[i].text),
		    0, &r, &e), 0);
		assert_renders(&r, cases[i].text, cases[i].values);
		assert_true(r.start == start);
		assert_true(r.stop == stop);
	}
}

/* ---- limits ---- */

static char *
addresses(size_t n)
{
	struct buf b;
	size_t i;

	buf_init(&b, MIB(1));
	buf_str(&b, "[ipv4-addr:value IN (");
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s'203.0.%zu.%zu'", i > 0 ? "," : "",
		    114 + i / 250, 1 + i % 250);
	buf_str(&b, ")]");
	return buf_take(&b);
}

static void
many_values(void **state)
{
	struct err e = ERR_INIT;
	struct reduction r;
	char *text = addresses(LIMIT_VALUES);
	size_t i;

	(void)state;
	assert_int_equal(reduce_text(&arena, slice_str(text), 0, &r, &e), 0);
	assert_int_equal(r.nvalues, LIMIT_VALUES);
	for (i = 0; i < r.nvalues; i++)
		assert_int_equal(r.values[i].group, i);
	free(text);
	text = addresses(LIMIT_VALUES + 1);
	assert_int_equal(reduce_text(&arena, slice_str(text), 0, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	free(text);
}

/* A chain of the greatest length, with type tests that find no partner. */
static void
long_chains(void **state)
{
	static const char *const items[] = {
		"x:a_ref.type='ipv4-addr'", "url:value='http://a.example/'"
	};
	struct err e = ERR_INIT;
	struct reduction r;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, LIMIT_PATTERN);
	buf_str(&b, "[");
	for (i = 0; i < 1900; i++)
		buf_printf(&b, "%s%s", i > 0 ? "AND " : "", items[i % 2]);
	buf_str(&b, "]");
	assert_true(buf_ok(&b));
	assert_int_equal(reduce_text(&arena, buf_view(&b), 0, &r, &e), 0);
	assert_renders(&r, "chain", "url http://a.example/*");
	buf_free(&b);
}

static void
out_of_memory(void **state)
{
	static const char *const texts[] = {
		"[file:hashes.MD5 = '" MD5_A "']",
		"[file:hashes.MD5 = '" MD5_A "' OR url:value = 'http://%' OR "
		    "domain-name:value = 'a.example']",
		"[(domain-name:value = 'a.example' OR ipv4-addr:value IN "
		    "('192.0.2.1', '10.0.0.1', 'x')) AND x:a = 1] OR "
		    "[url:value = 'http://a.example/'] REPEATS 2 TIMES"
	};
	size_t i, max;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		bool done = false;

		for (max = 0; !done; max += 8) {
			struct err e = ERR_INIT;
			struct reduction r;
			struct arena a;

			arena_init(&a, max);
			done = reduce_text(&a, slice_str(texts[i]), 0, &r,
			    &e) == 0;
			assert_int_equal(e.code, done ? ERR_NONE : ERR_MEMORY);
			arena_free(&a);
			assert_true(max < KIB(64));
		}
		assert_true(max > 64);
	}
}

/* ---- bare observables ---- */

static void
observables(void **state)
{
	struct stix_hash hashes[] = {
		{SLICE("MD5"), slice_str(MD5_A)},
		{SLICE("sha256"), slice_str(SHA256_A)},
		{SLICE("x_own"), SLICE("1")}
	};
	const struct {
		struct stix_object o;
		const char *values;
	} cases[] = {
		{{.type_code = STIX_IPV4_ADDR, .type = SLICE("ipv4-addr"),
		    .value = SLICE("198.51.100.7"), .number = -1},
		    "ipv4-addr 198.51.100.7"},
		{{.type_code = STIX_IPV4_ADDR, .type = SLICE("ipv4-addr"),
		    .value = SLICE("10.0.0.1"), .number = -1},
		    "!ipv4-addr bogon"},
		{{.type_code = STIX_FILE, .type = SLICE("file"),
		    .name = SLICE("a.exe"), .hashes = hashes, .nhashes = 3,
		    .number = -1},
		    "md5 " MD5_A " + sha256 " SHA256_A},
		{{.type_code = STIX_FILE, .type = SLICE("file"),
		    .name = SLICE("a.exe"), .number = -1}, "file-name a.exe"},
		{{.type_code = STIX_X509_CERTIFICATE,
		    .type = SLICE("x509-certificate"), .hashes = hashes,
		    .nhashes = 1, .serial_number = SLICE("1a"), .number = -1},
		    "x509-md5 " MD5_A},
		{{.type_code = STIX_X509_CERTIFICATE,
		    .type = SLICE("x509-certificate"),
		    .serial_number = SLICE("1A:2B"), .number = -1},
		    "x509-serial 1a2b"},
		{{.type_code = STIX_AUTONOMOUS_SYSTEM,
		    .type = SLICE("autonomous-system"), .number = 64500,
		    .name = SLICE("Evil AS")},
		    "autonomous-system AS64500"},
		{{.type_code = STIX_AUTONOMOUS_SYSTEM,
		    .type = SLICE("autonomous-system"), .number = INT64_MAX},
		    "!autonomous-system malformed"},
		{{.type_code = STIX_WINDOWS_REGISTRY_KEY,
		    .type = SLICE("windows-registry-key"),
		    .key_path = SLICE("HKLM\\Software\\X"), .number = -1},
		    "windows-registry-key hkey_local_machine\\software\\x"},
		{{.type_code = STIX_OTHER,
		    .type = SLICE("x-opencti-hostname"),
		    .value = SLICE("a.example"), .number = -1},
		    "domain-name a.example"},
		{{.type_code = STIX_SOFTWARE, .type = SLICE("software"),
		    .name = SLICE("Word"), .number = -1}, "~"},
		{{.type_code = STIX_VULNERABILITY,
		    .type = SLICE("vulnerability"),
		    .name = SLICE("CVE-2024-0001"), .number = -1}, "~"},
		{{.type_code = STIX_URL, .type = SLICE("url"), .number = -1},
		    "~"}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = ERR_INIT;
		struct reduction r;

		assert_int_equal(reduce_observable(&arena, &cases[i].o, 0, &r,
		    &e), 0);
		assert_renders(&r, cases[i].o.type.p, cases[i].values);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(both_ways_agree),
		cmocka_unit_test(common_shapes_are_fast),
		cmocka_unit_test(windows),
		cmocka_unit_test(many_values),
		cmocka_unit_test(long_chains),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(observables)
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
