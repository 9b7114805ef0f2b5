/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secrets as they are given: in which of three ways each is (a file, the
 * environment, a program), and whether that fits together.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/settings_int.h"
#include "sync/template.h"

#define TIMEOUT (30 * TSTAMP_SECOND)
#define TIMEOUT_MOST (600 * TSTAMP_SECOND)

bool
secret_is_given(const struct secret_ways *w)
{
	return w->file != NULL || w->env != NULL || w->exec.n > 0;
}

#define WAYS 6
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
		{"header", &s->header},
	};

	memcpy(rows, all, sizeof(all));
}

char *
settings_secret_named(const struct opt_map *m, struct slice name)
{
	char *value = NULL;

	for (uint32_t i = 0; i < m->n; i++)
		if (m->v[i].key != NULL && slice_is(name, m->v[i].key))
			value = m->v[i].value;
	return value;
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

int
settings_secret_timeout(const struct settings *s, int64_t *out, struct err *e)
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
	return settings_secret_timeout(s, &timeout, e);
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
