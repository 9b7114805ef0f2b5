/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * History: for how long a store keeps what counts no more, and what becomes of it
 * then.
 *
 * Of an object that ended (withdrawn, removed), was revoked, expired or was
 * rolled back everything stays for `ended` after its end, and at least for so
 * long after the poll that brought its newest version; for `matched` where one of
 * its values was ever met here (`taxiway seen`).  Then upkeep removes it:
 * values, claims, relationships, the object, its versions, its original bytes.
 *
 * - Expired is what every claim of an object has: a snapshot's objects do not go
 *   for it, since they are listed still; nor do claims whose end follows the
 *   source's newest poll.
 * - A relationship goes when it is as old as that and an indicator or observable
 *   at one of its ends is gone.
 * - Versions that a poll overwrote stay for so long after that poll; then the
 *   source cannot be rolled back to before it (source_rec.undo_from).
 * - What a rollback hides goes so long after the rollback.
 * - A sighting goes `matched` after the value was last met, once its value is
 *   gone.
 *
 * The identifier of what was revoked or expired is buried (store/record_id.h):
 * it stays known for `ids` after it was listed last.  Until then a revoked id
 * does not rise again, and an object that a server lists for ever is neither
 * fetched nor stored anew; a newer version of what expired is.  An identifier
 * that was withdrawn is not listed any more: it is forgotten at once, and new
 * when it comes again.
 *
 * A pass over the store looks for all this; it begins with an eighth of the
 * shortest history, at most daily.  upkeep_history() does one transaction of it;
 * the record "history" of the meta table tells where the next one goes on.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "store/store.h"

#define HISTORY_ENDED (90 * TSTAMP_DAY)
#define HISTORY_MATCHED (365 * TSTAMP_DAY)
#define HISTORY_IDS (730 * TSTAMP_DAY)
/* Between two passes. */
#define HISTORY_PASS_LEAST (60 * TSTAMP_SECOND)
#define HISTORY_PASS_MOST TSTAMP_DAY

/* What a source is configured to keep: defaults filled in, `matched` and `ids`
 * never shorter than `ended`. */
void history_of(const struct source_rec *s, struct store_history *out);
/* How long after a pass began the next one does. */
int64_t history_pass(const struct store_history *h);

/* Has the time come?  `since`: when it ended; `brought`: when its newest version
 * came. */
bool history_over(const struct store_history *h, int64_t since,
    int64_t brought, bool matched, int64_t now);
/* Has a buried identifier not been listed for so long that it is worth a write to
 * say that it is? */
bool history_stale(const struct source_rec *s, int64_t when, int64_t now);

#endif
