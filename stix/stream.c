/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "stix/scan_block.h"

void
stream_reset(struct stream *s)
{
	s->result = 0;
	s->before = 0;
	s->keeping = NULL;
	s->mark = 0;
}

void
stream_enter(struct stream *s, const char *p, size_t n, struct err *e)
{
	s->e = e;
	s->chunk = p;
	s->end = p + n;
	if (s->keeping != NULL)
		keep_resume(s->keeping, p);
}

void
stream_leave(struct stream *s)
{
	s->before += (uint64_t)(s->end - s->chunk);
	s->chunk = s->end = NULL;
	s->e = NULL;
}

int
stream_stopped(const struct stream *s, struct err *e)
{
	(void)err_set(e, ERR_INTERNAL,
	    "more input after the end of a feed that was stopped");
	return s->result;
}

uint64_t
stream_offset(const struct stream *s, const char *p)
{
	return s->before + (uint64_t)(p - s->chunk);
}

const char *
stream_fail(struct stream *s, int code, uint64_t offset, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	s->result = err_set(s->e, code, "offset %" PRIu64 ": %s", offset, what);
	return NULL;
}

const char *
stream_fail_byte(struct stream *s, const char *p, const char *what)
{
	return stream_fail(s, ERR_SYNTAX, stream_offset(s, p),
	    "'%c' (0x%02x) %s", *p, (unsigned char)*p, what);
}

const char *
stream_fail_memory(struct stream *s)
{
	s->result = err_set(s->e, ERR_MEMORY,
	    "no memory left for the JSON at offset %" PRIu64, s->before);
	return NULL;
}

const char *
stream_go_on(struct stream *s, int rc, const char *p)
{
	s->result = rc;
	return rc == 0 ? p : NULL;
}

const char *
stream_mark(struct stream *s, const char *p, bool *over)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (*p == mark[s->mark]) {
		*over = ++s->mark == sizeof(mark) - 1;
		return p + 1;
	}
	if (s->mark != 0)
		return stream_fail_byte(s, p, "inside a byte order mark");
	*over = true;
	return p;
}

const char *
stream_spaces(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

const char *
stream_quote(struct stream *s, const char *p)
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
