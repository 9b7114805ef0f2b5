/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/progress.h"

void
progress_init(struct progress *p, FILE *out, bool on, const char *name)
{
	*p = (struct progress){out, on, false, name};
}

int
progress_show(void *ctx, const struct pull_progress *now)
{
	struct progress *p = ctx;
	double seconds = (double)now->elapsed / 1e9;
	double rate = seconds > 0.05 ? (double)now->objects / seconds : 0;

	if (!p->on)
		return 0;
	fprintf(p->out, "\r\033[K%.40s: %llu objects, %.1f MiB, %.0f/s, %llu "
	    "page%s, %.1f s%s", p->name, (unsigned long long)now->objects,
	    (double)now->bytes / (1024 * 1024), rate,
	    (unsigned long long)now->pages, now->pages == 1 ? "" : "s",
	    seconds, now->committing ? ", committing" : "");
	fflush(p->out);
	p->shown = true;
	return 0;
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", p->out);
	fflush(p->out);
	p->shown = false;
}
