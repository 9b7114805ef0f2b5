/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/cut.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "stix/cut_state.h"
#include "stix/scan_block.h"
#include "stix/split_state.h"

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
	c->result = 0;
	c->before = c->records = c->documents = 0;
	c->keeping = NULL;
	c->mark = 0;
}

uint64_t
cut_offset(const struct cut *c, const char *p)
{
	return c->before + (uint64_t)(p - c->chunk);
}

const char *
cut_fail(struct cut *c, int code, uint64_t offset, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	c->result = err_set(c->e, code, "offset %" PRIu64 ": %s", offset, what);
	return NULL;
}

const char *
cut_fail_byte(struct cut *c, const char *p, const char *what)
{
	return cut_fail(c, ERR_SYNTAX, cut_offset(c, p), "'%c' (0x%02x) %s",
	    *p, (unsigned char)*p, what);
}

const char *
cut_fail_memory(struct cut *c)
{
	c->result = err_set(c->e, ERR_MEMORY,
	    "no memory left for the JSON at offset %" PRIu64, c->before);
	return NULL;
}

const char *
cut_go_on(struct cut *c, int rc, const char *p)
{
	c->result = rc;
	return rc == 0 ? p : NULL;
}

const char *
cut_quote(struct cut *c, const char *p)
{
	while (p < c->end) {
		if (c->escaped) {
			c->escaped = false;
			p++;
			continue;
		}
		p = scan_plain_end(p, c->end);
		if (p == c->end)
			break;
		if (*p == '"')
			return p;
		c->escaped = *p == '\\';
		p++;
	}
	return NULL;
}

const char *
cut_document_done(struct cut *c, struct slice skeleton, const char *p)
{
	c->state = CUT_AT_DOCUMENT;
	c->documents++;
	return cut_go_on(c, c->ops->on_document(c->ctx, skeleton, c->found),
	    p);
}

static const char *
step_start(struct cut *c, const char *p)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (*p == mark[c->mark]) {
		if (++c->mark == sizeof(mark) - 1)
			c->state = CUT_AT_DOCUMENT;
		return p + 1;
	}
	if (c->mark != 0)
		return cut_fail_byte(c, p, "inside a byte order mark");
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
		return cut_fail_byte(c, p, kind == CUT_MAP ? "where the object "
		    "of the records should be" : "where the array of the "
		    "records should be");
	c->around = *p == '{' ? AROUND_MAP : AROUND_ARRAY;
	c->state = *p == '{' ? CUT_AT_NAME : CUT_AT_FIRST;
	return p + 1;
}

static const char *
step_document(struct cut *c, const char *p)
{
	p = split_spaces(p, c->end);
	if (p == c->end)
		return p;
	if (*p != '{' && *p != '[')
		return cut_fail_byte(c, p,
		    "where a JSON object or array should be");
	c->start = cut_offset(c, p);
	c->level = 0;
	c->named = c->valued = c->have_word = c->found = c->bare = false;
	if (c->where->n == 0)
		return bare_document(c, p);
	if (*p == '[')
		return cut_fail(c, ERR_SYNTAX, c->start, "an array where an "
		    "object with the member '%.*s' should be",
		    SLICE_ARG(c->where->members[0]));
	keep_begin(&c->skeleton, p);
	c->keeping = &c->skeleton;
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

	while (p < c->end) {
		p = steps[c->state](c, p);
		if (p == NULL)
			return c->result;
	}
	if (c->keeping != NULL && keep_take(c->keeping, c->end) != 0) {
		(void)cut_fail_memory(c);
		return c->result;
	}
	if (c->keeping == &c->skeleton && c->skeleton.n > LIMIT_SKELETON) {
		(void)cut_fail(c, ERR_LIMIT, c->start, "more than %u bytes "
		    "around the records: is the path to them right?",
		    LIMIT_SKELETON);
		return c->result;
	}
	return 0;
}

int
cut_feed(struct cut *c, const char *p, size_t n, struct err *e)
{
	int rc;

	c->e = e;
	if (c->state == CUT_STOPPED) {
		(void)err_set(e, ERR_INTERNAL,
		    "more input after the end of a feed that was stopped");
		return c->result;
	}
	if (n == 0)
		return 0;
	c->chunk = p;
	c->end = p + n;
	if (c->keeping != NULL)
		keep_resume(c->keeping, p);
	rc = run(c, p);
	c->before += n;
	c->chunk = c->end = NULL;
	c->e = NULL;
	if (rc != 0) {
		c->state = CUT_STOPPED;
		c->keeping = NULL;
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
	c->result = -1;
	if (state == CUT_STOPPED)
		return err_set(e, ERR_SYNTAX,
		    "the input was not read to its end");
	if (state <= CUT_AT_DOCUMENT)
		return err_set(e, ERR_SYNTAX,
		    "no JSON in %" PRIu64 " bytes of input", c->before);
	return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes, "
	    "behind %" PRIu64 " records", c->before, c->records);
}
