/* SPDX-License-Identifier: BSD-2-Clause */
/* The records: what stands between "[" and "]", or "{" and "}". */
#include "stix/cut_state.h"
#include "stix/split_state.h"

const char *
cut_resume(struct cut *c, const char *p)
{
	keep_resume(&c->skeleton, p);
	c->keeping = &c->skeleton;
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
	c->item_start = cut_offset(c, p);
	keep_begin(&c->item, p);
	c->keeping = &c->item;
	scan_nest_init(&c->nest);
	if (*p == '{' || *p == '[') {
		c->state = CUT_IN_ITEM;
		return p;
	}
	c->escaped = false;
	c->state = *p == '"' ? CUT_IN_TEXT : CUT_IN_WORD;
	return p + 1;
}

const char *
cut_step_item(struct cut *c, const char *p)
{
	p = split_spaces(p, c->end);
	if (p == c->end)
		return p;
	if (*p == ']' && c->state == CUT_AT_FIRST)
		return list_done(c, p);
	if (*p == ']' || *p == '}' || *p == ',' || *p == ':')
		return cut_fail_byte(c, p, "where a record should be");
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

	c->keeping = NULL;
	if (rc < 0)
		return cut_fail_memory(c);
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
	return rc == 0 ? item_after(c, p) : cut_go_on(c, rc, p);
}

const char *
cut_step_in_item(struct cut *c, const char *p)
{
	p = scan_nest_end(&c->nest, p, c->end);
	return p != NULL ? item_done(c, p) : c->end;
}

const char *
cut_step_in_text(struct cut *c, const char *p)
{
	p = cut_quote(c, p);
	return p != NULL ? item_done(c, p + 1) : c->end;
}

const char *
cut_step_in_word(struct cut *c, const char *p)
{
	while (p < c->end && strchr(" \t\r\n,:\"[]{}", *p) == NULL)
		p++;
	return p < c->end ? item_done(c, p) : p;
}

const char *
cut_step_after(struct cut *c, const char *p)
{
	bool map = c->around == AROUND_MAP;

	p = split_spaces(p, c->end);
	if (p == c->end)
		return p;
	if (*p == ',') {
		c->state = map ? CUT_AT_NAME_NEXT : CUT_AT_ITEM;
		return p + 1;
	}
	if (*p == (map ? '}' : ']'))
		return list_done(c, p);
	return cut_fail_byte(c, p, map ? "where ',' or '}' should be" :
	    "where ',' or ']' should be");
}

/* --- the names of a map's entries ------------------------------------------ */

const char *
cut_step_name(struct cut *c, const char *p)
{
	p = split_spaces(p, c->end);
	if (p == c->end)
		return p;
	if (*p == '}' && c->state == CUT_AT_NAME)
		return list_done(c, p);
	if (*p != '"')
		return cut_fail_byte(c, p, "where a name should be");
	keep_begin(&c->name, p + 1);
	c->keeping = &c->name;
	c->escaped = false;
	c->state = CUT_IN_NAME;
	return p + 1;
}

const char *
cut_step_in_name(struct cut *c, const char *p)
{
	p = cut_quote(c, p);
	if (p == NULL)
		return c->end;
	/* It is wanted behind this chunk, too. */
	if (keep_take(&c->name, p) != 0)
		return cut_fail_memory(c);
	c->keeping = NULL;
	if (c->name.n > LIMIT_ROW)
		return cut_fail(c, ERR_LIMIT, cut_offset(c, p), "a name of "
		    "more than %u bytes", LIMIT_ROW);
	c->state = CUT_AT_COLON;
	return p + 1;
}

const char *
cut_step_colon(struct cut *c, const char *p)
{
	p = split_spaces(p, c->end);
	if (p == c->end)
		return p;
	if (*p != ':')
		return cut_fail_byte(c, p, "where ':' should be");
	c->state = CUT_AT_VALUE;
	return p + 1;
}
