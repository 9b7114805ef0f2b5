/* SPDX-License-Identifier: BSD-2-Clause */
/* What one line of a list says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/wordlist.h"
#include "tests/unit/feed_lines.h"

struct row {
	const char *option, *line, *words; /* with '|' between */
};

static void
try_rows(const struct row *rows, size_t nrows)
{
	struct slice words[8];
	size_t i, k, n;

	for (i = 0; i < nrows; i++) {
		char *const lines[] = {(char *)(uintptr_t)rows[i].option, NULL};
		struct err e = ERR_INIT;
		char got[256] = "";
		struct feed_options f;
		struct wordlist l;

		options(&f, lines);
		assert_int_equal(wordlist_init(&l, &f, &e), 0);
		n = wordlist_take(&l, slice_str(rows[i].line), words, 8);
		for (k = 0; k < n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s%.*s", k > 0 ? "|" : "", SLICE_ARG(words[k]));
		if (strcmp(got, rows[i].words) != 0)
			fail_msg("%s: '%s' gave '%s'", rows[i].option,
			    rows[i].line, got);
		wordlist_free(&l);
		feed_options_free(&f);
	}
}

static void
test_wordlist(void **state)
{
	static const struct row rows[] = {
		{"lines-syntax=plain", "evil.example", "evil.example"},
		{"lines-syntax=plain", "  a.example\t# why", "a.example"},
		{"lines-syntax=plain", "http://a.example/#top x",
		    "http://a.example/#top"},
		{"lines-syntax=plain", "192.0.2.1 ; SBL1", "192.0.2.1"},
		{"lines-syntax=plain", "192.0.2.1-192.0.2.9 x",
		    "192.0.2.1-192.0.2.9"},
		{"lines-syntax=plain", "192.0.2.1 - 192.0.2.9 , x",
		    "192.0.2.1 - 192.0.2.9"},
		{"lines-syntax=plain", "192.0.2.1 -192.0.2.9",
		    "192.0.2.1 -192.0.2.9"},
		{"lines-syntax=plain", "192.0.2.1 - bad", "192.0.2.1"},
		{"lines-token=3", "a b c d", "c"},
		{"lines-token=3", "a b", ""},
		{"lines-syntax=hosts", "0.0.0.0 a.example b.example # x",
		    "a.example|b.example"},
		{"lines-syntax=hosts", "127.0.0.1 localhost", ""},
		{"lines-syntax=hosts", "::1 ip6-loopback evil.example",
		    "evil.example"},
		{"lines-syntax=hosts", "no address here", ""},
		{"lines-syntax=hosts", "see.our site.example", ""},
		{"lines-syntax=hosts", "fe80::1%lo0 evil.example",
		    "evil.example"},
		{"lines-syntax=adblock", "||evil.example^", "evil.example"},
		{"lines-syntax=adblock", "||evil.example^$third-party",
		    "evil.example"},
		{"lines-syntax=adblock", "||evil.example^$all", "evil.example"},
		{"lines-syntax=adblock", "||evil.example^$doc, Important",
		    "evil.example"},
		{"lines-syntax=adblock", "||evil.example^$third-party,script",
		    ""},
		{"lines-syntax=adblock", "||x.example^$domain=evil.example",
		    ""},
		{"lines-syntax=adblock", "||x.example^$badfilter", ""},
		{"lines-syntax=adblock", "||x.example^$~third-party", ""},
		{"lines-syntax=adblock", "||x.example^x$all", ""},
		{"lines-syntax=adblock", "||evil.example/path^", ""},
		{"lines-syntax=adblock", "||*.evil.example^", ""},
		{"lines-syntax=adblock", "@@||good.example^", ""},
		{"lines-syntax=adblock", "##.banner", ""},
		{"lines-syntax=dnsmasq", "address=/evil.example/0.0.0.0",
		    "evil.example"},
		{"lines-syntax=dnsmasq", "server=/a.example/b.example/",
		    "a.example|b.example"},
		{"lines-syntax=dnsmasq", "cache-size=1000", ""},
		{"lines-syntax=plain", "192.0.2.0 255.255.255.0 x",
		    "192.0.2.0 255.255.255.0"},
		{"lines-syntax=plain", "192.0.2.0 255 x", "192.0.2.0"},
		{"lines-syntax=rules", "drop ip [192.0.2.1,198.51.100.0/24] any"
		    " -> $HOME_NET any (msg:\"x\"; sid:1;)",
		    "192.0.2.1|198.51.100.0/24"},
		{"lines-syntax=rules", "alert dns $HOME_NET any -> any 53 "
		    "(msg:\"a;b\"; dns.query; content:\"evil.example\"; "
		    "nocase; sid:2;)", "evil.example"},
		{"lines-syntax=rules", "alert tls any any -> any any (tls.sni;"
		    " content:\".evil.example\"; http.uri; content:\"x.y\";)",
		    "evil.example"},
		{"lines-syntax=rules", "alert dns any any -> any any (dns.query"
		    "; content:\"a|2e|b\"; content:!\"c.d\";)", ""},
		{"lines-extract=ExitAddress ([^ ]+)",
		    "ExitAddress 192.0.2.9 2026-01-01 00:00:00", "192.0.2.9"},
		{"lines-extract=([0-9.]+)/x", "1.1.1.1/x 2.2.2.2/x 3.3.3.3",
		    "1.1.1.1|2.2.2.2"},
		{"lines-extract=(z*)", "ab", "||"},
	};

	(void)state;
	try_rows(rows, ARRAY_LEN(rows));
}

static void
try_document(const struct row *row)
{
	char *const lines[] = {(char *)(uintptr_t)row->option, NULL};
	struct slice words[8];
	struct err e = ERR_INIT;
	char got[512] = "";
	struct feed_options f;
	struct wordlist l;

	options(&f, lines);
	assert_int_equal(wordlist_init(&l, &f, &e), 0);
	for (int twice = 0; twice < 2; twice++) {
		const char *p = row->line;
		size_t n;

		got[0] = '\0';
		wordlist_begin(&l);
		for (; p != NULL; p = p[n] != '\0' ? p + n + 1 : NULL) {
			n = strcspn(p, "\n");
			if (wordlist_take(&l, (struct slice){p, n}, words, 8)
			    == 1)
				snprintf(got + strlen(got), sizeof(got) -
				    strlen(got), "%.*s|", SLICE_ARG(words[0]));
		}
		assert_string_equal(got, row->words);
	}
	wordlist_free(&l);
	feed_options_free(&f);
}

static void
test_zones(void **state)
{
	static const struct row rows[] = {
		{"lines-syntax=rpz", "evil.example CNAME .", "evil.example"},
		{"lines-syntax=rpz", "*.evil.example 60 IN CNAME .",
		    "*.evil.example"},
		{"lines-syntax=rpz", "good.example CNAME rpz-passthru.", ""},
		{"lines-syntax=rpz", "evil.example CNAME rpz-drop.",
		    "evil.example"},
		{"lines-syntax=rpz", "$TTL 60", ""},
		{"lines-syntax=rpz", "24.0.2.0.192.rpz-ip CNAME .",
		    "192.0.2.0/24"},
		{"lines-syntax=rpz", "32.7.100.51.198.RPZ-IP. IN CNAME *.",
		    "198.51.100.7/32"},
		{"lines-syntax=rpz", "128.1.zz.db8.2001.rpz-ip CNAME .",
		    "2001:db8::1/128"},
		{"lines-syntax=rpz", "48.zz.1.db8.2001.rpz-ip CNAME .",
		    "2001:db8:1::/48"},
		{"lines-syntax=rpz", "128.1.zz.rpz-ip CNAME .", "::1/128"},
		{"lines-syntax=rpz", "8.7.6.5.4.3.db8.2001.64.rpz-ip CNAME .",
		    "64:2001:db8:3:4:5:6:7/8"},
		{"lines-syntax=rpz", ".rpz-ip CNAME .", ""},
		{"lines-syntax=rpz", "24.rpz-ip CNAME .", ""},
		{"lines-syntax=rpz", "32.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.rpz-ip CNAME .",
		    ""},
		{"lines-syntax=rpz", "24.0.2.0.192.rpz-client-ip CNAME .", ""},
		{"lines-syntax=rpz", "24.0.2.0.192.rpz-nsip CNAME .", ""},
		{"lines-syntax=rpz", "ns.evil.example.rpz-nsdname CNAME .", ""},
		{"lines-syntax=rpz", "@ SOA a b 1 2 3 4 5", ""},
		{"lines-syntax=rpz", " NS localhost.", ""},
	};

	(void)state;
	try_rows(rows, ARRAY_LEN(rows));
}

/* A document: its lines with '\n' between, and what they list. */
static void
test_zone_names(void **state)
{
	static const struct row rows[] = {
		/* as "dig axfr" shows it */
		{"lines-syntax=rpz", "rpz.p.example. 60 IN SOA a. b. 1 2 3 4 5\n"
		    "rpz.p.example. 60 IN NS localhost.\n"
		    "evil.example.rpz.p.example. 60 IN CNAME .\n"
		    "*.evil.example.RPZ.p.example. 60 IN CNAME *.\n"
		    "32.7.100.51.198.rpz-ip.rpz.p.example. 60 IN CNAME .\n"
		    "32.7.100.51.198.rpz-client-ip.rpz.p.example. CNAME .\n"
		    "rpz.p.example. 60 IN SOA a. b. 1 2 3 4 5",
		    "evil.example|*.evil.example|198.51.100.7/32|"},
		{"lines-syntax=rpz", "$ORIGIN rpz.p.example.\n@ SOA a. b. (\n"
		    "evil.example CNAME .\nx.rpz.p.example. CNAME .\n"
		    "other.example. CNAME .", "evil.example|x|other.example|"},
		/* as named-compilezone writes it */
		{"lines-syntax=rpz", "$ORIGIN .\n$TTL 60\nrpz.p.example IN SOA "
		    "a. b. (\n$ORIGIN example.rpz.p.example.\nevil CNAME .\n"
		    "$ORIGIN sub.example.rpz.p.example.\n* CNAME rpz-drop.",
		    "evil.example|*.sub.example|"},
		{"lines-syntax=rpz", "$ORIGIN rpz.p.example.\n"
		    "a.example.rpz.p.example. CNAME .", "a.example|"},
		{"lines-syntax=rpz", "$ORIGIN p.\n$ORIGIN @\n$ORIGIN rpz\n"
		    "@ SOA a. b. (\na.example CNAME . ; why\n"
		    "b.example CNAME good.example.\nc CNAME ; .",
		    "a.example|"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		try_document(&rows[i]);
}

/* Lines that list nothing, and what is no line of that syntax. */
static void
test_known(void **state)
{
	static const struct {
		const char *option, *line;
		bool known;
	} rows[] = {
		{"lines-syntax=hosts", "127.0.0.1 localhost", true},
		{"lines-syntax=hosts", "fe80::1%lo0 localhost", true},
		{"lines-syntax=hosts", "see.our.site for more", false},
		{"lines-syntax=hosts", "{\"a.b\": 1}", false},
		{"lines-syntax=adblock", "@@||good.example^", true},
		{"lines-syntax=adblock", "example.com##.ad", true},
		{"lines-syntax=adblock", "[Adblock Plus 2.0]", true},
		{"lines-syntax=adblock", "[{\"error\": 1}]", false},
		{"lines-syntax=adblock", "{\"error\": 1}", false},
		{"lines-syntax=dnsmasq", "cache-size=1000", true},
		{"lines-syntax=dnsmasq", "no-hosts", true},
		{"lines-syntax=dnsmasq", "This has moved", false},
		{"lines-syntax=dnsmasq", "{\"error\": 1}", false},
		{"lines-syntax=rpz", "$TTL 60", true},
		{"lines-syntax=rpz", "@ 60 IN SOA a. b. (", true},
		{"lines-syntax=rpz", " NS localhost.", true},
		{"lines-syntax=rpz", "good.example CNAME rpz-passthru.", true},
		{"lines-syntax=rpz", "This has moved to a site", false},
		{"lines-syntax=rpz", "{\"error\": 1}", false},
		{"lines-syntax=rules", "alert ip any any -> any any (sid:1;)",
		    true},
		{"lines-syntax=rules", "{\"error\": 1}", false},
		{"lines-extract=(x)", "y", false},
		{"lines-token=3", "a b", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *const lines[] = {(char *)(uintptr_t)rows[i].option, NULL};
		struct err e = ERR_INIT;
		struct feed_options f;
		struct wordlist l;

		options(&f, lines);
		assert_int_equal(wordlist_init(&l, &f, &e), 0);
		if (wordlist_knows(&l, slice_str(rows[i].line)) !=
		    rows[i].known)
			fail_msg("%s: '%s'", rows[i].option, rows[i].line);
		wordlist_free(&l);
		feed_options_free(&f);
	}
}

static void
test_silent(void **state)
{
	char *const usual[] = {NULL}, *const own[] = {"comment=%",
	    "ignore=^Site", NULL};
	struct feed_options f;
	struct err e = ERR_INIT;
	struct wordlist l;

	(void)state;
	options(&f, usual);
	assert_int_equal(wordlist_init(&l, &f, &e), 0);
	assert_true(wordlist_silent(&l, SLICE("  ")));
	assert_true(wordlist_silent(&l, SLICE(" # x")));
	assert_true(wordlist_silent(&l, SLICE("// x")));
	assert_false(wordlist_silent(&l, SLICE("a")));
	wordlist_free(&l);
	options(&f, own);
	assert_int_equal(wordlist_init(&l, &f, &e), 0);
	assert_true(wordlist_silent(&l, SLICE("% x")));
	assert_true(wordlist_silent(&l, SLICE("Site")));
	assert_false(wordlist_silent(&l, SLICE("# x")));
	wordlist_free(&l);
	feed_options_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wordlist),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_zone_names),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
