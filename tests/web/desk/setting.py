"""A desk over a workspace whose digest.toml lies on the disk, as the pages that change it need it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import httpx2

from digest.config import parse
from digest.domain.model import Newsletter, Role, Staff, Workspace
from digest.jobs import access
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.conftest import DESK, HANNAH, Browser, Office


class Setting:
    """An office with somebody at the desk, and the file that they change."""

    def __init__(self, folder: Path, clock: Clock, configuration: str = CONFIGURATION) -> None:
        self.file = folder / "digest.toml"
        self.file.write_text(configuration + DESK)
        self.office = Office(folder, clock, configuration.removeprefix(CONFIGURATION) + DESK)
        self.browser: Browser = self._hannah()

    def _hannah(self) -> Browser:
        """Return a browser in which she is logged in; that one can log in is tested elsewhere, and takes a while."""
        app = self.office.app
        staff = Staff(
            id="hannah", name="Hannah Cole", address=HANNAH, phrase="", role=Role.ADMIN, created_at=app.clock()
        )
        with app.store.writing() as session:
            session.access.add(staff)
        browser = self.office.browser()
        browser.client.cookies.set("__Host-desk", access.begin(app.store, app.clock, staff))
        return browser

    @property
    def text(self) -> str:
        return self.file.read_text()

    @property
    def workspace(self) -> Workspace:
        return parse(self.text)

    @property
    def newsletter(self) -> Newsletter:
        return self.workspace.newsletters[0]

    def page(self, path: str, status: int = 200) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == status, answer.text
        return words(answer)

    def fields(self, path: str) -> dict[str, str]:
        """Return what the form of a page would send, as it stands there."""
        return filled(self.browser.get(path).text)

    def send(self, page: str, path: str, **typed: str) -> httpx2.Response:
        """Fill in a page's form, and send it; dots in names are written __."""
        values = {**self.fields(page), **{name.replace("__", "."): text for name, text in typed.items()}}
        return self.browser.post(path, **values)

    def said(self, answer: httpx2.Response) -> str:
        """Follow an answer to the page that says what was done; return what it says."""
        assert answer.status_code == 303, words(answer)
        while answer.status_code == 303:
            answer = self.browser.get(answer.headers["location"])
        page = answer.text
        found = re.search(r'<div class="toast"><p>(.*?)</p>', page, re.DOTALL)
        assert found, page
        self.last = page
        return html.unescape(found[1])

    def put_back(self) -> httpx2.Response:
        """Press the button of the toast that was said last."""
        found = re.search(r'<form method="post" action="/settings/put-back">(.*?)</form>', self.last, re.DOTALL)
        assert found, self.last
        return self.browser.post("/settings/put-back", **_inputs(found[1]))

    def by_hand(self, old: str, new: str) -> None:
        assert old in self.text
        self.file.write_text(self.text.replace(old, new))


def words(answer: httpx2.Response) -> str:
    """Return a page without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def filled(page: str) -> dict[str, str]:
    """Return what the form of a page that changes digest.toml would send; else the longest of its forms."""
    forms = [_inputs(one) for one in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL)]
    return max(forms, key=lambda one: ("seen" in one, len(one)))


def faults(answer: httpx2.Response) -> dict[str, str]:
    """Return id of a field -> what stands in red beside it."""
    found = re.findall(r'<p class="wrong" id="([^"]+?)(?:-wrong)?">(?:<svg.*?</svg>)?(.*?)</p>', answer.text, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def _inputs(form: str) -> dict[str, str]:
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        values = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_box = values.get("type") in ("checkbox", "radio")
        if "name" in values and (not is_box or " checked" in tag):
            found[values["name"]] = html.unescape(values.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found
