/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/cc.h"
#include "base/digest.h"
#include "base/idkey.h"
#include "base/limits.h"

#define UUID "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"

static const struct {
	const char *name;
	int code; /* part of the database format: written out, not by name */
} types[] = {
	{"attack-pattern", 1}, {"campaign", 2}, {"course-of-action", 3},
	{"grouping", 4}, {"identity", 5}, {"incident", 6}, {"indicator", 7},
	{"infrastructure", 8}, {"intrusion-set", 9}, {"location", 10},
	{"malware", 11}, {"malware-analysis", 12}, {"note", 13},
	{"observed-data", 14}, {"opinion", 15}, {"report", 16},
	{"threat-actor", 17}, {"tool", 18}, {"vulnerability", 19},
	{"relationship", 32}, {"sighting", 33}, {"artifact", 40},
	{"autonomous-system", 41}, {"directory", 42}, {"domain-name", 43},
	{"email-addr", 44}, {"email-message", 45}, {"file", 46},
	{"ipv4-addr", 47}, {"ipv6-addr", 48}, {"mac-addr", 49}, {"mutex", 50},
	{"network-traffic", 51}, {"process", 52}, {"software", 53},
	{"url", 54}, {"user-account", 55}, {"windows-registry-key", 56},
	{"x509-certificate", 57}, {"marking-definition", 64},
	{"language-content", 65}, {"extension-definition", 66}, {"bundle", 67}
};

static void
test_types(void **state)
{
	size_t i, named = 0;
	int code;

	(void)state;
	for (i = 0; i < ARRAY_LEN(types); i++) {
		ROW_CHECK((int)stix_type_code(slice_str(types[i].name)) ==
		    types[i].code, "%s", types[i].name);
		assert_string_equal(stix_type_name(types[i].code),
		    types[i].name);
	}
	for (code = -1; code < 300; code++)
		named += stix_type_name(code) != NULL;
	assert_int_equal(named, ARRAY_LEN(types));
	assert_int_equal(stix_type_code(SLICE("")), STIX_NONE);
	assert_int_equal(stix_type_code(SLICE("Indicator")), STIX_OTHER);
	assert_int_equal(stix_type_code(SLICE("indicato")), STIX_OTHER);
	assert_int_equal(stix_type_code(SLICE("x-custom")), STIX_OTHER);
	assert_int_equal(stix_type_code(SLICE(
	    "extension-definition-extension-definition")), STIX_OTHER);
	assert_null(stix_type_name(STIX_OTHER));
	assert_null(stix_type_name(STIX_NONE));
}

/* Every type goes through its key and comes back. */
static void
test_round_trip(void **state)
{
	char text[128], out[IDKEY_TEXT_MAX];
	struct idkey key;
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(types); i++) {
		snprintf(text, sizeof(text), "%s--%s", types[i].name, UUID);
		assert_int_equal(idkey_parse(slice_str(text), &key), 0);
		assert_int_equal(key.b[0], types[i].code);
		assert_memory_equal(key.b + 1, "\x8e\x2e\x2d\x2b\x17\xd4\x4c"
		    "\xbf\x93\x8f\x98\xee\x46\xb3\xcd\x3f", 16);
		n = idkey_text(&key, out);
		assert_int_equal(n, strlen(text));
		assert_string_equal(out, text);
	}
}

/* UUIDs of any version and variant, in either case. */
static void
test_uuids(void **state)
{
	static const char *const good[] = {
		"00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff",
		"00abedb4-aa42-566c-9c01-fed23315a9b7",
		"01234567-89ab-1def-0123-456789abcdef"
	};
	char text[64], out[IDKEY_TEXT_MAX];
	struct idkey key, upper;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(text, sizeof(text), "tool--%s", good[i]);
		assert_int_equal(idkey_parse(slice_str(text), &key), 0);
		assert_int_equal(idkey_text(&key, out), 42);
		assert_string_equal(out, text);
	}
	assert_int_equal(idkey_parse(SLICE(
	    "tool--8E2E2D2B-17D4-4CBF-938F-98EE46B3CD3F"), &upper), 0);
	assert_int_equal(idkey_parse(SLICE("tool--" UUID), &key), 0);
	assert_memory_equal(upper.b, key.b, IDKEY_LEN);
}

static void
test_kept_by_digest(void **state)
{
	static const char *const rows[] = {
		"x-custom--" UUID, "Indicator--" UUID, "indicator-" UUID,
		"indicator" UUID, "indicator---" UUID, "--" UUID, UUID,
		"indicator--", "indicator", "indicator--1", "a",
		"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3",
		"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f0",
		"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3g",
		"indicator--g" "e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		"indicator--8e2e2d2b-17d4-4cbf-938f_98ee46b3cd3f",
		"indicator--8e2e2d2b17d44cbf938f98ee46b3cd3f",
		"indicator--8e2e2d2-b17d4-4cbf-938f-98ee46b3cd3f",
		" indicator--" UUID
	};
	char out[IDKEY_TEXT_MAX];
	uint8_t sum[SHA256_LEN];
	struct idkey key;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		ROW_CHECK(idkey_parse(slice_str(rows[i]), &key) == 1, "%s",
		    rows[i]);
		assert_int_equal(key.b[0], IDKEY_DIGEST);
		sha256(rows[i], strlen(rows[i]), sum);
		assert_memory_equal(key.b + 1, sum, 16);
		assert_int_equal(idkey_text(&key, out), 0);
	}
}

static void
test_refused(void **state)
{
	char text[LIMIT_ID + 1];
	struct idkey key, before;

	(void)state;
	memset(&key, 0x55, sizeof(key));
	before = key;
	memset(text, 'x', sizeof(text));
	assert_int_equal(idkey_parse(SLICE(""), &key), -1);
	assert_int_equal(idkey_parse(SLICE_NONE, &key), -1);
	assert_int_equal(idkey_parse((struct slice){text, sizeof(text)}, &key),
	    -1);
	assert_memory_equal(&key, &before, sizeof(key));
	assert_int_equal(idkey_parse((struct slice){text, LIMIT_ID}, &key), 1);
}

static void
test_text_of_unknown_code(void **state)
{
	struct idkey key = {{0}};
	char out[IDKEY_TEXT_MAX];
	unsigned code;

	(void)state;
	for (code = 0; code < 256; code++) {
		size_t want = stix_type_name((int)code) != NULL ?
		    strlen(stix_type_name((int)code)) + 38 : 0;

		key.b[0] = (uint8_t)code;
		assert_int_equal(idkey_text(&key, out), want);
		assert_true(want < IDKEY_TEXT_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_uuids),
		cmocka_unit_test(test_kept_by_digest),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_text_of_unknown_code)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
