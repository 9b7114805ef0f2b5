/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents: many objects, known ones, broken input, a broken pipe.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "base/digest.h"
#include "tests/unit/sync_ingest_rig.h"

/* ---- many ---------------------------------------------------------------- */

/* n different indicators as one envelope. */
static void
make_feed(struct buf *doc, unsigned n)
{
	unsigned i;

	buf_init(doc, MIB(64));
	buf_str(doc, "{\"more\":true,\"objects\":[");
	for (i = 0; i < n; i++)
		buf_printf(doc, "%s{\"type\":\"indicator\",\"spec_version\":"
		    "\"2.1\",\"id\":\"indicator--%08x-0000-4000-8000-"
		    "000000000000\"," TIMES "," PAT "\"[domain-name:value = "
		    "'h%u.example']\"," FROM "}", i > 0 ? "," : "", i, i);
	buf_str(doc, "],\"next\":\"n2\"}");
	assert_true(buf_ok(doc));
}

static unsigned
number_of(const struct object_rec *r)
{
	return (unsigned)r->id.b[1] << 24 | (unsigned)r->id.b[2] << 16 |
	    (unsigned)r->id.b[3] << 8 | r->id.b[4];
}

/* In order, with their originals, and a checkpoint behind all of them. */
static void
test_order_and_originals(void **state)
{
	enum { N = 3000 };
	struct block_reader *reader = block_reader_new();
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct err e = ERR_INIT;
	struct object_rec r;
	struct slice original;
	struct buf doc;
	unsigned i;

	(void)state;
	t->job.keep_raw = true;
	make_feed(&doc, N);
	rig_start(t);
	feed(t, buf_view(&doc), &facts);
	assert_string_equal(json_string_value(json_object_get(facts.skeleton,
	    "next")), "n2");
	assert_int_equal(facts.bytes, doc.n);
	assert_int_equal(ingest_checkpoint(t->g, SLICE("c1"), &e), 0);
	assert_int_equal(ingest_page(t->g, facts.bytes, &e), 0);
	rig_finish(t);
	assert_int_equal(t->n, N);
	assert_int_equal(t->raw, N);
	assert_int_equal(t->blocks, N);
	assert_int_equal(t->records_at_cursor, N);
	assert_string_equal(t->cursor, "c1");
	assert_int_equal(t->keeper.progress.pages, 1);
	assert_int_equal(t->keeper.progress.bytes, doc.n);
	assert_int_equal(t->keeper.progress.objects, N);
	for (i = 0; i < N; i++) {
		r = record(t, i);
		assert_int_equal(number_of(&r), i);
	}
	/* The last object, out of the last block, is what came in. */
	assert_int_equal(block_reader_get(reader, 1, t->block, r.index,
	    &original, &e), 0);
	assert_true(digest64(original.p, original.n, SEED) == r.hash);
	block_reader_free(reader);
	buf_free(&doc);
	rig_free(t);
}

/* Known objects are not sent, the others keep their order and nothing is lost,
 * at every size around the chunk's. */
static void
test_ask(void **state)
{
	static const unsigned sizes[] = {1, LIMIT_ASK - 1, LIMIT_ASK,
	    LIMIT_ASK + 1, 3500};
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(sizes); k++) {
		struct rig *first = rig_new(), *t = rig_new();
		struct ingest_facts facts;
		struct object_rec r;
		struct buf doc;
		unsigned i, last = 0;

		make_feed(&doc, sizes[k]);
		rig_start(first);
		feed(first, buf_view(&doc), &facts);
		rig_finish(first);
		for (i = 0; i < 64 && i * 50 < sizes[k]; i++) {
			r = record(first, i * 50);
			t->known[t->nknown++] = r.hash;
		}
		t->job.ask = true;
		rig_start(t);
		feed(t, buf_view(&doc), &facts);
		assert_int_equal(facts.taken, sizes[k]);
		rig_finish(t);
		assert_int_equal(t->asked, sizes[k]);
		assert_int_equal(t->unchanged, t->nknown);
		assert_int_equal(t->n, sizes[k] - t->nknown);
		assert_int_equal(t->keeper.progress.objects, sizes[k]);
		for (i = 0; i < t->n; i++) {
			r = record(t, i);
			if (number_of(&r) / 50 < 64)
				assert_true(number_of(&r) % 50 != 0);
			assert_true(i == 0 || number_of(&r) > last);
			last = number_of(&r);
		}
		buf_free(&doc);
		rig_free(first);
		rig_free(t);
	}
}

/* Rejections are all counted, but only a few come with an example. */
static void
test_reject_counts(void **state)
{
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct buf doc;
	unsigned i;

	(void)state;
	buf_init(&doc, MIB(1));
	buf_str(&doc, "[");
	for (i = 0; i < 500; i++)
		buf_printf(&doc, "%s{\"type\":\"malware\",\"id\":\"tool--%u\"}",
		    i > 0 ? "," : "", i);
	buf_str(&doc, "]");
	rig_start(t);
	feed(t, buf_view(&doc), &facts);
	rig_finish(t);
	assert_int_equal(facts.rejected, 500);
	assert_int_equal(t->rejects[REJECT_BAD_ID], 500);
	assert_int_equal(t->keeper.remarks, LIMIT_EXAMPLES);
	assert_string_equal(t->example, "tool--2, offset 69");
	buf_free(&doc);
	rig_free(t);
}

/* ---- documents ----------------------------------------------------------- */

/* Order and bytes count, and nothing else. */
static void
test_content(void **state)
{
	static const struct slice docs[] = {
		SLICE("{\"objects\":[{\"a\":1},{\"b\":2}]}"),
		SLICE("[{\"a\":1}, {\"b\":2}]"),
		SLICE("[{\"b\":2},{\"a\":1}]"),
		SLICE("[{\"a\":1}]"),
		SLICE("[]"),
	};
	struct rig *t = rig_new();
	struct ingest_facts facts[ARRAY_LEN(docs)];
	size_t i, k;

	(void)state;
	rig_start(t);
	for (i = 0; i < ARRAY_LEN(docs); i++)
		feed(t, docs[i], &facts[i]);
	rig_finish(t);
	assert_true(facts[0].content == facts[1].content);
	for (i = 1; i < ARRAY_LEN(docs); i++)
		for (k = i + 1; k < ARRAY_LEN(docs); k++)
			assert_true(facts[i].content != facts[k].content);
	rig_free(t);
}

/* A page that was smaller on the wire does not make the counts run backwards,
 * which the keeper would not take. */
static void
test_page_bytes(void **state)
{
	struct rig *t = rig_new();
	struct ingest_facts facts;
	struct err e = ERR_INIT;
	struct buf doc;

	(void)state;
	make_feed(&doc, 4000); /* long enough for a count in between */
	buf_char(&doc, '\n');
	while (doc.n < MIB(5))
		buf_str(&doc, "                                                ");
	rig_start(t);
	feed(t, buf_view(&doc), &facts);
	assert_int_equal(ingest_page(t->g, 1000, &e), 0);
	feed(t, SLICE("[]"), &facts);
	assert_int_equal(ingest_page(t->g, 10, &e), 0);
	rig_finish(t);
	assert_int_equal(t->keeper.progress.pages, 2);
	assert_int_equal(t->keeper.progress.bytes, doc.n);
	buf_free(&doc);
	rig_free(t);
}

/* A document that breaks off: what was whole is kept, the next one works. */
static void
test_broken_documents(void **state)
{
	static const struct {
		struct slice doc;
		bool bytes_fail;
	} cases[] = {
		{SLICE("[{" ID("malware", "1") "},{\"type\":"), false},
		{SLICE("[{" ID("malware", "1") "},]"), true},
		{SLICE("[{" ID("malware", "1") "}}"), true},
		{SLICE("{\"objects\":[{" ID("malware", "1") "}] \x01"), true},
	};
	size_t i;
	int ask;

	(void)state;
	for (i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		const struct slice *doc = &cases[i / 2].doc;
		struct rig *t = rig_new();
		struct err e = ERR_INIT;
		struct ingest_facts facts;
		int rc;

		ask = i % 2;
		t->job.ask = ask;
		rig_start(t);
		assert_int_equal(ingest_begin(t->g, &e), 0);
		rc = ingest_bytes(t->g, doc->p, doc->n, &e);
		if (rc == 0)
			rc = ingest_end(t->g, &facts, &e);
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, ERR_SYNTAX);
		ingest_abandon(t->g);
		feed(t, SLICE("[{" ID("malware", "2") "}]"), &facts);
		assert_int_equal(facts.taken, 1);
		rig_finish(t);
		assert_int_equal(t->n, 2);
		rig_free(t);
	}
}

static const char bad_objects[] = "[{\"a\":1},{" ID("indicator", "5")
    "," TIMES "}]";

/* Rejections, however many and however made, go as if they had not been. */
static void
test_taken_back(void **state)
{
	struct ingest_facts facts;
	struct err e = ERR_INIT;
	int ask, i;

	(void)state;
	for (ask = 0; ask < 2; ask++) {
		struct rig *t = rig_new();

		t->job.ask = ask;
		rig_start(t);
		ingest_hold(t->g);
		for (i = 0; i < 100; i++) {
			feed(t, slice_str(bad_objects), &facts);
			assert_int_equal(facts.rejected, 2);
			assert_true(ingest_take_back(t->g));
		}
		/* and half a document that has none */
		assert_int_equal(ingest_begin(t->g, &e), 0);
		assert_int_equal(ingest_bytes(t->g, "[{", 2, &e), 0);
		assert_true(ingest_take_back(t->g));
		feed(t, SLICE("[{\"b\":2},{" ID("malware", "2") "}]"), &facts);
		assert_int_equal(facts.taken, 1);
		assert_false(ingest_take_back(t->g));
		feed(t, slice_str(bad_objects), &facts);
		rig_finish(t);
		assert_int_equal(t->n, 1);
		assert_int_equal(t->rejects[REJECT_NO_TYPE], 2);
		assert_int_equal(t->rejects[REJECT_NO_PATTERN], 1);
		rig_free(t);
	}
}

/* What the keeper may act on cannot be taken back. */
static void
test_handed_over(void **state)
{
	static const char known[] = "{" ID("malware", "2") "}";
	struct err e = ERR_INIT;
	int way;

	(void)state;
	for (way = 0; way < 5; way++) {
		struct rig *t = rig_new();
		struct ingest_facts facts;

		t->job.ask = way == 2;
		t->known[t->nknown++] = digest64(known, sizeof(known) - 1,
		    SEED);
		rig_start(t);
		ingest_hold(t->g);
		feed(t, slice_str(bad_objects), &facts);
		if (way == 0)
			assert_int_equal(ingest_checkpoint(t->g, SLICE("c"),
			    &e), 0);
		else if (way == 1)
			assert_int_equal(ingest_extent(t->g, STORE_DOCUMENT,
			    STORE_UNDECLARED, &e), 0);
		else if (way == 2)
			feed(t, SLICE("[{" ID("malware", "2") "}]"), &facts);
		else if (way == 3)
			assert_int_equal(ingest_stated(t->g, 1, &e), 0);
		assert_int_equal(ingest_take_back(t->g), way == 4);
		rig_finish(t);
		assert_int_equal(t->unchanged, way == 2);
		assert_int_equal(t->rejects[REJECT_NO_TYPE], way < 4);
		rig_free(t);
	}
}

/* The keeper goes away in the middle: an error, at once and for good. */
static void
test_keeper_gone(void **state)
{
	struct rig *t = rig_new();
	struct err e = ERR_INIT, again = ERR_INIT;
	struct buf doc;
	int fds[2], rc, i;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	t->job.ask = true;
	t->g = ingest_new(fds[0], &t->job, &e);
	assert_non_null(t->g);
	close(fds[1]);
	make_feed(&doc, 100);
	rc = ingest_begin(t->g, &e);
	for (i = 0; i < 100 && rc == 0; i++)
		rc = ingest_bytes(t->g, doc.p, doc.n, &e);
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(ingest_note(t->g, "x", &again), -1);
	assert_int_equal(again.code, ERR_IO);
	assert_int_equal(ingest_finish(t->g, true, NULL, &again), -1);
	ingest_free(t->g);
	t->link.fd = -1;
	buf_free(&doc);
	rig_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_originals),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_reject_counts),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_page_bytes),
		cmocka_unit_test(test_broken_documents),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_handed_over),
		cmocka_unit_test(test_keeper_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
