# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of base/, one program per source file.  A program is added as:
#   check_PROGRAMS += tests/unit/base_buf
#   tests_unit_base_buf_SOURCES = tests/unit/base_buf.c
#   tests_unit_base_buf_LDADD = libbase.la $(CMOCKA_LIBS)
#   TESTS += tests/unit/base_buf
include tests/fuzz/base.mk
