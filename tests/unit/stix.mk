# SPDX-License-Identifier: BSD-2-Clause
# The splitter and the scanner.  Their tests are built twice: as the program
# has them, and without SIMD.
STIX_SCAN_C = \
	stix/object.c stix/object_fields.c stix/object_fields.h \
	stix/object_peek.c stix/scan.c stix/scan.h stix/scan_block.h \
	stix/scan_escape.c stix/scan_escape.h stix/scan_nest.c stix/scan_nest.h \
	stix/scan_number.c stix/scan_number.h
STIX_SPLIT_C = \
	stix/split.c stix/split_item.c stix/split_keep.c stix/split_keep.h \
	stix/split_state.h stix/split_wrapper.c \
	stix/stream.c stix/stream.h
STIX_REFERENCE_C = \
	tests/unit/stix_random.c tests/unit/stix_random.h \
	tests/unit/stix_reference.c tests/unit/stix_reference.h
STIX_EVENTS_C = tests/unit/stix_events.c tests/unit/stix_events.h

check_PROGRAMS += tests/unit/stix_object
tests_unit_stix_object_SOURCES = tests/unit/stix_object.c \
	tests/unit/stix_nasty.h $(STIX_REFERENCE_C)
tests_unit_stix_object_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_object_LDADD = libstix.la libbase.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
TESTS += tests/unit/stix_object

check_PROGRAMS += tests/unit/stix_object_plain
tests_unit_stix_object_plain_SOURCES = $(tests_unit_stix_object_SOURCES) \
	$(STIX_SCAN_C)
tests_unit_stix_object_plain_CPPFLAGS = $(AM_CPPFLAGS) -DSTIX_NO_SIMD=1
tests_unit_stix_object_plain_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_object_plain_LDADD = libbase.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/stix_object_plain

check_PROGRAMS += tests/unit/stix_split
tests_unit_stix_split_SOURCES = tests/unit/stix_split.c $(STIX_EVENTS_C) \
	$(STIX_REFERENCE_C)
tests_unit_stix_split_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_split_LDADD = libstix.la libbase.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
TESTS += tests/unit/stix_split

check_PROGRAMS += tests/unit/stix_split_plain
tests_unit_stix_split_plain_SOURCES = $(tests_unit_stix_split_SOURCES) \
	$(STIX_SPLIT_C) $(STIX_SCAN_C)
tests_unit_stix_split_plain_CPPFLAGS = $(AM_CPPFLAGS) -DSTIX_NO_SIMD=1
tests_unit_stix_split_plain_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_split_plain_LDADD = libbase.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/stix_split_plain

check_PROGRAMS += tests/unit/stix_corpora
tests_unit_stix_corpora_SOURCES = tests/unit/stix_corpora.c $(STIX_EVENTS_C) \
	$(STIX_REFERENCE_C)
tests_unit_stix_corpora_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_stix_corpora_LDADD = libstix.la libbase.la $(JANSSON_LIBS)
TESTS += tests/unit/stix_corpora

check_PROGRAMS += tests/fuzz/fuzz_object tests/fuzz/fuzz_split
tests_fuzz_fuzz_object_SOURCES = tests/fuzz/fuzz_object.c \
	$(STIX_REFERENCE_C) $(FUZZ_MAIN)
tests_fuzz_fuzz_object_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_object_LDADD = libstix.la libbase.la $(JANSSON_LIBS)
tests_fuzz_fuzz_object_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_split_SOURCES = tests/fuzz/fuzz_split.c $(STIX_EVENTS_C) \
	$(STIX_REFERENCE_C) $(FUZZ_MAIN)
tests_fuzz_fuzz_split_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_split_LDADD = libstix.la libbase.la $(JANSSON_LIBS)
tests_fuzz_fuzz_split_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_object tests/fuzz/fuzz_split
EXTRA_DIST += tests/fuzz/corpus/fuzz_object tests/fuzz/corpus/fuzz_split
