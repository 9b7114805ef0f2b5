/* SPDX-License-Identifier: BSD-2-Clause */
/* url. */
#include "base_value_rows.h"

#include "base/digest.h"
#include "base/hex.h"

#define U VALUE_URL
#define H "http://evil.example"
#define L10 "aaaaaaaaaa"
#define L50 L10 L10 L10 L10 L10
#define L250 L50 L50 L50 L50 L50

static const struct value_row rows[] = {
	{U, 0, H "/", H "/", 0, 0}, {U, 0, H, H "/", 0, 0},
	{U, 0, " " H "/ \n", H "/", 0, 0},
	/* scheme and host */
	{U, 0, "HTTP://EVIL.Example/", H "/", 0, 0},
	{U, 0, "hTTpS://evil.example/", "https://evil.example/", 0, 0},
	{U, 0, "ftp://evil.example/", "ftp://evil.example/", 0, 0},
	{U, 0, "x-y+z.1://evil.example/", "x-y+z.1://evil.example/", 0, 0},
	{U, 0, "hxxp://evil.example/", "hxxp://evil.example/", 0, 0},
	{U, 0, "http://evil.example./", H "/", 0, 0},
	{U, 0, "http://b\xc3\xbc" "cher.example/", "http://xn--bcher-kva.example/",
	    0, 0},
	{U, 0, "http://%65vil.example/", H "/", 0, 0},
	{U, 0, "http://b%C3%BCcher.example/", "http://xn--bcher-kva.example/",
	    0, 0},
	{U, 0, "http://a_b.example/", "http://a_b.example/", 0, 0},
	{U, 0, "http://localhost/x", "http://localhost/x", 0, 0},
	{U, 0, "http://198.51.100.7/", "http://198.51.100.7/", 0, 0},
	{U, 0, "http://198.51.100.7./", "http://198.51.100.7/", 0, 0},
	{U, 0, "http://\xef\xbc\x98.8.8.8/", "http://8.8.8.8/", 0, 0},
	{U, 0, "http://%38.8.8.8/", "http://8.8.8.8/", 0, 0},
	{U, 0, "http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/", 0, 0},
	{U, 0, "http://[2001:db8::1]", "http://[2001:db8::1]/", 0, 0},
	{U, 0, "http://[2001:db8::1%25eth0]:8080/",
	    "http://[2001:db8::1]:8080/", 0, 0},
	{U, 0, "http://[::ffff:198.51.100.7]/", "http://198.51.100.7/", 0, 0},
	{U, 0, "http://192.168.1.1/", "bogon", 0, 0},
	{U, 0, "http://[fe80::1]/", "bogon", 0, 0},
	{U, 0, "http://[::ffff:10.0.0.1]/", "bogon", 0, 0},
	{U, VALUE_ALLOW_BOGON, "http://192.168.1.1/", "http://192.168.1.1/",
	    0, 0},
	/* another spelling of an address is no host name */
	{U, 0, "http://3325256711/", "malformed", 0, 0},
	{U, 0, "http://0xc6336407/", "malformed", 0, 0},
	{U, 0, "http://0306.063.0144.07/", "malformed", 0, 0},
	{U, 0, "http://198.51.25607/", "malformed", 0, 0},
	{U, 0, "http://198.51.100.0x7/", "malformed", 0, 0},
	/* port */
	{U, 0, "http://evil.example:80/", H "/", 0, 0},
	{U, 0, "http://evil.example:/", H "/", 0, 0},
	{U, 0, "http://evil.example:0080/", H "/", 0, 0},
	{U, 0, "http://evil.example:8080", H ":8080/", 0, 0},
	{U, 0, "http://evil.example:08080/", H ":8080/", 0, 0},
	{U, 0, "http://evil.example:0/", H ":0/", 0, 0},
	{U, 0, "http://evil.example:65535/", H ":65535/", 0, 0},
	{U, 0, "http://evil.example:56001", H ":56001/", 0, 0},
	{U, 0, "http://evil.example:56001?q", H ":56001/?q", 0, 0},
	{U, 0, "http://evil.example:56001/%", H ":56001/%25", 0, 0},
	{U, 0, "http://198.51.100.7:56001", "http://198.51.100.7:56001/", 0, 0},
	{U, 0, "evil.example:56001", "evil.example:56001/", 0, 0},
	{U, 0, "https://evil.example:443/", "https://evil.example/", 0, 0},
	{U, 0, "https://evil.example:80/", "https://evil.example:80/", 0, 0},
	{U, 0, "http://evil.example:443/", H ":443/", 0, 0},
	{U, 0, "ftp://evil.example:21/", "ftp://evil.example/", 0, 0},
	{U, 0, "ws://evil.example:80/", "ws://evil.example/", 0, 0},
	{U, 0, "wss://evil.example:443/", "wss://evil.example/", 0, 0},
	{U, 0, "tcp://evil.example:4444/", "tcp://evil.example:4444/", 0, 0},
	{U, 0, "http://evil.example:65536/", "malformed", 0, 0},
	{U, 0, "http://evil.example:99999999999999999999/", "malformed", 0, 0},
	{U, 0, "http://evil.example:8a/", "malformed", 0, 0},
	{U, 0, "http://evil.example:-1/", "malformed", 0, 0},
	{U, 0, "http://evil.example:80:80/", "malformed", 0, 0},
	{U, 0, "http://[2001:db8::1]:x/", "malformed", 0, 0},
	{U, 0, "http://[2001:db8::1]80/", "malformed", 0, 0},
	/* userinfo */
	{U, 0, "http://user:pw@evil.example/x", H "/x", 0, 0},
	{U, 0, "http://user@evil.example:80/x", H "/x", 0, 0},
	{U, 0, "http://@evil.example/x", H "/x", 0, 0},
	{U, 0, "http://good.example@evil.example/x", H "/x", 0, 0},
	{U, 0, "http://a@b@evil.example/x", H "/x", 0, 0},
	{U, 0, "http://user:pw@[2001:db8::1]/", "http://[2001:db8::1]/", 0, 0},
	{U, 0, "http://evil.example/@good.example", H "/@good.example", 0, 0},
	{U, 0, "http://user@/x", "malformed", 0, 0},
	/* RFC 3986 section 5.2.4 and 5.4, dot segments */
	{U, 0, H "/a/b/c/./../../g", H "/a/g", 0, 0},
	{U, 0, H "/mid/content=5/../6", H "/mid/6", 0, 0},
	{U, 0, H "/.", H "/", 0, 0}, {U, 0, H "/..", H "/", 0, 0},
	{U, 0, H "/./", H "/", 0, 0}, {U, 0, H "/../", H "/", 0, 0},
	{U, 0, H "/a/.", H "/a/", 0, 0}, {U, 0, H "/a/./", H "/a/", 0, 0},
	{U, 0, H "/a/..", H "/", 0, 0}, {U, 0, H "/a/../", H "/", 0, 0},
	{U, 0, H "/a/b/..", H "/a/", 0, 0},
	{U, 0, H "/a/b/../..", H "/", 0, 0},
	{U, 0, H "/../../../g", H "/g", 0, 0},
	{U, 0, H "/a/../../g", H "/g", 0, 0},
	{U, 0, H "/./g", H "/g", 0, 0}, {U, 0, H "/a/./g", H "/a/g", 0, 0},
	{U, 0, H "/g.", H "/g.", 0, 0}, {U, 0, H "/.g", H "/.g", 0, 0},
	{U, 0, H "/g..", H "/g..", 0, 0}, {U, 0, H "/..g", H "/..g", 0, 0},
	{U, 0, H "/...", H "/...", 0, 0},
	{U, 0, H "/./g/.", H "/g/", 0, 0},
	{U, 0, H "/g/./h", H "/g/h", 0, 0}, {U, 0, H "/g/../h", H "/h", 0, 0},
	{U, 0, H "/g;x=1/./y", H "/g;x=1/y", 0, 0},
	{U, 0, H "/g;x=1/../y", H "/y", 0, 0},
	{U, 0, H "//", H "//", 0, 0}, {U, 0, H "//a", H "//a", 0, 0},
	{U, 0, H "/a//../b", H "/a/b", 0, 0},
	{U, 0, H "/a/..//b", H "//b", 0, 0},
	{U, 0, H "/%2e%2E/a", H "/a", 0, 0}, {U, 0, H "/a/%2e", H "/a/", 0, 0},
	{U, 0, H "/a/.%2e/b", H "/b", 0, 0},
	{U, 0, H "/a?b/../c", H "/a?b/../c", 0, 0},
	/* escapes */
	{U, 0, H "/%7euser", H "/~user", 0, 0},
	{U, 0, H "/%41%5a%61%7A%30%39%2D%2e%5f%7E", H "/AZaz09-._~", 0, 0},
	{U, 0, H "/%2f%3a", H "/%2F%3A", 0, 0},
	{U, 0, H "/%c3%bc", H "/%C3%BC", 0, 0},
	{U, 0, H "/\xc3\xbc", H "/%C3%BC", 0, 0},
	{U, 0, H "/a b", H "/a%20b", 0, 0},
	{U, 0, H "/a%20b", H "/a%20b", 0, 0},
	{U, 0, H "/%00%0a", H "/%00%0A", 0, 0},
	{U, 0, H "/\"<>\\^`{|}[]", H "/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D",
	    0, 0},
	{U, 0, H "/!$&'()*+,;=:@-._~", H "/!$&'()*+,;=:@-._~", 0, 0},
	{U, 0, H "/%", H "/%25", 0, 0}, {U, 0, H "/%4", H "/%254", 0, 0},
	{U, 0, H "/%zz", H "/%25zz", 0, 0},
	{U, 0, H "/%4g", H "/%254g", 0, 0},
	{U, 0, H "/%%34%31", H "/%2541", 0, 0},
	{U, 0, H "/%2541", H "/%2541", 0, 0},
	{U, 0, H "/%25%34%31", H "/%2541", 0, 0},
	/* case */
	{U, 0, H "/Panel/Five.PHP", H "/Panel/Five.PHP", 0, 0},
	/* query: byte for byte */
	{U, 0, H "?q", H "/?q", 0, 0}, {U, 0, H "/?", H "/?", 0, 0},
	{U, 0, H "/?Q=%7e%2f%zz&x=a b", H "/?Q=%7e%2f%zz&x=a b", 0, 0},
	{U, 0, H "/a?b?c", H "/a?b?c", 0, 0},
	{U, 0, H "/?\xc3\xbc", H "/?\xc3\xbc", 0, 0},
	{U, 0, H "/?a\\b\"<>{}|^`[]", H "/?a\\b\"<>{}|^`[]", 0, 0},
	{U, 0, H "/?u=http://good.example/", H "/?u=http://good.example/",
	    0, 0},
	/* fragment */
	{U, 0, H "/a#b", H "/a", 0, 0}, {U, 0, H "#b", H "/", 0, 0},
	{U, 0, H "/a?b#c?d#e", H "/a?b", 0, 0},
	{U, 0, H "/?a #b", H "/?a", 0, 0}, {U, 0, H "/a #b", H "/a", 0, 0},
	{U, 0, H "/#", H "/", 0, 0},
	/* without a scheme */
	{U, 0, "evil.example/a?b", "evil.example/a?b", 0, 0},
	{U, 0, "Evil.Example", "evil.example/", 0, 0},
	{U, 0, "evil.example:8080/a", "evil.example:8080/a", 0, 0},
	{U, 0, "evil.example:80", "evil.example:80/", 0, 0},
	{U, 0, "evil.example:/a", "evil.example/a", 0, 0},
	{U, 0, "198.51.100.7/a", "198.51.100.7/a", 0, 0},
	{U, 0, "198.51.100.7", "198.51.100.7/", 0, 0},
	{U, 0, "[2001:db8::1]:80/a", "[2001:db8::1]:80/a", 0, 0},
	{U, 0, "evil.example//b", "evil.example//b", 0, 0},
	{U, 0, "evil.example?u=http://x", "evil.example/?u=http://x", 0, 0},
	{U, 0, "localhost/x", "malformed", 0, 0},
	{U, 0, "user@evil.example/x", "malformed", 0, 0},
	{U, 0, "mailto:user@evil.example", "malformed", 0, 0},
	{U, 0, "javascript:alert(1)", "malformed", 0, 0},
	{U, 0, "data:text/html,x", "malformed", 0, 0},
	{U, 0, "magnet:?xt=urn:btih:0", "malformed", 0, 0},
	{U, 0, "about:blank", "malformed", 0, 0},
	{U, 0, "//evil.example/", "malformed", 0, 0},
	{U, 0, "/path", "malformed", 0, 0}, {U, 0, "?q", "malformed", 0, 0},
	{U, 0, "#f", "malformed", 0, 0}, {U, 0, "://", "malformed", 0, 0},
	{U, 0, "://evil.example/", "malformed", 0, 0},
	{U, 0, "1http://evil.example/", "malformed", 0, 0},
	{U, 0, "http:evil.example", "malformed", 0, 0},
	{U, 0, "http:/evil.example/", "malformed", 0, 0},
	{U, 0, "http://", "malformed", 0, 0},
	{U, 0, "http:///path", "malformed", 0, 0},
	{U, 0, "http://?q", "malformed", 0, 0},
	{U, 0, "http://#f", "malformed", 0, 0},
	{U, 0, "file:///etc/passwd", "malformed", 0, 0},
	{U, 0, "http://.", "malformed", 0, 0},
	{U, 0, "http://:80/", "malformed", 0, 0},
	{U, 0, "http://evil..example/", "malformed", 0, 0},
	{U, 0, "http://evil example/", "malformed", 0, 0},
	{U, 0, "http:// evil.example/", "malformed", 0, 0},
	{U, 0, "http://evil.example\\x/", "malformed", 0, 0},
	{U, 0, "http://evil%2.example/", "malformed", 0, 0},
	{U, 0, "http://evil%zz.example/", "malformed", 0, 0},
	{U, 0, "http://evil%2fx.example/", "malformed", 0, 0},
	{U, 0, "http://evil%00.example/", "malformed", 0, 0},
	{U, 0, "http://*.evil.example/", "malformed", 0, 0},
	{U, 0, "http://[2001:db8::1/", "malformed", 0, 0},
	{U, 0, "http://2001:db8::1]/", "malformed", 0, 0},
	{U, 0, "http://2001:db8::1/", "malformed", 0, 0},
	{U, 0, "http://[]/", "malformed", 0, 0},
	{U, 0, "http://[198.51.100.7]/", "malformed", 0, 0},
	{U, 0, "http://[v1.x]/", "malformed", 0, 0},
	{U, 0, H "/a\tb", "malformed", 0, 0},
	{U, 0, H "/a\nb", "malformed", 0, 0},
	{U, 0, H "/a\x7f" "b", "malformed", 0, 0},
	{U, 0, H "/?a\tb", "malformed", 0, 0},
	{U, 0, H "/?a\x1b", "malformed", 0, 0},
	{U, 0, H "/\xff", "bad-encoding", 0, 0},
	{U, 0, H "/?\xed\xa0\x80", "bad-encoding", 0, 0},
	{U, 0, "http://\xff/", "bad-encoding", 0, 0},
	{U, 0, "http://%ff.example/", "bad-encoding", 0, 0},
	{U, 0, "http://xn--zzzzzz99.example/", "bad-encoding", 0, 0},
	{U, 0, "http://" L50 L10 "aaaa.example/", "too-long", 0, 0},
	{U, 0, "http://" L250 ".example/", "too-long", 0, 0},
	{U, 0, "", "empty", 0, 0},
	{U, 0, L50 "://evil.example/", "malformed", 0, 0},
	/* long */
	{U, 0, H "/" L250 L250, H "/" L250 L250, 0, 0},
	{U, 0, H "/" L250 "?" L250 "Q", H "/" L250 "?" L250 "Q", 0, 0},
	/* defanged */
	{U, VALUE_REFANG, "hxxp://evil[.]example/a", H "/a", 0, 0},
	{U, VALUE_REFANG, "hXXp://evil[.]example/a", H "/a", 0, 0},
	{U, VALUE_REFANG, "hxxps://evil(.)example/a",
	    "https://evil.example/a", 0, 0},
	{U, VALUE_REFANG, "hxxp[:]//evil[.]example/a", H "/a", 0, 0},
	{U, VALUE_REFANG, "hxxp[://]evil[.]example/a", H "/a", 0, 0},
	{U, VALUE_REFANG, "hxxp[s]://evil[.]example/a",
	    "https://evil.example/a", 0, 0},
	{U, VALUE_REFANG, "http[:]//evil[.]example[/]a", H "/a", 0, 0},
	{U, VALUE_REFANG, "h**p://evil.example/a", H "/a", 0, 0},
	{U, VALUE_REFANG, "fxp://evil.example/a", "ftp://evil.example/a", 0, 0},
	{U, VALUE_REFANG, "http://198[.]51[.]100[.]7[:]8080/",
	    "http://198.51.100.7:8080/", 0, 0},
	{U, VALUE_REFANG, "hxxp://[2001:db8::1]/", "http://[2001:db8::1]/",
	    0, 0},
	{U, VALUE_REFANG, "hxxp", "malformed", 0, 0},
	{U, VALUE_REFANG, "hxxp://", "malformed", 0, 0}
};

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i]);
}

/* The bytes of the key, as doc/format.md has them. */
static void
test_keys(void **state)
{
	static const struct {
		const char *url, *key;
		size_t n, loose;
		int text; /* 8 bytes of digest follow, and the text is kept */
	} keys[] = {
		{H "/a", "evil.example/a\0http", 19, 15, 0},
		{H ":8080/a", "evil.example/a\0http:8080", 24, 15, 0},
		{"https://evil.example/a", "evil.example/a\0https", 20, 15, 0},
		{"evil.example/a", "evil.example/a\0", 15, 15, 0},
		{"evil.example:80/a", "evil.example/a\0:80", 18, 15, 0},
		{H "/a?b", "evil.example/a?b\0http", 21, 17, 0},
		{H "/%2f", "evil.example/%2f\0http", 21, 17, 0},
		{H "/%2F", "evil.example/%2f\0http", 21, 17, 0},
		{H "/A", "evil.example/a\0http\0", 20, 15, 1},
		{H "/a?B", "evil.example/a?b\0http\0", 22, 17, 1},
		{H "/?%2f", "evil.example/?%2f\0http", 22, 18, 0},
		{H "/?%2F", "evil.example/?%2f\0http\0", 23, 18, 1},
		{"http://[2001:db8::1]/", "[2001:db8::1]/\0http", 19, 15, 0}
	};
	uint8_t sum[SHA256_LEN];
	struct arena a;
	struct value v;
	size_t i;

	(void)state;
	arena_init(&a, KIB(64));
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		v = made(&a, U, keys[i].url);
		ROW_CHECK(v.keylen == keys[i].n + (keys[i].text ? 8 : 0), "%s",
		    keys[i].url);
		assert_memory_equal(v.key, keys[i].key, keys[i].n);
		assert_int_equal(value_url_loose_len(v.key, v.keylen),
		    keys[i].loose);
		assert_int_equal(v.flags, keys[i].text ? VALUE_TEXT : 0);
		if (keys[i].text) {
			sha256(v.text.p, v.text.n, sum);
			assert_memory_equal(v.key + keys[i].n, sum, 8);
		}
	}
	arena_free(&a);
}

/* URLs that differ in scheme, port and case share the loose part only. */
static void
test_loose(void **state)
{
	static const char *const same[] = {
		H "/Path?Q", "https://evil.example/path?q",
		"evil.example:8080/PATH?q", "ftp://EVIL.example/pAth?Q"
	};
	struct value v[ARRAY_LEN(same)];
	struct arena a;
	size_t i, j, loose;

	(void)state;
	arena_init(&a, KIB(64));
	for (i = 0; i < ARRAY_LEN(same); i++) {
		v[i] = made(&a, U, same[i]);
		loose = value_url_loose_len(v[0].key, v[0].keylen);
		assert_int_equal(value_url_loose_len(v[i].key, v[i].keylen),
		    loose);
		assert_memory_equal(v[i].key, v[0].key, loose);
		for (j = 0; j < i; j++)
			assert_false(values_same(&v[i], &v[j]));
	}
	assert_int_equal(value_url_loose_len((const uint8_t *)"abc", 3), 0);
	assert_int_equal(value_url_loose_len(NULL, 0), 0);
	arena_free(&a);
}

/* Around the length from which the loose part becomes a digest. */
static void
test_long_keys(void **state)
{
	char text[700];
	uint8_t sum[SHA256_LEN];
	char hex[2 * SHA256_LEN];
	struct arena a;
	struct value v;
	size_t n;

	(void)state;
	for (n = LIMIT_VALUE_KEY - 20; n < LIMIT_VALUE_KEY + 60; n++) {
		arena_init(&a, KIB(64));
		/* "evil.example/" and x to make n bytes */
		memcpy(text, H "/", sizeof(H));
		memset(text + sizeof(H), 'x', sizeof(text) - sizeof(H));
		text[7 + n] = '\0';
		v = made(&a, U, text);
		check_made(&a, &v, text);
		if (n <= LIMIT_VALUE_KEY) {
			assert_int_equal(v.flags, 0);
			assert_int_equal(v.keylen, n + 5);
		} else {
			assert_int_equal(v.flags, VALUE_DIGEST | VALUE_TEXT);
			assert_int_equal(v.keylen, 64 + 5);
			sha256(text + 7, n, sum);
			hex_encode(sum, sizeof(sum), hex);
			assert_memory_equal(v.key, hex, sizeof(hex));
			assert_int_equal(value_url_loose_len(v.key, v.keylen),
			    65);
			assert_true(slice_is(v.text, text));
		}
		/* Case matters in the second part alone. */
		text[30] = 'X';
		v = made(&a, U, text);
		check_made(&a, &v, text);
		if (n > LIMIT_VALUE_KEY) {
			assert_memory_equal(v.key, hex, sizeof(hex));
			assert_int_equal(v.keylen, 64 + 5 + 9);
		}
		arena_free(&a);
	}
}

/* Escaping makes a text three times as long: it may become too long. */
static void
test_growth(void **state)
{
	char *text = malloc(LIMIT_VALUE);
	struct arena a;
	struct value v;
	enum value_reason why;
	size_t n;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', LIMIT_VALUE);
	memcpy(text, H "/", sizeof(H));
	for (n = sizeof(H); n < LIMIT_VALUE; n += n < 2700 ? 200 : 7) {
		size_t grown = sizeof(H) + 3 * (n - sizeof(H)) + 1;

		arena_init(&a, KIB(64));
		text[n] = 'x';
		why = value_normalise(&a, U, (struct slice){text, n + 1}, 0,
		    &v);
		assert_int_equal(why, grown > LIMIT_VALUE ? VALUE_BAD_LONG :
		    VALUE_OK);
		if (why == VALUE_OK)
			check_made(&a, &v, "long");
		text[n] = ' ';
		arena_free(&a);
	}
	free(text);
}

/* The longest text as it is. */
static void
test_longest(void **state)
{
	char *text = malloc(LIMIT_VALUE + 1);
	struct arena a;
	struct value v;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LIMIT_VALUE + 1);
	memcpy(text, H "/?", sizeof(H) + 1);
	arena_init(&a, KIB(64));
	assert_int_equal(value_normalise(&a, U,
	    (struct slice){text, LIMIT_VALUE}, 0, &v), VALUE_OK);
	check_made(&a, &v, "longest");
	assert_int_equal(value_normalise(&a, U,
	    (struct slice){text, LIMIT_VALUE + 1}, 0, &v), VALUE_BAD_LONG);
	/* One '/' is put in: a byte too long. */
	memcpy(text, H "?x", sizeof(H) + 1);
	assert_int_equal(value_normalise(&a, U,
	    (struct slice){text, LIMIT_VALUE}, 0, &v), VALUE_BAD_LONG);
	assert_int_equal(value_normalise(&a, U,
	    (struct slice){text, LIMIT_VALUE - 1}, 0, &v), VALUE_OK);
	arena_free(&a);
	free(text);
}

/* "http" may be read in one pass, "HTTP" never is: does it make a difference? */
static void
check_both_ways(struct arena *a, struct slice text, unsigned options)
{
	char other[128];
	enum value_reason why, also;
	struct value v, w;
	char *copy;

	assert_true(text.n >= 4 && text.n <= sizeof(other));
	memcpy(other, text.p, text.n);
	memcpy(other, "HTTP", 4);
	/* Exactly allocated, so that a read past the end is seen. */
	copy = malloc(text.n);
	assert_non_null(copy);
	memcpy(copy, text.p, text.n);
	why = value_normalise(a, U, (struct slice){copy, text.n}, options, &v);
	free(copy);
	also = value_normalise(a, U, (struct slice){other, text.n}, options,
	    &w);
	ROW_CHECK(why == also, "'%.*s' is %s in one pass and %s in others",
	    SLICE_ARG(text), value_reason_name(why), value_reason_name(also));
	ROW_CHECK(why != VALUE_OK || (values_same(&v, &w) &&
	    v.flags == w.flags), "'%.*s'", SLICE_ARG(text));
}

/* Every byte at every place of URLs whose parts are shorter and longer than what
 * is read at a time. */
static void
test_one_pass(void **state)
{
	static const char *const urls[] = {
		"http://a.b/c",
		"http://198.51.100.7:56001/bin.sh",
		"https://1.2.3.4/a.b?c=/.d&E",
		"http://evil.example:80",
		"https://a-1.b_2.xn--bcher-kva.example/Wp/i.php?id=2&x=a+b",
		"http://evil.example/0123456789abcde/0123456789abcdef?a~b=c"
	};
	char text[128];
	struct arena a;
	size_t i, at, n;
	unsigned c;

	(void)state;
	arena_init(&a, KIB(64));
	for (i = 0; i < ARRAY_LEN(urls); i++) {
		n = strlen(urls[i]);
		memcpy(text, urls[i], n + 1);
		for (at = 4; at < n; at++) {
			for (c = 0; c < 256; c++) {
				text[at] = (char)c;
				arena_reset(&a);
				check_both_ways(&a, (struct slice){text, n},
				    c & 1 ? ANY : 0);
			}
			text[at] = urls[i][at];
			/* and cut off there */
			check_both_ways(&a, (struct slice){text, at}, 0);
		}
	}
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		arena_reset(&a);
		n = strlen(rows[i].in);
		if (n <= sizeof(text) && strncmp(rows[i].in, "http", 4) == 0)
			check_both_ways(&a, slice_str(rows[i].in), 0);
	}
	arena_free(&a);
}

static void
test_invalid_keys(void **state)
{
	static const struct {
		const char *key;
		uint16_t n;
		const char *text;
		uint8_t flags;
		int valid;
	} keys[] = {
		{"evil.example/a\0http", 19, NULL, 0, 1},
		{"evil.example/a\0", 15, NULL, 0, 1},
		{"evil.example/%2f\0http", 21, NULL, 0, 1},
		{"xn--zzzzzz99.example/\0", 22, NULL, 0, 1},
		{"evil.example/a", 14, NULL, 0, 0},
		{"\0http", 5, NULL, 0, 0}, {"evil.example\0http", 17, NULL, 0, 0},
		{"evil.example/A\0http", 19, NULL, 0, 0},
		{"Evil.example/a\0http", 19, NULL, 0, 0},
		{"evil.example/a\0HTTP", 19, NULL, 0, 0},
		{"evil.example/a\0http:80", 22, NULL, 0, 0},
		{"evil.example/a\0http:", 20, NULL, 0, 0},
		{"evil.example/a\0http:08", 22, NULL, 0, 0},
		{"evil.example/a\0http:65536", 25, NULL, 0, 0},
		{"evil.example/a\0http:8x", 22, NULL, 0, 0},
		{"evil.example/a\0ht/tp", 20, NULL, 0, 0},
		{"evil.example/../a\0http", 22, NULL, 0, 0},
		{"evil.example/%41\0http", 21, NULL, 0, 0},
		{"evil.example/%2F\0http", 21, NULL, 0, 0},
		{"evil.example/%\0http", 19, NULL, 0, 0},
		{"evil.example/a b\0http", 21, NULL, 0, 0},
		{"evil.example/a#b\0http", 21, NULL, 0, 0},
		{"u@evil.example/a\0http", 21, NULL, 0, 0},
		{"evil.example:8/a\0http", 21, NULL, 0, 0},
		{"localhost/a\0", 12, NULL, 0, 0},
		{"1.2.3/a\0http", 12, NULL, 0, 0},
		{"[::ffff:1.2.3.4]/\0http", 22, NULL, 0, 0},
		{"evil.example/?a \0http", 21, NULL, 0, 0},
		{"evil.example/a\0http\0" "01234567", 28, NULL, 0, 0},
		{"evil.example/a\0http", 19, H "/a", VALUE_TEXT, 0},
		{"evil.example/a\0http", 19, H "/A", VALUE_TEXT, 0},
		{"evil.example/a\0http\0" "01234567", 28, H "/A", VALUE_TEXT, 0},
		{"evil.example/a\0http\0" "01234567", 28, NULL, VALUE_TEXT, 0},
		{"evil.example/a\0http", 19, NULL, VALUE_DIGEST, 0},
		{"evil.example/a\0http", 19, H "/a", VALUE_DIGEST | VALUE_TEXT,
		    0}
	};
	struct arena a;
	struct value v;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		uint8_t *copy = malloc(keys[i].n);

		assert_non_null(copy);
		memcpy(copy, keys[i].key, keys[i].n);
		v = (struct value){.type = U, .flags = keys[i].flags,
		    .keylen = keys[i].n, .key = copy,
		    .text = slice_str(keys[i].text)};
		ROW_CHECK(value_key_valid(&v) == keys[i].valid, "row %zu", i);
		free(copy);
	}
	/* The right key with another's text. */
	arena_init(&a, KIB(64));
	v = made(&a, U, H "/A");
	assert_true(value_key_valid(&v));
	v.text = SLICE(H "/a");
	assert_false(value_key_valid(&v));
	v = made(&a, U, H "/" L250 L250);
	assert_true(value_key_valid(&v));
	v.text.n--;
	assert_false(value_key_valid(&v));
	v.flags = VALUE_TEXT;
	assert_false(value_key_valid(&v));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_loose),
		cmocka_unit_test(test_long_keys),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_one_pass),
		cmocka_unit_test(test_invalid_keys)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
