# SPDX-License-Identifier: BSD-2-Clause
"""HTTP/2: agreed on where it is offered, and as reliable as HTTP/1.1."""
import http.client
import json
import ssl

import pytest

import stix
from conftest import counts

ROWS = [stix.domain(f"h{n}.example") for n in range(23)]
IDS = sorted((r["id"], r["modified"]) for r in ROWS)


def feed(faults=(), **more):
    more.setdefault("page", 5)
    return stix.feed(ROWS, faults=list(faults), **more)


def told(what, **on):
    """A fault of the front: see front.py."""
    return {"on": {"path": "/objects/", **on}, "headers": {"X-Front": what}}


@pytest.fixture
def behind(serve, front, certificates):
    """behind(scenario, *options of the front): (server, front, options)"""
    def start(scenario, *options):
        server = serve(scenario)
        return server, front(server, *options), ["--ca-bundle",
                                                 certificates.ca]
    return start


def versions(front):
    """What each connection spoke, this one left out."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host = front.url.split("/")[2]
    ask = http.client.HTTPSConnection(host, context=context, timeout=30)
    ask.request("GET", "/__front__")
    return json.loads(ask.getresponse().read())["versions"][:-1]


@pytest.mark.parametrize("offer, args, spoken", [
    ([], [], "h2"), ([], ["--http-version", "auto"], "h2"),
    ([], ["--http-version", "1.1"], "http/1.1"),
    (["--only-1"], [], "http/1.1")])
def test_agreed_on(tw, behind, offer, args, spoken):
    _, door, trust = behind(feed(), *offer)
    tw("pull", door.url, *trust, *args)
    assert tw.ids() == IDS
    assert versions(door) == [spoken], "one connection, used again"


def test_an_unknown_version(tw):
    error = tw.fails("pull", "https://127.0.0.1:1/", "--http-version", "3",
                     status=2)
    assert "http-version" in error


# What happens to the third page, once; and the most requests for objects.
WEATHER = ["rst 0", "rst 900", "goaway 900", "leave 0", "leave 900",
           "close 0", "close 900", "short 900", "refused"]


@pytest.mark.parametrize("cursor", ["opaque", "constant", "none"])
@pytest.mark.parametrize("what", WEATHER)
def test_bad_weather(tw, behind, what, cursor):
    """Nothing lost, nothing doubled; a cursor is not sent twice."""
    server, door, trust = behind(feed([told(what, nth=3)], cursor=cursor))
    tw("pull", door.feed, *trust)
    assert tw.ids() == IDS
    log = server.log("/objects/")
    assert len(log) <= 16
    if cursor == "constant" and what != "goaway 900":
        # Begun again: what a cursor names may be used up.
        assert len([e for e in log if "next=" not in e["query"]]) >= 2
    assert counts(tw("pull", door.feed, *trust))["new"] == 0
    tw("verify")


@pytest.mark.parametrize("what", ["rst 900", "leave 900", "close 900",
                                  "short 900"])
def test_a_storm(tw, behind, what):
    """What came before it stays; the next pull brings the rest."""
    server, door, trust = behind(feed([told(what, **{"from": 3})]))
    done = tw("pull", door.feed, *trust, status=3)
    (line,) = done.err.splitlines()
    assert "broke off" in line and door.feed.split("/api")[0] in line
    assert 0 < len(tw.ids()) <= len(IDS)
    assert len(server.log("/objects/")) < 24
    server.change(feed())
    tw("pull", door.feed, *trust)
    assert tw.ids() == IDS


def test_each_connection_takes_two_requests(tw, behind):
    """GOAWAY without the newest stream: it was not acted on, and is sent on
    another connection; but a cursor is not, unless that is certain."""
    _, door, trust = behind(feed(), "--refuse", "2")
    tw("pull", door.feed, *trust)
    assert tw.ids() == IDS
    assert set(versions(door)) == {"h2"}


def test_header_lines_are_bounded(tw, behind):
    _, door, trust = behind(feed([told("headers 1500")]))
    error = tw.fails("pull", door.feed, *trust, status=3)
    assert "header" in error or "broke off" in error
    assert tw.ids() == []


def test_many_header_lines(tw, behind):
    _, door, trust = behind(feed([told("headers 50")]))
    tw("pull", door.feed, *trust)
    assert tw.ids() == IDS


@pytest.mark.parametrize("more", [
    {"gzip": True}, {"version": "2.0"},
    {"auth": {"basic": "me:secret"}},
    {"faults": [{"on": {"path": "/objects/", "nth": 2}, "status": 429,
                 "headers": {"Retry-After": "0"}, "body": "{}"}]},
    {"faults": [{"on": {"path": "/objects/", "nth": 2}, "status": 413,
                 "body": "{}"}]},
    {"faults": [{"on": {"path": "c1/objects/$", "nth": 1}, "status": 308,
                 "redirect": "/api/collections/c1/objects/?x=1"}]},
], ids=["gzip", "2.0", "basic", "429", "413", "308"])
def test_all_else_is_as_before(tw, behind, more, tmp_path):
    _, door, trust = behind(feed(**more))
    (tmp_path / "pw").write_text("secret")
    me = ["--user", "me", "--password-file", tmp_path / "pw"] \
        if "auth" in more else []
    tw("pull", door.feed, *trust, *me)
    assert tw.ids() == IDS
    assert versions(door) == ["h2"]


def test_by_hand(tw, behind, tmp_path):
    """What is sent has a length that is told beforehand here, too."""
    server, door, trust = behind(stix.feed([], can_write=True))
    path = tmp_path / "in.json"
    path.write_text(stix.bundle(ROWS))
    done = tw("taxii", "push", door.feed, path, *trust)
    assert done.out == f"{len(ROWS)} added, 0 failed, 0 pending\n"
    (sent,) = [e for e in server.log() if e["method"] == "POST"]
    assert int(sent["headers"]["content-length"]) > 1000
    one = ROWS[3]["id"]
    assert one in tw("taxii", "get", door.feed, one, *trust).out
    tw("taxii", "delete", door.feed, one, *trust)
    tw("taxii", "get", door.feed, one, *trust, status=1)
    assert set(versions(door)) == {"h2"}


def test_check(tw, behind):
    _, door, trust = behind(feed())
    (answer,) = tw.json("check", door.url, *trust)
    assert answer["verdict"] in ("good", "warn")
    assert set(versions(door)) == {"h2"}
