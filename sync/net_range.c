/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/net_range.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 100 /* of two addresses, blanks between them */

static bool
address(int family, struct slice s, struct net_address *out)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	size_t i, n = family == AF_INET ? 4 : 16;

	s = slice_trim(s);
	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(family, text, bytes) != 1)
		return false;
	*out = (struct net_address){0, 0};
	for (i = 0; i < n; i++) {
		out->hi = out->hi << 8 | out->lo >> 56;
		out->lo = out->lo << 8 | bytes[i];
	}
	return true;
}

static bool
is_less(struct net_address a, struct net_address b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static bool
is_same(struct net_address a, struct net_address b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

/* ---- what is one ----------------------------------------------------------- */

/* "192.0.2.0/255.255.255.0"; masks of networks that wide as /7 are none. */
static bool
masked(struct slice s, struct net_range *r)
{
	struct slice text = {s.p, 0}, mask;
	struct net_address bits;
	uint32_t rest;

	while (text.n < s.n && strchr("/ \t", s.p[text.n]) == NULL)
		text.n++;
	mask = (struct slice){s.p + text.n, s.n - text.n};
	if (mask.n > 0 && mask.p[0] == '/')
		mask.p++, mask.n--;
	else
		mask = slice_trim(mask);
	if (!slice_starts(mask, SLICE("255.")) ||
	    !address(AF_INET, mask, &bits))
		return false;
	rest = ~(uint32_t)bits.lo;
	if ((rest & (rest + 1)) != 0 || !address(AF_INET, text, &r->at))
		return false;
	r->at.lo &= bits.lo;
	r->last = r->at;
	r->last.lo |= rest;
	return true;
}

/* Four hexadecimal digits at the most, and a colon. */
static bool
begins6(struct slice s)
{
	size_t i = 0;

	while (i < s.n && i < 5 && s.p[i] != '\0' &&
	    strchr("0123456789abcdefABCDEF", s.p[i]) != NULL)
		i++;
	return i < s.n && s.p[i] == ':';
}

static bool
between(int family, struct slice s, struct net_range *r)
{
	const char *dash = memchr(s.p, '-', s.n);

	if (dash == NULL)
		return family == AF_INET && masked(s, r);
	return address(family, (struct slice){s.p, (size_t)(dash - s.p)},
	    &r->at) && address(family, (struct slice){dash + 1,
	    s.n - (size_t)(dash + 1 - s.p)}, &r->last) &&
	    !is_less(r->last, r->at);
}

bool
field_range(struct slice s, struct net_range *r)
{
	char c = s.n > 0 ? s.p[0] : '\0';

	r->done = false;
	if (c >= '0' && c <= '9' && s.n <= 40) {
		r->width = 32;
		if (between(AF_INET, s, r))
			return true;
	}
	if ((c != ':' && (c < '0' || c > '9') && ((c | 0x20) < 'a' ||
	    (c | 0x20) > 'f')) || s.n > TEXT_MAX || !begins6(s))
		return false;
	r->width = 128;
	return between(AF_INET6, s, r);
}

bool
range_is_wide(const struct net_range *r)
{
	return is_less(r->at, r->last);
}

/* ---- as networks ----------------------------------------------------------- */

/* The last address of a network of that many free bits. */
static struct net_address
end_of(struct net_address at, unsigned bits)
{
	if (bits >= 64) {
		at.lo = UINT64_MAX;
		bits -= 64;
		at.hi |= bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	} else {
		at.lo |= (UINT64_C(1) << bits) - 1;
	}
	return at;
}

/* The zeros that it ends with. */
static unsigned
zeros(struct net_address at, unsigned width)
{
	unsigned n = 0;

	while (n < width && ((n < 64 ? at.lo >> n : at.hi >> (n - 64)) & 1) ==
	    0)
		n++;
	return n;
}

static void
write_net(const struct net_range *r, unsigned bits, struct range_net *net)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN] = "";
	size_t i, n = r->width / 8;

	for (i = 0; i < n; i++)
		bytes[n - 1 - i] = (unsigned char)((i < 8 ? r->at.lo >>
		    (8 * i) : r->at.hi >> (8 * (i - 8))) & 255);
	inet_ntop(r->width == 32 ? AF_INET : AF_INET6, bytes, text,
	    sizeof(text));
	net->n = (size_t)snprintf(net->text, sizeof(net->text), "%s/%u", text,
	    r->width - bits);
}

bool
range_next(struct net_range *r, struct range_net *net)
{
	struct net_address end;
	unsigned bits;

	if (r->done)
		return false;
	bits = zeros(r->at, r->width);
	while (bits > 0 && is_less(r->last, end_of(r->at, bits)))
		bits--;
	end = end_of(r->at, bits);
	if (net != NULL)
		write_net(r, bits, net);
	r->done = is_same(end, r->last);
	r->at = end;
	if (!r->done) /* so that this does not go round */
		r->at.hi += ++r->at.lo == 0;
	return true;
}

unsigned
range_count(struct net_range r, unsigned most)
{
	unsigned n = 0;

	while (n <= most && range_next(&r, NULL))
		n++;
	return n;
}
