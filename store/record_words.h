/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that nearly every object repeats, kept as one byte: the open vocabularies
 * of STIX 2.1 (section 10), the phases of the two kill chains in use, the TLP
 * markings.  Part of the database format: append only, never renumber.  Private to
 * the record codec; pure.
 */
#ifndef STORE_RECORD_WORDS_H
#define STORE_RECORD_WORDS_H

#include "base/cc.h"
#include "base/slice.h"
#include "store/record.h"

/* Does a tag have such words at all? */
static inline bool
record_tag_has_words(enum object_tag tag)
{
	return tag == TAG_INDICATOR_TYPE || tag == TAG_PHASE ||
	    tag == TAG_REL_TYPE || tag == TAG_MARKING;
}

/* The number of a tag's bytes in the list of that tag, or -1. */
int record_word(enum object_tag tag, struct slice bytes) CC_CHECK;
/* The bytes of a number, static storage; absent when there is none. */
struct slice record_word_bytes(enum object_tag tag, unsigned number);

#endif
