/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch on its way into the trees.  Private to store/apply*.c.
 *
 * Order within a transaction: identifiers (what is new, what changed), blocks and
 * objects in order of arrival, and as they go, operations on values and on
 * relationships are collected, and applied sorted when there are many or no more
 * objects; then the change log and the small records.  A large batch of a first
 * load takes two of them (apply_commit.c).
 */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "store/allow.h"
#include "store/batch.h"
#include "store/episode.h"
#include "store/sort.h"
#include "store/terms.h"
#include "store/verdict.h"

/* OP_FOLD: a version of the object that was overwritten claimed it, so what
 * stands for the object may too. */
/* OP_DROP: such a version goes; the claim may be a past one. */
enum op_kind { OP_LINK = 1, OP_UNLINK = 2, OP_FOLD = 4, OP_DROP = 8 };

/* An object claims a value, or no longer does; both: it still does. */
struct value_op {
	const uint8_t *key;   /* in the batch's arena or in scratch */
	uint16_t keylen;
	uint8_t type, prefix;
	uint8_t flags;        /* of claim_rec */
	uint8_t kind;         /* enum op_kind, or'ed */
	bool digest, net;
	bool past;            /* OP_UNLINK, OP_DROP: `undo` has a version that
	                       * claims it */
	uint32_t item;
};

#define LINK_KEY_LEN (IDKEY_LEN + 1 + 8)

/* An entry of the relationship index comes or goes. */
struct link_op {
	uint8_t key[LINK_KEY_LEN];
	bool put;
	struct idkey other;
	struct slice type;
};

struct apply {
	struct store_poll *p;        /* NULL: upkeep */
	struct store *s;
	struct batch *b;
	struct env *env;
	MDB_txn *txn;
	struct head head;            /* as it will be written */
	struct source_rec src;
	struct store_counts counts;
	uint64_t generation;         /* of this commit */
	int64_t now;                 /* its time: what is active is so then */
	uint8_t why;                 /* enum change_reason of what it does to
	                              * values; WHY_NONE: as the entries tell */
	uint64_t row_base;           /* row of item 0, if it is new */
	bool data;                   /* something that readers see changed */
	bool dry_run;
	bool rows_only;              /* operations on values are collected, and
	                              * left for another transaction */
	struct filter *filter;       /* NULL: none, or a dry run */
	MDB_cursor *ids, *objects, *claims, *changes, *values[2]; /* [net] */
	MDB_cursor *undo;
	struct buf old;              /* a record on its way there */
	struct arena scratch;
	struct value_op *ops;
	uint32_t nops;
	size_t ops_cap;
	struct link_op *links;
	uint32_t nlinks;
	size_t links_cap;
	struct sort_pair *pairs;
	uint32_t pairs_cap;
	struct buf log;
	uint32_t log_part;
	char *cursor;                /* owned; behind src.cursor if not NULL */
	uint64_t updates;            /* items that overwrote a row */
	struct rowset guilty[2];     /* with a canary; of the top list */
	struct rowset flawed;        /* something of them could not be read */
	struct rowset judged;        /* that say something new */
	struct rowset born, gone;    /* rows that live from this commit on, or
	                              * no longer */
	struct rowset renewed;       /* rows with a new version */
	struct source_terms **terms; /* by source; NULL: not read yet */
	unsigned terms_last;         /* the highest of them */
	bool head_changed;           /* without data */
	/* FATE_TRIM: versions go that polls before this one overwrote; before
	 * the second, those of values that were met here. */
	uint32_t trim, trim_matched;
	uint8_t sighted;             /* has the store sightings? 0: not looked */
	struct allow_view allow;     /* allow_fold.c; cur NULL: not looked */
	const struct allow_text *patterns; /* of it; NULL: none */
	bool allow_walk;             /* upkeep looks at every entry */
};

/* Room for n pairs and as many to sort them with. */
int apply_pairs(struct apply *a, uint32_t n, struct err *e) CC_CHECK;
/* The object at a row, and its bytes where `record` is not NULL; -1 with e set
 * when it is missing or damaged. */
int apply_object(struct apply *a, uint64_t row, struct object_rec *r,
    struct slice *record, struct err *e) CC_CHECK;
/* The terms of a source as this commit leaves them; NULL with e set. */
struct source_terms *apply_terms(struct apply *a, uint16_t source,
    struct err *e);
/* a->src got other terms: what was folded by the old ones is to be made anew.
 * The head's count of such sources follows. */
void apply_unsettle(struct apply *a);
void apply_settled(struct apply *a);
/* The record of a source, which the store must have; borrowed. */
int apply_source_read(struct apply *a, uint16_t source, struct source_rec *r,
    struct err *e) CC_CHECK;

/*
 * apply_touch.c: a commit without a poll, about rows of one source.  Begin it
 * with an empty batch, touch rows, finish or drop.  a->src is the source as it
 * will be written; its counters are kept.
 */
int touch_begin(struct apply *a, struct batch *b, struct store *s,
    uint16_t source, int64_t now, struct err *e) CC_CHECK;
/* Make the values of a row anew.  `record` is what is there, or, with
 * `rewritten`, what takes its place (object_rec_end(), object_rec_unend());
 * copied. */
int touch_row(struct apply *a, uint64_t row, struct slice record,
    bool rewritten, struct err *e) CC_CHECK;
/* The source's rows from its settle_row on, as many as one transaction bears and
 * at most `most`, get this fate; FATE_TOUCH only those that claim something, or
 * once did.  *end says that there are no more. */
int touch_rows(struct apply *a, uint32_t most, enum fate fate, bool *end,
    struct err *e) CC_CHECK;
/* Write what was touched, source and head, and commit.  Counts as data, with a
 * generation of its own, when an entry or a record changed.  Ends a. */
int touch_finish(struct apply *a, struct err *e) CC_CHECK;
void touch_drop(struct apply *a);

/* apply.c, for the other: */
int apply_open(struct apply *a, const struct source_rec *src, struct err *e)
    CC_CHECK;
void apply_close(struct apply *a);
/* What becomes of the batch's items; their identifiers. */
int apply_decide(struct apply *a, struct err *e) CC_CHECK;
/* All else that they bring. */
int apply_write(struct apply *a, struct err *e) CC_CHECK;
/* Counts of a commit on top of those of the poll. */
void apply_count(struct store_counts *to, const struct store_counts *c);
/* The records of the poll, and of its source, as this commit leaves them. */
int apply_poll(struct apply *a, const struct commit *c,
    const struct store_counts *total, struct err *e) CC_CHECK;
int apply_polled(struct apply *a, const struct commit *c, uint64_t rejected,
    struct err *e) CC_CHECK;
int apply_source(struct apply *a, struct err *e) CC_CHECK;
/* The terms of a source have changed within this commit. */
void apply_forget_terms(struct apply *a, uint16_t source);
/* A poll came to its end and is believed. */
void apply_completed(struct apply *a, uint32_t poll);
/* Ends that slide moved with that since the source was as in *was: what had come
 * to its end counts again, and no commit touches it.  Upkeep is to tell the change
 * log. */
void apply_slid(struct apply *a, const struct source_rec *was);
int apply_publish(struct apply *a, bool last, struct err *e) CC_CHECK;

/* apply_ids.c: decide the fate of every item; write identifiers. */
int apply_ids(struct apply *a, struct err *e) CC_CHECK;
/* Buried identifiers that the poll was asked about (store_known()). */
int ids_relisted(struct apply *a, struct err *e) CC_CHECK;
/* apply_episode.c: has the object, of a->src, come to its end by now, and when did
 * that time begin?  Not one that had ended before it came. */
int episode_over(struct apply *a, uint64_t row, const struct object_rec *o,
    struct episode *out, bool *over, struct err *e) CC_CHECK;
/* `back` takes the place of `old`, or is `old` listed again by that poll: does it
 * come back?  *out: its times before the one that it then has. */
enum episode_return {
	EPISODE_STAYS,   /* it is not over, or still is */
	EPISODE_GOES_ON, /* a window listed it on and on: the same time goes on,
	                  * where it ends by what was said last */
	EPISODE_ANEW     /* another time begins */
};
int episode_begin(struct apply *a, uint64_t row, const struct object_rec *old,
    const struct object_rec *back, uint32_t poll, struct episodes *out,
    enum episode_return *how, struct err *e) CC_CHECK;
/* apply_objects.c: write blocks and rows, collect operations. */
int apply_objects(struct apply *a, struct err *e) CC_CHECK;
/* An operation for each value that a version claims.  Other than OP_LINK: the
 * keys are copied; OP_UNLINK: `past` when the version will be in `undo`. */
int values_collect(struct apply *a, const struct object_rec *r, uint32_t item,
    enum op_kind kind, bool past, struct err *e) CC_CHECK;
/* The original bytes of a version are no longer referred to. */
int raw_bury(struct apply *a, const struct object_rec *r, struct err *e)
    CC_CHECK;
/* Counters of head and source that a version is part of; n: 1 or -1. */
void object_count(struct apply *a, const struct object_rec *r, int64_t n);
/* apply_reclaim.c: the row of an item goes. */
int object_remove(struct apply *a, uint32_t i, struct err *e) CC_CHECK;
/* Versions of it go. */
int object_trim(struct apply *a, uint32_t i, struct err *e) CC_CHECK;
/* Is a version over that this poll overwrote? */
int trim_over(struct apply *a, uint32_t before, uint32_t before_matched,
    uint32_t poll, const struct object_rec *old, bool *over, struct err *e)
    CC_CHECK;
/* apply_values.c: apply and forget the collected operations. */
int apply_values(struct apply *a, struct err *e) CC_CHECK;
/* All operations on one value, one per object, and its entry. */
struct group {
	struct sort_pair *pairs;       /* of the operations */
	uint32_t n;
	MDB_cursor *cur;
	uint8_t key[1 + LIMIT_VALUE_KEY + 64 + 1];
	size_t keylen;
	const struct value_op *op;     /* the first: type and key */
	bool exists;
	struct value_rec old, rec;
};

static inline struct value_op *
group_op(const struct apply *a, const struct group *g, uint32_t i)
{
	return &a->ops[g->pairs[i].index];
}

/* Read the group's entry: exists, old, rec. */
int group_find(struct apply *a, struct group *g, struct err *e) CC_CHECK;
/* apply_texts.c: of values kept by digest, drop the operations whose text is
 * another one. */
int group_texts(struct apply *a, struct group *g, struct err *e) CC_CHECK;
/* The text of the value that an object names by this key; absent. */
struct slice apply_text_of(const struct object_rec *r,
    const struct value_op *op);
/* A row that claims the value of this entry. */
int apply_any_row(struct apply *a, const struct value_rec *r, uint64_t *row,
    struct err *e) CC_CHECK;
/* apply_claims.c: values with several claims. */
int claims_add(struct apply *a, uint64_t id, const struct value_op *op,
    bool *added, struct err *e) CC_CHECK;
/* `past`: keep it as past.  *removed says that it counted until now. */
int claims_remove(struct apply *a, uint64_t id, uint64_t row, bool past,
    bool *removed, struct err *e) CC_CHECK;
/* Compute the entry from its claims; *n of them (exact).  `op` names the
 * value. */
int claims_fold(struct apply *a, uint64_t id, const struct value_op *op,
    struct value_rec *r, uint64_t *n, struct err *e) CC_CHECK;
/* Which version speaks for the claim of a row on op's value. */
struct claim_stand {
	struct object_rec o;
	struct source_terms *terms;
	uint8_t flags;        /* of claim_rec, CLAIM_PAST too */
	int64_t met;          /* as terms_end() needs it */
};
int claims_stand(struct apply *a, uint64_t row, const struct object_rec *now,
    uint8_t flags, const struct value_op *op, struct claim_stand *st,
    struct err *e) CC_CHECK;
/* What the claim of a row says of op's value, given what is there now and the
 * flags of the claim. */
int claims_says(struct apply *a, uint64_t row, const struct object_rec *now,
    uint8_t flags, const struct value_op *op, struct verdict_claim *c,
    struct err *e) CC_CHECK;
/* The flags (of claim_rec) of the claim that an entry holds inline. */
int claims_inline(struct apply *a, const struct value_rec *r,
    const struct value_op *op, uint8_t *flags, struct err *e) CC_CHECK;
/* What an item of the batch claims by an operation. */
int claims_of_op(struct apply *a, const struct value_op *op,
    struct verdict_claim *c, struct err *e) CC_CHECK;
/* Was a value that the version claims ever met here? */
int claims_sighted(struct apply *a, const struct object_rec *o, bool *yes,
    struct err *e) CC_CHECK;
/* apply_undo.c: keep what stands at a row before this poll takes its place. */
int undo_save(struct apply *a, uint64_t row, uint32_t poll,
    struct slice record, struct err *e) CC_CHECK;
/* Has an overwritten version of the row this value? */
int undo_has(struct apply *a, uint64_t row, const struct object_value *v,
    bool *has, struct err *e) CC_CHECK;
/* Has the row any? */
int undo_any(struct apply *a, uint64_t row, bool *any, struct err *e) CC_CHECK;
/* Call fn for each of them, oldest first, until it returns another number than 0:
 * that is the result. */
typedef int undo_fn(struct apply *a, const struct object_rec *old,
    void *ctx, struct err *e);
int undo_each(struct apply *a, uint64_t row, undo_fn *fn, void *ctx,
    struct err *e) CC_CHECK;
/* apply_links.c */
int links_collect(struct apply *a, const struct object_rec *r, uint64_t row,
    bool put, struct err *e) CC_CHECK;
/* A version at a row goes: its entries too, but where another in `undo`, or `now`
 * (NULL: nothing does), has the same end. */
int links_drop(struct apply *a, const struct object_rec *r, uint64_t row,
    const struct object_rec *now, struct err *e) CC_CHECK;
int apply_links(struct apply *a, struct err *e) CC_CHECK;
/* apply_active.c */
struct entry_now {
	bool active;
	int64_t next;   /* when the clock may change that; NEVER */
	uint8_t why;    /* why it is not active */
	bool released;  /* an allow-list's entry that held it has ended */
	bool regarded;  /* a list that holds it changed since upkeep looked */
};
/* What an entry (its claims being in the trees) comes to at a->now; sets
 * VREC_ALLOWED in it.  `v` names the value. */
int entry_now(struct apply *a, struct value_rec *r, const struct value_op *v,
    struct entry_now *out, struct err *e) CC_CHECK;
/*
 * apply_log.c: the history of the active set.  VREC_TOLD in an entry is what the
 * log says of it, so the log never adds what it has, nor removes what it has
 * not, whatever the clock, a policy or a rollback did in between.  Every change
 * of an entry goes through these.
 */
/* Before an entry is put: find whether it is active at a->now, set VREC_TOLD in
 * *rec accordingly, and log what that changes against `told`, the old entry's
 * VREC_TOLD.  `quiet`: nothing is said anew of it if it stays active. */
int log_entry(struct apply *a, const struct value_op *v,
    struct value_rec *rec, bool fresh, bool told, bool quiet, struct err *e)
    CC_CHECK;
/* The same where `now` is known already. */
int log_told(struct apply *a, const struct value_op *v,
    const struct entry_now *now, bool fresh, bool told, bool quiet,
    struct err *e) CC_CHECK;
/* The entry goes. */
int log_gone(struct apply *a, const struct value_op *v,
    const struct value_rec *old, struct err *e) CC_CHECK;
int log_finish(struct apply *a, struct err *e) CC_CHECK;
/* Drop the oldest parts of a log that has outgrown its room, at most so many. */
int log_drop(struct apply *a, uint32_t most, uint32_t *dropped, struct err *e)
    CC_CHECK;
/* apply_filter.c: have a filter with room for this batch, or none. */
int filter_prepare(struct apply *a, struct err *e) CC_CHECK;

#endif
