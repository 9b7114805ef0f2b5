/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deviations: what servers do that the standard does not say, or forbids, and
 * that is borne all the same.  One table: a stable id, what it is, and what is
 * done about it unless the source's settings say otherwise.
 *
 *   ignore  counted in the poll's record, shown by `taxiway status`
 *   warn    the same, and one line to the operator per poll and kind
 *   reject  the poll fails at the first one
 *
 * Ids are stored, shown, configured and documented: they never change meaning.
 * Pure, thread-safe.
 */
#ifndef SYNC_DEVIATION_H
#define SYNC_DEVIATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The order is free: the numbers are in no record, only in the pipe. */
enum deviation {
	/* paging */
	DEVIATION_CURSOR_CONSTANT,
	DEVIATION_CURSOR_DEAD,
	DEVIATION_CURSOR_CIRCLE,
	DEVIATION_CURSOR_NUMBER,
	DEVIATION_CURSOR_AT_END,
	DEVIATION_MORE_TEXT,
	DEVIATION_MORE_WITHOUT_NEXT,
	DEVIATION_MORE_EMPTY,
	DEVIATION_PAST_END,
	DEVIATION_NEWEST_FIRST,
	DEVIATION_PAGE_REPEATED,
	DEVIATION_PAGE_TOO_LONG,
	DEVIATION_MOMENT_CROWDED,
	DEVIATION_TYPES_GUESSED,
	DEVIATION_DUPLICATES,
	/* ranges of TAXII 2.0 */
	DEVIATION_RANGE_REFUSED,
	DEVIATION_RANGE_UNTOLD,
	DEVIATION_RANGE_WRONG,
	DEVIATION_RANGE_EMPTY,
	DEVIATION_RANGE_SHRUNK,
	/* dates */
	DEVIATION_DATE_MISSING,
	DEVIATION_DATE_FORMAT,
	DEVIATION_DATE_UNREADABLE,
	DEVIATION_DATE_FUTURE,
	/* filters */
	DEVIATION_ADDED_AFTER_IGNORED,
	DEVIATION_ADDED_AFTER_FATAL,
	DEVIATION_MATCH_IGNORED,
	DEVIATION_DELTA_MISSED,
	DEVIATION_MANIFEST_MISSING,
	/* documents */
	DEVIATION_NOT_ENVELOPE,
	DEVIATION_CONTENT_TYPE,
	DEVIATION_MARKUP_TYPE,
	DEVIATION_PARTIAL_STATUS,
	DEVIATION_ID_FORM,
	DEVIATION_MIRROR,
	/* discovery */
	DEVIATION_ROOT_FOREIGN,
	DEVIATION_ROOT_SLASH,
	DEVIATIONS
};

/* A set of them: bit d. */
#define DEVIATION_BIT(d) (UINT64_C(1) << (d))

enum deviation_action {
	DEVIATION_USUAL = 0, /* as the table says */
	DEVIATION_IGNORE, DEVIATION_WARN, DEVIATION_REJECT,
	DEVIATION_ACTIONS
};

struct deviation_row {
	const char *id;
	const char *what;    /* one sentence's worth, without a full stop */
	uint8_t action;      /* enum deviation_action */
};

/* NULL behind the last. */
const struct deviation_row *deviation_at(unsigned d);
/* -1 when there is none of that id. */
int deviation_find(struct slice id);
/* "ignore", "warn" or "reject"; DEVIATION_ACTIONS for any other word. */
enum deviation_action deviation_action_parse(const char *word);
const char *deviation_action_name(enum deviation_action a);
/* What to do: `set` holds the settings' action per deviation. */
enum deviation_action deviation_action(const uint8_t set[DEVIATIONS],
    unsigned d);

#endif
