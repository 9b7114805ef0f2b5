/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The secrets themselves: read from a file or the environment, or told by a
 * program.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "cmd/config.h"
#include "cmd/settings_int.h"
#include "sync/program.h"
#include "sync/secret_run.h"

#define VARIABLES (PROGRAM_ENV_ALWAYS + 2)

/* ---- programs ------------------------------------------------------------ */

void
settings_secret_open(const struct settings *s, const char *base,
    struct fence *f)
{
	const struct opt_list *l = &s->secrets.paths;

	for (uint32_t i = 0; i < l->n; i++)
		settings_fence(f, fence_open, base, l->v[i]);
}

/* What it is told: where programs are, and which secret of which source. */
static void
make_env(struct program_env *env, const struct secrets *x, const char *name)
{
	const struct opt_list *pass = &x->s->secrets.pass;

	program_env_init(env, pass->n + VARIABLES);
	for (uint32_t i = 0; i < pass->n; i++) {
		const char *value = getenv(pass->v[i]);

		if (value != NULL)
			program_env_add(env, pass->v[i], value);
	}
	program_env_always(env);
	program_env_add(env, "TAXIWAY_SOURCE", x->job->name);
	program_env_add(env, "TAXIWAY_SECRET", name);
}

static void
make_fence(const struct secrets *x, struct fence *f)
{
	fence_init(f);
	settings_hide(x->s, x->base, f);
	if (x->programs != NULL && x->programs->config != NULL)
		config_hide(x->programs->config, f);
	settings_secret_open(x->s, x->base, f);
}

/* argv ends with NULL. */
static int
ask_program(const struct secrets *x, const char *name, char *const *argv,
    char **to, struct err *e)
{
	const struct settings_programs none = {.sandbox = SANDBOX_OFF,
	    .store = "/"};
	const struct settings_programs *w = x->programs != NULL ?
	    x->programs : &none;
	const struct sandbox sandbox = sandbox_find(w->sandbox);
	struct program_env env;
	struct fence fence;
	struct secret_program p = {.argv = argv, .sandbox = &sandbox,
	    .fence = &fence, .store = w->store, .stop = w->stop};
	int rc = -1;

	make_env(&env, x, name);
	make_fence(x, &fence);
	p.env = env.v;
	if (env.failed || fence.failed)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (settings_secret_timeout(x->s, &p.timeout, e) == 0)
		rc = secret_run(&p, to, e);
	fence_free(&fence);
	program_env_free(&env);
	return rc;
}

/* ---- the secrets themselves ---------------------------------------------- */

static int
from_env(const char *key, const char *variable, char **to, struct err *e)
{
	const char *value = getenv(variable);

	if (value == NULL)
		return err_set(e, ERR_AUTH, "%s: the environment has no "
		    "variable '%s'", key, variable);
	return settings_copy(to, value, e);
}

static int
from_file(const struct secrets *x, const char *key, const char *file,
    char **to, struct err *e)
{
	char *path = fs_under(x->base, file);
	int rc;

	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = fs_read_secret(path, to, e);
	if (rc != 0) {
		err_context(e, "%s", key);
		if (e != NULL)
			e->code = ERR_AUTH;
	}
	free(path);
	return rc;
}

int
settings_secret(const struct secrets *x, const char *name,
    const struct secret_ways *w, char **to, struct err *e)
{
	char key[40], **argv;
	int rc;

	snprintf(key, sizeof(key), "%s-%s", name, w->env != NULL ? "env" :
	    w->file != NULL ? "file" : "exec");
	if (w->env != NULL)
		return from_env(key, w->env, to, e);
	if (w->file != NULL)
		return from_file(x, key, w->file, to, e);
	if (w->exec.n == 0)
		return 0;
	argv = calloc(w->exec.n + 1, sizeof(*argv));
	if (argv == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	memcpy(argv, w->exec.v, w->exec.n * sizeof(*argv));
	rc = ask_program(x, name, argv, to, e);
	free(argv);
	return rc == 0 ? 0 : err_context(e, "%s", key);
}

static int
from_words(const struct secrets *x, const char *name, char **to,
    struct err *e)
{
	const struct opt_map *m = &x->s->secrets.exec;
	char *argv[LIMIT_HOOK_WORDS + 1] = {NULL};
	unsigned n = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i].key, name) == 0 && n < LIMIT_HOOK_WORDS)
			argv[n++] = m->v[i].value;
	return ask_program(x, name, argv, to, e);
}

/* One that has a name.  It may stand in a header line, and to be empty is a
 * mistake. */
static int
read_named(const struct secrets *x, struct slice name, char **to,
    struct err *e)
{
	const struct secret_settings *s = &x->s->secrets;
	const char *file = settings_secret_named(&s->file, name);
	const char *env = settings_secret_named(&s->env, name), *key;
	char word[LIMIT_SECRET_NAME + 1];
	int rc;

	snprintf(word, sizeof(word), "%.*s", SLICE_ARG(name));
	key = file != NULL ? "secret-file" : env != NULL ? "secret-env" :
	    "secret-exec";
	rc = file != NULL ? from_file(x, key, file, to, e) : env != NULL ?
	    from_env(key, env, to, e) : from_words(x, word, to, e);
	if (rc != 0)
		return file != NULL || env != NULL ? -1 :
		    err_context(e, "%s: '%s'", key, word);
	if (**to == '\0')
		return err_set(e, ERR_AUTH, "%s: '%s' is empty", key, word);
	return settings_one_line(word, *to, e) == 0 ? 0 :
	    err_context(e, "%s", key);
}

/* "NAME=value", with no copy of it left behind. */
static int
add_named(struct job *job, struct slice name, char *value, struct err *e)
{
	size_t n = name.n + 1 + strlen(value) + 1;
	char *text = malloc(n);

	if (job->secrets == NULL)
		job->secrets = calloc(LIMIT_SECRETS, sizeof(*job->secrets));
	if (text == NULL || job->secrets == NULL) {
		free(text);
		return err_set(e, ERR_MEMORY, "out of memory");
	}
	snprintf(text, n, "%.*s=%s", SLICE_ARG(name), value);
	job->secrets[job->nsecrets++] = text;
	return 0;
}

static bool
is_had(const struct job *job, struct slice name)
{
	for (size_t i = 0; i < job->nsecrets; i++)
		if (strncmp(job->secrets[i], name.p, name.n) == 0 &&
		    job->secrets[i][name.n] == '=')
			return true;
	return false;
}

/* What no request names is not read, let alone given to a fetcher. */
static int
take_use(void *ctx, const char *key, struct slice name, struct err *e)
{
	const struct secrets *x = ctx;
	char *value = NULL;
	int rc;

	if (is_had(x->job, name))
		return 0;
	if (x->job->nsecrets == LIMIT_SECRETS)
		return err_set(e, ERR_CONFIG, "%s: more than %u secrets in one"
		    " source", key, LIMIT_SECRETS);
	rc = read_named(x, name, &value, e);
	if (rc == 0)
		rc = add_named(x->job, name, value, e);
	fs_wipe_string(value);
	return rc;
}

int
settings_secrets_job(struct secrets *x, struct err *e)
{
	return settings_secret_uses(x->s, take_use, x, e);
}
