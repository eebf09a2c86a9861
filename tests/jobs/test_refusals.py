"""Whom a mail server does not know, at the very door, is kept off; whom it only refuses is not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from digest.app import returning
from digest.domain.model import Accepted, Outcome, Parcel, Rejected, SubscriptionState
from digest.jobs import edition as editions
from digest.jobs import steering
from tests.jobs.conftest import Wire, Workbench

ADA, BO = "ada@example.org", "bo@example.org"
UNKNOWN = "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown"


def answering(refused: Mapping[str, str]) -> Wire:
    """A server that refuses some people with these words, and takes all other mail."""

    def answer(parcel: Parcel) -> Outcome:
        reply = refused.get(parcel.envelope_to)
        return Accepted(reply="250 ok") if reply is None else Rejected(reply=reply)

    return Wire(answer)


def state(bench: Workbench, address: str) -> SubscriptionState:
    with bench.app.store.reading() as session:
        [(_, [place])] = session.people.by_address([address]).values()
    return place.state


def kept_off(bench: Workbench, address: str) -> str:
    with bench.app.store.reading() as session:
        found = session.people.kept_off(bench.app.suppression_key(address))
    return found.reason if found else ""


def test_whom_a_server_does_not_know_is_kept_off_once_the_edition_is_through(bench: Workbench) -> None:
    """Fault 10."""
    edition = bench.approved()
    bench.app.send(edition, answering({ADA: UNKNOWN}), "Ada")
    assert state(bench, ADA) == SubscriptionState.BOUNCED
    assert kept_off(bench, ADA) == "hard bounce"
    assert state(bench, BO) == SubscriptionState.ACTIVE
    assert bench.states(edition) == {"sent": 2, "failed": 1, "skipped": 1}


@pytest.mark.parametrize(
    "reply",
    [
        "552 5.2.2 mailbox full",
        "550 5.7.1 blocked by policy",
        "554 5.3.4 message too big",
        "554 this looks like spam",
        "550 5.1.1 user's mailbox is full",
    ],
)
def test_who_is_refused_for_another_reason_stays_on_the_list(bench: Workbench, reply: str) -> None:
    bench.app.send(bench.approved(), answering({ADA: reply}), "Ada")
    assert state(bench, ADA) == SubscriptionState.ACTIVE
    assert kept_off(bench, ADA) == ""


def test_a_server_that_knows_hardly_anybody_is_believed_of_nobody(bench: Workbench) -> None:
    bench.app.send(bench.approved(), answering({ADA: UNKNOWN, BO: UNKNOWN}), "Ada")
    assert [state(bench, one) for one in (ADA, BO)] == [SubscriptionState.ACTIVE] * 2


def test_whoever_confirms_anew_is_not_kept_off_again_by_what_was_said_before(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, answering({ADA: UNKNOWN}), "Ada")
    with bench.app.store.writing() as session:
        [(person, _)] = session.people.by_address([ADA]).values()
        session.people.set_state(person.id, "news", SubscriptionState.PENDING)
        session.people.set_state(person.id, "news", SubscriptionState.ACTIVE)
    assert returning.keep_off(bench.app, editions.find(bench.app.store, edition)) == 0
    assert state(bench, ADA) == SubscriptionState.ACTIVE


def test_what_a_killed_program_did_not_do_is_done_by_the_next_look(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(returning, "keep_off", lambda app, edition: 0)
        bench.app.send(bench.approved(), answering({ADA: UNKNOWN}), "Ada")
    assert state(bench, ADA) == SubscriptionState.ACTIVE
    returning.keep_off_late(bench.app)
    assert state(bench, ADA) == SubscriptionState.BOUNCED


def test_nobody_is_kept_off_while_an_edition_is_not_through(bench: Workbench) -> None:
    edition = bench.approved()

    def answer(parcel: Parcel) -> Outcome:
        if parcel.envelope_to == ADA:
            steering.pause(bench.app.store, bench.clock, edition, "Ada")
            return Rejected(reply=UNKNOWN)
        return Accepted(reply="250 ok")

    bench.app.send(edition, Wire(answer), "Ada")
    assert state(bench, ADA) == SubscriptionState.ACTIVE
