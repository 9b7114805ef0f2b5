# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libstix.la
libstix_la_SOURCES = \
	stix/id.h stix/marking.h stix/object.h stix/pattern.h \
	stix/reduce.h stix/split.h stix/write.h
libstix_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(UUID_CFLAGS)
libstix_la_LIBADD = $(JANSSON_LIBS) $(UUID_LIBS)
# (each owner of a part of stix/ appends its files below)
libstix_la_SOURCES += \
	stix/id.c stix/marking.c stix/write.c \
	stix/pattern.c stix/pattern_check.c stix/pattern_print.c \
	stix/pattern_lex.c stix/pattern_lex.h \
	stix/pattern_literal.c stix/pattern_literal.h \
	stix/reduce.c stix/reduce_fast.c stix/reduce_observable.c \
	stix/reduce_rule.c stix/reduce_rule.h \
	stix/reduce_walk.c stix/reduce_walk.h \
	stix/unreduce.c stix/unreduce.h

# the splitter and the scanner
libstix_la_SOURCES += \
	stix/object.c stix/object_fields.c stix/object_fields.h \
	stix/object_peek.c \
	stix/scan.c stix/scan.h stix/scan_block.h \
	stix/scan_escape.c stix/scan_escape.h \
	stix/scan_nest.c stix/scan_nest.h \
	stix/scan_number.c stix/scan_number.h \
	stix/split.c stix/split_item.c stix/split_keep.c stix/split_keep.h \
	stix/split_state.h stix/split_wrapper.c \
	stix/stream.c stix/stream.h

# records of other JSON
libstix_la_SOURCES += \
	stix/cut.c stix/cut.h stix/cut_item.c stix/cut_state.h stix/cut_wrapper.c \
	stix/tree.c stix/tree.h

# "make bench/bench_scan": the two beside Jansson
check_PROGRAMS += bench/bench_scan
bench_bench_scan_SOURCES = bench/bench_scan.c bench/bench.h
bench_bench_scan_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_bench_scan_LDADD = libstix.la libbase.la $(JANSSON_LIBS)

# "make bench/bench_pattern": what becomes of a feed's patterns, and how fast
check_PROGRAMS += bench/bench_pattern
bench_bench_pattern_SOURCES = bench/bench_pattern.c bench/bench.h
bench_bench_pattern_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_bench_pattern_LDADD = libstix.la libbase.la $(JANSSON_LIBS)
