/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAXII in the small: URLs of its resources, what its JSON says, and the talk
 * with one server (version, control documents, pages, retries).  Parsing is liberal: a
 * field of the wrong type counts as absent (taxii.md 1.3).
 */
#ifndef SYNC_TAXII_H
#define SYNC_TAXII_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/cursor.h"
#include "sync/dialect.h"
#include "sync/http.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/msg.h"
#include "sync/page.h"
#include "sync/retry.h"
#include "sync/url.h"

#define TAXII_ROOTS_MAX 64u /* API roots that are visited */

/* --- URLs ----------------------------------------------------------------- */

/* What kind of place a URL's path names. */
enum taxii_place {
	TAXII_HOST,        /* no path: discovery is under /taxii2/ */
	TAXII_COLLECTIONS, /* …/collections/ */
	TAXII_COLLECTION,  /* …/collections/ID/, also with objects/ behind */
	TAXII_OTHER        /* discovery or an API root: ask it */
};

struct taxii_path {
	enum taxii_place place;
	struct slice root; /* path of the API root, with its last '/' */
	struct slice id;   /* of the collection, as written */
};

struct taxii_path taxii_path_of(const struct url *u);

/* Types that a collection can be read by, one after the other (P4): those that
 * the job asks for, else those that STIX defines.  Number i counts from 1. */
unsigned taxii_types(const struct job *job);
const char *taxii_type(const struct job *job, unsigned i);

/* The request of a step: `objects` is the URL of the collection's objects; of
 * its manifest where the step asks for that.  A limit of 0 is left out
 * (TAXII 2.0 has none).
 * Every value is percent-encoded (P14), times have six digits and a Z (P13). */
int taxii_page_url(const char *objects, const struct page_step *step,
    const struct job *job, struct buf *out, struct err *e) CC_CHECK;

/* --- what documents say --------------------------------------------------- */

/*
 * `more` and `next` of an envelope's skeleton, NULL for none (P15).  `room`
 * takes the text of a number and must hold TAXII_NUMBER bytes.  -1 with e set
 * for what cannot be understood: better a loud end than half a feed.
 */
#define TAXII_NUMBER 32
int taxii_paging(json_t *skeleton, char *room, struct page_reply *r,
    struct err *e) CC_CHECK;

/* The date_added of record number n, counted from 1, of a manifest (of the last
 * one when there are fewer), as the time to go on from; TSTAMP_NONE when it has
 * none or its records do not rise in time. */
int64_t taxii_manifest_date(json_t *manifest, uint64_t n);

/* Borrowed from the JSON it was read from; text is NULL when absent. */
struct taxii_collection {
	const char *id, *alias, *title, *description;
	bool can_read, can_write; /* reading is allowed unless denied */
};
/* false: no collection at all. */
bool taxii_collection_of(json_t *o, struct taxii_collection *c);

/* The text of a member, NULL when it is absent, empty or no string. */
const char *taxii_text(json_t *o, const char *key);

/* --- the talk with a server ----------------------------------------------- */

/* One poll's connection and its patience. */
struct taxii {
	struct http *http;
	const struct job *job;
	struct ingest *ingest; /* of a poll, else NULL */
	struct msg_link *link; /* for notes outside of a poll, or NULL */
	bool writes;           /* a collection is to be changed, not read */
	bool reached;          /* the server has answered */
	enum dialect dialect;  /* that is spoken */
	unsigned allowed;      /* dialect_allowed() */
	unsigned refused;      /* answered with 406, since one was taken */
	unsigned attempt;      /* failures in a row */
	int64_t trouble;       /* when the first of them was seen */
};

int taxii_open(struct taxii *t, const struct job *job, struct ingest *g,
    struct err *e) CC_CHECK;
void taxii_close(struct taxii *t);
/* A request failed (reply says how; `garbled`: its body was not JSON): decide,
 * and wait as long as decided.  With RETRY_STOP e stands, RETRY_AFTER named in
 * it; otherwise it has been cleared. */
enum retry_how taxii_failed(struct taxii *t, const struct http_reply *reply,
    bool garbled, bool cursor, struct err *e);
/* GET a control document, with retries.  *out is to be freed.  0; 1 with e set:
 * the server answered 404; -1 with e set. */
int taxii_json(struct taxii *t, const char *url, json_t **out, struct err *e)
    CC_CHECK;
/* The same, of a document that is a page: with the head of its response; one
 * named by a cursor is not asked for twice (P8). */
struct taxii_asked {
	bool cursor;           /* in: the URL holds a `next` */
	struct http_head head; /* out */
};
int taxii_document(struct taxii *t, const char *url, json_t **out,
    struct taxii_asked *a, struct err *e) CC_CHECK;
/* Was the version refused (406), and is there another one to try?  Then that is
 * spoken from now on. */
void taxii_speak(struct taxii *t, enum dialect d); /* where it is allowed */
bool taxii_negotiate(struct taxii *t, const struct http_reply *reply);
/* A good answer came; `skeleton` is that of a page, or NULL. */
void taxii_agreed(struct taxii *t, const struct http_reply *reply,
    json_t *skeleton);
/* A page of objects, from the server straight into the ingest.  `range` may be
 * NULL; `once`: not to be sent twice (P8).  0 with facts; -1 with e set, *reply
 * and *garbled for the verdict; *lost: nothing helps. */
struct taxii_ask {
	const char *url, *range;
	bool once;
};
struct taxii_got {
	struct http_reply reply;
	struct ingest_facts facts;
	bool garbled, lost;
	bool empty;          /* a 404 that means "none": facts are zeros */
};
int taxii_page(struct taxii *t, const struct taxii_ask *ask,
    struct taxii_got *got, struct err *e) CC_CHECK;
/* "URL: text", for what a page machine finds; -1. */
int taxii_give_up(const char *objects, int code, const char *text,
    struct err *e);
/* Count a deviation and do what the job says: -1 with e set.  `detail` may be
 * NULL.  Outside of a poll nothing is counted; what is not ignored is noted. */
int taxii_deviation(struct taxii *t, enum deviation d, uint64_t n,
    const char *detail, struct err *e) CC_CHECK;
/* One of each of a set. */
int taxii_deviations(struct taxii *t, uint64_t set, struct err *e) CC_CHECK;
int taxii_note(struct taxii *t, struct err *e, const char *fmt, ...)
    CC_PRINTF(3, 4) CC_CHECK;

/* --- finding things: taxii_find.c ----------------------------------------- */

/* The way out where a URL that names no kind was taken for a server's. */
#define TAXII_NONE_HERE "there is no TAXII at this path: try that of the host" \
	" alone, or /taxii2/ behind it; --slash remove for servers that want no" \
	" / at the end; what is no TAXII (a list, a table, JSON) needs --kind," \
	" see `taxiway try`"

/* The job's URL and collection → URL of the collection's objects (P20 keeps it
 * in the cursor). */
int taxii_find(struct taxii *t, struct buf *objects, struct err *e) CC_CHECK;

/*
 * What was read at `old` is not there any more (e says so): look for it anew.  0
 * with e cleared and its new URL in *objects, where the job's URL leads to that;
 * -1 with e set: ERR_MOVED when the server says that it has it elsewhere or not at
 * all, else what e was.  In taxii_moved.c.
 */
int taxii_moved(struct taxii *t, const char *old, struct buf *objects,
    struct err *e) CC_CHECK;

/* Get the document that the job's URL stands for: discovery (it has api_roots)
 * or an API root.  *url becomes where it was found, with a '/' at the end. */
int taxii_start(struct taxii *t, struct buf *url, json_t **doc, struct err *e)
    CC_CHECK;

/*
 * The URL, with a '/' at the end, of an API root that the discovery document at
 * `from` names, by the rule of P21: one on another origin is looked for by its
 * path on our own (*moved is set), unless the job allows it as it is.
 */
int taxii_root(struct taxii *t, const char *from, const char *named,
    struct buf *url, bool *moved, struct err *e) CC_CHECK;
/* The root was moved and nothing is there: what to say.  Returns -1. */
int taxii_root_refused(const char *named, struct err *e);

/* What a server offers, in the form of sync/discover.h; the fetcher's side.  In
 * discover_fetch.c. */
json_t *discover_fetch(const struct job *job, struct err *e) CC_CHECK;
/* The same, of the first that answers of the servers that the SRV records of
 * the URL's host name; of the URL itself, where it has none.  Another host is
 * asked only where insecure_roots allows it (P21).  In discover_srv.c. */
json_t *discover_srv(const struct job *job, struct err *e) CC_CHECK;

#endif
