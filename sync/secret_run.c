/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/secret_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/slice.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "sync/program.h"
#include "sync/ticks.h"
#include "sync/wipe.h"

#define STEP 20                 /* ms between looks at its end */
#define ROOM (LIMIT_SECRET + 3) /* "\r\n", and one that is too many */

struct run {
	const struct secret_program *p;
	pid_t pid;
	int out, said_fd;        /* -1: closed */
	struct program_said said;
	char *text;              /* (secret) ROOM bytes */
	size_t n;
};

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- starting ------------------------------------------------------------ */

static int
open_pipe(int fds[2], struct err *e)
{
	if (pipe2(fds, O_CLOEXEC) != 0) {
		fds[0] = fds[1] = -1;
		return err_sys(e, ERR_IO, errno, "pipe to the program");
	}
	if (fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0)
		return err_sys(e, ERR_IO, errno, "pipe to the program");
	return 0;
}

static int
start(struct run *r, int rules, struct err *e)
{
	struct program p = {.argv = r->p->argv, .env = r->p->env, .dir = "/",
	    .in = -1, .memory = MIB((rlim_t)LIMIT_EXEC_MEMORY),
	    .time = (rlim_t)(r->p->timeout / TSTAMP_SECOND + 1),
	    .file = LIMIT_EXEC_FILE, .files = LIMIT_EXEC_FILES,
	    .rules = rules};
	int out[2], said[2] = {-1, -1}, rc;

	rc = open_pipe(out, e);
	if (rc == 0)
		rc = open_pipe(said, e);
	p.out = out[1];
	p.said = said[1];
	if (rc == 0)
		rc = program_start(&p, &r->pid, e);
	close_end(&out[1]);
	close_end(&said[1]);
	r->out = out[0];
	r->said_fd = said[0];
	return rc;
}

static int
start_fenced(struct run *r, struct err *e)
{
	int rules = 0, rc;

	if (confine_program(r->p->sandbox, r->p->fence, r->p->store, &rules,
	    e) != 0)
		return -1;
	rc = start(r, rules, e);
	if (rules > 0)
		close(rules);
	return rc;
}

/* ---- while it runs ------------------------------------------------------- */

/* All that is there.  -1: it is more than a secret. */
static int
take(struct run *r)
{
	ssize_t n;

	while (r->out >= 0 && r->n < ROOM) {
		n = read(r->out, r->text + r->n, ROOM - r->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n <= 0)
			close_end(&r->out);
		else
			r->n += (size_t)n;
	}
	return r->n < ROOM ? 0 : -1;
}

static void
look(struct run *r)
{
	struct pollfd fds[] = {{.fd = r->out, .events = POLLIN},
	    {.fd = r->said_fd, .events = POLLIN}};

	(void)poll(fds, ARRAY_LEN(fds), STEP);
	if (r->said_fd >= 0 && !program_listen(&r->said, r->said_fd))
		close_end(&r->said_fd);
}

/* Until it has ended, which alone tells that all is well.  What it started may
 * hold its descriptors for longer. */
static int
follow(struct run *r, siginfo_t *info, struct err *e)
{
	int64_t until = ticks_now() + r->p->timeout;
	const char *name = r->p->argv[0];
	bool ended;

	do {
		look(r);
		ended = program_ended(r->pid, info);
		if (take(r) != 0)
			return err_set(e, ERR_AUTH, "'%s' writes more than the"
			    " %u bytes of a secret", name, LIMIT_SECRET);
		if (!ended && r->p->stop != NULL && *r->p->stop != 0)
			return err_set(e, ERR_AUTH, "'%s' was ended: the poll "
			    "is to stop", name);
		if (!ended && ticks_now() > until)
			return err_set(e, ERR_AUTH, "'%s' has not ended in %lld"
			    " s (secret-timeout)", name,
			    (long long)(r->p->timeout / TSTAMP_SECOND));
	} while (!ended);
	if (r->said_fd >= 0)
		(void)program_listen(&r->said, r->said_fd);
	return 0;
}

/* ---- what it wrote ------------------------------------------------------- */

/* What is wrong with a secret, or NULL. */
static const char *
fault_of(struct slice s)
{
	size_t i;

	if (s.n == 0)
		return "writes nothing on its standard output";
	if (memchr(s.p, '\n', s.n) != NULL || memchr(s.p, '\r', s.n) != NULL)
		return "writes more than one line";
	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return "writes control characters, which are in no "
			    "secret";
	return utf8_valid(s) ? NULL : "writes what is no text";
}

/* As of a file: the end of the line is none of it. */
static int
accept_line(struct run *r, char **out, struct err *e)
{
	const char *fault;

	if (r->n > 0 && r->text[r->n - 1] == '\n')
		r->n--;
	if (r->n > 0 && r->text[r->n - 1] == '\r')
		r->n--;
	fault = fault_of((struct slice){r->text, r->n});
	if (fault != NULL)
		return err_set(e, ERR_AUTH, "'%s' %s", r->p->argv[0], fault);
	if (r->n > LIMIT_SECRET)
		return err_set(e, ERR_AUTH, "'%s' writes more than the %u "
		    "bytes of a secret", r->p->argv[0], LIMIT_SECRET);
	*out = strndup(r->text, r->n);
	return *out != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

static int
judge(struct run *r, const siginfo_t *info, struct err *e)
{
	if (r->n > 0) /* it might be in what it says, too */
		r->said.n = 0;
	if (program_judge(r->p->argv[0], info, &r->said, e) == 0)
		return 0;
	if (e != NULL && e->code == ERR_IO)
		e->code = ERR_AUTH;
	return -1;
}

int
secret_run(const struct secret_program *p, char **out, struct err *e)
{
	struct run r = {.p = p, .out = -1, .said_fd = -1};
	siginfo_t info;
	int rc;

	r.text = malloc(ROOM);
	if (r.text == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = start_fenced(&r, e);
	if (rc == 0)
		rc = follow(&r, &info, e);
	if (r.pid > 0)
		program_kill(r.pid);
	if (rc == 0)
		rc = judge(&r, &info, e);
	if (rc == 0)
		rc = accept_line(&r, out, e);
	close_end(&r.out);
	close_end(&r.said_fd);
	wipe(r.text, ROOM);
	free(r.text);
	return rc;
}
