/* SPDX-License-Identifier: BSD-2-Clause */
/* Allow-lists, for readers: verdicts under them, and who says so. */
#include "store/allow.h"

#include "store/reader_private.h"

#define OWN_NAME "own"
#define BUILTIN_NAME "built-in"
/* tw_match.allow.n: length of a key, and above it how the entry holds it. */
#define PROBE_HOW 16

static int
allow_fail(struct tw_snapshot *s, int rc)
{
	if (rc == MDB_CORRUPTED)
		return snap_fail(s, TW_DAMAGED, "%s: an allow-list cannot be"
		    " read (run 'taxiway verify')", s->store->path);
	return snap_lmdb(s, rc, "allow-lists");
}

static int
view_of(struct tw_snapshot *s, struct allow_view *v)
{
	MDB_cursor *cur;
	int rc;

	if ((rc = table_cursor(s, TABLE_ALLOW, &cur)) != TW_OK)
		return rc;
	rc = allow_view_begin(v, cur, s->now);
	v->past = s->past;
	v->known = s->known;
	return rc == 0 ? TW_OK : allow_fail(s, rc);
}

void
tw_snapshot_allow(tw_snapshot *s, int use)
{
	if (s != NULL)
		s->allow_name = use == TW_ALLOW_NAME;
}

const char *
tw_allow_mode_name(int mode)
{
	return allow_mode_name(mode);
}

/* The text of a URL that is kept by digest: only it tells the host. */
static int
digest_text(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct slice *text)
{
	struct value value = {.type = v->type, .flags = VALUE_DIGEST,
	    .keylen = (uint16_t)v->key.n, .key = (const uint8_t *)v->key.p};
	int rc;

	*text = SLICE_NONE;
	if (v->type != VALUE_URL || (r->flags & VREC_DIGEST) == 0)
		return TW_OK;
	if ((rc = snap_text(s, r, &value)) == TW_OK)
		*text = buf_view(&s->text);
	return rc;
}

static int
find_value(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct allow_found *found)
{
	struct allow_view view;
	struct slice text;
	int rc;

	if ((rc = view_of(s, &view)) != TW_OK ||
	    (rc = digest_text(s, r, v, &text)) != TW_OK)
		return rc;
	rc = allow_find(&view, v, text, true, found);
	return rc == 0 ? TW_OK : allow_fail(s, rc);
}

/* What the strongest entry does to the verdict. */
static void
match_under(const struct tw_snapshot *s, const struct allow_hit *h,
    struct tw_match *m)
{
	m->flags |= TW_ALLOWED;
	if (s->allow_name)
		return;
	if (h->mode == ALLOW_BLOCK && m->state == TW_ACTIVE)
		m->state = TW_SUPPRESSED;
	if (h->mode == ALLOW_CAP) {
		m->flags |= TW_CAPPED;
		if (m->confidence == TW_UNKNOWN || m->confidence > h->cap)
			m->confidence = h->cap;
	}
}

int
snap_allow(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct tw_match *m)
{
	struct allow_found found;
	int rc;

	rc = find_value(s, r, v, &found);
	if (rc == TW_OK && found.n != 0)
		match_under(s, &found.hit[0], m);
	return rc;
}

/*
 * An address that is allowed is not suppressed in a listed network that holds it
 * by saying nothing of the network: who asks for the address is answered about
 * the address.  The same goes for a name below a listed domain.
 */
int
snap_allow_probe(struct tw_snapshot *s, const struct value *probe,
    struct tw_match *m)
{
	struct undo_value v = {probe->type, probe->prefix,
	    {(const char *)probe->key, probe->keylen}};
	struct allow_found found;
	struct allow_view view;
	int rc;

	if ((rc = view_of(s, &view)) != TW_OK)
		return rc;
	if ((rc = allow_find(&view, &v, SLICE_NONE, false, &found)) != 0)
		return allow_fail(s, rc);
	/* What comes with the program is about what is listed. */
	if (found.n == 0 || found.hit[0].list == ALLOW_BUILTIN)
		return TW_OK;
	match_under(s, &found.hit[0], m);
	m->allow = str_of(found.hit[0].at);
	m->allow.n |= (size_t)found.hit[0].how << PROBE_HOW;
	m->active = m->state == TW_ACTIVE;
	return TW_OK;
}

/* -- who says so -- */

static int
hit_tell(struct tw_snapshot *s, struct allow_view *v,
    const struct allow_hit *h, struct tw_allow *out)
{
	struct allow_list l;
	struct buf text;
	size_t n;
	int rc;

	*out = (struct tw_allow){.how = allow_how_name(h->how),
	    .mode = h->mode, .cap = h->cap, .added = h->added,
	    .expires = h->expires, .reason = str_of(h->reason),
	    .by = str_of(h->who)};
	buf_init(&text, LIMIT_VALUE * 4);
	if (allow_hit_text(h, &text) != 0)
		buf_reset(&text);
	n = text.n < sizeof(out->entry) ? text.n : sizeof(out->entry) - 1;
	memcpy(out->entry, buf_view(&text).p, n);
	out->entry[n] = '\0';
	buf_free(&text);
	if (h->list == ALLOW_OWN) {
		out->list = str_of(SLICE(OWN_NAME));
		return TW_OK;
	}
	if (h->list == ALLOW_BUILTIN) {
		out->list = str_of(SLICE(BUILTIN_NAME));
		return TW_OK;
	}
	if ((rc = allow_list_get(v, h->list, &l)) != 0)
		return allow_fail(s, rc);
	out->list = str_of(l.name);
	out->version = str_of(l.version);
	out->description = str_of(l.description);
	return TW_OK;
}

int
tw_allow_next(tw_snapshot *s, const struct tw_match *match, size_t *pos,
    struct tw_allow *out)
{
	struct allow_found found = {.n = 0};
	struct allow_view view;
	struct undo_value v;
	struct value_rec rec;
	bool probe;
	int rc;

	if (s == NULL || match == NULL || pos == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = match_record(s, match, &rec)) != TW_OK)
		return rc;
	if ((match->flags & TW_ALLOWED) == 0)
		return TW_END;
	probe = match->allow.p != NULL;
	v = (struct undo_value){(uint8_t)match->type, match->prefix,
	    {match->key.p, match->key.n}};
	if ((rc = view_of(s, &view)) != TW_OK)
		return rc;
	if (probe) {
		rc = allow_at(&view, (struct slice){match->allow.p,
		    match->allow.n & ((1u << PROBE_HOW) - 1)},
		    (int)(match->allow.n >> PROBE_HOW), &found);
		rc = rc == 0 ? TW_OK : allow_fail(s, rc);
	} else {
		rc = find_value(s, &rec, &v, &found);
	}
	if (rc != TW_OK)
		return rc;
	if (*pos >= found.n)
		return TW_END;
	rc = hit_tell(s, &view, &found.hit[(*pos)++], out);
	out->probe = probe;
	return rc;
}

/* -- what there is -- */

int
tw_allow_list_next(tw_snapshot *s, uint16_t *pos, struct tw_allow_list *out)
{
	uint8_t key[ALLOW_KEY_MAX];
	struct allow_list l;
	MDB_val k, d;
	int rc;

	if (s == NULL || pos == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	rc = table_after(s, TABLE_ALLOW, key, allow_key_list(*pos, key), &k,
	    &d);
	if (rc != TW_OK)
		return rc;
	if (k.mv_size == 0 || *(uint8_t *)k.mv_data != ALLOW_KEY_LIST)
		return TW_END;
	if (allow_list_read(val_slice(&k), val_slice(&d), &l) != 0)
		return allow_fail(s, MDB_CORRUPTED);
	*pos = l.id;
	*out = (struct tw_allow_list){.name = str_of(l.name),
	    .version = str_of(l.version),
	    .description = str_of(l.description), .path = str_of(l.path),
	    .kind = allow_kind_name(l.kind), .mode = l.mode, .cap = l.cap,
	    .configured = (l.flags & ALLOW_LIST_CONFIG) != 0,
	    .since = l.since, .loaded = l.loaded, .entries = l.entries,
	    .rejected = l.rejected};
	return TW_OK;
}

/* The item made by hand of a key; TW_NOT_FOUND. */
static int
own_of(struct tw_snapshot *s, const MDB_val *k, const MDB_val *d,
    struct allow_hit *h)
{
	struct undo_value v;
	struct allow_item it;
	struct allow_own own;
	size_t pos = 0;
	int more;

	if (!allow_key_read(val_slice(k), &v))
		return allow_fail(s, MDB_CORRUPTED);
	while ((more = allow_item_next(val_slice(d), &pos, &it)) == 1) {
		if (it.list != ALLOW_OWN)
			continue;
		if (allow_own_decode(it.more, &own) != 0)
			break;
		*h = (struct allow_hit){.list = ALLOW_OWN, .mode = own.mode,
		    .cap = own.cap, .how = ALLOW_BY_VALUE, .ktype = v.type,
		    .kprefix = v.prefix, .scope = it.scope, .key = v.key,
		    .added = own.added, .expires = own.expires,
		    .who = own.who, .reason = own.reason};
		return TW_OK;
	}
	return more == 0 ? TW_NOT_FOUND : allow_fail(s, MDB_CORRUPTED);
}

int
tw_allow_own_next(tw_snapshot *s, struct tw_cursor *c, struct tw_allow *out)
{
	struct allow_view view;
	struct allow_hit h;
	MDB_val k, d;
	int rc;

	if (s == NULL || c == NULL || out == NULL)
		return TW_ARGUMENT;
	if (c->length > sizeof(c->key))
		return snap_fail(s, TW_ARGUMENT, "the cursor was not zeroed");
	if ((rc = snap_fix(s)) != TW_OK || (rc = view_of(s, &view)) != TW_OK)
		return rc;
	if (c->length == 0) {
		c->key[0] = ALLOW_KEY_VALUE;
		c->length = 1;
	}
	rc = table_after(s, TABLE_ALLOW, c->key, c->length, &k, &d);
	for (; rc == TW_OK; rc = table_next(s, TABLE_ALLOW, &k, &d)) {
		if (k.mv_size == 0 || *(uint8_t *)k.mv_data > ALLOW_KEY_NET)
			return TW_END;
		rc = own_of(s, &k, &d, &h);
		if (rc == TW_NOT_FOUND)
			continue;
		if (rc != TW_OK)
			return rc;
		memcpy(c->key, k.mv_data, k.mv_size);
		c->length = (uint16_t)k.mv_size;
		return hit_tell(s, &view, &h, out);
	}
	return rc;
}
