# SPDX-License-Identifier: BSD-2-Clause
# The pipe: job, frames, keeper, ingest.
check_PROGRAMS += tests/unit/sync_job tests/unit/sync_msg \
	tests/unit/sync_keeper tests/unit/sync_pack
tests_unit_sync_job_SOURCES = tests/unit/sync_job.c
tests_unit_sync_job_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_msg_SOURCES = tests/unit/sync_msg.c
tests_unit_sync_msg_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_keeper_SOURCES = tests/unit/sync_keeper.c
tests_unit_sync_keeper_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_pack_SOURCES = tests/unit/sync_pack.c
tests_unit_sync_pack_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_job tests/unit/sync_msg tests/unit/sync_keeper \
	tests/unit/sync_pack

check_PROGRAMS += tests/unit/sync_ingest tests/unit/sync_ingest_object
tests_unit_sync_ingest_SOURCES = tests/unit/sync_ingest.c \
	tests/unit/sync_ingest_rig.c tests/unit/sync_ingest_rig.h
tests_unit_sync_ingest_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
tests_unit_sync_ingest_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS) \
	-lpthread
tests_unit_sync_ingest_object_SOURCES = tests/unit/sync_ingest_object.c \
	tests/unit/sync_ingest_rig.c tests/unit/sync_ingest_rig.h
tests_unit_sync_ingest_object_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
tests_unit_sync_ingest_object_LDADD = libsync.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS) -lpthread
TESTS += tests/unit/sync_ingest tests/unit/sync_ingest_object

check_PROGRAMS += tests/unit/sync_pull
tests_unit_sync_pull_SOURCES = tests/unit/sync_pull.c
tests_unit_sync_pull_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_pull_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_pull

check_PROGRAMS += tests/fuzz/fuzz_msg tests/fuzz/fuzz_ingest
tests_fuzz_fuzz_msg_SOURCES = tests/fuzz/fuzz_msg.c $(FUZZ_MAIN)
tests_fuzz_fuzz_msg_LDADD = libsync.la
tests_fuzz_fuzz_msg_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ingest_SOURCES = tests/fuzz/fuzz_ingest.c $(FUZZ_MAIN)
tests_fuzz_fuzz_ingest_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_ingest_LDADD = libsync.la $(JANSSON_LIBS)
tests_fuzz_fuzz_ingest_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_msg tests/fuzz/fuzz_ingest
EXTRA_DIST += tests/fuzz/corpus/fuzz_msg tests/fuzz/corpus/fuzz_ingest

check_PROGRAMS += tests/unit/sync_unwrap tests/fuzz/fuzz_unwrap
tests_unit_sync_unwrap_SOURCES = tests/unit/sync_unwrap.c
tests_unit_sync_unwrap_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_unwrap_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_unwrap
tests_fuzz_fuzz_unwrap_SOURCES = tests/fuzz/fuzz_unwrap.c $(FUZZ_MAIN)
tests_fuzz_fuzz_unwrap_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_unwrap_LDADD = libsync.la
tests_fuzz_fuzz_unwrap_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_unwrap
EXTRA_DIST += tests/fuzz/corpus/fuzz_unwrap
check_PROGRAMS += tests/fuzz/fuzz_unpack
tests_fuzz_fuzz_unpack_SOURCES = tests/fuzz/fuzz_unpack.c $(FUZZ_MAIN)
tests_fuzz_fuzz_unpack_LDADD = libsync.la
tests_fuzz_fuzz_unpack_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_unpack
EXTRA_DIST += tests/fuzz/corpus/fuzz_unpack
check_PROGRAMS += tests/fuzz/fuzz_sniff
tests_fuzz_fuzz_sniff_SOURCES = tests/fuzz/fuzz_sniff.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sniff_LDADD = libsync.la
tests_fuzz_fuzz_sniff_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_sniff
EXTRA_DIST += tests/fuzz/corpus/fuzz_sniff

# The live stream of OpenCTI.
check_PROGRAMS += tests/unit/sync_events tests/unit/sync_stream \
	tests/fuzz/fuzz_events
tests_unit_sync_events_SOURCES = tests/unit/sync_events.c
tests_unit_sync_events_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_events_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_stream_SOURCES = tests/unit/sync_stream.c
tests_unit_sync_stream_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_stream_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_events tests/unit/sync_stream
tests_fuzz_fuzz_events_SOURCES = tests/fuzz/fuzz_events.c $(FUZZ_MAIN)
tests_fuzz_fuzz_events_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_events_LDADD = libsync.la
tests_fuzz_fuzz_events_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_events
EXTRA_DIST += tests/fuzz/corpus/fuzz_events

# TAXII and HTTP.
check_PROGRAMS += tests/unit/sync_page
tests_unit_sync_page_SOURCES = tests/unit/sync_page.c
tests_unit_sync_page_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_page
check_PROGRAMS += tests/unit/sync_page_walk
tests_unit_sync_page_walk_SOURCES = tests/unit/sync_page_walk.c \
	tests/unit/sync_page_sim.c tests/unit/sync_page_sim.h
tests_unit_sync_page_walk_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_page_walk
check_PROGRAMS += tests/unit/sync_retry tests/unit/sync_cursor \
	tests/unit/sync_taxii
tests_unit_sync_retry_SOURCES = tests/unit/sync_retry.c
tests_unit_sync_retry_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_cursor_SOURCES = tests/unit/sync_cursor.c
tests_unit_sync_cursor_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_taxii_SOURCES = tests/unit/sync_taxii.c
tests_unit_sync_taxii_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_taxii_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/sync_json tests/unit/sync_paging
tests_unit_sync_json_SOURCES = tests/unit/sync_json.c
tests_unit_sync_json_LDADD = libsync.la libstix.la libbase.la $(CMOCKA_LIBS)
tests_unit_sync_paging_SOURCES = tests/unit/sync_paging.c
tests_unit_sync_paging_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_json tests/unit/sync_paging
check_PROGRAMS += tests/unit/sync_feed
tests_unit_sync_feed_SOURCES = tests/unit/sync_feed.c tests/unit/feed_lines.h
tests_unit_sync_feed_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_feed_LDADD = libsync.la libstix.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_feed
check_PROGRAMS += tests/unit/sync_net_option
tests_unit_sync_net_option_SOURCES = tests/unit/sync_net_option.c
tests_unit_sync_net_option_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_net_option
check_PROGRAMS += tests/unit/sync_wordlist
tests_unit_sync_wordlist_SOURCES = tests/unit/sync_wordlist.c \
	tests/unit/feed_lines.h
tests_unit_sync_wordlist_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_wordlist
TESTS += tests/unit/sync_retry tests/unit/sync_cursor tests/unit/sync_taxii
check_PROGRAMS += tests/unit/sync_http
tests_unit_sync_http_SOURCES = tests/unit/sync_http.c \
	tests/unit/sync_http_server.c tests/unit/sync_http_server.h
tests_unit_sync_http_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
tests_unit_sync_http_LDADD = libsync.la $(CMOCKA_LIBS) -lpthread
TESTS += tests/unit/sync_http
check_PROGRAMS += tests/unit/sync_source
tests_unit_sync_source_SOURCES = tests/unit/sync_source.c \
	tests/unit/sync_source_rig.c tests/unit/sync_source_rig.h \
	tests/unit/sync_http_server.c tests/unit/sync_http_server.h
tests_unit_sync_source_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
tests_unit_sync_source_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS) \
	-lpthread
TESTS += tests/unit/sync_source
check_PROGRAMS += tests/unit/sync_source_walk
tests_unit_sync_source_walk_SOURCES = tests/unit/sync_source_walk.c \
	tests/unit/sync_source_rig.c tests/unit/sync_source_rig.h \
	tests/unit/sync_http_server.c tests/unit/sync_http_server.h
tests_unit_sync_source_walk_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
tests_unit_sync_source_walk_LDADD = libsync.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS) -lpthread
TESTS += tests/unit/sync_source_walk
check_PROGRAMS += tests/fuzz/fuzz_taxii
tests_fuzz_fuzz_taxii_SOURCES = tests/fuzz/fuzz_taxii.c $(FUZZ_MAIN)
tests_fuzz_fuzz_taxii_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_taxii_LDADD = libsync.la $(JANSSON_LIBS)
tests_fuzz_fuzz_taxii_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_taxii
EXTRA_DIST += tests/fuzz/corpus/fuzz_taxii

# Access: who we are, how often we may come, what a check says.
check_PROGRAMS += tests/unit/sync_auth tests/unit/sync_sign
tests_unit_sync_sign_SOURCES = tests/unit/sync_sign.c
tests_unit_sync_sign_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
tests_unit_sync_auth_SOURCES = tests/unit/sync_auth.c
tests_unit_sync_auth_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_auth tests/unit/sync_sign

check_PROGRAMS += tests/unit/sync_deviation
tests_unit_sync_deviation_SOURCES = tests/unit/sync_deviation.c \
	tests/unit/sync_ingest_rig.c tests/unit/sync_ingest_rig.h
tests_unit_sync_deviation_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
tests_unit_sync_deviation_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS) \
	-lpthread
TESTS += tests/unit/sync_deviation
check_PROGRAMS += tests/unit/sync_rate
tests_unit_sync_rate_SOURCES = tests/unit/sync_rate.c
tests_unit_sync_rate_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_rate
check_PROGRAMS += tests/fuzz/fuzz_json tests/fuzz/fuzz_paging
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = libsync.la libstix.la libbase.la
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_paging_SOURCES = tests/fuzz/fuzz_paging.c $(FUZZ_MAIN)
tests_fuzz_fuzz_paging_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_paging_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_json tests/fuzz/fuzz_paging
EXTRA_DIST += tests/fuzz/corpus/fuzz_json tests/fuzz/corpus/fuzz_paging
check_PROGRAMS += tests/unit/sync_csv
tests_unit_sync_csv_SOURCES = tests/unit/sync_csv.c
tests_unit_sync_csv_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_csv
check_PROGRAMS += tests/unit/sync_xml tests/fuzz/fuzz_xml
tests_unit_sync_xml_SOURCES = tests/unit/sync_xml.c
tests_unit_sync_xml_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_xml
tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz_xml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_xml_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_xml_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_xml
EXTRA_DIST += tests/fuzz/corpus/fuzz_xml
check_PROGRAMS += tests/unit/sync_rule
tests_unit_sync_rule_SOURCES = tests/unit/sync_rule.c
tests_unit_sync_rule_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_rule_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_rule
check_PROGRAMS += tests/fuzz/fuzz_rule
tests_fuzz_fuzz_rule_SOURCES = tests/fuzz/fuzz_rule.c $(FUZZ_MAIN)
tests_fuzz_fuzz_rule_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_rule_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_rule_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_rule
EXTRA_DIST += tests/fuzz/corpus/fuzz_rule
check_PROGRAMS += tests/fuzz/fuzz_feed
tests_fuzz_fuzz_feed_SOURCES = tests/fuzz/fuzz_feed.c $(FUZZ_MAIN)
tests_fuzz_fuzz_feed_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_feed_LDADD = libsync.la libstix.la libbase.la
tests_fuzz_fuzz_feed_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_feed
EXTRA_DIST += tests/fuzz/corpus/fuzz_feed
check_PROGRAMS += tests/unit/sync_check
tests_unit_sync_check_SOURCES = tests/unit/sync_check.c
tests_unit_sync_check_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_check_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_check
check_PROGRAMS += tests/unit/sync_range
tests_unit_sync_range_SOURCES = tests/unit/sync_range.c
tests_unit_sync_range_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_range
check_PROGRAMS += tests/unit/sync_srv
tests_unit_sync_srv_SOURCES = tests/unit/sync_srv.c
tests_unit_sync_srv_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_srv
check_PROGRAMS += tests/fuzz/fuzz_srv
tests_fuzz_fuzz_srv_SOURCES = tests/fuzz/fuzz_srv.c $(FUZZ_MAIN)
tests_fuzz_fuzz_srv_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_srv_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_srv
EXTRA_DIST += tests/fuzz/corpus/fuzz_srv

check_PROGRAMS += tests/unit/sync_misp
tests_unit_sync_misp_SOURCES = tests/unit/sync_misp.c
tests_unit_sync_misp_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_misp_LDADD = libsync.la libstix.la libbase.la \
	$(JANSSON_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_misp

check_PROGRAMS += tests/unit/sync_exec
tests_unit_sync_exec_SOURCES = tests/unit/sync_exec.c
tests_unit_sync_exec_LDADD = libsync.la libstix.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_exec

check_PROGRAMS += tests/unit/sync_secret
tests_unit_sync_secret_SOURCES = tests/unit/sync_secret.c
tests_unit_sync_secret_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_secret

check_PROGRAMS += tests/fuzz/fuzz_misp
tests_fuzz_fuzz_misp_SOURCES = tests/fuzz/fuzz_misp.c $(FUZZ_MAIN)
tests_fuzz_fuzz_misp_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_misp_LDADD = libsync.la libstix.la libbase.la $(JANSSON_LIBS)
tests_fuzz_fuzz_misp_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_misp
EXTRA_DIST += tests/fuzz/corpus/fuzz_misp
# Versions, statuses, filters; ranges, tokens and rates as hostile bytes.
check_PROGRAMS += tests/unit/sync_dialect tests/unit/sync_status \
	tests/unit/sync_taxii_filter
tests_unit_sync_dialect_SOURCES = tests/unit/sync_dialect.c
tests_unit_sync_dialect_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_dialect_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_sync_status_SOURCES = tests/unit/sync_status.c
tests_unit_sync_status_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_sync_status_LDADD = libsync.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_sync_taxii_filter_SOURCES = tests/unit/sync_taxii_filter.c
tests_unit_sync_taxii_filter_LDADD = libsync.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_dialect tests/unit/sync_status \
	tests/unit/sync_taxii_filter
check_PROGRAMS += tests/fuzz/fuzz_range tests/fuzz/fuzz_token \
	tests/fuzz/fuzz_rate
tests_fuzz_fuzz_range_SOURCES = tests/fuzz/fuzz_range.c $(FUZZ_MAIN)
tests_fuzz_fuzz_range_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_range_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_token_SOURCES = tests/fuzz/fuzz_token.c $(FUZZ_MAIN)
tests_fuzz_fuzz_token_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_token_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_rate_SOURCES = tests/fuzz/fuzz_rate.c $(FUZZ_MAIN)
tests_fuzz_fuzz_rate_LDADD = libsync.la libbase.la
tests_fuzz_fuzz_rate_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_range tests/fuzz/fuzz_token tests/fuzz/fuzz_rate
EXTRA_DIST += tests/fuzz/corpus/fuzz_range tests/fuzz/corpus/fuzz_token \
	tests/fuzz/corpus/fuzz_rate
check_PROGRAMS += tests/unit/sync_allow
tests_unit_sync_allow_SOURCES = tests/unit/sync_allow.c
tests_unit_sync_allow_LDADD = libsync.la libstore.la libbase.la \
	$(LMDB_LIBS) $(CMOCKA_LIBS)
TESTS += tests/unit/sync_allow
check_PROGRAMS += tests/fuzz/fuzz_allow
tests_fuzz_fuzz_allow_SOURCES = tests/fuzz/fuzz_allow.c $(FUZZ_MAIN)
tests_fuzz_fuzz_allow_LDADD = libsync.la libstore.la libbase.la
tests_fuzz_fuzz_allow_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_allow
EXTRA_DIST += tests/fuzz/corpus/fuzz_allow

# The sandbox.
check_PROGRAMS += tests/unit/sync_ruleset tests/unit/sync_landlock
tests_unit_sync_ruleset_SOURCES = tests/unit/sync_ruleset.c
tests_unit_sync_ruleset_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_landlock_SOURCES = tests/unit/sync_landlock.c
tests_unit_sync_landlock_LDADD = libsync.la $(CMOCKA_LIBS)
tests_unit_sync_fence_SOURCES = tests/unit/sync_fence.c
tests_unit_sync_fence_LDADD = libsync.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/sync_fence
TESTS += tests/unit/sync_ruleset tests/unit/sync_landlock tests/unit/sync_fence

# How much memory an archive asks for.
check_PROGRAMS += tests/unit/sync_window
tests_unit_sync_window_SOURCES = tests/unit/sync_window.c
tests_unit_sync_window_LDADD = libsync.la $(CMOCKA_LIBS)
TESTS += tests/unit/sync_window
