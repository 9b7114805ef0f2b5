/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "cmd/keys.h"
#include "cmd/preset.h"

struct reader {
	struct config *c;
	struct opt rows[OPT_MAX + 1]; /* keys of a source */
	struct keys keys;
};

struct blame {
	struct reader *r;
	int id;
	const char *name;
	const struct settings *s;
	const struct preset *preset; /* NULL: none */
};

static void
blame_source(void *ctx, const struct err *why)
{
	const struct blame *b = ctx;
	struct err e = *why;

	keys_blame(&b->r->keys, b->id, b->name, &e);
}

/* What lacks because a preset's need does: "X without token-file" is no news
 * beside "token-file: is missing". */
static void
blame_more(void *ctx, const struct err *why)
{
	const struct blame *b = ctx;
	const char *without = strstr(why->text, " without "), *key;
	uint32_t at = 0;

	while (b->preset != NULL && without != NULL &&
	    (key = preset_lacking(b->preset, b->s, &at, NULL)) != NULL)
		if (strncmp(without + 9, key, strlen(key)) == 0 ||
		    (strncmp(without + 9, "a ", 2) == 0 &&
		    strncmp(without + 11, key, strcspn(key, "-")) == 0))
			return;
	blame_source(ctx, why);
}

/* All that a preset needs and the source does not add. */
static void
blame_needs(struct blame *b)
{
	struct err e = ERR_INIT;
	uint32_t at = 0;

	while (b->preset != NULL &&
	    preset_lacking(b->preset, b->s, &at, &e) != NULL) {
		blame_source(b, &e);
		err_clear(&e);
	}
}

/* Has a source before this one its name? */
static bool
same_name(const struct reader *r, unsigned n)
{
	const struct settings *s = r->c->sources;

	for (unsigned i = 0; i < n; i++)
		if (s[i].name != NULL && strcmp(s[i].name, s[n].name) == 0)
			return true;
	return false;
}

static int
check_needs(const struct reader *r, unsigned n, struct err *e)
{
	const struct settings *s = &r->c->sources[n];

	if (s->name == NULL)
		return err_set(e, ERR_CONFIG, "name: is missing; source "
		    "number %u must have one", n + 1);
	return s->url != NULL ? 0 : err_set(e, ERR_CONFIG,
	    "url: is missing; it says where the feed is");
}

/* What the table cannot say.  Was a key not understood (!whole), then what seems
 * to be missing may have been meant by it. */
static void
check_source(struct reader *r, unsigned n, int id, bool whole)
{
	const struct settings *s = &r->c->sources[n];
	struct blame blame = {r, id, s->name, s, whole ? r->c->presets[n] :
	    NULL};
	struct err e = ERR_INIT;

	blame_needs(&blame);
	(void)settings_check_all(s, blame_more, &blame);
	if (s->name != NULL && same_name(r, n))
		err_set(&e, ERR_CONFIG, "name: two sources have this one; "
		    "claims belong to a name");
	if (e.code != ERR_NONE)
		blame_source(&blame, &e);
	if (!whole)
		return;
	(void)settings_kind_check(s, blame_more, &blame);
	err_clear(&e);
	if (check_needs(r, n, &e) != 0)
		blame_source(&blame, &e);
}

static bool
is_said(const struct reader *r, const struct keys_into *to, const char *key)
{
	return to->given[opt_named(r->rows, key) - r->rows];
}

/* What its preset says, and above that what it says itself. */
static void
read_source(struct reader *r, unsigned n, int id)
{
	struct settings *s = &r->c->sources[n];
	struct keys_into to = {.table = r->rows, .into = s};
	struct preset **p = &r->c->presets[n];
	const char *name, *key;
	struct err e = ERR_INIT;
	unsigned i;
	int k, v;

	for (i = 0; (k = ytree_pair(r->keys.y, id, i, &v)) != 0; i++) {
		key = ytree_text(r->keys.y, k);
		if (key == NULL || strcmp(key, "preset") != 0)
			continue;
		if ((name = keys_text(&r->keys, key, v)) == NULL)
			return;
		*p = preset_open(r->c->own_presets, r->c->dir, name,
		    r->keys.more, &e);
		if (*p == NULL || preset_apply(*p, s, r->keys.more, &e) != 0)
			keys_complain(&r->keys, v, "preset: %s", e.text);
		break;
	}
	keys_read(&r->keys, &to, id, "");
	if (is_said(r, &to, "url") && !is_said(r, &to, "url-also"))
		settings_drop_also(s); /* they are of the preset's url */
}

static void
read_sources(struct reader *r, int list)
{
	unsigned i, n = 0, before;
	int id;

	if (ytree_kind(r->keys.y, list) != YTREE_LIST) {
		keys_complain(&r->keys, list, "sources: %s where a list is expected",
		    keys_kind(ytree_kind(r->keys.y, list)));
		return;
	}
	while (ytree_item(r->keys.y, list, n) != 0)
		n++;
	if (n > LIMIT_SOURCES) {
		keys_complain(&r->keys, list, "sources: more than %d", LIMIT_SOURCES);
		return;
	}
	r->c->sources = calloc(n + 1, sizeof(*r->c->sources));
	r->c->presets = calloc(n + 1, sizeof(struct preset *));
	if (r->c->sources == NULL || r->c->presets == NULL) {
		r->keys.found++;
		err_set(r->keys.e, ERR_MEMORY, "out of memory");
		return;
	}
	for (i = 0; i < n; i++) {
		id = ytree_item(r->keys.y, list, i);
		before = r->keys.found;
		r->c->nsources = i + 1;
		if (ytree_kind(r->keys.y, id) != YTREE_MAP) {
			keys_complain(&r->keys, id, "sources: %s where a source is "
			    "expected", keys_kind(ytree_kind(r->keys.y, id)));
			continue;
		}
		read_source(r, i, id);
		check_source(r, i, id, r->keys.found == before);
	}
}

/* What the table of the whole cannot say. */
static void
check_root(struct reader *r, int root)
{
	struct err e = ERR_INIT;

	if (daemon_settings_read(&r->c->daemon, &r->c->numbers, &e) != 0)
		keys_blame(&r->keys, root, NULL, &e);
}

/* Relative paths are meant from here, whoever reads them and where. */
static void
find_presets(struct reader *r)
{
	struct config *c = r->c;

	if (c->daemon.presets == NULL)
		return;
	c->own_presets = config_path(c, c->daemon.presets);
	if (c->own_presets == NULL) {
		r->keys.found++;
		err_set(r->keys.e, ERR_MEMORY, "out of memory");
	}
}

static void
read_root(struct reader *r, int root)
{
	struct keys_into whole = {.table = daemon_table,
	    .into = &r->c->daemon};
	const char *key;
	unsigned i;
	int k, v, sources = 0;

	if (root == 0 || ytree_blank(r->keys.y, root))
		return;
	if (ytree_kind(r->keys.y, root) != YTREE_MAP) {
		keys_complain(&r->keys, root, "%s where keys are expected",
		    keys_kind(ytree_kind(r->keys.y, root)));
		return;
	}
	for (i = 0; (k = ytree_pair(r->keys.y, root, i, &v)) != 0; i++) {
		key = ytree_text(r->keys.y, k);
		if (key == NULL || strcmp(key, "sources") != 0)
			keys_pair(&r->keys, &whole, k, v, "");
		else if (sources == 0)
			sources = v;
		else
			keys_complain(&r->keys, k, "sources: is given twice");
	}
	find_presets(r);
	if (sources != 0) /* which that is to be known for */
		read_sources(r, sources);
}

static int
config_read(struct config *c, struct slice text, struct buf *more,
    struct err *e)
{
	struct reader r = {.c = c, .keys = {.path = c->path, .more = more,
	    .e = e}};
	struct err bad = ERR_INIT;

	c->yaml = ytree_read(text, &bad);
	if (c->yaml == NULL)
		return err_set(e, bad.code, "%s:%s", c->path, bad.text);
	r.keys.y = c->yaml;
	settings_rows(r.rows);
	read_root(&r, ytree_root(c->yaml));
	if (r.keys.found == 0) /* a blank file means something, too */
		check_root(&r, ytree_root(c->yaml));
	if (r.keys.found > LIMIT_COMPLAINTS)
		buf_printf(more, "%s: and %u more\n", c->path,
		    r.keys.found - LIMIT_COMPLAINTS);
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
	for (i = 0; i < c->nsources && c->presets != NULL; i++)
		preset_free(c->presets[i]);
	free(c->presets);
	free(c->sources);
	opt_free(daemon_table, &c->daemon);
	ytree_free(c->yaml);
	free(c->path);
	free(c->dir);
	free(c->own_presets);
	free(c);
}

char *
config_path(const struct config *c, const char *path)
{
	return fs_under(c->dir, path);
}

int
config_blame(const struct config *c, struct err *e)
{
	int at = keys_place(c->yaml, ytree_root(c->yaml),
	    (struct slice){e->text, strcspn(e->text, ":")});

	return err_context(e, "%s:%u:%u", c->path, ytree_line(c->yaml, at),
	    ytree_column(c->yaml, at));
}

void
config_hide(const struct config *c, struct fence *f)
{
	fence_hide(f, c->path);
	for (unsigned i = 0; i < c->nsources; i++)
		settings_hide(&c->sources[i], c->dir, f);
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
