/* SPDX-License-Identifier: BSD-2-Clause */
/* TAXII 2.0: carries out what the range machine (range.h) decides. */
#ifndef SYNC_TAXII20_H
#define SYNC_TAXII20_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/cursor.h"
#include "sync/taxii.h"

/* Read c->objects from `since` on, with checkpoints; c is updated.  -1 with e
 * set; *missing: the collection is not there (404). */
int taxii20_pages(struct taxii *t, struct cursor *c, int64_t since,
    bool *missing, struct err *e) CC_CHECK;

#endif
