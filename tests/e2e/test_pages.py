# SPDX-License-Identifier: BSD-2-Clause
"""Feeds in pages: each kind, its end, its place after a failure, its spins."""
import base64
import hashlib
import hmac
import sys
from pathlib import Path

import pytest

from conftest import counts

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
import pages as scripted  # noqa: E402

FIELDS = ["--kind", "json", "--name", "p", "--map-value", "v",
          "--map-key", "id"]
ROOT = ["--json-root", "items"]

# kind → path and options
KINDS = {
    "next-url": ("/next-url", ROOT + ["--page-next", "next"]),
    "cursor": ("/cursor", ROOT + [
        "--page-next", "cursor", "--request-params", "cursor={cursor}",
        "--page-more", "complete=false"]),
    "page": ("/page?size=3", ROOT + [
        "--request-params", "page={page}", "--page-size", "3"]),
    "offset": ("/offset", ROOT + [
        "--request-params", "offset={offset}", "--request-params",
        "limit={limit}", "--page-size", "3", "--page-total", "total"]),
    "highwater": ("/highwater", ROOT + [
        "--request-params", "since={mark}", "--request-params",
        "limit={limit}", "--page-size", "3", "--page-mark", "id"]),
    "seq": ("/seq", ROOT + [
        "--request-params", "seq={seq}", "--page-next", "seq"]),
    "session": ("/session", ROOT + [
        "--request-params", "session={session}", "--page-size", "3"]),
    "queue": ("/queue", ROOT + [
        "--page-next", "batch", "--page-size", "3",
        "--page-ack", "/ack?batch={cursor}"]),
    "graphql": ("/graphql", [
        "--json-root", "data.iocs.edges[*].node",
        "--page-next", "data.iocs.pageInfo.endCursor",
        "--page-more", "data.iocs.pageInfo.hasNextPage=true",
        "--request-body",
        '{"query": "{ iocs }", "variables": {"after": "{cursor}"}}']),
}


@pytest.fixture
def feed():
    """Start a feed; it ends with the test."""
    started = []

    def start(*args, **kwargs):
        started.append(scripted.Pages(*args, **kwargs))
        return started[-1]
    yield start
    for server in started:
        server.stop()


def options_of(server, kind):
    """The kind's path and options, for that server."""
    path, options = KINDS[kind]
    return path, [server.url + o if o.startswith("/ack") else o
                  for o in options]


def pull(tw, server, kind, *more, **kwargs):
    path, options = options_of(server, kind)
    return tw("pull", server.url + path, "--page-kind", kind, *FIELDS,
              *options, *more, **kwargs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 1, 3, 8, 9])
def test_a_walk_to_the_end(tw, feed, kind, number):
    server = feed(scripted.records(number))
    done = pull(tw, server, kind)
    assert counts(done)["new"] == number
    for i in range(1, number + 1):
        assert tw.lookup(f"h{i}.example")[0]["active"] is True
    most = number // 3 + 2
    assert len(server.log) <= most * 2 if kind == "queue" else most


@pytest.mark.parametrize("kind", KINDS)
def test_a_walk_that_breaks_goes_on_there(tw, feed, kind):
    server = feed(scripted.records(14))
    server.refuse = {4}
    done = pull(tw, server, kind, status=None)
    assert done.returncode != 0 and "403" in done.err
    # of records that rise, the one at the boundary comes twice; of a queue
    # each second request is no page
    had = {"highwater": 7, "queue": 6}.get(kind, 9)
    assert tw.lookup(f"h{had}.example")[0]["active"] is True
    tw.lookup(f"h{had + 1}.example", status=1)
    before = len(server.log)
    found = counts(pull(tw, server, kind))
    # nothing is lost, and what was read is not read again but for a page
    assert tw.lookup("h14.example")[0]["active"] is True
    assert found["new"] == 14 - had
    if kind != "session":
        assert len(server.log) - before <= (8 if kind == "queue" else 4)


@pytest.mark.parametrize("kind", ["highwater", "seq", "session"])
def test_the_next_poll_brings_only_what_is_new(tw, feed, kind):
    server = feed(scripted.records(8))
    pull(tw, server, kind)
    before = len(server.log)
    server.records += scripted.records(2, first=9)
    found = counts(pull(tw, server, kind))
    assert found["new"] == 2
    assert len(server.log) - before <= 2


def test_a_cursor_that_is_kept(tw, feed):
    server = feed(scripted.records(8))
    pull(tw, server, "cursor", "--page-keep")
    before = len(server.log)
    server.records += scripted.records(4, first=9)
    assert counts(pull(tw, server, "cursor", "--page-keep"))["new"] == 4
    assert len(server.log) - before == 2


def test_a_part_at_a_time(tw, feed):
    server = feed(scripted.records(11))
    for expected in (6, 5, 0):
        found = counts(pull(tw, server, "next-url", "--page-max", "2"))
        assert found["new"] == expected


def test_a_whole_walk_withdraws(tw, feed):
    options = ["--listing", "snapshot", "--ageing-absent-polls", "1"]
    server = feed(scripted.records(8))
    pull(tw, server, "page", *options)
    server.records = server.records[1:]
    pull(tw, server, "page", *options)
    tw.lookup("h1.example", status=1)
    assert tw.lookup("h8.example")[0]["active"] is True


def test_half_a_walk_withdraws_nothing(tw, feed):
    options = ["--listing", "snapshot", "--ageing-absent-polls", "1"]
    server = feed(scripted.records(8))
    pull(tw, server, "page", *options)
    server.records = server.records[1:]
    server.refuse = {len(server.log) + 2}
    pull(tw, server, "page", *options, status=None)
    pull(tw, server, "page", *options)  # goes on in the middle
    assert tw.lookup("h1.example")[0]["active"] is True


def test_a_link_header(tw, feed):
    server = feed(scripted.records(8), twist="link")
    path, _ = KINDS["next-url"]
    found = counts(tw("pull", server.url + path, "--page-kind", "next-url",
                      *FIELDS, *ROOT, "--page-next", "link"))
    assert found["new"] == 8


def test_a_cursor_in_a_header(tw, feed):
    server = feed(scripted.records(8), twist="header")
    found = counts(tw("pull", server.url + "/cursor", "--page-kind",
                      "cursor", *FIELDS, *ROOT, "--page-next",
                      "header:X-Next", "--request-params",
                      "cursor={cursor}"))
    assert found["new"] == 8


def test_a_first_number_that_is_asked_for(tw, feed):
    server = feed(scripted.records(9))
    found = counts(tw(
        "pull", server.url + "/seq", "--page-kind", "seq", *FIELDS, *ROOT,
        "--request-params", "seq={seq}", "--page-next", "seq",
        "--page-start", server.url + "/start?from=4",
        "--page-start-at", "list.first"))
    assert found["new"] == 5


def test_buckets_of_time(tw, feed):
    server = feed([])
    for ago in (5, 4, 2):  # of three hours ago there is none
        server.extra[scripted.hour(ago)] = scripted.records(2, first=ago * 10)
    options = [server.url + "/bucket/{bucket:%Y%m%d%H}", "--page-kind",
               "time-bucket", "--request-since", "6h", *FIELDS, *ROOT]
    found = counts(tw("pull", *options))
    assert found["new"] == 6
    before = len(server.log)
    tw("pull", *options)
    assert len(server.log) - before <= 2
    # the last hour is published late
    server.extra[scripted.hour(1)] = scripted.records(1)
    assert counts(tw("pull", *options))["new"] == 1


def test_an_index_of_files(tw, feed):
    server = feed([])
    server.extra = {"a": scripted.records(2), "b": scripted.records(1, 7)}
    options = [server.url + "/index", "--page-kind", "index", *FIELDS, *ROOT,
               "--page-index", "files[*].name",
               "--page-item", server.url + "/files/{item}"]
    assert counts(tw("pull", *options))["new"] == 3
    server.extra["c"] = scripted.records(2, 20)
    before = len(server.log)
    assert counts(tw("pull", *options))["new"] == 2
    assert [e[1] for e in server.log[before:]] == ["/index", "/files/c"]


def test_some_items_of_an_index(tw, feed):
    server = feed([])
    server.extra = {c: scripted.records(1, ord(c)) for c in "abc"}
    done = tw("pull", server.url + "/index", "--page-kind", "index", *FIELDS,
              *ROOT, "--page-index", "files[*].name", "--page-match", "[bc]",
              "--page-item", server.url + "/files/{item}")
    assert counts(done)["new"] == 2
    assert [e[1] for e in server.log] == ["/index", "/files/b", "/files/c"]


def test_an_index_that_breaks_goes_on_there(tw, feed):
    server = feed([])
    server.extra = {c: scripted.records(1, ord(c)) for c in "abcd"}
    options = [server.url + "/index", "--page-kind", "index", *FIELDS, *ROOT,
               "--page-index", "files[*].name",
               "--page-item", server.url + "/files/{item}"]
    server.refuse = {4}
    tw("pull", *options, status=None)
    before = len(server.log)
    tw("pull", *options)
    assert [e[1] for e in server.log[before:]] == [
        "/index", "/files/c", "/files/d"]


def index_of(server, *more):
    """A pull of all files, each asked for once only."""
    return [server.url + "/index", "--page-kind", "index", *FIELDS, *ROOT,
            "--page-index", "files[*].name", "--http-retries", "0",
            "--page-item", server.url + "/files/{item}", *more]


def asked(server, since=0):
    return [e[1].rsplit("/", 1)[1] for e in server.log[since:]
            if e[1].startswith("/files/")]


BAD_ITEMS = {
    "cut": b'{"items": [{"id": 1, "v": "c',
    "another-feed": {"items": [{"x": 1}, {"x": 2}]},
    "error": {"error": {"message": "no such report"}},
    "web-page": b"<!DOCTYPE html><html><body>sign in</body></html>",
    "empty": b"",
    "missing": scripted.Refusal(404),
    "gone": scripted.Refusal(410),
    "refused": scripted.Refusal(422),
    "failing": scripted.Refusal(500),
}


@pytest.mark.parametrize("how", BAD_ITEMS)
def test_an_item_that_cannot_be_read(tw, feed, how):
    """It costs the others nothing, and is asked for until it is right."""
    server = feed([])
    server.extra = {"a": scripted.records(1, 1), "b": BAD_ITEMS[how],
                    "c": scripted.records(1, 3)}
    done = tw("pull", *index_of(server), status=None)
    assert done.returncode != 0
    assert "/files/b" in done.err
    assert "items of the index that cannot be: 1" in done.err
    assert asked(server)[0] == "a" and asked(server)[-1] == "c"
    for host in ("h1.example", "h3.example"):
        assert tw.lookup(host)[0]["active"] is True
    source = tw.status()["sources"][0]
    assert source["state"] == "failing"
    assert "/files/b" in source["error"]
    server.extra["d"] = scripted.records(1, 4)
    before = len(server.log)
    tw("pull", *index_of(server), status=None)
    assert sorted(set(asked(server, before))) == ["b", "d"]
    assert asked(server, before)[0] == "d"  # what is new comes first
    server.extra["b"] = scripted.records(1, 2)
    before = len(server.log)
    assert counts(tw("pull", *index_of(server)))["new"] == 1
    assert asked(server, before) == ["b"]
    assert tw.status()["sources"][0]["state"] == "ok"
    before = len(server.log)
    tw("pull", *index_of(server))
    assert asked(server, before) == []


@pytest.mark.parametrize("how", [
    scripted.Refusal(401), scripted.Refusal(403), scripted.Refusal(429),
    scripted.Refusal(503), scripted.Refusal(500, Retry_After="3600")],
    ids=["401", "403", "429", "503", "later"])
def test_what_no_item_is_to_blame_for(tw, feed, how):
    """Not the item, but whoever asks, or the server: nothing more is asked."""
    server = feed([])
    server.extra = {"a": scripted.records(1, 1), "b": how,
                    "c": scripted.records(1, 3)}
    done = tw("pull", *index_of(server), status=None)
    assert done.returncode != 0
    assert f"status {how.status}" in done.err
    assert "c" not in asked(server)
    assert tw.lookup("h1.example")[0]["active"] is True
    server.extra["b"] = scripted.records(1, 2)
    before = len(server.log)
    assert counts(tw("pull", *index_of(server)))["new"] == 2
    assert asked(server, before) == ["b", "c"]


def test_more_bad_items_than_a_poll_asks_for(tw, feed):
    """Eight in a row are enough; but all that is new is read in the end."""
    server = feed([])
    server.extra = {f"{i:02}": scripted.Refusal(404) for i in range(20)}
    server.extra["99"] = scripted.records(1, 99)
    seen = []
    for _ in range(3):
        before = len(server.log)
        done = tw("pull", *index_of(server), status=None)
        assert done.returncode != 0
        seen.append(asked(server, before))
    assert seen[0] == [f"{i:02}" for i in range(8)]
    assert seen[1] == [f"{i:02}" for i in range(8, 16)]
    # the rest, and from the one on that failed longest ago
    assert seen[2] == ["16", "17", "18", "19", "99"] + \
        [f"{i:02}" for i in range(8)]
    assert "no more were asked for" in done.err
    assert tw.lookup("h99.example")[0]["active"] is True


def test_no_item_is_skipped_where_their_order_counts(tw, feed):
    server = feed([])
    server.extra = {"a": scripted.records(1, 1), "b": scripted.Refusal(404),
                    "c": scripted.records(1, 3)}
    options = index_of(server, "--page-base", "a")
    tw("pull", *options, status=None)
    assert asked(server) == ["a", "b"]
    server.extra["b"] = scripted.records(1, 2)
    assert counts(tw("pull", *options))["new"] == 2


def test_a_batch_of_a_queue_without_a_usable_record(tw, feed):
    """It is acknowledged, or it would come for ever; and it is told of."""
    rows = scripted.records(9)
    for row in rows[3:6]:
        row["v"] = "no value at all"
    server = feed(rows)
    done = pull(tw, server, "queue", status=None)
    assert done.returncode != 0
    assert "none of its 3 entries" in done.err
    assert "pages of the queue without a usable record: 1" in done.err
    assert taken(server) == 9
    assert len(tw.json("list")) == 6
    source = tw.status()["sources"][0]
    assert source["state"] == "failing"
    pull(tw, server, "queue")
    assert tw.status()["sources"][0]["state"] == "ok"


@pytest.mark.parametrize("reply", [
    {"items": [{"message": "quota"}], "batch": "b"},
    {"error": {"message": "quota"}},
    b"{}", b"quota"], ids=["other-fields", "error", "nothing", "text"])
def test_a_batch_of_a_queue_that_is_something_else(tw, feed, reply):
    """What may be a fault of the server is never acknowledged."""
    server = feed(scripted.records(3))
    server.extra["reply"] = reply
    done = pull(tw, server, "queue", status=None)
    assert done.returncode != 0
    assert taken(server) == 0
    assert "/ack" not in [e[1] for e in server.log]
    del server.extra["reply"]
    assert counts(pull(tw, server, "queue"))["new"] == 3


def test_a_ceiling_of_offsets(tw, feed):
    server = feed(scripted.records(20), twist="ceiling")
    done = pull(tw, server, "offset", "--page-ceiling", "9", status=None)
    assert done.returncode != 0 and "page-ceiling" in done.err
    found = counts(tw(
        "pull", server.url + "/offset", "--page-kind", "offset", *FIELDS,
        *ROOT, "--request-params", "offset={offset}", "--request-params",
        "limit={limit}", "--request-params", "since={mark}", "--page-size",
        "3", "--page-ceiling", "9", "--page-mark", "id"))
    assert found["new"] == 11
    assert tw.lookup("h20.example")[0]["active"] is True


def test_a_cursor_that_is_dead_begins_anew(tw, feed):
    server = feed(scripted.records(14))
    server.refuse = {4}
    pull(tw, server, "cursor", status=None)
    server.extra["dead"] = server.log[-1][2]["cursor"]
    assert counts(pull(tw, server, "cursor"))["new"] == 5


def test_a_session_that_broke_is_not_believed(tw, feed):
    """What the server counts as delivered may never have come."""
    server = feed(scripted.records(8))
    server.refuse = {2}
    pull(tw, server, "session", status=None)
    found = counts(pull(tw, server, "session"))
    assert tw.lookup("h8.example")[0]["active"] is True
    assert found["new"] == 5
    names = [e[2]["session"] for e in server.log]
    assert len(set(names)) == 2


# --- sudden death --------------------------------------------------------

def paged(server, kind):
    """URL and options of a kind whose feed has h1.example to h9.example."""
    if kind in KINDS:
        path, options = options_of(server, kind)
        return [server.url + path, "--page-kind", kind, *FIELDS, *options]
    server.records = []
    if kind == "index":
        server.extra = {c: scripted.records(3, 1 + 3 * n)
                        for n, c in enumerate("abc")}
        return [server.url + "/index", "--page-kind", kind, *FIELDS, *ROOT,
                "--page-index", "files[*].name", "--page-item",
                server.url + "/files/{item}"]
    for ago in (4, 3, 2):
        server.extra[scripted.hour(ago)] = scripted.records(3, 13 - 3 * ago)
    server.extra[scripted.hour(4)] = scripted.records(3, 1)
    return [server.url + "/bucket/{bucket:%Y%m%d%H}", "--page-kind", kind,
            "--request-since", "6h", *FIELDS, *ROOT]


@pytest.mark.parametrize("kind", [*KINDS, "index", "time-bucket"])
def test_death_at_any_page(tw, feed, kind, tmp_path):
    """The place is never ahead of the data: what is missing comes again."""
    server = feed(scripted.records(9))
    args = ["pull", *paged(server, kind)]
    deaths = 0
    for where in ("fetcher:frame:2", "fetcher:frame:4", "fetcher:frame:7",
                  "keeper:frame:5", "keeper:commit:before:1",
                  "keeper:commit:after:1", "keeper:commit:after:2",
                  "fetcher:ack:before:1", "fetcher:ack:after:1",
                  "fetcher:ack:before:2"):
        if "ack" in where and kind != "queue":
            continue
        tw.store = tmp_path / f"{where.replace(':', '-')}.mdb"
        server.sessions.clear()
        server.extra.pop("taken", None)
        done = tw(*args, status=None, env={"TAXIWAY_TEST_KILL": where})
        deaths += done.returncode != 0
        for _ in range(2):
            tw(*args)
        names = sorted(v["value"] for v in tw.json("list"))
        assert names == [f"h{i}.example" for i in range(1, 10)], where
        tw("verify")
    if not deaths:
        pytest.skip("built without --enable-test-hooks")


def taken(server):
    return server.extra.get("taken", 0)


def test_a_queue_is_told_what_is_in_the_store(tw, feed, tmp_path):
    """Killed in front of the ack: the batch comes again, is known, and is
    acknowledged then; killed behind it, it does not come again."""
    server = feed(scripted.records(9))
    died = pull(tw, server, "queue", status=None,
                env={"TAXIWAY_TEST_KILL": "fetcher:ack:before:1"})
    if died.returncode == 0:
        pytest.skip("built without --enable-test-hooks")
    assert taken(server) == 0
    assert len(tw.json("list")) == 3  # committed
    pull(tw, server, "queue", status=None,
         env={"TAXIWAY_TEST_KILL": "fetcher:ack:after:1"})
    assert taken(server) == 3
    before = len(server.log)
    found = counts(pull(tw, server, "queue"))
    assert (found["new"], found["unchanged"]) == (6, 0)
    assert [e[0] + e[1] for e in server.log[before:]] == [
        "GET/queue", "POST/ack", "GET/queue", "POST/ack", "GET/queue"]
    assert taken(server) == 9
    assert counts(pull(tw, server, "queue"))["new"] == 0


@pytest.mark.parametrize("kind", ["queue", "session"])
def test_a_dry_run_takes_nothing(tw, feed, kind):
    """What was only looked at is still there for the poll."""
    server = feed(scripted.records(9))
    dry = counts(pull(tw, server, kind, "--dry-run"))
    assert dry["new"] == (3 if kind == "queue" else 9)
    assert taken(server) == 0
    assert counts(pull(tw, server, kind))["new"] == 9


def test_a_queue_is_told_nothing_of_what_was_not_committed(tw, feed):
    server = feed(scripted.records(9))
    for where in ("fetcher:frame:2", "keeper:frame:3",
                  "keeper:commit:before:2"):
        pull(tw, server, "queue", status=None,
             env={"TAXIWAY_TEST_KILL": where})
        assert taken(server) <= len(tw.json("list")), where
    pull(tw, server, "queue")
    assert taken(server) == len(tw.json("list")) == 9


def test_an_ack_that_fails(tw, feed):
    server = feed(scripted.records(5))
    server.refuse = {2}
    done = pull(tw, server, "queue", status=None)
    assert done.returncode != 0
    assert "page-ack" in done.err and "403" in done.err
    assert len(tw.json("list")) == 3
    found = counts(pull(tw, server, "queue"))
    assert (found["new"], found["unchanged"]) == (2, 3)


def test_a_queue_in_parts(tw, feed):
    server = feed(scripted.records(8))
    for new in (3, 3, 2, 0):
        found = counts(pull(tw, server, "queue", "--page-max", "1"))
        assert found["new"] == new
        assert taken(server) == len(tw.json("list"))


def test_an_ack_with_a_body(tw, feed):
    server = feed(scripted.records(2))
    tw("pull", server.url + "/queue", "--page-kind", "queue", *FIELDS, *ROOT,
       "--page-next", "batch", "--page-ack", server.url + "/ack",
       "--page-ack-method", "PUT", "--page-ack-body",
       '{"consumed": "{cursor}"}', "--request-method", "POST")
    assert [(e[0], e[1], e[3]) for e in server.log] == [
        ("POST", "/queue", b""), ("PUT", "/ack", b'{"consumed": "b1"}'),
        ("POST", "/queue", b"")]
    assert taken(server) == 2


def test_a_check_acknowledges_nothing(tw, feed):
    server = feed(scripted.records(5))
    path, options = options_of(server, "queue")
    done = tw("check", server.url + path, "--page-kind", "queue", *FIELDS,
              *options, status=None)
    assert "good" in done.out or done.returncode == 0
    assert [e[1] for e in server.log if e[1] == "/ack"] == []
    assert taken(server) == 0


# --- servers that do not get on ------------------------------------------

@pytest.mark.parametrize("kind,twist,reason", [
    ("next-url", "circle", "circle"),
    ("next-url", "foreign", "another server"),
    ("cursor", "deaf", "again and again"),
    ("page", "deaf", "again and again"),
    ("highwater", "unsorted", "do not rise"),
    ("offset", "deaf", "again and again"),
    ("session", "deaf", "again and again"),
    ("queue", "deaf", "though it was acknowledged"),
    ("seq", "falls", "smaller than"),
    ("seq", "deaf", "again and again"),
    ("graphql", "errors", "no such field"),
])
def test_a_server_that_does_not_get_on(tw, feed, kind, twist, reason):
    server = feed(scripted.records(60), twist=twist)
    done = pull(tw, server, kind, status=None)
    assert done.returncode != 0
    assert reason in done.err
    assert len(server.log) < 30


def test_a_server_that_gives_the_last_page_again(tw, feed):
    server = feed(scripted.records(9), twist="clamps")
    path, options = KINDS["page"]
    found = counts(tw("pull", server.url + path, "--page-kind", "page",
                      *FIELDS, *ROOT, "--request-params", "page={page}"))
    assert found["new"] == 9


def test_many_records_with_one_mark(tw, feed):
    server = feed([{"id": 5, "v": f"m{i}.example"} for i in range(10)])
    path, options = KINDS["highwater"]
    options = [o for o in options]
    found = counts(tw("pull", server.url + path, "--page-kind", "highwater",
                      *FIELDS[:-2], *options))
    assert found["new"] == 10
    server.records = [{"id": 5, "v": f"m{i}.example"} for i in range(99)]
    done = tw("pull", server.url + path, "--page-kind", "highwater",
              "--name", "q", *FIELDS[:2], *FIELDS[4:6], *options,
              status=None)
    assert done.returncode != 0 and "one mark" in done.err


# --- requests ----------------------------------------------------------------

def test_a_secret_in_the_url_is_never_shown(tw, feed, secret):
    server = feed(scripted.records(2))
    options = ["--token-file", secret("sesame-1234"), *FIELDS, *ROOT,
               "--page-next", "next", "--page-kind", "next-url"]
    tw("pull", server.url + "/next-url/{key}/feed", *options)
    assert server.log[0][1] == "/next-url/sesame-1234/feed"
    assert "authorization" not in server.headers[0]
    server.refuse = {2}
    done = tw("pull", server.url + "/next-url/{key}/feed", *options, "-v",
              status=None)
    assert done.returncode != 0
    assert "sesame" not in done.out + done.err
    assert "{key}" in done.err


def test_a_secret_in_a_body(tw, feed, secret):
    server = feed(scripted.records(2))
    tw("pull", server.url + "/next-url", *FIELDS, *ROOT, "--token-file",
       secret('a"b'), "--request-body", '{"auth": "{key}", "days": 1}')
    assert server.log[0][0] == "POST"
    assert server.log[0][3] == b'{"auth": "a\\"b", "days": 1}'


OURS = "s3cret-of-ours"


def sign(text):
    return hmac.new(OURS.encode(), text.encode(), hashlib.sha256)


def test_a_path_is_signed(tw, feed, secret):
    server = feed(scripted.records(5))
    tw("pull", server.url + "/next-url", *FIELDS, *ROOT, "--page-kind",
       "next-url", "--page-next", "next", "--user", "me",
       "--password-file", secret(OURS), "--sign", "threatconnect")
    for headers, path in zip(server.headers,
                             ("/next-url", "/next-url?start=3")):
        code = base64.b64encode(sign(
            f"{path}:GET:{headers['timestamp']}").digest()).decode()
        assert headers["authorization"] == f"TC me:{code}"


def test_a_body_is_signed(tw, feed, secret):
    server = feed(scripted.records(2))
    body = '{"apikey": "me"}'
    tw("pull", server.url + "/next-url", *FIELDS, *ROOT, "--request-body",
       body, "--password-file", secret(OURS), "--sign", "shadowserver")
    assert server.log[0][3].decode() == body
    assert server.headers[0]["hmac2"] == sign(body).hexdigest()


def test_parameters_are_signed(tw, feed, secret):
    server = feed(scripted.records(2))
    tw("pull", server.url + "/next-url?start=0", *FIELDS, *ROOT, "--user",
       "me", "--password-file", secret(OURS), "--sign", "domaintools")
    query = server.log[0][2]
    assert query["api_username"] == "me" and query["start"] == "0"
    assert query["signature"] == sign(
        "me" + query["timestamp"] + "/next-url").hexdigest()


@pytest.mark.parametrize("key", ["no key*", "QUJDR", "QQ==QQ==", "QQ===",
                                 "Pz8_", "A" * 344])
def test_a_key_of_azure_is_base64(tw, feed, secret, key):
    server = feed([])
    error = tw.fails("pull", server.url + "/bucket/x", *FIELDS, *ROOT, "--user",
                     "me", "--password-file", secret(key), "--sign", "azure",
                     status=3)
    assert "password: is not a key of Azure Storage" in error
    assert key not in error
    assert server.log == []


def test_times_in_a_request(tw, feed):
    server = feed(scripted.records(2))
    options = [server.url + "/next-url", *FIELDS, *ROOT,
               "--request-params", "from={since:epoch}",
               "--request-params", "day={now-1d:%Y-%m-%d}",
               "--request-since", "2026-01-02T00:00:00Z"]
    tw("pull", *options)
    query = server.log[0][2]
    assert query["from"] == "1767312000"
    assert len(query["day"]) == 10
    tw("pull", *options)
    assert int(server.log[1][2]["from"]) > 1767312000


def test_a_status_that_means_none(tw, feed):
    server = feed([])
    options = [server.url + "/bucket/x", *FIELDS, *ROOT]
    assert tw("pull", *options, status=None).returncode != 0
    tw("pull", *options, "--request-status", "404=empty")


@pytest.mark.parametrize("options,reason", [
    (["--page-kind", "spiral"], "page-kind"),
    (["--page-kind", "cursor", "--page-next", "x"], "{cursor}"),
    (["--page-kind", "highwater"], "page-mark"),
    (["--page-kind", "queue"], "needs page-ack"),
    (["--page-ack", "http://127.0.0.1:9/a"], "goes with page-kind queue"),
    (["--page-kind", "queue", "--page-ack", "http://127.0.0.1:9/a",
      "--page-ack-method", "PATCH"], "page-ack-method"),
    (["--page-base", "*"], "goes with page-kind index"),
    (["--page-kind", "index", "--page-index-next", "x"], "without page-index"),
    (["--page-kind", "index", "--page-index-xml"], "without page-index"),
    (["--request-params", "a={curser}"], "{curser} is not known"),
    (["--request-params", "a={key}"], "token-file"),
    (["--request-status", "404=whatever"], "request-status"),
    (["--request-since", "yesterday"], "request-since"),
    (["--page-step", "x"], "page-step"),
    (["--request-method", "PATCH"], "request-method"),
])
def test_wrong_options(tw, options, reason):
    done = tw("pull", "http://127.0.0.1:9/x", *FIELDS, *options,
              status=None)
    assert done.returncode in (2, 3) and reason in done.err
