# SPDX-License-Identifier: BSD-2-Clause
"""url-also: one document, and the addresses where it is to be had."""
import json

import pytest

import stix
from conftest import counts
from daemons import by_hand

LIST = "198.51.100.7\n203.0.113.9\n203.0.113.10\n"
OLDER = "198.51.100.7\n203.0.113.9\n"
LINES = ["--kind", "lines", "--listing", "snapshot", "--name", "s",
         "--ageing-absent-polls", "1"]
PATH = "/list.txt"
# nothing listens on it: it cannot be bound without rights
NOBODY = "http://127.0.0.1:1/list.txt"
HTML = "<!DOCTYPE html><html><body>Please log in</body></html>"


def giving(text=LIST, **more):
    return [{"path": PATH, "text": text, **more}]


def asked(server):
    return [status for _, _, status in server.log]


def values(tw):
    return sorted(m["value"] for m in tw.json("list"))


def pull(tw, first, *also, options=(), **kwargs):
    where = [word for url in also for word in ("--url-also", url)]
    return tw("pull", *LINES, *options, *where, first, **kwargs)


def deviations(tw):
    return tw.status()["sources"][0]["deviations"]


def history(tw):
    return tw("changes").out


def indicator(number):
    return stix.numbered(number, f"[domain-name:value = 'n{number}.example']")


def test_the_first_answers(tw, provide):
    first, second = provide(giving()), provide(giving(OLDER))
    assert counts(pull(tw, first.url + PATH, second.url + PATH))["new"] == 3
    assert asked(second) == [] and deviations(tw) == {}


@pytest.mark.parametrize("reply", [
    {"status": 404}, {"status": 410}, {"status": 501},
    {"text": HTML, "type": "text/html"}, {"text": HTML},
    {"text": '{"error": "no such list"}\n'},
    {"status": 302, "headers": {"Location": "https://login.example/"}},
    {"text": "# This list has been discontinued.\n"},
])
def test_what_gives_no_document(tw, provide, reply):
    first = provide([{"path": PATH, "plain": True, **reply}])
    second = provide(giving())
    done = pull(tw, first.url + PATH, second.url + PATH, options=["-v"])
    found = counts(done)
    assert (found["new"], found["rejected"]) == (3, 0)
    assert len(values(tw)) == 3
    assert f"{first.url}{PATH}" in done.err
    assert f"url did not give the document; one of url-also did: " \
        f"{second.url}{PATH}" in done.err
    assert deviations(tw) == {"mirror": 1}
    status = tw.status()["sources"][0]
    assert (status["state"], status["url"]) == ("ok", first.url + PATH)


def test_the_first_is_down_and_comes_back(tw, provide):
    """What each address knows of its version is its own."""
    mirror = provide(giving())
    folder = tw.folder / "now"
    config = by_hand({
        "name": "s", "kind": "lines", "listing": "snapshot",
        "ageing-absent-polls": 1, "url": "now",
        "url-also": [mirror.url + PATH]})
    path = tw.folder / "taxiway.yaml"

    def poll():
        path.write_text(json.dumps(config))
        return counts(tw("-c", path, "pull", "s", status=0))

    assert poll()["new"] == 3
    ids, before = tw.ids(), history(tw)
    assert poll()["new"] == 0 and asked(mirror) == [200, 304]
    assert len(values(tw)) == 3
    # it comes back, as a file …
    folder.write_text(LIST)
    found = poll()
    assert (found["new"], found["unchanged"]) == (0, 3)
    assert asked(mirror) == [200, 304]
    # … goes, and the mirror is read anew: a 304 would speak of another poll
    folder.unlink()
    assert poll()["new"] == 0
    assert asked(mirror) == [200, 304, 200]
    assert (tw.ids(), history(tw)) == (ids, before)
    assert len(values(tw)) == 3


def test_validators_go_to_their_own_address(tw, provide):
    first = provide([
        {"path": PATH, "poll": 1, "text": LIST},
        {"path": PATH, "poll": 2, "status": 404},
        {"path": PATH, "poll": 3, "text": LIST}])
    mirror = provide(giving(OLDER))
    urls = first.url + PATH, mirror.url + PATH
    pull(tw, *urls)
    pull(tw, *urls)
    assert asked(first) == [200, 304] and asked(mirror) == []
    first.poll = 2
    pull(tw, *urls)
    assert asked(mirror) == [200] and len(values(tw)) == 2
    # unconditionally: what the first has is not what stands
    first.poll = 3
    pull(tw, *urls)
    assert asked(first) == [200, 304, 404, 200]
    assert len(values(tw)) == 3


def test_all_are_down(tw, provide):
    second = provide([{"path": PATH, "status": 410}])
    third = provide([{"path": PATH, "text": HTML, "type": "text/html"}])
    pull(tw, provide(giving()).url + PATH)
    done = pull(tw, NOBODY, second.url + PATH, third.url + PATH, status=3)
    assert "3 of 3 addresses were asked in vain" in done.err
    for url in (NOBODY, second.url + PATH, third.url + PATH):
        assert url in done.err
    assert len(values(tw)) == 3
    # as what it is with the first
    assert tw.status()["sources"][0]["state"] == "failing"


@pytest.mark.parametrize("status", [401, 403, 429, 400])
def test_what_is_about_us_goes_no_further(tw, provide, status):
    first = provide([{"path": PATH, "status": status,
                      "headers": {"Retry-After": "999"}}])
    second = provide(giving())
    done = pull(tw, first.url + PATH, second.url + PATH, status=3)
    assert f"status {status}" in done.err
    assert "asked in vain" not in done.err and asked(second) == []
    assert values(tw) == []


def test_the_second_may_refuse_us(tw, provide):
    second = provide([{"path": PATH, "status": 401}])
    third = provide(giving())
    done = pull(tw, NOBODY, second.url + PATH, third.url + PATH, status=3)
    assert "2 of 3 addresses" in done.err and "status 401" in done.err
    assert asked(third) == []


def test_half_a_document_is_not_mixed_with_another(tw, provide):
    """Some of it is with the keeper: it is a failure, as without mirrors."""
    whole = json.dumps({"type": "bundle", "id": "bundle--x",
                        "objects": [indicator(n) for n in range(3)]})
    first = provide([{"path": "/b.json", "text": whole[:-200],
                      "type": "application/json"}])
    second = provide([{"path": "/b.json", "text": json.dumps(
        {"type": "bundle", "id": "bundle--x", "objects": [indicator(9)]}),
        "type": "application/json"}])
    text = tw.fails("pull", "--name", "s", "--url-also",
                    second.url + "/b.json", first.url + "/b.json", status=3)
    assert "/b.json" in text and asked(second) == []
    tw.lookup("n9.example", status=1)


@pytest.mark.parametrize("polls", [1, 2])
def test_nothing_of_it_is_no_half(tw, provide, polls):
    """Also when the store has to be asked what it knows."""
    error = json.dumps([
        {k: v for k, v in indicator(n).items() if k != "pattern"}
        for n in range(40)] + [{"code": 1}])
    first = provide([{"path": "/b.json", "plain": True, "text": error,
                      "type": "application/json"}])
    second = provide([{"path": "/b.json", "plain": True, "text": json.dumps(
        {"type": "bundle", "id": "bundle--x", "objects": [indicator(9)]}),
        "type": "application/json"}])
    for _ in range(polls):
        found = counts(tw("pull", "--name", "s", "--url-also",
                          second.url + "/b.json", first.url + "/b.json"))
        assert found["rejected"] == 0
    assert len(tw.lookup("n9.example")) == 1


def test_a_file_in_place_of_a_server(tw, tmp_path):
    (tmp_path / "copy.txt").write_text(LIST)
    assert counts(pull(tw, NOBODY, tmp_path / "copy.txt"))["new"] == 3
    text = pull(tw, NOBODY, tmp_path / "gone.txt", status=3).err
    assert NOBODY in text and str(tmp_path / "gone.txt") in text


def test_a_feed_of_misp(tw, mispd, provide):
    """Its manifest is what tells whether it is there."""
    gone = provide([])
    mispd.feed([{"uuid": "5b1a1a4e-0000-4000-8000-000000000001",
                 "info": "one", "timestamp": "1750000000",
                 "date": "2025-06-15", "Attribute": [
                     {"uuid": "5b1a1a4e-0000-4000-8000-000000000002",
                      "type": "domain", "category": "Network activity",
                      "value": "m.example", "to_ids": True,
                      "timestamp": "1750000000"}]}])
    tw("pull", "--name", "m", "--kind", "mispfeed", "--url-also",
       mispd.url + "/feed/", gone.url + "/feed/")
    assert deviations(tw) == {"mirror": 1}
    assert values(tw) == ["m.example"]


def test_secrets_go_to_addresses_that_are_named(tw, provide, tmp_path):
    (tmp_path / "key").write_text("s3cr3t-k3y")
    (tmp_path / "token").write_text("t0k3n-0f-0urs")
    second = provide([{"path": PATH, "status": 410, "open": True,
                       "text": "gone, s3cr3t-k3y\n"}])
    third = provide(
        [{"path": PATH, "query": {"k": "s3cr3t-k3y"}, "text": LIST}],
        wants={"header": {"Authorization": "Bearer t0k3n-0f-0urs"}})
    secret = ["--secret-file", f"k={tmp_path}/key", "--token-file",
              tmp_path / "token", "-v"]
    done = pull(tw, NOBODY, second.url + PATH + "?k={secret:k}",
                third.url + PATH + "?k={secret:k}", options=secret)
    assert counts(done)["new"] == 3
    assert asked(second) == [410] and asked(third) == [200]
    assert deviations(tw) == {"mirror": 2}
    assert "s3cr3t" not in done.err and "t0k3n" not in done.err
    text = pull(tw, NOBODY, second.url + PATH + "?k={secret:k}",
                options=secret, status=3).err
    assert "410" in text and "s3cr3t" not in text
    text = pull(tw, NOBODY, third.url + PATH + "?k={secret:other}",
                options=secret, status=2).err
    assert "url-also: {secret:other}: there is no secret" in text


@pytest.mark.parametrize("args, says", [
    (["--kind", "taxii21", "https://a.example/"], "goes with what is one"),
    (["https://a.example/taxii2/"], "is of kind taxii21"),
    (["--kind", "misp", "https://a.example/"], "is of kind misp"),
    (["--kind", "opencti", "https://a.example/stream"], "of kind opencti"),
    (["--kind", "exec", "/bin/true"], "is of kind exec"),
    (["--kind", "json", "--map-value", "v", "--page-kind", "page",
      "https://a.example/?p={page}"], "neither with page-kind"),
    (["--kind", "json", "--map-value", "v", "--request-params",
      "s={since}", "https://a.example/"], "neither with page-kind"),
    (["--kind", "lines", "--url-also", "ftp://b.example/",
      "https://a.example/"], "url-also: 'ftp://b.example/' is no http"),
    (["--kind", "lines", "--url-also", "https://u:p@b.example/",
      "https://a.example/"], "url-also: has credentials"),
    (["--kind", "lines", *["--url-also", "https://b.example/"] * 8,
      "https://a.example/"], "more than 8"),
    (["--kind", "lines", "https://a.example/", "https://c.example/"],
     "--url-also goes with one URL"),
])
def test_what_has_no_mirrors(tw, args, says):
    text = tw.fails("pull", "--url-also", "https://z.example/l", *args,
                    status=2)
    assert says in text


def test_a_preset_has_mirrors_of_its_own_url(tw, provide, tmp_path):
    mirror = provide(giving())
    other = provide([])
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "mine.yaml").write_text(json.dumps({
        "title": "mine", "about": "Ours.", "docs": "https://a.example/",
        "checked": "2026-11-22", "terms": "None.", "known": "All.",
        "source": {"kind": "lines", "listing": "snapshot", "url": NOBODY,
                   "url-also": [mirror.url + PATH]}}))
    path = tmp_path / "taxiway.yaml"
    config = by_hand({"name": "a", "preset": "presets/mine.yaml"},
                     {"name": "b", "preset": "presets/mine.yaml",
                      "url": other.url + PATH})
    path.write_text(json.dumps(config))
    done = tw("-c", path, "pull", "a", status=None)
    assert done.returncode == 0, done.err
    assert tw("-c", path, "pull", "b", status=3)
    assert asked(mirror) == [200]


def test_check_tries_each(tw, provide):
    good = provide(giving())
    bad = provide([])
    args = ["check", "--kind", "lines", "--url-also", bad.url + PATH,
            good.url + PATH]
    out = tw(*args, status=3).out
    assert f"{good.url}{PATH}\n" in out and f"{bad.url}{PATH}\n" in out
    assert "\nwarn: it works" in out and "fail: it does not work" in out
    found = tw.json(*args, status=3)
    assert [one["verdict"] for one in found][1:] == ["fail"]
    assert [one["url"] for one in found] == [good.url + PATH, bad.url + PATH]
    args[4] = good.url + PATH
    tw(*args)
