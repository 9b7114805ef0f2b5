# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/cmd_opt tests/unit/cmd_jw \
	tests/unit/cmd_config tests/unit/cmd_lines
TESTS += tests/unit/cmd_opt tests/unit/cmd_jw tests/unit/cmd_config \
	tests/unit/cmd_lines
tests_unit_cmd_lines_SOURCES = tests/unit/cmd_lines.c cmd/lines.c
tests_unit_cmd_lines_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_cmd_opt_SOURCES = tests/unit/cmd_opt.c cmd/opt.c
tests_unit_cmd_opt_LDADD = libbase.la $(CMOCKA_LIBS)
tests_unit_cmd_jw_SOURCES = tests/unit/cmd_jw.c cmd/jw.c
tests_unit_cmd_jw_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_cmd_jw_LDADD = libbase.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_cmd_config_SOURCES = tests/unit/cmd_config.c cmd/config.c \
	cmd/settings.c cmd/address.c cmd/opt.c
tests_unit_cmd_config_CFLAGS = $(AM_CFLAGS) $(CYAML_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_cmd_config_LDADD = libsync.la libstix.la libstore.la libreader.la \
	libbase.la $(CYAML_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
