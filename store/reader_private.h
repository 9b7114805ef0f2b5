/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the reading half share; nobody else includes it.
 *
 * A snapshot is "stale" after begin and renew: its transaction is reset and
 * holds nothing.  The first call that needs the store fixes the view
 * (snap_fix): the transaction is renewed and the clock read, and everything up
 * to the next renew sees that one commit.  A miss that the filter answers never
 * gets so far.
 *
 * Functions return enum tw_result.  A failure leaves its text in snapshot->err.
 */
#ifndef STORE_READER_PRIVATE_H
#define STORE_READER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/tstamp.h"
#include "base/value.h"
#include "taxiway.h"
#include "store/bytes.h"
#include "store/env.h"
#include "store/filter.h"
#include "store/record.h"
#include "store/terms.h"
#include "store/undo.h"

#define SCRATCH_BYTES KIB(64)  /* of normalising one probe, kept */
#define SCRATCH_MAX MIB(1)     /* of it, at most */
#define POOL_MAX 16            /* ended snapshots kept, each with a slot */
#define SOURCE_CACHE 16        /* source records kept decoded in a view */
#define COMPLEX_PASSES 16      /* over the claims of one value */

/* One mapping of the filter, shared by the snapshots that use it. */
struct filter_ref {
	struct filter *filter;
	unsigned refs; /* under the store's mutex */
};

struct tw_store {
	char *path;
	struct env *env;
	/* A byte that reads 1 in the process that opened the store and 0 in its
	 * children; NULL where the kernel cannot do that. */
	volatile unsigned char *mark;
	long pid;
	unsigned opening;        /* grows with tw_reopen() */
	unsigned flags;          /* of tw_open() */
	uint8_t filter_uuid[16];

	pthread_mutex_t mutex;   /* the members below */
	struct tw_snapshot *pool;
	unsigned pooled, used;   /* snapshots kept, handed out */
	struct filter_ref *filter;
	uint64_t filter_txn;     /* commit at which a filter was last looked for */

	_Atomic uint32_t serial; /* of the newest snapshot */
	/* generation as of commit gen_txn; gen_txn is written before and after */
	_Atomic uint64_t gen_txn, generation, gen_check;
};

struct source_slot {
	uint64_t txn;            /* the commit that it was read from, or 0 */
	struct source_rec rec;
	struct source_terms terms;
	uint32_t known;          /* in a view of the past, the first poll that
	                          * it does not know */
	struct terms_poll polls[2]; /* whose start is known */
};

struct tw_snapshot {
	struct tw_store *store;
	struct tw_snapshot *next;
	MDB_txn *txn;
	MDB_cursor *cursor[TABLE_COUNT];
	uint32_t cursor_view[TABLE_COUNT]; /* the view it was renewed for */
	uint32_t view;           /* grows with every renew; never 0 */
	uint32_t serial;         /* tells snapshots of a store apart */
	unsigned opening;        /* the store's when this was made */
	bool live;               /* the view is fixed */
	bool filter_good;        /* …and the filter holds all of it */
	bool clock_set;          /* by tw_snapshot_at() */
	bool known_set;          /* by tw_snapshot_known_at(), … */
	bool past;               /* …to before the newest commit: past.c */
	bool back;               /* verdicts are for a time before what is known */
	bool allow_name;         /* allow-lists only name what they hold */
	uint8_t tlp_max;         /* ceiling of claims; TLP_UNKNOWN: none */
	int64_t now;             /* that verdicts are for */
	int64_t known;           /* that the view is of, when `past` */
	uint64_t head_txn;       /* the commit that head is of, or 0 */
	struct head head;
	struct filter_ref *filter;
	uint64_t filter_txn;     /* commit at which none was found */
	struct arena scratch;
	struct buf text;         /* of tw_claim_item(), tw_value_text() */
	struct block_reader *blocks; /* made when first needed */
	struct source_slot sources[SOURCE_CACHE];
	struct err err;
};

/* True in a child of the process that opened the store. */
bool store_forked_slow(const struct tw_store *store);
static inline bool
store_forked(const struct tw_store *store)
{
	if (CC_LIKELY(store->mark != NULL))
		return *store->mark == 0;
	return store_forked_slow(store);
}

/* -- reader.c -- */
/* What binds the filter of an immutable copy to that very copy: when PATH is
 * replaced, neither the old store nor the old filter fits the other. */
void snapshot_filter_uuid(uint8_t uuid[16], uint64_t generation);
/* Set the text of a failure; returns `result`. */
int snap_fail(struct tw_snapshot *s, int result, const char *fmt, ...)
    CC_PRINTF(3, 4);
/* A code of LMDB or errno; `doing` says what failed. */
int snap_lmdb(struct tw_snapshot *s, int rc, const char *doing);
/* Hand an error to a caller of the library; returns `result`. */
int reader_tell(struct tw_error *error, int result, const struct err *e);
/* The result for what base/ and env.c report. */
int result_of(const struct err *e);
/* -- snapshot.c -- */
/* Free what the pool and the store's filter hold; `with_txn` is false in a
 * forked child, where giving back a reader slot would take the parent's. */
void store_pool_free(struct tw_store *store, bool with_txn);
void store_filter_free(struct tw_store *store);
/* Say that it is; returns TW_FORKED. */
int snap_refuse(struct tw_snapshot *s);
/* Fix the view; at once TW_OK when it is. */
int snap_fix_slow(struct tw_snapshot *s) CC_CHECK;
/* snapshot->head for this view. */
int snap_head(struct tw_snapshot *s) CC_CHECK;

/* Is it of another process, or of before a tw_reopen()? */
static inline bool
snap_foreign(const struct tw_snapshot *s)
{
	return store_forked(s->store) || s->opening != s->store->opening;
}

/* A match and a claim remember which view they are of, so that a stale one is
 * an error and not a read of pages that now hold something else. */
static inline uint64_t
snap_mark(const struct tw_snapshot *s)
{
	return (uint64_t)(s->serial << 20 | (s->view & 0xfffff)) << 32;
}

static inline int CC_CHECK
snap_fix(struct tw_snapshot *s)
{
	if (CC_LIKELY(s->live && !snap_foreign(s)))
		return TW_OK;
	return snap_fix_slow(s);
}

/* -- table.c: reading one tree.  The view must be fixed. -- */
/* Fill *k (into the map) and *d; TW_NOT_FOUND when the key is not there. */
int table_get(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d) CC_CHECK;
/* The first key that is not less; TW_END behind the last. */
int table_seek(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d) CC_CHECK;
/* The last key that is less; TW_END in front of the first. */
int table_before(struct tw_snapshot *s, enum table t, const void *key,
    size_t n, MDB_val *k, MDB_val *d) CC_CHECK;
/* The key behind the last one that was got or sought. */
int table_next(struct tw_snapshot *s, enum table t, MDB_val *k, MDB_val *d)
    CC_CHECK;
/* The first key behind `key`, which need not exist (any more); fast when the
 * cursor stands there. */
int table_after(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d) CC_CHECK;

/* The snapshot's own cursor on a tree. */
int table_cursor(struct tw_snapshot *s, enum table t, MDB_cursor **cur)
    CC_CHECK;

static inline struct slice
val_slice(const MDB_val *v)
{
	return (struct slice){v->mv_data, v->mv_size};
}

static inline struct tw_str
str_of(struct slice s)
{
	return (struct tw_str){s.p, s.n};
}

/* -- object.c: records by row and source -- */
/* `record` may be NULL; else it is set to the bytes that *o borrows. */
int snap_object(struct tw_snapshot *s, uint64_t row, struct object_rec *o,
    struct slice *record) CC_CHECK;
/* Its head alone: enough for states and times. */
int snap_object_head(struct tw_snapshot *s, uint64_t row,
    struct object_rec *o) CC_CHECK;
/* Of the rows that sources brought for an id, the one with the newest
 * `modified`; `source` < 0: any.  TW_NOT_FOUND. */
int snap_object_by_id(struct tw_snapshot *s, const struct idkey *id,
    int source, uint64_t *row, struct object_rec *o, struct slice *record)
    CC_CHECK;
/* The source's record; borrowed until the view ends. */
int snap_source(struct tw_snapshot *s, uint16_t id, struct source_slot **slot)
    CC_CHECK;
/* The record of a poll; TW_NOT_FOUND when it is gone. */
int snap_poll(struct tw_snapshot *s, uint16_t source, uint32_t poll,
    struct poll_rec *r) CC_CHECK;
/* The newest record of a poll of the source before `poll`; TW_END when there is
 * none. */
int snap_poll_before(struct tw_snapshot *s, uint16_t source, uint32_t poll,
    struct poll_rec *r) CC_CHECK;
/* When a poll began; TSTAMP_NONE when its record is gone. */
int snap_poll_start(struct tw_snapshot *s, struct source_slot *slot,
    uint32_t poll, int64_t *start) CC_CHECK;
/* The verdict of a value by its claims, for when the entry may not say so;
 * TW_NOT_FOUND when all of them are withheld. */
int snap_fold(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct value_rec *out) CC_CHECK;
/* The value of an object that has this type, prefix and key. */
bool object_find_value(const struct object_rec *o, uint8_t type,
    uint8_t prefix, struct slice key, struct object_value *v);
/* The id of an object: into `text` (64 bytes), or its TAG_ID_TEXT. */
struct tw_str object_id(const struct idkey *id, const struct object_rec *o,
    char text[IDKEY_TEXT_MAX]);
struct tw_str object_type(const struct idkey *id, const struct object_rec *o);
/* The original bytes; absent when they are not kept. */
int snap_json(struct tw_snapshot *s, const struct object_rec *o,
    struct tw_str *json) CC_CHECK;

/* -- qualify.c -- */
/* May a claim of this level be told?  What carries none may not, where there is
 * a ceiling: nobody said that it may be passed on. */
static inline bool
snap_permits(const struct tw_snapshot *s, uint8_t tlp)
{
	return s->tlp_max == 0 || (tlp != 0 && tlp <= s->tlp_max);
}
/* The same for an object, by its source's default where it states none. */
int snap_permits_object(struct tw_snapshot *s, const struct object_rec *o,
    bool *yes) CC_CHECK;

/* -- match.c -- */
/* The objects behind a value, one at a time. */
struct claim_walk {
	uint64_t id;    /* value id, or the one object's row */
	uint64_t after; /* last row told */
	bool multi, begun;
	uint8_t flags;  /* of the one claim */
};
void claim_walk_start(struct claim_walk *w, const struct value_rec *r);
/* TW_OK with *row and *flags (of claim_rec), TW_END, or an error. */
int claim_walk_next(struct tw_snapshot *s, struct claim_walk *w,
    uint64_t *row, uint8_t *flags) CC_CHECK;

/* -- stand.c: which version speaks (store/undo.h) -- */
struct stand {
	struct object_rec o;
	struct slice record;        /* only with `full` */
	struct source_slot *source;
	uint8_t flags;              /* of claim_rec, CLAIM_PAST too */
	uint8_t reason;             /* of a past claim, with `full` … */
	int64_t when;               /* … and since when; NONE not known */
	int64_t met;                /* as terms_end() needs it */
};
/* The value that a key of `values` or `nets` is of; false when it is none. */
bool value_of_key(enum table t, struct slice key, struct undo_value *v);
/* For a claim with these flags (claim_walk_next()) on a value; `multi`: it lies
 * in the claims tree.  Of a past claim, `full` finds the version that made it. */
int snap_stand(struct tw_snapshot *s, uint64_t row, uint8_t flags, bool multi,
    const struct undo_value *v, bool full, struct stand *st) CC_CHECK;
/* The record of a value's sightings; TW_NOT_FOUND. */
int snap_sighting(struct tw_snapshot *s, const struct undo_value *v,
    struct slice *record) CC_CHECK;
/* *o is what is stored at the row; make it what stands there, and `record` (may
 * be NULL) its bytes when that is another.  TW_NOT_FOUND: nothing does. */
int snap_version(struct tw_snapshot *s, uint64_t row, struct object_rec *o,
    struct slice *record) CC_CHECK;
/* A version at the row that names the value, standing or not; what is stored
 * when none does. */
int snap_holder(struct tw_snapshot *s, uint64_t row,
    const struct undo_value *v, struct object_rec *o) CC_CHECK;

/* What one object says of a value of a type, under its source's terms. */
struct claim_now {
	int state;           /* enum tw_state at the time asked for */
	int64_t from, end;   /* NEVER: none */
	uint8_t confidence, tlp, rule;
	uint8_t score;       /* at the same time; 255: not known */
	bool rejected;       /* valid_until made no sense */
};
/* `at` is the time of the state; ends that move are as of the snapshot's. */
int claim_now(struct tw_snapshot *s, const struct stand *st, uint8_t type,
    int64_t at, struct claim_now *out) CC_CHECK;
/* Fill a match from a record of `values` or `nets`; kind by the caller.
 * TW_NOT_FOUND when all that is said is withheld. */
int match_fill(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct tw_match *m) CC_CHECK;
/* The record that a match was made from; TW_ARGUMENT for a match of another
 * view. */
int match_record(struct tw_snapshot *s, const struct tw_match *m,
    struct value_rec *r) CC_CHECK;

/* -- allow_read.c -- */
/* What allow-lists make of the verdict on a value (r is its entry). */
int snap_allow(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct tw_match *m) CC_CHECK;
/* The same by what was asked for, which lies in the network, or below the domain,
 * that matched. */
int snap_allow_probe(struct tw_snapshot *s, const struct value *probe,
    struct tw_match *m) CC_CHECK;

/* -- past.c -- */
/* Is this a view of the past, or a look back?  Sets snapshot->past and ->back; the
 * view is fixed. */
int past_view(struct tw_snapshot *s) CC_CHECK;
/* What is to be read as it lies there, until the view is fixed anew. */
void past_leave(struct tw_snapshot *s);
/* In such a view: the terms of a source as they were. */
int past_terms(struct tw_snapshot *s, struct source_slot *slot) CC_CHECK;
/* Looking back: from when on does a claim count no more?  NEVER: it does still;
 * NONE: as is known by now, it never did. */
int past_until(struct tw_snapshot *s, const struct stand *st,
    int64_t *until) CC_CHECK;
/* …and when it begins. */
int past_from(struct tw_snapshot *s, const struct stand *st,
    int64_t *from) CC_CHECK;
/* Had nothing that claims the value come yet? */
int past_unseen(struct tw_snapshot *s, const struct value_rec *r, bool *yes)
    CC_CHECK;

/* -- walk.c -- */
/* What tw_object_next() hands out, for a version in `record`. */
int snap_object_view(struct tw_snapshot *s, uint64_t row,
    const struct object_rec *o, struct slice record, bool with_json,
    struct tw_object *out) CC_CHECK;
/* The value as an object that holds it says it, into *said, which may be v; with
 * `text` one that says just this.  TW_OK, TW_NOT_FOUND, or an error. */
int snap_said(struct tw_snapshot *s, const struct value_rec *rec,
    const struct value *v, const struct slice *text, struct value *said) CC_CHECK;
/* The text of a value into snapshot->text; `rec` may be NULL when it is gone
 * (then the key alone must do). */
int snap_text(struct tw_snapshot *s, const struct value_rec *rec,
    struct value *v) CC_CHECK;

/* -- claims.c -- */
/* The record behind a claim; TW_ARGUMENT for a claim of another view. */
int claim_record(struct tw_snapshot *s, const struct tw_claim *c,
    struct object_rec *o) CC_CHECK;
int claim_fill(struct tw_snapshot *s, uint64_t row, const struct stand *st,
    uint8_t type, struct tw_claim *c) CC_CHECK;

/* -- claim_seen.c -- */
/* first_seen and last_seen of a claim that is filled but for them; `end` is why it
 * counts no more, with no reason where it does. */
int claim_seen(struct tw_snapshot *s, struct source_slot *source,
    const struct object_end *end, const struct object_rec *o,
    struct tw_claim *c) CC_CHECK;

#endif
