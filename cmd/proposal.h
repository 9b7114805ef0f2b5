/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The source that `taxiway try` proposes: what a guess says of how the feed is
 * read, and what was given to get at it.
 */
#ifndef CMD_PROPOSAL_H
#define CMD_PROPOSAL_H

#include <jansson.h>

#include "cmd/settings.h"
#include "sync/job.h"

/* What the guess says becomes settings, but for what was given by hand: that
 * counts.  They borrow from the guess.  -1 with e set: ERR_PROTO, or what a
 * setting says of a value. */
int proposal_apply(const json_t *guess, struct settings *s,
    const struct settings *given, struct err *e) CC_CHECK;

/* Of settings that the guess was applied to: {"name": …, "url": …, "kind": …,
 * "token-file": …, "csv": {"header": …}, "map": {…}}, as a configuration has it.
 * NULL with e set. */
json_t *proposal_source(const struct job *job, const struct settings *s,
    const struct settings *given, const json_t *guess, struct err *e);

/* As an item of a list in YAML, to standard output; `paging` (kind and next), if
 * there is any, as a comment. */
void proposal_print(const json_t *source, const json_t *paging);

#endif
