/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stix/object.h promises, said once more with Jansson: a tree is built
 * and the properties are looked up in it.  For tests and fuzz targets.
 */
#ifndef TESTS_STIX_REFERENCE_H
#define TESTS_STIX_REFERENCE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/slice.h"
#include "stix/object.h"

enum verdict {
	VERDICT_ACCEPT,
	VERDICT_REJECT,
	VERDICT_LIMIT /* JSON, but past a limit of ours */
};

/* Objects and arrays inside one another; 0 for a scalar. */
unsigned reference_depth(const json_t *j);

/* Read one object.  The text of *o is owned by *tree, which the caller frees
 * with json_decref() (NULL unless accepted), and by the arena. */
enum verdict reference_scan(struct arena *a, struct slice text,
    struct stix_object *o, json_t **tree);

/* The name of the first member in which the two differ; NULL when none. */
const char *reference_differs(const struct stix_object *x,
    const struct stix_object *y);

/*
 * The whole comparison: scan a copy of `text` that ends where its allocation
 * does, and compare verdict and members with the reference; peek at the id and
 * compare it, too.  NULL, or what is wrong; static storage.
 */
const char *reference_check(struct slice text);

#endif
