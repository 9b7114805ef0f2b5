/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoded: fields of u8 tag, u32 length, bytes, in any order; a field that is
 * not set is left out.  Not JSON, because secrets are any bytes and because no
 * copy of one may stay behind in a library's memory.
 */
#include "sync/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "sync/confine.h"
#include "sync/wipe.h"

#define FIELD_HEAD 5
#define MAX_BLOB MIB(1)
#define MAX_WORD 256u
#define MAX_HEADERS 64
#define MAX_TYPES 64
#define MAX_FEED 4096

enum field_kind {
	FIELD_STRING, FIELD_BLOB, FIELD_U32, FIELD_U64, FIELD_BOOL, FIELD_U8,
	FIELD_AUTH, FIELD_DEVIATIONS
};

struct field {
	uint8_t tag;
	uint8_t kind;
	uint32_t max; /* bytes of a string or blob, value of a small number */
	size_t at;
	const char *name;
};

#define F(t, k, m, f) {t, k, m, offsetof(struct job, f), #f}

static const struct field fields[] = {
	F(1, FIELD_STRING, LIMIT_SOURCE_NAME, name),
	F(2, FIELD_STRING, MAX_WORD, kind),
	F(3, FIELD_STRING, LIMIT_URL, url),
	F(4, FIELD_STRING, LIMIT_NAME, collection),
	F(5, FIELD_AUTH, AUTH_PLACED, auth),
	F(6, FIELD_STRING, LIMIT_SECRET, user),
	F(7, FIELD_STRING, LIMIT_SECRET, password),
	F(8, FIELD_STRING, LIMIT_SECRET, token),
	F(9, FIELD_STRING, LIMIT_SECRET, header_name),
	F(10, FIELD_STRING, LIMIT_SECRET, header_value),
	F(11, FIELD_BLOB, MAX_BLOB, client_cert),
	F(12, FIELD_BLOB, MAX_BLOB, client_key),
	F(13, FIELD_STRING, LIMIT_SECRET, client_key_password),
	F(14, FIELD_BLOB, MAX_BLOB, ca_bundle),
	F(15, FIELD_STRING, LIMIT_URL, proxy),
	F(16, FIELD_STRING, MAX_WORD, added_after),
	F(17, FIELD_U32, 0, page_limit),
	F(18, FIELD_U32, 0, connect_timeout),
	F(19, FIELD_U32, 0, low_speed_time),
	F(20, FIELD_U32, 0, total_timeout),
	F(21, FIELD_U64, 0, max_body),
	F(22, FIELD_BOOL, 1, allow_http_redirect_host),
	F(23, FIELD_BOOL, 1, insecure_roots),
	F(24, FIELD_BOOL, 1, keep_raw),
	F(25, FIELD_BOOL, 1, allow_bogons),
	F(26, FIELD_U8, UINT8_MAX, default_tlp),
	F(27, FIELD_U64, 0, seed),
	F(28, FIELD_STRING, LIMIT_CHECKPOINT, cursor),
	F(29, FIELD_BOOL, 1, ask),
	F(30, FIELD_U64, 0, now),
	F(31, FIELD_BOOL, 1, once),
	F(32, FIELD_BOOL, 1, trial),
	/* access: 40 … 69 */
	F(40, FIELD_STRING, MAX_WORD, scheme),
	F(41, FIELD_STRING, MAX_WORD, query_name),
	F(42, FIELD_STRING, LIMIT_URL, token_url),
	F(43, FIELD_STRING, LIMIT_SECRET, client_id),
	F(44, FIELD_STRING, LIMIT_SECRET, client_secret),
	F(45, FIELD_STRING, LIMIT_NAME, scope),
	F(46, FIELD_BOOL, 1, client_in_body),
	F(47, FIELD_STRING, LIMIT_NAME, pinned_key),
	F(48, FIELD_STRING, LIMIT_NAME, accept),
	F(49, FIELD_U8, SLASH_REMOVE, slash),
	F(50, FIELD_BOOL, 1, empty_404),
	F(51, FIELD_U32, 0, rate_requests),
	F(52, FIELD_U32, 0, rate_period),
	F(53, FIELD_BOOL, 1, http1),
	F(54, FIELD_U32, 0, low_speed_limit),
	F(55, FIELD_U8, 6, ip_family),
	F(56, FIELD_BOOL, 1, tls13),
	F(57, FIELD_U32, 0, most_tries),
	F(58, FIELD_U32, 0, retry_first),
	F(59, FIELD_U32, 0, retry_longest),
	F(70, FIELD_DEVIATIONS, DEVIATION_ACTIONS - 1, deviations),
	F(71, FIELD_BOOL, 1, by_date),
	F(72, FIELD_BOOL, 1, full),
	F(73, FIELD_U32, 0, full_every),
	F(74, FIELD_BOOL, 1, part),
	F(75, FIELD_BOOL, 1, may_be_empty),
	F(80, FIELD_BOOL, 1, listed),
	F(90, FIELD_STRING, MAX_WORD, op),
	F(91, FIELD_STRING, LIMIT_NAME, object),
	F(92, FIELD_STRING, LIMIT_NAME, match_version),
	F(93, FIELD_U32, 0, wait),
	F(94, FIELD_BOOL, 1, srv),
	F(95, FIELD_U8, SANDBOX_OFF, sandbox),
};

#define TAG_HEADERS 100
#define TAG_MATCH_TYPES 101
#define TAG_MATCH_IDS 102
#define TAG_MATCH_SPECS 103
#define TAG_QUERY 110
#define TAG_TOKEN_PARAMS 111
#define TAG_FEED 112
#define TAG_EXPECT 113
#define TAG_SECRETS 114
#define TAG_URL_ALSO 115

static const struct list {
	uint8_t tag;
	size_t most, at, count_at;
	uint32_t max;
	const char *name;
} lists[] = {
	{TAG_HEADERS, MAX_HEADERS, offsetof(struct job, headers),
	    offsetof(struct job, nheaders), LIMIT_SECRET, "headers"},
	{TAG_MATCH_TYPES, MAX_TYPES, offsetof(struct job, match_types),
	    offsetof(struct job, nmatch_types), MAX_WORD, "match_types"},
	{TAG_MATCH_IDS, MAX_TYPES, offsetof(struct job, match_ids),
	    offsetof(struct job, nmatch_ids), LIMIT_ID, "match_ids"},
	{TAG_MATCH_SPECS, MAX_TYPES, offsetof(struct job, match_specs),
	    offsetof(struct job, nmatch_specs), MAX_WORD, "match_specs"},
	{TAG_QUERY, MAX_HEADERS, offsetof(struct job, query),
	    offsetof(struct job, nquery), LIMIT_SECRET, "query"},
	{TAG_TOKEN_PARAMS, MAX_HEADERS, offsetof(struct job, token_params),
	    offsetof(struct job, ntoken_params), LIMIT_SECRET, "token_params"},
	{TAG_SECRETS, LIMIT_SECRETS, offsetof(struct job, secrets),
	    offsetof(struct job, nsecrets), LIMIT_SECRET_NAME + 1 +
	    LIMIT_SECRET, "secrets"},
	{TAG_URL_ALSO, LIMIT_MIRRORS, offsetof(struct job, url_also),
	    offsetof(struct job, nurl_also), LIMIT_URL, "url_also"},
	{TAG_EXPECT, MAX_TYPES, offsetof(struct job, expect),
	    offsetof(struct job, nexpect), MAX_WORD, "expect"},
	{TAG_FEED, MAX_FEED, offsetof(struct job, feed),
	    offsetof(struct job, nfeed), LIMIT_URL, "feed"},
};

static void *
field_at(const struct job *j, size_t at)
{
	return (char *)(uintptr_t)j + at;
}

void
job_init(struct job *j)
{
	*j = (struct job){.keep_raw = true};
}

static void
string_free(char **s)
{
	wipe_str(*s);
	free(*s);
	*s = NULL;
}

static void
blob_free(struct job_blob *b)
{
	wipe(b->p, b->n);
	free(b->p);
	*b = (struct job_blob){NULL, 0};
}

static void
strings_free(char **v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		string_free(&v[i]);
	free(v);
}

void
job_free(struct job *j)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++) {
		if (fields[i].kind == FIELD_STRING)
			string_free(field_at(j, fields[i].at));
		else if (fields[i].kind == FIELD_BLOB)
			blob_free(field_at(j, fields[i].at));
	}
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		char ***v = field_at(j, lists[i].at);
		size_t *n = field_at(j, lists[i].count_at);

		strings_free(*v, *n);
	}
	strings_free(j->exec.argv, j->exec.nargv);
	strings_free(j->exec.env, j->exec.nenv);
	free(j->exec.dir);
	fence_free(&j->exec.fence);
	free(j->rate_path);
	free(j->group);
	for (i = 0; i < SOURCE_FACTS; i++)
		free(j->facts[i]);
	free(j->ageing);
	job_init(j);
}

/* ---- encoding ------------------------------------------------------------ */

/* The bytes of a field as they are sent; absent when it is not set.  Numbers
 * lie in *room. */
static struct slice
field_bytes(const struct job *j, const struct field *f, uint64_t *room)
{
	const void *p = field_at(j, f->at);
	const struct job_blob *blob = p;
	uint32_t u32;

	switch ((enum field_kind)f->kind) {
	case FIELD_STRING:
		return slice_str(*(char *const *)p);
	case FIELD_BLOB:
		return (struct slice){blob->p, blob->n};
	case FIELD_U32:
		memcpy(room, p, 4);
		return (struct slice){(char *)room, 4};
	case FIELD_U64:
		memcpy(room, p, 8);
		return (struct slice){(char *)room, 8};
	case FIELD_AUTH:
		u32 = (uint32_t)*(const enum auth_kind *)p;
		memcpy(room, &u32, 4);
		return (struct slice){(char *)room, 4};
	case FIELD_DEVIATIONS:
		return (struct slice){p, DEVIATIONS};
	case FIELD_BOOL:
		*(uint8_t *)room = *(const bool *)p;
		return (struct slice){(char *)room, 1};
	case FIELD_U8:
		*(uint8_t *)room = *(const uint8_t *)p;
		return (struct slice){(char *)room, 1};
	}
	return SLICE_NONE;
}

static int
field_put(struct buf *out, uint8_t tag, uint32_t max, const char *name,
    struct slice s, struct err *e)
{
	uint32_t n = (uint32_t)s.n;

	if (s.n > max)
		return err_set(e, ERR_LIMIT, "%s is longer than %lu bytes",
		    name, (unsigned long)max);
	buf_char(out, (char)tag);
	buf_add(out, &n, sizeof(n));
	buf_slice(out, s);
	return 0;
}

/* All room at once: a buffer that grows leaves copies behind. */
static int
encode_room(const struct job *j, struct buf *out, struct err *e)
{
	size_t total = 0, i, k, *n;
	uint64_t room;
	char ***v;

	for (i = 0; i < ARRAY_LEN(fields); i++)
		total += FIELD_HEAD + field_bytes(j, &fields[i], &room).n;
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		v = field_at(j, lists[i].at);
		n = field_at(j, lists[i].count_at);
		if (*n > lists[i].most)
			return err_set(e, ERR_LIMIT, "more than %zu %s",
			    lists[i].most, lists[i].name);
		for (k = 0; k < *n; k++)
			total += FIELD_HEAD + strlen((*v)[k]);
	}
	if (buf_room(out, total) == NULL)
		return err_set(e, ERR_LIMIT, "settings of source '%s' are "
		    "larger than %u bytes", j->name != NULL ? j->name : "",
		    LIMIT_JOB);
	return 0;
}

int
job_encode(const struct job *j, struct buf *out, struct err *e)
{
	uint64_t room = 0;
	size_t i, k, *n;
	struct slice s;
	char ***v;

	if (encode_room(j, out, e) != 0)
		return -1;
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		s = field_bytes(j, &fields[i], &room);
		if (s.p != NULL && field_put(out, fields[i].tag,
		    fields[i].kind == FIELD_STRING ||
		    fields[i].kind == FIELD_BLOB ? fields[i].max :
		    DEVIATIONS,
		    fields[i].name, s, e) != 0)
			return -1;
	}
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		v = field_at(j, lists[i].at);
		n = field_at(j, lists[i].count_at);
		for (k = 0; k < *n; k++)
			if (field_put(out, lists[i].tag, lists[i].max,
			    lists[i].name, slice_str((*v)[k]), e) != 0)
				return -1;
	}
	if (!buf_ok(out))
		return err_set(e, ERR_MEMORY, "out of memory for the job");
	return 0;
}

/* ---- decoding ------------------------------------------------------------ */

static int
bad_field(const char *name, struct err *e)
{
	return err_set(e, ERR_PROTO, "job: field '%s' is not acceptable", name);
}

static int
copy_bytes(struct slice s, char **out, struct err *e)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for the job");
	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	*out = p;
	return 0;
}

static int
copy_string(struct slice s, uint32_t max, const char *name, char **out,
    struct err *e)
{
	if (*out != NULL || s.n > max || memchr(s.p, '\0', s.n) != NULL)
		return bad_field(name, e);
	return copy_bytes(s, out, e);
}

/* A number of `width` bytes, at most f->max unless that is 0. */
static int
take_number(struct slice s, const struct field *f, size_t width, uint64_t *v)
{
	uint32_t u32;

	*v = 0;
	if (s.n != width)
		return -1;
	if (width == 1) {
		*v = (unsigned char)s.p[0];
	} else if (width == 4) {
		memcpy(&u32, s.p, 4);
		*v = u32;
	} else {
		memcpy(v, s.p, 8);
	}
	return f->max != 0 && *v > f->max ? -1 : 0;
}

/* Both ends are one program: the table has as many rows there as here. */
static int
take_deviations(struct slice s, const struct field *f, uint8_t *to)
{
	if (s.n != DEVIATIONS)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] > f->max)
			return -1;
	memcpy(to, s.p, s.n);
	return 0;
}

static int
take_field(struct job *j, const struct field *f, struct slice s, struct err *e)
{
	static const uint8_t width[] = {[FIELD_U32] = 4, [FIELD_AUTH] = 4,
	    [FIELD_U64] = 8, [FIELD_BOOL] = 1, [FIELD_U8] = 1};
	void *p = field_at(j, f->at);
	struct job_blob *blob = p;
	uint32_t u32;
	uint64_t v;

	if (f->kind == FIELD_STRING)
		return copy_string(s, f->max, f->name, p, e);
	if (f->kind == FIELD_BLOB) {
		if (blob->p != NULL || s.n > f->max)
			return bad_field(f->name, e);
		blob->n = s.n;
		return copy_bytes(s, &blob->p, e);
	}
	if (f->kind == FIELD_DEVIATIONS)
		return take_deviations(s, f, p) == 0 ? 0 :
		    bad_field(f->name, e);
	if (take_number(s, f, width[f->kind], &v) != 0)
		return bad_field(f->name, e);
	switch ((enum field_kind)f->kind) {
	case FIELD_U32:
		u32 = (uint32_t)v;
		memcpy(p, &u32, 4);
		break;
	case FIELD_U64:
		memcpy(p, &v, 8);
		break;
	case FIELD_AUTH:
		*(enum auth_kind *)p = (enum auth_kind)v;
		break;
	case FIELD_BOOL:
		*(bool *)p = v != 0;
		break;
	default:
		*(uint8_t *)p = (uint8_t)v;
	}
	return 0;
}

static int
take_item(struct job *j, const struct list *l, struct slice s, struct err *e)
{
	char ***v = field_at(j, l->at);
	size_t *n = field_at(j, l->count_at);

	if (*n >= l->most)
		return bad_field(l->name, e);
	if (*v == NULL && (*v = calloc(l->most, sizeof(**v))) == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for the job");
	if (copy_string(s, l->max, l->name, &(*v)[*n], e) != 0)
		return -1;
	(*n)++;
	return 0;
}

static int
take_tag(struct job *j, uint8_t tag, struct slice s, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].tag == tag)
			return take_field(j, &fields[i], s, e);
	for (i = 0; i < ARRAY_LEN(lists); i++)
		if (lists[i].tag == tag)
			return take_item(j, &lists[i], s, e);
	return err_set(e, ERR_PROTO, "job: unknown field %u", tag);
}

int
job_decode(struct slice bytes, struct job *j, struct err *e)
{
	struct slice s;
	uint32_t n;
	size_t at;

	job_init(j);
	for (at = 0; at < bytes.n; at += FIELD_HEAD + n) {
		if (bytes.n - at < FIELD_HEAD)
			break;
		memcpy(&n, bytes.p + at + 1, sizeof(n));
		if (n > bytes.n - at - FIELD_HEAD)
			break;
		s = (struct slice){bytes.p + at + FIELD_HEAD, n};
		if (take_tag(j, (uint8_t)bytes.p[at], s, e) != 0)
			goto fail;
	}
	if (at == bytes.n && j->url != NULL)
		return 0;
	err_set(e, ERR_PROTO, "job: cut short, or without a URL");
fail:
	job_free(j);
	return -1;
}
