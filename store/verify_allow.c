/* SPDX-License-Identifier: BSD-2-Clause */
/* Allow-lists: every record, the counts, and the marks of entries. */
#include "store/verify.h"

static bool
items_good(struct slice record)
{
	struct allow_item it;
	struct allow_own own;
	size_t pos = 0;
	int more;

	while ((more = allow_item_next(record, &pos, &it)) == 1)
		if (it.list == ALLOW_OWN && allow_own_decode(it.more, &own) != 0)
			return false;
	return more == 0;
}

static bool
held_good(struct slice record)
{
	uint64_t digest;
	uint16_t list;
	size_t pos = 0;
	int more;

	while ((more = allow_held_next(record, &pos, &list, &digest)) == 1)
		;
	return more == 0 && pos != 0;
}

static bool
record_good(struct verify *v, struct slice key, struct slice record)
{
	struct allow_pattern pattern;
	struct undo_value value;
	struct allow_list list;
	struct allow_set set;
	uint64_t digest;
	uint16_t number;

	switch (*(const uint8_t *)key.p) {
	case ALLOW_KEY_SET:
		if (key.n != 1 || allow_set_decode(record, &set) != 0)
			return false;
		v->allow_said = set.entries + set.patterns;
		return true;
	case ALLOW_KEY_LIST:
		return allow_list_read(key, record, &list) == 0;
	case ALLOW_KEY_VALUE:
	case ALLOW_KEY_NET:
		v->allow_keys++;
		return allow_key_read(key, &value) && items_good(record);
	case ALLOW_KEY_PATTERN:
		v->allow_keys++;
		return allow_pattern_read(key, record, &number, &digest,
		    &pattern) == 0;
	case ALLOW_KEY_HELD:
		return key.n > 3 && (uint8_t)key.p[1] <= 1 && held_good(record);
	default:
		return true; /* a later writer's */
	}
}

int
verify_allow(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	if (k->mv_size == 0 || !record_good(v, val_slice(k), val_slice(d)))
		verify_bad(v, "allow: an entry cannot be read");
	return TW_OK;
}

void
verify_allow_counts(struct verify *v)
{
	if (v->allow_said != v->allow_keys ||
	    v->s->head.allowed != v->allow_keys)
		verify_bad(v, "allow: %ju entries are counted, %ju by the head;"
		    " there are %ju", (uintmax_t)v->allow_said,
		    (uintmax_t)v->s->head.allowed, (uintmax_t)v->allow_keys);
}

/* Read the set, once. */
static int
view_of(struct verify *v)
{
	MDB_cursor *cur;
	int rc;

	if (v->allow.cur != NULL)
		return TW_OK;
	if ((rc = table_cursor(v->s, TABLE_ALLOW, &cur)) != TW_OK)
		return rc;
	v->allow_bad = allow_view_begin(&v->allow, cur, v->s->now) != 0;
	return TW_OK;
}

/* An entry that some list holds must be marked, or readers would not ask. */
int
verify_allowed(struct verify *v, const struct undo_value *value,
    const struct value_rec *rec)
{
	const struct allow_set *set = &v->allow.set;
	struct allow_found found;
	int rc;

	if ((rec->flags & VREC_ALLOWED) != 0 || v->s->head.allow_open != 0)
		return TW_OK;
	if ((rc = view_of(v)) != TW_OK)
		return rc;
	/* What cannot be read was told, or will be.  Without lists there are
	 * public suffixes, which are domains. */
	if (v->allow_bad || (set->entries == 0 && set->patterns == 0 &&
	    value->type != VALUE_DOMAIN))
		return TW_OK;
	if (allow_find(&v->allow, value, SLICE_NONE, true, &found) == 0 &&
	    found.n != 0)
		verify_bad(v, "values: an entry of type %s is not marked, but"
		    " an allow-list holds it", value_type_name(value->type));
	return TW_OK;
}
