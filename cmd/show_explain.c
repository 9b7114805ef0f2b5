/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_explain.h"

#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/show_allow.h"
#include "cmd/show_match.h"
#include "cmd/timeline.h"

#define SHOWN_EVENTS 12

static void
when(const char *before, int64_t t, const char *after)
{
	char text[TSTAMP_TEXT_MAX];

	tstamp_format(t, -1, text);
	printf("%s%s%s", before, text, after);
}

/* The same for times of ours, to the second. */
static void
when_second(const char *before, int64_t t, const char *after)
{
	char text[TSTAMP_TEXT_MAX];

	tstamp_format(t, 0, text);
	printf("%s%s%s", before, text, after);
}

static const char *
rule_words(int rule)
{
	const char *name = tw_rule_name(rule);
	static const struct {
		const char *name, *words;
	} words[] = {
	    {"valid-until", "valid_until, stated by the source"},
	    {"ttl", "the time to live of its source's policy"},
	    {"decay", "its score decays to the policy's threshold"},
	    {"max-validity", "the longest validity that the policy allows"},
	    {"no-end", "no end stated and none set by the policy"},
	};
	size_t i;

	for (i = 0; name != NULL && i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return words[i].words;
	return name != NULL ? name : "a rule unknown here";
}

/* Why it has ended: told by its object, or by its source's state. */
static void
rule_ended(const struct tw_claim *c)
{
	const char *name = tw_end_name(c->ended);

	if (name == NULL) {
		printf("does not count: the poll that brought it, or a later "
		    "one, was rolled back or is held\n");
		return;
	}
	printf("ended: %s", name);
	if (c->ended_at != TW_TIME_NONE)
		when_second(" on ", c->ended_at, "");
	printf("\n");
}

static void
explain_rule(const struct tw_claim *c)
{
	printf("    %-12s", "rule");
	/* Looking back: it counted then, and does no more. */
	if (c->state != TW_ENDED && c->ended != 0) {
		rule_ended(c);
		return;
	}
	if (c->state == TW_ACTIVE && c->revoked) {
		when("counted until it was revoked, as of modified ",
		    c->modified, "\n");
		return;
	}
	switch (c->state) {
	case TW_REVOKED:
		when("revoked by its producer, as of modified ", c->modified,
		    ": final\n");
		return;
	case TW_BENIGN:
		printf("indicator_types says benign: it never makes a value "
		    "active\n");
		return;
	case TW_ENDED:
		rule_ended(c);
		return;
	case TW_UNSEEN:
		when_second("had not come yet: it came on ", c->first_seen,
		    "\n");
		return;
	case TW_PENDING:
		when("valid_from lies ahead: active from ", c->valid_from,
		    "\n");
		return;
	default:
		break;
	}
	if (c->expires_at == TW_TIME_NEVER)
		printf("active without end: %s\n", rule_words(c->rule));
	else if (c->state == TW_ACTIVE)
		when("active until ", c->expires_at, "");
	else
		when("expired on ", c->expires_at, "");
	if (c->expires_at != TW_TIME_NEVER)
		printf(": %s\n", rule_words(c->rule));
}

/* A stated end that is not the one that counts. */
static void
explain_stated(const struct tw_claim *c)
{
	if (c->valid_until == TW_TIME_NONE || c->valid_until == TW_TIME_NEVER ||
	    c->valid_until == c->expires_at)
		return;
	printf("    %-12s", "");
	when("its valid_until, ", c->valid_until,
	    c->valid_until <= c->valid_from ?
	    ", is not behind valid_from and is not counted\n" :
	    ", is not what counts here\n");
}

/* It counts, but not for long if its source stays as it is. */
static void
explain_absence(tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_absence a;

	if (tw_claim_absence(snap, c, &a) != TW_OK)
		return;
	printf("    %-12s", "missing");
	when_second("since ", a.since, "");
	printf(" (%u listing%s), withdrawn after %u in a row", a.listings,
	    a.listings == 1 ? "" : "s", a.after);
	if (a.not_before > a.since)
		when_second(", not before ", a.not_before, "");
	putchar('\n');
}

/* When it was here before, newest first. */
static void
explain_episodes(tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_episode one;
	const char *name;
	unsigned i;

	for (i = 0; tw_claim_episode(snap, c, i, &one) == TW_OK; i++) {
		if (i == 0)
			printf("    %-12s%u: it came back, and began anew\n",
			    "episode", one.before + 1);
		name = tw_end_name(one.ended);
		printf("    %-12s", "");
		when_second("here from ", one.from, " ");
		when_second("to ", one.to, "");
		printf(": %s\n", name != NULL ? name : "unknown here");
	}
	if (i != 0 && one.before > i)
		printf("    %-12s… and %u times before\n", "", one.before - i);
}

/* How its source is, where that is not well. */
static void
explain_source(tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_source source;
	uint16_t id = (uint16_t)(c->source_id - 1);

	if (tw_source_next(snap, &id, &source) != TW_OK ||
	    source.id != c->source_id || (source.state.n == 2 &&
	    memcmp(source.state.p, "ok", 2) == 0))
		return;
	printf("    %-12sits newest poll: ", "source is");
	print_clean(stdout, source.state.p, source.state.n);
	if (source.error.n != 0) {
		printf(": ");
		print_clean(stdout, source.error.p, source.error.n);
	}
	putchar('\n');
}

static void
explain_claim(tw_snapshot *snap, const struct tw_claim *c)
{
	char policy[256];

	claim_text(stdout, snap, c);
	if (c->pattern.p != NULL) {
		printf("    %-12s", "pattern");
		print_clean(stdout, c->pattern.p, c->pattern.n);
		putchar('\n');
	}
	printf("    %-12spoll %u of this source\n", "brought by", c->poll);
	explain_rule(c);
	explain_stated(c);
	if (tw_claim_policy(snap, c, policy, sizeof(policy)) != 0)
		printf("    %-12s%s\n", "policy", policy);
	if (c->score != TW_UNKNOWN && c->score != c->confidence)
		printf("    %-12s%u now\n", "score", c->score);
	explain_absence(snap, c);
	explain_episodes(snap, c);
	explain_source(snap, c);
}

static void
explain_verdict(const struct tw_match *m, const struct context *x)
{
	size_t i, live = 0;

	for (i = 0; i < x->nclaims; i++)
		live += x->claims[i].state == TW_ACTIVE;
	printf("  %-14s%s: %zu of %zu claim%s active", "verdict",
	    tw_state_name(m->state), live, x->found, x->found == 1 ?
	    " is" : "s are");
	if (m->active && m->expires_at == TW_TIME_NEVER)
		printf(", until revoked or replaced\n");
	else if (m->active)
		when(", until ", m->expires_at, "\n");
	else if (m->state == TW_PENDING)
		when(", active from ", m->valid_from, "\n");
	else if (m->state == TW_EXPIRED)
		when(", ended ", m->expires_at, "\n");
	else
		putchar('\n');
}

static void
explain_ahead(const struct context *x)
{
	struct event events[TIMELINE_MAX];
	size_t i, n = timeline(x, events), before = 0;

	for (i = 0; i < x->nclaims; i++)
		before += x->claims[i].state == TW_ACTIVE;
	for (i = 0; i < n && i < SHOWN_EVENTS; i++) {
		const struct event *v = &events[i];

		printf("  %-14s", i == 0 ? "ahead" : "");
		when("", v->at, "  ");
		print_clean(stdout, v->claim->source.p, v->claim->source.n);
		printf(v->begins ? " begins" : " ends (%s)",
		    tw_rule_name(v->claim->rule));
		if (v->active == 0)
			printf(": no longer active\n");
		else if (before == 0)
			printf(": active\n");
		else
			printf(": stays active by %zu claim%s\n", v->active,
			    v->active == 1 ? "" : "s");
		before = v->active;
	}
	if (n > SHOWN_EVENTS)
		printf("  %-14s… and %zu more dates\n", "", n - SHOWN_EVENTS);
}

static void
explain_seen(tw_snapshot *snap, const struct tw_match *m)
{
	const char *sep = " (";
	struct tw_sighting s;
	struct tw_str who;
	uint64_t count;
	int64_t last;
	size_t pos = 0;

	if (tw_sightings(snap, m, &s) != TW_OK)
		return;
	printf("  %-14s%llu time%s, ", "met here", (unsigned long long)s.count,
	    s.count == 1 ? "" : "s");
	when_second("first ", s.first, ", ");
	when_second("last ", s.last, "");
	for (; tw_sighting_by(snap, m, &pos, &who, &count, &last) == TW_OK;) {
		if (who.n == 0)
			continue;
		printf("%s", sep);
		print_clean(stdout, who.p, who.n);
		printf(" %llu", (unsigned long long)count);
		sep = ", ";
	}
	printf("%s\n", sep[0] == ',' ? ")" : "");
}

void
explain_text(tw_snapshot *snap, struct tw_str query, const struct tw_match *m,
    const struct context *x)
{
	size_t i;

	match_line(stdout, snap, query, m, x);
	explain_verdict(m, x);
	explain_ahead(x);
	explain_seen(snap, m);
	allow_text(stdout, snap, m, SIZE_MAX);
	match_text(stdout, m, x);
	threats_text(stdout, x);
	for (i = 0; i < x->nclaims; i++)
		explain_claim(snap, &x->claims[i]);
	if (x->found > x->nclaims)
		printf("  … and %zu more claims\n", x->found - x->nclaims);
}
