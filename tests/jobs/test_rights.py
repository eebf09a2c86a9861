from __future__ import annotations

import json
from pathlib import Path

import pytest

from digest.app.rights import erase_mail
from digest.domain.errors import DigestError, NotFound
from digest.domain.model import Asking, Cadence, Rejected, SubscriptionState
from digest.jobs import readers, rights
from digest.store import tables as t
from digest.store.rights import TABLES
from tests.conftest import Clock
from tests.jobs.conftest import HEADER, Wire, Workbench

#: who says them in full: a name that nothing else here has
TELLING = ("zuzana.quillfeather", "zuzana", "quillfeather", "harbour lane primary", "203.0.113.77")
ADDRESS = "Zuzana.Quillfeather@example.org"
ROW = f"{ADDRESS},Zuzana,head,nursery,weekly,form at Harbour Lane Primary,2026-01-01\n"


def _mailed(bench: Workbench) -> str:
    bench.people(HEADER + ROW + "bo@example.org,Bo,head,,weekly,form,2026-01-01\n")
    edition = bench.approved()
    # servers repeat the address that they refuse
    wire = Wire(lambda parcel: Rejected(reply=f"550 5.1.1 <{parcel.envelope_to}>: no such mailbox"))
    bench.app.send(edition, wire, "Ada")
    return edition


def _asked(bench: Workbench) -> None:
    asking = Asking(
        id="asking-1",
        newsletter="news",
        comparable=ADDRESS.lower(),
        address=ADDRESS,
        first_name="Zuzana",
        cadence=Cadence.WEEKLY,
        words="I would like to get it",
        remote="203.0.113.77",
        at=bench.clock(),
    )
    readers.ask(bench.app.store, [asking])
    readers.look_at(bench.app.store, bench.clock, bench.app.suppression_key, bench.app.new_id)
    readers.confirm(
        bench.app.store,
        bench.clock,
        "asking-1",
        "203.0.113.77",
        suppression_key=bench.app.suppression_key,
        new_id=bench.app.new_id,
    )


def _files(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.glob("digest.db*"))).lower()


def test_every_table_that_knows_a_person_is_known_here() -> None:
    knows = {
        (table.name, column.name)
        for table in t.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "subscriber" for key in column.foreign_keys)
    }
    assert knows == set(TABLES.items())


def test_everything_that_is_held_is_shown(bench: Workbench) -> None:
    edition = _mailed(bench)
    _asked(bench)
    shown = rights.show(bench.app.store, " zuzana.quillfeather@EXAMPLE.org ", bench.app.suppression_key)
    assert set(shown.rows) == {"subscriber", "subscription", "delivery", "consent", "notice", "asking"}
    assert shown.rows["subscriber"][0]["first_name"] == "Zuzana"
    assert shown.rows["delivery"][0]["edition"] == edition
    assert shown.rows["consent"][-1]["remote"] == "203.0.113.77"
    assert "bo@example.org" not in json.dumps(shown.rows)


def test_of_who_is_erased_nothing_is_left_but_a_keyed_hash(bench: Workbench) -> None:
    edition = _mailed(bench)
    _asked(bench)
    before = bench.states(edition)
    assert all(word.encode() in _files(bench.folder) for word in TELLING[:2])
    rights.erase(bench.app.store, bench.clock, ADDRESS, bench.app.suppression_key)
    bench.app.store.close()
    for word in TELLING:
        assert word.encode() not in _files(bench.folder), word
    assert bench.states(edition) == before
    shown = rights.show(bench.app.store, ADDRESS, bench.app.suppression_key)
    assert set(shown.rows) == {"suppression"}
    assert shown.rows["suppression"][0]["reason"] == "erased"


def test_no_import_brings_back_who_was_erased(bench: Workbench) -> None:
    _mailed(bench)
    rights.erase(bench.app.store, bench.clock, ADDRESS, bench.app.suppression_key)
    bench.people(HEADER + ROW.replace("weekly", "monthly"))
    bench.app.import_people(bench.newsletter)
    bench.insights("Fractions at play")
    bench.clock.forward(days=7)
    with bench.app.store.reading() as session:
        active = [
            one
            for one in session.people.page("news", "", 100)
            if one.subscription.state == SubscriptionState.ACTIVE and not one.suppressed
        ]
    assert [one.subscriber.address for one in active] == ["bo@example.org"]


def test_who_is_erased_while_an_edition_leaves_is_not_mailed(bench: Workbench) -> None:
    edition = bench.approved()
    wire = Wire()
    erased: list[str] = []

    def answer(parcel: object) -> Rejected:
        # the first who is mailed; the other is erased meanwhile
        if not erased:
            other = next(one for one in ("ada@example.org", "bo@example.org") if one not in wire.addresses)
            rights.erase(bench.app.store, bench.clock, other, bench.app.suppression_key)
            erased.append(other)
        return Rejected(reply="550 no")

    wire.answer = answer
    bench.app.send(edition, wire, "Ada")
    assert erased
    assert len(wire.addresses) + len(erased) >= 2


def test_a_complaint_outlives_the_erasing(bench: Workbench) -> None:
    _mailed(bench)
    with bench.app.store.writing() as session:
        session.people.suppress(bench.app.suppression_key(ADDRESS.lower()), "complaint", bench.clock())
    rights.erase(bench.app.store, bench.clock, ADDRESS, bench.app.suppression_key)
    shown = rights.show(bench.app.store, ADDRESS, bench.app.suppression_key)
    assert shown.rows["suppression"][0]["reason"] == "complaint"


def test_who_was_erased_may_come_back_by_themself(bench: Workbench, clock: Clock) -> None:
    _mailed(bench)
    rights.erase(bench.app.store, bench.clock, ADDRESS, bench.app.suppression_key)
    clock.forward(days=1)
    _asked(bench)
    shown = rights.show(bench.app.store, ADDRESS, bench.app.suppression_key)
    assert "suppression" not in shown.rows
    assert [row["state"] for row in shown.rows["subscription"]] == ["active"]


def test_of_nobody_nothing_is_erased(bench: Workbench) -> None:
    with pytest.raises(NotFound, match="Nothing is held"):
        rights.erase(bench.app.store, bench.clock, "nobody@example.org", bench.app.suppression_key)
    with pytest.raises(DigestError, match="is no address"):
        rights.show(bench.app.store, "nobody", bench.app.suppression_key)


def test_saved_messages_to_who_is_erased_are_removed_and_no_others(bench: Workbench, tmp_path: Path) -> None:
    _mailed(bench)
    folder = tmp_path / "saved" / "deep"
    folder.mkdir(parents=True)
    for name, to in (("1", ADDRESS.upper()), ("2", f'"Quillfeather, Z." <{ADDRESS}>'), ("3", "bo@example.org")):
        (folder / f"{name}.eml").write_text(f"To: {to}\r\nSubject: {ADDRESS}\r\n\r\n{ADDRESS}\r\n")
    (folder / "4.eml").write_bytes(b"\xff\x00 no message")
    (folder / "5.txt").write_text(f"To: {ADDRESS}\r\n\r\n")
    assert erase_mail(tmp_path / "saved", f" {ADDRESS}") == 2
    assert sorted(file.name for file in folder.iterdir()) == ["3.eml", "4.eml", "5.txt"]
    with pytest.raises(DigestError, match="is no folder"):
        erase_mail(tmp_path / "nowhere", ADDRESS)
