/* SPDX-License-Identifier: BSD-2-Clause */
/* The fetcher's side of client.h: what reads, and deletion. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/object.h"
#include "sync/client.h"
#include "sync/client_int.h"
#include "sync/client_walk.h"
#include "sync/taxii_filter.h"

#define ARENA_MAX (LIMIT_OBJECT + MIB(8))

/* --- URLs ----------------------------------------------------------------- */

/* `base` up to `keep`, then the tail, then the query of `base`. */
static int
build(struct client *c, struct slice base, size_t keep, const char *tail,
    struct err *e)
{
	const char *query = memchr(base.p, '?', base.n);

	buf_reset(&c->url);
	buf_add(&c->url, base.p, keep);
	for (; *tail != '\0'; tail++) {
		if (*tail == '%')
			url_escape(&c->url, slice_str(c->job->object));
		else
			buf_char(&c->url, *tail);
	}
	if (query != NULL)
		buf_add(&c->url, query, base.n - (size_t)(query - base.p));
	if (!buf_ok(&c->url))
		return err_set(e, ERR_LIMIT, "a URL is longer than the %u bytes"
		    " allowed", LIMIT_URL);
	return 0;
}

int
client_url(struct client *c, const char *tail, struct err *e)
{
	struct slice base = buf_view(&c->objects);
	const char *query = memchr(base.p, '?', base.n);
	size_t keep = query != NULL ? (size_t)(query - base.p) : base.n;

	return build(c, base, keep - strlen("objects/"), tail, e);
}

int
client_root_url(struct client *c, const char *tail, struct err *e)
{
	struct slice base = buf_view(&c->objects);
	struct url u;

	if (url_parse(base, &u, e) != 0)
		return -1;
	return build(c, base, (size_t)(u.path.p - base.p) +
	    taxii_path_of(&u).root.n, tail, e);
}

/* --- results -------------------------------------------------------------- */

int
client_result(struct client *c, json_t *json, struct err *e)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	int rc;

	json_decref(json);
	if (text == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = msg_send(c->link, MSG_RESULT, SLICE_NONE, slice_str(text), e);
	free(text);
	return rc;
}

/* A request's filters, without those that its resource does not have. */
static struct job
narrowed(const struct job *job, bool version, bool all)
{
	struct job one = *job;

	if (!version)
		one.match_version = NULL;
	if (!all)
		one.nmatch_types = one.nmatch_ids = 0;
	return one;
}

static int
since_of(const struct job *job, int64_t *since, struct err *e)
{
	*since = TSTAMP_NONE;
	if (job->added_after == NULL ||
	    tstamp_parse(slice_str(job->added_after), since) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "added-after: '%.64s' is not a time",
	    job->added_after);
}

/* --- objects -------------------------------------------------------------- */

/* Of one object's versions, the first or the last where that is asked for: some
 * servers send all of them. */
struct getting {
	struct client *c;
	int choose;          /* -1 the first, 1 the last, 0 as they come */
	int64_t best;
	struct buf held;
	uint64_t sent, spoilt;
};

static int
send_object(struct getting *g, struct slice object, struct err *e)
{
	g->sent++;
	return msg_send(g->c->link, MSG_RESULT, SLICE_NONE, object, e);
}

static int
hold_object(struct getting *g, struct slice object, int64_t version,
    struct err *e)
{
	if (g->held.n > 0 && (g->choose < 0 ? version >= g->best :
	    version <= g->best))
		return 0;
	g->best = version;
	buf_reset(&g->held);
	if (buf_slice(&g->held, object) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

static int
take_object(void *ctx, struct slice object, struct err *e)
{
	struct getting *g = ctx;
	const struct job *job = g->c->job;
	struct err why = ERR_INIT;
	struct stix_object o;
	struct filter_item item;

	arena_reset(&g->c->arena);
	if (stix_object_scan(&g->c->arena, object, &o, &why) != 0) {
		g->spoilt++;
		return taxii_note(&g->c->talk, e, "an object is passed over: "
		    "%s", why.text);
	}
	item = filter_item_of(&o);
	if (!filter_passes(job, &item) || (job->object != NULL &&
	    item.id.p != NULL && !slice_is(item.id, job->object)))
		return 0;
	if (g->choose != 0)
		return hold_object(g, object, item.version, e);
	return send_object(g, object, e);
}

static int
none_there(const struct job *job, const char *what, struct err *e)
{
	err_clear(e);
	if (job->object == NULL)
		return err_set(e, ERR_NOT_FOUND, "no %s fits", what);
	return err_set(e, ERR_NOT_FOUND, "there is no %s '%.200s', or not to "
	    "be seen with these credentials", what, job->object);
}

static int
choice_of(const struct job *job)
{
	const char *v = job->match_version;

	if (job->object == NULL)
		return 0;
	return v == NULL || strcmp(v, "last") == 0 ? 1 :
	    strcmp(v, "first") == 0 ? -1 : 0;
}

int
client_get(struct client *c, struct err *e)
{
	struct job filters = narrowed(c->job, true, c->job->object == NULL);
	struct getting g = {.c = c, .choose = choice_of(c->job)};
	struct walk w = {.talk = &c->talk, .filters = &filters,
	    .objects = true, .item = take_object, .ctx = &g};
	int64_t since;
	int rc;

	if (since_of(c->job, &since, e) != 0 || client_url(c,
	    c->job->object != NULL ? "objects/%/" : "objects/", e) != 0)
		return -1;
	w.url = c->url.p;
	buf_init(&g.held, LIMIT_OBJECT);
	rc = walk_run(&w, since, e);
	if (rc == 0 && g.held.n > 0)
		rc = send_object(&g, buf_view(&g.held), e);
	buf_free(&g.held);
	if (rc == 0 && g.sent == 0 && g.spoilt > 0)
		return err_set(e, ERR_PROTO, "what the server sends is no STIX"
		    " (-v says why)");
	if (rc > 0 || (rc == 0 && g.sent == 0 && c->job->object != NULL))
		return none_there(c->job, "object", e);
	return rc;
}

/* --- versions and manifest ------------------------------------------------ */

/* Versions as instants: some servers write them with other digits at times. */
struct listing {
	struct client *c;
	int64_t since;
	uint64_t sent;
};

static int
send_version(struct listing *l, const char *version, struct err *e)
{
	l->sent++;
	return client_result(l->c, json_pack("{s:s}", "version", version), e);
}

static int
take_version(void *ctx, struct slice version, struct err *e)
{
	char text[LIMIT_ID];

	if (version.n >= sizeof(text))
		return 0;
	memcpy(text, version.p, version.n);
	text[version.n] = '\0';
	return send_version(ctx, text, e);
}

/* TAXII 2.0: the manifest knows them. */
static int
take_record_versions(void *ctx, struct slice record, struct err *e)
{
	struct listing *l = ctx;
	json_t *o = json_loadb(record.p, record.n, 0, NULL), *v;
	const char *id = taxii_text(o, "id");
	size_t i;
	int rc = 0;

	if (id != NULL && strcmp(id, l->c->job->object) == 0)
		json_array_foreach(json_object_get(o, "versions"), i, v)
			if (rc == 0 && json_is_string(v))
				rc = send_version(l, json_string_value(v), e);
	json_decref(o);
	return rc;
}

static int
versions_of_20(struct client *c, struct walk *w, int64_t since, struct err *e)
{
	char *ids[] = {c->job->object};
	char all[] = "all";
	struct job filters = narrowed(c->job, false, false);

	filters.match_ids = ids;
	filters.nmatch_ids = 1;
	filters.match_version = all; /* some tell the last one only, else */
	/* The walk ends before this function does. */
	/* cppcheck-suppress autoVariables */
	w->filters = &filters;
	w->member = NULL;
	w->item = take_record_versions;
	if (client_url(c, "manifest/", e) != 0)
		return -1;
	w->url = c->url.p;
	return walk_run(w, since, e);
}

static bool
speaks_20(const struct client *c)
{
	return dialect_row(c->talk.dialect)->v20;
}

int
client_versions(struct client *c, struct err *e)
{
	struct job filters = narrowed(c->job, false, false);
	struct listing l = {.c = c};
	struct walk w = {.talk = &c->talk, .filters = &filters,
	    .member = "versions", .item = take_version, .ctx = &l};
	int rc = 0;

	if (since_of(c->job, &l.since, e) != 0 ||
	    client_url(c, "objects/%/versions/", e) != 0)
		return -1;
	w.url = c->url.p;
	if (!speaks_20(c))
		rc = walk_run(&w, l.since, e);
	/* Of 2.0 a server may just have turned out to be. */
	if (speaks_20(c)) {
		err_clear(e);
		rc = versions_of_20(c, &w, l.since, e);
	}
	if (rc > 0 || (rc == 0 && l.sent == 0))
		return none_there(c->job, "object", e);
	return rc;
}

/* One record in the form of 2.1, where the filters let it pass. */
static int
send_record(struct listing *l, json_t *o, const char *version,
    const char *media, struct err *e)
{
	const char *id = taxii_text(o, "id");
	const char *added = taxii_text(o, "date_added"), *dash;
	struct filter_item item = {.id = slice_str(id), .v20 = -1,
	    .version = TSTAMP_NONE};
	int64_t t;

	dash = id != NULL ? strstr(id, "--") : NULL;
	if (dash != NULL)
		item.type = (struct slice){id, (size_t)(dash - id)};
	if (version != NULL && tstamp_parse_liberal(slice_str(version), &t) == 0)
		item.version = t;
	if (media != NULL && strstr(media, "version=2.") != NULL)
		item.v20 = strstr(media, "version=2.0") != NULL;
	if (id == NULL || !filter_passes(l->c->job, &item))
		return 0;
	/* Equal times pass: some servers count them as after. */
	if (l->since != TSTAMP_NONE && added != NULL &&
	    tstamp_parse_liberal(slice_str(added), &t) == 0 && t < l->since)
		return 0;
	l->sent++;
	return client_result(l->c, json_pack("{s:s, s:s?, s:s?, s:s?}", "id",
	    id, "date_added", added, "version", version, "media_type", media),
	    e);
}

static int
take_record(void *ctx, struct slice record, struct err *e)
{
	json_t *o = json_loadb(record.p, record.n, 0, NULL), *v;
	json_t *versions = json_object_get(o, "versions");
	const char *media = taxii_text(o, "media_type");
	size_t i;
	int rc = 0;

	if (media == NULL)
		media = json_string_value(json_array_get(json_object_get(o,
		    "media_types"), 0));
	if (json_array_size(versions) == 0)
		rc = send_record(ctx, o, taxii_text(o, "version"), media, e);
	json_array_foreach(versions, i, v)
		if (rc == 0)
			rc = send_record(ctx, o, json_string_value(v), media,
			    e);
	json_decref(o);
	return rc;
}

int
client_manifest(struct client *c, struct err *e)
{
	struct job filters = narrowed(c->job, true, true);
	struct listing l = {.c = c};
	struct walk w = {.talk = &c->talk, .filters = &filters,
	    .item = take_record, .ctx = &l};
	int rc;

	if (since_of(c->job, &l.since, e) != 0 ||
	    client_url(c, "manifest/", e) != 0)
		return -1;
	w.url = c->url.p;
	rc = walk_run(&w, l.since, e);
	return rc > 0 ? -1 : rc;
}

/* --- one exchange --------------------------------------------------------- */

static int
collect(void *ctx, const char *p, size_t n, struct err *e)
{
	if (buf_add(ctx, p, n) == 0)
		return 0;
	return err_set(e, ERR_MEMORY, "out of memory for a document");
}

/* Once: 0, or -1 with *status (0: none came). */
static int
ask_once(struct client *c, const struct client_ask *ask, struct buf *body,
    struct http_reply *reply, struct err *e)
{
	const struct dialect_row *row = dialect_row(c->talk.dialect);
	struct http_get get = {
		.url = c->url.p,
		.accept = row->taxii,
		.method = ask->method,
		.content = ask->body,
		.content_type = ask->body.p != NULL ? row->body : NULL,
		.max_body = LIMIT_BODY_CONTROL,
		.bytes = collect,
		.ctx = body,
	};

	buf_reset(body);
	if (http_fetch(c->talk.http, &get, reply, e) != 0)
		return -1;
	if (reply->head->status < 300)
		return 0;
	http_status_err(reply, e);
	return -1;
}

int
client_ask(struct client *c, const struct client_ask *ask, json_t **doc,
    int *status, struct err *e)
{
	struct http_reply reply;
	struct buf body;
	int rc;

	*status = 0;
	buf_init(&body, LIMIT_BODY_CONTROL);
	for (;;) {
		rc = ask_once(c, ask, &body, &reply, e);
		*status = reply.head->status;
		if (rc == 0)
			break;
		if (taxii_negotiate(&c->talk, &reply)) {
			err_clear(e);
			continue;
		}
		/* What is added or deleted twice is so once (SPEC 5.5). */
		if (taxii_failed(&c->talk, &reply, false, false, e) !=
		    RETRY_SAME)
			break;
	}
	if (rc == 0)
		taxii_agreed(&c->talk, &reply, NULL);
	if (rc == 0 && doc != NULL) {
		*doc = json_loadb(buf_view(&body).p, body.n, 0, NULL);
		if (!json_is_object(*doc)) {
			json_decref(*doc);
			*doc = NULL;
			rc = err_set(e, ERR_PROTO, "%s: the answer is not a "
			    "TAXII resource, which is a JSON object",
			    reply.shown);
		}
	}
	buf_free(&body);
	/* RETRY_SMALLER and the like leave no error behind. */
	if (rc != 0 && e->code == ERR_NONE)
		http_status_err(&reply, e);
	return rc;
}

int
client_delete(struct client *c, struct err *e)
{
	struct client_ask ask = {.method = "DELETE"};
	struct job filters = narrowed(c->job, true, false);
	int status;
	char glue;

	if (client_url(c, "objects/%/", e) != 0)
		return -1;
	if (speaks_20(c))
		return err_set(e, ERR_USAGE, "TAXII 2.0 has no way to delete "
		    "an object");
	glue = strchr(c->url.p, '?') != NULL ? '&' : '?';
	filter_params(&filters, false, &glue, &c->url);
	if (!buf_ok(&c->url))
		return err_set(e, ERR_LIMIT, "a URL is too long");
	if (client_ask(c, &ask, NULL, &status, e) != 0)
		return status == 404 ? none_there(c->job, "object", e) : -1;
	return client_result(c, json_pack("{s:s, s:b}", "id", c->job->object,
	    "deleted", 1), e);
}

/* --- which one ------------------------------------------------------------ */

static const struct {
	const char *name;
	int (*run)(struct client *c, struct err *e);
	bool writes;
} ops[] = {
	{"get", client_get, false},
	{"versions", client_versions, false},
	{"manifest", client_manifest, false},
	{"delete", client_delete, true},
	{"push", client_push, true},
	{"status", client_status, false},
};

static int
serve(struct client *c, size_t op, struct err *e)
{
	c->talk.link = c->link;
	c->talk.writes = ops[op].writes;
	/* A status belongs to an API root, which a collection leads to too. */
	if (ops[op].run != client_status &&
	    taxii_find(&c->talk, &c->objects, e) != 0)
		return -1;
	return ops[op].run(c, e);
}

int
client_serve(struct msg_link *l, const struct job *job, struct err *e)
{
	struct client c = {.link = l, .job = job};
	size_t op = 0;
	int rc;

	while (op < ARRAY_LEN(ops) && (job->op == NULL ||
	    strcmp(job->op, ops[op].name) != 0))
		op++;
	if (op == ARRAY_LEN(ops))
		return err_set(e, ERR_PROTO, "keeper and fetcher are not of "
		    "one version");
	buf_init(&c.objects, LIMIT_URL);
	buf_init(&c.url, LIMIT_URL);
	arena_init(&c.arena, ARENA_MAX);
	rc = taxii_open(&c.talk, job, NULL, e);
	if (rc == 0)
		rc = serve(&c, op, e);
	taxii_close(&c.talk);
	arena_free(&c.arena);
	buf_free(&c.objects);
	buf_free(&c.url);
	return rc;
}
