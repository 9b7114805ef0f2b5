/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/opt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct opt *
opt_named(const struct opt *table, const char *name)
{
	for (; table->kind != OPT_END; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

int
opt_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long long v;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

static int
list_add(struct opt_list *l, char *value, struct err *e)
{
	char **v;

	v = realloc(l->v, (l->n + 1) * sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	l->v = v;
	l->v[l->n++] = value;
	return 0;
}

int
opt_map_add(struct opt_map *m, const char *key, size_t n, char *value,
    struct err *e)
{
	struct opt_pair *v = realloc(m->v, (m->n + 1) * sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	m->v = v;
	v[m->n] = (struct opt_pair){NULL, value};
	if (key != NULL && (v[m->n].key = strndup(key, n)) == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	m->n++;
	return 0;
}

/* "KEY=VALUE", or a value for all. */
static int
map_store(struct opt_map *m, char *text, struct err *e)
{
	char *equals = strchr(text, '=');

	if (equals == NULL)
		return opt_map_add(m, NULL, 0, text, e);
	return opt_map_add(m, text, (size_t)(equals - text), equals + 1, e);
}

int
opt_store(const struct opt *o, char *value, void *into, struct err *e)
{
	char *place = (char *)into + o->offset;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)place = true;
		return 0;
	case OPT_STRING:
		*(char **)place = value;
		return 0;
	case OPT_NUMBER:
		if (opt_number(value, o->min, o->max, (uint32_t *)place) == 0)
			return 0;
		return err_set(e, ERR_USAGE,
		    "--%s: '%s' is not a number from %u to %u", o->name, value,
		    o->min, o->max);
	case OPT_LIST:
		return list_add((struct opt_list *)place, value, e);
	case OPT_MAP:
		return map_store((struct opt_map *)(void *)place, value, e);
	case OPT_END:
		break;
	}
	return err_set(e, ERR_INTERNAL, "option --%s has no kind", o->name);
}

bool
opt_given(const struct opt *o, const void *from)
{
	const char *place = (const char *)from + o->offset;

	switch (o->kind) {
	case OPT_FLAG:
		return *(const bool *)place;
	case OPT_STRING:
		return *(char *const *)(const void *)place != NULL;
	case OPT_NUMBER:
		return *(const uint32_t *)(const void *)place != 0;
	case OPT_LIST:
		return ((const struct opt_list *)(const void *)place)->n > 0;
	case OPT_MAP:
		return ((const struct opt_map *)(const void *)place)->n > 0;
	case OPT_END:
		break;
	}
	return false;
}

static void
map_free(struct opt_map *m)
{
	uint32_t i;

	for (i = 0; i < m->n; i++)
		free(m->v[i].key);
	free(m->v);
	*m = (struct opt_map){NULL, 0};
}

size_t
opt_size(const struct opt *o)
{
	switch (o->kind) {
	case OPT_FLAG:
		return sizeof(bool);
	case OPT_STRING:
		return sizeof(char *);
	case OPT_NUMBER:
		return sizeof(uint32_t);
	case OPT_LIST:
		return sizeof(struct opt_list);
	case OPT_MAP:
		return sizeof(struct opt_map);
	case OPT_END:
		break;
	}
	return 0;
}

void
opt_clear(const struct opt *o, void *into)
{
	void *place = (char *)into + o->offset;

	if (o->kind == OPT_LIST)
		free(((struct opt_list *)place)->v);
	else if (o->kind == OPT_MAP)
		map_free(place);
	memset(place, 0, opt_size(o));
}

void
opt_move(const struct opt *o, void *from, void *into)
{
	opt_clear(o, into);
	memcpy((char *)into + o->offset, (char *)from + o->offset,
	    opt_size(o));
	memset((char *)from + o->offset, 0, opt_size(o));
}

void
opt_free(const struct opt *table, void *from)
{
	for (; table->kind != OPT_END; table++)
		if (table->kind == OPT_LIST || table->kind == OPT_MAP)
			opt_clear(table, from);
}
