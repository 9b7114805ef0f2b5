# SPDX-License-Identifier: BSD-2-Clause
"""Programs that list claims."""
import json
import os
import signal
import sys
import time

import pytest

from conftest import SANITIZED, counts


@pytest.fixture
def program(tmp_path):
    """A program with this text, in Python; its path."""
    def make(text, name="feed", line="#!" + sys.executable):
        path = tmp_path / name
        path.write_text(f"{line}\nimport json, os, sys, time\n"
                        "def say(**o):\n"
                        "    print(json.dumps(o), flush=True)\n" + text)
        path.chmod(0o755)
        return path
    return make


def pull(tw, path, *more, **how):
    return tw("pull", path, "--kind", "exec", "--name", "x", *more, **how)


FULL = """
say(value="198.51.100.7", key="a", name="one", labels=["l"], tlp="amber",
    confidence=70, threats=[{"type": "malware", "name": "Bad"}],
    kill_chain=[{"kill_chain_name": "k", "phase_name": "p"}],
    valid_from="2026-01-02T03:04:05Z", valid_until="2099-01-01T00:00:00Z",
    first_seen=None, x_more={"a": 1}, indicator_types=["malicious-activity"])
say(values=[{"type": "md5", "value": "44d88612fea8a8f36de82e1278abb02f"},
            {"type": "file-name", "value": "a.exe"}])
say(value="evil.example", type="domain-name")
say(note="so far, so good")
say(rule="rule x { condition: true }", rule_type="yara", key="r")
say(cursor="page 7")
say(value="10.0.0.1")
say(valeu="203.0.113.1")
print("no JSON")
print()
"""


def test_what_a_program_says(tw, program):
    done = pull(tw, program(FULL), "-v")
    found = counts(done)
    assert (found["new"], found["rejected"]) == (4, 3)
    assert "value-bogon 1" in done.out and "bad-json 1" in done.out
    assert "so far, so good" in done.err and "valeu" in done.err
    hit = tw.lookup("198.51.100.7")[0]
    assert (hit["tlp"], hit["confidence"]) == ("amber", 70)
    assert hit["threats"][0]["name"] == "Bad"
    assert hit["kill_chain"][0]["phase_name"] == "p"
    one = hit["claims"][0]
    assert one["name"] == "one"
    assert one["valid_from"] == "2026-01-02T03:04:05Z"
    assert "198.51.100.7" in tw("show", one["id"]).out
    assert tw.lookup("evil.example")[0]["claims"][0]["group"] == []
    same = tw.lookup("44d88612fea8a8f36de82e1278abb02f")[0]["claims"][0]
    assert [v["value"] for v in same["group"]] == ["a.exe"]
    tw("verify")
    # the same again changes nothing
    again = counts(pull(tw, program(FULL)))
    assert (again["new"], again["updated"]) == (0, 0)


def test_its_cursor_is_kept_with_what_it_covers(tw, program):
    path = program("""
n = int(os.environ["TAXIWAY_CURSOR"] or 0)
for i in range(n, n + 3):
    say(value="198.51.100.%d" % i)
    say(cursor=str(i + 1))
if n == 3:
    sys.exit(1)
""")
    pull(tw, path)
    pull(tw, path, status=3)
    assert counts(pull(tw, path))["new"] == 3
    assert tw.status()["values"] == 9


def test_its_environment_is_what_is_named(tw, program, tmp_path):
    path = program("""
json.dump({"env": dict(os.environ), "argv": sys.argv, "cwd": os.getcwd(),
           "fds": sorted(os.listdir("/proc/self/fd")), "stdin":
           sys.stdin.read(), "sid": os.getsid(0) == os.getpid()},
          open(sys.argv[1], "w"))
say(value="198.51.100.7")
""")
    seen = tmp_path / "seen"
    pull(tw, path, "--exec-args", seen, "--exec-args", "--two words",
         "--exec-env", "A=b=c", "--exec-env", "LANG=C", "--exec-pass",
         "TOKEN", "--exec-pass", "MISSING", "--exec-dir", tmp_path,
         env={"TOKEN": "t", "SECRET": "s"})
    seen = json.loads(seen.read_text())
    env = seen["env"]
    env.pop("LC_CTYPE", None) # Python's own
    assert env == {"A": "b=c", "LANG": "C", "TOKEN": "t", "TZ": "UTC",
                   "PATH": "/usr/local/bin:/usr/bin:/bin",
                   "TAXIWAY_SOURCE": "x", "TAXIWAY_CURSOR": ""}
    assert seen["argv"][2] == "--two words"
    assert seen["cwd"] == str(tmp_path)
    assert seen["stdin"] == "" and seen["sid"] is True
    assert seen["fds"] == ["0", "1", "2", "3"] # 3 is that of listdir


@pytest.mark.parametrize("text, words", [
    ("sys.exit(3)", ["status 3"]),
    ("sys.stderr.write('first\\nno such \\x1b[1mkey\\n'); sys.exit(1)",
     ["status 1", "no such ?[1mkey"]),
    ("sys.stderr.write('x' * 300000 + '\\nlast\\n'); sys.exit(1)", ["last"]),
    ("os.kill(os.getpid(), 9)", ["signal 9"]),
    ("say(error='the tap is dry')", ["the tap is dry"]),
    ("print('<html>')", ["none of the program's", "<html>"]),
    ("say(whole=True); say(value='198.51.100.9')", ["more after 'whole'"]),
    ("say(cursor='x' * 66000)", ["cursor is longer"]),
    ("os.close(1); time.sleep(60)", ["did not end"])],
    ids=["status", "words", "flood", "signal", "error", "html", "more",
         "cursor", "lingers"])
def test_a_program_that_fails(tw, program, text, words):
    pull(tw, program("say(value='203.0.113.3')\nsay(whole=True)"))
    done = pull(tw, program(text), status=3)
    for word in words:
        assert word in done.err
    tw.lookup("203.0.113.3")
    assert tw.status()["sources"][0]["state"] == "failing"


def test_what_cannot_be_started(tw, program, tmp_path):
    path = program("")
    path.chmod(0o644)
    assert "no permission" in pull(tw, path, status=3).err \
        or os.geteuid() == 0
    path = program("", line="#!/no/such/interpreter")
    assert "no such file" in pull(tw, path, status=3).err
    path = program("say(value='198.51.100.7')")
    assert "/no/where" in pull(tw, path, "--exec-dir", "/no/where",
                               status=3).err
    assert "no such file" in pull(tw, tmp_path / "none", status=2).err


def test_a_whole_listing_withdraws(tw, program):
    def listing(*n):
        lines = "\n".join(f"say(value='198.51.100.{i}')" for i in n)
        return program(lines + f"\nsay(whole=True, count={len(n)})\n")
    pull(tw, listing(*range(1, 20)), "--listing", "snapshot")
    for _ in range(2):
        pull(tw, listing(*range(2, 20)), "--listing", "snapshot")
    tw.lookup("198.51.100.1", status=1)
    tw.lookup("198.51.100.2")
    # without the word nothing is missed
    pull(tw, program("say(value='198.51.100.2')"), "--listing", "snapshot")
    pull(tw, program("say(value='198.51.100.2')"), "--listing", "snapshot")
    tw.lookup("198.51.100.3")
    # a count that is not met is not believed
    assert "held" in pull(tw, program(
        "say(value='198.51.100.2')\nsay(whole=True, count=19)"),
        "--listing", "snapshot", status=3).err


def test_what_is_revoked(tw, program):
    pull(tw, program("say(value='198.51.100.7', key='k')"))
    pull(tw, program("say(key='k', revoked=True)\n"
                     "say(key='never', revoked=True)"))
    tw.lookup("198.51.100.7", status=1)
    pull(tw, program("say(value='198.51.100.7', key='k')"))
    tw.lookup("198.51.100.7")
    tw("verify")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(what):
    for _ in range(400):
        if what():
            return True
        time.sleep(0.02)
    return False


CHILD = """
import subprocess
p = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL)
open(sys.argv[1] + ".new", "w").write("%d %d" % (os.getpid(), p.pid))
os.rename(sys.argv[1] + ".new", sys.argv[1])
say(value="198.51.100.7")
say(cursor="c")
"""


def test_it_ends_with_what_it_started(tw, program, tmp_path):
    pids = tmp_path / "own" / "pids"
    pids.parent.mkdir()
    # (in the store's folder it may not write)
    pull(tw, program(CHILD), "--exec-args", pids, "--exec-paths", pids.parent)
    for pid in pids.read_text().split():
        assert wait_until(lambda p=pid: not alive(p))


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_the_poll(tw, program, tmp_path, sig):
    pids = tmp_path / "own" / "pids"
    pids.parent.mkdir()
    path = program(CHILD + "time.sleep(600)\n")
    run = tw.start("pull", path, "--kind", "exec", "--name", "x",
                   "--exec-args", pids, "--exec-paths", pids.parent)
    assert wait_until(pids.exists)
    own, child = pids.read_text().split()
    run.send_signal(sig)
    run.wait(30)
    assert wait_until(lambda: not alive(own))
    if sig == signal.SIGKILL:
        # nobody is left to end it
        os.kill(int(child), signal.SIGKILL)
    else:
        assert wait_until(lambda: not alive(child))


def test_it_takes_too_long(tw, program):
    path = program("say(value='198.51.100.7')\ntime.sleep(600)")
    assert "time-out" in pull(tw, path, "--total-timeout", "1",
                              status=3).err


@pytest.mark.skipif(SANITIZED, reason="memory is not limited")
def test_it_takes_too_much_memory(tw, program):
    path = program("x = bytearray(600 << 20)")
    assert "MemoryError" in pull(tw, path, "--exec-memory", "100",
                                 status=3).err


def test_it_cannot_look_into_us(tw, program):
    """Neither our environment nor our memory is its to read."""
    path = program("""
for pid in (os.getppid(),):
    for what in ("environ", "mem"):
        try:
            open("/proc/%d/%s" % (pid, what), "rb").read(1)
            say(value="203.0.113.1", name=what)
        except OSError:
            say(value="198.51.100.7")
""")
    pull(tw, path, env={"SECRET": "s"})
    if os.geteuid() != 0:
        tw.lookup("203.0.113.1", status=1)


@pytest.mark.parametrize("options, words", [
    (["--kind", "lines", "--exec-args", "x"], "exec-args: goes with"),
    (["--kind", "exec", "--exec-pass", "A=b"], "no name of a variable"),
    (["--kind", "exec", "--exec-env", "b"], "no NAME=VALUE"),
    (["--kind", "exec", "--csv-skip", "1"], "csv-skip: goes with")])
def test_settings(tw, program, options, words):
    done = tw("pull", program(""), *options, status=2)
    assert words in done.err


def test_a_source_of_the_configuration(tw, program, tmp_path):
    program("say(value=os.environ['V'], name=sys.argv[1])", name="mine.py")
    config = tmp_path / "taxiway.yaml"
    config.write_text("""
sources:
  - name: mine
    kind: exec
    url: mine.py
    exec:
      args: [--days]
      env: {V: 198.51.100.7}
""")
    tw("-c", config, "pull", "mine")
    assert tw.lookup("198.51.100.7")[0]["claims"][0]["name"] == "--days"


def test_check(tw, program):
    done = tw("check", program(FULL), "--kind", "exec")
    assert "program" in done.out
    done = tw("check", program("sys.exit('no key')"), "--kind", "exec",
              status=3)
    assert "no key" in done.out
