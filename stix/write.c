/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/write.h"

#include "stix/id.h"

static int
done(struct stix_writer *w, struct err *e)
{
	if (buf_ok(w->out))
		return 0;
	return err_set(e, ERR_MEMORY,
	    "bundle: the output buffer of at most %zu bytes is full",
	    w->out->max);
}

int
stix_write_begin(struct stix_writer *w, struct buf *out, struct err *e)
{
	char id[STIX_ID_TEXT_MAX];

	*w = (struct stix_writer){.out = out, .first = true};
	if (stix_id_random("bundle", id) != 0)
		return err_set(e, ERR_INTERNAL, "bundle: no id could be made");
	buf_str(out, "{\"type\":\"bundle\",\"id\":\"");
	buf_str(out, id);
	buf_str(out, "\",\"objects\":[");
	return done(w, e);
}

int
stix_write_object(struct stix_writer *w, struct slice json, struct err *e)
{
	/* One object a line, so that line tools can read a bundle. */
	buf_str(w->out, w->first ? "\n" : ",\n");
	w->first = false;
	buf_slice(w->out, json);
	return done(w, e);
}

int
stix_write_end(struct stix_writer *w, struct err *e)
{
	buf_str(w->out, w->first ? "]}\n" : "\n]}\n");
	return done(w, e);
}
