/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/store_stream.h"

#include "base/arena.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/value.h"
#include "cmd/jw.h"
#include "cmd/object_json.h"
#include "store/bytes.h"
#include "store/dump.h"
#include "store/record_id.h"
#include "store/rowset.h"

struct out {
	struct cmd *c;
	struct dump *dump;
	struct jw j;
	struct jw made;      /* an object whose bytes are not there */
	struct arena arena;
	struct buf ids;
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
	struct object_end end;
	struct tw_str json;
	uint8_t bytes[13];
	int rc;

	if ((rc = dump_version(o->dump, at, true, &v)) != TW_OK)
		return rc;
	json = v.object.json;
	if (json.p == NULL || v.object.foreign) {
		buf_reset(&o->made.out);
		o->made.comma = false;
		object_stix(&o->made, o->c->snap, &v.object);
		json = (struct tw_str){o->made.out.p, o->made.out.n};
	}
	jw_begin(&o->j, '{');
	jw_kstr(&o->j, "stix", json);
	jw_knum(&o->j, "first_poll", v.poll_first);
	if ((v.rec.flags & OBJ_AGAIN) != 0)
		khex(&o->j, "again", object_rec_get(&v.rec, TAG_EPISODES));
	if (object_rec_ended(&v.rec, &end)) {
		le32_put(bytes, end.poll);
		le64_put(bytes + 4, (uint64_t)end.when);
		bytes[12] = end.reason;
		khex(&o->j, "ended", (struct slice){(char *)bytes, 13});
	}
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

static int
source_key(struct out *o, uint16_t source)
{
	struct slice name, record;
	uint16_t id = (uint16_t)(source - 1);
	int rc = dump_source(o->dump, &id, &name, &record);

	if (rc == TW_OK)
		jw_kstr(&o->j, "source", (struct tw_str){name.p, name.n});
	return rc == TW_END ? TW_DAMAGED : rc;
}

/* What listings said of objects, by their identifiers: rows get other numbers. */
static int
set_line(struct out *o, const struct rows_key *k, const struct rows_rec *r)
{
	struct idkey id;
	uint8_t group[12];
	unsigned i;
	int rc = TW_OK;

	le32_put(group, r->poll);
	le64_put(group + 4, (uint64_t)r->time);
	buf_reset(&o->ids);
	for (i = 0; i < ROWSET_CHUNK && rc == TW_OK; i++) {
		if ((r->words[i / 64] >> i % 64 & 1) == 0)
			continue;
		rc = dump_id(o->dump, (uint64_t)k->chunk * ROWSET_CHUNK + i,
		    &id);
		buf_add(&o->ids, (const char *)id.b, IDKEY_LEN);
	}
	if (rc != TW_OK)
		return rc;
	jw_begin(&o->j, '{');
	jw_knum(&o->j, "set", k->kind);
	if ((rc = source_key(o, k->source)) != TW_OK)
		return rc;
	jw_knum(&o->j, "walk", k->walk);
	khex(&o->j, "group", (struct slice){(char *)group, sizeof(group)});
	khex(&o->j, "ids", buf_view(&o->ids));
	jw_end(&o->j, '}');
	jw_line(&o->j);
	return TW_OK;
}

static int
set_lines(struct out *o)
{
	struct slice key = SLICE_NONE, record;
	struct rows_key k;
	struct rows_rec r;
	int rc;

	while ((rc = dump_next(o->dump, TABLE_ROWS, &key, &record)) == TW_OK) {
		if (rows_key_get(key, &k) != 0 ||
		    rows_rec_decode(record, &r) != 0)
			return TW_DAMAGED;
		if (k.kind != ROWS_LIVE && k.kind != ROWS_WITHDRAWN &&
		    (rc = set_line(o, &k, &r)) != TW_OK)
			return rc;
	}
	return rc == TW_END ? TW_OK : rc;
}

/* Identifiers that outlived their objects. */
static int
buried_lines(struct out *o)
{
	struct slice key = SLICE_NONE, record;
	struct id_rec id;
	int rc;

	while ((rc = dump_next(o->dump, TABLE_IDS, &key, &record)) == TW_OK) {
		if (key.n != IDKEY_LEN + 3)
			continue;
		if (id_rec_decode(record, &id) != 0)
			return TW_DAMAGED;
		if (id.row != 0)
			continue;
		jw_begin(&o->j, '{');
		khex(&o->j, "buried", (struct slice){key.p, IDKEY_LEN});
		rc = source_key(o, be16_get((const uint8_t *)key.p +
		    IDKEY_LEN + 1));
		if (rc != TW_OK)
			return rc;
		khex(&o->j, "record", record);
		jw_end(&o->j, '}');
		jw_line(&o->j);
	}
	return rc == TW_END ? TW_OK : rc;
}

static int
sighting_lines(struct out *o)
{
	struct slice key = SLICE_NONE, record;
	int rc;

	while ((rc = dump_next(o->dump, TABLE_SIGHTINGS, &key, &record)) ==
	    TW_OK) {
		jw_begin(&o->j, '{');
		khex(&o->j, "sighting", key);
		khex(&o->j, "record", record);
		jw_end(&o->j, '}');
		jw_line(&o->j);
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
	buf_init(&o.ids, ROWSET_CHUNK * IDKEY_LEN);
	if ((rc = head_line(&o)) == TW_OK &&
	    (rc = source_lines(&o)) == TW_OK &&
	    (rc = poll_lines(&o, &objects)) == TW_OK &&
	    (rc = set_lines(&o)) == TW_OK &&
	    (rc = buried_lines(&o)) == TW_OK &&
	    (rc = sighting_lines(&o)) == TW_OK &&
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
	buf_free(&o.ids);
	dump_close(o.dump);
	return rc == TW_OK ? 0 : cmd_fail(e, rc, c->store);
}
