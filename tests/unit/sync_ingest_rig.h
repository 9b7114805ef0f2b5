/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ingest with a keeper on the other end of the socket (a thread, since the
 * ingest waits for answers) that remembers what it is given.
 */
#ifndef SYNC_INGEST_RIG_H
#define SYNC_INGEST_RIG_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/ingest.h"
#include "sync/keeper.h"

#define RECORDS_MAX 4096
#define SEED 77

struct rig {
	struct job job;
	struct ingest *g;
	struct msg_link link;
	struct keeper keeper;
	pthread_t thread;
	struct err err;               /* of the keeper's side */
	struct slice records[RECORDS_MAX];
	size_t n, raw, blocks, unchanged, bad_records, asked;
	uint64_t rejects[REJECT_REASONS], losses[REJECT_LOSSES];
	uint64_t deviations[DEVIATIONS];
	char example[LIMIT_REMARK + 1];
	char cursor[64];
	size_t records_at_cursor;
	struct slice block;           /* the last one */
	uint64_t known[64];           /* digests that are answered "known" */
	size_t nknown;
};

struct rig *rig_new(void);
void rig_start(struct rig *t);
/* The end of the poll; everything has arrived when it returns. */
void rig_finish(struct rig *t);
void rig_free(struct rig *t);
/* One document, which must be taken to its end. */
void feed(struct rig *t, struct slice doc, struct ingest_facts *facts);
/* Record i, decoded. */
struct object_rec record(const struct rig *t, size_t i);

/* Parts of objects. */
#define ID(type, n) "\"type\":\"" type "\",\"id\":\"" type \
	"--00000000-0000-4000-8000-00000000000" n "\""
#define TIMES "\"created\":\"2024-01-02T00:00:00Z\"," \
	"\"modified\":\"2024-01-03T00:00:00Z\""
#define IND "{" ID("indicator", "1") ",\"spec_version\":\"2.1\"," TIMES ","
#define PAT "\"pattern_type\":\"stix\",\"pattern\":"
#define FROM "\"valid_from\":\"2024-01-02T00:00:00Z\""

#endif
