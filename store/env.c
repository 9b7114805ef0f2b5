/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/env.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "base/value.h"
#include "store/env_file.h"
#include "store/load.h"

/* Room to grow without a new map: sparse, so it costs address space only. */
#if SIZE_MAX > 0xffffffffu
#define MAP_LARGE ((size_t)64 << 30)
#else
#define MAP_LARGE ((size_t)512 << 20)
#endif
#define MAP_SMALL ((size_t)64 << 20) /* least map that a writer accepts */

/*
 * The environments of this process.  LMDB forbids to open a file twice, and two
 * libraries of one process cannot know of each other in any other way: hence
 * the one mutable global of the store, guarded by its lock.
 */
#define ENVS_MAX 64
static struct env *envs[ENVS_MAX];
static pthread_mutex_t envs_lock = PTHREAD_MUTEX_INITIALIZER;

bool
env_valid(const struct env *env)
{
	return env->pid == (long)getpid();
}

static struct env *
registry_find(uint64_t dev, uint64_t ino)
{
	size_t i;

	for (i = 0; i < ENVS_MAX; i++) {
		/* After a fork the parent's are left alone: neither used
		 * nor closed, since that would clear the parent's slots. */
		if (envs[i] != NULL && !env_valid(envs[i]))
			envs[i] = NULL;
		if (envs[i] != NULL && envs[i]->dev == dev &&
		    envs[i]->ino == ino)
			return envs[i];
	}
	return NULL;
}

static int
registry_add(struct env *env)
{
	size_t i;

	for (i = 0; i < ENVS_MAX; i++) {
		if (envs[i] == NULL) {
			envs[i] = env;
			return 0;
		}
	}
	return -1;
}

static void
registry_remove(const struct env *env)
{
	size_t i;

	for (i = 0; i < ENVS_MAX; i++) {
		if (envs[i] == env)
			envs[i] = NULL;
	}
}

static void
env_free(struct env *env)
{
	if (env == NULL)
		return;
	if (env->mdb != NULL)
		mdb_env_close(env->mdb);
	free(env->path);
	free(env);
}

/* One attempt with a map of this size (0: what the file asks for). */
static int
map_try(struct env *env, unsigned flags, size_t map)
{
	unsigned mode = MDB_NOSUBDIR | MDB_NOTLS;
	int rc;

	if ((flags & ENV_WRITE) == 0)
		mode |= MDB_RDONLY;
	if ((flags & ENV_SNAPSHOT) != 0)
		mode |= MDB_NOLOCK;
	rc = mdb_env_create(&env->mdb);
	if (rc != 0) {
		env->mdb = NULL;
		return rc;
	}
	rc = mdb_env_set_maxdbs(env->mdb, TABLE_COUNT + 4);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env->mdb, LIMIT_READERS);
	if (rc == 0 && map != 0)
		rc = mdb_env_set_mapsize(env->mdb, map);
	if (rc == 0)
		rc = mdb_env_open(env->mdb, env->path, mode, 0640);
	if (rc != 0) {
		mdb_env_close(env->mdb);
		env->mdb = NULL;
	}
	return rc;
}

/*
 * A process with little address space (ulimit -v) gets a smaller map, down to
 * twice the file, or for a reader the file itself.
 */
static int
map_open(struct env *env, unsigned flags, uint64_t size, struct err *e)
{
	size_t map = MAP_LARGE, least;
	int rc;

	if ((flags & ENV_WRITE) != 0) {
		while (map / 2 < size && map <= SIZE_MAX / 2)
			map *= 2;
		least = size > MAP_SMALL / 2 ? (size_t)size * 2 : MAP_SMALL;
		rc = map_try(env, flags, map);
	} else {
		least = (size_t)size;
		rc = map_try(env, flags, 0);
	}
	/* EINVAL: Valgrind's answer to a map that it has no room for */
	while ((rc == ENOMEM || rc == EINVAL) && map / 2 >= least) {
		map /= 2;
		rc = map_try(env, flags, map);
	}
	return rc == 0 ? 0 : env_fail(e, env, rc, "opening");
}

static int
identity_check(const struct env *env, const struct identity *id,
    unsigned flags, struct err *e)
{
	bool write = (flags & ENV_WRITE) != 0;
	uint32_t least = write ? id->min_writer : id->min_reader;

	if (least > STORE_SCHEMA)
		return err_set(e, ERR_VERSION, "store '%s': of schema %u, this "
		    "program knows %u; use a newer Taxiway", env->path,
		    id->schema, STORE_SCHEMA);
	if (id->schema < STORE_MIN_READER)
		return err_set(e, ERR_VERSION, "store '%s': of schema %u, this "
		    "program knows %u; use 'taxiway export' of the version "
		    "that wrote it, then 'taxiway import'", env->path,
		    id->schema, STORE_SCHEMA);
	if (id->normaliser != VALUE_NORMALISER_VERSION)
		return err_set(e, ERR_VERSION, "store '%s': its values were "
		    "normalised by rules %u, this program has rules %u; use "
		    "'taxiway export' of the version that wrote it, then "
		    "'taxiway import'", env->path, id->normaliser,
		    VALUE_NORMALISER_VERSION);
	if ((flags & ENV_SNAPSHOT) != 0 && id->snapshot == 0)
		return err_set(e, ERR_USAGE, "store '%s': a live store, which "
		    "cannot be read without its lock; open it as such, or make "
		    "a copy with 'taxiway snapshot'", env->path);
	if (write && id->snapshot != 0)
		return err_set(e, ERR_STORE, "store '%s': an immutable copy, "
		    "not written to; name the store that it was made from",
		    env->path);
	return 0;
}

static int
identity_make(struct env *env, MDB_txn *txn, struct err *e)
{
	struct identity id = {.magic = STORE_MAGIC, .schema = STORE_SCHEMA,
	    .min_reader = STORE_MIN_READER, .min_writer = STORE_MIN_WRITER,
	    .normaliser = VALUE_NORMALISER_VERSION,
	    .lmdb_major = MDB_VERSION_MAJOR, .created = tstamp_now()};
	struct head head = {.next_row = 1, .next_block = 1,
	    .oldest_change = 1, .next_change = TSTAMP_NEVER};

	if (getrandom(id.uuid, sizeof(id.uuid), 0) != sizeof(id.uuid) ||
	    getrandom(&id.seed, sizeof(id.seed), 0) != sizeof(id.seed))
		return err_sys(e, ERR_IO, errno, "no random numbers");
	id.uuid[6] = (uint8_t)((id.uuid[6] & 0x0f) | 0x40); /* version 4 */
	id.uuid[8] = (uint8_t)((id.uuid[8] & 0x3f) | 0x80);
	head.written = id.created;
	if (identity_write(env, txn, &id, e) != 0)
		return -1;
	return head_write(env, txn, &head, e);
}

/* The meta table, made when the file is as yet empty (new, or its maker was
 * killed); then: is this a store, and one that we may use? */
static int
meta_open(struct env *env, MDB_txn *txn, unsigned flags, struct err *e)
{
	bool write = (flags & ENV_WRITE) != 0;
	MDB_dbi *dbi = &env->dbi[TABLE_META], root;
	const char *name = table_info[TABLE_META].name;
	struct identity id;
	MDB_stat st = {0};
	int rc;

	rc = mdb_dbi_open(txn, name, 0, dbi);
	if (rc == MDB_NOTFOUND) {
		rc = mdb_dbi_open(txn, NULL, 0, &root);
		if (rc == 0)
			rc = mdb_stat(txn, root, &st);
		if (rc == 0 && st.ms_entries == 0 && !write)
			return err_set(e, ERR_NOT_FOUND, "store '%s': is as "
			    "yet empty; 'taxiway pull' fills it", env->path);
		if (rc == 0 && st.ms_entries != 0)
			return err_set(e, ERR_STORE, "'%s': not a Taxiway "
			    "store; name another file", env->path);
		if (rc == 0)
			rc = mdb_dbi_open(txn, name, MDB_CREATE, dbi);
		if (rc == 0 && identity_make(env, txn, e) != 0)
			return -1;
	}
	if (rc != 0)
		return env_fail(e, env, rc, "opening");
	if (identity_read(env, txn, &id, e) != 0)
		return -1;
	return identity_check(env, &id, flags, e);
}

/* Open all tables in a transaction that is committed: handles opened in one
 * that is not are gone with it. */
static int
tables_open(struct env *env, unsigned flags, struct err *e)
{
	bool write = (flags & ENV_WRITE) != 0;
	MDB_txn *txn;
	unsigned i;
	int rc;

	if (env_begin(env, write, &txn, e) != 0)
		return -1;
	if (meta_open(env, txn, flags, e) != 0) {
		mdb_txn_abort(txn);
		return -1;
	}
	for (i = 0, rc = 0; i < TABLE_COUNT && rc == 0; i++) {
		if (i != TABLE_META)
			rc = mdb_dbi_open(txn, table_info[i].name,
			    table_info[i].flags | (write ? MDB_CREATE : 0),
			    &env->dbi[i]);
	}
	if (rc != 0) {
		mdb_txn_abort(txn);
		if (rc == MDB_NOTFOUND)
			rc = MDB_CORRUPTED;
	} else {
		rc = mdb_txn_commit(txn);
	}
	return rc == 0 ? 0 : env_fail(e, env, rc, "opening");
}

/* Under the registry's lock. */
static int
env_new(const char *path, const struct env_file *file, unsigned flags,
    struct env **out, struct err *e)
{
	struct env *env = calloc(1, sizeof(*env));
	struct stat st;

	if (env == NULL || (env->path = strdup(path)) == NULL) {
		env_free(env);
		return err_set(e, ERR_MEMORY, "no memory to open the store");
	}
	env->pid = (long)getpid();
	env->refs = 1;
	env->writable = (flags & ENV_WRITE) != 0;
	env->snapshot = (flags & ENV_SNAPSHOT) != 0;
	if (map_open(env, flags, file->size, e) != 0 ||
	    tables_open(env, flags, e) != 0)
		goto fail;
	if (env->writable && env_make_whole(env, e) != 0)
		goto fail;
	if (stat(path, &st) != 0) {
		err_sys(e, ERR_STORE, errno, "store '%s'", path);
		goto fail;
	}
	env->dev = (uint64_t)st.st_dev;
	env->ino = (uint64_t)st.st_ino;
	if (registry_add(env) != 0) {
		err_set(e, ERR_LIMIT, "more than %d stores open", ENVS_MAX);
		goto fail;
	}
	*out = env;
	return 0;
fail:
	env_free(env);
	return -1;
}

static int
open_locked(const char *path, unsigned flags, struct env **out, struct err *e)
{
	bool write = (flags & ENV_WRITE) != 0;
	struct env_file file;
	struct env *env;

	if (load_state(path) == LOAD_LOST)
		return err_set(e, ERR_STORE, "store '%s': the machine went "
		    "down during its first load; 'taxiway pull' starts anew",
		    path);
	if (env_file_check(path, &file, e) != 0)
		return -1;
	if (!file.exists && !write)
		return err_set(e, ERR_NOT_FOUND, "store '%s': does not exist; "
		    "'taxiway pull' makes it, '-s' names another", path);
	if (file.exists && (flags & ENV_FRESH) != 0)
		return err_set(e, ERR_STORE, "'%s': exists already; name "
		    "another file", path);
	env = file.exists ? registry_find(file.dev, file.ino) : NULL;
	if (env != NULL) {
		if ((write && !env->writable) ||
		    env->snapshot != ((flags & ENV_SNAPSHOT) != 0))
			return err_set(e, ERR_USAGE, "store '%s': open in this "
			    "process already, in another way", path);
		env->refs++;
		*out = env;
		return 0;
	}
	if ((flags & ENV_SNAPSHOT) == 0 &&
	    env_file_lock(path, write, e) != 0)
		return -1;
	return env_new(path, &file, flags, out, e);
}

int
env_open(const char *path, unsigned flags, struct env **out, struct err *e)
{
	int rc;

	pthread_mutex_lock(&envs_lock);
	rc = open_locked(path, flags, out, e);
	pthread_mutex_unlock(&envs_lock);
	return rc;
}

void
env_close(struct env *env)
{
	if (env == NULL)
		return;
	pthread_mutex_lock(&envs_lock);
	if (--env->refs == 0) {
		registry_remove(env);
		/* In a forked child, closing would clear the parent's reader
		 * slots; what the child inherited is left to its exit. */
		if (env_valid(env))
			env_free(env);
	}
	pthread_mutex_unlock(&envs_lock);
}

/* The size that the map is to have: what the file asks for, or its limit. */
static int
map_fit(struct env *env)
{
	return mdb_env_set_mapsize(env->mdb, (size_t)env->limit);
}

void
env_limit(struct env *env, uint64_t bytes)
{
	bool had = env->limit != 0;

	env->limit = bytes < SIZE_MAX ? bytes : 0;
	/* A failure leaves the map as it is: the limit is then not kept, and
	 * the next one that is set tries again. */
	if (had || env->limit != 0)
		(void)map_fit(env);
}

/* Enlarge a map that is nine tenths full.  Only between transactions, and a
 * failure is no loss yet: the commit will tell when the map is full. */
static void
map_grow(struct env *env)
{
	MDB_envinfo info;
	MDB_stat st;
	size_t used;

	if (env->limit != 0 || mdb_env_info(env->mdb, &info) != 0 ||
	    mdb_env_stat(env->mdb, &st) != 0)
		return;
	used = (info.me_last_pgno + 1) * st.ms_psize;
	if (used > info.me_mapsize / 10 * 9 &&
	    info.me_mapsize <= SIZE_MAX / 2)
		(void)mdb_env_set_mapsize(env->mdb, info.me_mapsize * 2);
}

int
env_begin(struct env *env, bool write, MDB_txn **txn, struct err *e)
{
	int dead, rc;

	if (!env_valid(env))
		return err_set(e, ERR_INTERNAL, "store '%s': opened by the "
		    "parent process; a child opens it anew", env->path);
	if (write) {
		(void)mdb_reader_check(env->mdb, &dead);
		map_grow(env);
	}
	rc = mdb_txn_begin(env->mdb, NULL, write ? 0 : MDB_RDONLY, txn);
	if (rc == MDB_READERS_FULL) {
		(void)mdb_reader_check(env->mdb, &dead);
		rc = mdb_txn_begin(env->mdb, NULL, write ? 0 : MDB_RDONLY,
		    txn);
	}
	if (rc == MDB_MAP_RESIZED) {
		rc = map_fit(env);
		if (rc == 0)
			rc = mdb_txn_begin(env->mdb, NULL,
			    write ? 0 : MDB_RDONLY, txn);
	}
	return rc == 0 ? 0 : env_fail(e, env, rc,
	    write ? "beginning to write" : "beginning to read");
}

int
env_make_whole(struct env *env, struct err *e)
{
	MDB_envinfo info;
	MDB_stat st;
	struct stat file;
	off_t want;
	mdb_filehandle_t fd;
	int rc;

	rc = mdb_env_get_fd(env->mdb, &fd);
	if (rc == 0)
		rc = mdb_env_info(env->mdb, &info);
	if (rc == 0)
		rc = mdb_env_stat(env->mdb, &st);
	if (rc == 0 && fstat(fd, &file) != 0)
		rc = errno;
	if (rc != 0)
		return env_fail(e, env, rc, "measuring");
	want = (off_t)(info.me_last_pgno + 1) * (off_t)st.ms_psize;
	if (file.st_size < want && ftruncate(fd, want) != 0)
		return env_fail(e, env, errno, "writing");
	return 0;
}

int
env_write_error(struct env *env)
{
	static const char zeros[65536];
	mdb_filehandle_t fd;
	struct stat st;
	MDB_txn *txn;
	off_t end;
	ssize_t n = 0;
	int rc = EIO;

	/* As the only writer: nobody else puts pages behind the end now, and
	 * what lies there belongs to no commit. */
	if (mdb_txn_begin(env->mdb, NULL, 0, &txn) != 0)
		return EIO;
	if (mdb_env_get_fd(env->mdb, &fd) == 0 && fstat(fd, &st) == 0) {
		end = (st.st_size + 65535) / 65536 * 65536;
		/* What is cut short once, fails the second time. */
		n = pwrite(fd, zeros, sizeof(zeros), end);
		if (n >= 0 && (size_t)n < sizeof(zeros))
			n = pwrite(fd, zeros, sizeof(zeros) - (size_t)n,
			    end + n);
		if (n < 0)
			rc = errno;
	}
	mdb_txn_abort(txn);
	return rc;
}
