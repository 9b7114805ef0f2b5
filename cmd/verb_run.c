/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run: the daemon.  What it needs of the configuration and the environment is
 * brought here; the machine is sync/daemon.h.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/tstamp.h"
#include "cmd/become.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/sandbox.h"
#include "cmd/log_out.h"
#include "sync/daemon.h"
#include "sync/escape.h"
#include "sync/url.h"

struct run_options {
	struct log_settings log;
	char *user, *group;
};

static const struct opt run_table[] = {
	{0, "user", "USER", "started as root, become this user once all is "
	    "open", OPT_STRING, offsetof(struct run_options, user), 0, 0},
	{0, "group", "GROUP", "and this group (default: the user's)",
	    OPT_STRING, offsetof(struct run_options, group), 0, 0},
	LOG_ROWS(offsetof(struct run_options, log)),
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* A configuration as the daemon has it. */
struct loaded {
	char *store, *metrics_file, *metrics_listen;
	char (*hosts)[SCHEDULE_HOST];
	struct schedule_source *sources;
	char **argv[HOOKS];      /* of programs */
	struct fence fence;      /* around them */
	struct config *config;
};

struct run_ctx {
	struct cmd *c;
	const char *path; /* of the configuration */
	const struct run_options *given; /* count more */
	struct log_out out;
	bool settled;            /* it is who it is to be, and confined */
	struct identity who;
	struct sandbox_daemon box;
	enum sandbox_mode told;  /* what was told of it last */
};

/* Polls of one server are counted together. */
static void
host_of(const char *url, char out[SCHEDULE_HOST])
{
	struct err e = ERR_INIT;
	struct url u;
	size_t i;

	out[0] = '\0';
	if (url_parse(slice_str(url), &u, &e) != 0 || u.scheme == URL_FILE)
		return;
	snprintf(out, SCHEDULE_HOST, "%.*s", SLICE_ARG(u.host));
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] | 0x20);
}

/* All that decides about a poll; when it is due is none of that. */
static uint64_t
print_of(const struct settings *s)
{
	struct opt rows[OPT_MAX + 1];
	const struct opt *o;
	uint64_t h = 1;
	uint32_t i;

	settings_rows(rows);
	for (o = rows; o->kind != OPT_END; o++) {
		const void *at = (const char *)s + o->offset;
		const struct opt_list *l = at;
		const struct opt_map *m = at;
		const char *text = o->kind == OPT_STRING ?
		    *(char *const *)at : NULL;

		if (opt_named(schedule_table, o->name) != NULL)
			continue;
		if (opt_given(o, s))
			h = digest64(o->name, strlen(o->name), h);
		if (text != NULL)
			h = digest64(text, strlen(text), h);
		else if (o->kind == OPT_NUMBER)
			h = digest64(at, sizeof(uint32_t), h);
		for (i = 0; o->kind == OPT_LIST && i < l->n; i++)
			h = digest64(l->v[i], strlen(l->v[i]), h);
		for (i = 0; o->kind == OPT_MAP && i < m->n; i++) {
			if (m->v[i].key != NULL)
				h = digest64(m->v[i].key,
				    strlen(m->v[i].key), h);
			h = digest64(m->v[i].value, strlen(m->v[i].value), h);
		}
	}
	return h;
}

/* The text in a file that has no name. */
static int
keep_text(struct slice text, struct err *e)
{
	static const char what[] = "cannot keep the configuration";
	int fd = memfd_create("taxiway.yaml", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, ERR_IO, errno, "%s", what);
	if (fs_write_all(fd, what, text, e) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
fill_sources(struct loaded *l, struct err *e)
{
	const struct config *c = l->config;
	struct schedule_terms terms;
	unsigned i;

	l->hosts = calloc(c->nsources + 1, sizeof(*l->hosts));
	l->sources = calloc(c->nsources + 1, sizeof(*l->sources));
	if (l->hosts == NULL || l->sources == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (i = 0; i < c->nsources; i++) {
		struct schedule_source *s = &l->sources[i];

		host_of(c->sources[i].url, l->hosts[i]);
		s->name = c->sources[i].name;
		s->host = l->hosts[i];
		s->print = print_of(&c->sources[i]);
		if (schedule_settings_read(&c->sources[i].schedule,
		    c->numbers.every, &s->rule, &terms, e) != 0)
			return -1;
		s->late_after = terms.late_after;
		s->stale_after = terms.stale_after;
		s->unchanged_after = terms.unchanged_after;
		s->stated_after = terms.stated_after;
		s->off = terms.off;
	}
	return 0;
}

static int
fill_hooks(struct loaded *l, const struct identity *who,
    const struct sandbox *sandbox, struct hook_terms *out, struct err *e)
{
	const struct config *c = l->config;

	if (hook_terms_make(&c->daemon.hooks, &c->numbers.hooks, who->uid,
	    l->argv, out, e) == 0) {
		out->fence = &l->fence;
		out->sandbox = *sandbox;
		return 0;
	}
	return e->code == ERR_CONFIG ? config_blame(c, e) : -1;
}

static char *
store_of(const struct run_ctx *x, const struct config *c, struct err *e)
{
	const char *path;

	if (x->c->store_given == NULL && c->daemon.store != NULL)
		return config_path(c, c->daemon.store);
	path = cmd_store(x->c, e);
	return path != NULL ? strdup(path) : NULL;
}

/* Paths from the configuration's folder. */
static int
fill_metrics(struct loaded *l, struct daemon_plan *out, struct err *e)
{
	const struct daemon_settings *s = &l->config->daemon;
	const char *where = s->metrics_listen;
	char *path;

	if (s->metrics_file != NULL)
		l->metrics_file = config_path(l->config, s->metrics_file);
	if (where != NULL && strncmp(where, "unix:", 5) == 0) {
		path = config_path(l->config, where + 5);
		if (path == NULL ||
		    asprintf(&l->metrics_listen, "unix:%s", path) < 0)
			l->metrics_listen = NULL;
		free(path);
	} else if (where != NULL) {
		l->metrics_listen = strdup(where);
	}
	if ((s->metrics_file != NULL && l->metrics_file == NULL) ||
	    (where != NULL && l->metrics_listen == NULL))
		return err_set(e, ERR_MEMORY, "out of memory");
	out->metrics_file = l->metrics_file;
	out->metrics_listen = l->metrics_listen;
	return 0;
}

/* ---- who it is, and what it may --------------------------------------------- */

/* The configuration's, unless the command line says who.  A reload changes
 * nothing of it. */
static int
find_identity(struct run_ctx *x, const struct config *c, struct err *e)
{
	bool given = x->given->user != NULL || x->given->group != NULL;
	const char *user = given ? x->given->user : c->daemon.user;
	const char *group = given ? x->given->group : c->daemon.group;

	if (x->settled)
		return 0;
	if (identity_find(user, group, &x->who, e) == 0)
		return 0;
	return given || e->code != ERR_CONFIG ? -1 : config_blame(c, e);
}

/* What programs see and where they write, and with them the daemon. */
static void
fill_fence(struct loaded *l)
{
	const struct opt_list *open = &l->config->daemon.hooks.paths;
	unsigned i;

	config_hide(l->config, &l->fence);
	for (i = 0; i < open->n; i++)
		fence_open(&l->fence, open->v[i]);
}

/* The same of the daemon: the union of what all of its programs may. */
static int
confine(struct run_ctx *x, const struct daemon_plan *plan, struct err *e)
{
	const struct loaded *l = plan->own;
	const struct config *c = l->config;
	char *snapshot = c->daemon.snapshot != NULL ?
	    config_path(c, c->daemon.snapshot) : NULL;
	const char *made[4], **end = made;
	struct fence all;
	unsigned i;
	int rc;

	if (snapshot != NULL)
		*end++ = snapshot;
	if (plan->metrics_file != NULL)
		*end++ = plan->metrics_file;
	if (plan->metrics_listen != NULL &&
	    strncmp(plan->metrics_listen, "unix:", 5) == 0)
		*end++ = plan->metrics_listen + 5;
	*end = NULL;
	fence_init(&all);
	for (i = 0; i < l->fence.nopen; i++)
		fence_open(&all, l->fence.open[i]);
	for (i = 0; i < c->nsources; i++) {
		settings_exec_open(&c->sources[i], c->dir, &all);
		settings_secret_open(&c->sources[i], c->dir, &all);
	}
	rc = sandbox_daemon(&plan->sandbox, &x->box, &all, plan->store, made,
	    e);
	if (rc != 0 && x->settled)
		err_context(e, "%s", x->path);
	fence_free(&all);
	free(snapshot);
	return rc;
}

static void
tell_sandbox(struct run_ctx *x, const struct daemon_plan *plan)
{
	x->told = plan->sandbox.mode;
	sandbox_tell(&plan->sandbox, &x->box, &x->out.log);
}

/* The first plan. */
static int
run_settle(void *ctx, struct daemon_plan *plan, struct err *e)
{
	struct run_ctx *x = ctx;

	if (identity_take(&x->who, plan->store, e) != 0 ||
	    confine(x, plan, e) != 0)
		return -1;
	x->settled = true;
	plan->own_sandbox = x->box.s;
	tell_sandbox(x, plan);
	return escape_try(ESCAPE_DAEMON, e);
}

/* ---- plans ------------------------------------------------------------------ */

static void
run_release(void *ctx, struct daemon_plan *plan)
{
	struct loaded *l = plan->own;

	(void)ctx;
	if (plan->file >= 0)
		close(plan->file);
	plan->file = -1;
	plan->own = NULL;
	if (l == NULL)
		return;
	config_free(l->config);
	for (unsigned i = 0; i < HOOKS; i++)
		free(l->argv[i]);
	fence_free(&l->fence);
	free(l->sources);
	free(l->hosts);
	free(l->store);
	free(l->metrics_file);
	free(l->metrics_listen);
	free(l);
}

static int
fill_sandbox(const struct run_ctx *x, struct loaded *l,
    struct daemon_plan *out, struct err *e)
{
	out->sandbox = sandbox_find(sandbox_wanted(x->c, l->config));
	out->own_sandbox = x->box.s;
	fill_fence(l);
	return sandbox_check(&out->sandbox, e);
}

static int
run_load(void *ctx, struct daemon_plan *out, struct buf *more, struct err *e)
{
	struct run_ctx *x = ctx;
	struct loaded *l = calloc(1, sizeof(*l));
	const struct daemon_numbers *n;
	struct buf text;
	int rc = -1;

	buf_init(&text, LIMIT_CONFIG);
	out->own = l;
	if (l == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (fs_read(x->path, &text, e) != 0)
		e->code = ERR_CONFIG;
	else
		l->config = config_parse(x->path, buf_view(&text), more, e);
	if (l == NULL || l->config == NULL ||
	    find_identity(x, l->config, e) != 0 ||
	    fill_sandbox(x, l, out, e) != 0 ||
	    fill_sources(l, e) != 0 || fill_metrics(l, out, e) != 0 ||
	    fill_hooks(l, &x->who, &out->sandbox, &out->hooks, e) != 0 ||
	    (out->file = keep_text(buf_view(&text), e)) < 0)
		goto out;
	l->store = store_of(x, l->config, e);
	if (l->store == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		goto out;
	}
	out->sources = l->sources;
	out->nsources = l->config->nsources;
	out->store = l->store;
	if (x->settled ? confine(x, out, e) != 0 :
	    identity_folder(&x->who, l->store, e) != 0)
		goto out;
	n = &l->config->numbers;
	out->polls_at_once = n->polls_at_once;
	out->polls_per_host = n->polls_per_host;
	out->sweep_every = n->sweep_every;
	out->snapshot_every = n->snapshot_every;
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

/* How the log is to be by the configuration and, above it, the command line. */
static int
log_terms(const struct run_ctx *x, const struct log_terms *configured,
    struct log_terms *out, struct err *e)
{
	*out = *configured;
	if (x->c->quiet)
		out->level = LOG_LEVEL_ERROR;
	else if (x->c->verbose)
		out->level = LOG_LEVEL_DEBUG;
	return log_settings_read(&x->given->log, out, e);
}

static void
run_adopt(void *ctx, const struct daemon_plan *plan)
{
	const struct loaded *l = plan->own;
	struct run_ctx *x = ctx;
	struct err e = ERR_INIT;
	struct log_terms t;

	if (log_terms(x, &l->config->numbers.log, &t, &e) == 0)
		log_out_change(&x->out, &t);
	if (x->settled && plan->sandbox.mode != x->told)
		tell_sandbox(x, plan);
}

/* A variable that is for us and not for those whom we start. */
static char *
take_variable(const char *name)
{
	const char *value = getenv(name);
	char *copy = value != NULL ? strdup(value) : NULL;

	unsetenv(name);
	return copy;
}

static int
run_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	static const struct daemon_ops ops = {run_load, run_settle, run_adopt,
	    run_release};
	struct run_ctx ctx = {.c = c, .path = c->config_path != NULL ?
	    c->config_path : CONFIG_DEFAULT_PATH,
	    .given = opts};
	char *variables[] = {take_variable("NOTIFY_SOCKET"),
	    take_variable("WATCHDOG_USEC"), take_variable("WATCHDOG_PID")};
	struct log_terms terms = {.level = LOG_LEVEL_INFO};
	struct daemon_opts o = {.ops = &ops, .ctx = &ctx,
	    .program = "/proc/self/exe", .config = ctx.path,
	    .version = PACKAGE_VERSION, .notify_socket = variables[0],
	    .no_sandbox = c->no_sandbox,
	    .watchdog_usec = variables[1], .watchdog_pid = variables[2],
	    .log = &ctx.out.log};
	int rc;

	(void)argc;
	(void)argv;
	rc = log_terms(&ctx, &terms, &terms, e);
	if (rc == 0) {
		log_out_init(&ctx.out, &terms);
		rc = daemon_run(&o, &c->more, e);
		log_out_end(&ctx.out);
	}
	ruleset_free(&ctx.box.rules);
	for (unsigned i = 0; i < ARRAY_LEN(variables); i++)
		free(variables[i]);
	return rc == 0 ? EXIT_DONE : e->code == ERR_BUSY ? EXIT_STORE :
	    cmd_status(e);
}

const struct verb verb_run = {
	"run", "", "poll the sources of the configuration by their schedule",
	"The daemon, in the foreground: polls each source of the configuration "
	"when it is due ('every', 'at'), does upkeep and snapshots, until "
	"SIGTERM. SIGHUP reads the configuration anew; one that is wrong "
	"changes nothing. It tells systemd how it is (Type=notify). See "
	"taxiway-run(8).\n\n"
	"  taxiway -c taxiway.yaml run",
	run_table, NULL, sizeof(struct run_options), 0, 0, run_run
};
