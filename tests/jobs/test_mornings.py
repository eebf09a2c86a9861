"""Each reader’s own morning: who lives where it comes later gets it then, and the waves and the brake still hold."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import sqlalchemy as sa

from digest.app import App
from digest.app import clock as timing
from digest.app.check import check
from digest.domain.model import Accepted, EditionState, Outcome, Parcel
from digest.jobs import due, following, planning
from digest.jobs import edition as editions
from digest.stages.waves import CANARY, REST, SEEDS
from digest.store import tables as t
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench, utc

BY_ZONE = CONFIGURATION.replace('at = "08:00"\n', 'at = "08:00"\nlocal_time_field = "timezone"\n')
HEADER = "email,tags,timezone,cadence,consent_source,consent_at\n"
NEW_YORK, AUCKLAND, NOWHERE = "America/New_York", "Pacific/Auckland", "Europe/Lodnon"


def people(*rows: tuple[str, str, str]) -> str:
    return HEADER + "".join(f"{name}@example.org,{tag},{zone},weekly,form,2026-01-01\n" for name, tag, zone in rows)


class Morning:
    """An edition that is approved, and a wire that notes who was mailed when."""

    def __init__(self, bench: Workbench, monkeypatch: pytest.MonkeyPatch, rows: str, more: str = "") -> None:
        self.bench = bench
        self.times: dict[str, datetime] = {}
        self.wire = Wire(self._note)
        monkeypatch.setattr(App, "transport", lambda app: self.wire)
        monkeypatch.setattr(App, "sources_due", lambda app, newsletter, drafting=False: [])
        bench.configure(BY_ZONE + more)
        bench.people(rows)
        self.edition = bench.approved()
        bench.app.wait = lambda seconds: bench.clock.forward(seconds=seconds)  # type: ignore[method-assign]

    def _note(self, parcel: Parcel) -> Outcome:
        self.times[parcel.envelope_to.partition("@")[0]] = self.bench.clock()
        return Accepted(reply="250 ok")

    def ring(self, *moment: int) -> list[str]:
        self.bench.clock.now = utc(*moment)
        said: list[str] = []
        timing.ring(self.bench.app, said.append)
        return said

    def rows(self) -> dict[str, tuple[int, datetime]]:
        """Return wave and time of each address that is planned."""
        statement = sa.select(t.subscriber.c.address, t.delivery.c.wave, t.delivery.c.next_at).join(
            t.delivery, t.delivery.c.subscriber == t.subscriber.c.id
        )
        with self.bench.app.store._engine.connect() as connection:
            found = connection.execute(statement).all()
        return {row.address.partition("@")[0]: (row.wave, row.next_at) for row in found}

    @property
    def state(self) -> EditionState:
        return editions.find(self.bench.app.store, self.edition).state


FEW = people(
    ("ada", "", ""), ("bo", "", NEW_YORK), ("cy", "", AUCKLAND), ("di", "", NOWHERE), ("ed", "", "Europe/London")
)


def test_who_lives_where_the_morning_comes_later_gets_it_then_and_all_others_at_the_slot(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Morning(bench, monkeypatch, FEW)
    one.ring(2026, 11, 24, 8, 0)
    assert sorted(one.times) == ["ada", "cy", "di", "ed"]
    assert one.state == EditionState.SENDING
    now, store, newsletter = bench.clock(), bench.app.store, bench.newsletter
    shown = following.follow(store, bench.clock, newsletter, one.edition)
    assert shown.waits == ("1 person gets it in the morning where they live: at Tue 24 Nov, 13:00.",)
    assert due.ahead(store, newsletter, now) == [utc(2026, 11, 24, 13)]
    one.ring(2026, 11, 24, 12, 57)
    assert "bo" not in one.times
    one.ring(2026, 11, 24, 13, 0)
    assert one.times["bo"] == utc(2026, 11, 24, 13)
    assert one.state == EditionState.SENT
    assert len(one.wire.parcels) == 5


def test_a_time_zone_that_does_not_exist_is_told_in_the_history_and_by_digest_check(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Morning(bench, monkeypatch, FEW)
    one.ring(2026, 11, 24, 8, 0)
    with bench.app.store.reading() as session:
        told = [event.why for event in session.editions.history(one.edition) if event.what == planning.ZONES]
    assert told == ["1 person has a time zone that does not exist, such as “Europe/Lodnon”: due at the slot"]
    (bench.folder / "digest.toml").write_text(BY_ZONE)
    found = [one for one in check(bench.folder) if "time zone that does not exist" in one.what]
    assert [one.where for one in found] == ["subscribers.csv: timezone"]


def test_the_canary_is_drawn_among_those_who_are_due_at_the_slot_and_staff_are_first_wherever_they_are(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [(f"p{number:02}", "", NEW_YORK if number % 2 else "") for number in range(60)]
    waves = '\n[newsletters.waves]\nseeds = "heads"\ncanary_percent = 30\ncanary_from = 30\n'
    one = Morning(bench, monkeypatch, people(("hed", "head", NEW_YORK), *names), waves)
    one.ring(2026, 11, 24, 8, 0)
    rows = one.rows()
    assert rows["hed"][0] == SEEDS
    canary = {name for name, (wave, _) in rows.items() if wave == CANARY}
    far = {name for name, _, zone in names if zone}
    assert canary
    assert canary.isdisjoint(far)
    assert {rows[name] for name in far} == {(REST, utc(2026, 11, 24, 13))}
    # the others of London did not wait for anybody's morning
    assert set(one.times) == {"hed", *(name for name, _, zone in names if not zone)}
    assert max(one.times.values()) < utc(2026, 11, 24, 8, 10)
    one.ring(2026, 11, 24, 13, 0)
    assert one.state == EditionState.SENT


def test_planning_stays_one_statement_a_page(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Morning(bench, monkeypatch, people(*((f"p{n}", "", NEW_YORK if n % 3 else "") for n in range(30))))
    monkeypatch.setattr(planning, "PAGE", 10)
    inserts: list[str] = []

    def heard(connection: object, cursor: object, statement: str, *_: object) -> None:
        if re.match(r"INSERT INTO delivery\b", statement):
            inserts.append(statement)

    sa.event.listen(bench.app.store._engine, "before_cursor_execute", heard)
    one.ring(2026, 11, 24, 8, 0)
    assert len(inserts) == 3
    assert len(one.times) == 10


def test_a_correction_waits_for_nobodys_morning(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Morning(bench, monkeypatch, FEW)
    with bench.app.store.reading() as session:
        made = planning.rows(session, bench.newsletter, editions.find(bench.app.store, one.edition), bench.clock())
        made.page(session, "")
        assert list(made.due.values()) == [utc(2026, 11, 24, 13)]
