/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hook_env.h"

#include <string.h>
#include <unistd.h>

const char *
hook_env(const char *name)
{
	size_t n = strlen(name);
	char **p;

	for (p = environ; p != NULL && *p != NULL; p++)
		if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
			return *p + n + 1;
	return NULL;
}
