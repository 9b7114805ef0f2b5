/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/health.h"

#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "base/tstamp.h"

static const char *const names[HEALTH_STATES] = {
	[HEALTH_OFF] = "off",
	[HEALTH_PAUSED] = "paused",
	[HEALTH_AUTH] = "auth",
	[HEALTH_MOVED] = "moved",
	[HEALTH_HELD] = "held",
	[HEALTH_STALE] = "stale",
	[HEALTH_FAILING] = "failing",
	[HEALTH_LATE] = "late",
	[HEALTH_NEW] = "new",
	[HEALTH_OK] = "ok",
};

/* What each state of a poll in the store makes of its source. */
static const struct {
	const char *store;
	enum health_state state;
	const char *way;
} rows[] = {
	{"auth", HEALTH_AUTH, "correct its credentials; 'taxiway check %s' "
	    "tries them"},
	{"moved", HEALTH_MOVED, "find out where the feed is now and set 'url', "
	    "or 'taxiway forget %s'"},
	{"held", HEALTH_HELD, "'taxiway accept %s' lets the listing through; a "
	    "later one that is believed takes its place by itself"},
	{"full", HEALTH_HELD, "raise store-max-bytes or make room on the disk; "
	    "'taxiway forget' gives back the space of a source"},
	{"failing", HEALTH_FAILING, "it is tried again by itself; 'taxiway "
	    "check %s' finds out more"},
};

#define WAY_OFF "what it said stands; 'enabled: yes' in the configuration " \
	"polls it again, 'taxiway pull --force %s' once"
#define WAY_PAUSED "'taxiway resume %s'"
#define WAY_UNDONE "it was rolled back: 'taxiway restore %s' takes that " \
	"back, 'taxiway forget %s' starts anew"
#define WAY_STALE "what it says is old: see its error, and that 'taxiway run' " \
	"runs; 'taxiway check %s' finds out more"
#define WHY_UNCHANGED "its data have not changed for longer than " \
	"stale-unchanged"
#define WAY_UNCHANGED "find out whether the feed is still kept; another " \
	"'stale-unchanged' in the configuration, or 'taxiway forget %s'"
#define WHY_STATED "the time that it states of itself is further back than " \
	"stale-stated"
#define WAY_STATED "find out whether the feed is still kept; another " \
	"'stale-stated' in the configuration, or 'taxiway forget %s'"
#define WAY_LATE "see that 'taxiway run' runs and what it does ('taxiway " \
	"status'); 'taxiway pull %s' polls it now"

#define WAY_NEW "'taxiway pull %s' polls it now"
#define WHY_CUT_OFF "its first poll did not come to its end: it was killed, or " \
	"there was no room to say why; or it still runs"
#define WAY_CUT_OFF "the next poll goes on where it was; 'taxiway pull %s' " \
	"begins it now, and says what is wrong"

const char *
health_name(enum health_state s)
{
	return names[s];
}

bool
health_chosen(enum health_state s)
{
	return s == HEALTH_OFF || s == HEALTH_PAUSED;
}

bool
health_wrong(enum health_state s)
{
	return !health_chosen(s) && s != HEALTH_NEW && s != HEALTH_OK;
}

enum health_state
health_code(const char *name)
{
	unsigned i;

	for (i = 0; i < HEALTH_STATES; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return (enum health_state)i;
}

/* Since when it has been too long; 0: it has not. */
static int64_t
overdue(const struct health_facts *f, int64_t limit)
{
	/* Starting the daemon makes old data no younger. */
	int64_t end = tstamp_add(f->last_success != 0 ? f->last_success :
	    f->configured, limit);

	if (limit == 0)
		return 0;
	return f->now >= end ? end : 0;
}

/* The same of a time that is not known (0) before there were data. */
static int64_t
behind(const struct health_facts *f, int64_t t, int64_t limit)
{
	int64_t end = tstamp_add(t, limit);

	return limit != 0 && t != 0 && f->now >= end ? end : 0;
}

/* What no poll has told the end of.  The store has a start, where one came so far
 * as to write anything. */
static struct health
unpolled(const struct health_facts *f)
{
	if (f->last_poll == 0 || f->running)
		return (struct health){HEALTH_NEW, 0, WAY_NEW, NULL};
	return (struct health){HEALTH_FAILING, f->last_poll, WAY_CUT_OFF,
	    WHY_CUT_OFF};
}

struct health
health_judge(const struct health_facts *f)
{
	const struct health undone = {HEALTH_HELD, f->state_since, WAY_UNDONE,
	    NULL};
	struct health h = {HEALTH_OK, f->state_since, NULL, NULL};
	int64_t since;
	size_t i;

	if (f->off)
		return (struct health){HEALTH_OFF, 0, WAY_OFF, NULL};
	if (f->paused != 0)
		return (struct health){HEALTH_PAUSED, f->paused, WAY_PAUSED,
		    NULL};
	if (f->store.n == 0 || slice_is(SLICE_OF(f->store), "new"))
		h = unpolled(f);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (slice_is(SLICE_OF(f->store), rows[i].store)) {
			h.state = rows[i].state;
			h.way = rows[i].way;
		}
	}
	if (f->hidden_from != 0 && !f->held && h.state > HEALTH_MOVED)
		return undone;
	if (h.state <= HEALTH_HELD)
		return h;
	since = overdue(f, f->stale_after);
	if (since != 0)
		return (struct health){HEALTH_STALE, since, WAY_STALE, NULL};
	since = behind(f, f->stated, f->stated_after);
	if (since != 0)
		return (struct health){HEALTH_STALE, since, WAY_STATED,
		    WHY_STATED};
	since = behind(f, f->last_change, f->unchanged_after);
	if (since != 0)
		return (struct health){HEALTH_STALE, since, WAY_UNCHANGED,
		    WHY_UNCHANGED};
	if (h.state <= HEALTH_FAILING)
		return h;
	since = overdue(f, f->late_after);
	if (since != 0)
		return (struct health){HEALTH_LATE, since, WAY_LATE, NULL};
	return h;
}

struct health_facts
health_of(const struct tw_source *s, int64_t now)
{
	return (struct health_facts){
	    .store = s->state,
	    .last_poll = s->last_poll,
	    .last_success = s->last_success,
	    .last_change = s->last_change,
	    .stated = s->stated,
	    .state_since = s->state_since,
	    .paused = s->paused,
	    .hidden_from = s->hidden_from,
	    .held = s->held != 0,
	    .now = now,
	};
}

void
health_way(const struct health *h, const char *name, char out[HEALTH_WAY_MAX])
{
	const char *p = h->way != NULL ? h->way : "", *at;
	size_t n = 0;

	/* Each %s is the name; it cannot hold one that counts. */
	out[0] = '\0';
	while ((at = strstr(p, "%s")) != NULL && n < HEALTH_WAY_MAX - 1) {
		n += (size_t)snprintf(out + n, HEALTH_WAY_MAX - n, "%.*s%s",
		    (int)(at - p), p, name);
		p = at + 2;
	}
	if (n < HEALTH_WAY_MAX - 1)
		snprintf(out + n, HEALTH_WAY_MAX - n, "%s", p);
}
