/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fs.h"
#include "base/tstamp.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/fault.h"
#include "cmd/pull_source.h"
#include "cmd/stop.h"
#include "store/store.h"
#include "sync/clock.h"
#include "sync/confine.h"
#include "sync/daemon.h"
#include "sync/log_render.h"
#include "sync/report.h"
#include "sync/spawn.h"
#include "sync/ticks.h"

#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x
#define CONFIG_FILE "/proc/self/fd/" TEXT(SPAWN_FILE_FD)
#define PROGRAM "/proc/self/exe" /* this very one, whatever was installed since */

struct worker_ctx {
	const char *store, *name;
	bool no_sandbox;
	struct config *config;
	struct log log;
	int64_t shown;           /* ticks of the newest report of progress */
};

/* ---- what is reported ---------------------------------------------------- */

static void
report_log(void *ctx, const struct log_record *r)
{
	char json[LOG_LINE_MAX];

	(void)ctx;
	log_render(r, LOG_FORMAT_JSON, TSTAMP_NONE, json);
	report_send(SPAWN_FD, "%c %s", REPORT_LOG, json);
}

/* About once a second: whoever listens is woken by it. */
static int
report_progress(void *ctx, const struct pull_progress *p)
{
	struct worker_ctx *w = ctx;
	int64_t now = ticks_now();

	if (now - w->shown < TSTAMP_SECOND)
		return 0;
	w->shown = now;
	report_send(SPAWN_FD, "%c %llu %llu %llu %d", REPORT_PROGRESS,
	    (unsigned long long)p->pages, (unsigned long long)p->bytes,
	    (unsigned long long)p->objects, p->committing);
	return 0;
}

static void
report_commit(void *ctx, int64_t ns)
{
	(void)ctx;
	report_send(SPAWN_FD, "%c %lld", REPORT_COMMIT, (long long)ns);
}

static void
report_result(const struct worker_ctx *w, const struct pull_result *r,
    const struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return;
	pull_result_json(f, w->name, r, false, e);
	if (fclose(f) == 0)
		report_send(SPAWN_FD, "%c %.*s", REPORT_JSON,
		    (int)strcspn(text, "\n"), text);
	free(text);
	text = NULL;
	if (e->code != ERR_NONE && r->progress.objects == 0)
		return;
	f = open_memstream(&text, &n);
	if (f == NULL)
		return;
	pull_result_text(f, w->name, r, false);
	if (fclose(f) == 0)
		report_send(SPAWN_FD, "%c %.*s", REPORT_TEXT,
		    (int)strcspn(text, "\n"), text);
	free(text);
}

/* ---- the tasks ----------------------------------------------------------- */

/* Those that the store has stay in force when a file cannot be had. */
static void
work_allow(struct worker_ctx *w)
{
	struct err e = ERR_INIT;

	if (pull_allow(w->store, w->config, &e) != 0)
		LOG(&w->log, EVENT_ALLOW_LISTS, log_text(LOG_ERROR, e.text));
}

static enum sandbox_mode
sandbox_of(const struct worker_ctx *w)
{
	return w->no_sandbox ? SANDBOX_OFF :
	    (enum sandbox_mode)w->config->numbers.sandbox;
}

static int
work_poll(struct worker_ctx *w, bool full, struct err *e)
{
	const struct settings *s = config_source(w->config, w->name);
	struct pull_source src;
	struct pull_result r;
	struct pull_opts opts = {.program = PROGRAM,
	    .progress = report_progress, .committed = report_commit,
	    .ctx = w, .log = &w->log, .closes = true,
	    .stop = &stop_asked};
	const struct settings_programs where = {sandbox_of(w), w->store,
	    w->config, &stop_asked};
	int rc;

	if (s == NULL)
		return err_set(e, ERR_CONFIG, "no source '%s'", w->name),
		    EXIT_USAGE;
	work_allow(w);
	rc = pull_source_make(&src, s, w->config->dir, &where, e);
	pull_source_opts(&src, &opts);
	if (rc != 0) {
		pull_failed(w->store, &src.job, &opts, e);
	} else {
		src.job.full = full;
		(void)!pull_run(w->store, &src.job, &opts, &r, e);
		report_result(w, &r, e);
		rc = pull_source_status(&src, s, e);
	}
	pull_source_free(&src);
	return rc < 0 ? EXIT_SOURCE : rc;
}

/* What a poll does once its fetcher runs, upkeep does at once. */
static int
close_in(const struct worker_ctx *w, const char *also, struct err *e)
{
	struct sandbox s = sandbox_find(sandbox_of(w));

	return confine_store(&s, w->store, also, e);
}

static int
work_sweep(struct worker_ctx *w, struct err *e)
{
	struct store *s;
	bool more = true;

	work_allow(w);
	if (close_in(w, NULL, e) != 0 ||
	    store_open(w->store, tstamp_now(), &s, e) != 0)
		return cmd_status(e);
	while (more && !stop_asked &&
	    clock_upkeep(s, &more, e) == 0)
		;
	store_close(s);
	return cmd_status(e);
}

/* A copy beside the store takes of the room that is to stay free there. */
static int
snapshot_fits(const struct worker_ctx *w, const char *path, struct err *e)
{
	uint64_t keep = w->config->numbers.min_free, free_now, size;
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") :
	    strndup(path, (size_t)(slash - path) + 1);
	struct stat store, there;
	struct statvfs v;
	bool same = folder != NULL && stat(folder, &there) == 0 &&
	    stat(w->store, &store) == 0 && store.st_dev == there.st_dev;

	free(folder);
	if (keep == 0 || !same || statvfs(w->store, &v) != 0)
		return 0;
	free_now = (uint64_t)v.f_bavail * v.f_frsize;
	size = (uint64_t)store.st_size;
	if (free_now >= size && free_now - size >= keep)
		return 0;
	return err_set(e, ERR_FULL, "snapshot '%s': takes up to %llu MiB, and "
	    "then less than store-min-free would stay; make room on the disk",
	    path, (unsigned long long)(size >> 20) + 1);
}

static int
work_snapshot(struct worker_ctx *w, struct err *e)
{
	char *path = w->config->daemon.snapshot != NULL ?
	    config_path(w->config, w->config->daemon.snapshot) : NULL;
	struct tw_error why = {0, {0}};
	tw_store *tw = NULL;

	/* A copy has no place to stop at, and what is left of it is used again. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	if (path == NULL)
		err_set(e, ERR_CONFIG, "snapshot: no file is named");
	else if (snapshot_fits(w, path, e) == 0 &&
	    close_in(w, path, e) == 0 &&
	    (tw_open(w->store, 0, &tw, &why) != TW_OK ||
	    tw_publish(tw, path, &why) != TW_OK))
		err_set(e, ERR_STORE, "%s", why.text);
	tw_close(tw);
	free(path);
	return cmd_status(e);
}

/* For the metrics: what only a walk over all values tells. */
static int
work_count(struct worker_ctx *w, struct err *e)
{
	struct tw_error why = {0, {0}};
	uint64_t active, suppressed;
	tw_snapshot *snap = NULL;
	tw_store *tw = NULL;
	int rc;

	if (close_in(w, NULL, e) != 0)
		return cmd_status(e);
	rc = tw_open(w->store, 0, &tw, &why);
	if (rc == TW_MISSING)
		return EXIT_DONE;
	if (rc == TW_OK)
		rc = tw_snapshot_begin(tw, &snap);
	if (rc == TW_OK && (rc = tw_count_active(snap, 0, &active)) == TW_OK &&
	    (rc = tw_count_suppressed(snap, 0, &suppressed)) == TW_OK)
		report_send(SPAWN_FD, "%c %llu %llu", REPORT_COUNT,
		    (unsigned long long)active,
		    (unsigned long long)suppressed);
	else
		cmd_fail(e, rc, w->store);
	tw_snapshot_end(snap);
	tw_close(tw);
	return cmd_status(e);
}

static int
work_pause(struct worker_ctx *w, bool pause, struct err *e)
{
	struct store *s;
	bool changed;

	if (close_in(w, NULL, e) != 0 ||
	    store_open(w->store, tstamp_now(), &s, e) != 0)
		return cmd_status(e);
	if (store_pause(s, w->name, pause, tstamp_now(), &changed, e) == 0)
		report_send(SPAWN_FD, "%c %s", REPORT_TEXT, changed ?
		    (pause ? "paused" : "resumed") :
		    pause ? "paused already" : "not paused");
	store_close(s);
	return cmd_status(e);
}

static int
work(struct worker_ctx *w, enum daemon_task task, struct err *e)
{
	struct sandbox s = sandbox_find(sandbox_of(w));

	/* The daemon may have been started without. */
	if (confine_keeper(&s, e) != 0)
		return EXIT_USAGE;
	switch (task) {
	case TASK_POLL:
	case TASK_FULL:
		return work_poll(w, task == TASK_FULL, e);
	case TASK_SWEEP:
		return work_sweep(w, e);
	case TASK_SNAPSHOT:
		return work_snapshot(w, e);
	case TASK_COUNT:
		return work_count(w, e);
	case TASK_PAUSE:
	case TASK_RESUME:
		return work_pause(w, task == TASK_PAUSE, e);
	default:
		err_set(e, ERR_INTERNAL, "no such task");
		return EXIT_USAGE;
	}
}

static struct config *
read_config(const char *path, struct err *e)
{
	struct config *c = NULL;
	struct buf text, more;

	buf_init(&text, LIMIT_CONFIG);
	buf_init(&more, LIMIT_CONFIG);
	if (fs_read(CONFIG_FILE, &text, e) == 0)
		c = config_parse(path, buf_view(&text), &more, e);
	buf_free(&text);
	buf_free(&more);
	return c;
}

int
worker_main(char **argv)
{
	struct worker_ctx w = {.store = argv[3], .name = argv[6],
	    .no_sandbox = strcmp(argv[7], DAEMON_NO_SANDBOX) == 0};
	struct err e = ERR_INIT;
	int status = EXIT_USAGE;
	uint32_t level;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	stop_install();
	fault_expect(w.store);
	if (opt_number(argv[5], 0, LOG_LEVEL_DEBUG, &level) != 0)
		level = LOG_LEVEL_WARN;
	log_init(&w.log, (int)level, report_log, NULL);
	w.config = read_config(argv[4], &e);
	if (w.config != NULL)
		status = work(&w, daemon_task_code(argv[2]), &e);
	config_free(w.config);
	report_send(SPAWN_FD, "%c %d %d %s", REPORT_END, status, e.code,
	    e.text);
	return status;
}
