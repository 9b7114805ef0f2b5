# SPDX-License-Identifier: BSD-2-Clause
# libtaxiway: the reading half of store/ and base/, the installed library.
# libstore: the writing half, for the keeper.
noinst_LTLIBRARIES += libreader.la libstore.la
lib_LTLIBRARIES += libtaxiway.la
include_HEADERS += include/taxiway.h

libreader_la_SOURCES = store/env.h store/record.h store/filter.h
libreader_la_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(ZSTD_CFLAGS)
libreader_la_LIBADD = libbase.la $(LMDB_LIBS) $(ZSTD_LIBS)

libstore_la_SOURCES = store/store.h
libstore_la_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(ZSTD_CFLAGS)
libstore_la_LIBADD = libreader.la

libtaxiway_la_SOURCES =
libtaxiway_la_LIBADD = libreader.la
libtaxiway_la_LDFLAGS = -version-info 0:0:0 -no-undefined
