/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays a corpus without a fuzzer: every file of a folder is given once to
 * LLVMFuzzerTestOneInput(), which aborts when a promise is broken.
 *
 *   fuzz_value [FOLDER]
 *
 * Without FOLDER it is $TOP_SRCDIR/tests/fuzz/corpus/<name of the program>, as
 * "make check" has it.  A folder without files is a failure: a replay of nothing
 * would pass for ever.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int
replay(const char *path)
{
	struct stat st;
	uint8_t *p = NULL;
	size_t n;
	FILE *f = fopen(path, "rb");
	int rc = -1;

	if (f == NULL || fstat(fileno(f), &st) != 0 || st.st_size < 0 ||
	    (uintmax_t)st.st_size > INPUT_MAX) {
		fprintf(stderr, "%s: cannot be read\n", path);
		goto out;
	}
	n = (size_t)st.st_size;
	/* Exactly as long as the input, so that a read past it is seen. */
	p = malloc(n != 0 ? n : 1);
	if (p == NULL || fread(p, 1, n, f) != n) {
		fprintf(stderr, "%s: cannot be read\n", path);
		goto out;
	}
	/* An abort leaves no other trace of the input that did it. */
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(p, n);
	rc = 0;
out:
	free(p);
	if (f != NULL)
		fclose(f);
	return rc;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* libtool's uninstalled programs are called "lt-<name>". */
static const char *
program_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	return strncmp(name, "lt-", 3) == 0 ? name + 3 : name;
}

int
main(int argc, char **argv)
{
	struct dirent **list = NULL;
	char folder[4096], path[8192];
	const char *top = getenv("TOP_SRCDIR");
	int i, n, failed = 0;

	if (argc > 1)
		snprintf(folder, sizeof(folder), "%s", argv[1]);
	else
		snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
		    top != NULL ? top : ".", program_name(argv[0]));
	n = scandir(folder, &list, is_visible, by_name);
	if (n <= 0) {
		fprintf(stderr, "%s: no inputs: %s\n", folder,
		    n < 0 ? strerror(errno) : "the folder is empty");
		free(list);
		return 1;
	}
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
		    list[i]->d_name);
		if (replay(path) != 0)
			failed = 1;
		free(list[i]);
	}
	free(list);
	printf("%d inputs\n", n);
	return failed;
}
