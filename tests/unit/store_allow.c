/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allow-lists: which host of a URL is asked for, in its key and in the text of
 * one that is kept by digest.
 */
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "base/value.h"
#include "store/allow_write.h"
#include "store/batch.h"
#include "tests/unit/store_util.h"
#include "tests/unit/unit.h"

#define NOW (INT64_C(1767225600) * TSTAMP_SECOND)

static struct undo_value
name_of(const struct value *v)
{
	return (struct undo_value){v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};
}

static void
allow(struct store *s, enum value_type type, const char *text)
{
	const struct allow_own own = {.mode = ALLOW_BLOCK, .added = NOW,
	    .expires = TSTAMP_NEVER, .who = SLICE("me"),
	    .reason = SLICE("why")};
	struct value v = value_of(type, text);
	struct undo_value name = name_of(&v);
	struct err e = ERR_INIT;

	assert_int_equal(store_allow_add(s, &name, ALLOW_SELF | ALLOW_BELOW |
	    ALLOW_URLS, &own, &e), 0);
}

static bool
is_held(struct store *s, const struct value *v)
{
	struct undo_value name = name_of(v);
	struct allow_found found;
	struct err e = ERR_INIT;
	struct allow_view view;
	MDB_cursor *cur;
	MDB_txn *txn;

	assert_int_equal(env_begin(s->env, false, &txn, &e), 0);
	assert_int_equal(mdb_cursor_open(txn, s->env->dbi[TABLE_ALLOW], &cur),
	    0);
	assert_int_equal(allow_view_begin(&view, cur, NOW), 0);
	assert_int_equal(allow_find(&view, &name, v->text, true, &found), 0);
	mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	return found.n != 0;
}

static const struct {
	const char *url;
	bool held;
} urls[] = {
	{"http://good.example/x", true},
	{"good.example/x", true},
	{"good.example?x=http://evil.example/", true},
	{"http://good.example:8080/x?u=http://evil.example/", true},
	{"good.example:8080/x", true},
	{"http://[2001:db8::1]:8080/x", true},
	{"[2001:db8::1]/x?u=http://evil.example/", true},
	{"192.0.2.1/x", true},
	/* Of a URL without a scheme the first "://" is of another. */
	{"evil.example/x?u=http://good.example/", false},
	{"evil.example?u=http://good.example/", false},
	{"evil.example/http://good.example/", false},
	{"evil.example/://good.example/", false},
	{"evil.example//good.example/", false},
	{"evil.example/x?u=http://192.0.2.1/", false},
	{"http://evil.example/x?u=http://good.example/", false},
	{"evil.example:8080/x?u=http://[2001:db8::1]/", false},
};

/* The same answer for one whose key holds its host and for one whose does not:
 * what is put behind a URL moves no host. */
static void
test_url_host(void **state)
{
	char text[LIMIT_VALUE_KEY + 100];
	struct err e = ERR_INIT;
	struct folder f;
	struct store *s;
	struct value v;
	size_t i, n;

	(void)state;
	folder_make(&f);
	assert_int_equal(store_open(f.store, NOW, &s, &e), 0);
	allow(s, VALUE_DOMAIN, "good.example");
	allow(s, VALUE_IPV4, "192.0.2.1");
	allow(s, VALUE_IPV6, "2001:db8::1");
	for (i = 0; i < ARRAY_LEN(urls); i++) {
		v = value_of(VALUE_URL, urls[i].url);
		assert_int_equal(v.flags & VALUE_DIGEST, 0);
		if (is_held(s, &v) != urls[i].held)
			fail_msg("%s", urls[i].url);
		n = strlen(urls[i].url);
		memset(text, 'a', sizeof(text));
		memcpy(text, urls[i].url, n);
		text[sizeof(text) - 1] = '\0';
		v = value_of(VALUE_URL, text);
		assert_int_equal(v.flags & VALUE_DIGEST, VALUE_DIGEST);
		if (is_held(s, &v) != urls[i].held)
			fail_msg("%s, kept by digest", urls[i].url);
	}
	store_close(s);
	folder_remove(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
