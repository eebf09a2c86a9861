"""A real SQLite database, a newsletter, and people, for the jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from digest.app import App
from digest.config import Loaded, parse
from digest.domain.model import Accepted, Insight, Item, LinkAnswer, LinkState, Outcome, Parcel, Reading
from digest.domain.ports import Begin, Known, unheard
from digest.encoders.language import Detector
from digest.net.fetch import Web
from digest.stages import collect
from digest.store.database import Database
from tests.conftest import ROOT, Clock, migrated

CONFIGURATION = """
base_url = "https://digest.example.org"
[brand]
organisation = "Fernhill"
legal_name = "Fernhill Trust"
postal_address = "1 Fern Hill"
[[newsletters]]
id = "news"
name = "Fernhill news"
introduction = "Hello {{ first_name | there }}"
[newsletters.sender]
name = "Fernhill"
address = "news@fernhill.example.org"
[newsletters.schedule]
days = ["tuesday"]
at = "08:00"
timezone = "Europe/London"
[[newsletters.sources]]
id = "ours"
kind = "page"
address = "https://fernhill.example.org/news"
name = "Fernhill"
[[newsletters.sources]]
id = "theirs"
kind = "feed"
address = "https://partner.example.org/feed"
name = "Partner"
[[newsletters.themes]]
id = "nursery"
name = "Nursery"
description = "Nurseries, childminders and play."
keywords = ["nursery", "play"]
[[newsletters.themes]]
id = "maths"
name = "Maths"
description = "Numbers, sums and shapes."
keywords = ["maths", "fractions"]
[[newsletters.segments]]
id = "heads"
name = "Heads"
rule = { field = "tags", contains = "head" }
[[newsletters.segments]]
id = "rest"
name = "Everybody else"
"""

HEADER = "email,first_name,tags,themes,cadence,consent_source,consent_at\n"
PEOPLE = HEADER + "\n".join(
    [
        "ada@example.org,Ada,head,,weekly,form,2026-01-01",
        "bo@example.org,Bo,head,maths,weekly,form,2026-01-01",
        "cy@example.org,,teacher,,monthly,form,2026-01-01",
        "di@example.org,Di,teacher,,weekly,,",
    ]
)


class _App(App):
    """An App that reads the table of languages once for all tests, and not for every draft."""

    def _tell(self) -> Callable[[str, str], str]:
        return _detector().tell


@cache
def _detector() -> Detector:
    return Detector()


@cache
def _files() -> dict[str, str]:
    folder = ROOT / "templates"
    return {f"templates/{file.relative_to(folder).as_posix()}": file.read_text() for file in folder.rglob("*.j2")}


class Workbench:
    """An App over a real database, with the clock, the sources and the wire in the test's hands."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.configure(CONFIGURATION)
        self.people(PEOPLE)

    def configure(self, text: str, **templates: str) -> None:
        files = _files() | {f"templates/{name}": text for name, text in templates.items()} | {"digest.toml": text}
        loaded = Loaded(folder=self.folder, workspace=parse(text), files=files)
        self.app = _App(loaded, Database.open(migrated(self.folder / "digest.db")), self.clock)
        self.newsletter = self.app.newsletter()

    def people(self, text: str) -> None:
        (self.folder / "subscribers.csv").write_text(text)

    def insights(self, *titles: str, source: str = "ours", published: datetime | None = None) -> list[Insight]:
        """Store insights as a harvest would."""
        items = tuple(
            Item(
                title=title,
                link=f"https://fernhill.example.org/{title.replace(' ', '-')}",
                date=published or self.clock(),
                summary=f"What {title} means.",
            )
            for title in titles
        )
        chosen = next(one for one in self.newsletter.sources if one.id == source)
        made = collect.insights(chosen, Reading(items=items), {}, self.clock()).insights
        with self.app.store.writing() as session:
            session.insights.add(made)
        return list(made)

    def approved(self, *titles: str) -> str:
        """Return the id of an edition with these stories, drafted and approved."""
        self.insights(*(titles or ("Nursery play", "Maths of fractions")))
        self.app.import_people(self.newsletter)
        edition = self.app.draft(self.newsletter).edition
        assert edition is not None
        self.app.approve(edition.id, "Ada")
        return edition.id

    def states(self, edition: str) -> dict[str, int]:
        counts: dict[str, int] = {}
        with self.app.store.reading() as session:
            for tally in session.deliveries.tally(edition):
                counts[tally.state] = counts.get(tally.state, 0) + tally.count
        return counts


class Wire:
    """A transport that notes what it is given and answers as it is told."""

    def __init__(self, answer: Callable[[Parcel], Outcome] = lambda parcel: Accepted(reply="250 ok")) -> None:
        self.answer = answer
        self.parcels: list[Parcel] = []

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        for parcel in parcels:
            if parcel is None:
                time.sleep(0.001)
                continue
            outcome: Outcome | None = begin(parcel)
            if outcome is None:
                outcome = self.answer(parcel)
                self.parcels.append(parcel)
            known(parcel, outcome)
            yield parcel, outcome

    @property
    def addresses(self) -> list[str]:
        return [parcel.envelope_to for parcel in self.parcels]


@pytest.fixture(autouse=True)
def _links_lead_somewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every link be good, but where a test has a web server of its own: no test asks anybody else."""
    if "site" not in request.fixturenames:
        monkeypatch.setattr(Web, "look", lambda web, address, **_: LinkAnswer(state=LinkState.OK, status=200))


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Workbench:
    return Workbench(tmp_path, clock)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]
