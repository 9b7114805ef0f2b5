/* SPDX-License-Identifier: BSD-2-Clause */
/* http.c against a server in a thread: what goes out, what may come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/http.h"
#include "tests/unit/sync_http_server.h"

#define JSON "application/taxii+json;version=2.1"
#define ACCEPT "application/taxii+json;version=2.1"
#define SECRET "open sesame"

/* One scenario: the reply to every request, or a function. */
struct scene {
	server_answer *answer;
	struct server *server, *other;
	char url[128];
	struct job job;
	const char *reply; /* of fixed() */
};

static struct buf body;

static int
take(void *ctx, const char *p, size_t n, struct err *e)
{
	(void)ctx;
	if (n > 4 && memcmp(p, "[666", 4) == 0)
		return err_set(e, ERR_SYNTAX, "the sink says no");
	return buf_add(&body, p, n);
}

static void
begin(struct scene *s, server_answer *answer)
{
	memset(s, 0, sizeof(*s));
	s->server = server_start(answer, s);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/api/?key=hidden",
	    server_port(s->server));
	s->job.url = s->url;
	s->job.connect_timeout = 5;
	s->job.total_timeout = 30;
	buf_init(&body, 64u << 20);
}

static void
end(struct scene *s)
{
	server_stop(s->server);
	buf_free(&body);
}

/* One request on a handle of its own. */
static int
fetch(struct scene *s, struct http_get *get, enum http_failure *failure,
    int *status, struct err *e)
{
	struct http *h = http_open(&s->job, e);
	struct http_reply reply;
	int rc;

	assert_non_null(h);
	get->url = get->url != NULL ? get->url : s->url;
	get->accept = ACCEPT;
	get->bytes = take;
	if (get->max_body == 0)
		get->max_body = 1u << 20;
	buf_reset(&body);
	rc = http_fetch(h, get, &reply, e);
	if (failure != NULL)
		*failure = reply.failure;
	if (status != NULL)
		*status = reply.head->status;
	assert_null(strstr(e->text, SECRET));
	assert_null(strstr(e->text, "hidden"));
	http_close(h);
	return rc;
}

static enum server_then
fixed(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	struct scene *s = ctx;

	(void)number, (void)request;
	buf_str(reply, s->reply);
	return SERVER_CLOSE;
}

static enum server_then
good(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	server_reply(reply, 200, JSON, NULL, "{\"ok\":1}");
	return SERVER_KEEP;
}

/* --- what goes out -------------------------------------------------------- */

static void
test_request(void **state)
{
	struct http_get get = {.etag = "\"abc\""};
	struct err e = ERR_INIT;
	struct scene s;
	const char *sent;

	(void)state;
	begin(&s, good);
	assert_int_equal(fetch(&s, &get, NULL, NULL, &e), 0);
	assert_true(slice_is(buf_view(&body), "{\"ok\":1}"));
	sent = server_request(s.server, 0);
	assert_non_null(strstr(sent, "GET /api/?key=hidden HTTP/1.1\r\n"));
	assert_non_null(strstr(sent, "\r\nAccept: " ACCEPT "\r\n"));
	assert_non_null(strstr(sent, "\r\nIf-None-Match: \"abc\"\r\n"));
	assert_non_null(strstr(sent, "gzip"));
	assert_null(strstr(sent, "Authorization"));
	end(&s);
}

static enum server_then
accepted(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	server_reply(reply, 202, JSON, "Content-Range: items 3-4/9\r\n",
	    "{\"id\":\"s\"}");
	return SERVER_CLOSE;
}

static enum server_then
moved_for_good(void *ctx, unsigned number, const char *request,
    struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	server_reply(reply, 301, JSON, "Location: /other/\r\n", "");
	return SERVER_CLOSE;
}

static void
test_methods(void **state)
{
	struct http_get post = {.method = "POST", .content_type = JSON,
	    .content = SLICE("{\"objects\":[]}")};
	struct http_get delete = {.method = "DELETE"};
	struct http_get get = {.range = "items=0-99"};
	struct err e = ERR_INIT;
	const char *sent;
	struct scene s;
	int status;

	(void)state;
	begin(&s, accepted);
	assert_int_equal(fetch(&s, &post, NULL, &status, &e), 0);
	assert_int_equal(status, 202);
	assert_true(slice_is(buf_view(&body), "{\"id\":\"s\"}"));
	sent = server_request(s.server, 0);
	assert_non_null(strstr(sent, "POST /api/?key=hidden HTTP/1.1\r\n"));
	assert_non_null(strstr(sent, "\r\nContent-Type: " JSON "\r\n"));
	assert_non_null(strstr(sent, "\r\nContent-Length: 14\r\n"));
	assert_null(strstr(sent, "chunked"));
	assert_null(strstr(sent, "Expect"));
	assert_int_equal(fetch(&s, &delete, NULL, &status, &e), 0);
	assert_int_equal(status, 202);
	sent = server_request(s.server, 1);
	assert_non_null(strstr(sent, "DELETE /api/?key=hidden HTTP/1.1\r\n"));
	/* A GET is not answered by "accepted". */
	assert_int_equal(fetch(&s, &get, NULL, &status, &e), 0);
	assert_int_equal(body.n, 0);
	sent = server_request(s.server, 2);
	assert_non_null(strstr(sent, "\r\nRange: items=0-99\r\n"));
	end(&s);
	begin(&s, moved_for_good);
	assert_int_equal(fetch(&s, &post, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "status 301 to a POST"));
	end(&s);
}

static void
test_credentials(void **state)
{
	static char *extra[] = {"X-Extra: 1"};
	static const struct {
		struct job job;
		const char *line;
	} rows[] = {
		{{.auth = AUTH_BASIC, .user = "me", .password = SECRET},
		    "\r\nAuthorization: Basic bWU6b3BlbiBzZXNhbWU=\r\n"},
		{{.auth = AUTH_BASIC, .user = "key"},
		    "\r\nAuthorization: Basic a2V5Og==\r\n"},
		{{.auth = AUTH_BEARER, .token = SECRET},
		    "\r\nAuthorization: Bearer " SECRET "\r\n"},
		{{.auth = AUTH_HEADER, .header_name = "X-Api-Key",
		    .header_value = SECRET}, "\r\nX-Api-Key: " SECRET "\r\n"},
		{{.headers = extra, .nheaders = 1}, "\r\nX-Extra: 1\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_get get = {0};
		struct err e = ERR_INIT;
		struct scene s;

		begin(&s, good);
		s.job = rows[i].job;
		s.job.url = s.url;
		assert_int_equal(fetch(&s, &get, NULL, NULL, &e), 0);
		assert_non_null(strstr(server_request(s.server, 0),
		    rows[i].line));
		end(&s);
	}
}

static void
test_kept_alive(void **state)
{
	struct http_get get = {.accept = ACCEPT, .bytes = take,
	    .max_body = 1000};
	struct http_reply reply;
	struct err e = ERR_INIT;
	struct scene s;
	struct http *h;

	(void)state;
	begin(&s, good);
	get.url = s.url;
	h = http_open(&s.job, &e);
	assert_non_null(h);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(http_fetch(h, &get, &reply, &e), 0);
	assert_int_equal(server_connections(s.server), 1);
	http_close(h);
	end(&s);
}

/* The second request of a connection finds it closed, unanswered. */
static enum server_then
once_then_gone(void *ctx, unsigned number, const char *request,
    struct buf *reply)
{
	if (number == 1)
		return SERVER_CLOSE;
	return good(ctx, number, request, reply);
}

static void
test_once(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	for (int once = 0; once < 2; once++) {
		struct http_get get = {.accept = ACCEPT, .bytes = take,
		    .max_body = 1000};
		struct http_reply reply;
		struct scene s;
		struct http *h;

		begin(&s, once_then_gone);
		get.url = s.url;
		h = http_open(&s.job, &e);
		assert_non_null(h);
		assert_int_equal(http_fetch(h, &get, &reply, &e), 0);
		get.once = once;
		if (once) {
			assert_int_equal(http_fetch(h, &get, &reply, &e), -1);
			assert_int_equal(reply.failure, HTTP_FAIL_CUT);
			assert_int_equal(e.code, ERR_NET);
			assert_int_equal(server_requests(s.server), 2);
		} else { /* libcurl helps itself, and may */
			assert_int_equal(http_fetch(h, &get, &reply, &e), 0);
			assert_int_equal(server_requests(s.server), 3);
		}
		http_close(h);
		end(&s);
	}
}

/* --- redirects ------------------------------------------------------------ */

static enum server_then
redirecting(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	struct scene *s = ctx;
	char line[200];

	(void)number;
	if (strstr(request, "GET /there") != NULL)
		return good(ctx, number, request, reply);
	if (s->other != NULL)
		snprintf(line, sizeof(line),
		    "Location: http://127.0.0.1:%u/there\r\n",
		    server_port(s->other));
	else
		snprintf(line, sizeof(line), "Location: /there\r\n");
	server_reply(reply, 307, NULL, line, "moved");
	return SERVER_KEEP;
}

static void
test_redirect_same_origin(void **state)
{
	struct http_get get = {0};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	begin(&s, redirecting);
	s.job.auth = AUTH_BEARER;
	s.job.token = SECRET;
	assert_int_equal(fetch(&s, &get, NULL, NULL, &e), 0);
	assert_int_equal(server_requests(s.server), 2);
	assert_non_null(strstr(server_request(s.server, 1), SECRET));
	end(&s);
}

static void
test_redirect_elsewhere(void **state)
{
	struct http_get get = {0};
	struct err e = ERR_INIT;
	enum http_failure failure;
	char there[64];
	struct scene s;

	(void)state;
	begin(&s, redirecting);
	s.other = server_start(good, &s);
	s.job.auth = AUTH_BASIC;
	s.job.user = "me";
	s.job.password = SECRET;
	assert_int_equal(fetch(&s, &get, &failure, NULL, &e), -1);
	assert_int_equal(failure, HTTP_FAIL_FINAL);
	assert_int_equal(e.code, ERR_PROTO);
	snprintf(there, sizeof(there), "127.0.0.1:%u/there",
	    server_port(s.other));
	assert_non_null(strstr(e.text, there));
	assert_non_null(strstr(e.text, "--follow-hosts"));
	assert_int_equal(server_requests(s.other), 0);
	/* Allowed: followed, without what is not meant for it. */
	err_clear(&e);
	s.job.allow_http_redirect_host = true;
	assert_int_equal(fetch(&s, &get, NULL, NULL, &e), 0);
	assert_int_equal(server_requests(s.other), 1);
	assert_null(strstr(server_request(s.other, 0), "Authorization"));
	server_stop(s.other);
	end(&s);
}

static enum server_then
circling(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	server_reply(reply, 302, NULL, "Location: /again\r\n", "");
	return SERVER_KEEP;
}

static void
test_redirect_circle(void **state)
{
	struct http_get get = {0};
	struct err e = ERR_INIT;
	struct scene s;

	(void)state;
	begin(&s, circling);
	assert_int_equal(fetch(&s, &get, NULL, NULL, &e), -1);
	assert_int_equal(e.code, ERR_PROTO);
	assert_int_equal(server_requests(s.server), LIMIT_REDIRECTS + 1);
	end(&s);
}

/* --- what comes in -------------------------------------------------------- */

#define OK "HTTP/1.1 200 OK\r\n"
#define TYPE "Content-Type: application/json\r\n"

static void
test_replies(void **state)
{
	static const struct {
		const char *reply;
		int rc, code;
		enum http_failure failure;
		const char *words;
	} rows[] = {
		{OK TYPE "Content-Length: 2\r\n\r\n{}", 0, 0, HTTP_FAIL_NONE,
		    ""},
		{OK "Content-Length: 2\r\n\r\n{}", 0, 0, HTTP_FAIL_NONE, ""},
		{OK TYPE "Content-Length: 9\r\n\r\n{}", -1, ERR_NET,
		    HTTP_FAIL_CUT, "broke off"},
		{OK TYPE "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", -1,
		    ERR_NET, HTTP_FAIL_CUT, "broke off"},
		{OK TYPE "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
		    "[[[[", -1, ERR_PROTO, HTTP_FAIL_CUT, "damaged"},
		{OK "Content-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
		    -1, ERR_PROTO, HTTP_FAIL_FINAL, "text/html"},
		{OK "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
		    0, 0, HTTP_FAIL_NONE, ""},
		{OK "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok",
		    -1, ERR_PROTO, HTTP_FAIL_FINAL, "no JSON object (status 200,"
		    " text/plain)"},
		{OK TYPE "Content-Length: 9\r\n\r\n \n <html>", -1, ERR_PROTO,
		    HTTP_FAIL_FINAL, "login"},
		{OK TYPE "Content-Length: 5\r\n\r\n[6666", -1, ERR_SYNTAX,
		    HTTP_FAIL_SINK, "the sink"},
		{"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", 0, 0,
		    HTTP_FAIL_NONE, ""},
		{"HTTP/1.1 304 Same\r\n\r\n", 0, 0, HTTP_FAIL_NONE, ""},
		{"HTTP/1.1 302 Away\r\nContent-Length: 0\r\n\r\n", -1,
		    ERR_PROTO, HTTP_FAIL_FINAL, "Location"},
		{"", -1, ERR_NET, HTTP_FAIL_CUT, "broke off"},
		{"SSH-2.0-x\r\n\r\n", -1, ERR_PROTO, HTTP_FAIL_FINAL,
		    "no HTTP server"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_get get = {.once = true};
		struct err e = ERR_INIT;
		enum http_failure failure;
		struct scene s;

		begin(&s, fixed);
		s.reply = rows[i].reply;
		if (fetch(&s, &get, &failure, NULL, &e) != rows[i].rc)
			fail_msg("row %zu: %s", i, e.text);
		assert_int_equal(failure, rows[i].failure);
		assert_int_equal(e.code, rows[i].code);
		if (strstr(e.text, rows[i].words) == NULL)
			fail_msg("row %zu: %s", i, e.text);
		if (failure != HTTP_FAIL_SINK) /* the caller's own words */
			assert_int_equal(rows[i].rc != 0,
			    strstr(e.text, "http://127.0.0.1:") != NULL);
		end(&s);
	}
}

static enum server_then
large(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	buf_str(reply, OK TYPE "Content-Length: 1000001\r\n\r\n[");
	for (unsigned i = 0; i < 100000; i++)
		buf_str(reply, "          ");
	return SERVER_KEEP;
}

static void
test_body_limit(void **state)
{
	struct http_get get = {.max_body = 1000001};
	struct err e = ERR_INIT;
	enum http_failure failure;
	struct scene s;

	(void)state;
	begin(&s, large);
	assert_int_equal(fetch(&s, &get, &failure, NULL, &e), 0);
	assert_int_equal(body.n, 1000001);
	get.max_body = 1000000;
	assert_int_equal(fetch(&s, &get, &failure, NULL, &e), -1);
	assert_int_equal(failure, HTTP_FAIL_FINAL);
	assert_int_equal(e.code, ERR_LIMIT);
	end(&s);
}

static enum server_then
talkative(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	buf_str(reply, OK TYPE);
	for (unsigned i = 0; i < 10000; i++)
		buf_str(reply, "X-Noise: x\r\n");
	buf_str(reply, "\r\n{}");
	return SERVER_CLOSE;
}

static void
test_header_limit(void **state)
{
	struct http_get get = {0};
	struct err e = ERR_INIT;
	enum http_failure failure;
	struct scene s;

	(void)state;
	begin(&s, talkative);
	assert_int_equal(fetch(&s, &get, &failure, NULL, &e), -1);
	assert_int_equal(failure, HTTP_FAIL_FINAL);
	assert_int_equal(e.code, ERR_LIMIT);
	end(&s);
}

static enum server_then
sorry(void *ctx, unsigned number, const char *request, struct buf *reply)
{
	(void)ctx, (void)number, (void)request;
	buf_str(reply, "HTTP/1.1 500 Sorry\r\nContent-Length: 8000000\r\n\r\n");
	for (unsigned i = 0; i < 800000; i++)
		buf_str(reply, "very sorry");
	return SERVER_CLOSE;
}

static void
test_error_body(void **state)
{
	struct http_get get = {.bytes = take, .accept = ACCEPT,
	    .max_body = 10};
	struct http_reply reply;
	struct err e = ERR_INIT;
	struct scene s;
	struct http *h;

	(void)state;
	begin(&s, sorry);
	get.url = s.url;
	h = http_open(&s.job, &e);
	assert_non_null(h);
	assert_int_equal(http_fetch(h, &get, &reply, &e), 0);
	assert_int_equal(reply.head->status, 500);
	assert_int_equal(reply.error_body.n, HTTP_ERROR_BODY);
	assert_int_equal(body.n, 0);
	http_close(h);
	end(&s);
}

static void
test_nobody_there(void **state)
{
	struct http_get get = {0};
	struct err e = ERR_INIT;
	enum http_failure failure;
	struct scene s;

	(void)state;
	begin(&s, good);
	snprintf(s.url, sizeof(s.url), "http://127.0.0.1:%u/",
	    server_port(s.server));
	server_stop(s.server);
	assert_int_equal(fetch(&s, &get, &failure, NULL, &e), -1);
	assert_int_equal(failure, HTTP_FAIL_REACH);
	assert_int_equal(e.code, ERR_NET);
	buf_free(&body);
}

static void
test_odd_jobs(void **state)
{
	static const struct job rows[] = {
		{.url = "https://u:" SECRET "@feed.example/"},
		{.url = "feed.example"},
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		assert_null(http_open(&rows[i], &e));
		assert_int_equal(e.code, ERR_USAGE);
		assert_null(strstr(e.text, SECRET));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_kept_alive),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_redirect_same_origin),
		cmocka_unit_test(test_redirect_elsewhere),
		cmocka_unit_test(test_redirect_circle),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_header_limit),
		cmocka_unit_test(test_error_body),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_odd_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
