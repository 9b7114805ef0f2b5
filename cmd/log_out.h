/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the daemon's events go: standard error, syslog or the journal, each
 * event bounded (sync/log_render.h) and not too many of them
 * (sync/log_limit.h).
 *
 * Nothing here waits: what its reader does not take is counted and told later.
 * Where syslog or the journal is not there, standard error gets the line, and the
 * next one is tried there again.
 */
#ifndef CMD_LOG_OUT_H
#define CMD_LOG_OUT_H

#include "cmd/settings_log.h"
#include "sync/log_limit.h"

struct log_out {
	struct log_terms terms;
	bool journal;        /* our stderr is a stream to it, as JOURNAL_STREAM
	                      * says: chosen by LOG_TO_AUTO */
	const char *sockets[2]; /* paths: of syslog, of the journal */
	int fd;              /* to one of them; -1 */
	uint64_t lost;       /* lines since the newest that was taken */
	struct log_limit limit;
	struct log log;      /* to be handed to who has something to tell */
};

void log_out_init(struct log_out *o, const struct log_terms *t);
/* Other terms from now on. */
void log_out_change(struct log_out *o, const struct log_terms *t);
/* Tell what is left to tell, and close. */
void log_out_end(struct log_out *o);

#endif
