/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/confine.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/limits.h"

static const struct {
	int resource;
	rlim_t most;
	const char *name;
} limits[] = {
	{RLIMIT_DATA, LIMIT_FETCHER_DATA, "memory"},
	{RLIMIT_NOFILE, LIMIT_FETCHER_FILES, "descriptors"},
	{RLIMIT_FSIZE, LIMIT_SPOOL, "file size"},
	{RLIMIT_CORE, 0, "core size"},
};

static int
confine_limits(struct err *e)
{
	struct rlimit now, want;
	size_t i;

	for (i = 0; i < ARRAY_LEN(limits); i++) {
		/* Never more than the operator gave. */
		want.rlim_cur = want.rlim_max = limits[i].most;
		if (getrlimit((unsigned)limits[i].resource, &now) == 0 &&
		    now.rlim_max < want.rlim_max)
			want.rlim_cur = want.rlim_max = now.rlim_max;
		if (setrlimit((unsigned)limits[i].resource, &want) != 0)
			return err_sys(e, ERR_IO, errno, "cannot limit the "
			    "fetcher's %s", limits[i].name);
	}
	/* Secrets of this process are nobody's to read. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_sys(e, ERR_IO, errno, "cannot hide the fetcher's "
		    "memory");
	return 0;
}

int
confine_fetcher(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_sys(e, ERR_IO, errno, "cannot give up privileges");
	if (!CONFINE_INSTRUMENTED && confine_limits(e) != 0)
		return -1;
	/* Landlock and seccomp come here, in this order. */
	return 0;
}
