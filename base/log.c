/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void
log_init(struct log *log, int level,
    void (*sink)(void *ctx, int level, const char *line), void *ctx)
{
	log->level = level;
	log->sink = sink;
	log->ctx = ctx;
}

void
log_write(struct log *log, int level, const char *event, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;
	size_t n;
	int w;

	if (log == NULL || log->sink == NULL || level > log->level)
		return;
	w = snprintf(line, sizeof(line), "%s ", event);
	n = w > 0 && (size_t)w < sizeof(line) ? (size_t)w : 0;
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	utf8_clean(line, strlen(line));
	log->sink(log->ctx, level, line);
}
