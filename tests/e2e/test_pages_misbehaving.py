# SPDX-License-Identifier: BSD-2-Clause
"""Every kind of paging against servers that do not get on.

A script tells what each request is answered with.  Whatever it does, the poll
ends within few requests, says why, keeps what it was given, and the next poll
of a server that is right again brings the rest.
"""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
import pages as scripted  # noqa: E402

FIELDS = ["--kind", "json", "--name", "p", "--map-value", "v",
          "--map-key", "v", "--json-root", "items"]
CURSOR = ["--page-next", "next", "--page-more", "more=true",
          "--request-params", "at={cursor}"]
SILENT = ["--page-next", "next", "--request-params", "at={cursor}"]
PAGE = ["--request-params", "page={page}", "--page-size", "3"]
OFFSET = ["--request-params", "offset={offset}", "--request-params",
          "limit={limit}", "--page-size", "3"]
TOTAL = ["--page-total", "total"]
MORE = ["--page-more", "more=true"]
MARK = ["--request-params", "since={mark}", "--request-params",
        "limit={limit}", "--page-mark", "id"]
SIZE = ["--page-size", "3"]
SEQ = ["--request-params", "seq={seq}", "--page-next", "seq"]
SESSION = ["--request-params", "session={session}", "--page-size", "3"]
GRAPHQL = ["--page-next", "end", "--page-more", "more=true",
           "--request-body",
           '{"query": "{ i }", "variables": {"after": "{cursor}"}}']
INDEX = ["--page-index", "files[*].name", "--page-item", "{url}/item/{item}"]
INDEX_ON = [*INDEX, "--page-index-next", "next",
            "--request-params", "at={cursor}"]


class Script(scripted.Pages):
    """`says(n, query, body)` gives the nth answer, from 1: a page, a number
    (a status), or (a page, headers)."""

    def __init__(self):
        super().__init__([])
        self.says = None
        self.takes = False
        self.asked = 0

    def on_script(self, path, query, body, headers):
        self.asked += 1
        reply = self.says(self.asked, query, body)
        if isinstance(reply, int):
            raise scripted.Refusal(reply)
        if isinstance(reply, tuple):
            reply, more = reply
            headers.update(more)
        return reply

    def on_item(self, path, query, body, headers):
        self.extra.setdefault("items", []).append(path)
        number = path.rsplit("/", 1)[1]
        return {"items": scripted.records(1, int(number))}

    on_1 = on_item  # where the index names its URL

    def on_ack(self, path, query, body, headers):
        if not self.takes:
            raise scripted.Refusal(409)
        return {}


@pytest.fixture
def server():
    started = Script()
    yield started
    started.stop()


def page(first, last, **more):
    """A page of records by their numbers."""
    return {"items": scripted.records(last - first + 1, first), **more}


def nth(n, **more):
    """The nth page of three records."""
    return page(3 * n - 2, 3 * n, **more)


def turn(n, *names):
    return names[(n - 1) % len(names)]


def rows(*numbers):
    return {"items": [{"id": n, "v": f"h{n}.example"} for n in numbers]}


# name: kind, options, script, reason (None: no failure), the numbers of the
# records that are kept (or the greatest), the most requests
CASES = {
    "next-url/itself": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next="/script"),
        "circle", 6, 2),
    "next-url/two in turn": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next=turn(n, "?p=a", "?p=b")),
        "circle", 9, 3),
    "next-url/five in turn": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next="?p=" + turn(n, *"abcde")),
        "circle", 36, 12),
    "next-url/another host": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next="http://127.0.0.2:9/script"),
        "another server, 'http://127.0.0.2:9'", 3, 1),
    "next-url/another port": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next="http://127.0.0.1:9/script"),
        "another server, 'http://127.0.0.1:9'", 3, 1),
    "next-url/another scheme": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next="file:///etc/passwd"),
        "another server", 3, 1),
    "next-url/no url": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(n, next="http://[::bad/"),
        "the next page", 3, 1),
    "next-url/empty for ever": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(1, next="?p=1") if n == 1 else
        {"items": [], "next": f"?p={n}"},
        "one empty page after the other", 3, 18),
    "next-url/one page for ever": (
        "next-url", ["--page-next", "next"],
        lambda n, q, b: nth(1, next=f"?p={n}"),
        "again and again", 3, 4),
    "next-url/link header to itself": (
        "next-url", ["--page-next", "link"],
        lambda n, q, b: (nth(n), {"Link": '</script>; rel="next"'}),
        "circle", 6, 2),
    "cursor/repeats": (
        "cursor", CURSOR, lambda n, q, b: nth(n, next="A", more=True),
        "circle", 6, 2),
    "cursor/repeats, and says no more of it": (
        "cursor", SILENT, lambda n, q, b: nth(n, next="A"), None, 6, 2),
    "cursor/two in turn": (
        "cursor", CURSOR,
        lambda n, q, b: nth(n, next=turn(n, "A", "B"), more=True),
        "circle", 9, 3),
    "cursor/two in turn, more unsaid": (
        "cursor", SILENT,
        lambda n, q, b: nth(n, next=turn(n, "A", "B")),
        "circle", 9, 3),
    "cursor/empty for ever": (
        "cursor", CURSOR,
        lambda n, q, b: nth(1, next="A", more=True) if n == 1 else
        {"items": [], "next": f"A{n}", "more": True},
        "one empty page after the other", 3, 18),
    "cursor/empty, more unsaid": (
        "cursor", SILENT,
        lambda n, q, b: nth(1, next="A") if n == 1 else
        {"items": [], "next": f"A{n}"}, None, 3, 2),
    "cursor/one page for ever": (
        "cursor", CURSOR, lambda n, q, b: nth(1, next=f"A{n}", more=True),
        "again and again", 3, 4),
    "cursor/four pages for ever": (
        "cursor", CURSOR,
        lambda n, q, b: nth((n - 1) % 4 + 1, next=f"A{n}", more=True),
        "again and again", 12, 40),
    "cursor/more, but not where": (
        "cursor", CURSOR, lambda n, q, b: nth(n, more=True),
        "not where", 3, 1),
    "cursor/too long": (
        "cursor", CURSOR,
        lambda n, q, b: nth(n, next="A" * 5000, more=True),
        "longer than 4096", 3, 1),
    "page/one page for ever": (
        "page", PAGE, lambda n, q, b: nth(1), "again and again", 3, 4),
    "page/one page for ever, and more": (
        "page", [*PAGE, *MORE], lambda n, q, b: nth(1, more=True),
        "again and again", 3, 4),
    "page/four pages for ever": (
        "page", [*PAGE, *MORE],
        lambda n, q, b: nth((n - 1) % 4 + 1, more=True),
        "again and again", 12, 40),
    "page/the last one for ever": (
        "page", PAGE, lambda n, q, b: nth(min(n, 3)), None, 9, 4),
    "page/the last one for ever, of a total that is wrong": (
        "page", [*PAGE, *TOTAL], lambda n, q, b: nth(min(n, 3), total=99),
        "again and again", 9, 7),
    "page/empty for ever": (
        "page", [*PAGE, *MORE],
        lambda n, q, b: nth(1, more=True) if n == 1 else
        {"items": [], "more": True},
        "one empty page after the other", 3, 18),
    "page/a short one in the middle, of a total": (
        "page", [*PAGE, *TOTAL],
        lambda n, q, b: (nth(1, total=8), page(4, 5, total=8),
                         page(6, 8, total=8))[n - 1], None, 8, 3),
    "page/a short one in the middle, and more": (
        "page", [*PAGE, *MORE],
        lambda n, q, b: (nth(1, more=True), page(4, 5, more=True),
                         page(6, 8, more=False))[n - 1], None, 8, 3),
    "page/a short one ends": (
        "page", PAGE,
        lambda n, q, b: (nth(1), page(4, 5))[n - 1], None, 5, 2),
    "page/a total of fewer than there are": (
        "page", [*PAGE, *TOTAL], lambda n, q, b: nth(n, total=6),
        None, 6, 2),
    "offset/clamped": (
        "offset", OFFSET,
        lambda n, q, b: nth(min(int(q["offset"]) // 3 + 1, 3)), None, 9, 4),
    "offset/clamped, of a total that is wrong": (
        "offset", [*OFFSET, *TOTAL],
        lambda n, q, b: nth(min(int(q["offset"]) // 3 + 1, 3), total=99),
        "again and again", 9, 7),
    "offset/ignored": (
        "offset", OFFSET, lambda n, q, b: nth(1), "again and again", 3, 4),
    "offset/four pages for ever": (
        "offset", [*OFFSET, *TOTAL],
        lambda n, q, b: nth((n - 1) % 4 + 1, total=10 ** 9),
        "again and again", 12, 40),
    "offset/empty for ever": (
        "offset", [*OFFSET, *MORE],
        lambda n, q, b: nth(1, more=True) if n == 1 else
        {"items": [], "more": True},
        "one empty page after the other", 3, 18),
    "offset/a short page in the middle": (
        "offset", [*OFFSET, *TOTAL],
        lambda n, q, b: page(int(q["offset"]) + 1, int(q["offset"]) + 2,
                             total=8), None, 8, 4),
    "highwater/the mark is ignored": (
        "highwater", [*MARK, *SIZE], lambda n, q, b: nth(1),
        "from before the mark", 3, 3),
    "highwater/one mark for ever": (
        "highwater", [*MARK, *SIZE],
        lambda n, q, b: {"items": [
            {"id": 7, "v": f"h{i}.example"}
            for i in range(1, int(q["limit"]) + 1)]},
        "one mark", 48, 7),
    "highwater/falls within a page": (
        "highwater", [*MARK, *SIZE], lambda n, q, b: rows(3, 2, 1),
        "do not rise", 3, 1),
    "highwater/falls from page to page": (
        "highwater", [*MARK, *SIZE],
        lambda n, q, b: page(13 - 3 * n, 15 - 3 * n) if n < 5 else
        page(1, 3), "from before the mark", range(4, 13), 3),
    "highwater/without a size": (
        "highwater", MARK[:2] + MARK[4:], lambda n, q, b: nth(1),
        None, 3, 2),
    "highwater/no record has the mark": (
        "highwater", [*MARK, *SIZE],
        lambda n, q, b: {"items": [{"v": "h1.example"}]},
        "page-mark", 1, 1),
    "time-bucket/none of them is there": (
        "time-bucket", ["--request-params", "t={bucket:%Y%m%d%H}",
                        "--request-since", "12h"],
        lambda n, q, b: 404, None, 0, 13),
    "time-bucket/each is the same": (
        "time-bucket", ["--request-params", "t={bucket:%Y%m%d%H}",
                        "--request-since", "12h"],
        lambda n, q, b: nth(1), None, 3, 13),
    "seq/goes back": (
        "seq", SEQ, lambda n, q, b: nth(n, seq=9 if n == 1 else 4),
        "smaller than", 6, 2),
    "seq/stands still": (
        "seq", SEQ, lambda n, q, b: nth(n, seq=9), None, 6, 2),
    "seq/stands still, and more": (
        "seq", [*SEQ, *MORE], lambda n, q, b: nth(n, seq=9, more=True),
        "again and again", 6, 2),
    "seq/one page for ever": (
        "seq", SEQ, lambda n, q, b: nth(1, seq=n), "again and again", 3, 4),
    "seq/empty and rising": (
        "seq", SEQ, lambda n, q, b: nth(1, seq=1) if n == 1 else
        {"items": [], "seq": n}, None, 3, 2),
    "seq/no number": (
        "seq", SEQ, lambda n, q, b: nth(n, seq="soon"), "no number", 3, 1),
    "seq/a number beyond all": (
        "seq", SEQ, lambda n, q, b: nth(n, seq="9" * 30), "no number", 3, 1),
    "session/one page for ever": (
        "session", SESSION, lambda n, q, b: nth(1), "again and again", 3, 4),
    "session/expires": (
        "session", SESSION, lambda n, q, b: nth(n) if n < 3 else 410,
        "410", 6, 3),
    "session/empty for ever": (
        "session", [*SESSION, *MORE],
        lambda n, q, b: nth(1, more=True) if n == 1 else
        {"items": [], "more": True}, None, 3, 2),
    "queue/empty for ever": (
        "queue", [*MORE, "--page-next", "batch", "--page-ack",
                  "{url}/ack?batch={cursor}"],
        lambda n, q, b: {"items": [], "batch": n, "more": True},
        None, 0, 1),
    "queue/expires": (
        "queue", ["--page-next", "batch", "--page-ack",
                  "{url}/ack?batch={cursor}"],
        lambda n, q, b: nth(n, batch=n), "409", 3, 1),
    "graphql/the same endCursor": (
        "graphql", GRAPHQL, lambda n, q, b: nth(n, end="A", more=True),
        "circle", 6, 2),
    "graphql/two in turn": (
        "graphql", GRAPHQL,
        lambda n, q, b: nth(n, end=turn(n, "A", "B"), more=True),
        "circle", 9, 3),
    "graphql/no endCursor": (
        "graphql", GRAPHQL, lambda n, q, b: nth(n, end=None, more=True),
        "not where", 3, 1),
    "graphql/empty for ever": (
        "graphql", GRAPHQL,
        lambda n, q, b: nth(1, end="A", more=True) if n == 1 else
        {"items": [], "end": f"A{n}", "more": True},
        "one empty page after the other", 3, 18),
    "graphql/one page for ever": (
        "graphql", GRAPHQL, lambda n, q, b: nth(1, end=f"A{n}", more=True),
        "again and again", 3, 4),
    "index/more than is remembered": (
        "index", INDEX,
        lambda n, q, b: {"files": [{"name": i} for i in range(1, 5002)]},
        "more than 5000 items", 0, 1),
    "index/an error in its place": (
        "index", INDEX, lambda n, q, b: {"error": "no such account"},
        "no list at 'files[*].name'", 0, 1),
    "index/an empty one": (
        "index", INDEX, lambda n, q, b: {"files": []}, None, 0, 1),
    "index/one item many times": (
        "index", INDEX, lambda n, q, b: {"files": [{"name": 1}] * 9},
        None, 1, 1),
    "index/its own page again": (
        "index", INDEX_ON,
        lambda n, q, b: {"files": [{"name": n}], "next": "A"},
        "circle", 0, 2),
    "index/two pages in turn": (
        "index", INDEX_ON,
        lambda n, q, b: {"files": [{"name": n}], "next": turn(n, "A", "B")},
        "circle", 0, 3),
    "index/empty for ever": (
        "index", INDEX_ON, lambda n, q, b: {"files": [], "next": f"A{n}"},
        "one empty page of the index after the other", 0, 17),
    "index/items of another host": (
        "index", INDEX[:2],
        lambda n, q, b: {"files": [{"name": "http://127.0.0.2:9/item/1"}]},
        "an item of the index is on another server", 0, 1),
    "index/items that are no numbers of ours": (
        "index", INDEX, lambda n, q, b: {"files": [{"name": None}]},
        None, 0, 1),
}


def pull(tw, server, kind, options, **kwargs):
    options = [o.replace("{url}", server.url) for o in options]
    return tw("pull", server.url + "/script", "--page-kind", kind, *FIELDS,
              *options, timeout=20, **kwargs)


def kept(tw):
    return sorted(int(v["value"][1:].split(".")[0]) for v in tw.json("list"))


def all_of_it(n, query, body):
    """A server that is right again."""
    items = page(1, 60)["items"] if n == 1 else []
    return {"items": items, "more": False, "total": 60, "seq": 60,
            "batch": 1, "files": [{"name": 1}]}


@pytest.mark.parametrize("case", CASES)
def test_it_ends_and_says_why(tw, server, case):
    kind, options, server.says, reason, most, requests = CASES[case]
    done = pull(tw, server, kind, options, status=None)
    assert server.asked <= requests
    if reason is None:
        assert done.returncode == 0, done.err
    else:
        assert done.returncode == 3
        assert reason in done.err
    numbers = range(1, most + 1) if isinstance(most, int) else most
    assert kept(tw) == list(numbers)
    assert len(server.extra.get("items", [])) <= 1
    tw("verify")


FAILURES = [name for name, case in CASES.items() if case[3] is not None]


@pytest.mark.parametrize("case", FAILURES)
def test_the_next_poll_is_not_misled(tw, server, case):
    """No place of a walk that failed keeps the next one from the rest."""
    kind, options, server.says, *_ = CASES[case]
    pull(tw, server, kind, options, status=3)
    server.says, server.asked, server.takes = all_of_it, 0, True
    server.extra.clear()
    pull(tw, server, kind, options)
    assert server.asked <= 3
    assert kept(tw) == list(range(1, 2 if kind == "index" else 61))
