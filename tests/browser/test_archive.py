"""The archive and a web version as Chromium shows them: light and dark, on a phone and wide.

Nothing is asked of the network: the pages answer in this process.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright
from starlette.testclient import TestClient

from digest.web.public import site as public_site
from tests.browser.viewing import FLAGS, SCHEMES
from tests.conftest import Clock, Site
from tests.jobs.conftest import Wire, Workbench
from tests.jobs.test_pictures import PRIVATE, tell
from tests.pictures.conftest import file, landscape
from tests.web.archive.test_reading import HOSTILE, filed

BASE = "https://digest.example.org"
WIDTHS = (390, 1440)
PAGES = (
    "/archive",
    "/archive/news/nursery",
    "/archive/news/maths?page=2",
    "/archive/news/editions",
    "/archive/more-than-there-is",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A site that a browser sees."""

    browser: Browser
    client: TestClient
    edition: str

    def page(self, path: str, width: int, scheme: str, said: list[str]) -> Page:
        """Open a page; said: gets what the browser complains of, and what it asks of anybody else."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
        )

        def answer(route: Route) -> None:
            address = route.request.url
            if not address.startswith(f"{BASE}/"):
                said.append(address)
                route.abort()
                return
            got = self.client.get(address)
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

        context.route("**/*", answer)
        page = context.new_page()
        page.on("console", lambda told: said.append(told.text))
        page.on("dialog", lambda told: said.append(told.message))
        page.goto(f"{BASE}{path}")
        return page


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    if shutil.which("chromium") is None:
        words = "the archive is shown in Chromium, which is not installed here"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    bench = Workbench(tmp_path_factory.mktemp("shown"), Clock(datetime(2026, 11, 23, 9, tzinfo=UTC)))
    # made where no edition is yet, as `digest init` does
    assert bench.app.secret
    for week in range(6):
        filed(bench, week, 20)
    pictures = Site()
    bench.configure(PRIVATE)
    tell(bench, Nursery_play_in_the_rain=pictures.page("/play.jpg", file(landscape(), "JPEG")))
    bench.insights("Maths of a " + "very" * 40 + " long word", *HOSTILE)
    bench.app.import_people(bench.newsletter)
    draft = bench.app.draft(bench.newsletter).edition
    pictures.close()
    assert draft is not None
    bench.app.pin(draft.id, "play in the rain", "Ada")
    bench.app.approve(draft.id, "Ada")
    bench.app.send(draft.id, Wire(), "Ada")
    with public_site(bench.app, lambda: None) as web, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield Shown(browser, TestClient(web, base_url=BASE, follow_redirects=False), draft.id)
        finally:
            browser.close()


@pytest.mark.parametrize(("path", "width", "scheme"), list(product(PAGES, WIDTHS, SCHEMES)))
def test_nothing_keeps_anybody_from_reading_the_archive(shown: Shown, path: str, width: int, scheme: str) -> None:
    said: list[str] = []
    page = shown.page(path, width, scheme, said)
    folder = os.environ.get("DIGEST_PICTURES_OF_PAGES")
    if folder:
        name = path.strip("/").replace("/", "-").replace("?", "-")
        page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png")
    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert [(one["id"], one["nodes"][0]["html"]) for one in told["violations"]] == []
    assert page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    # the browser itself says of a page that is not there that it is not
    assert [one for one in said if "404" not in one] == []
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_web_version_shows_its_styles_and_pictures_and_runs_nothing(shown: Shown, width: int) -> None:
    said: list[str] = []
    page = shown.page(f"/e/{shown.edition}", width, "light", said)
    assert said == []
    assert page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth") <= 0
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert page.evaluate("document.images.length") > 0
    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert [one["id"] for one in told["violations"] if one["impact"] in ("serious", "critical")] == []
    page.context.close()


def test_a_theme_is_reached_by_the_keyboard(shown: Shown) -> None:
    page = shown.page("/archive", 390, "light", [])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Go to the content"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/archive/news/maths":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/archive/news/maths")
    assert page.text_content("h1") == "Maths"
    page.context.close()
