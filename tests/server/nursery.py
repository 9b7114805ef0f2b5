# SPDX-License-Identifier: BSD-2-Clause
"""Starts servers for a run of tests: one process that has imported their
modules and forks for each of them, where a Python of its own would take more
CPU time than most pulls.

Each line on standard input is a command, as JSON, and has one line as answer
on standard output:

    ["start", NAME, ARGV...]  main() of that module with these arguments, as a
                              process of its own: [PID, the first line that it
                              says, "" if it ended]
    ["poll", PID]             its exit status, or null while it runs
    ["stop", PID]             end it, and its exit status; null where it does
                              not end

Servers share nothing but the code.  All end with the standard input.
"""
import contextlib
import importlib
import json
import os
import select
import signal
import sys
import traceback

PATIENCE = 10  # seconds that a server may take to end


def be_server(name, argv, out):
    """What the child does; does not return."""
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(out, 1)
        os.close(null)
        os.close(out)
        importlib.import_module(name).main(argv)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)  # and none of what the parent would do at its end


class Nursery:
    def __init__(self):
        self.outputs = {}   # pid: its standard output; at its end when it ended
        self.statuses = {}  # of those that ended

    def start(self, name, *argv):
        with contextlib.suppress(ImportError):  # it says so itself
            importlib.import_module(name)
        mine, its = os.pipe()
        pid = os.fork()
        if pid == 0:
            be_server(name, argv, its)
        os.close(its)
        self.outputs[pid] = os.fdopen(mine)
        return [pid, self.outputs[pid].readline()]

    def poll(self, pid, flags=os.WNOHANG):
        if pid in self.outputs:
            ended, status = os.waitpid(pid, flags)
            if ended != 0:
                self.outputs.pop(pid).close()
                self.statuses[pid] = os.waitstatus_to_exitcode(status)
        return self.statuses.get(pid)

    def stop(self, pid):
        if self.poll(pid) is not None:
            return self.statuses[pid]
        os.kill(pid, signal.SIGTERM)
        # It says nothing more: what can be read is the end.
        if not select.select([self.outputs[pid]], [], [], PATIENCE)[0]:
            return None
        return self.poll(pid, 0)

    def serve(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a server ends by it
        verbs = {"start": self.start, "poll": self.poll, "stop": self.stop}
        try:
            for line in sys.stdin:
                verb, *args = json.loads(line)
                print(json.dumps(verbs[verb](*args)), flush=True)
        finally:
            for pid in list(self.outputs):
                os.kill(pid, signal.SIGKILL)
                self.poll(pid, 0)


if __name__ == "__main__":
    Nursery().serve()
