/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/split.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "stix/scan_block.h"
#include "stix/scan_nest.h"
#include "stix/scan.h"
#include "stix/split_keep.h"

/* As Jansson is asked everywhere; a string may not hold NUL. */
#define SKELETON_FLAGS JSON_REJECT_DUPLICATES
/* The longest spelling of the words looked for: "objects" in \uXXXX. */
#define WORD_MAX 48

enum split_state {
	AT_START,    /* a byte order mark may come */
	AT_DOCUMENT, /* between documents */
	IN_WRAPPER,  /* a document that is an object, between its tokens */
	IN_STRING,   /* in a name or value of the wrapper */
	IN_NESTED,   /* in an array or object of the wrapper */
	AT_FIRST,    /* behind the "[" of the objects */
	AT_ITEM,     /* behind a "," there */
	AFTER_ITEM,  /* behind an item there */
	IN_ITEM,     /* in an object or array there */
	IN_TEXT,     /* in a string there */
	IN_WORD,     /* in a number or literal there */
	STOPPED,     /* by an error or a callback */
	STATE_COUNT
};

enum member { MEMBER_NONE, MEMBER_TYPE, MEMBER_OBJECTS, MEMBER_OTHER };

struct document {
	uint64_t start;       /* its place in the input */
	uint64_t objects;     /* given out */
	uint64_t deepest;     /* nesting of the wrapper */
	bool is_array;
	/* of a wrapper */
	enum member member;   /* whose value comes next */
	bool have_word;       /* a string came: a name if ":" follows */
	bool has_objects;     /* member "objects", of whatever type */
	bool has_array;       /* it was an array: this is no object */
	bool is_object;       /* has a "type", and not "bundle" */
	uint64_t cut;         /* bytes of the skeleton before the objects … */
	uint64_t resume;      /* … and where in the input it goes on */
};

struct split {
	const struct split_ops *ops;
	void *ctx;
	enum split_state state;
	int result;           /* what stopped it */
	uint64_t before;      /* bytes of the chunks before this one */
	uint64_t objects, documents;
	/* the chunk that is being fed */
	const char *chunk, *end;
	struct err *e;
	/* what is being read */
	struct document doc;
	struct keep skeleton, item;
	struct keep *keeping; /* one of them, or NULL */
	uint64_t item_start;
	struct scan_nest nest;
	unsigned mark;        /* bytes of a byte order mark */
	bool escaped;         /* in a string, behind a backslash */
	size_t word_n;        /* > WORD_MAX: it does not matter what it is */
	char word[WORD_MAX];
};

typedef const char *split_step(struct split *s, const char *p);

struct split *
split_new(const struct split_ops *ops, void *ctx)
{
	struct split *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ops = ops;
	s->ctx = ctx;
	keep_init(&s->skeleton);
	keep_init(&s->item);
	split_reset(s);
	return s;
}

void
split_free(struct split *s)
{
	if (s == NULL)
		return;
	keep_free(&s->skeleton);
	keep_free(&s->item);
	free(s);
}

void
split_reset(struct split *s)
{
	s->state = AT_START;
	s->result = 0;
	s->before = s->objects = s->documents = 0;
	s->keeping = NULL;
	s->mark = 0;
}

static uint64_t
offset_of(const struct split *s, const char *p)
{
	return s->before + (uint64_t)(p - s->chunk);
}

static const char *fail(struct split *s, int code, uint64_t offset,
    const char *fmt, ...) CC_PRINTF(4, 5);

static const char *
fail(struct split *s, int code, uint64_t offset, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	s->result = err_set(s->e, code, "offset %" PRIu64 ": %s", offset, what);
	return NULL;
}

static const char *
fail_memory(struct split *s)
{
	s->result = err_set(s->e, ERR_MEMORY,
	    "no memory left for the JSON at offset %" PRIu64, s->before);
	return NULL;
}

static const char *
spaces_end(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* A callback's return: go on at p, or stop. */
static const char *
go_on(struct split *s, int rc, const char *p)
{
	s->result = rc;
	return rc == 0 ? p : NULL;
}

static const char *
fail_byte(struct split *s, const char *p, const char *what)
{
	return fail(s, ERR_SYNTAX, offset_of(s, p), "'%c' (0x%02x) %s", *p,
	    (unsigned char)*p, what);
}

static const char *
step_start(struct split *s, const char *p)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (*p == mark[s->mark]) {
		if (++s->mark == sizeof(mark) - 1)
			s->state = AT_DOCUMENT;
		return p + 1;
	}
	if (s->mark != 0)
		return fail_byte(s, p, "inside a byte order mark");
	s->state = AT_DOCUMENT;
	return p;
}

static const char *
step_document(struct split *s, const char *p)
{
	p = spaces_end(p, s->end);
	if (p == s->end)
		return p;
	if (*p != '{' && *p != '[')
		return fail_byte(s, p, "where a JSON object or array should be");
	s->doc = (struct document){
		.start = offset_of(s, p), .deepest = 1, .is_array = *p == '['
	};
	if (s->doc.is_array) {
		s->state = AT_FIRST;
	} else {
		keep_begin(&s->skeleton, p);
		s->keeping = &s->skeleton;
		s->state = IN_WRAPPER;
	}
	return p + 1;
}

/* Give one object out, or say why not; `p` is behind it. */
static const char *
give_object(struct split *s, struct slice text, bool large, uint64_t deepest,
    uint64_t offset, const char *p)
{
	const char *reason = NULL;

	if (large)
		reason = "too-large";
	else if (deepest > LIMIT_DEPTH)
		reason = "too-deep";
	else if (text.p[0] != '{')
		reason = "not-an-object";
	if (reason != NULL) {
		if (text.n > KEEP_HEAD)
			text.n = KEEP_HEAD;
		return go_on(s, s->ops->on_bad(s->ctx, reason, text, offset), p);
	}
	s->objects++;
	s->doc.objects++;
	return go_on(s, s->ops->on_object(s->ctx, text, offset), p);
}

static const char *
document_done(struct split *s, json_t *skeleton, const char *p)
{
	int rc;

	s->state = AT_DOCUMENT;
	s->documents++;
	rc = s->ops->on_document(s->ctx, skeleton, s->doc.objects);
	return go_on(s, rc, p);
}

static const char *
fail_skeleton(struct split *s, uint64_t offset)
{
	return fail(s, ERR_LIMIT, offset, "more than %u bytes around the "
	    "objects of a document", LIMIT_SKELETON);
}

/* Where in the input the byte n of the skeleton lies. */
static uint64_t
skeleton_offset(const struct document *d, uint64_t n)
{
	return d->has_array && n > d->cut ? d->resume + (n - d->cut) :
	    d->start + n;
}

static json_t *
skeleton_load(struct split *s, struct slice text)
{
	const char *nul = memchr(text.p, '\0', text.n);
	json_error_t je;
	json_t *j;

	if (nul != NULL) { /* Jansson overlooks some of these */
		(void)fail(s, ERR_SYNTAX, skeleton_offset(&s->doc,
		    (uint64_t)(nul - text.p)), "a NUL byte");
		return NULL;
	}
	j = json_loadb(text.p, text.n, SKELETON_FLAGS, &je);
	if (j == NULL)
		(void)fail(s, ERR_SYNTAX, skeleton_offset(&s->doc,
		    je.position > 0 ? (uint64_t)je.position : 0), "%s", je.text);
	return j;
}

/* A document that was an object ends before p. */
static const char *
wrapper_done(struct split *s, const char *p)
{
	struct document *d = &s->doc;
	struct slice text;
	int rc = keep_end(&s->skeleton, p, &text);
	json_t *skeleton;

	s->keeping = NULL;
	if (rc < 0)
		return fail_memory(s);
	if (d->is_object && !d->has_array) {
		p = give_object(s, text, rc == 1, d->deepest, d->start, p);
		return p != NULL ? document_done(s, NULL, p) : NULL;
	}
	if (rc == 1 || text.n > LIMIT_SKELETON)
		return fail_skeleton(s, skeleton_offset(d, LIMIT_SKELETON));
	if (d->deepest > LIMIT_DEPTH)
		return fail(s, ERR_LIMIT, d->start,
		    "a document nested deeper than %d", LIMIT_DEPTH);
	skeleton = skeleton_load(s, text);
	if (skeleton == NULL)
		return NULL;
	p = document_done(s, skeleton, p);
	json_decref(skeleton);
	return p;
}

/* A bare array of objects ends before p. */
static const char *
array_done(struct split *s, const char *p)
{
	json_t *skeleton = json_array();

	if (skeleton == NULL)
		return fail_memory(s);
	p = document_done(s, skeleton, p);
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
			return fail(s, ERR_SYNTAX, offset_of(s, p),
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
		return fail_memory(s);
	if (s->skeleton.n > LIMIT_SKELETON)
		return fail_skeleton(s, d->start + LIMIT_SKELETON);
	s->keeping = NULL;
	d->has_array = true;
	d->cut = s->skeleton.n;
	s->state = AT_FIRST;
	return p + 1;
}

static const char *
wrapper_nested(struct split *s, const char *p)
{
	scan_nest_init(&s->nest);
	s->state = IN_NESTED;
	return p;
}

/* One token of a wrapper, outside its strings. */
static const char *
step_wrapper(struct split *s, const char *p)
{
	struct document *d = &s->doc;
	enum member member = d->member;

	p = spaces_end(p, s->end);
	if (p == s->end)
		return p;
	switch (*p) {
	case '"':
		s->state = IN_STRING;
		s->escaped = false;
		s->word_n = 0;
		return p + 1;
	case ':':
		return wrapper_name(s, p);
	case '}':
		return wrapper_done(s, p + 1);
	case ']':
		return fail_byte(s, p, "without its '['");
	default:
		break;
	}
	d->member = MEMBER_NONE;
	d->have_word = false;
	if (*p == '[' && member == MEMBER_OBJECTS)
		return wrapper_array(s, p);
	if (*p == '[' || *p == '{')
		return wrapper_nested(s, p);
	return p + 1; /* "," or a byte of a number or literal */
}

static const char *
step_nested(struct split *s, const char *p)
{
	p = scan_nest_end(&s->nest, p, s->end);
	if (p == NULL)
		return s->end;
	if (s->nest.deepest + 1 > s->doc.deepest)
		s->doc.deepest = s->nest.deepest + 1;
	s->state = IN_WRAPPER;
	return p;
}

/* The closing quote of the string that goes on at p, or NULL. */
static const char *
string_quote(struct split *s, const char *p)
{
	while (p < s->end) {
		if (s->escaped) {
			s->escaped = false;
			p++;
			continue;
		}
		p = scan_plain_end(p, s->end);
		if (p == s->end)
			break;
		if (*p == '"')
			return p;
		s->escaped = *p == '\\';
		p++;
	}
	return NULL;
}

static const char *
step_string(struct split *s, const char *p)
{
	const char *quote = string_quote(s, p);
	size_t n = (size_t)((quote != NULL ? quote : s->end) - p);
	struct document *d = &s->doc;

	if (s->word_n <= WORD_MAX) {
		if (n <= WORD_MAX - s->word_n)
			memcpy(s->word + s->word_n, p, n);
		s->word_n = n <= WORD_MAX ? s->word_n + n : WORD_MAX + 1;
	}
	if (quote == NULL)
		return s->end;
	if (d->member == MEMBER_TYPE)
		d->is_object = !word_is_bundle(s);
	d->have_word = d->member == MEMBER_NONE;
	d->member = MEMBER_NONE;
	s->state = IN_WRAPPER;
	return quote + 1;
}

/* The "]" of the objects, at p. */
static const char *
objects_done(struct split *s, const char *p)
{
	if (s->doc.is_array)
		return array_done(s, p + 1);
	s->doc.resume = offset_of(s, p);
	keep_resume(&s->skeleton, p);
	s->keeping = &s->skeleton;
	s->state = IN_WRAPPER;
	return p + 1;
}

static const char *
step_item(struct split *s, const char *p)
{
	p = spaces_end(p, s->end);
	if (p == s->end)
		return p;
	if (*p == ']' && s->state == AT_FIRST)
		return objects_done(s, p);
	if (*p == ']' || *p == '}' || *p == ',' || *p == ':')
		return fail_byte(s, p, "where an object should be");
	s->item_start = offset_of(s, p);
	keep_begin(&s->item, p);
	s->keeping = &s->item;
	scan_nest_init(&s->nest);
	if (*p == '{' || *p == '[') {
		s->state = IN_ITEM;
		return p;
	}
	s->escaped = false;
	s->state = *p == '"' ? IN_TEXT : IN_WORD;
	return p + 1;
}

/* What cannot be an object must be valid all the same: the document is not
 * accepted otherwise, and nobody else looks at these bytes. */
static int
check_item(struct split *s, struct slice text)
{
	struct arena a;
	struct err e = ERR_INIT;
	int rc;

	arena_init(&a, (size_t)LIMIT_OBJECT * 4);
	rc = scan_check(&a, text, &e);
	if (rc != 0)
		(void)fail(s, e.code, s->item_start, "%s", e.text);
	arena_free(&a);
	return rc;
}

/* An item ends before p. */
static const char *
item_done(struct split *s, const char *p)
{
	struct slice text;
	int rc = keep_end(&s->item, p, &text);

	s->keeping = NULL;
	s->state = AFTER_ITEM;
	if (rc < 0)
		return fail_memory(s);
	if (CC_UNLIKELY(text.p[0] != '{') && rc == 0 &&
	    s->nest.deepest <= LIMIT_DEPTH && check_item(s, text) != 0)
		return NULL;
	return give_object(s, text, rc == 1, s->nest.deepest, s->item_start, p);
}

static const char *
step_in_item(struct split *s, const char *p)
{
	p = scan_nest_end(&s->nest, p, s->end);
	return p != NULL ? item_done(s, p) : s->end;
}

static const char *
step_in_text(struct split *s, const char *p)
{
	p = string_quote(s, p);
	return p != NULL ? item_done(s, p + 1) : s->end;
}

static const char *
step_in_word(struct split *s, const char *p)
{
	while (p < s->end && strchr(" \t\r\n,:\"[]{}", *p) == NULL)
		p++;
	return p < s->end ? item_done(s, p) : p;
}

static const char *
step_after(struct split *s, const char *p)
{
	p = spaces_end(p, s->end);
	if (p == s->end)
		return p;
	if (*p == ',') {
		s->state = AT_ITEM;
		return p + 1;
	}
	if (*p == ']')
		return objects_done(s, p);
	return fail_byte(s, p, "where ',' or ']' should be");
}

static int
run(struct split *s, const char *p)
{
	static split_step *const steps[STATE_COUNT] = {
		[AT_START] = step_start, [AT_DOCUMENT] = step_document,
		[IN_WRAPPER] = step_wrapper, [IN_STRING] = step_string,
		[IN_NESTED] = step_nested, [AT_FIRST] = step_item,
		[AT_ITEM] = step_item, [AFTER_ITEM] = step_after,
		[IN_ITEM] = step_in_item, [IN_TEXT] = step_in_text,
		[IN_WORD] = step_in_word
	};

	while (p < s->end) {
		p = steps[s->state](s, p);
		if (p == NULL)
			return s->result;
	}
	if (s->keeping == NULL)
		return 0;
	if (keep_take(s->keeping, s->end) != 0) {
		(void)fail_memory(s);
		return s->result;
	}
	/* Behind the objects nothing but the skeleton can follow. */
	if (s->doc.has_array && s->keeping == &s->skeleton &&
	    s->skeleton.n > LIMIT_SKELETON) {
		(void)fail_skeleton(s, skeleton_offset(&s->doc, LIMIT_SKELETON));
		return s->result;
	}
	return 0;
}

int
split_feed(struct split *s, const char *p, size_t n, struct err *e)
{
	int rc;

	s->e = e;
	if (s->state == STOPPED) {
		(void)err_set(e, ERR_INTERNAL,
		    "more input after the end of a feed that was stopped");
		return s->result;
	}
	if (n == 0)
		return 0;
	s->chunk = p;
	s->end = p + n;
	if (s->keeping != NULL)
		keep_resume(s->keeping, p);
	rc = run(s, p);
	s->before += n;
	s->chunk = s->end = NULL;
	s->e = NULL;
	if (rc != 0) {
		s->state = STOPPED;
		s->keeping = NULL;
	}
	return rc;
}

int
split_finish(struct split *s, struct err *e)
{
	enum split_state state = s->state;
	const char *where = "inside the wrapper of the objects";

	if (state == AT_DOCUMENT && s->documents > 0)
		return 0;
	s->state = STOPPED;
	if (state == STOPPED)
		return err_set(e, ERR_SYNTAX, "the input was not read to its end");
	s->result = -1;
	if (state <= AT_DOCUMENT)
		return err_set(e, ERR_SYNTAX,
		    "no JSON in %" PRIu64 " bytes of input", s->before);
	if (state >= IN_ITEM)
		return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64
		    " bytes, inside object %" PRIu64, s->before, s->objects + 1);
	if (state >= AT_FIRST)
		where = "among the objects";
	return err_set(e, ERR_SYNTAX, "truncated after %" PRIu64 " bytes, %s "
	    "(%" PRIu64 " objects read)", s->before, where, s->objects);
}

uint64_t
split_bytes(const struct split *s)
{
	return s->before;
}

uint64_t
split_objects(const struct split *s)
{
	return s->objects;
}
