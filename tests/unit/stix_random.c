/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix_random.h"

static const char *const names[] = {
	"id", "type", "created", "modified", "valid_from", "valid_until",
	"confidence", "revoked", "pattern", "pattern_type", "labels", "name",
	"description", "indicator_types", "object_marking_refs", "aliases",
	"malware_types", "tool_types", "threat_actor_types",
	"infrastructure_types", "kill_chain_phases", "granular_markings",
	"hashes", "definition", "extensions", "relationship_type", "source_ref",
	"target_ref", "sighting_of_ref", "first_seen", "last_seen", "count",
	"number", "value", "key", "serial_number", "spec_version",
	"created_by_ref", "x_custom", "lang", "external_references", "objects",
	"typ", "i\\u0064", "n\\u0061me", "\\u0074ype", "caf\u00e9", "", "a",
	"b", "c", "tlp", "selectors"
};

static const char *const scalars[] = {
	"true", "false", "null", "0", "-0", "50", "100", "101", "-1", "50.0",
	"1e2", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "-9223372036854775809", "1e308", "1e309",
	"-1E+400", "1e-400", "0.1e1", "1.", ".5", "01", "-", "+1", "1e", "tru",
	"nul", "True", "NaN", "Infinity", "0x10", "\"50\"", "\"true\"", "{}",
	"[]", "[[[]]]", "{\"a\":{\"a\":{}}}", "[1,2,3]", "[1,]", "[,1]",
	"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\" 1}", "{1:2}"
};

static const char *const strings[] = {
	"", "a", "indicator", "malware", "relationship", "marking-definition",
	"bundle", "ipv4-addr", "identity", "observed-data", "x-custom",
	"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "indicator--x",
	"malware--0C7B5B88-8FF7-4A4D-AA9D-FEB398CD0061", "2.0", "2.1", "stix",
	"2020-01-01T00:00:00Z", "2021-06-30T12:34:56.789Z",
	"2019-02-29T00:00:00Z", "9999-12-31T23:59:59.999999999999Z",
	"2021-01-01T00:00:00+02:00", "2021-01-01", "not a date",
	"[ipv4-addr:value = '198.51.100.7']", "with \\\"quotes\\\"",
	"back\\\\slash", "\\u00e9\\ud83d\\ude00", "\\ud800", "\\udc00\\ud800",
	"\\u0000", "\\x", "\\u12", "caf\xc3\xa9", "\xf0\x9f\x98\x80 \xe2\x82\xac",
	"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff",
	"tab\there", "new\nline", "del\x7f", "{[]}", "amber",
	"exactly fifteen", "sixteen letters!", "seventeen letters"
};

static const char *const spaces[] = {"", "", "", "", " ", "\n\t", "\r\n    "};

#define PICK(r, list) ((list)[random_below((r), ARRAY_LEN(list))])

unsigned
random_below(struct random_source *r, unsigned n)
{
	r->x ^= r->x << 13;
	r->x ^= r->x >> 7;
	r->x ^= r->x << 17;
	return (unsigned)((r->x >> 16) % n);
}

static void
put_space(struct random_source *r, struct buf *out)
{
	buf_str(out, PICK(r, spaces));
}

static void
put_string(struct random_source *r, struct buf *out)
{
	/* most of the time one that is valid: the first ones are */
	unsigned n = random_below(r, 12) != 0 ? 28 : ARRAY_LEN(strings);

	buf_char(out, '"');
	buf_str(out, strings[random_below(r, n)]);
	if (random_below(r, 20) == 0)
		buf_printf(out, "%0*d", (int)random_below(r, 200), 7);
	buf_char(out, '"');
}

static void
put_name(struct random_source *r, struct buf *out)
{
	buf_char(out, '"');
	buf_str(out, PICK(r, names));
	if (random_below(r, 3) == 0) /* seldom twice the same */
		buf_printf(out, "%u", random_below(r, 10000));
	buf_str(out, "\":");
}

static void put_value(struct random_source *r, struct buf *out, unsigned depth);

static void
put_strings(struct random_source *r, struct buf *out)
{
	buf_char(out, '[');
	for (unsigned n = random_below(r, 4), i = 0; i < n; i++) {
		if (i != 0)
			buf_char(out, ',');
		put_space(r, out);
		if (random_below(r, 15) == 0)
			buf_str(out, scalars[random_below(r, 12)]);
		else
			put_string(r, out);
	}
	put_space(r, out);
	buf_char(out, ']');
}

static void
put_phase(struct random_source *r, struct buf *out)
{
	static const char *const pairs[] = {
		"kill_chain_name", "phase_name", "marking_ref", "selectors",
		"lang", "x"
	};
	unsigned first = random_below(r, 2) * 2;

	buf_char(out, '{');
	for (unsigned i = 0, n = random_below(r, 4); i < n; i++) {
		buf_printf(out, "%s\"%s\":", i != 0 ? "," : "",
		    pairs[(first + i) % ARRAY_LEN(pairs)]);
		if (first == 2 && i == 1)
			put_strings(r, out);
		else
			put_string(r, out);
	}
	buf_char(out, '}');
}

static void
put_members(struct random_source *r, struct buf *out, unsigned depth)
{
	buf_char(out, '{');
	for (unsigned n = random_below(r, 5), i = 0; i < n; i++) {
		if (i != 0)
			buf_char(out, ',');
		put_space(r, out);
		if (random_below(r, 4) == 0)
			buf_str(out, "\"tlp_2_0\":");
		else
			put_name(r, out);
		put_value(r, out, depth + 1);
	}
	buf_char(out, '}');
}

static void
put_value(struct random_source *r, struct buf *out, unsigned depth)
{
	unsigned kind = random_below(r, depth < 6 ? 12 : 7);

	put_space(r, out);
	if (kind < 6) {
		put_string(r, out);
	} else if (kind == 6) { /* the first ones are valid */
		buf_str(out, scalars[random_below(r,
		    random_below(r, 8) != 0 ? 8 : ARRAY_LEN(scalars))]);
	} else if (kind < 9) {
		put_strings(r, out);
	} else if (kind == 9) {
		buf_char(out, '[');
		put_phase(r, out);
		if (random_below(r, 2) == 0) {
			buf_char(out, ',');
			put_phase(r, out);
		}
		buf_char(out, ']');
	} else {
		put_members(r, out, depth);
	}
	put_space(r, out);
}

void
random_object(struct random_source *r, struct buf *out)
{
	unsigned n = random_below(r, 60) == 0 ? 70 : random_below(r, 12);

	put_space(r, out);
	buf_char(out, '{');
	put_space(r, out);
	for (unsigned i = 0; i < n; i++) {
		if (i != 0)
			buf_char(out, ',');
		put_space(r, out);
		put_name(r, out);
		put_value(r, out, 0);
	}
	put_space(r, out);
	buf_char(out, '}');
	put_space(r, out);
}

static void
put_objects(struct random_source *r, struct buf *out)
{
	buf_char(out, '[');
	for (unsigned n = random_below(r, 4), i = 0; i < n; i++) {
		if (i != 0)
			buf_char(out, ',');
		if (random_below(r, 8) == 0)
			put_value(r, out, 4);
		else
			random_object(r, out);
	}
	buf_char(out, ']');
}

void
random_document(struct random_source *r, struct buf *out)
{
	static const char *const before[] = {
		"{\"more\":true,\"objects\":", "{\"objects\" :",
		"{\"type\":\"bundle\",\"id\":\"b\",\"obj\\u0065cts\": ",
		"{\"type\":\"bundle\",\"x\":{\"objects\":[{}]},\"objects\":",
		"{\"next\":\"}]\\\"\",\"objects\":", "{\"type\":1,\"objects\":"
	};
	static const char *const after[] = {
		"}", "}", ",\"next\":\"x\"}", ",\"objects\":[]}",
		",\"more\":{\"a\":[1,2]}}", ",\"type\":\"b\\u0075ndle\"}", ",}"
	};

	switch (random_below(r, 8)) {
	case 0:
		put_objects(r, out);
		break;
	case 1:
		random_object(r, out);
		break;
	case 2:
		put_members(r, out, 0);
		break;
	default:
		buf_str(out, PICK(r, before));
		put_objects(r, out);
		buf_str(out, PICK(r, after));
		break;
	}
	put_space(r, out);
	if (random_below(r, 4) == 0)
		random_document(r, out);
}

void
random_damage(struct random_source *r, struct buf *b)
{
	static const char likely[] = "{}[]\",:\\ 0-e.tn\n\x80\xc3\x01\x00";

	for (unsigned n = random_below(r, 3); n > 0 && b->n > 1; n--) {
		size_t at = random_below(r, (unsigned)b->n);
		char c = likely[random_below(r, sizeof(likely) - 1)];

		switch (random_below(r, 4)) {
		case 0:
			b->p[at] = c;
			break;
		case 1:
			b->p[at] = (char)random_below(r, 256);
			break;
		case 2:
			memmove(b->p + at, b->p + at + 1, b->n - at - 1);
			b->n--;
			break;
		default:
			if (buf_char(b, ' ') != 0)
				return;
			memmove(b->p + at + 1, b->p + at, b->n - at - 1);
			b->p[at] = c;
			break;
		}
	}
}
