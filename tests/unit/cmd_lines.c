/* SPDX-License-Identifier: BSD-2-Clause */
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

#include "cmd/lines.h"

struct world {
	struct lines in;
	int pipe[2];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL || pipe(w->pipe) != 0)
		return -1;
	lines_init(&w->in, w->pipe[0]);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	close(w->pipe[0]);
	if (w->pipe[1] >= 0)
		close(w->pipe[1]);
	free(w);
	return 0;
}

static void
say(struct world *w, const void *p, size_t n)
{
	assert_int_equal(write(w->pipe[1], p, n), (ssize_t)n);
}

static void
hush(struct world *w)
{
	close(w->pipe[1]);
	w->pipe[1] = -1;
}

static void
expect(struct world *w, int result, const char *text, size_t n)
{
	struct err e = ERR_INIT;
	const char *line = "";
	size_t len = 0;
	bool cut = true;

	assert_int_equal(lines_next(&w->in, &line, &len, &cut, &e), result);
	assert_int_equal(e.code, ERR_NONE);
	if (result != LINES_LINE)
		return;
	assert_int_equal(len, n);
	assert_memory_equal(line, text, n);
	assert_false(cut);
}

static void
test_lines(void **state)
{
	struct world *w = *state;

	say(w, "one\n\ntwo\r\nz\0ro\nrest", 19);
	expect(w, LINES_LINE, "one", 3);
	expect(w, LINES_LINE, "", 0);
	expect(w, LINES_LINE, "two", 3);
	expect(w, LINES_LINE, "z\0ro", 4);
	/* half a line is not handed out while more may come */
	expect(w, LINES_WAIT, NULL, 0);
	expect(w, LINES_WAIT, NULL, 0);
	say(w, "\nlast", 5);
	lines_wait(&w->in);
	expect(w, LINES_LINE, "rest", 4);
	expect(w, LINES_WAIT, NULL, 0);
	hush(w);
	expect(w, LINES_LINE, "last", 4);
	expect(w, LINES_END, NULL, 0);
	expect(w, LINES_END, NULL, 0);
}

/* Lines of every length around the bound, and one of many times the room. */
static void
test_long_lines(void **state)
{
	static const size_t lengths[] = {LINES_MAX - 1, LINES_MAX,
		LINES_MAX + 1, KIB(64), KIB(300)};
	struct world *w = *state;
	char *text = malloc(KIB(300) + 1);
	FILE *file = tmpfile();
	size_t i, n;

	assert_non_null(text);
	assert_non_null(file);
	memset(text, 'x', KIB(300));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(fwrite(text, 1, lengths[i], file), lengths[i]);
		fputs("\nshort\n", file);
	}
	rewind(file);
	lines_init(&w->in, fileno(file));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const char *line;
		bool cut;

		assert_int_equal(lines_next(&w->in, &line, &n, &cut, NULL),
		    LINES_LINE);
		assert_int_equal(cut, lengths[i] > LINES_MAX);
		assert_int_equal(n, cut ? LINES_MAX : lengths[i]);
		assert_memory_equal(line, text, n);
		expect(w, LINES_LINE, "short", 5);
	}
	expect(w, LINES_END, NULL, 0);
	fclose(file);
	free(text);
}

static void
test_error(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;
	const char *line;
	size_t n;
	bool cut;

	lines_init(&w->in, w->pipe[1]); /* cannot be read */
	hush(w);
	assert_int_equal(lines_next(&w->in, &line, &n, &cut, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
