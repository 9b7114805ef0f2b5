# SPDX-License-Identifier: BSD-2-Clause
# The daemon: its schedule, what it is asked and what it says.
check_PROGRAMS += tests/unit/sync_schedule
tests_unit_sync_schedule_SOURCES = tests/unit/sync_schedule.c
tests_unit_sync_schedule_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_schedule
