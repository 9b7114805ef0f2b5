# SPDX-License-Identifier: BSD-2-Clause
"""Options of feeds: of requests, of tables, of values, of times."""
import socket
import threading
import time

import pytest

from conftest import counts

ROW = "198.51.100.7\n"


@pytest.fixture
def read(tw, tmp_path):
    """Pull a text with options."""
    def pull(text, *options, kind="csv", **kwargs):
        path = tmp_path / "feed"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return tw("pull", "--kind", kind, "-n", "x", path, *options,
                  **kwargs)
    return pull


def values(tw):
    return sorted(v["value"] for v in tw.json("list"))


# ---- types ------------------------------------------------------------------


def test_unknown_types(tw, read):
    text = "v,t\n198.51.100.7,ip\na.example,asdf\nb.example,mutex\n" \
        "198.51.100.8,ipv4-addr\nc.example,\n"
    options = ("--csv-header", "first", "--map-value", "v", "--map-type", "t",
               "--map-types", "ip=ipv4-addr", "--map-types", "mutex=skip")
    for what, rejected in (("skip", {}), ("reject", {"bad-field": 2})):
        done = read(text, *options, "--map-type-unknown", what)
        assert counts(done).get("rejected", 0) == sum(rejected.values())
        (source,) = tw.status()["sources"]
        assert source["rejected_by"] == rejected
        assert values(tw) == ["198.51.100.7", "198.51.100.8"]


def test_key_of_several_fields(tw, read):
    """An address that is listed once for each family: both claims stand."""
    text = "v,f\n198.51.100.7,Tinker\n198.51.100.7,Tailor\n198.51.100.8,\n"
    options = ("--csv-header", "first", "--map-value", "v", "--map-threat",
               "f", "--map-key", "{v} {f}")
    assert counts(read(text, *options))["new"] == 3
    (match,) = tw.json("lookup", "198.51.100.7")
    assert len(match["claims"]) == 2
    assert {t["name"] for t in match["threats"]} == {"Tinker", "Tailor"}
    assert counts(read(text, *options))["unchanged"] == 3
    assert values(tw) == ["198.51.100.7", "198.51.100.8"]
    said = read(text, *options[:-1], "{v} {g}", status=3).err
    assert "map-key: the feed has no" in said and "'g'" in said


# ---- requests ---------------------------------------------------------------


@pytest.mark.parametrize("given, good", [
    ("text/plain", True), ("text/*", True), ("application/json", False),
    ("text/csv", False)])
def test_expected_type(tw, provide, given, good):
    server = provide([{"path": "/l", "text": ROW}])
    done = tw("pull", "--kind", "lines", server.url + "/l", "--expect-type",
              given, status=0 if good else 3)
    if not good:
        assert "of type text/plain, which expect-type does not name" in \
            done.err
        assert tw.status()["objects"] == 0


def test_one_of_several_types(tw, provide):
    server = provide([{"path": "/l", "text": ROW}])
    tw("pull", "--kind", "lines", server.url + "/l", "--expect-type",
       "application/json", "--expect-type", "text/plain")


@pytest.mark.parametrize("where", ["http", "file"])
def test_largest_document(tw, provide, read, where):
    text = ROW * 400
    if where == "http":
        url = provide([{"path": "/l", "text": text}]).url + "/l"
        done = tw("pull", "--kind", "lines", url, "--max-bytes", "4k",
                  status=3)
    else:
        done = read(text, "--max-bytes", "4k", kind="lines", status=3)
    assert "larger than the 4096 bytes allowed" in done.err \
        or "4096" in done.err
    read(text, "--max-bytes", "8K", kind="lines")


def test_largest_document_unpacked(tw, provide):
    server = provide([{"path": "/l", "text": ROW * 4000, "gzip": True,
                       "type": "application/gzip"}])
    done = tw("pull", "--kind", "lines", server.url + "/l", "--max-bytes",
              "4k", status=3)
    assert "4096" in done.err


def test_family_of_addresses(tw, provide):
    """The server listens on 127.0.0.1 alone."""
    server = provide([{"path": "/l", "text": ROW}])
    url = server.url.replace("127.0.0.1", "localhost") + "/l"
    tw("pull", "--kind", "lines", url, "--ip-family", "4")
    tw("pull", "--kind", "lines", url, "--ip-family", "6", "--name", "six",
       status=3)
    assert len(server.log) == 1


def test_oldest_tls(tw, serve, certificates):
    pair = certificates.sign("old")
    body = {"files": {"/l": {"body": ROW, "type": "text/plain"}}}
    server = serve(body, tls=pair, options=["--tls-max", "1_2"])
    pull = ["pull", "--kind", "lines", server.url + "/l", "--ca-bundle",
            certificates.ca]
    tw(*pull)
    assert "TLS" in tw.fails(*pull, "--tls-min", "1.3", "-n", "x", status=3)


class Drip:
    """A server of one document that comes 20 bytes at a time, ten times a
    second: 200 bytes a second, for 3 seconds or until nobody listens."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/l"
        self.asked = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                one, _ = self.socket.accept()
            except OSError:
                return
            self.asked += 1
            with one:
                try:
                    self.answer(one)
                except OSError:
                    pass  # nobody listens

    def answer(self, one):
        while b"\r\n\r\n" not in one.recv(65536, socket.MSG_PEEK):
            pass
        text = "".join(f"198.51.100.{100 + n}    \n" for n in range(30))
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                    b"Connection: close\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(text))
        for at in range(0, len(text), 20):
            one.sendall(text[at:at + 20].encode())
            time.sleep(0.1)


def test_what_counts_as_silence(tw):
    """The same server is slow or silent, as low-speed-limit has it."""
    server = Drip()
    pull = ["pull", "--kind", "lines", server.url, "--low-speed-time", "1"]
    tw.fails(*pull, "--low-speed-limit", "100000", "--total-timeout", "8",
             "-n", "a", status=3)
    assert server.asked > 1, "it was given up, and asked again"
    assert tw.status()["objects"] < 30
    server.asked = 0
    assert counts(tw(*pull, "--low-speed-limit", "1", "-n", "b"))["new"] == 30
    assert counts(tw(*pull, "-n", "c"))["new"] == 30
    assert server.asked == 2
    server.socket.close()


@pytest.mark.parametrize("options, says", [
    (["--ip-family", "5"], "ip-family: '5'"),
    (["--tls-min", "1.1"], "tls-min: '1.1'"),
    (["--max-bytes", "many"], "max-bytes: 'many' is no size"),
    (["--low-speed-limit", "0"], "low-speed-limit"),
    (["--map-zone", "CET"], "map-zone: 'CET'"),
    (["--map-zone", "+25:00"], "map-zone"),
    (["--map-extract", "x"], "map-extract: 'x' is no POSIX ERE with"),
    (["--map-value-separator", "ab"], "map-value-separator"),
    (["--map-scheme", "a b"], "map-scheme"),
    (["--map-only", "nothing"], "map-only: 'nothing'"),
    (["--map-skip", "nothing"], "map-skip: 'nothing'"),
    (["--map-min-prefix", "40"], "map-min-prefix"),
    (["--end-line", "("], "end-line: '('"),
    (["--csv-escape", "ab"], "csv-escape: 'ab' is not one character"),
    (["--csv-escape", '"'], "csv-escape: '\"' is the quote itself"),
    (["--csv-escape", "^", "--csv-quote", "^"], "csv-escape: '^' is the quote"),
    (["--csv-escape", "^", "--csv-backslash"], "csv-escape: with csv-backslash"),
    (["--csv-doublequote", "no"], "csv-doublequote: 'no' is neither on nor off"),
    (["--map-max-networks", "65"], "map-max-networks"),
    (["--map-decode", "1=rot13"], "map-decode: 'rot13' is neither base64"),
    (["--map-decode", "hex"], "map-decode: 'hex' is not FIELD=HOW"),
    (["--http-retries", "101"], "http-retries: '101' is no number from 0"),
    (["--http-retry-wait", "11m"], "http-retry-wait: '11m' is more than 10"),
    (["--http-retry-wait", "9s", "--http-retry-longest", "5s"],
     "http-retry-wait: is longer than http-retry-longest"),
    (["--map-where", "1<=x"], "map-where: 'x' is neither a number nor a time"),
    (["--map-ended", "1>=2026-13-01"], "map-ended: '2026-13-01' is neither"),
])
def test_wrong_options(read, options, says):
    assert says in read(ROW, "--map-value", "1", *options, status=2).err


# ---- tables -----------------------------------------------------------------

NAMED = ["--csv-header", "first", "--csv-columns", "ip", "--csv-columns",
         "seen", "--map-value", "ip"]


def test_the_columns_that_are_expected(tw, read):
    read("ip,seen\n198.51.100.7,x\n", *NAMED)
    assert values(tw) == ["198.51.100.7"]
    for head, says in (
            ("ip,new,seen", "column 2 is 'new' where csv-columns has 'seen'"),
            ("ip,seen,more", "3 columns where csv-columns has 2"),
            ("ip", "1 columns where csv-columns has 2")):
        done = read(f"{head}\n198.51.100.8,x,y\n", *NAMED, status=3)
        assert says in done.err and "has the feed changed?" in done.err
    assert values(tw) == ["198.51.100.7"]


def test_a_commented_header_that_is_expected(tw, read):
    options = ["--csv-header", "commented", *NAMED[2:]]
    read("# a remark, with a comma\n# ip,seen\n198.51.100.7,x\n", *options)
    done = read("# ip,new,seen\n198.51.100.8,x,y\n", *options, status=3)
    assert "no line names the columns as csv-columns has them" in done.err
    assert values(tw) == ["198.51.100.7"]


@pytest.mark.parametrize("kind", ["csv", "lines"])
def test_the_last_line(tw, read, kind):
    options = ["--end-line", "^# END", *(
        ["--map-value", "1"] if kind == "csv" else [])]
    read(ROW + "# END 1 entries\n", *options, kind=kind)
    done = read("198.51.100.8\n", *options, kind=kind, status=3)
    assert "no line that fits end-line: it did not come whole" in done.err


def test_rows_of_another_length(tw, read):
    text = "198.51.100.7,a\n198.51.100.8\n198.51.100.9,a,b\n"
    read(text, "--map-value", "1")
    assert len(values(tw)) == 3
    done = read(text, "--map-value", "1", "--csv-expect", "2")
    assert "2 rejected (bad-row 2)" in done.out


def test_json_in_a_cell(tw, read):
    """As Recorded Future has its evidence: it stays as it is."""
    cell = '"{""EvidenceDetails"": [{""Rule"": ""C&C, live""}]}"'
    read(f"198.51.100.7,{cell}\n", "--map-value", "1", "--map-name", "2")
    (hit,) = tw.lookup("198.51.100.7")
    assert hit["claims"][0]["name"] == \
        '{"EvidenceDetails": [{"Rule": "C&C, live"}]}'


# ---- values -----------------------------------------------------------------


def test_what_is_taken_out(tw, read):
    read("seen at 198.51.100.7 today;x\nnothing;x\n", "--csv-delimiter",
         ";", "--map-value", "1", "--map-extract", "at ([0-9.]+)")
    assert values(tw) == ["198.51.100.7"]


def test_several_in_one_field(tw, read):
    read("198.51.100.7 | 198.51.100.8|;x\n", "--csv-delimiter", ";",
         "--map-value", "1", "--map-value-separator", "|")
    assert values(tw) == ["198.51.100.7", "198.51.100.8"]


def test_ports_of_addresses_without_brackets(tw, read):
    read("2001:db8::1:443\n[2001:db8::2]:80\n2001:db8::3\n"
         "2001:db8:1:2:3:4:5:6:40669\n2001:db8:1:2:3:4:5:7\n"
         "198.51.100.7:22\n", "--map-value", "1", "--map-port", "strip-v6")
    assert values(tw) == ["198.51.100.7", "2001:db8:1:2:3:4:5:6",
                          "2001:db8:1:2:3:4:5:7", "2001:db8::1",
                          "2001:db8::2", "2001:db8::3"]


def test_what_is_replaced(tw, read):
    read("evil(punkt)example,evil{at}x\n", "--map-value", "1",
         "--map-replace", "(punkt)=.", "--map-replace", "evil=bad")
    assert values(tw) == ["bad.example"]


def test_a_scheme(tw, read):
    read("evil.example/a\nhttps://evil.example/b\n", "--map-value", "1:url",
         "--map-scheme", "http")
    assert values(tw) == ["http://evil.example/a", "https://evil.example/b"]


def test_types_that_are_wanted(tw, read):
    text = "198.51.100.7\nevil.example\nhttp://evil.example/\n"
    done = read(text, "--map-value", "1", "--map-only", "domain-name",
                "--map-only", "url")
    assert values(tw) == ["evil.example", "http://evil.example/"]
    assert counts(done)["rejected"] == 0
    read(text, "--map-value", "1", "--map-skip", "url", "--name", "y")
    assert len(values(tw)) == 3


@pytest.mark.parametrize("net, good", [
    ("198.51.100.0/24", True), ("198.51.0.0/16", False),
    ("198.51.0.0-198.51.255.255", False), ("2001:db8::/48", True),
    ("2001:db8::/32", False), ("198.51.100.7", True)])
def test_networks_that_are_too_wide(tw, read, net, good):
    read(f"{net}\n203.0.113.9\n", "--map-value", "1", "--map-min-prefix",
         "20", "--map-min-prefix6", "40")
    assert len(values(tw)) == 1 + good


def test_entries_that_are_not_sure(tw, read):
    read("198.51.100.7,80\n198.51.100.8,30\n198.51.100.9,\n",
         "--map-value", "1", "--map-confidence", "2",
         "--map-min-confidence", "50")
    assert values(tw) == ["198.51.100.7"]
    read("198.51.100.7,80\n198.51.100.9,\n",
         "--map-value", "1", "--map-confidence", "2",
         "--map-min-confidence", "50", "--default-confidence", "60",
         "--name", "y")
    assert values(tw) == ["198.51.100.7", "198.51.100.9"]


# ---- times ------------------------------------------------------------------


@pytest.mark.parametrize("text, options, told", [
    ("2026-01-02 10:00:00", [], "2026-01-02T10:00:00Z"),
    ("2026-01-02 10:00:00", ["--map-zone", "+02:00"],
     "2026-01-02T08:00:00Z"),
    ("2026-01-02 10:00:00 UTC", ["--map-zone", "+02:00"],
     "2026-01-02T10:00:00Z"),
    ("2026-01-02T10:00:00+01:00", ["--map-zone", "+02:00"],
     "2026-01-02T09:00:00Z"),
    ("02.01.2026 10:00", ["--map-zone", "-05:30", "--map-times",
                          "%d.%m.%Y %H:%M"], "2026-01-02T15:30:00Z"),
    ("02/Jan/2026:10:00:00 +0200", ["--map-times", "%d/%b/%Y:%H:%M:%S %z"],
     "2026-01-02T08:00:00Z"),
    ("1767348000", ["--map-zone", "+02:00", "--map-times", "epoch"],
     "2026-01-02T10:00:00Z"),
    ("2026-01-02", ["--map-zone", "+02:00"], "2026-01-01T22:00:00Z"),
])
def test_zones(tw, read, text, options, told):
    read(f"198.51.100.7,{text}\n", "--map-value", "1", "--map-valid-from",
         "2", *options)
    (hit,) = tw.lookup("198.51.100.7")
    assert hit["claims"][0]["valid_from"] == told


def test_bounds_that_are_no_times(tw, read):
    """An entry that would not end because of its format is counted."""
    done = read("198.51.100.7,22.11.2030\n198.51.100.8,\n"
                "198.51.100.9,0000-00-00 00:00:00\n198.51.100.10,None\n"
                "198.51.100.11,2030-11-22\n", "--map-value", "1",
                "--map-valid-until", "2")
    assert "1 rejected (bad-validity 1)" in done.out
    assert len(values(tw)) == 5
    (hit,) = tw.lookup("198.51.100.11")
    assert hit["claims"][0]["valid_until"] == "2030-11-22T00:00:00Z"


# ---- ranges -----------------------------------------------------------------


def test_ranges_of_both_families(tw, read):
    """Ranges become the networks that they are made of, in one field or two."""
    text = "a,b\n2a0b:4e07::1,2a0b:4e07::ff\n198.51.100.4,198.51.100.6\n" \
        "2a0b:4e07:0:1::,2a0b:4e07:0:1:ffff:ffff:ffff:ffff\n"
    done = read(text, "--csv-header", "first", "--map-value", "{a}-{b}")
    assert counts(done)["new"] == 3
    nets = [f"2a0b:4e07::{1 << n:x}" + (f"/{128 - n}" if n else "")
            for n in range(8)]
    assert values(tw) == sorted(nets + [
        "2a0b:4e07:0:1::/64", "198.51.100.4/31", "198.51.100.6"])
    assert tw.json("lookup", "2a0b:4e07::7f")
    tw("lookup", "2a0b:4e07::100", status=1)
    read("2a0b:4e07::8 - 2a0b:4e07::b\n", kind="lines")
    assert "2a0b:4e07::8/126" in values(tw)


@pytest.mark.parametrize("text", [
    "2a0b:4e07::1-2a0b:4e07::ff", "198.51.100.1-198.51.100.254"])
def test_a_range_of_too_many_networks(tw, read, text):
    """All of its networks or none: a part of it would not be what it says."""
    good = "203.0.113.7\n"
    done = read(good + text + "\n", "--map-max-networks", "7", kind="lines")
    assert counts(done)["rejected"] == 1 and values(tw) == ["203.0.113.7"]
    (source,) = tw.status()["sources"]
    assert source["rejected_by"] == {"value-too-wide": 1}
    read(good + text + "\n", kind="lines")
    assert len(values(tw)) > 8
    wide = text.split("-")[0] + "-" + ("2a0b:4e08::f" if ":" in text else
                                       "198.51.101.9")
    assert counts(read(good + wide + "\n", "--map-max-networks", "1",
                       kind="lines"))["rejected"] == 1


# ---- filters ----------------------------------------------------------------


@pytest.mark.parametrize("test, read_as", [
    ("n<=50", "12"), ("n>=50", "23"), ("n>50", "3"), ("n<50", "1"),
    ("seen>=2026-02-01", "23"), ("seen<2026-02-01", "1"),
    ("seen<=01.02.2026", "12"), ("seen>2026-02-01T00:00:00+02:00", "23"),
    ("seen>2026-03-01", ""),
])
def test_bounds_in_tests(tw, read, test, read_as):
    text = "v,n,seen\n198.51.100.1,9,31.01.2026\n198.51.100.2,50.0,01.02.2026" \
        "\n198.51.100.3,100,28.02.2026\n198.51.100.4,many,never\n"
    read(text, "--csv-header", "first", "--map-value", "v", "--map-times",
         "%d.%m.%Y", "--map-where", test)
    assert values(tw) == [f"198.51.100.{n}" for n in read_as]


# ---- tables -----------------------------------------------------------------


@pytest.mark.parametrize("row, options, name", [
    ('"a""b"', [], 'a"b'),
    ('"a""b"', ["--csv-doublequote", "off"], 'a""b'),
    ('"a""', ["--csv-doublequote", "off"], 'a"'),
    ('"a^"b"', ["--csv-escape", "^", "--csv-doublequote", "off"], 'a"b'),
    ("a^,b", ["--csv-escape", "^"], "a,b"),
    ("a^,b", ["--csv-escape", "^", "--csv-quote", "none"], "a,b"),
    ("a\\,b", ["--csv-backslash"], "a,b"),
    (" 'a,b'", ["--csv-quote", "'"], "a,b"),
])
def test_quotes_and_escapes(tw, read, row, options, name):
    read(f"198.51.100.7,{row}\n", "--map-value", "1", "--map-name", "2",
         *options)
    (match,) = tw.json("lookup", "198.51.100.7")
    assert match["claims"][0]["name"] == name


# ---- encodings --------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("kind, text, options", [
    ("lines", "198.51.100.7\r\n198.51.100.8\r\n", []),
    ("csv", "value,name\n198.51.100.7,Ärger 😀\n198.51.100.8,\n",
     ["--csv-header", "first", "--map-value", "value", "--map-name", "name"]),
    ("json", '[{"v": "198.51.100.7", "n": "Ärger 😀"}, {"v": "198.51.100.8"}]',
     ["--map-value", "v", "--map-name", "n"]),
])
def test_utf16_by_its_mark(tw, read, encoding, kind, text, options):
    read(("\ufeff" + text).encode(encoding), *options, kind=kind)
    assert values(tw) == ["198.51.100.7", "198.51.100.8"]
    (match,) = tw.json("lookup", "198.51.100.7")
    assert match["claims"][0]["name"] == ("Ärger 😀" if options else None)


def test_json_in_another_encoding(tw, read):
    read('[{"v": "198.51.100.7", "n": "Ärger"}]'.encode("latin1"),
         "--encoding", "latin1", "--map-value", "v", "--map-name", "n",
         kind="json")
    (match,) = tw.json("lookup", "198.51.100.7")
    assert match["claims"][0]["name"] == "Ärger"


# ---- fields that are written in another way ---------------------------------


@pytest.mark.parametrize("how, good, bad", [
    ("base64", "MTk4LjUxLjEwMC43", "MTk4LjUxLjEwMC4*"),
    ("base64", "d3d3LmV4YW1wbGUub3Jn", "YS5le"),
    ("base64", "MTk4Lj UxLjEwMC43\t", "YS5leGFtcGxl="),
    ("base64", "d3d3LmV4YW1wbGUub3Jn", "YS5leGE==="),
    ("base64", "aHR0cHM6Ly9hLmV4YW1wbGUvP34_", "8PDw8A=="),
    ("hex", "3139382E35312e3130302e37", "3139382"),
])
def test_fields_in_another_coding(tw, read, how, good, bad):
    done = read(f"{good},x\n{bad},y\n,z\n", "--map-value", "1", "--map-name",
                "2", "--map-decode", f"1={how}")
    assert counts(done)["new"] == 1
    assert values(tw)[0] in ("198.51.100.7", "www.example.org",
                             "https://a.example/?~?")
    (source,) = tw.status()["sources"]
    assert source["rejected_by"]["bad-field"] == 1


def test_a_field_of_json_in_another_coding(tw, read):
    read('[{"ioc": {"v": "YS5leGFtcGxl"}, "n": "4142"}]', "--map-value",
         "ioc.v:domain-name", "--map-name", "n", "--map-decode",
         "ioc.v=base64", "--map-decode", "n=hex", kind="json")
    assert values(tw) == ["a.example"]
    (match,) = tw.json("lookup", "a.example")
    assert match["claims"][0]["name"] == "AB"


# ---- requests that are sent again --------------------------------------------


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("kind, path, options", [
    ("lines", "/l", []), ("csv", "/l", ["--map-value", "1"]),
    ("json", "/l", ["--map-value", "v"]), ("stix", "/l", []),
    ("mispfeed", "/manifest.json", []), ("taxii21", "/l/", []),
    ("rules", "/l", ["--rules-format", "yara"])])
def test_how_often_a_request_is_sent(tw, provide, kind, path, options,
                                     retries):
    server = provide([{"path": path, "status": 500, "text": "no"}])
    tw.fails("pull", "--kind", kind, server.url + path, *options,
             "--http-retries", str(retries), status=3)
    assert len(server.log) == retries + 1
