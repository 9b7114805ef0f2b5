/* SPDX-License-Identifier: BSD-2-Clause */
/* Earlier versions against the rows they stood at; original bytes. */
#include <string.h>

#include "base/digest.h"
#include "store/undo.h"
#include "store/verify.h"

int
verify_raw(struct verify *v, uint64_t row, const struct object_rec *o)
{
	struct tw_str json;
	int rc;

	if ((o->flags & OBJ_RAW) == 0)
		return TW_OK;
	if ((rc = snap_json(v->s, o, &json)) != TW_OK)
		return rc;
	v->raw_bytes += json.n;
	/* That of a feed's entry knows its settings too. */
	if ((o->flags & OBJ_FEED) == 0 &&
	    digest64(json.p, json.n, v->id.seed) != o->hash)
		verify_bad(v, "blocks: the original of object row %ju is not"
		    " what came", (uintmax_t)row);
	return TW_OK;
}

int
verify_undo(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct object_rec old, now;
	struct err e = ERR_INIT;
	uint32_t poll;
	uint64_t row;
	int rc;

	if (!undo_key_read(k, &row, &poll)) {
		verify_bad(v, "undo: a key of %zu bytes", k->mv_size);
		return TW_OK;
	}
	if (object_rec_decode(val_slice(d), false, &old, &e) != 0) {
		verify_bad(v, "undo: row %ju before poll %u: %s",
		    (uintmax_t)row, poll, e.text);
		return TW_OK;
	}
	if ((rc = snap_object_head(v->s, row, &now)) != TW_OK)
		return rc;
	if (memcmp(old.id.b, now.id.b, IDKEY_LEN) != 0 ||
	    old.source != now.source || old.poll_first > now.poll_first ||
	    (old.poll_first != now.poll_first &&
	    (now.flags & OBJ_AGAIN) == 0))
		verify_bad(v, "undo: row %ju before poll %u was another object",
		    (uintmax_t)row, poll);
	if (old.poll >= poll || now.poll < poll)
		verify_bad(v, "undo: row %ju before poll %u came with poll %u,"
		    " what stands there with %u", (uintmax_t)row, poll,
		    old.poll, now.poll);
	if ((rc = verify_ends(v, row, &old)) != TW_OK)
		return rc;
	return verify_raw(v, row, &old);
}
