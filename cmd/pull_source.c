/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pull_source.h"

#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/jw.h"
#include "store/guard.h"
#include "store/store.h"

/* Does the source list all that it has, each time? */
static bool
is_whole(const struct settings *s)
{
	return s->listing != NULL && strcmp(s->listing, "snapshot") == 0;
}

int
pull_source_make(struct pull_source *p, const struct settings *s,
    const char *base, const struct settings_programs *where, struct err *e)
{
	const struct config *config = where->config;
	struct err unused = ERR_INIT;
	int rc;

	p->values = NULL;
	p->limit = (struct store_limit){0, 0};
	p->announce = s->schedule.floor != NULL;
	rc = settings_job(s, base, where, &p->job, e);
	/* Also of a poll that cannot begin: that is recorded under these. */
	if (guard_settings_read(&s->guards, base, is_whole(s), &p->guards,
	    &p->values, rc == 0 ? e : &unused) != 0 || rc != 0)
		return -1;
	p->job.sandbox = (uint8_t)where->sandbox;
	if (config != NULL) {
		p->limit = (struct store_limit){config->numbers.max_bytes,
		    config->numbers.min_free};
		config_hide(config, &p->job.exec.fence);
	}
	return 0;
}

void
pull_source_opts(const struct pull_source *p, struct pull_opts *o)
{
	o->guards = &p->guards;
	o->announce = p->announce;
	if (p->limit.max_bytes != 0 || p->limit.min_free != 0)
		o->limit = &p->limit;
}

void
pull_source_free(struct pull_source *p)
{
	guard_free(p->values);
	job_free(&p->job);
}

int
pull_allow(const char *store, const struct config *config, struct err *e)
{
	struct store *s;
	bool changed;
	int rc;

	if (store_open(store, tstamp_now(), &s, e) != 0)
		return -1;
	/* The poll's upkeep, or the next, does what follows. */
	rc = allow_lists_follow(s, &config->daemon.allow, config->dir,
	    &changed, e);
	store_close(s);
	return rc;
}

int
pull_source_status(const struct pull_source *p, const struct settings *s,
    struct err *e)
{
	if (e->code == ERR_NONE)
		return EXIT_DONE;
	if (cmd_status(e) == EXIT_STORE)
		return EXIT_STORE;
	/* A name that was made of file or URL says no more than these do. */
	if (strncmp(e->text, "source '", 8) != 0 &&
	    (s->name != NULL || strstr(e->text, p->job.name) == NULL))
		err_context(e, "%s", p->job.name);
	return EXIT_SOURCE;
}

void
pull_result_text(FILE *out, const char *name, const struct pull_result *r, bool dry)
{
	const struct store_counts *n = &r->counts;
	const struct {
		uint64_t n;
		const char *word;
	} absence[] = {{n->missing, "missing"}, {n->withdrawn, "withdrawn"},
	    {n->returned, "returned"}};
	const char *sep = "";
	unsigned i;

	print_clean(out, name, strlen(name));
	fprintf(out, ": %s%s%llu new, %llu updated, %llu unchanged, ",
	    dry ? "(dry run) " : "", r->same ? "(not modified) " : "",
	    (unsigned long long)n->added, (unsigned long long)n->updated,
	    (unsigned long long)n->unchanged);
	if (n->older > 0)
		fprintf(out, "%llu older, ", (unsigned long long)n->older);
	if (n->stale > 0)
		fprintf(out, "%llu stale on arrival, ",
		    (unsigned long long)n->stale);
	if (n->bad_dates > 0)
		fprintf(out, "%llu with a bad valid_until, ",
		    (unsigned long long)n->bad_dates);
	fprintf(out, "%llu revoked, %llu rejected", (unsigned long long)n->revoked,
	    (unsigned long long)n->rejected);
	for (i = 0; i < REJECT_REASONS; i++) {
		if (n->reasons[i] == 0)
			continue;
		fprintf(out, "%s%s %llu", sep[0] != '\0' ? sep : " (",
		    reject_name((int)i), (unsigned long long)n->reasons[i]);
		sep = ", ";
	}
	fprintf(out, "%s; %llu values, %llu claims", sep[0] != '\0' ? ")" : "",
	    (unsigned long long)n->values, (unsigned long long)n->claims);
	for (i = 0; i < ARRAY_LEN(absence); i++) {
		if (absence[i].n > 0)
			fprintf(out, ", %llu %s",
			    (unsigned long long)absence[i].n, absence[i].word);
	}
	putc('\n', out);
}

void
pull_result_json(FILE *out, const char *name, const struct pull_result *r, bool dry,
    const struct err *e)
{
	const struct store_counts *n = &r->counts;
	char seconds[32];
	struct jw j;
	unsigned i;

	jw_open(&j, out);
	jw_begin(&j, '{');
	jw_kz(&j, "source", name);
	jw_kbool(&j, "complete", r->complete);
	jw_kbool(&j, "dry_run", dry);
	jw_kbool(&j, "not_modified", r->same);
	jw_knum(&j, "new", n->added);
	jw_knum(&j, "updated", n->updated);
	jw_knum(&j, "unchanged", n->unchanged);
	jw_knum(&j, "older", n->older);
	jw_knum(&j, "stale_on_arrival", n->stale);
	jw_knum(&j, "bad_dates", n->bad_dates);
	jw_knum(&j, "revoked", n->revoked);
	jw_knum(&j, "rejected", n->rejected);
	jw_key(&j, "rejected_by");
	jw_begin(&j, '{');
	for (i = 0; i < REJECT_REASONS; i++)
		if (n->reasons[i] > 0)
			jw_knum(&j, reject_name((int)i), n->reasons[i]);
	jw_end(&j, '}');
	/* Of a part nobody says how much there is. */
	if (n->whole)
		jw_knum(&j, "listed", n->listed);
	else
		jw_kz(&j, "listed", NULL);
	jw_knum(&j, "values", n->values);
	jw_knum(&j, "claims", n->claims);
	jw_knum(&j, "patterns", n->patterns);
	jw_knum(&j, "missing", n->missing);
	jw_knum(&j, "withdrawn", n->withdrawn);
	jw_knum(&j, "returned", n->returned);
	jw_kz(&j, "held", n->held != HELD_NOT ? held_name(n->held) : NULL);
	jw_key(&j, "requests");
	jw_begin(&j, '{');
	for (i = 0; i < TALLY_CLASSES; i++)
		if (r->requests[i] > 0)
			jw_knum(&j, tally_name((int)i), r->requests[i]);
	jw_end(&j, '}');
	jw_knum(&j, "pages", r->progress.pages);
	jw_knum(&j, "bytes", r->progress.bytes);
	jw_knum(&j, "objects", r->progress.objects);
	jw_knum(&j, "commits", n->commits);
	jw_key(&j, "seconds");
	snprintf(seconds, sizeof(seconds), "%.3f",
	    (double)r->progress.elapsed / 1e9);
	jw_raw(&j, slice_str(seconds));
	jw_kz(&j, "error", e->code != ERR_NONE ? e->text : NULL);
	jw_end(&j, '}');
	jw_line(&j);
	jw_close(&j);
}
