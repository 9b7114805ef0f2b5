/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/claim.h"

#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "store/bytes.h"
#include "sync/ingest_int.h"

void
claim_init(struct claim *c)
{
	*c = (struct claim){
		.confidence = CONFIDENCE_UNKNOWN, .tlp = TLP_UNKNOWN,
		.created = TSTAMP_NONE, .modified = TSTAMP_NONE,
		.valid_from = TSTAMP_NONE,
		.valid_until = TSTAMP_NONE, .first_seen = TSTAMP_NONE,
		.last_seen = TSTAMP_NONE,
	};
}

/* What the identifier is made of: source, NUL, the key or the values. */
static int
id_text(struct ingest *g, const struct claim *c)
{
	const struct value *v;
	char *to;
	size_t i;

	buf_cut(&g->id, g->id_fixed);
	if (g->id_fixed == 0 && buf_add(&g->id, g->job->name,
	    strlen(g->job->name) + 1) == 0)
		g->id_fixed = g->id.n;
	if (c->key.n > 0)
		return buf_slice(&g->id, c->key);
	if (c->nvalues == 0)
		return buf_slice(&g->id, c->rule);
	for (i = 0; i < c->nvalues; i++) {
		v = &c->values[i].value;
		to = buf_room(&g->id, 2u + v->keylen);
		if (to == NULL)
			return -1;
		to[0] = (char)v->type;
		to[1] = (char)v->prefix;
		memcpy(to + 2, v->key, v->keylen);
		g->id.n += 2u + v->keylen;
	}
	return 0;
}

static int
make_id(struct ingest *g, const struct claim *c, struct idkey *id)
{
	if (id_text(g, c) != 0)
		return -1;
	idkey_made(STIX_INDICATOR, buf_view(&g->id), id);
	return 0;
}

/* A feed's texts may be any bytes; a record's are UTF-8. */
static inline struct slice
sound(struct slice s)
{
	if (s.n > LIMIT_NAME)
		s.n = utf8_cut(s, LIMIT_NAME);
	return s.n > 0 && utf8_valid(s) ? s : SLICE_NONE;
}

static void
put_text(struct ingest *g, enum object_tag tag, struct slice s)
{
	s = sound(s);
	if (s.n > 0)
		object_rec_add(&g->record, tag, s);
}

static void
put_list(struct ingest *g, enum object_tag tag, const struct slice_list *l)
{
	size_t i;

	for (i = 0; i < l->n && i < LIMIT_LIST; i++)
		put_text(g, tag, l->v[i]);
}

static void
put_pairs(struct ingest *g, enum object_tag tag, const struct claim_pair *p,
    size_t n)
{
	size_t i;

	for (i = 0; i < n && i + 1 < LIMIT_LIST; i++)
		record_pair(g, tag, sound(p[i].a), sound(p[i].b));
}

static void
put_id(struct ingest *g, enum object_tag tag, const struct idkey *ids, size_t n)
{
	if (ids != NULL && n > 0)
		object_rec_add(&g->record, tag,
		    (struct slice){(const char *)ids[0].b, n * IDKEY_LEN});
}

static uint16_t
flags_of(struct ingest *g, const struct claim *c)
{
	uint16_t flags = OBJ_FEED;

	if (c->nvalues > 0)
		flags |= OBJ_CLAIMS;
	else if (c->rule.n > 0)
		flags |= OBJ_RULE;
	if (c->benign)
		flags |= OBJ_BENIGN;
	if (c->revoked)
		flags |= OBJ_REVOKED;
	for (size_t i = 0; i < c->nvalues; i++)
		if ((c->values[i].oflags & OVF_COMPOUND) != 0)
			flags |= OBJ_COMPOUND;
	return g->pack != NULL ? flags | OBJ_RAW : flags;
}

/* Is the claim named by its values? */
static bool
is_named(const struct claim *c)
{
	return c->id == NULL && c->key.n == 0;
}

static uint64_t
name_of(const void *id)
{
	uint64_t half[2];

	memcpy(half, (const uint8_t *)id + 1, sizeof(half));
	return half[0] ^ half[1];
}

static int
encode(struct ingest *g, const struct claim *c, uint64_t hash)
{
	struct object_rec head = {
		.flags = flags_of(g, c), .confidence = c->confidence,
		.tlp = c->tlp, .created = c->created, .modified = c->modified,
		.valid_from = c->valid_from, .valid_until =
		    c->valid_until != TSTAMP_NONE ? c->valid_until :
		    TSTAMP_NEVER,
		.hash = hash,
	};
	size_t i;

	if (c->id != NULL)
		head.id = *c->id;
	else if (make_id(g, c, &head.id) != 0)
		return -1;
	if (is_named(c))
		seen_soon(&g->named, name_of(head.id.b));
	buf_reset(&g->record);
	object_rec_begin(&g->record, &head);
	put_text(g, TAG_NAME, c->name);
	put_list(g, TAG_LABEL, &c->labels);
	put_list(g, TAG_INDICATOR_TYPE, &c->indicator_types);
	put_pairs(g, TAG_PHASE, c->phases, c->nphases);
	put_id(g, TAG_CREATED_BY, c->created_by, 1);
	put_pairs(g, TAG_THREAT, c->threats, c->nthreats);
	put_id(g, TAG_PARTS, c->parts, c->nparts);
	object_rec_add_rejected(&g->record, c->rejected);
	if (c->first_seen != TSTAMP_NONE || c->last_seen != TSTAMP_NONE)
		record_seen(g, c->first_seen, c->last_seen, 0);
	if ((head.flags & OBJ_RULE) != 0) {
		put_text(g, TAG_PATTERN_TYPE, c->rule_type);
		object_rec_add(&g->record, TAG_PATTERN, c->rule);
	}
	for (i = 0; i < c->nvalues && i < CLAIM_VALUES_MAX; i++)
		object_rec_add_value(&g->record, &c->values[i]);
	return buf_ok(&g->record) ? 0 : -1;
}

static int
broken(struct ingest *g, struct err *e)
{
	return err_set(e, g->err.code, "%s", g->err.text);
}

static int
reject(struct ingest *g, enum reject_reason why, enum reject_loss loss,
    const struct ingest_item *item, const char *detail, struct err *e)
{
	if (g->err.code == ERR_NONE &&
	    send_reject(g, why, loss, item, SLICE_NONE, detail) == 0)
		return 0;
	return broken(g, e);
}

int
ingest_reject(struct ingest *g, enum reject_reason why, struct slice original,
    uint64_t offset, const char *detail, struct err *e)
{
	const struct ingest_item item = {original, offset, 0};

	g->facts.objects++;
	g->facts.rejected++;
	return reject(g, why, LOSS_ENTRY, &item, detail, e);
}

int
ingest_reject_part(struct ingest *g, enum reject_reason why,
    struct slice original, uint64_t offset, const char *detail, struct err *e)
{
	const struct ingest_item item = {original, offset, 0};

	return reject(g, why, LOSS_PART, &item, detail, e);
}

enum value_reason
claim_value(struct arena *a, enum value_type type, struct slice text,
    unsigned options, struct value *out)
{
	static const enum value_type addresses[] = {VALUE_IPV4, VALUE_IPV6};
	enum value_reason why;
	size_t i;

	if (type != VALUE_NONE)
		return value_normalise(a, type, text, options, out);
	if (value_detect(a, text, options, out, 1) > 0)
		return VALUE_OK;
	/* Why it is nothing: an address may be one that is not wanted. */
	for (i = 0; i < ARRAY_LEN(addresses); i++) {
		why = value_normalise(a, addresses[i], text, options, out);
		if (why == VALUE_BAD_BOGON || why == VALUE_BAD_WIDE)
			return why;
	}
	return VALUE_BAD_SYNTAX;
}

enum reject_reason
claim_reject(enum value_reason why)
{
	switch (why) {
	case VALUE_BAD_BOGON:
		return REJECT_VALUE_BOGON;
	case VALUE_BAD_WIDE:
		return REJECT_VALUE_WIDE;
	case VALUE_BAD_TRIVIAL:
		return REJECT_VALUE_TRIVIAL;
	case VALUE_OK:
	case VALUE_BAD_EMPTY:
	case VALUE_BAD_SYNTAX:
	case VALUE_BAD_LONG:
	case VALUE_BAD_ENCODING:
		return REJECT_VALUE_SYNTAX;
	default:
		return REJECT_VALUE_OTHER;
	}
}

uint64_t
ingest_claim_digest(const struct ingest *g, struct slice original,
    uint64_t settings)
{
	return digest64(original.p, original.n, g->job->seed ^ settings);
}

/* The claim in g->record: did this poll bring its values before, from another
 * line?  Not told of lists that also take back. */
static bool
named_before(struct ingest *g, const struct claim *c)
{
	if (!is_named(c))
		return false;
	g->named_off = g->named_off || c->revoked;
	if (g->named_off || g->named.n >= LIMIT_NAMED)
		return false;
	return seen_add(&g->named, name_of(g->record.p + OBJECT_ID_AT));
}

int
ingest_claim(struct ingest *g, const struct claim *c, struct slice original,
    uint64_t offset, uint64_t settings, struct err *e)
{
	struct ingest_item item = {original, offset,
	    ingest_claim_digest(g, original, settings)};
	int rc;

	if (g->err.code != ERR_NONE)
		return broken(g, e);
	if (encode(g, c, item.hash) != 0)
		return ingest_reject(g, REJECT_RECORD, original, offset, NULL,
		    e);
	g->facts.objects++;
	if (named_before(g, c)) {
		g->facts.twice++;
		return 0;
	}
	/* Order matters, as with objects. */
	g->facts.content = digest64(&item.hash, sizeof(item.hash),
	    g->facts.content);
	rc = g->ask != NULL ? ask_add_record(g, &item) :
	    ingest_record(g, &item);
	return rc == 0 ? 0 : broken(g, e);
}

int
ingest_claims_end(struct ingest *g, uint64_t bytes, struct ingest_facts *facts,
    struct err *e)
{
	g->facts.documents++;
	g->facts.bytes = bytes;
	if (g->err.code != ERR_NONE || ask_drain(g) != 0)
		return broken(g, e);
	*facts = g->facts;
	return 0;
}
