/* SPDX-License-Identifier: BSD-2-Clause */
/* Is what is set in range, known, and free of contradiction?  One check a
 * subject, so that a person is told of all that is wrong at once. */
#include "cmd/settings_int.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "sync/rate.h"
#include "sync/source.h"
#include "sync/template.h"

/* ---- forms that several have ------------------------------------------------ */

static int
check_word(const char *key, const char *word, const char *a, const char *b,
    struct err *e)
{
	if (word == NULL || strcmp(word, a) == 0 || strcmp(word, b) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: '%s' is neither '%s' nor '%s'", key,
	    word, a, b);
}

/* Rows of "Name<mark>value", each on one line. */
static int
check_pairs(const char *key, const struct opt_list *l, char mark,
    struct err *e)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const char *at = strchr(l->v[i], mark);

		if (at == NULL || at == l->v[i] ||
		    strpbrk(l->v[i], "\r\n") != NULL)
			return err_set(e, ERR_CONFIG, "%s: '%s' is not of the "
			    "form name%cvalue", key, l->v[i], mark);
	}
	return 0;
}

/* The same, in whose values secrets are filled in, and nothing else: a place of
 * another kind would go out as it stands, and the server's answer to that may well
 * look like one. */
static int
check_sent_pairs(const char *key, const struct opt_list *l, char mark,
    struct err *e)
{
	if (check_pairs(key, l, mark, e) != 0)
		return -1;
	for (uint32_t i = 0; i < l->n; i++) {
		unsigned places = 0;

		/* a word that is no place may stand in braces */
		(void)!template_check(slice_str(l->v[i]), &places, NULL);
		if ((places & ~TEMPLATE_BIT(TEMPLATE_SECRET)) != 0)
			return err_set(e, ERR_CONFIG, "%s: '%s': only "
			    "{secret:NAME} is filled in here; other places go "
			    "into the url, request-params or request-body",
			    key, l->v[i]);
	}
	return 0;
}

/* ---- one subject each ------------------------------------------------------- */

static int
check_name(const struct settings *s, struct err *e)
{
	return s->name == NULL || (s->name[0] != '\0' &&
	    strlen(s->name) <= LIMIT_SOURCE_NAME) ? 0 : err_set(e, ERR_CONFIG,
	    "name: must have 1 to %d bytes", LIMIT_SOURCE_NAME);
}

static int
check_url(const struct settings *s, struct err *e)
{
	return s->url != NULL ? settings_url("url", s->url, true, e) : 0;
}

static int
check_url_also(const struct settings *s, struct err *e)
{
	for (uint32_t i = 0; i < s->url_also.n; i++)
		if (settings_url("url-also", s->url_also.v[i], true, e) != 0)
			return -1;
	return s->url_also.n <= LIMIT_MIRRORS ? 0 : err_set(e, ERR_CONFIG,
	    "url-also: more than %u addresses", LIMIT_MIRRORS);
}

static int
check_kind(const struct settings *s, struct err *e)
{
	const struct source_ops *ops;
	const char *kind = s->kind;
	struct buf all;

	if (kind == NULL)
		return 0;
	buf_init(&all, KIB(1));
	for (unsigned i = 0; (ops = source_at(i)) != NULL; i++) {
		if (strcmp(ops->kind, kind) == 0) {
			buf_free(&all);
			return 0;
		}
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", ops->kind);
	}
	err_set(e, ERR_CONFIG, "kind: '%s' is none of %s", kind,
	    buf_ok(&all) ? all.p : "the kinds there are");
	buf_free(&all);
	return -1;
}

static int
check_pinned_key(const struct settings *s, struct err *e)
{
	return s->pinned_key == NULL ||
	    strncmp(s->pinned_key, "sha256//", 8) == 0 ? 0 :
	    err_set(e, ERR_CONFIG, "pinned-key: '%s' does not begin with "
	    "sha256//", s->pinned_key);
}

static int
check_accept(const struct settings *s, struct err *e)
{
	return s->accept == NULL || strpbrk(s->accept, "\r\n") == NULL ? 0 :
	    err_set(e, ERR_CONFIG, "accept: is more than one line");
}

static int
check_http_version(const struct settings *s, struct err *e)
{
	return check_word("http-version", s->http_version, "auto", "1.1", e);
}

static int
check_retry(const struct settings *s, struct err *e)
{
	return settings_retry(s, NULL, e);
}

static int
check_tls_min(const struct settings *s, struct err *e)
{
	return check_word("tls-min", s->tls_min, "1.2", "1.3", e);
}

static int
check_ip_family(const struct settings *s, struct err *e)
{
	return s->ip_family != NULL && strcmp(s->ip_family, "auto") == 0 ? 0 :
	    check_word("ip-family", s->ip_family, "4", "6", e);
}

static int
check_max_bytes(const struct settings *s, struct err *e)
{
	uint64_t bytes;

	return settings_size("max-bytes", s->max_bytes, &bytes, e);
}

static int
check_headers(const struct settings *s, struct err *e)
{
	return check_sent_pairs("header", &s->headers, ':', e);
}

static int
check_query(const struct settings *s, struct err *e)
{
	return check_sent_pairs("query", &s->query, '=', e);
}

static int
check_oauth2_params(const struct settings *s, struct err *e)
{
	return check_sent_pairs("oauth2-param", &s->oauth2_params, '=',
	    e);
}

static int
check_rate(const struct settings *s, struct err *e)
{
	uint32_t requests, period;

	return s->rate != NULL ? rate_parse(s->rate, &requests, &period, e) : 0;
}

static int
check_slash(const struct settings *s, struct err *e)
{
	uint8_t slash;

	return settings_slash(s->slash, &slash, e);
}

static int
check_keep(const struct settings *s, struct err *e)
{
	return check_word("keep", s->keep, "objects", "values", e);
}

static int
check_bogons(const struct settings *s, struct err *e)
{
	return check_word("bogons", s->bogons, "reject", "accept", e);
}

static int
check_paging(const struct settings *s, struct err *e)
{
	return check_word("paging", s->paging, "auto", "date", e);
}

static int
check_specs(const struct settings *s, struct err *e)
{
	const struct opt_list *specs = &s->specs;

	for (uint32_t i = 0; i < specs->n; i++)
		if (check_word("spec-version", specs->v[i], "2.0", "2.1",
		    e) != 0)
			return -1;
	return 0;
}

static int
check_guards(const struct settings *s, struct err *e)
{
	return guard_settings_check(&s->guards, e);
}

static int
check_deviations(const struct settings *s, struct err *e)
{
	uint8_t deviations[DEVIATIONS];

	return settings_deviations(&s->deviations, deviations, e);
}

static int
check_listing(const struct settings *s, struct err *e)
{
	return s->listing == NULL ||
	    listing_code(slice_str(s->listing)) >= 0 ? 0 :
	    err_set(e, ERR_CONFIG, "listing: '%.64s' is none of append, "
	    "snapshot, window, delta, diff", s->listing);
}

static int
check_reliability(const struct settings *s, struct err *e)
{
	return reliability_code(s->reliability) >= 0 ? 0 :
	    err_set(e, ERR_CONFIG, "reliability: '%.64s' is none of A, B, C, "
	    "D, E, F", s->reliability);
}

static int
check_group(const struct settings *s, struct err *e)
{
	return s->group == NULL || (s->group[0] != '\0' &&
	    strlen(s->group) <= LIMIT_SOURCE_NAME) ? 0 : err_set(e, ERR_CONFIG,
	    "group: must have 1 to %d bytes", LIMIT_SOURCE_NAME);
}

/* What 'taxiway status' tells a person: short, on one line. */
static int
check_fact(const char *key, const char *text, struct err *e)
{
	const char *p;

	if (text == NULL)
		return 0;
	if (text[0] == '\0' || strlen(text) > LIMIT_FACT)
		return err_set(e, ERR_CONFIG, "%s: must have 1 to %d bytes",
		    key, LIMIT_FACT);
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(e, ERR_CONFIG, "%s: must be one line, "
			    "without control characters", key);
	return 0;
}

static int
check_facts(const struct settings *s, struct err *e)
{
	size_t all = 0;
	uint32_t i;

	if (check_fact("title", s->title, e) != 0 ||
	    check_fact("docs", s->docs, e) != 0 ||
	    check_fact("terms", s->terms, e) != 0)
		return -1;
	for (i = 0; i < s->tags.n; i++) {
		if (check_fact("tags", s->tags.v[i], e) != 0)
			return -1;
		if (strchr(s->tags.v[i], ',') != NULL)
			return err_set(e, ERR_CONFIG, "tags: '%.64s' has a "
			    "comma; give each tag by itself", s->tags.v[i]);
		all += strlen(s->tags.v[i]) + 1;
	}
	return all <= LIMIT_FACT ? 0 : err_set(e, ERR_CONFIG, "tags: have more "
	    "than %d bytes in all", LIMIT_FACT);
}

/* A day, YYYY-MM-DD, as the calendar has it. */
static int
check_checked(const struct settings *s, struct err *e)
{
	char midnight[32];
	int64_t t;

	if (s->checked == NULL)
		return 0;
	snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", s->checked);
	return strlen(s->checked) == 10 &&
	    tstamp_parse(slice_str(midnight), &t) == 0 ? 0 :
	    err_set(e, ERR_CONFIG, "checked: '%.64s' is no date such as "
	    "2026-01-31", s->checked);
}

static int
check_history(const struct settings *s, struct err *e)
{
	struct store_history h;

	return history_settings_read(&s->history, &h, e);
}

/* Base and decay apart from the rest, so that each is told. */
static int
check_ageing(const struct settings *s, struct err *e)
{
	struct ageing_settings part = s->ageing;
	struct ageing a;

	part.base = part.decay = (struct opt_map){NULL, 0};
	return ageing_settings_read(&part, &a, e);
}

static int
check_ageing_base(const struct settings *s, struct err *e)
{
	const struct ageing_settings part = {.base = s->ageing.base};
	struct ageing a;

	return ageing_settings_read(&part, &a, e);
}

static int
check_ageing_decay(const struct settings *s, struct err *e)
{
	const struct ageing_settings part = {.decay = s->ageing.decay};
	struct ageing a;

	return ageing_settings_read(&part, &a, e);
}

/* Together they may be too many. */
static int
check_ageing_whole(const struct settings *s, struct err *e)
{
	struct ageing a;

	if (check_ageing(s, NULL) != 0 || check_ageing_base(s, NULL) != 0 ||
	    check_ageing_decay(s, NULL) != 0)
		return 0;
	return ageing_settings_read(&s->ageing, &a, e);
}

static int
check_schedule(const struct settings *s, struct err *e)
{
	struct schedule_rule rule;
	struct schedule_terms terms;

	return schedule_settings_read(&s->schedule, 0, &rule, &terms, e);
}

static int
check_tlp(const struct settings *s, struct err *e)
{
	return s->tlp == NULL ||
	    tlp_parse(slice_str(s->tlp)) != TLP_UNKNOWN ? 0 :
	    err_set(e, ERR_CONFIG, "tlp: '%s' is none of clear, green, amber, "
	    "amber+strict, red", s->tlp);
}

static int
check_added_after(const struct settings *s, struct err *e)
{
	int64_t t;

	return s->added_after == NULL ||
	    tstamp_parse(slice_str(s->added_after), &t) == 0 ? 0 :
	    err_set(e, ERR_CONFIG, "added-after: '%s' is not an RFC 3339 time "
	    "such as 2026-01-31T00:00:00Z", s->added_after);
}

/* ---- all of them ------------------------------------------------------------ */

/* A number is in its range, or 0: not set. */
static unsigned
numbers(const struct settings *s, settings_complaint_fn *complain, void *ctx)
{
	const struct opt *o;
	unsigned found = 0;
	uint32_t v;

	for (o = settings_table; o->kind != OPT_END; o++) {
		struct err e = ERR_INIT;

		if (o->kind != OPT_NUMBER)
			continue;
		memcpy(&v, (const char *)s + o->offset, sizeof(v));
		if (v == 0 || (v >= o->min && v <= o->max))
			continue;
		err_set(&e, ERR_CONFIG, "%s: %u is not within %u … %u",
		    o->name, v, o->min, o->max);
		complain(ctx, &e);
		found++;
	}
	return found;
}

unsigned
settings_check_all(const struct settings *s, settings_complaint_fn *complain,
    void *ctx)
{
	static int (*const checks[])(const struct settings *, struct err *) = {
		check_name, check_url, check_url_also, check_kind, settings_auth_check,
		settings_secret_check, settings_secret_names_check,
		settings_secret_uses_check, settings_exec_check,
		check_pinned_key, check_accept, check_http_version,
		check_tls_min, check_ip_family, check_max_bytes, check_retry,
		check_headers, check_query,
		check_oauth2_params, check_rate, check_slash, check_keep,
		check_bogons, check_paging, check_specs, check_guards,
		check_deviations, check_listing, check_reliability,
		check_group, check_facts, check_checked, check_history,
		check_ageing, check_ageing_base, check_ageing_decay,
		check_ageing_whole, check_schedule,
		check_tlp, check_added_after,
	};
	unsigned found = numbers(s, complain, ctx);

	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct err e = ERR_INIT;

		if (checks[i](s, &e) == 0)
			continue;
		complain(ctx, &e);
		found++;
	}
	return found;
}

void
settings_first_complaint(void *ctx, const struct err *why)
{
	struct err *e = ctx;

	if (e != NULL && e->code == ERR_NONE)
		*e = *why;
}

int
settings_check(const struct settings *s, struct err *e)
{
	return settings_check_all(s, settings_first_complaint, e) == 0 ? 0 : -1;
}
