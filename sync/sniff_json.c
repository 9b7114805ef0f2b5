/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON: what its outermost members say it is, else where the most records stand
 * and what fields they have.
 */
#include <stdio.h>
#include <string.h>

#include "stix/tree.h"
#include "sync/sniff_int.h"

#define FIELDS_MAX 128u
#define RECORDS_MAX 100u
#define PATH_MAX_BYTES 256u
#define WAYS_MAX 4u     /* levels down to the records … */
#define FIELD_WAYS 8u   /* … and into one */
#define DEPTH_MAX LIMIT_DEPTH

struct json {
	struct tree tree;
	struct arena *arena;
	struct slice path;   /* where a server had it; absent */
	bool lines;          /* one document a line */
	struct sniff_trailer trailer; /* of these; at NULL: none */
	struct sniff_field *fields;
	size_t nfields;
	/* where the most records were found */
	char root[PATH_MAX_BYTES];
	uint32_t node;
	unsigned records;
	bool map;            /* they are the values of an object */
	unsigned row;        /* the record at hand */
};

static const struct tree_node *
at(const struct json *j, uint32_t node)
{
	return &j->tree.nodes[node];
}

static bool
is_member(const struct json *j, uint32_t node, const char *name)
{
	return at(j, node)->kind == TREE_OBJECT &&
	    tree_member(&j->tree, node, slice_str(name)) != 0;
}

static struct slice
member_text(const struct json *j, uint32_t node, const char *name)
{
	uint32_t m = 0;

	if (at(j, node)->kind == TREE_OBJECT)
		m = tree_member(&j->tree, node, slice_str(name));
	return m != 0 && at(j, m)->kind == TREE_STRING ? at(j, m)->text :
	    SLICE("");
}

struct cut {
	char open[DEPTH_MAX];
	size_t depth;
	/* after the last value that ended */
	size_t end, nkept;
	char kept[DEPTH_MAX];
};

/* One step over a text: where brackets close. */
static bool
cut_step(struct cut *c, char at, size_t i)
{
	if (at == '[' || at == '{') {
		if (c->depth == DEPTH_MAX)
			return false;
		c->open[c->depth++] = at;
	} else if ((at == ']' || at == '}') && c->depth > 0) {
		c->depth--;
		memcpy(c->kept, c->open, c->depth);
		c->nkept = c->depth;
		c->end = i + 1;
	}
	return true;
}

/* Up to where the first document ends, or the last value that does. */
static bool
cut_at(struct cut *c, struct slice text, bool one)
{
	bool quoted = false;

	c->depth = c->end = c->nkept = 0;
	for (size_t i = 0; i < text.n; i++) {
		char at = text.p[i];

		if (quoted) {
			if (at == '\\')
				i++;
			quoted = at != '"';
		} else if (at == '"') {
			quoted = true;
		} else if (!cut_step(c, at, i)) {
			return false;
		} else if (one && c->end > 0 && c->depth == 0) {
			break;
		}
	}
	return c->end > 0 && (!one || c->depth == 0);
}

/* A text that was cut, up to the last value that is whole, with its brackets
 * closed. */
static struct slice
mend(struct slice text, struct arena *a)
{
	struct cut c;
	char *p;

	if (!cut_at(&c, text, false))
		return SLICE_NONE;
	p = arena_alloc(a, c.end + c.nkept);
	if (p == NULL)
		return SLICE_NONE;
	memcpy(p, text.p, c.end);
	for (size_t i = 0; i < c.nkept; i++)
		p[c.end + i] = c.kept[c.nkept - 1 - i] == '[' ? ']' : '}';
	return (struct slice){p, c.end + c.nkept};
}

/* The first of several documents, one behind the other. */
static struct slice
first_document(struct slice text)
{
	struct cut c;

	return cut_at(&c, text, true) && c.end < text.n ?
	    (struct slice){text.p, c.end} : SLICE_NONE;
}

/* ---- what is known by its members ------------------------------------------ */

/* `kind` NULL: told from the URL, or by the server. */
static bool
known(struct sniff *s, struct arena *a, const char *kind,
    enum sniff_place place, const char *what)
{
	s->feed = true;
	s->place = place;
	sniff_what(s, "%s", what);
	if (kind != NULL)
		sniff_set(s, a, "kind", slice_str(kind));
	return true;
}

static bool
is_stix(const struct json *j, uint32_t node)
{
	struct slice id = member_text(j, node, "id");
	struct slice type = member_text(j, node, "type");

	return type.n > 0 && id.n > type.n + 2 && slice_starts(id, type) &&
	    id.p[type.n] == '-' && id.p[type.n + 1] == '-';
}

/* Others have such identifiers too. */
static bool
is_whole(const struct json *j, uint32_t node)
{
	return is_stix(j, node) && is_member(j, node, "created") &&
	    (is_member(j, node, "pattern") ||
	    !slice_is(member_text(j, node, "type"), "indicator"));
}

/* The first child, or the node itself where it has none. */
static uint32_t
inside(const struct json *j, uint32_t node)
{
	return at(j, node)->first != 0 ? at(j, node)->first : node;
}

static bool
is_event_list(const struct json *j)
{
	uint32_t first = inside(j, 0);

	return first != 0 && at(j, 0)->kind == TREE_OBJECT &&
	    at(j, first)->name.n == 36 && is_member(j, first, "timestamp") &&
	    (is_member(j, first, "Orgc") || is_member(j, first, "info"));
}

static uint32_t
member(const struct json *j, uint32_t node, const char *name)
{
	return at(j, node)->kind == TREE_OBJECT ?
	    tree_member(&j->tree, node, slice_str(name)) : 0;
}

/* An API root, a collection, a list of them; or what discovers all of these. */
static bool
sniff_taxii(const struct json *j, struct sniff *s, struct arena *a)
{
	uint32_t list = member(j, 0, "collections");
	struct slice path = j->path;

	if (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	/* It may be empty, or hold what is no indicator. */
	if (slice_ends(path, SLICE("/objects")) &&
	    memmem(path.p, path.n, "/collections/", 13) != NULL)
		return known(s, a, NULL, SNIFF_COLLECTION,
		    "objects of a TAXII collection");
	if (is_member(j, 0, "api_roots"))
		return known(s, a, NULL, SNIFF_HERE, "a TAXII server "
		    "(discovery)");
	if (is_member(j, 0, "versions") &&
	    is_member(j, 0, "max_content_length"))
		return known(s, a, NULL, SNIFF_HERE, "a TAXII API root");
	if ((is_member(j, 0, "can_read") && is_member(j, 0, "id")) ||
	    (list != 0 && is_member(j, inside(j, list), "can_read")))
		return known(s, a, NULL, SNIFF_HERE, list != 0 ?
		    "the collections of a TAXII API root" :
		    "a TAXII collection");
	return false;
}

/* {"response": {"Attribute": [...]}} or {"response": [{"Event": ...}]} */
static bool
is_misp_answer(const struct json *j)
{
	uint32_t answer = member(j, 0, "response");

	return answer != 0 && (is_member(j, answer, "Attribute") ||
	    is_member(j, inside(j, answer), "Event"));
}

static bool
sniff_misp(const struct json *j, struct sniff *s, struct arena *a)
{
	uint32_t event = member(j, 0, "Event");

	if (is_event_list(j))
		return known(s, a, "mispfeed", SNIFF_FOLDER, "the manifest of "
		    "a MISP feed");
	if (event != 0 && (is_member(j, event, "Attribute") ||
	    is_member(j, event, "Object")))
		return known(s, a, "mispfeed", SNIFF_FOLDER, "an event of "
		    "MISP; its feed is the folder with a manifest.json");
	if (is_misp_answer(j) && j->path.n > 0)
		return known(s, a, "misp", SNIFF_SERVER, "an answer of MISP's "
		    "REST interface");
	return false;
}

static bool
sniff_known(const struct json *j, struct sniff *s, struct arena *a)
{
	uint32_t objects = member(j, 0, "objects");

	if (sniff_taxii(j, s, a) || sniff_misp(j, s, a))
		return true;
	if (slice_is(member_text(j, 0, "type"), "bundle"))
		return known(s, a, "stix", SNIFF_HERE, "a STIX bundle");
	if (objects != 0 && is_stix(j, inside(j, objects)))
		return known(s, a, "stix", SNIFF_HERE, "an envelope of STIX "
		    "objects (TAXII 2.1)");
	if (is_stix(j, 0) || (at(j, 0)->kind == TREE_ARRAY &&
	    is_stix(j, inside(j, 0))))
		return known(s, a, "stix", SNIFF_HERE, "STIX objects");
	return false;
}

/* ---- where the records are ------------------------------------------------- */

/* A path with one more step; false: too long, or no name for a path. */
static bool
step(char out[PATH_MAX_BYTES], const char *path, struct slice name)
{
	bool plain = name.n > 0;
	int n;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == '"' || c == '\\' || (unsigned char)c < ' ')
			return false;
		plain = plain && strchr(".[]*^@: =<>~!|{}", c) == NULL;
	}
	/* What stands in quotes, a colon would part from its type. */
	if (memchr(name.p, ':', name.n) != NULL || name.n > 100)
		return false;
	n = snprintf(out, PATH_MAX_BYTES, plain ? "%s%s%.*s" :
	    "%s%s\"%.*s\"", path, path[0] != '\0' ? "." : "",
	    SLICE_ARG(name));
	return n > 0 && (unsigned)n < PATH_MAX_BYTES;
}

static unsigned
children(const struct json *j, uint32_t node, enum tree_kind kind)
{
	unsigned n = 0;

	for (uint32_t c = at(j, node)->first; c != 0; c = at(j, c)->next)
		n += at(j, c)->kind == kind;
	return n;
}

static bool
all_are(const struct json *j, uint32_t node, enum tree_kind kind)
{
	for (uint32_t c = at(j, node)->first; c != 0; c = at(j, c)->next)
		if (at(j, c)->kind != kind)
			return false;
	return at(j, node)->first != 0;
}

static void
better(struct json *j, const char *root, uint32_t node, unsigned n, bool map)
{
	if (n <= j->records)
		return;
	memcpy(j->root, root, strnlen(root, sizeof(j->root) - 1) + 1);
	j->root[sizeof(j->root) - 1] = '\0';
	j->node = node;
	j->records = n;
	j->map = map;
}

static void
find_records(struct json *j, uint32_t node, const char *path, unsigned depth)
{
	char next[PATH_MAX_BYTES], here[PATH_MAX_BYTES + 4];
	enum tree_kind kind = at(j, node)->kind;
	unsigned objects = children(j, node, TREE_OBJECT);

	if (kind == TREE_ARRAY) {
		unsigned n = objects > 0 ? objects :
		    children(j, node, TREE_STRING);

		snprintf(here, sizeof(here), "%s%s", path, node == 0 ? "" :
		    "[*]");
		if (strlen(here) < PATH_MAX_BYTES)
			better(j, here, node, n, false);
		return;
	}
	if (kind != TREE_OBJECT || depth == WAYS_MAX)
		return;
	if (all_are(j, node, TREE_OBJECT) && objects > 1) {
		snprintf(here, sizeof(here), "%s%s*", path,
		    path[0] != '\0' ? "." : "");
		if (strlen(here) < PATH_MAX_BYTES)
			better(j, here, node, objects, true);
	}
	if (depth == 0 && all_are(j, node, TREE_ARRAY) &&
	    at(j, inside(j, node))->next != 0) {
		/* lists under names that are data, as numbers are */
		better(j, "*[*]", node, children(j, node, TREE_ARRAY), true);
	}
	for (uint32_t c = at(j, node)->first; c != 0; c = at(j, c)->next)
		if (step(next, path, at(j, c)->name))
			find_records(j, c, next, depth + 1);
	if (depth == 0 && all_are(j, node, TREE_OBJECT))
		better(j, "*", node, objects, true); /* one, and no list */
}

/* ---- what fields they have ------------------------------------------------- */

static void
add_sample(struct json *j, const char *path, struct slice text)
{
	struct sniff_field *f;
	size_t i;

	for (i = 0; i < j->nfields; i++)
		if (slice_is(j->fields[i].name, path))
			break;
	if (i == FIELDS_MAX || text.n == 0)
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
take_fields(struct json *j, uint32_t node, const char *path, unsigned depth)
{
	char next[PATH_MAX_BYTES], each[PATH_MAX_BYTES];
	const struct tree_node *n = at(j, node);
	bool fits;

	switch (n->kind) {
	case TREE_OBJECT:
		for (uint32_t c = n->first; depth < FIELD_WAYS && c != 0;
		    c = at(j, c)->next)
			if (step(next, path, at(j, c)->name))
				take_fields(j, c, next, depth + 1);
		break;
	case TREE_ARRAY:
		if (depth == FIELD_WAYS || path[0] == '\0')
			break;
		fits = (unsigned)snprintf(each, sizeof(each), "%s[*]", path) <
		    sizeof(each);
		for (uint32_t c = n->first; fits && c != 0;
		    c = at(j, c)->next)
			take_fields(j, c, at(j, c)->kind == TREE_OBJECT ?
			    each : path, depth + 1);
		break;
	case TREE_STRING:
	case TREE_NUMBER:
		add_sample(j, path[0] != '\0' ? path : ".", n->text);
		break;
	default:
		break;
	}
}

static void
take_record(struct json *j, uint32_t node)
{
	if (j->map && at(j, node)->name.p != NULL)
		add_sample(j, "@key", at(j, node)->name);
	take_fields(j, node, "", 0);
	j->row++;
}

static void
take_records(struct json *j)
{
	bool nested = strcmp(j->root, "*[*]") == 0;
	unsigned n = 0;

	for (uint32_t c = at(j, j->node)->first; c != 0 && n < RECORDS_MAX;
	    c = at(j, c)->next) {
		for (uint32_t r = nested ? at(j, c)->first : c; r != 0 &&
		    n < RECORDS_MAX; r = nested ? at(j, r)->next : 0, n++)
			take_record(j, r);
	}
}

/* ---- the whole ------------------------------------------------------------- */

static bool
propose(struct json *j, struct sniff *s)
{
	sniff_set(s, j->arena, "kind", SLICE("json"));
	if (j->root[0] != '\0')
		sniff_set(s, j->arena, "json-root", slice_str(j->root));
	if (j->trailer.at != NULL)
		sniff_set(s, j->arena, "json-trailer", j->trailer.test);
	if (j->trailer.count.n > 0)
		sniff_set(s, j->arena, "json-count", j->trailer.count);
	if (j->records > 0 && !j->map && is_whole(j, inside(j, j->node))) {
		s->feed = true;
		sniff_what(s, "STIX objects at %s", j->root);
		sniff_set(s, j->arena, "json-stix", SLICE("yes"));
		return true;
	}
	if (j->nfields > 0 && sniff_map(s, j->arena, j->fields, j->nfields)) {
		s->feed = true;
		sniff_what(s, j->lines ? "JSON, a record a line (NDJSON)" :
		    j->root[0] == '\0' && j->records > 0 ?
		    "JSON, an array of records" : j->records == 0 ?
		    "JSON, one record" : j->map ?
		    "JSON, a map of records at %s" : "JSON, records at %s",
		    j->root);
		return true;
	}
	s->nsettings = 0;
	if (is_member(j, 0, "error") || is_member(j, 0, "message") ||
	    is_member(j, 0, "errors") || is_member(j, 0, "detail"))
		sniff_what(s, "no feed: JSON that tells of an error");
	else
		sniff_what(s, "no feed that is known: JSON without values");
	return true;
}

/* Documents one a line; the tree holds the first of them at the end. */
static bool
read_lines(struct json *j, struct slice head, struct slice *first)
{
	struct slice line, rest = head;
	unsigned n = 0;

	while (n < RECORDS_MAX && sniff_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.n == 0 || line.p == j->trailer.at)
			continue;
		if (line.p[0] != '{' || tree_read(&j->tree, j->arena, line,
		    NULL) != 0)
			break;
		if (n++ == 0)
			*first = line;
		take_record(j, 0);
	}
	j->lines = n > 1 || (n > 0 && j->trailer.at != NULL);
	if (!j->lines)
		j->nfields = 0;
	return j->lines && tree_read(&j->tree, j->arena, *first, NULL) == 0;
}

bool
sniff_json(struct slice head, bool whole, struct slice path, struct arena *a,
    struct sniff *s)
{
	struct json j = {.arena = a, .path = path};
	struct slice first, text = slice_trim(head);

	if (text.n == 0 || (text.p[0] != '{' && text.p[0] != '['))
		return false;
	j.fields = arena_alloc(a, FIELDS_MAX * sizeof(*j.fields));
	if (j.fields == NULL)
		return false;
	tree_init(&j.tree);
	if (whole && !sniff_trailer(text, a, &j.trailer))
		j.trailer.at = NULL;
	if (text.p[0] == '{' && read_lines(&j, text, &first)) {
		if (!sniff_known(&j, s, a))
			propose(&j, s);
		tree_free(&j.tree);
		return true;
	}
	first = first_document(text);
	if (first.n > 0 && tree_read(&j.tree, a, first, NULL) == 0 &&
	    sniff_known(&j, s, a)) {
		tree_free(&j.tree);
		return true;
	}
	if (!whole)
		text = mend(text, a);
	if (text.p == NULL || tree_read(&j.tree, a, text, NULL) != 0) {
		tree_free(&j.tree);
		sniff_what(s, "no feed that can be read: broken or half of a "
		    "JSON document");
		return text.p == NULL || text.p[0] != '[';
	}
	if (!sniff_known(&j, s, a)) {
		find_records(&j, 0, "", 0);
		if (j.records > 0)
			take_records(&j);
		else
			take_record(&j, 0);
		propose(&j, s);
	}
	tree_free(&j.tree);
	return true;
}
