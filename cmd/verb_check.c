/* SPDX-License-Identifier: BSD-2-Clause */
/* check: does a source work, and if not, what is to be changed? */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/sandbox.h"
#include "sync/check.h"
#include "sync/mirror.h"

#define INDENT 20 /* columns of name and verdict */

struct check_options {
	struct settings s; /* first: settings_table fills it */
	bool json;
};

static void
step_text(const struct check_result *r)
{
	char text[sizeof(r->advice) + 8];

	printf("  %-11s %-5s ", r->name, check_word(r->verdict));
	opt_wrap(stdout, r->text, INDENT, INDENT);
	if (r->advice[0] == '\0')
		return;
	snprintf(text, sizeof(text), "-> %s", r->advice);
	printf("%*s", INDENT, "");
	opt_wrap(stdout, text, INDENT + 3, INDENT);
}

static void
check_text(const struct check_facts *f, const struct check_result *steps,
    enum check_verdict all)
{
	static const char *const ends[] = {
		[CHECK_GOOD] = "all is well", [CHECK_WARN] = "it works; see"
		    " what is marked warn", [CHECK_FAIL] = "it does not work",
	};
	const char *glue = "  not tried: ";
	int i;

	printf("%s\n", f->url);
	for (i = 0; i < CHECK_STEPS && i <= f->failed; i++)
		if (steps[i].name != NULL)
			step_text(&steps[i]);
	for (; i < CHECK_STEPS; i++) {
		if (steps[i].name == NULL)
			continue;
		printf("%s%s", glue, steps[i].name);
		glue = ", ";
	}
	if (glue[0] == ',')
		putchar('\n');
	printf("%s: %s\n", check_word(all), ends[all]);
}

static json_t *
steps_json(const struct check_result *steps)
{
	json_t *list = json_array();

	for (int i = 0; list != NULL && i < CHECK_STEPS; i++) {
		const struct check_result *r = &steps[i];

		if (r->name != NULL && json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s?}", "step", r->name,
		    "verdict", check_word(r->verdict), "text", r->text,
		    "advice", r->advice[0] != '\0' ? r->advice : NULL)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static int
check_json(const struct check_facts *f, const struct check_result *steps,
    enum check_verdict all, struct err *e)
{
	json_t *list = steps_json(steps), *facts = check_facts_json(f);
	json_t *o = NULL;

	if (list != NULL && facts != NULL)
		o = json_pack("{s:s, s:s, s:O, s:O}", "url", f->url,
		    "verdict", check_word(all), "steps", list, "facts", facts);
	json_decref(list);
	json_decref(facts);
	if (o == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
	return 0;
}

/* The job of a source of the configuration, or of a URL with options. */
static int
check_job(struct cmd *c, struct check_options *o, const char *operand,
    struct job *job, struct err *e)
{
	const struct settings *known = NULL;
	struct config *config = cmd_config(c, e);
	const char *given = settings_given(&o->s);

	job_init(job);
	if (e->code != ERR_NONE)
		return -1;
	if (config != NULL && operand != NULL)
		known = config_source(config, operand);
	if (known == NULL && cmd_preset(c, &o->s, operand, e) != 0)
		return -1;
	if (operand == NULL && o->s.url == NULL)
		return err_set(e, ERR_USAGE, "check: name a source, a URL or "
		    "a file; try 'taxiway check --help'");
	if (known != NULL && given != NULL)
		return err_set(e, ERR_USAGE, "--%s goes with a URL or a file; "
		    "the settings of %s are those in %s", given, operand,
		    config->path);
	if (operand != NULL)
		o->s.url = (char *)(uintptr_t)operand;
	if (sandbox_job(c, known != NULL ? known : &o->s, known != NULL ?
	    config->dir : NULL, job, e) != 0)
		return known != NULL ? err_context(e, "%s", known->name) : -1;
	cmd_rate(c, job);
	return 0;
}

/* One address; the exit status. */
static int
check_one(const struct cmd *c, bool json, struct job *job,
    struct check_facts *f, struct err *e)
{
	struct check_result steps[CHECK_STEPS];
	enum check_verdict all;

	if (check_run(c->program, job, f, e) != 0)
		return EXIT_SOURCE;
	all = check_judge(f, steps);
	if (json)
		(void)!check_json(f, steps, all, e);
	else if (!c->quiet)
		check_text(f, steps, all);
	return all != CHECK_FAIL ? EXIT_DONE : EXIT_SOURCE;
}

static int
check_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct check_options *o = opts;
	struct check_facts *f = malloc(sizeof(*f));
	int status = EXIT_USAGE;
	struct job job;

	job_init(&job);
	if (f == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return EXIT_USAGE;
	}
	if (check_job(c, o, argc > 0 ? argv[0] : NULL, &job, e) == 0) {
		status = EXIT_DONE;
		for (size_t i = 0; mirror_url(&job, i) != NULL &&
		    e->code == ERR_NONE; i++) {
			struct job at = mirror_job(&job, i);

			if (check_one(c, o->json, &at, f, e) != EXIT_DONE)
				status = EXIT_SOURCE;
		}
	}
	job_free(&job);
	free(f);
	return status;
}

static const struct opt check_own[] = {
	{'j', "json", NULL, "one JSON object, for each address", OPT_FLAG,
	    offsetof(struct check_options, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

const struct verb verb_check = {
	"check", "URL | FILE | NAME | --preset NAME",
	"does a source work, and if not, why?",
	"Test a source step by step: name, connection, TLS, credentials, "
	"version, collection, reading, paging, the age of the newest object, "
	"the clocks. Each step that is not well says what to change. Each address "
	"of url-also is tested, too. Nothing is "
	"written, and no store is needed. Exit status 0: it works, 3: it does "
	"not, or not from each address.",
	check_own, settings_table, sizeof(struct check_options), 0, 1,
	check_verb
};
