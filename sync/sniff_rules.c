/* SPDX-License-Identifier: BSD-2-Clause */
/* Detection rules: those of the format that finds more of them than it finds
 * broken. */
#include <string.h>

#include "sync/rule.h"
#include "sync/sniff_int.h"
#include "sync/wordlist.h"

struct seen {
	struct wordlist *list;
	unsigned rules, bad, snort;
	unsigned listing;        /* that name what they match, as lists do */
};

static bool
holds(struct slice text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static int
on_rule(void *ctx, const struct rule *r, uint64_t offset, struct err *e)
{
	static const char *const snort[] = {"service:", "metadata:policy ",
	    "ruleset community", "alert http (", "alert file ("};
	struct slice words[WORDLIST_MAX];
	struct seen *seen = ctx;

	(void)offset, (void)e;
	seen->rules++;
	seen->listing += wordlist_take(seen->list, r->text, words,
	    WORDLIST_MAX) > 0;
	for (size_t i = 0; i < ARRAY_LEN(snort); i++) {
		if (!holds(r->text, snort[i]))
			continue;
		seen->snort++;
		break;
	}
	return 0;
}

static int
on_bad(void *ctx, struct slice text, uint64_t offset, const char *why,
    struct err *e)
{
	struct seen *seen = ctx;

	(void)text, (void)offset, (void)why, (void)e;
	seen->bad++;
	return 0;
}

/* The last rule may be cut, and is told as broken then. */
static bool
cut(enum rule_format format, struct slice head, struct seen *seen)
{
	const struct rule_sink sink = {on_rule, on_bad, seen};
	struct rule_cut *c = rule_cut_new(format, &sink, NULL);
	bool good = c != NULL && rule_cut_text(c, head, NULL) == 0;

	rule_cut_free(c);
	return good && seen->rules > 0 && seen->bad <= seen->rules;
}

static bool
propose(enum rule_format format, const struct seen *seen, struct arena *a,
    struct sniff *s)
{
	const char *name;

	/* Rules that are a list in disguise: addresses, names of hosts. */
	if (format == RULE_SURICATA && seen->listing * 2 > seen->rules)
		return false;
	if (format == RULE_SURICATA && seen->snort * 2 > seen->rules)
		format = RULE_SNORT;
	name = rule_format_name((int)format);
	s->feed = true;
	sniff_what(s, "rules (%s)", name);
	sniff_set(s, a, "kind", SLICE("rules"));
	sniff_set(s, a, "rules-format", slice_str(name));
	return true;
}

bool
sniff_rules(struct slice head, struct arena *a, struct sniff *s)
{
	static const enum rule_format formats[] = {RULE_YARA, RULE_SIGMA,
	    RULE_SURICATA};
	char syntax[] = "lines-syntax=rules", *lines[] = {syntax};
	struct feed_options options;
	struct wordlist list;
	bool found = false;

	if (feed_options_parse(lines, 1, &options, NULL) != 0)
		return false;
	if (wordlist_init(&list, &options, NULL) == 0) {
		for (size_t i = 0; !found && i < ARRAY_LEN(formats); i++) {
			struct seen seen = {.list = &list};

			found = cut(formats[i], head, &seen) &&
			    propose(formats[i], &seen, a, s);
		}
		wordlist_free(&list);
	}
	feed_options_free(&options);
	return found;
}
