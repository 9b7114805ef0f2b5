/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/stream.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/claim.h"

#define ARENA_MAX (EVENTS_DATA + MIB(1)) /* of texts with escapes */
#define MS (TSTAMP_SECOND / 1000)

/* --- ids --------------------------------------------------------------------- */

static bool
number(struct slice s, uint64_t *out)
{
	uint64_t n = 0;

	if (s.n == 0 || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = n;
	return true;
}

bool
stream_id_parse(struct slice text, struct stream_id *id)
{
	const char *dash = text.n > 0 ? memchr(text.p, '-', text.n) : NULL;
	struct stream_id found = {0, 0};
	size_t n = dash != NULL ? (size_t)(dash - text.p) : text.n;

	if (!number((struct slice){text.p, n}, &found.ms) || (dash != NULL &&
	    !number((struct slice){dash + 1, text.n - n - 1}, &found.n)))
		return false;
	*id = found;
	return true;
}

int
stream_id_compare(struct stream_id a, struct stream_id b)
{
	if (a.ms != b.ms)
		return a.ms < b.ms ? -1 : 1;
	return a.n < b.n ? -1 : a.n > b.n;
}

/* --- objects ----------------------------------------------------------------- */

static int
reject(struct stream *s, enum reject_reason why, struct slice bytes,
    const char *detail, struct err *e)
{
	return ingest_reject(s->g, why, bytes, 0, detail, e);
}

static int
hand_over(struct stream *s, struct slice object, struct err *e)
{
	if (!s->begun && ingest_begin(s->g, e) != 0)
		return -1;
	s->begun = true;
	s->bytes += object.n;
	if (ingest_bytes(s->g, object.p, object.n, e) != 0)
		return -1;
	return ingest_bytes(s->g, "\n", 1, e);
}

static int64_t
time_of(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	int64_t t;

	return text != NULL && tstamp_parse_liberal(slice_str(text), &t) == 0 ?
	    t : TSTAMP_NONE;
}

static int
put_time(json_t *o, const char *key, int64_t t)
{
	char text[TSTAMP_TEXT_MAX];

	tstamp_format(t, 3, text);
	return json_object_set_new(o, key, json_string(text));
}

/* The version of an object that says that it is gone since `when`. */
static int
set_gone(json_t *o, int64_t when)
{
	const char *type = json_string_value(json_object_get(o, "type"));
	int64_t from = time_of(o, "valid_from"), was = time_of(o, "modified");

	if (was != TSTAMP_NONE && was >= when)
		when = tstamp_add(was, MS);
	if (put_time(o, "modified", when) != 0)
		return -1;
	if (type == NULL || strcmp(type, "indicator") != 0)
		return json_object_set_new(o, "revoked", json_true());
	/* An end that is not behind its beginning would count as none. */
	if (from != TSTAMP_NONE && from >= when &&
	    put_time(o, "valid_from", when - MS) != 0)
		return -1;
	return put_time(o, "valid_until", when);
}

static int
take_gone(struct stream *s, struct slice object, struct stream_id id,
    struct err *e)
{
	json_t *o = json_loadb(object.p, object.n, 0, NULL);
	int64_t when = s->now;
	char *text;
	int rc;

	if (!json_is_object(o)) {
		json_decref(o);
		return reject(s, REJECT_JSON, object, NULL, e);
	}
	if (id.ms > 0 && id.ms < INT64_MAX / MS)
		when = (int64_t)id.ms * MS;
	text = set_gone(o, when) == 0 ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (text == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = hand_over(s, slice_str(text), e);
	free(text);
	return rc;
}

/* The objects that became part of another one. */
static int
take_sources(struct stream *s, struct stream_id id, struct err *e)
{
	const struct tree *t = &s->tree;
	uint32_t context = tree_member(t, 0, SLICE("context")), list, i;

	list = context != 0 ? tree_member(t, context, SLICE("sources")) : 0;
	if (list == 0 || t->nodes[list].kind != TREE_ARRAY)
		return 0;
	for (i = t->nodes[list].first; i != 0; i = t->nodes[i].next)
		if (t->nodes[i].kind == TREE_OBJECT &&
		    take_gone(s, t->nodes[i].text, id, e) != 0)
			return -1;
	return 0;
}

static int
read_data(struct stream *s, struct slice data, struct err *why)
{
	arena_reset(&s->arena);
	return tree_read(&s->tree, &s->arena, data, why);
}

static int
take_object(struct stream *s, const struct event *ev, struct stream_id id,
    struct err *e)
{
	struct err why = ERR_INIT;
	struct slice object;
	uint32_t at;

	if (read_data(s, ev->data, &why) != 0)
		return reject(s, why.code == ERR_LIMIT ? REJECT_TOO_LARGE :
		    REJECT_JSON, ev->data, why.text, e);
	at = tree_member(&s->tree, 0, SLICE("data"));
	if (at == 0 || s->tree.nodes[at].kind != TREE_OBJECT)
		return reject(s, REJECT_NOT_OBJECT, ev->data, NULL, e);
	object = s->tree.nodes[at].text;
	if (strcmp(ev->name, "delete") == 0)
		return take_gone(s, object, id, e);
	if (hand_over(s, object, e) != 0)
		return -1;
	return strcmp(ev->name, "merge") == 0 ? take_sources(s, id, e) : 0;
}

/* --- events ------------------------------------------------------------------ */

static void
take_connected(struct stream *s, struct slice data)
{
	struct err unused = ERR_INIT;
	const struct {
		const char *name;
		struct stream_id *id;
		bool *has;
	} rows[] = {
		{"firstEventId", &s->first, NULL},
		{"lastEventId", &s->target, &s->has_target},
	};

	s->connected = true;
	if (read_data(s, data, &unused) != 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t at = tree_member(&s->tree, 0, slice_str(rows[i].name));
		bool found = at != 0 && stream_id_parse(
		    s->tree.nodes[at].text, rows[i].id);

		if (rows[i].has != NULL)
			*rows[i].has = found && rows[i].id->ms > 0;
	}
}

static void
move_to(struct stream *s, struct stream_id id)
{
	if (stream_id_compare(id, s->last) <= 0)
		return;
	s->last = id;
	s->moved = true;
}

static bool
is_object_event(const char *name)
{
	static const char *const names[] = {"create", "update", "merge",
	    "delete"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void
stream_init(struct stream *s, struct ingest *g, int64_t now)
{
	*s = (struct stream){.g = g, .now = now};
	arena_init(&s->arena, ARENA_MAX);
	tree_init(&s->tree);
}

void
stream_free(struct stream *s)
{
	tree_free(&s->tree);
	arena_free(&s->arena);
}

void
stream_connect(struct stream *s)
{
	s->connected = s->has_target = false;
	s->first = s->target = (struct stream_id){0, 0};
	s->idle = 0;
	s->events = 0;
}

int
stream_event(struct stream *s, const struct event *ev, struct err *e)
{
	struct stream_id id = {0, 0};
	bool known = stream_id_parse(slice_str(ev->id), &id);

	if (strcmp(ev->name, "connected") == 0) {
		take_connected(s, ev->data);
		return 0;
	}
	if (is_object_event(ev->name)) {
		s->events++;
		s->waiting++;
		s->idle = 0;
		if (take_object(s, ev, id, e) != 0)
			return -1;
	} else if (strcmp(ev->name, "heartbeat") == 0) {
		s->idle++;
	}
	if (known)
		move_to(s, id);
	return 0;
}

int
stream_lost(struct stream *s, struct err *e)
{
	s->events++;
	return reject(s, REJECT_TOO_LARGE, SLICE(""), "an event too long", e);
}

int
stream_flush(struct stream *s, struct err *e)
{
	struct ingest_facts facts;
	uint64_t bytes = s->bytes;

	s->waiting = 0;
	s->bytes = 0;
	s->moved = false;
	if (!s->begun)
		return 0;
	s->begun = false;
	if (ingest_end(s->g, &facts, e) != 0)
		return -1;
	return ingest_page(s->g, bytes, e);
}

bool
stream_caught_up(const struct stream *s)
{
	return s->has_target && stream_id_compare(s->last, s->target) >= 0;
}
