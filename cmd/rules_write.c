/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder that rules are written to.
 *
 * A list in it (".taxiway-yara" …) names the files that are ours; nothing else is
 * ever replaced or removed.  The list is written before the files, with the names
 * of the old and of the new ones, and again behind them; so whatever an export
 * that was killed leaves is still ours, and the next one clears it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "cmd/rules.h"
#include "sync/kill.h"

#define LIST_HEAD "taxiway 1 "
#define NEW_PREFIX ".taxiway-new."
#define LIST_MAX MIB(512)
#define FEW 64            /* files; more are synced all at once */

struct folder {
	const char *path;
	int fd;
	char list[40];           /* name of the list */
	char format[16];
	struct buf old;          /* its text */
	struct slice *names;     /* in it, sorted */
	uint32_t n;
	const struct rule_files *files;
	uint8_t *same;           /* a file is there already, as it will be */
	bool few;                /* each file is synced, not the file system */
};

/* ---- the list -------------------------------------------------------------- */

/* Names that we may have given: nothing else is touched, whatever a list says. */
static bool
is_ours(struct slice name)
{
	size_t i;

	if (name.n == 0 || name.n > 200 || name.p[0] == '.' ||
	    name.p[0] == '-')
		return false;
	for (i = 0; i < name.n; i++)
		if (!rules_plain(name.p[i]))
			return false;
	return true;
}

static int
by_slice(const void *pa, const void *pb)
{
	const struct slice *a = pa, *b = pb;

	return slice_order(*a, *b);
}

static int
read_at(const struct folder *d, const char *name, struct buf *out,
    struct err *e)
{
	int fd = openat(d->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	char what[300];
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 1 : err_sys(e, ERR_IO, errno,
		    "%s/%s", d->path, name);
	snprintf(what, sizeof(what), "%s/%s", d->path, name);
	rc = fs_read_fd(fd, what, out, e);
	close(fd);
	return rc;
}

static int
read_list(struct folder *d, struct err *e)
{
	struct slice rest, line;
	const char *end;
	size_t lines = 0, i;
	int rc = read_at(d, d->list, &d->old, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rest = buf_view(&d->old);
	if (!slice_starts(rest, SLICE(LIST_HEAD)))
		return err_set(e, ERR_IO, "%s/%s: is no list of files that an "
		    "export made; name another folder", d->path, d->list);
	for (i = 0; i < rest.n; i++)
		lines += rest.p[i] == '\n';
	d->names = calloc(lines + 1, sizeof(*d->names));
	if (d->names == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	while ((end = memchr(rest.p, '\n', rest.n)) != NULL) {
		line = (struct slice){rest.p, (size_t)(end - rest.p)};
		rest.n -= line.n + 1;
		rest.p = end + 1;
		if (is_ours(line))
			d->names[d->n++] = line; /* the head is not */
	}
	qsort(d->names, d->n, sizeof(d->names[0]), by_slice);
	return 0;
}

static bool
was_ours(const struct folder *d, struct slice name)
{
	return d->n > 0 && bsearch(&name, d->names, d->n,
	    sizeof(d->names[0]), by_slice) != NULL;
}

static int
by_file(const void *name, const void *file)
{
	const struct rule_file *f = file;

	return by_slice(name, &f->name);
}

static bool
is_new(const struct folder *d, struct slice name)
{
	return d->files->n > 0 && bsearch(&name, d->files->v, d->files->n,
	    sizeof(d->files->v[0]), by_file) != NULL;
}

/* ---- files in the folder --------------------------------------------------- */

/* A new file under a name that nobody asks for. */
static int
put_new(const struct folder *d, const char *name, struct slice text,
    struct err *e)
{
	char what[300];
	int fd, rc;

	snprintf(what, sizeof(what), "%s/%s", d->path, name);
	if (unlinkat(d->fd, name, 0) != 0 && errno != ENOENT)
		return err_sys(e, ERR_IO, errno, "%s", what);
	fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_sys(e, ERR_IO, errno, "%s", what);
	rc = fs_write_all(fd, what, text, e);
	if (rc == 0 && d->few && fsync(fd) != 0)
		rc = err_sys(e, ERR_IO, errno, "%s", what);
	if (close(fd) != 0 && rc == 0)
		rc = err_sys(e, ERR_IO, errno, "%s", what);
	return rc;
}

static int
sync_all(const struct folder *d, struct err *e)
{
	int rc = d->few ? fsync(d->fd) : syncfs(d->fd);

	return rc == 0 ? 0 : err_sys(e, ERR_IO, errno, "%s", d->path);
}

static int
rename_to(const struct folder *d, const char *from, struct slice to,
    struct err *e)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s", SLICE_ARG(to));
	return renameat(d->fd, from, d->fd, name) == 0 ? 0 : err_sys(e, ERR_IO,
	    errno, "%s/%s", d->path, name);
}

/* The list with the new names, and (`both`) the old ones. */
static int
put_list(const struct folder *d, bool both, struct err *e)
{
	struct buf text;
	uint32_t i;
	int rc;

	buf_init(&text, LIST_MAX);
	buf_printf(&text, "%s%s\n", LIST_HEAD, d->format);
	for (i = 0; i < d->files->n; i++) {
		buf_slice(&text, d->files->v[i].name);
		buf_char(&text, '\n');
	}
	for (i = 0; both && i < d->n; i++) {
		buf_slice(&text, d->names[i]);
		buf_char(&text, '\n');
	}
	rc = buf_ok(&text) ? put_new(d, NEW_PREFIX "list", buf_view(&text),
	    e) : err_set(e, ERR_MEMORY, "out of memory");
	buf_free(&text);
	if (rc != 0 || sync_all(d, e) != 0)
		return -1;
	return rename_to(d, NEW_PREFIX "list", slice_str(d->list), e);
}

/* What an export that was killed has left, before its files had names. */
static void
clear_new(const struct folder *d)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *f;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((f = readdir(dir)) != NULL)
		if (strncmp(f->d_name, NEW_PREFIX, sizeof(NEW_PREFIX) - 1) ==
		    0)
			unlinkat(d->fd, f->d_name, 0);
	closedir(dir);
}

/* ---- one after the other --------------------------------------------------- */

/* Is each name free, or ours?  Which files are as they shall be? */
static int
look(struct folder *d, struct err *e)
{
	const struct rule_file *f;
	struct buf now;
	char name[256];
	uint32_t i;
	int rc = 0;

	buf_init(&now, LIMIT_EXPORT_RULES);
	for (i = 0; rc == 0 && i < d->files->n; i++) {
		struct err probe = ERR_INIT;

		f = &d->files->v[i];
		snprintf(name, sizeof(name), "%.*s", SLICE_ARG(f->name));
		buf_reset(&now);
		if (!was_ours(d, f->name))
			rc = faccessat(d->fd, name, F_OK,
			    AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT ? 0 :
			    err_set(e, ERR_IO, "%s/%s: is there, and no export "
			    "of %s made it: move it away, or name another "
			    "folder", d->path, name, d->format);
		else
			d->same[i] = read_at(d, name, &now, &probe) == 0 &&
			    slice_eq(buf_view(&now), f->text);
	}
	buf_free(&now);
	return rc;
}

static int
put_files(struct folder *d, struct rule_written *w, struct err *e)
{
	char name[40];
	uint32_t i;

	for (i = 0; i < d->files->n; i++) {
		snprintf(name, sizeof(name), NEW_PREFIX "%u", i);
		if (!d->same[i] &&
		    put_new(d, name, d->files->v[i].text, e) != 0)
			return -1;
	}
	if (sync_all(d, e) != 0)
		return -1;
	for (i = 0; i < d->files->n; i++) {
		snprintf(name, sizeof(name), NEW_PREFIX "%u", i);
		kill_point("export:file");
		if (d->same[i])
			w->kept++;
		else if (rename_to(d, name, d->files->v[i].name, e) == 0)
			w->written++;
		else
			return -1;
	}
	return 0;
}

static int
remove_old(const struct folder *d, bool dry_run, struct rule_written *w,
    struct err *e)
{
	char name[256];
	uint32_t i;

	for (i = 0; i < d->n; i++) {
		if (is_new(d, d->names[i]) || (i > 0 &&
		    slice_eq(d->names[i], d->names[i - 1])))
			continue;
		snprintf(name, sizeof(name), "%.*s", SLICE_ARG(d->names[i]));
		if (dry_run ? faccessat(d->fd, name, F_OK,
		    AT_SYMLINK_NOFOLLOW) == 0 : unlinkat(d->fd, name, 0) == 0)
			w->removed++;
		else if (errno != ENOENT)
			return err_sys(e, ERR_IO, errno, "%s/%s", d->path,
			    name);
	}
	return 0;
}

static int
write_all(struct folder *d, struct rule_written *w, struct err *e)
{
	clear_new(d);
	kill_point("export:begin");
	if (put_list(d, true, e) != 0 || put_files(d, w, e) != 0) {
		clear_new(d);
		return -1;
	}
	kill_point("export:files");
	if (remove_old(d, false, w, e) != 0)
		return -1;
	kill_point("export:removed");
	return put_list(d, false, e) == 0 ? sync_all(d, e) : -1;
}

static int
open_folder(struct folder *d, bool dry_run, struct err *e)
{
	if (!dry_run && mkdir(d->path, 0755) != 0 && errno != EEXIST)
		return err_sys(e, ERR_IO, errno, "%s", d->path);
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0 && errno == ENOENT && dry_run)
		return 0; /* it would be made */
	if (d->fd < 0)
		return err_sys(e, ERR_IO, errno, "%s", d->path);
	if (flock(d->fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(e, ERR_BUSY, "%s: another export writes to it",
		    d->path);
	return read_list(d, e);
}

int
rules_write(const char *dir, enum rule_format f,
    const struct rule_files *files, bool dry_run, struct rule_written *w,
    struct err *e)
{
	struct folder d = {.path = dir, .fd = -1, .files = files,
	    .few = files->n <= FEW};
	uint32_t i;
	int rc;

	memset(w, 0, sizeof(*w));
	snprintf(d.format, sizeof(d.format), "%s", rule_format_name((int)f));
	snprintf(d.list, sizeof(d.list), ".taxiway-%s", d.format);
	buf_init(&d.old, LIST_MAX);
	d.same = calloc((size_t)files->n + 1, 1);
	rc = d.same != NULL ? open_folder(&d, dry_run, e) : err_set(e, ERR_MEMORY,
	    "out of memory");
	if (rc == 0 && d.fd >= 0)
		rc = look(&d, e);
	if (rc == 0 && dry_run) {
		for (i = 0; i < files->n; i++)
			*(d.same[i] ? &w->kept : &w->written) += 1;
		rc = remove_old(&d, true, w, e);
	} else if (rc == 0) {
		rc = write_all(&d, w, e);
	}
	if (d.fd >= 0)
		close(d.fd);
	free(d.same);
	free(d.names);
	buf_free(&d.old);
	return rc;
}
