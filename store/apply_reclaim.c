/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows that go altogether: the object, its versions, its claims, its links, its
 * identifier.
 */
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/record_id.h"
#include "store/undo.h"

/* What a version that goes leaves behind. */
static int
drop_version(struct apply *a, const struct object_rec *old, void *ctx,
    struct err *e)
{
	const uint32_t *item = ctx;
	const struct item *it = &a->b->items[*item];
	struct object_rec now;
	int rc;

	if (values_collect(a, old, *item, OP_DROP, false, e) != 0)
		return -1;
	if (it->fate != FATE_TRIM)
		rc = links_collect(a, old, it->row, false, e);
	else if (object_rec_head((struct slice){(char *)it->rec, it->len},
	    &now) != 0)
		rc = err_set(e, ERR_INTERNAL, "record of a batch changed");
	else
		rc = links_drop(a, old, it->row, &now, e);
	return rc == 0 ? raw_bury(a, old, e) : -1;
}

/* Delete them, from the first on. */
static int
drop_undo(struct apply *a, uint64_t row, struct err *e)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key, val;
	uint32_t poll;
	uint64_t at;
	int rc;

	undo_key(k, row, 0);
	for (;;) {
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(a->undo, &key, &val, MDB_SET_RANGE);
		if (rc == MDB_NOTFOUND)
			return 0;
		if (rc == 0 && !undo_key_read(&key, &at, &poll))
			return env_damaged(a->env, TABLE_UNDO, e);
		if (rc == 0 && at != row)
			return 0;
		if (rc == 0)
			rc = mdb_cursor_del(a->undo, 0);
		if (rc != 0)
			return env_fail(e, a->env, rc, "writing undo");
	}
}

static int
drop_key(struct apply *a, MDB_cursor *cur, void *k, size_t n, struct err *e)
{
	MDB_val key = {n, k}, val;
	int rc = mdb_cursor_get(cur, &key, &val, MDB_SET);

	if (rc == 0)
		rc = mdb_cursor_del(cur, 0);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "removing objects");
}

/* The identifier goes, or is remembered. */
static int
drop_id(struct apply *a, const struct object_rec *r, bool bury,
    struct err *e)
{
	const struct id_rec id = {.row = 0, .hash = r->hash,
	    .flags = (uint8_t)(r->flags & OBJ_REVOKED),
	    .modified = r->modified, .when = a->now};
	uint8_t k[ID_KEY_LEN], v[ID_REC_MAX];
	MDB_val key = {sizeof(k), k}, val = {id_rec_encode(&id, v), v};
	int rc;

	id_key(k, r->id.b, r->source);
	if (!bury)
		return drop_key(a, a->ids, k, sizeof(k), e);
	rc = mdb_cursor_put(a->ids, &key, &val, 0);
	if (rc != 0)
		return env_fail(e, a->env, rc, "writing identifiers");
	a->src.buried++;
	return 0;
}

/* The source cannot be shown any more as it was before this poll. */
static void
undone_until(struct apply *a, uint32_t poll)
{
	if (poll != 0 && a->src.undo_from <= poll)
		a->src.undo_from = poll + 1;
}

int
object_remove(struct apply *a, uint32_t i, struct err *e)
{
	struct item *it = &a->b->items[i];
	struct object_rec r;
	struct object_end end;
	uint8_t k[8];

	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	if (undo_each(a, it->row, drop_version, &i, e) != 0 ||
	    drop_undo(a, it->row, e) != 0 ||
	    values_collect(a, &r, i, OP_UNLINK, false, e) != 0 ||
	    links_collect(a, &r, it->row, false, e) != 0 ||
	    raw_bury(a, &r, e) != 0)
		return -1;
	object_count(a, &r, -1);
	a->head.objects--;
	a->src.objects--;
	a->data = true;
	if (object_rec_ended(&r, &end))
		undone_until(a, end.poll);
	/* Of a source that is forgotten there are no such rows. */
	if (a->src.forgotten == 0 && presence_gone(a, it->row, e) != 0)
		return -1;
	be64_put(k, it->row);
	if (drop_id(a, &r, it->fate == FATE_BURY, e) != 0)
		return -1;
	return drop_key(a, a->objects, k, sizeof(k), e);
}

/* ---- versions ------------------------------------------------------------- */

/* One that went, until its values are dropped. */
struct dropped {
	struct dropped *next;
	struct slice record;
};

int
trim_over(struct apply *a, uint32_t before, uint32_t before_matched,
    uint32_t poll, const struct object_rec *old, bool *over, struct err *e)
{
	bool sighted = false;

	*over = poll < before;
	if (!*over || poll < before_matched)
		return 0;
	if (claims_sighted(a, old, &sighted, e) != 0)
		return -1;
	*over = !sighted;
	return 0;
}

/* Take those out of the tree that are over. */
static int
take_versions(struct apply *a, uint64_t row, struct dropped **list,
    struct err *e)
{
	uint8_t k[UNDO_KEY_LEN];
	struct dropped *d;
	struct object_rec old;
	MDB_val key, val;
	uint32_t poll = 0;
	uint64_t at;
	bool over;
	int rc;

	for (;; poll++) {
		undo_key(k, row, poll);
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(a->undo, &key, &val, MDB_SET_RANGE);
		if (rc == 0 && !undo_key_read(&key, &at, &poll))
			return env_damaged(a->env, TABLE_UNDO, e);
		if (rc == MDB_NOTFOUND || (rc == 0 && (at != row ||
		    poll >= a->trim)) || a->scratch.used >= MIB(4))
			return 0; /* the next pass goes on */
		if (rc == 0 && object_rec_head((struct slice){val.mv_data,
		    val.mv_size}, &old) != 0)
			return env_damaged(a->env, TABLE_UNDO, e);
		if (rc == 0 && trim_over(a, a->trim, a->trim_matched, poll,
		    &old, &over, e) != 0)
			return -1;
		if (rc == 0 && !over)
			continue;
		if (rc == 0) {
			d = arena_alloc(&a->scratch, sizeof(*d));
			if (d != NULL)
				d->record = arena_slice(&a->scratch,
				    (struct slice){val.mv_data, val.mv_size});
			if (d == NULL || d->record.p == NULL)
				return err_set(e, ERR_MEMORY, "no memory for "
				    "versions");
			d->next = *list;
			*list = d;
			undone_until(a, poll);
			rc = mdb_cursor_del(a->undo, 0);
		}
		if (rc != 0)
			return env_fail(e, a->env, rc, "writing undo");
	}
}

int
object_trim(struct apply *a, uint32_t i, struct err *e)
{
	struct dropped *list = NULL;
	struct object_rec old;

	if (take_versions(a, a->b->items[i].row, &list, e) != 0)
		return -1;
	for (; list != NULL; list = list->next) {
		if (object_rec_head(list->record, &old) != 0)
			return err_set(e, ERR_INTERNAL, "a version changed");
		if (drop_version(a, &old, &i, e) != 0)
			return -1;
		a->data = true;
	}
	return 0;
}
