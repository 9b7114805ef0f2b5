/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "sync/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- in the new process: nothing that allocates or locks ----------------- */

void
spawn_close_above(int fd)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range((unsigned)fd + 1, ~0u, 0) == 0)
		return;
#endif
	for (long i = fd + 1, n = sysconf(_SC_OPEN_MAX); i < n && i < 65536; i++)
		close((int)i);
}

static void
set_signals(const struct spawn *s)
{
	struct sigaction sa = {.sa_handler = s->deaf ? SIG_IGN : SIG_DFL};
	sigset_t none;

	/* A terminal's or a supervisor's signal goes to the whole group; who
	 * started us decides when we end. */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The descriptors at their places: first out of the way of 0 … 4. */
static int
place_files(const struct spawn *s, int fd)
{
	int null = open("/dev/null", O_RDWR), file = -1;

	fd = fcntl(fd, F_DUPFD, SPAWN_FILE_FD + 1);
	if (s->file >= 0)
		file = fcntl(s->file, F_DUPFD, SPAWN_FILE_FD + 1);
	if (null < 0 || fd < 0 || (s->file >= 0 && file < 0) ||
	    dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    (!s->talks && dup2(null, 2) < 0) || dup2(fd, SPAWN_FD) < 0 ||
	    (file >= 0 && dup2(file, SPAWN_FILE_FD) < 0))
		return -1;
	spawn_close_above(file >= 0 ? SPAWN_FILE_FD : SPAWN_FD);
	return 0;
}

CC_NORETURN static void
start(const struct spawn *s, int fd, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, s->death);
	if (getppid() != parent)
		_exit(SPAWN_NOT_STARTED);
	set_signals(s);
	if (place_files(s, fd) != 0)
		_exit(SPAWN_NOT_STARTED);
	execve(s->program, s->argv, s->env);
	_exit(SPAWN_NOT_STARTED);
}

/* ---- in this one --------------------------------------------------------- */

int
spawn(const struct spawn *s, pid_t *pid, int *fd, struct err *e)
{
	pid_t parent = getpid();
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return err_sys(e, ERR_IO, errno, "socket to another process");
	*pid = fork();
	if (*pid == 0)
		start(s, fds[1], parent);
	close(fds[1]);
	if (*pid < 0) {
		*pid = 0;
		err_sys(e, ERR_MEMORY, errno, "cannot start another process");
		close(fds[0]);
		return -1;
	}
	*fd = fds[0];
	return 0;
}
