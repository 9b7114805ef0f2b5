/* SPDX-License-Identifier: BSD-2-Clause */
/* What the options of a feed say, one by one: is it known, does it compile? */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/slice.h"
#include "base/value.h"
#include "sync/feed_options.h"
#include "sync/feed_request.h"
#include "sync/map_decode.h"
#include "sync/map_field.h"
#include "sync/map_types.h"
#include "sync/map_value.h"
#include "sync/misp_type.h"
#include "sync/paging.h"
#include "sync/rule.h"
#include "sync/unwrap.h"
#include "sync/wordlist.h"

static int
check_word(const char *name, const char *word, const char *const *words,
    struct err *e)
{
	const char *const *w;

	if (word == NULL)
		return 0;
	for (w = words; *w != NULL; w++)
		if (strcmp(*w, word) == 0)
			return 0;
	return err_set(e, ERR_CONFIG, "%s: '%s' is not known", name, word);
}

static int
check_ere(const char *name, const char *text, struct err *e)
{
	char why[128];
	regex_t re;
	int rc;

	if (text == NULL)
		return 0;
	rc = regcomp(&re, text, REG_EXTENDED);
	if (rc == 0) {
		regfree(&re);
		return 0;
	}
	regerror(rc, NULL, why, sizeof(why));
	return err_set(e, ERR_CONFIG, "%s: '%s' is no POSIX ERE: %s", name,
	    text, why);
}

static int
check_type(const char *name, const char *type, struct err *e)
{
	if (type == NULL || strcmp(type, "auto") == 0 ||
	    value_type_code(slice_str(type)) != VALUE_NONE)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: '%s' is no type of value; "
	    "'taxiway types' lists them", name, type);
}

static int
check_character(const char *name, const char *text,
    const char *const *words, struct err *e)
{
	if (text == NULL || (text[0] != '\0' && text[1] == '\0') ||
	    check_word(name, text, words, NULL) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: '%s' is not one character", name,
	    text);
}

/* Words of map-types may mean "skip", too. */
static int
check_types(const struct feed_options *f, struct err *e)
{
	static const char *const unknown[] = {"skip", "reject", NULL};
	struct map_types types;
	uint32_t i;

	for (i = 0; i < f->types.n; i++)
		if (strcmp(f->types.v[i].value, "skip") != 0 &&
		    map_types_parse("map-types", slice_str(
		    f->types.v[i].value), &types, e) != 0)
			return -1;
	if (f->types.n > 0 && f->type == NULL)
		return err_set(e, ERR_CONFIG, "map-types: without map-type, "
		    "the field whose words these are");
	if (f->type_unknown != NULL && f->type == NULL)
		return err_set(e, ERR_CONFIG, "map-type-unknown: without "
		    "map-type, the field whose words are meant");
	if (check_word("map-type-unknown", f->type_unknown, unknown, e) != 0)
		return -1;
	return check_type("default-type", f->default_type, e);
}

static int
check_confidences(const struct feed_options *f, struct err *e)
{
	uint32_t i, n;

	for (i = 0; i < f->confidences.n; i++)
		if (opt_number(f->confidences.v[i].value, 0, 100, &n) != 0)
			return err_set(e, ERR_CONFIG, "map-confidences: '%s' "
			    "is not a number from 0 to 100",
			    f->confidences.v[i].value);
	return 0;
}

static int
check_duration(const char *name, const char *text, struct err *e)
{
	int64_t t;

	if (text == NULL || duration_parse(slice_str(text), FEED_TIME_MAX, &t) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: '%s' is no duration, such as 12h or "
	    "90d", name, text);
}

static int
check_misp(const struct feed_options *f, struct err *e)
{
	static const char *const integrity[] = {"check", "ignore", NULL};
	static const char *const since[] = {"attribute", "event", "publish",
	    NULL};
	static const char *const scopes[] = {"attributes", "events", NULL};
	uint32_t i;

	for (i = 0; i < f->misp_types.n; i++)
		if (misp_type_find(slice_str(f->misp_types.v[i])) == NULL)
			return err_set(e, ERR_CONFIG, "misp-types: '%s' is no "
			    "type of MISP", f->misp_types.v[i]);
	if (check_duration("misp-event-age", f->misp_event_age, e) != 0 ||
	    check_duration("misp-overlap", f->misp_overlap, e) != 0 ||
	    check_word("misp-integrity", f->misp_integrity, integrity,
	    e) != 0)
		return -1;
	if (check_word("misp-scope", f->misp_scope, scopes, e) != 0)
		return -1;
	return check_word("misp-since", f->misp_since, since, e);
}

static int
check_rules(const struct feed_options *f, struct err *e)
{
	if (f->rules_format == NULL ||
	    rule_format_find(slice_str(f->rules_format)) >= 0)
		return 0;
	return err_set(e, ERR_CONFIG, "rules-format: '%s' is neither yara nor "
	    "sigma nor suricata nor snort", f->rules_format);
}

/* The request and its pages; what goes together feed_walk_opts() says. */
static bool
has_cursors(const struct feed_options *f)
{
	return f->page_kind != NULL && (strcmp(f->page_kind, "cursor") == 0 ||
	    strcmp(f->page_kind, "graphql") == 0);
}

static int
check_request(const struct feed_options *f, struct err *e)
{
	static const char *const methods[] = {"GET", "POST", NULL};
	static const char *const acks[] = {"POST", "PUT", "DELETE", "GET",
	    NULL};
	static const char *const meanings[] = {"empty", "unchanged", NULL};
	uint32_t i, n;

	for (i = 0; i < f->statuses.n; i++)
		if (f->statuses.v[i].key == NULL ||
		    opt_number(f->statuses.v[i].key, 200, 599, &n) != 0 ||
		    check_word("request-status", f->statuses.v[i].value,
		    meanings, e) != 0)
			return err_set(e, ERR_CONFIG, "request-status: not "
			    "CODE=empty or CODE=unchanged");
	if (f->page_first != NULL && !has_cursors(f) &&
	    opt_number(f->page_first, 0, UINT32_MAX, &n) != 0)
		return err_set(e, ERR_CONFIG, "page-first: '%s' is no number",
		    f->page_first);
	return check_word("request-method", f->method, methods, e) != 0 ||
	    check_word("page-kind", f->page_kind, paging_names, e) != 0 ||
	    check_word("page-ack-method", f->page_ack_method, acks, e) != 0 ||
	    check_duration("request-overlap", f->overlap, e) != 0 ||
	    check_duration("request-reread", f->reread, e) != 0 ||
	    check_duration("page-step", f->page_step, e) != 0 ||
	    check_duration("page-lag", f->page_lag, e) != 0 ? -1 : 0;
}

/* An expression that takes something out of what it matches. */
static int
check_capture(const char *name, const char *text, struct err *e)
{
	if (check_ere(name, text, e) != 0)
		return -1;
	if (text != NULL && strchr(text, '(') == NULL)
		return err_set(e, ERR_CONFIG, "%s: has no parentheses around "
		    "what is to be taken", name);
	return 0;
}

static int
check_content(const struct feed_options *f, struct err *e)
{
	static const char *const codings[] = {"base64", "plain", NULL};
	struct unwrap *u;
	int rc;

	if (f->content_path == NULL)
		return f->content_coding == NULL ? 0 : err_set(e, ERR_CONFIG,
		    "content-coding: without content-path, where it stands");
	if (check_word("content-coding", f->content_coding, codings, e) != 0)
		return -1;
	u = malloc(sizeof(*u));
	if (u == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = unwrap_init(u, f->content_path, false, e);
	unwrap_free(u);
	free(u);
	return rc;
}

static int
check_words(const struct feed_options *f, struct err *e)
{
	static const char *const headers[] = {"none", "first", "commented",
	    NULL};
	static const char *const ports[] = {"keep", "strip", "strip-v6", NULL};
	static const char *const delimiters[] = {"tab", "whitespace", NULL};

	return check_word("csv-header", f->header, headers, e) != 0 ||
	    check_word("map-port", f->port, ports, e) != 0 ||
	    check_word("lines-syntax", f->syntax, wordlist_syntaxes, e) != 0 ||
	    check_character("csv-delimiter", f->delimiter, delimiters,
	    e) != 0 ? -1 : 0;
}

static int
check_csv(const struct feed_options *f, struct err *e)
{
	static const char *const none[] = {"none", NULL};
	static const char *const switched[] = {"on", "off", NULL};
	char quote = f->quote == NULL ? '"' : strcmp(f->quote, "none") == 0 ?
	    '\0' : f->quote[0];

	if (check_character("csv-quote", f->quote, none, e) != 0 ||
	    check_character("csv-escape", f->escape, none, e) != 0)
		return -1;
	if (check_word("csv-doublequote", f->doublequote, switched, NULL) != 0)
		return err_set(e, ERR_CONFIG, "csv-doublequote: '%s' is "
		    "neither on nor off", f->doublequote);
	if (f->escape != NULL && f->backslash)
		return err_set(e, ERR_CONFIG, "csv-escape: with csv-backslash, "
		    "which names another");
	if (f->escape != NULL && f->escape[0] == quote)
		return err_set(e, ERR_CONFIG, "csv-escape: '%s' is the quote "
		    "itself; csv-doublequote is for that", f->escape);
	return 0;
}

static int
check_ignore(const struct feed_options *f, struct err *e)
{
	return check_ere("ignore", f->ignore, e);
}

static int
check_extract(const struct feed_options *f, struct err *e)
{
	return check_capture("lines-extract", f->extract, e);
}

static int
check_count_line(const struct feed_options *f, struct err *e)
{
	return check_capture("count-line", f->count_line, e) != 0 ? -1 :
	    check_capture("stated-line", f->stated_line, e);
}

static int
check_values(const struct feed_options *f, struct err *e)
{
	struct map_values v;
	int64_t zone;
	int rc = map_values_init(&v, f, e);

	map_values_free(&v);
	return rc != 0 ? -1 : field_zone(f->zone, &zone, e);
}

static int
check_decode(const struct feed_options *f, struct err *e)
{
	for (uint32_t i = 0; i < f->decode.n; i++) {
		const struct opt_pair *p = &f->decode.v[i];

		if (p->key == NULL || p->key[0] == '\0')
			return err_set(e, ERR_CONFIG, "map-decode: '%s' is not "
			    "FIELD=HOW", p->value);
		if (map_coding_named(p->value) == CODINGS)
			return err_set(e, ERR_CONFIG, "map-decode: '%s' is "
			    "neither base64 nor hex", p->value);
	}
	return 0;
}

static int
check_end_line(const struct feed_options *f, struct err *e)
{
	return check_ere("end-line", f->end_line, e);
}

static int
check_kill_chain(const struct feed_options *f, struct err *e)
{
	if (f->default_kill_chain != NULL &&
	    strchr(f->default_kill_chain, ':') == NULL)
		return err_set(e, ERR_CONFIG, "default-kill-chain: '%s' is "
		    "not CHAIN:PHASE", f->default_kill_chain);
	return 0;
}

int
feed_options_check(const struct feed_options *f, unsigned i, struct err *e)
{
	static int (*const checks[])(const struct feed_options *f,
	    struct err *e) = {
		check_request, check_words, check_csv, check_rules, check_ignore,
		check_extract, check_count_line, check_content, check_types,
		check_confidences, check_misp, check_end_line, check_kill_chain,
		check_values, check_decode
	};

	return i == ARRAY_LEN(checks) ? 1 : checks[i](f, e);
}
