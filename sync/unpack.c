/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "sync/window.h"

#define READ_SIZE KIB(64)
#define MEMBER_SHOWN 200 /* bytes of a name in an error */
#define ZIP_END 22u /* bytes that end a zip, in front of a comment */

bool
unpack_is_archive(const char *p, size_t n)
{
	static const struct {
		const char *magic;
		size_t at, n;
	} kinds[] = {
		{"\x1f\x8b", 0, 2},             /* gzip */
		{"BZh", 0, 3},                  /* bzip2 */
		{"\xfd" "7zXZ", 0, 5},          /* xz */
		{"\x28\xb5\x2f\xfd", 0, 4},     /* zstd */
		{"PK\x03\x04", 0, 4},           /* zip */
		{"PK\x05\x06", 0, 4},           /* zip, empty */
		{"ustar", 257, 5},              /* tar */
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (n >= kinds[i].at + kinds[i].n && memcmp(p + kinds[i].at,
		    kinds[i].magic, kinds[i].n) == 0)
			return true;
	return false;
}

static int
damaged(struct archive *a, struct err *e)
{
	const char *why = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return err_set(e, ERR_LIMIT, "the archive takes more memory to "
		    "unpack than a fetcher has: pack it with a smaller "
		    "dictionary, as 'xz -6' does");
	return err_set(e, ERR_SYNTAX, "the archive is damaged or cut: %s",
	    why != NULL ? why : "it cannot be read");
}

struct unpacking {
	struct archive *a;
	const struct unpack *u;
	uint64_t window;     /* that it asks for */
	uint64_t total;      /* bytes that came out of it */
};

/* So much came out. */
static int
count(struct unpacking *k, size_t n, struct err *e)
{
	k->total += n;
	if (k->total > k->u->max)
		return err_set(e, ERR_LIMIT, "the archive unpacks to more than "
		    "the %llu bytes allowed (max-bytes)",
		    (unsigned long long)k->u->max);
	if (k->window > LIMIT_WINDOW && k->total > LIMIT_WINDOW)
		return err_set(e, ERR_LIMIT, "the archive takes %llu MiB of "
		    "memory to unpack, where %u are allowed: pack it with a "
		    "smaller dictionary, as 'xz -6' or 'zstd' without --long "
		    "do", (unsigned long long)(k->window >> 20),
		    LIMIT_WINDOW >> 20);
	return 0;
}

static int
give_member(struct unpacking *k, const char *name, struct err *e)
{
	const struct unpack *u = k->u;
	uint64_t bytes = 0;
	const void *p;
	int64_t at;
	size_t n;
	int rc;

	if (u->begin(u->ctx, name, e) != 0)
		return -1;
	while ((rc = archive_read_data_block(k->a, &p, &n, &at)) ==
	    ARCHIVE_OK) {
		bytes += n;
		if (count(k, n, e) != 0 || u->bytes(u->ctx, p, n, e) != 0)
			return -1;
	}
	if (rc != ARCHIVE_EOF)
		return damaged(k->a, e);
	return u->end(u->ctx, bytes, e);
}

/* Of many, the one that is not what it should be is named. */
static int
read_member(struct unpacking *k, const char *name, struct err *e)
{
	if (give_member(k, name, e) == 0)
		return 0;
	return name != NULL ? err_context(e, "%.*s", MEMBER_SHOWN, name) : -1;
}

/* What is not wanted is unpacked as well to get past it, but in zip. */
static int
pass_member(struct unpacking *k, struct err *e)
{
	const void *p;
	int64_t at;
	size_t n;
	int rc;

	if ((archive_format(k->a) & ARCHIVE_FORMAT_BASE_MASK) !=
	    ARCHIVE_FORMAT_TAR)
		return 0;
	while ((rc = archive_read_data_block(k->a, &p, &n, &at)) ==
	    ARCHIVE_OK)
		if (count(k, n, e) != 0)
			return -1;
	return rc == ARCHIVE_EOF ? 0 : damaged(k->a, e);
}

/* A compressed file has one member without a name of its own. */
static bool
is_wanted(struct archive *a, struct archive_entry *entry,
    const struct unpack *u)
{
	const char *name = archive_entry_pathname(entry), *base;

	if (archive_format(a) == ARCHIVE_FORMAT_RAW)
		return true;
	if (archive_entry_filetype(entry) != AE_IFREG || name == NULL)
		return false;
	base = strrchr(name, '/');
	base = base != NULL ? base + 1 : name;
	return u->member == NULL || fnmatch(u->member, name, 0) == 0 ||
	    fnmatch(u->member, base, 0) == 0;
}

static int
read_members(struct unpacking *k, struct err *e)
{
	const struct unpack *u = k->u;
	struct archive *a = k->a;
	struct archive_entry *entry;
	unsigned entries = 0, wanted = 0;
	int rc;

	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK ||
	    rc == ARCHIVE_WARN) {
		if (++entries > LIMIT_ARCHIVE_FILES)
			return err_set(e, ERR_LIMIT, "the archive holds more "
			    "than %u files: unpack it, and read the folder",
			    LIMIT_ARCHIVE_FILES);
		if (!is_wanted(a, entry, u)) {
			if (pass_member(k, e) != 0)
				return -1;
			continue;
		}
		wanted++;
		if (read_member(k, archive_format(a) == ARCHIVE_FORMAT_RAW ?
		    NULL : archive_entry_pathname(entry), e) != 0)
			return -1;
	}
	if (rc != ARCHIVE_EOF)
		return damaged(a, e);
	if (wanted == 0)
		return err_set(e, ERR_SYNTAX, "the archive holds no file%s%s",
		    u->member != NULL ? " that matches " : "",
		    u->member != NULL ? u->member : "");
	return 0;
}

/* A zip ends with its directory, behind which a comment may stand.  Without it the
 * files that are there are read one by one, and those that were cut off would be
 * missing without a word. */
static bool
lacks_directory(int fd, const char *head, size_t n)
{
	static const char begin[] = "PK\x05\x06";
	char tail[ZIP_END + 0xffff];
	off_t size = lseek(fd, 0, SEEK_END);
	size_t want;
	const char *p;

	if (n < 4 || size < 0 || (memcmp(head, "PK\x03\x04", 4) != 0 &&
	    memcmp(head, begin, 4) != 0))
		return false;
	want = size < (off_t)sizeof(tail) ? (size_t)size : sizeof(tail);
	if (pread(fd, tail, want, size - (off_t)want) != (ssize_t)want)
		return false; /* whoever reads it next says why */
	for (p = tail; (p = memmem(p, want - (size_t)(p - tail), begin, 4)) !=
	    NULL; p++)
		if ((size_t)(p - tail) + ZIP_END <= want)
			return false;
	return true;
}

int
unpack_file(int fd, const struct unpack *u, struct err *e)
{
	struct archive *a = archive_read_new();
	struct unpacking k = {.a = a, .u = u};
	char head[UNPACK_HEAD];
	ssize_t n;
	int rc;

	if (a == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	n = pread(fd, head, sizeof(head), 0);
	k.window = n > 0 ? window_of(head, (size_t)n) : 0;
	if (n > 0 && lacks_directory(fd, head, (size_t)n)) {
		archive_read_free(a);
		return err_set(e, ERR_SYNTAX, "the archive is damaged or cut: "
		    "a zip without the directory at its end");
	}
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_raw(a);
	if (lseek(fd, 0, SEEK_SET) < 0)
		rc = err_sys(e, ERR_IO, errno, "an archive cannot be read");
	else if (archive_read_open_fd(a, fd, READ_SIZE) != ARCHIVE_OK)
		rc = damaged(a, e);
	else
		rc = read_members(&k, e);
	archive_read_free(a);
	return rc;
}

int
unpack_spool(int kept, struct err *e)
{
	int fd;

	if (kept > 0) {
		fd = fcntl(kept, F_DUPFD_CLOEXEC, 3);
		if (fd >= 0 && ftruncate(fd, 0) == 0 &&
		    lseek(fd, 0, SEEK_SET) == 0)
			return fd;
		err_sys(e, ERR_IO, errno, "no room for an archive");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	fd = open(P_tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("taxiway-archive", MFD_CLOEXEC);
	if (fd < 0)
		return err_sys(e, ERR_IO, errno, "no room for an archive");
	return fd;
}

int
unpack_spool_add(int fd, const char *p, size_t n, struct err *e)
{
	return fs_write_all(fd, "an archive cannot be kept while it is read",
	    (struct slice){p, n}, e);
}
