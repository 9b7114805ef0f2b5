# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the writing half of store/.
STORE_TESTS = \
	tests/unit/store_record \
	tests/unit/store_model
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)

store_util = tests/unit/store_util.c tests/unit/store_util.h
store_world = tests/unit/store_world.c tests/unit/store_world.h
store_test_libs = libstore.la libbase.la $(CMOCKA_LIBS)

tests_unit_store_record_SOURCES = tests/unit/store_record.c $(store_util)
tests_unit_store_record_LDADD = $(store_test_libs)
tests_unit_store_model_SOURCES = tests/unit/store_model.c $(store_util) \
	$(store_world)
tests_unit_store_model_LDADD = $(store_test_libs)

EXTRA_PROGRAMS += bench/bench_store
bench_bench_store_SOURCES = bench/bench_store.c
bench_bench_store_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS) -pthread
bench_bench_store_LDADD = libstore.la libbase.la $(LMDB_LIBS)
