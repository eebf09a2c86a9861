"""The whole set-up in Chromium: a new user, a real mail server, a real page as source; axe-core on every step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Browser, Page

from digest import config
from digest.app import App, sourcing
from digest.app import access as accounts
from digest.bundle import new_workspace
from digest.net.records import Records
from digest.web.desk.settings import trying
from digest.web.desk.site import site as served
from tests.browser.desks import Shown, chromium
from tests.browser.test_desk_pages import faults
from tests.conftest import Clock, Sink, Site, migrated
from tests.sources.conftest import TITLES, listing
from tests.web.desk.conftest import PATIENT, PHRASE, Office
from tests.web.desk.new import BEGIN, BRAND, CONSENT


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def shown(tmp_path: Path, clock: Clock, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    real = sourcing.discovered
    monkeypatch.setattr(sourcing, "discovered", lambda app, wanted: real(app, replace(wanted, allow_private=True)))
    monkeypatch.setattr(trying, "PATIENCE", 20.0)
    monkeypatch.setattr(Records, "texts", lambda self, name: ("v=spf1 -all",))
    folder = tmp_path / "work"
    new_workspace(folder)
    config.secret(folder, create=True)
    migrated(folder / config.DATABASE)
    app = App.open(folder)
    app.clock = clock
    # all that a page needs of an office
    made = Shown(cast(Office, SimpleNamespace(app=app, web=served(app, PATIENT))), browser)
    yield made
    for context in browser.contexts:
        context.close()
    made.close()


def wrong(page: Page) -> list[str]:
    """Return what is wrong with a page, and leave it wide and light."""
    found = faults(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found


def press(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()


def test_a_new_user_sets_it_all_up_in_a_browser_and_ends_on_a_draft(shown: Shown, site: Site, sink: Sink) -> None:
    page = shown.blank(inside=False)
    page.goto(shown.base + accounts.first_link(shown.app).removeprefix("http://127.0.0.1:8026"))  # type: ignore[union-attr]
    page.get_by_label("Your name").fill("Hannah Cole")
    page.get_by_label("Email address").fill("hannah@fernhill.example.org")
    page.locator("#phrase").fill(PHRASE)
    page.locator("main button[type=submit]").last.click()
    page.wait_for_url(f"{shown.base}{BEGIN}")
    assert wrong(page) == []
    page.get_by_role("link", name="Do: Organisation and brand").click()

    assert page.title() == "Organisation and brand: set-up · Digest"
    press(page, "Save and go on")
    assert page.locator("[aria-invalid=true]").count() == 3
    assert wrong(page) == []
    for name, text in BRAND.items():
        page.locator(f'[name="{name}"]').fill(text)
    page.get_by_label("Colour", exact=True).fill("#ffcc00")
    page.wait_for_selector("#samples >> text=too faint")
    page.get_by_label("Colour", exact=True).fill("#0b5cad")
    press(page, "Save and go on")

    page.locator('[name="sender.name"]').fill("Fernhill Trust")
    page.locator('[name="sender.address"]').fill("news@fernhill.example.org")
    page.locator('[name="sender.reply_to"]').fill("office@fernhill.example.org")
    page.locator('[name="base_url"]').fill("https://digest.fernhill.example.org")
    page.locator('[name="host"]').fill("127.0.0.1")
    page.locator('[name="port"]').fill("1")
    page.locator('[name="tls"]').select_option("none")
    press(page, "Save and send me a test mail")
    assert "no mail server answers at port 1." in page.locator("#test .note.stop").inner_text()
    page.locator('[name="port"]').fill(str(sink.port))
    press(page, "Save and send me a test mail")
    assert "The server took it" in page.locator("#test .note.ok").inner_text()
    assert [one["to"] for one in sink.log()] == ["hannah@fernhill.example.org"]
    assert wrong(page) == []
    press(page, "Save and go on")

    press(page, "Look what the DNS says")
    page.wait_for_selector("text=Nothing says what receivers do")
    assert wrong(page) == []
    press(page, "Leave it as it is, and go on")

    page.locator('[name="address"]').fill(site.page("/news", listing(*TITLES)))
    press(page, "See what it gives")
    page.wait_for_selector("text=3 articles found")
    assert wrong(page) == []
    page.locator(".headlines input").nth(2).uncheck()
    press(page, "Save and go on")

    assert wrong(page) == []
    page.get_by_label("File").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": b"email,first_name\nzoe@example.org,Zoe\n"}
    )
    press(page, "Look at the file")
    page.get_by_label("How did these people agree").fill(CONSENT)
    page.get_by_role("button", name="Import 1 person").click()
    page.get_by_role("link", name="Go on with the set-up").click()

    page.goto(shown.base)
    assert "Set up Digest: 5 of 7 done" in page.locator("#set-up").inner_text()
    page.get_by_role("link", name="Go on with the set-up").click()
    page.get_by_label("Friday").check()
    page.wait_for_selector("#dates >> text=Fri 27 Nov, 08:00")
    assert wrong(page) == []
    press(page, "Save and go on")

    assert wrong(page) == []
    press(page, "Make the first draft")
    page.wait_for_url(re.compile("/editions/insights-"))
    told = page.locator("main").inner_text()
    assert TITLES[0] in told
    assert TITLES[2] not in told
    assert "Write your first insight here" not in told
    page.goto(f"{shown.base}{BEGIN}")
    assert "All done" in page.locator("main").inner_text()
    assert all(one.startswith((shown.base, "data:")) for one in shown.asked), "nothing is asked of anybody else"
    # a form with faults is answered with 422, which the browser's console tells
    assert [one for one in shown.said if "422" not in one] == []
