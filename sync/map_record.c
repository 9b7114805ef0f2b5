/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map.h"

#include "base/tlp.h"
#include "base/tstamp.h"
#include "sync/map_int.h"

struct slice
map_field_text(const struct map *m, const struct map_record *r, int field)
{
	struct slice room, text;
	const struct slice *found;

	if (field < 0 || map_field_texts(r, (unsigned)field, &room, 1,
	    &found) == 0)
		return SLICE_NONE;
	text = slice_trim(*found);
	return field_is_null(m->f, text) ? SLICE_NONE : text;
}

struct record_of {
	const struct map *m;
	const struct map_record *r;
};

static struct slice
template_field(const void *ctx, int field)
{
	const struct record_of *of = ctx;

	return map_field_text(of->m, of->r, field);
}

struct slice
map_made_text(const struct map *m, const struct map_record *r,
    const struct map_template *made, struct arena *a)
{
	const struct record_of of = {m, r};

	return map_template_make(made, template_field, &of, a);
}

static int64_t
field_when(const struct map *m, const struct map_record *r, int field)
{
	struct slice text;
	int64_t t;

	if (field < 0)
		return TSTAMP_NONE;
	text = map_field_text(m, r, field);
	return text.n > 0 && field_times_read(&m->times, text, &t) == 0 ? t :
	    TSTAMP_NONE;
}

/* "0000-00-00 00:00:00" is how databases write that there is none. */
static bool
is_zeros(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("0-:. TZ", text.p[i]) == NULL)
			return false;
	return true;
}

/* When it begins or ends.  What is no time bounds nothing; *odd is then the
 * text, so that whoever asks why an entry does not end can be told. */
static int64_t
field_bound(const struct map *m, const struct map_record *r, int field,
    struct slice *odd)
{
	int64_t t = field_when(m, r, field);
	struct slice text;

	if (t != TSTAMP_NONE || field < 0)
		return t;
	text = map_field_text(m, r, field);
	if (text.n > 0 && !is_zeros(text))
		*odd = text;
	return t;
}

static bool
any_fits(const struct predicate *p, unsigned n, const struct map_record *r,
    bool all)
{
	struct slice room[MAP_TEXTS_MAX];
	const struct slice *texts;
	size_t i, k, found;

	for (i = 0; i < n; i++) {
		bool fits = false;

		found = map_field_texts(r, p[i].field, room, MAP_TEXTS_MAX,
		    &texts);
		if (found == 0)
			fits = predicate_fits(&p[i], SLICE(""));
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
	struct slice room[MAP_TEXTS_MAX], rest, word;
	const struct slice *texts;
	size_t i, n = 0, k = 0;

	if (m->labels >= 0)
		n = map_field_texts(r, (unsigned)m->labels, room, MAP_TEXTS_MAX,
		    &texts);
	if (n == 0) {
		c->labels = *always; /* at most LIMIT_LIST are taken */
		return;
	}
	while (k < always->n && k < LIMIT_LIST) {
		m->labels_found[k] = always->v[k];
		k++;
	}
	for (i = 0; i < n; i++) {
		rest = texts[i];
		while (k < LIMIT_LIST && field_part(&rest, sep, &word)) {
			while (word.n > 0 && word.p[0] == '#')
				word.p++, word.n--;
			if (word.n > 0 && !field_is_null(m->f, word))
				m->labels_found[k++] = word;
		}
	}
	c->labels = (struct slice_list){m->labels_found, k};
}

static uint8_t
one_confidence(const struct opt_map *words, struct slice text)
{
	uint32_t i, n = 0;
	double number;

	for (i = 0; text.n > 0 && i < words->n; i++)
		if (words->v[i].key != NULL && field_same(text,
		    slice_str(words->v[i].key)) && opt_number(
		    words->v[i].value, 0, 100, &n) == 0)
			return (uint8_t)n;
	if (text.n > 0 && field_number(text, &number) == 0 && number >= 0)
		return number > 100 ? 100 : (uint8_t)number;
	return CONFIDENCE_UNKNOWN;
}

/* The greatest of several: a score for each category, or each source. */
static uint8_t
stated_confidence(const struct map *m, const struct map_record *r)
{
	struct slice room[MAP_TEXTS_MAX];
	const struct slice *texts;
	size_t i, n = map_field_texts(r, (unsigned)m->confidence, room,
	    MAP_TEXTS_MAX, &texts);
	uint8_t one, found = CONFIDENCE_UNKNOWN;

	for (i = 0; i < n; i++) {
		struct slice text = slice_trim(texts[i]);

		one = field_is_null(m->f, text) ? CONFIDENCE_UNKNOWN :
		    one_confidence(&m->f->confidences, text);
		if (found == CONFIDENCE_UNKNOWN ||
		    (one != CONFIDENCE_UNKNOWN && one > found))
			found = one;
	}
	return found;
}

static inline uint8_t
take_confidence(const struct map *m, const struct map_record *r)
{
	uint8_t stated = m->confidence >= 0 ? stated_confidence(m, r) :
	    CONFIDENCE_UNKNOWN;

	return stated != CONFIDENCE_UNKNOWN || m->f->default_confidence == 0 ?
	    stated : (uint8_t)m->f->default_confidence;
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
		struct slice name = map_field_text(m, r, m->threats);

		if (name.n > 0)
			m->threat_found.b = name;
	}
	if (m->threat_found.b.n > 0) {
		c->threats = &m->threat_found;
		c->nthreats = 1;
	}
}

/* The strictest of all that it names. */
static uint8_t
take_tlp(const struct map *m, const struct map_record *r)
{
	struct slice room[MAP_TEXTS_MAX];
	const struct slice *texts;
	size_t i, n = map_field_texts(r, (unsigned)m->tlp, room, MAP_TEXTS_MAX,
	    &texts);
	enum tlp found = TLP_UNKNOWN;

	for (i = 0; i < n; i++) {
		enum tlp one = tlp_parse(slice_trim(texts[i]));

		if (one > found)
			found = one;
	}
	return (uint8_t)found;
}

static void
take_context(struct map *m, const struct map_record *r, struct arena *a,
    struct claim *c, struct slice *odd)
{
	c->key = m->key_made.n == 0 ? map_field_text(m, r, m->key) :
	    map_made_text(m, r, &m->key_made, a);
	c->name = map_field_text(m, r, m->name);
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
		c->tlp = take_tlp(m, r);
	c->valid_from = field_bound(m, r, m->valid_from, odd);
	c->valid_until = field_bound(m, r, m->valid_until, odd);
	c->first_seen = field_when(m, r, m->first_seen);
	c->last_seen = field_when(m, r, m->last_seen);
	if (m->nended > 0 && any_fits(m->ended, m->nended, r, false))
		take_end(m, c);
}

static enum map_result
read_record(struct map *m, const struct map_record *r, struct arena *a,
    struct claim *c, enum reject_reason *why, struct slice *detail)
{
	struct map_taken t;
	static const struct map_types unsaid = {.n = 0};
	const struct map_types *types = &unsaid;
	struct map_types room;
	enum map_stated stated = MAP_STATED;
	struct slice word;

	*detail = SLICE_NONE;
	if ((m->nwhere > 0 && !any_fits(m->where, m->nwhere, r, true)) ||
	    !is_sure(m, r))
		return MAP_SKIP;
	if (m->type >= 0) {
		word = map_field_text(m, r, m->type);
		stated = map_stated_types(m, word, &room, &types);
	}
	if (stated == MAP_UNKNOWN && m->strict)
		return *why = REJECT_FIELD, *detail = word, MAP_REJECT;
	if (stated != MAP_STATED)
		return MAP_SKIP;
	if (m->s.rules) {
		claim_init(c);
		take_context(m, r, a, c, detail);
		c->rule = r->rule;
		c->rule_type = r->rule_type;
		c->revoked = r->off;
		return MAP_CLAIM;
	}
	t = map_take_values(m, r, types, a);
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
	take_context(m, r, a, c, detail);
	return MAP_CLAIM;
}

/* ---- fields that are written in another way --------------------------------- */

struct decoding {
	const struct map *m;
	const struct map_record *r;
	struct arena *a;
	struct slice bad; /* the first text that could not be read */
};

static size_t
get_decoded(void *ctx, unsigned field, struct slice *texts, size_t max)
{
	struct decoding *d = ctx;
	const struct slice *found;
	struct slice text;
	size_t i, k, n = map_field_texts(d->r, field, texts, max, &found);

	if (found != texts && n > 0)
		texts[0] = *found;
	for (i = 0; i < d->m->ndecoded; i++) {
		if (d->m->decoded[i].field != field)
			continue;
		for (k = 0; k < n; k++) {
			text = slice_trim(texts[k]);
			if (field_is_null(d->m->f, text))
				continue;
			texts[k] = map_decode(d->m->decoded[i].how, text,
			    d->a);
			if (texts[k].p != NULL)
				continue;
			texts[k] = SLICE("");
			if (d->bad.n == 0)
				d->bad = text;
		}
	}
	return n;
}

/* What cannot be read costs the record where that leaves nothing of it. */
enum map_result
map_record(struct map *m, const struct map_record *r, struct arena *a,
    struct claim *c, enum reject_reason *why, struct slice *detail)
{
	struct decoding d = {m, r, a, SLICE_NONE};
	struct map_record decoded;
	enum map_result result;

	if (m->ndecoded == 0)
		return read_record(m, r, a, c, why, detail);
	decoded = *r;
	decoded.get = get_decoded;
	decoded.ctx = &d;
	result = read_record(m, &decoded, a, c, why, detail);
	if (result == MAP_CLAIM || d.bad.n == 0)
		return result;
	*why = REJECT_FIELD;
	*detail = d.bad;
	return MAP_REJECT;
}
