/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/discover.h"

#include "sync/client.h"

static int
take(void *ctx, struct slice text, struct err *e)
{
	json_t **answer = ctx;

	if (*answer != NULL)
		return err_set(e, ERR_PROTO, "fetcher sent a frame that has "
		    "no place in a discovery");
	*answer = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(*answer))
		return err_set(e, ERR_PROTO, "fetcher sent an answer that is "
		    "not a JSON object");
	return 0;
}

json_t *
discover_run(const char *program, struct job *job, struct err *e)
{
	json_t *answer = NULL;
	struct client_ops ops = {.result = take, .ctx = &answer};
	int rc = client_run(program, MSG_MODE_DISCOVER, job, &ops, e);

	if (rc == 0 && answer == NULL)
		rc = err_set(e, ERR_PROTO, "fetcher sent no answer");
	if (rc == 0)
		return answer;
	json_decref(answer);
	return NULL;
}
