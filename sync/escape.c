/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/hook_env.h"
#include "base/limits.h"

#define ASIDE 4096

/* Each returns -1 with errno when it was not let. */

static int
open_as(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : -1;
}

static int
try_read(const char *path)
{
	return open_as(path, O_RDONLY);
}

static int
try_list(const char *path)
{
	return open_as(path, O_RDONLY | O_DIRECTORY);
}

static int
try_write(const char *path)
{
	return open_as(path, O_RDWR);
}

static int
try_make(const char *path)
{
	return open_as(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int
try_folder(const char *path)
{
	return mkdir(path, 0700);
}

static int
try_rename(const char *path)
{
	char to[ASIDE];

	if (strlen(path) + 3 > sizeof(to))
		return -1;
	memcpy(to, path, strlen(path));
	memcpy(to + strlen(path), ".2", 3);
	return rename(path, to);
}

static int
try_exec(const char *path)
{
	char name[] = "x";
	char *argv[] = {name, NULL}, *env[] = {NULL};

	return execve(path, argv, env);
}

static int
try_fork(const char *unused)
{
	pid_t pid = fork();

	(void)unused;
	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static struct sockaddr_in
loopback(const char *port)
{
	struct sockaddr_in to;

	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	return to;
}

static int
try_tcp(const char *port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* A connection that nobody made. */
static int
try_fastopen(const char *port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to,
	    sizeof(to)) < 0)
		return -1;
	return 0;
}

/* A stream that is not TCP to Landlock. */
static int
try_mptcp(const char *port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 262);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static int
try_listen(const char *port)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		return -1;
	return listen(fd, 1);
}

static int
try_udp(const char *port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || sendto(fd, "x", 1, 0, (struct sockaddr *)&to,
	    sizeof(to)) < 0)
		return -1;
	return 0;
}

static int
try_unix(const char *path)
{
	struct sockaddr_un to;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(&to, 0, sizeof(to));
	to.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path, strlen(path));
	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static int
try_ptrace(const char *unused)
{
	(void)unused;
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0 ? 0 : -1;
}

static int
try_signal(const char *unused)
{
	(void)unused;
	return kill(getppid(), SIGURG);
}

/* Memory that is written to, so that it is there. */
static int
fill(char *p, size_t n)
{
	for (size_t i = 0; i < n; i += 4096)
		((volatile char *)p)[i] = 1;
	return 0;
}

static int
try_memory(const char *mib)
{
	size_t n = MIB(strtoul(mib, NULL, 10));
	char *p = malloc(n);

	return p != NULL ? fill(p, n) : -1;
}

/* Addresses alone, which nothing else counts. */
static int
try_space(const char *mib)
{
	void *p = mmap(NULL, MIB(strtoul(mib, NULL, 10)), PROT_READ,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p != MAP_FAILED ? 0 : -1;
}

static int
try_code(const char *unused)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	return p != MAP_FAILED ? 0 : -1;
}

static int
try_compute(const char *ms)
{
	unsigned long most = strtoul(ms, NULL, 10);
	struct timespec t;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while ((unsigned long)t.tv_sec * 1000 +
	    (unsigned long)t.tv_nsec / 1000000 < most);
	return 0;
}

static int
try_hang(const char *s)
{
	struct timespec t = {(time_t)strtoul(s, NULL, 10), 0};

	return nanosleep(&t, NULL);
}

static int
try_files(const char *number)
{
	unsigned long most = strtoul(number, NULL, 10);

	for (unsigned long i = 0; i < most; i++)
		if (dup(2) < 0)
			return -1;
	return 0;
}

static const struct {
	const char *name;
	int (*try)(const char *where);
} rows[] = {
	{"read", try_read}, {"list", try_list}, {"write", try_write},
	{"make", try_make}, {"folder", try_folder}, {"rename", try_rename},
	{"exec", try_exec}, {"fork", try_fork}, {"tcp", try_tcp},
	{"fastopen", try_fastopen}, {"mptcp", try_mptcp},
	{"listen", try_listen}, {"udp", try_udp}, {"unix", try_unix},
	{"ptrace", try_ptrace}, {"signal", try_signal},
	{"memory", try_memory}, {"space", try_space}, {"code", try_code},
	{"compute", try_compute}, {"hang", try_hang}, {"files", try_files},
};

int
escape_try(const char *variable, struct err *e)
{
	const char *what = hook_env(variable), *where;

	if (what == NULL || (where = strchr(what, ':')) == NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *name = rows[i].name;

		if (strncmp(what, name, strlen(name)) != 0 ||
		    what + strlen(name) != where)
			continue;
		if (rows[i].try(where + 1) == 0)
			return err_set(e, ERR_INTERNAL, "escape: %s: done",
			    name);
		return err_sys(e, ERR_INTERNAL, errno, "escape: %s", name);
	}
	return err_set(e, ERR_INTERNAL, "escape: no way '%s'", what);
}
