/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/fd_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int
fd_open(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%s: cannot be opened", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(e, ERR_IO, "%s: not a regular file", path);
}

int
fd_each(int fd, const struct fd_each *each, uint64_t *total, struct err *e)
{
	char *room = malloc(each->piece);
	ssize_t n;
	int rc = 0;

	*total = 0;
	if (room == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	while (rc == 0 && (n = read(fd, room, each->piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = err_sys(e, ERR_IO, errno, "%s cannot be read",
			    each->subject);
			break;
		}
		*total += (uint64_t)n;
		if (*total > each->max)
			rc = err_set(e, ERR_LIMIT, "%s than the %llu bytes "
			    "allowed", each->larger,
			    (unsigned long long)each->max);
		else
			rc = each->bytes(each->ctx, room, (size_t)n, e);
	}
	free(room);
	return rc;
}
