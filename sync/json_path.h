/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths into JSON: where the records of a feed stand, and where the fields of a
 * record do.
 *
 *   a.b              member b of member a
 *   "a.b".c          a name in quotes may hold anything; \" and \\ inside
 *   a[*]  a[]        the elements of an array
 *   a[2]             one of them, from 0
 *   a[kind=url]      those whose member `kind` is that; also a[kind!=url]
 *   a.*              the values of an object
 *   a.@keys          the names of its members
 *   .                the record itself
 *   @key             the name under which the record, or what it lies in, stands
 *                    in its map
 *   ^a  ^.a          a of the object that the record lies in; ^^ of the next
 *                    one out; ^@key
 *
 * A field that is an array gives its elements.  Numbers are texts as written,
 * true and false the words; null, objects and what is absent give nothing.
 *
 * Pure; a parsed path borrows from its text or lies in the arena.
 */
#ifndef SYNC_JSON_PATH_H
#define SYNC_JSON_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "stix/tree.h"

enum json_step_kind {
	JSON_MEMBER, JSON_EACH, JSON_INDEX, JSON_WHERE, JSON_WHERE_NOT,
	JSON_VALUES, JSON_NAMES
};

struct json_step {
	enum json_step_kind kind;
	struct slice name;   /* of a member; of JSON_WHERE's */
	struct slice value;  /* JSON_WHERE */
	uint32_t index;
};

struct json_path {
	unsigned up;         /* '^' */
	bool key;            /* @key, with no steps */
	unsigned n;
	struct json_step steps[LIMIT_PATH_STEPS];
};

/* -1 with e set (ERR_CONFIG: "'a..b': a name is missing"). */
int json_path_parse(struct slice text, struct arena *a, struct json_path *p,
    struct err *e) CC_CHECK;

/* What a path is to lead to; some can never do so.  -1 with e set (ERR_CONFIG,
 * with the way out). */
enum json_path_role {
	JSON_PATH_FIELD,    /* texts of a record, or around it: any path */
	JSON_PATH_DOCUMENT, /* texts of a document: nothing lies around that */
	JSON_PATH_RECORDS   /* records of a document: nor are names records */
};
int json_path_check(const struct json_path *p, struct slice text,
    enum json_path_role role, struct err *e) CC_CHECK;

/* A record, and what it lies in. */
struct json_place {
	const struct tree *tree;
	uint32_t node;
	struct slice key;    /* its name in a map; p == NULL: it is in none */
	const struct json_place *up;
};

/* Up to `max` texts of a field; their number. */
size_t json_path_get(const struct json_path *p, const struct json_place *at,
    struct slice *texts, size_t max);

/* The first text, p == NULL when there is none. */
struct slice json_path_text(const struct json_path *p,
    const struct json_place *at);

/* Each record below `at` that the steps from `first` on lead to; an array at the
 * end of them gives its elements.  A return other than 0 of `take` ends the walk
 * and is returned. */
typedef int json_take_fn(void *ctx, const struct json_place *at);
int json_path_walk(const struct json_path *p, unsigned first,
    const struct json_place *at, json_take_fn *take, void *ctx);
/* Does this element, of that index in its array, pass step `s`?  True for steps
 * that do not choose. */
bool json_step_fits(const struct json_step *s, const struct tree *t,
    uint32_t node, uint64_t index);

#endif
