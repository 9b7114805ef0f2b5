/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of a record. */
#include <string.h>

#include "sync/map_int.h"
#include "sync/net_range.h"

enum map_stated
map_stated_types(const struct map *m, struct slice word,
    struct map_types *room, const struct map_types **types)
{
	const struct opt_map *map = &m->f->types;
	uint32_t i, found = UINT32_MAX;

	for (i = 0; i < map->n; i++) {
		const char *key = map->v[i].key;

		if (key != NULL && field_same(word, slice_str(key))) {
			found = i;
			break;
		}
		if (key == NULL || strcmp(key, "*") == 0)
			found = i;
	}
	if (found == UINT32_MAX) {
		*room = (struct map_types){1, {(int)value_type_code(word)}};
		*types = room;
		return room->v[0] != VALUE_NONE ? MAP_STATED : MAP_UNKNOWN;
	}
	*types = &m->stated[found];
	return strcmp(map->v[found].value, "skip") == 0 ? MAP_UNWANTED :
	    MAP_STATED;
}

struct taking {
	struct map *m;
	struct arena *a;
	struct map_taken got;
};

static struct object_value *
next_value(struct taking *t)
{
	struct object_value *v;

	if (t->got.n >= CLAIM_VALUES_MAX)
		return NULL;
	v = &t->m->values_found[t->got.n];
	*v = (struct object_value){.group = 0};
	return v;
}

/* A record may say a value twice: as what it lists, and as one of its hashes. */
static bool
is_known(const struct taking *t, const struct value *v)
{
	size_t i;

	for (i = 0; i < t->got.n; i++) {
		const struct value *o = &t->m->values_found[i].value;

		if (o->type == v->type && o->prefix == v->prefix &&
		    o->keylen == v->keylen &&
		    memcmp(o->key, v->key, v->keylen) == 0)
			return true;
	}
	return false;
}

/* A value that was read, unless a filter is against it. */
static enum value_reason
keep_value(struct taking *t, const struct object_value *v)
{
	if (!map_values_wants(&t->m->texts, v->value.type)) {
		t->got.unwanted = true;
		return VALUE_OK;
	}
	if (map_values_wide(&t->m->texts, &v->value))
		return VALUE_BAD_WIDE;
	if (!is_known(t, &v->value))
		t->got.n++;
	return VALUE_OK;
}

/* One text as one of these types, or as what it looks like. */
static enum value_reason
take_typed(struct taking *t, int type, struct slice text)
{
	struct object_value *v = next_value(t);
	enum value_reason why;

	if (v == NULL)
		return VALUE_OK;
	if (type == VALUE_URL && t->m->f->scheme != NULL)
		text = map_values_url(&t->m->texts, text, t->a);
	why = claim_value(t->a, (enum value_type)type, text,
	    t->m->s.value_options, &v->value);
	return why == VALUE_OK ? keep_value(t, v) : why;
}

/* "a-b": the networks that cover the range; all of them, or the record would
 * seem to list what it does not. */
static bool
take_range(struct taking *t, struct slice text)
{
	const struct map *m = t->m;
	unsigned most = m->f->max_networks > 0 ? m->f->max_networks :
	    CLAIM_VALUES_MAX;
	enum value_reason why = VALUE_OK;
	struct object_value *v;
	struct net_range r;
	struct range_net net;

	if (!field_range(text, &r))
		return false;
	if (most > CLAIM_VALUES_MAX - t->got.n)
		most = CLAIM_VALUES_MAX - (unsigned)t->got.n;
	if (range_count(r, most) > most)
		why = VALUE_BAD_WIDE;
	while (why == VALUE_OK && range_next(&r, &net)) {
		v = next_value(t);
		why = v == NULL ? VALUE_BAD_WIDE : value_normalise(t->a,
		    r.width == 32 ? VALUE_IPV4 : VALUE_IPV6,
		    (struct slice){net.text, net.n}, m->s.value_options,
		    &v->value);
		if (why == VALUE_OK)
			why = keep_value(t, v);
	}
	if (why != VALUE_OK && t->got.why == VALUE_OK) {
		t->got.why = why;
		t->got.bad = text;
	}
	return true;
}

static void
take_text(struct taking *t, const struct map_types *types, struct slice text)
{
	enum value_reason why = VALUE_BAD_SYNTAX;
	const char *port = t->m->f->port;
	unsigned i;

	text = slice_trim(text);
	if (!t->m->texts.plain)
		text = map_values_edit(&t->m->texts, text, t->a);
	if (field_is_null(t->m->f, text))
		return;
	if (port != NULL && strcmp(port, "keep") != 0)
		text = field_without_port(text, strcmp(port, "strip-v6") == 0);
	if (take_range(t, text))
		return;
	if (types->n == 0)
		why = take_typed(t, t->m->fixed, text);
	for (i = 0; i < types->n && why != VALUE_OK; i++)
		why = take_typed(t, types->v[i], text);
	if (why != VALUE_OK && t->got.why == VALUE_OK) {
		t->got.why = why;
		t->got.bad = text;
	}
}

/* A field that may hold several. */
static void
take_texts(struct taking *t, const struct map_types *types, struct slice rest)
{
	struct slice part;

	if (t->m->texts.separator == '\0') {
		take_text(t, types, rest);
		return;
	}
	while (field_part(&rest, t->m->texts.separator, &part))
		take_text(t, types, part);
}

/* All that one of map-value finds in a record. */
static void
take_value(struct taking *t, const struct map_value *mv,
    const struct map_record *r, const struct map_types *stated)
{
	const struct map_types *types = mv->types.n > 0 ? &mv->types : stated;
	struct slice room[MAP_TEXTS_MAX];
	const struct slice *texts;
	size_t i, n;

	if (mv->made.n > 0) {
		take_texts(t, types, map_made_text(t->m, r, &mv->made,
		    t->a));
		return;
	}
	n = map_field_texts(r, mv->field, room, MAP_TEXTS_MAX, &texts);
	for (i = 0; i < n; i++)
		take_texts(t, types, texts[i]);
}

struct map_taken
map_take_values(struct map *m, const struct map_record *r,
    const struct map_types *stated, struct arena *a)
{
	struct taking t = {.m = m, .a = a};
	unsigned i;

	for (i = 0; i < m->nvalues; i++)
		take_value(&t, &m->values[i], r, stated);
	return t.got;
}
