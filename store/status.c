/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources, polls, counters. */
#include <stdlib.h>
#include <string.h>

#include "store/reader_private.h"
#include "store/wall.h"

/* -- sources and polls -- */

static const char *
state_name(uint8_t state)
{
	static const char *const names[] = {
	    [SOURCE_NEW] = "new",
	    [SOURCE_OK] = "ok",
	    [SOURCE_FAILING] = "failing",
	    [SOURCE_HELD] = "held",
	    [SOURCE_AUTH] = "auth",
	    [SOURCE_MOVED] = "moved",
	    [SOURCE_FULL] = "full",
	};

	return state < ARRAY_LEN(names) ? names[state] : "unknown";
}

/* An error that did not happen is empty, not absent. */
static struct tw_str
or_empty(struct slice s)
{
	return str_of(s.p != NULL ? s : SLICE(""));
}

int
tw_source_next(tw_snapshot *s, uint16_t *id, struct tw_source *out)
{
	struct source_rec r;
	uint8_t key[2];
	MDB_val k, d;
	int rc;

	if (s == NULL || id == NULL || out == NULL)
		return TW_ARGUMENT;
	if (*id == UINT16_MAX)
		return TW_END;
	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	be16_put(key, (uint16_t)(*id + 1));
	rc = table_seek(s, TABLE_SOURCES, key, sizeof(key), &k, &d);
	if (rc != TW_OK)
		return rc;
	if (k.mv_size != 2)
		return snap_fail(s, TW_DAMAGED, "%s: a key of sources has %zu"
		    " bytes", s->store->path, k.mv_size);
	*id = be16_get(k.mv_data);
	if (source_rec_decode(*id, val_slice(&d), &r) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of source %u"
		    " cannot be read", s->store->path, *id);
	*out = (struct tw_source){
	    .name = str_of(r.name),
	    .kind = str_of(r.kind),
	    .url = str_of(r.url),
	    .collection = str_of(r.collection),
	    .state = str_of(slice_str(state_name(r.state))),
	    .error = or_empty(r.error),
	    .last_poll = r.last_poll,
	    .last_asked = r.last_asked,
	    .last_success = r.last_success,
	    .last_change = r.last_change,
	    .stated = r.stated,
	    .polls = r.polls,
	    .objects = r.objects,
	    .claims = r.claims,
	    .revoked = r.revoked,
	    .patterns = r.patterns,
	    .rejected = r.rejected,
	    .id = r.id,
	    .missing = r.missing,
	    .withdrawn = r.withdrawn,
	    .paused = r.paused,
	    .state_since = r.state_since,
	    .retry_at = r.retry_at,
	    .failures = r.failures,
	    .held = r.held != 0,
	    .hidden_from = r.hidden_from,
	    .forgotten = r.forgotten != 0,
	};
	return TW_OK;
}

int
tw_source_about(tw_snapshot *s, uint16_t source, struct tw_about *out)
{
	struct source_rec r;
	uint8_t key[2];
	MDB_val k, d;
	int rc;

	if (s == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	be16_put(key, source);
	rc = table_get(s, TABLE_SOURCES, key, sizeof(key), &k, &d);
	if (rc != TW_OK)
		return rc == TW_NOT_FOUND ? TW_END : rc;
	if (source_rec_decode(source, val_slice(&d), &r) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of source %u"
		    " cannot be read", s->store->path, source);
	*out = (struct tw_about){
	    .title = or_empty(r.facts[FACT_TITLE]),
	    .docs = or_empty(r.facts[FACT_DOCS]),
	    .checked = or_empty(r.facts[FACT_CHECKED]),
	    .terms = or_empty(r.facts[FACT_TERMS]),
	    .tags = or_empty(r.facts[FACT_TAGS]),
	};
	return TW_OK;
}

int
tw_poll_next(tw_snapshot *s, uint16_t source, uint32_t *poll,
    struct tw_poll *out)
{
	struct poll_rec r;
	int rc;

	if (s == NULL || poll == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK || (rc = snap_poll_before(s, source,
	    *poll == 0 ? UINT32_MAX : *poll, &r)) != TW_OK)
		return rc;
	*poll = r.poll;
	*out = (struct tw_poll){
	    .poll = r.poll,
	    .complete = r.complete,
	    .start = r.start,
	    .end = r.end,
	    .pages = r.pages,
	    .bytes = r.bytes,
	    .objects = r.objects,
	    .added = r.added,
	    .updated = r.updated,
	    .unchanged = r.unchanged,
	    .revoked = r.revoked,
	    .older = r.older,
	    .stale = r.stale,
	    .bad_dates = r.bad_dates,
	    .rejected = r.rejected,
	    .values = r.values,
	    .error = or_empty(r.error),
	};
	return TW_OK;
}

int
tw_poll_reject(tw_snapshot *s, uint16_t source, uint32_t poll, size_t *pos,
    const char **reason, uint64_t *count)
{
	struct poll_rec r;
	int rc;

	if (s == NULL || pos == NULL || reason == NULL || count == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	if ((rc = snap_poll(s, source, poll, &r)) != TW_OK)
		return rc;
	for (; *pos < REJECT_REASONS && *pos < POLL_REASONS; ++*pos) {
		if (r.reasons[*pos] == 0)
			continue;
		*reason = reject_name((int)*pos);
		*count = r.reasons[*pos];
		++*pos;
		return TW_OK;
	}
	return TW_END;
}

int
tw_poll_deviation(tw_snapshot *s, uint16_t source, uint32_t poll, size_t *pos,
    struct tw_str *name, uint64_t *count)
{
	struct poll_rec r;
	int rc;

	if (s == NULL || pos == NULL || name == NULL || count == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	if ((rc = snap_poll(s, source, poll, &r)) != TW_OK)
		return rc;
	if (*pos >= r.ndeviations)
		return TW_END;
	*name = str_of(r.deviations[*pos].name);
	*count = r.deviations[*pos].count;
	++*pos;
	return TW_OK;
}

/* -- counters -- */

/* "8-4-4-4-12" */
static void
uuid_text(const uint8_t uuid[16], char text[37])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		*text++ = digits[uuid[i] >> 4];
		*text++ = digits[uuid[i] & 15];
	}
	*text = '\0';
}

/* LMDB describes each reader in a line that starts with its process id. */
static int
count_reader(const char *line, void *ctx)
{
	uint64_t *n = ctx;

	*n += strtoul(line, NULL, 10) != 0;
	return 0;
}

static int
status_clock(struct tw_snapshot *s, struct tw_status *out)
{
	struct wall_rec wall;
	int rc = wall_read(s->store->env, s->txn, &wall, &s->err);

	if (rc < 0)
		return result_of(&s->err);
	if (rc == 1 && wall.doubted != TSTAMP_NONE) {
		out->clock_doubted = wall.doubted;
		out->clock_believed = wall.believed;
	}
	return TW_OK;
}

/* Free pages are lists in a table of LMDB's own: a size_t of how many, and their
 * numbers. */
static int
count_free(struct tw_snapshot *s, uint64_t *free_pages)
{
	MDB_cursor *c;
	MDB_val k, d;
	size_t n;
	int rc = mdb_cursor_open(s->txn, 0, &c);

	if (rc != 0)
		return rc;
	while ((rc = mdb_cursor_get(c, &k, &d, MDB_NEXT)) == 0) {
		if (d.mv_size < sizeof(n))
			continue;
		memcpy(&n, d.mv_data, sizeof(n));
		*free_pages += n;
	}
	mdb_cursor_close(c);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int
tw_status(tw_snapshot *s, struct tw_status *out)
{
	struct identity id;
	MDB_envinfo info;
	MDB_stat stat;
	int rc;

	if (s == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = snap_fix(s)) != TW_OK || (rc = snap_head(s)) != TW_OK)
		return rc;
	err_clear(&s->err);
	if (identity_read(s->store->env, s->txn, &id, &s->err) != 0)
		return result_of(&s->err);
	*out = (struct tw_status){
	    .schema = id.schema,
	    .normaliser = id.normaliser,
	    .generation = s->head.generation,
	    .oldest_change = s->head.oldest_change,
	    .values = s->head.values + s->head.nets,
	    .claims = s->head.claims,
	    .objects = s->head.objects,
	    .patterns = s->head.patterns,
	    .rules = s->head.rules,
	    .relationships = s->head.relationships,
	    .written = s->head.written,
	};
	if ((rc = status_clock(s, out)) != TW_OK)
		return rc;
	uuid_text(id.uuid, out->uuid);
	if ((rc = mdb_env_info(s->store->env->mdb, &info)) != 0 ||
	    (rc = mdb_env_stat(s->store->env->mdb, &stat)) != 0)
		return snap_lmdb(s, rc, "its size");
	if ((rc = count_free(s, &out->free_pages)) != 0)
		return snap_lmdb(s, rc, "its free pages");
	out->pages = (uint64_t)info.me_last_pgno + 1;
	out->bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	mdb_reader_list(s->store->env->mdb, count_reader, &out->readers);
	return TW_OK;
}

/* ---- how many values, of whom -------------------------------------------- */

struct counting {
	struct tw_count *of;    /* by source, 0 for all */
	size_t n;
	uint64_t *last;         /* by source: the value that it counts in last */
	uint64_t value;         /* this one's number, from 1 on */
	bool active, suppressed; /* what is asked for */
};

static void
count_one(const struct tw_match *m, struct tw_count *of)
{
	of->active += m->state == TW_ACTIVE;
	of->suppressed += m->state == TW_SUPPRESSED;
}

/* Count a value for each source that has an active claim on it, once. */
static int
count_claims(struct tw_snapshot *s, const struct value_rec *rec,
    const struct undo_value *v, const struct tw_match *m, struct counting *c)
{
	struct claim_now now;
	struct claim_walk w;
	struct stand st;
	uint64_t row;
	uint8_t flags;
	int rc;

	claim_walk_start(&w, rec);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		rc = snap_stand(s, row, flags, true, v, false, &st);
		if (rc != TW_OK)
			return rc;
		if (st.o.source >= c->n || c->last[st.o.source] == c->value)
			continue;
		if ((rc = claim_now(s, &st, v->type, s->now, &now)) != TW_OK)
			return rc;
		if (now.state != TW_ACTIVE || !snap_permits(s, now.tlp))
			continue;
		c->last[st.o.source] = c->value;
		count_one(m, &c->of[st.o.source]);
	}
	return rc == TW_END ? TW_OK : rc;
}

/* Count one entry of `values` or `nets`. */
static int
count_entry(struct tw_snapshot *s, enum table t, const MDB_val *k,
    const MDB_val *d, struct counting *c)
{
	struct undo_value v;
	struct value_rec rec;
	struct tw_match m;
	int rc;

	if (!value_of_key(t, val_slice(k), &v) ||
	    value_rec_decode(val_slice(d), &rec) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: the record of a value"
		    " cannot be read (run 'taxiway verify')", s->store->path);
	/* Most entries tell by themselves that no list holds them. */
	if (!c->active && (rec.flags & VREC_ALLOWED) == 0 &&
	    s->head.allow_open == 0)
		return TW_OK;
	rc = match_fill(s, &rec, &v, &m);
	if (rc == TW_NOT_FOUND)
		return TW_OK;
	if (rc != TW_OK || !(m.state == TW_ACTIVE ? c->active :
	    m.state == TW_SUPPRESSED && c->suppressed))
		return rc;
	c->value++;
	count_one(&m, &c->of[0]);
	if (c->n == 1)
		return TW_OK;
	if ((rec.flags & VREC_MULTI) != 0)
		return count_claims(s, &rec, &v, &m, c);
	if (rec.source < c->n)
		count_one(&m, &c->of[rec.source]);
	return TW_OK;
}

static int
count_values(struct tw_snapshot *s, struct counting *c)
{
	enum table t;
	MDB_val k, d;
	int rc;

	if ((rc = snap_fix(s)) != TW_OK || (rc = snap_head(s)) != TW_OK)
		return rc;
	for (t = TABLE_VALUES; t <= TABLE_NETS; t++) {
		rc = table_seek(s, t, NULL, 0, &k, &d);
		for (; rc == TW_OK; rc = table_next(s, t, &k, &d)) {
			rc = count_entry(s, t, &k, &d, c);
			if (rc != TW_OK)
				return rc;
		}
		if (rc != TW_END)
			return rc;
	}
	return TW_OK;
}

static int
count_start(struct tw_snapshot *s, struct counting *c)
{
	int rc;

	memset(c->of, 0, c->n * sizeof(*c->of));
	c->last = calloc(c->n, sizeof(*c->last));
	if (c->last == NULL)
		return TW_MEMORY;
	rc = count_values(s, c);
	free(c->last);
	return rc;
}

int
tw_count(tw_snapshot *s, struct tw_count *counts, size_t n)
{
	struct counting c = {.of = counts, .n = n, .active = true,
	    .suppressed = true};

	if (s == NULL || counts == NULL || n == 0)
		return TW_ARGUMENT;
	return count_start(s, &c);
}

static int
count_state(tw_snapshot *s, uint16_t source, int state, uint64_t *count)
{
	struct counting c = {.n = (size_t)source + 1,
	    .active = state == TW_ACTIVE, .suppressed = state != TW_ACTIVE};
	int rc;

	if (s == NULL || count == NULL)
		return TW_ARGUMENT;
	*count = 0;
	c.of = calloc(c.n, sizeof(*c.of));
	if (c.of == NULL)
		return TW_MEMORY;
	rc = count_start(s, &c);
	if (rc == TW_OK)
		*count = c.active ? c.of[source].active :
		    c.of[source].suppressed;
	free(c.of);
	return rc;
}

int
tw_count_active(tw_snapshot *s, uint16_t source, uint64_t *count)
{
	return count_state(s, source, TW_ACTIVE, count);
}

int
tw_count_suppressed(tw_snapshot *s, uint16_t source, uint64_t *count)
{
	return count_state(s, source, TW_SUPPRESSED, count);
}
