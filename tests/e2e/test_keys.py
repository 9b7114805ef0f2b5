# SPDX-License-Identifier: BSD-2-Clause
"""Keys of the configuration that no other test uses: each does what is told of
it."""
import json
import sys
import time
from pathlib import Path

import pytest

from conftest import SECOND, counts

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
import local  # noqa: E402
import pages as scripted  # noqa: E402

HOUR = 3600
DAY = 24 * HOUR


class Place:
    """Gives `text`, with an ETag, to whoever asks; keeps what was asked."""

    def __init__(self, text=b"198.51.100.7\n"):
        place = self
        self.text, self.asked = text, []

        class Handler(local.Handler):
            def do_GET(self):
                place.asked.append((self.path, dict(self.headers.items()),
                                    self.body()))
                known = self.headers.get("If-None-Match") == '"1"'
                self.answer(304 if known else 200,
                            b"" if known else place.text, ETag='"1"')

            do_POST = do_GET

        self.server = local.Local(Handler).begin()
        self.url, self.stop = self.server.url, self.server.stop


@pytest.fixture
def start():
    started = []

    def one(server):
        started.append(server)
        return server
    yield one
    for server in started:
        server.stop()


@pytest.fixture
def source(tw):
    """A source by its configuration, as JSON, which is YAML."""
    path = tw.folder / "t.yaml"

    def poll(status=0, env=None, **settings):
        path.write_text(json.dumps({"sources": [{"name": "x", **settings}]}))
        return tw("-c", path, "pull", "x", status=status, env=env)
    poll.path = path
    return poll


def state(tw, source):
    (status,) = tw.json("-c", source.path, "status")
    return status["sources"][0]["state"]


# ---- records ----------------------------------------------------------------

def test_what_a_record_says(tw, tmp_path):
    path = tmp_path / "feed"
    text = "v,first,tags,family,name\n" \
        "198.51.100.7,2026-03-01 10:00:00,a b|c,Tinker,void\n"
    path.write_text(text)
    options = [
       "pull", path, "--kind", "csv", "--csv-header", "first", "--map-value",
       "v", "--map-first-seen", "first", "--map-labels", "tags",
       "--map-label-separator", "|", "--map-threat", "family",
       "--map-threat-type", "campaign", "--map-name", "name", "--map-nulls",
       "void", "--default-indicator-types", "anonymization"]
    tw(*options)
    match, = tw.lookup("198.51.100.7")
    claim, = match["claims"]
    assert claim["labels"] == ["a b", "c"]
    assert [(t["name"], t["type"]) for t in match["threats"]] == [
        ("Tinker", "campaign")]
    assert claim["name"] is None
    assert claim["indicator_types"] == ["anonymization"]
    # what it says of when it was seen is part of it
    assert counts(tw(*options))["unchanged"] == 1
    path.write_text(text.replace("03-01", "03-02"))
    assert counts(tw(*options))["updated"] == 1


def test_what_stands_in_front_of_a_table(tw, tmp_path):
    """Lines to skip, lines that say nothing, values that were made harmless, an
    end that is stated; and what no field says."""
    path = tmp_path / "feed"
    path.write_text("Report of today\nby us\nv,until\n"
                    "bad[.]example,2090-01-01\n%% a remark\n"
                    "total: 2,\nold[.]example,2020-01-01\n")
    tw("pull", path, "--kind", "csv", "--csv-skip", "2", "--csv-header",
       "first", "--comment", "%%", "--ignore", "^total:", "--map-value", "v",
       "--map-valid-until", "until", "--map-refang", "--default-type",
       "domain-name", "--default-kill-chain", "mitre-attack:exfiltration",
       "--default-threat", "Tinker", "--default-labels", "ours",
       "--default-confidence", "40")
    match, = tw.lookup("bad.example")
    claim, = match["claims"]
    assert match["valid_until"].startswith("2090-01-01")
    assert claim["labels"] == ["ours"] and claim["confidence"] == 40
    assert [(k["kill_chain_name"], k["phase_name"]) for k in claim["kill_chain"]] == [
        ("mitre-attack", "exfiltration")]
    assert match["threats"][0]["name"] == "Tinker"
    tw.lookup("old.example", status=1)
    (source,) = tw.status()["sources"]
    assert source["claims"] == 2 and sum(source["rejected_by"].values()) == 0


@pytest.mark.parametrize("more, found", [([], 1), (["--bogons", "accept"], 0)])
def test_addresses_of_nobody(tw, tmp_path, more, found):
    path = tmp_path / "feed"
    path.write_text("192.168.7.7\n198.51.100.7\n")
    tw("pull", path, "--kind", "lines", *more)
    tw.lookup("192.168.7.7", status=found)


def test_a_reply_that_says_that_there_is_none(tw, tmp_path):
    path = tmp_path / "feed"
    path.write_text('{"status": "no_results"}')
    options = ["pull", path, "--kind", "json", "--json-root", "data",
               "--map-value", "v", "--guards-may-be-empty"]
    assert "without 'data'" in tw(*options, status=3).err
    tw(*options, "--json-none", "status=no_results")


def test_rules_that_are_switched_off(tw, tmp_path):
    path = tmp_path / "a.rules"
    rule = 'alert ip any any -> 192.0.2.1 any (msg:"r"; sid:{}; rev:1;)\n'
    path.write_text(rule.format(1) + "#" + rule.format(2))
    options = ["pull", path, "--kind", "rules", "--rules-format", "suricata"]
    assert counts(tw(*options))["new"] == 1
    assert counts(tw(*options, "--rules-disabled"))["new"] == 1


# ---- requests ---------------------------------------------------------------

FIELDS = ["--kind", "json", "--json-root", "items", "--map-value", "v"]


def test_the_type_of_a_body(tw, start):
    server = start(scripted.Pages(scripted.records(2)))
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        tw("pull", server.url + "/next-url", *FIELDS, "--request-body", "a=1",
           "--request-type", kind)
        assert server.headers[-1]["content-type"] == kind


def test_how_far_a_poll_looks_back(tw, start):
    server = start(scripted.Pages(scripted.records(2)))
    options = ["pull", server.url + "/next-url", *FIELDS, "--request-params",
               "from={since:epoch}", "--request-since",
               "2026-01-02T00:00:00Z", "--request-overlap", "2h"]
    before = time.time()
    tw(*options)
    tw(*options)
    first, second = (int(e[2]["from"]) for e in server.log)
    assert first == 1767312000
    assert before - 2 * HOUR - 5 < second < time.time() - 2 * HOUR + 5


def test_how_far_a_poll_of_misp_looks_back(tw, start):
    place = start(Place(b'{"response": {"Attribute": []}}'))
    options = ["pull", place.url + "/", "--kind", "misp", "--misp-overlap",
               "3h", "--name", "m"]
    before = time.time()
    tw(*options)
    tw(*options)
    told = [json.loads(body) for _, _, body in place.asked]
    assert len(told) >= 2
    stamp = [v for k, v in told[-1].items() if "timestamp" in k]
    assert before - 3 * HOUR - 90 < int(stamp[0]) < \
        time.time() - 3 * HOUR + 5


def test_everything_is_read_again(source, start, clock):
    """However often the server says that nothing has changed."""
    place = start(Place())

    def poll():
        clock.tick(20 * SECOND)
        source(kind="lines", url=place.url + "/l",
               **{"request-reread": "2h", "floor": "10s"})
        return "If-None-Match" in place.asked[-1][1]
    assert [poll(), poll()] == [False, True]
    clock.tick(3 * HOUR * SECOND)
    assert [poll(), poll()] == [False, True]


def test_the_first_number(tw, start):
    server = start(scripted.Pages(scripted.records(9)))
    done = tw("pull", server.url + "/seq", *FIELDS, "--page-kind", "seq",
              "--request-params", "seq={seq}", "--page-next", "seq",
              "--page-first", "4")
    assert counts(done)["new"] == 5 and server.log[0][2]["seq"] == "4"


def test_a_bucket_is_given_time(tw, start):
    server = start(scripted.Pages([]))
    tw("pull", server.url + "/bucket/{bucket:%Y%m%d%H}", *FIELDS,
       "--page-kind", "time-bucket", "--request-since", "6h", "--page-lag",
       "2h")
    asked = [e[1].rsplit("/", 1)[1] for e in server.log]
    assert scripted.hour(4) in asked
    assert not {scripted.hour(0), scripted.hour(1)} & set(asked)


def test_items_with_a_new_signature(tw, start):
    class Signed(scripted.Pages):
        def on_list(self, path, query, body, headers):
            return {"files": [f"files/a?sig={len(self.log)}"]}
    server = start(Signed([]))
    server.extra["a"] = scripted.records(1)
    options = ["pull", server.url + "/list", *FIELDS, "--page-kind", "index",
               "--page-index", "files[*]"]
    for more, asked in ((["--page-index-bare"], 1), ([], 2)):
        before = len(server.log)
        for _ in range(2):
            tw(*options, "--name", f"x{asked}", *more)
        assert [e[1] for e in server.log[before:]].count("/files/a") == asked


@pytest.mark.parametrize("way", ["env", "exec"])
def test_a_proxy_wants_a_password(source, start, way):
    proxy = start(Place())
    secret = {"env": {"proxy-password-env": "P"},
              "exec": {"proxy-password-exec": ["/bin/echo", "sesame"]}}[way]
    source(kind="lines", url="http://feed.invalid/l", proxy=proxy.url,
           env={"P": "sesame", "no_proxy": "", "NO_PROXY": ""},
           **{"proxy-user": "me", **secret})
    path, headers, _ = proxy.asked[0]
    assert path == "http://feed.invalid/l"
    assert headers["Proxy-Authorization"] == "Basic bWU6c2VzYW1l"


# ---- guards and ageing --------------------------------------------------------

def listed(tmp_path, n):
    path = tmp_path / "l"
    path.write_text("".join(f"h{i}.example\n" for i in range(n)))
    return path


def test_how_much_a_listing_may_grow(tw, tmp_path):
    options = ["--kind", "lines", "--listing", "snapshot", "--name", "x"]
    tw("pull", listed(tmp_path, 10), *options)
    path = listed(tmp_path, 200)
    tw("pull", path, *options, "--guards-grow", "12", status=3)
    tw.lookup("h199.example", status=1)
    tw("pull", path, *options, "--guards-grow", "30")
    assert tw.lookup("h199.example")[0]["active"] is True


def test_how_much_of_the_top_may_be_listed(tw, tmp_path):
    top = tmp_path / "top.csv"
    top.write_text("".join(f"{i},h{i}.example\n" for i in range(20)))
    options = ["pull", listed(tmp_path, 2), "--kind", "lines", "--listing",
               "snapshot", "--guards-top-list", top]
    tw(*options, "--guards-top-share", "5", status=3)
    tw(*options, "--guards-top-share", "15")


def test_an_empty_window(tw, start):
    place = start(Place(b"# nothing today\n"))
    options = ["pull", place.url + "/l", "--kind", "lines", "--listing",
               "window", "--name", "x"]
    tw(*options, status=3)
    tw(*options, "--guards-may-be-empty")


def test_how_far_ahead_a_claim_may_begin(tw, tmp_path, clock):
    path = tmp_path / "feed"
    path.write_text("v,from\n198.51.100.7,2090-01-01\n")
    options = ["pull", path, "--kind", "csv", "--csv-header", "first",
               "--map-value", "v", "--map-valid-from", "from",
               "--ageing-max-future", "10d"]
    tw(*options)
    tw.lookup("198.51.100.7", status=1)
    clock.tick(11 * DAY * SECOND)
    assert tw.lookup("198.51.100.7")[0]["active"] is True


@pytest.mark.parametrize("expected, active", [("1d", True), ("20d", False)])
def test_when_an_outage_begins(tw, source, clock, tmp_path, expected, active):
    """Ageing stands still in an outage: what would end in it goes on."""
    path = listed(tmp_path, 1)
    settings = {"kind": "lines", "url": str(path), "listing": "snapshot",
                "ageing": {"ttl": "4d", "freeze": "30d",
                           "expected": expected}}
    source(**settings)
    path.unlink()
    clock.tick(3 * DAY * SECOND)
    source(status=3, **settings)
    clock.tick(3 * DAY * SECOND)
    source(status=3, **settings)
    found = tw.lookup("h0.example", status=None)
    assert found[0]["active"] is active


# ---- when --------------------------------------------------------------------

def test_late_and_stale(tw, source, clock, tmp_path):
    source(kind="lines", url=str(listed(tmp_path, 1)), every="10m",
           **{"late-after": "5h", "stale-after": "9h"})
    clock.tick(4 * HOUR * SECOND)
    assert state(tw, source) == "ok"
    clock.tick(2 * HOUR * SECOND)
    assert state(tw, source) == "late"
    clock.tick(4 * HOUR * SECOND)
    assert state(tw, source) == "stale"


# key: wrong values; where the key stands
WRONG = {
    "jitter": ["soon", "-1m"], "retry-max": ["5s", "x"],
    "late-after": ["1s", "x"], "stale-after": ["x"],
    "full-every": [0.5, "x"], "history-ids": ["x"],
    "history-matched": ["x"], "client-key-password-exec": ["relative"],
}
WRONG_OF_ALL = {"polls-at-once": [0, 33, "x"], "polls-per-host": [0, "x"]}


@pytest.mark.parametrize("key, value", [
    (k, v) for table in (WRONG, WRONG_OF_ALL) for k in table
    for v in table[k]])
def test_wrong_values(tw, tmp_path, key, value):
    source = {"name": "x", "url": "https://feed.example/l", "kind": "stix"}
    whole = {"sources": [source]}
    (whole if key in WRONG_OF_ALL else source)[key] = value
    path = tmp_path / "t.yaml"
    path.write_text(json.dumps(whole, indent=1))
    line = 1 + next(i for i, text in enumerate(path.read_text().split("\n"))
                    if f'"{key}"' in text)
    done = tw("-c", path, "pull", "--all", status=None)
    assert done.returncode == 2
    assert f"t.yaml:{line}:" in done.err and key in done.err
