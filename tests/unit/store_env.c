/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening: what is made, what is shared, what is refused and in which words.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/env.h"
#include "store/load.h"
#include "tests/unit/store_util.h"

static int
set_up(void **state)
{
	struct folder *f = malloc(sizeof(*f));

	folder_make(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	folder_remove(*state);
	free(*state);
	return 0;
}

static void
beside(const struct folder *f, const char *suffix, char *out, size_t n)
{
	snprintf(out, n, "%s%s", f->store, suffix);
}

static void
put_file(const char *path, const void *p, size_t n)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(p, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static void
make_store(const struct folder *f)
{
	struct env *env;
	struct err e = ERR_INIT;

	if (env_open(f->store, ENV_WRITE, &env, &e) != 0)
		fail_msg("%s", e.text);
	env_close(env);
}

/* Opening fails with this code, and with words that name the file. */
static void
refused(const struct folder *f, unsigned flags, int code, const char *word)
{
	struct env *env = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(env_open(f->store, flags, &env, &e), -1);
	if (e.code != code || strstr(e.text, f->store) == NULL ||
	    strstr(e.text, word) == NULL)
		fail_msg("code %d: %s", e.code, e.text);
}

static void
test_fresh(void **state)
{
	const struct folder *f = *state;
	struct identity id, again;
	struct head head;
	struct env *env;
	struct err e = ERR_INIT;
	char lock[PATH_MAX * 2];
	struct stat st;
	MDB_txn *txn;

	refused(f, 0, ERR_NOT_FOUND, "taxiway pull");
	umask(077);
	assert_int_equal(env_open(f->store, ENV_WRITE, &env, &e), 0);
	umask(022);
	assert_int_equal(env_begin(env, false, &txn, &e), 0);
	assert_int_equal(identity_read(env, txn, &id, &e), 0);
	assert_int_equal(head_read(env, txn, &head, &e), 0);
	mdb_txn_abort(txn);
	assert_string_equal(id.magic, STORE_MAGIC);
	assert_int_equal(id.schema, STORE_SCHEMA);
	assert_int_equal(id.uuid[6] >> 4, 4);
	assert_int_equal(head.generation, 0);
	env_close(env);
	beside(f, "-lock", lock, sizeof(lock));
	assert_int_equal(stat(lock, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(stat(f->store, &st), 0);
	assert_int_equal(st.st_mode & 0007, 0);
	assert_int_equal(env_open(f->store, 0, &env, &e), 0);
	assert_int_equal(env_begin(env, false, &txn, &e), 0);
	assert_int_equal(identity_read(env, txn, &again, &e), 0);
	mdb_txn_abort(txn);
	env_close(env);
	assert_memory_equal(id.uuid, again.uuid, 16);
	assert_true(id.seed == again.seed);
	refused(f, ENV_WRITE | ENV_FRESH, ERR_STORE, "exists");
}

static void
test_shared(void **state)
{
	const struct folder *f = *state;
	struct env *a, *b, *c;
	struct err e = ERR_INIT;
	char link_path[PATH_MAX * 2];

	assert_int_equal(env_open(f->store, ENV_WRITE, &a, &e), 0);
	assert_int_equal(env_open(f->store, 0, &b, &e), 0);
	assert_ptr_equal(a, b);
	/* Another name of the same file is the same environment. */
	beside(f, ".hard", link_path, sizeof(link_path));
	assert_int_equal(link(f->store, link_path), 0);
	assert_int_equal(env_open(link_path, 0, &c, &e), 0);
	assert_ptr_equal(a, c);
	env_close(a);
	env_close(c);
	env_close(b);
	assert_int_equal(env_open(f->store, 0, &b, &e), 0);
	refused(f, ENV_WRITE, ERR_USAGE, "in another way");
	env_close(b);
}

static void
test_not_a_store(void **state)
{
	const struct folder *f = *state;
	uint8_t noise[70000];
	uint64_t rng = 5;
	size_t i;

	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rng_next(&rng);
	put_file(f->store, noise, sizeof(noise));
	refused(f, 0, ERR_STORE, "not a Taxiway store");
	refused(f, ENV_WRITE, ERR_STORE, "not a Taxiway store");
	memset(noise, 0, sizeof(noise));
	put_file(f->store, noise, sizeof(noise));
	refused(f, ENV_WRITE, ERR_STORE, "not a Taxiway store");
	put_file(f->store, "x", 1);
	refused(f, ENV_WRITE, ERR_STORE, "not a Taxiway store");
	/* Empty is as good as missing. */
	put_file(f->store, "", 0);
	refused(f, 0, ERR_NOT_FOUND, "does not exist");
	make_store(f);
}

static void
test_wrong_kind(void **state)
{
	const struct folder *f = *state;
	char other[PATH_MAX * 2];
	struct env *env;
	struct err e = ERR_INIT;

	assert_int_equal(mkdir(f->store, 0700), 0);
	refused(f, ENV_WRITE, ERR_STORE, "not a regular file");
	rmdir(f->store);
	assert_int_equal(mkfifo(f->store, 0600), 0);
	refused(f, ENV_WRITE, ERR_STORE, "not a regular file");
	unlink(f->store);
	make_store(f);
	beside(f, ".real", other, sizeof(other));
	assert_int_equal(rename(f->store, other), 0);
	assert_int_equal(symlink(other, f->store), 0);
	refused(f, ENV_WRITE, ERR_STORE, "symbolic link");
	refused(f, 0, ERR_STORE, "symbolic link");
	assert_int_equal(env_open("/nowhere/at/all.mdb", ENV_WRITE, &env, &e),
	    -1);
	assert_int_equal(e.code, ERR_STORE);
}

/* A plain LMDB file of somebody else. */
static void
test_foreign(void **state)
{
	const struct folder *f = *state;
	MDB_val key = {1, "k"}, val = {1, "v"};
	MDB_env *mdb;
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_env_create(&mdb), 0);
	assert_int_equal(mdb_env_open(mdb, f->store, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(mdb, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &val, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(mdb);
	refused(f, 0, ERR_STORE, "not a Taxiway store");
	refused(f, ENV_WRITE, ERR_STORE, "not a Taxiway store");
}

/* Its maker is at it, or was killed before the first commit: made good by the next
 * writer, and as good as missing for a reader. */
static void
test_half_made(void **state)
{
	const struct folder *f = *state;
	MDB_env *mdb;

	assert_int_equal(mdb_env_create(&mdb), 0);
	assert_int_equal(mdb_env_open(mdb, f->store, MDB_NOSUBDIR, 0600), 0);
	mdb_env_close(mdb);
	refused(f, 0, ERR_NOT_FOUND, "as yet empty");
	make_store(f);
}

static void
change_identity(const struct folder *f, void (*change)(struct identity *id))
{
	struct identity id;
	struct env *env;
	struct err e = ERR_INIT;
	MDB_txn *txn;

	assert_int_equal(env_open(f->store, ENV_WRITE, &env, &e), 0);
	assert_int_equal(env_begin(env, true, &txn, &e), 0);
	assert_int_equal(identity_read(env, txn, &id, &e), 0);
	change(&id);
	assert_int_equal(identity_write(env, txn, &id, &e), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	env_close(env);
}

static void
newer_reader(struct identity *id)
{
	id->schema = id->min_reader = id->min_writer = STORE_SCHEMA + 1;
}

static void
newer_writer(struct identity *id)
{
	id->schema = id->min_writer = STORE_SCHEMA + 1;
}

static void
other_rules(struct identity *id)
{
	id->normaliser++;
}

static void
immutable(struct identity *id)
{
	id->snapshot = 1;
}

static void
test_versions(void **state)
{
	const struct folder *f = *state;
	struct env *env;
	struct err e = ERR_INIT;

	make_store(f);
	change_identity(f, newer_writer);
	refused(f, ENV_WRITE, ERR_VERSION, "newer Taxiway");
	assert_int_equal(env_open(f->store, 0, &env, &e), 0);
	env_close(env);
	unlink(f->store);
	make_store(f);
	change_identity(f, newer_reader);
	refused(f, 0, ERR_VERSION, "newer Taxiway");
	unlink(f->store);
	make_store(f);
	change_identity(f, other_rules);
	refused(f, 0, ERR_VERSION, "normalised");
	refused(f, ENV_WRITE, ERR_VERSION, "import");
}

static void
test_immutable(void **state)
{
	const struct folder *f = *state;
	char lock[PATH_MAX * 2];
	struct env *env;
	struct err e = ERR_INIT;

	make_store(f);
	refused(f, ENV_SNAPSHOT, ERR_USAGE, "live store");
	change_identity(f, immutable);
	refused(f, ENV_WRITE, ERR_STORE, "immutable");
	beside(f, "-lock", lock, sizeof(lock));
	unlink(lock);
	assert_int_equal(env_open(f->store, ENV_SNAPSHOT, &env, &e), 0);
	env_close(env);
	assert_int_equal(access(lock, F_OK), -1);
}

static void
patch_file(const char *path, off_t at, const void *p, size_t n)
{
	int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, at), n);
	close(fd);
}

static void
test_other_lmdb(void **state)
{
	const struct folder *f = *state;
	uint32_t version = 3;

	make_store(f);
	patch_file(f->store, 20, &version, sizeof(version));
	refused(f, 0, ERR_VERSION, "generation of LMDB");
	refused(f, ENV_WRITE, ERR_VERSION, "export");
}

static void
test_truncated(void **state)
{
	const struct folder *f = *state;
	struct stat st;
	off_t n;

	make_store(f);
	assert_int_equal(stat(f->store, &st), 0);
	for (n = st.st_size - 4096; n > 0; n -= 4096) {
		assert_int_equal(truncate(f->store, n), 0);
		refused(f, 0, ERR_STORE, n > 4096 ? "truncated" : "damaged");
		refused(f, ENV_WRITE, ERR_STORE, "poll anew");
	}
}

/* Pages that were never written at the end of the file: nothing refers to them,
 * and a writer makes the file whole. */
static void
test_short_but_whole(void **state)
{
	const struct folder *f = *state;
	struct env *env;
	struct err e = ERR_INIT;
	struct stat st;
	uint64_t last;
	int fd, i;

	make_store(f);
	fd = open(f->store, O_RDWR);
	assert_true(fd >= 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(pread(fd, &last, 8, i * 4096 + 136), 8);
		last += 3;
		assert_int_equal(pwrite(fd, &last, 8, i * 4096 + 136), 8);
	}
	close(fd);
	assert_int_equal(env_open(f->store, 0, &env, &e), 0);
	env_close(env);
	assert_int_equal(env_open(f->store, ENV_WRITE, &env, &e), 0);
	env_close(env);
	assert_int_equal(stat(f->store, &st), 0);
	assert_true((uint64_t)st.st_size >= (last + 1) * 4096);
}

/* Run in a child; its exit status is the number of the failed step. */
static void
in_child(int (*steps)(const struct folder *f), const struct folder *f)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(steps(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static struct env *inherited;

static int
child_reopens(const struct folder *f)
{
	struct env *env;
	struct err e = ERR_INIT;
	MDB_txn *txn;

	if (env_valid(inherited))
		return 1;
	if (env_begin(inherited, false, &txn, &e) != -1 ||
	    e.code != ERR_INTERNAL)
		return 2;
	err_clear(&e);
	if (env_open(f->store, 0, &env, &e) != 0 || env == inherited)
		return 3;
	if (env_begin(env, false, &txn, &e) != 0)
		return 4;
	mdb_txn_abort(txn);
	env_close(env);
	env_close(inherited);
	return 0;
}

static void
test_fork(void **state)
{
	const struct folder *f = *state;
	struct err e = ERR_INIT;
	MDB_txn *txn;

	assert_int_equal(env_open(f->store, ENV_WRITE, &inherited, &e), 0);
	/* A reader's slot of the parent survives what the child does. */
	assert_int_equal(env_begin(inherited, false, &txn, &e), 0);
	in_child(child_reopens, f);
	assert_true(env_valid(inherited));
	mdb_txn_abort(txn);
	env_close(inherited);
}

static int CC_UNUSED
child_little_room(const struct folder *f)
{
	struct rlimit lim = {(rlim_t)3 << 30, (rlim_t)3 << 30};
	struct env *env;
	struct err e = ERR_INIT;

	if (setrlimit(RLIMIT_AS, &lim) != 0)
		return 1;
	if (env_open(f->store, ENV_WRITE, &env, &e) != 0)
		return 2;
	env_close(env);
	if (env_open(f->store, 0, &env, &e) != 0)
		return 3;
	env_close(env);
	return 0;
}

static void
test_little_room(void **state)
{
#if defined(__SANITIZE_ADDRESS__)
	(void)state;
	skip(); /* its shadow memory needs terabytes */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	(void)state;
	skip();
#else
	in_child(child_little_room, *state);
#endif
#else
	in_child(child_little_room, *state);
#endif
}

#define NOBODY 65534

static int
child_no_rights(const struct folder *f)
{
	struct env *env;
	struct err e = ERR_INIT;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return 1;
	if (env_open(f->store, 0, &env, &e) != -1 || e.code != ERR_STORE)
		return 2;
	return strstr(e.text, "no right") != NULL ? 0 : 3;
}

static void
test_no_rights(void **state)
{
	const struct folder *f = *state;
	char lock[PATH_MAX * 2];

	make_store(f);
	assert_int_equal(chmod(f->path, 0755), 0);
	assert_int_equal(chmod(f->store, 0), 0);
	in_child(child_no_rights, f);
	/* The data may be read, the lock may not be written. */
	assert_int_equal(chmod(f->store, 0644), 0);
	beside(f, "-lock", lock, sizeof(lock));
	assert_int_equal(chmod(lock, 0444), 0);
	in_child(child_no_rights, f);
}

static void
test_lost_load(void **state)
{
	const struct folder *f = *state;
	char marker[PATH_MAX * 2];
	struct store *s;
	struct err e = ERR_INIT;
	int fd, other;

	make_store(f);
	assert_int_equal(load_state(f->store), LOAD_NONE);
	load_mark(f->store, &fd);
	assert_true(fd >= 0);
	assert_int_equal(load_state(f->store), LOAD_RUNNING);
	/* Its loader lives. */
	load_adopt(f->store, &other);
	assert_int_equal(other, -1);
	close(fd);
	load_adopt(f->store, &other);
	assert_true(other >= 0);
	load_unmark(f->store, &other);
	assert_int_equal(load_state(f->store), LOAD_NONE);
	/* After another boot. */
	beside(f, "-loading", marker, sizeof(marker));
	put_file(marker, "00000000-0000-0000-0000-000000000000", 36);
	assert_int_equal(load_state(f->store), LOAD_LOST);
	refused(f, 0, ERR_STORE, "first load");
	refused(f, ENV_WRITE, ERR_STORE, "first load");
	assert_int_equal(truncate(f->store, 5), 0);
	if (store_open(f->store, 1, &s, &e) != 0)
		fail_msg("%s", e.text);
	store_close(s);
	assert_int_equal(load_state(f->store), LOAD_NONE);
	make_store(f);
}

/* Every code that LMDB or the system may give ends in words, and in a code that
 * tells a full disk from damage. */
static void
test_words(void **state)
{
	static const struct {
		int rc, code;
	} rows[] = {{MDB_MAP_FULL, ERR_FULL}, {ENOSPC, ERR_FULL},
	    {EDQUOT, ERR_FULL}, {EFBIG, ERR_FULL}, {EROFS, ERR_STORE},
	    {EACCES, ERR_STORE}, {EAGAIN, ERR_STORE}, {ENOMEM, ERR_MEMORY},
	    {MDB_INVALID, ERR_STORE}, {MDB_CORRUPTED, ERR_STORE},
	    {MDB_VERSION_MISMATCH, ERR_VERSION}, {MDB_PANIC, ERR_STORE},
	    {MDB_READERS_FULL, ERR_STORE}, {EIO, ERR_STORE}};
	const struct folder *f = *state;
	struct env *env;
	struct err e = ERR_INIT;
	size_t i;

	assert_int_equal(env_open(f->store, ENV_WRITE, &env, &e), 0);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		err_clear(&e);
		assert_int_equal(env_fail(&e, env, rows[i].rc, "testing"), -1);
		assert_int_equal(e.code, rows[i].code);
		assert_non_null(strstr(e.text, f->store));
		assert_non_null(strstr(e.text, "testing"));
		assert_int_equal(e.sys, rows[i].rc > 0 ? rows[i].rc : 0);
	}
	env_close(env);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_fresh), TEST(test_shared), TEST(test_not_a_store),
	    TEST(test_wrong_kind), TEST(test_foreign), TEST(test_half_made),
	    TEST(test_versions), TEST(test_immutable), TEST(test_other_lmdb),
	    TEST(test_truncated), TEST(test_short_but_whole), TEST(test_fork),
	    TEST(test_little_room), TEST(test_no_rights),
	    TEST(test_lost_load), TEST(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
