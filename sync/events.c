/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/events.h"

#include <string.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

static void
line_begin(struct events *s)
{
	s->at = EVENTS_FIELD;
	s->nfield = s->nword = 0;
}

static void
event_begin(struct events *s)
{
	buf_reset(&s->data);
	s->name[0] = s->new_id[0] = '\0';
	s->has_data = s->has_id = s->long_event = false;
}

void
events_init(struct events *s, const struct events_ops *ops)
{
	*s = (struct events){.ops = ops};
	buf_init(&s->data, EVENTS_DATA);
	events_reset(s);
}

void
events_free(struct events *s)
{
	buf_free(&s->data);
}

void
events_reset(struct events *s)
{
	event_begin(s);
	line_begin(s);
	s->cr = false;
	s->mark = 0;
}

/* --- events ---------------------------------------------------------------- */

static int
event_over(struct events *s, struct err *e)
{
	struct event ev = {s->name[0] != '\0' ? s->name : "message", s->id,
	    SLICE_NONE};
	int rc = 0;

	if (s->has_id)
		memcpy(s->id, s->new_id, sizeof(s->id));
	if (s->long_event) {
		rc = s->ops->too_long(s->ops->ctx, e);
	} else if (s->has_data) {
		ev.data = buf_view(&s->data);
		/* Each line of data came with its end. */
		if (ev.data.n > 0)
			ev.data.n--;
		rc = s->ops->event(s->ops->ctx, &ev, e);
	}
	event_begin(s);
	return rc;
}

static bool
field_is(const struct events *s, const char *name)
{
	return s->nfield == strlen(name) &&
	    memcmp(s->field, name, s->nfield) == 0;
}

static void
data_add(struct events *s, const char *p, size_t n)
{
	s->has_data = true;
	if (s->long_event)
		return;
	if (s->data.n + n <= EVENTS_DATA && buf_add(&s->data, p, n) == 0)
		return;
	s->long_event = true;
	buf_reset(&s->data);
}

/* The end of a line; an empty one ends the event. */
static int
line_over(struct events *s, struct err *e)
{
	int rc = 0;

	if (s->at == EVENTS_FIELD && s->nfield == 0) {
		rc = event_over(s, e);
	} else if (s->at != EVENTS_SILENT && field_is(s, "data")) {
		data_add(s, "\n", 1);
	} else if (s->at != EVENTS_SILENT && field_is(s, "event")) {
		size_t n = s->nword < EVENTS_NAME ? s->nword : EVENTS_NAME;

		memcpy(s->name, s->word, n);
		s->name[n] = '\0';
	} else if (s->at != EVENTS_SILENT && field_is(s, "id") &&
	    s->nword <= EVENTS_ID && memchr(s->word, '\0', s->nword) == NULL) {
		memcpy(s->new_id, s->word, s->nword);
		s->new_id[s->nword] = '\0';
		s->has_id = true;
	}
	line_begin(s);
	return rc;
}

/* --- bytes ------------------------------------------------------------------ */

/* Bytes of a line, none of which ends it. */
static void
value_add(struct events *s, const char *p, size_t n)
{
	size_t room;

	if (n > 0 && s->at == EVENTS_SPACE) {
		s->at = EVENTS_VALUE;
		if (*p == ' ') {
			p++;
			n--;
		}
	}
	if (n == 0)
		return;
	if (field_is(s, "data")) {
		data_add(s, p, n);
		return;
	}
	/* One more than fits tells that it does not. */
	room = sizeof(s->word) - s->nword;
	n = n < room ? n : room;
	memcpy(s->word + s->nword, p, n);
	s->nword += n;
}

/* The name of a field, up to its colon; the number of bytes that were taken. */
static size_t
field_add(struct events *s, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == ':') {
			s->at = s->nfield == 0 ? EVENTS_SILENT : EVENTS_SPACE;
			return i + 1;
		}
		if (s->nfield == sizeof(s->field)) {
			s->at = EVENTS_SILENT;
			return i;
		}
		s->field[s->nfield++] = p[i];
	}
	return n;
}

static void
line_bytes(struct events *s, const char *p, size_t n)
{
	size_t k;

	if (s->at == EVENTS_FIELD) {
		k = field_add(s, p, n);
		p += k;
		n -= k;
	}
	if (s->at == EVENTS_SPACE || s->at == EVENTS_VALUE)
		value_add(s, p, n);
}

/* Where the next line ends in these bytes; n: it does not. */
static size_t
end_of_line(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n), *cr;
	size_t most = lf != NULL ? (size_t)(lf - p) : n;

	cr = memchr(p, '\r', most);
	return cr != NULL ? (size_t)(cr - p) : most;
}

/* The bytes of a mark in front are passed over; how many. */
static size_t
skip_mark(struct events *s, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && s->mark < 3; i++) {
		if (p[i] != byte_order_mark[s->mark]) {
			/* It was the beginning of a name that is not known. */
			if (s->mark > 0)
				s->at = EVENTS_SILENT;
			s->mark = 3;
			break;
		}
		s->mark++;
	}
	return i;
}

int
events_bytes(struct events *s, const char *p, size_t n, struct err *e)
{
	size_t k = skip_mark(s, p, n);

	p += k;
	n -= k;
	while (n > 0) {
		if (s->cr && *p == '\n') {
			s->cr = false;
			p++;
			n--;
			continue;
		}
		s->cr = false;
		k = end_of_line(p, n);
		line_bytes(s, p, k);
		if (k == n)
			break;
		s->cr = p[k] == '\r';
		p += k + 1;
		n -= k + 1;
		if (line_over(s, e) != 0)
			return -1;
	}
	return 0;
}
