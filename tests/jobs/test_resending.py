from __future__ import annotations

import re
from datetime import timedelta

import pytest

from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.model import (
    Accepted,
    Deferred,
    DeliveryState,
    EditionState,
    InDoubt,
    Outcome,
    Parcel,
    Rejected,
)
from digest.domain.ports import Page
from digest.jobs import edition as editions
from digest.jobs import resending
from tests.jobs.conftest import Wire, Workbench

ANSWERS: dict[str, Outcome] = {
    "ada@example.org": InDoubt(reason="silence after the end"),
    "bo@example.org": Rejected(reply="550 5.1.1 no such user"),
    "cy@example.org": Accepted(reply="250 ok"),
}


@pytest.fixture
def wire() -> Wire:
    return Wire(lambda parcel: ANSWERS[parcel.envelope_to])


@pytest.fixture
def sent(bench: Workbench, wire: Wire) -> str:
    """An edition of which one person is in doubt, one was refused, one has it and one was skipped."""
    edition = bench.approved()
    bench.app.send(edition, wire, "Ada")
    return edition


def choose(bench: Workbench, edition: str, *addresses: str, **states: tuple[DeliveryState, ...]) -> resending.Choice:
    return resending.choose(bench.app.store, bench.clock, edition, addresses=addresses, **states)


def message_id(parcel: Parcel) -> bytes:
    found = re.search(rb"^Message-ID: (.*)\r$", parcel.content, re.MULTILINE | re.IGNORECASE)
    assert found is not None
    return found[1]


def test_who_is_in_doubt_is_mailed_again_with_the_message_they_had(bench: Workbench, sent: str, wire: Wire) -> None:
    choice = choose(bench, sent)
    assert dict(choice.counts) == {DeliveryState.UNKNOWN: 1}
    assert dict(choice.refused) == {"the server said “550 5.1.1 no such user”: the address does not exist": 1}
    bench.clock.forward(days=3)
    assert resending.again(bench.app.store, bench.clock, choice, "Bo") == 1
    assert editions.find(bench.app.store, sent).state == EditionState.SENDING
    with bench.app.store.reading() as session:
        last = session.editions.history(sent)[-1]
    assert (last.who, last.what, last.why) == ("Bo", "sent again", "1 person is mailed again")
    second = Wire()
    assert bench.app.send(sent, second, "Bo").edition.state == EditionState.SENT
    assert second.addresses == ["ada@example.org"]
    first = next(parcel for parcel in wire.parcels if parcel.envelope_to == "ada@example.org")
    assert message_id(second.parcels[0]) == message_id(first)
    assert bench.states(sent) == {"sent": 2, "failed": 1, "skipped": 1}
    third = Wire()
    bench.app.send(sent, third, "Bo")
    assert third.parcels == []


def test_a_refusal_for_now_is_tried_anew_for_as_long_as_the_first_time(bench: Workbench) -> None:
    edition = bench.approved()
    busy = Wire(lambda parcel: Deferred(reply="450 4.2.0 greylisted"))
    while bench.app.send(edition, busy, "Ada").edition.state != EditionState.SENT:
        bench.clock.forward(hours=6)
    assert bench.states(edition) == {"failed": 3, "skipped": 1}
    bench.clock.forward(days=2)
    choice = choose(bench, edition, states=(DeliveryState.FAILED,))
    assert dict(choice.counts) == {DeliveryState.FAILED: 3}
    resending.again(bench.app.store, bench.clock, choice, "Ada")
    again = bench.app.send(edition, busy, "Ada")
    assert (again.edition.state, again.waiting) == (EditionState.SENDING, 3)
    assert again.next_at == bench.clock() + timedelta(minutes=5), "the first wait, not the last"
    with bench.app.store.reading() as session:
        entries = session.deliveries.entries(edition, Page(now=bench.clock(), limit=9))
    assert [one.attempts for one in entries if one.state == DeliveryState.PENDING] == [1, 1, 1]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("bo@example.org", "the address does not exist"),
        ("cy@example.org", "they have it"),
        ("di@example.org", "it is not for them: no consent record"),
    ],
)
def test_a_person_who_is_named_and_must_not_be_mailed_again_is_refused_with_the_reason(
    bench: Workbench, sent: str, address: str, why: str
) -> None:
    choice = choose(bench, sent, address)
    assert choice.subscribers == []
    assert [why in one for one in choice.refused] == [True]


def test_who_is_named_is_found_by_any_spelling_and_others_are_left_alone(bench: Workbench, sent: str) -> None:
    choice = choose(bench, sent, "ADA@Example.org")
    assert (len(choice.subscribers), dict(choice.refused)) == (1, {})
    choice = choose(bench, sent, "ada@example.org", states=(DeliveryState.FAILED,))
    assert (len(choice.subscribers), dict(choice.refused)) == (0, {"unknown, and you asked for failed": 1})


def test_a_stranger_and_what_is_no_address_are_told(bench: Workbench, sent: str) -> None:
    with pytest.raises(NotFound, match=r"nobody@example\.org"):
        choose(bench, sent, "nobody@example.org")
    with pytest.raises(DigestError, match="is no address"):
        choose(bench, sent, "ada at example")
    with pytest.raises(NotFound, match="There is no edition"):
        choose(bench, "news-1999")


def test_who_joined_after_the_edition_is_nobody_of_it(bench: Workbench, sent: str) -> None:
    bench.people((bench.folder / "subscribers.csv").read_text() + "\nel@example.org,El,head,,weekly,form,2026-01-01")
    bench.app.import_people(bench.newsletter)
    with pytest.raises(NotFound, match=r"el@example\.org"):
        choose(bench, sent, "el@example.org")


def test_who_left_meanwhile_is_never_mailed_again(bench: Workbench, sent: str) -> None:
    before = choose(bench, sent)
    bench.app.leave("ada@example.org")
    choice = choose(bench, sent)
    assert choice.subscribers == []
    assert "unsubscribed meanwhile" in choice.refused
    # nor where they leave between the question and the answer
    with pytest.raises(Refused, match="Nobody is left"):
        resending.again(bench.app.store, bench.clock, before, "Bo")
    assert editions.find(bench.app.store, sent).state == EditionState.SENT
    assert bench.states(sent)["unknown"] == 1


def test_two_people_who_decide_at_once_send_it_once(bench: Workbench, sent: str) -> None:
    first, second = choose(bench, sent), choose(bench, sent)
    resending.again(bench.app.store, bench.clock, first, "Bo")
    with pytest.raises(Refused):
        resending.again(bench.app.store, bench.clock, second, "Cy")
    wire = Wire()
    bench.app.send(sent, wire, "Bo")
    assert wire.addresses == ["ada@example.org"]


def test_a_decision_needs_a_name(bench: Workbench, sent: str) -> None:
    with pytest.raises(Refused, match="needs a name"):
        resending.again(bench.app.store, bench.clock, choose(bench, sent), " ")
    assert bench.states(sent)["unknown"] == 1


def test_only_what_was_sent_is_sent_again(bench: Workbench) -> None:
    edition = bench.approved()
    with pytest.raises(Refused, match="is approved"):
        choose(bench, edition)
    bench.app.send(edition, Wire(lambda parcel: Deferred(reply="450 later")), "Ada")
    with pytest.raises(Refused, match="is sending") as told:
        choose(bench, edition)
    assert f"`digest send {edition}` first" in told.value.mend


def test_more_than_a_page_of_people_is_mailed_again(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resending, "PAGE", 2)
    edition = bench.approved()
    bench.app.send(edition, Wire(lambda parcel: InDoubt(reason="silence")), "Ada")
    for addresses in ((), ("ada@example.org", "bo@example.org", "cy@example.org")):
        assert len(choose(bench, edition, *addresses).subscribers) == 3
    assert resending.again(bench.app.store, bench.clock, choose(bench, edition), "Ada") == 3
    assert bench.states(edition) == {"pending": 3, "skipped": 1}
