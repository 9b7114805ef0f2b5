/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/preset.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "cmd/keys.h"

#define A(member) offsetof(struct preset_about, member)

const struct opt preset_about_table[] = {
	{0, "title", "TEXT", "", OPT_STRING, A(title), 0, 0},
	{0, "about", "TEXT", "", OPT_STRING, A(text), 0, 0},
	{0, "docs", "URL", "", OPT_STRING, A(docs), 0, 0},
	{0, "checked", "DATE", "", OPT_STRING, A(checked), 0, 0},
	{0, "terms", "TEXT", "", OPT_STRING, A(terms), 0, 0},
	{0, "known", "TEXT", "", OPT_STRING, A(known), 0, 0},
	{0, "assumed", "TEXT", "", OPT_STRING, A(assumed), 0, 0},
	{0, "floor", "TIME", "", OPT_STRING, A(floor), 0, 0},
	{0, "needs", "KEY=TEXT", "", OPT_MAP, A(needs), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* ---- where they are -------------------------------------------------------- */

enum {
	PLACES = 5,
	LIKE_MOST = 5 /* names that are offered for one that is not there */
};

/* Of a program that runs where it was built, or was installed elsewhere. */
static char *
beside_program(const char *tail)
{
	char path[PATH_MAX], *slash, *full;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	if ((slash = strrchr(path, '/')) == NULL)
		return NULL;
	*slash = '\0';
	return asprintf(&full, "%s/%s", path, tail) >= 0 ? full : NULL;
}

/* Folders, the first counts most; those that are not known are NULL. */
static void
places(const char *own, char *to[PLACES])
{
	const char *env = getenv("TAXIWAY_PRESETS");

	to[0] = own != NULL ? strdup(own) : NULL;
	to[1] = env != NULL && env[0] != '\0' ? strdup(env) : NULL;
	to[2] = beside_program("feeds");
	to[3] = beside_program("../share/taxiway/feeds");
	to[4] = strdup(PRESETS_DIR);
}

static void
places_free(char *to[PLACES])
{
	for (int i = 0; i < PLACES; i++)
		free(to[i]);
}

static bool
is_word(const char *name)
{
	return name[0] != '\0' && name[0] != '-' && name[strspn(name,
	    "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* The path of a preset's file, or NULL with e set. */
/* With those whose names hold it: people know the provider's. */
static void
none_such(const char *own, const char *name, struct err *e)
{
	char **names = preset_names(own, NULL), **n;
	struct buf like;
	unsigned found = 0;

	buf_init(&like, KIB(1));
	for (n = names; n != NULL && *n != NULL && found < LIKE_MOST; n++)
		if (strcasestr(*n, name) != NULL)
			buf_printf(&like, "%s%s", found++ > 0 ? ", " : "", *n);
	if (found > 0 && buf_ok(&like))
		err_set(e, ERR_CONFIG, "there is no preset '%s' (did you mean "
		    "%s?); 'taxiway presets' lists them", name, like.p);
	else
		err_set(e, ERR_CONFIG, "there is no preset '%s'; 'taxiway "
		    "presets' lists them", name);
	buf_free(&like);
	preset_names_free(names);
}

static char *
find(const char *own, const char *base, const char *name, struct err *e)
{
	char *path = NULL, *to[PLACES];
	int i;

	if (strpbrk(name, "/.") != NULL)
		return fs_under(base, name);
	if (!is_word(name)) {
		err_set(e, ERR_CONFIG, "'%.64s' is no name of a preset; "
		    "'taxiway presets' lists them", name);
		return NULL;
	}
	places(own, to);
	for (i = 0; i < PLACES; i++) {
		if (to[i] == NULL ||
		    asprintf(&path, "%s/%s.yaml", to[i], name) < 0)
			continue;
		if (access(path, F_OK) == 0)
			break;
		free(path);
	}
	places_free(to);
	if (i < PLACES)
		return path;
	none_such(own, name, e);
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in one folder; one that is not there has none. */
static int
names_add(const char *folder, char ***names, size_t *n, struct err *e)
{
	DIR *d = opendir(folder);
	struct dirent *entry;
	char **v, *dot;
	int rc = 0;

	if (d == NULL)
		return 0;
	while (rc == 0 && *n < LIMIT_SOURCES && (entry = readdir(d)) != NULL) {
		dot = strrchr(entry->d_name, '.');
		if (dot == NULL || strcmp(dot, ".yaml") != 0)
			continue;
		*dot = '\0';
		if (!is_word(entry->d_name))
			continue;
		v = realloc(*names, (*n + 2) * sizeof(*v));
		if (v != NULL) {
			*names = v;
			v[*n + 1] = NULL;
			v[*n] = strdup(entry->d_name);
		}
		if (v == NULL || v[(*n)++] == NULL)
			rc = err_set(e, ERR_MEMORY, "out of memory");
	}
	closedir(d);
	return rc;
}

char **
preset_names(const char *own, struct err *e)
{
	char **names = calloc(1, sizeof(*names)), *to[PLACES];
	size_t n = 0, i, kept = 0;
	int rc = 0;

	if (names == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return NULL;
	}
	places(own, to);
	for (i = 0; i < PLACES && rc == 0; i++)
		if (to[i] != NULL)
			rc = names_add(to[i], &names, &n, e);
	places_free(to);
	if (rc != 0) {
		preset_names_free(names);
		return NULL;
	}
	qsort(names, n, sizeof(*names), by_name);
	for (i = 0; i < n; i++) {
		if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
			free(names[i]);
		else
			names[kept++] = names[i];
	}
	names[kept] = NULL;
	return names;
}

void
preset_names_free(char **names)
{
	for (char **n = names; n != NULL && *n != NULL; n++)
		free(*n);
	free(names);
}

/* ---- what they say --------------------------------------------------------- */

/* The keys around `source:`, and where that is. */
static void
read_about(struct keys *r, struct preset *p, int root)
{
	struct keys_into about = {.table = preset_about_table, .into = &p->about};
	const char *key;
	int k, v;
	unsigned i;

	if (ytree_kind(r->y, root) != YTREE_MAP) {
		keys_complain(r, root, "%s where keys are expected",
		    keys_kind(ytree_kind(r->y, root)));
		return;
	}
	for (i = 0; (k = ytree_pair(r->y, root, i, &v)) != 0; i++) {
		key = ytree_text(r->y, k);
		if (key == NULL || strcmp(key, "source") != 0)
			keys_pair(r, &about, k, v, "");
		else if (ytree_kind(r->y, v) == YTREE_MAP && p->source == 0)
			p->source = v;
		else
			keys_complain(r, k, "source: not one mapping");
	}
	if (p->source == 0)
		keys_complain(r, root, "source: is missing; it says how the "
		    "feed is read");
}

static int
read_file(struct preset *p, struct buf *more, struct err *e)
{
	struct keys r = {.path = p->path, .more = more, .e = e};
	struct err bad = ERR_INIT;
	struct buf text;
	int rc = -1;

	buf_init(&text, LIMIT_CONFIG);
	if (fs_read(p->path, &text, e) != 0) {
		e->code = ERR_CONFIG;
		goto out;
	}
	p->yaml = ytree_read(buf_view(&text), &bad);
	if (p->yaml == NULL) {
		err_set(e, bad.code, "%s:%s", p->path, bad.text);
		goto out;
	}
	r.y = p->yaml;
	read_about(&r, p, ytree_root(p->yaml));
	rc = r.found == 0 ? 0 : -1;
out:
	buf_free(&text);
	return rc;
}

struct preset *
preset_open(const char *own, const char *base, const char *name,
    struct buf *more, struct err *e)
{
	struct preset *p = calloc(1, sizeof(*p));
	const char *slash;
	size_t n;

	if (p == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return NULL;
	}
	p->path = find(own, base, name, e);
	if (p->path != NULL) {
		slash = strrchr(p->path, '/');
		slash = slash != NULL ? slash + 1 : p->path;
		n = strlen(slash);
		if (n > 5 && strcmp(slash + n - 5, ".yaml") == 0)
			n -= 5;
		p->name = strndup(slash, n);
		if (p->name != NULL && read_file(p, more, e) == 0)
			return p;
	}
	if (e->code == ERR_NONE)
		err_set(e, ERR_MEMORY, "out of memory");
	preset_free(p);
	return NULL;
}

void
preset_free(struct preset *p)
{
	if (p == NULL)
		return;
	opt_free(preset_about_table, &p->about);
	ytree_free(p->yaml);
	free(p->name);
	free(p->path);
	free(p);
}

int
preset_apply(const struct preset *p, struct settings *into, struct buf *more,
    struct err *e)
{
	struct keys r = {.path = p->path, .y = p->yaml, .more = more, .e = e};
	struct opt rows[OPT_MAX + 1];
	struct keys_into to = {.table = rows, .into = into};

	settings_rows(rows);
	keys_read(&r, &to, p->source, "");
	into->name = p->name;
	if (into->schedule.floor == NULL)
		into->schedule.floor = p->about.floor;
	into->title = p->about.title;
	into->docs = p->about.docs;
	into->checked = p->about.checked;
	into->terms = p->about.terms;
	return r.found == 0 ? 0 : -1;
}

int
preset_under(const struct preset *p, struct settings *given,
    struct buf *more, struct err *e)
{
	struct opt rows[OPT_MAX + 1];
	struct settings base = {0};
	const struct opt *o;
	int rc = preset_apply(p, &base, more, e);

	settings_rows(rows);
	for (o = rows; o->kind != OPT_END && rc == 0; o++)
		if (!opt_given(o, given))
			opt_move(o, &base, given);
	settings_free(&base);
	return rc;
}

/* "token-file" is also there as "token-env" and as "token-exec". */
static bool
is_given(const struct opt *rows, const char *key, const struct settings *s)
{
	static const char *const ways[] = {"env", "exec"};
	const struct opt *o = opt_named(rows, key);
	char other[64];
	size_t n = strlen(key);

	if (o == NULL || opt_given(o, s))
		return true;
	if (n < 5 || n >= sizeof(other) || strcmp(key + n - 5, "-file") != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		snprintf(other, sizeof(other), "%.*s-%s", (int)(n - 5), key,
		    ways[i]);
		o = opt_named(rows, other);
		if (o != NULL && opt_given(o, s))
			return true;
	}
	return false;
}

const char *
preset_lacking(const struct preset *p, const struct settings *s, uint32_t *at,
    struct err *e)
{
	struct opt rows[OPT_MAX + 1];

	settings_rows(rows);
	while (*at < p->about.needs.n) {
		const struct opt_pair *need = &p->about.needs.v[(*at)++];

		if (need->key == NULL || is_given(rows, need->key, s))
			continue;
		err_set(e, ERR_CONFIG, "%s: is missing; preset '%s' needs it: "
		    "%s", need->key, p->name, need->value);
		return need->key;
	}
	return NULL;
}

int
preset_satisfied(const struct preset *p, const struct settings *s,
    struct err *e)
{
	uint32_t at = 0;

	return preset_lacking(p, s, &at, e) == NULL ? 0 : -1;
}
