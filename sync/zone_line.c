/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/zone_line.h"

#include <string.h>
#include <strings.h>

#include "base/cc.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
word_is(struct slice a, const char *b)
{
	return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

/* The next word of *rest; n == 0 at the end and in front of a comment. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word = slice_trim(*rest);
	size_t n = 0;

	if (word.n > 0 && word.p[0] == ';')
		word.n = 0;
	while (n < word.n && !is_blank(word.p[n]))
		n++;
	*rest = (struct slice){word.p + n, word.n - n};
	word.n = n;
	return word;
}

/* ---- names ----------------------------------------------------------------- */

static struct slice
name_text(const struct zone_name *name)
{
	return (struct slice){name->text, name->n};
}

static void
name_set(struct zone_name *name, struct slice s)
{
	if (s.n > sizeof(name->text))
		s.n = 0;
	if (s.n > 0)
		memmove(name->text, s.p, s.n); /* may be its own */
	name->n = s.n;
}

/* Without the zone: relative to the apex.  One that lies outside stays. */
static struct slice
below_apex(const struct zone *z, struct slice s)
{
	size_t tail = z->apex.n + 1;

	if (z->apex.n > 0 && s.n > tail && s.p[s.n - tail] == '.' &&
	    strncasecmp(s.p + s.n - z->apex.n, z->apex.text, z->apex.n) == 0)
		s.n -= tail;
	return s;
}

/* An owner as it is in the zone, without the dot at its end.  Before the apex is
 * known what is not absolute stays as it is. */
static struct slice
whole_owner(struct zone *z, struct slice owner)
{
	if (word_is(owner, "@"))
		return name_text(&z->origin);
	if (owner.n > 0 && owner.p[owner.n - 1] == '.') {
		owner.n--;
		return owner;
	}
	if (z->origin.n == 0 || owner.n > ZONE_NAME)
		return owner;
	memcpy(z->room, owner.p, owner.n);
	z->room[owner.n] = '.';
	memcpy(z->room + owner.n + 1, z->origin.text, z->origin.n);
	return (struct slice){z->room, owner.n + 1 + z->origin.n};
}

static void
set_origin(struct zone *z, struct slice rest)
{
	struct slice name = next_word(&rest);

	/* copied: it may be put together from the origin */
	name_set(&z->origin, word_is(name, ".") ? SLICE("") :
	    whole_owner(z, name));
}

static void
set_apex(struct zone *z, struct slice name)
{
	name_set(&z->apex, name);
	z->has_apex = true;
}

/* ---- triggers -------------------------------------------------------------- */

/* "24.0.2.0.192", "48.zz.1.db8.2001": the length of the prefix, and what it is
 * of, backwards; "zz" is "::".  Whether that is an address is seen later. */
static size_t
take_address(struct zone *z, struct slice name, struct slice *word)
{
	const char *dot = memchr(name.p, '.', name.n);
	struct slice bits = {name.p, dot != NULL ? (size_t)(dot - name.p) : 0};
	char mark = memmem(name.p, name.n, "zz", 2) != NULL ? ':' : '.';
	struct slice rest, label;
	size_t n = 0, labels = 0;

	if (bits.n == 0 || name.n > sizeof(z->address))
		return 0;
	rest = (struct slice){dot + 1, name.n - bits.n - 1};
	for (; rest.n > 0; labels++) {
		dot = memrchr(rest.p, '.', rest.n);
		label.p = dot != NULL ? dot + 1 : rest.p;
		label.n = rest.n - (size_t)(label.p - rest.p);
		rest.n -= label.n + (dot != NULL);
		if (word_is(label, "zz"))
			label = n == 0 ? SLICE("::") : SLICE(":");
		memcpy(z->address + n, label.p, label.n);
		n += label.n;
		if (rest.n > 0 && n > 0 && z->address[n - 1] != ':')
			z->address[n++] = mark;
	}
	for (size_t i = 0; labels == 8 && i < n; i++)
		if (z->address[i] == '.')
			z->address[i] = ':';
	z->address[n++] = '/';
	memcpy(z->address + n, bits.p, bits.n);
	*word = (struct slice){z->address, n + bits.n};
	return 1;
}

/* Of the other triggers, whose names are no names either, nothing. */
static size_t
take_trigger(struct zone *z, struct slice name, struct slice *word)
{
	static const char *const triggers[] = {".rpz-ip", ".rpz-client-ip",
	    ".rpz-nsip", ".rpz-nsdname"};

	for (size_t i = 0; i < ARRAY_LEN(triggers); i++) {
		size_t tail = strlen(triggers[i]);

		if (name.n >= tail && strncasecmp(name.p + name.n - tail,
		    triggers[i], tail) == 0)
			return i > 0 ? 0 : take_address(z, (struct slice){
			    name.p, name.n - tail}, word);
	}
	*word = name;
	return name.n > 0;
}

/* ---- lines ----------------------------------------------------------------- */

/* The type of a record, behind its owner; *rest is what stands behind it. */
static struct slice
record_type(struct slice *rest)
{
	struct slice word;

	while ((word = next_word(rest)).n > 0)
		if ((word.p[0] < '0' || word.p[0] > '9') && !word_is(word, "IN"))
			break;
	return word;
}

static bool
blocks(struct slice target)
{
	return word_is(target, ".") || word_is(target, "*.") ||
	    word_is(target, "rpz-drop.");
}

size_t
zone_take(struct zone *z, struct slice line, struct slice *word)
{
	struct slice owner, type, target;

	if (line.n == 0 || is_blank(line.p[0]))
		return 0;
	owner = next_word(&line);
	if (owner.n > 0 && owner.p[0] == '$') {
		if (word_is(owner, "$ORIGIN"))
			set_origin(z, line);
		return 0;
	}
	type = record_type(&line);
	if (word_is(type, "SOA"))
		set_apex(z, whole_owner(z, owner));
	target = next_word(&line);
	if (!word_is(type, "CNAME") || !blocks(target) || word_is(owner, "@"))
		return 0;
	if (!z->has_apex) /* a zone without an SOA */
		set_apex(z, name_text(&z->origin));
	return take_trigger(z, below_apex(z, whole_owner(z, owner)), word);
}

bool
zone_knows(struct slice line)
{
	static const char *const types[] = {"CNAME", "A", "AAAA", "TXT", "SOA",
	    "NS", "PTR", "MX", "SRV", "DNAME"};
	struct slice type;

	if (line.n == 0)
		return false;
	if (line.p[0] == '$')
		return true;
	if (!is_blank(line.p[0]))
		(void)next_word(&line);
	type = record_type(&line);
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (type.n == strlen(types[i]) &&
		    memcmp(type.p, types[i], type.n) == 0)
			return true;
	return false;
}
