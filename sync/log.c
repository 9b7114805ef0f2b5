/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/log.h"

#include <jansson.h>

void
log_init(struct log *log, int level, log_sink_fn *sink, void *ctx)
{
	*log = (struct log){.level = level, .sink = sink, .ctx = ctx};
}

const struct log_field *
log_find(const struct log_record *r, enum log_key key)
{
	const struct log_field *f;

	for (f = r->fields; f->key != LOG_END; f++)
		if (f->key == key)
			return f;
	return NULL;
}

bool
log_wants(const struct log *log, enum log_event event)
{
	return log != NULL && log->sink != NULL &&
	    (int)log_row(event)->level <= log->level;
}

void
log_write(struct log *log, enum log_event event,
    const struct log_field *fields)
{
	struct log_field kept[LOG_FIELDS + 1];
	struct log_record r = {event, kept};
	unsigned n = 0;

	if (!log_wants(log, event))
		return;
	for (; fields->key != LOG_END && n < LOG_FIELDS; fields++)
		if ((log_row(event)->fields & LOG_HAS(fields->key)) != 0 &&
		    (fields->is_number || fields->text.n > 0))
			kept[n++] = *fields;
	kept[n] = (struct log_field){0};
	log->sink(log->ctx, &r);
}

int64_t
log_tick(const struct log *log, int64_t now)
{
	return log->tick != NULL ? log->tick(log->ctx, now) : INT64_MAX;
}

void
log_relay(struct log *log, struct slice json)
{
	json_t *o = json_loadb(json.p, json.n, JSON_ALLOW_NUL, NULL);
	const char *name = json_string_value(json_object_get(o, "event"));
	struct log_field fields[LOG_FIELDS + 1];
	enum log_event event;
	const char *key;
	unsigned n = 0;
	json_t *v;

	event = name != NULL ? log_event_code(name) : LOG_EVENTS;
	json_object_foreach(o, key, v) {
		enum log_key k = log_key_code(key);

		if (k == LOG_END || n == LOG_FIELDS)
			continue;
		if (json_is_integer(v))
			fields[n++] = log_number(k, json_integer_value(v));
		else if (json_is_string(v))
			fields[n++] = log_slice(k, (struct slice){
			    json_string_value(v), json_string_length(v)});
	}
	fields[n] = (struct log_field){0};
	if (event != LOG_EVENTS)
		log_write(log, event, fields);
	json_decref(o);
}
