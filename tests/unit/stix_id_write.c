/* SPDX-License-Identifier: BSD-2-Clause */
/* Making ids, and bundles around objects. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <ctype.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/limits.h"
#include "stix/id.h"
#include "stix/write.h"

static void
random_ids(void **state)
{
	char a[STIX_ID_TEXT_MAX], b[STIX_ID_TEXT_MAX];
	const char *uuid = a + strlen("indicator--");
	size_t i;

	(void)state;
	assert_int_equal(stix_id_random("indicator", a), 0);
	assert_int_equal(stix_id_random("indicator", b), 0);
	assert_string_not_equal(a, b);
	assert_memory_equal(a, "indicator--", strlen("indicator--"));
	assert_int_equal(strlen(uuid), 36);
	for (i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23)
			assert_int_equal(uuid[i], '-');
		else
			assert_true(isdigit((unsigned char)uuid[i]) ||
			    (uuid[i] >= 'a' && uuid[i] <= 'f'));
	assert_int_equal(uuid[14], '4');
	assert_non_null(strchr("89ab", uuid[19]));
}

static void
named_ids(void **state)
{
	char id[STIX_ID_TEXT_MAX];

	(void)state;
	assert_int_equal(stix_id_named("ipv4-addr",
	    SLICE("{\"value\":\"198.51.100.3\"}"), id), 0);
	assert_string_equal(id,
	    "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
	assert_int_equal(stix_id_named("x", SLICE(""), id), 0);
	assert_int_equal(id[strlen("x--") + 14], '5');
}

static void
long_types(void **state)
{
	char type[STIX_ID_TEXT_MAX], id[STIX_ID_TEXT_MAX];
	size_t room = STIX_ID_TEXT_MAX - sizeof("--") - 36;

	(void)state;
	memset(type, 'a', sizeof(type));
	type[room] = '\0';
	assert_int_equal(stix_id_random(type, id), 0);
	assert_int_equal(strlen(id), STIX_ID_TEXT_MAX - 1);
	type[room] = 'a';
	type[room + 1] = '\0';
	assert_int_equal(stix_id_random(type, id), -1);
	assert_int_equal(stix_id_named(type, SLICE("{}"), id), -1);
	assert_int_equal(stix_id_random("", id), -1);
}

static void
bundles(void **state)
{
	/* escapes, spaces and order of an object survive */
	static const char *const objects[] = {
		"{ \"type\":\"x\", \"id\":\"x--\\u0031\",\"a\":1.0 }",
		"{\"type\":\"y\"}", "{\"b\":[],\"a\":{}}"
	};
	struct err e = ERR_INIT;
	struct stix_writer w;
	struct buf out;
	json_t *j, *list;
	size_t n, i;

	(void)state;
	buf_init(&out, KIB(4));
	for (n = 0; n <= ARRAY_LEN(objects); n++) {
		buf_reset(&out);
		assert_int_equal(stix_write_begin(&w, &out, &e), 0);
		for (i = 0; i < n; i++) {
			assert_int_equal(stix_write_object(&w,
			    slice_str(objects[i]), &e), 0);
			assert_non_null(strstr(out.p, objects[i]));
		}
		assert_int_equal(stix_write_end(&w, &e), 0);
		j = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(j);
		assert_string_equal(json_string_value(
		    json_object_get(j, "type")), "bundle");
		assert_memory_equal(json_string_value(
		    json_object_get(j, "id")), "bundle--", 8);
		list = json_object_get(j, "objects");
		assert_int_equal(json_array_size(list), n);
		assert_int_equal(out.p[out.n - 1], '\n');
		json_decref(j);
	}
	buf_free(&out);
}

/* The owner takes the bytes away between calls. */
static void
drained(void **state)
{
	struct err e = ERR_INIT;
	struct stix_writer w;
	struct buf out, all;
	json_t *j;
	int i;

	(void)state;
	buf_init(&out, 128);
	buf_init(&all, KIB(64));
	assert_int_equal(stix_write_begin(&w, &out, &e), 0);
	for (i = 0; i < 1000; i++) {
		buf_slice(&all, buf_view(&out));
		buf_reset(&out);
		assert_int_equal(stix_write_object(&w,
		    SLICE("{\"type\":\"x\"}"), &e), 0);
	}
	assert_int_equal(stix_write_end(&w, &e), 0);
	buf_slice(&all, buf_view(&out));
	j = json_loadb(all.p, all.n, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(j, "objects")), 1000);
	json_decref(j);
	buf_free(&out);
	buf_free(&all);
}

static void
full_buffers(void **state)
{
	struct err e = ERR_INIT;
	struct stix_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 16);
	assert_int_equal(stix_write_begin(&w, &out, &e), -1);
	assert_int_equal(e.code, ERR_MEMORY);
	buf_free(&out);
	err_clear(&e);
	buf_init(&out, 100);
	assert_int_equal(stix_write_begin(&w, &out, &e), 0);
	assert_int_equal(stix_write_object(&w, SLICE("{\"type\":\"a long one\"}"),
	    &e), -1);
	assert_int_equal(e.code, ERR_MEMORY);
	assert_int_equal(stix_write_end(&w, &e), -1);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_ids),
		cmocka_unit_test(named_ids),
		cmocka_unit_test(long_types),
		cmocka_unit_test(bundles),
		cmocka_unit_test(drained),
		cmocka_unit_test(full_buffers)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
