/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A poll of an exported store, played again: its objects go through a fetcher, like
 * everything that comes from outside, under the poll's own number and time; then
 * it gets its record.  For cmd/verb_import.c; not thread-safe.
 */
#ifndef CMD_IMPORT_POLL_H
#define CMD_IMPORT_POLL_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/cc.h"
#include "base/err.h"
#include "store/episode.h"
#include "store/record.h"
#include "store/restore.h"

/* Begins as all zero, but for the first four.  No store is open between calls. */
struct import_poll {
	const char *program;            /* to be run as fetcher */
	const char *store;              /* path of the one that is built */
	const unsigned long long *line; /* number of the line at hand */
	char path[PATH_MAX + 8];        /* where objects wait for their turn */
	uint64_t total;                 /* objects so far, of all polls */
	uint32_t poll;                  /* number of the newest; 0: none yet */
	/* (private) the poll at hand; source NULL: none */
	char *source, *record;
	FILE *objects;
	uint64_t nobjects;
	struct source_rec src;          /* settings of its source */
	uint8_t *src_bytes;
	int64_t start;
	bool bogons;
	struct restore_first *firsts;
	size_t nfirsts, firsts_cap;
	struct restore_end *ends;
	size_t nends, ends_cap;
};

/* A line that begins a poll; the one before is played.  `known` is the record of
 * its source, in hexadecimal, NULL when that is not known. */
int import_poll_open(struct import_poll *p, const json_t *line,
    const char *known, struct err *e) CC_CHECK;
/* A line with an object of it. */
int import_poll_object(struct import_poll *p, const json_t *line,
    struct err *e) CC_CHECK;
/* It is whole: play it.  Nothing to do when there is none. */
int import_poll_close(struct import_poll *p, struct err *e) CC_CHECK;
/* What was not played is dropped. */
void import_poll_free(struct import_poll *p);

#endif
