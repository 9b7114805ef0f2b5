/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Suricata and Snort: "action protocol source port -> target port (options)".
 *
 * A rule is on one line, on several that end in '\', or goes on until its
 * parenthesis is closed (Snort 3); one that is still open when the next begins is
 * broken.  Behind '#' a rule is one that is switched off, anything else is a
 * comment.
 */
#include <string.h>

#include "base/limits.h"
#include "sync/map_field.h"
#include "sync/net_option.h"
#include "sync/rule_int.h"

static struct slice
first_word(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '_'))
		n++;
	return (struct slice){s.p, n};
}

/* Does the text begin like a rule? */
static bool
is_begun(struct slice s)
{
	static const char *const actions[] = {"alert", "pass", "drop",
	    "reject", "rejectsrc", "rejectdst", "rejectboth", "log", "block",
	    "sdrop", "react", "rewrite", "activate", "dynamic", "config"};
	struct slice word = first_word(s);
	size_t i;

	if (word.n == s.n || (s.p[word.n] != ' ' && s.p[word.n] != '\t'))
		return false;
	for (i = 0; i < ARRAY_LEN(actions); i++)
		if (slice_is(word, actions[i]))
			return memchr(s.p, '(', s.n) != NULL ||
			    memchr(s.p, '>', s.n) != NULL ||
			    s.p[s.n - 1] == '\\';
	return false;
}

/* What stands between the parentheses; absent when they are not there, or not
 * closed (yet). */
static struct slice
body_of(struct slice s)
{
	const char *open = s.n > 0 ? memchr(s.p, '(', s.n) : NULL;

	s = slice_trim(s);
	if (open == NULL || s.p[s.n - 1] != ')' || s.p + s.n - 1 <= open)
		return SLICE_NONE;
	return (struct slice){open + 1, (size_t)(s.p + s.n - 1 - open) - 1};
}

/* Does the rule end here?  A parenthesis may stand in quotes. */
static bool
is_whole(struct slice s)
{
	struct slice body = body_of(s);

	return body.p != NULL && net_options_closed(body);
}

static bool
is_number(struct slice s, uint64_t max)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		if ((v = 10 * v + (uint64_t)(s.p[i] - '0')) > max)
			return false;
	return s.n > 0 && i == s.n;
}

/* "created_at 2020_01_02, confidence High, malware_family X" */
static void
take_metadata(struct rule_cut *c, struct slice text)
{
	struct slice part, key;
	size_t n;

	while (field_part(&text, ',', &part)) {
		for (n = 0; n < part.n && part.p[n] != ' '; n++)
			;
		key = (struct slice){part.p, n};
		part = slice_trim((struct slice){part.p + n, part.n - n});
		if (slice_is(key, "created_at"))
			rule_add_date(c, "created", part);
		else if (slice_is(key, "updated_at"))
			rule_add_date(c, "modified", part);
		else if (slice_is(key, "confidence"))
			rule_add_confidence(c, part);
		else if (slice_is(key, "malware_family"))
			rule_add(c, "threat", part);
		else if (slice_is(key, "signature_severity"))
			rule_add(c, "level", part);
		else if (slice_is(key, "tag"))
			rule_add(c, "labels", part);
		rule_add_meta(c, key, part);
	}
}

/* Does the option let the engine read a file, or write one, or run a script? */
static bool
names_files(const struct net_option *o)
{
	static const char *const words[] = {"load ", "save ", "state ",
	    "load\t", "save\t", "state\t"};
	struct slice rest = o->text, part;
	size_t i;

	if (slice_is(o->key, "lua") || slice_is(o->key, "luajit"))
		return true;
	if (!slice_is(o->key, "dataset") && !slice_is(o->key, "datarep"))
		return false;
	while (field_part(&rest, ',', &part))
		for (i = 0; i < ARRAY_LEN(words); i++)
			if (slice_starts(part, slice_str(words[i])))
				return true;
	return false;
}

static bool
is_kept(struct slice key)
{
	return slice_is(key, "reference") || slice_is(key, "priority") ||
	    slice_is(key, "target") || slice_is(key, "flow") ||
	    slice_is(key, "service") || slice_is(key, "rem");
}

static void
take_option(struct rule_cut *c, const struct net_option *o)
{
	if (names_files(o))
		rule_add_meta(c, SLICE("files"), o->key);
	if (slice_is(o->key, "msg")) {
		rule_add(c, "name", net_option_unquoted(o->text));
		rule_add(c, "message", net_option_unquoted(o->text));
	} else if (slice_is(o->key, "classtype")) {
		rule_add(c, "class", o->text);
		rule_add(c, "labels", o->text);
	} else if (slice_is(o->key, "rev")) {
		rule_add(c, "version", o->text);
	} else if (slice_is(o->key, "metadata")) {
		take_metadata(c, o->text);
	}
	if (is_kept(o->key))
		rule_add_meta(c, o->key, o->text);
}

/* "sid", or "gid:sid" of a group of its own; -1: there is none. */
static int
take_id(struct rule_cut *c, struct slice gid, struct slice sid)
{
	struct slice id = arena_slice(&c->arena, sid);
	char *p;

	if (!is_number(sid, UINT32_MAX) ||
	    (gid.p != NULL && !is_number(gid, UINT32_MAX)))
		return -1;
	if (gid.p != NULL && !slice_is(gid, "1")) {
		p = arena_alloc(&c->arena, gid.n + 1 + sid.n);
		if (p != NULL) {
			memcpy(p, gid.p, gid.n);
			p[gid.n] = ':';
			memcpy(p + gid.n + 1, sid.p, sid.n);
		}
		id = (struct slice){p, gid.n + 1 + sid.n};
	}
	if (id.p == NULL)
		c->full = true;
	else
		rule_add(c, "id", id);
	return 0;
}

/* All of the rule lies in c->text. */
static int
take_rule(struct rule_cut *c, bool disabled, struct err *e)
{
	struct slice s = slice_trim(buf_view(&c->text)), body = body_of(s);
	struct slice gid = SLICE_NONE, sid = SLICE_NONE;
	struct net_option o;
	bool closed = true;

	c->net.lines = 0;
	if (!buf_ok(&c->text))
		return rule_refuse(c, "it is longer than a rule may be", e);
	rule_add(c, "action", first_word(s));
	while (net_option_next(&body, &o, &closed)) {
		if (slice_is(o.key, "sid"))
			sid = o.text;
		else if (slice_is(o.key, "gid"))
			gid = o.text;
		take_option(c, &o);
	}
	if (body.p == NULL || !closed)
		return rule_refuse(c, "its parentheses, quotes or last "
		    "semicolon are not closed", e);
	if (take_id(c, gid, sid) != 0)
		return rule_refuse(c, "it has no sid that is a number", e);
	return rule_emit(c, 0, disabled, e);
}

static struct slice
without_hashes(struct slice s)
{
	s = slice_trim(s);
	while (s.n > 0 && (s.p[0] == '#' || s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.n--;
	return s;
}

/* A comment: a rule that is switched off, when it is one. */
static int
net_comment(struct rule_cut *c, struct slice line, uint64_t offset,
    struct err *e)
{
	line = without_hashes(line);
	if (!is_begun(line) || !is_whole(line))
		return 0;
	c->offset = offset;
	buf_slice(&c->text, line);
	return take_rule(c, true, e);
}

/* A line behind which the rule may go on. */
static int
net_more(struct rule_cut *c, struct slice line, struct err *e)
{
	bool open = line.n > 0 && line.p[line.n - 1] == '\\';

	c->net.lines++;
	line.n -= open;
	buf_slice(&c->text, line);
	buf_char(&c->text, ' ');
	if (c->net.lines >= RULE_LINES || !buf_ok(&c->text))
		return take_rule(c, false, e);
	return !open && is_whole(buf_view(&c->text)) ?
	    take_rule(c, false, e) : 0;
}

static int
net_line(struct rule_cut *c, struct slice line, uint64_t offset, struct err *e)
{
	struct slice s = slice_trim(line);

	if (c->text.n > 0 && (is_begun(line) ||
	    (s.n > 0 && s.p[0] == '#')) && take_rule(c, false, e) != 0)
		return -1;
	if (c->text.n > 0)
		return net_more(c, s, e);
	if (s.n == 0)
		return 0;
	if (s.p[0] == '#')
		return net_comment(c, s, offset, e);
	c->offset = offset;
	if (is_begun(s))
		return net_more(c, s, e);
	buf_slice(&c->text, s);
	return rule_refuse(c, "it does not begin with an action, as a rule "
	    "does", e);
}

static int
net_end(struct rule_cut *c, struct err *e)
{
	return c->text.n > 0 ? take_rule(c, false, e) : 0;
}

const struct rule_ops rule_net = {net_line, net_end};
