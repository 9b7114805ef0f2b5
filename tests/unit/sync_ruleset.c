/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/ruleset.h"

static char *
text(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* What a job of that URL may do, as words: "tcp 443,53 names", in order. */
static void
say(const struct job *job, char out[160])
{
	static const struct ruleset_trust none;
	struct ruleset r;
	size_t n = 0;
	unsigned i;

	ruleset_init(&r);
	ruleset_fetcher(&r, job, &none);
	assert_false(r.failed);
	assert_true(r.closed);
	n += (size_t)snprintf(out, 160, "%s", !r.tcp ? "none" :
	    r.any_port ? "any" : "tcp ");
	for (i = 0; i < r.nports && r.tcp && !r.any_port; i++)
		n += (size_t)snprintf(out + n, 160 - n, "%s%u",
		    i > 0 ? "," : "", r.ports[i]);
	snprintf(out + n, 160 - n, "%s", r.names ? " names" : "");
	/* Nothing of it can be written to, and nothing run. */
	for (i = 0; i < r.npaths; i++)
		assert_true((r.paths[i].rights & ~(unsigned)RULESET_READ) ==
		    0 || strcmp(r.paths[i].path, "/dev/null") == 0);
	ruleset_free(&r);
}

static char copy[] = "file:///srv/copy.json", mirror[] =
    "http://192.0.2.7:8080/x", *mirrors[] = {copy, mirror};
static char item[] = "page-item=https://192.0.2.2:8443/{item}?k={key:raw}",
    ack[] = "page-ack=https://192.0.2.3:9443/{cursor}",
    start[] = "page-start=https://192.0.2.4:7443/",
    digest[] = "request-digest=.md5", *beside[] = {item, ack, start, digest};

static void
test_network(void **state)
{
	static const struct {
		struct job job;
		const char *say;
	} rows[] = {
		{{.url = "https://feed.example/taxii2/"}, "tcp 443,53 names"},
		{{.url = "http://feed.example/"}, "tcp 80,53 names"},
		{{.url = "https://192.0.2.1/x"}, "tcp 443"},
		{{.url = "https://[2001:db8::1]:8443/x"}, "tcp 8443"},
		{{.url = "https://192.0.2.1:53/x"}, "tcp 53"},
		/* "256.…" is a name */
		{{.url = "https://256.0.0.1/"}, "tcp 443,53 names"},
		{{.url = "https://192.0.2.1/", .token_url =
		    "https://192.0.2.2:9443/token"}, "tcp 443,9443"},
		{{.url = "https://192.0.2.1/", .token_url =
		    "https://login.example/"}, "tcp 443,53 names"},
		/* all goes through the proxy */
		{{.url = "https://192.0.2.1/", .proxy =
		    "http://192.0.2.9:3128"}, "tcp 3128"},
		{{.url = "https://192.0.2.1/", .token_url =
		    "https://192.0.2.2:9443/", .proxy =
		    "http://u:p%40@192.0.2.9:3128/"}, "tcp 3128"},
		{{.url = "https://192.0.2.1/", .proxy = "socks5h://[::1]"},
		    "tcp 1080"},
		{{.url = "https://192.0.2.1/", .proxy = "192.0.2.9"},
		    "tcp 1080"},
		{{.url = "https://192.0.2.1/", .proxy =
		    "https://u:p@[2001:db8::9]"}, "tcp 443"},
		{{.url = "https://192.0.2.1/", .proxy = "http://gate:8080"},
		    "tcp 8080,53 names"},
		{{.url = "https://192.0.2.1/", .proxy = ""}, "tcp 443"},
		/* a document that is elsewhere, too */
		{{.url = "https://192.0.2.1/", .url_also = mirrors,
		    .nurl_also = 2}, "tcp 443,8080"},
		{{.url = "file:///srv/feed.json", .url_also = mirrors,
		    .nurl_also = 2}, "tcp 8080"},
		{{.url = "file:///srv/feed.json", .url_also = mirrors,
		    .nurl_also = 1}, "none"},
		/* what the feed is asked for besides */
		{{.url = "https://192.0.2.1/", .feed = beside, .nfeed = 4},
		    "tcp 443,8443,9443,7443"},
		{{.url = "https://192.0.2.1/", .feed = beside, .nfeed = 4,
		    .proxy = "http://192.0.2.9:3128"}, "tcp 3128"},
		/* the server says where it goes on */
		{{.url = "https://192.0.2.1/", .insecure_roots = true},
		    "any names"},
		{{.url = "https://192.0.2.1/", .allow_http_redirect_host =
		    true}, "any names"},
		{{.url = "https://feed.example/", .srv = true}, "any names"},
		/* no network at all */
		{{.url = "file:///srv/feed.json"}, "none"},
		{{.url = "file:///opt/list", .kind = "exec"}, "none"},
		{{.url = "https://feed.example/", .kind = "exec"}, "none"},
	};
	char said[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		say(&rows[i].job, said);
		assert_string_equal(said, rows[i].say);
	}
}

static void
test_files(void **state)
{
	static const struct {
		const char *url, *kind, *path;
		bool read;
	} rows[] = {
		{"file:///srv/feed.json", NULL, "/srv/feed.json", true},
		{"file:///srv/feed.json", NULL, "/srv/other.json", false},
		{"file:///srv/feed.json", NULL, "/srv", false},
		{"file:///srv/feeds", NULL, "/srv/feeds/a.json", true},
		{"file:///srv/feeds", NULL, "/srv/feeds2/a.json", false},
		{"file:///srv/a%20b", NULL, "/srv/a b", true},
		{"file:///srv/a%20b", NULL, "/srv/a%20b", true},
		{"file:///srv/misp/manifest.json", "mispfeed",
		    "/srv/misp/5a3.json", true},
		{"file:///srv/misp/xmanifest.json", NULL, "/srv/misp/5a3.json",
		    false},
		{"file:///opt/list", "exec", "/opt/list", false},
		{"https://feed.example/", NULL, "/etc/resolv.conf", true},
		{"https://192.0.2.1/", NULL, "/etc/resolv.conf", false},
		{"https://192.0.2.1/", NULL, "/etc/ssl/certs/x.pem", true},
		{"https://192.0.2.1/", NULL, "/own/ca.pem", true},
		{"https://192.0.2.1/", NULL, "/own/certs/x", true},
		{"file:///srv/feed.json", NULL, "/etc/ssl/certs/x.pem", false},
		{"file:///srv/feed.json", NULL, "/own/ca.pem", false},
		{"file:///srv/feed.json", NULL, "/usr/share/zoneinfo/UTC",
		    true},
		{"https://feed.example/", NULL, "/var/lib/taxiway/store.mdb",
		    false},
		{"https://feed.example/", NULL, "/etc/taxiway/password", false},
		{"https://feed.example/", NULL, "/proc/1/environ", false},
		{"https://feed.example/", NULL, "/tmp/x", false},
		{"https://feed.example/", NULL, "/home/me/.netrc", false},
		{"https://feed.example/", NULL, "/", false},
	};
	static const struct ruleset_trust trust = {"/own/ca.pem",
	    "/own/certs/"};
	struct ruleset r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct job job = {.url = text(rows[i].url),
		    .kind = text(rows[i].kind)};

		ruleset_init(&r);
		ruleset_fetcher(&r, &job, &trust);
		if (ruleset_covers(&r, rows[i].path, RULESET_READ) !=
		    rows[i].read)
			fail_msg("%s: %s", rows[i].url, rows[i].path);
		assert_false(ruleset_covers(&r, rows[i].path, RULESET_WRITE));
		ruleset_free(&r);
	}
}

/* Each address of a document, and nothing around them. */
static void
test_mirrors(void **state)
{
	static const struct ruleset_trust none;
	struct job job = {.url = text("https://192.0.2.1/"),
	    .url_also = mirrors, .nurl_also = 2};
	struct ruleset r;

	(void)state;
	ruleset_init(&r);
	ruleset_fetcher(&r, &job, &none);
	assert_true(ruleset_covers(&r, "/srv/copy.json", RULESET_READ));
	assert_false(ruleset_covers(&r, "/srv/other.json", RULESET_READ));
	ruleset_free(&r);
}

static void
test_lists(void **state)
{
	struct ruleset r;
	char path[32];
	unsigned i;

	(void)state;
	ruleset_init(&r);
	ruleset_path(&r, "/a", RULESET_READ);
	ruleset_path(&r, "/a", RULESET_WRITE);
	assert_int_equal(r.npaths, 1);
	assert_int_equal(ruleset_rights(&r, "/a"), RULESET_READ |
	    RULESET_WRITE);
	assert_int_equal(ruleset_rights(&r, "/a/b"), 0);
	ruleset_path(&r, "/a/b/", RULESET_EXEC);
	assert_true(ruleset_covers(&r, "/a/b", RULESET_READ | RULESET_EXEC));
	assert_true(ruleset_covers(&r, "/a/b/c", RULESET_WRITE |
	    RULESET_EXEC));
	assert_false(ruleset_covers(&r, "/a/bc", RULESET_EXEC));
	assert_false(ruleset_covers(&r, "/", RULESET_READ));
	for (i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/p/%u", i);
		ruleset_path(&r, path, RULESET_LIST);
	}
	assert_int_equal(r.npaths, 1002);
	ruleset_path(&r, "/", RULESET_READ);
	assert_true(ruleset_covers(&r, "/x/y", RULESET_READ));
	for (i = 0; i < RULESET_PORTS; i++) {
		ruleset_port(&r, (uint16_t)(i + 1));
		ruleset_port(&r, (uint16_t)(i + 1));
	}
	assert_int_equal(r.nports, RULESET_PORTS);
	assert_false(r.any_port);
	ruleset_port(&r, 99); /* too many to list: none is denied */
	assert_true(r.any_port);
	ruleset_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_mirrors),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
