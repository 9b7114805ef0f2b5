/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/progress.h"

#include <string.h>

#include "base/tstamp.h"
#include "base/utf8.h"
#include "cmd/cmd.h"

#define LINE_MAX_BYTES 512
#define NAME_COLUMNS 32

void
progress_init(struct progress *p, FILE *out, bool on, const char *name)
{
	*p = (struct progress){out, on, false, name};
}

/* A long name keeps its end, where the file stands. */
static size_t
put_name(const char *name, char *line)
{
	size_t n = strlen(name), cut = 0;

	if (n > NAME_COLUMNS) {
		cut = n - (NAME_COLUMNS - 3);
		while (((unsigned char)name[cut] & 0xc0) == 0x80)
			cut++;
	}
	n -= cut;
	if (cut > 0)
		memcpy(line, "...", 3);
	memcpy(line + (cut > 0 ? 3 : 0), name + cut, n);
	n += cut > 0 ? 3 : 0;
	utf8_clean(line, n);
	return n;
}

int
progress_show(void *ctx, const struct pull_progress *now)
{
	struct progress *p = ctx;
	double seconds = (double)now->elapsed / 1e9;
	long long wait = (long long)((now->waiting + 999999999) / 1000000000);
	double rate = seconds > 0.05 ? (double)now->objects / seconds : 0;
	char line[LINE_MAX_BYTES];
	unsigned width = cmd_columns(p->out);
	size_t n;

	if (!p->on)
		return 0;
	n = put_name(p->name, line);
	snprintf(line + n, sizeof(line) - n, ": %llu objects, %.1f MiB, %.0f/s,"
	    " %llu page%s, %.1f s%s", (unsigned long long)now->objects,
	    (double)now->bytes / (1024 * 1024), rate,
	    (unsigned long long)now->pages, now->pages == 1 ? "" : "s",
	    seconds, now->committing ? ", committing" : "");
	/* What is waited for is the news, so it stands in front. */
	if (now->waiting > TSTAMP_SECOND / 2)
		snprintf(line + n, sizeof(line) - n, ": waiting %lld s before"
		    " the next request (rate); %llu objects, %llu page%s", wait,
		    (unsigned long long)now->objects,
		    (unsigned long long)now->pages, now->pages == 1 ? "" : "s");
	/* A line that wraps could not be written over. */
	n = utf8_cut(slice_str(line), width > 0 ? width - 1 : OPT_COLUMNS - 1);
	fprintf(p->out, "\r\033[K%.*s", (int)n, line);
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
