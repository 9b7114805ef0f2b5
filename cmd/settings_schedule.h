/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of the configuration that are for the daemon: those of a source that say
 * when it is polled, and those of the whole.
 */
#ifndef CMD_SETTINGS_SCHEDULE_H
#define CMD_SETTINGS_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/opt.h"
#include "cmd/allow_lists.h"
#include "cmd/settings_hooks.h"
#include "cmd/settings_log.h"
#include "sync/schedule.h"

#define SCHEDULE_DEFAULT_EVERY (INT64_C(3600) * TSTAMP_SECOND)

struct schedule_settings {
	char *enabled;        /* yes or no; NULL: yes */
	char *every;          /* a duration, or "never" */
	struct opt_list at;   /* sync/calendar.h */
	char *jitter, *floor, *retry_max;
	char *late_after, *stale_after, *stale_unchanged, *stale_stated;
};
/* Rows for a table; offsets are those in struct schedule_settings. */
extern const struct opt schedule_table[];

struct daemon_settings {
	char *store;          /* path, or NULL */
	char *user, *group;   /* that `run` becomes, or NULL */
	char *presets;        /* folder of own presets, or NULL */
	char *max_bytes;      /* of the store; a size */
	char *min_free;       /* of its file system; a size */
	char *every;          /* of sources that do not say */
	uint32_t polls_at_once, polls_per_host;
	char *sweep_every;
	char *snapshot, *snapshot_every;
	char *metrics_file, *metrics_listen;
	struct allow_settings allow;
	struct log_settings log;
	struct hook_settings hooks;
	char *sandbox;        /* a word of sandbox_mode_code() */
	struct opt_list sources; /* (only for its name in the table) */
};
extern const struct opt daemon_table[];

struct daemon_numbers {
	int64_t every;                   /* ns; 0: never */
	unsigned polls_at_once, polls_per_host;
	int64_t sweep_every, snapshot_every; /* ns; 0: never */
	uint64_t max_bytes, min_free;    /* 0: any */
	struct log_terms log;
	struct hook_numbers hooks;
	uint8_t sandbox;                 /* enum sandbox_mode */
};

/* When a source is late and when stale, ns behind its newest complete poll; what
 * is not set follows from its rule.  0: never. */
struct schedule_terms {
	int64_t late_after, stale_after;
	int64_t unchanged_after; /* … ns behind its newest change: stale */
	int64_t stated_after;    /* … ns behind what it states of itself */
	bool off;             /* nobody polls it who is not told to */
};

/* Words to numbers; the default of `every` is passed in (0: never).  0, or -1
 * with e set (ERR_CONFIG, "key: …"). */
int schedule_settings_read(const struct schedule_settings *s, int64_t every,
    struct schedule_rule *rule, struct schedule_terms *terms, struct err *e)
    CC_CHECK;
/* Is it off?  Settings that are wrong are not. */
bool schedule_settings_off(const struct schedule_settings *s);
int daemon_settings_read(const struct daemon_settings *s,
    struct daemon_numbers *out, struct err *e) CC_CHECK;

#endif
