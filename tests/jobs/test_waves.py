"""Waves: an edition goes to staff, to a few, and minutes later to everybody, while it is planned."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, EditionState, Outcome, Parcel, Rejected
from digest.jobs import edition as editions
from digest.jobs import planning, send
from digest.stages.waves import CANARY, REST, SEEDS
from digest.store import tables as t
from digest.store.presence import FilePresence
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench

WAVES = """
[newsletters.waves]
seeds = "heads"
canary_percent = 20
canary_from = 30
"""
PEOPLE = 60
SEED_ADDRESSES = {"head1@example.org", "head2@example.org"}


class Waving:
    """A bench with so many people, waiting for whom moves the clock."""

    def __init__(self, bench: Workbench, waves: str = WAVES, people: int = PEOPLE) -> None:
        self.bench = bench
        bench.configure(CONFIGURATION + waves)
        rows = [f"head{number}@example.org,Hed,head,,weekly,form,2026-01-01\n" for number in (1, 2)]
        rows += [f"p{number:03}@example.org,Per,,,weekly,form,2026-01-01\n" for number in range(people - 2)]
        bench.people(HEADER + "".join(rows))
        self.waits: list[float] = []
        #: what happens while it is waited
        self.meanwhile: Callable[[], None] = lambda: None
        bench.app.wait = self._wait  # type: ignore[method-assign]
        self.edition = bench.approved()
        #: address -> when its message was begun
        self.times: dict[str, datetime] = {}

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        assert len(self.waits) < 50, "it waits and waits"
        self.meanwhile()
        self.bench.clock.forward(seconds=seconds)

    def wire(self, answer: Callable[[Parcel], Outcome] = lambda parcel: Accepted(reply="250 ok")) -> Wire:
        def note(parcel: Parcel) -> Outcome:
            self.times[parcel.envelope_to] = self.bench.clock()
            return answer(parcel)

        return Wire(note)

    def send(self, wire: Wire) -> send.Sent:
        return self.bench.app.send(self.edition, wire, "Ada")

    def waves(self) -> dict[str, int]:
        """Return the wave of each address that is planned."""
        statement = sa.select(t.subscriber.c.address, t.delivery.c.wave).join(
            t.delivery, t.delivery.c.subscriber == t.subscriber.c.id
        )
        with self.bench.app.store._engine.connect() as connection:
            return {row.address: row.wave for row in connection.execute(statement)}

    def of(self, wave: int) -> set[str]:
        return {address for address, its in self.waves().items() if its == wave}

    @property
    def state(self) -> EditionState:
        return editions.find(self.bench.app.store, self.edition).state


@pytest.fixture
def waving(bench: Workbench) -> Waving:
    return Waving(bench)


def test_staff_first_then_a_few_then_five_minutes_later_everybody(waving: Waving) -> None:
    wire = waving.wire()
    sent = waving.send(wire)
    waves = waving.waves()
    order = [waves[address] for address in wire.addresses]
    assert order == sorted(order)
    assert waving.of(SEEDS) == SEED_ADDRESSES
    assert 3 <= len(waving.of(CANARY)) <= 25
    early = [waving.times[address] for address in wire.addresses if waves[address] < REST]
    rest = [waving.times[address] for address in wire.addresses if waves[address] == REST]
    assert min(rest) - max(early) == timedelta(minutes=5)
    assert (sent.edition.state, len(wire.parcels)) == (EditionState.SENT, PEOPLE)
    assert waving.waits == [300]


def test_below_so_many_people_all_go_at_once(bench: Workbench) -> None:
    waving = Waving(bench, WAVES.replace('seeds = "heads"', "").replace("30", "100"))
    wire = waving.wire()
    assert waving.send(wire).edition.state == EditionState.SENT
    assert set(waving.waves().values()) == {REST}
    assert waving.waits == []


def test_the_same_few_are_chosen_when_the_plan_is_made_again(waving: Waving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGE", 10)
    waving.send(waving.wire())
    first = waving.waves()
    with waving.bench.app.store._engine.begin() as connection:
        connection.execute(sa.delete(t.delivery))
        connection.execute(sa.update(t.edition).values(state="sending", planned_at=None))
    found = editions.find(waving.bench.app.store, waving.edition)
    planning.plan(waving.bench.app.store, waving.bench.clock, waving.bench.newsletter, found, lambda: False)
    assert waving.waves() == first


def test_the_first_leave_before_all_are_planned_and_the_rest_only_after(
    waving: Waving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGE", 1)
    real = planning.plan

    def slowly(*arguments: Any) -> None:
        *others, stop = arguments
        real(*others, lambda: time.sleep(0.01) or stop())

    monkeypatch.setattr(planning, "plan", slowly)
    planned: list[tuple[int, bool]] = []

    def look(parcel: Parcel) -> Outcome:
        done = editions.find(waving.bench.app.store, waving.edition).planned_at is not None
        planned.append((waving.waves()[parcel.envelope_to], done))
        return Accepted(reply="250 ok")

    waving.send(waving.wire(look))
    assert (SEEDS, False) in planned, "mail left while it was planned"
    assert (REST, False) not in planned
    assert len(planned) == PEOPLE


def test_a_plan_that_was_killed_half_way_goes_on_and_the_rest_still_waits(
    waving: Waving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGE", 1)
    real = planning.Rows.row
    rows = iter(range(10**6))

    def stop_at_the_thirtieth(*arguments: Any) -> Any:
        if next(rows) == 30:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(planning.Rows, "row", stop_at_the_thirtieth)
    first = waving.wire()
    with pytest.raises(KeyboardInterrupt):
        waving.send(first)
    assert len(waving.waves()) == 30
    assert not set(first.addresses) & waving.of(REST), "nobody can say yet who comes before the rest"
    second = waving.wire()
    assert waving.send(second).edition.state == EditionState.SENT
    assert len({*first.addresses, *second.addresses}) == len(first.parcels) + len(second.parcels) == PEOPLE
    early = max(at for address, at in waving.times.items() if waving.waves()[address] < REST)
    assert min(waving.times[address] for address in waving.of(REST)) == early + timedelta(minutes=5)


# ---------------------------------------------------------------------------------------------
# The brake


def test_refusals_among_the_first_stop_it_before_the_rest(waving: Waving) -> None:
    refusing = waving.wire(lambda parcel: Rejected(reply="550 5.1.1 nobody of that name"))
    with pytest.raises(ServerTrouble, match=r"3 of 3 were refused, more than 5 %.*nobody of that name"):
        waving.send(refusing)
    found = editions.find(waving.bench.app.store, waving.edition)
    assert found.state == EditionState.PAUSED
    assert "3 of 3 were refused, more than 5 %" in found.note
    assert len(refusing.parcels) == 3, "the next message was not begun"
    assert not set(waving.times) & waving.of(REST)
    assert waving.waits == []


@pytest.mark.parametrize(
    ("reply", "most"), [("550 5.1.1 nobody of that name", 20), ("554 5.7.1 we think this is spam", 10)]
)
def test_refusals_among_the_rest_stop_it_too(bench: Workbench, reply: str, most: int) -> None:
    waving = Waving(bench, people=900)
    waves: dict[str, int] = {}

    def refuse_the_rest(parcel: Parcel) -> Outcome:
        waves.update(waves or waving.waves())
        return Rejected(reply=reply) if waves.get(parcel.envelope_to, REST) == REST else Accepted(reply="250")

    with pytest.raises(ServerTrouble, match="were refused"):
        waving.send(waving.wire(refuse_the_rest))
    assert waving.state == EditionState.PAUSED
    early = len(set(waving.times) - waving.of(REST))
    # more than one in twenty of all that were answered, and no fewer than say something
    assert 5 <= len(set(waving.times) & waving.of(REST)) <= max(most, early // 19 + 1)
    assert waving.bench.states(waving.edition)["pending"] > 0


def test_complaints_stop_it(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    waving = Waving(bench)

    def complain() -> None:
        with bench.app.store.writing() as session:
            for number in range(3):
                session.people.suppress(f"key {number}", "complaint", bench.clock())

    waving.meanwhile = complain
    with pytest.raises(ServerTrouble, match="reported it as spam"):
        waving.send(waving.wire())
    found = editions.find(bench.app.store, waving.edition)
    assert found.state == EditionState.PAUSED
    assert "reported it as spam" in found.note
    assert not set(waving.times) & waving.of(REST)


def test_complaints_about_an_edition_before_do_not_stop_this_one(waving: Waving) -> None:
    with waving.bench.app.store.writing() as session:
        for number in range(3):
            session.people.suppress(f"key {number}", "complaint", waving.bench.clock() - timedelta(seconds=1))
    assert waving.send(waving.wire()).edition.state == EditionState.SENT


# ---------------------------------------------------------------------------------------------
# What happens while the rest waits


def test_a_greylisted_few_do_not_hold_up_the_rest_for_ever(waving: Waving) -> None:
    def greylist_the_first(parcel: Parcel) -> Outcome:
        seen = parcel.envelope_to in first
        first.add(parcel.envelope_to)
        early = waving.waves()[parcel.envelope_to] == CANARY
        return Deferred(reply="450 4.2.0 greylisted") if early and not seen else Accepted(reply="250 ok")

    first: set[str] = set()
    waving.send(waving.wire(greylist_the_first))
    assert set(waving.times) >= waving.of(REST)
    for _ in range(3):
        waving.bench.clock.forward(minutes=6)
        waving.send(waving.wire(greylist_the_first))
    assert waving.state == EditionState.SENT


def test_a_server_that_ends_every_connection_pauses_it_also_among_the_first(waving: Waving) -> None:
    closing = waving.wire(lambda parcel: Deferred(reply="421 4.3.2 closing", charged=False))
    with pytest.raises(ServerTrouble, match="ends every connection"):
        waving.send(closing)
    assert waving.state == EditionState.PAUSED
    assert not set(waving.times) & waving.of(REST)


def test_what_is_paused_while_the_rest_waits_stays_paused(waving: Waving) -> None:
    def pause() -> None:
        found = editions.find(waving.bench.app.store, waving.edition)
        send.pause(waving.bench.app.store, waving.bench.clock, found, "Bo", "a wrong name")

    waving.meanwhile = pause
    sent = waving.send(waving.wire())
    assert (sent.edition.state, waving.state) == (EditionState.PAUSED, EditionState.PAUSED)
    assert not set(waving.times) & waving.of(REST)
    assert waving.waits == [300]
    # and goes on when a person says so: the few had it long ago
    waving.meanwhile = lambda: None
    assert waving.send(waving.wire()).edition.state == EditionState.SENT


def test_who_is_killed_while_the_rest_waits_waits_on_only_for_what_is_left(waving: Waving) -> None:
    def kill() -> None:
        waving.bench.clock.forward(minutes=2)
        raise KeyboardInterrupt

    waving.meanwhile = kill
    with pytest.raises(KeyboardInterrupt):
        waving.send(waving.wire())
    waving.meanwhile, waving.waits = lambda: None, []
    assert waving.send(waving.wire()).edition.state == EditionState.SENT
    assert waving.waits == [180]


def test_waiting_for_the_rest_commits_nothing(waving: Waving) -> None:
    with closing(sqlite3.connect(waving.bench.folder / "digest.db", isolation_level=None)) as connection:

        def commits() -> int:
            """SQLite's own count of what others committed."""
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

        def look() -> None:
            looked.append(commits())
            time.sleep(0.3)
            looked.append(commits())

        waving.meanwhile = look
        looked = [commits()]
        waving.send(waving.wire())
    before, first, second = looked
    assert before != first == second


def test_who_finds_the_first_in_another_process_hands_waits_and_goes_on_when_that_has_ended(waving: Waving) -> None:
    app = waving.bench.app
    app.import_people(waving.bench.newsletter)
    found = planning.begin(app.store, waving.bench.clock, editions.find(app.store, waving.edition), "Ada")
    planning.plan(app.store, waving.bench.clock, waving.bench.newsletter, found, lambda: False)
    other = FilePresence(waving.bench.folder / ".digest" / "workers")
    with app.store.writing() as session:
        session.deliveries.enter(other.me(), waving.bench.clock() + timedelta(minutes=15))
        held = session.deliveries.claim(waving.edition, other.me(), 1, waving.bench.clock(), CANARY, 500)
    other.journal()
    assert {letter.subscriber.address for letter in held} == waving.of(SEEDS) | waving.of(CANARY)

    def end_at_the_third() -> None:
        assert not waving.times
        if len(waving.waits) == 3:
            other.leave()
            waving.meanwhile = lambda: None

    waving.meanwhile = end_at_the_third
    assert waving.send(waving.wire()).edition.state == EditionState.SENT
    assert len(waving.times) == PEOPLE
