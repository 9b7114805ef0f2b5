/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One STIX object, scanned in place.
 *
 * stix_object_scan() reads the object once, checks that every byte of it is
 * valid JSON (RFC 8259) and valid UTF-8, and notes where the properties lie
 * that Taxiway uses.  No tree is built.  It accepts and yields exactly what
 * Jansson does with json_loadb(…, JSON_REJECT_DUPLICATES), but for LIMIT_DEPTH,
 * LIMIT_OBJECT, LIMIT_MEMBERS and raw NUL bytes (Jansson skips one behind a
 * number or literal); a differential fuzz target holds it to that.
 *
 * Both STIX 2.1 and 2.0 and their hybrids are understood (TAXII notes 4.6, 4.7):
 * 2.0 indicators without pattern_type are "stix"; their `labels` serve as
 * indicator types too.  A property of the wrong JSON type never fails the
 * object: it counts as absent and is noted in `odd`.  null is such a type.  Of
 * a list at most LIMIT_LIST items are kept.
 *
 * Slices hold decoded text: they point into the input where it has no escape,
 * else into the arena.  Both must outlive the struct.  Pure, thread-safe.
 */
#ifndef STIX_OBJECT_H
#define STIX_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/idkey.h"
#include "base/slice.h"

struct slice_list {
	struct slice *v; /* in the arena */
	size_t n;
};

struct stix_phase {
	struct slice chain; /* kill_chain_name */
	struct slice phase; /* phase_name */
};

struct stix_granular {
	struct slice marking_ref;
	struct slice_list selectors;
};

struct stix_hash {
	struct slice algorithm;
	struct slice value;
};

enum stix_odd { /* bits of stix_object.odd: present, but not usable */
	STIX_ODD_ID = 1 << 0, STIX_ODD_TYPE = 1 << 1, STIX_ODD_CREATED = 1 << 2,
	STIX_ODD_MODIFIED = 1 << 3, STIX_ODD_VALID_FROM = 1 << 4,
	STIX_ODD_VALID_UNTIL = 1 << 5, STIX_ODD_CONFIDENCE = 1 << 6,
	STIX_ODD_REVOKED = 1 << 7, STIX_ODD_PATTERN = 1 << 8,
	STIX_ODD_LIST = 1 << 9, /* some list property, or an item of one */
	STIX_ODD_OTHER = 1 << 10,
	STIX_ODD_VALIDITY = 1 << 11 /* valid_until <= valid_from */
};

struct stix_object {
	enum stix_type type_code;
	struct slice type;
	struct slice id;            /* absent when missing */
	struct idkey key;           /* of id */
	bool key_digest;            /* key was made by digest */
	bool v20;                   /* STIX 2.0 by its spec_version or shape */
	struct slice created_by_ref;
	int64_t created, modified;  /* TSTAMP_NONE when absent or odd; an absent
	                             * modified is created */
	int64_t valid_from;         /* absent: created (indicators) */
	int64_t valid_until;        /* absent: TSTAMP_NEVER.  One that is not
	                             * after valid_from is odd, and told all
	                             * the same: what it is worth is for the
	                             * source's policy to say */
	bool revoked;
	int confidence;             /* 0 … 100, -1 unknown */
	struct slice name, description;
	struct slice pattern;
	struct slice pattern_type;  /* "stix" when a pattern has none */
	struct slice_list labels, indicator_types, object_marking_refs;
	struct stix_granular *granular; size_t ngranular;
	struct stix_phase *phases; size_t nphases;
	/* relationship */
	struct slice relationship_type, source_ref, target_ref;
	/* sighting */
	struct slice sighting_of_ref;
	int64_t first_seen, last_seen, count; /* count -1 when absent */
	/* marking-definition: TLP 1.0 `definition.tlp`, 2.0 `extensions…tlp_2_0` */
	struct slice tlp;
	/* aliases, malware_types, threat_actor_types, tool_types and
	 * infrastructure_types, joined in the order they came, for a hit's
	 * context */
	struct slice_list aliases;
	/* cyber-observable objects: value, number (AS), name, key, hashes,
	 * serial_number, user_agent is in no SCO of its own */
	struct slice value, key_path, serial_number;
	struct stix_hash *hashes; size_t nhashes;
	int64_t number;             /* -1 when absent */
	unsigned odd;               /* enum stix_odd */
};

/*
 * 0, or -1 with e set: not JSON ("line-less offset N: …"), not UTF-8, nested
 * too deep, a duplicate member, out of arena (ERR_MEMORY).  An object without
 * id or type is not an error here; the caller decides.  After an error *o holds
 * nothing of use.
 */
int stix_object_scan(struct arena *a, struct slice json, struct stix_object *o,
    struct err *e) CC_CHECK;

/* The id alone, from the first bytes of an object, without validating the rest:
 * for asking whether an object's bytes are known before it is parsed.  False
 * when it cannot be told cheaply (escapes, late or missing member). */
bool stix_object_peek_id(struct slice json, struct slice *id) CC_CHECK;

#endif
