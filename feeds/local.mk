# SPDX-License-Identifier: BSD-2-Clause
# Presets are data: installed as they are, found by the program that was built
# here through a link.
presetsdir = $(pkgdatadir)/feeds
PRESETS_CPPFLAGS = -DPRESETS_DIR='"$(presetsdir)"'
dist_presets_DATA = $(PRESETS)
PRESETS = \
	feeds/abusech-urlhaus.yaml

all-local: feeds-link
.PHONY: feeds-link feeds-unlink
feeds-link:
	@test -e feeds || $(LN_S) "$(abs_srcdir)/feeds" feeds
feeds-unlink:
	@test ! -h feeds || rm -f feeds
distclean-local: feeds-unlink
