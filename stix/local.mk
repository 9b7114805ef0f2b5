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
	stix/pattern_literal.c stix/pattern_literal.h
