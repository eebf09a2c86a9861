"""The desk over a real database, asked as a browser asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from digest.app import access as accounts
from digest.domain.model import Staff
from digest.jobs import access
from digest.web.desk import beside
from digest.web.desk.people import importing
from digest.web.desk.site import site
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, Workbench

ADDRESS = "https://desk.fernhill.example.org"
DESK = f"""
[desk]
address = "{ADDRESS}"
"""
HANNAH = "hannah@fernhill.example.org"
PHRASE = "four words that fit"
ACCOUNT = {"name": "Hannah Cole", "address": HANNAH, "phrase": PHRASE}


class Browser:
    """A browser with cookies of its own, at a network address of its own."""

    def __init__(self, web: Any, base: str = ADDRESS, remote: str = "192.0.2.1") -> None:
        self.base = base
        self.client = TestClient(web, base_url=base, follow_redirects=False, client=(remote, 50_000))

    def get(self, path: str, **values: Any) -> httpx2.Response:
        return self.client.get(path, **values)

    def send(self, page: str, path: str, **fields: str) -> httpx2.Response:
        """Open a page, and send a form with its token."""
        return self.post(path, csrf=token(self.get(page).text), **fields)

    def post(self, path: str, *, origin: str | None = None, **fields: str) -> httpx2.Response:
        return self.client.post(path, data=fields, headers={"Origin": origin or self.base})

    def log_in(self, phrase: str = PHRASE, address: str = HANNAH, **fields: str) -> httpx2.Response:
        return self.send("/log-in", "/log-in", address=address, phrase=phrase, **fields)


class Office:
    """A workspace whose desk is served."""

    def __init__(self, folder: Path, clock: Clock, settings: str = DESK, base: str = ADDRESS) -> None:
        self.bench = Workbench(folder, clock)
        self.bench.configure(CONFIGURATION + settings)
        self.app = self.bench.app
        self.clock = clock
        self.base = base
        self.web = site(self.app)

    def browser(self, remote: str = "192.0.2.1") -> Browser:
        return Browser(self.web, self.base, remote)

    def first_link(self) -> str:
        """Return the path of the link for the first account."""
        made = accounts.first_link(self.app)
        assert made is not None
        return made.removeprefix(accounts.address_of(self.app.loaded.workspace.desk))

    def link(self) -> str:
        """Return the path of a link for another pass phrase."""
        return accounts.link_for(self.app)[0].removeprefix(accounts.address_of(self.app.loaded.workspace.desk))

    def hannah(self) -> Browser:
        """Return a browser in which she has just made her account."""
        browser = self.browser()
        path = self.first_link()
        assert browser.send(path, path, **ACCOUNT).status_code == 303
        return browser

    def inside(self, name: str = "Hannah Cole", address: str = HANNAH) -> Browser:
        """Return a browser in which somebody is logged in, without the work that a pass phrase makes."""
        staff = next((one for one in self.staff() if one.address == address), None)
        if staff is None:
            identifier, now = self.app.new_id(), self.clock()
            staff = Staff(id=identifier, name=name, address=address, phrase="", created_at=now)
            with self.app.store.writing() as session:
                session.access.add(staff)
        browser = self.browser()
        browser.client.cookies.set("__Host-desk", access.begin(self.app.store, self.clock, staff))
        return browser

    def staff(self) -> list[Staff]:
        with self.app.store.reading() as session:
            return session.access.everybody()


def token(page: str) -> str:
    """Return the token of a page's first form."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture(autouse=True)
def _what_is_worked_out_beside_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages wait for what they would else show later: a busy machine is no fault."""
    monkeypatch.setattr(beside, "PATIENCE", 20)
    monkeypatch.setattr(importing, "_PATIENCE", 20)


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    made = Office(tmp_path, clock)
    yield made
    made.app.store.close()
