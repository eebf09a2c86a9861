from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from digest.app import App
from digest.app import clock as timing
from digest.domain.errors import ApprovalTakenBack, DigestError, Refused, ServerTrouble
from digest.domain.model import Deferred, Edition, EditionState, Item, Reading
from digest.jobs import approvals, planning
from digest.jobs import edition as editions
from digest.stages import collect
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench, utc

pytestmark = pytest.mark.usefixtures("each_database")


def drafted(bench: Workbench, *titles: str) -> Edition:
    bench.insights(*(titles or ("Nursery play",)))
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition


def state(bench: Workbench, edition: str) -> EditionState:
    return editions.find(bench.app.store, edition).state


def test_a_redraft_that_an_approval_overtook_is_dropped(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = drafted(bench)
    signed = bench.app.preview(edition.id).fingerprint
    bench.insights("Maths of fractions")
    real = editions.variants

    def approve_meanwhile(*arguments: object) -> object:
        made = real(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(editions, "variants", real)
        bench.app.approve(edition.id, "Ada")
        return made

    monkeypatch.setattr(editions, "variants", approve_meanwhile)
    assert bench.app.draft(bench.newsletter, again=True).created is False
    assert bench.app.stored(edition.id).fingerprint == signed
    assert state(bench, edition.id) == EditionState.APPROVED


def test_an_approval_that_a_redraft_overtook_is_refused(bench: Workbench) -> None:
    edition = drafted(bench)
    seen = bench.app.current(edition.id)
    bench.insights("Maths of fractions")
    bench.clock.forward(minutes=1)
    bench.app.draft(bench.newsletter, again=True)
    with pytest.raises(Refused, match="Somebody else changed"):
        approvals.approve(bench.app.store, bench.clock, bench.newsletter, seen, "Ada")
    assert state(bench, edition.id) == EditionState.DRAFT


def test_an_approval_signs_nothing_that_changed_unseen(bench: Workbench) -> None:
    edition = drafted(bench)
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Another Trust"))
    with pytest.raises(ApprovalTakenBack, match="no longer what you saw"):
        bench.app.approve(edition.id, "Ada")
    assert bench.app.approve(edition.id, "Ada").edition.state == EditionState.APPROVED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('address = "news@fernhill', 'address = "evil@fernhill'),
        ('name = "Fernhill"\naddress = "news', 'name = "Bank"\naddress = "news'),
        ('rule = { field = "tags", contains = "head" }', ""),
        ("https://digest.example.org", "https://other.example.org"),
    ],
    ids=["the sender's address", "the sender's name", "a segment's rule", "the links"],
)
def test_an_approval_holds_for_the_sender_the_links_and_the_segments_too(bench: Workbench, old: str, new: str) -> None:
    edition = bench.approved()
    assert old in CONFIGURATION
    bench.configure(CONFIGURATION.replace(old, new))
    wire = Wire()
    with pytest.raises(ApprovalTakenBack):
        bench.app.send(edition, wire, "Ada")
    assert wire.parcels == []


def test_what_goes_out_is_from_the_sender_that_was_signed(bench: Workbench) -> None:
    edition = bench.approved()

    def down(parcel: object) -> Deferred:
        raise ServerTrouble("It is down.")

    with pytest.raises(ServerTrouble):
        bench.app.send(edition, Wire(down), "Ada")
    bench.configure(CONFIGURATION.replace("news@fernhill", "other@fernhill"))
    wire = Wire()
    bench.app.send(edition, wire, "Ada")
    assert {parcel.envelope_from for parcel in wire.parcels} == {"news@fernhill.example.org"}


def test_stored_bytes_that_are_not_the_signed_ones_are_not_sent(bench: Workbench) -> None:
    edition = bench.approved()
    with bench.app.store.writing() as session:
        session.editions._connection.exec_driver_sql("UPDATE variant SET sha256 = 'other'")  # type: ignore[attr-defined]
    wire = Wire()
    with pytest.raises(Refused):
        bench.app.send(edition, wire, "Ada")
    assert wire.parcels == []
    assert state(bench, edition) == EditionState.DRAFT


def test_a_segment_made_after_the_draft_has_its_variant(bench: Workbench) -> None:
    edition = drafted(bench)
    extra = '\n[[newsletters.segments]]\nid = "more"\nname = "More"\n'
    bench.configure(CONFIGURATION + extra)
    assert {one.segment for one in bench.app.preview(edition.id).variants} == {"heads", "rest", "more", ""}


def test_looking_at_the_preview_page_changes_nothing(bench: Workbench) -> None:
    edition = bench.approved()
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Another Trust"))
    bench.app.stored(edition)
    assert state(bench, edition) == EditionState.APPROVED


def test_a_server_that_ends_every_connection_pauses_the_edition(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.wait = lambda seconds: bench.clock.forward(seconds=seconds)  # type: ignore[method-assign]
    closing = Wire(lambda parcel: Deferred(reply="421 4.3.2 closing", charged=False))
    with pytest.raises(ServerTrouble, match=r"421 4\.3\.2 closing"):
        bench.app.send(edition, closing, "Ada")
    assert state(bench, edition) == EditionState.PAUSED
    assert bench.states(edition) == {"pending": 3, "skipped": 1}


def test_a_late_resume_gives_everybody_all_their_tries(bench: Workbench) -> None:
    edition = bench.approved()
    begun = planning.begin(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Ada")
    planning.plan(bench.app.store, bench.clock, bench.newsletter, begun, lambda: False)
    bench.clock.forward(days=3)
    bench.app.send(edition, Wire(lambda parcel: Deferred(reply="451 greylisted")), "Ada")
    assert bench.states(edition) == {"pending": 3, "skipped": 1}


def test_nobody_is_planned_after_the_edition_was_sent(bench: Workbench) -> None:
    edition = bench.approved()
    before = editions.find(bench.app.store, edition)
    bench.app.send(edition, Wire(), "Ada")
    bench.people(HEADER + "new@example.org,New,teacher,,weekly,form,2026-01-01\n")
    bench.app.import_people(bench.newsletter)
    with pytest.raises(Refused):
        planning.begin(bench.app.store, bench.clock, before, "Bo")
    planning.plan(bench.app.store, bench.clock, bench.newsletter, before, lambda: False)
    assert bench.states(edition) == {"sent": 3, "skipped": 1}


def test_a_copy_of_a_told_story_stays_told_for_ever(bench: Workbench) -> None:
    bench.approved("Nursery play")
    again = Item(
        title="Nursery play, told anew by a partner", link="https://fernhill.example.org/Nursery-play?utm_id=3"
    )
    theirs = next(one for one in bench.newsletter.sources if one.id == "theirs")
    made = collect.insights(theirs, Reading(items=(again,)), {}, bench.clock()).insights
    with bench.app.store.writing() as session:
        session.insights.add(made)
    bench.clock.forward(days=90)
    assert bench.app.draft(bench.newsletter, utc(2027, 2, 23, 8)).edition is None


def test_a_renamed_source_mails_nothing_again(bench: Workbench) -> None:
    bench.approved("Nursery play")
    bench.configure(CONFIGURATION.replace('id = "ours"', 'id = "renamed"'))
    bench.insights("Nursery play", source="renamed")
    bench.clock.forward(days=90)
    assert bench.app.draft(bench.newsletter, utc(2027, 2, 23, 8)).edition is None


def test_a_title_corrected_at_the_source_is_taken_over_until_it_is_signed(bench: Workbench) -> None:
    def tell(title: str) -> None:
        ours = bench.newsletter.sources[0]
        item = Item(title=title, link="https://fernhill.example.org/one")
        made = collect.insights(ours, Reading(items=(item,)), {}, bench.clock()).insights
        with bench.app.store.writing() as session:
            session.insights.add(made)

    tell("Nursry play")
    edition = drafted(bench, "Maths of fractions")
    tell("Nursery play")
    bench.clock.forward(minutes=1)
    bench.app.draft(bench.newsletter, again=True)
    assert "Nursery play" in [one.story.lead.title for one in bench.app.preview(edition.id).placements]
    bench.app.approve(edition.id, "Ada")
    tell("Nursery play, changed after the approval")
    assert "Nursery play" in [one.story.lead.title for one in bench.app.preview(edition.id).placements]


def test_who_asks_to_be_left_alone_is(bench: Workbench) -> None:
    edition = bench.approved()
    assert bench.app.leave("ADA@example.org") is True
    assert bench.app.leave("nobody@example.org") is False
    bench.people(
        HEADER + "ada@example.org,Ada,head,,weekly,a new form,2026-11-20\nnobody@example.org,No,,,weekly,f,2026-01-01\n"
    )
    wire = Wire()
    bench.app.send(edition, wire, "Ada")
    assert "ada@example.org" not in wire.addresses
    assert "nobody@example.org" not in wire.addresses
    with pytest.raises(DigestError):
        bench.app.leave("no address")


def test_a_consent_dated_in_the_future_is_none(bench: Workbench) -> None:
    bench.people(HEADER + "ada@example.org,Ada,head,,weekly,form,2099-01-01\n")
    edition = bench.approved()
    wire = Wire()
    bench.app.send(edition, wire, "Ada")
    assert wire.parcels == []


def test_a_changed_time_of_sending_makes_its_own_slot(bench: Workbench) -> None:
    first = drafted(bench)
    bench.configure(CONFIGURATION.replace('at = "08:00"', 'at = "09:00"'))
    bench.insights("Maths of fractions")
    second = bench.app.draft(bench.newsletter).edition
    assert second is not None
    assert (first.id, second.id) == ("news-2026-11-24-0800", "news-2026-11-24-0900")


def test_an_unexpected_fault_is_said_and_the_clock_goes_on(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    rung = threading.Semaphore(0)

    def burst(app: App, newsletter: object, say: object) -> None:
        rung.release()
        raise ZeroDivisionError("a fault of the program")

    said: list[str] = []
    monkeypatch.setattr(timing, "_ring", burst)
    monkeypatch.setattr(App, "reload", lambda app, say: None)
    monkeypatch.setattr(timing.due, "next_look", lambda newsletter, now, approved: now)
    running = threading.Thread(target=timing.run, args=(bench.app, said.append))
    running.start()
    try:
        assert all(rung.acquire(timeout=10) for _ in range(3))
    finally:
        bench.app.stopping.set()
        running.join(timeout=10)
    assert "ZeroDivisionError" in said[0]


def test_two_newsletters_keep_what_each_knows_of_a_person(tmp_path: Path, clock: Clock) -> None:
    bench = Workbench(tmp_path, clock)
    bench.app.import_people(bench.newsletter)
    more = replace(bench.newsletter, id="more", subscribers="b.csv")
    (tmp_path / "b.csv").write_text(HEADER + "ada@example.org,Ada,governor,,weekly,form,2026-01-01\n")
    bench.app.import_people(more)
    with bench.app.store.reading() as session:
        ada = next(one for one in session.people.page("news", "", 10) if one.subscriber.address == "ada@example.org")
    assert ada.subscriber.tags == ("head", "governor")
