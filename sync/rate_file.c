/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of rates: a head, then one record for each origin, in the byte order
 * of the host.  Its lock is held for the look and the change only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/limits.h"
#include "sync/rate.h"
#include "sync/url.h"

#define MAGIC "taxiway rates 1\n"
#define HEAD 16

struct row {
	uint64_t origin; /* digest of its text */
	struct rate_state state;
};

static int
digest_origin(const char *url, uint64_t *out, struct err *e)
{
	struct buf text;
	struct url u;
	int rc = -1;

	buf_init(&text, LIMIT_URL);
	if (url_parse(slice_str(url), &u, e) == 0) {
		rc = url_origin(&u, &text);
		if (rc != 0)
			err_set(e, ERR_MEMORY, "out of memory");
		for (size_t i = 0; i < text.n; i++)
			if (text.p[i] >= 'A' && text.p[i] <= 'Z')
				text.p[i] = (char)(text.p[i] + 32);
		*out = digest64(text.p, text.n, 0);
	}
	buf_free(&text);
	return rc;
}

/* A file that is not ours to be read as one is begun anew. */
static int
check_head(int fd)
{
	char head[HEAD];

	if (pread(fd, head, HEAD, 0) == HEAD && memcmp(head, MAGIC, HEAD) == 0)
		return 0;
	if (ftruncate(fd, 0) != 0 || pwrite(fd, MAGIC, HEAD, 0) != HEAD)
		return -1;
	return 0;
}

static off_t
place(size_t i)
{
	return (off_t)(HEAD + i * sizeof(struct row));
}

/* The origin's row, or the one that it gets: a new one at the end, or where the
 * file is full that of the origin whose bucket has been full for longest. */
static size_t
find_row(int fd, uint64_t origin, struct row *row)
{
	size_t i, oldest = 0;
	int64_t least = INT64_MAX;
	struct row r;

	for (i = 0; i < RATE_ORIGINS; i++) {
		if (pread(fd, &r, sizeof(r), place(i)) != sizeof(r))
			break;
		if (r.origin == origin) {
			*row = r;
			return i;
		}
		if (r.state.next < least) {
			least = r.state.next;
			oldest = i;
		}
	}
	*row = (struct row){.origin = origin};
	return i < RATE_ORIGINS ? i : oldest;
}

static int
take_locked(int fd, const struct rate_ask *ask, struct rate_grant *grant,
    struct err *e)
{
	struct row row;
	size_t i;

	if (check_head(fd) != 0)
		return err_sys(e, ERR_IO, errno, "%s: cannot be written",
		    ask->path);
	if (digest_origin(ask->url, &row.origin, e) != 0)
		return -1;
	i = find_row(fd, row.origin, &row);
	if (ask->closed != 0)
		rate_close(&row.state, ask->closed, ask->now);
	else
		*grant = rate_take(ask->rate, &row.state, ask->now);
	if (pwrite(fd, &row, sizeof(row), place(i)) != sizeof(row))
		return err_sys(e, ERR_IO, errno, "%s: cannot be written",
		    ask->path);
	return 0;
}

int
rate_file_take(const struct rate_ask *ask, struct rate_grant *grant,
    struct err *e)
{
	int fd, rc;

	*grant = (struct rate_grant){true, 0};
	fd = open(ask->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW |
	    (ask->make ? O_CREAT : 0), 0640);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, ERR_IO, errno, "%s: cannot be opened",
		    ask->path);
	while ((rc = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
		;
	rc = rc != 0 ? err_sys(e, ERR_IO, errno, "%s: cannot be locked",
	    ask->path) : take_locked(fd, ask, grant, e);
	close(fd);
	return rc;
}
