/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that lie behind a value: objects, sources, polls, original bytes. */
#include "store/reader_private.h"
#include "store/record_id.h"

static int
object_bytes(struct tw_snapshot *s, uint64_t row, MDB_val *d)
{
	uint8_t key[8];
	MDB_val k;
	int rc;

	be64_put(key, row);
	rc = table_get(s, TABLE_OBJECTS, key, sizeof(key), &k, d);
	if (rc == TW_NOT_FOUND)
		return snap_fail(s, TW_DAMAGED, "%s: object row %ju is missing"
		    " (run 'taxiway verify')", s->store->path, (uintmax_t)row);
	return rc;
}

int
snap_object(struct tw_snapshot *s, uint64_t row, struct object_rec *o,
    struct slice *record)
{
	MDB_val d;
	int rc;

	if ((rc = object_bytes(s, row, &d)) != TW_OK)
		return rc;
	err_clear(&s->err);
	if (object_rec_decode(val_slice(&d), true, o, &s->err) != 0) {
		err_context(&s->err, "%s: object row %ju", s->store->path,
		    (uintmax_t)row);
		return TW_DAMAGED;
	}
	if (record != NULL)
		*record = val_slice(&d);
	return TW_OK;
}

int
snap_object_head(struct tw_snapshot *s, uint64_t row, struct object_rec *o)
{
	MDB_val d;
	int rc;

	if ((rc = object_bytes(s, row, &d)) != TW_OK)
		return rc;
	if (object_rec_head(val_slice(&d), o) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: object row %ju cannot be"
		    " read", s->store->path, (uintmax_t)row);
	return TW_OK;
}

int
snap_object_by_id(struct tw_snapshot *s, const struct idkey *id, int source,
    uint64_t *row, struct object_rec *o, struct slice *record)
{
	uint8_t key[ID_KEY_LEN];
	struct object_rec other;
	struct slice bytes;
	MDB_val k, d;
	bool have = false, told;
	struct id_rec entry;
	uint64_t at;
	int rc;

	id_key(key, id->b, 0); /* in front of every source */
	for (rc = table_seek(s, TABLE_IDS, key, sizeof(key), &k, &d);
	    rc == TW_OK; rc = table_next(s, TABLE_IDS, &k, &d)) {
		if (k.mv_size != sizeof(key) ||
		    memcmp(k.mv_data, key, IDKEY_LEN + 1) != 0)
			break;
		if (source >= 0 && source !=
		    be16_get((uint8_t *)k.mv_data + ID_KEY_SOURCE))
			continue;
		if (id_rec_decode(val_slice(&d), &entry) != 0)
			return snap_fail(s, TW_DAMAGED, "%s: an entry of the"
			    " index of ids cannot be read", s->store->path);
		if ((at = entry.row) == 0)
			continue; /* buried */
		if ((rc = snap_object(s, at, &other, &bytes)) != TW_OK)
			return rc;
		if ((rc = snap_version(s, at, &other, &bytes)) < TW_OK)
			return rc;
		if (rc == TW_OK &&
		    (rc = snap_permits_object(s, &other, &told)) != TW_OK)
			return rc;
		if (rc == TW_NOT_FOUND || !told)
			continue;
		if (have && other.modified <= o->modified)
			continue;
		have = true;
		*row = at;
		*o = other;
		if (record != NULL)
			*record = bytes;
	}
	if (rc < TW_OK)
		return rc;
	return have ? TW_OK : TW_NOT_FOUND;
}

/* For the terms of a source: when did a poll begin? */
static void
find_poll(void *ctx, uint16_t source, uint32_t poll, struct terms_poll *out)
{
	struct tw_snapshot *s = ctx;
	struct poll_rec rec;
	uint8_t key[6];
	MDB_val k, d;

	be16_put(key, source);
	be32_put(key + 2, poll);
	if (table_get(s, TABLE_POLLS, key, sizeof(key), &k, &d) != TW_OK ||
	    poll_rec_decode(source, poll, val_slice(&d), &rec) != 0)
		return;
	out->start = rec.start;
	out->frozen = rec.frozen;
}

int
snap_source(struct tw_snapshot *s, uint16_t id, struct source_slot **out)
{
	struct source_slot *slot = &s->sources[id % SOURCE_CACHE];
	uint8_t key[2];
	MDB_val k, d;
	int rc;

	*out = slot;
	/* what one commit holds stays where it is as long as it is the newest */
	if (slot->txn == mdb_txn_id(s->txn) && slot->rec.id == id)
		return TW_OK;
	slot->txn = 0;
	slot->polls[0].poll = slot->polls[1].poll = 0;
	be16_put(key, id);
	rc = table_get(s, TABLE_SOURCES, key, sizeof(key), &k, &d);
	if (rc == TW_NOT_FOUND)
		return snap_fail(s, TW_DAMAGED, "%s: source %u is missing"
		    " (run 'taxiway verify')", s->store->path, id);
	if (rc != TW_OK)
		return rc;
	if (source_rec_decode(id, val_slice(&d), &slot->rec) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of source %u"
		    " cannot be read", s->store->path, id);
	terms_of(&slot->rec, &slot->terms);
	slot->terms.find = find_poll;
	slot->terms.ctx = s;
	if (CC_UNLIKELY(s->past) && (rc = past_terms(s, slot)) != TW_OK)
		return rc;
	slot->txn = mdb_txn_id(s->txn);
	return TW_OK;
}

int
snap_poll(struct tw_snapshot *s, uint16_t source, uint32_t poll,
    struct poll_rec *r)
{
	uint8_t key[6];
	MDB_val k, d;
	int rc;

	be16_put(key, source);
	be32_put(key + 2, poll);
	rc = table_get(s, TABLE_POLLS, key, sizeof(key), &k, &d);
	if (rc == TW_OK && poll_rec_decode(source, poll, val_slice(&d), r) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of poll %u of"
		    " source %u cannot be read", s->store->path, poll, source);
	return rc;
}

int
snap_poll_before(struct tw_snapshot *s, uint16_t source, uint32_t poll,
    struct poll_rec *r)
{
	uint8_t key[6];
	MDB_val k, d;
	int rc;

	be16_put(key, source);
	be32_put(key + 2, poll);
	rc = table_before(s, TABLE_POLLS, key, sizeof(key), &k, &d);
	if (rc != TW_OK)
		return rc;
	if (k.mv_size >= 2 && memcmp(k.mv_data, key, 2) != 0)
		return TW_END;
	if (k.mv_size != sizeof(key) || poll_rec_decode(source,
	    be32_get((const uint8_t *)k.mv_data + 2), val_slice(&d), r) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of a poll of "
		    "source %u cannot be read", s->store->path, source);
	return TW_OK;
}

int
snap_poll_start(struct tw_snapshot *s, struct source_slot *slot, uint32_t poll,
    int64_t *start)
{
	struct poll_rec rec;
	int i, rc;

	for (i = 0; i < 2; i++) {
		if (poll != 0 && slot->polls[i].poll == poll) {
			*start = slot->polls[i].start;
			return TW_OK;
		}
	}
	*start = TSTAMP_NONE;
	rc = snap_poll(s, slot->rec.id, poll, &rec);
	if (rc != TW_OK)
		return rc == TW_NOT_FOUND ? TW_OK : rc;
	*start = rec.start;
	slot->polls[1] = slot->polls[0];
	slot->polls[0] = (struct terms_poll){poll, rec.start, rec.frozen};
	return TW_OK;
}

bool
object_find_value(const struct object_rec *o, uint8_t type, uint8_t prefix,
    struct slice key, struct object_value *v)
{
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;

	while (object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, v) != 0)
			continue;
		if (v->value.type == type && v->value.prefix == prefix &&
		    v->value.keylen == key.n &&
		    memcmp(v->value.key, key.p, key.n) == 0)
			return true;
	}
	return false;
}

struct tw_str
object_id(const struct idkey *id, const struct object_rec *o,
    char text[IDKEY_TEXT_MAX])
{
	size_t n = idkey_text(id, text);

	if (n != 0)
		return (struct tw_str){text, n};
	if (o == NULL)
		return (struct tw_str){NULL, 0};
	return str_of(object_rec_get(o, TAG_ID_TEXT));
}

struct tw_str
object_type(const struct idkey *id, const struct object_rec *o)
{
	struct slice text, name = {NULL, 0};
	size_t i;

	if (id->b[0] != IDKEY_DIGEST)
		return str_of(slice_str(stix_type_name(id->b[0])));
	if (o == NULL)
		return str_of(name);
	name = object_rec_get(o, TAG_TYPE_NAME);
	if (name.p != NULL)
		return str_of(name);
	/* "x-custom--…": what stands in front of the dashes */
	text = object_rec_get(o, TAG_ID_TEXT);
	for (i = 0; text.p != NULL && i + 1 < text.n; i++) {
		if (text.p[i] == '-' && text.p[i + 1] == '-') {
			name = (struct slice){text.p, i};
			break;
		}
	}
	return str_of(name);
}

int
snap_json(struct tw_snapshot *s, const struct object_rec *o,
    struct tw_str *json)
{
	struct slice out;
	uint8_t key[8];
	MDB_val k, d;
	int rc;

	*json = (struct tw_str){NULL, 0};
	if ((o->flags & OBJ_RAW) == 0)
		return TW_OK;
	if (s->blocks == NULL && (s->blocks = block_reader_new()) == NULL)
		return snap_fail(s, TW_MEMORY, "no memory to unpack objects");
	be64_put(key, o->block);
	rc = table_get(s, TABLE_BLOCKS, key, sizeof(key), &k, &d);
	if (rc == TW_NOT_FOUND)
		return snap_fail(s, TW_DAMAGED, "%s: block %ju is missing"
		    " (run 'taxiway verify')", s->store->path,
		    (uintmax_t)o->block);
	if (rc != TW_OK)
		return rc;
	err_clear(&s->err);
	if (block_reader_get(s->blocks, o->block, val_slice(&d), o->index,
	    &out, &s->err) != 0) {
		err_context(&s->err, "%s: block %ju", s->store->path,
		    (uintmax_t)o->block);
		return s->err.code == ERR_MEMORY ? TW_MEMORY : TW_DAMAGED;
	}
	*json = str_of(out);
	return TW_OK;
}
