/* SPDX-License-Identifier: BSD-2-Clause */
/* What a probe matches, in which order, and what it does not. */
#include "tests/unit/reader_fixture.h"

#include <stdio.h>

static const char sha256_text[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b851";
static char long_url[700], long_agent[900], other_agent[900];

static void
make_texts(void)
{
	memset(long_url, 'a', sizeof(long_url) - 1);
	memcpy(long_url, "http://long.example/", 20);
	memset(long_agent, 'x', sizeof(long_agent) - 1);
	memcpy(other_agent, long_agent, sizeof(long_agent));
	other_agent[800] = 'y';
}

static const struct fixture_object objects[] = {
    {.values = "ipv4-addr=198.51.100.7"},
    {.values = "ipv4-addr=198.51.100.0/24"},
    {.values = "ipv4-addr=198.51.0.0/16"},
    {.values = "ipv4-addr=203.0.113.128/25"},
    {.values = "ipv6-addr=2001:db8::1"},
    {.values = "ipv6-addr=2001:db8::/32"},
    {.values = "ipv6-addr=2001:db8:0:1::/64"},
    {.values = "domain-name=evil.example"},
    {.values = "domain-name=www.evil.example"},
    {.values = "domain-name=b\xc3\xbc" "cher.example"},
    {.values = "url=http://evil.example/a?b=1"},
    {.values = "url=http://evil.example/Case/Path"},
    {.values = "url=https://evil.example:8443/case/path"},
    {.values = "email-addr=Mallory@Evil.example"},
    {.values = "sha256="
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B851"},
    {.values = "md5=0cc175b9c0f1b6a831c399e269772661"},
    {.values = "vulnerability=CVE-2026-12345"},
    {.values = "autonomous-system=AS64500"},
    {.values = NULL},
};

struct expect {
	const char *probe;
	unsigned find;
	const char *matches; /* "kind type text" …, in order */
};

static const struct expect expects[] = {
    /* addresses: exact, then narrow before wide */
    {"198.51.100.7", TW_FIND_ALL, "exact ipv4-addr 198.51.100.7;"
        "network ipv4-addr 198.51.100.0/24;network ipv4-addr 198.51.0.0/16;"},
    {"198.51.100.7", TW_FIND_EXACT, "exact ipv4-addr 198.51.100.7;"},
    {"198.51.100.7", TW_FIND_NETWORK, "network ipv4-addr 198.51.100.0/24;"
        "network ipv4-addr 198.51.0.0/16;"},
    {"198[.]51[.]100[.]7", TW_FIND_EXACT, "exact ipv4-addr 198.51.100.7;"},
    {"::ffff:198.51.100.7", TW_FIND_EXACT, "exact ipv4-addr 198.51.100.7;"},
    {"198.51.99.1", TW_FIND_ALL, "network ipv4-addr 198.51.0.0/16;"},
    {"198.52.0.1", TW_FIND_ALL, ""},
    {"203.0.113.127", TW_FIND_ALL, ""},
    {"203.0.113.128", TW_FIND_ALL, "network ipv4-addr 203.0.113.128/25;"},
    {"127.0.0.1", TW_FIND_ALL, ""}, /* a bogon may be asked for */
    /* networks as probes: themselves and wider ones, never narrower */
    {"198.51.100.0/24", TW_FIND_ALL, "exact ipv4-addr 198.51.100.0/24;"
        "network ipv4-addr 198.51.0.0/16;"},
    {"198.51.100.64/26", TW_FIND_ALL, "network ipv4-addr 198.51.100.0/24;"
        "network ipv4-addr 198.51.0.0/16;"},
    {"198.51.0.0/15", TW_FIND_ALL, ""},
    {"2001:db8::1", TW_FIND_ALL, "exact ipv6-addr 2001:db8::1;"
        "network ipv6-addr 2001:db8::/32;"},
    {"2001:db8:0:1::9", TW_FIND_ALL, "network ipv6-addr 2001:db8:0:1::/64;"
        "network ipv6-addr 2001:db8::/32;"},
    {"2001:db9::1", TW_FIND_ALL, ""},
    /* domains: exact, then each parent */
    {"evil.example", TW_FIND_ALL, "exact domain-name evil.example;"},
    {"EVIL.example.", TW_FIND_ALL, "exact domain-name evil.example;"},
    {"a.b.www.evil.example", TW_FIND_ALL,
        "parent-domain domain-name www.evil.example;"
        "parent-domain domain-name evil.example;"},
    {"www.evil.example", TW_FIND_ALL, "exact domain-name www.evil.example;"
        "parent-domain domain-name evil.example;"},
    {"www.evil.example", TW_FIND_EXACT,
        "exact domain-name www.evil.example;"},
    {"www.evil.example", TW_FIND_PARENT,
        "parent-domain domain-name evil.example;"},
    {"notevil.example", TW_FIND_ALL, ""},
    {"evil.example.com", TW_FIND_ALL, ""},
    {"xn--bcher-kva.example", TW_FIND_ALL,
        "exact domain-name xn--bcher-kva.example;"},
    {"m.b\xc3\xbc" "cher.example", TW_FIND_ALL,
        "parent-domain domain-name xn--bcher-kva.example;"},
    /* URLs: strict; but for scheme, port and case; the host on demand */
    {"http://evil.example/a?b=1", TW_FIND_ALL,
        "exact url http://evil.example/a?b=1;"},
    {"hxxp://evil[.]example/a?b=1", TW_FIND_ALL,
        "exact url http://evil.example/a?b=1;"},
    {"https://EVIL.example:444/a?B=1", TW_FIND_ALL,
        "url-loose url http://evil.example/a?b=1;"},
    {"https://evil.example/a?b=1", TW_FIND_EXACT, ""},
    {"http://evil.example/a?b=2", TW_FIND_ALL, ""},
    {"http://evil.example/Case/Path", TW_FIND_EXACT,
        "exact url http://evil.example/Case/Path;"},
    {"http://evil.example/Case/Path", TW_FIND_ALL,
        "exact url http://evil.example/Case/Path;"
        "url-loose url https://evil.example:8443/case/path;"},
    {"http://evil.example/case/path", TW_FIND_EXACT, ""},
    {"http://w.evil.example:81/x", TW_FIND_ALL | TW_FIND_HOST,
        "url-host domain-name evil.example;"},
    {"http://198.51.100.7/x", TW_FIND_ALL | TW_FIND_HOST,
        "url-host ipv4-addr 198.51.100.7;url-host ipv4-addr 198.51.100.0/24;"
        "url-host ipv4-addr 198.51.0.0/16;"},
    {"http://[2001:db8::1]:8080/x", TW_FIND_HOST,
        "url-host ipv6-addr 2001:db8::1;"},
    {"http://evil.example/a?b=1", TW_FIND_EXACT | TW_FIND_HOST,
        "exact url http://evil.example/a?b=1;"
        "url-host domain-name evil.example;"},
    {"http://198.51.100.7/x", TW_FIND_ALL, ""},
    /* the rest */
    {"mallory@evil.example", TW_FIND_ALL,
        "exact email-addr mallory@evil.example;"},
    {"alice@evil.example", TW_FIND_ALL, ""},
    {"0CC175B9C0F1B6A831C399E269772661", TW_FIND_ALL,
        "exact md5 0cc175b9c0f1b6a831c399e269772661;"},
    {"cve-2026-12345", TW_FIND_ALL, "exact vulnerability CVE-2026-12345;"},
    {"AS64500", TW_FIND_ALL, "exact autonomous-system AS64500;"},
};

static void
describe(tw_snapshot *snap, const struct tw_match *m, size_t n, char *out,
    size_t size)
{
	char text[1024];
	size_t i, got, at = 0;

	out[0] = '\0';
	for (i = 0; i < n && at < size; i++) {
		assert_int_equal(m[i].state, TW_ACTIVE);
		got = tw_value_text(snap, &m[i], text, sizeof(text));
		assert_int_equal(got, strlen(text));
		at += (size_t)snprintf(out + at, size - at, "%s %s %s;",
		    tw_match_name(m[i].kind), tw_type_name(m[i].type), text);
	}
}

static void
matrix(void **state)
{
	struct tw_match m[16];
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	char got[2048];
	size_t i, n, pass;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &snap);
	/* with the filter, then in a view that is fixed, then again fresh */
	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < sizeof(expects) / sizeof(expects[0]); i++) {
			if (pass != 1)
				tw_snapshot_renew(snap);
			n = fixture_lookup(snap, expects[i].probe,
			    expects[i].find, m, 16);
			describe(snap, m, n, got, sizeof(got));
			if (strcmp(got, expects[i].matches) != 0)
				fail_msg("%s: expected \"%s\", got \"%s\"",
				    expects[i].probe, expects[i].matches, got);
		}
	}
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* `max` smaller than found: the first are given, all are counted. */
static void
few(void **state)
{
	struct tw_match m[3];
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	size_t found;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &snap);
	memset(m, 0xee, sizeof(m));
	assert_int_equal(fixture_lookup(snap, "198.51.100.7", TW_FIND_ALL, m,
	    2), 3);
	assert_int_equal(m[0].kind, TW_MATCH_EXACT);
	assert_int_equal(m[1].prefix, 24);
	assert_int_equal(m[2].kind, 0xee);
	assert_int_equal(tw_lookup(snap, TW_TYPE_AUTO, "198.51.100.7", 12,
	    TW_FIND_ALL, NULL, 0, &found), TW_OK);
	assert_int_equal(found, 3);
	/* the length counts, not a NUL */
	assert_int_equal(tw_lookup(snap, TW_TYPE_AUTO, "198.51.100.77", 12,
	    TW_FIND_EXACT, m, 3, &found), TW_OK);
	assert_int_equal(found, 1);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* One text that may be several types, and a type that is given. */
static void
types(void **state)
{
	static const struct fixture_object both[] = {
	    {.values = "x509-sha256=AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:"
	        "88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\n"
	        "sha256=aabbccddeeff00112233445566778899"
	        "aabbccddeeff00112233445566778899"},
	    {.values = NULL},
	};
	static const char probe[] = "aabbccddeeff00112233445566778899"
	    "aabbccddeeff00112233445566778899";
	struct tw_match m[4];
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	size_t found;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", both);
	fixture_poll(&f, "other", objects);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(fixture_lookup(snap, probe, TW_FIND_ALL, m, 4), 2);
	assert_int_equal(m[0].type, tw_type_code("sha256"));
	assert_int_equal(m[1].type, tw_type_code("x509-sha256"));
	assert_int_equal(tw_lookup(snap, tw_type_code("x509-sha256"), probe,
	    TW_LENGTH, TW_FIND_ALL, m, 4, &found), TW_OK);
	assert_int_equal(found, 1);
	assert_int_equal(m[0].type, tw_type_code("x509-sha256"));
	assert_int_equal(tw_lookup(snap, tw_type_code("sha256"), sha256_text,
	    TW_LENGTH, TW_FIND_ALL, m, 4, &found), TW_OK);
	assert_int_equal(found, 1);
	assert_int_equal(tw_lookup(snap, tw_type_code("md5"), "xyz", TW_LENGTH,
	    TW_FIND_ALL, m, 4, &found), TW_MALFORMED);
	assert_string_not_equal(tw_snapshot_error(snap), "");
	assert_int_equal(tw_lookup(snap, TW_TYPE_AUTO, "", 0, TW_FIND_ALL, m,
	    4, &found), TW_MALFORMED);
	assert_int_equal(tw_lookup(snap, 9999, "a.b", TW_LENGTH, TW_FIND_ALL,
	    m, 4, &found), TW_ARGUMENT);
	assert_int_equal(tw_lookup(snap, 0, "a.b", TW_LENGTH, 0, m, 4, &found),
	    TW_ARGUMENT);
	assert_int_equal(tw_lookup(snap, 0, "a.b", TW_LENGTH, 64, m, 4,
	    &found), TW_ARGUMENT);
	assert_int_equal(tw_lookup(snap, 0, NULL, 0, TW_FIND_ALL, m, 4,
	    &found), TW_ARGUMENT);
	assert_int_equal(tw_lookup(snap, 0, "a.b", TW_LENGTH, TW_FIND_ALL,
	    NULL, 4, &found), TW_ARGUMENT);
	assert_int_equal(tw_lookup(NULL, 0, "a.b", TW_LENGTH, TW_FIND_ALL, m,
	    4, &found), TW_ARGUMENT);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

/* Long values are keyed by a digest; their text decides. */
static void
digests(void **state)
{
	struct fixture_object long_objects[3] = {{.values = NULL}};
	char lines[2][1024], text[1024];
	struct tw_match m[4];
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	size_t found;

	(void)state;
	make_texts();
	snprintf(lines[0], sizeof(lines[0]), "url=%s", long_url);
	snprintf(lines[1], sizeof(lines[1]), "user-agent=%s", long_agent);
	long_objects[0].values = lines[0];
	long_objects[1].values = lines[1];
	fixture_open(&f);
	fixture_poll(&f, "feed", long_objects);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(fixture_lookup(snap, long_url, TW_FIND_ALL, m, 4), 1);
	assert_int_equal(m[0].kind, TW_MATCH_EXACT);
	assert_int_equal(tw_value_text(snap, m, text, sizeof(text)),
	    strlen(long_url));
	assert_string_equal(text, long_url);
	/* cut, and still the whole length */
	assert_int_equal(tw_value_text(snap, m, text, 8), strlen(long_url));
	assert_string_equal(text, "http://");
	memcpy(text, "https", 5);
	memcpy(text + 5, long_url + 4, strlen(long_url) - 3);
	assert_int_equal(fixture_lookup(snap, text, TW_FIND_ALL, m, 4), 1);
	assert_int_equal(m[0].kind, TW_MATCH_URL_LOOSE);
	assert_int_equal(tw_lookup(snap, tw_type_code("user-agent"),
	    long_agent, TW_LENGTH, TW_FIND_ALL, m, 4, &found), TW_OK);
	assert_int_equal(found, 1);
	tw_value_text(snap, m, text, sizeof(text));
	assert_string_equal(text, long_agent);
	assert_int_equal(tw_lookup(snap, tw_type_code("user-agent"),
	    other_agent, TW_LENGTH, TW_FIND_ALL, m, 4, &found), TW_OK);
	assert_int_equal(found, 0);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

static void
binary(void **state)
{
	static const unsigned char v4[4] = {198, 51, 100, 7};
	static const unsigned char mapped[16] = {[10] = 0xff, 0xff, 198, 51,
	    100, 7};
	static const unsigned char v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	static const struct {
		const char *wire;
		size_t n;
		int rc;
		size_t found;
	} names[] = {
	    {"\3WWW\4Evil\7example", 18, TW_OK, 2},
	    {"\4evil\7EXAMPLE", 14, TW_OK, 1},
	    {"\1a\4evil\7example", 16, TW_OK, 1},
	    {"\4nevi\7example", 14, TW_OK, 0},
	    {"\4evil\7example", 13, TW_MALFORMED, 0}, /* no root label */
	    {"\4evil\0example", 14, TW_MALFORMED, 0}, /* root label inside */
	    {"\4evil\x0c" "example", 14, TW_MALFORMED, 0}, /* label too long */
	    {"\4evil\xc0\x0c", 8, TW_MALFORMED, 0},   /* a pointer */
	    {"", 1, TW_MALFORMED, 0},                 /* the root */
	};
	struct tw_match m[4];
	unsigned char big[300] = {0};
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;
	size_t found, i;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(tw_lookup_addr(snap, v4, 4, m, 4, &found), TW_OK);
	assert_int_equal(found, 3);
	assert_int_equal(tw_lookup_addr(snap, mapped, 16, m, 4, &found),
	    TW_OK);
	assert_int_equal(found, 3);
	assert_int_equal(m[0].prefix, 32);
	assert_int_equal(tw_lookup_addr(snap, v6, 16, m, 4, &found), TW_OK);
	assert_int_equal(found, 2);
	assert_int_equal(m[0].prefix, 128);
	assert_int_equal(tw_lookup_addr(snap, v4, 5, m, 4, &found),
	    TW_ARGUMENT);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(tw_lookup_name(snap, names[i].wire,
		    names[i].n, m, 4, &found), names[i].rc);
		assert_int_equal(found, names[i].found);
	}
	assert_int_equal(tw_lookup_name(snap, big, sizeof(big), m, 4, &found),
	    TW_MALFORMED);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

static void
batch(void **state)
{
	struct tw_probe p[] = {
	    {.text = "198.51.100.7", .length = TW_LENGTH},
	    {.text = "not a value", .length = TW_LENGTH},
	    {.text = "nothing.example", .length = TW_LENGTH},
	    {.text = "a.evil.example", .length = TW_LENGTH},
	    {.text = "evil.example", .length = 12,
	        .type = tw_type_code("domain-name")},
	};
	struct fixture f;
	tw_snapshot *snap;
	tw_store *store;

	(void)state;
	fixture_open(&f);
	fixture_poll(&f, "feed", objects);
	fixture_read(&f, 5000, &store, &snap);
	assert_int_equal(tw_lookup_batch(snap, p, 5, TW_FIND_ALL), TW_OK);
	assert_int_equal(p[0].found, 3);
	assert_int_equal(p[0].match.kind, TW_MATCH_EXACT);
	assert_int_equal(p[1].result, TW_MALFORMED);
	assert_int_equal(p[1].found, 0);
	assert_int_equal(p[2].result, TW_OK);
	assert_int_equal(p[2].found, 0);
	assert_int_equal(p[3].found, 1);
	assert_int_equal(p[3].match.kind, TW_MATCH_PARENT_DOMAIN);
	assert_int_equal(p[4].found, 1);
	assert_int_equal(tw_lookup_batch(snap, NULL, 0, TW_FIND_ALL), TW_OK);
	assert_int_equal(tw_lookup_batch(snap, NULL, 1, TW_FIND_ALL),
	    TW_ARGUMENT);
	tw_snapshot_end(snap);
	tw_close(store);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matrix),
	    cmocka_unit_test(few),
	    cmocka_unit_test(types),
	    cmocka_unit_test(digests),
	    cmocka_unit_test(binary),
	    cmocka_unit_test(batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
