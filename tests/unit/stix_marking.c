/* SPDX-License-Identifier: BSD-2-Clause */
/* TLP levels of marking ids and of objects. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stix/marking.h"

#define MARK(uuid) SLICE("marking-definition--" uuid)
#define WHITE1 MARK("613f2e26-407d-48c7-9eca-b8e91df99dc9")
#define GREEN1 MARK("34098fce-860f-48ae-8e50-ebd3cc5e41da")
#define AMBER1 MARK("f88d31f6-486f-44da-b317-01333bde0b82")
#define RED1 MARK("5e57c739-391a-4eb3-b6be-7d15ca92d5ed")
#define AMBER2 MARK("55d920b0-5e8b-4f79-9ee9-91f868d9b421")
#define OWN MARK("11111111-2222-4333-8444-555555555555")

static void
known_ids(void **state)
{
	const struct {
		struct slice id;
		enum tlp tlp;
	} cases[] = {
		{WHITE1, TLP_CLEAR}, {GREEN1, TLP_GREEN},
		{AMBER1, TLP_AMBER}, {RED1, TLP_RED},
		{MARK("94868c89-83c2-464b-929b-a1a8aa3c8487"), TLP_CLEAR},
		{MARK("bab4a63c-aed9-4cf5-a766-dfca5abac2bb"), TLP_GREEN},
		{AMBER2, TLP_AMBER},
		{MARK("939a9414-2ddd-4d32-a0cd-375ea402b003"),
		    TLP_AMBER_STRICT},
		{MARK("826578e1-40ad-459f-bc73-ede076f81f37"),
		    TLP_AMBER_STRICT},
		{MARK("e828b379-4e03-4974-9ac4-e53a884c97c1"), TLP_RED},
		{MARK("5E57C739-391A-4EB3-B6BE-7D15CA92D5ED"), TLP_RED},
		{OWN, TLP_UNKNOWN},
		{MARK("5e57c739-391a-4eb3-b6be-7d15ca92d5e"), TLP_UNKNOWN},
		{MARK("5e57c739-391a-4eb3-b6be-7d15ca92d5edd"), TLP_UNKNOWN},
		{SLICE("5e57c739-391a-4eb3-b6be-7d15ca92d5ed"), TLP_UNKNOWN},
		{SLICE("indicator-definiti--5e57c739-391a-4eb3-b6be-"
		    "7d15ca92d5ed"), TLP_UNKNOWN},
		{SLICE(""), TLP_UNKNOWN},
		{SLICE_NONE, TLP_UNKNOWN}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(marking_tlp(cases[i].id), cases[i].tlp);
}

/* A feed's own definitions: OWN is AMBER, and it claims that RED is CLEAR. */
static enum tlp
lookup(void *ctx, struct slice id)
{
	++*(unsigned *)ctx;
	if (slice_eq(id, OWN))
		return TLP_AMBER;
	return slice_eq(id, RED1) ? TLP_CLEAR : TLP_UNKNOWN;
}

static void
object_refs(void **state)
{
	struct slice refs[] = {WHITE1, GREEN1, OWN, RED1};
	struct stix_object o = {.object_marking_refs = {refs, 0}};
	unsigned asked = 0;

	(void)state;
	assert_int_equal(marking_effective(&o, lookup, &asked), TLP_UNKNOWN);
	o.object_marking_refs.n = 1;
	assert_int_equal(marking_effective(&o, NULL, NULL), TLP_CLEAR);
	o.object_marking_refs.n = 3;
	assert_int_equal(marking_effective(&o, NULL, NULL), TLP_GREEN);
	assert_int_equal(marking_effective(&o, lookup, &asked), TLP_AMBER);
	assert_int_equal(asked, 1);
	o.object_marking_refs.n = 4;
	assert_int_equal(marking_effective(&o, lookup, &asked), TLP_RED);
}

static void
granular(void **state)
{
	static const struct {
		const char *selectors[2];
		enum tlp tlp;
	} cases[] = {
		{{"pattern", NULL}, TLP_AMBER},
		{{"value", NULL}, TLP_AMBER},
		{{"description", "name"}, TLP_AMBER},
		{{"description", "labels.[0]"}, TLP_CLEAR},
		{{"names", "pattern_type"}, TLP_CLEAR},
		{{NULL, NULL}, TLP_CLEAR}
	};
	struct slice refs[] = {WHITE1}, selectors[2];
	struct stix_granular g = {.selectors = {selectors, 0}};
	struct stix_object o = {
		.object_marking_refs = {refs, 1}, .granular = &g,
		.ngranular = 1
	};
	size_t i, k;

	(void)state;
	g.marking_ref = AMBER2;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		g.selectors.n = 0;
		for (k = 0; k < 2 && cases[i].selectors[k] != NULL; k++)
			selectors[g.selectors.n++] =
			    slice_str(cases[i].selectors[k]);
		assert_int_equal(marking_effective(&o, NULL, NULL),
		    cases[i].tlp);
	}
	/* a weaker granular marking takes nothing back */
	refs[0] = RED1;
	selectors[0] = SLICE("pattern");
	g.selectors.n = 1;
	assert_int_equal(marking_effective(&o, NULL, NULL), TLP_RED);
}

static void
definitions(void **state)
{
	struct stix_object o = {.type_code = STIX_MARKING_DEFINITION};

	(void)state;
	o.id = OWN;
	assert_int_equal(marking_defines(&o), TLP_UNKNOWN);
	o.tlp = SLICE("amber+strict");
	assert_int_equal(marking_defines(&o), TLP_AMBER_STRICT);
	o.tlp = SLICE("white");
	assert_int_equal(marking_defines(&o), TLP_CLEAR);
	o.tlp = SLICE("mauve");
	assert_int_equal(marking_defines(&o), TLP_UNKNOWN);
	/* a well-known id keeps its level, whatever the object says */
	o.id = RED1;
	o.tlp = SLICE("white");
	assert_int_equal(marking_defines(&o), TLP_RED);
	o.type_code = STIX_INDICATOR;
	assert_int_equal(marking_defines(&o), TLP_UNKNOWN);
}

static void
ids_of_levels(void **state)
{
	int i;

	(void)state;
	for (i = TLP_CLEAR; i <= TLP_RED; i++)
		assert_int_equal(marking_tlp(slice_str(marking_id(i))), i);
	assert_null(marking_id(TLP_UNKNOWN));
	assert_null(marking_id(TLP_RED + 1));
	assert_null(marking_id(-1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_ids),
		cmocka_unit_test(ids_of_levels),
		cmocka_unit_test(object_refs),
		cmocka_unit_test(granular),
		cmocka_unit_test(definitions)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
