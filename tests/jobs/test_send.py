from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.domain.errors import ApprovalTakenBack, Refused, ServerTrouble
from digest.domain.model import Accepted, Deferred, EditionState, InDoubt, Outcome, Parcel, Rejected, SubscriptionState
from digest.jobs import edition as editions
from digest.jobs import planning, send
from tests.jobs.conftest import CONFIGURATION, HEADER, Wire, Workbench

pytestmark = pytest.mark.usefixtures("each_database")


def test_everybody_gets_one_and_every_skip_has_its_reason(bench: Workbench) -> None:
    edition = bench.approved()
    wire = Wire()
    sent = bench.app.send(edition, wire, "Ada")
    assert sorted(wire.addresses) == ["ada@example.org", "bo@example.org", "cy@example.org"]
    assert sent.edition.state == EditionState.SENT
    assert [(one.segment, one.state, one.reason) for one in sent.tallies if one.state == "skipped"] == [
        ("rest", "skipped", "no consent record: never mailed until there is one")
    ]


def test_an_edition_sent_again_mails_nobody(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    again = Wire()
    assert bench.app.send(edition, again, "Ada").edition.state == EditionState.SENT
    assert again.parcels == []


def test_a_draft_is_not_sent(bench: Workbench) -> None:
    bench.insights("Nursery play")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    wire = Wire()
    with pytest.raises(Refused, match="is draft and cannot be sent"):
        bench.app.send(edition.id, wire, "Ada")
    assert wire.parcels == []


def test_bytes_that_changed_after_the_approval_are_not_sent(bench: Workbench) -> None:
    edition = bench.approved()
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Another Trust"))
    wire = Wire()
    with pytest.raises(ApprovalTakenBack):
        bench.app.send(edition, wire, "Ada")
    assert wire.parcels == []
    assert editions.find(bench.app.store, edition).state == EditionState.DRAFT


def test_a_change_while_it_is_sent_alters_nothing_of_it(bench: Workbench) -> None:
    edition = bench.approved()

    def fail_first(parcel: Parcel) -> Outcome:
        raise ServerTrouble("It is down.")

    with pytest.raises(ServerTrouble):
        bench.app.send(edition, Wire(fail_first), "Ada")
    signed = bench.app.preview(edition).variants[0].sha256
    bench.configure(CONFIGURATION.replace("Fernhill Trust", "Another Trust"))
    wire = Wire()
    bench.app.send(edition, wire, "Ada")
    assert len(wire.parcels) == 2
    assert not any(b"Another Trust" in parcel.content for parcel in wire.parcels)
    assert bench.app.preview(edition).variants[0].sha256 == signed


def test_trouble_with_the_server_pauses_the_edition_and_charges_nobody(bench: Workbench) -> None:
    edition = bench.approved()

    def down(parcel: Parcel) -> Outcome:
        raise ServerTrouble("The server refuses the log-in.")

    with pytest.raises(ServerTrouble):
        bench.app.send(edition, Wire(down), "Ada")
    found = editions.find(bench.app.store, edition)
    assert (found.state, found.note) == (EditionState.PAUSED, "The server refuses the log-in.")
    # the message that was begun when the server went is in doubt; nobody else is touched
    assert bench.states(edition) == {"unknown": 1, "pending": 2, "skipped": 1}


def test_each_outcome_is_kept_as_what_it_is(bench: Workbench) -> None:
    edition = bench.approved()
    answers: dict[str, Outcome] = {
        "ada@example.org": Accepted(reply="250 ok"),
        "bo@example.org": Rejected(reply="550 5.1.1 no such user"),
        "cy@example.org": InDoubt(reason="silence after the end"),
    }
    sent = bench.app.send(edition, Wire(lambda parcel: answers[parcel.envelope_to]), "Ada")
    assert bench.states(edition) == {"sent": 1, "failed": 1, "unknown": 1, "skipped": 1}
    assert sent.edition.state == EditionState.SENT
    again = Wire()
    bench.app.send(edition, again, "Ada")
    assert again.parcels == []


def test_refused_for_now_is_tried_later_and_given_up_after_a_day(bench: Workbench) -> None:
    edition = bench.approved()
    busy = Wire(lambda parcel: Deferred(reply="450 4.2.0 greylisted"))
    sent = bench.app.send(edition, busy, "Ada")
    assert (sent.edition.state, sent.waiting, sent.next_at) == (
        EditionState.SENDING,
        3,
        bench.clock() + timedelta(minutes=5),
    )
    assert bench.app.send(edition, busy, "Ada").waiting == 3
    assert len(busy.parcels) == 3, "nobody is asked before their time"
    for _ in range(40):
        bench.clock.forward(hours=1)
        sent = bench.app.send(edition, busy, "Ada")
    assert bench.states(edition) == {"failed": 3, "skipped": 1}
    assert sent.edition.state == EditionState.SENT


def test_who_is_greylisted_gets_it_once_with_the_same_message_id(bench: Workbench) -> None:
    edition = bench.approved()
    first = Wire(lambda parcel: Deferred(reply="450 4.2.0 greylisted"))
    bench.app.send(edition, first, "Ada")
    bench.clock.forward(minutes=6)
    second = Wire()
    bench.app.send(edition, second, "Ada")
    assert len(second.parcels) == 3

    def ids(wire: Wire) -> set[bytes]:
        lines = [line for parcel in wire.parcels for line in parcel.content.splitlines()]
        return {line for line in lines if line.lower().startswith(b"message-id:")}

    assert ids(first) == ids(second)
    assert len(ids(first)) == 3


def test_who_unsubscribes_while_it_is_sent_gets_nothing(bench: Workbench) -> None:
    edition = bench.approved()
    with bench.app.store.reading() as session:
        people = {one.subscriber.address: one.subscriber.id for one in session.people.page("news", "", 10)}

    def unsubscribe_the_others(parcel: Parcel) -> Outcome:
        with bench.app.store.writing() as session:
            for address, subscriber in people.items():
                if address != parcel.envelope_to and address != "di@example.org":
                    session.people.set_state(subscriber, "news", SubscriptionState.UNSUBSCRIBED)
        return Accepted(reply="250 ok")

    wire = Wire(unsubscribe_the_others)
    bench.app.send(edition, wire, "Ada")
    assert len(wire.parcels) == 1
    assert bench.states(edition) == {"sent": 1, "skipped": 3}


def test_a_pause_takes_effect_before_the_next_message(bench: Workbench) -> None:
    edition = bench.approved()

    def pause(parcel: Parcel) -> Outcome:
        send.pause(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Bo", "a wrong name")
        return Accepted(reply="250 ok")

    wire = Wire(pause)
    sent = bench.app.send(edition, wire, "Ada")
    assert len(wire.parcels) == 1
    assert sent.edition.state == EditionState.PAUSED
    rest = Wire()
    bench.app.send(edition, rest, "Ada")
    assert len(rest.parcels) == 2, "whoever was waiting while it was paused gets it when it goes on"


def test_the_next_edition_holds_nothing_a_reader_had(bench: Workbench) -> None:
    bench.app.send(bench.approved("Nursery play"), Wire(), "Ada")
    bench.clock.forward(days=7)
    second = bench.approved("Maths of fractions")
    wire = Wire()
    sent = bench.app.send(second, wire, "Ada")
    assert all(b"Nursery play" not in parcel.content for parcel in wire.parcels)
    # a monthly reader is not mailed a week later
    assert "cy@example.org" not in wire.addresses
    assert any(one.reason.startswith("wants it monthly, and it is too early: next due from 21") for one in sent.tallies)


def test_who_joins_after_the_approval_gets_an_approved_variant(bench: Workbench) -> None:
    edition = bench.approved()
    signed = {one.sha256 for one in bench.app.preview(edition).variants}
    bench.people(
        HEADER
        + "new@example.org,New,teacher,,weekly,form,2026-11-23\n"
        + "odd@example.org,Odd,teacher,nursery,weekly,form,2026-11-23\n"
    )
    wire = Wire()
    sent = bench.app.send(edition, wire, "Ada")
    assert "new@example.org" in wire.addresses
    assert "odd@example.org" not in wire.addresses, "no approved variant holds only the theme they chose"
    assert "no approved variant holds only what is new to them" in {one.reason for one in sent.tallies}
    assert {one.sha256 for one in bench.app.preview(edition).variants} == signed


def test_a_plan_stopped_half_way_is_run_again(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PAGE", 1)
    edition = bench.approved()
    real = planning.segment.fitting
    calls = 0

    def stop_at_the_third(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(planning.segment, "fitting", stop_at_the_third)
    # who is planned may be mailed before the planning stops
    wire = Wire()
    with pytest.raises(KeyboardInterrupt):
        bench.app.send(edition, wire, "Ada")
    assert editions.find(bench.app.store, edition).planned_at is None
    assert bench.app.send(edition, wire, "Ada").edition.state == EditionState.SENT
    assert sorted(wire.addresses) == ["ada@example.org", "bo@example.org", "cy@example.org"]


def test_an_address_that_no_message_can_be_made_for_is_refused_alone(bench: Workbench) -> None:
    edition = bench.approved()
    with bench.app.store.writing() as session:
        everybody = session.people.page(bench.newsletter.id, "", 10)
        ada = next(one for one in everybody if one.subscriber.address == "ada@example.org")
        odd = replace(ada.subscriber, address='"a b"@example.org')
        session.people.save(odd.address, odd, "key of the odd one", [ada.subscription])
    sent = bench.app.send(edition, Wire(), "Ada")
    assert sent.edition.state == EditionState.SENT
    assert bench.states(edition)["failed"] == 1
    assert bench.states(edition)["sent"] >= 1
