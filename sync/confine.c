/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/confine.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "sync/landlock.h"
#include "sync/syscalls.h"
#include "sync/unpack.h"

/* ---- modes ----------------------------------------------------------------- */

static const char *const words[] = {
	[SANDBOX_AUTO] = "auto",
	[SANDBOX_REQUIRED] = "required",
	[SANDBOX_OFF] = "off",
};

const char *
sandbox_mode_name(enum sandbox_mode mode)
{
	return words[mode];
}

int
sandbox_mode_code(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

struct sandbox
sandbox_find(enum sandbox_mode mode)
{
	struct sandbox s = {.mode = mode};

	if (mode != SANDBOX_OFF) {
		s.landlock = landlock_abi();
		s.seccomp = !CONFINE_INSTRUMENTED && syscalls_can();
	}
	return s;
}

const char *
sandbox_missing(const struct sandbox *s)
{
	if (s->mode == SANDBOX_OFF)
		return NULL;
	if (s->landlock == 0)
		return s->seccomp || CONFINE_INSTRUMENTED ?
		    "this kernel has no Landlock, or it is switched off: files "
		    "and ports are not denied" :
		    "this kernel has neither Landlock nor seccomp, or they are "
		    "switched off: fetchers are not confined";
	if (s->landlock < LANDLOCK_ABI_PORTS)
		return "the Landlock of this kernel knows no ports (Linux "
		    "6.7): connections are not denied";
	if (!s->seccomp && !CONFINE_INSTRUMENTED)
		return "this kernel has no seccomp, or it is switched off: "
		    "system calls are not denied";
	return NULL;
}

int
sandbox_check(const struct sandbox *s, struct err *e)
{
	const char *missing = sandbox_missing(s);

	if (s->mode != SANDBOX_REQUIRED || missing == NULL)
		return 0;
	return err_set(e, ERR_CONFIG, "sandbox: is required, but %s", missing);
}

/* ---- limits ---------------------------------------------------------------- */

static const struct {
	int resource;
	rlim_t most;
	const char *name;
} limits[] = {
	{RLIMIT_DATA, LIMIT_FETCHER_DATA, "memory"},
	{RLIMIT_AS, LIMIT_FETCHER_SPACE, "address space"},
	{RLIMIT_NOFILE, LIMIT_FETCHER_FILES, "descriptors"},
	{RLIMIT_FSIZE, LIMIT_SPOOL, "file size"},
	{RLIMIT_CORE, 0, "core size"},
};

static rlim_t
least(rlim_t a, rlim_t b)
{
	return a < b ? a : b; /* RLIM_INFINITY is the highest */
}

/* Never more than the operator gave. */
static int
limit(int resource, rlim_t soft, rlim_t hard, const char *name, struct err *e)
{
	struct rlimit now, want = {soft, hard};

	if (getrlimit((unsigned)resource, &now) == 0) {
		want.rlim_max = least(hard, now.rlim_max);
		want.rlim_cur = least(soft, now.rlim_cur);
	}
	if (setrlimit((unsigned)resource, &want) == 0)
		return 0;
	return err_sys(e, ERR_IO, errno, "cannot limit the fetcher's %s", name);
}

static int
confine_limits(struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		if (limit(limits[i].resource, limits[i].most, limits[i].most,
		    limits[i].name, e) != 0)
			return -1;
	return 0;
}

int
confine_hide(struct err *e)
{
	if (CONFINE_INSTRUMENTED || prctl(PR_SET_DUMPABLE, 0) == 0)
		return 0;
	return err_sys(e, ERR_IO, errno, "cannot hide this process's memory");
}

/* ---- a keeper --------------------------------------------------------------- */

int
confine_keeper(const struct sandbox *s, struct err *e)
{
	if (s->mode == SANDBOX_OFF)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_sys(e, ERR_IO, errno, "cannot give up privileges");
	return s->seccomp ? syscalls_keeper(e) : 0;
}

int
confine_store(const struct sandbox *s, const char *store, const char *also,
    struct err *e)
{
	struct ruleset r;
	int rc = 0;

	ruleset_init(&r);
	r.closed = r.kills = true;
	ruleset_system(&r);
	/* what is mounted where; of others it shows nothing */
	ruleset_path(&r, "/proc", RULESET_READ);
	ruleset_store(&r, store);
	if (also != NULL)
		ruleset_folder(&r, also);
	if (s->landlock > 0)
		rc = landlock_restrict(&r, e);
	if (rc == 0 && s->seccomp)
		rc = syscalls_store(e);
	ruleset_free(&r);
	return rc;
}

/* ---- programs --------------------------------------------------------------- */

int
confine_program(const struct sandbox *s, const struct fence *fence,
    const char *store, int *rules, struct err *e)
{
	struct ruleset r;
	int fd;

	*rules = 0;
	if (s->landlock == 0)
		return 0;
	ruleset_init(&r);
	fence_rules(fence, store, &r);
	fd = landlock_open(&r, e);
	ruleset_free(&r);
	if (fd > 0)
		*rules = fd;
	return fd > 0 ? 0 : -1;
}

/* ---- a fetcher ------------------------------------------------------------- */

int
confine_begin(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_sys(e, ERR_IO, errno, "cannot give up privileges");
	return CONFINE_INSTRUMENTED ? 0 : confine_limits(e);
}

/* It cannot compute for longer than it may take. */
static int
limit_time(const struct job *job, struct err *e)
{
	rlim_t most = job->total_timeout != 0 ? job->total_timeout :
	    LIMIT_POLL_TIME;

	return CONFINE_INSTRUMENTED ? 0 :
	    limit(RLIMIT_CPU, most, most + 1, "processor time", e);
}

static int
enter(const struct sandbox *s, const struct ruleset *r, struct err *e)
{
	if (s->landlock > 0 && landlock_restrict(r, e) != 0)
		return -1;
	return s->seccomp ? syscalls_fetcher(r, e) : 0;
}

int
confine_fetcher(struct job *job, const struct ruleset_trust *trust,
    struct err *e)
{
	struct sandbox s = sandbox_find((enum sandbox_mode)job->sandbox);
	struct ruleset r;
	int rc;

	if (limit_time(job, e) != 0 || sandbox_check(&s, e) != 0)
		return -1;
	if (s.landlock == 0 && !s.seccomp)
		return 0;
	job->spool = unpack_spool(0, e);
	if (job->spool < 0)
		return -1;
	ruleset_init(&r);
	ruleset_fetcher(&r, job, trust);
	if (CONFINE_INSTRUMENTED) /* reports name what they are about */
		ruleset_path(&r, "/proc", RULESET_READ);
	rc = enter(&s, &r, e);
	ruleset_free(&r);
	return rc;
}
