/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder for a store that nobody keeps: a dry run into a store that does not
 * exist counts against an empty one, and must leave nothing behind.
 */
#ifndef SYNC_SCRATCH_H
#define SYNC_SCRATCH_H

#include "base/cc.h"
#include "base/err.h"

#define SCRATCH_PATH 64

/* Make the folder; the path of a store in it goes into `path`. */
int scratch_make(char path[SCRATCH_PATH], struct err *e) CC_CHECK;
/* Remove it with all it holds.  What is open goes on to work. */
void scratch_remove(const char *path);

#endif
