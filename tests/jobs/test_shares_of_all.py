"""10,000 people with random themes, cadences, pauses and histories, over editions that are drafted, signed, planned and
sent: nobody gets a story twice, nobody a theme they did not choose, and who gets nothing is told why.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta

from digest.domain.errors import Refused
from digest.domain.model import NEAREST, DeliveryState, EditionState, Variant
from digest.domain.ports import Event
from digest.jobs import approvals, planning, resending
from digest.jobs import edition as editions
from digest.jobs.excluding import exclude
from tests.jobs.conftest import CONFIGURATION, Workbench

PEOPLE = 10_000
WEEKS = 8
_FORM = "%Y-%m-%d %H:%M:%S.%f"
_THINGS = ("gardens", "songs", "meals", "boats", "shells", "stories", "clocks", "rain", "letters", "hills")
_CADENCES = ("weekly", "weekly", "weekly", "fortnightly", "monthly")


class _World:
    """A workspace with 10,000 people, and beside it what each of them got, kept by the test itself."""

    def __init__(self, bench: Workbench, seed: int) -> None:
        bench.configure(CONFIGURATION.replace('name = "Fernhill news"', 'name = "Fernhill news"\nmaximum_stories = 6'))
        self.bench = bench
        self.dice = random.Random(seed)
        self.themes: dict[str, tuple[str, ...]] = {}
        #: person -> stories that they got, or may have got
        self.had: dict[str, set[str]] = defaultdict(set)
        self._people()

    def query(self, statement: str, values: object = ()) -> list[tuple[str, ...]]:
        with self.bench.app.store._engine.begin() as connection:
            result = connection.exec_driver_sql(statement, values)  # type: ignore[arg-type]
            return [tuple(row) for row in result] if result.returns_rows else []

    def _people(self) -> None:
        dice, people, places = self.dice, [], []
        consent = datetime(2026, 1, 1).strftime(_FORM)
        for number in range(PEOPLE):
            person = f"{number * 2654435761 % 2**32:08x}"
            tags = dice.choice(["[]", '["head"]'])
            people.append((person, f"p{number}@example.org", f"p{number}@example.org", tags, f"{number:064x}"))
            themes = self.themes[person] = tuple(dice.sample(["nursery", "maths"], dice.choice([0, 0, 1, 1, 2])))
            joined = (self.bench.clock() + timedelta(days=dice.randrange(-60, 40))).strftime(_FORM)
            paused = (self.bench.clock() + timedelta(days=dice.randrange(50))).strftime(_FORM)
            places.append(
                (
                    person,
                    dice.choices(["active", "unsubscribed"], [19, 1])[0],
                    "[" + ", ".join(f'"{theme}"' for theme in themes) + "]",
                    dice.choice(_CADENCES),
                    consent,
                    paused if dice.random() < 0.2 else None,
                    dice.choice([joined, None]),
                )
            )
        self.query(
            "INSERT INTO subscriber (id, comparable, address, first_name, last_name, tags, fields, suppression_key)"
            " VALUES (?, ?, ?, '', '', ?, '{}', ?)",
            people,
        )
        self.query(
            "INSERT INTO subscription (subscriber, newsletter, state, themes, cadence, consent_source, consent_at,"
            " paused_until, joined_at) VALUES (?, 'news', ?, ?, ?, 'form', ?, ?, ?)",
            places,
        )

    def draft(self, week: int) -> str:
        for theme in ("Nursery", "Maths"):
            for thing in self.dice.sample(_THINGS, self.dice.randrange(4)):
                self.bench.insights(f"{theme} {thing} number {week}{thing[0]}{self.dice.random()}")
        self.bench.insights(f"Nursery week {week} {self.dice.random()}")
        made = self.bench.app.draft(self.bench.newsletter).edition
        assert made is not None
        return made.id

    def sign_and_plan(self, edition: str) -> None:
        app, clock = self.bench.app, self.bench.clock
        approvals.approve(app.store, clock, self.bench.newsletter, app.current(edition), "Ada")
        begun = planning.begin(app.store, clock, editions.find(app.store, edition), "Ada")
        planning.plan(app.store, clock, self.bench.newsletter, begun, lambda: False)

    def answers(self, edition: str) -> None:
        """Let servers answer: most take it, some refuse for now, of some nobody knows."""
        pending = self.query("SELECT subscriber FROM delivery WHERE edition = ? AND state = 'pending'", (edition,))
        told = [
            (state, "452 4.2.2 full" if state == "failed" else "", edition, person)
            for (person,) in pending
            for state in self.dice.choices(["sent", "failed", "unknown"], [94, 4, 2])
        ]
        self.query("UPDATE delivery SET state = ?, reply = ? WHERE edition = ? AND subscriber = ?", told)

    def end(self, edition: str, state: EditionState) -> None:
        store = self.bench.app.store
        with store.writing() as session:
            found = session.editions.get(edition)
            assert found is not None
            assert session.editions.move(found, state, Event(at=self.bench.clock(), who="Ada", what=str(state)))

    def check(self, edition: str) -> None:
        """Hold what everybody is to get against what they got and chose."""
        with self.bench.app.store.reading() as session:
            theme_of = {one.story.id: one.theme for one in session.editions.placements(edition)}
            variants = {one.slug: one for one in session.editions.variants(edition)}
        assert len(variants) <= self.bench.newsletter.maximum_variants + 1
        rows = self.query("SELECT subscriber, state, variant, reason FROM delivery WHERE edition = ?", (edition,))
        assert len(rows) == PEOPLE
        for person, state, slug, reason in rows:
            if state == DeliveryState.SKIPPED:
                assert reason, "every skip has its reason"
                continue
            self._may_have(person, variants[slug], theme_of)
            assert reason in ("", NEAREST) or state != DeliveryState.PENDING

    def _may_have(self, person: str, variant: Variant, theme_of: dict[str, str]) -> None:
        assert not self.had[person].intersection(variant.stories), "nobody gets a story twice"
        assert not self.themes[person] or {theme_of[one] for one in variant.stories} <= set(self.themes[person])
        assert len(variant.stories) <= 6

    def note(self, edition: str, people: set[str] | None = None) -> None:
        """Note what reached people, or may have."""
        with self.bench.app.store.reading() as session:
            lists = session.editions.lists(edition)
        for person, slug in self.query(
            "SELECT subscriber, variant FROM delivery WHERE edition = ? AND state IN ('sent', 'unknown', 'pending')",
            (edition,),
        ):
            if people is None or person in people:
                self.had[person].update(lists[slug])

    def send_again(self, edition: str) -> int:
        """Send an edition again to who failed; who is in doubt may get it twice, as a person decided."""
        app, clock = self.bench.app, self.bench.clock
        choice = resending.choose(app.store, clock, edition, [DeliveryState.FAILED])
        with app.store.reading() as session:
            lists = session.editions.lists(edition)
        for entry in resending.every(app.store, clock, edition, [DeliveryState.FAILED]):
            if entry.subscriber in choice.subscribers:
                assert not self.had[entry.subscriber].intersection(lists[entry.variant]), "nor when it is sent again"
        try:
            resending.again(app.store, clock, choice, "Bo")
        except Refused:
            return 0
        self.query("UPDATE delivery SET state = 'sent' WHERE edition = ? AND state = 'pending'", (edition,))
        self.end(edition, EditionState.SENT)
        self.note(edition, set(choice.subscribers))
        return len(choice.subscribers)


def test_nobody_gets_a_story_twice_or_a_theme_they_did_not_choose_and_every_skip_says_why(bench: Workbench) -> None:
    world = _World(bench, seed=1)
    again, sent, reasons, earlier = 0, [], set(), 0
    for week in range(WEEKS):
        edition = world.draft(week)
        if week == 3:
            # a draft that is thrown away, and another of the same news a week later
            editions.discard(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Bo")
            bench.clock.forward(days=7)
            continue
        if week == 5:
            title = next(one.story.lead.title for one in bench.app.stored(edition).placements)
            exclude(bench.app.store, bench.clock, bench.app.press_of(edition), edition, title, "Bo")
        world.sign_and_plan(edition)
        world.check(edition)
        world.answers(edition)
        if week == 2:
            # stopped before the turn of half of them: its stories are new again
            world.query(
                "UPDATE delivery SET state = 'skipped', reason = 'cancelled' WHERE edition = ? AND subscriber < '8'",
                (edition,),
            )
            world.end(edition, EditionState.CANCELLED)
        else:
            world.end(edition, EditionState.SENT)
            sent.append(edition)
        world.note(edition)
        reasons |= {reason for (reason,) in world.query("SELECT DISTINCT reason FROM delivery WHERE state = 'skipped'")}
        earlier += sum(bool(one.first_in) for one in bench.app.stored(edition).earlier)
        if week in (1, 4, 6):
            again += world.send_again(sent[-2] if week > 1 else sent[-1])
        bench.clock.forward(days=7)
    assert again
    assert earlier
    for beginning in ("paused until", "wants it monthly", "unsubscribed"):
        assert any(reason.startswith(beginning) for reason in reasons)
