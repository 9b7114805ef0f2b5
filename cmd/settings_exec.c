/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that is a program: its arguments and its environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/slice.h"
#include "cmd/settings_int.h"
#include "sync/url.h"

static bool
is_exec(const struct settings *s)
{
	return s->kind != NULL && strcmp(s->kind, "exec") == 0;
}

static int
check_names(const struct exec_settings *x, struct err *e)
{
	uint32_t i;

	for (i = 0; i < x->env.n; i++)
		if (x->env.v[i].key == NULL || !settings_is_variable(x->env.v[i].key))
			return err_set(e, ERR_CONFIG, "exec-env: '%s' is no "
			    "NAME=VALUE", x->env.v[i].key != NULL ?
			    x->env.v[i].key : x->env.v[i].value);
	for (i = 0; i < x->pass.n; i++)
		if (!settings_is_variable(x->pass.v[i]))
			return err_set(e, ERR_CONFIG, "exec-pass: '%s' is no "
			    "name of a variable", x->pass.v[i]);
	return 0;
}

int
settings_exec_check(const struct settings *s, struct err *e)
{
	const struct exec_settings *x = &s->exec;
	const char *given = x->args.n > 0 ? "exec-args" :
	    x->env.n > 0 ? "exec-env" :
	    x->pass.n > 0 ? "exec-pass" :
	    x->dir != NULL ? "exec-dir" :
	    x->paths.n > 0 ? "exec-paths" :
	    x->memory > 0 ? "exec-memory" : NULL;

	if (given != NULL && !is_exec(s))
		return err_set(e, ERR_CONFIG, "%s: goes with a program (kind: "
		    "exec)", given);
	return check_names(x, e);
}

/* The words behind the program's path. */
static int
make_argv(const struct settings *s, char *path, struct job_exec *to)
{
	uint32_t i, n = s->exec.args.n;

	to->argv = calloc(n + 2, sizeof(*to->argv));
	if (to->argv == NULL) {
		free(path);
		return -1;
	}
	to->argv[to->nargv++] = path;
	for (i = 0; i < n; i++) {
		to->argv[to->nargv] = strdup(s->exec.args.v[i]);
		if (to->argv[to->nargv] == NULL)
			return -1;
		to->nargv++;
	}
	return 0;
}

static int
add_variable(struct job_exec *to, const char *name, const char *value)
{
	if (asprintf(&to->env[to->nenv], "%s=%s", name, value) < 0)
		return -1;
	to->nenv++;
	return 0;
}

/* A variable of ours that is not set is not set there either. */
static int
make_env(const struct settings *s, struct job_exec *to)
{
	const struct exec_settings *x = &s->exec;
	const char *value;
	uint32_t i;
	int rc = 0;

	to->env = calloc(x->env.n + x->pass.n + 1, sizeof(*to->env));
	if (to->env == NULL)
		return -1;
	for (i = 0; rc == 0 && i < x->env.n; i++)
		rc = add_variable(to, x->env.v[i].key, x->env.v[i].value);
	for (i = 0; rc == 0 && i < x->pass.n; i++) {
		value = getenv(x->pass.v[i]);
		if (value != NULL)
			rc = add_variable(to, x->pass.v[i], value);
	}
	return rc;
}

void
settings_hide(const struct settings *s, const char *base, struct fence *f)
{
	const char *const files[] = {s->password.file, s->token.file,
	    s->header.file, s->client_secret.file, s->client_cert,
	    s->client_key, s->client_key_password.file,
	    s->proxy_password.file};
	const struct opt_map *named = &s->secrets.file;

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		settings_fence(f, fence_hide, base, files[i]);
	for (uint32_t i = 0; i < named->n; i++)
		settings_fence(f, fence_hide, base, named->v[i].value);
}

void
settings_exec_open(const struct settings *s, const char *base,
    struct fence *f)
{
	const struct opt_list *l = &s->exec.paths;

	for (uint32_t i = 0; i < l->n; i++)
		settings_fence(f, fence_open, base, l->v[i]);
	settings_fence(f, fence_open, base, s->exec.dir);
}

int
settings_exec_job(const struct settings *s, const char *base, struct job *job,
    struct err *e)
{
	struct url u;
	char *path;

	if (!is_exec(s))
		return 0;
	/* A file's: settings_kind_check(). */
	if (url_parse(slice_str(job->url), &u, e) != 0)
		return -1;
	path = strndup(u.path.p, u.path.n);
	if (path == NULL || make_argv(s, path, &job->exec) != 0 ||
	    make_env(s, &job->exec) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	job->exec.memory = s->exec.memory;
	settings_hide(s, base, &job->exec.fence);
	settings_exec_open(s, base, &job->exec.fence);
	if (s->exec.dir == NULL)
		return 0;
	job->exec.dir = fs_under(base, s->exec.dir);
	return job->exec.dir != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "out of memory");
}
