/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of events.  Names and identifiers never change: people and programs
 * look for them.  taxiway-run(8) has a part that is made of it.
 */
#include "sync/log.h"

#include <string.h>

#include "base/cc.h"

#define F(key) LOG_HAS(LOG_##key)

static const struct log_row rows[LOG_EVENTS] = {
	[EVENT_ALLOW_LISTS] = {"allow-lists", LOG_LEVEL_ERROR,
	    "006fad00487e4c93916a69de83d3e4ba",
	    F(ERROR),
	    "The allow-lists of the configuration could not be made those of "
	    "the store, which keeps what it has.",
	    "Mend the file that the error names; the next poll tries again.",
	    NULL},
	[EVENT_CLOCK_JUMPED] = {"clock-jumped", LOG_LEVEL_NOTICE,
	    "59d7b8a3f3e34b498b8ed14be66e40ef",
	    F(SOURCES),
	    "The machine slept, or its clock was set; what was missed is "
	    "made up for, spread.",
	    "",
	    NULL},
	[EVENT_CONTROL] = {"control", LOG_LEVEL_INFO,
	    "59eae72b455d44918503109c644051da",
	    F(VERB) | F(SOURCE) | F(UID),
	    "Somebody gave a command on the control socket.",
	    "",
	    NULL},
	[EVENT_DEVIATION] = {"deviation", LOG_LEVEL_INFO,
	    "33a7f6a4e81243ef854491ee7f5992a5",
	    F(SOURCE) | F(ID) | F(TEXT),
	    "A server does something that the standard does not allow, and "
	    "that is borne; told once a poll.",
	    "See DEVIATIONS in taxiway.yaml(5).",
	    "deviation source={source} id={id}: {text}"},
	[EVENT_DEVIATION_WARNED] = {"deviation-warned", LOG_LEVEL_WARN,
	    "84cf9c003a984eb09fd88f013ed27ef8",
	    F(SOURCE) | F(ID) | F(TEXT),
	    "The same, where the source's deviations say that it is to be "
	    "warned of.",
	    "See DEVIATIONS in taxiway.yaml(5).",
	    "deviation source={source} id={id}: {text}"},
	[EVENT_LOG_LOST] = {"log-lost", LOG_LEVEL_WARN,
	    "2a0c2e060e2340f9869e1c99693c7ea7",
	    F(COUNT),
	    "So many lines could not be written: whoever reads the log does "
	    "not keep up, or is not there.",
	    "See to the reader of the log.",
	    NULL},
	[EVENT_LOG_SUPPRESSED] = {"log-suppressed", LOG_LEVEL_NOTICE,
	    "bd486d394cf8446b815a9259bcdec646",
	    F(OF) | F(SOURCE) | F(COUNT),
	    "So many events of one kind, and of one source, came too fast "
	    "and were not written.",
	    "",
	    NULL},
	[EVENT_METRICS_FILE] = {"metrics-file", LOG_LEVEL_ERROR,
	    "c08f89db490e418da3548db4d6ae42ec",
	    F(ERROR),
	    "The file of metrics cannot be written; it is told once, and tried "
	    "again every 15 seconds.",
	    "Let the daemon's user write in that folder.",
	    NULL},
	[EVENT_NOT_RECORDED] = {"not-recorded", LOG_LEVEL_ERROR,
	    "c2e2b047542e4b21b75ce044b7fbba1b",
	    F(SOURCE) | F(ERROR),
	    "A poll failed, and that could not be written into the store "
	    "either.",
	    "See to the store: its disk, its rights, 'taxiway verify'.",
	    "not-recorded source={source} {error}"},
	[EVENT_NOT_STARTED] = {"not-started", LOG_LEVEL_ERROR,
	    "36bf7c10bed845d3bd8fdbbdf8df153e",
	    F(TASK) | F(SOURCE) | F(ERROR),
	    "A process for a poll or a piece of upkeep could not be started; "
	    "it is tried again.",
	    "See to the machine's memory and its limits on processes.",
	    NULL},
	[EVENT_NOTE] = {"note", LOG_LEVEL_INFO,
	    "f762121b082a4c5c92a2ce3d10de1b2d",
	    F(SOURCE) | F(TEXT),
	    "A remark of a poll.",
	    "",
	    "note source={source} {text}"},
	[EVENT_POLL_ENDED] = {"poll-ended", LOG_LEVEL_INFO,
	    "6e7cb68756654f04b6876bdbc76a6031",
	    F(TASK) | F(SOURCE) | F(MS) | F(TEXT),
	    "A poll came to its end; the text has its counts.",
	    "",
	    NULL},
	[EVENT_POLL_FAILED] = {"poll-failed", LOG_LEVEL_ERROR,
	    "4b855ca07eed4dbcad3dba448366e475",
	    F(TASK) | F(SOURCE) | F(MS) | F(ERROR),
	    "A poll failed; it is tried again by itself.",
	    "'taxiway status' has the way out, 'taxiway check' finds out "
	    "more.",
	    NULL},
	[EVENT_POLL_PROGRESS] = {"poll-progress", LOG_LEVEL_DEBUG,
	    "939ff8bc9414483190ed6a55758e41f6",
	    F(SOURCE) | F(COUNT) | F(MS),
	    "How many objects a poll that runs has brought, about once a "
	    "second.",
	    "",
	    NULL},
	[EVENT_POLL_STARTED] = {"poll-started", LOG_LEVEL_INFO,
	    "4e071f99a87e471bb5c01ca6046de8c6",
	    F(SOURCE) | F(TASK) | F(PID),
	    "A poll begins.",
	    "",
	    NULL},
	[EVENT_PROGRAM_DROPPED] = {"program-dropped", LOG_LEVEL_WARN,
	    "1e8d918e2c3b49229219bdfd8312ce73",
	    F(OF) | F(COUNT),
	    "So many calls of on-problem waited for too long, and the oldest "
	    "were dropped.",
	    "See why the program is slow.",
	    NULL},
	[EVENT_PROGRAM_ENDED] = {"program-ended", LOG_LEVEL_INFO,
	    "54ed86e3215349a7a54d6a2408fb7fef",
	    F(OF) | F(MS) | F(COUNT),
	    "A program of on-change or on-problem ended well; it wrote so "
	    "many lines.",
	    "",
	    NULL},
	[EVENT_PROGRAM_FAILED] = {"program-failed", LOG_LEVEL_WARN,
	    "e893e56a691d4fedb2004776ec7192ab",
	    F(OF) | F(MS) | F(ERROR),
	    "It could not be started, ended with another status than 0, or "
	    "took too long.",
	    "See to the program; on-change is told the same again with the "
	    "next change.",
	    NULL},
	[EVENT_PROGRAM_SAID] = {"program-said", LOG_LEVEL_INFO,
	    "a83854b15a7042b7b62dae3fa93917e3",
	    F(OF) | F(TEXT),
	    "A line that it wrote; at most 20 of a run.",
	    "",
	    NULL},
	[EVENT_PROGRAM_STARTED] = {"program-started", LOG_LEVEL_DEBUG,
	    "847ac3f9376b4ebfa9e36917d0dc4117",
	    F(OF) | F(PID),
	    "It was started.",
	    "",
	    NULL},
	[EVENT_RATE_WAIT] = {"rate-wait", LOG_LEVEL_INFO,
	    "2e4a9815f5e14553961d05e61b79768f",
	    F(SOURCE) | F(SECONDS),
	    "A poll waits before its next request, by the source's rate.",
	    "",
	    "waits source={source} {seconds} s before its next request (rate)"},
	[EVENT_REJECTED] = {"rejected", LOG_LEVEL_INFO,
	    "a0def4e8507b4fe88ab19b8553a0d7c9",
	    F(SOURCE) | F(REASON) | F(TEXT),
	    "An example of what a source lists and the store does not take.",
	    "'taxiway status' counts them by reason.",
	    "rejected source={source} reason={reason} {text}"},
	[EVENT_RELOAD_COMPLAINT] = {"reload-complaint", LOG_LEVEL_ERROR,
	    "2d2be479cb6842f2932910bf254e0e3c",
	    F(ERROR),
	    "What else is wrong with the configuration that was refused.",
	    "Correct it.",
	    NULL},
	[EVENT_RELOAD_REFUSED] = {"reload-refused", LOG_LEVEL_ERROR,
	    "481e9a4a018b423ba77501ade4a612fd",
	    F(ERROR),
	    "A new configuration is wrong, and the old one stays in force.",
	    "Correct it and reload.",
	    NULL},
	[EVENT_RELOADED] = {"reloaded", LOG_LEVEL_NOTICE,
	    "fd5af95b22564b4e8bab67f2c99737e8",
	    F(SOURCES),
	    "A new configuration is in force.",
	    "",
	    NULL},
	[EVENT_SANDBOX] = {"sandbox", LOG_LEVEL_INFO,
	    "70a67757e40e41258976c33f555af4e3",
	    F(TEXT),
	    "All that this program confines itself by is in force: what the "
	    "text says.",
	    "",
	    NULL},
	[EVENT_SANDBOX_KEPT] = {"sandbox-kept", LOG_LEVEL_NOTICE,
	    "b29c8ef5f92a4a49abe3c52fd8ca9d03",
	    F(STATE),
	    "A reload switched the sandbox on or off. That holds for polls from "
	    "now on; the daemon itself, and what it denies to all that it "
	    "starts, stays as it began: on or off.",
	    "Restart the daemon.",
	    NULL},
	[EVENT_SANDBOX_OFF] = {"sandbox-off", LOG_LEVEL_WARN,
	    "a7e39084deb34230b2f4713aabbd2be6",
	    F(TEXT),
	    "The sandbox is switched off, by the configuration or by "
	    "--no-sandbox.",
	    "Leave that out, unless the sandbox is in the way.",
	    NULL},
	[EVENT_SANDBOX_WEAK] = {"sandbox-weak", LOG_LEVEL_WARN,
	    "2d8462a63bcb4700bf7b303d7897fc54",
	    F(ERROR) | F(TEXT),
	    "The kernel lacks some of it, as the error says; the text says what "
	    "is in force.",
	    "Run a kernel that has Landlock and seccomp (from Linux 6.7 on all "
	    "of it); sandbox: required refuses to run without.",
	    NULL},
	[EVENT_SOURCE_PROBLEM] = {"source-problem", LOG_LEVEL_WARN,
	    "c600658d24e844439629cfcdfc0c763a",
	    F(SOURCE) | F(STATE) | F(WAS) | F(SINCE) | F(ERROR) |
	    F(ADVICE),
	    "A source went into a state that is a problem.",
	    "See STATES OF A SOURCE; the field advice has the way out.",
	    NULL},
	[EVENT_SOURCE_WELL] = {"source-well", LOG_LEVEL_NOTICE,
	    "85b6e9f376384c50a64affa5755f7f61",
	    F(SOURCE) | F(STATE) | F(WAS) | F(SINCE) |
	    F(ERROR) | F(ADVICE),
	    "A source is no longer in a state that is a problem.",
	    "",
	    NULL},
	[EVENT_STARTED] = {"started", LOG_LEVEL_NOTICE,
	    "499cc162e8a742ad8bd88fc2ab3a1324",
	    F(VERSION) | F(SOURCES) | F(STORE) | F(PID),
	    "The daemon is ready.",
	    "",
	    NULL},
	[EVENT_STOPPED] = {"stopped", LOG_LEVEL_NOTICE,
	    "b33626b60a014e3a9c4868fbc50af2a9",
	    F(PID),
	    "The daemon stopped in good order.",
	    "",
	    NULL},
	[EVENT_STOPPING] = {"stopping", LOG_LEVEL_NOTICE,
	    "3a1af441b7694c5bbe770cb1a4ca202d",
	    F(COUNT),
	    "The daemon was told to stop, and waits for so many processes to "
	    "commit.",
	    "",
	    NULL},
	[EVENT_STORE_UNREADABLE] = {"store-unreadable", LOG_LEVEL_ERROR,
	    "cec1c4430410410495bf07e33f2ddcf8",
	    F(ERROR),
	    "The daemon could not read what the store says of its sources.",
	    "See to the store: its rights, 'taxiway verify'.",
	    NULL},
	[EVENT_TASK_ENDED] = {"task-ended", LOG_LEVEL_INFO,
	    "e27743c8cad8425c805912192f2d4b93",
	    F(TASK) | F(SOURCE) | F(MS) | F(TEXT),
	    "A piece of upkeep, a pause or a resumption was done.",
	    "",
	    NULL},
	[EVENT_TASK_FAILED] = {"task-failed", LOG_LEVEL_ERROR,
	    "2735ed4865594460974fcc13e076d1cc",
	    F(TASK) | F(SOURCE) | F(MS) | F(ERROR),
	    "One of these failed; upkeep is tried again at its next time.",
	    "Mend what the error names.",
	    NULL},
};

static const char *const keys[LOG_KEYS] = {
	[LOG_ADVICE] = "advice",
	[LOG_COUNT] = "count",
	[LOG_ERROR] = "error",
	[LOG_ID] = "id",
	[LOG_MS] = "ms",
	[LOG_OF] = "of",
	[LOG_PID] = "pid",
	[LOG_REASON] = "reason",
	[LOG_SECONDS] = "seconds",
	[LOG_SINCE] = "since",
	[LOG_SOURCE] = "source",
	[LOG_SOURCES] = "sources",
	[LOG_STATE] = "state",
	[LOG_STATUS] = "status",
	[LOG_STORE] = "store",
	[LOG_TASK] = "task",
	[LOG_TEXT] = "text",
	[LOG_UID] = "uid",
	[LOG_VERB] = "verb",
	[LOG_VERSION] = "version",
	[LOG_WAS] = "was",
};

static const char *const levels[LOG_LEVELS] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

const struct log_row *
log_row(enum log_event event)
{
	return &rows[event];
}

enum log_event
log_event_code(const char *name)
{
	unsigned i;

	for (i = 0; i < LOG_EVENTS; i++)
		if (strcmp(rows[i].name, name) == 0)
			break;
	return (enum log_event)i;
}

const char *
log_key_name(enum log_key k)
{
	return keys[k];
}

enum log_key
log_key_code(const char *name)
{
	unsigned i;

	for (i = LOG_KEYS - 1; i > LOG_END; i--)
		if (strcmp(keys[i], name) == 0)
			break;
	return (enum log_key)i;
}

const char *
log_level_name(int level)
{
	return levels[level];
}

int
log_level_code(const char *name)
{
	int i;

	for (i = 0; i < LOG_LEVELS; i++)
		if (strcmp(levels[i], name) == 0)
			break;
	return i;
}
