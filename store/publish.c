/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An immutable copy for readers that cannot take part in the lock: a compact
 * copy under a temporary name, marked as a snapshot, with a filter of its own,
 * on disk before it is renamed into place.
 *
 * The filter comes first.  It is bound to the generation of its copy, so that
 * whoever opens PATH between the two renames sees a filter that does not fit,
 * and does without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "store/reader_private.h"

#define MAP_SPARE MIB(1) /* for the pages that the mark rewrites */

struct copy {
	const char *path;       /* where it is to lie */
	char temp[PATH_MAX];
	int fd;                 /* of that, which it locks */
	struct env env;         /* the copy under its temporary name */
	struct identity id;
	struct head head;
};

/*
 * The temporary file, "PATH.new", empty and locked: what somebody who was killed
 * left there is used again, who is still at work is not disturbed.
 */
static int
copy_begin(struct copy *c, struct err *e)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat there, ours;

	if (snprintf(c->temp, sizeof(c->temp), "%s.new", c->path) >=
	    (int)sizeof(c->temp)) {
		c->temp[0] = '\0';
		return err_set(e, ERR_USAGE, "'%s': the path is too long",
		    c->path);
	}
	c->fd = open(c->temp, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (c->fd < 0) {
		err_sys(e, ERR_IO, errno, "'%s': no file can be made beside"
		    " it", c->path);
	} else if (fcntl(c->fd, F_OFD_SETLK, &fl) != 0 ||
	    fstat(c->fd, &ours) != 0 || stat(c->temp, &there) != 0 ||
	    ours.st_ino != there.st_ino || ours.st_dev != there.st_dev) {
		err_set(e, ERR_BUSY, "'%s': is being made by another process",
		    c->path);
	} else {
		return ftruncate(c->fd, 0) == 0 ? 0 : err_sys(e, ERR_IO, errno,
		    "'%s'", c->temp);
	}
	c->temp[0] = '\0'; /* not ours to remove */
	return -1;
}

/* The copy, under its temporary name and with the rights of the original. */
static int
copy_write(struct tw_store *store, struct copy *c, struct err *e)
{
	mdb_filehandle_t from;
	struct stat st;
	int rc;

	rc = mdb_env_get_fd(store->env->mdb, &from);
	if (rc == 0 && (fstat(from, &st) != 0 ||
	    fchmod(c->fd, st.st_mode & 0666) != 0))
		rc = errno;
	if (rc == 0)
		rc = mdb_env_copyfd2(store->env->mdb, c->fd, MDB_CP_COMPACT);
	return rc == 0 ? 0 : env_fail(e, store->env, rc, "copying");
}

/* Open the copy for the mark: nobody else knows it yet. */
static int
copy_open(struct copy *c, struct err *e)
{
	struct env *env = &c->env;
	struct stat st;
	int rc;

	env->path = c->temp;
	env->pid = (long)getpid();
	if (stat(c->temp, &st) != 0)
		return err_sys(e, ERR_IO, errno, "'%s'", c->temp);
	if ((rc = mdb_env_create(&env->mdb)) != 0) {
		env->mdb = NULL;
		return env_fail(e, env, rc, "opening");
	}
	/* The map is as large as the file: readers need no more. */
	if ((rc = mdb_env_set_maxdbs(env->mdb, TABLE_COUNT)) != 0 ||
	    (rc = mdb_env_set_mapsize(env->mdb,
	    (size_t)st.st_size + MAP_SPARE)) != 0 ||
	    (rc = mdb_env_open(env->mdb, c->temp, MDB_NOSUBDIR | MDB_NOLOCK,
	    0600)) != 0)
		return env_fail(e, env, rc, "opening");
	return 0;
}

static int
copy_mark(struct copy *c, struct err *e)
{
	struct env *env = &c->env;
	MDB_txn *txn;
	int i, rc;

	if ((rc = mdb_txn_begin(env->mdb, NULL, 0, &txn)) != 0)
		return env_fail(e, env, rc, "marking");
	for (i = 0; i < TABLE_COUNT && rc == 0; i++)
		rc = mdb_dbi_open(txn, table_info[i].name, table_info[i].flags,
		    &env->dbi[i]);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return env_fail(e, env, rc, "marking");
	}
	rc = identity_read(env, txn, &c->id, e);
	c->id.snapshot = 1;
	if (rc != 0 || head_read(env, txn, &c->head, e) != 0 ||
	    identity_write(env, txn, &c->id, e) != 0) {
		mdb_txn_abort(txn);
		return -1;
	}
	rc = mdb_txn_commit(txn);
	return rc == 0 ? env_make_whole(env, e)
	    : env_fail(e, env, rc, "marking");
}

/* Every key of one tree into the filter. */
static int
filter_fill(struct env *env, MDB_txn *txn, enum table t, struct filter *f)
{
	const uint8_t *key;
	MDB_cursor *cur;
	MDB_val k, d;
	size_t n;
	int rc;

	if ((rc = mdb_cursor_open(txn, env->dbi[t], &cur)) != 0)
		return rc;
	while ((rc = mdb_cursor_get(cur, &k, &d, MDB_NEXT)) == 0) {
		key = k.mv_data;
		n = k.mv_size - 1;
		if (k.mv_size < 2)
			continue; /* verify tells */
		if (t == TABLE_NETS)
			filter_add_net(f, key[0], key + 1, key[n]);
		else
			filter_add(f, key[0], key + 1, n);
	}
	mdb_cursor_close(cur);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int
copy_filter(struct copy *c, struct err *e)
{
	struct env *env = &c->env;
	struct filter *f;
	uint8_t uuid[16];
	MDB_txn *txn;
	int rc;

	memcpy(uuid, c->id.uuid, sizeof(uuid));
	snapshot_filter_uuid(uuid, c->head.generation);
	if (filter_build(c->path, uuid, c->head.values + c->head.nets + 1, &f,
	    e) != 0)
		return -1;
	if ((rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn)) == 0) {
		rc = filter_fill(env, txn, TABLE_VALUES, f);
		if (rc == 0)
			rc = filter_fill(env, txn, TABLE_NETS, f);
		mdb_txn_abort(txn);
	}
	filter_complete(f, c->head.generation);
	if (rc != 0)
		env_fail(e, env, rc, "its filter");
	else
		rc = filter_publish(f, NULL, true, e);
	filter_unmap(f);
	return rc == 0 ? 0 : -1;
}

/* On disk, then under its name, then the name on disk. */
static int
copy_place(struct copy *c, struct err *e)
{
	int rc;

	if ((rc = mdb_env_sync(c->env.mdb, 1)) != 0)
		return env_fail(e, &c->env, rc, "writing");
	if (rename(c->temp, c->path) != 0)
		return err_sys(e, ERR_IO, errno, "'%s': cannot be put into"
		    " place", c->path);
	c->temp[0] = '\0';
	return fs_sync_folder(c->path) == 0 ? 0 :
	    err_sys(e, ERR_IO, errno, "the folder of '%s'", c->path);
}

/* The live store itself must not be replaced by its copy. */
static int
copy_allowed(const struct tw_store *store, const char *path, struct err *e)
{
	struct stat a, b;

	if (stat(store->path, &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return err_set(e, ERR_USAGE, "'%s': is the store itself; name"
		    " another file for the copy", path);
	return 0;
}

int
tw_publish(tw_store *store, const char *path, struct tw_error *error)
{
	struct copy c = {.path = path, .fd = -1};
	struct err e = ERR_INIT;
	int rc;

	if (store == NULL || path == NULL || path[0] == '\0')
		return reader_tell(error, TW_ARGUMENT, &e);
	if (store_forked(store))
		return reader_tell(error, TW_FORKED, &e);
	if (store->env == NULL)
		return reader_tell(error, TW_MISSING, &e);
	rc = copy_allowed(store, path, &e);
	if (rc == 0)
		rc = copy_begin(&c, &e);
	if (rc == 0)
		rc = copy_write(store, &c, &e);
	if (rc == 0)
		rc = copy_open(&c, &e);
	if (rc == 0)
		rc = copy_mark(&c, &e);
	if (rc == 0)
		rc = copy_filter(&c, &e);
	if (rc == 0)
		rc = copy_place(&c, &e);
	if (c.env.mdb != NULL)
		mdb_env_close(c.env.mdb);
	if (c.temp[0] != '\0')
		unlink(c.temp);
	if (c.fd >= 0)
		close(c.fd);
	return rc == 0 ? TW_OK : reader_tell(error, result_of(&e), &e);
}
