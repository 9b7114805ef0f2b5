# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets.  Each is a program of its own: linked with libFuzzer when
# configured with --enable-fuzzers, else with tests/fuzz/main.c, which replays
# tests/fuzz/corpus/<program>/ in "make check".  A target is added as:
#   check_PROGRAMS += tests/fuzz/fuzz_x
#   tests_fuzz_fuzz_x_SOURCES = tests/fuzz/fuzz_x.c $(FUZZ_MAIN)
#   tests_fuzz_fuzz_x_LDADD = libbase.la
#   tests_fuzz_fuzz_x_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
#   FUZZ_TESTS += tests/fuzz/fuzz_x
#   EXTRA_DIST += tests/fuzz/corpus/fuzz_x
# libFuzzer's own programs run until they are stopped, so they are no tests.
FUZZ_TESTS =
if ENABLE_FUZZERS
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/main.c
TESTS += $(FUZZ_TESTS)
endif
EXTRA_DIST += tests/fuzz/main.c

check_PROGRAMS += tests/fuzz/fuzz_base64 tests/fuzz/fuzz_tstamp \
	tests/fuzz/fuzz_value
tests_fuzz_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c $(FUZZ_MAIN)
tests_fuzz_fuzz_base64_LDADD = libbase.la
tests_fuzz_fuzz_base64_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_tstamp_SOURCES = tests/fuzz/fuzz_tstamp.c $(FUZZ_MAIN)
tests_fuzz_fuzz_tstamp_LDADD = libbase.la
tests_fuzz_fuzz_tstamp_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_value_SOURCES = tests/fuzz/fuzz_value.c $(FUZZ_MAIN)
tests_fuzz_fuzz_value_LDADD = libbase.la
tests_fuzz_fuzz_value_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_base64 tests/fuzz/fuzz_tstamp \
	tests/fuzz/fuzz_value
EXTRA_DIST += tests/fuzz/corpus/fuzz_base64 tests/fuzz/corpus/fuzz_tstamp \
	tests/fuzz/corpus/fuzz_value
