/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings that have been checked become a job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "cmd/address.h"
#include "cmd/settings_int.h"
#include "sync/feed_check.h"
#include "sync/feed_walk.h"
#include "sync/mirror.h"
#include "sync/rate.h"
#include "sync/source.h"

static int
copy_list(char ***to, size_t *n, const struct opt_list *from, struct err *e)
{
	uint32_t i;

	if (from->n == 0)
		return 0;
	*to = calloc(from->n, sizeof(**to));
	if (*to == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (i = 0; i < from->n; i++) {
		if (settings_copy(&(*to)[i], from->v[i], e) != 0)
			return -1;
		*n = i + 1;
	}
	return 0;
}

/* An option of how other feeds are read that is given, or NULL. */
static const char *
feed_given(const struct settings *s)
{
	const struct opt *o;

	for (o = feed_table; o->kind != OPT_END; o++)
		if (opt_given(o, &s->feed))
			return o->name;
	return NULL;
}

static int
job_feed(const struct settings *s, struct job *job, struct err *e)
{
	job->feed = feed_options_list(&s->feed, e);
	if (job->feed == NULL)
		return -1;
	while (job->feed[job->nfeed] != NULL)
		job->nfeed++;
	return 0;
}

/* What is not one document cannot be had elsewhere in the same state. */
static int
check_mirrors(const struct settings *s, const struct source_ops *ops,
    const struct job *job, struct err *e)
{
	struct paging_opts pages = {.kind = PAGING_NONE};
	struct job at;

	if (s->url_also.n == 0)
		return 0;
	if (!ops->document)
		return err_set(e, ERR_CONFIG, "url-also: goes with what is one "
		    "document (kind: stix, lines, csv, json, rules, mispfeed); "
		    "%s is of kind %s", job->name, ops->kind);
	for (size_t i = 0; ops->feed && mirror_url(job, i) != NULL; i++) {
		at = mirror_job(job, i);
		if (feed_walk_opts(&s->feed, &at, &pages, e) != 0)
			return -1;
		if (pages.kind != PAGING_NONE || pages.delta || pages.marked)
			return err_set(e, ERR_CONFIG, "url-also: goes with one "
			    "document that is whole: neither with page-kind nor"
			    " with {since} or {mark}");
	}
	return 0;
}

/* Of what kind it is, the first address tells for all. */
static int
settle_kind(struct job *job, struct err *e)
{
	const struct source_ops *ops;

	if (job->kind != NULL || job->nurl_also == 0)
		return 0;
	ops = source_find(job, e);
	return ops != NULL ? settings_copy(&job->kind, ops->kind, e) : -1;
}

/* What only a collection knows must not be passed over in a document. */
static int
check_kind(const struct settings *s, const struct job *job, struct err *e)
{
	const struct source_ops *ops = source_find(job, e);
	struct paging_opts pages;
	const char *given;

	if (ops == NULL || check_mirrors(s, ops, job, e) != 0)
		return -1;
	if (feed_given(s) != NULL && !ops->feed)
		return err_set(e, ERR_CONFIG, "%s: goes with a feed that is "
		    "not STIX (kind: mispfeed, misp, lines, csv, json, rules); %s is "
		    "of kind %s",
		    feed_given(s), job->name, ops->kind);
	if (ops->feed) {
		struct err why = ERR_INIT;

		if (feed_check(&s->feed, ops->kind, settings_first_complaint,
		    &why) > 0)
			return err_set(e, why.code, "%s", why.text);
	}
	if (ops->feed && feed_walk_opts(&s->feed, job, &pages, e) != 0)
		return -1;
	if (ops == &source_taxii21 || ops == &source_taxii20)
		return strncmp(job->url, "file:", 5) != 0 ? 0 :
		    err_set(e, ERR_CONFIG, "%s: a file is no TAXII server: "
		    "that has an https: or http: URL", job->url);
	if (ops == &source_misp)
		return s->collection == NULL && s->types.n + s->ids.n +
		    s->specs.n == 0 ? 0 : err_set(e, ERR_CONFIG, "%s: is a MISP"
		    " instance, not a TAXII collection: see misp-tags and "
		    "misp-types", job->name);
	if (ops == &source_opencti && strncmp(job->url, "file:", 5) == 0)
		return err_set(e, ERR_CONFIG, "%s: a file is no live stream: "
		    "that has an https: or http: URL", job->url);
	given = s->collection != NULL ? "collection" :
	    s->types.n > 0 ? "type" :
	    s->ids.n > 0 ? "id" :
	    s->specs.n > 0 ? "spec-version" :
	    s->added_after != NULL && ops != &source_opencti ?
	    "added-after" :
	    s->page_limit > 0 ? "limit" :
	    s->empty_404 ? "empty-404" : NULL;
	if (given == NULL)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: goes with a TAXII collection; %s is "
	    "a document, which is taken whole (kind: taxii21 says "
	    "otherwise)", given, job->name);
}

static int
job_transport(const struct settings *s, const char *base, struct job *job,
    struct err *e)
{
	if (settings_copy(&job->pinned_key, s->pinned_key, e) != 0 ||
	    settings_copy(&job->accept, s->accept, e) != 0 ||
	    copy_list(&job->headers, &job->nheaders, &s->headers, e) != 0 ||
	    copy_list(&job->query, &job->nquery, &s->query, e) != 0 ||
	    settings_blob(&job->ca_bundle, base, "ca-bundle", s->ca_bundle,
	    e) != 0 || settings_slash(s->slash, &job->slash, e) != 0)
		return -1;
	if (s->rate != NULL && rate_parse(s->rate, &job->rate_requests,
	    &job->rate_period, e) != 0)
		return -1;
	job->connect_timeout = s->connect_timeout;
	job->low_speed_time = s->low_speed_time;
	job->total_timeout = s->total_timeout;
	job->low_speed_limit = s->low_speed_limit;
	if (settings_retry(s, job, e) != 0)
		return -1;
	job->ip_family = s->ip_family == NULL ? 0 :
	    s->ip_family[0] == '4' ? 4 : s->ip_family[0] == '6' ? 6 : 0;
	job->tls13 = s->tls_min != NULL && strcmp(s->tls_min, "1.3") == 0;
	if (settings_size("max-bytes", s->max_bytes, &job->max_body, e) != 0 ||
	    copy_list(&job->expect, &job->nexpect, &s->expect_types, e) != 0)
		return -1;
	job->allow_http_redirect_host = s->follow_hosts;
	job->insecure_roots = s->foreign_roots;
	job->http1 = s->http_version != NULL &&
	    strcmp(s->http_version, "1.1") == 0;
	job->empty_404 = s->empty_404;
	return copy_list(&job->token_params, &job->ntoken_params,
	    &s->oauth2_params, e);
}

/* What a person wants to know of the source. */
static int
read_facts(const struct settings *s, struct job *job, struct err *e)
{
	struct buf tags;
	uint32_t i;
	int rc;

	if (settings_copy(&job->facts[FACT_TITLE], s->title, e) != 0 ||
	    settings_copy(&job->facts[FACT_DOCS], s->docs, e) != 0 ||
	    settings_copy(&job->facts[FACT_CHECKED], s->checked, e) != 0 ||
	    settings_copy(&job->facts[FACT_TERMS], s->terms, e) != 0)
		return -1;
	buf_init(&tags, LIMIT_FACT);
	for (i = 0; i < s->tags.n; i++)
		buf_printf(&tags, "%s%s", i > 0 ? "," : "", s->tags.v[i]);
	rc = !buf_ok(&tags) ? err_set(e, ERR_MEMORY, "out of memory") :
	    settings_copy(&job->facts[FACT_TAGS], tags.n > 0 ? tags.p : NULL,
	    e);
	buf_free(&tags);
	return rc;
}

/*
 * What the store is to make of the source's claims.  What a listing means is not
 * guessed: without a word no absence withdraws anything; a TAXII collection and
 * a MISP tell what changed.
 */
static int
read_terms(const struct settings *s, struct job *job, struct err *e)
{
	const struct source_ops *ops = source_find(job, e);

	if (ops == NULL)
		return -1;
	if (s->listing != NULL)
		job->listing = (uint8_t)listing_code(slice_str(s->listing));
	else
		job->listing = ops->delta ? LISTING_DELTA : LISTING_APPEND;
	/* what nobody has called an archive may be anything */
	job->part = s->listing != NULL && (job->listing == LISTING_WINDOW ||
	    job->listing == LISTING_APPEND);
	job->may_be_empty = s->guards.may_be_empty;
	job->reliability = (uint8_t)reliability_code(s->reliability);
	job->ageing = malloc(sizeof(*job->ageing));
	if (job->ageing == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (settings_copy(&job->group, s->group, e) != 0)
		return -1;
	if (history_settings_read(&s->history, &job->history, e) != 0)
		return -1;
	return ageing_settings_read(&s->ageing, job->ageing, e);
}

int
settings_job(const struct settings *s, const char *base,
    const struct settings_programs *programs, struct job *job, struct err *e)
{
	struct secrets secrets = {s, base, programs, job};

	job_init(job);
	if (settings_check(s, e) != 0)
		return -1;
	if (s->url == NULL)
		return err_set(e, ERR_CONFIG, "no URL");
	if (address_job(s, base, job, e) != 0 ||
	    settings_copy(&job->kind, s->kind, e) != 0 ||
	    settings_copy(&job->collection, s->collection, e) != 0 ||
	    settings_copy(&job->added_after, s->added_after, e) != 0 ||
	    copy_list(&job->match_types, &job->nmatch_types, &s->types,
	    e) != 0 ||
	    copy_list(&job->match_ids, &job->nmatch_ids, &s->ids, e) != 0 ||
	    copy_list(&job->match_specs, &job->nmatch_specs, &s->specs, e) != 0)
		return -1;
	job->page_limit = s->page_limit;
	job->keep_raw = s->keep == NULL || strcmp(s->keep, "objects") == 0;
	job->allow_bogons = s->bogons != NULL &&
	    strcmp(s->bogons, "accept") == 0;
	job->default_tlp = s->tlp != NULL ?
	    (uint8_t)tlp_parse(slice_str(s->tlp)) : TLP_UNKNOWN;
	job->full_every = s->full_every;
	job->by_date = s->paging != NULL && strcmp(s->paging, "date") == 0;
	if (settings_deviations(&s->deviations, job->deviations, e) != 0)
		return -1;
	if (check_kind(s, job, e) != 0 || settle_kind(job, e) != 0 ||
	    job_feed(s, job, e) != 0 ||
	    read_terms(s, job, e) != 0 || read_facts(s, job, e) != 0 ||
	    job_transport(s, base, job, e) != 0 ||
	    settings_exec_job(s, base, job, e) != 0)
		return -1;
	return settings_auth_job(&secrets, e);
}
