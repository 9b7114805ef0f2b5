/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which field is what: values by their texts, times by their texts and names,
 * the rest by name.
 */
#include <stdio.h>
#include <string.h>

#include "sync/map_field.h"
#include "sync/sniff_int.h"

#define FIELDS_MAX 256u

struct facts {               /* of one field */
	unsigned types[VALUE_TYPE_COUNT];
	unsigned values, times, numbers, guise;
	enum value_type type;    /* of most of them */
	unsigned kinds;          /* different ones */
};

/* The last name of a path. */
static struct slice
last_name(struct slice name)
{
	const char *dot = memrchr(name.p, '.', name.n);

	if (dot != NULL && name.n > 1 && dot + 1 < name.p + name.n) {
		name.n -= (size_t)(dot + 1 - name.p);
		name.p = dot + 1;
	}
	return name;
}

static bool
is_word(struct slice name, const char *word)
{
	return name.n == strlen(word) && slice_says(name, word);
}

static bool
one_of(struct slice name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is_word(name, *words))
			return true;
	return false;
}

static void
look_at(const struct sniff_field *f, struct facts *x)
{
	double number;

	memset(x, 0, sizeof(*x));
	for (unsigned i = 0; i < f->n; i++) {
		enum value_type type = sniff_type(f->samples[i], &x->guise);

		x->values += type != VALUE_NONE;
		x->types[type]++;
		x->times += sniff_time(f->samples[i]);
		x->numbers += field_number(f->samples[i], &number) == 0 &&
		    number >= 0 && number <= 100;
	}
	for (int t = VALUE_NONE + 1; t < VALUE_TYPE_COUNT; t++) {
		x->kinds += x->types[t] > 0;
		if (x->types[t] > x->types[x->type] || x->type == VALUE_NONE)
			x->type = x->types[t] > 0 ? (enum value_type)t :
			    x->type;
	}
}

static bool
most(unsigned part, unsigned all)
{
	return all > 0 && part * 10 >= all * 6;
}

/* How likely a field with values is the one that is meant. */
static int
score(struct slice name, const struct sniff_field *f, const struct facts *x)
{
	static const char *const good[] = {"ioc", "ioc_value", "indicator",
	    "value", "observable", "url", "ip", "ip_address", "domain", "host",
	    "hostname", "sha256", "sha256_hash", "address", "cveid", NULL};
	static const char *const bad[] = {"ref", "link", "report", "source",
	    "detail", "contact", "website", "permalink", "post", "asn", NULL};
	int n = 10;

	if (!most(x->values, f->n))
		return 0;
	if (one_of(name, good))
		n += 20;
	for (const char *const *w = bad; *w != NULL; w++)
		if (slice_says(name, *w))
			n -= 8;
	if (x->type == VALUE_ASN || x->type == VALUE_EMAIL)
		n -= 4;
	/* Where most stands, most can be told. */
	return n > 0 ? n : 1;
}

static bool
is_hash(enum value_type type)
{
	return type == VALUE_MD5 || type == VALUE_SHA1 ||
	    type == VALUE_SHA256 || type == VALUE_SHA512;
}

static void
set_value(struct sniff *s, struct arena *a, const struct sniff_field *f,
    const struct facts *x)
{
	struct slice name = last_name(f->name);
	enum value_type named = value_type_code(name);
	char text[300];
	const char *type = NULL;
	int n;

	if (x->kinds == 1)
		type = value_type_name(x->type);
	else if (x->types[VALUE_IPV4] + x->types[VALUE_IPV6] == x->values)
		type = "ipv4-addr|ipv6-addr";
	/* Digests of one length: the name tells a JA3 from an MD5. */
	if (x->kinds == 1 && x->type == VALUE_MD5 && (named == VALUE_JA3 ||
	    named == VALUE_JA3S || named == VALUE_IMPHASH ||
	    named == VALUE_HASSH))
		type = value_type_name((int)named);
	n = snprintf(text, sizeof(text), "%.*s%s%s", SLICE_ARG(f->name),
	    type != NULL ? ":" : "", type != NULL ? type : "");
	if (n > 0 && (size_t)n < sizeof(text))
		sniff_set(s, a, "map-value", (struct slice){text, (size_t)n});
}

static bool
set_values(struct sniff *s, struct arena *a, const struct sniff_field *fields,
    const struct facts *x, size_t n, bool *taken)
{
	unsigned guise;
	size_t best = n;
	int top = 0;

	for (size_t i = 0; i < n; i++) {
		int points = score(last_name(fields[i].name), &fields[i],
		    &x[i]);

		if (points > top) {
			top = points;
			best = i;
		}
	}
	if (best == n)
		return false;
	guise = x[best].guise;
	set_value(s, a, &fields[best], &x[best]);
	taken[best] = true;
	/* Digests of one file stand beside each other. */
	for (size_t i = 0; i < n && is_hash(x[best].type) &&
	    x[best].kinds == 1; i++) {
		if (i == best || !is_hash(x[i].type) || x[i].kinds != 1 ||
		    x[i].type == x[best].type ||
		    !most(x[i].values, fields[i].n))
			continue;
		set_value(s, a, &fields[i], &x[i]);
		taken[i] = true;
	}
	if ((guise & GUISE_PORT) != 0)
		sniff_set(s, a, "map-port", SLICE("strip"));
	if ((guise & GUISE_FANG) != 0)
		sniff_set(s, a, "map-refang", SLICE("yes"));
	return true;
}

/* Epochs, and dates that only a format tells. */
static const char *
time_format(const struct sniff_field *f)
{
	static const char *const formats[] = {"rfc3339", "%Y-%m-%d",
	    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y",
	    "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "epoch", "epoch-ms"};
	struct feed_options o;
	int64_t t;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		char *v = (char *)(uintptr_t)formats[i];
		unsigned good = 0;

		memset(&o, 0, sizeof(o));
		o.times = (struct opt_list){&v, 1};
		for (unsigned k = 0; k < f->n; k++)
			good += field_time(&o, f->samples[k], &t) == 0 &&
			    t > INT64_C(631152000) * 1000000000 &&
			    t < INT64_C(4102444800) * 1000000000;
		if (most(good, f->n))
			return formats[i];
	}
	return NULL;
}

struct role {
	const char *setting;
	const char *words[8];
	bool part;           /* a word may stand within the name */
};

static const struct role times[] = {
	{"map-first-seen", {"first"}, true},
	{"map-last-seen", {"last_seen", "lastseen", "last_online",
	    "last-seen", "last_active", "last"}, true},
	{"map-valid-until", {"valid_until", "validuntil", "expir"}, true},
	{"map-valid-from", {"valid_from", "validfrom"}, true},
	{"map-created", {"added", "created", "date", "time", "published",
	    "submi", "listing"}, true},
};

static const struct role others[] = {
	{"map-labels", {"tags", "labels", "tag", "label", "category",
	    "categories"}, false},
	{"map-threat", {"malware", "malware_family", "malware_printable",
	    "family", "signature", "threat_name"}, false},
	{"map-key", {"id", "ioc_id", "uuid", "_id", "cveid"}, false},
	{"map-name", {"name", "title", "vulnerabilityname"}, false},
};

static bool
plays(const struct role *r, struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(r->words) && r->words[i] != NULL; i++)
		if (r->part ? slice_says(name, r->words[i]) :
		    is_word(name, r->words[i]))
			return true;
	return false;
}

static void
set_times(struct sniff *s, struct arena *a, const struct sniff_field *fields,
    size_t n, bool *taken)
{
	const char *known[4];
	size_t nknown = 0, k;

	for (size_t r = 0; r < ARRAY_LEN(times); r++) {
		for (size_t i = 0; i < n; i++) {
			const char *format;

			if (taken[i] || !plays(&times[r],
			    last_name(fields[i].name)))
				continue;
			format = time_format(&fields[i]);
			if (format == NULL)
				continue;
			taken[i] = true;
			sniff_set(s, a, times[r].setting, fields[i].name);
			for (k = 0; k < nknown && known[k] != format; k++)
				;
			if (k == nknown && nknown < ARRAY_LEN(known))
				known[nknown++] = format;
			break;
		}
	}
	if (nknown == 1 && strcmp(known[0], "rfc3339") == 0)
		return;
	for (k = 0; k < nknown; k++)
		sniff_set(s, a, "map-times", slice_str(known[k]));
}

static bool
unique(const struct sniff_field *f)
{
	for (unsigned i = 0; i < f->n; i++)
		for (unsigned k = 0; k < i; k++)
			if (slice_eq(f->samples[i], f->samples[k]))
				return false;
	return f->n > 0;
}

/* What parts labels in one text, where that is no comma. */
static void
set_separator(struct sniff *s, struct arena *a, const struct sniff_field *f)
{
	static const char marks[] = ",|; ";

	for (const char *m = marks; *m != '\0'; m++) {
		for (unsigned i = 0; i < f->n; i++) {
			if (memchr(f->samples[i].p, *m, f->samples[i].n) ==
			    NULL)
				continue;
			if (*m != ',')
				sniff_set(s, a, "map-label-separator",
				    (struct slice){m, 1});
			return;
		}
	}
}

static void
set_others(struct sniff *s, struct arena *a, const struct sniff_field *fields,
    const struct facts *x, size_t n, bool *taken)
{
	size_t i;

	for (size_t r = 0; r < ARRAY_LEN(others); r++) {
		bool key = strcmp(others[r].setting, "map-key") == 0;

		for (i = 0; i < n; i++)
			if (fields[i].n > 0 && (!taken[i] || key) &&
			    plays(&others[r], last_name(fields[i].name)) &&
			    (!key || unique(&fields[i])))
				break;
		if (i == n)
			continue;
		taken[i] = true;
		sniff_set(s, a, others[r].setting, fields[i].name);
		if (r == 0)
			set_separator(s, a, &fields[i]);
	}
	for (i = 0; i < n; i++) {
		if (taken[i] || !slice_says(last_name(fields[i].name),
		    "confidence") || !most(x[i].numbers, fields[i].n))
			continue;
		sniff_set(s, a, "map-confidence", fields[i].name);
		return;
	}
}

bool
sniff_map(struct sniff *s, struct arena *a, const struct sniff_field *fields,
    size_t n)
{
	bool taken[FIELDS_MAX] = {false};
	struct facts *x;

	if (n > FIELDS_MAX)
		n = FIELDS_MAX;
	x = arena_alloc(a, (n + 1) * sizeof(*x));
	if (x == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		look_at(&fields[i], &x[i]);
	if (!set_values(s, a, fields, x, n, taken))
		return false;
	set_times(s, a, fields, n, taken);
	set_others(s, a, fields, x, n, taken);
	return true;
}
