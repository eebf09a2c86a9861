"""Hours for mail: outside of them nothing begins, and what is under way waits for the next ones."""

from __future__ import annotations

from datetime import datetime

import pytest

from digest.app import App
from digest.app import clock as timing
from digest.domain.errors import Refused
from digest.domain.model import Accepted, EditionState, Outcome, Parcel
from digest.jobs import due, following, steering, waiting
from digest.jobs import edition as editions
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench, utc

AT = 'at = "08:00"\n'
WINDOW = AT + 'window = "between 07:00 and 19:00, not on Sundays"\n'
EARLY = WINDOW.replace("08:00", "05:30")


def approved(bench: Workbench, monkeypatch: pytest.MonkeyPatch, wire: Wire, schedule: str = WINDOW) -> str:
    """Return the id of an edition that is approved and due on Tuesday, with hours for mail."""
    monkeypatch.setattr(App, "transport", lambda app: wire)
    monkeypatch.setattr(App, "sources_due", lambda app, newsletter, drafting=False: [])
    bench.configure(CONFIGURATION.replace(AT, schedule))
    return bench.approved()


def ring(bench: Workbench, *moment: int) -> list[str]:
    bench.clock.now = utc(*moment)
    said: list[str] = []
    timing.ring(bench.app, said.append)
    return said


def state(bench: Workbench, edition: str) -> EditionState:
    return editions.find(bench.app.store, edition).state


class Slow(Wire):
    """A wire on which each message takes a while, and which tells when it was begun."""

    def __init__(self, bench: Workbench, minutes: int) -> None:
        self.begun: list[datetime] = []

        def answer(parcel: Parcel) -> Outcome:
            self.begun.append(bench.clock())
            bench.clock.forward(minutes=minutes)
            return Accepted(reply="250 ok")

        super().__init__(answer)


def test_an_edition_whose_time_is_outside_leaves_when_its_hours_begin(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire()
    edition = approved(bench, monkeypatch, wire, EARLY)
    found = editions.find(bench.app.store, edition)
    assert waiting.sentences(bench.newsletter, found, bench.clock())[0].startswith(
        "It leaves at Tue 24 Nov, 07:00, when its hours for mail begin. Mail leaves between 07:00 and 19:00"
    )
    assert ring(bench, 2026, 11, 24, 5, 20)[0].startswith(f"{edition}: leaves at Tue 24 Nov, 07:00; until then")
    assert ring(bench, 2026, 11, 24, 5, 30) == []
    assert ring(bench, 2026, 11, 24, 6, 58) == []
    store, newsletter = bench.app.store, bench.newsletter
    assert due.next_look(newsletter, bench.clock(), due.ahead(store, newsletter, bench.clock())) == utc(2026, 11, 24, 7)
    assert wire.parcels == []
    # until then it can still be taken back
    assert state(bench, edition) == EditionState.HOLDING
    assert ring(bench, 2026, 11, 24, 7, 0) == [f"{edition}: sent. 3 sent, 1 skipped"]


def test_a_sending_that_reaches_the_end_of_its_hours_waits_and_nobody_is_mailed_twice(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Slow(bench, minutes=20)
    edition = approved(bench, monkeypatch, wire, WINDOW.replace("08:00", "18:30"))
    said = ring(bench, 2026, 11, 24, 18, 30)
    assert said == [f"{edition}: 1 wait until Wed 25 Nov, 07:00. Its hours for mail are over for now."]
    assert [one.hour for one in wire.begun] == [18, 18]
    assert state(bench, edition) == EditionState.SENDING
    assert bench.states(edition)["pending"] == 1
    shown = following.follow(bench.app.store, bench.clock, bench.newsletter, edition)
    assert shown.waits[0].startswith("It waits for its hours for mail until Wed 25 Nov, 07:00.")
    assert shown.trouble == "no trouble"
    assert ring(bench, 2026, 11, 25, 6, 59) == []
    assert len(wire.begun) == 2
    assert ring(bench, 2026, 11, 25, 7, 0) == [f"{edition}: sent. 3 sent, 1 skipped"]
    assert len(set(wire.addresses)) == len(wire.parcels) == 3


def test_who_sends_by_hand_is_told_until_when_it_waits(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    edition = approved(bench, monkeypatch, wire)
    bench.clock.now = utc(2026, 11, 23, 20)
    with pytest.raises(Refused, match="until Tue 24 Nov, 07:00") as told:
        bench.app.send(edition, wire, "Ada")
    assert "between 07:00 and 19:00" in told.value.mend
    assert state(bench, edition) == EditionState.APPROVED, "it may still be taken back"
    steering.send_now(bench.app.store, bench.clock, edition, "Ada")
    assert ring(bench, 2026, 11, 23, 20, 5) == []
    assert wire.parcels == []
    assert ring(bench, 2026, 11, 24, 7, 0) == [f"{edition}: sent. 3 sent, 1 skipped"]


def test_hours_in_which_nothing_may_leave_do_not_count_against_catching_up(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = approved(bench, monkeypatch, Wire(), EARLY + "catch_up_hours = 1\n")
    assert ring(bench, 2026, 11, 24, 7, 55) == [f"{edition}: sent. 3 sent, 1 skipped"]


def test_what_nobody_sent_for_long_although_its_hours_had_begun_is_missed(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire()
    edition = approved(bench, monkeypatch, wire, EARLY + "catch_up_hours = 1\n")
    assert ring(bench, 2026, 11, 24, 8, 5)[0].startswith(f"{edition}: missed")
    assert wire.parcels == []


def test_an_approval_after_the_hours_sends_when_they_begin_again(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = approved(bench, monkeypatch, Wire())
    bench.clock.now = utc(2026, 11, 24, 7)
    editions.take_back(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Bo", "")
    bench.clock.now = utc(2026, 11, 24, 20)
    bench.app.approve(edition, "Ada")
    assert ring(bench, 2026, 11, 24, 20, 5) == []
    assert ring(bench, 2026, 11, 25, 7, 0) == [f"{edition}: sent. 3 sent, 1 skipped"]
