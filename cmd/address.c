/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/fs.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "sync/url.h"

static bool
is_file_url(const char *text)
{
	return strncasecmp(text, "file:", 5) == 0;
}

bool
address_is_url(const char *text)
{
	return strstr(text, "://") != NULL || is_file_url(text);
}

/* ---- paths -------------------------------------------------------------- */

/* "file:x", "file:///x", "file://localhost/x": the path in it. */
static const char *
path_of_url(const char *text)
{
	if (!is_file_url(text))
		return text;
	text += 5;
	if (strncmp(text, "//", 2) != 0)
		return text;
	text += 2;
	return strncmp(text, "localhost/", 10) == 0 ? text + 9 : text;
}

/* "%41" to "A" in a copy; what is no escape stays. */
static char *
unescape(const char *text)
{
	char *copy = strdup(text), *to = copy;
	uint8_t c;

	for (; copy != NULL && *text != '\0'; text++) {
		if (text[0] == '%' && text[1] != '\0' && text[2] != '\0' &&
		    hex_decode(text + 1, &c, 1) == 0 && c != 0) {
			*to++ = (char)c;
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	if (copy != NULL)
		*to = '\0';
	return copy;
}

/* The same, absolute and without links; the file itself may be missing. */
static char *
path_of_missing(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder, *real, *full = NULL;

	folder = slash == NULL ? strdup(".") : slash == path ? strdup("/") :
	    strndup(path, (size_t)(slash - path));
	real = folder != NULL ? realpath(folder, NULL) : NULL;
	if (real != NULL && asprintf(&full, "%s%s%s", real,
	    strcmp(real, "/") == 0 ? "" : "/",
	    slash != NULL ? slash + 1 : path) < 0)
		full = NULL;
	free(folder);
	free(real);
	return full;
}

static int
check_file(const char *shown, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_sys(e, ERR_CONFIG, errno, "%s", shown);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s: is neither a regular file "
		    "nor a folder; save what it gives into one and name that",
		    shown);
	return 0;
}

static char *
resolve_path(const char *path, bool may_miss, struct err *e)
{
	char *full = realpath(path, NULL);
	int sys = errno;

	if (full != NULL) {
		if (may_miss || check_file(path, full, e) == 0)
			return full;
		free(full);
		return NULL;
	}
	if (may_miss && (full = path_of_missing(path)) != NULL)
		return full;
	if (sys == ENOENT || sys == ENOTDIR)
		err_set(e, ERR_CONFIG, "%s: no such file (a URL begins with "
		    "https:// or http://)", path);
	else
		err_sys(e, ERR_CONFIG, sys, "%s", path);
	return NULL;
}

/* The absolute path that the setting means, or NULL with e set.  `loose`: what
 * is there, if anything, is for the source to find out. */
static char *
file_path(const char *url, const char *base, bool loose, struct err *e)
{
	char *from = fs_under(base, path_of_url(url)), *plain, *full;

	if (from == NULL)
		return err_set(e, ERR_MEMORY, "out of memory"), NULL;
	plain = is_file_url(url) && strchr(from, '%') != NULL ?
	    unescape(from) : NULL;
	full = plain != NULL ? realpath(from, NULL) : NULL;
	if (full != NULL) { /* as it stands, with its percent signs */
		free(plain);
		plain = NULL;
		free(full);
	}
	full = resolve_path(plain != NULL ? plain : from, loose, e);
	free(plain);
	free(from);
	return full;
}

/* ---- names -------------------------------------------------------------- */

/* A name that is too long keeps its end, which tells most, behind a digest of
 * all of it. */
static char *
short_name(char *name)
{
	uint8_t digest[SHA256_LEN];
	char hex[9] = {0}, *made;
	size_t n = strlen(name), at;

	if (n <= LIMIT_SOURCE_NAME)
		return name;
	sha256(name, n, digest);
	hex_encode(digest, 4, hex);
	at = n - (LIMIT_SOURCE_NAME - sizeof(hex) - 2);
	while (at < n && ((unsigned char)name[at] & 0xc0) == 0x80)
		at++;
	if (asprintf(&made, "%s...%s", hex, name + at) < 0)
		made = NULL;
	free(name);
	return made;
}

/* Host in lower case, port where it is not the usual one, path. */
static char *
url_name(const struct url *u)
{
	bool usual = u->port == (u->scheme == URL_HTTPS ? 443 : 80);
	struct slice path = u->path;
	struct buf out;
	size_t i;

	buf_init(&out, LIMIT_URL + 16);
	for (i = 0; i < u->host.n; i++)
		buf_char(&out, u->host.p[i] >= 'A' && u->host.p[i] <= 'Z' ?
		    (char)(u->host.p[i] + 32) : u->host.p[i]);
	if (!usual)
		buf_printf(&out, ":%u", u->port);
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	buf_slice(&out, path);
	return buf_take(&out);
}

static int
job_name(const struct settings *s, char *made, struct job *job, struct err *e)
{
	char *longer;

	if (s->name != NULL) {
		free(made);
		made = strdup(s->name);
	} else if (made != NULL && s->collection != NULL) {
		if (asprintf(&longer, "%s %s", made, s->collection) < 0)
			longer = NULL;
		free(made);
		made = longer;
	}
	job->name = made != NULL ? short_name(made) : NULL;
	return job->name != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

/* Where a source is, as its job has it, and what it would be called. */
struct place {
	char *url, *name;
};

static int
find_place(const char *key, const char *url, const char *base, bool loose,
    struct place *p, struct err *e)
{
	struct url u;

	if (address_is_url(url) && !is_file_url(url)) {
		if (url_parse(slice_str(url), &u, e) != 0) {
			if (e != NULL)
				e->code = ERR_CONFIG;
			return err_context(e, "%s", key);
		}
		p->url = strdup(url);
		p->name = url_name(&u);
	} else {
		p->name = file_path(url, base, loose, e);
		if (p->name == NULL)
			return -1;
		if (asprintf(&p->url, "file://%s", p->name) < 0)
			p->url = NULL;
	}
	if (p->url != NULL)
		return 0;
	free(p->name);
	return err_set(e, ERR_MEMORY, "out of memory");
}

/* One that is not there is what the others are for. */
static int
find_also(const struct settings *s, const char *base, struct job *job,
    struct err *e)
{
	struct place p;

	if (s->url_also.n == 0)
		return 0;
	job->url_also = calloc(s->url_also.n, sizeof(*job->url_also));
	if (job->url_also == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (uint32_t i = 0; i < s->url_also.n; i++) {
		if (find_place("url-also", s->url_also.v[i], base, true, &p,
		    e) != 0)
			return -1;
		free(p.name);
		job->url_also[job->nurl_also++] = p.url;
	}
	return 0;
}

int
address_job(const struct settings *s, const char *base, struct job *job,
    struct err *e)
{
	struct place p;

	/* A feed of MISP is a folder. */
	if (find_place("url", s->url, base, base != NULL || (s->kind != NULL &&
	    strcmp(s->kind, "mispfeed") == 0), &p, e) != 0)
		return -1;
	job->url = p.url;
	return job_name(s, p.name, job, e) == 0 ?
	    find_also(s, base, job, e) : -1;
}
