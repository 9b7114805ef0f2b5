/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "sync/job.h"

static char *
dup(const char *s)
{
	char *p = strdup(s);

	assert_non_null(p);
	return p;
}

static void
list(char ***v, size_t *n, const char *a, const char *b)
{
	*v = calloc(2, sizeof(**v));
	assert_non_null(*v);
	(*v)[0] = dup(a);
	(*v)[1] = dup(b);
	*n = 2;
}

static void
blob(struct job_blob *b, const char *bytes, size_t n)
{
	b->p = malloc(n + 1);
	assert_non_null(b->p);
	memcpy(b->p, bytes, n);
	b->p[n] = '\0';
	b->n = n;
}

/* Every field set, secrets with bytes that are not UTF-8. */
static void
fill(struct job *j)
{
	job_init(j);
	j->name = dup("botnets");
	j->kind = dup("taxii21");
	j->url = dup("https://feed.example/taxii2/");
	j->collection = dup("Botnet C2");
	j->auth = AUTH_HEADER;
	j->user = dup("");
	j->password = dup("p\xe4ss\x01word");
	j->token = dup("\xff\xfe");
	j->header_name = dup("X-Key");
	j->header_value = dup("v\xa0");
	blob(&j->client_cert, "CERT\0\n", 6);
	blob(&j->client_key, "KEY", 3);
	j->client_key_password = dup("kp");
	blob(&j->ca_bundle, "CA", 2);
	j->proxy = dup("http://u:p@proxy.example:3128");
	list(&j->headers, &j->nheaders, "A: b", "C: d");
	j->added_after = dup("2024-01-01T00:00:00Z");
	list(&j->match_types, &j->nmatch_types, "indicator", "malware");
	list(&j->match_ids, &j->nmatch_ids, "a--1", "b--2");
	list(&j->match_specs, &j->nmatch_specs, "2.0", "2.1");
	j->op = dup("get");
	j->object = dup("a--1");
	j->match_version = dup("all");
	j->wait = 60;
	j->srv = true;
	j->page_limit = 100;
	j->connect_timeout = 1;
	j->low_speed_time = UINT32_MAX;
	j->total_timeout = 3;
	j->max_body = UINT64_MAX;
	j->allow_http_redirect_host = true;
	j->insecure_roots = true;
	j->keep_raw = false;
	j->allow_bogons = true;
	j->default_tlp = 4;
	j->scheme = dup("Token");
	j->query_name = dup("apikey");
	j->token_url = dup("https://id.example/token");
	j->client_id = dup("me");
	j->client_secret = dup("s\xe4");
	j->scope = dup("read write");
	j->client_in_body = true;
	list(&j->token_params, &j->ntoken_params, "audience=a", "b=");
	j->pinned_key = dup("sha256//abc=");
	list(&j->query, &j->nquery, "a=b", "c");
	list(&j->url_also, &j->nurl_also, "https://b.example/?k={secret:id}",
	    "file:///srv/x");
	list(&j->secrets, &j->nsecrets, "id=a=\xff", "key=b");
	j->accept = dup("application/json");
	j->slash = SLASH_REMOVE;
	j->empty_404 = true;
	j->http1 = true;
	j->rate_requests = 50;
	j->rate_period = 600;
	j->seed = UINT64_C(0x0123456789abcdef);
	j->cursor = dup("{\"next\":1}");
	j->ask = true;
	j->listed = true;
	j->now = -5;
}

static void
encode(const struct job *j, struct buf *out)
{
	struct err e = ERR_INIT;

	buf_init(out, LIMIT_JOB);
	assert_int_equal(job_encode(j, out, &e), 0);
}

static void
test_round_trip(void **state)
{
	struct err e = ERR_INIT;
	struct buf one, two;
	struct job a, b;

	(void)state;
	fill(&a);
	encode(&a, &one);
	assert_int_equal(job_decode(buf_view(&one), &b, &e), 0);
	assert_string_equal(b.name, "botnets");
	assert_string_equal(b.password, "p\xe4ss\x01word");
	assert_string_equal(b.user, "");
	assert_int_equal(b.auth, AUTH_HEADER);
	assert_int_equal(b.client_cert.n, 6);
	assert_memory_equal(b.client_cert.p, "CERT\0\n", 6);
	assert_int_equal(b.nheaders, 2);
	assert_string_equal(b.headers[1], "C: d");
	assert_string_equal(b.match_types[0], "indicator");
	assert_int_equal(b.low_speed_time, UINT32_MAX);
	assert_true(b.max_body == UINT64_MAX);
	assert_false(b.keep_raw);
	assert_int_equal(b.now, -5);
	/* What is left: every field is in the bytes, and they are the same. */
	encode(&b, &two);
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.p, two.p, one.n);
	buf_free(&one);
	buf_free(&two);
	job_free(&a);
	job_free(&b);
	assert_null(a.password);
}

static void
test_defaults(void **state)
{
	struct err e = ERR_INIT;
	struct buf out;
	struct job a, b;

	(void)state;
	job_init(&a);
	assert_true(a.keep_raw);
	a.url = dup("file:/x");
	encode(&a, &out);
	assert_int_equal(job_decode(buf_view(&out), &b, &e), 0);
	assert_null(b.password);
	assert_null(b.collection);
	assert_null(b.ca_bundle.p);
	assert_null(b.headers);
	assert_true(b.keep_raw);
	buf_free(&out);
	job_free(&a);
	job_free(&b);
}

/* Cut anywhere, it is refused or lacks whole fields; it never reads past. */
static void
test_truncated(void **state)
{
	struct buf out;
	struct job a, b;
	size_t n, whole = 0;

	(void)state;
	fill(&a);
	encode(&a, &out);
	for (n = 0; n < out.n; n++) {
		struct err e = ERR_INIT;
		char *copy = malloc(n + 1); /* exact, for the sanitizer */

		assert_non_null(copy);
		memcpy(copy, out.p, n);
		copy = realloc(copy, n > 0 ? n : 1);
		assert_non_null(copy);
		if (job_decode((struct slice){copy, n}, &b, &e) == 0) {
			whole++;
			job_free(&b);
		} else {
			assert_int_equal(e.code, ERR_PROTO);
		}
		free(copy);
	}
	assert_in_range(whole, 1, 100);
	buf_free(&out);
	job_free(&a);
}

#define FIELD(tag, len, bytes) tag len "\0\0\0" bytes

static void
test_refused(void **state)
{
	static const struct {
		const char *why;
		struct slice bytes;
	} cases[] = {
		{"no url", SLICE(FIELD("\1", "\1", "x"))},
		{"empty", SLICE("")},
		{"unknown tag", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\x77", "\1", "x"))},
		{"a url twice", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\3", "\1", "y"))},
		{"NUL in a string", SLICE(FIELD("\3", "\3", "a\0b"))},
		{"length past the end", SLICE(FIELD("\3", "\x7f", "a"))},
		{"bool of 2", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\x16", "\1", "\2"))},
		{"bool of two bytes", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\x16", "\2", "\1\1"))},
		{"number of one byte", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\x11", "\1", "\1"))},
		{"auth out of range", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\5", "\4", "\x0c\0\0\0"))},
		{"a slash policy of 3", SLICE(FIELD("\3", "\1", "x")
		    FIELD("\x31", "\1", "\3"))},
		{"a head cut short", SLICE(FIELD("\3", "\1", "x") "\3\1")},
	};
	struct job j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = ERR_INIT;

		if (job_decode(cases[i].bytes, &j, &e) == 0)
			fail_msg("%s was taken", cases[i].why);
		assert_int_equal(e.code, ERR_PROTO);
		assert_null(j.url);
	}
}

static void
test_too_long(void **state)
{
	struct err e = ERR_INIT;
	struct job a;
	struct buf out;

	(void)state;
	job_init(&a);
	a.url = malloc(LIMIT_URL + 2);
	assert_non_null(a.url);
	memset(a.url, 'u', LIMIT_URL + 1);
	a.url[LIMIT_URL + 1] = '\0';
	buf_init(&out, LIMIT_JOB);
	assert_int_equal(job_encode(&a, &out, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_non_null(strstr(e.text, "url"));
	buf_free(&out);
	job_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
