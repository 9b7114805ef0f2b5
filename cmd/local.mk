# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += taxiway
taxiway_SOURCES = \
	cmd/ask.c cmd/ask.h \
	cmd/address.c cmd/address.h \
	cmd/apart.c cmd/apart.h \
	cmd/allow_lists.c cmd/allow_lists.h \
	cmd/become.c cmd/become.h \
	cmd/clean.c cmd/clean.h \
	cmd/cmd.c cmd/cmd.h \
	cmd/config.c cmd/config.h \
	cmd/context.c cmd/context.h \
	cmd/daemon_view.c cmd/daemon_view.h \
	cmd/exit.h cmd/fault.c cmd/fault.h \
	cmd/import_poll.c cmd/import_poll.h \
	cmd/import_rows.c cmd/import_rows.h \
	cmd/jw.c cmd/jw.h \
	cmd/keys.c cmd/keys.h \
	cmd/lines.c cmd/lines.h \
	cmd/log_out.c cmd/log_out.h \
	cmd/main.c \
	cmd/object_json.c cmd/object_json.h \
	cmd/opt.c cmd/opt.h \
	cmd/preset.c cmd/preset.h \
	cmd/progress.c cmd/progress.h \
	cmd/proposal.c cmd/proposal.h \
	cmd/pull_floor.c cmd/pull_floor.h \
	cmd/pull_source.c cmd/pull_source.h \
	cmd/request.c cmd/request.h \
	cmd/rules.h cmd/rules_check.c cmd/rules_choose.c cmd/rules_export.c \
	cmd/rules_files.c cmd/rules_read.c cmd/rules_write.c \
	cmd/sandbox.c cmd/sandbox.h \
	cmd/settings.c cmd/settings_check.c \
	cmd/settings_form.c cmd/settings.h cmd/settings_int.h \
	cmd/settings_ageing.c cmd/settings_ageing.h \
	cmd/settings_auth.c cmd/settings_secret.c cmd/settings_secret_read.c \
	cmd/settings_secret_use.c cmd/settings_exec.c \
	cmd/settings_job.c cmd/settings_kind.c \
	cmd/settings_schedule.c cmd/settings_schedule.h \
	cmd/settings_guards.c cmd/settings_guards.h \
	cmd/settings_hooks.c cmd/settings_hooks.h \
	cmd/settings_log.c cmd/settings_log.h \
	cmd/show_allow.c cmd/show_allow.h \
	cmd/show_explain.c cmd/show_explain.h \
	cmd/show_json.c cmd/show_json.h \
	cmd/show_match.c cmd/show_match.h \
	cmd/show_polls.c cmd/show_polls.h \
	cmd/status_check.c cmd/status_check.h \
	cmd/status_metrics.c cmd/status_metrics.h \
	cmd/status_words.c cmd/status_words.h \
	cmd/stop.c cmd/stop.h \
	cmd/threat_stix.c cmd/threat_stix.h \
	cmd/store_export.c cmd/store_stream.h \
	cmd/timeline.c cmd/timeline.h \
	cmd/verb_accept.c \
	cmd/verb_allow.c \
	cmd/verb_changes.c \
	cmd/verb_check.c \
	cmd/verb_compare.c \
	cmd/verb_control.c \
	cmd/verb_discover.c \
	cmd/verb_explain.c \
	cmd/verb_import.c \
	cmd/verb_list.c \
	cmd/verb_lookup.c \
	cmd/verb_presets.c \
	cmd/verb_pull.c \
	cmd/verb_run.c \
	cmd/verb_seen.c \
	cmd/worker.c cmd/worker.h \
	cmd/verb_show.c \
	cmd/show_status.c cmd/show_status.h \
	cmd/verb_status.c \
	cmd/verb_sweep.c \
	cmd/verb_taxii.c \
	cmd/verb_try.c \
	cmd/verb_undo.c \
	cmd/ytree.c cmd/ytree.h
taxiway_CPPFLAGS = $(AM_CPPFLAGS) $(PRESETS_CPPFLAGS)
taxiway_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS) $(JANSSON_CFLAGS)
taxiway_LDFLAGS = $(WHOLE_LDFLAGS) $(PIE_LDFLAGS)
taxiway_LDADD = libsync.la libstix.la libstore.la libreader.la libbase.la \
	$(YAML_LIBS) $(JANSSON_LIBS)
dist_man_MANS += doc/taxiway.1 doc/taxiway.yaml.5 doc/taxiway-run.8
EXTRA_DIST += doc/conformance.md doc/design.md doc/exec.md doc/format.md \
	README.md NEWS.md
