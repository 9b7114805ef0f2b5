# SPDX-License-Identifier: BSD-2-Clause
"""Every kind of credentials, and the ways to a server.

The server checks what arrives.  No secret is in what is printed, logged or
stored, even where the server sends it back.
"""
import base64
import hashlib
import json
import subprocess

import pytest

import local
import stix

SECRET = "hunter2-Zq+&/"
WRONG = "wr0ng-Xy+&/"
ISSUED = "t0ken-"  # what every token of the server begins with


def hidden(tw, done, *more):
    """Nothing secret in what was printed or is in the folder of the store."""
    needles = [s.encode() for s in (SECRET, WRONG, ISSUED, *more)]
    needles += [b"Zq%2B%26%2F", b"Xy%2B%26%2F"]
    needles += [base64.b64encode(b"me:" + s) for s in needles[:2]]
    needles += [base64.b64encode(b":" + s) for s in needles[:2]]
    places = {"stdout": done.stdout, "stderr": done.stderr}
    for path in tw.folder.glob("store.mdb*"):
        places[path.name] = path.read_bytes()
    for name, text in places.items():
        for needle in needles:
            assert needle not in text, f"{needle} in {name}"


# What the server wants, and the options for it; the file holds the secret.
KINDS = {
    "basic": ({"basic": f"me:{SECRET}"}, "--user me --password-file {}"),
    "basic, no user": ({"basic": f":{SECRET}"}, "--password-file {}"),
    "bearer": ({"bearer": SECRET}, "--token-file {}"),
    "Token": ({"authorization": f"Token {SECRET}"},
              "--token-file {} --token-scheme Token"),
    "bare": ({"authorization": SECRET},
             "--token-file {} --token-scheme none"),
    "own header": ({"header": {"X-RFToken": SECRET}},
                   "--token-file {} --token-header X-RFToken"),
    "query": ({"query": {"api key": SECRET}},
              ["--token-file", "{}", "--token-query", "api key"]),
    "oauth2": ({"oauth2": {"path": "/id/token", "client": f"me:{SECRET}"}},
               "--oauth2-url /id/token --client-id me "
               "--client-secret-file {}"),
    "oauth2, body": ({"oauth2": {"path": "/token", "in": "body",
                                 "client": f"me:{SECRET}",
                                 "fields": {"scope": "a b",
                                            "audience": "x=y"}}},
                     ["--oauth2-url", "/token", "--client-id", "me",
                      "--client-secret-file", "{}", "--oauth2-body",
                      "--scope", "a b", "--oauth2-param", "audience=x=y"]),
    "login": ({"login": {"path": "/management/auth",
                         "client": f"me:{SECRET}"}},
              "--login-url /management/auth --user me --password-file {}"),
}


def options(kind, path, server):
    words = KINDS[kind][1]
    words = words.split() if isinstance(words, str) else words
    return [server.url.rstrip("/") + w if w.startswith("/") else
            w.replace("{}", str(path)) for w in words]


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(tw, serve, secret, kind):
    auth = KINDS[kind][0]
    server = serve(stix.feed([stix.C2], auth=auth, page=1))
    done = tw("-v", "pull", server.url + "taxii2/", "--name", "x",
              *options(kind, secret(SECRET), server))
    tw("lookup", "198.51.100.7")
    hidden(tw, done)
    tokens = [e for e in server.log() if e["method"] == "POST"]
    assert len(tokens) == (1 if kind.startswith(("oauth2", "login")) else 0)
    again = tw("-v", "pull", server.url + "taxii2/", "--name", "x",
               *options(kind, secret(SECRET), server))
    assert again.out.startswith("x: 0 new")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("echo", [False, True], ids=["", "echo"])
def test_wrong_secrets(tw, serve, secret, kind, echo):
    """One refusal ends it; what is offered is said, no secret is."""
    auth = {**KINDS[kind][0], "echo": echo, "schemes": "Negotiate, Basic x=y"}
    server = serve(stix.feed([stix.C2], auth=auth))
    done = tw("-v", "pull", server.feed, *options(kind, secret(WRONG), server),
              status=3)
    hidden(tw, done)
    assert len(server.log()) == 1, "a refusal is no reason to try again"
    if kind == "own header":
        assert "403" in done.err
    elif kind.startswith(("oauth2", "login")):
        assert "no token to be had" in done.err and "401" in done.err
    else:
        assert "401" in done.err and "Negotiate, Basic" in done.err
    status, = tw.json("status")
    assert status["sources"][0]["state"] == "auth"
    hidden(tw, tw("status"))


@pytest.mark.parametrize("kind", ["oauth2", "login"])
def test_a_token_is_renewed(tw, serve, secret, kind):
    """A token that the server no longer takes is had anew, once."""
    auth = json.loads(json.dumps(KINDS[kind][0]))
    auth[kind]["uses"] = 2
    made = {"count": 6}
    server = serve(stix.feed([], auth=auth, generate=made, page=1))
    done = tw("-v", "pull", server.feed,
              *options(kind, secret(SECRET), server))
    assert done.out.split(": ", 1)[1].startswith("6 new")
    hidden(tw, done)
    posts = len([e for e in server.log() if e["method"] == "POST"])
    refused = len([e for e in server.log() if e["status"] == 401])
    assert (posts, refused) == (3, 2)


def test_a_token_that_never_works(tw, serve, secret):
    """Every token is refused: two of them are tried at most."""
    auth = {"oauth2": {"path": "/token", "client": f"me:{SECRET}", "uses": 0}}
    server = serve(stix.feed([stix.C2], auth=auth))
    error = tw.fails("pull", server.feed, "--oauth2-url",
                     server.url + "token", "--client-id", "me",
                     "--client-secret-file", secret(SECRET), status=3)
    assert "401" in error and "Bearer" in error
    assert len(server.log()) == 2


def test_a_short_lived_token(tw, serve, secret):
    auth = {"oauth2": {"path": "/token", "client": f"me:{SECRET}",
                       "expires_in": 3600}}
    server = serve(stix.feed([], auth=auth, generate={"count": 4}, page=1))
    tw("pull", server.feed, "--oauth2-url", server.url + "token",
       "--client-id", "me", "--client-secret-env", "CS", env={"CS": SECRET})
    assert len([e for e in server.log() if e["method"] == "POST"]) == 1


@pytest.mark.parametrize("answer, says", [
    ({"body": {"error": "no"}, "status": 200}, "no token"),
    ({"body": {"error": "invalid_scope"}, "status": 400}, "invalid_scope"),
    ({"body": {}, "status": 404}, "404"),
])
def test_a_token_endpoint_that_is_wrong(tw, serve, secret, answer, says):
    auth = {"oauth2": {"path": "/token", "client": "x:y", **answer}}
    server = serve(stix.feed([stix.C2], auth=auth))
    error = tw.fails("pull", server.feed, "--oauth2-url",
                     server.url + "token", "--client-id", "me",
                     "--client-secret-file", secret(SECRET), status=3)
    assert says in error and "/token" in error
    assert len(server.log()) == 1


def test_a_token_endpoint_that_is_busy(tw, serve, secret):
    """Its 503 is waited out like any other."""
    auth = {"oauth2": {"path": "/token", "client": f"me:{SECRET}"}}
    server = serve(stix.feed([stix.C2], auth=auth, faults=[
        {"on": {"path": "/token", "nth": 1}, "status": 503,
         "headers": {"Retry-After": "0"}}]))
    tw("pull", server.feed, "--oauth2-url", server.url + "token",
       "--client-id", "me", "--client-secret-file", secret(SECRET))
    assert [e["status"] for e in server.log("/token")] == [503, 200]


def test_a_token_is_not_asked_for_elsewhere(tw, serve, secret):
    other = serve({})
    auth = {"oauth2": {"path": "/token", "client": f"me:{SECRET}"}}
    server = serve(stix.feed([stix.C2], auth=auth, faults=[
        {"on": {"path": "/token"}, "redirect": other.url + "token",
         "status": 307}]))
    tw.fails("pull", server.feed, "--oauth2-url", server.url + "token",
             "--client-id", "me", "--client-secret-file", secret(SECRET),
             "--follow-hosts", status=3)
    assert other.log() == []


def test_two_proofs_at_once(tw, serve, secret):
    """A gateway's key in a header, and the server's own password."""
    server = serve(stix.feed([stix.C2], auth={
        "basic": f"me:{SECRET}", "header": {"X-Gate": SECRET}}))
    done = tw("pull", server.feed, "--user", "me", "--password-file",
              secret(SECRET), "--header-file",
              secret(f"X-Gate: {SECRET}", "header"))
    hidden(tw, done)


def test_a_key_in_the_query_stays_here(tw, serve, secret):
    """Not to other hosts, and not into errors of redirects."""
    other = serve(stix.feed([stix.C2]))
    server = serve(stix.feed([], auth={"query": {"apikey": SECRET}}, faults=[
        {"on": {"path": "/objects/"},
         "redirect": other.feed + "objects/?back=" + SECRET[:-3]}]))
    arguments = ["-v", "pull", server.feed, "--token-query", "apikey",
                 "--token-file", secret(SECRET)]
    hidden(tw, tw(*arguments, status=3))
    tw(*arguments, "--follow-hosts")
    entry, = other.log()
    assert "apikey" not in entry["query"]


def test_from_the_configuration(tw, serve, secret):
    auth = KINDS["oauth2, body"][0]
    server = serve(stix.feed([stix.C2], auth=auth))
    secret(SECRET)
    (tw.folder / "t.yaml").write_text(f"""
sources:
  - name: x
    url: {server.feed}
    oauth2: {{url: {server.url}token, param: [audience=x=y], body: yes}}
    client: {{id: me, secret-file: secret}}
    scope: a b
    query: [extra=1]
    slash: keep
    rate: 1000/s
""")
    tw("-c", "t.yaml", "pull", "--all")
    entry, = server.log("/objects/")
    assert "extra=1" in entry["query"]


@pytest.mark.parametrize("arguments, says", [
    (["--token-file", "x", "--user", "u"], "exclude each other"),
    (["--oauth2-url", "http://x/"], "client-id"),
    (["--client-id", "x"], "oauth2-url"),
    (["--token-header", "X"], "token-file"),
    (["--token-query", "q", "--token-header", "X", "--token-file", "t"],
     "exclude each other"),
    (["--login-url", "http://x/"], "user"),
    (["--oauth2-url", "ftp://x/", "--client-id", "x"], "oauth2-url"),
    (["--oauth2-url", "http://a:b@x/", "--client-id", "x"], "credentials"),
    (["--proxy", "http://a:b@x/"], "proxy-password-file"),
    (["--rate", "50"], "50/10min"),
    (["--slash", "never"], "keep, add, remove"),
    (["--pinned-key", "md5//x"], "sha256//"),
    (["--query", "noequals"], "name=value"),
    (["--password-file", "x", "--password-env", "y"], "both"),
])
def test_contradictions(tw, arguments, says):
    error = tw.fails("pull", "http://127.0.0.1:1/", *arguments, status=2)
    assert says in error


def test_a_token_of_two_lines(tw, serve, secret):
    server = serve(stix.feed([stix.C2]))
    error = tw.fails("pull", server.feed, "--token-file",
                     secret("a\r\nX-Evil: 1"), status=2)
    assert "one line" in error
    assert server.log() == []


# ways to the server

def test_query_accept_and_slashes(tw, serve):
    server = serve(stix.feed([stix.C2], accept="application/json, */*"))
    ours = ["--accept", "application/json, */*"]
    tw("pull", server.feed, "--query", "match[revoked]=1&x", *ours, "-H",
       "User-Agent: me/1")
    entry, = server.log("/objects/")
    assert "match%5Brevoked%5D=1%26x" in entry["query"]
    assert entry["headers"]["accept"].endswith(", */*")
    assert entry["headers"]["user-agent"] == "me/1"
    tw("pull", server.feed, "--name", "y", "--slash", "remove", *ours,
       status=None)
    assert server.log()[-1]["path"] == "/api/collections/c1/objects"
    tw("pull", server.feed.rstrip("/"), "--name", "z", "--slash", "add",
       *ours)
    assert server.log()[-1]["path"] == "/api/collections/c1/objects/"


def test_404_as_empty(tw, serve):
    server = serve(stix.feed([stix.C2], faults=[
        {"on": {"path": "/objects/"}, "status": 404, "body": "none"}]))
    tw.fails("pull", server.feed, status=3)
    done = tw("pull", server.feed, "--empty-404")
    assert " 0 new" in done.out


def tls(serve, certificates, scenario=None, **more):
    words = []
    for name, value in more.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    pair = certificates.sign("good")
    server = serve(scenario or stix.feed([stix.C2]), tls=pair, options=words)
    server.pair = pair
    return server


def pin_of(cert):
    """As the manual tells how to make one."""
    key = subprocess.run(["openssl", "x509", "-in", cert, "-pubkey",
                          "-noout"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"],
                         input=key, check=True, capture_output=True).stdout
    return "sha256//" + base64.b64encode(
        hashlib.sha256(der).digest()).decode()


def test_a_pinned_key(tw, serve, certificates):
    server = tls(serve, certificates)
    trust = ["--ca-bundle", certificates.ca]
    pin = pin_of(server.pair.cert)
    tw("pull", server.feed, *trust, "--pinned-key", pin)
    other = "sha256//" + base64.b64encode(b"x" * 32).decode()
    tw("pull", server.feed, *trust, "--pinned-key", f"{other};{pin}")
    error = tw.fails("pull", server.feed, *trust, "--pinned-key", other,
                     status=3)
    assert "--pinned-key" in error


@pytest.mark.parametrize("basic", [False, True], ids=["alone", "with basic"])
def test_pkcs12(tw, serve, certificates, secret, basic):
    me = certificates.sign("me")
    p12 = tw.folder / "me.p12"
    certificates.openssl("pkcs12", "-export", "-in", me.cert, "-inkey",
                         me.key, "-out", p12, "-passout", f"pass:{SECRET}")
    auth = {"basic": f"me:{SECRET}"} if basic else {}
    server = tls(serve, certificates, stix.feed([stix.C2], auth=auth),
                 client_ca=certificates.ca)
    arguments = ["pull", server.feed, "--ca-bundle", certificates.ca,
                 "--client-cert", p12]
    if basic:
        arguments += ["--user", "me", "--password-file", secret(SECRET)]
    done = tw(*arguments, "--client-key-password-file", secret(SECRET))
    hidden(tw, done)
    tw("lookup", "198.51.100.7")
    error = tw(*arguments, "--name", "y", "--client-key-password-env", "KP",
               env={"KP": WRONG}, status=3)
    assert "client certificate" in error.err
    hidden(tw, error)


def test_an_encrypted_key(tw, serve, certificates, secret):
    me = certificates.sign("me")
    key = tw.folder / "locked.key"
    certificates.openssl("pkey", "-in", me.key, "-aes256", "-passout",
                         f"pass:{SECRET}", "-out", key)
    server = tls(serve, certificates, client_ca=certificates.ca)
    tw("pull", server.feed, "--ca-bundle", certificates.ca, "--client-cert",
       me.cert, "--client-key", key, "--client-key-password-file",
       secret(SECRET))


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "127.0.0.1:1",
                                   "http://no-proxy.invalid/",
                                   "socks5h://127.0.0.1:1"])
def test_no_proxy_there(tw, proxy):
    error = tw.fails("pull", "http://feed.example/bundle.json", "--proxy",
                     proxy, status=3)
    assert "the proxy" in error and "--proxy" in error
    assert "is the server up" not in error and "spelt right" not in error


@pytest.mark.parametrize("url", ["http://feed.example/bundle.json",
                                 "https://feed.example/bundle.json"])
def test_a_proxy_that_wants_credentials(tw, proxy_407, url):
    error = tw.fails("pull", url, "--proxy", proxy_407, status=3)
    assert "407" in error and "--proxy-user" in error


@pytest.fixture(name="proxy_407")
def make_proxy_407():
    """One that nobody may use."""
    class Refusal(local.Handler):
        def refuse(self):
            self.send_response(407)
            self.send_header("Proxy-Authenticate", "Basic realm=x")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_CONNECT = refuse

    server = local.Local(Refusal).begin()
    yield server.url
    server.stop()


def test_through_a_proxy(tw, serve, secret):
    """The server itself stands for the proxy: it sees the whole URL."""
    proxy = serve({"files": {}})
    done = tw("-v", "pull", "http://feed.example/bundle.json", "--proxy",
              proxy.url, "--proxy-user", "me", "--proxy-password-file",
              secret(SECRET), status=3)
    hidden(tw, done)
    entry = proxy.log()[0]
    assert entry["headers"]["host"] == "feed.example"
    assert entry["headers"]["proxy-authorization"] == "Basic " + \
        base64.b64encode(f"me:{SECRET}".encode()).decode()
