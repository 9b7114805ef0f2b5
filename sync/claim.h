/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A claim of a feed that is not STIX: a line, a row or an element, read.
 *
 * It becomes an object record like that of an indicator, without STIX text in
 * between.  Its identifier is made of the source's name and the claim's key, so
 * the same entry of the same source has it for ever; its digest is that of the
 * bytes it was read from and of the settings they were read with, so that an
 * entry that did not change is neither sent nor written, and one whose settings
 * changed is.  The original bytes are kept like those of a STIX object.
 *
 * Of two versions the one that came later stands, whatever they say about when
 * they were modified; but of entries of one poll that only their values name, the
 * first stands, or each poll would write both again.  What was
 * revoked may come back; a revocation of what the store does not have is not kept.
 */
#ifndef SYNC_CLAIM_H
#define SYNC_CLAIM_H

#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "stix/object.h"
#include "store/record.h"
#include "sync/ingest.h"

#define CLAIM_VALUES_MAX 64 /* of one record: its hashes, its addresses */
#define CLAIM_PARTS_MAX 8192 /* of one container */

struct claim_pair {         /* a threat: STIX type, name; a phase: chain, phase */
	struct slice a, b;
};

/* Slices are borrowed for the call.  Zeroed by claim_init(). */
struct claim {
	const struct idkey *id; /* its identifier; NULL: made of the key */
	struct slice key;   /* what tells this entry from others of the feed;
	                     * n == 0: its values do */
	const struct object_value *values; /* several: the same file, or the
	                                    * same record; see `group` */
	size_t nvalues;
	struct slice name;
	struct slice_list labels, indicator_types;
	const struct claim_pair *threats, *phases;
	size_t nthreats, nphases;
	const struct idkey *created_by;    /* an identity; or NULL */
	const struct idkey *parts;         /* what it holds; or none: see
	                                    * ingest_parts() */
	size_t nparts;
	uint64_t rejected;  /* entries of a container that could not be read */
	struct slice rule, rule_type;      /* a rule in place of values; or absent */
	uint8_t confidence;  /* 0 … 100 or CONFIDENCE_UNKNOWN */
	uint8_t tlp;         /* enum tlp, TLP_UNKNOWN: the source's default */
	bool benign, revoked;
	int64_t created, modified; /* TSTAMP_NONE: not stated */
	int64_t valid_from;  /* TSTAMP_NONE: from the beginning */
	int64_t valid_until; /* TSTAMP_NONE: no end */
	int64_t first_seen, last_seen; /* as the feed says; TSTAMP_NONE */
};

void claim_init(struct claim *c);
/* A text as a value of a type, or (VALUE_NONE) as what it looks like. */
enum value_reason claim_value(struct arena *a, enum value_type type,
    struct slice text, unsigned options, struct value *out) CC_CHECK;
/* How a text is counted that is no value. */
enum reject_reason claim_reject(enum value_reason why);
/*
 * Hand a claim over.  `original` are the record's bytes, `offset` their place in
 * the document, `settings` a digest of what it was read with.  -1 with e set when
 * the ingest is broken; a claim too large for a record is only counted.
 */
int ingest_claim(struct ingest *g, const struct claim *c,
    struct slice original, uint64_t offset, uint64_t settings, struct err *e)
    CC_CHECK;
/*
 * A container (of a type other than indicator, without values) that lists what
 * it holds stands for all of it: when the feed says that it is unchanged, its
 * parts are listed, too, and need not be read.  Is it unchanged?  By the digests
 * that were given for `original` and `settings` then; bit i of `known` is set
 * when so.  At most LIMIT_ASK of them.
 */
uint64_t ingest_claim_digest(const struct ingest *g, struct slice original,
    uint64_t settings);
int ingest_known(struct ingest *g, const struct idkey *ids,
    const uint64_t *digests, size_t n, uint8_t *known, struct err *e) CC_CHECK;
/* So these are listed, with all that the store says they hold. */
int ingest_parts(struct ingest *g, const struct idkey *ids, size_t n,
    struct err *e) CC_CHECK;
/* A record that gave no claim, or a container that cannot be read: counted among
 * what is listed, with an example for the operator. */
int ingest_reject(struct ingest *g, enum reject_reason why,
    struct slice original, uint64_t offset, const char *detail, struct err *e)
    CC_CHECK;
/* The same of a part of a record, whose claim is handed over as well. */
int ingest_reject_part(struct ingest *g, enum reject_reason why,
    struct slice original, uint64_t offset, const char *detail, struct err *e)
    CC_CHECK;
/* Between ingest_begin() and ingest_claims_end() stand claims instead of
 * ingest_bytes(); `bytes` is what the document held. */
int ingest_claims_end(struct ingest *g, uint64_t bytes,
    struct ingest_facts *facts, struct err *e) CC_CHECK;

#endif
