/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening the store, and the life of a poll.
 */
#include "store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/allow_fold.h"
#include "store/batch.h"
#include "store/bytes.h"
#include "store/sort.h"
#include "store/terms.h"
#include "store/upkeep_blocks.h"

/* The folders above the file, each where it is missing. */
static int
make_folders(const char *path, struct err *e)
{
	char folder[PATH_MAX];
	size_t i, n = strlen(path);

	if (n >= sizeof(folder))
		return err_set(e, ERR_STORE, "store '%s': path too long", path);
	memcpy(folder, path, n + 1);
	for (i = 1; i < n; i++) {
		if (folder[i] != '/')
			continue;
		folder[i] = '\0';
		if (mkdir(folder, 0750) != 0 && errno != EEXIST)
			return err_sys(e, errno == ENOSPC ? ERR_FULL :
			    ERR_STORE, errno, "store '%s': folder '%s' cannot "
			    "be made", path, folder);
		folder[i] = '/';
	}
	return 0;
}

static int
sizes_read(struct store *s, MDB_txn *txn, struct err *e)
{
	MDB_stat ids, values, objects;
	int rc;

	rc = mdb_stat(txn, s->env->dbi[TABLE_IDS], &ids);
	if (rc == 0)
		rc = mdb_stat(txn, s->env->dbi[TABLE_VALUES], &values);
	if (rc == 0)
		rc = mdb_stat(txn, s->env->dbi[TABLE_OBJECTS], &objects);
	if (rc != 0)
		return env_fail(e, s->env, rc, "measuring");
	s->sizes.ids = (double)ids.ms_leaf_pages;
	s->sizes.values = (double)values.ms_leaf_pages;
	s->sizes.objects = (double)objects.ms_leaf_pages;
	return 0;
}

int
store_open(const char *path, int64_t now, struct store **out, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));
	MDB_txn *txn;
	int rc;

	(void)now;
	if (s == NULL || (s->path = strdup(path)) == NULL) {
		free(s);
		return err_set(e, ERR_MEMORY, "no memory to open the store");
	}
	s->loading = -1;
	s->batch_memory = LIMIT_BATCH_MEMORY;
	s->log_pages = LIMIT_CHANGES_PAGES;
	s->polls_kept = LIMIT_POLLS;
	s->portion = LIMIT_UPKEEP_ROWS;
	s->blocks_least = LIMIT_DEAD_RAW;
	if (make_folders(path, e) != 0 ||
	    (load_state(path) == LOAD_LOST && load_discard(path, e) != 0) ||
	    env_open(path, ENV_WRITE, &s->env, e) != 0 ||
	    env_begin(s->env, false, &txn, e) != 0) {
		store_close(s);
		return -1;
	}
	rc = identity_read(s->env, txn, &s->id, e);
	if (rc == 0)
		rc = sizes_read(s, txn, e);
	mdb_txn_abort(txn);
	if (rc == 0)
		rc = first_load_adopt(s, e);
	if (rc != 0) {
		store_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	/* A marker that cannot be taken away says what is true. */
	if (first_load_end(s, NULL) != 0 && s->loading >= 0)
		close(s->loading);
	block_plan_free(s->plan);
	filter_unmap(s->filter);
	env_close(s->env);
	allow_cache_free(s->allow);
	free(s->path);
	free(s);
}

void
store_limit(struct store *s, const struct store_limit *limit)
{
	s->limit = limit != NULL ? *limit : (struct store_limit){0, 0};
	env_limit(s->env, s->limit.max_bytes);
}

uint64_t
store_seed(const struct store *s)
{
	return s->id.seed;
}

int
source_texts(struct source_rec *r, struct arena *a, struct err *e)
{
	struct slice *texts[] = {&r->name, &r->kind, &r->url, &r->collection,
	    &r->cursor, &r->error, &r->group, &r->ageing, &r->held_text};
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i]->p == NULL)
			*texts[i] = SLICE("");
		*texts[i] = arena_slice(a, *texts[i]);
		if (texts[i]->p == NULL)
			return err_set(e, ERR_MEMORY, "no memory for a source");
	}
	for (i = 0; i < SOURCE_FACTS; i++) {
		if (r->facts[i].n == 0)
			continue;
		r->facts[i] = arena_slice(a, r->facts[i]);
		if (r->facts[i].p == NULL)
			return err_set(e, ERR_MEMORY, "no memory for a source");
	}
	return 0;
}

/* The source of this name, or a new one with the next number. */
static int
source_find(struct store_poll *p, struct slice name, struct err *e)
{
	struct env *env = p->s->env;
	struct source_rec r;
	MDB_txn *txn;
	int rc;

	if (env_begin(env, false, &txn, e) != 0)
		return -1;
	rc = source_search(env, txn, source_is_named, &name, &r, e);
	p->known_source = rc > 0;
	p->stored = rc > 0 ? r : (struct source_rec){.id = 0, .name = name};
	if (rc >= 0)
		rc = source_texts(&p->stored, &p->text, e);
	mdb_txn_abort(txn);
	return rc;
}

static int
source_check(const struct store_source *src, struct err *e)
{
	if (src->name == NULL || src->name[0] == '\0' ||
	    strlen(src->name) > LIMIT_SOURCE_NAME)
		return err_set(e, ERR_CONFIG, "source name '%.200s': 1 to %d "
		    "bytes are needed", src->name != NULL ? src->name : "",
		    LIMIT_SOURCE_NAME);
	if ((src->url != NULL && strlen(src->url) > LIMIT_URL) ||
	    (src->collection != NULL && strlen(src->collection) > LIMIT_URL) ||
	    (src->kind != NULL && strlen(src->kind) > LIMIT_NAME) ||
	    (src->group != NULL && strlen(src->group) > LIMIT_SOURCE_NAME))
		return err_set(e, ERR_CONFIG, "source '%s': URL, collection, "
		    "group or kind is too long", src->name);
	for (unsigned i = 0; i < SOURCE_FACTS; i++)
		if (src->facts[i] != NULL && strlen(src->facts[i]) > LIMIT_FACT)
			return err_set(e, ERR_CONFIG, "source '%s': its title, "
			    "docs, terms or tags have more than %d bytes",
			    src->name, LIMIT_FACT);
	return 0;
}

/* The configured terms; `ageing` holds the bytes of the policy. */
static int
merge_terms(struct store_poll *p, const struct store_source *src,
    struct buf *ageing, struct err *e)
{
	buf_init(ageing, LIMIT_RECORD);
	if (src->ageing != NULL && ageing_encode(src->ageing, ageing) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a source");
	p->src.ageing = buf_view(ageing);
	p->src.listing = src->listing;
	p->src.reliability = src->reliability;
	p->src.group = slice_str(src->group);
	for (unsigned i = 0; i < SOURCE_FACTS; i++)
		p->src.facts[i] = slice_str(src->facts[i]);
	p->src.history = src->history.ended;
	p->src.history_matched = src->history.matched;
	p->src.history_ids = src->history.ids;
	return 0;
}

static void
merge_guards(struct store_poll *p, const struct store_source *src)
{
	p->guards = src->guards != NULL ? *src->guards : STORE_GUARDS_DEFAULT;
	if (p->guards.absent_polls == 0)
		p->guards.absent_polls = ABSENT_POLLS;
	p->src.absent_polls = p->guards.absent_polls;
	p->src.absent_grace = p->guards.absent_grace;
	p->src.revive = p->guards.revive;
}

/* Source as it will be written: what is configured over what is stored. */
static int
source_merge(struct store_poll *p, const struct store_source *src, int64_t now,
    struct err *e)
{
	struct source_terms old;
	struct buf ageing;
	int rc;

	p->src = p->stored;
	p->src.kind = slice_str(src->kind);
	p->src.url = slice_str(src->url);
	p->src.collection = slice_str(src->collection);
	p->src.default_tlp = src->default_tlp;
	p->src.keep_raw = src->keep_raw;
	p->poll = src->poll != 0 ? src->poll : p->stored.polls + 1;
	p->src.polls = p->poll;
	p->src.last_poll = p->src.last_asked = now;
	p->want_raw = src->keep_raw && p->known_source &&
	    p->stored.keep_raw == 0;
	terms_of(&p->stored, &old);
	p->frozen = tstamp_add(p->stored.frozen,
	    ageing_lag(&old.ageing, &old.clock, now));
	merge_guards(p, src);
	rc = merge_terms(p, src, &ageing, e);
	if (rc == 0)
		rc = source_texts(&p->src, &p->text, e);
	buf_free(&ageing);
	return rc;
}

/* What a source that was rolled back would say next comes after what is hidden:
 * it could not be seen, nor told from it. */
static int
refuse_undone(const struct store_poll *p, const struct store_source *src,
    struct err *e)
{
	/* Hidden because of a listing that is held: the next one may be better,
	 * and withdraws what that one brought before all shows again. */
	if (p->stored.hidden_from == 0 || src->dry_run ||
	    p->stored.hidden_from == p->stored.held_hides)
		return 0;
	return err_set(e, ERR_BUSY, "source '%.*s' was rolled back to "
	    "before poll %u and is not polled; 'taxiway restore' takes that "
	    "back, 'taxiway forget' starts anew", SLICE_ARG(p->stored.name),
	    p->stored.hidden_from);
}

/* The start of a poll, in a small transaction of its own; the lease is held. */
static int
announce(struct store_poll *p, struct err *e)
{
	struct source_rec r = {.name = p->stored.name};
	struct batch b;
	struct apply a = {.s = p->s, .b = &b, .now = p->start};
	int rc;

	batch_init(&b);
	rc = p->known_source ? touch_begin(&a, &b, p->s, p->stored.id,
	    p->start, e) : apply_open(&a, &r, e);
	if (rc == 0) {
		a.src.last_poll = a.src.last_asked = p->start;
		rc = touch_finish(&a, e);
	} else {
		touch_drop(&a);
	}
	batch_free(&b);
	/* One that is new has got its number. */
	if (rc == 0 && !p->known_source)
		rc = source_find(p, p->stored.name, e);
	return rc;
}

int
store_poll_begin(struct store *s, const struct store_source *src, int64_t now,
    struct store_poll **out, struct err *e)
{
	struct store_poll *p;

	if (source_check(src, e) != 0)
		return -1;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a poll");
	p->s = s;
	p->start = now;
	p->dry_run = src->dry_run;
	p->lease = -1;
	batch_init(&p->batch);
	rowset_init(&p->seen);
	rowset_init(&p->coming);
	arena_init(&p->text, KIB(8) + 4 * (2 * LIMIT_URL + LIMIT_SOURCE_CURSOR +
	    ERR_TEXT_MAX + 2 * LIMIT_NAME));
	/* A dry run changes nothing, so it may run beside a real one. */
	if ((!p->dry_run &&
	    lease_take(s, slice_str(src->name), &p->lease, e) != 0) ||
	    source_find(p, slice_str(src->name), e) != 0 ||
	    refuse_undone(p, src, e) != 0) {
		store_poll_drop(p);
		return -1;
	}
	p->asked_before = p->stored.last_asked;
	if ((src->announce && !p->dry_run && announce(p, e) != 0) ||
	    source_merge(p, src, now, e) != 0) {
		store_poll_drop(p);
		return -1;
	}
	*out = p;
	return 0;
}

const struct source_rec *
store_poll_source(const struct store_poll *p)
{
	return &p->stored;
}

void
store_poll_unchanged(struct store_poll *p, uint64_t n)
{
	p->counts.unchanged += n;
}

void
store_poll_reject(struct store_poll *p, enum reject_reason why,
    enum reject_loss loss, uint64_t n)
{
	if ((unsigned)why >= REJECT_REASONS)
		why = REJECT_JSON;
	p->counts.rejected += n;
	p->counts.reasons[why] += n;
	if (!reject_is_fault(why))
		return;
	if (loss == LOSS_ENTRY)
		p->lost += n;
	else if (loss == LOSS_PART)
		p->flawed += n;
}

void
store_poll_differs(struct store_poll *p)
{
	p->src.sizes_from = p->poll;
}

void
store_poll_deviation(struct store_poll *p, const char *name, uint64_t n)
{
	struct slice s = slice_str(name);
	unsigned i;
	char *own;

	for (i = 0; i < p->ndeviations; i++)
		if (slice_eq(p->deviations[i].name, s))
			break;
	if (i == p->ndeviations) {
		if (i == POLL_DEVIATIONS || s.n > DEVIATION_NAME_MAX ||
		    (own = arena_dup(&p->text, s.p, s.n)) == NULL)
			return; /* a count is not worth a poll */
		p->deviations[i].name = (struct slice){own, s.n};
		p->ndeviations++;
	}
	p->deviations[i].count += n;
}

const struct store_counts *
store_poll_counts(const struct store_poll *p)
{
	return &p->counts;
}

int
store_batch_commit(struct store_poll *p, const struct slice *cursor,
    const struct store_progress *progress, int64_t now, struct err *e)
{
	struct commit c = {.cursor = cursor, .now = now};

	if (progress != NULL)
		p->progress = *progress;
	if (apply_commit(p, &c, e) != 0)
		return -1;
	/* Of a short load the disk has little left to do at the end; in a long
	 * one pages would be written many times. */
	if (p->counts.added <= LIMIT_BATCH_OBJECTS)
		first_load_write(p->s);
	return 0;
}

int
store_poll_end(struct store_poll *p, const struct store_end *end, int64_t now,
    struct store_counts *counts, struct err *e)
{
	struct commit c = {.cursor = end->cursor, .end = end, .now = now};
	int rc;

	p->progress = end->progress;
	first_load_write(p->s);
	rc = apply_commit(p, &c, e);
	if (counts != NULL)
		*counts = p->counts;
	store_poll_drop(p);
	return rc;
}

void
store_poll_drop(struct store_poll *p)
{
	if (p == NULL)
		return;
	lease_give(p->lease);
	batch_free(&p->batch);
	rowset_free(&p->seen);
	rowset_free(&p->coming);
	arena_free(&p->text);
	free(p->cursor);
	free(p->relisted);
	free(p);
}
