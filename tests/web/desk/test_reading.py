"""A head or a trustee without an account: one edition by one link, read-only, until it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.web.desk.conftest import Browser, Office
from tests.web.desk.test_editions import Desk


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    office = Office(tmp_path, clock)
    yield Desk(office)
    office.app.store.close()


def _link(desk: Desk, name: str = "Mr Head") -> str:
    answer = desk.browser.send(f"{desk.path}/review", f"{desk.path}/invite", name=name, days="7")
    assert answer.status_code == 200, answer.text
    found = re.search(r"(/read/[\w-]+)<", answer.text)
    assert found
    return found[1]


def _stranger(desk: Desk) -> Browser:
    return desk.office.browser("192.0.2.99")


def test_who_has_the_link_reads_the_edition_and_nothing_else(desk: Desk) -> None:
    link, stranger = _link(desk), _stranger(desk)
    page = unescape(stranger.get(link).text)
    assert "Hannah Cole asks you, Mr Head, to read it." in page
    frames = re.findall(r'src="(/read/[^"]+)"', page)
    assert frames
    assert all(stranger.get(one).status_code == 200 for one in frames)
    for path in ("/", desk.path, f"{desk.path}/review", "/editions"):
        assert stranger.get(path).status_code == 303
    assert stranger.get(link.replace("/read/", "/editions/")).status_code == 303


def test_what_they_say_comes_back_to_the_edition_as_text(desk: Desk) -> None:
    link, stranger = _link(desk), _stranger(desk)
    story = desk.story("Nursery play")
    said = "<script>alert(1)</script> Well done"
    assert stranger.send(link, link, text=said, story=story).status_code == 303
    page = desk.browser.get(f"{desk.path}/review").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Well done" in page
    assert said not in page
    comment = re.search(r'name="comment" value="([^"]+)"', page)
    assert comment
    answer = desk.browser.send(f"{desk.path}/review", f"{desk.path}/settle", comment=comment[1])
    assert answer.status_code == 303
    assert "settled by Hannah Cole" in desk.page("/review")


def test_what_cannot_be_kept_stands_beside_the_field_as_it_was_typed(desk: Desk) -> None:
    link, stranger = _link(desk), _stranger(desk)
    answer = stranger.send(link, link, text="x" * 2_001)
    assert answer.status_code == 422
    assert "2,001 characters. It may have 2,000." in answer.text
    assert "x" * 2_001 in answer.text
    assert stranger.send(link, link, text=" ").status_code == 422


def test_a_link_that_is_over_or_withdrawn_or_nobodys_opens_nothing(desk: Desk) -> None:
    link, other, stranger = _link(desk), _link(desk, "Ms Trustee"), _stranger(desk)
    page = desk.browser.get(f"{desk.path}/review").text
    key = re.search(r'<li><span>Mr Head .*?name="key" value="([^"]+)"', page, re.DOTALL)
    assert key
    assert desk.browser.send(f"{desk.path}/review", f"{desk.path}/withdraw", key=key[1]).status_code == 303
    assert stranger.get(link).status_code == 404
    assert stranger.get(other).status_code == 200
    desk.office.clock.forward(days=8)
    gone = [stranger.get(one) for one in (link, other, "/read/nobodys")]
    assert {one.status_code for one in gone} == {404}
    assert len({re.sub(r'csrf" value="[^"]+"|/read/[\w-]+', "", one.text) for one in gone}) == 1


def test_a_form_without_its_page_is_refused(desk: Desk) -> None:
    link, stranger = _link(desk), _stranger(desk)
    assert stranger.post(link, text="Well", csrf="forged").status_code == 403
    assert stranger.post(link, text="Well", origin="https://elsewhere.example.org").status_code == 403


def test_an_invitation_needs_a_name_and_days_that_make_sense(desk: Desk) -> None:
    for name, days in (("", "7"), ("Mr Head", "0"), ("Mr Head", "61"), ("Mr Head", "soon")):
        answer = desk.browser.send(f"{desk.path}/review", f"{desk.path}/invite", name=name, days=days)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
