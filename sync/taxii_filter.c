/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/taxii_filter.h"

#include <string.h>

#include "base/tstamp.h"
#include "sync/url.h"

static void
add_name(struct buf *out, char *glue, const char *field)
{
	buf_char(out, *glue);
	*glue = '&';
	buf_printf(out, "match%%5B%s%%5D=", field);
}

/* Several are told apart by a comma that is none of their own. */
static void
add_list(struct buf *out, char *glue, const char *field, char *const *v,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0)
			add_name(out, glue, field);
		else
			buf_char(out, ',');
		url_escape(out, slice_str(v[i]));
	}
}

void
filter_params(const struct job *job, bool v20, char *glue, struct buf *out)
{
	add_list(out, glue, "id", job->match_ids, job->nmatch_ids);
	if (!v20)
		add_list(out, glue, "spec_version", job->match_specs,
		    job->nmatch_specs);
	if (job->match_version != NULL) {
		add_name(out, glue, "version");
		buf_str(out, job->match_version);
	}
}

/* --- versions ------------------------------------------------------------- */

/* Up to the next comma; *rest goes behind it, p == NULL at the end. */
static struct slice
next_word(struct slice *rest)
{
	const char *comma = memchr(rest->p, ',', rest->n);
	struct slice word = *rest;

	if (comma != NULL) {
		word.n = (size_t)(comma - word.p);
		rest->n -= word.n + 1;
		rest->p = comma + 1;
	} else {
		*rest = SLICE_NONE;
	}
	return word;
}

static bool
is_keyword(struct slice word)
{
	return slice_is(word, "all") || slice_is(word, "first") ||
	    slice_is(word, "last");
}

int
filter_version(const char *text, struct buf *out, struct err *e)
{
	struct slice rest = slice_str(text), word;
	char when[TSTAMP_TEXT_MAX];
	size_t before = out->n;
	int64_t t;

	while (rest.p != NULL) {
		word = next_word(&rest);
		if (out->n > before)
			buf_char(out, ',');
		if (is_keyword(word)) {
			buf_slice(out, word);
		} else if (tstamp_parse(word, &t) == 0) {
			tstamp_format(t, t % 1000000 == 0 ? 3 : 6, when);
			buf_str(out, when);
		} else {
			return err_set(e, ERR_USAGE, "version: '%.*s' is none "
			    "of all, first, last, and no time such as "
			    "2026-01-31T00:00:00.000Z", (int)(word.n < 64 ?
			    word.n : 64), word.p);
		}
	}
	return buf_ok(out) ? 0 : err_set(e, ERR_LIMIT, "version: too long");
}

static int64_t
cut(int64_t t)
{
	return t - ((t % 1000) + 1000) % 1000;
}

/* Microseconds are what goes over the wire (P18: instants, not texts). */
static bool
version_passes(const char *text, int64_t version)
{
	struct slice rest = slice_str(text);
	int64_t t;

	while (rest.p != NULL) {
		struct slice word = next_word(&rest);

		if (is_keyword(word) || version == TSTAMP_NONE ||
		    (tstamp_parse(word, &t) == 0 && cut(t) == cut(version)))
			return true;
	}
	return text == NULL;
}

/* --- here ----------------------------------------------------------------- */

static bool
in_list(struct slice s, char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(s, v[i]))
			return true;
	return n == 0 || s.p == NULL;
}

bool
filter_passes(const struct job *job, const struct filter_item *item)
{
	struct slice spec = SLICE_NONE;

	if (item->v20 >= 0)
		spec = slice_str(item->v20 > 0 ? "2.0" : "2.1");
	return in_list(item->type, job->match_types, job->nmatch_types) &&
	    in_list(item->id, job->match_ids, job->nmatch_ids) &&
	    in_list(spec, job->match_specs, job->nmatch_specs) &&
	    version_passes(job->match_version, item->version);
}

struct filter_item
filter_item_of(const struct stix_object *o)
{
	return (struct filter_item){o->type, o->id,
	    o->modified != TSTAMP_NONE ? o->modified : o->created, o->v20};
}
