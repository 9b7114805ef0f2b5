/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules out of the store.  Uses the public reader library. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/digest.h"
#include "base/grow.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/rules.h"

#define READ_RENEW 100000 /* objects walked in one snapshot */

struct reading {
	struct cmd *c;
	const struct rules_opts *o;
	struct rule_set *s;
	struct rule_cut *cut;
	const struct tw_object *object; /* at hand */
	uint32_t found;                 /* rules in its text */
};

void
rules_init(struct rule_set *s, enum rule_format f)
{
	memset(s, 0, sizeof(*s));
	s->format = f;
	arena_init(&s->arena, LIMIT_EXPORT_RULES);
}

void
rules_free(struct rule_set *s)
{
	arena_free(&s->arena);
	free(s->v);
	free(s->order);
}

static struct slice
copy(struct rule_set *s, struct slice text)
{
	return text.p != NULL ? arena_slice(&s->arena, text) : SLICE("");
}

static struct out_rule *
room(struct rule_set *s)
{
	struct out_rule *v;

	if (s->n == s->cap) {
		v = s->n < LIMIT_SEEN ? grow(s->v, &s->cap, sizeof(*v)) : NULL;
		if (v == NULL)
			return NULL;
		s->v = v;
	}
	memset(&s->v[s->n], 0, sizeof(s->v[0]));
	return &s->v[s->n];
}

static int
take_words(struct rule_set *s, struct out_rule *to, const struct rule *r)
{
	size_t i;

	to->words = arena_alloc(&s->arena, (r->nwords + 1) *
	    sizeof(*to->words));
	if (to->words == NULL)
		return -1;
	for (i = 0; i < r->nwords; i++)
		to->words[to->nwords++] = copy(s, r->words[i]);
	for (i = 0; i < r->nimports && i < ARRAY_LEN(to->imports); i++)
		to->imports[to->nimports++] = copy(s, r->imports[i]);
	return 0;
}

static void
take_claim(struct rule_set *s, struct out_rule *to, const struct tw_claim *k)
{
	to->source = copy(s, SLICE_OF(k->source));
	to->sources = to->source;
	to->object = copy(s, SLICE_OF(k->id));
	to->modified = k->modified;
	to->valid_from = k->valid_from;
	to->valid_until = k->valid_until;
	to->tlp = k->tlp;
	to->confidence = k->score != TW_UNKNOWN ? k->score : k->confidence;
}

/* What must not be written because a feed says so. */
static const char *
is_dangerous(const struct rule *r)
{
	if (slice_is(rule_get(r, "scope"), "global"))
		return "it is global, and decides about all other rules "
		    "(--trusted takes it)";
	if (rule_get(r, "meta.files").n > 0)
		return "it names files or scripts of the sensor (--trusted "
		    "takes it)";
	return NULL;
}

static int
on_rule(void *ctx, const struct rule *r, uint64_t offset, struct err *e)
{
	struct reading *g = ctx;
	struct out_rule *to = room(g->s);
	struct slice id = rule_get(r, "id");

	(void)offset;
	g->found++;
	if (to == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for rules");
	if (r->disabled) {
		g->s->inactive++;
		return 0;
	}
	to->id = copy(g->s, id.n > 0 ? id : rule_get(r, "name"));
	to->text = copy(g->s, r->text);
	to->digest = digest64(r->text.p, r->text.n, 0);
	to->version = rule_version(r);
	to->is_private = slice_is(rule_get(r, "scope"), "private");
	to->many = g->s->format == RULE_SIGMA && r->text.n > 0 &&
	    memmem(r->text.p, r->text.n, "\n---", 4) != NULL;
	if (!g->o->trusted)
		to->out = is_dangerous(r);
	if (memchr(r->text.p, '\0', r->text.n) != NULL)
		to->out = "it holds a NUL";
	take_claim(g->s, to, &g->object->claim);
	if (take_words(g->s, to, r) != 0 || to->text.p == NULL ||
	    to->id.p == NULL || to->object.p == NULL)
		return err_set(e, ERR_LIMIT, "the rules take more than %u MiB",
		    LIMIT_EXPORT_RULES / MIB(1));
	g->s->n++;
	return 0;
}

static int
on_bad(void *ctx, struct slice text, uint64_t offset, const char *why,
    struct err *e)
{
	struct reading *g = ctx;

	(void)text;
	(void)offset;
	(void)e;
	g->found++;
	g->s->unread++;
	if (g->c->verbose)
		fprintf(stderr, "taxiway: %.*s of %.*s: left out: %s\n",
		    (int)g->object->id.n, g->object->id.p,
		    (int)g->object->source.n, g->object->source.p, why);
	return 0;
}

/* The pattern out of an object's own bytes. */
static int
cut_json(struct reading *g, const struct tw_object *o, struct err *e)
{
	char source[LIMIT_SOURCE_NAME + 1], id[LIMIT_ID + 1];
	struct tw_object whole;
	const char *text = NULL;
	json_t *json, *pattern;
	int rc;

	if (o->source.n >= sizeof(source) || o->id.n >= sizeof(id))
		return 0;
	memcpy(source, o->source.p, o->source.n);
	source[o->source.n] = '\0';
	memcpy(id, o->id.p, o->id.n);
	id[o->id.n] = '\0';
	rc = tw_object_get(g->c->snap, id, source, &whole);
	if (rc != TW_OK)
		return rc == TW_NOT_FOUND ? 0 : cmd_fail(e, rc, g->c->store);
	json = json_loadb(whole.json.p != NULL ? whole.json.p : "",
	    whole.json.n, JSON_ALLOW_NUL, NULL);
	pattern = json_object_get(json, "pattern");
	if ((text = json_string_value(pattern)) != NULL)
		rc = rule_cut_text(g->cut, (struct slice){text,
		    json_string_length(pattern)}, e);
	json_decref(json);
	return rc;
}

static bool
is_excluded(const struct rules_opts *o, const struct tw_object *k)
{
	return (o->source != NULL && (k->source.n != strlen(o->source) ||
	    memcmp(k->source.p, o->source, k->source.n) != 0)) ||
	    (o->min_confidence > 0 && (k->claim.confidence == TW_UNKNOWN ||
	    k->claim.confidence < o->min_confidence));
}

static int
take_object(struct reading *g, const struct tw_object *o, struct err *e)
{
	const struct tw_claim *k = &o->claim;
	struct slice type = {k->pattern_type.p, k->pattern_type.n};
	int rc;

	if (type.n == 0 || rule_format_find(type) != (int)g->s->format ||
	    is_excluded(g->o, o))
		return 0;
	if (k->state != TW_ACTIVE) {
		g->s->inactive++;
		return 0;
	}
	g->object = o;
	g->found = 0;
	rc = k->pattern.p != NULL ? rule_cut_text(g->cut,
	    SLICE_OF(k->pattern), e) :
	    cut_json(g, o, e);
	if (rc == 0 && g->found == 0)
		return on_bad(g, SLICE(""), 0, "it holds no rule", e);
	return rc;
}

int
rules_read(struct cmd *c, const struct rules_opts *o, struct rule_set *s,
    struct err *e)
{
	struct reading g = {.c = c, .o = o, .s = s};
	const struct rule_sink sink = {on_rule, on_bad, &g};
	struct tw_cursor cursor = {0};
	struct tw_object object;
	uint64_t walked = 0;
	int rc;

	g.cut = rule_cut_new(s->format, &sink, e);
	if (g.cut == NULL)
		return -1;
	while ((rc = tw_object_next(c->snap, &cursor, 0, &object)) == TW_OK) {
		if (take_object(&g, &object, e) != 0)
			break;
		if (++walked % READ_RENEW == 0 &&
		    (rc = tw_snapshot_renew(c->snap)) != TW_OK)
			break;
	}
	rule_cut_free(g.cut);
	if (e->code != ERR_NONE)
		return -1;
	return rc == TW_END ? 0 : cmd_fail(e, rc, c->store);
}
