# SPDX-License-Identifier: BSD-2-Clause
# Built by `make check`, so that none of them goes stale; run by `make bench`.
check_PROGRAMS += bench/gen
bench_gen_SOURCES = bench/gen.c
EXTRA_DIST += bench/run.py bench/daemon.py bench/feed_memory.py bench/peer.py \
	bench/requirements.txt
check_PROGRAMS += bench/floor
bench_floor_SOURCES = bench/floor.c bench/bench.h
bench_floor_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
bench_floor_LDADD = libsync.la libstix.la libstore.la libreader.la libbase.la
check_PROGRAMS += bench/bench_lookup
bench_bench_lookup_SOURCES = bench/bench_lookup.c bench/lookup_fill.c \
	bench/lookup_fill.h
bench_bench_lookup_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
bench_bench_lookup_LDADD = libstore.la libreader.la libbase.la $(LMDB_LIBS)
check_PROGRAMS += bench/bench_life
bench_bench_life_SOURCES = bench/bench_life.c bench/bench.h
bench_bench_life_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
bench_bench_life_LDADD = libstore.la libreader.la libbase.la $(LMDB_LIBS)
check_PROGRAMS += bench/bench_feed
bench_bench_feed_SOURCES = bench/bench_feed.c bench/bench.h bench/feed_gen.c \
	bench/feed_gen.h bench/feed_place.c bench/feed_place.h
bench_bench_feed_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -pthread
bench_bench_feed_LDFLAGS = $(WHOLE_LDFLAGS)
bench_bench_feed_LDADD = libsync.la libstix.la libstore.la libreader.la libbase.la

# The one command: everything of doc/design.md's goals, measured.
.PHONY: bench
bench: taxiway bench/gen bench/floor bench/bench_lookup bench/bench_life
	$(srcdir)/bench/run.py --build . $(BENCH_OPTS)
