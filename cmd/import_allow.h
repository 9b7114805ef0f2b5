/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allow-lists of an exported store, gathered until there are enough of them for
 * one transaction.  For cmd/verb_import.c.
 */
#ifndef CMD_IMPORT_ALLOW_H
#define CMD_IMPORT_ALLOW_H

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "store/allow_write.h"

#define IMPORT_ALLOW_BATCH 50000u

struct import_allow {
	struct arena arena;
	struct allow_pair *pairs; /* IMPORT_ALLOW_BATCH of them, or NULL */
	size_t n;
};

/* One record, key and bytes in hexadecimal.  0 while there is room for more, 1
 * when it is time to flush, -1 with e set. */
int import_allow_add(struct import_allow *a, const char *key,
    const char *record, struct err *e) CC_CHECK;
int import_allow_flush(struct import_allow *a, struct store *s, struct err *e)
    CC_CHECK;
void import_allow_free(struct import_allow *a);

#endif
