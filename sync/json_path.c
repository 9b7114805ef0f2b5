/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/json_path.h"

#include <string.h>

/* --- reading a path ----------------------------------------------------- */

struct reader {
	const char *p, *end;
	struct slice text;
	struct arena *a;
	struct err *e;
};

static int
bad(const struct reader *r, const char *what)
{
	return err_set(r->e, ERR_CONFIG, "'%.*s': %s at character %zu",
	    SLICE_ARG(r->text), what, (size_t)(r->p - r->text.p) + 1);
}

/* A name in quotes, the reader on the first of them. */
static int
read_quoted(struct reader *r, struct slice *name)
{
	char *room = arena_alloc(r->a, (size_t)(r->end - r->p) + 1);
	size_t n = 0;

	if (room == NULL)
		return err_set(r->e, ERR_MEMORY, "out of memory");
	for (r->p++; r->p < r->end && *r->p != '"'; r->p++) {
		if (*r->p == '\\' && r->p + 1 < r->end)
			r->p++;
		room[n++] = *r->p;
	}
	if (r->p == r->end)
		return bad(r, "a quote is missing");
	r->p++;
	*name = (struct slice){room, n};
	return 0;
}

/* A name, or a value, up to one of `ends`. */
static int
read_name(struct reader *r, const char *ends, struct slice *name)
{
	const char *from = r->p;

	if (r->p < r->end && *r->p == '"')
		return read_quoted(r, name);
	while (r->p < r->end && strchr(ends, *r->p) == NULL)
		r->p++;
	*name = (struct slice){from, (size_t)(r->p - from)};
	return name->n > 0 ? 0 : bad(r, "a name is missing");
}

static int
read_index(struct reader *r, struct json_step *s)
{
	uint64_t n = 0;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && n <= UINT32_MAX)
		n = n * 10 + (uint64_t)(*r->p++ - '0');
	if (n > UINT32_MAX)
		return bad(r, "a number that is too large");
	s->kind = JSON_INDEX;
	s->index = (uint32_t)n;
	return 0;
}

static int
read_choice(struct reader *r, struct json_step *s)
{
	s->kind = JSON_WHERE;
	if (read_name(r, "=!]", &s->name) != 0)
		return -1;
	if (r->p < r->end && *r->p == '!') {
		s->kind = JSON_WHERE_NOT;
		r->p++;
	}
	if (r->p == r->end || *r->p != '=')
		return bad(r, "'=' is missing");
	r->p++;
	if (r->p < r->end && *r->p == ']') {
		s->value = SLICE("");
		return 0;
	}
	return read_name(r, "]", &s->value);
}

/* "[…]", the reader behind the bracket. */
static int
read_bracket(struct reader *r, struct json_step *s)
{
	int rc = 0;

	s->kind = JSON_EACH;
	if (r->p < r->end && *r->p == '*')
		r->p++;
	else if (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		rc = read_index(r, s);
	else if (r->p < r->end && *r->p != ']')
		rc = read_choice(r, s);
	if (rc != 0)
		return -1;
	if (r->p == r->end || *r->p != ']')
		return bad(r, "']' is missing");
	r->p++;
	return 0;
}

/* A step that is a word: a member, "*" or "@keys". */
static int
read_word(struct reader *r, struct json_step *s)
{
	bool quoted = r->p < r->end && *r->p == '"';

	s->kind = JSON_MEMBER;
	if (read_name(r, ".[", &s->name) != 0)
		return -1;
	if (quoted)
		return 0;
	if (slice_is(s->name, "*"))
		s->kind = JSON_VALUES;
	else if (slice_is(s->name, "@keys"))
		s->kind = JSON_NAMES;
	else if (s->name.p[0] == '@')
		return bad(r, "only @key and @keys are known");
	return 0;
}

static int
read_steps(struct reader *r, struct json_path *p)
{
	bool first = true;
	struct json_step *s;
	int rc;

	for (; r->p < r->end; first = false) {
		if (p->n == LIMIT_PATH_STEPS)
			return bad(r, "too many steps");
		s = &p->steps[p->n];
		*s = (struct json_step){.kind = JSON_MEMBER};
		if (*r->p == '[') {
			r->p++;
			rc = read_bracket(r, s);
		} else {
			if (!first && *r->p != '.')
				return bad(r, "'.' or '[' is missing");
			r->p += !first;
			rc = read_word(r, s);
		}
		if (rc != 0)
			return -1;
		p->n++;
		if (s->kind == JSON_NAMES && r->p < r->end)
			return bad(r, "@keys are the end of a path, not what "
			    "stands");
	}
	return 0;
}

int
json_path_parse(struct slice text, struct arena *a, struct json_path *p,
    struct err *e)
{
	struct reader r = {text.p, text.p + text.n, text, a, e};

	*p = (struct json_path){.n = 0};
	if (text.n > LIMIT_PATH)
		return err_set(e, ERR_CONFIG, "a path of more than %d bytes",
		    LIMIT_PATH);
	/* As JSONPath has it; a member of that name stands in quotes. */
	if (slice_starts(text, SLICE("$.")) || slice_starts(text, SLICE("$[")))
		return err_set(e, ERR_CONFIG, "'%.*s': a path begins without "
		    "'$': '%.*s' (a member of that name: '\"$\"')",
		    SLICE_ARG(text), (int)(text.n - (text.p[1] == '.' ? 2 : 1)),
		    text.p + (text.p[1] == '.' ? 2 : 1));
	while (r.p < r.end && *r.p == '^') {
		p->up++;
		r.p++;
	}
	if (r.p < r.end && *r.p == '.') /* the record itself, or ^.a */
		r.p++;
	if (slice_is((struct slice){r.p, (size_t)(r.end - r.p)}, "@key")) {
		p->key = true;
		return 0;
	}
	if (text.n == 0)
		return bad(&r, "a name is missing");
	return read_steps(&r, p);
}

int
json_path_check(const struct json_path *p, struct slice text,
    enum json_path_role role, struct err *e)
{
	if (role == JSON_PATH_FIELD)
		return 0;
	if (p->up > 0 || p->key)
		return err_set(e, ERR_CONFIG, "'%.*s': nothing lies around a "
		    "document; ^ and @key are for fields of its records",
		    SLICE_ARG(text));
	if (role == JSON_PATH_RECORDS && p->n > 0 &&
	    p->steps[p->n - 1].kind == JSON_NAMES)
		return err_set(e, ERR_CONFIG, "'%.*s': names are no records; "
		    "'.*' in place of '.@keys' leads to what they name, and "
		    "@key is the name in a field of that", SLICE_ARG(text));
	return 0;
}

/* --- what it leads to --------------------------------------------------- */

static bool
is_scalar(const struct tree_node *n)
{
	return n->kind != TREE_OBJECT && n->kind != TREE_ARRAY &&
	    n->kind != TREE_NULL;
}

static bool
member_is(const struct tree *t, uint32_t node, const struct json_step *s)
{
	uint32_t m = tree_member(t, node, s->name);

	return m != 0 && is_scalar(&t->nodes[m]) &&
	    slice_eq(t->nodes[m].text, s->value);
}

bool
json_step_fits(const struct json_step *s, const struct tree *t, uint32_t node,
    uint64_t index)
{
	switch (s->kind) {
	case JSON_INDEX:
		return index == s->index;
	case JSON_WHERE:
		return member_is(t, node, s);
	case JSON_WHERE_NOT:
		return !member_is(t, node, s);
	default:
		return true;
	}
}

struct walk {
	const struct json_path *path;
	json_take_fn *take;
	void *ctx;
};

/* The end of a path: a record, or the array that holds them. */
static int
walk_end(const struct walk *w, const struct json_place *at, bool listed)
{
	const struct tree_node *n = &at->tree->nodes[at->node];
	struct json_place below = {at->tree, 0, SLICE_NONE, at};
	int rc = 0;

	if (n->kind != TREE_ARRAY || listed)
		return w->take(w->ctx, at);
	for (below.node = n->first; rc == 0 && below.node != 0;
	    below.node = at->tree->nodes[below.node].next)
		rc = w->take(w->ctx, &below);
	return rc;
}

/* `listed`: the step before chose from a list, so what is here is a record. */
static int
walk(const struct walk *w, unsigned step, const struct json_place *at,
    bool listed)
{
	const struct tree *t = at->tree;
	const struct tree_node *n = &t->nodes[at->node];
	const struct json_step *s = &w->path->steps[step];
	struct json_place below = {t, 0, SLICE_NONE, at};
	uint64_t index = 0;
	int rc = 0;

	if (step == w->path->n)
		return walk_end(w, at, listed);
	if (s->kind == JSON_MEMBER) {
		below.node = tree_member(t, at->node, s->name);
		return below.node != 0 ? walk(w, step + 1, &below, false) : 0;
	}
	if (n->kind != (s->kind == JSON_VALUES ? TREE_OBJECT : TREE_ARRAY))
		return 0;
	for (below.node = n->first; rc == 0 && below.node != 0;
	    below.node = t->nodes[below.node].next, index++) {
		if (!json_step_fits(s, t, below.node, index))
			continue;
		below.key = t->nodes[below.node].name;
		rc = walk(w, step + 1, &below, true);
	}
	return rc;
}

int
json_path_walk(const struct json_path *p, unsigned first,
    const struct json_place *at, json_take_fn *take, void *ctx)
{
	const struct walk w = {p, take, ctx};

	return walk(&w, first, at, true);
}

struct texts {
	struct slice *v;
	size_t n, max;
};

static int
take_text(void *ctx, const struct json_place *at)
{
	const struct tree_node *n = &at->tree->nodes[at->node];
	struct texts *t = ctx;

	if (is_scalar(n))
		t->v[t->n++] = n->text;
	return t->n == t->max;
}

/* A field that is an array gives its elements, whatever led to it. */
static int
take_field(void *ctx, const struct json_place *at)
{
	const struct tree_node *n = &at->tree->nodes[at->node];
	struct json_place below = {at->tree, n->first, SLICE_NONE, at};
	int rc = 0;

	if (n->kind != TREE_ARRAY)
		return take_text(ctx, at);
	for (; rc == 0 && below.node != 0;
	    below.node = at->tree->nodes[below.node].next)
		rc = take_text(ctx, &below);
	return rc;
}

static int
take_names(void *ctx, const struct json_place *at)
{
	const struct tree *t = at->tree;
	struct texts *to = ctx;
	uint32_t i;

	if (t->nodes[at->node].kind != TREE_OBJECT)
		return 0;
	for (i = t->nodes[at->node].first; i != 0 && to->n < to->max;
	    i = t->nodes[i].next)
		to->v[to->n++] = t->nodes[i].name;
	return 0;
}

/* The place that '^' leads to: the next object out, each time. */
static const struct json_place *
outwards(const struct json_place *at, unsigned up)
{
	for (; up > 0 && at != NULL; up--)
		do
			at = at->up;
		while (at != NULL &&
		    at->tree->nodes[at->node].kind != TREE_OBJECT);
	return at;
}

size_t
json_path_get(const struct json_path *p, const struct json_place *at,
    struct slice *texts, size_t max)
{
	struct texts t = {texts, 0, max};
	struct json_path names;

	at = outwards(at, p->up);
	if (at == NULL || max == 0)
		return 0;
	if (p->key) {
		while (at != NULL && at->key.p == NULL)
			at = at->up;
		if (at == NULL)
			return 0;
		texts[0] = at->key;
		return 1;
	}
	if (p->n > 0 && p->steps[p->n - 1].kind == JSON_NAMES) {
		names = *p;
		names.n--;
		(void)json_path_walk(&names, 0, at, take_names, &t);
	} else {
		(void)json_path_walk(p, 0, at, take_field, &t);
	}
	return t.n;
}

struct slice
json_path_text(const struct json_path *p, const struct json_place *at)
{
	struct slice text = SLICE_NONE;

	return json_path_get(p, at, &text, 1) == 1 ? text : SLICE_NONE;
}
