/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/cursor.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/tstamp.h"
#include "sync/dialect.h"

#define OBJECTS_KEPT KIB(8) /* a longer URL is found anew at each poll */

static void
digest_text(struct sha256 *s, const char *text)
{
	/* With its NUL, so that neighbours do not run together. */
	if (text == NULL)
		sha256_add(s, "\1", 2);
	else
		sha256_add(s, text, strlen(text) + 1);
}

void
cursor_init(struct cursor *c, const struct job *job)
{
	uint8_t sum[SHA256_LEN];
	struct sha256 s;

	memset(c, 0, sizeof(*c));
	c->since = c->walked = c->began = c->read = TSTAMP_NONE;
	sha256_init(&s);
	digest_text(&s, job->url);
	digest_text(&s, job->collection);
	digest_text(&s, job->added_after);
	for (size_t i = 0; i < job->nfeed; i++)
		digest_text(&s, job->feed[i]);
	for (size_t i = 0; i < job->nmatch_types; i++)
		digest_text(&s, job->match_types[i]);
	/* Cursors of before these filters stay good. */
	if (job->nmatch_ids + job->nmatch_specs > 0)
		digest_text(&s, NULL);
	for (size_t i = 0; i < job->nmatch_ids; i++)
		digest_text(&s, job->match_ids[i]);
	for (size_t i = 0; i < job->nmatch_specs; i++)
		digest_text(&s, job->match_specs[i]);
	sha256_done(&s, sum);
	hex_encode(sum, (CURSOR_SETTINGS - 1) / 2, c->settings);
}

void
cursor_free(struct cursor *c)
{
	free(c->objects);
	free(c->etag);
	free(c->modified);
	free(c->paging);
	free(c->beside);
	c->objects = c->etag = c->modified = c->paging = c->beside = NULL;
}

/* A member that is not set is left out. */
static int
put(json_t *o, const char *key, json_t *value)
{
	return value == NULL ? -1 : json_object_set_new(o, key, value);
}

static int
put_text(json_t *o, const char *key, const char *text)
{
	json_t *v;

	if (text == NULL || *text == '\0')
		return 0;
	/* What is not UTF-8 is not worth keeping: it is only a shortcut. */
	v = json_string(text);
	return v != NULL ? json_object_set_new(o, key, v) : 0;
}

/* To the second: it is compared with days and hours. */
static int
put_time(json_t *o, const char *key, int64_t t)
{
	char when[TSTAMP_TEXT_MAX];

	if (t == TSTAMP_NONE)
		return 0;
	tstamp_format(t, 0, when);
	return put_text(o, key, when);
}

static int
fill(json_t *o, const struct cursor *c)
{
	char when[TSTAMP_TEXT_MAX];

	const char *objects = c->objects;

	if (objects != NULL && strlen(objects) > OBJECTS_KEPT)
		objects = NULL;
	if (put(o, "v", json_integer(CURSOR_VERSION)) != 0 ||
	    put_text(o, "settings", c->settings) != 0 ||
	    put_text(o, "objects", objects) != 0 ||
	    put_text(o, "etag", c->etag) != 0 ||
	    put_text(o, "modified", c->modified) != 0 ||
	    put_text(o, "paging", c->paging) != 0 ||
	    put_text(o, "beside", c->beside) != 0 ||
	    put_time(o, "read", c->read) != 0 || put_time(o, "walked",
	    c->walked) != 0)
		return -1;
	if (c->body != 0) {
		snprintf(when, sizeof(when), "%016" PRIx64, c->body);
		if (put_text(o, "body", when) != 0)
			return -1;
	}
	if (c->since != TSTAMP_NONE) {
		tstamp_format(c->since, 6, when);
		if (put_text(o, "since", when) != 0)
			return -1;
	}
	if (c->dialect != NULL &&
	    dialect_named(c->dialect) != DIALECT_21 &&
	    put_text(o, "dialect", c->dialect) != 0)
		return -1;
	if (c->range != RANGE_ANY && put(o, "range",
	    json_integer((json_int_t)c->range)) != 0)
		return -1;
	if (c->began != TSTAMP_NONE) {
		tstamp_format(c->began, 6, when);
		if (put_text(o, "began", when) != 0)
			return -1;
	}
	if (c->page != 0 && (put(o, "page", json_integer(c->page)) != 0 ||
	    put(o, "page_size", json_integer(c->page_size)) != 0))
		return -1;
	if (c->unfiltered && put(o, "unfiltered", json_true()) != 0)
		return -1;
	if (c->limit != 0 && put(o, "limit", json_integer(c->limit)) != 0)
		return -1;
	return 0;
}

static int
append(const char *p, size_t n, void *out)
{
	return buf_add(out, p, n);
}

int
cursor_encode(const struct cursor *c, struct buf *out, struct err *e)
{
	json_t *o = json_object();
	int rc = -1;

	if (o == NULL || fill(o, c) != 0)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (json_dump_callback(o, append, out, JSON_COMPACT) != 0 ||
	    !buf_ok(out))
		err_set(e, ERR_LIMIT, "the cursor does not fit into %u bytes",
		    CURSOR_MAX);
	else
		rc = 0;
	json_decref(o);
	return rc;
}

int
cursor_checkpoint(const struct cursor *c, struct ingest *g, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, CURSOR_MAX);
	rc = cursor_encode(c, &text, e);
	if (rc == 0)
		rc = ingest_checkpoint(g, buf_view(&text), e);
	buf_free(&text);
	return rc;
}

/* Absent is fine; -1 for another type or no memory. */
static int
take_text(json_t *o, const char *key, char **room)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL)
		return 0;
	if (!json_is_string(v))
		return -1;
	*room = strdup(json_string_value(v));
	return *room != NULL ? 0 : -1;
}

/* What is not known is found out again. */
static void
take_version(json_t *o, struct cursor *c)
{
	enum dialect d = dialect_named(json_string_value(json_object_get(o,
	    "dialect")));
	json_int_t form = json_integer_value(json_object_get(o, "range"));

	if (d != DIALECTS)
		c->dialect = dialect_row(d)->name;
	if (form > RANGE_ANY && form <= RANGE_NONE)
		c->range = (enum range_form)form;
}

/* A walk that broke off: page, size and beginning, or none of them. */
static void
take_page(json_t *o, struct cursor *c)
{
	json_int_t page = json_integer_value(json_object_get(o, "page"));
	json_int_t size = json_integer_value(json_object_get(o, "page_size"));
	const char *began = json_string_value(json_object_get(o, "began"));

	if (page < 1 || page > UINT32_MAX || size < 1 || size > UINT32_MAX ||
	    began == NULL || tstamp_parse(slice_str(began), &c->began) != 0) {
		c->began = TSTAMP_NONE;
		return;
	}
	c->page = (uint32_t)page;
	c->page_size = (uint32_t)size;
}

/* What cannot be read counts as not known. */
static void
take_time(json_t *o, const char *key, int64_t *t)
{
	const char *text = json_string_value(json_object_get(o, key));

	if (text != NULL && tstamp_parse(slice_str(text), t) != 0)
		*t = TSTAMP_NONE;
}

static void
take_body(json_t *o, struct cursor *c)
{
	const char *text = json_string_value(json_object_get(o, "body"));
	uint8_t bytes[8];

	if (text == NULL || strlen(text) != 16 ||
	    hex_decode(text, bytes, sizeof(bytes)) != 0)
		return;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		c->body = c->body << 8 | bytes[i];
}

static int
take_all(json_t *o, struct cursor *c)
{
	json_t *since = json_object_get(o, "since");
	json_t *limit = json_object_get(o, "limit");

	take_version(o, c);
	take_page(o, c);
	if (take_text(o, "objects", &c->objects) != 0 ||
	    take_text(o, "etag", &c->etag) != 0 ||
	    take_text(o, "modified", &c->modified) != 0 ||
	    take_text(o, "paging", &c->paging) != 0 ||
	    take_text(o, "beside", &c->beside) != 0)
		return -1;
	take_time(o, "walked", &c->walked);
	take_time(o, "read", &c->read);
	take_body(o, c);
	if (since != NULL && (!json_is_string(since) ||
	    tstamp_parse(slice_str(json_string_value(since)), &c->since) != 0 ||
	    c->since == TSTAMP_NEVER))
		return -1;
	c->unfiltered = json_is_true(json_object_get(o, "unfiltered"));
	if (limit != NULL) {
		json_int_t n = json_integer_value(limit);

		if (n < 1 || n > UINT32_MAX)
			return -1;
		c->limit = (uint32_t)n;
	}
	return 0;
}

int
cursor_decode(struct slice text, struct cursor *c, struct err *e)
{
	json_t *o;
	const char *settings;
	int rc = 1;

	if (text.p == NULL || text.n == 0)
		return 1;
	o = text.n <= CURSOR_MAX ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	settings = json_string_value(json_object_get(o, "settings"));
	if (!json_is_object(o)) {
		rc = err_set(e, ERR_SYNTAX, "the stored cursor is not a JSON"
		    " object");
	} else if (json_integer_value(json_object_get(o, "v")) ==
	    CURSOR_VERSION && settings != NULL &&
	    strcmp(settings, c->settings) == 0) {
		rc = take_all(o, c);
		if (rc != 0) {
			cursor_free(c);
			c->since = c->walked = c->began = TSTAMP_NONE;
			c->read = TSTAMP_NONE;
			c->body = 0;
			c->limit = c->page = c->page_size = 0;
			c->dialect = NULL;
			c->range = RANGE_ANY;
			c->unfiltered = false;
			err_set(e, ERR_SYNTAX, "the stored cursor is damaged");
		}
	}
	json_decref(o);
	return rc;
}
