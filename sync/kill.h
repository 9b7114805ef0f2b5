/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sudden death, for tests.  In a build with TAXIWAY_TEST_HOOKS the environment
 * variable TAXIWAY_TEST_KILL = "POINT:N" kills the process with SIGKILL when it
 * passes the point of that name for the Nth time.  Points: keeper:frame,
 * keeper:commit:before, keeper:commit:after, fetcher:frame,
 * fetcher:ack:before, fetcher:ack:after, and of an export of rules export:begin,
 * export:file, export:files, export:removed; "keeper:commit:N" is short for
 * keeper:commit:before:N.  Any other build has no such code.
 */
#ifndef SYNC_KILL_H
#define SYNC_KILL_H

#ifdef TAXIWAY_TEST_HOOKS
void kill_point(const char *name);
#else
static inline void
kill_point(const char *name)
{
	(void)name;
}
#endif

#endif
