/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Cut at a sequence's border, then make it fit for a terminal. */
static void
text_finish(char *text, size_t room, int wrote)
{
	size_t n = wrote < 0 ? 0 : (size_t)wrote;

	if (n >= room) {
		size_t i;

		n = room - 1;
		/* The last sequence may have lost its tail. */
		for (i = n; i > 0 && n - i < 3; i--) {
			if (((unsigned char)text[i - 1] & 0xc0) != 0x80)
				break;
		}
		if (i > 0 && utf8_len(text + i - 1, n - i + 1) != n - i + 1)
			n = i - 1;
	}
	text[n] = '\0';
	utf8_clean(text, n);
}

int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (e == NULL || e->code != ERR_NONE)
		return -1;
	e->code = code != ERR_NONE ? code : ERR_INTERNAL;
	e->sys = 0;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	text_finish(e->text, sizeof(e->text), n);
	return -1;
}

/* strerror() is not thread-safe, and the GNU strerror_r() may or may not use
 * the buffer: it returns the text. */
static void
append_strerror(struct err *e, int errnum)
{
	char why[128];
	size_t used = strlen(e->text);
	size_t room = sizeof(e->text) - used;
	int n;

	n = snprintf(e->text + used, room, ": %s",
	    strerror_r(errnum, why, sizeof(why)));
	text_finish(e->text + used, room, n);
}

int
err_sys(struct err *e, int code, int errnum, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (e == NULL || e->code != ERR_NONE)
		return -1;
	e->code = code != ERR_NONE ? code : ERR_INTERNAL;
	e->sys = errnum;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	text_finish(e->text, sizeof(e->text), n);
	append_strerror(e, errnum);
	return -1;
}

int
err_context(struct err *e, const char *fmt, ...)
{
	char joined[ERR_TEXT_MAX];
	size_t used;
	va_list ap;
	int n;

	if (e == NULL || e->code == ERR_NONE)
		return -1;
	va_start(ap, fmt);
	n = vsnprintf(joined, sizeof(joined), fmt, ap);
	va_end(ap);
	text_finish(joined, sizeof(joined), n);
	used = strlen(joined);
	n = snprintf(joined + used, sizeof(joined) - used, ": %s", e->text);
	text_finish(joined + used, sizeof(joined) - used, n);
	memcpy(e->text, joined, sizeof(e->text));
	return -1;
}

void
err_clear(struct err *e)
{
	if (e == NULL)
		return;
	e->code = ERR_NONE;
	e->sys = 0;
	e->text[0] = '\0';
}

const char *
err_name(int code)
{
	switch (code) {
	case ERR_NONE: return "none";
	case ERR_USAGE: return "usage";
	case ERR_CONFIG: return "configuration";
	case ERR_MEMORY: return "memory";
	case ERR_IO: return "io";
	case ERR_NET: return "network";
	case ERR_TLS: return "tls";
	case ERR_AUTH: return "authentication";
	case ERR_MOVED: return "moved";
	case ERR_HTTP: return "http";
	case ERR_PROTO: return "protocol";
	case ERR_SYNTAX: return "syntax";
	case ERR_LIMIT: return "limit";
	case ERR_STORE: return "store";
	case ERR_VERSION: return "version";
	case ERR_FULL: return "full";
	case ERR_BUSY: return "busy";
	case ERR_NOT_FOUND: return "not-found";
	case ERR_INTERNAL: return "internal";
	default: return "unknown";
	}
}
