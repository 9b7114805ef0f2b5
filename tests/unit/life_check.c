/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store says, held against what the model says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "store/presence.h"
#include "tests/unit/life_play.h"

#define CLAIMS (2 * LIFE_SOURCES * LIFE_IDS)

static bool
near(int64_t a, int64_t b)
{
	return a == b || (a > b ? a - b : b - a) <= LIFE_NEAR;
}

/* The index of a source in its name, "s2"; -1: it is forgotten. */
static int
source_of(struct tw_str name)
{
	return name.n == 2 && name.p[0] == 's' ? name.p[1] - '0' : -1;
}

/* ---- claims ------------------------------------------------------------ */

static struct life_claim *
find_claim(struct life_verdict *v, int source, struct tw_str id)
{
	struct idkey key;
	unsigned i;

	if (idkey_parse((struct slice){id.p, id.n}, &key) != 0)
		return NULL;
	for (i = 0; i < v->n; i++) {
		struct idkey want = id_of(STIX_INDICATOR, v->claim[i].id);

		if ((int)v->claim[i].source == source &&
		    memcmp(&key, &want, sizeof(key)) == 0)
			return &v->claim[i];
	}
	return NULL;
}

static bool
check_claim(struct play *p, const char *text, const struct tw_claim *c,
    const struct life_claim *m)
{
	char who[60];

	snprintf(who, sizeof(who), "%s by s%u #%u", text, m->source, m->id);
	if (c->state != m->state)
		return play_wrong(p, "%s is %s, to the model %s", who,
		    tw_state_name(c->state), tw_state_name(m->state));
	if (c->state == TW_ENDED)
		return c->ended == m->ended || play_wrong(p, "%s ended: %s, to "
		    "the model %s", who, tw_end_name(c->ended),
		    tw_end_name(m->ended));
	if (c->valid_from != m->from)
		return play_wrong(p, "%s begins at %jd, to the model at %jd",
		    who, (intmax_t)c->valid_from, (intmax_t)m->from);
	if (!near(c->expires_at, m->end))
		return play_wrong(p, "%s ends at %.3f, to the model at %.3f",
		    who, (double)(c->expires_at - p->l.now) / LIFE_HOUR,
		    (double)(m->end - p->l.now) / LIFE_HOUR);
	if (c->confidence != m->confidence || c->tlp != m->tlp)
		return play_wrong(p, "%s: confidence %u, TLP %u; to the model "
		    "%u, %u", who, c->confidence, c->tlp, m->confidence,
		    m->tlp);
	if (c->score + 1 < m->score || c->score > m->score + 1)
		return play_wrong(p, "%s: score %u, to the model %u", who,
		    c->score, m->score);
	if (((c->flags & TW_COMPOUND) != 0) != m->compound)
		return play_wrong(p, "%s: compound, or not", who);
	return true;
}

static bool
check_claims(struct play *p, const char *text, const struct tw_match *match,
    struct life_verdict *v)
{
	static struct tw_claim c[CLAIMS];
	struct life_claim *m;
	unsigned must = 0, met = 0, i;
	int source;
	size_t n;

	if (tw_claims(p->snap, match, c, CLAIMS, &n) != TW_OK)
		return play_wrong(p, "claims of %s: %s", text,
		    tw_snapshot_error(p->snap));
	for (i = 0; i < n; i++) {
		source = source_of(c[i].source);
		if (source < 0) {
			if (c[i].state != TW_ENDED)
				return play_wrong(p, "%s is forgotten, and %s",
				    text, tw_state_name(c[i].state));
			continue;
		}
		m = find_claim(v, source, c[i].id);
		if (m == NULL)
			return play_wrong(p, "%s: s%d %.*s never said so",
			    text, source, (int)c[i].id.n, c[i].id.p);
		if (!check_claim(p, text, &c[i], m))
			return false;
		met += !m->old;
	}
	for (i = 0; i < v->n; i++)
		must += !v->claim[i].old;
	return met == must || play_wrong(p, "%s: %u claims, to the model %u",
	    text, met, must);
}

/* ---- values ------------------------------------------------------------ */

static bool
check_quality(struct play *p, const char *text, const struct tw_match *match,
    const struct life_verdict *v)
{
	struct tw_quality q;
	double fused;

	if (tw_qualify(p->snap, match, &q) != TW_OK)
		return play_wrong(p, "%s: %s", text,
		    tw_snapshot_error(p->snap));
	if (q.claims != v->active || q.sources != v->sources ||
	    q.groups != v->groups || q.confidence != v->confidence)
		return play_wrong(p, "%s: %u claims, %u sources, %u groups, "
		    "confidence %u; to the model %u, %u, %u, %u", text,
		    q.claims, q.sources, q.groups, q.confidence, v->active,
		    v->sources, v->groups, v->confidence);
	if (q.score + 1 < v->score || q.score > v->score + 1)
		return play_wrong(p, "%s: score %u, to the model %u", text,
		    q.score, v->score);
	fused = q.fused == TW_UNKNOWN ? -1 : q.fused;
	if ((fused < 0) != (v->fused < 0) || fused > v->fused + 2 ||
	    fused < v->fused - 2)
		return play_wrong(p, "%s: fused %.0f, to the model %.2f", text,
		    fused, v->fused);
	return true;
}

static bool
check_active(struct play *p, const char *text, const struct tw_match *m,
    const struct life_verdict *v)
{
	if (!near(m->expires_at, v->end))
		return play_wrong(p, "%s ends at %.3f, to the model at %.3f",
		    text, (double)(m->expires_at - p->l.now) / LIFE_HOUR,
		    (double)(v->end - p->l.now) / LIFE_HOUR);
	if (m->confidence != v->confidence || m->tlp != v->tlp)
		return play_wrong(p, "%s: confidence %u, TLP %u; to the model "
		    "%u, %u", text, m->confidence, m->tlp, v->confidence,
		    v->tlp);
	if (((m->flags & TW_COMPOUND) != 0) != v->compound)
		return play_wrong(p, "%s: compound %d, to the model %d", text,
		    (m->flags & TW_COMPOUND) != 0, v->compound);
	return true;
}

static bool
same_state(const struct tw_match *m, const struct life_verdict *v)
{
	if (m->state == v->state)
		return true;
	/* What never is active never begins nor ends. */
	return v->some_state &&
	    (m->state == TW_PENDING || m->state == TW_EXPIRED) &&
	    (v->state == TW_PENDING || v->state == TW_EXPIRED);
}

static bool
check_value(struct play *p, unsigned value, struct life_verdict *v)
{
	const char *text = p->l.text[value];
	struct tw_match m;
	size_t found;
	unsigned i, must = 0;

	if (tw_lookup(p->snap, p->l.values[value].type, text, TW_LENGTH,
	    TW_FIND_EXACT, &m, 1, &found) != TW_OK)
		return play_wrong(p, "%s: %s", text,
		    tw_snapshot_error(p->snap));
	for (i = 0; i < v->n; i++)
		must += !v->claim[i].old;
	if (found == 0)
		return must == 0 || play_wrong(p, "%s is not found; to the "
		    "model it is %s", text, tw_state_name(v->state));
	if (v->n == 0) {
		if (!p->l.forgetting || m.state != TW_ENDED)
			return play_wrong(p, "%s is %s, and nothing ever said "
			    "so", text, tw_state_name(m.state));
		return true;
	}
	if (!same_state(&m, v))
		return play_wrong(p, "%s is %s, to the model %s", text,
		    tw_state_name(m.state), tw_state_name(v->state));
	if (m.state == TW_EXPIRED && !v->some_state && !near(m.expires_at,
	    v->end))
		return play_wrong(p, "%s ended at %.3f, to the model at %.3f",
		    text, (double)(m.expires_at - p->l.now) / LIFE_HOUR,
		    (double)(v->end - p->l.now) / LIFE_HOUR);
	if (m.active && !check_active(p, text, &m, v))
		return false;
	return check_claims(p, text, &m, v) && check_quality(p, text, &m, v);
}

/* ---- sources ----------------------------------------------------------- */

static bool
check_source(struct play *p, const struct tw_source *t, unsigned source)
{
	const struct life_source *s = &p->l.s[source];
	unsigned i, k, objects = 0, revoked = 0, claims = 0, missing = 0;
	unsigned withdrawn = 0;
	const struct life_object *o;

	for (i = 0; i < LIFE_IDS; i++) {
		o = &s->o[i];
		if (o->nversions == 0)
			continue;
		objects++;
		revoked += o->version[o->nversions - 1].v.revoked;
		missing += o->missing;
		withdrawn += o->nevents != 0 &&
		    o->event[o->nevents - 1].ended;
		for (k = 0; k < LIFE_VALUES; k++)
			claims += life_says(s, i, k);
	}
	if (t->polls != s->polls || t->objects != objects ||
	    t->revoked != revoked || t->claims != claims ||
	    t->missing != missing || t->withdrawn != withdrawn)
		return play_wrong(p, "s%u: %u polls, %ju objects, %ju revoked,"
		    " %ju claims, %ju missing, %ju withdrawn; to the model %u,"
		    " %u, %u, %u, %u, %u", source, t->polls,
		    (uintmax_t)t->objects, (uintmax_t)t->revoked,
		    (uintmax_t)t->claims, (uintmax_t)t->missing,
		    (uintmax_t)t->withdrawn, s->polls, objects, revoked,
		    claims, missing, withdrawn);
	if (t->last_success != s->success || t->last_poll != s->started)
		return play_wrong(p, "s%u: newest success %jd, poll %jd; to the"
		    " model %jd, %jd", source, (intmax_t)t->last_success,
		    (intmax_t)t->last_poll, (intmax_t)s->success,
		    (intmax_t)s->started);
	return true;
}

static bool
check_count(struct play *p, uint16_t id, const char *who, unsigned want)
{
	struct tw_count all[LIFE_SOURCES + 2];
	uint64_t n;

	if (tw_count_active(p->snap, id, &n) != TW_OK ||
	    tw_count(p->snap, all, sizeof(all) / sizeof(all[0])) != TW_OK)
		return play_wrong(p, "counting: %s",
		    tw_snapshot_error(p->snap));
	/* Ids are not used again; those of the model's sources may be more. */
	if (id < sizeof(all) / sizeof(all[0]) && all[id].active != n)
		return play_wrong(p, "%s has %ju active values counted alone, "
		    "%ju counted with all", who, (uintmax_t)n,
		    (uintmax_t)all[id].active);
	return n == want || play_wrong(p, "%s has %ju active values, to the "
	    "model %u", who, (uintmax_t)n, want);
}

/* Allow-lists hold what is active otherwise, and no more. */
static bool
check_suppressed(struct play *p, const struct life_verdict *all)
{
	unsigned i, want = 0;
	uint64_t n;

	for (i = 0; i < LIFE_VALUES; i++)
		want += all[i].state == TW_SUPPRESSED;
	if (tw_count_suppressed(p->snap, 0, &n) != TW_OK)
		return play_wrong(p, "counting: %s",
		    tw_snapshot_error(p->snap));
	return n == want || play_wrong(p, "%ju values are suppressed, to the "
	    "model %u", (uintmax_t)n, want);
}

static bool
check_sources(struct play *p, const struct life_verdict *all)
{
	struct tw_source t;
	unsigned there = 0, want, i, k;
	uint16_t id = 0;
	int source;

	while (tw_source_next(p->snap, &id, &t) == TW_OK) {
		source = source_of(t.name);
		if (source < 0)
			continue;
		there++;
		if (!p->l.s[source].there)
			return play_wrong(p, "s%d is not there", source);
		if (!check_source(p, &t, (unsigned)source))
			return false;
		for (i = 0, want = 0; i < LIFE_VALUES; i++) {
			for (k = 0; k < all[i].n; k++) {
				if ((int)all[i].claim[k].source == source &&
				    all[i].claim[k].state == TW_ACTIVE)
					break;
			}
			want += k < all[i].n && all[i].state == TW_ACTIVE;
		}
		if (!check_count(p, id, "the source", want))
			return false;
	}
	for (i = 0; i < LIFE_SOURCES; i++)
		there -= p->l.s[i].there;
	return there == 0 || play_wrong(p, "a source is missing");
}

/* ---- the change log ------------------------------------------------------ */

static int
value_of_change(const struct play *p, const struct tw_change *c)
{
	const struct value *v;
	int i;

	for (i = 0; i < LIFE_VALUES; i++) {
		v = &p->l.values[i];
		if (v->type == c->type && v->prefix == c->prefix &&
		    v->keylen == c->key.n &&
		    memcmp(v->key, c->key.p, c->key.n) == 0)
			return i;
	}
	return -1;
}

static bool
follow(struct play *p, struct follower *f, unsigned most)
{
	struct tw_change c;
	int rc = TW_OK, i;

	while (most-- > 0 && (rc = tw_change_next(p->snap, &f->at, &c)) ==
	    TW_OK) {
		i = value_of_change(p, &c);
		if (i < 0)
			return play_wrong(p, "the log tells of '%s'", c.text);
		if (f->has[i] != (c.op != TW_ADDED))
			return play_wrong(p, "the log %s %s, which is %s",
			    c.op == TW_ADDED ? "adds" : c.op == TW_REMOVED ?
			    "removes" : "updates", p->l.text[i],
			    f->has[i] ? "there" : "not there");
		f->has[i] = c.op != TW_REMOVED;
	}
	return rc == TW_OK || rc == TW_END ||
	    play_wrong(p, "the log ends with %d", rc);
}

void
play_note(struct play *p)
{
	struct life_verdict v;
	unsigned i;

	for (i = 0; i < LIFE_VALUES; i++) {
		life_verdict(&p->l, i, p->l.now, &v);
		if (v.state == TW_ACTIVE)
			p->was_active[i] = true;
		else
			p->was_not[i] = true;
	}
}

static bool
check_log(struct play *p, const struct life_verdict *all)
{
	bool active;
	unsigned i;

	if (!follow(p, &p->quick, UINT32_MAX) ||
	    (p->step % 7 == 6 && !follow(p, &p->slow, 5)) ||
	    (p->swept && !follow(p, &p->slow, UINT32_MAX)))
		return false;
	for (i = 0; i < LIFE_VALUES; i++) {
		active = all[i].state == TW_ACTIVE;
		if (p->swept)
			p->was_active[i] = p->was_not[i] = false;
		p->was_active[i] = p->was_active[i] || active;
		p->was_not[i] = p->was_not[i] || !active;
		if (p->quick.has[i] ? !p->was_active[i] : !p->was_not[i])
			return play_wrong(p, "to the log %s is %s",
			    p->l.text[i], p->quick.has[i] ? "active" :
			    "not active");
		if (p->swept && p->quick.has[i] != p->slow.has[i])
			return play_wrong(p, "who follows the log slowly sees "
			    "%s otherwise", p->l.text[i]);
	}
	return true;
}

/* ---- all of it ------------------------------------------------------------- */

bool
play_check(struct play *p)
{
	static struct life_verdict all[LIFE_VALUES];
	unsigned i, active = 0;

	if (tw_snapshot_renew(p->snap) != TW_OK)
		return play_wrong(p, "%s", tw_snapshot_error(p->snap));
	for (i = 0; i < LIFE_VALUES; i++) {
		life_verdict(&p->l, i, p->l.now, &all[i]);
		active += all[i].state == TW_ACTIVE;
		if (!check_value(p, i, &all[i]))
			return false;
	}
	return check_sources(p, all) && check_suppressed(p, all) &&
	    check_count(p, 0, "the store",
	    active) && check_log(p, all);
}

static void
problem(void *ctx, const char *text)
{
	play_wrong(ctx, "verify: %s", text);
}

bool
play_verify(struct play *p)
{
	uint64_t checked;

	if (tw_snapshot_renew(p->snap) != TW_OK ||
	    tw_verify(p->snap, problem, p, &checked) != TW_OK)
		return play_wrong(p, "verify fails");
	return true;
}

/* The number that the store has for a source; 0: none. */
static uint16_t
number_of(struct play *p, unsigned source)
{
	struct tw_source t;
	uint16_t id = 0;

	if (tw_snapshot_renew(p->snap) != TW_OK)
		return 0;
	while (tw_source_next(p->snap, &id, &t) == TW_OK) {
		if (source_of(t.name) == (int)source)
			return id;
	}
	return 0;
}

bool
play_pending(struct play *p, unsigned source, int what, bool *yes)
{
	struct rows_key k = {.kind = what == LIFE_LEAVES ? ROWS_LEAVING :
	    ROWS_RETURNING, .source = number_of(p, source)};
	struct err e = ERR_INIT;
	struct rows_rec r;
	MDB_txn *txn;
	int rc;

	*yes = false;
	if (k.source == 0)
		return true;
	if (env_begin(p->s->env, false, &txn, &e) != 0)
		return play_wrong(p, "%s", e.text);
	rc = rows_next(p->s->env, txn, &k, &r, &e);
	mdb_txn_abort(txn);
	*yes = rc == 1;
	return rc >= 0 || play_wrong(p, "%s", e.text);
}

bool
play_forgetting(struct play *p, bool *yes)
{
	struct tw_source t;
	uint16_t id = 0;

	*yes = false;
	if (tw_snapshot_renew(p->snap) != TW_OK)
		return play_wrong(p, "%s", tw_snapshot_error(p->snap));
	while (tw_source_next(p->snap, &id, &t) == TW_OK)
		*yes = *yes || source_of(t.name) < 0;
	return true;
}
