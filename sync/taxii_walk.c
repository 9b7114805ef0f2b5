/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/taxii_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"

#define GROUP_BYTES 1400u /* of ids in one request's URL, before escaping */
#define GROUP_MAX 100u

struct walk {
	struct taxii *t;
	const struct cursor *c;
	struct page page;
	struct buf url;
	json_t *doc;            /* the page of the manifest at hand */
	json_t *missing;        /* ids to fetch, added since the last poll … */
	json_t *early;          /* … and before it */
	uint64_t listed, known;
	/* a question */
	size_t n;
	struct idkey ids[LIMIT_ASK];
	int64_t versions[LIMIT_ASK];
	json_t *records[LIMIT_ASK]; /* borrowed from doc */
};

/* --- the manifest --------------------------------------------------------- */

static int64_t
time_of(json_t *record, const char *key)
{
	const char *text = taxii_text(record, key);
	int64_t t;

	if (text == NULL || tstamp_parse_liberal(slice_str(text), &t) != 0)
		return TSTAMP_NONE;
	return t;
}

static bool
is_early(const struct walk *w, json_t *record)
{
	int64_t added = time_of(record, "date_added");

	return added != TSTAMP_NONE && w->c->since != TSTAMP_NONE &&
	    added <= w->c->since;
}

/* Which of the records gathered are not known in this version?  1: too many. */
static int
ask(struct walk *w, struct err *e)
{
	uint8_t known[(LIMIT_ASK + 7) / 8];

	if (w->n == 0)
		return 0;
	if (ingest_versions(w->t->ingest, w->ids, w->versions, w->n, known,
	    e) != 0)
		return -1;
	for (size_t i = 0; i < w->n; i++) {
		json_t *r = w->records[i];
		json_t *list = is_early(w, r) ? w->early : w->missing;

		if ((known[i / 8] >> (i % 8) & 1) != 0)
			w->known++;
		else if (json_array_append(list, json_object_get(r, "id")) != 0)
			return err_set(e, ERR_MEMORY, "out of memory");
	}
	w->n = 0;
	return json_array_size(w->missing) + json_array_size(w->early) >
	    WALK_MISSING;
}

/* All records of a page.  1: they say too little, or too much is missing. */
static int
take_records(struct walk *w, struct err *e)
{
	json_t *list = json_object_get(w->doc, "objects"), *r;
	size_t i;
	int rc;

	json_array_foreach(list, i, r) {
		const char *id = taxii_text(r, "id");

		w->versions[w->n] = time_of(r, "version");
		if (id == NULL || w->versions[w->n] == TSTAMP_NONE ||
		    idkey_parse(slice_str(id), &w->ids[w->n]) < 0)
			return 1;
		w->records[w->n++] = r;
		w->listed++;
		if (w->n == LIMIT_ASK && (rc = ask(w, e)) != 0)
			return rc;
	}
	return ask(w, e);
}

static uint64_t
digest_records(json_t *doc)
{
	json_t *list = json_object_get(doc, "objects"), *r;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach(list, i, r) {
		static const char *const keys[] = {"id", "version"};

		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			const char *text = taxii_text(r, keys[k]);

			if (text != NULL)
				sum = digest64(text, strlen(text), sum);
		}
	}
	return sum;
}

/* 0 with the next step, 1, or -1 with e set. */
static int
manifest_page(struct walk *w, struct page_step *step, struct err *e)
{
	struct page_step at = *step;
	struct page_reply r = {.more = false};
	char room[TAXII_NUMBER];
	struct taxii_asked got;
	int rc;

	at.act = PAGE_MANIFEST;
	buf_reset(&w->url);
	if (taxii_page_url(w->c->objects, &at, w->t->job, &w->url, e) != 0)
		return -1;
	json_decref(w->doc);
	w->doc = NULL;
	got.cursor = step->next.p != NULL;
	if (taxii_document(w->t, w->url.p, &w->doc, &got, e) != 0)
		return e->code == ERR_AUTH || e->code == ERR_NET ? -1 : 1;
	r.first = got.head.first;
	r.last = got.head.last;
	r.date = got.head.date;
	r.objects = json_array_size(json_object_get(w->doc, "objects"));
	r.content = digest_records(w->doc);
	if (taxii_paging(w->doc, room, &r, e) != 0)
		return 1;
	rc = take_records(w, e);
	if (rc == 0)
		*step = page_reply(&w->page, &r);
	return rc;
}

static int
walk_manifest(struct walk *w, int64_t start, int64_t *since, struct err *e)
{
	struct page_opts opts = {.since = start, .now = w->t->job->now,
	    .limit = w->t->job->page_limit, .uncursor = w->t->job->by_date};
	struct page_step step = page_start(&w->page, &opts);
	int rc = 0;

	while (rc == 0 && step.act != PAGE_DONE) {
		if (step.act == PAGE_FAIL)
			return 1;
		if (step.act == PAGE_MANIFEST)
			step = page_manifest(&w->page,
			    taxii_manifest_date(w->doc, w->page.held));
		else
			rc = manifest_page(w, &step, e);
	}
	*since = step.since;
	return rc;
}

/* --- what is missing ------------------------------------------------------ */

/* Add ids from number *i on to the URL; returns how many. */
static unsigned
add_ids(struct walk *w, json_t *list, size_t *i)
{
	size_t bytes = 0;
	unsigned n = 0;

	buf_str(&w->url, "&match%5Bid%5D=");
	for (; *i < json_array_size(list) && n < GROUP_MAX; ++*i, n++) {
		const char *id = json_string_value(json_array_get(list, *i));

		if (n > 0 && bytes + strlen(id) > GROUP_BYTES)
			break;
		if (n > 0)
			buf_char(&w->url, ',');
		url_escape(&w->url, slice_str(id));
		bytes += strlen(id);
	}
	return n;
}

/* One request.  0 with *taken; 1: it does not work that way; -1. */
static int
fetch_group(struct walk *w, json_t *list, size_t *i, uint64_t *taken,
    struct err *e)
{
	const struct page_step step = {.act = PAGE_ASK,
	    .added_after = TSTAMP_NONE, .limit = w->page.base_limit};
	struct page_reply r = {.more = false};
	struct taxii_ask want = {.once = false};
	char room[TAXII_NUMBER];
	struct taxii_got got;
	unsigned asked;

	buf_reset(&w->url);
	if (taxii_page_url(w->c->objects, &step, w->t->job, &w->url, e) != 0)
		return -1;
	asked = add_ids(w, list, i);
	if (!buf_ok(&w->url))
		return 1;
	want.url = w->url.p;
	while (taxii_page(w->t, &want, &got, e) != 0) {
		if (got.lost)
			return -1;
		if (taxii_failed(w->t, &got.reply, got.garbled, false, e) !=
		    RETRY_SAME)
			return e->code == ERR_AUTH || e->code == ERR_NET ?
			    -1 : 1;
	}
	*taken += got.facts.taken;
	if (taxii_paging(got.facts.skeleton, room, &r, e) != 0 || r.more)
		return 1;
	if (got.facts.objects > asked) {
		/* Others than those that were asked for. */
		return taxii_deviation(w->t, DEVIATION_MATCH_IGNORED, 1, NULL,
		    e) != 0 ? -1 : 1;
	}
	return 0;
}

static int
fetch(struct walk *w, json_t *list, uint64_t *taken, struct err *e)
{
	size_t i = 0;
	int rc = 0;

	while (rc == 0 && i < json_array_size(list))
		rc = fetch_group(w, list, &i, taken, e);
	return rc;
}

static int
fetch_missing(struct walk *w, struct err *e)
{
	uint64_t missed = 0, fresh = 0;
	int rc = fetch(w, w->early, &missed, e);

	if (rc == 0 && missed > 0)
		rc = taxii_deviation(w->t, DEVIATION_DELTA_MISSED, missed,
		    NULL, e);
	if (rc == 0)
		rc = fetch(w, w->missing, &fresh, e);
	return rc == 0 ? ingest_unchanged(w->t->ingest, w->known, e) : rc;
}

/* --- all of it ------------------------------------------------------------ */

static int
walk(struct walk *w, int64_t start, int64_t *since, struct err *e)
{
	int rc = walk_manifest(w, start, since, e);

	/* A manifest that is a stub must not empty the store. */
	if (rc == 0 && w->listed == 0)
		return 1;
	return rc == 0 ? fetch_missing(w, e) : rc;
}

int
taxii_walk(struct taxii *t, const struct cursor *c, int64_t start,
    int64_t *since, struct err *e)
{
	struct walk *w = calloc(1, sizeof(*w));
	int rc = -1;

	if (w == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	w->t = t;
	w->c = c;
	w->missing = json_array();
	w->early = json_array();
	buf_init(&w->url, LIMIT_URL);
	if (w->missing == NULL || w->early == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else
		rc = walk(w, start, since, e);
	if (rc == 1) {
		err_clear(e);
		if (w->doc == NULL && w->listed == 0)
			rc = taxii_deviation(t, DEVIATION_MANIFEST_MISSING, 1,
			    NULL, e) != 0 ? -1 : 1;
	}
	json_decref(w->doc);
	json_decref(w->missing);
	json_decref(w->early);
	buf_free(&w->url);
	free(w);
	return rc;
}
