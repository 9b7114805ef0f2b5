/* SPDX-License-Identifier: BSD-2-Clause */
/* window.c */
#include "unit.h"

#include "base/cc.h"
#include "base/limits.h"
#include "sync/window.h"

#define XZ "\xfd" "7zXZ\0\0\4\xe6\xd6\xb4\x46"
#define ZSTD "\x28\xb5\x2f\xfd"
#define ROW(text, window) {text, sizeof(text) - 1, window}

static const struct {
	const char *bytes;
	size_t n;
	uint64_t window;
} rows[] = {
	/* dictionaries of 'xz -0', -6, -9; the largest two */
	ROW(XZ "\2\0\x21\1\x0c\0\0\0", KIB(256)),
	ROW(XZ "\2\0\x21\1\x16\0\0\0", MIB(8)),
	ROW(XZ "\2\0\x21\1\x1c\0\0\0", MIB(64)),
	ROW(XZ "\2\0\x21\1\x27\0\0\0", 3072ull * 1024 * 1024),
	ROW(XZ "\2\0\x21\1\x28\0\0\0", UINT32_MAX),
	ROW(XZ "\2\0\x21\1\x29\0\0\0", 0),
	/* sizes in front; a filter for programs before it */
	ROW(XZ "\4\xc0\x80\x80\4\xff\xff\x7f\x21\1\x16", MIB(8)),
	ROW(XZ "\4\1\4\0\x21\1\x16", MIB(8)),
	ROW(XZ "\4\1\3\1\1\x21\1\x16", MIB(8)),
	/* cut, or with a length beyond the end */
	ROW(XZ, 0), ROW(XZ "\2", 0), ROW(XZ "\2\0\x21\1", 0),
	ROW(XZ "\2\0\x21", 0), ROW(XZ "\2\1\4\x7f\x21\1\x16", 0),
	ROW(XZ "\2\x40\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 0),
	/* windows of a frame */
	ROW(ZSTD "\0\0", KIB(1)), ROW(ZSTD "\0\x68", MIB(8)),
	ROW(ZSTD "\4\x88", MIB(128)), ROW(ZSTD "\0\x0f", 3840),
	ROW(ZSTD "\0\xff", (UINT64_C(1) << 41) / 8 * 15),
	/* single segments: as large as they are */
	ROW(ZSTD "\x20\x21", 0x21), ROW(ZSTD "\x60\1\1", 0x201),
	ROW(ZSTD "\xa3\1\2\3\4\0\0\0\4", MIB(64)),
	ROW(ZSTD "\xe0\0\0\0\0\1\0\0\0", UINT64_C(1) << 32),
	ROW(ZSTD, 0), ROW(ZSTD "\0", 0), ROW(ZSTD "\xe0\0\0\0", 0),
	/* others say nothing */
	ROW("", 0), ROW("\x1f\x8b\x08\0\0\0\0\0", 0), ROW("evil.example\n", 0),
};

static void
test_windows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		ROW_CHECK(window_of(rows[i].bytes, rows[i].n) ==
		    rows[i].window, "row %zu: %llu", i, (unsigned long long)
		    window_of(rows[i].bytes, rows[i].n));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
