/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetcher's half of a program that lists claims: its standard output, which
 * the keeper started it with (exec_run.h), line by line.
 *
 * The cursor is the program's own text behind a mark.  Whether the program ended
 * well is the keeper's to say; only what it said before a cursor is kept as done.
 */
#include "sync/source_exec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "sync/fd_read.h"
#include "sync/rows.h"
#include "sync/source.h"
#include "sync/spawn.h"

#define MARK "exec 1\n"
#define READ_SIZE KIB(64)

struct feed {
	const struct job *job;
	struct ingest *g;
	struct rows rows;
	struct tree tree;
	struct arena arena;      /* of the line at hand */
	unsigned value_options;
	uint64_t bytes, most;
	uint64_t lines, taken, rejected;
	char first_bad[200];
	bool open;               /* its last line has no end … */
	bool no_json;            /* … and is no JSON */
	bool whole;
	uint64_t declared;
};

const char *
exec_cursor_text(const char *cursor)
{
	return cursor != NULL && strncmp(cursor, MARK, strlen(MARK)) == 0 ?
	    cursor + strlen(MARK) : "";
}

static int
keep_cursor(struct feed *f, struct slice text, struct err *e)
{
	struct buf cursor;
	int rc;

	if (memchr(text.p, '\0', text.n) != NULL)
		return err_set(e, ERR_SYNTAX, "the program's cursor holds a "
		    "NUL");
	buf_init(&cursor, LIMIT_CHECKPOINT);
	buf_str(&cursor, MARK);
	if (buf_slice(&cursor, text) != 0)
		rc = err_set(e, ERR_LIMIT, "the program's cursor is longer "
		    "than %zu bytes", LIMIT_CHECKPOINT - strlen(MARK));
	else
		rc = ingest_checkpoint(f->g, buf_view(&cursor), e);
	buf_free(&cursor);
	return rc;
}

/* As much of it as a message takes, with a NUL. */
static const char *
cut(struct slice text, char room[400])
{
	size_t n = text.n < 399 ? text.n : utf8_cut(text, 399);

	if (n > 0)
		memcpy(room, text.p, n);
	room[n] = '\0';
	return room;
}

static int
refuse(struct feed *f, enum reject_reason why, struct slice line,
    uint64_t offset, struct slice text, struct err *e)
{
	char room[400];

	if (f->rejected++ == 0)
		snprintf(f->first_bad, sizeof(f->first_bad), "%.199s",
		    cut(line, room));
	return ingest_reject(f->g, why, line, offset, text.n > 0 ?
	    cut(text, room) : NULL, e);
}

static int
take_line(struct feed *f, struct slice line, uint64_t offset, struct err *e)
{
	struct exec_line l;
	char room[400];

	arena_reset(&f->arena);
	exec_line_read(&f->tree, &f->arena, line, f->value_options, &l);
	if (f->whole)
		return err_set(e, ERR_PROTO, "the program says more after "
		    "'whole'");
	switch (l.kind) {
	case EXEC_CLAIM:
		f->taken++;
		return ingest_claim(f->g, &l.claim, line, offset,
		    f->value_options, e);
	case EXEC_CURSOR:
		return keep_cursor(f, l.text, e);
	case EXEC_WHOLE:
		f->whole = true;
		f->declared = l.count;
		return 0;
	case EXEC_NOTE:
		return ingest_note(f->g, cut(l.text, room), e);
	case EXEC_ERROR:
		return err_set(e, ERR_IO, "the program says: %s", cut(l.text,
		    room));
	case EXEC_REJECT:
	default:
		f->no_json = l.why == REJECT_JSON;
		return refuse(f, l.why, line, offset, l.text, e);
	}
}

static enum rows_answer
on_line(void *ctx, struct slice line, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;
	size_t i = 0;

	while (i < line.n && (uint8_t)line.p[i] <= ' ')
		i++;
	if (i == line.n)
		return ROWS_NEXT;
	f->lines++;
	f->no_json = false;
	return take_line(f, line, offset, e) == 0 ? ROWS_NEXT : ROWS_BROKEN;
}

static int
on_too_long(void *ctx, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;

	f->lines++;
	return refuse(f, REJECT_TOO_LARGE, SLICE(""), offset, SLICE_NONE, e);
}

static int
take_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feed *f = ctx;

	f->open = n > 0 && p[n - 1] != '\n';
	return rows_bytes(&f->rows, p, n, e);
}

static int
read_all(struct feed *f, struct err *e)
{
	const struct fd_each each = {READ_SIZE, f->most,
	    "the program's output", "the program wrote more", take_bytes, f};

	return fd_each(SPAWN_FILE_FD, &each, &f->bytes, e) == 0 ?
	    rows_end(&f->rows, e) : -1;
}

/* A program that has nothing to say writes nothing; one that says something
 * writes claims, to the end of the last of them. */
static int
check_all(const struct feed *f, struct err *e)
{
	if (f->rejected > 0 && f->rejected == f->lines)
		return err_set(e, ERR_SYNTAX, "none of the program's %llu "
		    "lines is a claim; the first: '%s'",
		    (unsigned long long)f->lines, f->first_bad);
	if (f->bytes > 0 && f->lines == 0)
		return err_set(e, ERR_SYNTAX, "none of the program's %llu "
		    "bytes is a line", (unsigned long long)f->bytes);
	if (f->open && f->no_json)
		return err_set(e, ERR_SYNTAX, "the program's last line is cut");
	return 0;
}

static int
finish(struct feed *f, struct err *e)
{
	struct ingest_facts facts;

	if (ingest_claims_end(f->g, f->bytes, &facts, e) != 0 ||
	    check_all(f, e) != 0)
		return -1;
	if (f->whole && ingest_extent(f->g, STORE_DOCUMENT, f->declared,
	    e) != 0)
		return -1;
	return ingest_page(f->g, f->bytes, e);
}

static int
poll_lines(struct feed *f, struct err *e)
{
	const struct rows_ops ops = {on_line, on_too_long, f};
	int rc = rows_init(&f->rows, &ops, NULL, e);

	if (rc == 0)
		rc = ingest_begin(f->g, e);
	if (rc == 0)
		rc = read_all(f, e);
	if (rc == 0)
		rc = finish(f, e);
	rows_free(&f->rows);
	return rc;
}

static int
poll_exec(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct feed *f = calloc(1, sizeof(*f));
	int rc;

	if (f == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	f->job = job;
	f->g = g;
	f->most = job->max_body != 0 ? job->max_body : LIMIT_BODY;
	f->declared = STORE_UNDECLARED;
	f->value_options = job->allow_bogons ? VALUE_ALLOW_BOGON : 0;
	arena_init(&f->arena, MIB(8));
	tree_init(&f->tree);
	rc = poll_lines(f, x);
	tree_free(&f->tree);
	arena_free(&f->arena);
	free(f);
	return rc;
}

/* A program is started where somebody says so, and nowhere else: no claims. */
const struct source_ops source_exec = {
	.kind = "exec", .title = "program", .poll = poll_exec,
};
