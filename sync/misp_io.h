/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of a MISP feed or instance: over http(s) with retries, or from a
 * folder.  One connection for all of them.
 */
#ifndef SYNC_MISP_IO_H
#define SYNC_MISP_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/doc_read.h"
#include "sync/http_head.h"
#include "sync/ingest.h"
#include "sync/job.h"

/* Who takes a document; each try begins anew. */
struct misp_sink {
	int (*begin)(void *ctx, struct err *e);
	int (*bytes)(void *ctx, const char *p, size_t n, struct err *e);
	void (*abandon)(void *ctx);
	void *ctx;
};

struct misp_io {
	const struct job *job;
	struct doc_talk talk; /* of http */
	bool file;
	struct buf base;     /* URL or folder, with a '/' at the end */
	struct buf url;      /* of the document at hand */
};

struct misp_ask {
	const char *name;    /* below the base */
	struct slice post;   /* JSON to be sent; absent: a GET */
	struct cursor *cursor; /* ask for changes only, and keep what tells them;
	                      * or NULL */
};
struct misp_got {
	int status;          /* 200, 304, 404; 413: ask for less */
	bool own;            /* failed: by its own fault (doc_own_fault()) */
	struct http_head head; /* of http */
	uint64_t bytes;
};

/* `index` is taken off the end of the job's URL ("manifest.json", or NULL). */
int misp_io_open(struct misp_io *io, const struct job *job, struct ingest *g,
    const char *index, struct err *e) CC_CHECK;
void misp_io_close(struct misp_io *io);
/*
 * 0 with got->status 200 (the sink has all of it), 304 (nothing changed, as the
 * server or the digest of what it sent says), 404 or 413 (e is clear);
 * -1 with e set otherwise, the document's place in front of its text.
 */
int misp_io_get(struct misp_io *io, const struct misp_ask *ask,
    const struct misp_sink *sink, struct misp_got *got, struct err *e)
    CC_CHECK;
/* The place of the document at hand, for an error. */
const char *misp_io_shown(const struct misp_io *io, char room[URL_SHOWN]);

#endif
