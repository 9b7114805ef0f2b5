# SPDX-License-Identifier: BSD-2-Clause
# The reader library, against stores that the writing half has filled.
READER_TESTS = \
	tests/unit/reader_abi \
	tests/unit/reader_damage \
	tests/unit/reader_lookup \
	tests/unit/reader_open \
	tests/unit/reader_past \
	tests/unit/reader_quiet \
	tests/unit/reader_state \
	tests/unit/reader_threads \
	tests/unit/reader_verify \
	tests/unit/reader_walk
check_PROGRAMS += $(READER_TESTS)
TESTS += $(READER_TESTS)
check_LTLIBRARIES += libreaderfixture.la
libreaderfixture_la_SOURCES = \
	tests/unit/reader_fixture.c tests/unit/reader_fixture.h
READER_LDADD = libreaderfixture.la libstore.la libreader.la libbase.la \
	$(CMOCKA_LIBS)
tests_unit_reader_lookup_SOURCES = tests/unit/reader_lookup.c
tests_unit_reader_lookup_LDADD = $(READER_LDADD)
tests_unit_reader_state_SOURCES = tests/unit/reader_state.c
tests_unit_reader_state_LDADD = $(READER_LDADD)
tests_unit_reader_past_SOURCES = tests/unit/reader_past.c
tests_unit_reader_past_LDADD = $(READER_LDADD)
tests_unit_reader_walk_SOURCES = tests/unit/reader_walk.c
tests_unit_reader_walk_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_unit_reader_walk_LDADD = $(READER_LDADD)
tests_unit_reader_open_SOURCES = tests/unit/reader_open.c
tests_unit_reader_open_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_unit_reader_open_LDADD = $(READER_LDADD)
tests_unit_reader_damage_SOURCES = tests/unit/reader_damage.c
tests_unit_reader_damage_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_unit_reader_damage_LDADD = $(READER_LDADD)
tests_unit_reader_threads_SOURCES = tests/unit/reader_threads.c
tests_unit_reader_threads_LDADD = $(READER_LDADD)
tests_unit_reader_abi_SOURCES = tests/unit/reader_abi.c
tests_unit_reader_abi_LDADD = $(READER_LDADD)
dist_check_SCRIPTS += tests/unit/reader_manual.py
TESTS += tests/unit/reader_manual.py

check_PROGRAMS += tests/fuzz/fuzz_pages
tests_fuzz_fuzz_pages_SOURCES = tests/fuzz/fuzz_pages.c $(FUZZ_MAIN)
tests_fuzz_fuzz_pages_LDADD = libreader.la
tests_fuzz_fuzz_pages_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_pages
EXTRA_DIST += tests/fuzz/corpus/fuzz_pages
tests_unit_reader_quiet_SOURCES = tests/unit/reader_quiet.c
tests_unit_reader_quiet_LDADD = $(READER_LDADD)
tests_unit_reader_quiet_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_reader_verify_SOURCES = tests/unit/reader_verify.c
tests_unit_reader_verify_LDADD = $(READER_LDADD)
