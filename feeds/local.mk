# SPDX-License-Identifier: BSD-2-Clause
# Presets are data: installed as they are, found by the program that was built
# here through a link.
presetsdir = $(pkgdatadir)/feeds
PRESETS_CPPFLAGS = -DPRESETS_DIR='"$(presetsdir)"'
dist_presets_DATA = $(PRESETS)
PRESETS = \
	feeds/abusech-feodotracker.yaml \
	feeds/abusech-malwarebazaar.yaml \
	feeds/abusech-malwarebazaar-misp.yaml \
	feeds/abusech-sslbl-addresses.yaml \
	feeds/abusech-sslbl-certificates.yaml \
	feeds/abusech-sslbl-ja3.yaml \
	feeds/abusech-sslbl-rules.yaml \
	feeds/abusech-threatfox.yaml \
	feeds/abusech-threatfox-misp.yaml \
	feeds/abusech-urlhaus.yaml \
	feeds/abusech-urlhaus-misp.yaml \
	feeds/abusech-urlhaus-online.yaml \
	feeds/abusech-urlhaus-rules.yaml \
	feeds/abusech-yarahub.yaml \
	feeds/abuseipdb.yaml \
	feeds/alienvault-otx.yaml \
	feeds/bambenek-c2.yaml \
	feeds/bambenek-c2-addresses.yaml \
	feeds/bambenek-dga.yaml \
	feeds/benkow.yaml \
	feeds/blocklist-de.yaml \
	feeds/botvrij.yaml \
	feeds/c2-tracker.yaml \
	feeds/c2intel-domains.yaml \
	feeds/cert-pl.yaml \
	feeds/cins-army.yaml \
	feeds/circl-osint.yaml \
	feeds/cisa-ais.yaml \
	feeds/cisa-kev.yaml \
	feeds/crowdsec-blocklist.yaml \
	feeds/crowdsec-taxii.yaml \
	feeds/crowdstrike.yaml \
	feeds/cybersixgill.yaml \
	feeds/cybersixgill-darkfeed.yaml \
	feeds/cyware.yaml \
	feeds/dan-tor-exits.yaml \
	feeds/dataplane-sshpwauth.yaml \
	feeds/digitalside-misp.yaml \
	feeds/domaintools-nod.yaml \
	feeds/domaintools-nod-download.yaml \
	feeds/dshield.yaml \
	feeds/eclecticiq.yaml \
	feeds/emergingthreats-block-ips.yaml \
	feeds/emergingthreats-compromised.yaml \
	feeds/emergingthreats-rules.yaml \
	feeds/emergingthreats-snort-rules.yaml \
	feeds/eset-eti.yaml \
	feeds/firehol-level1.yaml \
	feeds/flashpoint.yaml \
	feeds/google-threat-lists.yaml \
	feeds/greynoise.yaml \
	feeds/group-ib.yaml \
	feeds/hagezi-tif.yaml \
	feeds/infoblox-misp.yaml \
	feeds/intel471.yaml \
	feeds/ipsum.yaml \
	feeds/kaspersky-apt.yaml \
	feeds/kaspersky-apt-yara.yaml \
	feeds/kaspersky-crimeware.yaml \
	feeds/kaspersky-crimeware-yara.yaml \
	feeds/kaspersky-hash.yaml \
	feeds/kaspersky-hash-diff.yaml \
	feeds/kaspersky-ip.yaml \
	feeds/kaspersky-ip-diff.yaml \
	feeds/kaspersky-taxii.yaml \
	feeds/kaspersky-url.yaml \
	feeds/kaspersky-url-diff.yaml \
	feeds/maltiverse.yaml \
	feeds/maltrail.yaml \
	feeds/mandiant.yaml \
	feeds/microsoft-azure-ctip.yaml \
	feeds/microsoft-azure-ctip-key.yaml \
	feeds/microsoft-bing-urls.yaml \
	feeds/misp.yaml \
	feeds/mitre-attack.yaml \
	feeds/opencti-graphql.yaml \
	feeds/opencti-stream.yaml \
	feeds/opencti-taxii.yaml \
	feeds/openphish.yaml \
	feeds/openphish-premium.yaml \
	feeds/phishtank.yaml \
	feeds/proofpoint-et-domain.yaml \
	feeds/proofpoint-et-ip.yaml \
	feeds/pulsedive.yaml \
	feeds/recordedfuture-domain.yaml \
	feeds/recordedfuture-hash.yaml \
	feeds/recordedfuture-ip.yaml \
	feeds/recordedfuture-taxii.yaml \
	feeds/recordedfuture-url.yaml \
	feeds/sekoia.yaml \
	feeds/sekoia-taxii.yaml \
	feeds/shadowserver.yaml \
	feeds/shadowserver-exposed.yaml \
	feeds/shadowserver-urls.yaml \
	feeds/sigmahq.yaml \
	feeds/socradar.yaml \
	feeds/socradar-feed.yaml \
	feeds/spamhaus-asndrop.yaml \
	feeds/spamhaus-drop-v4.yaml \
	feeds/spamhaus-drop-v6.yaml \
	feeds/stevenblack-hosts.yaml \
	feeds/talos-ip.yaml \
	feeds/threatconnect.yaml \
	feeds/threatq.yaml \
	feeds/threatq-api.yaml \
	feeds/threatstream.yaml \
	feeds/tor-exit-addresses.yaml \
	feeds/tor-exits.yaml \
	feeds/tor-onionoo.yaml \
	feeds/turris-greylist.yaml \
	feeds/tweetfeed.yaml \
	feeds/tweetfeed-misp.yaml \
	feeds/unit42.yaml \
	feeds/viriback.yaml \
	feeds/vxvault.yaml \
	feeds/xforce-xti.yaml \
	feeds/yara-forge.yaml

all-local: feeds-link
.PHONY: feeds-link feeds-unlink
feeds-link:
	@test -e feeds || $(LN_S) "$(abs_srcdir)/feeds" feeds
feeds-unlink:
	@test ! -h feeds || rm -f feeds
distclean-local: feeds-unlink
