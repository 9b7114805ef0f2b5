/* SPDX-License-Identifier: BSD-2-Clause */
/* cmocka with what it needs in front of it, and a check that names its row. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Tables say what is wrong by the row's own text. */
#define ROW_CHECK(holds, ...)                                                  \
	do {                                                                   \
		if (!(holds)) {                                                \
			print_error(__VA_ARGS__);                              \
			print_error(": %s\n", #holds);                         \
			fail();                                                \
		}                                                              \
	} while (0)

#endif
