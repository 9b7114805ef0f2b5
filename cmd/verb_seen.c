/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seen: a listed value was met here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/tstamp.h"
#include "cmd/cmd.h"
#include "store/sighting.h"
#include "store/store.h"

#define SEEN_MATCHES 64
#define SEEN_KEY 512

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

/* An entry that was met; a key that the view lends does not outlive it. */
struct met {
	uint8_t type, prefix;
	size_t keylen;
	char key[SEEN_KEY];
};

struct seen {
	struct met *met; /* owned */
	size_t n, cap;
};

static int
seen_add(struct seen *l, const struct tw_match *m, struct err *e)
{
	struct met *met;

	if (m->key.n > SEEN_KEY)
		return 0;
	if (l->n == l->cap) {
		met = grow(l->met, &l->cap, sizeof(*met));
		if (met == NULL)
			return err_set(e, ERR_MEMORY, "out of memory");
		l->met = met;
	}
	met = &l->met[l->n++];
	met->type = (uint8_t)m->type;
	met->prefix = m->prefix;
	met->keylen = m->key.n;
	memcpy(met->key, m->key.p, m->key.n);
	return 0;
}

static int
seen_find(struct cmd *c, struct seen *l, int type, const char *text,
    struct err *e)
{
	struct tw_match m[SEEN_MATCHES];
	size_t i, found = 0;
	int rc;

	rc = tw_lookup(c->snap, type, text, strlen(text), TW_FIND_ALL, m,
	    SEEN_MATCHES, &found);
	if (rc == TW_MALFORMED)
		return err_set(e, ERR_USAGE, "'%s' is no value; 'taxiway types' "
		    "lists the types", text);
	if (rc != TW_OK)
		return cmd_fail(e, rc, c->store);
	if (found == 0)
		return err_set(e, ERR_NOT_FOUND, "%s: not listed in %s; "
		    "nothing was recorded", text, c->store);
	for (i = 0; i < found && i < SEEN_MATCHES; i++)
		if (seen_add(l, &m[i], e) != 0)
			return -1;
	return 0;
}

/* The store is open in one way at a time: the view ends before this. */
static int
seen_write(struct cmd *c, const struct seen *l, const struct sighting *s,
    const char *by, int64_t now, struct err *e)
{
	struct slice who = slice_str(by != NULL ? by : "");
	const struct met *met = l->met;
	struct sighted v;
	struct store *store;
	size_t i;
	bool known;
	int rc = 0;

	if (l->n == 0)
		return 0;
	tw_snapshot_end(c->snap);
	c->snap = NULL;
	tw_close(c->tw);
	c->tw = NULL;
	if (store_open(c->store, now, &store, e) != 0)
		return -1;
	for (i = 0; i < l->n && rc == 0; i++, met++) {
		v = (struct sighted){met->type, met->prefix,
		    {met->key, met->keylen}};
		rc = store_seen(store, &v, s, who, now, &known, e);
	}
	store_close(store);
	return rc;
}

static int
seen_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct seen_opts *o = opts;
	struct sighting s = {.count = o->count != 0 ? o->count : 1};
	struct err missed = ERR_INIT;
	struct seen l = {0};
	int64_t at, now = tstamp_now();
	bool missing = false;
	int i, type, rc = 0;

	if (cmd_type(o->type, &type, e) != 0 || cmd_time("at", o->at, &at, e) != 0)
		return EXIT_USAGE;
	if (at != TW_TIME_NONE && at > now) {
		err_set(e, ERR_USAGE, "--at: '%s' lies ahead", o->at);
		return EXIT_USAGE;
	}
	s.first = s.last = at != TW_TIME_NONE ? at : now;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	for (i = 0; i < argc && rc == 0; i++)
		if (seen_find(c, &l, type, argv[i], e) != 0)
			rc = cmd_missing(e, &missing, i + 1 == argc);
	if (rc == 0) {
		missed = *e; /* the last one; what was found counts */
		err_clear(e);
		rc = seen_write(c, &l, &s, o->by, now, e);
		if (rc == 0)
			*e = missed;
	}
	free(l.met);
	return rc != 0 ? cmd_status(e) : missing ? EXIT_NO : EXIT_DONE;
}

const struct verb verb_seen = {
	"seen", "VALUE…", "record that a listed value was met here",
	"Record a local sighting of each value: of its entry, and of the "
	"networks and parent domains that match it. 'explain' and 'lookup' "
	"show it, also when the value is listed again later. A score that "
	"decays begins anew from it, so that the value stays active longer, or "
	"is active again; a time to live goes on. Exit status 1: a value is "
	"not listed.\n\n"
	"  taxiway seen --by proxy-1 --count 3 evil.example",
	seen_table, NULL, sizeof(struct seen_opts), 1, -1, seen_run
};
