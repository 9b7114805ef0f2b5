# SPDX-License-Identifier: BSD-2-Clause
# The daemon: its schedule, what it is asked and what it says.
check_PROGRAMS += tests/unit/sync_schedule
tests_unit_sync_schedule_SOURCES = tests/unit/sync_schedule.c
tests_unit_sync_schedule_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_schedule

check_PROGRAMS += tests/unit/sync_health
tests_unit_sync_health_SOURCES = tests/unit/sync_health.c
tests_unit_sync_health_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_health

check_PROGRAMS += tests/unit/sync_metrics
tests_unit_sync_metrics_SOURCES = tests/unit/sync_metrics.c
tests_unit_sync_metrics_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_metrics

check_PROGRAMS += tests/unit/sync_control tests/fuzz/fuzz_control
tests_unit_sync_control_SOURCES = tests/unit/sync_control.c
tests_unit_sync_control_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_control_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_control
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c $(FUZZ_MAIN)
tests_fuzz_fuzz_control_LDADD = libsync.la
tests_fuzz_fuzz_control_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_control
EXTRA_DIST += tests/fuzz/corpus/fuzz_control

check_PROGRAMS += tests/unit/sync_daemon
tests_unit_sync_daemon_SOURCES = tests/unit/sync_daemon.c
tests_unit_sync_daemon_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_daemon_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_daemon
