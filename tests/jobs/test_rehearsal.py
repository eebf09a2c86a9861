from __future__ import annotations

from collections.abc import Sequence

import pytest

from digest.app.outbox import write
from digest.domain.errors import ApprovalTakenBack, Refused
from digest.domain.model import Deferred, DeliveryState, EditionState
from digest.domain.ports import Page
from digest.jobs import edition as editions
from digest.jobs import planning, rehearsal
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench


def rehearsed(bench: Workbench, edition: str) -> list[tuple[str, DeliveryState, str, str]]:
    found = editions.find(bench.app.store, edition)
    chosen = rehearsal.deliveries(bench.app.store, bench.clock, bench.newsletter, found)
    return [(subscriber.address, one.state, one.variant, one.reason) for subscriber, one in chosen]


def ledger(bench: Workbench, edition: str) -> Sequence[tuple[str, DeliveryState, str, str]]:
    with bench.app.store.reading() as session:
        entries = session.deliveries.entries(edition, Page(now=bench.clock(), limit=9))
    return [(one.address, one.state, one.variant, one.reason) for one in entries]


def test_a_rehearsal_is_what_planning_writes_down(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGE", 2)
    edition = bench.approved()
    before = rehearsed(bench, edition)
    assert ledger(bench, edition) == []
    busy = Wire(lambda parcel: Deferred(reply="450 later"))
    bench.app.send(edition, busy, "Ada")
    assert [(*one[:3], "") for one in before] == [(*one[:3], "") for one in ledger(bench, edition)]
    assert {one[1] for one in before} == {DeliveryState.PENDING, DeliveryState.SKIPPED}
    assert [one[:3] for one in rehearsed(bench, edition)] == [one[:3] for one in before], "also once it is planned"
    bench.app.send(edition, Wire(), "Ada")


def test_who_has_left_and_who_has_joined_since_gets_nothing(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    assert editions.find(bench.app.store, edition).state == EditionState.SENT
    bench.app.leave("ada@example.org")
    bench.people((bench.folder / "subscribers.csv").read_text() + "\nel@example.org,El,head,,weekly,form,2026-01-01")
    bench.app.import_people(bench.newsletter)
    found = {address: (state, why) for address, state, _, why in rehearsed(bench, edition)}
    assert found["ada@example.org"] == (DeliveryState.SKIPPED, "unsubscribed meanwhile")
    assert found["bo@example.org"][0] == DeliveryState.SENT, "written once more, as often as somebody wants to look"
    assert "el@example.org" not in found


def test_only_what_somebody_approved_has_messages(bench: Workbench) -> None:
    bench.insights("Nursery play")
    bench.app.import_people(bench.newsletter)
    draft = bench.app.draft(bench.newsletter).edition
    assert draft is not None
    with pytest.raises(Refused, match="is draft"):
        rehearsed(bench, draft.id)


def test_other_bytes_than_were_approved_are_not_written(bench: Workbench) -> None:
    edition = bench.approved()
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Another Trust"))
    with pytest.raises(ApprovalTakenBack):
        write(bench.app, edition, bench.folder / "mail", None, False, lambda done, of: None)
    assert not (bench.folder / "mail").exists()


def test_an_address_that_cannot_be_written_is_counted_and_all_others_are_written(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.import_people(bench.newsletter)
    with bench.app.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE subscriber SET address = 'ada@example.org, bo@example.org' WHERE address = 'ada@example.org'"
        )
    told: list[tuple[int, int]] = []
    written = write(bench.app, edition, bench.folder / "mail", None, False, lambda *at: told.append(at))
    assert (written.messages, written.skipped, written.unwritable) == (2, 1, 1)
    assert len(list((bench.folder / "mail").iterdir())) == 2
    assert told == [(1, 3), (2, 3)]
