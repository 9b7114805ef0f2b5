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
	if (settings_kind_check(s, settings_first_complaint, e) != 0 ||
	    settle_kind(job, e) != 0 || job_feed(s, job, e) != 0 ||
	    read_terms(s, job, e) != 0 || read_facts(s, job, e) != 0 ||
	    job_transport(s, base, job, e) != 0 ||
	    settings_exec_job(s, base, job, e) != 0)
		return -1;
	return settings_auth_job(&secrets, e);
}
