/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/allow_file.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/opt.h"
#include "base/suffix.h"

#define VALUE_OPTIONS (VALUE_ALLOW_BOGON | VALUE_ALLOW_WIDE)
#define DETECTED 12
#define SCRATCH KIB(64)

/* A file on its way into a load. */
struct reading {
	struct allow_load *l;
	struct arena scratch;
	uint8_t kind;
	bool typed;          /* `types` says which are meant */
	bool urls;
	uint64_t types;      /* bit n: values of type n */
	uint64_t entries, rejected;
	uint64_t digest;
};

int
allow_file_mode(struct slice text, uint8_t *mode, uint8_t *cap)
{
	char number[8];
	uint32_t n;
	int i;

	*cap = 0;
	for (i = ALLOW_INFORM; i <= ALLOW_BLOCK; i++) {
		if (i != ALLOW_CAP && slice_is(text, allow_mode_name(i))) {
			*mode = (uint8_t)i;
			return 0;
		}
	}
	if (!slice_starts(text, SLICE("cap:")) ||
	    text.n - 4 >= sizeof(number))
		return -1;
	memcpy(number, text.p + 4, text.n - 4);
	number[text.n - 4] = '\0';
	if (opt_number(number, 0, 100, &n) != 0)
		return -1;
	*mode = ALLOW_CAP;
	*cap = (uint8_t)n;
	return 0;
}

/* -- one entry -- */

static bool
too_wide(const struct value *v)
{
	return (v->type == VALUE_IPV4 && v->prefix < LIMIT_ALLOW_NET4) ||
	    (v->type == VALUE_IPV6 && v->prefix < LIMIT_ALLOW_NET6);
}

static int
add_value(struct reading *r, const struct value *v, unsigned scope,
    struct err *e)
{
	if ((scope & (ALLOW_CHILD | ALLOW_NOT)) == 0)
		scope |= ALLOW_SELF;
	if ((v->flags & VALUE_SUFFIX) != 0)
		scope |= ALLOW_BELOW;
	if (v->type != VALUE_DOMAIN)
		scope = ALLOW_SELF | (scope & ALLOW_URLS);
	return allow_load_add(r->l, v->type, v->prefix,
	    (struct slice){(const char *)v->key, v->keylen}, scope, e);
}

/* As a value of one type: 1 when it was added, 0 when it is none, -1. */
static int
try_type(struct reading *r, enum value_type type, struct slice text,
    unsigned scope, struct err *e)
{
	struct value v;

	arena_reset(&r->scratch);
	if (value_normalise(&r->scratch, type, text, VALUE_OPTIONS, &v) !=
	    VALUE_OK || too_wide(&v))
		return 0;
	return add_value(r, &v, scope, e) == 0 ? 1 : -1;
}

/* As whatever it may be. */
static int
try_all(struct reading *r, struct slice text, unsigned scope, struct err *e)
{
	struct value v[DETECTED];
	size_t i, n;
	int added = 0;

	arena_reset(&r->scratch);
	n = value_detect(&r->scratch, text, VALUE_OPTIONS, v, DETECTED);
	for (i = 0; i < n; i++) {
		if (too_wide(&v[i]))
			continue;
		if (add_value(r, &v[i], scope, e) != 0)
			return -1;
		added = 1;
	}
	return added;
}

/* As each of the types that the list is for. */
static int
try_types(struct reading *r, struct slice text, unsigned scope, struct err *e)
{
	int type, added = 0, rc;

	if (!r->typed)
		return try_all(r, text, scope, e);
	for (type = 1; type < VALUE_TYPE_COUNT; type++) {
		if ((r->types >> type & 1) == 0)
			continue;
		/* A bare name is no URL, if it could be read as one. */
		if (type == VALUE_URL && !value_has_scheme(text))
			continue;
		rc = try_type(r, (enum value_type)type, text, scope, e);
		if (rc < 0)
			return -1;
		added |= rc;
	}
	return added;
}

/* A name, of one label too. */
static int
try_name(struct reading *r, struct slice text, unsigned scope, struct err *e)
{
	uint8_t wire[SUFFIX_WIRE_MAX];
	size_t n;
	int rc;

	if (slice_starts(text, SLICE("*.")))
		text = (struct slice){text.p + 2, text.n - 2};
	else if (slice_starts(text, SLICE(".")))
		text = (struct slice){text.p + 1, text.n - 1};
	/* Lists of names hold addresses, too. */
	rc = try_type(r, VALUE_DOMAIN, text, scope, e);
	if (rc != 0)
		return rc;
	n = suffix_wire(text, wire);
	if (n == 0)
		return 0;
	return allow_load_add(r->l, VALUE_DOMAIN, 0,
	    (struct slice){(char *)wire, n}, scope, e) == 0 ? 1 : -1;
}

static int
try_net(struct reading *r, struct slice text, struct err *e)
{
	bool six = memchr(text.p, ':', text.n) != NULL;

	return try_type(r, six ? VALUE_IPV6 : VALUE_IPV4, text,
	    r->urls ? ALLOW_URLS : 0u, e);
}

/* What is between the delimiters of an expression, and its letters. */
static bool
regex_parts(struct slice text, struct allow_pattern *p, char *extra)
{
	const char *end;
	size_t n = 0;

	p->text = text;
	if (text.n < 2 || strchr("/#~!@%", text.p[0]) == NULL)
		return true;
	for (end = text.p + text.n - 1; end > text.p && *end != text.p[0];
	    end--) {
		if (*end == 'i')
			p->caseless = true;
		else if ((*end == 's' || *end == 'm' || *end == 'x') && n < 4)
			extra[n++] = *end;
		else if (*end != 'g' && *end != 'u' && *end != 'U')
			return false;
	}
	extra[n] = '\0';
	if (end == text.p)
		return false;
	p->text = (struct slice){text.p + 1, (size_t)(end - text.p) - 1};
	return true;
}

static int
try_pattern(struct reading *r, struct slice text, struct err *e)
{
	struct allow_pattern p = {.regex = r->kind == ALLOW_KIND_REGEX,
	    .caseless = r->kind == ALLOW_KIND_SUBSTRING,
	    .types = r->typed ? r->types : ~UINT64_C(0), .text = text};
	char whole[LIMIT_ALLOW_PATTERN + 16], extra[5] = "";
	struct err why = ERR_INIT;
	int n;

	if (p.regex && !regex_parts(text, &p, extra))
		return 0;
	if (extra[0] != '\0') {
		n = snprintf(whole, sizeof(whole), "(?%s)%.*s", extra,
		    (int)p.text.n, p.text.p);
		if (n < 0 || (size_t)n >= sizeof(whole))
			return 0;
		p.text = (struct slice){whole, (size_t)n};
	}
	if (allow_load_pattern(r->l, &p, &why) == 0)
		return 1;
	/* One that is no expression is passed over. */
	if (why.code == ERR_SYNTAX)
		return 0;
	*e = why;
	return -1;
}

/* A rule of a Public Suffix List. */
static int
try_suffix(struct reading *r, struct slice text, struct err *e)
{
	if (slice_starts(text, SLICE("!")))
		return try_name(r, (struct slice){text.p + 1, text.n - 1},
		    ALLOW_NOT, e);
	return try_name(r, text, slice_starts(text, SLICE("*.")) ?
	    ALLOW_CHILD : ALLOW_SELF, e);
}

static int
take(struct reading *r, struct slice text, struct err *e)
{
	unsigned urls = r->urls ? ALLOW_URLS : 0u;
	int rc = 0;

	while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\t'))
		text = (struct slice){text.p + 1, text.n - 1};
	while (text.n > 0 && strchr(" \t\r\n", text.p[text.n - 1]) != NULL)
		text.n--;
	if (text.n != 0 && text.n <= LIMIT_VALUE) {
		switch (r->kind) {
		case ALLOW_KIND_STRING:
		case ALLOW_KIND_LINES:
			rc = try_types(r, text, 0, e);
			break;
		case ALLOW_KIND_HOSTNAME:
			rc = try_name(r, text, ALLOW_SELF | ALLOW_BELOW | urls,
			    e);
			break;
		case ALLOW_KIND_CIDR:
			rc = try_net(r, text, e);
			break;
		case ALLOW_KIND_SUFFIXES:
			rc = try_suffix(r, text, e);
			break;
		default:
			rc = try_pattern(r, text, e);
			break;
		}
	}
	if (rc > 0)
		r->entries++;
	else if (rc == 0)
		r->rejected++;
	return rc < 0 ? -1 : 0;
}

/* -- warninglists -- */

/* One of matching_attributes: "md5", or several with '|' between, of which the
 * name of a file and a port say nothing. */
static void
add_attribute(struct reading *r, struct slice name)
{
	static const struct {
		const char *name;
		enum value_type type;
	} more[] = {
	    {"target-email", VALUE_EMAIL}, {"whois-registrant-email",
	    VALUE_EMAIL}, {"dns-soa-email", VALUE_EMAIL},
	    {"whois-registrant-phone", VALUE_PHONE},
	};
	bool several = memchr(name.p, '|', name.n) != NULL;
	enum value_type type;
	struct slice part;
	const char *bar;
	size_t i;

	for (; name.n != 0; name = bar == NULL ? SLICE("") :
	    (struct slice){bar + 1, (size_t)(name.p + name.n - bar - 1)}) {
		bar = memchr(name.p, '|', name.n);
		part = bar == NULL ? name :
		    (struct slice){name.p, (size_t)(bar - name.p)};
		if (several && slice_is(part, "filename"))
			continue;
		type = value_type_code(part);
		for (i = 0; i < ARRAY_LEN(more); i++)
			if (slice_is(part, more[i].name))
				type = more[i].type;
		if (type == VALUE_IPV4)
			r->types |= UINT64_C(1) << VALUE_IPV6;
		if (type != VALUE_NONE)
			r->types |= UINT64_C(1) << type;
	}
}

static void
read_attributes(struct reading *r, const json_t *list)
{
	const json_t *item;
	size_t i;

	r->typed = json_array_size(list) != 0;
	json_array_foreach(list, i, item) {
		if (json_is_string(item))
			add_attribute(r, (struct slice){
			    json_string_value(item),
			    json_string_length(item)});
	}
	r->urls = (r->types >> VALUE_URL & 1) != 0;
}

static int
kind_of(const char *type)
{
	int i;

	for (i = ALLOW_KIND_STRING; type != NULL && i <= ALLOW_KIND_REGEX; i++)
		if (strcmp(type, allow_kind_name(i)) == 0)
			return i;
	return -1;
}

static struct slice
json_slice(const json_t *from, const char *key)
{
	const json_t *v = json_object_get(from, key);

	return json_is_string(v) ? (struct slice){json_string_value(v),
	    json_string_length(v)} : SLICE("");
}

static json_t *
warninglist(const struct allow_file *f, struct slice text, struct err *e)
{
	json_error_t why;
	json_t *doc;

	doc = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &why);
	if (doc == NULL)
		err_set(e, ERR_SYNTAX, "%s:%d:%d: %s", f->path, why.line,
		    why.column, why.text);
	else if (!json_is_object(doc) ||
	    !json_is_array(json_object_get(doc, "list")) ||
	    json_slice(doc, "name").n == 0)
		err_set(e, ERR_SYNTAX, "%s: no warninglist: 'name' or 'list' "
		    "is missing", f->path);
	else if (kind_of(json_slice(doc, "type").p) < 0)
		err_set(e, ERR_SYNTAX, "%s: type '%.64s' is none of string, "
		    "hostname, cidr, substring, regex", f->path,
		    json_slice(doc, "type").p);
	else
		return doc;
	json_decref(doc);
	return NULL;
}

static int
warninglist_entries(struct reading *r, const json_t *doc, struct err *e)
{
	const json_t *item;
	size_t i;

	read_attributes(r, json_object_get(doc, "matching_attributes"));
	json_array_foreach(json_object_get(doc, "list"), i, item) {
		if (!json_is_string(item))
			r->rejected++;
		else if (take(r, (struct slice){json_string_value(item),
		    json_string_length(item)}, e) != 0)
			return -1;
	}
	return 0;
}

/* -- lines -- */

static bool
is_number(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n != 0;
}

static struct slice
cut_at(struct slice s, const char *set)
{
	size_t i;

	for (i = 0; i < s.n && strchr(set, s.p[i]) == NULL; i++)
		;
	return (struct slice){s.p, i};
}

/* Its first word; behind a rank, the second column. */
static struct slice
line_word(struct slice line)
{
	struct slice word;

	while (line.n > 0 && strchr(" \t\"", line.p[0]) != NULL)
		line = (struct slice){line.p + 1, line.n - 1};
	word = cut_at(line, ",;\t \"");
	if (is_number(word) && word.n < line.n &&
	    line.p[word.n] == ',') {
		line = (struct slice){line.p + word.n + 1,
		    line.n - word.n - 1};
		if (line.n > 0 && line.p[0] == '"')
			line = (struct slice){line.p + 1, line.n - 1};
		word = cut_at(line, ",;\t \"");
	}
	return word;
}

static int
lines_entries(struct reading *r, struct slice text, struct err *e)
{
	const char *comment = r->kind == ALLOW_KIND_SUFFIXES ? "//" : "#";
	struct slice line;
	size_t at = 0;
	const char *end;

	while (at < text.n) {
		end = memchr(text.p + at, '\n', text.n - at);
		line = (struct slice){text.p + at, end == NULL ? text.n - at :
		    (size_t)(end - text.p) - at};
		at += line.n + 1;
		while (line.n > 0 && strchr("\r \t", line.p[line.n - 1]) != NULL)
			line.n--;
		if (line.n == 0 || slice_starts(line, slice_str(comment)))
			continue;
		if (r->kind != ALLOW_KIND_SUFFIXES)
			line = line_word(line);
		if (take(r, line, e) != 0)
			return -1;
	}
	return 0;
}

/* -- the file -- */

static struct slice
skip_mark(struct slice text)
{
	if (slice_starts(text, SLICE("\xef\xbb\xbf")))
		text = (struct slice){text.p + 3, text.n - 3};
	return text;
}

static uint8_t
text_kind(struct slice text)
{
	static const char mark[] = "===BEGIN ICANN DOMAINS===";
	size_t n = text.n < KIB(64) ? text.n : KIB(64);

	return memmem(text.p, n, mark, sizeof(mark) - 1) != NULL ?
	    ALLOW_KIND_SUFFIXES : ALLOW_KIND_LINES;
}

static bool
is_json(struct slice text)
{
	size_t i;

	for (i = 0; i < text.n && strchr(" \t\r\n", text.p[i]) != NULL; i++)
		if (text.p[i] == '\0')
			return false;
	return i < text.n && text.p[i] == '{';
}

static const char *
file_name(const struct allow_file *f)
{
	const char *slash = strrchr(f->path, '/');

	return f->name != NULL ? f->name : slash != NULL ? slash + 1 : f->path;
}

/* Name, version and description; what an integer says as a version, as text. */
static void
list_words(const struct allow_file *f, const json_t *doc, char version[32],
    struct allow_list *list)
{
	const json_t *v = json_object_get(doc, "version");

	list->name = slice_str(file_name(f));
	if (doc == NULL)
		return;
	if (f->name == NULL)
		list->name = json_slice(doc, "name");
	list->description = json_slice(doc, "description");
	list->version = json_slice(doc, "version");
	if (json_is_integer(v)) {
		snprintf(version, 32, "%lld", (long long)json_integer_value(v));
		list->version = slice_str(version);
	}
}

static int
list_check(const struct allow_file *f, const struct allow_list *list,
    struct err *e)
{
	if (list->name.n == 0 || list->name.n > LIMIT_ALLOW_TEXT)
		return err_set(e, ERR_SYNTAX, "%s: a list's name has 1 to %u "
		    "bytes", f->path, LIMIT_ALLOW_TEXT);
	if (slice_is(list->name, "own") || slice_is(list->name, "built-in"))
		return err_set(e, ERR_SYNTAX, "%s: no list can be named '%.*s'",
		    f->path, SLICE_ARG(list->name));
	return 0;
}

uint64_t
allow_file_digest(struct slice text)
{
	/* Another normaliser makes other keys of it. */
	return digest64(text.p, text.n, VALUE_NORMALISER_VERSION);
}

static int
reading_run(struct reading *r, const struct allow_file *f,
    struct slice text, const json_t *doc, struct err *e)
{
	struct allow_list list = {.kind = r->kind, .mode = f->mode,
	    .cap = f->cap, .flags = f->flags, .digest = r->digest,
	    .path = slice_str(f->path)};
	char version[32];
	int rc;

	list_words(f, doc, version, &list);
	if (list_check(f, &list, e) != 0 ||
	    allow_load_list(r->l, &list, e) != 0)
		return -1;
	rc = doc != NULL ? warninglist_entries(r, doc, e) :
	    lines_entries(r, text, e);
	if (rc != 0)
		return -1;
	/* A warninglist may be of what is never listed; any text can be taken
	 * for lines. */
	if (r->entries == 0 && doc == NULL)
		return err_set(e, ERR_SYNTAX, "%s: no line of %llu is a value "
		    "that can be listed", f->path,
		    (unsigned long long)r->rejected);
	allow_load_newest(r->l)->entries = r->entries;
	allow_load_newest(r->l)->rejected = r->rejected;
	return 0;
}

int
allow_file_parse(const struct allow_file *f, struct slice text,
    struct allow_load *l, struct err *e)
{
	struct reading r = {.l = l, .digest = allow_file_digest(text)};
	json_t *doc = NULL;
	int rc;

	text = skip_mark(text);
	if (is_json(text)) {
		doc = warninglist(f, text, e);
		if (doc == NULL)
			return -1;
		r.kind = (uint8_t)kind_of(json_slice(doc, "type").p);
	} else {
		r.kind = text_kind(text);
	}
	arena_init(&r.scratch, SCRATCH);
	rc = reading_run(&r, f, text, doc, e);
	arena_free(&r.scratch);
	json_decref(doc);
	return rc;
}
