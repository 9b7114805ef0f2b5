/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "base/value.h"
#include "sync/map_field.h"
#include "sync/map_template.h"
#include "sync/map_value.h"

#define TYPES_MAX 4
#define TEXTS_MAX 64  /* of one field */

/* One of map-value: a field and the types that it may be. */
struct map_value {
	unsigned field;
	struct map_template made; /* of several fields; n 0: of that one */
	unsigned ntypes;     /* 0: by the type field, the default or the text */
	int types[TYPES_MAX];
};

struct map {
	const struct feed_options *f;
	struct map_settings s;
	uint64_t digest;
	struct map_value *values;
	unsigned nvalues;
	int fixed;           /* default-type; 0: told from the text */
	bool strict;         /* a word for a type that is not known is rejected */
	/* fields; -1: none */
	int type, key, name, labels, threats, confidence;
	int created, valid_from, valid_until, first_seen, last_seen;
	int modified, tlp;   /* of rules */
	struct predicate *ended, *where;
	unsigned nended, nwhere;
	struct map_values texts;
	struct field_times times;
	/* what the options say of every record */
	struct slice *words;   /* of the two lists */
	struct slice_list labels_always, indicator_types;
	struct claim_pair threat, phase; /* the threat's name: where no field
	                                  * tells it; n 0: none */
	/* of the record at hand */
	struct object_value values_found[CLAIM_VALUES_MAX];
	struct slice labels_found[LIMIT_LIST];
	struct claim_pair threat_found;
};

/* ---- making ---------------------------------------------------------------- */

struct making {
	struct map *m;
	map_resolve_fn *resolve;
	void *ctx;
	struct err *e;
};

static int
find_field(const struct making *k, const char *option, struct slice name,
    int *field)
{
	*field = k->resolve(k->ctx, name);
	if (*field >= 0)
		return 0;
	if (k->e != NULL && k->e->code != ERR_NONE) /* resolve() says why */
		return err_context(k->e, "%s", option);
	return err_set(k->e, ERR_CONFIG, "%s: the feed has no field '%.*s'",
	    option, SLICE_ARG(name));
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
		{"map-key", f->key, &m->key, "id"},
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
		{"tlp", NULL, &m->tlp, "tlp"},
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

static int
make_template(const struct making *k, struct slice text,
    struct map_template *t)
{
	unsigned i;

	if (map_template_parse(text, t, k->e) != 0)
		return err_context(k->e, "map-value");
	for (i = 0; i < t->n; i++)
		if (t->parts[i].field >= 0 && find_field(k, "map-value",
		    t->parts[i].text, &t->parts[i].field) != 0)
			return -1;
	return 0;
}

/* "FIELD:type|type"; a field name may hold colons of its own. */
static int
make_value(const struct making *k, struct slice text, struct map_value *v)
{
	const char *colon = memrchr(text.p, ':', text.n), *p, *end;
	struct slice name = text, word;
	int field;

	v->ntypes = 0;
	if (colon != NULL) {
		p = colon + 1;
		end = text.p + text.n;
		while (p <= end && v->ntypes < TYPES_MAX) {
			const char *bar = memchr(p, '|', (size_t)(end - p));

			word = (struct slice){p, (size_t)((bar != NULL ? bar :
			    end) - p)};
			if (slice_is(word, "auto"))
				v->types[v->ntypes++] = VALUE_NONE;
			else if (value_type_code(word) != VALUE_NONE)
				v->types[v->ntypes++] =
				    (int)value_type_code(word);
			else
				return err_set(k->e, ERR_CONFIG, "map-value: "
				    "'%.*s' is no type of value; 'taxiway "
				    "types' lists them", SLICE_ARG(word));
			if (bar == NULL)
				break;
			p = bar + 1;
		}
		name.n = (size_t)(colon - text.p);
	}
	if (map_template_is(name))
		return make_template(k, name, &v->made);
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
		if (predicate_parse(slice_str(texts->v[i]), option, &name,
		    &(*to)[i], k->e) != 0)
			return -1;
		*n = i + 1;
		if (find_field(k, option, name, &field) != 0)
			return -1;
		(*to)[i].field = (unsigned)field;
	}
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
	    make_fields(&k) == 0 && make_values(&k) == 0 &&
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
	free(m->words);
	free(m->values);
	free(m);
}

uint64_t
map_settings_digest(const struct map *m)
{
	return m->digest;
}

/* ---- fields ---------------------------------------------------------------- */

/* The first text of a field that is not a word for nothing; absent if none. */
static struct slice
field_text(const struct map *m, const struct map_record *r, int field)
{
	struct slice text;

	if (field < 0 || r->get(r->ctx, (unsigned)field, &text, 1) == 0)
		return SLICE_NONE;
	text = slice_trim(text);
	return field_is_null(m->f, text) ? SLICE_NONE : text;
}

static int64_t
field_when(const struct map *m, const struct map_record *r, int field)
{
	struct slice text;
	int64_t t;

	if (field < 0)
		return TSTAMP_NONE;
	text = field_text(m, r, field);
	return text.n > 0 && field_times_read(&m->times, text, &t) == 0 ? t :
	    TSTAMP_NONE;
}

static bool
any_fits(const struct predicate *p, unsigned n, const struct map_record *r,
    bool all)
{
	struct slice texts[TEXTS_MAX];
	size_t i, k, found;

	for (i = 0; i < n; i++) {
		bool fits = false;

		found = r->get(r->ctx, p[i].field, texts, TEXTS_MAX);
		if (found == 0)
			texts[found++] = SLICE("");
		for (k = 0; k < found && !fits; k++)
			fits = predicate_fits(&p[i], slice_trim(texts[k]));
		if (fits != all)
			return fits;
	}
	return all;
}

static void
take_labels(struct map *m, const struct map_record *r, struct claim *c)
{
	char sep = m->f->label_separator != NULL ? m->f->label_separator[0] :
	    ',';
	const struct slice_list *always = &m->labels_always;
	struct slice texts[TEXTS_MAX], word;
	size_t i, n = 0, k = 0;

	if (m->labels >= 0)
		n = r->get(r->ctx, (unsigned)m->labels, texts, TEXTS_MAX);
	if (n == 0) {
		c->labels = *always; /* at most LIMIT_LIST are taken */
		return;
	}
	while (k < always->n && k < LIMIT_LIST) {
		m->labels_found[k] = always->v[k];
		k++;
	}
	for (i = 0; i < n; i++) {
		while (k < LIMIT_LIST && field_part(&texts[i], sep, &word)) {
			while (word.n > 0 && word.p[0] == '#')
				word.p++, word.n--;
			if (word.n > 0 && !field_is_null(m->f, word))
				m->labels_found[k++] = word;
		}
	}
	c->labels = (struct slice_list){m->labels_found, k};
}

static uint8_t
take_confidence(const struct map *m, const struct map_record *r)
{
	struct slice text = m->confidence >= 0 ?
	    field_text(m, r, m->confidence) : SLICE_NONE;
	const struct opt_map *words = &m->f->confidences;
	uint32_t i, n = 0;
	double number;

	for (i = 0; text.n > 0 && i < words->n; i++)
		if (words->v[i].key != NULL && field_same(text,
		    slice_str(words->v[i].key)) && opt_number(
		    words->v[i].value, 0, 100, &n) == 0)
			return (uint8_t)n;
	if (text.n > 0 && field_number(text, &number) == 0 && number >= 0)
		return number > 100 ? 100 : (uint8_t)number;
	if (m->f->default_confidence > 0)
		return (uint8_t)m->f->default_confidence;
	return CONFIDENCE_UNKNOWN;
}

/* What states no confidence is not sure of itself. */
static bool
is_sure(const struct map *m, const struct map_record *r)
{
	uint8_t confidence = m->f->min_confidence > 0 ?
	    take_confidence(m, r) : 100;

	return confidence != CONFIDENCE_UNKNOWN &&
	    confidence >= m->f->min_confidence;
}

/* Over: since it was last seen, where that makes sense, else since now. */
static void
take_end(const struct map *m, struct claim *c)
{
	int64_t end = m->s.now;

	if (c->last_seen != TSTAMP_NONE && c->last_seen < end &&
	    (c->valid_from == TSTAMP_NONE || c->last_seen > c->valid_from))
		end = c->last_seen;
	if (c->valid_until == TSTAMP_NONE || c->valid_until > end)
		c->valid_until = end;
}

/* The threat of the record, else that of the feed; none without a name. */
static void
take_threat(struct map *m, const struct map_record *r, struct claim *c)
{
	m->threat_found = m->threat;
	if (m->threats >= 0) {
		struct slice name = field_text(m, r, m->threats);

		if (name.n > 0)
			m->threat_found.b = name;
	}
	if (m->threat_found.b.n > 0) {
		c->threats = &m->threat_found;
		c->nthreats = 1;
	}
}

static void
take_context(struct map *m, const struct map_record *r, struct claim *c)
{
	c->key = field_text(m, r, m->key);
	c->name = field_text(m, r, m->name);
	take_labels(m, r, c);
	c->indicator_types = m->indicator_types;
	take_threat(m, r, c);
	if (m->phase.b.n > 0) {
		c->phases = &m->phase;
		c->nphases = 1;
	}
	c->confidence = take_confidence(m, r);
	c->created = field_when(m, r, m->created);
	c->modified = field_when(m, r, m->modified);
	if (m->tlp >= 0)
		c->tlp = (uint8_t)tlp_parse(field_text(m, r, m->tlp));
	c->valid_from = field_when(m, r, m->valid_from);
	c->valid_until = field_when(m, r, m->valid_until);
	c->first_seen = field_when(m, r, m->first_seen);
	c->last_seen = field_when(m, r, m->last_seen);
	if (m->nended > 0 && any_fits(m->ended, m->nended, r, false))
		take_end(m, c);
}

/* ---- values ---------------------------------------------------------------- */

#define TYPE_UNWANTED (-1)
#define TYPE_UNKNOWN (-2)

/* What a record's word for a type means: a type, VALUE_NONE for "look at the
 * text", or one of these. */
static int
stated_type(const struct map *m, struct slice word)
{
	const struct opt_map *map = &m->f->types;
	const char *means = NULL;
	uint32_t i;

	for (i = 0; i < map->n; i++) {
		const char *key = map->v[i].key;

		if (key != NULL && field_same(word, slice_str(key))) {
			means = map->v[i].value;
			break;
		}
		if (key == NULL || strcmp(key, "*") == 0)
			means = map->v[i].value;
	}
	if (means == NULL) {
		int type = (int)value_type_code(word);

		return type != VALUE_NONE ? type : TYPE_UNKNOWN;
	}
	if (strcmp(means, "skip") == 0)
		return TYPE_UNWANTED;
	return (int)value_type_code(slice_str(means));
}

struct taking {
	struct map *m;
	struct arena *a;
	struct object_value *values;
	size_t n;
	enum value_reason why;  /* of the first that was none */
	bool unwanted;          /* one was of a type that is not wanted */
	struct slice bad;
};

static struct object_value *
next_value(struct taking *t)
{
	struct object_value *v;

	if (t->n >= CLAIM_VALUES_MAX)
		return NULL;
	v = &t->values[t->n];
	*v = (struct object_value){.group = 0};
	return v;
}

/* A value that was read, unless a filter is against it. */
static enum value_reason
keep_value(struct taking *t, const struct object_value *v)
{
	if (!map_values_wants(&t->m->texts, v->value.type)) {
		t->unwanted = true;
		return VALUE_OK;
	}
	if (map_values_wide(&t->m->texts, &v->value))
		return VALUE_BAD_WIDE;
	t->n++;
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
	if (type == VALUE_URL)
		text = map_values_url(&t->m->texts, text, t->a);
	why = claim_value(t->a, (enum value_type)type, text,
	    t->m->s.value_options, &v->value);
	return why == VALUE_OK ? keep_value(t, v) : why;
}

/* "a-b": the networks that cover the range. */
static bool
take_range(struct taking *t, struct slice text)
{
	uint64_t first;
	uint32_t last;
	struct object_value *v;
	struct range_net net;

	if (!field_range(text, &first, &last))
		return false;
	while (range_next(&first, last, &net)) {
		v = next_value(t);
		if (v == NULL)
			break;
		if (value_normalise(t->a, VALUE_IPV4,
		    (struct slice){net.text, net.n}, t->m->s.value_options,
		    &v->value) != VALUE_OK || keep_value(t, v) != VALUE_OK)
			t->why = VALUE_BAD_WIDE;
	}
	return true;
}

static void
take_text(struct taking *t, const struct map_value *mv, int stated,
    struct slice text)
{
	enum value_reason why = VALUE_BAD_SYNTAX;
	const char *port = t->m->f->port;
	unsigned i, n = mv->ntypes;

	text = map_values_edit(&t->m->texts, slice_trim(text), t->a);
	if (text.n == 0 || field_is_null(t->m->f, text))
		return;
	if (port != NULL && strcmp(port, "keep") != 0)
		text = field_without_port(text, strcmp(port, "strip-v6") == 0);
	if (take_range(t, text))
		return;
	if (n == 0)
		why = take_typed(t, stated != VALUE_NONE ? stated :
		    t->m->fixed, text);
	for (i = 0; i < n && why != VALUE_OK; i++)
		why = take_typed(t, mv->types[i], text);
	if (why != VALUE_OK && t->why == VALUE_OK) {
		t->why = why;
		t->bad = text;
	}
}

/* A field that may hold several. */
static void
take_texts(struct taking *t, const struct map_value *mv, int stated,
    struct slice rest)
{
	struct slice part;

	while (map_values_part(&t->m->texts, &rest, &part))
		take_text(t, mv, stated, part);
}

struct record_of {
	const struct map *m;
	const struct map_record *r;
};

static struct slice
template_field(const void *ctx, int field)
{
	const struct record_of *of = ctx;

	return field_text(of->m, of->r, field);
}

/* All that one of map-value finds in a record. */
static void
take_value(struct taking *t, const struct map_value *mv,
    const struct map_record *r, int stated)
{
	const struct record_of of = {t->m, r};
	struct slice texts[TEXTS_MAX];
	size_t i, n;

	if (mv->made.n > 0) {
		take_texts(t, mv, stated, map_template_make(&mv->made,
		    template_field, &of, t->a));
		return;
	}
	n = r->get(r->ctx, mv->field, texts, TEXTS_MAX);
	for (i = 0; i < n; i++)
		take_texts(t, mv, stated, texts[i]);
}

enum map_result
map_record(struct map *m, const struct map_record *r, struct arena *a,
    struct claim *c, enum reject_reason *why, struct slice *detail)
{
	struct taking t = {.m = m, .a = a, .values = m->values_found};
	struct slice word;
	int stated = VALUE_NONE;
	size_t i;

	if ((m->nwhere > 0 && !any_fits(m->where, m->nwhere, r, true)) ||
	    !is_sure(m, r))
		return MAP_SKIP;
	if (m->type >= 0) {
		word = field_text(m, r, m->type);
		stated = stated_type(m, word);
	}
	if (stated == TYPE_UNKNOWN && m->strict)
		return *why = REJECT_FIELD, *detail = word, MAP_REJECT;
	if (stated < 0)
		return MAP_SKIP;
	if (m->s.rules) {
		claim_init(c);
		take_context(m, r, c);
		c->rule = r->rule;
		c->rule_type = r->rule_type;
		c->revoked = r->off;
		return MAP_CLAIM;
	}
	for (i = 0; i < m->nvalues; i++)
		take_value(&t, &m->values[i], r, stated);
	if (t.n == 0 && t.unwanted && t.why == VALUE_OK)
		return MAP_SKIP;
	if (t.n == 0) {
		*why = claim_reject(t.why);
		*detail = t.bad;
		return MAP_REJECT;
	}
	claim_init(c);
	c->values = m->values_found;
	c->nvalues = t.n;
	take_context(m, r, c);
	return MAP_CLAIM;
}
