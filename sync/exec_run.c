/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/exec_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/confine.h"
#include "sync/source_exec.h"
#include "sync/ticks.h"
#include "sync/wipe.h"

#define LEAVE (2 * TSTAMP_SECOND) /* between its last byte and its end */
#define STEP 20                   /* ms between looks */
#define FIXED (PROGRAM_ENV_ALWAYS + 2) /* variables that are always there */

void
exec_init(struct exec_run *x)
{
	*x = (struct exec_run){.out = {-1, -1}, .said_fd = -1};
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int
exec_pipe(struct exec_run *x, struct err *e)
{
	if (pipe2(x->out, O_CLOEXEC) == 0)
		return 0;
	return err_sys(e, ERR_IO, errno, "pipe to the program");
}

void
exec_passed(struct exec_run *x)
{
	close_end(&x->out[0]);
}

/* ---- its environment ------------------------------------------------------- */

/* What the operator names goes in front of what is always there. */
static void
make_env(struct program_env *env, const struct job *job)
{
	char *equals;
	size_t i;

	program_env_init(env, job->exec.nenv + FIXED);
	for (i = 0; !env->failed && i < job->exec.nenv; i++) {
		char *name = strdup(job->exec.env[i]);

		equals = name != NULL ? strchr(name, '=') : NULL;
		env->failed = equals == NULL;
		if (equals != NULL) {
			*equals = '\0';
			program_env_add(env, name, equals + 1);
			*equals = '=';
			wipe_str(name);
		}
		free(name);
	}
	program_env_always(env);
	program_env_add(env, "TAXIWAY_SOURCE", job->name);
	program_env_add(env, "TAXIWAY_CURSOR", exec_cursor_text(job->cursor));
}

/* ---- in the keeper --------------------------------------------------------- */

static int
start(struct exec_run *x, char **env, int rules, struct err *e)
{
	const struct job *job = x->job;
	struct program p = {.argv = job->exec.argv, .env = env,
	    .dir = job->exec.dir != NULL ? job->exec.dir : "/", .in = -1,
	    .out = x->out[1], .rules = rules,
	    .memory = (rlim_t)(job->exec.memory != 0 ? job->exec.memory :
	    LIMIT_EXEC_MEMORY) * MIB(1), .time = job->total_timeout != 0 ?
	    job->total_timeout : LIMIT_POLL_TIME,
	    .file = LIMIT_EXEC_FILE, .files = LIMIT_EXEC_FILES};
	int said[2], rc;

	if (pipe2(said, O_CLOEXEC) != 0)
		return err_sys(e, ERR_IO, errno, "pipe to the program");
	p.said = said[1];
	rc = fcntl(said[0], F_SETFL, O_NONBLOCK) != 0 ?
	    err_sys(e, ERR_IO, errno, "pipe to the program") :
	    program_start(&p, &x->pid, e);
	close(said[1]);
	if (rc != 0) {
		close(said[0]);
		return -1;
	}
	x->said_fd = said[0];
	close_end(&x->out[1]);
	return 0;
}

static int
start_fenced(struct exec_run *x, char **env, struct err *e)
{
	struct sandbox s = sandbox_find((enum sandbox_mode)x->job->sandbox);
	int rules = 0, rc;

	if (x->job->exec.store != NULL && confine_program(&s,
	    &x->job->exec.fence, x->job->exec.store, &rules, e) != 0)
		return -1;
	rc = start(x, env, rules, e);
	if (rules > 0)
		close(rules);
	return rc;
}

int
exec_start(struct exec_run *x, const struct job *job, struct err *e)
{
	struct program_env env;
	int rc;

	x->job = job;
	make_env(&env, job);
	rc = env.failed ? err_set(e, ERR_MEMORY, "out of memory") :
	    start_fenced(x, env.v, e);
	program_env_free(&env);
	return rc;
}

void
exec_drain(struct exec_run *x)
{
	if (x->said_fd >= 0)
		(void)program_listen(&x->said, x->said_fd);
}

int
exec_end(struct exec_run *x, struct err *e)
{
	int64_t until = ticks_now() + LEAVE;
	siginfo_t info;
	bool ended;

	if (x->pid == 0)
		return 0;
	for (;;) {
		ended = program_ended(x->pid, &info);
		exec_drain(x);
		if (ended)
			break;
		if (ticks_now() > until) {
			exec_kill(x);
			return err_set(e, ERR_IO, "'%s' closed its output and "
			    "did not end", x->job->exec.argv[0]);
		}
		poll(NULL, 0, STEP);
	}
	exec_kill(x);
	return program_judge(x->job->exec.argv[0], &info, &x->said, e);
}

void
exec_kill(struct exec_run *x)
{
	if (x->pid > 0)
		program_kill(x->pid);
	x->pid = 0;
	close_end(&x->out[0]);
	close_end(&x->out[1]);
	close_end(&x->said_fd);
}
