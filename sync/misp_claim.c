/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes and objects to claims. */
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/reduce.h"
#include "sync/misp.h"
#include "sync/misp_type.h"

/* The values of one claim on their way. */
struct taking {
	const struct misp_wish *w;
	struct arena *a;
	struct object_value *values; /* CLAIM_VALUES_MAX of them */
	size_t n;
	enum value_reason why;       /* of the first text that was none */
	struct slice bad;
	struct slice rule, rule_type;
	bool full;
};

static const struct misp_type *
type_of(struct misp_json o)
{
	return misp_type_find(misp_text(o, "type"));
}

/* ---- values ---------------------------------------------------------------- */

static struct object_value *
room(struct taking *t)
{
	if (t->n == CLAIM_VALUES_MAX) {
		t->full = true;
		return NULL;
	}
	return &t->values[t->n];
}

/* A text as a value; `compound`: it is part of more. */
static void
take_value(struct taking *t, unsigned type, struct slice text, bool compound)
{
	struct object_value *v = room(t);
	enum value_reason why;

	if (type == VALUE_NONE || v == NULL)
		return;
	*v = (struct object_value){.oflags = compound ? OVF_COMPOUND : 0};
	why = value_normalise(t->a, (enum value_type)type, text,
	    t->w->value_options, &v->value);
	if (why != VALUE_OK && type == VALUE_IPV4)
		why = value_normalise(t->a, VALUE_IPV6, text,
		    t->w->value_options, &v->value) == VALUE_OK ? VALUE_OK :
		    why;
	if (why == VALUE_OK) {
		t->n++;
	} else if (t->why == VALUE_OK) {
		t->why = why;
		t->bad = text;
	}
}

/* The values of a STIX pattern.  What does not reduce gives none. */
static void
take_pattern(struct taking *t, struct slice text)
{
	struct err e = ERR_INIT;
	struct object_value *v;
	struct reduction r;
	size_t i;

	if (reduce_text(t->a, text, t->w->value_options, &r, &e) != 0 ||
	    r.nvalues == 0) {
		t->why = VALUE_BAD_SYNTAX;
		t->bad = text;
		return;
	}
	for (i = 0; i < r.nvalues && (v = room(t)) != NULL; i++) {
		*v = (struct object_value){.value = r.values[i].value,
		    .oflags = r.values[i].compound ? OVF_COMPOUND : 0,
		    .group = (uint16_t)r.values[i].group};
		t->n++;
	}
}

/* An attribute's value by its type.  Halves stand on both sides of the last '|' of
 * what ends with one, of the first otherwise. */
static void
take_text(struct taking *t, const struct misp_type *type, struct slice text)
{
	const char *bar = text.n == 0 ? NULL : type->use == MISP_SECOND ?
	    memrchr(text.p, '|', text.n) : memchr(text.p, '|', text.n);
	struct slice first = text, second = text;

	if (bar != NULL) {
		first.n = (size_t)(bar - text.p);
		second = (struct slice){bar + 1, text.n - first.n - 1};
	}
	switch ((enum misp_use)type->use) {
	case MISP_VALUE:
		take_value(t, type->first, text, false);
		break;
	case MISP_BOTH:
		take_value(t, type->first, first, false);
		if (bar != NULL)
			take_value(t, type->second, second, false);
		break;
	case MISP_FIRST:
		take_value(t, type->first, first, false);
		break;
	case MISP_SECOND:
		if (bar != NULL && first.n > 0)
			take_value(t, type->first, first, true);
		take_value(t, type->second, second, false);
		break;
	case MISP_PAIR:
		take_value(t, type->first, first, bar != NULL);
		break;
	case MISP_PATTERN:
		take_pattern(t, text);
		break;
	case MISP_RULE:
		t->rule = text;
		t->rule_type = slice_str(type->rule);
		break;
	case MISP_CONTEXT:
	default:
		break;
	}
}

/* ---- claims ---------------------------------------------------------------- */

/* One of the words of misp-types, or no words. */
static bool
type_wanted(const struct misp_wish *w, struct slice type)
{
	uint32_t i;

	for (i = 0; i < w->f->misp_types.n; i++)
		if (slice_is(type, w->f->misp_types.v[i]))
			return true;
	return w->f->misp_types.n == 0;
}

/* Is it, now, something to look for? */
static bool
for_detection(const struct misp_wish *w, struct misp_json o)
{
	return !misp_true(o, "deleted", false) &&
	    (w->f->misp_no_ids || misp_true(o, "to_ids", false));
}

static struct slice
made(struct arena *a, const char *before, struct slice word)
{
	size_t n = strlen(before);
	char *p = arena_alloc(a, n + word.n + 2);

	if (p == NULL)
		return SLICE_NONE;
	memcpy(p, before, n);
	memcpy(p + n, word.p, word.n);
	p[n + word.n] = '"';
	return (struct slice){p, n + word.n + 1};
}

static int
take_id(struct misp_json o, struct arena *a, struct claim *c)
{
	struct idkey id;

	if (misp_id(STIX_INDICATOR, misp_text(o, "uuid"), &id) != 0)
		return -1;
	c->id = arena_dup(a, &id, sizeof(id));
	return c->id != NULL ? 0 : -1;
}

/* What neither the attribute nor its event says. */
static void
take_defaults(const struct feed_options *f, struct misp_context *m)
{
	const char *chain = f->default_kill_chain, *colon;
	uint32_t i;

	if (m->confidence == CONFIDENCE_UNKNOWN && f->default_confidence > 0)
		m->confidence = (uint8_t)f->default_confidence;
	if (m->nthreats == 0 && f->default_threat != NULL)
		m->threats[m->nthreats++] = (struct claim_pair){
		    f->threat_type != NULL ? slice_str(f->threat_type) :
		    SLICE("malware"), slice_str(f->default_threat)};
	if (m->nphases == 0 && chain != NULL &&
	    (colon = strrchr(chain, ':')) != NULL)
		m->phases[m->nphases++] = (struct claim_pair){
		    {chain, (size_t)(colon - chain)}, slice_str(colon + 1)};
	for (i = 0; i < f->default_labels.n && m->nlabels < LIMIT_LIST; i++)
		m->labels[m->nlabels++] = slice_str(f->default_labels.v[i]);
}

/* Everything but the values.  0; -1: it has no identifier. */
static int
take_context(const struct misp_wish *w, const struct misp_event *ev, struct misp_json o,
    const struct misp_context *m, struct slice type, struct arena *a,
    struct claim *c)
{
	struct misp_context *all = arena_dup(a, m, sizeof(*m));
	struct slice category = misp_text(o, "category");
	struct slice *labels;

	if (all == NULL || take_id(o, a, c) != 0)
		return -1;
	misp_context_within(all, &ev->context);
	take_defaults(w->f, all);
	labels = arena_alloc(a, (all->nlabels + 2) * sizeof(*labels));
	if (labels == NULL)
		return -1;
	memcpy(labels, all->labels, all->nlabels * sizeof(*labels));
	c->labels = (struct slice_list){labels, all->nlabels};
	if (category.n > 0)
		labels[c->labels.n++] = made(a, "misp:category=\"", category);
	if (type.n > 0)
		labels[c->labels.n++] = made(a, "misp:type=\"", type);
	c->threats = all->threats;
	c->nthreats = all->nthreats;
	c->phases = all->phases;
	c->nphases = all->nphases;
	c->tlp = all->tlp;
	c->confidence = all->confidence;
	c->benign = all->benign;
	c->name = ev->info;
	if (ev->has_orgc)
		c->created_by = &ev->orgc;
	c->modified = misp_time(o, "timestamp");
	c->first_seen = misp_time(o, "first_seen");
	c->last_seen = misp_time(o, "last_seen");
	c->valid_from = c->first_seen;
	return 0;
}

static enum misp_result
finish(struct taking *t, struct claim *c, enum reject_reason *why,
    struct slice *detail)
{
	*detail = t->bad;
	*why = claim_reject(t->why);
	if (t->n == 0 && t->rule.n == 0)
		return t->why == VALUE_OK ? MISP_SKIP : MISP_REJECT;
	c->values = t->values;
	c->nvalues = t->n;
	if (t->n == 0) {
		c->rule = t->rule;
		c->rule_type = t->rule_type;
	}
	return MISP_CLAIM;
}

static int
begin(struct taking *t, const struct misp_wish *w, struct arena *a,
    struct claim *c)
{
	claim_init(c);
	*t = (struct taking){.w = w, .a = a};
	t->values = arena_alloc(a, CLAIM_VALUES_MAX * sizeof(*t->values));
	return t->values != NULL ? 0 : -1;
}

enum misp_result
misp_attribute(const struct misp_wish *w, const struct misp_event *ev,
    struct misp_json o, struct arena *a, struct claim *c,
    enum reject_reason *why, struct slice *detail)
{
	const struct misp_type *type = type_of(o);
	struct misp_context own;
	struct taking t;

	*why = REJECT_RECORD;
	*detail = SLICE_NONE;
	if (type == NULL || type->use == MISP_CONTEXT ||
	    !type_wanted(w, misp_text(o, "type")))
		return MISP_SKIP;
	if (begin(&t, w, a, c) != 0)
		return MISP_REJECT;
	c->revoked = !for_detection(w, o);
	if (c->revoked && !w->removals)
		return MISP_SKIP;
	take_text(&t, type, misp_text(o, "value"));
	misp_tags(o, a, &own);
	if (take_context(w, ev, o, &own, misp_text(o, "type"), a, c) != 0) {
		*why = REJECT_BAD_ID;
		*detail = misp_text(o, "uuid");
		return MISP_REJECT;
	}
	return finish(&t, c, why, detail);
}

/* Attribute i of an object, as far as its type says anything. */
static void
take_member(struct taking *t, struct misp_json at)
{
	const struct misp_type *type = type_of(at);

	if (type != NULL && type->use != MISP_RULE &&
	    type_wanted(t->w, misp_text(at, "type")))
		take_text(t, type, misp_text(at, "value"));
}

enum misp_result
misp_object(const struct misp_wish *w, const struct misp_event *ev,
    struct misp_json o, struct arena *a, struct claim *c,
    enum reject_reason *why, struct slice *detail)
{
	struct misp_json list, at = {o.tree, 0};
	struct misp_context own, one;
	bool gone = misp_true(o, "deleted", false);
	struct taking t;
	unsigned wanted = 0;

	*why = REJECT_RECORD;
	*detail = SLICE_NONE;
	if (!misp_member(o, "Attribute", &list))
		return MISP_SKIP;
	if (begin(&t, w, a, c) != 0)
		return MISP_REJECT;
	misp_context_init(&own);
	for (at.node = o.tree->nodes[list.node].first; at.node != 0;
	    at.node = o.tree->nodes[at.node].next) {
		if (gone || !for_detection(w, at))
			continue;
		wanted++;
		take_member(&t, at);
		misp_tags(at, a, &one);
		if (one.tlp > own.tlp)
			own.tlp = one.tlp;
		misp_context_within(&own, &one);
	}
	if (t.full)
		return MISP_SINGLY;
	c->revoked = t.n == 0;
	if (c->revoked && !w->removals)
		return wanted > 0 && t.why != VALUE_OK ? finish(&t, c, why,
		    detail) : MISP_SKIP;
	/* What it held stays on record with its end. */
	for (at.node = c->revoked ? o.tree->nodes[list.node].first : 0;
	    at.node != 0; at.node = o.tree->nodes[at.node].next)
		take_member(&t, at);
	if (take_context(w, ev, o, &own, misp_text(o, "name"), a, c) != 0) {
		*why = REJECT_BAD_ID;
		*detail = misp_text(o, "uuid");
		return MISP_REJECT;
	}
	return finish(&t, c, why, detail);
}
