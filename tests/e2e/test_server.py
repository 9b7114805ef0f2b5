# SPDX-License-Identifier: BSD-2-Clause
"""The scripted server itself: a bug in it would hide bugs elsewhere."""
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

import stix

ACCEPT = {"Accept": "application/taxii+json;version=2.1"}


def get(server, path, headers=None):
    request = urllib.request.Request(server.url + path,
                                     headers=headers or ACCEPT)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def walk(server, limit):
    """All ids, by the server's cursor."""
    found, query = [], {"limit": limit}
    for _ in range(50):
        _, _, body = get(server, "api/collections/c1/objects/?"
                         + urllib.parse.urlencode(query))
        page = json.loads(body)
        found += [o["id"] for o in page.get("objects", [])]
        if not page.get("more"):
            return found
        query["next"] = page["next"]
    return found


@pytest.mark.parametrize("kind", ["opaque", "constant", "number", "page"])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_cursors_walk_everything(serve, kind, limit):
    server = serve(stix.generated(7, cursor=kind))
    found = walk(server, limit)
    assert len(found) == len(set(found)) == 7


def test_empty_pages(serve):
    server = serve(stix.generated(5, empty_pages=3))
    assert len(walk(server, 2)) == 5
    assert len(server.log("/objects/")) == 6


@pytest.mark.parametrize("how", ["empty", "repeat", "first"])
def test_endless(serve, how):
    server = serve(stix.generated(3, endless=how))
    walk(server, 2)
    assert len(server.log("/objects/")) == 50


def test_strictness(serve):
    server = serve(stix.generated(5))
    path = "api/collections/c1/objects/"
    assert get(server, path, {"Accept": "application/taxii+json"})[0] == 406
    assert get(server, path + "?limit=0")[0] == 400
    assert get(server, path + "?added_after=2024-01-01T00:00:00Z")[0] == 400
    assert get(server, path + "?next=junk")[0] == 400
    assert get(server, "api/collections/nope/objects/")[0] == 404


def test_added_after_is_exclusive(serve):
    server = serve(stix.generated(5))
    path = ("api/collections/c1/objects/"
            "?added_after=2024-01-01T00:00:02.000000Z")
    status, headers, body = get(server, path)
    assert status == 200
    assert len(json.loads(body)["objects"]) == 2
    assert headers["X-TAXII-Date-Added-First"] == \
        "2024-01-01T00:00:03.000000Z"


def test_faults_count_requests(serve):
    server = serve(stix.generated(5, faults=[
        {"on": {"path": "/objects/", "nth": 2}, "status": 503,
         "headers": {"Retry-After": "1"}}]))
    path = "api/collections/c1/objects/"
    assert [get(server, path)[0] for _ in range(3)] == [200, 503, 200]


def test_raw_objects_are_served_as_they_are(serve):
    raw = '{"type" : "x-a",\t"id":"x-a--1", "n": 1.0e2, "s": "\\u00e9"}'
    server = serve(stix.feed([{"raw": raw}]))
    assert raw.encode() in get(server, "api/collections/c1/objects/")[2]


def test_servers_share_nothing(serve):
    one, other = serve(stix.feed([stix.C2])), serve(stix.feed([]))
    assert len({one.pid, other.pid, one.port, other.port}) == 4
    one.change(stix.generated(3))
    assert len(walk(one, 100)) == 3 and walk(other, 100) == []
    assert len(one.log()) == len(other.log()) == 1
    one.stop()
    assert not one.runs() and other.runs()
    with pytest.raises(OSError):
        one.log()
    assert walk(other, 100) == []
