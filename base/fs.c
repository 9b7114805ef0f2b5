/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define FS_CHUNK KIB(64)

static int
read_all(int fd, const char *path, struct buf *out, struct err *e)
{
	for (;;) {
		size_t left = out->max - out->n;
		size_t room = left < FS_CHUNK ? left : FS_CHUNK;
		char over = 0, *p = room > 0 ? buf_room(out, room) : &over;
		ssize_t got;

		if (p == NULL)
			return err_set(e, ERR_MEMORY, "%s: out of memory",
			    path);
		got = read(fd, p, room > 0 ? room : 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, ERR_IO, errno, "%s", path);
		if (got == 0)
			return 0;
		if (room == 0)
			return err_set(e, ERR_LIMIT,
			    "%s: larger than %zu bytes", path, out->max);
		out->n += (size_t)got;
		out->p[out->n] = '\0';
	}
}

int
fs_read_fd(int fd, const char *path, struct buf *out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_sys(e, ERR_IO, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IO, "%s: not a regular file", path);
	return read_all(fd, path, out, e);
}

int
fs_read(const char *path, struct buf *out, struct err *e)
{
	int fd, rc;

	/* A FIFO must not hold us up before it is refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, ERR_IO, errno, "%s", path);
	rc = fs_read_fd(fd, path, out, e);
	close(fd);
	return rc;
}

int
fs_read_secret(const char *path, char **out, struct err *e)
{
	struct buf b;
	int rc = -1;

	buf_init(&b, LIMIT_SECRET);
	/* One allocation of full size: growing would leave copies behind. */
	if (buf_room(&b, LIMIT_SECRET) == NULL) {
		err_set(e, ERR_MEMORY, "%s: out of memory", path);
		goto out;
	}
	if (fs_read(path, &b, e) != 0)
		goto out;
	if (memchr(b.p, '\0', b.n) != NULL) {
		err_set(e, ERR_IO, "%s: a secret may not hold a NUL byte",
		    path);
		goto out;
	}
	if (b.n > 0 && b.p[b.n - 1] == '\n')
		b.n--;
	if (b.n > 0 && b.p[b.n - 1] == '\r')
		b.n--;
	*out = malloc(b.n + 1);
	if (*out == NULL) {
		err_set(e, ERR_MEMORY, "%s: out of memory", path);
		goto out;
	}
	memcpy(*out, b.p, b.n);
	(*out)[b.n] = '\0';
	rc = 0;
out:
	if (b.p != NULL)
		explicit_bzero(b.p, b.cap);
	buf_free(&b);
	return rc;
}

void
fs_wipe_string(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

int
fs_write_all(int fd, const char *what, struct slice bytes, struct err *e)
{
	while (bytes.n > 0) {
		ssize_t w = write(fd, bytes.p, bytes.n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys(e, ERR_IO, errno, "%s", what);
		bytes.p += w;
		bytes.n -= (size_t)w;
	}
	return 0;
}

char *
fs_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? strdup(".") :
	    strndup(path, (size_t)(slash - path) + 1);
}

char *
fs_under(const char *base, const char *path)
{
	char *full;

	if (base == NULL || path[0] == '/')
		return strdup(path);
	return asprintf(&full, "%s%s", base, path) < 0 ? NULL : full;
}

int
fs_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, rc;

	dir = slash == NULL ? strdup(".") :
	    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (dir == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int
fs_write(const char *path, struct slice bytes, unsigned mode, struct err *e)
{
	char *tmp;
	int fd;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return err_set(e, ERR_MEMORY, "%s: out of memory", path);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, ERR_IO, errno, "%s", tmp);
		free(tmp);
		return -1;
	}
	if (fchmod(fd, (mode_t)mode) != 0 ||
	    fs_write_all(fd, tmp, bytes, e) != 0 || fsync(fd) != 0) {
		err_sys(e, ERR_IO, errno, "%s", tmp);
		close(fd);
		goto fail;
	}
	if (close(fd) != 0 || rename(tmp, path) != 0 ||
	    fs_sync_folder(path) != 0) {
		err_sys(e, ERR_IO, errno, "%s", path);
		goto fail;
	}
	free(tmp);
	return 0;
fail:
	unlink(tmp);
	free(tmp);
	return -1;
}
