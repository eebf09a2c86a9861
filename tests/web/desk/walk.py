"""A walk over all that can be done on the desk and by the API: what each act changes, and whether it is noted."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from digest.app import App
from tests.web.desk.conftest import Browser, token
from tests.web.desk.setting import filled, words

#: what tells of acts: the trail itself, and the histories of editions
TRAIL = ("audit", "event")
#: what a program was answered, and SQLite's own
_NOBODYS = frozenset({"api_replay", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4"})
#: that somebody is there
_COLUMNS = frozenset({"seen_at", "used_at"})
#: names of the threads that do what is done beside a page
BESIDE = ("try", "upload", "posting")
#: versions that may be put back, and locks: none of them does anything
_FILES = re.compile(r"(^|/)(settings/.*|.*lock)$")


class Walk:
    """Does one act after the other, and remembers what came of each."""

    def __init__(self, app: App, browser: Browser) -> None:
        self.app, self.browser = app, browser
        #: act -> what was another after it, and whether it was noted, each time
        self.done: dict[str, list[tuple[frozenset[str], bool]]] = {}
        self._folder: Path = app.loaded.folder

    def send(self, act: str, page: str = "/settings/account", /, **typed: str) -> httpx2.Response:
        """Fill in the form of a page, and send it; act: “POST /path”, with {name=value} for what it is about."""
        shown = self.browser.get(page).text
        values = {**filled(shown), "csrf": token(shown), **_named(typed)}
        return self._sent(act, lambda path: self.browser.post(path, **values))

    def press(self, act: str, page: str = "/settings/account", /, **typed: str) -> httpx2.Response:
        """Send a form with its token and these fields alone."""
        values = {"csrf": token(self.browser.get(page).text), **_named(typed)}
        return self._sent(act, lambda path: self.browser.post(path, **values))

    def revised(self, act: str, page: str, /, **typed: str) -> httpx2.Response:
        """Send a form that says of which version of the settings it was made."""
        found = re.search(r'name="revision" value="([^"]+)"', self.browser.get(page).text)
        assert found
        return self.press(act, page, revision=found[1], **typed)

    def settle(self, page: str) -> None:
        """Wait until what is done beside a page is done, and look at it."""
        ended(*BESIDE)
        assert self.browser.get(page).status_code == 200

    def at(self, app: App, browser: Browser) -> Walk:
        """Return the same walk at another workspace."""
        other = Walk(app, browser)
        other.done = self.done
        return other

    def wrong(self, unnoted: Mapping[str, str]) -> list[str]:
        """Return what changed something and was not noted, and what was noted and changed nothing.

        unnoted: what need not be noted; a line that says so of what is noted, or changes nothing, is wrong as well.
        """
        told = []
        for act, times in sorted(self.done.items()):
            for changed, is_noted in times:
                if bool(changed) != is_noted and not (changed and act in unnoted):
                    told.append(f"{act}: {'noted' if is_noted else 'not noted'}, changed {sorted(changed)}")
        idle = [act for act in unnoted if all(is_noted or not changed for changed, is_noted in self.done.get(act, []))]
        return told + [f"{act}: need not be named" for act in idle]

    def idle(self) -> set[str]:
        """Return what never changed anything, as often as it was done."""
        return {act for act, times in self.done.items() if not any(changed for changed, _ in times)}

    def as_(self, browser: Browser) -> Walk:
        """Return the same walk in another browser."""
        return self.at(self.app, browser)

    @contextmanager
    def watched(self, act: str, beside: Sequence[str] = BESIDE) -> Iterator[None]:
        """Remember what the block changes and notes, and what goes on beside it, by the names of threads."""
        before = self._state()
        yield
        ended(*beside)
        after = self._state()
        another = frozenset(name for name in before | after if before.get(name) != after.get(name))
        self.done.setdefault(act, []).append((another.difference(TRAIL), bool(another.intersection(TRAIL))))

    def _sent(self, act: str, send: Any) -> httpx2.Response:
        path = re.sub(r"\{\w+=([^}]*)\}", r"\1", act.partition(" ")[2])
        route = re.sub(r"\{(\w+)=[^}]*\}", r"{\1}", act)
        with self.watched(route):
            answer: httpx2.Response = send(path)
        assert answer.status_code in (200, 303), (act, answer.status_code, words(answer))
        return answer

    def _state(self) -> dict[str, str]:
        """Return name of a table or a file -> a mark of all that it holds."""
        found = {}
        with closing(sqlite3.connect(self._folder / "digest.db")) as database:
            database.row_factory = sqlite3.Row
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in set(tables) - _NOBODYS:
                if table.startswith(("searched", "find_")):
                    continue
                rows = [
                    {name: row[name] for name in row.keys() if name not in _COLUMNS}  # noqa: SIM118 (rows are no dicts)
                    for row in database.execute(f'SELECT * FROM "{table}"')
                ]
                found[table] = _mark(repr(sorted(map(repr, rows))).encode())
        private = self._folder / ".digest"
        for file in [self._folder / "digest.toml", *private.rglob("*")]:
            name = file.relative_to(self._folder).as_posix()
            if file.is_file() and not _FILES.search(name):
                found[name] = _mark(file.read_bytes())
        return found


def ended(*names: str) -> None:
    """Wait until the threads of these names have ended."""
    for thread in threading.enumerate():
        if thread.name in names:
            thread.join(30)


def _named(typed: dict[str, str]) -> dict[str, str]:
    return {name.replace("__", "."): text for name, text in typed.items()}


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
