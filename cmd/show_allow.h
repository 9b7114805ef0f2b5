/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which allow-lists hold a match, as JSON and as text: shared by lookup, list and
 * explain.
 */
#ifndef CMD_SHOW_ALLOW_H
#define CMD_SHOW_ALLOW_H

#include <stdio.h>

#include "cmd/jw.h"
#include "taxiway.h"

/* "mode", and "cap" of one that caps. */
void allow_mode_json(struct jw *j, int mode, unsigned cap);
/* "suppressed_by": name of the list whose entry decides, or null; "allow": every
 * entry that holds the match. */
void allow_json(struct jw *j, tw_snapshot *snap, const struct tw_match *m);
/* One line for each entry, of the first `most`; nothing where there is none. */
void allow_text(FILE *out, tw_snapshot *snap, const struct tw_match *m,
    size_t most);
/* The name of the list that suppresses it, behind "  by "; nothing where none
 * does. */
void allow_word(FILE *out, tw_snapshot *snap, const struct tw_match *m);

#endif
