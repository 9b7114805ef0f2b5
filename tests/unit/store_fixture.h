/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fresh store in a folder of its own, open for writing, and records for it.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "base/buf.h"
#include "store/batch.h"
#include "tests/unit/store_util.h"

struct fixture {
	struct folder f;
	struct store *s;
	struct buf rec;
};
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Indicator n with one value, an address made from `value`.  Valid until the
 * next call. */
struct slice fixture_record(struct fixture *x, uint32_t n, uint32_t value,
    uint16_t flags);
/* These fail the test when they fail. */
void fixture_add(struct store_poll *p, struct slice r);
void fixture_commit(struct store_poll *p);
struct head fixture_head(struct fixture *x);
size_t fixture_entries(struct fixture *x, enum table t);
/* Everything that is in the store belongs together. */
void fixture_verify(struct fixture *x);

#endif
