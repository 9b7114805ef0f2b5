/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allow-lists: what is known to be good, or too common to act on.  They decide
 * about values, never about claims: nothing is deleted, and what they hold is
 * active again when they say so no more.
 *
 * Tree `allow`, the first byte of a key says what it is (enum allow_key):
 *   set      the state of all lists, counts, lengths of networks
 *   list     u16 list -> one list: name, mode, version …
 *   value    u8 type, key of the value -> items
 *   net      u8 type, address, u8 prefix -> items
 *   pattern  u16 list, u64 digest -> a substring or a regular expression
 *   held     u8 0 or 1, key in `values` or `nets` -> u16 list, u64 digest, …
 * An item names a list and how far its entry reaches.  List 1 holds what was
 * entered by hand, each item with its own mode, times and reason.
 *
 * Entries of the kinds value and net are looked up when a value is read, so what
 * they say holds at once.  Patterns cannot be looked up; what each of them holds
 * is found by the writer (store/allow_fold.h) and kept under `held`.
 *
 * VREC_ALLOWED in an entry of `values` says that some entry may hold it; without
 * it none does, unless head.allow_open says that upkeep has still to look.
 *
 * Both halves of the store use this file.  Results are those of LMDB (0 is good;
 * MDB_CORRUPTED for a record that cannot be read).  What is found borrows from
 * the transaction.  Thread-safe for different views.
 */
#ifndef STORE_ALLOW_H
#define STORE_ALLOW_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/limits.h"
#include "base/slice.h"
#include "store/undo.h"

enum allow_key {
	ALLOW_KEY_SET = 0, ALLOW_KEY_LIST = 1, ALLOW_KEY_VALUE = 2,
	ALLOW_KEY_NET = 3, ALLOW_KEY_PATTERN = 4, ALLOW_KEY_HELD = 5
};
#define ALLOW_KEY_MAX (4 + LIMIT_VALUE_KEY + 64)

/* The weaker first: of several entries the strongest counts.  Stable. */
enum allow_mode {
	ALLOW_INFORM = 1, /* named in answers, nothing else */
	ALLOW_CAP = 2,    /* confidence is at most `cap` */
	ALLOW_BLOCK = 3   /* suppressed: not active */
};
/* "inform", "cap", "block"; NULL. */
const char *allow_mode_name(int mode);

/* How far an entry reaches. */
enum allow_scope {
	ALLOW_SELF = 1,   /* the value, or all that is inside of the network */
	ALLOW_BELOW = 2,  /* names below the domain, at any depth */
	ALLOW_CHILD = 4,  /* names one label below it */
	ALLOW_URLS = 8,   /* every URL on that host; without: that of no path */
	ALLOW_NOT = 16    /* an exception: its list does not hold the value */
};

/* How an entry holds a value.  Stable. */
enum allow_how {
	ALLOW_BY_VALUE = 1, ALLOW_BY_PARENT = 2, ALLOW_BY_NETWORK = 3,
	ALLOW_BY_HOST = 4, ALLOW_BY_SUBSTRING = 5, ALLOW_BY_REGEX = 6,
	ALLOW_BY_SUFFIX = 7
};
/* "value", "parent-domain", "network", "url-host", "substring", "regex",
 * "public-suffix"; NULL. */
const char *allow_how_name(int how);

/* -- records (store/allow_rec.c) -- */

#define ALLOW_BUILTIN 0 /* what comes with the program; has no record */
#define ALLOW_OWN 1     /* entered by hand */

struct allow_set {
	uint64_t serial;            /* grows with every change */
	uint64_t entries, patterns; /* keys of value and net; of pattern */
	uint64_t net4[1], net6[3];  /* as in struct head */
	bool no_builtin;            /* what comes with the program is off */
};

enum allow_list_flag {
	ALLOW_LIST_CONFIG = 1       /* loaded by the configuration */
};

struct allow_list {
	uint16_t id;
	uint8_t kind;               /* enum allow_kind */
	uint8_t mode, cap, flags;
	uint64_t digest;            /* of what it was loaded from */
	uint64_t changed;           /* set.serial of its newest change */
	int64_t since, loaded;      /* first, newest load */
	uint64_t entries, rejected; /* taken, and not understood */
	struct slice name, version, description, path;
};

/* What a list's entries mean.  Stable. */
enum allow_kind {
	ALLOW_KIND_OWN = 0, ALLOW_KIND_STRING = 1, ALLOW_KIND_HOSTNAME = 2,
	ALLOW_KIND_CIDR = 3, ALLOW_KIND_SUBSTRING = 4, ALLOW_KIND_REGEX = 5,
	ALLOW_KIND_SUFFIXES = 6, ALLOW_KIND_LINES = 7
};
const char *allow_kind_name(int kind);

/* What an item of ALLOW_OWN says besides. */
struct allow_own {
	uint8_t mode, cap;
	int64_t added, expires;     /* exclusive; TSTAMP_NEVER */
	struct slice who, reason;   /* LIMIT_ALLOW_WHO, LIMIT_ALLOW_REASON */
};

struct allow_item {
	uint16_t list;
	uint8_t scope;              /* enum allow_scope */
	struct slice more;          /* of ALLOW_OWN: struct allow_own */
};

struct allow_pattern {
	bool regex;                 /* else a substring */
	bool caseless;
	uint64_t types;             /* bit n: of values of type n */
	struct slice text;
};

int allow_set_encode(const struct allow_set *s, struct buf *out);
int allow_set_decode(struct slice bytes, struct allow_set *s) CC_CHECK;
int allow_list_encode(const struct allow_list *l, struct buf *out);
int allow_list_decode(uint16_t id, struct slice bytes, struct allow_list *l)
    CC_CHECK;
int allow_own_encode(const struct allow_own *o, struct buf *out);
int allow_own_decode(struct slice bytes, struct allow_own *o) CC_CHECK;
int allow_pattern_encode(const struct allow_pattern *p, struct buf *out);
int allow_pattern_decode(struct slice bytes, struct allow_pattern *p) CC_CHECK;
/* The record of items begins with its version: allow_items_begin(), then one
 * allow_item_add() each. */
int allow_items_begin(struct buf *out);
int allow_item_add(struct buf *out, const struct allow_item *it);
/* The next item from *pos on, which begins at 0: 1, 0 at the end, -1 when
 * damaged. */
int allow_item_next(struct slice bytes, size_t *pos, struct allow_item *it)
    CC_CHECK;

/* Keys; their lengths, 0 when there is none so long. */
size_t allow_key_list(uint16_t list, uint8_t out[ALLOW_KEY_MAX]);
size_t allow_key_pattern(uint16_t list, uint64_t digest,
    uint8_t out[ALLOW_KEY_MAX]);
size_t allow_key_value(uint8_t type, uint8_t prefix, struct slice key,
    uint8_t out[ALLOW_KEY_MAX]);
size_t allow_key_held(const struct undo_value *v, uint8_t out[ALLOW_KEY_MAX]);
/* Key and record of a list, of a pattern (`p` NULL: its key alone): 0, or -1 when
 * they are none. */
int allow_list_read(struct slice key, struct slice record,
    struct allow_list *l) CC_CHECK;
int allow_pattern_read(struct slice key, struct slice record, uint16_t *list,
    uint64_t *digest, struct allow_pattern *p) CC_CHECK;
/* What `held` says of a value: one pattern behind the other.  The next from *pos
 * on, which begins at 0: 1, 0 at the end, -1 when damaged. */
#define ALLOW_HELD_LEN 10
void allow_held_put(uint8_t out[ALLOW_HELD_LEN], uint16_t list,
    uint64_t digest);
int allow_held_next(struct slice bytes, size_t *pos, uint16_t *list,
    uint64_t *digest) CC_CHECK;
/* The value that such a key is of; false when it is none. */
bool allow_key_read(struct slice key, struct undo_value *v);

/* -- asking (store/allow.c) -- */

/* Most likely not there: a filter over the keys of value and net. */
struct allow_bloom {
	uint64_t *words;
	uint64_t nwords;            /* a power of two */
	uint64_t seed;
};
bool allow_bloom_may(const struct allow_bloom *b, const uint8_t *key,
    size_t n);
void allow_bloom_add(struct allow_bloom *b, const uint8_t *key, size_t n);

struct allow_view {
	MDB_cursor *cur;            /* on the tree; borrowed */
	const struct allow_bloom *bloom; /* NULL: none */
	int64_t now;
	bool past;                  /* what came behind `known` is left out */
	int64_t known;
	struct allow_set set;
};
/* Read the set; none: an empty one. */
int allow_view_begin(struct allow_view *v, MDB_cursor *cur, int64_t now)
    CC_CHECK;

struct allow_hit {
	uint16_t list;
	uint8_t mode, cap, how;
	uint8_t ktype, kprefix;     /* the entry's value, when it is of one … */
	uint8_t scope;
	struct slice key;
	struct slice at;            /* its key in the tree; absent: none */
	struct slice pattern;       /* … or its text */
	int64_t added, expires;     /* of ALLOW_OWN; else the list's, NEVER */
	struct slice who, reason;
	uint64_t changed;           /* of its list */
};

#define ALLOW_HITS 24
struct allow_found {
	struct allow_hit hit[ALLOW_HITS]; /* the strongest first */
	unsigned n;
	bool ended;                 /* an entry would have held it, but ended */
	int64_t next;               /* when the clock changes that; NEVER */
};

/*
 * What holds a value at view->now.  `text` is that of a URL that is kept by
 * digest (absent: its host is not known).  `held`: ask for patterns too.
 */
int allow_find(struct allow_view *v, const struct undo_value *value,
    struct slice text, bool held, struct allow_found *out) CC_CHECK;

/* What is found under this key of the tree (allow_hit.at), told as `how`. */
int allow_at(struct allow_view *v, struct slice key, int how,
    struct allow_found *out) CC_CHECK;

/* The list of that number; MDB_NOTFOUND. */
int allow_list_get(struct allow_view *v, uint16_t id, struct allow_list *l)
    CC_CHECK;

/* The text of a hit's entry: a value, "*.x" for what reaches below only, a
 * pattern. */
int allow_hit_text(const struct allow_hit *h, struct buf *out);

#endif
