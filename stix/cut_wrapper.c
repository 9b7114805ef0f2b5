/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands around the records.  That its tokens make sense together is for
 * the reader of the skeleton to say; here they need only be told apart if they
 * do. */
#include "stix/cut_state.h"
#include "stix/scan_escape.h"

/* Is the word the next name on the way? */
static bool
word_fits(const struct cut *c)
{
	char text[CUT_WORD];
	int64_t n;

	if (c->word_n > CUT_WORD || c->level >= c->where->n)
		return false;
	n = scan_unescape((struct slice){c->word, c->word_n}, text);
	return n >= 0 && slice_eq((struct slice){text, (size_t)n},
	    c->where->members[c->level]);
}

/* Keep n more bytes of a name. */
static void
word_add(struct cut *c, const char *p, size_t n)
{
	if (c->valued || c->word_n > CUT_WORD || n == 0)
		return;
	if (n > CUT_WORD - c->word_n) {
		c->word_n = CUT_WORD + 1;
		return;
	}
	memcpy(c->word + c->word_n, p, n);
	c->word_n += n;
}

const char *
cut_step_string(struct cut *c, const char *p)
{
	const char *quote = stream_quote(&c->in, p);

	word_add(c, p, (size_t)((quote != NULL ? quote : c->in.end) - p));
	if (quote == NULL)
		return c->in.end;
	c->have_word = !c->valued;
	c->state = CUT_IN_WRAPPER;
	return quote + 1;
}

const char *
cut_step_nested(struct cut *c, const char *p)
{
	p = scan_nest_end(&c->nest, p, c->in.end);
	if (p == NULL)
		return c->in.end;
	c->state = CUT_IN_WRAPPER;
	c->valued = false;
	return p;
}

/* The records begin at p, "[" or "{": the skeleton pauses behind it. */
static const char *
records_begin(struct cut *c, const char *p)
{
	enum cut_kind kind = c->where->kind;

	if (kind != CUT_AUTO && (*p == '{') != (kind == CUT_MAP))
		return stream_fail(&c->in, ERR_SYNTAX,
		    stream_offset(&c->in, p), "the member '%.*s' is %s",
		    SLICE_ARG(c->where->members[c->level]),
		    *p == '{' ? "an object where an array should be" :
		    "an array where an object should be");
	if (keep_take(&c->skeleton, p + 1) != 0)
		return stream_fail_memory(&c->in);
	c->in.keeping = NULL;
	c->found = true;
	if (kind == CUT_AUTO && *p == '{') {
		c->around = AROUND_MEMBER;
		return cut_begin_item(c, p);
	}
	c->around = *p == '{' ? AROUND_MAP : AROUND_ARRAY;
	c->state = *p == '{' ? CUT_AT_NAME : CUT_AT_FIRST;
	return p + 1;
}

static const char *
wrapper_bracket(struct cut *c, const char *p)
{
	bool last = c->level + 1 == c->where->n;

	if (c->named && !c->found && last)
		return records_begin(c, p);
	if (c->named && !c->found && *p == '{') {
		c->level++;
		c->named = c->valued = c->have_word = false;
		return p + 1;
	}
	c->named = false;
	scan_nest_init(&c->nest);
	c->state = CUT_IN_NESTED;
	return cut_step_nested(c, p);
}

static const char *
wrapper_close(struct cut *c, const char *p)
{
	struct slice text;
	int rc;

	c->valued = c->named = c->have_word = false;
	if (c->level > 0) {
		c->level--;
		return p + 1;
	}
	rc = keep_end(&c->skeleton, p + 1, &text);
	c->in.keeping = NULL;
	if (rc < 0)
		return stream_fail_memory(&c->in);
	if (rc == 1 || text.n > LIMIT_SKELETON)
		return stream_fail(&c->in, ERR_LIMIT, c->start, "more than %u bytes "
		    "around the records: is the path to them right?",
		    LIMIT_SKELETON);
	return cut_document_done(c, text, p + 1);
}

/* A byte of a number or literal in the place of the records: only null may
 * stand there. */
static const char *
wrapper_word(struct cut *c, const char *p)
{
	if (c->named && !c->found && c->level + 1 == c->where->n) {
		if (*p != 'n')
			return stream_fail_byte(&c->in, p, "in the place of the "
			    "records");
		c->found = true;
	}
	c->named = false;
	return p + 1;
}

static const char *
wrapper_text(struct cut *c, const char *p)
{
	if (c->valued && c->named && !c->found &&
	    c->level + 1 == c->where->n)
		return stream_fail_byte(&c->in, p, "in the place of the records");
	c->state = CUT_IN_STRING;
	c->in.escaped = false;
	c->word_n = 0;
	return cut_step_string(c, p + 1);
}

const char *
cut_step_wrapper(struct cut *c, const char *p)
{
	p = stream_spaces(p, c->in.end);
	if (p == c->in.end)
		return p;
	switch (*p) {
	case '"':
		return wrapper_text(c, p);
	case ':':
		c->named = c->have_word && word_fits(c);
		c->have_word = false;
		c->valued = true;
		return p + 1;
	case ',':
		c->valued = c->named = c->have_word = false;
		return p + 1;
	case '{':
	case '[':
		return wrapper_bracket(c, p);
	case '}':
		return wrapper_close(c, p);
	case ']':
		return stream_fail_byte(&c->in, p, "without its '['");
	default:
		return wrapper_word(c, p);
	}
}
