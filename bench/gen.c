/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A feed of any size, the same bytes every time.
 *
 *	bench/gen DIR COUNT PAGE [--revise N]
 *
 * writes COUNT indicators as TAXII envelopes of PAGE objects into DIR/000000.json
 * and so on, each with `more` and `next` (the number of the next file).  The mix:
 * 40 % IPv4 (5 % of these networks), 1.5 % IPv6, 25 % domains, 18 % URLs, 12 %
 * SHA-256 (a quarter with an MD5 by OR), 2 % MD5, 1.5 % email addresses; UUIDv4
 * ids in random order; about 1.2 kB an object; some escapes and UTF-8.
 * With --revise the first N objects come again with a later `modified`.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct gen {
	FILE *out;
	uint64_t rnd;      /* state of the generator for one object */
	unsigned revise;
};

/* splitmix64 */
static uint64_t
next(struct gen *g)
{
	uint64_t z = g->rnd += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static unsigned
below(struct gen *g, unsigned n)
{
	return (unsigned)(next(g) % n);
}

static const char *const words[] = {
	"loader", "botnet", "stealer", "campaign", "phishing", "kit", "server",
	"payload", "dropper", "beacon", "observed", "infrastructure", "actor",
	"delivery", "credential", "harvesting", "ransomware", "affiliate",
	"gateway", "staging", "resolver", "tunnel", "implant", "operator",
	"invoice", "macro", "document", "archive", "update", "installer",
	"traffic", "sinkhole", "cluster", "hosting", "bulletproof", "proxy",
	"session", "token", "wallet", "miner", "scanner", "exploit", "module",
	"persistence", "lateral", "movement", "exfiltration", "domain", "of",
	"the", "in", "with", "against", "by", "from", "using", "seen",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static void
phrase(struct gen *g, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		fprintf(g->out, "%s%s", i > 0 ? " " : "",
		    words[below(g, WORDS)]);
}

static void
uuid(struct gen *g)
{
	uint64_t a = next(g), b = next(g);

	fprintf(g->out, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
	    (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
	    0x8000 | ((unsigned)(b >> 48) & 0x3fff),
	    (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

static void
hex(struct gen *g, unsigned digits)
{
	unsigned i;

	for (i = 0; i < digits; i += 16)
		fprintf(g->out, "%016llx", (unsigned long long)next(g));
}

/* A public address: no bogon may come out, or the counts would not be known. */
static void
ipv4(struct gen *g, unsigned *net)
{
	static const unsigned char first[] = {5, 23, 31, 37, 45, 46, 62, 77, 78,
		79, 80, 81, 82, 83, 84, 85, 87, 88, 89, 91, 92, 93, 94, 95, 103,
		104, 107, 109, 138, 139, 141, 142, 146, 149, 151, 154, 155, 157,
		158, 159, 162, 165, 167, 173, 176, 178, 185, 188, 193, 194, 195};
	unsigned f = first[below(g, sizeof(first))], r = (unsigned)next(g);

	*net = below(g, 100) < 5;
	fprintf(g->out, "%u.%u.%u.%u%s", f, r & 255, (r >> 8) & 255,
	    *net ? 0 : (r >> 16) % 254 + 1, *net ? "/24" : "");
}

static void
domain(struct gen *g)
{
	static const char *const tld[] = {"com", "net", "org", "info", "top",
		"xyz", "ru", "cn", "icu", "online", "site", "club"};
	char label[16];
	unsigned i, n = 6 + below(g, 8);

	for (i = 0; i < n; i++)
		label[i] = "abcdefghijklmnopqrstuvwxyz0123456789-"
		    [i == 0 || i == n - 1 ? below(g, 26) : below(g, 37)];
	label[n] = '\0';
	if (below(g, 3) == 0)
		fprintf(g->out, "%s.", words[below(g, 45)]);
	fprintf(g->out, "%s%x.%s", label, below(g, 4096), tld[below(g, 12)]);
}

static void
url(struct gen *g)
{
	fprintf(g->out, "%s://", below(g, 3) != 0 ? "http" : "https");
	domain(g);
	if (below(g, 8) == 0)
		fprintf(g->out, ":%u", 1024 + below(g, 60000));
	fprintf(g->out, "/%s/%s%x", words[below(g, WORDS)],
	    words[below(g, WORDS)], (unsigned)next(g));
	if (below(g, 2) == 0)
		fprintf(g->out, ".php?id=%u&t=%s", below(g, 1000000),
		    words[below(g, WORDS)]);
}

static void
pattern(struct gen *g)
{
	unsigned kind = below(g, 1000), net;

	if (kind < 400) {
		fprintf(g->out, "[ipv4-addr:value = '");
		ipv4(g, &net);
		fprintf(g->out, "']");
	} else if (kind < 415) {
		fprintf(g->out, "[ipv6-addr:value = '2a0%x:%x:%x::%x']",
		    below(g, 16), 1 + below(g, 65535), 1 + below(g, 65535),
		    1 + below(g, 65535));
	} else if (kind < 665) {
		fprintf(g->out, "[domain-name:value = '");
		domain(g);
		fprintf(g->out, "']");
	} else if (kind < 845) {
		fprintf(g->out, "[url:value = '");
		url(g);
		fprintf(g->out, "']");
	} else if (kind < 965) {
		fprintf(g->out, "[file:hashes.'SHA-256' = '");
		hex(g, 64);
		if (below(g, 4) == 0) {
			fprintf(g->out, "' OR file:hashes.MD5 = '");
			hex(g, 32);
		}
		fprintf(g->out, "']");
	} else if (kind < 985) {
		fprintf(g->out, "[file:hashes.MD5 = '");
		hex(g, 32);
		fprintf(g->out, "']");
	} else {
		fprintf(g->out, "[email-addr:value = '%s.%x@",
		    words[below(g, WORDS)], (unsigned)next(g));
		domain(g);
		fprintf(g->out, "']");
	}
}

static void
times(struct gen *g)
{
	unsigned day = below(g, 300), sec = below(g, 86400), ms = below(g, 1000);
	unsigned month = 1 + day / 28, dom = 1 + day % 28;

	if (month > 10)
		month = 10;
	fprintf(g->out, "\"created\":\"2026-%02u-%02uT%02u:%02u:%02u.%03uZ\","
	    "\"modified\":\"2026-%02u-%02uT%02u:%02u:%02u.%03uZ\","
	    "\"valid_from\":\"2026-%02u-%02uT%02u:%02u:%02u.%03uZ\",",
	    month, dom, sec / 3600, sec / 60 % 60, sec % 60, ms,
	    g->revise ? 11 : month, dom, sec / 3600, sec / 60 % 60, sec % 60,
	    ms, month, dom, sec / 3600, sec / 60 % 60, sec % 60, ms);
	if (below(g, 2) == 0)
		fprintf(g->out, "\"valid_until\":\"2037-%02u-%02uT00:00:00Z\",",
		    1 + below(g, 12), 1 + below(g, 28));
}

static void
object(struct gen *g, uint64_t number)
{
	static const char *const phases[] = {"reconnaissance",
		"weaponization", "delivery", "exploitation", "installation",
		"command-and-control", "actions-on-objectives"};

	g->rnd = number * UINT64_C(0x2545f4914f6cdd1d) + 1;
	fprintf(g->out, "{\"type\":\"indicator\",\"spec_version\":\"2.1\","
	    "\"id\":\"indicator--");
	uuid(g);
	fprintf(g->out, "\",\"created_by_ref\":\"identity--0f1e2d3c-4b5a-4697-"
	    "8877-665544332211\",");
	times(g);
	fprintf(g->out, "\"name\":\"");
	phrase(g, 3 + below(g, 4));
	fprintf(g->out, "\",\"description\":\"");
	phrase(g, 22 + below(g, 40));
	if (below(g, 10) == 0)
		fprintf(g->out, "\\n\\\"r\\u00e9sum\\u00e9\\\" \303\251");
	fprintf(g->out, "\",\"indicator_types\":[\"malicious-activity\"],"
	    "\"pattern\":\"");
	pattern(g);
	fprintf(g->out, "\",\"pattern_type\":\"stix\",\"pattern_version\":"
	    "\"2.1\",\"confidence\":%u,\"lang\":\"en\",\"labels\":[\"%s\","
	    "\"%s\"],", below(g, 101), words[below(g, 45)],
	    words[below(g, 45)]);
	fprintf(g->out, "\"kill_chain_phases\":[{\"kill_chain_name\":"
	    "\"lockheed-martin-cyber-kill-chain\",\"phase_name\":\"%s\"}],",
	    phases[below(g, 7)]);
	fprintf(g->out, "\"object_marking_refs\":[\"marking-definition--"
	    "bab4a63c-aed9-4cf5-a766-dfca5abac2bb\"],"
	    "\"external_references\":[{\"source_name\":\"%s\",\"url\":"
	    "\"https://reports.example.com/%s/%08x\",\"external_id\":"
	    "\"TW-%u\"}]}", words[below(g, 45)], words[below(g, 45)],
	    (unsigned)next(g), below(g, 1000000));
}

static int
page(struct gen *g, const char *dir, uint64_t n, uint64_t from, uint64_t to,
    int more)
{
	char path[4096];
	uint64_t i;

	snprintf(path, sizeof(path), "%s/%06llu.json", dir,
	    (unsigned long long)n);
	g->out = fopen(path, "w");
	if (g->out == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	fprintf(g->out, "{\"more\":%s,", more ? "true" : "false");
	if (more)
		fprintf(g->out, "\"next\":\"%06llu\",",
		    (unsigned long long)n + 1);
	fprintf(g->out, "\"objects\":[");
	for (i = from; i < to; i++) {
		if (i > from)
			fputc(',', g->out);
		object(g, i);
	}
	fprintf(g->out, "]}\n");
	return fclose(g->out);
}

int
main(int argc, char **argv)
{
	struct gen g = {0};
	uint64_t count, size, from, n;

	if (argc != 4 && !(argc == 6 && strcmp(argv[4], "--revise") == 0)) {
		fprintf(stderr, "usage: gen DIR COUNT PAGE [--revise N]\n");
		return 2;
	}
	count = strtoull(argv[2], NULL, 10);
	size = strtoull(argv[3], NULL, 10);
	if (argc == 6) {
		g.revise = 1;
		count = strtoull(argv[5], NULL, 10);
	}
	if (size == 0 || (mkdir(argv[1], 0777) != 0 && errno != EEXIST)) {
		fprintf(stderr, "gen: %s: bad size or folder\n", argv[1]);
		return 2;
	}
	for (from = n = 0; from < count || n == 0; from += size, n++)
		if (page(&g, argv[1], n, from,
		    from + size < count ? from + size : count,
		    from + size < count) != 0)
			return 1;
	return 0;
}
