# SPDX-License-Identifier: BSD-2-Clause
"""What each preset makes of a provider's bad days.

A mirror steps in, a feed that nobody keeps any more is stale, a provider that
has had enough is left alone, and what is no feed of that provider is refused,
with the old set standing.
"""
import json

import pytest

from conftest import SECOND
from test_no_feed import PAGE, PAYLOADS
from test_presets import (CASES, HOUR, PRESETS, claims_of, seconds, told)
from test_presets import feed, noon, provider  # noqa: F401 (fixtures)

TEXTS = {p: (CASES / p / "case.json").read_text() for p in PRESETS}
CONFIGS = {p: (CASES.parents[1] / "feeds" / f"{p}.yaml").read_text()
           for p in PRESETS}


def those_with(*words):
    return [p for p in PRESETS if any(w in CONFIGS[p] for w in words)]


# of providers that speak something else than replies to requests
PLAIN = [p for p in PRESETS if '"replies"' in TEXTS[p]]
# commercial: their providers are tested with them
COMMUNITY = [p for p in PLAIN if "kind: taxii" not in CONFIGS[p] and not any(
    word in CONFIGS[p] for word in ("tlp: amber\n",))] + [
        "bambenek-c2", "greynoise", "openphish-premium", "crowdsec-blocklist",
        "shadowserver", "shadowserver-urls", "shadowserver-exposed"]


def standing(tw):
    """What is active, of what it is, and how many rules."""
    return tw.status()["rules"], [
        (m["type"], m["value"], [c["id"] for c in m["claims"]])
        for m in tw.json("list")]


def status_of(tw):
    return tw.status()["sources"][0]


@pytest.mark.parametrize("instead", [
    {"status": 404}, {"type": "text/html", "text": PAGE}], ids=["404", "page"])
@pytest.mark.parametrize("preset", those_with("url-also:"))
def test_a_mirror(preset, instead, tw, feed, provider, noon):
    one = feed(preset)
    mirrors = one.about()["settings"]["url-also"].split(", ")
    assert all("://" in url for url in mirrors)
    mirror = provider(one.case, one.folder)
    one.server.busy = {"plain": True, **instead}
    done = one.pull("--url-also", mirror.url + one.case["url"])
    assert claims_of(told(tw, done)) == claims_of(
        (one.folder / "first.claims").read_text())
    assert status_of(tw)["state"] == "ok"
    assert status_of(tw)["deviations"] == {"mirror": 1}
    # it is back
    one.server.busy = None
    noon.tick(HOUR)
    asked = len(mirror.log)
    one.pull("--url-also", mirror.url + one.case["url"])
    assert len(mirror.log) == asked


@pytest.mark.parametrize("preset", those_with("stale:"))
def test_a_feed_that_stands_still(preset, tw, feed, noon):
    """Its polls end well, and it is not well."""
    one = feed(preset)
    settings = one.about()["settings"]
    given = dict(zip((o[2:] for o in one.options[::2]), one.options[1::2]))
    path = tw.folder / "t.yaml"
    path.write_text(json.dumps({"sources": [
        {"name": "x", "preset": preset, "url": one.url, **given}]}))

    def polled():
        tw("-c", path, "pull", "--force", "x")
        (status,) = tw.json("-c", path, "status")
        return status["sources"][0]

    assert polled()["state"] == "ok"
    key, = set(settings) & {"stale-stated", "stale-unchanged"}
    noon.tick(seconds(settings[key]) * SECOND + HOUR)
    row = polled()
    assert row["state"] == "stale"
    assert row["stated"] is not None or key != "stale-stated"
    assert key in " ".join(tw("-c", path, "status").out.split())


@pytest.mark.parametrize("preset", PLAIN)
def test_a_provider_that_has_had_enough(preset, tw, feed, noon):
    """It says so, it is left alone for as long as it says, and nothing goes."""
    one = feed(preset)
    one.pull()
    before = standing(tw)
    one.server.busy = one.case.get("busy", {
        "status": 429, "headers": {"Retry-After": "7200"},
        "text": "Too many requests\n"})
    noon.tick(HOUR)
    done = one.pull(status=None)
    assert done.returncode != 0
    assert str(one.server.busy["status"]) in done.err
    assert standing(tw) == before
    assert status_of(tw)["state"] != "ok"
    tw("verify")


def test_a_list_that_was_given_up(tw, feed, noon):
    """SSLBL's addresses: the answer is 200, and a comment."""
    one = feed("abusech-sslbl-addresses")
    one.pull()
    before = standing(tw)
    one.server.busy = {"file": "over.csv", "type": "text/csv"}
    noon.tick(HOUR)
    done = one.pull(status=None)
    assert done.returncode != 0
    assert "ATTENTION: This list has been deprecated on 2025-01-03" in done.err
    assert standing(tw) == before
    assert status_of(tw)["state"] != "ok"


def tells_its_end(about):
    """That a document of this preset is cut off can be seen in it."""
    settings = about["settings"]
    return settings["kind"] not in ("lines", "csv", "rules") or \
        {"count-line", "end-line"} & set(settings) or \
        settings["url"].endswith((".gz", ".zip"))


# a document of another provider, for each kind of ours: none of its kind
OTHERS = {
    "lines": "cisa-kev/first.json", "csv": "spamhaus-drop-v4/first.json",
    "json": "dshield/first.txt", "mispfeed": "cins-army/first.txt",
    "rules": "abusech-urlhaus/first.csv"}


def bad_payloads(one):
    """name → what the server is set to"""
    kind = one.about()["settings"]["kind"]
    for name, (body, media) in PAYLOADS.items():
        yield name, {"busy": {"text": body, "type": media, "plain": True}}
    other = (CASES / OTHERS[kind]).read_text()
    yield "another provider's", {"busy": {"text": other, "plain": True}}
    yield "lost on its way", {"lost": True}
    if tells_its_end(one.about()):
        yield "half a file", {"change": lambda body: body[:len(body) * 2 // 5]}


@pytest.mark.parametrize("preset", COMMUNITY)
def test_no_feed_of_that_provider(preset, tw, feed, provider, noon):
    """One after the other; what is accepted is told all at once."""
    one = feed(preset)
    one.pull()
    before = standing(tw)
    accepted = []
    for name, state in bad_payloads(one):
        # another provider: what was said to be known is not asked for
        there = provider(one.case, one.folder)
        vars(there).update(state)
        noon.tick(SECOND)
        done = one.pull(url=there.url + one.case["url"],
                        status=None, options=one.options_at(there))
        if done.returncode == 0:
            accepted.append((name, done.out))
        elif len(done.err.strip()) < 20:
            accepted.append((name, "no reason"))
        if standing(tw) != before:
            accepted.append((name, "the old set is gone"))
    assert not accepted
    tw("verify")
