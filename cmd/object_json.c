/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/object_json.h"

#include "base/limits.h"
#include "base/slice.h"
#include "base/value.h"
#include "stix/marking.h"
#include "stix/unreduce.h"

static void
list_json(struct jw *j, const char *key, tw_snapshot *snap,
    const struct tw_claim *c, int what)
{
	struct tw_str a, b;
	size_t pos = 0;
	bool first = true;

	while (tw_claim_item(snap, c, what, &pos, &a, &b) == TW_OK) {
		if (first) {
			jw_key(j, key);
			jw_begin(j, '[');
			first = false;
		}
		if (what == TW_KILL_CHAIN) {
			jw_begin(j, '{');
			jw_kstr(j, "kill_chain_name", a);
			jw_kstr(j, "phase_name", b);
			jw_end(j, '}');
		} else if (what == TW_VALUES) {
			jw_begin(j, '{');
			jw_kstr(j, "type", a);
			jw_kstr(j, "value", b);
			jw_end(j, '}');
		} else {
			jw_text(j, a.p, a.n);
		}
	}
	if (!first)
		jw_end(j, ']');
}

void
stated_json(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_stated seen;

	if (tw_claim_stated(snap, c, &seen) != TW_OK)
		seen.first = seen.last = TW_TIME_NONE;
	jw_ktime(j, "stated_first_seen", seen.first);
	jw_ktime(j, "stated_last_seen", seen.last);
}

void
object_json(struct jw *j, tw_snapshot *snap, const struct tw_object *object)
{
	const struct tw_claim *c = &object->claim;

	jw_begin(j, '{');
	jw_kstr(j, "id", object->id);
	jw_kstr(j, "type", object->type);
	jw_kstr(j, "name", object->name);
	jw_kstr(j, "source", object->source);
	jw_ktime(j, "created", object->created);
	jw_ktime(j, "modified", object->modified);
	jw_kbool(j, "revoked", object->revoked);
	jw_kz(j, "tlp", tw_tlp_name(object->tlp));
	jw_knum(j, "poll", object->poll);
	jw_ktime(j, "valid_from", c->valid_from);
	jw_ktime(j, "valid_until", c->valid_until);
	jw_ktime(j, "first_seen", c->first_seen);
	jw_ktime(j, "last_seen", c->last_seen);
	stated_json(j, snap, c);
	list_json(j, "values", snap, c, TW_VALUES);
	list_json(j, "labels", snap, c, TW_LABELS);
	list_json(j, "indicator_types", snap, c, TW_INDICATOR_TYPES);
	list_json(j, "kill_chain", snap, c, TW_KILL_CHAIN);
	jw_key(j, "bytes");
	if (object->json.p != NULL)
		jw_number(j, (int64_t)object->json.n);
	else
		jw_null(j);
	jw_end(j, '}');
}

/* ---- as STIX again ------------------------------------------------------- */

static void
stated_time(struct jw *j, const char *key, int64_t t)
{
	if (t != TW_TIME_NONE && t != TW_TIME_NEVER)
		jw_ktime(j, key, t);
}

/* Whom it names, and how. */
static void
references_stix(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_str a, b;
	size_t pos = 0;

	while (tw_claim_item(snap, c, TW_REFERENCES, &pos, &a, &b) == TW_OK) {
		if (slice_is(SLICE_OF(a), "object_marking_refs"))
			continue;
		jw_text(j, a.p, a.n);
		buf_char(&j->out, ':');
		j->comma = false;
		jw_text(j, b.p, b.n);
	}
}

/* Its TLP level, which is kept apart, and other markings. */
void
markings_stix(struct jw *j, tw_snapshot *snap, const struct tw_object *object)
{
	const char *tlp = marking_id(object->tlp);
	struct tw_str a, b;
	size_t pos = 0;
	bool marked = tlp != NULL;

	if (marked) {
		jw_key(j, "object_marking_refs");
		jw_begin(j, '[');
		jw_text(j, tlp, strlen(tlp));
	}
	while (tw_claim_item(snap, &object->claim, TW_REFERENCES, &pos, &a,
	    &b) == TW_OK) {
		if (!slice_is(SLICE_OF(a), "object_marking_refs"))
			continue;
		if (!marked) {
			jw_key(j, "object_marking_refs");
			jw_begin(j, '[');
		}
		marked = true;
		jw_text(j, b.p, b.n);
	}
	if (marked)
		jw_end(j, ']');
}

/* A pattern that was not kept because its values tell all of it. */
static void
made_pattern(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	struct tw_str a, b;
	struct buf text;
	size_t pos = 0, n;

	buf_init(&text, LIMIT_OBJECT);
	while (tw_claim_item(snap, c, TW_VALUES, &pos, &a, &b) == TW_OK) {
		n = text.n;
		buf_str(&text, n == 0 ? "[" : " OR ");
		if (unreduce_value(value_type_code(SLICE_OF(a)),
		    SLICE_OF(b), &text) != 0)
			text.n = n;
	}
	if (text.n > 0)
		buf_char(&text, ']');
	if (buf_ok(&text) && text.n > 0) {
		jw_key(j, "pattern");
		jw_text(j, text.p, text.n);
		jw_kz(j, "pattern_type", "stix");
	}
	buf_free(&text);
}

static void
indicator_stix(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	if (c->pattern.p != NULL) {
		jw_kstr(j, "pattern", c->pattern);
		jw_kstr(j, "pattern_type", c->pattern_type);
	} else {
		made_pattern(j, snap, c);
	}
	stated_time(j, "valid_from", c->valid_from);
	stated_time(j, "valid_until", c->valid_until);
}

/* A bare observable: its value under the property that holds it. */
static void
observable_stix(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	static const struct {
		const char *value, *property;
	} known[] = {
		{"ipv4-addr", "value"}, {"ipv6-addr", "value"},
		{"domain-name", "value"}, {"url", "value"},
		{"email-addr", "value"}, {"mac-addr", "value"},
		{"mutex", "name"}, {"file-name", "name"},
		{"windows-registry-key", "key"}, {"file-path", "path"},
		{"user-account", "account_login"},
		{"command-line", "command_line"},
		{"x509-serial", "serial_number"},
	};
	static const struct {
		const char *value, *algorithm;
	} hashes[] = {
		{"md5", "MD5"}, {"sha1", "SHA-1"}, {"sha256", "SHA-256"},
		{"sha512", "SHA-512"}, {"sha3-256", "SHA3-256"},
		{"sha3-512", "SHA3-512"}, {"ssdeep", "SSDEEP"},
		{"tlsh", "TLSH"}, {"x509-md5", "MD5"}, {"x509-sha1", "SHA-1"},
		{"x509-sha256", "SHA-256"},
	};
	struct tw_str a, b;
	size_t pos = 0, i;
	bool hashed = false;

	while (tw_claim_item(snap, c, TW_VALUES, &pos, &a, &b) == TW_OK)
		for (i = 0; i < ARRAY_LEN(known); i++)
			if (slice_is(SLICE_OF(a), known[i].value))
				jw_kstr(j, known[i].property, b);
	pos = 0;
	while (tw_claim_item(snap, c, TW_VALUES, &pos, &a, &b) == TW_OK)
		for (i = 0; i < ARRAY_LEN(hashes); i++) {
			if (!slice_is(SLICE_OF(a), hashes[i].value))
				continue;
			if (!hashed) {
				jw_key(j, "hashes");
				jw_begin(j, '{');
			}
			hashed = true;
			jw_kstr(j, hashes[i].algorithm, b);
		}
	if (hashed)
		jw_end(j, '}');
}

void
object_stix(struct jw *j, tw_snapshot *snap, const struct tw_object *object)
{
	const struct tw_claim *c = &object->claim;

	jw_begin(j, '{');
	jw_kstr(j, "type", object->type);
	jw_kz(j, "spec_version", "2.1");
	jw_kstr(j, "id", object->id);
	stated_time(j, "created", object->created);
	stated_time(j, "modified", object->modified);
	references_stix(j, snap, c);
	markings_stix(j, snap, object);
	if (object->name.p != NULL)
		jw_kstr(j, "name", object->name);
	if (object->revoked)
		jw_kbool(j, "revoked", true);
	if (c->confidence != TW_UNKNOWN)
		jw_knum(j, "confidence", c->confidence);
	list_json(j, "labels", snap, c, TW_LABELS);
	list_json(j, "indicator_types", snap, c, TW_INDICATOR_TYPES);
	list_json(j, "kill_chain_phases", snap, c, TW_KILL_CHAIN);
	list_json(j, "aliases", snap, c, TW_ALIASES);
	if (slice_is(SLICE_OF(object->type), "indicator"))
		indicator_stix(j, snap, c);
	else
		observable_stix(j, snap, c);
	jw_end(j, '}');
}
