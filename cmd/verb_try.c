/* SPDX-License-Identifier: BSD-2-Clause */
/* try: what is this feed, and how could it be read? */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/proposal.h"
#include "cmd/sandbox.h"
#include "store/record.h"
#include "sync/feed_options.h"
#include "sync/try.h"

struct try_options {
	struct settings s; /* first: settings_table fills it */
	bool json;
	const struct settings *given; /* which of them by hand */
};

/* How a feed is read the proposal says, not its preset, but for what was given by
 * hand: kind and feed as they were before the preset. */
static void
forget_preset(struct settings *s, char *kind, const struct feed_options *feed)
{
	const struct opt *o;

	s->kind = kind;
	for (o = feed_table; o->kind != OPT_END; o++)
		if (!opt_given(o, feed))
			opt_clear(o, &s->feed);
}

/* ---- claims ---------------------------------------------------------------- */

static void
put_text(json_t *o, const char *key, struct slice s)
{
	if (s.p != NULL && s.n > 0)
		(void)!json_object_set_new(o, key, json_stringn(s.p, s.n));
}

static void
put_time(json_t *o, const char *key, int64_t t)
{
	char text[TSTAMP_TEXT_MAX];

	if (t == TSTAMP_NONE || t == TSTAMP_NEVER)
		return;
	tstamp_format(t, -1, text);
	(void)!json_object_set_new(o, key, json_string(text));
}

static void
put_word(json_t *o, const char *key, struct slice word)
{
	json_t *list = json_object_get(o, key);

	if (list == NULL) {
		list = json_array();
		(void)!json_object_set_new(o, key, list);
	}
	(void)!json_array_append_new(list, json_stringn(word.p, word.n));
}

static void
put_value(json_t *values, struct slice bytes)
{
	struct object_value v;
	struct buf text;

	buf_init(&text, LIMIT_VALUE + 64);
	if (object_value_decode(bytes, &v) == 0 &&
	    value_print(&v.value, &text) == 0)
		(void)!json_array_append_new(values, json_pack("{s:s, s:s%}",
		    "type", value_type_name(v.value.type), "value",
		    buf_view(&text).p, text.n));
	buf_free(&text);
}

static json_t *
claim_json(struct slice record, struct err *e)
{
	json_t *o = json_object(), *values = json_array();
	struct object_rec r;
	enum object_tag tag;
	struct slice s;
	size_t pos = 0;

	(void)!json_object_set_new(o, "values", values);
	if (object_rec_decode(record, false, &r, e) != 0) {
		json_decref(o);
		return NULL;
	}
	while (object_rec_next(&r, &pos, &tag, &s)) {
		const char *nul;

		if (tag == TAG_VALUE) {
			put_value(values, s);
		} else if (tag == TAG_LABEL) {
			put_word(o, "labels", s);
		} else if (tag == TAG_THREAT &&
		    (nul = memchr(s.p, '\0', s.n)) != NULL) {
			s.n -= (size_t)(nul + 1 - s.p);
			s.p = nul + 1;
			put_word(o, "threats", s);
		}
	}
	if ((r.flags & OBJ_RULE) != 0)
		put_text(o, "rule", object_rec_get(&r, TAG_PATTERN_TYPE));
	put_text(o, "name", object_rec_get(&r, TAG_NAME));
	put_time(o, "created", r.created);
	put_time(o, "valid_from", r.valid_from);
	put_time(o, "valid_until", r.valid_until);
	if (r.confidence != CONFIDENCE_UNKNOWN)
		(void)!json_object_set_new(o, "confidence",
		    json_integer(r.confidence));
	if ((r.flags & OBJ_REVOKED) != 0)
		(void)!json_object_set_new(o, "revoked", json_true());
	return o;
}

static json_t *
claims_json(const struct try_result *r, struct err *e)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->nrecords; i++) {
		json_t *o = claim_json(buf_view(&r->records[i]), e);

		if (o == NULL || json_array_append_new(list, o) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
reasons_json(const struct try_result *r)
{
	json_t *o = json_object();

	for (int i = 0; i < REJECT_REASONS; i++)
		if (r->reasons[i] > 0)
			(void)!json_object_set_new(o, reject_name(i),
			    json_integer((json_int_t)r->reasons[i]));
	return o;
}

static void
print_json(const json_t *v)
{
	char *text = json_is_string(v) ? strdup(json_string_value(v)) :
	    json_dumps(v, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	if (text != NULL)
		print_clean(stdout, text, strlen(text));
	free(text);
}

static void
claim_line(const json_t *claim)
{
	const json_t *values = json_object_get(claim, "values");
	const char *key;
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)values, i, v) {
		printf("%s%-14s ", i > 0 ? "\n  " : "  ",
		    json_string_value(json_object_get(v, "type")));
		print_json(json_object_get(v, "value"));
	}
	json_object_foreach((json_t *)(uintptr_t)claim, key, v) {
		if (strcmp(key, "values") == 0)
			continue;
		printf("  %s=", key);
		print_json(v);
	}
	putchar('\n');
}

/* ---- the whole ------------------------------------------------------------- */

static void
answer_text(const json_t *o, const struct try_result *r)
{
	const json_t *source = json_object_get(o, "source");
	const json_t *reasons = json_object_get(o, "rejected");
	const char *what = json_string_value(json_object_get(o, "what"));
	const char *key;
	json_t *v;
	size_t i;

	printf("# ");
	print_clean(stdout, what, strlen(what));
	putchar('\n');
	if (source == NULL)
		return;
	puts("sources:");
	proposal_print(source, json_object_get(o, "paging"));
	printf("\n%llu claim%s%s\n", (unsigned long long)r->claims,
	    r->claims == 1 ? "" : "s",
	    r->more ? " in what was read, and more follows" : "");
	json_array_foreach(json_object_get(o, "claims"), i, v)
		claim_line(v);
	json_object_foreach((json_t *)(uintptr_t)reasons, key, v)
		printf("rejected: %s %lld\n", key,
		    (long long)json_integer_value(v));
}

static json_t *
answer_json(const struct job *job, const struct try_options *t,
    const json_t *guess, bool feed, const struct try_result *r, struct err *e)
{
	json_t *claims = claims_json(r, e), *source = NULL, *o = NULL;

	if (claims != NULL && feed)
		source = proposal_source(job, &t->s, t->given, guess, e);
	if (claims != NULL && (source != NULL || !feed))
		o = json_pack("{s:s, s:b, s:O, s:o*, s:O*, s:O, s:I, s:b, s:o}",
		    "url", job->url, "feed", feed, "what",
		    json_object_get(guess, "what"), "source", source,
		    "paging", json_object_get(guess, "paging"), "claims", claims,
		    "claims_read", (json_int_t)r->claims, "more", r->more,
		    "rejected", reasons_json(r));
	json_decref(claims);
	if (o == NULL && e->code == ERR_NONE)
		err_set(e, ERR_MEMORY, "out of memory");
	return o;
}

/* A poll by what is proposed; its failure is the source's. */
static int
sample(struct cmd *c, const json_t *guess, struct try_options *o,
    struct try_result *r, struct err *e)
{
	struct settings *s = &o->s;
	struct job job;
	int rc;

	job_init(&job);
	rc = proposal_apply(guess, s, o->given, e);
	if (rc == 0)
		rc = sandbox_job(c, s, NULL, &job, e);
	if (rc == 0) {
		cmd_rate(c, &job);
		job.now = tstamp_now();
		rc = try_sample(c->program, &job, r, e);
	}
	job_free(&job);
	return rc;
}

static int
try_source(struct cmd *c, struct try_options *o, struct job *job,
    struct err *e)
{
	struct try_result *r = calloc(1, sizeof(*r));
	json_t *answer = NULL, *guess = try_guess(c->program, job, e);
	int status = EXIT_SOURCE;
	char *url = NULL;
	bool feed;

	if (guess != NULL)
		url = try_place(job->url, (enum sniff_place)json_integer_value(
		    json_object_get(guess, "place")));
	if (r == NULL || (guess != NULL && url == NULL))
		err_set(e, ERR_MEMORY, "out of memory");
	if (url == NULL || r == NULL)
		goto out;
	o->s.url = url;
	feed = json_is_true(json_object_get(guess, "feed"));
	if (feed && sample(c, guess, o, r, e) != 0)
		goto out;
	answer = answer_json(job, o, guess, feed, r, e);
	if (answer == NULL)
		goto out;
	if (o->json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (!c->quiet) {
		answer_text(answer, r);
	}
	if (r->failure.code != ERR_NONE)
		err_set(e, r->failure.code, "%s", r->failure.text);
	else if (feed)
		status = EXIT_DONE;
out:
	json_decref(answer);
	json_decref(guess);
	if (r != NULL)
		try_result_free(r);
	free(r);
	free(url);
	return status;
}

/* How the bytes are had can be said without a kind: an archive's member, the
 * encoding, and where else they are.  `look`: what is looked at with. */
static void
look_settings(const struct settings *s, struct settings *look)
{
	const struct opt *o;

	*look = *s;
	if (s->kind != NULL || (s->feed.archive_member == NULL &&
	    s->feed.encoding == NULL && s->url_also.n == 0))
		return;
	look->feed.archive_member = look->feed.encoding = NULL;
	for (o = feed_table; o->kind != OPT_END; o++)
		if (opt_given(o, &look->feed))
			return; /* that goes with one kind only */
	look->feed.archive_member = s->feed.archive_member;
	look->feed.encoding = s->feed.encoding;
	look->kind = (char *)(uintptr_t)"lines";
}

static int
try_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct try_options *o = opts;
	const struct settings given = o->s;
	char *kind = given.kind;
	int status = EXIT_USAGE;
	struct settings look;
	struct job job;

	if (cmd_preset(c, &o->s, argc > 0 ? argv[0] : NULL, e) != 0)
		return EXIT_USAGE;
	if (argc > 0)
		o->s.url = argv[0];
	if (o->s.url == NULL) {
		err_set(e, ERR_USAGE, "try: name a URL or a file; try 'taxiway "
		    "try --help'");
		return EXIT_USAGE;
	}
	if (kind != NULL && strcmp(kind, "exec") == 0) {
		err_set(e, ERR_USAGE, "try: a program says itself what it "
		    "lists; 'taxiway check --kind exec %s' runs it", o->s.url);
		return EXIT_USAGE;
	}
	o->given = &given;
	job_init(&job);
	look_settings(&o->s, &look);
	if (sandbox_job(c, &look, NULL, &job, e) == 0) {
		forget_preset(&o->s, kind, &given.feed);
		cmd_rate(c, &job);
		status = try_source(c, o, &job, e);
	}
	job_free(&job);
	return status;
}

static const struct opt try_own[] = {
	{'j', "json", NULL, "one JSON object", OPT_FLAG,
	    offsetof(struct try_options, json), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

const struct verb verb_try = {
	"try", "URL | FILE | --preset NAME",
	"what is this feed, and how could it be read?",
	"Look at an unknown feed: say what it seems to be, propose a source "
	"to be put into the configuration, and show the first claims that it "
	"would make. The proposal is a guess: look at it. Of a preset only the "
	"way to the feed is taken. Nothing is written, "
	"and no store is needed. Exit status 0: a feed, 3: none, or one that "
	"cannot be read.",
	try_own, settings_table, sizeof(struct try_options), 0, 1, try_verb
};
