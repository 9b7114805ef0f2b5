/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source against a server in a thread whose answers are a table of paths, and
 * an ingest, replaced at link time, that only records.
 */
#ifndef TESTS_SYNC_SOURCE_RIG_H
#define TESTS_SYNC_SOURCE_RIG_H

#include "base/limits.h"
#include "sync/source.h"
#include "sync/taxii.h"
#include "tests/unit/sync_http_server.h"

#define JSON "application/taxii+json;version=2.1"
#define DATE "Date: Tue, 02 Jan 2024 00:00:00 GMT\r\n"
#define LAST(t) DATE "X-TAXII-Date-Added-First: 2024-01-01T00:00:00Z\r\n" \
	"X-TAXII-Date-Added-Last: " t "\r\n"
#define AT "/api/collections/c1/objects/"
#define PAGE "{\"objects\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"

struct ingest {
	struct buf text;        /* of the document under way */
	json_t *skeleton;
	unsigned objects, documents, abandoned, notes, checkpoints;
	char cursor[KIB(16) + 1];
	char note[512];
	enum store_extent extent;
	uint64_t deviations[DEVIATIONS];
};

struct route {
	const char *path;  /* what the request's target begins with */
	int status;
	const char *lines, *body;
	unsigned from;     /* answers the requests of this path from number … */
};

struct scene {
	const struct route *routes;
	size_t n;
	struct server *server;
	struct job job;
	struct ingest ingest;
	char url[256];
	char cursor[KIB(16) + 1];
	unsigned hits[32];
};

void scene_begin(struct scene *s, const struct route *routes, size_t n,
    const char *path);
#define BEGIN(s, routes, path) scene_begin(s, routes, ARRAY_LEN(routes), path)
void scene_end(struct scene *s);
/* One poll; what was recorded before is forgotten, but for checkpoints. */
int poll_with(struct scene *s, const struct source_ops *ops, struct err *e);
int poll_taxii(struct scene *s, struct err *e);
/* The next poll goes on from the newest checkpoint. */
void keep_cursor(struct scene *s);
/* Request number n, from 0, was for that. */
void assert_asked(struct scene *s, unsigned n, const char *target);

#endif
