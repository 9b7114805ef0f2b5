/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking: values in key order, objects in the order they came.  The caller's
 * cursor holds the last key, so that a walk survives a renewal.
 */
#include "store/reader_private.h"

/* -- the caller's cursor -- */

static int
cursor_check(struct tw_snapshot *s, const struct tw_cursor *c)
{
	if (c->length > sizeof(c->key) || c->table >= TABLE_COUNT)
		return snap_fail(s, TW_ARGUMENT, "the cursor was not zeroed");
	return TW_OK;
}

static int
cursor_keep(struct tw_snapshot *s, struct tw_cursor *c, const MDB_val *k)
{
	if (k->mv_size > sizeof(c->key))
		return snap_fail(s, TW_DAMAGED, "%s: a key of %zu bytes",
		    s->store->path, k->mv_size);
	memcpy(c->key, k->mv_data, k->mv_size);
	c->length = (uint16_t)k->mv_size;
	return TW_OK;
}

/* -- values -- */

/* Fill from one entry of `values` or `nets`. */
static int
value_fill(struct tw_snapshot *s, enum table t, const MDB_val *k,
    const MDB_val *d, struct tw_match *m)
{
	struct slice key = val_slice(k);
	struct value_rec rec;
	uint8_t type, prefix;
	int rc;

	if (key.n < 2 || (t == TABLE_NETS && key.n < 4) ||
	    value_rec_decode(val_slice(d), &rec) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: an entry of %s cannot be"
		    " read (run 'taxiway verify')", s->store->path,
		    table_info[t].name);
	type = (uint8_t)key.p[0];
	prefix = value_full_prefix(type);
	key.p++;
	key.n--;
	if (t == TABLE_NETS) /* the prefix lies behind the address */
		prefix = (uint8_t)key.p[--key.n];
	rc = match_fill(s, &rec, &(struct undo_value){type, prefix, key}, m);
	m->kind = TW_MATCH_EXACT;
	return rc;
}

/* The next value, which may be withheld: TW_NOT_FOUND. */
static int
value_step(struct tw_snapshot *s, struct tw_cursor *c, int type,
    struct tw_match *match)
{
	uint8_t first = (uint8_t)type;
	enum table t;
	MDB_val k, d;
	int rc;

	if (c->table == TABLE_META)
		c->table = TABLE_VALUES;
	if ((rc = cursor_check(s, c)) != TW_OK || (rc = snap_fix(s)) != TW_OK)
		return rc;
	for (t = TABLE_VALUES; t <= TABLE_NETS; t++) {
		if (c->table > t)
			continue;
		if (c->table < t) {
			c->table = t;
			c->length = 0;
		}
		if (c->length == 0)
			rc = table_seek(s, t, &first, type != 0, &k, &d);
		else
			rc = table_after(s, t, c->key, c->length, &k, &d);
		if (rc == TW_OK && (type == 0 || (k.mv_size != 0 &&
		    *(uint8_t *)k.mv_data == first))) {
			rc = cursor_keep(s, c, &k);
			return rc == TW_OK
			    ? value_fill(s, t, &k, &d, match) : rc;
		}
		if (rc < TW_OK)
			return rc;
	}
	c->table = TABLE_NETS + 1; /* the end stays the end */
	return TW_END;
}

int
tw_value_next(tw_snapshot *s, struct tw_cursor *c, int type,
    struct tw_match *match)
{
	int rc;

	if (s == NULL || c == NULL || match == NULL || type < 0 || type > 255)
		return TW_ARGUMENT;
	do {
		rc = value_step(s, c, type, match);
	} while (rc == TW_NOT_FOUND);
	return rc;
}

/* -- text -- */

int
snap_said(struct tw_snapshot *s, const struct value_rec *rec,
    const struct value *v, const struct slice *text, struct value *said)
{
	const struct undo_value name = {v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};
	struct claim_walk w;
	struct object_value ov;
	struct object_rec o;
	uint64_t row;
	uint8_t flags;
	int rc;

	claim_walk_start(&w, rec);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		if ((rc = snap_holder(s, row, &name, &o)) != TW_OK)
			return rc;
		if (object_find_value(&o, v->type, v->prefix, name.key, &ov) &&
		    (text == NULL || slice_eq(ov.value.text, *text))) {
			*said = ov.value;
			return TW_OK;
		}
	}
	return rc == TW_END ? TW_NOT_FOUND : rc;
}

int
snap_text(struct tw_snapshot *s, const struct value_rec *rec,
    struct value *v)
{
	int rc;

	buf_reset(&s->text);
	if ((v->flags & VALUE_DIGEST) == 0 && value_print(v, &s->text) == 0)
		return TW_OK;
	/* long, or a URL in whose key letters were lowered */
	buf_reset(&s->text);
	if (rec != NULL) {
		rc = snap_said(s, rec, v, NULL, v);
		if (rc < TW_OK)
			return rc;
		if (rc == TW_OK && value_print(v, &s->text) == 0)
			return TW_OK;
	}
	return snap_fail(s, TW_DAMAGED, "%s: a value of type %u has no text"
	    " (run 'taxiway verify')", s->store->path, v->type);
}

size_t
tw_value_text(tw_snapshot *s, const struct tw_match *match, char *text,
    size_t size)
{
	struct value_rec rec;
	struct value v;
	size_t n;

	if (size != 0 && text != NULL)
		text[0] = '\0';
	if (s == NULL || match == NULL || match_record(s, match, &rec) != TW_OK)
		return 0;
	v = (struct value){
	    .type = (uint8_t)match->type,
	    .prefix = match->prefix,
	    .flags = rec.flags & VREC_DIGEST ? VALUE_DIGEST : 0,
	    .keylen = (uint16_t)match->key.n,
	    .key = (const uint8_t *)match->key.p,
	};
	if (snap_text(s, &rec, &v) != TW_OK)
		return 0;
	if (size != 0 && text != NULL) {
		n = s->text.n < size ? s->text.n : size - 1;
		memcpy(text, s->text.p, n);
		text[n] = '\0';
	}
	return s->text.n;
}

/* -- objects -- */

/* The type of what it claims first: its ageing stands for the object's. */
static uint8_t
first_type(const struct object_rec *o)
{
	struct slice bytes = object_rec_get(o, TAG_VALUE);
	struct object_value v;

	if (bytes.p == NULL || object_value_decode(bytes, &v) != 0)
		return VALUE_NONE;
	return v.value.type;
}

int
snap_object_view(struct tw_snapshot *s, uint64_t row,
    const struct object_rec *o, struct slice record, bool with_json,
    struct tw_object *out)
{
	struct stand st = {.o = *o, .record = record, .when = TSTAMP_NONE,
	    .met = TSTAMP_NONE,
	    .flags = (o->flags & OBJ_COMPOUND) != 0 ? OVF_COMPOUND : 0};
	int rc;

	memset(out, 0, sizeof(*out));
	if ((rc = snap_source(s, o->source, &st.source)) != TW_OK ||
	    (rc = claim_fill(s, row, &st, first_type(o), &out->claim)) != TW_OK)
		return rc;
	out->id = out->claim.id;
	out->type = object_type(&o->id, o);
	out->name = out->claim.name;
	out->source = out->claim.source;
	out->created = o->created;
	out->modified = o->modified;
	out->revoked = out->claim.revoked;
	out->tlp = out->claim.tlp;
	out->foreign = (o->flags & OBJ_FEED) != 0;
	out->poll = o->poll;
	return with_json ? snap_json(s, o, &out->json) : TW_OK;
}

/* The id of a source by its name; -1 with TW_NOT_FOUND. */
static int
source_by_name(struct tw_snapshot *s, const char *name, int *id)
{
	struct tw_source source;
	uint16_t at = 0;
	int rc;

	*id = -1;
	if (name == NULL)
		return TW_OK;
	while ((rc = tw_source_next(s, &at, &source)) == TW_OK) {
		if (slice_is(SLICE_OF(source.name), name)) {
			*id = source.id;
			return TW_OK;
		}
	}
	return rc == TW_END ? TW_NOT_FOUND : rc;
}

int
tw_object_get(tw_snapshot *s, const char *id, const char *source,
    struct tw_object *object)
{
	struct slice text = slice_str(id), record;
	struct object_rec o;
	struct idkey key;
	uint64_t row;
	int rc, from;

	if (s == NULL || id == NULL || object == NULL)
		return TW_ARGUMENT;
	if (idkey_parse(text, &key) < 0)
		return snap_fail(s, TW_MALFORMED, "not a STIX id");
	if ((rc = snap_fix(s)) != TW_OK ||
	    (rc = source_by_name(s, source, &from)) != TW_OK ||
	    (rc = snap_object_by_id(s, &key, from, &row, &o, &record)) != TW_OK)
		return rc;
	if (key.b[0] == IDKEY_DIGEST &&
	    !slice_eq(object_rec_get(&o, TAG_ID_TEXT), text))
		return TW_NOT_FOUND;
	return snap_object_view(s, row, &o, record, true, object);
}

/* The next row, with what is stored there. */
static int
object_step(struct tw_snapshot *s, struct tw_cursor *c, uint64_t *row,
    struct object_rec *o, struct slice *record)
{
	MDB_val k, d;
	int rc;

	rc = table_after(s, TABLE_OBJECTS, c->key, c->length, &k, &d);
	if (rc != TW_OK)
		return rc;
	if ((rc = cursor_keep(s, c, &k)) != TW_OK)
		return rc;
	err_clear(&s->err);
	if (k.mv_size != 8)
		return snap_fail(s, TW_DAMAGED, "%s: a key of objects has %zu"
		    " bytes", s->store->path, k.mv_size);
	if (object_rec_decode(val_slice(&d), true, o, &s->err) != 0) {
		err_context(&s->err, "%s", s->store->path);
		return TW_DAMAGED;
	}
	*row = be64_get(k.mv_data);
	*record = val_slice(&d);
	return TW_OK;
}

int
tw_object_next(tw_snapshot *s, struct tw_cursor *c, int with_json,
    struct tw_object *object)
{
	struct object_rec o;
	struct slice record;
	uint64_t row = 0;
	bool told = false;
	int rc;

	if (s == NULL || c == NULL || object == NULL)
		return TW_ARGUMENT;
	if ((rc = cursor_check(s, c)) != TW_OK || (rc = snap_fix(s)) != TW_OK)
		return rc;
	do {
		rc = object_step(s, c, &row, &o, &record);
		if (rc == TW_OK)
			rc = snap_version(s, row, &o, &record);
		if (rc == TW_OK)
			rc = snap_permits_object(s, &o, &told);
	} while (rc == TW_NOT_FOUND || /* brought by a poll that is hidden */
	    (rc == TW_OK && !told));
	if (rc != TW_OK)
		return rc;
	return snap_object_view(s, row, &o, record, with_json != 0, object);
}
