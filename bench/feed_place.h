/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A document where its source looks for it: in memory, or, of events of MISP, as
 * a folder of files among those for a while.
 */
#ifndef BENCH_FEED_PLACE_H
#define BENCH_FEED_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/feed_gen.h"

struct feed_place {
	const char *text; /* all of it */
	size_t n;
	char url[64];
	int fd, dir;
	char *folder;     /* or NULL; open as `dir` */
};

/* Before anything is opened: what a program writes comes as a certain
 * descriptor. */
int feed_place_reserve(void);
/* NULL, or what failed. */
const char *feed_place_make(struct feed_place *p, const struct feed_form *f,
    uint64_t records);
/* To its beginning, as a program that is started anew. */
int feed_place_rewind(const struct feed_place *p, const struct feed_form *f);
void feed_place_remove(struct feed_place *p);

#endif
