/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/split.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/limits.h"
#include "stix/split_state.h"

struct split *
split_new(const struct split_ops *ops, void *ctx)
{
	struct split *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ops = ops;
	s->ctx = ctx;
	keep_init(&s->skeleton);
	keep_init(&s->item);
	split_reset(s);
	return s;
}

void
split_free(struct split *s)
{
	if (s == NULL)
		return;
	keep_free(&s->skeleton);
	keep_free(&s->item);
	free(s);
}

void
split_reset(struct split *s)
{
	s->state = AT_START;
	stream_reset(&s->in);
	s->objects = s->documents = 0;
}

const char *
split_give_object(struct split *s, struct slice text, bool large,
    uint64_t deepest, uint64_t offset, const char *p)
{
	const char *reason = NULL;
	int rc;

	if (large)
		reason = "too-large";
	else if (deepest > LIMIT_DEPTH)
		reason = "too-deep";
	else if (text.p[0] != '{')
		reason = "not-an-object";
	if (reason != NULL) {
		if (text.n > KEEP_HEAD)
			text.n = KEEP_HEAD;
		rc = s->ops->on_bad == NULL ? 0 :
		    s->ops->on_bad(s->ctx, reason, text, offset);
	} else {
		s->objects++;
		s->doc.objects++;
		rc = s->ops->on_object(s->ctx, text, offset);
	}
	return stream_go_on(&s->in, rc, p);
}

const char *
split_document_done(struct split *s, json_t *skeleton, const char *p)
{
	int rc;

	s->state = AT_DOCUMENT;
	s->documents++;
	rc = s->ops->on_document == NULL ? 0 :
	    s->ops->on_document(s->ctx, skeleton, s->doc.objects);
	return stream_go_on(&s->in, rc, p);
}

static const char *
step_start(struct split *s, const char *p)
{
	bool over = false;

	p = stream_mark(&s->in, p, &over);
	if (over)
		s->state = AT_DOCUMENT;
	return p;
}

static const char *
step_document(struct split *s, const char *p)
{
	p = stream_spaces(p, s->in.end);
	if (p == s->in.end)
		return p;
	if (*p != '{' && *p != '[')
		return stream_fail_byte(&s->in, p,
		    "where a JSON object or array should be");
	s->doc = (struct document){
		.start = stream_offset(&s->in, p), .deepest = 1, .is_array = *p == '['
	};
	if (!s->doc.is_array)
		return split_wrapper(s, p);
	s->state = AT_FIRST;
	return p + 1;
}

static int
run(struct split *s, const char *p)
{
	static const char *(*const steps[STATE_COUNT])(struct split *,
	    const char *) = {
		[AT_START] = step_start,
		[AT_DOCUMENT] = step_document,
		[IN_WRAPPER] = split_step_wrapper,
		[IN_STRING] = split_step_string,
		[IN_NESTED] = split_step_nested,
		[AT_FIRST] = split_step_item,
		[AT_ITEM] = split_step_item,
		[AFTER_ITEM] = split_step_after,
		[IN_ITEM] = split_step_in_item,
		[IN_TEXT] = split_step_in_text,
		[IN_WORD] = split_step_in_word
	};

	while (p < s->in.end) {
		p = steps[s->state](s, p);
		if (p == NULL)
			return s->in.result;
	}
	if (s->in.keeping == NULL)
		return 0;
	if (keep_take(s->in.keeping, s->in.end) != 0) {
		(void)stream_fail_memory(&s->in);
		return s->in.result;
	}
	/* Behind the objects nothing but the skeleton can follow. */
	if (s->doc.has_array && s->in.keeping == &s->skeleton &&
	    s->skeleton.n > LIMIT_SKELETON) {
		(void)split_fail_skeleton(s);
		return s->in.result;
	}
	return 0;
}

int
split_feed(struct split *s, const char *p, size_t n, struct err *e)
{
	int rc;

	if (s->state == STOPPED)
		return stream_stopped(&s->in, e);
	if (n == 0)
		return 0;
	stream_enter(&s->in, p, n, e);
	rc = run(s, p);
	stream_leave(&s->in);
	if (rc != 0) {
		s->state = STOPPED;
		s->in.keeping = NULL;
	}
	return rc;
}

int
split_finish(struct split *s, struct err *e)
{
	enum split_state state = s->state;
	const char *where = "inside the wrapper of the objects";

	if (state == AT_DOCUMENT && s->documents > 0)
		return 0;
	s->state = STOPPED;
	if (state == STOPPED)
		return err_set(e, ERR_SYNTAX,
		    "the input was not read to its end");
	s->in.result = -1;
	if (state <= AT_DOCUMENT)
		return err_set(e, ERR_SYNTAX,
		    "no JSON in %" PRIu64 " bytes of input", s->in.before);
	if (state >= IN_ITEM || (state < AT_FIRST && s->doc.in_array &&
	    !s->doc.has_array))
		return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes,"
		    " inside object %" PRIu64, s->in.before, s->objects + 1);
	if (state >= AT_FIRST)
		where = "among the objects";
	return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes, %s "
	    "(%" PRIu64 " objects read)", s->in.before, where, s->objects);
}

uint64_t
split_bytes(const struct split *s)
{
	return s->in.before;
}

uint64_t
split_objects(const struct split *s)
{
	return s->objects;
}
