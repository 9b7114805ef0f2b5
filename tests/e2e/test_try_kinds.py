# SPDX-License-Identifier: BSD-2-Clause
"""What `try` proposes works: it is given to `pull` as it stands, and brings the
claims that were shown."""
import gzip
import io
import json
import zipfile

import pytest


def zipped(text):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("feed.txt", text)
    return out.getvalue()


ADDRESSES = "198.51.100.7\n203.0.113.9\n203.0.113.10\n"
ROWS = [("198.51.100.7", "2026-11-01 10:00:00", "bot"),
        ("203.0.113.9", "2026-11-02 10:00:00", "scan"),
        ("203.0.113.10", "2026-11-03 10:00:00", "bot")]


def table(mark, header=True, quote="", end="\n"):
    rows = ([("ip", "first_seen", "tag")] if header else []) + ROWS
    return "".join(mark.join(quote + cell + quote for cell in row) + end
                   for row in rows)


RECORDS = [{"id": n, "indicator": value, "first_seen": when, "tags": [tag]}
           for n, (value, when, tag) in enumerate(ROWS)]
KINDS = {
    "plain": ADDRESSES,
    "hosts": "127.0.0.1 localhost\n0.0.0.0 a.example\n0.0.0.0 b.example\n"
             "0.0.0.0 c.example\n",
    "adblock": "[Adblock Plus]\n! a list\n||a.example^\n||b.example^\n"
               "||c.example^\n",
    "netset": "# a list\n198.51.100.0/24\n203.0.113.0/25\n192.0.2.0/24\n",
    "header": table(","),
    "no-header": table(",", header=False),
    "semicolons": table(";"),
    "tabs": table("\t"),
    "quoted": table(",", quote='"'),
    "crlf": table(",", end="\r\n"),
    "bom": "\ufeff" + table(","),
    "array": json.dumps(RECORDS),
    "ndjson": "".join(json.dumps(r) + "\n" for r in RECORDS),
    "nested": json.dumps({"meta": {"n": 3}, "data": {"items": RECORDS}}),
    "gzip": gzip.compress(ADDRESSES.encode()),
    "zip": zipped(ADDRESSES),
}


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else
                     content.encode())


@pytest.mark.parametrize("kind", KINDS)
def test_the_proposal_brings_what_was_shown(tw, tmp_path, kind):
    path = tmp_path / "feed.txt"
    write(path, KINDS[kind])
    answer, = tw.json("try", path)
    shown = sorted({v["value"] for c in answer["claims"]
                    for v in c["values"]})
    assert len(shown) == 3
    text = tw("try", path).out
    config = tmp_path / "t.yaml"
    config.write_text(text[:text.index("\n\n")])
    tw("-c", config, "pull", "--all")
    assert sorted(m["value"] for m in tw.json("list")) == shown


@pytest.mark.parametrize("content", [
    b"", bytes(range(256)) * 40, b"x" * 3_000_000,
    b"<html><form action=/login><input type=password></form></html>",
])
def test_what_is_no_feed(tw, tmp_path, content):
    path = tmp_path / "feed.bin"
    write(path, content)
    answer, = tw.json("try", path, status=3)
    assert answer["feed"] is False and answer["what"]
