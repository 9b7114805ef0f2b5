/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Server-Sent Events (HTML Living Standard, section 9.2): bytes of a
 * text/event-stream to events.  Pure; not thread-safe.
 *
 * Lines end with LF, CR or CRLF; a byte order mark in front and comments are
 * passed over.  An event without data is none, but its id counts.  What is longer
 * than EVENTS_DATA is passed over to its end and told of by `too_long`.
 */
#ifndef SYNC_EVENTS_H
#define SYNC_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

#define EVENTS_ID 128   /* bytes of an id; a longer one is not taken */
#define EVENTS_NAME 32  /* of the name of a kind; a longer one is cut */
#define EVENTS_DATA (2 * LIMIT_OBJECT) /* an object, and what it was before */

struct event {
	const char *name;   /* "message" where the server names none */
	const char *id;     /* the newest of the stream so far; "": none */
	struct slice data;  /* borrowed for the call */
};

struct events_ops {
	/* A return other than 0 (with e set) ends events_bytes(). */
	int (*event)(void *ctx, const struct event *ev, struct err *e);
	int (*too_long)(void *ctx, struct err *e);
	void *ctx;
};

struct events {
	const struct events_ops *ops; /* borrowed */
	struct buf data;
	char name[EVENTS_NAME + 1];
	char id[EVENTS_ID + 1];
	char new_id[EVENTS_ID + 1];   /* of the event at hand */
	bool has_id, has_data;
	/* of the line at hand */
	char field[8];                /* the longest that is known has five */
	size_t nfield;
	enum {EVENTS_FIELD, EVENTS_SPACE, EVENTS_VALUE, EVENTS_SILENT} at;
	char word[EVENTS_ID + 1];     /* the value of event and id */
	size_t nword;
	bool cr;                      /* the byte before was a CR */
	bool long_event;
	unsigned mark;                /* bytes of a BOM seen; 3: begun */
};

void events_init(struct events *s, const struct events_ops *ops);
void events_free(struct events *s);
/* A new connection: what was not whole is forgotten, the newest id stays. */
void events_reset(struct events *s);
int events_bytes(struct events *s, const char *p, size_t n, struct err *e)
    CC_CHECK;

#endif
