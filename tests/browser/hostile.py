"""Every hostile string goes the whole way, from a document to what Chromium shows, and what was seen is printed.

python -m tests.browser.hostile CORPORA CHROMIUM FOLDER WAY [WAY …]     prints JSON
python -m tests.browser.hostile CORPORA CHROMIUM FOLDER control         shows some of them as they are

It runs only where there is no network but loopback; tests/browser/test_hostile.py sees to that.
"""

from __future__ import annotations

import http.server
import json
import re
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from digest.app import App
from digest.app.preview import SAMPLE
from digest.bundle import new_workspace
from digest.domain.model import Item, Newsletter, Reading
from digest.stages import collect
from digest.web.preview import pages
from tests.browser.chromium import Chromium, Element, Sight
from tests.browser.payloads import APART, BASE, FIRST, WAYS, Dated, Hostile, strings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
#: attributes whose value is an address
ADDRESSES = frozenset(
    ["href", "src", "srcset", "action", "formaction", "background", "poster", "data", "cite", "longdesc", "xlink:href"]
)
#: what no page of ours holds beyond its own templates, said again in plain words
LOADING = ["script", "iframe", "frame", "frameset", "object", "embed", "applet", "svg", "math", "base", "link"]
FORBIDDEN = frozenset([*LOADING, "form", "input", "button", "textarea", "select"])
#: what is said to people and not to the browser; and names of newsletters, which are each edition's own
WORDS = frozenset(["aria-label", "title", "alt", "id", "aria-labelledby"])
#: newsletters of harmless stories: does the top one have a link?
HARMLESS = {"harmless-linked": True, "harmless-bare": False}
_SCHEME = re.compile(r"[\s\x00-\x1f]*(javascript|data|vbscript)[\s\x00-\x1f]*:", re.IGNORECASE)
_MARK = re.compile(r"(mark\d+m)(link|escaped|raw|front|body|bare|all|)\b")

TOP = """
base_url = "https://digest.example.org"
[brand]
organisation = "Fernhill"
legal_name = "Fernhill Trust"
postal_address = "1 Fern Hill"
"""
LETTER = """
[[newsletters]]
id = "{id}"
name = "{id}"
subscribers = "{id}.csv"
maximum_stories = 10000
stories_in_full = 10000
maximum_age_days = 0
maximum_per_theme = 10000
[newsletters.sender]
name = "Fernhill"
address = "news@fernhill.example.org"
[[newsletters.sources]]
id = "{id}"
kind = "page"
address = "https://news.example/list/"
name = "A source"
[[newsletters.themes]]
id = "play"
name = "Play"
description = "Play and nurseries."
keywords = ["alert", "script"]
[[newsletters.segments]]
id = "everybody"
name = "Everybody"
"""


@dataclass(slots=True)
class Report:
    """What was shown and what happened."""

    strings: int = 0
    views: int = 0
    stories: int = 0
    #: how many strings were seen in the email itself, by the way and the place they stood in
    seen: dict[str, int] = field(default_factory=dict)
    #: strings of a way that were seen nowhere, as "way: string"
    unseen: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    #: what reached the port that every other host leads to
    connections: list[str] = field(default_factory=list)
    #: elements, attributes and values that a harmless edition does not have
    strange: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)


class Everything:
    """The port that every foreign host leads to: it notes who comes, and answers with a script."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            caller, _ = self._listener.accept()
            with caller:
                caller.settimeout(0.5)
                try:
                    # TLS says its first word in octets
                    self.came.append(repr(caller.recv(200).split(b"\r\n", 1)[0])[:120])
                    caller.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/javascript\r\n\r\nalert('from elsewhere')\n")
                except OSError as fault:
                    self.came.append(str(fault))


class Bare(http.server.BaseHTTPRequestHandler):
    """Serves texts by their path without any policy, as a careless reader of mail would show them."""

    def __init__(self, texts: dict[str, str], *rest: Any) -> None:
        self._texts = texts
        super().__init__(*rest)

    def do_GET(self) -> None:
        text = self._texts.get(self.path)
        self.send_response(404 if text is None else 200)
        kind = "text/plain" if self.path.endswith(".txt") else "text/html"
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(app: App, edition: str) -> Iterator[str]:
    """Serve the preview page of an edition as the program does; yields its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(pages(app, edition), log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


def harmless(*, links: bool) -> Iterator[Dated]:
    """Read an edition of every shape that the templates have; its top story is the last one, with or without a link."""
    items = [
        Item(
            title=f"Word{number} thing{number} alert",
            link=f"{BASE}{number}" if number % 2 == links else "",
            summary=f"sum{number} mary{number}" if number % 3 else "",
            author="Somebody" if number % 5 else "",
            date=FIRST + number * APART,
        )
        for number in range(40)
    ]
    # told twice: “also at”
    told = ((1, ""), (2, f"{BASE}again"), (39, ""), (39, f"{BASE}top"))
    again = [replace(items[number], link=link) for number, link in told]
    yield NOW, Reading(items=(*items, *again))


class Show:
    """A workspace, a browser, and what harmless editions look like."""

    def __init__(self, folder: Path, names: Sequence[str], chromium: Chromium, everything: Everything) -> None:
        new_workspace(folder)
        (folder / "digest.toml").write_text(TOP + "".join(LETTER.format(id=name) for name in names))
        people = "email,consent_source,consent_at\nada@example.org,form,2026-01-01\n"
        for name in names:
            (folder / f"{name}.csv").write_text(people)
        self.app = App.open(folder)
        self.app.clock = lambda: NOW
        self.report = Report()
        self._chromium = chromium
        self._everything = everything
        self._texts: dict[str, str] = {}
        bare = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Bare, self._texts))
        threading.Thread(target=bare.serve_forever, daemon=True).start()
        self._bare = f"http://127.0.0.1:{bare.server_address[1]}"

    def draft(self, name: str, readings: Iterator[Dated]) -> str:
        """Keep what was read, and draft the edition of a newsletter of it; return its id."""
        newsletter: Newsletter = self.app.newsletter(name)
        found = [
            one
            for when, reading in readings
            for one in collect.insights(newsletter.sources[0], reading, {}, when).insights
        ]
        with self.app.store.writing() as session:
            session.insights.add(found)
        self.app.import_people(newsletter)
        drafted = self.app.draft(newsletter)
        assert drafted.edition is not None
        self.report.stories += drafted.stories
        return drafted.edition.id

    def harmless(self) -> dict[str, set[str]]:
        """Return what the pages of harmless editions are made of."""
        known: dict[str, set[str]] = {}
        for name, links in HARMLESS.items():
            for kind, sight in self.sights(self.draft(name, harmless(links=links))):
                known.setdefault(kind, set()).update(shape(sight))
        # the wall says of an edition as long as these that it is too long, and of many stories that their theme wants
        # a look
        known["wall"] |= {"<p class=finding must>", "<p class=finding>"}
        return known

    def sights(self, edition: str) -> Iterator[tuple[str, Sight]]:
        """Yield each view of an edition with its kind: the preview, email and text, with and without its policies."""
        composer = self.app.composer(edition)
        with served(self.app, edition) as preview:
            yield "wall", self._visit(f"{preview}/", preview, frames=2 * len(composer.variants))
            for slug, variant in composer.variants.items():
                yield "text", self._visit(f"{preview}/{slug}.txt", preview)
                # the wall shows it in frames that run nothing; here nothing holds it back but itself
                self._texts[f"/{slug}.html"], _ = composer.parts(variant, SAMPLE)
                yield "email", self._visit(f"{self._bare}/{slug}.html", self._bare)

    def control(self, every: Sequence[str]) -> None:
        """Show the strings without any cleaning, each in a frame of its own."""
        for number, text in enumerate(every):
            self._texts[f"/{number}.html"] = f"<!DOCTYPE html><title>Control</title><div>{text}</div>"
        frames = "".join(f'<iframe src="/{number}.html"></iframe>' for number in range(len(every)))
        self._texts["/control.html"] = f"<!DOCTYPE html><title>Control</title>{frames}"
        sight = self._visit(f"{self._bare}/control.html", self._bare)
        self.report.forbidden = forbidden(sight, {"<iframe>"})
        self.report.strange = sorted(shape(sight))

    def _visit(self, address: str, own: str, frames: int = 0) -> Sight:
        sight = self._chromium.visit(address, frames)
        self.report.views += 1
        self.report.scripts += sight.scripts
        self.report.dialogs += sight.dialogs
        self.report.requests += [one for one in sight.requests if not one.startswith(f"{own}/")]
        self.report.connections += self._everything.came
        self._everything.came.clear()
        return sight


def shape(sight: Sight) -> set[str]:
    """Return what a page is made of: its elements, their attributes, and all values but addresses of the web."""
    made = set()
    for element in sight.elements:
        made.add(f"<{element.tag}>")
        words = WORDS | {"content"} if _describes(element) else WORDS
        for name, value in element.attributes.items():
            free = name in words or (name in ADDRESSES and re.fullmatch(r"https?://[^\s\"'<>]+", value))
            made.add(f"<{element.tag} {name}{'' if free else '=' + value[:200]}>")
    return made


def _describes(element: Element) -> bool:
    """Tell whether an element says in words what the web version is about (Open Graph)."""
    said = element.attributes.get("property", "") + element.attributes.get("name", "")
    return element.tag == "meta" and (said.startswith("og:") or said == "description")


def forbidden(sight: Sight, known: set[str]) -> list[str]:
    """Return what could run, load or lead astray, beyond the elements a harmless edition has."""
    return [said for element in sight.elements for said in _forbidden(element) if said not in known]


def _forbidden(element: Element) -> Iterator[str]:
    refreshing = element.tag == "meta" and element.attributes.get("http-equiv", "").casefold() == "refresh"
    if element.tag in FORBIDDEN or refreshing:
        yield f"<{element.tag}>"
    for name, value in element.attributes.items():
        if name.startswith("on") or name == "srcdoc" or _SCHEME.match(value):
            yield f"<{element.tag} {name}={value[:80]!r}>"


def play(show: Show, name: str, every: Sequence[Hostile], known: Mapping[str, set[str]]) -> None:
    """Take the strings one way, and look at every view of the edition they make."""
    edition = show.draft(name, WAYS[name](every, NOW))
    for kind, sight in show.sights(edition):
        show.report.strange += sorted(f"{name}, {kind}: {one}" for one in shape(sight) - known[kind])
        show.report.forbidden += [f"{name}, {kind}: {one}" for one in forbidden(sight, known[kind])]
        if kind == "wall" and len(sight.texts) != 5:
            show.report.unseen.append(f"{name}, {kind}: it has {len(sight.texts) - 1} frames")
        # the wall's own list names a story once, by the first of those who tell it; the email names them all
        for text in sight.texts[1:] if kind == "wall" else sight.texts:
            marks = {found.groups() for found in _MARK.finditer(text)}
            bare = {mark for mark, _ in marks}
            show.report.unseen += [f"{name}, {kind}: {one.text!r}" for one in every if one.mark not in bare]
            if kind == "email":
                show.report.seen |= {f"{name} {place}": n for place, n in Counter(place for _, place in marks).items()}


def main() -> None:
    """Play all ways that are named; print what was seen."""
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        sys.exit("There is a network here: hostile strings are shown only where there is none.")
    corpora, program, folder, *ways = sys.argv[1:]
    texts = strings(Path(corpora))
    every = [Hostile(number, text) for number, text in enumerate(texts)]
    everything = Everything()
    chromium = Chromium(program, Path(folder) / "profile", everything.port)
    try:
        show = Show(Path(folder) / "workspace", [*HARMLESS, *WAYS], chromium, everything)
        if ways == ["control"]:
            show.control([text for text in texts if re.search("alert|http", text)][::3])
        else:
            known = show.harmless()
            for name in ways:
                play(show, name, every, known)
        show.report.strings = len(texts)
    finally:
        chromium.close()
    print(json.dumps(asdict(show.report)))


if __name__ == "__main__":
    main()
