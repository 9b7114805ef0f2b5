# SPDX-License-Identifier: BSD-2-Clause
"""Secrets with names, secrets that programs tell, and where none may appear."""
import json
import os
import signal
import sys

import pytest

from conftest import counts
from test_sandbox import ABI

ONE, TWO = "hunter2-Zq", "s+per&Secret%"
ROW = "198.51.100.7\n"


@pytest.fixture
def program(tmp_path):
    """A program of the shell; its path."""
    def make(text, name="tell"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path
    return make


def pull(tw, url, *options, **how):
    return tw("pull", "--kind", "lines", "-n", "x", url, *options, **how)


def hidden(tw, *texts):
    """Neither secret stands in what was written, nor in the store."""
    if tw.store.exists():
        texts += (tw.store.read_bytes().decode("latin-1"),)
    for text in texts:
        for secret in (ONE, TWO, "s%2Bper%26Secret%25"):
            assert secret not in text


# ---- by name ----------------------------------------------------------------


def test_everywhere_in_a_request(tw, provide, secret):
    server = provide([{
        "path": f"/{ONE}/list", "method": "POST", "text": ROW,
        "query": {"a": f"x{TWO}", "b": TWO, "c": ONE},
        "body": json.dumps({"k": TWO})}],
        wants={"header": {"X-Id": f"{ONE}/{TWO}"}})
    done = pull(tw, server.url + "/{secret:id}/list?c={secret:id}",
                "--secret-file", f"id={secret(ONE)}", "--secret-env",
                "key-2=KEY", "-H", "X-Id: {secret:id}/{secret:key-2}",
                "--query", "a=x{secret:key-2}", "--request-params",
                "b={secret:key-2}", "--request-body",
                '{"k": "{secret:key-2}"}', "-v", env={"KEY": TWO})
    assert counts(done)["new"] == 1
    hidden(tw, done.out, done.err, tw("status", "--json").out)
    assert "{secret:id}" in tw("status", "x", "--json").out


def test_further_fields_of_oauth2(tw, provide, secret):
    server = provide([
        {"path": "/token", "method": "POST", "open": True,
         "body": "tenant=s%2Bper%26Secret%25", "type": "application/json",
         "text": json.dumps({"access_token": "t0ken-t0ken"})},
        {"path": "/list", "text": ROW}],
        wants={"header": {"Authorization": "Bearer t0ken-t0ken"}})
    pull(tw, server.url + "/list", "--oauth2-url", server.url + "/token",
         "--client-id", "me", "--client-secret-file", secret(ONE),
         "--secret-file", f"tenant={secret(TWO, 'two')}", "--oauth2-param",
         "tenant={secret:tenant}")


def test_they_go_to_their_own_server(tw, provide, secret):
    """What another host gets is the name."""
    other = provide([{"path": "/list", "text": ROW}])
    server = provide([{"path": "/list", "status": 302, "headers": {
        "Location": other.url + "/list"}}])
    pull(tw, server.url + "/list?k={secret:k}", "-H", "X-Id: {secret:k}",
         "--query", "q={secret:k}", "--secret-file", f"k={secret(ONE)}",
         "--follow-hosts")
    assert f"k={ONE}&q={ONE}" in str(server.log)
    assert ONE not in str(other.log)


@pytest.mark.parametrize("reply", [
    {"status": 500, "text": f"no {ONE} and {TWO}, s%2Bper%26Secret%25"},
    {"status": 404, "type": "application/json",
     "text": json.dumps({"title": f"who is {ONE}?"})},
    {"status": 302, "headers": {"Location": f"/gone/{ONE}"}},
    {"text": f"<html>{ONE}</html>", "type": "text/html"},
])
def test_a_server_that_sends_them_back(tw, provide, secret, reply):
    server = provide([{"path": f"/{ONE}", **reply}])
    done = pull(tw, server.url + "/{secret:a}", "--secret-file",
                f"a={secret(ONE)}", "-H", "X-Id: {secret:b}", "--secret-file",
                f"b={secret(TWO, 'two')}", "-v", status=3)
    hidden(tw, done.out, done.err, tw("status", "--json").out)


def test_what_is_not_named_is_not_read(tw, provide, secret):
    server = provide([{"path": f"/{ONE}", "text": ROW}])
    pull(tw, server.url + "/{secret:a}", "--secret-file", f"a={secret(ONE)}",
         "--secret-file", "b=/no/such/file", "--secret-env", "c=NO_SUCH",
         "--secret-exec", "d=/no/such/program")


@pytest.mark.parametrize("options, says", [
    (["-H", "X: {secret:a}"], "header: {secret:a}: there is no secret 'a'"),
    (["--query", "x={secret:a}"], "query: {secret:a}: there is no secret"),
    (["--request-params", "x={secret:a}"], "request-params: {secret:a}"),
    (["--request-body", "x{secret:a}"], "request-body: {secret:a}"),
    (["-H", "X-{secret:a}: x"], "header: 'X-{secret:a}: x': a secret stands "
     "in a value"),
    (["--query", "{secret:a}=x"], "a secret stands in a value"),
    (["--query", "x={secret:a"], "query: '{secret:a': a name has"),
    (["--query", "x={secret:a b}"], "a name has letters, digits"),
    (["--secret-file", "x"], "secret-file: 'x' is no NAME=VALUE"),
    (["--secret-file", "a b=x"], "secret-file: 'a b' is no NAME=VALUE"),
    (["--secret-file", "a=x", "--secret-env", "a=X"],
     "secret-env: 'a' is given twice"),
    (["--secret-env", "a=X", "--secret-env", "a=X"], "is given twice"),
    (["--secret-exec", "a=tell"], "secret-exec: 'tell' is not the whole path"),
    (["--token-exec", "tell"], "token-exec: 'tell' is not the whole path"),
    (["--header-exec", "tell"], "header-exec: 'tell' is not the whole path"),
    (["--header-exec", "/x", "--header-file", "X"],
     "header-file: a secret is given both by file and by program"),
    (["--header-env", "X", "--token-env", "Y", "--token-header", "Z"],
     "header and token-header exclude each other"),
    (["--token-exec", "/x", "--token-env", "X"],
     "token-env: a secret is given both by environment and by program"),
    (["--token-exec", "/x", "--token-file", "X"],
     "token-file: a secret is given both by file and by program"),
    (["--token-file", "x", "--token-env", "X"],
     "token-file: a secret is given both by file and by environment"),
    (["--secret-timeout", "5s"], "secret-timeout: goes with a program"),
    (["--secret-pass", "A"], "secret-pass: goes with a program"),
    (["--secret-paths", "/a"], "secret-paths: goes with a program"),
    (["--token-exec", "/x", "--secret-timeout", "1h"], "more than 10 minutes"),
    (["--token-exec", "/x", "--secret-timeout", "0s"], "secret-timeout: '0s'"),
    (["--token-exec", "/x", "--secret-pass", "a=b"], "secret-pass: 'a=b'"),
])
def test_wrong_settings(tw, options, says):
    assert says in tw.fails("pull", "--kind", "lines",
                            "https://feed.example/", *options, status=2)


@pytest.mark.parametrize("text, says", [
    ("", "secret-file: 'a' is empty"),
    ("two\nlines", "secret-file: a: is more than one line"),
])
def test_wrong_secrets(tw, secret, text, says):
    assert says in tw.fails(
        "pull", "--kind", "lines", "https://feed.example/{secret:a}",
        "--secret-file", f"a={secret(text)}", status=2)


CONFIG = """\
sources:
  - name: x
    kind: lines
    url: URL/{secret:id}
    header: ["X-Key: {secret:key}"]
    secret:
      file: {id: secret}
      exec:
        key: [TELL, "two words"]
"""


def test_configuration(tw, provide, secret, program):
    server = provide([{"path": f"/{ONE}", "text": ROW}],
                     wants={"header": {"X-Key": "x key two words"}})
    secret(ONE)
    tell = program('echo "$TAXIWAY_SOURCE $TAXIWAY_SECRET $1"')
    path = tw.folder / "t.yaml"
    text = CONFIG.replace("URL", server.url).replace("TELL", str(tell))
    path.write_text(text)
    done = tw("-c", path, "pull", "--all")
    assert counts(done)["new"] == 1
    path.write_text(text.replace("{id: secret}", "{ip: secret}"))
    assert f"{path}:4:5: source 'x': url: {{secret:id}}: there is no " \
        "secret 'id'" in tw.fails("-c", path, "pull", "--all", status=2)
    path.write_text(text.replace("{id: secret}", "{id: [secret]}"))
    assert f"{path}:7:18: id: a list where a single value" in \
        tw("-c", path, "pull", "--all", status=2).err


# ---- from programs ----------------------------------------------------------


def test_kinds(tw, provide, program, certificates):
    """What may be given by file may be told by a program."""
    tell = program(f'echo {ONE}')
    cases = [
        (["--token-exec", tell], {"Authorization": f"Bearer {ONE}"}),
        (["--token-exec", tell, "--token-header", "X-Key"], {"X-Key": ONE}),
        (["--user", "", "--password-exec", tell],
         {"Authorization": "Basic Omh1bnRlcjItWnE="}),
        (["--header-exec", program(f"echo 'X-Key: {ONE}'", "line")],
         {"X-Key": ONE}),
        (["--header-exec", program(f"echo 'X-Key: {ONE}'", "line"),
          "--token-exec", tell],
         {"X-Key": ONE, "Authorization": f"Bearer {ONE}"}),
    ]
    for n, (options, header) in enumerate(cases):
        server = provide([{"path": "/l", "text": ROW}],
                         wants={"header": header})
        tw("pull", "--kind", "lines", "-n", f"x{n}", server.url + "/l",
           *options)
        tw("check", "--kind", "lines", server.url + "/l", *options)
    server = provide([
        {"path": "/token", "method": "POST", "open": True, "type":
         "application/json", "body": f"client_secret={ONE}",
         "text": json.dumps({"access_token": "t0ken-t0ken"})},
        {"path": "/l", "text": ROW}])
    pull(tw, server.url + "/l", "--oauth2-url", server.url + "/token",
         "--client-id", "me", "--oauth2-body", "--client-secret-exec", tell)


def test_each_poll_asks_anew(tw, provide, program, tmp_path):
    server = provide([{"path": f"/t{n}", "text": f"198.51.100.{n}\n"}
                      for n in (1, 2)])
    tell = program(f"echo >>{tmp_path}/n; echo t$(wc -l <{tmp_path}/n)")
    for _ in range(2):
        pull(tw, server.url + "/{secret:t}", "--secret-exec", f"t={tell}",
             "--secret-paths", tmp_path)
    assert [path for _, path, _ in server.log] == ["/t1", "/t2"]


def test_what_it_is_given(tw, provide, program, tmp_path):
    server = provide([{"path": "/l", "text": ROW}])
    seen = tmp_path / "seen"
    tell = tmp_path / "tell"
    tell.write_text(f"#!{sys.executable}\n" + """
import json, os, sys
json.dump({"env": dict(os.environ), "argv": sys.argv[2:], "cwd": os.getcwd(),
           "stdin": sys.stdin.read(), "fds": sorted(os.listdir("/proc/self/fd"))},
          open(sys.argv[1], "w"))
print("t0ken")
""")
    tell.chmod(0o755)
    words = [word for text in (tell, seen, "--two words")
             for word in ("--token-exec", text)]
    pull(tw, server.url + "/l", *words, "--secret-pass", "VAULT",
         "--secret-pass", "MISSING", "--secret-paths", tmp_path,
         env={"VAULT": "v", "OTHER": "o"})
    seen = json.loads(seen.read_text())
    seen["env"].pop("LC_CTYPE", None)  # Python's own
    assert seen == {
        "env": {"VAULT": "v", "LANG": "C.UTF-8", "TZ": "UTC", "PATH":
                "/usr/local/bin:/usr/bin:/bin", "TAXIWAY_SOURCE": "x",
                "TAXIWAY_SECRET": "token"},
        "argv": ["--two words"], "cwd": "/", "stdin": "",
        "fds": ["0", "1", "2", "3"]}  # 3 is that of listdir


@pytest.mark.parametrize("text, says", [
    (f"echo {ONE}; exit 7", "ended with status 7"),
    (f"echo {ONE}; echo {ONE} >&2; exit 1", "ended with status 1"),
    ("echo 'vault is sealed' >&2; exit 2", "it says 'vault is sealed'"),
    (f"echo {ONE}; sleep 600", "has not ended in 1 s (secret-timeout)"),
    ("", "writes nothing on its standard output"),
    (f"echo Password:; echo {ONE}", "writes more than one line"),
    (f"printf '\\033[1m{ONE}'", "writes control characters"),
    (f"exec yes {ONE}", "writes more than the 65536 bytes"),
])
def test_what_goes_wrong(tw, provide, program, text, says):
    server = provide([{"path": "/l", "text": ROW}])
    tell = program(text)
    done = pull(tw, server.url + "/l", "--token-exec", tell,
                "--secret-timeout", "1s", "-v", status=2)
    assert f"token-exec: '{tell}' " in done.err and says in done.err
    hidden(tw, done.out, done.err)
    assert not server.log


def test_one_that_is_not_there(tw):
    assert "token-exec: '/no/such' cannot be started: it says '/no/such: " \
        "no such file'" in tw.fails("pull", "https://feed.example/", "--kind",
                                    "lines", "--token-exec", "/no/such",
                                    status=2)


@pytest.mark.parametrize("key, state", [
    ("token-file", "auth"), ("ca-bundle", "failing")])
def test_a_poll_that_cannot_begin(tw, provide, tmp_path, key, state):
    """A file that is not there fails the poll: the store tells, and what it has
    stays under the terms that it came by."""
    server = provide([{"path": "/l", "text": ROW}])
    source = {"name": "x", "kind": "lines", "url": server.url + "/l",
              "listing": "snapshot", "tlp": "amber", "group": "g",
              "ageing": {"ttl": "3d", "absent-polls": 4}}
    config = tmp_path / "t.yaml"
    config.write_text(json.dumps({"sources": [source]}))
    tw("-c", config, "pull", "x")
    (good,) = tw.status()["sources"]
    before = tw("lookup", tw.json("list")[0]["value"]).out
    assert "until 20" in before and "TLP amber" in before
    assert good["stated"] is None and good["state"] == "ok"
    for word in ("absent", "never"):
        path = tmp_path / word
        config.write_text(json.dumps({"sources": [
            {**source, key: word, "name": "x" if word == "absent" else "y"}]}))
        done = tw("-c", config, "pull", "--all", status=2)
        said = f"{key}: {path}: No such file or directory"
        assert said in done.err
        found = {s["name"]: s for s in tw.status()["sources"]}
        bad = found["x" if word == "absent" else "y"]
        assert bad["state"] == state and said in bad["error"]
    assert found["y"]["polls"] == 1 and found["x"]["polls"] == 2
    assert tw("lookup", tw.json("list")[0]["value"]).out == before
    # Nor is anything kept of what was only tried by hand, or dry.
    tw("pull", "-n", "z", server.url + "/l", "--token-file", "absent",
       status=2)
    tw("-c", config, "pull", "y", "--dry-run", status=2)
    assert {s["name"]: s["polls"] for s in tw.status()["sources"]} == \
        {"x": 2, "y": 1}


def test_daemon(tw, start, provide, program, secret, tmp_path):
    """It starts them behind its own fence and theirs."""
    server = provide([{"path": "/l", "text": ROW}],
                     wants={"header": {"Authorization": f"Bearer {ONE}"}})
    place = tmp_path / "place"
    place.mkdir()
    other = secret(TWO, "other")
    tell = program(f"""
cat {other} >{place}/other 2>/dev/null
echo x >{tw.store}-evil
echo x >{tmp_path}/evil
echo {ONE}""")
    daemon = start({"sources": [
        {"name": "x", "kind": "lines", "url": server.url + "/l", "every":
         "1h", "token-exec": [str(tell)], "secret-paths": ["place"]},
        {"name": "y", "kind": "lines", "url": server.url + "/l", "every":
         "1h", "token-file": "other"}]})
    daemon.until(lambda: daemon.source("x")["why"] == "schedule")
    found = {s["name"]: s for s in tw.status()["sources"]}
    assert found["x"]["state"] == "ok"
    assert (place / "other").exists()
    if ABI > 0:
        assert (place / "other").read_text() == ""
        assert not os.path.exists(f"{tw.store}-evil")
        assert not (tmp_path / "evil").exists()
    hidden(tw, daemon.log())


def test_daemon_whose_program_fails(tw, start, provide, program):
    server = provide([{"path": "/l", "text": ROW}])
    tell = program(f"echo {ONE}; exit 1")
    daemon = start({"sources": [
        {"name": "x", "kind": "lines", "url": server.url + "/l", "every":
         "1h", "token-exec": [str(tell)]}]})
    found = daemon.polled("x")
    assert found["state"] == "auth"
    assert f"token-exec: '{tell}' ended with status 1" in found["error"]
    hidden(tw, daemon.log(), json.dumps(found))
    assert not server.log


def test_daemon_is_not_kept_by_one_that_hangs(tw, start, provide, program,
                                              tmp_path):
    server = provide([{"path": "/l", "text": ROW}])
    tell = program(f"echo $$ >{tmp_path}/pid; exec sleep 600")
    daemon = start({"sources": [
        {"name": "x", "kind": "lines", "url": server.url + "/l", "every":
         "1h", "token-exec": [str(tell)], "secret-paths": ["."],
         "secret-timeout": "10m"}]})
    pid = tmp_path / "pid"
    daemon.until(lambda: pid.exists() and pid.read_text().strip())
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(timeout=60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
