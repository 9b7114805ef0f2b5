/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/upkeep.h"

#include "base/cc.h"

/* In this order: what makes entries true comes before what reads them. */
static upkeep_step_fn *const steps[] = {
    upkeep_forget,
    upkeep_settle,
    upkeep_withdraw,
    upkeep_allow,
    upkeep_clock,
    upkeep_history,
    upkeep_blocks,
};

int
store_upkeep(struct store *s, int64_t now, bool *more, struct err *e)
{
	unsigned i;

	*more = false;
	for (i = 0; i < ARRAY_LEN(steps) && !*more; i++) {
		if (steps[i](s, now, more, e) != 0)
			return -1;
	}
	return 0;
}
