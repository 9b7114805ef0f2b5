# SPDX-License-Identifier: BSD-2-Clause
"""export --format store and import: another store that gives every answer."""
import json

import pytest

import stix

VALUES = ["198.51.100.7", "203.0.113.77", "evil.example", "new.example",
          "http://evil.example/a?b=1", stix.SHA256, "192.0.2.99",
          "192.0.2.98", "10.1.2.3"]


def pull(tw, name, objects, *options):
    path = tw.folder / f"{name}.json"
    path.write_text(stix.bundle(objects) if isinstance(objects, list)
                    else objects)
    return tw("pull", path, "--name", name, *options)


@pytest.fixture
def rich(tw):
    """Several sources, polls, versions, spellings; with and without
    originals."""
    moved = stix.newer(stix.EVIL,
                       pattern="[domain-name:value = 'new.example']")
    pull(tw, "one", stix.SAMPLE)
    pull(tw, "two", [stix.C2, stix.domain("evil.example", confidence=40)],
         "--keep", "values", "--tlp", "amber")
    pull(tw, "one", stix.SAMPLE + [moved, stix.newer(stix.C2, confidence=5)])
    pull(tw, "one", [stix.newer(stix.PAGE, "2024-07-01T00:00:00.000Z",
                                revoked=True)])
    pull(tw, "bogons", [stix.address("10.1.2.3")], "--bogons", "accept")
    pull(tw, "odd", json.dumps(
        {"objects": [stix.url("http://Evil.Example:80/%7euser/\u00fc")]},
        indent=3, ensure_ascii=False) + "\n\n")
    tw("pull", tw.folder / "missing.json", "--name", "two", status=None)
    return tw


def carry(tw, another, status=0):
    text = tw("export", "--format", "store").out
    path = another.folder / "export.ndjson"
    path.write_text(text)
    another("import", path, status=status)
    return text


def answers(tw):
    """What a store says, but for its own name and history."""
    status = tw.status()
    for key in ("store", "store_uuid", "generation", "written", "bytes",
                "readers"):
        del status[key]
    found = {"status": status, "list": tw.json("list", "--all")}
    for value in VALUES:
        found[value] = tw.json("lookup", value, "--at",
                               "2024-08-01T00:00:00Z", status=None)
    objects = sorted({o["id"] for o in json.loads(
        tw("export").out)["objects"]})
    for source in [s["name"] for s in status["sources"]]:
        for name in objects:
            found[source, name] = tw("show", name, "--source", source,
                                     status=None).out
            found[source, name, "json"] = tw(
                "show", name, "--source", source, "--json",
                status=None).out
    return found


def test_every_answer_is_the_same(rich, another):
    carry(rich, another)
    another("verify")
    was, now = answers(rich), answers(another)
    assert was.keys() == now.keys()
    for key, answer in was.items():
        assert now[key] == answer, key


def test_it_is_a_round_trip(rich, another):
    """Exported again it is the same stream, but for the head."""
    first = carry(rich, another).splitlines()
    again = another("export", "--format", "store").out.splitlines()
    assert len(first) == len(again)
    head, last = json.loads(first[0]), json.loads(first[-1])
    assert head["taxiway_store"] == 1
    assert last == {"end": True, "objects": len(first) - 2 - sum(
        '"record"' in line[:2000] or '"poll"' in line[:9]
        for line in first)}
    for a, b in zip(first[1:], again[1:]):
        a, b = json.loads(a), json.loads(b)
        if "source" in a and "poll" not in a:
            a.pop("record"), b.pop("record")
        assert a == b


def test_known_objects_are_known_again(rich, another):
    carry(rich, another)
    (another.folder / "one.json").write_text(stix.bundle(stix.SAMPLE))
    done = another("pull", another.folder / "one.json", "--name", "one")
    assert " 0 new, 0 updated" in done.out
    another("verify")


def test_a_store_is_not_overwritten(rich, another):
    (another.folder / "x.json").write_text(stix.bundle([stix.C2]))
    another("pull", another.folder / "x.json")
    carry(rich, another, status=4)
    assert another.status()["objects"] == 1


CUT = {"nothing": lambda t: "", "the head": lambda t: t.splitlines()[0],
       "half": lambda t: "\n".join(
           t.splitlines()[:len(t.splitlines()) // 2]),
       "inside a line": lambda t: t[:len(t) // 2],
       "all but the end": lambda t: "\n".join(t.splitlines()[:-1]),
       "another thing": lambda t: stix.bundle(stix.SAMPLE),
       "behind the end": lambda t: t + '{"end":true}\n',
       "a newer version": lambda t: t.replace(
           '"taxiway_store":1', '"taxiway_store":2', 1),
       "a broken record": lambda t: t.replace('"record":"01', '"record":"0x',
                                              1),
       "a lost object": lambda t: "\n".join(
           line for n, line in enumerate(t.splitlines()) if n != 9),
       "no JSON": lambda t: t.replace("{", "[", 1)}


@pytest.mark.parametrize("how", CUT)
def test_a_damaged_export_makes_no_store(rich, another, how):
    text = CUT[how](rich("export", "--format", "store").out)
    error = another("import", "-", stdin=text, status=None)
    assert error.returncode not in (0, -6, -11), error.out
    assert len(error.err.splitlines()) == 1
    assert not another.store.exists()
    assert sorted(p.name for p in another.folder.iterdir()) == []


def test_an_empty_store(tw, another):
    (tw.folder / "e.json").write_text(stix.bundle([]))
    tw("pull", tw.folder / "e.json", "--name", "e")
    carry(tw, another)
    assert [s["name"] for s in another.status()["sources"]] == ["e"]
    another("verify")


def listing(tw, hosts, path):
    """A poll of a snapshot: its exit status and what it did."""
    path.write_text(stix.bundle([stix.domain(f"{h}.example") for h in hosts]))
    done = tw("pull", path, "--name", "list", "--listing", "snapshot",
              "--ageing-absent-polls", "2", "--guards-shrink", "30", "--json",
              status=None)
    said = json.loads(done.out)
    return done.returncode, [said.get(key) for key in (
        "added", "updated", "unchanged", "missing", "withdrawn", "returned",
        "held")]


def test_what_listings_said(tw, another):
    """What is missing, withdrawn, held and was met goes along: the next polls
    of both stores do the same."""
    path = tw.folder / "list.json"
    for now in ("abcdefgh", "abcdef", "abcdef", "abcd", "a"):
        # g and h are withdrawn, e and f missing, the last one is held
        listing(tw, now, path)
    tw("seen", "b.example", "--by", "sensor")
    pull(tw, "other", [stix.newer(stix.C2, revoked=True), stix.EVIL])
    text = carry(tw, another)
    for key in ("ended", "set", "sighting"):
        assert f'"{key}"' in text
    another("verify")
    hosts = [f"{h}.example" for h in "abcdefghi"]

    def told(store, *options):
        return [store.json("explain", h, *options, status=None)
                for h in hosts]
    assert told(tw, "--at", "2099-01-01T00:00:00Z") == \
        told(another, "--at", "2099-01-01T00:00:00Z")
    for now in ("a", "abcd", "abcdg", "abcde", "abcde"):
        assert listing(tw, now, path) == listing(another, now, path), now
        for store in (tw, another):
            store("verify")
        assert [tw("lookup", h, status=None).returncode for h in hosts] == \
            [another("lookup", h, status=None).returncode for h in hosts]


def test_what_came_of_a_list(tw, another, tmp_path):
    """An entry of a list is no STIX as it came; what is made of it is."""
    path = tmp_path / "list"
    path.write_text("198.51.100.7\nevil.example\n")
    tw("pull", path, "--kind", "lines", "--name", "l")
    bundle = json.loads(tw("export").out)
    assert sorted(o["pattern"] for o in bundle["objects"]) == [
        "[domain-name:value = 'evil.example']",
        "[ipv4-addr:value = '198.51.100.7']"]
    stream = tmp_path / "stream"
    stream.write_text(tw("export", "--format", "store").out)
    another("import", stream)
    before, after = (
        [{k: claim[k] for k in ("source", "id", "state", "name", "first_seen")}
         for match in store.json("list") for claim in match["claims"]]
        for store in (tw, another))
    assert before == after


@pytest.fixture
def allowed(rich):
    """The stream of a store with allow-lists, and its lines of those."""
    rich("allow", "add", "--reason", "ours", "good.example", "198.51.100.0/24")
    rich("seen", "evil.example")
    lines = rich("export", "--format", "store").out.splitlines()
    rows = [line for line in lines if line.startswith('{"allow"')]
    assert rows
    return lines, rows


@pytest.mark.parametrize("key, value", [
    ("allow", ""), ("record", ""), ("allow", "0"), ("record", "0x"),
    ("record", None), ("record", 7)])
def test_a_broken_entry_of_an_allow_list(allowed, another, key, value):
    lines, rows = allowed
    broken = json.dumps(json.loads(rows[0]) | {key: value})
    number = lines.index(rows[0]) + 1
    lines[number - 1] = broken
    error = another.fails("import", "-", stdin="\n".join(lines), status=3)
    assert f"line {number}: " in error
    assert not another.store.exists()


def test_rows_may_come_before_polls(allowed, rich, another):
    """Of whichever order the writer was; a store is open once."""
    lines, rows = allowed
    rest = [line for line in lines if line not in rows]
    first = next(n for n, line in enumerate(rest) if '"poll"' in line[:9])
    another("import", "-", stdin="\n".join(
        rest[:first] + rows + rest[first:]) + "\n")
    assert another.json("allow", "list") == rich.json("allow", "list")
    another("verify")
