/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fence names, in a folder of its own. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cc.h"
#include "sync/fence.h"
#include "sync/ruleset.h"

/* A folder that has: store/store.mdb, store/store.mdb-lock, keys/secret,
 * keys/public, and links: keys/link → secret, way → keys. */
struct place {
	char dir[PATH_MAX];
	struct fence fence;
	struct ruleset rules;
};

static const char *
at(const struct place *p, const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	return path;
}

static void
make(const struct place *p, const char *name)
{
	FILE *f = fopen(at(p, name), "w");

	assert_non_null(f);
	fclose(f);
}

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char name[] = "/tmp/fence-XXXXXX";

	assert_non_null(p);
	assert_non_null(mkdtemp(name));
	assert_non_null(realpath(name, p->dir));
	assert_int_equal(mkdir(at(p, "store"), 0700), 0);
	assert_int_equal(mkdir(at(p, "keys"), 0700), 0);
	make(p, "store/store.mdb");
	make(p, "store/store.mdb-lock");
	make(p, "keys/secret");
	make(p, "keys/public");
	assert_int_equal(symlink("secret", at(p, "keys/link")), 0);
	assert_int_equal(symlink("keys", at(p, "way")), 0);
	fence_init(&p->fence);
	ruleset_init(&p->rules);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"way", "keys/link", "keys/public",
	    "keys/secret", "store/store.mdb-lock", "store/store.mdb", "keys",
	    "store", ""};
	struct place *p = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(remove(at(p, names[i])), 0);
	fence_free(&p->fence);
	ruleset_free(&p->rules);
	free(p);
	return 0;
}

struct row {
	const char *name;
	unsigned rights;
	bool has;
};

static void
check(const struct place *p, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ruleset_covers(&p->rules, at(p, rows[i].name),
		    rows[i].rights) != rows[i].has)
			fail_msg("%s %u", rows[i].name, rows[i].rights);
}

static void
test_what_is_left_out(void **state)
{
	static const struct row rows[] = {
		{"keys/secret", RULESET_READ, false},
		{"keys/secret", RULESET_WRITE, false},
		{"keys/secret", RULESET_EXEC, false},
		{"keys/public", RULESET_READ | RULESET_EXEC, true},
		{"keys/public", RULESET_WRITE, true}, /* below /tmp */
		{"keys/new", RULESET_MAKE, false}, /* came later */
		{"keys", RULESET_LIST, true},
		{"keys/link", RULESET_READ, false},
		{"way", RULESET_READ, false},
		{"store/store.mdb", RULESET_READ, true},
		{"store/store.mdb", RULESET_WRITE, false},
		{"store/new", RULESET_MAKE, false},
		{"store/store.mdb-lock", RULESET_READ | RULESET_WRITE, true},
		{"store/store.mdb-lock", RULESET_MAKE, false},
	};
	struct place *p = *state;

	/* Named by a link: it is the file that is hidden. */
	fence_hide(&p->fence, at(p, "keys/link"));
	fence_hide(&p->fence, at(p, "not-there"));
	fence_rules(&p->fence, at(p, "store/store.mdb"), &p->rules);
	assert_false(p->rules.failed);
	check(p, rows, ARRAY_LEN(rows));
	assert_true(ruleset_covers(&p->rules, "/usr/bin/env", RULESET_READ |
	    RULESET_EXEC));
	assert_false(ruleset_covers(&p->rules, "/usr/bin/env", RULESET_WRITE));
	assert_true(ruleset_covers(&p->rules, "/dev/null", RULESET_WRITE));
}

static void
test_nothing_is_hidden(void **state)
{
	struct place *p = *state;

	fence_rules(&p->fence, at(p, "store/store.mdb"), &p->rules);
	assert_int_equal(ruleset_rights(&p->rules, "/"), RULESET_READ |
	    RULESET_EXEC);
}

static void
test_what_is_opened_counts_more(void **state)
{
	static const struct row rows[] = {
		{"keys/secret", RULESET_READ | RULESET_WRITE, true},
		{"store/new", RULESET_MAKE, true},
	};
	struct place *p = *state;

	fence_hide(&p->fence, at(p, "keys/secret"));
	fence_open(&p->fence, at(p, "way"));
	fence_open(&p->fence, at(p, "store"));
	fence_open(&p->fence, NULL);
	fence_rules(&p->fence, at(p, "store/store.mdb"), &p->rules);
	check(p, rows, ARRAY_LEN(rows));
}

static void
test_a_daemon(void **state)
{
	const char *const nothing[] = {NULL}, *const made[] = {"/run/metrics",
	    NULL};
	struct place *p = *state;
	struct ruleset more;
	struct err e = ERR_INIT;

	fence_daemon(&p->fence, "/var/lib/store.mdb", nothing, &p->rules);
	assert_true(ruleset_covers(&p->rules, "/var/lib/new", RULESET_STORE));
	assert_false(ruleset_covers(&p->rules, "/run/new", RULESET_WRITE));
	assert_true(ruleset_covers(&p->rules, "/etc/passwd", RULESET_READ |
	    RULESET_EXEC));
	assert_false(ruleset_covers(&p->rules, "/etc/passwd", RULESET_WRITE));
	assert_int_equal(fence_covers(&p->rules, &p->rules, &e), 0);
	ruleset_init(&more);
	fence_daemon(&p->fence, "/var/lib/store.mdb", made, &more);
	assert_int_equal(fence_covers(&p->rules, &more, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_non_null(strstr(e.text, "'/run' is to be written"));
	err_clear(&e);
	assert_int_equal(fence_covers(&more, &p->rules, &e), 0);
	ruleset_free(&more);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_what_is_left_out), T(test_nothing_is_hidden),
		T(test_what_is_opened_counts_more), T(test_a_daemon),
	};

	return cmocka_run_group_tests_name("fence", tests, NULL, NULL);
}
