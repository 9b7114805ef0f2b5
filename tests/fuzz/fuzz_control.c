/* SPDX-License-Identifier: BSD-2-Clause */
/* A request of the control socket, a report of a worker, a time of day: what is
 * taken is what it says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "sync/calendar.h"
#include "sync/control.h"
#include "sync/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_calendar(const char *text)
{
	struct calendar c;
	int64_t t;

	if (calendar_parse(text, &c, NULL) != 0)
		return;
	t = calendar_next(&c, 0);
	if (t <= 0 || t > 8 * TSTAMP_DAY || c.days == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = {(const char *)data, size};
	struct control_request q;
	struct report r;
	char text[64];

	if (size > 0 && control_parse(line, &q, NULL) == 0 &&
	    (strlen(q.name) > size || q.verb >= CONTROL_VERBS))
		abort();
	if (report_parse(line, &r) == 0 &&
	    (r.text.p < line.p || r.text.p + r.text.n > line.p + line.n))
		abort();
	if (size < sizeof(text)) {
		memcpy(text, data, size);
		text[size] = '\0';
		check_calendar(text);
	}
	return 0;
}
