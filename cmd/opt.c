/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

unsigned
opt_append(struct opt rows[OPT_MAX + 1], unsigned n, const struct opt *table,
    size_t at)
{
	for (; table->kind != OPT_END && n < OPT_MAX; table++) {
		rows[n] = *table;
		rows[n++].offset += at;
	}
	memset(&rows[n], 0, sizeof(rows[n]));
	return n;
}

/* getopt_long() wants two tables of its own making. */
static int
opt_tables(const struct opt *table, bool stop, char *letters,
    struct option *names)
{
	size_t l = 0;
	int n;

	if (stop)
		letters[l++] = '+';
	letters[l++] = ':';
	for (n = 0; n < OPT_MAX && table[n].kind != OPT_END; n++) {
		bool arg = table[n].kind != OPT_FLAG;

		names[n] = (struct option){table[n].name,
			arg ? required_argument : no_argument, NULL, 256 + n};
		if (table[n].letter == 0)
			continue;
		letters[l++] = table[n].letter;
		if (arg)
			letters[l++] = ':';
	}
	letters[l] = '\0';
	names[n] = (struct option){NULL, 0, NULL, 0};
	return n;
}

/* An option that is none, or the beginning of several. */
static int
opt_unknown(const struct opt *table, const char *word, struct err *e)
{
	const struct opt *first = NULL, *second = NULL;
	size_t n = strcspn(word, "=");

	for (; n > 2 && word[1] == '-' && table->kind != OPT_END; table++) {
		if (strncmp(table->name, word + 2, n - 2) != 0)
			continue;
		if (first == NULL)
			first = table;
		else if (second == NULL)
			second = table;
	}
	if (second != NULL)
		return err_set(e, ERR_USAGE, "option '%.*s' is not whole: "
		    "--%s or --%s", (int)n, word, first->name, second->name);
	if (first != NULL && first->kind == OPT_FLAG && word[n] == '=')
		return err_set(e, ERR_USAGE, "option '--%s' takes no argument",
		    first->name);
	return err_set(e, ERR_USAGE, "unknown option '%.*s'", (int)n, word);
}

int
opt_parse(const struct opt *table, int argc, char **argv, bool stop,
    void *into, struct err *e)
{
	char letters[3 * OPT_MAX + 4];
	struct option names[OPT_MAX + 1];
	int c, i, n, known;

	known = opt_tables(table, stop, letters, names);
	optind = 0; /* start over, glibc's and musl's way */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		n = c - 256;
		for (i = 0; n < 0 && i < known; i++)
			if (c != '?' && c != ':' && table[i].letter == c)
				n = i;
		if (n >= 0) {
			if (opt_store(&table[n], optarg, into, e) != 0)
				return -1;
			continue;
		}
		if (c == ':')
			return err_set(e, ERR_USAGE,
			    "option '%s' needs an argument", argv[optind - 1]);
		return opt_unknown(table, argv[optind - 1], e);
	}
	for (n = 0; optind < argc; n++)
		argv[n] = argv[optind++];
	argv[n] = NULL;
	return n;
}

/* Columns of the first `n` bytes: those that do not go on a character. */
static unsigned
columns(const char *text, size_t n)
{
	unsigned width = 0;
	size_t i;

	for (i = 0; i < n; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

void
opt_wrap(FILE *out, const char *text, unsigned indent, unsigned at)
{
	opt_wrap_at(out, text, indent, at, OPT_COLUMNS);
}

void
opt_wrap_at(FILE *out, const char *text, unsigned indent, unsigned at,
    unsigned most)
{
	bool first = true; /* word of a line */

	while (*text != '\0') {
		size_t n = strcspn(text, " \n");
		unsigned width = columns(text, n);

		if (!first && at + 1 + width >= most) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", (int)n, text);
		at += width + !first;
		first = false;
		text += n;
		if (*text == '\n') {
			fprintf(out, "\n%*s", text[1] != '\0' &&
			    text[1] != '\n' ? (int)indent : 0, "");
			at = indent;
			first = true;
		}
		if (*text != '\0')
			text++;
	}
	fputc('\n', out);
}

void
opt_help(const struct opt *table, FILE *out)
{
	for (; table->kind != OPT_END; table++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
		    table->letter != 0 ? "-" : " ",
		    table->letter != 0 ? table->letter : ' ',
		    table->letter != 0 ? ", " : "  ", table->name,
		    table->arg != NULL ? " " : "",
		    table->arg != NULL ? table->arg : "");
		if (strlen(left) <= 28)
			fprintf(out, "  %-28s ", left);
		else
			fprintf(out, "  %s\n  %28s ", left, "");
		opt_wrap(out, table->help, 31, 31);
	}
}
