"""A file is asked for piece by piece, and not before it is known whose form it is in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from digest.web import bounds
from tests.web.desk.conftest import ADDRESS, Browser, Office, token
from tests.web.desk.test_importing import BOUNDARY, FILE, IMPORT, multipart

HOST = ADDRESS.removeprefix("https://")


class Sender:
    """Sends a body piece by piece, as ASGI has it (3.0), and notes what is asked for and answered."""

    def __init__(self, web: Any, *pieces: bytes, cookie: str = "", wait: float = 0.0) -> None:
        self._web, self._pieces, self._wait = web, list(pieces), wait
        self._cookie = cookie
        self.asked = 0
        self.said: list[dict[str, Any]] = []

    async def _receive(self) -> dict[str, Any]:
        self.asked += 1
        await asyncio.sleep(self._wait)
        if not self._pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": True}

    async def _send(self, message: dict[str, Any]) -> None:
        self.said.append(message)

    def answer(self) -> tuple[int, dict[str, str]]:
        """Return status and headers of the answer."""
        named = {"host": HOST, "origin": ADDRESS, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        if self._cookie:
            named["cookie"] = f"__Host-desk={self._cookie}"
        headers = [(name.encode(), value.encode()) for name, value in named.items()]
        scope = {
            "type": "http", "method": "POST", "path": IMPORT, "raw_path": IMPORT.encode(), "query_string": b"",
            "headers": headers, "scheme": "https", "server": (HOST, 443), "client": ("192.0.2.1", 1),
            "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"},
        }  # fmt: skip
        asyncio.run(self._web(scope, self._receive, self._send))
        return self.said[0]["status"], {name.decode(): value.decode() for name, value in self.said[0]["headers"]}


@pytest.fixture
def browser(office: Office) -> Browser:
    return office.inside()


def cookie(browser: Browser) -> str:
    return str(browser.client.cookies["__Host-desk"])


def begun(form: str) -> bytes:
    whole = multipart({"csrf": form, "kind": "people"}, "people.csv", FILE.encode())
    return whole[: whole.index(b"eve@")]


def test_of_a_strangers_file_nothing_is_asked_for(office: Office) -> None:
    sender = Sender(office.web, begun("x"))
    status, headers = sender.answer()
    assert (status, sender.asked, headers["connection"]) == (401, 0, "close")


def test_with_a_form_of_another_sitting_nothing_beyond_its_fields_is_asked_for(
    office: Office, browser: Browser
) -> None:
    sender = Sender(office.web, begun("0" * 16 + "." + "0" * 32), b"x" * 1_000, cookie=cookie(browser))
    status, headers = sender.answer()
    assert (status, sender.asked, headers["connection"]) == (403, 1, "close")


def test_a_file_that_breaks_off_is_not_kept(office: Office, browser: Browser) -> None:
    form = token(browser.get(IMPORT).text)
    sender = Sender(office.web, begun(form), cookie=cookie(browser))
    assert sender.answer()[0] == 400
    assert list((office.bench.folder / ".digest" / "uploads").iterdir()) == []


def test_fields_that_take_too_long_keep_nobody_waiting(
    office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_SECONDS", 0.2)
    slowly = [bytes([octet]) for octet in begun("x")]
    sender = Sender(office.web, *slowly, cookie=cookie(browser), wait=0.05)
    assert sender.answer()[0] == 408
    assert sender.asked < 20


def test_a_file_may_take_longer_than_a_form(office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    form = token(browser.get(IMPORT).text)
    monkeypatch.setattr(bounds, "MOST_SECONDS", 0.5)
    whole = multipart({"csrf": form, "kind": "people"}, "people.csv", FILE.encode())
    at = whole.index(b"eve@")
    rest = [whole[start : start + 8] for start in range(at, len(whole), 8)]
    sender = Sender(office.web, whole[:at], *rest, cookie=cookie(browser), wait=0.06)
    # at its end the sender goes away, and has sent all of the form
    status, headers = sender.answer()
    assert status == 303
    assert headers["location"].startswith(IMPORT)
