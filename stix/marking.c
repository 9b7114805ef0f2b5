/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/marking.h"

#include <strings.h>

static const struct slice prefix = {"marking-definition--", 20};

enum tlp
marking_tlp(struct slice id)
{
	static const struct {
		char uuid[37];
		unsigned char tlp;
	} known[] = {
		/* STIX 2.1 section 7.2.1.4 */
		{"613f2e26-407d-48c7-9eca-b8e91df99dc9", TLP_CLEAR},
		{"34098fce-860f-48ae-8e50-ebd3cc5e41da", TLP_GREEN},
		{"f88d31f6-486f-44da-b317-01333bde0b82", TLP_AMBER},
		{"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", TLP_RED},
		/* TLP 2.0, extension-definition--60a3c5c5-0d10-413e-aab3-
		 * 9e08dde9e88d */
		{"94868c89-83c2-464b-929b-a1a8aa3c8487", TLP_CLEAR},
		{"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", TLP_GREEN},
		{"55d920b0-5e8b-4f79-9ee9-91f868d9b421", TLP_AMBER},
		{"939a9414-2ddd-4d32-a0cd-375ea402b003", TLP_AMBER_STRICT},
		{"e828b379-4e03-4974-9ac4-e53a884c97c1", TLP_RED},
		/* OpenCTI's own, older than TLP 2.0's */
		{"826578e1-40ad-459f-bc73-ede076f81f37", TLP_AMBER_STRICT}
	};
	size_t i;
	char first;

	if (id.n != prefix.n + 36 || !slice_starts(id, prefix))
		return TLP_UNKNOWN;
	/* Of a digit the bit is set as well: only upper case is folded. */
	first = (char)(id.p[prefix.n] | 0x20);
	for (i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].uuid[0] == first &&
		    strncasecmp(id.p + prefix.n, known[i].uuid, 36) == 0)
			return (enum tlp)known[i].tlp;
	return TLP_UNKNOWN;
}

const char *
marking_id(int tlp)
{
	static const char *const ids[] = {
		[TLP_CLEAR] =
		    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
		[TLP_GREEN] =
		    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
		[TLP_AMBER] =
		    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
		[TLP_AMBER_STRICT] =
		    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
		[TLP_RED] =
		    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
	};

	return tlp > TLP_UNKNOWN && tlp <= TLP_RED ? ids[tlp] : NULL;
}

static enum tlp
resolve(struct slice id, enum tlp (*lookup)(void *ctx, struct slice id),
    void *ctx)
{
	/* The well-known ids come first: a feed cannot redefine TLP:RED. */
	enum tlp tlp = marking_tlp(id);

	return tlp == TLP_UNKNOWN && lookup != NULL ? lookup(ctx, id) : tlp;
}

/* Does a granular marking cover what Taxiway takes from the object? */
static bool
selects_content(const struct stix_granular *g)
{
	size_t i;

	for (i = 0; i < g->selectors.n; i++)
		if (slice_is(g->selectors.v[i], "pattern") ||
		    slice_is(g->selectors.v[i], "value") ||
		    slice_is(g->selectors.v[i], "name"))
			return true;
	return false;
}

enum tlp
marking_effective(const struct stix_object *o,
    enum tlp (*lookup)(void *ctx, struct slice id), void *ctx)
{
	enum tlp worst = TLP_UNKNOWN, tlp;
	size_t i;

	for (i = 0; i < o->object_marking_refs.n; i++) {
		tlp = resolve(o->object_marking_refs.v[i], lookup, ctx);
		worst = tlp > worst ? tlp : worst;
	}
	for (i = 0; i < o->ngranular; i++) {
		if (!selects_content(&o->granular[i]))
			continue;
		tlp = resolve(o->granular[i].marking_ref, lookup, ctx);
		worst = tlp > worst ? tlp : worst;
	}
	return worst;
}

enum tlp
marking_defines(const struct stix_object *o)
{
	enum tlp tlp;

	if (o->type_code != STIX_MARKING_DEFINITION)
		return TLP_UNKNOWN;
	tlp = marking_tlp(o->id);
	return tlp != TLP_UNKNOWN ? tlp : tlp_parse(o->tlp);
}
