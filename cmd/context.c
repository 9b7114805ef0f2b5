/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/context.h"

#include <string.h>

#include "base/cc.h"

static bool
same_str(struct tw_str a, struct tw_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* One without an id is told from others by its name. */
static bool
threat_known(const struct context *x, const struct tw_threat *t)
{
	size_t i;

	for (i = 0; i < x->nthreats; i++)
		if (same_str(x->threats[i].id, t->id) && (t->id.n > 0 ||
		    (same_str(x->threats[i].name, t->name) &&
		    same_str(x->threats[i].type, t->type))))
			return true;
	return false;
}

/* idtext moves with the struct: point the slice into the copy again. */
static void
threat_copy(struct tw_threat *to, const struct tw_threat *from)
{
	*to = *from;
	if (from->id.p == from->idtext)
		to->id.p = to->idtext;
}

int
context_load(tw_snapshot *snap, const struct tw_match *m, struct context *x)
{
	size_t i, k, n;
	int rc;

	x->nthreats = 0;
	tw_value_text(snap, m, x->text, sizeof(x->text));
	rc = tw_claims(snap, m, x->claims, MATCH_CLAIMS_MAX, &x->found);
	if (rc == TW_OK)
		rc = tw_qualify(snap, m, &x->quality);
	if (rc != TW_OK)
		return rc;
	x->nclaims = x->found < MATCH_CLAIMS_MAX ? x->found : MATCH_CLAIMS_MAX;
	for (i = 0; i < x->nclaims; i++) {
		struct tw_threat t[16];

		rc = tw_threats(snap, &x->claims[i], t, ARRAY_LEN(t), &n);
		if (rc != TW_OK)
			return rc;
		for (k = 0; k < n && k < ARRAY_LEN(t); k++)
			if (x->nthreats < MATCH_CLAIMS_MAX &&
			    !threat_known(x, &t[k]))
				threat_copy(&x->threats[x->nthreats++], &t[k]);
	}
	return TW_OK;
}
