/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what is set go with the kind of the source, and suffice for it? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/address.h"
#include "cmd/settings_int.h"
#include "sync/feed_check.h"
#include "sync/feed_walk.h"
#include "sync/mirror.h"
#include "sync/source.h"

struct fitting {
	const struct settings *s;
	const struct source_ops *ops;
	const struct job *job; /* name, kind and addresses alone */
};

/* An option of how other feeds are read that is given, or NULL; `but` is none. */
static const char *
feed_given(const struct settings *s, const char *but)
{
	const struct opt *o;

	for (o = feed_table; o->kind != OPT_END; o++)
		if (strcmp(o->name, but) != 0 && opt_given(o, &s->feed))
			return o->name;
	return NULL;
}

/* What only a collection knows, or NULL. */
static const char *
collection_given(const struct settings *s)
{
	return s->collection != NULL ? "collection" :
	    s->types.n > 0 ? "type" :
	    s->ids.n > 0 ? "id" :
	    s->specs.n > 0 ? "spec-version" :
	    s->page_limit > 0 ? "limit" :
	    s->empty_404 ? "empty-404" : NULL;
}

static bool
is_taxii(const struct source_ops *ops)
{
	return ops == &source_taxii21 || ops == &source_taxii20;
}

/* What is not one document cannot be had elsewhere in the same state. */
static int
check_mirrors(const struct fitting *f, struct err *e)
{
	struct paging_opts pages = {.kind = PAGING_NONE};
	struct job at;

	if (f->s->url_also.n == 0)
		return 0;
	if (!f->ops->document)
		return err_set(e, ERR_CONFIG, "url-also: goes with what is one "
		    "document (kind: stix, lines, csv, json, rules, mispfeed); "
		    "this is of kind %s", f->ops->kind);
	for (size_t i = 0; f->ops->feed && mirror_url(f->job, i) != NULL;
	    i++) {
		at = mirror_job(f->job, i);
		if (feed_walk_opts(&f->s->feed, &at, &pages, e) != 0)
			return -1;
		if (pages.kind != PAGING_NONE || pages.delta || pages.marked)
			return err_set(e, ERR_CONFIG, "url-also: goes with one "
			    "document that is whole: neither with page-kind nor"
			    " with {since} or {mark}");
	}
	return 0;
}

static int
check_feed_options(const struct fitting *f, struct err *e)
{
	const char *given = feed_given(f->s, f->ops == &source_stix ?
	    "archive-member" : "");

	return given == NULL || f->ops->feed ? 0 : err_set(e, ERR_CONFIG,
	    "%s: goes with a feed that is not STIX (kind: mispfeed, misp, "
	    "lines, csv, json, rules); this is of kind %s", given,
	    f->ops->kind);
}

/* What goes together, of a request and its pages. */
static int
check_request(const struct fitting *f, struct err *e)
{
	struct paging_opts pages;

	return f->ops->feed && f->s->url_also.n == 0 ?
	    feed_walk_opts(&f->s->feed, f->job, &pages, e) : 0;
}

/* Is the address one that this kind can have? */
static int
check_place(const struct fitting *f, struct err *e)
{
	bool file = strncmp(f->job->url, "file:", 5) == 0;

	if (f->ops == &source_exec)
		return file ? 0 : err_set(e, ERR_CONFIG, "url: '%s': a source "
		    "of kind exec is a program: give its path", f->job->url);
	if (!file)
		return 0;
	if (is_taxii(f->ops))
		return err_set(e, ERR_CONFIG, "url: '%s': a file is no TAXII "
		    "server: that has an https: or http: URL", f->job->url);
	if (f->ops == &source_misp)
		return err_set(e, ERR_CONFIG, "url: '%s': a file is no MISP "
		    "instance: that has an https: or http: URL", f->job->url);
	if (f->ops == &source_opencti)
		return err_set(e, ERR_CONFIG, "url: '%s': a file is no live "
		    "stream: that has an https: or http: URL", f->job->url);
	return 0;
}

/* What only a collection knows must not be passed over in a document. */
static int
check_collection(const struct fitting *f, struct err *e)
{
	const struct settings *s = f->s;
	const char *given = collection_given(s);

	if (is_taxii(f->ops))
		return 0;
	if (f->ops == &source_misp)
		return s->collection == NULL && s->types.n + s->ids.n +
		    s->specs.n == 0 ? 0 : err_set(e, ERR_CONFIG, "%s: goes "
		    "with a TAXII collection; this is a MISP instance: see "
		    "misp-tags and misp-types", given);
	if (given == NULL && s->added_after != NULL &&
	    f->ops != &source_opencti)
		given = "added-after";
	return given == NULL ? 0 : err_set(e, ERR_CONFIG, "%s: goes with a "
	    "TAXII collection; this is a document, which is taken whole (kind: "
	    "taxii21 says otherwise)", given);
}

/* Each subject, once the kind is known. */
static unsigned
check_all(const struct fitting *f, settings_complaint_fn *complain, void *ctx)
{
	static int (*const checks[])(const struct fitting *, struct err *) = {
		check_mirrors, check_feed_options, check_request, check_place,
		check_collection,
	};
	unsigned found = 0;

	if (f->ops->feed)
		found = feed_check(&f->s->feed, f->ops->kind, complain, ctx);
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct err e = ERR_INIT;

		if (checks[i](f, &e) == 0)
			continue;
		complain(ctx, &e);
		found++;
	}
	return found;
}

unsigned
settings_kind_check(const struct settings *s, settings_complaint_fn *complain,
    void *ctx)
{
	struct fitting f = {.s = s};
	struct job job;
	char *path = NULL;
	unsigned found;

	job_init(&job);
	job.name = s->name;
	job.kind = s->kind;
	job.url = s->url;
	job.url_also = s->url_also.v;
	job.nurl_also = s->url_also.n;
	if (s->url != NULL && !address_is_url(s->url)) {
		if (asprintf(&path, "file:%s", s->url) < 0)
			path = NULL;
		job.url = path;
	}
	f.job = &job;
	f.ops = job.url != NULL ? source_find(&job, NULL) : NULL;
	/* Of what kind it is may be what is wrong. */
	found = f.ops != NULL ? check_all(&f, complain, ctx) :
	    feed_check(&s->feed, s->kind, complain, ctx);
	free(path);
	return found;
}
