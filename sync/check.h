/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection test: facts about a source, and what a person should make of
 * them.  Nothing is written, no store is needed.
 *
 *   check_run()    the keeper's side: a fetcher gathers the facts
 *   check_fetch()  the fetcher's side: resolves, connects, asks for a few pages
 *   check_judge()  from facts to a verdict for each step; pure
 *
 * Of a source that is no TAXII server, the first objects are fetched as a poll
 * would do it, and thrown away.
 */
#ifndef SYNC_CHECK_H
#define SYNC_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "store/record.h"
#include "sync/job.h"

enum check_step {
	CHECK_NAME, CHECK_CONNECTION, CHECK_TLS, CHECK_AUTH, CHECK_VERSION,
	CHECK_COLLECTION, CHECK_READING, CHECK_PAGING, CHECK_NEWEST,
	CHECK_CLOCK, CHECK_STEPS
};

enum check_paging {
	PAGING_UNKNOWN, /* one page holds all that there is */
	PAGING_CURSOR, PAGING_HEADER, PAGING_MANIFEST, PAGING_RANGE,
	PAGING_NONE,    /* more, and no way to get at it */
	PAGING_BROKEN,  /* a cursor that does not work */
	PAGINGS
};

/* What was seen.  Times are ns, TSTAMP_NONE when not known; texts are "" when
 * there is none. */
struct check_facts {
	char url[512];
	bool taxii;          /* else a document */
	bool file;           /* without a server */
	int64_t now;         /* wall clock of this host; 0 when not known */

	int64_t failed;      /* enum check_step; CHECK_STEPS: none */
	char error[ERR_TEXT_MAX];
	int64_t status;      /* of the last response, 0: none */

	char address[64];
	int64_t port, resolve, connect, handshake;
	bool proxy;
	bool https;
	char tls[8], subject[160], issuer[160];
	int64_t chain, not_after;

	char auth[32];       /* the kind that is configured, "none" */
	bool certificate;    /* a client certificate beside it */
	char schemes[128];   /* offered */

	char version[16];    /* "2.1"; of a document its kind */
	char collection[LIMIT_ID], title[LIMIT_ID];
	bool readable, writable;

	bool full;           /* the first page did not fit the check */
	int64_t objects, rejected;
	uint64_t rejected_by[REJECT_REASONS]; /* of a document, where known */
	bool more, newest_first, ignored; /* added_after had no effect */
	int64_t paging;      /* enum check_paging */
	int64_t newest;
	bool within, beyond; /* it is newer, or older, than `newest` */
	int64_t bound;       /* nothing is newer than that */
	bool stated;         /* by the objects themselves, not by the server */
	int64_t skew;        /* server's clock − ours */
};

enum check_verdict { CHECK_SKIP, CHECK_GOOD, CHECK_WARN, CHECK_FAIL };

struct check_result {
	const char *name;    /* of the step; NULL: has no place here */
	enum check_verdict verdict;
	char text[ERR_TEXT_MAX];
	char advice[320];    /* what to change; "" where all is well */
};

/* The worst of all.  In check_judge.c. */
enum check_verdict check_judge(const struct check_facts *f,
    struct check_result out[CHECK_STEPS]);
/* "good", "warn" …  Static. */
const char *check_word(enum check_verdict v);

/* In check_facts.c.  NULL: out of memory.  From JSON nothing is believed but
 * types and sizes. */
void check_facts_init(struct check_facts *f);
json_t *check_facts_json(const struct check_facts *f);
void check_facts_read(const json_t *o, struct check_facts *f);

/* 0 when facts were gathered, also of a source that fails; -1 with e set when
 * none could be (ERR_USAGE, ERR_INTERNAL …). */
int check_run(const char *program, struct job *job, struct check_facts *f,
    struct err *e) CC_CHECK;

/* Who takes what a poll brings, where nothing is kept. */
struct check_tap {
	/* An encoded record, not checked yet (store/record.h). */
	int (*record)(void *ctx, struct slice record, struct err *e);
	void (*reject)(void *ctx, enum reject_reason why, uint64_t n);
	void *ctx;
};

/* Begin a poll, of CHECK_ENOUGH objects or so, whose records only the tap sees.
 * *more: it was not read to its end.  0 with *failure filled (ERR_NONE: none)
 * where the source failed, -1 with e set where no poll could be made. */
int check_poll(const char *program, struct job *job,
    const struct check_tap *tap, bool *more, struct err *failure,
    struct err *e) CC_CHECK;

/* In the fetcher: the facts as JSON.  In check_fetch.c. */
json_t *check_fetch(const struct job *job, struct err *e) CC_CHECK;

#endif
