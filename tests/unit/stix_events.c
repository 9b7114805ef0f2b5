/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix_events.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "stix/split.h"
#include "stix_random.h"

struct log {
	json_t *events;
	int scanned;
};

static void
add(json_t *events, const char *what, json_t *value, uint64_t n)
{
	json_t *event = json_pack("[s, o?, I]", what, value, (json_int_t)n);

	if (event == NULL || json_array_append_new(events, event) != 0)
		abort();
}

static json_t *
any_value(struct slice text)
{
	return json_loadb(text.p, text.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

static int
on_object(void *ctx, struct slice text, uint64_t offset)
{
	struct log *log = ctx;
	struct stix_object o;
	struct arena a;

	(void)offset;
	arena_init(&a, MIB(64));
	if (stix_object_scan(&a, text, &o, NULL) != 0)
		log->scanned = 0;
	arena_free(&a);
	add(log->events, "object", any_value(text), 0);
	return 0;
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct log *log = ctx;

	(void)offset;
	add(log->events, reason, head.n < 512 ? any_value(head) : NULL, 0);
	return 0;
}

static int
on_document(void *ctx, json_t *skeleton, uint64_t objects)
{
	struct log *log = ctx;

	add(log->events, "document", json_incref(skeleton), objects);
	return 0;
}

static size_t
cut_length(const struct cut *cut, struct random_source *r, size_t at,
    size_t left)
{
	size_t n = left;

	if (cut->each != 0)
		n = cut->each;
	else if (cut->first != 0 && at == 0)
		n = cut->first;
	else if (cut->seed != 0)
		n = random_below(r, random_below(r, 4) != 0 ? 40 : 400);
	return n < left ? n : left;
}

static int
feed(struct split *s, struct slice in, const struct cut *cut, struct err *e)
{
	struct random_source r = {cut->seed | 1};
	size_t at = 0, n;
	int rc = 0;

	while (at < in.n && rc == 0) {
		char *copy;

		n = cut_length(cut, &r, at, in.n - at);
		copy = malloc(n != 0 ? n : 1);
		if (copy == NULL)
			abort();
		memcpy(copy, in.p + at, n);
		rc = split_feed(s, copy, n, e);
		free(copy);
		at += n;
	}
	if (rc == 0 && split_bytes(s) != in.n)
		abort();
	return rc;
}

json_t *
events_split(struct slice in, const struct cut *cut, int *rc, int *scanned,
    struct err *e)
{
	static const struct split_ops ops = {on_object, on_bad, on_document};
	struct log log = {json_array(), 1};
	struct split *s = split_new(&ops, &log);

	if (s == NULL || log.events == NULL)
		abort();
	*rc = feed(s, in, cut, e);
	if (*rc == 0)
		*rc = split_finish(s, e);
	split_free(s);
	*scanned = log.scanned;
	return log.events;
}

/* One element in the place of an object; its number among the objects. */
static unsigned
reference_item(json_t *events, json_t *item, enum verdict *v)
{
	unsigned depth = reference_depth(item);

	if (depth > LIMIT_DEPTH)
		*v = VERDICT_LIMIT;
	add(events, json_is_object(item) ? "object" : "not-an-object",
	    json_incref(item), 0);
	return json_is_object(item) ? 1 : 0;
}

/* Has it a type, which is "bundle", or is not? */
static bool
is_typed(const json_t *j, bool bundle)
{
	const char *type = json_string_value(json_object_get(j, "type"));

	return type != NULL && (strcmp(type, "bundle") == 0) == bundle;
}

/* An element of an array, which may be a bundle. */
static unsigned
reference_element(json_t *events, json_t *j, enum verdict *v)
{
	json_t *objects = json_object_get(j, "objects"), *item;
	unsigned n = 0;
	size_t i;

	if (!json_is_array(objects) && !is_typed(j, true))
		return reference_item(events, j, v);
	if (reference_depth(j) > LIMIT_DEPTH)
		*v = VERDICT_LIMIT;
	if (json_is_array(objects))
		json_array_foreach(objects, i, item)
			n += reference_item(events, item, v);
	return n;
}

static void
reference_document(json_t *events, json_t *j, enum verdict *v)
{
	json_t *objects = json_is_array(j) ? j : json_object_get(j, "objects");
	json_t *skeleton = NULL, *item;
	unsigned n = 0;
	size_t i;

	if (!json_is_array(objects) && is_typed(j, false)) {
		n = reference_item(events, j, v);
		add(events, "document", NULL, n);
		return;
	}
	json_array_foreach(objects, i, item)
		n += json_is_array(j) ? reference_element(events, item, v) :
		    reference_item(events, item, v);
	skeleton = json_copy(j);
	if (json_is_array(skeleton))
		json_array_clear(skeleton);
	else if (json_is_array(objects))
		json_object_set_new(skeleton, "objects", json_array());
	if (reference_depth(skeleton) > LIMIT_DEPTH)
		*v = VERDICT_LIMIT;
	add(events, "document", skeleton, n);
}

static struct slice
trim(struct slice in)
{
	while (in.n > 0 && strchr(" \t\r\n", *in.p) != NULL) {
		in.p++;
		in.n--;
	}
	return in;
}

json_t *
events_reference(struct slice in, enum verdict *v)
{
	json_t *events = json_array(), *j;
	json_error_t je;

	*v = VERDICT_ACCEPT;
	if (in.n > 0 && memchr(in.p, '\0', in.n) != NULL)
		*v = VERDICT_REJECT;
	if (slice_starts(in, SLICE("\xef\xbb\xbf"))) {
		in.p += 3;
		in.n -= 3;
	}
	in = trim(in);
	if (in.n == 0)
		*v = VERDICT_REJECT;
	while (in.n > 0 && *v != VERDICT_REJECT) {
		j = json_loadb(in.p, in.n,
		    JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &je);
		if (j == NULL) {
			*v = VERDICT_REJECT;
			break;
		}
		reference_document(events, j, v);
		json_decref(j);
		in.p += je.position;
		in.n -= (size_t)je.position;
		in = trim(in);
	}
	if (*v == VERDICT_ACCEPT)
		return events;
	json_decref(events);
	return NULL;
}

static const char *
compare(const json_t *got, int rc, int scanned, const json_t *want,
    enum verdict v)
{
	if (v == VERDICT_LIMIT)
		return NULL; /* how far it came is not Jansson's to say */
	if (v == VERDICT_REJECT)
		return rc == 0 && scanned ? "accepted, and is not JSON" : NULL;
	if (rc != 0)
		return "rejected, and is JSON";
	if (!scanned)
		return "an object was rejected, and is JSON";
	return json_equal(got, want) ? NULL : "other events";
}

const char *
events_check(struct slice in, uint64_t seed)
{
	const struct cut whole = {0, 0, 0}, some = {seed | 1, 0, 0};
	struct err e = ERR_INIT, again = ERR_INIT;
	int rc, scanned, rc2, scanned2;
	enum verdict v;
	json_t *want = events_reference(in, &v);
	json_t *got = events_split(in, &whole, &rc, &scanned, &e);
	json_t *cut = events_split(in, &some, &rc2, &scanned2, &again);
	const char *wrong = compare(got, rc, scanned, want, v);

	if (wrong == NULL && (rc != rc2 || e.code != again.code ||
	    !json_equal(got, cut)))
		wrong = "another answer when it comes in other chunks";
	json_decref(want);
	json_decref(got);
	json_decref(cut);
	return wrong;
}
