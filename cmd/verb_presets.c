/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * presets: the feeds that are known, and what is known of them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/jw.h"
#include "cmd/preset.h"

#define INDENT 12 /* columns of a name in the text about a preset */

struct presets_options {
	bool json, open;
	struct opt_list match;
	char *kind;
};

static const struct opt presets_table[] = {
	{'j', "json", NULL, "one JSON object a preset", OPT_FLAG,
	    offsetof(struct presets_options, json), 0, 0},
	{'m', "match", "WORD", "only those that mention it, or what begins so; of "
	    "several, all",
	    OPT_LIST, offsetof(struct presets_options, match), 0, 0},
	{'k', "kind", "KIND", "only those of this kind", OPT_STRING,
	    offsetof(struct presets_options, kind), 0, 0},
	{0, "open", NULL, "only those that work as they are: no key, no "
	    "account, no address of one's own", OPT_FLAG,
	    offsetof(struct presets_options, open), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* ---- which ----------------------------------------------------------------- */

/* Where a word of the text begins: "tor" is no part of an indicator. */
static bool
has_word(const char *text, const char *word)
{
	const char *at;

	for (at = text; at != NULL && (at = strcasestr(at, word)) != NULL;
	    at++)
		if (at == text || !isalnum((unsigned char)at[-1]))
			return true;
	return false;
}

static bool
is_mentioned(const struct preset *p, const char *word)
{
	const char *const texts[] = {p->name, p->about.title, p->about.text,
	    p->about.terms, p->about.known};
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		if (has_word(texts[i], word))
			return true;
	return false;
}

static bool
is_wanted(const struct presets_options *o, const struct preset *p,
    const struct settings *s)
{
	uint32_t i;

	for (i = 0; i < o->match.n; i++)
		if (!is_mentioned(p, o->match.v[i]))
			return false;
	return !(o->open && p->about.needs.n > 0) && (o->kind == NULL ||
	    (s->kind != NULL && strcmp(o->kind, s->kind) == 0));
}

/* In a word: what a source must add.  A key or an account; else the address, or
 * which collection, of what everybody may read. */
static const char *
need_of(const struct preset *p)
{
	const struct opt_map *needs = &p->about.needs;
	const char *word = needs->n > 0 ? "url" : "-";
	uint32_t i;

	for (i = 0; i < needs->n; i++)
		if (strcmp(needs->v[i].key, "url") != 0 &&
		    strcmp(needs->v[i].key, "page-item") != 0 &&
		    strcmp(needs->v[i].key, "collection") != 0)
			word = "key";
	return word;
}

/* ---- text ------------------------------------------------------------------ */

static void
line_text(const struct preset *p, const struct settings *s)
{
	char head[80];
	int n = snprintf(head, sizeof(head), "%-28s %-8s %-3s ", p->name,
	    s->kind != NULL ? s->kind : "-", need_of(p));

	fputs(head, stdout);
	opt_wrap(stdout, p->about.title != NULL ? p->about.title : "", 42,
	    n > 0 ? (unsigned)n : 0);
}

/* What a row of the table says; NULL: nothing. */
static const char *
fact_of(const struct preset *p, const struct opt *o)
{
	return *(char *const *)(const void *)((const char *)&p->about +
	    o->offset);
}

static void
fact_text(const char *name, const char *text)
{
	if (text == NULL)
		return;
	printf("  %-*s", INDENT - 2, name);
	opt_wrap(stdout, text, INDENT, INDENT);
}

/* A setting's value, lists and maps on one line. */
static void
setting_print(const struct opt *o, const struct settings *s, struct buf *out)
{
	const void *place = (const char *)s + o->offset;
	const struct opt_list *l = place;
	const struct opt_map *m = place;
	uint32_t i;

	switch (o->kind) {
	case OPT_FLAG:
		buf_str(out, "yes");
		break;
	case OPT_STRING:
		buf_str(out, *(char *const *)place);
		break;
	case OPT_NUMBER:
		buf_printf(out, "%u", *(const uint32_t *)place);
		break;
	case OPT_LIST:
		for (i = 0; i < l->n; i++)
			buf_printf(out, "%s%s", i > 0 ? ", " : "", l->v[i]);
		break;
	case OPT_MAP:
		for (i = 0; i < m->n; i++)
			buf_printf(out, "%s%s%s%s", i > 0 ? ", " : "",
			    m->v[i].key != NULL ? m->v[i].key : "",
			    m->v[i].key != NULL ? "=" : "", m->v[i].value);
		break;
	case OPT_END:
		break;
	}
}

/* What it sets, by the names of settings. */
typedef void setting_fn(void *ctx, const char *name, struct slice value);

static int
settings_each(const struct settings *s, setting_fn *fn, void *ctx,
    struct err *e)
{
	struct opt rows[OPT_MAX + 1];
	const struct opt *o;
	struct buf value;
	int rc = 0;

	settings_rows(rows);
	buf_init(&value, LIMIT_CONFIG);
	for (o = rows; o->kind != OPT_END && rc == 0; o++) {
		if (!opt_given(o, s) || strcmp(o->name, "name") == 0 ||
		    opt_named(preset_about_table, o->name) != NULL)
			continue;
		buf_reset(&value);
		setting_print(o, s, &value);
		if (!buf_ok(&value))
			rc = err_set(e, ERR_MEMORY, "out of memory");
		else
			fn(ctx, o->name, buf_view(&value));
	}
	buf_free(&value);
	return rc;
}

static void
setting_text(void *ctx, const char *name, struct slice value)
{
	(void)ctx;
	printf("    %-24s %.*s\n", name, (int)value.n, value.p);
}

static int
preset_text(const struct preset *p, const struct settings *s, struct err *e)
{
	const struct preset_about *a = &p->about;
	const struct opt *o;
	uint32_t i;

	printf("%s\n", p->name);
	for (o = preset_about_table; o->kind != OPT_END; o++)
		if (o->kind == OPT_STRING)
			fact_text(o->name, fact_of(p, o));
	for (i = 0; i < a->needs.n; i++) {
		printf("  %-*s%s: ", INDENT - 2, i == 0 ? "needs" : "",
		    a->needs.v[i].key);
		opt_wrap(stdout, a->needs.v[i].value, INDENT, INDENT + 2 +
		    (unsigned)strlen(a->needs.v[i].key));
	}
	fact_text("file", p->path);
	printf("  settings\n");
	return settings_each(s, setting_text, NULL, e);
}

/* ---- JSON ------------------------------------------------------------------ */

static void
setting_json(void *ctx, const char *name, struct slice value)
{
	jw_kz(ctx, name, value.p);
}

static int
preset_json(const struct preset *p, const struct settings *s, struct err *e)
{
	const struct preset_about *a = &p->about;
	const struct opt *o;
	struct jw j;
	uint32_t i;
	int rc;

	jw_open(&j, stdout);
	jw_begin(&j, '{');
	jw_kz(&j, "name", p->name);
	for (o = preset_about_table; o->kind != OPT_END; o++)
		if (o->kind == OPT_STRING)
			jw_kz(&j, o->name, fact_of(p, o));
	jw_key(&j, "needs");
	jw_begin(&j, '{');
	for (i = 0; i < a->needs.n; i++)
		jw_kz(&j, a->needs.v[i].key, a->needs.v[i].value);
	jw_end(&j, '}');
	jw_kz(&j, "file", p->path);
	jw_key(&j, "settings");
	jw_begin(&j, '{');
	rc = settings_each(s, setting_json, &j, e);
	jw_end(&j, '}');
	jw_end(&j, '}');
	jw_line(&j);
	jw_close(&j);
	return rc;
}

/* ---- the verb -------------------------------------------------------------- */

/* One preset: on a line of the list, or all about it.  1: it is not wanted. */
static int
show(struct cmd *c, const struct presets_options *o, const char *own,
    const char *name, bool whole, struct err *e)
{
	struct settings s = {0};
	struct preset *p = preset_open(own, NULL, name, &c->more, e);
	int rc = -1;

	if (p != NULL && preset_apply(p, &s, &c->more, e) == 0) {
		rc = 0;
		if (!is_wanted(o, p, &s))
			rc = 1;
		else if (o->json)
			rc = preset_json(p, &s, e);
		else if (whole)
			rc = preset_text(p, &s, e);
		else
			line_text(p, &s);
	}
	settings_free(&s);
	preset_free(p);
	return rc;
}

static int
presets_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct presets_options *o = opts;
	struct config *config = cmd_config(c, e);
	const char *own = NULL;
	char **all = NULL;
	int i, rc = 0, shown = 0;

	if (e->code != ERR_NONE)
		return EXIT_USAGE;
	if (config != NULL)
		own = config->own_presets;
	if (argc == 0) {
		if ((all = preset_names(own, e)) == NULL)
			return EXIT_USAGE;
		argv = all;
		while (all[argc] != NULL)
			argc++;
	}
	for (i = 0; i < argc && rc >= 0; i++) {
		if (shown > 0 && all == NULL && !o->json)
			putchar('\n');
		rc = show(c, o, own, argv[i], all == NULL, e);
		shown += rc == 0;
	}
	preset_names_free(all);
	if (rc >= 0 && argc > 0)
		return shown > 0 ? EXIT_DONE : EXIT_NO;
	if (argc == 0)
		err_set(e, ERR_CONFIG, "no presets were found; name their "
		    "folder by TAXIWAY_PRESETS or the key presets of the "
		    "configuration");
	return EXIT_USAGE;
}

const struct verb verb_presets = {
	"presets", "[NAME…]", "the feeds that are known",
	"List the presets, with their kind and whether they need a key, an "
	"address (url) or nothing (-); or tell all about some: what the feed "
	"is, where it is documented and when that was last looked at, its "
	"terms, what a source must add, and what the preset sets. A source "
	"has them by 'preset: NAME', a pull by --preset.",
	presets_table, NULL, sizeof(struct presets_options), 0, -1, presets_verb
};
