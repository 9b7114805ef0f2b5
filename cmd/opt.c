/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/opt.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

int
opt_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long long v;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

static int
list_add(struct opt_list *l, char *value, struct err *e)
{
	char **v;

	v = realloc(l->v, (l->n + 1) * sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	l->v = v;
	l->v[l->n++] = value;
	return 0;
}

int
opt_map_add(struct opt_map *m, const char *key, size_t n, char *value,
    struct err *e)
{
	struct opt_pair *v = realloc(m->v, (m->n + 1) * sizeof(*v));

	if (v == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	m->v = v;
	v[m->n] = (struct opt_pair){NULL, value};
	if (key != NULL && (v[m->n].key = strndup(key, n)) == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	m->n++;
	return 0;
}

/* "KEY=VALUE", or a value for all. */
static int
map_store(struct opt_map *m, char *text, struct err *e)
{
	char *equals = strchr(text, '=');

	if (equals == NULL)
		return opt_map_add(m, NULL, 0, text, e);
	return opt_map_add(m, text, (size_t)(equals - text), equals + 1, e);
}

int
opt_store(const struct opt *o, char *value, void *into, struct err *e)
{
	char *place = (char *)into + o->offset;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)place = true;
		return 0;
	case OPT_STRING:
		*(char **)place = value;
		return 0;
	case OPT_NUMBER:
		if (opt_number(value, o->min, o->max, (uint32_t *)place) == 0)
			return 0;
		return err_set(e, ERR_USAGE,
		    "--%s: '%s' is not a number from %u to %u", o->name, value,
		    o->min, o->max);
	case OPT_LIST:
		return list_add((struct opt_list *)place, value, e);
	case OPT_MAP:
		return map_store((struct opt_map *)(void *)place, value, e);
	case OPT_END:
		break;
	}
	return err_set(e, ERR_INTERNAL, "option --%s has no kind", o->name);
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

bool
opt_given(const struct opt *o, const void *from)
{
	const char *place = (const char *)from + o->offset;

	switch (o->kind) {
	case OPT_FLAG:
		return *(const bool *)place;
	case OPT_STRING:
		return *(char *const *)(const void *)place != NULL;
	case OPT_NUMBER:
		return *(const uint32_t *)(const void *)place != 0;
	case OPT_LIST:
		return ((const struct opt_list *)(const void *)place)->n > 0;
	case OPT_MAP:
		return ((const struct opt_map *)(const void *)place)->n > 0;
	case OPT_END:
		break;
	}
	return false;
}

static void
map_free(struct opt_map *m)
{
	uint32_t i;

	for (i = 0; i < m->n; i++)
		free(m->v[i].key);
	free(m->v);
	*m = (struct opt_map){NULL, 0};
}

void
opt_free(const struct opt *table, void *from)
{
	for (; table->kind != OPT_END; table++) {
		void *place = (char *)from + table->offset;

		if (table->kind == OPT_LIST) {
			free(((struct opt_list *)place)->v);
			*(struct opt_list *)place = (struct opt_list){NULL, 0};
		} else if (table->kind == OPT_MAP) {
			map_free(place);
		}
	}
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
	bool first = true; /* word of a line */

	while (*text != '\0') {
		size_t n = strcspn(text, " \n");
		unsigned width = columns(text, n);

		if (!first && at + 1 + width >= OPT_COLUMNS) {
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
