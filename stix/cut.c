/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/cut.h"

#include <inttypes.h>
#include <stdlib.h>

#include "stix/cut_state.h"

struct cut *
cut_new(const struct cut_where *w, const struct cut_ops *ops, void *ctx)
{
	struct cut *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->where = w;
	c->ops = ops;
	c->ctx = ctx;
	keep_init(&c->skeleton);
	keep_init(&c->item);
	keep_init(&c->name);
	cut_reset(c);
	return c;
}

void
cut_free(struct cut *c)
{
	if (c == NULL)
		return;
	keep_free(&c->skeleton);
	keep_free(&c->item);
	keep_free(&c->name);
	free(c);
}

void
cut_reset(struct cut *c)
{
	c->state = CUT_AT_START;
	stream_reset(&c->in);
	c->records = c->documents = 0;
}

const char *
cut_document_done(struct cut *c, struct slice skeleton, const char *p)
{
	c->state = CUT_AT_DOCUMENT;
	c->documents++;
	return stream_go_on(&c->in,
	    c->ops->on_document(c->ctx, skeleton, c->found), p);
}

static const char *
step_start(struct cut *c, const char *p)
{
	bool over = false;

	p = stream_mark(&c->in, p, &over);
	if (over)
		c->state = CUT_AT_DOCUMENT;
	return p;
}

/* A document that holds its records at once, or is one. */
static const char *
bare_document(struct cut *c, const char *p)
{
	enum cut_kind kind = c->where->kind;

	c->bare = c->found = true;
	if (kind == CUT_AUTO ? *p == '{' : false) {
		c->around = AROUND_NOTHING;
		return cut_begin_item(c, p);
	}
	if ((*p == '{') != (kind == CUT_MAP))
		return stream_fail_byte(&c->in, p, kind == CUT_MAP ? "where the object "
		    "of the records should be" : "where the array of the "
		    "records should be");
	c->around = *p == '{' ? AROUND_MAP : AROUND_ARRAY;
	c->state = *p == '{' ? CUT_AT_NAME : CUT_AT_FIRST;
	return p + 1;
}

static const char *
step_document(struct cut *c, const char *p)
{
	p = stream_spaces(p, c->in.end);
	if (p == c->in.end)
		return p;
	if (*p != '{' && *p != '[')
		return stream_fail_byte(&c->in, p,
		    "where a JSON object or array should be");
	c->start = stream_offset(&c->in, p);
	c->level = 0;
	c->named = c->valued = c->have_word = c->found = c->bare = false;
	if (c->where->n == 0)
		return bare_document(c, p);
	if (*p == '[')
		return stream_fail(&c->in, ERR_SYNTAX, c->start, "an array where an "
		    "object with the member '%.*s' should be",
		    SLICE_ARG(c->where->members[0]));
	keep_begin(&c->skeleton, p);
	c->in.keeping = &c->skeleton;
	c->state = CUT_IN_WRAPPER;
	return p + 1;
}

static int
run(struct cut *c, const char *p)
{
	static const char *(*const steps[CUT_STATES])(struct cut *,
	    const char *) = {
		[CUT_AT_START] = step_start,
		[CUT_AT_DOCUMENT] = step_document,
		[CUT_IN_WRAPPER] = cut_step_wrapper,
		[CUT_IN_STRING] = cut_step_string,
		[CUT_IN_NESTED] = cut_step_nested,
		[CUT_AT_FIRST] = cut_step_item,
		[CUT_AT_ITEM] = cut_step_item,
		[CUT_AFTER_ITEM] = cut_step_after,
		[CUT_AT_NAME] = cut_step_name,
		[CUT_AT_NAME_NEXT] = cut_step_name,
		[CUT_IN_NAME] = cut_step_in_name,
		[CUT_AT_COLON] = cut_step_colon,
		[CUT_AT_VALUE] = cut_step_item,
		[CUT_IN_ITEM] = cut_step_in_item,
		[CUT_IN_TEXT] = cut_step_in_text,
		[CUT_IN_WORD] = cut_step_in_word,
	};

	while (p < c->in.end) {
		p = steps[c->state](c, p);
		if (p == NULL)
			return c->in.result;
	}
	if (c->in.keeping != NULL && keep_take(c->in.keeping, c->in.end) != 0) {
		(void)stream_fail_memory(&c->in);
		return c->in.result;
	}
	if (c->in.keeping == &c->skeleton && c->skeleton.n > LIMIT_SKELETON) {
		(void)stream_fail(&c->in, ERR_LIMIT, c->start, "more than %u bytes "
		    "around the records: is the path to them right?",
		    LIMIT_SKELETON);
		return c->in.result;
	}
	return 0;
}

int
cut_feed(struct cut *c, const char *p, size_t n, struct err *e)
{
	int rc;

	if (c->state == CUT_STOPPED)
		return stream_stopped(&c->in, e);
	if (n == 0)
		return 0;
	stream_enter(&c->in, p, n, e);
	rc = run(c, p);
	stream_leave(&c->in);
	if (rc != 0) {
		c->state = CUT_STOPPED;
		c->in.keeping = NULL;
	}
	return rc;
}

int
cut_finish(struct cut *c, struct err *e)
{
	enum cut_state state = c->state;

	if (state == CUT_AT_DOCUMENT && c->documents > 0)
		return 0;
	c->state = CUT_STOPPED;
	c->in.result = -1;
	if (state == CUT_STOPPED)
		return err_set(e, ERR_SYNTAX,
		    "the input was not read to its end");
	if (state <= CUT_AT_DOCUMENT)
		return err_set(e, ERR_SYNTAX,
		    "no JSON in %" PRIu64 " bytes of input", c->in.before);
	return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes, "
	    "behind %" PRIu64 " records", c->in.before, c->records);
}
