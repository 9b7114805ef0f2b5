/* SPDX-License-Identifier: BSD-2-Clause */
/* Versions of TAXII: names, the order of trying, and who says what is spoken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/dialect.h"

#define BIT(d) (1u << DIALECT_##d)
#define OF21 (BIT(21) | BIT(21_BARE))
#define OF20 (BIT(20) | BIT(20_TIGHT) | BIT(20_BARE))
#define TAXII21 "application/taxii+json"
#define TAXII20 "application/vnd.oasis.taxii+json"
#define STIX20 "application/vnd.oasis.stix+json"

/* Names are kept in cursors, and media types compared letter by letter. */
static void
test_rows(void **state)
{
	static const struct {
		enum dialect d;
		const char *name, *taxii, *stix;
		bool v20;
	} rows[] = {
		{DIALECT_21, "2.1", TAXII21 ";version=2.1",
		    TAXII21 ";version=2.1", false},
		{DIALECT_21_BARE, "2.1-bare", TAXII21, TAXII21, false},
		{DIALECT_20, "2.0", TAXII20 "; version=2.0",
		    STIX20 "; version=2.0", true},
		{DIALECT_20_TIGHT, "2.0-tight", TAXII20 ";version=2.0",
		    STIX20 ";version=2.0", true},
		{DIALECT_20_BARE, "2.0-bare", TAXII20, STIX20, true},
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(rows), DIALECTS);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct dialect_row *r = dialect_row(rows[i].d);

		assert_string_equal(r->name, rows[i].name);
		assert_string_equal(r->taxii, rows[i].taxii);
		assert_string_equal(r->stix, rows[i].stix);
		assert_int_equal(r->v20, rows[i].v20);
		assert_int_equal(dialect_named(rows[i].name), rows[i].d);
		/* A Content-Type always has its version. */
		assert_true(r->v20 || strstr(r->body, ";version=2.1") != NULL);
	}
	assert_int_equal(dialect_named("2.2"), DIALECTS);
	assert_int_equal(dialect_named(""), DIALECTS);
	assert_int_equal(dialect_named(NULL), DIALECTS);
}

static void
test_order(void **state)
{
	static const struct {
		const char *kind;
		unsigned allowed, tried;
		enum dialect next;
	} rows[] = {
		{NULL, OF21 | OF20, 0, DIALECT_21},
		{NULL, OF21 | OF20, BIT(21), DIALECT_21_BARE},
		{NULL, OF21 | OF20, OF21, DIALECT_20},
		{NULL, OF21 | OF20, OF21 | OF20, DIALECTS},
		{"taxii21", OF21, 0, DIALECT_21},
		{"taxii21", OF21, OF21, DIALECTS},
		{"taxii20", OF20, 0, DIALECT_20},
		{"taxii20", OF20, BIT(20), DIALECT_20_TIGHT},
		{"taxii20", OF20, BIT(20_TIGHT), DIALECT_20},
		{"stix", OF21 | OF20, OF20, DIALECT_21},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(dialect_allowed(rows[i].kind),
		    rows[i].allowed);
		assert_int_equal(dialect_next(rows[i].tried, rows[i].allowed),
		    rows[i].next);
	}
}

static void
test_root(void **state)
{
	static const struct {
		const char *root;
		enum dialect now, want;
		unsigned allowed;
	} rows[] = {
		{"{\"versions\":[\"taxii-2.0\"]}", DIALECT_21, DIALECT_20,
		    OF21 | OF20},
		{"{\"versions\":[\"taxii-2.0\"]}", DIALECT_21, DIALECT_21,
		    OF21},
		{"{\"versions\":[\"taxii-2.0\"]}", DIALECT_20_BARE,
		    DIALECT_20_BARE, OF21 | OF20},
		{"{\"versions\":[\"taxii-2.0\",\"" TAXII21 ";version=2.1\"]}",
		    DIALECT_21, DIALECT_21, OF21 | OF20},
		{"{\"versions\":[\"" TAXII21 ";version=2.1\"]}", DIALECT_20,
		    DIALECT_21, OF21 | OF20},
		{"{\"versions\":[2.0,null,{}]}", DIALECT_21, DIALECT_21,
		    OF21 | OF20},
		{"{\"versions\":\"2.0\"}", DIALECT_21, DIALECT_21,
		    OF21 | OF20},
		{"{}", DIALECT_20, DIALECT_20, OF21 | OF20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *root = json_loads(rows[i].root, 0, NULL);

		assert_non_null(root);
		if (dialect_of_root(root, rows[i].now, rows[i].allowed) !=
		    rows[i].want)
			fail_msg("row %zu", i);
		json_decref(root);
	}
}

static void
test_reply(void **state)
{
	static const struct {
		const char *type;
		bool ranged;
		enum dialect now, want;
		unsigned allowed;
	} rows[] = {
		{TAXII21, false, DIALECT_21, DIALECT_21, OF21 | OF20},
		{STIX20, false, DIALECT_21, DIALECT_20, OF21 | OF20},
		{TAXII20, false, DIALECT_21_BARE, DIALECT_20, OF21 | OF20},
		{TAXII20, false, DIALECT_21, DIALECT_21, OF21},
		{TAXII21, false, DIALECT_20, DIALECT_21, OF21 | OF20},
		{TAXII21, false, DIALECT_20, DIALECT_20, OF20},
		{"application/json", false, DIALECT_20, DIALECT_20,
		    OF21 | OF20},
		{"application/json", true, DIALECT_21, DIALECT_20,
		    OF21 | OF20},
		{"", true, DIALECT_21, DIALECT_21, OF21},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (dialect_of_reply(rows[i].type, rows[i].ranged,
		    rows[i].now, rows[i].allowed) != rows[i].want)
			fail_msg("row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
