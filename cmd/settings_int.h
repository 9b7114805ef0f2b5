/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the settings share: settings.c (the table), settings_form.c
 * (forms that several have), settings_check.c (what can be told without a file),
 * settings_secret.c (secrets as they are given), settings_secret_use.c (where),
 * settings_secret_read.c (the secrets), settings_auth.c (who we are),
 * settings_kind.c (what goes with which kind), settings_job.c (the job).
 * For no one else.  Each returns 0, or -1 with e set.
 */
#ifndef CMD_SETTINGS_INT_H
#define CMD_SETTINGS_INT_H

#include "cmd/settings.h"

/* settings_form.c: a URL without credentials; `file`: also file: and paths. */
int settings_url(const char *key, const char *url, bool file, struct err *e)
    CC_CHECK;
/* keep, add, remove (NULL: keep) as an enum slash_policy. */
int settings_slash(const char *word, uint8_t *out, struct err *e) CC_CHECK;
/* "ID: ACTION", or one action for all, as actions by id. */
int settings_deviations(const struct opt_map *m, uint8_t *to, struct err *e)
    CC_CHECK;
/* *to stays as it is when `from` is NULL. */
int settings_copy(char **to, const char *from, struct err *e) CC_CHECK;
/* A file's bytes; `what` is what errors call it. */
int settings_blob(struct job_blob *to, const char *base, const char *what,
    const char *file, struct err *e) CC_CHECK;

/* How a request is sent again, into the job (NULL: only checked). */
int settings_retry(const struct settings *s, struct job *job, struct err *e)
    CC_CHECK;

/* Letters, digits and '_', no digit first. */
bool settings_is_variable(const char *name);
/* What goes into a header line must not begin another one.  NULL is fine. */
int settings_one_line(const char *name, const char *secret, struct err *e)
    CC_CHECK;
/* A path as the configuration means it (NULL: none), by fence_hide() or
 * fence_open(). */
void settings_fence(struct fence *f, void (*how)(struct fence *,
    const char *), const char *base, const char *path);

/* settings_secret.c */
bool secret_is_given(const struct secret_ways *w);
/* No secret is given in two ways, and what goes with programs goes with one. */
int settings_secret_check(const struct settings *s, struct err *e) CC_CHECK;
/* Names are names, given once. */
int settings_secret_names_check(const struct settings *s, struct err *e)
    CC_CHECK;
/* How long a program that tells one may take. */
int settings_secret_timeout(const struct settings *s, int64_t *out,
    struct err *e) CC_CHECK;
/* The last value of a name, borrowed; NULL: there is none. */
char *settings_secret_named(const struct opt_map *m, struct slice name);

/* settings_secret_use.c: each name that a request has, with the key of the setting
 * that it stands in.  -1 of `fn` ends it. */
typedef int secret_use_fn(void *ctx, const char *key, struct slice name,
    struct err *e);
int settings_secret_uses(const struct settings *s, secret_use_fn *fn, void *ctx,
    struct err *e) CC_CHECK;
/* Requests name none that is not given. */
int settings_secret_uses_check(const struct settings *s, struct err *e)
    CC_CHECK;

/* settings_secret_read.c */

/* Whoever reads secrets. */
struct secrets {
	const struct settings *s;
	const char *base;
	const struct settings_programs *programs;
	struct job *job;     /* with its name */
};
/* *to stays NULL when none is given. */
int settings_secret(const struct secrets *x, const char *name,
    const struct secret_ways *w, char **to, struct err *e) CC_CHECK;
/* Those that the request names, into x->job. */
int settings_secrets_job(struct secrets *x, struct err *e) CC_CHECK;

/* settings_auth.c: the kinds of credentials do not contradict each other. */
int settings_auth_check(const struct settings *s, struct err *e) CC_CHECK;
/* Secrets are read, and the kind of authentication told from what is given. */
int settings_auth_job(struct secrets *x, struct err *e) CC_CHECK;

/* settings_exec.c: only for a program. */
int settings_exec_check(const struct settings *s, struct err *e) CC_CHECK;
/* The program behind job->url, its arguments and its environment. */
int settings_exec_job(const struct settings *s, const char *base,
    struct job *job, struct err *e) CC_CHECK;

#endif
