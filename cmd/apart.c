/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/stop.h"

/* What it tells at its end; shorter than what a pipe takes at once. */
struct outcome {
	int status;
	struct err e;
};

CC_NORETURN static void
run(apart_fn *fn, void *ctx, int out, pid_t parent, const sigset_t *signals)
{
	struct outcome o = {EXIT_DONE, ERR_INIT};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_SOURCE);
	stop_pass();
	sigprocmask(SIG_SETMASK, signals, NULL);
	o.status = fn(ctx, &o.e);
	errno = 0;
	if (fflush(stdout) != 0 && errno != EPIPE && o.status == EXIT_DONE) {
		o.status = EXIT_USAGE;
		err_sys(&o.e, ERR_IO, errno, "standard output: cannot be "
		    "written");
	}
	while (write(out, &o, sizeof(o)) < 0 && errno == EINTR)
		;
	_exit(o.status);
}

/* Until it has closed its end. */
static bool
listen_to(int in, pid_t pid, const sigset_t *signals, struct outcome *o)
{
	struct pollfd p = {.fd = in, .events = POLLIN};
	bool passed = false;
	ssize_t n;

	do {
		if (stop_asked && !passed) {
			kill(pid, STOP_PASSED);
			passed = true;
		}
	} while (ppoll(&p, 1, NULL, signals) < 0 && errno == EINTR);
	while ((n = read(in, o, sizeof(*o))) < 0 && errno == EINTR)
		;
	return n == (ssize_t)sizeof(*o);
}

/* It was under the influence of what it read: its words are checked. */
static int
believe(const struct outcome *o, struct err *e)
{
	int code = o->e.code;

	if (o->status == EXIT_DONE)
		return EXIT_DONE;
	if (code <= ERR_NONE || code > ERR_INTERNAL)
		code = ERR_INTERNAL;
	err_set(e, code, "%.*s",
	    (int)strnlen(o->e.text, sizeof(o->e.text)), o->e.text);
	return o->status == EXIT_STORE || o->status == EXIT_USAGE ? o->status :
	    EXIT_SOURCE;
}

static int
wait_for(pid_t pid, int in, const sigset_t *signals, struct err *e)
{
	struct outcome o;
	bool told = listen_to(in, pid, signals, &o);
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (told)
		return believe(&o, e);
	if (WIFSIGNALED(status))
		err_set(e, ERR_INTERNAL, "the process of the poll was ended by "
		    "signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		err_set(e, ERR_INTERNAL, "the process of the poll ended with "
		    "status %d before the end of its work",
		    WEXITSTATUS(status));
	return EXIT_SOURCE;
}

int
apart_run(apart_fn *fn, void *ctx, struct err *e)
{
	pid_t parent = getpid(), pid;
	sigset_t stops, before;
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) != 0) {
		err_sys(e, ERR_IO, errno, "pipe to another process");
		return EXIT_SOURCE;
	}
	fflush(stdout);
	fflush(stderr);
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, STOP_PASSED);
	/* Taken only while we wait, so that none is missed. */
	sigprocmask(SIG_BLOCK, &stops, &before);
	pid = fork();
	if (pid == 0)
		run(fn, ctx, fds[1], parent, &before);
	close(fds[1]);
	if (pid < 0) {
		err_sys(e, ERR_MEMORY, errno, "cannot start a process");
		rc = EXIT_SOURCE;
	} else {
		rc = wait_for(pid, fds[0], &before, e);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[0]);
	return rc;
}
