/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/control_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *
beside(const char *store, const char *tail, struct err *e)
{
	char *path;

	if (asprintf(&path, "%s-%s", store, tail) >= 0)
		return path;
	err_set(e, ERR_MEMORY, "out of memory");
	return NULL;
}

char *
control_path(const char *store, struct err *e)
{
	return beside(store, "sock", e);
}

char *
daemon_lock_path(const char *store, struct err *e)
{
	return beside(store, "run", e);
}

int
control_address(const char *path, struct sockaddr_un *out, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash != NULL ?
	    strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int dir = -1, n;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (folder == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err_sys(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_STORE, errno,
		    "'%s'", folder);
	free(folder);
	if (dir < 0)
		return -1;
	n = snprintf(out->sun_path, sizeof(out->sun_path),
	    "/proc/self/fd/%d/%s", dir, slash != NULL ? slash + 1 : path);
	if (n > 0 && (size_t)n < sizeof(out->sun_path))
		return dir;
	close(dir);
	return err_set(e, ERR_STORE, "'%s': the name is too long for a socket",
	    path);
}
