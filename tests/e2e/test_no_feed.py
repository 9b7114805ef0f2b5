# SPDX-License-Identifier: BSD-2-Clause
"""What comes in place of a feed is refused, and the old set stands.

Every adapter against every payload: the poll fails or is held, says why, and
what was listed before is still active.
"""
import json

import pytest

N = 40
PAGE = ("<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>"
        "<input name=user></form> 198.51.100.1 </body></html>")


def stix(names):
    return json.dumps({"type": "bundle", "id": "bundle--x", "objects": [{
        "type": "indicator", "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{i:012d}",
        "created": "2026-01-01T00:00:00Z",
        "modified": "2026-01-01T00:00:00Z",
        "valid_from": "2026-01-01T00:00:00Z", "pattern_type": "stix",
        "pattern": f"[domain-name:value = '{name}']"}
        for i, name in enumerate(names)]})


NAMES = [f"h{i}.example" for i in range(N)]
OTHERS = [f"other{i}.example" for i in range(N)]

# adapter → options, and how it writes a list of names
ADAPTERS = {
    "stix": ([], stix),
    "lines": ([], lambda names: "# list\n" + "\n".join(names) + "\n"),
    "csv": (["--csv-header", "first", "--map-value", "name:domain-name"],
            lambda names: "id,name,note\n" + "".join(
                f'{i},{name},"a, b"\n' for i, name in enumerate(names))),
    "json": (["--json-root", "data", "--map-value", "v:domain-name"],
             lambda names: json.dumps(
                 {"data": [{"v": name} for name in names]})),
    "ndjson": (["--map-value", "v:domain-name"],
               lambda names: "".join(
                   json.dumps({"v": name}) + "\n" for name in names)),
}
OTHER = {"stix": "csv", "lines": "json", "csv": "stix", "json": "ndjson",
         "ndjson": "stix"}

# payload → body, media type
PAYLOADS = {
    "login page": (PAGE, "text/html"),
    "login page as JSON": (PAGE, "application/json"),
    "login page as text": (PAGE, "text/plain"),
    "captcha": ("\n\n<html><script>challenge()</script></html>",
                "application/octet-stream"),
    "empty": ("", "text/plain"),
    "white space": (" \n\n", "text/plain"),
    "error": ('{"error": {"message": "Invalid API key"}}',
              "application/json"),
    "error list": ('{"errors": [{"detail": "quota exceeded"}]}',
                   "application/json"),
    "status": ('{"query_status": "illegal_api_key"}', "application/json"),
    "comments": ("# This list is made each night.\n# (c) 2026\n",
                 "text/plain"),
    "discontinued": ("# This feed was discontinued, see example.org\n",
                     "text/plain"),
    "notice": ("This feed has been merged into another one.\n",
               "text/plain"),
    "NUL bytes": ("\0" * 300, "application/octet-stream"),
}
KINDS = {"ndjson": "json"}


@pytest.fixture
def feed(tw, serve):
    """Pull a good list by an adapter, then something else from there."""
    def run(adapter, body, media):
        options, write = ADAPTERS[adapter]
        argv = ["--kind", KINDS.get(adapter, adapter), "--name", "f",
                "--listing", "snapshot", "--ageing-absent-polls", "1",
                "--total-timeout", "2", *options]
        server = serve({"files": {"/feed": {"body": write(NAMES)}}})
        tw("pull", server.url + "/feed", *argv)
        server.change({"files": {"/feed": {"body": body, "type": media}}})
        done = tw("pull", server.url + "/feed", *argv, status=None)
        for name in (NAMES[0], NAMES[-1]):
            assert tw.lookup(name)[0]["active"] is True
        return done
    return run


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_no_feed(feed, adapter, payload):
    done = feed(adapter, *PAYLOADS[payload])
    assert done.returncode != 0
    assert len(done.err.strip()) > 20


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_another_format(feed, adapter):
    body = ADAPTERS[OTHER[adapter]][1](OTHERS)
    done = feed(adapter, body, "text/plain")
    assert done.returncode != 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_half_a_file(feed, adapter):
    body = ADAPTERS[adapter][1](NAMES)
    done = feed(adapter, body[:len(body) * 4 // 10], "text/plain")
    assert done.returncode != 0


@pytest.mark.parametrize("adapter,word", [
    ("lines", "discontinued"), ("csv", "discontinued"),
    ("json", "Invalid API key"), ("ndjson", "Invalid API key"),
    ("stix", "STIX"), ("lines", "Invalid API key"),
    ("csv", "Invalid API key")])
def test_the_reason_is_told(feed, adapter, word):
    payload = "discontinued" if word == "discontinued" else "error"
    assert word in feed(adapter, *PAYLOADS[payload]).err
