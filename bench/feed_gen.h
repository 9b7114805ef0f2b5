/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of feeds, made up: any size, the same bytes every time.
 */
#ifndef BENCH_FEED_GEN_H
#define BENCH_FEED_GEN_H

#include <stdint.h>
#include <stdio.h>

/* A form of document, and how it is read. */
struct feed_form {
	const char *name;    /* "lines-ipv4" … */
	const char *kind;    /* of the source */
	const char *options[24]; /* "name=value", NULL at the end */
};

extern const struct feed_form feed_forms[]; /* ends with a name of NULL */

const struct feed_form *feed_form_find(const char *name);
/* A document of `n` entries. */
void feed_gen(const struct feed_form *f, uint64_t n, FILE *out);

#endif
