/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of a mapping in YAML, read against a table of options.
 *
 * Keys with a common beginning may be written nested: `ageing: {ttl: 30d}` is
 * `ageing-ttl: 30d`.  A list of one may be written without brackets.  Reading
 * goes on behind an error: all that is wrong is told, each with its place.
 * Texts are borrowed from the tree.  Not thread-safe.
 */
#ifndef CMD_KEYS_H
#define CMD_KEYS_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "cmd/opt.h"
#include "cmd/ytree.h"

/* One reading of one file. */
struct keys {
	const char *path;       /* of the file, for messages */
	const struct ytree *y;
	struct buf *more;       /* complaints behind the first, a line each */
	struct err *e;          /* the first */
	unsigned nodes;         /* met so far */
	unsigned found;         /* complaints, also those that were too many */
};

/*
 * What the keys of one mapping fill.  What is there already, from elsewhere, is
 * replaced key by key; a key that is given twice in one mapping is an error.
 */
struct keys_into {
	const struct opt *table; /* of at most OPT_MAX rows */
	void *into;
	bool given[OPT_MAX];     /* by row of the table; all false at first */
};

void keys_complain(struct keys *r, int id, const char *fmt, ...)
    CC_PRINTF(3, 4);
/* "a list" or the like, for messages. */
const char *keys_kind(enum ytree_kind kind);
/* A single text, or NULL after a complaint. */
char *keys_text(struct keys *r, const char *key, int id);

/* "yes", "no" and other words for them; false: it is none. */
bool keys_flag(const char *text, bool *to);

/* One key, k, and its value, v; `prefix` stands in front of the key. */
void keys_pair(struct keys *r, struct keys_into *to, int k, int v,
    const char *prefix);
/* All of a mapping. */
void keys_read(struct keys *r, struct keys_into *to, int map,
    const char *prefix);
/* Where a mapping says a key, nested or not; else where it begins. */
int keys_place(const struct ytree *y, int map, struct slice key);
/* Complain of "key: what is wrong" where the mapping says that key, nested or not,
 * or where it begins.  `source`: the name of that which it is of, or NULL. */
void keys_blame(struct keys *r, int map, const char *source, struct err *e);

#endif
