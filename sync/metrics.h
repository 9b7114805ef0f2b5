/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is measured, for Prometheus: numbers in two structs, one table that says
 * which of them is told under which name, and their text (exposition format
 * 0.0.4).  The table is the list: taxiway-run(8) has the same one, and a test
 * compares them.
 *
 * Counters never go back while the process lives: a source that is taken out of
 * the configuration is hidden, not forgotten.  Labels have few values: sources of
 * the configuration, and words of this program.
 *
 * Pure but for memory; not thread-safe.  Times are ns since 1970, 0: none.
 */
#ifndef SYNC_METRICS_H
#define SYNC_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/limits.h"
#include "store/record.h"
#include "sync/health.h"
#include "sync/tally.h"
#include "taxiway.h"

#define HISTOGRAM_BOUNDS 12
struct histogram {
	uint64_t n[HISTOGRAM_BOUNDS + 1]; /* not added up */
	int64_t sum;                      /* ns */
};
void histogram_add(struct histogram *h, int64_t ns);

enum metric_result {
	RESULT_COMPLETE, RESULT_HELD, RESULT_FAILED, METRIC_RESULTS
};
enum metric_change {
	CHANGE_NEW, CHANGE_UPDATED, CHANGE_UNCHANGED, CHANGE_OLDER,
	CHANGE_REVOKED, METRIC_CHANGES
};
const char *metric_change_name(int change); /* "new" …, as `pull --json` */
enum metric_task {
	METRIC_SWEEP, METRIC_SNAPSHOT, METRIC_PAUSE, METRIC_RESUME, METRIC_COUNT,
	METRIC_TASKS
};

struct metric_source {
	char name[LIMIT_SOURCE_NAME + 1];
	bool shown;
	bool kept;                  /* (while a list is loaded) */
	/* As it was judged: 1 for one state, and since when. */
	uint64_t state[HEALTH_STATES];
	int64_t since;
	/* By the store. */
	int64_t last_poll, last_success, last_change, stated;
	uint64_t failures, objects, claims, active, revoked, patterns, missing,
	    withdrawn;
	bool measured;              /* `active` is known */
	/* By the schedule. */
	int64_t next;
	/* Counted since the start. */
	uint64_t polls[METRIC_RESULTS], changes[METRIC_CHANGES];
	uint64_t rejected[REJECT_REASONS], requests[TALLY_CLASSES];
	uint64_t pages, bytes, new_claims, new_values;
	int64_t last_duration;      /* ns; 0: none yet */
};

struct metrics {
	bool live;                  /* a daemon counts */
	const char *version;
	/* The daemon. */
	int64_t started, loaded;
	uint64_t refused;           /* 1: a newer configuration is wrong */
	uint64_t running, waiting, upkeep, configured;
	uint64_t done[METRIC_TASKS], failed[METRIC_TASKS];
	struct histogram polls, commits;
	/* The store. */
	uint64_t readable, bytes, pages, free_pages, generation, values, claims,
	    objects, relationships, readers, active, suppressed;
	bool counted;               /* `active` and `suppressed` are known */
	int64_t written;
	struct metric_source *sources;
	unsigned n;
};

void metrics_free(struct metrics *m);
/* The source of that name, or NULL.  metrics_add(): it is made where it is not
 * there, and shown; NULL: no memory. */
struct metric_source *metrics_find(const struct metrics *m, const char *name);
struct metric_source *metrics_add(struct metrics *m, const char *name);
/* What the store, which can be read, says of itself, and of a source. */
void metrics_store(struct metrics *m, const struct tw_status *s);
void metrics_stored(struct metric_source *x, const struct tw_source *s,
    const struct tw_metrics *measured);
/* How a source is. */
void metrics_judged(struct metric_source *x, const struct health *h);

/* Append all of it.  -1: no room. */
int metrics_print(const struct metrics *m, struct buf *out) CC_CHECK;

#endif
