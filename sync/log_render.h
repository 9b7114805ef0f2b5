/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events as lines.  Pure.
 *
 * A line has at most LOG_LINE_MAX - 1 bytes, is valid UTF-8 and has no character
 * that moves a cursor, begins a line or turns the direction of writing, whatever
 * a server said.  A value of text stands in quotes, and each byte of it can be
 * told from the line:
 *
 *   \" \\ \n \r \t    themselves
 *   \xNN              another control character, or a byte that is not UTF-8
 *   \uNNNN            U+0080 … U+009F, and those that turn or break lines
 *
 * In JSON these are JSON's escapes; a byte that is not UTF-8 is U+FFFD.  What is
 * too long is cut, with an ellipsis.  Of a URL, the part in front of '@' that can
 * be a password is never written.
 */
#ifndef SYNC_LOG_RENDER_H
#define SYNC_LOG_RENDER_H

#include "base/cc.h"
#include "sync/log.h"

#define LOG_LINE_MAX 4096  /* with its '\n' or NUL: what a pipe takes at once */
#define LOG_VALUE_MAX 1024 /* bytes of a value, before they are escaped */

enum log_format {
	LOG_FORMAT_TEXT,  /* event key="value" … */
	LOG_FORMAT_KV,    /* the same, behind time= level= event= */
	LOG_FORMAT_JSON,
	LOG_FORMAT_PLAIN, /* for verbs by hand: controls are '?' */
	LOG_FORMATS
};
/* Of "text" …; LOG_FORMATS when it is none that can be asked for. */
enum log_format log_format_code(const char *name);

/* One line, with a NUL and no '\n'; its length is returned.  `when`: ns since
 * 1970, or TSTAMP_NONE to leave it out. */
size_t log_render(const struct log_record *r, enum log_format format,
    int64_t when, char out[LOG_LINE_MAX]);

#define LOG_DATAGRAM_MAX (2 * LOG_LINE_MAX + 2048)
/* The record as a datagram of the journal's own protocol (systemd's
 * "native protocol"); its length. */
size_t log_journal(const struct log_record *r, enum log_format format,
    int64_t when, char out[LOG_DATAGRAM_MAX]);

#define LOG_SYSLOG_MAX (LOG_LINE_MAX + 128)
/* The line of a record as syslogd has it from local programs (RFC 3164, facility
 * daemon), without the time, which it adds itself. */
size_t log_syslog(const struct log_record *r, enum log_format format,
    int64_t when, long pid, char out[LOG_SYSLOG_MAX]);

#endif
