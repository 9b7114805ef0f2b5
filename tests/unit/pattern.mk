# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of patterns, reduction, markings, ids and the STIX writer.
check_PROGRAMS += tests/unit/stix_pattern
tests_unit_stix_pattern_SOURCES = tests/unit/stix_pattern.c \
	tests/unit/pattern_cases.h
tests_unit_stix_pattern_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_pattern_LDADD = libstix.la libbase.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
TESTS += tests/unit/stix_pattern

check_PROGRAMS += tests/unit/stix_marking
tests_unit_stix_marking_SOURCES = tests/unit/stix_marking.c
tests_unit_stix_marking_LDADD = libstix.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/stix_marking

check_PROGRAMS += tests/unit/stix_id_write
tests_unit_stix_id_write_SOURCES = tests/unit/stix_id_write.c
tests_unit_stix_id_write_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_id_write_LDADD = libstix.la libbase.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
TESTS += tests/unit/stix_id_write

check_PROGRAMS += tests/unit/stix_reduce
tests_unit_stix_reduce_SOURCES = tests/unit/stix_reduce.c \
	tests/unit/pattern_cases.h tests/unit/reduce_cases.h \
	tests/unit/reduce_same.h
tests_unit_stix_reduce_LDADD = libstix.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/stix_reduce

check_PROGRAMS += tests/unit/stix_unreduce
tests_unit_stix_unreduce_SOURCES = tests/unit/stix_unreduce.c
tests_unit_stix_unreduce_LDADD = libstix.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/stix_unreduce

check_PROGRAMS += tests/fuzz/fuzz_pattern
tests_fuzz_fuzz_pattern_SOURCES = tests/fuzz/fuzz_pattern.c \
	tests/unit/reduce_same.h $(FUZZ_MAIN)
tests_fuzz_fuzz_pattern_LDADD = libstix.la libbase.la
tests_fuzz_fuzz_pattern_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_pattern
EXTRA_DIST += tests/fuzz/corpus/fuzz_pattern
