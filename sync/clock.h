/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two clocks of the daemon, read together.
 */
#ifndef SYNC_CLOCK_H
#define SYNC_CLOCK_H

#include "sync/schedule.h"

struct schedule_clock clock_now(void);

#endif
