/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Canaries and the top list: what is found, and what only looks like it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/guard.h"
#include "tests/unit/store_util.h"

static enum guard_kind
ask(const struct guard *g, enum value_type type, const char *text)
{
	struct value v = value_of(type, text);

	return guard_find(g, v.type, v.prefix, v.key, v.keylen);
}

static void
put(struct guard *g, enum guard_kind kind, enum value_type type,
    const char *text)
{
	struct value v = value_of(type, text);
	struct err e = ERR_INIT;

	if (guard_add(g, kind, &v, &e) != 0)
		fail_msg("%s", e.text);
}

static void
test_find(void **state)
{
	static const struct {
		enum value_type type;
		const char *text;
		enum guard_kind kind;
	} rows[] = {
	    {VALUE_IPV4, "198.51.100.7", GUARD_CANARY},
	    {VALUE_IPV4, "198.51.100.8", GUARD_NONE},
	    {VALUE_IPV4, "198.51.100.0/24", GUARD_CANARY},
	    {VALUE_IPV4, "198.51.100.6/31", GUARD_CANARY},
	    {VALUE_IPV4, "198.51.100.4/31", GUARD_NONE},
	    {VALUE_IPV4, "198.51.101.0/24", GUARD_NONE},
	    {VALUE_IPV4, "198.0.0.0/8", GUARD_CANARY},
	    {VALUE_IPV6, "2001:db8::1", GUARD_CANARY},
	    {VALUE_IPV6, "2001:db8::/33", GUARD_CANARY},
	    {VALUE_IPV6, "2001:db8:8000::/33", GUARD_NONE},
	    {VALUE_DOMAIN, "Www.Example.COM.", GUARD_CANARY},
	    {VALUE_DOMAIN, "example.com", GUARD_NONE},
	    {VALUE_DOMAIN, "a.www.example.com", GUARD_NONE},
	    {VALUE_DOMAIN, "top.example", GUARD_TOP},
	    /* the canary weighs more, in either order */
	    {VALUE_DOMAIN, "both.example", GUARD_CANARY},
	    {VALUE_DOMAIN, "both2.example", GUARD_CANARY},
	};
	struct guard *g = guard_new();
	size_t i;

	(void)state;
	assert_non_null(g);
	assert_true(guard_empty(g));
	assert_int_equal(ask(g, VALUE_IPV4, "198.51.100.0/24"), GUARD_NONE);
	put(g, GUARD_CANARY, VALUE_IPV4, "198.51.100.7");
	put(g, GUARD_CANARY, VALUE_IPV6, "2001:db8::1");
	put(g, GUARD_CANARY, VALUE_DOMAIN, "www.example.com");
	put(g, GUARD_TOP, VALUE_DOMAIN, "top.example");
	put(g, GUARD_TOP, VALUE_DOMAIN, "top.example");
	put(g, GUARD_TOP, VALUE_DOMAIN, "both.example");
	put(g, GUARD_CANARY, VALUE_DOMAIN, "both.example");
	put(g, GUARD_CANARY, VALUE_DOMAIN, "both2.example");
	put(g, GUARD_TOP, VALUE_DOMAIN, "both2.example");
	assert_int_equal(guard_tops(g), 1);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (ask(g, rows[i].type, rows[i].text) != rows[i].kind)
			fail_msg("%s", rows[i].text);
	}
	guard_free(g);
	guard_free(NULL);
}

/* Many entries: the table grows, and finds all of them and no others. */
static void
test_many(void **state)
{
	struct guard *g = guard_new();
	char name[40];
	unsigned i;

	(void)state;
	for (i = 0; i < 2000; i += 2) {
		snprintf(name, sizeof(name), "n%u.example", i);
		put(g, i % 4 == 0 ? GUARD_TOP : GUARD_CANARY, VALUE_DOMAIN,
		    name);
	}
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		assert_int_equal(ask(g, VALUE_DOMAIN, name),
		    i % 2 != 0 ? GUARD_NONE :
		    i % 4 == 0 ? GUARD_TOP : GUARD_CANARY);
	}
	assert_int_equal(guard_tops(g), 500);
	guard_free(g);
}

static void
test_defaults(void **state)
{
	struct guard *g = guard_new();
	struct err e = ERR_INIT;

	(void)state;
	if (guard_add_defaults(g, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(ask(g, VALUE_IPV4, "8.8.8.8"), GUARD_CANARY);
	assert_int_equal(ask(g, VALUE_IPV4, "8.0.0.0/8"), GUARD_CANARY);
	assert_int_equal(ask(g, VALUE_DOMAIN, "google.com"), GUARD_CANARY);
	assert_int_equal(guard_tops(g), 0);
	guard_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
