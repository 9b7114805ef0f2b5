/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a document, from http(s), a file or a folder, unpacked where they
 * are an archive.
 *
 * Over http a server that knows ETag or Last-Modified is asked for changes only;
 * both are sent, an ETag also without the suffix that some servers add to it
 * ("-gzip") and do not know again, and a 304 for another ETag is not believed.  A
 * body whose digest is that of the last time is not read either.  Once in
 * `reread` (a day) everything is read whatever the server says.  Failures that
 * may pass are tried again; a document that broke in the middle starts anew, and
 * what was handed over before stands.
 *
 * Where a file beside a document tells its digest, that is asked for first: a
 * document that is known by it is not downloaded, and of one that does not have
 * it nothing is handed over.
 *
 * Of a folder each file is a document, in the order of their names; those that
 * begin with a dot are passed over, folders in it too.  A folder in which no
 * name, size or time has changed is not read.  A sink may have files passed over
 * that are no documents, in a folder and in an archive; one without any document
 * is an error.
 */
#ifndef SYNC_DOC_READ_H
#define SYNC_DOC_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/tstamp.h"
#include "sync/cursor.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/taxii.h"
#include "sync/unwrap.h"

#define DOC_REREAD TSTAMP_DAY

/* Who takes the documents: one, or each file of a folder or an archive. */
struct doc_sink {
	int (*begin)(void *ctx, struct err *e);
	int (*bytes)(void *ctx, const char *p, size_t n, struct err *e);
	/* Read to its end; `bytes` of it. */
	int (*end)(void *ctx, uint64_t bytes, struct err *e);
	/* What began will not end. */
	void (*abandon)(void *ctx);
	void *ctx;
	/* A file beside documents is none (doc_among.h), and was passed over.
	 * NULL: each file is one. */
	void (*passed)(void *ctx, const char *name);
	/* A file of an archive comes next: its path, valid until its end, or NULL
	 * of what is compressed only.  NULL: nobody asks. */
	void (*member)(void *ctx, const char *name);
};

/* What a status means, besides 200. */
enum doc_meaning { DOC_FAILURE, DOC_EMPTY, DOC_UNCHANGED };

struct doc_want {
	const char *accept;  /* media types */
	bool text;           /* not JSON: only a web page is refused */
	bool markup;         /* JSON may be declared as HTML */
	const char *member;  /* of an archive; NULL: all */
	enum doc_meaning (*meaning)(const void *ctx, int status); /* or NULL */
	const void *meaning_ctx;
	int64_t reread;      /* ns; 0: DOC_REREAD */
	struct unwrap *unwrap; /* it is a text inside of JSON; or NULL */
	/* over http */
	const char *digest;  /* where a file beside it tells its digest: a
	                      * suffix (".md5") or a URL; or NULL */
	bool head;           /* ask by HEAD whether it changed */
	bool stated;         /* Last-Modified says of when the feed is */
};

/* 0 with *fresh: false when nothing changed since the last poll.  -1 with e set;
 * the place stands in front of its text. */
int doc_read(const struct job *job, struct ingest *g, struct cursor *c,
    const struct doc_want *want, const struct doc_sink *sink, bool *fresh,
    struct err *e) CC_CHECK;

/* --- several documents of one server ---------------------------------------- */

struct doc_talk { /* one poll's connection and its patience */
	struct taxii taxii;
	const struct doc_want *want;
};

int doc_open(struct doc_talk *d, const struct job *job, struct ingest *g,
    const struct doc_want *want, struct err *e) CC_CHECK;
void doc_close(struct doc_talk *d);

struct doc_request {
	const char *url;
	const char *method;        /* NULL: GET */
	const char *content_type;  /* with a body */
	struct slice content;
	const char *header;        /* of the reply that is wanted, or NULL */
	struct cursor *cursor;     /* ask for changes only, and keep what the
	                            * server says about the version; or NULL */
	bool once;                 /* never to be sent twice; no bytes at all
	                            * are an answer without entries */
	bool xml, text;            /* it is, whatever the feed's documents are */
	bool done;                 /* it asks that something be done: a status of
	                            * success is all that is wanted */
};

struct doc_got {
	struct http_reply reply;   /* of the last try */
	bool fresh;                /* documents were given to the sink */
	bool missing;              /* the status says: there is none */
	bool smaller;              /* failed: the server gives less at a time */
};

/* One document, with retries.  -1 with e set and got->reply filled. */
int doc_get(struct doc_talk *d, const struct doc_request *r,
    const struct doc_sink *sink, struct doc_got *got, struct err *e) CC_CHECK;

/*
 * One of several documents could not be had or read: is that its own fault, so that
 * the others may be asked for?
 *   yes  it came and is not what it should be, or too large; the server refuses it
 *        (4xx), redirects it away, or fails on it (5xx)
 *   no   whoever asks is not let in (401, 403, 407) or asks too much (408, 429);
 *        the server is down (503), says when to come again, was not reached or
 *        broke off; memory, the disk, the pipe or the settings are the trouble
 */
bool doc_own_fault(const struct doc_got *got, const struct err *why);

#endif
