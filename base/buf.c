/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST 64u /* bytes of the first allocation, maximum permitting */

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_cut(struct buf *b, size_t n)
{
	b->n = n;
	b->failed = false;
	if (b->p != NULL)
		b->p[n] = '\0';
}

void
buf_reset(struct buf *b)
{
	buf_cut(b, 0);
}

/* cap counts the byte of the final NUL, max does not. */
static int
grow(struct buf *b, size_t n)
{
	size_t need, cap;
	char *p;

	if (n > b->max - b->n)
		return -1;
	need = b->n + n + 1;
	if (need == 0) /* max is SIZE_MAX and used up */
		return -1;
	cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap - 1 > b->max)
		cap = b->max + 1;
	p = realloc(b->p, cap);
	if (p == NULL)
		return -1;
	b->p = p;
	b->cap = cap;
	return 0;
}

int
buf_grow(struct buf *b, size_t n)
{
	if (!b->failed && grow(b, n) != 0)
		b->failed = true;
	return b->failed ? -1 : 0;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n);

	if (to == NULL)
		return -1;
	if (n != 0)
		memcpy(to, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

int
buf_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_slice(struct buf *b, struct slice s)
{
	return buf_add(b, s.p, s.n);
}

int
buf_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *to;
	int n;

	if (b->failed)
		return -1;
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	to = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (to == NULL) {
		b->failed = true;
		return -1;
	}
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
	return 0;
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return rc;
}

char *
buf_take(struct buf *b)
{
	char *p;

	/* An empty buffer still gives a string. */
	if (buf_room(b, 0) == NULL)
		return NULL;
	p = b->p;
	buf_init(b, b->max);
	return p;
}
