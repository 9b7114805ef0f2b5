/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/import_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "store/bytes.h"
#include "store/record.h"

#define GATHERED 50000u /* lines of a kind in one transaction */

int
import_bad(unsigned long long line, const char *what, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "line %llu: %s", line, what);
}

uint8_t *
import_unhex(unsigned long long line, const char *text, size_t *n,
    struct err *e)
{
	size_t length = text != NULL ? strlen(text) : 1;
	uint8_t *bytes;

	if (length % 2 != 0 || length > 2 * LIMIT_RECORD) {
		import_bad(line, "a record is not hexadecimal", e);
		return NULL;
	}
	*n = length / 2;
	bytes = malloc(*n + 1);
	if (bytes == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (hex_decode(text, bytes, *n) != 0) {
		import_bad(line, "a record is not hexadecimal", e);
		free(bytes);
		bytes = NULL;
	}
	return bytes;
}

/* ---- the lines ------------------------------------------------------------- */

/* The bytes of a field; NULL with e set. */
static uint8_t *
field(struct import_rows *r, const json_t *line, const char *key, size_t *n,
    struct err *e)
{
	return import_unhex(r->line, json_string_value(json_object_get(line,
	    key)), n, e);
}

static struct slice
source_of(const json_t *line)
{
	return slice_str(json_string_value(json_object_get(line, "source")));
}

static int
put_set(struct import_rows *r, const json_t *line, struct err *e)
{
	json_int_t kind = json_integer_value(json_object_get(line, "set"));
	json_int_t walk = json_integer_value(json_object_get(line, "walk"));
	struct rows_key k = {.kind = (uint8_t)kind, .walk = (uint32_t)walk};
	struct idkey *ids = NULL;
	uint8_t *group, *bytes;
	size_t ngroup, n, i;
	int rc = -1;

	group = field(r, line, "group", &ngroup, e);
	bytes = group != NULL ? field(r, line, "ids", &n, e) : NULL;
	if (bytes != NULL)
		ids = calloc(n / IDKEY_LEN + 1, sizeof(*ids));
	if (ids == NULL && bytes != NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	if (ids != NULL && (ngroup != 12 || n % IDKEY_LEN != 0 || kind < 1 ||
	    kind >= ROWS_KINDS || walk < 0 || walk > UINT32_MAX)) {
		import_bad(r->line, "a set of objects that cannot be read", e);
	} else if (ids != NULL) {
		for (i = 0; i < n / IDKEY_LEN; i++)
			memcpy(ids[i].b, bytes + i * IDKEY_LEN, IDKEY_LEN);
		rc = restore_set(r->open, source_of(line), &k, le32_get(group),
		    le64_get_signed(group + 4), ids, n / IDKEY_LEN, e);
	}
	free(ids);
	free(bytes);
	free(group);
	return rc;
}

/* ---- what is gathered ------------------------------------------------------ */

static int
gather_begin(struct import_rows *r, struct err *e)
{
	if (r->pairs != NULL)
		return 0;
	arena_init(&r->arena, MIB(512));
	r->sightings = calloc(GATHERED, sizeof(*r->sightings));
	r->buried = calloc(GATHERED, sizeof(*r->buried));
	if (r->sightings != NULL && r->buried != NULL)
		r->pairs = calloc(GATHERED, sizeof(*r->pairs));
	return r->pairs != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

/* Each kind in one transaction. */
static int
flush(struct import_rows *r, struct err *e)
{
	int rc = 0;

	if (r->nburied != 0)
		rc = restore_buried(r->open, r->source, r->buried, r->nburied,
		    e);
	if (rc == 0 && r->nsightings != 0)
		rc = restore_sightings(r->open, r->sightings, r->nsightings,
		    e);
	if (rc == 0 && r->npairs != 0)
		rc = store_allow_restore(r->open, r->pairs, r->npairs, e);
	r->nburied = r->nsightings = r->npairs = 0;
	if (r->pairs != NULL)
		arena_reset(&r->arena);
	return rc;
}

/* A field that is kept until the next flush, and is not empty. */
static int
keep(struct import_rows *r, const json_t *line, const char *key,
    const char *what, struct slice *to, struct err *e)
{
	size_t n;
	uint8_t *bytes = field(r, line, key, &n, e);
	int rc = -1;

	if (bytes == NULL)
		return -1;
	*to = (struct slice){arena_dup(&r->arena, bytes, n), n};
	if (n == 0)
		import_bad(r->line, what, e);
	else if (to->p == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else
		rc = 0;
	free(bytes);
	return rc;
}

/* Those of one source are gathered. */
static int
gather_source(struct import_rows *r, struct slice source, struct err *e)
{
	if (r->nburied != 0 && slice_eq(r->source, source))
		return 0;
	if (r->nburied != 0 && flush(r, e) != 0)
		return -1;
	r->source = source;
	if (source.n != 0)
		r->source = arena_slice(&r->arena, source);
	return source.n == 0 || r->source.p != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "out of memory");
}

static int
put_buried(struct import_rows *r, const json_t *line, struct err *e)
{
	static const char what[] = "an identifier that cannot be read";
	struct restore_buried *to;
	struct slice key, record;

	if (gather_source(r, source_of(line), e) != 0 ||
	    keep(r, line, "buried", what, &key, e) != 0 ||
	    keep(r, line, "record", what, &record, e) != 0)
		return -1;
	to = &r->buried[r->nburied];
	if (key.n != IDKEY_LEN || id_rec_decode(record, &to->rec) != 0 ||
	    to->rec.row != 0)
		return import_bad(r->line, what, e);
	memcpy(to->id.b, key.p, IDKEY_LEN);
	return ++r->nburied < GATHERED ? 0 : flush(r, e);
}

static int
put_sighting(struct import_rows *r, const json_t *line, struct err *e)
{
	static const char what[] = "a sighting that cannot be read";
	struct restore_sighting *to = &r->sightings[r->nsightings];

	if (keep(r, line, "sighting", what, &to->key, e) != 0 ||
	    keep(r, line, "record", what, &to->record, e) != 0)
		return -1;
	return ++r->nsightings < GATHERED ? 0 : flush(r, e);
}

static int
put_allow(struct import_rows *r, const json_t *line, struct err *e)
{
	static const char what[] = "an empty record of an allow-list";
	struct allow_pair *to = &r->pairs[r->npairs];

	if (keep(r, line, "allow", what, &to->key, e) != 0 ||
	    keep(r, line, "record", what, &to->record, e) != 0)
		return -1;
	return ++r->npairs < GATHERED ? 0 : flush(r, e);
}

/* ---- all of them ----------------------------------------------------------- */

static const struct extra {
	const char *what; /* its key */
	int (*put)(struct import_rows *r, const json_t *line, struct err *e);
} extras[] = {
	{"set", put_set}, {"buried", put_buried}, {"sighting", put_sighting},
	{"allow", put_allow},
};

static const struct extra *
extra_of(const json_t *line)
{
	for (size_t i = 0; i < ARRAY_LEN(extras); i++)
		if (json_object_get(line, extras[i].what) != NULL)
			return &extras[i];
	return NULL;
}

int
import_store(const char *path, import_store_fn *fn, void *ctx, struct err *e)
{
	struct store *s;
	int rc;

	if (store_open(path, tstamp_now(), &s, e) != 0)
		return -1;
	rc = fn(ctx, s, e);
	store_close(s);
	return rc;
}

bool
import_rows_is(const json_t *line)
{
	return extra_of(line) != NULL;
}

int
import_rows_take(struct import_rows *r, const json_t *line, struct err *e)
{
	const struct extra *x = extra_of(line);

	if (r->open == NULL &&
	    store_open(r->store, tstamp_now(), &r->open, e) != 0)
		return -1;
	return gather_begin(r, e) == 0 ? x->put(r, line, e) : -1;
}

int
import_rows_end(struct import_rows *r, struct err *e)
{
	int rc = flush(r, e);

	store_close(r->open);
	r->open = NULL;
	return rc;
}

void
import_rows_free(struct import_rows *r)
{
	store_close(r->open);
	if (r->pairs != NULL)
		arena_free(&r->arena);
	free(r->pairs);
	free(r->sightings);
	free(r->buried);
}
