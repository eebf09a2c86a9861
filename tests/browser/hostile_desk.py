"""Hostile strings stand in stories, comments and names, and every page of the desk that shows them is opened.

python -m tests.browser.hostile_desk CORPORA CHROMIUM FOLDER     prints JSON

It runs only where there is no network but loopback; tests/browser/test_hostile_desk.py sees to that.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from digest.app import sourcing
from digest.domain.errors import Unfit
from digest.domain.model import FreeBlock
from digest.jobs import editing, reading
from digest.sources.discover import Discovery, Found
from digest.stages import collect
from digest.web.desk.editions.looking import read_only
from tests.browser.desks import Shown, office
from tests.browser.payloads import WAYS, Hostile, strings
from tests.browser.viewing import FLAGS
from tests.jobs.conftest import CONFIGURATION

#: one string of so many is shown: a page of all takes minutes, and emails are proven with all of them (hostile.py)
STRIDE = 7
#: seconds in which a page with all strings is shown
PATIENCE = 60.0
MANY = """maximum_stories = 10000
stories_in_full = 10000
maximum_per_theme = 10000
maximum_age_days = 0
introduction = """
#: what could run or lead astray in a page of the desk itself
_STRANGE = """() => [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]
  .filter((at) => /^on|^srcdoc$/.test(at.name)
    || at.name !== 'value' && /^[\\s\\x00-\\x1f]*(javascript|vbscript|data):/i.test(at.value))
  .map((at) => `<${one.localName} ${at.name}=${at.value.slice(0, 80)}>`))"""
_RUNNING = """() => document.querySelectorAll(
  "script:not([src^='/static/']), iframe:not([sandbox='']), object, embed, base, [http-equiv], main :is(link, style)"
).length"""


@dataclass(slots=True)
class Report:
    """What was shown and what happened."""

    strings: int = 0
    #: page -> how many of the strings are to be read on it
    seen: dict[str, int] = field(default_factory=dict)
    #: what the browser said, or a page asked, of its own accord
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    running: int = 0


class Show:
    """A desk whose edition, comments and people bear hostile strings."""

    def __init__(self, shown: Shown, every: Sequence[Hostile]) -> None:
        self.shown, self.every = shown, every
        self.report = Report(strings=len(every))
        self.edition = self._draft()
        self.path = f"/editions/{self.edition}"
        self.links = self._comments()

    def _draft(self) -> str:
        bench = self.shown.office.bench
        now = bench.clock()
        found = [
            one
            for when, read in WAYS["items"](self.every, now)
            for one in collect.insights(bench.newsletter.sources[0], read, {}, when).insights
            # the other half of these bears the string without its mark
            if one.title.startswith("mark")
        ]
        with self.shown.app.store.writing() as session:
            session.insights.add(found)
        self.shown.app.import_people(bench.newsletter)
        edition = self.shown.app.draft(bench.newsletter).edition
        assert edition is not None
        worst = "<img src=x onerror=alert(1)><script>alert(2)</script>{{ 7 * 7 }}"
        work = read_only(self.shown.app, edition.id)
        for name in ("subject", "preheader", "introduction"):
            editing.write(work, {name: f"{name} {worst}"}, self.shown.found(edition.id).step)
        editing.add_block(work, FreeBlock(kind="quote", place="top", text=worst, who=worst))
        return edition.id

    def _comments(self) -> list[str]:
        """Let the strings be said, and be the names of who says them; return the links."""
        app, clock = self.shown.app, self.shown.office.clock
        tokens = []
        for at in range(0, len(self.every), reading.MOST_COMMENTS):
            name = self.every[at].text[: reading.MOST_OF_A_NAME]
            try:
                tokens.append(reading.invite(app.store, clock, self.edition, "Hannah Cole", name))
            except Unfit:
                tokens.append(reading.invite(app.store, clock, self.edition, "Hannah Cole", "Somebody"))
            for one in self.every[at : at + reading.MOST_COMMENTS]:
                reading.comment(app.store, clock, tokens[-1], f"{one.mark} {one.text}"[: reading.MOST_CHARACTERS], "")
        return tokens

    def _tried(self) -> str:
        """Return the path of the page that shows what a site with such headlines gives."""
        source = self.shown.office.bench.newsletter.sources[0]
        [(_, reading), *_] = WAYS["items"](self.every, self.shown.office.bench.clock())
        sourcing.discovered = lambda app, wanted: Discovery(
            ways=(Found(source=replace(source, name=self.every[0].text), reading=reading, why="A list."),)
        )
        page = self.shown.blank(bypass=False)
        page.goto(f"{self.shown.base}/sources")
        page.fill("#address", "https://strange.example.org/")
        page.get_by_role("button", name="See what it gives").click()
        page.wait_for_url("**/sources/-/tries/**")
        path = page.url.removeprefix(self.shown.base)
        page.context.close()
        return path

    def look(self, name: str, path: str, *, inside: bool = True, token: str = "") -> Page:
        """Open a page and note all that happens there."""
        shown, report = self.shown, self.report
        page = shown.blank(inside=inside, bypass=False, token=token)
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(shown.base + path, wait_until="load")
        for frame in page.locator("iframe").all():
            frame.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        marks = set(re.findall(r"mark\d+m", page.locator("main").inner_text()))
        report.seen[name] = len(marks)
        report.strange += [f"{name}: {one}" for one in page.evaluate(_STRANGE)]
        report.running += page.evaluate(_RUNNING)
        report.said += [f"{name}: {one}" for one in shown.said]
        report.requests += [one for one in shown.asked if not one.startswith((f"{shown.base}/", "data:", "about:"))]
        return page

    def all(self) -> None:
        """Open every page that shows what others wrote."""
        with self.shown.app.store.reading() as session:
            story = session.editions.placements(self.edition)[3].story.id
        evil = self.shown.another("<img src=x onerror=alert(3)>", "evil@example.org")
        for name, path in {
            "edition": self.path,
            "form": f"{self.path}?edit=story/{story}",
            "wall": f"{self.path}/wall",
            "review": f"{self.path}/review",
            "history": f"{self.path}/history",
            "home": "/",
            "staff": "/settings/staff",
            "done": "/settings/history",
            "themes": "/themes",
            "source": self._tried(),
        }.items():
            self.look(name, path).context.close()
        for at, token in enumerate(self.links[:3]):
            self.look(f"read {at}", f"/read/{token}", inside=False).context.close()
        # who is here is written by the script
        other = self.look("other", self.path, token=evil)
        page = self.look("presence", self.path)
        page.wait_for_selector(".here .person")
        self.report.running += page.locator(".here img").count()
        for one in (other, page):
            one.context.close()


def main() -> None:
    """Show the strings; print what was seen."""
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        sys.exit("There is a network here: hostile strings are shown only where there is none.")
    corpora, program, folder = sys.argv[1:]
    every = [Hostile(number, text) for number, text in enumerate(strings(Path(corpora))[::STRIDE])]
    flags = [*FLAGS[:-1], f"{FLAGS[-1]}, EXCLUDE 127.0.0.1"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=flags)
        shown = Shown(office(Path(folder), configuration=CONFIGURATION.replace("introduction = ", MANY)), browser)
        shown.account()
        show = Show(shown, every)
        show.all()
        browser.close()
        shown.close()
    print(json.dumps(asdict(show.report)))


if __name__ == "__main__":
    main()
