/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program is told: the same words as variables, TAXIWAY_ in front of them,
 * and as one JSON object on a line that it may read.
 */
#ifndef SYNC_HOOK_WORDS_H
#define SYNC_HOOK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "sync/facts.h"
#include "sync/program.h"

/* A source that is in another state now. */
struct hook_problem {
	char source[LIMIT_SOURCE_NAME + 1];
	const char *state, *was; /* static; was NULL: not known */
	bool problem;          /* is the state one? */
	int64_t since;         /* wall; 0: not known */
	char error[ERR_TEXT_MAX];
	char advice[512];
};

struct hook_words {
	struct program_env env;
	int file;      /* with the line, to be read from its beginning; -1 */
	bool failed;   /* out of memory */
};

/* To be freed in any case. */
void hook_words_change(struct hook_words *w, const char *store,
    uint64_t since, const struct fact_changes *c);
void hook_words_problem(struct hook_words *w, const char *store,
    const struct hook_problem *p);
void hook_words_free(struct hook_words *w);

#endif
