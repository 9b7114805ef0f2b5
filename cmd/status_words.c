/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/status_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "base/utf8.h"
#include "cmd/clean.h"
#include "cmd/opt.h"
#include "taxiway.h"

#define INDENT 16 /* of a label's text */

const char *
words_span(int64_t t, char out[WORDS_SPAN])
{
	static const struct {
		int64_t unit, below;
		char letter;
	} units[] = {
		{1, 120, 's'}, {60, 2 * 3600, 'm'}, {3600, 2 * 86400, 'h'},
		{86400, INT64_C(2) * 365 * 86400, 'd'},
		{INT64_C(365) * 86400, INT64_MAX, 'y'},
	};
	size_t i = 0;

	t = t > 0 ? t / TSTAMP_SECOND : 0;
	while (t >= units[i].below)
		i++;
	snprintf(out, WORDS_SPAN, "%lld%c", (long long)(t / units[i].unit),
	    units[i].letter);
	return out;
}

void
words_label(const char *name)
{
	printf("  %-13s ", name);
}

void
words_fill(unsigned width, struct slice s, unsigned indent, unsigned at)
{
	char *text = width != 0 ? strndup(s.p, s.n) : NULL;

	if (text != NULL) {
		utf8_clean(text, strlen(text));
		opt_wrap_at(stdout, text, indent, at, width);
	} else {
		print_clean(stdout, s.p, s.n);
		putchar('\n');
	}
	free(text);
}

void
words_paragraph(unsigned width, const char *name, struct slice s)
{
	if (s.n == 0)
		return;
	words_label(name);
	words_fill(width, s, INDENT, INDENT);
}

void
words_when(const char *name, int64_t t)
{
	char text[TSTAMP_TEXT_MAX];

	if (t == TW_TIME_NONE || t == 0)
		return;
	tstamp_format(t, 0, text);
	words_label(name);
	printf("%s\n", text);
}

void
words_number(const char *name, uint64_t n, const char *of)
{
	words_label(name);
	printf("%llu%s\n", (unsigned long long)n, of);
}

unsigned
words_columns(const char *text, unsigned most, size_t *bytes)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80 && n++ == most) {
			n--;
			break;
		}
	}
	*bytes = i;
	return n;
}

void
words_cell(const char *text, unsigned width, bool last)
{
	size_t n;
	unsigned columns = words_columns(text, UINT32_MAX, &n);
	bool cut = columns > width;

	if (cut)
		columns = words_columns(text, width - 1, &n) + 1;
	print_clean(stdout, text, n);
	printf("%s%*s", cut ? "…" : "", last ? 0 : (int)(width - columns), "");
}
