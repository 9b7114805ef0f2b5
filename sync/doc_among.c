/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/doc_among.h"

#include <string.h>

#include "base/cc.h"
#include "base/slice.h"

bool
among_named(const char *name)
{
	static const char *const packed[] = {".gz", ".bz2", ".xz", ".zst",
	    ".zip", ".tar", ".tgz"};
	static const char *const tails[] = {".json", ".jsonl", ".ndjson",
	    ".stix", ".stix2", ".stix20", ".stix21"};
	/* What is nothing but a suffix has none. */
	struct slice s = slice_str(name[0] != '\0' ? name + 1 : name);

	for (size_t i = 0; i < ARRAY_LEN(packed); i++)
		if (slice_ends_nocase(s, packed[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++)
		if (slice_ends_nocase(s, tails[i]))
			return true;
	return false;
}

static size_t
blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' ||
	    p[i] == '\n'))
		i++;
	return i;
}

enum among
among_begins(const char *p, size_t n)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t i = n < 3 ? n : 3;

	if (n == 0 || memcmp(p, mark, i) != 0)
		i = 0;
	else if (i < 3)
		return AMONG_UNDECIDED;
	i += blanks(p + i, n - i);
	if (i == n)
		return AMONG_UNDECIDED;
	if (p[i] != '[')
		return p[i] == '{' ? AMONG_DOCUMENT : AMONG_OTHER;
	i++;
	i += blanks(p + i, n - i);
	if (i == n)
		return AMONG_UNDECIDED;
	return p[i] == '{' || p[i] == ']' ? AMONG_DOCUMENT : AMONG_OTHER;
}
