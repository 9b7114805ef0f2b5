/* SPDX-License-Identifier: BSD-2-Clause */
/* Forms that several settings have, each read in one way. */
#include "cmd/settings_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/retry.h"

#define TIME_MOST (366 * TSTAMP_DAY)

int
settings_copy(char **to, const char *from, struct err *e)
{
	if (from == NULL)
		return 0;
	*to = strdup(from);
	return *to != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

int
settings_blob(struct job_blob *to, const char *base, const char *what,
    const char *file, struct err *e)
{
	struct buf text;
	char *path;
	int rc;

	if (file == NULL)
		return 0;
	path = fs_under(base, file);
	if (path == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	buf_init(&text, LIMIT_BODY_CONTROL);
	rc = fs_read(path, &text, e);
	free(path);
	if (rc != 0) {
		buf_free(&text);
		if (e != NULL && e->code == ERR_IO)
			e->code = ERR_CONFIG;
		return err_context(e, "%s", what);
	}
	to->n = text.n;
	to->p = buf_take(&text);
	return to->p != NULL ? 0 : err_set(e, ERR_MEMORY, "out of memory");
}

/* A scheme that is read, and no password: whoever can list processes would see
 * it. */
int
settings_url(const char *key, const char *url, bool file, struct err *e)
{
	const char *host = strstr(url, "://"), *at;
	bool http = strncasecmp(url, "http:", 5) == 0 ||
	    strncasecmp(url, "https:", 6) == 0;

	if (host == NULL && file)
		return 0;
	if (!http && !(file && strncasecmp(url, "file:", 5) == 0))
		return err_set(e, ERR_CONFIG, "%s: '%s' is no http:%s https: "
		    "%sURL", key, url, file ? "," : " or", file ? "or file: " :
		    "");
	at = host != NULL ? strpbrk(host + 3, "@/?#") : NULL;
	if (at != NULL && *at == '@')
		return err_set(e, ERR_CONFIG, "%s: has credentials in it; "
		    "give them by user and password-file", key);
	return 0;
}

int
settings_time(const char *key, const char *text, int64_t least, bool never,
    int64_t *out, struct err *e)
{
	int64_t t;

	if (text == NULL)
		return 0;
	if (never && strcmp(text, "never") == 0) {
		*out = 0;
		return 0;
	}
	if (duration_parse(slice_str(text), TIME_MOST, &t) != 0 || t < least)
		return err_set(e, ERR_CONFIG, "%s: '%.64s' is no time such as "
		    "15m, 1h or 1d (%lld s to 366 days%s)", key, text,
		    (long long)(least / TSTAMP_SECOND), never ? ", or never" : "");
	*out = t;
	return 0;
}

int
settings_size(const char *key, const char *text, uint64_t *out, struct err *e)
{
	static const char units[] = "KMGT";
	unsigned long long v;
	const char *unit;
	char *end;

	*out = 0;
	if (text == NULL)
		return 0;
	errno = 0;
	v = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
	if (v == 0 || errno != 0)
		goto bad;
	unit = *end != '\0' ? strchr(units, *end & ~0x20) : NULL;
	if (unit != NULL) {
		end++;
		if (v > UINT64_MAX >> (10 * (unit - units + 1)))
			goto bad;
		v <<= 10 * (unit - units + 1);
	}
	if (*end != '\0' && strcmp(end, "B") != 0 && strcmp(end, "iB") != 0)
		goto bad;
	*out = v;
	return 0;
bad:
	return err_set(e, ERR_CONFIG, "%s: '%.64s' is no size such as 500M or "
	    "2G (units of 1024)", key, text);
}

int
settings_slash(const char *word, uint8_t *out, struct err *e)
{
	static const char *const words[] = {[SLASH_KEEP] = "keep",
	    [SLASH_ADD] = "add", [SLASH_REMOVE] = "remove"};

	*out = SLASH_KEEP;
	for (size_t i = 0; word != NULL; i++) {
		if (i == ARRAY_LEN(words))
			return err_set(e, ERR_CONFIG, "slash: '%s' is none of "
			    "keep, add, remove", word);
		if (strcmp(word, words[i]) == 0) {
			*out = (uint8_t)i;
			break;
		}
	}
	return 0;
}

/* "ID: ACTION", or one action for all; later pairs count more. */
int
settings_deviations(const struct opt_map *m, uint8_t *to, struct err *e)
{
	for (uint32_t i = 0; i < m->n; i++) {
		const struct opt_pair *p = &m->v[i];
		enum deviation_action a = deviation_action_parse(p->value);
		int d = p->key != NULL ? deviation_find(slice_str(p->key)) : 0;

		if (a == DEVIATION_ACTIONS)
			return err_set(e, ERR_CONFIG, "deviations: '%.64s' is "
			    "neither 'ignore', 'warn' nor 'reject'", p->value);
		if (d < 0)
			return err_set(e, ERR_CONFIG, "deviations: there is no "
			    "'%.64s'; taxiway.yaml(5) lists them", p->key);
		if (p->key == NULL)
			memset(to, (int)a, DEVIATIONS);
		else
			to[d] = (uint8_t)a;
	}
	return 0;
}

static int
retry_time(const char *key, const char *text, uint32_t *out, struct err *e)
{
	int64_t t = 0;

	if (settings_time(key, text, TSTAMP_SECOND, false, &t, e) != 0)
		return -1;
	if (t > RETRY_LONGEST * TSTAMP_SECOND)
		return err_set(e, ERR_CONFIG, "%s: '%s' is more than 10 minutes",
		    key, text);
	*out = (uint32_t)(t / TSTAMP_SECOND);
	return 0;
}

int
settings_retry(const struct settings *s, struct job *job, struct err *e)
{
	uint32_t n = 0, first = 0, longest = 0;

	if (s->retries != NULL &&
	    opt_number(s->retries, 0, RETRY_MOST, &n) != 0)
		return err_set(e, ERR_CONFIG, "http-retries: '%s' is no number "
		    "from 0 to %u", s->retries, RETRY_MOST);
	if (retry_time("http-retry-wait", s->retry_wait, &first, e) != 0 ||
	    retry_time("http-retry-longest", s->retry_longest, &longest,
	    e) != 0)
		return -1;
	if (first > (longest > 0 ? longest : RETRY_WAIT_MAX))
		return err_set(e, ERR_CONFIG, "http-retry-wait: is longer than "
		    "http-retry-longest");
	if (job == NULL)
		return 0;
	job->most_tries = s->retries != NULL ? n + 1 : 0;
	job->retry_first = first;
	job->retry_longest = longest;
	return 0;
}

bool
settings_is_variable(const char *name)
{
	static const char more[] = "0123456789", first[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (strchr(first, name[i]) == NULL &&
		    (i == 0 || strchr(more, name[i]) == NULL))
			return false;
	return i > 0;
}

int
settings_one_line(const char *name, const char *secret, struct err *e)
{
	if (secret == NULL || strpbrk(secret, "\r\n") == NULL)
		return 0;
	return err_set(e, ERR_AUTH, "%s: is more than one line", name);
}

void
settings_fence(struct fence *f, void (*how)(struct fence *, const char *),
    const char *base, const char *path)
{
	char *full = path != NULL ? fs_under(base, path) : NULL;

	f->failed = f->failed || (path != NULL && full == NULL);
	how(f, full);
	free(full);
}
