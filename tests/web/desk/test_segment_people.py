"""Who is in a segment: ten by ten, and why somebody is in it or is not; editors read what admins change."""

from __future__ import annotations

import re

import pytest

from digest.domain.model import Role
from digest.jobs import people
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.conftest import DESK, Browser, Office
from tests.web.desk.test_people import texts, wrong
from tests.web.desk.test_segments import HEADS, PEOPLE, press, rule, shown

WHO = "/segments/news/rest"
RULES = {"how": "all", "0.field": "tags", "0.is": "in", "0.value": "head; teacher", "1.how": "any",
         "1.0.field": "region", "1.0.is": "equals", "1.0.value": "london", "1.1.field": "cadence", "1.1.is": "in",
         "1.1.value": "monthly"}  # fmt: skip


@pytest.fixture
def browser(office: Office) -> Browser:
    (office.bench.folder / "digest.toml").write_text(CONFIGURATION + DESK)
    office.bench.people(PEOPLE)
    office.app.import_people(office.bench.newsletter)
    return office.inside()


@pytest.fixture
def editor(office: Office, browser: Browser) -> Browser:
    return office.enter(Role.EDITOR)


def judged(page: str) -> list[tuple[bool, str]]:
    """Return the rules as a page judges them for somebody: whether each holds, and its words."""
    found = re.search(r'<ul class="said-rules judged">(.*?)</ul>', page, re.DOTALL)
    lines = re.findall(r"<li[^>]*>(.*?)</li>", found[1], re.DOTALL) if found else []
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in lines]
    return [(one.startswith("Holds"), one.removeprefix("Holds").removeprefix("Does not hold").strip()) for one in plain]


def many(office: Office, number: int) -> None:
    rows = "".join(f"p{n:03}@example.org,P{n:03},head,,weekly,form,2026-01-01,London\n" for n in range(number))
    office.bench.people(PEOPLE.splitlines(keepends=True)[0] + rows)
    office.app.import_people(office.bench.newsletter)


def test_each_ten_shows_others_until_everybody_was_shown(office: Office, browser: Browser, editor: Browser) -> None:
    many(office, 24)
    path, seen = HEADS, []
    for _ in range(3):
        page = editor.get(path).text
        seen.append(shown(page)["some"])
        path = re.search(rf'href="({HEADS}\?ten=\d+)"', page)[1]  # type: ignore[index]
    assert [len(one) for one in seen] == [10, 10, 6]
    assert len({name for one in seen for name in one}) == 26, "nobody is shown twice"
    assert path == f"{HEADS}?ten=0"
    whole = {"how": "all", "0.field": "tags", "0.is": "in", "0.value": "head"}
    assert shown(press(browser, "ten:1", **whole).text)["some"] == seen[1], "a form that is not saved goes on as well"
    assert rule(office) == {"field": "tags", "contains": "head"}
    for strange in ("99999", "-3"):
        assert len(shown(editor.get(f"{HEADS}?ten={strange}").text)["some"]) in (6, 10)
    assert shown(press(browser, "ten:x", **whole).text)["some"] == seen[0]


def test_ten_or_fewer_have_no_button_for_others(browser: Browser) -> None:
    assert "Another ten" not in browser.get(HEADS).text


def test_why_somebody_is_in_or_out_is_a_sentence_for_each_rule(office: Office, browser: Browser) -> None:
    page = press(browser, "why", who="ADA@example.org", **RULES).text
    assert "Ada is out by these rules" in texts(page)
    assert judged(page) == [
        (False, "All of these"),
        (True, "Tags has any of head or teacher · they have head"),
        (False, "Any of these"),
        (False, "Region is london · they have South West"),
        (False, "How often is Once a month · they have Weekly"),
    ]
    page = press(browser, "why", who="cy@example.org", **RULES).text
    assert "Cy is in by these rules" in texts(page)
    assert [holds for holds, _ in judged(page)] == [True] * 5
    assert "In an edition Everybody else counts for them" in texts(page)
    assert rule(office) == {"field": "tags", "contains": "head"}, "nothing is saved by asking"


def test_who_gets_nothing_anyway_is_told_why(office: Office, browser: Browser, editor: Browser) -> None:
    said = texts(editor.send(WHO, f"{WHO}/why", who="di@example.org").text)
    assert "Di is in by these rules" in said
    assert "They wait for a consent record, or to confirm. So they get nothing" in said
    people.leave(office.app.store, office.app.clock, "ada@example.org", office.app.suppression_key)
    assert "So they get nothing" in texts(editor.send(WHO, f"{WHO}/why", who="ada@example.org").text)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "Needed: somebody’s address."), ("nobody", "This is no email address"),
     ("eve@example.org", "Nobody on the list of Fernhill news has this address"), ("<b>@example.org", "no email")],
)  # fmt: skip
def test_an_address_that_is_none_or_nobodys_is_told_beside_its_field(editor: Browser, typed: str, told: str) -> None:
    answer = editor.send(HEADS, f"{HEADS}/why", who=typed)
    assert told in wrong(answer.text)[0]
    assert "<b>@" not in answer.text


def test_while_somebody_types_an_address_nothing_is_wrong_with_it(browser: Browser) -> None:
    assert wrong(press(browser, "look", who="ad", **RULES).text) == []
    assert judged(press(browser, "look", who="ada@example.org", **RULES).text)


def test_editors_read_the_rules_and_change_none(office: Office, editor: Browser) -> None:
    page = editor.get(HEADS).text
    assert "Tags has all of head" in texts(page)
    assert "An admin changes them" in texts(page)
    assert 'name="0.field"' not in page
    assert "Save segment" not in page
    assert editor.send(HEADS, HEADS, act="save", name="Mine").status_code == 403
    assert editor.send(HEADS, f"{HEADS}/why", who="ada@example.org", act="save", name="Mine").status_code == 200
    assert rule(office) == {"field": "tags", "contains": "head"}


def test_themes_that_stand_first_are_ticked(office: Office, browser: Browser, editor: Browser) -> None:
    whole = {"how": "all", "0.field": "tags", "0.is": "contains", "0.value": "head"}
    assert press(browser, "save", first="maths", **whole).status_code == 303
    assert office.app.newsletter("news").segments[0].themes == ("maths",)
    assert 'name="first" value="maths" checked' in browser.get(HEADS).text
    assert "Maths stands first in what they get" in texts(editor.get(HEADS).text)
    assert press(browser, "save", **whole).status_code == 303
    assert office.app.newsletter("news").segments[0].themes == ()
    assert press(browser, "save", first="nothing", **whole).status_code == 422
