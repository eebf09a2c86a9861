"""Find anything: one field on every page, and a page of all that its words fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from digest.domain.model import EditionState, Role
from digest.jobs import editing, finding
from tests.conftest import Clock
from tests.jobs.conftest import HEADER, Wire
from tests.web.desk.conftest import Office
from tests.web.desk.test_editions import Desk


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    office = Office(tmp_path, clock)
    yield Desk(office)
    office.app.store.close()


def found(desk: Desk, words: str) -> str:
    answer = desk.browser.client.get("/find", params={"q": words})
    assert answer.status_code == 200
    return unescape(answer.text).partition("<main")[2]


def groups(page: str) -> dict[str, int]:
    """Return name of a group -> how many are in it."""
    heads = re.findall(r'<h2>([^<]+)</h2><div class="side"><span class="pill count quiet">(\d+)', page)
    return {name: int(count) for name, count in heads}


@pytest.mark.parametrize(
    "words", ["1", "#1", "no. 1", "2026-11-24", "24 november", "tue 24", "Fernhill draft", "november 2026"]
)
def test_an_edition_is_found_by_its_number_and_its_day_as_people_say_them(desk: Desk, words: str) -> None:
    page = found(desk, words)
    assert groups(page)["Editions"] == 1
    assert f'href="{desk.path}"' in page
    assert "No. 1 · Tue 24 Nov, 08:00" in page


def test_a_number_finds_that_very_number_and_a_subject_its_edition(desk: Desk) -> None:
    assert "Editions" not in groups(found(desk, "24 december"))
    assert "Editions" not in groups(found(desk, "42"))
    desk.send("write", seen="0", subject="Autumn begins")
    page = found(desk, "autumn BEG")
    assert groups(page) == {"Editions": 1}
    assert "Autumn begins" in page


def test_a_story_is_found_by_a_part_of_its_title_with_where_it_stood(desk: Desk) -> None:
    page = found(desk, "meals")
    assert groups(page)["Stories"] == 1
    assert "Nursery meals" in page
    assert "No. 1 · Tue 24 Nov, 08:00 · Nursery" in page
    assert f'href="{desk.path}#story-{desk.story("Nursery meals")}"' in page
    # by what staff call it, and no longer by what its source does
    desk.send("write", seen="0", **{f"story/{desk.story('Nursery meals')}/title": "Lunch for all"})
    assert groups(found(desk, "lunch"))["Stories"] == 1
    assert "Stories" not in groups(found(desk, "meals"))
    # also in an edition that has gone
    desk.app.approve(desk.edition, "Ada")
    desk.app.send(desk.edition, Wire(), "Ada")
    assert desk.found.state == EditionState.SENT
    assert groups(found(desk, "lunch"))["Stories"] == 1


def test_sources_themes_segments_and_pages_are_found_by_their_names(desk: Desk) -> None:
    assert groups(found(desk, "partner"))["Sources"] == 1
    assert groups(found(desk, "fernhill.example.org/news"))["Sources"] == 1
    assert groups(found(desk, "maths"))["Themes"] == 1
    assert groups(found(desk, "childmind")) == {}
    assert groups(found(desk, "play"))["Themes"] == 1, "by one of its keywords"
    assert groups(found(desk, "everybody"))["Segments"] == 1
    page = found(desk, "new ed")
    assert groups(page)["Pages"] == 1
    assert 'href="/editions/new"' in page
    assert 'href="/settings/staff"' in found(desk, "staff")


def test_pages_are_found_by_who_may_open_them(desk: Desk) -> None:
    office = desk.office
    hannah = office.staff()[0]
    with office.app.store.writing() as session:
        session.access.set_role(hannah.id, Role.EDITOR)
    assert groups(found(desk, "account"))["Pages"] == 1
    assert groups(found(desk, "staff")) == {}


def test_people_are_found_by_the_beginning_of_address_or_name_and_not_in_great_numbers(desk: Desk) -> None:
    page = found(desk, "ada")
    assert groups(page)["People"] == 1
    assert "ada@example.org" in page
    assert "Ada" in page
    rows = [f"p{number:03}@example.org,,,,weekly,form,2026-01-01" for number in range(40)]
    desk.office.bench.people(HEADER + "\n".join(rows))
    desk.app.import_people(desk.office.bench.newsletter)
    page = found(desk, "p0")
    assert groups(page)["People"] == finding.MOST
    assert "There are more. More letters find fewer." in page


def test_nothing_typed_and_nothing_found_say_what_to_do(desk: Desk) -> None:
    assert "Type the number or day of an edition" in found(desk, "")
    assert "Type the number or day of an edition" in found(desk, "   ")
    assert "Nothing fits “xyzzy”. Try fewer words" in found(desk, "xyzzy")


def test_what_is_typed_is_shown_as_text_and_bounded(desk: Desk) -> None:
    answer = desk.browser.client.get("/find", params={"q": '<script>alert("x")</script>'})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
    answer = desk.browser.client.get("/find", params={"q": "\x00 % _ ' \" ; -- \ud7ff" + "a " * 5_000})
    assert answer.status_code == 200
    typed = re.search(r'id="find-here" name="q" value="([^"]*)"', answer.text)
    assert typed
    assert len(unescape(typed[1])) <= finding.MOST_CHARACTERS


def test_the_field_is_on_every_page_for_who_is_logged_in_and_nobody_else_finds_anything(desk: Desk) -> None:
    for path in ("/", "/editions", desk.path, f"{desk.path}/review", "/nowhere"):
        page = desk.browser.get(path).text
        assert page.count('name="q"') >= 2, f"in the bar of {path}, and on a phone in the menu"
    assert 'data-key="/"' in page
    stranger = desk.office.browser("192.0.2.9")
    assert 'name="q"' not in stranger.get("/log-in").text
    assert stranger.get("/find?q=ada").headers["location"].startswith("/log-in")


def test_each_word_may_be_the_beginning_of_any(desk: Desk) -> None:
    assert finding.fits("Everybody else", ["el", "EVERY"])
    assert not finding.fits("Everybody else", ["body"])
    assert editing.history(desk.app.store, desk.edition).steps == (), "to look changes nothing"
