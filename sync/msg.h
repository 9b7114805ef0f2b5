/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pipe protocol between fetcher and keeper: frames over a stream socket.
 *
 *   frame = u32 length of the body, u8 type, body
 *
 * Numbers are in the host's byte order: both ends are one program on one host,
 * and the first frame carries MSG_VERSION.  Every type has a greatest length;
 * a type that the peer may not send, or a longer body, is an error.  Bodies are
 * checked by whoever takes them (keeper.c, fetcher.c), as from an enemy.
 *
 * Both directions are non-blocking underneath.  The sending side queues up to a
 * maximum and only then waits: so the fetcher goes on while the keeper commits.
 * Not thread-safe.
 */
#ifndef SYNC_MSG_H
#define SYNC_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

#define MSG_VERSION 1
#define MSG_HEAD 5  /* bytes in front of a body */

enum msg_type {
	/* from the fetcher */
	MSG_OBJECTS = 1,   /* u32 length, record; one or more */
	MSG_BLOCK,         /* the originals of the raw records since the last one */
	MSG_KNOWN,         /* u32 objects answered "known", therefore not sent */
	MSG_REJECT,        /* u8 reason, u8 enum reject_loss, u64 count, text of
	                    * an example or nothing */
	MSG_CHECKPOINT,    /* a cursor: all before it may be committed with it */
	MSG_PAGE,          /* u64 pages, u64 bytes; so far */
	MSG_NOTE,          /* text for the operator */
	MSG_ASK,           /* u32 n, n × u64 digest, n × idkey */
	MSG_FINISH,        /* u8 complete, u32 error code, text; the last frame */
	MSG_RESULT,        /* JSON: the answer to a discovery, or a part of the
	                    * answer to a request */
	MSG_VERSIONS = 25, /* u32 n, n × i64 modified, n × idkey: like MSG_ASK */
	MSG_PARTS = 26,    /* u32 n, n × idkey: containers that are listed and
	                    * unchanged, with all that they hold */
	MSG_STATED = 28,   /* i64: of when the listing is, as the feed says */
	MSG_COMMIT = 27,   /* u8 1: commit the newest checkpoint now, and answer
	                    * with MSG_ANSWER of 0 */
	MSG_DEVIATION = 20, /* u8 enum deviation, u64 count, detail or nothing */
	MSG_EXTENT,        /* u8 enum store_extent, u64 records that the listing
	                    * says it has (UINT64_MAX: nothing); what the poll
	                    * has read if it comes to its end */
	MSG_PACE = 40,     /* pace.h */
	MSG_TALLY = 45,    /* TALLY_CLASSES × u64 requests by how they were
	                    * answered: of the whole poll, before its end */
	MSG_WANT = 30,     /* u8: 1, the next bytes of the input; 0, the first */
	/* from the keeper */
	MSG_PACED = 100,   /* pace.h */
	MSG_JOB = 64,      /* u32 MSG_VERSION, u8 enum msg_mode, job_encode() */
	MSG_ANSWER,        /* u32 n, (n + 7) / 8 bytes: bit i, known */
	MSG_INPUT = 90     /* bytes of a file that is pushed; none: its end */
};

enum msg_mode {
	MSG_MODE_POLL = 1, MSG_MODE_DISCOVER, MSG_MODE_CHECK, MSG_MODE_CLIENT,
	MSG_MODE_TRY
};

enum msg_side { MSG_FETCHER, MSG_KEEPER };

struct msg {
	enum msg_type type;
	struct slice body; /* borrowed until more bytes are read */
};

/* ---- decoding: bytes in any portions in, frames out ---------------------- */

struct msg_in {
	enum msg_side from; /* who sends */
	char *p;
	size_t cap, head, tail;
	size_t want;        /* bytes of the frame at head, 0 when not known */
};

void msg_in_init(struct msg_in *in, enum msg_side from);
void msg_in_free(struct msg_in *in); /* wipes */
/* Overwrite the frames that were given out: one held secrets. */
void msg_in_forget(struct msg_in *in);
/* Where the next bytes go: *n of them (at least one).  The caller adds what it
 * wrote to in->tail.  NULL when out of memory.  Ends all borrowing. */
char *msg_in_room(struct msg_in *in, size_t *n) CC_CHECK;
/* 1 with *m filled, 0 when more bytes are needed, -1 with e set (ERR_PROTO). */
int msg_in_next(struct msg_in *in, struct msg *m, struct err *e) CC_CHECK;
/* The greatest body of a type from a side; 0 when it may not be sent at all. */
size_t msg_limit(enum msg_side from, unsigned type);

/* ---- a connection -------------------------------------------------------- */

struct msg_chunk;

struct msg_link {
	int fd;
	struct msg_in in;
	bool eof;                    /* the peer has closed its end */
	struct msg_chunk *out, *last; /* queue, oldest first */
	struct msg_chunk *spare;
	size_t queued, max;          /* bytes in the queue */
	size_t fresh;                /* of them, since the last attempt */
	int patience;                /* ms that a full queue may stand still;
	                              * -1 for ever */
};

/* Takes fd over (closed by msg_link_free); `from` is the other side.  At most
 * about `max` bytes are queued. */
int msg_link_init(struct msg_link *l, int fd, enum msg_side from, size_t max,
    int patience, struct err *e) CC_CHECK;
void msg_link_free(struct msg_link *l);

/* Queue a frame whose body is head, then body; waits while the queue is full.
 * -1 with e set: ERR_IO when the peer is gone or does not read. */
int msg_send(struct msg_link *l, enum msg_type type, struct slice head,
    struct slice body, struct err *e) CC_CHECK;
/* Send what goes without waiting. */
int msg_push(struct msg_link *l, struct err *e) CC_CHECK;
/* Wait until all is sent. */
int msg_flush(struct msg_link *l, struct err *e) CC_CHECK;

/* The next frame: 1; 0 when there is none yet (or l->eof); -1 with e set. */
int msg_next(struct msg_link *l, struct msg *m, struct err *e) CC_CHECK;
/* The fetcher's: the keeper's next frame, however long it takes.  -1 with e set:
 * ERR_IO when the keeper is gone. */
int msg_await(struct msg_link *l, struct msg *m, struct err *e) CC_CHECK;
/* Wait up to `ms` (-1: for ever) for bytes or for room, read and push.  0, also
 * when time ran out; -1 with e set.  Ends all borrowing. */
int msg_wait(struct msg_link *l, int ms, struct err *e) CC_CHECK;

/* ---- reading bodies ------------------------------------------------------ */

/* Take n bytes off the front; false when there are fewer. */
static inline bool
msg_take(struct slice *body, void *to, size_t n)
{
	if (body->n < n)
		return false;
	memcpy(to, body->p, n);
	body->p += n;
	body->n -= n;
	return true;
}

#endif
