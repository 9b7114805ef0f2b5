/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a listing to be believed?  One pure function over its facts and the
 * source's limits.
 *
 * What it refuses is held: nothing that the listing lacks is withdrawn, the old
 * set stands, and a person (or a later listing, or the same one often enough
 * where the source says so) decides.  A poll that did not come to its end needs
 * no judgement: it withdraws nothing anyway.
 *
 * Pure, thread-safe.
 */
#ifndef STORE_CREDIBLE_H
#define STORE_CREDIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define CREDIBLE_SIZES 10 /* listings that the median is taken of */

/* Why a listing is held.  Append only; names are stable. */
enum held_why {
	HELD_NOT = 0,
	HELD_EMPTY,     /* empty: nothing listed, where something was */
	HELD_SHAPE,     /* wrong-shape: not what such a listing looks like */
	HELD_DECLARED,  /* wrong-count: it says itself that it has more, or
	                 * fewer */
	HELD_REJECTED,  /* mostly-rejected */
	HELD_SMALL,     /* too-small */
	HELD_LARGE,     /* too-large */
	HELD_CANARY,    /* canary: it lists what must never be listed */
	HELD_TOP_LIST,  /* top-list: it lists too much of the top list */
	HELD_FEW,       /* too-few: less than any listing of it has */
	HELD_WHYS
};
const char *held_name(unsigned why);

/* What a source allows. */
struct credible_limits {
	bool may_be_empty;
	uint32_t least;       /* records; 0: any number */
	uint32_t shrink;      /* least size, percent of the median */
	uint32_t grow;        /* greatest size, times the median */
	uint32_t reject;      /* greatest rejected share, percent … */
	uint32_t reject_from; /* … of listings of at least so many records, or
	                       * where none is good and objects stand */
	uint32_t top_share;   /* greatest part of the top list, percent */
	uint32_t repeats;     /* the same listing held that often … */
	bool repeat_accept;   /* … is let through */
};
#define CREDIBLE_DEFAULT ((struct credible_limits){.shrink = 50, .grow = 10, \
	.reject = 50, .reject_from = 10, .top_share = 1, .repeats = 3})

struct credible_facts {
	bool whole;           /* the listing is to be all that there is: size
	                       * and share are judged */
	bool open;            /* it has not come to its end: what more records
	                       * could mend is not judged yet */
	bool grows;           /* a collection that is added to between listings:
	                       * its growth says nothing */
	bool misshapen;
	bool has_declared;
	uint64_t declared;    /* records that it says it has */
	uint64_t listed;      /* records in it, rejected ones too */
	uint64_t rejected;    /* of them, those that could not be read */
	uint64_t standing;    /* objects of the source that live, where nothing that
	                       * is listed could be read */
	uint64_t sizes[CREDIBLE_SIZES]; /* `listed` of the last polls that */
	unsigned nsizes;                /* were whole and credible */
	uint64_t canaries;    /* canaries that it would make active */
	uint64_t tops, top_size; /* entries of the top list: those that it
	                       * would make active, and all */
};

struct credible {
	enum held_why why;    /* HELD_NOT: believe it */
	uint64_t got, want;   /* the numbers behind it */
};

/* The first reason in the order of enum held_why, worst first: a canary before
 * the top list before the sizes. */
struct credible credible_judge(const struct credible_facts *f,
    const struct credible_limits *l);

/* The middle of n sizes (n at most CREDIBLE_SIZES); of an even number the mean
 * of both.  0 for none. */
uint64_t credible_median(const uint64_t *sizes, unsigned n);

/* A sentence for people: "too-small: 12 records, the last polls had 1000". */
#define CREDIBLE_TEXT_MAX 160
void credible_text(const struct credible *c, const struct credible_limits *l,
    char out[CREDIBLE_TEXT_MAX]);

#endif
