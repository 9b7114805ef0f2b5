/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules to files: what stands in them, and what they are called. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/grow.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "cmd/rules.h"

#define NAME_BYTES 100 /* of a file's name that come from the rule */

static const struct {
	const char *comment, *end, *bundle;
} formats[RULE_FORMATS] = {
	[RULE_YARA] = {"// ", ".yar", "taxiway.yar"},
	[RULE_SIGMA] = {"# ", ".yml", "taxiway.yml"},
	[RULE_SURICATA] = {"# ", ".rules", "taxiway.rules"},
	[RULE_SNORT] = {"# ", ".rules", "taxiway.rules"},
};

/* ---- what stands in them --------------------------------------------------- */

/* Text in a comment of one line: nothing in it may end that, and the line shall
 * not read as a rule of its own. */
static void
print_clean_text(struct buf *out, struct slice s)
{
	size_t from = out->n;

	buf_slice(out, s);
	if (!buf_ok(out))
		return;
	utf8_clean(out->p + from, out->n - from);
	for (; from < out->n; from++)
		if (out->p[from] == '\\')
			out->p[from] = '?';
}

static void
print_time(struct buf *out, const char *word, int64_t t)
{
	char text[TSTAMP_TEXT_MAX];

	if (t == TSTAMP_NONE || t >= TW_TIME_NEVER)
		return;
	tstamp_format(t, 0, text);
	buf_printf(out, ", %s %s", word, text);
}

static void
print_head(const struct rule_set *s, const struct out_rule *r,
    struct buf *out)
{
	buf_str(out, formats[s->format].comment);
	buf_str(out, "taxiway: ");
	print_clean_text(out, r->sources);
	buf_str(out, ", ");
	print_clean_text(out, r->object);
	print_time(out, "from", r->valid_from);
	print_time(out, "until", r->valid_until);
	if (tlp_name(r->tlp) != NULL)
		buf_printf(out, ", TLP:%s", tlp_name(r->tlp));
	if (r->confidence != TW_UNKNOWN)
		buf_printf(out, ", confidence %u", r->confidence);
	buf_char(out, '\n');
}

void
rules_print(const struct rule_set *s, const struct out_rule *r,
    struct buf *out)
{
	uint32_t i;

	print_head(s, r, out);
	for (i = 0; i < r->nimports; i++)
		buf_printf(out, "import \"%.*s\"\n", SLICE_ARG(r->imports[i]));
	buf_slice(out, r->text);
	buf_char(out, '\n');
}

/* ---- what they are called -------------------------------------------------- */

bool
rules_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* A name that any system takes.  What is changed, or cut, is told apart by a
 * digest of the whole. */
static struct slice
name_of(struct rule_files *f, const char *end, struct slice id)
{
	char text[NAME_BYTES + 32];
	size_t i, n = 0;
	bool changed = id.n > NAME_BYTES || id.n == 0;

	if (id.n == 0 || !rules_plain(id.p[0]) || id.p[0] == '.' ||
	    id.p[0] == '-') {
		text[n++] = '_';
		changed = true;
	}
	for (i = 0; i < id.n && n < NAME_BYTES; i++) {
		bool plain = rules_plain(id.p[i]);

		changed |= !plain;
		if (plain)
			text[n++] = id.p[i];
		else if (n > 0 && text[n - 1] != '_')
			text[n++] = '_';
	}
	if (changed)
		n += (size_t)snprintf(text + n, 20, "-%016llx",
		    (unsigned long long)digest64(id.p, id.n, 0));
	n += (size_t)snprintf(text + n, 8, "%s", end);
	return arena_slice(&f->arena, (struct slice){text, n});
}

/* ---- files ----------------------------------------------------------------- */

static int
add_file(struct rule_files *f, struct slice name, size_t from, struct err *e)
{
	struct rule_file *v;

	if (f->n == f->cap) {
		v = grow(f->v, &f->cap, sizeof(*v));
		if (v == NULL)
			return err_set(e, ERR_MEMORY, "out of memory");
		f->v = v;
	}
	/* offsets now, pointers when the text has stopped moving */
	f->v[f->n++] = (struct rule_file){name, {NULL, f->text.n - from}};
	return name.p != NULL && buf_ok(&f->text) ? 0 : err_set(e, ERR_LIMIT,
	    "the rules take more than %u MiB", LIMIT_EXPORT_RULES / MIB(1));
}

static int
by_name(const void *pa, const void *pb)
{
	const struct rule_file *a = pa, *b = pb;

	return slice_order(a->name, b->name);
}

/* Rules of one file: a group, or all that a bundle holds. */
static int
add_rules(const struct rule_set *s, struct rule_files *f, uint32_t from,
    uint32_t to, bool bundle, struct err *e)
{
	size_t begin = f->text.n;
	const struct out_rule *r = NULL, *name = NULL;
	uint32_t i, n = 0;

	for (i = from; i < to; i++) {
		r = &s->v[s->order[i]];
		if (r->out != NULL || (bundle && r->many))
			continue;
		if (n++ > 0)
			buf_str(&f->text, s->format == RULE_SIGMA ? "---\n" :
			    s->format == RULE_YARA ? "\n" : "");
		/* The group's name, where that rule is still in it. */
		if (name == NULL || s->order[i] == r->group ||
		    (name->is_private && !r->is_private))
			name = r;
		rules_print(s, r, &f->text);
	}
	if (n == 0 && !bundle)
		return 0;
	return add_file(f, bundle ? slice_str(formats[s->format].bundle) :
	    name_of(f, formats[s->format].end, name->id), begin, e);
}

int
rules_files(const struct rule_set *s, bool bundle, struct rule_files *f,
    struct err *e)
{
	const struct out_rule *r;
	const char *at;
	uint32_t i, to;

	memset(f, 0, sizeof(*f));
	arena_init(&f->arena, LIMIT_EXPORT_RULES);
	buf_init(&f->text, LIMIT_EXPORT_RULES);
	if (bundle && add_rules(s, f, 0, s->norder, true, e) != 0)
		return -1;
	for (i = 0; i < s->norder; i = to) {
		r = &s->v[s->order[i]];
		for (to = i + 1; to < s->norder &&
		    s->v[s->order[to]].group == r->group; to++)
			;
		/* Several documents that belong together are no part of a
		 * bundle: they would say something about its others. */
		if ((!bundle || r->many) && add_rules(s, f, i, to, false,
		    e) != 0)
			return -1;
	}
	for (i = 0, at = f->text.p; i < f->n; at += f->v[i++].text.n)
		f->v[i].text.p = at;
	if (f->n > 0)
		qsort(f->v, f->n, sizeof(f->v[0]), by_name);
	return 0;
}

void
rules_files_free(struct rule_files *f)
{
	arena_free(&f->arena);
	buf_free(&f->text);
	free(f->v);
}
