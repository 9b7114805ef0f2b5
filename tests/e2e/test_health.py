# SPDX-License-Identifier: BSD-2-Clause
"""States of a source: each is reached and left by what really happens."""
import json

import pytest

import stix

LIST = "evil.example\nevil2.example\n"


class Watched:
    """One source by its configuration, without a daemon."""

    def __init__(self, tw, **source):
        self.tw = tw
        self.config = tw.folder / "taxiway.yaml"
        self.configure(**source)

    def configure(self, **source):
        self.config.write_text(json.dumps(
            {"sources": [{"name": "feed", **source}]}))

    def verb(self, *args, **kwargs):
        return self.tw("-c", self.config, *args, **kwargs)

    def pull(self, *args, status=0):
        return self.verb("pull", "feed", *args, status=status)

    def state(self):
        """Its state; what must go with each one does."""
        done = self.verb("status", "--json")
        (source,) = json.loads(done.out)["sources"]
        for text in (self.verb("status").out,
                     self.verb("status", "feed").out):
            assert f"feed: {source['state']} since " \
                f"{source['since'][:19]}" in text
            assert (source["way_out"] or "") in text
            assert (source["error"] or "") in text
        assert (source["way_out"] is None) == (source["state"] == "ok")
        return source


def lists(body):
    """A server with one list of names."""
    return {"title": "lists", "roots": {}, "files": {
        "/list": {"body": body, "type": "text/plain"}}}


def one_list(server):
    return {"kind": "lines", "url": server.url + "list"}


def elsewhere(status):
    return {"on": {"path": "^/list$"}, "status": status,
            "redirect": "http://elsewhere.example/list"}


@pytest.mark.parametrize("fault, state, words", [
    (elsewhere(301), "moved", "elsewhere.example"),
    (elsewhere(308), "moved", "elsewhere.example"),
    (elsewhere(302), "failing", "elsewhere.example"),
    (elsewhere(307), "failing", "elsewhere.example"),
    ({"status": 410}, "moved", "gone for good"),
    ({"status": 404}, "failing", "status 404"),
    ({"status": 500}, "failing", "status 500"),
    ({"status": 401}, "auth", "status 401"),
    ({"status": 403}, "auth", "status 403"),
    ({"body": "# This feed has been discontinued on 2024-12-01.\n"},
     "moved", "discontinued on 2024-12-01"),
])
def test_what_a_server_answers(tw, serve, fault, state, words):
    """The state by the answer, back to ok when it is well again; what was
    known stands meanwhile."""
    server = serve(lists(LIST))
    feed = Watched(tw, **one_list(server))
    feed.pull()
    fine = feed.state()
    assert fine["state"] == "ok" and fine["error"] is None
    server.change({**lists(LIST), "faults": [{"on": {"path": "list"},
                                              **fault}]})
    feed.pull(status=3)
    first = feed.state()
    assert first["state"] == state and words in first["error"]
    assert first["since"] > fine["since"]
    feed.pull(status=3)
    again = feed.state()
    assert again["since"] == first["since"] and again["failures"] == 2
    tw.lookup("evil.example")
    server.change(lists(LIST))
    feed.pull()
    mended = feed.state()
    assert mended["state"] == "ok" and mended["error"] is None
    assert mended["since"] > first["since"] and mended["failures"] == 0


def collection(root="/api/", name="c1"):
    return {"title": "a feed", "roots": {root: [
        {"id": name, "title": "Botnet C2", "objects": [stix.EVIL]}]}}


# How the source is named (by discovery, by its collection's URL), what the
# server is changed to, and what becomes of that.
MOVES = [
    ("the API root has another path", "", collection("/new/"), "ok", ""),
    ("the same, named by its URL", "api/collections/c1/",
     collection("/new/"), "moved", "/new/collections/c1/"),
    ("the collection is not listed any more", "",
     collection(name="c2"), "moved", "c2 'Botnet C2'"),
    ("the same, named by its URL", "api/collections/c1/",
     collection(name="c2"), "moved", "c2 'Botnet C2'"),
    ("the API root is gone, another has other collections",
     "api/collections/c1/", collection("/new/", "c2"), "moved", "c2"),
    ("nothing of TAXII is left", "api/collections/c1/",
     {"title": "none", "roots": {}}, "moved", "not to be found"),
    ("a collection that is listed cannot be read", "api/collections/c1/",
     {**collection(), "faults": [{"on": {"path": "objects"},
                                  "status": 404}]}, "failing", "404"),
    ("nobody can say", "api/collections/c1/",
     {**collection(), "faults": [
         {"on": {"path": "objects"}, "status": 404},
         {"on": {"path": "api/collections/$"}, "status": 403}]},
     "failing", "404"),
    ("discovery names a root elsewhere", "",
     {**collection("/new/"), "advertise": "http://elsewhere.example",
      "faults": [{"on": {"path": "^/(new|api)/"}, "status": 404}]},
     "moved", "elsewhere.example"),
]


@pytest.mark.parametrize("path, then, state, words",
                         [m[1:] for m in MOVES],
                         ids=[m[0] + (", direct" if m[1] else "")
                              for m in MOVES])
def test_a_collection_that_moves(tw, serve, path, then, state, words):
    server = serve(collection())
    feed = Watched(tw, url=server.url + path,
                   **({} if path else {"collection": "c1"}))
    feed.pull()
    assert feed.state()["state"] == "ok"
    server.change(then)
    feed.pull(status=0 if state == "ok" else 3)
    found = feed.state()
    assert found["state"] == state, found["error"]
    assert words in (found["error"] or "")
    server.change(collection())
    feed.pull()
    assert feed.state()["state"] == "ok"
