/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep: do the upkeep that polls left to do.
 */

#include "base/tstamp.h"
#include "cmd/cmd.h"
#include "store/store.h"
#include "sync/clock.h"

struct sweep_opts {
	uint32_t time_limit;
	bool trust_clock;
};

static const struct opt sweep_table[] = {
	{0, "time-limit", "S", "stop after so many seconds (exit status 1 when "
	    "something is left)", OPT_NUMBER,
	    offsetof(struct sweep_opts, time_limit), 1, 86400},
	{0, "trust-clock", NULL, "the clock is right: what it says has ended "
	    "may be removed", OPT_FLAG,
	    offsetof(struct sweep_opts, trust_clock), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* 0 when all is done, 1 when time ran out. */
static int
sweep(struct store *s, const struct sweep_opts *o, struct err *e)
{
	int64_t began = clock_now().ticks;
	bool more;

	if (o->trust_clock && clock_trust(s, e) != 0)
		return -1;
	do {
		/* By a clock that nobody sets. */
		if (o->time_limit != 0 && clock_now().ticks - began >=
		    o->time_limit * TSTAMP_SECOND)
			return 1;
		if (clock_upkeep(s, &more, e) != 0)
			return -1;
	} while (more);
	return 0;
}

static int
sweep_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct sweep_opts *o = opts;
	struct store *s = cmd_open_writer(c, e);
	int rc;

	(void)argc;
	(void)argv;
	if (s == NULL)
		return cmd_status(e);
	rc = sweep(s, o, e);
	store_close(s);
	if (rc < 0)
		return cmd_status(e);
	if (rc > 0 && !c->quiet)
		fprintf(stderr, "taxiway: stopped after %u s with work left; "
		    "the next sweep or pull goes on\n", o->time_limit);
	return rc == 0 ? EXIT_DONE : EXIT_NO;
}

const struct verb verb_sweep = {
	"sweep", "", "do the upkeep that is left",
	"Write down what changed settings and the clock have made of the "
	"store, and give back the space of what is gone. Verdicts are right "
	"without it; it makes reading them faster and the store smaller. "
	"'taxiway pull' does it too. "
	"While the machine's clock is ahead of what the store can believe "
	"('taxiway status' says so), no history ends; --trust-clock says that "
	"it is right. It works in short steps beside polls and "
	"readers, and may be stopped at any moment. Exit status 0 when nothing "
	"is left.",
	sweep_table, NULL, sizeof(struct sweep_opts), 0, 0, sweep_run
};
