/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking back what a source said.
 *
 * Each is one small write, seen by every reader at its next view, whatever the
 * source's size: the source's record changes, and what follows from it is found
 * by store/undo.h until upkeep has written it down.  A source that is being
 * polled is left alone (ERR_BUSY).  ERR_NOT_FOUND: there is no such source.
 */
#ifndef STORE_ROLLBACK_H
#define STORE_ROLLBACK_H

#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

struct store;

/* What a rollback hides. */
struct rollback_counts {
	uint64_t objects;   /* that came with a hidden poll: none of them stands */
	uint64_t versions;  /* that go back to one before */
	uint64_t ends;      /* that such a poll ended, and that stand again */
};

/* Show the source as it was before poll number `poll`; 1 hides all of it.  The
 * source is not polled until it is restored.  ERR_USAGE: no such poll. */
int store_rollback(struct store *s, const char *source, uint32_t poll,
    int64_t now, struct err *e) CC_CHECK;
/* Count what that hides, or would hide; reads all of the source's objects. */
int store_rollback_count(struct store *s, const char *source, uint32_t poll,
    struct rollback_counts *out, struct err *e) CC_CHECK;
/* Take a rollback back.  *poll is what had been hidden from, 0: nothing was. */
int store_restore(struct store *s, const char *source, int64_t now,
    uint32_t *poll, struct err *e) CC_CHECK;
/* Hide all of the source for good: upkeep removes it.  Its name is free at
 * once. */
int store_forget(struct store *s, const char *source, int64_t now,
    struct err *e) CC_CHECK;

#endif
