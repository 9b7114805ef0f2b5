/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/client_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "stix/split.h"
#include "sync/chain.h"
#include "sync/seen.h"

struct run {
	const struct walk *w;
	struct split *split;
	struct buf whole;      /* a document that is not split */
	struct seen seen;
	struct err *e;         /* of the page under way */
	bool stopped;          /* the caller wants no more */
	/* facts of the page under way */
	uint64_t objects, content;
	json_t *skeleton;
	struct chain chain;
};

/* --- one page ------------------------------------------------------------- */

static int
take_item(struct run *r, struct slice item)
{
	uint64_t digest = digest64(item.p, item.n, 0);

	r->objects++;
	r->content = digest64(&digest, sizeof(digest), r->content);
	if (seen_add(&r->seen, digest))
		return 0;
	if (r->w->item(r->w->ctx, item, r->e) == 0)
		return 0;
	r->stopped = true;
	return 1;
}

static int
on_object(void *ctx, struct slice object, uint64_t offset)
{
	(void)offset;
	return take_item(ctx, object);
}

/* What is no object is told from nothing else here. */
static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct run *r = ctx;

	(void)head;
	r->objects++;
	return taxii_note(r->w->talk, r->e, "an item at byte %llu is passed"
	    " over: %s", (unsigned long long)offset, reason) == 0 ? 0 : 1;
}

static int
on_document(void *ctx, json_t *skeleton, uint64_t objects)
{
	struct run *r = ctx;

	(void)objects;
	json_decref(r->skeleton);
	r->skeleton = json_incref(skeleton);
	return 0;
}

static const struct split_ops split_ops = {on_object, on_bad, on_document};

static int
take_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct run *r = ctx;

	if (r->w->member == NULL)
		return split_feed(r->split, p, n, e) == 0 ? 0 : -1;
	if (buf_add(&r->whole, p, n) == 0)
		return 0;
	return err_set(e, ERR_LIMIT, "the document is larger than the %u bytes"
	    " allowed", LIMIT_BODY_CONTROL);
}

static int
end_whole(struct run *r, struct err *e)
{
	json_t *list, *v;
	size_t i;

	r->skeleton = json_loadb(buf_view(&r->whole).p, r->whole.n, 0, NULL);
	if (!json_is_object(r->skeleton))
		return err_set(e, ERR_SYNTAX, "not a JSON object");
	list = json_object_get(r->skeleton, r->w->member);
	json_array_foreach(list, i, v) {
		struct slice s = slice_str(json_string_value(v));

		if (s.p != NULL && take_item(r, s) != 0)
			return -1;
	}
	return 0;
}

static void
begin_page(struct run *r, struct err *e)
{
	json_decref(r->skeleton);
	r->skeleton = NULL;
	r->objects = r->content = 0;
	r->e = e;
	split_reset(r->split);
	buf_reset(&r->whole);
}

static int
get_page(void *ctx, const struct taxii_ask *ask, struct taxii_got *got,
    struct err *e)
{
	struct run *r = ctx;
	struct taxii *talk = r->w->talk;
	const struct dialect_row *row = dialect_row(talk->dialect);
	struct http_reply *reply = &got->reply;
	struct http_get get = {
		.url = ask->url,
		.accept = r->w->objects ? row->stix : row->taxii,
		.range = ask->range,
		.max_body = r->w->member != NULL ? LIMIT_BODY_CONTROL :
		    LIMIT_BODY,
		.once = ask->once,
		.bytes = take_bytes,
		.ctx = r,
	};
	bool ours;
	int rc;

	begin_page(r, e);
	rc = http_fetch(talk->http, &get, reply, e);
	ours = rc == 0 || reply->failure == HTTP_FAIL_SINK;
	if (rc == 0 && reply->head->status != 200 &&
	    reply->head->status != 206)
		return http_status_err(reply, e);
	if (rc == 0)
		rc = r->w->member != NULL ? end_whole(r, e) :
		    split_finish(r->split, e) == 0 ? 0 : -1;
	got->garbled = rc != 0 && e->code == ERR_SYNTAX;
	got->lost = r->stopped;
	got->facts.objects = r->objects;
	got->facts.content = r->content;
	got->facts.skeleton = r->skeleton;
	if (rc != 0 && ours)
		err_context(e, "%s", reply->shown);
	if (rc == 0)
		taxii_agreed(talk, reply, r->skeleton);
	return rc;
}

int
walk_run(const struct walk *w, int64_t since, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (r == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	r->w = w;
	r->split = split_new(&split_ops, r);
	buf_init(&r->whole, LIMIT_BODY_CONTROL);
	if (r->split == NULL)
		rc = err_set(e, ERR_MEMORY, "out of memory");
	chain_init(&r->chain, w->talk, w->url, w->filters);
	r->chain.begin.since = since;
	r->chain.get = get_page;
	r->chain.ctx = r;
	if (rc == 0)
		rc = chain_run(&r->chain, e);
	if (rc != 0 && r->chain.missing)
		rc = 1;
	json_decref(r->skeleton);
	split_free(r->split);
	seen_free(&r->seen);
	buf_free(&r->whole);
	free(r);
	return rc;
}
