from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain.errors import Refused
from digest.domain.model import (
    Accepted,
    Asking,
    Deferred,
    InDoubt,
    Outcome,
    Parcel,
    Rejected,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from digest.domain.ports import DayCount
from digest.domain.states import may_move
from digest.jobs import growth, people, readers, rights
from digest.jobs.people import ended
from digest.stages.growth import ENDINGS, JOINED, net
from digest.store.database import Database
from tests.conftest import Clock, migrated
from tests.jobs.conftest import HEADER, Wire, Workbench, utc

LONG_AGO = date(2020, 1, 1)


def counts(store: Database, newsletter: str = "news") -> list[DayCount]:
    with store.reading() as session:
        return session.growth.since(newsletter, LONG_AGO)


def end(bench: Workbench, address: str, state: SubscriptionState, how: str = "link") -> None:
    with bench.app.store.writing() as session:
        subscriber = session.people.by_address([address])[address][0].id
        ended(session, subscriber, "news", state, how, bench.clock())


def test_who_leaves_is_counted_once_by_day_and_way(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    before = len(counts(bench.app.store))
    bench.app.leave("ada@example.org")
    bench.app.leave("ada@example.org")
    bench.app.leave("bo@example.org")
    # who was never active and who is not known leave nothing behind
    bench.app.leave("di@example.org")
    bench.app.leave("nobody@example.org")
    left = DayCount(day=date(2026, 11, 23), what="left", how="staff", people=2)
    assert [one for one in counts(bench.app.store) if one.what == "left"] == [left]
    assert len(counts(bench.app.store)) == before + 1


def test_each_end_has_its_own_word(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    end(bench, "ada@example.org", SubscriptionState.BOUNCED, "5.1.1")
    end(bench, "bo@example.org", SubscriptionState.COMPLAINED)
    end(bench, "cy@example.org", SubscriptionState.ERASED)
    found = {(one.what, one.how) for one in counts(bench.app.store)}
    assert {("bounced", "5.1.1"), ("complained", "link"), ("erased", "link")} <= found


def test_where_there_is_no_arrow_nobody_is_counted(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    end(bench, "ada@example.org", SubscriptionState.COMPLAINED)
    before = counts(bench.app.store)
    with pytest.raises(Refused):
        end(bench, "ada@example.org", SubscriptionState.UNSUBSCRIBED)
    assert counts(bench.app.store) == before


class Lists:
    """Two people on one list, who come and go."""

    names = ("ada", "bo")

    def __init__(self, store: Database, clock: Clock) -> None:
        self.store, self.clock = store, clock
        for name in self.names:
            self.join(name)

    def state(self, name: str) -> SubscriptionState | None:
        with self.store.reading() as session:
            known = session.people.by_address([f"{name}@example.org"])
        return known[f"{name}@example.org"][1][0].state if known else None

    def join(self, name: str) -> None:
        """Come onto the list with a consent record, as an import lets people."""
        if self.state(name) not in (None, SubscriptionState.PENDING):
            return
        one = Subscription(
            newsletter="news", state=SubscriptionState.ACTIVE, consent_source="form", consent_at=self.clock()
        )
        with self.store.writing() as session:
            subscriber = Subscriber(id=name, address=f"{name}@example.org")
            session.people.save(subscriber.address, subscriber, f"key of {name}", [one])
            session.growth.count("news", self.clock().date(), JOINED, "form")

    def ask_again(self, name: str) -> None:
        now = self.state(name)
        if now is not None and may_move(now, SubscriptionState.PENDING):
            with self.store.writing() as session:
                session.people.set_state(name, "news", SubscriptionState.PENDING)

    def end(self, name: str, state: SubscriptionState) -> None:
        now = self.state(name)
        if now is not None and may_move(now, state):
            with self.store.writing() as session:
                ended(session, name, "news", state, "link", self.clock())

    def leave(self, name: str) -> None:
        people.leave(self.store, self.clock, f"{name}@example.org", lambda comparable: f"key of {comparable}")


_STEPS = st.tuples(st.sampled_from(Lists.names), st.sampled_from(["join", "ask again", "leave", *ENDINGS]))


@settings(max_examples=20)
@given(steps=st.lists(_STEPS, max_size=12))
def test_what_is_counted_adds_up_to_how_the_list_grew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    store = Database.open(migrated(tmp_path_factory.mktemp("grown") / "digest.db"))
    lists = Lists(store, Clock(utc(2026, 11, 1)))

    def active() -> int:
        with store.reading() as session:
            return session.growth.headcount("news", lists.clock()).active

    for number, (name, step) in enumerate(steps):
        lists.clock.forward(hours=9)
        if step == "join":
            lists.join(name)
        elif step == "ask again":
            lists.ask_again(name)
        elif step == "leave":
            lists.leave(name)
        else:
            lists.end(name, SubscriptionState(step))
        assert net(counts(store)) == active(), f"after step {number}"
    store.close()


def test_people_are_counted_by_state(bench: Workbench) -> None:
    bench.people(
        HEADER
        + "\n".join(f"p{number}@example.org,P,,,weekly,form,2026-01-01" for number in range(6))
        + "\nwaits@example.org,W,,,weekly,,\n"
    )
    bench.app.import_people(bench.newsletter)
    bench.app.leave("p0@example.org")
    end(bench, "p1@example.org", SubscriptionState.BOUNCED)
    with bench.app.store.writing() as session:
        # kept off for another reason than leaving: still active, and gets nothing
        session.people.suppress(bench.app.suppression_key("p2@example.org"), "elsewhere", bench.clock())
        [(subscriber, [subscription])] = session.people.by_address(["p3@example.org"]).values()
        paused = replace(subscription, paused_until=bench.clock() + timedelta(days=1))
        session.people.save("p3@example.org", subscriber, "key", [paused])
    found = look(bench).headcount
    assert (found.active, found.paused, found.kept_off) == (4, 1, 1)
    assert (found.pending, found.unsubscribed, found.bounced) == (1, 1, 1)
    assert (found.complained, found.erased) == (0, 0)
    assert look(bench).sentences[0].startswith("3 people get Fernhill news, ")


def look(bench: Workbench, weeks: int = 4) -> growth.Growth:
    return growth.look(bench.app.store, bench.clock, bench.newsletter, weeks)


ANSWERS: dict[str, Outcome] = {
    "ada@big.example": Accepted(reply="250 ok"),
    "bo@big.example": Rejected(reply="550 5.1.1 <bo@big.example> no such user"),
    "cy@big.example": Rejected(reply="450 never mind"),
    "di@slow.example": Deferred(reply="451 4.7.1 greylisted"),
    "el@small.example": InDoubt(reason="silence"),
    "ed@good.example": Accepted(reply="250 ok"),
}


def answered(parcel: Parcel) -> Outcome:
    return ANSWERS[parcel.envelope_to]


def test_refusals_are_told_by_domain_and_without_addresses(bench: Workbench) -> None:
    bench.people(HEADER + "\n".join(f"{address},,,,weekly,form,2026-01-01" for address in ANSWERS))
    edition = bench.approved()
    assert look(bench).editions == [], "nobody has got it yet"
    bench.app.send(edition, Wire(answered), "Ada")
    found = look(bench)
    assert found.editions == [edition]
    told = [(one.domain, one.sent, one.refused, one.put_off, one.reply) for one in found.refusals]
    assert told == [
        ("big.example", 1, 2, 0, "550 5.1.1 … no such user"),
        ("slow.example", 0, 0, 1, "451 4.7.1 greylisted"),
    ]


def test_only_as_many_editions_are_read_as_can_be_read_soon(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench.approved("Nursery play")
    bench.app.send(first, Wire(), "Ada")
    bench.clock.forward(days=7)
    second = bench.approved("Maths of fractions")
    bench.app.send(second, Wire(), "Ada")
    assert look(bench).editions == [second, first]
    monkeypatch.setattr(growth, "MESSAGES", 1)
    assert look(bench).editions == [second]


def test_an_edition_after_which_many_leave_is_named(bench: Workbench) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(), "Ada")
    assert look(bench).findings == []
    bench.clock.forward(days=1, hours=1)
    for name in ("ada", "bo", "cy"):
        bench.app.leave(f"{name}@example.org")
    [found] = look(bench).findings
    assert (found.code, found.where) == ("growth.leaving", edition)
    assert found.what.startswith("3 of 3 people left")


def test_old_consent_is_counted_by_year_and_listed(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "PAGE", 2)
    days = ["2021-05-01", "2022-05-01", "2022-06-01", "2024-11-22", "2024-11-24", "2026-01-01"]
    rows = [f"p{number}@example.org,P{number},,,weekly,form {number},{day}" for number, day in enumerate(days)]
    bench.people(HEADER + "\n".join(rows))
    bench.app.import_people(bench.newsletter)
    bench.app.leave("p2@example.org")
    found = look(bench)
    assert found.old_before == utc(2024, 11, 23, 9)
    assert dict(found.old_consent) == {2021: 1, 2022: 1, 2024: 1}
    listed = growth.of_old_consent(bench.app.store, bench.newsletter, found.old_before)
    assert sorted((one.address, one.source, f"{one.at:%Y-%m-%d}") for one in listed) == [
        ("p0@example.org", "form 0", "2021-05-01"),
        ("p1@example.org", "form 1", "2022-05-01"),
        ("p3@example.org", "form 3", "2024-11-22"),
    ]


def test_consent_is_never_old_where_nobody_wants_to_know(bench: Workbench) -> None:
    bench.app.import_people(bench.newsletter)
    newsletter = replace(bench.newsletter, consent_months=0)
    found = growth.look(bench.app.store, bench.clock, newsletter, 1)
    assert (found.old_before, dict(found.old_consent)) == (None, {})


def test_who_confirms_leaves_by_a_link_and_is_erased_is_counted(bench: Workbench) -> None:
    asking = Asking(
        id="asking",
        comparable="eve@example.org",
        address="eve@example.org",
        newsletter="news",
        at=bench.clock(),
    )
    readers.ask(bench.app.store, [asking])
    key, new_id = bench.app.suppression_key, bench.app.new_id
    readers.look_at(bench.app.store, bench.clock, key, new_id)
    for _ in range(2):
        made = readers.confirm(bench.app.store, bench.clock, "asking", "", suppression_key=key, new_id=new_id)
    assert made is not None
    bench.clock.forward(days=1)
    for _ in range(2):
        leaving = readers.Leaving(newsletter="news", subscriber=made.subscriber.id, how="link in an email")
        readers.leave(bench.app.store, bench.clock, [leaving])
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    assert counts(bench.app.store) == [
        DayCount(day=monday, what="joined", how="sign-up form", people=1),
        DayCount(day=tuesday, what="left", how="link in an email", people=1),
    ]
    # who has left already leaves no second time; by which rare way they came and went is forgotten with them
    rights.erase(bench.app.store, bench.clock, "eve@example.org", key)
    assert [(one.day, one.what, one.people) for one in counts(bench.app.store)] == [
        (monday, "joined", 1),
        (tuesday, "left", 1),
    ]
    bench.app.import_people(bench.newsletter)
    rights.erase(bench.app.store, bench.clock, "ada@example.org", key)
    assert (tuesday, "erased", 1) in [(one.day, one.what, one.people) for one in counts(bench.app.store)]
