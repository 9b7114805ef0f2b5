/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/store_stream.h"

#include "base/arena.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/value.h"
#include "cmd/object_json.h"
#include "store/dump.h"

struct out {
	struct cmd *c;
	struct dump *dump;
	struct jw j;
	struct jw made;      /* an object whose bytes are not there */
	struct arena arena;
};

static void
khex(struct jw *j, const char *key, struct slice bytes)
{
	char *text;

	if (bytes.p == NULL)
		return;
	jw_key(j, key);
	buf_char(&j->out, '"');
	text = buf_room(&j->out, 2 * bytes.n);
	if (text != NULL) {
		hex_encode((const uint8_t *)bytes.p, bytes.n, text);
		j->out.n += 2 * bytes.n;
	}
	buf_char(&j->out, '"');
	j->comma = true;
}

static int
head_line(struct out *o)
{
	struct dump_head head;
	struct tw_status s;
	uint8_t seed[8];
	int rc, i;

	if ((rc = tw_status(o->c->snap, &s)) != TW_OK ||
	    (rc = dump_head(o->dump, &head)) != TW_OK)
		return rc;
	for (i = 0; i < 8; i++)
		seed[i] = (uint8_t)(head.seed >> (56 - 8 * i));
	jw_begin(&o->j, '{');
	jw_knum(&o->j, "taxiway_store", STREAM_VERSION);
	jw_kz(&o->j, "store_uuid", s.uuid);
	jw_knum(&o->j, "generation", s.generation);
	jw_knum(&o->j, "normaliser", head.normaliser);
	khex(&o->j, "seed", (struct slice){(char *)seed, sizeof(seed)});
	jw_end(&o->j, '}');
	jw_line(&o->j);
	return TW_OK;
}

static int
source_lines(struct out *o)
{
	struct slice name, record;
	uint16_t id = 0;
	int rc;

	while ((rc = dump_source(o->dump, &id, &name, &record)) == TW_OK) {
		jw_begin(&o->j, '{');
		jw_kstr(&o->j, "source", (struct tw_str){name.p, name.n});
		khex(&o->j, "record", record);
		jw_end(&o->j, '}');
		jw_line(&o->j);
	}
	return rc == TW_END ? TW_OK : rc;
}

/* Did the source take private and reserved addresses?  Read again by the same
 * rules the object gives the same values. */
static bool
has_bogon(struct out *o, const struct dump_version *v)
{
	struct object_value ov;
	enum object_tag tag;
	struct slice bytes;
	struct value again;
	struct buf text;
	bool found = false;
	size_t pos = 0;

	buf_init(&text, LIMIT_VALUE + KIB(1));
	while (!found && object_rec_next(&v->rec, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &ov) != 0)
			continue;
		buf_reset(&text);
		arena_reset(&o->arena);
		found = value_print(&ov.value, &text) == 0 &&
		    value_normalise(&o->arena, ov.value.type, buf_view(&text),
		    0, &again) == VALUE_BAD_BOGON;
	}
	buf_free(&text);
	return found;
}

static int
poll_line(struct out *o, const struct dump_poll *p)
{
	struct dump_version v;
	struct slice name, record;
	uint16_t id = (uint16_t)(p->source - 1);
	bool bogons = false;
	size_t i;
	int rc;

	if ((rc = dump_source(o->dump, &id, &name, &record)) != TW_OK)
		return rc == TW_END ? TW_DAMAGED : rc;
	for (i = 0; i < p->n && !bogons; i++) {
		rc = dump_version(o->dump, p->first + i, false, &v);
		if (rc != TW_OK)
			return rc;
		bogons = has_bogon(o, &v);
	}
	jw_begin(&o->j, '{');
	jw_knum(&o->j, "poll", p->poll);
	jw_kstr(&o->j, "source", (struct tw_str){name.p, name.n});
	jw_ktime(&o->j, "start", p->start);
	jw_kbool(&o->j, "bogons", bogons);
	khex(&o->j, "record", p->record);
	jw_end(&o->j, '}');
	jw_line(&o->j);
	return TW_OK;
}

static int
version_line(struct out *o, size_t at)
{
	struct dump_version v;
	struct tw_str json;
	int rc;

	if ((rc = dump_version(o->dump, at, true, &v)) != TW_OK)
		return rc;
	json = v.object.json;
	if (json.p == NULL) {
		buf_reset(&o->made.out);
		o->made.comma = false;
		object_stix(&o->made, o->c->snap, &v.object);
		json = (struct tw_str){o->made.out.p, o->made.out.n};
	}
	jw_begin(&o->j, '{');
	jw_kstr(&o->j, "stix", json);
	jw_knum(&o->j, "first_poll", v.poll_first);
	jw_end(&o->j, '}');
	jw_line(&o->j);
	return TW_OK;
}

static int
poll_lines(struct out *o, uint64_t *objects)
{
	struct dump_poll p;
	size_t i, k;
	int rc;

	for (i = 0; (rc = dump_poll(o->dump, i, &p)) == TW_OK; i++) {
		rc = poll_line(o, &p);
		for (k = 0; rc == TW_OK && k < p.n; k++) {
			rc = version_line(o, p.first + k);
			++*objects;
		}
		if (rc != TW_OK || ferror(stdout))
			break;
	}
	return rc == TW_END ? TW_OK : rc;
}

static int
allow_lines(struct out *o)
{
	struct tw_cursor at = {0};
	struct slice key, record;
	int rc;

	while ((rc = dump_allow(o->dump, &at, &key, &record)) == TW_OK) {
		jw_begin(&o->j, '{');
		khex(&o->j, "allow", key);
		khex(&o->j, "record", record);
		jw_end(&o->j, '}');
		jw_line(&o->j);
		if (ferror(stdout))
			break;
	}
	return rc == TW_END ? TW_OK : rc;
}

int
store_export(struct cmd *c, struct err *e)
{
	struct out o = {.c = c};
	uint64_t objects = 0;
	int rc;

	rc = dump_open(c->snap, &o.dump);
	if (rc != TW_OK)
		return cmd_fail(e, rc, c->store);
	jw_open(&o.j, stdout);
	jw_open(&o.made, stdout);
	arena_init(&o.arena, MIB(1));
	if ((rc = head_line(&o)) == TW_OK &&
	    (rc = source_lines(&o)) == TW_OK &&
	    (rc = poll_lines(&o, &objects)) == TW_OK &&
	    (rc = allow_lines(&o)) == TW_OK) {
		jw_begin(&o.j, '{');
		jw_kbool(&o.j, "end", true);
		jw_knum(&o.j, "objects", objects);
		jw_end(&o.j, '}');
		jw_line(&o.j);
	}
	if (jw_close(&o.j) != 0 && rc == TW_OK && !ferror(stdout))
		rc = TW_MEMORY;
	buf_free(&o.made.out);
	arena_free(&o.arena);
	dump_close(o.dump);
	return rc == TW_OK ? 0 : cmd_fail(e, rc, c->store);
}
