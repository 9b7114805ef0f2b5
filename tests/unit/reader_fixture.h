/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store to read: filled through the writing half, as a keeper fills it, in a
 * folder of its own under TMPDIR.  Every failure ends the test.
 */
#ifndef TESTS_UNIT_READER_FIXTURE_H
#define TESTS_UNIT_READER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "store/record.h"
#include "store/store.h"
#include "taxiway.h"

/* Seconds as the store counts time. */
#define AT(seconds) ((int64_t)(seconds) * TSTAMP_SECOND)

struct fixture {
	char dir[64];
	char path[96];
	struct store *store;
	struct store_poll *poll;
	struct block_writer *blocks;
	bool raw;         /* objects of this poll are kept as they came */
	int64_t now;      /* moves on by a second with every commit */
	unsigned serial;  /* of ids that were not given */
};

/* An object as its STIX would say it; what is 0 or NULL is not stated. */
struct fixture_object {
	const char *values;  /* "type=text" lines; '&' in front: one of an AND */
	const char *id;      /* NULL: the next indicator */
	const char *name;
	const char *label, *phase; /* "chain/phase" */
	const char *rel, *from, *to; /* a relationship's */
	const char *json;    /* kept when the poll keeps originals */
	int64_t modified;    /* seconds; 0: 1000 */
	int64_t valid_from, valid_until; /* seconds; 0: not stated */
	int confidence;      /* 0: unknown */
	uint8_t tlp;
	uint16_t flags;      /* enum object_flag, on top of what is implied */
};

void fixture_open(struct fixture *f);
/* Ends the poll if one runs, closes, removes the folder. */
void fixture_close(struct fixture *f);

/* A poll of a source that is created when new. */
void fixture_begin(struct fixture *f, const char *source);
void fixture_add(struct fixture *f, const struct fixture_object *o);
void fixture_commit(struct fixture *f);
void fixture_end(struct fixture *f); /* complete */

/* A whole poll with these objects; the list ends at one without values, id and
 * rel. */
void fixture_poll(struct fixture *f, const char *source,
    const struct fixture_object *objects);

/* Open the store that was filled, with a snapshot whose clock stands at `now`
 * seconds. */
void fixture_read(const struct fixture *f, int64_t now, tw_store **store,
    tw_snapshot **snap);
/* How many matches, the first few in m. */
size_t fixture_lookup(tw_snapshot *snap, const char *text, unsigned find,
    struct tw_match *m, size_t max);
/* The text of a tw_str, for assertions; static storage, four at a time. */
const char *text_of(struct tw_str s);

#endif
