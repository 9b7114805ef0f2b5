/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings_log.h"

#include <string.h>

static int
read_to(const char *text, enum log_to *out, struct err *e)
{
	static const char *const names[] = {
		[LOG_TO_AUTO] = "auto", [LOG_TO_STDERR] = "stderr",
		[LOG_TO_SYSLOG] = "syslog", [LOG_TO_JOURNAL] = "journal",
	};
	unsigned i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*out = (enum log_to)i;
		return 0;
	}
	return err_set(e, ERR_CONFIG, "log-to: '%.64s' is none of auto, "
	    "stderr, syslog and journal", text);
}

int
log_settings_read(const struct log_settings *s, struct log_terms *out,
    struct err *e)
{
	enum log_format format;
	int level;

	if (s->to != NULL && read_to(s->to, &out->to, e) != 0)
		return -1;
	if (s->format != NULL) {
		format = log_format_code(s->format);
		if (format == LOG_FORMATS)
			return err_set(e, ERR_CONFIG, "log-format: '%.64s' is "
			    "none of text, kv and json", s->format);
		out->format = format;
	}
	if (s->level != NULL) {
		level = log_level_code(s->level);
		if (level == LOG_LEVELS)
			return err_set(e, ERR_CONFIG, "log-level: '%.64s' is "
			    "none of error, warn, notice, info and debug",
			    s->level);
		out->level = level;
	}
	return 0;
}
