/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * presets: the feeds that are known, and what is known of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/jw.h"
#include "cmd/preset.h"

#define INDENT 12 /* columns of a name in the text about a preset */

struct presets_options {
	bool json;
};

static const struct opt presets_table[] = {
	{'j', "json", NULL, "one JSON object a preset", OPT_FLAG,
	    offsetof(struct presets_options, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* ---- text ------------------------------------------------------------------ */

static void
line_text(const struct preset *p, const struct settings *s)
{
	char head[80];
	int n = snprintf(head, sizeof(head), "%-28s %-8s ", p->name,
	    s->kind != NULL ? s->kind : "-");

	fputs(head, stdout);
	opt_wrap(stdout, p->about.title != NULL ? p->about.title : "", 38,
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

/* One preset: on a line of the list, or all about it. */
static int
show(struct cmd *c, const char *own, const char *name, bool whole, bool json,
    struct err *e)
{
	struct settings s = {0};
	struct preset *p = preset_open(own, NULL, name, &c->more, e);
	int rc = -1;

	if (p != NULL && preset_apply(p, &s, &c->more, e) == 0) {
		rc = 0;
		if (json)
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
	int i, rc = 0;

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
	for (i = 0; i < argc && rc == 0; i++) {
		if (i > 0 && all == NULL && !o->json)
			putchar('\n');
		rc = show(c, own, argv[i], all == NULL, o->json, e);
	}
	preset_names_free(all);
	if (rc == 0 && argc == 0)
		err_set(e, ERR_CONFIG, "no presets were found; name their "
		    "folder by TAXIWAY_PRESETS or the key presets of the "
		    "configuration");
	return rc == 0 && argc > 0 ? EXIT_DONE : EXIT_USAGE;
}

const struct verb verb_presets = {
	"presets", "[NAME…]", "the feeds that are known",
	"List the presets, or tell all about some: what the feed is, where it "
	"is documented and when that was last looked at, its terms, what a "
	"source must add, and what the preset sets. A source has them by "
	"'preset: NAME', a pull by --preset.",
	presets_table, NULL, sizeof(struct presets_options), 0, -1, presets_verb
};
