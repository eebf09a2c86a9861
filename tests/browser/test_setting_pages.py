"""The pages that change digest.toml, in their states: axe-core finds nothing, and scripts only make them quicker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from digest.app import sourcing
from digest.app.themes import decide
from digest.net.records import Records
from digest.web.desk.settings import trying
from tests.browser.desks import Shown, chromium, office
from tests.browser.test_desk_pages import faults, found_on
from tests.conftest import Site
from tests.jobs.conftest import CONFIGURATION
from tests.sources.conftest import TITLES, listing

NEWS = "/settings/newsletters/news"
RULE = """
[[newsletters.rules]]
theme = "maths"
words = ["<b>sums</b>"]
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def shown(tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    real = sourcing.discovered
    monkeypatch.setattr(sourcing, "discovered", lambda app, wanted: real(app, replace(wanted, allow_private=True)))
    monkeypatch.setattr(trying, "PATIENCE", 20.0)
    monkeypatch.setattr(Records, "texts", lambda self, name: ("v=spf1 -all",))
    configuration = CONFIGURATION.replace("[[newsletters.segments]]", f"{RULE}[[newsletters.segments]]", 1)
    (tmp_path / "digest.toml").write_text(configuration)
    made = Shown(office(tmp_path, configuration=configuration), browser)
    made.account()
    yield made
    for context in browser.contexts:
        context.close()
    made.close()


def test_nothing_keeps_anybody_from_the_sources_and_the_themes(shown: Shown, site: Site) -> None:
    decide(shown.app, shown.draft(), "1", "Hannah Cole", "Maths")
    assert found_on(shown, {
        "source": "/sources/news/ours", "themes": "/themes", "theme": "/themes/news/nursery",
        "remove theme": "/themes/news/nursery/remove",
    }) == {}  # fmt: skip
    page = shown.open("/sources")
    page.fill("#address", site.page("/news", listing("&lt;b&gt;Otters&lt;/b&gt; &amp;amp; more", *TITLES)))
    page.get_by_role("button", name="See what it gives").click()
    page.wait_for_selector("text=Save source")
    assert page.locator(".headlines b").count() == 0, "what a site gives is text"
    assert faults(page) == []


def test_nothing_keeps_anybody_from_the_settings(shown: Shown) -> None:
    assert found_on(shown, {
        "settings": "/settings", "newsletter": NEWS, "brand": "/settings/brand", "told": "/settings/telling",
        "server": "/settings/servers/-", "sign in": "/settings/servers/-/sign-in", "providers": "/settings/providers",
        "tells": f"{NEWS}/tracking", "block": f"{NEWS}/blocks/-/event", "new newsletter": "/settings/newsletters/-/new",
        "calendar": "/settings/calendar",
    }) == {}  # fmt: skip
    page = shown.open("/settings/dkim")
    page.get_by_role("button", name="Make keys").click()
    page.get_by_role("button", name="Look what the DNS says").click()
    page.wait_for_selector("text=The key cannot be seen yet.")
    assert faults(page) == []


def test_words_are_understood_while_one_types_and_terms_are_added(shown: Shown) -> None:
    page = shown.open(NEWS)
    page.fill("[name='schedule.when']", "last Friday, not on bank holidays")
    page.wait_for_selector("#dates >> text=On the last Friday of each month at 08:00")
    page.wait_for_selector("#dates >> text=Tue 29 Dec, 08:00")
    page.goto(f"{shown.base}/settings/calendar")
    page.fill("[id='terms.name']", "Spring")
    page.fill("[id='terms.begins']", "2027-01-04")
    page.fill("[id='terms.ends']", "2027-01-01")
    page.get_by_role("button", name="Add the term").click()
    page.wait_for_selector("text=ends before it begins")
    assert faults(page) == []


def test_what_is_wrong_is_read_out_beside_its_field_and_dates_come_while_one_types(shown: Shown) -> None:
    page = shown.open(NEWS)
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_label("Friday").check()
    page.wait_for_selector("#dates >> text=Fri 27 Nov, 08:00")
    assert page.get_by_label("Time zone").input_value() == "Europe/Paris"
    page.get_by_label("Fewest stories").fill("-1")
    page.get_by_role("button", name="Save", exact=True).click()
    fault = page.locator('[name="minimum_stories"]')
    assert fault.get_attribute("aria-invalid") == "true"
    assert page.locator(f"id={fault.get_attribute('aria-describedby').split()[-1]}").inner_text().startswith("This is")
    assert faults(page) == []


def test_a_colour_is_seen_while_one_types_and_all_works_without_a_script(shown: Shown) -> None:
    page = shown.open("/settings/brand")
    page.get_by_label("Colour", exact=True).fill("#ffcc00")
    page.wait_for_selector("#samples >> text=too faint")
    plain = shown.open("/settings/brand", script=False)
    plain.get_by_label("Colour", exact=True).fill("#084a8c")
    plain.get_by_role("button", name="Show the colours").click()
    assert plain.locator('#samples rect[fill="#084a8c"]').count() == 1
    plain.get_by_role("button", name="Save", exact=True).click()
    assert shown.app.loaded.workspace.brand.accent == "#084a8c"
    plain.get_by_role("button", name="Put back").click()
    assert shown.app.loaded.workspace.brand.accent == "#0b5cad"
    assert shown.said == []
