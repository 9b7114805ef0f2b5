/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "sync/map_int.h"

struct making {
	struct map *m;
	map_resolve_fn *resolve;
	void *ctx;
	struct err *e;
};

/* The same field may have another number each time that it is asked for. */
static int
note_decoded(const struct making *k, struct slice name, int field)
{
	const struct opt_map *pairs = &k->m->f->decode;
	struct map_decoded *v;
	const char *how = NULL;

	for (uint32_t i = 0; i < pairs->n; i++)
		if (pairs->v[i].key != NULL && slice_is(name,
		    pairs->v[i].key))
			how = pairs->v[i].value;
	for (unsigned i = 0; i < k->m->ndecoded && how != NULL; i++)
		if (k->m->decoded[i].field == (unsigned)field)
			return 0;
	if (how == NULL)
		return 0;
	v = realloc(k->m->decoded, (k->m->ndecoded + 1) * sizeof(*v));
	if (v == NULL)
		return err_set(k->e, ERR_MEMORY, "out of memory");
	k->m->decoded = v;
	v[k->m->ndecoded++] = (struct map_decoded){(unsigned)field,
	    map_coding_named(how)};
	return 0;
}

static int
find_field(const struct making *k, const char *option, struct slice name,
    int *field)
{
	*field = k->resolve(k->ctx, name);
	if (*field >= 0)
		return note_decoded(k, name, *field);
	if (k->e != NULL && k->e->code != ERR_NONE) /* resolve() says why */
		return err_context(k->e, "%s", option);
	return err_set(k->e, ERR_CONFIG, "%s: the feed has no field '%.*s'",
	    option, SLICE_ARG(name));
}

static int
make_template(const struct making *k, const char *option, struct slice text,
    struct map_template *t)
{
	unsigned i;

	if (map_template_parse(text, t, k->e) != 0)
		return err_context(k->e, "%s", option);
	for (i = 0; i < t->n; i++)
		if (t->parts[i].field >= 0 && find_field(k, option,
		    t->parts[i].text, &t->parts[i].field) != 0)
			return -1;
	return 0;
}

/* A key of several fields; one of a single field is among the fields. */
static int
make_key(const struct making *k)
{
	struct slice key = slice_str(k->m->f->key);

	return map_template_is(key) ? make_template(k, "map-key", key,
	    &k->m->key_made) : 0;
}

static int
make_fields(const struct making *k)
{
	struct map *m = k->m;
	const struct feed_options *f = m->f;
	const struct {
		const char *option, *name;
		int *field;
		const char *of_rules; /* where no name is given */
	} rows[] = {
		{"map-type", f->type, &m->type, NULL},
		{"map-key", m->key_made.n > 0 ? NULL : f->key, &m->key, "id"},
		{"map-name", f->name, &m->name, "name"},
		{"map-labels", f->labels, &m->labels, "labels"},
		{"map-threat", f->threat, &m->threats, "threat"},
		{"map-confidence", f->confidence, &m->confidence,
		    "confidence"},
		{"map-created", f->created, &m->created, "created"},
		{"map-valid-from", f->valid_from, &m->valid_from, NULL},
		{"map-valid-until", f->valid_until, &m->valid_until, NULL},
		{"map-first-seen", f->first_seen, &m->first_seen, NULL},
		{"map-last-seen", f->last_seen, &m->last_seen, NULL},
		{"modified", NULL, &m->modified, "modified"},
		{"map-tlp", f->tlp, &m->tlp, "tlp"},
	};
	const char *name;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		*rows[i].field = -1;
		name = rows[i].name != NULL ? rows[i].name : m->s.rules ?
		    rows[i].of_rules : NULL;
		if (name != NULL && find_field(k, rows[i].option,
		    slice_str(name), rows[i].field) != 0)
			return -1;
	}
	return 0;
}

/* "FIELD:type|type"; a field name may hold colons of its own. */
static int
make_value(const struct making *k, struct slice text, struct map_value *v)
{
	const char *colon = memrchr(text.p, ':', text.n), *end = text.p +
	    text.n;
	struct slice name = text;
	int field;

	v->types.n = 0;
	if (colon != NULL) {
		if (map_types_parse("map-value", (struct slice){colon + 1,
		    (size_t)(end - colon - 1)}, &v->types, k->e) != 0)
			return -1;
		name.n = (size_t)(colon - text.p);
	}
	if (map_template_is(name))
		return make_template(k, "map-value", name, &v->made);
	if (find_field(k, "map-value", name, &field) != 0)
		return -1;
	v->field = (unsigned)field;
	return 0;
}

static int
make_values(const struct making *k)
{
	struct map *m = k->m;
	uint32_t i, n = m->f->value.n;

	if (m->s.rules)
		return n == 0 ? 0 : err_set(k->e, ERR_CONFIG, "map-value: a "
		    "rule is listed itself, not a field of it");
	if (n == 0 && m->s.only_field == NULL)
		return err_set(k->e, ERR_CONFIG, "map-value: is missing: which "
		    "field holds what is listed?");
	m->values = calloc(n + 1, sizeof(*m->values));
	if (m->values == NULL)
		return err_set(k->e, ERR_MEMORY, "out of memory");
	if (n == 0) {
		m->nvalues = 1;
		return make_value(k, slice_str(m->s.only_field), m->values);
	}
	for (i = 0; i < n; i++) {
		if (make_value(k, slice_str(m->f->value.v[i]),
		    &m->values[i]) != 0)
			return -1;
		m->nvalues++;
	}
	return 0;
}

static int
make_stated(const struct making *k)
{
	const struct opt_map *types = &k->m->f->types;
	struct map_types *t;
	uint32_t i;

	k->m->stated = t = calloc((size_t)types->n + 1, sizeof(*t));
	if (t == NULL)
		return err_set(k->e, ERR_MEMORY, "out of memory");
	for (i = 0; i < types->n; i++, t++) {
		const char *means = types->v[i].value;

		if (strcmp(means, "skip") == 0 || strcmp(means, "auto") == 0)
			continue;
		if (map_types_parse("map-types", slice_str(means), t, k->e) !=
		    0)
			return -1;
	}
	return 0;
}

static int
make_predicates(const struct making *k, const char *option,
    const struct opt_list *texts, struct predicate **to, unsigned *n)
{
	struct slice name;
	uint32_t i;
	int field;

	if (texts->n == 0)
		return 0;
	*to = calloc(texts->n, sizeof(**to));
	if (*to == NULL)
		return err_set(k->e, ERR_MEMORY, "out of memory");
	for (i = 0; i < texts->n; i++) {
		if (predicate_parse(slice_str(texts->v[i]), option,
		    &k->m->times, &name, &(*to)[i], k->e) != 0)
			return -1;
		*n = i + 1;
		if (find_field(k, option, name, &field) != 0)
			return -1;
		(*to)[i].field = (unsigned)field;
	}
	return 0;
}

/* What map-decode names is a field of the feed, whether it is used or not. */
static int
make_decoded(const struct making *k)
{
	const struct opt_map *pairs = &k->m->f->decode;
	int field;

	for (uint32_t i = 0; i < pairs->n; i++)
		if (pairs->v[i].key != NULL && find_field(k, "map-decode",
		    slice_str(pairs->v[i].key), &field) != 0)
			return -1;
	return 0;
}

/* What does not change from record to record. */
static int
make_always(const struct making *k)
{
	struct map *m = k->m;
	const struct feed_options *f = m->f;
	const char *chain = f->default_kill_chain, *colon;
	const struct {
		const struct opt_list *from;
		struct slice_list *to;
	} lists[] = {
		{&f->default_labels, &m->labels_always},
		{&f->default_indicator_types, &m->indicator_types},
	};
	struct slice *next;
	size_t i;
	uint32_t n;

	m->words = next = calloc((size_t)f->default_labels.n +
	    f->default_indicator_types.n + 1, sizeof(*m->words));
	if (m->words == NULL)
		return err_set(k->e, ERR_MEMORY, "out of memory");
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		lists[i].to->v = next;
		lists[i].to->n = lists[i].from->n;
		for (n = 0; n < lists[i].from->n; n++)
			*next++ = slice_str(lists[i].from->v[n]);
	}
	m->threat = (struct claim_pair){f->threat_type != NULL ?
	    slice_str(f->threat_type) : SLICE("malware"),
	    slice_str(f->default_threat)};
	if (chain != NULL && (colon = strrchr(chain, ':')) != NULL)
		m->phase = (struct claim_pair){
		    {chain, (size_t)(colon - chain)}, slice_str(colon + 1)};
	return field_times_init(&m->times, f, k->e);
}

static uint64_t
settings_digest(const struct feed_options *f, const struct map_settings *s)
{
	char **lines = feed_options_list(f, NULL);
	uint64_t d = s->value_options;
	size_t i;

	for (i = 0; lines != NULL && lines[i] != NULL; i++) {
		d = digest64(lines[i], strlen(lines[i]), d);
		free(lines[i]);
	}
	free(lines);
	return d;
}

struct map *
map_new(const struct feed_options *f, const struct map_settings *s,
    map_resolve_fn *resolve, void *ctx, struct err *e)
{
	struct map *m = calloc(1, sizeof(*m));
	struct making k = {m, resolve, ctx, e};

	if (m == NULL)
		return err_set(e, ERR_MEMORY, "out of memory"), NULL;
	m->f = f;
	m->s = *s;
	m->digest = settings_digest(f, s);
	if (f->default_type != NULL)
		m->fixed = (int)value_type_code(slice_str(f->default_type));
	m->strict = f->type_unknown != NULL &&
	    strcmp(f->type_unknown, "reject") == 0;
	if (f->refang)
		m->s.value_options |= VALUE_REFANG;
	if (map_values_init(&m->texts, f, e) == 0 &&
	    make_key(&k) == 0 && make_fields(&k) == 0 &&
	    make_decoded(&k) == 0 &&
	    make_values(&k) == 0 && make_stated(&k) == 0 &&
	    make_always(&k) == 0 &&
	    make_predicates(&k, "map-ended", &f->ended, &m->ended,
	    &m->nended) == 0 &&
	    make_predicates(&k, "map-where", &f->where, &m->where,
	    &m->nwhere) == 0)
		return m;
	map_free(m);
	return NULL;
}

void
map_free(struct map *m)
{
	if (m == NULL)
		return;
	predicates_free(m->ended, m->nended);
	predicates_free(m->where, m->nwhere);
	map_values_free(&m->texts);
	field_times_free(&m->times);
	free(m->decoded);
	free(m->words);
	free(m->values);
	free(m->stated);
	free(m);
}

uint64_t
map_settings_digest(const struct map *m)
{
	return m->digest;
}
