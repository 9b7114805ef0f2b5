/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_status.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "cmd/clean.h"
#include "cmd/show_polls.h"
#include "cmd/status_words.h"

#define IN_FULL 20       /* sources with a problem that are told in full */
#define NAME_LEAST 12    /* columns of a name in the table */
#define LINE_MAX_BYTES KIB(4)

struct row {
	struct source_view view;
	struct tw_source stored;
	char name[LIMIT_SOURCE_NAME + 1];
};

struct view {
	struct cmd *c;
	const struct daemon_view *v;
	const struct tw_count *counts;
	unsigned width;      /* 0: texts are not broken */
	struct row *rows;
	unsigned n, room;
	unsigned count[HEALTH_STATES];
};

static void
paragraph(const struct view *w, const char *name, struct slice s)
{
	words_paragraph(w->width, name, s);
}

/* ---- one source ---------------------------------------------------------- */

static void
print_state(const struct view *w, const struct row *r)
{
	const struct health *h = &r->view.health;
	char since[TSTAMP_TEXT_MAX], ago[WORDS_SPAN];
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	buf_printf(&b, "%s: %s", r->name, health_name(h->state));
	if (h->since != 0) {
		tstamp_format(h->since, 0, since);
		buf_printf(&b, " since %s (%s)", since,
		    words_span(w->v->now - h->since, ago));
	}
	buf_str(&b, r->view.configured ? "" : ", not in the configuration");
	words_fill(w->width, buf_view(&b), 2, 0);
	buf_free(&b);
}

/* Its state, why, and what to do. */
static void
print_problem(const struct view *w, const struct row *r)
{
	const struct source_view *s = &r->view;
	char way[HEALTH_WAY_MAX];
	struct buf next;

	print_state(w, r);
	if (s->stored != NULL)
		paragraph(w, "error", SLICE_OF(s->stored->error));
	if (s->health.why != NULL)
		paragraph(w, "reason", slice_str(s->health.why));
	health_way(&s->health, r->name, way);
	paragraph(w, "way out", slice_str(way));
	if (s->stored != NULL)
		words_when("last success", s->stored->last_success);
	else
		puts("  polls         none yet");
	if (s->plan == NULL)
		return;
	buf_init(&next, LINE_MAX_BYTES);
	buf_printf(&next, "%s%s%s", s->next != NULL ? s->next : "",
	    s->next != NULL ? ", " : "", s->plan);
	paragraph(w, s->next != NULL ? "next poll" : "polls", buf_view(&next));
	buf_free(&next);
}

static void
print_rejected(const struct view *w, const struct tw_source *s)
{
	const char *reason, *sep = " (";
	uint64_t count;
	size_t pos = 0;

	if (s->rejected == 0)
		return;
	words_label("rejected");
	printf("%llu in the newest poll", (unsigned long long)s->rejected);
	for (; tw_poll_reject(w->c->snap, s->id, s->polls, &pos, &reason,
	    &count) == TW_OK; sep = ", ")
		printf("%s%s %llu", sep, reason, (unsigned long long)count);
	printf("%s\n", sep[0] == ',' ? ")" : "");
}

static void
print_deviations(const struct view *w, const struct tw_source *s)
{
	struct tw_str name;
	uint64_t count;
	size_t pos = 0;

	while (tw_poll_deviation(w->c->snap, s->id, s->polls, &pos, &name,
	    &count) == TW_OK) {
		printf(pos == 1 ? "  %-13s " : ", ", "deviations");
		print_clean(stdout, name.p, name.n);
		printf(" %llu", (unsigned long long)count);
	}
	if (pos > 0)
		putchar('\n');
}

/* What its settings say of it. */
static void
print_about(const struct view *w, const struct tw_source *s)
{
	struct tw_about a;

	if (tw_source_about(w->c->snap, s->id, &a) != TW_OK)
		return;
	paragraph(w, "title", SLICE_OF(a.title));
	paragraph(w, "docs", SLICE_OF(a.docs));
	paragraph(w, "checked", SLICE_OF(a.checked));
	paragraph(w, "terms", SLICE_OF(a.terms));
	paragraph(w, "tags", SLICE_OF(a.tags));
}

/* What the store has of it. */
static void
print_stored(const struct view *w, const struct tw_source *s)
{
	const struct tw_count *n = &w->counts[s->id];

	print_about(w, s);
	paragraph(w, "url", SLICE_OF(s->url));
	paragraph(w, "collection", SLICE_OF(s->collection));
	words_number("active", n->active, " values");
	if (n->suppressed > 0)
		words_number("suppressed", n->suppressed,
		    " values, by allow-lists");
	words_label("claims");
	printf("%llu, %llu revoked\n", (unsigned long long)s->claims,
	    (unsigned long long)s->revoked);
	words_number("objects", s->objects, "");
	if (s->missing + s->withdrawn > 0) {
		words_label("");
		printf("%llu missing from its listing, %llu withdrawn\n",
		    (unsigned long long)s->missing,
		    (unsigned long long)s->withdrawn);
	}
	if (s->patterns > 0)
		words_number("not reduced", s->patterns,
		    " kept as patterns or rules");
	print_rejected(w, s);
	print_deviations(w, s);
	words_number("polls", s->polls, "");
	words_when("last poll", s->last_poll);
	words_when("last change", s->last_change);
	if (s->stated != 0)
		words_when("states", s->stated);
}

/* ---- gathering ----------------------------------------------------------- */

static int
take_source(void *ctx, const struct source_view *s)
{
	struct view *w = ctx;
	struct row *r;

	if (w->n == w->room) {
		unsigned room = w->room * 2 + 16;

		r = realloc(w->rows, room * sizeof(*r));
		if (r == NULL)
			return TW_MEMORY;
		w->rows = r;
		w->room = room;
	}
	r = &w->rows[w->n++];
	r->view = *s;
	if (s->stored != NULL)
		r->stored = *s->stored;
	snprintf(r->name, sizeof(r->name), "%s", s->name);
	w->count[s->health.state]++;
	return TW_OK;
}

/* What a person decided is no surprise: it stands behind what is wrong.  The last
 * two are not told in full. */
static unsigned
rank(const struct row *r)
{
	enum health_state s = r->view.health.state;

	return s == HEALTH_OK ? HEALTH_STATES + 1 : s == HEALTH_NEW ?
	    HEALTH_STATES : health_chosen(s) ? HEALTH_OK : (unsigned)s;
}

static int
by_need(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int64_t s = x->view.health.since, t = y->view.health.since;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	/* Of those that are well the name is looked for. */
	if (rank(x) < HEALTH_STATES && s != t)
		return s < t ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
gather(struct view *w)
{
	int rc = daemon_view_each(w->v, w->c, take_source, w);
	unsigned i;

	if (rc == TW_OK && w->n > 0)
		qsort(w->rows, w->n, sizeof(*w->rows), by_need);
	for (i = 0; i < w->n; i++) {
		w->rows[i].view.name = w->rows[i].name;
		if (w->rows[i].view.stored != NULL)
			w->rows[i].view.stored = &w->rows[i].stored;
	}
	return rc;
}

/* ---- all of them --------------------------------------------------------- */

static unsigned
not_well(const struct view *w)
{
	return w->n - w->count[HEALTH_OK] - w->count[HEALTH_NEW];
}

/* "7 of 200 are not ok: 2 auth, 5 failing; 3 new". */
static void
print_states(const struct view *w)
{
	unsigned i, bad = not_well(w), fresh = w->count[HEALTH_NEW];
	const char *sep = ": ";
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	if (bad + fresh == 0)
		buf_printf(&b, "%u, all ok", w->n);
	else if (bad == 0)
		buf_printf(&b, "%u, %u ok", w->n, w->count[HEALTH_OK]);
	else
		buf_printf(&b, "%u of %u %s not ok", bad, w->n, bad == 1 ?
		    "is" : "are");
	for (i = 0; i < HEALTH_STATES; i++) {
		if (i == HEALTH_OK || i == HEALTH_NEW || w->count[i] == 0)
			continue;
		buf_printf(&b, "%s%u %s", sep, w->count[i],
		    health_name((enum health_state)i));
		sep = ", ";
	}
	if (fresh > 0)
		buf_printf(&b, "; %u new", fresh);
	paragraph(w, "sources", buf_view(&b));
	buf_free(&b);
}

/* What polls are confined by, and what of it is not there. */
static void
print_sandbox(const struct view *w, const json_t *s)
{
	const char *missing = json_string_value(json_object_get(s, "missing"));
	const char *mode = json_string_value(json_object_get(s, "mode"));
	json_int_t abi = json_integer_value(json_object_get(s, "landlock"));
	bool seccomp = json_is_true(json_object_get(s, "seccomp")), off;
	struct buf b;

	if (mode == NULL)
		return;
	off = strcmp(mode, "off") == 0;
	buf_init(&b, LINE_MAX_BYTES);
	if (off)
		buf_str(&b, "off");
	else if (abi > 0)
		buf_printf(&b, "Landlock %lld (files%s)%s", (long long)abi,
		    json_is_true(json_object_get(s, "ports")) ? ", ports" : "",
		    seccomp ? ", seccomp" : "");
	else
		buf_str(&b, seccomp ? "seccomp" : "limits alone");
	if (json_is_true(json_object_get(s, "daemon")) == off)
		buf_printf(&b, " for polls; %s for the daemon, until its "
		    "restart", off ? "on" : "none");
	if (missing != NULL)
		buf_printf(&b, "; %s", missing);
	paragraph(w, "sandbox", buf_view(&b));
	buf_free(&b);
}

static void
print_daemon(const struct view *w)
{
	const json_t *d = w->v->daemon;
	const char *refused = json_string_value(json_object_get(d, "refused"));
	const char *since = json_string_value(json_object_get(d, "since"));
	struct buf b;

	if (d == NULL) {
		if (daemon_view_down(w->v, w->c))
			paragraph(w, "daemon", slice_str("does not run, or "
			    "cannot be asked; start it: 'taxiway run', or "
			    "'systemctl start taxiway'"));
		return;
	}
	buf_init(&b, LINE_MAX_BYTES);
	buf_printf(&b, "runs since %s as process %lld: %lld sources, %lld polls "
	    "running, %lld waiting", since != NULL ? since : "?",
	    (long long)json_integer_value(json_object_get(d, "pid")),
	    (long long)json_integer_value(json_object_get(d, "sources")),
	    (long long)json_integer_value(json_object_get(d, "running")),
	    (long long)json_integer_value(json_object_get(d, "waiting")));
	paragraph(w, "daemon", buf_view(&b));
	buf_free(&b);
	print_sandbox(w, json_object_get(d, "sandbox"));
	if (refused == NULL)
		return;
	paragraph(w, "refused", slice_str(refused));
	paragraph(w, "way out", slice_str("correct the configuration, then "
	    "'taxiway reload'; until then the older one holds"));
}

static void
print_clock(const struct view *w, const struct tw_status *s)
{
	if (s->clock_doubted == 0)
		return;
	words_when("clock", s->clock_doubted);
	paragraph(w, "", slice_str("is doubted since then: no history ends. "
	    "If it is right: 'taxiway sweep --trust-clock'"));
	words_when("believed", s->clock_believed);
}

static unsigned
print_problems(const struct view *w)
{
	unsigned i, bad = not_well(w);

	for (i = 0; i < bad && i < IN_FULL; i++) {
		putchar('\n');
		print_problem(w, &w->rows[i]);
	}
	if (bad > i)
		printf("\n… and %u more, of which 'taxiway status NAME' tells "
		    "as much\n", bad - i);
	return bad;
}

static void
print_row(const struct view *w, const struct row *r, unsigned name)
{
	const struct source_view *s = &r->view;
	int64_t now = w->v->now;
	char in_state[WORDS_SPAN], success[WORDS_SPAN];
	char next[WORDS_SPAN + 3] = "";
	const char *last;
	unsigned room = w->width != 0 ? w->width - name - 43 : ERR_TEXT_MAX;

	words_cell(r->name, name, false);
	printf("  %-7s %4s  %7s  %12llu", health_name(s->health.state),
	    s->health.since != 0 ?
	    words_span(now - s->health.since, in_state) : "-",
	    s->stored != NULL && s->stored->last_success != 0 ?
	    words_span(now - s->stored->last_success, success) : "never",
	    (unsigned long long)(s->stored != NULL ?
	    w->counts[s->stored->id].active : 0));
	if (s->next_at > now) {
		next[0] = 'i', next[1] = 'n', next[2] = ' ';
		(void)words_span(s->next_at - now, next + 3);
	}
	last = !s->configured ? "not in the configuration" : next[0] != '\0' ?
	    next : s->plan != NULL ? s->plan : "";
	printf("%s", last[0] != '\0' ? "  " : "");
	words_cell(last, room, true);
	putchar('\n');
}

static void
print_table(const struct view *w)
{
	unsigned i, name = NAME_LEAST, most = w->width > 65 ? w->width - 55 :
	    NAME_LEAST;
	size_t bytes;

	for (i = 0; i < w->n; i++) {
		unsigned columns = words_columns(w->rows[i].name, UINT32_MAX,
		    &bytes);

		name = columns > name ? columns : name;
	}
	if (w->width != 0 && name > most)
		name = most;
	if (w->n > 0)
		printf("\n%-*s  %-7s %4s  %7s  %12s%s\n", (int)name, "source",
		    "state", "for", "success", "active",
		    w->v->daemon != NULL ? "  next poll" : "");
	for (i = 0; i < w->n; i++)
		print_row(w, &w->rows[i], name);
}

static void
print_store(const struct view *w, const struct tw_status *s)
{
	const struct tw_count *n = &w->counts[0];

	printf("\nstore %s\n", s->uuid);
	words_number("generation", s->generation, "");
	words_when("written", s->written);
	words_label("values");
	printf("%llu, %llu active", (unsigned long long)s->values,
	    (unsigned long long)n->active);
	if (n->suppressed > 0)
		printf(", %llu suppressed by allow-lists",
		    (unsigned long long)n->suppressed);
	putchar('\n');
	words_number("claims", s->claims, "");
	words_label("objects");
	printf("%llu, %llu of them relationships\n",
	    (unsigned long long)s->objects,
	    (unsigned long long)s->relationships);
	if (s->patterns > 0 || s->rules > 0) {
		words_label("not reduced");
		printf("%llu kept as patterns, %llu as rules\n",
		    (unsigned long long)s->patterns,
		    (unsigned long long)s->rules);
	}
	words_label("size");
	printf("%.1f MiB\n", (double)s->bytes / (1 << 20));
}

int
show_status(struct cmd *c, const struct daemon_view *v,
    const struct tw_status *s, const struct tw_count *counts)
{
	struct view w = {.c = c, .v = v, .counts = counts,
	    .width = cmd_columns(stdout)};
	unsigned bad;
	int rc = gather(&w);

	if (rc == TW_OK) {
		printf("%s\n", c->store);
		print_states(&w);
		print_daemon(&w);
		print_clock(&w, s);
		bad = print_problems(&w);
		print_table(&w);
		print_store(&w, s);
		/* What stands on top of a long list has scrolled away. */
		if (bad > 0 && w.n > IN_FULL)
			printf("\n%u of %u sources %s not ok: see above, first "
			    "of all\n", bad, w.n, bad == 1 ? "is" : "are");
	}
	free(w.rows);
	return rc;
}

int
show_status_of(struct cmd *c, const struct daemon_view *v,
    const struct tw_count *counts, int argc, char **argv)
{
	struct view w = {.c = c, .v = v, .counts = counts,
	    .width = cmd_columns(stdout)};
	int rc = gather(&w), a;
	const char *sep = "";
	unsigned i;

	for (i = 0; rc == TW_OK && i < w.n; i++) {
		const struct row *r = &w.rows[i];

		for (a = 0; a < argc && strcmp(argv[a], r->name) != 0; a++)
			;
		if (a == argc)
			continue;
		printf("%s", sep);
		sep = "\n";
		print_problem(&w, r);
		if (r->view.stored == NULL)
			continue;
		print_stored(&w, r->view.stored);
		rc = polls_text(c->snap, r->view.stored);
	}
	free(w.rows);
	return rc;
}
