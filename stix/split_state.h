/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the splitter, shared by its files.  Private to stix/split*.c.
 *
 * A step reads on at p, which is before s->end, in the state it is named after,
 * and returns how far it came; NULL stops the splitter with s->result.
 */
#ifndef STIX_SPLIT_STATE_H
#define STIX_SPLIT_STATE_H

#include <stdbool.h>

#include "stix/scan_nest.h"
#include "stix/split.h"
#include "stix/stream.h"

/* The longest spelling of the words looked for: "objects" in \uXXXX. */
#define WORD_MAX 48

enum split_state {
	AT_START,    /* a byte order mark may come */
	AT_DOCUMENT, /* between documents */
	IN_WRAPPER,  /* a document that is an object, between its tokens */
	IN_STRING,   /* in a name or value of the wrapper */
	IN_NESTED,   /* in an array or object of the wrapper */
	AT_FIRST,    /* behind the "[" of the objects */
	AT_ITEM,     /* behind a "," there */
	AFTER_ITEM,  /* behind an item there */
	IN_ITEM,     /* in an object or array there */
	IN_TEXT,     /* in a string there */
	IN_WORD,     /* in a number or literal there */
	STOPPED,     /* by an error or a callback */
	STATE_COUNT
};

enum member { MEMBER_NONE, MEMBER_TYPE, MEMBER_OBJECTS, MEMBER_OTHER };

struct document {
	uint64_t start;       /* its place in the input */
	uint64_t objects;     /* given out */
	uint64_t deepest;     /* nesting of the wrapper */
	bool is_array;        /* the items now read are those of a bare array */
	bool in_array;        /* this is an element of one */
	/* of a wrapper */
	enum member member;   /* whose value comes next */
	bool have_word;       /* a string came: a name if ":" follows */
	bool has_objects;     /* member "objects", of whatever type */
	bool has_array;       /* it was an array: this is no object */
	bool is_object;       /* has a "type", and not "bundle" */
	bool is_bundle;       /* has the type "bundle" */
	uint64_t cut;         /* bytes of the skeleton before the objects … */
	uint64_t resume;      /* … and where in the input it goes on */
};

struct split {
	const struct split_ops *ops;
	void *ctx;
	struct stream in;
	enum split_state state;
	uint64_t objects, documents;
	/* what is being read */
	struct document doc;
	struct keep skeleton, item;
	uint64_t item_start;
	struct scan_nest nest;
	size_t word_n;        /* > WORD_MAX: it does not matter what it is */
	char word[WORD_MAX];
};

/* split.c */
/* Give one object out, or say why not; p is behind it. */
const char *split_give_object(struct split *s, struct slice text, bool large,
    uint64_t deepest, uint64_t offset, const char *p);
const char *split_document_done(struct split *s, json_t *skeleton,
    const char *p);

/* split_wrapper.c: a document, or an element of one that is an array, that is an
 * object, outside its "objects" */
const char *split_wrapper(struct split *s, const char *p);
const char *split_step_wrapper(struct split *s, const char *p);
const char *split_step_string(struct split *s, const char *p);
const char *split_step_nested(struct split *s, const char *p);
/* The skeleton passed LIMIT_SKELETON. */
const char *split_fail_skeleton(struct split *s);

/* split_item.c: what stands between "[" and "]" */
const char *split_step_item(struct split *s, const char *p);
const char *split_step_after(struct split *s, const char *p);
const char *split_step_in_item(struct split *s, const char *p);
const char *split_step_in_text(struct split *s, const char *p);
const char *split_step_in_word(struct split *s, const char *p);

#endif
