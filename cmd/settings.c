/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/settings_int.h"

#include <string.h>

#include "base/limits.h"

#define S(member) offsetof(struct settings, member)

const struct opt settings_table[] = {
	{'n', "name", "NAME", "name of the source in the store",
	    OPT_STRING, S(name), 0, 0},
	{0, "preset", "NAME", "what is known of this feed counts where nothing "
	    "else is said; 'taxiway presets' lists them",
	    OPT_STRING, S(preset), 0, 0},
	{0, "kind", "KIND", "taxii21, taxii20, stix, mispfeed, misp, lines, csv, "
	    "json, rules, opencti or exec (default: "
	    "told from the URL, the version of TAXII by what the server speaks; "
	    "what is not STIX never is)",
	    OPT_STRING, S(kind), 0, 0},
	{0, "url", "URL", "discovery, API root, collection, document or path",
	    OPT_STRING, S(url), 0, 0},
	{0, "url-also", "URL", "where the same document is to be had, asked in "
	    "order where the one before does not give it",
	    OPT_LIST, S(url_also), 0, 0},
	{0, "collection", "C", "id, alias or title of the collection",
	    OPT_STRING, S(collection), 0, 0},
	{'u', "user", "NAME", "user name for basic authentication",
	    OPT_STRING, S(user), 0, 0},
	{0, "password-file", "FILE", "file that holds the password",
	    OPT_STRING, S(password.file), 0, 0},
	{0, "password-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(password.env), 0, 0},
	{0, "password-exec", "WORD", "program that tells it, then its "
	    "arguments", OPT_LIST, S(password.exec), 0, 0},
	{0, "sign", "HOW", "sign requests with the password instead of sending "
	    "it: threatconnect, shadowserver, domaintools or azure",
	    OPT_STRING, S(sign), 0, 0},
	{0, "token-file", "FILE", "file that holds a token",
	    OPT_STRING, S(token.file), 0, 0},
	{0, "token-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(token.env), 0, 0},
	{0, "token-exec", "WORD", "program that tells it, then its "
	    "arguments", OPT_LIST, S(token.exec), 0, 0},
	{0, "token-scheme", "WORD", "word in front of it in Authorization "
	    "(default Bearer; none: no word)",
	    OPT_STRING, S(token_scheme), 0, 0},
	{0, "token-header", "NAME", "header that takes the token instead",
	    OPT_STRING, S(token_header), 0, 0},
	{0, "token-query", "NAME", "query parameter that takes it instead",
	    OPT_STRING, S(token_query), 0, 0},
	{0, "header-file", "FILE", "file with one secret header, 'Name: value'",
	    OPT_STRING, S(header.file), 0, 0},
	{0, "header-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(header.env), 0, 0},
	{0, "header-exec", "WORD", "program that tells it, then its "
	    "arguments", OPT_LIST, S(header.exec), 0, 0},
	{0, "oauth2-url", "URL", "OAuth 2 token endpoint, for client "
	    "credentials", OPT_STRING, S(oauth2_url), 0, 0},
	{0, "client-id", "ID", "the client's name there",
	    OPT_STRING, S(client_id), 0, 0},
	{0, "client-secret-file", "FILE", "file that holds the client's secret",
	    OPT_STRING, S(client_secret.file), 0, 0},
	{0, "client-secret-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(client_secret.env), 0, 0},
	{0, "client-secret-exec", "WORD", "program that tells it, then its "
	    "arguments", OPT_LIST, S(client_secret.exec), 0, 0},
	{0, "scope", "WORDS", "scopes to ask for, with spaces between",
	    OPT_STRING, S(scope), 0, 0},
	{0, "oauth2-param", "'N=V'", "another field for the token endpoint",
	    OPT_LIST, S(oauth2_params), 0, 0},
	{0, "oauth2-body", NULL, "id and secret as fields, not by basic "
	    "authentication", OPT_FLAG, S(oauth2_body), 0, 0},
	{0, "login-url", "URL", "where user and password are changed for a "
	    "token (OpenTAXII's management/auth)",
	    OPT_STRING, S(login_url), 0, 0},
	{0, "client-cert", "FILE", "client certificate (PEM or PKCS#12)",
	    OPT_STRING, S(client_cert), 0, 0},
	{0, "client-key", "FILE", "its key, where not in the same file",
	    OPT_STRING, S(client_key), 0, 0},
	{0, "client-key-password-file", "FILE", "file with the key's password",
	    OPT_STRING, S(client_key_password.file), 0, 0},
	{0, "client-key-password-env", "VAR", "environment variable that holds "
	    "it", OPT_STRING, S(client_key_password.env), 0, 0},
	{0, "client-key-password-exec", "WORD", "program that tells it, then its "
	    "arguments", OPT_LIST, S(client_key_password.exec), 0, 0},
	{0, "ca-bundle", "FILE", "trust these authorities (PEM), no others",
	    OPT_STRING, S(ca_bundle), 0, 0},
	{0, "pinned-key", "PIN", "only this public key of the server: "
	    "sha256//BASE64, several with ';' between",
	    OPT_STRING, S(pinned_key), 0, 0},
	{0, "proxy", "URL", "proxy to go through",
	    OPT_STRING, S(proxy), 0, 0},
	{0, "proxy-user", "NAME", "user name for the proxy",
	    OPT_STRING, S(proxy_user), 0, 0},
	{0, "proxy-password-file", "FILE", "file that holds its password",
	    OPT_STRING, S(proxy_password.file), 0, 0},
	{0, "proxy-password-env", "VAR", "environment variable that holds it",
	    OPT_STRING, S(proxy_password.env), 0, 0},
	{0, "proxy-password-exec", "WORD", "program that tells it, then its "
	    "arguments", OPT_LIST, S(proxy_password.exec), 0, 0},
	{0, "secret-file", "NAME=FILE", "file that holds what {secret:NAME} "
	    "stands for in the request: in url, url-also, header, query, "
	    "request-params and request-body", OPT_MAP, S(secrets.file), 0, 0},
	{0, "secret-env", "NAME=VAR", "environment variable that holds it",
	    OPT_MAP, S(secrets.env), 0, 0},
	{0, "secret-exec", "NAME=WORD", "program that tells it, then its "
	    "arguments", OPT_MAP, S(secrets.exec), 0, LIMIT_HOOK_WORDS},
	{0, "secret-pass", "NAME", "variable of our own that programs which "
	    "tell secrets get, too", OPT_LIST, S(secrets.pass), 0, 0},
	{0, "secret-paths", "PATH", "where they may write, too, and read "
	    "whatever that is", OPT_LIST, S(secrets.paths), 0, 0},
	{0, "secret-timeout", "TIME", "how long one may take (default 30s)",
	    OPT_STRING, S(secrets.timeout), 0, 0},
	{'H', "header", "'N: V'", "extra request header (a secret as {secret:NAME})",
	    OPT_LIST, S(headers), 0, 0},
	{0, "query", "'N=V'", "extra query parameter (likewise)",
	    OPT_LIST, S(query), 0, 0},
	{0, "accept", "TYPES", "media types to ask for, instead of our own",
	    OPT_STRING, S(accept), 0, 0},
	{0, "slash", "WHAT", "the / at the end of paths: keep (default), add, "
	    "remove", OPT_STRING, S(slash), 0, 0},
	{0, "http-version", "V", "auto (default): HTTP/2 over TLS, where the "
	    "server offers it; 1.1: never",
	    OPT_STRING, S(http_version), 0, 0},
	{0, "http-retries", "N", "times that a request which failed is sent "
	    "again (default 4)", OPT_STRING, S(retries), 0, 0},
	{0, "http-retry-wait", "TIME", "before the first of them; twice as long "
	    "each time (default 1s for a busy server, else 250 ms)",
	    OPT_STRING, S(retry_wait), 0, 0},
	{0, "http-retry-longest", "TIME", "the longest wait, also where the "
	    "server asks for it (default 60s)",
	    OPT_STRING, S(retry_longest), 0, 0},
	{0, "ip-family", "F", "addresses of the server: auto (default), 4 or 6",
	    OPT_STRING, S(ip_family), 0, 0},
	{0, "tls-min", "V", "oldest version of TLS: 1.2 (default) or 1.3",
	    OPT_STRING, S(tls_min), 0, 0},
	{0, "expect-type", "TYPE", "a content type that documents must have, "
	    "such as text/* (default: any but a web page's)",
	    OPT_LIST, S(expect_types), 0, 0},
	{0, "max-bytes", "SIZE", "largest document, unpacked: 500M, 4G "
	    "(default 1G)", OPT_STRING, S(max_bytes), 0, 0},
	{0, "empty-404", NULL, "404 for a collection's objects: there are none",
	    OPT_FLAG, S(empty_404), 0, 0},
	{0, "rate", "N/TIME", "requests in a time, at most: 50/10min, 1/s",
	    OPT_STRING, S(rate), 0, 0},
	{0, "added-after", "TIME", "first poll: only what was added after TIME",
	    OPT_STRING, S(added_after), 0, 0},
	{0, "type", "TYPE", "ask only for objects of this STIX type",
	    OPT_LIST, S(types), 0, 0},
	{0, "id", "ID", "ask only for the object of this id",
	    OPT_LIST, S(ids), 0, 0},
	{0, "spec-version", "V", "ask only for objects of STIX 2.0 or 2.1; what "
	    "a server leaves to choose is its newest",
	    OPT_LIST, S(specs), 0, 0},
	{0, "limit", "N", "objects asked for in a page (default 10000)",
	    OPT_NUMBER, S(page_limit), 1, 10000000},
	{0, "connect-timeout", "S", "seconds to connect (default 30)",
	    OPT_NUMBER, S(connect_timeout), 1, 3600},
	{0, "low-speed-time", "S", "seconds of silence to bear (default 120)",
	    OPT_NUMBER, S(low_speed_time), 1, 3600},
	{0, "low-speed-limit", "N", "bytes in a second that are silence, too "
	    "(default 64)", OPT_NUMBER, S(low_speed_limit), 1, 1000000000},
	{0, "total-timeout", "S", "seconds for the whole poll (default 21600)",
	    OPT_NUMBER, S(total_timeout), 1, 604800},
	{'k', "keep", "WHAT", "objects (default): with the original STIX; "
	    "values: only what a verdict needs",
	    OPT_STRING, S(keep), 0, 0},
	{0, "bogons", "WHAT", "private and reserved addresses: reject "
	    "(default) or accept",
	    OPT_STRING, S(bogons), 0, 0},
	{0, "tlp", "LEVEL", "TLP of objects that carry no marking",
	    OPT_STRING, S(tlp), 0, 0},
	{0, "listing", "KIND", "what the source's list means: append, snapshot, "
	    "window, delta or diff (default: delta for TAXII, else append)",
	    OPT_STRING, S(listing), 0, 0},
	{0, "reliability", "A-F", "how far to trust it, A most",
	    OPT_STRING, S(reliability), 0, 0},
	{0, "group", "NAME", "sources of one group count as one",
	    OPT_STRING, S(group), 0, 0},
	{0, "title", "TEXT", "the feed and its provider, for people",
	    OPT_STRING, S(title), 0, 0},
	{0, "docs", "URL", "where it is documented",
	    OPT_STRING, S(docs), 0, 0},
	{0, "checked", "DATE", "when these settings were last compared with "
	    "that: 2026-01-31", OPT_STRING, S(checked), 0, 0},
	{0, "terms", "TEXT", "its terms of use", OPT_STRING, S(terms), 0, 0},
	{0, "tags", "WORD", "a word of your own about it; 'taxiway status' "
	    "tells it all", OPT_LIST, S(tags), 0, 0},
	{0, "history", "TIME", "how long to keep what has ended (default 90d)",
	    OPT_STRING, S(history.ended), 0, 0},
	{0, "history-matched", "TIME", "the same where it was ever met here "
	    "(default 365d)", OPT_STRING, S(history.matched), 0, 0},
	{0, "history-ids", "TIME", "how long to know identifiers of what is gone "
	    "(default 2y)", OPT_STRING, S(history.ids), 0, 0},
	{0, "ageing-ttl", "[TYPE=]TIME", "time to live of a claim, such as 30d",
	    OPT_MAP, S(ageing.ttl), 0, 0},
	{0, "ageing-base", "[TYPE=]BASE", "since when: first-seen (default), "
	    "last-seen, created, modified or valid-from",
	    OPT_MAP, S(ageing.base), 0, 0},
	{0, "ageing-decay", "[TYPE=]MODEL", "a score that sinks, and ends the "
	    "claim; see taxiway.yaml(5)", OPT_MAP, S(ageing.decay), 0, 0},
	{0, "ageing-valid-until", "WHAT", "a stated end: honour (default), cap, "
	    "floor or ignore", OPT_STRING, S(ageing.until), 0, 0},
	{0, "ageing-max-validity", "TIME", "longest life of what states its own "
	    "end, or none", OPT_STRING, S(ageing.max_validity), 0, 0},
	{0, "ageing-max-future", "TIME", "how far ahead valid_from may lie "
	    "(default 366d)", OPT_STRING, S(ageing.max_future), 0, 0},
	{0, "ageing-never", "YEAR", "a valid_until from then on is not stated "
	    "(default 2100)", OPT_STRING, S(ageing.never), 0, 0},
	{0, "ageing-freeze", "TIME", "longest outage that holds up ageing "
	    "(default 7d; 0: none does)", OPT_STRING, S(ageing.freeze), 0, 0},
	{0, "ageing-expected", "TIME", "an outage begins so long after the last "
	    "poll (default 1d)", OPT_STRING, S(ageing.expected), 0, 0},
	{0, "ageing-absent-polls", "N", "listings that lack an object until it "
	    "is withdrawn (default 2)",
	    OPT_NUMBER, S(guards.absent_polls), 1, 1000},
	{0, "ageing-absent-grace", "TIME", "and how long it must be missing, "
	    "such as 12h (default 0)",
	    OPT_STRING, S(guards.absent_grace), 0, 0},
	{0, "ageing-revive", "WHAT", "what had ended and comes back: continue "
	    "(default), or new: a new episode",
	    OPT_STRING, S(guards.revive), 0, 0},
	{0, "guards-may-be-empty", NULL, "an empty listing is believed",
	    OPT_FLAG, S(guards.may_be_empty), 0, 0},
	{0, "guards-min-records", "N", "least number of records in a listing "
	    "(default: any)", OPT_NUMBER, S(guards.min_records), 1, UINT32_MAX},
	{0, "guards-shrink", "N", "least size of a listing, in percent of the "
	    "last ones (default 50)", OPT_NUMBER, S(guards.shrink), 1, 100},
	{0, "guards-grow", "N", "greatest size, as so many times the last ones "
	    "(default 10)", OPT_NUMBER, S(guards.grow), 1, 1000000},
	{0, "guards-rejected", "N", "greatest share of records that cannot be "
	    "read, in percent (default 50)",
	    OPT_NUMBER, S(guards.rejected), 1, 100},
	{0, "guards-rejected-from", "N", "of listings of at least so many "
	    "records (default 10)", OPT_NUMBER, S(guards.rejected_from), 1,
	    1000000},
	{0, "guards-canary", "VALUE", "what must never be listed; none: not "
	    "what comes with the program", OPT_LIST, S(guards.canaries), 0, 0},
	{0, "guards-top-list", "FILE", "domains of which few may be listed",
	    OPT_STRING, S(guards.top_list), 0, 0},
	{0, "guards-top-share", "N", "how many of them, in percent (default 1)",
	    OPT_NUMBER, S(guards.top_share), 1, 100},
	{0, "guards-repeats", "N", "the same listing held so often in a row …",
	    OPT_NUMBER, S(guards.repeats), 1, 1000},
	{0, "guards-repeat", "WHAT", "… is held (default) or let through: hold "
	    "or accept", OPT_STRING, S(guards.repeat), 0, 0},
	{0, "follow-hosts", NULL, "follow redirects to other hosts, without "
	    "credentials", OPT_FLAG, S(follow_hosts), 0, 0},
	{0, "foreign-roots", NULL, "use API roots on other hosts or without TLS",
	    OPT_FLAG, S(foreign_roots), 0, 0},
	{0, "paging", "HOW", "how pages follow one another: auto (default), or "
	    "date, for servers whose cursors lose objects",
	    OPT_STRING, S(paging), 0, 0},
	{0, "full-every", "DAYS", "walk the whole collection as often as that, "
	    "for what was removed or edited (default: never)",
	    OPT_NUMBER, S(full_every), 1, 3650},
	{0, "exec-args", "WORD", "argument of the program that a source of kind "
	    "exec is", OPT_LIST, S(exec.args), 0, 0},
	{0, "exec-env", "NAME=VALUE", "variable of its environment (not for "
	    "secrets)", OPT_MAP, S(exec.env), 0, 0},
	{0, "exec-pass", "NAME", "variable of our own that it gets, too",
	    OPT_LIST, S(exec.pass), 0, 0},
	{0, "exec-dir", "DIR", "where it runs (default /)",
	    OPT_STRING, S(exec.dir), 0, 0},
	{0, "exec-paths", "PATH", "where it may write, too, and read whatever "
	    "that is", OPT_LIST, S(exec.paths), 0, 0},
	{0, "exec-memory", "N", "MiB of memory for it (default 1024)",
	    OPT_NUMBER, S(exec.memory), 1, 1048576},
	{0, "deviations", "ID=WHAT", "what to do about a server's fault: "
	    "ignore, warn or reject; see taxiway.yaml(5)",
	    OPT_MAP, S(deviations), 0, 0},
	{0, NULL, NULL, NULL, OPT_END, 0, 0, 0}
};

void
settings_rows(struct opt rows[OPT_MAX + 1])
{
	unsigned n;

	n = opt_append(rows, 0, settings_table, 0);
	n = opt_append(rows, n, feed_table, S(feed));
	opt_append(rows, n, schedule_table, S(schedule));
}

void
settings_free(struct settings *s)
{
	opt_free(settings_table, s);
	opt_free(schedule_table, &s->schedule);
	feed_options_free(&s->feed);
}

void
settings_drop_also(struct settings *s)
{
	opt_clear(opt_named(settings_table, "url-also"), s);
}

const char *
settings_given(const struct settings *s)
{
	struct opt rows[OPT_MAX + 1];
	const struct opt *o;

	settings_rows(rows);
	for (o = rows; o->kind != OPT_END; o++)
		if (o->offset != S(url) && opt_given(o, s))
			return o->name;
	return NULL;
}
