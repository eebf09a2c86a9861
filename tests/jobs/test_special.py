"""An edition beside the schedule: it goes when a person wants, and takes nothing from those that come as usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.app import special
from digest.app.clock import ring as look
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Edition, EditionState, FreeBlock
from digest.jobs import due, editing
from digest.jobs import edition as editions
from digest.jobs.editing import Editing
from digest.jobs.special import moment
from digest.stages import slots
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench, utc

#: the clock stands at Mon 23 Nov, 09:00; the usual edition is due on Tuesdays at 08:00
THURSDAY = "2026-11-26 10:00"
ADA = "ada@example.org,Ada,head,,weekly,form,2026-01-01\n"
MO = "mo@example.org,Mo,head,,monthly,form,2026-01-01\n"
NEW = "no@example.org,No,head,,weekly,form,2026-01-01\n"


def drafted(bench: Workbench, *titles: str, at: str = THURSDAY, like: str = "") -> Edition:
    bench.insights(*titles)
    bench.app.import_people(bench.newsletter)
    return special.draft(bench.app, bench.newsletter, at, like).edition


def usual(bench: Workbench, *titles: str) -> Edition:
    bench.insights(*titles)
    bench.app.import_people(bench.newsletter)
    made = bench.app.draft(bench.newsletter).edition
    assert made is not None
    return made


def titles(bench: Workbench, edition: str) -> set[str]:
    with bench.app.store.reading() as session:
        return {one.shown.title for one in session.editions.placements(edition) if not one.first_in}


def sent(bench: Workbench, edition: Edition) -> dict[str, bytes]:
    """Approve an edition and let it leave at its time; return what everybody got."""
    bench.app.approve(edition.id, "Ada")
    bench.clock.now = max(bench.clock.now, edition.slot)
    wire = Wire()
    bench.app.send(edition.id, wire, "Ada")
    return {parcel.envelope_to: parcel.content for parcel in wire.parcels}


def state(bench: Workbench, edition: Edition) -> EditionState:
    return editions.find(bench.app.store, edition.id).state


def test_an_edition_is_drafted_for_the_time_that_a_person_gives(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play")
    assert (made.id, made.slot, made.special) == ("news-2026-11-26-1000", utc(2026, 11, 26, 10), True)
    assert titles(bench, made.id) == {"Nursery play"}
    assert not usual(bench, "Maths of fractions").special


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("", "Write the time as"),
        ("Thursday", "Write the time as"),
        ("2026-11-31 10:00", "Write the time as"),
        ("2026-11-26", "Write the time as"),
        ("0001-01-01 00:00", "at least 10 minutes ahead"),
        ("2026-11-23 09:09", "at least 10 minutes ahead"),
        ("2026-11-22 09:00", "at least 10 minutes ahead"),
        ("2062-11-26 10:00", "within a year"),
        ("2026-11-24 08:00", "The usual edition is due then"),
        ("2026-12-15 08:00", "The usual edition is due then"),
    ],
)
def test_a_time_that_cannot_be_is_told_beside_its_field(bench: Workbench, at: str, says: str) -> None:
    bench.insights("Nursery play")
    with pytest.raises(Unfit) as unfit:
        special.draft(bench.app, bench.newsletter, at)
    assert list(unfit.value.faults) == ["at"]
    assert says in unfit.value.faults["at"]


def test_the_first_time_that_can_be_has_its_minutes_before(bench: Workbench) -> None:
    assert moment(bench.app.store, bench.clock, bench.newsletter, "2026-11-23T09:10") == utc(2026, 11, 23, 9, 10)


def test_a_time_has_one_edition(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play")
    bench.insights("Maths of fractions")
    with pytest.raises(Unfit, match=f"{made.id} has that time"):
        special.draft(bench.app, bench.newsletter, THURSDAY)
    editions.discard(bench.app.store, bench.clock, made, "Ada")
    with pytest.raises(Unfit, match="discarded"):
        special.draft(bench.app, bench.newsletter, THURSDAY)


def test_an_hour_that_comes_twice_has_one_edition(bench: Workbench) -> None:
    bench.clock.now = utc(2026, 10, 24, 9)
    drafted(bench, "Nursery play", at="2026-10-25 01:30")
    later = utc(2026, 10, 25, 1, 30)
    assert slots.edition_id(bench.newsletter, later) == slots.edition_id(bench.newsletter, utc(2026, 10, 25, 0, 30))
    with pytest.raises(Unfit, match="has that time"):
        special.draft(bench.app, bench.newsletter, "2026-10-25 01:30")


def test_without_anything_new_there_is_none(bench: Workbench) -> None:
    with pytest.raises(Refused, match="no new story"):
        special.draft(bench.app, bench.newsletter, THURSDAY)
    with bench.app.store.reading() as session:
        assert session.editions.every() == []


def test_one_story_is_enough_where_a_person_wants_it(bench: Workbench) -> None:
    bench.configure(CONFIGURATION.replace('name = "Fernhill news"', 'name = "Fernhill news"\nminimum_stories = 3'))
    assert drafted(bench, "Nursery play").special


# the clock


def test_the_clock_holds_and_sends_it_at_its_time(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    monkeypatch.setattr(bench.app, "transport", lambda *_: wire)
    monkeypatch.setattr(bench.app, "collect", lambda *_, **__: [])
    made = drafted(bench, "Nursery play", at="2026-11-23 15:07")
    bench.app.approve(made.id, "Ada")
    said: list[str] = []
    bench.clock.now = utc(2026, 11, 23, 14, 56)
    look(bench.app, said.append)
    assert state(bench, made) == EditionState.APPROVED
    bench.clock.now = utc(2026, 11, 23, 14, 57)
    look(bench.app, said.append)
    assert state(bench, made) == EditionState.HOLDING
    assert wire.parcels == []
    bench.clock.now = utc(2026, 11, 23, 15, 7)
    look(bench.app, said.append)
    assert state(bench, made) == EditionState.SENT
    assert sorted(wire.addresses) == ["ada@example.org"]


def test_the_clock_looks_at_its_minutes_to_the_minute(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play", at="2026-11-23 15:07")
    bench.app.approve(made.id, "Ada")
    store, newsletter = bench.app.store, bench.newsletter
    for now, then in (
        (utc(2026, 11, 23, 14, 54), utc(2026, 11, 23, 14, 57)),
        (utc(2026, 11, 23, 15, 4), utc(2026, 11, 23, 15, 7)),
        (utc(2026, 11, 23, 15, 8), utc(2026, 11, 23, 15, 13)),
    ):
        assert due.next_look(newsletter, now, due.ahead(store, newsletter, now)) == then


def test_one_that_nobody_approves_is_held_and_then_given_up(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play", at="2026-11-26 10:00")
    since = utc(2026, 11, 1)
    for now, expected in (
        (utc(2026, 11, 26, 21), EditionState.DRAFT),
        (utc(2026, 11, 30, 5), EditionState.DRAFT),
        (utc(2026, 11, 30, 7), EditionState.MISSED),
    ):
        bench.clock.now = now
        due.record_missed(bench.app.store, bench.clock, bench.newsletter, since, bench.app.loaded.revision, {"a": "b"})
        assert state(bench, made) == expected


def test_it_hides_no_slot_that_was_missed(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play", at="2026-11-25 10:00")
    sent(bench, made)
    bench.clock.now = utc(2026, 11, 26, 10)
    missed = due.record_missed(
        bench.app.store, bench.clock, bench.newsletter, utc(2026, 11, 20), bench.app.loaded.revision, {"a": "b"}
    )
    assert [one.id for one in missed] == ["news-2026-11-24-0800"]


def test_the_usual_draft_is_due_all_the_same(bench: Workbench) -> None:
    drafted(bench, "Nursery play", at="2026-11-23 15:07")
    assert [one.slot for one in due.due(bench.app.store, bench.clock, bench.newsletter, utc(2026, 11, 20))] == [
        utc(2026, 11, 24, 8)
    ]


# its stories


def test_a_usual_draft_loses_nothing_to_one_that_is_thrown_away(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play", "Nursery meals")
    tuesday = usual(bench, "Maths of fractions")
    assert titles(bench, tuesday.id) == {"Maths of fractions"}
    editions.discard(bench.app.store, bench.clock, made, "Ada")
    work = Editing(
        store=bench.app.store,
        clock=bench.clock,
        press=bench.app.press(bench.newsletter),
        edition=tuesday.id,
        who="Ada",
        new_id=bench.app.new_id,
    )
    offered = editing.late(work)
    assert {one.lead.title for one in offered} == {"Nursery play", "Nursery meals"}
    editing.add_late(work, offered[0].id)
    assert titles(bench, tuesday.id) == {"Maths of fractions", offered[0].lead.title}
    # and what nobody takes in comes with the next
    sent(bench, editions.find(bench.app.store, tuesday.id))
    assert titles(bench, usual(bench, "Allotment gardens").id) == {offered[1].lead.title, "Allotment gardens"}


def test_numbers_go_on_from_one_that_is_sent_and_are_given_back_by_one_that_is_not(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play")
    editions.discard(bench.app.store, bench.clock, made, "Ada")
    first = usual(bench, "Maths of fractions")
    second = drafted(bench, "Nursery songs and rhymes", at="2026-11-26 11:00")
    assert (made.number, first.number, second.number) == (1, 1, 2)


# its people


def test_it_puts_off_nobody_s_usual_edition_and_tells_nobody_anything_twice(bench: Workbench) -> None:
    bench.people(HEADER + ADA + MO)
    tuesday = sent(bench, usual(bench, "Nursery play"))
    thursday = sent(bench, drafted(bench, "Maths of fractions"))
    bench.people(HEADER + ADA + MO + NEW)
    next_week = usual(bench, "Allotment gardens in spring")
    assert next_week.slot == utc(2026, 12, 1, 8)
    following = sent(bench, next_week)
    assert set(tuesday) == {"ada@example.org", "mo@example.org"}
    # who wants it less often does not get more because somebody is in a hurry
    assert set(thursday) == {"ada@example.org"}
    assert set(following) == {"ada@example.org", "no@example.org"}
    assert b"Maths of fractions" not in following["ada@example.org"]


def test_who_gets_it_less_often_finds_its_stories_in_their_next_one(bench: Workbench) -> None:
    bench.people(HEADER + ADA + MO)
    sent(bench, usual(bench, "Nursery play"))
    sent(bench, drafted(bench, "Maths of fractions"))
    bench.clock.now = utc(2026, 12, 21, 9)
    later = sent(bench, usual(bench, "Allotment gardens in spring"))
    assert b"Maths of fractions" in later["mo@example.org"]
    assert b"Maths of fractions" not in later["ada@example.org"]
    assert b"Nursery play" not in later["mo@example.org"]


def test_a_usual_draft_that_it_overtook_loses_it_for_nobody(bench: Workbench) -> None:
    bench.people(HEADER + ADA + MO)
    tuesday = usual(bench, "Nursery play")
    sent(bench, drafted(bench, "Maths of fractions", at="2026-11-23 15:00"))
    got = sent(bench, tuesday)
    assert set(got) == {"ada@example.org", "mo@example.org"}
    bench.clock.now = utc(2026, 12, 21, 9)
    later = sent(bench, usual(bench, "Allotment gardens in spring"))
    assert b"Maths of fractions" in later["mo@example.org"]
    assert b"Maths of fractions" not in later["ada@example.org"]


def test_who_does_not_get_it_is_told_why(bench: Workbench) -> None:
    bench.people(HEADER + ADA + MO)
    made = drafted(bench, "Maths of fractions")
    sent(bench, made)
    with bench.app.store.reading() as session:
        reasons = {tally.reason for tally in session.deliveries.tally(made.id) if tally.state == "skipped"}
    assert reasons == {"wants it monthly: what a special edition tells comes with their next one"}


def test_it_holds_no_stories_of_other_editions(bench: Workbench) -> None:
    bench.people(HEADER + ADA)
    sent(bench, usual(bench, "Nursery play"))
    bench.people(HEADER + ADA + NEW)
    made = drafted(bench, "Maths of fractions")
    with bench.app.store.reading() as session:
        assert [one.first_in for one in session.editions.placements(made.id)] == [""]


def test_it_stands_in_the_archive_where_its_time_is(bench: Workbench) -> None:
    sent(bench, drafted(bench, "Maths of fractions"))
    sent(bench, usual(bench, "Nursery play"))
    with bench.app.store.reading() as session:
        assert [one.id for one in session.archive.editions("news", 10)] == [
            "news-2026-12-01-0800",
            "news-2026-11-26-1000",
        ]


# like an old one


def test_a_copy_has_what_was_written_and_none_of_the_stories(bench: Workbench) -> None:
    old = usual(bench, "Nursery play")
    work = Editing(
        store=bench.app.store,
        clock=bench.clock,
        press=bench.app.press(bench.newsletter),
        edition=old.id,
        who="Ada",
        new_id=bench.app.new_id,
    )
    typed = {"introduction": "Dear {{ first_name | all }}, hello.", "preheader": "A word", "subject": "Old subject"}
    editing.write(work, typed, 0)
    editing.add_block(work, FreeBlock(kind="text", text="Our spring fair"))
    sent(bench, editions.find(bench.app.store, old.id))
    bench.insights("Maths of fractions")
    bench.app.import_people(bench.newsletter)
    made = special.draft(bench.app, bench.newsletter, THURSDAY, like=old.id)
    assert made.copied == ("the introduction", "the preview text", "1 block")
    assert titles(bench, made.edition.id) == {"Maths of fractions"}
    variant = next(one for one in bench.app.stored(made.edition.id).variants if one.slug == "heads-all")
    assert variant.preheader == "A word"
    assert variant.subject != "Old subject"
    assert "hello." in variant.text
    assert "Our spring fair" in variant.text
    # it is a draft like any other: what was taken over can be changed, and the old one stays as it was
    mine = replace(work, edition=made.edition.id)
    editing.remove_block(mine, made.edition.written.blocks[0].id)
    editing.undo(mine)
    assert editions.find(bench.app.store, made.edition.id).written == made.edition.written
    assert editions.find(bench.app.store, old.id).written.subject == "Old subject"


def test_a_copy_of_what_nobody_wrote_anything_for_says_so(bench: Workbench) -> None:
    old = usual(bench, "Nursery play")
    bench.insights("Maths of fractions")
    assert special.draft(bench.app, bench.newsletter, THURSDAY, like=old.id).copied == ()
    with pytest.raises(NotFound):
        special.draft(bench.app, bench.newsletter, "2026-11-27 10:00", like="nothing")


def test_one_is_made_anew_and_stays_what_it_is(bench: Workbench) -> None:
    made = drafted(bench, "Nursery play")
    bench.insights("Maths of fractions")
    bench.clock.forward(minutes=1)
    again = special.again(bench.app, bench.newsletter, THURSDAY).edition
    assert again is not None
    assert again.special
    assert titles(bench, made.id) == {"Nursery play", "Maths of fractions"}
    with pytest.raises(NotFound, match="no special edition"):
        special.again(bench.app, bench.newsletter, "2026-11-27 10:00")


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-07-01 10:00", utc(2026, 7, 1, 9)),
        (" 2026-12-03T10:00 ", utc(2026, 12, 3, 10)),
        ("2026-03-29 01:30", utc(2026, 3, 29, 1, 30)),
        ("2026-10-25 01:30", utc(2026, 10, 25, 0, 30)),
        ("2026-12-03 24:00", None),
        ("2026-12-03 10:00:00", None),
        ("2026-12-03 10:00+05:00", None),
        ("9999-12-31 23:59", datetime(9999, 12, 31, 23, 59, tzinfo=utc(2026, 1, 1).tzinfo)),
    ],
)
def test_a_time_that_is_written_is_the_newsletter_s_local_time(
    bench: Workbench, words: str, moment: datetime | None
) -> None:
    assert slots.named(bench.newsletter.schedule, words) == moment
    west = replace(bench.newsletter.schedule, timezone="America/New_York")
    later = slots.named(west, words)
    if moment is not None and moment.year < 9999:
        assert later is not None
        assert timedelta(hours=4) <= later - moment <= timedelta(hours=5)
