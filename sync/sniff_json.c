/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON: what its outermost members say it is, else where the most records stand
 * and what fields they have.
 */
#include <stdio.h>
#include <string.h>

#include "stix/tree.h"
#include "sync/sniff_json_int.h"

#define OBJECTS_WEIGH 4u /* as many texts: links stand beside records */
#define WAYS_MAX 4u     /* levels down to the records */
#define DEPTH_MAX LIMIT_DEPTH

static bool
is_member(const struct sniff_json *j, uint32_t node, const char *name)
{
	return sniff_node(j, node)->kind == TREE_OBJECT &&
	    tree_member(&j->tree, node, slice_str(name)) != 0;
}

static struct slice
member_text(const struct sniff_json *j, uint32_t node, const char *name)
{
	uint32_t m = 0;

	if (sniff_node(j, node)->kind == TREE_OBJECT)
		m = tree_member(&j->tree, node, slice_str(name));
	return m != 0 && sniff_node(j, m)->kind == TREE_STRING ?
	    sniff_node(j, m)->text : SLICE("");
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
is_stix(const struct sniff_json *j, uint32_t node)
{
	struct slice id = member_text(j, node, "id");
	struct slice type = member_text(j, node, "type");

	return type.n > 0 && id.n > type.n + 2 && slice_starts(id, type) &&
	    id.p[type.n] == '-' && id.p[type.n + 1] == '-';
}

/* Others have such identifiers too. */
static bool
is_whole(const struct sniff_json *j, uint32_t node)
{
	return is_stix(j, node) && is_member(j, node, "created") &&
	    (is_member(j, node, "pattern") ||
	    !slice_is(member_text(j, node, "type"), "indicator"));
}

/* The first child, or the node itself where it has none. */
static uint32_t
inside(const struct sniff_json *j, uint32_t node)
{
	return sniff_node(j, node)->first != 0 ? sniff_node(j, node)->first : node;
}

static bool
is_event_list(const struct sniff_json *j)
{
	uint32_t first = inside(j, 0);

	return first != 0 && sniff_node(j, 0)->kind == TREE_OBJECT &&
	    sniff_node(j, first)->name.n == 36 && is_member(j, first, "timestamp") &&
	    (is_member(j, first, "Orgc") || is_member(j, first, "info"));
}

static uint32_t
member(const struct sniff_json *j, uint32_t node, const char *name)
{
	return sniff_node(j, node)->kind == TREE_OBJECT ?
	    tree_member(&j->tree, node, slice_str(name)) : 0;
}

/* An API root, a collection, a list of them; or what discovers all of these. */
static bool
sniff_taxii(const struct sniff_json *j, struct sniff *s, struct arena *a)
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
is_misp_answer(const struct sniff_json *j)
{
	uint32_t answer = member(j, 0, "response");

	return answer != 0 && (is_member(j, answer, "Attribute") ||
	    is_member(j, inside(j, answer), "Event"));
}

static bool
sniff_misp(const struct sniff_json *j, struct sniff *s, struct arena *a)
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
sniff_known(const struct sniff_json *j, struct sniff *s, struct arena *a)
{
	uint32_t objects = member(j, 0, "objects");

	if (sniff_taxii(j, s, a) || sniff_misp(j, s, a))
		return true;
	if (slice_is(member_text(j, 0, "type"), "bundle"))
		return known(s, a, "stix", SNIFF_HERE, "a STIX bundle");
	if (objects != 0 && is_stix(j, inside(j, objects)))
		return known(s, a, "stix", SNIFF_HERE, "an envelope of STIX "
		    "objects (TAXII 2.1)");
	if (is_stix(j, 0) || (sniff_node(j, 0)->kind == TREE_ARRAY &&
	    is_stix(j, inside(j, 0))))
		return known(s, a, "stix", SNIFF_HERE, "STIX objects");
	return false;
}

/* ---- where the records are ------------------------------------------------- */

static unsigned
children(const struct sniff_json *j, uint32_t node, enum tree_kind kind)
{
	unsigned n = 0;

	for (uint32_t c = sniff_node(j, node)->first; c != 0;
	    c = sniff_node(j, c)->next)
		n += sniff_node(j, c)->kind == kind;
	return n;
}

/* The values among them, by the first ones. */
static unsigned
strings(const struct sniff_json *j, uint32_t node)
{
	unsigned n = 0, seen = 0, guise = GUISE_NONE;

	for (uint32_t c = sniff_node(j, node)->first; c != 0 &&
	    seen < SNIFF_RECORDS; c = sniff_node(j, c)->next, seen++)
		n += sniff_node(j, c)->kind == TREE_STRING &&
		    sniff_type(sniff_node(j, c)->text, &guise) != VALUE_NONE;
	return seen < SNIFF_RECORDS || n == 0 ? n :
	    children(j, node, TREE_STRING);
}

static bool
all_are(const struct sniff_json *j, uint32_t node, enum tree_kind kind)
{
	for (uint32_t c = sniff_node(j, node)->first; c != 0;
	    c = sniff_node(j, c)->next)
		if (sniff_node(j, c)->kind != kind)
			return false;
	return sniff_node(j, node)->first != 0;
}

static void
better(struct sniff_json *j, const char *root, uint32_t node, unsigned n,
    bool map)
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
find_records(struct sniff_json *j, uint32_t node, const char *path,
    unsigned depth)
{
	char next[SNIFF_PATH], here[SNIFF_PATH + 4];
	enum tree_kind kind = sniff_node(j, node)->kind;
	unsigned objects = OBJECTS_WEIGH * children(j, node, TREE_OBJECT);

	if (kind == TREE_ARRAY) {
		unsigned n = objects > 0 ? objects : strings(j, node);

		snprintf(here, sizeof(here), "%s%s", path, node == 0 ? "" :
		    "[*]");
		if (strlen(here) < SNIFF_PATH)
			better(j, here, node, n, false);
		return;
	}
	if (kind != TREE_OBJECT || depth == WAYS_MAX)
		return;
	if (all_are(j, node, TREE_OBJECT) && objects > OBJECTS_WEIGH) {
		snprintf(here, sizeof(here), "%s%s*", path,
		    path[0] != '\0' ? "." : "");
		if (strlen(here) < SNIFF_PATH)
			better(j, here, node, objects, true);
	}
	if (depth == 0 && all_are(j, node, TREE_ARRAY) &&
	    sniff_node(j, inside(j, node))->next != 0) {
		/* lists under names that are data, as numbers are */
		better(j, "*[*]", node, OBJECTS_WEIGH *
		    children(j, node, TREE_ARRAY), true);
	}
	for (uint32_t c = sniff_node(j, node)->first; c != 0;
	    c = sniff_node(j, c)->next)
		if (sniff_step(next, path, sniff_node(j, c)->name))
			find_records(j, c, next, depth + 1);
	if (depth == 0 && all_are(j, node, TREE_OBJECT))
		better(j, "*", node, objects, true); /* one, and no list */
}

/* ---- the whole ------------------------------------------------------------- */

/* Documents one a line; the tree holds the first of them at the end. */
static bool
read_lines(struct sniff_json *j, struct slice head, struct slice *first)
{
	struct slice line, rest = head;
	unsigned n = 0;

	while (n < SNIFF_RECORDS && sniff_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.n == 0 || line.p == j->trailer.at)
			continue;
		if (line.p[0] != '{' || tree_read(&j->tree, j->arena, line,
		    NULL) != 0)
			break;
		if (n++ == 0)
			*first = line;
		sniff_record(j, 0);
	}
	j->lines = n > 1 || (n > 0 && j->trailer.at != NULL);
	if (!j->lines)
		j->nfields = 0;
	return j->lines && tree_read(&j->tree, j->arena, *first, NULL) == 0;
}

static void
take_document(struct sniff_json *j)
{
	if (j->records > 0)
		sniff_records(j);
	else
		sniff_record(j, 0);
}

/* What the mapping stands on. */
static void
set_shape(const struct sniff_json *j, struct sniff *s)
{
	s->nsettings = 0;
	sniff_set(s, j->arena, "kind", SLICE("json"));
	if (j->root[0] != '\0')
		sniff_set(s, j->arena, "json-root", slice_str(j->root));
	if (j->trailer.at != NULL)
		sniff_set(s, j->arena, "json-trailer", j->trailer.test);
	if (j->trailer.count.n > 0)
		sniff_set(s, j->arena, "json-count", j->trailer.count);
}

static bool
map_fields(const struct sniff_json *j, struct sniff *s)
{
	set_shape(j, s);
	s->feed = j->nfields > 0 && sniff_map(s, j->arena, j->fields,
	    j->nfields);
	return s->feed;
}

static void
propose_records(const struct sniff_json *j, struct sniff *s)
{
	if (j->inner.n > 0)
		sniff_what(s, j->lines ? "JSON, a record a line (NDJSON), with "
		    "lists at %s" : "JSON, lists within records, at %s",
		    j->root);
	else
		sniff_what(s, j->lines ? "JSON, a record a line (NDJSON)" :
		    j->root[0] == '\0' && j->records > 0 ?
		    "JSON, an array of records" : j->records == 0 ?
		    "JSON, one record" : j->map ?
		    "JSON, a map of records at %s" : "JSON, records at %s",
		    j->root);
}

/* `head`: where NDJSON is read from, again if need be. */
static bool
propose(struct sniff_json *j, struct slice head, struct sniff *s)
{
	struct slice first;

	set_shape(j, s);
	if (j->records > 0 && !j->map && is_whole(j, inside(j, j->node))) {
		s->feed = true;
		sniff_what(s, "STIX objects at %s", j->root);
		sniff_set(s, j->arena, "json-stix", SLICE("yes"));
		return true;
	}
	if (map_fields(j, s) && sniff_inner(j, s)) {
		if (!j->lines)
			take_document(j);
		else if (!read_lines(j, head, &first))
			return false;
		(void)map_fields(j, s);
	}
	if (s->feed) {
		if (!j->lines)
			sniff_paging(j, s);
		propose_records(j, s);
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

bool
sniff_json(struct slice head, bool whole, struct slice path, struct arena *a,
    struct sniff *s)
{
	struct sniff_json j = {.arena = a, .path = path};
	struct slice first, text = slice_trim(head);

	if (text.n == 0 || (text.p[0] != '{' && text.p[0] != '['))
		return false;
	j.fields = arena_alloc(a, SNIFF_FIELDS * sizeof(*j.fields));
	if (j.fields == NULL)
		return false;
	tree_init(&j.tree);
	if (whole && !sniff_trailer(text, a, &j.trailer))
		j.trailer.at = NULL;
	if (text.p[0] == '{' && read_lines(&j, text, &first)) {
		if (!sniff_known(&j, s, a))
			propose(&j, text, s);
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
		take_document(&j);
		propose(&j, text, s);
	}
	tree_free(&j.tree);
	return true;
}
