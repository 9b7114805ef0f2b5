/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "cmd/config.h"

static struct buf more;
static char folder[] = "/tmp/taxiway-config-XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	buf_init(&more, LIMIT_CONFIG);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	buf_free(&more);
	return rmdir(folder);
}

static void
path_of(const char *name, char *path, size_t n)
{
	snprintf(path, n, "%s/%s", folder, name);
}

static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	path_of(name, path, sizeof(path));
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
drop(const char *name)
{
	char path[128];

	path_of(name, path, sizeof(path));
	unlink(path);
}

static struct config *
load(const char *text, struct err *e)
{
	char path[128];
	struct config *c;

	put("t.yaml", text);
	path_of("t.yaml", path, sizeof(path));
	*e = (struct err)ERR_INIT;
	buf_reset(&more);
	c = config_load(path, &more, e);
	drop("t.yaml");
	return c;
}

static void
test_whole(void **state)
{
	struct err e;
	struct config *c = load(
	    "store: /tmp/x.mdb\n"
	    "sources:\n"
	    "  - name: a\n"
	    "    url: https://feed.example/taxii2/\n"
	    "    collection: Botnet C2\n"
	    "    user: me\n"
	    "    password-file: pw\n"
	    "    header: ['X-One: 1', 'X-Two: 2']\n"
	    "    type: [indicator]\n"
	    "    limit: 500\n"
	    "    keep: values\n"
	    "    tlp: amber\n"
	    "    foreign-roots: yes\n"
	    "  - name: b\n"
	    "    url: https://other.example/bundle.json\n", &e);
	const struct settings *s;
	struct job job;

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->daemon.store, "/tmp/x.mdb");
	assert_int_equal(c->nsources, 2);
	s = config_source(c, "a");
	assert_non_null(s);
	assert_null(config_source(c, "c"));
	assert_int_equal(s->headers.n, 2);
	assert_string_equal(s->headers.v[1], "X-Two: 2");
	assert_true(s->foreign_roots);
	assert_false(s->follow_hosts);

	/* the secret lies beside the configuration */
	put("pw", "s3cret\n");
	assert_int_equal(settings_job(s, c->dir, NULL, &job, &e), 0);
	assert_int_equal(job.auth, AUTH_BASIC);
	assert_string_equal(job.user, "me");
	assert_string_equal(job.password, "s3cret");
	assert_int_equal(job.page_limit, 500);
	assert_false(job.keep_raw);
	assert_int_equal(job.default_tlp, TLP_AMBER);
	assert_true(job.insecure_roots);
	assert_int_equal(job.nmatch_types, 1);
	job_free(&job);
	drop("pw");

	assert_int_equal(settings_job(s, c->dir, NULL, &job, &e), -1);
	assert_int_equal(e.code, ERR_AUTH);
	assert_non_null(strstr(e.text, "password-file"));
	job_free(&job);
	config_free(c);
}

static void
test_places(void **state)
{
	static const struct {
		const char *text, *place, *says;
	} rows[] = {
		{"stor: x\n", ":1:1:", "unknown key 'stor' (did you mean 'store'?)"},
		{"store: x\nsources:\n  - name: a\n    urll: b\n", ":4:5:",
		    "unknown key 'urll' (did you mean 'url'?)"},
		{"sources:\n  - name: a\n    url: b\n    limit: many\n", ":4:12:",
		    "many"},
		{"sources:\n  - name: [1]\n", ":2:11:",
		    "name: a list where a single value"},
		{"store: x\nsources: [\n", ":", ""},
		{"sources:\n  - url: https://x.example/\n", ":2:5:",
		    "name: is missing"},
		{"sources:\n  - name: a\n", ":2:5:", "url: is missing"},
		{"store: x\n\nsources:\n- name: a\n  url: b\n-  url: c\n   name: "
		    "a\n", ":7:4:", "two sources have this one"},
		{"sources:\n  - name: a\n    url: b\n    keep: all\n", ":4:5:",
		    "keep: 'all' is neither 'objects' nor 'values'"},
		{"sources:\n  - name: a\n    url: b\n  - name: c\n    url: d\n"
		    "    tlp: pink\n", ":6:5:",
		    "source 'c': tlp: 'pink'"},
		{"sources:\n  - name: a\n    url: b\n    limit: 0\n    "
		    "connect-timeout: 99999\n", ":4:12:", "limit: '0' is"},
		{"sources:\n  - name: a\n    url: https://u:p@x.example/\n",
		    ":3:5:", "credentials"},
		{"sources:\n  - name: a\n    url: gopher://x.example/\n",
		    ":3:5:", "gopher"},
		{"sources: [{name: a, url: b, tlp: pink}]\n", ":1:29:",
		    "tlp: 'pink'"},
		{"sources:\n  - name: a\n    url: b\n    follow-hosts: maybe\n",
		    ":4:19:", "maybe"},
		{"sources:\n  - name: a\n    client:\n      kert: x\n", ":4:7:",
		    "unknown key 'client-kert' (did you mean 'client-cert'?)"},
		{"sources:\n  - name: a\n    ttl: 3d\n", ":3:5:",
		    "unknown key 'ttl' (did you mean 'ageing-ttl'?)"},
		{"sources:\n  - name: a\n    token: abc\n", ":3:5:",
		    "token: is a group of keys, such as token-file"},
		{"sources:\n  - name: a\n    url: https://x.example/\n"
		    "    query: ['since={since}']\n", ":4:5:",
		    "only {secret:NAME} is filled in here"},
		{"sources:\n  - name: a\n    url: https://x.example/\n"
		    "    header: ['X-Key: {key}']\n", ":4:5:",
		    "only {secret:NAME} is filled in here"},
		{"- x\n", ":1:1:", "a list where keys are expected"},
		{"sources: 3\n", ":1:10:", "a single value where a list"},
		{"sources:\n  - x\n", ":2:5:", "where a source is expected"},
		{"sources: [{name: a, name: b}]\n", ":1:21:",
		    "name: is given twice"},
		{"sources: [{name:, url: b}]\n", ":1:16:", "found unexpected"},
		{"sources:\n  - name:\n    url: b\n", ":2:10:",
		    "name: has no value"},
		{"sources: [{name: \"a\\0b\", url: b}]\n", ":1:18:", "NUL"},
		/* what does not go with the kind, or lacks */
		{"sources:\n  - name: a\n    url: x\n    kind: rules\n", ":2:5:",
		    "rules-format: is missing"},
		{"sources:\n  - name: a\n    url: x\n    kind: rules\n"
		    "    rules-format: yara\n    map-labels: nonsense\n",
		    ":6:5:", "map-labels: the feed has no field 'nonsense'"},
		{"sources:\n  - name: a\n    url: /x\n    kind: misp\n", ":3:5:",
		    "a file is no MISP instance"},
		{"sources:\n  - name: a\n    url: x\n    kind: taxii21\n",
		    ":3:5:", "a file is no TAXII server"},
		{"sources:\n  - name: a\n    kind: exec\n"
		    "    url: https://x.example/\n", ":4:5:",
		    "is a program: give its path"},
		{"sources:\n  - name: a\n    url: https://x.example/\n"
		    "    kind: lines\n    page-kind: cursor\n", ":5:5:",
		    "cursor needs page-next"},
		{"sources:\n  - name: a\n    url: https://x.example/\n"
		    "    kind: lines\n    collection: c\n", ":5:5:",
		    "collection: goes with a TAXII collection"},
		{"sources:\n  - name: a\n    url: https://x.example/\n"
		    "    kind: misp\n    url-also: https://y.example/\n", ":5:5:",
		    "url-also: goes with what is one document"},
	};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *c = load(rows[i].text, &e);

		if (c != NULL || e.code != ERR_CONFIG ||
		    strstr(e.text, rows[i].place) == NULL ||
		    strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s\ngave: %s", rows[i].text, e.text);
		assert_non_null(strstr(e.text, "t.yaml:"));
	}
}

/* Keys that begin alike may be written as a group; a list of one plainly. */
static void
test_groups(void **state)
{
	struct err e;
	struct config *c = load(
	    "sources:\n"
	    "  - name: a\n"
	    "    url: https://feed.example/x.json\n"
	    "    client: {cert: c.pem, key: {password-file: p}}\n"
	    "    header: 'X-One: 1'\n", &e);

	(void)state;
	if (c == NULL)
		fail_msg("%s", e.text);
	assert_string_equal(c->sources[0].client_cert, "c.pem");
	assert_string_equal(c->sources[0].client_key_password.file, "p");
	assert_int_equal(c->sources[0].headers.n, 1);
	config_free(c);
}

/* All complaints at once, each at its place. */
static void
test_all_at_once(void **state)
{
	static const char *const rest[] = {":4:12:", ":5:5:", ":9:5:",
		":8:5:", ":10:5:"};
	struct err e;
	struct config *c = load(
	    "sources:\n"
	    "  - name: a\n"
	    "    urll: x\n"
	    "    limit: many\n"
	    "    kepe: values\n"
	    "  - name: b\n"
	    "    url: https://feed.example/x.json\n"
	    "    tlp: pink\n"
	    "    keep: all\n"
	    "  - name: b\n"
	    "    url: https://feed.example/y.json\n", &e);
	const char *p;
	size_t i;

	(void)state;
	assert_null(c);
	assert_non_null(strstr(e.text, ":3:5:"));
	p = buf_view(&more).p;
	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		p = strstr(p, rest[i]);
		assert_non_null(p);
	}
}

/* References can make a small file a large tree, or a circle. */
static void
test_references(void **state)
{
	static const char text[] = "store: x\na0: &a0 [x, x, x, x, x, x, x, x]\n";
	struct err e;
	struct config *c;

	(void)state;
	c = load("sources: &s [*s]\n", &e);
	assert_null(c);
	c = load("sources:\n  - &a\n    name: a\n    client: *a\n", &e);
	assert_null(c);
	c = load("sources:\n  - &a\n    name: a\n    url: b\n    header: "
	    "&h [*h]\n", &e);
	assert_null(c);
	c = load(text, &e);
	assert_null(c);
	assert_non_null(strstr(e.text, "unknown key 'a0'"));
}

static void
test_empty(void **state)
{
	struct err e;
	struct config *c = load("# nothing yet\n", &e);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->nsources, 0);
	assert_int_equal(c->numbers.every, SCHEDULE_DEFAULT_EVERY);
	assert_int_equal(c->numbers.max_bytes, 0);
	config_free(c);
	c = load("every: 2h\nstore-max-bytes: 1K\nsources: []\n", &e);
	assert_non_null(c);
	assert_int_equal(c->numbers.every, 7200 * TSTAMP_SECOND);
	assert_int_equal(c->numbers.max_bytes, 1024);
	config_free(c);
}

static char *
name_of(const char *url, const char *collection, const char *base)
{
	struct settings s = {0};
	struct err e = ERR_INIT;
	struct job job;
	char *name;

	s.url = (char *)(uintptr_t)url;
	s.collection = (char *)(uintptr_t)collection;
	if (settings_job(&s, base, NULL, &job, &e) != 0)
		fail_msg("%s: %s", url, e.text);
	assert_int_equal(job.auth, AUTH_NONE);
	assert_true(job.keep_raw);
	name = strdup(job.name);
	job_free(&job);
	return name;
}

static void
test_names(void **state)
{
	static const struct {
		const char *url, *collection, *name;
	} rows[] = {
		{"https://feed.example/taxii2/", NULL, "feed.example/taxii2"},
		{"https://feed.example/taxii2/?key=1", "C2",
		    "feed.example/taxii2 C2"},
		{"HTTPS://Feed.Example:443/Taxii2/", NULL,
		    "feed.example/Taxii2"},
		{"http://[2001:DB8::1]:8080", NULL, "[2001:db8::1]:8080"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *name = name_of(rows[i].url, rows[i].collection, NULL);

		assert_string_equal(name, rows[i].name);
		free(name);
	}
}

/* Two long names with the same end, or the same beginning, stay two. */
static void
test_long_names(void **state)
{
	static const char *const ends[] = {"a/", "b/", "a/x", "b/x"};
	char url[4][300], *names[4];
	size_t i, k;

	(void)state;
	for (i = 0; i < 4; i++) {
		snprintf(url[i], sizeof(url[i]), "https://feed.example/%.*s",
		    1, ends[i]);
		k = strlen(url[i]);
		while (k < 250) { /* not at the bound of a character */
			memcpy(url[i] + k, "\xc3\xa4", 2);
			k += 2;
		}
		snprintf(url[i] + k, sizeof(url[i]) - k, "%s", ends[i] + 2);
		names[i] = name_of(url[i], NULL, NULL);
		assert_in_range(strlen(names[i]), 120, 128);
		assert_int_equal((unsigned char)names[i][11], 0xc3);
	}
	for (i = 0; i < 4; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	for (i = 0; i < 4; i++)
		free(names[i]);
}

/* A file is one source, however it is written. */
static void
test_files(void **state)
{
	static const struct {
		const char *before, *after;
	} forms[] = {
		{"", "/a b%41#?"}, {"file:", "/a b%41#?"},
		{"file://", "/a b%41#?"},
		{"file://localhost", "/a%20b%2541%23?"},
		{"file://", "/./a%20b%2541#?"},
	};
	char path[128], text[256], *name;
	size_t i;

	(void)state;
	put("a b%41#?", "{}");
	path_of("a b%41#?", path, sizeof(path));
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", forms[i].before, folder,
		    forms[i].after);
		name = name_of(text, NULL, NULL);
		assert_string_equal(name, path);
		free(name);
	}
	drop("a b%41#?");
	/* a configured source may find its file later */
	snprintf(text, sizeof(text), "%s/", folder);
	name = name_of("later.json", NULL, text);
	path_of("later.json", path, sizeof(path));
	assert_string_equal(name, path);
	free(name);
}

static void
test_wrong_addresses(void **state)
{
	static const struct {
		const char *url, *says;
	} rows[] = {
		{"https://", "host ''"}, {"http://a b/", "white space"},
		{"ftp://a.example/", "ftp"}, {"/no/such/file", "no such file"},
		{"file:///no/such/file", "no such file"},
		{"/dev/null", "neither a regular file nor a folder"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings s = {0};
		struct err e = ERR_INIT;
		struct job job;

		s.url = (char *)(uintptr_t)rows[i].url;
		assert_int_equal(settings_job(&s, NULL, NULL, &job, &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		if (strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s", e.text);
		job_free(&job);
	}
}

static const char feed_preset[] =
    "title: A feed\n"
    "checked: 2026-11-22\n"
    "needs: {token-file: a key from https://feed.example/}\n"
    "source:\n"
    "  kind: csv\n"
    "  url: https://feed.example/list.csv\n"
    "  follow-hosts: yes\n"
    "  csv: {columns: [a, b], expect: 2}\n"
    "  map: {value: a:url}\n";

/* What a source says counts more than its preset, key by key. */
static void
test_preset(void **state)
{
	struct err e;
	struct config *c;

	(void)state;
	put("feed.yaml", feed_preset);
	c = load("presets: .\n"
	    "sources:\n"
	    "  - {preset: ./feed.yaml, token-env: KEY}\n"
	    "  - name: other\n"
	    "    preset: ./feed.yaml\n"
	    "    url: https://mirror.example/\n"
	    "    token-file: key\n"
	    "    follow-hosts: no\n"
	    "    csv: {columns: [x, a, y]}\n", &e);
	drop("feed.yaml");
	assert_non_null(c);
	assert_string_equal(c->sources[0].name, "feed");
	assert_string_equal(c->sources[0].url,
	    "https://feed.example/list.csv");
	assert_true(c->sources[0].follow_hosts);
	assert_int_equal(c->sources[0].feed.columns.n, 2);
	assert_int_equal(c->sources[0].feed.expect, 2);
	assert_string_equal(c->sources[1].name, "other");
	assert_string_equal(c->sources[1].url, "https://mirror.example/");
	assert_false(c->sources[1].follow_hosts);
	assert_int_equal(c->sources[1].feed.columns.n, 3);
	assert_string_equal(c->sources[1].feed.columns.v[0], "x");
	assert_int_equal(c->sources[1].feed.expect, 2);
	config_free(c);
}

/* The folder of presets is meant from that of the configuration, wherever the
 * program was started. */
static void
test_preset_folder(void **state)
{
	char path[128];
	struct err e;
	struct config *c;

	(void)state;
	path_of("own", path, sizeof(path));
	assert_int_equal(mkdir(path, 0700), 0);
	put("own/feed.yaml", feed_preset);
	/* also where the sources come first */
	c = load("sources: [{preset: feed, token-env: KEY}]\n"
	    "presets: own\n", &e);
	drop("own/feed.yaml");
	assert_int_equal(rmdir(path), 0);
	if (c == NULL)
		fail_msg("%s", e.text);
	assert_string_equal(c->own_presets, path);
	assert_string_equal(c->sources[0].name, "feed");
	assert_string_equal(c->sources[0].url,
	    "https://feed.example/list.csv");
	config_free(c);
}

static void
test_preset_wrong(void **state)
{
	static const struct {
		const char *preset, *source, *error;
	} rows[] = {
		{feed_preset, "preset: ./feed.yaml",
		    ":2:5: source 'feed': token-file: is missing; preset "
		    "'feed' needs it: a key from https://feed.example/"},
		{"source: {csv: {skp: 1}}\n", "preset: ./feed.yaml",
		    "unknown key 'csv-skp' (did you mean 'csv-skip'?)"},
		{"title: x\n", "preset: ./feed.yaml", "source: is missing"},
		{"source: {}\nsource: {}\n", "preset: ./feed.yaml",
		    "source: not one mapping"},
		{"source: {}\n", "preset: ./feed.yaml", "url: is missing"},
		{"- x\n", "preset: ./feed.yaml", "a list where keys"},
		{"", "preset: nobody-knows-it", "there is no preset 'nobody-"},
		{"", "preset: Feed", "'Feed' is no name of a preset"},
		{"", "preset: ./other.yaml", "other.yaml"},
		{"", "preset: [a]", "preset: a list where a single value"},
	};
	char text[256];
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("feed.yaml", rows[i].preset);
		snprintf(text, sizeof(text), "sources:\n  - %s\n",
		    rows[i].source);
		assert_null(load(text, &e));
		drop("feed.yaml");
		if (strstr(e.text, rows[i].error) == NULL)
			fail_msg("%s: %s", rows[i].source, e.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_preset),
		cmocka_unit_test(test_preset_folder),
		cmocka_unit_test(test_preset_wrong),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_wrong_addresses),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
