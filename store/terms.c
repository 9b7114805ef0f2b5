/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/terms.h"

#include "base/tstamp.h"

void
terms_of(const struct source_rec *r, struct source_terms *t)
{
	t->source = r->id;
	t->default_tlp = r->default_tlp;
	t->listing = r->listing;
	t->unsettled = r->unsettled != 0;
	t->hidden_from = r->hidden_from;
	t->clock = (struct ageing_clock){.success = r->last_success,
	    .started = r->last_poll, .frozen = r->frozen};
	/* The record was checked when it was read. */
	(void)ageing_decode(r->ageing, &t->ageing);
	t->find = NULL;
	t->ctx = NULL;
	t->polls[0] = t->polls[1] = (struct terms_poll){.poll = 0};
}

bool
terms_differ(const struct source_rec *a, const struct source_rec *b)
{
	return a->default_tlp != b->default_tlp || a->listing != b->listing ||
	    a->hidden_from != b->hidden_from || !slice_eq(a->ageing, b->ageing);
}

bool
terms_past(const struct source_terms *t, const struct object_rec *r)
{
	struct object_end end;

	if (t->hidden_from != 0 && r->poll >= t->hidden_from)
		return true;
	if (CC_LIKELY((r->flags & OBJ_ENDED) == 0))
		return false;
	/* What a hidden poll ended has not. */
	return t->hidden_from == 0 || !object_rec_ended(r, &end) ||
	    end.poll < t->hidden_from;
}

static const struct terms_poll *
poll_of(struct source_terms *t, uint32_t poll)
{
	struct terms_poll p = {.poll = poll, .start = TSTAMP_NONE};

	if (t->polls[0].poll == poll)
		return &t->polls[0];
	if (t->polls[1].poll == poll)
		return &t->polls[1];
	if (t->find != NULL)
		t->find(t->ctx, t->source, poll, &p);
	t->polls[1] = t->polls[0];
	t->polls[0] = p;
	return &t->polls[0];
}

int64_t
terms_poll_start(struct source_terms *t, uint32_t poll)
{
	return poll_of(t, poll)->start;
}

/* Nothing but what the object states, and that makes sense. */
static bool
is_plain(const struct source_terms *t, const struct object_rec *r)
{
	const struct ageing *a = &t->ageing;

	return a->plain &&
	    (r->valid_until > r->valid_from || r->valid_until == TSTAMP_NONE) &&
	    (r->valid_from <= r->modified || r->valid_from <= r->created);
}

static void
facts_of(struct source_terms *t, const struct object_rec *r, uint8_t type,
    int64_t met, struct ageing_facts *f)
{
	const struct terms_poll *p = NULL;

	*f = (struct ageing_facts){.created = r->created,
	    .modified = r->modified, .valid_from = r->valid_from,
	    .valid_until = r->valid_until, .seen = TSTAMP_NONE,
	    .brought = TSTAMP_NONE,
	    .met = met, .confidence = r->confidence, .type = type,
	    .listing = t->listing};
	if (ageing_is_ahead(&t->ageing, f))
		f->brought = poll_of(t, r->poll)->start;
	switch (ageing_anchor(&t->ageing, f)) {
	case ANCHOR_FIRST:
		p = poll_of(t, r->poll_first);
		break;
	case ANCHOR_NEWEST:
		p = poll_of(t, r->poll);
		break;
	case ANCHOR_NONE:
		break;
	}
	if (p != NULL) {
		f->seen = p->start;
		f->frozen = p->frozen;
	}
}

void
terms_end(struct source_terms *t, const struct object_rec *r, uint8_t type,
    int64_t met, struct ageing_end *out)
{
	struct ageing_facts f;

	if (CC_LIKELY(is_plain(t, r))) {
		*out = (struct ageing_end){.from = r->valid_from,
		    .end = r->valid_until, .met = TSTAMP_NONE,
		    .rule = AGEING_STATED};
		if (r->valid_until == TSTAMP_NONE ||
		    r->valid_until >= t->ageing.never) {
			out->end = TSTAMP_NEVER;
			out->rule = AGEING_NO_END;
		}
		return;
	}
	facts_of(t, r, type, met, &f);
	ageing_end(&t->ageing, &f, out);
}

uint8_t
terms_score(struct source_terms *t, const struct object_rec *r, uint8_t type,
    int64_t met, int64_t now)
{
	struct ageing_facts f;

	if (t->ageing.nlines == 0)
		return r->confidence;
	facts_of(t, r, type, met, &f);
	return ageing_score(&t->ageing, &t->clock, &f, now);
}
