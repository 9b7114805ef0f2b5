/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often a provider bears to be asked (`floor`), and until when its server
 * wants to be left alone (Retry-After), for polls by hand: the daemon keeps both
 * by its schedule.
 */
#ifndef CMD_PULL_FLOOR_H
#define CMD_PULL_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "cmd/settings.h"

/*
 * May the source be polled now?  *early where its floor, counted from the start
 * of its newest poll in the store (one that failed counts, too), has not passed,
 * or where its server then asked for more time than has passed; e (ERR_BUSY) says
 * which and until when.  What is no server has neither.
 * Settings and stores that are wrong are not told here: the poll itself will.
 */
bool pull_is_early(const char *store, const struct settings *s,
    const char *base, int64_t now, struct err *e);

#endif
