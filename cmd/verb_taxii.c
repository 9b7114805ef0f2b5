/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * taxii get, versions, manifest, push, delete, status: requests to a server by
 * hand.  What they have in common is a table row each: the operation, and how a
 * result is shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/clean.h"
#include "cmd/cmd.h"
#include "cmd/request.h"
#include "stix/write.h"
#include "sync/client.h"
#include "sync/taxii_filter.h"

struct taxii_options {
	struct settings s; /* first: settings_table fills it */
	char *version;
	uint32_t wait;
	bool json;
};

/* One run of a verb. */
struct request {
	struct cmd *cmd;
	struct taxii_options *o;
	struct buf out;              /* get: the bundle */
	struct stix_writer writer;
	FILE *file;                  /* push */
	uint64_t states[3];          /* success, failure, pending */
	char pending[LIMIT_ID];      /* the request that is not done */
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static void
put(const char *text)
{
	print_clean(stdout, text, strlen(text));
}

/* --- results -------------------------------------------------------------- */

static int
drain(struct request *r, struct err *e)
{
	if (fwrite(r->out.p, 1, r->out.n, stdout) != r->out.n)
		return err_sys(e, ERR_IO, errno, "standard output");
	buf_reset(&r->out);
	return 0;
}

/* A line break in JSON is white space: one of its strings has none. */
static int
show_line(struct slice object, struct err *e)
{
	for (size_t i = 0; i < object.n; i++)
		putchar(object.p[i] == '\n' || object.p[i] == '\r' ? ' ' :
		    object.p[i]);
	if (putchar('\n') == EOF)
		return err_sys(e, ERR_IO, errno, "standard output");
	return 0;
}

static int
show_object(struct request *r, struct slice object, struct err *e)
{
	if (r->o->json)
		return show_line(object, e);
	if (stix_write_object(&r->writer, object, e) != 0)
		return -1;
	return r->out.n > KIB(64) ? drain(r, e) : 0;
}

static void
show_version(struct request *r, const json_t *o)
{
	(void)r;
	put(text_of(o, "version"));
	putchar('\n');
}

static void
show_record(struct request *r, const json_t *o)
{
	(void)r;
	put(text_of(o, "date_added"));
	printf("  ");
	put(text_of(o, "version"));
	printf("  ");
	put(text_of(o, "id"));
	putchar('\n');
}

static void
show_deleted(struct request *r, const json_t *o)
{
	if (r->cmd->quiet)
		return;
	put(text_of(o, "id"));
	printf(": deleted\n");
}

/* What went well is only counted. */
static void
show_state(struct request *r, const json_t *o)
{
	const char *state = text_of(o, "status");
	const char *message = text_of(o, "message"), *id = text_of(o, "id");

	if (strcmp(state, "success") == 0 && !r->cmd->verbose)
		return;
	put(id[0] != '\0' ? id : "(an object)");
	printf(": ");
	put(state);
	if (message[0] != '\0') {
		printf(": ");
		put(message);
	}
	putchar('\n');
}

static void
count_state(struct request *r, const json_t *o)
{
	const char *state = text_of(o, "status");

	r->states[strcmp(state, "success") == 0 ? 0 :
	    strcmp(state, "failure") == 0 ? 1 : 2]++;
	if (strcmp(state, "pending") == 0)
		snprintf(r->pending, sizeof(r->pending), "%s",
		    text_of(o, "request"));
}

/* --- the operations ------------------------------------------------------- */

static const struct op {
	const char *name;            /* second word of the verb */
	void (*show)(struct request *r, const json_t *o); /* NULL: objects */
	bool states;
} ops[] = {
	{"get", NULL, false},
	{"versions", show_version, false},
	{"manifest", show_record, false},
	{"push", show_state, true},
	{"delete", show_deleted, false},
	{"status", show_state, true},
};

static const struct op *
op_of(const struct cmd *c)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(ops) && strcmp(strchr(c->verb->name, ' ') + 1,
	    ops[i].name) != 0)
		i++;
	return &ops[i];
}

static int
on_result(void *ctx, struct slice text, struct err *e)
{
	struct request *r = ctx;
	const struct op *op = op_of(r->cmd);
	json_t *o;

	if (op->show == NULL)
		return show_object(r, text, e);
	o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(o)) {
		json_decref(o);
		return err_set(e, ERR_PROTO, "fetcher sent a result that is "
		    "not a JSON object");
	}
	if (op->states)
		count_state(r, o);
	if (!r->o->json)
		op->show(r, o);
	else if (json_dumpf(o, stdout, JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(o);
	return 0;
}

static void
on_note(void *ctx, struct slice text)
{
	const struct request *r = ctx;

	if (!r->cmd->verbose)
		return;
	fprintf(stderr, "taxiway: ");
	print_clean(stderr, text.p, text.n);
	fputc('\n', stderr);
}

static long
on_input(void *ctx, bool again, char *room, struct err *e)
{
	struct request *r = ctx;
	size_t n;

	if (again)
		rewind(r->file);
	n = fread(room, 1, LIMIT_INPUT, r->file);
	if (n == 0 && ferror(r->file))
		return err_sys(e, ERR_IO, errno, "the file that is pushed");
	return (long)n;
}

/* One request; `object` may be NULL. */
static int
ask(struct request *r, const char *operand, const char *object, struct err *e)
{
	struct client_ops ops_of = {on_result, r->file != NULL ? on_input :
	    NULL, on_note, r};
	struct taxii_options *o = r->o;
	const char *word = o->version;
	struct buf version;
	struct job job;
	int rc = request_job(r->cmd, operand, &o->s, &job, e);

	buf_init(&version, LIMIT_NAME);
	/* A deletion without versions is read in two ways by servers. */
	if (word == NULL && strcmp(op_of(r->cmd)->name, "delete") == 0)
		word = "all";
	if (rc == 0 && word != NULL)
		rc = filter_version(word, &version, e);
	if (rc == 0) {
		cmd_rate(r->cmd, &job);
		job.op = strdup(op_of(r->cmd)->name);
		job.object = object != NULL ? strdup(object) : NULL;
		job.wait = o->wait != 0 ? o->wait : 60;
		if (version.n > 0)
			job.match_version = buf_take(&version);
		rc = client_run(r->cmd->program, MSG_MODE_CLIENT, &job,
		    &ops_of, e);
	}
	buf_free(&version);
	job_free(&job);
	return rc;
}

/* Of the counts of push and status. */
static int
judge(const struct request *r, struct err *e)
{
	const uint64_t *n = r->states;
	uint64_t all = n[0] + n[1] + n[2];

	if (!r->o->json && !r->cmd->quiet)
		printf("%llu added, %llu failed, %llu pending\n",
		    (unsigned long long)n[0], (unsigned long long)n[1],
		    (unsigned long long)n[2]);
	if (n[1] > 0) {
		err_set(e, ERR_HTTP, "%llu of %llu objects were not added",
		    (unsigned long long)n[1], (unsigned long long)all);
		return EXIT_SOURCE;
	}
	if (n[2] == 0)
		return EXIT_DONE;
	err_set(e, ERR_NET, "%llu of %llu objects are still pending; 'taxiway "
	    "taxii status' tells more, of '%s'", (unsigned long long)n[2],
	    (unsigned long long)all, r->pending);
	return EXIT_SOURCE;
}

static int
simple_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct request r = {.cmd = c, .o = opts};
	bool missing = false;

	for (int i = 1; i < argc || (i == 1 && argc == 1); i++) {
		const char *object = i < argc ? argv[i] : NULL;

		if (ask(&r, argv[0], object, e) != 0 &&
		    cmd_missing(e, &missing, i + 1 >= argc) != 0)
			return cmd_status(e);
	}
	if (op_of(c)->states && !missing)
		return judge(&r, e);
	return missing ? EXIT_NO : EXIT_DONE;
}

static int
get_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct request r = {.cmd = c, .o = opts};
	bool missing = false;
	int status = EXIT_DONE;

	buf_init(&r.out, LIMIT_OBJECT + MIB(1));
	if (!r.o->json && stix_write_begin(&r.writer, &r.out, e) != 0)
		status = cmd_status(e);
	for (int i = 1; status == EXIT_DONE && (i < argc || (i == 1 &&
	    argc == 1)); i++) {
		const char *object = i < argc ? argv[i] : NULL;

		if (ask(&r, argv[0], object, e) != 0 &&
		    cmd_missing(e, &missing, i + 1 >= argc) != 0)
			status = cmd_status(e);
	}
	if (status == EXIT_DONE && missing)
		status = EXIT_NO;
	/* A bundle that breaks off in the middle must not look whole. */
	if (!r.o->json && (status == EXIT_DONE || status == EXIT_NO)) {
		struct err own = ERR_INIT;

		if (stix_write_end(&r.writer, &own) != 0 ||
		    drain(&r, &own) != 0) {
			err_clear(e);
			*e = own;
			status = cmd_status(e);
		}
	}
	buf_free(&r.out);
	return status;
}

/* The file is read twice; what cannot be is kept aside first. */
static FILE *
open_input(const char *path, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb"), *copy;
	char room[KIB(16)];
	size_t n;

	if (in == NULL) {
		err_sys(e, ERR_USAGE, errno, "%s", path);
		return NULL;
	}
	if (in != stdin && fseek(in, 0, SEEK_SET) == 0)
		return in;
	copy = tmpfile();
	if (copy == NULL)
		err_sys(e, ERR_IO, errno, "no room for a copy of the input");
	while (copy != NULL && (n = fread(room, 1, sizeof(room), in)) > 0)
		if (fwrite(room, 1, n, copy) != n) {
			err_sys(e, ERR_IO, errno, "a copy of the input");
			break;
		}
	if (ferror(in))
		err_sys(e, ERR_USAGE, errno, "%s", path);
	if (in != stdin)
		fclose(in);
	if (e->code == ERR_NONE)
		return copy;
	if (copy != NULL)
		fclose(copy);
	return NULL;
}

static int
push_verb(struct cmd *c, void *opts, int argc, char **argv, struct err *e)
{
	struct request r = {.cmd = c, .o = opts};
	int rc;

	(void)argc;
	r.file = open_input(argv[1], e);
	if (r.file == NULL)
		return EXIT_USAGE;
	rc = ask(&r, argv[0], NULL, e);
	fclose(r.file);
	if (rc == 0)
		return judge(&r, e);
	if (e->code == ERR_USAGE)
		err_context(e, "%s", argv[1]);
	else if (r.states[0] + r.states[1] + r.states[2] > 0)
		err_context(e, "%llu objects were added before this",
		    (unsigned long long)r.states[0]);
	return cmd_status(e);
}

/* --- tables --------------------------------------------------------------- */

#define O(member) offsetof(struct taxii_options, member)
#define JSON_ROW(text) {'j', "json", NULL, text, OPT_FLAG, O(json), 0, 0}
#define VERSION_ROW(text) {0, "version", "V", text, OPT_STRING, O(version), 0, 0}
#define WAIT_ROW {0, "wait", "S", "seconds to follow what is pending (default " \
	    "60)", OPT_NUMBER, O(wait), 1, 86400}
#define END_ROW {0, NULL, NULL, NULL, OPT_END, 0, 0, 0}

static const struct opt get_own[] = {
	VERSION_ROW("which versions: last (default), first, all, or times"),
	JSON_ROW("one object a line in place of a bundle"), END_ROW
};
static const struct opt list_own[] = {JSON_ROW("one JSON object a line"),
	END_ROW};
static const struct opt manifest_own[] = {
	VERSION_ROW("which versions: last (default), first, all, or times"),
	JSON_ROW("one JSON object a line"), END_ROW
};
static const struct opt delete_own[] = {
	VERSION_ROW("which versions: all (default), first, last, or times"),
	JSON_ROW("one JSON object a line"), END_ROW
};
static const struct opt push_own[] = {
	WAIT_ROW, JSON_ROW("one JSON object a line, for each object"), END_ROW
};

#define VERB(name, operands, summary, help, own, least, most, run) \
	{"taxii " name, operands, summary, help, own, settings_table, \
	    sizeof(struct taxii_options), least, most, run}

const struct verb verb_taxii_get = VERB("get", "URL | NAME [ID…]",
    "objects of a collection, straight from the server",
    "Print the objects of those ids, or all that the filters let pass, as a "
    "STIX bundle. Nothing is stored.", get_own, 1, -1, get_verb);
const struct verb verb_taxii_versions = VERB("versions", "URL | NAME ID",
    "the versions that a server has of an object",
    "Print the versions of an object, one a line.", list_own, 2, 2,
    simple_verb);
const struct verb verb_taxii_manifest = VERB("manifest", "URL | NAME",
    "what a collection holds, without the objects",
    "Print when each object was added, its version and its id.",
    manifest_own, 1, 1, simple_verb);
const struct verb verb_taxii_push = VERB("push", "URL | NAME FILE",
    "add the objects of a file to a collection",
    "Add the objects of a STIX file ('-': standard input) to a collection, in "
    "as many requests as the server needs, and follow each to its end. Nothing "
    "is sent of a file that is not STIX. Adding an object again changes "
    "nothing, so what failed half-way can be pushed once more.",
    push_own, 2, 2, push_verb);
const struct verb verb_taxii_delete = VERB("delete", "URL | NAME ID…",
    "delete objects from a collection of a server",
    "Delete objects from a collection, with all of their versions or those "
    "that --version names.", delete_own, 2, -1, simple_verb);
const struct verb verb_taxii_status = VERB("status", "URL | NAME ID",
    "what became of objects that were added",
    "Ask a server what became of objects that were pushed, by the id of the "
    "status.", push_own, 2, 2, simple_verb);
