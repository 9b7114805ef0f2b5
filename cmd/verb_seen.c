/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seen: a listed value was met here.
 */
#include <string.h>

#include "base/tstamp.h"
#include "cmd/cmd.h"
#include "cmd/show_match.h"
#include "store/sighting.h"
#include "store/store.h"

#define SEEN_MATCHES 64

struct seen_opts {
	char *type, *at, *by;
	uint32_t count;
};

static const struct opt seen_table[] = {
	{'t', "type", "TYPE", "what the values are (default: told from each)",
	    OPT_STRING, offsetof(struct seen_opts, type), 0, 0},
	{0, "at", "TIME", "when (RFC 3339; default: now)", OPT_STRING,
	    offsetof(struct seen_opts, at), 0, 0},
	{0, "count", "N", "how often (default 1)", OPT_NUMBER,
	    offsetof(struct seen_opts, count), 1, UINT32_MAX},
	{0, "by", "WHO", "the sensor or person that met it", OPT_STRING,
	    offsetof(struct seen_opts, by), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
seen_value(struct cmd *c, struct store *store, const struct sighting *s,
    const struct seen_opts *o, int type, const char *text, struct err *e)
{
	struct tw_match m[SEEN_MATCHES];
	struct slice who = slice_str(o->by != NULL ? o->by : "");
	size_t i, found = 0;
	bool known, any = false;
	int rc;

	rc = tw_lookup(c->snap, type, text, strlen(text), TW_FIND_ALL, m,
	    SEEN_MATCHES, &found);
	if (rc == TW_MALFORMED)
		return err_set(e, ERR_USAGE, "'%s' is no value; 'taxiway types' "
		    "lists the types", text);
	if (rc != TW_OK)
		return cmd_fail(e, rc, c->store);
	for (i = 0; i < found && i < SEEN_MATCHES; i++) {
		if (store_seen(store, (uint8_t)m[i].type, m[i].prefix,
		    (struct slice){m[i].key.p, m[i].key.n}, s, who, &known,
		    e) != 0)
			return -1;
		any = any || known;
	}
	if (any)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "%s: not listed in %s; nothing was "
	    "recorded", text, c->store);
}

static int
seen_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct seen_opts *o = opts;
	struct store *store = NULL;
	struct sighting s = {.count = 1};
	int64_t at, now = tstamp_now();
	bool missing = false;
	int i, type, status = EXIT_DONE;

	if (cmd_type(o->type, &type, e) != 0 || cmd_time(o->at, &at, e) != 0)
		return EXIT_USAGE;
	if (at != TW_TIME_NONE && at > now) {
		err_set(e, ERR_USAGE, "--at: '%s' lies ahead", o->at);
		return EXIT_USAGE;
	}
	if (o->count != 0)
		s.count = o->count;
	s.first = s.last = at != TW_TIME_NONE ? at : now;
	if (cmd_open(c, e) != 0 || store_open(c->store, now, &store, e) != 0)
		return cmd_status(e);
	for (i = 0; i < argc; i++)
		if (seen_value(c, store, &s, o, type, argv[i], e) != 0 &&
		    cmd_missing(e, &missing, i + 1 == argc) != 0)
			break;
	if (i < argc)
		status = cmd_status(e);
	else if (missing)
		status = EXIT_NO;
	store_close(store);
	return status;
}

const struct verb verb_seen = {
	"seen", "VALUE…", "record that a listed value was met here",
	"Record a local sighting of each value: of its entry, and of the "
	"networks and parent domains that match it. 'explain' and 'lookup' "
	"show it, a score that decays starts anew from it, and the value's "
	"history is kept longer. Exit status 1: a value is not listed.\n\n"
	"  taxiway seen --by proxy-1 --count 3 evil.example",
	seen_table, NULL, sizeof(struct seen_opts), 1, -1, seen_run
};
