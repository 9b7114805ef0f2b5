/* SPDX-License-Identifier: BSD-2-Clause */
/* auth.c: what asks for a token, what an answer gives, what a request carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/auth.h"

#define NOW (INT64_C(1700000000) * TSTAMP_SECOND)

static char user[] = "m\"e", password[] = "p\\w\n1", token[] = "t0ken",
    id[] = "cl:ient", secret[] = "s+cret&", scope[] = "a b", name[] = "X-Key",
    value[] = "k3y-value", empty[] = "";
static char *params[] = {(char[]){"audience=https://x/?a=b"}, (char[]){"flag"}};

static void
test_lines(void **state)
{
	static const struct {
		enum auth_kind kind;
		char *scheme, *token, *name, *value;
		const char *had, *want;
	} rows[] = {
		{AUTH_NONE, NULL, token, NULL, NULL, NULL, ""},
		{AUTH_BASIC, NULL, token, NULL, NULL, NULL, ""},
		{AUTH_QUERY, NULL, token, NULL, NULL, NULL, ""},
		{AUTH_BEARER, NULL, token, NULL, NULL, NULL,
		    "Authorization: Bearer t0ken"},
		{AUTH_BEARER, scope, token, NULL, NULL, NULL,
		    "Authorization: a b t0ken"},
		{AUTH_BEARER, empty, token, NULL, NULL, NULL,
		    "Authorization: t0ken"},
		{AUTH_BEARER, NULL, NULL, NULL, NULL, NULL, ""},
		{AUTH_HEADER, NULL, NULL, name, value, NULL,
		    "X-Key: k3y-value"},
		{AUTH_BASIC, NULL, NULL, name, value, NULL,
		    "X-Key: k3y-value"},
		{AUTH_BEARER, NULL, token, name, value, NULL,
		    "X-Key: k3y-value\nAuthorization: Bearer t0ken"},
		{AUTH_HEADER, NULL, NULL, name, empty, NULL, "X-Key;"},
		{AUTH_OAUTH2, NULL, token, NULL, NULL, NULL, ""},
		{AUTH_OAUTH2, NULL, token, NULL, NULL, "had",
		    "Authorization: Bearer had"},
		{AUTH_LOGIN, scope, NULL, NULL, NULL, "had",
		    "Authorization: a b had"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct job j = {.auth = rows[i].kind, .scheme = rows[i].scheme,
		    .token = rows[i].token, .header_name = rows[i].name,
		    .header_value = rows[i].value};
		struct auth a;
		struct buf out;

		buf_init(&out, KIB(1));
		auth_init(&a, &j);
		if (rows[i].had != NULL)
			buf_str(&a.token, rows[i].had);
		assert_int_equal(auth_lines(&a, &out), 0);
		for (size_t k = 0; k + 1 < out.n; k++)
			if (out.p[k] == '\0')
				out.p[k] = '\n';
		if (out.n > 0)
			assert_int_equal(out.p[--out.n], '\0');
		if (!slice_is(buf_view(&out), rows[i].want))
			fail_msg("row %zu: '%.*s'", i, SLICE_ARG(out));
		buf_free(&out);
		auth_free(&a);
	}
}

static void
test_requests(void **state)
{
	static const struct {
		enum auth_kind kind;
		bool in_body, more;
		const char *type, *body, *user, *password;
	} rows[] = {
		{AUTH_OAUTH2, false, false, "application/x-www-form-urlencoded",
		    "grant_type=client_credentials&scope=a%20b", "cl%3Aient",
		    "s%2Bcret%26"},
		{AUTH_OAUTH2, true, false, "application/x-www-form-urlencoded",
		    "grant_type=client_credentials&scope=a%20b&"
		    "client_id=cl%3Aient&client_secret=s%2Bcret%26", "", ""},
		{AUTH_OAUTH2, false, true, "application/x-www-form-urlencoded",
		    "grant_type=client_credentials&scope=a%20b&"
		    "audience=https%3A%2F%2Fx%2F%3Fa%3Db&flag=", "cl%3Aient",
		    "s%2Bcret%26"},
		{AUTH_LOGIN, false, false, "application/json",
		    "{\"username\": \"m\\\"e\", \"password\":"
		    " \"p\\\\w\\u000a1\"}", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct job j = {.auth = rows[i].kind, .user = user,
		    .password = password, .client_id = id,
		    .client_secret = secret, .scope = scope,
		    .client_in_body = rows[i].in_body, .token_params = params,
		    .ntoken_params = rows[i].more ? 2 : 0};
		struct err e = ERR_INIT;
		struct auth_request r;
		struct auth a;

		auth_init(&a, &j);
		assert_true(auth_needs_token(&a, NOW));
		assert_int_equal(auth_request(&a, &r, &e), 0);
		assert_string_equal(r.type, rows[i].type);
		if (!slice_is(buf_view(&r.body), rows[i].body))
			fail_msg("row %zu: '%.*s'", i, SLICE_ARG(r.body));
		assert_string_equal(r.user.p, rows[i].user);
		assert_string_equal(r.password.p, rows[i].password);
		assert_int_equal(r.basic, rows[i].user[0] != '\0');
		auth_request_free(&r);
		auth_free(&a);
	}
}

static void
test_answers(void **state)
{
	static const struct {
		const char *body, *token; /* NULL: refused */
		int64_t life;             /* s; 0: for ever */
	} rows[] = {
		{"{\"access_token\":\"a\",\"expires_in\":3600}", "a", 3570},
		{"{\"access_token\":\"a\",\"expires_in\":\"3600\"}", "a", 3570},
		{"{\"access_token\":\"a\",\"expires_in\":60}", "a", 30},
		{"{\"access_token\":\"a\",\"expires_in\":1e300}", "a",
		    INT64_C(366) * 86400 - 30},
		{"{\"access_token\":\"a\",\"expires_in\":"
		    "\"99999999999999999999\"}", "a",
		    INT64_C(366) * 86400 - 30},
		{"{\"access_token\":\"a\",\"expires_in\":-1}", "a", 0},
		{"{\"access_token\":\"a\",\"expires_in\":null}", "a", 0},
		{"{\"token\":\"b\"}", "b", 0},
		{"{\"access_token\":\"\",\"token\":\"b\"}", "b", 0},
		{"{\"jwt\":\"c\"}", "c", 0},
		{"{\"access_token\":\"a\\r\\nX: y\"}", NULL, 0},
		{"{\"access_token\":7}", NULL, 0},
		{"{}", NULL, 0},
		{"[]", NULL, 0},
		{"token", NULL, 0},
		{"", NULL, 0},
	};
	struct job j = {.auth = AUTH_OAUTH2};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct auth a;
		int rc;

		auth_init(&a, &j);
		rc = auth_take_token(&a, slice_str(rows[i].body), NOW, &e);
		assert_int_equal(rc, rows[i].token != NULL ? 0 : -1);
		assert_int_equal(auth_needs_token(&a, NOW), rc != 0);
		if (rc != 0) {
			assert_int_equal(e.code, ERR_AUTH);
			assert_false(auth_drop_token(&a));
			auth_free(&a);
			continue;
		}
		assert_true(slice_is(buf_view(&a.token), rows[i].token));
		if (a.until != (rows[i].life == 0 ? TSTAMP_NEVER : NOW +
		    rows[i].life * TSTAMP_SECOND))
			fail_msg("row %zu: until %lld", i,
			    (long long)((a.until - NOW) / TSTAMP_SECOND));
		if (rows[i].life != 0)
			assert_true(auth_needs_token(&a, a.until));
		assert_true(auth_drop_token(&a));
		assert_true(auth_needs_token(&a, NOW));
		auth_free(&a);
	}
}

static void
test_redaction(void **state)
{
	char text[] = "key k3y-value, s+cret& s%2Bcret%26 t0ken t0ke hadtoken"
	    " hadtoken id: na\"med! na\\\"med! na%22med%21 named!";
	char *named[] = {(char[]){"id=na\"med!"}, (char[]){"key=short"}};
	struct job j = {.auth = AUTH_OAUTH2, .header_value = value,
	    .client_secret = secret, .token = token, .secrets = named,
	    .nsecrets = 2};
	struct auth a;

	(void)state;
	auth_init(&a, &j);
	buf_str(&a.token, "hadtoken");
	auth_redact(&a, text, strlen(text));
	/* "t0ken" is too short to be looked for. */
	assert_string_equal(text, "key *********, ******* *********** t0ken"
	    " t0ke ******** ******** id: ******* ******** *********** named!");
	auth_redact(&a, NULL, 0);
	auth_free(&a);
}

static void
test_redaction_of_basic(void **state)
{
	char text[] = "Authorization: Basic bTpodW50ZXI=, and hunter";
	struct job j = {.auth = AUTH_BASIC, .user = (char[]){"m"},
	    .password = (char[]){"hunter"}};
	struct auth a;

	(void)state;
	auth_init(&a, &j);
	auth_redact(&a, text, strlen(text));
	assert_string_equal(text, "Authorization: Basic ************, and"
	    " ******");
	auth_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_redaction),
		cmocka_unit_test(test_redaction_of_basic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
