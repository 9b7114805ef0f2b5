/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/feed_gen.h"

#include <inttypes.h>
#include <string.h>

const struct feed_form feed_forms[] = {
	{"lines-ipv4", "lines", {NULL}},
	{"lines-domain", "lines", {NULL}},
	{"lines-url", "lines", {NULL}},
	{"lines-sha256", "lines", {"default-type=sha256", NULL}},
	{"netset", "lines", {NULL}},
	{"hosts", "lines", {"lines-syntax=hosts", NULL}},
	{"adblock", "lines", {"lines-syntax=adblock", NULL}},
	{"suricata", "lines", {"lines-syntax=rules", NULL}},
	{"rules", "rules", {"rules-format=suricata", NULL}},
	{"csv-ipv4", "csv", {"csv-header=first", "map-value=ip:ipv4-addr",
	    "map-last-seen=last_seen", NULL}},
	{"csv-url", "csv", {"csv-columns=id", "csv-columns=dateadded",
	    "csv-columns=url", "csv-columns=url_status",
	    "csv-columns=last_online", "csv-columns=threat",
	    "csv-columns=tags", "csv-columns=urlhaus_link",
	    "csv-columns=reporter", "csv-expect=9",
	    "map-key=id", "map-value=url:url", "map-name=id",
	    "map-created=dateadded", "map-last-seen=last_online",
	    "map-times=%Y-%m-%d %H:%M:%S", "map-labels=tags",
	    "map-ended=url_status=offline",
	    "default-indicator-types=malicious-activity",
	    "default-confidence=75", NULL}},
	{"json-array", "json", {"json-root=.", "map-key=id",
	    "map-value=ioc:auto", "map-first-seen=first_seen",
	    "map-labels=tags", "map-threat=malware",
	    "map-confidence=confidence_level", NULL}},
	{"json-map", "json", {"json-root=*", "map-key=@key",
	    "map-value=ioc:auto", "map-first-seen=first_seen",
	    "map-labels=tags", "map-threat=malware",
	    "map-confidence=confidence_level", NULL}},
	{"json-lines", "json", {"map-key=id",
	    "map-value=ioc:auto", "map-first-seen=first_seen",
	    "map-labels=tags", "map-threat=malware",
	    "map-confidence=confidence_level", NULL}},
	{"json-wrapper", "json", {"json-root=data", "json-ok=query_status=ok",
	    "map-key=id", "map-value=ioc:auto", "map-first-seen=first_seen",
	    "map-labels=tags", "map-threat=malware",
	    "map-confidence=confidence_level", NULL}},
	{"stix", "stix", {NULL}},
	{"mispfeed", "mispfeed", {NULL}},
	{"exec", "exec", {NULL}},
	{NULL, NULL, {NULL}},
};

const struct feed_form *
feed_form_find(const char *name)
{
	const struct feed_form *f = feed_forms;

	while (f->name != NULL && strcmp(f->name, name) != 0)
		f++;
	return f->name != NULL ? f : NULL;
}

/* ---- values ---------------------------------------------------------------- */

/* splitmix64, of the entry's number alone */
static uint64_t
dice(uint64_t i, unsigned k)
{
	uint64_t z = (i * 8 + k + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Of 16 million that are public, no two alike below that number. */
static void
ipv4(uint64_t i, char *out, size_t max)
{
	uint64_t k = i * 7919 % (100 * 65536 * 2);

	snprintf(out, max, "%u.%u.%u.%u", (unsigned)(k >> 16) % 96 + 11 +
	    (k >> 16 >= 96 ? 117u : 0u), (unsigned)(k >> 8 & 255),
	    (unsigned)(k & 255), (unsigned)(dice(i, 0) % 254) + 1);
}

static void
domain(uint64_t i, char *out, size_t max)
{
	static const char *const tops[] = {"com", "net", "org", "info", "xyz",
	    "top", "ru", "shop"};
	static const char *const words[] = {"update", "secure", "login", "cdn",
	    "mail", "account", "service", "static", "portal", "files"};
	uint64_t d = dice(i, 1);

	snprintf(out, max, "%s-%" PRIx64 ".%s%u.%s", words[d % 10], i,
	    words[d / 16 % 10], (unsigned)(d / 256 % 9000), tops[d >> 61]);
}

static void
url(uint64_t i, char *out, size_t max)
{
	uint64_t d = dice(i, 2);
	char host[64];

	if (d % 4 == 0)
		domain(i, host, sizeof(host));
	else
		ipv4(i, host, sizeof(host));
	if (d % 4 == 0)
		snprintf(out, max, "https://%s/wp-content/%08x/invoice.php?id=%"
		    PRIu64, host, (unsigned)(d >> 32), i);
	else
		snprintf(out, max, "http://%s:%u/bin/%08x.sh", host,
		    (unsigned)(d >> 8) % 60000 + 1024, (unsigned)(d >> 32));
}

/* Of 13 million of 256 addresses each. */
static void
network(uint64_t i, char *out, size_t max)
{
	char a[64], *dot;

	ipv4(i, a, sizeof(a));
	dot = strrchr(a, '.');
	snprintf(out, max, "%.*s.0/24", (int)(dot - a), a);
}

/* A rule of a network sensor, of 200 bytes. */
static void
rule(uint64_t i, char *out, size_t max)
{
	char name[64];

	domain(i, name, sizeof(name));
	snprintf(out, max, "alert dns $HOME_NET any -> any any (msg:\"Known "
	    "malware domain\"; dns.query; content:\"%s\"; nocase; bsize:%zu; "
	    "classtype:trojan-activity; sid:%" PRIu64 "; rev:1; metadata:"
	    "created_at 2026_01_01;)", name, strlen(name), 1000000 + i);
}

static void
sha256(uint64_t i, char *out, size_t max)
{
	snprintf(out, max, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016"
	    PRIx64, dice(i, 3), dice(i, 4), dice(i, 5), dice(i, 6));
}

static void
any(uint64_t i, char *out, size_t max)
{
	static void (*const makers[])(uint64_t i, char *out, size_t max) = {
		ipv4, domain, url, sha256
	};

	makers[dice(i, 7) % 4](i, out, max);
}

static void
date(uint64_t i, char *out, size_t max)
{
	snprintf(out, max, "2026-%02u-%02u %02u:%02u:%02u",
	    (unsigned)(i % 12) + 1, (unsigned)(i % 28) + 1,
	    (unsigned)(i % 24), (unsigned)(i % 60), (unsigned)(i / 7 % 60));
}

/* ---- entries --------------------------------------------------------------- */

#define ENTRY_MAX 320

static void
csv_ipv4(uint64_t i, FILE *out)
{
	char a[64], when[32];

	ipv4(i, a, sizeof(a));
	date(i, when, sizeof(when));
	fprintf(out, "%s,%u,%s,%u\n", a, (unsigned)(i % 60000) + 1, when,
	    (unsigned)(i % 100));
}

static void
csv_url(uint64_t i, FILE *out)
{
	char u[128], when[32];

	url(i, u, sizeof(u));
	date(i, when, sizeof(when));
	fprintf(out, "\"%" PRIu64 "\",\"%s\",\"%s\",\"%s\",\"%s\","
	    "\"malware_download\",\"elf,mirai,%u\","
	    "\"https://urlhaus.example/url/%" PRIu64 "/\",\"reporter%u\"\r\n",
	    3000000 + i, when, u, i % 4 == 0 ? "online" : "offline",
	    i % 3 == 0 ? "" : when, (unsigned)(i % 40), 3000000 + i,
	    (unsigned)(i % 500));
}

static void
json_object(uint64_t i, FILE *out)
{
	char v[160], when[32];

	any(i, v, sizeof(v));
	date(i, when, sizeof(when));
	fprintf(out, "{\"id\":\"%" PRIu64 "\",\"ioc\":\"%s\",\"threat_type\":"
	    "\"botnet_cc\",\"threat_type_desc\":\"Indicator that identifies a "
	    "botnet command&control server (C&C)\",\"ioc_type\":\"ip:port\","
	    "\"malware\":\"win.cobalt_strike\",\"malware_printable\":\"Cobalt "
	    "Strike\",\"malware_alias\":\"Agentemis,BEACON,CobaltStrike\","
	    "\"confidence_level\":%u,\"first_seen\":\"%s UTC\",\"last_seen\":"
	    "null,\"reference\":\"https:\\/\\/example.com\\/%u\",\"reporter\":"
	    "\"reporter%u\",\"tags\":[\"CobaltStrike\",\"cs-watermark-%u\"]}",
	    1000000 + i, v, (unsigned)(i % 100), when, (unsigned)i % 9973,
	    (unsigned)i % 300, (unsigned)i % 12345);
}

static void
json_entry(uint64_t i, FILE *out)
{
	fprintf(out, "\"%" PRIu64 "\":", 1000000 + i);
	json_object(i, out);
}

static void
uuid(uint64_t i, char *out, size_t max)
{
	uint64_t a = dice(i, 0), b = dice(i, 1);

	snprintf(out, max, "%08x-%04x-4%03x-%04x-%012" PRIx64,
	    (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
	    (unsigned)a & 0xfff, 0x8000 | ((unsigned)(b >> 48) & 0x3fff),
	    b & UINT64_C(0xffffffffffff));
}

static void
stix_object(uint64_t i, FILE *out)
{
	char id[40], v[64];

	uuid(i, id, sizeof(id));
	domain(i, v, sizeof(v));
	fprintf(out, "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":"
	    "\"indicator--%s\",\"created\":\"2026-01-01T00:00:00.000Z\","
	    "\"modified\":\"2026-01-02T00:00:00.000Z\",\"name\":\"%s\","
	    "\"indicator_types\":[\"malicious-activity\"],\"pattern\":"
	    "\"[domain-name:value = '%s']\",\"pattern_type\":\"stix\","
	    "\"valid_from\":\"2026-01-01T00:00:00Z\"}", id, v, v);
}

/* A line of a program, with what those of vendors' interfaces know. */
static void
exec_claim(uint64_t i, FILE *out)
{
	char v[160];

	any(i, v, sizeof(v));
	fprintf(out, "{\"value\":\"%s\",\"key\":\"%" PRIu64 "\",\"name\":\"seen "
	    "as %s\",\"labels\":[\"botnet\",\"c2-%u\"],\"confidence\":%u,"
	    "\"valid_from\":\"2026-%02u-01T00:00:00Z\",\"threats\":[{\"type\":"
	    "\"malware\",\"name\":\"Cobalt Strike\"}],\"x_vendor\":{\"score\":"
	    "%u,\"source\":\"honeypot-%u\"}}", v, 1000000 + i, v,
	    (unsigned)(i % 99), (unsigned)(i % 100), (unsigned)(i % 12) + 1,
	    (unsigned)(i % 10), (unsigned)(i % 300));
}

/* ---- events ---------------------------------------------------------------- */

#define EVENT_ATTRIBUTES 1000
#define OBJECT_EVERY 10 /* two of ten attributes are those of an object */

static void
misp_attribute(uint64_t i, const char *type, const char *value,
    const char *relation, FILE *out)
{
	char id[40];

	uuid(i, id, sizeof(id));
	fprintf(out, "{\"uuid\":\"%s\",\"type\":\"%s\",\"category\":\"Network "
	    "activity\",\"to_ids\":true,\"timestamp\":\"1767225600\","
	    "\"comment\":\"\",\"deleted\":false,\"disable_correlation\":false,"
	    "\"object_relation\":%s%s%s,\"value\":\"%s\",\"Tag\":[{\"name\":"
	    "\"tlp:green\",\"colour\":\"#33ff00\",\"exportable\":true}]}", id,
	    type, relation != NULL ? "\"" : "", relation != NULL ? relation :
	    "null", relation != NULL ? "\"" : "", value);
}

static void
misp_plain(uint64_t i, FILE *out)
{
	static const struct {
		const char *type;
		void (*make)(uint64_t i, char *out, size_t max);
	} kinds[] = {{"ip-dst", ipv4}, {"domain", domain}, {"url", url},
	    {"sha256", sha256}};
	char v[160];

	kinds[i % 4].make(i, v, sizeof(v));
	misp_attribute(i, kinds[i % 4].type, v, NULL, out);
}

/* A file: its name and its digest. */
static void
misp_object(uint64_t i, FILE *out)
{
	char id[40], v[80];

	uuid(i + (UINT64_C(1) << 40), id, sizeof(id));
	fprintf(out, "{\"uuid\":\"%s\",\"name\":\"file\",\"meta-category\":"
	    "\"file\",\"timestamp\":\"1767225600\",\"deleted\":false,"
	    "\"Attribute\":[", id);
	snprintf(v, sizeof(v), "invoice-%" PRIu64 ".exe", i);
	misp_attribute(i, "filename", v, "filename", out);
	fputs(",", out);
	sha256(i + 1, v, sizeof(v));
	misp_attribute(i + 1, "sha256", v, "sha256", out);
	fputs("]}", out);
}

/* Those from `from` on, of which there are `n`, in a line. */
static void
misp_event(uint64_t from, uint64_t n, FILE *out)
{
	const char *between = "";
	char id[40];
	uint64_t i;

	uuid(from + (UINT64_C(1) << 41), id, sizeof(id));
	fprintf(out, "{\"Event\":{\"uuid\":\"%s\",\"info\":\"event %" PRIu64 "\","
	    "\"date\":\"2026-01-01\",\"published\":true,\"analysis\":\"2\","
	    "\"threat_level_id\":\"1\",\"timestamp\":\"1767225600\",\"Orgc\":"
	    "{\"name\":\"CERT\",\"uuid\":\"6a4e1d2c-1f0f-4d5a-9a53-"
	    "0a1b2c3d4e5f\"},\"Tag\":[{\"name\":\"tlp:green\"}],\"Attribute\":[",
	    id, from / EVENT_ATTRIBUTES);
	for (i = from; i < from + n; i++) {
		if (i % OBJECT_EVERY >= OBJECT_EVERY - 2)
			continue;
		fputs(between, out);
		misp_plain(i, out);
		between = ",";
	}
	fputs("],\"Object\":[", out);
	between = "";
	for (i = from; i + 1 < from + n; i++) {
		if (i % OBJECT_EVERY != OBJECT_EVERY - 2)
			continue;
		fputs(between, out);
		misp_object(i, out);
		between = ",";
	}
	fputs("]}}\n", out);
}

static void
misp_events(uint64_t n, FILE *out)
{
	uint64_t from;

	for (from = 0; from < n; from += EVENT_ATTRIBUTES)
		misp_event(from, n - from < EVENT_ATTRIBUTES ? n - from :
		    EVENT_ATTRIBUTES, out);
}

/* ---- documents ------------------------------------------------------------- */

static void
line_of(void (*make)(uint64_t i, char *out, size_t max), const char *before,
    const char *behind, uint64_t i, FILE *out)
{
	char v[ENTRY_MAX];

	make(i, v, sizeof(v));
	fprintf(out, "%s%s%s\n", before, v, behind);
}

static void
entry(const char *form, uint64_t i, FILE *out)
{
	static const struct {
		const char *form, *before, *behind;
		void (*make)(uint64_t i, char *out, size_t max);
	} lines[] = {
		{"lines-ipv4", "", "", ipv4}, {"lines-domain", "", "", domain},
		{"lines-url", "", "", url}, {"lines-sha256", "", "", sha256},
		{"netset", "", "", network}, {"hosts", "0.0.0.0 ", "", domain},
		{"adblock", "||", "^", domain}, {"suricata", "", "", rule},
		{"rules", "", "", rule},
	};
	static const struct {
		const char *form;
		void (*make)(uint64_t i, FILE *out);
	} others[] = {
		{"csv-ipv4", csv_ipv4}, {"csv-url", csv_url},
		{"json-array", json_object}, {"json-map", json_entry},
		{"json-lines", json_object}, {"json-wrapper", json_object},
		{"stix", stix_object}, {"exec", exec_claim},
	};
	size_t k;

	for (k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
		if (strcmp(lines[k].form, form) == 0)
			line_of(lines[k].make, lines[k].before, lines[k].behind,
			    i, out);
	for (k = 0; k < sizeof(others) / sizeof(others[0]); k++)
		if (strcmp(others[k].form, form) == 0)
			others[k].make(i, out);
}

void
feed_gen(const struct feed_form *f, uint64_t n, FILE *out)
{
	static const struct {
		const char *form, *head, *between, *foot;
	} frames[] = {
		{"csv-ipv4", "ip,port,last_seen,score\n", "", ""},
		{"csv-url", "# All times are UTC\r\n# id,dateadded,url,"
		    "url_status,last_online,threat,tags,urlhaus_link,reporter"
		    "\r\n", "", ""},
		{"json-array", "[\n", ",\n", "\n]\n"},
		{"json-map", "{\n", ",\n", "\n}\n"},
		{"json-lines", "", "\n", "\n"},
		{"json-wrapper", "{\"query_status\":\"ok\",\"data\":[\n",
		    ",\n", "\n]}\n"},
		/* no line of the head is as long as a record */
		{"stix", "{\"type\":\"bundle\",\n\"id\":\"bundle--6a4e1d2c-1f0f-"
		    "4d5a-9a53-0a1b2c3d4e5f\",\n\"objects\":[\n", ",\n",
		    "\n]}\n"},
		{"exec", "", "\n", "\n"},
	};
	const char *head = "", *between = "", *foot = "";
	uint64_t i;
	size_t k;

	for (k = 0; k < sizeof(frames) / sizeof(frames[0]); k++)
		if (strcmp(frames[k].form, f->name) == 0) {
			head = frames[k].head;
			between = frames[k].between;
			foot = frames[k].foot;
		}
	if (strcmp(f->kind, "mispfeed") == 0) {
		misp_events(n, out);
		return;
	}
	fputs(head, out);
	for (i = 0; i < n; i++) {
		if (i > 0)
			fputs(between, out);
		entry(f->name, i, out);
	}
	fputs(foot, out);
}
