/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings_schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/keys.h"
#include "cmd/settings.h"
#include "sync/confine.h"
#include "sync/listen.h"
#include "sync/metrics_http.h"

#define S(member) offsetof(struct schedule_settings, member)
#define D(member) offsetof(struct daemon_settings, member)
#define SECOND TSTAMP_SECOND
#define DAY TSTAMP_DAY
#define EVERY_LEAST SCHEDULE_LEAST
#define SWEEP_DEFAULT (900 * SECOND)

const struct opt schedule_table[] = {
	{0, "enabled", "YES|NO", "is it polled at all (default yes)",
	    OPT_STRING, S(enabled), 0, 0},
	{0, "every", "TIME", "poll so often: 1h, 15m, never",
	    OPT_STRING, S(every), 0, 0},
	{0, "at", "WHEN", "or at these times: 03:17, 'mon-fri 18:00 +02:00'",
	    OPT_LIST, S(at), 0, 0},
	{0, "jitter", "TIME", "start up to so much later",
	    OPT_STRING, S(jitter), 0, 0},
	{0, "floor", "TIME", "but never more often than that, come what may",
	    OPT_STRING, S(floor), 0, 0},
	{0, "retry-max", "TIME", "longest wait between polls that fail",
	    OPT_STRING, S(retry_max), 0, 0},
	{0, "late-after", "TIME", "without a complete poll: late",
	    OPT_STRING, S(late_after), 0, 0},
	{0, "stale-after", "TIME", "without a complete poll: stale, or never",
	    OPT_STRING, S(stale_after), 0, 0},
	{0, "stale-unchanged", "TIME", "without a change of its data: stale "
	    "(default never)", OPT_STRING, S(stale_unchanged), 0, 0},
	{0, "stale-stated", "TIME", "so long behind the time that the feed "
	    "states of itself: stale (default never)",
	    OPT_STRING, S(stale_stated), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

const struct opt daemon_table[] = {
	{0, "store", "PATH", "", OPT_STRING, D(store), 0, 0},
	{0, "user", "USER", "", OPT_STRING, D(user), 0, 0},
	{0, "group", "GROUP", "", OPT_STRING, D(group), 0, 0},
	{0, "presets", "PATH", "", OPT_STRING, D(presets), 0, 0},
	{0, "store-max-bytes", "SIZE", "", OPT_STRING, D(max_bytes), 0, 0},
	{0, "store-min-free", "SIZE", "", OPT_STRING, D(min_free), 0, 0},
	{0, "every", "TIME", "", OPT_STRING, D(every), 0, 0},
	{0, "polls-at-once", "N", "", OPT_NUMBER, D(polls_at_once), 1,
	    LIMIT_POLLS_AT_ONCE},
	{0, "polls-per-host", "N", "", OPT_NUMBER, D(polls_per_host), 1,
	    LIMIT_POLLS_AT_ONCE},
	{0, "sweep-every", "TIME", "", OPT_STRING, D(sweep_every), 0, 0},
	{0, "allow-lists", "MAP", "", OPT_MAP, D(allow.lists), 0, 0},
	{0, "allow-builtin", "WHAT", "", OPT_STRING, D(allow.builtin), 0, 0},
	{0, "sandbox", "MODE", "", OPT_STRING, D(sandbox), 0, 0},
	{0, "sources", "LIST", "", OPT_LIST, D(sources), 0, 0},
	{0, "snapshot", "PATH", "", OPT_STRING, D(snapshot), 0, 0},
	{0, "snapshot-every", "TIME", "", OPT_STRING, D(snapshot_every), 0, 0},
	{0, "metrics-file", "PATH", "", OPT_STRING, D(metrics_file), 0, 0},
	{0, "metrics-listen", "WHERE", "", OPT_STRING, D(metrics_listen), 0,
	    0},
	LOG_ROWS(D(log)),
	HOOK_ROWS(D(hooks)),
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
read_sandbox(const char *word, uint8_t *out, struct err *e)
{
	int mode = word != NULL ? sandbox_mode_code(word) : SANDBOX_AUTO;

	if (mode < 0)
		return err_set(e, ERR_CONFIG, "sandbox: '%.64s' is none of "
		    SANDBOX_MODES, word);
	*out = (uint8_t)mode;
	return 0;
}

/* The longest time between two polls by the rule; 0 when there is none. */
static int64_t
period(const struct schedule_rule *r)
{
	int64_t longest = 0, t = 0, next;
	unsigned i, n;

	if (r->every > 0 || r->ntimes == 0)
		return r->every;
	/* A week of it, and one more time. */
	for (n = 0; n < 7 * SCHEDULE_TIMES + 1; n++, t = next) {
		next = TSTAMP_NEVER;
		for (i = 0; i < r->ntimes; i++)
			if (calendar_next(&r->at[i], t) < next)
				next = calendar_next(&r->at[i], t);
		if (n > 0 && next - t > longest)
			longest = next - t;
	}
	return longest;
}

bool
schedule_settings_off(const struct schedule_settings *s)
{
	bool on = true;

	return s->enabled != NULL && keys_flag(s->enabled, &on) && !on;
}

int
schedule_settings_read(const struct schedule_settings *s, int64_t every,
    struct schedule_rule *rule, struct schedule_terms *terms, struct err *e)
{
	int64_t span;
	uint32_t i;
	bool on = true;

	*rule = (struct schedule_rule){.jitter = -1};
	if (s->enabled != NULL && !keys_flag(s->enabled, &on))
		return err_set(e, ERR_CONFIG, "enabled: '%.64s' is neither yes "
		    "nor no", s->enabled);
	terms->off = !on;
	terms->unchanged_after = terms->stated_after = 0;
	if (s->every != NULL && s->at.n > 0)
		return err_set(e, ERR_CONFIG, "at: goes without every");
	if (s->at.n > SCHEDULE_TIMES)
		return err_set(e, ERR_CONFIG, "at: more than %d times",
		    SCHEDULE_TIMES);
	for (i = 0; i < s->at.n; i++)
		if (calendar_parse(s->at.v[i], &rule->at[i], e) != 0)
			return err_context(e, "at");
	rule->ntimes = s->at.n;
	rule->every = s->at.n > 0 ? 0 : every;
	if (settings_time("every", s->every, EVERY_LEAST, true, &rule->every,
	    e) != 0 ||
	    settings_time("jitter", s->jitter, 0, false, &rule->jitter, e) != 0 ||
	    settings_time("floor", s->floor, EVERY_LEAST, false, &rule->floor,
	    e) != 0 ||
	    settings_time("retry-max", s->retry_max, 60 * SECOND, false,
	    &rule->retry_max, e) != 0)
		return -1;
	if (rule->every > 0 && rule->every < rule->floor)
		return err_set(e, ERR_CONFIG, "every: is more often than its "
		    "floor, %s; set floor too where that is meant", s->floor);
	/* Two polls may be missed; data that is a week old, or older than ten
	 * polls, is not relied on. */
	span = period(rule);
	terms->late_after = span > 0 ? 2 * span + 600 * SECOND : 0;
	terms->stale_after = span == 0 ? 0 : 10 * span > 7 * DAY ? 10 * span :
	    7 * DAY;
	if (settings_time("late-after", s->late_after, 60 * SECOND, true,
	    &terms->late_after, e) != 0 ||
	    settings_time("stale-unchanged", s->stale_unchanged, 60 * SECOND,
	    true, &terms->unchanged_after, e) != 0 ||
	    settings_time("stale-stated", s->stale_stated, 60 * SECOND,
	    true, &terms->stated_after, e) != 0)
		return -1;
	return settings_time("stale-after", s->stale_after, 60 * SECOND, true,
	    &terms->stale_after, e);
}

static int
check_listen(const char *where, struct err *e)
{
	struct listen_address a;

	if (!metrics_http_built())
		return err_set(e, ERR_CONFIG, "metrics-listen: this program "
		    "was built without it; metrics-file is there");
	return listen_parse(where, &a, e) == 0 ? 0 :
	    err_context(e, "metrics-listen");
}

int
daemon_settings_read(const struct daemon_settings *s,
    struct daemon_numbers *out, struct err *e)
{
	*out = (struct daemon_numbers){.every = SCHEDULE_DEFAULT_EVERY,
	    .polls_at_once = s->polls_at_once != 0 ? s->polls_at_once : 4,
	    .polls_per_host = s->polls_per_host != 0 ? s->polls_per_host : 2,
	    .sweep_every = SWEEP_DEFAULT,
	    .log = {.level = LOG_LEVEL_INFO},
	    .snapshot_every = s->snapshot != NULL ? 3600 * SECOND : 0};
	if (s->snapshot == NULL && s->snapshot_every != NULL)
		return err_set(e, ERR_CONFIG, "snapshot-every: goes with "
		    "snapshot, which names the file");
	if (settings_time("every", s->every, EVERY_LEAST, true, &out->every,
	    e) != 0 ||
	    settings_time("sweep-every", s->sweep_every, 60 * SECOND, true,
	    &out->sweep_every, e) != 0 ||
	    settings_time("snapshot-every", s->snapshot_every, 10 * SECOND, true,
	    &out->snapshot_every, e) != 0 ||
	    settings_size("store-max-bytes", s->max_bytes, &out->max_bytes,
	    e) != 0)
		return -1;
	if (allow_settings_check(&s->allow, e) != 0 ||
	    log_settings_read(&s->log, &out->log, e) != 0 ||
	    hook_settings_read(&s->hooks, &out->hooks, e) != 0)
		return -1;
	if (read_sandbox(s->sandbox, &out->sandbox, e) != 0 ||
	    (s->metrics_listen != NULL && check_listen(s->metrics_listen,
	    e) != 0))
		return -1;
	return settings_size("store-min-free", s->min_free, &out->min_free, e);
}
