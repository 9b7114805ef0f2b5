/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/clean.h"

#include <string.h>

#include "base/utf8.h"

void
print_clean(FILE *out, const char *p, size_t n)
{
	char text[512];
	size_t part;

	while (n > 0) {
		part = utf8_cut((struct slice){p, n}, sizeof(text));
		if (part == 0)
			part = n < sizeof(text) ? n : sizeof(text);
		memcpy(text, p, part);
		utf8_clean(text, part);
		fwrite(text, 1, part, out);
		p += part;
		n -= part;
	}
}
