/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/limits.h"
#include "stix/scan_escape.h"
#include "stix/split_state.h"

/* Where in the input the byte n of the skeleton lies. */
static uint64_t
skeleton_offset(const struct document *d, uint64_t n)
{
	return d->has_array && n > d->cut ? d->resume + (n - d->cut) :
	    d->start + n;
}

const char *
split_fail_skeleton(struct split *s)
{
	return stream_fail(&s->in, ERR_LIMIT,
	    skeleton_offset(&s->doc, LIMIT_SKELETON), "more than %u bytes "
	    "around the objects of a document: is it STIX?", LIMIT_SKELETON);
}

/* The "{" of a wrapper, at p, or of what may be one. */
const char *
split_wrapper(struct split *s, const char *p)
{
	s->doc = (struct document){.start = stream_offset(&s->in, p),
	    .deepest = 1, .in_array = s->doc.is_array,
	    .objects = s->doc.objects};
	keep_begin(&s->skeleton, p);
	s->in.keeping = &s->skeleton;
	s->state = IN_WRAPPER;
	return p + 1;
}

static json_t *
skeleton_load(struct split *s, struct slice text)
{
	const char *nul = memchr(text.p, '\0', text.n);
	json_error_t je;
	json_t *j;

	if (nul != NULL) { /* Jansson overlooks some of these */
		(void)stream_fail(&s->in, ERR_SYNTAX, skeleton_offset(&s->doc,
		    (uint64_t)(nul - text.p)), "a NUL byte");
		return NULL;
	}
	j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &je);
	if (j == NULL)
		(void)stream_fail(&s->in, ERR_SYNTAX, skeleton_offset(&s->doc,
		    je.position > 0 ? (uint64_t)je.position : 0), "%s",
		    je.text);
	return j;
}

/* A document that was an object ends before p; or an element, and the array goes
 * on: it has the next skeleton that is given out. */
static const char *
object_done(struct split *s, json_t *skeleton, const char *p)
{
	if (!s->doc.in_array)
		return split_document_done(s, skeleton, p);
	s->doc.is_array = true;
	s->state = AFTER_ITEM;
	return p;
}

/* An element without "objects" is an object, whatever else it lacks, but a bundle
 * without any. */
static bool
is_itself_object(const struct document *d)
{
	return !d->has_array && (d->is_object ||
	    (d->in_array && !d->is_bundle));
}

static const char *
wrapper_done(struct split *s, const char *p)
{
	struct document *d = &s->doc;
	struct slice text;
	int rc = keep_end(&s->skeleton, p, &text);
	json_t *skeleton;

	s->in.keeping = NULL;
	if (rc < 0)
		return stream_fail_memory(&s->in);
	if (is_itself_object(d)) {
		p = split_give_object(s, text, rc == 1, d->deepest, d->start,
		    p);
		return p != NULL ? object_done(s, NULL, p) : NULL;
	}
	if (rc == 1 || text.n > LIMIT_SKELETON)
		return split_fail_skeleton(s);
	if (d->deepest > LIMIT_DEPTH)
		return stream_fail(&s->in, ERR_LIMIT, d->start,
		    "a document nested deeper than %d", LIMIT_DEPTH);
	skeleton = skeleton_load(s, text);
	if (skeleton == NULL)
		return NULL;
	p = object_done(s, skeleton, p);
	json_decref(skeleton);
	return p;
}

static enum member
word_member(const struct split *s)
{
	char text[WORD_MAX];
	struct slice word = {text, 0};
	int64_t n;

	if (s->word_n > WORD_MAX)
		return MEMBER_OTHER;
	n = scan_unescape((struct slice){s->word, s->word_n}, text);
	if (n < 0)
		return MEMBER_OTHER;
	word.n = (size_t)n;
	if (slice_eq(word, SLICE("type")))
		return MEMBER_TYPE;
	return slice_eq(word, SLICE("objects")) ? MEMBER_OBJECTS : MEMBER_OTHER;
}

static bool
word_is_bundle(const struct split *s)
{
	char text[WORD_MAX];
	int64_t n;

	if (s->word_n > WORD_MAX)
		return false;
	n = scan_unescape((struct slice){s->word, s->word_n}, text);
	return n == 6 && memcmp(text, "bundle", 6) == 0;
}

/* ":" in a wrapper, at p.  That the tokens make sense together is for Jansson
 * to say; here they only need to be told apart if they do. */
static const char *
wrapper_name(struct split *s, const char *p)
{
	struct document *d = &s->doc;

	d->member = d->have_word ? word_member(s) : MEMBER_NONE;
	d->have_word = false;
	if (d->member == MEMBER_OBJECTS) {
		if (d->has_objects)
			return stream_fail(&s->in, ERR_SYNTAX, stream_offset(&s->in, p),
			    "a second member \"objects\"");
		d->has_objects = true;
	}
	return p + 1;
}

/* The "[" of the objects, at p: the skeleton pauses behind it. */
static const char *
wrapper_array(struct split *s, const char *p)
{
	struct document *d = &s->doc;

	if (keep_take(&s->skeleton, p + 1) != 0)
		return stream_fail_memory(&s->in);
	if (s->skeleton.n > LIMIT_SKELETON)
		return split_fail_skeleton(s);
	s->in.keeping = NULL;
	d->has_array = true;
	d->cut = s->skeleton.n;
	s->state = AT_FIRST;
	return p + 1;
}

/* Keep n more bytes of a string, if it can be one of the words looked for: of
 * a value only the type is, of a name those with these first letters are. */
static void
word_add(struct split *s, const char *p, size_t n)
{
	if (s->word_n > WORD_MAX || n == 0)
		return;
	if (n > WORD_MAX - s->word_n ||
	    (s->word_n == 0 && s->doc.member != MEMBER_TYPE &&
	    *p != 't' && *p != 'o' && *p != '\\')) {
		s->word_n = WORD_MAX + 1;
		return;
	}
	memcpy(s->word + s->word_n, p, n);
	s->word_n += n;
}

const char *
split_step_string(struct split *s, const char *p)
{
	const char *quote = stream_quote(&s->in, p);
	struct document *d = &s->doc;

	word_add(s, p, (size_t)((quote != NULL ? quote : s->in.end) - p));
	if (quote == NULL)
		return s->in.end;
	if (d->member == MEMBER_TYPE) {
		d->is_bundle = word_is_bundle(s);
		d->is_object = !d->is_bundle;
	}
	d->have_word = d->member == MEMBER_NONE;
	d->member = MEMBER_NONE;
	s->state = IN_WRAPPER;
	return quote + 1;
}

static const char *
wrapper_string(struct split *s, const char *p)
{
	s->state = IN_STRING;
	s->in.escaped = false;
	s->word_n = 0;
	return split_step_string(s, p + 1);
}

const char *
split_step_nested(struct split *s, const char *p)
{
	p = scan_nest_end(&s->nest, p, s->in.end);
	if (p == NULL)
		return s->in.end;
	if (s->nest.deepest + 1 > s->doc.deepest)
		s->doc.deepest = s->nest.deepest + 1;
	s->state = IN_WRAPPER;
	return p;
}

/* What is not a name: its value, or what stands between. */
static const char *
wrapper_value(struct split *s, const char *p)
{
	enum member member = s->doc.member;

	s->doc.member = MEMBER_NONE;
	s->doc.have_word = false;
	if (*p == '[' && member == MEMBER_OBJECTS)
		return wrapper_array(s, p);
	if (*p != '[' && *p != '{')
		return p + 1; /* "," or a byte of a number or literal */
	scan_nest_init(&s->nest);
	s->state = IN_NESTED;
	return split_step_nested(s, p);
}

/* The tokens of a wrapper, as long as they last. */
const char *
split_step_wrapper(struct split *s, const char *p)
{
	while (p != NULL && s->state == IN_WRAPPER) {
		p = stream_spaces(p, s->in.end);
		if (p == s->in.end)
			return p;
		switch (*p) {
		case '"':
			p = wrapper_string(s, p);
			break;
		case ':':
			p = wrapper_name(s, p);
			break;
		case '}':
			return wrapper_done(s, p + 1);
		case ']':
			/* As within any object, it is not for us to say. */
			if (s->doc.in_array && !s->doc.has_array)
				return wrapper_done(s, p + 1);
			return stream_fail_byte(&s->in, p, "without its '['");
		default:
			p = wrapper_value(s, p);
			break;
		}
	}
	return p;
}
