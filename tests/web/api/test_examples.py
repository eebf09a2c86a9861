"""The examples of docs/api.md, as somebody would run them, against the real server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from digest.app import webhooks as posting
from digest.domain.model import Scope
from digest.jobs import webhooks
from digest.web.desk.serving import beside
from digest.web.listening import listening
from tests.conftest import ROOT, Clock
from tests.jobs.conftest import CONFIGURATION
from tests.web.api.conftest import Served

EXAMPLES = ROOT / "docs" / "examples"
CONTACTS = """email,first_name,consent_source,consent_at
eve@example.org,Eve,form of the website,2026-11-01T10:00:00Z
finn@example.org,Finn,,
ada@example.org,Ada,form of the website,2026-11-01T10:00:00Z
"""


def _run(file: str, *words: str, token: str) -> subprocess.CompletedProcess[str]:
    every = {**os.environ, "DIGEST_TOKEN": token}
    return subprocess.run(
        [sys.executable, str(EXAMPLES / file), *words], env=every, capture_output=True, text=True, timeout=60
    )


def test_the_example_keeps_a_list_like_somebodys_contacts(served: Served, tmp_path: Path) -> None:
    served.app.import_people(served.bench.newsletter)
    served.app.leave("ada@example.org")
    (tmp_path / "contacts.csv").write_text(CONTACTS)
    token = served.token(Scope.SUBSCRIBERS_READ, Scope.SUBSCRIBERS_WRITE)
    with listening("127.0.0.1:0") as listener, beside(served.app, listener, lambda words: None):
        desk = f"http://127.0.0.1:{listener.getsockname()[1]}"
        words = (desk, "news", str(tmp_path / "contacts.csv"))
        first, second = (_run("contacts.py", *words, token=token) for _ in range(2))
        refused = _run("contacts.py", *words, token="dg_none")
    assert first.stdout.splitlines() == [
        "eve@example.org: new",
        "finn@example.org: new",
        "ada@example.org: kept_off – left",
        "ada@example.org must not be mailed: unsubscribed",
    ], first.stderr
    assert second.stdout.splitlines()[:2] == ["eve@example.org: unchanged", "finn@example.org: unchanged"]
    assert refused.returncode == 1
    assert refused.stderr.startswith("No token that works.")


@pytest.fixture
def clock() -> Clock:
    # what receives a message looks at the machine's own clock
    return Clock(datetime.now(UTC))


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_the_example_hears_what_is_signed_and_nothing_else(served: Served) -> None:
    served.bench.configure(CONFIGURATION + "\n[desk]\nprivate_webhooks = true\n")
    served.app.loaded = served.bench.app.loaded
    port = _free_port()
    address = f"http://127.0.0.1:{port}/"
    made, secret = posting.make(served.app, "Ada", address=address, events=["edition.drafted"])
    hearing = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "webhook.py"), str(port)],
        env={**os.environ, "DIGEST_WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert hearing.stdout is not None
    try:
        assert hearing.stdout.readline() == f"Listening at {address}\n"
        served.bench.insights("Nursery play", "Maths of fractions")
        assert served.app.draft(served.bench.newsletter).edition is not None
        posting.tell(served.app, lambda words: None)
        kind, _, told = hearing.stdout.readline().partition(" ")
        assert (kind, json.loads(told)["number"]) == ("edition.drafted", 1)
        assert webhooks.find(served.app.store, made.id).fault == ""
        forged = httpx2.post(
            address, content=b"{}", headers={"webhook-id": "x", "webhook-timestamp": str(int(time.time()))}
        )
        assert forged.status_code == 401
    finally:
        hearing.terminate()
        hearing.wait(10)
        hearing.stdout.close()
