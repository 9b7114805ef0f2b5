# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libsync.la
libsync_la_SOURCES = sync/discover.h sync/ingest.h sync/job.h sync/pull.h \
	sync/source.h
libsync_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) -pthread \
	$(ARCHIVE_CFLAGS) $(YAML_CFLAGS) $(SECCOMP_CFLAGS) \
	$(MICROHTTPD_CFLAGS)
libsync_la_LIBADD = libstix.la libstore.la libbase.la $(CURL_LIBS) \
	$(JANSSON_LIBS) $(ARCHIVE_LIBS) $(RESOLV_LIBS) $(YAML_LIBS) \
	$(SECCOMP_LIBS) $(MICROHTTPD_LIBS)
libsync_la_LDFLAGS = -pthread

# The pipe: both processes, and what lies between them.
libsync_la_SOURCES += \
	sync/allow_file.c sync/allow_file.h \
	sync/child.c sync/child.h \
	sync/client.c sync/client.h \
	sync/confine.c sync/confine.h \
	sync/escape.h sync/landlock.c sync/landlock.h \
	sync/ruleset.c sync/ruleset.h \
	sync/syscalls.c sync/syscalls.h \
	sync/discover.c \
	sync/claim.c sync/claim.h \
	sync/doc_before.c sync/doc_before.h sync/etag.c sync/etag.h \
	sync/doc_feeder.c sync/doc_feeder.h sync/unwrap.c sync/unwrap.h \
	sync/doc_among.c sync/doc_among.h \
	sync/doc_read.c sync/doc_read.h \
	sync/paging.c sync/paging.h sync/paging_int.h sync/paging_state.c \
	sync/template.c sync/template.h \
	sync/xml_texts.c sync/xml_texts.h \
	sync/entries.c sync/entries.h \
	sync/fd_read.c sync/fd_read.h \
	sync/feed_request.c sync/feed_request.h \
	sync/feed_walk.c sync/feed_walk.h \
	sync/json_feed.c sync/json_feed.h \
	sync/json_path.c sync/json_path.h sync/source_json.c \
	sync/feed_options.c sync/feed_options_check.c sync/feed_options.h \
	sync/feed_check.c sync/feed_check.h \
	sync/csv.c sync/csv.h sync/wordlist.c sync/wordlist.h \
	sync/zone_line.c sync/zone_line.h \
	sync/sniff.c sync/sniff.h sync/sniff_int.h sync/sniff_json.c \
	sync/sniff_json_fields.c sync/sniff_json_int.h sync/sniff_paging.c \
	sync/sniff_map.c sync/sniff_rules.c sync/sniff_table.c \
	sync/sniff_trailer.c sync/try.c sync/try.h \
	sync/sign.c sync/sign.h sync/sign_azure.c \
	sync/decode.c sync/decode.h \
	sync/rows.c sync/rows.h sync/source_feed.c \
	sync/rule.c sync/rule.h sync/rule_int.h sync/rule_net.c \
	sync/rule_sigma.c sync/rule_yara.c sync/source_rules.c \
	sync/map.c sync/map.h sync/map_int.h sync/map_record.c sync/map_take.c \
	sync/map_types.c sync/map_types.h \
	sync/map_field.c sync/map_field.h \
	sync/net_option.c sync/net_option.h \
	sync/net_range.c sync/net_range.h \
	sync/map_decode.c sync/map_decode.h \
	sync/map_template.c sync/map_template.h \
	sync/map_value.c sync/map_value.h \
	sync/unpack.c sync/unpack.h sync/window.c sync/window.h \
	sync/json_pick.c sync/json_pick.h \
	sync/misp.c sync/misp.h sync/misp_claim.c \
	sync/misp_doc.c sync/misp_doc.h sync/misp_io.c sync/misp_io.h \
	sync/misp_tag.c sync/misp_tag.h sync/misp_type.c sync/misp_type.h \
	sync/source_misp.c sync/source_mispfeed.c \
	sync/exec_line.c sync/exec_run.c sync/exec_run.h \
	sync/secret_run.c sync/secret_run.h \
	sync/fence.c sync/fence.h \
	sync/source_exec.c sync/source_exec.h \
	sync/events.c sync/events.h sync/stream.c sync/stream.h \
	sync/source_opencti.c \
	sync/ingest.c sync/ingest_ask.c sync/ingest_int.h \
	sync/ingest_object.c sync/ingest_record.c sync/ingest_send.c \
	sync/job.c \
	sync/keeper.c sync/keeper.h \
	sync/kill.h \
	sync/msg.c sync/msg.h \
	sync/pack.c sync/pack.h \
	sync/pull.c sync/pull_int.h sync/pull_open.c \
	sync/program.c sync/program.h \
	sync/scratch.c sync/scratch.h \
	sync/spawn.c sync/spawn.h \
	sync/ticks.h \
	sync/twice.c sync/twice.h \
	sync/wipe.h
if TEST_HOOKS
libsync_la_SOURCES += sync/escape.c sync/kill.c sync/srv_hook.c
endif

# TAXII and HTTP.
libsync_la_SOURCES += \
	sync/client_fetch.c sync/client_int.h sync/client_push.c \
	sync/client_walk.c sync/client_walk.h \
	sync/cursor.c sync/cursor.h \
	sync/deviation.c sync/deviation.h \
	sync/dialect.c sync/dialect.h \
	sync/discover_fetch.c sync/discover_srv.c \
	sync/srv.c sync/srv.h sync/srv_hook.h sync/srv_query.c \
	sync/fetcher.c sync/mirror.c sync/mirror.h \
	sync/auth.c sync/auth.h \
	sync/http.c sync/http_body.c sync/http.h sync/http_int.h \
	sync/http_error.c sync/http_fetch.c sync/http_lines.c \
	sync/http_head.c sync/http_head.h \
	sync/http_origin.c sync/http_origin.h \
	sync/page.c sync/page.h sync/page_time.h \
	sync/range.c sync/range.h \
	sync/check.c sync/check.h sync/check_facts.c sync/check_fetch.c \
	sync/check_judge.c \
	sync/pace.c sync/pace.h \
	sync/rate.c sync/rate.h sync/rate_file.c \
	sync/retry.c sync/retry.h \
	sync/seen.c sync/seen.h \
	sync/source.c \
	sync/status.c sync/status.h \
	sync/source_stix.c \
	sync/source_taxii21.c \
	sync/daemon_metrics.c \
	sync/listen.c sync/listen.h \
	sync/metrics.c sync/metrics.h sync/metrics_http.c sync/metrics_http.h \
	sync/tally.c sync/tally.h \
	sync/taxii.c sync/taxii.h sync/taxii_find.c sync/taxii_moved.c \
	sync/taxii_talk.c \
	sync/taxii_walk.c sync/taxii_walk.h \
	sync/chain.c sync/chain.h \
	sync/taxii_filter.c sync/taxii_filter.h \
	sync/url.c sync/url.h

# The daemon.
libsync_la_SOURCES += \
	sync/calendar.c sync/calendar.h \
	sync/clock.c sync/clock.h \
	sync/control.c sync/control.h \
	sync/control_client.c sync/control_client.h \
	sync/control_path.c sync/control_path.h \
	sync/daemon.c sync/daemon.h sync/daemon_int.h sync/daemon_work.c \
	sync/daemon_control.c \
	sync/facts.c sync/facts.h \
	sync/health.c sync/health.h \
	sync/hooks.c sync/hooks.h sync/hook_words.c sync/hook_words.h \
	sync/watch.c sync/watch.h \
	sync/log.c sync/log.h sync/log_table.c \
	sync/log_limit.c sync/log_limit.h \
	sync/log_render.c sync/log_render.h \
	sync/notify.c sync/notify.h \
	sync/report.c sync/report.h \
	sync/schedule.c sync/schedule.h
