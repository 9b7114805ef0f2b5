/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Made-up JSON, close to STIX and full of traps; the same for the same seed.
 */
#ifndef TESTS_STIX_RANDOM_H
#define TESTS_STIX_RANDOM_H

#include "base/buf.h"

struct random_source {
	uint64_t x; /* not 0 */
};

/* In 0 … n - 1. */
unsigned random_below(struct random_source *r, unsigned n);
/* A STIX object: mostly valid, mostly with the types that STIX asks for. */
void random_object(struct random_source *r, struct buf *out);
/* A document around objects: envelope, bundle, array or bare. */
void random_document(struct random_source *r, struct buf *out);
/* Change, drop, double or insert a few bytes. */
void random_damage(struct random_source *r, struct buf *b);

#endif
