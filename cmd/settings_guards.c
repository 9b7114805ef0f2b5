/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings_guards.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/duration.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/lines.h"
#include "cmd/settings.h"
#include "store/guard.h"

#define GRACE_MAX (366 * TSTAMP_DAY)

/* One canary; the best guess at what it is, and the one behind it for hashes
 * that may be either of two. */
static int
read_canary(struct guard *g, const char *text, struct err *e)
{
	struct value found[4];
	struct arena scratch;
	size_t i, n;
	int rc = 0;

	arena_init(&scratch, KIB(64));
	n = value_detect(&scratch, slice_str(text), VALUE_REFANG, found,
	    ARRAY_LEN(found));
	if (n == 0)
		rc = err_set(e, ERR_CONFIG, "guards-canary: '%.200s' is no "
		    "address, network, domain, URL or hash", text);
	for (i = 0; g != NULL && i < n && rc == 0; i++)
		rc = guard_add(g, GUARD_CANARY, &found[i], e);
	arena_free(&scratch);
	return rc;
}

static bool
is_none(const char *text)
{
	return strcmp(text, "none") == 0;
}

int
guard_settings_check(const struct guard_settings *s, struct err *e)
{
	int64_t grace;
	uint32_t i;

	if (s->absent_grace != NULL && duration_parse(
	    slice_str(s->absent_grace), GRACE_MAX, &grace) != 0)
		return err_set(e, ERR_CONFIG, "ageing-absent-grace: '%.64s' is "
		    "no time such as 12h or 7d, of at most 366d",
		    s->absent_grace);
	if (s->revive != NULL && strcmp(s->revive, "continue") != 0 &&
	    strcmp(s->revive, "new") != 0)
		return err_set(e, ERR_CONFIG, "ageing-revive: '%.64s' is "
		    "neither 'continue' nor 'new'", s->revive);
	if (s->repeat != NULL && strcmp(s->repeat, "hold") != 0 &&
	    strcmp(s->repeat, "accept") != 0)
		return err_set(e, ERR_CONFIG, "guards-repeat: '%.64s' is "
		    "neither 'hold' nor 'accept'", s->repeat);
	for (i = 0; i < s->canaries.n; i++) {
		if (!is_none(s->canaries.v[i]) &&
		    read_canary(NULL, s->canaries.v[i], e) != 0)
			return -1;
	}
	return 0;
}

/* A domain in its line, alone or behind "rank," as top lists have it; what is
 * none is passed over. */
static int
read_top(struct guard *g, struct arena *scratch, struct slice line,
    struct err *e)
{
	const char *comma = memchr(line.p, ',', line.n);
	struct value v;

	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (comma != NULL)
		line = (struct slice){comma + 1,
		    (size_t)(line.p + line.n - comma - 1)};
	comma = memchr(line.p, ',', line.n);
	if (comma != NULL)
		line.n = (size_t)(comma - line.p);
	arena_reset(scratch);
	if (value_normalise(scratch, VALUE_DOMAIN, line, 0, &v) != VALUE_OK)
		return 0;
	return guard_add(g, GUARD_TOP, &v, e);
}

static int
read_lines(struct guard *g, const char *path, struct err *e)
{
	struct lines *in = malloc(sizeof(*in));
	struct arena scratch;
	const char *line;
	bool cut;
	size_t n;
	int fd, r = 0;

	if (in == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		free(in);
		return err_sys(e, ERR_CONFIG, errno, "guards-top-list: %s: "
		    "cannot be read", path);
	}
	arena_init(&scratch, KIB(256));
	lines_init(in, fd);
	while ((r = lines_next(in, &line, &n, &cut, e)) > 0) {
		if (r == LINES_WAIT)
			lines_wait(in);
		else if (!cut && read_top(g, &scratch,
		    (struct slice){line, n}, e) != 0)
			break;
	}
	arena_free(&scratch);
	close(fd);
	free(in);
	if (r == LINES_END && guard_tops(g) == 0)
		return err_set(e, ERR_CONFIG, "guards-top-list: %s: holds no "
		    "domain", path);
	return r == LINES_END ? 0 : -1;
}

static int
read_values(const struct guard_settings *s, const char *base, bool whole,
    struct guard *g, struct err *e)
{
	bool defaults = whole;
	char *path;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < s->canaries.n && rc == 0; i++) {
		if (is_none(s->canaries.v[i]))
			defaults = false;
		else
			rc = read_canary(g, s->canaries.v[i], e);
	}
	if (rc == 0 && defaults)
		rc = guard_add_defaults(g, e);
	if (rc != 0 || s->top_list == NULL)
		return rc;
	path = fs_under(base, s->top_list);
	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = read_lines(g, path, e);
	free(path);
	return rc;
}

static void
set(uint32_t *to, uint32_t given)
{
	if (given != 0)
		*to = given;
}

int
guard_settings_read(const struct guard_settings *s, const char *base,
    bool whole, struct store_guards *out, struct guard **values,
    struct err *e)
{
	struct credible_limits *l = &out->limits;

	*out = STORE_GUARDS_DEFAULT;
	*values = guard_new();
	if (*values == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	set(&out->absent_polls, s->absent_polls);
	if (s->absent_grace != NULL && duration_parse(
	    slice_str(s->absent_grace), GRACE_MAX, &out->absent_grace) != 0)
		return guard_settings_check(s, e);
	out->revive = s->revive != NULL && strcmp(s->revive, "new") == 0;
	l->may_be_empty = s->may_be_empty;
	set(&l->least, s->min_records);
	set(&l->shrink, s->shrink);
	set(&l->grow, s->grow);
	set(&l->reject, s->rejected);
	set(&l->reject_from, s->rejected_from);
	set(&l->top_share, s->top_share);
	set(&l->repeats, s->repeats);
	l->repeat_accept = s->repeat != NULL &&
	    strcmp(s->repeat, "accept") == 0;
	if (read_values(s, base, whole, *values, e) != 0)
		return -1;
	out->values = guard_empty(*values) ? NULL : *values;
	return 0;
}
