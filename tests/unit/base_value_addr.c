/* SPDX-License-Identifier: BSD-2-Clause */
/* ipv4-addr, ipv6-addr, mac-addr and autonomous-system. */
#include "base_value_rows.h"

#include <arpa/inet.h>

#define V4 VALUE_IPV4
#define V6 VALUE_IPV6
#define MASKED VALUE_MASKED
#define MAPPED VALUE_MAPPED
#define BOGON VALUE_ALLOW_BOGON
#define WIDE VALUE_ALLOW_WIDE

static const struct value_row ip4_rows[] = {
	{V4, 0, "198.51.100.7", "198.51.100.7", 0, 0},
	{V4, 0, " \t198.51.100.7\r\n", "198.51.100.7", 0, 0},
	{V4, 0, "1.0.0.0", "1.0.0.0", 0, 0},
	{V4, 0, "223.255.255.255", "223.255.255.255", 0, 0},
	{V4, 0, "8.8.8.8", "8.8.8.8", 0, 0},
	{V6, 0, "8.8.8.8", "8.8.8.8", V4, 0},
	{V4, 0, "2001:db8::1", "2001:db8::1", V6, 0},
	/* other spellings of other hosts */
	{V4, 0, "01.2.3.4", "malformed", 0, 0},
	{V4, 0, "1.02.3.4", "malformed", 0, 0},
	{V4, 0, "1.2.3.04", "malformed", 0, 0},
	{V4, 0, "1.2.3.00", "malformed", 0, 0},
	{V4, 0, "0x1.2.3.4", "malformed", 0, 0},
	{V4, 0, "0xc6336407", "malformed", 0, 0},
	{V4, 0, "3325256711", "malformed", 0, 0},
	{V4, 0, "1.2.3", "malformed", 0, 0},
	{V4, 0, "1.2", "malformed", 0, 0},
	{V4, 0, "1", "malformed", 0, 0},
	{V4, 0, "1.2.3.4.5", "malformed", 0, 0},
	{V4, 0, "1.2.3.4.", "malformed", 0, 0},
	{V4, 0, ".1.2.3.4", "malformed", 0, 0},
	{V4, 0, "1..2.3.4", "malformed", 0, 0},
	{V4, 0, "1.2.3.256", "malformed", 0, 0},
	{V4, 0, "1.2.3.999", "malformed", 0, 0},
	{V4, 0, "1.2.3.1000", "malformed", 0, 0},
	{V4, 0, "256.2.3.4", "malformed", 0, 0},
	{V4, 0, "1.2.3.-4", "malformed", 0, 0},
	{V4, 0, "1.2.3.+4", "malformed", 0, 0},
	{V4, 0, "1.2.3. 4", "malformed", 0, 0},
	{V4, 0, "1.2.3.4 5", "malformed", 0, 0},
	{V4, 0, "1.2.3.4x", "malformed", 0, 0},
	{V4, 0, "1.2.3.4:80", "malformed", 0, 0},
	{V4, 0, "1.2.3.4|80", "malformed", 0, 0},
	{V4, 0, "1.2.3.4%eth0", "malformed", 0, 0},
	{V4, 0, "a.b.c.d", "malformed", 0, 0},
	{V4, 0, "1.2.3.4-1.2.3.9", "malformed", 0, 0},
	{V4, 0, "\xef\xbc\x91.2.3.4", "malformed", 0, 0},
	{V4, 0, "", "empty", 0, 0}, {V4, 0, " \n", "empty", 0, 0},
	/* refang is asked for or not */
	{V4, 0, "198.51[.]100.7", "malformed", 0, 0},
	{V4, VALUE_REFANG, "198.51[.]100[.]7", "198.51.100.7", 0, 0},
	{V4, VALUE_REFANG, "198(.)51(dot)100{.}7", "198.51.100.7", 0, 0},
	{V4, VALUE_REFANG, "198\\.51\\.100\\.7", "198.51.100.7", 0, 0},
	{V4, VALUE_REFANG, "[.]", "malformed", 0, 0}
};

static const struct value_row net_rows[] = {
	{V4, 0, "198.51.100.0/24", "198.51.100.0/24", 0, 0},
	{V4, 0, "198.51.100.7/24", "198.51.100.0/24", 0, MASKED},
	{V4, 0, "198.51.100.255/25", "198.51.100.128/25", 0, MASKED},
	{V4, 0, "198.51.100.7/31", "198.51.100.6/31", 0, MASKED},
	{V4, 0, "198.51.100.7/32", "198.51.100.7", 0, 0},
	{V4, 0, "198.0.0.0/8", "198.0.0.0/8", 0, 0},
	{V4, 0, "198.0.0.0/7", "too-wide", 0, 0},
	{V4, 0, "0.0.0.0/0", "too-wide", 0, 0},
	{V4, WIDE, "0.0.0.0/0", "0.0.0.0/0", 0, 0},
	{V4, WIDE, "255.255.255.255/0", "0.0.0.0/0", 0, MASKED},
	{V4, WIDE, "198.0.0.0/7", "198.0.0.0/7", 0, 0},
	{V4, WIDE, "199.0.0.0/7", "198.0.0.0/7", 0, MASKED},
	{V4, 0, "198.51.100.0/33", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/024", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/08", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/+8", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/-8", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/2x", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/24/8", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/255.255.255.0", "malformed", 0, 0},
	{V4, 0, "198.51.100/24", "malformed", 0, 0},
	{V4, 0, "198.51.100.0 /24", "malformed", 0, 0},
	{V4, 0, "/24", "malformed", 0, 0},
	{V4, 0, "198.51.100.0/4294967320", "malformed", 0, 0},
	{V6, 0, "2001:db8::/32", "2001:db8::/32", 0, 0},
	{V6, 0, "2001:db8::1/32", "2001:db8::/32", 0, MASKED},
	{V6, 0, "2001:db8::1/128", "2001:db8::1", 0, 0},
	{V6, 0, "2001:db8::ff/127", "2001:db8::fe/127", 0, MASKED},
	{V6, 0, "2001:db8:ffff::/33", "2001:db8:8000::/33", 0, MASKED},
	{V6, 0, "2001::/16", "2001::/16", 0, 0},
	{V6, 0, "2000::/15", "too-wide", 0, 0},
	{V6, 0, "::/0", "too-wide", 0, 0},
	{V6, WIDE, "::/0", "::/0", 0, 0},
	{V6, WIDE, "2000::/3", "2000::/3", 0, 0},
	{V6, 0, "2001:db8::/129", "malformed", 0, 0},
	{V6, 0, "2001:db8::/0129", "malformed", 0, 0},
	{V6, 0, "2001:db8::/", "malformed", 0, 0},
	/* mapped networks */
	{V6, 0, "::ffff:198.51.100.0/120", "198.51.100.0/24", V4, MAPPED},
	{V6, 0, "::ffff:198.51.100.7/120", "198.51.100.0/24", V4,
	    MAPPED | MASKED},
	{V6, 0, "::ffff:198.51.100.7/128", "198.51.100.7", V4, MAPPED},
	{V6, 0, "::ffff:198.0.0.0/104", "198.0.0.0/8", V4, MAPPED},
	{V6, 0, "::ffff:198.0.0.0/103", "too-wide", 0, 0},
	{V6, WIDE, "::ffff:0:0/96", "0.0.0.0/0", V4, MAPPED},
	{V6, ANY, "::ffff:0:0/95", "::fffe:0:0/95", 0, MASKED}
};

static const struct value_row ip6_rows[] = {
	/* RFC 4291 section 2.2 */
	{V6, 0, "2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a",
	    0, 0},
	{V6, 0, "2001:DB8::8:800:200C:417A", "2001:db8::8:800:200c:417a",
	    0, 0},
	{V6, ANY, "FF01:0:0:0:0:0:0:101", "ff01::101", 0, 0},
	{V6, ANY, "0:0:0:0:0:0:0:1", "::1", 0, 0},
	{V6, ANY, "0:0:0:0:0:0:0:0", "::", 0, 0},
	{V6, ANY, "::", "::", 0, 0}, {V6, ANY, "::1", "::1", 0, 0},
	{V6, ANY, "1::", "1::", 0, 0},
	{V6, ANY, "0:0:0:0:0:0:13.1.68.3", "::d01:4403", 0, 0},
	{V6, ANY, "::13.1.68.3", "::d01:4403", 0, 0},
	{V6, ANY, "1:2:3:4:5:6:13.1.68.3", "1:2:3:4:5:6:d01:4403", 0, 0},
	{V6, 0, "64:ff9b::8.8.8.8", "64:ff9b::808:808", 0, 0},
	/* RFC 5952 */
	{V6, 0, "2001:0db8:0000:0000:0001:0000:0000:0001",
	    "2001:db8::1:0:0:1", 0, 0},
	{V6, 0, "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 0, 0},
	{V6, 0, "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 0, 0},
	{V6, 0, "2001:db8:0:0:0:0:2:1", "2001:db8::2:1", 0, 0},
	{V6, 0, "2001:db8:0000:1:0:0:0:1", "2001:db8:0:1::1", 0, 0},
	{V6, 0, "2001:0:0:1:0:0:0:1", "2001:0:0:1::1", 0, 0},
	{V6, 0, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaAA",
	    "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa", 0, 0},
	{V6, 0, "2001:db8:1:2:3:4:0:0", "2001:db8:1:2:3:4::", 0, 0},
	{V6, 0, "2001:db8:1:2:3:4:5:0", "2001:db8:1:2:3:4:5:0", 0, 0},
	{V6, ANY, "0:0:1:2:3:4:0:0", "::1:2:3:4:0:0", 0, 0},
	{V6, ANY, "0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7", 0, 0},
	{V6, 0, "2001::", "2001::", 0, 0},
	{V6, 0, "2001:db8::10f:ff:f0f:f", "2001:db8::10f:ff:f0f:f", 0, 0},
	/* the longest text there is */
	{V6, ANY, "1111:2222:3333:4444:5555:6666:255.255.255.255",
	    "1111:2222:3333:4444:5555:6666:ffff:ffff", 0, 0},
	/* zones */
	{V6, ANY, "fe80::1%eth0", "fe80::1", 0, 0},
	{V6, ANY, "fe80::1%25eth0", "fe80::1", 0, 0},
	{V6, ANY, "fe80::1%eth0/64", "fe80::/64", 0, MASKED},
	{V6, 0, "%eth0", "malformed", 0, 0},
	/* mapped */
	{V6, 0, "::ffff:198.51.100.7", "198.51.100.7", V4, MAPPED},
	{V6, 0, "::FFFF:c633:6407", "198.51.100.7", V4, MAPPED},
	{V6, 0, "0:0:0:0:0:ffff:198.51.100.7", "198.51.100.7", V4, MAPPED},
	{V6, 0, "::ffff:10.0.0.1", "bogon", 0, 0},
	{V6, 0, "::ffff:01.2.3.4", "malformed", 0, 0},
	{V6, ANY, "::fffe:198.51.100.7", "::fffe:c633:6407", 0, 0},
	{V6, ANY, "::ffff:0:198.51.100.7", "::ffff:0:c633:6407", 0, 0},
	/* not one */
	{V6, 0, ":", "malformed", 0, 0}, {V6, 0, ":::", "malformed", 0, 0},
	{V6, 0, "1", "malformed", 0, 0}, {V6, 0, ":1", "malformed", 0, 0},
	{V6, 0, "1:", "malformed", 0, 0}, {V6, 0, "::1:", "malformed", 0, 0},
	{V6, 0, ":1::", "malformed", 0, 0},
	{V6, 0, "1::2::3", "malformed", 0, 0},
	{V6, 0, "1:2:3:4:5:6:7", "malformed", 0, 0},
	{V6, 0, "1:2:3:4:5:6:7:8:9", "malformed", 0, 0},
	{V6, 0, "1:2:3:4:5:6:7:8::", "malformed", 0, 0},
	{V6, 0, "::1:2:3:4:5:6:7:8", "malformed", 0, 0},
	{V6, 0, "1:2:3:4::5:6:7:8", "malformed", 0, 0},
	{V6, ANY, "1:2:3:4::5:6:7", "1:2:3:4:0:5:6:7", 0, 0},
	{V6, ANY, "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 0, 0},
	{V6, ANY, "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", 0, 0},
	{V6, 0, "2001:db8::12345", "malformed", 0, 0},
	{V6, 0, "2001:db8::g", "malformed", 0, 0},
	{V6, 0, "2001:db8::1 ::2", "malformed", 0, 0},
	{V6, 0, "1.2.3.4::", "malformed", 0, 0},
	{V6, 0, "::1.2.3.4:5", "malformed", 0, 0},
	{V6, 0, "::1.2.3", "malformed", 0, 0},
	{V6, 0, "1:2:3:4:5:6:7:1.2.3.4", "malformed", 0, 0},
	{V6, 0, "::1:2:3:4:5:6:1.2.3.4", "malformed", 0, 0},
	{V6, 0, "[2001:db8::1]", "malformed", 0, 0},
	{V6, 0, "[2001:db8::1]:80", "malformed", 0, 0},
	{V6, 0, "11112:2222:3333:4444:5555:6666:255.255.255.255",
	    "malformed", 0, 0}
};

static const struct value_row bogon_rows[] = {
	{V4, 0, "0.0.0.0", "bogon", 0, 0}, {V4, 0, "0.1.2.3", "bogon", 0, 0},
	{V4, 0, "10.0.0.0", "bogon", 0, 0},
	{V4, 0, "10.255.255.255", "bogon", 0, 0},
	{V4, 0, "9.255.255.255", "9.255.255.255", 0, 0},
	{V4, 0, "11.0.0.0", "11.0.0.0", 0, 0},
	{V4, 0, "100.63.255.255", "100.63.255.255", 0, 0},
	{V4, 0, "100.64.0.0", "bogon", 0, 0},
	{V4, 0, "100.127.255.255", "bogon", 0, 0},
	{V4, 0, "100.128.0.0", "100.128.0.0", 0, 0},
	{V4, 0, "127.0.0.1", "bogon", 0, 0},
	{V4, 0, "128.0.0.1", "128.0.0.1", 0, 0},
	{V4, 0, "169.253.255.255", "169.253.255.255", 0, 0},
	{V4, 0, "169.254.169.254", "bogon", 0, 0},
	{V4, 0, "169.255.0.0", "169.255.0.0", 0, 0},
	{V4, 0, "172.15.255.255", "172.15.255.255", 0, 0},
	{V4, 0, "172.16.0.0", "bogon", 0, 0},
	{V4, 0, "172.31.255.255", "bogon", 0, 0},
	{V4, 0, "172.32.0.0", "172.32.0.0", 0, 0},
	{V4, 0, "192.0.0.8", "bogon", 0, 0},
	{V4, 0, "192.0.1.0", "192.0.1.0", 0, 0},
	{V4, 0, "192.168.1.1", "bogon", 0, 0},
	{V4, 0, "192.169.0.0", "192.169.0.0", 0, 0},
	{V4, 0, "198.17.255.255", "198.17.255.255", 0, 0},
	{V4, 0, "198.18.0.0", "bogon", 0, 0},
	{V4, 0, "198.19.255.255", "bogon", 0, 0},
	{V4, 0, "198.20.0.0", "198.20.0.0", 0, 0},
	{V4, 0, "224.0.0.1", "bogon", 0, 0},
	{V4, 0, "240.0.0.1", "bogon", 0, 0},
	{V4, 0, "255.255.255.255", "bogon", 0, 0},
	/* documentation */
	{V4, 0, "192.0.2.1", "192.0.2.1", 0, 0},
	{V4, 0, "198.51.100.1", "198.51.100.1", 0, 0},
	{V4, 0, "203.0.113.1", "203.0.113.1", 0, 0},
	/* networks inside, and around */
	{V4, 0, "10.0.0.0/8", "bogon", 0, 0},
	{V4, 0, "10.1.0.0/16", "bogon", 0, 0},
	{V4, 0, "192.168.0.0/16", "bogon", 0, 0},
	{V4, 0, "192.0.0.0/8", "192.0.0.0/8", 0, 0},
	{V4, 0, "224.0.0.0/8", "bogon", 0, 0},
	{V4, BOGON, "10.1.2.3", "10.1.2.3", 0, 0},
	{V4, BOGON, "0.0.0.0", "0.0.0.0", 0, 0},
	{V4, BOGON, "10.0.0.0/7", "too-wide", 0, 0},
	{V6, 0, "::", "bogon", 0, 0}, {V6, 0, "::1", "bogon", 0, 0},
	{V6, 0, "::1.2.3.4", "bogon", 0, 0},
	{V6, 0, "100::1", "bogon", 0, 0},
	{V6, 0, "1fff:ffff::", "bogon", 0, 0},
	{V6, 0, "2000::1", "2000::1", 0, 0},
	{V6, 0, "3fff:ffff::1", "3fff:ffff::1", 0, 0},
	{V6, 0, "4000::", "bogon", 0, 0}, {V6, 0, "5f00::1", "bogon", 0, 0},
	{V6, 0, "fc00::1", "bogon", 0, 0}, {V6, 0, "fd12::1", "bogon", 0, 0},
	{V6, 0, "fe80::1", "bogon", 0, 0}, {V6, 0, "fec0::1", "bogon", 0, 0},
	{V6, 0, "ff02::1", "bogon", 0, 0},
	{V6, 0, "2001:db8::1", "2001:db8::1", 0, 0},
	{V6, 0, "2001:2::1", "bogon", 0, 0},
	{V6, 0, "2001:2:1::1", "2001:2:1::1", 0, 0},
	{V6, 0, "2001:10::1", "bogon", 0, 0},
	{V6, 0, "2001:2f::1", "bogon", 0, 0},
	{V6, 0, "2001:30::1", "2001:30::1", 0, 0},
	{V6, 0, "2001::1", "2001::1", 0, 0},
	/* what carries an IPv4 address */
	{V6, 0, "2002:0808:0808::1", "2002:808:808::1", 0, 0},
	{V6, 0, "2002:0a00:0001::1", "bogon", 0, 0},
	{V6, 0, "2002:c0a8::/32", "bogon", 0, 0},
	{V6, 0, "2002:c633::/32", "2002:c633::/32", 0, 0},
	{V6, 0, "64:ff9b::10.0.0.1", "bogon", 0, 0},
	{V6, 0, "64:ff9b::/96", "64:ff9b::/96", 0, 0},
	{V6, 0, "64:ff9b:1::1", "bogon", 0, 0},
	{V6, BOGON, "fe80::1", "fe80::1", 0, 0}
};

static const struct value_row number_rows[] = {
	{VALUE_MAC, 0, "00:11:22:AA:bb:Cc", "00:11:22:aa:bb:cc", 0, 0},
	{VALUE_MAC, 0, "00-11-22-aa-bb-cc", "00:11:22:aa:bb:cc", 0, 0},
	{VALUE_MAC, 0, "0011.22aa.bbcc", "00:11:22:aa:bb:cc", 0, 0},
	{VALUE_MAC, 0, "001122aabbcc", "00:11:22:aa:bb:cc", 0, 0},
	{VALUE_MAC, 0, "00:11:22:33:44:55:66:77", "00:11:22:33:44:55:66:77",
	    0, 0},
	{VALUE_MAC, 0, "0011.2233.4455.6677", "00:11:22:33:44:55:66:77", 0, 0},
	{VALUE_MAC, 0, "00:00:00:00:00:00", "trivial", 0, 0},
	{VALUE_MAC, ANY, "000000000000", "trivial", 0, 0},
	{VALUE_MAC, 0, "ff:ff:ff:ff:ff:ff", "bogon", 0, 0},
	{VALUE_MAC, ANY, "ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff", 0, 0},
	{VALUE_MAC, 0, "00:11:22:33:44", "malformed", 0, 0},
	{VALUE_MAC, 0, "00:11:22:33:44:55:66", "malformed", 0, 0},
	{VALUE_MAC, 0, "00:11:22:33:44:5", "malformed", 0, 0},
	{VALUE_MAC, 0, "0:11:22:33:44:55", "malformed", 0, 0},
	{VALUE_MAC, 0, "00:11-22:33:44:55", "malformed", 0, 0},
	{VALUE_MAC, 0, "00:11:22:33:44:55:", "malformed", 0, 0},
	{VALUE_MAC, 0, "00.11.22.33.44.55", "malformed", 0, 0},
	{VALUE_MAC, 0, "00 11 22 33 44 55", "malformed", 0, 0},
	{VALUE_MAC, 0, "00:11:22:33:44:5g", "malformed", 0, 0},
	{VALUE_MAC, 0, "0011.22aa.bbc", "malformed", 0, 0},
	{VALUE_MAC, 0, "00112233445566778899", "malformed", 0, 0},
	{VALUE_MAC, 0, "0", "malformed", 0, 0},
	{VALUE_ASN, 0, "AS64500", "AS64500", 0, 0},
	{VALUE_ASN, 0, "as64500", "AS64500", 0, 0},
	{VALUE_ASN, 0, "ASN64500", "AS64500", 0, 0},
	{VALUE_ASN, 0, "AS 64500", "AS64500", 0, 0},
	{VALUE_ASN, 0, "64500", "AS64500", 0, 0},
	{VALUE_ASN, 0, "0064500", "AS64500", 0, 0},
	{VALUE_ASN, 0, "1", "AS1", 0, 0},
	{VALUE_ASN, 0, "2.0", "AS131072", 0, 0},
	{VALUE_ASN, 0, "AS5.10", "AS327690", 0, 0},
	{VALUE_ASN, 0, "65551", "AS65551", 0, 0},
	{VALUE_ASN, 0, "131072", "AS131072", 0, 0},
	{VALUE_ASN, 0, "4199999999", "AS4199999999", 0, 0},
	{VALUE_ASN, 0, "0", "bogon", 0, 0},
	{VALUE_ASN, 0, "23456", "bogon", 0, 0},
	{VALUE_ASN, 0, "64512", "bogon", 0, 0},
	{VALUE_ASN, 0, "65535", "bogon", 0, 0},
	{VALUE_ASN, 0, "65552", "bogon", 0, 0},
	{VALUE_ASN, 0, "131071", "bogon", 0, 0},
	{VALUE_ASN, 0, "4200000000", "bogon", 0, 0},
	{VALUE_ASN, 0, "4294967295", "bogon", 0, 0},
	{VALUE_ASN, ANY, "4294967295", "AS4294967295", 0, 0},
	{VALUE_ASN, ANY, "0", "AS0", 0, 0},
	{VALUE_ASN, ANY, "4294967296", "malformed", 0, 0},
	{VALUE_ASN, ANY, "42949672950", "malformed", 0, 0},
	{VALUE_ASN, 0, "65536.1", "malformed", 0, 0},
	{VALUE_ASN, 0, "1.65536", "malformed", 0, 0},
	{VALUE_ASN, 0, "1.2.3", "malformed", 0, 0},
	{VALUE_ASN, 0, "1.", "malformed", 0, 0},
	{VALUE_ASN, 0, ".1", "malformed", 0, 0},
	{VALUE_ASN, 0, "AS", "malformed", 0, 0},
	{VALUE_ASN, 0, "ASN", "malformed", 0, 0},
	{VALUE_ASN, 0, "AS-64500", "malformed", 0, 0},
	{VALUE_ASN, 0, "BS64500", "malformed", 0, 0},
	{VALUE_ASN, 0, "AS64500 Example", "malformed", 0, 0}
};

#define RUN_TABLE(table)                                                       \
	static void                                                            \
	test_##table(void **state)                                             \
	{                                                                      \
		size_t i;                                                      \
									       \
		(void)state;                                                   \
		for (i = 0; i < ARRAY_LEN(table); i++)                         \
			check_row(&table[i]);                                  \
	}

RUN_TABLE(ip4_rows)
RUN_TABLE(net_rows)
RUN_TABLE(ip6_rows)
RUN_TABLE(bogon_rows)
RUN_TABLE(number_rows)

static void
test_keys(void **state)
{
	struct arena a;
	struct value v;

	(void)state;
	arena_init(&a, KIB(4));
	v = made(&a, V4, "198.51.100.7/24");
	assert_int_equal(v.keylen, 4);
	assert_int_equal(v.prefix, 24);
	assert_memory_equal(v.key, "\xc6\x33\x64\x00", 4);
	v = made(&a, V4, "198.51.100.7");
	assert_int_equal(v.prefix, 32);
	v = made(&a, V6, "2001:db8::1");
	assert_int_equal(v.keylen, 16);
	assert_int_equal(v.prefix, 128);
	assert_memory_equal(v.key, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
	    16);
	v = made(&a, VALUE_ASN, "AS64500");
	assert_int_equal(v.keylen, 4);
	assert_int_equal(v.prefix, 0);
	assert_memory_equal(v.key, "\0\0\xfb\xf4", 4);
	v = made(&a, VALUE_MAC, "00:11:22:aa:bb:cc");
	assert_int_equal(v.keylen, 6);
	assert_memory_equal(v.key, "\x00\x11\x22\xaa\xbb\xcc", 6);
	arena_free(&a);
}

/* Keys that a liar may send. */
static void
test_invalid_keys(void **state)
{
	static const struct {
		enum value_type type;
		uint8_t prefix, flags;
		uint16_t keylen;
		const char *key;
		int valid;
	} rows[] = {
		{V4, 32, 0, 4, "\1\2\3\4", 1}, {V4, 24, 0, 4, "\1\2\3\0", 1},
		{V4, 24, MASKED, 4, "\1\2\3\0", 1},
		{V4, 32, MAPPED, 4, "\1\2\3\4", 1},
		{V4, 0, 0, 4, "\0\0\0\0", 1},
		{V4, 24, 0, 4, "\1\2\3\4", 0}, {V4, 31, 0, 4, "\1\2\3\1", 0},
		{V4, 33, 0, 4, "\1\2\3\4", 0}, {V4, 128, 0, 4, "\1\2\3\4", 0},
		{V4, 32, 0, 3, "\1\2\3", 0}, {V4, 32, 0, 5, "\1\2\3\4\5", 0},
		{V4, 32, 0, 0, "", 0}, {V4, 32, VALUE_DIGEST, 4, "\1\2\3\4", 0},
		{V4, 32, VALUE_TEXT, 4, "\1\2\3\4", 0},
		{V4, 32, VALUE_SUFFIX, 4, "\1\2\3\4", 0},
		{V4, 32, 32, 4, "\1\2\3\4", 0}, {V4, 32, 128, 4, "\1\2\3\4", 0},
		{V6, 128, 0, 16, "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 1},
		{V6, 127, 0, 16, "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 0},
		{V6, 129, 0, 16, "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 0},
		{V6, 128, 0, 16, "\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4", 0},
		{V6, 96, 0, 16, "\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\0", 0},
		{V6, 95, 0, 16, "\0\0\0\0\0\0\0\0\0\0\xff\xfe\0\0\0\0", 1},
		{V6, 128, 0, 4, "\1\2\3\4", 0},
		{VALUE_MAC, 0, 0, 6, "\1\2\3\4\5\6", 1},
		{VALUE_MAC, 0, 0, 6, "\0\0\0\0\0\0", 0},
		{VALUE_MAC, 0, 0, 7, "\1\2\3\4\5\6\7", 0},
		{VALUE_MAC, 0, 0, 8, "\1\2\3\4\5\6\7\x8", 1},
		{VALUE_MAC, 32, 0, 6, "\1\2\3\4\5\6", 0},
		{VALUE_ASN, 0, 0, 4, "\0\0\0\1", 1},
		{VALUE_ASN, 0, 0, 2, "\0\1", 0},
		{VALUE_ASN, 0, VALUE_TEXT, 4, "\0\0\0\1", 0},
		{VALUE_NONE, 0, 0, 4, "\1\2\3\4", 0},
		{VALUE_TYPE_COUNT, 0, 0, 4, "\1\2\3\4", 0},
		{(enum value_type)255, 0, 0, 4, "\1\2\3\4", 0}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct value v = {
			.type = (uint8_t)rows[i].type,
			.prefix = rows[i].prefix, .flags = rows[i].flags,
			.keylen = rows[i].keylen,
			.key = (const uint8_t *)rows[i].key
		};

		ROW_CHECK(value_key_valid(&v) == rows[i].valid, "row %zu", i);
	}
}

static void
test_print_refuses(void **state)
{
	struct value v = {.type = V4, .prefix = 32, .keylen = 3,
	    .key = (const uint8_t *)"\1\2\3\4"};
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	assert_int_equal(value_print(&v, &b), -1);
	v.keylen = 4;
	v.prefix = 33;
	assert_int_equal(value_print(&v, &b), -1);
	v.prefix = 32;
	assert_int_equal(value_print(&v, &b), -1); /* "1.2.3.4" has seven */
	assert_false(buf_ok(&b));
	v.type = 200;
	assert_int_equal(value_print(&v, &b), -1);
	v.type = V4;
	v.key = NULL;
	assert_int_equal(value_print(&v, &b), -1);
	buf_free(&b);
}

/* As inet_pton() has it, for every byte at every place. */
static void
test_ip4_bytes(void **state)
{
	static const char *const texts[] = {"8.8.8.8", "11.8.9.7", "1.22.33.4",
	    "100.20.3.99", "192.0.2.255", "198.51.100.7", "203.0.113.249",
	    "255.255.255.255", "1.1.1.1.1", "100.100.100", "0.0.0.0"};
	char text[16];
	uint8_t ip[4];
	struct arena a;
	struct value v;
	size_t i, at, n;
	unsigned c;

	(void)state;
	arena_init(&a, KIB(64));
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		n = strlen(texts[i]);
		memcpy(text, texts[i], n + 1);
		for (at = 0; at < n; at++) {
			for (c = 1; c < 256; c++) {
				bool good, want;

				if (strchr(" \t\n\v\f\r/", (int)c) != NULL)
					continue; /* trimmed; a network */
				text[at] = (char)c;
				arena_reset(&a);
				good = value_normalise(&a, V4, slice_str(text),
				    ANY, &v) == VALUE_OK && v.type == V4;
				want = inet_pton(AF_INET, text, ip) == 1;
				ROW_CHECK(good == want, "'%s'", text);
				ROW_CHECK(!good || memcmp(v.key, ip, 4) == 0,
				    "'%s'", text);
			}
			text[at] = texts[i][at];
		}
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip4_rows),
		cmocka_unit_test(test_ip4_bytes),
		cmocka_unit_test(test_net_rows),
		cmocka_unit_test(test_ip6_rows),
		cmocka_unit_test(test_bogon_rows),
		cmocka_unit_test(test_number_rows),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_invalid_keys),
		cmocka_unit_test(test_print_refuses)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
