/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's view of a kill: what lies in the file at this moment, and nothing
 * of what the process knew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/life_play.h"

static bool
copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	static char room[1 << 16];
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, room, sizeof(room))) > 0) {
		if (write(out, room, (size_t)n) != n) {
			n = -1;
			break;
		}
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return n == 0;
}

bool
play_copy(struct play *p, struct folder *to)
{
	char from[PATH_MAX + 300], name[PATH_MAX + 300];
	struct dirent *d;
	bool ok = true;
	DIR *dir;

	folder_make(to);
	if ((dir = opendir(p->f.path)) == NULL)
		return play_wrong(p, "no folder");
	while (ok && (d = readdir(dir)) != NULL) {
		if (strncmp(d->d_name, "store.mdb", 9) != 0 ||
		    strcmp(d->d_name, "store.mdb-lock") == 0)
			continue;
		snprintf(from, sizeof(from), "%s/%s", p->f.path, d->d_name);
		snprintf(name, sizeof(name), "%s/%s", to->path, d->d_name);
		ok = copy_file(from, name);
	}
	closedir(dir);
	return ok || play_wrong(p, "the store cannot be copied");
}
