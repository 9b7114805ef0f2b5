/* SPDX-License-Identifier: BSD-2-Clause */
/* What fields the records of JSON have, with texts that stand in them. */
#include <stdio.h>
#include <string.h>

#include "sync/sniff_json_int.h"

#define FIELD_WAYS 8u   /* levels into a record */
#define AROUND_MAX 3u   /* objects that a record lies in */

bool
sniff_step(char out[SNIFF_PATH], const char *path, struct slice name)
{
	bool plain = name.n > 0, joins;
	int n;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == '"' || c == '\\' || (unsigned char)c < ' ')
			return false;
		plain = plain && strchr(".[]*^@: =<>~!|{}$", c) == NULL;
	}
	/* What stands in quotes, a colon would part from its type. */
	if (memchr(name.p, ':', name.n) != NULL || name.n > 100)
		return false;
	joins = path[0] != '\0' && path[strlen(path) - 1] != '^';
	n = snprintf(out, SNIFF_PATH, plain ? "%s%s%.*s" :
	    "%s%s\"%.*s\"", path, joins ? "." : "", SLICE_ARG(name));
	return n > 0 && (unsigned)n < SNIFF_PATH;
}
static void
add_sample(struct sniff_json *j, const char *path, struct slice text)
{
	struct sniff_field *f;
	size_t i;

	for (i = 0; i < j->nfields; i++)
		if (slice_is(j->fields[i].name, path))
			break;
	if (i == SNIFF_FIELDS || text.n == 0)
		return;
	f = &j->fields[i];
	if (i == j->nfields) {
		memset(f, 0, sizeof(*f));
		f->name = arena_slice(j->arena, slice_str(path));
		if (f->name.p == NULL)
			return;
		j->nfields++;
	}
	f->rows |= SNIFF_ROW(j->row);
	if (f->n < LIMIT_SNIFF_SAMPLES)
		f->samples[f->n++] = text;
}

static void
take_fields(struct sniff_json *j, uint32_t node, const char *path,
    unsigned depth, uint32_t without)
{
	char next[SNIFF_PATH], each[SNIFF_PATH];
	const struct tree_node *n = sniff_node(j, node);
	bool fits;

	if (node == without && node != 0)
		return;
	switch (n->kind) {
	case TREE_OBJECT:
		for (uint32_t c = n->first; depth < FIELD_WAYS && c != 0;
		    c = sniff_node(j, c)->next)
			if (sniff_step(next, path, sniff_node(j, c)->name))
				take_fields(j, c, next, depth + 1,
				    without);
		break;
	case TREE_ARRAY:
		if (depth == FIELD_WAYS || path[0] == '\0')
			break;
		fits = (unsigned)snprintf(each, sizeof(each), "%s[*]", path) <
		    sizeof(each);
		for (uint32_t c = n->first; fits && c != 0;
		    c = sniff_node(j, c)->next)
			take_fields(j, c, sniff_node(j, c)->kind == TREE_OBJECT ?
			    each : path, depth + 1, without);
		break;
	case TREE_STRING:
	case TREE_NUMBER:
		add_sample(j, path[0] != '\0' ? path : ".", n->text);
		break;
	default:
		break;
	}
}

/* A record that lies in others, and what is around it. */
static int
take_inner(void *ctx, const struct json_place *at)
{
	static const char *const ups[AROUND_MAX] = {"^", "^^", "^^^"};
	struct sniff_json *j = ctx;
	const struct json_place *below = at, *p;
	unsigned up = 0;

	if (j->row >= SNIFF_RECORDS)
		return 1;
	take_fields(j, at->node, "", 0, 0);
	for (p = at->up; p != NULL && up < AROUND_MAX; below = p, p = p->up)
		if (sniff_node(j, p->node)->kind == TREE_OBJECT)
			take_fields(j, p->node, ups[up++], 0, below->node);
	j->row++;
	return 0;
}

void
sniff_record(struct sniff_json *j, uint32_t node)
{
	const struct json_place at = {&j->tree, node, SLICE_NONE, NULL};

	if (j->inner.n > 0) {
		(void)json_path_walk(&j->inner, 0, &at, take_inner, j);
		return;
	}
	if (j->map && sniff_node(j, node)->name.p != NULL)
		add_sample(j, "@key", sniff_node(j, node)->name);
	take_fields(j, node, "", 0, 0);
	j->row++;
}

void
sniff_records(struct sniff_json *j)
{
	bool nested = strcmp(j->root, "*[*]") == 0;
	unsigned n = 0;

	for (uint32_t c = sniff_node(j, j->node)->first; c != 0 &&
	    n < SNIFF_RECORDS; c = sniff_node(j, c)->next) {
		for (uint32_t r = nested ? sniff_node(j, c)->first : c;
		    r != 0 && n < SNIFF_RECORDS;
		    r = nested ? sniff_node(j, r)->next : 0, n++)
			sniff_record(j, r);
	}
}

/* Of a proposed value "a[*].b:url" the list, "a[*]"; n == 0: it is in none. */
static struct slice
list_of(struct slice setting)
{
	static const struct slice name = SLICE("map-value=");
	size_t end;

	if (!slice_starts(setting, name))
		return SLICE_NONE;
	setting.p += name.n;
	setting.n -= name.n;
	for (end = setting.n; end > 3; end--)
		if (memcmp(setting.p + end - 4, "[*].", 4) == 0)
			return (struct slice){setting.p, end - 1};
	return SLICE("");
}

bool
sniff_inner(struct sniff_json *j, const struct sniff *s)
{
	struct slice list = SLICE_NONE, other;
	char root[SNIFF_PATH];
	int n;

	for (size_t i = 0; i < s->nsettings; i++) {
		other = list_of(s->settings[i]);
		if (other.p == NULL)
			continue;
		/* Of two lists, one would be lost. */
		if (list.p != NULL && !slice_eq(list, other))
			return false;
		list = other;
	}
	if (list.n == 0 || *list.p == '{')
		return false;
	n = snprintf(root, sizeof(root), "%s.%.*s", j->root,
	    SLICE_ARG(list));
	if (n < 0 || (size_t)n >= sizeof(root) ||
	    json_path_parse(list, j->arena, &j->inner, NULL) != 0)
		return false;
	memcpy(j->root, root, (size_t)n + 1);
	j->nfields = 0;
	j->row = 0;
	return true;
}
