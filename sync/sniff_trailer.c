/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last of records that stand one a line, where it is none: it says what the
 * list is ({"type": "metadata", "records": 1700}), and has other members than the
 * records.
 */
#include <stdio.h>
#include <string.h>

#include "stix/tree.h"
#include "sync/sniff_int.h"

#define MEMBERS_MAX 32u

struct last {
	struct tree tree;
	struct arena *arena;
	size_t before;       /* records in front of it */
	struct slice names[MEMBERS_MAX];
	size_t n;
	struct slice said, word; /* the member that says what it is, and how */
	struct slice count;  /* the member that tells how many there are */
};

/* A name that a path and a test take as it is. */
static bool
is_plain(struct slice name)
{
	if (name.n == 0 || name.n > 60)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789_-", name.p[i]) == NULL || name.p[i] == '\0')
			return false;
	return true;
}

static bool
says_none(struct slice word)
{
	static const char *const words[] = {"metadata", "meta", "summary",
	    "trailer", "footer", "info", NULL};

	for (const char *const *w = words; *w != NULL; w++)
		if (word.n == strlen(*w) && slice_says(word, *w))
			return true;
	return false;
}

static void
look_at(struct last *l, const struct tree_node *m)
{
	char number[32];

	if (m->kind == TREE_STRING && l->said.n == 0 && is_plain(m->name) &&
	    says_none(m->text)) {
		l->said = m->name;
		l->word = m->text;
		return;
	}
	l->names[l->n++] = m->name;
	snprintf(number, sizeof(number), "%zu", l->before);
	if (m->kind == TREE_NUMBER && slice_is(m->text, number) &&
	    is_plain(m->name))
		l->count = m->name;
}

static bool
read_members(struct last *l, struct slice line)
{
	const struct tree_node *nodes;

	if (line.n == 0 || line.p[0] != '{' ||
	    tree_read(&l->tree, l->arena, line, NULL) != 0)
		return false;
	nodes = l->tree.nodes;
	for (uint32_t c = nodes[0].first; c != 0; c = nodes[c].next) {
		if (l->n == MEMBERS_MAX)
			return false;
		look_at(l, &nodes[c]);
	}
	return l->said.n > 0 || l->count.n > 0;
}

/* Is it of the same kind as what the trailer is to be told from? */
static bool
is_alike(struct last *l, struct slice line)
{
	uint32_t m;

	if (line.p[0] != '{' || tree_read(&l->tree, l->arena, line, NULL) != 0)
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (tree_member(&l->tree, 0, l->names[i]) != 0)
			return true;
	if (l->said.n == 0)
		return false;
	m = tree_member(&l->tree, 0, l->said);
	return m != 0 && says_none(l->tree.nodes[m].text);
}

static struct slice
make_test(const struct last *l)
{
	char text[128];

	if (l->said.n > 0)
		snprintf(text, sizeof(text), "%.*s=%.*s", SLICE_ARG(l->said),
		    SLICE_ARG(l->word));
	else
		snprintf(text, sizeof(text), "%.*s!=", SLICE_ARG(l->count));
	return arena_slice(l->arena, slice_str(text));
}

bool
sniff_trailer(struct slice head, struct arena *a, struct sniff_trailer *t)
{
	struct slice line, rest = head, first = SLICE_NONE, last = SLICE_NONE;
	struct last l = {.arena = a};
	bool found;

	while (sniff_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.n == 0)
			continue;
		if (first.p == NULL)
			first = line;
		l.before += last.p != NULL;
		last = line;
	}
	if (l.before == 0)
		return false;
	tree_init(&l.tree);
	found = read_members(&l, last) && !is_alike(&l, first);
	tree_free(&l.tree);
	if (!found)
		return false;
	*t = (struct sniff_trailer){last.p, make_test(&l), l.count};
	return t->test.p != NULL;
}
