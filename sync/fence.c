/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/fence.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "sync/ruleset.h"

#define WRITE_THERE (RULESET_STORE | RULESET_EXEC)

/* Where anybody may write. */
static const char *const common[] = {"/tmp", "/var/tmp", "/dev/shm"};

/* ---- what is named --------------------------------------------------------- */

void
fence_init(struct fence *f)
{
	*f = (struct fence){.hidden = NULL};
}

static void
list_free(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

void
fence_free(struct fence *f)
{
	list_free(f->hidden, f->nhidden);
	list_free(f->open, f->nopen);
	fence_init(f);
}

static void
list_add(struct fence *f, char ***v, size_t *n, const char *path)
{
	char **more;

	if (path == NULL || f->failed)
		return;
	more = realloc(*v, (*n + 1) * sizeof(**v));
	if (more != NULL) {
		*v = more;
		more[*n] = strdup(path);
	}
	if (more == NULL || more[*n] == NULL)
		f->failed = true;
	else
		++*n;
}

void
fence_hide(struct fence *f, const char *path)
{
	list_add(f, &f->hidden, &f->nhidden, path);
}

void
fence_open(struct fence *f, const char *path)
{
	list_add(f, &f->open, &f->nopen, path);
}

/* ---- all but --------------------------------------------------------------- */

/* Places that are left out, as the kernel knows them: without links. */
struct places {
	char (*v)[PATH_MAX];
	size_t n, room;
	bool failed;
};

/* What is not there needs not be left out. */
static void
places_add(struct places *p, const char *path)
{
	if (p->n < p->room && realpath(path, p->v[p->n]) != NULL)
		p->n++;
}

/* Is `path` one of them (2), the way to one of them (1), or neither? */
static int
meets(const struct places *p, const char *path)
{
	size_t n = strlen(path);
	int found = 0;

	if (strcmp(path, "/") == 0)
		return p->n > 0;
	for (size_t i = 0; i < p->n; i++) {
		if (strncmp(p->v[i], path, n) != 0)
			continue;
		if (p->v[i][n] == '\0')
			return 2;
		if (p->v[i][n] == '/')
			found = 1;
	}
	return found;
}

static void add_but(struct ruleset *r, const char *path, unsigned rights,
    const struct places *but);

/* A link gives what it leads to nothing: that has a place of its own. */
static void
add_entry(struct ruleset *r, const char *folder, const struct dirent *d,
    unsigned rights, const struct places *but)
{
	char path[PATH_MAX];
	struct stat st;

	if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
	    d->d_type == DT_LNK ||
	    snprintf(path, sizeof(path), "%s/%s", strcmp(folder, "/") == 0 ?
	    "" : folder, d->d_name) >= (int)sizeof(path))
		return;
	if (d->d_type == DT_UNKNOWN &&
	    (lstat(path, &st) != 0 || S_ISLNK(st.st_mode)))
		return;
	add_but(r, path, rights, but);
}

/* `path` is without links. */
static void
add_but(struct ruleset *r, const char *path, unsigned rights,
    const struct places *but)
{
	const struct dirent *d;
	DIR *dir;
	int how = meets(but, path);

	if (how == 0)
		ruleset_add(r, path, rights);
	if (how != 1)
		return;
	/* Names alone are no secret. */
	if ((rights & RULESET_READ) != 0)
		ruleset_add(r, path, RULESET_LIST);
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		add_entry(r, path, d, rights, but);
	closedir(dir);
}

/* ---- rules ----------------------------------------------------------------- */

static void
add_devices(struct ruleset *r)
{
	ruleset_path(r, "/dev", RULESET_READ | RULESET_WRITE);
}

static void
add_common(struct ruleset *r, const struct places *but)
{
	char real[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (realpath(common[i], real) != NULL)
			add_but(r, real, WRITE_THERE, but);
}

/* Without links, so that what is named in two ways is one. */
static void
add_real(struct ruleset *r, const char *path, unsigned rights)
{
	char real[PATH_MAX];

	if (realpath(path, real) != NULL)
		ruleset_path(r, real, rights);
}

static void
places_add_folder(struct places *p, const char *path)
{
	char *folder = fs_folder(path);

	/* What cannot be left out is not to be given. */
	if (folder == NULL)
		p->failed = true;
	else
		places_add(p, folder);
	free(folder);
}

/* What programs write that read the store: readers share its lock. */
static void
add_lock(struct ruleset *r, const char *store)
{
	char lock[PATH_MAX];

	if (snprintf(lock, sizeof(lock), "%s-lock", store) <
	    (int)sizeof(lock))
		add_real(r, lock, RULESET_READ | RULESET_WRITE);
}

void
fence_rules(const struct fence *f, const char *store, struct ruleset *r)
{
	struct places hidden = {.room = f->nhidden};
	struct places kept = {.room = f->nhidden + 2};
	char real[PATH_MAX];
	size_t i;

	hidden.v = calloc(hidden.room + 1, sizeof(*hidden.v));
	kept.v = calloc(kept.room, sizeof(*kept.v));
	r->failed = f->failed || hidden.v == NULL || kept.v == NULL;
	if (r->failed)
		goto out;
	for (i = 0; i < f->nhidden; i++) {
		places_add(&hidden, f->hidden[i]);
		places_add(&kept, f->hidden[i]);
	}
	/* Where the store is a link, what it leads to is the store. */
	places_add_folder(&kept, store);
	if (realpath(store, real) != NULL) {
		places_add_folder(&kept, real);
		add_lock(r, real);
	}
	r->failed = r->failed || kept.failed;
	add_but(r, "/", RULESET_READ | RULESET_EXEC, &hidden);
	add_devices(r);
	add_common(r, &kept);
	for (i = 0; i < f->nopen; i++)
		add_real(r, f->open[i], WRITE_THERE);
out:
	free(hidden.v);
	free(kept.v);
}

void
fence_daemon(const struct fence *f, const char *store,
    const char *const *made, struct ruleset *r)
{
	const struct places none = {.v = NULL};
	size_t i;

	r->failed = f->failed;
	ruleset_path(r, "/", RULESET_READ | RULESET_EXEC);
	add_devices(r);
	add_common(r, &none);
	for (i = 0; i < f->nopen; i++)
		add_real(r, f->open[i], WRITE_THERE);
	ruleset_store(r, store);
	for (; *made != NULL; made++)
		ruleset_folder(r, *made);
}

int
fence_covers(const struct ruleset *before, const struct ruleset *now,
    struct err *e)
{
	for (size_t i = 0; i < now->npaths; i++) {
		const struct ruleset_path *p = &now->paths[i];

		if (!ruleset_covers(before, p->path, p->rights))
			return err_set(e, ERR_CONFIG, "'%s' is to be written, "
			    "which the daemon gave up when it started; that "
			    "needs a restart", p->path);
	}
	return now->failed ? err_set(e, ERR_MEMORY, "out of memory") : 0;
}
