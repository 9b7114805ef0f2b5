# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of base/, one program per source file.  A program is added as:
#   check_PROGRAMS += tests/unit/base_buf
#   tests_unit_base_buf_SOURCES = tests/unit/base_buf.c tests/unit/unit.h
#   tests_unit_base_buf_LDADD = libbase.la $(CMOCKA_LIBS)
#   TESTS += tests/unit/base_buf
include tests/fuzz/base.mk

BASE_UNIT = tests/unit/base_err \
	tests/unit/base_buf \
	tests/unit/base_arena \
	tests/unit/base_digest \
	tests/unit/base_sums \
	tests/unit/base_utf8 \
	tests/unit/base_base64 \
	tests/unit/base_idkey \
	tests/unit/base_tlp \
	tests/unit/base_duration \
	tests/unit/base_tstamp \
	tests/unit/base_fs \
	tests/unit/base_value_addr \
	tests/unit/base_value_domain \
	tests/unit/base_value_url \
	tests/unit/base_value_text \
	tests/unit/base_value_table
check_PROGRAMS += $(BASE_UNIT)
TESTS += $(BASE_UNIT)
tests_unit_base_sums_SOURCES = tests/unit/base_sums.c tests/unit/unit.h
tests_unit_base_sums_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_err_SOURCES = tests/unit/base_err.c tests/unit/unit.h
tests_unit_base_err_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_buf_SOURCES = tests/unit/base_buf.c tests/unit/unit.h
tests_unit_base_buf_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_arena_SOURCES = tests/unit/base_arena.c tests/unit/unit.h
tests_unit_base_arena_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_digest_SOURCES = tests/unit/base_digest.c tests/unit/unit.h
tests_unit_base_digest_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_base64_SOURCES = tests/unit/base_base64.c tests/unit/unit.h
tests_unit_base_base64_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_utf8_SOURCES = tests/unit/base_utf8.c tests/unit/unit.h
tests_unit_base_utf8_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_idkey_SOURCES = tests/unit/base_idkey.c tests/unit/unit.h
tests_unit_base_idkey_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_tlp_SOURCES = tests/unit/base_tlp.c tests/unit/unit.h
tests_unit_base_tlp_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_duration_SOURCES = tests/unit/base_duration.c tests/unit/unit.h
tests_unit_base_duration_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_tstamp_SOURCES = tests/unit/base_tstamp.c tests/unit/unit.h
tests_unit_base_tstamp_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_fs_SOURCES = tests/unit/base_fs.c tests/unit/unit.h
tests_unit_base_fs_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_value_addr_SOURCES = tests/unit/base_value_addr.c tests/unit/unit.h \
	tests/unit/base_value_rows.h
tests_unit_base_value_addr_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_value_domain_SOURCES = tests/unit/base_value_domain.c tests/unit/unit.h \
	tests/unit/base_value_rows.h
tests_unit_base_value_domain_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_value_url_SOURCES = tests/unit/base_value_url.c tests/unit/unit.h \
	tests/unit/base_value_rows.h
tests_unit_base_value_url_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_value_text_SOURCES = tests/unit/base_value_text.c tests/unit/unit.h \
	tests/unit/base_value_rows.h
tests_unit_base_value_text_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_base_value_table_SOURCES = tests/unit/base_value_table.c tests/unit/unit.h \
	tests/unit/base_value_rows.h
tests_unit_base_value_table_LDADD = libbase.la $(CMOCKA_LIBS)

# What reads many bytes at a time, where there are no such instructions.
BASE_PLAIN_C = base/hex.c base/value_addr.c base/value_detect.c \
	base/value_file.c \
	base/value_domain.c base/value_refang.c base/value_url_plain.c
BASE_PLAIN = tests/unit/base_utf8_plain \
	tests/unit/base_value_domain_plain \
	tests/unit/base_value_url_plain
check_PROGRAMS += $(BASE_PLAIN)
TESTS += $(BASE_PLAIN)
tests_unit_base_utf8_plain_SOURCES = $(tests_unit_base_utf8_SOURCES) \
	$(BASE_PLAIN_C)
tests_unit_base_utf8_plain_CPPFLAGS = $(AM_CPPFLAGS) -DBASE_NO_SIMD=1
tests_unit_base_utf8_plain_LDADD = libbase.la $(IDN2_LIBS) $(CMOCKA_LIBS)
tests_unit_base_value_domain_plain_SOURCES = \
	$(tests_unit_base_value_domain_SOURCES) $(BASE_PLAIN_C)
tests_unit_base_value_domain_plain_CPPFLAGS = $(AM_CPPFLAGS) -DBASE_NO_SIMD=1
tests_unit_base_value_domain_plain_LDADD = libbase.la $(IDN2_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_base_value_url_plain_SOURCES = $(tests_unit_base_value_url_SOURCES) \
	$(BASE_PLAIN_C)
tests_unit_base_value_url_plain_CPPFLAGS = $(AM_CPPFLAGS) -DBASE_NO_SIMD=1
tests_unit_base_value_url_plain_LDADD = libbase.la $(IDN2_LIBS) $(CMOCKA_LIBS)
