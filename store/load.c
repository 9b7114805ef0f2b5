/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

static bool
marker_name(const char *path, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s-loading", path) < PATH_MAX;
}

static bool
read_id(int fd, char id[BOOT_ID_LEN])
{
	return fd >= 0 && read(fd, id, BOOT_ID_LEN) == BOOT_ID_LEN;
}

bool
load_boot_id(char id[BOOT_ID_LEN])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	bool ok = read_id(fd, id);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Does its loader live? */
static bool
marker_held(int fd)
{
	struct flock fl = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_GETLK, &fl) == 0 && fl.l_type != F_UNLCK;
}

/* Was the marker put in this boot?  Where there is no /proc, as in a chroot, a
 * lock on it says so as well. */
static bool
marker_of_this_boot(int fd, bool ask_lock)
{
	char was[BOOT_ID_LEN], now[BOOT_ID_LEN];

	if (!load_boot_id(now))
		return ask_lock && marker_held(fd);
	return read_id(fd, was) && memcmp(was, now, BOOT_ID_LEN) == 0;
}

enum load_state
load_state(const char *path)
{
	char name[PATH_MAX];
	bool same;
	int fd;

	if (!marker_name(path, name))
		return LOAD_NONE;
	fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return LOAD_NONE;
	same = marker_of_this_boot(fd, true);
	close(fd);
	return same ? LOAD_RUNNING : LOAD_LOST;
}

/* An open-file lock: it does not depend on what else this process closes. */
static bool
marker_lock(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &fl) == 0;
}

void
load_mark(const char *path, int *out)
{
	char name[PATH_MAX], id[BOOT_ID_LEN];
	int fd;

	*out = -1;
	if (!load_boot_id(id) || !marker_name(path, name))
		return;
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0640);
	if (fd < 0)
		return;
	if (marker_lock(fd) && write(fd, id, BOOT_ID_LEN) == BOOT_ID_LEN &&
	    fsync(fd) == 0 && fs_sync_folder(path) == 0) {
		*out = fd;
		return;
	}
	(void)unlink(name);
	close(fd);
}

void
load_unmark(const char *path, int *fd)
{
	char name[PATH_MAX];

	if (*fd < 0)
		return;
	if (marker_name(path, name)) {
		(void)unlink(name);
		(void)fs_sync_folder(path);
	}
	close(*fd);
	*fd = -1;
}

void
load_adopt(const char *path, int *out)
{
	char name[PATH_MAX];
	struct stat mine, there;
	int fd;

	*out = -1;
	if (!marker_name(path, name))
		return;
	fd = open(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Its loader may have finished between the two. */
	if (marker_lock(fd) && fstat(fd, &mine) == 0 &&
	    stat(name, &there) == 0 && mine.st_ino == there.st_ino &&
	    mine.st_dev == there.st_dev)
		*out = fd;
	else
		close(fd);
}

int
load_discard(const char *path, struct err *e)
{
	static const char *const parts[] = {"", "-lock", "-filter"};
	char name[PATH_MAX];
	size_t i;
	int fd;

	load_adopt(path, &fd);
	if (fd < 0 || marker_of_this_boot(fd, false)) {
		/* Somebody else does it, or has just done it. */
		if (fd >= 0)
			close(fd);
		return 0;
	}
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, parts[i]);
		if (unlink(name) != 0 && errno != ENOENT) {
			err_sys(e, ERR_STORE, errno, "store '%s': the machine "
			    "went down during its first load, and '%s' cannot "
			    "be removed to start anew", path, name);
			close(fd);
			return -1;
		}
	}
	load_unmark(path, &fd);
	return 0;
}
