/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network half of a check: one handshake, then the requests that a poll
 * begins with, and a few more to see how the server pages and how old its
 * newest object is.  Nothing is tried again: what happens is what is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "sync/check.h"
#include "sync/range.h"
#include "sync/source.h"
#include "sync/taxii.h"

#define LIMIT 100     /* objects asked for in a page */
#define HALVINGS 4    /* of the time in which the newest object came */

/* A page, as far as a check needs it. */
struct seen {
	json_t *doc;
	int64_t objects;
	bool more, full;
	struct slice next;      /* borrowed from doc or room */
	char room[TAXII_NUMBER];
	int64_t first, last, date;
	int64_t total;          /* of all items (TAXII 2.0), -1: not told */
	bool ranged;
};

struct check {
	const struct job *job;
	struct check_facts *f;
	struct taxii talk;
	struct buf objects;     /* URL of the collection's objects */
	struct buf url, body;
	bool full;              /* the body did not fit */
	struct range range;     /* of TAXII 2.0: the form that is taken */
	struct range_step span;
};

#define PUT(to, from) snprintf(to, sizeof(to), "%s", from)

static int
fail_at(struct check *c, enum check_step step, const struct err *e)
{
	c->f->failed = step;
	PUT(c->f->error, e->text);
	c->f->status = 0;
	return -1;
}

/* --- the other end -------------------------------------------------------- */

static void
tell_auth(const struct job *j, struct check_facts *f)
{
	static const char *const names[] = {
		[AUTH_NONE] = "none", [AUTH_BASIC] = "basic",
		[AUTH_BEARER] = "bearer token", [AUTH_HEADER] = "header",
		[AUTH_QUERY] = "query parameter", [AUTH_OAUTH2] =
		"OAuth 2, bearer token", [AUTH_LOGIN] = "login, bearer token",
		[AUTH_SIGN_PATH] = "signed path", [AUTH_SIGN_BODY] =
		"signed body", [AUTH_SIGN_QUERY] = "signed parameters",
		[AUTH_SIGN_AZURE] = "Shared Key",
		[AUTH_PLACED] = "key in the request",
	};

	if (j->auth == AUTH_BEARER && j->scheme != NULL)
		snprintf(f->auth, sizeof(f->auth), "token after '%.16s'",
		    j->scheme);
	else
		PUT(f->auth, names[j->auth]);
	f->certificate = j->client_cert.n > 0;
	f->proxy = j->proxy != NULL;
}

static int
examine(struct check *c)
{
	static const enum check_step steps[] = {
		[HTTP_AT_NAME] = CHECK_NAME,
		[HTTP_AT_CONNECTION] = CHECK_CONNECTION,
		[HTTP_AT_TLS] = CHECK_TLS, [HTTP_AT_SERVER] = CHECK_TLS,
	};
	struct check_facts *f = c->f;
	struct err e = ERR_INIT;
	struct http_peer p;
	int rc = http_examine(c->talk.http, &p, &e);

	PUT(f->address, p.address);
	f->port = p.port;
	f->resolve = p.resolve;
	f->connect = p.connect;
	f->handshake = p.handshake;
	PUT(f->tls, p.tls);
	PUT(f->subject, p.subject);
	PUT(f->issuer, p.issuer);
	f->chain = p.chain;
	f->not_after = p.not_after;
	return rc == 0 ? 0 : fail_at(c, steps[p.stage], &e);
}

/* At which step does a failure in the talk belong? */
static enum check_step
step_of(const struct err *e, int status, enum check_step usual)
{
	if (e->code == ERR_AUTH || status == 401 || status == 403 ||
	    status == 407 || strstr(e->text, "certificate required") != NULL)
		return CHECK_AUTH;
	if (e->code == ERR_TLS)
		return CHECK_TLS;
	if (e->code == ERR_NOT_FOUND)
		return CHECK_COLLECTION;
	if (status == 406)
		return CHECK_VERSION;
	return usual;
}

static int
fail_talk(struct check *c, enum check_step usual, const struct err *e)
{
	const struct http_head *head = http_last(c->talk.http);

	PUT(c->f->schemes, head->schemes);
	fail_at(c, step_of(e, head->status, usual), e);
	c->f->status = head->status;
	return -1;
}

/* --- pages ---------------------------------------------------------------- */

static int
collect(void *ctx, const char *p, size_t n, struct err *e)
{
	struct check *c = ctx;

	if (buf_add(&c->body, p, n) == 0)
		return 0;
	c->full = true;
	return err_set(e, ERR_LIMIT, "the page is larger than a check reads");
}

static void
seen_free(struct seen *s)
{
	json_decref(s->doc);
	s->doc = NULL;
}

static int
read_page(struct check *c, const struct http_reply *reply, struct seen *s,
    struct err *e)
{
	struct page_reply r = {.next = SLICE_NONE};
	const struct http_head *h = reply->head;
	struct range_reply span;
	json_error_t why;

	range_parse(slice_str(h->content_range), &span);
	s->total = span.total != RANGE_UNKNOWN ? (int64_t)span.total : -1;
	s->first = h->first;
	s->last = h->last;
	s->date = h->date;
	s->ranged = h->status == 206 || h->content_range[0] != '\0';
	s->full = c->full;
	if (s->full || (c->job->empty_404 && h->status == 404))
		return 0;
	s->doc = json_loadb(c->body.p != NULL ? c->body.p : "", c->body.n,
	    JSON_DECODE_ANY, &why);
	if (s->doc == NULL)
		return err_set(e, ERR_SYNTAX, "%s: not JSON: %s (line %d,"
		    " column %d)", reply->shown, why.text, why.line,
		    why.column);
	if (taxii_paging(s->doc, s->room, &r, e) != 0)
		return err_context(e, "%s", reply->shown);
	s->more = r.more;
	s->next = r.next;
	s->objects = (int64_t)json_array_size(json_object_get(s->doc,
	    "objects"));
	return 0;
}

/* The range was refused: is there another form of it? */
static bool
ask_otherwise(struct check *c, const struct http_reply *reply)
{
	int status = reply->head->status;

	if (!dialect_row(c->talk.dialect)->v20 ||
	    reply->failure != HTTP_FAIL_NONE || (status != 400 &&
	    status != 416))
		return false;
	c->span = range_refused(&c->range, status, RANGE_UNKNOWN);
	return c->span.act == RANGE_ASK;
}

/* 0 with *s, to be freed; -1 with e set. */
static int
get_page(struct check *c, const struct page_step *step, struct seen *s,
    struct err *e)
{
	struct http_get get = {.max_body = LIMIT_BODY, .once = true,
	    .bytes = collect, .ctx = c};
	struct http_reply reply;
	char text[RANGE_TEXT];
	bool older;
	int rc;

	*s = (struct seen){.first = TSTAMP_NONE};
	do {
		struct page_step own = *step;

		older = dialect_row(c->talk.dialect)->v20;
		if (older)
			own.limit = 0;
		buf_reset(&c->url);
		if (taxii_page_url(c->objects.p, &own, c->job, &c->url,
		    e) != 0)
			return -1;
		get.url = c->url.p;
		get.accept = dialect_row(c->talk.dialect)->stix;
		get.range = older ? range_text(&c->span, text) : NULL;
		buf_reset(&c->body);
		c->full = false;
		rc = http_fetch(c->talk.http, &get, &reply, e);
	} while (rc == 0 && (taxii_negotiate(&c->talk, &reply) ||
	    ask_otherwise(c, &reply)));
	if (c->full) {
		err_clear(e);
		rc = 0;
	} else if (rc == 0 && reply.head->status != 200 &&
	    reply.head->status != 206 && !(c->job->empty_404 &&
	    reply.head->status == 404)) {
		rc = http_status_err(&reply, e);
	}
	if (rc == 0)
		rc = read_page(c, &reply, s, e);
	if (rc != 0)
		seen_free(s);
	return rc;
}

static struct page_step
step_from(int64_t since, uint32_t limit)
{
	return (struct page_step){.act = PAGE_ASK, .added_after = since,
	    .limit = limit, .next = SLICE_NONE};
}

/* --- what the pages tell -------------------------------------------------- */

static int64_t
latest(int64_t a, int64_t b)
{
	return a == TSTAMP_NONE || b > a ? b : a;
}

/* Where the server states no dates, the objects do. */
static int64_t
newest_modified(const struct seen *s)
{
	json_t *list = json_object_get(s->doc, "objects");
	int64_t newest = TSTAMP_NONE, t;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		const char *text = taxii_text(o, "modified");

		if (text == NULL)
			text = taxii_text(o, "created");
		if (text != NULL &&
		    tstamp_parse_liberal(slice_str(text), &t) == 0 &&
		    t != TSTAMP_NEVER)
			newest = latest(newest, t);
	}
	return newest;
}

static bool
has_manifest(struct check *c, int64_t objects)
{
	struct page_step step = step_from(TSTAMP_NONE, LIMIT);
	struct err e = ERR_INIT;
	json_t *doc = NULL;
	bool has = false;

	step.act = PAGE_MANIFEST;
	buf_reset(&c->url);
	if (taxii_page_url(c->objects.p, &step, c->job, &c->url, &e) == 0 &&
	    taxii_json(&c->talk, c->url.p, &doc, &e) == 0)
		has = taxii_manifest_date(doc, (uint64_t)objects) !=
		    TSTAMP_NONE;
	json_decref(doc);
	return has;
}

/* There is more behind this page, which was asked for with `limit`: how is it
 * to be had? */
static enum check_paging
paging_of(struct check *c, const struct seen *s, uint32_t limit)
{
	struct page_step step = step_from(TSTAMP_NONE, limit);
	struct err e = ERR_INIT;
	struct seen second;
	int rc;

	if (s->next.n > 0) {
		step.next = s->next;
		rc = get_page(c, &step, &second, &e);
		seen_free(&second);
		return rc == 0 ? PAGING_CURSOR : PAGING_BROKEN;
	}
	if (s->last != TSTAMP_NONE)
		return PAGING_HEADER;
	return has_manifest(c, s->objects) ? PAGING_MANIFEST : PAGING_NONE;
}

static void
find_paging(struct check *c, const struct seen *first)
{
	struct check_facts *f = c->f;
	struct err e = ERR_INIT;
	struct page_step step;
	struct seen half = {.doc = NULL};
	uint32_t limit;

	f->newest_first = first->first != TSTAMP_NONE &&
	    first->last != TSTAMP_NONE && first->first > first->last;
	f->paging = PAGING_UNKNOWN;
	if (dialect_row(c->talk.dialect)->v20) {
		f->more = first->total >= 0 ? first->total > first->objects :
		    first->ranged && first->objects >= LIMIT;
		f->paging = f->more ? PAGING_RANGE : PAGING_UNKNOWN;
		return;
	}
	if (first->more || first->full) {
		if (!first->full)
			f->paging = paging_of(c, first, LIMIT);
		return;
	}
	/* Ask for less, to see what it does when there is more. */
	if (first->objects < 2)
		return;
	limit = (uint32_t)(first->objects / 2);
	step = step_from(TSTAMP_NONE, limit);
	if (get_page(c, &step, &half, &e) == 0 && half.more)
		f->paging = paging_of(c, &half, limit);
	seen_free(&half);
}

/* Is something newer than `since`?  1 with f->newest and f->within set, 0, or -1
 * when that cannot be told. */
static int
look_since(struct check *c, int64_t since)
{
	struct page_step step = step_from(since, LIMIT);
	struct check_facts *f = c->f;
	struct err e = ERR_INIT;
	struct seen s;
	int64_t t;
	int any;

	if (get_page(c, &step, &s, &e) != 0)
		return -1;
	t = latest(s.first, s.last);
	any = s.objects > 0 || s.full;
	f->ignored = any && s.first != TSTAMP_NONE && s.first < since;
	if (any && !f->ignored) {
		f->within = s.more || t == TSTAMP_NONE;
		f->stated = false;
		f->newest = f->within ? since : t;
	}
	seen_free(&s);
	return f->ignored ? -1 : any;
}

/* Something is newer than `low`, nothing newer than `high`: closer. */
static void
narrow(struct check *c, int64_t low, int64_t high)
{
	for (int i = 0; i < HALVINGS && c->f->within; i++) {
		int64_t half = low + (high - low) / 2;
		int r = look_since(c, half);

		if (r < 0)
			return;
		if (r > 0)
			low = half;
		else
			high = half;
		c->f->bound = high;
	}
}

/* In ever larger stretches of time, until there is one. */
static void
search_newest(struct check *c, int64_t now)
{
	static const int64_t days[] = {1, 7, 30, 365};
	struct check_facts *f = c->f;

	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		int r = look_since(c, now - days[i] * TSTAMP_DAY);

		if (r > 0 && i > 0) /* "since yesterday" is good enough */
			narrow(c, now - days[i] * TSTAMP_DAY,
			    now - days[i - 1] * TSTAMP_DAY);
		if (r != 0)
			return;
	}
	f->newest = now - days[ARRAY_LEN(days) - 1] * TSTAMP_DAY;
	f->beyond = true;
	f->stated = false;
}

/* The newest object, and when it came by our clock: the server is asked by its
 * own, whose dates are cut to seconds, too. */
static void
find_newest(struct check *c, const struct seen *first)
{
	struct check_facts *f = c->f;
	int64_t now = first->date != TSTAMP_NONE ? first->date : f->now;

	f->newest = latest(first->first, first->last);
	f->stated = false;
	if (f->newest == TSTAMP_NONE) {
		f->newest = newest_modified(first);
		f->stated = f->newest != TSTAMP_NONE;
	}
	if (!first->more || dialect_row(c->talk.dialect)->v20 ||
	    f->newest_first)
		return;
	search_newest(c, now);
	if (f->within || f->beyond)
		f->newest = tstamp_add(f->newest, tstamp_add(f->now, -now));
	if (f->bound != TSTAMP_NONE)
		f->bound = tstamp_add(f->bound, tstamp_add(f->now, -now));
}

/* --- TAXII ---------------------------------------------------------------- */

/* Its title and rights; a server that does not tell is not faulted for it. */
static int
find_collection(struct check *c)
{
	static const char tail[] = "objects/";
	struct check_facts *f = c->f;
	struct taxii_collection got;
	struct err e = ERR_INIT;
	struct slice id, path = buf_view(&c->objects);
	json_t *doc = NULL;
	size_t n = 0;

	while (n < path.n && path.p[n] != '?')
		n++;
	if (n < sizeof(tail))
		return 0;
	n -= sizeof(tail) - 1;
	id = (struct slice){path.p, n - 1};
	while (id.n > 0 && memchr(id.p, '/', id.n) != NULL) {
		id.p++;
		id.n--;
	}
	snprintf(f->collection, sizeof(f->collection), "%.*s", SLICE_ARG(id));
	buf_reset(&c->url);
	buf_add(&c->url, path.p, n);
	buf_char(&c->url, '\0');
	if (buf_ok(&c->url) && taxii_json(&c->talk, c->url.p, &doc, &e) == 0 &&
	    taxii_collection_of(doc, &got)) {
		f->readable = got.can_read;
		f->writable = got.can_write;
		if (got.title != NULL)
			PUT(f->title, got.title);
	}
	json_decref(doc);
	if (f->readable)
		return 0;
	err_clear(&e);
	err_set(&e, ERR_AUTH, "these credentials may not read it (can_read is"
	    " false)");
	return fail_at(c, CHECK_COLLECTION, &e);
}

static void
tell_version(struct check *c)
{
	PUT(c->f->version, dialect_row(c->talk.dialect)->v20 ? "2.0" : "2.1");
}

static int
run_taxii(struct check *c)
{
	struct page_step step = step_from(TSTAMP_NONE, LIMIT);
	struct check_facts *f = c->f;
	struct err e = ERR_INIT;
	struct seen first;
	int64_t before, after;
	int rc = taxii_find(&c->talk, &c->objects, &e);

	tell_version(c);
	c->span = range_start(&c->range, RANGE_ANY, TSTAMP_NONE, LIMIT,
	    f->now);
	if (rc != 0)
		return fail_talk(c, CHECK_VERSION, &e);
	buf_char(&c->objects, '\0');
	c->objects.n--;
	if (find_collection(c) != 0)
		return -1;
	before = tstamp_now();
	if (get_page(c, &step, &first, &e) != 0)
		return fail_talk(c, CHECK_READING, &e);
	after = tstamp_now();
	tell_version(c);
	f->objects = first.objects;
	f->more = first.more;
	f->full = first.full;
	/* A date is cut to seconds: half of one is added. */
	if (first.date != TSTAMP_NONE)
		f->skew = first.date + TSTAMP_SECOND / 2 - (before / 2 +
		    after / 2);
	find_paging(c, &first);
	find_newest(c, &first);
	seen_free(&first);
	return 0;
}

json_t *
check_fetch(const struct job *job, struct err *e)
{
	struct check_facts *f = malloc(sizeof(*f));
	struct check c = {.job = job, .f = f};
	const struct source_ops *ops = source_find(job, e);
	char shown[URL_SHOWN];
	struct url u;
	json_t *out = NULL;

	buf_init(&c.objects, LIMIT_URL);
	buf_init(&c.url, LIMIT_URL);
	buf_init(&c.body, LIMIT_BODY_CONTROL);
	if (f == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	if (f == NULL || ops == NULL ||
	    url_parse(slice_str(job->url), &u, e) != 0)
		goto out;
	check_facts_init(f);
	url_show(&u, shown);
	PUT(f->url, shown);
	f->now = tstamp_now();
	f->taxii = ops == &source_taxii21 || ops == &source_taxii20;
	f->file = u.scheme == URL_FILE;
	f->https = u.scheme == URL_HTTPS;
	PUT(f->version, f->taxii ? "" : ops->title);
	tell_auth(job, f);
	if (!f->file) {
		if (taxii_open(&c.talk, job, NULL, e) != 0)
			goto out;
		if (examine(&c) == 0 && f->taxii)
			(void)run_taxii(&c);
		taxii_close(&c.talk);
	}
	out = check_facts_json(f);
	if (out == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
out:
	buf_free(&c.objects);
	buf_free(&c.url);
	buf_free(&c.body);
	free(f);
	return out;
}
