/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "cmd/address.h"
#include "sync/source.h"

#define S(member) offsetof(struct settings, member)

const struct opt settings_table[] = {
	{'n', "name", "NAME", "name of the source in the store",
	    OPT_STRING, S(name), 0, 0},
	{0, "kind", "KIND", "taxii21, taxii20 or stix (default: told from "
	    "the URL, the version of TAXII by what the server speaks)",
	    OPT_STRING, S(kind), 0, 0},
	{0, "url", "URL", "discovery, API root, collection, document or path",
	    OPT_STRING, S(url), 0, 0},
	{0, "collection", "C", "id, alias or title of the collection",
	    OPT_STRING, S(collection), 0, 0},
	{'u', "user", "NAME", "user name for basic authentication",
	    OPT_STRING, S(user), 0, 0},
	{0, "password-file", "FILE", "file that holds the password",
	    OPT_STRING, S(password_file), 0, 0},
	{0, "password-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(password_env), 0, 0},
	{0, "token-file", "FILE", "file that holds a bearer token",
	    OPT_STRING, S(token_file), 0, 0},
	{0, "token-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(token_env), 0, 0},
	{0, "header-file", "FILE", "file with one secret header, 'Name: value'",
	    OPT_STRING, S(header_file), 0, 0},
	{0, "client-cert", "FILE", "client certificate (PEM)",
	    OPT_STRING, S(client_cert), 0, 0},
	{0, "client-key", "FILE", "its key, where not in the same file",
	    OPT_STRING, S(client_key), 0, 0},
	{0, "client-key-password-file", "FILE", "file with the key's password",
	    OPT_STRING, S(client_key_password_file), 0, 0},
	{0, "ca-bundle", "FILE", "trust these authorities (PEM), no others",
	    OPT_STRING, S(ca_bundle), 0, 0},
	{0, "proxy", "URL", "proxy to go through",
	    OPT_STRING, S(proxy), 0, 0},
	{'H', "header", "'N: V'", "extra request header (not for secrets)",
	    OPT_LIST, S(headers), 0, 0},
	{0, "added-after", "TIME", "first poll: only what was added after TIME",
	    OPT_STRING, S(added_after), 0, 0},
	{0, "type", "TYPE", "ask only for objects of this STIX type",
	    OPT_LIST, S(types), 0, 0},
	{0, "limit", "N", "objects asked for in a page (default 10000)",
	    OPT_NUMBER, S(page_limit), 1, 10000000},
	{0, "connect-timeout", "S", "seconds to connect (default 30)",
	    OPT_NUMBER, S(connect_timeout), 1, 3600},
	{0, "low-speed-time", "S", "seconds of silence to bear (default 120)",
	    OPT_NUMBER, S(low_speed_time), 1, 3600},
	{0, "total-timeout", "S", "seconds for the whole poll (default 21600)",
	    OPT_NUMBER, S(total_timeout), 1, 604800},
	{'k', "keep", "WHAT", "objects (default): with the original STIX; "
	    "values: only what a verdict needs",
	    OPT_STRING, S(keep), 0, 0},
	{0, "bogons", "WHAT", "private and reserved addresses: reject "
	    "(default) or accept",
	    OPT_STRING, S(bogons), 0, 0},
	{0, "tlp", "LEVEL", "TLP of objects that carry no marking",
	    OPT_STRING, S(tlp), 0, 0},
	{0, "follow-hosts", NULL, "follow redirects to other hosts, without "
	    "credentials", OPT_FLAG, S(follow_hosts), 0, 0},
	{0, "foreign-roots", NULL, "use API roots on other hosts or without TLS",
	    OPT_FLAG, S(foreign_roots), 0, 0},
	{0, "deviations", "ID=WHAT", "what to do about a server's fault: "
	    "ignore, warn or reject; see taxiway.yaml(5)",
	    OPT_MAP, S(deviations), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
check_word(const char *key, const char *word, const char *a, const char *b,
    struct err *e)
{
	if (word == NULL || strcmp(word, a) == 0 || strcmp(word, b) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: '%s' is neither '%s' nor '%s'", key,
	    word, a, b);
}

static int
check_source_kind(const char *kind, struct err *e)
{
	const struct source_ops *ops;
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
check_numbers(const struct settings *s, struct err *e)
{
	const struct opt *o;

	for (o = settings_table; o->kind != OPT_END; o++) {
		uint32_t v;

		if (o->kind != OPT_NUMBER)
			continue;
		memcpy(&v, (const char *)s + o->offset, sizeof(v));
		if (v != 0 && (v < o->min || v > o->max))
			return err_set(e, ERR_CONFIG,
			    "%s: %u is not within %u … %u", o->name, v, o->min,
			    o->max);
	}
	return 0;
}

/* A scheme that is read, and no password: whoever can list processes would see
 * it. */
static int
check_url(const char *url, struct err *e)
{
	const char *host = strstr(url, "://"), *at;

	if (host == NULL)
		return 0;
	if (strncasecmp(url, "http:", 5) != 0 &&
	    strncasecmp(url, "https:", 6) != 0 &&
	    strncasecmp(url, "file:", 5) != 0)
		return err_set(e, ERR_CONFIG, "url: '%s' is no http:, https: "
		    "or file: URL", url);
	at = strpbrk(host + 3, "@/?#");
	if (at != NULL && *at == '@')
		return err_set(e, ERR_CONFIG, "url: has credentials in it; "
		    "give them by user and password-file");
	return 0;
}

/* "ID: ACTION", or one action for all; later pairs count more. */
static int
read_deviations(const struct opt_map *m, uint8_t *to, struct err *e)
{
	for (uint32_t i = 0; i < m->n; i++) {
		const struct opt_pair *p = &m->v[i];
		enum deviation_action a = deviation_action_parse(p->value);
		int d = p->key != NULL ? deviation_find(slice_str(p->key)) : 0;

		if (a == DEVIATION_ACTIONS)
			return err_set(e, ERR_CONFIG, "deviations: '%.64s' is "
			    "neither 'ignore', 'warn' nor 'reject'", p->value);
		if (d < 0)
			return err_set(e, ERR_CONFIG, "deviations: there is no "
			    "'%.64s'; taxiway.yaml(5) lists them", p->key);
		if (p->key == NULL)
			memset(to, (int)a, DEVIATIONS);
		else
			to[d] = (uint8_t)a;
	}
	return 0;
}

int
settings_check(const struct settings *s, struct err *e)
{
	uint8_t deviations[DEVIATIONS];
	int64_t t;

	if (s->url != NULL && check_url(s->url, e) != 0)
		return -1;

	if (s->name != NULL && (s->name[0] == '\0' ||
	    strlen(s->name) > LIMIT_SOURCE_NAME))
		return err_set(e, ERR_CONFIG,
		    "name: must have 1 to %d bytes", LIMIT_SOURCE_NAME);
	if (check_word("keep", s->keep, "objects", "values", e) != 0 ||
	    check_word("bogons", s->bogons, "reject", "accept", e) != 0 ||
	    check_source_kind(s->kind, e) != 0 ||
	    check_numbers(s, e) != 0 ||
	    read_deviations(&s->deviations, deviations, e) != 0)
		return -1;
	if (s->tlp != NULL && tlp_parse(slice_str(s->tlp)) == TLP_UNKNOWN)
		return err_set(e, ERR_CONFIG, "tlp: '%s' is none of clear, "
		    "green, amber, amber+strict, red", s->tlp);
	if (s->added_after != NULL &&
	    tstamp_parse(slice_str(s->added_after), &t) != 0)
		return err_set(e, ERR_CONFIG, "added-after: '%s' is not an RFC "
		    "3339 time such as 2026-01-31T00:00:00Z", s->added_after);
	if ((s->password_file != NULL) + (s->password_env != NULL) > 1 ||
	    (s->token_file != NULL) + (s->token_env != NULL) > 1)
		return err_set(e, ERR_CONFIG,
		    "a secret is given both by file and by environment");
	if (s->user != NULL && (s->token_file != NULL || s->token_env != NULL))
		return err_set(e, ERR_CONFIG,
		    "user and token exclude each other");
	if (s->client_key != NULL && s->client_cert == NULL)
		return err_set(e, ERR_CONFIG,
		    "client-key without client-cert");
	return 0;
}

const char *
settings_given(const struct settings *s)
{
	const struct opt *o;

	for (o = settings_table; o->kind != OPT_END; o++)
		if (o->offset != S(url) && opt_given(o, s))
			return o->name;
	return NULL;
}

/* A path of the configuration is meant from the configuration's folder. */
static char *
path_from(const char *base, const char *path)
{
	char *full;

	if (base == NULL || path[0] == '/')
		return strdup(path);
	if (asprintf(&full, "%s%s", base, path) < 0)
		return NULL;
	return full;
}

static int
copy_string(char **to, const char *from, struct err *e)
{
	if (from == NULL)
		return 0;
	*to = strdup(from);
	return *to != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

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
		if (copy_string(&(*to)[i], from->v[i], e) != 0)
			return -1;
		*n = i + 1;
	}
	return 0;
}

/* A secret from a file or the environment; *to stays NULL when neither is set. */
static int
read_secret(char **to, const char *base, const char *what, const char *file,
    const char *env, struct err *e)
{
	char *path, *value;
	int rc;

	if (env != NULL) {
		value = getenv(env);
		if (value == NULL)
			return err_set(e, ERR_AUTH, "%.*s-env: the environment "
			    "has no variable '%s'", (int)strcspn(what, "-"),
			    what, env);
		return copy_string(to, value, e);
	}
	if (file == NULL)
		return 0;
	path = path_from(base, file);
	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = fs_read_secret(path, to, e);
	if (rc != 0) {
		err_context(e, "%s", what);
		if (e != NULL)
			e->code = ERR_AUTH;
	}
	free(path);
	return rc;
}

static int
read_blob(struct job_blob *to, const char *base, const char *what,
    const char *file, struct err *e)
{
	struct buf text;
	char *path;
	int rc;

	if (file == NULL)
		return 0;
	path = path_from(base, file);
	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	buf_init(&text, LIMIT_BODY_CONTROL);
	rc = fs_read(path, &text, e);
	free(path);
	if (rc != 0) {
		buf_free(&text);
		return err_context(e, "%s", what);
	}
	to->n = text.n;
	to->p = buf_take(&text);
	return to->p != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

/* "Name: value" out of a secret file. */
static int
read_header(struct job *job, const char *base, const char *file, struct err *e)
{
	char *line = NULL, *colon, *value;

	if (read_secret(&line, base, "header-file", file, NULL, e) != 0)
		return -1;
	if (line == NULL)
		return 0;
	colon = strchr(line, ':');
	if (colon == NULL || colon == line || strpbrk(line, "\r\n") != NULL) {
		fs_wipe_string(line);
		return err_set(e, ERR_CONFIG,
		    "header-file: %s: not one line of 'Name: value'", file);
	}
	value = colon + 1 + strspn(colon + 1, " \t");
	job->auth = AUTH_HEADER;
	job->header_name = strndup(line, (size_t)(colon - line));
	job->header_value = strdup(value);
	fs_wipe_string(line);
	if (job->header_name == NULL || job->header_value == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	return 0;
}

static int
job_secrets(const struct settings *s, const char *base, struct job *job,
    struct err *e)
{
	if (read_secret(&job->password, base, "password-file",
	    s->password_file, s->password_env, e) != 0 ||
	    read_secret(&job->token, base, "token-file", s->token_file,
	    s->token_env, e) != 0 ||
	    read_secret(&job->client_key_password, base,
	    "client-key-password-file", s->client_key_password_file, NULL,
	    e) != 0 ||
	    read_blob(&job->client_cert, base, "client-cert", s->client_cert,
	    e) != 0 ||
	    read_blob(&job->client_key, base, "client-key", s->client_key,
	    e) != 0 ||
	    read_blob(&job->ca_bundle, base, "ca-bundle", s->ca_bundle, e) != 0)
		return -1;
	if (s->user != NULL || job->password != NULL) {
		job->auth = AUTH_BASIC;
		if (copy_string(&job->user, s->user != NULL ? s->user : "",
		    e) != 0)
			return -1;
		if (job->password == NULL &&
		    copy_string(&job->password, "", e) != 0)
			return -1;
	} else if (job->token != NULL) {
		job->auth = AUTH_BEARER;
	}
	return read_header(job, base, s->header_file, e);
}

/* What only a collection knows must not be passed over in a document. */
static int
check_kind(const struct settings *s, const struct job *job, struct err *e)
{
	const struct source_ops *ops = source_find(job, e);
	const char *given;

	if (ops == NULL)
		return -1;
	if (ops == &source_taxii21 || ops == &source_taxii20)
		return strncmp(job->url, "file:", 5) != 0 ? 0 :
		    err_set(e, ERR_CONFIG, "%s: a file is no TAXII server: "
		    "that has an https: or http: URL", job->url);
	given = s->collection != NULL ? "collection" :
	    s->types.n > 0 ? "type" :
	    s->added_after != NULL ? "added-after" :
	    s->page_limit > 0 ? "limit" : NULL;
	if (given == NULL)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: goes with a TAXII collection; %s is "
	    "read as a STIX document, which is taken whole (kind: taxii21 says "
	    "otherwise)", given, job->name);
}

int
settings_job(const struct settings *s, const char *base, struct job *job,
    struct err *e)
{
	job_init(job);
	if (settings_check(s, e) != 0)
		return -1;
	if (s->url == NULL)
		return err_set(e, ERR_CONFIG, "no URL");
	if (address_job(s, base, job, e) != 0 ||
	    copy_string(&job->kind, s->kind, e) != 0 ||
	    copy_string(&job->collection, s->collection, e) != 0 ||
	    copy_string(&job->proxy, s->proxy, e) != 0 ||
	    copy_string(&job->added_after, s->added_after, e) != 0 ||
	    copy_list(&job->headers, &job->nheaders, &s->headers, e) != 0 ||
	    copy_list(&job->match_types, &job->nmatch_types, &s->types, e) != 0)
		return -1;
	job->page_limit = s->page_limit;
	job->connect_timeout = s->connect_timeout;
	job->low_speed_time = s->low_speed_time;
	job->total_timeout = s->total_timeout;
	job->keep_raw = s->keep == NULL || strcmp(s->keep, "objects") == 0;
	job->allow_bogons = s->bogons != NULL &&
	    strcmp(s->bogons, "accept") == 0;
	job->default_tlp = s->tlp != NULL ?
	    (uint8_t)tlp_parse(slice_str(s->tlp)) : TLP_UNKNOWN;
	job->allow_http_redirect_host = s->follow_hosts;
	job->insecure_roots = s->foreign_roots;
	if (read_deviations(&s->deviations, job->deviations, e) != 0)
		return -1;
	if (check_kind(s, job, e) != 0)
		return -1;
	return job_secrets(s, base, job, e);
}
