# SPDX-License-Identifier: BSD-2-Clause
"""A daemon that runs, for the tests of it (the fixture `start`)."""
import json
import os
import signal
import socket
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import stix

PATIENCE = 60


def until(holds, log=lambda: ""):
    """Wait for something that is sure to come; what it is."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, log()
        time.sleep(0.02)
    return found


class Daemon:
    def __init__(self, tw, config, *args, env=None):
        self.tw = tw
        self.config = tw.folder / "taxiway.yaml"
        self.write(config)
        self.socket = Path(f"{tw.store}-sock")
        self.log_path = tw.folder / "daemon.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                tw.argv("-c", self.config, *args, "run"),
                env={**tw.env, **(env or {})}, cwd=tw.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.until(lambda: self.answers() or
                   self.process.poll() is not None)

    def answers(self):
        """What a daemon that was killed left does not."""
        try:
            return self.ask("ping")[1] == "ok"
        except (ConnectionRefusedError, FileNotFoundError):
            return False

    def write(self, config):
        self.config.write_text(json.dumps(config))

    def log(self):
        return self.log_path.read_text()

    def until(self, holds):
        """Wait for something that is sure to come."""
        until(holds, self.log)

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE)
        folder = os.open(self.socket.parent, os.O_PATH)
        try:  # the path may be longer than an address holds
            s.connect(f"/proc/self/fd/{folder}/{self.socket.name}")
        finally:
            os.close(folder)
        return s

    def ask(self, line):
        """The JSON lines of a reply, and its end."""
        with self.connect() as s:
            s.sendall(line.encode() + b"\n")
            lines = []
            for text in s.makefile(encoding="utf-8"):
                if text[0] != "{":
                    return lines, text.rstrip("\n")
                lines.append(json.loads(text))
        return lines, None

    def source(self, name):
        return self.ask(f"status {name}")[0][1]

    def polled(self, name, polls=1):
        """The source as the store has it, once so many of its polls ended."""
        def look():
            # there may be no store yet, or one that is being made
            done = self.tw("status", "--json", status=None)
            found = json.loads(done.out)["sources"] \
                if done.returncode == 0 else []
            return next((s for s in found if s["name"] == name and
                         s["polls"] >= polls), None)
        return until(look, self.log)

    def verb(self, *args, **kwargs):
        return self.tw("-c", self.config, *args, **kwargs)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE)

    def workers(self, name):
        """Processes that poll a source."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if b"_work" in words and name.encode() in words and \
                    str(self.tw.store).encode() in words:
                found.append(int(pid))
        return found


def by_hand(*sources):
    """Sources that are polled when asked for."""
    return {"every": "never", "sources": list(sources)}


def bundle(tw, name="own", objects=stix.SAMPLE):
    path = tw.folder / f"{name}.json"
    path.write_text(stix.bundle(objects))
    return {"name": name, "url": str(path)}


class Place:
    """A folder where programs can run as any user, and write."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="taxiway-test-"))
        self.folder.chmod(0o777)
        self.output = self.folder / "told"

    def program(self, body, name="program"):
        """A program of the shell whose output is kept; its path."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\nexec >>{self.output}\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def told(self):
        return self.output.read_text() if self.output.exists() else ""

    def remove(self):
        shutil.rmtree(self.folder)
