/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rules are written, in what order, and which together.
 *
 * Of several with one id the highest version stands, then the newest, then the
 * one that is held surer, then that of the first source by name: the same choice
 * each time.  YARA wants a rule that another needs in front of it, and in one
 * namespace: such rules form a group.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/rules.h"

#define NOBODY UINT32_MAX

static int
by_choice(const void *pa, const void *pb)
{
	const struct out_rule *a = pa, *b = pb;
	int ca = a->confidence == TW_UNKNOWN ? -1 : a->confidence,
	    cb = b->confidence == TW_UNKNOWN ? -1 : b->confidence;
	int d = slice_order(a->id, b->id);

	if (d == 0)
		d = (a->out != NULL) - (b->out != NULL);
	if (d == 0)
		d = (a->version < b->version) - (a->version > b->version);
	if (d == 0)
		d = (a->modified < b->modified) - (a->modified > b->modified);
	if (d == 0)
		d = (ca < cb) - (ca > cb);
	if (d == 0)
		d = slice_order(a->source, b->source);
	return d != 0 ? d : slice_order(a->text, b->text);
}

static bool
is_excluded(const struct rules_opts *o, struct slice id)
{
	char text[LIMIT_NAME + 1];
	uint32_t i;

	if (id.n >= sizeof(text) || o->exclude.n == 0)
		return false;
	memcpy(text, id.p, id.n);
	text[id.n] = '\0';
	for (i = 0; i < o->exclude.n; i++)
		if (fnmatch(o->exclude.v[i], text, 0) == 0)
			return true;
	return false;
}

/* "a" and "b": "a, b". */
static int
add_source(struct rule_set *s, struct out_rule *r, struct slice source)
{
	char *p = arena_alloc(&s->arena, r->sources.n + 2 + source.n);

	if (p == NULL)
		return -1;
	memcpy(p, r->sources.p, r->sources.n);
	memcpy(p + r->sources.n, ", ", 2);
	memcpy(p + r->sources.n + 2, source.p, source.n);
	r->sources = (struct slice){p, r->sources.n + 2 + source.n};
	return 0;
}

static int
drop_twins(struct rule_set *s)
{
	struct out_rule *first = NULL, *r;
	struct slice last = SLICE("");

	for (r = s->v; r < s->v + s->n; r++) {
		if (first == NULL || !slice_eq(first->id, r->id)) {
			first = r;
			last = r->source;
			continue;
		}
		if (r->out != NULL || first->out != NULL)
			continue;
		r->against = first->source;
		r->same = r->digest == first->digest &&
		    slice_eq(r->text, first->text);
		r->out = r->same ? "the same rule is there already" :
		    "another rule with its id stands";
		if (r->same && !slice_eq(r->source, last) &&
		    !slice_eq(r->source, first->source) &&
		    add_source(s, first, r->source) != 0)
			return -1;
		last = r->source;
	}
	return 0;
}

/* ---- what needs what ------------------------------------------------------- */

/* The rule of that name that is written, or NOBODY. */
static uint32_t
rule_named(const struct rule_set *s, struct slice id)
{
	uint32_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (slice_order(s->v[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->n && slice_eq(s->v[low].id, id); low++)
		if (s->v[low].out == NULL)
			return low;
	return NOBODY;
}

static uint32_t
group_of(struct rule_set *s, uint32_t i)
{
	while (s->v[i].group != i) {
		s->v[i].group = s->v[s->v[i].group].group;
		i = s->v[i].group;
	}
	return i;
}

/* The group is named by its first rule that can be used from outside. */
static void
join(struct rule_set *s, uint32_t a, uint32_t b)
{
	a = group_of(s, a);
	b = group_of(s, b);
	if (a == b)
		return;
	if (s->v[a].is_private != s->v[b].is_private ? s->v[a].is_private :
	    a > b) {
		uint32_t swap = a;

		a = b;
		b = swap;
	}
	s->v[b].group = a;
}

struct visit {
	uint32_t rule, word;
};

/* Depth first, without recursion: a chain of rules may be as long as it likes.
 * Rules that need one another in a circle come in some order; yara rejects them. */
static void
visit_from(struct rule_set *s, uint32_t root, struct visit *stack,
    uint8_t *met)
{
	uint32_t n = 0, next;
	struct visit *top;

	stack[n++] = (struct visit){root, 0};
	met[root] = 1;
	while (n > 0) {
		top = &stack[n - 1];
		if (top->word == s->v[top->rule].nwords) {
			s->order[s->norder++] = top->rule;
			n--;
			continue;
		}
		next = rule_named(s, s->v[top->rule].words[top->word++]);
		if (next == NOBODY || next == top->rule)
			continue;
		join(s, top->rule, next);
		if (met[next])
			continue;
		met[next] = 1;
		stack[n++] = (struct visit){next, 0};
	}
}

static int
put_in_order(struct rule_set *s, struct err *e)
{
	struct visit *stack = calloc(s->n + 1, sizeof(*stack));
	uint8_t *met = calloc(s->n + 1, 1);
	uint32_t i;
	int rc = 0;

	free(s->order);
	s->order = calloc(s->n + 1, sizeof(*s->order));
	s->norder = 0;
	if (stack == NULL || met == NULL || s->order == NULL) {
		rc = err_set(e, ERR_MEMORY, "out of memory");
		goto out;
	}
	for (i = 0; i < s->n; i++)
		s->v[i].group = i;
	for (i = 0; i < s->n; i++)
		if (s->v[i].out == NULL && !met[i])
			visit_from(s, i, stack, met);
	for (i = 0; i < s->n; i++)
		s->v[i].group = group_of(s, i);
out:
	free(stack);
	free(met);
	return rc;
}

static int
by_group(const void *pa, const void *pb)
{
	const uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return (a > b) - (a < b);
}

/* s->order with the groups side by side, each in its order. */
static int
sort_groups(struct rule_set *s, struct err *e)
{
	uint64_t *keys = calloc(s->norder + 1, sizeof(*keys));
	uint32_t *order = calloc(s->norder + 1, sizeof(*order)), i;

	if (keys == NULL || order == NULL) {
		free(keys);
		free(order);
		return err_set(e, ERR_MEMORY, "out of memory");
	}
	for (i = 0; i < s->norder; i++)
		keys[i] = (uint64_t)s->v[s->order[i]].group << 32 | i;
	qsort(keys, s->norder, sizeof(*keys), by_group);
	for (i = 0; i < s->norder; i++)
		order[i] = s->order[(uint32_t)keys[i]];
	free(keys);
	free(s->order);
	s->order = order;
	return 0;
}

int
rules_choose(struct rule_set *s, const struct rules_opts *o, struct err *e)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].out == NULL && is_excluded(o, s->v[i].id))
			s->v[i].out = "it is excluded";
	if (s->n > 0)
		qsort(s->v, s->n, sizeof(s->v[0]), by_choice);
	if (drop_twins(s) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	return put_in_order(s, e) == 0 ? sort_groups(s, e) : -1;
}

int
rules_next(struct rule_set *s, struct err *e)
{
	uint32_t i, k;
	int found = 0;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].said.p == NULL)
			continue;
		for (k = i + 1; k < s->n && slice_eq(s->v[k].id, s->v[i].id);
		    k++)
			if (s->v[k].against.p != NULL && !s->v[k].same)
				break;
		if (k == s->n || !slice_eq(s->v[k].id, s->v[i].id))
			continue;
		if (s->v[k].said.p != NULL || s->v[k].out == NULL)
			continue;
		s->v[k].out = NULL;
		s->v[k].against = SLICE_NONE;
		found = 1;
	}
	if (found == 0)
		return 0;
	return put_in_order(s, e) == 0 && sort_groups(s, e) == 0 ? 1 : -1;
}
