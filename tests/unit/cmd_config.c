/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tlp.h"
#include "cmd/config.h"

static char folder[] = "/tmp/taxiway-config-XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
drop_folder(void **state)
{
	(void)state;
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
	c = config_load(path, e);
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
	assert_string_equal(c->store, "/tmp/x.mdb");
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
	assert_int_equal(settings_job(s, c->dir, &job, &e), 0);
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

	assert_int_equal(settings_job(s, c->dir, &job, &e), -1);
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
		{"stor: x\n", ":1:1:", "Unexpected key: stor"},
		{"store: x\nsources:\n  - name: a\n    urll: b\n", ":4:5:",
		    "Unexpected key: urll"},
		{"sources:\n  - name: a\n    url: b\n    limit: many\n", ":4:12:",
		    "many"},
		{"sources:\n  - name: [1]\n", ":2:11:", "STRING"},
		{"store: x\nsources: [\n", ":", ""},
		{"sources:\n  - url: https://x.example/\n", ":1:1:",
		    "has no name"},
		{"sources:\n  - name: a\n", ":1:1:", "has no url"},
		{"sources:\n  - name: a\n    url: b\n  - name: a\n    url: c\n",
		    ":1:1:", "two sources are named 'a'"},
		{"sources:\n  - name: a\n    url: b\n    keep: all\n", ":1:1:",
		    "keep: 'all' is neither 'objects' nor 'values'"},
		{"sources:\n  - name: a\n    url: b\n    tlp: pink\n", ":1:1:",
		    "tlp: 'pink'"},
		{"sources:\n  - name: a\n    url: b\n    limit: 0\n    "
		    "connect-timeout: 99999\n", ":1:1:", "connect-timeout"},
		{"sources:\n  - name: a\n    url: https://u:p@x.example/\n",
		    ":1:1:", "credentials"},
		{"sources:\n  - name: a\n    url: b\n    follow-hosts: maybe\n",
		    ":4:19:", "maybe"},
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

static void
test_empty(void **state)
{
	struct err e;
	struct config *c = load("# nothing yet\n", &e);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->nsources, 0);
	config_free(c);
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
		{"file:///", NULL, "/"},
	};
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings s = {0};
		struct job job;

		s.url = (char *)(uintptr_t)rows[i].url;
		s.collection = (char *)(uintptr_t)rows[i].collection;
		assert_int_equal(settings_job(&s, NULL, &job, &e), 0);
		assert_string_equal(job.name, rows[i].name);
		assert_int_equal(job.auth, AUTH_NONE);
		assert_true(job.keep_raw);
		job_free(&job);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
