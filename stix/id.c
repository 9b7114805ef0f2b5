/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/id.h"

#include <uuid/uuid.h>

#define UUID_TEXT 36

/* "type--uuid" */
static int
compose(const char *type, const uuid_t uuid, char out[STIX_ID_TEXT_MAX])
{
	size_t n = strlen(type);

	if (n == 0 || n > STIX_ID_TEXT_MAX - UUID_TEXT - sizeof("--"))
		return -1;
	memcpy(out, type, n);
	memcpy(out + n, "--", 2);
	uuid_unparse_lower(uuid, out + n + 2); /* writes the NUL */
	return 0;
}

int
stix_id_random(const char *type, char out[STIX_ID_TEXT_MAX])
{
	uuid_t uuid;

	uuid_generate_random(uuid);
	return compose(type, uuid, out);
}

int
stix_id_named(const char *type, struct slice name, char out[STIX_ID_TEXT_MAX])
{
	static const uuid_t space = {
		0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
		0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7
	};
	uuid_t uuid;

	uuid_generate_sha1(uuid, space, name.p, name.n);
	return compose(type, uuid, out);
}
