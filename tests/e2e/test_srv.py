# SPDX-License-Identifier: BSD-2-Clause
"""discover DOMAIN: servers by DNS SRV records.

A build with --enable-test-hooks asks the DNS server of TAXIWAY_TEST_DNS.  Names
below .localhost lead to this host without any DNS.
"""
import socket
import sys

import pytest

import stix
from conftest import TOP

sys.path.insert(0, str(TOP / "tests" / "server"))
from dnsd import Dns, question_of, wire  # noqa: E402

DOMAIN, OTHER = "feed.localhost", "taxii.other.localhost"
V21, V20 = f"_taxii2._tcp.{DOMAIN}", f"_taxii._tcp.{DOMAIN}"
ROOT = {V21: [(0, 0, 0, ".")]}


@pytest.fixture
def ask(tw, serve, certificates, tmp_path):
    """ask(names, words): discover, with a TLS server and a DNS server."""
    pair = certificates.sign("srv", san=f"DNS:{DOMAIN},DNS:{OTHER}")
    (tmp_path / "pw").write_text("secret")

    def run(names, *words, operand=DOMAIN, status=0, scenario=None):
        with Dns({}) as dns:
            env = {"TAXIWAY_TEST_DNS": f"127.0.0.1:{dns.port}"}
            done = tw("discover", "hooks.localhost", status=None, env=env)
            if not dns.asked:
                pytest.skip("built without --enable-test-hooks")
        server = serve(scenario or stix.feed([stix.C2], auth={
            "basic": "me:secret"}), tls=pair)
        if callable(names):
            names = names(server.port)
        with Dns(names) as dns:
            env = {"TAXIWAY_TEST_DNS": f"127.0.0.1:{dns.port}"}
            done = tw("discover", operand, "--ca-bundle", certificates.ca,
                      "--user", "me", "--password-file", tmp_path / "pw",
                      *words, status=status, env=env)
            done.server, done.asked = server, dns.asked
        return done

    return run


def closed_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def requests(done):
    return [e["path"] for e in done.server.log()]


def test_discover_by_srv(ask):
    """Credentials and all, over HTTPS at /taxii2/ of the port named."""
    done = ask(lambda port: {V21: [(0, 5, port, DOMAIN)]})
    assert done.asked == [V21]
    assert f"https://{DOMAIN}:{done.server.port}/taxii2/\n" in done.out
    assert f"SRV {V21}: {DOMAIN}:{done.server.port} (priority 0, weight 5)" \
        in done.out
    assert "Botnet C2" in done.out
    assert requests(done)[0] == "/taxii2/"


def test_json(ask):
    import json
    done = ask(lambda port: {V21: [(0, 5, port, DOMAIN)]}, "--json")
    found = json.loads(done.out)
    assert found["srv"] == {"name": V21, "targets": [
        {"host": DOMAIN, "port": done.server.port, "priority": 0,
         "weight": 5}]}
    assert [c["id"] for c in found["api_roots"][0]["collections"]] == ["c1"]


def test_in_order(ask):
    """The first that can be reached, by priority and then by weight."""
    shut = [closed_port() for _ in range(2)]

    def names(port):
        return {V21: [(20, 0, 1, DOMAIN), (10, 1, port, DOMAIN),
                      (10, 9, shut[1], DOMAIN), (5, 0, shut[0], DOMAIN)]}

    done = ask(names)
    shown = [line for line in done.out.splitlines() if "SRV" in line]
    assert [line.split(" (")[0].rsplit(":", 1)[1] for line in shown] == [
        str(p) for p in (*shut, done.server.port, 1)]
    assert "Botnet C2" in done.out


def test_none_can_be_reached(ask):
    port = closed_port()
    done = ask({V21: [(0, 0, port, DOMAIN)]}, status=3)
    assert V21 in done.err and str(port) in done.err
    assert requests(done) == []


def test_a_server_that_answers_is_the_one(ask):
    """Who refuses the password would not be better anywhere else."""
    scenario = stix.feed([], auth={"basic": "you:other"})
    done = ask(lambda port: {V21: [(0, 0, port, DOMAIN),
                                   (1, 0, port, DOMAIN)]},
               status=3, scenario=scenario)
    assert "401" in done.err and len(requests(done)) == 1


def test_foreign(ask):
    """Nothing is sent to another host, but where the operator says so."""
    def names(port):
        return {V21: [(0, 0, port, OTHER)]}

    done = ask(names, status=3)
    url = f"https://{OTHER}:{done.server.port}/taxii2/"
    assert url in done.err and "--foreign-roots" in done.err
    assert V21 in done.err and len(done.err.splitlines()) == 1
    assert requests(done) == []
    done = ask(names, "--foreign-roots")
    assert "Botnet C2" in done.out and f"https://{OTHER}:" in done.out


def test_taxii20(ask):
    """The older service, where there is none of the newer, or by --kind."""
    older = stix.feed([stix.C2], version="2.0")

    def names(port):
        return {V20: [(0, 0, port, DOMAIN)]}

    done = ask(names, scenario=older)
    assert done.asked == [V21, V20]
    assert f"https://{DOMAIN}:{done.server.port}/taxii/\n" in done.out
    assert requests(done)[0] == "/taxii/"
    done = ask(lambda port: {**names(port), **ROOT}, scenario=older)
    assert done.asked == [V21, V20] and "Botnet C2" in done.out
    done = ask(names, "--kind", "taxii20", scenario=older)
    assert done.asked == [V20]
    done = ask(lambda port: {V20: [(0, 0, port, DOMAIN)], **ROOT}, "--kind",
               "taxii21", status=1)
    assert done.asked == [V21] and requests(done) == []


def test_not_offered(ask):
    done = ask(ROOT, status=1)
    assert DOMAIN in done.err and "no TAXII server" in done.err
    assert done.asked == [V21, V20] and requests(done) == []


def test_no_records(ask):
    """Then the domain is the server's own name (RFC 2782)."""
    done = ask({}, "--srv", operand=f"https://{DOMAIN}:{closed_port()}/",
               status=3)
    assert done.asked == [V21, V20]
    assert f"{DOMAIN} has no SRV record" in done.err


def test_of_a_url(ask):
    """--srv asks for the URL's host; without it, the DNS is left alone."""
    done = ask(lambda port: {V21: [(0, 0, port, DOMAIN)]}, "--srv",
               operand=f"https://{DOMAIN}:1/somewhere/")
    assert done.asked == [V21] and requests(done)[0] == "/taxii2/"
    done = ask({}, operand=f"https://{DOMAIN}:1/", status=3)
    assert done.asked == []
    done = ask({}, "--srv", operand="https://127.0.0.1:1/", status=2)
    assert done.asked == [] and "127.0.0.1" in done.err


def test_a_file_is_no_domain(ask, tmp_path):
    (tmp_path / "feed.json").write_text("{}")
    done = ask({}, operand="feed.json", status=2)
    assert done.asked == [] and "a file is no TAXII server" in done.err
    done = ask({}, operand="nothing", status=2)
    assert done.asked == [] and "no such file" in done.err


@pytest.mark.parametrize("rows, status, text", [
    (2, 3, "DNS"),
    ([(0, 0, 443, "127.0.0.1")], 3, "not a host's name"),
    ([(0, 0, 443, "a/b.example")], 3, "not a host's name"),
    ([(0, 0, 0, DOMAIN)], 3, "port 0"),
    ([(0, 0, 443, "a.b")] * 33, 3, "too many"),
    (b"\x81\x80\0\1\0\1\0\0\0\0" + wire(V21) + b"\0\x21\0\1\xc0\x0c\0", 3,
     "cut off"),
])
def test_bad_answers(ask, rows, status, text):
    done = ask({V21: rows}, status=status)
    assert V21 in done.err and text in done.err
    assert len(done.err.splitlines()) == 1
    assert requests(done) == []


def test_the_dns_server_itself():
    """What the tests above rest on."""
    dns = Dns({"a.b": [(1, 2, 3, "c.d")]})
    question = wire("a.b") + b"\0\x21\0\1"
    query = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + question
    assert question_of(query) == ("a.b", question)
    assert dns.answer(query) == (
        b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0" + question + b"\xc0\x0c"
        b"\0\x21\0\1\0\0\0\x3c\0\x0b\0\1\0\2\0\3\1c\1d\0")
    dns.socket.close()
