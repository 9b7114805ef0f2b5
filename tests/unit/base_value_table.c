/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, aliases and reasons; and what a bare text may be. */
#include "base_value_rows.h"

static const struct {
	int code; /* part of the database format: written out */
	const char *name;
} types[] = {
	{1, "ipv4-addr"}, {2, "ipv6-addr"}, {3, "domain-name"}, {4, "url"},
	{5, "email-addr"}, {6, "md5"}, {7, "sha1"}, {8, "sha224"},
	{9, "sha256"}, {10, "sha384"}, {11, "sha512"}, {12, "sha3-256"},
	{13, "sha3-512"}, {14, "ssdeep"}, {15, "tlsh"}, {16, "imphash"},
	{17, "authentihash"}, {18, "pehash"}, {19, "ja3"}, {20, "ja3s"},
	{21, "ja4"}, {22, "jarm"}, {23, "hassh"}, {24, "mac-addr"},
	{25, "autonomous-system"}, {26, "file-name"}, {27, "file-path"},
	{28, "mutex"}, {29, "windows-registry-key"}, {30, "user-agent"},
	{31, "x509-md5"}, {32, "x509-sha1"}, {33, "x509-sha256"},
	{34, "x509-serial"}, {35, "user-account"}, {36, "process-name"},
	{37, "command-line"}, {38, "crypto-wallet"}, {39, "phone-number"},
	{40, "vulnerability"}
};

static void
test_names(void **state)
{
	size_t i, named = 0;
	int code;

	(void)state;
	assert_int_equal(ARRAY_LEN(types), VALUE_TYPE_COUNT - 1);
	for (i = 0; i < ARRAY_LEN(types); i++) {
		assert_string_equal(value_type_name(types[i].code),
		    types[i].name);
		assert_int_equal(value_type_code(slice_str(types[i].name)),
		    types[i].code);
	}
	for (code = -2; code < 300; code++)
		named += value_type_name(code) != NULL;
	assert_int_equal(named, ARRAY_LEN(types));
}

static void
test_aliases(void **state)
{
	static const struct {
		const char *alias;
		int code;
	} rows[] = {
		{"ip", 1}, {"IPv4", 1}, {"ip-dst", 1}, {"ip-src", 1},
		{"ip_dst", 1}, {"IP Address", 1}, {"CIDR", 1}, {"ipv6", 2},
		{"Intel::ADDR", 1}, {"Intel::SUBNET", 1}, {"domain", 3},
		{"hostname", 3}, {"FQDN", 3}, {"domain_name", 3},
		{"Intel::DOMAIN", 3}, {"URI", 4}, {"URL", 4}, {"link", 4},
		{"Intel::URL", 4}, {"email", 5}, {"email-src", 5},
		{"Intel::EMAIL", 5}, {"email_addr", 5}, {"MD5", 6},
		{"FileHash-MD5", 6}, {"FileHash-SHA1", 7}, {"sha-256", 9},
		{"FileHash-SHA256", 9}, {"SHA256", 9}, {"SHA_256", 9},
		{"hash-sha512", 11}, {"file-hash-md5", 6}, {"SHA3-256", 12},
		{"filehash-imphash", 16}, {"FileHash-PEHASH", 18},
		{"ja3-fingerprint-md5", 19}, {"jarm-fingerprint", 22},
		{"hassh-md5", 23}, {"MAC", 24}, {"mac-address", 24}, {"AS", 25},
		{"ASN", 25}, {"filename", 26}, {"FilePath", 27},
		{"mutant", 28}, {"regkey", 29}, {"http-user-agent", 30},
		{"x509-fingerprint-sha1", 32}, {"Intel::CERT_HASH", 32},
		{"x509-fingerprint-sha256", 33}, {"x509_serial_number", 34},
		{"username", 35}, {"btc", 38}, {"BitcoinAddress", 38},
		{"CVE", 40}, {"cmdline", 37},
		{"", 0}, {"x", 0}, {"ipv4-addrs", 0}, {"file", 0}, {"hash", 0},
		{"filehash", 0}, {"filehash-", 0}, {"file-sha256", 0},
		{"yara", 0}, {"ipv4-addr ", 0}, {"indicator", 0},
		{"a-name-that-is-longer-than-any-that-there-is", 0}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		ROW_CHECK((int)value_type_code(slice_str(rows[i].alias)) ==
		    rows[i].code, "'%s'", rows[i].alias);
	assert_int_equal(value_type_code(SLICE_NONE), VALUE_NONE);
	assert_int_equal(value_type_code((struct slice){"md5\0", 4}),
	    VALUE_NONE);
}

static void
test_hash_names(void **state)
{
	static const struct {
		const char *name;
		int code;
	} rows[] = {
		{"MD5", 6}, {"md5", 6}, {"MD-5", 6}, {"SHA1", 7}, {"SHA-1", 7},
		{"sha_1", 7}, {"SHA-224", 8}, {"SHA-256", 9}, {"SHA256", 9},
		{"sha256", 9}, {"SHA_256", 9}, {"'SHA-256'", 9},
		{"\"SHA-256\"", 9}, {"SHA 256", 9}, {"SHA2-256", 9},
		{"SHA-384", 10}, {"SHA-512", 11}, {"SHA2-512", 11},
		{"SHA3-256", 12}, {"SHA-3-256", 12}, {"sha3_256", 12},
		{"SHA3-512", 13}, {"SSDEEP", 14}, {"ssdeep", 14}, {"TLSH", 15},
		{"imphash", 16}, {"ImpHash", 16}, {"authentihash", 17},
		{"peHash", 18},
		{"", 0}, {"SHA", 0}, {"SHA-3", 0}, {"RIPEMD-160", 0},
		{"WHIRLPOOL", 0}, {"MD6", 0}, {"SHA-2560", 0}, {"SHA+256", 0},
		{"SHA-256\xc3\xbc", 0},
		{"SHA-256SHA-256SHA-256SHA-256SHA-256SHA-256", 0}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		ROW_CHECK((int)value_hash_type(slice_str(rows[i].name)) ==
		    rows[i].code, "'%s'", rows[i].name);
	assert_int_equal(value_hash_type((struct slice){"MD5\0", 4}),
	    VALUE_NONE);
}

static void
test_reasons(void **state)
{
	static const char *const words[] = {
		"ok", "empty", "too-long", "malformed", "bogon", "too-wide",
		"trivial", "bad-encoding", "unknown-type", "no-memory"
	};
	int i;

	(void)state;
	for (i = 0; i < (int)ARRAY_LEN(words); i++)
		assert_string_equal(value_reason_name(i), words[i]);
	assert_int_equal(ARRAY_LEN(words), VALUE_BAD_MEMORY + 1);
	assert_null(value_reason_name(-1));
	assert_null(value_reason_name(VALUE_BAD_MEMORY + 1));
}

#define HEX32 "44d88612fea8a8f36de82e1278abb02f"
#define HEX64 HEX32 HEX32
#define HEX64_UPPER \
	"44D88612FEA8A8F36DE82E1278ABB02F44D88612FEA8A8F36DE82E1278ABB02F"

struct detect_row {
	const char *text;
	unsigned options;
	const char *want; /* "type text", joined by '|' */
};

static void
check_detect(const struct detect_row *rows, size_t count)
{
	size_t i, j, n;

	for (i = 0; i < count; i++) {
		struct value v[24];
		struct arena a;
		struct buf got;

		arena_init(&a, MIB(1));
		buf_init(&got, KIB(16));
		n = value_detect(&a, slice_str(rows[i].text), rows[i].options,
		    v, ARRAY_LEN(v));
		for (j = 0; j < n; j++) {
			if (j > 0)
				buf_char(&got, '|');
			buf_printf(&got, "%s ", value_type_name(v[j].type));
			assert_int_equal(value_print(&v[j], &got), 0);
			check_made(&a, &v[j], rows[i].text);
		}
		ROW_CHECK(slice_is(buf_view(&got), rows[i].want),
		    "'%s' may be '%.*s'", rows[i].text,
		    SLICE_ARG(buf_view(&got)));
		buf_free(&got);
		arena_free(&a);
	}
}

static void
test_detect(void **state)
{
	static const struct detect_row rows[] = {
		{"198.51.100.7", 0, "ipv4-addr 198.51.100.7"},
		{" 198.51.100.7 ", 0, "ipv4-addr 198.51.100.7"},
		{"198.51.100.7/24", 0, "ipv4-addr 198.51.100.0/24"},
		{"198.51.100.7:80", 0, "ipv4-addr 198.51.100.7"},
		{"::ffff:198.51.100.7", 0, "ipv4-addr 198.51.100.7"},
		{"2001:db8::1", 0, "ipv6-addr 2001:db8::1"},
		{"[2001:db8::1]", 0, "ipv6-addr 2001:db8::1"},
		{"[2001:db8::1]:443", 0, "ipv6-addr 2001:db8::1"},
		{"2001:db8::/32", 0, "ipv6-addr 2001:db8::/32"},
		{"10.1.2.3", 0, ""},
		{"10.1.2.3", VALUE_ALLOW_BOGON, "ipv4-addr 10.1.2.3"},
		{"0.0.0.0/0", ANY, "ipv4-addr 0.0.0.0/0"},
		{"198.51.100.256", 0, ""},
		{"Evil.Example", 0, "domain-name evil.example"},
		{"evil.example.", 0, "domain-name evil.example"},
		{"evil.example:8443", 0, "domain-name evil.example"},
		{"b\xc3\xbc" "cher.example", 0,
		    "domain-name xn--bcher-kva.example"},
		{"localhost", 0, ""}, {"example", 0, ""},
		{"http://evil.example/a", 0, "url http://evil.example/a"},
		{"evil.example/a", 0, "url evil.example/a"},
		{"198.51.100.7/a", 0, "url 198.51.100.7/a"},
		{"user@evil.example", 0, "email-addr user@evil.example"},
		{HEX32, 0, "md5 " HEX32 "|x509-md5 " HEX32 "|imphash " HEX32
		    "|ja3 " HEX32 "|ja3s " HEX32 "|hassh " HEX32},
		{HEX32 "01234567", 0, "sha1 " HEX32 "01234567|x509-sha1 " HEX32
		    "01234567|pehash " HEX32 "01234567"},
		{HEX64, 0, "sha256 " HEX64 "|x509-sha256 " HEX64
		    "|authentihash " HEX64 "|sha3-256 " HEX64},
		{HEX64 HEX64, 0, "sha512 " HEX64 HEX64 "|sha3-512 " HEX64
		    HEX64},
		{HEX64 HEX32, 0, "sha384 " HEX64 HEX32},
		{"d41d8cd98f00b204e9800998ecf8427e", 0, ""},
		{"AS64500", 0, "autonomous-system AS64500"},
		{"asn64500", 0, "autonomous-system AS64500"},
		{"as64500.example", 0, "domain-name as64500.example"},
		{"64500", 0, ""},
		{"cve-2021-44228", 0, "vulnerability CVE-2021-44228"},
		{"cve.example", 0, "domain-name cve.example"},
		{"00:11:22:aa:bb:cc", 0, "mac-addr 00:11:22:aa:bb:cc"},
		{"2001:db8:22:33:44:55:66:77", 0,
		    "ipv6-addr 2001:db8:22:33:44:55:66:77"},
		{"44:d8:86:12:fe:a8:a8:f3:6d:e8:2e:12:78:ab:b0:2f:01:23:45:67",
		    0, "x509-sha1 " HEX32 "01234567"},
		{"HKLM\\Software\\Evil", 0,
		    "windows-registry-key hkey_local_machine\\software\\evil"},
		{"3:AbC:aBc", 0, "ssdeep 3:AbC:aBc"},
		{HEX64 "abcdef", 0, "tlsh T1" HEX64_UPPER "ABCDEF"},
		{"t1" HEX64 "abcdef", 0, "tlsh T1" HEX64_UPPER "ABCDEF"},
		{"t1.example", 0, "domain-name t1.example"},
		/* defanged */
		{"evil[.]example", 0, ""},
		{"evil[.]example", VALUE_REFANG, "domain-name evil.example"},
		{"hxxps://evil[.]example:8443/x", VALUE_REFANG,
		    "url https://evil.example:8443/x"},
		{"198[.]51[.]100[.]7", VALUE_REFANG, "ipv4-addr 198.51.100.7"},
		{"user[@]evil[.]example", VALUE_REFANG,
		    "email-addr user@evil.example"},
		{"[2001:db8::1]:443", VALUE_REFANG, "ipv6-addr 2001:db8::1"},
		{"evil[.]example[:]8443", VALUE_REFANG,
		    "domain-name evil.example"},
		{"", 0, ""}, {" ", 0, ""}, {"[", 0, ""}, {"[]", 0, ""},
		{"[]:80", 0, ""}, {":", 0, ""}, {":80", 0, ""},
		{"a:b", 0, ""}, {"://", 0, ""}, {"@", 0, ""}, {"/", 0, ""},
		{"not a value", 0, ""}, {"\xff\xfe", 0, ""}, {"\\", 0, ""}
	};

	(void)state;
	check_detect(rows, ARRAY_LEN(rows));
}

/* Names of files, which may be domains. */
static void
test_detect_files(void **state)
{
	static const struct detect_row rows[] = {
		{"evil.exe", 0, "domain-name evil.exe"},
		{"evil.exe", VALUE_FILES,
		    "domain-name evil.exe|file-name evil.exe"},
		{"Evil.EXE", VALUE_FILES,
		    "domain-name evil.exe|file-name Evil.EXE"},
		{"my invoice.pdf.7z", VALUE_FILES,
		    "file-name my invoice.pdf.7z"},
		{"my invoice.pdf.7z", 0, ""},
		{"a.zip", VALUE_FILES, "domain-name a.zip|file-name a.zip"},
		{"lib.dylib", VALUE_FILES,
		    "domain-name lib.dylib|file-name lib.dylib"},
		{"evil[.]exe", VALUE_FILES | VALUE_REFANG,
		    "domain-name evil.exe|file-name evil.exe"},
		{"evil.example", VALUE_FILES, "domain-name evil.example"},
		{"evil.exes", VALUE_FILES, "domain-name evil.exes"},
		{"evil.xe", VALUE_FILES, "domain-name evil.xe"},
		{"evil.dylibs", VALUE_FILES, "domain-name evil.dylibs"},
		{".exe", VALUE_FILES, ""}, {"exe", VALUE_FILES, ""},
		{"evil.exe.", VALUE_FILES, "domain-name evil.exe"},
		{"evil.exe:80", VALUE_FILES, "domain-name evil.exe"},
		{"a\\evil.exe", VALUE_FILES, ""},
		{"a@evil.exe", VALUE_FILES, "email-addr a@evil.exe"},
		{"http://a.example/evil.exe", VALUE_FILES,
		    "url http://a.example/evil.exe"}
	};

	(void)state;
	check_detect(rows, ARRAY_LEN(rows));
}

static void
test_detect_at_most(void **state)
{
	struct value v[3];
	struct arena a;

	(void)state;
	arena_init(&a, MIB(1));
	memset(v, 0x5a, sizeof(v));
	assert_int_equal(value_detect(&a, SLICE(HEX32), 0, v, 0), 0);
	assert_int_equal(value_detect(&a, SLICE(HEX32), 0, v, 2), 2);
	assert_int_equal(v[0].type, VALUE_MD5);
	assert_int_equal(v[1].type, VALUE_X509_MD5);
	assert_int_equal(v[2].type, 0x5a);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_hash_names),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_detect_files),
		cmocka_unit_test(test_detect_at_most)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
