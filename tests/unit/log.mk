# SPDX-License-Identifier: BSD-2-Clause
# What the daemon tells.
check_PROGRAMS += tests/unit/sync_log
tests_unit_sync_log_SOURCES = tests/unit/sync_log.c
tests_unit_sync_log_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_log_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_log
