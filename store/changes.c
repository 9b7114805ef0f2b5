/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changed since: the ordered log, entry by entry.  The caller's cursor
 * names the last generation it has seen whole, and its place behind that.
 */
#include <stdio.h>

#include "store/reader_private.h"

#define LOG_KEY 12 /* u64 generation, u32 part */

/* Can the log lead from where the caller stands to this view? */
static bool
reaches(const struct head *h, const struct tw_change_cursor *c)
{
	uint64_t since = c->at != 0 ? c->at - 1 : c->generation;

	if (since > h->generation) /* of another store, or of an older copy */
		return false;
	return since == h->generation || since + 1 >= h->oldest_change;
}

static int
log_end(struct tw_snapshot *s, struct tw_change_cursor *c)
{
	*c = (struct tw_change_cursor){.generation = s->head.generation};
	return TW_END;
}

static int
log_damaged(struct tw_snapshot *s, uint64_t generation)
{
	return snap_fail(s, TW_DAMAGED, "%s: the change log cannot be read"
	    " near generation %ju", s->store->path, (uintmax_t)generation);
}

/* The value's text: as its object has it, or as far as the key tells. */
static int
change_text(struct tw_snapshot *s, const struct change *ch,
    struct tw_change *out)
{
	uint8_t key[1 + LIMIT_VALUE_KEY + 64 + 1];
	struct value v = {
	    .type = ch->type,
	    .prefix = ch->prefix,
	    .keylen = (uint16_t)ch->key.n,
	    .key = (const uint8_t *)ch->key.p,
	};
	bool net = ch->prefix < value_full_prefix(ch->type);
	struct value_rec rec;
	bool stored = false;
	MDB_val k, d;
	size_t n;
	int rc;

	if (ch->key.n > LIMIT_VALUE_KEY + 64)
		return log_damaged(s, out->generation);
	key[0] = ch->type;
	memcpy(key + 1, ch->key.p, ch->key.n);
	key[1 + ch->key.n] = ch->prefix;
	if (ch->op != CHANGE_REMOVE) {
		rc = table_get(s, net ? TABLE_NETS : TABLE_VALUES, key,
		    1 + ch->key.n + net, &k, &d);
		if (rc < TW_OK)
			return rc;
		stored = rc == TW_OK &&
		    value_rec_decode(val_slice(&d), &rec) == 0;
		if (stored && (rec.flags & VREC_DIGEST))
			v.flags = VALUE_DIGEST;
	}
	/* The digest of a long text is no text, and says so by its bytes only
	 * when the record is gone. */
	if (!stored && !value_key_valid(&v))
		return TW_OK;
	rc = snap_text(s, stored ? &rec : NULL, &v);
	if (rc != TW_OK) /* its key is all that is left */
		return TW_OK;
	n = s->text.n < sizeof(out->text) ? s->text.n : sizeof(out->text) - 1;
	memcpy(out->text, s->text.p, n);
	out->text[n] = '\0';
	return TW_OK;
}

/* The entry at the cursor, in a record of the log.  TW_END at its end. */
static int
entry_read(struct tw_snapshot *s, struct tw_change_cursor *c,
    const MDB_val *d, struct tw_change *out)
{
	struct change ch;
	size_t pos = c->pos;
	int more;

	if (pos == 0)
		pos = 1;
	if (pos > d->mv_size)
		return log_damaged(s, c->at);
	more = change_next(val_slice(d), &pos, &ch);
	if (more < 0 || pos > UINT32_MAX)
		return log_damaged(s, c->at);
	c->pos = (uint32_t)pos;
	if (more == 0)
		return TW_END;
	memset(out, 0, offsetof(struct tw_change, text) + 1);
	out->generation = c->at;
	out->op = ch.op;
	out->reason = ch.why;
	out->prefix = ch.prefix;
	out->type = ch.type;
	out->key = str_of(ch.key);
	return change_text(s, &ch, out);
}

int
tw_change_next(tw_snapshot *s, struct tw_change_cursor *c,
    struct tw_change *out)
{
	uint8_t key[LOG_KEY];
	MDB_val k, d;
	bool same;
	int rc;

	if (s == NULL || c == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK || (rc = snap_head(s)) != TW_OK)
		return rc;
	if (!reaches(&s->head, c))
		return TW_RESYNC;
	be64_put(key, c->at != 0 ? c->at : c->generation + 1);
	be32_put(key + 8, c->at != 0 ? c->part : 0);
	rc = table_seek(s, TABLE_CHANGES, key, sizeof(key), &k, &d);
	for (; rc == TW_OK; rc = table_next(s, TABLE_CHANGES, &k, &d)) {
		if (k.mv_size != LOG_KEY)
			return log_damaged(s, c->at);
		same = memcmp(k.mv_data, key, LOG_KEY) == 0;
		if (!same || c->at == 0) {
			c->at = be64_get(k.mv_data);
			c->part = be32_get((uint8_t *)k.mv_data + 8);
			c->pos = 0;
			memcpy(key, k.mv_data, LOG_KEY);
		}
		if (c->at > s->head.generation)
			return log_damaged(s, c->at);
		rc = entry_read(s, c, &d, out);
		if (rc != TW_END)
			return rc;
	}
	return rc == TW_END ? log_end(s, c) : rc;
}

const char *
tw_reason_name(int reason)
{
	const char *name = change_reason_name(reason);

	return name != NULL ? name : change_reason_name(WHY_CHANGED);
}
