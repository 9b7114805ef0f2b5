/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing the allow-lists.  Each call is one transaction, so a list that is
 * loaded again takes the place of the old one at once or not at all; what follows
 * for the change log and for values that patterns hold is upkeep's
 * (store/upkeep.h), which the caller is to run.  For the writer.
 */
#ifndef STORE_ALLOW_WRITE_H
#define STORE_ALLOW_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/value.h"
#include "store/allow.h"

struct store;

/* -- lists -- */

/* Lists on their way into the store, with their entries. */
struct allow_load;

struct allow_load *allow_load_new(void); /* NULL: no memory */
void allow_load_free(struct allow_load *l);
/* One more list, to which the entries that follow belong; texts are copied,
 * those that are too long are cut.  Two of one name are an error (ERR_CONFIG).
 * id, since, changed and entries are the store's to say. */
int allow_load_list(struct allow_load *l, const struct allow_list *list,
    struct err *e) CC_CHECK;
/* An entry of the newest list.  More than LIMIT_ALLOW_ENTRIES are an error. */
int allow_load_add(struct allow_load *l, uint8_t type, uint8_t prefix,
    struct slice key, unsigned scope, struct err *e) CC_CHECK;
/* A pattern of it; -1 with e set when it is none, which leaves the load as it
 * was. */
int allow_load_pattern(struct allow_load *l, const struct allow_pattern *p,
    struct err *e) CC_CHECK;
/* Lists that were loaded from this path stay, though the load does not hold them:
 * nothing has changed. */
int allow_load_keep(struct allow_load *l, const char *path, struct err *e)
    CC_CHECK;
/* The newest list. */
struct allow_list *allow_load_newest(struct allow_load *l);

struct allow_counts {
	uint64_t lists, gone;         /* loaded; that went */
	uint64_t added, removed;      /* entries */
};
/* Put the lists in the place of those of their names.  With `config`, lists that
 * an earlier such load brought and this one does not are removed. */
int store_allow_load(struct store *s, struct allow_load *l, bool config,
    int64_t now, struct allow_counts *counts, struct err *e) CC_CHECK;
/* Every list of the newest commit, and whether what comes with the program is on.
 * Asked without the writer's lock. */
typedef void store_allow_fn(void *ctx, const struct allow_list *list);
int store_allow_each(struct store *s, store_allow_fn *fn, void *ctx,
    bool *builtin, struct err *e) CC_CHECK;
/* *found is false when there is none of that name. */
int store_allow_drop(struct store *s, struct slice name, bool *found,
    struct err *e) CC_CHECK;
/* Switch what comes with the program on or off. */
int store_allow_builtin(struct store *s, bool on, struct err *e) CC_CHECK;

/* -- entries made by hand -- */

/* Add, or replace what was said of the same value. */
int store_allow_add(struct store *s, const struct undo_value *v,
    unsigned scope, const struct allow_own *own, struct err *e) CC_CHECK;
int store_allow_remove(struct store *s, const struct undo_value *v,
    bool *found, struct err *e) CC_CHECK;

/* -- restoring (import) -- */

/* Records of `allow` as they were exported: those of kinds that cannot be found
 * anew.  -1 with e set when one makes no sense; then none is written. */
struct allow_pair {
	struct slice key, record;
};
int store_allow_restore(struct store *s, const struct allow_pair *pairs,
    size_t n, struct err *e) CC_CHECK;

#endif
