/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/allow_fold.h"

#include <stdlib.h>

#include "base/tstamp.h"
#include "store/allow_text.h"

/* Keys of a set are put into a filter when it is small, or when many values are
 * to be asked for. */
#define BLOOM_SMALL 20000u
#define BLOOM_BATCH 2000u
#define BLOOM_BITS 16        /* a key, at least */
#define HELD_MAX 16          /* patterns told of one value */

struct allow_cache {
	uint64_t serial;             /* of the set that this is of */
	bool full;                   /* with the filter, when there are keys */
	struct allow_bloom bloom;    /* words NULL: none */
	struct allow_text *text;     /* NULL: no patterns */
};

void
allow_cache_free(struct allow_cache *c)
{
	if (c == NULL)
		return;
	allow_text_free(c->text);
	free(c->bloom.words);
	free(c);
}

static int
fold_fail(struct apply *a, int rc, struct err *e)
{
	if (rc == MDB_CORRUPTED)
		return env_damaged(a->env, TABLE_ALLOW, e);
	return env_fail(e, a->env, rc, "reading allow-lists");
}

/* -- what is kept between commits -- */

static int
cache_pattern(struct apply *a, struct allow_cache *c, const MDB_val *k,
    const MDB_val *d, struct err *e)
{
	struct allow_pattern p;
	uint64_t digest;
	uint16_t list;

	if (allow_pattern_read((struct slice){k->mv_data, k->mv_size},
	    (struct slice){d->mv_data, d->mv_size}, &list, &digest, &p) != 0)
		return env_damaged(a->env, TABLE_ALLOW, e);
	if (c->text == NULL && (c->text = allow_text_new()) == NULL)
		return err_set(e, ERR_MEMORY, "no memory for allow-lists");
	return allow_text_add(c->text, list, digest, &p, e);
}

/* All keys of one kind. */
static int
cache_walk(struct apply *a, struct allow_cache *c, uint8_t kind,
    struct err *e)
{
	MDB_val key = {1, &kind}, val;
	int rc;

	rc = mdb_cursor_get(a->allow.cur, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && key.mv_size != 0 && *(uint8_t *)key.mv_data == kind) {
		if (kind != ALLOW_KEY_PATTERN)
			allow_bloom_add(&c->bloom, key.mv_data, key.mv_size);
		else if (cache_pattern(a, c, &key, &val, e) != 0)
			return -1;
		rc = mdb_cursor_get(a->allow.cur, &key, &val, MDB_NEXT);
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 : fold_fail(a, rc, e);
}

static int
cache_bloom(struct apply *a, struct allow_cache *c, struct err *e)
{
	uint64_t words = 64;

	c->full = true;
	if (a->allow.set.entries == 0)
		return 0;
	while (words * 64 < a->allow.set.entries * BLOOM_BITS)
		words *= 2;
	c->bloom.words = calloc(words, sizeof(*c->bloom.words));
	if (c->bloom.words == NULL)
		return err_set(e, ERR_MEMORY, "no memory for allow-lists");
	c->bloom.nwords = words;
	c->bloom.seed = a->s->id.seed;
	if (cache_walk(a, c, ALLOW_KEY_VALUE, e) != 0)
		return -1;
	return cache_walk(a, c, ALLOW_KEY_NET, e);
}

/* What fits the set of this commit. */
static int
cache_fit(struct apply *a, struct err *e)
{
	struct allow_cache *c = a->s->allow;
	const struct allow_set *set = &a->allow.set;

	if (c != NULL && c->serial != set->serial) {
		allow_cache_free(c);
		c = a->s->allow = NULL;
	}
	if (c == NULL) {
		c = a->s->allow = calloc(1, sizeof(*c));
		if (c == NULL)
			return err_set(e, ERR_MEMORY,
			    "no memory for allow-lists");
		if (set->patterns != 0 &&
		    cache_walk(a, c, ALLOW_KEY_PATTERN, e) != 0)
			goto fail;
		c->serial = set->serial;
	}
	if (!c->full && (a->allow_walk || set->entries <= BLOOM_SMALL ||
	    a->b->n >= BLOOM_BATCH) && cache_bloom(a, c, e) != 0)
		goto fail;
	a->patterns = c->text;
	a->allow.bloom = c->bloom.words != NULL ? &c->bloom : NULL;
	return 0;
fail:
	allow_cache_free(c);
	a->s->allow = NULL;
	return -1;
}

int
allow_fold_begin(struct apply *a, struct err *e)
{
	MDB_cursor *cur;
	int rc;

	if (a->allow.cur != NULL)
		return 0;
	rc = mdb_cursor_open(a->txn, a->env->dbi[TABLE_ALLOW], &cur);
	if (rc == 0)
		rc = allow_view_begin(&a->allow, cur, a->now);
	if (rc != 0)
		return fold_fail(a, rc, e);
	return a->head.allowed != 0 ? cache_fit(a, e) : 0;
}

/* -- the text of a value -- */

/* Of a value whose key does not give it: that of the object at hand, or of one
 * that is stored; absent when neither tells. */
static struct slice
digest_text(struct apply *a, const struct value_rec *r,
    const struct value_op *v)
{
	struct slice text = SLICE_NONE;
	const struct item *it;
	struct object_rec o;
	uint64_t row;

	if (v->kind != 0) {
		it = &a->b->items[v->item];
		if (object_rec_head((struct slice){(const char *)it->rec,
		    it->len}, &o) == 0)
			text = apply_text_of(&o, v);
	}
	if (text.p == NULL && apply_any_row(a, r, &row, NULL) == 0 &&
	    row != 0 && apply_object(a, row, &o, NULL, NULL) == 0)
		text = apply_text_of(&o, v);
	return text;
}

/* -- patterns -- */

static int
held_write(struct apply *a, const struct undo_value *name,
    const struct allow_text_hit *hits, unsigned n, struct err *e)
{
	uint8_t k[ALLOW_KEY_MAX], b[ALLOW_HELD_LEN * HELD_MAX];
	MDB_val key = {allow_key_held(name, k), k};
	MDB_val val = {ALLOW_HELD_LEN * (size_t)n, b};
	MDB_dbi dbi = a->env->dbi[TABLE_ALLOW];
	unsigned i;
	int rc;

	if (key.mv_size == 0)
		return 0;
	for (i = 0; i < n; i++)
		allow_held_put(b + ALLOW_HELD_LEN * (size_t)i, hits[i].list,
		    hits[i].digest);
	rc = n != 0 ? mdb_put(a->txn, dbi, &key, &val, 0) :
	    mdb_del(a->txn, dbi, &key, NULL);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "writing allow-lists");
}

/* Are there patterns for values of this type? */
static bool
is_matched(const struct apply *a, uint8_t type)
{
	return a->patterns != NULL && type < 64 &&
	    (allow_text_types(a->patterns) >> type & 1) != 0;
}

/* A value's text does not change, so what holds it does with the patterns only:
 * then upkeep looks at all.  `text`: that of one that is kept by digest. */
static int
fold_patterns(struct apply *a, const struct value_rec *r,
    const struct value_op *v, const struct undo_value *name, struct slice text,
    struct err *e)
{
	struct value value = {.type = name->type, .prefix = name->prefix,
	    .keylen = (uint16_t)name->key.n,
	    .key = (const uint8_t *)name->key.p};
	struct allow_text_hit hits[HELD_MAX];
	struct buf printed;
	unsigned n = 0;

	buf_init(&printed, LIMIT_VALUE * 4);
	if (is_matched(a, name->type)) {
		/* Long texts, and URLs whose letters were lowered, are not in
		 * their keys. */
		if ((r->flags & VREC_DIGEST) == 0)
			text = value_print(&value, &printed) == 0 ?
			    buf_view(&printed) : digest_text(a, r, v);
		if (text.p != NULL)
			n = allow_text_match(a->patterns, name->type, text,
			    hits, HELD_MAX);
	}
	buf_free(&printed);
	return n != 0 || a->allow_walk ? held_write(a, name, hits, n, e) : 0;
}

/* -- the entry -- */

int
allow_fold(struct apply *a, struct value_rec *r, const struct value_op *v,
    struct entry_now *now, struct err *e)
{
	struct undo_value name = {v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};
	struct slice text = SLICE_NONE;
	struct allow_found found;
	unsigned i;
	int rc;

	if (allow_fold_begin(a, e) != 0)
		return -1;
	if ((r->flags & VREC_DIGEST) != 0 &&
	    (v->type == VALUE_URL || is_matched(a, v->type)))
		text = digest_text(a, r, v);
	if ((a->patterns != NULL || a->allow_walk) &&
	    fold_patterns(a, r, v, &name, text, e) != 0)
		return -1;
	rc = allow_find(&a->allow, &name, text, true, &found);
	if (rc != 0)
		return fold_fail(a, rc, e);
	/* A clock that is set back may bring one back. */
	if (found.n != 0 || found.ended)
		r->flags |= VREC_ALLOWED;
	for (i = 0; i < found.n; i++)
		now->regarded = now->regarded ||
		    found.hit[i].changed >= a->head.allow_open;
	if (!now->active)
		return 0;
	if (found.next < now->next)
		now->next = found.next;
	now->released = found.ended;
	if (found.n != 0 && found.hit[0].mode == ALLOW_BLOCK) {
		now->active = false;
		now->why = WHY_SUPPRESSED;
	}
	return 0;
}

int
allow_gone(struct apply *a, const struct value_op *v, struct err *e)
{
	struct undo_value name = {v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};

	return held_write(a, &name, NULL, 0, e);
}
