from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from digest.domain.errors import StoreError
from digest.web import bounds, whence
from digest.web.bounds import MOST_OCTETS, Bounded
from tests.web.conftest import FORM, Place


def test_a_body_that_is_too_long_is_refused_before_it_is_read_to_its_end(place: Place) -> None:
    read = 0

    def without_end() -> Iterator[bytes]:
        nonlocal read
        while read < 100 * MOST_OCTETS:
            read += 4_096
            yield b"x" * 4_096

    assert place.client.post("/subscribe/news", content=b"x" * (MOST_OCTETS + 1)).status_code == 413
    assert place.client.post("/subscribe/news", content=b"x" * MOST_OCTETS).status_code == 422
    assert place.client.post("/u/x", content=without_end()).status_code == 413


def test_a_body_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_SECONDS", 0.01)

    async def never() -> dict[str, Any]:
        await asyncio.sleep(60)
        raise AssertionError

    assert _answer(never)[0]["status"] == 408


def test_a_form_that_was_cut_off_is_no_form() -> None:
    coming = [
        {"type": "http.request", "body": b"email=a@example.org", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def cut() -> dict[str, Any]:
        return coming.pop(0)

    assert _answer(cut) == []


def _answer(receive: Callable[[], Any]) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def app(*_: object) -> None:
        raise AssertionError("it was handed a body that is none")

    asyncio.run(Bounded(app)({"type": "http", "method": "POST", "path": "/u/x"}, receive, send))  # type: ignore[arg-type]
    return said


#: bodies that no browser sends -> the answer to the form
STRANGE: dict[str, tuple[dict[str, Any], int]] = {
    "many fields": ({"content": b"a=1&" * 10_000, "headers": {"Content-Type": bounds._FORM}}, 400),
    "json": ({"content": b'{"email": "a@example.org"}', "headers": {"Content-Type": "application/json"}}, 422),
    "multipart": ({"files": {"email": (None, "a@example.org")}}, 422),
    "a strange charset": (
        {"data": FORM, "headers": {"Content-Type": f"{bounds._FORM}; charset=unicode_escape"}},
        200,
    ),
    "half a letter": ({"content": b"email=a@example.org&agreed=1&first_name=%ED%A0%80%FF"}, 200),
    "NUL": ({"content": b"email=%00&agreed=%00"}, 422),
    "signs alone": ({"content": b"&&==;%%%zz+=&="}, 422),
    "nothing": ({}, 422),
    "twice": ({"content": b"email=x&email=eve@example.net&agreed=1&cadence=no&cadence=weekly"}, 200),
}


@pytest.mark.parametrize(("body", "status"), STRANGE.values(), ids=STRANGE)
def test_what_no_browser_sends_breaks_nothing(place: Place, body: dict[str, Any], status: int) -> None:
    body = {"headers": {"Content-Type": bounds._FORM}, **body} if "content" in body else body
    assert place.client.post("/subscribe/news", **body).status_code == status
    changed = place.client.post(f"/p/{place.token('preferences', place.person('ada@example.org'))}", **body)
    assert changed.status_code in (400, 422)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_lead_nowhere(place: Place, method: str) -> None:
    before = place.everything()
    token = place.token("unsubscribe", place.person("ada@example.org"))
    for path in (f"/u/{token}", "/subscribe/news", f"/c/{token}"):
        assert place.client.request(method, path, headers={"X-HTTP-Method-Override": "POST"}).status_code == 404
    assert place.everything() == before


@pytest.mark.parametrize(
    "path",
    ["/subscribe/news/", "//evil.example/", "/subscribe//evil.example", "/\\evil.example", "/?next=//evil.example"],
)
def test_no_address_leads_anywhere_else(place: Place, path: str) -> None:
    said = place.client.get(path, headers={"Host": "evil.example"})
    assert not said.headers.get("Location", "/").startswith(("//", "http", "/\\"))
    assert "evil" not in said.text + said.headers.get("Location", "")


@pytest.mark.parametrize("page", ["/subscribe/news", "/nowhere", "/public.css", "/u/x"])
def test_every_page_runs_nothing_and_is_shown_by_no_other_site(place: Place, page: str) -> None:
    said = place.client.get(page)
    assert "default-src 'none'" in said.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in said.headers["Content-Security-Policy"]
    assert said.headers["X-Content-Type-Options"] == "nosniff"
    assert said.headers["Referrer-Policy"] == "no-referrer"
    assert "set-cookie" not in said.headers
    assert "<script" not in said.text
    assert len(said.content) <= 20_000


# ---------------------------------------------------------------------------------------------
# Faults


@pytest.mark.parametrize(
    ("fault", "status"), [(StoreError("The disk is full."), 503), (RuntimeError("INSERT 'eve@example.net'"), 500)]
)
def test_a_fault_shows_and_logs_neither_a_token_nor_an_address(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception, status: int
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr("digest.jobs.readers.ask", fail)
    monkeypatch.setattr("digest.jobs.readers.leave", fail)
    token = place.token("unsubscribe", place.person("ada@example.org"))
    client = TestClient(place.client.app, base_url="https://digest.example.org", raise_server_exceptions=False)
    place.client = client
    with caplog.at_level(logging.DEBUG):
        answers: list[httpx2.Response] = [place.ask(), client.post(f"/u/{token}")]
    for said in answers:
        assert said.status_code == status
        assert "Nothing was changed" in said.text
        assert "eve@" not in said.text
    ours = [one for one in caplog.records if not one.name.startswith(("httpx", "asyncio"))]
    logged = "\n".join(f"{one.getMessage()} {one.exc_text or ''}" for one in ours)
    assert token not in logged
    assert "@example" not in logged


# ---------------------------------------------------------------------------------------------
# Whom a request is from


@pytest.mark.parametrize(
    ("remote", "household"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_household_counts_as_one(remote: str, household: str) -> None:
    assert whence.household(remote) == household


def test_a_network_that_says_no_address_has_none(place: Place) -> None:
    client = TestClient(place.client.app, client=("a@example.org", 1))
    client.post("/subscribe/news", data=FORM)
    [kept] = place.everything()["asking"]
    assert kept.remote == ""
