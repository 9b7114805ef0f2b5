/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * allow add, remove, list, load: what is known to be good, or too common to act
 * on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/duration.h"
#include "base/limits.h"
#include "base/suffix.h"
#include "base/tstamp.h"
#include "cmd/allow_lists.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/jw.h"
#include "cmd/show_allow.h"
#include "store/store.h"

#define GUESSES 12
#define EXPIRES_MAX (36500 * TSTAMP_DAY)

struct allow_opts {
	char *type, *mode, *reason, *expires, *by, *name;
	bool exact, urls, json;
};
#define O(member) offsetof(struct allow_opts, member)

/* A store that is not there is made: lists come before the first poll. */
static struct store *
allow_open(struct cmd *c, struct err *e)
{
	const char *path = cmd_store(c, e);
	struct store *s;

	if (path == NULL || store_open(path, tstamp_now(), &s, e) != 0)
		return NULL;
	return s;
}

/* What was told is in force: the change log and the marks of entries follow,
 * which takes longer and may be stopped. */
static int
allow_close(struct store *s, bool changed, struct err *e)
{
	int rc = 0;

	(void)fflush(stdout);
	if (changed && e->code == ERR_NONE)
		rc = cmd_tidy(s, e);
	store_close(s);
	return rc;
}

/* -- values -- */

struct named {
	struct arena arena;
	struct value v[GUESSES];
	size_t n;
	uint8_t wire[SUFFIX_WIRE_MAX];
};

/* A name of one label is no value, but names below it are. */
static size_t
guess_top(struct named *g, struct slice text)
{
	size_t n;

	if (slice_starts(text, SLICE("*.")))
		text = (struct slice){text.p + 2, text.n - 2};
	else if (slice_starts(text, SLICE(".")))
		text = (struct slice){text.p + 1, text.n - 1};
	else
		return 0;
	n = suffix_wire(text, g->wire);
	g->v[0] = (struct value){.type = VALUE_DOMAIN, .key = g->wire,
	    .keylen = (uint16_t)n, .flags = VALUE_SUFFIX};
	return n != 0;
}

/* What a text may be. */
static int
guess(struct named *g, int type, const char *text, struct err *e)
{
	static const unsigned options =
	    VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE | VALUE_REFANG;
	struct slice s = slice_str(text);
	const struct value *v = g->v;

	if (type == TW_TYPE_AUTO)
		g->n = value_detect(&g->arena, s, options, g->v, GUESSES);
	else
		g->n = value_normalise(&g->arena, (enum value_type)type, s,
		    options, g->v) == VALUE_OK;
	if (g->n == 0 && (type == TW_TYPE_AUTO || type == VALUE_DOMAIN))
		g->n = guess_top(g, s);
	if (g->n == 0)
		return err_set(e, ERR_USAGE, "'%s' is no value; 'taxiway "
		    "types' lists the types", text);
	if ((v->type == VALUE_IPV4 && v->prefix < LIMIT_ALLOW_NET4) ||
	    (v->type == VALUE_IPV6 && v->prefix < LIMIT_ALLOW_NET6))
		return err_set(e, ERR_USAGE, "%s: a network of /%u holds half "
		    "of the Internet; at most /%d, or /%d of IPv6", text,
		    v->prefix, LIMIT_ALLOW_NET4, LIMIT_ALLOW_NET6);
	return 0;
}

static struct undo_value
name_of(const struct value *v)
{
	return (struct undo_value){v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};
}

/* -- add -- */

static const struct opt add_table[] = {
	{'t', "type", "TYPE", "what the values are (default: told from each)",
	    OPT_STRING, O(type), 0, 0},
	{0, "mode", "MODE", "block (default), inform or cap:N",
	    OPT_STRING, O(mode), 0, 0},
	{0, "reason", "TEXT", "why", OPT_STRING, O(reason), 0, 0},
	{0, "expires", "WHEN", "until then (RFC 3339), or for so long: 30d",
	    OPT_STRING, O(expires), 0, 0},
	{0, "by", "WHO", "who says so", OPT_STRING, O(by), 0, 0},
	{'x', "exact", NULL, "a domain alone, not the names below it",
	    OPT_FLAG, O(exact), 0, 0},
	{0, "urls", NULL, "every URL on the host too, not only its front page",
	    OPT_FLAG, O(urls), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
mode_of(const struct allow_opts *o, uint8_t *mode, uint8_t *cap,
    struct err *e)
{
	*mode = ALLOW_BLOCK;
	*cap = 0;
	if (o->mode == NULL ||
	    allow_file_mode(slice_str(o->mode), mode, cap) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "--mode: '%.64s' is none of block, "
	    "inform, cap:N", o->mode);
}

static int
own_of(const struct allow_opts *o, int64_t now, struct allow_own *own,
    struct err *e)
{
	struct slice text = slice_str(o->expires);
	int64_t span;

	*own = (struct allow_own){.added = now, .expires = TW_TIME_NEVER,
	    .who = slice_str(o->by != NULL ? o->by : ""),
	    .reason = slice_str(o->reason != NULL ? o->reason : "")};
	if (mode_of(o, &own->mode, &own->cap, e) != 0)
		return -1;
	if (o->expires == NULL)
		return 0;
	if (duration_parse(text, EXPIRES_MAX, &span) == 0)
		own->expires = tstamp_add(now, span);
	else if (tstamp_parse(text, &own->expires) != 0)
		return err_set(e, ERR_USAGE, "--expires: '%.64s' is neither a "
		    "time such as 2026-01-31T00:00:00Z nor a duration such as "
		    "30d", o->expires);
	if (own->expires <= now)
		return err_set(e, ERR_USAGE, "--expires: '%.64s' is not ahead",
		    o->expires);
	return 0;
}

static unsigned
scope_of(const struct allow_opts *o, const struct value *v)
{
	unsigned scope = ALLOW_SELF;

	if (v->type == VALUE_DOMAIN && !o->exact)
		scope |= ALLOW_BELOW;
	if (o->urls && (v->type == VALUE_DOMAIN || v->type == VALUE_IPV4 ||
	    v->type == VALUE_IPV6))
		scope |= ALLOW_URLS;
	return scope;
}

static int
add_one(struct cmd *c, struct store *s, const struct allow_opts *o, int type,
    const struct allow_own *own, const char *text, struct err *e)
{
	struct undo_value name;
	struct named g = {.n = 0};
	size_t i;
	int rc;

	arena_init(&g.arena, KIB(256));
	rc = guess(&g, type, text, e);
	for (i = 0; i < g.n && rc == 0; i++) {
		name = name_of(&g.v[i]);
		rc = store_allow_add(s, &name, scope_of(o, &g.v[i]), own, e);
	}
	arena_free(&g.arena);
	if (rc == 0 && !c->quiet) {
		print_clean(stdout, text, strlen(text));
		printf(": %s\n", o->mode != NULL ? o->mode : "block");
	}
	return rc;
}

static int
add_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct allow_opts *o = opts;
	struct allow_own own;
	struct store *s;
	int i, type;

	if (cmd_type(o->type, &type, e) != 0 ||
	    own_of(o, tstamp_now(), &own, e) != 0)
		return EXIT_USAGE;
	s = allow_open(c, e);
	for (i = 0; s != NULL && i < argc; i++)
		if (add_one(c, s, o, type, &own, argv[i], e) != 0)
			break;
	if (s != NULL)
		(void)allow_close(s, true, e);
	return cmd_status(e);
}

const struct verb verb_allow_add = {
	"allow add", "VALUE…", "say that values are good",
	"Suppress values: they are no longer active, whoever lists them, and "
	"every answer names this entry. Nothing is removed. A domain holds the "
	"names below it too, a network all addresses and networks inside of "
	"it; of URLs it holds those without a path, or, with --urls, all. "
	"With --mode inform the value stays active and the entry is named; "
	"with cap:N its confidence is at most N.\n\n"
	"  taxiway allow add --reason 'our own' --by me example.com "
	"192.0.2.0/24\n"
	"  taxiway allow add --expires 30d https://cdn.example/app.js",
	add_table, NULL, sizeof(struct allow_opts), 1, -1, add_run
};

/* -- remove -- */

static const struct opt remove_table[] = {
	{'t', "type", "TYPE", "what the values are (default: told from each)",
	    OPT_STRING, O(type), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
remove_value(struct store *s, int type, const char *text, bool *found,
    struct err *e)
{
	struct undo_value name;
	struct named g = {.n = 0};
	struct err none = ERR_INIT;
	bool one;
	size_t i;
	int rc = 0;

	arena_init(&g.arena, KIB(256));
	if (guess(&g, type, text, &none) != 0)
		g.n = 0;
	for (i = 0; i < g.n && rc == 0; i++) {
		name = name_of(&g.v[i]);
		rc = store_allow_remove(s, &name, &one, e);
		*found = *found || one;
	}
	arena_free(&g.arena);
	return rc;
}

static int
remove_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct allow_opts *o = opts;
	bool found, missing = false, changed = false;
	struct store *s;
	int i, type;

	if (cmd_type(o->type, &type, e) != 0)
		return EXIT_USAGE;
	s = cmd_open_writer(c, e);
	for (i = 0; s != NULL && i < argc && e->code == ERR_NONE; i++) {
		found = false;
		if (store_allow_drop(s, slice_str(argv[i]), &found, e) != 0 ||
		    (!found && remove_value(s, type, argv[i], &found,
		    e) != 0))
			break;
		changed = changed || found;
		if (!found) {
			fprintf(stderr, "taxiway: %s: neither an allow-list "
			    "nor an entry made by hand\n", argv[i]);
			missing = true;
		} else if (!c->quiet) {
			print_clean(stdout, argv[i], strlen(argv[i]));
			printf(": removed\n");
		}
	}
	if (s != NULL)
		(void)allow_close(s, changed, e);
	return e->code != ERR_NONE ? cmd_status(e) :
	    missing ? EXIT_NO : EXIT_DONE;
}

const struct verb verb_allow_remove = {
	"allow remove", "VALUE… | LIST…", "take that back",
	"Remove entries made by hand, or whole lists by name. What they held "
	"is active again, if claims say so. A list of the configuration comes "
	"back with the next pull. Exit status 1: there is none.",
	remove_table, NULL, sizeof(struct allow_opts), 1, -1, remove_run
};

/* -- load -- */

static const struct opt load_table[] = {
	{0, "mode", "MODE", "block (default), inform or cap:N",
	    OPT_STRING, O(mode), 0, 0},
	{'n', "name", "NAME", "name of the list, of one file",
	    OPT_STRING, O(name), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static void
list_loaded(const struct allow_list *l)
{
	print_clean(stdout, l->name.p, l->name.n);
	printf(": %llu entries", (unsigned long long)l->entries);
	if (l->rejected != 0)
		printf(", %llu not understood",
		    (unsigned long long)l->rejected);
	putchar('\n');
}

static int
load_files(struct cmd *c, const struct allow_opts *o, struct allow_load *l,
    int argc, char **argv, struct err *e)
{
	struct allow_file f = {.name = o->name};
	int i;

	if (mode_of(o, &f.mode, &f.cap, e) != 0)
		return -1;
	if (o->name != NULL && argc > 1)
		return err_set(e, ERR_USAGE, "--name: goes with one file");
	for (i = 0; i < argc; i++) {
		f.path = argv[i];
		if (allow_lists_read(&f, l, e) != 0) {
			e->code = ERR_CONFIG;
			return -1;
		}
		if (!c->quiet)
			list_loaded(allow_load_newest(l));
	}
	return 0;
}

static int
load_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct allow_load *l = allow_load_new();
	struct allow_counts counts;
	struct store *s = NULL;

	if (l == NULL)
		err_set(e, ERR_MEMORY, "out of memory");
	else if (load_files(c, opts, l, argc, argv, e) == 0)
		s = allow_open(c, e);
	if (s != NULL) {
		if (store_allow_load(s, l, false, tstamp_now(), &counts,
		    e) == 0 && !c->quiet)
			printf("%llu new, %llu gone\n",
			    (unsigned long long)counts.added,
			    (unsigned long long)counts.removed);
		(void)allow_close(s, true, e);
	}
	allow_load_free(l);
	return cmd_status(e);
}

const struct verb verb_allow_load = {
	"allow load", "FILE…", "load allow-lists",
	"Load MISP warninglists (JSON), a Public Suffix List, or files with "
	"one value a line (\"rank,domain\" too). A list of the same name is "
	"replaced, at once; either all files are loaded or none. Lists of the "
	"configuration ('allow: {lists: …}') are loaded by 'taxiway pull'.\n\n"
	"  taxiway allow load warninglists/lists/*/list.json --mode inform\n"
	"  taxiway allow load --name top-1m top-1m.csv",
	load_table, NULL, sizeof(struct allow_opts), 1, -1, load_run
};

/* -- list -- */

static const struct opt list_table[] = {
	{'j', "json", NULL, "one JSON object a line", OPT_FLAG, O(json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static void
one_list_json(struct jw *j, const struct tw_allow_list *l)
{
	jw_begin(j, '{');
	jw_kstr(j, "list", l->name);
	jw_kz(j, "kind", l->kind);
	allow_mode_json(j, l->mode, l->cap);
	jw_kstr(j, "version", l->version);
	jw_kstr(j, "description", l->description);
	jw_kstr(j, "path", l->path);
	jw_kbool(j, "configured", l->configured);
	jw_ktime(j, "since", l->since);
	jw_ktime(j, "loaded", l->loaded);
	jw_knum(j, "entries", l->entries);
	jw_knum(j, "rejected", l->rejected);
	jw_end(j, '}');
	jw_line(j);
}

static void
one_own_json(struct jw *j, const struct tw_allow *a, int64_t now)
{
	jw_begin(j, '{');
	jw_kz(j, "entry", a->entry);
	jw_kstr(j, "list", a->list);
	allow_mode_json(j, a->mode, a->cap);
	jw_kstr(j, "reason", a->reason);
	jw_kstr(j, "by", a->by);
	jw_ktime(j, "since", a->added);
	jw_ktime(j, "expires", a->expires);
	jw_kbool(j, "expired", a->expires <= now);
	jw_end(j, '}');
	jw_line(j);
}

static void
print_mode(uint8_t mode, uint8_t cap)
{
	if (mode == TW_MODE_CAP)
		printf("cap:%-4u", cap);
	else
		printf("%-8s", tw_allow_mode_name(mode));
}

static void
print_day(const char *before, int64_t t)
{
	char text[TSTAMP_TEXT_MAX];

	tstamp_format(t, 0, text);
	printf("%s%s", before, text);
}

static void
one_list_text(const struct tw_allow_list *l)
{
	print_mode(l->mode, l->cap);
	printf("%-10s%9llu  ", l->kind, (unsigned long long)l->entries);
	print_clean(stdout, l->name.p, l->name.n);
	if (l->version.n != 0) {
		printf(" (version ");
		print_clean(stdout, l->version.p, l->version.n);
		putchar(')');
	}
	print_day("  loaded ", l->loaded);
	putchar('\n');
}

static void
one_own_text(const struct tw_allow *a, int64_t now)
{
	print_mode(a->mode, a->cap);
	printf("%-10s%9s  %s", "own", "", a->entry);
	if (a->expires != TW_TIME_NEVER)
		print_day(a->expires <= now ? "  expired " : "  until ",
		    a->expires);
	if (a->reason.n != 0) {
		printf("  ");
		print_clean(stdout, a->reason.p, a->reason.n);
	}
	if (a->by.n != 0) {
		printf("  by ");
		print_clean(stdout, a->by.p, a->by.n);
	}
	putchar('\n');
}

static int
list_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct allow_opts *o = opts;
	struct tw_cursor cursor = {0};
	int64_t now = tstamp_now();
	struct tw_allow_list l;
	struct tw_allow a;
	uint16_t pos = 0;
	struct jw j;
	int rc;

	(void)argc;
	(void)argv;
	if (cmd_open(c, e) != 0)
		return cmd_status(e);
	jw_open(&j, stdout);
	while ((rc = tw_allow_list_next(c->snap, &pos, &l)) == TW_OK) {
		if (o->json)
			one_list_json(&j, &l);
		else
			one_list_text(&l);
	}
	while (rc != TW_OK && !ferror(stdout)) {
		if (rc != TW_END || (rc = tw_allow_own_next(c->snap, &cursor,
		    &a)) != TW_OK)
			break;
		if (o->json)
			one_own_json(&j, &a, now);
		else
			one_own_text(&a, now);
		rc = TW_END;
	}
	(void)jw_close(&j);
	if (rc != TW_END)
		return cmd_fail(e, rc, c->store), cmd_status(e);
	return EXIT_DONE;
}

const struct verb verb_allow_list = {
	"allow list", "", "list allow-lists and entries made by hand",
	"List the allow-lists of the store with their mode, kind and number of "
	"entries, and the entries that were made by hand.",
	list_table, NULL, sizeof(struct allow_opts), 0, 0, list_run
};
