"""What is done to people is noted in the same commit: without the note nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digest.domain.model import Cadence
from digest.domain.ports import Session
from digest.jobs import people, readers, rights
from digest.jobs.noting import Note
from tests.jobs.conftest import Workbench

pytestmark = pytest.mark.usefixtures("each_database")

ADA = "ada@example.org"


def erase(bench: Workbench, note: Note) -> None:
    rights.erase(bench.app.store, bench.clock, ADA, bench.app.suppression_key, note)


def leave(bench: Workbench, note: Note) -> None:
    people.leave(bench.app.store, bench.clock, ADA, bench.app.suppression_key, note=note)


def keep_off(bench: Workbench, note: Note) -> None:
    file = bench.folder / "off.csv"
    file.write_text(f"{ADA}\n")
    people.keep_off(bench.app.store, bench.clock, file, "left", bench.app.suppression_key, do=True, note=note)


def take_in(bench: Workbench, note: Note) -> None:
    file = bench.folder / "new.csv"
    file.write_text("email\neve@example.org\n")
    with people.held(bench.app.importing(bench.newsletter), file) as one:
        one.take_in(note=note)


def add(bench: Workbench, note: Note) -> None:
    new = people.New(address="eve@example.org", consent="phone, 2026-10-14, yes")
    people.add(bench.app.importing(bench.newsletter), "p1", new, note)


def put(bench: Workbench, note: Note) -> None:
    agreed = {"consent_source": "at the fair", "consent_at": bench.clock()}
    said = people.Said(address="eve@example.org", **agreed)
    people.put(bench.app.importing(bench.newsletter), "p1", said, "API: CRM", added=note)


def change(bench: Workbench, note: Note) -> None:
    said = people.Said(address=ADA, first_name="Augusta")
    people.put(bench.app.importing(bench.newsletter), "p1", said, "API: CRM", changed=note)


def unsubscribe(bench: Workbench, note: Note) -> None:
    leaving = readers.Leaving(newsletter="news", subscriber=ada(bench), how="staff")
    readers.leave(bench.app.store, bench.clock, [leaving], note)


def choose(bench: Workbench, note: Note) -> None:
    wishes = readers.Wishes(first_name="Augusta", last_name="", themes=(), cadence=Cadence.MONTHLY, paused_until=None)
    readers.choose(bench.app.store, "news", ada(bench), wishes, note)


def ada(bench: Workbench) -> str:
    with bench.app.store.reading() as session:
        return session.rights.subscriber(ADA)


def stands(bench: Workbench) -> tuple[object, ...]:
    with bench.app.store.reading() as session:
        page = session.people.page("news", "", 10)
        return (session.people.reasons(), [(one.subscriber, one.subscription) for one in page])


@pytest.mark.parametrize("act", [erase, leave, keep_off, take_in, add, put, change, unsubscribe, choose])
def test_an_act_and_its_note_are_one_commit(bench: Workbench, act: Callable[[Workbench, Note], None]) -> None:
    bench.app.import_people(bench.newsletter)
    before = stands(bench)

    def fail(session: Session) -> None:
        raise RuntimeError("the note cannot be kept")

    with pytest.raises(RuntimeError):
        act(bench, fail)
    assert stands(bench) == before
    noted: list[object] = []
    act(bench, noted.append)
    assert len(noted) == 1
    assert stands(bench) != before


def test_looking_at_a_list_is_not_noted(bench: Workbench) -> None:
    file = bench.folder / "off.csv"
    file.write_text(f"{ADA}\n")
    noted: list[object] = []
    people.keep_off(bench.app.store, bench.clock, file, "left", bench.app.suppression_key, do=False, note=noted.append)
    assert noted == []


@pytest.mark.parametrize("act", [leave, put, change, unsubscribe, choose])
def test_what_changes_nothing_is_not_noted(bench: Workbench, act: Callable[[Workbench, Note], None]) -> None:
    bench.app.import_people(bench.newsletter)
    noted: list[object] = []
    for _ in range(2):
        act(bench, noted.append)
    assert len(noted) == 1
