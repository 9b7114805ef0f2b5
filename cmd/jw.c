/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/jw.h"

#include "base/limits.h"
#include "base/tstamp.h"
#include "base/utf8.h"

#define JW_FLUSH KIB(256)
#define JW_LINE MIB(64) /* more than any record can make */

void
jw_open(struct jw *j, FILE *file)
{
	j->file = file;
	j->comma = false;
	buf_init(&j->out, JW_LINE);
}

static void
jw_write(struct jw *j)
{
	if (j->out.n > 0)
		fwrite(j->out.p, 1, j->out.n, j->file);
	j->out.n = 0;
}

void
jw_flush(struct jw *j)
{
	jw_write(j);
	fflush(j->file);
}

int
jw_close(struct jw *j)
{
	bool ok = buf_ok(&j->out);

	jw_write(j);
	buf_free(&j->out);
	return ok && !ferror(j->file) ? 0 : -1;
}

static void
jw_sep(struct jw *j)
{
	if (j->comma)
		buf_char(&j->out, ',');
	j->comma = true;
}

void
jw_begin(struct jw *j, char bracket)
{
	jw_sep(j);
	buf_char(&j->out, bracket);
	j->comma = false;
}

void
jw_end(struct jw *j, char bracket)
{
	buf_char(&j->out, bracket);
	j->comma = true;
}

void
jw_line(struct jw *j)
{
	buf_char(&j->out, '\n');
	j->comma = false;
	if (j->out.n >= JW_FLUSH)
		jw_write(j);
}

static bool
jw_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* One character that is not plain ASCII; returns the bytes it took. */
static size_t
jw_escape(struct buf *b, const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;
	size_t len;

	if (c == '"' || c == '\\') {
		buf_char(b, '\\');
		buf_char(b, (char)c);
	} else if (c < 0x20 || c == 0x7f) {
		buf_printf(b, "\\u%04x", c);
	} else {
		len = utf8_len(p, n);
		if (len > 0) {
			buf_add(b, p, len);
			return len;
		}
		buf_str(b, "\xef\xbf\xbd");
	}
	return 1;
}

void
jw_text(struct jw *j, const char *p, size_t n)
{
	struct buf *b = &j->out;
	size_t i = 0, start;

	jw_sep(j);
	buf_char(b, '"');
	while (i < n) {
		for (start = i; i < n && jw_plain((unsigned char)p[i]); i++)
			;
		buf_add(b, p + start, i - start);
		if (i < n)
			i += jw_escape(b, p + i, n - i);
	}
	buf_char(b, '"');
}

void
jw_key(struct jw *j, const char *key)
{
	jw_sep(j);
	buf_char(&j->out, '"');
	buf_str(&j->out, key);
	buf_str(&j->out, "\":");
	j->comma = false;
}

void
jw_number(struct jw *j, int64_t n)
{
	jw_sep(j);
	buf_printf(&j->out, "%lld", (long long)n);
}

void
jw_bool(struct jw *j, bool b)
{
	jw_sep(j);
	buf_str(&j->out, b ? "true" : "false");
}

void
jw_null(struct jw *j)
{
	jw_sep(j);
	buf_str(&j->out, "null");
}

void
jw_raw(struct jw *j, struct slice json)
{
	jw_sep(j);
	buf_slice(&j->out, json);
}

void
jw_time(struct jw *j, int64_t t)
{
	char text[TSTAMP_TEXT_MAX];

	if (t == TW_TIME_NONE || t == TW_TIME_NEVER)
		jw_null(j);
	else
		jw_text(j, text, tstamp_format(t, -1, text));
}

void
jw_kstr(struct jw *j, const char *key, struct tw_str s)
{
	jw_key(j, key);
	if (s.p == NULL)
		jw_null(j);
	else
		jw_text(j, s.p, s.n);
}

void
jw_kopt(struct jw *j, const char *key, struct tw_str s)
{
	jw_kstr(j, key, s.n != 0 ? s : (struct tw_str){NULL, 0});
}

void
jw_kz(struct jw *j, const char *key, const char *z)
{
	jw_kstr(j, key, (struct tw_str){z, z != NULL ? strlen(z) : 0});
}

void
jw_knum(struct jw *j, const char *key, uint64_t n)
{
	jw_key(j, key);
	jw_sep(j);
	buf_printf(&j->out, "%llu", (unsigned long long)n);
}

void
jw_kbool(struct jw *j, const char *key, bool b)
{
	jw_key(j, key);
	jw_bool(j, b);
}

void
jw_ktime(struct jw *j, const char *key, int64_t t)
{
	jw_key(j, key);
	jw_time(j, t);
}
