/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/deviation.h"

#include <string.h>

#include "base/cc.h"

#define ROW(d, id, action, what) \
	[DEVIATION_##d] = {id, what, DEVIATION_##action}

static const struct deviation_row rows[DEVIATIONS] = {
	ROW(CURSOR_CONSTANT, "cursor-constant", IGNORE,
	    "the server gives the same `next` for page after page"),
	ROW(CURSOR_DEAD, "cursor-dead", IGNORE,
	    "the server refused a cursor of its own; read on by date"),
	ROW(CURSOR_CIRCLE, "cursor-circle", IGNORE,
	    "the server's cursor goes in circles; read on by date"),
	ROW(CURSOR_NUMBER, "cursor-number", IGNORE,
	    "`next` is a number, not a string"),
	ROW(CURSOR_AT_END, "cursor-at-end", IGNORE,
	    "there is a `next` although there is no more"),
	ROW(MORE_TEXT, "more-text", IGNORE,
	    "`more` is a string or a number, not true or false"),
	ROW(MORE_WITHOUT_NEXT, "more-without-next", IGNORE,
	    "there is more but no `next`; read on by date"),
	ROW(MORE_EMPTY, "more-empty", IGNORE,
	    "an empty page says that there is more"),
	ROW(PAST_END, "past-end", IGNORE,
	    "the server said there is more, and then that the page does not "
	    "exist; taken for the end"),
	ROW(NEWEST_FIRST, "newest-first", IGNORE,
	    "pages go back in time, or First is later than Last"),
	ROW(PAGE_REPEATED, "page-repeated", IGNORE,
	    "a page came that was there before"),
	ROW(PAGE_TOO_LONG, "page-too-long", IGNORE,
	    "a page holds more objects than were asked for"),
	ROW(MOMENT_CROWDED, "moment-crowded", IGNORE,
	    "more objects share one date than a page holds; asked for larger "
	    "pages"),
	ROW(TYPES_GUESSED, "types-guessed", WARN,
	    "more objects share one date than the server puts on a page; read "
	    "type by type, and objects of types that STIX does not define may "
	    "be missing"),
	ROW(DUPLICATES, "duplicates", IGNORE,
	    "a page holds the same object twice"),
	ROW(RANGE_REFUSED, "range-refused", IGNORE,
	    "the server refuses a form or a length of Range; asked otherwise"),
	ROW(RANGE_UNTOLD, "range-untold", IGNORE,
	    "a part of the items comes without a Content-Range that can be "
	    "read"),
	ROW(RANGE_WRONG, "range-wrong", IGNORE,
	    "Content-Range and the items that came contradict each other"),
	ROW(RANGE_EMPTY, "range-empty", WARN,
	    "the server announces more items than it sends, also when asked "
	    "again"),
	ROW(RANGE_SHRUNK, "range-shrunk", IGNORE,
	    "items went away while the list was read; what moved up was read "
	    "again"),
	ROW(DATE_MISSING, "date-missing", IGNORE,
	    "a page has no X-TAXII-Date-Added-Last"),
	ROW(DATE_FORMAT, "date-format", IGNORE,
	    "a date header is not a timestamp with a Z; read all the same"),
	ROW(DATE_UNREADABLE, "date-unreadable", IGNORE,
	    "a date header is no date; taken as absent"),
	ROW(DATE_FUTURE, "date-future", IGNORE,
	    "objects were added at a date that lies ahead of the server's own "
	    "clock"),
	ROW(ADDED_AFTER_IGNORED, "added-after-ignored", IGNORE,
	    "the server ignores added_after, or lists other dates than it "
	    "filters by"),
	ROW(ADDED_AFTER_FATAL, "added-after-fatal", IGNORE,
	    "the server breaks off where added_after is sent; read without it"),
	ROW(MATCH_IGNORED, "match-ignored", IGNORE,
	    "the server ignores a match filter; filtered here"),
	ROW(DELTA_MISSED, "delta-missed", WARN,
	    "a full walk found what the polls before it should have brought; "
	    "set full_every for this source"),
	ROW(MANIFEST_MISSING, "manifest-missing", IGNORE,
	    "the collection has no manifest; its objects are walked instead"),
	ROW(NOT_ENVELOPE, "not-envelope", IGNORE,
	    "a bundle or a list in place of a TAXII envelope"),
	ROW(CONTENT_TYPE, "content-type", IGNORE,
	    "TAXII under another Content-Type than application/taxii+json"),
	ROW(MARKUP_TYPE, "markup-type", REJECT,
	    "JSON that is declared as HTML or XML"),
	ROW(PARTIAL_STATUS, "partial-status", IGNORE,
	    "a page with status 206 in place of 200"),
	ROW(ID_FORM, "id-form", IGNORE,
	    "an object's id is not TYPE--UUID"),
	ROW(MIRROR, "mirror", IGNORE,
	    "url did not give the document; one of url-also did"),
	ROW(ROOT_FOREIGN, "root-foreign", IGNORE,
	    "discovery names an API root on another origin; its path was used "
	    "on the configured one"),
	ROW(ROOT_SLASH, "root-slash", IGNORE,
	    "discovery names an API root without its last slash"),
};

_Static_assert(DEVIATIONS <= 64, "a set of deviations is one 64-bit word");

const struct deviation_row *
deviation_at(unsigned d)
{
	return d < DEVIATIONS ? &rows[d] : NULL;
}

int
deviation_find(struct slice id)
{
	for (unsigned d = 0; d < DEVIATIONS; d++)
		if (slice_is(id, rows[d].id))
			return (int)d;
	return -1;
}

static const char *const actions[DEVIATION_ACTIONS] = {
	[DEVIATION_IGNORE] = "ignore", [DEVIATION_WARN] = "warn",
	[DEVIATION_REJECT] = "reject",
};

enum deviation_action
deviation_action_parse(const char *word)
{
	for (unsigned a = DEVIATION_IGNORE; a < DEVIATION_ACTIONS; a++)
		if (strcmp(word, actions[a]) == 0)
			return (enum deviation_action)a;
	return DEVIATION_ACTIONS;
}

const char *
deviation_action_name(enum deviation_action a)
{
	return a > DEVIATION_USUAL && a < DEVIATION_ACTIONS ? actions[a] : NULL;
}

enum deviation_action
deviation_action(const uint8_t set[DEVIATIONS], unsigned d)
{
	if (d >= DEVIATIONS)
		return DEVIATION_REJECT;
	if (set[d] != DEVIATION_USUAL && set[d] < DEVIATION_ACTIONS)
		return (enum deviation_action)set[d];
	return (enum deviation_action)rows[d].action;
}
