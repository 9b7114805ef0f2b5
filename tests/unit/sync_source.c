/* SPDX-License-Identifier: BSD-2-Clause */
/* Both sources against a server in a thread, and an ingest that only records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "tests/unit/sync_source_rig.h"

/* --- finding the collection ----------------------------------------------- */

#define DISCOVERY "{\"title\":\"t\",\"default\":\"/api/\"," \
	"\"api_roots\":[\"/api/\",\"/two/\"]}"
#define ROOT "{\"title\":\"root\",\"versions\":[\"" JSON "\"]}"
#define LIST "{\"collections\":[{\"id\":\"c1\",\"title\":\"One\"," \
	"\"can_read\":true},{\"id\":\"c2\",\"title\":\"Two\",\"alias\":\"zwei\"," \
	"\"can_read\":false}]}"
#define LIST2 "{\"collections\":[{\"id\":\"c3\",\"title\":\"Three\"," \
	"\"can_read\":true},{\"id\":\"c/4\",\"title\":\"four\"}," \
	"{\"id\":\"c5\",\"title\":\"FOUR\"}]}"

static const struct route whole[] = {
	{"/taxii2/", 200, DATE, DISCOVERY, 0},
	{"/api/", 200, DATE, ROOT, 0},
	{"/two/", 200, DATE, ROOT, 0},
	{"/api/collections/", 200, DATE, LIST, 0},
	{"/two/collections/", 200, DATE, LIST2, 0},
	{"/api/collections/c1/objects/", 200, LAST("2024-01-01T00:00:05Z"),
	    PAGE, 0},
	{"/two/collections/c3/objects/", 200, LAST("2024-01-01T00:00:05Z"),
	    PAGE, 0},
	{"/two/collections/c%2F4/objects/", 200, DATE, PAGE, 0},
};

static void
test_find(void **state)
{
	static const struct {
		const char *path, *collection, *objects, *words;
		unsigned requests;
	} rows[] = {
		{"/taxii2/", NULL, "/api/collections/c1/", NULL, 3},
		{"/taxii2", NULL, "/api/collections/c1/", NULL, 3},
		{"", NULL, "/api/collections/c1/", NULL, 3},
		{"/", "One", "/api/collections/c1/", NULL, 3},
		{"/api/", NULL, "/api/collections/c1/", NULL, 3},
		{"/api", "oNE", "/api/collections/c1/", NULL, 3},
		{"/api/collections/", "c1", "/api/collections/c1/", NULL, 2},
		{"/api/collections/c1/", NULL, "/api/collections/c1/", NULL, 1},
		{"/api/collections/c1/objects/", "c1", "/api/collections/c1/",
		    NULL, 1},
		{"/taxii2/", "Three", "/two/collections/c3/", NULL, 4},
		{"/taxii2/", "four", "/two/collections/c%2F4/", NULL, 4},
		{"/taxii2/", "Four", NULL, "several", 3},
		{"/taxii2/", "zwei", NULL, "may not be read", 2},
		{"/taxii2/", "none", NULL, "c1 'One', c2 'Two' (not readable),"
		    " c3 'Three'", 3},
		{"/two/", NULL, NULL, "--collection", 2},
		{"/api/collections/c1/", "c2", NULL, "leave one", 0},
		{"/nowhere/", NULL, NULL, "404", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct scene s;
		char target[200];
		int rc;

		BEGIN(&s, whole, rows[i].path);
		s.job.collection = (char *)rows[i].collection;
		rc = poll_taxii(&s, &e);
		if ((rc == 0) != (rows[i].objects != NULL))
			fail_msg("row %zu: %s", i, e.text);
		assert_int_equal(server_requests(s.server), rows[i].requests);
		if (rc == 0) {
			snprintf(target, sizeof(target),
			    "%sobjects/?limit=10000", rows[i].objects);
			assert_asked(&s, rows[i].requests - 1, target);
			assert_int_equal(s.ingest.objects, 2);
			assert_int_equal(s.ingest.checkpoints, 1);
		} else if (strstr(e.text, rows[i].words) == NULL) {
			fail_msg("row %zu: %s", i, e.text);
		}
		scene_end(&s);
	}
}

/* P20: the second poll is one request.  P16: with other settings it is not. */
static void
test_second_poll(void **state)
{
	static char *types[] = {"indicator"};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	BEGIN(&s, whole, "/taxii2/");
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_int_equal(server_requests(s.server), 3);
	keep_cursor(&s);
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_int_equal(server_requests(s.server), 1);
	assert_asked(&s, 0, "/api/collections/c1/objects/"
	    "?added_after=2024-01-01T00%3A00%3A05.000000Z&limit=10000");
	s.job.match_types = types;
	s.job.nmatch_types = 1;
	s.job.added_after = "2023-01-01T01:00:00+01:00";
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_int_equal(server_requests(s.server), 3);
	assert_asked(&s, 2, "/api/collections/c1/objects/"
	    "?added_after=2023-01-01T00%3A00%3A00.000000Z&limit=10000"
	    "&match%5Btype%5D=indicator");
	/* A damaged cursor is told, and costs a whole listing. */
	s.job.cursor = "{\"v\":1,";
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_int_equal(server_requests(s.server), 3);
	assert_int_equal(s.ingest.notes, 1);
	scene_end(&s);
}

/* P21: MED names http://localhost:5000/ whatever its port. */
static void
test_foreign_root(void **state)
{
	static const struct route routes[] = {
		{"/taxii2/", 200, DATE, "{\"title\":\"t\",\"api_roots\":"
		    "[\"http://localhost:1/gone/\",\"http://localhost:1/api/\"]"
		    "}", 0},
		{"/api/collections/", 200, DATE, LIST, 0},
		{"/api/collections/c1/objects/", 200, DATE, PAGE, 0},
	};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	BEGIN(&s, routes, "/taxii2/");
	s.job.collection = "c1";
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_int_equal(s.ingest.deviations[DEVIATION_ROOT_FOREIGN], 1);
	s.job.collection = "c9";
	assert_int_equal(poll_taxii(&s, &e), -1);
	assert_non_null(strstr(e.text, "--foreign-roots"));
	assert_non_null(strstr(e.text, "localhost:1"));
	/* Allowed: it is asked there, and nobody is. */
	s.job.insecure_roots = true;
	assert_int_equal(poll_taxii(&s, &e), -1);
	assert_int_equal(e.code, ERR_NET);
	assert_int_equal(server_requests(s.server), 1);
	scene_end(&s);
}

/* P17: a root that fails does not hide the others; wrong credentials do. */
static void
test_bad_roots(void **state)
{
	static const struct route missing[] = {
		{"/taxii2/", 200, DATE, DISCOVERY, 0},
		{"/two/collections/", 200, DATE, LIST2, 0},
		{"/two/collections/c3/objects/", 200, DATE, PAGE, 0},
	};
	static const struct route refused[] = {
		{"/taxii2/", 200, DATE, DISCOVERY, 0},
		{"/api/collections/", 401, "WWW-Authenticate: Bearer\r\n", "",
		    0},
	};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	BEGIN(&s, missing, "/taxii2/");
	s.job.collection = "Three";
	assert_int_equal(poll_taxii(&s, &e), 0);
	s.job.collection = "One";
	assert_int_equal(poll_taxii(&s, &e), -1);
	assert_int_equal(e.code, ERR_HTTP); /* the cause, not the consequence */
	scene_end(&s);
	BEGIN(&s, refused, "/taxii2/");
	assert_int_equal(poll_taxii(&s, &e), -1);
	assert_int_equal(e.code, ERR_AUTH);
	assert_non_null(strstr(e.text, "Bearer"));
	assert_int_equal(server_requests(s.server), 2);
	scene_end(&s);
}

static void
test_moved(void **state)
{
	struct err e = ERR_INIT;
	struct scene s;
	char *at;

	(void)state;
	BEGIN(&s, whole, "/taxii2/");
	assert_int_equal(poll_taxii(&s, &e), 0);
	keep_cursor(&s);
	at = strstr(s.cursor, "/api/");
	assert_non_null(at);
	memcpy(at, "/old/", 5); /* that is where it used to be */
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_int_equal(server_requests(s.server), 4);
	assert_asked(&s, 3, "/api/collections/c1/objects/?limit=10000");
	assert_non_null(strstr(s.ingest.note, "moved"));
	scene_end(&s);
}

/* --- pages and failures --------------------------------------------------- */

#define MORE "{\"more\":true,\"next\":\"n+1\",\"objects\":[{\"id\":\"x\"}]}"

static void
test_failures(void **state)
{
	static const struct {
		struct route routes[4];
		int rc, code;
		unsigned requests, objects;
		const char *last; /* request */
	} rows[] = {
		/* A cursor chain. */
		{{{AT, 200, LAST("2024-01-01T00:00:05Z"), MORE, 0},
		    {AT, 200, LAST("2024-01-01T00:00:06Z"), PAGE, 1}},
		    0, 0, 2, 3, AT "?limit=10000&next=n%2B1"},
		/* P8: broken off after the cursor was sent: not sent again. */
		{{{AT, 200, LAST("2024-01-01T00:00:05Z"), MORE, 0},
		    {AT, 0, NULL, NULL, 1},
		    {AT, 200, LAST("2024-01-01T00:00:06Z"), PAGE, 2}},
		    0, 0, 3, 3, AT "?limit=10000"},
		/* P9: the cursor is dead: by date. */
		{{{AT, 200, LAST("2024-01-01T00:00:05Z"), MORE, 0},
		    {AT, 400, DATE, "{}", 1},
		    {AT, 200, LAST("2024-01-01T00:00:05Z"), MORE, 2},
		    {AT, 200, LAST("2024-01-01T00:00:06Z"), PAGE, 3}},
		    0, 0, 4, 4, AT "?added_after=2024-01-01T00%3A00%3A04."
		    "999000Z&limit=10000"},
		/* 413: less. */
		{{{AT, 413, DATE, "{}", 0},
		    {AT, 200, LAST("2024-01-01T00:00:06Z"), PAGE, 1}},
		    0, 0, 2, 2, AT "?limit=5000"},
		/* Once garbled may be an accident, twice is not. */
		{{{AT, 200, DATE, "{\"objects\":[!", 0},
		    {AT, 200, LAST("2024-01-01T00:00:06Z"), PAGE, 1}},
		    0, 0, 2, 2, AT "?limit=10000"},
		{{{AT, 200, DATE, "{\"objects\":[!", 0}},
		    -1, ERR_SYNTAX, 2, 0, AT "?limit=10000"},
		{{{AT, 200, DATE, "{\"objects\":[", 0}},
		    -1, ERR_SYNTAX, 2, 0, AT "?limit=10000"},
		{{{AT, 200, DATE, "", 0}},
		    -1, ERR_SYNTAX, 2, 0, AT "?limit=10000"},
		/* What a person has to change is asked once. */
		{{{AT, 401, DATE, "{}", 0}}, -1, ERR_AUTH, 1, 0,
		    AT "?limit=10000"},
		{{{AT, 403, DATE, "{}", 0}}, -1, ERR_AUTH, 1, 0,
		    AT "?limit=10000"},
		{{{AT, 404, DATE, "{}", 0}}, -1, ERR_HTTP, 1, 0,
		    AT "?limit=10000"},
		{{{AT, 429, "Retry-After: 3600\r\n", "{}", 0}}, -1, ERR_NET, 1,
		    0, AT "?limit=10000"},
		/* A bundle in place of an envelope. */
		{{{AT, 200, DATE, "{\"type\":\"bundle\",\"id\":\"b\","
		    "\"objects\":[{\"id\":\"x\"}]}", 0}}, 0, 0, 1, 1,
		    AT "?limit=10000"},
		{{{AT, 200, DATE, "{}", 0}}, 0, 0, 1, 0, AT "?limit=10000"},
		{{{AT, 206, DATE, PAGE, 0}}, 0, 0, 1, 2, AT "?limit=10000"},
		/* P5: neither cursor nor header, and no manifest. */
		{{{AT, 200, DATE, "{\"more\":true,\"objects\":[{}]}", 0}}, -1,
		    ERR_PROTO, 2, 1,
		    "/api/collections/c1/manifest/?limit=10000"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct scene s;
		size_t n = 0;

		while (n < 4 && rows[i].routes[n].path != NULL)
			n++;
		scene_begin(&s, rows[i].routes, n, "/api/collections/c1/");
		if (poll_taxii(&s, &e) != rows[i].rc)
			fail_msg("row %zu: %s", i, e.text);
		if (e.code != rows[i].code)
			fail_msg("row %zu: %s", i, e.text);
		if (rows[i].rc != 0)
			assert_non_null(strstr(e.text, "http://127.0.0.1"));
		assert_int_equal(server_requests(s.server), rows[i].requests);
		assert_int_equal(s.ingest.objects, rows[i].objects);
		assert_asked(&s, rows[i].requests - 1, rows[i].last);
		scene_end(&s);
	}
}

static void
test_manifest(void **state)
{
	static const struct route routes[] = {
		{AT, 200, DATE, "{\"more\":true,\"objects\":[{},{}]}", 0},
		{AT, 200, DATE, PAGE, 1},
		{"/api/collections/c1/manifest/", 200, DATE,
		    "{\"objects\":[{\"id\":\"x\",\"date_added\":"
		    "\"2024-01-01T00:00:01Z\"},{\"id\":\"y\",\"date_added\":"
		    "\"2024-01-01T00:00:02.5Z\"},{\"id\":\"z\",\"date_added\":"
		    "\"2024-01-01T00:00:03Z\"}]}", 0},
	};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	BEGIN(&s, routes, "/api/collections/c1/");
	assert_int_equal(poll_taxii(&s, &e), 0);
	assert_asked(&s, 2, AT "?added_after=2024-01-01T00%3A00%3A02.499000Z"
	    "&limit=10000");
	scene_end(&s);
}

/* --- documents ------------------------------------------------------------ */

static void
test_unchanged(void **state)
{
	static const struct route fresh[] = {
		{"/b.json", 200, "ETag: \"v1\"\r\nLast-Modified: Mon, 01 Jan"
		    " 2024 00:00:00 GMT\r\n", PAGE, 0},
	};
	static const struct route same[] = {{"/b.json", 304, "", "", 0}};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	BEGIN(&s, fresh, "/b.json");
	assert_int_equal(poll_with(&s, &source_stix, &e), 0);
	assert_int_equal(s.ingest.objects, 2);
	assert_int_equal(s.ingest.extent, STORE_DOCUMENT);
	keep_cursor(&s);
	/* Only what was read to its end and believed may be left unread. */
	assert_int_equal(poll_with(&s, &source_stix, &e), 0);
	assert_null(strstr(server_request(s.server, 0), "\r\nIf-"));
	assert_int_equal(s.ingest.extent, STORE_DOCUMENT);
	s.routes = same;
	s.job.listed = true;
	assert_int_equal(poll_with(&s, &source_stix, &e), 0);
	assert_int_equal(s.ingest.extent, STORE_SAME);
	assert_non_null(strstr(server_request(s.server, 0),
	    "\r\nIf-None-Match: \"v1\"\r\nIf-Modified-Since: Mon, 01 Jan"));
	/* Complete, with nothing, and the version is kept. */
	assert_int_equal(s.ingest.objects, 0);
	assert_string_equal(s.ingest.cursor, s.cursor);
	scene_end(&s);
}

static void
write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

static void
test_file(void **state)
{
	static const struct {
		const char *text;
		int rc, code;
	} rows[] = {
		{PAGE, 0, 0}, {"", -1, ERR_SYNTAX}, {"{", -1, ERR_SYNTAX},
		{"\x1f\x8b\x08", -1, ERR_SYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[] = "/tmp/taxiway test %41 XXXXXX", url[64];
		struct job job = {.url = url};
		struct err e = ERR_INIT;
		static struct ingest g;

		write_file(path, rows[i].text);
		snprintf(url, sizeof(url), "file:%s", path);
		buf_init(&g.text, MIB(1));
		assert_int_equal(source_stix.poll(&job, &g, &e), rows[i].rc);
		assert_int_equal(e.code, rows[i].code);
		if (rows[i].rc != 0)
			assert_non_null(strstr(e.text, path));
		unlink(path);
		err_clear(&e);
		assert_int_equal(source_stix.poll(&job, &g, &e), -1);
		assert_int_equal(e.code, ERR_NOT_FOUND);
		err_clear(&e);
		job.url = "file:/dev/null";
		assert_int_equal(source_stix.poll(&job, &g, &e), -1);
		assert_int_equal(e.code, ERR_IO);
		buf_free(&g.text);
		json_decref(g.skeleton);
		memset(&g, 0, sizeof(g));
	}
}

/* --- discover ------------------------------------------------------------- */

static void
test_discover(void **state)
{
	struct err e = ERR_INIT;
	struct scene s;
	json_t *doc, *roots, *c;

	(void)state;
	BEGIN(&s, whole, "/");
	doc = discover_fetch(&s.job, &e);
	assert_non_null(doc);
	assert_string_equal(taxii_text(doc, "default"), "/api/");
	roots = json_object_get(doc, "api_roots");
	assert_int_equal(json_array_size(roots), 2);
	c = json_array_get(json_object_get(json_array_get(roots, 0),
	    "collections"), 1);
	assert_string_equal(taxii_text(c, "alias"), "zwei");
	assert_false(json_is_true(json_object_get(c, "can_read")));
	json_decref(doc);
	scene_end(&s);
	/* A root that cannot be read says why. */
	BEGIN(&s, whole, "/taxii2/");
	s.n = 2;
	doc = discover_fetch(&s.job, &e);
	assert_non_null(doc);
	roots = json_object_get(doc, "api_roots");
	assert_non_null(strstr(taxii_text(json_array_get(roots, 1), "error"),
	    "404"));
	json_decref(doc);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_second_poll),
		cmocka_unit_test(test_foreign_root),
		cmocka_unit_test(test_bad_roots),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_discover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
