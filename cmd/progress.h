/* SPDX-License-Identifier: BSD-2-Clause */
/* The progress line of a pull: on a terminal, one line that is written over. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "sync/pull.h"

struct progress {
	FILE *out;
	bool on;      /* nothing is written otherwise */
	bool shown;   /* a line stands on the terminal */
	const char *name;
};

void progress_init(struct progress *p, FILE *out, bool on, const char *name);
/* For struct pull_opts; always 0. */
int progress_show(void *ctx, const struct pull_progress *now);
/* Wipe the line, so that something else can be written. */
void progress_clear(struct progress *p);

#endif
