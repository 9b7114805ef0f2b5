/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/show_allow.h"

#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"

void
allow_mode_json(struct jw *j, int mode, unsigned cap)
{
	jw_kz(j, "mode", tw_allow_mode_name(mode));
	if (mode == TW_MODE_CAP)
		jw_knum(j, "cap", cap);
}

static void
entry_json(struct jw *j, const struct tw_allow *a)
{
	jw_begin(j, '{');
	jw_kstr(j, "list", a->list);
	jw_kopt(j, "version", a->version);
	allow_mode_json(j, a->mode, a->cap);
	jw_kz(j, "entry", a->entry);
	jw_kz(j, "how", a->how);
	jw_kbool(j, "of_query", a->probe != 0);
	jw_kopt(j, "reason", a->reason);
	jw_kopt(j, "by", a->by);
	jw_ktime(j, "since", a->added);
	jw_ktime(j, "expires", a->expires);
	jw_end(j, '}');
}

void
allow_json(struct jw *j, tw_snapshot *snap, const struct tw_match *m)
{
	struct tw_allow a;
	size_t pos = 0;

	jw_key(j, "suppressed_by");
	if (m->state == TW_SUPPRESSED && tw_allow_next(snap, m, &pos, &a) ==
	    TW_OK)
		jw_text(j, a.list.p, a.list.n);
	else
		jw_null(j);
	jw_key(j, "allow");
	jw_begin(j, '[');
	for (pos = 0; tw_allow_next(snap, m, &pos, &a) == TW_OK;)
		entry_json(j, &a);
	jw_end(j, ']');
}

static void
entry_text(FILE *out, const struct tw_allow *a)
{
	static const char *const words[] = {[TW_MODE_INFORM] = "named by",
	    [TW_MODE_CAP] = "capped by", [TW_MODE_BLOCK] = "suppressed by"};
	char text[TSTAMP_TEXT_MAX];

	fprintf(out, "  %-14s", words[a->mode]);
	print_clean(out, a->list.p, a->list.n);
	if (a->version.n != 0) {
		fprintf(out, " (version ");
		print_clean(out, a->version.p, a->version.n);
		fputc(')', out);
	}
	fprintf(out, ": %s ", a->how);
	print_clean(out, a->entry, strlen(a->entry));
	if (a->mode == TW_MODE_CAP)
		fprintf(out, ", confidence at most %u", a->cap);
	if (a->probe)
		fprintf(out, " (it holds what was asked for)");
	if (a->expires != TW_TIME_NEVER) {
		tstamp_format(a->expires, 0, text);
		fprintf(out, ", until %s", text);
	}
	if (a->reason.n != 0) {
		fprintf(out, ": ");
		print_clean(out, a->reason.p, a->reason.n);
	}
	if (a->by.n != 0) {
		fprintf(out, ", by ");
		print_clean(out, a->by.p, a->by.n);
	}
	if (a->reason.n == 0 && a->description.n != 0) {
		fprintf(out, ": ");
		print_clean(out, a->description.p, a->description.n);
	}
	fputc('\n', out);
}

void
allow_text(FILE *out, tw_snapshot *snap, const struct tw_match *m,
    size_t most)
{
	struct tw_allow a;
	size_t pos = 0;

	while (tw_allow_next(snap, m, &pos, &a) == TW_OK)
		if (pos <= most)
			entry_text(out, &a);
	if (pos > most)
		fprintf(out, "  %-14sand %zu more lists\n", "", pos - most);
}

void
allow_word(FILE *out, tw_snapshot *snap, const struct tw_match *m)
{
	struct tw_allow a;
	size_t pos = 0;

	if (m->state != TW_SUPPRESSED ||
	    tw_allow_next(snap, m, &pos, &a) != TW_OK)
		return;
	fprintf(out, "  by ");
	print_clean(out, a.list.p, a.list.n);
}
