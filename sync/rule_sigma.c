/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sigma: documents of YAML, each a rule.  A document with an `action` begins a
 * collection, which is one rule with all that follows.
 *
 * YAML lets no scalar hold a line that begins with "---", so documents are cut
 * by lines; libyaml reads each of them as events, so that an alias costs nothing.
 */
#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "sync/map_field.h"
#include "sync/rule_int.h"

struct reading {
	struct rule_cut *c;
	yaml_parser_t p;
	const char *why;     /* it is no rule */
	char problem[128];
	unsigned depth;      /* of collections; 1: the rule's own mapping */
	struct slice key;    /* of the rule's own mapping, in the arena */
	bool value;          /* the next node belongs to `key` */
	bool detects;
	struct slice sub;    /* the same, one mapping deeper */
	bool sub_value;
};

static void
take_scalar(struct reading *r, struct slice key, struct slice text)
{
	struct rule_cut *c = r->c;

	if (slice_is(key, "id") && rule_has(c, "id").n == 0)
		rule_add(c, "id", text);
	else if (slice_is(key, "title") && rule_has(c, "name").n == 0)
		rule_add(c, "name", text);
	else if (slice_is(key, "status"))
		rule_add(c, "status", text);
	else if (slice_is(key, "date"))
		rule_add_date(c, "created", text);
	else if (slice_is(key, "modified"))
		rule_add_date(c, "modified", text);
	if (slice_is(key, "level")) {
		rule_add(c, "level", text);
		rule_add_confidence(c, text);
	}
	rule_add_meta(c, key, text);
}

/* A scalar, or the beginning of what is not one, below the rule's mapping. */
static void
own_node(struct reading *r, struct slice text, bool scalar)
{
	if (!r->value) {
		r->key = scalar ? arena_slice(&r->c->arena, text) :
		    SLICE("");
		r->value = true;
		return;
	}
	r->value = false;
	if (slice_is(r->key, "detection") || slice_is(r->key, "correlation") ||
	    slice_is(r->key, "filter"))
		r->detects |= !scalar;
	else if (slice_is(r->key, "action"))
		r->c->sigma.collection = true;
	if (scalar)
		take_scalar(r, r->key, text);
}

static void
on_scalar(struct reading *r, struct slice text)
{
	if (r->depth == 1) {
		own_node(r, text, true);
	} else if (r->depth == 2 && slice_is(r->key, "tags")) {
		rule_add(r->c, "labels", text);
	} else if (r->depth == 2 && slice_is(r->key, "logsource")) {
		if (r->sub_value)
			rule_add_meta(r->c, r->sub, text);
		else
			r->sub = arena_slice(&r->c->arena, text);
		r->sub_value = !r->sub_value;
	}
}

static void
on_begin(struct reading *r, bool mapping)
{
	if (r->depth == 0 && !mapping)
		r->why = "it is no mapping";
	if (r->depth == 1)
		own_node(r, SLICE_NONE, false);
	r->sub_value = false;
	if (++r->depth > LIMIT_DEPTH)
		r->why = "it is nested too deeply";
}

static void
on_event(struct reading *r, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		on_scalar(r, (struct slice){
		    (const char *)ev->data.scalar.value,
		    ev->data.scalar.length});
		break;
	case YAML_ALIAS_EVENT:
		on_scalar(r, SLICE(""));
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		on_begin(r, ev->type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		break;
	case YAML_DOCUMENT_START_EVENT:
		r->value = false;
		break;
	default:
		break;
	}
}

static void
read_events(struct reading *r, struct slice text)
{
	yaml_event_t ev;
	bool over = false;

	yaml_parser_set_encoding(&r->p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->p, (const unsigned char *)text.p,
	    text.n);
	while (!over && r->why == NULL) {
		if (!yaml_parser_parse(&r->p, &ev)) {
			snprintf(r->problem, sizeof(r->problem), "it is no "
			    "YAML: %s", r->p.problem != NULL ? r->p.problem :
			    "out of memory");
			r->why = r->problem;
			return;
		}
		over = ev.type == YAML_STREAM_END_EVENT;
		on_event(r, &ev);
		yaml_event_delete(&ev);
	}
}

static bool
is_blank(struct slice text)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (line.n > 0 && line.p[0] != '#' && !slice_is(line, "---"))
			return false;
	}
	return true;
}

static const char *
what_is_wrong(const struct reading *r)
{
	const struct rule_cut *c = r->c;

	if (r->why != NULL)
		return r->why;
	if (!r->detects)
		return "it has no detection";
	return rule_has(c, "id").n == 0 && rule_has(c, "name").n == 0 ?
	    "it has neither an id nor a title" : NULL;
}

/* The document in c->text, with what its collection had before. */
static int
take_document(struct rule_cut *c, bool last, struct err *e)
{
	struct reading r = {.c = c};
	struct slice status;
	const char *why;

	if (is_blank(buf_view(&c->text)) && buf_ok(&c->text)) {
		rule_clear(c);
		return 0;
	}
	if (!buf_ok(&c->text))
		return last || !c->sigma.collection ? rule_refuse(c,
		    "it is longer than a rule may be", e) : 0;
	if (!yaml_parser_initialize(&r.p))
		return err_set(e, ERR_MEMORY, "out of memory");
	read_events(&r, buf_view(&c->text));
	yaml_parser_delete(&r.p);
	if (c->sigma.collection && !last && r.why == NULL) {
		c->nfields = 0; /* read again with what follows */
		arena_reset(&c->arena);
		buf_str(&c->text, "---\n");
		return 0;
	}
	c->sigma.collection = false;
	why = what_is_wrong(&r);
	if (why != NULL)
		return rule_refuse(c, why, e);
	status = rule_has(c, "status");
	return rule_emit(c, 0, slice_is(status, "deprecated") ||
	    slice_is(status, "unsupported"), e);
}

static int
sigma_line(struct rule_cut *c, struct slice line, uint64_t offset,
    struct err *e)
{
	struct slice mark = slice_trim(line);

	if (slice_starts(line, SLICE("---")) || slice_is(mark, "...")) {
		if (mark.n == 3 || line.p[3] == ' ' || line.p[3] == '\t')
			return take_document(c, false, e);
	}
	if (c->text.n == 0)
		c->offset = offset;
	buf_slice(&c->text, line);
	buf_char(&c->text, '\n');
	return 0;
}

static int
sigma_end(struct rule_cut *c, struct err *e)
{
	return take_document(c, true, e);
}

const struct rule_ops rule_sigma = {sigma_line, sigma_end};
