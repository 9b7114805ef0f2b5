/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of YARA, tried by yara itself.
 *
 * A text of many rules is compiled at once.  yara names the line of each fault:
 * the rules there are tried again alone, with those that they need, and what is
 * rejected then goes; so nothing goes for a fault of its neighbour.  Where the
 * faults do not tell, each group is tried by itself.
 *
 * The program gets the rules on its standard input and nothing else: no
 * environment, no descriptor, no rights of root, bounded memory and time.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cmd/rules.h"
#include "sync/program.h"
#include "sync/spawn.h"

#define AT_ONCE 500       /* rules: yara slows down faster than they grow */
#define SAID_MAX KIB(256)
#define NOBODY_ID 65534
#define YARA_FILES 16     /* its descriptors */

struct check {
	struct rule_set *s;
	char program[PATH_MAX];
	uint32_t from, to;     /* places in s->order: the text at hand */
	uint32_t *lines;       /* the line on which the rule of a place begins */
	struct buf text, said;
	bool ok;               /* what yara said of it */
};

/* ---- the program ----------------------------------------------------------- */

static int
find_program(const char *name, char out[PATH_MAX])
{
	const char *path = getenv("PATH"), *end;
	int n;

	if (strchr(name, '/') != NULL) {
		n = snprintf(out, PATH_MAX, "%s", name);
		return n > 0 && n < PATH_MAX && access(out, X_OK) == 0 ? 0 :
		    -1;
	}
	for (; path != NULL; path = *end != '\0' ? end + 1 : NULL) {
		end = path + strcspn(path, ":");
		n = snprintf(out, PATH_MAX, "%.*s/%s", (int)(end - path),
		    path, name);
		if (path[0] == '/' && n > 0 && n < PATH_MAX &&
		    access(out, X_OK) == 0)
			return 0;
	}
	return -1;
}

/* yara with the rules in `in`. */
static int
start(struct check *k, int in, int out, int said, pid_t *pid, struct err *e)
{
	char quiet[] = "-w", rules[] = "/dev/stdin", nothing[] = "/dev/null";
	char *argv[] = {k->program, quiet, rules, nothing, NULL};
	char *env[] = {NULL};
	const struct program p = {.argv = argv, .env = env, .dir = "/",
	    .in = in, .out = out, .said = said, .memory = LIMIT_YARA_MEMORY,
	    .time = LIMIT_YARA_TIME, .file = 0, .files = YARA_FILES,
	    .other = geteuid() == 0, .uid = NOBODY_ID, .gid = NOBODY_ID};

	return program_start(&p, pid, e);
}

/* All that it writes, up to a bound; the rest is read and dropped. */
static void
listen_to(struct check *k, int fd)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && k->said.n + (size_t)n < SAID_MAX)
			buf_add(&k->said, bytes, (size_t)n);
	}
}

static int
outcome(struct check *k, int status, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == SPAWN_NOT_STARTED)
		return err_set(e, ERR_IO, "%s: cannot be run (--no-check "
		    "leaves it out)", k->program);
	if (WIFSIGNALED(status)) {
		buf_reset(&k->said);
		buf_str(&k->said, WTERMSIG(status) == SIGXCPU ||
		    WTERMSIG(status) == SIGKILL ? "yara takes too long over "
		    "it" : "yara crashes on it");
	}
	k->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return 0;
}

/* k->text, tried: k->ok, and k->said. */
static int
try_text(struct check *k, struct err *e)
{
	int in = memfd_create("rules", MFD_CLOEXEC), said[2] = {-1, -1},
	    out = open("/dev/null", O_WRONLY | O_CLOEXEC), status = 0, rc = -1;
	pid_t pid;

	buf_reset(&k->said);
	if (in < 0 || out < 0 || fchmod(in, 0444) != 0 ||
	    pipe2(said, O_CLOEXEC) != 0) {
		err_sys(e, ERR_IO, errno, "to run %s", k->program);
		goto out;
	}
	if (fs_write_all(in, "rules for yara", buf_view(&k->text), e) != 0 ||
	    lseek(in, 0, SEEK_SET) != 0 ||
	    start(k, in, out, said[1], &pid, e) != 0)
		goto out;
	close(said[1]);
	said[1] = -1;
	listen_to(k, said[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	rc = outcome(k, status, e);
out:
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	if (said[0] >= 0)
		close(said[0]);
	if (said[1] >= 0)
		close(said[1]);
	return rc;
}

/* ---- what it says ---------------------------------------------------------- */

static struct out_rule *
rule_at(const struct check *k, uint32_t place)
{
	return &k->s->v[k->s->order[place]];
}

static uint32_t
count_lines(struct slice s)
{
	uint32_t n = 0;
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL)
		n++, p++;
	return n;
}

/* The rules at hand that are not out, as one text. */
static int
make_text(struct check *k, struct err *e)
{
	uint32_t i, line = 1;
	size_t before;

	buf_reset(&k->text);
	for (i = k->from; i < k->to; i++) {
		const struct out_rule *r = rule_at(k, i);

		k->lines[i] = line;
		if (r->out != NULL)
			continue;
		before = k->text.n;
		rules_print(k->s, r, &k->text);
		line += count_lines((struct slice){k->text.p + before,
		    k->text.n - before});
	}
	return buf_ok(&k->text) ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

/* 'rule "b" in /dev/stdin(3): …' and '/dev/stdin(9): error: …': 3 and 9. */
static uint32_t
line_in(struct slice s)
{
	const char *p = memmem(s.p, s.n, "/dev/stdin(", 11);
	uint32_t v = 0;

	if (p == NULL)
		return 0;
	for (p += 11; p < s.p + s.n && *p >= '0' && *p <= '9'; p++)
		if ((v = 10 * v + (uint32_t)(*p - '0')) > 100000000)
			return 0;
	return p < s.p + s.n && *p == ')' ? v : 0;
}

/* The place of the rule on that line, or k->to. */
static uint32_t
rule_on(const struct check *k, uint32_t line)
{
	uint32_t i, found = k->to;

	for (i = k->from; line > 0 && i < k->to && k->lines[i] <= line; i++)
		if (rule_at(k, i)->out == NULL)
			found = i;
	return found;
}

/* What it said behind the place, as one line. */
static struct slice
words_of(struct check *k, struct slice line)
{
	const char *p = memmem(line.p, line.n, "): ", 3);
	struct slice s = line;
	char *copy;

	if (p != NULL)
		s = (struct slice){p + 3, (size_t)(line.p + line.n - p) - 3};
	if (slice_starts(s, SLICE("error: ")))
		s.p += 7, s.n -= 7;
	if (s.n > LIMIT_REMARK)
		s.n = utf8_cut(s, LIMIT_REMARK);
	copy = arena_alloc(&k->s->arena, s.n + 1);
	if (copy == NULL)
		return SLICE("");
	memcpy(copy, s.p, s.n);
	utf8_clean(copy, s.n);
	return (struct slice){copy, s.n};
}

/* ---- trying ---------------------------------------------------------------- */

static void
reject(struct check *k, uint32_t i, struct slice line)
{
	struct out_rule *r = rule_at(k, i);

	r->out = "yara rejects it";
	r->said = words_of(k, line);
}

/* A group by itself: while there is a fault, the rule with the first one goes. */
static int
try_group(struct check *k, struct err *e)
{
	struct slice rest, line;
	uint32_t i, left;

	for (;;) {
		for (i = k->from, left = 0; i < k->to; i++)
			left += rule_at(k, i)->out == NULL;
		if (left == 0)
			return 0;
		if (make_text(k, e) != 0 || try_text(k, e) != 0)
			return -1;
		if (k->ok)
			return 0;
		rest = buf_view(&k->said);
		i = k->to;
		while (i == k->to && slice_line(&rest, &line))
			i = rule_on(k, line_in(line));
		if (i < k->to) {
			reject(k, i, line);
			continue;
		}
		for (i = k->from; i < k->to; i++)
			if (rule_at(k, i)->out == NULL)
				reject(k, i, buf_view(&k->said));
		return 0;
	}
}

/* Where the group that begins at a place ends, or the last of as many groups as
 * make `least` rules. */
static uint32_t
end_of(const struct rule_set *s, uint32_t from, uint32_t least)
{
	uint32_t to = from + 1;

	while (to < s->norder && (to - from < least || s->v[s->order[to]].group ==
	    s->v[s->order[to - 1]].group))
		to++;
	return to;
}

/* Try the groups that yara's lines name, or all; *gone: rules that went. */
static int
try_suspects(struct check *k, bool all, uint32_t *gone, struct err *e)
{
	const uint32_t from = k->from, to = k->to;
	uint8_t *suspect = calloc(to - from + 1, 1);
	struct slice rest = buf_view(&k->said), line;
	uint32_t i;
	int rc = 0;

	if (suspect == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	while (slice_line(&rest, &line))
		suspect[rule_on(k, line_in(line)) - from] = 1; /* to: none */
	for (i = from; rc == 0 && i < to; i = k->to) {
		k->from = i;
		k->to = end_of(k->s, i, 1);
		if (all || memchr(suspect + (i - from), 1, k->to - i) != NULL)
			rc = try_group(k, e);
	}
	k->from = from;
	k->to = to;
	for (i = from, *gone = 0; i < to; i++)
		*gone += rule_at(k, i)->said.p != NULL;
	free(suspect);
	return rc;
}

static int
try_part(struct check *k, struct err *e)
{
	uint32_t gone, before = 0;
	bool all = false;

	for (;;) {
		if (make_text(k, e) != 0 || try_text(k, e) != 0)
			return -1;
		if (k->ok)
			return 0;
		if (all)
			return err_set(e, ERR_PROTO, "yara takes each rule, "
			    "but not all of them together: %.*s",
			    (int)(k->said.n < 200 ? k->said.n : 200),
			    k->said.n > 0 ? k->said.p : "");
		if (try_suspects(k, false, &gone, e) != 0)
			return -1;
		if (gone == before) {
			all = true;
			if (try_suspects(k, true, &gone, e) != 0)
				return -1;
		}
		before = gone;
	}
}

int
rules_check(struct rule_set *s, const struct rules_opts *o, struct err *e)
{
	struct check k = {.s = s};
	int rc = 0;

	if (find_program(o->yara != NULL ? o->yara : "yara", k.program) != 0)
		return o->yara == NULL ? 0 : err_set(e, ERR_USAGE, "--yara: "
		    "%s: no such program", o->yara);
	buf_init(&k.text, LIMIT_EXPORT_RULES);
	buf_init(&k.said, SAID_MAX + 1);
	k.lines = calloc(s->norder + 1, sizeof(*k.lines));
	if (k.lines == NULL)
		rc = err_set(e, ERR_MEMORY, "out of memory");
	for (; rc == 0 && k.from < s->norder; k.from = k.to) {
		k.to = end_of(s, k.from, AT_ONCE);
		rc = try_part(&k, e);
	}
	if (rc == 0)
		s->checked = "yara";
	free(k.lines);
	buf_free(&k.text);
	buf_free(&k.said);
	return rc;
}
