/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source and poll records: a version and tags (u8 tag, varint length, bytes).
 * Numbers are varints, times eight bytes; tags that are absent are zero.
 */
#include "store/record.h"

#include "base/limits.h"
#include "store/ageing.h"
#include "store/bytes.h"

enum source_tag {
	SRC_NAME = 1, SRC_KIND, SRC_URL, SRC_COLLECTION, SRC_CURSOR, SRC_STATE,
	SRC_TLP, SRC_KEEP_RAW, SRC_POLLS, SRC_COMPLETE, SRC_LAST_POLL,
	SRC_LAST_SUCCESS, SRC_LAST_CHANGE, SRC_OBJECTS, SRC_CLAIMS,
	SRC_REVOKED, SRC_PATTERNS, SRC_REJECTED, SRC_ERROR, SRC_LISTING,
	SRC_RELIABILITY, SRC_GROUP, SRC_AGEING, SRC_HIDDEN_FROM, SRC_FROZEN,
	SRC_UNSETTLED, SRC_SETTLE_ROW,
	SRC_SETTLE_WHY, SRC_UNDO_FROM, SRC_FORGOTTEN,
	SRC_HISTORY, SRC_HISTORY_MATCHED, SRC_HISTORY_IDS, SRC_HIDDEN_AT,
	SRC_BURIED, SRC_POLLS_KEPT, SRC_REVIVE, SRC_STATED,
	SRC_ABSENT_POLLS = 40, SRC_ABSENT_GRACE, SRC_WALKS, SRC_MISSING,
	SRC_WITHDRAWN, SRC_SIZES_FROM, SRC_HELD, SRC_HELD_POLL, SRC_HELD_TIMES,
	SRC_HELD_PRINT, SRC_HELD_TEXT, SRC_HELD_HIDES, SRC_HELD_ROW,
	SRC_PAUSED = 60, SRC_STATE_SINCE, SRC_RETRY_AT, SRC_FAILURES,
	SRC_LAST_ASKED, SRC_FACT /* and as many as there are facts */
};

enum poll_tag {
	POLL_COMPLETE = 1, POLL_START, POLL_END, POLL_PAGES, POLL_BYTES,
	POLL_OBJECTS, POLL_ADDED, POLL_UPDATED, POLL_UNCHANGED, POLL_REVOKED,
	POLL_OLDER, POLL_REJECTED, POLL_VALUES, POLL_REASON, POLL_ERROR,
	POLL_FROZEN, POLL_STALE, POLL_BAD_DATES, POLL_DEVIATION = 32,
	POLL_WHOLE = 40, POLL_HELD, POLL_LISTED, POLL_MISSING, POLL_WITHDRAWN,
	POLL_RETURNED, POLL_NEWEST = 48, POLL_MEASURE
};

static void
tag_bytes(struct buf *out, unsigned tag, struct slice s)
{
	uint8_t *p;
	size_t n = 1;

	if (s.n == 0)
		return;
	p = (uint8_t *)buf_room(out, 1 + VARINT_MAX + s.n);
	if (p == NULL)
		return;
	p[0] = (uint8_t)tag;
	n += varint_put(p + n, s.n);
	memcpy(p + n, s.p, s.n);
	out->n += n + s.n;
}

static void
tag_number(struct buf *out, unsigned tag, uint64_t v)
{
	uint8_t b[VARINT_MAX];

	if (v != 0)
		tag_bytes(out, tag,
		    (struct slice){(const char *)b, varint_put(b, v)});
}

static void
tag_time(struct buf *out, unsigned tag, int64_t t)
{
	uint8_t b[8];

	le64_put(b, (uint64_t)t);
	if (t != 0)
		tag_bytes(out, tag, (struct slice){(const char *)b, 8});
}

static bool
tag_next(struct slice bytes, size_t *pos, unsigned *tag, struct slice *body,
    bool *bad)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint64_t len;
	size_t n;

	if (*pos == bytes.n)
		return false;
	*bad = true;
	*tag = p[(*pos)++];
	n = varint_get(p + *pos, bytes.n - *pos, &len);
	if (n == 0 || len > bytes.n - *pos - n)
		return false;
	*body = (struct slice){bytes.p + *pos + n, (size_t)len};
	*pos += n + (size_t)len;
	*bad = false;
	return true;
}

static int
get_number(struct slice s, uint64_t max, uint64_t *v)
{
	size_t n = varint_get((const uint8_t *)s.p, s.n, v);

	return n == 0 || n != s.n || *v > max ? -1 : 0;
}

static int
get_u64(struct slice s, uint64_t *v)
{
	return get_number(s, UINT64_MAX, v);
}

static int
get_u32(struct slice s, uint32_t *v)
{
	uint64_t n;

	if (get_number(s, UINT32_MAX, &n) != 0)
		return -1;
	*v = (uint32_t)n;
	return 0;
}

static int
get_u8(struct slice s, uint8_t max, uint8_t *v)
{
	uint64_t n;

	if (get_number(s, max, &n) != 0)
		return -1;
	*v = (uint8_t)n;
	return 0;
}

static int
get_time(struct slice s, int64_t *t)
{
	if (s.n != 8)
		return -1;
	*t = le64_get_signed((const uint8_t *)s.p);
	return 0;
}

static int
get_text(struct slice s, size_t max, struct slice *out)
{
	if (s.n > max)
		return -1;
	*out = s;
	return 0;
}

static void
presence_encode(const struct source_rec *r, struct buf *out)
{
	tag_number(out, SRC_ABSENT_POLLS, r->absent_polls);
	tag_time(out, SRC_ABSENT_GRACE, r->absent_grace);
	tag_number(out, SRC_WALKS, r->walks);
	tag_number(out, SRC_MISSING, r->missing);
	tag_number(out, SRC_WITHDRAWN, r->withdrawn);
	tag_number(out, SRC_SIZES_FROM, r->sizes_from);
	tag_number(out, SRC_HELD, r->held);
	tag_number(out, SRC_HELD_POLL, r->held_poll);
	tag_number(out, SRC_HELD_TIMES, r->held_times);
	tag_number(out, SRC_HELD_PRINT, r->held_print);
	tag_bytes(out, SRC_HELD_TEXT, r->held_text);
	tag_number(out, SRC_HELD_HIDES, r->held_hides);
	tag_number(out, SRC_HELD_ROW, r->held_row);
	tag_time(out, SRC_PAUSED, r->paused);
	tag_time(out, SRC_STATE_SINCE, r->state_since);
	tag_time(out, SRC_RETRY_AT, r->retry_at);
	tag_number(out, SRC_FAILURES, r->failures);
	tag_time(out, SRC_LAST_ASKED, r->last_asked);
	for (unsigned i = 0; i < SOURCE_FACTS; i++)
		tag_bytes(out, SRC_FACT + i, r->facts[i]);
}

int
source_rec_encode(const struct source_rec *r, struct buf *out)
{
	buf_char(out, RECORD_VERSION);
	tag_bytes(out, SRC_NAME, r->name);
	tag_bytes(out, SRC_KIND, r->kind);
	tag_bytes(out, SRC_URL, r->url);
	tag_bytes(out, SRC_COLLECTION, r->collection);
	tag_bytes(out, SRC_CURSOR, r->cursor);
	tag_number(out, SRC_STATE, r->state);
	tag_number(out, SRC_TLP, r->default_tlp);
	tag_number(out, SRC_KEEP_RAW, r->keep_raw);
	tag_number(out, SRC_POLLS, r->polls);
	tag_number(out, SRC_COMPLETE, r->complete_poll);
	tag_time(out, SRC_LAST_POLL, r->last_poll);
	tag_time(out, SRC_LAST_SUCCESS, r->last_success);
	tag_time(out, SRC_LAST_CHANGE, r->last_change);
	tag_number(out, SRC_OBJECTS, r->objects);
	tag_number(out, SRC_CLAIMS, r->claims);
	tag_number(out, SRC_REVOKED, r->revoked);
	tag_number(out, SRC_PATTERNS, r->patterns);
	tag_number(out, SRC_REJECTED, r->rejected);
	tag_bytes(out, SRC_ERROR, r->error);
	tag_number(out, SRC_LISTING, r->listing);
	tag_number(out, SRC_RELIABILITY, r->reliability);
	tag_bytes(out, SRC_GROUP, r->group);
	tag_bytes(out, SRC_AGEING, r->ageing);
	tag_number(out, SRC_HIDDEN_FROM, r->hidden_from);
	tag_time(out, SRC_FROZEN, r->frozen);
	tag_number(out, SRC_UNSETTLED, r->unsettled);
	tag_number(out, SRC_SETTLE_ROW, r->settle_row);
	tag_number(out, SRC_SETTLE_WHY, r->settle_why);
	tag_number(out, SRC_UNDO_FROM, r->undo_from);
	tag_number(out, SRC_FORGOTTEN, r->forgotten);
	tag_time(out, SRC_HISTORY, r->history);
	tag_time(out, SRC_HISTORY_MATCHED, r->history_matched);
	tag_time(out, SRC_HISTORY_IDS, r->history_ids);
	tag_time(out, SRC_HIDDEN_AT, r->hidden_at);
	tag_number(out, SRC_BURIED, r->buried);
	tag_number(out, SRC_POLLS_KEPT, r->polls_kept);
	tag_number(out, SRC_REVIVE, r->revive);
	tag_time(out, SRC_STATED, r->stated);
	presence_encode(r, out);
	return buf_ok(out) ? 0 : -1;
}

static int
get_ageing(struct slice s, struct slice *out)
{
	struct ageing a;

	*out = s;
	return ageing_decode(s, &a);
}

static int
schedule_tag_read(struct source_rec *r, unsigned tag, struct slice s)
{
	switch (tag) {
	case SRC_PAUSED:
		return get_time(s, &r->paused);
	case SRC_STATE_SINCE:
		return get_time(s, &r->state_since);
	case SRC_RETRY_AT:
		return get_time(s, &r->retry_at);
	case SRC_FAILURES:
		return get_u32(s, &r->failures);
	case SRC_LAST_ASKED:
		return get_time(s, &r->last_asked);
	default:
		if (tag >= SRC_FACT && tag - SRC_FACT < SOURCE_FACTS)
			return get_text(s, LIMIT_FACT,
			    &r->facts[tag - SRC_FACT]);
		return 0; /* a later writer's tag */
	}
}

static int
presence_tag_read(struct source_rec *r, unsigned tag, struct slice s)
{
	switch (tag) {
	case SRC_ABSENT_POLLS:
		return get_u32(s, &r->absent_polls);
	case SRC_ABSENT_GRACE:
		return get_time(s, &r->absent_grace);
	case SRC_WALKS:
		return get_u32(s, &r->walks);
	case SRC_MISSING:
		return get_u64(s, &r->missing);
	case SRC_WITHDRAWN:
		return get_u64(s, &r->withdrawn);
	case SRC_SIZES_FROM:
		return get_u32(s, &r->sizes_from);
	case SRC_HELD:
		return get_u8(s, UINT8_MAX, &r->held);
	case SRC_HELD_POLL:
		return get_u32(s, &r->held_poll);
	case SRC_HELD_TIMES:
		return get_u32(s, &r->held_times);
	case SRC_HELD_PRINT:
		return get_u64(s, &r->held_print);
	case SRC_HELD_TEXT:
		return get_text(s, ERR_TEXT_MAX, &r->held_text);
	case SRC_HELD_HIDES:
		return get_u32(s, &r->held_hides);
	case SRC_HELD_ROW:
		return get_u64(s, &r->held_row);
	default:
		return schedule_tag_read(r, tag, s);
	}
}

static int
history_tag_read(struct source_rec *r, unsigned tag, struct slice s)
{
	switch (tag) {
	case SRC_HISTORY:
		return get_time(s, &r->history);
	case SRC_HISTORY_MATCHED:
		return get_time(s, &r->history_matched);
	case SRC_HISTORY_IDS:
		return get_time(s, &r->history_ids);
	case SRC_HIDDEN_AT:
		return get_time(s, &r->hidden_at);
	case SRC_BURIED:
		return get_u64(s, &r->buried);
	case SRC_POLLS_KEPT:
		return get_u32(s, &r->polls_kept);
	case SRC_REVIVE:
		return get_u8(s, 1, &r->revive);
	case SRC_STATED:
		return get_time(s, &r->stated);
	default:
		return presence_tag_read(r, tag, s);
	}
}

static int
terms_tag_read(struct source_rec *r, unsigned tag, struct slice s)
{
	switch (tag) {
	case SRC_LISTING:
		return get_u8(s, LISTING_KINDS - 1, &r->listing);
	case SRC_RELIABILITY:
		return get_u8(s, 6, &r->reliability);
	case SRC_GROUP:
		return get_text(s, LIMIT_SOURCE_NAME, &r->group);
	case SRC_AGEING:
		return get_ageing(s, &r->ageing);
	case SRC_HIDDEN_FROM:
		return get_u32(s, &r->hidden_from);
	case SRC_FROZEN:
		return get_time(s, &r->frozen);
	case SRC_UNSETTLED:
		return get_u8(s, 1, &r->unsettled);
	case SRC_SETTLE_ROW:
		return get_u64(s, &r->settle_row);
	case SRC_SETTLE_WHY:
		return get_u8(s, WHY_REASONS - 1, &r->settle_why);
	case SRC_UNDO_FROM:
		return get_u32(s, &r->undo_from);
	case SRC_FORGOTTEN:
		return get_u8(s, 1, &r->forgotten);
	default:
		return history_tag_read(r, tag, s);
	}
}

static int
source_tag_read(struct source_rec *r, unsigned tag, struct slice s)
{
	switch (tag) {
	case SRC_NAME:
		return get_text(s, LIMIT_SOURCE_NAME, &r->name);
	case SRC_KIND:
		return get_text(s, LIMIT_NAME, &r->kind);
	case SRC_URL:
		return get_text(s, LIMIT_URL, &r->url);
	case SRC_COLLECTION:
		return get_text(s, LIMIT_URL, &r->collection);
	case SRC_CURSOR:
		return get_text(s, LIMIT_SOURCE_CURSOR, &r->cursor);
	case SRC_STATE:
		return get_u8(s, UINT8_MAX, &r->state);
	case SRC_TLP:
		return get_u8(s, TLP_RED, &r->default_tlp);
	case SRC_KEEP_RAW:
		return get_u8(s, 1, &r->keep_raw);
	case SRC_POLLS:
		return get_u32(s, &r->polls);
	case SRC_COMPLETE:
		return get_u32(s, &r->complete_poll);
	case SRC_LAST_POLL:
		return get_time(s, &r->last_poll);
	case SRC_LAST_SUCCESS:
		return get_time(s, &r->last_success);
	case SRC_LAST_CHANGE:
		return get_time(s, &r->last_change);
	case SRC_OBJECTS:
		return get_u64(s, &r->objects);
	case SRC_CLAIMS:
		return get_u64(s, &r->claims);
	case SRC_REVOKED:
		return get_u64(s, &r->revoked);
	case SRC_PATTERNS:
		return get_u64(s, &r->patterns);
	case SRC_REJECTED:
		return get_u64(s, &r->rejected);
	case SRC_ERROR:
		return get_text(s, ERR_TEXT_MAX, &r->error);
	default:
		return terms_tag_read(r, tag, s);
	}
}

int
source_rec_decode(uint16_t id, struct slice bytes, struct source_rec *r)
{
	struct slice body;
	size_t pos = 1;
	unsigned tag;
	bool bad = false;

	if (bytes.n == 0 || bytes.p[0] != RECORD_VERSION)
		return -1;
	*r = (struct source_rec){.id = id};
	while (tag_next(bytes, &pos, &tag, &body, &bad)) {
		if (source_tag_read(r, tag, body) != 0)
			return -1;
	}
	return bad || r->name.n == 0 ? -1 : 0;
}

static void
deviation_write(const struct poll_deviation *d, struct buf *out)
{
	uint8_t b[VARINT_MAX + DEVIATION_NAME_MAX];
	size_t n = varint_put(b, d->count);

	if (d->name.n == 0 || d->name.n > DEVIATION_NAME_MAX)
		return;
	memcpy(b + n, d->name.p, d->name.n);
	tag_bytes(out, POLL_DEVIATION,
	    (struct slice){(const char *)b, n + d->name.n});
}

int
poll_rec_encode(const struct poll_rec *r, struct buf *out)
{
	uint8_t b[1 + VARINT_MAX];
	unsigned i;

	buf_char(out, RECORD_VERSION);
	tag_number(out, POLL_COMPLETE, r->complete);
	tag_time(out, POLL_START, r->start);
	tag_time(out, POLL_END, r->end);
	tag_number(out, POLL_PAGES, r->pages);
	tag_number(out, POLL_BYTES, r->bytes);
	tag_number(out, POLL_OBJECTS, r->objects);
	tag_number(out, POLL_ADDED, r->added);
	tag_number(out, POLL_UPDATED, r->updated);
	tag_number(out, POLL_UNCHANGED, r->unchanged);
	tag_number(out, POLL_REVOKED, r->revoked);
	tag_number(out, POLL_OLDER, r->older);
	tag_number(out, POLL_REJECTED, r->rejected);
	tag_number(out, POLL_VALUES, r->values);
	for (i = 0; i < POLL_REASONS; i++) {
		if (r->reasons[i] == 0)
			continue;
		b[0] = (uint8_t)i;
		tag_bytes(out, POLL_REASON, (struct slice){(const char *)b,
		    1 + varint_put(b + 1, r->reasons[i])});
	}
	tag_bytes(out, POLL_ERROR, r->error);
	for (i = 0; i < r->ndeviations; i++)
		deviation_write(&r->deviations[i], out);
	tag_time(out, POLL_FROZEN, r->frozen);
	tag_number(out, POLL_WHOLE, r->whole);
	tag_number(out, POLL_HELD, r->held);
	tag_number(out, POLL_LISTED, r->listed);
	tag_number(out, POLL_MISSING, r->missing);
	tag_number(out, POLL_WITHDRAWN, r->withdrawn);
	tag_number(out, POLL_RETURNED, r->returned);
	tag_number(out, POLL_STALE, r->stale);
	tag_number(out, POLL_BAD_DATES, r->bad_dates);
	tag_time(out, POLL_NEWEST, r->newest);
	tag_bytes(out, POLL_MEASURE, r->measure);
	return buf_ok(out) ? 0 : -1;
}

static int
reason_read(struct poll_rec *r, struct slice s)
{
	uint8_t reason;

	if (s.n < 2)
		return -1;
	reason = (uint8_t)s.p[0];
	if (reason >= POLL_REASONS)
		return 0;
	return get_u64((struct slice){s.p + 1, s.n - 1}, &r->reasons[reason]);
}

static int
deviation_read(struct poll_rec *r, struct slice s)
{
	struct poll_deviation *d = &r->deviations[r->ndeviations];
	size_t n;

	if (r->ndeviations >= POLL_DEVIATIONS)
		return 0;
	n = varint_get((const uint8_t *)s.p, s.n, &d->count);
	if (n == 0 || n >= s.n || s.n - n > DEVIATION_NAME_MAX)
		return -1;
	d->name = (struct slice){s.p + n, s.n - n};
	r->ndeviations++;
	return 0;
}

static int
poll_tag_read(struct poll_rec *r, unsigned tag, struct slice s)
{
	switch (tag) {
	case POLL_COMPLETE:
		return get_u8(s, 1, &r->complete);
	case POLL_START:
		return get_time(s, &r->start);
	case POLL_END:
		return get_time(s, &r->end);
	case POLL_PAGES:
		return get_u64(s, &r->pages);
	case POLL_BYTES:
		return get_u64(s, &r->bytes);
	case POLL_OBJECTS:
		return get_u64(s, &r->objects);
	case POLL_ADDED:
		return get_u64(s, &r->added);
	case POLL_UPDATED:
		return get_u64(s, &r->updated);
	case POLL_UNCHANGED:
		return get_u64(s, &r->unchanged);
	case POLL_REVOKED:
		return get_u64(s, &r->revoked);
	case POLL_OLDER:
		return get_u64(s, &r->older);
	case POLL_REJECTED:
		return get_u64(s, &r->rejected);
	case POLL_VALUES:
		return get_u64(s, &r->values);
	case POLL_REASON:
		return reason_read(r, s);
	case POLL_ERROR:
		return get_text(s, ERR_TEXT_MAX, &r->error);
	case POLL_DEVIATION:
		return deviation_read(r, s);
	case POLL_WHOLE:
		return get_u8(s, 1, &r->whole);
	case POLL_HELD:
		return get_u8(s, UINT8_MAX, &r->held);
	case POLL_LISTED:
		return get_u64(s, &r->listed);
	case POLL_MISSING:
		return get_u64(s, &r->missing);
	case POLL_WITHDRAWN:
		return get_u64(s, &r->withdrawn);
	case POLL_RETURNED:
		return get_u64(s, &r->returned);
	case POLL_STALE:
		return get_u64(s, &r->stale);
	case POLL_NEWEST:
		return get_time(s, &r->newest);
	case POLL_MEASURE:
		return get_text(s, KIB(4), &r->measure);
	case POLL_BAD_DATES:
		return get_u64(s, &r->bad_dates);
	case POLL_FROZEN:
		return get_time(s, &r->frozen);
	default:
		return 0;
	}
}

int
poll_rec_decode(uint16_t source, uint32_t poll, struct slice bytes,
    struct poll_rec *r)
{
	struct slice body;
	size_t pos = 1;
	unsigned tag;
	bool bad = false;

	if (bytes.n == 0 || bytes.p[0] != RECORD_VERSION)
		return -1;
	*r = (struct poll_rec){.source = source, .poll = poll};
	while (tag_next(bytes, &pos, &tag, &body, &bad)) {
		if (poll_tag_read(r, tag, body) != 0)
			return -1;
	}
	return bad ? -1 : 0;
}
