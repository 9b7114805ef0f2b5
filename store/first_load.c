/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer's part of a first load; store/load.h tells what it is.
 */
#include <fcntl.h>
#include <unistd.h>

#include "store/batch.h"

void
first_load_begin(struct store *s, const struct head *h, bool last)
{
	/* One batch alone is synced sooner than a marker is put. */
	if (s->loading >= 0 || last || h->generation > 0)
		return;
	load_mark(s->path, &s->loading);
	if (s->loading >= 0 &&
	    mdb_env_set_flags(s->env->mdb, MDB_NOSYNC, 1) != 0)
		load_unmark(s->path, &s->loading);
}

void
first_load_write(struct store *s)
{
#ifdef SYNC_FILE_RANGE_WRITE
	mdb_filehandle_t fd;

	/* The disk is at work while more is applied.  Of what is written so,
	 * later commits replace some. */
	if (s->loading >= 0 && mdb_env_get_fd(s->env->mdb, &fd) == 0)
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
	(void)s;
#endif
}

int
first_load_end(struct store *s, struct err *e)
{
	int rc;

	if (s->loading < 0)
		return 0;
	if (s->filter != NULL && filter_sync(s->filter, e) != 0)
		return -1;
	rc = mdb_env_sync(s->env->mdb, 1);
	if (rc == 0)
		rc = mdb_env_set_flags(s->env->mdb, MDB_NOSYNC, 0);
	if (rc != 0)
		return env_fail(e, s->env, rc, "writing to disk");
	load_unmark(s->path, &s->loading);
	return 0;
}

int
first_load_adopt(struct store *s, struct err *e)
{
	load_adopt(s->path, &s->loading);
	if (s->loading < 0)
		return 0;
	/* Its filter was not synced either. */
	if (filter_open(s->path, s->id.uuid, 0, &s->filter, e) != 0)
		return -1;
	return first_load_end(s, e);
}
