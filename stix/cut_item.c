/* SPDX-License-Identifier: BSD-2-Clause */
/* The records: what stands between "[" and "]", or "{" and "}". */
#include "stix/cut_state.h"

const char *
cut_resume(struct cut *c, const char *p)
{
	keep_resume(&c->skeleton, p);
	c->in.keeping = &c->skeleton;
	c->state = CUT_IN_WRAPPER;
	c->valued = c->named = false;
	return p;
}

/* The "]" or "}" of the records, at p. */
static const char *
list_done(struct cut *c, const char *p)
{
	if (c->bare)
		return cut_document_done(c, SLICE_NONE, p + 1);
	return cut_resume(c, p) + 1;
}

/* A record begins at p. */
const char *
cut_begin_item(struct cut *c, const char *p)
{
	c->item_start = stream_offset(&c->in, p);
	keep_begin(&c->item, p);
	c->in.keeping = &c->item;
	scan_nest_init(&c->nest);
	if (*p == '{' || *p == '[') {
		c->state = CUT_IN_ITEM;
		return p;
	}
	c->in.escaped = false;
	c->state = *p == '"' ? CUT_IN_TEXT : CUT_IN_WORD;
	return p + 1;
}

const char *
cut_step_item(struct cut *c, const char *p)
{
	p = stream_spaces(p, c->in.end);
	if (p == c->in.end)
		return p;
	if (*p == ']' && c->state == CUT_AT_FIRST)
		return list_done(c, p);
	if (*p == ']' || *p == '}' || *p == ',' || *p == ':')
		return stream_fail_byte(&c->in, p, "where a record should be");
	return cut_begin_item(c, p);
}

/* Where it goes on behind a record. */
static const char *
item_after(struct cut *c, const char *p)
{
	switch (c->around) {
	case AROUND_NOTHING:
		return cut_document_done(c, SLICE_NONE, p);
	case AROUND_MEMBER:
		return cut_resume(c, p - 1) + 1;
	default:
		c->state = CUT_AFTER_ITEM;
		return p;
	}
}

/* A record ends before p. */
static const char *
item_done(struct cut *c, const char *p)
{
	struct slice text, name = SLICE_NONE;
	int rc = keep_end(&c->item, p, &text);

	c->in.keeping = NULL;
	if (rc < 0)
		return stream_fail_memory(&c->in);
	if (c->around == AROUND_MAP)
		name = buf_view(&c->name.buf);
	if (rc == 1 || c->nest.deepest > LIMIT_DEPTH) {
		if (text.n > KEEP_HEAD)
			text.n = KEEP_HEAD;
		rc = c->ops->on_bad(c->ctx, rc == 1 ? "too-large" : "too-deep",
		    text, c->item_start);
	} else {
		c->records++;
		rc = c->ops->on_record(c->ctx, text, name, c->item_start);
	}
	return rc == 0 ? item_after(c, p) : stream_go_on(&c->in, rc, p);
}

const char *
cut_step_in_item(struct cut *c, const char *p)
{
	p = scan_nest_end(&c->nest, p, c->in.end);
	return p != NULL ? item_done(c, p) : c->in.end;
}

const char *
cut_step_in_text(struct cut *c, const char *p)
{
	p = stream_quote(&c->in, p);
	return p != NULL ? item_done(c, p + 1) : c->in.end;
}

const char *
cut_step_in_word(struct cut *c, const char *p)
{
	while (p < c->in.end && strchr(" \t\r\n,:\"[]{}", *p) == NULL)
		p++;
	return p < c->in.end ? item_done(c, p) : p;
}

const char *
cut_step_after(struct cut *c, const char *p)
{
	bool map = c->around == AROUND_MAP;

	p = stream_spaces(p, c->in.end);
	if (p == c->in.end)
		return p;
	if (*p == ',') {
		c->state = map ? CUT_AT_NAME_NEXT : CUT_AT_ITEM;
		return p + 1;
	}
	if (*p == (map ? '}' : ']'))
		return list_done(c, p);
	return stream_fail_byte(&c->in, p, map ? "where ',' or '}' should be" :
	    "where ',' or ']' should be");
}

/* --- the names of a map's entries ------------------------------------------ */

const char *
cut_step_name(struct cut *c, const char *p)
{
	p = stream_spaces(p, c->in.end);
	if (p == c->in.end)
		return p;
	if (*p == '}' && c->state == CUT_AT_NAME)
		return list_done(c, p);
	if (*p != '"')
		return stream_fail_byte(&c->in, p, "where a name should be");
	keep_begin(&c->name, p + 1);
	c->in.keeping = &c->name;
	c->in.escaped = false;
	c->state = CUT_IN_NAME;
	return p + 1;
}

const char *
cut_step_in_name(struct cut *c, const char *p)
{
	p = stream_quote(&c->in, p);
	if (p == NULL)
		return c->in.end;
	/* It is wanted behind this chunk, too. */
	if (keep_take(&c->name, p) != 0)
		return stream_fail_memory(&c->in);
	c->in.keeping = NULL;
	if (c->name.n > LIMIT_ROW)
		return stream_fail(&c->in, ERR_LIMIT,
		    stream_offset(&c->in, p), "a name of more than %u bytes",
		    LIMIT_ROW);
	c->state = CUT_AT_COLON;
	return p + 1;
}

const char *
cut_step_colon(struct cut *c, const char *p)
{
	p = stream_spaces(p, c->in.end);
	if (p == c->in.end)
		return p;
	if (*p != ':')
		return stream_fail_byte(&c->in, p, "where ':' should be");
	c->state = CUT_AT_VALUE;
	return p + 1;
}
