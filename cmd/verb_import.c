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
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/grow.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/cmd.h"
#include "cmd/import_rows.h"
#include "cmd/store_stream.h"
#include "store/bytes.h"
#include "store/episode.h"
#include "store/record.h"
#include "store/restore.h"
#include "sync/pull.h"

/* An object's text, each byte of it escaped, and what stands around it. */
#define LINE_MAX_BYTES (6 * (size_t)LIMIT_OBJECT + KIB(64))
#define FIRST_BATCH 20000 /* objects whose first poll is put at a time */

struct import {
	struct cmd *c;
	FILE *in;
	char *line;
	size_t room;

	char store[PATH_MAX];           /* being built */
	char path[PATH_MAX + 8];        /* of one poll's objects */
	FILE *objects;
	uint64_t nobjects, total;

	json_t *sources;                /* name → hex record */
	json_t *names;                  /* in order */
	/* the poll at hand; source NULL: none */
	char *source, *record;
	struct source_rec src;          /* settings of its source */
	uint8_t *src_bytes;
	uint32_t poll;
	int64_t start;
	bool bogons;
	struct restore_first *firsts;
	size_t nfirsts, firsts_cap;
	struct restore_end *ends;
	size_t nends, ends_cap;
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

typedef int store_fn(struct import *m, struct store *s, struct err *e);

static int
with_store(struct import *m, store_fn *fn, struct err *e)
{
	struct store *s;
	int rc;

	if (store_open(m->store, tstamp_now(), &s, e) != 0)
		return -1;
	rc = fn(m, s, e);
	store_close(s);
	return rc;
}

static int
put_sources(struct import *m, struct store *s, struct err *e)
{
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
settle(struct import *m, struct store *s, struct err *e)
{
	(void)m;
	return cmd_tidy(s, e);
}

static int
put_poll(struct import *m, struct store *s, struct err *e)
{
	struct slice source = slice_str(m->source);
	uint8_t *bytes;
	size_t i, n;
	int rc = 0;

	for (i = 0; i < m->nfirsts && rc == 0; i += FIRST_BATCH)
		rc = restore_first(s, source, m->firsts + i,
		    m->nfirsts - i < FIRST_BATCH ? m->nfirsts - i :
		    FIRST_BATCH, e);
	for (i = 0; i < m->nends && rc == 0; i += FIRST_BATCH)
		rc = restore_ends(s, source, m->ends + i,
		    m->nends - i < FIRST_BATCH ? m->nends - i : FIRST_BATCH,
		    e);
	if (rc != 0 || m->record == NULL)
		return rc;
	bytes = import_unhex(m->rows.line, m->record, &n, e);
	if (bytes == NULL)
		return -1;
	rc = restore_poll(s, source, m->poll, (struct slice){(char *)bytes, n},
	    e);
	free(bytes);
	return rc;
}

/* ---- one poll ------------------------------------------------------------- */

static int
play_objects(struct import *m, struct err *e)
{
	struct pull_replay replay = {.poll = m->poll, .now = m->start};
	struct pull_opts opts = {.program = m->c->program, .replay = &replay};
	struct pull_result result;
	struct job job;
	char url[PATH_MAX + 16];
	int rc = -1;

	snprintf(url, sizeof(url), "file://%s", m->path);
	job_init(&job);
	job.name = strdup(m->source);
	job.kind = strdup("stix");
	job.url = strdup(url);
	job.keep_raw = m->src.keep_raw != 0;
	job.default_tlp = m->src.default_tlp;
	job.allow_bogons = m->bogons;
	if (job.name == NULL || job.kind == NULL || job.url == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else
		rc = pull_run(m->store, &job, &opts, &result, e);
	job_free(&job);
	return rc;
}

/* The poll is whole: play it. */
static int
poll_close(struct import *m, struct err *e)
{
	int rc = 0;

	if (m->source == NULL)
		return 0;
	if (m->objects != NULL && (fflush(m->objects) != 0 ||
	    ferror(m->objects)))
		rc = err_sys(e, ERR_FULL, errno, "%s: writing", m->path);
	if (rc == 0 && m->nobjects != 0)
		rc = play_objects(m, e);
	if (rc == 0)
		rc = with_store(m, put_poll, e);
	if (m->objects != NULL)
		fclose(m->objects);
	m->objects = NULL;
	unlink(m->path);
	free(m->source);
	free(m->record);
	free(m->src_bytes);
	m->source = m->record = NULL;
	m->src_bytes = NULL;
	m->nobjects = m->nfirsts = m->nends = 0;
	return rc;
}

static int
poll_open(struct import *m, const json_t *line, struct err *e)
{
	const char *source = json_string_value(json_object_get(line, "source"));
	const char *start = json_string_value(json_object_get(line, "start"));
	const char *record = json_string_value(json_object_get(line, "record"));
	json_int_t poll = json_integer_value(json_object_get(line, "poll"));
	size_t n;
	int fd;

	if (poll_close(m, e) != 0)
		return -1;
	if (source == NULL || poll < 1 || poll > UINT32_MAX ||
	    json_object_get(m->sources, source) == NULL)
		return bad(m, e, "a poll of no source");
	m->poll = (uint32_t)poll;
	m->start = 0;
	if (start != NULL && tstamp_parse(slice_str(start), &m->start) != 0)
		return bad(m, e, "a poll's start is no time");
	m->bogons = json_is_true(json_object_get(line, "bogons"));
	m->source = strdup(source);
	m->record = record != NULL ? strdup(record) : NULL;
	if (m->source == NULL || (record != NULL && m->record == NULL))
		return err_set(e, ERR_MEMORY, "out of memory");
	m->src_bytes = unhex(m, json_object_get(m->sources, source), &n, e);
	if (m->src_bytes == NULL)
		return -1;
	if (source_rec_decode(1, (struct slice){(char *)m->src_bytes, n},
	    &m->src) != 0)
		return bad(m, e, "the record of a source cannot be read");
	unlink(m->path);
	fd = open(m->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	m->objects = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (m->objects == NULL)
		return err_sys(e, ERR_IO, errno, "%s: cannot be made", m->path);
	return 0;
}

static int
object_key(struct import *m, const char *text, struct idkey *key,
    struct err *e)
{
	json_t *object = json_loads(text, 0, NULL);
	const char *id = json_string_value(json_object_get(object, "id"));
	bool ok = id != NULL && idkey_parse(slice_str(id), key) >= 0;

	json_decref(object);
	return ok ? 0 : bad(m, e, "an object without an id");
}

/* Room for one more; -1 with e set. */
static int
more_room(void **list, size_t n, size_t *cap, size_t size, struct err *e)
{
	void *p;

	if (n < *cap)
		return 0;
	p = grow(*list, cap, size);
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	*list = p;
	return 0;
}

/* Remember the first poll of an object, where it brought another version, and the
 * times that it was here before. */
static int
first_add(struct import *m, const char *text, uint32_t poll,
    const json_t *again, struct err *e)
{
	struct restore_first first = {.poll = poll};
	uint8_t times[EPISODES_TAG_MAX];
	const char *hex = json_string_value(again);
	void *list = m->firsts;
	struct idkey key;

	if (again != NULL && (hex == NULL || strlen(hex) > 2 * sizeof(times) ||
	    hex_decode(hex, times, strlen(hex) / 2) != 0 ||
	    episodes_decode((struct slice){(char *)times, strlen(hex) / 2},
	    &first.times) != 0))
		return bad(m, e, "times that cannot be read");
	if (object_key(m, text, &key, e) != 0 ||
	    more_room(&list, m->nfirsts, &m->firsts_cap, sizeof(*m->firsts),
	    e) != 0)
		return -1;
	m->firsts = list;
	first.id = key;
	m->firsts[m->nfirsts++] = first;
	return 0;
}

/* And how it ended. */
static int
end_add(struct import *m, const char *text, const json_t *ended,
    struct err *e)
{
	uint8_t b[13];
	const char *hex = json_string_value(ended);
	void *list = m->ends;
	struct idkey key;

	if (ended == NULL)
		return 0;
	if (hex == NULL || strlen(hex) != 2 * sizeof(b) ||
	    hex_decode(hex, b, sizeof(b)) != 0 || b[12] == 0 ||
	    b[12] >= END_REASONS)
		return bad(m, e, "an end that cannot be read");
	if (object_key(m, text, &key, e) != 0 ||
	    more_room(&list, m->nends, &m->ends_cap, sizeof(*m->ends), e) != 0)
		return -1;
	m->ends = list;
	m->ends[m->nends++] = (struct restore_end){key, {.reason = b[12],
	    .poll = le32_get(b), .when = le64_get_signed(b + 4)}};
	return 0;
}

static int
object_add(struct import *m, const json_t *line, struct err *e)
{
	const json_t *stix = json_object_get(line, "stix");
	const json_t *again = json_object_get(line, "again");
	json_int_t first = json_integer_value(json_object_get(line,
	    "first_poll"));
	const char *text = json_string_value(stix);

	if (m->source == NULL)
		return bad(m, e, "an object outside of a poll");
	if (text == NULL || first < 0 || first > UINT32_MAX)
		return bad(m, e, "an object without its text");
	m->nobjects++;
	m->total++;
	fwrite(text, 1, json_string_length(stix), m->objects);
	fputc('\n', m->objects);
	if (end_add(m, text, json_object_get(line, "ended"), e) != 0)
		return -1;
	if (again == NULL && ((uint32_t)first == m->poll || first == 0))
		return 0;
	return first_add(m, text, (uint32_t)first, again, e);
}

/* ---- lines ---------------------------------------------------------------- */

static int
put_seed(struct import *m, struct store *s, struct err *e)
{
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
	return with_store(m, put_seed, e);
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
	return poll_close(m, e) == 0 ? import_rows_take(&m->rows, line, e) : -1;
}

static int
take_end(struct import *m, const json_t *line, struct err *e)
{
	json_int_t n = json_integer_value(json_object_get(line, "objects"));

	if (poll_close(m, e) != 0)
		return -1;
	if (n < 0 || (uint64_t)n != m->total)
		return err_set(e, ERR_SYNTAX, "%llu objects, the last line "
		    "says %lld", (unsigned long long)m->total, (long long)n);
	m->ended = true;
	if (import_rows_end(&m->rows, e) != 0 ||
	    with_store(m, put_sources, e) != 0)
		return -1;
	return with_store(m, settle, e);
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
		rc = object_add(m, line, e);
	else if (json_object_get(line, "poll") != NULL) {
		/* A store is open once. */
		rc = import_rows_end(&m->rows, e);
		/* Sources get their numbers in the order they had. */
		if (rc == 0 && json_array_size(m->names) != 0 && m->poll == 0)
			rc = with_store(m, put_sources, e);
		if (rc == 0)
			rc = poll_open(m, line, e);
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
	snprintf(m->path, sizeof(m->path), "%s.json", m->store);
	remove_store(m->store);
	m->rows.store = m->store;
	m->sources = json_object();
	m->names = json_array();
	if (m->sources == NULL || m->names == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = take_lines(m, e);
	if (rc == 0)
		rc = move_store(m, to, e);
	import_rows_free(&m->rows);
	if (m->objects != NULL)
		fclose(m->objects);
	unlink(m->path);
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
	free(m.source);
	free(m.record);
	free(m.src_bytes);
	free(m.firsts);
	free(m.ends);
	free(m.line);
	if (rc == 0 && !c->quiet)
		printf("%s: %llu objects\n", c->store,
		    (unsigned long long)m.total);
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
