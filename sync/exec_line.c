/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of a program's output to a claim. */
#include <string.h>

#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "sync/map_field.h"
#include "sync/source_exec.h"

struct reading {
	struct tree *t;
	struct arena *a;
	unsigned options;
	struct exec_line *out;
	uint32_t node;           /* of the line */
	struct object_value *values;
	size_t n;
};

static const struct tree_node *
at(const struct reading *r, uint32_t i)
{
	return &r->t->nodes[i];
}

/* A reason; -1. */
static int
bad(struct reading *r, enum reject_reason why, struct slice text)
{
	r->out->kind = EXEC_REJECT;
	r->out->why = why;
	r->out->text = text;
	return -1;
}

/* ---- members --------------------------------------------------------------- */

static int
need(struct reading *r, uint32_t i, enum tree_kind kind)
{
	return at(r, i)->kind == kind ? 0 :
	    bad(r, REJECT_FIELD, at(r, i)->name);
}

static int
take_text(struct reading *r, uint32_t i, void *to)
{
	if (need(r, i, TREE_STRING) != 0)
		return -1;
	*(struct slice *)to = at(r, i)->text;
	return 0;
}

static int
take_bool(struct reading *r, uint32_t i, void *to)
{
	enum tree_kind kind = at(r, i)->kind;

	if (kind != TREE_TRUE && kind != TREE_FALSE)
		return bad(r, REJECT_FIELD, at(r, i)->name);
	*(bool *)to = kind == TREE_TRUE;
	return 0;
}

static int
take_time(struct reading *r, uint32_t i, void *to)
{
	if (at(r, i)->kind != TREE_STRING ||
	    tstamp_parse(at(r, i)->text, to) != 0)
		return bad(r, REJECT_BAD_TIME, at(r, i)->text);
	return 0;
}

static int
take_confidence(struct reading *r, uint32_t i, void *to)
{
	double n;

	if (at(r, i)->kind != TREE_NUMBER ||
	    field_number(at(r, i)->text, &n) != 0 || n < 0 || n > 100)
		return bad(r, REJECT_FIELD, at(r, i)->name);
	*(uint8_t *)to = (uint8_t)n;
	return 0;
}

static int
take_tlp(struct reading *r, uint32_t i, void *to)
{
	enum tlp tlp = tlp_parse(at(r, i)->text);

	if (at(r, i)->kind != TREE_STRING || tlp == TLP_UNKNOWN)
		return bad(r, REJECT_FIELD, at(r, i)->name);
	*(uint8_t *)to = (uint8_t)tlp;
	return 0;
}

static size_t
children(const struct reading *r, uint32_t i)
{
	size_t n = 0;

	for (i = at(r, i)->first; i != 0; i = at(r, i)->next)
		n++;
	return n;
}

static int
take_list(struct reading *r, uint32_t i, void *to)
{
	struct slice_list *list = to;
	uint32_t k;

	if (need(r, i, TREE_ARRAY) != 0)
		return -1;
	list->v = arena_alloc(r->a, (children(r, i) + 1) * sizeof(*list->v));
	if (list->v == NULL)
		return bad(r, REJECT_FIELD, at(r, i)->name);
	for (k = at(r, i)->first; k != 0; k = at(r, k)->next) {
		if (at(r, k)->kind != TREE_STRING)
			return bad(r, REJECT_FIELD, at(r, i)->name);
		list->v[list->n++] = at(r, k)->text;
	}
	return 0;
}

/* A list of objects of two texts. */
static int
take_pairs(struct reading *r, uint32_t i, const char *first, const char *second,
    const struct claim_pair **to, size_t *n)
{
	struct claim_pair *pairs;
	uint32_t k, a, b;

	if (need(r, i, TREE_ARRAY) != 0)
		return -1;
	pairs = arena_alloc(r->a, (children(r, i) + 1) * sizeof(*pairs));
	if (pairs == NULL)
		return bad(r, REJECT_FIELD, at(r, i)->name);
	for (k = at(r, i)->first; k != 0; k = at(r, k)->next) {
		a = tree_member(r->t, k, slice_str(first));
		b = tree_member(r->t, k, slice_str(second));
		if (a == 0 || b == 0 || at(r, a)->kind != TREE_STRING ||
		    at(r, b)->kind != TREE_STRING)
			return bad(r, REJECT_FIELD, at(r, i)->name);
		pairs[(*n)++] = (struct claim_pair){at(r, a)->text,
		    at(r, b)->text};
	}
	*to = pairs;
	return 0;
}

static int
take_threats(struct reading *r, uint32_t i, void *to)
{
	struct claim *c = to;

	return take_pairs(r, i, "type", "name", &c->threats, &c->nthreats);
}

static int
take_phases(struct reading *r, uint32_t i, void *to)
{
	struct claim *c = to;

	return take_pairs(r, i, "kill_chain_name", "phase_name", &c->phases,
	    &c->nphases);
}

/* ---- values ---------------------------------------------------------------- */

static int
take_value(struct reading *r, struct slice type, struct slice text)
{
	struct object_value *v;
	enum value_type code = value_type_code(type);
	enum value_reason why;

	if (r->n == CLAIM_VALUES_MAX)
		return bad(r, REJECT_RECORD, SLICE("values"));
	v = &r->values[r->n];
	*v = (struct object_value){.group = 0};
	if (type.n > 0 && code == VALUE_NONE)
		return bad(r, REJECT_VALUE_OTHER, type);
	why = claim_value(r->a, code, text, r->options, &v->value);
	if (why != VALUE_OK)
		return bad(r, claim_reject(why), text);
	r->n++;
	return 0;
}

/* "value" of "type", or an object of both. */
static int
take_one(struct reading *r, uint32_t node)
{
	uint32_t v = tree_member(r->t, node, SLICE("value"));
	uint32_t t = tree_member(r->t, node, SLICE("type"));

	if (v == 0 || at(r, v)->kind != TREE_STRING ||
	    (t != 0 && at(r, t)->kind != TREE_STRING))
		return bad(r, REJECT_FIELD, SLICE("value"));
	return take_value(r, t != 0 ? at(r, t)->text : SLICE_NONE,
	    at(r, v)->text);
}

static int
take_values(struct reading *r, uint32_t i, void *to)
{
	uint32_t k;

	(void)to;
	if (need(r, i, TREE_ARRAY) != 0)
		return -1;
	for (k = at(r, i)->first; k != 0; k = at(r, k)->next)
		if (take_one(r, k) != 0)
			return -1;
	return 0;
}

static int
take_single(struct reading *r, uint32_t i, void *to)
{
	(void)i;
	(void)to;
	return take_one(r, r->node);
}

static int
take_nothing(struct reading *r, uint32_t i, void *to)
{
	(void)r;
	(void)i;
	(void)to;
	return 0;
}

/* ---- a claim --------------------------------------------------------------- */

#define C(member) offsetof(struct claim, member)

static const struct member {
	const char *name;
	int (*take)(struct reading *r, uint32_t i, void *to);
	size_t offset;
} members[] = {
	{"value", take_single, 0},
	{"type", take_nothing, 0}, /* with "value" */
	{"values", take_values, 0},
	{"key", take_text, C(key)},
	{"name", take_text, C(name)},
	{"labels", take_list, C(labels)},
	{"indicator_types", take_list, C(indicator_types)},
	{"kill_chain", take_phases, 0},
	{"threats", take_threats, 0},
	{"confidence", take_confidence, C(confidence)},
	{"tlp", take_tlp, C(tlp)},
	{"created", take_time, C(created)},
	{"modified", take_time, C(modified)},
	{"valid_from", take_time, C(valid_from)},
	{"valid_until", take_time, C(valid_until)},
	{"first_seen", take_time, C(first_seen)},
	{"last_seen", take_time, C(last_seen)},
	{"revoked", take_bool, C(revoked)},
	{"benign", take_bool, C(benign)},
	{"rule", take_text, C(rule)},
	{"rule_type", take_text, C(rule_type)},
};

static const struct member *
member_of(struct slice name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(members); i++)
		if (slice_is(name, members[i].name))
			return &members[i];
	return NULL;
}

/* What is spelt wrongly is not passed over; null says nothing. */
static int
read_claim(struct reading *r)
{
	struct claim *c = &r->out->claim;
	const struct member *m;
	uint32_t i;

	claim_init(c);
	r->values = arena_alloc(r->a, CLAIM_VALUES_MAX * sizeof(*r->values));
	if (r->values == NULL)
		return bad(r, REJECT_RECORD, SLICE("memory"));
	for (i = at(r, r->node)->first; i != 0; i = at(r, i)->next) {
		m = member_of(at(r, i)->name);
		if (m == NULL && !slice_starts(at(r, i)->name, SLICE("x_")))
			return bad(r, REJECT_FIELD, at(r, i)->name);
		if (m != NULL && at(r, i)->kind != TREE_NULL &&
		    m->take(r, i, (char *)c + m->offset) != 0)
			return -1;
	}
	c->values = r->values;
	c->nvalues = r->n;
	if (r->n > 0 && c->rule.n > 0)
		return bad(r, REJECT_FIELD, SLICE("rule"));
	if (c->rule.n > 0 && c->rule_type.n == 0)
		return bad(r, REJECT_FIELD, SLICE("rule_type"));
	/* An entry that is told by its key may be revoked without its values. */
	if (r->n + c->rule.n == 0 && !(c->revoked && c->key.n > 0))
		return bad(r, REJECT_VALUE_SYNTAX, SLICE("value"));
	r->out->kind = EXEC_CLAIM;
	return 0;
}

/* ---- words ----------------------------------------------------------------- */

/* Lines that are no claim have one of these members. */
static bool
read_word(struct reading *r)
{
	static const struct {
		const char *name;
		enum exec_kind kind;
	} words[] = {
		{"cursor", EXEC_CURSOR}, {"note", EXEC_NOTE},
		{"error", EXEC_ERROR},
	};
	uint32_t n, count;
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		n = tree_member(r->t, r->node, slice_str(words[i].name));
		if (n == 0)
			continue;
		r->out->kind = words[i].kind;
		if (at(r, n)->kind != TREE_STRING)
			(void)bad(r, REJECT_FIELD, at(r, n)->name);
		else
			r->out->text = at(r, n)->text;
		return true;
	}
	n = tree_member(r->t, r->node, SLICE("whole"));
	if (n == 0)
		return false;
	r->out->kind = EXEC_WHOLE;
	r->out->count = UINT64_MAX;
	count = tree_member(r->t, r->node, SLICE("count"));
	if (at(r, n)->kind != TREE_TRUE || (count != 0 &&
	    field_count(at(r, count)->text, &r->out->count) != 0))
		(void)bad(r, REJECT_FIELD, at(r, n)->name);
	return true;
}

void
exec_line_read(struct tree *t, struct arena *a, struct slice line,
    unsigned value_options, struct exec_line *out)
{
	struct reading r = {.t = t, .a = a, .options = value_options,
	    .out = out};
	struct err e = ERR_INIT;
	struct slice why;

	*out = (struct exec_line){.kind = EXEC_REJECT, .why = REJECT_JSON};
	if (tree_read(t, a, line, &e) != 0) {
		why = arena_slice(a, slice_str(e.text));
		out->text = why.p != NULL ? why : SLICE("");
		return;
	}
	if (t->nodes[0].kind != TREE_OBJECT)
		out->why = REJECT_NOT_OBJECT;
	else if (!read_word(&r) && read_claim(&r) != 0)
		out->kind = EXEC_REJECT;
}
