/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists that were collected take the place of those of their names, in one
 * transaction; or one goes, and none takes its place.
 */
#include <stdlib.h>
#include <string.h>

#include "store/allow_change.h"
#include "store/allow_load.h"
#include "store/sort.h"

struct merge {
	struct allow_change c;
	struct allow_load *l;
	struct allow_counts *counts;
	struct sort_pair *order; /* of the entries */
	uint32_t at;             /* in it */
	uint8_t *drop;           /* by list: its items go, or are said anew */
	bool any_old;            /* some list to drop was there */
	bool config, changed;
	struct slice gone;       /* name of a list that is to go, or absent */
	uint16_t taken[LIMIT_ALLOW_LISTS + 2]; /* numbers in use, ascending */
	uint32_t ntaken;
};

static int
key_order(const struct load_entry *a, const uint8_t *key, size_t n)
{
	size_t least = a->n < n ? a->n : n;
	int d = memcmp(a->key, key, least);

	return d != 0 ? d : a->n < n ? -1 : a->n > n;
}

static int
entry_compare(const void *ctx, uint32_t i, uint32_t j)
{
	const struct load_entry *a = (const struct load_entry *)ctx + i;
	const struct load_entry *b = (const struct load_entry *)ctx + j;
	int d = key_order(a, b->key, b->n);

	return d != 0 ? d : (int)a->list - (int)b->list;
}

static int
merge_sort(struct merge *m, struct err *e)
{
	struct allow_load *l = m->l;
	uint32_t i;

	/* The second half is the sort's. */
	m->order = malloc((2 * (size_t)l->n + 1) * sizeof(*m->order));
	if (m->order == NULL)
		return allow_no_memory(e);
	for (i = 0; i < l->n; i++)
		m->order[i] = (struct sort_pair){
		    sort_prefix(l->entries[i].key, l->entries[i].n), i};
	sort_pairs(m->order, m->order + l->n, l->n, entry_compare, l->entries);
	return 0;
}

static struct load_entry *
merge_entry(const struct merge *m, uint32_t i)
{
	return &m->l->entries[m->order[i].index];
}

/* -- which lists -- */

static bool
is_kept(const struct allow_load *l, struct slice path)
{
	uint32_t i;

	for (i = 0; i < l->nkeep; i++)
		if (slice_eq(l->keep[i], path))
			return true;
	return false;
}

static int
old_list(struct allow_change *c, struct slice key, struct slice record, void *ctx,
    struct err *e)
{
	struct merge *m = ctx;
	struct allow_list old, *list;
	uint32_t i;

	if (allow_list_read(key, record, &old) != 0)
		return env_damaged(c->s->env, TABLE_ALLOW, e);
	if (m->ntaken > LIMIT_ALLOW_LISTS)
		return err_set(e, ERR_LIMIT, "more than %u allow-lists",
		    LIMIT_ALLOW_LISTS);
	m->taken[m->ntaken++] = old.id;
	for (i = 0; i < m->l->nlists; i++) {
		list = &m->l->lists[i];
		if (!slice_eq(list->name, old.name))
			continue;
		list->id = old.id;
		list->since = old.since;
		list->changed = old.mode == list->mode &&
		    old.cap == list->cap ? old.changed : c->set.serial;
		m->drop[old.id] = 1;
		m->any_old = true;
		return 0;
	}
	if ((m->config && (old.flags & ALLOW_LIST_CONFIG) != 0 &&
	    !is_kept(m->l, old.path)) ||
	    (m->gone.p != NULL && slice_eq(old.name, m->gone))) {
		m->drop[old.id] = 2;
		m->counts->gone++;
		m->any_old = m->changed = true;
	}
	return 0;
}

/* The lowest number that is free. */
static int
number_list(struct merge *m, struct allow_list *list, int64_t now,
    struct err *e)
{
	uint16_t id = ALLOW_OWN + 1;
	uint32_t i;

	for (i = 0; i < m->ntaken && m->taken[i] <= id; i++)
		id += m->taken[i] == id;
	if (m->ntaken > LIMIT_ALLOW_LISTS)
		return err_set(e, ERR_LIMIT, "more than %u allow-lists",
		    LIMIT_ALLOW_LISTS);
	memmove(&m->taken[i + 1], &m->taken[i],
	    (m->ntaken - i) * sizeof(m->taken[0]));
	m->taken[i] = id;
	m->ntaken++;
	list->id = id;
	list->since = now;
	list->changed = m->c.set.serial;
	return 0;
}

static int
merge_lists(struct merge *m, int64_t now, struct err *e)
{
	uint32_t i;

	for (i = 0; i < m->l->nlists; i++)
		m->l->lists[i].id = 0;
	if (change_walk(&m->c, ALLOW_KEY_LIST, old_list, m, e) != 0)
		return -1;
	for (i = 0; i < m->l->nlists; i++) {
		if (m->l->lists[i].id == 0 &&
		    number_list(m, &m->l->lists[i], now, e) != 0)
			return -1;
		m->l->lists[i].loaded = now;
	}
	return 0;
}

/* -- entries -- */

/* What the load says of a key, behind what stays there; how many items. */
static uint64_t
add_items(struct merge *m, uint32_t from, const uint8_t *key, size_t n)
{
	struct load_entry *it, *last = NULL;
	struct allow_item item;
	uint64_t added = 0;
	uint32_t i;

	for (i = from; i < m->l->n; i++) {
		it = merge_entry(m, i);
		if (key_order(it, key, n) != 0)
			break;
		it->done = true;
		/* Twice in one list: it reaches as far as both. */
		if (last != NULL && last->list == it->list) {
			last->scope |= it->scope;
			m->c.rec.p[m->c.rec.n - 3] = (char)last->scope;
			continue;
		}
		last = it;
		item = (struct allow_item){.list = m->l->lists[it->list].id,
		    .scope = it->scope};
		added++;
		allow_item_add(&m->c.rec, &item);
	}
	return added;
}

static bool
is_dropped(const struct allow_item *it, const void *ctx)
{
	return ((const uint8_t *)ctx)[it->list] != 0;
}

/* A key of the tree.  Items of lists that are loaded go, or come again. */
static int
merge_old(struct allow_change *c, struct slice key, struct slice record, void *ctx,
    struct err *e)
{
	const uint8_t *k = (const uint8_t *)key.p;
	struct merge *m = ctx;
	uint64_t gone, added;

	if (change_keep(c, record, is_dropped, m->drop, &gone, e) != 0)
		return -1;
	while (m->at < m->l->n && key_order(merge_entry(m, m->at), k,
	    key.n) < 0)
		m->at++;
	if (gone == 0)
		return 0;
	added = add_items(m, m->at, k, key.n);
	if (added > gone)
		m->counts->added += added - gone;
	else
		m->counts->removed += gone - added;
	return change_items(c, k, key.n, record, e);
}

/* What was not there under a key that some list had. */
static int
merge_new(struct merge *m, struct err *e)
{
	struct load_entry *it;
	struct slice old;
	uint64_t gone;
	uint32_t i;

	for (i = 0; i < m->l->n; i++) {
		it = merge_entry(m, i);
		if (it->done)
			continue;
		if (change_get(&m->c, it->key, it->n, &old, e) != 0 ||
		    change_keep(&m->c, old, NULL, NULL, &gone, e) != 0)
			return -1;
		m->counts->added += add_items(m, i, it->key, it->n);
		if (change_items(&m->c, it->key, it->n, old, e) != 0)
			return -1;
	}
	return 0;
}

/* -- patterns -- */

/* Those of lists that are loaded anew go, and what stays comes again at once. */
static int
drop_pattern(struct allow_change *c, struct slice key, struct slice record,
    void *ctx, struct err *e)
{
	struct merge *m = ctx;
	uint64_t digest;
	uint16_t list;

	if (allow_pattern_read(key, record, &list, &digest, NULL) != 0)
		return env_damaged(c->s->env, TABLE_ALLOW, e);
	if (m->drop[list] == 0)
		return 0;
	m->counts->removed++;
	c->set.patterns--;
	return change_del(c, (const uint8_t *)key.p, key.n, e);
}

static int
merge_patterns(struct merge *m, struct err *e)
{
	const struct load_pattern *p;
	uint8_t key[ALLOW_KEY_MAX];
	struct slice old;
	uint32_t i;
	size_t n;

	if (m->any_old && change_walk(&m->c, ALLOW_KEY_PATTERN, drop_pattern,
	    m, e) != 0)
		return -1;
	for (i = 0; i < m->l->npatterns; i++) {
		p = &m->l->patterns[i];
		n = allow_key_pattern(m->l->lists[p->list].id, p->digest, key);
		if (change_get(&m->c, key, n, &old, e) != 0)
			return -1;
		if (old.p != NULL)
			continue;
		buf_reset(&m->c.rec);
		if (allow_pattern_encode(&p->p, &m->c.rec) != 0)
			return allow_no_memory(e);
		if (change_put(&m->c, key, n, buf_view(&m->c.rec), e) != 0)
			return -1;
		m->counts->added++;
		m->c.set.patterns++;
	}
	return 0;
}

static int
write_lists(struct merge *m, struct err *e)
{
	struct allow_list *list;
	uint8_t key[ALLOW_KEY_MAX];
	uint32_t i;
	size_t n;

	for (i = 0; i < m->l->nlists; i++) {
		list = &m->l->lists[i];
		n = allow_key_list(list->id, key);
		buf_reset(&m->c.rec);
		if (allow_list_encode(list, &m->c.rec) != 0)
			return allow_no_memory(e);
		if (change_put(&m->c, key, n, buf_view(&m->c.rec), e) != 0)
			return -1;
		m->changed = true;
	}
	for (i = 0; i < m->ntaken; i++) {
		n = allow_key_list(m->taken[i], key);
		if (m->drop[m->taken[i]] == 2 &&
		    change_del(&m->c, key, n, e) != 0)
			return -1;
	}
	return 0;
}

static int
merge_all(struct merge *m, int64_t now, struct err *e)
{
	if (merge_sort(m, e) != 0 || merge_lists(m, now, e) != 0)
		return -1;
	if (m->any_old && (change_walk(&m->c, ALLOW_KEY_VALUE, merge_old, m,
	    e) != 0 || change_walk(&m->c, ALLOW_KEY_NET, merge_old, m,
	    e) != 0))
		return -1;
	if (merge_new(m, e) != 0 || merge_patterns(m, e) != 0)
		return -1;
	return write_lists(m, e);
}

static int
merge_run(struct store *s, struct merge *m, int64_t now, struct err *e)
{
	int rc = -1;

	m->drop = calloc(UINT16_MAX + 1, 1);
	if (m->drop == NULL)
		allow_no_memory(e);
	else if (change_begin(&m->c, s, e) == 0) {
		if (merge_all(m, now, e) == 0)
			rc = change_end(&m->c, m->changed, e);
		else
			change_drop(&m->c);
	}
	free(m->order);
	free(m->drop);
	return rc;
}

static int
merge_with(struct store *s, struct allow_load *l, bool config,
    struct slice gone, int64_t now, struct allow_counts *counts, bool *changed,
    struct err *e)
{
	struct merge *m = calloc(1, sizeof(*m));
	int rc;

	*counts = (struct allow_counts){.lists = l->nlists};
	if (m == NULL)
		return allow_no_memory(e);
	m->l = l;
	m->config = config;
	m->gone = gone;
	m->counts = counts;
	rc = merge_run(s, m, now, e);
	*changed = m->changed;
	free(m);
	return rc;
}

int
store_allow_load(struct store *s, struct allow_load *l, bool config,
    int64_t now, struct allow_counts *counts, struct err *e)
{
	bool changed;

	return merge_with(s, l, config, SLICE_NONE, now, counts, &changed, e);
}

int
store_allow_drop(struct store *s, struct slice name, bool *found,
    struct err *e)
{
	struct allow_load *none = allow_load_new();
	struct allow_counts counts;
	int rc;

	*found = false;
	if (none == NULL)
		return allow_no_memory(e);
	rc = merge_with(s, none, false, name, 0, &counts, found, e);
	allow_load_free(none);
	return rc;
}
