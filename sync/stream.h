/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events of OpenCTI's live stream: what each means for objects and for the
 * place in the stream.  Pure, but for the ingest.
 *
 *   connected            the ids that the stream begins and ends with
 *   heartbeat            nothing more for now
 *   create, update       data.data is a STIX object
 *   merge                the same; those in data.context.sources became part of it
 *   delete               data.data is what there was
 *
 * An object that was deleted is handed over in another version, of the time of
 * the event: an indicator with its end then (one that is made anew is active
 * again; revoked it could not be), anything else revoked.
 *
 * Ids are those of Redis, milliseconds and a number: "1700000000000-0".
 */
#ifndef SYNC_STREAM_H
#define SYNC_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "stix/tree.h"
#include "sync/events.h"
#include "sync/ingest.h"

struct stream_id {
	uint64_t ms, n;
};

/* False: no such id. */
bool stream_id_parse(struct slice text, struct stream_id *id);
/* <0, 0, >0. */
int stream_id_compare(struct stream_id a, struct stream_id b);

struct stream {
	struct ingest *g;
	int64_t now;
	struct arena arena;        /* of the event at hand */
	struct tree tree;
	/* the place */
	struct stream_id last;     /* all up to it was handed over */
	struct stream_id first;    /* the oldest that the server has */
	struct stream_id target;   /* its newest, when it was connected */
	bool connected, has_target;
	unsigned idle;             /* heartbeats in a row */
	/* not yet part of a checkpoint */
	bool begun;                /* a document of the ingest is open */
	bool moved;
	unsigned waiting;          /* events */
	uint64_t bytes;
	/* of the connection */
	uint64_t events;
};

void stream_init(struct stream *s, struct ingest *g, int64_t now);
void stream_free(struct stream *s);
/* A new connection. */
void stream_connect(struct stream *s);
int stream_event(struct stream *s, const struct event *ev, struct err *e)
    CC_CHECK;
/* An event that is too long. */
int stream_lost(struct stream *s, struct err *e) CC_CHECK;
/* Hand over what waits; a checkpoint may follow. */
int stream_flush(struct stream *s, struct err *e) CC_CHECK;
/* Was everything handed over that there was, as far as is known? */
bool stream_caught_up(const struct stream *s);

#endif
