/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of the operator's as a process of ours: one that lists claims
 * (exec_run.h), one that is told what happened (hooks.h), or one that tries rules
 * (cmd/rules_check.c).
 *
 * It gets what it is given here and nothing else: three descriptors, named
 * variables, a folder, limits, a session and a process group of its own, no way to
 * more rights, and no secret.  It dies with the process that started it.  From the
 * first one on, that process cannot be looked into by others of its user.
 */
#ifndef SYNC_PROGRAM_H
#define SYNC_PROGRAM_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"

struct program {
	char *const *argv;   /* argv[0] is its path */
	char *const *env;
	const char *dir;     /* to run in */
	int in, out, said;   /* descriptors for 0, 1 and 2; in < 0: /dev/null */
	rlim_t memory, time; /* bytes of data, s of CPU; 0: as we have */
	rlim_t file, files;  /* bytes of a file that it writes, descriptors */
	int nice;            /* added to ours */
	int rules;           /* of landlock.h, a descriptor; 0: none */
	bool other;          /* runs as this user, with no group but this: */
	uid_t uid;
	gid_t gid;
};

/* 0 with the process; -1 with e set.  What goes wrong in the new process is
 * written to `said`, and its status is SPAWN_NOT_STARTED. */
int program_start(const struct program *p, pid_t *pid, struct err *e) CC_CHECK;
/* How it ended: true when it did, and waits still to be waited for, so that its
 * group is its own. */
bool program_ended(pid_t pid, siginfo_t *info);
/* End it and all of its group at once, and wait for it. */
void program_kill(pid_t pid);

#define PROGRAM_SAID 1024 /* bytes kept of what it says: the last ones */
struct program_said {
	char text[PROGRAM_SAID];
	size_t n;
};
/* Take what it has said meanwhile from a descriptor that does not block, in
 * portions: a flood is taken too.  False when it closed its end. */
bool program_listen(struct program_said *s, int fd);
/* -1 with e set to how it ended and what it said last, unless it ended well. */
int program_judge(const char *name, const siginfo_t *info,
    const struct program_said *s, struct err *e);

/* Its variables: "NAME=VALUE", owned, with room for `most`. */
struct program_env {
	char **v;            /* ends with NULL */
	size_t n, most;
	bool failed;         /* out of memory, or of room */
};
/* With nothing in it as yet. */
void program_env_init(struct program_env *env, size_t most);
/* What is there already stays. */
void program_env_add(struct program_env *env, const char *name,
    const char *value);
/* What every program is given: where programs are, UTF-8, UTC. */
#define PROGRAM_ENV_ALWAYS 3
void program_env_always(struct program_env *env);
/* They may hold secrets: wiped. */
void program_env_free(struct program_env *env);

#endif
