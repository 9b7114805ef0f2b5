/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy of ageing as bytes and as text, and the names in it. */
#include <string.h>

#include "base/duration.h"
#include "base/value.h"
#include "store/ageing.h"
#include "store/bytes.h"

/* Encoded: 0 version, 1 until, 2 lines, 3 five durations; then lines of 1 type,
 * 1 base, 1 threshold, 1 unstated, 4 delta, 8 ttl, 8 tau. */
#define AGEING_VERSION 1
#define HEAD_LEN (3 + 5 * 8)
#define LINE_LEN 24

static const char *const listing_names[LISTING_KINDS] = {
    [LISTING_APPEND] = "append",
    [LISTING_SNAPSHOT] = "snapshot",
    [LISTING_WINDOW] = "window",
    [LISTING_DELTA] = "delta",
    [LISTING_DIFF] = "diff",
};

const char *
listing_name(int kind)
{
	return kind >= 0 && kind < LISTING_KINDS ? listing_names[kind] : NULL;
}

int
listing_code(struct slice name)
{
	int i;

	for (i = 0; i < LISTING_KINDS; i++) {
		if (slice_is(name, listing_names[i]))
			return i;
	}
	return -1;
}

const char *
ageing_rule_name(int rule)
{
	static const char *const names[AGEING_RULES] = {
	    [AGEING_NO_END] = "no-end",
	    [AGEING_STATED] = "valid-until",
	    [AGEING_TTL] = "ttl",
	    [AGEING_DECAY] = "decay",
	    [AGEING_MOST] = "max-validity",
	};

	return rule >= 0 && rule < AGEING_RULES ? names[rule] : NULL;
}

/* Is there nothing but what is stated? */
static bool
is_plain(const struct ageing *a)
{
	return a->nlines == 0 && a->until == UNTIL_HONOUR &&
	    a->max_validity == 0;
}

void
ageing_default(struct ageing *a)
{
	a->until = UNTIL_HONOUR;
	a->nlines = 0;
	a->never = AGEING_NEVER;
	a->max_validity = 0;
	a->max_future = AGEING_MAX_FUTURE;
	a->freeze = AGEING_FREEZE;
	a->expected = AGEING_EXPECTED;
	a->plain = true;
}

static void
durations(struct ageing *a, int64_t *out[5])
{
	int64_t *const all[5] = {&a->never, &a->max_validity, &a->max_future,
	    &a->freeze, &a->expected};

	memcpy(out, all, sizeof(all));
}

static bool
is_default(const struct ageing *a)
{
	struct ageing d;

	ageing_default(&d);
	return a->until == d.until && a->nlines == 0 && a->never == d.never &&
	    a->max_validity == d.max_validity &&
	    a->max_future == d.max_future && a->freeze == d.freeze &&
	    a->expected == d.expected;
}

int
ageing_encode(const struct ageing *a, struct buf *out)
{
	struct ageing copy = *a;
	const struct ageing_line *l;
	int64_t *d[5];
	uint8_t *p;
	unsigned i;

	if (is_default(a))
		return 0;
	p = (uint8_t *)buf_room(out, HEAD_LEN + a->nlines * (size_t)LINE_LEN);
	if (p == NULL)
		return -1;
	out->n += HEAD_LEN + a->nlines * (size_t)LINE_LEN;
	p[0] = AGEING_VERSION;
	p[1] = a->until;
	p[2] = a->nlines;
	durations(&copy, d);
	for (i = 0; i < 5; i++)
		le64_put(p + 3 + 8 * (size_t)i, (uint64_t)*d[i]);
	for (i = 0, p += HEAD_LEN; i < a->nlines; i++, p += LINE_LEN) {
		l = &a->lines[i];
		p[0] = l->type;
		p[1] = l->base;
		p[2] = l->threshold;
		p[3] = l->unstated;
		le32_put(p + 4, l->delta);
		le64_put(p + 8, (uint64_t)l->ttl);
		le64_put(p + 16, (uint64_t)l->tau);
	}
	return 0;
}

static bool
line_valid(const struct ageing_line *l)
{
	return l->type < VALUE_TYPE_COUNT && l->base < AGEING_BASES &&
	    l->threshold <= 100 && l->unstated <= 100 && l->ttl >= 0 &&
	    l->ttl <= AGEING_LONGEST && l->tau >= 0 && l->tau <= AGEING_LONGEST &&
	    l->delta <= LIMIT_AGEING_DELTA &&
	    (l->tau == 0 || l->delta != 0);
}

static int
decode(const uint8_t *p, size_t n, struct ageing *a)
{
	struct ageing_line *l;
	int64_t *d[5];
	unsigned i;

	if (n < HEAD_LEN || p[0] != AGEING_VERSION || p[1] >= UNTIL_POLICIES ||
	    p[2] > LIMIT_AGEING_LINES ||
	    n != HEAD_LEN + p[2] * (size_t)LINE_LEN)
		return -1;
	a->until = p[1];
	a->nlines = p[2];
	durations(a, d);
	for (i = 0; i < 5; i++) {
		*d[i] = le64_get_signed(p + 3 + 8 * (size_t)i);
		if (*d[i] < 0 || (d[i] != &a->never && *d[i] > AGEING_LONGEST))
			return -1;
	}
	for (i = 0, p += HEAD_LEN; i < a->nlines; i++, p += LINE_LEN) {
		l = &a->lines[i];
		*l = (struct ageing_line){.type = p[0], .base = p[1],
		    .threshold = p[2], .unstated = p[3],
		    .delta = le32_get(p + 4), .ttl = le64_get_signed(p + 8),
		    .tau = le64_get_signed(p + 16)};
		if (!line_valid(l))
			return -1;
	}
	return 0;
}

int
ageing_decode(struct slice bytes, struct ageing *a)
{
	int rc = 0;

	if (bytes.n != 0)
		rc = decode((const uint8_t *)bytes.p, bytes.n, a);
	if (bytes.n == 0 || rc != 0)
		ageing_default(a);
	else
		a->plain = is_plain(a);
	return rc;
}

static const char *const base_names[AGEING_BASES] = {
    [AGEING_FIRST_SEEN] = "first-seen",
    [AGEING_LAST_SEEN] = "last-seen",
    [AGEING_CREATED] = "created",
    [AGEING_MODIFIED] = "modified",
    [AGEING_VALID_FROM] = "valid-from",
};

static const char *const until_names[UNTIL_POLICIES] = {
    [UNTIL_HONOUR] = "honour",
    [UNTIL_CAP] = "cap",
    [UNTIL_FLOOR] = "floor",
    [UNTIL_IGNORE] = "ignore",
};

static int
code_of(struct slice name, const char *const *names, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (slice_is(name, names[i]))
			return i;
	}
	return -1;
}

int
ageing_base_code(struct slice name)
{
	return code_of(name, base_names, AGEING_BASES);
}

int
ageing_until_code(struct slice name)
{
	return code_of(name, until_names, UNTIL_POLICIES);
}

static void
print_line(const struct ageing *a, const struct ageing_line *l,
    uint8_t listing, struct buf *out)
{
	if (l->ttl != 0) {
		buf_str(out, ", ttl ");
		duration_print(l->ttl, out);
	}
	if (l->tau != 0) {
		buf_str(out, ", decay over ");
		duration_print(l->tau, out);
		buf_printf(out, " with exponent 1/%u.%03u, ends below score %u, "
		    "unstated confidence counts as %u", l->delta / 1000,
		    l->delta % 1000, l->threshold, l->unstated);
	}
	buf_printf(out, ", since %s", base_names[l->base]);
	if (ageing_is_sliding(l, listing))
		buf_str(out, " (the newest complete poll)");
	if (l->tau != 0)
		buf_str(out, " or since it was met here");
	if (a->freeze == 0) {
		buf_str(out, ", outages do not hold it up");
		return;
	}
	buf_str(out, ", held up by an outage (no complete poll for ");
	duration_print(a->expected, out);
	buf_str(out, ") for ");
	duration_print(a->freeze, out);
	buf_str(out, " at most");
}

int
ageing_print(const struct ageing *a, uint8_t type, uint8_t listing,
    struct buf *out)
{
	const struct ageing_line *l =
	    a->nlines != 0 ? ageing_line(a, type) : NULL;

	buf_printf(out, "valid_until: %s", until_names[a->until]);
	if (a->max_validity != 0) {
		buf_str(out, ", for at most ");
		duration_print(a->max_validity, out);
	}
	if (l != NULL && (l->ttl != 0 || l->tau != 0))
		print_line(a, l, listing, out);
	return buf_ok(out) ? 0 : -1;
}
