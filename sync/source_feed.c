/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and tables: documents of lines, each of which is an entry.
 *
 *   document → lines → words or columns → map → claim
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sync/csv.h"
#include "sync/entries.h"
#include "sync/map_field.h"
#include "sync/rows.h"
#include "sync/source.h"
#include "sync/wordlist.h"

#define TEXT_ACCEPT "text/csv, text/plain, */*;q=0.5"

#define NOTED_LINE (4 * ENTRIES_SAMPLE + 1) /* longer ones tell nothing */

struct feed {
	struct entries x;
	struct wordlist list;
	struct csv csv;
	bool table;              /* csv, not lines */
	enum { HEADER_NONE, HEADER_FIRST, HEADER_COMMENTED } header;
	struct rows rows;
	struct buf room;         /* of the row at hand */
	struct slice fields[LIMIT_COLUMNS];
	size_t nfields;
	struct buf names;        /* of the columns, each with a NUL */
	size_t ncolumns;
	uint64_t line;           /* of the document at hand */
	char notice[ENTRIES_SAMPLE + 1]; /* a comment that says its end */
	bool counts;             /* a comment may tell their number */
	regex_t count;
	bool states;             /* … or of when they are */
	regex_t stated;
	bool has_end, ended;     /* a line that must be there, and is */
	regex_t end;
	uint64_t passed;         /* lines of a list that list nothing, */
	bool knows;              /* … some of which are of its syntax */
	char first_passed[ENTRIES_SAMPLE + 1];
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
resolve_one(void *ctx, struct slice name)
{
	const struct feed *f = ctx;
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
resolve_column(void *ctx, struct slice name)
{
	return csv_choose(name, resolve_one, ctx);
}

static int
resolve_word(void *ctx, struct slice name)
{
	(void)ctx;
	return slice_is(name, "value") || slice_is(name, "1") ? 0 : -1;
}

static int
map_make(struct feed *f, struct err *e)
{
	return entries_map(&f->x, f->table ? resolve_column : resolve_word, f,
	    f->table ? NULL : "value", e);
}

/* ---- entries --------------------------------------------------------------- */

/* The fields at hand, read from `original`. */
static int
take_entry(struct feed *f, struct slice original, uint64_t offset,
    struct err *e)
{
	const struct map_record record = {.row = f->fields, .n = f->nfields};

	return entries_take(&f->x, &record, original, offset, 0, e);
}

static void
pass_over(struct feed *f, struct slice line)
{
	if (f->passed++ == 0)
		snprintf(f->first_passed, sizeof(f->first_passed), "%.*s",
		    (int)(line.n < ENTRIES_SAMPLE ? line.n : ENTRIES_SAMPLE),
		    line.p);
	f->knows = f->knows || wordlist_knows(&f->list, line);
}

static int
take_words(struct feed *f, struct slice line, uint64_t offset, struct err *e)
{
	struct slice words[WORDLIST_MAX];
	size_t i, n = wordlist_take(&f->list, line, words, WORDLIST_MAX);

	if (n == 0)
		pass_over(f, line);
	f->nfields = 1;
	for (i = 0; i < n; i++) {
		f->fields[0] = words[i];
		if (take_entry(f, line, offset, e) != 0)
			return -1;
	}
	return 0;
}

/* Are the columns those that are expected?  A feed that gets another one in the
 * middle would be read wrongly by all that know it by its number. */
static int
check_names(const struct feed *f, struct err *e)
{
	const struct opt_list *expected = &f->x.options.columns;
	const char *p = buf_view(&f->names).p;
	size_t i;

	for (i = 0; i < f->ncolumns && i < expected->n; i++) {
		if (strcmp(p, expected->v[i]) != 0)
			return err_set(e, ERR_SYNTAX, "column %zu is '%.80s' "
			    "where csv-columns has '%s': has the feed changed?",
			    i + 1, p, expected->v[i]);
		p += strlen(p) + 1;
	}
	return expected->n == 0 || f->ncolumns == expected->n ? 0 :
	    err_set(e, ERR_SYNTAX, "%zu columns where csv-columns has %u: has "
	    "the feed changed?", f->ncolumns, expected->n);
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
		names_add(f, slice_trim(fields[i]));
	}
	if (check_names(f, e) == 0 && map_make(f, e) == 0)
		return 0;
	return err_context(e, "columns named by '%.*s'",
	    (int)(line.n < ENTRIES_SAMPLE ? line.n : ENTRIES_SAMPLE), line.p);
}

static CC_RARE enum rows_answer
reject_row(struct feed *f, struct slice line, uint64_t offset, struct err *e)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu columns where %u are expected",
	    f->nfields, f->x.options.expect);
	return entries_reject(&f->x, REJECT_ROW, line, offset, text, e) == 0 ?
	    ROWS_NEXT : ROWS_BROKEN;
}

static enum rows_answer
take_row(struct feed *f, struct slice line, uint64_t offset, struct err *e)
{
	buf_reset(&f->room);
	f->nfields = csv_row(&f->csv, line, &f->room, f->fields,
	    LIMIT_COLUMNS);
	if (f->nfields == 0)
		return ROWS_MORE;
	if (f->x.options.expect > 0 && f->nfields != f->x.options.expect)
		return reject_row(f, line, offset, e);
	return take_entry(f, line, offset, e) == 0 ? ROWS_NEXT : ROWS_BROKEN;
}

/* A commented header is the last comment before the first row that names more
 * than one column. */
static bool
is_commented_header(const struct feed *f, struct slice line)
{
	return f->header == HEADER_COMMENTED &&
	    f->x.entries == 0 && line.n > 1 && line.p[0] == '#' &&
	    memchr(line.p, f->csv.delimiter, line.n) != NULL;
}

/* Lists that end do so politely: they answer, with comments only. */
static void
note_end(struct feed *f, struct slice line)
{
	static const char *const words[] = {"discontinued", "no longer",
	    "deprecated", "suspended", "has been merged", "was merged",
	    "has moved", "retired", "end of life", "shut down"};
	char text[4 * ENTRIES_SAMPLE + 1];
	size_t n = line.n < sizeof(text) - 1 ? line.n : sizeof(text) - 1;

	if (f->x.entries > 0 || f->notice[0] != '\0' || n == 0)
		return;
	memcpy(text, line.p, n);
	text[n] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasestr(text, words[i]) != NULL)
			snprintf(f->notice, sizeof(f->notice), "%.*s",
			    ENTRIES_SAMPLE, text);
}

/* What the first parentheses of an expression take out of a line, if it does:
 * absent, or within `line`. */
static struct slice
captured(const regex_t *re, struct slice line)
{
	regmatch_t m[2] = {{0, (regoff_t)line.n}};

	if (line.n >= NOTED_LINE || regexec(re, line.n > 0 ? line.p : "", 2, m,
	    REG_STARTEND) != 0 || m[1].rm_so < 0)
		return SLICE_NONE;
	return (struct slice){line.p + m[1].rm_so,
	    (size_t)(m[1].rm_eo - m[1].rm_so)};
}

/* A comment that tells how many entries there are; "4,631" is a number. */
static void
note_count(struct feed *f, struct slice line)
{
	struct slice text = f->counts ? captured(&f->count, line) : SLICE_NONE;
	uint64_t n = 0;
	size_t i;

	if (text.n == 0 || text.n > 15)
		return;
	for (i = 0; i < text.n; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9')
			n = n * 10 + (uint64_t)(text.p[i] - '0');
		else if (i == 0 || memchr(",.' ", text.p[i], 4) == NULL)
			return;
	}
	f->x.declared = n;
}

/* One that tells of when they are. */
static int
note_stated(struct feed *f, struct slice line, struct err *e)
{
	struct slice text = f->states ? captured(&f->stated, line) : SLICE_NONE;

	return text.n == 0 ? 0 : entries_stated(&f->x, text, e);
}

static CC_RARE bool
is_end(const struct feed *f, struct slice line)
{
	regmatch_t m[1] = {{0, (regoff_t)line.n}};

	return regexec(&f->end, line.n > 0 ? line.p : "", 1, m,
	    REG_STARTEND) == 0;
}

/* A header that is expected has not come. */
static int
lacks_header(const struct feed *f, struct slice line, struct err *e)
{
	if (f->x.options.header == NULL || f->x.options.columns.n == 0 ||
	    strcmp(f->x.options.header, "none") == 0)
		return 0;
	return err_set(e, ERR_SYNTAX, "no line names the columns as "
	    "csv-columns has them, in front of '%.*s': has the feed changed?",
	    (int)(line.n < ENTRIES_SAMPLE ? line.n : ENTRIES_SAMPLE), line.p);
}

static enum rows_answer
on_line(void *ctx, struct slice line, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;
	bool silent = wordlist_silent(&f->list, line);

	f->line++;
	if (silent)
		note_count(f, line);
	if (f->has_end && is_end(f, line)) {
		f->ended = true;
		return ROWS_NEXT;
	}
	if (silent && note_stated(f, line, e) != 0)
		return ROWS_BROKEN;
	if (silent && f->x.entries == 0)
		note_end(f, line);
	if (!f->table)
		return silent || take_words(f, line, offset, e) == 0 ?
		    ROWS_NEXT : ROWS_BROKEN;
	if (f->line <= f->x.options.skip)
		return ROWS_NEXT;
	if (is_commented_header(f, line)) {
		/* Not every comment with a delimiter names the columns: the
		 * map tells. */
		struct err probe = ERR_INIT;

		(void)!take_header(f, line, &probe);
		return ROWS_NEXT;
	}
	if (silent)
		return ROWS_NEXT;
	if (f->header == HEADER_FIRST && f->x.map == NULL)
		return take_header(f, line, e) == 0 ? ROWS_NEXT : ROWS_BROKEN;
	if (f->x.map == NULL && (lacks_header(f, line, e) != 0 ||
	    map_make(f, e) != 0))
		return ROWS_BROKEN;
	return take_row(f, line, offset, e);
}

static int
on_too_long(void *ctx, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;

	return entries_reject(&f->x, REJECT_TOO_LARGE, SLICE(""), offset,
	    "a line too long, or a quote that is not closed", e);
}

/* ---- documents ------------------------------------------------------------- */

static int
feed_begin(void *ctx, struct err *e)
{
	struct feed *f = ctx;

	rows_reset(&f->rows);
	f->line = 0;
	f->ended = false;
	f->notice[0] = '\0';
	f->passed = 0;
	f->knows = false;
	wordlist_begin(&f->list);
	if (f->x.options.header != NULL && f->table) {
		/* each document names its own columns */
		map_free(f->x.map);
		f->x.map = NULL;
	}
	return entries_begin(&f->x, e);
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
	struct feed *f = ctx;

	if (rows_end(&f->rows, e) != 0)
		return -1;
	if (f->has_end && !f->ended)
		return err_set(e, ERR_SYNTAX, "it has no line that fits "
		    "end-line: it did not come whole");
	if (f->x.entries == 0 && f->notice[0] != '\0')
		return err_set(e, ERR_MOVED, "it lists nothing, and says: "
		    "'%s'", f->notice);
	if (f->x.entries == 0 && f->passed > 0 && !f->knows)
		return err_set(e, ERR_SYNTAX, "none of its %llu lines is what "
		    "%s takes; the first: '%s'. Is this the feed that its "
		    "settings are for?", (unsigned long long)f->passed,
		    f->list.has_extract ? "lines-extract" : "lines-syntax",
		    f->first_passed);
	return entries_end(&f->x, bytes, e);
}

static void
feed_abandon(void *ctx)
{
	struct feed *f = ctx;

	ingest_abandon(f->x.g);
}

/* ---- the source ------------------------------------------------------------ */

static void
feed_free(struct feed *f)
{
	if (f->counts)
		regfree(&f->count);
	if (f->states)
		regfree(&f->stated);
	if (f->has_end)
		regfree(&f->end);
	entries_free(&f->x);
	rows_free(&f->rows);
	wordlist_free(&f->list);
	buf_free(&f->room);
	buf_free(&f->names);
	free(f);
}

static int
feed_open(struct feed *f, const struct rows_ops *ops, struct err *e)
{
	const char *where = f->x.options.header;
	uint32_t i;

	if (where != NULL && strcmp(where, "first") == 0)
		f->header = HEADER_FIRST;
	else if (where != NULL && strcmp(where, "commented") == 0)
		f->header = HEADER_COMMENTED;
	buf_init(&f->room, 2 * LIMIT_ROW);
	buf_init(&f->names, LIMIT_ROW);
	if (wordlist_init(&f->list, &f->x.options, e) != 0 ||
	    rows_init(&f->rows, ops, f->x.options.encoding, e) != 0)
		return -1;
	if (f->x.options.count_line != NULL && regcomp(&f->count,
	    f->x.options.count_line, REG_EXTENDED | REG_ICASE) != 0)
		return err_set(e, ERR_CONFIG, "count-line: '%s' is no POSIX "
		    "ERE", f->x.options.count_line);
	f->counts = f->x.options.count_line != NULL;
	if (f->x.options.stated_line != NULL && regcomp(&f->stated,
	    f->x.options.stated_line, REG_EXTENDED | REG_ICASE) != 0)
		return err_set(e, ERR_CONFIG, "stated-line: '%s' is no POSIX "
		    "ERE", f->x.options.stated_line);
	f->states = f->x.options.stated_line != NULL;
	if (f->x.options.end_line != NULL && regcomp(&f->end,
	    f->x.options.end_line, REG_EXTENDED) != 0)
		return err_set(e, ERR_CONFIG, "end-line: '%s' is no POSIX ERE",
		    f->x.options.end_line);
	f->has_end = f->x.options.end_line != NULL;
	f->x.shaped = f->table && (f->header != HEADER_NONE ||
	    f->x.options.columns.n > 0);
	csv_init(&f->csv, &f->x.options);
	for (i = 0; i < f->x.options.columns.n; i++)
		names_add(f, slice_str(f->x.options.columns.v[i]));
	return f->table ? 0 : map_make(f, e);
}

static int
feed_facts(void *ctx, struct paging_reply *r, struct err *e)
{
	const struct feed *f = ctx;

	(void)e;
	entries_facts(&f->x, r);
	return 0;
}

static int
poll_feed(const struct job *job, struct ingest *g, bool table, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct feed *f = calloc(1, sizeof(*f));
	struct rows_ops ops = {on_line, on_too_long, f};
	const struct doc_sink sink = {feed_begin, feed_bytes, feed_end,
	    feed_abandon, f, NULL, NULL};
	static const struct doc_want want = {.accept = TEXT_ACCEPT,
	    .text = true};
	int rc;

	if (f == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	f->table = table;
	rc = entries_init(&f->x, job, g, x);
	if (rc == 0)
		rc = feed_open(f, &ops, x);
	if (rc == 0)
		rc = entries_poll(&f->x, &want, &sink, feed_facts, x);
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

/* What a feed is read as is said, never guessed: no claims. */
const struct source_ops source_lines = {
	.kind = "lines", .title = "list of lines",
	.document = true, .feed = true,
	.poll = poll_lines,
};

const struct source_ops source_csv = {
	.kind = "csv", .title = "table of CSV",
	.document = true, .feed = true,
	.poll = poll_csv,
};
