/* SPDX-License-Identifier: BSD-2-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "store/allow_text.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/limits.h"

#define BUCKETS 65536u
#define HEAP_KIB 1024u /* of one match */

struct substring {
	uint64_t types, digest;
	uint32_t next;       /* in its bucket, + 1; 0: none */
	uint16_t list, n;
	char *text;          /* lower case */
};

struct regex {
	uint64_t types, digest;
	uint16_t list;
	pcre2_code *code;
};

struct allow_text {
	struct substring *sub;
	uint32_t nsub;
	size_t capsub;
	uint32_t *bucket;    /* BUCKETS, by the first three bytes */
	struct regex *re;
	uint32_t nre;
	size_t capre;
	pcre2_match_context *ctx;
	pcre2_match_data *data;
	uint64_t types;
};

struct allow_text *
allow_text_new(void)
{
	struct allow_text *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->bucket = calloc(BUCKETS, sizeof(*t->bucket));
	t->ctx = pcre2_match_context_create(NULL);
	t->data = pcre2_match_data_create(1, NULL);
	if (t->bucket == NULL || t->ctx == NULL || t->data == NULL) {
		allow_text_free(t);
		return NULL;
	}
	pcre2_set_match_limit(t->ctx, LIMIT_ALLOW_MATCH);
	pcre2_set_heap_limit(t->ctx, HEAP_KIB);
	return t;
}

void
allow_text_free(struct allow_text *t)
{
	uint32_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->nsub; i++)
		free(t->sub[i].text);
	for (i = 0; i < t->nre; i++)
		pcre2_code_free(t->re[i].code);
	pcre2_match_data_free(t->data);
	pcre2_match_context_free(t->ctx);
	free(t->bucket);
	free(t->sub);
	free(t->re);
	free(t);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static uint32_t
bucket_of(const char *p)
{
	uint32_t h = (uint32_t)(uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 |
	    (uint32_t)(uint8_t)p[2] << 16;

	return h * 2654435761u >> 16;
}

/* Room for one more of these. */
static int
add_substring(struct allow_text *t, uint16_t list, uint64_t digest,
    const struct allow_pattern *p, struct err *e)
{
	struct substring *s;
	uint32_t at;
	size_t i;

	if (p->text.n < ALLOW_SUBSTRING_MIN)
		return err_set(e, ERR_SYNTAX, "a substring of %zu bytes is in "
		    "too many values", p->text.n);
	if (t->nsub == LIMIT_ALLOW_SUBSTRINGS)
		return err_set(e, ERR_LIMIT, "more than %u substrings",
		    LIMIT_ALLOW_SUBSTRINGS);
	if (t->nsub == t->capsub) {
		s = grow(t->sub, &t->capsub, sizeof(*s));
		if (s == NULL)
			return err_set(e, ERR_MEMORY, "no memory for a "
			    "substring");
		t->sub = s;
	}
	s = &t->sub[t->nsub];
	s->text = malloc(p->text.n);
	if (s->text == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a substring");
	for (i = 0; i < p->text.n; i++)
		s->text[i] = lower(p->text.p[i]);
	s->n = (uint16_t)p->text.n;
	s->list = list;
	s->digest = digest;
	s->types = p->types;
	at = bucket_of(s->text);
	s->next = t->bucket[at];
	t->bucket[at] = ++t->nsub;
	return 0;
}

static int
add_regex(struct allow_text *t, uint16_t list, uint64_t digest,
    const struct allow_pattern *p, struct err *e)
{
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	struct regex *r;
	int code;

	if (t->nre == LIMIT_ALLOW_REGEXES)
		return err_set(e, ERR_LIMIT, "more than %u regular "
		    "expressions", LIMIT_ALLOW_REGEXES);
	if (t->nre == t->capre) {
		r = grow(t->re, &t->capre, sizeof(*r));
		if (r == NULL)
			return err_set(e, ERR_MEMORY, "no memory for an "
			    "expression");
		t->re = r;
	}
	r = &t->re[t->nre];
	*r = (struct regex){.types = p->types, .list = list,
	    .digest = digest};
	r->code = pcre2_compile((PCRE2_SPTR)p->text.p, p->text.n,
	    PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C |
	    (p->caseless ? PCRE2_CASELESS : 0u), &code, &at, NULL);
	if (r->code == NULL) {
		if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
			why[0] = '\0';
		return err_set(e, ERR_SYNTAX, "'%.*s' is no regular "
		    "expression: %s, at byte %zu", (int)p->text.n, p->text.p,
		    (char *)why, (size_t)at);
	}
	t->nre++;
	return 0;
}

int
allow_text_add(struct allow_text *t, uint16_t list, uint64_t digest,
    const struct allow_pattern *p, struct err *e)
{
	if (p->text.n == 0 || p->text.n > LIMIT_ALLOW_PATTERN)
		return err_set(e, ERR_SYNTAX, "a pattern of %zu bytes, not of "
		    "1 to %u", p->text.n, LIMIT_ALLOW_PATTERN);
	if ((p->regex ? add_regex(t, list, digest, p, e) :
	    add_substring(t, list, digest, p, e)) != 0)
		return -1;
	t->types |= p->types;
	return 0;
}

uint64_t
allow_text_types(const struct allow_text *t)
{
	return t->types;
}

struct hits {
	struct allow_text_hit *v;
	unsigned n, max;
};

/* Each once: a substring may be met several times. */
static void
hit(struct hits *h, uint16_t list, uint64_t digest)
{
	unsigned i;

	for (i = 0; i < h->n; i++)
		if (h->v[i].list == list && h->v[i].digest == digest)
			return;
	if (h->n < h->max)
		h->v[h->n++] = (struct allow_text_hit){list, digest};
}

static void
match_substrings(const struct allow_text *t, uint64_t bit, const char *p,
    size_t n, struct hits *h)
{
	const struct substring *s;
	uint32_t at;
	size_t i;

	for (i = 0; i + ALLOW_SUBSTRING_MIN <= n; i++) {
		for (at = t->bucket[bucket_of(p + i)]; at != 0; at = s->next) {
			s = &t->sub[at - 1];
			if ((s->types & bit) != 0 && s->n <= n - i &&
			    memcmp(s->text, p + i, s->n) == 0)
				hit(h, s->list, s->digest);
		}
	}
}

unsigned
allow_text_match(const struct allow_text *t, uint8_t type, struct slice text,
    struct allow_text_hit *hits, unsigned max)
{
	uint64_t bit = type < 64 ? UINT64_C(1) << type : 0;
	struct hits h = {.v = hits, .max = max};
	char small[LIMIT_VALUE];
	size_t i, n;
	uint32_t k;

	if ((t->types & bit) == 0)
		return 0;
	if (t->nsub != 0) {
		n = text.n < sizeof(small) ? text.n : sizeof(small);
		for (i = 0; i < n; i++)
			small[i] = lower(text.p[i]);
		match_substrings(t, bit, small, n, &h);
	}
	for (k = 0; k < t->nre; k++) {
		if ((t->re[k].types & bit) != 0 &&
		    pcre2_match(t->re[k].code, (PCRE2_SPTR)text.p, text.n, 0,
		    0, t->data, t->ctx) >= 0)
			hit(&h, t->re[k].list, t->re[k].digest);
	}
	return h.n;
}
