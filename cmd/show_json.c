/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_json.h"

#include <string.h>

#include "base/slice.h"
#include "cmd/object_json.h"
#include "cmd/show_allow.h"
#include "cmd/timeline.h"

static bool
item_seen(struct tw_str (*seen)[2], size_t n, struct tw_str a, struct tw_str b)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (seen[i][0].n == a.n && seen[i][1].n == b.n &&
		    memcmp(seen[i][0].p, a.p, a.n) == 0 &&
		    (b.n == 0 || memcmp(seen[i][1].p, b.p, b.n) == 0))
			return true;
	return false;
}

/* The union of a list over n claims, each item once. */
static void
items_json(struct jw *j, const char *key, tw_snapshot *snap,
    const struct tw_claim *claims, size_t nclaims, int what)
{
	struct tw_str seen[64][2], a, b;
	size_t n = 0, i, pos;

	jw_key(j, key);
	jw_begin(j, '[');
	for (i = 0; i < nclaims; i++) {
		pos = 0;
		while (tw_claim_item(snap, &claims[i], what, &pos, &a,
		    &b) == TW_OK) {
			if (item_seen(seen, n, a, b) || n == ARRAY_LEN(seen))
				continue;
			seen[n][0] = a;
			seen[n++][1] = b;
			if (what != TW_KILL_CHAIN) {
				jw_text(j, a.p, a.n);
				continue;
			}
			jw_begin(j, '{');
			jw_kstr(j, "kill_chain_name", a);
			jw_kstr(j, "phase_name", b);
			jw_end(j, '}');
		}
	}
	jw_end(j, ']');
}

static void
percent_json(struct jw *j, const char *key, uint8_t confidence)
{
	jw_key(j, key);
	if (confidence == TW_UNKNOWN)
		jw_null(j);
	else
		jw_number(j, confidence);
}

static void
lists_json(struct jw *j, tw_snapshot *snap, const struct tw_claim *claims,
    size_t n)
{
	items_json(j, "labels", snap, claims, n, TW_LABELS);
	items_json(j, "indicator_types", snap, claims, n, TW_INDICATOR_TYPES);
	items_json(j, "kill_chain", snap, claims, n, TW_KILL_CHAIN);
}

/* What the active claims come to together. */
static void
quality_json(struct jw *j, const struct tw_quality *q)
{
	percent_json(j, "fused", q->fused);
	percent_json(j, "score", q->score);
	jw_knum(j, "sources", q->sources);
	jw_knum(j, "independent", q->groups);
}

/* The values that stand with this one in the pattern: hashes of one file. */
static void
group_json(struct jw *j, tw_snapshot *snap, const struct tw_match *m,
    const struct tw_claim *c)
{
	struct tw_str a, b;
	size_t pos = 0;

	jw_key(j, "group");
	jw_begin(j, '[');
	while (tw_claim_group(snap, m, c, &pos, &a, &b) == TW_OK) {
		jw_begin(j, '{');
		jw_kstr(j, "type", a);
		jw_kstr(j, "value", b);
		jw_end(j, '}');
	}
	jw_end(j, ']');
}

/* null when its source still lists it, or it has ended. */
static void
absence_json(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_absence a;

	jw_key(j, "missing");
	if (tw_claim_absence(snap, c, &a) != TW_OK) {
		jw_null(j);
		return;
	}
	jw_begin(j, '{');
	jw_ktime(j, "since", a.since);
	jw_knum(j, "listings", a.listings);
	jw_knum(j, "withdrawn_after", a.after);
	jw_ktime(j, "not_before", a.not_before);
	jw_end(j, '}');
}

/* The times that its object was here before, newest first. */
static void
episodes_json(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_episode one = {.before = 0};
	unsigned i;

	jw_key(j, "earlier");
	jw_begin(j, '[');
	for (i = 0; tw_claim_episode(snap, c, i, &one) == TW_OK; i++) {
		jw_begin(j, '{');
		jw_ktime(j, "from", one.from);
		jw_ktime(j, "to", one.to);
		jw_kz(j, "ended", tw_end_name(one.ended));
		jw_end(j, '}');
	}
	jw_end(j, ']');
	jw_knum(j, "episodes", (uint64_t)one.before + 1);
}

static void
claim_json(struct jw *j, tw_snapshot *snap, const struct tw_match *m,
    const struct tw_claim *c, bool explain)
{
	char policy[256];

	jw_begin(j, '{');
	jw_kstr(j, "source", c->source);
	jw_kstr(j, "id", c->id);
	jw_kstr(j, "name", c->name);
	jw_kz(j, "state", tw_state_name(c->state));
	jw_ktime(j, "created", c->created);
	jw_ktime(j, "modified", c->modified);
	jw_ktime(j, "valid_from", c->valid_from);
	jw_ktime(j, "valid_until", c->valid_until);
	jw_ktime(j, "expires_at", c->expires_at);
	jw_kz(j, "rule", c->state == TW_ENDED || c->ended != 0 ?
	    tw_end_name(c->ended) : tw_rule_name(c->rule));
	if (c->state == TW_ENDED || c->ended != 0)
		jw_ktime(j, "ended_at", c->ended_at);
	percent_json(j, "confidence", c->confidence);
	percent_json(j, "score", c->score);
	jw_kz(j, "tlp", tw_tlp_name(c->tlp));
	jw_kbool(j, "revoked", c->revoked);
	jw_kbool(j, "compound", (c->flags & TW_COMPOUND) != 0);
	if (c->pattern.p != NULL)
		jw_kstr(j, "pattern", c->pattern);
	jw_ktime(j, "first_seen", c->first_seen);
	jw_ktime(j, "last_seen", c->last_seen);
	stated_json(j, snap, c);
	lists_json(j, snap, c, 1);
	group_json(j, snap, m, c);
	if (explain && tw_claim_policy(snap, c, policy, sizeof(policy)) != 0)
		jw_kz(j, "policy", policy);
	if (explain) {
		absence_json(j, snap, c);
		episodes_json(j, snap, c);
	}
	jw_end(j, '}');
}

static void
threats_json(struct jw *j, const struct context *x)
{
	size_t i;

	jw_key(j, "threats");
	jw_begin(j, '[');
	for (i = 0; i < x->nthreats; i++) {
		const struct tw_threat *t = &x->threats[i];

		jw_begin(j, '{');
		jw_kstr(j, "name", t->name);
		jw_kstr(j, "type", t->type);
		jw_kstr(j, "id", t->id);
		jw_kstr(j, "relationship", t->relationship);
		jw_kstr(j, "source", t->source);
		jw_end(j, '}');
	}
	jw_end(j, ']');
}

/* null when it was never met. */
static void
sightings_json(struct jw *j, tw_snapshot *snap, const struct tw_match *m)
{
	struct tw_sighting s;
	struct tw_str who;
	uint64_t count;
	int64_t last;
	size_t pos = 0;

	jw_key(j, "sightings");
	if (tw_sightings(snap, m, &s) != TW_OK) {
		jw_null(j);
		return;
	}
	jw_begin(j, '{');
	jw_knum(j, "count", s.count);
	jw_ktime(j, "first", s.first);
	jw_ktime(j, "last", s.last);
	jw_key(j, "by");
	jw_begin(j, '[');
	while (tw_sighting_by(snap, m, &pos, &who, &count, &last) == TW_OK) {
		jw_begin(j, '{');
		jw_kstr(j, "who", who);
		jw_knum(j, "count", count);
		jw_ktime(j, "last", last);
		jw_end(j, '}');
	}
	jw_end(j, ']');
	jw_end(j, '}');
}

void
match_json(struct jw *j, tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x)
{
	size_t i;

	jw_begin(j, '{');
	if (query.p != NULL)
		jw_kstr(j, "query", query);
	jw_kz(j, "type", tw_type_name(m->type));
	jw_kz(j, "value", x->text);
	if (query.p != NULL)
		jw_kz(j, "match", tw_match_name(m->kind));
	jw_kbool(j, "active", m->active);
	jw_kz(j, "state", tw_state_name(m->state));
	jw_ktime(j, "valid_from", m->valid_from);
	jw_ktime(j, "valid_until", m->valid_until);
	jw_ktime(j, "expires_at", m->expires_at);
	percent_json(j, "confidence", m->confidence);
	quality_json(j, &x->quality);
	jw_kz(j, "tlp", tw_tlp_name(m->tlp));
	jw_kbool(j, "compound", (m->flags & TW_COMPOUND) != 0);
	allow_json(j, snap, m);
	lists_json(j, snap, x->claims, x->nclaims);
	threats_json(j, x);
	sightings_json(j, snap, m);
	jw_key(j, "claims");
	jw_begin(j, '[');
	for (i = 0; i < x->nclaims; i++)
		claim_json(j, snap, m, &x->claims[i], x->explain);
	jw_end(j, ']');
	if (x->explain)
		timeline_json(j, x);
	jw_end(j, '}');
	jw_line(j);
}

void
miss_json(struct jw *j, struct tw_str query, const char *why)
{
	jw_begin(j, '{');
	jw_kstr(j, "query", query);
	jw_kz(j, "match", why);
	jw_kbool(j, "active", false);
	jw_end(j, '}');
	jw_line(j);
}
