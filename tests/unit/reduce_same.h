/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are two reductions the same?  For the tests that hold the fast way of
 * reduce_text() to the slow one.
 */
#ifndef TESTS_UNIT_REDUCE_SAME_H
#define TESTS_UNIT_REDUCE_SAME_H

#include "stix/reduce.h"

static inline bool
same_reduced_value(const struct reduced_value *a, const struct reduced_value *b)
{
	const struct value *v = &a->value, *w = &b->value;

	return a->compound == b->compound && a->group == b->group &&
	    v->type == w->type && v->prefix == w->prefix &&
	    v->flags == w->flags && v->keylen == w->keylen &&
	    memcmp(v->key, w->key, v->keylen) == 0 &&
	    slice_eq(v->text, w->text);
}

static inline bool
same_reduction(const struct reduction *a, const struct reduction *b)
{
	size_t i;

	if (a->nvalues != b->nvalues || a->nrejects != b->nrejects ||
	    a->partial != b->partial || a->compound != b->compound ||
	    a->start != b->start || a->stop != b->stop)
		return false;
	for (i = 0; i < a->nvalues; i++)
		if (!same_reduced_value(&a->values[i], &b->values[i]))
			return false;
	for (i = 0; i < a->nrejects; i++)
		if (a->rejects[i].type != b->rejects[i].type ||
		    a->rejects[i].reason != b->rejects[i].reason ||
		    !slice_eq(a->rejects[i].text, b->rejects[i].text))
			return false;
	return true;
}

/* Both ways of one text: 0 when both refuse it, 1 when both give the same, -1
 * when they differ. */
static inline int
reduce_both_ways(struct arena *a, struct slice text)
{
	struct reduction whole, slow;
	const struct pattern_node *root;
	struct err e = ERR_INIT, f = ERR_INIT;
	int got = reduce_text(a, text, 0, &whole, &e), want = -1;

	root = pattern_parse(a, text, &f);
	if (root != NULL)
		want = reduce_pattern(a, root, 0, &slow, &f);
	if (got != want || e.code != f.code || strcmp(e.text, f.text) != 0)
		return -1;
	if (got != 0)
		return 0;
	return same_reduction(&whole, &slow) ? 1 : -1;
}

#endif
