/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "cmd/ytree.h"

/* A walk over the tree; it goes on behind an error. */
struct reader {
	struct config *c;
	const struct ytree *y;
	struct opt rows[OPT_MAX + 1]; /* keys of a source */
	struct buf *more;
	struct err *e;
	unsigned nodes;   /* met so far */
	unsigned found;   /* errors */
};

static void CC_PRINTF(3, 4)
complain(struct reader *r, int id, const char *fmt, ...)
{
	struct err local = ERR_INIT, *e = r->found++ == 0 ? r->e : &local;
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (r->found > LIMIT_COMPLAINTS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(e, ERR_CONFIG, "%s:%u:%u: %s", r->c->path, ytree_line(r->y, id),
	    ytree_column(r->y, id), text);
	if (e == &local)
		buf_printf(r->more, "%s\n", local.text);
}

/* Anchors can make a small file a large tree. */
static bool
one_more(struct reader *r, int id)
{
	if (++r->nodes == LIMIT_YAML_NODES + 1)
		complain(r, id, "more than %u values", LIMIT_YAML_NODES);
	return r->nodes <= LIMIT_YAML_NODES;
}

static const char *
kind_name(enum ytree_kind kind)
{
	static const char *const names[] = {
		[YTREE_NONE] = "nothing", [YTREE_TEXT] = "a single value",
		[YTREE_LIST] = "a list", [YTREE_MAP] = "a mapping",
	};

	return names[kind];
}

/* A single text, or NULL after a complaint. */
static char *
want_text(struct reader *r, const char *key, int id)
{
	char *text;

	if (ytree_kind(r->y, id) != YTREE_TEXT) {
		complain(r, id, "%s: %s where a single value is expected", key,
		    kind_name(ytree_kind(r->y, id)));
		return NULL;
	}
	if (ytree_blank(r->y, id)) {
		complain(r, id, "%s: has no value", key);
		return NULL;
	}
	text = ytree_text(r->y, id);
	if (text == NULL || strlen(text) > LIMIT_URL) {
		complain(r, id, "%s: holds a NUL or more than %u bytes", key,
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

static void
read_flag(struct reader *r, const struct opt *o, int id, bool *to)
{
	static const char *const yes[] = {"yes", "true", "on", NULL};
	static const char *const no[] = {"no", "false", "off", NULL};
	const char *text = want_text(r, o->name, id);

	if (text == NULL)
		return;
	*to = word_in(yes, text);
	if (!*to && !word_in(no, text))
		complain(r, id, "%s: '%s' is neither yes nor no", o->name,
		    text);
}

/* One value of an option. */
static void
read_one(struct reader *r, const struct opt *o, int id, void *into)
{
	struct err e = ERR_INIT;
	char *text = want_text(r, o->name, id);

	if (text != NULL && opt_store(o, text, into, &e) != 0)
		complain(r, id, "%s", e.text + strspn(e.text, "-"));
}

static void
read_list(struct reader *r, const struct opt *o, int id, void *into)
{
	unsigned i;
	int item;

	if (ytree_kind(r->y, id) == YTREE_TEXT) {
		read_one(r, o, id, into);
		return;
	}
	if (ytree_kind(r->y, id) != YTREE_LIST) {
		complain(r, id, "%s: %s where a list is expected", o->name,
		    kind_name(ytree_kind(r->y, id)));
		return;
	}
	for (i = 0; (item = ytree_item(r->y, id, i)) != 0; i++) {
		if (i == LIMIT_LIST)
			complain(r, item, "%s: more than %d items", o->name,
			    LIMIT_LIST);
		if (i >= LIMIT_LIST || !one_more(r, item))
			return;
		read_one(r, o, item, into);
	}
}

/* "key: value" pairs, each kept as on the command line: key=value. */
static void
read_pairs(struct reader *r, const struct opt *o, int id, void *into)
{
	char *key, *value;
	struct opt_map *map = (struct opt_map *)(void *)((char *)into +
	    o->offset);
	unsigned i;
	int k, v;

	for (i = 0; (k = ytree_pair(r->y, id, i, &v)) != 0; i++) {
		if (i == LIMIT_LIST)
			complain(r, k, "%s: more than %d items", o->name,
			    LIMIT_LIST);
		if (i >= LIMIT_LIST || !one_more(r, k))
			return;
		key = want_text(r, o->name, k);
		value = key == NULL ? NULL : want_text(r, key, v);
		if (value != NULL && opt_map_add(map, key, strlen(key), value,
		    r->e) != 0)
			return;
	}
}

static void
read_value(struct reader *r, const struct opt *o, int id, void *into)
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

/* ---- keys ------------------------------------------------------------------ */

#define KEY_MAX 96

/* Does an option begin with these words? */
static bool
is_group(const struct opt *table, const char *name)
{
	size_t n = strlen(name);

	for (; table->kind != OPT_END; table++)
		if (strncmp(table->name, name, n) == 0 && table->name[n] == '-')
			return true;
	return false;
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

static void
unknown_key(struct reader *r, const struct opt *table, int id, const char *name)
{
	const char *best = NULL;
	unsigned least = 3, d;

	for (; table->kind != OPT_END; table++) {
		d = distance(name, table->name, 3);
		if (d < least) {
			least = d;
			best = table->name;
		}
	}
	if (best != NULL)
		complain(r, id, "unknown key '%s' (did you mean '%s'?)", name,
		    best);
	else
		complain(r, id, "unknown key '%s'; see taxiway.yaml(5)", name);
}

static void read_keys(struct reader *r, const struct opt *table, int map,
    const char *prefix, void *into);

/* One key, k, and its value, v. */
static void
read_pair(struct reader *r, const struct opt *table, int k, int v,
    const char *prefix, void *into)
{
	const char *key = ytree_kind(r->y, k) == YTREE_TEXT ?
	    ytree_text(r->y, k) : NULL;
	char name[KEY_MAX];
	const struct opt *o;
	int n;

	n = key == NULL ? -1 : snprintf(name, sizeof(name), "%s%s%s",
	    prefix, prefix[0] != '\0' ? "-" : "", key);
	if (n < 0 || n >= (int)sizeof(name)) {
		complain(r, k, "a key that is no word");
		return;
	}
	o = opt_named(table, name);
	if (ytree_kind(r->y, v) == YTREE_MAP && is_group(table, name) &&
	    (o == NULL || o->kind != OPT_MAP))
		read_keys(r, table, v, name, into);
	else if (o != NULL && opt_given(o, into))
		complain(r, k, "%s: is given twice", name);
	else if (o != NULL)
		read_value(r, o, v, into);
	else
		unknown_key(r, table, k, name);
}

/* The keys of a mapping, `prefix` in front of each; one level a group. */
static void
read_keys(struct reader *r, const struct opt *table, int map,
    const char *prefix, void *into)
{
	unsigned i;
	int k, v;

	for (i = 0; (k = ytree_pair(r->y, map, i, &v)) != 0; i++) {
		if (!one_more(r, k))
			return;
		read_pair(r, table, k, v, prefix, into);
	}
}

/* Where a source says a key, nested or not; else where the source begins. */
static int
place_of(const struct ytree *y, int map, const char *prefix, struct slice key)
{
	char name[KEY_MAX];
	const char *word;
	int k, v, at;
	unsigned i;

	for (i = 0; (k = ytree_pair(y, map, i, &v)) != 0; i++) {
		word = ytree_kind(y, k) == YTREE_TEXT ? ytree_text(y, k) : NULL;
		if (word == NULL || snprintf(name, sizeof(name), "%s%s%s",
		    prefix, prefix[0] != '\0' ? "-" : "", word) >=
		    (int)sizeof(name))
			continue;
		if (slice_is(key, name))
			return k;
		if (ytree_kind(y, v) != YTREE_MAP || strlen(name) >= key.n ||
		    memcmp(name, key.p, strlen(name)) != 0)
			continue;
		at = place_of(y, v, name, key);
		if (at != 0)
			return at;
	}
	return 0;
}

/* ---- the file -------------------------------------------------------------- */

/* What the table cannot say: names are there, and one of a kind. */
static void
check_source(struct reader *r, unsigned n, int id)
{
	const struct settings *s = &r->c->sources[n];
	struct err e = ERR_INIT;
	unsigned i;
	int at;

	if (s->name == NULL)
		err_set(&e, ERR_CONFIG, "name: is missing; source number %u "
		    "must have one", n + 1);
	else if (s->url == NULL)
		err_set(&e, ERR_CONFIG, "url: is missing; it says where the "
		    "feed is");
	for (i = 0; i < n && e.code == ERR_NONE; i++)
		if (r->c->sources[i].name != NULL &&
		    strcmp(r->c->sources[i].name, s->name) == 0)
			err_set(&e, ERR_CONFIG, "name: two sources have this "
			    "one; claims belong to a name");
	if (e.code == ERR_NONE && settings_check(s, &e) == 0)
		return;
	at = place_of(r->y, id, "", (struct slice){e.text,
	    strcspn(e.text, ":")});
	if (s->name != NULL)
		err_context(&e, "source '%s'", s->name);
	complain(r, at != 0 ? at : id, "%s", e.text);
}

static void
read_sources(struct reader *r, int list)
{
	unsigned i, n = 0, before;
	int id;

	if (ytree_kind(r->y, list) != YTREE_LIST) {
		complain(r, list, "sources: %s where a list is expected",
		    kind_name(ytree_kind(r->y, list)));
		return;
	}
	while (ytree_item(r->y, list, n) != 0)
		n++;
	if (n > LIMIT_SOURCES) {
		complain(r, list, "sources: more than %d", LIMIT_SOURCES);
		return;
	}
	r->c->sources = calloc(n + 1, sizeof(*r->c->sources));
	if (r->c->sources == NULL) {
		r->found++;
		err_set(r->e, ERR_MEMORY, "out of memory");
		return;
	}
	for (i = 0; i < n; i++) {
		id = ytree_item(r->y, list, i);
		before = r->found;
		r->c->nsources = i + 1;
		if (ytree_kind(r->y, id) != YTREE_MAP)
			complain(r, id, "sources: %s where a source is "
			    "expected", kind_name(ytree_kind(r->y, id)));
		else
			read_keys(r, r->rows, id, "",
			    &r->c->sources[i]);
		if (r->found == before)
			check_source(r, i, id);
	}
}

/* What the table of the whole cannot say. */
static void
check_root(struct reader *r, int root)
{
	struct daemon_numbers n;
	struct err e = ERR_INIT;
	int at;

	if (daemon_settings_read(&r->c->daemon, &n, &e) == 0)
		return;
	at = place_of(r->y, root, "", (struct slice){e.text,
	    strcspn(e.text, ":")});
	complain(r, at != 0 ? at : root, "%s", e.text);
}

static void
read_root(struct reader *r, int root)
{
	const char *key;
	unsigned i, before = r->found;
	int k, v;

	if (root == 0 || ytree_blank(r->y, root))
		return;
	if (ytree_kind(r->y, root) != YTREE_MAP) {
		complain(r, root, "%s where keys are expected",
		    kind_name(ytree_kind(r->y, root)));
		return;
	}
	for (i = 0; (k = ytree_pair(r->y, root, i, &v)) != 0; i++) {
		key = ytree_kind(r->y, k) == YTREE_TEXT ? ytree_text(r->y, k) :
		    NULL;
		if (key == NULL || strcmp(key, "sources") != 0)
			read_pair(r, daemon_table, k, v, "", &r->c->daemon);
		else if (r->c->sources == NULL)
			read_sources(r, v);
		else
			complain(r, k, "sources: is given twice");
	}
	if (r->found == before)
		check_root(r, root);
}

static int
config_read(struct config *c, struct slice text, struct buf *more,
    struct err *e)
{
	struct reader r = {.c = c, .more = more, .e = e};
	struct err bad = ERR_INIT;

	c->yaml = ytree_read(text, &bad);
	if (c->yaml == NULL)
		return err_set(e, bad.code, "%s:%s", c->path, bad.text);
	r.y = c->yaml;
	settings_rows(r.rows);
	read_root(&r, ytree_root(c->yaml));
	if (r.found > LIMIT_COMPLAINTS)
		buf_printf(more, "%s: and %u more\n", c->path,
		    r.found - LIMIT_COMPLAINTS);
	return e->code == ERR_NONE ? 0 : -1;
}

struct config *
config_parse(const char *path, struct slice text, struct buf *more,
    struct err *e)
{
	const char *slash = strrchr(path, '/');
	struct config *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->path = strdup(path);
		c->dir = slash != NULL ?
		    strndup(path, (size_t)(slash - path) + 1) : strdup("./");
	}
	if (c == NULL || c->path == NULL || c->dir == NULL)
		err_set(e, ERR_MEMORY, "%s: out of memory", path);
	else if (config_read(c, text, more, e) == 0)
		return c;
	config_free(c);
	return NULL;
}

struct config *
config_load(const char *path, struct buf *more, struct err *e)
{
	struct config *c = NULL;
	struct buf text;

	buf_init(&text, LIMIT_CONFIG);
	if (fs_read(path, &text, e) != 0)
		e->code = ERR_CONFIG;
	else
		c = config_parse(path, buf_view(&text), more, e);
	buf_free(&text);
	return c;
}

void
config_free(struct config *c)
{
	unsigned i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nsources; i++)
		settings_free(&c->sources[i]);
	free(c->sources);
	opt_free(daemon_table, &c->daemon);
	ytree_free(c->yaml);
	free(c->path);
	free(c->dir);
	free(c);
}

char *
config_path(const struct config *c, const char *path)
{
	char *full;

	if (path[0] == '/')
		return strdup(path);
	return asprintf(&full, "%s%s", c->dir, path) >= 0 ? full : NULL;
}

const struct settings *
config_source(const struct config *c, const char *name)
{
	unsigned i;

	for (i = 0; i < c->nsources; i++)
		if (strcmp(c->sources[i].name, name) == 0)
			return &c->sources[i];
	return NULL;
}
