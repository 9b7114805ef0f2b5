/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking up: from what a tool has in hand to a search. */
#include "store/search.h"

#define WIRE_MAX 255 /* RFC 1035 section 2.3.4 */
#define BATCH 8      /* probes whose memory is fetched together */

/* Plan for what a text may be; its values lie in the snapshot's scratch. */
static int
plan_text(struct search *q, int type, struct slice text)
{
	static const unsigned options =
	    VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE | VALUE_REFANG |
	    VALUE_FILES;
	struct tw_snapshot *s = q->s;
	struct value *v = q->values;
	enum value_reason why;
	size_t n = 1;

	if (type == TW_TYPE_AUTO) {
		n = value_detect(&s->scratch, text, options, v, DETECT_MAX);
		if (n == 0)
			return snap_fail(s, TW_MALFORMED, "neither an address"
			    " nor a URL, an email address, a hash, a domain or"
			    " the name of a file");
	} else {
		why = value_normalise(&s->scratch, (enum value_type)type,
		    text, options, v);
		if (why == VALUE_BAD_MEMORY)
			return snap_fail(s, TW_MEMORY, "no memory for a probe"
			    " of %zu bytes", text.n);
		if (why != VALUE_OK)
			return snap_fail(s, TW_MALFORMED, "not a value of type"
			    " %s: %s", value_type_name(type),
			    value_reason_name((int)why));
	}
	return search_values(q, v, n);
}

static bool
find_valid(unsigned find)
{
	return find != 0 && (find & ~(unsigned)(TW_FIND_ALL | TW_FIND_HOST)) == 0;
}

static bool
type_valid(int type)
{
	return type == TW_TYPE_AUTO || value_type_name(type) != NULL;
}

int
tw_lookup(tw_snapshot *s, int type, const char *text, size_t length,
    unsigned find, struct tw_match *matches, size_t max, size_t *found)
{
	struct search q;
	int rc;

	if (s == NULL || text == NULL || found == NULL ||
	    (matches == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if (!find_valid(find) || !type_valid(type))
		return snap_fail(s, TW_ARGUMENT, "no such type or way to find");
	if (length == TW_LENGTH)
		length = strlen(text);
	if ((rc = search_begin(&q, s, find, matches, max)) != TW_OK)
		return rc;
	arena_reset(&s->scratch);
	rc = plan_text(&q, type, (struct slice){text, length});
	if (rc == TW_OK)
		rc = search_ask(&q);
	*found = q.found;
	return rc;
}

int
tw_lookup_addr(tw_snapshot *s, const void *addr, size_t length,
    struct tw_match *matches, size_t max, size_t *found)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct value v = {.key = addr};
	struct search q;
	int rc;

	if (s == NULL || addr == NULL || found == NULL ||
	    (matches == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if (length == 16 && memcmp(addr, mapped, sizeof(mapped)) == 0) {
		v.key += 12;
		length = 4;
	}
	if (length != 4 && length != 16)
		return snap_fail(s, TW_ARGUMENT, "an address has 4 or 16"
		    " bytes, not %zu", length);
	v.type = length == 4 ? VALUE_IPV4 : VALUE_IPV6;
	v.keylen = (uint16_t)length;
	v.prefix = value_full_prefix(v.type);
	rc = search_begin(&q, s, TW_FIND_EXACT | TW_FIND_NETWORK, matches, max);
	if (rc == TW_OK)
		rc = search_value(&q, &v);
	if (rc == TW_OK)
		rc = search_ask(&q);
	*found = q.found;
	return rc;
}

/* A copy in lower case; false when the labels do not end, once, at the end. */
static bool
wire_lower(const uint8_t *in, size_t n, uint8_t out[WIRE_MAX])
{
	size_t at, i, len;

	if (n < 2 || n > WIRE_MAX)
		return false;
	for (at = 0; at < n - 1; at += len + 1) {
		len = in[at];
		if (len == 0 || len > 63 || len > n - 2 - at)
			return false;
		out[at] = (uint8_t)len;
		for (i = at + 1; i <= at + len; i++)
			out[i] = in[i] >= 'A' && in[i] <= 'Z'
			    ? in[i] | 0x20 : in[i];
	}
	out[n - 1] = 0;
	return in[n - 1] == 0;
}

int
tw_lookup_name(tw_snapshot *s, const void *wire, size_t length,
    struct tw_match *matches, size_t max, size_t *found)
{
	uint8_t key[WIRE_MAX];
	struct value v = {.type = VALUE_DOMAIN, .key = key};
	struct search q;
	int rc;

	if (s == NULL || wire == NULL || found == NULL ||
	    (matches == NULL && max != 0))
		return TW_ARGUMENT;
	*found = 0;
	if (!wire_lower(wire, length, key))
		return snap_fail(s, TW_MALFORMED, "not a name in wire format"
		    " of 2 to 255 bytes");
	v.keylen = (uint16_t)length;
	rc = search_begin(&q, s, TW_FIND_EXACT | TW_FIND_PARENT, matches, max);
	if (rc == TW_OK)
		rc = search_value(&q, &v);
	if (rc == TW_OK)
		rc = search_ask(&q);
	*found = q.found;
	return rc;
}

/* Begin one of a batch; an error of its own stays with it. */
static void
batch_plan(struct search *q, struct tw_snapshot *s, struct tw_probe *p,
    unsigned find)
{
	size_t n = p->length;

	p->found = 0;
	p->result = search_begin(q, s, find, &p->match, 1);
	if (p->result != TW_OK)
		return;
	if (p->text == NULL || !type_valid(p->type)) {
		p->result = TW_ARGUMENT;
		return;
	}
	if (n == TW_LENGTH)
		n = strlen(p->text);
	p->result = plan_text(q, p->type, (struct slice){p->text, n});
}

int
tw_lookup_batch(tw_snapshot *s, struct tw_probe *probes, size_t count,
    unsigned find)
{
	struct search q[BATCH];
	struct tw_probe *p;
	size_t i, j, n;

	if (s == NULL || (probes == NULL && count != 0))
		return TW_ARGUMENT;
	if (!find_valid(find))
		return snap_fail(s, TW_ARGUMENT, "no such way to find");
	for (i = 0; i < count; i += n) {
		n = count - i < BATCH ? count - i : BATCH;
		arena_reset(&s->scratch);
		for (j = 0; j < n; j++)
			batch_plan(&q[j], s, &probes[i + j], find);
		for (j = 0; j < n; j++) {
			p = &probes[i + j];
			if (p->result == TW_OK)
				p->result = search_ask(&q[j]);
			p->found = q[j].found;
			if (p->result < TW_OK && p->result != TW_MALFORMED &&
			    p->result != TW_ARGUMENT)
				return p->result;
		}
	}
	return TW_OK;
}
