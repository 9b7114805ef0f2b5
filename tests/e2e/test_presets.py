# SPDX-License-Identifier: BSD-2-Clause
"""Every preset against a provider that behaves like its own.

tests/feeds/PRESET/case.json says what the provider does (tests/server/
feedd.py), and

    url         path and query in place of the preset's, for the first request
    options     what the source adds: "@text" becomes the path of a file that
                holds the text, "{base}" the URL of the provider
    tls         true: over TLS, for those with a client certificate of the
                test's authority: "{cert}", "{key}" and "{ca}" in options
    asked       [[method, path and query, status], ...] of both polls; left
                out: not compared

    busy        the reply of a provider that has had enough of our requests

first.claims and then.claims hold what is active after the first poll and
after the one that follows, a line each, and the counts of that poll and of
when the feed says that it is.  Those polls are at noon of one day, and an hour
later.  With TAXIWAY_WRITE_CLAIMS=1 they are written, and what was asked, where
that is compared, for whoever looks at them then.
"""
import datetime
import hashlib
import json
import os
import re
import ssl
import sys
import threading

import pytest

from conftest import SECOND, TOP, Held, counts

sys.path.insert(0, str(TOP / "tests" / "server"))
import feedd  # noqa: E402

CASES = TOP / "tests" / "feeds"
PRESETS = sorted(p.stem for p in (TOP / "feeds").glob("*.yaml"))
ABOUT = ("title", "about", "docs", "checked", "terms", "known", "assumed",
         "floor")
# their objects are no indicators, or state their confidence themselves
CONTEXT = ("mitre-attack",)
STATING = ("opencti", "stix", "taxii20", "taxii21")
NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc)
HOUR = 3600 * SECOND
COUNTED = ("new", "updated", "unchanged", "revoked", "rejected", "missing",
           "withdrawn", "returned")


@pytest.fixture
def provider(request):
    running = []

    def start(case, folder):
        tls = None
        if case.get("tls"):
            own = request.getfixturevalue("certificates")
            server, client = own.sign("provider"), own.sign("client")
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(server.cert, server.key)
            tls.load_verify_locations(own.ca)
            tls.verify_mode = ssl.CERT_REQUIRED
            case["files"] = {"{cert}": client.cert, "{key}": client.key,
                             "{ca}": own.ca}
        running.append(feedd.make(case, folder, tls))
        return running[-1]

    yield start
    for one in running:
        one.stop()


def rules_told(tw, form, folder):
    """The rules that are active: a line each, with the digest of its text."""
    tw("export", "--format", form, "--no-check", folder)
    lines = []
    for path in sorted(p for p in folder.iterdir() if p.name[0] != "."):
        parts = re.split(r"^(?:#|//) taxiway: [^,]*, [^,]*-[^,\n]*",
                         path.read_text(), flags=re.M)
        for part in parts[1:]:
            head, text = part.split("\n", 1)
            digest = hashlib.sha256(text.encode()).hexdigest()[:8]
            lines.append(f"{form} | {path.name} | {digest}{head}")
    return lines


def told(tw, done, form=None):
    """What is active, and what the poll counted, as text."""
    lines = rules_told(tw, form, tw.folder / "rules") if form else []
    for match in tw.json("list"):
        for claim in match["claims"]:
            words = [match["type"], match["value"]]
            for key in ("name", "confidence", "tlp", "created", "valid_from",
                        "valid_until", "expires_at"):
                value = claim[key]
                if value is not None:
                    if key == "expires_at":  # by the clock, which may go on
                        value = value[:16]
                    words.append(f"{key}={value}")
            for key in ("labels", "indicator_types"):
                if claim[key]:
                    words.append(f"{key}={','.join(claim[key])}")
            if claim["kill_chain"]:
                words.append("kill_chain=" + ",".join(
                    p["kill_chain_name"] + ":" + p["phase_name"]
                    for p in claim["kill_chain"]))
            threats = [f"{t['type']}:{t['name']}" for t in match["threats"]]
            if threats:
                words.append("threats=" + ",".join(sorted(threats)))
            if claim["group"]:
                words.append("group=" + ",".join(sorted(
                    g["value"] for g in claim["group"])))
            lines.append(" | ".join(words))
    found = counts(done)
    line = "# " + ", ".join(f"{found[n]} {n}" for n in COUNTED if found[n])
    why = re.search(r"rejected \(([^)]*)\)", done.out)
    if why:
        line += f" ({why.group(1)})"
    stated = tw.status()["sources"][0]["stated"]
    if stated:
        line += f"; states {stated}"
    return "".join(line + "\n" for line in sorted(lines)) + line + "\n"


def compare(path, text):
    if os.environ.get("TAXIWAY_WRITE_CLAIMS"):
        path.write_text(text)
    assert text == path.read_text()


def write_asked(one):
    one.case["asked"] = [list(entry) for entry in one.server.log]
    case = json.loads((one.folder / "case.json").read_text())
    case["asked"] = one.case["asked"]
    (one.folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")


def options_of(case, server, tmp_path):
    options = []
    for n, word in enumerate(case.get("options", [])):
        if word.startswith("@"):
            file = tmp_path / f"secret{n}"
            file.write_text(word[1:] + "\n")
            word = file
        word = case.get("files", {}).get(word, word)
        options.append(server.text(str(word)))
    return options


@pytest.fixture
def noon(clock, tmp_path, tw):
    """The day on which the fixtures were made, which their dates lie before.
    It goes on when the program waits, as before it asks once more."""
    held = Held(tmp_path, int(NOON.timestamp()) * SECOND)
    tw.env.update(held.env)
    over = threading.Event()

    def go_on():
        while not over.wait(0.05):
            waits = held.sleepers()
            if waits:
                held.tick(min(waits) - held.mono)

    mover = threading.Thread(target=go_on)
    mover.start()
    yield held
    over.set()
    mover.join()


class Feed:
    """A preset, and a provider that behaves like its own."""

    def __init__(self, preset, tw, provider, tmp_path):
        self.tw, self.preset, self.folder = tw, preset, CASES / preset
        self.case = json.loads((self.folder / "case.json").read_text())
        self.server = provider(self.case, self.folder)
        self.secrets = tmp_path
        self.options = self.options_at(self.server)
        self.url = self.server.url + self.case["url"]

    def options_at(self, server):
        return options_of(self.case, server, self.secrets)

    def pull(self, *more, url=None, options=None, **kwargs):
        return self.tw("pull", "--preset", self.preset, "--name", self.preset,
                       "--force", *(options or self.options), *more,
                       url or self.url, **kwargs)

    def about(self):
        (about,) = self.tw.json("presets", self.preset)
        return about


@pytest.fixture
def feed(tw, provider, tmp_path):
    return lambda preset: Feed(preset, tw, provider, tmp_path)


def claims_of(text):
    return [x for x in text.splitlines() if not x.startswith("#")]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset(preset, tw, feed, noon):
    one = feed(preset)
    form = one.about()["settings"].get("rules-format")
    compare(one.folder / "first.claims", told(tw, one.pull(), form))
    noon.tick(HOUR)
    one.server.poll = 2
    then = told(tw, one.pull(), form)
    compare(one.folder / "then.claims", then)
    if "asked" in one.case:
        if os.environ.get("TAXIWAY_WRITE_CLAIMS"):
            write_asked(one)
        assert [list(entry) for entry in one.server.log] == one.case["asked"]
    tw("verify")
    assert {c["source"] for m in tw.json("list") for c in m["claims"]} <= {
        preset}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_poll_without_news(preset, tw, feed, noon):
    """The same document again, or that it did not change: what was said
    stands."""
    one = feed(preset)
    form = one.about()["settings"].get("rules-format")
    before = told(tw, one.pull(), form)
    asked = len(one.server.log)
    noon.tick(60 * SECOND)
    done = one.pull()
    after = told(tw, done, form)
    found = counts(done)
    assert not any(found[n] for n in ("new", "updated", "withdrawn"))
    log = one.server.log[asked:]
    replies = one.case.get("replies", ())
    if len(replies) == 2 and not any(
            set(r) & {"plain", "deaf", "once"} for r in replies) \
            and one.about()["settings"].get("page-kind") is None \
            and not tw.status()["sources"][0]["deviations"]:
        assert [(how, status) for how, _, status in log] in (
            [("GET", 304)], [("HEAD", 200)])

    def lines(text):  # those of a poll have an end that has moved
        return [re.sub(r" \\| expires_at=[^ ]*", "", x) for x in claims_of(text)]
    assert lines(before) == lines(after)


KEYED = [p for p in PRESETS
         if {"wants", "tokens", "taxii"} & set(json.loads(
             (CASES / p / "case.json").read_text()))]


@pytest.mark.parametrize("preset", KEYED)
def test_a_wrong_key(preset, tw, feed, provider, tmp_path, noon):
    """The provider refuses it, that is told, and what was said stands."""
    one = feed(preset)
    words = one.case.get("options", [])
    if not any(w.startswith("@") for w in words):
        pytest.skip("its key is no text")
    one.pull()
    before = len(tw.json("list"))
    wrong = {**one.case, "options": [  # Azure's must be base64
        "@wr0ng0ne" if w.startswith("@") else w for w in words]}
    (tmp_path / "other").mkdir()
    noon.tick(HOUR)
    # a new provider: what the first one would say 304 to is asked for anew
    other = provider(wrong, one.folder)
    done = one.pull(url=other.url + one.case["url"], status=None,
                    options=options_of(wrong, other, tmp_path / "other"))
    assert done.returncode != 0
    denied = 401 if "tokens" in one.case else one.case.get("denied", 401)
    assert denied in {status for _, _, status in other.log}
    assert str(denied) in done.err
    assert "wr0ng" not in done.err
    assert len(tw.json("list")) == before
    assert tw.status()["sources"][0]["state"] != "ok"
    tw("verify")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_configured_by_its_needs(preset, tw, provider, tmp_path):
    """A configuration of the preset, what it says that it needs, and where the
    provider is: check finds nothing wrong."""
    folder = CASES / preset
    case = json.loads((folder / "case.json").read_text())
    server = provider(case, folder)
    options = options_of(case, server, tmp_path)
    given = {option[2:]: value
             for option, value in zip(options[::2], options[1::2])}
    (about,) = tw.json("presets", preset)
    needs = about["needs"] or {}
    lacking = set(needs) - set(given) - {"url"}
    assert not lacking, "the test's provider needs less than the preset says"
    # of the test's provider, or needed by some accounts only
    more = set(given) - set(needs) - {
        "ca-bundle", "client-key", "collection", "oauth2-url", "page-ack",
        "page-item", "page-size", "page-start", "request-since"}
    assert not more, "the preset does not say that it needs this"
    text = f"sources:\n  - preset: {preset}\n    url: {server.url}{case['url']}\n"
    for key, value in given.items():
        text += f"    {key}: {json.dumps(value)}\n"
    (tmp_path / "c.yaml").write_text(text)
    once = "faults" in case.get("taxii", ()) or any(
        reply.get("once") for reply in case.get("replies", ()))
    if once:  # a fault that passes, but nothing is tried again
        tw("-c", tmp_path / "c.yaml", "check", preset, status=None)
    answer, = tw.json("-c", tmp_path / "c.yaml", "check", preset)
    steps = {s["step"]: s for s in answer["steps"]}
    assert steps["reading"]["verdict"] in ("good", "warn"), steps
    assert not list(tw.folder.glob("store*"))
    for key in set(given) & set(needs):
        bare = [line for line in text.splitlines(True) if f" {key}: " not in
                line and (key != "client-cert" or "client-key" not in line)]
        (tmp_path / "c.yaml").write_text("".join(bare))
        said = tw.fails("-c", tmp_path / "c.yaml", "check", preset, status=2)
        assert f"{key}: is missing; preset '{preset}' needs it: " \
            f"{needs[key]}" in said


def test_differences_go_on_from_the_next_whole_list(tw, provider, tmp_path):
    """Kaspersky: what a new snapshot does not list is gone, though no part said
    so; parts in front of it are not asked for."""
    folder = CASES / "kaspersky-hash-diff"
    case = json.loads((folder / "case.json").read_text())
    server = provider(case, folder)
    args = ["pull", "--preset", folder.name, "--name", "x", "--force",
            *options_of(case, server, tmp_path), server.url + case["url"]]
    active = [{1, 3, 4, 5}, {1, 2, 4, 5, 6}, {2, 4, 6}]
    for server.poll in (1, 2, 3):
        done = tw(*args)
        assert {int(m["value"][-2:]) for m in tw.json("list", "--type", "md5")
                } == active[server.poll - 1]
    assert counts(done)["withdrawn"] == 3  # one of them had ended before
    assert [path.split("?")[0] for _, path, _ in server.log[-3:]] == [
        "/feeds/77/updates", "/packages/mh_20261120.zip",
        "/packages/mh_20261120_diff_1.zip"]
    tw("verify")


def test_a_session_without_news(tw, provider, tmp_path):
    """DomainTools: all was given, and the answer is empty, poll after poll."""
    folder = CASES / "domaintools-nod"
    case = json.loads((folder / "case.json").read_text())
    server = provider(case, folder)
    args = ["pull", "--preset", folder.name, "--name", "x", "--force",
            *options_of(case, server, tmp_path), server.url + case["url"]]
    assert counts(tw(*args))["new"] == 3
    for _ in range(2):
        assert counts(tw(*args))["new"] == 0
    session, = {path for _, path, _ in server.log}
    server.poll = 2
    tw(*args)
    assert {path for _, path, _ in server.log} == {session}
    tw("verify")


def seconds(text):
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    parts = re.fullmatch(r"((?:\d+[smhd])+)", text)
    assert parts, f"{text!r} is no length of time"
    return sum(int(n) * units[unit]
               for n, unit in re.findall(r"(\d+)([smhd])", text))


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_preset_says_of_itself(preset, tw):
    (about,) = tw.json("presets", preset)
    assert about["name"] == preset
    lacking = [key for key in ABOUT if not about[key]]
    assert not lacking
    assert about["docs"].startswith("https://")
    assert datetime.date.fromisoformat(about["checked"]).year >= 2026
    settings = about["settings"]
    for key in ("kind", "listing", "every", "tlp"):
        assert key in settings, f"{key} is not set"
    assert seconds(settings["every"]) >= seconds(about["floor"]), \
        "more often than the provider bears"
    if preset in CONTEXT:
        return
    assert "ageing-ttl" in settings, "nothing says until when a claim holds"
    assert settings["kind"] in STATING or "json-stix" in settings or \
        "default-confidence" in settings or "map-confidence" in settings, \
        "nothing says how sure its claims are"


# Feeds that a user may count on, by what their presets' names begin with.
PROMISED = """
abusech-urlhaus abusech-threatfox abusech-malwarebazaar abusech-feodotracker
abusech-sslbl abusech-yarahub alienvault-otx circl-osint botvrij
spamhaus-drop-v4 spamhaus-drop-v6 spamhaus-asndrop dshield emergingthreats
blocklist-de cins openphish phishtank tor-exits firehol-level1 ipsum cisa-kev
mitre-attack pulsedive greynoise abuseipdb crowdsec sekoia-taxii sekoia
kaspersky-taxii kaspersky-url recordedfuture crowdstrike google mandiant
threatstream proofpoint-et flashpoint intel471 group-ib eset threatq misp
opencti shadowserver domaintools cybersixgill microsoft
""".split()


@pytest.mark.parametrize("name", PROMISED)
def test_a_feed_that_is_promised(name):
    """Its preset is there, installed, and has a provider of its own here."""
    found = [p for p in PRESETS if p.startswith(name)]
    assert found
    installed = (TOP / "feeds" / "local.mk").read_text()
    for preset in found:
        assert f"feeds/{preset}.yaml" in installed
        for part in ("case.json", "first.claims", "then.claims"):
            assert (CASES / preset / part).exists()


def test_the_list_of_presets(tw):
    lines = tw("presets").out.splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == PRESETS
    assert [p["name"] for p in tw.json("presets")] == PRESETS
    assert "(did you mean spamhaus-asndrop, spamhaus-drop-v4, " \
        "spamhaus-drop-v6?)" in tw.fails("presets", "spamhaus", status=2)
    assert "there is no preset 'nobody'" in tw.fails("presets", "nobody",
                                                     status=2)


def listed(tw, *options, status=0):
    lines = tw("presets", *options, status=status).out.splitlines()
    return [line.split()[:3] for line in lines if not line.startswith(" ")]


def test_presets_that_are_looked_for(tw):
    needs = {name: need for name, _, need in listed(tw)}
    about = {p["name"]: p for p in tw.json("presets")}
    assert {n for n, need in needs.items() if need == "-"} == {
        n for n, p in about.items() if not p["needs"]}
    assert needs["crowdstrike"] == needs["misp"] == "key"
    found = listed(tw, "--match", "TOR EXIT")
    assert ["tor-exits", "lines", "-"] in found
    assert ["dan-tor-exits", "lines", "-"] in found
    assert len(found) < 10
    assert "alienvault-otx" not in [n for n, *_ in listed(tw, "-m", "tor")]
    assert {name for name, _, _ in listed(tw, "-m", "abuse.ch", "-m", "urls",
                                          "-k", "mispfeed")} == {
        "abusech-urlhaus-misp"}
    assert {kind for _, kind, _ in listed(tw, "--kind", "taxii21")} == {
        "taxii21"}
    free = listed(tw, "--open")
    assert 20 < len(free) < len(needs) and {n for *_, n in free} == {"-"}
    assert listed(tw, "-m", "no such word", status=1) == []
    assert [p["name"] for p in tw.json("presets", "-m", "dan.me.uk")] == [
        "dan-tor-exits"]


def test_own_presets_lie_beside_the_configuration(tw, tmp_path):
    """Whatever the working directory: for presets, --preset and sources."""
    (tmp_path / "etc" / "own").mkdir(parents=True)
    (tmp_path / "etc" / "list.txt").write_text("198.51.100.7\n")
    (tmp_path / "etc" / "own" / "mine.yaml").write_text(
        "title: mine\nsource: {kind: lines}\n")
    config = tmp_path / "etc" / "t.yaml"
    config.write_text("presets: own\n"
                      "sources: [{preset: mine, url: list.txt}]\n")
    (about,) = tw.json("-c", config, "presets", "mine")
    assert about["title"] == "mine"
    assert "mine" in [p["name"] for p in tw.json("-c", config, "presets")]
    done = tw("-c", config, "pull", "--preset", "mine",
              tmp_path / "etc" / "list.txt")
    assert " 1 new" in done.out
    # the same source of the same name
    assert " 1 unchanged" in tw("-c", config, "pull", "mine").out
