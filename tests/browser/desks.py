"""A desk that a server shows to Chromium, over a real workspace; and what is to be said of its pages."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from digest.domain.model import Edition, Role, Staff
from digest.jobs import access
from digest.jobs import edition as editions
from digest.web.desk.site import site
from digest.web.listening import listening
from tests.browser.viewing import FLAGS
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, HEADER, utc
from tests.web.desk.conftest import ACCOUNT, PATIENT, Office

#: (px, scale): a desk's screen, the same enlarged to 200 %, the narrowest phone
SIZES = {"wide": (1440, 1), "enlarged": (720, 2), "phone": (360, 1)}
#: where an office without an address of its own believes its desk to be
USUAL = "http://127.0.0.1:8026"
MARCUS = "marcus@fernhill.example.org"
#: the first is the newest, and so the top story
TITLES = ("Nursery songs", "Nursery play", "Nursery meals", "Maths of fractions", "Maths in play")


def office(
    folder: Path, clock: Clock | None = None, configuration: str = CONFIGURATION, patience: float = PATIENT
) -> Office:
    """Return a workspace whose desk is asked for on this machine."""
    made = Office(folder, clock or Clock(utc(2026, 11, 23, 9)), "", USUAL, patience)
    if configuration != CONFIGURATION:
        made.app.store.close()
        made.bench.configure(configuration)
        made.app = made.bench.app
        made.web = site(made.app, patience)
    return made


class Ticking(Clock):
    """A clock that goes on from its time, as clocks do."""

    def __init__(self) -> None:
        super().__init__(utc(2026, 11, 23, 9))
        self._since = time.monotonic()

    def __call__(self) -> Any:
        """Return the time."""
        self.forward(seconds=time.monotonic() - self._since)
        self._since = time.monotonic()
        return self.now


class Shown:
    """The desk as a server shows it to a browser."""

    def __init__(self, office: Office, browser: Browser) -> None:
        self.browser = browser
        self.office = office
        self.app = self.office.app
        self.asked: list[str] = []
        self.said: list[str] = []
        self._token = ""
        self._listener = listening("127.0.0.1:0")
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(self.office.web, lifespan="off", log_level="error", timeout_graceful_shutdown=2)
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()
        until(lambda: self._server.started, "the desk is served")

    def account(self, path: str = "") -> str:
        """Make the first account; return the page that asked for it, for who looks at it later."""
        client, path = self.office.browser(), path or self.office.first_link()
        page = client.get(path).text
        assert client.send(path, path, **ACCOUNT).status_code == 303
        self._token = client.client.cookies["desk"]
        return page

    def another(self, name: str = "Marcus Webb", address: str = MARCUS, role: Role = Role.ADMIN) -> str:
        """Let somebody else log in; return the token of their sitting."""
        staff = Staff(
            id=self.app.new_id(), name=name, address=address, phrase="", created_at=self.app.clock(), role=role
        )
        with self.app.store.writing() as session:
            session.access.add(staff)
        return access.begin(self.app.store, self.app.clock, staff)

    def draft(self, *titles: str, people: str = "") -> str:
        """Return the id of a draft with these stories."""
        bench = self.office.bench
        if people:
            bench.people(HEADER + people)
        for hours, title in enumerate(titles or TITLES):
            bench.insights(title, published=self.app.clock() - timedelta(hours=hours))
        self.app.import_people(bench.newsletter)
        edition = self.app.draft(bench.newsletter).edition
        assert edition is not None
        return edition.id

    def found(self, edition: str) -> Edition:
        """Return an edition as it is now."""
        return editions.find(self.app.store, edition)

    def titles(self, edition: str) -> list[str]:
        """Return the titles of an edition's stories, in their order."""
        with self.app.store.reading() as session:
            return [one.shown.title for one in session.editions.placements(edition)]

    def themes(self, edition: str) -> dict[str, str]:
        """Return title -> theme."""
        with self.app.store.reading() as session:
            return {one.shown.title: one.theme for one in session.editions.placements(edition)}

    def open(
        self, path: str, size: str = "wide", scheme: str = "light", *, inside: bool = True, script: bool = True,
        bypass: bool = True, token: str = "",
    ) -> Page:  # fmt: skip
        """Open a page in a browser of its own; what it asks for and says is kept in `asked` and `said`."""
        page = self.blank(size, scheme, inside=inside, script=script, bypass=bypass, token=token)
        page.goto(f"{self.base}{path}")
        return page

    def blank(
        self, size: str = "wide", scheme: str = "light", *, inside: bool = True, script: bool = True,
        bypass: bool = True, token: str = "",
    ) -> Page:  # fmt: skip
        """Return an empty page of a browser of its own."""
        width, scale = SIZES[size]
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            device_scale_factor=scale,
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
            # axe-core is put into the page, whose policy lets no other script run
            bypass_csp=script and bypass,
        )
        if inside:
            context.add_cookies([{"name": "desk", "value": token or self._token, "url": self.base}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        self.asked, self.said = [], []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda fault: self.said.append(str(fault)))
        page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        return page

    def close(self) -> None:
        """Serve no more."""
        self._server.should_exit = True
        self._thread.join(20)
        self.app.store.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; whoever has none passes the test over."""
    program = shutil.which("chromium")
    if program is None:
        words = "pages are shown in Chromium, which is not installed here"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    flags = [one for one in FLAGS if not one.startswith("--host-resolver")]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


def until(holds: Any, what: str, seconds: float = 15.0) -> None:
    """Wait for something that comes by itself."""
    over = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < over, f"it never came: {what}"
        time.sleep(0.02)


def judged(page: Page) -> list[str]:
    """Return what axe-core finds, best practices among it."""
    told = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in told["violations"]]


def overhang(page: Page) -> int:
    """Return the px that a page is wider than its window."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth"))


def numbers(page: Page) -> dict[str, int]:
    """Return the six counts of a send as the page shows them."""
    words, figures = page.locator(".counts dt").all_inner_texts(), page.locator(".counts dd").all_inner_texts()
    return {word: int(re.sub(r"\D", "", figure)) for word, figure in zip(words, figures, strict=True)}
