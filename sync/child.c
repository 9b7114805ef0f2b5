/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sync/confine.h"
#include "sync/pace.h"
#include "sync/pull.h"
#include "sync/spawn.h"
#include "sync/syscalls.h"
#include "sync/ticks.h"
#include "sync/wipe.h"

#define PATIENCE 30000 /* ms that a fetcher may leave a frame unread */
#define LEAVE 2000     /* ms that one which closed its end gets to leave */
#define ENV_MAX 6

/* What may pass: where TLS finds its roots.  Proxies come with the job only. */
static void
child_env(char *env[ENV_MAX + 1])
{
	static const char *const names[] = {"SSL_CERT_FILE=", "SSL_CERT_DIR=",
#ifdef TAXIWAY_TEST_HOOKS
	    "TAXIWAY_TEST_KILL=", "TAXIWAY_TEST_DNS=", "TAXIWAY_TEST_CLOCK=",
	    "TAXIWAY_TEST_ESCAPE=",
#endif
	};
	size_t i, n = 0;
	char **p;

	for (p = environ; p != NULL && *p != NULL; p++)
		for (i = 0; i < ARRAY_LEN(names); i++)
			if (n < ENV_MAX &&
			    strncmp(*p, names[i], strlen(names[i])) == 0)
				env[n++] = *p;
	env[n] = NULL;
}

/* ---- in the keeper ------------------------------------------------------- */

static int
start(struct child *c, const char *program, struct err *e)
{
	char *env[ENV_MAX + 1];
	char name[] = "taxiway", verb[] = PULL_FETCHER_VERB;
	char *argv[] = {name, verb, NULL};
	/* The keeper decides when the fetcher ends. */
	struct spawn s = {.program = program, .argv = argv, .env = env,
	    .file = c->exec.out[0], .talks = CONFINE_TALKS, .deaf = true,
	    .death = SIGKILL};
	int fd;

	child_env(env);
	if (spawn(&s, &c->pid, &fd, e) != 0)
		return err_context(e, "fetcher");
	if (msg_link_init(&c->link, fd, MSG_FETCHER, KIB(64), PATIENCE,
	    e) != 0) {
		child_end(c, 0);
		return -1;
	}
	return 0;
}

int
child_start(struct child *c, const char *program, const struct job *poll,
    struct err *e)
{
	*c = (struct child){.program = program, .link = {.fd = -1}};
	exec_init(&c->exec);
	if (poll != NULL && poll->exec.argv != NULL &&
	    exec_pipe(&c->exec, e) != 0)
		return -1;
	if (start(c, program, e) != 0) {
		exec_kill(&c->exec);
		return -1;
	}
	exec_passed(&c->exec);
	return 0;
}

int
child_send_job(struct child *c, enum msg_mode mode, const struct job *job,
    struct err *e)
{
	uint32_t version = MSG_VERSION;
	struct buf body;
	char head[5];
	int rc = -1;

	c->job = job;
	if (mode == MSG_MODE_POLL && job->exec.argv != NULL &&
	    exec_start(&c->exec, job, e) != 0)
		return -1;
	buf_init(&body, LIMIT_JOB);
	memcpy(head, &version, sizeof(version));
	head[4] = (char)mode;
	if (job_encode(job, &body, e) == 0 &&
	    msg_send(&c->link, MSG_JOB, (struct slice){head, sizeof(head)},
	    buf_view(&body), e) == 0)
		rc = msg_flush(&c->link, e);
	wipe(body.p, body.n);
	buf_free(&body);
	return rc;
}

/* What is malformed is found by pace_answer(). */
static void
note_closed(struct child *c, struct slice body)
{
	int64_t closed;

	if (msg_take(&body, &closed, sizeof(closed)) && closed != 0)
		c->closed = closed;
}

int
child_next(struct child *c, struct msg *m, struct err *e)
{
	int64_t wait;
	int r;

	exec_drain(&c->exec);
	while ((r = msg_next(&c->link, m, e)) == 1 && m->type == MSG_PACE &&
	    c->job != NULL) {
		note_closed(c, m->body);
		if (pace_answer(&c->link, c->job, m->body, &wait, e) != 0)
			return -1;
		c->paced = wait > 0 ? ticks_now() + wait : 0;
	}
	return r;
}

/* Has it ended within ms? */
static bool
child_ended(struct child *c, int ms)
{
	struct pollfd p = {.events = POLLIN};
	int r;

#ifdef SYS_pidfd_open
	p.fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
#else
	p.fd = -1;
#endif
	if (p.fd < 0)
		return waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	do
		r = poll(&p, 1, ms);
	while (r < 0 && errno == EINTR);
	close(p.fd);
	return r > 0 && waitpid(c->pid, &c->status, WNOHANG) == c->pid;
}

int
child_judge(struct child *c, struct err *e)
{
	return exec_end(&c->exec, e);
}

void
child_end(struct child *c, int ms)
{
	exec_kill(&c->exec);
	if (ms == 0)
		msg_link_free(&c->link);
	if (c->pid > 0 && (ms == 0 || !child_ended(c, ms))) {
		c->killed = true;
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			;
	}
	c->pid = 0;
	msg_link_free(&c->link);
}

int
child_failure(struct child *c, struct err *e)
{
	const char *call;

	if (e->code != ERR_NONE &&
	    (e->code != ERR_IO || (e->sys != EPIPE && e->sys != ECONNRESET)))
		return -1;
	err_clear(e);
	child_end(c, LEAVE);
	if (c->killed)
		return err_set(e, ERR_INTERNAL, "fetcher closed its end and "
		    "did not stop");
	if (WIFSIGNALED(c->status) && WTERMSIG(c->status) == SIGXCPU)
		return err_set(e, ERR_LIMIT, "fetcher used up its processor "
		    "time, as long as the total time-out, and was ended");
	if (WIFSIGNALED(c->status) && WTERMSIG(c->status) == SIGSYS)
		return err_set(e, ERR_INTERNAL, "fetcher was ended by the "
		    "sandbox: a system call that it has no use for");
	if (WIFSIGNALED(c->status))
		return err_set(e, ERR_INTERNAL, "fetcher ended by signal %d "
		    "(%s)", WTERMSIG(c->status),
		    strsignal(WTERMSIG(c->status)));
	if (WEXITSTATUS(c->status) == SPAWN_NOT_STARTED)
		return err_set(e, ERR_INTERNAL, "cannot start '%s' as the "
		    "fetcher", c->program);
	call = syscalls_ended(WEXITSTATUS(c->status));
	if (call != NULL)
		return err_set(e, ERR_INTERNAL, "fetcher was ended by the "
		    "sandbox: system call %s", call);
	return err_set(e, ERR_INTERNAL, "fetcher ended with status %d before "
	    "the end of its work", WEXITSTATUS(c->status));
}
