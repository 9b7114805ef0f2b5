/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"

/* ---- what there is ------------------------------------------------------- */

enum scope { OF_ALL, OF_SOURCE };

enum field {
	FIELD_NUMBER, /* uint64_t */
	FIELD_TIME,   /* int64_t, ns since 1970; none: no line */
	FIELD_SPAN,   /* int64_t, ns; none: no line */
	FIELD_HISTOGRAM,
	FIELD_ONE     /* 1, with labels that are text */
};

enum flag {
	LIVE = 1,     /* only a daemon knows it */
	SPARSE = 2,   /* of many labels, those that are not 0 */
	IF_KNOWN = 4  /* where the flag at `known` is set */
};

struct row {
	const char *name, *type, *help;
	enum scope scope;
	enum field field;
	size_t offset;
	unsigned flags;
	const char *label;  /* an array, with a value of this for each: … */
	int n;
	const char *(*word)(int i); /* … this one */
	size_t known;       /* of a bool; with IF_KNOWN */
};

static const char *
result_word(int i)
{
	static const char *const words[] = {"complete", "held", "failed"};

	return words[i];
}

const char *
metric_change_name(int i)
{
	static const char *const words[] = {"new", "updated", "unchanged",
	    "older", "revoked"};

	return words[i];
}

static const char *
task_word(int i)
{
	static const char *const words[] = {"sweep", "snapshot", "pause",
	    "resume", "count"};

	return words[i];
}

static const char *
state_word(int i)
{
	return health_name((enum health_state)i);
}

#define G "gauge"
#define C "counter"
#define ALL(member) OF_ALL, FIELD_NUMBER, offsetof(struct metrics, member)
#define SRC(member) OF_SOURCE, FIELD_NUMBER, \
	offsetof(struct metric_source, member)
#define WHEN(member) OF_ALL, FIELD_TIME, offsetof(struct metrics, member)
#define SRC_WHEN(member) OF_SOURCE, FIELD_TIME, \
	offsetof(struct metric_source, member)
#define PLAIN NULL, 0, NULL, 0
#define BOUNDS "le", 0, NULL, 0
#define KNOWN(s, member) NULL, 0, NULL, offsetof(struct s, member)

/* In the order in which they are told; taxiway-run(8) has the same list. */
static const struct row rows[] = {
	{"taxiway_build_info", G, "1, with the version as a label.",
	    OF_ALL, FIELD_ONE, offsetof(struct metrics, version), 0,
	    "version", 1, NULL, 0},
	{"taxiway_start_time_seconds", G, "When the daemon was started.",
	    WHEN(started), LIVE, PLAIN},
	{"taxiway_config_loaded_timestamp_seconds", G, "When the "
	    "configuration in force was read.", WHEN(loaded), LIVE, PLAIN},
	{"taxiway_config_refused", G, "1: a newer configuration is wrong and "
	    "was refused.", ALL(refused), LIVE, PLAIN},
	{"taxiway_sources", G, "Sources of the configuration.",
	    ALL(configured), 0, PLAIN},
	{"taxiway_polls_running", G, "Polls, each with its fetcher, that run.",
	    ALL(running), LIVE, PLAIN},
	{"taxiway_polls_waiting", G, "Polls that are due and wait for others.",
	    ALL(waiting), LIVE, PLAIN},
	{"taxiway_upkeep_running", G, "Processes that do upkeep.",
	    ALL(upkeep), LIVE, PLAIN},
	{"taxiway_tasks_done_total", C, "Pieces of upkeep that ended well.",
	    ALL(done), LIVE, "task", METRIC_TASKS, task_word, 0},
	{"taxiway_tasks_failed_total", C, "Pieces of upkeep that failed.",
	    ALL(failed), LIVE, "task", METRIC_TASKS, task_word, 0},
	{"taxiway_poll_duration_seconds", "histogram", "From the start of a "
	    "poll to its end.", OF_ALL, FIELD_HISTOGRAM,
	    offsetof(struct metrics, polls), LIVE, BOUNDS},
	{"taxiway_commit_duration_seconds", "histogram", "How long a poll's "
	    "commit took.", OF_ALL, FIELD_HISTOGRAM,
	    offsetof(struct metrics, commits), LIVE, BOUNDS},
	{"taxiway_store_readable", G, "1: the store can be read.",
	    ALL(readable), 0, PLAIN},
	{"taxiway_store_bytes", G, "Bytes of the store's file, as used.",
	    ALL(bytes), 0, PLAIN},
	{"taxiway_store_pages", G, "Pages of the store's file.",
	    ALL(pages), 0, PLAIN},
	{"taxiway_store_free_pages", G, "Pages of it that are free and will "
	    "be used again.", ALL(free_pages), 0, PLAIN},
	{"taxiway_store_generation", G, "Number of the newest commit of data.",
	    ALL(generation), 0, PLAIN},
	{"taxiway_store_written_timestamp_seconds", G, "Time of the newest "
	    "commit.", WHEN(written), 0, PLAIN},
	{"taxiway_store_values", G, "Values with any claim.",
	    ALL(values), 0, PLAIN},
	{"taxiway_store_active_values", G, "Values that are active; counted "
	    "at times.", ALL(active), IF_KNOWN, KNOWN(metrics, counted)},
	{"taxiway_store_suppressed_values", G, "Values that allow-lists "
	    "suppress; counted at times.", ALL(suppressed), IF_KNOWN,
	    KNOWN(metrics, counted)},
	{"taxiway_store_claims", G, "Claims.", ALL(claims), 0, PLAIN},
	{"taxiway_store_objects", G, "Objects.", ALL(objects), 0, PLAIN},
	{"taxiway_store_relationships", G, "Relationships among them.",
	    ALL(relationships), 0, PLAIN},
	{"taxiway_store_readers", G, "Reader slots in use.",
	    ALL(readers), 0, PLAIN},
	{"taxiway_source_state", G, "1 for the state that a source is in, 0 "
	    "for the others.", SRC(state), 0, "state", HEALTH_STATES,
	    state_word, 0},
	{"taxiway_source_state_since_timestamp_seconds", G, "When it came to "
	    "that state.", SRC_WHEN(since), 0, PLAIN},
	{"taxiway_source_last_poll_timestamp_seconds", G, "Start of the newest "
	    "poll.", SRC_WHEN(last_poll), 0, PLAIN},
	{"taxiway_source_last_success_timestamp_seconds", G, "End of the "
	    "newest complete poll.", SRC_WHEN(last_success), 0, PLAIN},
	{"taxiway_source_last_change_timestamp_seconds", G, "When an object "
	    "changed last.", SRC_WHEN(last_change), 0, PLAIN},
	{"taxiway_source_stated_timestamp_seconds", G, "Of when the feed "
	    "itself says that it is.", SRC_WHEN(stated), 0, PLAIN},
	{"taxiway_source_next_poll_timestamp_seconds", G, "When it is polled "
	    "next.", SRC_WHEN(next), LIVE, PLAIN},
	{"taxiway_source_consecutive_failures", G, "Polls in a row that did "
	    "not end well.", SRC(failures), 0, PLAIN},
	{"taxiway_source_objects", G, "Objects of the source.",
	    SRC(objects), 0, PLAIN},
	{"taxiway_source_claims", G, "Claims of the source.",
	    SRC(claims), 0, PLAIN},
	{"taxiway_source_active_values", G, "Values with an active claim of "
	    "the source; as of the poll that it was measured at.",
	    SRC(active), IF_KNOWN, KNOWN(metric_source, measured)},
	{"taxiway_source_revoked_objects", G, "Objects that are revoked.",
	    SRC(revoked), 0, PLAIN},
	{"taxiway_source_pattern_objects", G, "Indicators kept as patterns or "
	    "rules.", SRC(patterns), 0, PLAIN},
	{"taxiway_source_missing_objects", G, "Objects that its listing lacks "
	    "and that still count.", SRC(missing), 0, PLAIN},
	{"taxiway_source_withdrawn_objects", G, "Objects that count no more "
	    "because its listings lack them.", SRC(withdrawn), 0, PLAIN},
	{"taxiway_source_polls_total", C, "Polls by how they ended.",
	    SRC(polls), LIVE, "result", METRIC_RESULTS, result_word, 0},
	{"taxiway_source_last_poll_duration_seconds", G, "How long the newest "
	    "poll took.", OF_SOURCE, FIELD_SPAN,
	    offsetof(struct metric_source, last_duration), LIVE, PLAIN},
	{"taxiway_source_requests_total", C, "Requests by status; none: "
	    "without an answer.", SRC(requests), LIVE | SPARSE, "status",
	    TALLY_CLASSES, tally_name, 0},
	{"taxiway_source_pages_total", C, "Pages and documents read.",
	    SRC(pages), LIVE, PLAIN},
	{"taxiway_source_received_bytes_total", C, "Bytes of them, unpacked.",
	    SRC(bytes), LIVE, PLAIN},
	{"taxiway_source_received_objects_total", C, "Objects that came, by "
	    "what became of them.", SRC(changes), LIVE, "change",
	    METRIC_CHANGES, metric_change_name, 0},
	{"taxiway_source_rejected_total", C, "Objects that were rejected, by "
	    "reason.", SRC(rejected), LIVE | SPARSE, "reason", REJECT_REASONS,
	    reject_name, 0},
	{"taxiway_source_new_claims_total", C, "Claims that were added.",
	    SRC(new_claims), LIVE, PLAIN},
	{"taxiway_source_new_values_total", C, "Values that were new to the "
	    "store.", SRC(new_values), LIVE, PLAIN},
};

/* Upper bounds; what is longer is behind the last one. */
static const struct {
	int ms;
	const char *le;
} bounds[HISTOGRAM_BOUNDS] = {
	{5, "0.005"}, {10, "0.01"}, {50, "0.05"}, {100, "0.1"}, {250, "0.25"},
	{500, "0.5"}, {1000, "1.0"}, {5000, "5.0"}, {15000, "15.0"},
	{60000, "60.0"}, {300000, "300.0"}, {1800000, "1800.0"},
};

void
histogram_add(struct histogram *h, int64_t ns)
{
	unsigned i = 0;

	if (ns < 0)
		ns = 0;
	while (i < HISTOGRAM_BOUNDS && ns > bounds[i].ms * INT64_C(1000000))
		i++;
	h->n[i]++;
	h->sum += ns;
}

/* ---- sources ------------------------------------------------------------- */

void
metrics_free(struct metrics *m)
{
	free(m->sources);
	m->sources = NULL;
	m->n = 0;
}

struct metric_source *
metrics_find(const struct metrics *m, const char *name)
{
	unsigned i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->sources[i].name, name) == 0)
			return &m->sources[i];
	return NULL;
}

struct metric_source *
metrics_add(struct metrics *m, const char *name)
{
	struct metric_source *x = metrics_find(m, name), *v;
	unsigned i;

	/* Names that come and go for months make it no larger than that. */
	for (i = 0; x == NULL && m->n >= 2 * LIMIT_SOURCES && i < m->n; i++)
		if (!m->sources[i].shown)
			x = &m->sources[i];
	if (x == NULL) {
		v = realloc(m->sources, (m->n + 1) * sizeof(*v));
		if (v == NULL)
			return NULL;
		m->sources = v;
		x = &v[m->n++];
		x->name[0] = '\0';
	}
	if (strcmp(x->name, name) != 0) {
		*x = (struct metric_source){.shown = true};
		snprintf(x->name, sizeof(x->name), "%s", name);
	}
	x->shown = x->kept = true;
	return x;
}

void
metrics_store(struct metrics *m, const struct tw_status *s)
{
	m->readable = 1;
	m->bytes = s->bytes;
	m->pages = s->pages;
	m->free_pages = s->free_pages;
	m->generation = s->generation;
	m->values = s->values;
	m->claims = s->claims;
	m->objects = s->objects;
	m->relationships = s->relationships;
	m->readers = s->readers;
	m->written = s->written;
}

void
metrics_stored(struct metric_source *x, const struct tw_source *s,
    const struct tw_metrics *measured)
{
	x->last_poll = s->last_poll;
	x->last_success = s->last_success;
	x->last_change = s->last_change;
	x->stated = s->stated;
	x->failures = s->failures;
	x->objects = s->objects;
	x->claims = s->claims;
	x->revoked = s->revoked;
	x->patterns = s->patterns;
	x->missing = s->missing;
	x->withdrawn = s->withdrawn;
	x->measured = measured != NULL;
	x->active = measured != NULL ? measured->values : 0;
}

void
metrics_judged(struct metric_source *x, const struct health *h)
{
	memset(x->state, 0, sizeof(x->state));
	x->state[h->state] = 1;
	x->since = h->since;
}

/* ---- the text ------------------------------------------------------------ */

/* A label's text: '\', '"' and line ends are escaped, other control characters
 * are not let through. */
static void
put_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_str(b, "\\n");
		else if ((unsigned char)*s < ' ' || *s == 127)
			buf_char(b, '?');
		else {
			if (*s == '\\' || *s == '"')
				buf_char(b, '\\');
			buf_char(b, *s);
		}
	}
}

/* NAME{source="…",LABEL="…"}, a space behind it; x and word may be NULL. */
static void
put_name(struct buf *b, const struct row *r, const char *tail,
    const struct metric_source *x, const char *word)
{
	const char *sep = "{";

	buf_str(b, r->name);
	buf_str(b, tail);
	if (x != NULL) {
		buf_printf(b, "%ssource=\"", sep);
		put_text(b, x->name);
		buf_char(b, '"');
		sep = ",";
	}
	if (word != NULL) {
		buf_printf(b, "%s%s=\"", sep, r->label);
		put_text(b, word);
		buf_char(b, '"');
		sep = ",";
	}
	buf_str(b, sep[0] == ',' ? "} " : " ");
}

static void
put_seconds(struct buf *b, int64_t ns)
{
	buf_printf(b, "%" PRId64 ".%09" PRId64 "\n", ns / TSTAMP_SECOND,
	    ns % TSTAMP_SECOND);
}

static void
put_histogram(struct buf *b, const struct row *r, const struct histogram *h)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		n += h->n[i];
		put_name(b, r, "_bucket", NULL, i < HISTOGRAM_BOUNDS ?
		    bounds[i].le : "+Inf");
		buf_printf(b, "%" PRIu64 "\n", n);
	}
	put_name(b, r, "_sum", NULL, NULL);
	put_seconds(b, h->sum);
	put_name(b, r, "_count", NULL, NULL);
	buf_printf(b, "%" PRIu64 "\n", n);
}

static void
put_numbers(struct buf *b, const struct row *r, const struct metric_source *x,
    const uint64_t *v)
{
	int i, n = r->label != NULL ? r->n : 1;

	for (i = 0; i < n; i++) {
		if ((r->flags & SPARSE) != 0 && v[i] == 0)
			continue;
		put_name(b, r, "", x, r->label != NULL ? r->word(i) : NULL);
		buf_printf(b, "%" PRIu64 "\n", v[i]);
	}
}

static void
put_field(struct buf *b, const struct row *r, const struct metric_source *x,
    const void *base)
{
	const char *p = (const char *)base + r->offset;
	int64_t t;

	if ((r->flags & IF_KNOWN) != 0 &&
	    !*(const bool *)((const char *)base + r->known))
		return;
	switch (r->field) {
	case FIELD_NUMBER:
		put_numbers(b, r, x, (const uint64_t *)(const void *)p);
		break;
	case FIELD_TIME:
	case FIELD_SPAN:
		memcpy(&t, p, sizeof(t));
		if (t <= 0 || t == TSTAMP_NEVER)
			break;
		put_name(b, r, "", x, NULL);
		put_seconds(b, t);
		break;
	case FIELD_HISTOGRAM:
		put_histogram(b, r, (const struct histogram *)(const void *)p);
		break;
	case FIELD_ONE:
		put_name(b, r, "", x, *(const char *const *)(const void *)p);
		buf_str(b, "1\n");
		break;
	}
}

int
metrics_print(const struct metrics *m, struct buf *out)
{
	const struct row *r;
	unsigned i;

	for (r = rows; r < rows + ARRAY_LEN(rows); r++) {
		if ((r->flags & LIVE) != 0 && !m->live)
			continue;
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", r->name,
		    r->help, r->name, r->type);
		if (r->scope == OF_ALL)
			put_field(out, r, NULL, m);
		for (i = 0; r->scope == OF_SOURCE && i < m->n; i++)
			if (m->sources[i].shown)
				put_field(out, r, &m->sources[i],
				    &m->sources[i]);
	}
	return buf_ok(out) ? 0 : -1;
}
