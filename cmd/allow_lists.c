/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/allow_lists.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/grow.h"
#include "base/limits.h"
#include "base/tstamp.h"

/* The lists of a store, and the files of the configuration beside them. */
struct follow {
	struct allow_load *load;
	struct allow_list *old;  /* of the configuration; texts owned */
	uint32_t nold;
	size_t capold;
	uint32_t files, fresh;   /* named now; of them, changed */
	bool failed;             /* no memory for `old` */
};

/* What comes with the program: -1 when the word is none. */
static int
builtin_on(const struct allow_settings *s)
{
	static const char *const words[] = {"off", "on", "no", "yes", "false",
	    "true"};
	unsigned i;

	for (i = 0; s->builtin != NULL && i < ARRAY_LEN(words); i++)
		if (strcmp(s->builtin, words[i]) == 0)
			return i % 2 == 1;
	return s->builtin == NULL ? 1 : -1;
}

int
allow_settings_check(const struct allow_settings *s, struct err *e)
{
	uint8_t mode, cap;
	const char *word;
	uint32_t i;

	if (builtin_on(s) < 0)
		return err_set(e, ERR_CONFIG, "allow-builtin: '%.64s' is "
		    "neither 'on' nor 'off'", s->builtin);
	for (i = 0; i < s->lists.n; i++) {
		word = s->lists.v[i].value;
		if (s->lists.v[i].key != NULL &&
		    allow_file_mode(slice_str(word), &mode, &cap) != 0)
			return err_set(e, ERR_CONFIG, "allow-lists: '%.64s' is "
			    "none of block, inform, cap:N", word);
	}
	return 0;
}

static int
read_text(const char *path, struct buf *text, struct err *e)
{
	buf_init(text, LIMIT_ALLOW_FILE);
	if (fs_read(path, text, e) == 0)
		return 0;
	err_context(e, "allow-list");
	return -1;
}

int
allow_lists_read(const struct allow_file *f, struct allow_load *l,
    struct err *e)
{
	struct buf text;
	int rc;

	rc = read_text(f->path, &text, e);
	if (rc == 0)
		rc = allow_file_parse(f, buf_view(&text), l, e);
	buf_free(&text);
	return rc;
}

/* -- following the configuration -- */

static void
old_add(void *ctx, const struct allow_list *list)
{
	struct follow *f = ctx;
	struct allow_list *more;

	if ((list->flags & ALLOW_LIST_CONFIG) == 0)
		return;
	if (f->nold == f->capold) {
		more = grow(f->old, &f->capold, sizeof(*more));
		if (more == NULL) {
			f->failed = true;
			return;
		}
		f->old = more;
	}
	f->old[f->nold] = *list;
	f->old[f->nold].path.p = strndup(list->path.p, list->path.n);
	if (f->old[f->nold].path.p == NULL)
		f->failed = true;
	else
		f->nold++;
}

static bool
is_old(const struct follow *f, const struct allow_file *file, uint64_t digest)
{
	const struct allow_list *l;
	uint32_t i;

	for (i = 0; i < f->nold; i++) {
		l = &f->old[i];
		if (slice_is(l->path, file->path) && l->digest == digest &&
		    l->mode == file->mode && l->cap == file->cap)
			return true;
	}
	return false;
}

static int
follow_file(struct follow *f, const struct allow_file *file, struct err *e)
{
	struct buf text;
	int rc;

	f->files++;
	rc = read_text(file->path, &text, e);
	if (rc == 0 && is_old(f, file, allow_file_digest(buf_view(&text)))) {
		rc = allow_load_keep(f->load, file->path, e);
	} else if (rc == 0) {
		f->fresh++;
		rc = allow_file_parse(file, buf_view(&text), f->load, e);
	}
	buf_free(&text);
	return rc;
}

/* A path or a pattern of paths, and how what it names is to be taken. */
static int
follow_pair(struct follow *f, const struct opt_pair *p, const char *base,
    struct err *e)
{
	const char *name = p->key != NULL ? p->key : p->value;
	struct allow_file file = {.mode = ALLOW_BLOCK,
	    .flags = ALLOW_LIST_CONFIG};
	char *path = fs_under(base, name);
	glob_t found;
	size_t i;
	int rc;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (p->key != NULL && allow_file_mode(slice_str(p->value), &file.mode,
	    &file.cap) != 0) {
		free(path);
		return err_set(e, ERR_CONFIG, "allow-lists: '%.64s' is none of "
		    "block, inform, cap:N", p->value);
	}
	rc = glob(path, GLOB_NOCHECK, NULL, &found);
	free(path);
	if (rc != 0)
		return err_set(e, ERR_CONFIG, "allow-lists: %s: cannot be "
		    "searched for files", name);
	for (i = 0; i < found.gl_pathc && rc == 0; i++) {
		file.path = found.gl_pathv[i];
		rc = follow_file(f, &file, e);
	}
	globfree(&found);
	return rc;
}

static int
follow_lists(struct follow *f, struct store *s,
    const struct allow_settings *set, const char *base, bool *changed,
    struct err *e)
{
	struct allow_counts counts;
	uint32_t i;

	for (i = 0; i < set->lists.n; i++)
		if (follow_pair(f, &set->lists.v[i], base, e) != 0)
			return -1;
	if (f->fresh == 0 && f->files == f->nold)
		return 0;
	*changed = true;
	return store_allow_load(s, f->load, true, tstamp_now(), &counts, e);
}

int
allow_lists_follow(struct store *s, const struct allow_settings *set,
    const char *base, bool *changed, struct err *e)
{
	bool on = builtin_on(set) != 0;
	struct follow f = {.load = allow_load_new()};
	bool builtin;
	int rc = -1;

	*changed = false;
	if (f.load == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (store_allow_each(s, old_add, &f, &builtin, e) != 0)
		goto out;
	if (f.failed) {
		err_set(e, ERR_MEMORY, "out of memory");
		goto out;
	}
	rc = follow_lists(&f, s, set, base, changed, e);
	if (rc == 0 && builtin != on) {
		*changed = true;
		rc = store_allow_builtin(s, on, e);
	}
out:
	while (f.nold > 0)
		free((char *)(uintptr_t)f.old[--f.nold].path.p);
	free(f.old);
	allow_load_free(f.load);
	return rc;
}
