/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/misp_tag.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/opt.h"
#include "base/tlp.h"
#include "store/record.h"

struct word {
	const char *from, *to;
};

/* Galaxies that name threats, by their type.  Others (sectors, countries …) are
 * labels. */
static const struct word galaxies[] = {
	{"360net-threat-actor", "threat-actor"},
	{"android", "malware"},
	{"backdoor", "malware"},
	{"banker", "malware"},
	{"botnet", "malware"},
	{"branded-vulnerability", "vulnerability"},
	{"cryptominers", "malware"},
	{"exploit-kit", "malware"},
	{"malpedia", "malware"},
	{"microsoft-activity-group", "threat-actor"},
	{"mitre-attack-pattern", "attack-pattern"},
	{"mitre-enterprise-attack-attack-pattern", "attack-pattern"},
	{"mitre-enterprise-attack-intrusion-set", "intrusion-set"},
	{"mitre-enterprise-attack-malware", "malware"},
	{"mitre-enterprise-attack-tool", "tool"},
	{"mitre-ics-groups", "intrusion-set"},
	{"mitre-ics-software", "malware"},
	{"mitre-ics-techniques", "attack-pattern"},
	{"mitre-intrusion-set", "intrusion-set"},
	{"mitre-malware", "malware"},
	{"mitre-mobile-attack-attack-pattern", "attack-pattern"},
	{"mitre-mobile-attack-intrusion-set", "intrusion-set"},
	{"mitre-mobile-attack-malware", "malware"},
	{"mitre-mobile-attack-tool", "tool"},
	{"mitre-pre-attack-intrusion-set", "intrusion-set"},
	{"mitre-tool", "tool"},
	{"ransomware", "malware"},
	{"rat", "malware"},
	{"rsit-malware", "malware"},
	{"stealer", "malware"},
	{"tds", "malware"},
	{"threat-actor", "threat-actor"},
	{"tool", "tool"},
};

/* Taxonomies that state how sure somebody is.  Those with a scale of words are
 * read by the tables of STIX 2.1, appendix A; -1: it is not said. */
static const struct scale {
	const char *predicate, *value;
	int confidence;
} scales[] = {
	{"misp:confidence-level", "completely-confident", 100},
	{"misp:confidence-level", "usually-confident", 75},
	{"misp:confidence-level", "fairly-confident", 50},
	{"misp:confidence-level", "rarely-confident", 25},
	{"misp:confidence-level", "unconfident", 0},
	{"misp:confidence-level", "confidence-cannot-be-evaluated", -1},
	{"admiralty-scale:information-credibility", "1", 90},
	{"admiralty-scale:information-credibility", "2", 70},
	{"admiralty-scale:information-credibility", "3", 50},
	{"admiralty-scale:information-credibility", "4", 30},
	{"admiralty-scale:information-credibility", "5", 10},
	{"admiralty-scale:information-credibility", "6", -1},
	{"estimative-language:confidence-in-analytic-judgment", "high", 85},
	{"estimative-language:confidence-in-analytic-judgment", "moderate", 50},
	{"estimative-language:confidence-in-analytic-judgment", "low", 15},
};

static bool
same(struct slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static bool
begins(struct slice s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

void
misp_context_init(struct misp_context *m)
{
	m->tlp = TLP_UNKNOWN;
	m->confidence = CONFIDENCE_UNKNOWN;
	m->benign = false;
	m->nthreats = m->nphases = m->nlabels = 0;
}

/* "predicate="value"" into its halves; the quotes may be missing. */
static bool
halves(struct slice tag, struct slice *predicate, struct slice *value)
{
	const char *equals = memchr(tag.p, '=', tag.n);

	if (equals == NULL)
		return false;
	*predicate = (struct slice){tag.p, (size_t)(equals - tag.p)};
	*value = (struct slice){equals + 1, tag.n - predicate->n - 1};
	if (value->n >= 2 && value->p[0] == '"' &&
	    value->p[value->n - 1] == '"')
		*value = (struct slice){value->p + 1, value->n - 2};
	return value->n > 0;
}

static void
add_pair(struct claim_pair *to, unsigned *n, unsigned max, struct slice a,
    struct slice b)
{
	unsigned i;

	for (i = 0; i < *n; i++)
		if (slice_eq(to[i].a, a) && slice_eq(to[i].b, b))
			return;
	if (*n < max)
		to[(*n)++] = (struct claim_pair){a, b};
}

static void
add_label(struct misp_context *m, struct slice label)
{
	unsigned i;

	for (i = 0; i < m->nlabels; i++)
		if (slice_eq(m->labels[i], label))
			return;
	if (m->nlabels < LIMIT_LIST)
		m->labels[m->nlabels++] = label;
}

static void
add_confidence(struct misp_context *m, uint32_t n)
{
	if (m->confidence == CONFIDENCE_UNKNOWN || n < m->confidence)
		m->confidence = (uint8_t)n;
}

/* Does the tag say how sure somebody is? */
static bool
take_confidence(struct misp_context *m, struct slice predicate,
    struct slice value)
{
	char text[4] = "";
	uint32_t n;
	size_t i;

	for (i = 0; i < ARRAY_LEN(scales); i++) {
		if (!same(predicate, scales[i].predicate) ||
		    !same(value, scales[i].value))
			continue;
		if (scales[i].confidence >= 0)
			add_confidence(m, (uint32_t)scales[i].confidence);
		return true;
	}
	if (!same(predicate, "osint:certainty") || value.n >= sizeof(text))
		return false;
	memcpy(text, value.p, value.n);
	if (opt_number(text, 0, 100, &n) != 0)
		return false;
	add_confidence(m, n);
	return true;
}

static bool
take_galaxy(struct misp_context *m, struct slice predicate, struct slice value)
{
	static const char space[] = "misp-galaxy:";
	size_t i;

	if (!begins(predicate, space))
		return false;
	predicate.p += sizeof(space) - 1;
	predicate.n -= sizeof(space) - 1;
	for (i = 0; i < ARRAY_LEN(galaxies); i++) {
		if (!same(predicate, galaxies[i].from))
			continue;
		add_pair(m->threats, &m->nthreats, MISP_THREATS,
		    slice_str(galaxies[i].to), value);
		return true;
	}
	return false;
}

/* "kill-chain:Command and Control" is a phase of Lockheed Martin's. */
static bool
take_phase(struct misp_context *m, struct slice tag, struct arena *a)
{
	static const char space[] = "kill-chain:";
	struct slice word;
	char *p;
	size_t i;

	if (!begins(tag, space) || tag.n == sizeof(space) - 1)
		return false;
	word = (struct slice){tag.p + sizeof(space) - 1,
	    tag.n - (sizeof(space) - 1)};
	p = arena_dup(a, word.p, word.n);
	if (p == NULL)
		return true;
	for (i = 0; i < word.n; i++)
		p[i] = p[i] == ' ' ? '-' : (char)tolower((uint8_t)p[i]);
	add_pair(m->phases, &m->nphases, MISP_PHASES,
	    SLICE("lockheed-martin-cyber-kill-chain"),
	    (struct slice){p, word.n});
	return true;
}

void
misp_context_tag(struct misp_context *m, struct slice tag, struct arena *a)
{
	struct slice predicate, value;
	enum tlp tlp;

	if (tag.n == 0)
		return;
	if (begins(tag, "tlp:") && (tlp = tlp_parse(tag)) != TLP_UNKNOWN) {
		if (tlp > m->tlp)
			m->tlp = (uint8_t)tlp;
		return;
	}
	if (take_phase(m, tag, a))
		return;
	if (halves(tag, &predicate, &value)) {
		if (take_confidence(m, predicate, value) ||
		    take_galaxy(m, predicate, value))
			return;
		if (same(predicate, "false-positive:confirmed") &&
		    same(value, "true"))
			m->benign = true;
	}
	add_label(m, tag);
}

void
misp_context_within(struct misp_context *own, const struct misp_context *outer)
{
	unsigned i;

	if (own->tlp == TLP_UNKNOWN)
		own->tlp = outer->tlp;
	if (own->confidence == CONFIDENCE_UNKNOWN)
		own->confidence = outer->confidence;
	own->benign = own->benign || outer->benign;
	for (i = 0; i < outer->nthreats; i++)
		add_pair(own->threats, &own->nthreats, MISP_THREATS,
		    outer->threats[i].a, outer->threats[i].b);
	for (i = 0; i < outer->nphases; i++)
		add_pair(own->phases, &own->nphases, MISP_PHASES,
		    outer->phases[i].a, outer->phases[i].b);
	for (i = 0; i < outer->nlabels; i++)
		add_label(own, outer->labels[i]);
}
