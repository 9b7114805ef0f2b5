# SPDX-License-Identifier: BSD-2-Clause
"""Authentication, TLS, and secrets that stay secret."""
import os
import ssl

import pytest

import stix
from conftest import SANITIZED

SECRET = "hunter2-Zq"


@pytest.fixture
def secret(secret):
    return secret(SECRET)


def kinds(path):
    header = path.parent / "header"
    header.write_text(f"X-Api-Key: {SECRET}\n")
    header.chmod(0o600)
    return {
        "basic": ({"basic": f"me:{SECRET}"},
                  ["--user", "me", "--password-file", path]),
        "basic, empty password": ({"basic": "key:"}, ["--user", "key"]),
        "bearer": ({"bearer": SECRET}, ["--token-file", path]),
        "header": ({"header": {"x-api-key": SECRET}},
                   ["--header-file", header]),
    }


KINDS = ["basic", "basic, empty password", "bearer", "header"]


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(tw, serve, secret, kind):
    auth, options = kinds(secret)[kind]
    server = serve(stix.feed([stix.C2], auth=auth, page=1))
    tw("pull", server.url + "taxii2/", *options)
    tw("lookup", "198.51.100.7")
    error = tw.fails("pull", server.url + "taxii2/", "--name", "other",
                     status=3)
    assert "401" in error or "403" in error


def test_from_the_environment(tw, serve):
    server = serve(stix.feed([stix.C2], auth={"basic": f"me:{SECRET}"}))
    tw("pull", server.feed, "--user", "me", "--password-env", "PW",
       env={"PW": SECRET})
    error = tw.fails("pull", server.feed, "--user", "me", "--password-env",
                     "NO_SUCH", status=2)
    assert "NO_SUCH" in error
    server = serve(stix.feed([stix.C2], auth={"bearer": SECRET}))
    tw("pull", server.feed, "--token-env", "PW", env={"PW": SECRET})


def test_extra_headers(tw, serve):
    server = serve(stix.feed([stix.C2], auth={"header": {"x-tenant": "7"}}))
    tw("pull", server.feed, "-H", "X-Tenant: 7")


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_secret_is_not_shown(tw, serve, secret, kind):
    _, options = kinds(secret)[kind]
    server = serve(stix.feed([], auth={"basic": "you:other", "header":
                                       {"x-api-key": "other"}}))
    done = tw("-v", "pull", server.feed, *options, status=3)
    assert SECRET not in done.out + done.err
    assert SECRET.encode() not in tw.store.read_bytes() \
        if tw.store.exists() else True


def test_secrets_are_in_no_command_line_or_store(tw, serve, secret):
    server = serve(stix.feed([stix.C2], auth={"basic": f"me:{SECRET}"},
                             faults=[{"on": {"path": "/objects/"},
                                      "stall": 10}]))
    process = tw.start("pull", server.feed, "--user", "me",
                       "--password-file", secret, "--low-speed-time", "30")
    while not server.log("/objects/"):
        assert process.poll() is None
    seen = 0
    for pid in [process.pid, *children(process.pid)]:
        for name in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                assert SECRET.encode() not in file.read()
        seen += 1
    assert seen >= 2, "the fetcher should be a process of its own"
    server.release()
    process.communicate(timeout=60)
    if tw.store.exists():
        assert SECRET.encode() not in tw.store.read_bytes()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(c) for c in file.read().split()]


def test_the_fetcher_holds_no_store(tw, serve):
    server = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/", "nth": 2}, "stall": 1}]))
    tw("pull", server.feed)
    process = tw.start("pull", server.feed, "--low-speed-time", "30")
    while len(server.log("/objects/")) < 2:
        assert process.poll() is None
    (child,) = children(process.pid)
    held = [os.readlink(f"/proc/{child}/fd/{fd}")
            for fd in os.listdir(f"/proc/{child}/fd")]
    assert not [h for h in held if "store.mdb" in h]
    with open(f"/proc/{child}/limits", encoding="ascii") as file:
        limits = file.read()
    size, = [row for row in limits.splitlines()
             if row.startswith("Max file size")]
    assert SANITIZED or int(size.split()[3]) == 2 << 30  # an archive's
    server.release()
    process.communicate(timeout=60)
    pulled_again = tw("lookup", "198.51.100.7")
    assert pulled_again.returncode == 0


def test_an_unreadable_secret(tw, serve, tmp_path):
    server = serve(stix.feed([stix.C2]))
    error = tw.fails("pull", server.feed, "--user", "me", "--password-file",
                     tmp_path / "missing", status=2)
    assert "missing" in error
    assert server.log() == []


# TLS

def tls(serve, pair, scenario=None, **more):
    options = []
    for name, value in more.items():
        options += ["--" + name.replace("_", "-"), str(value)]
    return serve(scenario or stix.feed([stix.C2]), tls=pair,
                 options=options)


def test_a_trusted_server(tw, serve, certificates):
    server = tls(serve, certificates.sign("good"))
    tw("pull", server.feed, "--ca-bundle", certificates.ca)
    tw("lookup", "198.51.100.7")


def test_an_unknown_authority(tw, serve, certificates):
    server = tls(serve, certificates.sign("good"))
    error = tw.fails("pull", server.feed, status=3)
    assert "certificate" in error
    assert server.log() == []


def test_an_expired_certificate(tw, serve, certificates):
    server = tls(serve, certificates.sign("expired", days=-1))
    error = tw.fails("pull", server.feed, "--ca-bundle", certificates.ca,
                     status=3)
    assert "certificate" in error and "expired" in error


def test_a_certificate_for_another_name(tw, serve, certificates):
    server = tls(serve, certificates.sign("other", san="DNS:other.example"))
    error = tw.fails("pull", server.feed, "--ca-bundle", certificates.ca,
                     status=3)
    assert "127.0.0.1" in error


def test_tls_1_1_is_refused(tw, serve, certificates):
    if not ssl.HAS_TLSv1_1:
        pytest.skip("this OpenSSL has no TLS 1.1")
    server = tls(serve, certificates.sign("good"), tls_max="1_1")
    error = tw.fails("pull", server.feed, "--ca-bundle", certificates.ca,
                     status=3)
    assert "TLS 1.2 or newer" in error
    assert server.runs()


def test_tls_1_3_is_wanted(tw, serve, certificates):
    server = tls(serve, certificates.sign("good"), tls_max="1_2")
    error = tw.fails("pull", server.feed, "--ca-bundle", certificates.ca,
                     "--tls-min", "1.3", status=3)
    assert "TLS 1.3 or newer" in error


def test_client_certificate(tw, serve, certificates, secret):
    me = certificates.sign("me")
    server = tls(serve, certificates.sign("good"),
                 stix.feed([stix.C2], auth={"basic": f"me:{SECRET}"}),
                 client_ca=certificates.ca)
    trust = ["--ca-bundle", certificates.ca]
    tw.fails("pull", server.feed, *trust, status=3)
    tw("pull", server.feed, *trust, "--client-cert", me.cert,
       "--client-key", me.key, "--user", "me", "--password-file", secret)
    tw("lookup", "198.51.100.7")


def test_a_server_that_speaks_no_tls(tw, serve):
    server = serve(stix.feed([stix.C2]))
    tw.fails("pull", server.feed.replace("http:", "https:"), status=3)


def test_from_https_to_http(tw, serve, certificates):
    plain = serve(stix.feed([stix.C2]))
    server = tls(serve, certificates.sign("good"), stix.feed([], faults=[
        {"on": {"path": "/objects/"}, "redirect": plain.feed + "objects/"}]))
    tw.fails("pull", server.feed, "--ca-bundle", certificates.ca, status=3)
    assert plain.log() == []
