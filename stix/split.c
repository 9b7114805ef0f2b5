/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/split.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "stix/scan_block.h"
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
	s->result = 0;
	s->before = s->objects = s->documents = 0;
	s->keeping = NULL;
	s->mark = 0;
}

uint64_t
split_offset(const struct split *s, const char *p)
{
	return s->before + (uint64_t)(p - s->chunk);
}

const char *
split_fail(struct split *s, int code, uint64_t offset, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	s->result = err_set(s->e, code, "offset %" PRIu64 ": %s", offset, what);
	return NULL;
}

const char *
split_fail_memory(struct split *s)
{
	s->result = err_set(s->e, ERR_MEMORY,
	    "no memory left for the JSON at offset %" PRIu64, s->before);
	return NULL;
}

const char *
split_spaces(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

const char *
split_go_on(struct split *s, int rc, const char *p)
{
	s->result = rc;
	return rc == 0 ? p : NULL;
}

const char *
split_fail_byte(struct split *s, const char *p, const char *what)
{
	return split_fail(s, ERR_SYNTAX, split_offset(s, p),
	    "'%c' (0x%02x) %s", *p, (unsigned char)*p, what);
}

const char *
split_quote(struct split *s, const char *p)
{
	while (p < s->end) {
		if (s->escaped) {
			s->escaped = false;
			p++;
			continue;
		}
		p = scan_plain_end(p, s->end);
		if (p == s->end)
			break;
		if (*p == '"')
			return p;
		s->escaped = *p == '\\';
		p++;
	}
	return NULL;
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
		rc = s->ops->on_bad(s->ctx, reason, text, offset);
	} else {
		s->objects++;
		s->doc.objects++;
		rc = s->ops->on_object(s->ctx, text, offset);
	}
	return split_go_on(s, rc, p);
}

const char *
split_document_done(struct split *s, json_t *skeleton, const char *p)
{
	int rc;

	s->state = AT_DOCUMENT;
	s->documents++;
	rc = s->ops->on_document(s->ctx, skeleton, s->doc.objects);
	return split_go_on(s, rc, p);
}

static const char *
step_start(struct split *s, const char *p)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (*p == mark[s->mark]) {
		if (++s->mark == sizeof(mark) - 1)
			s->state = AT_DOCUMENT;
		return p + 1;
	}
	if (s->mark != 0)
		return split_fail_byte(s, p, "inside a byte order mark");
	s->state = AT_DOCUMENT;
	return p;
}

static const char *
step_document(struct split *s, const char *p)
{
	p = split_spaces(p, s->end);
	if (p == s->end)
		return p;
	if (*p != '{' && *p != '[')
		return split_fail_byte(s, p,
		    "where a JSON object or array should be");
	s->doc = (struct document){
		.start = split_offset(s, p), .deepest = 1, .is_array = *p == '['
	};
	if (s->doc.is_array) {
		s->state = AT_FIRST;
	} else {
		keep_begin(&s->skeleton, p);
		s->keeping = &s->skeleton;
		s->state = IN_WRAPPER;
	}
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

	while (p < s->end) {
		p = steps[s->state](s, p);
		if (p == NULL)
			return s->result;
	}
	if (s->keeping == NULL)
		return 0;
	if (keep_take(s->keeping, s->end) != 0) {
		(void)split_fail_memory(s);
		return s->result;
	}
	/* Behind the objects nothing but the skeleton can follow. */
	if (s->doc.has_array && s->keeping == &s->skeleton &&
	    s->skeleton.n > LIMIT_SKELETON) {
		(void)split_fail_skeleton(s);
		return s->result;
	}
	return 0;
}

int
split_feed(struct split *s, const char *p, size_t n, struct err *e)
{
	int rc;

	s->e = e;
	if (s->state == STOPPED) {
		(void)err_set(e, ERR_INTERNAL,
		    "more input after the end of a feed that was stopped");
		return s->result;
	}
	if (n == 0)
		return 0;
	s->chunk = p;
	s->end = p + n;
	if (s->keeping != NULL)
		keep_resume(s->keeping, p);
	rc = run(s, p);
	s->before += n;
	s->chunk = s->end = NULL;
	s->e = NULL;
	if (rc != 0) {
		s->state = STOPPED;
		s->keeping = NULL;
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
	s->result = -1;
	if (state <= AT_DOCUMENT)
		return err_set(e, ERR_SYNTAX,
		    "no JSON in %" PRIu64 " bytes of input", s->before);
	if (state >= IN_ITEM)
		return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes,"
		    " inside object %" PRIu64, s->before, s->objects + 1);
	if (state >= AT_FIRST)
		where = "among the objects";
	return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes, %s "
	    "(%" PRIu64 " objects read)", s->before, where, s->objects);
}

uint64_t
split_bytes(const struct split *s)
{
	return s->before;
}

uint64_t
split_objects(const struct split *s)
{
	return s->objects;
}
