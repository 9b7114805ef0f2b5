# SPDX-License-Identifier: BSD-2-Clause
"""The sessions of README.md work as they are printed.

A fenced block marked `console` is a session: lines that start with "$ " are
run, in order, in one shell, in a copy of what the README needs; a line of
"(exit status N)" behind a command states its status.  What a command prints
is compared where the README shows it; "…" stands for anything.
"""
import os
import re
import shutil
import subprocess

import pytest

from conftest import BIN, TOP

README = TOP / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
STATUS = re.compile(r"^\(exit status (\d+)\)$")


def sessions():
    if not README.exists():
        return []
    return BLOCK.findall(README.read_text(encoding="utf-8"))


def steps(block):
    """[(command, expected lines)] of one session."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (found[-1][0] + "\n" + line, [])
        elif found:
            found[-1][1].append(line)
    return found


def matches(expected, printed):
    """Is every expected line there, in order?  An ellipsis is anything."""
    printed = iter(printed)
    for line in expected:
        line = line.split("  #")[0].rstrip()
        if not line or STATUS.match(line) or line == "…":
            continue
        rule = ".*".join(map(re.escape, line.split("…")))
        if not any(re.fullmatch(rule, p.rstrip()) for p in printed):
            return line
    return None


@pytest.mark.parametrize("number", range(len(sessions()) or 1))
def test_session(number, tmp_path):
    if not sessions():
        pytest.skip("README.md has no console session yet")
    for name in ("tests/server", "tests/data", "examples", "doc"):
        if (TOP / name).exists():
            shutil.copytree(TOP / name, tmp_path / name,
                            ignore=shutil.ignore_patterns("__pycache__"))
    os.symlink(BIN, tmp_path / "taxiway")
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "LANG": "C.UTF-8",
           "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"),
           "no_proxy": "*", "TZ": "UTC"}
    for command, expected in steps(sessions()[number]):
        if re.match(r"(\./demo\.sh|\./check\.sh|sudo |apt|git )", command):
            continue
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env,
                              capture_output=True, text=True, timeout=60,
                              check=False)
        wanted = [int(m.group(1)) for m in map(STATUS.match, expected) if m]
        assert done.returncode == (wanted[0] if wanted else 0), (
            command, done.stdout, done.stderr)
        missing = matches(expected, (done.stdout + done.stderr).splitlines())
        assert missing is None, (command, missing, done.stdout)
