# SPDX-License-Identifier: BSD-2-Clause
"""Wrong usage, wrong configuration, help, version."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

import stix
from conftest import BIN, TOP

VERBS = ["pull", "lookup", "explain", "list", "show", "export", "discover",
         "status", "changes", "snapshot", "verify", "types", "compare",
         "seen", "sweep"]


@pytest.mark.parametrize("verb", [[]] + [[v] for v in VERBS])
def test_help(tw, verb):
    """Every way to ask for help gives the same, within 80 columns."""
    done = tw(*verb, "--help")
    assert done.err == ""
    assert "usage: taxiway" in done.out
    assert max(map(len, done.out.splitlines())) < 80
    assert tw("help", *verb).out == done.out
    assert tw("-h", *verb).out == done.out
    assert tw(*verb, "-h").out == done.out
    assert tw("help", *verb, "--help").out == done.out


def test_version(tw):
    assert tw("--version").out.startswith("taxiway ")
    assert tw("-V", "lookup").out == tw("lookup", "-V").out \
        == tw("--version").out


def test_global_options_behind_the_verb(pulled, tmp_path):
    found = pulled("lookup", "evil.example").out
    bare = [str(BIN), "lookup", "evil.example", "-s", str(pulled.store)]
    done = subprocess.run(bare, env=pulled.env, capture_output=True,
                          check=True)
    assert done.stdout.decode() == found
    assert pulled("lookup", "-q", "evil.example").out == ""
    config = tmp_path / "taxiway.yaml"
    config.write_text(f"store: {pulled.store}\n")
    done = subprocess.run([str(BIN), "lookup", "evil.example", "-c",
                           str(config)], env=pulled.env, capture_output=True,
                          check=True)
    assert done.stdout.decode() == found


@pytest.mark.parametrize("argv", [
    ["frobnicate"], ["pull"], ["lookup"], ["--nonsense"], ["show"],
    ["lookup", "--nonsense", "192.0.2.1"], ["export", "--format", "nonsense"],
    ["pull", "/no/such/file.json"], ["pull", "gopher://127.0.0.1/"],
    ["pull", "http://me:secret@127.0.0.1/"],
    *([*verb, "http://127.0.0.1/", option, "/no/such/file"]
      for verb in (["pull"], ["check"], ["discover"], ["taxii", "get"])
      for option in ("--password-file", "--token-file", "--ca-bundle",
                     "--client-cert")),
    ["pull", "--proxy", "junk://127.0.0.1/", "http://127.0.0.1/"],
    ["pull", "--limit", "0", "http://127.0.0.1/"],
    ["pull", "--limit", "many", "http://127.0.0.1/"],
    ["pull", "--added-after", "yesterday", "http://127.0.0.1/"],
    ["-c", "/no/such/taxiway.yaml", "pull", "x"],
    ["-v", "-q", "status"], ["-v", "status", "-q"], ["status", "--json=x"],
    ["pull", "--password", "secret", "http://127.0.0.1/"],
    ["pull", "--password=secret", "http://127.0.0.1/"],
    ["lookup", "--at", "yesterday", "192.0.2.1"], ["help", "frobnicate"],
    ["list", "--type", "nonsense"], ["changes", "--since", "-1"],
    ["pull", "--password-env", "NOT_THERE", "http://127.0.0.1/"],
    ["pull", "https://"], ["pull", "localhost:8000"],
    ["pull", "file:///no/such/file"], ["pull", "/dev/null"],
])
def test_wrong_usage(tw, argv):
    error = tw.fails(*argv, status=2)
    assert error.startswith("taxiway: ")
    assert "secret" not in error
    assert not tw.store.exists()


def test_nothing_said(tw):
    """No verb: the help, as an error."""
    done = tw(status=2)
    assert done.out == "" and "usage: taxiway" in done.err


@pytest.mark.parametrize("text, place", [
    ("sources:\n  - name: a\n    urll: http://127.0.0.1/\n", ":3:"),
    ("sources: [\n", ":1:"),
    ("sources:\n  - name: a\n    url: http://127.0.0.1/\n    limit: x\n",
     ":4:"),
    ("\x00\x01\x02", "taxiway.yaml"),
    ("- a\n- b\n", "taxiway.yaml"),
    ("sources:\n  - url: http://127.0.0.1/\n", "name"),
    ("sources:\n  - name: a\n    url: http://127.0.0.1/\n"
     "  - name: a\n    url: http://127.0.0.1/b\n", "a"),
])
def test_wrong_configuration(tw, tmp_path, text, place):
    config = tmp_path / "taxiway.yaml"
    config.write_bytes(text.encode())
    error = tw.fails("-c", config, "pull", "--all", status=2)
    assert str(config) in error and place in error


def test_reading_verbs_before_the_first_pull(tw):
    for argv in (["lookup", "192.0.2.1"], ["list"], ["status"], ["verify"],
                 ["export", "--format", "stix"]):
        error = tw.fails(*argv, status=4)
        assert str(tw.store) in error
    assert not tw.store.exists()


def test_default_store_of_a_user(tw, serve, tmp_path):
    if os.getuid() == 0:
        pytest.skip("root has another default store")
    server = serve(stix.feed([stix.C2]))
    subprocess.run([str(BIN), "pull", server.feed], env=tw.env, check=True,
                   capture_output=True)
    assert list((tmp_path / "state").rglob("store.mdb"))


def test_output_that_cannot_be_written(pulled):
    """A full disk behind standard output is not a success."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(pulled.argv("list"), env=pulled.env,
                              stdout=full, stderr=subprocess.PIPE,
                              check=False)
    assert done.returncode not in (0, 1)
    assert b"taxiway: " in done.stderr


def test_a_reader_that_goes_away(tw, serve):
    """`taxiway list | head -1` ends at once and quietly."""
    server = serve(stix.generated(5000))
    tw("pull", server.feed)
    for argv in (["list"], ["list", "--json"], ["export"], ["changes"],
                 ["list", "--plain"]):
        process = tw.start(*argv)
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(timeout=30) == 0


def test_endless_questions_and_a_reader_that_goes_away(pulled):
    """yes 192.0.2.1 | taxiway lookup - | head -1"""
    line = (f"yes evil.example | '{BIN}' -s '{pulled.store}' lookup - |"
            " head -1; echo ${PIPESTATUS[1]}")
    done = subprocess.run(["bash", "-c", line], env=pulled.env, check=True,
                          capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines()[1] == "0"


def test_files(tw):
    """A file is told from a name; it is one source however it is written."""
    path = tw.folder / "bundle"
    path.write_text(stix.bundle([stix.C2]))
    for form in ("bundle", "./bundle", path, f"file:{path}", path.as_uri()):
        tw("pull", form)
    (source,) = tw.status()["sources"]
    assert source["name"] == str(path)
    assert source["polls"] == 5
    for text in ("a,b\n", "<html>", '{"Event": {}}', ""):
        path.write_text(text)
        error = tw.fails("pull", path, status=3)
        assert error.count(str(path)) == 1


def test_settings_that_a_document_has_no_use_for(tw):
    path = tw.folder / "bundle.json"
    path.write_text(stix.bundle([stix.C2]))
    for argv in (["--type", "malware"], ["--collection", "C2"],
                 ["--limit", "5"], ["--added-after", "2024-01-01T00:00:00Z"],
                 ["--kind", "taxii21"]):
        tw.fails("pull", path, *argv, status=2)
    tw.fails("pull", "--type", "malware", "http://127.0.0.1:9/x.json",
             status=2)
    tw.fails("discover", path, status=2)
    assert not tw.store.exists()


def test_a_dry_run_makes_no_store(tw):
    path = tw.folder / "bundle.json"
    path.write_text(stix.bundle(stix.SAMPLE))
    before = set(tw.folder.rglob("*"))
    (told,) = tw.json("pull", "--dry-run", path)
    assert told["new"] == len(stix.SAMPLE) and told["dry_run"]
    assert set(tw.folder.rglob("*")) == before


def test_paths_of_a_configuration_are_from_its_folder(tw):
    folder = tw.folder / "etc"
    folder.mkdir()
    (folder / "b.json").write_text(stix.bundle([stix.C2]))
    config = folder / "taxiway.yaml"
    config.write_text("store: x.mdb\nsources:\n  - name: b\n"
                      "    url: b.json\n")
    for verb in (["pull", "b"], ["status"]):
        subprocess.run([str(BIN), "-c", "etc/taxiway.yaml", *verb],
                       env=tw.env, cwd=tw.folder, check=True,
                       capture_output=True)
    assert (folder / "x.mdb").exists()
    config.write_text("store: x.mdb\n")
    assert str(config) in tw.fails("-c", config, "pull", "--all", status=2)


def test_one_of_several_is_not_there(pulled):
    """The others are shown all the same."""
    done = pulled("explain", "192.0.2.1", "evil.example", "192.0.2.2",
                  status=1)
    assert "evil.example" in done.out
    assert [line.split()[1] for line in done.err.splitlines()] == [
        "192.0.2.1:", "192.0.2.2:"]
    done = pulled("show", "malware--x", stix.C2["id"], status=1)
    assert json.loads(done.out) == stix.C2
    assert len(done.err.splitlines()) == 1


def test_a_configured_file_that_is_missing(tw):
    """A source like any other: it fails, and the next one is polled."""
    (tw.folder / "b.json").write_text(stix.bundle([stix.C2]))
    config = tw.folder / "taxiway.yaml"
    config.write_text("sources:\n  - name: a\n    url: a.json\n"
                      "  - name: b\n    url: b.json\n")
    error = tw.fails("-c", config, "pull", "--all", status=3)
    assert str(tw.folder / "a.json") in error
    for argv in (["a", "--limit", "5"], ["--all", "--tlp", "red"],
                 ["--url", "b.json", "b"], ["--url", "b.json", "--all"]):
        tw.fails("-c", config, "pull", *argv, status=2)
    states = {s["name"]: s["state"] for s in tw.status()["sources"]}
    assert states == {"a": "failing", "b": "ok"}


def read_terminal(parent):
    """All that is shown until nobody has the other end any more."""
    shown = b""
    try:
        while part := os.read(parent, 1 << 16):
            shown += part
    except OSError:
        pass
    os.close(parent)
    return shown.decode()


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_progress_fits_its_terminal(tw, serve, columns):
    """A line that wraps could not be written over; the last one is wiped."""
    server = serve(stix.generated(300, page=100))
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        tw.argv("pull", server.feed, "--name", "a long name " * 8),
        env=tw.env, stdout=subprocess.PIPE, stderr=child)
    os.close(child)
    shown = read_terminal(parent)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = shown.replace("\x1b[K", "").split("\r")
    assert any("objects" in line for line in lines) or columns == 30
    assert max(map(len, lines)) < columns and lines[-1] == ""
    assert shown.endswith("\r\x1b[K") and "300 new" in out.decode()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors(pulled, closed):
    """Nothing that is read or printed may touch the store in their place."""
    path = pulled.folder / "more.json"
    path.write_text(stix.bundle([stix.address("192.0.2.17")]))
    for verb in (f"pull '{path}'", "-v pull --json nothing.json", "status",
                 "lookup - 192.0.2.17"):
        done = subprocess.run(
            ["bash", "-c", f"'{BIN}' -s '{pulled.store}' {verb} {closed}"],
            env=pulled.env, cwd=pulled.folder, capture_output=True,
            timeout=60, check=False)
        assert done.returncode in (0, 2), (verb, done.stderr)
        assert b"not a value" not in done.stdout
    pulled("verify")
    assert pulled.lookup("192.0.2.17")[0]["active"]


def test_questions_one_by_one(pulled):
    """A program that keeps `lookup -` open gets each answer before it asks
    the next question, and from the newest data."""
    process = subprocess.Popen(
        pulled.argv("lookup", "--json", "-"), env=pulled.env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(value):
        process.stdin.write(value.encode() + b"\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    assert ask("evil.example")["active"]
    assert ask("192.0.2.18")["match"] == "none"
    path = pulled.folder / "more.json"
    path.write_text(stix.bundle([stix.address("192.0.2.18")]))
    pulled("pull", path)
    assert ask("192.0.2.18")["active"]
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    process.stdout.close()


def test_lines_that_are_too_long(pulled):
    text = "a" * 20000 + "\nevil.example\n" + "b" * 9000
    found = pulled.lookup("-", stdin=text)
    assert [m["match"] for m in found] == ["malformed", "exact", "malformed"]
    assert found[0]["query"] == "a" * 16384


def test_sources_that_are_not_there(pulled):
    (source,) = pulled.status()["sources"]
    for argv in (["list"], ["export"], ["show", stix.C2["id"]]):
        pulled(*argv, "--source", source["name"])
        assert "nothing" in pulled.fails(*argv, "--source", "nothing",
                                         status=1)


def test_one_object_a_line(tw):
    """ndjson, though the objects came over several lines."""
    path = tw.folder / "pretty.json"
    objects = [stix.C2, stix.domain("a.example", name="line\nbreak")]
    path.write_text(json.dumps({"type": "bundle", "objects": objects},
                               indent=4))
    tw("pull", path)
    lines = tw("export", "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == objects
    shown = tw("show", stix.C2["id"]).out
    assert "\n" in shown.strip() and json.loads(shown) == stix.C2


def everything(tw):
    """What a store says of every value, but for the source's name."""
    rows = {}
    for row in tw.json("list", "--all"):
        for entry in row["claims"] + row["threats"]:
            for key in ("source", "first_seen", "last_seen", "pattern"):
                entry.pop(key, None)
        row["threats"].sort(key=lambda t: t["id"])
        rows[row["type"], row["value"]] = row
    return rows


def test_objects_that_are_made_again(tw, another):
    """With `keep: values` no object is kept; what export makes of what was
    kept gives the same claims when it is pulled."""
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    own = stix.thing("marking-definition", "ours")
    objects = stix.SAMPLE + [
        own, stix.domain("both.example", object_marking_refs=[red, own["id"]],
                         created_by_ref=stix.make_id("identity", "me")),
        stix.indicator("[domain-name:value = 'x.example' OR "
                       "file:name = 'it\\'s.exe']"),
        stix.indicator("[domain-name:value = 'y.example' AND "
                       "url:value = 'http://y.example/']", name="and"),
        stix.indicator("[file:hashes.MD5 = '" + stix.MD5 + "' OR "
                       "file:hashes.'SHA-256' = '" + stix.SHA256 + "']",
                       valid_until="2030-01-01T00:00:00Z"),
        {"type": "sighting", "spec_version": "2.1",
         "id": stix.make_id("sighting", "s"), "created": stix.CREATED,
         "modified": stix.CREATED, "sighting_of_ref": stix.C2["id"]},
        {"type": "ipv4-addr", "spec_version": "2.1", "value": "192.0.2.55",
         "id": stix.make_id("ipv4-addr", "a")},
        {"type": "file", "spec_version": "2.1", "name": "a.exe",
         "hashes": {"MD5": stix.MD5}, "id": stix.make_id("file", "f")}]
    path = tw.folder / "objects.json"
    path.write_text(stix.bundle(objects))
    tw("pull", "--keep", "values", path)
    made = json.loads(tw("export").out)["objects"]
    assert sorted(o["id"] for o in made) == sorted(o["id"] for o in objects)
    for was, now in zip(objects, made):
        for key in ("relationship_type", "source_ref", "target_ref",
                    "sighting_of_ref", "created_by_ref", "value", "hashes",
                    "valid_from", "valid_until", "revoked", "confidence"):
            assert was.get(key) == now.get(key), (was, now)
    path = another.folder / "made.json"
    path.write_text(json.dumps({"type": "bundle", "objects": made}))
    another("pull", path)
    assert everything(another) == everything(tw)


def test_a_url_of_a_listed_host(pulled):
    note = "--host"
    asked = "http://evil.example/elsewhere"
    assert note in pulled("lookup", asked, status=1).out
    assert note not in pulled("lookup", "-x", asked, status=1).out
    assert note not in pulled("lookup", "http://good.example/",
                              status=1).out
    assert note not in pulled("lookup", "-", status=1, stdin=asked).out
    assert "url-host" in pulled("lookup", "--host", asked).out


# There only when something is: other tests see them.
SELDOM = set("""active_claims alias believed by contact count default description
doubted ended ended_at
event first from host last listings not_before port priority since srv targets time to
weight who withdrawn_after""".split())
KEYS = re.compile(r"^\.(?:It )?Va (.*)$", re.M)


def test_every_key_is_documented(pulled, serve):
    """The keys of every --json stand in taxiway(1), and it names no other."""
    manual = (TOP / "doc" / "taxiway.1").read_text(encoding="utf-8")
    part = manual.split(".Sh JSON")[1].split(".Sh ENVIRONMENT")[0]
    named = set(re.findall(r"\w+", " ".join(KEYS.findall(part))))
    found = set()

    def collect(value):
        if isinstance(value, dict):
            found.update(value)
            for key, inner in value.items():
                # a proposed source has the keys of a configuration
                if key not in ("rejected_by", "deviations", "facts", "source"):
                    collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    path = pulled.folder / "v.json"
    path.write_text(stix.bundle([stix.indicator(
        "[domain-name:value = 'values.example' AND url:value = 'http://x/']")]))
    collect(pulled.json("pull", "--keep", "values", path))
    (pulled.folder / "good.txt").write_text("good.example\n")
    (pulled.folder / "page.json").write_text(json.dumps({
        "next": "https://feed.example/2",
        "data": [{"ip": "198.51.100.7"}, {"ip": "198.51.100.8"}]}))
    pulled("allow", "load", pulled.folder / "good.txt")
    pulled("allow", "add", "--mode", "cap:20", "198.51.100.7")
    for argv in (["allow", "list"],
                 ["lookup", "198.51.100.7", "values.example", "192.0.2.1"],
                 ["list", "--all"], ["status"], ["changes"],
                 ["explain", "198.51.100.7"], ["show", stix.C2["id"]]):
        collect(pulled.json(*argv))
    there = serve(stix.feed([], can_write=True)).feed
    name = pulled.status()["sources"][0]["name"]
    for argv in (["status", name], ["compare"], ["check", there],
                 ["discover", there], ["seen", "198.51.100.7"],
                 ["try", pulled.folder / "good.txt"],
                 ["try", pulled.folder / "page.json"],
                 ["lookup", "198.51.100.7"]):
        collect(pulled.json(*argv, status=None))
    for argv in (["push", there, path], ["manifest", there],
                 ["versions", there, json.loads(path.read_text())[
                     "objects"][0]["id"]],
                 ["delete", there, json.loads(path.read_text())[
                     "objects"][0]["id"]]):
        collect(pulled.json("taxii", *argv))
    assert sorted(found - named) == []
    assert sorted(named - found - SELDOM) == []


def test_quiet_lookup(pulled):
    """As with grep -q, the exit status answers."""
    for argv, status in ((["evil.example"], 0), (["192.0.2.1"], 1),
                         (["192.0.2.1", "evil.example"], 0), (["x y"], 1)):
        done = pulled("-q", "lookup", *argv, status=status)
        assert done.out == "" and done.err == ""
    assert pulled("-q", "lookup", "-", stdin="evil.example\n").out == ""
    assert pulled("-q", "lookup", "--json", "evil.example").out != ""


def test_quiet(tw, serve):
    server = serve(stix.feed([stix.C2]))
    done = tw("-q", "pull", server.feed)
    assert done.out == "" and done.err == ""
