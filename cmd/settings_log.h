/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the daemon's log goes, how it looks and how much of it there is: keys of
 * the configuration, and options of `taxiway run`.
 */
#ifndef CMD_SETTINGS_LOG_H
#define CMD_SETTINGS_LOG_H

#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "sync/log_render.h"

struct log_settings {
	char *to, *format, *level;
};

/* Rows of a table whose struct has a struct log_settings at that offset. */
#define LOG_ROWS(at)                                                           \
	{0, "log-to", "WHERE", "stderr, syslog or journal; auto: the journal " \
	    "where standard error leads there", OPT_STRING,                    \
	    (at) + offsetof(struct log_settings, to), 0, 0},                   \
	{0, "log-format", "HOW", "text, kv (key=value, with time and level) "  \
	    "or json", OPT_STRING,                                             \
	    (at) + offsetof(struct log_settings, format), 0, 0},               \
	{0, "log-level", "LEVEL", "tell no less than that: error, warn, "      \
	    "notice, info, debug", OPT_STRING,                                 \
	    (at) + offsetof(struct log_settings, level), 0, 0}

enum log_to { LOG_TO_AUTO, LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_JOURNAL };

struct log_terms {
	enum log_format format;
	enum log_to to;
	int level; /* enum log_level */
};

/* Words become codes; what is not given leaves *out as it is.  -1 with e set
 * (ERR_CONFIG, "log-to: …"). */
int log_settings_read(const struct log_settings *s, struct log_terms *out,
    struct err *e) CC_CHECK;

#endif
