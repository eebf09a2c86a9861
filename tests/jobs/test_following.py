"""How a send stands is said in sentences and numbers that add up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.domain.errors import NotFound, ServerTrouble
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Parcel, Rejected
from digest.domain.ports import CountsAs
from digest.jobs import edition as editions
from digest.jobs import following, planning, steering
from digest.jobs.following import Following
from digest.stages.following import When, in_words
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench, utc

ANSWERS: dict[str, Outcome] = {
    "ada@example.org": InDoubt(reason="the message was written and no answer came: reset"),
    "bo@example.org": Rejected(reply="550 5.1.1 no such user"),
    "cy@example.org": Deferred(reply="450 4.2.2 mailbox full"),
}
WAVES = '\n[newsletters.waves]\nseeds = "heads"\ncanary_percent = 20\ncanary_from = 10\n'


def follow(bench: Workbench, edition: str) -> Following:
    return following.follow(bench.app.store, bench.clock, bench.newsletter, edition)


def answer(parcel: Parcel) -> Outcome:
    return ANSWERS.get(parcel.envelope_to, Accepted(reply="250 ok"))


def test_what_became_of_everybody_adds_up_and_says_why_and_what_happens_now(bench: Workbench) -> None:
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    edition = bench.approved()
    bench.app.send(edition, Wire(answer), "Ada")
    found = follow(bench, edition)
    assert found.people == sum(found.counts.values()) == 4
    assert [found.counts[one] for one in CountsAs] == [0, 0, 1, 1, 1, 1]
    assert found.answered == 4
    rows = {row.counts_as: (row.people, row.reason, row.now) for row in found.reasons}
    assert rows == {
        CountsAs.FAILED: (1, "No such mailbox", "This edition never goes to them. See whether the address is right."),
        CountsAs.PUT_OFF: (1, "Mailbox is full", "Tried again at 08:05, then 08:20."),
        CountsAs.UNKNOWN: (
            1,
            "Connection lost before the answer",
            "It may have arrived. A person decides after the send.",
        ),
        CountsAs.SKIPPED: (1, "No consent record", "Nothing to do."),
    }
    assert (found.trouble, found.undecided, found.refused_percent) == ("no trouble", 1, 100.0)


def test_reasons_of_one_kind_are_counted_the_usual_one_first(bench: Workbench) -> None:
    rows = [f"p{number}@example.org,,,,weekly,form,2026-01-01\n" for number in range(5)]
    bench.people(HEADER + "".join(rows))
    edition = bench.approved()
    full, wait = Deferred(reply="452 4.2.2 over quota"), Deferred(reply="451 4.7.1 greylisted, come back")
    wire = Wire(lambda parcel: full if parcel.envelope_to < "p2" else wait)
    bench.app.send(edition, wire, "Ada")
    [row] = follow(bench, edition).reasons
    assert (row.people, row.reason) == (5, "Server asks to wait (3) · mailbox is full (2)")


def test_the_people_behind_a_row_come_a_page_at_a_time(bench: Workbench) -> None:
    rows = [f"p{number}@example.org,Pat,,,weekly,form,2026-01-01\n" for number in range(7)]
    bench.people(HEADER + "".join(rows))
    edition = bench.approved()
    bench.app.send(edition, Wire(lambda parcel: Deferred(reply="450 4.7.1 later")), "Ada")
    found: list[str] = []
    after = ""
    while page := following.entries(bench.app.store, edition, CountsAs.PUT_OFF, after, 3):
        assert len(page) <= 3
        found += [one.address for one in page]
        after = page[-1].subscriber
    assert sorted(found) == [f"p{number}@example.org" for number in range(7)]
    [first, *_] = following.entries(bench.app.store, edition, CountsAs.PUT_OFF)
    assert (first.name, first.reply, first.attempts) == ("Pat", "450 4.7.1 later", 1)
    assert first.next_at == bench.clock() + timedelta(minutes=5)
    assert following.entries(bench.app.store, edition, CountsAs.SENT) == []


def test_before_anything_leaves_everybody_it_was_approved_for_waits(bench: Workbench) -> None:
    edition = bench.approved()
    found = follow(bench, edition)
    assert (found.people, found.counts[CountsAs.WAITING], found.rate, found.seconds_left) == (3, 3, None, None)
    assert [(one.name, one.when, one.sentence) for one in found.stages] == [
        ("Holding window", When.LATER, "07:50–08:00, it can be taken back"),
        ("Staff first", When.LATER, "nobody gets it first"),
        ("Canary, 2 %", When.LATER, "only from 1,000 people on"),
        ("Everyone else", When.LATER, "3 people"),
        ("Report", When.LATER, "when everybody has an answer"),
    ]
    bench.clock.now = utc(2026, 11, 24, 7, 50)
    editions.hold(bench.app.store, bench.clock, editions.find(bench.app.store, edition))
    assert follow(bench, edition).stages[0].when == When.NOW


def test_the_stages_follow_one_another(bench: Workbench) -> None:
    bench.configure(CONFIGURATION + WAVES)
    rows = [f"head{number}@example.org,,head,,weekly,form,2026-01-01\n" for number in (1, 2)]
    rows += [f"p{number:03}@example.org,,,,weekly,form,2026-01-01\n" for number in range(40)]
    bench.people(HEADER + "".join(rows))
    edition = bench.approved()
    bench.clock.now = utc(2026, 11, 24, 7, 50)
    editions.hold(bench.app.store, bench.clock, editions.find(bench.app.store, edition))
    bench.clock.now = utc(2026, 11, 24, 8, 0)
    seen: list[Following] = []

    def look(seconds: float) -> None:
        seen.append(follow(bench, edition))
        bench.clock.forward(seconds=seconds)

    bench.app.wait = look  # type: ignore[method-assign]
    bench.app.send(edition, Wire(), "the clock")
    canary = sum(one.wave == 1 for one in _countings(bench, edition))
    assert canary, "else nobody is watched"
    [amid] = seen
    sentences = [(one.when, one.sentence) for one in amid.stages]
    few = amid.answered - 2
    assert sentences == [
        (When.DONE, "07:50–08:00, nobody undid it"),
        (When.DONE, "2 of 2 sent at 08:00"),
        (When.DONE, f"{few} of {few} sent, none refused"),
        (When.NOW, f"{40 - few} people, from 08:05"),
        (When.LATER, "when everybody has an answer"),
    ]
    after = follow(bench, edition)
    assert [one.when for one in after.stages] == [When.DONE] * 5
    assert after.stages[3].sentence == f"{40 - few} of {40 - few}"
    assert after.stages[4].sentence == "at 08:05"
    assert after.version > amid.version


def _countings(bench: Workbench, edition: str) -> list[object]:
    with bench.app.store.reading() as session:
        return list(session.following.countings(edition))


def test_the_rate_is_that_of_the_last_minute_and_tells_how_long_the_rest_takes(bench: Workbench) -> None:
    rows = [f"p{number:03}@example.org,,,,weekly,form,2026-01-01\n" for number in range(100)]
    bench.people(HEADER + "".join(rows))
    edition = bench.approved()
    bench.clock.now = utc(2026, 11, 24, 8, 0)

    def slowly(parcel: Parcel) -> Outcome:
        bench.clock.forward(seconds=0.5)
        if len(wire.parcels) == 60:
            bench.app.stopping.set()
        return Accepted(reply="250 ok")

    wire = Wire(slowly)
    bench.app.send(edition, wire, "the clock")
    amid = follow(bench, edition)
    assert amid.counts[CountsAs.SENT] == 61
    assert amid.rate == pytest.approx(2.0, abs=0.1)
    assert amid.seconds_left == pytest.approx(39 / amid.rate, abs=1)
    assert amid.stages[4].sentence == "about 08:00"
    bench.clock.forward(minutes=2)
    later = follow(bench, edition)
    assert (later.rate, later.seconds_left) == (None, None), "nothing went for a minute"


def test_what_paused_it_is_said_with_how_many_wait(bench: Workbench) -> None:
    rows = [f"p{number:03}@example.org,,,,weekly,form,2026-01-01\n" for number in range(60)]
    bench.people(HEADER + "".join(rows))
    edition = bench.approved()
    with pytest.raises(ServerTrouble):
        bench.app.send(edition, Wire(lambda parcel: Rejected(reply="554 5.7.1 we think this is spam")), "Ada")
    found = follow(bench, edition)
    waiting = found.counts[CountsAs.WAITING]
    assert found.trouble.startswith("Paused: ")
    assert "were refused for what the email is or looks like" in found.trouble
    assert found.trouble.endswith(f" {waiting} people wait. Nobody is mailed until you resume.")
    steering.resume(bench.app.store, bench.clock, edition, "Ada")
    steering.pause(bench.app.store, bench.clock, edition, "Bo")
    assert follow(bench, edition).trouble.startswith("Paused: Bo paused it at 09:00. ")


def test_who_is_not_planned_yet_waits(bench: Workbench) -> None:
    edition = bench.approved()
    planning.begin(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Ada")
    found = follow(bench, edition)
    assert (found.people, found.counts[CountsAs.WAITING]) == (3, 3)
    assert found.stages[0].sentence == "none: Ada sent it at 09:00"


def test_an_edition_that_is_not_there_is_told(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        follow(bench, "news-1999")


@pytest.mark.parametrize(
    ("counts_as", "why", "words"),
    [
        (CountsAs.FAILED, "550 5.1.1", "No such mailbox"),
        (CountsAs.FAILED, "550 5.1.10", "The address leads nowhere"),
        (CountsAs.FAILED, "552", "Mailbox is full"),
        (CountsAs.FAILED, "552 5.3.4", "Email is too large for them"),
        (CountsAs.FAILED, "550 5.7.26", "Refused as spam, or by a rule of their server"),
        (CountsAs.FAILED, "550", "Refused by their server"),
        (CountsAs.FAILED, "came back", "It came back"),
        (CountsAs.FAILED, "", "The reason is no longer kept"),
        (CountsAs.PUT_OFF, "421", "Server asks to wait"),
        (CountsAs.PUT_OFF, "450 4.1.1", "Server asks to wait"),
        (CountsAs.PUT_OFF, "450 4.2.2", "Mailbox is full"),
        (CountsAs.UNKNOWN, "another reason", "Another reason"),
        (CountsAs.SKIPPED, "kept off: the address is on the list", "Kept off"),
        (CountsAs.SKIPPED, "cancelled by Ada", "Cancelled by Ada"),
        (CountsAs.SKIPPED, "paused until 1 December 2026", "Paused until 1 December 2026"),
    ],
)
def test_a_reason_is_said_in_a_comms_persons_words(counts_as: CountsAs, why: str, words: str) -> None:
    assert in_words(counts_as, why) == words
