/* SPDX-License-Identifier: BSD-2-Clause */
/* What an indicator indicates: the other ends of its relationships. */
#include "store/reader_private.h"

#define OUT_KEY (IDKEY_LEN + 1 + 8) /* idkey, tag 1, row of the relationship */

/* One relationship; TW_NOT_FOUND when it was revoked, or when the version that
 * stands is about something else. */
static int
threat_fill(struct tw_snapshot *s, uint64_t row, const uint8_t *from,
    struct tw_threat *t)
{
	struct source_slot *source;
	struct object_rec rel, target;
	struct slice ref;
	struct idkey id;
	uint64_t at;
	bool told;
	int rc;

	if ((rc = snap_object(s, row, &rel, NULL)) != TW_OK ||
	    (rc = snap_version(s, row, &rel, NULL)) != TW_OK)
		return rc;
	if (rel.flags & OBJ_REVOKED)
		return TW_NOT_FOUND;
	if ((rc = snap_permits_object(s, &rel, &told)) != TW_OK || !told)
		return rc == TW_OK ? TW_NOT_FOUND : rc;
	ref = object_rec_get(&rel, TAG_SOURCE_REF);
	if (ref.n != IDKEY_LEN || memcmp(ref.p, from, IDKEY_LEN) != 0)
		return TW_NOT_FOUND;
	ref = object_rec_get(&rel, TAG_TARGET_REF);
	if (ref.n != IDKEY_LEN)
		return snap_fail(s, TW_DAMAGED, "%s: relationship row %ju has"
		    " no target", s->store->path, (uintmax_t)row);
	memcpy(id.b, ref.p, IDKEY_LEN);
	if ((rc = snap_source(s, rel.source, &source)) != TW_OK)
		return rc;
	*t = (struct tw_threat){
	    .relationship = str_of(object_rec_get(&rel, TAG_REL_TYPE)),
	    .source = str_of(source->rec.name),
	};
	rc = snap_object_by_id(s, &id, -1, &at, &target, NULL);
	if (rc < TW_OK)
		return rc;
	t->type = object_type(&id, rc == TW_OK ? &target : NULL);
	t->id = object_id(&id, rc == TW_OK ? &target : NULL, t->idtext);
	if (rc == TW_OK)
		t->name = str_of(object_rec_get(&target, TAG_NAME));
	return TW_OK;
}

/* What the entry of a feed without relationships says itself. */
static void
threats_told(const struct tw_claim *claim, const struct object_rec *o,
    struct tw_threat *threats, size_t max, size_t *found)
{
	enum object_tag tag;
	struct slice bytes;
	const char *nul;
	size_t pos = 0;

	while (object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag != TAG_THREAT)
			continue;
		nul = memchr(bytes.p, '\0', bytes.n);
		if (nul == NULL)
			continue;
		if (*found < max)
			threats[*found] = (struct tw_threat){
			    .relationship = str_of(SLICE("indicates")),
			    .type = {bytes.p, (size_t)(nul - bytes.p)},
			    .name = {nul + 1, bytes.n -
				(size_t)(nul + 1 - bytes.p)},
			    .source = claim->source,
			};
		++*found;
	}
}

int
tw_threats(tw_snapshot *s, const struct tw_claim *claim,
    struct tw_threat *threats, size_t max, size_t *found)
{
	struct tw_threat unused, *t;
	uint8_t key[OUT_KEY] = {0};
	struct object_rec o;
	MDB_val k, d;
	int rc;

	if (s == NULL || claim == NULL || found == NULL ||
	    (threats == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if ((rc = claim_record(s, claim, &o)) != TW_OK)
		return rc;
	if ((o.flags & OBJ_FEED) != 0)
		threats_told(claim, &o, threats, max, found);
	memcpy(key, o.id.b, IDKEY_LEN);
	key[IDKEY_LEN] = 1;
	for (rc = table_seek(s, TABLE_IDS, key, sizeof(key), &k, &d);
	    rc == TW_OK; rc = table_after(s, TABLE_IDS, key, sizeof(key), &k,
	    &d)) {
		if (k.mv_size != sizeof(key) ||
		    memcmp(k.mv_data, key, IDKEY_LEN + 1) != 0)
			break;
		memcpy(key, k.mv_data, sizeof(key));
		t = *found < max ? &threats[*found] : &unused;
		rc = threat_fill(s, be64_get(key + IDKEY_LEN + 1), key, t);
		if (rc == TW_OK)
			++*found;
		else if (rc != TW_NOT_FOUND)
			return rc;
	}
	return rc < TW_OK ? rc : TW_OK;
}
