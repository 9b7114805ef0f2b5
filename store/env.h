/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LMDB environment under a store, for both halves: the only place where
 * trees are named, flags chosen and versions checked.
 *
 * One file (MDB_NOSUBDIR), lock file beside it ("PATH-lock"), MDB_NOTLS, a large
 * sparse map, LIMIT_READERS slots, no DUPSORT, never WRITEMAP.  One environment
 * per process and file: a registry keyed by (device, inode) shares it by
 * reference count (LMDB loses its locks when one file is opened twice in a
 * process).  A forked child must not use the parent's environment: env_valid()
 * tells.  Refused: network file systems, files that are not ours (magic), other
 * schema versions, symbolic links in the last component, files shorter than
 * their own page count.
 */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

#define STORE_MAGIC "taxiway"
#define STORE_SCHEMA 1        /* layout of trees and keys */
#define STORE_MIN_READER 1    /* least schema a reader must know */
#define STORE_MIN_WRITER 1

enum table {
	TABLE_META,    /* text -> struct; "head", "identity" */
	TABLE_VALUES,  /* u8 type, key bytes -> value_rec          (random) */
	TABLE_NETS,    /* u8 type, address, u8 prefix -> value_rec (small) */
	TABLE_IDS,     /* idkey, u8 tag, …                         (random)
	                *   0: u16 source -> u64 row, u64 hash
	                *   1: u64 relationship row -> target idkey, text of
	                *      relationship_type (out)
	                *   2: u64 relationship row -> source idkey, the same
	                *      text (in) */
	TABLE_OBJECTS, /* u64 row -> object_rec                    (append) */
	TABLE_CLAIMS,  /* u64 value id, u64 row -> claim_rec */
	TABLE_BLOCKS,  /* u64 block -> block_rec                   (append) */
	TABLE_SOURCES, /* u16 id -> source_rec */
	TABLE_POLLS,   /* u16 source, u32 poll -> poll_rec */
	TABLE_CHANGES, /* u64 generation, u32 part -> changes      (append) */
	TABLE_ROWS,    /* u8 kind, u16 source, u32 walk, u32 chunk -> rows_rec */
	TABLE_UNDO,    /* u64 row, u32 poll -> the object_rec that this poll
	                * overwrote */
	TABLE_SIGHTINGS, /* key of values or nets -> sighting      (small) */
	TABLE_ALLOW,   /* u8 kind, … -> allow-lists (store/allow.h) */
	TABLE_COUNT
};

struct table_info {
	const char *name;
	unsigned flags;  /* for mdb_dbi_open */
	const char *key, *record; /* one line each, for `verify` and the docs */
};
extern const struct table_info table_info[TABLE_COUNT];

struct env {
	MDB_env *mdb;
	MDB_dbi dbi[TABLE_COUNT];
	/* (private to env.c: path, device, inode, references, pid) */
	char *path;
	uint64_t dev, ino;
	unsigned refs;
	long pid;
	bool writable;
	bool snapshot;  /* an immutable copy, opened without a lock */
	uint64_t limit; /* of the file's size, for this process; 0: none */
};

enum env_flag {
	ENV_WRITE = 1,    /* create when missing (mode 0640; lock 0660) */
	ENV_SNAPSHOT = 2, /* must carry the snapshot mark; MDB_NOLOCK|RDONLY */
	ENV_FRESH = 4     /* with WRITE: fail when it exists */
};

/* What identifies a store; key "identity" of TABLE_META, fixed layout. */
struct identity {
	char magic[8];
	uint32_t schema, min_reader, min_writer;
	uint32_t normaliser;      /* VALUE_NORMALISER_VERSION */
	uint32_t lmdb_major;      /* 0 for 0.9.x files */
	uint8_t uuid[16];
	uint64_t seed;            /* of digest64 for this store */
	int64_t created;
	uint8_t snapshot;         /* 1 in an immutable copy */
};

/* Counters that change with every commit; key "head" of TABLE_META. */
struct head {
	uint64_t generation;
	uint64_t next_row;        /* objects and value ids share one sequence */
	uint64_t next_block;
	uint64_t values, nets, claims, objects, patterns, rules, relationships;
	uint64_t oldest_change;   /* least generation that the log still has */
	uint64_t raw_bytes;       /* of original objects, before compression */
	uint64_t dead_raw;        /* of it, no longer referred to */
	int64_t written;          /* time of the newest commit */
	uint64_t active;          /* values that the change log says are so */
	int64_t next_change;      /* before it, the clock changes none of them;
	                           * NEVER */
	/* Bit n: some network has prefix n, or had (bits are not cleared). */
	uint64_t net4_lengths[1];
	uint64_t net6_lengths[3];
	uint64_t unsettled;       /* sources whose entries follow older terms */
	uint64_t allowed;         /* entries and patterns of allow-lists */
	uint64_t allow_open;      /* not 0: entries of `values` and `nets` may lack
	                           * VREC_ALLOWED; serial of the oldest change of
	                           * the lists that upkeep has not gone through */
};

int env_open(const char *path, unsigned flags, struct env **out, struct err *e)
    CC_CHECK;
void env_close(struct env *env);
/* No write transaction of this process makes the file larger than this (0: any
 * size), or than it is by then.  Between transactions only. */
void env_limit(struct env *env, uint64_t bytes);
bool env_valid(const struct env *env); /* false in a forked child */

/*
 * Begin a transaction.  A write transaction first clears the slots of readers
 * that died, so that their pages are reused, and enlarges a map that is nearly
 * full; a read transaction follows a map that another process enlarged (which
 * needs that this process has no other one at that moment).
 */
int env_begin(struct env *env, bool write, MDB_txn **txn, struct err *e)
    CC_CHECK;
/* LMDB reports a write that was cut short as EIO, whatever the reason.  Find it
 * (ENOSPC, EDQUOT, EFBIG) by making the file longer; EIO when that succeeds. */
int env_write_error(struct env *env);
/* After a commit: LMDB does not write pages that came and went within one
 * transaction, so the file may end before its last page number; make it whole,
 * so that a truncated file can be told from a good one. */
int env_make_whole(struct env *env, struct err *e);

/* Map an LMDB or errno code to ours, with the path and the way out. */
int env_fail(struct err *e, const struct env *env, int rc, const char *doing);
/* A record of that table cannot be read: -1 with e set. */
int env_damaged(const struct env *env, enum table t, struct err *e);

int identity_read(struct env *env, MDB_txn *txn, struct identity *id,
    struct err *e) CC_CHECK;
int identity_write(struct env *env, MDB_txn *txn, const struct identity *id,
    struct err *e) CC_CHECK;
int head_read(struct env *env, MDB_txn *txn, struct head *h, struct err *e)
    CC_CHECK;
int head_write(struct env *env, MDB_txn *txn, const struct head *h,
    struct err *e) CC_CHECK;

#endif
