/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/exec_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/slice.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "sync/source_exec.h"
#include "sync/spawn.h"
#include "sync/ticks.h"
#include "sync/wipe.h"

#define LEAVE (2 * TSTAMP_SECOND) /* between its last byte and its end */
#define STEP 20                   /* ms between looks */
#define FIXED 5                   /* variables that are always there */

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

/* ---- in the new process: nothing that allocates or locks ------------------- */

struct start {
	const struct job_exec *exec;
	char *const *env;
	const char *dir;
	rlim_t memory, time;
	int out, said;
	pid_t parent;
};

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

	if (most == 0 && resource != RLIMIT_CORE)
		return;
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

CC_NORETURN static void
run(const struct start *s)
{
	int null = open("/dev/null", O_RDONLY);
	int out = fcntl(s->out, F_DUPFD, 3), said = fcntl(s->said, F_DUPFD, 3);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->parent || null < 0 || out < 0 || said < 0 ||
	    dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(said, 2) < 0)
		_exit(SPAWN_NOT_STARTED);
	spawn_close_above(2);
	reset_signals();
	setsid();
	umask(077);
	if (chdir(s->dir) != 0)
		give_up(s->dir);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_DATA, s->memory);
	limit(RLIMIT_CPU, s->time);
	limit(RLIMIT_FSIZE, LIMIT_EXEC_FILE);
	limit(RLIMIT_NOFILE, LIMIT_EXEC_FILES);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	execve(s->exec->argv[0], s->exec->argv, s->env);
	give_up(s->exec->argv[0]);
}

/* ---- its environment ------------------------------------------------------- */

struct variables {
	char **v;        /* "NAME=VALUE", owned, NULL at the end */
	size_t n;
	bool failed;
};

/* What the operator names goes in front of what is always there. */
static void
add(struct variables *env, const char *name, const char *value)
{
	size_t i, n = strlen(name);

	for (i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, n) == 0 && env->v[i][n] == '=')
			return;
	if (env->failed || asprintf(&env->v[env->n], "%s=%s", name, value) < 0)
		env->failed = true;
	else
		env->n++;
}

/* To be freed by free_env(); v == NULL: out of memory. */
static struct variables
make_env(const struct job *job)
{
	struct variables env = {calloc(job->exec.nenv + FIXED + 1,
	    sizeof(*env.v)), 0, false};
	size_t i;

	env.failed = env.v == NULL;
	for (i = 0; !env.failed && i < job->exec.nenv; i++) {
		env.v[i] = strdup(job->exec.env[i]);
		env.failed = env.v[i] == NULL;
		env.n += !env.failed;
	}
	add(&env, "PATH", "/usr/local/bin:/usr/bin:/bin");
	add(&env, "LANG", "C.UTF-8");
	add(&env, "TZ", "UTC");
	add(&env, "TAXIWAY_SOURCE", job->name);
	add(&env, "TAXIWAY_CURSOR", exec_cursor_text(job->cursor));
	return env;
}

static void
free_env(struct variables *env)
{
	size_t i;

	for (i = 0; i < env->n; i++) {
		wipe_str(env->v[i]);
		free(env->v[i]);
	}
	free(env->v);
}

/* ---- in the keeper --------------------------------------------------------- */

static int
start(struct exec_run *x, char **env, struct err *e)
{
	const struct job *job = x->job;
	uint32_t total = job->total_timeout != 0 ? job->total_timeout :
	    LIMIT_POLL_TIME;
	struct start s = {.exec = &job->exec, .env = env,
	    .dir = job->exec.dir != NULL ? job->exec.dir : "/",
	    .memory = (rlim_t)(job->exec.memory != 0 ? job->exec.memory :
	    LIMIT_EXEC_MEMORY) * MIB(1), .time = total, .out = x->out[1],
	    .parent = getpid()};
	int said[2];

	if (pipe2(said, O_CLOEXEC) != 0)
		return err_sys(e, ERR_IO, errno, "pipe to the program");
	s.said = said[1];
	/* What is in our memory and environment is not its to read. */
	if (prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    fcntl(said[0], F_SETFL, O_NONBLOCK) != 0) {
		close(said[0]);
		close(said[1]);
		return err_sys(e, ERR_IO, errno, "cannot hide our memory");
	}
	x->pid = fork();
	if (x->pid == 0)
		run(&s);
	close(said[1]);
	if (x->pid < 0) {
		x->pid = 0;
		close(said[0]);
		return err_sys(e, ERR_MEMORY, errno, "cannot start a process");
	}
	x->said_fd = said[0];
	close_end(&x->out[1]);
	return 0;
}

int
exec_start(struct exec_run *x, const struct job *job, struct err *e)
{
	struct variables env = make_env(job);
	int rc;

	x->job = job;
	rc = env.failed ? err_set(e, ERR_MEMORY, "out of memory") :
	    start(x, env.v, e);
	free_env(&env);
	return rc;
}

void
exec_drain(struct exec_run *x)
{
	char room[4096];
	ssize_t n;
	size_t keep;

	/* A flood is taken too, in portions. */
	for (int i = 0; i < 64 && x->said_fd >= 0; i++) {
		n = read(x->said_fd, room, sizeof(room));
		if (n <= 0)
			break;
		if ((size_t)n >= EXEC_SAID) {
			memcpy(x->said, room + n - EXEC_SAID, EXEC_SAID);
			x->nsaid = EXEC_SAID;
			continue;
		}
		keep = x->nsaid + (size_t)n > EXEC_SAID ?
		    EXEC_SAID - (size_t)n : x->nsaid;
		memmove(x->said, x->said + x->nsaid - keep, keep);
		memcpy(x->said + keep, room, (size_t)n);
		x->nsaid = keep + (size_t)n;
	}
}

/* Its last line with anything in it, fit for a message. */
static void
last_words(const struct exec_run *x, char out[256])
{
	size_t end = x->nsaid, begin, i, n = 0;

	while (end > 0 && (uint8_t)x->said[end - 1] <= ' ')
		end--;
	for (begin = end; begin > 0 && x->said[begin - 1] != '\n' &&
	    end - begin < 240; begin--)
		;
	if (end > begin)
		n = (size_t)snprintf(out, 256, ": it says '");
	else
		out[0] = '\0';
	for (i = begin; i < end; i++)
		out[n++] = (uint8_t)x->said[i] < ' ' || x->said[i] == 0x7f ?
		    '?' : x->said[i];
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

static int
judge(const struct exec_run *x, const siginfo_t *info, struct err *e)
{
	const char *program = x->job->exec.argv[0];
	char said[256];

	last_words(x, said);
	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return 0;
	if (info->si_code == CLD_EXITED &&
	    info->si_status == SPAWN_NOT_STARTED)
		return err_set(e, ERR_CONFIG, "'%s' cannot be started%s",
		    program, said);
	if (info->si_code == CLD_EXITED)
		return err_set(e, ERR_IO, "'%s' ended with status %d%s",
		    program, info->si_status, said);
	return err_set(e, ERR_IO, "'%s' was ended by signal %d (%s)%s",
	    program, info->si_status, strsignal(info->si_status), said);
}

int
exec_end(struct exec_run *x, struct err *e)
{
	int64_t until = ticks_now() + LEAVE;
	siginfo_t info = {.si_pid = 0};
	int rc;

	if (x->pid == 0)
		return 0;
	for (;;) {
		/* It stays a zombie, so that its group is still its own. */
		rc = waitid(P_PID, (id_t)x->pid, &info,
		    WEXITED | WNOHANG | WNOWAIT);
		exec_drain(x);
		if ((rc != 0 && errno != EINTR) || info.si_pid != 0)
			break;
		if (ticks_now() > until) {
			exec_kill(x);
			return err_set(e, ERR_IO, "'%s' closed its output and "
			    "did not end", x->job->exec.argv[0]);
		}
		poll(NULL, 0, STEP);
	}
	exec_kill(x);
	return judge(x, &info, e);
}

void
exec_kill(struct exec_run *x)
{
	if (x->pid > 0) {
		/* The group may not be there yet, the process is. */
		kill(-x->pid, SIGKILL);
		kill(x->pid, SIGKILL);
		while (waitpid(x->pid, NULL, 0) < 0 && errno == EINTR)
			;
		x->pid = 0;
	}
	close_end(&x->out[0]);
	close_end(&x->out[1]);
	close_end(&x->said_fd);
}
