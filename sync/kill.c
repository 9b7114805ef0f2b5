/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/kill.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/hook_env.h"

/* Counters of a process that is about to be killed: the one place in the
 * program with state of its own, and only in this kind of build. */
#define POINTS 11
static unsigned long passed[POINTS];

/* The number behind "NAME:", or 0. */
static unsigned long
number_behind(const char *text, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(text, name, n) != 0 || text[n] != ':' ||
	    text[n + 1] < '0' || text[n + 1] > '9')
		return 0;
	return strtoul(text + n + 1, NULL, 10);
}

void
kill_point(const char *name)
{
	static const char *const names[POINTS] = {"keeper:frame",
	    "keeper:commit:before", "keeper:commit:after", "keeper:upkeep",
	    "fetcher:frame", "fetcher:ack:before",
	    "fetcher:ack:after", "export:begin", "export:file", "export:files",
	    "export:removed"};
	const char *text = hook_env("TAXIWAY_TEST_KILL");
	unsigned long at;
	unsigned i;

	if (text == NULL)
		return;
	at = number_behind(text, name);
	if (at == 0 && strcmp(name, "keeper:commit:before") == 0)
		at = number_behind(text, "keeper:commit");
	for (i = 0; i < POINTS; i++)
		if (at > 0 && strcmp(names[i], name) == 0 &&
		    ++passed[i] == at)
			raise(SIGKILL);
}
