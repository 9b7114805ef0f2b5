# SPDX-License-Identifier: BSD-2-Clause
# Units of systemd, its user and its folders.  The sandbox is one text for both
# services; the program's place is known only to make.
DEBIAN = \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/libtaxiway-dev.install \
	debian/libtaxiway-dev.manpages \
	debian/libtaxiway0.install \
	debian/libtaxiway0.symbols \
	debian/not-installed \
	debian/rules \
	debian/taxiway-doc.docs \
	debian/taxiway-doc.examples \
	debian/taxiway.install \
	debian/taxiway.manpages \
	debian/taxiway.postrm \
	debian/source/format \
	tests/packaging.sh \
	tests/systemd.sh
UNITS = packaging/taxiway.service packaging/taxiway-pull.service
EXTRA_DIST += packaging/taxiway.service.in \
	packaging/taxiway-pull.service.in packaging/sandbox.conf \
	packaging/taxiway-pull.timer packaging/taxiway.sysusers \
	packaging/taxiway.tmpfiles $(DEBIAN)
CLEANFILES += $(UNITS) packaging/sysusers/taxiway.conf \
	packaging/tmpfiles/taxiway.conf

if SYSTEMD_UNITS
systemdunitdir = $(systemdsystemunitdir)
nodist_systemdunit_DATA = $(UNITS)
dist_systemdunit_DATA = packaging/taxiway-pull.timer
endif
if SYSUSERS
nodist_sysusers_DATA = packaging/sysusers/taxiway.conf
endif
if TMPFILES
nodist_tmpfiles_DATA = packaging/tmpfiles/taxiway.conf
endif

MAKE_UNIT = $(AM_V_GEN)$(MKDIR_P) packaging && sed -e '/^@sandbox@$$/{' \
	-e 'r $(srcdir)/packaging/sandbox.conf' -e 'd' -e '}' \
	-e 's|@bindir[@]|$(bindir)|g' $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
packaging/taxiway.service: packaging/taxiway.service.in packaging/sandbox.conf
	$(MAKE_UNIT)
packaging/taxiway-pull.service: packaging/taxiway-pull.service.in \
	packaging/sandbox.conf
	$(MAKE_UNIT)
packaging/sysusers/taxiway.conf: packaging/taxiway.sysusers
	$(AM_V_GEN)$(MKDIR_P) packaging/sysusers && cp $< $@
packaging/tmpfiles/taxiway.conf: packaging/taxiway.tmpfiles
	$(AM_V_GEN)$(MKDIR_P) packaging/tmpfiles && cp $< $@
