/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/object_fields.h"

#include "base/limits.h"

/* The first byte of the value at the cursor; 0 when there is none. */
static char
here(const struct scan *s)
{
	return s->p < s->end ? *s->p : 0;
}

static int
skip_odd(struct scan *s, unsigned bit, unsigned *odd)
{
	*odd |= bit;
	return scan_skip(s);
}

int
field_text(struct scan *s, struct slice *out, unsigned bit, unsigned *odd)
{
	return here(s) == '"' ? scan_string(s, out) : skip_odd(s, bit, odd);
}

/* Move n items of `size` bytes to the arena; no items: NULL. */
static int
keep(struct scan *s, const void *items, size_t n, size_t size, void **out)
{
	*out = NULL;
	if (n == 0)
		return 0;
	*out = arena_dup(s->arena, items, n * size);
	if (*out == NULL)
		return err_set(s->e, ERR_MEMORY,
		    "no room for the lists of an object (arena of %zu bytes)",
		    s->arena->max);
	return 0;
}

int
field_list(struct scan *s, struct slice_list *list, unsigned *odd)
{
	struct slice items[LIMIT_LIST];
	size_t n = list->n;
	void *kept;
	bool begun;
	int rc;

	if (here(s) != '[')
		return skip_odd(s, STIX_ODD_LIST, odd);
	if (scan_array_open(s, &begun) != 0)
		return -1;
	if (n != 0)
		memcpy(items, list->v, n * sizeof(*items));
	while ((rc = scan_item(s, &begun)) > 0) {
		if (here(s) != '"' || n == LIMIT_LIST)
			rc = skip_odd(s, STIX_ODD_LIST, odd);
		else
			rc = scan_string(s, &items[n++]);
		if (rc != 0)
			return -1;
	}
	if (rc != 0 || n == list->n)
		return rc;
	if (keep(s, items, n, sizeof(*items), &kept) != 0)
		return -1;
	*list = (struct slice_list){kept, n};
	return 0;
}

/*
 * Reads one object of a list into item: 1 if it says something, 0 if it is to
 * be left out, -1 on broken JSON.
 */
typedef int item_read_fn(struct scan *s, void *item, unsigned *odd);

/*
 * The objects of the array at the cursor, size bytes each: at most LIMIT_LIST
 * into items, from there into the arena. What is no object is odd.
 */
static int
object_list(struct scan *s, item_read_fn *read, void *items, size_t size,
    void **kept, size_t *count, unsigned *odd)
{
	size_t n = 0;
	bool begun;
	int rc, got;

	if (here(s) != '[')
		return skip_odd(s, STIX_ODD_LIST, odd);
	if (scan_array_open(s, &begun) != 0)
		return -1;
	while ((rc = scan_item(s, &begun)) > 0) {
		if (here(s) != '{' || n == LIMIT_LIST) {
			if (skip_odd(s, STIX_ODD_LIST, odd) != 0)
				return -1;
			continue;
		}
		if ((got = read(s, (char *)items + n * size, odd)) < 0)
			return -1;
		n += (size_t)got;
	}
	if (rc != 0 || keep(s, items, n, size, kept) != 0)
		return -1;
	*count = n;
	return 0;
}

/* Phases without both names say nothing. */
static int
phase_read(struct scan *s, void *item, unsigned *odd)
{
	struct stix_phase *phase = item;
	struct scan_object o;
	struct slice name;
	int rc;

	*phase = (struct stix_phase){SLICE_NONE, SLICE_NONE};
	if (scan_object_open(s, &o) != 0)
		return -1;
	while ((rc = scan_member(s, &o, &name)) > 0) {
		if (slice_eq(name, SLICE("kill_chain_name")))
			rc = field_text(s, &phase->chain, STIX_ODD_LIST, odd);
		else if (slice_eq(name, SLICE("phase_name")))
			rc = field_text(s, &phase->phase, STIX_ODD_LIST, odd);
		else
			rc = scan_skip(s);
		if (rc != 0)
			return -1;
	}
	if (rc == 0 && phase->chain.p != NULL && phase->phase.p != NULL)
		return 1;
	*odd |= STIX_ODD_LIST;
	return rc;
}

int
field_phases(struct scan *s, struct stix_object *o)
{
	struct stix_phase items[LIMIT_LIST];
	void *kept = NULL;

	if (object_list(s, phase_read, items, sizeof(*items), &kept,
	        &o->nphases, &o->odd) != 0)
		return -1;
	o->phases = kept;
	return 0;
}

static int
granular_read(struct scan *s, void *item, unsigned *odd)
{
	struct stix_granular *g = item;
	struct scan_object o;
	struct slice name;
	int rc;

	*g = (struct stix_granular){SLICE_NONE, {NULL, 0}};
	if (scan_object_open(s, &o) != 0)
		return -1;
	while ((rc = scan_member(s, &o, &name)) > 0) {
		if (slice_eq(name, SLICE("marking_ref")))
			rc = field_text(s, &g->marking_ref, STIX_ODD_LIST, odd);
		else if (slice_eq(name, SLICE("selectors")))
			rc = field_list(s, &g->selectors, odd);
		else
			rc = scan_skip(s);
		if (rc != 0)
			return -1;
	}
	/* Without a reference it marks a language, not a level. */
	return rc == 0 ? g->marking_ref.p != NULL : rc;
}

int
field_granular(struct scan *s, struct stix_object *o)
{
	struct stix_granular items[LIMIT_LIST];
	void *kept = NULL;

	if (object_list(s, granular_read, items, sizeof(*items), &kept,
	        &o->ngranular, &o->odd) != 0)
		return -1;
	o->granular = kept;
	return 0;
}

int
field_hashes(struct scan *s, struct stix_object *o)
{
	struct stix_hash items[LIMIT_LIST];
	struct scan_object hashes;
	struct slice name;
	size_t n = 0;
	void *kept;
	int rc;

	if (here(s) != '{')
		return skip_odd(s, STIX_ODD_OTHER, &o->odd);
	if (scan_object_open(s, &hashes) != 0)
		return -1;
	while ((rc = scan_member(s, &hashes, &name)) > 0) {
		if (here(s) != '"' || n == LIMIT_LIST) {
			rc = skip_odd(s, STIX_ODD_OTHER, &o->odd);
		} else {
			items[n].algorithm = name;
			rc = scan_string(s, &items[n++].value);
		}
		if (rc != 0)
			return -1;
	}
	if (rc != 0 || keep(s, items, n, sizeof(*items), &kept) != 0)
		return -1;
	o->hashes = kept;
	o->nhashes = n;
	return 0;
}

/* The string that member `want` of the object at the cursor holds. */
static int
member_text(struct scan *s, struct slice want, struct slice *out,
    unsigned *odd)
{
	struct scan_object o;
	struct slice name;
	int rc;

	if (here(s) != '{')
		return skip_odd(s, STIX_ODD_OTHER, odd);
	if (scan_object_open(s, &o) != 0)
		return -1;
	while ((rc = scan_member(s, &o, &name)) > 0) {
		if (slice_eq(name, want))
			rc = field_text(s, out, STIX_ODD_OTHER, odd);
		else
			rc = scan_skip(s);
		if (rc != 0)
			return -1;
	}
	return rc;
}

int
field_definition(struct scan *s, struct slice *tlp, unsigned *odd)
{
	return member_text(s, SLICE("tlp"), tlp, odd);
}

int
field_extensions(struct scan *s, struct slice *tlp, unsigned *odd)
{
	struct scan_object extensions;
	struct slice name, first = SLICE_NONE;
	int rc;

	if (here(s) != '{')
		return skip_odd(s, STIX_ODD_OTHER, odd);
	if (scan_object_open(s, &extensions) != 0)
		return -1;
	while ((rc = scan_member(s, &extensions, &name)) > 0) {
		struct slice text = SLICE_NONE;

		if (member_text(s, SLICE("tlp_2_0"), &text, odd) != 0)
			return -1;
		if (first.p == NULL)
			first = text;
	}
	*tlp = first;
	return rc;
}
