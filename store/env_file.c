/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/env_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "store/pages.h"

/*
 * File systems on which a shared map is not coherent between hosts, or locks
 * are not kept.  The numbers are those of statfs(2).
 */
static const struct {
	uint32_t magic;
	const char *name;
} remote[] = {
    {0x00006969, "NFS"}, {0x0000517b, "SMB"}, {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"}, {0x01021997, "9P"}, {0x00c36400, "Ceph"},
    {0x5346414f, "AFS"}, {0x6b414653, "AFS"}, {0x73757245, "Coda"},
    {0x0000564c, "NCP"}, {0x0bd00bd0, "Lustre"}, {0x786f4256, "vboxsf"},
};

#define FUSE_MAGIC 0x65735546u

/* FUSE does local and remote things alike; the mount table knows which. */
static bool
fuse_is_remote(dev_t dev, char kind[32])
{
	static const char *const words[] = {"ssh", "s3", "gcs", "rclone",
	    "gluster", "ceph", "ftp", "dav", "smb", "nfs"};
	char line[4096], want[32];
	char *type;
	bool found = false;
	size_t i, n;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (f == NULL)
		return false;
	snprintf(want, sizeof(want), " %u:%u ",
	    (unsigned)(dev >> 8 & 0xfff),
	    (unsigned)((dev & 0xff) | (dev >> 12 & 0xfff00)));
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, want) == NULL)
			continue;
		type = strstr(line, " - fuse");
		if (type == NULL)
			continue;
		type += 3;
		n = strcspn(type, " \n");
		snprintf(kind, 32, "%.*s", (int)n, type);
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			found = found || strstr(kind, words[i]) != NULL;
	}
	fclose(f);
	return found;
}

/* On the file, or the folder of a file that is yet to be. */
static int
check_file_system(int fd, const char *path, struct err *e)
{
	struct statfs fs;
	struct stat st;
	char kind[32];
	size_t i;

	if (fstatfs(fd, &fs) != 0 || fstat(fd, &st) != 0)
		return 0; /* opening will tell */
	for (i = 0; i < ARRAY_LEN(remote); i++) {
		if ((uint32_t)fs.f_type == remote[i].magic)
			return err_set(e, ERR_STORE, "store '%s': lies on a "
			    "network file system (%s), where readers and "
			    "writer cannot share it; use a local disk",
			    path, remote[i].name);
	}
	if ((uint32_t)fs.f_type == FUSE_MAGIC &&
	    fuse_is_remote(st.st_dev, kind))
		return err_set(e, ERR_STORE, "store '%s': lies on a network "
		    "file system (%s), where readers and writer cannot share "
		    "it; use a local disk", path, kind);
	return 0;
}

static int
check_folder(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd, rc;

	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else if (slash - path >= (long)sizeof(folder))
		return err_set(e, ERR_STORE, "store '%s': path too long", path);
	else
		snprintf(folder, sizeof(folder), "%.*s/",
		    (int)(slash - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, ERR_STORE, errno,
		    "store '%s': its folder cannot be read", path);
	rc = check_file_system(fd, path, e);
	close(fd);
	return rc;
}

/*
 * LMDB trusts its two meta pages.  Their layout is fixed by its data format 1
 * (the first page's header is 16 bytes on 64-bit hosts); a 32-bit host leaves
 * the check to LMDB.
 */
enum {
	META_MAGIC = 16, META_VERSION = 20, META_PAGE_SIZE = 40,
	META_LAST_PAGE = 136, META_TXN = 144, META_LEN = 152
};

struct meta {
	uint32_t magic, version, page_size;
	uint64_t last_page, txn;
};

static int
meta_read(int fd, off_t at, struct meta *m)
{
	unsigned char b[META_LEN];

	/* Our own memory order, like LMDB's: it is not portable either. */
	if (pread(fd, b, sizeof(b), at) != (ssize_t)sizeof(b))
		return -1;
	memcpy(&m->magic, b + META_MAGIC, 4);
	memcpy(&m->version, b + META_VERSION, 4);
	memcpy(&m->page_size, b + META_PAGE_SIZE, 4);
	memcpy(&m->last_page, b + META_LAST_PAGE, 8);
	memcpy(&m->txn, b + META_TXN, 8);
	return 0;
}

#define LMDB_MAGIC 0xbeefc0deu
#define LMDB_DATA_VERSION 1

/*
 * A file that is too short would end the process later (SIGBUS).  One that is
 * being written may be so for a moment: the keeper makes it whole right behind
 * its commit.  If it was killed in between, what is missing is not referred to.
 */
static int
check_length(int fd, const char *path, uint64_t want, uint64_t txn,
    struct err *e)
{
	const struct timespec moment = {.tv_nsec = 2000000};
	struct pages_result found;
	struct stat st;
	int i;

	for (i = 0; i < 25; i++) {
		if (fstat(fd, &st) != 0)
			return err_sys(e, ERR_STORE, errno, "store '%s'", path);
		if ((uint64_t)st.st_size >= want)
			return 0;
		(void)nanosleep(&moment, NULL);
	}
	if (pages_check(fd, txn, NULL, NULL, &found) == 0 && found.faults == 0)
		return 0;
	return err_set(e, ERR_STORE, "store '%s': truncated, %llu of "
	    "%llu bytes are there; restore a copy, or remove it and "
	    "poll anew", path, (unsigned long long)st.st_size,
	    (unsigned long long)want);
}

/* The first of what pages.c finds. */
static void
keep_fault(void *ctx, const char *text)
{
	char *fault = ctx;

	if (strcmp(fault, "cannot be read") == 0)
		snprintf(fault, 256, "%s", text);
}

static int
check_pages(int fd, const char *path, struct err *e)
{
	struct meta a, b;
	uint64_t pages;

	if (sizeof(size_t) != 8)
		return 0;
	if (meta_read(fd, 0, &a) != 0 || a.magic != LMDB_MAGIC)
		return err_set(e, ERR_STORE, "'%s': not a Taxiway store; name "
		    "another file", path);
	if (a.version != LMDB_DATA_VERSION)
		return err_set(e, ERR_VERSION, "store '%s': written with "
		    "another generation of LMDB (data format %u, this program "
		    "reads %u); use 'taxiway export' of the version that wrote "
		    "it, then 'taxiway import'", path, a.version,
		    LMDB_DATA_VERSION);
	if (a.page_size < 512 || a.page_size > 65536 ||
	    (a.page_size & (a.page_size - 1)) != 0 ||
	    meta_read(fd, (off_t)a.page_size, &b) != 0 ||
	    b.magic != LMDB_MAGIC || b.page_size != a.page_size)
		return err_set(e, ERR_STORE, "store '%s': damaged first pages; "
		    "restore a copy, or remove it and poll anew", path);
	pages = (a.txn > b.txn ? a.last_page : b.last_page) + 1;
	if (pages > UINT64_MAX / a.page_size)
		pages = UINT64_MAX / a.page_size;
	return check_length(fd, path, pages * a.page_size,
	    a.txn > b.txn ? a.txn : b.txn, e);
}

/* The pages that opening follows, before LMDB does. */
static int
check_top(int fd, const char *path, struct err *e)
{
	struct pages_result found;
	char fault[256] = "cannot be read";
	int rc;

	rc = pages_check_top(fd, keep_fault, fault, &found);
	if (rc == ENOMEM)
		return err_set(e, ERR_MEMORY, "no memory to open the store");
	if (rc == EAGAIN || (rc == 0 && found.faults == 0))
		return 0;
	return err_set(e, ERR_STORE, "store '%s': damaged, %s; restore a copy,"
	    " or remove it and poll anew", path, fault);
}

int
env_file_check(const char *path, struct env_file *f, struct err *e)
{
	struct stat st;
	int fd, rc = -1;

	*f = (struct env_file){0};
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return check_folder(path, e);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_STORE, "store '%s': is a symbolic link; "
		    "name the file itself", path);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return err_sys(e, ERR_STORE, errno, "store '%s': no right to "
		    "read it; join its group or ask its owner", path);
	if (fd < 0)
		return err_sys(e, ERR_STORE, errno, "store '%s'", path);
	if (fstat(fd, &st) != 0) {
		err_sys(e, ERR_STORE, errno, "store '%s'", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_STORE, "store '%s': not a regular file; name "
		    "the store's file, like '/var/lib/taxiway/store.mdb'",
		    path);
		goto out;
	}
	f->exists = st.st_size > 0;
	f->dev = (uint64_t)st.st_dev;
	f->ino = (uint64_t)st.st_ino;
	f->size = (uint64_t)st.st_size;
	if (check_file_system(fd, path, e) != 0)
		goto out;
	if (f->exists && (check_pages(fd, path, e) != 0 ||
	    check_top(fd, path, e) != 0))
		goto out;
	rc = 0;
out:
	close(fd);
	return rc;
}

int
env_file_lock(const char *path, bool create, struct err *e)
{
	char lock[PATH_MAX];
	struct statvfs fs;
	int fd;

	if (snprintf(lock, sizeof(lock), "%s-lock", path) >= (int)sizeof(lock))
		return err_set(e, ERR_STORE, "store '%s': path too long", path);
	/* No descriptor of an existing lock file may be opened and closed here:
	 * that would drop locks that this process holds on it. */
	if (create) {
		fd = open(lock, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0660);
		if (fd >= 0) {
			/* Readers of the group need it, whatever the umask. */
			(void)fchmod(fd, 0660);
			close(fd);
			return 0;
		}
	}
	if (faccessat(AT_FDCWD, lock, R_OK | W_OK, AT_EACCESS) == 0)
		return 0;
	/* LMDB makes a missing one, if the folder lets us; on a file system that
	 * is read-only it goes on without, in silence. */
	if (errno == ENOENT && (statvfs(path, &fs) != 0 ||
	    (fs.f_flag & ST_RDONLY) == 0))
		return 0;
	return err_sys(e, ERR_STORE, errno, "store '%s': no right to write its "
	    "lock file '%s', which readers need too; join its group, or read "
	    "an immutable copy ('taxiway snapshot')", path, lock);
}
