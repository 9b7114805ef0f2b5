/* SPDX-License-Identifier: BSD-2-Clause */
/* store/episode.h: earlier times in a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "store/episode.h"
#include "tests/unit/store_util.h"

/* When it was here before: the newest few, in front of what it says itself. */
static void
test_object_episodes(void **state)
{
	struct object_end end = {.reason = END_WITHDRAWN, .poll = 7, .when = 9};
	struct episodes x = {.n = 0}, got;
	struct object_rec r, q;
	struct buf b, ended, again;
	struct err e = ERR_INIT;
	const struct episode *at;
	unsigned k;
	int64_t i;

	(void)state;
	buf_init(&b, LIMIT_RECORD);
	buf_init(&ended, LIMIT_RECORD);
	buf_init(&again, LIMIT_RECORD);
	r = (struct object_rec){.id = id_of(STIX_INDICATOR, 3),
	    .flags = OBJ_CLAIMS, .confidence = 50, .created = 5};
	assert_int_equal(object_rec_begin(&b, &r), 0);
	assert_int_equal(object_rec_add(&b, TAG_LABEL, SLICE("a label")), 0);
	assert_int_equal(object_rec_end(buf_view(&b), &end, &ended), 0);
	episodes_of(&r, &got);
	assert_true(got.n == 0 && got.kept == 0);
	for (i = 0; i < EPISODES_KEPT + 2; i++) {
		episodes_add(&x, &(struct episode){i * 100 + 10, i * 100 + 50,
		    EPISODE_EXPIRED});
		buf_reset(&again);
		assert_int_equal(episodes_put(buf_view(i % 2 != 0 ? &ended :
		    &b), &x, &again), 0);
		assert_int_equal(object_rec_decode(buf_view(&again), false, &q,
		    &e), 0);
		assert_true((q.flags & OBJ_AGAIN) != 0);
		assert_int_equal(object_rec_ended(&q, &end), i % 2 != 0);
		assert_true(slice_eq(object_rec_get(&q, TAG_LABEL),
		    SLICE("a label")));
		episodes_of(&q, &got);
		assert_true(got.n == x.n && got.first == x.first &&
		    got.kept == x.kept);
		for (k = 0; k < got.kept; k++)
			assert_true(got.v[k].from == x.v[k].from &&
			    got.v[k].to == x.v[k].to &&
			    got.v[k].why == x.v[k].why);
	}
	assert_int_equal(x.n, EPISODES_KEPT + 2);
	assert_int_equal(x.kept, EPISODES_KEPT);
	assert_true(x.first == 10 && x.v[0].to == (i - 1) * 100 + 50);
	/* Which of them answers for a time. */
	at = episodes_at(&x, -1);
	assert_true(at == &x.v[EPISODES_KEPT - 1] && at->from == 210);
	assert_true(episodes_at(&x, 249) == at);
	assert_true(episodes_at(&x, 250)->from == 310);
	assert_null(episodes_at(&x, x.v[0].to));
	/* In place of others, not beside them. */
	buf_reset(&b);
	assert_int_equal(episodes_put(buf_view(&again), &x, &b), 0);
	assert_int_equal(b.n, again.n);
	/* The flag and the tag go together, and the tag is whole. */
	b.p[3] ^= OBJ_AGAIN >> 8;
	assert_int_equal(object_rec_decode(buf_view(&b), false, &q, &e), -1);
	b.p[3] ^= OBJ_AGAIN >> 8;
	assert_int_equal(object_rec_head(buf_view(&b), &q), 0);
	((char *)(uintptr_t)object_rec_get(&q, TAG_EPISODES).p)[0] = 1;
	assert_int_equal(object_rec_decode(buf_view(&b), false, &q, &e), -1);
	assert_int_equal(episodes_decode((struct slice){b.p, 28}, &got), -1);
	assert_string_equal(episode_why_name(EPISODE_REVOKED), "revoked");
	assert_string_equal(episode_why_name(END_MOVED), "moved");
	assert_null(episode_why_name(99));
	buf_free(&b);
	buf_free(&ended);
	buf_free(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_object_episodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
