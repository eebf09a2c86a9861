"""A workspace as `digest init` makes it, at whose desk somebody has just made the first account."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

from digest import config
from digest.app import App
from digest.bundle import new_workspace
from digest.domain.model import Newsletter, Role
from digest.jobs import access
from digest.web.desk.site import site
from tests.conftest import Clock, migrated
from tests.web.desk.conftest import PATIENT, PHRASE, Browser, somebody
from tests.web.desk.setting import filled, words

BASE, BEGIN = "http://127.0.0.1:8026", "/settings/begin"
CONSENT = "phone call, 14 October 2026, “Yes, send me the newsletter”"
#: what somebody writes who sets their organisation up
BRAND = {
    "organisation": "Fernhill Trust",
    "name": "Fernhill News",
    "legal_name": "Fernhill Trust (charity no. 123456, England)",
    "postal_address": "2 Fern Lane, Fernhill FH1 2AB",
    "website": "https://www.fernhill.example.org",
    "privacy_url": "https://www.fernhill.example.org/privacy",
}
SENDER = {
    "sender.name": "Fernhill Trust",
    "sender.address": "news@fernhill.example.org",
    "sender.reply_to": "office@fernhill.example.org",
    "base_url": "https://digest.fernhill.example.org",
    "host": "127.0.0.1",
    "user": "",
    "tls": "none",
}


class New:
    """The workspace, and a browser in which Hannah is logged in."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        new_workspace(folder)
        config.secret(folder, create=True)
        migrated(folder / config.DATABASE)
        self.app = App.open(folder)
        self.app.clock = clock
        self.web = site(self.app, PATIENT)
        self.browser = self.enter("Hannah Cole", Role.ADMIN)

    def enter(self, name: str, role: Role) -> Browser:
        """Return a browser in which somebody with that role is logged in."""
        staff = somebody(self.app.new_id(), name, role, self.clock())
        with self.app.store.writing() as session:
            session.access.add(staff)
        browser = Browser(self.web, BASE)
        browser.client.cookies.set("desk", access.begin(self.app.store, self.clock, staff))
        return browser

    def another(self, remote: str = "192.0.2.1") -> Browser:
        """Return a browser in which nobody is logged in."""
        return Browser(self.web, BASE, remote)

    @property
    def text(self) -> str:
        return (self.folder / config.FILE).read_text()

    @property
    def newsletter(self) -> Newsletter:
        return config.parse(self.text).newsletters[0]

    @property
    def done(self) -> set[str]:
        """The steps that the list says are done."""
        page = self.browser.get(BEGIN).text
        return set(re.findall(rf'href="{BEGIN}/(\w+)" aria-label="Look at: ', page))

    def page(self, step: str) -> str:
        answer = self.browser.get(f"{BEGIN}/{step}")
        assert answer.status_code == 200, words(answer)
        return words(answer)

    def send(self, step: str, to: str = "", /, **typed: str) -> httpx2.Response:
        """Fill in a step's form, and send it; dots in names are written __."""
        path = f"{BEGIN}/{step}"
        values = {
            **filled(self.browser.get(path).text),
            **{name.replace("__", "."): one for name, one in typed.items()},
        }
        return self.browser.post(to or path, **values)

    def set_brand(self) -> httpx2.Response:
        return self.send("brand", **BRAND)

    def set_sender(self, port: int = 587, **typed: str) -> httpx2.Response:
        return self.send("sender", **{**SENDER, "port": str(port), **typed})

    def close(self) -> None:
        self.app.store.close()


__all__ = ["BASE", "BEGIN", "BRAND", "CONSENT", "PHRASE", "SENDER", "New"]
