/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker of the daemon says: lines over its socket, "LETTER rest".
 *
 *   l {…}                     an event of the log (sync/log.h)
 *   p PAGES BYTES OBJECTS COMMITTING   progress of a poll
 *   c NS                      a commit, and how long it took
 *   a ACTIVE SUPPRESSED       values of the store, counted
 *   t text                    its result, for people
 *   r {…}                     the same as one JSON object
 *   e STATUS CODE text        the last line: exit status of `taxiway pull`, and
 *                             the error (enum err_code, 0: none)
 *
 * A line has at most REPORT_LINE bytes and no control character.
 */
#ifndef SYNC_REPORT_H
#define SYNC_REPORT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/slice.h"

#define REPORT_LINE 8192u

enum report_kind {
	REPORT_LOG = 'l', REPORT_PROGRESS = 'p', REPORT_TEXT = 't',
	REPORT_JSON = 'r', REPORT_END = 'e', REPORT_COMMIT = 'c',
	REPORT_COUNT = 'a'
};

struct report {
	enum report_kind kind;
	int number;          /* exit status */
	int code;            /* enum err_code, of REPORT_END */
	uint64_t pages, bytes, objects, committing;
	uint64_t ns;         /* of REPORT_COMMIT */
	uint64_t active, suppressed; /* of REPORT_COUNT */
	struct slice text;   /* borrowed from the line */
};

/* One line without its '\n'.  0, or -1 when it is none of these. */
int report_parse(struct slice line, struct report *out) CC_CHECK;
/* Write one line to the socket: cut when it is too long, and given up when
 * nobody reads. */
void report_send(int fd, const char *fmt, ...) CC_PRINTF(2, 3);

#endif
