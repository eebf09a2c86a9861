from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.domain.errors import DigestError
from digest.domain.model import Deferred, DeliveryState, InDoubt, Outcome, Rejected, SubscriptionState
from digest.domain.ports import Page
from digest.jobs import edition as editions
from digest.jobs import why
from digest.jobs.people import ended
from digest.stages.why import Answer
from tests.jobs.conftest import HEADER, Wire, Workbench, utc

EVERYBODY = ("ada", "bo", "cy", "di")


def asked(bench: Workbench, name: str, edition: str) -> Answer:
    found = editions.find(bench.app.store, edition)
    newsletter = bench.app.as_drafted(found).newsletter
    key = bench.app.suppression_key
    return why.explain(bench.app.store, bench.clock, newsletter, found, f"{name}@example.org", key)


def drafted(bench: Workbench) -> str:
    bench.insights("Nursery play", "Maths of fractions")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition.id


def pause(bench: Workbench, name: str) -> None:
    address = f"{name}@example.org"
    with bench.app.store.writing() as session:
        [(subscriber, [subscription])] = session.people.by_address([address]).values()
        paused = replace(subscription, paused_until=utc(2027, 9, 1))
        session.people.save(address, subscriber, bench.app.suppression_key(address), [paused])


def test_of_a_draft_it_says_what_would_be(bench: Workbench) -> None:
    edition = drafted(bench)
    pause(bench, "cy")
    said = {name: asked(bench, name, edition).sentence for name in EVERYBODY}
    would = f"If {edition} were approved as it is"
    assert said["ada"] == f"{would}, Ada would get it: the email for Heads (2 stories)."
    assert said["bo"] == f"{would}, Bo would get it: the email for Heads (1 story)."
    assert said["cy"] == f"{would}, cy@example.org would not get it: paused until 1 September 2027."
    assert said["di"].startswith(f"{would}, Di would not get it: no consent record")


def test_it_never_differs_from_what_planning_writes_down(bench: Workbench) -> None:
    bench.people(
        HEADER
        + "ada@example.org,Ada,head,,weekly,form,2026-01-01\n"
        + "bo@example.org,Bo,head,maths,weekly,form,2026-01-01\n"
        + "cy@example.org,Cy,teacher,,monthly,form,2026-01-01\n"
        + "di@example.org,Di,teacher,,weekly,,\n"
        + "ed@example.org,Ed,teacher,,weekly,form,2026-01-01\n"
        + "flo@example.org,Flo,teacher,,weekly,form,2026-01-01\n"
    )
    first = bench.approved("Nursery play")
    bench.app.send(first, Wire(), "Ada")
    bench.clock.forward(days=7)
    second = bench.approved("Maths of fractions", "Nursery songs")
    bench.app.leave("ed@example.org")
    pause(bench, "flo")
    names = (*EVERYBODY, "ed", "flo")
    before = {name: asked(bench, name, second) for name in names}
    assert {name: one.gets for name, one in before.items()} == {
        "ada": True,
        "bo": True,
        "cy": False,
        "di": False,
        "ed": False,
        "flo": False,
    }
    bench.app.send(second, Wire(), "Ada")
    with bench.app.store.reading() as session:
        entries = session.deliveries.entries(second, Page(now=bench.clock(), limit=9))
    got = {one.address.partition("@")[0]: one.state == DeliveryState.SENT for one in entries}
    assert got == {name: one.gets for name, one in before.items()}
    for name in ("cy", "di", "flo"):
        # the same reason, planned and not planned
        now = asked(bench, name, second).sentence
        assert now.partition(": ")[2] == before[name].sentence.partition(": ")[2]


@pytest.mark.parametrize(
    ("outcome", "gets", "words", "mend"),
    [
        (Rejected(reply="550 5.1.1 no such user"), False, "did not get", ""),
        (InDoubt(reason="silence after the end"), None, "may have", "digest resend"),
        (Deferred(reply="450 4.2.0 later"), True, "gets", ""),
    ],
)
def test_it_says_what_became_of_a_message(
    bench: Workbench, outcome: Outcome, gets: bool | None, words: str, mend: str
) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(lambda parcel: outcome), "Ada")
    found = asked(bench, "ada", edition)
    assert found.gets == gets
    assert f"Ada {words} {edition}" in found.sentence
    assert mend in found.mend
    assert bool(mend) == bool(found.mend)
    assert any("550" in fact or "silence" in fact.lower() or "450" in fact for fact in found.facts)


def test_who_got_it_and_left_since_got_it(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    bench.app.leave("ada@example.org")
    found = asked(bench, "ada", edition)
    assert found.gets
    assert found.sentence == f"Ada got {edition} on Mon 23 Nov at 09:00; the mail server said “250 ok”."
    assert "They get nothing more: the address is kept off (they unsubscribed on 23 November 2026)." in found.facts


def test_who_was_kept_off_is_told_with_why_and_when(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.leave("bo@example.org")
    bench.clock.forward(days=1)
    found = asked(bench, "bo", edition)
    assert found.sentence == (
        f"Bo does not get {edition}: the address is kept off (they unsubscribed on 23 November 2026)."
    )


def test_who_bounced_is_told_so(bench: Workbench) -> None:
    edition = bench.approved()
    with bench.app.store.writing() as session:
        subscriber = session.people.by_address(["bo@example.org"])["bo@example.org"][0].id
        ended(session, subscriber, "news", SubscriptionState.BOUNCED, "5.1.1", bench.clock())
    assert "their address does not exist" in asked(bench, "bo", edition).sentence


def test_who_joins_after_it_was_sent_came_too_late(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    bench.clock.forward(days=10)
    bench.people(HEADER + "eve@example.org,Eve,head,,weekly,form,2026-01-01\n")
    bench.app.import_people(bench.newsletter)
    with bench.app.store.writing() as session:
        [(subscriber, [subscription])] = session.people.by_address(["eve@example.org"]).values()
        joined = replace(subscription, joined_at=bench.clock() - timedelta(hours=1))
        session.people.save("eve@example.org", subscriber, "key", [joined])
    found = asked(bench, "eve", edition)
    assert found.sentence == (
        f"Eve does not get {edition}: they came onto the list on 3 December 2026, after it was sent."
    )


def test_a_stranger_is_no_error_and_what_is_no_address_is(bench: Workbench) -> None:
    edition = bench.approved()
    found = asked(bench, "nobody", edition)
    assert (found.gets, found.sentence) == (False, "nobody@example.org is not on the list of Fernhill news.")
    with pytest.raises(DigestError, match="no address"):
        asked(bench, "ada@", edition)


def test_nobody_gets_what_was_thrown_away(bench: Workbench) -> None:
    edition = drafted(bench)
    editions.discard(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Ada")
    found = asked(bench, "ada", edition)
    assert (found.gets, found.sentence) == (False, f"Nobody gets {edition}: it was discarded.")


def test_an_address_in_another_spelling_is_the_same_person(bench: Workbench) -> None:
    edition = bench.approved()
    assert asked(bench, "ADA", edition).sentence == asked(bench, "ada", edition).sentence


def test_asking_changes_nothing(bench: Workbench) -> None:
    edition = drafted(bench)
    before = (bench.folder / "digest.db-wal").read_bytes()
    for name in (*EVERYBODY, "nobody"):
        asked(bench, name, edition)
    assert (bench.folder / "digest.db-wal").read_bytes() == before
