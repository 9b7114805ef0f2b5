/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings_hooks.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "cmd/settings.h"

#define NOBODY 65534 /* where no user of that name is known */

/* Programs are named by their whole path: there is no folder to look in. */
static int
check_programs(const struct hook_settings *s, struct err *e)
{
	unsigned i;

	for (i = 0; i < HOOKS; i++) {
		const struct opt_list *l = &s->on[i];
		const char *name = hook_name((enum hook)i);

		if (l->n > 0 && l->v[0][0] != '/')
			return err_set(e, ERR_CONFIG, "%s: '%.200s' is not the "
			    "whole path of a program, such as "
			    "/usr/local/bin/notify", name, l->v[0]);
		if (l->n > LIMIT_HOOK_WORDS)
			return err_set(e, ERR_CONFIG, "%s: more than %u "
			    "arguments", name, LIMIT_HOOK_WORDS - 1);
	}
	for (i = 0; i < s->paths.n; i++)
		if (s->paths.v[i][0] != '/')
			return err_set(e, ERR_CONFIG, "on-paths: '%.200s' is "
			    "not a whole path", s->paths.v[i]);
	if (s->on[HOOK_CHANGE].n == 0 && s->change_every != NULL)
		return err_set(e, ERR_CONFIG, "on-change-every: goes with "
		    "on-change, which names the program");
	return 0;
}

static int
read_user(const char *name, struct hook_numbers *out, struct err *e)
{
	const struct passwd *pw;

	if (name == NULL)
		return 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return err_set(e, ERR_CONFIG, "run-as: there is no user "
		    "'%.64s'", name);
	if (pw->pw_uid == 0)
		return err_set(e, ERR_CONFIG, "run-as: programs do not run as "
		    "root; name another user");
	out->named = true;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return 0;
}

int
hook_settings_read(const struct hook_settings *s, struct hook_numbers *out,
    struct err *e)
{
	*out = (struct hook_numbers){.change_every = 10 * TSTAMP_SECOND,
	    .timeout = 60 * TSTAMP_SECOND};
	if (check_programs(s, e) != 0 || read_user(s->run_as, out, e) != 0)
		return -1;
	if (settings_time("on-change-every", s->change_every, TSTAMP_SECOND,
	    false, &out->change_every, e) != 0)
		return -1;
	return settings_time("on-timeout", s->timeout, TSTAMP_SECOND, false,
	    &out->timeout, e);
}

static int
fill_argv(const struct opt_list *on, enum hook h, char ***argv, struct err *e)
{
	if (on->n == 0)
		return 0;
	if (access(on->v[0], X_OK) != 0)
		return err_sys(e, ERR_CONFIG, errno, "%s: '%s' cannot be run",
		    hook_name(h), on->v[0]);
	*argv = calloc(on->n + 1, sizeof(char *));
	if (*argv == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	memcpy(*argv, on->v, on->n * sizeof(char *));
	return 0;
}

int
hook_terms_make(const struct hook_settings *s, const struct hook_numbers *n,
    uid_t self, char **argv[HOOKS], struct hook_terms *out, struct err *e)
{
	const struct passwd *nobody;
	unsigned i;

	*out = (struct hook_terms){.change_every = n->change_every,
	    .timeout = n->timeout, .uid = n->uid, .gid = n->gid};
	for (i = 0; i < HOOKS; i++) {
		if (fill_argv(&s->on[i], (enum hook)i, &argv[i], e) != 0)
			return -1;
		out->argv[i] = argv[i];
	}
	out->other = self == 0;
	if (!out->other && n->named && n->uid != self)
		return err_set(e, ERR_CONFIG, "run-as: only root runs programs "
		    "as another user; without it they run as the user of the "
		    "daemon");
	if (out->other && !n->named) {
		nobody = getpwnam("nobody");
		out->uid = nobody != NULL ? nobody->pw_uid : NOBODY;
		out->gid = nobody != NULL ? nobody->pw_gid : NOBODY;
	}
	return 0;
}
