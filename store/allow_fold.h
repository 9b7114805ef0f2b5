/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allow-lists, for the writer: what they make of an entry that is about to be
 * written.  Private to store/apply*.c and store/upkeep_*.c.
 *
 * What the lists are is read once in a commit.  With a large batch, or in the
 * walk of upkeep, their keys are in a filter that stays with struct store until
 * they change, so that a value that none of them holds costs a few questions to
 * memory.  A store without lists pays a comparison, and for domain names a look
 * at their labels.
 */
#ifndef STORE_ALLOW_FOLD_H
#define STORE_ALLOW_FOLD_H

#include "base/suffix.h"
#include "store/apply.h"

/* May some entry hold the value?  Then allow_fold() tells. */
static inline bool
allow_concerns(const struct apply *a, const struct value_op *v)
{
	return CC_UNLIKELY(a->head.allowed != 0) ||
	    (v->type == VALUE_DOMAIN && suffix_known(v->key, v->keylen));
}

/* Read what the lists are, once in a commit: a->allow. */
int allow_fold_begin(struct apply *a, struct err *e) CC_CHECK;
/* Set VREC_ALLOWED, find anew what patterns hold it, and correct *now, which is
 * what the claims say. */
int allow_fold(struct apply *a, struct value_rec *r, const struct value_op *v,
    struct entry_now *now, struct err *e) CC_CHECK;
/* The entry goes: what was kept of it too. */
int allow_gone(struct apply *a, const struct value_op *v, struct err *e)
    CC_CHECK;

void allow_cache_free(struct allow_cache *c);

#endif
