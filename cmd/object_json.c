/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/object_json.h"

#include <string.h>

#include "base/limits.h"

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

static void
stated_time(struct jw *j, const char *key, int64_t t)
{
	if (t != TW_TIME_NONE && t != TW_TIME_NEVER)
		jw_ktime(j, key, t);
}

static void
pattern_stix(struct jw *j, tw_snapshot *snap, const struct tw_claim *c)
{
	struct buf made;

	buf_init(&made, LIMIT_RECORD);
	if (c->pattern.p != NULL)
		jw_kstr(j, "pattern", c->pattern);
	else if (object_pattern(&made, snap, c) == 0)
		jw_kstr(j, "pattern", (struct tw_str){made.p, made.n});
	buf_free(&made);
	jw_kstr(j, "pattern_type", c->pattern_type);
	stated_time(j, "valid_from", c->valid_from);
	stated_time(j, "valid_until", c->valid_until);
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
	if (object->name.p != NULL)
		jw_kstr(j, "name", object->name);
	if (object->revoked)
		jw_kbool(j, "revoked", true);
	if (c->confidence != TW_UNKNOWN)
		jw_knum(j, "confidence", c->confidence);
	list_json(j, "labels", snap, c, TW_LABELS);
	list_json(j, "indicator_types", snap, c, TW_INDICATOR_TYPES);
	list_json(j, "kill_chain_phases", snap, c, TW_KILL_CHAIN);
	if (object->type.n == 9 && memcmp(object->type.p, "indicator", 9) == 0)
		pattern_stix(j, snap, c);
	jw_end(j, '}');
}
