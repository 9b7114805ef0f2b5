/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine's clock comes to, and the note of it (store/wall.h). */
#include "store/batch.h"
#include "store/upkeep.h"
#include "store/wall.h"

void
store_wall(struct store *s, const struct wall_boot *boot)
{
	s->has_boot = boot != NULL;
	if (boot != NULL)
		s->boot = *boot;
}

static const struct wall_boot *
boot_of(const struct store *s)
{
	return s->has_boot ? &s->boot : NULL;
}

/* What the store's record makes of `now`; *news: it is worth a write. */
static int
look(struct store *s, MDB_txn *txn, int64_t now, struct wall_rec *r,
    bool *news, struct err *e)
{
	struct wall_rec was;
	int rc = wall_read(s->env, txn, &was, e);

	if (rc >= 0)
		*news = wall_judge(rc == 1 ? &was : NULL, now, boot_of(s), r);
	return rc < 0 ? -1 : 0;
}

/* `told` NULL: what the clock comes to by now, in case others were faster. */
static int
note(struct store *s, int64_t now, const struct wall_rec *told, struct err *e)
{
	struct wall_rec r;
	bool news = true;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, true, &txn, e) != 0)
		return -1;
	rc = told == NULL ? look(s, txn, now, &r, &news, e) : 0;
	if (rc == 0 && news)
		rc = wall_write(s->env, txn, told != NULL ? told : &r, e);
	if (rc != 0 || !news) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	return rc == 0 ? 0 : env_fail(e, s->env, rc, "writing");
}

int
upkeep_doubts(struct store *s, int64_t now, bool *yes, struct err *e)
{
	struct err unnoted = ERR_INIT;
	struct wall_rec r;
	MDB_txn *txn;
	bool news;
	int rc;

	*yes = false;
	if (!s->has_boot)
		return 0;
	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = look(s, txn, now, &r, &news, e);
	mdb_txn_abort(txn);
	if (rc != 0)
		return -1;
	*yes = r.doubted != TSTAMP_NONE;
	/* On a full disk it will be noted later. */
	if (news && note(s, now, NULL, &unnoted) != 0)
		err_clear(&unnoted);
	return 0;
}

int
store_wall_trust(struct store *s, int64_t now, struct err *e)
{
	const struct wall_boot none = {.ticks = 0};
	struct wall_rec r;

	wall_trust(now, s->has_boot ? &s->boot : &none, &r);
	return note(s, now, &r, e);
}
