/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One STIX object to one store record.
 *
 * An object that cannot be told from others (no id, no type), that is not JSON
 * or whose times cannot be read is rejected.  Everything else is kept, with what
 * could be understood of it: an indicator whose pattern does not parse is stored
 * as a pattern and counted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "stix/marking.h"
#include "stix/object.h"
#include "stix/reduce.h"
#include "sync/claim.h"
#include "sync/ingest_int.h"
#include "sync/taxii_filter.h"

/* ---- the feed's own markings --------------------------------------------- */

#define MARKING_SLOTS (2 * LIMIT_MARKINGS)

struct markings {
	unsigned count;
	struct {
		struct idkey id;
		uint8_t tlp; /* TLP_UNKNOWN: the slot is free */
	} slots[MARKING_SLOTS];
};

void
ingest_markings_free(struct ingest *g)
{
	free(g->markings);
	g->markings = NULL;
}

/* The slot of an id, or the free one where it would be. */
static unsigned
marking_slot(const struct ingest *g, const struct idkey *id)
{
	unsigned i = (unsigned)digest64(id->b, IDKEY_LEN, g->job->seed);

	for (i %= MARKING_SLOTS; g->markings->slots[i].tlp != TLP_UNKNOWN;
	    i = (i + 1) % MARKING_SLOTS)
		if (memcmp(&g->markings->slots[i].id, id, sizeof(*id)) == 0)
			break;
	return i;
}

static void
marking_add(struct ingest *g, const struct stix_object *o)
{
	enum tlp tlp = marking_defines(o);
	unsigned i;

	if (tlp == TLP_UNKNOWN)
		return;
	if (g->markings == NULL)
		g->markings = calloc(1, sizeof(*g->markings));
	if (g->markings == NULL || g->markings->count >= LIMIT_MARKINGS)
		return;
	i = marking_slot(g, &o->key);
	if (g->markings->slots[i].tlp == TLP_UNKNOWN)
		g->markings->count++;
	g->markings->slots[i].id = o->key;
	g->markings->slots[i].tlp = (uint8_t)tlp;
}

static enum tlp
marking_find(void *ctx, struct slice id)
{
	const struct ingest *g = ctx;
	struct idkey key;

	if (g->markings == NULL || idkey_parse(id, &key) < 0)
		return TLP_UNKNOWN;
	return (enum tlp)g->markings->slots[marking_slot(g, &key)].tlp;
}

void
ingest_learn(struct ingest *g, struct slice object)
{
	struct stix_object o;

	arena_reset(&g->arena);
	if (stix_object_scan(&g->arena, object, &o, NULL) == 0 &&
	    o.type_code == STIX_MARKING_DEFINITION)
		marking_add(g, &o);
}

/* ---- tags ---------------------------------------------------------------- */

static void
add_ref(struct ingest *g, enum object_tag tag, struct slice id)
{
	struct idkey key;

	if (id.p != NULL && idkey_parse(id, &key) >= 0)
		object_rec_add(&g->record, tag,
		    (struct slice){(char *)key.b, IDKEY_LEN});
}

static void
add_phases(struct ingest *g, const struct stix_object *o)
{
	size_t i;

	for (i = 0; i < o->nphases && i < LIMIT_LIST; i++)
		record_pair(g, TAG_PHASE, o->phases[i].chain,
		    o->phases[i].phase);
}

/* Markings whose level is well known are in the record's own byte. */
static void
add_markings(struct ingest *g, const struct stix_object *o)
{
	size_t i;

	for (i = 0; i < o->object_marking_refs.n && i < LIMIT_LIST; i++)
		if (marking_tlp(o->object_marking_refs.v[i]) == TLP_UNKNOWN)
			add_ref(g, TAG_MARKING, o->object_marking_refs.v[i]);
}

static void
add_tags(struct ingest *g, const struct stix_object *o,
    const struct object_rec *head)
{
	bool sighting = o->type_code == STIX_SIGHTING;

	if (o->key_digest)
		object_rec_add(&g->record, TAG_ID_TEXT, o->id);
	if (o->type_code == STIX_OTHER)
		record_text(g, TAG_TYPE_NAME, o->type);
	record_text(g, TAG_NAME, o->name);
	record_list(g, TAG_LABEL, &o->labels);
	record_list(g, TAG_INDICATOR_TYPE, &o->indicator_types);
	if ((head->flags & OBJ_V20) != 0 && o->type_code == STIX_INDICATOR &&
	    o->indicator_types.n == 0)
		record_list(g, TAG_INDICATOR_TYPE, &o->labels);
	add_phases(g, o);
	add_ref(g, TAG_CREATED_BY, o->created_by_ref);
	add_markings(g, o);
	record_list(g, TAG_ALIAS, &o->aliases);
	if (o->type_code == STIX_RELATIONSHIP) {
		record_text(g, TAG_REL_TYPE, o->relationship_type);
		add_ref(g, TAG_SOURCE_REF, o->source_ref);
		add_ref(g, TAG_TARGET_REF, o->target_ref);
	} else if (sighting) {
		add_ref(g, TAG_TARGET_REF, o->sighting_of_ref);
		record_seen(g, o->first_seen, o->last_seen, o->count);
	}
}

static void
add_values(struct ingest *g, const struct reduction *r)
{
	struct object_value v;
	size_t i;

	for (i = 0; i < r->nvalues; i++) {
		v.value = r->values[i].value;
		v.oflags = r->values[i].compound ? OVF_COMPOUND : 0;
		v.group = (uint16_t)r->values[i].group;
		object_rec_add_value(&g->record, &v);
	}
}

/* Does the text stand in the pattern?  Most often as a whole literal, which is
 * found without a search for it. */
static bool
stands_in(struct slice pattern, struct slice text)
{
	const char *p = pattern.p, *end = p + pattern.n;

	while ((p = memchr(p, '\'', (size_t)(end - p))) != NULL) {
		p++;
		if ((size_t)(end - p) > text.n && p[text.n] == '\'' &&
		    memcmp(p, text.p, text.n) == 0)
			return true;
	}
	return memmem(pattern.p, pattern.n, text.p, text.n) != NULL;
}

/*
 * Do the values tell the whole pattern?  Then its text need not be kept: it
 * reduced altogether, and each value stands in it as it is printed.  A spelling
 * that was changed on the way keeps its original beside it.
 */
static bool
pattern_told(struct ingest *g, const struct stix_object *o,
    const struct reduction *r, const struct object_rec *head)
{
	bool told = true;
	size_t i;

	if (o->pattern.p == NULL)
		return true;
	if ((head->flags & (OBJ_RULE | OBJ_PATTERN | OBJ_PARTIAL |
	    OBJ_COMPOUND)) != 0 || r->nrejects > 0)
		return false;
	for (i = 0; i < r->nvalues && told; i++) {
		buf_reset(&g->text);
		told = value_print(&r->values[i].value, &g->text) == 0 &&
		    stands_in(o->pattern, buf_view(&g->text));
	}
	return told;
}

/* ---- what an object says ------------------------------------------------- */

/* Part of an object that counts is lost.  Where that is the feed's fault the record
 * says so: its bytes are not read again. */
static int
lose_part(struct ingest *g, enum reject_reason why, enum reject_loss loss,
    const struct ingest_item *item, const struct stix_object *o,
    const char *detail)
{
	g->flawed = g->flawed || reject_is_fault(why);
	return send_reject(g, why, loss, item, o->id, detail);
}

static int
count_rejects(struct ingest *g, const struct ingest_item *item,
    const struct stix_object *o, const struct reduction *r)
{
	char text[LIMIT_REMARK];
	enum reject_loss loss = LOSS_PART;
	enum reject_reason why;
	struct slice s;
	size_t i, n;

	for (i = 0; i < r->nrejects; i++) {
		s = r->rejects[i].text;
		n = s.n < sizeof(text) / 2 ? s.n :
		    utf8_cut(s, sizeof(text) / 2);
		if (n > 0)
			memcpy(text, s.p, n);
		text[n] = '\0';
		why = claim_reject(r->rejects[i].reason);
		if (lose_part(g, why, loss, item, o, text) != 0)
			return -1;
		if (reject_is_fault(why))
			loss = LOSS_MORE;
	}
	return 0;
}

static bool
list_has(const struct slice_list *l, const char *word)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (slice_is(l->v[i], word))
			return true;
	return false;
}

static unsigned
value_options(const struct ingest *g)
{
	return g->job->allow_bogons ? VALUE_ALLOW_BOGON : 0;
}

/* The flags and the validity that a reduction brings. */
static void
take_reduction(const struct reduction *r, struct object_rec *head)
{
	if (r->nvalues > 0)
		head->flags |= OBJ_CLAIMS;
	if (r->compound)
		head->flags |= OBJ_COMPOUND;
	if (r->partial)
		head->flags |= OBJ_PARTIAL;
}

/*
 * START and STOP of the pattern narrow the validity.  When nothing is left of it,
 * the claim has ended, which is another thing than an end that makes no sense:
 * the record says so by a moment before the end.
 */
static void
take_window(const struct reduction *r, struct object_rec *head)
{
	bool sound = head->valid_until > head->valid_from;

	if (r->start != TSTAMP_NONE && r->start > head->valid_from)
		head->valid_from = r->start;
	if (r->stop < head->valid_until)
		head->valid_until = r->stop;
	else if (!sound)
		return;
	if (head->valid_until <= head->valid_from &&
	    head->valid_until > TSTAMP_MIN)
		head->valid_from = head->valid_until - 1;
}

/* The pattern of an indicator: values, or the pattern itself. */
static int
take_pattern(struct ingest *g, const struct ingest_item *item,
    const struct stix_object *o, struct reduction *r, struct object_rec *head)
{
	struct err e;

	err_clear(&e); /* as below */
	if (o->pattern.p == NULL)
		return 0;
	if (!slice_is(o->pattern_type, "stix")) {
		head->flags |= OBJ_RULE;
		return 0;
	}
	if (reduce_text(&g->arena, o->pattern, value_options(g), r, &e) != 0) {
		*r = (struct reduction){.start = TSTAMP_NONE,
		    .stop = TSTAMP_NEVER};
		head->flags |= OBJ_PATTERN;
		return lose_part(g, e.code == ERR_SYNTAX ?
		    REJECT_BAD_PATTERN : REJECT_RECORD, LOSS_PART, item, o,
		    e.text);
	}
	take_reduction(r, head);
	if (r->nvalues == 0)
		head->flags |= OBJ_PATTERN;
	take_window(r, head);
	return count_rejects(g, item, o, r);
}

static int
take_observable(struct ingest *g, const struct ingest_item *item,
    const struct stix_object *o, struct reduction *r, struct object_rec *head)
{
	struct err e = ERR_INIT;

	if (reduce_observable(&g->arena, o, value_options(g), r, &e) != 0) {
		*r = (struct reduction){.nvalues = 0};
		return lose_part(g, REJECT_RECORD, LOSS_PART, item, o, e.text);
	}
	take_reduction(r, head);
	if (r->nvalues > 0)
		head->flags |= OBJ_OBSERVABLE;
	return count_rejects(g, item, o, r);
}

static bool
is_observable(enum stix_type t)
{
	return t >= STIX_ARTIFACT && t <= STIX_X509_CERTIFICATE;
}

static void
fill_head(struct ingest *g, const struct ingest_item *item,
    const struct stix_object *o, struct object_rec *head)
{
	*head = (struct object_rec){
		.id = o->key,
		.confidence = o->confidence < 0 ? CONFIDENCE_UNKNOWN :
		    (uint8_t)o->confidence,
		.tlp = (uint8_t)marking_effective(o, marking_find, g),
		.created = o->created, .modified = o->modified,
		.valid_from = o->valid_from, .valid_until = o->valid_until,
		.hash = item->hash,
	};
	if (o->modified != TSTAMP_NONE && (g->facts.newest == TSTAMP_NONE ||
	    o->modified > g->facts.newest))
		g->facts.newest = o->modified;
	if (o->revoked)
		head->flags |= OBJ_REVOKED;
	if (o->key_digest)
		head->flags |= OBJ_ID_DIGEST;
	if (o->v20)
		head->flags |= OBJ_V20;
	if (list_has(&o->indicator_types, "benign") ||
	    (o->v20 && o->type_code == STIX_INDICATOR &&
	    list_has(&o->labels, "benign")))
		head->flags |= OBJ_BENIGN;
}

/* The record of an object that is acceptable.  Not sent yet. */
static int
encode(struct ingest *g, const struct ingest_item *item,
    const struct stix_object *o)
{
	struct reduction r = {.start = TSTAMP_NONE, .stop = TSTAMP_NEVER};
	struct object_rec head;
	bool keep = g->pack != NULL;
	int rc = 0;

	g->flawed = false;
	fill_head(g, item, o, &head);
	if (o->type_code == STIX_INDICATOR)
		rc = take_pattern(g, item, o, &r, &head);
	else if (is_observable(o->type_code))
		rc = take_observable(g, item, o, &r, &head);
	else if (o->type_code == STIX_MARKING_DEFINITION)
		marking_add(g, o);
	if (rc != 0)
		return -1;
	if (keep) {
		head.flags |= OBJ_RAW;
		head.index = (uint16_t)block_writer_count(pack_open(g->pack));
	}
	buf_reset(&g->record);
	object_rec_begin(&g->record, &head);
	add_tags(g, o, &head);
	if ((head.flags & OBJ_RULE) != 0)
		record_text(g, TAG_PATTERN_TYPE, o->pattern_type);
	if (!keep && !pattern_told(g, o, &r, &head))
		object_rec_add(&g->record, TAG_PATTERN, o->pattern);
	add_values(g, &r);
	object_rec_add_rejected(&g->record, g->flawed);
	return 0;
}

/* Why the object cannot be taken at all; REJECT_REASONS when it can. */
static enum reject_reason
refuse(const struct stix_object *o)
{
	if (o->type.p == NULL || o->type.n == 0)
		return REJECT_NO_TYPE;
	if (o->id.p == NULL || o->id.n == 0)
		return REJECT_NO_ID;
	if (o->id.n > LIMIT_ID || o->id.n < o->type.n + 2 ||
	    !slice_starts(o->id, o->type) ||
	    memcmp(o->id.p + o->type.n, "--", 2) != 0)
		return REJECT_BAD_ID;
	if ((o->odd & (STIX_ODD_CREATED | STIX_ODD_MODIFIED)) != 0)
		return REJECT_BAD_TIME;
	/* A revocation needs no pattern to be obeyed. */
	if (o->type_code == STIX_INDICATOR && o->pattern.p == NULL &&
	    !o->revoked)
		return REJECT_NO_PATTERN;
	return REJECT_REASONS;
}

/* STIX 2.1 section 2.9: TYPE--UUID, of any version. */
static bool
is_uuid_id(struct slice id)
{
	const char *p;
	size_t i;

	if (id.n < 38)
		return false;
	p = id.p + id.n - 36;
	for (i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? p[i] != '-' :
		    memchr("0123456789abcdefABCDEF", p[i], 22) == NULL)
			return false;
	}
	return p[-1] == '-' && p[-2] == '-';
}

static int
reject(struct ingest *g, enum reject_reason why, const struct ingest_item *item,
    struct slice id, const char *detail)
{
	g->facts.rejected++;
	return send_reject(g, why, LOSS_ENTRY, item, id, detail);
}

int
ingest_record(struct ingest *g, const struct ingest_item *item)
{
	if (g->pack != NULL)
		object_rec_place((uint8_t *)g->record.p,
		    (uint16_t)block_writer_count(pack_open(g->pack)));
	g->facts.taken++;
	return send_record(g, item->bytes, g->pack != NULL);
}

/* A bound that cannot be read is one that is not stated: whoever asks why an
 * indicator does not end finds it counted. */
static int
tell_validity(struct ingest *g, const struct ingest_item *item,
    const struct stix_object *o)
{
	if ((o->odd & (STIX_ODD_VALID_FROM | STIX_ODD_VALID_UNTIL)) == 0 ||
	    o->type_code != STIX_INDICATOR)
		return 0;
	return send_reject(g, REJECT_VALIDITY, LOSS_PART, item, o->id,
	    (o->odd & STIX_ODD_VALID_UNTIL) != 0 ? "valid_until is no time" :
	    "valid_from is no time");
}

int
ingest_object(struct ingest *g, const struct ingest_item *item)
{
	struct filter_item item_of;
	enum reject_reason why;
	struct stix_object o;
	struct err e;

	err_clear(&e); /* ERR_INIT would fill all of it for every object */
	arena_reset(&g->arena);
	if (stix_object_scan(&g->arena, item->bytes, &o, &e) != 0) {
		why = e.code == ERR_LIMIT ? REJECT_TOO_DEEP :
		    e.code == ERR_MEMORY ? REJECT_RECORD : REJECT_JSON;
		return reject(g, why, item, SLICE_NONE, e.text);
	}
	why = refuse(&o);
	if (why != REJECT_REASONS)
		return reject(g, why, item, o.id, NULL);
	item_of = filter_item_of(&o);
	if (!filter_passes(g->job, &item_of)) {
		g->facts.filtered++;
		return reject(g, REJECT_FILTERED, item, o.id, NULL);
	}
	g->facts.odd_ids += o.key_digest && !is_uuid_id(o.id);
	if (encode(g, item, &o) != 0)
		return -1;
	if (!buf_ok(&g->record))
		return reject(g, REJECT_RECORD, item, o.id, NULL);
	if (tell_validity(g, item, &o) != 0)
		return -1;
	g->facts.taken++;
	return send_record(g, item->bytes, g->pack != NULL);
}
