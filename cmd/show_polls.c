/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_polls.h"

#include "base/tstamp.h"
#include "cmd/clean.h"

/* ---- JSON --------------------------------------------------------------- */

/* A median of nothing is null; else seconds. */
static void
seconds_json(struct jw *j, const char *key, int64_t t, uint32_t of)
{
	jw_key(j, key);
	if (of == 0)
		jw_null(j);
	else
		jw_number(j, t / TSTAMP_SECOND);
}

int
metrics_json(struct jw *j, tw_snapshot *snap, const struct tw_source *s)
{
	struct tw_metrics m;
	struct tw_str name;
	uint64_t values;
	size_t pos = 0;
	int rc = tw_poll_metrics(snap, s->id, s->polls, &m);

	jw_key(j, "metrics");
	if (rc != TW_OK) {
		jw_null(j);
		return rc == TW_NOT_FOUND ? TW_OK : rc;
	}
	jw_begin(j, '{');
	jw_knum(j, "poll", m.poll);
	jw_knum(j, "values", m.values);
	jw_knum(j, "exclusive", m.exclusive);
	jw_knum(j, "suppressed", m.suppressed);
	seconds_json(j, "latency", m.latency, m.latency_of);
	jw_knum(j, "latency_of", m.latency_of);
	seconds_json(j, "retention", m.retention, m.retention_of);
	jw_knum(j, "retention_of", m.retention_of);
	seconds_json(j, "age", m.age, m.age_of);
	jw_ktime(j, "newest", m.newest);
	jw_key(j, "shared");
	jw_begin(j, '[');
	while (tw_poll_share(snap, s->id, m.poll, &pos, &name, &values) ==
	    TW_OK) {
		jw_begin(j, '{');
		jw_kstr(j, "name", name);
		jw_knum(j, "values", values);
		jw_end(j, '}');
	}
	jw_end(j, ']');
	jw_end(j, '}');
	return TW_OK;
}

static void
poll_json(struct jw *j, tw_snapshot *snap, uint16_t source,
    const struct tw_poll *p)
{
	const char *reason;
	uint64_t count;
	size_t pos = 0;

	jw_begin(j, '{');
	jw_knum(j, "poll", p->poll);
	jw_kbool(j, "complete", p->complete);
	jw_ktime(j, "start", p->start);
	jw_ktime(j, "end", p->end != 0 ? p->end : TW_TIME_NONE);
	jw_knum(j, "pages", p->pages);
	jw_knum(j, "bytes", p->bytes);
	jw_knum(j, "objects", p->objects);
	jw_knum(j, "new", p->added);
	jw_knum(j, "updated", p->updated);
	jw_knum(j, "unchanged", p->unchanged);
	jw_knum(j, "older", p->older);
	jw_knum(j, "revoked", p->revoked);
	jw_knum(j, "stale", p->stale);
	jw_knum(j, "rejected", p->rejected);
	jw_key(j, "rejected_by");
	jw_begin(j, '{');
	while (tw_poll_reject(snap, source, p->poll, &pos, &reason, &count) ==
	    TW_OK)
		jw_knum(j, reason, count);
	jw_end(j, '}');
	jw_kopt(j, "error", p->error);
	jw_end(j, '}');
}

int
polls_json(struct jw *j, tw_snapshot *snap, const struct tw_source *s)
{
	struct tw_poll p;
	uint32_t poll = 0;
	int i, rc = TW_OK;

	jw_key(j, "last_polls");
	jw_begin(j, '[');
	for (i = 0; i < POLLS_SHOWN && (rc = tw_poll_next(snap, s->id, &poll,
	    &p)) == TW_OK; i++)
		poll_json(j, snap, s->id, &p);
	jw_end(j, ']');
	return rc == TW_END ? TW_OK : rc;
}

/* ---- text --------------------------------------------------------------- */

/* In the largest unit that leaves a number above 1. */
static void
print_span(int64_t t)
{
	static const struct {
		int64_t length;
		const char *name;
	} units[] = {
	    {TSTAMP_DAY, "days"},
	    {3600 * TSTAMP_SECOND, "hours"},
	    {60 * TSTAMP_SECOND, "minutes"},
	    {TSTAMP_SECOND, "seconds"},
	};
	double part = (double)(t < 0 ? -t : t);
	size_t i = 0;

	while (i < 3 && part < (double)units[i].length)
		i++;
	printf("%.1f %s", part / (double)units[i].length, units[i].name);
}

static double
share(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static void
metrics_text(tw_snapshot *snap, const struct tw_source *s,
    const struct tw_metrics *m)
{
	char text[TSTAMP_TEXT_MAX];
	const char *sep = "";
	struct tw_str name;
	uint64_t values;
	size_t pos = 0;

	printf("  %-13s %llu values, %.1f%% of them in no other source",
	    "contributes", (unsigned long long)m->values,
	    share(m->exclusive, m->values));
	printf(m->poll != s->polls ? " (as of poll %u)\n" : "\n", m->poll);
	while (tw_poll_share(snap, s->id, m->poll, &pos, &name, &values) ==
	    TW_OK) {
		printf(sep[0] != '\0' ? "%s" : "  %-13s ", sep[0] != '\0' ?
		    sep : "shared with");
		print_clean(stdout, name.p, name.n);
		printf(" %.1f%%", share(values, m->values));
		sep = ", ";
	}
	if (sep[0] != '\0')
		putchar('\n');
	if (m->latency_of != 0) {
		printf("  %-13s ", "latency");
		print_span(m->latency);
		printf(" %s the others, median of %u shared values\n",
		    m->latency < 0 ? "before" : "behind", m->latency_of);
	}
	if (m->retention_of != 0) {
		printf("  %-13s ", "retention");
		print_span(m->retention);
		printf(", median of %u that ended\n", m->retention_of);
	}
	if (m->age_of != 0) {
		printf("  %-13s ", "age");
		print_span(m->age);
		printf(" in the store, median\n");
	}
	if (m->newest != TW_TIME_NONE) {
		tstamp_format(m->newest, 0, text);
		printf("  %-13s %s\n", "newest item", text);
	}
}

int
polls_text(tw_snapshot *snap, const struct tw_source *s)
{
	char text[TSTAMP_TEXT_MAX];
	struct tw_metrics m;
	struct tw_poll p;
	uint32_t poll = 0;
	int i, rc;

	rc = tw_poll_metrics(snap, s->id, s->polls, &m);
	if (rc == TW_OK)
		metrics_text(snap, s, &m);
	else if (rc != TW_NOT_FOUND)
		return rc;
	for (i = 0; i < POLLS_SHOWN && (rc = tw_poll_next(snap, s->id, &poll,
	    &p)) == TW_OK; i++) {
		if (i == 0)
			printf("\n%6s  %-20s %9s %9s %9s %9s %8s %8s\n",
			    "poll", "start", "new", "updated", "unchanged",
			    "revoked", "stale", "rejected");
		tstamp_format(p.start, 0, text);
		printf("%6u  %-20s %9llu %9llu %9llu %9llu %8llu %8llu%s\n",
		    p.poll, text, (unsigned long long)p.added,
		    (unsigned long long)p.updated,
		    (unsigned long long)p.unchanged,
		    (unsigned long long)p.revoked,
		    (unsigned long long)p.stale,
		    (unsigned long long)p.rejected,
		    p.complete ? "" : "  broken off");
	}
	return rc == TW_END ? TW_OK : rc;
}
