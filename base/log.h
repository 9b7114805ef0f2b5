/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging without printing: a level and a sink that the program brings.
 *
 * A line is "event key=value …", made by the caller's format; control characters
 * in it become '?'.  Libraries take a `struct log *`, which may be NULL.  Not
 * shared between threads unless the sink is.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/cc.h"

#define LOG_LINE_MAX 2048

enum log_level {
	LOG_LEVEL_ERROR = 0,
	LOG_LEVEL_WARN = 1,
	LOG_LEVEL_INFO = 2,
	LOG_LEVEL_DEBUG = 3
};

struct log {
	int level; /* lines above it are dropped */
	void (*sink)(void *ctx, int level, const char *line);
	void *ctx;
};

void log_init(struct log *log, int level,
    void (*sink)(void *ctx, int level, const char *line), void *ctx);
/* `event` is a stable word ("poll-note"); lines are cut at LOG_LINE_MAX. */
void log_write(struct log *log, int level, const char *event, const char *fmt,
    ...) CC_PRINTF(4, 5);

#endif
