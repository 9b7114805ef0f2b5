/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import: a new store from the stream of `export --format store`.
 *
 * Each poll of the stream is played again: what it brought goes through a
 * fetcher, like everything that comes from outside, under the poll's own number
 * and time.  Sources and polls then get their records.  The store is built
 * beside the place it is for, and moved there when it is whole.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/hex.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/import_poll.h"
#include "cmd/import_rows.h"
#include "cmd/store_stream.h"
#include "store/restore.h"

/* An object's text, each byte of it escaped, and what stands around it. */
#define LINE_MAX_BYTES (6 * (size_t)LIMIT_OBJECT + KIB(64))

struct import {
	struct cmd *c;
	FILE *in;
	char *line;
	size_t room;

	char store[PATH_MAX];           /* being built */
	json_t *sources;                /* name → hex record */
	json_t *names;                  /* in order */
	struct import_poll poll;        /* the one at hand */
	struct import_rows rows;        /* lines that are no polls */
	bool ended;
};

static int
bad(struct import *m, struct err *e, const char *what)
{
	return import_bad(m->rows.line, what, e);
}

static uint8_t *
unhex(struct import *m, const json_t *text, size_t *n, struct err *e)
{
	return import_unhex(m->rows.line, json_string_value(text), n, e);
}

/* ---- the store ------------------------------------------------------------ */

static int
put_sources(void *ctx, struct store *s, struct err *e)
{
	struct import *m = ctx;
	const char *name;
	uint8_t *bytes;
	size_t i, n;
	int rc = 0;

	for (i = 0; i < json_array_size(m->names) && rc == 0; i++) {
		name = json_string_value(json_array_get(m->names, i));
		bytes = unhex(m, json_object_get(m->sources, name), &n, e);
		if (bytes == NULL)
			return -1;
		rc = restore_source(s, (struct slice){(char *)bytes, n}, e);
		free(bytes);
	}
	return rc;
}

/* Under the terms that the sources have in the end. */
static int
settle(void *ctx, struct store *s, struct err *e)
{
	(void)ctx;
	return cmd_tidy(s, e);
}

/* ---- lines ---------------------------------------------------------------- */

static int
put_seed(void *ctx, struct store *s, struct err *e)
{
	struct import *m = ctx;
	const char *text = json_string_value(json_object_get(m->sources, ""));
	uint8_t bytes[8];
	uint64_t seed = 0;
	size_t i;

	if (text == NULL || strlen(text) != 16 ||
	    hex_decode(text, bytes, sizeof(bytes)) != 0)
		return bad(m, e, "no seed");
	for (i = 0; i < sizeof(bytes); i++)
		seed = seed << 8 | bytes[i];
	json_object_del(m->sources, "");
	return restore_seed(s, seed, e);
}

static int
take_head(struct import *m, const json_t *line, struct err *e)
{
	json_t *seed = json_object_get(line, "seed");
	json_int_t version = json_integer_value(json_object_get(line,
	    "taxiway_store"));

	if (version == 0)
		return bad(m, e, "this is not what 'taxiway export --format "
		    "store' writes");
	if (version > STREAM_VERSION)
		return err_set(e, ERR_VERSION, "the export has version %lld, "
		    "this program reads %d", (long long)version,
		    STREAM_VERSION);
	/* Under a name that no source can have. */
	if (json_object_set(m->sources, "", seed) != 0)
		return bad(m, e, "no seed");
	return import_store(m->store, put_seed, m, e);
}

static int
take_source(struct import *m, const json_t *line, struct err *e)
{
	json_t *name = json_object_get(line, "source");
	json_t *record = json_object_get(line, "record");

	if (!json_is_string(name) || !json_is_string(record) ||
	    json_string_length(name) == 0 ||
	    json_object_get(m->sources, json_string_value(name)) != NULL)
		return bad(m, e, "a source without a name and a record of its "
		    "own");
	if (json_object_set(m->sources, json_string_value(name), record) != 0 ||
	    json_array_append(m->names, name) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

/* They come behind the polls. */
static int
take_row(struct import *m, const json_t *line, struct err *e)
{
	return import_poll_close(&m->poll, e) == 0 ?
	    import_rows_take(&m->rows, line, e) : -1;
}

static int
take_end(struct import *m, const json_t *line, struct err *e)
{
	json_int_t n = json_integer_value(json_object_get(line, "objects"));

	if (import_poll_close(&m->poll, e) != 0)
		return -1;
	if (n < 0 || (uint64_t)n != m->poll.total)
		return err_set(e, ERR_SYNTAX, "%llu objects, the last line "
		    "says %lld", (unsigned long long)m->poll.total,
		    (long long)n);
	m->ended = true;
	if (import_rows_end(&m->rows, e) != 0 ||
	    import_store(m->store, put_sources, m, e) != 0)
		return -1;
	return import_store(m->store, settle, m, e);
}

/* The record of the source that a line is about, in hexadecimal, or NULL. */
static const char *
record_of(const struct import *m, const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "source"));

	return name != NULL ? json_string_value(json_object_get(m->sources,
	    name)) : NULL;
}

static int
take_line(struct import *m, const char *text, size_t n, struct err *e)
{
	json_error_t why;
	json_t *line = json_loadb(text, n, 0, &why);
	int rc;

	if (!json_is_object(line))
		rc = bad(m, e, "not a JSON object");
	else if (m->ended)
		rc = bad(m, e, "something behind the last line");
	else if (m->rows.line == 1)
		rc = take_head(m, line, e);
	else if (import_rows_is(line))
		rc = take_row(m, line, e);
	else if (json_object_get(line, "stix") != NULL)
		rc = import_poll_object(&m->poll, line, e);
	else if (json_object_get(line, "poll") != NULL) {
		/* A store is open once. */
		rc = import_rows_end(&m->rows, e);
		/* Sources get their numbers in the order they had. */
		if (rc == 0 && json_array_size(m->names) != 0 && m->poll.poll == 0)
			rc = import_store(m->store, put_sources, m, e);
		if (rc == 0)
			rc = import_poll_open(&m->poll, line,
			    record_of(m, line), e);
	} else if (json_object_get(line, "source") != NULL)
		rc = take_source(m, line, e);
	else if (json_object_get(line, "end") != NULL)
		rc = take_end(m, line, e);
	else
		rc = 0; /* a later writer's line */
	json_decref(line);
	return rc;
}

static int
take_lines(struct import *m, struct err *e)
{
	ssize_t n;

	while ((n = getline(&m->line, &m->room, m->in)) > 0) {
		m->rows.line++;
		if ((size_t)n > LINE_MAX_BYTES)
			return bad(m, e, "too long");
		if (take_line(m, m->line, (size_t)n, e) != 0)
			return -1;
	}
	if (ferror(m->in))
		return err_sys(e, ERR_IO, errno, "reading");
	if (!m->ended)
		return bad(m, e, "it ends before its last line: the export was "
		    "cut off");
	return 0;
}

/* ---- the verb ------------------------------------------------------------- */

static const char *const tails[] = {"-filter", "-lock", "-lease", "-loading",
    ""};

static void
remove_store(const char *path)
{
	char name[PATH_MAX + 16];
	size_t i;

	for (i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		unlink(name);
	}
}

/* The filter first: without its store it is nobody's. */
static int
move_store(struct import *m, const char *to, struct err *e)
{
	char a[PATH_MAX + 16], b[PATH_MAX + 16];

	snprintf(a, sizeof(a), "%s-filter", m->store);
	snprintf(b, sizeof(b), "%s-filter", to);
	if (rename(a, b) != 0 && errno != ENOENT)
		return err_sys(e, ERR_STORE, errno, "%s: cannot be made", b);
	if (link(m->store, to) != 0)
		return err_sys(e, ERR_STORE, errno, "%s: cannot be made", to);
	return 0;
}

static int
import_into(struct import *m, const char *to, struct err *e)
{
	int rc;

	if (access(to, F_OK) == 0)
		return err_set(e, ERR_STORE, "%s: there is a store already; an "
		    "import makes a new one (name another with -s)", to);
	if (snprintf(m->store, sizeof(m->store), "%s.import", to) >=
	    (int)sizeof(m->store) - 8)
		return err_set(e, ERR_STORE, "%s: path too long", to);
	snprintf(m->poll.path, sizeof(m->poll.path), "%s.json", m->store);
	remove_store(m->store);
	m->rows.store = m->poll.store = m->store;
	m->poll.line = &m->rows.line;
	m->poll.program = m->c->program;
	m->sources = json_object();
	m->names = json_array();
	if (m->sources == NULL || m->names == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = take_lines(m, e);
	if (rc == 0)
		rc = move_store(m, to, e);
	import_rows_free(&m->rows);
	import_poll_free(&m->poll);
	remove_store(m->store);
	return rc;
}

static const struct opt import_table[] = {
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
import_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct import m = {.c = c};
	char absolute[PATH_MAX];
	const char *to = cmd_store(c, e);
	int rc = -1;

	(void)opts;
	(void)argc;
	if (to == NULL)
		return cmd_status(e);
	if (to[0] != '/') {
		if (getcwd(absolute, sizeof(absolute)) == NULL ||
		    strlen(absolute) + strlen(to) + 2 > sizeof(absolute)) {
			err_set(e, ERR_STORE, "%s: path too long", to);
			return EXIT_STORE;
		}
		snprintf(absolute + strlen(absolute), sizeof(absolute) -
		    strlen(absolute), "/%s", to);
		to = absolute;
	}
	m.in = strcmp(argv[0], "-") == 0 ? stdin : fopen(argv[0], "re");
	if (m.in == NULL)
		err_sys(e, errno == ENOENT ? ERR_USAGE : ERR_IO, errno,
		    "%s: cannot be read", argv[0]);
	else
		rc = import_into(&m, to, e);
	if (m.in != NULL && m.in != stdin)
		fclose(m.in);
	if (rc != 0 && e->code == ERR_SYNTAX)
		err_context(e, "%s", argv[0]);
	json_decref(m.sources);
	json_decref(m.names);
	free(m.line);
	if (rc == 0 && !c->quiet)
		printf("%s: %llu objects\n", c->store,
		    (unsigned long long)m.poll.total);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}

const struct verb verb_import = {
	"import", "FILE", "make a store from 'export --format store'",
	"Make a new store (-s names it) from what 'taxiway export --format "
	"store' wrote, '-' for standard input: the same sources and polls, the "
	"same objects with the times they came at, the versions that polls "
	"overwrote. For a store of another format, a move to another machine, "
	"a backup that outlives both. The store must not exist yet; it appears "
	"when it is whole.\n\n"
	"  taxiway export --format store | zstd >store.zst\n"
	"  zstd -dc store.zst | taxiway -s new.mdb import -",
	import_table, NULL, 0, 1, 1, import_run
};
