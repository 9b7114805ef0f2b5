/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/pages.h"

void
verify_bad(struct verify *v, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (v->problems++ >= PROBLEMS_TOLD || v->tell == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->tell(v->ctx, text);
}

bool
verify_damage(struct verify *v, int rc)
{
	if (rc != TW_DAMAGED)
		return false;
	verify_bad(v, "%s", v->s->err.text);
	return true;
}

int
verify_walk(struct verify *v, enum table t, verify_entry_fn *entry)
{
	uint8_t last[512];
	MDB_val k, d;
	size_t n = 0, least;
	int rc, order;

	for (rc = table_seek(v->s, t, NULL, 0, &k, &d); rc == TW_OK;
	    rc = table_after(v->s, t, last, n, &k, &d)) {
		least = n < k.mv_size ? n : k.mv_size;
		order = memcmp(last, k.mv_data, least);
		if (k.mv_size > sizeof(last) || order > 0 ||
		    (order == 0 && n >= k.mv_size)) {
			/* a walk along such keys need not end */
			verify_bad(v, "%s: keys out of order",
			    table_info[t].name);
			return TW_OK;
		}
		memcpy(last, k.mv_data, k.mv_size);
		n = k.mv_size;
		v->checked++;
		rc = entry(v, &k, &d);
		if (rc != TW_OK && !verify_damage(v, rc))
			return rc;
	}
	if (rc == TW_END || verify_damage(v, rc))
		return TW_OK;
	return rc;
}

static void
page_fault(void *ctx, const char *text)
{
	verify_bad(ctx, "file: %s", text);
}

/* The pages first: with damaged ones LMDB itself is not safe to use. */
static int
verify_pages(struct verify *v)
{
	struct pages_result result;
	mdb_filehandle_t fd;
	int rc;

	rc = mdb_env_get_fd(v->s->store->env->mdb, &fd);
	if (rc == 0)
		rc = pages_check(fd, mdb_txn_id(v->s->txn), page_fault, v,
		    &result);
	return rc == 0 ? TW_OK : snap_lmdb(v->s, rc, "reading pages");
}

/* Begin with a commit whose description is still in the file: two more commits
 * between beginning and reading it would have replaced it. */
static int
verify_begin(struct verify *v)
{
	struct tw_snapshot *s = v->s;
	int rc, i;

	for (i = 0; i < 100; i++) {
		if ((rc = snap_fix(s)) != TW_OK)
			return rc;
		past_leave(s);
		rc = verify_pages(v);
		if (rc != TW_SYSTEM)
			return rc;
		if ((rc = tw_snapshot_renew(s)) != TW_OK)
			return rc;
	}
	return snap_fail(s, TW_SYSTEM, "%s: commits come too fast to look at"
	    " the pages of one; try again", s->store->path);
}

static int
verify_tables(struct verify *v)
{
	static const struct {
		enum table table;
		verify_entry_fn *entry;
	} walks[] = {
	    {TABLE_SOURCES, verify_source},
	    {TABLE_POLLS, verify_poll},
	    {TABLE_BLOCKS, verify_block},
	    {TABLE_OBJECTS, verify_object},
	    {TABLE_IDS, verify_id},
	    {TABLE_VALUES, verify_value},
	    {TABLE_NETS, verify_net},
	    {TABLE_CLAIMS, verify_claim},
	    {TABLE_CHANGES, verify_change},
	    {TABLE_ROWS, verify_rows},
	    {TABLE_UNDO, verify_undo},
	    {TABLE_SIGHTINGS, verify_sighting},
	    {TABLE_ALLOW, verify_allow},
	};
	size_t i;
	int rc = TW_OK;

	for (i = 0; i < ARRAY_LEN(walks) && rc == TW_OK; i++)
		rc = verify_walk(v, walks[i].table, walks[i].entry);
	return rc;
}

int
tw_verify(tw_snapshot *s, void (*problem)(void *ctx, const char *text),
    void *ctx, uint64_t *checked)
{
	struct verify v = {.s = s, .tell = problem, .ctx = ctx};
	int rc;

	if (s == NULL)
		return TW_ARGUMENT;
	if (checked != NULL)
		*checked = 0;
	if ((rc = verify_begin(&v)) != TW_OK)
		return rc;
	if (v.problems != 0)
		return snap_fail(s, TW_DAMAGED, "%s: %ju damaged pages (restore"
		    " a copy, or remove it and poll anew)", s->store->path,
		    (uintmax_t)v.problems);
	if ((rc = snap_head(s)) != TW_OK)
		return rc;
	err_clear(&s->err);
	if (identity_read(s->store->env, s->txn, &v.id, &s->err) != 0)
		return result_of(&s->err);
	v.sums = calloc(UINT16_MAX + 1, sizeof(*v.sums));
	if (v.sums == NULL)
		return snap_fail(s, TW_MEMORY, "no memory to verify");
	rc = verify_tables(&v);
	if (rc == TW_OK)
		verify_counters(&v);
	free(v.sums);
	if (checked != NULL)
		*checked = v.checked;
	if (rc != TW_OK)
		return rc;
	if (v.problems != 0)
		return snap_fail(s, TW_DAMAGED, "%s: %ju problems (restore a"
		    " copy, or remove it and poll anew)", s->store->path,
		    (uintmax_t)v.problems);
	return TW_OK;
}
