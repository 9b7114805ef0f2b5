/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/record_id.h"

#include <string.h>

#include "store/bytes.h"

void
id_key(uint8_t out[ID_KEY_LEN], const uint8_t *id, uint16_t source)
{
	memcpy(out, id, IDKEY_LEN);
	out[IDKEY_LEN] = 0;
	be16_put(out + ID_KEY_SOURCE, source);
}

size_t
id_rec_encode(const struct id_rec *r, uint8_t out[ID_REC_MAX])
{
	le64_put(out, r->row);
	le64_put(out + 8, r->hash);
	if (r->row != 0)
		return ID_REC_LEN;
	out[16] = r->flags;
	le64_put(out + 17, (uint64_t)r->modified);
	le64_put(out + 25, (uint64_t)r->when);
	return ID_REC_MAX;
}

int
id_rec_decode(struct slice bytes, struct id_rec *r)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	if (bytes.n < ID_REC_LEN)
		return -1;
	*r = (struct id_rec){.row = le64_get(p), .hash = le64_get(p + 8)};
	if (r->row != 0)
		return 0;
	if (bytes.n < ID_REC_MAX)
		return -1;
	r->flags = p[16];
	r->modified = le64_get_signed(p + 17);
	r->when = le64_get_signed(p + 25);
	return 0;
}
