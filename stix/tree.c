/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/tree.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/limits.h"
#include "stix/scan.h"

void
tree_init(struct tree *t)
{
	*t = (struct tree){NULL, 0, 0};
}

void
tree_free(struct tree *t)
{
	free(t->nodes);
	tree_init(t);
}

/* A new node at *at. */
static int
node_add(struct tree *t, struct scan *s, struct slice name, uint32_t *at)
{
	struct tree_node *v;

	if (t->n == t->cap) {
		if (t->n >= LIMIT_TREE_NODES)
			return err_set(s->e, ERR_LIMIT, "offset %zu: more than"
			    " %u values in one element",
			    (size_t)(s->p - s->start), LIMIT_TREE_NODES);
		v = grow(t->nodes, &t->cap, sizeof(*v));
		if (v == NULL)
			return err_set(s->e, ERR_MEMORY, "out of memory");
		t->nodes = v;
	}
	t->nodes[t->n] = (struct tree_node){.name = name, .kind = TREE_NULL};
	*at = t->n++;
	return 0;
}

static int value_read(struct tree *t, struct scan *s, uint32_t at);

/* Behind the child before, or as the first one. */
static void
child_link(struct tree *t, uint32_t parent, uint32_t *before, uint32_t child)
{
	if (*before == 0)
		t->nodes[parent].first = child;
	else
		t->nodes[*before].next = child;
	*before = child;
}

static int
object_read(struct tree *t, struct scan *s, uint32_t at)
{
	uint32_t child, before = 0;
	struct scan_object o;
	struct slice name;
	int rc = scan_object_open(s, &o);

	while (rc == 0 && (rc = scan_member(s, &o, &name)) > 0) {
		if (node_add(t, s, name, &child) != 0)
			return -1;
		child_link(t, at, &before, child);
		rc = value_read(t, s, child);
	}
	return rc;
}

static int
array_read(struct tree *t, struct scan *s, uint32_t at)
{
	uint32_t child, before = 0;
	bool begun;
	int rc = scan_array_open(s, &begun);

	while (rc == 0 && (rc = scan_item(s, &begun)) > 0) {
		if (node_add(t, s, SLICE_NONE, &child) != 0)
			return -1;
		child_link(t, at, &before, child);
		rc = value_read(t, s, child);
	}
	return rc;
}

/* The cursor stands on the first byte; nesting is bounded by the cursor. */
static int
value_read(struct tree *t, struct scan *s, uint32_t at)
{
	const char *from = s->p;
	enum tree_kind kind;
	struct slice text;
	int64_t n;
	int rc;

	switch (s->p < s->end ? *s->p : '\0') {
	case '{':
		kind = TREE_OBJECT;
		rc = object_read(t, s, at);
		break;
	case '[':
		kind = TREE_ARRAY;
		rc = array_read(t, s, at);
		break;
	case '"':
		if (scan_string(s, &text) != 0)
			return -1;
		t->nodes[at].kind = TREE_STRING;
		t->nodes[at].text = text;
		return 0;
	case 'n':
		kind = TREE_NULL;
		rc = scan_skip(s);
		break;
	case 't':
		kind = TREE_TRUE;
		rc = scan_skip(s);
		break;
	case 'f':
		kind = TREE_FALSE;
		rc = scan_skip(s);
		break;
	default:
		kind = TREE_NUMBER;
		rc = scan_number(s, &n) >= 0 ? 0 : -1;
		break;
	}
	t->nodes[at].kind = kind;
	t->nodes[at].text = (struct slice){from, (size_t)(s->p - from)};
	return rc;
}

int
tree_read(struct tree *t, struct arena *a, struct slice text, struct err *e)
{
	struct err local = ERR_INIT;
	struct scan s;
	uint32_t root;

	scan_init(&s, a, text, e != NULL ? e : &local);
	t->n = 0;
	(void)scan_peek(&s);
	if (node_add(t, &s, SLICE_NONE, &root) == 0 &&
	    value_read(t, &s, root) == 0 && scan_end(&s) == 0)
		return 0;
	t->n = 0;
	return -1;
}

uint32_t
tree_member(const struct tree *t, uint32_t node, struct slice name)
{
	uint32_t i;

	if (t->nodes[node].kind != TREE_OBJECT)
		return 0;
	for (i = t->nodes[node].first; i != 0; i = t->nodes[i].next)
		if (slice_eq(t->nodes[i].name, name))
			return i;
	return 0;
}
