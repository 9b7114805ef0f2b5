/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From facts to verdicts and advice.  Pure.  A step that failed is told in the
 * words of the error that a pull would give; what to do about it is a table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "base/slice.h"
#include "base/tstamp.h"
#include "sync/check.h"
#include "sync/taxii.h"

#define MS INT64_C(1000000)
#define CERT_DAYS 14   /* a certificate that ends sooner is worth a word */
#define STALE_DAYS 30  /* and so is a feed without anything newer */
#define SKEW_BORNE (60 * TSTAMP_SECOND)

static void CC_PRINTF(3, 4)
say(struct check_result *r, enum check_verdict v, const char *fmt, ...)
{
	va_list ap;

	r->verdict = v;
	va_start(ap, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
}

static void
advise(struct check_result *r, const char *text)
{
	snprintf(r->advice, sizeof(r->advice), "%s", text);
}

/* --- steps that were passed ----------------------------------------------- */

static void
judge_name(const struct check_facts *f, struct check_result *r)
{
	say(r, CHECK_GOOD, "%s%s (%" PRId64 " ms)", f->proxy ? "the proxy is "
	    : "", f->address[0] != '\0' ? f->address : "resolved",
	    f->resolve / MS);
}

static void
judge_connection(const struct check_facts *f, struct check_result *r)
{
	say(r, CHECK_GOOD, "port %" PRId64 "%s (%" PRId64 " ms)", f->port,
	    f->proxy ? " of the proxy" : "", f->connect / MS);
}

static void
judge_tls(const struct check_facts *f, struct check_result *r)
{
	int64_t days = f->not_after != TSTAMP_NONE ?
	    (f->not_after - f->now) / TSTAMP_DAY : INT64_MAX;

	if (!f->https) {
		say(r, CHECK_WARN, "none: %s be read and changed on the way",
		    strcmp(f->auth, "none") == 0 && !f->certificate ?
		    "what comes can" : "what comes and the credentials can");
		advise(r, "use https: where the server has it");
		return;
	}
	say(r, CHECK_GOOD, "TLS %s, %s by %s, chain of %" PRId64, f->tls,
	    f->subject, f->issuer, f->chain);
	if (days == INT64_MAX)
		return;
	snprintf(r->text + strlen(r->text), sizeof(r->text) - strlen(r->text),
	    ", %" PRId64 " days left", days);
	if (days < CERT_DAYS) {
		r->verdict = CHECK_WARN;
		advise(r, "the certificate ends soon: tell who runs the"
		    " server");
	}
}

static void
judge_auth(const struct check_facts *f, struct check_result *r)
{
	const char *beside = f->certificate ? "client certificate" : "";
	bool none = strcmp(f->auth, "none") == 0;

	if (none && !f->certificate)
		say(r, CHECK_GOOD, "none given, none asked for");
	else
		say(r, CHECK_GOOD, "%s%s%s: accepted", none ? "" : f->auth,
		    !none && f->certificate ? " and " : "", beside);
}

static void
judge_version(const struct check_facts *f, struct check_result *r)
{
	say(r, CHECK_GOOD, "%s%s", f->taxii ? "TAXII " : "", f->version);
	if (f->taxii && strcmp(f->version, "2.0") == 0)
		say(r, CHECK_GOOD, "TAXII 2.0: an older version, read by"
		    " ranges");
}

static void
judge_collection(const struct check_facts *f, struct check_result *r)
{
	say(r, CHECK_GOOD, "%s%s%s%s%s", f->title, f->title[0] != '\0' ? " (" :
	    "", f->collection, f->title[0] != '\0' ? ")" : "", f->writable ?
	    ", writable too" : "");
}

/* Some of them are read all the same (bad-validity), so as many as there are is
 * all of them. */
static void
judge_rejected(const struct check_facts *f, struct check_result *r)
{
	size_t used = strlen(r->text);
	int most = 0;

	for (int i = 1; i < REJECT_REASONS; i++)
		if (f->rejected_by[i] > f->rejected_by[most])
			most = i;
	snprintf(r->text + used, sizeof(r->text) - used, ", %" PRId64
	    " rejected%s%s", f->rejected, f->rejected_by[most] == 0 ? "" :
	    (int64_t)f->rejected_by[most] == f->rejected ? " as " :
	    ", most as ", f->rejected_by[most] == 0 ? "" : reject_name(most));
	if (f->rejected >= f->objects) {
		r->verdict = CHECK_WARN;
		advise(r, "`taxiway -v pull --dry-run` shows why");
	}
}

static void
judge_reading(const struct check_facts *f, struct check_result *r)
{
	if (f->full) {
		say(r, CHECK_WARN, "the first page is larger than %u MiB,"
		    " though few objects were asked for",
		    LIMIT_BODY_CONTROL / MIB(1));
		advise(r, "a server that ignores `limit` sends everything at"
		    " once: give it time with --low-speed-time");
		return;
	}
	if (f->objects == 0 && f->rejected == 0) {
		say(r, CHECK_WARN, "there are no objects");
		advise(r, f->taxii ? "is it the collection that is meant, and"
		    " may these credentials see what is in it?" : "is it the"
		    " document that is meant?");
		return;
	}
	say(r, CHECK_GOOD, "%" PRId64 " object%s%s%s", f->objects,
	    f->objects == 1 ? "" : "s", f->taxii ? " on the first page" : " read",
	    f->more ? ", more behind" : "");
	if (f->rejected > 0)
		judge_rejected(f, r);
}

static void
judge_paging(const struct check_facts *f, struct check_result *r)
{
	static const struct {
		enum check_verdict verdict;
		const char *text, *advice;
	} kinds[] = {
		[PAGING_UNKNOWN] = {CHECK_GOOD, "not needed: one page holds"
		    " everything", ""},
		[PAGING_CURSOR] = {CHECK_GOOD, "by cursor (next)", ""},
		[PAGING_HEADER] = {CHECK_GOOD, "by the date headers", ""},
		[PAGING_MANIFEST] = {CHECK_WARN, "by the manifest: neither a"
		    " cursor nor date headers", "slow, and each page costs two"
		    " requests: raise --limit"},
		[PAGING_RANGE] = {CHECK_GOOD, "by ranges (TAXII 2.0)", ""},
		[PAGING_NONE] = {CHECK_FAIL, "there is more, but neither a"
		    " cursor, nor date headers, nor a manifest leads to it",
		    "raise --limit until one page holds everything"},
		[PAGING_BROKEN] = {CHECK_WARN, "the cursor is not accepted by"
		    " the server that gave it", "nothing: a pull goes on by"
		    " the date headers"},
	};

	say(r, kinds[f->paging].verdict, "%s", kinds[f->paging].text);
	advise(r, kinds[f->paging].advice);
	if (f->newest_first && r->verdict == CHECK_GOOD) {
		say(r, CHECK_WARN, "%s, the newest first",
		    kinds[f->paging].text);
		advise(r, "nothing: but a pull that is broken off begins"
		    " anew");
	}
	if (f->ignored) {
		say(r, CHECK_WARN, "%s; added_after is ignored",
		    kinds[f->paging].text);
		advise(r, "nothing: but each pull reads everything; pull less"
		    " often");
	}
}

/* "3 hours", "12 days": the largest unit of which there are two. */
static void
say_age(int64_t age, char *out, size_t max)
{
	static const struct {
		int64_t of;
		const char *name;
	} units[] = {
		{365 * TSTAMP_DAY, "years"}, {TSTAMP_DAY, "days"},
		{3600 * TSTAMP_SECOND, "hours"}, {60 * TSTAMP_SECOND,
		"minutes"}, {TSTAMP_SECOND, "seconds"},
	};
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) && age < 2 * units[i].of)
		i++;
	snprintf(out, max, "%" PRId64 " %s", age / units[i].of, units[i].name);
}

static void
judge_newest(const struct check_facts *f, struct check_result *r)
{
	int64_t age;
	char text[64];

	if (f->newest == TSTAMP_NONE) {
		say(r, CHECK_SKIP, "the server does not say");
		return;
	}
	age = f->now - f->newest;
	if (age < -TSTAMP_DAY) {
		say(r, CHECK_WARN, "from the future");
		advise(r, "nothing: a pull does not let such dates mislead it,"
		    " but tell who runs the server");
		return;
	}
	if (f->within) /* the time that the check took is no matter */
		age += 60 * TSTAMP_SECOND;
	say_age(age > 0 ? age : 0, text, sizeof(text));
	say(r, CHECK_GOOD, "%s%s old%s", f->within ? "less than " :
	    f->beyond ? "more than " : "", text,
	    f->stated ? ", by its own date" : "");
	if (f->within)
		age = f->bound != TSTAMP_NONE ? f->now - f->bound : 0;
	if (age > STALE_DAYS * TSTAMP_DAY) {
		r->verdict = CHECK_WARN;
		advise(r, "is the feed still fed? ask who runs it");
	}
}

static void
judge_clock(const struct check_facts *f, struct check_result *r)
{
	int64_t off;
	char text[64];

	if (f->skew == TSTAMP_NONE) {
		say(r, CHECK_SKIP, "the server does not say");
		return;
	}
	off = f->skew < 0 ? -f->skew : f->skew;
	say_age(off, text, sizeof(text));
	if (off < 2 * TSTAMP_SECOND) {
		say(r, CHECK_GOOD, "the same");
	} else {
		say(r, off <= SKEW_BORNE ? CHECK_GOOD : CHECK_WARN,
		    "the server is %s %s", text, f->skew > 0 ? "ahead" :
		    "behind");
		if (off > SKEW_BORNE)
			advise(r, "set the clock of this host, if it is the"
			    " one that is wrong: validity is judged by it");
	}
}

/* --- the step that failed ------------------------------------------------- */

#define ANY (-1)

/* What a source is, as far as its steps go. */
enum { TAXII = 1, DOCUMENT = 2, LOCAL = 4, FEED = 6, ALL = 7 };

static unsigned
what_it_is(const struct check_facts *f)
{
	return f->taxii ? TAXII : f->file ? LOCAL : DOCUMENT;
}

static const struct way_out {
	unsigned of;         /* what the source is */
	enum check_step step;
	int status;          /* ANY */
	const char *word;    /* in the error; NULL: any */
	const char *advice;
} ways_out[] = {
	{ALL, CHECK_NAME, ANY, NULL, "is the name spelt right? Where only a proxy"
	    " knows names, give it with --proxy"},
	{ALL, CHECK_CONNECTION, ANY, "proxy", "see --proxy, --proxy-user and"
	    " --proxy-password-file"},
	{ALL, CHECK_CONNECTION, ANY, "time-out", "is a firewall in the way? A way"
	    " round is --proxy, more patience --connect-timeout"},
	{ALL, CHECK_CONNECTION, ANY, NULL, "is the server up, and the port right?"},
	{ALL, CHECK_TLS, ANY, "--ca-bundle", "get the certificate of that authority"
	    " from who runs the server, and give it with --ca-bundle"},
	{ALL, CHECK_TLS, ANY, "not yet valid", "set the clock of this host"},
	{ALL, CHECK_TLS, ANY, "expired", "who runs the server must renew it"},
	{ALL, CHECK_TLS, ANY, "host name", "use the name that the certificate is"
	    " for"},
	{ALL, CHECK_TLS, ANY, "pinned", "if the server has a new key, give its"
	    " --pinned-key; if not, somebody is in between"},
	{ALL, CHECK_TLS, ANY, "client certificate", "check --client-cert,"
	    " --client-key and --client-key-password-file"},
	{ALL, CHECK_TLS, ANY, "CA bundle", "--ca-bundle wants certificates as PEM"},
	{ALL, CHECK_TLS, ANY, NULL, "does the server speak TLS there (else: http:),"
	    " or want a client certificate (--client-cert)?"},
	{DOCUMENT, CHECK_AUTH, 403, NULL, "the credentials, or this host, may not read"
	    " this: what does the provider's page say?"},
	{ALL, CHECK_AUTH, 403, NULL, "the credentials are known, but may not read"
	    " this: ask who runs the server for the right, or `taxiway"
	    " discover` for what may be read"},
	{ALL, CHECK_AUTH, 407, NULL, "give --proxy-user and --proxy-password-file"},
	{ALL, CHECK_AUTH, ANY, "no token", "check --oauth2-url, --client-id and its"
	    " secret, --scope and --oauth2-body; or --login-url, --user and"
	    " the password"},
	{ALL, CHECK_AUTH, ANY, "certificate required", "the server wants a client"
	    " certificate: --client-cert, --client-key"},
	{ALL, CHECK_VERSION, 404, NULL, TAXII_NONE_HERE},
	{ALL, CHECK_VERSION, 406, NULL, "try --kind taxii20, or --accept with what"
	    " the server's manual says"},
	{ALL, CHECK_VERSION, ANY, "web page", "a page for people answers: is it the"
	    " URL of the API, and do the credentials go where they should?"},
	{ALL, CHECK_VERSION, ANY, "broke off", "if the server wants a client"
	    " certificate: --client-cert; else try again later"},
	{ALL, CHECK_VERSION, ANY, "--foreign-roots", "allow the other host with"
	    " --foreign-roots, or give its URL"},
	{ALL, CHECK_VERSION, ANY, "--follow-hosts", "give the URL that it leads to,"
	    " or allow it with --follow-hosts"},
	{ALL, CHECK_COLLECTION, ANY, "--collection", "choose one of them with"
	    " --collection"},
	{ALL, CHECK_COLLECTION, ANY, NULL, "`taxiway discover` lists what may be"
	    " read; choose with --collection"},
	{DOCUMENT, CHECK_READING, 404, NULL, "is the URL right, or did the feed move?"
	    " Its provider's page says"},
	{ALL, CHECK_READING, 404, NULL, "a server that says so where there is"
	    " nothing needs --empty-404; one that wants no / at the end,"
	    " --slash remove"},
	{ALL, CHECK_READING, 413, NULL, "ask for less at a time: --limit 100"},
	{ALL, CHECK_READING, 429, NULL, "come less often: --rate, with what the"
	    " server's manual allows"},
	{ALL, CHECK_READING, ANY, "time-out", "slow servers need"
	    " --low-speed-time, and smaller pages --limit"},
	{ALL, CHECK_READING, ANY, "broke off", "if the server wants a client"
	    " certificate: --client-cert; else try again later"},
	{DOCUMENT, CHECK_READING, ANY, "not found", "is the URL right, or did"
	    " the feed move? Its provider's page says"},
	{DOCUMENT, CHECK_READING, ANY, ": status ", "try again later; if it"
	    " stays so, ask who runs the server"},
	{LOCAL, CHECK_READING, ANY, "ermission", "may this user read it?"},
	{FEED, CHECK_READING, ANY, "is missing", "see taxiway.yaml(5) about this"
	    " kind of source"},
	{LOCAL, CHECK_READING, ANY, "program", "run it by hand: it writes a JSON"
	    " object a line, and ends with status 0"},
	{FEED, CHECK_READING, ANY, NULL, "`taxiway try` with this URL or file says"
	    " what it seems to be, and proposes settings"},
};

/* A 401 is told by what the server offers. */
static void
advise_auth(const struct check_facts *f, struct check_result *r)
{
	static const struct {
		const char *scheme, *option;
	} offers[] = {
		{"basic", "--user and --password-file"},
		{"bearer", "--token-file, --oauth2-url or --login-url"},
		{"token", "--token-file with --token-scheme Token"},
	};
	bool none = strcmp(f->auth, "none") == 0;

	for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
		if (strcasestr(f->schemes, offers[i].scheme) == NULL)
			continue;
		if (strcasestr(f->auth, offers[i].scheme) != NULL) {
			advise(r, "the kind is right, user or secret are not;"
			    " does the file hold nothing else?");
			return;
		}
		if (r->advice[0] == '\0')
			snprintf(r->advice, sizeof(r->advice), "%s %s",
			    none ? "give" : "another kind is wanted: give",
			    offers[i].option);
	}
	if (r->advice[0] == '\0')
		advise(r, none ? "give credentials: --user, --token-file,"
		    " --header-file or --client-cert, as the server's manual"
		    " says" : "user or secret are wrong, or another kind is"
		    " wanted: see the server's manual");
}

static void
judge_failure(const struct check_facts *f, enum check_step step,
    struct check_result *r)
{
	size_t n = strlen(f->url);

	/* The URL stands in the first line already. */
	if (strncmp(f->error, f->url, n) != 0 || f->error[n] != ':')
		n = 0;
	say(r, CHECK_FAIL, "%s", n > 0 ? f->error + n + 1 +
	    strspn(f->error + n + 1, " ") : f->error);
	if (step == CHECK_TLS && f->subject[0] != '\0')
		snprintf(r->text + strlen(r->text), sizeof(r->text) -
		    strlen(r->text), " (%s by %s)", f->subject, f->issuer);
	if (step == CHECK_AUTH && f->status == 401 &&
	    strstr(f->error, "no token") == NULL) {
		advise_auth(f, r);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(ways_out); i++) {
		if (ways_out[i].step == step &&
		    (ways_out[i].of & what_it_is(f)) != 0 &&
		    (ways_out[i].status == ANY ||
		    ways_out[i].status == f->status) &&
		    (ways_out[i].word == NULL ||
		    strstr(f->error, ways_out[i].word) != NULL)) {
			/* Some errors say it themselves. */
			if (strstr(f->error, ways_out[i].advice) == NULL)
				advise(r, ways_out[i].advice);
			return;
		}
	}
}

/* --- all of them ---------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned of;
	void (*judge)(const struct check_facts *f, struct check_result *r);
} steps[CHECK_STEPS] = {
	[CHECK_NAME] = {"name", TAXII | DOCUMENT, judge_name},
	[CHECK_CONNECTION] = {"connection", TAXII | DOCUMENT,
	    judge_connection},
	[CHECK_TLS] = {"tls", TAXII | DOCUMENT, judge_tls},
	[CHECK_AUTH] = {"auth", TAXII | DOCUMENT, judge_auth},
	[CHECK_VERSION] = {"type", TAXII | DOCUMENT | LOCAL, judge_version},
	[CHECK_COLLECTION] = {"collection", TAXII, judge_collection},
	[CHECK_READING] = {"reading", TAXII | DOCUMENT | LOCAL, judge_reading},
	[CHECK_PAGING] = {"paging", TAXII, judge_paging},
	[CHECK_NEWEST] = {"newest", TAXII, judge_newest},
	[CHECK_CLOCK] = {"clock", TAXII, judge_clock},
};

enum check_verdict
check_judge(const struct check_facts *f, struct check_result out[CHECK_STEPS])
{
	unsigned of = what_it_is(f);
	enum check_verdict worst = CHECK_GOOD;

	memset(out, 0, CHECK_STEPS * sizeof(*out));
	for (int i = 0; i < CHECK_STEPS; i++) {
		struct check_result *r = &out[i];

		if ((steps[i].of & of) == 0)
			continue;
		r->name = steps[i].name;
		if (i == f->failed)
			judge_failure(f, (enum check_step)i, r);
		else if (i > f->failed)
			say(r, CHECK_SKIP, "not tried");
		else
			steps[i].judge(f, r);
		if (r->verdict > worst)
			worst = r->verdict;
	}
	return worst;
}

const char *
check_word(enum check_verdict v)
{
	static const char *const words[] = {[CHECK_SKIP] = "skip",
	    [CHECK_GOOD] = "good", [CHECK_WARN] = "warn",
	    [CHECK_FAIL] = "fail"};

	return words[v];
}
