/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writing half of the store: batches of claims and a cursor, committed
 * together or not at all.  Used by the keeper alone.
 *
 *   store_open → store_poll_begin → { store_batch_add*, store_batch_block,
 *   store_batch_commit }* → store_poll_end → store_close
 *
 * Nothing is written before a commit.  A commit is one LMDB transaction that
 * holds the objects, the values, the change log, the poll's counts and the
 * source's cursor; killed at any moment, the store is the last commit.  It is
 * durable when it returns, but for the first load of an empty store, which is so
 * when its poll ends or the store is closed (store/load.h: a machine that goes
 * down before that finds an empty store again); a large batch of that load takes
 * two transactions, its values and the cursor in the second.  A batch that could
 * not be committed is dropped: the cursor still stands before it.
 *
 * Several processes may write: LMDB serialises commits, and everything a batch
 * decides is decided inside the write transaction.
 *
 * A lease per source (a byte range lock on "PATH-lease", given back by the
 * kernel when its holder dies) keeps two polls of one source apart.
 *
 * Not thread-safe.  No function prints; no function reads the clock: times are
 * passed in.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "store/ageing.h"
#include "store/credible.h"
#include "store/record.h"

struct store;
struct guard;
struct store_poll;

/* Open for writing; creates the file, and its folder where it is missing. */
int store_open(const char *path, int64_t now, struct store **out,
    struct err *e) CC_CHECK;
void store_close(struct store *s);
uint64_t store_seed(const struct store *s); /* for digest64 */

/*
 * How large the store may become, as far as this handle writes.  A commit that
 * would pass it fails with ERR_FULL and changes nothing; what is there can be
 * read as ever.  NULL: no limit.
 */
struct store_limit {
	uint64_t max_bytes; /* of the file; 0: any.  One that is larger already may
	                     * use the room within it */
	uint64_t min_free;  /* of its file system, that is to stay; 0: any */
};
void store_limit(struct store *s, const struct store_limit *limit);

/* How absence is dealt with, and which listings are believed. */
struct store_guards {
	uint32_t absent_polls;  /* whole listings that lack an object until it is
	                         * withdrawn; 0: ABSENT_POLLS */
	int64_t absent_grace;   /* and how long it must have been missing, ns */
	bool revive;            /* what had ended and comes back begins anew
	                         * (store/episode.h) */
	struct credible_limits limits;
	const struct guard *values; /* canaries and top list; NULL: none */
};
#define ABSENT_POLLS 2
#define STORE_GUARDS_DEFAULT ((struct store_guards){ \
	.absent_polls = ABSENT_POLLS, .limits = CREDIBLE_DEFAULT})

/* For how long what has ended is kept, ns; 0: the default (store/history.h). */
struct store_history {
	int64_t ended;    /* claims, objects, versions that were overwritten */
	int64_t matched;  /* … of values that were ever met here */
	int64_t ids;      /* that an identifier was there */
};

/* A source as it is configured; found by name, created when new. */
struct store_source {
	const char *name, *kind, *url, *collection;
	uint8_t default_tlp;
	uint8_t listing;        /* enum listing_kind */
	uint8_t reliability;    /* 1 … 6: A … F; 0 not stated */
	const char *group;      /* tells the same as others of it; or NULL */
	const char *facts[SOURCE_FACTS]; /* of ≤ LIMIT_FACT bytes; or NULL */
	const struct ageing *ageing; /* NULL: the default */
	const struct store_guards *guards; /* NULL: STORE_GUARDS_DEFAULT */
	struct store_history history;
	bool keep_raw;      /* original bytes are stored */
	bool dry_run;       /* count what would happen; write nothing */
	/* Its start is committed before anything is asked: however this process
	 * ends, the next poll knows of this one. */
	bool announce;
	uint32_t poll;      /* its number; 0: the next (store/restore.h) */
};

/*
 * Take the lease and open a poll.  ERR_BUSY when another process polls the
 * source ("source 'x' is being polled by pid N").  The source's cursor and state
 * can be read from store_poll_source() and stay valid until the poll ends.
 */
int store_poll_begin(struct store *s, const struct store_source *src,
    int64_t now, struct store_poll **out, struct err *e) CC_CHECK;
const struct source_rec *store_poll_source(const struct store_poll *p);

/* Which of n objects are known with these very bytes?  `ids` and `hashes` run in
 * parallel; bit i of `known` is set when so.  Reads the last commit only; but an
 * object that is listed more than once, with other bytes before these that wait
 * for their commit, is not known: the last word stands. */
int store_known(struct store_poll *p, const struct idkey *ids,
    const uint64_t *hashes, size_t n, uint8_t *known, struct err *e) CC_CHECK;
/* The same by the `modified` of the newest version that a listing names, for a
 * listing without the objects themselves.  An object that has no `modified` is
 * known in any version.  What is asked for is listed, known or not. */
int store_known_versions(struct store_poll *p, const struct idkey *ids,
    const int64_t *versions, size_t n, uint8_t *known, struct err *e) CC_CHECK;
/*
 * Containers that a listing says are unchanged: they are listed, and so is all
 * that their records say they hold (TAG_PARTS; a report among that, likewise).
 * *listed: how many objects these were.
 */
int store_poll_parts(struct store_poll *p, const struct idkey *ids, size_t n,
    uint64_t *listed, struct err *e) CC_CHECK;
/* Objects that store_known() answered "known" and that were therefore not sent:
 * counted as unchanged. */
void store_poll_unchanged(struct store_poll *p, uint64_t n);

/* One encoded object record (store/record.h), checked here, copied.  -1 with e
 * set (ERR_PROTO) when the record is not acceptable. */
int store_batch_add(struct store_poll *p, struct slice record, struct err *e)
    CC_CHECK;
/* The encoded block that holds the original bytes of the OBJ_RAW records added
 * since the last block.  Dropped when none of them is stored. */
int store_batch_block(struct store_poll *p, struct slice block, struct err *e)
    CC_CHECK;
/* Has every OBJ_RAW record of the batch its block?  Only then may it be
 * committed. */
bool store_batch_settled(const struct store_poll *p);
/* Forget the records that still wait for a block: their fetcher died, and they
 * will come again. */
void store_batch_trim(struct store_poll *p);
/* The fetcher rejected n entries, or parts of entries. */
void store_poll_reject(struct store_poll *p, enum reject_reason why,
    enum reject_loss loss, uint64_t n);

/* The poll asks for something else than earlier ones (another filter, another
 * collection): how much they listed says nothing about it. */
void store_poll_differs(struct store_poll *p);

/* What the feed did against the rules, n times, by a stable name (kept in the
 * poll's record).  More kinds than POLL_DEVIATIONS are not kept. */
void store_poll_deviation(struct store_poll *p, const char *name, uint64_t n);

/* Is it time to commit?  True when the batch reached LIMIT_BATCH_BYTES or
 * LIMIT_BATCH_OBJECTS, or its memory with that of the pages it will write (which
 * the sizes of the two random trees tell) LIMIT_BATCH_MEMORY; in a first load
 * sooner, and sooner still when the caller is `idle`. */
bool store_batch_full(const struct store_poll *p, bool idle);
/* Anything to commit? */
bool store_batch_empty(const struct store_poll *p);

/* Progress of the poll, kept in its record. */
struct store_progress {
	uint64_t pages, bytes, objects;
};

/* Commit the batch with this cursor (NULL: the cursor stays as it is).  Values
 * become visible to readers with the new generation. */
int store_batch_commit(struct store_poll *p, const struct slice *cursor,
    const struct store_progress *progress, int64_t now, struct err *e) CC_CHECK;

/* Counted over the poll so far. */
struct store_counts {
	/* `revoked` of those added or updated became revoked. */
	uint64_t added, updated, unchanged, older, revoked, rejected;
	uint64_t values;     /* values new to the store */
	uint64_t claims;     /* claims added */
	uint64_t removed;    /* values no longer claimed by anything */
	uint64_t patterns;   /* indicators kept as patterns or rules */
	uint64_t stale;      /* new versions whose claims had ended on arrival */
	uint64_t bad_dates;  /* those whose valid_until made no sense */
	uint64_t commits;
	int64_t newest;      /* newest time of an object that came; 0 none */
	uint64_t reasons[REJECT_REASONS];
	/* Told by the end of the poll: */
	uint64_t missing;    /* objects that the listing lacks for the first time */
	uint64_t withdrawn;  /* objects that upkeep is to withdraw now */
	uint64_t returned;   /* withdrawn objects that were listed again */
	uint64_t listed;     /* records of a whole listing, rejected ones too */
	bool whole;
	uint8_t held;        /* enum held_why: the listing is not believed … */
	char held_text[CREDIBLE_TEXT_MAX]; /* … because */
};
const struct store_counts *store_poll_counts(const struct store_poll *p);

/*
 * End the poll: the rest of the batch, the poll's record, the source's state and
 * error text, in one commit; the lease is given back.  `complete` says that the
 * listing was read to its end.  With nothing new, only the small records of
 * source and poll are written.  Frees p, whatever happens.
 */
#define STORE_UNDECLARED UINT64_MAX
enum store_extent {
	STORE_PART = 0,     /* what is new, or a part: absence means nothing */
	STORE_DOCUMENT = 1, /* one document, whole */
	STORE_WALK = 2,     /* all of a collection, walked in this poll */
	STORE_SAME = 3      /* the listing of the newest complete poll again */
};
struct store_end {
	bool complete;
	uint8_t extent;               /* enum store_extent, when complete */
	uint64_t declared;            /* records, with has_declared */
	bool has_declared;
	int64_t stated;               /* of when the feed says it is; 0: as it
	                               * said before */
	enum source_state state;
	const char *error;            /* NULL when complete */
	int64_t retry_at;             /* the server wants no poll before; 0 */
	bool unasked;                 /* the poll sent no request, for sure */
	const struct slice *cursor;   /* NULL: as it is */
	struct store_progress progress;
};
int store_poll_end(struct store_poll *p, const struct store_end *end,
    int64_t now, struct store_counts *counts, struct err *e) CC_CHECK;
/*
 * Let the listing of a source through that is held: what it lacks is to be
 * withdrawn, at once (upkeep does it), and later listings are measured by it.
 * counts->held says why it was held; HELD_NOT: none is, and nothing was done.
 * -1 with e set: ERR_NOT_FOUND for an unknown name, ERR_BUSY while it is polled.
 */
int store_accept(struct store *s, const char *name, int64_t now,
    struct store_counts *counts, struct err *e) CC_CHECK;
/*
 * A person wants no polls of a source, or wants them again; the scheduler obeys
 * (sync/schedule.h), a pull by hand does not ask.  A source that is not there
 * yet is made, with its name alone.  *changed: it was not so before.
 */
int store_pause(struct store *s, const char *name, bool pause, int64_t now,
    bool *changed, struct err *e) CC_CHECK;
/* Give the poll up without writing anything. */
void store_poll_drop(struct store_poll *p);

#endif
