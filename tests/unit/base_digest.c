/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/cc.h"
#include "base/digest.h"
#include "base/digest_private.h"
#include "base/hex.h"

/* Inputs are the first n bytes of 0, 1, … 255, 0, 1 … */
static void
fill_ramp(uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)i;
}

/* Made by another implementation, from the definition in base/digest64.c. */
static const struct {
	size_t n;
	uint64_t seed, hash;
} hash_rows[] = {
	{0, UINT64_C(0x0), UINT64_C(0x88c2c6c584cd9fbe)},
	{1, UINT64_C(0x0), UINT64_C(0xbfab30cf62d8c82e)},
	{2, UINT64_C(0x0), UINT64_C(0xa12965d94d8babc6)},
	{3, UINT64_C(0x0), UINT64_C(0x9475ba55b5e9b53b)},
	{4, UINT64_C(0x0), UINT64_C(0x17be50ec4b59c1f1)},
	{7, UINT64_C(0x0), UINT64_C(0xde77df5ac987dc2c)},
	{8, UINT64_C(0x0), UINT64_C(0x43bcf2972b07052a)},
	{9, UINT64_C(0x0), UINT64_C(0x187db2728af8e81f)},
	{15, UINT64_C(0x0), UINT64_C(0x1f064836792477d9)},
	{16, UINT64_C(0x0), UINT64_C(0x250c4084cebb0a65)},
	{17, UINT64_C(0x0), UINT64_C(0x66e4fd223d17cc4e)},
	{31, UINT64_C(0x0), UINT64_C(0x81a7de8231fac1cf)},
	{32, UINT64_C(0x0), UINT64_C(0x79f792e9915a30aa)},
	{33, UINT64_C(0x0), UINT64_C(0xf36885ecdfb28d63)},
	{48, UINT64_C(0x0), UINT64_C(0xcbf3af636c035725)},
	{63, UINT64_C(0x0), UINT64_C(0x750b4f54e984e01b)},
	{64, UINT64_C(0x0), UINT64_C(0x69623fbc51ed1354)},
	{65, UINT64_C(0x0), UINT64_C(0x17b8e675de00c810)},
	{127, UINT64_C(0x0), UINT64_C(0x447be242d97bbe6a)},
	{128, UINT64_C(0x0), UINT64_C(0x6f298bafb44de766)},
	{129, UINT64_C(0x0), UINT64_C(0xd6ed17bc08183fcb)},
	{192, UINT64_C(0x0), UINT64_C(0xd00fae24e6672721)},
	{500, UINT64_C(0x0), UINT64_C(0x0e908ed9597e9675)},
	{0, UINT64_C(0x1), UINT64_C(0x20eb7d36c2475060)},
	{1, UINT64_C(0x1), UINT64_C(0xdaf13ce1da8632dd)},
	{2, UINT64_C(0x1), UINT64_C(0x1be685b32527e4a5)},
	{3, UINT64_C(0x1), UINT64_C(0x0854abf52e0ab2d6)},
	{4, UINT64_C(0x1), UINT64_C(0x6300b7b5c490a449)},
	{7, UINT64_C(0x1), UINT64_C(0xacb4bae82159ef61)},
	{8, UINT64_C(0x1), UINT64_C(0x6bca5787bed1094d)},
	{9, UINT64_C(0x1), UINT64_C(0xecdb3033fb3da10f)},
	{15, UINT64_C(0x1), UINT64_C(0x11fa7b81872f5afa)},
	{16, UINT64_C(0x1), UINT64_C(0x33d5c12441f149dd)},
	{17, UINT64_C(0x1), UINT64_C(0xa70bc732a622375f)},
	{31, UINT64_C(0x1), UINT64_C(0x4082b6ea3f9aaef3)},
	{32, UINT64_C(0x1), UINT64_C(0x5589c61434d17acb)},
	{33, UINT64_C(0x1), UINT64_C(0x9e66250249d4f05d)},
	{48, UINT64_C(0x1), UINT64_C(0xbf40dac4710dc194)},
	{63, UINT64_C(0x1), UINT64_C(0xd3011ef4092dd7b3)},
	{64, UINT64_C(0x1), UINT64_C(0xa83ce7021b5a6bcf)},
	{65, UINT64_C(0x1), UINT64_C(0xb661f668519fe6d2)},
	{127, UINT64_C(0x1), UINT64_C(0xef5e2781179341a2)},
	{128, UINT64_C(0x1), UINT64_C(0x20a3cac23724dab1)},
	{129, UINT64_C(0x1), UINT64_C(0xe9329449ede09050)},
	{192, UINT64_C(0x1), UINT64_C(0x4f4974a9b9793a78)},
	{500, UINT64_C(0x1), UINT64_C(0xbbc90f5ac843516a)},
	{0, UINT64_C(0x123456789abcdef), UINT64_C(0x3f5497a58519060e)},
	{1, UINT64_C(0x123456789abcdef), UINT64_C(0x17bc277a9574a94c)},
	{2, UINT64_C(0x123456789abcdef), UINT64_C(0xacbc7ddc88c2ad65)},
	{3, UINT64_C(0x123456789abcdef), UINT64_C(0x76f609002b17edaa)},
	{4, UINT64_C(0x123456789abcdef), UINT64_C(0xe4f7d06dfca11cb7)},
	{7, UINT64_C(0x123456789abcdef), UINT64_C(0xcf22195b5a1589fe)},
	{8, UINT64_C(0x123456789abcdef), UINT64_C(0x245a60d921cc3f43)},
	{9, UINT64_C(0x123456789abcdef), UINT64_C(0x3d9cce55127e9c13)},
	{15, UINT64_C(0x123456789abcdef), UINT64_C(0x19633f737e3b3cce)},
	{16, UINT64_C(0x123456789abcdef), UINT64_C(0x64a28dc87dae4d3b)},
	{17, UINT64_C(0x123456789abcdef), UINT64_C(0x6b3a4084a149caee)},
	{31, UINT64_C(0x123456789abcdef), UINT64_C(0xc093e8b117b904a7)},
	{32, UINT64_C(0x123456789abcdef), UINT64_C(0x5b1cdc7d18e35194)},
	{33, UINT64_C(0x123456789abcdef), UINT64_C(0xcd16dc759343c2b4)},
	{48, UINT64_C(0x123456789abcdef), UINT64_C(0xd5fd6c239dea1214)},
	{63, UINT64_C(0x123456789abcdef), UINT64_C(0x4ab9d7af7bb2e4d7)},
	{64, UINT64_C(0x123456789abcdef), UINT64_C(0x2bd9cdce34fce6bc)},
	{65, UINT64_C(0x123456789abcdef), UINT64_C(0xac0550fc57083f39)},
	{127, UINT64_C(0x123456789abcdef), UINT64_C(0x30d257defd9c5216)},
	{128, UINT64_C(0x123456789abcdef), UINT64_C(0xc82332bd3d80d5f8)},
	{129, UINT64_C(0x123456789abcdef), UINT64_C(0x30c49cd6e65fb02b)},
	{192, UINT64_C(0x123456789abcdef), UINT64_C(0x5d84580539cd30e7)},
	{500, UINT64_C(0x123456789abcdef), UINT64_C(0x6ba68516465c6eff)}
};

static const struct {
	size_t n;
	const char *hex;
} sha_rows[] = {
	{0,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855"},
	{1,
	    "6e340b9cffb37a989ca544e6bb780a2c"
	    "78901d3fb33738768511a30617afa01d"},
	{3,
	    "ae4b3280e56e2faf83f414a6e3dabe9d"
	    "5fbe18976544c05fed121accb85b53fc"},
	{55,
	    "463eb28e72f82e0a96c0a4cc53690c57"
	    "1281131f672aa229e0d45ae59b598b59"},
	{56,
	    "da2ae4d6b36748f2a318f23e7ab1dfdf"
	    "45acdc9d049bd80e59de82a60895f562"},
	{57,
	    "2fe741af801cc238602ac0ec6a7b0c3a"
	    "8a87c7fc7d7f02a3fe03d1c12eac4d8f"},
	{63,
	    "29af2686fd53374a36b0846694cc3421"
	    "77e428d1647515f078784d69cdb9e488"},
	{64,
	    "fdeab9acf3710362bd2658cdc9a29e8f"
	    "9c757fcf9811603a8c447cd1d9151108"},
	{65,
	    "4bfd2c8b6f1eec7a2afeb48b934ee4b2"
	    "694182027e6d0fc075074f2fabb31781"},
	{119,
	    "da18797ed7c3a777f0847f429724a2d8"
	    "cd5138e6ed2895c3fa1a6d39d18f7ec6"},
	{120,
	    "f52b23db1fbb6ded89ef42a23ce0c892"
	    "2c45f25c50b568a93bf1c075420bbb7c"},
	{128,
	    "471fb943aa23c511f6f72f8d1652d9c8"
	    "80cfa392ad80503120547703e56a2be5"},
	{129,
	    "5099c6a56203f9687f7d33f4bfdf576d"
	    "31dc91f6b695ecea38b2770c87631135"},
	{500,
	    "6a259da4dacdfb0f51369649cbf8864d"
	    "8e2d675462c8625a70334bfc2c50d1af"}
};

static void
test_digest64_vectors(void **state)
{
	uint8_t ramp[512];
	size_t i;

	(void)state;
	fill_ramp(ramp, sizeof(ramp));
	for (i = 0; i < ARRAY_LEN(hash_rows); i++) {
		ROW_CHECK(digest64(ramp, hash_rows[i].n, hash_rows[i].seed) ==
		    hash_rows[i].hash, "%zu bytes", hash_rows[i].n);
	}
}

/* An exact copy at every alignment: nothing outside is read, nothing inside is
 * missed. */
static void
test_digest64_reads_all_and_no_more(void **state)
{
	uint8_t ramp[300];
	size_t n, i;

	(void)state;
	fill_ramp(ramp, sizeof(ramp));
	for (n = 0; n < 200; n++) {
		uint8_t *copy = malloc(n + 8), *p;
		uint64_t want = digest64(ramp, n, 42);

		assert_non_null(copy);
		for (i = 0; i < 8; i++) {
			p = copy + i;
			memcpy(p, ramp, n);
			assert_true(digest64(p, n, 42) == want);
		}
		for (i = 0; i < n; i++) {
			p = copy + 7;
			p[i] ^= 0x20;
			assert_true(digest64(p, n, 42) != want);
			p[i] ^= 0x20;
		}
		free(copy);
	}
}

/* Zeros of different length, and one length under different seeds. */
static void
test_digest64_length_and_seed(void **state)
{
	static const uint8_t zeros[256];
	uint64_t seen[256];
	size_t i, j;

	(void)state;
	for (i = 0; i < 256; i++) {
		seen[i] = digest64(zeros, i, 7);
		for (j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	for (i = 0; i < 256; i++) {
		seen[i] = digest64(zeros, 100, i);
		for (j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
	assert_true(digest64(NULL, 0, 5) == digest64(zeros, 0, 5));
}

static void
check_sha(const uint8_t got[SHA256_LEN], const char *hex)
{
	char text[2 * SHA256_LEN];

	hex_encode(got, SHA256_LEN, text);
	assert_memory_equal(text, hex, sizeof(text));
}

/* FIPS 180-4 and its published examples. */
static void
test_sha256_published(void **state)
{
	uint8_t out[SHA256_LEN], a[1000];
	struct sha256 s;
	int i;

	(void)state;
	sha256("", 0, out);
	check_sha(out, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	sha256("abc", 3, out);
	check_sha(out, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	    out);
	check_sha(out, "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
	sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
	    "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 112, out);
	check_sha(out, "cf5b16a778af8380036ce59e7b049237"
	    "0b249b11e8f07a51afac45037afee9d1");
	memset(a, 'a', sizeof(a));
	sha256_init(&s);
	for (i = 0; i < 1000; i++)
		sha256_add(&s, a, sizeof(a));
	sha256_done(&s, out);
	check_sha(out, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
}

static void
test_sha256_lengths(void **state)
{
	uint8_t ramp[512], out[SHA256_LEN];
	size_t i;

	(void)state;
	fill_ramp(ramp, sizeof(ramp));
	for (i = 0; i < ARRAY_LEN(sha_rows); i++) {
		sha256(ramp, sha_rows[i].n, out);
		check_sha(out, sha_rows[i].hex);
	}
}

/* However the bytes arrive, the digest is that of the whole. */
static void
test_sha256_pieces(void **state)
{
	uint8_t ramp[300], whole[SHA256_LEN], out[SHA256_LEN];
	size_t piece, at;

	(void)state;
	fill_ramp(ramp, sizeof(ramp));
	sha256(ramp, sizeof(ramp), whole);
	for (piece = 1; piece <= sizeof(ramp); piece++) {
		struct sha256 s;

		sha256_init(&s);
		for (at = 0; at < sizeof(ramp); at += piece) {
			size_t left = sizeof(ramp) - at;

			sha256_add(&s, ramp + at, left < piece ? left : piece);
			sha256_add(&s, NULL, 0);
		}
		sha256_done(&s, out);
		assert_memory_equal(out, whole, sizeof(out));
	}
}

/* Whichever this machine takes: the plain rounds say the same. */
static void
test_sha256_plain(void **state)
{
	uint8_t bytes[640];
	size_t blocks, i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + i / 64 * 31);
	for (blocks = 0; blocks <= sizeof(bytes) / 64; blocks++) {
		struct sha256 s, plain;

		sha256_init(&s);
		plain = s;
		sha256_add(&s, bytes, 64 * blocks);
		sha256_blocks_plain(plain.h, bytes, blocks);
		assert_memory_equal(s.h, plain.h, sizeof(s.h));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest64_vectors),
		cmocka_unit_test(test_digest64_reads_all_and_no_more),
		cmocka_unit_test(test_digest64_length_and_seed),
		cmocka_unit_test(test_sha256_published),
		cmocka_unit_test(test_sha256_lengths),
		cmocka_unit_test(test_sha256_pieces),
		cmocka_unit_test(test_sha256_plain)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
