/* SPDX-License-Identifier: BSD-2-Clause */
/* The context of a match: claims, their lists, and the threats behind them. */
#include <stdio.h>

#include "base/tlp.h"
#include "store/episode.h"
#include "store/reader_private.h"
#include "store/sighting.h"

/* -- one claim -- */

/* The texts of a claim, in one walk over the record's tags. */
static void
claim_texts(const struct object_rec *o, struct tw_claim *c)
{
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;

	while (object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag == TAG_NAME && c->name.p == NULL)
			c->name = str_of(bytes);
		else if (tag == TAG_PATTERN && c->pattern.p == NULL)
			c->pattern = str_of(bytes);
		else if (tag == TAG_PATTERN_TYPE && c->pattern_type.p == NULL)
			c->pattern_type = str_of(bytes);
	}
	if (c->pattern_type.p == NULL && o->id.b[0] == STIX_INDICATOR)
		c->pattern_type = str_of(SLICE("stix"));
}

int
claim_fill(struct tw_snapshot *s, uint64_t row, const struct stand *st,
    uint8_t type, struct tw_claim *c)
{
	struct source_slot *source = st->source;
	const struct object_rec *o = &st->o;
	struct object_end end;
	struct claim_now now;
	bool ended, past;
	int rc;

	if ((rc = claim_now(s, st, type, s->now, &now)) != TW_OK)
		return rc;
	ended = object_rec_ended(o, &end);
	past = (st->flags & CLAIM_PAST) != 0 || terms_past(&source->terms, o);
	/* One that counts still: it was ended by a poll that is hidden.  Looking
	 * back, it may have ended since. */
	if (now.state != TW_ENDED && !(s->back && past))
		end.reason = 0;
	else if (!ended || st->reason != 0)
		end = (struct object_end){.when = st->when, .reason =
		    st->reason != 0 ? st->reason : END_ROLLED_BACK};
	ended = end.reason != 0;
	*c = (struct tw_claim){
	    .source = str_of(source->rec.name),
	    .created = o->created,
	    .modified = o->modified,
	    .valid_from = now.from,
	    .valid_until = o->valid_until,
	    .expires_at = now.end,
	    .rule = now.rule,
	    .type = type,
	    .score = now.score,
	    .ended = end.reason,
	    .ended_at = ended ? end.when : TSTAMP_NONE,
	    .confidence = o->confidence,
	    .tlp = now.tlp,
	    .revoked = (o->flags & OBJ_REVOKED) != 0,
	    .state = (uint8_t)now.state,
	    .flags = (st->flags & OVF_COMPOUND) != 0 ? TW_COMPOUND : 0,
	    .poll = o->poll,
	    .row = row,
	    .record = str_of(st->record),
	    .source_id = o->source,
	    .view = snap_mark(s),
	};
	c->id = object_id(&o->id, o, c->idtext);
	claim_texts(o, c);
	return claim_seen(s, source, &end, o, c);
}

/* Find the version that speaks for row and fill *c from it; TW_NOT_FOUND when it
 * is withheld. */
static int
claim_read(struct tw_snapshot *s, uint64_t row, const struct claim_walk *w,
    uint8_t flags, const struct undo_value *v, struct tw_claim *c)
{
	struct stand st;
	int rc;

	rc = snap_stand(s, row, flags, w->multi, v, true, &st);
	if (rc == TW_OK)
		rc = claim_fill(s, row, &st, v->type, c);
	return rc == TW_OK && !snap_permits(s, c->tlp) ? TW_NOT_FOUND : rc;
}

/* -- all claims of a match, sorted in the caller's array -- */

/* Does a come behind b? */
static bool
claim_behind(const struct tw_claim *a, const struct tw_claim *b)
{
	if (a->source_id != b->source_id)
		return a->source_id > b->source_id;
	if (a->modified != b->modified)
		return a->modified < b->modified;
	return a->row > b->row;
}

/* Restore the heap (the claim furthest behind on top) below `at`. */
static void
claim_sift(struct tw_claim *heap, size_t at, size_t n)
{
	struct tw_claim swap;
	size_t child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && claim_behind(&heap[child + 1], &heap[child]))
			child++;
		if (!claim_behind(&heap[child], &heap[at]))
			return;
		swap = heap[at];
		heap[at] = heap[child];
		heap[child] = swap;
		at = child;
	}
}

static void
claim_heapify(struct tw_claim *heap, size_t n)
{
	size_t i;

	for (i = n / 2; i-- > 0;)
		claim_sift(heap, i, n);
}

/* Sort a heap, and point the ids at their own copies again. */
static void
claim_sort(struct tw_claim *heap, size_t n)
{
	struct tw_claim swap;
	size_t i;

	for (i = n; i > 1; i--) {
		swap = heap[0];
		heap[0] = heap[i - 1];
		heap[i - 1] = swap;
		claim_sift(heap, 0, i - 1);
	}
	for (i = 0; i < n; i++) {
		if (heap[i].idtext[0] != '\0')
			heap[i].id.p = heap[i].idtext;
	}
}

int
tw_claims(tw_snapshot *s, const struct tw_match *match,
    struct tw_claim *claims, size_t max, size_t *found)
{
	struct claim_walk w;
	struct value_rec rec;
	struct tw_claim c;
	struct undo_value v;
	uint64_t row;
	uint8_t flags;
	int rc;

	if (s == NULL || match == NULL || found == NULL ||
	    (claims == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if ((rc = match_record(s, match, &rec)) != TW_OK)
		return rc;
	v = (struct undo_value){(uint8_t)match->type, match->prefix,
	    {match->key.p, match->key.n}};
	claim_walk_start(&w, &rec);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		if (*found == max)
			claim_heapify(claims, max);
		if (*found < max) {
			rc = claim_read(s, row, &w, flags, &v,
			    &claims[*found]);
		} else if (max != 0 || s->tlp_max != 0) {
			rc = claim_read(s, row, &w, flags, &v, &c);
			if (rc == TW_OK && max != 0 &&
			    claim_behind(&claims[0], &c)) {
				claims[0] = c;
				claim_sift(claims, 0, max);
			}
		}
		if (rc == TW_NOT_FOUND)
			continue;
		if (rc != TW_OK)
			return rc;
		++*found;
	}
	if (rc != TW_END)
		return rc;
	if (*found <= max) /* else it is one already */
		claim_heapify(claims, *found);
	claim_sort(claims, *found < max ? *found : max);
	return TW_OK;
}

int
claim_record(struct tw_snapshot *s, const struct tw_claim *c,
    struct object_rec *o)
{
	err_clear(&s->err);
	if (!s->live || c->view != snap_mark(s) || c->record.p == NULL ||
	    object_rec_decode(SLICE_OF(c->record), true, o, &s->err) != 0)
		return snap_fail(s, TW_ARGUMENT, "the claim is not of this"
		    " view: ask for it again after a renewal");
	return TW_OK;
}

size_t
tw_claim_policy(tw_snapshot *s, const struct tw_claim *c, char *text,
    size_t size)
{
	struct source_slot *source;
	size_t n;

	if (s == NULL || c == NULL || !s->live || c->view != snap_mark(s) ||
	    snap_source(s, c->source_id, &source) != TW_OK)
		return 0;
	buf_reset(&s->text);
	if (ageing_print(&source->terms.ageing, c->type,
	    source->terms.listing, &s->text) != 0)
		return 0;
	n = s->text.n;
	if (size != 0 && text != NULL) {
		n = n < size ? n : size - 1;
		memcpy(text, s->text.p, n);
		text[n] = '\0';
	}
	return s->text.n;
}

/* -- earlier times -- */

int
tw_claim_episode(tw_snapshot *s, const struct tw_claim *c, unsigned number,
    struct tw_episode *out)
{
	struct episodes times;
	struct object_rec o;
	int rc;

	if (s == NULL || c == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = claim_record(s, c, &o)) != TW_OK)
		return rc;
	episodes_of(&o, &times);
	if (number >= times.kept)
		return TW_NOT_FOUND;
	*out = (struct tw_episode){.from = times.v[number].from,
	    .to = times.v[number].to, .before = times.n,
	    .ended = times.v[number].why};
	return TW_OK;
}

/* -- sightings -- */

static int
sighting_get(struct tw_snapshot *s, const struct tw_match *m,
    struct slice *bytes)
{
	const struct undo_value v = {(uint8_t)m->type, m->prefix,
	    {m->key.p, m->key.n}};
	struct value_rec rec;
	int rc;

	rc = match_record(s, m, &rec);
	return rc == TW_OK ? snap_sighting(s, &v, bytes) : rc;
}

static int
sighting_damaged(struct tw_snapshot *s)
{
	return snap_fail(s, TW_DAMAGED, "%s: a sighting cannot be read (run"
	    " 'taxiway verify')", s->store->path);
}

int
tw_sightings(tw_snapshot *s, const struct tw_match *match,
    struct tw_sighting *out)
{
	struct sighting all;
	struct slice bytes;
	size_t pos;
	int rc;

	if (s == NULL || match == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = sighting_get(s, match, &bytes)) != TW_OK)
		return rc;
	if (sighting_decode(bytes, &all, &pos) != 0)
		return sighting_damaged(s);
	*out = (struct tw_sighting){.count = all.count, .first = all.first,
	    .last = all.last};
	return TW_OK;
}

int
tw_sighting_by(tw_snapshot *s, const struct tw_match *match, size_t *pos,
    struct tw_str *who, uint64_t *count, int64_t *last)
{
	struct sighting_by by;
	struct sighting all;
	struct slice bytes;
	size_t begin;
	int rc;

	if (s == NULL || match == NULL || pos == NULL || who == NULL ||
	    count == NULL || last == NULL)
		return TW_ARGUMENT;
	rc = sighting_get(s, match, &bytes);
	if (rc != TW_OK)
		return rc == TW_NOT_FOUND ? TW_END : rc;
	if (sighting_decode(bytes, &all, &begin) != 0)
		return sighting_damaged(s);
	if (*pos == 0)
		*pos = begin;
	rc = sighting_next(bytes, pos, &by);
	if (rc < 0)
		return sighting_damaged(s);
	if (rc == 0)
		return TW_END;
	*who = str_of(by.who);
	*count = by.count;
	*last = by.last;
	return TW_OK;
}

/* -- lists -- */

static int
item_value(struct tw_snapshot *s, struct slice bytes, struct tw_str *a,
    struct tw_str *b)
{
	struct object_value v;

	buf_reset(&s->text);
	if (object_value_decode(bytes, &v) != 0 ||
	    value_print(&v.value, &s->text) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: a value of an object"
		    " cannot be read", s->store->path);
	*a = str_of(slice_str(value_type_name(v.value.type)));
	*b = str_of(buf_view(&s->text));
	return TW_OK;
}

/* The member of the object that the tag was made of, when it refers to another
 * or says how. */
static const char *
reference_name(const struct object_rec *o, enum object_tag tag)
{
	switch (tag) {
	case TAG_REL_TYPE:
		return "relationship_type";
	case TAG_SOURCE_REF:
		return "source_ref";
	case TAG_TARGET_REF:
		return o->id.b[0] == STIX_SIGHTING ? "sighting_of_ref" :
		    "target_ref";
	case TAG_CREATED_BY:
		return "created_by_ref";
	case TAG_MARKING:
		return "object_marking_refs";
	default:
		return NULL;
	}
}

/* TW_NOT_FOUND when only the digest of an identifier is known. */
static int
item_reference(struct tw_snapshot *s, const struct object_rec *o,
    enum object_tag tag, struct slice bytes, struct tw_str *a,
    struct tw_str *b)
{
	char text[IDKEY_TEXT_MAX];
	struct object_rec target;
	struct idkey id;
	uint64_t at;
	size_t n;
	int rc;

	*a = str_of(slice_str(reference_name(o, tag)));
	*b = str_of(bytes);
	if (tag == TAG_REL_TYPE)
		return TW_OK;
	if (bytes.n != IDKEY_LEN)
		return snap_fail(s, TW_DAMAGED, "%s: a reference of an object"
		    " cannot be read", s->store->path);
	memcpy(id.b, bytes.p, IDKEY_LEN);
	n = idkey_text(&id, text);
	buf_reset(&s->text);
	if (n != 0 && buf_add(&s->text, text, n) == 0) {
		*b = str_of(buf_view(&s->text));
		return TW_OK;
	}
	rc = snap_object_by_id(s, &id, -1, &at, &target, NULL);
	if (rc == TW_OK)
		*b = str_of(object_rec_get(&target, TAG_ID_TEXT));
	return rc == TW_OK && b->p == NULL ? TW_NOT_FOUND : rc;
}

/* "chain NUL phase" */
static void
item_phase(struct slice bytes, struct tw_str *a, struct tw_str *b)
{
	const char *nul = memchr(bytes.p, '\0', bytes.n);

	*a = str_of(bytes);
	*b = (struct tw_str){NULL, 0};
	if (nul != NULL) {
		a->n = (size_t)(nul - bytes.p);
		*b = (struct tw_str){nul + 1, bytes.n - a->n - 1};
	}
}

int
tw_claim_item(tw_snapshot *s, const struct tw_claim *claim, int what,
    size_t *pos, struct tw_str *a, struct tw_str *b)
{
	static const enum object_tag tags[] = {
	    [TW_LABELS] = TAG_LABEL,
	    [TW_INDICATOR_TYPES] = TAG_INDICATOR_TYPE,
	    [TW_KILL_CHAIN] = TAG_PHASE,
	    [TW_ALIASES] = TAG_ALIAS,
	    [TW_VALUES] = TAG_VALUE,
	    [TW_REFERENCES] = TAG_END,
	};
	struct tw_str unused;
	struct object_rec o;
	enum object_tag tag;
	struct slice bytes;
	int rc;

	if (s == NULL || claim == NULL || pos == NULL || a == NULL ||
	    what <= 0 || what >= (int)ARRAY_LEN(tags))
		return TW_ARGUMENT;
	if (b == NULL)
		b = &unused;
	if ((rc = claim_record(s, claim, &o)) != TW_OK)
		return rc;
	while (object_rec_next(&o, pos, &tag, &bytes)) {
		if (what == TW_REFERENCES && reference_name(&o, tag) != NULL) {
			rc = item_reference(s, &o, tag, bytes, a, b);
			if (rc != TW_NOT_FOUND)
				return rc;
		}
		if (tag != tags[what])
			continue;
		*b = (struct tw_str){NULL, 0};
		if (what == TW_VALUES)
			return item_value(s, bytes, a, b);
		if (what == TW_KILL_CHAIN)
			item_phase(bytes, a, b);
		else
			*a = str_of(bytes);
		return TW_OK;
	}
	return TW_END;
}

int
tw_claim_group(tw_snapshot *s, const struct tw_match *match,
    const struct tw_claim *claim, size_t *pos, struct tw_str *a,
    struct tw_str *b)
{
	struct object_value own, v;
	struct value_rec rec;
	struct object_rec o;
	enum object_tag tag;
	struct slice bytes;
	int rc;

	if (s == NULL || match == NULL || claim == NULL || pos == NULL ||
	    a == NULL || b == NULL)
		return TW_ARGUMENT;
	if ((rc = match_record(s, match, &rec)) != TW_OK ||
	    (rc = claim_record(s, claim, &o)) != TW_OK)
		return rc;
	/* a value named in several alternatives has the group of the first */
	if (!object_find_value(&o, (uint8_t)match->type, match->prefix,
	    SLICE_OF(match->key), &own))
		return TW_END;
	while (object_rec_next(&o, pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &v) != 0 ||
		    v.group != own.group || (v.value.type == own.value.type &&
		    v.value.prefix == own.value.prefix &&
		    v.value.keylen == own.value.keylen &&
		    memcmp(v.value.key, own.value.key, own.value.keylen) == 0))
			continue;
		return item_value(s, bytes, a, b);
	}
	return TW_END;
}
