/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * accept: let listings through that are held.
 */
#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "store/store.h"

static const struct opt accept_table[] = {
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* EXIT_DONE, EXIT_NO when nothing is held, or the status of an error. */
static int
accept_one(const struct cmd *c, struct store *s, const char *name,
    struct err *e)
{
	struct store_counts n;

	if (store_accept(s, name, tstamp_now(), &n, e) != 0)
		return e->code == ERR_NOT_FOUND ? EXIT_NO : cmd_status(e);
	if (c->quiet)
		return n.held != HELD_NOT ? EXIT_DONE : EXIT_NO;
	print_clean(stdout, name, strlen(name));
	if (n.held == HELD_NOT) {
		printf(": nothing is held\n");
		return EXIT_NO;
	}
	printf(": accepted (%s); %llu withdrawn, %llu returned\n",
	    held_name(n.held), (unsigned long long)n.withdrawn,
	    (unsigned long long)n.returned);
	return EXIT_DONE;
}

static int
accept_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct store *s = cmd_open_writer(c, e);
	int i, rc = EXIT_DONE, one;

	(void)opts;
	if (s == NULL)
		return cmd_status(e);
	for (i = 0; i < argc && e->code == ERR_NONE; i++) {
		one = accept_one(c, s, argv[i], e);
		if (one > rc)
			rc = one;
	}
	if (e->code == ERR_NONE && cmd_tidy(s, e) != 0)
		rc = cmd_status(e);
	store_close(s);
	return rc;
}

const struct verb verb_accept = {
	"accept", "SOURCE…", "let a listing through that is held",
	"A listing that is not to be believed (much smaller or larger than the "
	"last ones, empty, mostly rejected, with a value that must never be "
	"listed …) is held: nothing that it lacks is withdrawn, and 'taxiway "
	"status' says why. Accept it: what it lacks is withdrawn now, and "
	"later listings are measured by it. A later listing that is believed "
	"takes its place without this. Exit status 1 when nothing is held.",
	accept_table, NULL, 0, 1, -1, accept_run
};
