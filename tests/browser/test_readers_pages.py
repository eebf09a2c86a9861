"""The readers' pages in Chromium: light and dark, on a phone, by keyboard alone, without any script."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from digest.web.listening import listening
from digest.web.public.site import site
from tests.browser.viewing import FLAGS, SCHEMES
from tests.conftest import Clock
from tests.jobs.conftest import utc
from tests.web.conftest import Place, link

ADA = "ada@example.org"
#: what is shown -> what axe-core may find there: nothing
PAGES = ("newsletters", "subscribe", "leave", "preferences", "confirm", "stay", "nowhere")


class Shown:
    """The pages as a server shows them to a browser."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.browser = browser
        self.place = Place(folder, Clock(utc(2026, 11, 23, 9)))
        self._listener = listening("127.0.0.1:0")
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._site = site(self.place.app, lambda: None)
        settings = uvicorn.Config(self._site.__enter__(), lifespan="off", log_level="error")  # type: ignore[arg-type]
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        person = self.place.person(ADA)
        self.paths = {
            "newsletters": "/subscribe",
            "subscribe": "/subscribe/news",
            "leave": f"/u/{self.place.token('unsubscribe', person)}",
            "preferences": f"/p/{self.place.token('preferences', person)}",
            "stay": f"/k/{self.place.token('keep', person)}",
            "nowhere": "/nowhere",
        }

    def button(self) -> str:
        """Return the path of the button of a mail that asks to confirm."""
        from starlette.testclient import TestClient

        self.place.client = TestClient(self._server.config.app)
        self.place.ask("fay@example.net")
        [mail] = self.place.mailed()
        return link(mail, "c")

    def open(self, path: str, width: int = 390, scheme: str = "light", *, script: bool = True) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            # axe-core is put into the page, whose policy lets no script run
            bypass_csp=script,
        )
        page = context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        self.asked: list[str] = []
        page.goto(f"{self.base}{path}")
        return page

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._site.__exit__(None, None, None)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    program = shutil.which("chromium")
    if program is None:
        words = "pages are shown in Chromium, which is not installed here"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    flags = [one for one in FLAGS if not one.startswith("--host-resolver")]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=flags)
        made = Shown(tmp_path_factory.mktemp("pages"), browser)
        made.paths["confirm"] = made.button()
        yield made
        made.close()
        browser.close()


def judged(page: Page) -> list[str]:
    """Return what axe-core finds."""
    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in told["violations"]]


def overhang(page: Page) -> int:
    return int(page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_anybody_from_using_a_page(shown: Shown, name: str, scheme: str) -> None:
    page = shown.open(shown.paths[name], 390, scheme)
    assert judged(page) == []
    assert overhang(page) <= 0
    # nothing is asked of anybody else, and of us the style alone
    assert all(one.startswith(shown.base) for one in shown.asked)
    assert len(shown.asked) == 2
    page.set_viewport_size({"width": 320, "height": 900})
    assert overhang(page) <= 0
    page.context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_faults_are_as_easy_to_read_as_the_form(shown: Shown, scheme: str) -> None:
    page = shown.open("/subscribe/news", 320, scheme)
    page.evaluate("document.querySelector('form').noValidate = true")
    page.fill("#email", "not an address " + "x" * 60)
    page.fill("#first_name", "n" * 101)
    page.click("button[type=submit]")
    assert page.locator("[role=alert]").is_visible()
    assert page.locator("#email").get_attribute("aria-invalid") == "true"
    assert judged(page) == []
    assert overhang(page) <= 0
    page.context.close()


def test_whoever_has_a_keyboard_alone_and_no_scripts_may_ask_and_choose(shown: Shown) -> None:
    page = shown.open("/subscribe/news", script=False)
    page.keyboard.press("Tab")
    assert page.locator(".skip:focus").count() == 1
    _tab_to(page, "email")
    page.keyboard.type("gil@example.net")
    _tab_to(page, "theme")
    page.keyboard.press("Space")
    _tab_to(page, "agreed")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "One more step" in page.locator("h1").inner_text()
    page.context.close()
    [asked] = [row for row in shown.place.everything()["asking"] if row.address == "gil@example.net"]
    assert asked.themes == '["nursery"]'


def test_the_field_for_programs_is_met_by_nobody(shown: Shown) -> None:
    page = shown.open("/subscribe/news")
    seen = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.name || ''"))
    assert "agreed" in seen
    assert "website" not in seen
    box = page.locator("#website").bounding_box()
    assert box is None or box["x"] < 0
    page.context.close()


def test_who_leaves_presses_one_button_and_is_told(shown: Shown) -> None:
    page = shown.open(f"/u/{shown.place.token('unsubscribe', shown.place.person('cy@example.org'))}", script=False)
    page.click("button[type=submit]")
    assert "You have left" in page.locator("h1").inner_text()
    assert shown.place.state("cy@example.org") == "unsubscribed"
    page.context.close()


def test_what_was_chosen_is_said_and_judged(shown: Shown) -> None:
    page = shown.open(shown.paths["preferences"], 390, "dark")
    page.check("input[name=cadence][value=monthly]")
    page.click("button[type=submit]")
    assert "Done. You get" in page.locator("[role=status]").inner_text()
    assert judged(page) == []
    page.context.close()


def _tab_to(page: Page, name: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(f"[name={name}]:focus").count():
            return
    raise AssertionError(f"no key leads to {name}")
