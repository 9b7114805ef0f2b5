/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/utf8.h"

/* Decimal digits up to a space or the end, which are taken too. */
static int
take_number(struct slice *s, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s->n && s->p[i] != ' '; i++) {
		if (s->p[i] < '0' || s->p[i] > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s->p[i] - '0'), &v))
			return -1;
	}
	if (i == 0)
		return -1;
	*out = v;
	i += i < s->n;
	s->p += i;
	s->n -= i;
	return 0;
}

int
report_parse(struct slice line, struct report *out)
{
	uint64_t n;

	if (line.n < 2 || line.n > REPORT_LINE || line.p[1] != ' ')
		return -1;
	*out = (struct report){.kind = (enum report_kind)line.p[0],
	    .text = {line.p + 2, line.n - 2}};
	switch (line.p[0]) {
	case REPORT_TEXT:
	case REPORT_JSON:
	case REPORT_LOG:
		return 0;
	case REPORT_COMMIT:
		return take_number(&out->text, &out->ns) != 0 ||
		    out->text.n != 0 || out->ns > INT64_MAX ? -1 : 0;
	case REPORT_COUNT:
		return take_number(&out->text, &out->active) != 0 ||
		    take_number(&out->text, &out->suppressed) != 0 ||
		    out->text.n != 0 ? -1 : 0;
	case REPORT_END:
		if (take_number(&out->text, &n) != 0 || n > 255)
			return -1;
		out->number = (int)n;
		if (take_number(&out->text, &n) != 0 || n > ERR_INTERNAL)
			return -1;
		out->code = (int)n;
		return 0;
	case REPORT_PROGRESS:
		return take_number(&out->text, &out->pages) != 0 ||
		    take_number(&out->text, &out->bytes) != 0 ||
		    take_number(&out->text, &out->objects) != 0 ||
		    take_number(&out->text, &out->committing) != 0 ||
		    out->text.n != 0 || out->committing > 1 ? -1 : 0;
	default:
		return -1;
	}
}

void
report_send(int fd, const char *fmt, ...)
{
	char line[REPORT_LINE + 1];
	size_t n, done;
	ssize_t w;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (len <= 0)
		return;
	n = (size_t)len < sizeof(line) - 2 ? (size_t)len : sizeof(line) - 2;
	line[n] = '\0';
	utf8_clean(line, n);
	n = strlen(line);
	line[n++] = '\n';
	for (done = 0; done < n; done += (size_t)w) {
		w = send(fd, line + done, n - done, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR)
			w = 0;
		if (w < 0)
			return;
	}
}
