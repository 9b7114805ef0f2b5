/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/config.h"

#include <cyaml/cyaml.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"

/* What libcyaml fills; the schema below is built for it. */
struct config_data {
	char *store;
	struct settings *sources;
	unsigned nsources;
};

struct config_schema {
	cyaml_schema_value_t item;                 /* of a list */
	cyaml_schema_field_t source[OPT_MAX + 1];
	cyaml_schema_value_t source_value;
	cyaml_schema_field_t top[3];
	cyaml_schema_value_t root;
};

static const cyaml_strval_t yes_no[] = {
	{"no", 0}, {"false", 0}, {"off", 0}, {"yes", 1}, {"true", 1}, {"on", 1},
};

/* The first complaint of libcyaml and the first place of its backtrace. */
struct complaint {
	char what[256];
	unsigned line, column;
};

static void CC_PRINTF(3, 0)
complaint_log(cyaml_log_t level, void *ctx, const char *fmt, va_list ap)
{
	struct complaint *c = ctx;
	char text[512];
	const char *place;

	(void)level;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	place = strstr(text, "(line: ");
	if (place != NULL && c->line == 0) {
		sscanf(place, "(line: %u, column: %u)", &c->line, &c->column);
	} else if (c->what[0] == '\0') {
		const char *p = text;

		if (strncmp(p, "Load: ", 6) == 0)
			p += 6;
		snprintf(c->what, sizeof(c->what), "%.255s", p);
	}
}

/* libcyaml gives the place before an unknown key; find the key itself. */
static void
complaint_find_key(struct complaint *c, struct slice text)
{
	static const char unexpected[] = "Unexpected key: ";
	const char *key = c->what + sizeof(unexpected) - 1, *p, *line;
	size_t n;
	unsigned number = 1;

	if (strncmp(c->what, unexpected, sizeof(unexpected) - 1) != 0)
		return;
	n = strlen(key);
	for (line = p = text.p; p + n < text.p + text.n; p++) {
		if (*p == '\n') {
			line = p + 1;
			number++;
		} else if (number >= c->line && p[n] == ':' &&
		    memcmp(p, key, n) == 0 &&
		    (p == line || p[-1] == ' ' || p[-1] == '{')) {
			c->line = number;
			c->column = (unsigned)(p - line) + 1;
			return;
		}
	}
}

static void *
config_mem(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, size);
}

static cyaml_schema_field_t
config_field(const struct opt *o, const struct config_schema *s)
{
	cyaml_schema_field_t f = {
		.key = o->name, .data_offset = (uint32_t)o->offset,
	};

	f.value.flags = CYAML_FLAG_OPTIONAL;
	switch (o->kind) {
	case OPT_FLAG:
		f.value.type = CYAML_ENUM;
		f.value.flags |= CYAML_FLAG_STRICT;
		f.value.data_size = sizeof(bool);
		f.value.enumeration.strings = yes_no;
		f.value.enumeration.count = ARRAY_LEN(yes_no);
		break;
	case OPT_NUMBER:
		f.value.type = CYAML_UINT;
		f.value.data_size = sizeof(uint32_t);
		break;
	case OPT_LIST:
		f.value.type = CYAML_SEQUENCE;
		f.value.flags |= CYAML_FLAG_POINTER;
		f.value.data_size = sizeof(char *);
		f.value.sequence.entry = &s->item;
		f.value.sequence.max = LIMIT_LIST;
		f.data_offset = (uint32_t)(o->offset +
		    offsetof(struct opt_list, v));
		f.count_offset = (uint32_t)(o->offset +
		    offsetof(struct opt_list, n));
		f.count_size = sizeof(uint32_t);
		break;
	default:
		f.value.type = CYAML_STRING;
		f.value.flags |= CYAML_FLAG_POINTER;
		f.value.data_size = sizeof(char);
		f.value.string.max = LIMIT_URL;
		break;
	}
	return f;
}

static struct config_schema *
config_schema_new(void)
{
	static const cyaml_schema_field_t end = CYAML_FIELD_END;
	struct config_schema *s;
	unsigned i;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->item = (cyaml_schema_value_t){
		CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, LIMIT_URL)};
	for (i = 0; settings_table[i].kind != OPT_END; i++)
		s->source[i] = config_field(&settings_table[i], s);
	s->source[i] = end;
	s->source_value = (cyaml_schema_value_t){CYAML_VALUE_MAPPING(
	    CYAML_FLAG_DEFAULT, struct settings, s->source)};
	s->top[0] = (cyaml_schema_field_t)CYAML_FIELD_STRING_PTR("store",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_data,
	    store, 1, PATH_MAX);
	s->top[1] = (cyaml_schema_field_t)CYAML_FIELD_SEQUENCE_COUNT("sources",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_data,
	    sources, nsources, &s->source_value, 0, LIMIT_SOURCES);
	s->top[2] = end;
	s->root = (cyaml_schema_value_t){CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER,
	    struct config_data, s->top)};
	return s;
}

static int
config_parse(struct config *c, struct slice text, struct err *e)
{
	struct complaint why = {{0}, 0, 0};
	const cyaml_config_t yaml = {
		.log_fn = complaint_log, .log_ctx = &why,
		.log_level = CYAML_LOG_ERROR, .mem_fn = config_mem,
	};
	struct config_schema *s = c->schema;
	cyaml_err_t rc;

	rc = cyaml_load_data((const uint8_t *)text.p, text.n, &yaml, &s->root,
	    (cyaml_data_t **)&c->data, NULL);
	if (rc == CYAML_OK)
		return 0;
	c->data = NULL;
	if (why.what[0] == '\0')
		snprintf(why.what, sizeof(why.what), "%s", cyaml_strerror(rc));
	complaint_find_key(&why, text);
	return err_set(e, ERR_CONFIG, "%s:%u:%u: %s; see taxiway.yaml(5)",
	    c->path, why.line != 0 ? why.line : 1,
	    why.column != 0 ? why.column : 1, why.what);
}

struct place {
	unsigned line, column;
};

/*
 * Where a key of the item of that number stands, for errors that libcyaml does
 * not know of.  Block style is understood; else it is the top of the file.
 */
static struct place
place_of(struct slice text, unsigned item, struct slice key)
{
	struct place at = {1, 1};
	const char *p = text.p, *end = text.p + text.n, *next;
	unsigned line = 1, seen = 0;
	size_t dash = SIZE_MAX; /* column of the list's dashes */
	bool list = false;

	for (; p < end; p = next + 1, line++) {
		const char *word = p;
		bool starts = false;

		next = memchr(p, '\n', (size_t)(end - p));
		if (next == NULL)
			next = end;
		while (word < next && *word == ' ')
			word++;
		list |= slice_starts((struct slice){p, (size_t)(next - p)},
		    SLICE("sources:"));
		if (!list || word == next)
			continue;
		if (*word == '-' && dash == SIZE_MAX)
			dash = (size_t)(word - p);
		if (*word == '-' && (size_t)(word - p) == dash) {
			starts = true;
			seen++;
			for (word++; word < next && *word == ' '; word++)
				;
		}
		if (seen != item + 1)
			continue;
		if (starts || (slice_starts((struct slice){word,
		    (size_t)(next - word)}, key) && word + key.n < next &&
		    word[key.n] == ':'))
			at = (struct place){line, (unsigned)(word - p) + 1};
	}
	return at;
}

/* Put file:line:column in front; an error of settings_check() begins with its
 * key. */
static int
misplaced(const struct config *c, struct slice text, unsigned item,
    struct err *e)
{
	struct place at = place_of(text, item, (struct slice){e->text,
	    strcspn(e->text, ":")});

	if (c->sources[item].name != NULL)
		err_context(e, "source '%s'", c->sources[item].name);
	return err_context(e, "%s:%u:%u", c->path, at.line, at.column);
}

/* What a schema cannot say: names are there, and one of a kind. */
static int
config_check(const struct config *c, struct slice text, struct err *e)
{
	unsigned i, k;

	for (i = 0; i < c->nsources; i++) {
		const struct settings *s = &c->sources[i];

		if (s->name == NULL)
			err_set(e, ERR_CONFIG, "name: is missing; source "
			    "number %u must have one", i + 1);
		else if (s->url == NULL)
			err_set(e, ERR_CONFIG, "url: is missing; it says where "
			    "the feed is");
		for (k = 0; k < i && e->code == ERR_NONE; k++)
			if (strcmp(c->sources[k].name, s->name) == 0)
				err_set(e, ERR_CONFIG, "name: two sources have "
				    "this one; claims belong to a name");
		if (e->code != ERR_NONE || settings_check(s, e) != 0)
			return misplaced(c, text, i, e);
	}
	return 0;
}

struct config *
config_load(const char *path, struct err *e)
{
	struct config *c;
	struct buf text;
	struct config_data *d;
	const char *slash;

	buf_init(&text, LIMIT_CONFIG);
	c = calloc(1, sizeof(*c));
	if (c == NULL || (c->path = strdup(path)) == NULL ||
	    (c->schema = config_schema_new()) == NULL) {
		err_set(e, ERR_MEMORY, "%s: out of memory", path);
		goto fail;
	}
	slash = strrchr(path, '/');
	c->dir = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) :
	    strdup("./");
	if (c->dir == NULL) {
		err_set(e, ERR_MEMORY, "%s: out of memory", path);
		goto fail;
	}
	if (fs_read(path, &text, e) != 0) {
		if (e != NULL)
			e->code = ERR_CONFIG;
		goto fail;
	}
	if (config_parse(c, buf_view(&text), e) != 0)
		goto fail;
	d = c->data;
	if (d != NULL) {
		c->store = d->store;
		c->sources = d->sources;
		c->nsources = d->nsources;
	}
	if (config_check(c, buf_view(&text), e) != 0)
		goto fail;
	buf_free(&text);
	return c;
fail:
	buf_free(&text);
	config_free(c);
	return NULL;
}

void
config_free(struct config *c)
{
	const cyaml_config_t yaml = {.mem_fn = config_mem};

	if (c == NULL)
		return;
	if (c->data != NULL)
		cyaml_free(&yaml, &((struct config_schema *)c->schema)->root,
		    c->data, 0);
	free(c->schema);
	free(c->path);
	free(c->dir);
	free(c);
}

char *
config_path(const struct config *c, const char *path)
{
	char *full;

	if (path[0] == '/')
		return strdup(path);
	return asprintf(&full, "%s%s", c->dir, path) >= 0 ? full : NULL;
}

const struct settings *
config_source(const struct config *c, const char *name)
{
	unsigned i;

	for (i = 0; i < c->nsources; i++)
		if (strcmp(c->sources[i].name, name) == 0)
			return &c->sources[i];
	return NULL;
}
