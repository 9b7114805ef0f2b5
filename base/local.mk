# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libbase.la
libbase_la_SOURCES = \
	base/arena.c base/arena.h \
	base/base64.c base/base64.h \
	base/buf.c base/buf.h \
	base/cc.h \
	base/clock_hook.h \
	base/digest.c base/digest.h base/digest_private.h \
	base/digest64.c base/digest_x86.c \
	base/duration.c base/duration.h \
	base/err.c base/err.h \
	base/find.h \
	base/hex.c base/hex.h \
	base/hook_env.h \
	base/fs.c base/fs.h \
	base/grow.h \
	base/idkey.c base/idkey.h \
	base/limits.h \
	base/opt.c base/opt.h \
	base/slice.h \
	base/suffix.c base/suffix.h \
	base/sums.c base/sums.h \
	base/tlp.c base/tlp.h \
	base/tstamp.c base/tstamp.h \
	base/utf8.c base/utf8.h \
	base/value.c base/value.h base/value_private.h \
	base/value_addr.c base/value_detect.c base/value_domain.c \
	base/value_file.c \
	base/value_hash.c base/value_number.c base/value_refang.c \
	base/value_table.c base/value_text.c base/value_token.c \
	base/value_url.c base/value_url_path.c base/value_url_plain.c \
	base/word.h
if TEST_HOOKS
libbase_la_SOURCES += base/clock_hook.c base/hook_env.c
endif
libbase_la_CFLAGS = $(AM_CFLAGS) $(IDN2_CFLAGS)
libbase_la_LIBADD = $(IDN2_LIBS)
