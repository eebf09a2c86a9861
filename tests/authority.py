"""An authorization server on this machine: people always say yes, codes and tokens are counted up (RFC 6749, 7636)."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from digest.domain.model import OAuth

CLIENT = "a-client"
SECRET = "a-client-secret"
SCOPE = "mail offline_access"


@dataclass(frozen=True)
class Asked:
    """What a person was asked to allow."""

    challenge: str
    redirect: str


class Authority:
    """Gives a code for every sign-in, a token for every code, and for every token that lasts the next one."""

    def __init__(self) -> None:
        #: what the person who signs in says instead of yes
        self.refuses = ""
        #: what lasts is given at all; is another one each time, and the one before is worth nothing then
        self.lasting = True
        self.rotates = True
        #: seconds for which a token is said to be good
        self.lifetime: int | None = 3600
        #: status and body of the next answers about tokens, instead of the right ones
        self.instead: list[tuple[int, bytes]] = []
        #: seconds before each answer about tokens
        self.delay = 0.0
        #: parameters of each sign-in; forms of each request for tokens
        self.signed_in: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        #: those that are good
        self.tokens: set[str] = set()
        self.lasts: set[str] = set()
        self._codes: dict[str, Asked] = {}
        self._count = 0
        self._lock = threading.Lock()
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                where = authority.authorize(dict(parse_qsl(urlsplit(self.path).query)))
                self.send_response(302)
                self.send_header("Location", where)
                self.end_headers()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = dict(parse_qsl(self.rfile.read(length).decode()))
                assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
                time.sleep(authority.delay)
                with authority._lock:
                    status, body = authority.give(form)
                with suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def oauth(self) -> OAuth:
        return OAuth(
            client_id=CLIENT,
            authorize_url=f"{self.base}/authorize?prompt=login",
            token_url=f"{self.base}/token",
            scopes=tuple(SCOPE.split()),
        )

    @property
    def table(self) -> str:
        """What stands under [server.oauth]."""
        return (
            f'client_id = "{CLIENT}"\nauthorize_url = "{self.oauth.authorize_url}"\n'
            f'token_url = "{self.oauth.token_url}"\nscopes = {json.dumps(SCOPE.split())}\n'
        )

    def secrets(self) -> set[str]:
        """Everything that nobody may see."""
        told = {value for form in self.asked for name, value in form.items() if name not in ("grant_type", "client_id")}
        return (self.tokens | self.lasts | told) - {form.get("redirect_uri", "") for form in self.asked}

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where a browser is sent."""
        self.signed_in.append(asked)
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, SCOPE)
        assert (asked["code_challenge_method"], asked["prompt"]) == ("S256", "login")
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.refuses, 'state': asked['state']})}"
        code = self._next("code")
        self._codes[code] = Asked(asked["code_challenge"], asked["redirect_uri"])
        return f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], 'code': code})}"

    def give(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Return status and body of an answer about tokens."""
        self.asked.append(form)
        if self.instead:
            return self.instead.pop(0)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return _refused("invalid_client")
        if form["grant_type"] == "authorization_code":
            known = self._codes.pop(form["code"], None)
            proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if known != Asked(proof.decode(), form["redirect_uri"]):
                return _refused("invalid_grant")
            return self._given()
        if form["refresh_token"] not in self.lasts:
            return _refused("invalid_grant")
        if self.rotates:
            self.lasts.remove(form["refresh_token"])
        return self._given()

    def _given(self) -> tuple[int, bytes]:
        token = self._next("token")
        self.tokens.add(token)
        # as Microsoft does it: the scope for what lasts is not among those that are told
        body: dict[str, object] = {"access_token": token, "token_type": "Bearer", "scope": "mail"}
        if self.lifetime is not None:
            body["expires_in"] = self.lifetime
        if self.lasting and (self.rotates or not self.lasts):
            lasting = self._next("lasting")
            self.lasts.add(lasting)
            body["refresh_token"] = lasting
        return 200, json.dumps(body).encode()

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"secret-{kind}-{self._count}"


def _refused(error: str) -> tuple[int, bytes]:
    return 400, json.dumps({"error": error, "error_description": "As you asked.\r\nTrace ID: 1"}).encode()
