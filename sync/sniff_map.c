/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which field is what: values by their texts, times by their texts and names,
 * the rest by name.
 */
#include <stdio.h>
#include <string.h>

#include "base/tlp.h"
#include "sync/map_field.h"
#include "sync/net_range.h"
#include "sync/sniff_int.h"

#define FIELDS_MAX 256u
#define VALUES_MAX 6u    /* kinds of records that have a field of their own */

struct facts {               /* of one field */
	unsigned rows;           /* of those looked at, that have it */
	bool first;              /* of all fields */
	unsigned types[VALUE_TYPE_COUNT];
	unsigned values, times, numbers, guise;
	enum value_type type;    /* of most of them */
	unsigned kinds;          /* different ones */
};

/* A field of what the record lies in. */
static bool
is_around(struct slice name)
{
	return name.n > 1 && name.p[0] == '^';
}

/* The last name of a path. */
static struct slice
last_name(struct slice name)
{
	const char *dot;

	while (is_around(name)) {
		name.p++;
		name.n--;
	}
	dot = memrchr(name.p, '.', name.n);
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

static bool
is_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= 10;
}

/* Numbers of autonomous systems look like any number. */
static bool
is_asn(const struct sniff_field *f)
{
	static const char *const names[] = {"asn", "as", "as_number",
	    "autonomous_system", NULL};

	if (!one_of(last_name(f->name), names))
		return false;
	for (unsigned i = 0; i < f->n; i++)
		if (!is_digits(f->samples[i]))
			return false;
	return f->n > 0;
}

static void
look_at(const struct sniff_field *f, struct facts *x)
{
	double number;

	memset(x, 0, sizeof(*x));
	x->rows = (unsigned)__builtin_popcountll(f->rows);
	if (is_asn(f)) {
		x->values = x->types[VALUE_ASN] = f->n;
		x->type = VALUE_ASN;
		x->kinds = 1;
		return;
	}
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

/* How likely a field with values is one that is meant, were it in every record. */
static int
score(const struct sniff_field *f, const struct facts *x)
{
	static const char *const good[] = {"ioc", "ioc_value", "indicator",
	    "value", "observable", "url", "ip", "ip_address", "domain", "host",
	    "hostname", "sha256", "sha256_hash", "address", "cveid",
	    "observable_value", "md5", "sha1", "md5_hash", "sha1_hash",
	    "fqdn", "ipv4", "ipv6", "ip_prefix", "ipv6_prefix", "cidr",
	    "dst_ip", "src_ip", "hash", NULL};
	static const char *const bad[] = {"ref", "link", "report", "source",
	    "detail", "contact", "website", "permalink", "post", "asn",
	    "terms", "licen", "fingerprint", NULL};
	struct slice name = last_name(f->name);
	int n = 10;

	if (is_around(f->name) || !most(x->values, f->n))
		return 0;
	/* A record begins with what it is about. */
	if (x->type == VALUE_ASN && x->first)
		return 3 * n;
	/* A mask is of names, or of a network beside it. */
	if (one_of(name, good) || (is_word(name, "mask") &&
	    x->type != VALUE_IPV4))
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
	static const int digests[] = {VALUE_JA3S, VALUE_JA3, VALUE_IMPHASH,
	    VALUE_HASSH};
	struct slice name = last_name(f->name);
	char text[300];
	const char *type = NULL;
	int n;

	if (x->kinds == 1)
		type = value_type_name(x->type);
	else if (x->types[VALUE_IPV4] + x->types[VALUE_IPV6] == x->values)
		type = "ipv4-addr|ipv6-addr";
	/* Digests of one length: the name tells a JA3 from an MD5. */
	for (size_t i = 0; i < ARRAY_LEN(digests) && x->kinds == 1 &&
	    x->type == VALUE_MD5; i++) {
		if (!slice_says(name, value_type_name(digests[i])))
			continue;
		type = value_type_name(digests[i]);
		break;
	}
	n = snprintf(text, sizeof(text), "%.*s%s%s", SLICE_ARG(f->name),
	    type != NULL ? ":" : "", type != NULL ? type : "");
	if (n > 0 && (size_t)n < sizeof(text))
		sniff_set(s, a, "map-value", (struct slice){text, (size_t)n});
}

struct columns {
	const struct sniff_field *fields;
	const struct facts *facts;
	size_t n;
	bool *taken;
	uint64_t covered;        /* records whose value is found */
	unsigned guise;
};

/* The field that most likely holds values, of records that have none so far; n:
 * there is none. */
static size_t
best_field(const struct columns *c, int least)
{
	size_t best = c->n;
	unsigned top = 0;

	for (size_t i = 0; i < c->n; i++) {
		int points = score(&c->fields[i], &c->facts[i]);

		if (c->taken[i] || points < least ||
		    (c->fields[i].rows & c->covered) != 0 ||
		    (unsigned)points * c->facts[i].rows <= top)
			continue;
		top = (unsigned)points * c->facts[i].rows;
		best = i;
	}
	return best;
}

/* Do the two bound a network in most of the records: its first address and the
 * last, or its mask?  (Of a source and a destination, rarely.) */
static bool
are_bounds(const struct sniff_field *from, const struct sniff_field *to,
    char mark)
{
	unsigned nets = 0, wide = 0;
	struct net_range r;
	char text[100];

	if (from->rows != to->rows || from->n != to->n)
		return false;
	for (unsigned i = 0; i < from->n; i++) {
		int n = snprintf(text, sizeof(text), "%.*s%c%.*s",
		    SLICE_ARG(from->samples[i]), mark,
		    SLICE_ARG(to->samples[i]));

		if (n < 0 || (size_t)n >= sizeof(text) ||
		    !field_range((struct slice){text, (size_t)n}, &r))
			return false;
		wide += range_is_wide(&r);
		nets += range_count(r, 1) == 1;
	}
	return wide > 0 && most(nets, from->n);
}

/* A network in two columns is one value; false: it is not. */
static bool
take_bounds(struct sniff *s, struct arena *a, struct columns *c, size_t i)
{
	char text[300];

	for (size_t k = 0; k < c->n && c->facts[i].type == VALUE_IPV4; k++)
		for (const char *mark = "-/"; *mark != '\0'; mark++) {
			int n;

			if (k == i || c->taken[k] || !are_bounds(&c->fields[i],
			    &c->fields[k], *mark))
				continue;
			n = snprintf(text, sizeof(text), "{%.*s}%c{%.*s}:%s",
			    SLICE_ARG(c->fields[i].name), *mark,
			    SLICE_ARG(c->fields[k].name),
			    value_type_name(VALUE_IPV4));
			if (n < 0 || (size_t)n >= sizeof(text))
				return false;
			sniff_set(s, a, "map-value", (struct slice){text,
			    (size_t)n});
			c->taken[k] = true;
			return true;
		}
	return false;
}

static void
take_value(struct sniff *s, struct arena *a, struct columns *c, size_t i)
{
	if (!take_bounds(s, a, c, i))
		set_value(s, a, &c->fields[i], &c->facts[i]);
	c->taken[i] = true;
	c->covered |= c->fields[i].rows;
	c->guise |= c->facts[i].guise;
}

/* Digests of one file stand beside each other. */
static void
take_digests(struct sniff *s, struct arena *a, struct columns *c, size_t best)
{
	const struct facts *x = c->facts;

	if (!is_hash(x[best].type) || x[best].kinds != 1)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (!c->taken[i] && is_hash(x[i].type) && x[i].kinds == 1 &&
		    x[i].type != x[best].type &&
		    most(x[i].values, c->fields[i].n))
			take_value(s, a, c, i);
}

/* One field, and where it is not in every record, those that others have in its
 * place. */
static bool
set_values(struct sniff *s, struct arena *a, struct columns *c)
{
	size_t i = best_field(c, 1);

	if (i == c->n)
		return false;
	for (unsigned n = 0; i < c->n && n < VALUES_MAX; n++) {
		take_value(s, a, c, i);
		take_digests(s, a, c, i);
		i = best_field(c, 20);
	}
	if ((c->guise & GUISE_PORT) != 0)
		sniff_set(s, a, "map-port", SLICE("strip"));
	if ((c->guise & GUISE_FANG) != 0)
		sniff_set(s, a, "map-refang", SLICE("yes"));
	return true;
}

/* Epochs, and dates that only a format tells. */
static const char *
time_format(const struct sniff_field *f)
{
	static const char *const formats[] = {"rfc3339", "%Y-%m-%d",
	    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y",
	    "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d", "%d %b %Y",
	    "epoch", "epoch-ms"};
	struct feed_options o;
	int64_t t;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		char *v = (char *)(uintptr_t)formats[i];
		unsigned good = 0, nulls = 0;

		memset(&o, 0, sizeof(o));
		o.times = (struct opt_list){&v, 1};
		for (unsigned k = 0; k < f->n; k++) {
			nulls += field_is_null(&o, f->samples[k]);
			good += field_time(&o, f->samples[k], &t) == 0 &&
			    t > INT64_C(631152000) * 1000000000 &&
			    t < INT64_C(4102444800) * 1000000000;
		}
		if (most(good, f->n - nulls))
			return formats[i];
	}
	return NULL;
}

struct role {
	const char *setting;
	const char *words[8]; /* of times: that may stand within the name */
};

static const struct role times[] = {
	{"map-first-seen", {"first"}},
	{"map-last-seen", {"last_seen", "lastseen", "last_online",
	    "last-seen", "last_active", "last"}},
	{"map-valid-until", {"valid_until", "validuntil", "expir"}},
	{"map-valid-from", {"valid_from", "validfrom"}},
	{"map-created", {"added", "created", "date", "time", "published",
	    "submi", "listing"}},
};

static const struct role others[] = {
	{"map-labels", {"tags", "labels", "tag", "label", "category",
	    "categories", "objectlabel", "keywords"}},
	{"map-threat", {"malware_printable", "malware_family", "malware",
	    "family", "signature", "threat_name", "malware_families",
	    "threat"}},
	{"map-key", {"id", "ioc_id", "uuid", "_id", "cveid"}},
	{"map-name", {"name", "title", "vulnerabilityname"}},
	{"map-tlp", {"tlp", "tlp_level", "tlp_marking", "tlp_label",
	    "tlp_name", "tlp_color", "traffic_light_protocol"}},
};

/* What tells of a field's role: its last name, or that of the list of which it
 * is the name: tags[*].name. */
static struct slice
role_name(struct slice path)
{
	static const char *const plain[] = {"name", "value", "label", "tag",
	    "title", NULL};
	struct slice name = last_name(path), list;

	if (name.n + 4 >= path.n || !one_of(name, plain) ||
	    memcmp(name.p - 4, "[*].", 4) != 0)
		return name;
	list = last_name((struct slice){path.p, path.n - name.n - 4});
	if (slice_is(list, "data")) /* tags.data[*].name */
		list = last_name((struct slice){path.p, (size_t)(list.p -
		    path.p) - (list.p > path.p)});
	return list;
}

static bool
plays(const struct role *r, struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(r->words) && r->words[i] != NULL; i++)
		if (slice_says(name, r->words[i]))
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
			    role_name(fields[i].name)))
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
	for (size_t i = 0; i < n && nknown == 0; i++) {
		const char *format = !taken[i] && is_digits(fields[i].name) ?
		    time_format(&fields[i]) : NULL;

		/* of columns without names, numbers are no times */
		if (format == NULL || format[0] == 'e')
			continue;
		taken[i] = true;
		sniff_set(s, a, "map-created", fields[i].name);
		known[nknown++] = format;
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

/* Levels of the traffic light protocol, all of them. */
static bool
all_tlp(const struct sniff_field *f)
{
	for (unsigned i = 0; i < f->n; i++)
		if (tlp_parse(slice_trim(f->samples[i])) == TLP_UNKNOWN)
			return false;
	return true;
}

/* Of what a field holds: can it play the role? */
static bool
fits(const struct role *r, const struct sniff_field *f)
{
	if (strcmp(r->setting, "map-tlp") == 0)
		return all_tlp(f);
	return strcmp(r->setting, "map-key") != 0 || (unique(f) &&
	    !is_around(f->name) &&
	    memchr(f->name.p, '[', f->name.n) == NULL);
}

/* The field that plays the role: by the first of its words that one has. */
static size_t
role_field(const struct role *r, const struct sniff_field *fields, size_t n,
    const bool *taken)
{
	bool key = strcmp(r->setting, "map-key") == 0;

	for (size_t w = 0; w < ARRAY_LEN(r->words) && r->words[w] != NULL; w++)
		for (size_t i = 0; i < n; i++)
			if (fields[i].n > 0 && (!taken[i] || key) &&
			    is_word(role_name(fields[i].name), r->words[w]) &&
			    fits(r, &fields[i]))
				return i;
	return n;
}

static void
set_others(struct sniff *s, struct arena *a, const struct sniff_field *fields,
    const struct facts *x, size_t n, bool *taken)
{
	size_t i;

	for (size_t r = 0; r < ARRAY_LEN(others); r++) {
		i = role_field(&others[r], fields, n, taken);
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
	struct columns c = {.fields = fields, .taken = taken};
	struct facts *x;

	if (n > FIELDS_MAX)
		n = FIELDS_MAX;
	x = arena_alloc(a, (n + 1) * sizeof(*x));
	if (x == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		look_at(&fields[i], &x[i]);
	if (n > 0)
		x[0].first = true;
	c.facts = x;
	c.n = n;
	if (!set_values(s, a, &c))
		return false;
	set_times(s, a, fields, n, taken);
	set_others(s, a, fields, x, n, taken);
	return true;
}
