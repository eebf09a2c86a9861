"""A rehearsal on the desk: started by a button, followed without a script, told in sentences, gone when it leaves."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from digest.app import rehearsing
from digest.web.desk.editions import live
from digest.web.desk.editions import rehearsing as pages
from tests.conftest import Clock
from tests.jobs.conftest import Wire
from tests.jobs.test_rehearsing import Halting, everything
from tests.web.desk.conftest import Office
from tests.web.desk.test_editions import Desk


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[rehearsing.Beside]:
    """What rehearses beside the pages, once there is a desk."""
    made: list[rehearsing.Beside] = []

    class Noted(rehearsing.Beside):
        def __init__(self, app: Any) -> None:
            super().__init__(app)
            made.append(self)

    monkeypatch.setattr(pages.job, "Beside", Noted)
    return made


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, beside: list[rehearsing.Beside]) -> Iterator[Desk]:
    office = Office(tmp_path, clock)
    yield Desk(office)
    beside[-1].wait()
    office.app.store.close()


def rehearse(desk: Desk) -> int:
    return desk.browser.send(f"{desk.path}/rehearsal", f"{desk.path}/rehearse").status_code


@pytest.mark.parametrize("approved", [False, True])
def test_a_draft_and_an_approved_edition_are_rehearsed_by_a_button_and_told_in_sentences(
    desk: Desk, beside: list[rehearsing.Beside], approved: bool
) -> None:
    if approved:
        desk.app.approve(desk.edition, "Ada")
        assert f'href="{desk.path}/rehearsal"' in desk.page()
        assert f'href="{desk.path}/rehearsal"' in desk.page("/sending")
    assert f'href="{desk.path}/rehearsal"' in desk.page("/review")
    assert "The whole send, without anybody getting it" in desk.page("/rehearsal")
    before = {name: rows for name, rows in everything(desk.app).items() if name != "sitting"}
    assert rehearse(desk) == 303
    beside[-1].wait()
    page = desk.page("/rehearsal")
    assert {name: rows for name, rows in everything(desk.app).items() if name != "sitting"} == before
    assert "3 people would get it. Each of them was mailed once" in page
    assert f"The bytes are those {'that somebody approved' if approved else 'on the screen'}" in page
    assert "Rehearsed by Hannah Cole" in page
    assert "1 person would get nothing" in page
    variants = desk.app.stored(desk.edition).variants
    mailed = [one for one in variants if not one.is_web_version and one.people]
    assert all(f"{one.sha256[:4]} {one.sha256[4:8]} … {one.sha256[-4:]}" in page for one in mailed)


def test_a_kept_message_is_looked_at_and_saved_as_it_was_handed_over(
    desk: Desk, beside: list[rehearsing.Beside]
) -> None:
    rehearse(desk)
    beside[-1].wait()
    page = desk.page("/rehearsal/1")
    saved = desk.browser.get(f"{desk.path}/rehearsal/1.eml")
    assert saved.headers["content-disposition"] == f'attachment; filename="{desk.edition}-1.eml"'
    message = message_from_bytes(saved.content, policy=policy.default)
    assert all(str(message[name]) in page for name in ("To", "Subject", "List-Unsubscribe"))
    framed = desk.browser.get(f"{desk.path}/rehearsal/1.html")
    assert framed.headers["content-security-policy"].endswith("sandbox")
    body = message.get_body(("html",))
    assert body is not None
    assert framed.text == body.get_content()
    assert "Nursery play" in desk.browser.get(f"{desk.path}/rehearsal/1.txt").text
    for wrong in ("99", "99.eml", "1.exe", "0", "..%2f1"):
        assert desk.browser.get(f"{desk.path}/rehearsal/{wrong}").status_code == 404, wrong
    assert desk.browser.get(f"{desk.path}/rehearsal/one").status_code == 422


def test_other_bytes_are_said_and_what_has_left_is_shown_no_more(desk: Desk, beside: list[rehearsing.Beside]) -> None:
    rehearse(desk)
    beside[-1].wait()
    desk.send("write", seen="0", **{f"story/{desk.story('Nursery play')}/title": "Nursery games"})
    assert "This rehearsal is of other bytes: rehearse again." in desk.page("/rehearsal")
    desk.app.approve(desk.edition, "Ada")
    desk.app.send(desk.edition, Wire(), "Ada")
    page = desk.page("/rehearsal")
    assert "there is nothing left to rehearse" in page
    assert "ada@example.org" not in page
    assert desk.browser.get(f"{desk.path}/rehearsal/1.eml").status_code == 404
    answer = desk.browser.send(f"{desk.path}/review", f"{desk.path}/rehearse")
    assert answer.status_code == 409
    assert "is sent: there is nothing left to rehearse" in unescape(answer.text)


def test_one_that_goes_on_shows_how_far_it_is_is_alone_and_is_stopped(
    desk: Desk, beside: list[rehearsing.Beside], monkeypatch: pytest.MonkeyPatch
) -> None:
    halting = Halting()
    monkeypatch.setattr(rehearsing, "_way_in", lambda app, port: halting)
    assert rehearse(desk) == 303
    assert halting.begun.wait(20)
    page = desk.page("/rehearsal")
    assert re.search(r'class="answered">0 of 3<', page)
    assert "Hannah Cole wanted it" in page
    assert "data-still" not in page
    answer = desk.browser.send(f"{desk.path}/rehearsal", f"{desk.path}/rehearse")
    assert answer.status_code == 409
    assert "It is rehearsed already, since Hannah Cole wanted it." in unescape(answer.text)
    stopping = threading.Thread(
        target=desk.browser.send, args=(f"{desk.path}/rehearsal", f"{desk.path}/rehearsal/stop")
    )
    stopping.start()
    assert beside[-1]._stopped.wait(20)
    halting.go.set()
    stopping.join(20)
    page = desk.page("/rehearsal")
    assert "The rehearsal was stopped. Nobody got anything." in page
    assert "data-still" in page


def test_a_page_is_told_when_it_came_further(desk: Desk, beside: list[rehearsing.Beside]) -> None:
    async def first_two() -> list[str]:
        told = live.told(beside[-1].version)
        before = await anext(told)
        await asyncio.to_thread(beside[-1].start, desk.edition, "Ada")
        await asyncio.to_thread(beside[-1].wait)
        return [before, await anext(told)]

    before, after = asyncio.run(first_two())
    assert (before, after.startswith(f"data: {desk.edition} ")) == ("data: \n\n", True)


def test_nobody_who_is_not_logged_in_sees_or_starts_one(desk: Desk, beside: list[rehearsing.Beside]) -> None:
    rehearse(desk)
    beside[-1].wait()
    stranger = desk.office.browser("192.0.2.7")
    for path in ("rehearsal", "rehearsal/1", "rehearsal/1.eml", "rehearsal/1.html", "rehearsal/live"):
        assert stranger.get(f"{desk.path}/{path}").headers["location"].startswith("/log-in")
    assert stranger.post(f"{desk.path}/rehearse", csrf="x").status_code == 401
