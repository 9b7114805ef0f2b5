/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader that stays: opens STORE once, and for each value on a line of its
 * standard input says by a fresh snapshot whether that is active ("yes" or
 * "no").
 */
#include <stdio.h>
#include <string.h>
#include <taxiway.h>

int
main(int argc, char **argv)
{
	struct tw_error why = {0, {0}};
	struct tw_match match[4];
	tw_store *store = NULL;
	tw_snapshot *snap;
	char line[1024];
	size_t n;
	int rc;

	if (argc != 2 || (rc = tw_open(argv[1], 0, &store, &why)) != TW_OK) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		n = 0;
		rc = tw_snapshot_begin(store, &snap);
		if (rc == TW_OK)
			rc = tw_lookup(snap, TW_TYPE_AUTO, line, TW_LENGTH,
			    TW_FIND_ALL, match, 4, &n);
		printf("%s\n", rc != TW_OK ? tw_strerror(rc) :
		    n > 0 && match[0].active ? "yes" : "no");
		fflush(stdout);
		tw_snapshot_end(snap);
	}
	tw_close(store);
	return 0;
}
