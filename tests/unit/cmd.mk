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
# All that reads a configuration.
CONFIG_SOURCES = cmd/config.c cmd/keys.c cmd/preset.c cmd/settings.c \
	cmd/settings_check.c cmd/settings_form.c \
	cmd/settings_auth.c cmd/settings_secret.c cmd/settings_secret_read.c \
	cmd/settings_secret_use.c cmd/settings_schedule.c cmd/settings_ageing.c \
	cmd/settings_guards.c cmd/settings_exec.c cmd/settings_hooks.c cmd/settings_log.c \
	cmd/allow_lists.c cmd/lines.c cmd/settings_job.c cmd/settings_kind.c cmd/address.c \
	cmd/opt.c cmd/ytree.c
tests_unit_cmd_config_SOURCES = tests/unit/cmd_config.c \
	$(CONFIG_SOURCES)
tests_unit_cmd_config_CPPFLAGS = $(AM_CPPFLAGS) $(PRESETS_CPPFLAGS)
tests_unit_cmd_config_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_cmd_config_LDADD = libsync.la libstix.la libstore.la libreader.la \
	libbase.la $(YAML_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c \
	$(CONFIG_SOURCES) $(FUZZ_MAIN)
tests_fuzz_fuzz_config_CPPFLAGS = $(tests_unit_cmd_config_CPPFLAGS)
tests_fuzz_fuzz_config_CFLAGS = $(tests_unit_cmd_config_CFLAGS)
tests_fuzz_fuzz_config_LDADD = libsync.la libstix.la libstore.la libreader.la \
	libbase.la $(YAML_LIBS) $(JANSSON_LIBS)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
FUZZ_TESTS += tests/fuzz/fuzz_config
EXTRA_DIST += tests/fuzz/corpus/fuzz_config
