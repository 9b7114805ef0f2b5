/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/duration.h"

#include "base/tstamp.h"

static const struct {
	char name;
	int64_t seconds;
} units[] = {
	{'y', 365 * 86400}, {'w', 7 * 86400}, {'d', 86400}, {'h', 3600},
	{'m', 60}, {'s', 1},
};

int
duration_parse(struct slice text, int64_t max, int64_t *out)
{
	int64_t total = 0, n;
	size_t i = 0, digits, unit = 0;

	if (slice_is(text, "0")) {
		*out = 0;
		return 0;
	}
	while (i < text.n) {
		for (n = 0, digits = 0; i < text.n && text.p[i] >= '0' &&
		    text.p[i] <= '9' && digits < 12; i++, digits++)
			n = n * 10 + (text.p[i] - '0');
		if (digits == 0 || i == text.n)
			return -1;
		while (unit < ARRAY_LEN(units) && units[unit].name != text.p[i])
			unit++;
		if (unit == ARRAY_LEN(units) ||
		    n > max / TSTAMP_SECOND / units[unit].seconds)
			return -1;
		total += n * units[unit].seconds * TSTAMP_SECOND;
		if (total > max)
			return -1;
		unit++;
		i++;
	}
	if (text.n == 0)
		return -1;
	*out = total;
	return 0;
}

void
duration_print(int64_t t, struct buf *out)
{
	int64_t rest = t / TSTAMP_SECOND;
	size_t i;

	if (rest <= 0) {
		buf_char(out, '0');
		return;
	}
	for (i = 0; i < ARRAY_LEN(units); i++) {
		/* People count in days, not in weeks. */
		if (units[i].name == 'w' || rest < units[i].seconds ||
		    (units[i].name == 'y' && rest % units[i].seconds != 0))
			continue;
		buf_printf(out, "%lld%c", (long long)(rest / units[i].seconds),
		    units[i].name);
		rest %= units[i].seconds;
	}
}
