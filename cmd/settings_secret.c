/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secrets: in which of three ways each is given (a file, the environment, a
 * program), which of them have names, and the secrets themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/config.h"
#include "cmd/settings_int.h"
#include "sync/program.h"
#include "sync/secret_run.h"
#include "sync/template.h"

#define TIMEOUT (30 * TSTAMP_SECOND)
#define TIMEOUT_MOST (600 * TSTAMP_SECOND)
#define VARIABLES (PROGRAM_ENV_ALWAYS + 2)

/* ---- what is given ------------------------------------------------------- */

bool
secret_is_given(const struct secret_ways *w)
{
	return w->file != NULL || w->env != NULL || w->exec.n > 0;
}

#define WAYS 5
struct row {
	const char *name; /* without -file, -env and -exec */
	const struct secret_ways *ways;
};

static void
rows_of(const struct settings *s, struct row rows[WAYS])
{
	const struct row all[WAYS] = {
		{"password", &s->password}, {"token", &s->token},
		{"client-secret", &s->client_secret},
		{"client-key-password", &s->client_key_password},
		{"proxy-password", &s->proxy_password},
	};

	memcpy(rows, all, sizeof(all));
}

/* The last value of a name; NULL: there is none. */
static char *
value_of(const struct opt_map *m, struct slice name)
{
	char *value = NULL;

	for (uint32_t i = 0; i < m->n; i++)
		if (m->v[i].key != NULL && slice_is(name, m->v[i].key))
			value = m->v[i].value;
	return value;
}

static bool
is_known(const struct secret_settings *s, struct slice name)
{
	return value_of(&s->file, name) != NULL ||
	    value_of(&s->env, name) != NULL || value_of(&s->exec, name) != NULL;
}

bool
settings_has_programs(const struct settings *s)
{
	struct row rows[WAYS];
	bool any = s->secrets.exec.n > 0;

	rows_of(s, rows);
	for (size_t i = 0; i < WAYS; i++)
		any = any || rows[i].ways->exec.n > 0;
	return any;
}

/* ---- does it fit together ------------------------------------------------ */

static int
check_program(const char *key, const char *program, uint32_t words,
    struct err *e)
{
	if (program[0] != '/')
		return err_set(e, ERR_CONFIG, "%s: '%.200s' is not the whole "
		    "path of a program, such as /usr/local/bin/token", key,
		    program);
	if (words > LIMIT_HOOK_WORDS)
		return err_set(e, ERR_CONFIG, "%s: more than %u arguments",
		    key, LIMIT_HOOK_WORDS - 1);
	return 0;
}

static int
check_ways(const struct row *r, struct err *e)
{
	const struct secret_ways *w = r->ways;
	const char *one = w->file != NULL ? "file" : "environment";
	char key[40];

	if ((w->file != NULL) + (w->env != NULL) + (w->exec.n > 0) > 1)
		return err_set(e, ERR_CONFIG, "%s-%s: a secret is given both "
		    "by %s and by %s", r->name, w->file != NULL ? "file" :
		    "env", one, w->file != NULL && w->env != NULL ?
		    "environment" : "program");
	if (w->exec.n == 0)
		return 0;
	snprintf(key, sizeof(key), "%s-exec", r->name);
	return check_program(key, w->exec.v[0], w->exec.n, e);
}

static int
check_timeout(const struct settings *s, int64_t *out, struct err *e)
{
	*out = TIMEOUT;
	if (settings_time("secret-timeout", s->secrets.timeout, TSTAMP_SECOND,
	    false, out, e) != 0)
		return -1;
	return *out <= TIMEOUT_MOST ? 0 : err_set(e, ERR_CONFIG,
	    "secret-timeout: '%s' is more than 10 minutes",
	    s->secrets.timeout);
}

int
settings_secret_check(const struct settings *s, struct err *e)
{
	const struct secret_settings *x = &s->secrets;
	const char *given = x->pass.n > 0 ? "secret-pass" :
	    x->paths.n > 0 ? "secret-paths" :
	    x->timeout != NULL ? "secret-timeout" : NULL;
	struct row rows[WAYS];
	int64_t timeout;

	rows_of(s, rows);
	for (size_t i = 0; i < WAYS; i++)
		if (check_ways(&rows[i], e) != 0)
			return -1;
	if (given != NULL && !settings_has_programs(s))
		return err_set(e, ERR_CONFIG, "%s: goes with a program that "
		    "tells a secret (token-exec, secret-exec …)", given);
	for (uint32_t i = 0; i < x->pass.n; i++)
		if (!settings_is_variable(x->pass.v[i]))
			return err_set(e, ERR_CONFIG, "secret-pass: '%s' is no "
			    "name of a variable", x->pass.v[i]);
	return check_timeout(s, &timeout, e);
}

struct named_way {
	const char *key;
	const struct opt_map *map;
	bool words; /* a pair each */
};
#define NAMED_WAYS 3

static void
named_ways(const struct settings *s, struct named_way ways[NAMED_WAYS])
{
	const struct secret_settings *x = &s->secrets;
	const struct named_way all[NAMED_WAYS] = {
		{"secret-file", &x->file, false},
		{"secret-env", &x->env, false},
		{"secret-exec", &x->exec, true},
	};

	memcpy(ways, all, sizeof(all));
}

/* Has this name been given before pair i of way w? */
static bool
is_twice(const struct named_way *ways, unsigned w, uint32_t i)
{
	const char *name = ways[w].map->v[i].key;
	unsigned k;
	uint32_t n;

	for (k = 0; k <= w; k++)
		for (n = 0; n < (k < w ? ways[k].map->n : i); n++)
			if ((k < w || !ways[w].words) &&
			    ways[k].map->v[n].key != NULL &&
			    strcmp(ways[k].map->v[n].key, name) == 0)
				return true;
	return false;
}

static uint32_t
words_of(const struct opt_map *m, const char *name, const char **program)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (m->v[i].key != NULL && strcmp(m->v[i].key, name) == 0 &&
		    n++ == 0)
			*program = m->v[i].value;
	return n;
}

int
settings_secret_names_check(const struct settings *s, struct err *e)
{
	struct named_way ways[NAMED_WAYS];
	const char *program = "";
	uint32_t i, words;
	unsigned w;

	named_ways(s, ways);
	for (w = 0; w < NAMED_WAYS; w++)
		for (i = 0; i < ways[w].map->n; i++) {
			const struct opt_pair *p = &ways[w].map->v[i];

			if (p->key == NULL ||
			    !template_is_name(slice_str(p->key)))
				return err_set(e, ERR_CONFIG, "%s: '%.64s' is "
				    "no NAME=%s; a name has letters, digits, "
				    "- and _, at most %u", ways[w].key,
				    p->key != NULL ? p->key : p->value,
				    ways[w].words ? "WORD" : "VALUE",
				    LIMIT_SECRET_NAME);
			if (is_twice(ways, w, i))
				return err_set(e, ERR_CONFIG, "%s: '%s' is "
				    "given twice", ways[w].key, p->key);
			if (!ways[w].words)
				continue;
			words = words_of(ways[w].map, p->key, &program);
			if (check_program(ways[w].key, program, words, e) != 0)
				return -1;
		}
	return 0;
}

/* ---- where they are used ------------------------------------------------- */

/* Each name that a request has; -1 of `fn` ends it. */
typedef int use_fn(void *ctx, const char *key, struct slice name,
    struct err *e);

static int
uses_in(const char *key, const char *text, use_fn *fn, void *ctx,
    struct err *e)
{
	struct slice rest = slice_str(text), name;

	while (rest.n > 0 && template_next_secret(&rest, &name))
		if (fn(ctx, key, name, e) != 0)
			return -1;
	return 0;
}

/* What is no URL of http has no places. */
static int
uses_in_url(const char *key, const char *url, use_fn *fn, void *ctx,
    struct err *e)
{
	return url != NULL && strncmp(url, "http", 4) == 0 ?
	    uses_in(key, url, fn, ctx, e) : 0;
}

/* Of "name<mark>value" the value; a place has a ':' of its own. */
static int
uses_in_pairs(const char *key, const struct opt_list *l, char mark, use_fn *fn,
    void *ctx, struct err *e)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const char *at = strchr(l->v[i], mark);
		struct slice text = slice_str(l->v[i]), name;

		if (template_next_secret(&text, &name) && (at == NULL ||
		    name.p - (sizeof(TEMPLATE_SECRET_MARK) - 1) < at))
			return err_set(e, ERR_CONFIG, "%s: '%s': a secret "
			    "stands in a value, not in a name", key, l->v[i]);
		if (at != NULL && uses_in(key, at + 1, fn, ctx, e) != 0)
			return -1;
	}
	return 0;
}

static int
each_use(const struct settings *s, use_fn *fn, void *ctx, struct err *e)
{
	const struct {
		const char *key, *text;
	} texts[] = {
		{"request-body", s->feed.body},
		{"page-start", s->feed.page_start},
		{"page-item", s->feed.page_item},
		{"page-ack", s->feed.page_ack},
		{"page-ack-body", s->feed.page_ack_body},
	};
	const struct {
		const char *key;
		const struct opt_list *list;
		char mark;
	} lists[] = {
		{"header", &s->headers, ':'}, {"query", &s->query, '='},
		{"request-params", &s->feed.params, '='},
		{"oauth2-param", &s->oauth2_params, '='},
	};

	if (uses_in_url("url", s->url, fn, ctx, e) != 0)
		return -1;
	for (uint32_t i = 0; i < s->url_also.n; i++)
		if (uses_in_url("url-also", s->url_also.v[i], fn, ctx,
		    e) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (uses_in(texts[i].key, texts[i].text, fn, ctx, e) != 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (uses_in_pairs(lists[i].key, lists[i].list, lists[i].mark,
		    fn, ctx, e) != 0)
			return -1;
	return 0;
}

static int
check_use(void *ctx, const char *key, struct slice name, struct err *e)
{
	const struct settings *s = ctx;

	if (!template_is_name(name))
		return err_set(e, ERR_CONFIG, "%s: '{secret:%.40s': a name has "
		    "letters, digits, - and _, and } behind it", key, name.p);
	if (is_known(&s->secrets, name))
		return 0;
	return err_set(e, ERR_CONFIG, "%s: {secret:%.*s}: there is no secret "
	    "'%.*s'; secret-file, secret-env or secret-exec gives one", key,
	    SLICE_ARG(name), SLICE_ARG(name));
}

int
settings_secret_uses_check(const struct settings *s, struct err *e)
{
	return each_use(s, check_use, (void *)(uintptr_t)s, e);
}

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
	else if (check_timeout(x->s, &p.timeout, e) == 0)
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
	const char *file = value_of(&s->file, name);
	const char *env = value_of(&s->env, name), *key;
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
	return each_use(x->s, take_use, x, e);
}
