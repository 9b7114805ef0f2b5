/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sync/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "sync/confine.h"
#include "sync/pace.h"
#include "sync/pull.h"
#include "sync/wipe.h"

#define PATIENCE 30000 /* ms that a fetcher may leave a frame unread */
#define LEAVE 2000     /* ms that one which closed its end gets to leave */
#define ENV_MAX 4
#define NOT_STARTED 127

/* What may pass: where TLS finds its roots.  Proxies come with the job only. */
static void
child_env(char *env[ENV_MAX + 1])
{
	static const char *const names[] = {"SSL_CERT_FILE=", "SSL_CERT_DIR=",
#ifdef TAXIWAY_TEST_HOOKS
	    "TAXIWAY_TEST_KILL=", "TAXIWAY_TEST_DNS=",
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

/* ---- in the new process: nothing that allocates or locks ----------------- */

static void
close_above(int fd)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range((unsigned)fd + 1, ~0u, 0) == 0)
		return;
#endif
	for (long i = fd + 1, n = sysconf(_SC_OPEN_MAX); i < n && i < 65536; i++)
		close((int)i);
}

static void
child_signals(void)
{
	struct sigaction sa = {.sa_handler = SIG_IGN};
	sigset_t none;

	/* A terminal's or a supervisor's signal goes to the whole group; the
	 * keeper decides when the fetcher ends. */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

CC_NORETURN static void
child_exec(int fd, pid_t parent, const char *program, char *const env[])
{
	char name[] = "taxiway", verb[] = PULL_FETCHER_VERB;
	char *argv[] = {name, verb, NULL};
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(NOT_STARTED);
	child_signals();
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		_exit(NOT_STARTED);
	/* Out of the way of 0 … 3 first. */
	fd = fcntl(fd, F_DUPFD, PULL_FETCHER_FD + 1);
	if (fd < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    (!CONFINE_TALKS && dup2(null, 2) < 0) ||
	    dup2(fd, PULL_FETCHER_FD) < 0)
		_exit(NOT_STARTED);
	close_above(PULL_FETCHER_FD);
	execve(program, argv, env);
	_exit(NOT_STARTED);
}

/* ---- in the keeper ------------------------------------------------------- */

int
child_start(struct child *c, const char *program, struct err *e)
{
	char *env[ENV_MAX + 1];
	pid_t parent = getpid();
	int fds[2];

	*c = (struct child){.program = program, .link = {.fd = -1}};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return err_sys(e, ERR_IO, errno, "socket to the fetcher");
	child_env(env);
	c->pid = fork();
	if (c->pid == 0)
		child_exec(fds[1], parent, program, env);
	close(fds[1]);
	if (c->pid < 0) {
		c->pid = 0;
		close(fds[0]);
		return err_sys(e, ERR_MEMORY, errno, "cannot start a fetcher");
	}
	if (msg_link_init(&c->link, fds[0], MSG_FETCHER, KIB(64), PATIENCE,
	    e) != 0) {
		child_end(c, 0);
		return -1;
	}
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

int
child_next(struct child *c, struct msg *m, struct err *e)
{
	int r;

	while ((r = msg_next(&c->link, m, e)) == 1 && m->type == MSG_PACE &&
	    c->job != NULL)
		if (pace_answer(&c->link, c->job, m->body, e) != 0)
			return -1;
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

void
child_end(struct child *c, int ms)
{
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
	if (e->code != ERR_NONE &&
	    (e->code != ERR_IO || (e->sys != EPIPE && e->sys != ECONNRESET)))
		return -1;
	err_clear(e);
	child_end(c, LEAVE);
	if (c->killed)
		return err_set(e, ERR_INTERNAL, "fetcher closed its end and "
		    "did not stop");
	if (WIFSIGNALED(c->status))
		return err_set(e, ERR_INTERNAL, "fetcher ended by signal %d "
		    "(%s)", WTERMSIG(c->status),
		    strsignal(WTERMSIG(c->status)));
	if (WEXITSTATUS(c->status) == NOT_STARTED)
		return err_set(e, ERR_INTERNAL, "cannot start '%s' as the "
		    "fetcher", c->program);
	return err_set(e, ERR_INTERNAL, "fetcher ended with status %d before "
	    "the end of its work", WEXITSTATUS(c->status));
}
