"""A deadline: who must sign is reminded of it once, and what becomes of an edition that nobody signed by then."""

from __future__ import annotations

import threading

import pytest

from digest.app import App, telling
from digest.app import clock as timing
from digest.domain.model import Edition, EditionState, Role
from digest.jobs import due, editing, waiting
from digest.jobs import edition as editions
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench, utc
from tests.jobs.test_telling import STAFF, Office
from tests.web.desk.conftest import somebody

AT = 'at = "08:00"\n'
#: the slot is on Tuesday at 08:00, the draft was made on Monday at 09:00
DEADLINE = AT + 'approve_by = "the evening before at 20:00"\nremind_hours_before = [6, 1]\n'
MISS = DEADLINE + 'unapproved = "miss"\n'


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


def office(bench: Workbench, wire: Wire, schedule: str = DEADLINE, approver: str = "") -> Office:
    made = Office(bench, wire)
    named = f"{approver}\n[newsletters.sender]"
    text = CONFIGURATION.replace(AT, schedule).replace("[newsletters.sender]", named) + STAFF
    bench.configure(text)
    # what digest.toml says of a deadline changes no byte
    bench.app.current(made.edition)
    made.tell()
    wire.parcels.clear()
    return made


def told(made: Office, *moment: int) -> list[str]:
    """Return the subjects of the mails that are sent at a moment."""
    made.wire.parcels.clear()
    made.bench.clock.now = utc(*moment)
    made.tell()
    return made.subjects


def found(made: Office) -> Edition:
    return editions.find(made.bench.app.store, made.edition)


def test_who_must_sign_is_reminded_at_the_set_times_and_once_each(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire)
    assert told(made, 2026, 11, 23, 13, 59) == []
    assert told(made, 2026, 11, 23, 14, 0) == ["No. 1 waits: approve it by Mon 23 Nov, 20:00"]
    assert "Without an approval by 08:00 it is held, and nobody gets it." in made.text()
    assert told(made, 2026, 11, 23, 14, 5) == []
    assert told(made, 2026, 11, 23, 19, 0) == ["No. 1 waits: approve it by Mon 23 Nov, 20:00"]
    assert told(made, 2026, 11, 23, 20, 0) == ["No. 1 is not approved, and its deadline is over"]
    assert "Approved before 08:00, it still leaves on time." in made.text()
    assert told(made, 2026, 11, 23, 23, 0) == []


def test_who_slept_through_reminders_gets_one_and_who_signed_gets_none(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire)
    assert len(told(made, 2026, 11, 23, 19, 30)) == 1
    bench.app.approve(made.edition, "Ada")
    assert told(made, 2026, 11, 23, 20, 30) == []


def test_of_two_programs_that_remind_at_once_one_does(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire)
    bench.clock.now = utc(2026, 11, 23, 14, 0)
    barrier, apart = threading.Barrier(2), [bench.app, bench.app.apart()]

    def remind(app: App) -> None:
        barrier.wait()
        telling.tell(app, bench.newsletter)

    threads = [threading.Thread(target=remind, args=(app,)) for app in apart]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made.mails) == 1


def test_the_reminder_goes_to_who_is_named_by_an_address_or_as_an_account(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire, approver='approver = "Lena Ortiz"\nstand_in = "deputy@fernhill.example.org"')
    lena = somebody("lena", "Lena Ortiz", Role.APPROVER, bench.clock())
    with bench.app.store.writing() as session:
        session.access.add(lena)
    told(made, 2026, 11, 23, 14, 0)
    assert wire.addresses == [lena.address], "and nobody else need do anything"
    bench.clock.now = utc(2026, 11, 24, 4, 30)
    wire.parcels.clear()
    made.tell()
    assert "deputy@fernhill.example.org" in wire.addresses, "the stand-in is asked by then"


def test_held_means_that_it_may_still_be_approved_and_leaves_on_time(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire)
    bench.clock.now = utc(2026, 11, 23, 21, 0)
    timing.ring(bench.app, lambda words: None)
    assert found(made).state == EditionState.DRAFT
    assert waiting.sentences(bench.newsletter, found(made), bench.clock()) == [
        "Approval was due by Mon 23 Nov, 20:00. Approved before Tue 24 Nov, 08:00, it still leaves on time."
    ]
    bench.app.approve(made.edition, "Ada")
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    timing.ring(bench.app, lambda words: None)
    assert found(made).state == EditionState.SENT


def test_missed_means_that_at_its_deadline_it_is_over_and_its_stories_are_new_again(
    bench: Workbench, wire: Wire
) -> None:
    made = office(bench, wire, MISS)
    assert waiting.sentences(bench.newsletter, found(made), bench.clock()) == [
        "Approval is due by Mon 23 Nov, 20:00. After that it is missed."
    ]
    bench.clock.now = utc(2026, 11, 23, 19, 59)
    said: list[str] = []
    timing.ring(bench.app, said.append)
    assert found(made).state == EditionState.DRAFT
    bench.clock.now = utc(2026, 11, 23, 20, 0)
    made.wire.parcels.clear()
    timing.ring(bench.app, said.append)
    assert (found(made).state, found(made).note) == (
        EditionState.MISSED,
        "nobody approved it by Mon 23 Nov, 20:00",
    )
    assert made.subjects == ["No. 1 is missed: nobody approved it in time"]
    timing.ring(bench.app, said.append)
    assert len(made.mails) == 1
    following = bench.app.draft(bench.newsletter, utc(2026, 12, 1, 8))
    assert following.stories == 3


def test_what_a_person_changed_after_the_deadline_is_not_taken_from_them(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire, MISS)
    bench.app.approve(made.edition, "Ada")
    bench.clock.now = utc(2026, 11, 23, 21, 0)
    editing.write(made.at("Ada"), {"subject": "Another"}, made.step)
    timing.ring(bench.app, lambda words: None)
    assert found(made).state == EditionState.DRAFT, "taken back by an edit after the deadline, it may be approved again"


def test_without_a_deadline_nobody_is_reminded(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire, AT)
    assert told(made, 2026, 11, 24, 6, 30) == []
    assert due.deadline(bench.newsletter, found(made)) == found(made).slot


def test_what_comes_after_the_draft_was_made_does_not_enter_by_itself(bench: Workbench, wire: Wire) -> None:
    made = office(bench, wire)
    before = [one.story.id for one in bench.app.preview(made.edition).placements]
    bench.insights("News of the evening")
    bench.clock.now = utc(2026, 11, 23, 19, 0)
    timing.ring(bench.app, lambda words: None)
    assert [one.story.id for one in bench.app.preview(made.edition).placements] == before
    assert [one.lead.title for one in editing.late(made.at())] == ["News of the evening"], "it is offered"


def test_the_clock_looks_at_the_draft_the_reminder_and_the_deadline_to_the_minute(bench: Workbench, wire: Wire) -> None:
    office(bench, wire, DEADLINE + 'draft = "the day before at 07:13"\n')
    store, newsletter = bench.app.store, bench.newsletter
    for now, then in (
        (utc(2026, 11, 30, 7, 10), utc(2026, 11, 30, 7, 13)),
        (utc(2026, 11, 23, 13, 58), utc(2026, 11, 23, 14, 0)),
        (utc(2026, 11, 23, 19, 57), utc(2026, 11, 23, 20, 0)),
    ):
        assert due.next_look(newsletter, now, due.ahead(store, newsletter, now)) == then


def test_a_draft_is_made_when_its_words_say(bench: Workbench, wire: Wire) -> None:
    bench.configure(CONFIGURATION.replace(AT, AT + 'draft = "the evening before at 18:00"\n'))
    bench.insights("Nursery play")
    since = utc(2026, 11, 20)
    bench.clock.now = utc(2026, 11, 23, 17, 59)
    assert due.due(bench.app.store, bench.clock, bench.newsletter, since) == []
    bench.clock.now = utc(2026, 11, 23, 18, 0)
    assert [one.slot for one in due.due(bench.app.store, bench.clock, bench.newsletter, since)] == [
        utc(2026, 11, 24, 8)
    ]
