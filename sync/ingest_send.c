/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records to frames.  The originals of many objects share a block, and a block
 * follows the records that point into it; a checkpoint follows its blocks.
 */
#include <stdio.h>
#include <string.h>

#include "sync/ingest_int.h"

static int
send_frame(struct ingest *g, enum msg_type type, struct slice head,
    struct slice body)
{
	return msg_send(&g->link, type, head, body, &g->err);
}

static int
send_objects(struct ingest *g, struct slice records)
{
	if (records.n == 0)
		return 0;
	return send_frame(g, MSG_OBJECTS, SLICE_NONE, records);
}

int
send_hand_over(struct ingest *g)
{
	struct slice rest = buf_view(&g->held);
	uint32_t n;

	if (g->handed)
		return 0;
	g->handed = true;
	while (msg_take(&rest, &n, sizeof(n))) {
		if (send_frame(g, MSG_REJECT, SLICE_NONE,
		    (struct slice){rest.p, n}) != 0)
			return -1;
		rest.p += n;
		rest.n -= n;
	}
	buf_reset(&g->held);
	return 0;
}

/* Closed blocks, each behind its records: those that are compressed by now, or
 * `all`. */
static int
blocks_send(struct ingest *g, bool all)
{
	struct slice records, block;

	while (g->pack != NULL && (all ? pack_closed(g->pack) != 0 :
	    pack_due(g->pack))) {
		if (pack_take(g->pack, &records, &block, &g->err) != 0 ||
		    send_objects(g, records) != 0 ||
		    send_frame(g, MSG_BLOCK, SLICE_NONE, block) != 0)
			return -1;
	}
	return 0;
}

static int
frame_close(struct ingest *g)
{
	if (blocks_send(g, true) != 0 ||
	    send_objects(g, buf_view(&g->frame)) != 0)
		return -1;
	buf_reset(&g->frame);
	return 0;
}

/* The block is full: it is compressed while the next ones are filled. */
static int
block_close(struct ingest *g)
{
	if (g->pack == NULL || block_writer_count(pack_open(g->pack)) == 0)
		return frame_close(g);
	if (blocks_send(g, false) != 0)
		return -1;
	pack_close(g->pack, &g->frame);
	return 0;
}

int
send_record(struct ingest *g, struct slice original, bool raw)
{
	uint32_t n = (uint32_t)g->record.n;
	char *to;

	if (!g->handed && send_hand_over(g) != 0)
		return -1;
	to = buf_room(&g->frame, sizeof(n) + n);
	if (to == NULL)
		return err_set(&g->err, ERR_MEMORY, "out of memory for "
		    "records");
	memcpy(to, &n, sizeof(n));
	memcpy(to + sizeof(n), g->record.p, n);
	g->frame.n += sizeof(n) + n;
	if (raw) {
		if (block_writer_add(pack_open(g->pack), original) < 0)
			return err_set(&g->err, ERR_MEMORY, "out of memory "
			    "for original objects");
		if (block_writer_raw(pack_open(g->pack)) >= LIMIT_BLOCK_RAW)
			return block_close(g);
	}
	return g->frame.n >= LIMIT_FRAME_RECORDS ? frame_close(g) : 0;
}

int
send_known(struct ingest *g, uint32_t n)
{
	if (n == 0)
		return 0;
	if (send_hand_over(g) != 0)
		return -1;
	return send_frame(g, MSG_KNOWN, (struct slice){(char *)&n, sizeof(n)},
	    SLICE_NONE);
}

/* ---- rejections ---------------------------------------------------------- */

static int
reject_frame(struct ingest *g, enum reject_reason why, enum reject_loss loss,
    uint64_t n, struct slice text)
{
	char head[10];
	uint32_t all = (uint32_t)(sizeof(head) + text.n);

	head[0] = (char)why;
	head[1] = (char)loss;
	memcpy(head + 2, &n, sizeof(n));
	if (g->holding && !g->handed) {
		buf_add(&g->held, &all, sizeof(all));
		buf_add(&g->held, head, sizeof(head));
		return buf_slice(&g->held, text) == 0 ? 0 :
		    err_set(&g->err, ERR_MEMORY, "out of memory for what "
		    "cannot be read");
	}
	return send_frame(g, MSG_REJECT, (struct slice){head, sizeof(head)},
	    text);
}

int
send_reject(struct ingest *g, enum reject_reason why, enum reject_loss loss,
    const struct ingest_item *item, struct slice id, const char *detail)
{
	char text[LIMIT_REMARK];
	int n;

	if (g->examples[why] >= LIMIT_EXAMPLES) {
		g->rejects[why][loss]++;
		return 0;
	}
	g->examples[why]++;
	if (id.n > LIMIT_ID)
		id.n = LIMIT_ID;
	n = snprintf(text, sizeof(text), "%.*s%soffset %llu%s%s",
	    SLICE_ARG(id), id.n > 0 ? ", " : "",
	    (unsigned long long)item->offset, detail != NULL ? ": " : "",
	    detail != NULL ? detail : "");
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	return reject_frame(g, why, loss, 1, (struct slice){text, (size_t)n});
}

static int
rejects_close(struct ingest *g)
{
	unsigned i, loss;
	uint64_t *n;

	for (i = 0; i < REJECT_REASONS; i++) {
		for (loss = 0; loss < REJECT_LOSSES; loss++) {
			n = &g->rejects[i][loss];
			if (*n > 0 && reject_frame(g, (enum reject_reason)i,
			    (enum reject_loss)loss, *n, SLICE("")) != 0)
				return -1;
			*n = 0;
		}
	}
	return 0;
}

/* ---- deviations ----------------------------------------------------------- */

static int
deviation_frame(struct ingest *g, unsigned d, uint64_t n, struct slice text)
{
	char head[9];

	if (text.n > LIMIT_REMARK)
		text.n = LIMIT_REMARK;
	head[0] = (char)d;
	memcpy(head + 1, &n, sizeof(n));
	return send_frame(g, MSG_DEVIATION, (struct slice){head, sizeof(head)},
	    text);
}

int
send_deviation(struct ingest *g, enum deviation d, uint64_t n,
    const char *detail)
{
	if ((g->deviated & DEVIATION_BIT(d)) != 0) {
		g->deviations[d] += n;
		return 0;
	}
	g->deviated |= DEVIATION_BIT(d);
	return deviation_frame(g, d, n, slice_str(detail));
}

static int
deviations_close(struct ingest *g)
{
	for (unsigned d = 0; d < DEVIATIONS; d++) {
		uint64_t n = g->deviations[d];

		if (n == 0)
			continue;
		g->deviations[d] = 0;
		if (deviation_frame(g, d, n < UINT32_MAX ? n : UINT32_MAX,
		    SLICE("")) != 0)
			return -1;
	}
	return 0;
}

int
send_all(struct ingest *g)
{
	if (send_hand_over(g) != 0 || block_close(g) != 0 ||
	    blocks_send(g, true) != 0 || rejects_close(g) != 0)
		return -1;
	return deviations_close(g);
}

int
send_progress(struct ingest *g, uint64_t bytes)
{
	uint64_t n[2];

	/* A page may be given as fewer bytes than it had when unpacked. */
	if (g->shown < bytes)
		g->shown = bytes;
	n[0] = g->pages;
	n[1] = g->shown;
	return send_frame(g, MSG_PAGE, (struct slice){(char *)n, sizeof(n)},
	    SLICE_NONE);
}
