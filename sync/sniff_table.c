/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables: the delimiter that cuts most rows into as many columns, the line that
 * names them, samples of each. */
#include <stdio.h>
#include <string.h>

#include "sync/csv.h"
#include "sync/sniff_int.h"

#define COLUMNS_MAX 64u
#define ROWS_MAX 200u
#define ROW_LINES 20u      /* of one row */
#define ROW_BYTES 8192u
#define FEW_COLUMNS 5u

struct table {
	struct csv csv;
	struct arena *arena;
	struct buf room;
	struct slice cells[COLUMNS_MAX];
	size_t ncells;
	struct slice head[COLUMNS_MAX]; /* names, in the arena; or none */
	const char *header;             /* csv-header, or NULL */
	unsigned rows, fit;
	struct sniff_field *fields;
	size_t ncolumns;
};

static bool
is_comment(struct slice line)
{
	return slice_trim(line).n == 0 || strchr("#;!", line.p[0]) != NULL;
}

static size_t
cut(struct table *t, struct slice line)
{
	buf_reset(&t->room);
	t->ncells = csv_row(&t->csv, line, &t->room, t->cells, COLUMNS_MAX);
	return t->ncells;
}

/* The same with the lines that follow, in *rest, where a quote is still open;
 * one that is never closed is that of the line alone. */
static size_t
cut_on(struct table *t, struct slice *rest, struct slice line)
{
	struct slice more = *rest, next;

	for (unsigned i = 0; cut(t, line) == 0 && i < ROW_LINES &&
	    line.n < ROW_BYTES && sniff_line(&more, &next); i++)
		line.n = (size_t)(next.p + next.n - line.p);
	if (t->ncells > 0)
		*rest = more;
	return t->ncells;
}

/* Columns that most rows have; 0 where rows do not agree. */
static size_t
measure(struct table *t, struct slice head)
{
	unsigned counts[COLUMNS_MAX + 1] = {0};
	struct slice line;
	size_t best = 0;

	t->rows = 0;
	while (t->rows < ROWS_MAX && sniff_line(&head, &line)) {
		if (is_comment(line))
			continue;
		counts[cut_on(t, &head, line)]++;
		t->rows++;
	}
	for (size_t i = 2; i <= COLUMNS_MAX; i++)
		if (counts[i] > counts[best] || best == 0)
			best = counts[i] > 0 ? i : best;
	t->fit = best > 0 ? counts[best] : 0;
	return t->fit * 10 >= t->rows * 8 ? best : 0;
}

/* Names that are alike those of hosts ("meta.tags") stand among some that are
 * not. */
static bool
is_dotted(struct slice cell)
{
	for (size_t i = 0; i < cell.n; i++)
		if (strchr("/:@", cell.p[i]) != NULL)
			return false;
	return true;
}

/* Does the row at hand name columns: words, no two of them the same? */
static bool
names_columns(const struct table *t)
{
	size_t dotted = 0;

	for (size_t i = 0; i < t->ncells; i++) {
		struct slice cell = slice_trim(t->cells[i]);
		unsigned guise = 0;

		if (cell.n == 0 || cell.n > 64 || sniff_time(cell) ||
		    (cell.p[0] >= '0' && cell.p[0] <= '9'))
			return false;
		if (sniff_type(cell, &guise) != VALUE_NONE) {
			if (!is_dotted(cell))
				return false;
			dotted++;
		}
		for (size_t k = 0; k < i; k++)
			if (slice_eq(cell, slice_trim(t->cells[k])))
				return false;
	}
	return t->ncells == t->ncolumns && (dotted == 0 ||
	    (t->ncells >= FEW_COLUMNS && t->ncells - dotted >= 3));
}

static void
take_names(struct table *t, const char *header)
{
	for (size_t i = 0; i < t->ncells; i++)
		t->head[i] = arena_slice(t->arena, slice_trim(t->cells[i]));
	t->header = header;
}

/* The name of a column in settings: its own, or its number where that could be
 * taken for something else. */
static struct slice
column_name(const struct table *t, size_t i)
{
	struct slice name = t->head[i];
	char number[24];
	int n;

	if (t->header != NULL && name.p != NULL &&
	    strpbrk(name.p, ":{}|=<>~!") == NULL)
		return name;
	n = snprintf(number, sizeof(number), "%zu", i + 1);
	return arena_slice(t->arena, (struct slice){number, (size_t)n});
}

static void
take_cells(struct table *t, unsigned row)
{
	for (size_t i = 0; i < t->ncells; i++) {
		struct sniff_field *f = &t->fields[i];
		struct slice text = slice_trim(t->cells[i]);

		if (text.n == 0)
			continue;
		f->rows |= SNIFF_ROW(row);
		if (f->n == LIMIT_SNIFF_SAMPLES)
			continue;
		text = arena_slice(t->arena, text);
		if (text.p != NULL)
			f->samples[f->n++] = text;
	}
}

static void
take_rows(struct table *t, struct slice head)
{
	struct slice line;
	bool begun = false;

	for (unsigned rows = 0; rows < ROWS_MAX && sniff_line(&head, &line);) {
		bool comment = is_comment(line);

		while (comment && !begun && line.n > 0 &&
		    strchr("#;! ", line.p[0]) != NULL)
			line.p++, line.n--;
		if (line.n == 0 || (comment && begun) || (comment ?
		    cut(t, line) : cut_on(t, &head, line)) != t->ncolumns)
			continue;
		if (comment) {
			if (names_columns(t))
				take_names(t, "commented");
			continue;
		}
		if (!begun && t->header == NULL && names_columns(t))
			take_names(t, "first");
		else
			take_cells(t, rows++);
		begun = true;
	}
}

static const struct delimiter {
	char c;
	const char *setting, *title;
} delimiters[] = {
	{',', ",", "commas"}, {'\t', "tab", "tabs"}, {';', ";", "semicolons"},
	{'|', "|", "bars"},
};

static bool
propose(struct table *t, const struct delimiter *d, struct sniff *s)
{
	char number[24];

	sniff_set(s, t->arena, "kind", SLICE("csv"));
	if (d->c != ',')
		sniff_set(s, t->arena, "csv-delimiter", slice_str(d->setting));
	if (t->header != NULL)
		sniff_set(s, t->arena, "csv-header", slice_str(t->header));
	if (t->fit == t->rows) {
		int n = snprintf(number, sizeof(number), "%zu", t->ncolumns);

		sniff_set(s, t->arena, "csv-expect",
		    (struct slice){number, (size_t)n});
	}
	for (size_t i = 0; i < t->ncolumns; i++)
		t->fields[i].name = column_name(t, i);
	if (!sniff_map(s, t->arena, t->fields, t->ncolumns))
		return false;
	s->feed = true;
	sniff_what(s, "a table (CSV) of %zu columns with %s between, %s",
	    t->ncolumns, d->title, t->header == NULL ? "without a header" :
	    strcmp(t->header, "first") == 0 ? "named by the first line" :
	    "named in a comment");
	return true;
}

bool
sniff_table(struct slice head, struct arena *a, struct sniff *s)
{
	struct table t = {.arena = a, .csv = {.quote = '"', .doubled = true}};
	const struct delimiter *best = NULL;
	unsigned fit = 0;

	buf_init(&t.room, 2 * LIMIT_ROW);
	for (size_t i = 0; i < ARRAY_LEN(delimiters); i++) {
		t.csv.delimiter = delimiters[i].c;
		if (measure(&t, head) > 0 && t.fit > fit) {
			best = &delimiters[i];
			fit = t.fit;
		}
	}
	if (best != NULL) {
		t.csv.delimiter = best->c;
		t.ncolumns = measure(&t, head);
		t.fields = arena_alloc(a, t.ncolumns * sizeof(*t.fields));
	}
	if (t.fields != NULL) {
		memset(t.fields, 0, t.ncolumns * sizeof(*t.fields));
		take_rows(&t, head);
		if (!propose(&t, best, s))
			s->nsettings = 0;
	}
	buf_free(&t.room);
	return s->feed;
}
