# SPDX-License-Identifier: BSD-2-Clause
# libtaxiway: the reading half of store/ and base/, the installed library.
# libstore: the writing half, for the keeper.
noinst_LTLIBRARIES += libreader.la libstore.la
lib_LTLIBRARIES += libtaxiway.la
include_HEADERS += include/taxiway.h

libreader_la_SOURCES = \
	store/ageing.c store/ageing.h store/ageing_policy.c \
	store/allow.c store/allow.h store/allow_read.c store/allow_rec.c \
	store/bytes.h \
	store/decay.c store/decay.h \
	store/episode.c store/episode.h \
	store/env.c store/env.h \
	store/env_file.c store/env_file.h \
	store/env_meta.c \
	store/filter.c store/filter.h store/filter_file.h \
	store/filter_write.c \
	store/load.c store/load.h \
	store/poll_find.c store/poll_find.h \
	store/record.c store/record.h \
	store/record_block.c \
	store/record_end.c \
	store/record_id.c store/record_id.h \
	store/record_object.c store/record_words.c store/record_words.h \
	store/record_reject.c \
	store/record_source.c \
	store/rowset.c store/rowset.h \
	store/undo.c store/undo.h \
	store/terms.c store/terms.h \
	store/url_host.c store/url_host.h \
	store/verdict.c store/verdict.h \
	store/wall.c store/wall.h
libreader_la_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(ZSTD_CFLAGS)
libreader_la_LIBADD = libbase.la $(LMDB_LIBS) $(ZSTD_LIBS)

libstore_la_SOURCES = \
	store/accept.c \
	store/allow_change.c store/allow_change.h \
	store/allow_fold.c store/allow_fold.h \
	store/allow_load.c store/allow_load.h store/allow_merge.c \
	store/allow_write.c store/allow_write.h \
	store/allow_text.c store/allow_text.h \
	store/apply.c store/apply.h \
	store/apply_claims.c \
	store/apply_commit.c \
	store/apply_episode.c \
	store/apply_filter.c \
	store/apply_ids.c \
	store/apply_links.c \
	store/apply_active.c \
	store/apply_log.c \
	store/apply_objects.c \
	store/apply_terms.c \
	store/apply_reclaim.c \
	store/apply_texts.c \
	store/apply_undo.c \
	store/apply_touch.c \
	store/apply_values.c \
	store/batch.c store/batch.h \
	store/credible.c store/credible.h \
	store/first_load.c \
	store/known.c \
	store/lease.c \
	store/measured.c \
	store/guard.c store/guard.h \
	store/history.c store/history.h \
	store/presence.c store/presence.h \
	store/presence_end.c \
	store/presence_guard.c \
	store/presence_judge.c \
	store/presence_window.c \
	store/pause.c \
	store/rows.c \
	store/restore.c store/restore.h store/restore_rows.c \
	store/rollback.c store/rollback.h \
	store/seen.c \
	store/sort.c store/sort.h \
	store/source_find.c store/store.c store/store.h \
	store/upkeep_allow.c \
	store/upkeep_clock.c \
	store/upkeep_walk.c store/upkeep_walk.h \
	store/upkeep.c store/upkeep.h \
	store/upkeep_blocks.c store/upkeep_blocks.h \
	store/upkeep_forget.c \
	store/upkeep_history.c store/upkeep_history.h \
	store/upkeep_history_rest.c store/upkeep_history_rows.c \
	store/upkeep_settle.c \
	store/upkeep_wall.c \
	store/upkeep_withdraw.c
libstore_la_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) $(ZSTD_CFLAGS) \
	$(PCRE2_CFLAGS)
libstore_la_LIBADD = libreader.la $(PCRE2_LIBS)

libtaxiway_la_SOURCES =
libtaxiway_la_LIBADD = libreader.la
libtaxiway_la_LDFLAGS = $(WHOLE_LDFLAGS) -version-info $(TAXIWAY_LT_VERSION) \
	-no-undefined -Wl,--version-script=$(srcdir)/store/taxiway.map
libtaxiway_la_DEPENDENCIES = libreader.la store/taxiway.map
EXTRA_DIST += store/taxiway.map

# The reader library behind include/taxiway.h.
libreader_la_SOURCES += \
	include/taxiway.h \
	store/changes.c \
	store/claim_seen.c \
	store/claims.c \
	store/dump.c store/dump.h \
	store/lookup.c \
	store/match.c \
	store/names.c \
	store/object.c \
	store/measure.c store/measure.h store/measure_rec.c \
	store/metrics.c \
	store/pages.c store/pages.h \
	store/past.c \
	store/qualify.c \
	store/sighting.c store/sighting.h \
	store/publish.c \
	store/reader.c store/reader_private.h \
	store/search.c store/search.h \
	store/snapshot.c \
	store/stand.c \
	store/status.c \
	store/table.c \
	store/threats.c \
	store/verify.c store/verify.h \
	store/verify_allow.c \
	store/verify_meta.c \
	store/verify_objects.c \
	store/verify_rows.c \
	store/verify_undo.c \
	store/verify_values.c \
	store/walk.c
dist_man_MANS += doc/libtaxiway.3
