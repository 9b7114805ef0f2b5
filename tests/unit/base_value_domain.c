/* SPDX-License-Identifier: BSD-2-Clause */
/* domain-name and email-addr. */
#include "base_value_rows.h"

#include <ctype.h>

#define D VALUE_DOMAIN
#define E VALUE_EMAIL
#define L10 "aaaaaaaaaa"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "aaa"

static const struct value_row rows[] = {
	{D, 0, "evil.example", "evil.example", 0, 0},
	{D, 0, "EVIL.Example", "evil.example", 0, 0},
	{D, 0, "evil.example.", "evil.example", 0, 0},
	{D, 0, " evil.example\n", "evil.example", 0, 0},
	{D, 0, "www.evil.example", "www.evil.example", 0, 0},
	{D, 0, "_dmarc.evil.example", "_dmarc.evil.example", 0, 0},
	{D, 0, "a_b.evil.example", "a_b.evil.example", 0, 0},
	{D, 0, "-x-.evil.example", "-x-.evil.example", 0, 0},
	{D, 0, "r3---sn-4g5e6nsz.evil.example",
	    "r3---sn-4g5e6nsz.evil.example", 0, 0},
	{D, 0, "1.evil.example", "1.evil.example", 0, 0},
	{D, 0, "a.b.c.d.e.f.g", "a.b.c.d.e.f.g", 0, 0},
	/* A name that begins like an address. */
	{D, 0, "10.53.154.104.bc.example", "10.53.154.104.bc.example", 0, 0},
	{D, 0, "1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa", 0, 0},
	{D, 0, "1.2.3.4a", "1.2.3.4a", 0, 0},
	/* sub-domains are meant */
	{D, 0, "*.evil.example", "evil.example", 0, VALUE_SUFFIX},
	{D, 0, ".evil.example", "evil.example", 0, VALUE_SUFFIX},
	{D, 0, "*.evil.example.", "evil.example", 0, VALUE_SUFFIX},
	{D, 0, "*.example", "malformed", 0, 0},
	{D, 0, "*", "malformed", 0, 0}, {D, 0, "*.", "malformed", 0, 0},
	{D, 0, "..evil.example", "malformed", 0, 0},
	{D, 0, "*.*.evil.example", "malformed", 0, 0},
	{D, 0, "a.*.evil.example", "malformed", 0, 0},
	{D, 0, "*evil.example", "malformed", 0, 0},
	/* an address in a domain's place */
	{D, 0, "198.51.100.7", "198.51.100.7", VALUE_IPV4, 0},
	{D, 0, "2001:db8::1", "2001:db8::1", VALUE_IPV6, 0},
	{D, 0, "::ffff:198.51.100.7", "198.51.100.7", VALUE_IPV4,
	    VALUE_MAPPED},
	{D, 0, "10.1.2.3", "bogon", 0, 0},
	{D, 0, "198.51.100.0/24", "malformed", 0, 0},
	{D, 0, "198.51.100.7.", "malformed", 0, 0},
	{D, 0, "198.51.100.256", "malformed", 0, 0},
	{D, 0, "198.51.100", "malformed", 0, 0},
	{D, 0, "01.2.3.4", "malformed", 0, 0},
	{D, 0, "evil.123", "malformed", 0, 0},
	{D, 0, "evil.0x7f", "malformed", 0, 0},
	{D, 0, "evil.0x", "malformed", 0, 0},
	{D, 0, "evil.0x7g", "evil.0x7g", 0, 0},
	/* shape */
	{D, 0, "example", "malformed", 0, 0},
	{D, 0, "localhost", "malformed", 0, 0},
	{D, 0, "com.", "malformed", 0, 0},
	{D, 0, ".com", "malformed", 0, 0},
	{D, 0, ".", "malformed", 0, 0}, {D, 0, "..", "malformed", 0, 0},
	{D, 0, "evil..example", "malformed", 0, 0},
	{D, 0, "evil.example..", "malformed", 0, 0},
	{D, 0, "evil example.com", "malformed", 0, 0},
	{D, 0, "evil.example/path", "malformed", 0, 0},
	{D, 0, "evil.example:80", "malformed", 0, 0},
	{D, 0, "user@evil.example", "malformed", 0, 0},
	{D, 0, "http://evil.example", "malformed", 0, 0},
	{D, 0, "evil.example#x", "malformed", 0, 0},
	{D, 0, "evil\\.example", "malformed", 0, 0},
	{D, 0, "evil,example", "malformed", 0, 0},
	{D, 0, "evil!.example", "malformed", 0, 0},
	{D, 0, "\"evil.example\"", "malformed", 0, 0},
	{D, 0, "ev\til.example", "malformed", 0, 0},
	{D, 0, "ev\x7fil.example", "malformed", 0, 0},
	{D, 0, "", "empty", 0, 0}, {D, 0, " ", "empty", 0, 0},
	/* lengths */
	{D, 0, L63 ".example", L63 ".example", 0, 0},
	{D, 0, L63 "a.example", "too-long", 0, 0},
	{D, 0, "example." L63, "example." L63, 0, 0},
	{D, 0, "example." L63 "a", "too-long", 0, 0},
	{D, 0, L63 "." L63 "." L63 "." L60 "a", L63 "." L63 "." L63 "." L60 "a",
	    0, 0},
	{D, 0, L63 "." L63 "." L63 "." L60 "a.",
	    L63 "." L63 "." L63 "." L60 "a", 0, 0},
	{D, 0, L63 "." L63 "." L63 "." L60 "aa", "too-long", 0, 0},
	/* UTS-46, non-transitional */
	{D, 0, "b\xc3\xbc" "cher.example", "xn--bcher-kva.example", 0, 0},
	{D, 0, "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example", 0, 0},
	{D, 0, "bu\xcc\x88" "cher.example", "xn--bcher-kva.example", 0, 0},
	{D, 0, "xn--bcher-kva.example", "xn--bcher-kva.example", 0, 0},
	{D, 0, "XN--BCHER-KVA.example", "xn--bcher-kva.example", 0, 0},
	{D, 0, "fa\xc3\x9f.example", "xn--fa-hia.example", 0, 0},
	{D, 0, "fass.example", "fass.example", 0, 0},
	{D, 0, "\xcf\x82.example", "xn--3xa.example", 0, 0}, /* final sigma */
	{D, 0, "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7.example",
	    "xn--11b2ezcw70k.example", 0, 0}, /* zero-width joiner */
	{D, 0, "\xef\xbd\x85vil.example", "evil.example", 0, 0},
	{D, 0, "evi\xc2\xadl.example", "evil.example", 0, 0}, /* soft hyphen */
	{D, 0, "evil\xe3\x80\x82" "example", "evil.example", 0, 0},
	{D, 0, "evil.example\xe3\x80\x82", "evil.example", 0, 0},
	{D, 0, "\xef\xbc\x91\xef\xbc\x99\xef\xbc\x98.51.100.7",
	    "198.51.100.7", VALUE_IPV4, 0},
	{D, 0, "r3---sn.b\xc3\xbc" "cher.example",
	    "r3---sn.xn--bcher-kva.example", 0, 0},
	{D, 0, "_dmarc.b\xc3\xbc" "cher.example",
	    "_dmarc.xn--bcher-kva.example", 0, 0},
	{D, 0, "*.b\xc3\xbc" "cher.example", "xn--bcher-kva.example", 0,
	    VALUE_SUFFIX},
	{D, 0, "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1"
	    "\x84", "xn--e1afmkfd.xn--p1ai", 0, 0},
	/* registered, though IDNA 2008 disallows it */
	{D, 0, "xn--ls8h.example", "xn--ls8h.example", 0, 0},
	/* not Punycode, or not its one right spelling */
	{D, 0, "xn--zzzzzz99.example", "bad-encoding", 0, 0},
	{D, 0, "xn--.example", "bad-encoding", 0, 0},
	{D, 0, "a.xn--0.example", "bad-encoding", 0, 0},
	{D, 0, "xn--abc-.example", "bad-encoding", 0, 0},
	/* not to be said in ASCII */
	{D, 0, "a\xe2\x80\x8d" "b.example", "bad-encoding", 0, 0},
	{D, 0, "\xff\xfe.example", "bad-encoding", 0, 0},
	{D, 0, "ev\xc0\xafil.example", "bad-encoding", 0, 0},
	{D, 0, "evil\xc3", "bad-encoding", 0, 0},
	{D, 0, "a\xe2\x84\x80" "b.example", "malformed", 0, 0}, /* "a/c" */
	{D, 0, "\xc3\xbc..example", "malformed", 0, 0},
	{D, 0, "\xc3\xbc", "malformed", 0, 0},
	/* defanged */
	{D, 0, "evil[.]example", "malformed", 0, 0},
	{D, VALUE_REFANG, "evil[.]example", "evil.example", 0, 0},
	{D, VALUE_REFANG, "evil(.)example", "evil.example", 0, 0},
	{D, VALUE_REFANG, "evil[dot]example", "evil.example", 0, 0},
	{D, VALUE_REFANG, "evil[DOT]example", "evil.example", 0, 0},
	{D, VALUE_REFANG, "www[.]evil{.}example", "www.evil.example", 0, 0},
	{D, VALUE_REFANG, "evil\\.example", "evil.example", 0, 0},
	{D, VALUE_REFANG, "hxxp.example", "hxxp.example", 0, 0},
	{D, VALUE_REFANG, "evil[.example", "malformed", 0, 0},
	{D, VALUE_REFANG, "evil.example", "evil.example", 0, 0},
	{D, VALUE_REFANG, "198[.]51[.]100[.]7", "198.51.100.7", VALUE_IPV4, 0},

	{E, 0, "user@evil.example", "user@evil.example", 0, 0},
	{E, 0, "User.Name+Tag@Evil.Example", "user.name+tag@evil.example",
	    0, 0},
	{E, 0, " user@evil.example. ", "user@evil.example", 0, 0},
	{E, 0, "user@b\xc3\xbc" "cher.example", "user@xn--bcher-kva.example",
	    0, 0},
	{E, 0, "J\xc3\x9cRGEN@evil.example", "j\xc3\x9crgen@evil.example",
	    0, 0},
	{E, 0, "\"a b@c\"@evil.example", "\"a b@c\"@evil.example", 0, 0},
	{E, 0, "a!#$%&'*+-/=?^_`{|}~.b@evil.example",
	    "a!#$%&'*+-/=?^_`{|}~.b@evil.example", 0, 0},
	{E, 0, "a..b.@evil.example", "a..b.@evil.example", 0, 0},
	{E, 0, L63 "a@evil.example", L63 "a@evil.example", 0, 0},
	{E, 0, L60 L60 L60 L60 L10 "aaaaa@evil.example",
	    L60 L60 L60 L60 L10 "aaaaa@evil.example", 0, 0},
	{E, 0, L60 L60 L60 L60 L10 "aaaaaa@evil.example", "too-long", 0, 0},
	{E, 0, "user", "malformed", 0, 0},
	{E, 0, "user@", "malformed", 0, 0},
	{E, 0, "@evil.example", "malformed", 0, 0},
	{E, 0, "a@b@evil.example", "malformed", 0, 0},
	{E, 0, "user@localhost", "malformed", 0, 0},
	{E, 0, "user@198.51.100.7", "malformed", 0, 0},
	{E, 0, "user@[198.51.100.7]", "malformed", 0, 0},
	{E, 0, "user@\xef\xbc\x91.2.3.4", "malformed", 0, 0},
	{E, 0, "us er@evil.example", "malformed", 0, 0},
	{E, 0, "<user@evil.example>", "malformed", 0, 0},
	{E, 0, "User <user@evil.example>", "malformed", 0, 0},
	{E, 0, "mailto:user@evil.example", "malformed", 0, 0},
	{E, 0, "a\x01@evil.example", "malformed", 0, 0},
	{E, 0, "a\"b@evil.example", "malformed", 0, 0},
	{E, 0, "\"\"@evil.example", "malformed", 0, 0},
	{E, 0, "user@*.evil.example", "malformed", 0, 0},
	{E, 0, "user@.evil.example", "malformed", 0, 0},
	{E, 0, "\xff@evil.example", "bad-encoding", 0, 0},
	{E, 0, "user@\xff.example", "bad-encoding", 0, 0},
	{E, VALUE_REFANG, "user[@]evil[.]example", "user@evil.example", 0, 0},
	{E, VALUE_REFANG, "user(at)evil(dot)example", "user@evil.example",
	    0, 0}
};

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i]);
}

/* U-labels long enough to pass every buffer on their way. */
static void
test_long_unicode(void **state)
{
	char text[LIMIT_VALUE + 1];
	struct arena a;
	struct value v;
	size_t n, i;

	(void)state;
	arena_init(&a, MIB(1));
	for (n = 2; n <= LIMIT_VALUE - 8; n += n / 2 + 2) {
		n &= ~(size_t)1;
		for (i = 0; i < n; i += 2)
			memcpy(text + i, "\xc3\xbc", 2);
		memcpy(text + n, ".example", 8);
		assert_int_equal(value_normalise(&a, D,
		    (struct slice){text, n + 8}, 0, &v),
		    n <= 100 ? VALUE_OK : VALUE_BAD_LONG);
		for (i = 1; i < n; i += 2)
			text[i - 1] = 'a', text[i] = '.';
		assert_int_equal(value_normalise(&a, D,
		    (struct slice){text, n + 8}, 0, &v),
		    n + 8 > 253 ? VALUE_BAD_LONG : VALUE_BAD_SYNTAX);
	}
	memset(text, 'a', sizeof(text));
	assert_int_equal(value_normalise(&a, D,
	    (struct slice){text, LIMIT_VALUE}, 0, &v), VALUE_BAD_LONG);
	assert_int_equal(value_normalise(&a, D,
	    (struct slice){text, LIMIT_VALUE + 1}, 0, &v), VALUE_BAD_LONG);
	/* White space around it does not count. */
	memset(text, ' ', sizeof(text));
	memcpy(text + 4000, "evil.example", 12);
	assert_int_equal(value_normalise(&a, D,
	    (struct slice){text, sizeof(text)}, 0, &v), VALUE_OK);
	/* A NUL is a byte like another, and not one of a name. */
	assert_int_equal(value_normalise(&a, D,
	    (struct slice){"evil\0.example", 13}, 0, &v), VALUE_BAD_SYNTAX);
	assert_int_equal(value_normalise(&a, D,
	    (struct slice){"\xc3\xbc\0.example", 11}, 0, &v),
	    VALUE_BAD_ENCODING);
	arena_free(&a);
}

static void
test_wire(void **state)
{
	struct arena a;
	struct value v;

	(void)state;
	arena_init(&a, KIB(4));
	v = made(&a, D, "a.Evil.Example");
	assert_int_equal(v.keylen, 16);
	assert_memory_equal(v.key, "\1a\4evil\7example\0", 16);
	assert_int_equal(v.prefix, 0);
	assert_null(v.text.p);
	v = made(&a, D, L63 "." L63 "." L63 "." L60 "a");
	assert_int_equal(v.keylen, 255);
	arena_free(&a);
}

static void
test_parent(void **state)
{
	struct slice key = {"\1a\4evil\7example", 16}, p;

	(void)state;
	p = value_domain_parent(key);
	assert_int_equal(p.n, 14);
	assert_memory_equal(p.p, "\4evil\7example\0", 14);
	p = value_domain_parent(p);
	assert_int_equal(p.n, 9);
	assert_memory_equal(p.p, "\7example\0", 9);
	p = value_domain_parent(p);
	assert_int_equal(p.n, 0);
	assert_int_equal(value_domain_parent(SLICE("\0")).n, 0);
	assert_int_equal(value_domain_parent(SLICE("")).n, 0);
	/* A damaged key leads nowhere. */
	assert_int_equal(value_domain_parent(SLICE("\x3f" "ab\0")).n, 0);
	assert_int_equal(value_domain_parent(SLICE("\xff" "ab\0")).n, 0);
}

static void
test_invalid_keys(void **state)
{
	static const struct {
		const char *key;
		uint16_t n;
		uint8_t flags;
		int valid;
	} keys[] = {
		{"\4evil\7example", 14, 0, 1},
		{"\4evil\7example", 14, VALUE_SUFFIX, 1},
		{"\4evil\7example", 14, VALUE_TEXT, 0},
		{"\4evil\7example", 14, VALUE_DIGEST, 0},
		{"\4evil\7example", 13, 0, 0},        /* no root label */
		{"\4evil\7example\0", 15, 0, 0},
		{"\4evil\0\7example", 15, 0, 0},
		{"\4Evil\7example", 14, 0, 0},
		{"\4ev.l\7example", 14, 0, 0},
		{"\4ev l\7example", 14, 0, 0},
		{"\4ev\0l\7example", 14, 0, 0},
		{"\4ev\xc3l\7example", 14, 0, 0},
		{"\7example", 9, 0, 0},                /* one label */
		{"\4evil\3" "123", 10, 0, 0},
		{"\4evil\4" "0x7f", 11, 0, 0},
		{"\0", 1, 0, 0}, {"\4evil", 5, 0, 0}, {"\x3f", 1, 0, 0},
		{"\xc0\x0c\4evil", 8, 0, 0},           /* compression */
		{"\4evil\x40" L63 "a", 71, 0, 0},
		{"\4evil\x3f" L63, 70, 0, 1}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		uint8_t *copy = malloc(keys[i].n);
		struct value v = {.type = D, .flags = keys[i].flags,
		    .keylen = keys[i].n, .key = copy};
		struct buf b;

		assert_non_null(copy);
		memcpy(copy, keys[i].key, keys[i].n);
		ROW_CHECK(value_key_valid(&v) == keys[i].valid, "row %zu", i);
		buf_init(&b, 300);
		if (!keys[i].valid && keys[i].flags == 0)
			assert_int_equal(value_print(&v, &b), -1);
		buf_free(&b);
		free(copy);
	}
}

static void
test_arena_exhausted(void **state)
{
	struct arena a;
	struct value v;

	(void)state;
	arena_init(&a, 8);
	assert_int_equal(value_normalise(&a, D, SLICE("evil.example"), 0, &v),
	    VALUE_BAD_MEMORY);
	assert_int_equal(value_normalise(&a, VALUE_URL,
	    SLICE("http://evil.example/"), 0, &v), VALUE_BAD_MEMORY);
	assert_int_equal(value_normalise(&a, VALUE_MUTEX,
	    SLICE("Global\\mutex"), 0, &v), VALUE_BAD_MEMORY);
	assert_int_equal(value_normalise(&a, VALUE_IPV4,
	    SLICE("198.51.100.7"), 0, &v), VALUE_OK);
	arena_free(&a);
}

/* The key of a name that begins and ends with a letter; 0 when it is none. */
static size_t
wire_slowly(const char *p, size_t n, uint8_t *wire)
{
	size_t i, start = 0, labels = 0;

	if (n > 253)
		return 0;
	for (i = 0; i <= n; i++) {
		if (i == n || p[i] == '.') {
			if (i == start || i - start > 63)
				return 0;
			wire[start] = (uint8_t)(i - start);
			start = i + 1;
			labels++;
		} else if (isalnum((unsigned char)p[i]) || p[i] == '-' ||
		    p[i] == '_') {
			wire[i + 1] = (uint8_t)tolower((unsigned char)p[i]);
		} else {
			return 0;
		}
	}
	wire[n + 1] = 0;
	return labels > 1 ? n + 2 : 0;
}

/* Names are read many bytes at a time: every length, dots and what may not stand
 * in a name at every place. */
static void
test_any_length(void **state)
{
	static const char some[] = "abyzABYZ0189-_...", bad[] = "@[`{/:^ \x7f+,";
	uint64_t random = 1;
	struct arena a;
	struct value v;
	char text[260];
	uint8_t wire[260];
	size_t n, i, want, round;
	bool ok;

	(void)state;
	arena_init(&a, 65536);
	for (round = 0; round < 60000; round++) {
		n = 3 + round % 254;
		for (i = 0; i < n; i++) {
			random = random * UINT64_C(6364136223846793005) + 1;
			/* long labels as well as short ones */
			text[i] = some[(random >> 40) % (round % 3 == 0 ?
			    sizeof(some) - 1 : sizeof(some) - 4)];
			if (round % 3 != 0 && (random >> 50) % 24 == 0)
				text[i] = '.';
		}
		text[0] = 'q';
		text[n - 1] = 'Q';
		if (round % 5 == 0)
			text[1 + (random >> 33) % (n - 2)] =
			    bad[round / 5 % (sizeof(bad) - 1)];
		want = wire_slowly(text, n, wire);
		arena_reset(&a);
		ok = value_normalise(&a, VALUE_DOMAIN, (struct slice){text, n},
		    0, &v) == VALUE_OK;
		assert_int_equal(ok, want != 0);
		if (!ok)
			continue;
		assert_int_equal(v.keylen, want);
		assert_memory_equal(v.key, wire, want);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_long_unicode),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_parent),
		cmocka_unit_test(test_invalid_keys),
		cmocka_unit_test(test_any_length),
		cmocka_unit_test(test_arena_exhausted)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
