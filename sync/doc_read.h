/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a document, from http(s), a file or a folder, unpacked where they
 * are an archive.
 *
 * Over http a server that knows ETag or Last-Modified is asked for changes only;
 * what it said about the version goes into the cursor.  Failures that may pass
 * are tried again; a document that broke in the middle starts anew, and what was
 * handed over before stands.
 */
#ifndef SYNC_DOC_READ_H
#define SYNC_DOC_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/cursor.h"
#include "sync/ingest.h"
#include "sync/job.h"

/* Who takes the documents: one, or each file of a folder or an archive. */
struct doc_sink {
	int (*begin)(void *ctx, struct err *e);
	int (*bytes)(void *ctx, const char *p, size_t n, struct err *e);
	/* Read to its end; `bytes` of it. */
	int (*end)(void *ctx, uint64_t bytes, struct err *e);
	/* What began will not end. */
	void (*abandon)(void *ctx);
	void *ctx;
};

struct doc_want {
	const char *accept;  /* media types */
	bool text;           /* not JSON: only a web page is refused */
	bool markup;         /* JSON may be declared as HTML */
	const char *member;  /* of an archive; NULL: all */
};

/* 0 with *fresh: false when the server says that nothing changed.  -1 with e
 * set; the place stands in front of its text. */
int doc_read(const struct job *job, struct ingest *g, struct cursor *c,
    const struct doc_want *want, const struct doc_sink *sink, bool *fresh,
    struct err *e) CC_CHECK;
/* The cursor, as the checkpoint of all that was handed over. */
int doc_checkpoint(struct ingest *g, const struct cursor *c, struct err *e)
    CC_CHECK;

#endif
