/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorting, the fold of claims, the filter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "store/bytes.h"
#include "store/filter.h"
#include "store/sort.h"
#include "store/verdict.h"
#include "tests/unit/store_util.h"

/* ---- sorting --------------------------------------------------------------- */

#define KEY_BYTES 12

static int
compare_rest(const void *ctx, uint32_t a, uint32_t b)
{
	const uint8_t (*keys)[KEY_BYTES] = ctx;

	return memcmp(keys[a] + 8, keys[b] + 8, KEY_BYTES - 8);
}

/* In order, stable, and each element once. */
static void
check_sorted(uint8_t (*keys)[KEY_BYTES], const struct sort_pair *a, size_t n)
{
	uint8_t *seen = calloc(1, n + 1);
	size_t i;
	int d;

	for (i = 0; i < n; i++) {
		assert_int_equal(seen[a[i].index], 0);
		seen[a[i].index] = 1;
		if (i == 0)
			continue;
		d = memcmp(keys[a[i - 1].index], keys[a[i].index], KEY_BYTES);
		assert_true(d < 0 || (d == 0 && a[i - 1].index < a[i].index));
	}
	free(seen);
}

static void
test_sort(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 3, 23, 24, 25, 100, 5000};
	static const uint32_t spreads[] = {2, 3, 256};
	struct sort_pair *a;
	uint8_t (*keys)[KEY_BYTES];
	uint64_t rng = 1;
	size_t i, j, k, n, b;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		n = sizes[i];
		a = malloc((2 * n + 1) * sizeof(*a));
		keys = malloc((n + 1) * sizeof(*keys));
		assert_true(a != NULL && keys != NULL);
		for (j = 0; j < ARRAY_LEN(spreads); j++) {
			for (k = 0; k < n; k++) {
				for (b = 0; b < KEY_BYTES; b++)
					keys[k][b] = (uint8_t)(rng_below(&rng,
					    spreads[j]) + (b == 3 ? 250 : 0));
				a[k] = (struct sort_pair){
				    sort_prefix(keys[k], KEY_BYTES),
				    (uint32_t)k};
			}
			sort_pairs(a, a + n, n, compare_rest, keys);
			check_sorted(keys, a, n);
		}
		free(a);
		free(keys);
	}
	assert_true(sort_prefix((const uint8_t *)"\1\2", 2) ==
	    UINT64_C(0x0102000000000000));
}

/* ---- the fold -------------------------------------------------------------- */

struct fold_row {
	const char *name;
	struct verdict_claim claims[3]; /* valid_until 0 ends the list */
	uint16_t flags;
	int64_t from, until;
	uint8_t confidence, tlp;
};

#define CLAIM(a, b, c, t) .valid_from = (a), .valid_until = (b), \
    .confidence = (c), .tlp = (t)

static const struct fold_row fold_rows[] = {
	{"one", {{CLAIM(1, 9, 50, TLP_RED)}}, 0, 1, 9, 50, TLP_RED},
	{"same times: highest, least restrictive",
	    {{CLAIM(1, 9, 50, TLP_RED)}, {CLAIM(1, 9, 70, TLP_GREEN)}},
	    0, 1, 9, 70, TLP_GREEN},
	{"what is not stated does not count",
	    {{CLAIM(1, 9, CONFIDENCE_UNKNOWN, TLP_UNKNOWN)},
	    {CLAIM(1, 9, 0, TLP_RED)}}, 0, 1, 9, 0, TLP_RED},
	{"overlap, alike", {{CLAIM(1, 9, 5, 1)}, {CLAIM(4, 20, 5, 1)}},
	    0, 1, 20, 5, 1},
	{"touching, alike", {{CLAIM(1, 9, 5, 1)}, {CLAIM(9, 20, 5, 1)}},
	    0, 1, 20, 5, 1},
	{"gap", {{CLAIM(1, 9, 5, 1)}, {CLAIM(10, 20, 5, 1)}},
	    VREC_COMPLEX, 1, 20, 5, 1},
	{"gap before", {{CLAIM(10, 20, 5, 1)}, {CLAIM(1, 9, 5, 1)}},
	    VREC_COMPLEX, 1, 20, 5, 1},
	{"overlap, other confidence",
	    {{CLAIM(1, 9, 5, 1)}, {CLAIM(4, 20, 6, 1)}},
	    VREC_COMPLEX, 1, 20, 6, 1},
	{"overlap, other marking",
	    {{CLAIM(1, 9, 5, 1)}, {CLAIM(4, 20, 5, 2)}},
	    VREC_COMPLEX, 1, 20, 5, 1},
	{"revoked says nothing beside live",
	    {{CLAIM(1, 9, 5, 1)}, {CLAIM(0, 99, 99, 1), .revoked = true}},
	    0, 1, 9, 5, 1},
	{"nor before it",
	    {{CLAIM(0, 99, 99, 1), .revoked = true}, {CLAIM(1, 9, 5, 2)}},
	    0, 1, 9, 5, 2},
	{"all revoked",
	    {{CLAIM(1, 9, 5, 1), .revoked = true},
	    {CLAIM(20, 30, 6, 1), .revoked = true}},
	    VREC_REVOKED, 1, 30, 6, 1},
	{"revoked and benign",
	    {{CLAIM(1, 9, 5, 1), .revoked = true},
	    {CLAIM(20, 30, 6, 1), .benign = true}},
	    VREC_BENIGN, 20, 30, 6, 1},
	{"benign and live",
	    {{CLAIM(1, 9, 5, 1), .benign = true}, {CLAIM(20, 30, 6, 1)}},
	    0, 20, 30, 6, 1},
	{"revoked, and benign once",
	    {{CLAIM(1, 9, 5, 1), .revoked = true, .benign = true}},
	    VREC_REVOKED, 1, 9, 5, 1},
	{"all past",
	    {{CLAIM(1, 9, 5, 1), .past = true},
	    {CLAIM(20, 30, 6, 1), .past = true, .benign = true}},
	    VREC_PAST, 1, 30, 6, 1},
	{"past and revoked",
	    {{CLAIM(1, 9, 5, 1), .past = true},
	    {CLAIM(20, 30, 6, 1), .revoked = true}},
	    VREC_REVOKED, 20, 30, 6, 1},
	{"past says nothing beside live",
	    {{CLAIM(1, 9, 5, 1)}, {CLAIM(0, 99, 99, 1), .past = true}},
	    0, 1, 9, 5, 1},
	{"lagged", {{CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED}},
	    VREC_LAGGED, 1, 9, 5, 1},
	{"lagged, of one source",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED, .source = 7},
	    {CLAIM(3, 20, 5, 1), .ends = ENDS_LAGGED, .source = 7}},
	    VREC_LAGGED, 1, 20, 5, 1},
	{"lagged, of one source, of another confidence",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED, .source = 7},
	    {CLAIM(3, 20, 6, 1), .ends = ENDS_LAGGED, .source = 7}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 6, 1},
	{"lagged, of two sources",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED},
	    {CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 5, 1},
	{"lagged and fixed",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED, .source = 7},
	    {CLAIM(1, 9, 5, 1), .source = 7}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 5, 1},
	{"fixed and sliding",
	    {{CLAIM(1, 9, 5, 1), .source = 7},
	    {CLAIM(1, 9, 5, 1), .ends = ENDS_SLIDING, .source = 7}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 5, 1},
	{"sliding, both",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_SLIDING, .source = 7},
	    {CLAIM(1, 9, 5, 1), .ends = ENDS_SLIDING, .source = 7}},
	    VREC_SLIDING, 1, 9, 5, 1},
	{"sliding, since other times",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_SLIDING, .source = 7},
	    {CLAIM(2, 9, 5, 1), .ends = ENDS_SLIDING, .source = 7}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 5, 1},
	{"to be joined",
	    {{CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED, .ask = true}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 5, 1},
	{"the live one is of another source than the first",
	    {{CLAIM(1, 9, 5, 1), .revoked = true},
	    {CLAIM(1, 9, 5, 1), .ends = ENDS_LAGGED}},
	    VREC_COMPLEX, 1, TSTAMP_NEVER, 5, 1},
	{"all compound",
	    {{CLAIM(1, 9, 5, 1), .compound = true},
	    {CLAIM(1, 9, 5, 1), .compound = true}},
	    VREC_COMPOUND, 1, 9, 5, 1},
	{"one stands alone",
	    {{CLAIM(1, 9, 5, 1), .compound = true}, {CLAIM(1, 9, 5, 1)}},
	    0, 1, 9, 5, 1},
	{"one stands alone, at other times",
	    {{CLAIM(1, 9, 5, 1), .compound = true}, {CLAIM(4, 9, 5, 1)}},
	    VREC_COMPLEX, 1, 9, 5, 1},
	{"sub-domains",
	    {{CLAIM(1, 9, 5, 1)}, {CLAIM(1, 9, 5, 1), .suffix = true}},
	    VREC_SUFFIX, 1, 9, 5, 1},
	{"complex stays",
	    {{CLAIM(1, 3, 5, 1)}, {CLAIM(5, 9, 5, 1)}, {CLAIM(1, 9, 5, 1)}},
	    VREC_COMPLEX, 1, 9, 5, 1},
};

static void
test_fold(void **state)
{
	const struct fold_row *row;
	struct verdict_claim c;
	struct value_rec r;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(fold_rows); i++) {
		row = &fold_rows[i];
		for (k = 0; k < 3 && row->claims[k].valid_until != 0; k++) {
			c = row->claims[k];
			c.row = 100 + k;
			if (c.source == 0)
				c.source = (uint16_t)(7 + k);
			if (k == 0)
				verdict_first(&r, &c, false);
			else
				verdict_fold(&r, &c);
		}
		if (r.flags != row->flags || r.valid_from != row->from ||
		    r.expires_at != row->until || r.tlp != row->tlp ||
		    r.confidence != row->confidence)
			fail_msg("%s: flags %u, %d … %d, %u, %u", row->name,
			    r.flags, (int)r.valid_from, (int)r.expires_at,
			    r.confidence, r.tlp);
		assert_int_equal(r.nclaims, k);
		assert_int_equal(r.row, 100);
		assert_int_equal(r.source, 7);
	}
	verdict_first(&r, &fold_rows[0].claims[0], true);
	assert_int_equal(r.flags, VREC_DIGEST);
	r.nclaims = UINT16_MAX;
	verdict_fold(&r, &fold_rows[0].claims[0]);
	assert_int_equal(r.nclaims, UINT16_MAX);
}

static void
test_claim(void **state)
{
	struct object_rec o = {.valid_from = 5, .valid_until = TSTAMP_NONE,
	    .confidence = 3, .tlp = TLP_UNKNOWN, .source = 9,
	    .flags = OBJ_REVOKED};
	struct object_value v = {.oflags = OVF_COMPOUND};
	struct source_rec source = {.id = 9, .default_tlp = TLP_AMBER};
	struct source_terms t;
	struct verdict_claim c;

	(void)state;
	terms_of(&source, &t);
	verdict_claim(&o, CLAIM_SUFFIX, &t, VALUE_IPV4, TSTAMP_NONE, 77, &c);
	assert_true(c.valid_from == 5 && c.valid_until == TSTAMP_NEVER);
	assert_true(c.confidence == 3 && c.tlp == TLP_AMBER && c.row == 77);
	assert_true(c.revoked && !c.benign && !c.compound && c.suffix);
	assert_false(c.past);
	o.flags |= OBJ_ENDED;
	verdict_claim(&o, 0, &t, VALUE_IPV4, TSTAMP_NONE, 77, &c);
	assert_true(c.past);
	o.flags = 0;
	o.poll = 4;
	t.hidden_from = 5;
	verdict_claim(&o, 0, &t, VALUE_IPV4, TSTAMP_NONE, 77, &c);
	assert_false(c.past);
	t.hidden_from = 4;
	verdict_claim(&o, 0, &t, VALUE_IPV4, TSTAMP_NONE, 77, &c);
	assert_true(c.past);
	o.tlp = TLP_RED;
	o.valid_until = 8;
	verdict_claim(&o, OVF_COMPOUND, &t, VALUE_IPV4, TSTAMP_NONE, 77, &c);
	assert_true(c.tlp == TLP_RED && c.valid_until == 8);
	assert_true(c.compound && !c.suffix);
	v.value.flags = VALUE_SUFFIX;
	assert_int_equal(verdict_flags(&v), OVF_COMPOUND | CLAIM_SUFFIX);
}

/* ---- the filter ------------------------------------------------------------- */

static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void
key_of(uint64_t n, uint8_t key[16])
{
	uint64_t rng = n;

	le64_put(key, rng_next(&rng));
	le64_put(key + 8, rng_next(&rng));
}

static void
test_filter(void **state)
{
	const uint64_t count = 20000;
	uint64_t i, hits = 0;
	struct filter *w, *r;
	struct folder f;
	struct err e = ERR_INIT;
	uint8_t key[16];

	(void)state;
	folder_make(&f);
	assert_null(filter_map(f.store, uuid));
	assert_int_equal(filter_open(f.store, uuid, 0, &w, &e), 0);
	assert_null(w);
	assert_int_equal(filter_open(f.store, uuid, count, &w, &e), 0);
	r = filter_map(f.store, uuid);
	assert_non_null(r);
	assert_int_equal(filter_capacity(r), count);
	for (i = 0; i < count; i++) {
		key_of(i, key);
		filter_add(w, VALUE_MD5, key, 16);
	}
	/* Seen at once through the other map, without a sync. */
	for (i = 0; i < count; i++) {
		key_of(i, key);
		assert_true(filter_may_have(r, VALUE_MD5, key, 16));
	}
	for (; i < 2 * count; i++) {
		key_of(i, key);
		hits += filter_may_have(r, VALUE_MD5, key, 16);
	}
	assert_in_range(hits, 0, count / 50); /* 2 % */
	key_of(0, key);
	/* one digest of sixteen bytes is as good as another, and as no text */
	assert_true(filter_may_have(r, VALUE_JA3, key, 16));
	assert_true(filter_may_have(r, VALUE_X509_MD5, key, 16));
	assert_false(filter_may_have(r, VALUE_EMAIL, key, 16));
	assert_false(filter_may_have(r, VALUE_SHA1, key, 16));
	assert_int_equal(filter_count(r), count);
	filter_complete(w, 42);
	assert_int_equal(filter_generation(r), 42);
	assert_int_equal(filter_sync(w, &e), 0);
	filter_unmap(w);
	filter_unmap(r);
	folder_remove(&f);
}

static void
test_filter_urls(void **state)
{
	struct value a = value_of(VALUE_URL, "http://evil.example/Path");
	struct value b = value_of(VALUE_URL, "https://evil.example:8443/path");
	size_t loose = value_url_loose_len(b.key, b.keylen);
	struct filter *w;
	struct folder f;
	struct err e = ERR_INIT;

	(void)state;
	folder_make(&f);
	assert_int_equal(filter_open(f.store, uuid, 100, &w, &e), 0);
	filter_add(w, a.type, a.key, a.keylen);
	/* All spellings of one loose part are one entry. */
	assert_true(filter_may_have(w, a.type, a.key, a.keylen));
	assert_true(filter_may_have(w, b.type, b.key, b.keylen));
	assert_true(filter_may_have(w, b.type, b.key, loose));
	filter_unmap(w);
	folder_remove(&f);
}

static void
test_filter_nets(void **state)
{
	static const struct {
		enum value_type type;
		const char *net, *inside, *outside;
	} rows[] = {
	    {VALUE_IPV4, "203.0.113.0/24", "203.0.113.9", "203.1.113.9"},
	    {VALUE_IPV4, "44.0.0.0/9", "44.127.255.255", "44.128.0.0"},
	    {VALUE_IPV4, "91.0.0.0/8", "91.255.255.255", "92.0.0.0"},
	    {VALUE_IPV4, "192.0.2.64/27", "192.0.2.95", "192.0.2.96"},
	    {VALUE_IPV4, "198.51.100.0/31", "198.51.100.1", "198.51.100.2"},
	    {VALUE_IPV6, "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"},
	    {VALUE_IPV6, "2a00:1:2::/47", "2a00:1:3::1", "2a00:1:4::1"},
	    {VALUE_IPV6, "2a00:9::8/127", "2a00:9::9", "2a00:9::a"},
	};
	struct value net, in, out;
	struct filter *w;
	struct folder f;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	folder_make(&f);
	assert_int_equal(filter_open(f.store, uuid, 1000, &w, &e), 0);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		net = value_of(rows[i].type, rows[i].net);
		in = value_of(rows[i].type, rows[i].inside);
		out = value_of(rows[i].type, rows[i].outside);
		assert_false(filter_may_cover(w, in.type, in.key));
		filter_add_net(w, net.type, net.key, net.prefix);
		assert_true(filter_may_cover(w, in.type, in.key));
		assert_false(filter_may_cover(w, out.type, out.key));
	}
	filter_unmap(w);
	folder_remove(&f);
}

static void
test_filter_replaced(void **state)
{
	struct filter *old, *reader, *new, *again;
	uint8_t other[16] = {0}, key[16];
	char left[PATH_MAX * 2];
	struct folder f;
	struct err e = ERR_INIT;
	FILE *out;

	(void)state;
	folder_make(&f);
	assert_int_equal(filter_open(f.store, uuid, 100, &old, &e), 0);
	reader = filter_map(f.store, uuid);
	assert_false(filter_superseded(reader));
	/* A keeper that was killed while it built one. */
	snprintf(left, sizeof(left), "%s-filter.new", f.store);
	out = fopen(left, "w");
	assert_non_null(out);
	fputs("rubbish", out);
	fclose(out);
	assert_int_equal(filter_build(f.store, uuid, 5000, &new, &e), 0);
	key_of(1, key);
	filter_add(new, VALUE_MD5, key, 16);
	assert_int_equal(filter_publish(new, old, true, &e), 0);
	assert_true(filter_superseded(reader));
	again = filter_map(f.store, uuid);
	assert_non_null(again);
	assert_int_equal(filter_capacity(again), 5000);
	assert_true(filter_may_have(again, VALUE_MD5, key, 16));
	assert_int_equal(access(left, F_OK), -1);
	/* Of another store: as good as none. */
	assert_null(filter_map(f.store, other));
	filter_unmap(old);
	filter_unmap(reader);
	filter_unmap(new);
	filter_unmap(again);
	folder_remove(&f);
}

/* A file of an older version is not used, and who had it mapped is told. */
static void
test_filter_version(void **state)
{
	static const uint32_t older = 2, none = 0;
	char name[PATH_MAX * 2];
	struct err e = ERR_INIT;
	struct filter *w, *r;
	struct folder f;
	FILE *file;

	(void)state;
	folder_make(&f);
	assert_int_equal(filter_open(f.store, uuid, 100, &w, &e), 0);
	r = filter_map(f.store, uuid);
	assert_non_null(r);
	snprintf(name, sizeof(name), "%s-filter", f.store);
	file = fopen(name, "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, 8, SEEK_SET), 0);
	assert_int_equal(fwrite(&older, sizeof(older), 1, file), 1);
	assert_int_equal(fwrite(&none, sizeof(none), 1, file), 1);
	assert_int_equal(fclose(file), 0);
	filter_unmap(w);
	assert_false(filter_superseded(r));
	assert_null(filter_map(f.store, uuid));
	assert_int_equal(filter_open(f.store, uuid, 0, &w, &e), 0);
	assert_null(w);
	assert_true(filter_superseded(r));
	filter_unmap(r);
	assert_int_equal(filter_open(f.store, uuid, 100, &w, &e), 0);
	assert_non_null(w);
	filter_unmap(w);
	folder_remove(&f);
}

static void
test_filter_damaged(void **state)
{
	char name[PATH_MAX * 2];
	struct filter *w;
	struct folder f;
	struct err e = ERR_INIT;

	(void)state;
	folder_make(&f);
	snprintf(name, sizeof(name), "%s-filter", f.store);
	assert_int_equal(filter_open(f.store, uuid, 1000, &w, &e), 0);
	filter_unmap(w);
	assert_int_equal(truncate(name, 12288 + 64), 0);
	assert_null(filter_map(f.store, uuid));
	assert_int_equal(truncate(name, 10), 0);
	assert_null(filter_map(f.store, uuid));
	/* The writer makes a new one in its place. */
	assert_int_equal(filter_open(f.store, uuid, 1000, &w, &e), 0);
	assert_non_null(w);
	filter_unmap(w);
	folder_remove(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sort),
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_claim),
	    cmocka_unit_test(test_filter),
	    cmocka_unit_test(test_filter_urls),
	    cmocka_unit_test(test_filter_nets),
	    cmocka_unit_test(test_filter_replaced),
	    cmocka_unit_test(test_filter_version),
	    cmocka_unit_test(test_filter_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
