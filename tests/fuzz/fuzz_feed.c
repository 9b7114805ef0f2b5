/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list or a table: the first byte chooses how it is read, the rest is it.
 * Words and cells lie within what they were cut from, and every claim has a
 * value that its own checker accepts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/value.h"
#include "sync/csv.h"
#include "sync/map.h"
#include "sync/rows.h"
#include "sync/window.h"
#include "sync/wordlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feed {
	struct wordlist list;
	struct csv csv;
	struct buf room;
	struct arena arena;
	struct map *map;
	struct slice fields[LIMIT_COLUMNS];
	size_t nfields;
};

static size_t
get(void *ctx, unsigned field, struct slice *texts, size_t max)
{
	const struct feed *f = ctx;

	if (max == 0 || field >= f->nfields)
		return 0;
	texts[0] = f->fields[field];
	return 1;
}

static int
resolve(void *ctx, struct slice name)
{
	(void)ctx;
	return name.n == 1 && name.p[0] >= '1' && name.p[0] <= '9' ?
	    name.p[0] - '1' : -1;
}

static void
take(struct feed *f)
{
	const struct map_record r = {.get = get, .ctx = f};
	enum reject_reason why;
	struct slice detail;
	struct claim c;
	size_t i;

	arena_reset(&f->arena);
	if (map_record(f->map, &r, &f->arena, &c, &why, &detail) != MAP_CLAIM)
		return;
	for (i = 0; i < c.nvalues; i++)
		if (!value_key_valid(&c.values[i].value))
			abort();
}

static enum rows_answer
on_line(void *ctx, struct slice line, uint64_t offset, struct err *e)
{
	struct slice words[WORDLIST_MAX];
	struct feed *f = ctx;
	size_t i, n;

	(void)offset;
	(void)e;
	if (wordlist_silent(&f->list, line))
		return ROWS_NEXT;
	n = wordlist_take(&f->list, line, words, WORDLIST_MAX);
	for (i = 0; i < n; i++) {
		if (words[i].p < line.p ||
		    words[i].p + words[i].n > line.p + line.n)
			abort();
		f->fields[0] = words[i];
		f->nfields = 1;
		take(f);
	}
	buf_reset(&f->room);
	f->nfields = csv_row(&f->csv, line, &f->room, f->fields,
	    LIMIT_COLUMNS);
	if (f->nfields == 0)
		return ROWS_MORE;
	take(f);
	return ROWS_NEXT;
}

static int
on_too_long(void *ctx, uint64_t offset, struct err *e)
{
	(void)ctx;
	(void)offset;
	(void)e;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct map_settings settings = {.only_field = NULL};
	static const char *const delimiters[] = {",", ";", "tab",
	    "whitespace"};
	char syntax[64], delimiter[64], value[] = "map-value=1",
	    types[] = "map-value=2:url|domain-name|sha256",
	    labels[] = "map-labels=3", seen[] = "map-last-seen=4",
	    port[] = "map-port=strip-v6", refang[] = "map-refang=",
	    slash[] = "csv-backslash=";
	char *lines[] = {syntax, delimiter, value, types, labels, seen, port,
	    refang, slash};
	uint8_t how = size > 0 ? data[0] : 0;
	struct feed_options options;
	struct err e = ERR_INIT;
	struct feed *f = calloc(1, sizeof(*f));
	struct rows_ops ops = {on_line, on_too_long, f};
	struct rows rows;

	if (f == NULL)
		return 0;
	snprintf(syntax, sizeof(syntax), "lines-syntax=%s",
	    wordlist_syntaxes[how % 6]);
	snprintf(delimiter, sizeof(delimiter), "csv-delimiter=%s",
	    delimiters[how >> 3 & 3]);
	buf_init(&f->room, 2 * LIMIT_ROW);
	arena_init(&f->arena, MIB(4));
	if (feed_options_parse(lines, ARRAY_LEN(lines) - ((how & 64) != 0),
	    &options, &e) != 0 ||
	    wordlist_init(&f->list, &options, &e) != 0 ||
	    rows_init(&rows, &ops, (how & 128) != 0 ? "utf-16le" : NULL,
	    &e) != 0)
		abort();
	csv_init(&f->csv, &options);
	f->map = map_new(&options, &settings, resolve, NULL, &e);
	if (f->map == NULL)
		abort();
	(void)window_of((const char *)data, size); /* as if it were packed */
	rows_reset(&rows);
	if (size > 1 &&
	    (rows_bytes(&rows, (const char *)data + 1, (size - 1) / 2, &e) != 0
	    || rows_bytes(&rows, (const char *)data + 1 + (size - 1) / 2,
	    size - 1 - (size - 1) / 2, &e) != 0 || rows_end(&rows, &e) != 0) &&
	    e.code == ERR_NONE)
		abort();
	map_free(f->map);
	rows_free(&rows);
	wordlist_free(&f->list);
	feed_options_free(&options);
	arena_free(&f->arena);
	buf_free(&f->room);
	free(f);
	return 0;
}
