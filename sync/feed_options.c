/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/feed_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define F(member) offsetof(struct feed_options, member)
#define TEXT(name, arg, help, member) \
	{0, name, arg, help, OPT_STRING, F(member), 0, 0}
#define LIST(name, arg, help, member) \
	{0, name, arg, help, OPT_LIST, F(member), 0, 0}
#define PAIRS(name, arg, help, member) \
	{0, name, arg, help, OPT_MAP, F(member), 0, 0}
#define NUMBER(name, help, member, min, max) \
	{0, name, "N", help, OPT_NUMBER, F(member), min, max}
#define FLAG(name, help, member) \
	{0, name, NULL, help, OPT_FLAG, F(member), 0, 0}

const struct opt feed_table[] = {
	TEXT("request-method", "NAME", "GET (default) or POST", method),
	TEXT("request-body", "TEXT", "what is sent with it; may hold places "
	    "such as {cursor}", body),
	TEXT("request-type", "TYPE", "media type of that (default "
	    "application/json)", body_type),
	LIST("request-params", "'N=V'", "a query parameter with places; left "
	    "out while they are empty", params),
	PAIRS("request-status", "CODE=WHAT", "what a status means: empty or "
	    "unchanged", statuses),
	TEXT("request-since", "TIME", "where a first poll begins: 30d or a "
	    "time (default: everything)", since),
	TEXT("request-overlap", "TIME", "how far {since} is set back (default "
	    "0)", overlap),
	TEXT("request-reread", "TIME", "read everything as often as that, "
	    "though the server says that nothing changed (default 1d)",
	    reread),
	TEXT("request-digest", "URL", "a file beside the document tells its "
	    "digest (MD5, SHA-1, SHA-256): what is known by it is not "
	    "downloaded, what does not have it is refused; .md5 stands for the"
	    " document's URL with that behind it", digest),
	FLAG("request-head", "ask by HEAD first, for servers that send "
	    "everything whatever they are asked", head),
	TEXT("page-kind", "KIND", "how pages follow one another: none "
	    "(default), next-url, cursor, page, offset, highwater, "
	    "time-bucket, seq, index, session, graphql, queue", page_kind),
	TEXT("page-next", "PATH", "where a reply tells the next page: its URL,"
	    " cursor or number; also link, or header:NAME", page_next),
	TEXT("page-more", "TEST", "a reply that fits has more behind it",
	    page_more),
	NUMBER("page-size", "records asked for in a page, {limit}", page_size,
	    1, 10000000),
	TEXT("page-first", "N", "number of the first page (default 1 of page, "
	    "else 0); of cursors, the first one (default: none)",
	    page_first),
	NUMBER("page-max", "requests of one poll; the next one goes on there "
	    "(default: no bound)", page_max, 1, LIMIT_PAGES),
	TEXT("page-mark", "PATH", "the field of a record that they are sorted "
	    "by, {mark}", page_mark),
	TEXT("page-total", "PATH", "where a reply tells how many records all "
	    "pages have", page_total),
	NUMBER("page-ceiling", "greatest offset that the server takes",
	    page_ceiling, 1, UINT32_MAX),
	TEXT("page-step", "TIME", "length of a time bucket (default 1h)",
	    page_step),
	TEXT("page-lag", "TIME", "how long after its end a bucket is whole "
	    "(default 0)", page_lag),
	FLAG("page-keep", "the last cursor is where the next poll goes on",
	    page_keep),
	TEXT("page-start", "URL", "what tells the first number (seq)",
	    page_start),
	TEXT("page-start-at", "PATH", "where that tells it (default: as "
	    "page-next)", page_start_at),
	TEXT("page-index", "PATH", "where an index names its items (default: "
	    "one a line)", page_index),
	TEXT("page-item", "URL", "address of an item, with {item} (default: "
	    "its name is one)", page_item),
	TEXT("page-match", "GLOB", "only items of an index whose names fit",
	    page_match),
	FLAG("page-index-xml", "the index is XML; page-index and "
	    "page-index-next are names of elements below its root (a.b.c)",
	    page_index_xml),
	TEXT("page-index-next", "PATH", "where a page of an index tells the "
	    "place of the next one, {cursor}", page_index_next),
	FLAG("page-index-bare", "the query of an item's address is not part of "
	    "its name: a signature that is new each time", page_index_bare),
	TEXT("page-base", "GLOB", "items of an index that are the whole list "
	    "(with a ! in front, those that do not fit); those behind the "
	    "newest of them change it", page_base),
	TEXT("page-ack", "URL", "what a queue is told when the page that it "
	    "gave is in the store", page_ack),
	TEXT("page-ack-method", "NAME", "POST (default), PUT, DELETE or GET",
	    page_ack_method),
	TEXT("page-ack-body", "TEXT", "what is sent with it; {cursor} is what "
	    "page-next tells of that page", page_ack_body),
	TEXT("encoding", "NAME", "encoding of the text (default utf-8, or "
	    "UTF-16 by its byte-order mark)", encoding),
	TEXT("content-path", "PATH", "the document is a text in the JSON that "
	    "comes, at this path of names (a.b.c)", content_path),
	TEXT("content-coding", "HOW", "how it is written there: base64 "
	    "(default) or plain", content_coding),
	TEXT("archive-member", "GLOB", "files of an archive that are read "
	    "(default: all)", archive_member),
	LIST("comment", "PREFIX", "lines that begin so say nothing (default "
	    "# ; // !)", comment),
	TEXT("ignore", "ERE", "lines that match say nothing", ignore),
	TEXT("count-line", "ERE", "a comment that matches tells, in its first "
	    "parentheses, how many entries there are (lines and csv)",
	    count_line),
	TEXT("stated-line", "ERE", "a comment that matches tells, in its first "
	    "parentheses, of when the list is (lines and csv)", stated_line),
	TEXT("stated-path", "PATH", "where JSON tells it, around its records or "
	    "in json-trailer", stated_path),
	FLAG("stated-modified", "Last-Modified tells it", stated_modified),
	LIST("stated-times", "FORMAT", "how that is written (default as "
	    "map-times)", stated_times),
	TEXT("end-line", "ERE", "the line that a document must have at its "
	    "end, or it is cut off (lines and csv)", end_line),
	TEXT("lines-syntax", "NAME", "plain (default), hosts, adblock, "
	    "dnsmasq, rpz, rules", syntax),
	TEXT("lines-extract", "ERE", "take what the first parentheses hold, "
	    "as often as it matches", extract),
	NUMBER("lines-token", "take this word of the line (default 1)", token,
	    1, 1000),
	TEXT("rules-format", "NAME", "what rules are written in: yara, sigma, "
	    "suricata or snort", rules_format),
	FLAG("rules-disabled", "rules that the feed has switched off, too",
	    rules_disabled),
	TEXT("csv-delimiter", "C", "one character, tab or whitespace "
	    "(default ,)", delimiter),
	TEXT("csv-quote", "C", "one character or none (default \")", quote),
	FLAG("csv-backslash", "a backslash escapes the next character",
	    backslash),
	TEXT("csv-escape", "C", "that character does, or none (default)",
	    escape),
	TEXT("csv-doublequote", "WHAT", "a quote within quotes is written "
	    "twice: on (default) or off: as it is, or escaped", doublequote),
	TEXT("csv-header", "WHERE", "none (default), first or commented: the "
	    "line that names the columns", header),
	LIST("csv-columns", "NAME", "names of the columns, in order; with "
	    "csv-header those that it must have, or nothing is read",
	    columns),
	NUMBER("csv-skip", "lines before the first row", skip, 1, 100000),
	NUMBER("csv-expect", "columns that a row must have", expect, 1, 10000),
	TEXT("json-root", "PATH", "where the records stand (default: the "
	    "elements of an array, else each document)", json_root),
	TEXT("json-count", "PATH", "how many records the feed says it has",
	    json_count),
	TEXT("json-trailer", "TEST", "a record that fits is none, but may "
	    "hold the count", json_trailer),
	TEXT("json-ok", "TEST", "what stands around the records must fit, or "
	    "the reply is an error", json_ok),
	TEXT("json-none", "TEST", "where this fits, a reply without records is"
	    " an empty one", json_none),
	FLAG("json-stix", "the records are STIX objects, and need no map",
	    json_stix),
	LIST("misp-tags", "GLOB", "only events with a tag that fits; with a ! "
	    "in front, none that fits", misp_tags),
	LIST("misp-types", "TYPE", "only attributes of this type of MISP",
	    misp_types),
	LIST("misp-orgs", "GLOB", "only events of this organisation (name or "
	    "uuid)", misp_orgs),
	TEXT("misp-event-age", "TIME", "only events that changed within it, "
	    "such as 90d", misp_event_age),
	FLAG("misp-no-ids", "attributes that are not for detection (to_ids), "
	    "too", misp_no_ids),
	FLAG("misp-unpublished", "events that are not published, too",
	    misp_unpublished),
	FLAG("misp-warninglists", "let the instance leave out what its warning "
	    "lists hold", misp_warninglists),
	TEXT("misp-integrity", "WHAT", "digests of a feed's events: check "
	    "(default) or ignore", misp_integrity),
	TEXT("misp-since", "WHAT", "what is asked for is new by the time of the "
	    "attribute (default), the event or its publish", misp_since),
	TEXT("misp-scope", "WHAT", "what an instance is asked for: attributes "
	    "(default) or events, with their objects", misp_scope),
	TEXT("misp-overlap", "TIME", "look so far back each time (default "
	    "5m)", misp_overlap),
	LIST("map-value", "FIELD:TYPE", "what is listed: a field, or a text "
	    "with {FIELD}s; TYPE may be several, a|b, tried in turn; several "
	    "of them belong together", value),
	TEXT("map-type", "FIELD", "the field that tells the type", type),
	PAIRS("map-types", "WORD=TYPE", "what its words mean; TYPE may be "
	    "skip, or several, a|b, tried in turn", types),
	TEXT("map-type-unknown", "WHAT", "entries with other words: skip "
	    "(default) or reject", type_unknown),
	TEXT("map-key", "FIELD", "what tells an entry from others: a field, "
	    "or a text with {FIELD}s (default: its values)", key),
	TEXT("map-name", "FIELD", "its name", name),
	TEXT("map-labels", "FIELD", "its labels", labels),
	TEXT("map-label-separator", "C", "between labels in one text "
	    "(default ,)", label_separator),
	TEXT("map-threat", "FIELD", "name of the threat that it indicates",
	    threat),
	TEXT("map-threat-type", "TYPE", "what that is (default malware)",
	    threat_type),
	TEXT("map-confidence", "FIELD", "its confidence, 0 to 100",
	    confidence),
	PAIRS("map-confidences", "WORD=N", "what words for it mean",
	    confidences),
	TEXT("map-created", "FIELD", "when it was made", created),
	TEXT("map-valid-from", "FIELD", "from when it is valid", valid_from),
	TEXT("map-valid-until", "FIELD", "until when", valid_until),
	TEXT("map-first-seen", "FIELD", "when it was first seen", first_seen),
	TEXT("map-last-seen", "FIELD", "when it was last seen", last_seen),
	TEXT("map-tlp", "FIELD", "its level of the traffic light protocol; "
	    "what names none has that of the source", tlp),
	LIST("map-times", "FORMAT", "how times are written: rfc3339, epoch, "
	    "epoch-ms or a format of strptime(3); UTC", times),
	LIST("map-nulls", "WORD", "words for nothing (default None null NULL "
	    "N/A -)", nulls),
	LIST("map-ended", "TEST", "an entry that fits is over: FIELD=A|B, "
	    "FIELD!=A, FIELD~ERE, or FIELD<N, <=, >, >= with a number or a "
	    "time", ended),
	LIST("map-where", "TEST", "only entries that fit are read", where),
	TEXT("map-zone", "+HH:MM", "distance from UTC of times that name none "
	    "(default +00:00)", zone),
	TEXT("map-value-separator", "C", "between several values in one field",
	    value_separator),
	PAIRS("map-decode", "FIELD=HOW", "that field is written in base64 or "
	    "hex", decode),
	TEXT("map-extract", "ERE", "of the text of a value, take what the "
	    "first parentheses hold", value_extract),
	PAIRS("map-replace", "FROM=TO", "in the text of values, put TO where "
	    "FROM stands", replace),
	TEXT("map-scheme", "WORD", "the scheme of URLs that name none, such as"
	    " http", scheme),
	LIST("map-only", "TYPE", "only values of this type", only),
	LIST("map-skip", "TYPE", "no values of this type", skip_types),
	NUMBER("map-min-prefix", "networks of IPv4 wider than /N are rejected",
	    min_prefix, 1, 32),
	NUMBER("map-min-prefix6", "and of IPv6", min_prefix6, 1, 128),
	NUMBER("map-max-networks", "networks that one range of addresses may "
	    "become, or it is rejected (default 64)", max_networks, 1, 64),
	NUMBER("map-min-confidence", "only entries with at least this "
	    "confidence", min_confidence, 1, 100),
	TEXT("map-port", "WHAT", "address:port: strip, strip-v6 (also where "
	    "brackets are missing) or keep (default)", port),
	FLAG("map-refang", "undo hxxp, [.], (dot) and the like", refang),
	TEXT("default-type", "TYPE", "type of the values (default: told from "
	    "the text)", default_type),
	TEXT("default-threat", "NAME", "threat of entries that name none",
	    default_threat),
	TEXT("default-kill-chain", "CHAIN:PHASE", "kill chain phase of all "
	    "entries", default_kill_chain),
	LIST("default-labels", "WORD", "labels of all entries",
	    default_labels),
	LIST("default-indicator-types", "WORD", "indicator types of all "
	    "entries", default_indicator_types),
	NUMBER("default-confidence", "confidence of entries that state none",
	    default_confidence, 1, 100),
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

/* ---- to the fetcher and back ----------------------------------------------- */

struct lines_out {
	char **v;
	size_t n;
	bool failed;
};

static void CC_PRINTF(2, 3)
line_add(struct lines_out *out, const char *fmt, ...)
{
	char **v = realloc(out->v, (out->n + 2) * sizeof(*v));
	va_list ap;

	if (v == NULL) {
		out->failed = true;
		return;
	}
	out->v = v;
	v[out->n + 1] = NULL;
	va_start(ap, fmt);
	if (vasprintf(&v[out->n], fmt, ap) < 0) {
		v[out->n] = NULL;
		out->failed = true;
	} else {
		out->n++;
	}
	va_end(ap);
}

static void
option_lines(const struct opt *o, const struct feed_options *f,
    struct lines_out *out)
{
	const void *place = (const char *)f + o->offset;
	const struct opt_list *list = place;
	const struct opt_map *map = place;
	uint32_t i;

	switch (o->kind) {
	case OPT_STRING:
		line_add(out, "%s=%s", o->name, *(char *const *)place);
		break;
	case OPT_NUMBER:
		line_add(out, "%s=%u", o->name, *(const uint32_t *)place);
		break;
	case OPT_LIST:
		for (i = 0; i < list->n; i++)
			line_add(out, "%s=%s", o->name, list->v[i]);
		break;
	case OPT_MAP:
		for (i = 0; i < map->n; i++)
			line_add(out, "%s=%s%s%s", o->name,
			    map->v[i].key != NULL ? map->v[i].key : "",
			    map->v[i].key != NULL ? "=" : "",
			    map->v[i].value);
		break;
	default:
		line_add(out, "%s=", o->name);
		break;
	}
}

char **
feed_options_list(const struct feed_options *f, struct err *e)
{
	struct lines_out out = {calloc(1, sizeof(char *)), 0, false};
	const struct opt *o;
	size_t i;

	for (o = feed_table; o->kind != OPT_END; o++)
		if (opt_given(o, f))
			option_lines(o, f, &out);
	if (out.v != NULL && !out.failed)
		return out.v;
	for (i = 0; i < out.n; i++)
		free(out.v[i]);
	free(out.v);
	return err_set(e, ERR_MEMORY, "out of memory"), NULL;
}

static int
check_options(const struct feed_options *f, struct err *e)
{
	unsigned i;
	int rc;

	for (i = 0; (rc = feed_options_check(f, i, e)) == 0; i++)
		;
	return rc < 0 ? -1 : 0;
}

int
feed_options_parse(char **lines, size_t n, struct feed_options *f,
    struct err *e)
{
	const struct opt *o;
	char *equals;
	size_t i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < n; i++) {
		equals = strchr(lines[i], '=');
		if (equals == NULL)
			return err_set(e, ERR_PROTO, "job: a malformed option");
		*equals = '\0';
		o = opt_named(feed_table, lines[i]);
		*equals = '=';
		if (o == NULL)
			return err_set(e, ERR_PROTO, "job: an unknown option");
		if (opt_store(o, equals + 1, f, e) != 0)
			return -1;
	}
	return check_options(f, e);
}

void
feed_options_free(struct feed_options *f)
{
	opt_free(feed_table, f);
}
