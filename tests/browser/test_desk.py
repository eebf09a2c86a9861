"""The desk in Chromium: light and dark, wide, narrow and enlarged, by keyboard alone, with a script and without.

The gallery shows every component once: they are proven here before pages use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from digest.domain.model import Role, Staff
from digest.web.desk.cookies import Act, Said, undo
from digest.web.desk.frame import HEADERS, PLACES
from digest.web.desk.rendering import PAGES, environment
from tests.browser import desks
from tests.browser.desks import SIZES, chromium, judged, office, overhang
from tests.browser.viewing import SCHEMES
from tests.conftest import ROOT
from tests.web.desk.conftest import HANNAH, PHRASE

#: what is shown to who is logged in, and to who is not
INSIDE, OUTSIDE = (
    ("/", "/editions", "/nowhere", "/gallery", "/settings/api"),
    ("/log-in", "first", "phrase", "/first/over"),
)


class Shown(desks.Shown):
    """The desk, with the gallery and the page that asked for the account, which opens but once."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        super().__init__(office(folder), browser)
        self.office.bench.approved()
        self.first = self.account()
        self.paths = {"phrase": self.office.link()}

    def open(self, path: str, size: str = "wide", scheme: str = "light", **how: Any) -> Page:
        page = self.blank(size, scheme, **how)
        page.route(re.compile("/(gallery|first-page)$"), self._made)
        page.goto(f"{self.base}{self.paths.get(path, '/first-page' if path == 'first' else path)}")
        return page

    def _made(self, route: Route) -> None:
        page = self.first if route.request.url.endswith("first-page") else gallery()
        route.fulfill(body=page, content_type="text/html; charset=utf-8", headers=dict(HEADERS))


def gallery() -> str:
    """Return a page of all components."""
    drawn = re.findall(r'^  "([a-z-]+)": ', (PAGES / "parts.html.j2").read_text(), re.MULTILINE)
    assert len(drawn) > 20
    hannah = Staff(id="1", name="Hannah Cole", address=HANNAH, phrase="", created_at=datetime.now(UTC), role=Role.ADMIN)
    said = Said(words="Moved to Place & community.", acts=(undo("/x"), Act(label="Always put it there", path="/y")))
    return environment(ROOT / "tests" / "web" / "desk").get_template("gallery.html.j2").render(
        who=hannah, csrf="x", said=said, places=PLACES, at=PLACES[1], here="/editions/42", back="/", colours="",
        keys=True, organisation="Fernhill", zone="Europe/London", drawn=drawn,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with chromium() as browser:
        made = Shown(tmp_path_factory.mktemp("desk"), browser)
        yield made
        made.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", [*INSIDE, *OUTSIDE])
def test_nothing_keeps_anybody_from_using_a_page(shown: Shown, path: str, size: str, scheme: str) -> None:
    page = shown.open(path, size, scheme, inside=path in INSIDE)
    assert judged(page) == []
    assert overhang(page) <= 0
    assert all(one.startswith(shown.base) for one in shown.asked), "nothing is asked of anybody else"
    for menu in page.locator("details.menu > summary:visible").all():
        menu.click()
        page.wait_for_timeout(150)
        assert judged(page) == []
        assert overhang(page) <= 0
        page.keyboard.press("Escape")
    page.context.close()


@pytest.mark.parametrize("path", ["/", "/gallery", "/log-in"])
def test_a_page_does_nothing_that_its_policy_forbids(shown: Shown, path: str) -> None:
    page = shown.open(path, inside=path != "/log-in", bypass=False)
    page.wait_for_timeout(200)
    assert shown.said == []
    page.context.close()


@pytest.mark.parametrize("wanted", ["light", "dark"])
@pytest.mark.parametrize("system", SCHEMES)
def test_somebodys_own_colours_come_before_the_systems(shown: Shown, system: str, wanted: str) -> None:
    page = shown.open("/", "wide", system)
    page.click("details.menu > summary:visible")
    with page.expect_navigation():
        page.click(f"button[name=colours][value={wanted}]")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(245, 247, 250)", "dark": "rgb(18, 22, 27)"}[wanted]
    assert judged(page) == []
    page.context.close()


def test_dark_is_the_same_by_the_system_and_by_choice() -> None:
    style = (PAGES / "desk.css").read_text()
    both = re.findall(
        r'(?:not\(\[data-scheme="light"\]\)|\[data-scheme="dark"\]) \{\s+color-scheme: dark;(.*?)\}', style, re.DOTALL
    )
    assert len(both) == 2
    assert both[0].split() == both[1].split()


def test_whoever_has_a_keyboard_alone_and_no_script_may_log_in_and_out(shown: Shown) -> None:
    page = shown.open("/editions", inside=False, script=False)
    page.keyboard.press("Tab")
    assert page.locator(".skip:focus").count() == 1
    to(page, "[name=address]")
    page.keyboard.type(HANNAH)
    to(page, "[name=phrase]")
    page.keyboard.type(PHRASE)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{shown.base}/editions"
    assert page.locator("h1").inner_text() == "Editions"
    page.locator("details.menu > summary").first.press("Enter")
    page.click("text=Log out")
    assert page.locator("h1").inner_text() == "Log in"
    page.context.close()


def to(page: Page, selector: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"no key leads to {selector}")


def test_a_fault_is_told_with_its_field(shown: Shown) -> None:
    page = shown.open("/log-in", inside=False)
    page.fill("#address", HANNAH)
    page.fill("#phrase", "not this one")
    page.click("text=Log in >> nth=-1")
    page.wait_for_selector("#phrase-wrong")
    assert page.locator("#phrase").get_attribute("aria-describedby") == "phrase-wrong"
    assert page.input_value("#address") == HANNAH
    assert page.input_value("#phrase") == ""
    assert judged(page) == []
    page.context.close()


def test_a_pass_phrase_may_be_seen_while_it_is_typed(shown: Shown) -> None:
    page = shown.open("/log-in", inside=False)
    page.fill("#phrase", PHRASE)
    page.click("[data-shows]")
    assert page.get_attribute("#phrase", "type") == "text"
    assert page.locator("[data-shows]").inner_text() == "Hide"
    page.context.close()


def test_letters_are_shortcuts_outside_fields_and_only_where_they_are_wanted(shown: Shown) -> None:
    page = shown.open("/")
    page.keyboard.press("?")
    assert "g e" in page.locator(".shortcuts").inner_text().replace("\n", " ")
    assert judged(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".shortcuts").count() == 0
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("e")
    assert page.url.endswith("/editions")
    page.click("details.menu > summary:visible")
    with page.expect_navigation():
        page.click("text=Turn shortcuts off")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.keyboard.press("?")
    page.wait_for_timeout(100)
    assert page.url.endswith("/editions")
    assert page.locator(".shortcuts").count() == 0
    page.context.close()


def test_letters_typed_into_a_field_are_letters(shown: Shown) -> None:
    page = shown.open("/gallery")
    page.focus("#title")
    page.keyboard.type("?gez")
    assert page.input_value("#title") == "?gez"
    assert page.url.endswith("/gallery")
    page.context.close()


def test_a_menu_closes_by_escape_which_gives_the_focus_back_and_by_a_press_elsewhere(shown: Shown) -> None:
    page = shown.open("/")
    summary = page.locator("details.menu > summary:visible").first
    summary.click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert summary.evaluate("one => one === document.activeElement")
    summary.click()
    page.click("h1")
    assert page.locator("details.menu[open]").count() == 0
    page.context.close()


def test_a_button_that_is_under_way_says_so_and_keeps_its_width(shown: Shown) -> None:
    page = shown.open("/gallery")
    button = page.locator("[data-busy]").first
    wide = button.bounding_box()
    page.evaluate("desk.busy(document.querySelector('[data-busy]'))")
    assert button.inner_text() == "Saving…"
    now = button.bounding_box()
    assert wide is not None
    assert now is not None
    assert now["width"] >= wide["width"]
    page.evaluate("desk.ready(document.querySelector('[data-busy]'))")
    assert button.inner_text() == "Save"
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_what_has_the_focus_is_never_behind_what_stays(shown: Shown, size: str) -> None:
    page = shown.open("/gallery", size)
    page.wait_for_selector(".toast")
    hidden = []
    for _ in range(70):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const one = document.activeElement, box = one.getBoundingClientRect();
            if (one === document.body || !box.width || one.matches('.skip')) return '';
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 200));
            return top && (one.contains(top) || top.contains(one)) ? '' : one.outerHTML.slice(0, 80); }"""
        )
        hidden += [found] if found else []
    assert hidden == []
    page.context.close()
