/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists: collected in memory, then merged into the tree in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "store/allow_change.h"
#include "store/allow_text.h"
#include "store/grow.h"
#include "store/sort.h"

#define LOAD_BYTES MIB(512)  /* of keys and texts of one load */
#define PATTERN_SEED 0

struct load_entry {
	const uint8_t *key;      /* of the tree */
	uint16_t n, list;        /* its place in load->lists */
	uint8_t scope;
	bool done;
};

struct load_pattern {
	struct allow_pattern p;
	uint64_t digest;
	uint16_t list;
};

struct allow_load {
	struct arena arena;
	struct allow_list *lists;
	uint32_t nlists;
	size_t caplists;
	struct load_entry *entries;
	uint32_t n;
	size_t cap;
	struct load_pattern *patterns;
	uint32_t npatterns;
	size_t cappatterns;
	struct allow_text *text; /* where patterns are tried */
	struct slice *keep;      /* paths of lists that stay */
	uint32_t nkeep;
	size_t capkeep;
};

/* -- collecting -- */

struct allow_load *
allow_load_new(void)
{
	struct allow_load *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	arena_init(&l->arena, LOAD_BYTES);
	l->text = allow_text_new();
	if (l->text == NULL) {
		allow_load_free(l);
		return NULL;
	}
	return l;
}

void
allow_load_free(struct allow_load *l)
{
	if (l == NULL)
		return;
	arena_free(&l->arena);
	allow_text_free(l->text);
	free(l->lists);
	free(l->entries);
	free(l->patterns);
	free(l->keep);
	free(l);
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "no memory for allow-lists");
}

static struct slice
text_copy(struct allow_load *l, struct slice s)
{
	if (s.p == NULL)
		s = SLICE("");
	s.n = utf8_cut(s, LIMIT_ALLOW_TEXT);
	return arena_slice(&l->arena, s);
}

int
allow_load_list(struct allow_load *l, const struct allow_list *list,
    struct err *e)
{
	struct allow_list *to;
	uint32_t i;

	if (l->nlists == LIMIT_ALLOW_LISTS)
		return err_set(e, ERR_LIMIT, "more than %u allow-lists",
		    LIMIT_ALLOW_LISTS);
	if (l->nlists == l->caplists) {
		to = grow(l->lists, &l->caplists, sizeof(*to));
		if (to == NULL)
			return no_memory(e);
		l->lists = to;
	}
	to = &l->lists[l->nlists++];
	*to = *list;
	to->name = text_copy(l, list->name);
	to->version = text_copy(l, list->version);
	to->description = text_copy(l, list->description);
	to->path = text_copy(l, list->path);
	if (to->name.p == NULL || to->version.p == NULL ||
	    to->description.p == NULL || to->path.p == NULL)
		return no_memory(e);
	if (to->name.n == 0)
		return err_set(e, ERR_SYNTAX, "an allow-list without a name");
	for (i = 0; i + 1 < l->nlists; i++)
		if (slice_eq(l->lists[i].name, to->name))
			return err_set(e, ERR_CONFIG, "two allow-lists are "
			    "named '%.*s'", SLICE_ARG(to->name));
	return 0;
}

int
allow_load_keep(struct allow_load *l, const char *path, struct err *e)
{
	struct slice *more;

	if (l->nkeep == l->capkeep) {
		more = grow(l->keep, &l->capkeep, sizeof(*more));
		if (more == NULL)
			return no_memory(e);
		l->keep = more;
	}
	l->keep[l->nkeep] = text_copy(l, slice_str(path));
	return l->keep[l->nkeep++].p != NULL ? 0 : no_memory(e);
}

struct allow_list *
allow_load_newest(struct allow_load *l)
{
	return &l->lists[l->nlists - 1];
}

int
allow_load_add(struct allow_load *l, uint8_t type, uint8_t prefix,
    struct slice key, unsigned scope, struct err *e)
{
	uint8_t k[ALLOW_KEY_MAX];
	size_t n = allow_key_value(type, prefix, key, k);
	struct load_entry *to;

	if (n == 0)
		return err_set(e, ERR_INTERNAL, "a key of %zu bytes", key.n);
	if (l->n == LIMIT_ALLOW_ENTRIES)
		return err_set(e, ERR_LIMIT, "allow-lists: more than %u "
		    "entries at a time", LIMIT_ALLOW_ENTRIES);
	if (l->n == l->cap) {
		to = grow(l->entries, &l->cap, sizeof(*to));
		if (to == NULL)
			return no_memory(e);
		l->entries = to;
	}
	to = &l->entries[l->n];
	*to = (struct load_entry){.n = (uint16_t)n, .scope = (uint8_t)scope,
	    .list = (uint16_t)(l->nlists - 1),
	    .key = arena_dup(&l->arena, k, n)};
	if (to->key == NULL)
		return no_memory(e);
	l->n++;
	return 0;
}

int
allow_load_pattern(struct allow_load *l, const struct allow_pattern *p,
    struct err *e)
{
	struct load_pattern *to;

	if (allow_text_add(l->text, 0, 0, p, e) != 0)
		return -1;
	if (l->npatterns == l->cappatterns) {
		to = grow(l->patterns, &l->cappatterns, sizeof(*to));
		if (to == NULL)
			return no_memory(e);
		l->patterns = to;
	}
	to = &l->patterns[l->npatterns];
	*to = (struct load_pattern){.p = *p,
	    .list = (uint16_t)(l->nlists - 1)};
	to->p.text = arena_slice(&l->arena, p->text);
	if (to->p.text.p == NULL)
		return no_memory(e);
	/* Whatever it is for, too. */
	to->digest = digest64(p->text.p, p->text.n, PATTERN_SEED ^ p->types ^
	    (p->regex ? 1u : 0u) ^ (p->caseless ? 2u : 0u));
	l->npatterns++;
	return 0;
}

/* -- merging -- */

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
		return no_memory(e);
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
			return no_memory(e);
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
			return no_memory(e);
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
		no_memory(e);
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
		return no_memory(e);
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
		return no_memory(e);
	rc = merge_with(s, none, false, name, 0, &counts, found, e);
	allow_load_free(none);
	return rc;
}

/* -- asking -- */

static int
each_list(MDB_cursor *cur, store_allow_fn *fn, void *ctx)
{
	uint8_t k[1] = {ALLOW_KEY_LIST};
	MDB_val key = {1, k}, val;
	struct allow_list list;
	int rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);

	for (; rc == 0 && *(uint8_t *)key.mv_data == ALLOW_KEY_LIST;
	    rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) {
		if (allow_list_read((struct slice){key.mv_data, key.mv_size},
		    (struct slice){val.mv_data, val.mv_size}, &list) != 0)
			return MDB_CORRUPTED;
		fn(ctx, &list);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int
store_allow_each(struct store *s, store_allow_fn *fn, void *ctx,
    bool *builtin, struct err *e)
{
	struct allow_view v;
	MDB_cursor *cur;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = mdb_cursor_open(txn, s->env->dbi[TABLE_ALLOW], &cur);
	if (rc == 0) {
		rc = allow_view_begin(&v, cur, 0);
		*builtin = !v.set.no_builtin;
		if (rc == 0)
			rc = each_list(cur, fn, ctx);
		mdb_cursor_close(cur);
	}
	mdb_txn_abort(txn);
	return rc == 0 ? 0 : env_fail(e, s->env, rc, "reading allow-lists");
}
