/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and tables: documents of lines, each of which is an entry.
 *
 *   document → lines → words or columns → map → claim
 *
 * What is not a feed at all (a page of a login, an error in JSON, prose) has no
 * line that gives a value: it is refused as a whole, and says so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/value.h"
#include "sync/claim.h"
#include "sync/csv.h"
#include "sync/doc_read.h"
#include "sync/feed_options.h"
#include "sync/wordlist.h"
#include "sync/map.h"
#include "sync/map_field.h"
#include "sync/rows.h"
#include "sync/source.h"

#define TEXT_ACCEPT "text/csv, text/plain, */*;q=0.5"
#define SAMPLE 80 /* bytes of a line shown in an error */

struct feed {
	const struct job *job;
	struct ingest *g;
	struct feed_options options;
	struct wordlist list;
	struct csv csv;
	bool table;              /* csv, not lines */
	struct rows rows;
	struct map *map;         /* made when the columns are known */
	struct arena arena;      /* of the entry at hand */
	struct buf room;         /* of the row at hand */
	struct slice fields[LIMIT_COLUMNS];
	size_t nfields;
	struct buf names;        /* of the columns, each with a NUL */
	size_t ncolumns;
	/* of the document at hand */
	uint64_t line, entries, taken, skipped;
	char first_bad[SAMPLE + 1];
	char why[SAMPLE + 1];
};

/* ---- columns --------------------------------------------------------------- */

static void
names_add(struct feed *f, struct slice name)
{
	buf_slice(&f->names, name);
	buf_char(&f->names, '\0');
	f->ncolumns++;
}

/* A column by its name, or by its number from 1. */
static int
resolve_column(void *ctx, struct slice name)
{
	struct feed *f = ctx;
	const char *p = buf_view(&f->names).p;
	char number[12];
	uint32_t n;
	size_t i;

	for (i = 0; i < f->ncolumns; i++, p += strlen(p) + 1)
		if (slice_is(name, p))
			return (int)i;
	if (name.n == 0 || name.n >= sizeof(number))
		return -1;
	memcpy(number, name.p, name.n);
	number[name.n] = '\0';
	return opt_number(number, 1, LIMIT_COLUMNS, &n) == 0 ? (int)n - 1 : -1;
}

static int
resolve_word(void *ctx, struct slice name)
{
	(void)ctx;
	return slice_is(name, "value") || slice_is(name, "1") ? 0 : -1;
}

static size_t
get_field(void *ctx, unsigned field, struct slice *texts, size_t max)
{
	const struct feed *f = ctx;

	if (max == 0 || field >= f->nfields)
		return 0;
	texts[0] = f->fields[field];
	return 1;
}

static int
map_make(struct feed *f, struct err *e)
{
	const struct map_settings s = {
		.value_options = f->job->allow_bogons ? VALUE_ALLOW_BOGON : 0,
		.now = f->job->now,
		.only_field = f->table ? NULL : "value",
	};

	map_free(f->map);
	f->map = map_new(&f->options, &s, f->table ? resolve_column :
	    resolve_word, f, e);
	return f->map != NULL ? 0 : -1;
}

/* ---- entries --------------------------------------------------------------- */

static void
sample(char out[SAMPLE + 1], struct slice s)
{
	size_t n = s.n < SAMPLE ? s.n : SAMPLE;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* The fields at hand, read from `original`. */
static int
take_entry(struct feed *f, struct slice original, uint64_t offset,
    struct err *e)
{
	const struct map_record record = {get_field, f};
	enum reject_reason why = REJECT_VALUE_OTHER;
	struct slice detail = SLICE_NONE;
	char text[SAMPLE + 1];
	struct claim c;

	f->entries++;
	arena_reset(&f->arena);
	switch (map_record(f->map, &record, &f->arena, &c, &why, &detail)) {
	case MAP_CLAIM:
		f->taken++;
		return ingest_claim(f->g, &c, original, offset,
		    map_settings_digest(f->map), e);
	case MAP_SKIP:
		f->skipped++;
		return 0;
	default:
		sample(text, detail);
		if (f->first_bad[0] == '\0')
			sample(f->first_bad, original);
		return ingest_reject(f->g, why, original, offset,
		    text[0] != '\0' ? text : NULL, e);
	}
}

static int
take_words(struct feed *f, struct slice line, uint64_t offset, struct err *e)
{
	struct slice words[WORDLIST_MAX];
	size_t i, n = wordlist_take(&f->list, line, words, WORDLIST_MAX);

	f->nfields = 1;
	for (i = 0; i < n; i++) {
		f->fields[0] = words[i];
		if (take_entry(f, line, offset, e) != 0)
			return -1;
	}
	return 0;
}

/* The line that names the columns; a comment sign in front is taken off. */
static int
take_header(struct feed *f, struct slice line, struct err *e)
{
	struct slice fields[LIMIT_COLUMNS];
	size_t i, n;

	while (line.n > 0 && strchr("#;! ", line.p[0]) != NULL)
		line.p++, line.n--;
	buf_reset(&f->room);
	n = csv_row(&f->csv, line, &f->room, fields, LIMIT_COLUMNS);
	buf_reset(&f->names);
	f->ncolumns = 0;
	for (i = 0; i < n; i++) {
		names_add(f, field_trim(fields[i]));
	}
	return map_make(f, e);
}

static enum rows_answer
take_row(struct feed *f, struct slice line, uint64_t offset, struct err *e)
{
	char text[SAMPLE];

	buf_reset(&f->room);
	f->nfields = csv_row(&f->csv, line, &f->room, f->fields,
	    LIMIT_COLUMNS);
	if (f->nfields == 0)
		return ROWS_MORE;
	if (f->options.expect > 0 && f->nfields != f->options.expect) {
		snprintf(text, sizeof(text), "%zu columns where %u are "
		    "expected", f->nfields, f->options.expect);
		f->entries++;
		if (f->why[0] == '\0')
			sample(f->why, slice_str(text));
		return ingest_reject(f->g, REJECT_RECORD, line, offset, text,
		    e) == 0 ? ROWS_NEXT : ROWS_BROKEN;
	}
	return take_entry(f, line, offset, e) == 0 ? ROWS_NEXT : ROWS_BROKEN;
}

/* A commented header is the last comment before the first row that names more
 * than one column. */
static bool
is_commented_header(const struct feed *f, struct slice line)
{
	const char *where = f->options.header;

	return where != NULL && strcmp(where, "commented") == 0 &&
	    f->entries == 0 && line.n > 1 && line.p[0] == '#' &&
	    memchr(line.p, f->csv.delimiter, line.n) != NULL;
}

static enum rows_answer
on_line(void *ctx, struct slice line, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;
	const char *where = f->options.header;

	f->line++;
	if (!f->table)
		return wordlist_silent(&f->list, line) ||
		    take_words(f, line, offset, e) == 0 ? ROWS_NEXT :
		    ROWS_BROKEN;
	if (f->line <= f->options.skip)
		return ROWS_NEXT;
	if (is_commented_header(f, line)) {
		/* Not every comment with a delimiter names the columns: the
		 * map tells. */
		struct err probe = ERR_INIT;

		(void)!take_header(f, line, &probe);
		return ROWS_NEXT;
	}
	if (wordlist_silent(&f->list, line))
		return ROWS_NEXT;
	if (where != NULL && strcmp(where, "first") == 0 && f->map == NULL)
		return take_header(f, line, e) == 0 ? ROWS_NEXT : ROWS_BROKEN;
	if (f->map == NULL && map_make(f, e) != 0)
		return ROWS_BROKEN;
	return take_row(f, line, offset, e);
}

static int
on_too_long(void *ctx, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;

	f->entries++;
	return ingest_reject(f->g, REJECT_TOO_LARGE, SLICE(""), offset, NULL,
	    e);
}

/* ---- documents ------------------------------------------------------------- */

static int
feed_begin(void *ctx, struct err *e)
{
	struct feed *f = ctx;

	rows_reset(&f->rows);
	f->line = f->entries = f->taken = f->skipped = 0;
	f->first_bad[0] = f->why[0] = '\0';
	if (f->options.header != NULL && f->table) {
		/* each document names its own columns */
		map_free(f->map);
		f->map = NULL;
	}
	return ingest_begin(f->g, e);
}

static int
feed_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feed *f = ctx;

	return rows_bytes(&f->rows, p, n, e);
}

static int
feed_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct ingest_facts facts;
	struct feed *f = ctx;

	if (rows_end(&f->rows, e) != 0 ||
	    ingest_claims_end(f->g, bytes, &facts, e) != 0)
		return -1;
	if (f->entries > 0 && f->taken == 0 && f->skipped == 0)
		return err_set(e, ERR_SYNTAX, "none of its %llu entries holds "
		    "a value%s%s; the first: '%s'. Is this the feed that its "
		    "settings are for?", (unsigned long long)f->entries,
		    f->why[0] != '\0' ? ": " : "", f->why, f->first_bad);
	return ingest_page(f->g, bytes, e);
}

static void
feed_abandon(void *ctx)
{
	struct feed *f = ctx;

	ingest_abandon(f->g);
}

/* ---- the source ------------------------------------------------------------ */

static void
feed_free(struct feed *f)
{
	map_free(f->map);
	rows_free(&f->rows);
	wordlist_free(&f->list);
	feed_options_free(&f->options);
	buf_free(&f->room);
	buf_free(&f->names);
	arena_free(&f->arena);
	free(f);
}

static int
feed_open(struct feed *f, const struct rows_ops *ops, struct err *e)
{
	uint32_t i;

	arena_init(&f->arena, MIB(4));
	buf_init(&f->room, 2 * LIMIT_ROW);
	buf_init(&f->names, LIMIT_ROW);
	if (feed_options_parse(f->job->feed, f->job->nfeed, &f->options,
	    e) != 0 || wordlist_init(&f->list, &f->options, e) != 0 ||
	    rows_init(&f->rows, ops, f->options.encoding, e) != 0)
		return -1;
	csv_init(&f->csv, &f->options);
	for (i = 0; i < f->options.columns.n; i++)
		names_add(f, slice_str(f->options.columns.v[i]));
	return f->table ? 0 : map_make(f, e);
}

static int
feed_read(struct feed *f, struct err *e)
{
	const struct doc_want want = {.accept = TEXT_ACCEPT, .text = true,
	    .member = f->options.archive_member};
	const struct doc_sink sink = {feed_begin, feed_bytes, feed_end,
	    feed_abandon, f};
	struct cursor c;
	bool fresh;
	int rc;

	cursor_init(&c, f->job);
	if (cursor_decode(slice_str(f->job->cursor), &c, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	rc = doc_read(f->job, f->g, &c, &want, &sink, &fresh, e);
	if (rc == 0)
		rc = ingest_extent(f->g, fresh ? STORE_DOCUMENT : STORE_SAME,
		    STORE_UNDECLARED, e);
	if (rc == 0)
		rc = doc_checkpoint(f->g, &c, e);
	cursor_free(&c);
	return rc;
}

static int
poll_feed(const struct job *job, struct ingest *g, bool table, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct feed *f = calloc(1, sizeof(*f));
	struct rows_ops ops = {on_line, on_too_long, f};
	int rc;

	if (f == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	f->job = job;
	f->g = g;
	f->table = table;
	rc = feed_open(f, &ops, x);
	if (rc == 0)
		rc = feed_read(f, x);
	feed_free(f);
	return rc;
}

static int
poll_lines(const struct job *job, struct ingest *g, struct err *e)
{
	return poll_feed(job, g, false, e);
}

static int
poll_csv(const struct job *job, struct ingest *g, struct err *e)
{
	return poll_feed(job, g, true, e);
}

/* What a feed is read as is said, never guessed. */
static bool
claims_nothing(const struct job *job)
{
	(void)job;
	return false;
}

const struct source_ops source_lines = {
	.kind = "lines", .title = "list of lines",
	.claims = claims_nothing, .poll = poll_lines,
};

const struct source_ops source_csv = {
	.kind = "csv", .title = "table of CSV",
	.claims = claims_nothing, .poll = poll_csv,
};
