/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/threat_stix.h"

#include "base/buf.h"
#include "base/limits.h"
#include "cmd/object_json.h"

/* A NUL stands between the parts. */
static void
part(struct buf *text, const char *p, size_t n)
{
	buf_add(text, p, n);
	buf_char(text, '\0');
}

bool
threat_stix_of(const struct tw_object *indicator,
    const struct tw_threat *threat, struct threat_stix *out)
{
	const struct slice type = {threat->type.p, threat->type.n};
	enum stix_type code = stix_type_code(type);
	struct idkey key;
	struct buf text;
	bool made = false;

	if (!indicator->foreign || threat->id.p != NULL ||
	    threat->name.n == 0 || code < STIX_ATTACK_PATTERN ||
	    code > STIX_VULNERABILITY)
		return false;
	*out = (struct threat_stix){indicator, threat, "", ""};
	buf_init(&text, 4 * LIMIT_NAME);
	buf_char(&text, (char)indicator->tlp);
	part(&text, threat->type.p, threat->type.n);
	part(&text, threat->name.p, threat->name.n);
	idkey_made((int)code, buf_view(&text), &key);
	if (buf_ok(&text) && idkey_text(&key, out->id) != 0) {
		buf_reset(&text);
		part(&text, indicator->id.p, indicator->id.n);
		part(&text, out->id, strlen(out->id));
		idkey_made(STIX_RELATIONSHIP, buf_view(&text), &key);
		made = buf_ok(&text) &&
		    idkey_text(&key, out->relationship) != 0;
	}
	buf_free(&text);
	return made;
}

static void
begin(struct jw *j, struct tw_str type, const char *id)
{
	jw_begin(j, '{');
	jw_kstr(j, "type", type);
	jw_kz(j, "spec_version", "2.1");
	jw_kz(j, "id", id);
}

void
threat_stix_object(struct jw *j, tw_snapshot *snap,
    const struct threat_stix *t)
{
	begin(j, t->threat->type, t->id);
	markings_stix(j, snap, t->indicator);
	jw_kstr(j, "name", t->threat->name);
	/* STIX wants to be told; what a feed names is one. */
	if (slice_is(SLICE_OF(t->threat->type), "malware"))
		jw_kbool(j, "is_family", true);
	jw_end(j, '}');
}

void
threat_stix_relationship(struct jw *j, tw_snapshot *snap,
    const struct threat_stix *t)
{
	begin(j, (struct tw_str){"relationship", 12}, t->relationship);
	markings_stix(j, snap, t->indicator);
	jw_kstr(j, "relationship_type", t->threat->relationship);
	jw_kstr(j, "source_ref", t->indicator->id);
	jw_kz(j, "target_ref", t->id);
	jw_end(j, '}');
}
