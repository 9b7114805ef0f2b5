/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/misp_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "base/utf8.h"

#define ARENA_MAX (LIMIT_OBJECT + MIB(4))

/* Where attributes and objects stand, in the file of an event and in an answer;
 * one that has only one event may leave the list out. */
enum place {
	EVENT_ATTRIBUTES, EVENT_OBJECTS, ANSWER_ATTRIBUTES, EVENT_TAGS,
	EVENT_GALAXIES
};
static const char *const places[] = {
	[EVENT_ATTRIBUTES] = ".Event.Attribute",
	[EVENT_OBJECTS] = ".Event.Object",
	[ANSWER_ATTRIBUTES] = ".response.Attribute",
	[EVENT_TAGS] = ".Event.Tag",
	[EVENT_GALAXIES] = ".Event.Galaxy",
	NULL
};

/* Of an answer that lists whole events. */
static const char *const event_places[] = {".response", NULL};

/* ---- elements -------------------------------------------------------------- */

static void
keep_bad(struct misp_doc *d, struct slice s)
{
	size_t n = sizeof(d->first_bad) - 1;

	if (d->first_bad[0] != '\0' || s.n == 0)
		return;
	n = s.n < n ? s.n : utf8_cut(s, n);
	memcpy(d->first_bad, s.p, n);
	d->first_bad[n] = '\0';
}

static int
reject(struct misp_doc *d, enum reject_reason why, struct slice bytes,
    uint64_t offset, struct slice detail, struct err *e)
{
	char text[160];

	d->rejected++;
	d->lost += reject_is_fault(why);
	keep_bad(d, detail.n > 0 ? detail : bytes);
	snprintf(text, sizeof(text), "%.*s", (int)(detail.n < 150 ? detail.n :
	    utf8_cut(detail, 150)), detail.n > 0 ? detail.p : "");
	return ingest_reject(d->g, why, bytes, offset,
	    detail.n > 0 ? text : NULL, e);
}

/* A report that holds a part of what the event does. */
static int
close_chunk(struct misp_doc *d, struct err *e)
{
	uint64_t half[2];
	struct claim c;
	struct idkey id = d->event->id;
	struct slice name;
	char text[64];

	if (d->nchunks == CLAIM_PARTS_MAX)
		return err_set(e, ERR_LIMIT, "an event of more than %u "
		    "attributes", CLAIM_PARTS_MAX * CLAIM_PARTS_MAX);
	for (unsigned i = 0; i < 2; i++)
		half[i] = digest64(d->event->id.b, IDKEY_LEN,
		    d->nchunks * UINT64_C(2) + i);
	memcpy(id.b + 1, half, 16);
	id.b[7] = (uint8_t)((id.b[7] & 0x0f) | 0x80);
	id.b[9] = (uint8_t)((id.b[9] & 0x3f) | 0x80);
	claim_init(&c);
	c.id = &id;
	snprintf(text, sizeof(text), "part %u of an event", d->nchunks + 1);
	name = slice_str(text);
	c.name = name;
	c.parts = d->parts;
	c.nparts = d->nparts;
	d->chunks[d->nchunks++] = id;
	/* What it holds decides whether it is known. */
	if (ingest_claim(d->g, &c, name, 0, digest64(d->parts,
	    d->nparts * sizeof(*d->parts), d->settings), e) != 0)
		return -1;
	d->nparts = 0;
	return 0;
}

static int
add_part(struct misp_doc *d, const struct idkey *id, struct err *e)
{
	if (d->event == NULL)
		return 0;
	if (d->nparts == CLAIM_PARTS_MAX && close_chunk(d, e) != 0)
		return -1;
	d->parts[d->nparts++] = *id;
	return 0;
}

static int
take_result(struct misp_doc *d, enum misp_result result, const struct claim *c,
    const struct misp_event *ev, struct slice bytes, uint64_t offset,
    struct err *e)
{
	if (result == MISP_SKIP)
		return 0;
	if (add_part(d, c->id, e) != 0)
		return -1;
	return ingest_claim(d->g, c, bytes, offset, d->settings ^ ev->digest,
	    e);
}

static int
take_attribute(struct misp_doc *d, const struct misp_event *ev,
    struct misp_json o, struct slice bytes, uint64_t offset, struct err *e)
{
	enum reject_reason why;
	enum misp_result result;
	struct slice detail;
	struct claim c;

	ingest_newest(&d->newest, misp_time(o, "timestamp"), d->now);
	result = misp_attribute(&d->wish, ev, o, &d->arena, &c, &why, &detail);
	if (result == MISP_REJECT)
		return reject(d, why, bytes, offset, detail, e);
	return take_result(d, result, &c, ev, bytes, offset, e);
}

static int
take_object(struct misp_doc *d, const struct misp_event *ev,
    struct misp_json o, struct slice bytes, uint64_t offset, struct err *e)
{
	struct misp_json list, at;
	enum reject_reason why;
	enum misp_result result;
	struct slice detail;
	struct claim c;

	result = misp_object(&d->wish, ev, o, &d->arena, &c, &why, &detail);
	if (result == MISP_REJECT)
		return reject(d, why, bytes, offset, detail, e);
	if (result != MISP_SINGLY)
		return take_result(d, result, &c, ev, bytes, offset, e);
	if (!misp_member(o, "Attribute", &list))
		return 0;
	at = list;
	for (at.node = o.tree->nodes[list.node].first; at.node != 0;
	    at.node = o.tree->nodes[at.node].next) {
		struct slice text = o.tree->nodes[at.node].text;

		if (take_attribute(d, ev, at, text, offset, e) != 0)
			return -1;
	}
	return 0;
}

/* The event that an attribute of an answer names. */
static const struct misp_event *
own_event(struct misp_doc *d, struct misp_json o)
{
	struct misp_json ev;

	if (misp_member(o, "Event", &ev) && misp_event_read(ev, SLICE_NONE,
	    &d->arena, &d->own) == 0)
		return &d->own;
	memset(&d->own, 0, sizeof(d->own));
	misp_context_init(&d->own.context);
	return &d->own;
}

/* The attributes or the objects of an event of an answer. */
static int
take_list(struct misp_doc *d, struct misp_json event, const char *name,
    bool objects, uint64_t offset, struct err *e)
{
	struct misp_json at;
	struct slice text;
	int rc = 0;

	if (!misp_member(event, name, &at) ||
	    at.tree->nodes[at.node].kind != TREE_ARRAY)
		return 0;
	for (at.node = at.tree->nodes[at.node].first; at.node != 0 && rc == 0;
	    at.node = at.tree->nodes[at.node].next) {
		text = at.tree->nodes[at.node].text;
		if (at.tree->nodes[at.node].kind != TREE_OBJECT)
			rc = reject(d, REJECT_NOT_OBJECT, text, offset,
			    SLICE_NONE, e);
		else
			rc = objects ? take_object(d, &d->own, at, text,
			    offset, e) : take_attribute(d, &d->own, at, text,
			    offset, e);
	}
	return rc;
}

/* {"Event": {…}}, one of an answer. */
static int
take_whole(struct misp_doc *d, struct misp_json o, struct slice bytes,
    uint64_t offset, struct err *e)
{
	struct misp_json ev;

	if (!misp_member(o, "Event", &ev) || misp_event_read(ev, SLICE_NONE,
	    &d->arena, &d->own) != 0)
		return reject(d, REJECT_NOT_OBJECT, bytes, offset, SLICE_NONE,
		    e);
	ingest_newest(&d->newest, d->own.time, d->now);
	if (!misp_event_wanted(&d->wish, &d->own, ev, d->now))
		return 0;
	return take_list(d, ev, "Attribute", false, offset, e) != 0 ? -1 :
	    take_list(d, ev, "Object", true, offset, e);
}

/* What the event's own file says of it; the manifest may say less. */
static void
take_tag(struct misp_doc *d, enum place place, struct slice bytes)
{
	struct misp_json o = {&d->tree, 0};

	arena_reset(&d->arena);
	if (d->event == &d->own && !d->looked &&
	    tree_read(&d->tree, &d->arena, bytes, NULL) == 0 &&
	    d->tree.nodes[0].kind == TREE_OBJECT)
		misp_event_add(&d->own, o, place == EVENT_GALAXIES, &d->tags);
}

static int
on_element(void *ctx, unsigned place, struct slice name, struct slice bytes,
    uint64_t offset, struct err *e)
{
	struct misp_doc *d = ctx;
	const struct misp_event *ev = d->event;
	struct misp_json o = {&d->tree, 0};
	struct err why = ERR_INIT;

	(void)name;
	if (!d->whole_events &&
	    (place == EVENT_TAGS || place == EVENT_GALAXIES)) {
		take_tag(d, place, bytes);
		return 0;
	}
	if (d->looking)
		return 0;
	d->elements++;
	d->content = digest64(bytes.p, bytes.n, d->content);
	arena_reset(&d->arena);
	if (tree_read(&d->tree, &d->arena, bytes, &why) != 0)
		return reject(d, why.code == ERR_LIMIT ? REJECT_TOO_LARGE :
		    REJECT_JSON, bytes, offset, slice_str(why.text), e);
	if (d->tree.nodes[0].kind != TREE_OBJECT)
		return reject(d, REJECT_NOT_OBJECT, bytes, offset, SLICE_NONE,
		    e);
	if (d->whole_events)
		return take_whole(d, o, bytes, offset, e);
	if (ev == NULL)
		ev = own_event(d, o);
	return place == EVENT_OBJECTS ?
	    take_object(d, ev, o, bytes, offset, e) :
	    take_attribute(d, ev, o, bytes, offset, e);
}

static int
on_too_large(void *ctx, unsigned place, uint64_t offset, struct err *e)
{
	struct misp_doc *d = ctx;

	if (!d->whole_events && (d->looking || place == EVENT_TAGS ||
	    place == EVENT_GALAXIES))
		return 0;
	d->elements++;
	return reject(d, REJECT_TOO_LARGE, SLICE(""), offset, SLICE_NONE, e);
}

/* ---- life ------------------------------------------------------------------ */

int
misp_doc_init(struct misp_doc *d, const struct job *job, struct ingest *g,
    struct err *e)
{
	size_t i;

	memset(d, 0, sizeof(*d));
	d->g = g;
	arena_init(&d->arena, ARENA_MAX);
	arena_init(&d->tags, LIMIT_OBJECT);
	tree_init(&d->tree);
	d->ops = (struct json_pick_ops){on_element, on_too_large, d};
	json_pick_init(&d->pick, &d->ops, places, LIMIT_OBJECT);
	if (feed_options_parse(job->feed, job->nfeed, &d->options, e) != 0)
		return -1;
	d->wish.f = &d->options;
	d->wish.value_options = job->allow_bogons ? VALUE_ALLOW_BOGON : 0;
	d->wish.removals = job->ask;
	d->now = job->now;
	d->settings = d->wish.value_options;
	for (i = 0; i < job->nfeed; i++)
		d->settings = digest64(job->feed[i], strlen(job->feed[i]),
		    d->settings);
	d->parts = calloc(CLAIM_PARTS_MAX, sizeof(*d->parts));
	d->chunks = calloc(CLAIM_PARTS_MAX, sizeof(*d->chunks));
	if (d->parts == NULL || d->chunks == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

void
misp_doc_events(struct misp_doc *d)
{
	d->whole_events = true;
	json_pick_free(&d->pick);
	json_pick_init(&d->pick, &d->ops, event_places, LIMIT_OBJECT);
}

void
misp_doc_free(struct misp_doc *d)
{
	json_pick_free(&d->pick);
	feed_options_free(&d->options);
	arena_free(&d->arena);
	arena_free(&d->tags);
	tree_free(&d->tree);
	free(d->parts);
	free(d->chunks);
}

int
misp_doc_begin(struct misp_doc *d, const struct misp_event *event,
    struct err *e)
{
	json_pick_reset(&d->pick);
	arena_reset(&d->tags);
	d->looked = false;
	d->event = NULL;
	if (event != NULL) {
		d->own = *event;
		d->event = &d->own;
	}
	d->elements = d->rejected = d->lost = 0;
	d->content = 0;
	d->first_bad[0] = '\0';
	d->newest = TSTAMP_NONE;
	d->nparts = d->nchunks = 0;
	return ingest_begin(d->g, e);
}

int
misp_doc_bytes(struct misp_doc *d, const char *p, size_t n, struct err *e)
{
	return json_pick_bytes(&d->pick, p, n, e);
}

void
misp_doc_look(struct misp_doc *d, struct slice file)
{
	struct err e = ERR_INIT;

	d->looking = true;
	/* What is wrong with it is found when it is read. */
	d->looked = json_pick_bytes(&d->pick, file.p, file.n, &e) == 0;
	d->looking = false;
	json_pick_reset(&d->pick);
}

void
misp_doc_abandon(struct misp_doc *d)
{
	ingest_abandon(d->g);
}

/* ---- the end --------------------------------------------------------------- */

/* Who says so, as an identity, so that its name is known. */
static int
tell_organisation(struct misp_doc *d, struct err *e)
{
	const struct misp_event *ev = d->event;
	struct claim c;

	if (!ev->has_orgc)
		return 0;
	claim_init(&c);
	c.id = &ev->orgc;
	c.name = ev->orgc_name;
	if (add_part(d, &ev->orgc, e) != 0)
		return -1;
	return ingest_claim(d->g, &c, ev->orgc_name.n > 0 ? ev->orgc_name :
	    SLICE("?"), 0, d->settings, e);
}

/* The record of the event: from now on it is known as it is. */
static int
tell_event(struct misp_doc *d, struct slice original, struct err *e)
{
	const struct misp_event *ev = d->event;
	struct claim c;

	if (tell_organisation(d, e) != 0)
		return -1;
	if (d->nchunks > 0 && d->nparts > 0 && close_chunk(d, e) != 0)
		return -1;
	claim_init(&c);
	c.id = &ev->id;
	c.name = ev->info;
	c.labels = (struct slice_list){(struct slice *)(uintptr_t)
	    ev->context.labels, ev->context.nlabels};
	c.threats = ev->context.threats;
	c.nthreats = ev->context.nthreats;
	c.tlp = ev->context.tlp;
	c.confidence = ev->context.confidence;
	c.created = ev->date;
	c.modified = ev->time;
	if (ev->has_orgc)
		c.created_by = &ev->orgc;
	c.parts = d->nchunks > 0 ? d->chunks : d->parts;
	c.nparts = d->nchunks > 0 ? d->nchunks : d->nparts;
	c.rejected = d->lost;
	return ingest_claim(d->g, &c, original, 0, d->settings, e);
}

/* The file must be that of the event that was asked for. */
static int
check_event(const struct misp_doc *d, json_t *rest, struct err *e)
{
	json_t *event = json_object_get(rest, "Event");
	const char *uuid = json_string_value(json_object_get(event, "uuid"));
	char text[IDKEY_TEXT_MAX];
	size_t n = idkey_text(&d->event->id, text);

	if (!json_is_object(event))
		return err_set(e, ERR_SYNTAX, "JSON, but no event of MISP: "
		    "there is no member 'Event'");
	if (uuid == NULL || n <= 36 || strcasecmp(uuid, text + n - 36) != 0)
		return err_set(e, ERR_PROTO, "it is the file of event '%.40s'",
		    uuid != NULL ? uuid : "?");
	return 0;
}

/* {"response": {"Attribute": []}}, or {"response": []} for none, or for a list of
 * events that were taken. */
static int
check_answer(const struct misp_doc *d, json_t *rest, struct err *e)
{
	json_t *response = json_object_get(rest, "response");

	if (d->whole_events)
		return json_is_array(response) ? 0 : err_set(e, ERR_SYNTAX,
		    "JSON, but no answer of MISP: 'response' is no list of "
		    "events");
	if (json_is_array(response) ? json_array_size(response) == 0 :
	    json_is_array(json_object_get(response, "Attribute")))
		return 0;
	return err_set(e, ERR_SYNTAX, "JSON, but no answer of MISP: there is "
	    "no list 'Attribute' in 'response'");
}

int
misp_doc_end(struct misp_doc *d, struct slice original, uint64_t bytes,
    struct err *e)
{
	struct ingest_facts facts;
	json_t *rest = json_pick_end(&d->pick, e);
	int rc;

	if (rest == NULL)
		return -1;
	rc = d->event != NULL ? check_event(d, rest, e) :
	    check_answer(d, rest, e);
	json_decref(rest);
	if (rc != 0)
		return -1;
	if (d->elements > 1 && d->rejected == d->elements)
		return err_set(e, ERR_SYNTAX, "none of its %llu %s "
		    "can be read; the first: '%s'",
		    (unsigned long long)d->elements, d->whole_events ?
		    "events" : "attributes", d->first_bad);
	if (d->event != NULL && tell_event(d, original, e) != 0)
		return -1;
	if (ingest_claims_end(d->g, bytes, &facts, e) != 0)
		return -1;
	/* Of a feed its manifest says it; an answer is of when what it lists
	 * was changed. */
	if (d->event == NULL && d->newest != TSTAMP_NONE &&
	    ingest_stated(d->g, d->newest, e) != 0)
		return -1;
	return ingest_page(d->g, bytes, e);
}
