# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libstix.la
libstix_la_SOURCES = \
	stix/id.h stix/marking.h stix/object.h stix/pattern.h \
	stix/reduce.h stix/split.h stix/write.h
libstix_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(UUID_CFLAGS)
libstix_la_LIBADD = $(JANSSON_LIBS) $(UUID_LIBS)
# (each owner of a part of stix/ appends its files below)
