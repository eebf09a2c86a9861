"""What is done to people is noted in the same commit: without the note nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digest.domain.ports import Session
from digest.jobs import people, rights
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
    people.add(bench.app.importing(bench.newsletter), new, note)


def stands(bench: Workbench) -> tuple[object, ...]:
    with bench.app.store.reading() as session:
        page = session.people.page("news", "", 10)
        return (session.people.reasons(), [(one.subscriber.address, one.subscription.state) for one in page])


@pytest.mark.parametrize("act", [erase, leave, keep_off, take_in, add])
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
