/* SPDX-License-Identifier: BSD-2-Clause */
/* discover: what a TAXII server offers us. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/request.h"
#include "cmd/show_match.h"
#include "sync/discover.h"

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
	json_array_foreach(json_object_get(d, "api_roots"), i, root)
		root_text(root);
}

struct discover_options {
	struct settings s; /* first: settings_table fills it */
	bool json;
};

static int
discover_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct discover_options *o = opts;
	struct job job;
	json_t *d = NULL;
	int rc;

	(void)argc;
	rc = request_job(c, argv[0], &o->s, &job, e);
	if (rc == 0)
		cmd_rate(c, &job);
	if (rc == 0)
		d = discover_run(c->program, &job, e);
	job_free(&job);
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
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

const struct verb verb_discover = {
	"discover", "URL | NAME", "what a TAXII server offers",
	"Show the API roots and collections of a TAXII server, and what we may "
	"do with them. Nothing is written.",
	discover_own, settings_table, sizeof(struct discover_options), 1, 1,
	discover_verb
};
