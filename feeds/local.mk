# SPDX-License-Identifier: BSD-2-Clause
# Presets are data: installed as they are, found by the program that was built
# here through a link.
presetsdir = $(pkgdatadir)/feeds
PRESETS_CPPFLAGS = -DPRESETS_DIR='"$(presetsdir)"'
dist_presets_DATA = $(PRESETS)
PRESETS = \
	feeds/abusech-feodotracker.yaml \
	feeds/abusech-malwarebazaar.yaml \
	feeds/abusech-sslbl-addresses.yaml \
	feeds/abusech-sslbl-certificates.yaml \
	feeds/abusech-sslbl-ja3.yaml \
	feeds/abusech-threatfox.yaml \
	feeds/abusech-urlhaus.yaml \
	feeds/abuseipdb.yaml \
	feeds/alienvault-otx.yaml \
	feeds/blocklist-de.yaml \
	feeds/botvrij.yaml \
	feeds/cins-army.yaml \
	feeds/circl-osint.yaml \
	feeds/cisa-kev.yaml \
	feeds/crowdsec-blocklist.yaml \
	feeds/crowdsec-taxii.yaml \
	feeds/crowdstrike.yaml \
	feeds/dataplane-sshpwauth.yaml \
	feeds/dshield.yaml \
	feeds/emergingthreats-compromised.yaml \
	feeds/eset-eti.yaml \
	feeds/firehol-level1.yaml \
	feeds/flashpoint.yaml \
	feeds/greynoise.yaml \
	feeds/group-ib.yaml \
	feeds/intel471.yaml \
	feeds/ipsum.yaml \
	feeds/kaspersky-taxii.yaml \
	feeds/mandiant.yaml \
	feeds/misp.yaml \
	feeds/mitre-attack.yaml \
	feeds/opencti-taxii.yaml \
	feeds/openphish.yaml \
	feeds/phishtank.yaml \
	feeds/proofpoint-et-domain.yaml \
	feeds/proofpoint-et-ip.yaml \
	feeds/pulsedive.yaml \
	feeds/recordedfuture-domain.yaml \
	feeds/recordedfuture-hash.yaml \
	feeds/recordedfuture-ip.yaml \
	feeds/recordedfuture-url.yaml \
	feeds/sekoia-taxii.yaml \
	feeds/sekoia.yaml \
	feeds/spamhaus-asndrop.yaml \
	feeds/spamhaus-drop-v4.yaml \
	feeds/spamhaus-drop-v6.yaml \
	feeds/threatq.yaml \
	feeds/threatstream.yaml \
	feeds/tor-exits.yaml \
	feeds/turris-greylist.yaml \
	feeds/tweetfeed.yaml

all-local: feeds-link
.PHONY: feeds-link feeds-unlink
feeds-link:
	@test -e feeds || $(LN_S) "$(abs_srcdir)/feeds" feeds
feeds-unlink:
	@test ! -h feeds || rm -f feeds
distclean-local: feeds-unlink
