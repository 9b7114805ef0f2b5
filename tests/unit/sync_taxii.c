/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs, header lines, resources, error texts: everything without a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "sync/http_origin.h"
#include "sync/source.h"
#include "sync/taxii.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* --- URLs ----------------------------------------------------------------- */

static void
test_url_parse(void **state)
{
	static const struct {
		const char *text, *origin, *path, *query;
	} rows[] = {
		{"https://feed.example", "https://feed.example", "", NULL},
		{"HTTPS://Feed.Example:443/x", "https://Feed.Example", "/x",
		    NULL},
		{"http://feed.example:80/", "http://feed.example", "/", NULL},
		{"http://feed.example:/a", "http://feed.example", "/a", NULL},
		{"http://feed.example:443/", "http://feed.example:443", "/",
		    NULL},
		{"https://[2001:db8::1]:8443/a?b=c&d#e",
		    "https://[2001:db8::1]:8443", "/a", "b=c&d"},
		{"https://feed.example?q", "https://feed.example", "", "q"},
		{"https://feed.example/?", "https://feed.example", "/", ""},
		{"https://feed.example/a@b", "https://feed.example", "/a@b",
		    NULL},
		{"file:///tmp/x", "file:", "/tmp/x", NULL},
		{"file:/tmp/a b?c#d", "file:", "/tmp/a b?c#d", NULL},
		{"file:x.json", "file:", "x.json", NULL},
		{"file://localhost/x", "file:", "/x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = ERR_INIT;
		struct buf origin;
		struct url u;

		buf_init(&origin, LIMIT_URL);
		assert_int_equal(url_parse(slice_str(rows[i].text), &u, &e), 0);
		assert_int_equal(url_origin(&u, &origin), 0);
		assert_string_equal(origin.p, rows[i].origin);
		assert_true(slice_is(u.path, rows[i].path));
		if (rows[i].query == NULL)
			assert_null(u.query.p);
		else
			assert_true(slice_is(u.query, rows[i].query));
		buf_free(&origin);
	}
}

static void
test_url_refused(void **state)
{
	static const char *const rows[] = {
		"", "feed.example", "ftp://feed.example/", "http:/x", "http://",
		"https:///x", "http://user@feed.example/",
		"http://user:secret@feed.example/", "http://a b/",
		"http://feed.example/a b", "http://feed.example\\@evil/",
		"http://feed.example/\\x", "http://feed.example:0/",
		"http://feed.example:65536/", "http://feed.example:8x/",
		"http://feed.example:-1/", "http://feed.example/\n", "http://[::1/",
		"http://[]/", "http://[::1]x/", "http://feed!example/",
		"javascript:alert(1)", "http://feed.example:99999999999/",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = ERR_INIT;
		struct url u;

		if (url_parse(slice_str(rows[i]), &u, &e) == 0)
			fail_msg("accepted: %s", rows[i]);
		assert_int_equal(e.code, ERR_USAGE);
		assert_null(strstr(e.text, "secret"));
	}
}

static void
test_url_resolve(void **state)
{
	static const struct {
		const char *ref, *want;
	} rows[] = {
		{"/api/", "https://feed.example:8443/api/"},
		{"api/", "https://feed.example:8443/taxii2/api/"},
		{"?x=1", "https://feed.example:8443/taxii2/d?x=1"},
		{"//other.example/a", "https://other.example/a"},
		{"http://other.example/a", "http://other.example/a"},
		{"a:b", NULL}, {"javascript:1", NULL}, {"//", NULL},
		{"/a b", NULL}, {"//u@other.example/", NULL},
	};
	struct err e = ERR_INIT;
	struct url base;

	(void)state;
	assert_int_equal(url_parse(SLICE("https://feed.example:8443/taxii2/d"),
	    &base, &e), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf out;
		int rc;

		err_clear(&e);
		buf_init(&out, LIMIT_URL);
		rc = url_resolve(&base, slice_str(rows[i].ref), &out, &e);
		assert_int_equal(rc == 0, rows[i].want != NULL);
		if (rc == 0)
			assert_string_equal(out.p, rows[i].want);
		buf_free(&out);
	}
}

static void
test_origins(void **state)
{
	static const struct {
		const char *url;
		bool held;
	} rows[] = {
		{"https://feed.example/", true},
		{"https://FEED.example:443/x", true},
		{"http://feed.example/", false},
		{"https://feed.example:8443/", false},
		{"https://feed.example.evil.example/", false},
		{"https://evil.example/", false},
	};
	static struct origins o;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(origins_add(&o, "https://feed.example/taxii2/", &e), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct url u;

		assert_int_equal(url_parse(slice_str(rows[i].url), &u, &e), 0);
		assert_int_equal(origins_hold(&o, &u), rows[i].held);
	}
	origins_free(&o);
}

static void
test_redirect(void **state)
{
	static const struct {
		const char *location, *want, *words;
		bool elsewhere;
	} rows[] = {
		{"/api/", "https://feed.example/api/", NULL, false},
		{"https://feed.example/b/", "https://feed.example/b/", NULL,
		    false},
		{"https://other.example/b/", NULL, "--follow-hosts", false},
		{"https://other.example/b/", "https://other.example/b/", NULL,
		    true},
		{"http://feed.example/b/", NULL, "http://feed.example", false},
		{"file:///etc/passwd", NULL, "file", true},
		{"", NULL, "Location", false},
		{"https://feed.example@other.example/", NULL, "user name",
		    false},
	};
	struct err e = ERR_INIT;
	struct url from;

	(void)state;
	assert_int_equal(url_parse(SLICE("https://feed.example/a"), &from, &e),
	    0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		static struct http_head head;
		struct buf out;
		int rc;

		err_clear(&e);
		head.status = 301;
		strncpy(head.location, rows[i].location,
		    sizeof(head.location) - 1);
		buf_init(&out, LIMIT_URL);
		rc = http_redirect(&from, &head, rows[i].elsewhere, &out, &e);
		assert_int_equal(rc == 0, rows[i].want != NULL);
		if (rc == 0)
			assert_string_equal(out.p, rows[i].want);
		else
			assert_non_null(strstr(e.text, rows[i].words));
		buf_free(&out);
	}
}

/* --- requests ------------------------------------------------------------- */

static void
test_page_url(void **state)
{
	static char *types[] = {"indicator", "x-a,b"};
	struct job job = {.match_types = types};
	struct page_step step = {.act = PAGE_ASK, .added_after = TSTAMP_NONE,
	    .limit = 10000};
	static const char at[] = "https://f.example/a/collections/c/objects/";
	struct err e = ERR_INIT;
	struct buf url;

	(void)state;
	buf_init(&url, LIMIT_URL);
	assert_int_equal(taxii_page_url(at, &step, &job, &url, &e), 0);
	assert_string_equal(url.p,
	    "https://f.example/a/collections/c/objects/?limit=10000");
	/* P13, P14: six digits, a Z, everything encoded. */
	buf_reset(&url);
	step.added_after = INT64_C(1704067200000000000);
	step.next = SLICE("2023-11-16 22:40:05|2&a=+/\xff");
	job.nmatch_types = 2;
	assert_int_equal(taxii_page_url(at, &step, &job, &url, &e), 0);
	assert_string_equal(url.p,
	    "https://f.example/a/collections/c/objects/"
	    "?added_after=2024-01-01T00%3A00%3A00.000000Z&limit=10000"
	    "&match%5Btype%5D=indicator,x-a%2Cb"
	    "&next=2023-11-16%2022%3A40%3A05%7C2%26a%3D%2B%2F%FF");
	/* The manifest, and parameters of the operator's own. */
	buf_reset(&url);
	step.act = PAGE_MANIFEST;
	step.added_after = TSTAMP_NONE;
	step.next = SLICE_NONE;
	job.nmatch_types = 0;
	assert_int_equal(taxii_page_url(
	    "https://f.example/a/collections/c/objects/?match[revoked]=false",
	    &step, &job, &url, &e), 0);
	assert_string_equal(url.p, "https://f.example/a/collections/c/manifest/"
	    "?match[revoked]=false&limit=10000");
	buf_free(&url);
}

static void
test_path_of(void **state)
{
	static const struct {
		const char *path;
		enum taxii_place place;
		const char *root, *id;
	} rows[] = {
		{"", TAXII_HOST, "", NULL},
		{"/", TAXII_HOST, "/", NULL},
		{"/taxii2/", TAXII_OTHER, "/taxii2/", NULL},
		{"/taxii2", TAXII_OTHER, "/taxii2", NULL},
		{"/a/collections/", TAXII_COLLECTIONS, "/a/", NULL},
		{"/a/collections", TAXII_COLLECTIONS, "/a/", NULL},
		{"/a/collections/c1/", TAXII_COLLECTION, "/a/", "c1"},
		{"/a/collections/c1", TAXII_COLLECTION, "/a/", "c1"},
		{"/a/collections/c1/objects/", TAXII_COLLECTION, "/a/", "c1"},
		{"/a/collections/c1/manifest", TAXII_COLLECTION, "/a/", "c1"},
		{"/collections/c1/", TAXII_COLLECTION, "/", "c1"},
		{"/a/collections/objects/", TAXII_COLLECTION, "/a/", "objects"},
		{"/a/objects/", TAXII_OTHER, "/a/objects/", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct url u = {.path = slice_str(rows[i].path)};
		struct taxii_path p = taxii_path_of(&u);

		if (p.place != rows[i].place)
			fail_msg("%s", rows[i].path);
		assert_true(slice_is(p.root, rows[i].root));
		if (rows[i].id != NULL)
			assert_true(slice_is(p.id, rows[i].id));
	}
}

/* --- documents ------------------------------------------------------------ */

static void
test_paging(void **state)
{
	static const struct {
		const char *text;
		int rc;
		bool more;
		const char *next;
	} rows[] = {
		{"{}", 0, false, ""},
		{"{\"more\":true,\"next\":\"a\"}", 0, true, "a"},
		{"{\"more\":false,\"next\":\"a\"}", 0, false, "a"},
		{"{\"more\":true,\"next\":\"\"}", 0, true, ""},
		{"{\"more\":true,\"next\":null}", 0, true, ""},
		{"{\"more\":true,\"next\":12345678901234567}", 0, true,
		    "12345678901234567"},
		{"{\"more\":true,\"next\":-9223372036854775808}", 0, true,
		    "-9223372036854775808"},
		{"{\"more\":true,\"next\":1.5}", 0, true, "1.5"},
		{"{\"more\":null}", 0, false, ""},
		{"{\"objects\":null}", 0, false, ""},
		{"{\"more\":\"true\"}", 0, true, ""},
		{"{\"more\":\"False\"}", 0, false, ""},
		{"{\"more\":1}", 0, true, ""}, {"{\"more\":0}", 0, false, ""},
		{"{\"more\":\"yes\"}", -1, false, ""},
		{"{\"more\":[]}", -1, false, ""},
		{"{\"more\":1.5}", -1, false, ""},
		{"{\"next\":{}}", -1, false, ""},
		{"{\"next\":true}", -1, false, ""},
		{"{\"objects\":{}}", -1, false, ""},
		{"{\"objects\":[],\"type\":\"bundle\"}", 0, false, ""},
		{"{\"title\":\"Unavailable\",\"http_status\":\"500\"}", -1,
		    false, ""},
		{"[]", -1, false, ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		json_t *doc = json_loads(rows[i].text, 0, NULL);
		struct page_reply r = {0};
		struct err e = ERR_INIT;
		char room[TAXII_NUMBER];
		int rc = taxii_paging(doc, room, &r, &e);

		if (rc != rows[i].rc)
			fail_msg("%s: %s", rows[i].text, e.text);
		if (rc == 0) {
			assert_int_equal(r.more, rows[i].more);
			assert_true(slice_is(r.next, rows[i].next));
		}
		json_decref(doc);
	}
}

static void
test_manifest(void **state)
{
	static const char text[] = "{\"objects\":["
	    "{\"date_added\":\"2024-01-01T00:00:01Z\"},"
	    "{\"date_added\":\"2024-01-01T00:00:02.5\"},"
	    "{\"date_added\":\"2024-01-01T01:00:03+01:00\"},"
	    "{\"date_added\":\"2024-01-01T00:00:01Z\"}]}";
	const int64_t t = INT64_C(1704067200) * TSTAMP_SECOND;
	json_t *doc = json_loads(text, 0, NULL), *none = json_object();

	(void)state;
	assert_int_equal(taxii_manifest_date(doc, 1), t + TSTAMP_SECOND);
	assert_int_equal(taxii_manifest_date(doc, 2),
	    t + 5 * TSTAMP_SECOND / 2);
	assert_int_equal(taxii_manifest_date(doc, 3), t + 3 * TSTAMP_SECOND);
	/* Not in the order of time: of no use. */
	assert_int_equal(taxii_manifest_date(doc, 4), TSTAMP_NONE);
	assert_int_equal(taxii_manifest_date(doc, 9), TSTAMP_NONE);
	assert_int_equal(taxii_manifest_date(doc, 0), TSTAMP_NONE);
	assert_int_equal(taxii_manifest_date(none, 1), TSTAMP_NONE);
	assert_int_equal(taxii_manifest_date(NULL, 1), TSTAMP_NONE);
	json_decref(doc);
	json_decref(none);
}

static void
test_collection(void **state)
{
	json_t *doc = json_loads("{\"id\":\"c\",\"title\":7,\"alias\":\"a\","
	    "\"can_read\":null}", 0, NULL);
	struct taxii_collection c;

	(void)state;
	assert_true(taxii_collection_of(doc, &c));
	assert_string_equal(c.id, "c");
	assert_string_equal(c.alias, "a");
	assert_null(c.title);
	assert_true(c.can_read);
	assert_false(c.can_write);
	json_object_set_new(doc, "can_read", json_false());
	assert_true(taxii_collection_of(doc, &c));
	assert_false(c.can_read);
	json_object_del(doc, "id");
	assert_false(taxii_collection_of(doc, &c));
	json_decref(doc);
}

/* --- responses ------------------------------------------------------------ */

static void
test_head(void **state)
{
	static const char *const lines[] = {
		"HTTP/1.1 200 OK\r\n", "content-TYPE:  Application/TAXII+json ; "
		"charset=utf-8\r\n", "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n",
		"X-TAXII-Date-Added-First: 2024-01-01T01:00:00+01:00\r\n",
		"X-TAXII-Date-Added-Last: Mon Jan 01 2024 00:00:05 GMT+0000"
		" (Coordinated Universal Time)\r\n",
		"ETag: \"x\"\r\n", "no colon\r\n", ": no name\r\n",
		"WWW-Authenticate: Basic realm=\"a, b\"\r\n",
		"WWW-Authenticate: Bearer\r\n",
		"WWW-Authenticate: Negotiate a==, Digest realm=\"b, c\", "
		    "nonce=d,NTLM , Token\r\n", "\r\n",
	};
	const int64_t t = INT64_C(1704067200) * TSTAMP_SECOND;
	static struct http_head h;

	(void)state;
	h.bytes = 0;
	http_head_init(&h);
	for (size_t i = 0; i < ROWS(lines); i++)
		assert_int_equal(http_head_line(&h, slice_str(lines[i])), 0);
	assert_int_equal(h.status, 200);
	assert_string_equal(h.content_type, "application/taxii+json");
	assert_false(http_head_markup(&h));
	assert_int_equal(h.date, t);
	assert_int_equal(h.first, t);
	assert_int_equal(h.last, t + 5 * TSTAMP_SECOND);
	assert_string_equal(h.etag, "\"x\"");
	assert_string_equal(h.schemes, "Basic, Bearer, Negotiate, Digest, NTLM"
	    ", Token");
	assert_true(h.odd_date && !h.bad_date);
	/* Several challenges in one field, with commas in their parameters. */
	assert_int_equal(http_head_line(&h, SLICE("HTTP/1.1 401 No")), 0);
	assert_int_equal(http_head_line(&h, SLICE("WWW-Authenticate: Basic"
	    " realm=\"a, b=\\\"c\", charset=\"UTF-8\", ,Bearer , Negotiate"
	    " YWJj==, Digest realm = x, qop=\"auth\"")), 0);
	assert_string_equal(h.schemes, "Basic, Bearer, Negotiate, Digest");
	assert_int_equal(http_head_line(&h,
	    SLICE("WWW-Authenticate: =x, \x01 y,\"")), 0);
	/* A new status line begins a new head; bad dates are absent. */
	assert_int_equal(http_head_line(&h, SLICE("HTTP/2 503")), 0);
	assert_int_equal(http_head_line(&h,
	    SLICE("X-TAXII-Date-Added-Last: junk")), 0);
	assert_int_equal(h.status, 503);
	assert_int_equal(h.last, TSTAMP_NONE);
	assert_true(h.bad_date);
	assert_int_equal(http_head_line(&h,
	    SLICE("X-TAXII-Date-Added-First: 2024-01-01T00:00:00+00:00")), 0);
	assert_true(h.odd_date);
	assert_string_equal(h.content_type, "");
	assert_string_equal(h.schemes, "");
	/* All lines together are bounded. */
	for (size_t sent = 0; sent <= LIMIT_HEADER / 20; sent++)
		if (http_head_line(&h, SLICE("X-Padding: 012345678")) != 0)
			return;
	fail();
}

static void
test_types(void **state)
{
	static const struct {
		const char *type;
		bool markup;
	} rows[] = {
		{"", false}, {"application/json", false},
		{"application/stix+json;version=2.1", false},
		{"application/octet-stream", false}, {"text/plain", false},
		{"text/html; charset=utf-8", true}, {"TEXT/HTML", true},
		{"text/xml", true}, {"application/xhtml+xml", true},
	};
	static struct http_head h;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char line[200];
		int n = snprintf(line, sizeof(line), "Content-Type: %s",
		    rows[i].type);

		h.bytes = 0;
		http_head_init(&h);
		assert_int_equal(http_head_line(&h,
		    (struct slice){line, (size_t)n}), 0);
		assert_int_equal(http_head_markup(&h), rows[i].markup);
	}
	assert_int_equal(http_sniff("\xef\xbb\xbf \n{", 6), '{');
	assert_int_equal(http_sniff("[", 1), '[');
	assert_int_equal(http_sniff(" \t", 2), 0);
	assert_int_equal(http_sniff("<html>", 6), '<');
	assert_int_equal(http_sniff("\0{", 2), '?');
}

static void
test_status_err(void **state)
{
	static const struct {
		int status;
		const char *body;
		int code;
		const char *words[3];
	} rows[] = {
		{401, "", ERR_AUTH, {"401", "Basic", "f.example"}},
		{403, "{\"title\":\"No\",\"description\":\"go away\"}",
		    ERR_AUTH, {"403", "'No: go away'", "f.example"}},
		{404, "<html>secret page</html>", ERR_HTTP,
		    {"404", "not found", "f.example"}},
		{400, "{\"name\":\"validation\",\"description\":\"bad next\"}",
		    ERR_HTTP, {"400", "validation: bad next", "f.example"}},
		{500, "Traceback:\n  File", ERR_NET,
		    {"500", "'Traceback:'", "f.example"}},
		{418, "{\"title\":{}}", ERR_HTTP, {"418", "", "f.example"}},
		{502, "[", ERR_NET, {"502", "gateway", "f.example"}},
		{599, NULL, ERR_NET, {"599", "failed", "f.example"}},
	};
	static struct http_head head = {.schemes = "Basic"};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_reply r = {.head = &head,
		    .shown = "https://f.example/",
		    .error_body = rows[i].body != NULL ?
		    slice_str(rows[i].body) : SLICE("")};
		struct err e = ERR_INIT;

		head.status = rows[i].status;
		assert_int_equal(http_status_err(&r, &e), -1);
		assert_int_equal(e.code, rows[i].code);
		for (size_t w = 0; w < 3; w++)
			if (strstr(e.text, rows[i].words[w]) == NULL)
				fail_msg("%s", e.text);
		assert_null(strstr(e.text, "secret"));
		assert_null(strstr(e.text, "`taxiway discover`"));
		err_clear(&e);
		assert_int_equal(http_missing_err(&r, ": try `taxiway discover`",
		    &e), -1);
		assert_int_equal(strstr(e.text, "`taxiway discover`") != NULL,
		    head.status == 404);
	}
}

static void
test_source_find(void **state)
{
	static const struct {
		const char *kind, *url, *want;
	} rows[] = {
		{NULL, "https://feed.example/taxii2/", "taxii21"},
		{NULL, "https://feed.example", "taxii21"},
		{NULL, "https://feed.example/a/collections/c.json/objects/",
		    "taxii21"},
		{NULL, "https://feed.example/bundle.json", "stix"},
		{NULL, "https://feed.example/bundle.JSON?a=b", "stix"},
		{NULL, "file:///tmp/x", "stix"},
		{"stix", "https://feed.example/taxii2/", "stix"},
		{"taxii21", "https://feed.example/a.json", "taxii21"},
		{NULL, "gopher://feed.example/", NULL},
		{"csv", "https://feed.example/", "csv"},
		{"lines", "https://feed.example/a.json", "lines"},
		{"xml", "https://feed.example/", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct job job = {.kind = (char *)rows[i].kind,
		    .url = (char *)rows[i].url};
		struct err e = ERR_INIT;
		const struct source_ops *ops = source_find(&job, &e);

		assert_int_equal(ops != NULL, rows[i].want != NULL);
		if (ops != NULL)
			assert_string_equal(ops->kind, rows[i].want);
	}
	assert_non_null(source_at(0));
	assert_null(source_at(100));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_parse),
		cmocka_unit_test(test_url_refused),
		cmocka_unit_test(test_url_resolve),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_page_url),
		cmocka_unit_test(test_path_of),
		cmocka_unit_test(test_paging),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_collection),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_status_err),
		cmocka_unit_test(test_source_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
