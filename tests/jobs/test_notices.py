from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa

from digest.app import notices as written
from digest.app.signing import _unusable
from digest.domain.errors import ConfigurationError, ServerTrouble
from digest.domain.model import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    InDoubt,
    Letter,
    Notice,
    NoticeKind,
    Outcome,
    Parcel,
    Rejected,
    Subscriber,
    SubscriptionState,
    Withheld,
)
from digest.domain.ports import Begin, Known, unheard
from digest.jobs import notices
from digest.store import tables as t
from tests.conftest import ROOT
from tests.jobs.conftest import Wire, Workbench

NEWS = "news"
#: another process that sends, and is killed when the server has its first mail
_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from tests.conftest import Clock
from tests.jobs.conftest import Wire, Workbench
from tests.jobs.test_notices import Desk
bench = Workbench(Path(sys.argv[1]), Clock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC)))
Desk(bench).send(Wire(lambda parcel: os.kill(os.getpid(), signal.SIGKILL)))
"""


class Desk:
    """Notices to the people of a workspace."""

    def __init__(self, bench: Workbench) -> None:
        self.bench, self.app, self.clock = bench, bench.app, bench.clock
        bench.app.import_people(bench.newsletter)
        self.wire = Wire()

    def promise(self, *addresses: str, kind: NoticeKind = NoticeKind.KEEP, newsletter: str = NEWS) -> None:
        with self.app.store.writing() as session:
            for address in addresses:
                person = session.people.by_address([address])[address][0]
                number = self.count()
                session.readers.add_notice(
                    Notice(
                        id=f"notice{number}{address[:2]}", kind=kind, newsletter=newsletter, subscriber=person,
                        made_at=self.clock(),
                    )
                )  # fmt: skip

    def count(self) -> int:
        with self.app.store._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(t.notice)).scalar_one())

    def send(self, transport: object = None, write: Callable[[Notice], Parcel] | None = None) -> int:
        return notices.send(
            self.app.store,
            self.clock,
            transport or self.wire,  # type: ignore[arg-type]
            write or (lambda one: written.write(self.app, one)),
            lambda: False,
        )

    def rows(self) -> list[tuple[str, int, datetime, str]]:
        asked = sa.select(t.notice.c.state, t.notice.c.attempts, t.notice.c.next_at, t.notice.c.reply).order_by("id")
        with self.app.store._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(asked)]  # type: ignore[misc]

    @property
    def states(self) -> list[str]:
        return [row[0] for row in self.rows()]


@pytest.fixture
def desk(bench: Workbench) -> Desk:
    return Desk(bench)


ADA, BO, CY = "ada@example.org", "bo@example.org", "cy@example.org"


def test_a_notice_is_mailed_once(desk: Desk) -> None:
    desk.promise(ADA, BO)
    assert desk.send() == 2
    assert desk.send() == 0
    assert sorted(desk.wire.addresses) == [ADA, BO]
    assert desk.states == ["sent", "sent"]


def test_of_many_at_once_each_is_mailed_once(desk: Desk) -> None:
    for _ in range(15):
        desk.promise(ADA, BO, CY)
    assert desk.send(write=_plain) == 45
    assert desk.states == ["sent"] * 45


OUTCOMES: dict[str, tuple[Outcome, str, int, int]] = {
    "taken": (Accepted(reply="250 ok"), "sent", 1, 0),
    "refused": (Rejected(reply="550 5.1.1"), "failed", 1, 0),
    "in doubt": (InDoubt(reason="no answer"), "unknown", 1, 0),
    "not now": (Deferred(reply="451 4.7.1"), "pending", 1, 5),
    "not its fault": (Deferred(reply="421", charged=False), "pending", 0, 1),
    "its provider's pace": (Withheld(reason="pace", postponed=True, after_seconds=5), "pending", 0, 1),
}


@pytest.mark.parametrize(("outcome", "state", "attempts", "minutes"), OUTCOMES.values(), ids=OUTCOMES)
def test_what_became_of_it_is_kept(desk: Desk, outcome: Outcome, state: str, attempts: int, minutes: int) -> None:
    desk.promise(ADA)
    before = desk.clock()
    desk.send(Wire(lambda parcel: outcome))
    [(now, tried, next_at, _)] = desk.rows()
    assert (now, tried) == (state, attempts)
    assert (next_at - before).total_seconds() == minutes * 60


def test_who_is_put_off_for_ever_fails_in_the_end_with_one_message_id(desk: Desk) -> None:
    desk.promise(ADA)
    wire = Wire(lambda parcel: Deferred(reply="450 4.2.0"))
    for _ in range(20):
        desk.send(wire)
        desk.clock.forward(hours=5)
    assert desk.states == ["failed"]
    assert len(wire.parcels) == 7
    assert len({_field(one.content, b"Message-ID") for one in wire.parcels}) == 1


def test_a_server_that_does_not_serve_costs_no_notice_a_try(desk: Desk) -> None:
    desk.promise(ADA, BO, CY)
    for _ in range(10):
        with pytest.raises(ServerTrouble):
            desk.send(_Down(serves=0))
        assert desk.states == ["pending"] * 3
        assert [row[1] for row in desk.rows()] == [0] * 3
        desk.clock.forward(minutes=1)
    assert desk.send() == 3


def test_a_server_that_ends_half_way_keeps_what_it_took(desk: Desk) -> None:
    desk.promise(ADA, BO, CY)
    with pytest.raises(ServerTrouble):
        desk.send(_Down(serves=1))
    assert sorted(desk.states) == ["pending", "pending", "sent"]
    desk.clock.forward(minutes=1)
    desk.send()
    assert len(desk.wire.parcels) == 2


def test_what_was_claimed_by_a_program_that_is_gone_is_named_and_not_mailed_again(desk: Desk) -> None:
    desk.promise(ADA)
    with desk.app.store.writing() as session:
        [claimed] = session.readers.claim_notices(desk.clock(), 20)
    desk.clock.forward(minutes=14)
    assert not notices.is_due(desk.app.store, desk.clock)
    assert desk.send() == 0
    assert desk.states == ["claimed"]
    desk.clock.forward(minutes=2)
    assert notices.is_due(desk.app.store, desk.clock)
    assert desk.send() == 0
    assert desk.states == ["unknown"]
    assert not notices.is_due(desk.app.store, desk.clock)
    assert desk.wire.parcels == []
    # the program was only slow: its answer is evidence, and a second doubt is none
    with desk.app.store.writing() as session:
        session.readers.settle_notice(claimed.notice.id, DeliveryState.UNKNOWN, desk.clock())
        session.readers.settle_notice(claimed.notice.id, DeliveryState.SENT, desk.clock(), "250 ok")
    assert desk.states == ["sent"]


def test_a_program_killed_amid_a_mail_mails_it_never_again(desk: Desk) -> None:
    desk.promise(ADA, BO)
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(desk.bench.folder)], cwd=ROOT, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert desk.states == ["claimed", "claimed"]
    desk.clock.forward(minutes=16)
    assert desk.send() == 0
    assert desk.states == ["unknown", "unknown"]
    assert desk.wire.parcels == []


def test_two_programs_claim_no_notice_twice(desk: Desk) -> None:
    desk.promise(ADA, BO)
    with desk.app.store.writing() as session:
        first = session.readers.claim_notices(desk.clock(), 20)
    with desk.app.store.writing() as session:
        second = session.readers.claim_notices(desk.clock(), 20)
    assert (len(first), len(second)) == (2, 0)


def test_no_line_is_opened_where_nothing_is_due(desk: Desk) -> None:
    desk.app.transport = _no_line  # type: ignore[method-assign, assignment]
    assert written.send(desk.app) == 0
    desk.promise(ADA)
    with desk.app.store.writing() as session:
        session.readers.claim_notices(desk.clock(), 20)
    assert written.send(desk.app) == 0


def test_an_address_that_cannot_be_written_fails_alone(desk: Desk) -> None:
    desk.promise(ADA, BO, CY)
    with desk.app.store._engine.begin() as connection:
        connection.execute(sa.update(t.subscriber).where(t.subscriber.c.address == BO).values(address='"b o"@x'))
    assert desk.send() == 2
    assert sorted(desk.states) == ["failed", "sent", "sent"]


def test_a_newsletter_that_is_no_more_fails_alone(desk: Desk) -> None:
    desk.promise(ADA)
    with desk.app.store._engine.begin() as connection:
        connection.execute(sa.update(t.notice).values(newsletter="gone"))
        connection.execute(sa.update(t.subscription).where(t.subscription.c.subscriber != "").values(newsletter="gone"))
    desk.send()
    [(state, _, _, reply)] = desk.rows()
    assert (state, reply) == ("failed", "digest.toml has no such newsletter any more")


def test_a_key_that_cannot_be_used_leaves_all_waiting(desk: Desk) -> None:
    desk.promise(ADA, BO)

    def write(notice: Notice) -> Parcel:
        if notice.subscriber.address == BO:
            raise ConfigurationError((_unusable("no key", "make one"),))
        return written.write(desk.app, notice)

    with pytest.raises(ConfigurationError):
        desk.send(write=write)
    assert desk.states == ["pending", "pending"]
    assert desk.wire.parcels == []


MOOT = {
    NoticeKind.WELCOME: {SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED},
    NoticeKind.KEEP: {SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED},
    NoticeKind.KNOWN: {SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED},
    NoticeKind.CONFIRM: {SubscriptionState.COMPLAINED},
}


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize(
    "state", [SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED]
)
def test_who_left_or_complained_since_is_mailed_nothing_of_it(
    desk: Desk, kind: NoticeKind, state: SubscriptionState
) -> None:
    desk.promise(ADA, kind=kind)
    with desk.app.store.writing() as session:
        person = session.people.by_address([ADA])[ADA][0]
        session.people.set_state(person.id, NEWS, state)
    desk.send(write=_plain)
    assert desk.states == ["skipped" if state in MOOT[kind] else "sent"]


def test_a_button_that_nobody_can_press_in_time_is_not_mailed(desk: Desk) -> None:
    desk.promise("di@example.org", kind=NoticeKind.CONFIRM)
    desk.clock.forward(days=8)
    assert desk.send() == 0
    assert desk.states == ["failed"]


# ---------------------------------------------------------------------------------------------


class _Down:
    """A server that takes so many and then serves no more."""

    def __init__(self, serves: int) -> None:
        self.serves = serves

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        for parcel in list(parcels)[: self.serves]:
            assert parcel is not None
            yield parcel, Accepted(reply="250 ok")
        raise ServerTrouble("The mail server cannot be reached.")


def _no_line(*_: object) -> Wire:
    raise AssertionError("a line was opened")


def _plain(notice: Notice) -> Parcel:
    person: Subscriber = notice.subscriber
    letter = Letter(
        delivery=Delivery(edition=notice.id, subscriber=person.id, state=DeliveryState.CLAIMED), subscriber=person
    )
    return Parcel(letter=letter, envelope_from="a@b.c", envelope_to=person.address, content=b"Hello\r\n")


def _field(content: bytes, name: bytes) -> bytes:
    return next(line for line in content.split(b"\r\n") if line.startswith(name + b":"))
