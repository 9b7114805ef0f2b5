/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What random lives (store_life.c) found, one by one: each was wrong once.
 *
 * A scenario is a line of words.  One of letters is a poll that lists them, each
 * an indicator with an address of its own; a capital is a newer version, which
 * claims the address of 'q' in its place, '#' behind a letter one that claims
 * nothing.  The address of 'z' is a canary.  Around a poll: "w:" a walk (else a
 * document), "+" a part, "!" behind it: it breaks off, "~": its process dies
 * behind a commit.  "-" lists nothing.
 *	<N  rollback to before poll N      <   restore
 *	$   accept                         *x  x's address is seen here
 *	@N  the hour, from now on          =x  after upkeep, these are active,
 *	                                       to readers and to the change log
 *	?   the newest poll is held        .   it is not
 *	^   in a poll: a record that is no good
 *	%N  of the newest poll N came stale
 *	:s  of this source, from now on
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/guard.h"
#include "store/rollback.h"
#include "store/sighting.h"
#include "store/upkeep.h"
#include "taxiway.h"
#include "tests/unit/store_fixture.h"

#define HOUR (INT64_C(3600) * TSTAMP_SECOND)
#define DAY (24 * HOUR)

struct scenario {
	const char *what;
	enum listing_kind kind;
	struct ageing_line line; /* for every type; tau and ttl 0: none */
	struct store_guards guards;
	const char *words;
};

#define LOOSE {.grow = 1000, .reject = 100, .may_be_empty = true}
#define K(n) {.absent_polls = n, .limits = LOOSE}
#define STRICT {.absent_polls = 1, .limits = {.shrink = 50, .grow = 1000, \
	.reject = 100}}
#define TWICE {.absent_polls = 1, .limits = {.grow = 1000, .reject = 100, \
	.repeats = 2, .repeat_accept = true}}
#define WARY {.absent_polls = 1, .limits = {.grow = 1000, .reject = 50, \
	.repeats = 2, .repeat_accept = true}}
#define SLIDING {.base = AGEING_LAST_SEEN, .ttl = 10 * HOUR}
#define LIVES {.base = AGEING_FIRST_SEEN, .ttl = 10 * HOUR}
#define DATED {.base = AGEING_CREATED, .ttl = 10 * HOUR}
#define DECAYS {.base = AGEING_FIRST_SEEN, .tau = 10 * HOUR, .delta = 1000, \
	.threshold = 20, .unstated = 50}

static const struct scenario scenarios[] = {
	{"an id that is there twice is listed", LISTING_SNAPSHOT, {0}, K(1),
	    "ab abcC =abq"},
	{"what a poll brought back goes with its rollback", LISTING_SNAPSHOT,
	    {0}, K(1), "abc =abc ab =ab abc =abc <3 =ab < =abc <2 =abc"},
	{"… each time", LISTING_SNAPSHOT, {0}, K(1),
	    "ab a =a ab =ab a =a ab =ab <5 =a <4 =ab <3 =a <2 =ab < =ab"},
	{"what a bad listing brought back is not seen", LISTING_SNAPSHOT, {0},
	    K(1), "abz ? ab =ab abz ? =ab"},
	{"a version that claims nothing is taken back", LISTING_SNAPSHOT, {0},
	    K(2), "ab a#b =b <2 =ab < =b"},
	{"a hidden version's claim meets another", LISTING_SNAPSHOT, {0}, K(2),
	    "ab Ab =bq <2 =ab :t a =ab :s < =abq"},
	{"a delta names what a walk lacked", LISTING_DELTA, {0}, K(2),
	    "w:abc w:ab +c w:ab =abc w:ab =ab"},
	{"… before it was withdrawn", LISTING_DELTA, {0}, K(1),
	    "w:abc w:ab +c =abc"},
	{"… in a newer version, and died", LISTING_DELTA, {0}, K(1),
	    "w:abc w:ab C~ =abq w:ab =ab"},
	{"accepting leaves what came since", LISTING_DELTA, {0}, STRICT,
	    "w:abcdef w:ab ? +x . =abcdefx $ =abx"},
	{"… and what came and died", LISTING_DELTA, {0}, STRICT,
	    "w:abcdef w:ab ? xC~ $ =abqx"},
	{"what is accepted by repetition is not held", LISTING_SNAPSHOT, {0},
	    TWICE, "abz ? abz . =abz"},
	{"nothing good, then nothing: that is no repetition",
	    LISTING_SNAPSHOT, {0}, WARY, "ab ^ ? - ? =ab - . ="},
	{"a canary, then nothing: that is no repetition", LISTING_SNAPSHOT,
	    {0}, TWICE, "ab abz! ? - ? =ab"},
	{"what had expired slides on", LISTING_SNAPSHOT, SLIDING, K(3),
	    "@1 ab =ab @300 = ab =ab"},
	{"… by a listing that is accepted", LISTING_SNAPSHOT, SLIDING,
	    STRICT, "@1 abcd =abcd @300 = a ? = $ =a"},
	{"a sighting of what a rollback shows", LISTING_APPEND, DECAYS, K(1),
	    "@1 ab AB =q <2 =ab @5 *a @8 =a"},
	{"what comes after a long outage is not stale", LISTING_SNAPSHOT,
	    SLIDING, K(9), "@1 a %0 @900 b %0 =ab"},
	{"… but for what ended before it came", LISTING_APPEND, DATED, K(1),
	    "@1 a %0 =a @900 b %1 ="},
	{"an outage puts off what there was, not what comes", LISTING_APPEND,
	    LIVES, K(1), "@1 a @300 b =b @309 =b @312 ="},
	{"absence from a diff means nothing", LISTING_DIFF, {0}, K(1),
	    "abc a =abc w:b =abc - =abc"},
	{"… nor in a window", LISTING_WINDOW, {0}, K(1),
	    "abc a =abc w:b =abc - =abc"},
	{"… nor where all is added", LISTING_APPEND, {0}, K(1),
	    "abc a =abc w:b =abc - =abc"},
	{"a diff says what goes", LISTING_DIFF, {0}, K(1),
	    "abc a# =bc d =bcd"},
	{"a diff is taken back", LISTING_DIFF, {0}, K(1),
	    "abc a#d =bcd <2 =abc < =bcd"},
};

struct stage {
	struct fixture *x;
	const struct scenario *is;
	struct guard *guard;
	const char *source;
	int64_t now;
	tw_store *store;
	tw_snapshot *snap;
	struct tw_change_cursor at;
	bool told[26], held;
	uint64_t stale;
};

static struct value
address_of(char letter)
{
	static uint8_t keys[26][4];
	unsigned n = (unsigned)((letter | 0x20) - 'a');

	memcpy(keys[n], (uint8_t[]){23, 45, 0, (uint8_t)(n + 1)}, 4);
	return (struct value){.type = VALUE_IPV4, .prefix = 32, .keylen = 4,
	    .key = keys[n]};
}

static struct slice
record_of(struct stage *g, char c, bool empty)
{
	bool newer = c < 'a' || empty;
	struct object_rec head = {
	    .id = id_of(STIX_INDICATOR, (uint32_t)(c | 0x20)),
	    .flags = empty ? 0 : OBJ_CLAIMS, .confidence = 40, .created = 1,
	    .modified = newer ? 9 : 1, .valid_from = 1,
	    .valid_until = TSTAMP_NONE,
	    .hash = (uint64_t)(uint8_t)c << 8 | 1 | (uint64_t)empty << 1};
	struct object_value v = {.value = address_of(newer ? 'q' : c)};

	buf_reset(&g->x->rec);
	object_rec_begin(&g->x->rec, &head);
	if (!empty)
		object_rec_add_value(&g->x->rec, &v);
	return buf_view(&g->x->rec);
}

static void
good(int rc, const struct err *e)
{
	if (rc != 0)
		fail_msg("%s", e->text);
}

static void
play_poll(struct stage *g, const char *word)
{
	struct ageing ageing;
	struct store_guards guards = g->is->guards;
	struct store_source src = {.name = g->source, .kind = "stix",
	    .url = "", .collection = "", .listing = (uint8_t)g->is->kind,
	    .guards = &guards, .ageing = &ageing};
	struct store_end end = {.complete = true, .state = SOURCE_OK,
	    .extent = *word == '+' ? STORE_PART : word[1] == ':' ?
	        STORE_WALK : STORE_DOCUMENT};
	struct store_counts counts;
	struct err e = ERR_INIT;
	struct store_poll *p;

	ageing_default(&ageing);
	ageing.lines[0] = g->is->line;
	ageing.nlines = g->is->line.ttl != 0 || g->is->line.tau != 0;
	guards.values = g->guard;
	good(store_poll_begin(g->x->s, &src, g->now, &p, &e), &e);
	word += end.extent == STORE_PART ? 1 : end.extent == STORE_WALK ? 2 : 0;
	for (; *word != '\0'; word++) {
		if (*word == '~') {
			good(store_batch_commit(p, NULL, NULL, g->now, &e),
			    &e);
			store_poll_drop(p);
			return;
		}
		if (*word == '^')
			store_poll_reject(p, REJECT_JSON, LOSS_ENTRY, 1);
		if (*word == '!')
			end = (struct store_end){.state = SOURCE_FAILING,
			    .error = "cut off"};
		if (((*word | 0x20) < 'a' || (*word | 0x20) > 'z'))
			continue;
		fixture_add(p, record_of(g, *word, word[1] == '#'));
		end.progress.objects++;
	}
	good(store_poll_end(p, &end, g->now, &counts, &e), &e);
	g->held = counts.held != HELD_NOT;
	g->stale = counts.stale;
}

static void
follow_log(struct stage *g)
{
	struct tw_change c;
	unsigned i;
	int rc;

	while ((rc = tw_change_next(g->snap, &g->at, &c)) == TW_OK) {
		assert_int_equal(c.key.n, 4);
		i = (unsigned)(uint8_t)c.key.p[3] - 1;
		assert_in_range(i, 0, 25);
		g->told[i] = c.op != TW_REMOVED;
	}
	assert_int_equal(rc, TW_END);
}

static void
problem(void *ctx, const char *text)
{
	fail_msg("%s: %s", ((struct stage *)ctx)->is->what, text);
}

static void
play_upkeep(struct stage *g)
{
	struct err e = ERR_INIT;
	bool more = true;

	while (more)
		good(store_upkeep(g->x->s, g->now, &more, &e), &e);
}

static void
check_active(struct stage *g, const char *want, const char *where)
{
	char live[27] = "", told[27] = "";
	unsigned i, n = 0, t = 0;
	struct tw_match m;
	size_t found;
	uint64_t count;
	int rc;

	play_upkeep(g);
	assert_int_equal(tw_snapshot_renew(g->snap), TW_OK);
	tw_snapshot_at(g->snap, g->now);
	for (i = 0; i < 26; i++) {
		rc = tw_lookup_addr(g->snap, address_of((char)('a' + i)).key, 4,
		    &m, 1, &found);
		assert_int_equal(rc, TW_OK);
		if (found != 0 && m.active)
			live[n++] = (char)('a' + i);
	}
	follow_log(g);
	for (i = 0; i < 26; i++) {
		if (g->told[i])
			told[t++] = (char)('a' + i);
	}
	if (strcmp(live, want) != 0 || strcmp(told, want) != 0)
		fail_msg("%s, at '%s': '%s' are active, '%s' to the log",
		    g->is->what, where, live, told);
	assert_int_equal(tw_count_active(g->snap, 0, &count), TW_OK);
	assert_int_equal(count, n);
	assert_int_equal(tw_verify(g->snap, problem, g, NULL), TW_OK);
}

static void
play_seen(struct stage *g, char letter)
{
	struct value v = address_of(letter);
	const struct sighted what = {v.type, v.prefix,
	    {(const char *)v.key, v.keylen}};
	const struct sighting one = {1, g->now, g->now};
	struct err e = ERR_INIT;
	bool known;

	good(store_seen(g->x->s, &what, &one, SLICE("us"), g->now, &known,
	    &e), &e);
	assert_true(known);
}

static void
play_word(struct stage *g, const char *word, const char *where)
{
	struct store_counts counts;
	unsigned long number = strtoul(word + 1, NULL, 10);
	struct err e = ERR_INIT;
	uint32_t poll;

	switch (*word) {
	case '<':
		good(word[1] != '\0' ? store_rollback(g->x->s, g->source,
		    (uint32_t)number, g->now, &e) :
		    store_restore(g->x->s, g->source, g->now, &poll, &e), &e);
		break;
	case '=':
		check_active(g, word + 1, where);
		break;
	case '@':
		g->now = (int64_t)number * HOUR;
		break;
	case '*':
		play_seen(g, word[1]);
		break;
	case ':':
		g->source = word[1] == 't' ? "t" : "s";
		break;
	case '?':
	case '.':
		if (g->held != (*word == '?'))
			fail_msg("%s, at '%s': held: %d", g->is->what, where,
			    g->held);
		break;
	case '%':
		if (g->stale != number)
			fail_msg("%s, at '%s': %llu came stale", g->is->what,
			    where, (unsigned long long)g->stale);
		break;
	case '$':
		good(store_accept(g->x->s, g->source, g->now, &counts, &e),
		    &e);
		break;
	default:
		play_poll(g, word);
	}
}

static void
play(const struct scenario *is)
{
	struct value canary = address_of('z');
	struct stage g = {.is = is, .source = "s", .now = HOUR};
	const char *at = is->words;
	struct err e = ERR_INIT;
	char word[40];
	void *room;
	size_t n;

	assert_int_equal(fixture_set_up(&room), 0);
	g.x = room;
	g.guard = guard_new();
	assert_non_null(g.guard);
	good(guard_add(g.guard, GUARD_CANARY, &canary, &e), &e);
	assert_int_equal(tw_open(g.x->f.store, 0, &g.store, NULL), TW_OK);
	assert_int_equal(tw_snapshot_begin(g.store, &g.snap), TW_OK);
	for (; *at != '\0'; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		assert_true(n < sizeof(word));
		memcpy(word, at, n);
		word[n] = '\0';
		play_word(&g, word, at);
		g.now += HOUR / 60;
	}
	tw_snapshot_end(g.snap);
	tw_close(g.store);
	guard_free(g.guard);
	assert_int_equal(fixture_tear_down(&room), 0);
}

static void
test_scenarios(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(scenarios); i++)
		play(&scenarios[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scenarios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
