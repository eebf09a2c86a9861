"""Whatever people, strangers, files and mail servers do, in whatever order: what consent means holds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.domain.errors import Refused
from digest.domain.model import Agreed, Asking, Cadence, SubscriptionState
from digest.jobs import readers
from digest.jobs.readers import Leaving, Wishes
from digest.store import tables as t
from tests.conftest import Clock
from tests.jobs.conftest import HEADER, Workbench, utc

NEWS, EVE = "news", "eve@example.net"
WITH_CONSENT = HEADER + f"{EVE},Eve,,,weekly,paper,2026-01-01\n"
WITHOUT = HEADER + f"{EVE},Eve,,,monthly,,\n"
STEPS = ("ask", "look", "confirm", "leave", "told staff", "bounce", "complain", "choose", "stay", "import", "consent")


class Walk:
    """One address, and everything that may happen to it."""

    def __init__(self, folder: Path) -> None:
        self.bench = Workbench(folder, Clock(utc(2026, 11, 23, 9)))
        self.app, self.clock = self.bench.app, self.bench.clock
        self.asked: list[str] = []

    def step(self, name: str) -> None:
        {
            "ask": self.ask,
            "look": self.look,
            "confirm": self.confirm,
            "leave": self.leave,
            "told staff": lambda: self.app.leave(EVE),
            "bounce": lambda: self.move(SubscriptionState.BOUNCED, "hard bounce"),
            "complain": lambda: self.move(SubscriptionState.COMPLAINED, "complaint"),
            "choose": self.choose,
            "stay": self.stay,
            "import": lambda: self.read(WITHOUT),
            "consent": lambda: self.read(WITH_CONSENT),
        }[name]()
        self.clock.forward(minutes=11)

    def ask(self) -> None:
        self.asked.append(f"asking{len(self.asked)}")
        asking = Asking(
            id=self.asked[-1], newsletter=NEWS, comparable=EVE, address=EVE, first_name="Mallory", themes=("maths",),
            words="I agree", at=self.clock(),
        )  # fmt: skip
        readers.ask(self.app.store, [asking])

    def look(self) -> None:
        readers.look_at(self.app.store, self.clock, self.app.suppression_key, self.app.new_id)

    def confirm(self) -> None:
        """Press the button of every mail that was ever sent, the newest first."""
        with self.app.store._engine.connect() as connection:
            mailed = set(connection.execute(sa.select(t.notice.c.asking).where(t.notice.c.kind == "confirm")).scalars())
        for one in reversed([one for one in self.asked if one in mailed]):
            readers.confirm(
                self.app.store, self.clock, one, "", suppression_key=self.app.suppression_key, new_id=self.app.new_id
            )

    def leave(self) -> None:
        readers.leave(self.app.store, self.clock, [Leaving(newsletter=NEWS, subscriber=self.person, how="page")] * 2)

    def move(self, state: SubscriptionState, reason: str) -> None:
        if not self.person:
            return
        with self.app.store.writing() as session:
            try:
                session.people.set_state(self.person, NEWS, state)
            except Refused:
                return
            session.people.suppress(self.app.suppression_key(EVE), reason, self.clock())

    def choose(self) -> None:
        wishes = Wishes(first_name="E", last_name="", themes=(), cadence=Cadence.MONTHLY, paused_until=None)
        readers.choose(self.app.store, NEWS, self.person, wishes)

    def stay(self) -> None:
        readers.stay(self.app.store, self.clock, NEWS, self.person, "I stay", "")

    def read(self, file: str) -> None:
        self.bench.people(file)
        self.app.import_people(self.bench.newsletter)

    @property
    def person(self) -> str:
        with self.app.store.reading() as session:
            known = session.people.by_address([EVE]).get(EVE)
        return known[0].id if known else ""

    @property
    def state(self) -> SubscriptionState | None:
        with self.app.store.reading() as session:
            known = session.people.by_address([EVE]).get(EVE)
        return known[1][0].state if known else None

    @property
    def kept_off(self) -> str:
        with self.app.store.reading() as session:
            found = session.people.kept_off(self.app.suppression_key(EVE))
        return found.reason if found else ""


@contextmanager
def walking() -> Iterator[Walk]:
    with tempfile.TemporaryDirectory() as folder:
        made = Walk(Path(folder))
        try:
            yield made
        finally:
            made.app.store.close()


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_nobody_gets_it_without_consent_and_nobody_comes_back_without_confirming(steps: list[str]) -> None:
    with walking() as walk:
        complained = False
        for name in steps:
            before, kept_off = walk.state, walk.kept_off
            walk.step(name)
            now = walk.state
            if now == SubscriptionState.ACTIVE:
                with walk.app.store.reading() as session:
                    [mine] = session.people.by_address([EVE])[EVE][1]
                assert mine.consent_at is not None
                assert mine.consent_source
            if now == SubscriptionState.ACTIVE and before not in (None, SubscriptionState.ACTIVE):
                # only a person's own button, or a file's word for somebody who never said no
                assert name == "confirm" or (name == "consent" and before == SubscriptionState.PENDING)
            if kept_off and not walk.kept_off:
                assert name == "confirm"
            complained = complained or (name == "complain" and now == SubscriptionState.COMPLAINED)
            if complained:
                assert (now, walk.kept_off) == (SubscriptionState.COMPLAINED, "complaint")


@pytest.mark.parametrize("many", [1, 3])
def test_to_leave_is_recorded_and_counted_once_however_often_it_is_said(bench: Workbench, many: int) -> None:
    bench.app.import_people(bench.newsletter)
    with bench.app.store.reading() as session:
        ada = session.people.by_address(["ada@example.org"])["ada@example.org"][0].id
    leaving = Leaving(newsletter=NEWS, subscriber=ada, how="page", remote="192.0.2.1")
    nobody = Leaving(newsletter=NEWS, subscriber="nobody", how="page")
    told = readers.leave(bench.app.store, bench.clock, [*[leaving] * many, nobody])
    assert told == [True, *[False] * many]
    assert readers.leave(bench.app.store, bench.clock, [leaving, nobody]) == [False, False]
    with bench.app.store.reading() as session:
        [record] = session.readers.consents(ada)
        [counted] = [one for one in session.growth.since(NEWS, bench.clock().date()) if one.what == "left"]
    assert (record.what, record.how, record.remote) == (Agreed.WITHDRAWN, "page", "192.0.2.1")
    assert (counted.how, counted.people) == ("page", 1)


def test_who_confirms_is_counted_as_having_joined(bench: Workbench, tmp_path: Path) -> None:
    with walking() as walk:
        for name in ("ask", "look", "confirm", "confirm"):
            walk.step(name)
        with walk.app.store.reading() as session:
            counted = [one for one in session.growth.since(NEWS, walk.clock().date()) if one.what == "joined"]
        assert [(one.how, one.people) for one in counted] == [("sign-up form", 1)]
