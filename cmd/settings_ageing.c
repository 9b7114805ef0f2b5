/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings_ageing.h"

#include <string.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "base/value.h"
#include "store/decay.h"

#define LONGEST (LIMIT_AGEING_DAYS * TSTAMP_DAY)

int
reliability_code(const char *word)
{
	if (word == NULL)
		return 0;
	if (word[0] == '\0' || word[1] != '\0')
		return -1;
	if (word[0] >= 'A' && word[0] <= 'F')
		return word[0] - 'A' + 1;
	return word[0] >= 'a' && word[0] <= 'f' ? word[0] - 'a' + 1 : -1;
}

static int
read_duration(const char *key, const char *text, int64_t *to, struct err *e)
{
	if (text == NULL ||
	    duration_parse(slice_str(text), LONGEST, to) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: '%.64s' is no duration of at most "
	    "100 years, such as 30d, 12h or 1d12h", key, text);
}

int
history_settings_read(const struct history_settings *s,
    struct store_history *out, struct err *e)
{
	const struct {
		const char *key, *text;
		int64_t *to;
	} rows[] = {
	    {"history", s->ended, &out->ended},
	    {"history-matched", s->matched, &out->matched},
	    {"history-ids", s->ids, &out->ids},
	};
	size_t i;

	*out = (struct store_history){.ended = 0};
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (read_duration(rows[i].key, rows[i].text, rows[i].to,
		    e) != 0)
			return -1;
		/* None is as short as can be; 0 would be the default. */
		if (rows[i].text != NULL && *rows[i].to == 0)
			*rows[i].to = 1;
	}
	return 0;
}

/* "2100", or a time of RFC 3339. */
static int
read_never(const char *text, int64_t *to, struct err *e)
{
	char full[] = "0000-01-01T00:00:00Z";

	if (text == NULL)
		return 0;
	if (strlen(text) == 4 && strspn(text, "0123456789") == 4) {
		memcpy(full, text, 4);
		text = full;
	}
	if (tstamp_parse(slice_str(text), to) == 0 && *to >= 0)
		return 0;
	return err_set(e, ERR_CONFIG, "ageing-never: '%.64s' is neither a year "
	    "from 1970 on nor an RFC 3339 time", text);
}

/* The line of a type, made where it is missing; NULL when there is no room. */
static struct ageing_line *
line_of(struct ageing *a, uint8_t type)
{
	unsigned i;

	for (i = 0; i < a->nlines; i++) {
		if (a->lines[i].type == type)
			return &a->lines[i];
	}
	if (a->nlines == LIMIT_AGEING_LINES)
		return NULL;
	a->lines[a->nlines] = (struct ageing_line){.type = type};
	return &a->lines[a->nlines++];
}

static int
read_ttl(struct ageing_line *l, const char *text, struct err *e)
{
	return read_duration("ageing-ttl", text, &l->ttl, e);
}

static int
read_base(struct ageing_line *l, const char *text, struct err *e)
{
	int code = ageing_base_code(slice_str(text));

	if (code < 0)
		return err_set(e, ERR_CONFIG, "ageing-base: '%.64s' is none of "
		    "first-seen, last-seen, created, modified, valid-from",
		    text);
	l->base = (uint8_t)code;
	return 0;
}

/* A decimal number with at most three digits behind the point, in
 * thousandths; -1. */
static int64_t
thousandths(struct slice s)
{
	int64_t n = 0, unit = 1000;
	bool behind = false;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && !behind && i > 0 && i + 1 < s.n) {
			behind = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9' || n > 1000000000 ||
		    (behind && unit == 1))
			return -1;
		n = n * 10 + (s.p[i] - '0');
		if (behind)
			unit /= 10;
	}
	return s.n == 0 ? -1 : n * unit;
}

/* The next of the words that a '/' parts; absent behind the last. */
static struct slice
next_word(const char **text)
{
	struct slice word = {*text, 0};

	if (*text == NULL)
		return SLICE_NONE;
	word.n = strcspn(*text, "/");
	*text = word.p[word.n] == '/' ? word.p + word.n + 1 : NULL;
	return word;
}

/* "TAU/DELTA/THRESHOLD[/UNSTATED]" */
static int
read_parameters(struct ageing_line *l, const char *text)
{
	int64_t tau, n[3] = {0, 0, 50000};
	struct slice word = next_word(&text);
	unsigned i;

	if (duration_parse(word, LONGEST, &tau) != 0 || tau == 0)
		return -1;
	for (i = 0; i < 3; i++) {
		word = next_word(&text);
		if (word.p == NULL && i == 2)
			break;
		if (word.p == NULL || (n[i] = thousandths(word)) < 0)
			return -1;
	}
	if (text != NULL || n[0] == 0 || n[0] > LIMIT_AGEING_DELTA ||
	    n[1] > 100000 || n[1] % 1000 != 0 || n[2] > 100000 ||
	    n[2] % 1000 != 0)
		return -1;
	l->tau = tau;
	l->delta = (uint32_t)n[0];
	l->threshold = (uint8_t)(n[1] / 1000);
	l->unstated = (uint8_t)(n[2] / 1000);
	return 0;
}

static int
read_decay(struct ageing_line *l, const char *text, struct err *e)
{
	const struct decay_model *m = decay_named(slice_str(text));

	if (m != NULL) {
		l->tau = m->decay.tau;
		l->delta = m->decay.delta;
		l->threshold = m->decay.threshold;
		l->unstated = m->unstated;
		return 0;
	}
	if (strcmp(text, "none") == 0) {
		l->tau = 0;
		return 0;
	}
	if (read_parameters(l, text) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "ageing-decay: '%.64s' is no model of "
	    "taxiway.yaml(5) and not 'none' or LIFETIME/DELTA/THRESHOLD"
	    "[/UNSTATED] such as 120d/2.3/30", text);
}

typedef int line_read_fn(struct ageing_line *l, const char *text,
    struct err *e);

/* Values for all types (no key, or "default") and for some. */
static int
read_map(const char *key, const struct opt_map *m, line_read_fn *one,
    struct ageing *a, struct err *e)
{
	const struct opt_pair *p;
	struct ageing_line *l;
	uint8_t type;
	uint32_t i;

	for (i = 0; i < m->n; i++) {
		p = &m->v[i];
		type = VALUE_NONE;
		if (p->key != NULL && strcmp(p->key, "default") != 0) {
			type = (uint8_t)value_type_code(slice_str(p->key));
			if (type == VALUE_NONE)
				return err_set(e, ERR_CONFIG, "%s: '%.64s' is "
				    "no value type; 'taxiway types' lists them",
				    key, p->key);
		}
		l = line_of(a, type);
		if (l == NULL)
			return err_set(e, ERR_CONFIG, "%s: more than %d types "
			    "with rules of their own", key, LIMIT_AGEING_LINES);
		if (one(l, p->value, e) != 0)
			return -1;
	}
	return 0;
}

/* What a type does not say for itself is what all others have: a base alone
 * does not take away the time to live. */
static void
fill_lines(struct ageing *a, const struct ageing_settings *s)
{
	const struct ageing_line *rest = NULL;
	struct ageing_line *l;
	unsigned i;
	uint32_t k;

	for (i = 0; i < a->nlines; i++) {
		if (a->lines[i].type == VALUE_NONE)
			rest = &a->lines[i];
	}
	for (i = 0; rest != NULL && i < a->nlines; i++) {
		const struct opt_map *maps[] = {&s->ttl, &s->base, &s->decay};
		bool own[3] = {false};
		unsigned j;

		l = &a->lines[i];
		if (l == rest)
			continue;
		for (j = 0; j < 3; j++) {
			for (k = 0; k < maps[j]->n; k++) {
				const char *key = maps[j]->v[k].key;

				if (key != NULL && l->type == (uint8_t)
				    value_type_code(slice_str(key)))
					own[j] = true;
			}
		}
		if (!own[0])
			l->ttl = rest->ttl;
		if (!own[1])
			l->base = rest->base;
		if (!own[2]) {
			l->tau = rest->tau;
			l->delta = rest->delta;
			l->threshold = rest->threshold;
			l->unstated = rest->unstated;
		}
	}
}

int
ageing_settings_read(const struct ageing_settings *s, struct ageing *a,
    struct err *e)
{
	int code;

	ageing_default(a);
	if (s->until != NULL) {
		code = ageing_until_code(slice_str(s->until));
		if (code < 0)
			return err_set(e, ERR_CONFIG, "ageing-valid-until: "
			    "'%.64s' is none of honour, cap, floor, ignore",
			    s->until);
		a->until = (uint8_t)code;
	}
	if (read_duration("ageing-max-validity", s->max_validity,
	    &a->max_validity, e) != 0 ||
	    read_duration("ageing-max-future", s->max_future, &a->max_future,
	    e) != 0 ||
	    read_duration("ageing-freeze", s->freeze, &a->freeze, e) != 0 ||
	    read_duration("ageing-expected", s->expected, &a->expected,
	    e) != 0 ||
	    read_never(s->never, &a->never, e) != 0 ||
	    read_map("ageing-ttl", &s->ttl, read_ttl, a, e) != 0 ||
	    read_map("ageing-base", &s->base, read_base, a, e) != 0 ||
	    read_map("ageing-decay", &s->decay, read_decay, a, e) != 0)
		return -1;
	fill_lines(a, s);
	return 0;
}
