/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of one source: the same words on the command line of `taxiway
 * pull` and under `sources:` in the configuration, from one table.
 */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include <signal.h>

#include "base/cc.h"
#include "base/err.h"
#include "cmd/opt.h"
#include "cmd/settings_ageing.h"
#include "cmd/settings_guards.h"
#include "cmd/settings_schedule.h"
#include "sync/confine.h"
#include "sync/feed_options.h"
#include "sync/job.h"

struct config;

/* A program that lists claims. */
struct exec_settings {
	struct opt_list args, pass, paths;
	struct opt_map env;
	char *dir;
	uint32_t memory;
};

/* One secret, in the ways that there are to give it. */
struct secret_ways {
	char *file, *env;
	struct opt_list exec; /* a program and its arguments */
};

/* Secrets with names, {secret:NAME} in a request; and the programs of all. */
struct secret_settings {
	struct opt_map file, env, exec; /* of exec each word is a pair */
	struct opt_list pass, paths;
	char *timeout;
};

struct settings {
	char *name, *preset, *kind, *url, *collection;
	struct opt_list url_also;
	char *user;
	struct secret_ways password, token, client_secret, header;
	struct secret_ways client_key_password, proxy_password;
	struct secret_settings secrets;
	char *sign;
	char *token_scheme, *token_header, *token_query;
	char *oauth2_url, *client_id;
	char *scope, *login_url;
	struct opt_list oauth2_params;
	bool oauth2_body;
	char *client_cert, *client_key;
	char *ca_bundle, *pinned_key;
	char *proxy, *proxy_user;
	struct opt_list headers, query;
	char *accept, *slash, *rate, *http_version;
	char *retries, *retry_wait, *retry_longest;
	bool empty_404;
	char *added_after;
	struct opt_list types, ids, specs;
	uint32_t page_limit;
	uint32_t connect_timeout, low_speed_time, total_timeout;
	uint32_t low_speed_limit;
	char *ip_family, *tls_min, *max_bytes;
	struct opt_list expect_types;
	char *keep, *bogons, *tlp;
	bool follow_hosts, foreign_roots;
	struct opt_map deviations;
	char *paging;
	struct feed_options feed; /* by feed_table */
	char *listing, *reliability, *group;
	char *title, *docs, *checked, *terms; /* what it is, for people */
	struct opt_list tags;
	struct ageing_settings ageing;
	struct history_settings history;
	uint32_t full_every;
	struct exec_settings exec;
	struct guard_settings guards;
	struct schedule_settings schedule; /* by schedule_table; of the
	                               * configuration alone */
};

extern const struct opt settings_table[]; /* ends with OPT_END */
/* Those rows and, behind them, how other feeds are read and when they are
 * polled. */
void settings_rows(struct opt rows[OPT_MAX + 1]);
/* Another url has no mirrors. */
void settings_drop_also(struct settings *s);

/* What can be told without reading a file: words and times are known, options
 * do not contradict each other.  0, or -1 with e set (ERR_CONFIG) to the first
 * that is wrong. */
int settings_check(const struct settings *s, struct err *e) CC_CHECK;
/* The same for a person, who wants to know all of it: `why` is ERR_CONFIG,
 * "KEY: …".  The number of complaints. */
typedef void settings_complaint_fn(void *ctx, const struct err *why);
unsigned settings_check_all(const struct settings *s,
    settings_complaint_fn *complain, void *ctx);
/* And whether it goes with the kind of source and suffices for it: once the rest
 * is right. */
unsigned settings_kind_check(const struct settings *s,
    settings_complaint_fn *complain, void *ctx);
/* Keeps the first; `ctx` is a struct err. */
settings_complaint_fn settings_first_complaint;

/* A duration of at least `least` ns, or `never` (0) where that word is taken; a
 * text that is NULL leaves *out as it is. */
int settings_time(const char *key, const char *text, int64_t least, bool never,
    int64_t *out, struct err *e) CC_CHECK;
/* "500M", "2GiB", "2g": units of 1024; a text that is NULL is 0. */
int settings_size(const char *key, const char *text, uint64_t *out,
    struct err *e) CC_CHECK;

/* What the source's secrets are in is hidden from programs; and where the
 * source's own program may write is open to it. */
void settings_hide(const struct settings *s, const char *base,
    struct fence *f);
void settings_exec_open(const struct settings *s, const char *base,
    struct fence *f);
/* And where programs that tell its secrets may write. */
void settings_secret_open(const struct settings *s, const char *base,
    struct fence *f);

/* Free the lists. */
void settings_free(struct settings *s);

/* The name of a setting that is given, or NULL when none but url is. */
const char *settings_given(const struct settings *s);

/* Does a program tell one of its secrets? */
bool settings_has_programs(const struct settings *s);
/* Where programs that tell secrets (…-exec) are started. */
struct settings_programs {
	enum sandbox_mode sandbox;
	const char *store;         /* that they do not write */
	const struct config *config; /* whose secrets they do not read; or NULL */
	const volatile sig_atomic_t *stop; /* or NULL: ends one when set */
};

/*
 * Check the settings and make a job of them: words become codes, secrets are
 * had from where they are, relative paths are taken from `base` (the
 * configuration's folder, NULL: the working directory).  A path as url becomes a
 * file: URL.  The name, where none is given, is made from url and collection.
 * Programs are started by `programs`; NULL: behind no fence.  -1 with e set
 * (ERR_CONFIG, ERR_AUTH for a secret that cannot be had); the job must be freed
 * in either case.
 */
int settings_job(const struct settings *s, const char *base,
    const struct settings_programs *programs, struct job *job, struct err *e)
    CC_CHECK;

#endif
