/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/object.h"

#include "base/limits.h"
#include "base/tstamp.h"
#include "stix/scan.h"
#include "stix/scan_block.h"
#include "stix/object_fields.h"

struct object_job {
	struct scan s;
	struct stix_object *o;
	struct slice spec_version;
	struct slice tlp_1, tlp_2; /* of a marking-definition */
	bool versioned;            /* has `created` or `modified`, even odd */
};

enum field_kind {
	FIELD_TEXT, FIELD_TIME, FIELD_LIST, FIELD_COUNT, FIELD_CONFIDENCE,
	FIELD_REVOKED, FIELD_HASHES, FIELD_PHASES, FIELD_GRANULAR,
	FIELD_DEFINITION, FIELD_EXTENSIONS, FIELD_SPEC_VERSION
};

struct field {
	char name[22];
	uint8_t kind;    /* enum field_kind */
	uint16_t odd;    /* the bit to set when it is not usable */
	uint16_t offset; /* of the member it goes to */
};

#define TO(member) offsetof(struct stix_object, member)

/* The properties that are used, by length of name; see field_find().  Their
 * offsets fit: the struct is not that large. */
static const struct field fields[] = {
	{"id", FIELD_TEXT, STIX_ODD_ID, TO(id)},
	{"key", FIELD_TEXT, STIX_ODD_OTHER, TO(key_path)},
	{"type", FIELD_TEXT, STIX_ODD_TYPE, TO(type)},
	{"name", FIELD_TEXT, STIX_ODD_OTHER, TO(name)},
	{"value", FIELD_TEXT, STIX_ODD_OTHER, TO(value)},
	{"count", FIELD_COUNT, STIX_ODD_OTHER, TO(count)},
	{"labels", FIELD_LIST, STIX_ODD_LIST, TO(labels)},
	{"number", FIELD_COUNT, STIX_ODD_OTHER, TO(number)},
	{"hashes", FIELD_HASHES, STIX_ODD_OTHER, 0},
	{"created", FIELD_TIME, STIX_ODD_CREATED, TO(created)},
	{"pattern", FIELD_TEXT, STIX_ODD_PATTERN, TO(pattern)},
	{"revoked", FIELD_REVOKED, STIX_ODD_REVOKED, 0},
	{"aliases", FIELD_LIST, STIX_ODD_LIST, TO(aliases)},
	{"modified", FIELD_TIME, STIX_ODD_MODIFIED, TO(modified)},
	{"last_seen", FIELD_TIME, STIX_ODD_OTHER, TO(last_seen)},
	{"valid_from", FIELD_TIME, STIX_ODD_VALID_FROM, TO(valid_from)},
	{"confidence", FIELD_CONFIDENCE, STIX_ODD_CONFIDENCE, 0},
	{"source_ref", FIELD_TEXT, STIX_ODD_OTHER, TO(source_ref)},
	{"target_ref", FIELD_TEXT, STIX_ODD_OTHER, TO(target_ref)},
	{"extensions", FIELD_EXTENSIONS, STIX_ODD_OTHER, 0},
	{"first_seen", FIELD_TIME, STIX_ODD_OTHER, TO(first_seen)},
	{"definition", FIELD_DEFINITION, STIX_ODD_OTHER, 0},
	{"tool_types", FIELD_LIST, STIX_ODD_LIST, TO(aliases)},
	{"valid_until", FIELD_TIME, STIX_ODD_VALID_UNTIL, TO(valid_until)},
	{"description", FIELD_TEXT, STIX_ODD_OTHER, TO(description)},
	{"pattern_type", FIELD_TEXT, STIX_ODD_PATTERN, TO(pattern_type)},
	{"spec_version", FIELD_SPEC_VERSION, STIX_ODD_OTHER, 0},
	{"malware_types", FIELD_LIST, STIX_ODD_LIST, TO(aliases)},
	{"serial_number", FIELD_TEXT, STIX_ODD_OTHER, TO(serial_number)},
	{"created_by_ref", FIELD_TEXT, STIX_ODD_OTHER, TO(created_by_ref)},
	{"indicator_types", FIELD_LIST, STIX_ODD_LIST, TO(indicator_types)},
	{"sighting_of_ref", FIELD_TEXT, STIX_ODD_OTHER, TO(sighting_of_ref)},
	{"kill_chain_phases", FIELD_PHASES, STIX_ODD_LIST, 0},
	{"granular_markings", FIELD_GRANULAR, STIX_ODD_LIST, 0},
	{"relationship_type", FIELD_TEXT, STIX_ODD_OTHER,
	    TO(relationship_type)},
	{"threat_actor_types", FIELD_LIST, STIX_ODD_LIST, TO(aliases)},
	{"object_marking_refs", FIELD_LIST, STIX_ODD_LIST,
	    TO(object_marking_refs)},
	{"infrastructure_types", FIELD_LIST, STIX_ODD_LIST, TO(aliases)}
};

/* fields[]: where the names of length i begin; they end where the next do. */
static const uint8_t by_length[] = {
	0, 0, 0, 1, 2, 4, 6, 9, 13, 14, 15, 23, 25, 27, 29, 30, 32, 32, 35, 36,
	37, 38
};

/* Without a call for the short names that there are. */
static inline bool
same_bytes(const char *a, const char *b, size_t n)
{
	if (n < 8)
		return *a == *b && memcmp(a, b, n) == 0;
	return word_load(a) == word_load(b) &&
	    word_load(a + n - 8) == word_load(b + n - 8) &&
	    (n <= 16 || memcmp(a + 8, b + 8, n - 16) == 0);
}

static const struct field *
field_find(struct slice name)
{
	if (name.n >= ARRAY_LEN(by_length) - 1)
		return NULL;
	for (size_t i = by_length[name.n]; i < by_length[name.n + 1]; i++) {
		if (same_bytes(name.p, fields[i].name, name.n))
			return &fields[i];
	}
	return NULL;
}

/* The first byte of the value at the cursor; 0 when there is none. */
static char
here(const struct object_job *job)
{
	return job->s.p < job->s.end ? *job->s.p : 0;
}

static int
take_time(struct object_job *job, const struct field *f, int64_t *out)
{
	struct slice text = SLICE_NONE;

	if ((f->odd & (STIX_ODD_CREATED | STIX_ODD_MODIFIED)) != 0)
		job->versioned = true;
	else if (here(job) == 'n') /* null: a bound that is not stated */
		return scan_skip(&job->s);
	if (field_text(&job->s, &text, f->odd, &job->o->odd) != 0)
		return -1;
	if (text.p != NULL && tstamp_parse(text, out) != 0)
		job->o->odd |= f->odd;
	return 0;
}

/* An integer in 0 … max; anything else is odd and leaves *out alone. */
static int
take_integer(struct object_job *job, const struct field *f, int64_t max,
    int64_t *out)
{
	char c = here(job);
	int64_t v = -1;

	if (c != '-' && (c < '0' || c > '9')) {
		job->o->odd |= f->odd;
		return scan_skip(&job->s);
	}
	switch (scan_number(&job->s, &v)) {
	case 1:
		if (v >= 0 && v <= max)
			*out = v;
		else
			job->o->odd |= f->odd;
		return 0;
	case 0:
		job->o->odd |= f->odd;
		return 0;
	default:
		return -1;
	}
}

static int
take_confidence(struct object_job *job, const struct field *f)
{
	int64_t v = -1;

	if (take_integer(job, f, 100, &v) != 0)
		return -1;
	job->o->confidence = (int)v;
	return 0;
}

static int
take_revoked(struct object_job *job)
{
	char c = here(job);

	if (c != 't' && c != 'f')
		job->o->odd |= STIX_ODD_REVOKED;
	job->o->revoked = c == 't';
	return scan_skip(&job->s);
}

static int
take_field(struct object_job *job, const struct field *f)
{
	struct stix_object *o = job->o;
	void *to = (char *)o + f->offset;

	switch ((enum field_kind)f->kind) {
	case FIELD_TEXT:
		return field_text(&job->s, to, f->odd, &o->odd);
	case FIELD_TIME:
		return take_time(job, f, to);
	case FIELD_LIST:
		return field_list(&job->s, to, &o->odd);
	case FIELD_COUNT:
		return take_integer(job, f, INT64_MAX, to);
	case FIELD_CONFIDENCE:
		return take_confidence(job, f);
	case FIELD_REVOKED:
		return take_revoked(job);
	case FIELD_HASHES:
		return field_hashes(&job->s, o);
	case FIELD_PHASES:
		return field_phases(&job->s, o);
	case FIELD_GRANULAR:
		return field_granular(&job->s, o);
	case FIELD_DEFINITION:
		return field_definition(&job->s, &job->tlp_1, &o->odd);
	case FIELD_EXTENSIONS:
		return field_extensions(&job->s, &job->tlp_2, &o->odd);
	case FIELD_SPEC_VERSION:
		return field_text(&job->s, &job->spec_version, f->odd, &o->odd);
	}
	return scan_skip(&job->s);
}

static int
scan_members(struct object_job *job)
{
	struct scan_object members;
	uint64_t seen = 0; /* fields[] met: they need not be compared */
	struct slice name;
	int rc;

	if (scan_peek(&job->s) != '{')
		return err_set(job->s.e, ERR_SYNTAX,
		    "offset %zu: not an object",
		    (size_t)(job->s.p - job->s.start));
	if (scan_object_open(&job->s, &members) != 0)
		return -1;
	while ((rc = scan_name(&job->s, &members, &name)) > 0) {
		const struct field *f = field_find(name);
		uint64_t bit = f != NULL ? UINT64_C(1) << (f - fields) : 0;

		if (f == NULL && scan_name_new(&job->s, &members, name) != 0)
			return -1;
		if ((seen & bit) != 0)
			return scan_name_twice(&job->s, &members);
		seen |= bit;
		rc = f != NULL ? take_field(job, f) : scan_skip(&job->s);
		if (rc != 0)
			return -1;
	}
	return rc != 0 ? -1 : scan_end(&job->s);
}

static void
finish_identity(struct stix_object *o)
{
	int rc;

	if (o->type.p != NULL && o->type.n == 0) {
		o->odd |= STIX_ODD_TYPE;
		o->type = SLICE_NONE;
	}
	if (o->type.p != NULL)
		o->type_code = stix_type_code(o->type);
	if (o->id.p == NULL)
		return;
	rc = idkey_parse(o->id, &o->key);
	if (rc < 0) {
		o->odd |= STIX_ODD_ID;
		o->id = SLICE_NONE;
	}
	o->key_digest = rc == 1;
}

static void
finish_times(struct stix_object *o)
{
	if (o->modified == TSTAMP_NONE)
		o->modified = o->created;
	if (o->valid_from == TSTAMP_NONE && o->type_code == STIX_INDICATOR)
		o->valid_from = o->created;
	if (o->valid_from != TSTAMP_NONE && o->valid_until != TSTAMP_NEVER &&
	    o->valid_until <= o->valid_from)
		o->odd |= STIX_ODD_VALIDITY;
}

/* What follows from several properties together, whatever their order was. */
static void
finish(struct object_job *job)
{
	struct stix_object *o = job->o;

	finish_identity(o);
	finish_times(o);
	/* TAXII notes 4.7: what says no version and has neither of the
	 * properties of versioning is a cyber-observable of STIX 2.1 */
	o->v20 = job->spec_version.p != NULL ?
	    slice_eq(job->spec_version, SLICE("2.0")) : job->versioned;
	if (o->pattern.p != NULL && o->pattern_type.p == NULL)
		o->pattern_type = SLICE("stix");
	if (o->v20 && o->type_code == STIX_INDICATOR &&
	    o->indicator_types.n == 0)
		o->indicator_types = o->labels;
	if (o->type_code == STIX_MARKING_DEFINITION)
		o->tlp = job->tlp_2.p != NULL ? job->tlp_2 : job->tlp_1;
}

int
stix_object_scan(struct arena *a, struct slice json, struct stix_object *o,
    struct err *e)
{
	struct object_job job;

	*o = (struct stix_object){
		.created = TSTAMP_NONE, .modified = TSTAMP_NONE,
		.valid_from = TSTAMP_NONE, .valid_until = TSTAMP_NEVER,
		.confidence = -1,
		.first_seen = TSTAMP_NONE, .last_seen = TSTAMP_NONE,
		.count = -1, .number = -1
	};
	job.o = o;
	job.spec_version = job.tlp_1 = job.tlp_2 = SLICE_NONE;
	job.versioned = false;
	scan_init(&job.s, a, json, e);
	if (json.n > LIMIT_OBJECT)
		return err_set(e, ERR_LIMIT, "an object of %zu bytes (at most "
		    "%u are read)", json.n, LIMIT_OBJECT);
	if (scan_members(&job) != 0)
		return -1;
	finish(&job);
	return 0;
}
