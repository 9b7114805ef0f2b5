/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of what happens, as events of one table (log_table.c).
 *
 * An event has a stable name, a level, an identifier for the journal, and the
 * fields that it may have.  Who tells one gives values and no text; how that
 * becomes a line is the business of log_render.c alone, so that nothing that a
 * server says can look like something else.  Nothing here prints: records go to
 * a sink that the program brings.
 *
 * Each row's meaning and what to do about it stand in the table, too;
 * taxiway-run(8) has them from there, and a test compares both with each other
 * and with who tells them.
 *
 * Not shared between threads unless the sink is.
 */
#ifndef SYNC_LOG_H
#define SYNC_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum log_level {
	LOG_LEVEL_ERROR = 0,  /* something was not done */
	LOG_LEVEL_WARN = 1,   /* it will take a person */
	LOG_LEVEL_NOTICE = 2, /* rare, and not wrong */
	LOG_LEVEL_INFO = 3,   /* each poll */
	LOG_LEVEL_DEBUG = 4,
	LOG_LEVELS
};
const char *log_level_name(int level); /* "error" … */
/* LOG_LEVELS when there is none of that name. */
int log_level_code(const char *name);

enum log_key {
	LOG_END = 0, /* behind the last field of a record */
	LOG_ADVICE, LOG_COUNT, LOG_ERROR, LOG_ID, LOG_MS, LOG_OF, LOG_PID,
	LOG_REASON, LOG_SECONDS, LOG_SINCE, LOG_SOURCE, LOG_SOURCES, LOG_STATE,
	LOG_STATUS, LOG_STORE, LOG_TASK, LOG_TEXT, LOG_UID, LOG_VERB,
	LOG_VERSION, LOG_WAS,
	LOG_KEYS
};
const char *log_key_name(enum log_key k); /* "source" … */
/* LOG_END when there is none of that name. */
enum log_key log_key_code(const char *name);

enum log_event {
	EVENT_ALLOW_LISTS, EVENT_CLOCK_JUMPED, EVENT_CONTROL, EVENT_DEVIATION,
	EVENT_DEVIATION_WARNED, EVENT_LOG_LOST, EVENT_LOG_SUPPRESSED,
	EVENT_METRICS_FILE,
	EVENT_NOT_RECORDED, EVENT_NOT_STARTED, EVENT_NOTE, EVENT_POLL_ENDED,
	EVENT_POLL_FAILED, EVENT_POLL_PROGRESS, EVENT_POLL_STARTED,
	EVENT_PROGRAM_DROPPED, EVENT_PROGRAM_ENDED, EVENT_PROGRAM_FAILED,
	EVENT_PROGRAM_SAID, EVENT_PROGRAM_STARTED, EVENT_RATE_WAIT,
	EVENT_REJECTED, EVENT_RELOAD_COMPLAINT, EVENT_RELOAD_REFUSED,
	EVENT_RELOADED, EVENT_SANDBOX, EVENT_SANDBOX_KEPT, EVENT_SANDBOX_OFF,
	EVENT_SANDBOX_WEAK, EVENT_SOURCE_PROBLEM, EVENT_SOURCE_WELL,
	EVENT_STARTED,
	EVENT_STOPPED, EVENT_STOPPING, EVENT_STORE_UNREADABLE,
	EVENT_TASK_ENDED, EVENT_TASK_FAILED,
	LOG_EVENTS
};

#define LOG_HAS(key) (UINT64_C(1) << (key))

struct log_row {
	const char *name;
	enum log_level level;
	const char *id;       /* 32 hex digits: MESSAGE_ID of the journal */
	uint64_t fields;      /* LOG_HAS() of those that it may have */
	const char *meaning;  /* a sentence */
	const char *advice;   /* what to do; "" for nothing */
	const char *plain;    /* for verbs by hand: words with "{field}" in them;
	                       * NULL: as the daemon writes it */
};
const struct log_row *log_row(enum log_event event);
/* LOG_EVENTS when there is none of that name. */
enum log_event log_event_code(const char *name);

struct log_field {
	enum log_key key;
	bool is_number;
	int64_t number;
	struct slice text;    /* borrowed */
};

static inline struct log_field
log_slice(enum log_key key, struct slice text)
{
	return (struct log_field){.key = key, .text = text};
}

static inline struct log_field
log_text(enum log_key key, const char *text)
{
	return log_slice(key, slice_str(text != NULL ? text : ""));
}

static inline struct log_field
log_number(enum log_key key, int64_t number)
{
	return (struct log_field){.key = key, .is_number = true,
	    .number = number};
}

#define LOG_FIELDS 8 /* of one record, at most */

struct log_record {
	enum log_event event;
	const struct log_field *fields; /* up to LOG_END */
};

/* The value of a field, or NULL. */
const struct log_field *log_find(const struct log_record *r, enum log_key key);

typedef void log_sink_fn(void *ctx, const struct log_record *r);

struct log {
	int level; /* events above it are dropped */
	log_sink_fn *sink;
	/* What the sink has to say by itself when that is due; the ticks at which
	 * it wants to be asked again, INT64_MAX: never.  May be NULL. */
	int64_t (*tick)(void *ctx, int64_t now);
	void *ctx;
};

void log_init(struct log *log, int level, log_sink_fn *sink, void *ctx);
/* `log` may be NULL.  Fields that the event's row does not have, and those with
 * an empty text, are left out. */
void log_write(struct log *log, enum log_event event,
    const struct log_field *fields);
/* LOG(log, EVENT_X, log_text(LOG_SOURCE, …), …): at least one field. */
#define LOG(log, event, ...)                                                   \
	log_write(log, event,                                                  \
	    (const struct log_field[]){__VA_ARGS__, {0}})
/* Does anybody want it?  For what is dear to find out. */
bool log_wants(const struct log *log, enum log_event event);
int64_t log_tick(const struct log *log, int64_t now);
/* Tell what another process of ours told, as log_render() made JSON of it. */
void log_relay(struct log *log, struct slice json);

#endif
