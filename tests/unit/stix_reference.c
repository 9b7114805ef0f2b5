/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix_reference.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/tstamp.h"

unsigned
reference_depth(const json_t *j)
{
	unsigned deepest = 0, d;
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_object(j)) {
		json_object_foreach((json_t *)j, key, v) {
			d = reference_depth(v);
			deepest = d > deepest ? d : deepest;
		}
	} else if (json_is_array(j)) {
		json_array_foreach(j, i, v) {
			d = reference_depth(v);
			deepest = d > deepest ? d : deepest;
		}
	} else {
		return 0;
	}
	return deepest + 1;
}

static struct slice
text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

static struct slice
get_text(const json_t *j, const char *name, unsigned bit, unsigned *odd)
{
	const json_t *v = json_object_get(j, name);

	if (v == NULL)
		return SLICE_NONE;
	if (json_is_string(v))
		return text_of(v);
	*odd |= bit;
	return SLICE_NONE;
}

static int64_t
get_time(const json_t *j, const char *name, unsigned bit, unsigned *odd)
{
	struct slice text;
	int64_t t = TSTAMP_NONE;

	if ((bit & (STIX_ODD_CREATED | STIX_ODD_MODIFIED)) == 0 &&
	    json_is_null(json_object_get(j, name)))
		return t;
	text = get_text(j, name, bit, odd);
	if (text.p != NULL && tstamp_parse(text, &t) != 0)
		*odd |= bit;
	return t;
}

static int64_t
get_integer(const json_t *j, const char *name, int64_t max, unsigned bit,
    unsigned *odd)
{
	const json_t *v = json_object_get(j, name);

	if (v == NULL)
		return -1;
	if (json_is_integer(v) && json_integer_value(v) >= 0 &&
	    json_integer_value(v) <= max)
		return json_integer_value(v);
	*odd |= bit;
	return -1;
}

static void *
room(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);

	if (p == NULL)
		abort();
	return p;
}

/* Put the strings of an array behind those that the list has. */
static void
add_list(struct arena *a, const json_t *v, struct slice_list *list,
    unsigned *odd)
{
	struct slice *items = room(a, LIMIT_LIST * sizeof(*items));
	json_t *item;
	size_t i;

	if (v == NULL)
		return;
	if (!json_is_array(v))
		*odd |= STIX_ODD_LIST;
	if (list->n != 0)
		memcpy(items, list->v, list->n * sizeof(*items));
	list->v = items;
	json_array_foreach(v, i, item) {
		if (json_is_string(item) && list->n < LIMIT_LIST)
			items[list->n++] = text_of(item);
		else
			*odd |= STIX_ODD_LIST;
	}
}

static void
get_aliases(struct arena *a, json_t *j, struct stix_object *o)
{
	static const char *const names[] = {
		"aliases", "malware_types", "threat_actor_types", "tool_types",
		"infrastructure_types"
	};
	const char *key;
	json_t *v;

	json_object_foreach(j, key, v) { /* in the order they came */
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (strcmp(key, names[i]) == 0)
				add_list(a, v, &o->aliases, &o->odd);
		}
	}
}

static void
get_phases(struct arena *a, const json_t *v, struct stix_object *o)
{
	json_t *item;
	size_t i;

	if (v != NULL && !json_is_array(v))
		o->odd |= STIX_ODD_LIST;
	o->phases = room(a, LIMIT_LIST * sizeof(*o->phases));
	json_array_foreach(v, i, item) {
		struct slice chain, phase;

		if (!json_is_object(item) || o->nphases == LIMIT_LIST) {
			o->odd |= STIX_ODD_LIST;
			continue;
		}
		chain = get_text(item, "kill_chain_name", STIX_ODD_LIST,
		    &o->odd);
		phase = get_text(item, "phase_name", STIX_ODD_LIST, &o->odd);
		if (chain.p != NULL && phase.p != NULL)
			o->phases[o->nphases++] =
			    (struct stix_phase){chain, phase};
		else
			o->odd |= STIX_ODD_LIST;
	}
}

static void
get_granular(struct arena *a, const json_t *v, struct stix_object *o)
{
	json_t *item;
	size_t i;

	if (v != NULL && !json_is_array(v))
		o->odd |= STIX_ODD_LIST;
	o->granular = room(a, LIMIT_LIST * sizeof(*o->granular));
	json_array_foreach(v, i, item) {
		struct stix_granular g = {SLICE_NONE, {NULL, 0}};

		if (!json_is_object(item) || o->ngranular == LIMIT_LIST) {
			o->odd |= STIX_ODD_LIST;
			continue;
		}
		g.marking_ref = get_text(item, "marking_ref", STIX_ODD_LIST,
		    &o->odd);
		add_list(a, json_object_get(item, "selectors"), &g.selectors,
		    &o->odd);
		if (g.marking_ref.p != NULL)
			o->granular[o->ngranular++] = g;
	}
}

static void
get_hashes(struct arena *a, json_t *v, struct stix_object *o)
{
	const char *key;
	json_t *item;

	if (v != NULL && !json_is_object(v))
		o->odd |= STIX_ODD_OTHER;
	o->hashes = room(a, LIMIT_LIST * sizeof(*o->hashes));
	json_object_foreach(v, key, item) {
		if (json_is_string(item) && o->nhashes < LIMIT_LIST)
			o->hashes[o->nhashes++] = (struct stix_hash){
				slice_str(key), text_of(item)
			};
		else
			o->odd |= STIX_ODD_OTHER;
	}
}

static void
get_tlp(json_t *j, struct stix_object *o)
{
	json_t *definition = json_object_get(j, "definition");
	json_t *extensions = json_object_get(j, "extensions");
	struct slice one, two = SLICE_NONE;
	const char *key;
	json_t *v;

	if ((definition != NULL && !json_is_object(definition)) ||
	    (extensions != NULL && !json_is_object(extensions)))
		o->odd |= STIX_ODD_OTHER;
	one = get_text(definition, "tlp", STIX_ODD_OTHER, &o->odd);
	json_object_foreach(extensions, key, v) {
		struct slice text;

		if (!json_is_object(v))
			o->odd |= STIX_ODD_OTHER;
		text = get_text(v, "tlp_2_0", STIX_ODD_OTHER, &o->odd);
		if (two.p == NULL)
			two = text;
	}
	if (o->type_code == STIX_MARKING_DEFINITION)
		o->tlp = two.p != NULL ? two : one;
}

static void
get_identity(const json_t *j, struct stix_object *o)
{
	struct slice version;
	int rc;

	o->type = get_text(j, "type", STIX_ODD_TYPE, &o->odd);
	if (o->type.p != NULL && o->type.n == 0) {
		o->odd |= STIX_ODD_TYPE;
		o->type = SLICE_NONE;
	}
	o->type_code = o->type.p != NULL ? stix_type_code(o->type) : STIX_NONE;
	o->id = get_text(j, "id", STIX_ODD_ID, &o->odd);
	rc = o->id.p != NULL ? idkey_parse(o->id, &o->key) : 0;
	if (rc < 0) {
		o->odd |= STIX_ODD_ID;
		o->id = SLICE_NONE;
	}
	o->key_digest = rc == 1;
	version = get_text(j, "spec_version", STIX_ODD_OTHER, &o->odd);
	o->v20 = version.p != NULL ? slice_is(version, "2.0") :
	    json_object_get(j, "created") != NULL ||
	    json_object_get(j, "modified") != NULL;
}

static void
get_times(const json_t *j, struct stix_object *o)
{
	o->created = get_time(j, "created", STIX_ODD_CREATED, &o->odd);
	o->modified = get_time(j, "modified", STIX_ODD_MODIFIED, &o->odd);
	if (o->modified == TSTAMP_NONE)
		o->modified = o->created;
	o->valid_from = get_time(j, "valid_from", STIX_ODD_VALID_FROM, &o->odd);
	if (o->valid_from == TSTAMP_NONE && slice_is(o->type, "indicator"))
		o->valid_from = o->created;
	o->valid_until = get_time(j, "valid_until", STIX_ODD_VALID_UNTIL,
	    &o->odd);
	if (o->valid_until == TSTAMP_NONE)
		o->valid_until = TSTAMP_NEVER;
	if (o->valid_from != TSTAMP_NONE && o->valid_until != TSTAMP_NEVER &&
	    o->valid_until <= o->valid_from)
		o->odd |= STIX_ODD_VALIDITY;
	o->first_seen = get_time(j, "first_seen", STIX_ODD_OTHER, &o->odd);
	o->last_seen = get_time(j, "last_seen", STIX_ODD_OTHER, &o->odd);
}

static void
get_strings(const json_t *j, struct stix_object *o)
{
	const unsigned bit = STIX_ODD_OTHER;

	o->created_by_ref = get_text(j, "created_by_ref", bit, &o->odd);
	o->name = get_text(j, "name", bit, &o->odd);
	o->description = get_text(j, "description", bit, &o->odd);
	o->pattern = get_text(j, "pattern", STIX_ODD_PATTERN, &o->odd);
	o->pattern_type = get_text(j, "pattern_type", STIX_ODD_PATTERN,
	    &o->odd);
	if (o->pattern.p != NULL && o->pattern_type.p == NULL)
		o->pattern_type = SLICE("stix");
	o->relationship_type = get_text(j, "relationship_type", bit, &o->odd);
	o->source_ref = get_text(j, "source_ref", bit, &o->odd);
	o->target_ref = get_text(j, "target_ref", bit, &o->odd);
	o->sighting_of_ref = get_text(j, "sighting_of_ref", bit, &o->odd);
	o->value = get_text(j, "value", bit, &o->odd);
	o->key_path = get_text(j, "key", bit, &o->odd);
	o->serial_number = get_text(j, "serial_number", bit, &o->odd);
}

static void
get_all(struct arena *a, json_t *j, struct stix_object *o)
{
	const json_t *revoked = json_object_get(j, "revoked");

	*o = (struct stix_object){0};
	get_identity(j, o);
	get_times(j, o);
	get_strings(j, o);
	o->revoked = json_is_true(revoked);
	if (revoked != NULL && !json_is_boolean(revoked))
		o->odd |= STIX_ODD_REVOKED;
	o->confidence = (int)get_integer(j, "confidence", 100,
	    STIX_ODD_CONFIDENCE, &o->odd);
	o->count = get_integer(j, "count", INT64_MAX, STIX_ODD_OTHER, &o->odd);
	o->number = get_integer(j, "number", INT64_MAX, STIX_ODD_OTHER,
	    &o->odd);
	add_list(a, json_object_get(j, "labels"), &o->labels, &o->odd);
	add_list(a, json_object_get(j, "indicator_types"), &o->indicator_types,
	    &o->odd);
	if (o->v20 && slice_is(o->type, "indicator") &&
	    o->indicator_types.n == 0)
		o->indicator_types = o->labels;
	add_list(a, json_object_get(j, "object_marking_refs"),
	    &o->object_marking_refs, &o->odd);
	get_aliases(a, j, o);
	get_phases(a, json_object_get(j, "kill_chain_phases"), o);
	get_granular(a, json_object_get(j, "granular_markings"), o);
	get_hashes(a, json_object_get(j, "hashes"), o);
	get_tlp(j, o);
}

enum verdict
reference_scan(struct arena *a, struct slice text, struct stix_object *o,
    json_t **tree)
{
	json_t *j;

	*tree = NULL;
	if (text.n == 0 || memchr(text.p, '\0', text.n) != NULL)
		return VERDICT_REJECT;
	j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(j)) {
		json_decref(j);
		return VERDICT_REJECT;
	}
	if (reference_depth(j) > LIMIT_DEPTH) {
		json_decref(j);
		return VERDICT_LIMIT;
	}
	get_all(a, j, o);
	*tree = j;
	return VERDICT_ACCEPT;
}

static bool
same_text(struct slice x, struct slice y)
{
	return (x.p == NULL) == (y.p == NULL) && slice_eq(x, y);
}

static bool
same_list(struct slice_list x, struct slice_list y)
{
	if (x.n != y.n)
		return false;
	for (size_t i = 0; i < x.n; i++) {
		if (!same_text(x.v[i], y.v[i]))
			return false;
	}
	return true;
}

static const char *
lists_differ(const struct stix_object *x, const struct stix_object *y)
{
	if (!same_list(x->labels, y->labels))
		return "labels";
	if (!same_list(x->indicator_types, y->indicator_types))
		return "indicator_types";
	if (!same_list(x->object_marking_refs, y->object_marking_refs))
		return "object_marking_refs";
	if (!same_list(x->aliases, y->aliases))
		return "aliases";
	if (x->nphases != y->nphases || x->ngranular != y->ngranular ||
	    x->nhashes != y->nhashes)
		return "the length of a list";
	for (size_t i = 0; i < x->nphases; i++) {
		if (!same_text(x->phases[i].chain, y->phases[i].chain) ||
		    !same_text(x->phases[i].phase, y->phases[i].phase))
			return "kill_chain_phases";
	}
	for (size_t i = 0; i < x->ngranular; i++) {
		const struct stix_granular *g = &x->granular[i];
		const struct stix_granular *h = &y->granular[i];

		if (!same_text(g->marking_ref, h->marking_ref) ||
		    !same_list(g->selectors, h->selectors))
			return "granular_markings";
	}
	for (size_t i = 0; i < x->nhashes; i++) {
		if (!same_text(x->hashes[i].algorithm, y->hashes[i].algorithm) ||
		    !same_text(x->hashes[i].value, y->hashes[i].value))
			return "hashes";
	}
	return NULL;
}

#define TEXT(member) {#member, offsetof(struct stix_object, member)}

static const char *
texts_differ(const struct stix_object *x, const struct stix_object *y)
{
	static const struct {
		const char *name;
		size_t offset;
	} texts[] = {
		TEXT(type), TEXT(id), TEXT(created_by_ref), TEXT(name),
		TEXT(description), TEXT(pattern), TEXT(pattern_type),
		TEXT(relationship_type), TEXT(source_ref), TEXT(target_ref),
		TEXT(sighting_of_ref), TEXT(tlp), TEXT(value), TEXT(key_path),
		TEXT(serial_number)
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct slice s, t;

		memcpy(&s, (const char *)x + texts[i].offset, sizeof(s));
		memcpy(&t, (const char *)y + texts[i].offset, sizeof(t));
		if (!same_text(s, t))
			return texts[i].name;
	}
	return NULL;
}

const char *
reference_differs(const struct stix_object *x, const struct stix_object *y)
{
	const char *name;

	if (x->type_code != y->type_code)
		return "type_code";
	if (x->id.p != NULL && (x->key_digest != y->key_digest ||
	    memcmp(&x->key, &y->key, sizeof(x->key)) != 0))
		return "key";
	if (x->v20 != y->v20)
		return "v20";
	if (x->created != y->created || x->modified != y->modified)
		return "created, modified";
	if (x->valid_from != y->valid_from || x->valid_until != y->valid_until)
		return "valid_from, valid_until";
	if (x->first_seen != y->first_seen || x->last_seen != y->last_seen ||
	    x->count != y->count)
		return "first_seen, last_seen, count";
	if (x->revoked != y->revoked || x->confidence != y->confidence ||
	    x->number != y->number)
		return "revoked, confidence, number";
	if (x->odd != y->odd)
		return "odd";
	name = texts_differ(x, y);
	return name != NULL ? name : lists_differ(x, y);
}

static const char *
check_copy(struct arena *a, struct slice text, enum verdict want,
    const struct stix_object *expected)
{
	struct err e = ERR_INIT;
	struct stix_object o;
	struct slice id;
	int rc = stix_object_scan(a, text, &o, &e);

	if (rc == 0 && e.code != ERR_NONE)
		return "an error beside success";
	if (rc != 0 && e.code != ERR_SYNTAX && e.code != ERR_LIMIT)
		return "failure without an error, or with another kind of one";
	if (want == VERDICT_REJECT)
		return rc == 0 ? "accepted, and is not JSON" : NULL;
	if (want == VERDICT_LIMIT)
		return rc == 0 ? "accepted, and is past a limit" : NULL;
	if (rc != 0)
		return "rejected, and is JSON";
	if (stix_object_peek_id(text, &id) && !same_text(id, o.id))
		return "peeked at another id";
	return reference_differs(&o, expected);
}

const char *
reference_check(struct slice text)
{
	struct arena a, b;
	struct stix_object expected = {0};
	char *copy = malloc(text.n != 0 ? text.n : 1);
	const char *wrong = "no memory";
	json_t *tree = NULL;
	enum verdict want;

	arena_init(&a, MIB(64));
	arena_init(&b, MIB(64));
	if (copy != NULL) {
		if (text.n != 0)
			memcpy(copy, text.p, text.n);
		want = reference_scan(&b, text, &expected, &tree);
		wrong = check_copy(&a, (struct slice){copy, text.n}, want,
		    &expected);
	}
	json_decref(tree);
	free(copy);
	arena_free(&a);
	arena_free(&b);
	return wrong;
}
