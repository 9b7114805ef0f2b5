/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"
#include "base/limits.h"
#include "stix/scan.h"
#include "stix/split_state.h"

/* A bare array of objects ends before p. */
static const char *
array_done(struct split *s, const char *p)
{
	json_t *skeleton = json_array();

	if (skeleton == NULL)
		return stream_fail_memory(&s->in);
	p = split_document_done(s, skeleton, p);
	json_decref(skeleton);
	return p;
}

/* The "]" of the objects, at p. */
static const char *
objects_done(struct split *s, const char *p)
{
	if (s->doc.is_array)
		return array_done(s, p + 1);
	s->doc.resume = stream_offset(&s->in, p);
	keep_resume(&s->skeleton, p);
	s->in.keeping = &s->skeleton;
	s->state = IN_WRAPPER;
	return p + 1;
}

const char *
split_step_item(struct split *s, const char *p)
{
	p = stream_spaces(p, s->in.end);
	if (p == s->in.end)
		return p;
	if (*p == ']' && s->state == AT_FIRST)
		return objects_done(s, p);
	if (*p == ']' || *p == '}' || *p == ',' || *p == ':')
		return stream_fail_byte(&s->in, p, "where an object should be");
	if (*p == '{' && s->doc.is_array)
		return split_wrapper(s, p);
	s->item_start = stream_offset(&s->in, p);
	keep_begin(&s->item, p);
	s->in.keeping = &s->item;
	scan_nest_init(&s->nest);
	if (*p == '{' || *p == '[') {
		s->state = IN_ITEM;
		return p;
	}
	s->in.escaped = false;
	s->state = *p == '"' ? IN_TEXT : IN_WORD;
	return p + 1;
}

/* What cannot be an object must be valid all the same: the document is not
 * accepted otherwise, and nobody else looks at these bytes. */
static int
check_item(struct split *s, struct slice text)
{
	struct arena a;
	struct err e = ERR_INIT;
	int rc;

	arena_init(&a, (size_t)LIMIT_OBJECT * 4);
	rc = scan_check(&a, text, &e);
	if (rc != 0)
		(void)stream_fail(&s->in, e.code, s->item_start, "%s", e.text);
	arena_free(&a);
	return rc;
}

/* An item ends before p. */
static const char *
item_done(struct split *s, const char *p)
{
	struct slice text;
	int rc = keep_end(&s->item, p, &text);

	s->in.keeping = NULL;
	s->state = AFTER_ITEM;
	if (rc < 0)
		return stream_fail_memory(&s->in);
	if (CC_UNLIKELY(text.p[0] != '{') && rc == 0 &&
	    s->nest.deepest <= LIMIT_DEPTH && check_item(s, text) != 0)
		return NULL;
	return split_give_object(s, text, rc == 1, s->nest.deepest,
	    s->item_start, p);
}

const char *
split_step_in_item(struct split *s, const char *p)
{
	p = scan_nest_end(&s->nest, p, s->in.end);
	return p != NULL ? item_done(s, p) : s->in.end;
}

const char *
split_step_in_text(struct split *s, const char *p)
{
	p = stream_quote(&s->in, p);
	return p != NULL ? item_done(s, p + 1) : s->in.end;
}

const char *
split_step_in_word(struct split *s, const char *p)
{
	while (p < s->in.end && strchr(" \t\r\n,:\"[]{}", *p) == NULL)
		p++;
	return p < s->in.end ? item_done(s, p) : p;
}

const char *
split_step_after(struct split *s, const char *p)
{
	p = stream_spaces(p, s->in.end);
	if (p == s->in.end)
		return p;
	if (*p == ',') {
		s->state = AT_ITEM;
		return p + 1;
	}
	if (*p == ']')
		return objects_done(s, p);
	return stream_fail_byte(&s->in, p, "where ',' or ']' should be");
}
