/* SPDX-License-Identifier: BSD-2-Clause */
/* discover: what a TAXII server offers us. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/address.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/request.h"
#include "sync/discover.h"
#include "sync/srv.h"

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static void
field(const char *indent, const char *label, const char *value)
{
	if (value[0] == '\0')
		return;
	printf("%s%s: ", indent, label);
	print_clean(stdout, value, strlen(value));
	putchar('\n');
}

static const char *
rights(const json_t *c)
{
	bool r = json_is_true(json_object_get(c, "can_read"));
	bool w = json_is_true(json_object_get(c, "can_write"));

	return r && w ? "read, write" : r ? "read" : w ? "write" : "none";
}

static void
root_text(const json_t *root)
{
	const json_t *c, *v, *versions = json_object_get(root, "versions");
	size_t i;

	printf("\nAPI root ");
	print_clean(stdout, text_of(root, "url"), strlen(text_of(root, "url")));
	putchar('\n');
	field("  ", "title", text_of(root, "title"));
	field("  ", "description", text_of(root, "description"));
	json_array_foreach(versions, i, v)
		field("  ", "version", json_is_string(v) ?
		    json_string_value(v) : "");
	field("  ", "error", text_of(root, "error"));
	json_array_foreach(json_object_get(root, "collections"), i, c) {
		printf("  collection ");
		print_clean(stdout, text_of(c, "id"), strlen(text_of(c, "id")));
		putchar('\n');
		field("    ", "title", text_of(c, "title"));
		field("    ", "alias", text_of(c, "alias"));
		field("    ", "description", text_of(c, "description"));
		field("    ", "rights", rights(c));
	}
}

static void
srv_text(const json_t *srv)
{
	const json_t *t;
	size_t i;

	json_array_foreach(json_object_get(srv, "targets"), i, t) {
		printf("  SRV ");
		print_clean(stdout, text_of(srv, "name"),
		    strlen(text_of(srv, "name")));
		printf(": ");
		print_clean(stdout, text_of(t, "host"),
		    strlen(text_of(t, "host")));
		printf(":%d (priority %d, weight %d)\n",
		    (int)json_integer_value(json_object_get(t, "port")),
		    (int)json_integer_value(json_object_get(t, "priority")),
		    (int)json_integer_value(json_object_get(t, "weight")));
	}
}

static void
discover_text(const json_t *d)
{
	const json_t *root;
	size_t i;

	print_clean(stdout, text_of(d, "url"), strlen(text_of(d, "url")));
	putchar('\n');
	field("  ", "title", text_of(d, "title"));
	field("  ", "description", text_of(d, "description"));
	field("  ", "contact", text_of(d, "contact"));
	field("  ", "default", text_of(d, "default"));
	srv_text(json_object_get(d, "srv"));
	json_array_foreach(json_object_get(d, "api_roots"), i, root)
		root_text(root);
}

struct discover_options {
	struct settings s; /* first: settings_table fills it */
	bool json, srv;
};

/*
 * The URL that a domain stands for, in `url`; "" where the operand is something
 * else: a URL, a source of the configuration, or a file that was given by
 * mistake.
 */
static int
domain_url(struct cmd *c, const char *operand, struct buf *url, struct err *e)
{
	const struct config *config = cmd_config(c, e);
	char domain[SRV_HOST_MAX];

	if (e->code != ERR_NONE)
		return -1;
	buf_str(url, "");
	if (address_is_url(operand) || access(operand, F_OK) == 0 ||
	    (config != NULL && config_source(config, operand) != NULL) ||
	    srv_domain(slice_str(operand), domain, NULL) != 0)
		return 0;
	buf_printf(url, "https://%s/", domain);
	return buf_ok(url) ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

static int
discover_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct discover_options *o = opts;
	struct job job;
	struct buf url;
	json_t *d = NULL;
	int rc;

	(void)argc;
	job_init(&job);
	buf_init(&url, LIMIT_URL);
	rc = domain_url(c, argv[0], &url, e);
	if (rc == 0)
		rc = request_job(c, url.n > 0 ? url.p : argv[0], &o->s, &job,
		    e);
	if (rc == 0) {
		job.srv = o->srv || url.n > 0;
		cmd_rate(c, &job);
		d = discover_run(c->program, &job, e);
	}
	job_free(&job);
	buf_free(&url);
	if (d == NULL)
		return cmd_status(e);
	if (o->json) {
		json_dumpf(d, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		discover_text(d);
	}
	json_decref(d);
	return EXIT_DONE;
}

static const struct opt discover_own[] = {
	{'j', "json", NULL, "one JSON object", OPT_FLAG,
	    offsetof(struct discover_options, json), 0, 0},
	{0, "srv", NULL, "ask the DNS for the servers of the URL's host",
	    OPT_FLAG, offsetof(struct discover_options, srv), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

const struct verb verb_discover = {
	"discover", "URL | DOMAIN | NAME", "what a TAXII server offers",
	"Show the API roots and collections of a TAXII server, and what we may "
	"do with them. The servers of a domain are found by its SRV records, "
	"_taxii2._tcp or _taxii._tcp; a server on another host is asked only "
	"with --foreign-roots. Nothing is written.",
	discover_own, settings_table, sizeof(struct discover_options), 1, 1,
	discover_verb
};
