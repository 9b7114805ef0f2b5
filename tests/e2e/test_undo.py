# SPDX-License-Identifier: BSD-2-Clause
"""rollback, restore, forget: seen at once, sound at every step."""
import json
import os
import signal

import pytest

import stix


def pull(tw, name, objects, status=0):
    path = tw.folder / f"{name}.json"
    path.write_text(stix.bundle(objects))
    return tw("pull", path, "--name", name, status=status)


OLD = stix.domain("old.example", name="moves", confidence=10)
NEW = stix.newer(OLD, pattern="[domain-name:value = 'new.example']",
                 confidence=90)
KEPT = stix.address("198.51.100.1", name="kept", confidence=20)
AGAIN = stix.newer(KEPT, confidence=80)
LATE = stix.address("198.51.100.2", name="late")
GOES = stix.address("198.51.100.3", name="goes")
GONE = stix.newer(GOES, revoked=True)
BOTH = stix.address("198.51.100.4", name="both")
LINK = stix.indicates(KEPT, stix.BOTNET)
VALUES = ["old.example", "new.example", "198.51.100.1", "198.51.100.2",
          "198.51.100.3", "198.51.100.4"]


def picture(tw):
    """What lookup says of each value: state, confidence, threats, and its
    active claims."""
    out = {}
    for value in VALUES:
        (m,) = tw.lookup(value, status=None)
        out[value] = (m.get("state"), m["active"], m.get("confidence"),
                      [t["name"] for t in m.get("threats", [])],
                      sorted((c["source"], c["confidence"]) for c in
                             m.get("claims", []) if c["state"] == "active"))
    out["list"] = sorted(m["value"] for m in tw.json("list"))
    out["objects"] = tw.ids()
    return out


@pytest.fixture
def polled(tw):
    """Two sources; the second poll of the first one changes much.  Also the
    pictures before and after it."""
    pull(tw, "other", [BOTH])
    pull(tw, "feed", [stix.BOTNET, OLD, KEPT, GOES])
    tw.before = picture(tw)
    pull(tw, "feed", [stix.BOTNET, NEW, AGAIN, GONE, LATE, BOTH, LINK])
    tw.after = picture(tw)
    return tw


def active(picture):
    """States of what is not active may have another name."""
    return {k: v if k in ("list", "objects") or v[1] else False
            for k, v in picture.items()}


@pytest.mark.parametrize("settled", [False, True])
def test_a_poll_is_rolled_back(polled, settled):
    (said,) = polled.json("rollback", "feed@2")
    assert said == {"source": "feed", "hidden_from": 2, "dry_run": False,
                    "objects": 3, "versions": 3, "ends": 0}
    polled("verify")
    if settled:
        polled("sweep")
        polled("verify")
    assert active(picture(polled)) == active(polled.before)
    (m,) = polled.lookup("new.example", status=1)
    assert m["state"] == "ended"
    assert [c["state"] for c in m["claims"]] == ["ended"]
    # And it is taken back.
    assert polled.json("restore", "feed") == [
        {"source": "feed", "restored": True, "hidden_from": 2}]
    polled("verify")
    if settled:
        polled("sweep")
        polled("verify")
    assert picture(polled) == polled.after
    assert polled.json("restore", "feed", status=1)[0]["restored"] is False


def test_a_source_is_rolled_back(polled):
    polled("rollback", "feed")
    now = picture(polled)
    assert now["list"] == ["198.51.100.4"]
    assert now["198.51.100.4"][4] == [("other", None)]
    assert [i for i, _ in now["objects"]] == [BOTH["id"]]
    polled("show", OLD["id"], "--source", "feed", status=1)
    polled("verify")
    polled("sweep")
    polled("verify")
    assert picture(polled) == now
    polled("restore", "feed")
    polled("sweep")
    assert picture(polled) == polled.after
    polled("verify")


def changes(tw, since):
    return sorted((c["change"], c["reason"], c["value"]) for c in
                  tw.json("changes", "--since", str(since))
                  if c["change"] in ("add", "update", "remove"))


def test_the_change_log_follows_without_a_sweep(polled):
    """What a verb changed for readers is in the log when it ends."""
    was = set(picture(polled)["list"])
    since = polled.status()["generation"]
    polled("rollback", "feed")
    lost = was - set(picture(polled)["list"])
    assert lost
    told = changes(polled, since)
    assert {v for c, _, v in told if c == "remove"} == lost
    assert {r for c, r, _ in told if c == "remove"} == {"rolled-back"}
    since = polled.status()["generation"]
    polled("sweep")
    assert polled.status()["generation"] == since
    polled("restore", "feed")
    told = changes(polled, since)
    assert {v for c, _, v in told if c == "add"} == lost
    assert {r for c, r, _ in told if c == "add"} == {"restored"}
    since = polled.status()["generation"]
    assert "feed: hidden" in polled("forget", "feed").out
    assert {v for c, _, v in changes(polled, since)
            if c == "remove"} == lost
    polled("verify")


def test_dry_run_changes_nothing(polled):
    generation = polled.status()["generation"]
    (said,) = polled.json("rollback", "--dry-run", "feed@2")
    assert (said["objects"], said["versions"]) == (3, 3)
    assert polled.status()["generation"] == generation
    assert picture(polled) == polled.after


def test_it_is_not_polled_until_restored(polled):
    polled("rollback", "feed@2")
    done = pull(polled, "feed", [LATE], status=3)
    assert "rolled back" in done.err and "restore" in done.err
    pull(polled, "other", [BOTH])
    polled("restore", "feed")
    pull(polled, "feed", [LATE])
    polled("verify")


def test_what_cannot_be(polled):
    assert "no poll 9" in polled.fails("rollback", "feed@9", status=2)
    for verb in ("rollback", "restore", "forget"):
        assert "no source 'x'" in polled.fails(verb, "x", status=1)


def test_further_back_and_forth(polled):
    """Rolled back to the second poll, then altogether, then to it again."""
    pull(polled, "feed", [stix.newer(NEW, "2024-07-01T00:00:00.000Z",
                                     confidence=33)])
    polled("rollback", "feed@3")
    assert active(picture(polled)) == active(polled.after)
    polled("sweep")
    polled("rollback", "feed@2")
    assert active(picture(polled)) == active(polled.before)
    polled("verify")
    polled("rollback", "feed")
    polled("sweep")
    assert picture(polled)["list"] == ["198.51.100.4"]
    polled("rollback", "feed@3")
    polled("verify")
    assert active(picture(polled)) == active(polled.after)
    polled("sweep")
    polled("verify")
    assert active(picture(polled)) == active(polled.after)


def replay(tw):
    there = set()
    for c in tw.json("changes"):
        if c["change"] == "add":
            assert c["value"] not in there
            there.add(c["value"])
        elif c["change"] == "remove":
            there.remove(c["value"])
    return there


def test_the_change_log_follows(polled):
    for step in (("rollback", "feed@2"), ("rollback", "feed"),
                 ("restore", "feed"), ("forget", "feed")):
        polled(*step)
        polled("sweep")
        assert sorted(replay(polled)) == sorted(
            m["value"] for m in polled.json("list")), step
    why = {c.get("why", c.get("reason")) for c in polled.json("changes")}
    assert {"rolled-back", "restored", "forgotten"} <= why


def test_forget(polled):
    polled("forget", "feed")
    polled("verify")
    status = polled.status()
    assert [s["name"] for s in status["sources"]] == ["other"]
    assert (status["objects"], status["values"], status["claims"]) == (1,) * 3
    assert status["relationships"] == 0
    assert picture(polled)["list"] == ["198.51.100.4"]
    # The name is free.
    pull(polled, "feed", [stix.BOTNET, OLD, KEPT, GOES])
    polled("verify")
    assert active(picture(polled)) == active(polled.before)


def test_forget_what_was_rolled_back(polled):
    polled("rollback", "feed@2")
    polled("forget", "feed")
    polled("verify")
    assert polled.status()["objects"] == 1


def test_a_reader_that_holds_a_view_sees_it_at_its_next(polled):
    """lookup - keeps its store open: before, during and after."""
    reader = polled.start("lookup", "-", "--json")
    reader.stdin = None
    reader.kill()
    reader.wait()
    for stream in (reader.stdout, reader.stderr):
        stream.close()
    import subprocess
    reader = subprocess.Popen(
        polled.argv("lookup", "--json", "-"), env=polled.env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(value):
        reader.stdin.write(value + "\n")
        reader.stdin.flush()
        return json.loads(reader.stdout.readline())["active"]

    assert ask("new.example") is True and ask("old.example") is False
    polled("rollback", "feed@2")
    assert ask("new.example") is False and ask("old.example") is True
    polled("sweep")
    assert ask("new.example") is False and ask("old.example") is True
    polled("restore", "feed")
    assert ask("new.example") is True and ask("old.example") is False
    polled("forget", "feed")
    assert ask("new.example") is False and ask("old.example") is False
    reader.stdin.close()
    assert reader.wait(timeout=30) in (0, 1)
    reader.stdout.close()


@pytest.mark.parametrize("verb", ["sweep", "forget"])
def test_killed_anywhere_it_goes_on(tw, verb):
    """Killed in the middle of the work again and again, the store is sound, and
    the next call ends it."""
    objects = [stix.address(f"45.77.{n // 250}.{n % 250 + 1}", name=f"n{n}")
               for n in range(4000)]
    pull(tw, "feed", objects)
    pull(tw, "other", objects[:100])
    tw("rollback", "feed")
    if verb == "forget":
        tw("restore", "feed")
    for n in range(6):
        process = tw.start(verb, *(["feed"] if verb == "forget" else []))
        try:
            process.wait(timeout=0.004 * (n + 1))
        except Exception:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        tw("verify")
        assert len(tw.json("list")) in ((100,) if verb == "sweep" else
                                        (100, 4000))
        if verb == "forget":
            verb = "sweep" if "feed" not in [
                s["name"] for s in tw.status()["sources"]] else verb
    if verb == "forget":
        tw("forget", "feed")
    tw("sweep")
    tw("verify")
    assert len(tw.json("list")) == 100
