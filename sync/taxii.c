/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/taxii.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/idkey.h"
#include "base/tstamp.h"
#include "sync/taxii_filter.h"

/* --- URLs ----------------------------------------------------------------- */

/* Cut the last segment off a path that ends in '/', or not. */
static struct slice
last_segment(struct slice path, struct slice *rest)
{
	size_t end = path.n, start;

	while (end > 0 && path.p[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path.p[start - 1] != '/')
		start--;
	*rest = (struct slice){path.p, start};
	return (struct slice){path.p + start, end - start};
}

struct taxii_path
taxii_path_of(const struct url *u)
{
	struct taxii_path out = {TAXII_OTHER, u->path, SLICE_NONE};
	struct slice rest, up, seg = last_segment(u->path, &rest);

	if (seg.n == 0) {
		out.place = TAXII_HOST;
		return out;
	}
	if (slice_is(seg, "collections")) {
		out.place = TAXII_COLLECTIONS;
		out.root = rest;
		return out;
	}
	if (!slice_is(last_segment(rest, &up), "collections") &&
	    (slice_is(seg, "objects") || slice_is(seg, "manifest")))
		seg = last_segment(rest, &rest);
	if (slice_is(last_segment(rest, &up), "collections") && seg.n > 0) {
		out.place = TAXII_COLLECTION;
		out.root = up;
		out.id = seg;
	}
	return out;
}

static void
add_param(struct buf *out, char *glue, const char *name, struct slice value)
{
	buf_char(out, *glue);
	*glue = '&';
	buf_str(out, name);
	buf_char(out, '=');
	url_escape(out, value);
}

#define TYPE_CODES 256

unsigned
taxii_types(const struct job *job)
{
	unsigned n = 0;

	if (job->nmatch_types > 0)
		return (unsigned)job->nmatch_types;
	for (int code = 0; code < TYPE_CODES; code++)
		n += stix_type_name(code) != NULL && code != STIX_BUNDLE;
	return n;
}

const char *
taxii_type(const struct job *job, unsigned i)
{
	if (job->nmatch_types > 0)
		return i >= 1 && i <= job->nmatch_types ?
		    job->match_types[i - 1] : NULL;
	for (int code = 0; code < TYPE_CODES && i > 0; code++)
		if (stix_type_name(code) != NULL && code != STIX_BUNDLE &&
		    --i == 0)
			return stix_type_name(code);
	return NULL;
}

static void
add_types(struct buf *out, char *glue, const struct job *job, unsigned only)
{
	if (only > 0) {
		add_param(out, glue, "match%5Btype%5D",
		    slice_str(taxii_type(job, only)));
		return;
	}
	for (size_t i = 0; i < job->nmatch_types; i++) {
		if (i == 0) {
			buf_char(out, *glue);
			*glue = '&';
			buf_str(out, "match%5Btype%5D=");
		} else {
			buf_char(out, ',');
		}
		url_escape(out, slice_str(job->match_types[i]));
	}
}

/* `…/objects/` to `…/manifest/`; the query of a free-form URL stays. */
static void
add_base(struct buf *out, struct slice objects, bool manifest)
{
	static const struct slice tail = {"objects/", 8};
	size_t n = 0;

	while (n < objects.n && objects.p[n] != '?')
		n++;
	if (manifest && n >= tail.n && slice_eq(tail,
	    (struct slice){objects.p + n - tail.n, tail.n})) {
		buf_add(out, objects.p, n - tail.n);
		buf_str(out, "manifest/");
	} else {
		buf_add(out, objects.p, n);
	}
	buf_add(out, objects.p + n, objects.n - n);
}

int
taxii_page_url(const char *objects, const struct page_step *step,
    const struct job *job, struct buf *out, struct err *e)
{
	char glue = strchr(objects, '?') != NULL ? '&' : '?';
	char text[TSTAMP_TEXT_MAX];

	add_base(out, slice_str(objects), step->act == PAGE_MANIFEST);
	if (step->added_after != TSTAMP_NONE) {
		size_t n = tstamp_format(step->added_after, 6, text);

		add_param(out, &glue, "added_after", (struct slice){text, n});
	}
	snprintf(text, sizeof(text), "%" PRIu32, step->limit);
	if (step->limit > 0)
		add_param(out, &glue, "limit", slice_str(text));
	add_types(out, &glue, job, step->type);
	filter_params(job, step->limit == 0, &glue, out);
	if (step->next.p != NULL)
		add_param(out, &glue, "next", step->next);
	if (!buf_ok(out))
		return err_set(e, ERR_LIMIT, "a request's URL is longer than"
		    " the %u bytes allowed", LIMIT_URL);
	return 0;
}

/* --- what documents say --------------------------------------------------- */

const char *
taxii_text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL && *s != '\0' ? s : NULL;
}

/* 1, 0, or -1 for what is neither yes nor no.  Absent and null mean no. */
static int
truth(json_t *v)
{
	const char *s = json_string_value(v);

	if (s != NULL)
		return strcasecmp(s, "true") == 0 ? 1 :
		    strcasecmp(s, "false") == 0 ? 0 : -1;
	if (json_is_integer(v))
		return json_integer_value(v) != 0;
	if (v == NULL || json_is_null(v) || json_is_boolean(v))
		return json_is_true(v);
	return -1;
}

static int
read_next(json_t *next, char *room, struct slice *out)
{
	*out = SLICE_NONE;
	if (json_is_string(next)) {
		*out = (struct slice){json_string_value(next),
		    json_string_length(next)};
	} else if (json_is_integer(next)) {
		snprintf(room, TAXII_NUMBER, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(next));
		*out = slice_str(room);
	} else if (json_is_real(next)) {
		snprintf(room, TAXII_NUMBER, "%.17g", json_real_value(next));
		*out = slice_str(room);
	} else if (next != NULL && !json_is_null(next)) {
		return -1;
	}
	return 0;
}

int
taxii_paging(json_t *skeleton, char *room, struct page_reply *r, struct err *e)
{
	json_t *objects = json_object_get(skeleton, "objects");
	int more = truth(json_object_get(skeleton, "more"));

	if (!json_is_object(skeleton))
		return err_set(e, ERR_PROTO, "not a TAXII envelope, which is a"
		    " JSON object");
	if (objects == NULL && json_object_get(skeleton, "more") == NULL &&
	    taxii_text(skeleton, "title") != NULL)
		return err_set(e, ERR_PROTO, "not a TAXII envelope, but a"
		    " document titled '%.200s'", taxii_text(skeleton,
		    "title"));
	/* null is how some frameworks write an empty list */
	if (objects != NULL && !json_is_array(objects) &&
	    !json_is_null(objects))
		return err_set(e, ERR_PROTO, "`objects` is not a list");
	if (more < 0)
		return err_set(e, ERR_PROTO, "`more` is neither true nor"
		    " false");
	r->more = more > 0;
	if (json_object_get(skeleton, "more") != NULL &&
	    !json_is_boolean(json_object_get(skeleton, "more")))
		r->deviations |= DEVIATION_BIT(DEVIATION_MORE_TEXT);
	if (json_is_number(json_object_get(skeleton, "next")))
		r->deviations |= DEVIATION_BIT(DEVIATION_CURSOR_NUMBER);
	if (taxii_text(skeleton, "type") != NULL)
		r->deviations |= DEVIATION_BIT(DEVIATION_NOT_ENVELOPE);
	if (read_next(json_object_get(skeleton, "next"), room, &r->next) != 0)
		return err_set(e, ERR_PROTO, "`next` is neither text nor a"
		    " number");
	return 0;
}

int64_t
taxii_manifest_date(json_t *manifest, uint64_t n)
{
	json_t *records = json_object_get(manifest, "objects");
	size_t have = json_array_size(records);
	int64_t date = TSTAMP_NONE, t;

	if (n < have)
		have = (size_t)n;
	for (size_t i = 0; i < have; i++) {
		const char *text = taxii_text(json_array_get(records, i),
		    "date_added");

		if (text == NULL ||
		    tstamp_parse_liberal(slice_str(text), &t) != 0 || t < date)
			return TSTAMP_NONE;
		date = t;
	}
	return date;
}

bool
taxii_collection_of(json_t *o, struct taxii_collection *c)
{
	c->id = taxii_text(o, "id");
	c->alias = taxii_text(o, "alias");
	c->title = taxii_text(o, "title");
	c->description = taxii_text(o, "description");
	c->can_read = !json_is_false(json_object_get(o, "can_read"));
	c->can_write = truth(json_object_get(o, "can_write")) == 1;
	return c->id != NULL;
}
