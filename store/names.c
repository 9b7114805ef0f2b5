/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes and their names, for callers who do not see base/. */
#include "base/tlp.h"
#include "store/episode.h"
#include "store/reader_private.h"

int
tw_type_code(const char *name)
{
	return name != NULL ? (int)value_type_code(slice_str(name)) : 0;
}

const char *
tw_type_name(int type)
{
	return value_type_name(type);
}

const char *
tw_match_name(int kind)
{
	static const char *const names[] = {
	    [TW_MATCH_EXACT] = "exact",
	    [TW_MATCH_NETWORK] = "network",
	    [TW_MATCH_PARENT_DOMAIN] = "parent-domain",
	    [TW_MATCH_URL_LOOSE] = "url-loose",
	    [TW_MATCH_URL_HOST] = "url-host",
	};

	return kind > 0 && kind < (int)ARRAY_LEN(names) ? names[kind] : NULL;
}

const char *
tw_state_name(int state)
{
	static const char *const names[] = {
	    [TW_ACTIVE] = "active",
	    [TW_PENDING] = "pending",
	    [TW_EXPIRED] = "expired",
	    [TW_REVOKED] = "revoked",
	    [TW_BENIGN] = "benign",
	    [TW_ENDED] = "ended",
	    [TW_UNSEEN] = "unseen",
	    [TW_SUPPRESSED] = "suppressed",
	};

	return state > 0 && state < (int)ARRAY_LEN(names) ? names[state] : NULL;
}

const char *
tw_rule_name(int rule)
{
	return ageing_rule_name(rule);
}

const char *
tw_end_name(int reason)
{
	return reason > 0 ? episode_why_name((unsigned)reason) : NULL;
}

int
tw_tlp_code(const char *name)
{
	return name != NULL ? tlp_parse(slice_str(name)) : TLP_UNKNOWN;
}

const char *
tw_tlp_name(int tlp)
{
	return tlp_name(tlp);
}
