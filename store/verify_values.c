/* SPDX-License-Identifier: BSD-2-Clause */
/* Values and networks against the objects that claim them. */
#include <string.h>

#include "store/verdict.h"
#include "store/verify.h"

/* A key as text, for reports: its value where it can be printed. */
static const char *
name_of(struct verify *v, const struct value *value)
{
	buf_reset(&v->s->text);
	if ((value->flags & VALUE_DIGEST) || value_print(value, &v->s->text) != 0)
		return "(kept by digest)";
	return v->s->text.p;
}

/* One claim: the object must be there and hold the value, or have held it.  Folds
 * what speaks for it.  `flags` are those of the claim, `held` of the entry. */
static int
check_claim(struct verify *v, const struct undo_value *value,
    const struct value *whole, uint64_t row, uint8_t held, bool multi,
    struct value_rec *sum, bool *unsettled)
{
	struct verdict_claim claim;
	struct object_rec now, any;
	bool digest = false, past;
	uint8_t flags = held;
	struct stand st;
	int rc;

	if ((rc = snap_object(v->s, row, &now, NULL)) != TW_OK ||
	    (rc = snap_holder(v->s, row, value, &any)) != TW_OK)
		return rc;
	past = !undo_says(&now, value, &flags, &digest);
	if (past && !undo_says(&any, value, NULL, &digest)) {
		verify_bad(v, "values: %s %s is not claimed by object row %ju",
		    value_type_name(value->type), name_of(v, whole),
		    (uintmax_t)row);
		return TW_OK;
	}
	if (multi && past != ((held & CLAIM_PAST) != 0))
		verify_bad(v, "claims: that of object row %ju on %s %s is%s"
		    " past", (uintmax_t)row, value_type_name(value->type),
		    name_of(v, whole), past ? "" : " not");
	if (!past) {
		v->sums[now.source].claims++;
		v->claims++;
	}
	rc = snap_stand(v->s, row, (uint8_t)(flags & ~CLAIM_PAST) |
	    (past ? CLAIM_PAST : 0), multi, value, false, &st);
	if (rc != TW_OK)
		return rc;
	*unsettled = *unsettled || st.source->terms.unsettled;
	verdict_claim(&st.o, st.flags, &st.source->terms, value->type, st.met,
	    row, &claim);
	if (sum->nclaims == 0)
		verdict_first(sum, &claim, digest);
	else
		verdict_fold(sum, &claim);
	return TW_OK;
}

/* Does the entry say what its claims add up to? */
static bool
same_verdict(const struct value_rec *a, const struct value_rec *b)
{
	static const unsigned apart = VREC_MULTI | VREC_TOLD | VREC_ALLOWED;

	return (a->flags & ~apart) == (b->flags & ~apart) &&
	    a->confidence == b->confidence && a->tlp == b->tlp &&
	    a->nclaims == b->nclaims && a->valid_from == b->valid_from &&
	    a->expires_at == b->expires_at;
}

static int
check_claims(struct verify *v, const struct value *value,
    const struct value_rec *rec)
{
	const struct undo_value name = {value->type, value->prefix,
	    {(const char *)value->key, value->keylen}};
	struct value_rec sum = {0};
	bool unsettled = false;
	struct claim_walk w;
	uint64_t row;
	uint8_t flags;
	int rc;

	claim_walk_start(&w, rec);
	while ((rc = claim_walk_next(v->s, &w, &row, &flags)) == TW_OK) {
		v->multi_claims += w.multi;
		rc = check_claim(v, &name, value, row, flags, w.multi, &sum,
		    &unsettled);
		if (rc != TW_OK)
			return rc;
	}
	if (rc != TW_END)
		return rc;
	/* What terms that changed have made of it is upkeep's to write. */
	if (!unsettled && !same_verdict(rec, &sum))
		verify_bad(v, "values: the verdict on %s %s is not that of its"
		    " claims", value_type_name(value->type),
		    name_of(v, value));
	if ((rec->flags & VREC_MULTI) && rec->row > v->max_row)
		v->max_row = rec->row;
	return TW_OK;
}

static void
check_filter(struct verify *v, const struct value *value)
{
	const struct tw_snapshot *s = v->s;
	const struct filter *f;
	size_t n = value->keylen;
	bool may;

	if (s->filter == NULL || !s->filter_good)
		return;
	f = s->filter->filter;
	if (value->type == VALUE_URL)
		n = value_url_loose_len(value->key, n);
	may = value->prefix < value_full_prefix(value->type)
	    ? filter_may_cover(f, value->type, value->key)
	    : filter_may_have(f, value->type, value->key, n);
	if (!may)
		verify_bad(v, "filter: denies %s %s, which is there (remove"
		    " the file; the next poll makes it anew)",
		    value_type_name(value->type), name_of(v, value));
}

static int
check_entry(struct verify *v, struct value *value, const MDB_val *d,
    const char *table)
{
	struct value_rec rec;
	int rc;

	if (value_rec_decode(val_slice(d), &rec) != 0) {
		verify_bad(v, "%s: the record of %s %s cannot be read", table,
		    value_type_name(value->type), name_of(v, value));
		return TW_OK;
	}
	/* A key by digest, or a URL that lost its case, is checked with its
	 * text in the object. */
	if (rec.flags & VREC_DIGEST)
		value->flags |= VALUE_DIGEST;
	check_filter(v, value);
	rc = verify_allowed(v, &(struct undo_value){value->type,
	    value->prefix, {(const char *)value->key, value->keylen}}, &rec);
	return rc == TW_OK ? check_claims(v, value, &rec) : rc;
}

int
verify_value(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	const uint8_t *key = k->mv_data;
	struct value value;

	v->values++;
	if (k->mv_size < 2 || k->mv_size > 1 + LIMIT_VALUE_KEY + 64 ||
	    value_type_name(key[0]) == NULL) {
		verify_bad(v, "values: a key of %zu bytes is no value",
		    k->mv_size);
		return TW_OK;
	}
	value = (struct value){
	    .type = key[0],
	    .prefix = value_full_prefix(key[0]),
	    .key = key + 1,
	    .keylen = (uint16_t)(k->mv_size - 1),
	};
	return check_entry(v, &value, d, "values");
}

int
verify_net(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	const uint8_t *key = k->mv_data;
	const struct head *h = &v->s->head;
	const uint64_t *lengths;
	struct value value;
	size_t n = k->mv_size;

	v->nets++;
	if (!((n == 6 && key[0] == VALUE_IPV4) ||
	    (n == 18 && key[0] == VALUE_IPV6))) {
		verify_bad(v, "nets: a key of %zu bytes is no network", n);
		return TW_OK;
	}
	value = (struct value){
	    .type = key[0],
	    .prefix = key[n - 1],
	    .key = key + 1,
	    .keylen = (uint16_t)(n - 2),
	};
	if (value.prefix >= value_full_prefix(value.type) ||
	    !value_key_valid(&value)) {
		verify_bad(v, "nets: a network of /%u is not canonical",
		    value.prefix);
		return TW_OK;
	}
	lengths = value.type == VALUE_IPV4 ? h->net4_lengths : h->net6_lengths;
	if ((lengths[value.prefix / 64] >> value.prefix % 64 & 1) == 0)
		verify_bad(v, "head: networks of /%u are not announced",
		    value.prefix);
	return check_entry(v, &value, d, "nets");
}

/* That each belongs to a value is seen from the sums (verify_counters). */
int
verify_claim(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct claim_rec rec;
	struct object_rec o;
	uint64_t row;
	int rc;

	if (k->mv_size != 16 || claim_rec_decode(val_slice(d), &rec) != 0) {
		verify_bad(v, "claims: an entry cannot be read");
		return TW_OK;
	}
	if (v->multi_claims == 0) {
		verify_bad(v, "claims: more than the values refer to");
		return TW_OK;
	}
	v->multi_claims--;
	row = be64_get((const uint8_t *)k->mv_data + 8);
	if ((rc = snap_object_head(v->s, row, &o)) != TW_OK)
		return rc;
	if (o.source != rec.source)
		verify_bad(v, "claims: object row %ju is of source %u, not %u",
		    (uintmax_t)row, o.source, rec.source);
	return TW_OK;
}
