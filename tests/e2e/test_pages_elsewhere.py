# SPDX-License-Identifier: BSD-2-Clause
"""Parts of a feed on another server: at another port, without credentials."""
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
import local  # noqa: E402

FIELDS = ["--kind", "json", "--name", "p", "--map-value", "v",
          "--json-root", "items"]
INDEX = ["--page-kind", "index", "--page-index", "files[*]"]
NEXT = ["--page-kind", "next-url", "--page-next", "next"]
SEQ = ["--page-kind", "seq", "--page-next", "seq", "--request-params",
       "seq={seq}", "--page-start-at", "seq"]
QUEUE = ["--page-kind", "queue", "--page-size", "3"]


class Place:
    """Answers what it has by path: JSON, or a place to go to."""

    def __init__(self):
        place = self
        self.has, self.asked = {}, []

        class Handler(local.Handler):
            def do_GET(self):
                path = self.path.split("?")[0]
                place.asked.append(
                    (path, self.headers.get("Authorization")))
                reply = place.has.get(path, {})
                if isinstance(reply, str):
                    self.answer(302, Location=reply)
                else:
                    self.answer(200, json.dumps(reply).encode())

            do_POST = do_GET

        self.server = local.Local(Handler).begin()
        self.url, self.stop = self.server.url, self.server.stop


@pytest.fixture
def places():
    both = Place(), Place()
    yield both
    for place in both:
        place.stop()


PAGE = {"items": [{"v": "a.example"}]}


def give(here, there, kind):
    """The feed at `here`, a part of it at `there`: its options, its path."""
    there.has = {"/part": PAGE}
    if kind == "redirect":
        here.has = {"/feed": there.url + "/part"}
        return []
    if kind == "item":
        here.has = {"/feed": {"files": [there.url + "/part"]}}
        return INDEX
    here.has = {"/feed": {"items": [], "next": there.url + "/part"}}
    return NEXT


REASONS = {"redirect": "redirects to another origin",
           "item": "an item of the index is on another server",
           "next": "the next page is on another server"}


@pytest.mark.parametrize("kind", REASONS)
def test_what_a_server_names_is_followed_where_allowed(tw, places, secret,
                                                       kind):
    here, there = places
    options = ["pull", here.url + "/feed", *FIELDS,
               *give(here, there, kind), "--user", "u", "--password-file",
               secret("sesame")]
    done = tw(*options, status=3)
    assert REASONS[kind] in done.err and there.url in done.err
    assert "follow-hosts" in done.err
    assert there.asked == []
    tw(*options, "--follow-hosts")
    assert tw.lookup("a.example")[0]["active"] is True
    assert there.asked == [("/part", None)]


@pytest.mark.parametrize("kind", REASONS)
def test_a_file_is_never_followed_to(tw, places, tmp_path, kind):
    here, there = places
    options = give(here, there, kind)
    path = tmp_path / "part"
    path.write_text(json.dumps(PAGE))
    here.has = json.loads(json.dumps(here.has).replace(
        there.url + "/part", f"file://{path}"))
    done = tw("pull", here.url + "/feed", *FIELDS, *options,
              "--follow-hosts", status=3)
    assert "file" in done.err
    tw.lookup("a.example", status=1)


def test_items_at_a_place_that_was_given(tw, places, secret):
    """What the configuration names is reached, at whatever port; it is another
    origin all the same."""
    here, there = places
    here.has = {"/feed": {"files": ["part"]}}
    there.has = {"/in/part": PAGE}
    tw("pull", here.url + "/feed", *FIELDS, *INDEX, "--page-item",
       there.url + "/in/{item}", "--user", "u", "--password-file",
       secret("sesame"))
    assert tw.lookup("a.example")[0]["active"] is True
    assert [path for path, _ in there.asked] == ["/in/part"]


def test_a_first_number_at_a_place_that_was_given(tw, places):
    here, there = places
    here.has = {"/feed": {**PAGE, "seq": 4}}
    there.has = {"/first": {"seq": 4}}
    tw("pull", here.url + "/feed", *FIELDS, *SEQ, "--page-start",
       there.url + "/first")
    assert tw.lookup("a.example")[0]["active"] is True
    assert len(there.asked) == 1


def test_an_ack_at_a_place_that_was_given(tw, places):
    here, there = places
    here.has = {"/feed": PAGE}
    tw("pull", here.url + "/feed", *FIELDS, *QUEUE, "--page-ack",
       there.url + "/ack")
    assert [path for path, _ in there.asked] == ["/ack"]


def test_a_digest_at_a_place_that_was_given(tw, places):
    here, there = places
    here.has = {"/feed": PAGE}
    there.has = {"/sum": {}}
    tw("pull", here.url + "/feed", *FIELDS, "--request-digest",
       there.url + "/sum", status=None)
    assert [path for path, _ in there.asked] == ["/sum"]
