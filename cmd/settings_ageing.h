/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a source's settings say about its claims: listing, reliability, group and
 * the ageing policy.
 */
#ifndef CMD_SETTINGS_AGEING_H
#define CMD_SETTINGS_AGEING_H

#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "store/ageing.h"
#include "store/store.h"

/* Keys below `ageing:`, options with --ageing- in front. */
struct ageing_settings {
	struct opt_map ttl, base, decay; /* by value type */
	char *until, *max_validity, *max_future, *never, *freeze, *expected;
};

/* -1 with e set (ERR_CONFIG, "ageing-ttl: …"). */
int ageing_settings_read(const struct ageing_settings *s, struct ageing *a,
    struct err *e) CC_CHECK;
/* Keys `history`, `history-matched`, `history-ids`. */
struct history_settings {
	char *ended, *matched, *ids;
};
int history_settings_read(const struct history_settings *s,
    struct store_history *out, struct err *e) CC_CHECK;
/* A … F to 1 … 6; NULL: 0.  -1 for another word. */
int reliability_code(const char *word) CC_CHECK;

#endif
