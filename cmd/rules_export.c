/* SPDX-License-Identifier: BSD-2-Clause */
/* export --format yara … DIR: from the store to a folder, and what to tell. */
#include <string.h>

#include "cmd/clean.h"
#include "cmd/jw.h"
#include "cmd/rules.h"

struct outcome {
	struct rule_set set;
	struct rule_files files;
	struct rule_written written;
	uint64_t rules, twins, others, rejected;
};

static struct tw_str
str(struct slice s)
{
	return (struct tw_str){s.p, s.n};
}

static void
count(struct outcome *x)
{
	const struct out_rule *r;

	for (r = x->set.v; r < x->set.v + x->set.n; r++) {
		x->rules += r->out == NULL;
		x->twins += r->same;
		x->others += r->against.p != NULL && !r->same;
		x->rejected += r->out != NULL && r->against.p == NULL;
	}
}

/* ---- in words -------------------------------------------------------------- */

static void
tell_rule(const struct out_rule *r)
{
	fputs("taxiway: left out: ", stderr);
	print_clean(stderr, r->id.p, r->id.n);
	fputs(" of ", stderr);
	print_clean(stderr, r->source.p, r->source.n);
	fprintf(stderr, ": %s", r->out);
	if (r->said.n > 0)
		fprintf(stderr, ": %.*s", SLICE_ARG(r->said));
	if (r->against.p != NULL) {
		fputs(": that of ", stderr);
		print_clean(stderr, r->against.p, r->against.n);
	}
	fputc('\n', stderr);
}

static void
tell(const struct cmd *c, const struct rules_opts *o, const char *dir,
    const struct outcome *x)
{
	const struct out_rule *r;
	const struct rule_set *s = &x->set;

	for (r = s->v; !c->quiet && r < s->v + s->n; r++)
		if (r->out != NULL && !r->same)
			tell_rule(r);
	if (s->format == RULE_YARA && s->checked == NULL && !o->no_check &&
	    !c->quiet)
		fprintf(stderr, "taxiway: there is no program 'yara': the "
		    "rules are not checked (--no-check says that it is "
		    "known)\n");
	printf("%s: %llu rule%s of %s in %u file%s%s: %u written, %u "
	    "unchanged, %u removed\n", dir, (unsigned long long)x->rules,
	    x->rules == 1 ? "" : "s", rule_format_name((int)s->format),
	    x->files.n, x->files.n == 1 ? "" : "s",
	    o->dry_run ? " (nothing is written)" : "", x->written.written,
	    x->written.kept, x->written.removed);
	printf("left out: %llu the same as others, %llu with the id of "
	    "another, %llu rejected, %llu not active, %llu unreadable\n",
	    (unsigned long long)x->twins, (unsigned long long)x->others,
	    (unsigned long long)x->rejected,
	    (unsigned long long)s->inactive, (unsigned long long)s->unread);
}

/* ---- as JSON --------------------------------------------------------------- */

static void
json_rules(struct jw *j, const struct rule_set *s, bool against)
{
	const struct out_rule *r;

	jw_begin(j, '[');
	for (r = s->v; r < s->v + s->n; r++) {
		if (r->out == NULL || r->same || (r->against.p != NULL) !=
		    against)
			continue;
		jw_begin(j, '{');
		jw_kstr(j, "id", str(r->id));
		jw_kstr(j, "source", str(r->source));
		jw_kstr(j, "object", str(r->object));
		jw_kz(j, "why", r->out);
		if (against)
			jw_kstr(j, "stands", str(r->against));
		else
			jw_kopt(j, "said", str(r->said));
		jw_end(j, '}');
	}
	jw_end(j, ']');
}

static int
tell_json(const struct rules_opts *o, const char *dir,
    const struct outcome *x, struct err *e)
{
	const struct rule_set *s = &x->set;
	struct jw j;

	jw_open(&j, stdout);
	jw_begin(&j, '{');
	jw_kz(&j, "format", rule_format_name((int)s->format));
	jw_kz(&j, "dir", dir);
	jw_kbool(&j, "dry_run", o->dry_run);
	jw_kz(&j, "checked", s->checked);
	jw_knum(&j, "rules", x->rules);
	jw_knum(&j, "files", x->files.n);
	jw_knum(&j, "written", x->written.written);
	jw_knum(&j, "unchanged", x->written.kept);
	jw_knum(&j, "removed", x->written.removed);
	jw_knum(&j, "duplicates", x->twins);
	jw_knum(&j, "inactive", s->inactive);
	jw_knum(&j, "unreadable", s->unread);
	jw_key(&j, "conflicts");
	json_rules(&j, s, true);
	jw_key(&j, "rejected");
	json_rules(&j, s, false);
	jw_end(&j, '}');
	jw_line(&j);
	return jw_close(&j) == 0 || ferror(stdout) ? 0 :
	    err_set(e, ERR_MEMORY, "out of memory");
}

static int
check(struct rule_set *s, const struct rules_opts *o, struct err *e)
{
	int again;

	do {
		if (rules_check(s, o, e) != 0)
			return -1;
		again = rules_next(s, e);
	} while (again > 0);
	return again;
}

int
rules_export(struct cmd *c, enum rule_format f, const struct rules_opts *o,
    const char *dir, struct err *e)
{
	struct outcome x = {.rules = 0};
	int rc;

	rules_init(&x.set, f);
	rc = rules_read(c, o, &x.set, e);
	if (rc == 0)
		rc = rules_choose(&x.set, o, e);
	if (rc == 0 && f == RULE_YARA && !o->no_check)
		rc = check(&x.set, o, e);
	if (rc == 0)
		rc = rules_files(&x.set, o->bundle, &x.files, e);
	if (rc == 0)
		rc = rules_write(dir, f, &x.files, o->dry_run, &x.written, e);
	if (rc == 0) {
		count(&x);
		if (o->json)
			rc = tell_json(o, dir, &x, e);
		else
			tell(c, o, dir, &x);
	}
	rules_files_free(&x.files);
	rules_free(&x.set);
	return rc == 0 ? EXIT_DONE : cmd_status(e);
}
