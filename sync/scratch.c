/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH_DIR P_tmpdir "/taxiway-XXXXXX"
#define SCRATCH_FILE "/store.mdb"

int
scratch_make(char path[SCRATCH_PATH], struct err *e)
{
	_Static_assert(sizeof(SCRATCH_DIR SCRATCH_FILE) <= SCRATCH_PATH,
	    "the path fits");

	memcpy(path, SCRATCH_DIR, sizeof(SCRATCH_DIR));
	if (mkdtemp(path) == NULL)
		return err_sys(e, ERR_STORE, errno, "no folder in %s for a dry "
		    "run", P_tmpdir);
	memcpy(path + sizeof(SCRATCH_DIR) - 1, SCRATCH_FILE,
	    sizeof(SCRATCH_FILE));
	return 0;
}

void
scratch_remove(const char *path)
{
	char folder[sizeof(SCRATCH_DIR)];
	struct dirent *entry;
	DIR *dir;

	memcpy(folder, path, sizeof(folder) - 1);
	folder[sizeof(folder) - 1] = '\0';
	dir = opendir(folder);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		(void)!unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	(void)!rmdir(folder);
}
