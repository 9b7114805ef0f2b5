/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small fixed records: varints, value entries, claims, changes.
 */
#include "store/record.h"

#include "base/limits.h"
#include "store/bytes.h"

#define KEY_MAX (LIMIT_VALUE_KEY + 64)

size_t
varint_put(uint8_t *out, uint64_t v)
{
	size_t n = 0;

	while (v >= 0x80) {
		out[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	out[n++] = (uint8_t)v;
	return n;
}

size_t
varint_get(const uint8_t *p, size_t n, uint64_t *v)
{
	uint64_t r = 0;
	size_t i;

	for (i = 0; i < n && i < VARINT_MAX; i++) {
		/* The tenth byte holds one bit of a 64-bit number. */
		if (i == VARINT_MAX - 1 && p[i] > 1)
			return 0;
		r |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] < 0x80) {
			*v = r;
			return i + 1;
		}
	}
	return 0;
}

/*
 * value_rec: 0 version, 1 flags, 2 confidence, 3 tlp and five more flags, 4
 * source, 6 nclaims, 8 valid_from, 16 expires_at, 24 row.
 */
void
value_rec_encode(const struct value_rec *r, uint8_t out[VALUE_REC_LEN])
{
	out[0] = RECORD_VERSION;
	out[1] = (uint8_t)r->flags;
	out[2] = r->confidence;
	out[3] = (uint8_t)(r->tlp | (r->flags >> 8) << 3);
	le16_put(out + 4, r->source);
	le16_put(out + 6, r->nclaims);
	le64_put(out + 8, (uint64_t)r->valid_from);
	le64_put(out + 16, (uint64_t)r->expires_at);
	le64_put(out + 24, r->row);
}

int
value_rec_decode(struct slice bytes, struct value_rec *r)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	/* Longer is a later writer's tail, which is skipped. */
	if (bytes.n < VALUE_REC_LEN || p[0] != RECORD_VERSION)
		return -1;
	r->flags = (uint16_t)(p[1] | (p[3] >> 3) << 8);
	r->confidence = p[2];
	r->tlp = p[3] & 7;
	r->source = le16_get(p + 4);
	r->nclaims = le16_get(p + 6);
	r->valid_from = le64_get_signed(p + 8);
	r->expires_at = le64_get_signed(p + 16);
	r->row = le64_get(p + 24);
	if (r->tlp > TLP_RED || r->nclaims == 0)
		return -1;
	if (r->confidence > 100 && r->confidence != CONFIDENCE_UNKNOWN)
		return -1;
	return 0;
}

void
claim_rec_encode(const struct claim_rec *r, uint8_t out[CLAIM_REC_LEN])
{
	out[0] = RECORD_VERSION;
	out[1] = r->flags;
	le16_put(out + 2, r->source);
}

int
claim_rec_decode(struct slice bytes, struct claim_rec *r)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	if (bytes.n < CLAIM_REC_LEN || p[0] != RECORD_VERSION)
		return -1;
	r->flags = p[1];
	r->source = le16_get(p + 2);
	return 0;
}

int
change_encode(struct buf *out, const struct change *c)
{
	uint8_t *p;
	size_t n;

	p = (uint8_t *)buf_room(out, 1 + 3 + VARINT_MAX + c->key.n);
	if (p == NULL)
		return -1;
	n = 0;
	if (out->n == 0)
		p[n++] = RECORD_VERSION;
	p[n++] = (uint8_t)(c->op | c->why << 2);
	p[n++] = c->type;
	p[n++] = c->prefix;
	n += varint_put(p + n, c->key.n);
	memcpy(p + n, c->key.p, c->key.n);
	out->n += n + c->key.n;
	return 0;
}

int
change_next(struct slice bytes, size_t *pos, struct change *c)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint64_t keylen;
	size_t at = *pos, n;

	if (bytes.n == 0 || p[0] != RECORD_VERSION || at == 0 || at > bytes.n)
		return -1;
	if (at == bytes.n)
		return 0;
	if (bytes.n - at < 4)
		return -1;
	c->op = p[at] & 3;
	c->why = p[at] >> 2;
	c->type = p[at + 1];
	c->prefix = p[at + 2];
	at += 3;
	n = varint_get(p + at, bytes.n - at, &keylen);
	if (n == 0 || keylen == 0 || keylen > KEY_MAX)
		return -1;
	at += n;
	if (keylen > bytes.n - at)
		return -1;
	if (c->op < CHANGE_ADD || c->op > CHANGE_REMOVE || c->type == VALUE_NONE)
		return -1;
	c->key = (struct slice){bytes.p + at, (size_t)keylen};
	*pos = at + (size_t)keylen;
	return 1;
}

const char *
change_reason_name(int reason)
{
	static const char *const names[WHY_REASONS] = {
	    [WHY_NEW] = "new",
	    [WHY_BEGUN] = "begun",
	    [WHY_RENEWED] = "renewed",
	    [WHY_CHANGED] = "changed",
	    [WHY_EXPIRED] = "expired",
	    [WHY_REVOKED] = "revoked",
	    [WHY_BENIGN] = "benign",
	    [WHY_PENDING] = "pending",
	    [WHY_MOVED] = "moved",
	    [WHY_WITHDRAWN] = "withdrawn",
	    [WHY_RETURNED] = "returned",
	    [WHY_ROLLED_BACK] = "rolled-back",
	    [WHY_RESTORED] = "restored",
	    [WHY_SUPPRESSED] = "suppressed",
	    [WHY_RELEASED] = "released",
	    [WHY_FORGOTTEN] = "forgotten",
	    [WHY_POLICY] = "policy",
	};

	if (reason <= WHY_NONE || reason >= WHY_REASONS)
		return NULL;
	return names[reason];
}

_Static_assert(WHY_REASONS <= 64, "a reason has six bits in the log");
