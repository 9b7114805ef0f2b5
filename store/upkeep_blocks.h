/* SPDX-License-Identifier: BSD-2-Clause */
/* What a look at all blocks of original bytes found.  Private to store/. */
#ifndef STORE_UPKEEP_BLOCKS_H
#define STORE_UPKEEP_BLOCKS_H

struct block_plan;
void block_plan_free(struct block_plan *p);

#endif
