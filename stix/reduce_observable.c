/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bare cyber-observable objects.  Their properties are brought to the same
 * rules as the tests of a pattern.
 */
#include "base/tstamp.h"
#include "stix/reduce_walk.h"

/* Longest list of tests an object gives: its hashes, or one property. */
struct tests {
	struct pattern_node *nodes;
	const struct pattern_node **list;
	size_t n, max;
};

static struct pattern_literal *
test_new(struct arena *a, struct tests *t, struct slice object,
    struct slice key, struct slice sub)
{
	struct pattern_node *n = &t->nodes[t->n];
	struct pattern_literal *l = arena_alloc(a, sizeof(*l));
	struct pattern_step *path = arena_alloc(a, 2 * sizeof(*path));

	if (l == NULL || path == NULL)
		return NULL;
	path[0] = (struct pattern_step){.name = key};
	path[1] = (struct pattern_step){.name = sub};
	*l = (struct pattern_literal){.kind = LIT_STRING};
	*n = (struct pattern_node){
		.op = PAT_TEST,
		.test = TEST_EQ,
		.object_type = object,
		.path = path,
		.npath = sub.p != NULL ? 2 : 1,
		.literals = l,
		.nliterals = 1
	};
	t->list[t->n++] = n;
	return l;
}

static int
add_text(struct arena *a, struct tests *t, struct slice object,
    struct slice key, struct slice sub, struct slice text)
{
	struct pattern_literal *l;

	if (text.p == NULL)
		return 0;
	l = test_new(a, t, object, key, sub);
	if (l == NULL)
		return -1;
	l->text = text;
	return 0;
}

static int
add_number(struct arena *a, struct tests *t, const struct stix_object *o)
{
	struct pattern_literal *l;
	char *text, digits[20];
	size_t n = 0, i;
	uint64_t v;

	if (o->type_code != STIX_AUTONOMOUS_SYSTEM || o->number < 0)
		return 0;
	for (v = (uint64_t)o->number; v > 0 || n == 0; v /= 10)
		digits[n++] = (char)('0' + v % 10);
	l = test_new(a, t, o->type, SLICE("number"), SLICE_NONE);
	text = arena_alloc(a, n);
	if (l == NULL || text == NULL)
		return -1;
	for (i = 0; i < n; i++)
		text[i] = digits[n - 1 - i];
	l->kind = LIT_INT;
	l->integer = o->number;
	l->text = (struct slice){text, n};
	return 0;
}

/* Hashes name the object; what else it has (a file's name, a certificate's
 * serial number) counts only where there are none. */
static int
collect(struct arena *a, const struct stix_object *o, struct tests *t)
{
	const struct {
		struct slice key, text;
	} properties[] = {
		{SLICE("value"), o->value}, {SLICE("name"), o->name},
		{SLICE("key"), o->key_path},
		{SLICE("serial_number"), o->serial_number}
	};
	size_t i;

	for (i = 0; i < o->nhashes; i++)
		if (add_text(a, t, o->type, SLICE("hashes"),
		    o->hashes[i].algorithm, o->hashes[i].value) != 0)
			return -1;
	for (i = 0; i < ARRAY_LEN(properties) && o->nhashes == 0; i++)
		if (add_text(a, t, o->type, properties[i].key, SLICE_NONE,
		    properties[i].text) != 0)
			return -1;
	return add_number(a, t, o);
}

static bool
is_observable(const struct stix_object *o)
{
	return (o->type_code >= STIX_ARTIFACT &&
	    o->type_code <= STIX_X509_CERTIFICATE) ||
	    o->type_code == STIX_OTHER;
}

int
reduce_observable(struct arena *a, const struct stix_object *o,
    unsigned value_options, struct reduction *r, struct err *e)
{
	struct reduce_job job = {.a = a, .options = value_options};
	struct reduce_alts alts = {
		.start = TSTAMP_NONE, .stop = TSTAMP_NEVER, .partial = true
	};
	struct tests t = {.max = o->nhashes + 6};

	if (is_observable(o)) {
		t.nodes = arena_alloc(a, t.max * sizeof(*t.nodes));
		t.list = arena_alloc(a, t.max * sizeof(*t.list));
		if (t.nodes == NULL || t.list == NULL ||
		    collect(a, o, &t) != 0)
			job.failed = true;
	}
	if (t.n > 0 && !job.failed)
		reduce_list(&job, PAT_OR, t.list, t.n, &alts);
	/* A property that no rule has is not an alternative to the others. */
	alts.partial = alts.n == 0 && alts.nlost == 0;
	return reduce_finish(&job, &alts, r, e);
}
