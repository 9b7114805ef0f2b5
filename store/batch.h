/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the writing half keeps in memory: the open store, the running poll and
 * the batch that waits for its commit.  Private to store/.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "store/env.h"
#include "store/filter.h"
#include "store/load.h"
#include "store/record.h"
#include "store/rowset.h"
#include "store/store.h"
#include "store/wall.h"

#define NO_BLOCK UINT32_MAX
/* A small batch is always taken, however large the trees are. */
#define BATCH_LEAST 8000u

/* What becomes of an object of the batch. */
enum fate {
	FATE_DROP,   /* unchanged, older, or overtaken within the batch */
	FATE_ADD,    /* a new row */
	FATE_UPDATE, /* a new version at its row */
	FATE_REMOVE, /* the row goes */
	FATE_BURY,   /* the same, but its identifier is remembered */
	FATE_TRIM,   /* the row stays; of its overwritten versions those go that
	              * are over (struct apply, trim) */
	FATE_TOUCH   /* the row stays: its values are made anew, and the record is
	              * written when it was rewritten (struct item) */
};

struct item {
	uint8_t *rec;       /* the encoded record, in the arena */
	uint32_t len;
	uint32_t block;     /* the batch's block of its bytes, or NO_BLOCK */
	uint64_t row;
	uint64_t hash;
	int64_t modified;
	uint16_t flags;     /* enum object_flag */
	uint16_t index;     /* in the block */
	uint8_t fate;
	bool rewritten;     /* FATE_TOUCH: another record of the same values */
	bool flawed;        /* of what it says, some could not be read */
};

/* A version that is new to the store, with its original bytes? */
static inline bool
item_brings(const struct item *it)
{
	return it->fate == FATE_ADD || it->fate == FATE_UPDATE;
}

struct batch_block {
	struct slice bytes; /* in the arena */
	uint64_t number;    /* in the store; 0: not used */
};

struct batch {
	struct arena arena;
	struct item *items;
	uint32_t n;
	size_t cap;
	struct batch_block *blocks;
	uint32_t nblocks;
	size_t blocks_cap;
	uint32_t unblocked;    /* OBJ_RAW items since the last block … */
	uint32_t block_from;   /* … begin at this one */
	uint32_t index_max;    /* the highest index among them */
	size_t nvalues;
	double dirty;          /* pages that a commit would write, estimated */
	/* distinct leaf pages met in the random trees, estimated */
	double dirty_ids, dirty_values, dirty_objects;
};

/* Leaf pages at the last commit: what the estimate stands on. */
struct tree_sizes {
	double ids, values, objects;
	double updates;        /* share of updates in the last batch, 0 … 1 */
};

struct store {
	struct env *env;
	struct identity id;
	char *path;
	struct filter *filter;
	struct tree_sizes sizes;
	double batch_memory; /* LIMIT_BATCH_MEMORY; tests make it small */
	uint32_t portion; /* LIMIT_UPKEEP_ROWS, or what this disk stands */
	size_t log_pages; /* LIMIT_CHANGES_PAGES; tests make it small */
	uint32_t polls_kept; /* LIMIT_POLLS, likewise */
	uint64_t blocks_least; /* LIMIT_DEAD_RAW, likewise */
	struct block_plan *plan; /* of upkeep_blocks(); NULL: none */
	struct store_limit limit;
	struct wall_boot boot; /* of store_wall() … */
	bool has_boot;         /* … if it was called */
	int loading;      /* the marker of a first load (store/load.h), or -1 */
	struct allow_cache *allow; /* allow_fold.c; NULL: none yet */
};

struct store_poll {
	struct store *s;
	struct arena text;         /* strings of src */
	struct source_rec stored;  /* as it was at the beginning */
	struct source_rec src;     /* as it is to be written */
	char *cursor;              /* owned bytes behind src.cursor */
	bool known_source;         /* src.id is in the store */
	bool dry_run;
	bool want_raw;             /* originals of known objects are missing */
	bool updated;              /* objects come with other versions, too */
	int lease;                 /* descriptor that holds the lease, or -1 */
	uint32_t poll;
	int64_t start;
	int64_t asked_before;      /* src.last_asked, had there been no poll */
	int64_t frozen;            /* outages of the source up to its start */
	struct batch batch;
	struct rowset seen;        /* rows that the poll listed */
	struct rowset coming;      /* those of which other bytes are to come with
	                            * this batch */
	struct idkey *relisted;    /* buried identifiers that it listed … */
	uint32_t nrelisted;        /* … and that are to be remembered longer */
	struct store_guards guards;
	uint64_t row_start;        /* rows from it on came with this poll */
	char canary[64];           /* the first of them, for people */
	char held_text[CREDIBLE_TEXT_MAX]; /* behind src.held_text */
	struct store_progress progress;
	struct store_counts counts;
	uint64_t lost, flawed;     /* entries of which nothing counts, or a part
	                            * does not, by the feed's own fault */
	struct poll_deviation deviations[POLL_DEVIATIONS]; /* names owned */
	unsigned ndeviations;
};

/* -- batch.c -- */
void batch_init(struct batch *b);
void batch_free(struct batch *b);
void batch_reset(struct batch *b);
/* Is it to be written in halves (apply_commit.c), since it takes too much memory
 * at once? */
bool batch_is_large(const struct store_poll *p);
/* One more item, empty, without a block; NULL when memory is out. */
struct item *batch_item(struct batch *b);

/* -- store.c -- */
/* Copy the texts of a source's record into the arena. */
int source_texts(struct source_rec *r, struct arena *a, struct err *e)
    CC_CHECK;

/* -- source_find.c -- */
typedef bool source_fits_fn(const struct source_rec *r, void *ctx);
/* The first source that fits: 1 with *r filled, borrowed from the transaction; 0
 * when there is none; -1. */
int source_search(struct env *env, MDB_txn *txn, source_fits_fn *fits,
    void *ctx, struct source_rec *r, struct err *e) CC_CHECK;
/* Its number, as the newest commit has it; 0 when there is none. */
int source_id(struct store *s, source_fits_fn *fits, void *ctx,
    uint16_t *id, struct err *e) CC_CHECK;
/* Has it this name?  And is it not being forgotten?  `ctx` is a struct slice. */
source_fits_fn source_is_named, source_stands;

/* -- lease.c: one poll of a source at a time, over all processes -- */
/* *fd holds the lease until lease_give(). */
int lease_take(const struct store *s, struct slice name, int *fd,
    struct err *e) CC_CHECK;
void lease_give(int fd);
/* Is the source being polled, by whomever? */
bool lease_held(const struct store *s, struct slice name);

/* -- first_load.c -- */
/* Before a commit; `h` is the head as it was: is this the first of several
 * batches into an empty store?  Then sync at the end only. */
void first_load_begin(struct store *s, const struct head *h, bool last);
/* Begin to write what is committed, before more is applied. */
void first_load_write(struct store *s);
/* Everything to disk; nothing to do when there is no first load. */
int first_load_end(struct store *s, struct err *e) CC_CHECK;
/* When opening: finish what a loader that died left. */
int first_load_adopt(struct store *s, struct err *e) CC_CHECK;

/* -- apply_commit.c -- */
struct commit {
	const struct slice *cursor;      /* NULL: as it is */
	const struct store_end *end;     /* NULL: the poll goes on */
	int64_t now;
};
/* Write the batch, the poll and the source. */
int apply_commit(struct store_poll *p, const struct commit *c, struct err *e)
    CC_CHECK;

#endif
