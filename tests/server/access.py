# SPDX-License-Identifier: BSD-2-Clause
"""Who may come in: the "auth" of a scenario; all that stand must hold.

    {"basic": "user:password"}
    {"bearer": "token"}
    {"authorization": "Token 123"}     the whole value of the header
    {"header": {"x-api-key": "key"}}   403 where it is missing or wrong
    {"query": {"apikey": "key"}}       401 likewise
    {"schemes": "Basic, Bearer"}       what a 401 offers, instead of its own
    {"echo": true}   a refusal quotes the credentials that were sent
    {"oauth2": {...}}, {"login": {...}}   a place that gives out tokens:
        path        where; outside TAXII
        client      "id:secret" (login: user and password)
        in          "basic" or "body" (oauth2)
        fields      {name: value} that the form must hold
        expires_in  s, in the answer
        uses        requests that a token is good for; then it is 401
        status      an error of the endpoint itself, with "body"
"""
import base64
import json
import urllib.parse

from collection import Refusal


class Door:
    """The auth of one scenario, and the tokens it has given out."""

    def __init__(self, auth):
        self.auth = auth
        self.given = {}  # token: uses left, None for any number
        self.places = {auth[kind]["path"]: kind
                       for kind in ("oauth2", "login") if kind in auth}

    def refuse(self, entry, scheme, status=401):
        text = "who are you?"
        if self.auth.get("echo"):
            text += " You sent " + json.dumps(
                [entry["headers"], entry["query"],
                 urllib.parse.unquote(entry["query"])])
        challenge = self.auth.get("schemes", f"{scheme} realm=taxiid")
        refusal = Refusal(status, text, challenge if status == 401 else None)
        refusal.plain = bool(self.auth.get("echo"))
        raise refusal

    def check(self, entry, query):
        """Pass, or a refusal."""
        auth = self.auth
        sent = entry["headers"].get("authorization", "")
        if "basic" in auth and sent != "Basic " + base64.b64encode(
                auth["basic"].encode()).decode():
            self.refuse(entry, "Basic")
        if "bearer" in auth and sent != f"Bearer {auth['bearer']}":
            self.refuse(entry, "Bearer")
        if "authorization" in auth and sent != auth["authorization"]:
            self.refuse(entry, auth["authorization"].split()[0])
        for name, value in auth.get("query", {}).items():
            if query.get(name) != value:
                self.refuse(entry, "ApiKey")
        for name, value in auth.get("header", {}).items():
            if entry["headers"].get(name.lower()) != value:
                self.refuse(entry, "", status=403)
        if self.places:
            self.check_token(entry, sent)

    def check_token(self, entry, sent):
        token = sent.removeprefix("Bearer ")
        uses = self.given.get(token, 0)
        if not sent.startswith("Bearer ") or uses == 0:
            self.refuse(entry, "Bearer")
        if uses is not None:
            self.given[token] = uses - 1

    def give(self, entry, body):
        """(status, JSON) of the place that gives out tokens."""
        kind = self.places[entry["path"]]
        spec = self.auth[kind]
        if "status" in spec:
            return spec["status"], spec.get("body", {})
        if entry["method"] != "POST":
            return 405, {"error": "POST only"}
        wrong = self.login if kind == "login" else self.oauth2
        error = wrong(spec, entry, body)
        if error:
            return error
        token = f"t0ken-{len(self.given) + 1}-secret"
        self.given[token] = spec.get("uses")
        if kind == "login":
            return 200, {"token": token}
        answer = {"access_token": token, "token_type": "Bearer"}
        if "expires_in" in spec:
            answer["expires_in"] = spec["expires_in"]
        return 200, answer

    @staticmethod
    def login(spec, entry, body):
        if "json" not in entry["headers"].get("content-type", ""):
            return 415, {"error": "JSON only"}
        data = json.loads(body)
        sent = f"{data.get('username')}:{data.get('password')}"
        if sent != spec["client"]:
            return 401, {"error": "invalid credentials", "sent": sent,
                         "message": f"no such user: {sent}"}
        return None

    @staticmethod
    def oauth2(spec, entry, body):
        form = dict(urllib.parse.parse_qsl(body.decode(),
                                           keep_blank_values=True))
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if spec.get("in", "basic") == "body":
            sent = f"{form.get('client_id')}:{form.get('client_secret')}"
        else:
            text = entry["headers"].get("authorization", "")
            text = base64.b64decode(text.removeprefix("Basic ")).decode()
            sent = ":".join(urllib.parse.unquote(part)
                            for part in text.split(":", 1))
            if "client_secret" in form:
                return 400, {"error": "invalid_request"}
        if sent != spec["client"]:
            return 401, {"error": "invalid_client",
                         "error_description": f"not known: {sent}"}
        for name, value in spec.get("fields", {}).items():
            if form.get(name) != value:
                return 400, {"error": "invalid_scope",
                             "error_description": name}
        return None
