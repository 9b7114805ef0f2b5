/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects against the index of ids, the values and the original bytes. */
#include <string.h>

#include "store/record_id.h"
#include "store/undo.h"
#include "store/verdict.h"
#include "store/verify.h"

/* ids must lead from (id, source) to this row and hash. */
static int
check_id(struct verify *v, uint64_t row, const struct object_rec *o)
{
	uint8_t key[ID_KEY_LEN];
	struct id_rec id;
	MDB_val k, d;
	int rc;

	id_key(key, o->id.b, o->source);
	rc = table_get(v->s, TABLE_IDS, key, sizeof(key), &k, &d);
	if (rc < TW_OK)
		return rc;
	if (rc != TW_OK || id_rec_decode(val_slice(&d), &id) != 0 ||
	    id.row != row)
		verify_bad(v, "ids: object row %ju is not found by its id",
		    (uintmax_t)row);
	else if (id.hash != o->hash)
		verify_bad(v, "ids: object row %ju has another hash",
		    (uintmax_t)row);
	return TW_OK;
}

/* A value of an object must be in its tree and lead back to the object. */
static int
check_value(struct verify *v, uint64_t row, const struct object_value *ov)
{
	uint8_t key[1 + LIMIT_VALUE_KEY + 64 + 1], claim[16];
	const struct value *value = &ov->value;
	bool net = value->prefix < value_full_prefix(value->type);
	struct value_rec rec;
	MDB_val k, d;
	int rc;

	key[0] = value->type;
	memcpy(key + 1, value->key, value->keylen);
	key[1 + value->keylen] = value->prefix;
	rc = table_get(v->s, net ? TABLE_NETS : TABLE_VALUES, key,
	    1u + value->keylen + net, &k, &d);
	if (rc < TW_OK)
		return rc;
	if (rc != TW_OK || value_rec_decode(val_slice(&d), &rec) != 0) {
		verify_bad(v, "values: a %s of object row %ju is missing",
		    value_type_name(value->type), (uintmax_t)row);
		return TW_OK;
	}
	if ((rec.flags & VREC_MULTI) == 0) {
		if (rec.row != row)
			verify_bad(v, "values: a %s leads to object row %ju,"
			    " not to row %ju", value_type_name(value->type),
			    (uintmax_t)rec.row, (uintmax_t)row);
		return TW_OK;
	}
	be64_put(claim, rec.row);
	be64_put(claim + 8, row);
	rc = table_get(v->s, TABLE_CLAIMS, claim, sizeof(claim), &k, &d);
	if (rc < TW_OK)
		return rc;
	if (rc != TW_OK)
		verify_bad(v, "claims: that of object row %ju on a %s is"
		    " missing", (uintmax_t)row, value_type_name(value->type));
	return TW_OK;
}

static int
check_values(struct verify *v, uint64_t row, const struct object_rec *o)
{
	struct object_value ov;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;
	int rc;

	if ((o->flags & OBJ_CLAIMS) == 0)
		return TW_OK;
	while (object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &ov) != 0)
			continue;
		rc = check_value(v, row, &ov);
		if (rc != TW_OK && !verify_damage(v, rc))
			return rc;
	}
	return TW_OK;
}

static int
check_end(struct verify *v, uint64_t row, const struct object_rec *o,
    uint8_t tag)
{
	struct slice from = object_rec_get(o, TAG_SOURCE_REF);
	struct slice to = object_rec_get(o, TAG_TARGET_REF);
	uint8_t key[IDKEY_LEN + 1 + 8];
	MDB_val k, d;
	int rc;

	if (from.n != IDKEY_LEN || to.n != IDKEY_LEN ||
	    (o->flags & OBJ_REVOKED) != 0)
		return TW_OK;
	memcpy(key, tag == 1 ? from.p : to.p, IDKEY_LEN);
	key[IDKEY_LEN] = tag;
	be64_put(key + IDKEY_LEN + 1, row);
	rc = table_get(v->s, TABLE_IDS, key, sizeof(key), &k, &d);
	if (rc < TW_OK)
		return rc;
	if (rc != TW_OK)
		verify_bad(v, "ids: relationship row %ju is not found from its "
		    "ends", (uintmax_t)row);
	return TW_OK;
}

int
verify_ends(struct verify *v, uint64_t row, const struct object_rec *o)
{
	int rc;

	if (o->id.b[0] != STIX_RELATIONSHIP)
		return TW_OK;
	if ((rc = check_end(v, row, o, 1)) != TW_OK)
		return rc;
	return check_end(v, row, o, 2);
}

/* The counters that this object is part of. */
static void
count_object(struct verify *v, const struct object_rec *o)
{
	struct source_sum *sum = &v->sums[o->source];

	v->objects++;
	v->patterns += (o->flags & OBJ_PATTERN) != 0;
	v->rules += (o->flags & OBJ_RULE) != 0;
	v->relationships += o->id.b[0] == STIX_RELATIONSHIP;
	sum->objects++;
	sum->revoked += (o->flags & OBJ_REVOKED) != 0;
	sum->patterns += (o->flags & (OBJ_PATTERN | OBJ_RULE)) != 0;
}

int
verify_object(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct source_slot *source;
	struct err e = ERR_INIT;
	struct object_rec o;
	bool pending;
	uint64_t row;
	int rc;

	if (k->mv_size != 8) {
		verify_bad(v, "objects: a key of %zu bytes", k->mv_size);
		return TW_OK;
	}
	row = be64_get(k->mv_data);
	if (row > v->max_row)
		v->max_row = row;
	if (object_rec_decode(val_slice(d), false, &o, &e) != 0) {
		verify_bad(v, "objects: row %ju: %s", (uintmax_t)row, e.text);
		return TW_OK;
	}
	count_object(v, &o);
	if ((rc = snap_source(v->s, o.source, &source)) != TW_OK)
		return rc;
	/* Its values may be upkeep's to write. */
	pending = source->rec.unsettled != 0 && row >= source->rec.settle_row;
	if ((rc = check_id(v, row, &o)) != TW_OK ||
	    (rc = verify_live(v, row, &o)) != TW_OK ||
	    (!pending && (rc = check_values(v, row, &o)) != TW_OK) ||
	    (rc = verify_ends(v, row, &o)) != TW_OK)
		return rc;
	return verify_raw(v, row, &o);
}

/* -- ids -- */

static int
check_id_row(struct verify *v, const uint8_t *key, const MDB_val *d)
{
	struct object_rec o;
	struct id_rec id;
	uint64_t row;
	int rc;

	if (id_rec_decode(val_slice(d), &id) != 0) {
		verify_bad(v, "ids: an entry cannot be read");
		return TW_OK;
	}
	if ((row = id.row) == 0) {
		v->sums[be16_get(key + ID_KEY_SOURCE)].buried++;
		return TW_OK;
	}
	if ((rc = snap_object_head(v->s, row, &o)) != TW_OK)
		return rc;
	if (memcmp(o.id.b, key, IDKEY_LEN) != 0 ||
	    o.source != be16_get(key + ID_KEY_SOURCE))
		verify_bad(v, "ids: an id leads to object row %ju, which has"
		    " another", (uintmax_t)row);
	return TW_OK;
}

/* Does a version lie between these ends? */
static bool
has_ends(const struct object_rec *o, bool out, const uint8_t *near,
    const MDB_val *far)
{
	struct slice a = object_rec_get(o, out ? TAG_SOURCE_REF :
	    TAG_TARGET_REF);
	struct slice b = object_rec_get(o, out ? TAG_TARGET_REF :
	    TAG_SOURCE_REF);

	return (o->flags & OBJ_REVOKED) == 0 && a.n == IDKEY_LEN &&
	    b.n == IDKEY_LEN && far->mv_size >= IDKEY_LEN &&
	    memcmp(a.p, near, IDKEY_LEN) == 0 &&
	    memcmp(b.p, far->mv_data, IDKEY_LEN) == 0;
}

/* The relationship, or a version of it in `undo`, must lie there. */
static int
check_id_end(struct verify *v, const uint8_t *key, const MDB_val *d)
{
	bool out = key[IDKEY_LEN] == 1, found;
	uint64_t row = be64_get(key + IDKEY_LEN + 1), at;
	uint8_t from[UNDO_KEY_LEN];
	struct object_rec o;
	uint32_t poll;
	MDB_val k, old;
	int rc;

	if ((rc = snap_object(v->s, row, &o, NULL)) != TW_OK)
		return rc;
	found = has_ends(&o, out, key, d);
	undo_key(from, row, 0);
	rc = found ? TW_END :
	    table_seek(v->s, TABLE_UNDO, from, sizeof(from), &k, &old);
	for (; rc == TW_OK && !found; rc = table_next(v->s, TABLE_UNDO, &k,
	    &old)) {
		if (!undo_key_read(&k, &at, &poll) || at != row)
			break;
		found = object_rec_head(val_slice(&old), &o) == 0 &&
		    has_ends(&o, out, key, d);
	}
	if (rc < TW_OK)
		return rc;
	if (!found)
		verify_bad(v, "ids: relationship row %ju has other ends",
		    (uintmax_t)row);
	return TW_OK;
}

int
verify_id(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	const uint8_t *key = k->mv_data;

	if (k->mv_size == ID_KEY_LEN && key[IDKEY_LEN] == 0)
		return check_id_row(v, key, d);
	if (k->mv_size == IDKEY_LEN + 9 &&
	    (key[IDKEY_LEN] == 1 || key[IDKEY_LEN] == 2))
		return check_id_end(v, key, d);
	verify_bad(v, "ids: a key of %zu bytes", k->mv_size);
	return TW_OK;
}

int
verify_block(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct block_rec b;
	uint64_t n;

	n = k->mv_size == 8 ? be64_get(k->mv_data) : 0;
	if (n == 0 || n >= v->s->head.next_block)
		verify_bad(v, "blocks: number %ju is out of range",
		    (uintmax_t)n);
	if (block_rec_decode(val_slice(d), &b) != 0)
		verify_bad(v, "blocks: number %ju cannot be read",
		    (uintmax_t)n);
	return TW_OK;
}
