/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two records of the meta table, the names of all tables, and the words for
 * what LMDB reports.
 */
#include "store/env.h"

#include <errno.h>
#include <string.h>

#include "store/bytes.h"

const struct table_info table_info[TABLE_COUNT] = {
    [TABLE_META] = {"meta", 0, "text", "identity or head"},
    [TABLE_VALUES] = {"values", 0, "type, key", "value_rec"},
    [TABLE_NETS] = {"nets", 0, "type, address, prefix", "value_rec"},
    [TABLE_IDS] = {"ids", 0, "id, tag, source or row", "row and hash, or id"},
    [TABLE_OBJECTS] = {"objects", 0, "row", "object_rec"},
    [TABLE_CLAIMS] = {"claims", 0, "value id, row", "claim_rec"},
    [TABLE_BLOCKS] = {"blocks", 0, "block", "block_rec"},
    [TABLE_SOURCES] = {"sources", 0, "source", "source_rec"},
    [TABLE_POLLS] = {"polls", 0, "source, poll", "poll_rec"},
    [TABLE_CHANGES] = {"changes", 0, "generation, part", "changes"},
    [TABLE_ROWS] = {"rows", 0, "kind, source, walk, chunk", "rows_rec"},
    [TABLE_UNDO] = {"undo", 0, "row, poll", "the object before that poll"},
    [TABLE_SIGHTINGS] = {"sightings", 0, "as values or nets", "sighting"},
    [TABLE_ALLOW] = {"allow", 0, "kind, …", "allow-lists"},
};

/* 0 magic, 8 schema, 12 min_reader, 16 min_writer, 20 normaliser,
 * 24 lmdb_major, 28 uuid, 44 seed, 52 created, 60 snapshot. */
#define IDENTITY_LEN 61
/* 0 version, then numbers of 8 bytes in the order of the struct. */
#define HEAD_WORDS 22
#define HEAD_LEN (1 + 8 * HEAD_WORDS)
#define HEAD_VERSION 1

static int
meta_get(struct env *env, MDB_txn *txn, const char *name, MDB_val *out,
    struct err *e)
{
	MDB_val key = {strlen(name), (void *)(uintptr_t)name};
	int rc = mdb_get(txn, env->dbi[TABLE_META], &key, out);

	if (rc == MDB_NOTFOUND)
		return err_set(e, ERR_STORE, "store '%s': record '%s' is "
		    "missing; restore a copy, or remove it and poll anew",
		    env->path, name);
	return rc == 0 ? 0 : env_fail(e, env, rc, "reading");
}

static int
meta_put(struct env *env, MDB_txn *txn, const char *name, uint8_t *p, size_t n,
    struct err *e)
{
	MDB_val key = {strlen(name), (void *)(uintptr_t)name};
	MDB_val val = {n, p};
	int rc = mdb_put(txn, env->dbi[TABLE_META], &key, &val, 0);

	return rc == 0 ? 0 : env_fail(e, env, rc, "writing");
}

int
identity_read(struct env *env, MDB_txn *txn, struct identity *id,
    struct err *e)
{
	const uint8_t *p;
	MDB_val v;

	if (meta_get(env, txn, "identity", &v, e) != 0)
		return -1;
	p = v.mv_data;
	if (v.mv_size < IDENTITY_LEN || memcmp(p, STORE_MAGIC, 8) != 0)
		return err_set(e, ERR_STORE, "'%s': not a Taxiway store; name "
		    "another file", env->path);
	memcpy(id->magic, p, 8);
	id->schema = le32_get(p + 8);
	id->min_reader = le32_get(p + 12);
	id->min_writer = le32_get(p + 16);
	id->normaliser = le32_get(p + 20);
	id->lmdb_major = le32_get(p + 24);
	memcpy(id->uuid, p + 28, 16);
	id->seed = le64_get(p + 44);
	id->created = le64_get_signed(p + 52);
	id->snapshot = p[60];
	return 0;
}

int
identity_write(struct env *env, MDB_txn *txn, const struct identity *id,
    struct err *e)
{
	uint8_t b[IDENTITY_LEN];

	memcpy(b, id->magic, 8);
	le32_put(b + 8, id->schema);
	le32_put(b + 12, id->min_reader);
	le32_put(b + 16, id->min_writer);
	le32_put(b + 20, id->normaliser);
	le32_put(b + 24, id->lmdb_major);
	memcpy(b + 28, id->uuid, 16);
	le64_put(b + 44, id->seed);
	le64_put(b + 52, (uint64_t)id->created);
	b[60] = id->snapshot;
	return meta_put(env, txn, "identity", b, sizeof(b), e);
}

/* Both directions in one table of places, so that they cannot disagree. */
static void
head_words(struct head *h, uint64_t *word[HEAD_WORDS])
{
	uint64_t *const all[HEAD_WORDS] = {&h->generation, &h->next_row,
	    &h->next_block, &h->values, &h->nets, &h->claims, &h->objects,
	    &h->patterns, &h->rules, &h->relationships, &h->oldest_change,
	    &h->raw_bytes, &h->dead_raw, &h->net4_lengths[0],
	    &h->net6_lengths[0], &h->net6_lengths[1], &h->net6_lengths[2],
	    &h->active, (uint64_t *)&h->next_change, &h->unsettled,
	    &h->allowed, &h->allow_open};

	memcpy(word, all, sizeof(all));
}

int
head_read(struct env *env, MDB_txn *txn, struct head *h, struct err *e)
{
	uint64_t *word[HEAD_WORDS];
	const uint8_t *p;
	MDB_val v;
	size_t i;

	if (meta_get(env, txn, "head", &v, e) != 0)
		return -1;
	p = v.mv_data;
	if (v.mv_size < HEAD_LEN + 8 || p[0] != HEAD_VERSION)
		return err_set(e, ERR_STORE, "store '%s': record 'head' is "
		    "damaged; restore a copy, or remove it and poll anew",
		    env->path);
	head_words(h, word);
	for (i = 0; i < HEAD_WORDS; i++)
		*word[i] = le64_get(p + 1 + 8 * i);
	h->written = le64_get_signed(p + HEAD_LEN);
	return 0;
}

int
head_write(struct env *env, MDB_txn *txn, const struct head *h, struct err *e)
{
	uint8_t b[HEAD_LEN + 8];
	uint64_t *word[HEAD_WORDS];
	struct head copy = *h;
	size_t i;

	head_words(&copy, word);
	b[0] = HEAD_VERSION;
	for (i = 0; i < HEAD_WORDS; i++)
		le64_put(b + 1 + 8 * i, *word[i]);
	le64_put(b + HEAD_LEN, (uint64_t)h->written);
	return meta_put(env, txn, "head", b, sizeof(b), e);
}

static const struct {
	int rc, code;
	const char *text;
} reports[] = {
    {MDB_MAP_FULL, ERR_FULL, "its map is full; what was stored is safe; "
        "allow more address space (ulimit -v) or start a new store"},
    {ENOSPC, ERR_FULL, "no space left on its disk; what was stored is safe; "
        "free some space and try again"},
    {EDQUOT, ERR_FULL, "the disk quota is used up; what was stored is safe; "
        "free some space and try again"},
    {EFBIG, ERR_FULL, "the limit of file sizes is reached (ulimit -f); what "
        "was stored is safe; raise it and try again"},
    {EROFS, ERR_STORE, "its file system is read-only; remount it, or read an "
        "immutable copy ('taxiway snapshot')"},
    {EACCES, ERR_STORE, "no right to it or its lock file; join its group or "
        "ask its owner"},
    {EPERM, ERR_STORE, "no right to it or its lock file; join its group or "
        "ask its owner"},
    {EAGAIN, ERR_STORE, "another process of the same number holds it, as in "
        "two containers; share one PID namespace (--pid=host), or read an "
        "immutable copy ('taxiway snapshot')"},
    {ENOMEM, ERR_MEMORY, "no memory or address space to map it; raise "
        "'ulimit -v'"},
    {MDB_INVALID, ERR_STORE, "not an LMDB file of a generation that this "
        "program reads, or damaged; restore a copy, or remove it and poll "
        "anew"},
    {MDB_VERSION_MISMATCH, ERR_VERSION, "in use by a program with another "
        "generation of LMDB; stop it, or build both with the same"},
    {MDB_CORRUPTED, ERR_STORE, "damaged; run 'taxiway verify', restore a "
        "copy, or remove it and poll anew"},
    {MDB_PAGE_NOTFOUND, ERR_STORE, "damaged; run 'taxiway verify', restore a "
        "copy, or remove it and poll anew"},
    {MDB_PANIC, ERR_STORE, "LMDB gave up after an earlier error; try again"},
    {MDB_READERS_FULL, ERR_STORE, "all reader slots are taken; end some of "
        "the programs that read it"},
    {MDB_MAP_RESIZED, ERR_STORE, "its map was enlarged by another process; "
        "open it again"},
    {MDB_INCOMPATIBLE, ERR_STORE, "its tables are of another kind; name "
        "another file"},
};

int
env_damaged(const struct env *env, enum table t, struct err *e)
{
	return err_set(e, ERR_STORE, "store '%s': damaged record in table "
	    "'%s'; run 'taxiway verify', restore a copy, or remove it and poll "
	    "anew", env->path, table_info[t].name);
}

int
env_fail(struct err *e, const struct env *env, int rc, const char *doing)
{
	size_t i;

	if (rc == MDB_MAP_FULL && env->limit != 0)
		err_set(e, ERR_FULL, "store '%s': it would grow past %llu "
		    "bytes (store-max-bytes); what was stored is safe",
		    env->path, (unsigned long long)env->limit);
	for (i = 0; i < ARRAY_LEN(reports); i++) {
		if (reports[i].rc != rc)
			continue;
		err_set(e, reports[i].code, "store '%s': %s: %s", env->path,
		    doing, reports[i].text);
		break;
	}
	if (i == ARRAY_LEN(reports))
		err_set(e, ERR_STORE, "store '%s': %s: %s", env->path, doing,
		    mdb_strerror(rc));
	if (e != NULL && e->sys == 0 && rc > 0)
		e->sys = rc;
	return -1;
}
