/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/wordlist.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/cc.h"
#include "sync/map_field.h"
#include "sync/net_option.h"
#include "sync/net_range.h"
#include "sync/zone_line.h"

enum { SYNTAX_PLAIN, SYNTAX_HOSTS, SYNTAX_ADBLOCK, SYNTAX_DNSMASQ, SYNTAX_RPZ,
	SYNTAX_RULES };

const char *const wordlist_syntaxes[] = {
	[SYNTAX_PLAIN] = "plain", [SYNTAX_HOSTS] = "hosts",
	[SYNTAX_ADBLOCK] = "adblock", [SYNTAX_DNSMASQ] = "dnsmasq",
	[SYNTAX_RPZ] = "rpz", [SYNTAX_RULES] = "rules", NULL
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* How many bytes are neither blanks nor controls; eight at a time: a byte below
 * 0x80 borrows from its high bit when 0x21 is taken off, from ' ' down. */
static size_t
visible_run(const char *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t i = 0;
	uint64_t w;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if (((w - 0x21 * ones) & ~w & 0x80 * ones) != 0)
			break;
	}
	while (i < n && (unsigned char)p[i] > ' ')
		i++;
	return i;
}

/* The next word of *rest; n == 0 at the end. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word = slice_trim(*rest);
	size_t n = visible_run(word.p, word.n);

	while (n < word.n && ((unsigned char)word.p[n] > ' ' ||
	    !is_blank(word.p[n])))
		n++;
	*rest = (struct slice){word.p + n, word.n - n};
	word.n = n;
	return word;
}

static bool
word_is(struct slice a, const char *b)
{
	return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

/* ---- expressions ----------------------------------------------------------- */

/* REG_STARTEND: a line is no string. */
static bool
match_at(const regex_t *re, struct slice s, size_t from, regmatch_t *m,
    size_t nm)
{
	m[0].rm_so = (regoff_t)from;
	m[0].rm_eo = (regoff_t)s.n;
	return regexec(re, s.p, nm, m, REG_STARTEND |
	    (from > 0 ? REG_NOTBOL : 0)) == 0;
}

static size_t
take_matches(const struct wordlist *l, struct slice line, struct slice *words,
    size_t max)
{
	regmatch_t m[2];
	size_t at = 0, n = 0;

	while (n < max && at <= line.n &&
	    match_at(&l->extract, line, at, m, 2)) {
		if (m[1].rm_so >= 0)
			words[n++] = (struct slice){line.p + m[1].rm_so,
			    (size_t)(m[1].rm_eo - m[1].rm_so)};
		/* An empty match must not stand still. */
		at = (size_t)m[0].rm_eo > at ? (size_t)m[0].rm_eo : at + 1;
	}
	return n;
}

/* ---- syntaxes -------------------------------------------------------------- */

/* "a - b", "a 255.255.255.0": a range of addresses is one word. */
static struct slice
whole_range(struct slice word, struct slice rest)
{
	struct slice second, range = {word.p, 0};
	struct net_range r;

	rest = slice_trim(rest);
	if (rest.n == 0 || word.n == 0 || (rest.p[0] != '-' &&
	    !slice_starts(rest, SLICE("255."))))
		return word;
	second = next_word(&rest);
	if (second.n == 1)
		second = next_word(&rest);
	if (second.n == 0)
		return word;
	range.n = (size_t)(second.p + second.n - word.p);
	return field_range(range, &r) ? range : word;
}

static size_t
take_token(const struct wordlist *l, struct slice line, struct slice *words)
{
	uint32_t i, token = l->options->token > 0 ? l->options->token : 1;

	for (i = 0; i < token; i++)
		words[0] = next_word(&line);
	words[0] = whole_range(words[0], line);
	return words[0].n > 0;
}

/* Names that every hosts file begins with. */
static bool
is_own_host(struct slice name)
{
	static const char *const own[] = {"localhost", "local", "broadcasthost",
	    "localhost.localdomain", "ip6-localhost", "ip6-loopback",
	    "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes",
	    "ip6-allrouters", "ip6-allhosts", "0.0.0.0"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(own); i++)
		if (word_is(name, own[i]))
			return true;
	return false;
}

/* "0.0.0.0", "::1", "fe80::1%lo0": by its signs. */
static bool
reads_as_address(struct slice s)
{
	static const char signs[] = "0123456789abcdefABCDEF.:";
	size_t i = 0, marks = 0;

	for (; i < s.n && s.p[i] != '%' && strchr(signs, s.p[i]) != NULL &&
	    s.p[i] != '\0'; i++)
		marks += s.p[i] == '.' || s.p[i] == ':';
	return marks > 1 && (i == s.n || s.p[i] == '%');
}

static size_t
take_hosts(struct slice line, struct slice *words, size_t max)
{
	struct slice address = next_word(&line), name;
	size_t n = 0;

	if (!reads_as_address(address))
		return 0;
	while (n < max && (name = next_word(&line)).n > 0) {
		if (name.p[0] == '#')
			break;
		if (!is_own_host(name))
			words[n++] = name;
	}
	return n;
}

/* The options that leave a rule one against the name itself: that it is not to
 * block a site when asked for it by name matters to a browser, and not to what the
 * name is.  All others narrow it to kinds of requests or to other sites
 * ("script", "domain="), withdraw it ("badfilter") or do something else: the name
 * alone is then not listed. */
static bool
is_whole_name(struct slice options)
{
	static const char *const whole[] = {"all", "document", "doc",
	    "third-party", "3p", "important", "popup"};
	struct slice word;
	const char *comma;
	size_t i;

	while (options.n > 0) {
		comma = memchr(options.p, ',', options.n);
		word = (struct slice){options.p, comma != NULL ?
		    (size_t)(comma - options.p) : options.n};
		for (i = 0; i < ARRAY_LEN(whole); i++)
			if (word_is(slice_trim(word), whole[i]))
				break;
		if (i == ARRAY_LEN(whole))
			return false;
		word.n += comma != NULL;
		options.p += word.n;
		options.n -= word.n;
	}
	return true;
}

/* "||name^" with nothing behind but options; "@@" is an exception. */
static size_t
take_adblock(struct slice line, struct slice *words)
{
	struct slice s = slice_trim(line);
	size_t n;

	if (s.n < 4 || memcmp(s.p, "||", 2) != 0)
		return 0;
	s.p += 2;
	s.n -= 2;
	for (n = 0; n < s.n && s.p[n] != '^' && s.p[n] != '$'; n++)
		if (s.p[n] == '/' || s.p[n] == '*')
			return 0;
	if (n == s.n || s.p[n] != '^')
		return 0;
	if (n + 1 < s.n && (s.p[n + 1] != '$' || !is_whole_name((struct slice){
	    s.p + n + 2, s.n - n - 2})))
		return 0;
	words[0] = (struct slice){s.p, n};
	return n > 0;
}

static size_t
take_dnsmasq(struct slice line, struct slice *words, size_t max)
{
	static const char *const keys[] = {"address=/", "server=/", "local=/"};
	struct slice s = slice_trim(line);
	const char *end;
	size_t i, k, n = 0;

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		k = strlen(keys[i]);
		if (!slice_starts(s, (struct slice){keys[i], k}))
			continue;
		s.p += k;
		s.n -= k;
		/* "/a/b/target": all but what is behind the last slash */
		while (n < max && (end = memchr(s.p, '/', s.n)) != NULL) {
			words[n++] = (struct slice){s.p, (size_t)(end - s.p)};
			s.n -= (size_t)(end + 1 - s.p);
			s.p = end + 1;
		}
		return n;
	}
	return 0;
}

/* ---- rules ----------------------------------------------------------------- */

/* "[a,b]", "!a" (not listed), "$VAR" (not listed), "any" (not listed). */
static size_t
rule_addresses(struct slice s, struct slice *words, size_t max)
{
	size_t i, from = 0, n = 0;

	if (s.n == 0 || s.p[0] == '!' || s.p[0] == '$' || word_is(s, "any"))
		return 0;
	if (s.p[0] == '[')
		s.p++, s.n--;
	if (s.n > 0 && s.p[s.n - 1] == ']')
		s.n--;
	for (i = 0; i <= s.n && n < max; i++) {
		if (i < s.n && s.p[i] != ',')
			continue;
		if (i > from && s.p[from] != '!' && s.p[from] != '$')
			words[n++] = (struct slice){s.p + from, i - from};
		from = i + 1;
	}
	return n;
}

/* The buffers whose content is a name or a URL's host. */
static bool
is_name_buffer(struct slice s)
{
	return word_is(s, "dns.query") || word_is(s, "dns_query") ||
	    word_is(s, "tls.sni") || word_is(s, "tls_sni") ||
	    word_is(s, "http.host") || word_is(s, "http_host");
}

/* content:"x"; plain text only: |2e| would need decoding, and ! negates. */
static bool
plain_content(const struct net_option *o, struct slice *text)
{
	if (!slice_is(o->key, "content"))
		return false;
	*text = net_option_unquoted(o->text);
	return text->n < o->text.n && memchr(text->p, '|', text->n) == NULL &&
	    memchr(text->p, '\\', text->n) == NULL;
}

static size_t
rule_names(struct slice body, struct slice *words, size_t max)
{
	struct net_option o;
	struct slice text;
	bool in_name = false, closed;
	size_t n = 0;

	while (n < max && net_option_next(&body, &o, &closed)) {
		if (o.text.p == NULL) {
			/* a sticky buffer, that of names or another */
			if (memchr(o.key.p, '.', o.key.n) != NULL ||
			    is_name_buffer(o.key))
				in_name = is_name_buffer(o.key);
		} else if (in_name && plain_content(&o, &text) &&
		    memchr(text.p, '.', text.n) != NULL) {
			if (text.n > 1 && text.p[0] == '.')
				text.p++, text.n--;
			words[n++] = text;
		}
	}
	return n;
}

/* action protocol source port direction destination port (options) */
static size_t
take_rule(struct slice line, struct slice *words, size_t max)
{
	const char *open = memchr(line.p, '(', line.n);
	struct slice head, body, word[7];
	size_t i, n;

	if (open == NULL)
		return 0;
	head = (struct slice){line.p, (size_t)(open - line.p)};
	body = (struct slice){open + 1, line.n - head.n - 1};
	for (i = 0; i < ARRAY_LEN(word); i++)
		word[i] = next_word(&head);
	if (!word_is(word[4], "->") && !word_is(word[4], "<>"))
		return 0;
	n = rule_addresses(word[2], words, max);
	n += rule_addresses(word[5], words + n, max - n);
	return n + rule_names(body, words + n, max - n);
}

/* ---- interface ------------------------------------------------------------- */

/* Signs of a comment, where the options name none. */
static const char *const usual_comments[] = {"#", ";", "//", "!"};

static void
find_marks(struct wordlist *l)
{
	const struct opt_list *own = &l->options->comment;
	size_t i;

	for (i = 0; i < own->n; i++) {
		if (own->v[i][0] == '\0') /* all lines begin with nothing */
			memset(l->marks, true, sizeof(l->marks));
		l->marks[(unsigned char)own->v[i][0]] = true;
	}
	for (i = 0; own->n == 0 && i < ARRAY_LEN(usual_comments); i++)
		l->marks[(unsigned char)usual_comments[i][0]] = true;
}

int
wordlist_init(struct wordlist *l, const struct feed_options *f, struct err *e)
{
	int i;

	memset(l, 0, sizeof(*l));
	l->options = f;
	find_marks(l);
	for (i = 0; f->syntax != NULL && wordlist_syntaxes[i] != NULL; i++)
		if (strcmp(wordlist_syntaxes[i], f->syntax) == 0)
			l->syntax = i;
	if (f->extract != NULL) {
		if (regcomp(&l->extract, f->extract, REG_EXTENDED) != 0)
			return err_set(e, ERR_CONFIG, "lines-extract: '%s' is "
			    "no POSIX ERE", f->extract);
		l->has_extract = true;
	}
	if (f->ignore != NULL) {
		if (regcomp(&l->ignore, f->ignore, REG_EXTENDED | REG_NOSUB)
		    != 0)
			return err_set(e, ERR_CONFIG, "ignore: '%s' is no "
			    "POSIX ERE", f->ignore);
		l->has_ignore = true;
	}
	return 0;
}

void
wordlist_free(struct wordlist *l)
{
	if (l->has_extract)
		regfree(&l->extract);
	if (l->has_ignore)
		regfree(&l->ignore);
	l->has_extract = l->has_ignore = false;
}

void
wordlist_begin(struct wordlist *l)
{
	l->zone = (struct zone){.has_apex = false};
}

/* s.n > 0 */
static bool
is_comment(const struct wordlist *l, struct slice s)
{
	const struct opt_list *own = &l->options->comment;
	size_t i;

	if (!l->marks[(unsigned char)s.p[0]])
		return false;
	for (i = 0; i < own->n; i++)
		if (slice_starts(s, slice_str(own->v[i])))
			return true;
	for (i = 0; own->n == 0 && i < ARRAY_LEN(usual_comments); i++)
		if (slice_starts(s, slice_str(usual_comments[i])))
			return true;
	return false;
}

static CC_RARE bool
is_ignored(const struct wordlist *l, struct slice s)
{
	regmatch_t m[1];

	return match_at(&l->ignore, s, 0, m, 1);
}

bool
wordlist_silent(const struct wordlist *l, struct slice line)
{
	struct slice s = slice_trim(line);

	if (s.n == 0 || is_comment(l, s))
		return true;
	return l->has_ignore && is_ignored(l, s);
}

/* " # why" behind what is listed; not within a URL. */
static struct slice
without_remark(struct slice line)
{
	static const char signs[] = "#;";
	const char *p;

	for (const char *sign = signs; *sign != '\0'; sign++)
		for (p = line.p; line.n > 0 && (p = memchr(p, *sign,
		    (size_t)(line.p + line.n - p))) != NULL; p++)
			if (p > line.p && is_blank(p[-1])) {
				line.n = (size_t)(p - line.p);
				break;
			}
	return line;
}

size_t
wordlist_take(struct wordlist *l, struct slice line, struct slice *words,
    size_t max)
{
	if (max == 0)
		return 0;
	if (l->has_extract)
		return take_matches(l, line, words, max);
	switch (l->syntax) {
	case SYNTAX_HOSTS:
		return take_hosts(without_remark(line), words, max);
	case SYNTAX_ADBLOCK:
		return take_adblock(line, words);
	case SYNTAX_DNSMASQ:
		return take_dnsmasq(without_remark(line), words, max);
	case SYNTAX_RPZ:
		return zone_take(&l->zone, line, words);
	case SYNTAX_RULES:
		return take_rule(line, words, max);
	default:
		return take_token(l, without_remark(line), words);
	}
}

/* Filters of other kinds, exceptions, and "[Adblock Plus 2.0]". */
static bool
is_filter(struct slice s)
{
	static const char *const begins[] = {"||", "@@", "|", "/", "[Ad",
	    "[uB"};
	static const char *const within[] = {"##", "#@#", "#?#", "#$#", "^"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(begins); i++)
		if (slice_starts(s, slice_str(begins[i])))
			return true;
	for (i = 0; i < ARRAY_LEN(within); i++)
		if (memmem(s.p, s.n, within[i], strlen(within[i])) != NULL)
			return true;
	return false;
}

/* "cache-size=1000", "no-hosts" */
static bool
is_dnsmasq(struct slice s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '-' ||
	    (s.p[n] >= '0' && s.p[n] <= '9')))
		n++;
	return n > 0 && (n == s.n || s.p[n] == '=');
}

bool
wordlist_knows(const struct wordlist *l, struct slice line)
{
	struct slice s = slice_trim(line), rest = line;

	if (l->has_extract)
		return false;
	switch (l->syntax) {
	case SYNTAX_HOSTS:
		return reads_as_address(next_word(&rest)) &&
		    next_word(&rest).n > 0;
	case SYNTAX_ADBLOCK:
		return is_filter(s);
	case SYNTAX_DNSMASQ:
		return is_dnsmasq(s);
	case SYNTAX_RPZ:
		return zone_knows(line);
	case SYNTAX_RULES:
		return memchr(s.p, '(', s.n) != NULL &&
		    (memmem(s.p, s.n, "->", 2) != NULL ||
		    memmem(s.p, s.n, "<>", 2) != NULL);
	default:
		return false;
	}
}
