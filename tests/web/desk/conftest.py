"""The desk over a real database, asked as a browser asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from digest.app import access as accounts
from digest.domain.model import Matter, Role, Staff, Whence
from digest.jobs import access, audit
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
#: seconds for which pages wait for what is looked for beside them: all of it is on them
PATIENT = 60.0
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

    def __init__(
        self, folder: Path, clock: Clock, settings: str = DESK, base: str = ADDRESS, patience: float = PATIENT
    ) -> None:
        self.bench = Workbench(folder, clock)
        self.bench.configure(CONFIGURATION + settings)
        self.app = self.bench.app
        self.clock = clock
        self.base = base
        self.web = site(self.app, patience)

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

    def enter(self, role: Role, name: str = "Marcus Webb", remote: str = "192.0.2.77") -> Browser:
        """Return a browser in which somebody with that role is logged in; their pass phrase is PHRASE as well."""
        staff = somebody(self.app.new_id(), name, role, self.clock())
        with self.app.store.writing() as session:
            session.access.add(staff)
        return self.sit(staff, remote)

    def sit(self, staff: Staff, remote: str = "192.0.2.77") -> Browser:
        """Return a browser in which somebody is logged in."""
        browser = self.browser(remote)
        token = access.begin(
            self.app.store, self.clock, staff, whence=Whence(remote=remote, browser="Firefox on Linux")
        )
        browser.client.cookies["__Host-desk" if self.base.startswith("https:") else "desk"] = token
        return browser

    def person(self, name: str) -> Staff:
        return next(one for one in self.staff() if one.name == name)

    def trail(self, who: str = "", matter: Matter | None = None) -> list[str]:
        """Return what was noted, the last first, and of what came several times how often."""
        entries = audit.trail(self.app.store, who, matter).entries
        return [one.what + (f" ({one.times})" if one.times > 1 else "") for one in entries]

    def inside(self, name: str = "Hannah Cole", address: str = HANNAH) -> Browser:
        """Return a browser in which somebody is logged in, without the work that a pass phrase makes."""
        staff = next((one for one in self.staff() if one.address == address), None)
        if staff is None:
            identifier, now = self.app.new_id(), self.clock()
            staff = Staff(id=identifier, name=name, address=address, phrase="", role=Role.ADMIN, created_at=now)
            with self.app.store.writing() as session:
                session.access.add(staff)
        browser = self.browser()
        browser.client.cookies.set("__Host-desk", access.begin(self.app.store, self.clock, staff))
        return browser

    def staff(self) -> list[Staff]:
        with self.app.store.reading() as session:
            return session.access.everybody()


def somebody(staff: str, name: str, role: Role, at: datetime) -> Staff:
    """Return somebody whose pass phrase is looked at quickly."""
    address = f"{name.split(maxsplit=1)[0].lower()}@fernhill.example.org"
    return Staff(id=staff, name=name, address=address, phrase=cheap(PHRASE), created_at=at, role=role)


@cache
def cheap(phrase: str) -> str:
    """Return a hash of a pass phrase that costs next to nothing."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(phrase)


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
