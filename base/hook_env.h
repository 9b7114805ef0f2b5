/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment, for tests alone: variables that a build with
 * TAXIWAY_TEST_HOOKS obeys.  Any other build has no such code.
 */
#ifndef BASE_HOOK_ENV_H
#define BASE_HOOK_ENV_H

/* The value of a variable, borrowed; NULL: it is not set. */
const char *hook_env(const char *name);

#endif
