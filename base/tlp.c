/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/tlp.h"

#include "base/cc.h"

static const char *const tlp_names[] = {
	[TLP_UNKNOWN] = NULL,
	[TLP_CLEAR] = "clear",
	[TLP_GREEN] = "green",
	[TLP_AMBER] = "amber",
	[TLP_AMBER_STRICT] = "amber+strict",
	[TLP_RED] = "red"
};

const char *
tlp_name(int tlp)
{
	if (tlp < 0 || (size_t)tlp >= ARRAY_LEN(tlp_names))
		return NULL;
	return tlp_names[tlp];
}

enum tlp
tlp_parse(struct slice text)
{
	static const struct {
		const char *word;
		enum tlp tlp;
	} words[] = {
		{"clear", TLP_CLEAR}, {"white", TLP_CLEAR},
		{"green", TLP_GREEN}, {"amber", TLP_AMBER},
		{"amberstrict", TLP_AMBER_STRICT}, {"red", TLP_RED}
	};
	char letters[16]; /* longer than "tlpamberstrict" */
	size_t i, n = 0;
	struct slice s;

	/* Feeds differ in case and in what stands between the words. */
	for (i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c | 0x20);
		if (c >= 'a' && c <= 'z') {
			if (n == sizeof(letters))
				return TLP_UNKNOWN;
			letters[n++] = (char)c;
		} else if (memchr(":+-_ ", c, 5) == NULL) {
			return TLP_UNKNOWN;
		}
	}
	s = (struct slice){letters, n};
	if (slice_starts(s, SLICE("tlp")))
		s = (struct slice){letters + 3, n - 3};
	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (slice_is(s, words[i].word))
			return words[i].tlp;
	}
	return TLP_UNKNOWN;
}
