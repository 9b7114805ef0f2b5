/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files behind sync/map.h share: map.c makes a map from the options,
 * map_record.c reads a record by it, map_take.c the record's values.
 */
#ifndef SYNC_MAP_INT_H
#define SYNC_MAP_INT_H

#include "base/limits.h"
#include "sync/map.h"
#include "sync/map_decode.h"
#include "sync/map_field.h"
#include "sync/map_template.h"
#include "sync/map_types.h"
#include "sync/map_value.h"

#define MAP_TEXTS_MAX 64  /* of one field */

/* One of map-value: a field and the types that it may be. */
struct map_value {
	unsigned field;
	struct map_template made; /* of several fields; n 0: of that one */
	struct map_types types; /* n 0: by the type field, the default or the
	                         * text */
};

struct map {
	const struct feed_options *f;
	struct map_settings s;
	uint64_t digest;
	struct map_value *values;
	unsigned nvalues;
	struct map_types *stated; /* what the words of f->types mean; n 0: by the
	                           * default or the text */
	int fixed;           /* default-type; 0: told from the text */
	bool strict;         /* a word for a type that is not known is rejected */
	struct map_template key_made; /* of several fields; n 0: of `key` */
	/* fields; -1: none */
	int type, key, name, labels, threats, confidence;
	int created, valid_from, valid_until, first_seen, last_seen;
	int modified;        /* of rules */
	int tlp;
	struct map_decoded {
		unsigned field;
		enum map_coding how;
	} *decoded;          /* fields that are written in another way */
	unsigned ndecoded;
	struct predicate *ended, *where;
	unsigned nended, nwhere;
	struct map_values texts;
	struct field_times times;
	/* what the options say of every record */
	struct slice *words;   /* of the two lists */
	struct slice_list labels_always, indicator_types;
	struct claim_pair threat, phase; /* the threat's name: where no field
	                                  * tells it; n 0: none */
	/* of the record at hand */
	struct object_value values_found[CLAIM_VALUES_MAX];
	struct slice labels_found[LIMIT_LIST];
	struct claim_pair threat_found;
};

/* Up to `max` texts of a field, in the record or in `room`, which is for as many;
 * their number. */
static inline size_t
map_field_texts(const struct map_record *r, unsigned field,
    struct slice *room, size_t max, const struct slice **texts)
{
	*texts = room;
	if (r->get != NULL)
		return r->get(r->ctx, field, room, max);
	if (field >= r->n)
		return 0;
	*texts = &r->row[field];
	return 1;
}

/* map_record.c: the first text of a field that is not a word for nothing; absent
 * if there is none, or if the field is -1. */
struct slice map_field_text(const struct map *m, const struct map_record *r,
    int field);

/* The text that a template makes of such fields. */
struct slice map_made_text(const struct map *m, const struct map_record *r,
    const struct map_template *made, struct arena *a);

/* map_take.c: what a record's word for a type means; what it sets lives as long as
 * the map, or is `room`. */
enum map_stated { MAP_STATED, MAP_UNWANTED, MAP_UNKNOWN };
enum map_stated map_stated_types(const struct map *m, struct slice word,
    struct map_types *room, const struct map_types **types);

/* What the values of a record came to. */
struct map_taken {
	size_t n;               /* of m->values_found */
	enum value_reason why;  /* of the first that was none, and its text */
	struct slice bad;
	bool unwanted;          /* one was of a type that is not wanted */
};
struct map_taken map_take_values(struct map *m, const struct map_record *r,
    const struct map_types *stated, struct arena *a);

#endif
