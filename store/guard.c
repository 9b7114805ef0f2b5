/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/limits.h"

#define ADDRESSES_MAX 4096 /* canaries that are addresses */

struct address {
	uint8_t type;
	uint8_t key[16];
};

/* The top bit of a slot tells canary from top list; 0 is an empty slot. */
#define CANARY_BIT (UINT64_C(1) << 63)

struct guard {
	uint64_t *slots;   /* a power of two */
	size_t cap, n;
	uint64_t tops;
	struct address *addresses;
	size_t naddresses;
};

struct guard *
guard_new(void)
{
	return calloc(1, sizeof(struct guard));
}

void
guard_free(struct guard *g)
{
	if (g == NULL)
		return;
	free(g->slots);
	free(g->addresses);
	free(g);
}

uint64_t
guard_tops(const struct guard *g)
{
	return g->tops;
}

bool
guard_empty(const struct guard *g)
{
	return g->n == 0;
}

static uint64_t
print_of(uint8_t type, uint8_t prefix, const uint8_t *key, size_t n)
{
	uint64_t h = digest64(key, n, (uint64_t)type << 8 | prefix);

	h &= ~CANARY_BIT;
	return h != 0 ? h : 1;
}

/* The slot of a print: its own, or the empty one where it goes. */
static uint64_t *
slot_of(const struct guard *g, uint64_t print)
{
	size_t i = (size_t)print & (g->cap - 1);

	while (g->slots[i] != 0 && (g->slots[i] & ~CANARY_BIT) != print)
		i = (i + 1) & (g->cap - 1);
	return &g->slots[i];
}

static int
grow(struct guard *g)
{
	struct guard more = *g;
	size_t i;

	more.cap = g->cap == 0 ? 64 : g->cap * 2;
	more.slots = calloc(more.cap, sizeof(*more.slots));
	if (more.slots == NULL)
		return -1;
	for (i = 0; i < g->cap; i++) {
		if (g->slots[i] != 0)
			*slot_of(&more, g->slots[i] & ~CANARY_BIT) =
			    g->slots[i];
	}
	free(g->slots);
	*g = more;
	return 0;
}

static bool
is_address(uint8_t type)
{
	return type == VALUE_IPV4 || type == VALUE_IPV6;
}

static int
address_add(struct guard *g, const struct value *v)
{
	struct address *a;

	if (!is_address(v->type) || g->naddresses == ADDRESSES_MAX)
		return 0;
	a = realloc(g->addresses, (g->naddresses + 1) * sizeof(*a));
	if (a == NULL)
		return -1;
	g->addresses = a;
	a += g->naddresses++;
	memset(a, 0, sizeof(*a));
	a->type = v->type;
	memcpy(a->key, v->key, v->keylen < 16 ? v->keylen : 16);
	return 0;
}

int
guard_add(struct guard *g, enum guard_kind kind, const struct value *v,
    struct err *e)
{
	uint64_t *slot, print;

	if (g->n >= LIMIT_GUARD_VALUES)
		return err_set(e, ERR_LIMIT, "more than %u values to guard "
		    "against", LIMIT_GUARD_VALUES);
	if (2 * (g->n + 1) > g->cap && grow(g) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a guard list");
	print = print_of(v->type, v->prefix, v->key, v->keylen);
	slot = slot_of(g, print);
	if (*slot == 0) {
		g->n++;
		g->tops += kind == GUARD_TOP;
		*slot = print;
	} else if (kind == GUARD_CANARY && (*slot & CANARY_BIT) == 0) {
		g->tops--; /* a canary weighs more */
	}
	if (kind != GUARD_CANARY || (*slot & CANARY_BIT) != 0)
		return 0;
	*slot |= CANARY_BIT;
	if (address_add(g, v) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a guard list");
	return 0;
}

int
guard_add_defaults(struct guard *g, struct err *e)
{
	static const struct {
		enum value_type type;
		const char *text;
	} canaries[] = {
	    {VALUE_IPV4, "1.0.0.1"}, {VALUE_IPV4, "1.1.1.1"},
	    {VALUE_IPV4, "8.8.4.4"}, {VALUE_IPV4, "8.8.8.8"},
	    {VALUE_IPV4, "9.9.9.9"}, {VALUE_IPV4, "149.112.112.112"},
	    {VALUE_IPV4, "208.67.220.220"}, {VALUE_IPV4, "208.67.222.222"},
	    {VALUE_IPV6, "2001:4860:4860::8844"},
	    {VALUE_IPV6, "2001:4860:4860::8888"},
	    {VALUE_IPV6, "2606:4700:4700::1001"},
	    {VALUE_IPV6, "2606:4700:4700::1111"},
	    {VALUE_IPV6, "2620:fe::fe"},
	    {VALUE_DOMAIN, "amazonaws.com"}, {VALUE_DOMAIN, "apple.com"},
	    {VALUE_DOMAIN, "cloudflare.com"}, {VALUE_DOMAIN, "debian.org"},
	    {VALUE_DOMAIN, "facebook.com"}, {VALUE_DOMAIN, "github.com"},
	    {VALUE_DOMAIN, "google.com"}, {VALUE_DOMAIN, "gstatic.com"},
	    {VALUE_DOMAIN, "letsencrypt.org"}, {VALUE_DOMAIN, "microsoft.com"},
	    {VALUE_DOMAIN, "mozilla.org"}, {VALUE_DOMAIN, "office.com"},
	    {VALUE_DOMAIN, "windowsupdate.com"},
	    {VALUE_DOMAIN, "wikipedia.org"}, {VALUE_DOMAIN, "www.google.com"},
	    {VALUE_DOMAIN, "youtube.com"},
	};
	struct arena scratch;
	struct value v;
	size_t i;
	int rc = 0;

	arena_init(&scratch, KIB(64));
	for (i = 0; i < ARRAY_LEN(canaries) && rc == 0; i++) {
		if (value_normalise(&scratch, canaries[i].type,
		    slice_str(canaries[i].text), 0, &v) != VALUE_OK)
			rc = err_set(e, ERR_INTERNAL, "canary '%s' is no value",
			    canaries[i].text);
		else
			rc = guard_add(g, GUARD_CANARY, &v, e);
	}
	arena_free(&scratch);
	return rc;
}

static bool
covers(const uint8_t *net, uint8_t prefix, const uint8_t *address)
{
	unsigned whole = prefix / 8, rest = prefix % 8;

	if (memcmp(net, address, whole) != 0)
		return false;
	return rest == 0 ||
	    ((net[whole] ^ address[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

enum guard_kind
guard_find(const struct guard *g, uint8_t type, uint8_t prefix,
    const uint8_t *key, size_t keylen)
{
	uint64_t slot;
	size_t i;

	if (g->n == 0)
		return GUARD_NONE;
	slot = *slot_of(g, print_of(type, prefix, key, keylen));
	if (slot != 0)
		return (slot & CANARY_BIT) != 0 ? GUARD_CANARY : GUARD_TOP;
	if (!is_address(type) || prefix >= 8 * keylen || keylen > 16)
		return GUARD_NONE;
	for (i = 0; i < g->naddresses; i++) {
		if (g->addresses[i].type == type &&
		    covers(key, prefix, g->addresses[i].key))
			return GUARD_CANARY;
	}
	return GUARD_NONE;
}
