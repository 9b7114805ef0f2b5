/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program writes, line by line, and how it is run. */
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

#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "sync/exec_run.h"
#include "sync/source_exec.h"

static void
print_line(const struct exec_line *l, struct buf *out)
{
	static const char *const words[] = {[EXEC_CURSOR] = "cursor",
	    [EXEC_NOTE] = "note", [EXEC_ERROR] = "error"};
	const struct claim *c = &l->claim;
	size_t i;

	switch (l->kind) {
	case EXEC_REJECT:
		buf_printf(out, "%s(%.*s)", reject_name((int)l->why),
		    SLICE_ARG(l->text));
		return;
	case EXEC_WHOLE:
		buf_printf(out, "whole %lld", (long long)l->count);
		return;
	case EXEC_CLAIM:
		break;
	default:
		buf_printf(out, "%s(%.*s)", words[l->kind],
		    SLICE_ARG(l->text));
		return;
	}
	for (i = 0; i < c->nvalues; i++) {
		buf_printf(out, "%s=",
		    value_type_name(c->values[i].value.type));
		assert_int_equal(value_print(&c->values[i].value, out), 0);
		buf_char(out, ' ');
	}
	if (c->key.n > 0)
		buf_printf(out, "key=%.*s ", SLICE_ARG(c->key));
	if (c->rule.n > 0)
		buf_printf(out, "%.*s=%.*s ", SLICE_ARG(c->rule_type),
		    SLICE_ARG(c->rule));
	if (c->confidence != CONFIDENCE_UNKNOWN)
		buf_printf(out, "confidence=%u ", c->confidence);
	if (c->tlp != TLP_UNKNOWN)
		buf_printf(out, "tlp=%s ", tlp_name(c->tlp));
	if (c->valid_until != TSTAMP_NONE)
		buf_printf(out, "until=%lld ",
		    (long long)(c->valid_until / TSTAMP_SECOND));
	for (i = 0; i < c->labels.n; i++)
		buf_printf(out, "label=%.*s ", SLICE_ARG(c->labels.v[i]));
	for (i = 0; i < c->nthreats; i++)
		buf_printf(out, "%.*s=%.*s ", SLICE_ARG(c->threats[i].a),
		    SLICE_ARG(c->threats[i].b));
	buf_printf(out, "%s%s", c->revoked ? "revoked " : "",
	    c->benign ? "benign " : "");
}

#define V "\"value\":\"a.example\""

static void
test_lines(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{"{" V "}", "domain-name=a.example "},
		{"{\"type\":\"url\",\"value\":\"http://a.example/\"}",
		    "url=http://a.example/ "},
		{"{\"values\":[{" V "},{\"type\":\"mutex\",\"value\":\"m\"}]}",
		    "domain-name=a.example mutex=m "},
		{"{" V ",\"key\":\"k\",\"confidence\":70,\"tlp\":\"green\","
		    "\"labels\":[\"x\",\"y\"],\"benign\":true,"
		    "\"valid_until\":\"1970-01-01T00:00:09Z\","
		    "\"threats\":[{\"type\":\"tool\",\"name\":\"t\"}]}",
		    "domain-name=a.example key=k confidence=70 tlp=green "
		    "until=9 label=x label=y tool=t benign "},
		{"{" V ",\"name\":null,\"x_a\":[{}]}",
		    "domain-name=a.example "},
		{"{\"key\":\"k\",\"revoked\":true}", "key=k revoked "},
		{"{\"rule\":\"r\",\"rule_type\":\"yara\"}", "yara=r "},
		{"{\"cursor\":\"7\"}", "cursor(7)"},
		{"{\"cursor\":\"\"}", "cursor()"},
		{"{\"note\":\"n\"}", "note(n)"},
		{"{\"error\":\"e\"}", "error(e)"},
		{"{\"whole\":true}", "whole -1"},
		{"{\"whole\":true,\"count\":0}", "whole 0"},
		/* rejected */
		{"x", "bad-json(offset 0: not a JSON value)"},
		{"{" V "} {}", "bad-json("}, {"[]", "not-an-object()"},
		{"{}", "value-malformed(value)"},
		{"{\"revoked\":true}", "value-malformed(value)"},
		{"{" V ",\"lable\":\"x\"}", "bad-field(lable)"},
		{"{" V ",\"labels\":\"x\"}", "bad-field(labels)"},
		{"{" V ",\"labels\":[1]}", "bad-field(labels)"},
		{"{" V ",\"confidence\":101}", "bad-field(confidence)"},
		{"{" V ",\"confidence\":\"70\"}", "bad-field(confidence)"},
		{"{" V ",\"tlp\":\"blue\"}", "bad-field(tlp)"},
		{"{" V ",\"created\":\"today\"}", "bad-time(today)"},
		{"{" V ",\"revoked\":1}", "bad-field(revoked)"},
		{"{" V ",\"threats\":[{}]}", "bad-field(threats)"},
		{"{" V ",\"rule\":\"r\",\"rule_type\":\"y\"}",
		    "bad-field(rule)"},
		{"{\"rule\":\"r\"}", "bad-field(rule_type)"},
		{"{\"value\":7}", "bad-field(value)"},
		{"{\"value\":\"x y\"}", "value-malformed(x y)"},
		{"{\"value\":\"10.0.0.1\"}", "value-bogon(10.0.0.1)"},
		{"{\"values\":[{" V "},{\"value\":\"?\"}]}",
		    "value-malformed(?)"},
		{"{" V ",\"type\":\"no-type\"}", "value-other(no-type)"},
		{"{\"cursor\":7}", "bad-field(cursor)"},
		{"{\"whole\":false}", "bad-field(whole)"},
		{"{\"whole\":true,\"count\":-1}", "bad-field(whole)"},
	};
	struct exec_line l;
	struct tree t;
	struct arena a;
	struct buf out;
	size_t i;

	(void)state;
	tree_init(&t);
	arena_init(&a, MIB(1));
	buf_init(&out, KIB(4));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&out);
		arena_reset(&a);
		exec_line_read(&t, &a, slice_str(rows[i].line), 0, &l);
		print_line(&l, &out);
		if (strncmp(out.p, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("%s\ngave '%s'\nnot  '%s'", rows[i].line,
			    out.p, rows[i].want);
	}
	tree_free(&t);
	arena_free(&a);
	buf_free(&out);
}

static void
test_cursor(void **state)
{
	(void)state;
	assert_string_equal(exec_cursor_text("exec 1\npage 7"), "page 7");
	assert_string_equal(exec_cursor_text("{\"v\":1}"), "");
	assert_string_equal(exec_cursor_text(NULL), "");
}

/* A shell's command; its output goes to `out`.  The error code of its end. */
static int
run(const char *command, char *out, size_t room, struct err *e)
{
	char sh[] = "/bin/sh", minus[] = "-c", *text = strdup(command);
	char *argv[] = {sh, minus, text, NULL};
	char name[] = "x", cursor[] = "exec 1\nc";
	struct job job = {.name = name, .cursor = cursor,
	    .exec = {.argv = argv, .nargv = 3}};
	struct exec_run x;
	size_t n = 0;
	ssize_t got;

	exec_init(&x);
	assert_int_equal(exec_pipe(&x, e), 0);
	assert_int_equal(exec_start(&x, &job, e), 0);
	while ((got = read(x.out[0], out + n, room - n - 1)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	(void)!exec_end(&x, e);
	exec_kill(&x);
	exec_kill(&x);
	free(text);
	return e->code;
}

static void
test_run(void **state)
{
	struct err e = ERR_INIT;
	char out[256];

	(void)state;
	assert_int_equal(run("echo $TAXIWAY_SOURCE $TAXIWAY_CURSOR $HOME",
	    out, sizeof(out), &e), ERR_NONE);
	assert_string_equal(out, "x c\n");
	assert_int_equal(run("echo a; echo b >&2; exit 2", out, sizeof(out),
	    &e), ERR_IO);
	assert_string_equal(out, "a\n");
	assert_string_equal(e.text, "'/bin/sh' ended with status 2: it says "
	    "'b'");
	err_clear(&e);
	assert_int_equal(run("printf '\\377\\033' >&2; kill -9 $$", out,
	    sizeof(out), &e), ERR_IO);
	assert_non_null(strstr(e.text, "signal 9"));
	assert_non_null(strstr(e.text, "it says '?'"));
	err_clear(&e);
	/* What it leaves behind goes, too: the pipe is closed by that. */
	assert_int_equal(run("sleep 600 >/dev/null & exit 0", out,
	    sizeof(out), &e), ERR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
