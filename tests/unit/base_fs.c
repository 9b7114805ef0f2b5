/* SPDX-License-Identifier: BSD-2-Clause */
/* fs.c and log.c */
#include "unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"

struct folder {
	char path[256];
	char file[300];
};

static int
folder_make(void **state)
{
	static struct folder f;
	const char *tmp = getenv("TMPDIR");

	snprintf(f.path, sizeof(f.path), "%s/taxiway-fs-XXXXXX",
	    tmp != NULL && strlen(tmp) < 200 ? tmp : "/tmp");
	if (mkdtemp(f.path) == NULL)
		return -1;
	snprintf(f.file, sizeof(f.file), "%s/file", f.path);
	*state = &f;
	return 0;
}

static int
folder_entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static int
folder_remove(void **state)
{
	struct folder *f = *state;

	unlink(f->file);
	rmdir(f->file);
	return rmdir(f->path);
}

static void
put_file(const char *path, const void *p, size_t n)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(p, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static void
test_write_and_read(void **state)
{
	struct folder *f = *state;
	struct err e = ERR_INIT;
	struct stat st;
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(fs_write(f->file, SLICE("one"), 0640, &e), 0);
	assert_int_equal(fs_read(f->file, &b, &e), 0);
	assert_string_equal(b.p, "one");
	assert_int_equal(fs_write(f->file, SLICE("two\0x"), 0600, &e), 0);
	assert_int_equal(fs_read(f->file, &b, &e), 0); /* appends */
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "onetwo\0x", 9);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(folder_entries(f->path), 1); /* nothing left over */
	buf_free(&b);
}

static void
test_write_fails_cleanly(void **state)
{
	struct folder *f = *state;
	struct err e = ERR_INIT;
	char path[400];

	snprintf(path, sizeof(path), "%s/none/file", f->path);
	assert_int_equal(fs_write(path, SLICE("x"), 0600, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.text, path));
	/* A folder cannot be replaced by a file. */
	err_clear(&e);
	assert_int_equal(mkdir(f->file, 0700), 0);
	assert_int_equal(fs_write(f->file, SLICE("x"), 0600, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(folder_entries(f->path), 1);
}

static void
test_read_limits(void **state)
{
	struct folder *f = *state;
	char bytes[65];
	size_t max;

	memset(bytes, 'x', sizeof(bytes));
	for (max = 63; max <= 65; max++) {
		struct err e = ERR_INIT;
		struct buf b;
		int rc;

		put_file(f->file, bytes, 64);
		buf_init(&b, max);
		rc = fs_read(f->file, &b, &e);
		assert_int_equal(rc, max < 64 ? -1 : 0);
		assert_int_equal(e.code, max < 64 ? ERR_LIMIT : ERR_NONE);
		if (rc == 0)
			assert_int_equal(b.n, 64);
		buf_free(&b);
	}
}

static void
test_read_refuses(void **state)
{
	struct folder *f = *state;
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(fs_read(f->file, &b, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	assert_non_null(strstr(e.text, f->file));
	err_clear(&e);
	assert_int_equal(fs_read(f->path, &b, &e), -1);
	assert_int_equal(e.code, ERR_IO);
	err_clear(&e);
	/* Nobody writes to it: an open that waits would never return. */
	assert_int_equal(mkfifo(f->file, 0600), 0);
	assert_int_equal(fs_read(f->file, &b, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	buf_free(&b);
}

static void
test_secret(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want; /* NULL: refused */
	} rows[] = {
		{"hunter2", 7, "hunter2"}, {"hunter2\n", 8, "hunter2"},
		{"hunter2\r\n", 9, "hunter2"}, {"hunter2\n\n", 9, "hunter2\n"},
		{" a b ", 5, " a b "}, {"", 0, ""}, {"\n", 1, ""},
		{"a\0b", 3, NULL}
	};
	struct folder *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		char *secret = NULL;
		int rc;

		put_file(f->file, rows[i].bytes, rows[i].n);
		rc = fs_read_secret(f->file, &secret, &e);
		ROW_CHECK(rc == (rows[i].want != NULL ? 0 : -1), "row %zu", i);
		if (rc == 0)
			assert_string_equal(secret, rows[i].want);
		else
			assert_null(secret);
		fs_wipe_string(secret);
	}
	fs_wipe_string(NULL);
}

static void
test_secret_too_large(void **state)
{
	struct folder *f = *state;
	struct err e = ERR_INIT;
	char *bytes = malloc(LIMIT_SECRET + 1), *secret = NULL;

	assert_non_null(bytes);
	memset(bytes, 'x', LIMIT_SECRET + 1);
	put_file(f->file, bytes, LIMIT_SECRET);
	assert_int_equal(fs_read_secret(f->file, &secret, &e), 0);
	assert_int_equal(strlen(secret), LIMIT_SECRET);
	fs_wipe_string(secret);
	secret = NULL;
	put_file(f->file, bytes, LIMIT_SECRET + 1);
	assert_int_equal(fs_read_secret(f->file, &secret, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_null(secret);
	free(bytes);
}

#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_write_and_read),
		IN_FOLDER(test_write_fails_cleanly),
		IN_FOLDER(test_read_limits),
		IN_FOLDER(test_read_refuses),
		IN_FOLDER(test_secret),
		IN_FOLDER(test_secret_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
