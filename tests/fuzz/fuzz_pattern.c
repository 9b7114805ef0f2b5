/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: the text of a pattern.  What the parser accepts can be printed, and
 * the print is read back as the same print; both ways of reduction give the
 * same, and every value they give has a valid key.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "tests/unit/reduce_same.h"

#define ARENA_MAX MIB(64)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_print(struct arena *a, const struct pattern_node *root)
{
	struct err e = ERR_INIT;
	const struct pattern_node *again;
	struct buf once, twice;

	buf_init(&once, MIB(1));
	buf_init(&twice, MIB(1));
	demand(pattern_print(root, &once) == 0);
	/* Spaces that were not there may make it too long. */
	if (once.n <= LIMIT_PATTERN) {
		again = pattern_parse(a, buf_view(&once), &e);
		demand(again != NULL);
		demand(pattern_print(again, &twice) == 0);
		demand(slice_eq(buf_view(&once), buf_view(&twice)));
	}
	buf_free(&once);
	buf_free(&twice);
}

static void
check_values(struct arena *a, struct slice text)
{
	struct err e = ERR_INIT;
	struct reduction r;
	size_t i;

	if (reduce_text(a, text, VALUE_ALLOW_BOGON, &r, &e) != 0) {
		demand(e.code == ERR_SYNTAX || e.code == ERR_LIMIT);
		return;
	}
	demand(r.nvalues <= LIMIT_VALUES);
	for (i = 0; i < r.nvalues; i++)
		demand(value_key_valid(&r.values[i].value));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct slice text = {(const char *)p, n};
	struct err e = ERR_INIT;
	struct pattern_node *root;
	struct arena a;

	arena_init(&a, ARENA_MAX);
	demand(reduce_both_ways(&a, text) >= 0);
	arena_reset(&a);
	root = pattern_parse(&a, text, &e);
	demand((root == NULL) == (e.code != ERR_NONE));
	if (root != NULL) {
		if (pattern_check(root, text, &e) != 0)
			demand(e.code == ERR_SYNTAX);
		check_print(&a, root);
	}
	arena_reset(&a);
	check_values(&a, text);
	arena_free(&a);
	return 0;
}
