/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growable byte buffer with a mandatory maximum.
 *
 * The first append that fails (maximum passed, or out of memory) sets a sticky
 * flag; later appends do nothing and fail too, so a sequence may be written
 * straight and checked once with buf_ok().  The contents are always followed by
 * a NUL that is not counted in n.  Owned by whoever initialised it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

struct buf {
	char *p;     /* NULL until the first append */
	size_t n;    /* bytes in use */
	size_t cap;  /* bytes allocated */
	size_t max;  /* n never passes this */
	bool failed; /* sticky */
};

/* `max` is a name from base/limits.h.  Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* Free the bytes and return to the state after buf_init(); same maximum. */
void buf_free(struct buf *b);
/* Forget the failure and the contents, all of them or those behind the first n
 * bytes, of as many that there are; keep the allocation. */
void buf_reset(struct buf *b);
void buf_cut(struct buf *b, size_t n);
/* For buf_room(): more memory, or the failure. */
int buf_grow(struct buf *b, size_t n);

/* Make room for n more bytes; returns the place to write them, or NULL.  The
 * caller then adds to b->n what it wrote. */
static inline char *
buf_room(struct buf *b, size_t n)
{
	if (CC_UNLIKELY(b->failed || b->cap - b->n <= n) &&
	    buf_grow(b, n) != 0)
		return NULL;
	/* The NUL stays in place if the caller writes all of it or nothing. */
	b->p[b->n + n] = '\0';
	b->p[b->n] = '\0';
	return b->p + b->n;
}

/* 0, or -1 when the buffer has failed. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_str(struct buf *b, const char *s);
int buf_slice(struct buf *b, struct slice s);
int buf_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) CC_PRINTF(2, 3);
int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    CC_PRINTF(2, 0);
/* Move the bytes (NUL-terminated, to be freed with free()) to the caller and
 * reset; NULL when failed. */
char *buf_take(struct buf *b) CC_CHECK;

static inline bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}

/* The contents; valid until the next call that changes the buffer. */
static inline struct slice
buf_view(const struct buf *b)
{
	return (struct slice){b->p != NULL ? b->p : "", b->n};
}

#endif
