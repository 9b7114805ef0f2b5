/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns and what they reduce to.  `values` reads: "type text" of each value,
 * '*' behind a compound one, '+' between the values of one group and '|' between
 * others; "!type reason" of each reject; "~" when an alternative did not reduce.
 */
#ifndef TESTS_UNIT_REDUCE_CASES_H
#define TESTS_UNIT_REDUCE_CASES_H

#include "tests/unit/pattern_cases.h"

struct reduce_case {
	const char *text;
	const char *values;
};

#define DST "network-traffic:dst_ref."
#define SRC "network-traffic:src_ref."

static const struct reduce_case reduce_cases[] = {
	/* one equality, type by type */
	{"[ipv4-addr:value = '198.51.100.7']", "ipv4-addr 198.51.100.7"},
	{"[ipv4-addr:value = '198.51.100.0/24']", "ipv4-addr 198.51.100.0/24"},
	{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
	    "ipv4-addr 198.51.100.0/24"},
	{"[ipv4-addr:value = '2001:db8::7']", "ipv6-addr 2001:db8::7"},
	{"[ipv6-addr:value = '2001:DB8:0:0::7']", "ipv6-addr 2001:db8::7"},
	{"[ipv6-addr:value ISSUBSET '2001:db8::/32']",
	    "ipv6-addr 2001:db8::/32"},
	{"[domain-name:value = 'Evil.Example.']", "domain-name evil.example"},
	{"[domain-name:value = '198.51.100.7']", "ipv4-addr 198.51.100.7"},
	{"[domain-name:resolves_to_refs[*].value = '198.51.100.7']",
	    "ipv4-addr 198.51.100.7*"},
	{"[url:value = 'http://evil.example/a']", "url http://evil.example/a"},
	{"[url:value = 'http://evil.example/it\\'s']",
	    "url http://evil.example/it's"},
	{"[email-addr:value = 'mallory@evil.example']",
	    "email-addr mallory@evil.example"},
	{"[email-message:from_ref.value = 'mallory@evil.example']",
	    "email-addr mallory@evil.example"},
	{"[email-message:sender_ref.value = 'mallory@evil.example']",
	    "email-addr mallory@evil.example"},
	{"[email-message:to_refs[*].value = 'bob@victim.example']",
	    "email-addr bob@victim.example*"},
	{"[email-message:to_refs[0].value = 'bob@victim.example']",
	    "email-addr bob@victim.example*"},
	{"[file:name = 'A.exe']", "file-name A.exe"},
	{"[directory:path = 'C:\\\\Temp']", "file-path C:\\Temp"},
	{"[mutex:name = 'm1']", "mutex m1"},
	{"[windows-registry-key:key = 'HKLM\\\\Software\\\\X']",
	    "windows-registry-key hkey_local_machine\\software\\x"},
	{"[mac-addr:value = '00-00-5E-00-53-01']",
	    "mac-addr 00:00:5e:00:53:01"},
	{"[autonomous-system:number = 64500]", "autonomous-system AS64500"},
	{"[autonomous-system:number = '64500']", "autonomous-system AS64500"},
	{"[autonomous-system:number = 'AS64500']",
	    "autonomous-system AS64500"},
	{"[user-account:account_login = 'mallory']", "user-account mallory"},
	{"[user-account:user_id = '1001']", "user-account 1001"},
	{"[process:name = 'evil.exe']", "process-name evil.exe"},
	{"[process:command_line = 'cmd /c x']", "command-line cmd /c x"},
	{"[vulnerability:name = 'cve-2024-0001']",
	    "vulnerability CVE-2024-0001"},
	{"[x509-certificate:serial_number = '00:9A:BC']",
	    "x509-serial 9abc"},
	{"[cryptocurrency-wallet:value = 'bc1qexample0000000000']",
	    "crypto-wallet bc1qexample0000000000"},
	{"[phone-number:value = '+15550100']", "phone-number +15550100"},
	/* hashes: every spelling, every place */
	{"[file:hashes.MD5 = '" MD5_A "']", "md5 " MD5_A},
	{"[file:hashes.'MD5' = '0CC175B9C0F1B6A831C399E269772661']",
	    "md5 " MD5_A},
	{"[file:hashes.md5 = '" MD5_A "']", "md5 " MD5_A},
	{"[file:'hashes'.'SHA-1' = '" SHA1_A "']", "sha1 " SHA1_A},
	{"[file:hashes.SHA1 = '" SHA1_A "']", "sha1 " SHA1_A},
	{"[file:hashes.sha_1 = '" SHA1_A "']", "sha1 " SHA1_A},
	{"[file:hashes.'SHA-256' = '" SHA256_A "']", "sha256 " SHA256_A},
	{"[file:hashes.SHA256 = '" SHA256_A "']", "sha256 " SHA256_A},
	{"[file:hashes.'sha-256' = '" SHA256_A "']", "sha256 " SHA256_A},
	{"[artifact:hashes.'SHA-256' = '" SHA256_A "']", "sha256 " SHA256_A},
	{"[process:image_ref.hashes.MD5 = '" MD5_A "']", "md5 " MD5_A},
	{"[process:parent_ref.image_ref.hashes.MD5 = '" MD5_A "']", "~"},
	{"[file:hashes.IMPHASH = '" MD5_A "']", "imphash " MD5_A},
	{"[file:extensions.'windows-pebinary-ext'.imphash = '" MD5_A "']",
	    "imphash " MD5_A},
	{"[file:extensions.'windows-pebinary-ext'.sections[*].hashes.MD5 = '"
	    MD5_A "']", "~"},
	{"[x509-certificate:hashes.MD5 = '" MD5_A "']", "x509-md5 " MD5_A},
	{"[x509-certificate:hashes.'SHA-1' = '" SHA1_A "']",
	    "x509-sha1 " SHA1_A},
	{"[x509-certificate:hashes.'SHA-256' = '" SHA256_A "']",
	    "x509-sha256 " SHA256_A},
	{"[x509-certificate:hashes.'SHA-512' = 'x']", "~"},
	{"[file:hashes.'MY-OWN' = '" MD5_A "']", "~"},
	{"[file:hashes[*] = '" MD5_A "']", "~"},
	{"[file:hashes.MD5 = '" SHA1_A "']", "!md5 malformed"},
	{"[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']",
	    "!md5 trivial"},
	{"[file:hashes.MD5 = 12345678901234567890123456789012]",
	    "!md5 malformed"},
	/* vendors' fingerprints */
	{"[network-traffic:x_ja3 = '" MD5_A "']", "ja3 " MD5_A},
	{"[network-traffic:'x-ja3' = '" MD5_A "']", "ja3 " MD5_A},
	{"[network-traffic:x_misp_ja3_fingerprint_md5 = '" MD5_A "']",
	    "ja3 " MD5_A},
	{"[network-traffic:extensions.'tls-ext'.ja3s_hash = '" MD5_A "']",
	    "ja3s " MD5_A},
	{"[network-traffic:x_hassh_md5 = '" MD5_A "']", "hassh " MD5_A},
	{"[network-traffic:x_ja3t = '" MD5_A "']", "~"},
	{"[network-traffic:x_ja3[*] = '" MD5_A "']", "~"},
	{"[file:x_ja3 = '" MD5_A "']", "~"},
	{"[network-traffic:extensions.'http-request-ext'.request_header."
	    "'User-Agent' = 'curl/8.0']", "user-agent curl/8.0"},
	{"[network-traffic:extensions.'http-request-ext'.request_header."
	    "'user-agent' = 'curl/8.0']", "user-agent curl/8.0"},
	/* references: the type test or the text says what it is */
	{"[" DST "value = '198.51.100.7']", "ipv4-addr 198.51.100.7"},
	{"[" DST "value = '198.51.100.0/24']", "ipv4-addr 198.51.100.0/24"},
	{"[" DST "value ISSUBSET '2001:db8::/32']", "ipv6-addr 2001:db8::/32"},
	{"[" SRC "value = '2001:db8::7']", "ipv6-addr 2001:db8::7"},
	{"[" DST "value = 'evil.example']", "domain-name evil.example"},
	{"[" DST "value ISSUBSET 'evil.example']", "~"},
	{"[" DST "type = 'ipv4-addr' AND " DST "value = '198.51.100.7']",
	    "ipv4-addr 198.51.100.7"},
	{"[" DST "value = '198.51.100.7' AND " DST "type = 'ipv4-addr']",
	    "ipv4-addr 198.51.100.7"},
	{"[" DST "type = 'domain-name' AND " DST "value = 'evil.example']",
	    "domain-name evil.example"},
	{"[" DST "type = 'mac-addr' AND " DST "value = '00:00:5e:00:53:01']",
	    "mac-addr 00:00:5e:00:53:01"},
	{"[" DST "type = 'ipv4-addr' AND " DST "value IN ('198.51.100.7', "
	    "'198.51.100.8')]",
	    "ipv4-addr 198.51.100.7 | ipv4-addr 198.51.100.8"},
	{"[" DST "type = 'ipv4-addr' AND (" DST "value = '198.51.100.7' OR "
	    DST "value = '198.51.100.8')]",
	    "ipv4-addr 198.51.100.7 | ipv4-addr 198.51.100.8"},
	{"[" SRC "type = 'ipv4-addr' AND " DST "value = '198.51.100.7']",
	    "ipv4-addr 198.51.100.7*"},
	{"[" DST "type = 'ipv4-addr' AND " DST "value = '198.51.100.7' AND "
	    "network-traffic:dst_port = 443]", "ipv4-addr 198.51.100.7*"},
	{"[" DST "type = 'x-own' AND " DST "value = '198.51.100.7']",
	    "ipv4-addr 198.51.100.7*"},
	{"[" DST "type != 'ipv4-addr' AND " DST "value = '198.51.100.7']",
	    "ipv4-addr 198.51.100.7*"},
	{"[" DST "type = 'ipv4-addr']", "~"},
	/* alternatives */
	{"[url:value = 'http://a.example/' OR domain-name:value = 'b.example']",
	    "url http://a.example/ | domain-name b.example"},
	{"[file:hashes.MD5 = '" MD5_A "' OR file:hashes.'SHA-256' = '"
	    SHA256_A "']", "md5 " MD5_A " + sha256 " SHA256_A},
	{"[file:hashes.MD5 = '" MD5_A "' OR file:hashes.MD5 = '" MD5_B "']",
	    "md5 " MD5_A " | md5 " MD5_B},
	{"[file:hashes.MD5 = '" MD5_A "' OR file:hashes.MD5 = '" MD5_A "']",
	    "md5 " MD5_A},
	{"[ipv4-addr:value IN ('198.51.100.7', '10.0.0.1', '198.51.100.8')]",
	    "ipv4-addr 198.51.100.7 | ipv4-addr 198.51.100.8 "
	    "!ipv4-addr bogon"},
	{"[ipv4-addr:value IN ()]", "~"},
	{"[domain-name:value = 'a.example' OR x:a = 1]",
	    "domain-name a.example ~"},
	{"[domain-name:value = 'a.example' OR domain-name:value LIKE 'b%']",
	    "domain-name a.example ~"},
	{"[domain-name:value = 'a.example'] OR [domain-name:value = "
	    "'b.example']", "domain-name a.example | domain-name b.example"},
	{"([domain-name:value = 'a.example'] OR ([domain-name:value = "
	    "'b.example'])) OR [url:value = 'http://c.example/']",
	    "domain-name a.example | domain-name b.example | "
	    "url http://c.example/"},
	/* compounds: the most selective value */
	{"[file:hashes.MD5 = '" MD5_A "' AND file:name = 'a.exe']",
	    "md5 " MD5_A "*"},
	{"[file:name = 'a.exe' AND file:hashes.MD5 = '" MD5_A "' AND "
	    "file:hashes.'SHA-256' = '" SHA256_A "']",
	    "md5 " MD5_A "* + sha256 " SHA256_A "*"},
	{"[file:hashes.MD5 = '" MD5_A "' AND file:hashes.'SHA-256' = 'no']",
	    "md5 " MD5_A "*"},
	{"[file:hashes.MD5 = '" MD5_A "' AND process:image_ref.hashes."
	    "'SHA-256' = '" SHA256_A "']", "sha256 " SHA256_A "*"},
	{"[file:hashes.MD5 = '" MD5_A "' AND file:hashes.MD5 = '" MD5_B "']",
	    "md5 " MD5_A "*"},
	{"[file:hashes.MD5 = '" MD5_A "'] AND [file:hashes.'SHA-256' = '"
	    SHA256_A "']", "sha256 " SHA256_A "*"},
	{"[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*]"
	    ".value = '198.51.100.7']", "domain-name a.example*"},
	{"[email-message:to_refs[*].value = 'bob@victim.example' AND "
	    "email-message:from_ref.value = 'mallory@evil.example']",
	    "email-addr mallory@evil.example*"},
	{"[email-message:to_refs[*].value = 'bob@victim.example' AND "
	    "file:name = 'a.doc']", "file-name a.doc*"},
	{"[directory:path = 'C:\\\\Temp' AND file:name = 'a.exe']",
	    "file-name a.exe*"},
	{"[ipv4-addr:value = '198.51.100.0/24' AND ipv4-addr:value = "
	    "'198.51.100.7']", "ipv4-addr 198.51.100.7*"},
	{"[ipv4-addr:value = '198.51.100.7' AND network-traffic:dst_port > 1]",
	    "ipv4-addr 198.51.100.7*"},
	{"[url:value = 'http://a.example/' AND ipv4-addr:value != "
	    "'198.51.100.7']", "url http://a.example/*"},
	{"[domain-name:value = 'a.example' AND ipv4-addr:value = '10.0.0.1']",
	    "domain-name a.example*"},
	{"[x:a = 1 AND ipv4-addr:value = '10.0.0.1']", "!ipv4-addr bogon"},
	{"[(url:value = 'http://a.example/' OR url:value = "
	    "'http://b.example/') AND domain-name:value = 'a.example']",
	    "url http://a.example/* | url http://b.example/*"},
	{"[(url:value = 'http://a.example/' OR file:name = 'a') AND "
	    "domain-name:value = 'a.example']", "domain-name a.example*"},
	{"[(url:value = 'http://a.example/' OR x:a = 1) AND file:name = 'a']",
	    "file-name a*"},
	{"[(url:value = 'http://a.example/' OR x:a = 1) AND x:b = 2]",
	    "url http://a.example/* ~"},
	{"[domain-name:value = 'a.example'] AND [url:value = "
	    "'http://b.example/']", "url http://b.example/*"},
	{"[domain-name:value = 'a.example'] FOLLOWEDBY [file:hashes.MD5 = '"
	    MD5_A "'] OR [domain-name:value = 'b.example']",
	    "domain-name a.example*"},
	{"[domain-name:value = 'a.example' OR (domain-name:value = "
	    "'a.example' AND x:a = 1)]", "domain-name a.example"},
	{"[(domain-name:value = 'a.example' AND x:a = 1) OR (domain-name:value"
	    " = 'a.example' AND x:a = 2)]", "domain-name a.example*"},
	/* qualifiers */
	{"[domain-name:value = 'a.example'] WITHIN 60 SECONDS",
	    "domain-name a.example*"},
	{"[domain-name:value = 'a.example'] REPEATS 5 TIMES",
	    "domain-name a.example*"},
	{"([domain-name:value = 'a.example'] REPEATS 5 TIMES) OR "
	    "[url:value = 'http://b.example/']",
	    "domain-name a.example* | url http://b.example/"},
	/* what gives no value */
	{"[domain-name:value NOT = 'a.example']", "~"},
	{"[domain-name:value != 'a.example']", "~"},
	{"[domain-name:value LIKE 'a.example']", "~"},
	{"[url:value MATCHES '^http']", "~"},
	{"[ipv4-addr:value NOT IN ('198.51.100.7')]", "~"},
	{"[ipv4-addr:value NOT ISSUBSET '198.51.100.0/24']", "~"},
	{"[ipv4-addr:value ISSUPERSET '198.51.100.7']", "~"},
	{"[EXISTS ipv4-addr:value]", "~"},
	{"[domain-name:value ISSUBSET '198.51.100.0/24']", "~"},
	{"[network-traffic:dst_port = 443]", "~"},
	{"[software:name = 'Word']", "~"},
	{"[ipv4-addr:values = '198.51.100.7']", "~"},
	{"[ipv4-addr:valu = '198.51.100.7']", "~"},
	{"[ipv4-addr:value.x = '198.51.100.7']", "~"},
	{"[ipv4-addr:value[*] = '198.51.100.7']", "~"},
	{"[file:hashes = '" MD5_A "']", "~"},
	{"[email-message:to_refs.value = 'bob@victim.example']", "~"},
	{"[ipv4-addr:value = 7]", "!ipv4-addr malformed"},
	{"[ipv4-addr:value = true]", "!ipv4-addr malformed"},
	{"[autonomous-system:number = -1]", "!autonomous-system malformed"},
	{"[autonomous-system:number = 1.5]", "!autonomous-system malformed"},
	{"[url:value = '']", "!url empty"},
	{"[domain-name:value = 'not a domain']", "!domain-name malformed"}
};

#endif
