/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A slice borrows bytes: pointer and length, no NUL, no ownership.  It is valid
 * as long as what it points into.  An absent slice has p == NULL; an empty one
 * has n == 0 and p != NULL.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char *p;
	size_t n;
};

/* A slice of a string literal. */
#define SLICE(lit) ((struct slice){(lit), sizeof(lit) - 1})
#define SLICE_NONE ((struct slice){NULL, 0})
/* Of what has the same two members, such as a struct tw_str; `s` twice. */
#define SLICE_OF(s) ((struct slice){(s).p, (s).n})
/* For printf: "%.*s", SLICE_ARG(s) */
#define SLICE_ARG(s) (int)(s).n, (s).p

static inline struct slice
slice_str(const char *s)
{
	return (struct slice){s, s != NULL ? strlen(s) : 0};
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
slice_is(struct slice a, const char *s)
{
	return slice_eq(a, slice_str(s));
}

static inline bool
slice_starts(struct slice a, struct slice prefix)
{
	return a.n >= prefix.n &&
	    (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

static inline bool
slice_ends(struct slice a, struct slice tail)
{
	return a.n >= tail.n && (tail.n == 0 ||
	    memcmp(a.p + a.n - tail.n, tail.p, tail.n) == 0);
}

/* Likewise, in either case of ASCII's letters. */
static inline bool
slice_ends_nocase(struct slice a, const char *tail)
{
	size_t n = strlen(tail);

	return a.n >= n && strncasecmp(a.p + a.n - n, tail, n) == 0;
}

/* For sorting, by their bytes: < 0, 0 or > 0. */
static inline int
slice_order(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/* Take the next line off a text, without its '\n'; the last one needs none.
 * False when nothing is left. */
static inline bool
slice_line(struct slice *rest, struct slice *line)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	rest->p += line->n + (end != NULL);
	rest->n -= line->n + (end != NULL);
	return true;
}

/* Does `text` stand somewhere in it, whatever its case (ASCII)? */
static inline bool
slice_says(struct slice s, const char *text)
{
	size_t n = strlen(text), i;

	for (i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, text, n) == 0)
			return true;
	return false;
}

/* The white space of JSON, XML and lines of base64. */
static inline bool
slice_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without ASCII white space at both ends. */
static inline struct slice
slice_trim(struct slice s)
{
	/* Most texts begin and end with something else. */
	if (s.n > 0 && (unsigned char)s.p[0] > ' ' &&
	    (unsigned char)s.p[s.n - 1] > ' ')
		return s;
	while (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' &&
	    s.p[0] <= '\r'))) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' &&
	    s.p[s.n - 1] <= '\r')))
		s.n--;
	return s;
}

#endif
