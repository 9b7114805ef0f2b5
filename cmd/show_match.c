/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_match.h"

#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/show_allow.h"

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
	/* What was ended or revoked has no end ahead, whatever it states. */
	if (m->expires_at != TW_TIME_NEVER && m->expires_at != TW_TIME_NONE &&
	    m->state != TW_ENDED && m->state != TW_REVOKED)
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

/* When its feed says that it was seen. */
static void
stated_seen(FILE *out, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_stated seen;

	if (tw_claim_stated(snap, c, &seen) != TW_OK ||
	    (seen.first == TW_TIME_NONE && seen.last == TW_TIME_NONE))
		return;
	label(out, "stated seen");
	if (seen.first != TW_TIME_NONE)
		print_time(out, "first ", seen.first, -1);
	if (seen.last != TW_TIME_NONE)
		print_time(out, seen.first != TW_TIME_NONE ? ", last " :
		    "last ", seen.last, -1);
	fputc('\n', out);
}

/* Validity as it was stated; times of polls are ours, to the second. */
static void
claim_times(FILE *out, tw_snapshot *snap, const struct tw_claim *c)
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
	stated_seen(out, snap, c);
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
	claim_times(out, snap, c);
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
