/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of a source that say which of its listings are believed and when
 * what they lack is withdrawn.
 */
#ifndef CMD_SETTINGS_GUARDS_H
#define CMD_SETTINGS_GUARDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "store/store.h"

struct guard_settings {
	uint32_t absent_polls;
	char *absent_grace;
	char *revive;              /* continue or new */
	bool may_be_empty;
	uint32_t min_records;
	uint32_t shrink, grow, rejected, rejected_from, repeats, top_share;
	char *repeat;              /* accept or hold */
	struct opt_list canaries;  /* values; "none": not the built-in ones */
	char *top_list;            /* path */
};

/* 0, or -1 with e set (ERR_CONFIG). */
int guard_settings_check(const struct guard_settings *s, struct err *e)
    CC_CHECK;

struct guard;
/*
 * What the store is to be told; checked settings.  *values (to be freed by
 * guard_free(), also after a failure) is what out->values points to; the canaries
 * that come with the program are for listings that are whole (`whole`).  Paths
 * are taken from `base`, as everywhere.
 */
int guard_settings_read(const struct guard_settings *s, const char *base,
    bool whole, struct store_guards *out, struct guard **values,
    struct err *e) CC_CHECK;

#endif
