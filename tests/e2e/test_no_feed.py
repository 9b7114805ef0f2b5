# SPDX-License-Identifier: BSD-2-Clause
"""What comes in place of a feed is refused, and the old set stands.

Every adapter against every payload: the poll fails or is held, says why, and
what was listed before is still active.
"""
import pytest

from adapters import ADAPTERS, MEDIA, RULES, provider, world

N = 40
NAMES = [f"h{i}.example" for i in range(N)]
OTHERS = [f"other{i}.example" for i in range(N)]
PAGE = ("<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>"
        "<input name=user></form> 198.51.100.1 </body></html>")

OTHER = {"adblock": "hosts", "hosts": "rpz", "dnsmasq": "json",
         "rpz": "adblock", "extract": "json",
         "stix": "csv", "lines": "json", "csv": "stix", "json": "ndjson",
         "ndjson": "stix", "mispfeed": "stix", "mispfeed event": "json",
         "misp": "stix", "taxii": "misp", "taxii20": "csv",
         "exec": "json", "rules": "csv",
         "sigma": "json", "suricata": "lines", "misp events": "json",
         "json pages": "csv", "stix records": "lines"}

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


@pytest.fixture
def feed(tw, provider):
    """Pull a good list by an adapter, then something else from there."""
    def run(adapter, body, media):
        a = ADAPTERS[adapter]
        argv = ["--kind", a.kind or adapter, "--name", "f", "--listing",
                "snapshot", "--ageing-absent-polls", "1", "--total-timeout",
                "2", *a.options]
        url = provider(adapter, a.write(NAMES), MEDIA.get(adapter, ""), NAMES)
        tw("pull", url, *argv)
        # what stands around it is new, so that it is asked for again
        provider(adapter, body, media, OTHERS)
        done = tw("pull", url, *argv, status=None)
        if adapter in RULES:
            assert tw.status()["rules"] == N
            return done
        for name in (NAMES[0], NAMES[-1]):
            assert tw.lookup(name)[0]["active"] is True
        return done
    return run


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_no_feed(feed, adapter, payload):
    done = feed(adapter, *PAYLOADS[payload])
    if (adapter, payload) == ("exec", "empty"):
        return  # so a program says that there is nothing new
    assert done.returncode != 0
    assert len(done.err.strip()) > 20


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_another_format(feed, adapter):
    body = ADAPTERS[OTHER[adapter]].write(OTHERS)
    done = feed(adapter, body, "text/plain")
    assert done.returncode != 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_half_a_file(feed, adapter):
    body = ADAPTERS[adapter].write(NAMES)
    done = feed(adapter, body[:len(body) * 4 // 10], "text/plain")
    assert done.returncode != 0


@pytest.mark.parametrize("adapter,word", [
    ("lines", "discontinued"), ("csv", "discontinued"),
    ("json", "Invalid API key"), ("ndjson", "Invalid API key"),
    ("stix", "STIX"), ("lines", "Invalid API key"),
    ("csv", "Invalid API key"), ("adblock", "Invalid API key"),
    ("rpz", "Invalid API key"), ("dnsmasq", "Invalid API key"),
    ("extract", "Invalid API key")])
def test_the_reason_is_told(feed, adapter, word):
    payload = "discontinued" if word == "discontinued" else "error"
    assert word in feed(adapter, *PAYLOADS[payload]).err


@pytest.mark.parametrize("listing", ["window", "append"])
@pytest.mark.parametrize("kind,head,row,options", [
    ("csv", "ip,name\n", "192.0.2.1,x\n",
     ["--csv-header", "first", "--map-value", "ip"]),
    ("json", "", '[{"ip": "192.0.2.1"}]', ["--map-value", "ip"])])
def test_nothing_since_then(tw, world, kind, head, row, options, listing):
    """An empty answer is no feed, but for one to what is new."""
    argv = ["pull", world.url + "/x", "--kind", kind, "--name", "x",
            "--listing", listing, *options, "--force"]
    none = head or "[]"
    world.files["/x"] = (none, "text/plain")
    since = ["--request-params", "since={since}"]
    assert "it lists nothing" in tw.fails(*argv, *since, status=3)
    world.files["/x"] = (head + row, "text/plain")
    tw(*argv, *since)
    world.files["/x"] = (none, "text/plain")
    tw(*argv, *since)
    assert tw.lookup("192.0.2.1")[0]["active"] is True
    assert tw.status()["sources"][0]["state"] == "ok"
    assert "it lists nothing" in tw.fails(*argv, status=3)
