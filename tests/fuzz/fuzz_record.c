/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoders of records: the first byte chooses one.  Whatever is accepted can be
 * walked to its end, and gives the same when it is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/record.h"
#include "store/rowset.h"
#include "store/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
hold(bool promise)
{
	if (!promise)
		abort();
}

/* Write head and tags anew. */
static void
object_again(const struct object_rec *r, struct buf *out)
{
	struct object_value v;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;

	object_rec_begin(out, r);
	while (object_rec_next(r, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE) {
			object_rec_add(out, tag, bytes);
			continue;
		}
		hold(object_value_decode(bytes, &v) == 0);
		hold(v.value.keylen <= LIMIT_VALUE_KEY + 64);
		hold(v.value.text.n <= LIMIT_VALUE);
		object_rec_add_value(out, &v);
	}
	hold(pos == r->tail.n);
}

static void
same_object(const struct object_rec *a, const struct object_rec *b)
{
	hold(memcmp(a->id.b, b->id.b, IDKEY_LEN) == 0);
	hold(a->flags == b->flags && a->tlp == b->tlp);
	hold(a->confidence == b->confidence && a->hash == b->hash);
	hold(a->created == b->created && a->modified == b->modified);
	hold(a->valid_from == b->valid_from);
	hold(a->valid_until == b->valid_until);
	hold(a->block == b->block && a->index == b->index);
}

static void
fuzz_object(struct slice in)
{
	struct object_rec r, head, again;
	struct source_rec source = {.id = 1, .default_tlp = TLP_RED};
	struct source_terms terms;
	struct verdict_claim c;
	struct buf out;

	terms_of(&source, &terms);
	/* Alone, the head promises nothing but itself. */
	if (object_rec_head(in, &head) == 0)
		verdict_claim(&head, 0, &terms, VALUE_IPV4, 1, 1, &c);
	if (object_rec_decode(in, false, &r, NULL) != 0)
		return;
	same_object(&r, &head);
	hold(object_rec_decode(in, true, &again, NULL) == 0);
	buf_init(&out, 2 * LIMIT_RECORD);
	object_again(&r, &out);
	hold(buf_ok(&out));
	if (out.n <= LIMIT_RECORD) {
		hold(object_rec_decode(buf_view(&out), false, &again, NULL) ==
		    0);
		same_object(&r, &again);
		object_rec_patch((uint8_t *)out.p, 1, 2, 3, 4);
		hold(object_rec_decode(buf_view(&out), false, &again, NULL) ==
		    0);
		hold(again.source == 1 && again.poll_first == 2 &&
		    again.poll == 3);
	}
	buf_free(&out);
}

static void
fuzz_block(struct slice in)
{
	struct block_reader *reader = block_reader_new();
	struct block_rec b;
	struct slice got;
	size_t sum = 0;
	unsigned i;

	hold(reader != NULL);
	if (block_rec_decode(in, &b) == 0) {
		for (i = 0; i < b.count; i++) {
			if (block_reader_get(reader, 1, in, (uint16_t)i, &got,
			    NULL) != 0)
				break;
			sum += got.n;
		}
		hold(i < b.count || sum == b.raw_len);
		hold(block_reader_get(reader, 1, in, b.count, &got, NULL) !=
		    0);
	}
	block_reader_free(reader);
}

static void
fuzz_source(struct slice in)
{
	struct source_rec r, again;
	struct buf one, two;

	if (source_rec_decode(5, in, &r) != 0)
		return;
	buf_init(&one, LIMIT_RECORD);
	buf_init(&two, LIMIT_RECORD);
	hold(source_rec_encode(&r, &one) == 0);
	hold(source_rec_decode(5, buf_view(&one), &again) == 0);
	hold(source_rec_encode(&again, &two) == 0);
	hold(slice_eq(buf_view(&one), buf_view(&two)));
	buf_free(&one);
	buf_free(&two);
}

static void
fuzz_poll(struct slice in)
{
	struct poll_rec r, again;
	struct buf one, two;

	if (poll_rec_decode(5, 6, in, &r) != 0)
		return;
	buf_init(&one, LIMIT_RECORD);
	buf_init(&two, LIMIT_RECORD);
	hold(poll_rec_encode(&r, &one) == 0);
	hold(poll_rec_decode(5, 6, buf_view(&one), &again) == 0);
	hold(poll_rec_encode(&again, &two) == 0);
	hold(slice_eq(buf_view(&one), buf_view(&two)));
	buf_free(&one);
	buf_free(&two);
}

static void
fuzz_changes(struct slice in)
{
	struct change c;
	size_t pos = 1, last = 1;

	while (change_next(in, &pos, &c) == 1) {
		hold(pos > last && pos <= in.n);
		hold(c.key.n != 0 && c.key.p + c.key.n == in.p + pos);
		last = pos;
	}
}

static void
fuzz_small(struct slice in)
{
	uint8_t b[VALUE_REC_LEN], k[CLAIM_REC_LEN];
	struct value_rec r;
	struct claim_rec c;

	if (value_rec_decode(in, &r) == 0) {
		value_rec_encode(&r, b);
		hold(memcmp(b, in.p, sizeof(b)) == 0);
	}
	if (claim_rec_decode(in, &c) == 0) {
		claim_rec_encode(&c, k);
		hold(memcmp(k, in.p, sizeof(k)) == 0);
	}
}

static void
fuzz_rows(struct slice in)
{
	uint8_t b[ROWS_REC_MAX];
	struct rows_rec r, again;
	size_t n;

	if (rows_rec_decode(in, &r) != 0)
		return;
	n = rows_rec_encode(&r, b);
	hold(n != 0 && n <= sizeof(b));
	hold(rows_rec_decode((struct slice){(char *)b, n}, &again) == 0);
	hold(memcmp(again.words, r.words, sizeof(r.words)) == 0);
	hold(again.poll == r.poll && again.time == r.time);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const targets[])(struct slice) = {fuzz_object,
	    fuzz_block, fuzz_source, fuzz_poll, fuzz_changes, fuzz_small,
	    fuzz_rows};
	char *copy;

	if (n == 0 || p[0] >= ARRAY_LEN(targets))
		return 0;
	/* Memory that ends with the input. */
	copy = malloc(n > 1 ? n - 1 : 1);
	hold(copy != NULL);
	memcpy(copy, p + 1, n - 1);
	targets[p[0]]((struct slice){copy, n - 1});
	free(copy);
	return 0;
}
