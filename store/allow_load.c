/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists: collected in memory, to be merged (store/allow_merge.c). */
#include "store/allow_load.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "store/allow_text.h"
#include "base/grow.h"

#define LOAD_BYTES MIB(512)  /* of keys and texts of one load */
#define PATTERN_SEED 0

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

int
allow_no_memory(struct err *e)
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
			return allow_no_memory(e);
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
		return allow_no_memory(e);
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
			return allow_no_memory(e);
		l->keep = more;
	}
	l->keep[l->nkeep] = text_copy(l, slice_str(path));
	return l->keep[l->nkeep++].p != NULL ? 0 : allow_no_memory(e);
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
			return allow_no_memory(e);
		l->entries = to;
	}
	to = &l->entries[l->n];
	*to = (struct load_entry){.n = (uint16_t)n, .scope = (uint8_t)scope,
	    .list = (uint16_t)(l->nlists - 1),
	    .key = arena_dup(&l->arena, k, n)};
	if (to->key == NULL)
		return allow_no_memory(e);
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
			return allow_no_memory(e);
		l->patterns = to;
	}
	to = &l->patterns[l->npatterns];
	*to = (struct load_pattern){.p = *p,
	    .list = (uint16_t)(l->nlists - 1)};
	to->p.text = arena_slice(&l->arena, p->text);
	if (to->p.text.p == NULL)
		return allow_no_memory(e);
	/* Whatever it is for, too. */
	to->digest = digest64(p->text.p, p->text.n, PATTERN_SEED ^ p->types ^
	    (p->regex ? 1u : 0u) ^ (p->caseless ? 2u : 0u));
	l->npatterns++;
	return 0;
}
