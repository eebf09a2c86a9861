from __future__ import annotations

import pytest

from digest.app.clock import forget as forget_by_clock
from digest.domain.model import Rejected, Retention, SubscriptionState
from digest.jobs import retention
from digest.jobs.retention import Forgotten
from tests.conftest import Clock
from tests.jobs.conftest import Wire, Workbench

KEEP_ALL = Retention(left_months=0, replies_months=0, feedback_months=0)


def forget(bench: Workbench, kept: Retention) -> Forgotten:
    return retention.forget(bench.app.store, bench.clock, kept, bench.app.suppression_key)


def addresses(bench: Workbench) -> list[str]:
    with bench.app.store.reading() as session:
        return sorted(one.subscriber.address for one in session.people.page("news", "", 100))


@pytest.mark.parametrize(
    ("days", "kept", "forgotten"),
    [(200, Retention(left_months=6), 1), (170, Retention(left_months=6), 0), (4_000, KEEP_ALL, 0)],
)
def test_who_left_is_forgotten_after_so_many_months_and_comes_back_by_no_file(
    bench: Workbench, clock: Clock, days: int, kept: Retention, forgotten: int
) -> None:
    bench.app.import_people(bench.newsletter)
    bench.app.leave("ada@example.org")
    clock.forward(days=days)
    assert forget(bench, kept).people == forgotten
    assert ("ada@example.org" in addresses(bench)) == (not forgotten)
    assert {"bo@example.org", "cy@example.org", "di@example.org"} <= set(addresses(bench))
    bench.people((bench.folder / "subscribers.csv").read_text().replace("Ada", "Augusta"))
    bench.app.import_people(bench.newsletter)
    with bench.app.store.reading() as session:
        found = session.people.by_address(["ada@example.org"]).values()
    assert SubscriptionState.ACTIVE not in [one.state for _, places in found for one in places]


def test_who_still_gets_something_is_not_forgotten(bench: Workbench, clock: Clock) -> None:
    bench.app.import_people(bench.newsletter)
    clock.forward(days=4_000)
    assert forget(bench, Retention(left_months=1)).people == 0


def test_what_servers_said_is_forgotten_and_what_became_of_the_mail_stays(bench: Workbench, clock: Clock) -> None:
    edition = bench.approved()
    bench.app.send(edition, Wire(lambda parcel: Rejected(reply=f"550 <{parcel.envelope_to}> is unknown")), "Ada")
    before = bench.states(edition)
    assert forget(bench, Retention()).replies == 0
    clock.forward(days=400)
    assert forget(bench, Retention()).replies == 3
    assert bench.states(edition) == before
    with bench.app.store._engine.connect() as connection:
        said = connection.exec_driver_sql("SELECT DISTINCT reply FROM delivery").scalars().all()
    assert said == [""]
    assert forget(bench, Retention()).replies == 0


def test_bounces_one_by_one_are_forgotten_and_who_is_kept_off_stays_so(bench: Workbench, clock: Clock) -> None:
    bench.app.import_people(bench.newsletter)
    key = bench.app.suppression_key("ada@example.org")
    with bench.app.store.writing() as session:
        person = session.rights.subscriber("ada@example.org")
        session.people.suppress(key, "hard bounce", clock())
        session.feedback.add(
            "k", clock(), subscriber=person, newsletter="news", edition="", kind="hard", status="5.1.1", how="bounce"
        )
    clock.forward(days=400)
    assert forget(bench, Retention()).feedback == 1
    with bench.app.store.reading() as session:
        assert session.people.kept_off(key) is not None
        assert "feedback" not in session.rights.held(person, "ada@example.org", key)


def test_the_clock_looks_once_a_day(bench: Workbench, clock: Clock) -> None:
    bench.configure(bench.app.loaded.files["digest.toml"] + "[retention]\nleft_months = 6\n")
    bench.app.import_people(bench.newsletter)
    bench.app.leave("ada@example.org")
    said: list[str] = []
    forget_by_clock(bench.app, said.append)
    clock.forward(days=200)
    forget_by_clock(bench.app, said.append)
    bench.app.leave("bo@example.org")
    forget_by_clock(bench.app, said.append)
    assert said == ["1 person who left long ago: forgotten."]
