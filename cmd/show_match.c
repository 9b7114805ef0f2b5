/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_match.h"

#include "base/cc.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "cmd/show_allow.h"
#include "cmd/show_explain.h"

static bool
same_str(struct tw_str a, struct tw_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* One without an id is told from others by its name. */
static bool
threat_known(const struct context *x, const struct tw_threat *t)
{
	size_t i;

	for (i = 0; i < x->nthreats; i++)
		if (same_str(x->threats[i].id, t->id) && (t->id.n > 0 ||
		    (same_str(x->threats[i].name, t->name) &&
		    same_str(x->threats[i].type, t->type))))
			return true;
	return false;
}

/* idtext moves with the struct: point the slice into the copy again. */
static void
threat_copy(struct tw_threat *to, const struct tw_threat *from)
{
	*to = *from;
	if (from->id.p == from->idtext)
		to->id.p = to->idtext;
}

int
context_load(tw_snapshot *snap, const struct tw_match *m, struct context *x)
{
	size_t i, k, n;
	int rc;

	x->nthreats = 0;
	tw_value_text(snap, m, x->text, sizeof(x->text));
	rc = tw_claims(snap, m, x->claims, MATCH_CLAIMS_MAX, &x->found);
	if (rc == TW_OK)
		rc = tw_qualify(snap, m, &x->quality);
	if (rc != TW_OK)
		return rc;
	x->nclaims = x->found < MATCH_CLAIMS_MAX ? x->found : MATCH_CLAIMS_MAX;
	for (i = 0; i < x->nclaims; i++) {
		struct tw_threat t[16];

		rc = tw_threats(snap, &x->claims[i], t, ARRAY_LEN(t), &n);
		if (rc != TW_OK)
			return rc;
		for (k = 0; k < n && k < ARRAY_LEN(t); k++)
			if (x->nthreats < MATCH_CLAIMS_MAX &&
			    !threat_known(x, &t[k]))
				threat_copy(&x->threats[x->nthreats++], &t[k]);
	}
	return TW_OK;
}

/* ---- JSON --------------------------------------------------------------- */

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

/* ---- text --------------------------------------------------------------- */

void
print_clean(FILE *out, const char *p, size_t n)
{
	char text[512];
	size_t part;

	while (n > 0) {
		part = utf8_cut((struct slice){p, n}, sizeof(text));
		if (part == 0)
			part = n < sizeof(text) ? n : sizeof(text);
		memcpy(text, p, part);
		utf8_clean(text, part);
		fwrite(text, 1, part, out);
		p += part;
		n -= part;
	}
}

/* Labels of details are indented; those of a claim once more. */
static void
label(FILE *out, const char *name)
{
	fprintf(out, "    %-12s", name);
}

static void
print_time(FILE *out, const char *before, int64_t t, int digits)
{
	char text[TSTAMP_TEXT_MAX];

	tstamp_format(t, digits, text);
	fprintf(out, "%s%s", before, text);
}

/* What qualifies a verdict, where it is stated. */
static void
qualifiers(FILE *out, const struct tw_match *m)
{
	if (m->expires_at != TW_TIME_NEVER && m->expires_at != TW_TIME_NONE)
		print_time(out, m->state == TW_EXPIRED ? "  since " :
		    "  until ", m->expires_at, -1);
	if (m->confidence != TW_UNKNOWN)
		fprintf(out, "  confidence %u", m->confidence);
	if (tw_tlp_name(m->tlp) != NULL)
		fprintf(out, "  TLP %s", tw_tlp_name(m->tlp));
	if (m->flags & TW_COMPOUND)
		fprintf(out, "  compound");
	fputc('\n', out);
}

void
match_line(FILE *out, tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x)
{
	fprintf(out, "%-12s", tw_state_name(m->state));
	print_clean(out, query.p, query.n);
	if (m->kind != TW_MATCH_EXACT) {
		fprintf(out, "  %s ", tw_match_name(m->kind));
		print_clean(out, x->text, strlen(x->text));
	}
	allow_word(out, snap, m);
	qualifiers(out, m);
}

void
miss_line(FILE *out, struct tw_str query, const char *why)
{
	fprintf(out, "%-12s", why);
	print_clean(out, query.p, query.n);
	fputc('\n', out);
}

void
value_line(FILE *out, tw_snapshot *snap, const struct tw_match *m,
    const struct context *x)
{
	fprintf(out, "%-10s %-20s ", tw_state_name(m->state),
	    tw_type_name(m->type));
	print_clean(out, x->text, strlen(x->text));
	allow_word(out, snap, m);
	qualifiers(out, m);
}

void
match_text(FILE *out, const struct tw_match *m, const struct context *x)
{
	fprintf(out, "  %-14s%s ", tw_match_name(m->kind),
	    tw_type_name(m->type));
	print_clean(out, x->text, strlen(x->text));
	fputc('\n', out);
	if (x->quality.groups > 1) {
		fprintf(out, "  %-14s%u independent sources", "told by",
		    x->quality.groups);
		if (x->quality.fused != TW_UNKNOWN)
			fprintf(out, ", confidence of all together %u",
			    x->quality.fused);
		fputc('\n', out);
	}
	if (m->flags & TW_COMPOUND)
		fprintf(out, "  %-14sone test of several under AND: a hit on "
		    "it alone is a hint\n", "compound");
}

static void
items_line(FILE *out, const char *name, tw_snapshot *snap,
    const struct tw_claim *c, int what)
{
	struct tw_str a, b;
	size_t pos = 0;
	bool first = true;

	while (tw_claim_item(snap, c, what, &pos, &a, &b) == TW_OK) {
		if (first)
			label(out, name);
		else
			fprintf(out, ", ");
		first = false;
		print_clean(out, a.p, a.n);
		if (what == TW_KILL_CHAIN) {
			fputc('/', out);
			print_clean(out, b.p, b.n);
		}
	}
	if (!first)
		fputc('\n', out);
}

/* Validity as it was stated; times of polls are ours, to the second. */
static void
claim_times(FILE *out, const struct tw_claim *c)
{
	label(out, "valid");
	if (c->valid_from == TW_TIME_NONE)
		fprintf(out, "from the beginning");
	else
		print_time(out, "from ", c->valid_from, -1);
	if (c->valid_until == TW_TIME_NONE || c->valid_until == TW_TIME_NEVER)
		fprintf(out, ", no end stated\n");
	else
		print_time(out, " until ", c->valid_until, -1), fputc('\n', out);
	/* Most feeds tell when an entry was made, and nothing else. */
	if (c->modified != TW_TIME_NONE || c->created != TW_TIME_NONE) {
		bool made = c->modified == TW_TIME_NONE;

		label(out, made ? "created" : "modified");
		print_time(out, "", made ? c->created : c->modified, -1);
		fputc('\n', out);
	}
	label(out, "seen");
	print_time(out, "first ", c->first_seen, 0);
	print_time(out, ", last ", c->last_seen, 0);
	fputc('\n', out);
}

void
claim_text(FILE *out, tw_snapshot *snap, const struct tw_claim *c)
{
	const char *tlp = tw_tlp_name(c->tlp);

	fprintf(out, "  %-14s", tw_state_name(c->state));
	print_clean(out, c->id.p, c->id.n);
	fputc('\n', out);
	label(out, "source");
	print_clean(out, c->source.p, c->source.n);
	fputc('\n', out);
	if (c->name.p != NULL && c->name.n > 0) {
		label(out, "name");
		print_clean(out, c->name.p, c->name.n);
		fputc('\n', out);
	}
	claim_times(out, c);
	if (c->confidence != TW_UNKNOWN || tlp != NULL) {
		label(out, "qualified");
		if (c->confidence != TW_UNKNOWN)
			fprintf(out, "confidence %u%s", c->confidence,
			    tlp != NULL ? ", " : "");
		fprintf(out, tlp != NULL ? "TLP %s\n" : "%s\n",
		    tlp != NULL ? tlp : "");
	}
	items_line(out, "types", snap, c, TW_INDICATOR_TYPES);
	items_line(out, "labels", snap, c, TW_LABELS);
	items_line(out, "kill chain", snap, c, TW_KILL_CHAIN);
}

void
threats_text(FILE *out, const struct context *x)
{
	size_t i;

	for (i = 0; i < x->nthreats; i++) {
		const struct tw_threat *t = &x->threats[i];
		size_t n = t->relationship.n;

		fprintf(out, "  ");
		print_clean(out, t->relationship.p, n);
		fprintf(out, "%*s", n < 13 ? (int)(14 - n) : 1, "");
		print_clean(out, t->type.p, t->type.n);
		fputc(' ', out);
		if (t->name.p != NULL)
			print_clean(out, t->name.p, t->name.n);
		else
			print_clean(out, t->id.p, t->id.n);
		fputc('\n', out);
	}
}

void
match_context(FILE *out, tw_snapshot *snap, const struct tw_match *m,
    const struct context *x)
{
	size_t i;

	match_text(out, m, x);
	allow_text(out, snap, m, 3);
	threats_text(out, x);
	for (i = 0; i < x->nclaims; i++)
		claim_text(out, snap, &x->claims[i]);
	if (x->found > x->nclaims)
		fprintf(out, "  … and %zu more claims\n",
		    x->found - x->nclaims);
}
