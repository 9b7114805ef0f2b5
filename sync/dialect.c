/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/dialect.h"

#include <string.h>

#define TAXII21 "application/taxii+json"
#define TAXII20 "application/vnd.oasis.taxii+json"
#define STIX20 "application/vnd.oasis.stix+json"

static const struct dialect_row rows[DIALECTS] = {
	[DIALECT_21] = {"2.1", TAXII21 ";version=2.1", TAXII21 ";version=2.1",
	    TAXII21 ";version=2.1", false},
	[DIALECT_21_BARE] = {"2.1-bare", TAXII21, TAXII21,
	    TAXII21 ";version=2.1", false},
	[DIALECT_20] = {"2.0", TAXII20 "; version=2.0", STIX20 "; version=2.0",
	    STIX20 "; version=2.0", true},
	[DIALECT_20_TIGHT] = {"2.0-tight", TAXII20 ";version=2.0",
	    STIX20 ";version=2.0", STIX20 ";version=2.0", true},
	[DIALECT_20_BARE] = {"2.0-bare", TAXII20, STIX20, STIX20, true},
};

const struct dialect_row *
dialect_row(enum dialect d)
{
	return &rows[d];
}

enum dialect
dialect_named(const char *name)
{
	unsigned d = 0;

	while (d < DIALECTS && (name == NULL || strcmp(name, rows[d].name) != 0))
		d++;
	return (enum dialect)d;
}

static unsigned
of_version(bool v20)
{
	unsigned set = 0;

	for (unsigned d = 0; d < DIALECTS; d++)
		if (rows[d].v20 == v20)
			set |= 1u << d;
	return set;
}

unsigned
dialect_allowed(const char *kind)
{
	if (kind != NULL && strcmp(kind, "taxii20") == 0)
		return of_version(true);
	if (kind != NULL && strcmp(kind, "taxii21") == 0)
		return of_version(false);
	return of_version(true) | of_version(false);
}

enum dialect
dialect_next(unsigned tried, unsigned allowed)
{
	unsigned d = 0;

	while (d < DIALECTS && ((tried >> d & 1) != 0 ||
	    (allowed >> d & 1) == 0))
		d++;
	return (enum dialect)d;
}

/* Change to the other version, where that is allowed. */
static enum dialect
turn(bool v20, enum dialect now, unsigned allowed)
{
	enum dialect d;

	if (rows[now].v20 == v20)
		return now;
	d = dialect_next(of_version(!v20), allowed);
	return d < DIALECTS ? d : now;
}

enum dialect
dialect_of_root(json_t *root, enum dialect now, unsigned allowed)
{
	json_t *v, *versions = json_object_get(root, "versions");
	bool has20 = false, has21 = false;
	size_t i;

	json_array_foreach(versions, i, v) {
		const char *s = json_string_value(v);

		has20 = has20 || (s != NULL && strstr(s, "2.0") != NULL);
		has21 = has21 || (s != NULL && strstr(s, "2.1") != NULL);
	}
	return has20 != has21 ? turn(has20, now, allowed) : now;
}

enum dialect
dialect_of_reply(const char *type, bool ranged, enum dialect now,
    unsigned allowed)
{
	if (ranged || strcmp(type, TAXII20) == 0 || strcmp(type, STIX20) == 0)
		return turn(true, now, allowed);
	if (strcmp(type, TAXII21) == 0)
		return turn(false, now, allowed);
	return now;
}
