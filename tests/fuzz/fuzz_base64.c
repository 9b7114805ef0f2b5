/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as base64, the first byte the options: what is taken fits where it is
 * said to, is the same when it is written and read again, and is taken with
 * every option more.  What is written of any bytes is read as those bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

#define OPTIONS 16

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_again(struct slice plain, unsigned options)
{
	struct buf code;
	size_t n;
	char *out;

	buf_init(&code, plain.n * 2 + 8);
	base64_encode(plain, options, &code);
	demand(buf_ok(&code));
	demand(BASE64_BYTES(code.n) >= plain.n);
	out = malloc(BASE64_BYTES(code.n) + 1);
	demand(out != NULL);
	demand(base64_decode(buf_view(&code), options, out, &n) == 0);
	demand(slice_eq((struct slice){out, n}, plain));
	free(out);
	buf_free(&code);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned options = n > 0 ? p[0] % OPTIONS : BASE64_STANDARD;
	struct slice text = {(const char *)p + (n > 0), n - (n > 0)};
	/* Not a byte too many, so that a write past it is seen. */
	char *out = malloc(BASE64_BYTES(text.n) + (BASE64_BYTES(text.n) == 0));
	size_t len, looked;

	demand(out != NULL);
	if (base64_decode(text, options, out, &len) == 0) {
		demand(len <= BASE64_BYTES(text.n));
		for (unsigned more = options; more < OPTIONS; more++)
			demand((more & options) != options ||
			    (base64_decode(text, more, NULL, &looked) == 0 &&
			    looked == len));
		check_again((struct slice){out, len}, BASE64_STANDARD);
	}
	check_again(text, options & 3 ? options : options | BASE64_URL);
	free(out);
	return 0;
}
