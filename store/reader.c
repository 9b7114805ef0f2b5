/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader library: opening, sharing, forking, and what went wrong. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/reader_private.h"

#define MARK_BYTES 4096

/* -- errors -- */

static const struct {
	int result;
	const char *text;
} results[] = {
    {TW_OK, "done"},
    {TW_END, "the walk is over"},
    {TW_NOT_FOUND, "not found"},
    {TW_RESYNC, "the change log does not go back that far"},
    {TW_ARGUMENT, "an argument makes no sense"},
    {TW_MALFORMED, "the text is not a value of that type"},
    {TW_MISSING, "there is no store at that path"},
    {TW_ACCESS, "no right to read the store or to write its lock file"},
    {TW_DAMAGED, "not a store, or a damaged one"},
    {TW_VERSION, "the store is of a version that cannot be read here"},
    {TW_READERS, "all reader slots are taken"},
    {TW_MEMORY, "out of memory"},
    {TW_FORKED, "opened by the parent process: call tw_reopen()"},
    {TW_SYSTEM, "the system reported an error"},
    {TW_LOCKLESS, "a live store cannot be opened without its lock"},
};

const char *
tw_strerror(int result)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(results); i++) {
		if (results[i].result == result)
			return results[i].text;
	}
	return "an unknown result";
}

static int
result_of_errno(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return TW_MISSING;
	case EACCES:
	case EPERM:
	case EROFS:
		return TW_ACCESS;
	case ENOMEM:
		return TW_MEMORY;
	default:
		return TW_SYSTEM;
	}
}

int
result_of(const struct err *e)
{
	switch (e->code) {
	case ERR_VERSION:
		return TW_VERSION;
	case ERR_MEMORY:
		return TW_MEMORY;
	case ERR_NOT_FOUND:
		return TW_MISSING;
	case ERR_USAGE:
		return TW_ARGUMENT;
	case ERR_STORE:
	case ERR_SYNTAX:
		return e->sys == 0 ? TW_DAMAGED : result_of_errno(e->sys);
	default:
		return e->sys == 0 ? TW_SYSTEM : result_of_errno(e->sys);
	}
}

int
reader_tell(struct tw_error *error, int result, const struct err *e)
{
	if (error != NULL) {
		error->result = result;
		snprintf(error->text, sizeof(error->text), "%s",
		    e->text[0] != '\0' ? e->text : tw_strerror(result));
	}
	return result;
}

int
snap_fail(struct tw_snapshot *s, int result, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->err.text, sizeof(s->err.text), fmt, ap);
	va_end(ap);
	s->err.code = ERR_STORE;
	return result;
}

int
snap_lmdb(struct tw_snapshot *s, int rc, const char *doing)
{
	int result;

	switch (rc) {
	case MDB_READERS_FULL:
		result = TW_READERS;
		break;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_PANIC:
	case MDB_INVALID:
	case MDB_CURSOR_FULL:
		result = TW_DAMAGED;
		break;
	case MDB_VERSION_MISMATCH:
		result = TW_VERSION;
		break;
	case MDB_MAP_RESIZED:
		/* LMDB can follow only while nothing of the map is in use */
		return snap_fail(s, TW_SYSTEM, "%s: has outgrown its map: end"
		    " all snapshots and call tw_reopen()", s->store->path);
	default:
		result = rc > 0 ? result_of_errno(rc) : TW_SYSTEM;
		break;
	}
	return snap_fail(s, result, "%s: %s: %s", s->store->path, doing,
	    mdb_strerror(rc));
}

/* -- forks -- */

bool
store_forked_slow(const struct tw_store *store)
{
	return (long)getpid() != store->pid;
}

/* A page that the kernel gives to a child filled with zeros: reading one byte
 * tells a child without a system call. */
static void
mark_make(struct tw_store *store)
{
	void *page;

	store->pid = (long)getpid();
	if (store->mark != NULL) {
		*store->mark = 1;
		return;
	}
#ifdef MADV_WIPEONFORK
	page = mmap(NULL, MARK_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return;
	if (madvise(page, MARK_BYTES, MADV_WIPEONFORK) != 0) {
		munmap(page, MARK_BYTES);
		return;
	}
	store->mark = page;
	*store->mark = 1;
#else
	(void)page;
#endif
}

static void
mark_free(struct tw_store *store)
{
	if (store->mark != NULL)
		munmap((void *)(uintptr_t)store->mark, MARK_BYTES);
	store->mark = NULL;
}

/* -- opening -- */

void
snapshot_filter_uuid(uint8_t uuid[16], uint64_t generation)
{
	uint8_t mix[8];
	int i;

	be64_put(mix, ~generation);
	for (i = 0; i < 8; i++)
		uuid[8 + i] ^= mix[i];
}

/* What identifies the store, read once. */
static int
read_identity(struct tw_store *store, struct err *e)
{
	struct identity id;
	struct head head;
	MDB_txn *txn;
	int rc;

	rc = mdb_txn_begin(store->env->mdb, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return env_fail(e, store->env, rc, "a read transaction");
	rc = identity_read(store->env, txn, &id, e);
	if (rc == 0)
		rc = head_read(store->env, txn, &head, e);
	mdb_txn_abort(txn);
	if (rc != 0)
		return -1;
	memcpy(store->filter_uuid, id.uuid, sizeof(id.uuid));
	if (store->flags & TW_OPEN_SNAPSHOT)
		snapshot_filter_uuid(store->filter_uuid, head.generation);
	return 0;
}

static int
store_attach(struct tw_store *store, struct err *e)
{
	unsigned flags = store->flags & TW_OPEN_SNAPSHOT ? ENV_SNAPSHOT : 0;

	if (env_open(store->path, flags, &store->env, e) != 0)
		return -1;
	if (read_identity(store, e) == 0)
		return 0;
	env_close(store->env);
	store->env = NULL;
	return -1;
}

/* What env.c says, as a result; a live store that was asked for as a snapshot
 * has one of its own. */
static int
attach_result(const struct tw_store *store, const struct err *e)
{
	if (e->code == ERR_USAGE && (store->flags & TW_OPEN_SNAPSHOT))
		return TW_LOCKLESS;
	return result_of(e);
}

int
tw_open(const char *path, unsigned flags, tw_store **out,
    struct tw_error *error)
{
	struct err e = ERR_INIT;
	struct tw_store *store;
	int result;

	if (out != NULL)
		*out = NULL;
	if (path == NULL || out == NULL || (flags & ~TW_OPEN_SNAPSHOT) != 0)
		return reader_tell(error, TW_ARGUMENT, &e);
	store = calloc(1, sizeof(*store));
	if (store == NULL || (store->path = strdup(path)) == NULL) {
		free(store);
		return reader_tell(error, TW_MEMORY, &e);
	}
	store->flags = flags;
	if (store_attach(store, &e) != 0) {
		result = attach_result(store, &e);
		free(store->path);
		free(store);
		return reader_tell(error, result, &e);
	}
	pthread_mutex_init(&store->mutex, NULL);
	mark_make(store);
	*out = store;
	return TW_OK;
}

void
tw_close(tw_store *store)
{
	bool forked;

	if (store == NULL)
		return;
	forked = store_forked(store);
	store_pool_free(store, !forked);
	store_filter_free(store);
	/* A snapshot that was forgotten still uses the map: better to lose the
	 * memory than to pull the map from under it. */
	if (store->env != NULL && (forked || store->used == 0))
		env_close(store->env);
	mark_free(store);
	pthread_mutex_destroy(&store->mutex);
	free(store->path);
	free(store);
}

int
tw_reopen(tw_store *store, struct tw_error *error)
{
	struct err e = ERR_INIT;
	bool forked;

	if (store == NULL)
		return reader_tell(error, TW_ARGUMENT, &e);
	forked = store_forked(store);
	if (!forked && store->used != 0) {
		err_set(&e, ERR_USAGE, "%s: %u snapshots are in use: end them"
		    " before reopening", store->path, store->used);
		return reader_tell(error, TW_ARGUMENT, &e);
	}
	if (forked) /* another thread may have held it at the fork */
		pthread_mutex_init(&store->mutex, NULL);
	store_pool_free(store, !forked);
	store_filter_free(store);
	if (store->env != NULL)
		env_close(store->env);
	store->env = NULL;
	store->used = 0;
	store->opening++;
	store->filter_txn = 0;
	atomic_store(&store->gen_txn, 0);
	atomic_store(&store->gen_check, 0);
	if (store_attach(store, &e) != 0)
		return reader_tell(error, attach_result(store, &e), &e);
	mark_make(store);
	return TW_OK;
}

/* -- generation -- */

/* Read it from the store and remember at which commit that was. */
static int
generation_read(struct tw_store *store, uint64_t *generation)
{
	struct tw_snapshot *s;
	uint64_t txn;
	int rc;

	if ((rc = tw_snapshot_begin(store, &s)) != TW_OK)
		return rc;
	if ((rc = snap_fix(s)) == TW_OK && (rc = snap_head(s)) == TW_OK) {
		*generation = s->head.generation;
		txn = mdb_txn_id(s->txn);
		pthread_mutex_lock(&store->mutex);
		if (txn > atomic_load(&store->gen_txn)) {
			atomic_store(&store->gen_check, txn);
			atomic_store(&store->generation, *generation);
			atomic_store(&store->gen_txn, txn);
		}
		pthread_mutex_unlock(&store->mutex);
	}
	tw_snapshot_end(s);
	return rc;
}

int
tw_generation(tw_store *store, uint64_t *generation)
{
	MDB_envinfo info;
	uint64_t known;

	if (store == NULL || generation == NULL)
		return TW_ARGUMENT;
	if (store_forked(store))
		return TW_FORKED;
	if (store->env == NULL)
		return TW_MISSING;
	if (mdb_env_info(store->env->mdb, &info) == 0) {
		known = atomic_load(&store->gen_txn);
		*generation = atomic_load(&store->generation);
		if (known != 0 && known == info.me_last_txnid &&
		    known == atomic_load(&store->gen_check))
			return TW_OK;
	}
	return generation_read(store, generation);
}
