# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libsync.la
libsync_la_SOURCES = sync/discover.h sync/ingest.h sync/job.h sync/pull.h \
	sync/source.h
libsync_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
libsync_la_LIBADD = libstix.la libstore.la libbase.la $(CURL_LIBS) \
	$(JANSSON_LIBS)
