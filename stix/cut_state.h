/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the cutter, shared by its files.  Private to stix/cut*.c.
 *
 * A step reads on at p, which is before c->end, in the state it is named after,
 * and returns how far it came; NULL stops the cutter with c->result.
 */
#ifndef STIX_CUT_STATE_H
#define STIX_CUT_STATE_H

#include "base/limits.h"
#include "stix/cut.h"
#include "stix/scan_nest.h"
#include "stix/stream.h"

#define CUT_WORD (LIMIT_PATH * 6) /* a name in \uXXXX */

enum cut_state {
	CUT_AT_START,    /* a byte order mark may come */
	CUT_AT_DOCUMENT, /* between documents */
	CUT_IN_WRAPPER,  /* between tokens of an object on the way */
	CUT_IN_STRING,   /* in a name or value there */
	CUT_IN_NESTED,   /* in an array or object there */
	CUT_AT_FIRST,    /* behind the "[" of the records */
	CUT_AT_ITEM,     /* behind a "," there */
	CUT_AFTER_ITEM,  /* behind a record there */
	CUT_AT_NAME,     /* the same three in a map */
	CUT_AT_NAME_NEXT,
	CUT_IN_NAME,
	CUT_AT_COLON,
	CUT_AT_VALUE,
	CUT_IN_ITEM,     /* in an object or array that is a record */
	CUT_IN_TEXT,     /* in a string that is one */
	CUT_IN_WORD,     /* in a number or literal that is one */
	CUT_STOPPED,
	CUT_STATES
};

/* What encloses the record at hand. */
enum cut_around { AROUND_NOTHING, AROUND_ARRAY, AROUND_MAP, AROUND_MEMBER };

struct cut {
	const struct cut_where *where;
	const struct cut_ops *ops;
	void *ctx;
	struct stream in;
	enum cut_state state;
	uint64_t records, documents;
	/* the document at hand */
	unsigned level;       /* objects on the way that are open, less one */
	bool named;           /* the member that comes is the next on the way */
	bool valued;          /* a value comes, not a name */
	bool have_word;       /* a string came: a name if ":" follows */
	bool found, bare;
	uint64_t start;
	/* the record at hand */
	enum cut_around around;
	uint64_t item_start;
	struct scan_nest nest;
	struct keep skeleton, item, name;
	size_t word_n;        /* > CUT_WORD: it does not matter what it is */
	char word[CUT_WORD];
};

/* cut.c */
const char *cut_document_done(struct cut *c, struct slice skeleton,
    const char *p);
/* cut_item.c: the records */
const char *cut_begin_item(struct cut *c, const char *p);
const char *cut_step_item(struct cut *c, const char *p);
const char *cut_step_after(struct cut *c, const char *p);
const char *cut_step_name(struct cut *c, const char *p);
const char *cut_step_in_name(struct cut *c, const char *p);
const char *cut_step_colon(struct cut *c, const char *p);
const char *cut_step_in_item(struct cut *c, const char *p);
const char *cut_step_in_text(struct cut *c, const char *p);
const char *cut_step_in_word(struct cut *c, const char *p);
/* The "]" or "}" behind the records, or the end of a record that is a member:
 * the skeleton goes on at p. */
const char *cut_resume(struct cut *c, const char *p);
/* cut_wrapper.c: what stands around them */
const char *cut_step_wrapper(struct cut *c, const char *p);
const char *cut_step_string(struct cut *c, const char *p);
const char *cut_step_nested(struct cut *c, const char *p);

#endif
