/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pages of an LMDB file, read as bytes and not through LMDB, which trusts
 * them: whoever follows a damaged page with it may read anywhere.  `verify` asks
 * here first, and goes on only when every page that the snapshot reaches is well
 * formed.
 *
 * Knows data format 1 on hosts with 8-byte sizes; elsewhere everything passes.
 */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include <stdint.h>

#include "base/cc.h"

/* Called with one line for each fault. */
typedef void pages_fault_fn(void *ctx, const char *text);

struct pages_result {
	uint64_t pages;   /* that hold something */
	uint64_t faults;
};

/*
 * Walk all trees of commit `txn` in the file behind `fd`.  The caller holds a
 * read transaction of that commit, so that none of its pages is reused
 * meanwhile.  0, or an errno code when the walk itself failed.
 */
int pages_check(int fd, uint64_t txn, pages_fault_fn *fault, void *ctx,
    struct pages_result *out) CC_CHECK;

/*
 * The same for the newest commit's tree of trees and the root page of each tree,
 * before LMDB is let near the file: a few pages, and no transaction needed (when
 * a commit comes between, it is done again).
 */
int pages_check_top(int fd, pages_fault_fn *fault, void *ctx,
    struct pages_result *out) CC_CHECK;

#endif
