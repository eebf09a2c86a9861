"""The pages of people and segments in a browser: a rule is built and said while it is typed, a file is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from digest.domain.model import Role
from tests.browser.desks import Shown, chromium, office
from tests.browser.test_desk_pages import faults, found_on
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.test_segments import HEADS, PEOPLE

FILE = "E-mail;First name;Job\neve@example.org;Eve;Head\njo@@example.org;Jo;\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def shown(tmp_path: Path, browser: Browser) -> Iterator[Shown]:
    made = Shown(office(tmp_path), browser)
    (tmp_path / "digest.toml").write_text(CONFIGURATION)
    made.account()
    made.office.bench.people(PEOPLE)
    made.office.bench.approved()
    yield made
    for context in browser.contexts:
        context.close()
    made.close()


def send(page: Page, shown: Shown, text: str) -> None:
    page.goto(f"{shown.base}/subscribers/import")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "sign-ups.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Look at the file").click()


def test_nothing_keeps_anybody_from_the_pages_of_people_and_segments(shown: Shown) -> None:
    page = shown.blank()
    send(page, shown, FILE)
    expect(page.get_by_role("heading", name="Check before you import")).to_be_visible()
    check = page.url.removeprefix(shown.base)
    page.goto(f"{shown.base}/subscribers?q=bo")
    page.get_by_role("link", name="bo@example.org").click()
    person = page.url.removeprefix(shown.base)
    page.context.close()
    assert found_on(shown, {
        "people": "/subscribers", "person": person, "erase": f"{person}/erase", "new": "/subscribers/new",
        "growth": "/subscribers/growth", "check": check, "segments": "/segments", "segment": HEADS,
    }) == {}  # fmt: skip


def test_a_segment_is_said_and_counted_while_it_is_typed(shown: Shown) -> None:
    page = shown.open(HEADS, bypass=False)
    sentence, figure = page.locator(".said-of .big"), page.locator(".figure")
    expect(figure).to_have_text("2")
    page.get_by_label("Rule 0: value, several parted by a semicolon").fill("teacher")
    expect(sentence).to_have_text("Teachers.")
    expect(figure).to_have_text("1")
    page.get_by_role("button", name="Add a rule").click()
    expect(page.get_by_label("Rule 1: what it asks about")).to_be_focused()
    # another field has other comparisons and values, and the one that has the focus keeps it
    page.get_by_label("Rule 1: what it asks about").select_option("cadence")
    page.get_by_label("Once a month").check()
    expect(sentence).to_have_text("Teachers, monthly.")
    expect(page.get_by_role("link", name="Cy")).to_be_visible()
    page.get_by_role("button", name="Remove rule 0").click()
    expect(sentence).to_have_text("People who want it monthly.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Heads is saved.")
    assert shown.app.newsletter().segments[0].rule == {"field": "cadence", "equals": "monthly"}
    assert shown.said == []


def test_a_segment_is_built_and_a_file_imported_without_a_script(shown: Shown) -> None:
    page = shown.open("/segments/new", script=False)
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Rule 0: value").fill("partner")
    page.get_by_role("button", name="Look again").last.click()
    expect(page.locator(".said-of .big")).to_have_text("Partners.")
    expect(page.locator(".figure")).to_have_text("1")
    page.get_by_label("Name", exact=True).fill("Partners")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator(".toast")).to_contain_text("Partners is saved.")
    send(page, shown, FILE)
    expect(page.get_by_role("row", name="3 “jo@@example.org”")).to_be_visible()
    page.get_by_label("How did these people agree").fill("autumn conference, 14 October 2026, Send it")
    page.get_by_role("button", name="Import 1 person").click()
    expect(page.get_by_text("1 new, 0 changed.")).to_be_visible()


def test_why_somebody_is_in_is_said_while_their_address_is_typed(shown: Shown) -> None:
    page = shown.open(HEADS, bypass=False)
    page.get_by_label("Their address").press_sequentially("cy@example.org")
    expect(page.locator(".verdict")).to_have_text("Out Cy is out by these rules.")
    assert page.get_by_label("Their address").input_value() == "cy@example.org"
    page.get_by_label("Rule 0: value, several parted by a semicolon").fill("teacher")
    expect(page.locator(".verdict")).to_have_text("In Cy is in by these rules.")
    assert shown.said == []


def test_an_editor_reads_a_segment_and_a_column_is_chosen_with_the_keyboard(shown: Shown) -> None:
    token = shown.another(role=Role.EDITOR)
    page = shown.open(HEADS, token=token)
    page.get_by_label("Their address").fill("ada@example.org")
    page.get_by_role("button", name="Say why").click()
    expect(page.locator(".verdict")).to_contain_text("Ada is in by these rules.")
    assert faults(page) == []
    page = shown.blank()
    send(page, shown, FILE.replace("E-mail", "Contact"))
    page.get_by_label("Contact is read as").select_option("email")
    page.get_by_role("button", name="Read the columns so").press("Enter")
    expect(page.get_by_role("button", name="Import 1 person")).to_be_visible()
    assert faults(page) == []
