/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something was not taken: names, and whose fault it is. */
#include "store/record.h"

const char *
reject_name(int reason)
{
	static const char *const names[REJECT_REASONS] = {
	    [REJECT_JSON] = "bad-json",
	    [REJECT_NOT_OBJECT] = "not-an-object",
	    [REJECT_TOO_LARGE] = "too-large",
	    [REJECT_TOO_DEEP] = "too-deep",
	    [REJECT_NO_ID] = "no-id",
	    [REJECT_NO_TYPE] = "no-type",
	    [REJECT_BAD_ID] = "bad-id",
	    [REJECT_BAD_TIME] = "bad-time",
	    [REJECT_NO_PATTERN] = "no-pattern",
	    [REJECT_BAD_PATTERN] = "bad-pattern",
	    [REJECT_VALUE_SYNTAX] = "value-malformed",
	    [REJECT_VALUE_BOGON] = "value-bogon",
	    [REJECT_VALUE_WIDE] = "value-too-wide",
	    [REJECT_VALUE_TRIVIAL] = "value-trivial",
	    [REJECT_VALUE_OTHER] = "value-other",
	    [REJECT_FILTERED] = "filtered",
	    [REJECT_RECORD] = "record-too-large",
	    [REJECT_FIELD] = "bad-field",
	    [REJECT_VALIDITY] = "bad-validity",
	    [REJECT_ROW] = "bad-row",
	};

	if (reason < 0 || reason >= REJECT_REASONS)
		return NULL;
	return names[reason];
}

bool
reject_is_fault(enum reject_reason reason)
{
	switch (reason) {
	case REJECT_VALUE_BOGON: case REJECT_VALUE_WIDE:
	case REJECT_VALUE_TRIVIAL: case REJECT_FILTERED:
	case REJECT_VALIDITY: /* taken, as one that is not bounded */
		return false;
	default:
		return true;
	}
}

_Static_assert(REJECT_REASONS <= POLL_REASONS,
    "a poll record must have room for every reason");
