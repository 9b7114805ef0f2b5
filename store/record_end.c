/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects that ended: the record says why and since when, and may return. */
#include "store/record.h"

#include "store/bytes.h"

static const char *const end_names[END_REASONS] = {
    [END_WITHDRAWN] = "withdrawn",
    [END_MOVED] = "moved",
    [END_ROLLED_BACK] = "rolled-back",
    [END_FORGOTTEN] = "forgotten",
    [END_REMOVED] = "removed",
};

const char *
end_reason_name(int reason)
{
	return reason > 0 && reason < END_REASONS ? end_names[reason] : NULL;
}

bool
object_rec_ended(const struct object_rec *r, struct object_end *end)
{
	struct slice bytes = SLICE_NONE;
	const uint8_t *p;

	*end = (struct object_end){.reason = 0};
	if ((r->flags & OBJ_ENDED) == 0)
		return false;
	bytes = object_rec_get(r, TAG_ENDED);
	p = (const uint8_t *)bytes.p;
	if (p != NULL && bytes.n >= 13)
		*end = (struct object_end){.reason = p[0],
		    .when = le64_get_signed(p + 1), .poll = le32_get(p + 9)};
	return true;
}

/* The head with other flags, and the tail without an end. */
static int
record_rewrite(struct slice record, uint16_t set, const uint8_t *tag, size_t n,
    struct buf *out)
{
	struct object_rec r;
	uint8_t *head;
	size_t at = out->n;

	if (object_rec_head(record, &r) != 0 ||
	    ((r.flags & OBJ_ENDED) != 0 && (r.tail.n < OBJECT_END_LEN ||
	    (uint8_t)r.tail.p[0] != TAG_ENDED)))
		return -1;
	if (buf_add(out, record.p, (size_t)(r.tail.p - record.p)) != 0)
		return -1;
	head = (uint8_t *)out->p + at;
	le16_put(head + OBJECT_FLAGS_AT, (uint16_t)((r.flags & ~OBJ_ENDED) | set));
	if ((r.flags & OBJ_ENDED) != 0) {
		r.tail.p += OBJECT_END_LEN;
		r.tail.n -= OBJECT_END_LEN;
	}
	if (n != 0 && buf_add(out, (const char *)tag, n) != 0)
		return -1;
	return r.tail.n != 0 ? buf_add(out, r.tail.p, r.tail.n) : 0;
}

int
object_rec_end(struct slice record, const struct object_end *end,
    struct buf *out)
{
	uint8_t tag[OBJECT_END_LEN] = {TAG_ENDED, OBJECT_END_LEN - 2};

	tag[2] = end->reason;
	le64_put(tag + 3, (uint64_t)end->when);
	le32_put(tag + 11, end->poll);
	return record_rewrite(record, OBJ_ENDED, tag, sizeof(tag), out);
}

int
object_rec_unend(struct slice record, struct buf *out)
{
	return record_rewrite(record, 0, NULL, 0, out);
}

int
object_rec_return(struct slice record, uint32_t poll, struct buf *away,
    struct buf *back)
{
	struct object_rec r;
	size_t at = back->n;

	if (object_rec_head(record, &r) != 0 ||
	    object_rec_unend(record, back) != 0)
		return -1;
	object_rec_patch((uint8_t *)back->p + at, r.source, r.poll_first, poll,
	    r.block);
	r.flags = (uint16_t)((r.flags & ~OBJ_RAW) | OBJ_AWAY);
	if (object_rec_begin(away, &r) != 0)
		return -1;
	return r.tail.n != 0 ? buf_add(away, r.tail.p, r.tail.n) : 0;
}
