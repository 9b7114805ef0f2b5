/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes, fingerprints and the types whose key is their text. */
#include "base_value_rows.h"

#include "base/digest.h"

#define MD5 "44d88612fea8a8f36de82e1278abb02f"
#define SHA1 "3395856ce81f2b7382dee72602f798b642f14140"
#define SHA256 "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
#define H28 "0123456789abcdef0123456789abcdef0123456789abcdef01234567"
#define H48 SHA256 MD5
#define H64 SHA256 SHA256
#define JARM "27d3ed3ed0003ed1dc42d43d00041d6183ff1bfae51ebd88d70384363d525c"
#define TLSH "A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F90123456"
#define Z8 "00000000"
#define Z32 Z8 Z8 Z8 Z8
#define SSDEEP "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:" \
	"sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"

static const struct value_row hash_rows[] = {
	{VALUE_MD5, 0, MD5, MD5, 0, 0},
	{VALUE_MD5, 0, "44D88612FEA8A8F36DE82E1278ABB02F", MD5, 0, 0},
	{VALUE_MD5, 0, " " MD5 "\n", MD5, 0, 0},
	{VALUE_SHA1, 0, SHA1, SHA1, 0, 0},
	{VALUE_SHA224, 0, H28, H28, 0, 0},
	{VALUE_SHA256, 0, SHA256, SHA256, 0, 0},
	{VALUE_SHA384, 0, H48, H48, 0, 0},
	{VALUE_SHA512, 0, H64, H64, 0, 0},
	{VALUE_SHA3_256, 0, SHA256, SHA256, 0, 0},
	{VALUE_SHA3_512, 0, H64, H64, 0, 0},
	{VALUE_IMPHASH, 0, MD5, MD5, 0, 0},
	{VALUE_AUTHENTIHASH, 0, SHA256, SHA256, 0, 0},
	{VALUE_PEHASH, 0, SHA1, SHA1, 0, 0},
	{VALUE_JA3, 0, MD5, MD5, 0, 0}, {VALUE_JA3S, 0, MD5, MD5, 0, 0},
	{VALUE_HASSH, 0, MD5, MD5, 0, 0}, {VALUE_JARM, 0, JARM, JARM, 0, 0},
	/* of the wrong length, or not hex */
	{VALUE_MD5, 0, SHA1, "malformed", 0, 0},
	{VALUE_MD5, 0, "44d88612fea8a8f36de82e1278abb02", "malformed", 0, 0},
	{VALUE_MD5, 0, MD5 "0", "malformed", 0, 0},
	{VALUE_MD5, 0, "44d88612fea8a8f36de82e1278abb02g", "malformed", 0, 0},
	{VALUE_MD5, 0, "44d88612:fea8a8f36de82e1278abb02f", "malformed", 0, 0},
	{VALUE_MD5, 0, "0x" MD5, "malformed", 0, 0},
	{VALUE_MD5, 0, "d", "malformed", 0, 0},
	{VALUE_SHA1, 0, MD5, "malformed", 0, 0},
	{VALUE_SHA256, 0, H64, "malformed", 0, 0},
	{VALUE_SHA512, 0, SHA256, "malformed", 0, 0},
	{VALUE_JARM, 0, SHA256, "malformed", 0, 0},
	{VALUE_MD5, 0, "", "empty", 0, 0},
	/* the digest of nothing */
	{VALUE_MD5, 0, "d41d8cd98f00b204e9800998ecf8427e", "trivial", 0, 0},
	{VALUE_MD5, 0, "D41D8CD98F00B204E9800998ECF8427E", "trivial", 0, 0},
	{VALUE_SHA1, 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	    "trivial", 0, 0},
	{VALUE_SHA224, 0,
	    "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
	    "trivial", 0, 0},
	{VALUE_SHA256, 0,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "trivial", 0, 0},
	{VALUE_SHA384, 0, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"
	    "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b", "trivial",
	    0, 0},
	{VALUE_SHA512, 0,
	    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	    "trivial", 0, 0},
	{VALUE_SHA3_256, 0,
	    "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
	    "trivial", 0, 0},
	{VALUE_SHA3_512, 0,
	    "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
	    "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
	    "trivial", 0, 0},
	{VALUE_IMPHASH, 0, "d41d8cd98f00b204e9800998ecf8427e", "trivial", 0, 0},
	{VALUE_AUTHENTIHASH, 0,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "trivial", 0, 0},
	{VALUE_X509_SHA1, 0,
	    "DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09",
	    "trivial", 0, 0},
	/* all zeros */
	{VALUE_MD5, 0, Z32, "trivial", 0, 0},
	{VALUE_SHA1, ANY, Z32 Z8, "trivial", 0, 0},
	{VALUE_SHA256, 0, Z32 Z32, "trivial", 0, 0},
	{VALUE_JARM, 0, Z32 Z8 Z8 Z8 "000000", "trivial", 0, 0},
	{VALUE_SHA512, 0, Z32 Z32 Z32 Z32, "trivial", 0, 0},
	{VALUE_MD5, 0, Z8 Z8 Z8 "00000001", Z8 Z8 Z8 "00000001", 0, 0},
	/* certificates */
	{VALUE_X509_MD5, 0, MD5, MD5, 0, 0},
	{VALUE_X509_SHA256, 0, SHA256, SHA256, 0, 0},
	{VALUE_X509_SHA1, 0,
	    "33:95:85:6C:E8:1F:2B:73:82:DE:E7:26:02:F7:98:B6:42:F1:41:40",
	    SHA1, 0, 0},
	{VALUE_X509_SHA1, 0,
	    "33 95 85 6C E8 1F 2B 73 82 DE E7 26 02 F7 98 B6 42 F1 41 40",
	    SHA1, 0, 0},
	{VALUE_X509_SHA1, 0, "33:95", "malformed", 0, 0},
	{VALUE_X509_SHA1, 0, H64 H64, "malformed", 0, 0},
	{VALUE_X509_SHA1, 0, "::::", "malformed", 0, 0},
	{VALUE_X509_SERIAL, 0, "0A:BC:de", "0abcde", 0, 0},
	{VALUE_X509_SERIAL, 0, "abc", "0abc", 0, 0},
	{VALUE_X509_SERIAL, 0, "0x0ABC", "0abc", 0, 0},
	{VALUE_X509_SERIAL, 0, "00:00:0a:bc", "0abc", 0, 0},
	{VALUE_X509_SERIAL, 0, "1", "01", 0, 0},
	{VALUE_X509_SERIAL, 0, "36:f7:d4:32:f4:ab:70:ea:d3:ce:98:6e:ea:99:93:49"
	    ":32:0a:b7:06", "36f7d432f4ab70ead3ce986eea999349320ab706", 0, 0},
	{VALUE_X509_SERIAL, 0, "00", "trivial", 0, 0},
	{VALUE_X509_SERIAL, 0, "0", "trivial", 0, 0},
	{VALUE_X509_SERIAL, 0, "::", "malformed", 0, 0},
	{VALUE_X509_SERIAL, 0, "xyz", "malformed", 0, 0},
	{VALUE_X509_SERIAL, 0, H64, H64, 0, 0},
	{VALUE_X509_SERIAL, 0, H64 "ab", "malformed", 0, 0},
	/* fuzzy hashes */
	{VALUE_SSDEEP, 0, SSDEEP, SSDEEP, 0, 0},
	{VALUE_SSDEEP, 0, SSDEEP ",\"name.exe\"", SSDEEP, 0, 0},
	{VALUE_SSDEEP, 0, "3:AbC:aBc", "3:AbC:aBc", 0, 0},
	{VALUE_SSDEEP, 0, "3:a:", "3:a:", 0, 0},
	{VALUE_SSDEEP, 0, "805306368:a:b", "805306368:a:b", 0, 0},
	{VALUE_SSDEEP, 0, "3::", "trivial", 0, 0},
	{VALUE_SSDEEP, 0, "4:a:b", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "9:a:b", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "0:a:b", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "03:a:b", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "3:a", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "3", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, ":a:b", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "3:a:b:c", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "3:a b:c", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "3:" H64 ":b", "malformed", 0, 0},
	{VALUE_SSDEEP, 0, "33333333333:a:b", "malformed", 0, 0},
	{VALUE_TLSH, 0, TLSH, "T1" TLSH, 0, 0},
	{VALUE_TLSH, 0, "T1" TLSH, "T1" TLSH, 0, 0},
	{VALUE_TLSH, 0, "t1a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a"
	    "4b5c6d7e8f90123456", "T1" TLSH, 0, 0},
	{VALUE_TLSH, 0, H64 "abcdef", "T1275A021BBFB6489E54D471899F7DB9D1663FC6"
	    "95EC2FE2A2C4538AABF651FD0F275A021BBFB6489E54D471899F7DB9D1663FC695"
	    "EC2FE2A2C4538AABF651FD0FABCDEF", 0, 0},
	{VALUE_TLSH, 0, "TNULL", "malformed", 0, 0},
	{VALUE_TLSH, 0, SHA256, "malformed", 0, 0},
	{VALUE_TLSH, 0, "T2" TLSH, "malformed", 0, 0},
	{VALUE_TLSH, 0, "T1" Z32 Z32 "000000", "trivial", 0, 0},
	{VALUE_JA4, 0, "T13D1516h2_8daaf6152771_b186095e22b6",
	    "t13d1516h2_8daaf6152771_b186095e22b6", 0, 0},
	{VALUE_JA4, 0, "t130200_1301_234ea6891581",
	    "t130200_1301_234ea6891581", 0, 0},
	{VALUE_JA4, 0, "65535_2-1-3-1-1-4_1460_8", "65535_2-1-3-1-1-4_1460_8",
	    0, 0},
	{VALUE_JA4, 0, MD5, "malformed", 0, 0},
	{VALUE_JA4, 0, "t13d1516h2__b186095e22b6", "malformed", 0, 0},
	{VALUE_JA4, 0, "_t13d1516h2_b186", "malformed", 0, 0},
	{VALUE_JA4, 0, "t13d1516h2_b186_", "malformed", 0, 0},
	{VALUE_JA4, 0, "a_b", "malformed", 0, 0},
	{VALUE_JA4, 0, "t13d1516h2 8daaf6152771", "malformed", 0, 0}
};

static const struct value_row text_rows[] = {
	{VALUE_FILE_NAME, 0, "Invoice 2024.EXE", "Invoice 2024.EXE", 0, 0},
	{VALUE_FILE_NAME, 0, "b\xc3\xbc" "cher.doc", "b\xc3\xbc" "cher.doc",
	    0, 0},
	{VALUE_FILE_NAME, 0, "a\tb", "a\tb", 0, 0},
	{VALUE_FILE_NAME, 0, "a\nb", "malformed", 0, 0},
	{VALUE_FILE_NAME, 0, "a\x1b[31m", "malformed", 0, 0},
	{VALUE_FILE_NAME, 0, "a\x7f", "malformed", 0, 0},
	{VALUE_FILE_NAME, 0, "a\xff", "bad-encoding", 0, 0},
	{VALUE_FILE_NAME, 0, " \t ", "empty", 0, 0},
	{VALUE_FILE_NAME, VALUE_REFANG, "a[.]exe", "a[.]exe", 0, 0},
	{VALUE_FILE_PATH, 0, "C:\\Windows\\evil.EXE", "C:\\Windows\\evil.EXE",
	    0, 0},
	{VALUE_MUTEX, 0, "Global\\M_1", "Global\\M_1", 0, 0},
	{VALUE_USER_AGENT, 0, "Mozilla/5.0 (X)", "Mozilla/5.0 (X)", 0, 0},
	{VALUE_USER_ACCOUNT, 0, "Administrator", "Administrator", 0, 0},
	{VALUE_PROCESS_NAME, 0, "svch0st.exe", "svch0st.exe", 0, 0},
	{VALUE_COMMAND_LINE, 0, "cmd /c \"x\"\r\ny", "cmd /c \"x\"\r\ny", 0, 0},
	{VALUE_COMMAND_LINE, 0, "cmd\x01", "malformed", 0, 0},
	{VALUE_REGKEY, 0, "HKLM\\Software\\Evil", "hkey_local_machine\\software"
	    "\\evil", 0, 0},
	{VALUE_REGKEY, 0, "HKEY_LOCAL_MACHINE\\Software\\Evil",
	    "hkey_local_machine\\software\\evil", 0, 0},
	{VALUE_REGKEY, 0, "hkcu\\x", "hkey_current_user\\x", 0, 0},
	{VALUE_REGKEY, 0, "HKCR\\x", "hkey_classes_root\\x", 0, 0},
	{VALUE_REGKEY, 0, "HKU\\x", "hkey_users\\x", 0, 0},
	{VALUE_REGKEY, 0, "HKCC\\x", "hkey_current_config\\x", 0, 0},
	{VALUE_REGKEY, 0, "HKLM", "hkey_local_machine", 0, 0},
	{VALUE_REGKEY, 0, "HKLMX\\x", "hklmx\\x", 0, 0},
	{VALUE_REGKEY, 0, "\\REGISTRY\\MACHINE\\x", "hkey_local_machine\\x",
	    0, 0},
	{VALUE_REGKEY, 0, "\\\\registry\\\\user\\\\x", "hkey_users\\x", 0, 0},
	{VALUE_REGKEY, 0, "HKLM\\\\Software\\\\Evil\\\\",
	    "hkey_local_machine\\software\\evil", 0, 0},
	{VALUE_REGKEY, 0, "Software\\Evil", "software\\evil", 0, 0},
	{VALUE_REGKEY, 0, "HKLM\\x \\", "hkey_local_machine\\x", 0, 0},
	{VALUE_REGKEY, 0, "\\", "malformed", 0, 0},
	{VALUE_REGKEY, 0, "\\ \\", "malformed", 0, 0},
	{VALUE_CRYPTO_WALLET, 0, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
	    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", 0, 0},
	{VALUE_CRYPTO_WALLET, 0, "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B",
	    "0xab5801a7d398351b8be11c439e05c5b3259aec9b", 0, 0},
	{VALUE_CRYPTO_WALLET, 0, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
	    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 0, 0},
	{VALUE_CRYPTO_WALLET, 0, "short", "malformed", 0, 0},
	{VALUE_CRYPTO_WALLET, 0, "1A1zP1eP5QGefi2DMPTf TL5SLmv7DivfNa",
	    "malformed", 0, 0},
	{VALUE_PHONE, 0, "+1 (202) 555-0143", "+12025550143", 0, 0},
	{VALUE_PHONE, 0, "tel:+1-202-555-0143", "+12025550143", 0, 0},
	{VALUE_PHONE, 0, "202.555.0143", "2025550143", 0, 0},
	{VALUE_PHONE, 0, "123", "123", 0, 0},
	{VALUE_PHONE, 0, "12", "malformed", 0, 0},
	{VALUE_PHONE, 0, "1234567890123456", "malformed", 0, 0},
	{VALUE_PHONE, 0, "+1+2025550143", "malformed", 0, 0},
	{VALUE_PHONE, 0, "555-EVIL", "malformed", 0, 0},
	{VALUE_PHONE, 0, "+", "malformed", 0, 0},
	{VALUE_CVE, 0, "CVE-2021-44228", "CVE-2021-44228", 0, 0},
	{VALUE_CVE, 0, "cve-2021-44228", "CVE-2021-44228", 0, 0},
	{VALUE_CVE, 0, "CVE-1999-0001", "CVE-1999-0001", 0, 0},
	{VALUE_CVE, 0, "CVE-2021-123", "malformed", 0, 0},
	{VALUE_CVE, 0, "CVE-21-44228", "malformed", 0, 0},
	{VALUE_CVE, 0, "CVE 2021-44228", "malformed", 0, 0},
	{VALUE_CVE, 0, "CVE-2021-4422x", "malformed", 0, 0},
	{VALUE_CVE, 0, "CVE-2021-12345678901234567890", "malformed", 0, 0},
	{VALUE_CVE, 0, "2021-44228", "malformed", 0, 0},
	{VALUE_NONE, 0, "x", "unknown-type", 0, 0},
	{VALUE_TYPE_COUNT, 0, "x", "unknown-type", 0, 0}
};

static void
test_hash_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(hash_rows); i++)
		check_row(&hash_rows[i]);
}

static void
test_text_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(text_rows); i++)
		check_row(&text_rows[i]);
}

static void
test_hash_key(void **state)
{
	struct arena a;
	struct value v;

	(void)state;
	arena_init(&a, KIB(4));
	v = made(&a, VALUE_MD5, MD5);
	assert_int_equal(v.keylen, 16);
	assert_memory_equal(v.key, "\x44\xd8\x86\x12", 4);
	v.keylen = 15;
	assert_false(value_key_valid(&v));
	v.keylen = 16;
	v.type = VALUE_SHA1;
	assert_false(value_key_valid(&v));
	v.type = VALUE_JA3;
	assert_true(value_key_valid(&v));
	v.flags = VALUE_TEXT;
	v.text = SLICE(MD5);
	assert_false(value_key_valid(&v));
	v.flags = 0;
	v.key = (const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	assert_false(value_key_valid(&v));
	arena_free(&a);
}

/* Around the length from which a text is keyed by its digest. */
static void
test_long_text(void **state)
{
	char *text = malloc(LIMIT_VALUE + 1);
	uint8_t sum[SHA256_LEN];
	struct arena a;
	struct value v;
	size_t n;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LIMIT_VALUE + 1);
	for (n = 1; n <= LIMIT_VALUE; n += n < 290 ? 17 : n < 310 ? 1 : n) {
		arena_init(&a, KIB(64));
		assert_int_equal(value_normalise(&a, VALUE_COMMAND_LINE,
		    (struct slice){text, n}, 0, &v), VALUE_OK);
		check_made(&a, &v, "long");
		if (n <= LIMIT_VALUE_KEY) {
			assert_int_equal(v.flags, 0);
			assert_int_equal(v.keylen, n);
			assert_null(v.text.p);
		} else {
			assert_int_equal(v.flags, VALUE_DIGEST | VALUE_TEXT);
			sha256(text, n, sum);
			assert_int_equal(v.keylen, sizeof(sum));
			assert_memory_equal(v.key, sum, sizeof(sum));
			v.text.n--;
			assert_false(value_key_valid(&v));
			v.text.n++;
			v.flags = VALUE_DIGEST;
			assert_false(value_key_valid(&v));
			v.flags = 0;
			assert_false(value_key_valid(&v));
		}
		arena_free(&a);
	}
	arena_init(&a, KIB(64));
	assert_int_equal(value_normalise(&a, VALUE_COMMAND_LINE,
	    (struct slice){text, LIMIT_VALUE + 1}, 0, &v), VALUE_BAD_LONG);
	/* The hive makes it longer than the limit. */
	memcpy(text, "HKLM\\", 5);
	assert_int_equal(value_normalise(&a, VALUE_REGKEY,
	    (struct slice){text, LIMIT_VALUE}, 0, &v), VALUE_BAD_LONG);
	assert_int_equal(value_normalise(&a, VALUE_REGKEY,
	    (struct slice){text, LIMIT_VALUE - 14}, 0, &v), VALUE_OK);
	arena_free(&a);
	free(text);
}

static void
test_invalid_text_keys(void **state)
{
	static const struct {
		enum value_type type;
		const char *key;
		int valid;
	} keys[] = {
		{VALUE_MUTEX, "a b", 1}, {VALUE_MUTEX, " a", 0},
		{VALUE_MUTEX, "a ", 0}, {VALUE_MUTEX, "a\n", 0},
		{VALUE_MUTEX, "a\xff", 0}, {VALUE_MUTEX, "\t", 0},
		{VALUE_EMAIL, "user@evil.example", 1},
		{VALUE_EMAIL, "User@evil.example", 0},
		{VALUE_EMAIL, "user@evil.example.", 0},
		{VALUE_EMAIL, "user@b\xc3\xbc" "cher.example", 0},
		{VALUE_EMAIL, "user", 0},
		{VALUE_CVE, "CVE-2021-44228", 1}, {VALUE_CVE, "cve-2021-44228", 0},
		{VALUE_REGKEY, "hkey_users\\x", 1}, {VALUE_REGKEY, "hku\\x", 0},
		{VALUE_REGKEY, "hkey_users\\X", 0},
		{VALUE_REGKEY, "hkey_users\\x\\", 0},
		{VALUE_TLSH, "T1" TLSH, 1}, {VALUE_TLSH, TLSH, 0},
		{VALUE_SSDEEP, SSDEEP, 1}, {VALUE_SSDEEP, SSDEEP ",\"x\"", 0},
		{VALUE_X509_SERIAL, "0abc", 1}, {VALUE_X509_SERIAL, "abc", 0},
		{VALUE_X509_SERIAL, "000abc", 0},
		{VALUE_PHONE, "+12025550143", 1}, {VALUE_PHONE, "+1 2025550143", 0},
		{VALUE_JA4, "t130200_1301_234ea6891581", 1},
		{VALUE_JA4, "T130200_1301_234ea6891581", 0}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		struct value v = {.type = (uint8_t)keys[i].type,
		    .keylen = (uint16_t)strlen(keys[i].key),
		    .key = (const uint8_t *)keys[i].key};

		ROW_CHECK(value_key_valid(&v) == keys[i].valid, "'%s'",
		    keys[i].key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_rows),
		cmocka_unit_test(test_text_rows),
		cmocka_unit_test(test_hash_key),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_invalid_text_keys)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
