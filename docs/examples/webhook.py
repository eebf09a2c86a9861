"""Hear what happens in Digest, and know that it is Digest who says it. It needs Python alone, 3.11 or newer.

DIGEST_WEBHOOK_SECRET=whsec_… python webhook.py 8080

In earnest it stands behind a web server that has a certificate. Libraries for many languages do what `is_ours` does:
https://www.standardwebhooks.com.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

#: seconds that a message may be old: who copied one cannot send it again later
MOST_SECONDS = 300
MOST_OCTETS = 65_536
#: ids of what was heard: a message may come twice. In earnest, keep them for three days in a database
heard: set[str] = set()


def is_ours(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Tell whether the holder of the secret sent exactly this, just now (Standard Webhooks 1.0.0)."""
    name, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not seconds.isdecimal() or abs(now - int(seconds)) > MOST_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{name}.{seconds}.".encode() + body
    right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    # while a secret is changed there are two signatures, with a blank between them
    return any(hmac.compare_digest(one, right) for one in headers.get("webhook-signature", "").split(" "))


class Receiver(BaseHTTPRequestHandler):
    """Answers at once: whoever needs longer than ten seconds is told again."""

    def do_POST(self) -> None:
        """Take a message, or refuse it."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MOST_OCTETS))
        if not is_ours(os.environ["DIGEST_WEBHOOK_SECRET"], self.headers, body, time.time()):
            self.send_error(401)
            return
        self.send_response(204)
        self.end_headers()
        if self.headers["webhook-id"] not in heard:
            heard.add(self.headers["webhook-id"])
            message = json.loads(body)
            print(message["type"], json.dumps(message["data"]), flush=True)

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"Listening at http://127.0.0.1:{server.server_address[1]}/", flush=True)
    server.serve_forever()
