/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/feed_request.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "base/digest.h"
#include "stix/tree.h"
#include "sync/json_path.h"
#include "sync/map_field.h"
#include "sync/xml_texts.h"
#include "sync/url.h"
#include "sync/wipe.h"

#define BODY_MAX MIB(1)

/* --- what fits together ------------------------------------------------- */

static int
add_places(const char *option, const char *text, unsigned *places,
    struct err *e)
{
	if (text == NULL || template_check(slice_str(text), places, e) == 0)
		return 0;
	return err_context(e, "%s", option);
}

int
feed_request_places(const struct feed_options *o, const char *url,
    unsigned *places, struct err *e)
{
	uint32_t i;

	/* What is no URL of http has no places: a path may hold braces. */
	if (url != NULL && strncmp(url, "http", 4) == 0 &&
	    add_places("url", url, places, e) != 0)
		return -1;
	if (add_places("request-body", o->body, places, e) != 0 ||
	    add_places("page-start", o->page_start, places, e) != 0 ||
	    add_places("page-item", o->page_item, places, e) != 0 ||
	    add_places("page-ack", o->page_ack, places, e) != 0 ||
	    add_places("page-ack-body", o->page_ack_body, places, e) != 0)
		return -1;
	for (i = 0; i < o->params.n; i++)
		if (add_places("request-params", o->params.v[i], places,
		    e) != 0)
			return -1;
	return 0;
}

bool
feed_request_has_key(const struct feed_options *o, const char *url)
{
	unsigned places = 0;

	return feed_request_places(o, url, &places, NULL) == 0 &&
	    (places & TEMPLATE_BIT(TEMPLATE_KEY)) != 0;
}

int
feed_request_check(const struct feed_options *o, enum paging_kind kind,
    unsigned places, struct err *e)
{
	/* What a kind cannot do without. */
	const struct {
		unsigned kinds;
		bool given;
		const char *what;
	} needs[] = {
		{1u << PAGING_NEXT_URL | 1u << PAGING_CURSOR |
		    1u << PAGING_SEQ | 1u << PAGING_GRAPHQL,
		    o->page_next != NULL, "page-next"},
		{1u << PAGING_CURSOR | 1u << PAGING_GRAPHQL,
		    (places & TEMPLATE_BIT(TEMPLATE_CURSOR)) != 0,
		    "{cursor} in the request"},
		{1u << PAGING_PAGE,
		    (places & TEMPLATE_BIT(TEMPLATE_PAGE)) != 0,
		    "{page} in the request"},
		{1u << PAGING_OFFSET,
		    (places & TEMPLATE_BIT(TEMPLATE_OFFSET)) != 0,
		    "{offset} in the request"},
		{1u << PAGING_SEQ, (places & TEMPLATE_BIT(TEMPLATE_SEQ)) != 0,
		    "{seq} in the request"},
		{1u << PAGING_HIGHWATER, o->page_mark != NULL, "page-mark"},
		{1u << PAGING_HIGHWATER,
		    (places & TEMPLATE_BIT(TEMPLATE_MARK)) != 0,
		    "{mark} in the request"},
		{1u << PAGING_TIME_BUCKET,
		    (places & TEMPLATE_BIT(TEMPLATE_BUCKET)) != 0,
		    "{bucket} in the url"},
		{1u << PAGING_SESSION,
		    (places & TEMPLATE_BIT(TEMPLATE_SESSION)) != 0,
		    "{session} in the request"},
		{1u << PAGING_QUEUE, o->page_ack != NULL, "page-ack"},
	}, only[] = {
		{1u << PAGING_QUEUE, o->page_ack == NULL, "page-ack"},
		{1u << PAGING_INDEX, o->page_index_next == NULL,
		    "page-index-next"},
		{1u << PAGING_INDEX, o->page_base == NULL, "page-base"},
	};

	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if ((needs[i].kinds >> kind & 1) != 0 && !needs[i].given)
			return err_set(e, ERR_CONFIG, "page-kind: %s needs %s",
			    paging_names[kind], needs[i].what);
	for (size_t i = 0; i < ARRAY_LEN(only); i++)
		if ((only[i].kinds >> kind & 1) == 0 && !only[i].given)
			return err_set(e, ERR_CONFIG, "%s: goes with page-kind"
			    " %s", only[i].what, only[i].kinds ==
			    1u << PAGING_QUEUE ? "queue" : "index");
	if (o->page_index_xml && o->page_index == NULL)
		return err_set(e, ERR_CONFIG, "page-index-xml: without "
		    "page-index, the elements that name the items");
	if (o->page_index_next != NULL && o->page_index == NULL)
		return err_set(e, ERR_CONFIG, "page-index-next: without "
		    "page-index");
	return 0;
}

/* --- requests ----------------------------------------------------------- */

void
feed_request_init(struct feed_request *r, const struct feed_options *o,
    const struct job *job)
{
	*r = (struct feed_request){.o = o, .job = job};
	buf_init(&r->url, LIMIT_URL);
	buf_init(&r->body, BODY_MAX);
}

static void
wipe_body(struct buf *b)
{
	if (b->p != NULL)
		wipe(b->p, b->cap);
	buf_reset(b);
}

void
feed_request_free(struct feed_request *r)
{
	wipe_body(&r->body);
	buf_free(&r->body);
	buf_free(&r->url);
}

/* "name=value": left out while the places of the value are empty. */
static int
add_param(struct feed_request *r, const char *pair,
    const struct template_values *v)
{
	const char *eq = strchr(pair, '=');
	struct slice name = {pair, eq != NULL ? (size_t)(eq - pair) :
	    strlen(pair)};
	size_t before = r->url.n;
	bool empty, has_query = r->url.p != NULL &&
	    memchr(r->url.p, '?', r->url.n) != NULL;
	struct slice value = slice_str(eq != NULL ? eq + 1 : "");

	buf_char(&r->url, has_query ? '&' : '?');
	url_escape(&r->url, name);
	buf_char(&r->url, '=');
	if (template_fill(value, v, TEMPLATE_PARAM, &r->url, &empty) != 0)
		return -1;
	if (empty) {
		r->url.n = before;
		r->url.p[before] = '\0';
	}
	return 0;
}

static struct template_values
values_of(const struct feed_request *r, const struct paging_step *s,
    char session[64])
{
	struct template_values v = {
		.cursor = s->cursor, .item = s->item, .mark = s->mark,
		.counted = true, .number = s->number, .limit = s->size,
		.since = s->since, .now = r->job->now, .bucket = s->bucket,
	};

	/* Not guessed by others who poll the same server. */
	snprintf(session, 64, "taxiway%s-%016llx-%llu", r->job->trial ?
	    "-check" : "", (unsigned long long)
	    digest64(r->job->name, strlen(r->job->name), r->job->seed),
	    (unsigned long long)s->number);
	v.session = slice_str(session);
	return v;
}

/* An item of an index is fetched by GET, unless the body names it. */
static bool
is_plain_item(const struct feed_request *r, const struct paging_step *s)
{
	unsigned places = 0;

	if (s->act != PAGING_ASK_ITEM)
		return false;
	return r->o->body == NULL || template_check(slice_str(r->o->body),
	    &places, NULL) != 0 ||
	    (places & TEMPLATE_BIT(TEMPLATE_ITEM)) == 0;
}

static int
make_body(struct feed_request *r, const struct paging_step *s,
    const struct template_values *v)
{
	bool acks = s->act == PAGING_ASK_ACK;
	const char *type = r->o->body_type;
	const char *body = acks ? r->o->page_ack_body : r->o->body;
	const char *method = !acks ? r->o->method : r->o->page_ack_method !=
	    NULL ? r->o->page_ack_method : "POST";
	enum template_escape how;
	const struct template_secrets secrets = {slice_str(r->job->token),
	    r->job->secrets, r->job->nsecrets};
	struct buf plain;
	bool empty;
	int rc;

	r->method = method != NULL && strcmp(method, "GET") != 0 ? method :
	    NULL;
	r->type = NULL;
	if (body == NULL && r->method == NULL)
		return 0;
	r->method = method == NULL ? "POST" : r->method;
	r->type = type != NULL ? type : "application/json";
	how = strstr(r->type, "json") != NULL ? TEMPLATE_JSON :
	    strstr(r->type, "form") != NULL ? TEMPLATE_URL : TEMPLATE_PLAIN;
	if (body == NULL)
		return 0;
	buf_init(&plain, BODY_MAX);
	rc = template_fill(slice_str(body), v, how, &plain, &empty);
	if (rc == 0)
		rc = template_secrets(buf_view(&plain), &secrets, how,
		    &r->body);
	buf_free(&plain);
	return rc;
}

int
feed_request_make(struct feed_request *r, const struct paging_step *s,
    struct err *e)
{
	const char *from = s->act == PAGING_ASK_START ? r->o->page_start :
	    s->act == PAGING_ASK_ITEM ? r->o->page_item :
	    s->act == PAGING_ASK_ACK ? r->o->page_ack : r->job->url;
	char session[64];
	struct template_values v = values_of(r, s, session);
	bool empty, plain = s->act == PAGING_ASK ||
	    s->act == PAGING_ASK_INDEX;
	int rc = 0;
	struct url base;

	buf_reset(&r->url);
	if (s->url.p != NULL) {
		rc = buf_slice(&r->url, s->url);
		plain = false;
	} else if (from != NULL) {
		rc = template_fill(slice_str(from), &v, TEMPLATE_URL, &r->url,
		    &empty);
	} else if (url_parse(slice_str(r->job->url), &base, e) != 0 ||
	    url_resolve(&base, s->item, &r->url, e) != 0) {
		return -1;
	}
	for (uint32_t i = 0; rc == 0 && plain && i < r->o->params.n; i++)
		rc = add_param(r, r->o->params.v[i], &v);
	wipe_body(&r->body);
	r->method = r->type = NULL;
	if (rc == 0 && !is_plain_item(r, s))
		rc = make_body(r, s, &v);
	return rc == 0 ? 0 : err_set(e, ERR_LIMIT, "a request becomes too "
	    "long");
}

int
feed_may_go(const struct job *job, const char *what, const struct url *here,
    struct slice url, struct err *e)
{
	char shown[URL_SHOWN], other[URL_SHOWN];
	struct url there;

	url_show(here, shown);
	if (url_parse(url, &there, e) != 0)
		return err_context(e, "%s: %s", shown, what);
	if (there.scheme != URL_FILE && (url_same_origin(here, &there) ||
	    job->allow_http_redirect_host))
		return 0;
	there.path = there.query = SLICE_NONE;
	url_show(&there, other);
	return err_set(e, ERR_PROTO, "%s: %s is on another server, '%s'%s",
	    shown, what, other, there.scheme == URL_FILE ? "" :
	    " (follow-hosts allows it)");
}

/* --- small documents ---------------------------------------------------- */

struct names {
	int (*item)(void *ctx, struct slice name);
	void *ctx;
};

static int
take_name(void *ctx, const struct json_place *at)
{
	const struct tree_node *n = &at->tree->nodes[at->node];
	const struct names *names = ctx;

	return n->kind == TREE_STRING || n->kind == TREE_NUMBER ?
	    names->item(names->ctx, n->text) : 0;
}

/* Is there a list where the path has one, be it empty?  A reply that tells of an
 * error has none. */
static bool
has_list(const struct json_path *p, const struct tree *t)
{
	uint32_t node = 0;

	for (unsigned i = 0; i < p->n; i++) {
		const struct json_step *s = &p->steps[i];

		if (t->nodes[node].kind == TREE_NULL)
			return true;
		if (s->kind != JSON_MEMBER)
			return t->nodes[node].kind == (s->kind == JSON_VALUES ||
			    s->kind == JSON_NAMES ? TREE_OBJECT : TREE_ARRAY);
		node = tree_member(t, node, s->name);
		if (node == 0)
			return false;
	}
	return true;
}

/* `list`: it must be there. */
static int
index_json(struct slice text, const char *path, const struct names *names,
    bool list, const char *option, struct err *e)
{
	struct json_place at = {NULL, 0, SLICE_NONE, NULL};
	struct json_path p;
	struct arena a;
	struct tree t;
	int rc;

	arena_init(&a, 2 * FEED_INDEX);
	tree_init(&t);
	at.tree = &t;
	rc = json_path_parse(slice_str(path), &a, &p, e);
	if (rc != 0)
		err_context(e, "%s", option);
	if (rc == 0)
		rc = tree_read(&t, &a, text, e);
	if (rc == 0 && p.n > 0 && p.steps[p.n - 1].kind == JSON_NAMES) {
		rc = err_set(e, ERR_CONFIG, "%s: the values of a path are "
		    "names, not its @keys", option);
	} else if (rc == 0 && list && !has_list(&p, &t)) {
		rc = err_set(e, ERR_PROTO, "no list at '%s' (%s): not the index, "
		    "but an error?", path, option);
	} else if (rc == 0) {
		(void)json_path_walk(&p, 0, &at, take_name,
		    (void *)(uintptr_t)names);
	}
	tree_free(&t);
	arena_free(&a);
	return rc;
}

/* The texts of an index at a path; `option` has it. */
static int
index_at(const struct feed_options *o, struct slice text, const char *path,
    const struct names *names, bool list, const char *option, struct err *e)
{
	if (!o->page_index_xml)
		return index_json(text, path, names, list, option, e);
	return xml_texts(text, slice_str(path), names->item, names->ctx, e);
}

int
feed_index(const struct feed_options *o, struct slice text,
    int (*item)(void *ctx, struct slice name), void *ctx, struct err *e)
{
	const struct names names = {item, ctx};
	const char *end = text.p + text.n, *stop;

	if (o->page_index != NULL)
		return index_at(o, text, o->page_index, &names, true,
		    "page-index", e);
	for (const char *p = text.p; p < end; p = stop + 1) {
		struct slice line;

		stop = memchr(p, '\n', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		line = slice_trim((struct slice){p, (size_t)(stop - p)});
		if (line.n > 0 && *line.p != '#' && item(ctx, line) != 0)
			break;
	}
	return 0;
}

static int
take_next(void *ctx, struct slice name)
{
	struct buf *room = ctx;

	buf_reset(room);
	buf_slice(room, name);
	return 1;
}

int
feed_index_next(const struct feed_options *o, struct slice text,
    struct buf *room, struct err *e)
{
	const struct names names = {take_next, room};

	buf_reset(room);
	if (o->page_index_next == NULL)
		return 0;
	if (index_at(o, text, o->page_index_next, &names, false,
	    "page-index-next", e) != 0)
		return -1;
	return buf_ok(room) ? 0 : err_set(e, ERR_LIMIT, "the place of the next "
	    "page is too long");
}

int
feed_number(struct slice text, const char *path, struct buf *room,
    struct slice *out, struct err *e)
{
	struct json_place at = {NULL, 0, SLICE_NONE, NULL};
	char number[24];
	struct json_path p;
	struct arena a;
	struct slice found;
	struct tree t;
	int rc = -1;

	arena_init(&a, MIB(4));
	tree_init(&t);
	at.tree = &t;
	if (json_path_parse(slice_str(path), &a, &p, e) == 0 &&
	    tree_read(&t, &a, text, e) == 0) {
		found = json_path_text(&p, &at);
		rc = found.n > 0 && found.n < sizeof(number) ? 0 :
		    err_set(e, ERR_PROTO, "no number at '%s', which is to be the first",
		    path);
		if (rc == 0) {
			memcpy(number, found.p, found.n);
			buf_reset(room);
			buf_add(room, number, found.n);
			*out = buf_view(room);
		}
	}
	tree_free(&t);
	arena_free(&a);
	return rc;
}
