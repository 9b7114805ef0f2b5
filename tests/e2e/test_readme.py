# SPDX-License-Identifier: BSD-2-Clause
"""The sessions of README.md work as they are printed, its C builds and runs,
its links lead somewhere.

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


LINK = re.compile(r"\]\(([^)#]+)\)")
CODE = re.compile(r"^```c\n(.*?)^```", re.M | re.S)
EXAMPLES = TOP / "doc" / "examples"


def readme():
    return README.read_text(encoding="utf-8")


def sessions():
    """One session: a block goes on where the one before it ended."""
    return ["".join(BLOCK.findall(readme()))] if README.exists() else []


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


def test_links():
    missing = [link for link in LINK.findall(readme())
               if "://" not in link and not (TOP / link).exists()]
    assert not missing


def test_code(tw, tmp_path):
    """The library's example, against the sample bundle's store."""
    libs = BIN.parent / ".libs"
    if not (libs / "libtaxiway.so").exists():
        pytest.skip("no library beside the program under test")
    code, = CODE.findall(readme())
    source = tmp_path / "ask.c"
    source.write_text(code)
    flags = ["-fsanitize=address,undefined"] if "asan" in str(BIN) else []
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-Wall", "-Wextra",
         "-Werror", *flags, f"-I{TOP / 'include'}", "-o",
         str(tmp_path / "ask"), str(source), f"-L{libs}", "-ltaxiway",
         f"-Wl,-rpath,{libs}"], check=True)
    tw("pull", EXAMPLES / "bundle.json")
    for value, status in (("198.51.100.7", 0), ("192.0.2.44", 1),
                          ("example.org", 1)):
        done = subprocess.run([tmp_path / "ask", tw.store, value],
                              env=tw.env, capture_output=True, text=True,
                              check=False)
        assert done.returncode == status, done.stderr
        assert (value in done.stdout) == (value != "example.org")


def test_the_sample_bundle(tw):
    """Every state has its example, and nothing in it is refused."""
    (counts,) = tw.json("pull", EXAMPLES / "bundle.json")
    assert counts["rejected"] == 0
    states = {row["state"] for row in tw.json("list", "--all")}
    assert states >= {"active", "expired", "revoked", "benign"}
    assert any(row["compound"] for row in tw.json("list"))


def test_the_sample_configuration(tw):
    """It is read without a complaint, and its own file can be pulled."""
    tw("-c", EXAMPLES / "taxiway.yaml", "pull", "own")
    assert tw.status()["sources"][0]["name"] == "own"
    error = tw.fails("-c", EXAMPLES / "taxiway.yaml", "pull", "botnet-c2",
                     status=2)
    assert "feed.password" in error
