/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/credible.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *
held_name(unsigned why)
{
	static const char *const names[HELD_WHYS] = {
	    [HELD_NOT] = "credible",
	    [HELD_EMPTY] = "empty",
	    [HELD_SHAPE] = "wrong-shape",
	    [HELD_DECLARED] = "wrong-count",
	    [HELD_REJECTED] = "mostly-rejected",
	    [HELD_SMALL] = "too-small",
	    [HELD_LARGE] = "too-large",
	    [HELD_CANARY] = "canary",
	    [HELD_TOP_LIST] = "top-list",
	    [HELD_FEW] = "too-few",
	};

	return why < HELD_WHYS ? names[why] : NULL;
}

uint64_t
credible_median(const uint64_t *sizes, unsigned n)
{
	uint64_t sorted[CREDIBLE_SIZES], low, high;
	unsigned i, j;

	if (n == 0)
		return 0;
	if (n > CREDIBLE_SIZES)
		n = CREDIBLE_SIZES;
	for (i = 0; i < n; i++) {
		for (j = i; j > 0 && sorted[j - 1] > sizes[i]; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = sizes[i];
	}
	low = sorted[(n - 1) / 2];
	high = sorted[n / 2];
	return low + (high - low) / 2;
}

/* Counts are far below 2^57, but who declares them is not trusted. */
static uint64_t
times(uint64_t a, uint32_t n)
{
	return n != 0 && a > UINT64_MAX / n ? UINT64_MAX : a * n;
}

/* Is a more than n per-ths of b? */
static bool
exceeds(uint64_t a, uint64_t b, uint32_t n, uint32_t per)
{
	return times(a, per) > times(b, n);
}

/* True: held for this reason, with the numbers in *c. */
typedef bool judge_fn(const struct credible_facts *f,
    const struct credible_limits *l, struct credible *c);

static bool
judge_canary(const struct credible_facts *f, const struct credible_limits *l,
    struct credible *c)
{
	(void)l;
	c->got = f->canaries;
	return f->canaries > 0;
}

static bool
judge_top_list(const struct credible_facts *f,
    const struct credible_limits *l, struct credible *c)
{
	c->got = f->tops;
	c->want = f->top_size;
	return f->top_size > 0 && exceeds(f->tops, f->top_size, l->top_share,
	    100);
}

static bool
judge_empty(const struct credible_facts *f, const struct credible_limits *l,
    struct credible *c)
{
	c->want = f->standing;
	return f->whole && !f->open && f->listed == 0 && f->standing > 0 &&
	    !l->may_be_empty;
}

static bool
judge_shape(const struct credible_facts *f, const struct credible_limits *l,
    struct credible *c)
{
	(void)l;
	(void)c;
	return f->misshapen;
}

static bool
judge_declared(const struct credible_facts *f,
    const struct credible_limits *l, struct credible *c)
{
	(void)l;
	c->got = f->listed;
	c->want = f->declared;
	return f->whole && !f->open && f->has_declared &&
	    f->listed != f->declared;
}

static bool
judge_rejected(const struct credible_facts *f,
    const struct credible_limits *l, struct credible *c)
{
	c->got = f->rejected;
	c->want = f->listed;
	if (!f->whole || f->open)
		return false;
	/* Of a few records, one or two that are bad say little: a larger listing
	 * of which no more is left is found too small.  With none that is good,
	 * it is as if it were empty. */
	if (f->listed < l->reject_from &&
	    (f->rejected < f->listed || f->standing == 0))
		return false;
	return exceeds(f->rejected, f->listed, l->reject, 100);
}

/* No earlier listing is needed for that. */
static bool
judge_few(const struct credible_facts *f, const struct credible_limits *l,
    struct credible *c)
{
	c->got = f->listed;
	c->want = l->least;
	if (!f->whole || f->open || (f->listed == 0 && l->may_be_empty))
		return false;
	return f->listed < l->least;
}

static bool
judge_small(const struct credible_facts *f, const struct credible_limits *l,
    struct credible *c)
{
	c->got = f->listed;
	c->want = credible_median(f->sizes, f->nsizes);
	/* An empty listing that may be: its size was judged with that word. */
	if (!f->whole || f->open || f->nsizes == 0 || f->listed == 0)
		return false;
	return exceeds(c->want, f->listed, 100, l->shrink);
}

static bool
judge_large(const struct credible_facts *f, const struct credible_limits *l,
    struct credible *c)
{
	c->got = f->listed;
	c->want = credible_median(f->sizes, f->nsizes);
	/* Anything is more than nothing. */
	return f->whole && !f->grows && c->want > 0 &&
	    exceeds(f->listed, c->want, l->grow, 1);
}

struct credible
credible_judge(const struct credible_facts *f, const struct credible_limits *l)
{
	static const struct {
		enum held_why why;
		judge_fn *judge;
	} rules[] = {
	    {HELD_CANARY, judge_canary},
	    {HELD_TOP_LIST, judge_top_list},
	    {HELD_SHAPE, judge_shape},
	    {HELD_EMPTY, judge_empty},
	    {HELD_DECLARED, judge_declared},
	    {HELD_REJECTED, judge_rejected},
	    {HELD_FEW, judge_few},
	    {HELD_SMALL, judge_small},
	    {HELD_LARGE, judge_large},
	};
	struct credible c;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		c = (struct credible){.why = rules[i].why};
		if (rules[i].judge(f, l, &c))
			return c;
	}
	return (struct credible){.why = HELD_NOT};
}

void
credible_text(const struct credible *c, const struct credible_limits *l,
    char out[CREDIBLE_TEXT_MAX])
{
	int n = snprintf(out, CREDIBLE_TEXT_MAX, "%s: ", held_name(c->why));
	char *p = out + n;
	size_t room = CREDIBLE_TEXT_MAX - (size_t)n;

	switch (c->why) {
	case HELD_EMPTY:
		snprintf(p, room, "nothing is listed; %" PRIu64 " objects "
		    "were", c->want);
		break;
	case HELD_DECLARED:
		snprintf(p, room, "%" PRIu64 " records, it says that there are"
		    " %" PRIu64, c->got, c->want);
		break;
	case HELD_REJECTED:
		snprintf(p, room, "%" PRIu64 " of %" PRIu64 " records cannot "
		    "be read, more than %u %%", c->got, c->want, l->reject);
		break;
	case HELD_FEW:
		snprintf(p, room, "%" PRIu64 " records, of at least %" PRIu64
		    " that there must be", c->got, c->want);
		break;
	case HELD_SMALL:
		snprintf(p, room, "%" PRIu64 " records, less than %u %% of the"
		    " %" PRIu64 " of the last polls", c->got, l->shrink,
		    c->want);
		break;
	case HELD_LARGE:
		snprintf(p, room, "%" PRIu64 " records, more than %u times the"
		    " %" PRIu64 " of the last polls", c->got, l->grow,
		    c->want);
		break;
	case HELD_CANARY:
		snprintf(p, room, "%" PRIu64 " values that must never be "
		    "listed", c->got);
		break;
	case HELD_TOP_LIST:
		snprintf(p, room, "%" PRIu64 " of the %" PRIu64 " entries of "
		    "the top list, more than %u %%", c->got, c->want,
		    l->top_share);
		break;
	default:
		snprintf(p, room, "not what such a listing looks like");
		break;
	}
}
