/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What MISP's JSON says: events, attributes and objects, to claims.
 *
 * An attribute is a claim whose identifier is its uuid, so an attribute that
 * changes is the same claim, and one that is deleted is revoked.  An object is one
 * claim of all its attributes: the hashes of one file belong together.  Both
 * inherit what their event says: its title, its organisation, its tags.
 *
 * Attributes that are not for detection (to_ids) make no claim; one that was for
 * detection before is revoked.  Numbers may be texts and texts numbers, whatever
 * wrote them.  Pure; what is filled lies in the arena or is borrowed from the JSON.
 */
#ifndef SYNC_MISP_H
#define SYNC_MISP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/idkey.h"
#include "stix/tree.h"
#include "store/record.h"
#include "sync/claim.h"
#include "sync/feed_options.h"
#include "sync/misp_tag.h"

/* A value in a tree. */
struct misp_json {
	const struct tree *tree;
	uint32_t node;
};

/* How much of it is wanted. */
struct misp_wish {
	const struct feed_options *f;
	unsigned value_options; /* VALUE_ALLOW_BOGON … of the source */
	bool removals;          /* the store may have what is removed */
};

struct misp_event {
	struct idkey id;         /* report--UUID */
	struct slice info;
	struct idkey orgc;       /* identity--UUID of who says so */
	bool has_orgc;
	struct slice orgc_name;
	int64_t time;            /* of its newest change, TSTAMP_NONE */
	int64_t date;            /* of what it is about, TSTAMP_NONE */
	struct misp_context context;
	uint64_t digest;         /* of all that claims inherit */
};

/* From an entry of a manifest, whose name is the uuid, or an event (`uuid` absent:
 * it names its own).  0; -1: it is none. */
int misp_event_read(struct misp_json o, struct slice uuid, struct arena *a,
    struct misp_event *out) CC_CHECK;
/* A tag or a galaxy of the event's own file, where its entry in a manifest does not
 * have it; what it says is copied into `a`. */
void misp_event_add(struct misp_event *ev, struct misp_json o, bool galaxy,
    struct arena *a);
/* By its tags, its organisation, its age: is it wanted? */
bool misp_event_wanted(const struct misp_wish *w, const struct misp_event *ev,
    struct misp_json o, int64_t now);

enum misp_result {
	MISP_CLAIM,   /* *c is filled */
	MISP_SKIP,    /* it says nothing that is wanted */
	MISP_REJECT,  /* *why and *detail say why not */
	MISP_SINGLY   /* of an object: too much for one claim; take its
	               * attributes one by one */
};

enum misp_result misp_attribute(const struct misp_wish *w,
    const struct misp_event *ev, struct misp_json o, struct arena *a, struct claim *c,
    enum reject_reason *why, struct slice *detail);
enum misp_result misp_object(const struct misp_wish *w,
    const struct misp_event *ev, struct misp_json o, struct arena *a, struct claim *c,
    enum reject_reason *why, struct slice *detail);

/* Of an object: a text or a number as a text (n == 0: none); a time in seconds
 * since 1970 or as RFC 3339 has it; true or 1. */
struct slice misp_text(struct misp_json o, const char *key);
int64_t misp_time(struct misp_json o, const char *key);
bool misp_true(struct misp_json o, const char *key, bool otherwise);
/* An identifier of a type with this uuid.  0, or -1. */
int misp_id(enum stix_type type, struct slice uuid, struct idkey *id) CC_CHECK;
/* What the tags and galaxies of an event or attribute say: a list of objects with
 * a name, or a single one. */
void misp_tags(struct misp_json o, struct arena *a, struct misp_context *m);
/* false: it has no such member, or that is null. */
bool misp_member(struct misp_json o, const char *key, struct misp_json *out);

#endif
