/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "sync/landlock.h"
#include "sync/spawn.h"
#include "sync/wipe.h"

/* ---- in the new process: nothing that allocates or locks ------------------- */

/* Written to the standard error, which the keeper reads. */
CC_NORETURN static void
give_up(const char *what)
{
	const char *why = errno == ENOENT ? "no such file" :
	    errno == EACCES ? "no permission" :
	    errno == ENOEXEC ? "not a program (has a script its '#!' line?)" :
	    errno == ENOTDIR ? "not a folder" : "the system refuses";

	if (write(2, what, strlen(what)) < 0 || write(2, ": ", 2) < 0 ||
	    write(2, why, strlen(why)) < 0) {
		/* Then the status says it. */
	}
	_exit(SPAWN_NOT_STARTED);
}

static void
limit(int resource, rlim_t most)
{
	struct rlimit r = {most, most}, now;

	if (getrlimit((unsigned)resource, &now) == 0 && now.rlim_max < most)
		r.rlim_cur = r.rlim_max = now.rlim_max;
	if (setrlimit((unsigned)resource, &r) != 0)
		give_up("a limit cannot be set");
}

static void
reset_signals(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &sa, NULL); /* not all of them can be */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The descriptors at their places: first out of the way of 0 … 2. */
static void
place(const struct program *p)
{
	int in = p->in >= 0 ? fcntl(p->in, F_DUPFD, 3) :
	    open("/dev/null", O_RDONLY);
	int out = fcntl(p->out, F_DUPFD, 3), said = fcntl(p->said, F_DUPFD, 3);

	if (in < 0 || out < 0 || said < 0 || dup2(in, 0) < 0 ||
	    dup2(out, 1) < 0 || dup2(said, 2) < 0)
		_exit(SPAWN_NOT_STARTED);
	spawn_close_above(2);
}

static void
change_user(const struct program *p)
{
	if (p->other && (setgroups(0, NULL) != 0 ||
	    setresgid(p->gid, p->gid, p->gid) != 0 ||
	    setresuid(p->uid, p->uid, p->uid) != 0))
		give_up("cannot run as another user");
}

CC_NORETURN static void
run(const struct program *p, pid_t parent)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (p->rules > 0 && landlock_enter(p->rules) != 0)
		give_up("the sandbox");
	place(p);
	reset_signals();
	setsid();
	umask(077);
	limit(RLIMIT_CORE, 0);
	if (p->memory > 0)
		limit(RLIMIT_DATA, p->memory);
	if (p->time > 0)
		limit(RLIMIT_CPU, p->time);
	limit(RLIMIT_FSIZE, p->file);
	limit(RLIMIT_NOFILE, p->files);
	errno = 0;
	if (p->nice != 0 && nice(p->nice) == -1 && errno != 0)
		give_up("its priority cannot be set");
	change_user(p);
	/* Another user's process has lost this by now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(SPAWN_NOT_STARTED);
	if (chdir(p->dir) != 0)
		give_up(p->dir);
	execve(p->argv[0], p->argv, p->env);
	give_up(p->argv[0]);
}

/* ---- in this one ----------------------------------------------------------- */

int
program_start(const struct program *p, pid_t *pid, struct err *e)
{
	pid_t parent = getpid();

	/* What is in our memory and environment is not its to read. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_sys(e, ERR_IO, errno, "cannot hide our memory");
	*pid = fork();
	if (*pid == 0)
		run(p, parent);
	if (*pid > 0)
		return 0;
	*pid = 0;
	return err_sys(e, ERR_MEMORY, errno, "cannot start a process");
}

bool
program_ended(pid_t pid, siginfo_t *info)
{
	int rc;

	*info = (siginfo_t){.si_pid = 0};
	/* It stays a zombie, so that its group is still its own. */
	rc = waitid(P_PID, (id_t)pid, info, WEXITED | WNOHANG | WNOWAIT);
	return (rc != 0 && errno != EINTR) || info->si_pid != 0;
}

void
program_kill(pid_t pid)
{
	/* The group may not be there yet, the process is. */
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool
program_listen(struct program_said *s, int fd)
{
	char room[4096];
	ssize_t n;
	size_t keep;

	for (int i = 0; i < 64; i++) {
		n = read(fd, room, sizeof(room));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && (errno == EAGAIN ||
			    errno == EWOULDBLOCK);
		if ((size_t)n >= PROGRAM_SAID) {
			memcpy(s->text, room + n - PROGRAM_SAID, PROGRAM_SAID);
			s->n = PROGRAM_SAID;
			continue;
		}
		keep = s->n + (size_t)n > PROGRAM_SAID ?
		    PROGRAM_SAID - (size_t)n : s->n;
		memmove(s->text, s->text + s->n - keep, keep);
		memcpy(s->text + keep, room, (size_t)n);
		s->n = keep + (size_t)n;
	}
	return true;
}

/* Its last line with anything in it, fit for a message. */
static void
last_words(const struct program_said *s, char out[256])
{
	size_t end = s->n, begin, i, n = 0;

	while (end > 0 && (uint8_t)s->text[end - 1] <= ' ')
		end--;
	for (begin = end; begin > 0 && s->text[begin - 1] != '\n' &&
	    end - begin < 240; begin--)
		;
	if (end > begin)
		n = (size_t)snprintf(out, 256, ": it says '");
	else
		out[0] = '\0';
	for (i = begin; i < end; i++)
		out[n++] = (uint8_t)s->text[i] < ' ' || s->text[i] == 0x7f ?
		    '?' : s->text[i];
	if (end > begin) {
		/* Bytes that are no text stay out of messages. */
		if (!utf8_valid((struct slice){out, n}))
			for (i = 0; i < n; i++)
				if ((uint8_t)out[i] >= 0x80)
					out[i] = '?';
		out[n++] = '\'';
		out[n] = '\0';
	}
}

int
program_judge(const char *name, const siginfo_t *info,
    const struct program_said *s, struct err *e)
{
	char said[256];

	last_words(s, said);
	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return 0;
	if (info->si_code == CLD_EXITED &&
	    info->si_status == SPAWN_NOT_STARTED)
		return err_set(e, ERR_CONFIG, "'%s' cannot be started%s",
		    name, said);
	if (info->si_code == CLD_EXITED)
		return err_set(e, ERR_IO, "'%s' ended with status %d%s",
		    name, info->si_status, said);
	return err_set(e, ERR_IO, "'%s' was ended by signal %d (%s)%s",
	    name, info->si_status, strsignal(info->si_status), said);
}

/* ---- its environment ------------------------------------------------------- */

void
program_env_init(struct program_env *env, size_t most)
{
	*env = (struct program_env){.v = calloc(most + 1, sizeof(*env->v)),
	    .most = most};
	env->failed = env->v == NULL;
}

void
program_env_add(struct program_env *env, const char *name, const char *value)
{
	size_t i, n = strlen(name);

	for (i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, n) == 0 && env->v[i][n] == '=')
			return;
	if (env->failed || env->n == env->most ||
	    asprintf(&env->v[env->n], "%s=%s", name, value) < 0)
		env->failed = true;
	else
		env->n++;
}

void
program_env_always(struct program_env *env)
{
	program_env_add(env, "PATH", "/usr/local/bin:/usr/bin:/bin");
	program_env_add(env, "LANG", "C.UTF-8");
	program_env_add(env, "TZ", "UTC");
}

void
program_env_free(struct program_env *env)
{
	size_t i;

	for (i = 0; i < env->n; i++) {
		wipe_str(env->v[i]);
		free(env->v[i]);
	}
	free(env->v);
}
