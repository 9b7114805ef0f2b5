/* SPDX-License-Identifier: BSD-2-Clause */
/* check_judge.c and check_facts.c: what a person is told of which facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"
#include "base/tstamp.h"
#include "sync/check.h"

#define S TSTAMP_SECOND
#define NOW (INT64_C(1704067200) * S)
#define DAY (86400 * S)
#define PUT(to, from) snprintf(to, sizeof(to), "%s", from)

/* A source that is in good health. */
static void
healthy(struct check_facts *f)
{
	check_facts_init(f);
	PUT(f->url, "https://x.example/");
	f->taxii = f->https = true;
	f->now = NOW;
	PUT(f->address, "192.0.2.1");
	f->port = 443;
	f->resolve = 12 * INT64_C(1000000);
	PUT(f->tls, "1.3");
	PUT(f->subject, "CN = x.example");
	PUT(f->issuer, "CN = R3");
	f->chain = 2;
	f->not_after = NOW + 60 * DAY;
	PUT(f->auth, "basic");
	PUT(f->version, "2.1");
	PUT(f->collection, "c1");
	f->objects = 100;
	f->more = true;
	f->paging = PAGING_CURSOR;
	f->newest = NOW - 3 * DAY;
	f->skew = S;
}

struct row {
	const char *what;             /* a change to the facts, below */
	enum check_step step;
	enum check_verdict verdict, all;
	const char *text, *advice;    /* are in it; advice "": there is none */
};

static void
change(struct check_facts *f, const char *what)
{
	static const struct {
		const char *what;
		size_t at;
		int64_t value;
	} numbers[] = {
#define N(w, m, v) {w, offsetof(struct check_facts, m), v}
		N("ends soon", not_after, NOW + 3 * DAY),
		N("no end", not_after, TSTAMP_NONE),
		N("no objects", objects, 0), N("rejects", rejected, 7),
		N("only rejects", rejected, 700),
		N("all read, all rejected", rejected, 100),
		N("header", paging, PAGING_HEADER),
		N("manifest", paging, PAGING_MANIFEST),
		N("range", paging, PAGING_RANGE), N("none", paging, PAGING_NONE),
		N("broken", paging, PAGING_BROKEN),
		N("one page", paging, PAGING_UNKNOWN),
		N("old", newest, NOW - 90 * DAY),
		N("undated", newest, TSTAMP_NONE),
		N("future", newest, NOW + 400 * DAY),
		N("minutes", newest, NOW - 150 * S),
		N("now", newest, NOW + S), N("no date", skew, TSTAMP_NONE),
		N("long past", bound, NOW - 40 * DAY),
		N("behind", skew, -50 * S), N("ahead", skew, 7200 * S),
#undef N
	};
	static const struct {
		const char *what;
		size_t at;
	} flags[] = {
		{"full", offsetof(struct check_facts, full)},
		{"newest first", offsetof(struct check_facts, newest_first)},
		{"ignored", offsetof(struct check_facts, ignored)},
		{"within", offsetof(struct check_facts, within)},
		{"beyond", offsetof(struct check_facts, beyond)},
		{"certificate", offsetof(struct check_facts, certificate)},
		{"proxy", offsetof(struct check_facts, proxy)},
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i].what, what) == 0)
			memcpy((char *)f + numbers[i].at, &numbers[i].value, 8);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i].what, what) == 0)
			*(bool *)((char *)f + flags[i].at) = true;
	if (strcmp(what, "long past") == 0) {
		f->within = true;
		f->newest = NOW - 90 * DAY;
	}
	if (strcmp(what, "no objects") == 0)
		f->more = false;
	if (strcmp(what, "2.0") == 0)
		PUT(f->version, "2.0");
	if (strncmp(what, "plain", 5) == 0)
		f->https = false;
	if (strstr(what, "nobody") != NULL)
		PUT(f->auth, "none");
	if (strcmp(what, "document") == 0) {
		f->taxii = false;
		PUT(f->version, "STIX document");
	}
}

static void
check_row(const struct check_facts *f, const char *what,
    const struct row *want)
{
	struct check_result out[CHECK_STEPS], *r = &out[want->step];
	enum check_verdict all = check_judge(f, out);

	if (all != want->all || r->verdict != want->verdict ||
	    strstr(r->text, want->text) == NULL ||
	    (want->advice[0] == '\0' ? r->advice[0] != '\0' :
	    strstr(r->advice, want->advice) == NULL))
		fail_msg("%s: %s (all: %s), '%s', '%s'", what,
		    check_word(r->verdict), check_word(all), r->text,
		    r->advice);
}

static void
test_facts(void **state)
{
	static const struct row rows[] = {
#define GOOD CHECK_GOOD, CHECK_GOOD
#define WARN CHECK_WARN, CHECK_WARN
		{"", CHECK_NAME, GOOD, "192.0.2.1 (12 ms)", ""},
		{"proxy", CHECK_NAME, GOOD, "the proxy is 192.0.2.1", ""},
		{"", CHECK_CONNECTION, GOOD, "port 443", ""},
		{"", CHECK_TLS, GOOD, "TLS 1.3, CN = x.example by CN = R3,"
		    " chain of 2, 60 days left", ""},
		{"no end", CHECK_TLS, GOOD, "chain of 2", ""},
		{"ends soon", CHECK_TLS, WARN, "3 days left", "ends soon"},
		{"plain", CHECK_TLS, WARN, "and the credentials", "https:"},
		{"plain, nobody", CHECK_TLS, WARN, "what comes can", "https:"},
		{"", CHECK_AUTH, GOOD, "basic: accepted", ""},
		{"certificate", CHECK_AUTH, GOOD,
		    "basic and client certificate: accepted", ""},
		{"nobody", CHECK_AUTH, GOOD, "none given", ""},
		{"", CHECK_VERSION, GOOD, "TAXII 2.1", ""},
		{"2.0", CHECK_VERSION, GOOD, "older", ""},
		{"document", CHECK_VERSION, GOOD, "STIX document", ""},
		{"", CHECK_COLLECTION, GOOD, "c1", ""},
		{"", CHECK_READING, GOOD, "100 objects on the first page, more",
		    ""},
		{"rejects", CHECK_READING, GOOD, "7 rejected", ""},
		{"only rejects", CHECK_READING, WARN, "700 rejected",
		    "--dry-run"},
		{"all read, all rejected", CHECK_READING, WARN,
		    "100 rejected", "--dry-run"},
		{"no objects", CHECK_READING, WARN, "no objects",
		    "collection"},
		{"full", CHECK_READING, WARN, "larger than 4 MiB", "`limit`"},
		{"", CHECK_PAGING, GOOD, "cursor", ""},
		{"header", CHECK_PAGING, GOOD, "date headers", ""},
		{"range", CHECK_PAGING, GOOD, "ranges", ""},
		{"one page", CHECK_PAGING, GOOD, "not needed", ""},
		{"manifest", CHECK_PAGING, WARN, "manifest", "--limit"},
		{"broken", CHECK_PAGING, WARN, "not accepted", "nothing"},
		{"none", CHECK_PAGING, CHECK_FAIL, CHECK_FAIL,
		    "neither a cursor", "--limit"},
		{"newest first", CHECK_PAGING, WARN, "newest first",
		    "broken off"},
		{"ignored", CHECK_PAGING, WARN, "added_after is ignored",
		    "less often"},
		{"", CHECK_NEWEST, GOOD, "3 days old", ""},
		{"minutes", CHECK_NEWEST, GOOD, "2 minutes old", ""},
		{"now", CHECK_NEWEST, GOOD, "0 seconds old", ""},
		{"within", CHECK_NEWEST, GOOD, "less than 3 days old", ""},
		{"long past", CHECK_NEWEST, WARN, "less than 90 days", "fed"},
		{"beyond", CHECK_NEWEST, GOOD, "more than 3 days old", ""},
		{"old", CHECK_NEWEST, WARN, "90 days old", "fed"},
		{"future", CHECK_NEWEST, WARN, "future", "nothing"},
		{"undated", CHECK_NEWEST, CHECK_SKIP, CHECK_GOOD,
		    "does not say", ""},
		{"", CHECK_CLOCK, GOOD, "the same", ""},
		{"behind", CHECK_CLOCK, GOOD, "50 seconds behind", ""},
		{"ahead", CHECK_CLOCK, WARN, "2 hours ahead", "set the clock"},
		{"no date", CHECK_CLOCK, CHECK_SKIP, CHECK_GOOD,
		    "does not say", ""},
	};
	struct check_facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		healthy(&f);
		change(&f, rows[i].what);
		check_row(&f, rows[i].what, &rows[i]);
	}
}

static void
test_failures(void **state)
{
	static const struct {
		enum check_step step;
		int status;
		const char *error, *auth, *offers, *advice;
	} rows[] = {
		{CHECK_NAME, 0, "does not resolve", "none", "", "--proxy"},
		{CHECK_CONNECTION, 0, "no connection", "none", "", "port"},
		{CHECK_CONNECTION, 0, "time-out", "none", "",
		    "--connect-timeout"},
		{CHECK_CONNECTION, 0, "no way through the proxy", "none", "",
		    "--proxy-user"},
		{CHECK_TLS, 0, "self-signed: give it with --ca-bundle", "none",
		    "", "--ca-bundle"},
		{CHECK_TLS, 0, "the certificate has expired", "none", "",
		    "renew"},
		{CHECK_TLS, 0, "not yet valid", "none", "", "clock"},
		{CHECK_TLS, 0, "is for another host name", "none", "", "name"},
		{CHECK_TLS, 0, "is not the pinned one", "none", "",
		    "--pinned-key"},
		{CHECK_TLS, 0, "the client certificate or its key", "none", "",
		    "--client-key-password-file"},
		{CHECK_TLS, 0, "anything else", "none", "", "--client-cert"},
		{CHECK_AUTH, 401, "401", "none", "Basic", "give --user"},
		{CHECK_AUTH, 401, "401", "none", "Bearer, Basic",
		    "give --user"},
		{CHECK_AUTH, 401, "401", "none", "Bearer", "give --token-file"},
		{CHECK_AUTH, 401, "401", "none", "", "manual"},
		{CHECK_AUTH, 401, "401", "basic", "Basic", "kind is right"},
		{CHECK_AUTH, 401, "401", "basic", "Bearer",
		    "another kind is wanted: give --token-file"},
		{CHECK_AUTH, 401, "401", "OAuth 2, bearer token", "Bearer",
		    "kind is right"},
		{CHECK_AUTH, 401, "401", "query parameter", "", "manual"},
		{CHECK_AUTH, 401, "no token to be had: 401", "OAuth 2",
		    "Basic", "--client-id"},
		{CHECK_AUTH, 403, "403", "basic", "", "right"},
		{CHECK_AUTH, 407, "407", "basic", "", "--proxy-user"},
		{CHECK_AUTH, 0, "alert certificate required", "none", "",
		    "--client-cert"},
		{CHECK_VERSION, 404, "404", "none", "", "/taxii2/"},
		{CHECK_VERSION, 406, "406", "none", "", "--accept"},
		{CHECK_VERSION, 200, "a web page", "none", "", "API"},
		{CHECK_VERSION, 302, "allow with --follow-hosts", "none", "",
		    "--follow-hosts"},
		{CHECK_COLLECTION, 0, "name one with --collection", "none", "",
		    "choose"},
		{CHECK_READING, 404, "404", "none", "", "--empty-404"},
		{CHECK_READING, 413, "413", "none", "", "--limit"},
		{CHECK_READING, 429, "429", "none", "", "--rate"},
		{CHECK_READING, 0, "time-out", "none", "",
		    "--low-speed-time"},
		{CHECK_READING, 0, "the transfer broke off", "none", "",
		    "--client-cert"},
		{CHECK_READING, 500, "500", "none", "", ""},
	};
	struct check_result out[CHECK_STEPS];
	struct check_facts f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct row want = {"", rows[i].step, CHECK_FAIL, CHECK_FAIL,
		    rows[i].error, rows[i].advice};

		healthy(&f);
		f.failed = rows[i].step;
		f.status = rows[i].status;
		snprintf(f.error, sizeof(f.error), "%s: %s", f.url,
		    rows[i].error);
		snprintf(f.auth, sizeof(f.auth), "%s", rows[i].auth);
		snprintf(f.schemes, sizeof(f.schemes), "%s", rows[i].offers);
		check_row(&f, rows[i].error, &want);
		(void)check_judge(&f, out);
		/* The URL is not said again, and what follows is not tried. */
		assert_null(strstr(out[rows[i].step].text, f.url));
		for (int k = rows[i].step + 1; k < CHECK_STEPS; k++)
			assert_int_equal(out[k].verdict, CHECK_SKIP);
	}
}

static void
test_which_steps(void **state)
{
	struct check_result out[CHECK_STEPS];
	struct check_facts f;

	(void)state;
	healthy(&f);
	(void)check_judge(&f, out);
	for (int i = 0; i < CHECK_STEPS; i++)
		assert_non_null(out[i].name);
	f.taxii = false;
	(void)check_judge(&f, out);
	assert_non_null(out[CHECK_TLS].name);
	assert_null(out[CHECK_PAGING].name);
	f.file = true;
	(void)check_judge(&f, out);
	assert_null(out[CHECK_TLS].name);
	assert_non_null(out[CHECK_READING].name);
}

static void
test_json(void **state)
{
	struct check_result out[CHECK_STEPS];
	struct check_facts a, b;
	json_t *o, *again;

	(void)state;
	healthy(&a);
	PUT(a.title, "h\xc3\xa9 \xff\x1b[1m");
	o = check_facts_json(&a);
	assert_non_null(o);
	check_facts_read(o, &b);
	assert_string_equal(b.title, "h\xc3\xa9 ??[1m");
	assert_int_equal(b.not_after, a.not_after);
	assert_int_equal(b.skew, a.skew);
	again = check_facts_json(&b);
	assert_true(json_equal(o, again));
	json_decref(again);
	/* From an enemy. */
	json_object_set_new(o, "failed", json_integer(99));
	json_object_set_new(o, "paging", json_integer(-1));
	json_object_set_new(o, "newest", json_string("x"));
	json_object_set_new(o, "url", json_integer(1));
	json_object_set_new(o, "more", json_integer(1));
	json_object_set_new(o, "now", json_integer(INT64_MAX));
	json_object_set_new(o, "not_after", json_integer(INT64_MIN + 1));
	json_object_set_new(o, "skew", json_integer(INT64_MIN));
	check_facts_read(o, &b);
	(void)check_judge(&b, out);
	assert_int_equal(b.skew, TSTAMP_NONE);
	assert_int_equal(b.failed, CHECK_STEPS);
	assert_int_equal(b.paging, PAGING_UNKNOWN);
	assert_int_equal(b.newest, TSTAMP_NONE);
	assert_string_equal(b.url, "");
	assert_false(b.more);
	json_decref(o);
	check_facts_read(NULL, &b);
	assert_int_equal(b.failed, CHECK_STEPS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_which_steps),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
