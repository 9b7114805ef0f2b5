/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/wall.h"

#include <string.h>

#include "store/bytes.h"
#include "store/record.h"

#define WALL_LEN (1 + 4 * 8 + BOOT_ID_LEN)

/* ---- the rule -------------------------------------------------------------- */

static bool
boot_known(const struct wall_boot *b)
{
	return b->id[0] != '\0';
}

/* Of times that a record may hold. */
static int64_t
since(int64_t now, int64_t then)
{
	return tstamp_add(now, -then);
}

/* Is a look at a clock worth a write? */
static bool
is_news(const struct wall_rec *was, int64_t now)
{
	return now < was->seen || since(now, was->seen) >= WALL_NOTE;
}

/* How far the clock went ahead of what the boot bears out; 0 when it did not. */
static int64_t
step_of(const struct wall_rec *was, int64_t now, const struct wall_boot *boot)
{
	int64_t step = since(now, was->seen);

	if (boot_known(boot) && boot->ticks >= was->boot.ticks &&
	    memcmp(boot->id, was->boot.id, BOOT_ID_LEN) == 0)
		step -= boot->ticks - was->boot.ticks;
	return step > 0 ? step : 0;
}

void
wall_trust(int64_t now, const struct wall_boot *boot, struct wall_rec *out)
{
	*out = (struct wall_rec){.believed = now, .seen = now,
	    .doubted = TSTAMP_NONE, .boot = *boot};
}

bool
wall_judge(const struct wall_rec *was, int64_t now,
    const struct wall_boot *boot, struct wall_rec *out)
{
	const struct wall_boot none = {.ticks = 0};
	bool stepped;

	if (was == NULL || boot == NULL) {
		wall_trust(now, boot != NULL ? boot : &none, out);
		return boot != NULL;
	}
	if (was->doubted == TSTAMP_NONE) {
		stepped = step_of(was, now, boot) > WALL_STEP;
		wall_trust(now, boot, out);
		if (stepped) {
			out->believed = was->believed;
			out->doubted = now;
		}
		return stepped || is_news(was, now);
	}
	/* Back where it could have come from by itself, or it ran on. */
	stepped = step_of(was, now, boot) > WALL_GAP || now < was->doubted;
	wall_trust(now, boot, out);
	if (since(now, was->believed) <= WALL_STEP ||
	    (!stepped && since(now, was->doubted) >= WALL_WAIT))
		return true;
	out->believed = was->believed;
	out->doubted = stepped ? now : was->doubted;
	return stepped || is_news(was, now);
}

/* ---- the record ------------------------------------------------------------ */

static MDB_val
wall_name(void)
{
	static const char name[] = "wall";

	return (MDB_val){sizeof(name) - 1, (void *)(uintptr_t)name};
}

int
wall_read(struct env *env, MDB_txn *txn, struct wall_rec *r, struct err *e)
{
	MDB_val key = wall_name(), val;
	const uint8_t *p;
	int rc = mdb_get(txn, env->dbi[TABLE_META], &key, &val);

	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, env, rc, "reading");
	if (rc != 0 || val.mv_size < WALL_LEN)
		return 0;
	p = val.mv_data;
	r->believed = le64_get_signed(p + 1);
	r->seen = le64_get_signed(p + 9);
	r->doubted = le64_get_signed(p + 17);
	r->boot.ticks = le64_get_signed(p + 25);
	memcpy(r->boot.id, p + 33, BOOT_ID_LEN);
	/* One that makes no sense is as good as none. */
	return r->believed >= 0 && r->seen >= 0 && r->boot.ticks >= 0 &&
	    (r->doubted >= 0 || r->doubted == TSTAMP_NONE);
}

int
wall_write(struct env *env, MDB_txn *txn, const struct wall_rec *r,
    struct err *e)
{
	uint8_t b[WALL_LEN];
	MDB_val key = wall_name(), val = {sizeof(b), b};
	int rc;

	b[0] = RECORD_VERSION;
	le64_put(b + 1, (uint64_t)r->believed);
	le64_put(b + 9, (uint64_t)r->seen);
	le64_put(b + 17, (uint64_t)r->doubted);
	le64_put(b + 25, (uint64_t)r->boot.ticks);
	memcpy(b + 33, r->boot.id, BOOT_ID_LEN);
	rc = mdb_put(txn, env->dbi[TABLE_META], &key, &val, 0);
	return rc == 0 ? 0 : env_fail(e, env, rc, "writing");
}
