/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAXII servers in memory, of every kind that was met in the field, for the
 * property test of the page machine.  Seeded: the same seed, the same server.
 */
#ifndef TESTS_SYNC_PAGE_SIM_H
#define TESTS_SYNC_PAGE_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "sync/page.h"

#define SIM_OBJECTS 512
#define SIM_T0 (INT64_C(1704067200) * TSTAMP_SECOND) /* 2024-01-01 */
#define SIM_SESSION 600

enum sim_cursor {
	SIM_NO_CURSOR,
	SIM_KEYSET,   /* names the last object: stable */
	SIM_OFFSET,   /* into a listing that may move */
	SIM_BROKEN,   /* of some pages it is one that the server refuses */
	SIM_SESSION_ONE, /* one constant text; every request takes a page off a
	                  * listing made at the first (medallion) */
	SIM_CURSORS
};

enum sim_dates { SIM_BOTH, SIM_LAST_ONLY, SIM_NO_DATES, SIM_DATES };

struct sim_object {
	int64_t added;   /* what it is stamped with */
	int64_t visible; /* when a listing first has it */
	unsigned type;   /* from 1 on */
};

struct sim {
	uint64_t rng;
	enum sim_cursor cursor;
	enum sim_dates dates;
	int64_t grain;        /* headers are cut to it */
	bool newest_first, inclusive, ignores_added_after, always_next, manifest;
	bool gaps;            /* an empty page now and then */
	bool fatal_filter;    /* the connection drops where added_after is sent */
	bool more_at_end;     /* "more" on a last page that is full */
	uint32_t over;        /* objects more than asked for */
	unsigned types;       /* objects are of so many; by one it can be asked */
	bool crowded;         /* more objects at one moment than a page holds */
	bool future;          /* one object is stamped far ahead */
	uint32_t cap;         /* objects on a page */
	unsigned fault_rate;  /* of 256 */
	int64_t now;
	struct sim_object objects[SIM_OBJECTS];
	unsigned n;
	unsigned past;        /* status behind the end */
	unsigned session[SIM_OBJECTS], session_n, session_at;
	unsigned requests;
};

/* What came back. */
struct sim_page {
	int status;           /* 200; 0: broken off after the server had acted */
	bool garbled;
	struct page_reply r;
	char next[32];
	unsigned ids[SIM_OBJECTS], n;
};

uint64_t sim_random(struct sim *s);
bool sim_chance(struct sim *s, unsigned of_256);
/* A server of random kind, with some objects. */
void sim_init(struct sim *s, uint64_t seed);
/* Let time pass; new objects arrive. */
void sim_add(struct sim *s, unsigned count);
void sim_get(struct sim *s, const struct page_step *q, struct sim_page *out);
int64_t sim_manifest(struct sim *s, const struct page_step *q, uint64_t nth);

#endif
