/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of the store: a folder that goes with the test, random numbers
 * that are the same on every run, records.
 */
#ifndef TESTS_UNIT_STORE_UTIL_H
#define TESTS_UNIT_STORE_UTIL_H

#include <limits.h>
#include <stdint.h>

#include "store/record.h"
#include "store/store.h"

struct folder {
	char path[PATH_MAX];
	char store[PATH_MAX + 16]; /* "PATH/store.mdb" */
};
void folder_make(struct folder *f);
void folder_remove(const struct folder *f);

uint64_t rng_next(uint64_t *state);
/* 0 … n - 1 */
uint32_t rng_below(uint64_t *state, uint32_t n);

/* Normalised, its memory kept to the end of the program; fails the test when
 * the text is not a value. */
struct value value_of(enum value_type type, const char *text);
/* "indicator--0000002a-0000-4000-8000-000000000000" for 42. */
struct idkey id_of(enum stix_type type, uint32_t n);

/* A poll of source `name`, begun; fails the test when it cannot be. */
struct store_poll *poll_of(struct store *s, const char *name);
struct store_poll *poll_of_tlp(struct store *s, const char *name, uint8_t tlp);
/* End it well. */
struct store_counts poll_done(struct store_poll *p);

#endif
