/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an unknown feed: something is said about it, in bounded memory,
 * and what is proposed are options that a feed can have.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/feed_options.h"
#include "sync/sniff.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool
known_setting(struct slice s)
{
	const char *equals = memchr(s.p, '=', s.n);
	char name[64];

	if (equals == NULL || (size_t)(equals - s.p) >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(equals - s.p), s.p);
	return strcmp(name, "kind") == 0 || opt_named(feed_table, name) != NULL;
}

static void
look(const uint8_t *p, size_t n, bool whole, struct slice path)
{
	struct err e = ERR_INIT;
	struct arena a;
	struct sniff s;

	arena_init(&a, LIMIT_SNIFF_MEMORY);
	if (sniff((struct slice){(const char *)p, n}, whole, path, &a, &s,
	    &e) != 0)
		abort();
	if (s.what[0] == '\0' || s.nsettings > LIMIT_SNIFF_SETTINGS ||
	    s.place >= SNIFF_PLACES)
		abort();
	for (size_t i = 0; i < s.nsettings; i++)
		if (!known_setting(s.settings[i]))
			abort();
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	/* A NUL behind it, as behind the bytes of a buf: what looks into
	 * regexec() for AddressSanitizer takes any text for a string, also with
	 * REG_STARTEND. */
	uint8_t *text = malloc(n + 1);

	if (text == NULL)
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	look(text, n, true, SLICE_NONE);
	look(text, n, false, SLICE("/api/collections/c/objects/"));
	free(text);
	return 0;
}
