"""How many messages a mail server gets on a day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import Server, WarmUp
from digest.stages.quota import messages_on

FIRST = date(2026, 12, 1)


def test_without_a_plan_the_server_gets_what_it_may() -> None:
    assert messages_on(Server(), FIRST) == 0
    assert messages_on(Server(messages_a_day=500), FIRST) == 500


def test_a_plan_grows_day_by_day_up_to_the_limit() -> None:
    server = Server(messages_a_day=1_000, warm_up=WarmUp(starts=FIRST, first_day=50, factor=2.0))
    days = [messages_on(server, FIRST + timedelta(days=day)) for day in range(7)]
    assert days == [50, 100, 200, 400, 800, 1_000, 1_000]


def test_before_it_starts_the_first_day_counts() -> None:
    assert messages_on(Server(warm_up=WarmUp(starts=FIRST)), FIRST - timedelta(days=9)) == 50


def test_a_plan_without_a_limit_ends_after_sixty_days() -> None:
    server = Server(warm_up=WarmUp(starts=FIRST, first_day=1, factor=1.1))
    assert messages_on(server, FIRST + timedelta(days=59)) > 0
    assert messages_on(server, FIRST + timedelta(days=60)) == 0


@given(st.integers(1, 500), st.floats(1, 10), st.integers(0, 5_000), st.integers(0, 100))
def test_no_day_has_fewer_than_the_day_before(first: int, factor: float, limit: int, day: int) -> None:
    server = Server(messages_a_day=limit, warm_up=WarmUp(starts=FIRST, first_day=first, factor=factor))
    today, tomorrow = (messages_on(server, FIRST + timedelta(days=number)) for number in (day, day + 1))
    unlimited = 0
    assert tomorrow == unlimited or tomorrow >= today
    assert not limit or tomorrow <= limit
