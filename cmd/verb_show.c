/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * show: a STIX object as it came.  export: all of them as one bundle.  Both use
 * the public reader library.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/context.h"
#include "cmd/jw.h"
#include "cmd/object_json.h"
#include "cmd/rules.h"
#include "cmd/store_stream.h"
#include "cmd/threat_stix.h"
#include "stix/write.h"
#include "sync/seen.h"

struct show_opts {
	char *source;
	bool json;
};

static const struct opt show_table[] = {
	{0, "source", "NAME", "as this source brought it (default: the newest)",
	    OPT_STRING, offsetof(struct show_opts, source), 0, 0},
	{'j', "json", NULL, "what the store knows of it, one JSON object",
	    OPT_FLAG, offsetof(struct show_opts, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static int
show_object(struct cmd *c, const struct show_opts *o, const char *id,
    struct err *e)
{
	struct tw_object object;
	struct jw j;
	int rc;

	rc = tw_object_get(c->snap, id, o->source, &object);
	if (rc == TW_NOT_FOUND)
		return err_set(e, ERR_NOT_FOUND, "%s: no such object in %s",
		    id, c->store);
	if (rc != TW_OK)
		return cmd_fail(e, rc, id);
	if (!o->json && object.json.p != NULL) {
		fwrite(object.json.p, 1, object.json.n, stdout);
		putchar('\n');
		return 0;
	}
	jw_open(&j, stdout);
	if (o->json)
		object_json(&j, c->snap, &object);
	else
		object_stix(&j, c->snap, &object);
	jw_line(&j);
	return jw_close(&j);
}

static int
show_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	const struct show_opts *o = opts;
	bool missing = false;
	int i;

	if (cmd_open(c, e) != 0 || cmd_source(c, o->source, e) != 0)
		return cmd_status(e);
	for (i = 0; i < argc; i++)
		if (show_object(c, opts, argv[i], e) != 0 &&
		    cmd_missing(e, &missing, i + 1 == argc) != 0)
			return cmd_status(e);
	return missing ? EXIT_NO : EXIT_DONE;
}

const struct verb verb_show = {
	"show", "ID…", "show a STIX object as it came",
	"Print STIX objects byte for byte as their source sent them. Where "
	"that source is kept with 'keep: values' the object is made again from "
	"what was kept. Exit status 1: no such object.",
	show_table, NULL, sizeof(struct show_opts), 1, -1, show_run
};

struct export_opts {
	char *format, *source, *type, *tlp_max;
	uint32_t min_sources;
	bool suppressed;
	struct rules_opts rules; /* of formats that are rules */
};
#define R(member) offsetof(struct export_opts, rules.member)

static const struct opt export_table[] = {
	{'f', "format", "FORMAT", "stix (a bundle, default), ndjson or store;"
	    " yara, sigma, suricata or snort: rules, into DIR",
	    OPT_STRING, offsetof(struct export_opts, format), 0, 0},
	{0, "source", "NAME", "only what this source brought", OPT_STRING,
	    offsetof(struct export_opts, source), 0, 0},
	{'t', "type", "TYPE", "only objects of this STIX type", OPT_STRING,
	    offsetof(struct export_opts, type), 0, 0},
	{0, "min-sources", "N", "only what so many independent sources say",
	    OPT_NUMBER, offsetof(struct export_opts, min_sources), 1, 64},
	{0, "suppressed", NULL, "objects too of which allow-lists hold every "
	    "value", OPT_FLAG, offsetof(struct export_opts, suppressed), 0, 0},
	{0, "tlp-max", "LEVEL", "leave out what is above this TLP level, or "
	    "has none", OPT_STRING, offsetof(struct export_opts, tlp_max), 0, 0},
	{0, "min-confidence", "N", "only rules that are held as sure as that",
	    OPT_NUMBER, R(min_confidence), 1, 100},
	{0, "exclude", "GLOB", "no rules whose id or name fits", OPT_LIST,
	    R(exclude), 0, 0},
	{0, "bundle", NULL, "all rules in one file, not one file a rule",
	    OPT_FLAG, R(bundle), 0, 0},
	{0, "trusted", NULL, "rules too that are global (YARA), or name files "
	    "or scripts (Suricata)", OPT_FLAG, R(trusted), 0, 0},
	{0, "yara", "PROGRAM", "what tries the rules of YARA (default yara)",
	    OPT_STRING, R(yara), 0, 0},
	{0, "no-check", NULL, "do not let yara try them", OPT_FLAG,
	    R(no_check), 0, 0},
	{0, "dry-run", NULL, "say what would change; write nothing", OPT_FLAG,
	    R(dry_run), 0, 0},
	{'j', "json", NULL, "say what was done as one JSON object", OPT_FLAG,
	    R(json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

static bool
export_wants(const struct export_opts *o, const struct tw_object *object)
{
	if (o->source != NULL && !slice_is(SLICE_OF(object->source), o->source))
		return false;
	return o->type == NULL || slice_is(SLICE_OF(object->type), o->type);
}

/* One value that an object claims: is it to be told? */
static int
value_told(tw_snapshot *snap, const struct export_opts *o, struct tw_str type,
    struct tw_str value, bool *yes)
{
	char text[MATCH_TEXT_MAX];
	struct tw_match m;
	size_t found = 0;
	int n, rc;

	*yes = false;
	n = snprintf(text, sizeof(text), "%.*s", (int)type.n, type.p);
	if (n < 0 || value.n >= sizeof(text))
		return TW_OK;
	n = tw_type_code(text);
	memcpy(text, value.p, value.n);
	rc = tw_lookup(snap, n, text, value.n, TW_FIND_EXACT, &m, 1, &found);
	if (rc != TW_OK || found == 0)
		return rc == TW_MALFORMED ? TW_OK : rc;
	if (!o->suppressed && m.state == TW_SUPPRESSED)
		return TW_OK;
	return cmd_corroborated(snap, &m, o->min_sources, yes);
}

/* Is one of the values that the object claims to be told?  What claims none is no
 * matter of that. */
static int
export_told(struct cmd *c, const struct export_opts *o, bool held,
    const struct tw_object *object, bool *yes)
{
	struct tw_str type, value;
	size_t pos = 0;
	int rc;

	*yes = true;
	if (o->min_sources == 0 && (o->suppressed || !held))
		return TW_OK;
	while ((rc = tw_claim_item(c->snap, &object->claim, TW_VALUES, &pos,
	    &type, &value)) == TW_OK) {
		rc = value_told(c->snap, o, type, value, yes);
		if (rc != TW_OK || *yes)
			return rc;
	}
	return TW_OK;
}

/* The object's bytes, or those made from its record in `made`. */
static struct slice
export_bytes(tw_snapshot *snap, const struct tw_object *object,
    struct jw *made)
{
	if (object->json.p != NULL && !object->foreign)
		return SLICE_OF(object->json);
	buf_reset(&made->out);
	made->comma = false;
	object_stix(made, snap, object);
	return buf_view(&made->out);
}

/* One object, one line: what breaks lines in valid JSON is white space. */
static void
export_line(struct buf *out, struct slice bytes)
{
	size_t from = out->n, i;

	buf_slice(out, bytes);
	for (i = from; i < out->n; i++)
		if (out->p[i] == '\n' || out->p[i] == '\r')
			out->p[i] = ' ';
	buf_char(out, '\n');
}

/* Where objects go. */
struct export_to {
	struct stix_writer w;
	struct buf *out;
	bool bundle;
	struct jw made;      /* an object whose bytes are not there */
	struct seen threats; /* that were written */
};

static int
export_put(struct export_to *to, struct slice bytes, struct err *e)
{
	if (to->bundle)
		return stix_write_object(&to->w, bytes, e);
	export_line(to->out, bytes);
	return 0;
}

/* What an entry of a feed says that it indicates: no object of its own says so,
 * and none is written twice. */
static int
export_threats(struct cmd *c, struct export_to *to,
    const struct tw_object *object, struct err *e)
{
	struct tw_threat threats[LIMIT_LIST];
	struct threat_stix t;
	struct jw *j = &to->made;
	size_t found, i;
	int rc;

	if (!object->foreign || !slice_is(SLICE_OF(object->type), "indicator"))
		return TW_OK;
	rc = tw_threats(c->snap, &object->claim, threats, LIMIT_LIST, &found);
	for (i = 0; rc == TW_OK && i < found && i < LIMIT_LIST; i++) {
		if (!threat_stix_of(object, &threats[i], &t))
			continue;
		buf_reset(&j->out);
		j->comma = false;
		threat_stix_object(j, c->snap, &t);
		if (!seen_add(&to->threats, digest64(t.id, strlen(t.id), 0)))
			rc = export_put(to, buf_view(&j->out), e);
		if (rc != 0)
			break;
		buf_reset(&j->out);
		j->comma = false;
		threat_stix_relationship(j, c->snap, &t);
		rc = export_put(to, buf_view(&j->out), e);
	}
	return rc;
}

static int
export_walk(struct cmd *c, const struct export_opts *o, bool bundle,
    struct buf *out, struct err *e)
{
	struct export_to to = {.out = out, .bundle = bundle};
	struct tw_cursor cursor = {0};
	struct tw_object object;
	uint64_t suppressed;
	bool told, held;
	int rc;

	if ((rc = tw_count_suppressed(c->snap, 0, &suppressed)) != TW_OK)
		return cmd_fail(e, rc, c->store);
	held = suppressed != 0;
	jw_open(&to.made, stdout);
	rc = bundle ? stix_write_begin(&to.w, out, e) : 0;
	while (rc == 0 && (rc = tw_object_next(c->snap, &cursor, 1,
	    &object)) == TW_OK) {
		if (!export_wants(o, &object))
			continue;
		rc = export_told(c, o, held, &object, &told);
		if (rc != TW_OK)
			break;
		if (!told)
			continue;
		rc = export_put(&to, export_bytes(c->snap, &object,
		    &to.made), e);
		if (rc == 0 && o->type == NULL)
			rc = export_threats(c, &to, &object, e);
		if (out->n >= KIB(256)) {
			fwrite(out->p, 1, out->n, stdout);
			buf_reset(out);
		}
		if (ferror(stdout))
			break;
	}
	buf_free(&to.made.out);
	seen_free(&to.threats);
	if (e->code != ERR_NONE)
		return -1;
	if (rc != TW_END && rc != TW_OK)
		return cmd_fail(e, rc, c->store);
	rc = bundle ? stix_write_end(&to.w, e) : 0;
	if (out->n > 0)
		fwrite(out->p, 1, out->n, stdout);
	return rc;
}

/* What was given that another format does not have: its name, or NULL. */
static const char *
export_astray(const struct export_opts *o, bool rules)
{
	const struct rules_opts *r = &o->rules;

	if (rules)
		return o->type != NULL ? "type" : o->min_sources > 0 ?
		    "min-sources" : o->suppressed ? "suppressed" : NULL;
	return r->min_confidence > 0 ? "min-confidence" : r->exclude.n > 0 ?
	    "exclude" : r->bundle ? "bundle" : r->trusted ? "trusted" :
	    r->yara != NULL ? "yara" : r->no_check ? "no-check" :
	    r->dry_run ? "dry-run" : r->json ? "json" : NULL;
}

/* 0: other formats; 1: rules, into the folder; -1 with e set. */
static int
export_usage(const struct export_opts *o, int argc, struct err *e)
{
	static const char *const others[] = {"stix", "ndjson", "store"};
	bool rules = o->format != NULL &&
	    rule_format_find(slice_str(o->format)) >= 0;
	const char *astray = export_astray(o, rules);
	bool known = o->format == NULL || rules;

	for (size_t i = 0; !known && i < ARRAY_LEN(others); i++)
		known = strcmp(o->format, others[i]) == 0;
	if (!known)
		return err_set(e, ERR_USAGE, "--format: '%s' is none of stix, "
		    "ndjson, store, yara, sigma, suricata, snort", o->format);
	if (astray != NULL)
		return err_set(e, ERR_USAGE, "--%s: goes with --format %s",
		    astray, rules ? "stix or ndjson" : "yara, sigma, suricata "
		    "or snort");
	if (rules && argc == 0)
		return err_set(e, ERR_USAGE, "--format %s: into which folder? "
		    "'taxiway export --format %s DIR'", o->format, o->format);
	if (!rules && argc > 0)
		return err_set(e, ERR_USAGE, "an export goes to standard "
		    "output; only rules go to a folder (--format yara, sigma, "
		    "suricata or snort)");
	return rules;
}

static int
export_rules(struct cmd *c, struct export_opts *o, const char *dir,
    int ceiling, struct err *e)
{
	int format = rule_format_find(slice_str(o->format));

	if (cmd_open(c, e) != 0 || cmd_source(c, o->source, e) != 0)
		return cmd_status(e);
	tw_snapshot_tlp_max(c->snap, ceiling);
	o->rules.source = o->source;
	return rules_export(c, (enum rule_format)format, &o->rules, dir, e);
}

static int
export_run(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct export_opts *o = opts;
	bool bundle = o->format == NULL || strcmp(o->format, "stix") == 0;
	bool whole = !bundle && strcmp(o->format, "store") == 0;
	struct buf out;
	int rc, ceiling;

	rc = export_usage(o, argc, e);
	if (rc < 0 || cmd_tlp_max(o->tlp_max, &ceiling, e) != 0)
		return EXIT_USAGE;
	if (rc > 0)
		return export_rules(c, o, argv[0], ceiling, e);
	if (whole && (o->source != NULL || o->type != NULL || ceiling != 0 ||
	    o->min_sources != 0)) {
		err_set(e, ERR_USAGE, "--format store writes the whole store: "
		    "--source, --type, --min-sources and --tlp-max do not go "
		    "with it");
		return EXIT_USAGE;
	}
	if (cmd_open(c, e) != 0 || cmd_source(c, o->source, e) != 0)
		return cmd_status(e);
	tw_snapshot_tlp_max(c->snap, ceiling);
	if (whole)
		return store_export(c, e) == 0 ? EXIT_DONE : cmd_status(e);
	buf_init(&out, 2 * LIMIT_OBJECT + MIB(1));
	rc = export_walk(c, o, bundle, &out, e);
	buf_free(&out);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}

const struct verb verb_export = {
	"export", "[DIR]", "write objects as a STIX bundle, or rules as files",
	"Write every object of the store to standard output, each byte for "
	"byte as it came, in the order they came. 'taxiway pull FILE' reads "
	"the bundle again; an object that several sources brought is in it "
	"several times. An object of which allow-lists hold every value is "
	"left out, unless --suppressed is given.\n\n"
	"--format store writes all that the store was told, "
	"for 'taxiway import'.\n\n"
	"--format yara, sigma, suricata or snort writes the rules that are "
	"active into the folder DIR, one file a rule or one for all, and "
	"removes those that it wrote before and that are active no more. "
	"Other files there are left alone.\n\n"
	"  taxiway export --format yara --bundle /etc/yara/feeds",
	export_table, NULL, sizeof(struct export_opts), 0, 1, export_run
};
