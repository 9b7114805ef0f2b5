/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which poll of a source was the first behind a time?  Poll records may be gone
 * that nothing names (store/history.h).
 */
#ifndef STORE_POLL_FIND_H
#define STORE_POLL_FIND_H

#include <lmdb.h>
#include <stdint.h>

#include "base/cc.h"

/*
 * `cur` is on the tree of polls; `polls` the newest.  *first is a number such that
 * all polls from it on that have a record began behind t, and none before it did;
 * polls + 1 when none did.  0 or a code of LMDB.
 */
int poll_find_after(MDB_cursor *cur, uint16_t source, uint32_t polls,
    int64_t t, uint32_t *first) CC_CHECK;

#endif
