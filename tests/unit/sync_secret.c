/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that tells a secret, and all that it may do instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cc.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/secret_run.h"

#define SECRET "hunter2-Zq"

static volatile sig_atomic_t stop;

static int
run(const char *script, int64_t timeout, char **out, struct err *e)
{
	char *env[] = {(char[]){"PATH=/usr/bin:/bin"}, NULL};
	char *argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
	    (char *)(uintptr_t)script, NULL};
	const struct sandbox none = sandbox_find(SANDBOX_OFF);
	const struct secret_program p = {.argv = argv, .env = env,
	    .timeout = timeout, .sandbox = &none, .store = "/", .stop = &stop};

	*out = NULL;
	return secret_run(&p, out, e);
}

static void
test_secrets(void **state)
{
	static const struct {
		const char *script, *secret;
	} rows[] = {
		{"echo " SECRET, SECRET}, {"printf '%s' " SECRET, SECRET},
		{"printf '" SECRET "\\r\\n'", SECRET},
		{"echo ' two words '", " two words "},
		{"echo noise >&2; echo " SECRET, SECRET},
		{"printf 'h\\303\\244'", "h\xc3\xa4"},
		{"printf a; printf b; printf 'c\\n'", "abc"},
		/* what it leaves behind holds its descriptors */
		{"sleep 600 & echo " SECRET, SECRET},
		{"exec 2>&-; echo " SECRET, SECRET},
		{"echo " SECRET "; exec >&-; exit 0", SECRET},
	};
	char *out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;

		if (run(rows[i].script, 60 * TSTAMP_SECOND, &out, &e) != 0)
			fail_msg("%s: %s", rows[i].script, e.text);
		assert_string_equal(out, rows[i].secret);
		fs_wipe_string(out);
	}
}

static void
test_the_longest(void **state)
{
	static const struct {
		const char *script;
		int rc;
	} rows[] = {
		{"head -c 65536 /dev/zero | tr '\\0' x; echo", 0},
		{"head -c 65536 /dev/zero | tr '\\0' x; printf '\\r\\n'", 0},
		{"head -c 65537 /dev/zero | tr '\\0' x", -1},
		{"head -c 65537 /dev/zero | tr '\\0' x; echo", -1},
		{"exec yes " SECRET, -1},
	};
	char *out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(run(rows[i].script, 60 * TSTAMP_SECOND, &out,
		    &e), rows[i].rc);
		if (rows[i].rc == 0)
			assert_int_equal(strlen(out), LIMIT_SECRET);
		else if (strstr(e.text, "more than the 65536 bytes") == NULL)
			fail_msg("%s: %s", rows[i].script, e.text);
		fs_wipe_string(out);
	}
}

static void
test_faults(void **state)
{
	static const struct {
		const char *script, *says;
		int code;
	} rows[] = {
		{"exit 3", "'/bin/sh' ended with status 3", ERR_AUTH},
		{"echo sealed >&2; exit 1", "status 1: it says 'sealed'",
		    ERR_AUTH},
		/* it may be in what it says, too */
		{"echo " SECRET "; echo " SECRET " >&2; exit 1", "status 1",
		    ERR_AUTH},
		{"kill -9 $$", "signal 9", ERR_AUTH},
		{"true", "writes nothing", ERR_AUTH},
		{"echo", "writes nothing", ERR_AUTH},
		{"exec >&-", "writes nothing", ERR_AUTH},
		{"echo " SECRET "; echo", "more than one line", ERR_AUTH},
		{"echo Password:; echo " SECRET, "more than one line",
		    ERR_AUTH},
		{"printf '" SECRET "\\rx'", "more than one line", ERR_AUTH},
		{"printf '\\033[1m" SECRET "'", "control characters",
		    ERR_AUTH},
		{"printf '" SECRET "\\000x'", "control characters", ERR_AUTH},
		{"printf '" SECRET "\\377'", "no text", ERR_AUTH},
	};
	char *out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(run(rows[i].script, 60 * TSTAMP_SECOND, &out,
		    &e), -1);
		assert_null(out);
		assert_int_equal(e.code, rows[i].code);
		if (strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].script, e.text);
		assert_null(strstr(e.text, "hunter"));
	}
}

static void
test_one_that_hangs(void **state)
{
	struct err e = ERR_INIT;
	char *out;

	(void)state;
	assert_int_equal(run("echo " SECRET "; sleep 600", TSTAMP_SECOND, &out,
	    &e), -1);
	assert_non_null(strstr(e.text, "has not ended in 1 s"));
	assert_null(strstr(e.text, "hunter"));
	err_clear(&e);
	stop = 1;
	assert_int_equal(run("sleep 600", 600 * TSTAMP_SECOND, &out, &e), -1);
	assert_non_null(strstr(e.text, "is to stop"));
	stop = 0;
}

static void
test_one_that_is_not_there(void **state)
{
	char *argv[] = {(char[]){"/no/such/program"}, NULL};
	char *env[] = {NULL};
	const struct sandbox none = sandbox_find(SANDBOX_OFF);
	const struct secret_program p = {.argv = argv, .env = env,
	    .timeout = 60 * TSTAMP_SECOND, .sandbox = &none, .store = "/"};
	struct err e = ERR_INIT;
	char *out = NULL;

	(void)state;
	assert_int_equal(secret_run(&p, &out, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_non_null(strstr(e.text, "'/no/such/program' cannot be started"));
	assert_non_null(strstr(e.text, "no such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_the_longest),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_one_that_hangs),
		cmocka_unit_test(test_one_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
