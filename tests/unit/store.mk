# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the writing half of store/.
STORE_TESTS = \
	tests/unit/store_allow \
	tests/unit/store_record \
	tests/unit/store_episode \
	tests/unit/store_env \
	tests/unit/store_parts \
	tests/unit/store_rowset \
	tests/unit/store_guard \
	tests/unit/store_presence \
	tests/unit/store_feed \
	tests/unit/store_credible \
	tests/unit/store_history \
	tests/unit/store_keep \
	tests/unit/store_wall \
	tests/unit/store_poll \
	tests/unit/store_batch \
	tests/unit/store_halves \
	tests/unit/store_ageing \
	tests/unit/store_qualify \
	tests/unit/store_model \
	tests/unit/store_life tests/unit/store_revive \
	tests/unit/store_mended
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)

store_util = tests/unit/store_util.c tests/unit/store_util.h
store_fixture = tests/unit/store_fixture.c tests/unit/store_fixture.h
store_world = tests/unit/store_world.c tests/unit/store_world.h
store_test_libs = libstore.la libbase.la $(LMDB_LIBS) $(CMOCKA_LIBS)

tests_unit_store_allow_SOURCES = tests/unit/store_allow.c $(store_util)
tests_unit_store_allow_LDADD = $(store_test_libs)
tests_unit_store_record_SOURCES = tests/unit/store_record.c $(store_util)
tests_unit_store_record_LDADD = $(store_test_libs)
tests_unit_store_episode_SOURCES = tests/unit/store_episode.c $(store_util)
tests_unit_store_episode_LDADD = $(store_test_libs)
tests_unit_store_env_SOURCES = tests/unit/store_env.c $(store_util)
tests_unit_store_env_LDADD = $(store_test_libs)
tests_unit_store_parts_SOURCES = tests/unit/store_parts.c $(store_util)
tests_unit_store_parts_LDADD = $(store_test_libs)
tests_unit_store_rowset_SOURCES = tests/unit/store_rowset.c $(store_util)
tests_unit_store_rowset_LDADD = $(store_test_libs)
tests_unit_store_wall_SOURCES = tests/unit/store_wall.c $(store_util) \
	$(store_fixture)
tests_unit_store_wall_LDADD = $(store_test_libs)
tests_unit_store_keep_SOURCES = tests/unit/store_keep.c
tests_unit_store_keep_LDADD = $(store_test_libs)
tests_unit_store_history_SOURCES = tests/unit/store_history.c $(store_util) \
	$(store_fixture)
tests_unit_store_history_LDADD = $(store_test_libs)
tests_unit_store_credible_SOURCES = tests/unit/store_credible.c
tests_unit_store_credible_LDADD = $(store_test_libs)
tests_unit_store_presence_SOURCES = tests/unit/store_presence.c \
	$(store_util) $(store_fixture)
tests_unit_store_presence_LDADD = $(store_test_libs)
tests_unit_store_feed_SOURCES = tests/unit/store_feed.c $(store_util)
tests_unit_store_feed_LDADD = $(store_test_libs)
tests_unit_store_guard_SOURCES = tests/unit/store_guard.c $(store_util)
tests_unit_store_guard_LDADD = $(store_test_libs)
tests_unit_store_poll_SOURCES = tests/unit/store_poll.c $(store_util) \
	$(store_fixture)
tests_unit_store_poll_LDADD = $(store_test_libs)
tests_unit_store_batch_SOURCES = tests/unit/store_batch.c $(store_util) \
	$(store_fixture)
tests_unit_store_batch_LDADD = $(store_test_libs)
tests_unit_store_halves_SOURCES = tests/unit/store_halves.c $(store_util) \
	$(store_fixture)
tests_unit_store_halves_LDADD = $(store_test_libs)
tests_unit_store_halves_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=apply_values \
	-Wl,--wrap=apply_open
tests_unit_store_qualify_SOURCES = tests/unit/store_qualify.c $(store_util) \
	$(store_fixture)
tests_unit_store_qualify_LDADD = $(store_test_libs)
tests_unit_store_ageing_SOURCES = tests/unit/store_ageing.c $(store_util) \
	$(store_fixture)
tests_unit_store_ageing_LDADD = $(store_test_libs) -lm
tests_unit_store_model_SOURCES = tests/unit/store_model.c $(store_util) \
	$(store_world)
tests_unit_store_model_LDADD = $(store_test_libs)

tests_unit_store_mended_SOURCES = tests/unit/store_mended.c $(store_util) \
	$(store_fixture)
tests_unit_store_mended_LDADD = libstore.la libreader.la libbase.la \
	$(LMDB_LIBS) $(CMOCKA_LIBS)
tests_unit_store_revive_SOURCES = tests/unit/store_revive.c $(store_util)
tests_unit_store_revive_LDADD = libstore.la libreader.la libbase.la \
	$(LMDB_LIBS) $(CMOCKA_LIBS)
tests_unit_store_life_SOURCES = tests/unit/store_life.c \
	tests/unit/life.h tests/unit/life_rules.c tests/unit/life_model.c \
	tests/unit/life_play.h tests/unit/life_play.c \
	tests/unit/life_check.c tests/unit/life_allow.c \
	tests/unit/life_crash.c $(store_util)
tests_unit_store_life_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_unit_store_life_LDADD = libstore.la libreader.la libbase.la \
	$(LMDB_LIBS) $(CMOCKA_LIBS) -lm
tests_unit_store_life_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

check_PROGRAMS += tests/fuzz/fuzz_record
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_record_LDADD = libreader.la libbase.la
tests_fuzz_fuzz_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_record
EXTRA_DIST += tests/fuzz/corpus/fuzz_record

check_PROGRAMS += bench/bench_store
bench_bench_store_SOURCES = bench/bench_store.c bench/bench.h
bench_bench_store_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) -pthread
bench_bench_store_LDADD = libstore.la libbase.la $(LMDB_LIBS)
