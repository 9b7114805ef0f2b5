/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two clocks of the machine, read together.
 */
#ifndef SYNC_CLOCK_H
#define SYNC_CLOCK_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/schedule.h"

struct store;

struct schedule_clock clock_now(void);
/* store_upkeep() now, held against the machine's boot (store/wall.h). */
int clock_upkeep(struct store *s, bool *more, struct err *e) CC_CHECK;
/* A person says that the wall clock is right. */
int clock_trust(struct store *s, struct err *e) CC_CHECK;

#endif
