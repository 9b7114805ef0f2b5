/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

void
keys_complain(struct keys *r, int id, const char *fmt, ...)
{
	struct err local = ERR_INIT, *e = r->found++ == 0 ? r->e : &local;
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (r->found > LIMIT_COMPLAINTS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(e, ERR_CONFIG, "%s:%u:%u: %s", r->path, ytree_line(r->y, id),
	    ytree_column(r->y, id), text);
	if (e == &local)
		buf_printf(r->more, "%s\n", local.text);
}

/* Anchors can make a small file a large tree. */
static bool
one_more(struct keys *r, int id)
{
	if (++r->nodes == LIMIT_YAML_NODES + 1)
		keys_complain(r, id, "more than %u values", LIMIT_YAML_NODES);
	return r->nodes <= LIMIT_YAML_NODES;
}

const char *
keys_kind(enum ytree_kind kind)
{
	static const char *const names[] = {
		[YTREE_NONE] = "nothing", [YTREE_TEXT] = "a single value",
		[YTREE_LIST] = "a list", [YTREE_MAP] = "a mapping",
	};

	return names[kind];
}

char *
keys_text(struct keys *r, const char *key, int id)
{
	char *text;

	if (ytree_kind(r->y, id) != YTREE_TEXT) {
		keys_complain(r, id, "%s: %s where a single value is expected", key,
		    keys_kind(ytree_kind(r->y, id)));
		return NULL;
	}
	if (ytree_blank(r->y, id)) {
		keys_complain(r, id, "%s: has no value", key);
		return NULL;
	}
	text = ytree_text(r->y, id);
	if (text == NULL || strlen(text) > LIMIT_URL) {
		keys_complain(r, id, "%s: holds a NUL or more than %u bytes", key,
		    (unsigned)LIMIT_URL);
		return NULL;
	}
	return text;
}

static bool
word_in(const char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

bool
keys_flag(const char *text, bool *to)
{
	static const char *const yes[] = {"yes", "true", "on", NULL};
	static const char *const no[] = {"no", "false", "off", NULL};

	*to = word_in(yes, text);
	return *to || word_in(no, text);
}

static void
read_flag(struct keys *r, const struct opt *o, int id, bool *to)
{
	const char *text = keys_text(r, o->name, id);

	if (text != NULL && !keys_flag(text, to))
		keys_complain(r, id, "%s: '%s' is neither yes nor no", o->name,
		    text);
}

/* One value of an option. */
static void
read_one(struct keys *r, const struct opt *o, int id, void *into)
{
	struct err e = ERR_INIT;
	char *text = keys_text(r, o->name, id);

	if (text != NULL && opt_store(o, text, into, &e) != 0)
		keys_complain(r, id, "%s", e.text + strspn(e.text, "-"));
}

static void
read_list(struct keys *r, const struct opt *o, int id, void *into)
{
	unsigned i;
	int item;

	if (ytree_kind(r->y, id) == YTREE_TEXT) {
		read_one(r, o, id, into);
		return;
	}
	if (ytree_kind(r->y, id) != YTREE_LIST) {
		keys_complain(r, id, "%s: %s where a list is expected", o->name,
		    keys_kind(ytree_kind(r->y, id)));
		return;
	}
	for (i = 0; (item = ytree_item(r->y, id, i)) != 0; i++) {
		if (i == LIMIT_LIST)
			keys_complain(r, item, "%s: more than %d items", o->name,
			    LIMIT_LIST);
		if (i >= LIMIT_LIST || !one_more(r, item))
			return;
		read_one(r, o, item, into);
	}
}

/* One pair, kept as on the command line: key=value.  -1: no memory. */
static int
add_pair(struct keys *r, struct opt_map *map, const char *key, int id)
{
	char *value = keys_text(r, key, id);

	return value == NULL ? 0 :
	    opt_map_add(map, key, strlen(key), value, r->e);
}

/* All that a key has. */
static int
read_pair(struct keys *r, const struct opt *o, const char *key, int id,
    struct opt_map *map)
{
	unsigned i;
	int item;

	if (o->max == 0 || ytree_kind(r->y, id) != YTREE_LIST)
		return add_pair(r, map, key, id);
	for (i = 0; (item = ytree_item(r->y, id, i)) != 0; i++) {
		if (i == o->max)
			keys_complain(r, item, "%s: more than %u items", key,
			    o->max);
		if (i >= o->max || !one_more(r, item))
			return 0;
		if (add_pair(r, map, key, item) != 0)
			return -1;
	}
	return 0;
}

/* "key: value" pairs. */
static void
read_pairs(struct keys *r, const struct opt *o, int id, void *into)
{
	char *key;
	struct opt_map *map = (struct opt_map *)(void *)((char *)into +
	    o->offset);
	unsigned i;
	int k, v;

	for (i = 0; (k = ytree_pair(r->y, id, i, &v)) != 0; i++) {
		if (i == LIMIT_LIST)
			keys_complain(r, k, "%s: more than %d items", o->name,
			    LIMIT_LIST);
		if (i >= LIMIT_LIST || !one_more(r, k))
			return;
		key = keys_text(r, o->name, k);
		if (key != NULL && read_pair(r, o, key, v, map) != 0)
			return;
	}
}

static void
read_value(struct keys *r, const struct opt *o, int id, void *into)
{
	switch (o->kind) {
	case OPT_FLAG:
		read_flag(r, o, id, (bool *)((char *)into + o->offset));
		break;
	case OPT_LIST:
		read_list(r, o, id, into);
		break;
	case OPT_MAP:
		if (ytree_kind(r->y, id) == YTREE_MAP)
			read_pairs(r, o, id, into);
		else
			read_list(r, o, id, into);
		break;
	default:
		read_one(r, o, id, into);
		break;
	}
}

#define KEY_MAX 96

/* The first option that begins with these words, or NULL. */
static const char *
group_member(const struct opt *table, const char *name)
{
	size_t n = strlen(name);

	for (; table->kind != OPT_END; table++)
		if (strncmp(table->name, name, n) == 0 && table->name[n] == '-')
			return table->name;
	return NULL;
}

/* Letters to change to make b of a, at most `most`. */
static unsigned
distance(const char *a, const char *b, unsigned most)
{
	unsigned del, ins, sub;

	while (*a != '\0' && *a == *b)
		a++, b++;
	if (*a == '\0' || *b == '\0') {
		del = (unsigned)(strlen(a) + strlen(b));
		return del < most ? del : most;
	}
	if (most == 0)
		return 0;
	del = distance(a + 1, b, most - 1);
	ins = distance(a, b + 1, most - 1);
	sub = distance(a + 1, b + 1, most - 1);
	del = del < ins ? del : ins;
	return 1 + (del < sub ? del : sub);
}

/* Is it that name without the group in front: ttl of ageing-ttl? */
static bool
is_tail(const char *name, const char *whole)
{
	size_t n = strlen(name), all = strlen(whole);

	return all > n && whole[all - n - 1] == '-' &&
	    strcmp(whole + all - n, name) == 0;
}

static void
unknown_key(struct keys *r, const struct opt *table, int id, const char *name)
{
	const char *best = NULL;
	unsigned least = 3, d;

	for (; table->kind != OPT_END; table++) {
		d = is_tail(name, table->name) ? 1 :
		    distance(name, table->name, 3);
		if (d < least) {
			least = d;
			best = table->name;
		}
	}
	if (best != NULL)
		keys_complain(r, id, "unknown key '%s' (did you mean '%s'?)", name,
		    best);
	else
		keys_complain(r, id, "unknown key '%s'; see taxiway.yaml(5)", name);
}

void
keys_pair(struct keys *r, struct keys_into *to, int k, int v,
    const char *prefix)
{
	const char *key = ytree_text(r->y, k), *member;
	char name[KEY_MAX];
	const struct opt *o;
	int n;

	n = key == NULL ? -1 : snprintf(name, sizeof(name), "%s%s%s",
	    prefix, prefix[0] != '\0' ? "-" : "", key);
	if (n < 0 || n >= (int)sizeof(name)) {
		keys_complain(r, k, "a key that is no word");
		return;
	}
	o = opt_named(to->table, name);
	member = group_member(to->table, name);
	if (ytree_kind(r->y, v) == YTREE_MAP && member != NULL &&
	    (o == NULL || o->kind != OPT_MAP)) {
		keys_read(r, to, v, name);
	} else if (o == NULL && member != NULL) {
		keys_complain(r, k, "%s: is a group of keys, such as %s", name,
		    member);
	} else if (o == NULL) {
		unknown_key(r, to->table, k, name);
	} else if (to->given[o - to->table]) {
		keys_complain(r, k, "%s: is given twice", name);
	} else {
		to->given[o - to->table] = true;
		opt_clear(o, to->into);
		read_value(r, o, v, to->into);
	}
}

void
keys_read(struct keys *r, struct keys_into *to, int map, const char *prefix)
{
	unsigned i;
	int k, v;

	for (i = 0; (k = ytree_pair(r->y, map, i, &v)) != 0; i++) {
		if (!one_more(r, k))
			return;
		keys_pair(r, to, k, v, prefix);
	}
}

/* Where a mapping says a key, nested or not; 0: it does not. */
static int
place(const struct ytree *y, int map, const char *prefix, struct slice key)
{
	char name[KEY_MAX];
	const char *word;
	int k, v, at;
	unsigned i;

	for (i = 0; (k = ytree_pair(y, map, i, &v)) != 0; i++) {
		word = ytree_text(y, k);
		if (word == NULL || snprintf(name, sizeof(name), "%s%s%s",
		    prefix, prefix[0] != '\0' ? "-" : "", word) >=
		    (int)sizeof(name))
			continue;
		if (slice_is(key, name))
			return k;
		if (ytree_kind(y, v) != YTREE_MAP || strlen(name) >= key.n ||
		    memcmp(name, key.p, strlen(name)) != 0)
			continue;
		at = place(y, v, name, key);
		if (at != 0)
			return at;
	}
	return 0;
}

int
keys_place(const struct ytree *y, int map, struct slice key)
{
	int at = place(y, map, "", key);

	return at != 0 ? at : map;
}

void
keys_blame(struct keys *r, int map, const char *source, struct err *e)
{
	int at = keys_place(r->y, map, (struct slice){e->text,
	    strcspn(e->text, ":")});

	if (source != NULL)
		err_context(e, "source '%s'", source);
	keys_complain(r, at, "%s", e->text);
}
