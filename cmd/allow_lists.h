/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of allow-lists: those that are named on the command line, and those of
 * the configuration, which the store follows at each pull.
 */
#ifndef CMD_ALLOW_LISTS_H
#define CMD_ALLOW_LISTS_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "sync/allow_file.h"

struct store;

/* Keys of the whole configuration: allow-lists, allow-builtin. */
struct allow_settings {
	struct opt_map lists;  /* path, with wildcards: mode */
	char *builtin;         /* "on" (default), "off" */
};

/* Words are known.  0, or -1 with e set (ERR_CONFIG, "key: …"). */
int allow_settings_check(const struct allow_settings *s, struct err *e)
    CC_CHECK;

/* Read one file into a load. */
int allow_lists_read(const struct allow_file *f, struct allow_load *l,
    struct err *e) CC_CHECK;

/*
 * Make the store's lists those of the configuration; `base` is its folder.  Files
 * that have not changed are read and no more.  *changed says that upkeep has work.
 * When a file cannot be read, or is no list, nothing changes at all and e says
 * why: the lists that the store has stay in force.
 */
int allow_lists_follow(struct store *s, const struct allow_settings *set,
    const char *base, bool *changed, struct err *e) CC_CHECK;

#endif
