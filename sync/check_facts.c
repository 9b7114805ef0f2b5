/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts as JSON, by one table. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "base/tstamp.h"
#include "base/utf8.h"
#include "sync/check.h"

enum kind { TEXT, NUMBER, TIME, FLAG };

#define ROW(kind, member) {#member, kind, offsetof(struct check_facts, member), \
	sizeof(((struct check_facts *)0)->member)}

static const struct row {
	const char *name;
	enum kind kind;
	size_t at, size;
} rows[] = {
	ROW(TEXT, url), ROW(FLAG, taxii), ROW(FLAG, file), ROW(TIME, now),
	ROW(NUMBER, failed), ROW(TEXT, error), ROW(NUMBER, status),
	ROW(TEXT, address), ROW(NUMBER, port), ROW(NUMBER, resolve),
	ROW(NUMBER, connect), ROW(NUMBER, handshake), ROW(FLAG, proxy),
	ROW(FLAG, https), ROW(TEXT, tls), ROW(TEXT, subject),
	ROW(TEXT, issuer), ROW(NUMBER, chain), ROW(TIME, not_after),
	ROW(TEXT, auth), ROW(FLAG, certificate), ROW(TEXT, schemes),
	ROW(TEXT, version), ROW(TEXT, collection), ROW(TEXT, title),
	ROW(FLAG, readable), ROW(FLAG, writable), ROW(FLAG, full),
	ROW(NUMBER, objects), ROW(NUMBER, rejected), ROW(FLAG, more),
	ROW(FLAG, newest_first), ROW(FLAG, ignored), ROW(NUMBER, paging),
	ROW(TIME, newest), ROW(FLAG, within), ROW(FLAG, beyond), ROW(TIME, bound),
	ROW(FLAG, stated),
	ROW(TIME, skew),
};

void
check_facts_init(struct check_facts *f)
{
	*f = (struct check_facts){
		.failed = CHECK_STEPS,
		.not_after = TSTAMP_NONE, .newest = TSTAMP_NONE,
		.skew = TSTAMP_NONE, .bound = TSTAMP_NONE, .readable = true,
	};
}

static json_t *
value_of(const struct row *r, const char *p)
{
	char clean[ERR_TEXT_MAX];
	int64_t n;

	switch (r->kind) {
	case TEXT: /* it may come from a server, in any bytes */
		snprintf(clean, sizeof(clean), "%s", p);
		utf8_clean(clean, strlen(clean));
		return json_string(clean);
	case FLAG:
		return json_boolean(*(const bool *)p);
	case NUMBER:
	case TIME:
		memcpy(&n, p, sizeof(n));
		return r->kind == TIME && n == TSTAMP_NONE ? json_null() :
		    json_integer(n);
	}
	return NULL;
}

json_t *
check_facts_json(const struct check_facts *f)
{
	json_t *o = json_object();

	for (size_t i = 0; o != NULL && i < ARRAY_LEN(rows); i++) {
		if (json_object_set_new(o, rows[i].name, value_of(&rows[i],
		    (const char *)f + rows[i].at)) != 0) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

void
check_facts_read(const json_t *o, struct check_facts *f)
{
	check_facts_init(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *v = json_object_get(o, rows[i].name);
		char *p = (char *)f + rows[i].at;
		int64_t n;

		if (rows[i].kind == TEXT) {
			if (!json_is_string(v))
				continue;
			snprintf(p, rows[i].size, "%s", json_string_value(v));
			utf8_clean(p, strlen(p));
		} else if (rows[i].kind == FLAG) {
			*(bool *)p = json_is_true(v);
		} else if (json_is_integer(v)) {
			n = json_integer_value(v);
			/* So that differences of times do not overflow. */
			if (n > INT64_MAX / 4 || n < INT64_MIN / 4)
				continue;
			memcpy(p, &n, sizeof(n));
		}
	}
	if (f->failed < 0 || f->failed > CHECK_STEPS)
		f->failed = CHECK_STEPS;
	if (f->paging < 0 || f->paging >= PAGINGS)
		f->paging = PAGING_UNKNOWN;
}
