/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adding objects.  The input is read twice: the first time it is checked to its
 * end, so that nothing is sent of a file that is not STIX; the second time it is
 * sent, in as many requests as the server's max_content_length and the number of
 * objects in one ask for.  Each status is followed until nothing is pending.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/id.h"
#include "stix/object.h"
#include "stix/split.h"
#include "sync/client_int.h"
#include "sync/status.h"
#include "sync/taxii_filter.h"
#include "sync/ticks.h"

#define ENVELOPE 128                    /* bytes around the objects, at most */
#define FIRST_WAIT (TSTAMP_SECOND / 4)  /* between two looks at a status */
#define LONGEST_WAIT (5 * TSTAMP_SECOND)

struct item {
	char *id;
	int64_t version;     /* TSTAMP_NONE: it has none */
	size_t at, n;        /* in the batch */
	bool settled;        /* its result was given */
};

struct push {
	struct client *c;
	struct err *e;
	bool checking;       /* the first reading */
	uint64_t number;     /* objects so far */
	uint64_t max_bytes;
	size_t max_items;
	struct buf batch;    /* their bytes, one after the other */
	struct item *items;
	size_t nitems;
	unsigned tries;      /* requests that only split a refused one */
};

/* --- results -------------------------------------------------------------- */

static int
report(struct client *c, const char *id, const char *version,
    enum status_list state, const char *message, const char *request,
    struct err *e)
{
	return client_result(c, json_pack("{s:s?, s:s?, s:s, s:s?, s:s?}",
	    "id", id, "version", version, "status", status_name(state),
	    "message", message, "request", request), e);
}

static int
report_item(struct push *p, struct item *it, enum status_list state,
    const char *message, const char *request)
{
	char version[TSTAMP_TEXT_MAX];

	it->settled = true;
	if (it->version != TSTAMP_NONE)
		tstamp_format(it->version, -1, version);
	return report(p->c, it->id, it->version != TSTAMP_NONE ? version :
	    NULL, state, message, request, p->e);
}

static int
report_rest(struct push *p, size_t first, size_t n, enum status_list state,
    const char *message, const char *request)
{
	for (size_t i = first; i < first + n; i++)
		if (!p->items[i].settled && report_item(p, &p->items[i],
		    state, message, request) != 0)
			return -1;
	return 0;
}

/* --- a status ------------------------------------------------------------- */

static struct item *
item_of(struct push *p, size_t first, size_t n, const struct status_entry *s)
{
	int64_t t;

	if (s->id == NULL)
		return NULL;
	for (size_t i = first; i < first + n; i++) {
		struct item *it = &p->items[i];

		if (it->settled || strcmp(it->id, s->id) != 0)
			continue;
		/* Servers write times with their own number of digits. */
		if (s->version == NULL || it->version == TSTAMP_NONE ||
		    tstamp_parse_liberal(slice_str(s->version), &t) != 0 ||
		    t / 1000000 == it->version / 1000000)
			return it;
	}
	return NULL;
}

/* What is listed, first; *named is the number of failures among it. */
static int
report_listed(struct push *p, size_t first, size_t n, const struct status *s,
    uint64_t *named)
{
	struct status_entry entry;

	*named = 0;
	for (unsigned which = 0; which < STATUS_LISTS; which++) {
		for (size_t i = 0; status_entry(s, which, i, &entry); i++) {
			struct item *it = item_of(p, first, n, &entry);
			int rc = 0;

			if (it != NULL)
				rc = report_item(p, it, which, entry.message,
				    s->id);
			else if (which == STATUS_FAILURE)
				rc = report(p->c, entry.id, entry.version,
				    which, entry.message, s->id, p->e);
			if (rc != 0)
				return -1;
			*named += which == STATUS_FAILURE;
		}
	}
	return 0;
}

/* Every object of a request gets its result; what a server leaves out follows
 * from its counts. */
static int
report_status(struct push *p, size_t first, size_t n, const struct status *s)
{
	uint64_t named, nameless, left = 0;
	char message[128];

	if (report_listed(p, first, n, s, &named) != 0)
		return -1;
	for (size_t i = first; i < first + n; i++)
		left += !p->items[i].settled;
	nameless = s->count[STATUS_FAILURE] - named;
	if (!s->complete)
		return report_rest(p, first, n, STATUS_PENDING, NULL, s->id);
	if (nameless > 0 && nameless >= left)
		return report_rest(p, first, n, STATUS_FAILURE, "the server "
		    "gives no reason", s->id);
	if (nameless > 0) {
		snprintf(message, sizeof(message), "%llu of %llu objects "
		    "failed, and the server does not say which",
		    (unsigned long long)nameless, (unsigned long long)left);
		return report_rest(p, first, n, STATUS_FAILURE, message,
		    s->id);
	}
	return report_rest(p, first, n, STATUS_SUCCESS, NULL, s->id);
}

/* Ask again for a status that is pending, until it is complete or the time is
 * over.  *doc is replaced; 0 also when it stays pending. */
static int
follow(struct client *c, json_t **doc, const char *url, struct err *e)
{
	int64_t until = ticks_now() + (int64_t)c->job->wait * TSTAMP_SECOND;
	int64_t wait = FIRST_WAIT;

	for (;;) {
		struct status s = status_read(*doc);
		int64_t left = until - ticks_now();
		json_t *next;
		int rc;

		if (s.complete || s.id == NULL || left <= 0)
			return 0;
		http_sleep(wait < left ? wait : left);
		wait = wait * 2 < LONGEST_WAIT ? wait * 2 : LONGEST_WAIT;
		rc = taxii_json(&c->talk, url, &next, e);
		if (rc != 0)
			return err_context(e, "the objects were taken, but "
			    "their status '%.64s' cannot be read", s.id);
		json_decref(*doc);
		*doc = next;
	}
}

/* c->url = that of a status. */
static int
status_url(struct client *c, const char *id, struct err *e)
{
	if (client_root_url(c, "status/", e) != 0)
		return -1;
	url_escape(&c->url, slice_str(id));
	if (buf_char(&c->url, '/') != 0)
		return err_set(e, ERR_LIMIT, "a status has an id that is too "
		    "long");
	return 0;
}

/* --- one request ---------------------------------------------------------- */

static int
make_body(struct push *p, size_t first, size_t n, struct buf *body)
{
	const struct item *head = &p->items[first];
	const struct item *tail = &p->items[first + n - 1];
	char id[STIX_ID_TEXT_MAX];

	if (!dialect_row(p->c->talk.dialect)->v20) {
		buf_str(body, "{\"objects\":[");
	} else {
		if (stix_id_random("bundle", id) != 0)
			return -1;
		buf_printf(body, "{\"type\":\"bundle\",\"id\":\"%s\","
		    "\"spec_version\":\"2.0\",\"objects\":[", id);
	}
	buf_add(body, p->batch.p + head->at, tail->at + tail->n - head->at);
	buf_str(body, "]}");
	return buf_ok(body) ? 0 : -1;
}

static int
post(struct push *p, size_t first, size_t n, json_t **doc, int *status,
    struct err *why)
{
	enum dialect spoken;
	int rc;

	/* The body depends on the version, which a 406 may change. */
	do {
		struct client_ask ask = {.method = "POST"};
		struct buf body;

		spoken = p->c->talk.dialect;
		err_clear(why);
		buf_init(&body, LIMIT_PUSH_BYTES + LIMIT_OBJECT);
		if (make_body(p, first, n, &body) != 0) {
			buf_free(&body);
			*status = 0;
			return err_set(why, ERR_MEMORY, "out of memory");
		}
		ask.body = buf_view(&body);
		rc = client_url(p->c, "objects/", why);
		if (rc == 0)
			rc = client_ask(p->c, &ask, doc, status, why);
		buf_free(&body);
	} while (rc != 0 && dialect_row(spoken)->v20 !=
	    dialect_row(p->c->talk.dialect)->v20);
	return rc;
}

static int
settle(struct push *p, size_t first, size_t n, json_t *doc)
{
	struct status s = status_read(doc);
	int rc = 0;

	if (!s.complete && s.id != NULL)
		rc = status_url(p->c, s.id, p->e);
	if (rc == 0)
		rc = follow(p->c, &doc, p->c->url.p, p->e);
	s = status_read(doc);
	if (rc == 0)
		rc = report_status(p, first, n, &s);
	json_decref(doc);
	return rc;
}

/* A request that is too large, or holds an object that the server cannot make
 * sense of, is cut in two; the fault ends up with the object that has it. */
static int
send_items(struct push *p, size_t first, size_t n)
{
	struct err why = ERR_INIT;
	json_t *doc = NULL;
	int status;

	if (post(p, first, n, &doc, &status, &why) == 0)
		return settle(p, first, n, doc);
	if (status != 413 && status != 422)
		return err_set(p->e, why.code, "%s", why.text);
	if (n > 1 && p->tries < LIMIT_PUSH_TRIES) {
		p->tries++;
		return send_items(p, first, n / 2) == 0 ?
		    send_items(p, first + n / 2, n - n / 2) : -1;
	}
	return report_rest(p, first, n, STATUS_FAILURE, why.text, NULL);
}

static void
forget_items(struct push *p)
{
	while (p->nitems > 0)
		free(p->items[--p->nitems].id);
	buf_reset(&p->batch);
}

static int
flush(struct push *p)
{
	int rc = p->nitems > 0 ? send_items(p, 0, p->nitems) : 0;

	forget_items(p);
	return rc;
}

/* --- the input ------------------------------------------------------------ */

static int
not_stix(struct push *p, const char *id, const char *what)
{
	return err_set(p->e, ERR_USAGE, "object %llu%s%.100s%s: %s; nothing "
	    "was sent", (unsigned long long)p->number, id != NULL ? " ('" : "",
	    id != NULL ? id : "", id != NULL ? "')" : "", what);
}

static int
check(struct push *p, const struct stix_object *o, size_t n)
{
	char id[LIMIT_ID + 1], what[128];

	if (o->id.p == NULL || o->id.n > LIMIT_ID)
		return not_stix(p, NULL, "has no STIX id");
	memcpy(id, o->id.p, o->id.n);
	id[o->id.n] = '\0';
	if (o->type.p == NULL)
		return not_stix(p, id, "has no type");
	if (o->id.n < o->type.n + 3 || memcmp(o->id.p, o->type.p,
	    o->type.n) != 0 || memcmp(o->id.p + o->type.n, "--", 2) != 0)
		return not_stix(p, id, "its id and its type do not fit");
	if (n + ENVELOPE <= p->max_bytes)
		return 0;
	snprintf(what, sizeof(what), "has %zu bytes, and the server takes %llu "
	    "in a request", n, (unsigned long long)p->max_bytes);
	return not_stix(p, id, what);
}

static int
add_item(struct push *p, const struct stix_object *o, struct slice object)
{
	struct item *it;

	if (p->nitems > 0 && (p->nitems == p->max_items ||
	    p->batch.n + 1 + object.n + ENVELOPE > p->max_bytes) &&
	    flush(p) != 0)
		return -1;
	if (p->nitems > 0)
		buf_char(&p->batch, ',');
	it = &p->items[p->nitems];
	*it = (struct item){.version = filter_item_of(o).version,
	    .at = p->batch.n, .n = object.n};
	it->id = strndup(o->id.p, o->id.n);
	if (it->id == NULL || buf_slice(&p->batch, object) != 0) {
		free(it->id);
		return err_set(p->e, ERR_MEMORY, "out of memory");
	}
	p->nitems++;
	return 0;
}

static int
on_object(void *ctx, struct slice object, uint64_t offset)
{
	struct push *p = ctx;
	struct err why = ERR_INIT;
	struct stix_object o;

	(void)offset;
	p->number++;
	arena_reset(&p->c->arena);
	if (stix_object_scan(&p->c->arena, object, &o, &why) != 0)
		not_stix(p, NULL, why.text);
	else if (check(p, &o, object.n) == 0 &&
	    (p->checking || add_item(p, &o, object) == 0))
		return 0;
	return 1;
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct push *p = ctx;

	(void)head, (void)offset;
	p->number++;
	not_stix(p, NULL, reason);
	return 1;
}

/* The next bytes of the input, borrowed until the next call. */
static int
read_input(struct client *c, bool first, struct slice *out, struct err *e)
{
	struct msg_link *l = c->link;
	char next = !first;
	struct msg m;

	if (msg_send(l, MSG_WANT, SLICE_NONE, (struct slice){&next, 1},
	    e) != 0 || msg_flush(l, e) != 0)
		return -1;
	if (msg_await(l, &m, e) != 0)
		return -1;
	if (m.type != MSG_INPUT)
		return err_set(e, ERR_PROTO, "keeper sent a frame that has no "
		    "place in a request");
	*out = m.body;
	return 0;
}

static int
read_all(struct push *p, struct err *e)
{
	static const struct split_ops split_ops = {on_object, on_bad, NULL};
	struct split *split = split_new(&split_ops, p);
	bool first = true;
	struct slice in = SLICE_NONE;
	struct buf own;
	int rc;

	if (split == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	buf_init(&own, LIMIT_INPUT);
	p->number = 0;
	p->e = e;
	do {
		rc = read_input(p->c, first, &in, e);
		first = false;
		/* What is sent meanwhile may ask the keeper for its pace, which
		 * ends the borrowing. */
		buf_reset(&own);
		if (rc == 0 && buf_slice(&own, in) != 0)
			rc = err_set(e, ERR_MEMORY, "out of memory");
		if (rc == 0 && in.n > 0)
			rc = split_feed(split, own.p, own.n, e);
	} while (rc == 0 && in.n > 0);
	if (rc == 0)
		rc = split_finish(split, e);
	split_free(split);
	buf_free(&own);
	if (rc == 0)
		return 0;
	if (p->checking && e->code == ERR_SYNTAX) {
		e->code = ERR_USAGE;
		err_context(e, "not STIX, nothing was sent");
	}
	return -1;
}

/* --- the whole ------------------------------------------------------------ */

/* What a request may hold.  A root that cannot be read tells nothing. */
static int
learn_size(struct push *p, struct err *e)
{
	json_t *root = NULL;
	json_int_t most;

	p->max_bytes = LIMIT_PUSH_BYTES;
	if (client_root_url(p->c, "", e) != 0)
		return -1;
	if (taxii_json(&p->c->talk, p->c->url.p, &root, e) == 0)
		taxii_speak(&p->c->talk, dialect_of_root(root,
		    p->c->talk.dialect, p->c->talk.allowed));
	else if (e->code == ERR_AUTH)
		return -1;
	err_clear(e);
	most = json_integer_value(json_object_get(root, "max_content_length"));
	if (most > 0 && (uint64_t)most < p->max_bytes)
		p->max_bytes = (uint64_t)most;
	json_decref(root);
	return 0;
}

int
client_push(struct client *c, struct err *e)
{
	struct push p = {.c = c, .checking = true,
	    .max_items = LIMIT_PUSH_OBJECTS};
	int rc;

	if (c->job->page_limit > 0 && c->job->page_limit < p.max_items)
		p.max_items = c->job->page_limit;
	p.items = calloc(p.max_items, sizeof(*p.items));
	if (p.items == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	buf_init(&p.batch, LIMIT_PUSH_BYTES);
	rc = learn_size(&p, e);
	if (rc == 0)
		rc = read_all(&p, e);
	if (rc == 0 && p.number == 0)
		rc = err_set(e, ERR_USAGE, "there are no objects in it");
	p.checking = false;
	if (rc == 0)
		rc = read_all(&p, e);
	if (rc == 0)
		rc = flush(&p);
	forget_items(&p);
	free(p.items);
	buf_free(&p.batch);
	return rc;
}

/* The API root that a status is asked of, as a prefix in c->objects. */
static int
find_root(struct client *c, struct err *e)
{
	json_t *doc = NULL, *roots;
	const char *named;
	struct url u;
	struct buf from;
	bool moved = false;
	int rc = -1;

	if (url_parse(slice_str(c->job->url), &u, e) != 0)
		return -1;
	if (c->job->collection != NULL ||
	    taxii_path_of(&u).place == TAXII_COLLECTION)
		return taxii_find(&c->talk, &c->objects, e);
	buf_init(&from, LIMIT_URL);
	if (taxii_path_of(&u).place == TAXII_COLLECTIONS) {
		buf_str(&c->objects, c->job->url);
		rc = 0;
	} else if (taxii_start(&c->talk, &from, &doc, e) == 0) {
		roots = json_object_get(doc, "api_roots");
		named = taxii_text(doc, "default");
		if (named == NULL && json_array_size(roots) == 1)
			named = json_string_value(json_array_get(roots, 0));
		if (!json_is_array(roots))
			rc = buf_slice(&c->objects, buf_view(&from));
		else if (named == NULL)
			err_set(e, ERR_USAGE, "the server has several API "
			    "roots: give the URL of the one that took the "
			    "objects");
		else
			rc = taxii_root(&c->talk, from.p, named, &c->objects,
			    &moved, e);
		if (rc == 0)
			rc = buf_str(&c->objects, "collections/");
	}
	json_decref(doc);
	buf_free(&from);
	return rc;
}

int
client_status(struct client *c, struct err *e)
{
	json_t *doc = NULL;
	struct status s;
	int rc;

	if (find_root(c, e) != 0 || status_url(c, c->job->object, e) != 0)
		return -1;
	rc = taxii_json(&c->talk, c->url.p, &doc, e);
	if (rc == 1) {
		err_clear(e);
		return err_set(e, ERR_NOT_FOUND, "there is no status '%.200s' "
		    "(servers keep them for a day or so)", c->job->object);
	}
	if (rc == 0)
		rc = follow(c, &doc, c->url.p, e);
	s = status_read(doc);
	if (rc == 0 && !s.told)
		rc = err_set(e, ERR_PROTO, "what the server sends is no status "
		    "resource");
	for (unsigned which = 0; rc == 0 && which < STATUS_LISTS; which++) {
		struct status_entry entry;
		size_t i = 0;

		for (; rc == 0 && status_entry(&s, which, i, &entry); i++)
			rc = report(c, entry.id, entry.version, which,
			    entry.message, s.id, e);
		/* Those that are only counted. */
		for (; rc == 0 && i < s.count[which] &&
		    i < LIMIT_PUSH_OBJECTS; i++)
			rc = report(c, NULL, NULL, which, NULL, s.id, e);
	}
	json_decref(doc);
	return rc;
}
