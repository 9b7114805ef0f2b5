/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/srv.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/value.h"

#define HEAD 12        /* bytes of a message's header */
#define TYPE_CNAME 5
#define TYPE_SRV 33
#define CLASS_IN 1
#define RCODE_NAME 3   /* no such name */

/* A name without compression, in lower case. */
struct wire {
	uint8_t p[SRV_WIRE_MAX];
	size_t n;
};

struct reader {
	const uint8_t *p;
	size_t n, at; /* at <= n */
};

static bool
read_u16(struct reader *r, uint16_t *out)
{
	if (r->n - r->at < 2)
		return false;
	*out = (uint16_t)(r->p[r->at] << 8 | r->p[r->at + 1]);
	r->at += 2;
	return true;
}

static bool
skip(struct reader *r, size_t n)
{
	if (r->n - r->at < n)
		return false;
	r->at += n;
	return true;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Pointers lead back only, and only so often: every name has an end. */
static bool
read_name(struct reader *r, struct wire *out)
{
	size_t at = r->at, behind = 0, len, to;
	unsigned pointers = 0;

	out->n = 0;
	do {
		if (at >= r->n)
			return false;
		len = r->p[at];
		if (len >= 0xc0) {
			if (at + 1 >= r->n || pointers == LIMIT_DNS_POINTERS)
				return false;
			to = (len & 0x3f) << 8 | r->p[at + 1];
			if (to >= at)
				return false;
			if (pointers++ == 0)
				behind = at + 2;
			at = to;
			continue;
		}
		if (len > 63 || len >= r->n - at ||
		    len >= SRV_WIRE_MAX - out->n)
			return false;
		/* A length is below 'A'. */
		for (size_t i = 0; i <= len; i++)
			out->p[out->n++] = lower(r->p[at + i]);
		at += len + 1;
	} while (len != 0);
	r->at = pointers > 0 ? behind : at;
	return true;
}

/* Of our own text; false where it is no name. */
static bool
wire_of(const char *text, struct wire *out)
{
	const char *dot;
	size_t len;

	out->n = 0;
	for (;; text += len + 1) {
		dot = strchr(text, '.');
		len = dot != NULL ? (size_t)(dot - text) : strlen(text);
		/* The root label needs its byte, too. */
		if (len == 0 || len > 63 || len + 2 > SRV_WIRE_MAX - out->n)
			return false;
		out->p[out->n++] = (uint8_t)len;
		for (size_t i = 0; i < len; i++)
			out->p[out->n++] = lower((uint8_t)text[i]);
		if (dot == NULL)
			break;
	}
	out->p[out->n++] = 0;
	return true;
}

static bool
same(const struct wire *a, const struct wire *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

/* The text of a host's name; false where it could be none. */
static bool
host_of(const struct wire *name, char out[SRV_HOST_MAX])
{
	struct value v = {.type = VALUE_DOMAIN, .keylen = (uint16_t)name->n,
	    .key = name->p};
	struct buf text;
	bool good;

	buf_init(&text, SRV_HOST_MAX);
	good = value_print(&v, &text) == 0 && text.n < SRV_HOST_MAX;
	if (good)
		memcpy(out, text.p, text.n + 1);
	buf_free(&text);
	return good;
}

/* --- records -------------------------------------------------------------- */

struct answer {
	struct reader r;
	struct wire name;  /* whose records are looked for */
	struct srv_list *out;
	bool root;         /* a target was the root */
};

/* Each returns what is wrong, or NULL. */

static const char *
read_srv(struct answer *a)
{
	struct srv_target t = {0};
	struct wire name;

	if (!read_u16(&a->r, &t.priority) || !read_u16(&a->r, &t.weight) ||
	    !read_u16(&a->r, &t.port) || !read_name(&a->r, &name))
		return "an SRV record is cut off";
	if (name.n == 1) {
		a->root = true;
		return NULL;
	}
	if (!host_of(&name, t.host))
		return "the target of an SRV record is not a host's name";
	if (t.port == 0)
		return "an SRV record names port 0";
	if (a->out->n == LIMIT_SRV)
		return "too many SRV records";
	a->out->at[a->out->n++] = t;
	return NULL;
}

static const char *
read_record(struct answer *a)
{
	uint16_t type, class, len;
	const char *wrong = NULL;
	struct wire owner;
	size_t end;

	if (!read_name(&a->r, &owner) || !read_u16(&a->r, &type) ||
	    !read_u16(&a->r, &class) || !skip(&a->r, 4) ||
	    !read_u16(&a->r, &len) || a->r.n - a->r.at < len)
		return "a record is cut off";
	end = a->r.at + len;
	if (class != CLASS_IN || !same(&owner, &a->name)) {
		a->r.at = end;
		return NULL;
	}
	if (type == TYPE_SRV)
		wrong = read_srv(a);
	else if (type != TYPE_CNAME)
		a->r.at = end;
	else if (!read_name(&a->r, &a->name))
		wrong = "an alias is cut off";
	if (wrong == NULL && a->r.at != end)
		wrong = "a record is not as long as it says";
	return wrong;
}

static const char *
read_message(struct answer *a)
{
	uint16_t flags, questions, records, type, class;
	const char *wrong = NULL;
	struct wire asked;

	if (a->r.n < HEAD || !skip(&a->r, 2) || !read_u16(&a->r, &flags) ||
	    !read_u16(&a->r, &questions) || !read_u16(&a->r, &records) ||
	    !skip(&a->r, 4))
		return "it is shorter than a header";
	if ((flags & 0xf800) != 0x8000)
		return "it is no response to a query";
	if ((flags & 0x0200) != 0)
		return "it was cut off on the way";
	if ((flags & 0xf) != 0 && (flags & 0xf) != RCODE_NAME)
		return "it tells of a failure";
	if (questions != 1 || !read_name(&a->r, &asked) ||
	    !read_u16(&a->r, &type) || !read_u16(&a->r, &class) ||
	    type != TYPE_SRV || class != CLASS_IN || !same(&asked, &a->name))
		return "it answers another question";
	if (records > LIMIT_DNS_RECORDS)
		return "too many records";
	for (unsigned i = 0; i < records && wrong == NULL; i++)
		wrong = read_record(a);
	return wrong;
}

static int
compare(const void *x, const void *y)
{
	const struct srv_target *a = x, *b = y;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (strcmp(a->host, b->host) != 0)
		return strcmp(a->host, b->host);
	return (a->port > b->port) - (a->port < b->port);
}

int
srv_parse(struct slice message, const char *service, struct srv_list *out,
    struct err *e)
{
	struct answer a = {.out = out};
	const char *wrong;

	out->n = 0;
	out->refused = false;
	a.r = (struct reader){(const uint8_t *)message.p, message.n, 0};
	if (!wire_of(service, &a.name))
		return err_set(e, ERR_USAGE, "'%.300s' is not a name that DNS "
		    "can hold", service);
	wrong = message.n > LIMIT_DNS ? "it is too long" : read_message(&a);
	if (wrong != NULL) {
		out->n = 0;
		return err_set(e, ERR_PROTO, "the DNS's answer for %.300s is "
		    "not usable: %s", service, wrong);
	}
	out->refused = out->n == 0 && a.root;
	qsort(out->at, out->n, sizeof(out->at[0]), compare);
	return 0;
}

int
srv_domain(struct slice text, char out[SRV_HOST_MAX], struct err *e)
{
	struct value v = {.type = VALUE_NONE};
	struct wire name;
	struct arena a;
	bool good;

	arena_init(&a, KIB(64));
	good = text.n > 0 && value_normalise(&a, VALUE_DOMAIN, text, 0,
	    &v) == VALUE_OK && v.type == VALUE_DOMAIN &&
	    (v.flags & VALUE_SUFFIX) == 0 && v.keylen <= SRV_WIRE_MAX;
	if (good) {
		name.n = v.keylen;
		memcpy(name.p, v.key, v.keylen);
		good = host_of(&name, out);
	}
	arena_free(&a);
	if (!good)
		return err_set(e, ERR_USAGE, "'%.*s' is not a domain",
		    (int)(text.n < 300 ? text.n : 300), text.p);
	return 0;
}
