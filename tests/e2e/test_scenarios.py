# SPDX-License-Identifier: BSD-2-Clause
"""Servers as they are in the field, one file of tests/scenarios each.

A file says how a server behaves, what is pulled, and what must come of it.
Whatever happens on the way, in the end the store holds what the server holds:
nothing lost, nothing doubled, in a bounded number of requests.

    what        one line: the server and what is wrong with it
    from        where that was met
    server      the scenario of taxiid.py; the first collection is the truth
    url         what is pulled (default: the first collection's URL)
    args        further options of every pull
    tls         a kind of certificate, see conftest; "args" may name {ca},
                {cert} and {key}
    front       "h2": behind a server that speaks HTTP/2, see front.py
    pulls       [step, ...]: what is done one after the other
      status    the exit status promised (0)
      error     a regular expression that the one line of error must hold
      new, updated, removed   what the pull's line must say, where given
      requests  the most requests that it may take
      lacks     objects of the truth that may be absent after it: a number,
                or "all" for a pull that must not bring anything
      deviations   ids that must be counted, and no others; absent: any
      warn      a regular expression for standard error of a good pull
      asked     regular expressions; each must be found in some request
      never     regular expressions that no request of this pull may show
      before    {"add": n} n objects more at the server, {"now": n} the same
                dated now, {"late": n} before the newest, {"edit": n} a newer
                version of n objects, {"remove": n}, {"set": {...}} keys of
                the first collection, {"top": {...}} keys of the scenario,
                {"id": ...} the collection's id
      args      options of this pull alone
"""
import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from conftest import TOP, Pair, counts

sys.path.insert(0, str(TOP / "tests" / "server"))

from collection import Collection, format_date, made_up  # noqa: E402

FOLDER = TOP / "tests" / "scenarios"
FILES = sorted(FOLDER.glob("*.json"))


class Field:
    """The server of a scenario and what it holds."""

    def __init__(self, case):
        self.data = case["server"]
        self.root = next(iter(self.data["roots"]))
        self.made = 1000

    @property
    def collection(self):
        return self.data["roots"][self.root][0]

    def fix(self):
        """Objects that are generated become objects of their own, dated."""
        built = Collection(self.collection)
        for key in ("generate", "objects"):
            self.collection.pop(key, None)
        self.collection["objects"] = [
            {"added": e.added, "raw": e.raw.decode()} for e in built.entries]

    def change(self, before):
        self.fix()
        rows = self.collection["objects"]
        for key in ("add", "now", "late", "edit"):
            fresh = list(made_up(before.get(key, 0), first=self.made))
            self.made += len(fresh)
            for n, row in enumerate(fresh):
                added = f"2025-06-01T00:00:{n:02d}.123456Z"
                if key == "now":
                    added = format_date(datetime.now(timezone.utc))
                if key == "late":
                    added = "2024-01-01T00:00:00.500000Z"
                if key == "edit":
                    old = json.loads(rows[n]["raw"])
                    row = dict(old, name="edited",
                               modified="2024-08-01T00:00:00.000Z")
                    added = before.get("added", added)
                    rows[n] = {"added": added, "object": row}
                else:
                    rows.append({"added": added, "object": row})
        del rows[:before.get("remove", 0)]
        self.collection.update(before.get("set", {}))
        if "id" in before:
            self.collection["id"] = before["id"]
        self.data.update(before.get("top", {}))

    def truth(self):
        """(id, modified) of the newest version of each object."""
        newest = {}
        for entry in Collection(self.collection).entries:
            row = json.loads(entry.raw)
            kept = newest.get(row["id"])
            if kept is None or (row.get("modified") or "") >= kept:
                newest[row["id"]] = row.get("modified")
        return sorted(newest.items())


class Stage:
    """A server, by the address that the program is to use."""

    def __init__(self, server, url, names):
        self.server, self.url, self.names = server, url, names

    def fill(self, text):
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", str(value))
        return text


def tls_of(kind, certificates):
    """(certificate of the server, options of the server)"""
    own = certificates.sign
    if kind == "self-signed":
        return Pair(*certificates.new("alone", "-x509", "-days", "30",
                                      "-addext",
                                      "subjectAltName=IP:127.0.0.1")), ()
    if kind == "expired":
        return own("expired", days=-1), ()
    if kind == "wrong-host":
        return own("elsewhere", san="DNS:elsewhere.example"), ()
    if kind == "old":
        return own("old"), ("--tls-max", "1_1")
    if kind == "client":
        return own("server"), ("--client-ca", str(certificates.ca))
    return own("server"), ()


@pytest.fixture
def scenery(serve, front, certificates):
    """scenery(case) starts the server of a case, and what stands before it."""
    def start(case):
        kind = case.get("tls")
        names = {"ca": certificates.ca}
        if kind == "client":
            mine = certificates.sign("client")
            names.update(cert=mine.cert, key=mine.key)
        if case.get("front") == "h2":
            server = serve(case["server"])
            return Stage(server, front(server).url, names)
        if kind is None:
            server = serve(case["server"])
            return Stage(server, server.url, names)
        if kind == "none":
            server = serve(case["server"])
            return Stage(server, server.url.replace("http:", "https:"), names)
        pair, options = tls_of(kind, certificates)
        server = serve(case["server"], tls=pair, options=options,
                       client=mine if kind == "client" else None)
        return Stage(server, server.url, names)

    return start


def check_requests(step, log):
    if "requests" in step:
        assert len(log) <= step["requests"], [e["path"] for e in log]
    lines = [f"{e['method']} {e['path']}?{e['query']} "
             + " ".join(f"{k}: {v}" for k, v in e["headers"].items())
             for e in log]
    for pattern in step.get("asked", []):
        assert any(re.search(pattern, line) for line in lines), lines
    for pattern in step.get("never", []):
        assert not [li for li in lines if re.search(pattern, li)], pattern


def check_said(step, done):
    if step.get("status", 0) != 0:
        assert len(done.err.splitlines()) == 1, done.err
        assert re.search(step["error"], done.err), done.err
        return
    found = counts(done)
    for word in ("new", "updated"):
        if word in step:
            assert found[word] == step[word], done.out
    if "warn" in step:
        assert re.search(step["warn"], done.err), done.err
    else:
        assert done.err == ""


def check_store(step, tw, field):
    have = tw.ids()
    assert len(set(have)) == len(have)
    truth, lacks = field.truth(), step.get("lacks", 0)
    if lacks == "all":
        assert have == []
        return
    if "gone" in step:
        assert len(set(have) - set(truth)) == step["gone"]
    else:
        assert not set(have) - set(truth), "more than the server has"
    assert len(set(truth) - set(have)) == lacks
    tw("verify")


def check_deviations(step, tw):
    if "deviations" in step:
        (source,) = tw.status()["sources"]
        assert sorted(source["deviations"]) == sorted(step["deviations"])


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_scenario(tw, scenery, file):
    case = json.loads(file.read_text())
    field = Field(case)
    stage = scenery(case)
    for step in case["pulls"]:
        if "before" in step:
            field.change(step["before"])
            stage.server.change(field.data)
        before = len(stage.server.log())
        path = case.get("url", f"{field.root[1:]}collections/"
                               f"{field.collection['id']}/")
        args = [stage.fill(a) for a in case.get("args", [])
                + step.get("args", [])]
        done = tw("pull", stage.url + path, "--name", "field", *args,
                  status=step.get("status", 0), timeout=120,
                  env={"FIELD_PASSWORD": "Password0"})
        check_said(step, done)
        check_requests(step, stage.server.log()[before:])
        check_store(step, tw, field)
        check_deviations(step, tw)


def test_every_row_has_its_file():
    """The rows that the design names are there."""
    assert len(FILES) > 40
    for file in FILES:
        case = json.loads(file.read_text())
        assert case["what"] and case["pulls"], file
        assert Path(file).stem == file.stem
