/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a value active now?  For the writer, who tells the change log; a reader
 * comes to the same answer from the same records (match.c).
 */
#include "base/tstamp.h"
#include "store/apply.h"
#include "store/bytes.h"

/* One more interval: is it on, and when does the clock change that? */
static void
now_add(struct entry_now *out, int64_t now, int64_t from, int64_t end)
{
	int64_t next = TSTAMP_NEVER;

	if (end <= from)
		return; /* never active: its end is no reason to look again */
	if (now < from)
		next = from;
	else if (now < end)
		next = end;
	if (now >= from && now < end)
		out->active = true;
	else if (now < from)
		out->why = WHY_PENDING;
	if (next < out->next)
		out->next = next;
}

/* One interval cannot tell: ask the claims. */
static int
now_complex(struct apply *a, const struct value_rec *r,
    struct entry_now *out, struct err *e)
{
	uint8_t k[16];
	MDB_val key = {sizeof(k), k}, val;
	struct verdict_claim c;
	struct object_rec o;
	int rc;

	be64_put(k, r->row);
	be64_put(k + 8, 0);
	rc = mdb_cursor_get(a->claims, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && key.mv_size == sizeof(k) &&
	    be64_get(key.mv_data) == r->row) {
		if (apply_object(a, be64_get((uint8_t *)key.mv_data + 8), &o, NULL,
		    e) != 0)
			return -1;
		verdict_claim(&o, 0, TLP_UNKNOWN, 0, &c);
		if (!c.revoked && !c.benign)
			now_add(out, a->now, c.valid_from, c.valid_until);
		rc = mdb_cursor_get(a->claims, &key, &val, MDB_NEXT);
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "reading claims");
}

int
entry_now(struct apply *a, const struct value_rec *r, struct entry_now *out,
    struct err *e)
{
	*out = (struct entry_now){.next = TSTAMP_NEVER, .why = WHY_EXPIRED};
	if ((r->flags & VREC_REVOKED) != 0)
		out->why = WHY_REVOKED;
	else if ((r->flags & VREC_BENIGN) != 0)
		out->why = WHY_BENIGN;
	else if ((r->flags & VREC_COMPLEX) != 0)
		return now_complex(a, r, out, e);
	else
		now_add(out, a->now, r->valid_from, r->expires_at);
	return 0;
}
