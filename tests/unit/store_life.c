/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random lives of claims, against the model of life.h.  A sequence that fails is
 * made as short as dropping steps can make it, and told.
 *
 *	store_life [FIRST [COUNT]]
 *
 * plays COUNT sequences from seed FIRST on; so does TAXIWAY_LIFE="FIRST COUNT"
 * in the environment.  LIFE_TRACE=1 tells what each step of the shortest one
 * does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/life_play.h"

#define STEPS 60
#define SEQUENCES 250 /* of an ordinary run */

static uint64_t first_seed = 1;
static unsigned long sequences = SEQUENCES;

/* How often each kind comes, of 100. */
static const uint8_t shares[LIFE_KINDS] = {
    [LIFE_POLL] = 33, [LIFE_CUT] = 4, [LIFE_KILLED] = 4, [LIFE_SAME] = 4,
    [LIFE_SEEN] = 4, [LIFE_ROLLBACK] = 5, [LIFE_RESTORE] = 5,
    [LIFE_FORGET] = 1, [LIFE_ACCEPT] = 3, [LIFE_TERMS] = 3,
    [LIFE_ALLOW] = 3, [LIFE_DISALLOW] = 2,
    [LIFE_CLOCK] = 14, [LIFE_UPKEEP] = 8, [LIFE_PART] = 5,
    [LIFE_REOPEN] = 2,
};

static unsigned
make_steps(uint64_t seed, struct life_step steps[STEPS])
{
	unsigned n, i, k, share, busy = rng_below(&seed, 3);

	n = 8 + rng_below(&seed, STEPS - 8);
	for (i = 0; i < n; i++) {
		share = rng_below(&seed, 100);
		for (k = 0; k + 1 < LIFE_KINDS && share >= shares[k]; k++)
			share -= shares[k];
		/* Two thirds of all sequences have one or two sources. */
		steps[i] = (struct life_step){.kind = (uint8_t)k,
		    .source = (uint8_t)rng_below(&seed,
		        busy == 0 ? LIFE_SOURCES : busy),
		    .seed = rng_next(&seed)};
	}
	return n;
}

/* Drop what may be dropped, larger parts first. */
static unsigned
shorten(uint64_t seed, struct life_step *steps, unsigned n, char why[600])
{
	struct life_step fewer[STEPS];
	unsigned part, at;
	bool again = true;
	char other[600];

	while (again) {
		again = false;
		for (part = n / 2; part > 0; part /= 2) {
			for (at = 0; at + part <= n;) {
				memcpy(fewer, steps, at * sizeof(*steps));
				memcpy(fewer + at, steps + at + part,
				    (n - at - part) * sizeof(*steps));
				if (play_all(seed, fewer, n - part, false,
				    other)) {
					at += part;
					continue;
				}
				n -= part;
				memcpy(steps, fewer, n * sizeof(*steps));
				memcpy(why, other, sizeof(other));
				again = true;
			}
		}
	}
	return n;
}

static void
live(uint64_t seed)
{
	struct life_step steps[STEPS];
	char why[600];
	unsigned n = make_steps(seed, steps);

	if (play_all(seed, steps, n, false, why))
		return;
	n = shorten(seed, steps, n, why);
	print_error("seed %ju: %u steps are enough\n", (uintmax_t)seed, n);
	(void)play_all(seed, steps, n, getenv("LIFE_TRACE") != NULL, why);
	fail_msg("seed %ju: %s", (uintmax_t)seed, why);
}

static void
test_lives(void **state)
{
	/* Those that once went wrong; no other of an ordinary run did. */
	static const uint64_t found[] = {5242};
	unsigned long i;

	(void)state;
	for (i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		live(found[i]);
	for (i = 0; i < sequences; i++)
		live(first_seed + i);
}

static void
read_numbers(const char *text)
{
	char *end;

	first_seed = strtoull(text, &end, 10);
	sequences = *end != '\0' ? strtoul(end, NULL, 10) : 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lives),
	};
	const char *text = getenv("TAXIWAY_LIFE");

	if (text != NULL)
		read_numbers(text);
	if (argc > 1)
		read_numbers(argv[1]);
	if (argc > 2)
		sequences = strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
