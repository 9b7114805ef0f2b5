/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON as it arrives in chunks: where it is read, what of it is kept, and what
 * went wrong.  The ground of the splitter and of the cutter; private to
 * stix/split*.c and stix/cut*.c.
 *
 * A step reads on at p, which is before `end`, and returns how far it came; NULL
 * stops the reader with `result`.  Errors are "offset N: …", from the beginning
 * of the input.
 */
#ifndef STIX_STREAM_H
#define STIX_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "stix/split_keep.h"

struct stream {
	/* the chunk that is being fed */
	const char *chunk, *end;
	struct err *e;
	uint64_t before;      /* bytes of the chunks before this one */
	int result;           /* what stopped it */
	struct keep *keeping; /* what the chunk is kept for, or NULL */
	unsigned mark;        /* bytes of a byte order mark */
	bool escaped;         /* in a string, behind a backslash */
};

/* Nothing was read. */
void stream_reset(struct stream *s);
/* A chunk comes; it is over. */
void stream_enter(struct stream *s, const char *p, size_t n, struct err *e);
void stream_leave(struct stream *s);
/* More came although it was stopped: its result, with e set. */
int stream_stopped(const struct stream *s, struct err *e);

uint64_t stream_offset(const struct stream *s, const char *p);
/* Set the error and stop: always NULL. */
const char *stream_fail(struct stream *s, int code, uint64_t offset,
    const char *fmt, ...) CC_PRINTF(4, 5);
/* "'x' (0x78) <what>" of the byte at p. */
const char *stream_fail_byte(struct stream *s, const char *p,
    const char *what);
const char *stream_fail_memory(struct stream *s);
/* A callback's return: go on at p, or stop. */
const char *stream_go_on(struct stream *s, int rc, const char *p);

/* Past a byte order mark, if there is one: *over once that is known. */
const char *stream_mark(struct stream *s, const char *p, bool *over);
const char *stream_spaces(const char *p, const char *end);
/* The closing quote of the string that goes on at p, or NULL. */
const char *stream_quote(struct stream *s, const char *p);

#endif
