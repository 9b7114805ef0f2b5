/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/record_words.h"

#define WORD(lit) {(lit), sizeof(lit) - 1}
#define LOCKHEED(phase) WORD("lockheed-martin-cyber-kill-chain\0" phase)
#define ATTACK(phase) WORD("mitre-attack\0" phase)

static const struct slice types[] = {
	WORD("anomalous-activity"), WORD("anonymization"), WORD("attribution"),
	WORD("benign"), WORD("compromised"), WORD("malicious-activity"),
	WORD("unknown"),
};

static const struct slice phases[] = {
	LOCKHEED("reconnaissance"), LOCKHEED("weaponization"),
	LOCKHEED("delivery"), LOCKHEED("exploitation"),
	LOCKHEED("installation"), LOCKHEED("command-and-control"),
	LOCKHEED("actions-on-objectives"),
	ATTACK("reconnaissance"), ATTACK("resource-development"),
	ATTACK("initial-access"), ATTACK("execution"), ATTACK("persistence"),
	ATTACK("privilege-escalation"), ATTACK("defense-evasion"),
	ATTACK("credential-access"), ATTACK("discovery"),
	ATTACK("lateral-movement"), ATTACK("collection"),
	ATTACK("command-and-control"), ATTACK("exfiltration"),
	ATTACK("impact"),
};

static const struct slice relationships[] = {
	WORD("indicates"), WORD("based-on"), WORD("uses"), WORD("targets"),
	WORD("attributed-to"), WORD("related-to"), WORD("derived-from"),
	WORD("duplicate-of"), WORD("mitigates"), WORD("subtechnique-of"),
	WORD("variant-of"), WORD("communicates-with"), WORD("consists-of"),
	WORD("controls"), WORD("delivers"), WORD("downloads"), WORD("drops"),
	WORD("exploits"), WORD("has"), WORD("hosts"), WORD("owns"),
	WORD("beacons-to"), WORD("exfiltrates-to"), WORD("impersonates"),
	WORD("located-at"), WORD("originates-from"), WORD("compromises"),
	WORD("characterizes"), WORD("detects"),
};

/* The key of a marking definition: its type's code, then the UUID. */
#define MARKING(uuid) WORD("\x40" uuid)

static const struct slice markings[] = {
	/* TLP 1.0: white, green, amber, red */
	MARKING("\x61\x3f\x2e\x26\x40\x7d\x48\xc7"
	    "\x9e\xca\xb8\xe9\x1d\xf9\x9d\xc9"),
	MARKING("\x34\x09\x8f\xce\x86\x0f\x48\xae"
	    "\x8e\x50\xeb\xd3\xcc\x5e\x41\xda"),
	MARKING("\xf8\x8d\x31\xf6\x48\x6f\x44\xda"
	    "\xb3\x17\x01\x33\x3b\xde\x0b\x82"),
	MARKING("\x5e\x57\xc7\x39\x39\x1a\x4e\xb3"
	    "\xb6\xbe\x7d\x15\xca\x92\xd5\xed"),
	/* TLP 2.0: clear, green, amber, amber+strict, red */
	MARKING("\x94\x86\x8c\x89\x83\xc2\x46\x4b"
	    "\x92\x9b\xa1\xa8\xaa\x3c\x84\x87"),
	MARKING("\xba\xb4\xa6\x3c\xae\xd9\x4c\xf5"
	    "\xa7\x66\xdf\xca\x5a\xba\xc2\xbb"),
	MARKING("\x55\xd9\x20\xb0\x5e\x8b\x4f\x79"
	    "\x9e\xe9\x91\xf8\x68\xd9\xb4\x21"),
	MARKING("\x93\x9a\x94\x14\x2d\xdd\x4d\x32"
	    "\xa0\xcd\x37\x5e\xa4\x02\xb0\x03"),
	MARKING("\xe8\x28\xb3\x79\x4e\x03\x49\x74"
	    "\x9a\xc4\xe5\x3a\x88\x4c\x97\xc1"),
	/* OpenCTI's amber+strict */
	MARKING("\x82\x65\x78\xe1\x40\xad\x45\x9f"
	    "\xbc\x73\xed\xe0\x76\xf8\x1f\x37"),
};

static const struct slice *
words_of(enum object_tag tag, size_t *n)
{
	switch (tag) {
	case TAG_INDICATOR_TYPE:
		*n = ARRAY_LEN(types);
		return types;
	case TAG_PHASE:
		*n = ARRAY_LEN(phases);
		return phases;
	case TAG_REL_TYPE:
		*n = ARRAY_LEN(relationships);
		return relationships;
	case TAG_MARKING:
		*n = ARRAY_LEN(markings);
		return markings;
	default:
		*n = 0;
		return NULL;
	}
}

int
record_word(enum object_tag tag, struct slice bytes)
{
	size_t n, i;
	const struct slice *words = words_of(tag, &n);

	for (i = 0; i < n; i++)
		if (words[i].n == bytes.n && words[i].p[0] == bytes.p[0] &&
		    slice_eq(words[i], bytes))
			return (int)i;
	return -1;
}

struct slice
record_word_bytes(enum object_tag tag, unsigned number)
{
	size_t n;
	const struct slice *words = words_of(tag, &n);

	return number < n ? words[number] : SLICE_NONE;
}
