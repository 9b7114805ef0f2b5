/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "sync/map_field.h"
#include "sync/rule_int.h"

#define ARENA_MAX (2 * LIMIT_RULE)
#define META_NAME_MAX 79 /* "meta.KEY"; longer ones are not kept */

static const struct {
	const char *name, *files;
	const struct rule_ops *ops;
} formats[RULE_FORMATS] = {
	[RULE_YARA] = {"yara", "*.yar*", &rule_yara},
	[RULE_SIGMA] = {"sigma", "*.y*ml", &rule_sigma},
	[RULE_SURICATA] = {"suricata", "*.rules", &rule_net},
	[RULE_SNORT] = {"snort", "*.rules", &rule_net},
};

const char *
rule_format_name(int format)
{
	return format >= 0 && format < RULE_FORMATS ? formats[format].name :
	    NULL;
}

int
rule_format_find(struct slice name)
{
	int i;

	for (i = 0; i < RULE_FORMATS; i++)
		if (field_same(name, slice_str(formats[i].name)))
			return i;
	return -1;
}

const char *
rule_format_files(enum rule_format f)
{
	return formats[f].files;
}

/* ---- fields ---------------------------------------------------------------- */

bool
rule_field_known(struct slice name)
{
	static const char *const names[] = {"id", "name", "version", "labels",
	    "created", "modified", "confidence", "threat", "tlp", "state",
	    "message", "level", "status", "class", "action", "scope"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (slice_is(name, names[i]))
			return true;
	return name.n > 5 && slice_starts(name, SLICE("meta."));
}

static struct slice
first_field(const struct rule_field *f, size_t n, const char *name)
{
	struct slice wanted = slice_str(name);
	size_t i;

	for (i = 0; i < n; i++)
		if (slice_eq(f[i].name, wanted))
			return f[i].text;
	return SLICE_NONE;
}

struct slice
rule_get(const struct rule *r, const char *name)
{
	return first_field(r->fields, r->nfields, name);
}

uint64_t
rule_version(const struct rule *r)
{
	struct slice s = rule_get(r, "version");
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.n && i < 18 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = 10 * v + (uint64_t)(s.p[i] - '0');
	return i == s.n ? v : 0;
}

struct slice
rule_has(const struct rule_cut *c, const char *name)
{
	return first_field(c->fields, c->nfields, name);
}

static void
add_field(struct rule_cut *c, struct slice name, struct slice text)
{
	if (c->nfields == RULE_FIELDS || text.n == 0)
		return;
	text = arena_slice(&c->arena, text);
	if (text.p == NULL || name.p == NULL)
		c->full = true;
	else
		c->fields[c->nfields++] = (struct rule_field){name, text};
}

void
rule_add(struct rule_cut *c, const char *name, struct slice text)
{
	add_field(c, slice_str(name), slice_trim(text));
}

void
rule_add_meta(struct rule_cut *c, struct slice key, struct slice text)
{
	struct slice name = {NULL, sizeof("meta.") - 1 + key.n};
	char *p;

	if (key.n == 0 || name.n > META_NAME_MAX)
		return;
	name.p = p = arena_alloc(&c->arena, name.n);
	if (p != NULL) {
		memcpy(p, "meta.", name.n - key.n);
		memcpy(p + name.n - key.n, key.p, key.n);
	}
	add_field(c, name, slice_trim(text));
}

/* "2024/03/01", "2024_03_01", "2024-03-01" and "20240301" as midnight, in RFC
 * 3339. */
static bool
date_text(struct slice s, char out[TSTAMP_TEXT_MAX])
{
	static const char form[] = "YYYY-MM-DDT00:00:00Z";
	static const uint8_t places[] = {0, 1, 2, 3, 5, 6, 8, 9};
	size_t i, n = 0;

	memcpy(out, form, sizeof(form));
	for (i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9') {
			if (n == ARRAY_LEN(places))
				return false;
			out[places[n++]] = s.p[i];
		} else if (memchr("/_-.", s.p[i], 4) == NULL ||
		    (n != 4 && n != 6) || i == 0 || s.p[i - 1] < '0' ||
		    s.p[i - 1] > '9') {
			return false;
		}
	}
	return n == ARRAY_LEN(places);
}

void
rule_add_date(struct rule_cut *c, const char *name, struct slice text)
{
	char out[TSTAMP_TEXT_MAX];
	int64_t t;

	text = slice_trim(text);
	if (date_text(text, out))
		text = slice_str(out);
	if (tstamp_parse_liberal(text, &t) != 0)
		return;
	tstamp_format(t, 0, out);
	rule_add(c, name, slice_str(out));
}

void
rule_add_confidence(struct rule_cut *c, struct slice text)
{
	/* Words for confidence as STIX 2.1 (appendix A) has them, and those of
	 * Sigma's level, which is the nearest that it has. */
	static const struct {
		const char *word, *number;
	} words[] = {
		{"none", "0"}, {"informational", "10"}, {"low", "15"},
		{"med", "50"}, {"medium", "50"}, {"high", "85"},
		{"critical", "95"},
	};
	char out[8];
	double number;
	size_t i;

	text = slice_trim(text);
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (field_same(text, slice_str(words[i].word)))
			rule_add(c, "confidence", slice_str(words[i].number));
	if (text.n == 0 || field_number(text, &number) != 0 || number < 0 ||
	    number > 100)
		return;
	snprintf(out, sizeof(out), "%d", (int)number);
	rule_add(c, "confidence", slice_str(out));
}

/* ---- rules ----------------------------------------------------------------- */

void
rule_clear(struct rule_cut *c)
{
	buf_reset(&c->text);
	arena_reset(&c->arena);
	c->nfields = c->nwords = c->nimports = 0;
	c->full = false;
}

int
rule_refuse(struct rule_cut *c, const char *why, struct err *e)
{
	int rc = c->sink.bad(c->sink.ctx, buf_view(&c->text), c->offset, why,
	    e);

	rule_clear(c);
	return rc;
}

int
rule_emit(struct rule_cut *c, size_t from, bool disabled, struct err *e)
{
	struct rule r = {.disabled = disabled};
	int rc;

	if (!buf_ok(&c->text) || c->full)
		return rule_refuse(c, "it is longer than a rule may be", e);
	r.text = slice_trim((struct slice){c->text.p + from,
	    c->text.n - from});
	if (!utf8_valid(r.text))
		return rule_refuse(c, "it is not UTF-8 (see 'encoding')", e);
	rule_add(c, "state", disabled ? SLICE("disabled") : SLICE("enabled"));
	r.fields = c->fields;
	r.nfields = c->nfields;
	r.words = c->words;
	r.nwords = c->nwords;
	r.imports = c->imports;
	r.nimports = c->nimports;
	rc = c->sink.rule(c->sink.ctx, &r, c->offset, e);
	rule_clear(c);
	return rc;
}

struct rule_cut *
rule_cut_new(enum rule_format f, const struct rule_sink *sink, struct err *e)
{
	struct rule_cut *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return err_set(e, ERR_MEMORY, "out of memory"), NULL;
	c->format = f;
	c->sink = *sink;
	buf_init(&c->text, LIMIT_RULE);
	arena_init(&c->arena, ARENA_MAX);
	arena_init(&c->lasting, ARENA_MAX);
	rule_cut_reset(c);
	return c;
}

void
rule_cut_free(struct rule_cut *c)
{
	if (c == NULL)
		return;
	buf_free(&c->text);
	arena_free(&c->arena);
	arena_free(&c->lasting);
	free(c);
}

void
rule_cut_reset(struct rule_cut *c)
{
	rule_clear(c);
	arena_reset(&c->lasting);
	memset(&c->yara, 0, sizeof(c->yara));
	memset(&c->sigma, 0, sizeof(c->sigma));
	memset(&c->net, 0, sizeof(c->net));
	c->offset = 0;
}

int
rule_cut_line(struct rule_cut *c, struct slice line, uint64_t offset,
    struct err *e)
{
	return formats[c->format].ops->line(c, line, offset, e);
}

int
rule_cut_end(struct rule_cut *c, struct err *e)
{
	return formats[c->format].ops->end(c, e);
}

int
rule_cut_text(struct rule_cut *c, struct slice text, struct err *e)
{
	struct slice rest = text, line;

	rule_cut_reset(c);
	while (slice_line(&rest, &line)) {
		while (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (rule_cut_line(c, line, (uint64_t)(line.p - text.p),
		    e) != 0)
			return -1;
	}
	return rule_cut_end(c, e);
}
