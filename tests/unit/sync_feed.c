/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds that are not STIX: rows, cells, fields, claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/csv.h"
#include "sync/map.h"
#include "sync/map_field.h"
#include "sync/net_range.h"
#include "sync/rows.h"
#include "tests/unit/feed_lines.h"

#define NOW (INT64_C(1790000000) * TSTAMP_SECOND) /* 2026-09-21 */

/* ---- rows of bytes --------------------------------------------------------- */

struct seen {
	char text[512];
	unsigned calls, too_long;
};

static enum rows_answer
see_line(void *ctx, struct slice line, uint64_t offset, struct err *e)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	(void)e;
	s->calls++;
	if (line.n > 0 && line.p[line.n - 1] == '+')
		return ROWS_MORE;
	if (line.n > 64)
		line = SLICE("long");
	snprintf(s->text + n, sizeof(s->text) - n, "%llu:%.*s|",
	    (unsigned long long)offset, SLICE_ARG(line));
	return ROWS_NEXT;
}

static int
see_too_long(void *ctx, uint64_t offset, struct err *e)
{
	struct seen *s = ctx;

	(void)offset;
	(void)e;
	s->too_long++;
	return 0;
}

static void
feed_text(const char *encoding, const char *p, size_t n, size_t step,
    struct seen *s)
{
	const struct rows_ops ops = {see_line, see_too_long, s};
	struct err e = ERR_INIT;
	struct rows r;
	size_t k;

	memset(s, 0, sizeof(*s));
	assert_int_equal(rows_init(&r, &ops, encoding, &e), 0);
	rows_reset(&r);
	for (; n > 0; p += k, n -= k) {
		k = n < step ? n : step;
		assert_int_equal(rows_bytes(&r, p, k, &e), 0);
	}
	assert_int_equal(rows_end(&r, &e), 0);
	rows_free(&r);
}

/* The same lines, in whatever portions the bytes come. */
static void
test_rows(void **state)
{
	static const struct {
		const char *encoding, *text;
		size_t n;
		const char *lines;
	} rows[] = {
		{NULL, "a\nb\r\n\nc", 8, "0:a|2:b|5:|6:c|"},
		{NULL, "\xef\xbb\xbf" "a\n", 5, "3:a|"},
		{NULL, "a\0b\nc\n", 6, "0:ab|4:c|"},
		{NULL, "a+\nb+\nc\nd\n", 10, "0:a+\nb+\nc|8:d|"},
		{"UTF-16LE", "a\0\n\0\xe4\0\n\0", 8, "0:a|2:\xc3\xa4|"},
		{"latin1", "\xe4\n", 2, "0:\xc3\xa4|"},
		/* UTF-16 by its mark, a pair, halves of pairs, and cut off */
		{NULL, "\xff\xfe" "a\0\n\0\xe4\0", 8, "0:a|2:\xc3\xa4|"},
		{"utf-8", "\xfe\xff\0a\0\n\0b", 8, "0:a|2:b|"},
		{NULL, "\xfe\xff\xd8\x3d\xde\0\0!", 8,
		    "0:\xf0\x9f\x98\x80!|"},
		{NULL, "\xff\xfe\0\xd8" "a\0\0\xdc", 8,
		    "0:\xef\xbf\xbd" "a\xef\xbf\xbd|"},
		{NULL, "\xff\xfe" "a\0b", 5, "0:a|"},
		/* no marks */
		{NULL, "\xff", 1, "0:\xff|"}, {NULL, "\xff\xff", 2, "0:\xff\xff|"},
		{NULL, "\xfe" "a\nb", 4, "0:\xfe" "a|3:b|"},
		{NULL, "", 0, ""},
	};
	struct seen s;
	size_t i, step;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (step = 1; step <= rows[i].n + 1; step++) {
			/* A mark at the beginning comes in one piece. */
			if (i == 1 && step < 3)
				continue;
			feed_text(rows[i].encoding, rows[i].text, rows[i].n,
			    step, &s);
			if (strcmp(s.text, rows[i].lines) != 0)
				fail_msg("row %zu by %zu: %s", i, step, s.text);
		}
	}
}

static void
test_long_line(void **state)
{
	size_t n = LIMIT_ROW + 100;
	char *text = malloc(n + 8);
	struct seen s;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text + n, "\nafter\n", 8);
	feed_text(NULL, text, n + 7, 4096, &s);
	assert_int_equal(s.too_long, 1);
	assert_non_null(strstr(s.text, ":after|"));
	assert_null(strstr(s.text, "long"));
	free(text);
}

/* What one quote too many takes with it is bounded, and what follows is read. */
static void
test_open_row(void **state)
{
	size_t i, n = 2 * (LIMIT_ROW_LINES + 3);
	char *text = malloc(n + 8);
	struct seen s;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 2 * LIMIT_ROW_LINES; i += 2)
		memcpy(text + i, "+\n", 2);
	memcpy(text + i, "a\nb\nc+", 6);
	feed_text(NULL, text, i + 6, 4096, &s);
	assert_int_equal(s.too_long, 2);
	assert_string_equal(s.text, "512:a|514:b|");
	free(text);
}

/* ---- fields ---------------------------------------------------------------- */

static void
test_times(void **state)
{
	static const struct {
		const char *formats[3];
		const char *text;
		int64_t seconds; /* -1: no time */
	} rows[] = {
		{{NULL}, "2026-09-21T14:13:20Z", 1790000000},
		{{NULL}, "2026-09-21 14:13:20", 1790000000},
		{{NULL}, "2026-09-21 14:13:20 UTC", 1790000000},
		{{NULL}, "2026-09-21", 1789948800},
		{{NULL}, "yesterday", -1},
		{{"map-times=epoch", NULL}, "1790000000", 1790000000},
		{{"map-times=epoch", NULL}, "0", -1},
		{{"map-times=%Y-%m-%d %H:%M:%S", NULL}, "2026-09-21 00:00:00",
		    1789948800},
		{{"map-times=%Y-%m-%d %H:%M:%S", NULL}, "0000-00-00 00:00:00",
		    -1},
		{{"map-times=%Y-%m-%d %H:%M:%S", NULL}, "2026-9-21 0:00:00",
		    1789948800},
		{{"map-times=epoch-ms", NULL}, "1790000000000", 1790000000},
		{{"map-times=%d/%m/%Y", NULL}, "21/09/2026", 1789948800},
		{{"map-times=%d/%m/%Y", NULL}, "21/09/2026x", -1},
		{{"map-times=epoch", "map-times=rfc3339", NULL}, "2026-09-21",
		    1789948800},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct feed_options f;
		int64_t t = -1;
		int rc;

		options(&f, (char *const *)(uintptr_t)rows[i].formats);
		rc = field_time(&f, slice_str(rows[i].text), &t);
		assert_int_equal(rc, rows[i].seconds < 0 ? -1 : 0);
		if (rc == 0)
			assert_int_equal(t / TSTAMP_SECOND, rows[i].seconds);
		feed_options_free(&f);
	}
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *text, *nets; /* "": no range */
	} rows[] = {
		{"192.0.2.0-192.0.2.255", "192.0.2.0/24 "},
		{"192.0.2.1-192.0.2.4",
		    "192.0.2.1/32 192.0.2.2/31 192.0.2.4/32 "},
		{"192.0.2.9 - 192.0.2.9", "192.0.2.9/32 "},
		{"255.255.255.254-255.255.255.255", "255.255.255.254/31 "},
		{"0.0.0.0-255.255.255.255", "0.0.0.0/0 "},
		{"192.0.2.9-192.0.2.1", ""},
		{"192.0.2.0/255.255.255.0", "192.0.2.0/24 "},
		{"192.0.2.9 \t 255.255.255.240", "192.0.2.0/28 "},
		{"192.0.2.9 255.255.255.255", "192.0.2.9/32 "},
		{"10.0.0.0/255.0.0.0", "10.0.0.0/8 "},
		{"192.0.2.0/255.255.0.255", ""}, {"192.0.2.0/255", ""},
		{"192.0.2.0 203.0.113.0", ""}, {"192.0.2.0/24", ""},
		{"192.0.2.0 /255.255.255.0", ""}, {"192.0.2.0/", ""},
		{"192.0.2.9", ""}, {"1-2", ""}, {"a-b.example", ""},
		{"2001:db8::-2001:db8::ffff", "2001:db8::/112 "},
		{"2001:db8::1-2001:db8::4",
		    "2001:db8::1/128 2001:db8::2/127 2001:db8::4/128 "},
		{"2001:DB8::ffff:ffff:ffff:ffff - 2001:db8:0:1::",
		    "2001:db8::ffff:ffff:ffff:ffff/128 2001:db8:0:1::/128 "},
		{"2001:db8:0:0:8000::-2001:db8:0:2:7fff:ffff:ffff:ffff",
		    "2001:db8:0:0:8000::/65 2001:db8:0:1::/64 "
		    "2001:db8:0:2::/65 "},
		{"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0 "},
		{"8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "8000::/1 "},
		{"fe80::1-fe80::1", "fe80::1/128 "},
		{"2001:db8::2-2001:db8::1", ""}, {"2001:db8::1", ""},
		{"2001:db8::1-192.0.2.1", ""}, {"192.0.2.1-2001:db8::1", ""},
		{"2001:db8::/32", ""}, {"2001:db8::1-", ""}, {":-:", ""},
		{"2001:db8::1-2001:db8::g", ""}, {"cafe-bar.example", ""},
		{"2001:db8::1 ffff:ffff::", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[256] = "";
		unsigned n = 0, most = 0;
		struct range_net net;
		struct net_range r;

		if (field_range(slice_str(rows[i].text), &r)) {
			most = range_count(r, 500);
			for (; range_next(&r, &net); n++)
				snprintf(got + strlen(got), sizeof(got) -
				    strlen(got), "%s ", net.text);
			assert_false(range_next(&r, &net));
		}
		assert_string_equal(got, rows[i].nets);
		assert_int_equal(n, most);
	}
}

/* What is no count leaves the number as it was. */
static void
test_counts(void **state)
{
	static const struct {
		const char *text;
		uint64_t n; /* 7: none */
	} rows[] = {
		{"0", 0}, {"12", 12}, {"+3", 3}, {"1e3", 1000}, {"2.9", 2},
		{"1000000000000000", UINT64_C(1000000000000000)},
		{"1000000000000001", 7}, {"1e300", 7}, {"-1", 7}, {"", 7},
		{"0x10", 7}, {"nan", 7}, {"inf", 7}, {"12 ", 7}, {"many", 7},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = 7;
		int rc = field_count(slice_str(rows[i].text), &n);

		assert_int_equal(rc, rows[i].n == 7 ? -1 : 0);
		assert_int_equal(n, rows[i].n);
	}
}

static void
test_words(void **state)
{
	static const struct {
		const char *text, *word;
		bool says;
	} rows[] = {
		{"<!DocType HTML>", "<!doctype html", true},
		{"last_Seen", "seen", true}, {"seen", "seen", true},
		{"see", "seen", false}, {"s een", "seen", false},
		{"", "seen", false}, {"x", "", true}, {"", "", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(slice_says(slice_str(rows[i].text),
		    rows[i].word), rows[i].says);
	assert_false(slice_says(SLICE_NONE, "seen"));
}

static void
test_ports(void **state)
{
	static const struct {
		const char *text;
		bool bare;
		const char *without;
	} rows[] = {
		{"192.0.2.1:443", false, "192.0.2.1"},
		{"evil.example:8080", false, "evil.example"},
		{"[2001:db8::1]:443", false, "2001:db8::1"},
		{"2001:db8::5:40669", false, "2001:db8::5:40669"},
		{"2001:db8::5:40669", true, "2001:db8::5"},
		{"http://a.example:80", false, "http://a.example:80"},
		{"a:b", false, "a:b"}, {"a:", false, "a:"},
		{"a:123456", false, "a:123456"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice s = field_without_port(slice_str(rows[i].text),
		    rows[i].bare);

		assert_true(slice_is(s, rows[i].without));
	}
}

static void
test_predicates(void **state)
{
	static const struct {
		const char *test, *text;
		int fits; /* -1: no test */
	} rows[] = {
		{"s=online|up", "UP", 1}, {"s=online|up", "down", 0},
		{"s=", "", 1}, {"s!=offline", "offline", 0},
		{"s!=offline", "", 1}, {"s<50", "49.5", 1}, {"s>50", "50", 0},
		{"s>50", "many", 0}, {"s~^a.c$", "abc", 1},
		{"s~^a.c$", "abcd", 0}, {"s", "", -1}, {"=x", "", -1},
		{"s!x", "", -1}, {"s<x", "", -1}, {"s~(", "", -1},
		{"s<=50", "50", 1}, {"s<=50", "50.5", 0}, {"s<=50", "", 0},
		{"s>=50", "50", 1}, {"s>=50", "49.9", 0}, {"s>=50", "x", 0},
		{"s>= -1.5", "-1.5", 1}, {"s>=9", "10", 1}, {"s>=", "1", -1},
		{"s<=>5", "", -1}, {"s=>5", ">5", 1}, {"s!=<", "<", 0},
		{"s>=2026-01-31", "2026-01-31", 1},
		{"s>=2026-01-31", "2026-01-30T23:59:59Z", 0},
		{"s>=2026-01-31", "2026-01-31T00:00:00+02:00", 0},
		{"s<2026-01-31", "2026-01-30 12:00:00 UTC", 1},
		{"s<=2026-01-31T12:00:00Z", "2026-01-31T12:00:00.001Z", 0},
		{"s>2026-01-31", "5", 0}, {"s<2026-01-31", "", 0},
		{"s>2026-01-31", "31.01.2027", 1}, /* by map-times */
		{"s>31.01.2026", "2026-02-01", 1}, {"s>31.13.2026", "", -1},
	};
	static char format[] = "map-times=%d.%m.%Y", *lines[] = {format};
	struct feed_options f;
	struct field_times times;
	size_t i;

	(void)state;
	assert_int_equal(feed_options_parse(lines, 1, &f, NULL), 0);
	assert_int_equal(field_times_init(&times, &f, NULL), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct predicate *p = calloc(1, sizeof(*p));
		struct err e = ERR_INIT;
		struct slice field;
		int rc = predicate_parse(slice_str(rows[i].test), "map-where",
		    &times, &field, p, &e);

		if (rc != (rows[i].fits < 0 ? -1 : 0) || (rc == 0 &&
		    predicate_fits(p, slice_str(rows[i].text)) !=
		    rows[i].fits))
			fail_msg("%s of '%s'", rows[i].test, rows[i].text);
		predicates_free(p, 1);
	}
	field_times_free(&times);
	feed_options_free(&f);
}

/* ---- records --------------------------------------------------------------- */

struct record {
	const char *names[8], *cells[8];
};

static int
resolve(void *ctx, struct slice name)
{
	const struct record *r = ctx;
	int i;

	for (i = 0; i < 8 && r->names[i] != NULL; i++)
		if (slice_is(name, r->names[i]))
			return i;
	return -1;
}

/* The texts of a field stand with a ; between them. */
static size_t
get(void *ctx, unsigned field, struct slice *texts, size_t max)
{
	const struct record *r = ctx;
	struct slice rest = slice_str(r->cells[field]), part;
	size_t n = 0;

	if (r->cells[field] == NULL)
		return 0;
	while (n < max && field_part(&rest, ';', &part))
		texts[n++] = part;
	return n;
}

/* What a claim says, in a line. */
static void
describe(const struct claim *c, char *out, size_t n)
{
	struct buf text;
	size_t i;

	buf_init(&text, LIMIT_VALUE);
	for (i = 0; i < c->nvalues; i++) {
		buf_printf(&text, "%s%s ", i > 0 ? "+ " : "",
		    value_type_name(c->values[i].value.type));
		value_print(&c->values[i].value, &text);
		buf_char(&text, ' ');
	}
	for (i = 0; i < c->labels.n; i++)
		buf_printf(&text, "[%.*s]", SLICE_ARG(c->labels.v[i]));
	for (i = 0; i < c->nthreats; i++)
		buf_printf(&text, "%.*s:%.*s", SLICE_ARG(c->threats[i].a),
		    SLICE_ARG(c->threats[i].b));
	if (c->confidence != CONFIDENCE_UNKNOWN)
		buf_printf(&text, " c%u", c->confidence);
	if (c->tlp != TLP_UNKNOWN)
		buf_printf(&text, " tlp:%s", tlp_name(c->tlp));
	if (c->valid_until != TSTAMP_NONE)
		buf_printf(&text, " until%+lld", (long long)((c->valid_until -
		    NOW) / TSTAMP_SECOND));
	snprintf(out, n, "%s", buf_view(&text).p);
	buf_free(&text);
}

#define LONG_LABEL "0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdefg" /* of more than 63 bytes */

struct map_row {
	const char *options[8];
	struct record record;
	const char *claim; /* "skip", or the reason of a rejection */
};

static const struct map_row map_rows[] = {
	{{"map-value=ip"}, {{"ip"}, {"192.0.2.1"}},
	    "ipv4-addr 192.0.2.1 "},
	{{"map-value=x:ipv4-addr|domain-name"}, {{"x"},
	    {"evil.example"}}, "domain-name evil.example "},
	{{"map-value=x:ipv4-addr|domain-name"}, {{"x"}, {"a b"}},
	    "value-malformed"},
	{{"map-value=x:domain-name"}, {{"x"}, {LONG_LABEL ".example"}},
	    "value-malformed"},
	{{"map-value=ip"}, {{"ip"}, {"10.0.0.1"}}, "value-bogon"},
	{{"map-value=ip"}, {{"ip"}, {"None"}}, "value-malformed"},
	{{"map-value=a:sha256", "map-value=b:md5"}, {{"a", "b"},
	    {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
	    "7852b856", "d41d8cd98f00b204e9800998ecf8427f"}},
	    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca49"
	    "5991b7852b856 + md5 d41d8cd98f00b204e9800998ecf8427f "},
	{{"map-value=v", "map-type=t", "map-types=ip:port=ipv4-addr",
	    "map-port=strip"}, {{"v", "t"}, {"192.0.2.1:443",
	    "IP:Port"}}, "ipv4-addr 192.0.2.1 "},
	{{"map-value=v", "map-type=t"}, {{"v", "t"}, {"x", "yara"}},
	    "skip"},
	{{"map-value=v", "map-type=t", "map-type-unknown=reject"},
	    {{"v", "t"}, {"192.0.2.1", "zzz"}}, "bad-field"},
	{{"map-value=v", "map-type=t", "map-types=email=skip"},
	    {{"v", "t"}, {"a@b.example", "email"}}, "skip"},
	{{"map-value=v", "map-type=t", "map-types=*=auto"},
	    {{"v", "t"}, {"a@b.example", "zzz"}},
	    "email-addr a@b.example "},
	{{"map-value=v", "map-type=t", "map-types=file=sha1|md5"},
	    {{"v", "t"}, {"d41d8cd98f00b204e9800998ecf8427f", "File"}},
	    "md5 d41d8cd98f00b204e9800998ecf8427f "},
	{{"map-value=v", "map-type=t", "map-types=file=sha1|md5"},
	    {{"v", "t"}, {"invoice.exe", "file"}}, "value-malformed"},
	{{"map-value=a", "map-value=b:md5"}, {{"a", "b"},
	    {"D41D8CD98F00B204E9800998ECF8427F",
	    "d41d8cd98f00b204e9800998ecf8427f"}},
	    "md5 d41d8cd98f00b204e9800998ecf8427f "},
	{{"map-value=v", "map-labels=l", "default-labels=all"},
	    {{"v", "l"}, {"192.0.2.1", "#a, b,None"}},
	    "ipv4-addr 192.0.2.1 [all][a][b]"},
	{{"map-value=v", "map-threat=l"}, {{"v", "l"}, {"192.0.2.1",
	    "Emotet"}}, "ipv4-addr 192.0.2.1 malware:Emotet"},
	{{"map-value=v", "map-confidence=c",
	    "map-confidences=high=90"}, {{"v", "c"}, {"192.0.2.1",
	    "High"}}, "ipv4-addr 192.0.2.1  c90"},
	{{"map-value=v", "map-confidence=c"}, {{"v", "c"}, {"192.0.2.1",
	    "250"}}, "ipv4-addr 192.0.2.1  c100"},
	{{"map-value=v", "map-confidence=c"}, {{"v", "c"}, {"192.0.2.1",
	    "20;127;None;x"}}, "ipv4-addr 192.0.2.1  c100"},
	{{"map-value=v", "map-confidence=c"}, {{"v", "c"}, {"192.0.2.1",
	    "None;20;30"}}, "ipv4-addr 192.0.2.1  c30"},
	{{"map-value=v", "map-tlp=c"}, {{"v", "c"}, {"192.0.2.1",
	    "white;TLP:RED;x"}}, "ipv4-addr 192.0.2.1  tlp:red"},
	{{"map-value=v", "default-confidence=30"}, {{"v"},
	    {"192.0.2.1"}}, "ipv4-addr 192.0.2.1  c30"},
	{{"map-value=v", "map-ended=s=offline"}, {{"v", "s"},
	    {"192.0.2.1", "offline"}}, "ipv4-addr 192.0.2.1  until+0"},
	{{"map-value=v", "map-ended=s=offline"}, {{"v", "s"},
	    {"192.0.2.1", "online"}}, "ipv4-addr 192.0.2.1 "},
	{{"map-value=v", "map-ended=s=offline", "map-last-seen=l"},
	    {{"v", "s", "l"}, {"192.0.2.1", "offline",
	    "2026-09-21T14:13:10Z"}},
	    "ipv4-addr 192.0.2.1  until-10"},
	{{"map-value=v", "map-tlp=t"}, {{"v", "t"}, {"192.0.2.1",
	    "TLP:AMBER"}}, "ipv4-addr 192.0.2.1  tlp:amber"},
	{{"map-value=v", "map-tlp=t"}, {{"v", "t"}, {"192.0.2.1",
	    "unknown"}}, "ipv4-addr 192.0.2.1 "},
	{{"map-value=v", "map-where=n>2"}, {{"v", "n"}, {"192.0.2.1",
	    "2"}}, "skip"},
	{{"map-value=v", "map-refang="}, {{"v"},
	    {"hxxp://evil[.]example/a"}}, "url http://evil.example/a "},
	{{"map-value=v"}, {{"v"}, {"192.0.2.0-192.0.2.3"}},
	    "ipv4-addr 192.0.2.0/30 "},
	{{"map-value=v", "default-type=domain-name"}, {{"v"},
	    {"*.evil.example"}}, "domain-name evil.example "},
};

static void
test_map(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(map_rows) / sizeof(map_rows[0]); i++) {
		const struct map_settings s = {.now = NOW};
		const struct map_record r = {.get = get, .ctx =
		    (void *)(uintptr_t)&map_rows[i].record};
		enum reject_reason why = REJECT_REASONS;
		struct slice detail;
		struct err e = ERR_INIT;
		struct feed_options f;
		char got[512] = "skip";
		struct arena a;
		struct claim c;
		struct map *m;

		options(&f, (char *const *)(uintptr_t)map_rows[i].options);
		m = map_new(&f, &s, resolve,
		    (void *)(uintptr_t)&map_rows[i].record, &e);
		if (m == NULL)
			fail_msg("%zu: %s", i, e.text);
		arena_init(&a, MIB(1));
		switch (map_record(m, &r, &a, &c, &why, &detail)) {
		case MAP_CLAIM:
			describe(&c, got, sizeof(got));
			break;
		case MAP_REJECT:
			snprintf(got, sizeof(got), "%s", reject_name(why));
			break;
		case MAP_SKIP:
			break;
		}
		if (strcmp(got, map_rows[i].claim) != 0)
			fail_msg("%zu: '%s', not '%s'", i, got, map_rows[i].claim);
		arena_free(&a);
		map_free(m);
		feed_options_free(&f);
	}
}

/* What is wrong with options is said by name. */
static void
test_bad_options(void **state)
{
	static const struct {
		const char *options[3], *says;
	} rows[] = {
		{{"csv-header=last"}, "csv-header: 'last'"},
		{{"csv-delimiter=ab"}, "csv-delimiter: 'ab'"},
		{{"lines-syntax=x"}, "lines-syntax: 'x'"},
		{{"lines-extract=abc"}, "parentheses"},
		{{"lines-extract=(a"}, "lines-extract: '(a' is no POSIX ERE"},
		{{"ignore=["}, "ignore: '['"},
		{{"default-type=ip7"}, "default-type: 'ip7'"},
		{{"map-types=a=b"}, "map-types: 'b'"},
		{{"map-types=a=url|b"}, "map-types: 'b'"},
		{{"map-types=a=md5|sha1|sha256|sha512|url"},
		    "names more than 4 types"},
		{{"map-types=a=url"}, "without map-type"},
		{{"map-type-unknown=skip"}, "without map-type"},
		{{"map-type=t", "map-type-unknown=x"}, "map-type-unknown: 'x'"},
		{{"map-confidences=a=101"}, "'101'"},
		{{"map-zone=CET"}, "map-zone"},
		{{"map-only=nobody"}, "map-only"},
		{{"end-line=("}, "end-line"},
		{{"default-confidence=101"}, "default-confidence"},
		{{"default-kill-chain=x"}, "CHAIN:PHASE"},
		{{"nonsense=1"}, "unknown option"},
		{{"nonsense"}, "malformed option"},
	};
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct feed_options f;
		char *lines[3];

		for (n = 0; n < 3 && rows[i].options[n] != NULL; n++)
			lines[n] = strdup(rows[i].options[n]);
		if (feed_options_parse(lines, n, &f, &e) != -1)
			fail_msg("%s is taken", rows[i].options[0]);
		if (strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].options[0], e.text);
		feed_options_free(&f);
		while (n-- > 0)
			free(lines[n]);
	}
}

/* Every option goes to the fetcher and back. */
static void
test_options_travel(void **state)
{
	char *const lines[] = {"comment=#", "comment=;", "lines-token=2",
	    "csv-backslash=", "map-type=t", "map-types=a=url",
	    "map-types=*=skip", "map-where=a=b|c", NULL};
	struct feed_options f, g;
	struct err e = ERR_INIT;
	char **list;
	size_t n;

	(void)state;
	options(&f, lines);
	list = feed_options_list(&f, &e);
	assert_non_null(list);
	for (n = 0; list[n] != NULL; n++)
		assert_string_equal(list[n], lines[n]);
	assert_null(lines[n]);
	assert_int_equal(feed_options_parse(list, n, &g, &e), 0);
	assert_int_equal(g.comment.n, 2);
	assert_int_equal(g.token, 2);
	assert_true(g.backslash);
	assert_string_equal(g.types.v[1].key, "*");
	assert_string_equal(g.where.v[0], "a=b|c");
	feed_options_free(&f);
	feed_options_free(&g);
	while (n-- > 0)
		free(list[n]);
	free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_open_row),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_predicates),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_options_travel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
