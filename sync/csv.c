/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/csv.h"

#include <string.h>

#include "base/find.h"
#include "base/limits.h"

void
csv_init(struct csv *c, const struct feed_options *f)
{
	*c = (struct csv){',', '"', f->backslash ? '\\' : '\0',
	    f->doublequote == NULL || strcmp(f->doublequote, "off") != 0};
	if (f->escape != NULL)
		c->escape = strcmp(f->escape, "none") == 0 ? '\0' :
		    f->escape[0];
	if (f->delimiter != NULL)
		c->delimiter = strcmp(f->delimiter, "tab") == 0 ? '\t' :
		    strcmp(f->delimiter, "whitespace") == 0 ? '\0' :
		    f->delimiter[0];
	if (f->quote != NULL)
		c->quote = strcmp(f->quote, "none") == 0 ? '\0' : f->quote[0];
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
ends_field(const struct csv *c, char ch)
{
	return c->delimiter != '\0' ? ch == c->delimiter : is_blank(ch);
}

/* Where blanks in front of a field end: they are never part of a quoted one. */
static size_t
skip_blanks(const struct csv *c, struct slice row, size_t at)
{
	size_t i = at;

	while (i < row.n && is_blank(row.p[i]) &&
	    (c->delimiter == '\0' || row.p[i] != c->delimiter))
		i++;
	if (i == at || c->delimiter == '\0' || (i < row.n &&
	    row.p[i] == c->quote && c->quote != '\0'))
		return i;
	return at;
}

/* The next byte from `i` on that means something within quotes; row.n: none.
 * Escapes are looked for one by one: a search for the quote behind each of them
 * would take the square of their number. */
static size_t
next_mark(const struct csv *c, struct slice row, size_t i)
{
	const char *quote;

	while (c->escape != '\0' && i < row.n && row.p[i] != c->escape &&
	    row.p[i] != c->quote)
		i++;
	if (c->escape != '\0' || i == row.n)
		return i;
	quote = memchr(row.p + i, c->quote, row.n - i);
	return quote != NULL ? (size_t)(quote - row.p) : row.n;
}

/* A field whose last part is at hand; `room` may still move, so that a place in
 * it is kept as none until the row is cut. */
static struct slice
taken(struct buf *room, size_t kept, bool copied, struct slice last)
{
	if (!copied)
		return last;
	buf_add(room, last.p, last.n);
	return (struct slice){NULL, room->n - kept};
}

/*
 * A quoted field; *at stands behind its opening quote and moves behind the field.
 * False when it is not closed.  A quote that neither a delimiter nor another
 * quote follows belongs to the text: feeds forget to double it.  Where none is
 * doubled, that is all.
 */
static bool
quoted(const struct csv *c, struct slice row, size_t *at, struct buf *room,
    struct slice *field)
{
	size_t from = *at, i, kept = room->n;
	bool copied = false;

	for (i = next_mark(c, row, from); i < row.n;
	    i = next_mark(c, row, i + 1)) {
		if (row.p[i] != c->quote) { /* an escape */
			if (i + 1 == row.n)
				continue;
			buf_add(room, row.p + from, i - from);
			copied = true;
			from = ++i;
			continue;
		}
		if (i + 1 == row.n || ends_field(c, row.p[i + 1]))
			break;
		if (row.p[i + 1] != c->quote || !c->doubled)
			continue;
		buf_add(room, row.p + from, i + 1 - from);
		copied = true;
		from = ++i + 1;
	}
	if (i >= row.n)
		return false;
	*at = i + 1;
	*field = taken(room, kept, copied, (struct slice){row.p + from,
	    i - from});
	return true;
}

/* The same for fields as nearly all are, with no quote within, one behind
 * another; *at stands in front of a quote, and moves to the field behind the last
 * of them, or behind the row where there is none.  Their number, `max` at the
 * most. */
static size_t
quoted_run(const struct csv *c, struct slice row, size_t *at,
    struct slice *fields, size_t max)
{
	const char quote = c->quote, delimiter = c->delimiter;
	const char *close, *end = row.p + row.n;
	size_t n = 0, i = *at, k;

	if (c->escape != '\0' || delimiter == '\0')
		return 0;
	while (n < max && i < row.n && row.p[i] == quote) {
		close = find_near(row.p + i + 1, end, quote);
		k = close != NULL ? (size_t)(close - row.p) : row.n;
		if (k == row.n || (k + 1 < row.n &&
		    row.p[k + 1] != delimiter))
			break;
		fields[n++] = (struct slice){row.p + i + 1, k - i - 1};
		i = k + 2;
	}
	*at = i;
	return n;
}

static struct slice
plain(const struct csv *c, struct slice row, size_t *at)
{
	size_t from = *at, i = from;
	const char *end;

	if (i == row.n || ends_field(c, row.p[i])) {
		/* nothing, as behind a quote */
	} else if (c->delimiter != '\0') {
		end = find_near(row.p + i, row.p + row.n, c->delimiter);
		i = end != NULL ? (size_t)(end - row.p) : row.n;
	} else {
		while (i < row.n && !is_blank(row.p[i]))
			i++;
	}
	*at = i;
	return (struct slice){row.p + from, i - from};
}

/* The same where characters may be escaped. */
static struct slice
escaped(const struct csv *c, struct slice row, size_t *at, struct buf *room)
{
	size_t from = *at, i, kept = room->n;
	bool copied = false;

	for (i = from; i < row.n && !ends_field(c, row.p[i]); i++) {
		if (row.p[i] != c->escape || i + 1 == row.n)
			continue;
		buf_add(room, row.p + from, i - from);
		copied = true;
		from = ++i;
	}
	*at = i;
	return taken(room, kept, copied, (struct slice){row.p + from,
	    i - from});
}

/* Fields that were copied get their place, in order. */
static void
settle(const struct buf *room, size_t base, struct slice *fields, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (fields[i].p != NULL)
			continue;
		fields[i].p = room->p + base;
		base += fields[i].n;
	}
}

size_t
csv_row(const struct csv *c, struct slice row, struct buf *room,
    struct slice *fields, size_t max)
{
	size_t at = 0, n = 0, base = room->n, run;

	for (;;) {
		if (at < row.n && is_blank(row.p[at]))
			at = skip_blanks(c, row, at);
		if (c->delimiter == '\0' && at == row.n && n > 0)
			break;
		if (n == max)
			break;
		if (c->quote != '\0' && at < row.n && row.p[at] == c->quote) {
			run = quoted_run(c, row, &at, fields + n, max - n);
			n += run;
			if (at > row.n)
				break;
			if (run > 0)
				continue;
			at++;
			if (!quoted(c, row, &at, room, &fields[n]))
				return 0;
		} else {
			fields[n] = c->escape == '\0' ? plain(c, row, &at) :
			    escaped(c, row, &at, room);
		}
		n++;
		if (at >= row.n)
			break;
		at++;
	}
	if (!buf_ok(room))
		return 0;
	if (room->n > base)
		settle(room, base, fields, n);
	return n;
}

int
csv_choose(struct slice names, int (*find)(void *ctx, struct slice name),
    void *ctx)
{
	const char *end = names.p + names.n, *p = names.p, *bar;
	int column = names.n > 0 ? find(ctx, names) : -1;

	for (; column < 0 && names.n > 0 && p < end; p = bar + 1) {
		bar = memchr(p, '|', (size_t)(end - p));
		if (bar == NULL)
			return find(ctx, (struct slice){p,
			    (size_t)(end - p)});
		column = find(ctx, (struct slice){p, (size_t)(bar - p)});
		if (column < 0 && bar + 1 == end)
			return LIMIT_COLUMNS;
	}
	return column;
}
