/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/status_check.h"

#include <string.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "cmd/daemon_view.h"

#define TOLD 5       /* problems that the line tells in full */
#define ERROR_MAX 160 /* bytes of an error in it */
#define TERM_MOST (36500 * TSTAMP_DAY)

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

static const char *
condition_name(unsigned i)
{
	return i < HEALTH_STATES ? health_name((enum health_state)i) :
	    i == CONDITION_AGE ? "age" : i == CONDITION_DOWN ? "down" :
	    "refused";
}

/* ---- terms --------------------------------------------------------------- */

static int
term_parse(struct slice word, struct check_terms *out, struct err *e)
{
	const char *sign = memchr(word.p, '=', word.n);
	struct slice name = {word.p, sign != NULL ? (size_t)(sign - word.p) :
	    word.n};
	int64_t after = 0;
	unsigned i;

	for (i = 0; i < CONDITIONS; i++)
		if (slice_is(name, condition_name(i)))
			break;
	if (i == CONDITIONS)
		return err_set(e, ERR_USAGE, "'%.*s' is no condition: ok, late, "
		    "failing, held, auth, moved, stale, paused, off, age, down "
		    "or refused, with =TIME behind it where it must last",
		    SLICE_ARG(name));
	if (sign == NULL ? i == CONDITION_AGE : duration_parse(
	    (struct slice){sign + 1, word.n - name.n - 1}, TERM_MOST,
	    &after) != 0 || i > CONDITION_AGE)
		return err_set(e, ERR_USAGE, "'%.*s': %s", SLICE_ARG(word),
		    i > CONDITION_AGE ? "goes without a time" : "a time such as "
		    "30m or 2d goes behind the =");
	out->after[i] = after;
	return 0;
}

int
check_terms_parse(const char *text, struct check_terms *out, struct err *e)
{
	const char *end;
	unsigned i;

	for (i = 0; i < CONDITIONS; i++)
		out->after[i] = -1;
	for (; *text != '\0'; text = *end != '\0' ? end + 1 : end) {
		end = strchrnul(text, ',');
		if (term_parse((struct slice){text, (size_t)(end - text)}, out,
		    e) != 0)
			return -1;
	}
	return 0;
}

/* ---- judging ------------------------------------------------------------- */

struct checked {
	struct cmd *c;
	const struct daemon_view *view;
	struct check_terms at[CHECK_UNKNOWN]; /* by level; none for CHECK_OK */
	int argc;
	char **argv;
	unsigned count[HEALTH_STATES], sources, told;
	unsigned bad[CHECK_UNKNOWN]; /* sources by level */
	enum check_level worst;
	int64_t oldest;      /* ns since a complete poll, of all sources */
	struct buf text[CHECK_UNKNOWN]; /* problems, critical ones first */
};

static bool
is_asked_for(const struct checked *k, const struct source_view *s)
{
	int i;

	for (i = 0; i < k->argc; i++)
		if (strcmp(k->argv[i], s->name) == 0)
			return true;
	/* What was taken out of the configuration is nobody's concern. */
	return k->argc == 0 && s->configured;
}

/* Since when it has been without a complete poll; 0: it never had one. */
static int64_t
age_of(const struct checked *k, const struct source_view *s)
{
	return s->stored != NULL && s->stored->last_success != 0 ?
	    k->view->now - s->stored->last_success : 0;
}

static bool
holds(const struct checked *k, const struct source_view *s,
    enum check_level level, bool *by_age)
{
	const int64_t *after = k->at[level].after;
	int64_t lasted = s->health.since != 0 ? k->view->now -
	    s->health.since : 0;

	*by_age = after[CONDITION_AGE] >= 0 &&
	    !health_chosen(s->health.state) &&
	    age_of(k, s) > after[CONDITION_AGE];
	return *by_age || (after[s->health.state] >= 0 &&
	    lasted >= after[s->health.state]);
}

static void
take_worst(struct checked *k, enum check_level level)
{
	if (level > k->worst)
		k->worst = level;
}

/* Texts of servers: the plugin's own sign and line ends are not theirs. */
static void
add_clean(struct buf *b, const char *p, size_t n)
{
	for (; n > 0; p++, n--)
		buf_char(b, *p == '|' ? '/' : (unsigned char)*p < ' ' ? ' ' :
		    *p);
}

static void
tell(struct checked *k, const struct source_view *s, enum check_level level,
    bool by_age)
{
	struct buf *b = &k->text[level];
	const struct tw_source *of = s->stored;
	char since[TSTAMP_TEXT_MAX];
	int64_t from = !by_age ? s->health.since :
	    of != NULL ? of->last_success : 0;

	if (k->told++ >= TOLD)
		return;
	buf_str(b, b->n > 0 ? "; " : "");
	add_clean(b, s->name, strlen(s->name));
	buf_printf(b, " %s", by_age ? "without a complete poll" :
	    health_name(s->health.state));
	if (from != 0) {
		tstamp_format(from, 0, since);
		buf_printf(b, " since %s", since);
	}
	if (!by_age && s->health.why != NULL)
		buf_printf(b, " (%s)", s->health.why);
	else if (of != NULL && of->error.n > 0) {
		buf_str(b, " (");
		add_clean(b, of->error.p, of->error.n < ERROR_MAX ?
		    of->error.n : ERROR_MAX);
		buf_str(b, of->error.n > ERROR_MAX ? "...)" : ")");
	}
}

static int
take_source(void *ctx, const struct source_view *s)
{
	struct checked *k = ctx;
	enum check_level level;
	bool by_age;

	if (!is_asked_for(k, s))
		return TW_OK;
	k->sources++;
	k->count[s->health.state]++;
	if (age_of(k, s) > k->oldest)
		k->oldest = age_of(k, s);
	for (level = CHECK_CRITICAL; level > CHECK_OK; level--) {
		if (!holds(k, s, level, &by_age))
			continue;
		k->bad[level]++;
		take_worst(k, level);
		tell(k, s, level, by_age);
		break;
	}
	return TW_OK;
}

/* What is wrong with the daemon concerns all sources. */
static void
take_daemon(struct checked *k)
{
	const struct {
		unsigned condition;
		bool holds;
		const char *text;
	} rows[] = {
		{CONDITION_DOWN, daemon_view_down(k->view, k->c),
		    "the daemon does not run"},
		{CONDITION_REFUSED, json_is_string(json_object_get(
		    k->view->daemon, "refused")),
		    "the daemon runs with an older configuration, the newer one "
		    "is wrong"},
	};
	enum check_level level;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (level = CHECK_CRITICAL; rows[i].holds && level > CHECK_OK;
		    level--) {
			if (k->at[level].after[rows[i].condition] < 0)
				continue;
			take_worst(k, level);
			buf_printf(&k->text[level], "%s%s",
			    k->text[level].n > 0 ? "; " : "", rows[i].text);
			break;
		}
}

/* ---- the line ------------------------------------------------------------ */

static void
print_line(struct checked *k)
{
	const struct buf *critical = &k->text[CHECK_CRITICAL];
	const struct buf *warning = &k->text[CHECK_WARNING];
	unsigned i;

	printf("TAXIWAY %s - %u of %u sources ok", words[k->worst],
	    k->count[HEALTH_OK], k->sources);
	if (k->bad[CHECK_CRITICAL] > 0)
		printf(", %u critical", k->bad[CHECK_CRITICAL]);
	if (k->bad[CHECK_WARNING] > 0)
		printf(", %u with a warning", k->bad[CHECK_WARNING]);
	if (k->count[HEALTH_PAUSED] > 0)
		printf(", %u paused", k->count[HEALTH_PAUSED]);
	if (k->count[HEALTH_OFF] > 0)
		printf(", %u off", k->count[HEALTH_OFF]);
	if (k->count[HEALTH_NEW] > 0)
		printf(", %u new", k->count[HEALTH_NEW]);
	if (critical->n + warning->n > 0)
		printf(": %s%s%s", buf_view(critical).p, critical->n > 0 &&
		    warning->n > 0 ? "; " : "", buf_view(warning).p);
	if (k->told > TOLD)
		printf("; and %u more", k->told - TOLD);
	printf(" | sources=%u", k->sources);
	for (i = 0; i < HEALTH_STATES; i++)
		printf(" %s=%u;;;0;%u", health_name((enum health_state)i),
		    k->count[i], k->sources);
	printf(" oldest=%llds;", (long long)(k->oldest / TSTAMP_SECOND));
	for (i = CHECK_WARNING; i <= CHECK_CRITICAL; i++)
		if (k->at[i].after[CONDITION_AGE] >= 0)
			printf("%lld;", (long long)(k->at[i].
			    after[CONDITION_AGE] / TSTAMP_SECOND));
		else
			putchar(';');
	printf("0\n");
}

int
status_unknown(const struct err *e)
{
	printf("TAXIWAY UNKNOWN - ");
	for (const char *p = e->text; *p != '\0'; p++)
		putchar(*p == '|' ? '/' : *p);
	putchar('\n');
	return CHECK_UNKNOWN;
}

/* A name that neither the store nor the configuration knows is a slip. */
static int
check_names(const struct checked *k, struct err *e)
{
	int i;

	for (i = 0; i < k->argc; i++)
		if (daemon_view_name(k->view, k->c, k->argv[i], e) != 0)
			return -1;
	return 0;
}

static int
check(struct checked *k, struct err *e)
{
	int rc;

	if (check_names(k, e) != 0)
		return -1;
	rc = daemon_view_each(k->view, k->c, take_source, k);
	if (rc != TW_OK)
		return cmd_fail(e, rc, k->c->store);
	if (k->sources == 0)
		return err_set(e, ERR_NOT_FOUND, "%s: no sources", k->c->store);
	take_daemon(k);
	print_line(k);
	return 0;
}

int
status_check(struct cmd *c, const struct check_opts *o, int argc, char **argv)
{
	struct checked k = {.c = c, .argc = argc, .argv = argv};
	struct daemon_view view;
	struct err e = ERR_INIT;
	int rc = -1;

	if (check_terms_parse(o->warning != NULL ? o->warning :
	    CHECK_WARNING_DEFAULT, &k.at[CHECK_WARNING], &e) != 0)
		err_context(&e, "--warning");
	else if (check_terms_parse(o->critical != NULL ? o->critical :
	    CHECK_CRITICAL_DEFAULT, &k.at[CHECK_CRITICAL], &e) != 0)
		err_context(&e, "--critical");
	/* Without the configuration nobody knows what is late. */
	if (e.code == ERR_NONE && (c->config_path != NULL ||
	    c->store_given == NULL))
		(void)!cmd_config(c, &e);
	buf_reset(&c->more);
	if (e.code != ERR_NONE || cmd_open(c, &e) != 0)
		return status_unknown(&e);
	buf_init(&k.text[CHECK_WARNING], KIB(4));
	buf_init(&k.text[CHECK_CRITICAL], KIB(4));
	daemon_view_open(&view, c);
	k.view = &view;
	rc = check(&k, &e);
	daemon_view_close(&view);
	buf_free(&k.text[CHECK_WARNING]);
	buf_free(&k.text[CHECK_CRITICAL]);
	return rc == 0 ? (int)k.worst : status_unknown(&e);
}
