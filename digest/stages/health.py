"""Health: when each source is asked again, how it fares, and when somebody is told.

A source may hiccup: it is asked again, later and later, and reported when that persists. One that says it is
gone, or whose list vanished, is reported at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.domain.model import Finding, Severity, Source
from digest.domain.ports import SourceState

#: a source is dead when it failed so many times in a row, over so long
DEAD_FAILURES = 3
DEAD_AFTER = timedelta(days=3)
#: after the first failure it is asked again after this, then after twice as long each time
BACK_OFF = timedelta(hours=1)
#: but no later than this
LONGEST_BACK_OFF = timedelta(days=7)
#: weeks over which insights are counted
WEEKS = 8


class Condition(StrEnum):
    """How a source fares."""

    NEW = "not asked yet"
    WELL = "well"
    HICCUP = "failed last time"
    DEAD = "dead"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One source, as staff see it."""

    source: Source
    condition: Condition
    last_success: datetime | None
    last_new: datetime | None
    #: insights published a week, over the last weeks
    a_week: float
    failing_since: datetime | None
    fault: str
    #: when `digest run` asks it next; None where it does not
    next_due: datetime | None


def health(source: Source, state: SourceState, published: int, every: timedelta, now: datetime) -> Health:
    """Return how a source fares.

    published: its insights of the last WEEKS weeks; every: how often it is asked where all is well.
    """
    return Health(
        source=source,
        condition=condition(state, now),
        last_success=state.last_success,
        last_new=state.last_new,
        a_week=published / WEEKS,
        failing_since=state.failing_since,
        fault=state.fault,
        next_due=next_due(state, every, now),
    )


def condition(state: SourceState, now: datetime) -> Condition:
    """Return how a source fares."""
    if state.gone:
        return Condition.GONE
    if state.last_asked is None:
        return Condition.NEW
    if state.failing_since is None:
        return Condition.WELL
    persists = state.failures >= DEAD_FAILURES and now - state.failing_since >= DEAD_AFTER
    return Condition.DEAD if persists else Condition.HICCUP


def next_due(state: SourceState, every: timedelta, now: datetime) -> datetime | None:
    """Return when a source is to be asked next; None where it said that it will not come back."""
    if state.gone:
        return None
    if state.last_asked is None:
        return now
    pause = every
    if state.failures:
        # the exponent is bounded: a source may fail for years
        pause = min(BACK_OFF * 2 ** min(state.failures - 1, 10), LONGEST_BACK_OFF)
    due = state.last_asked + pause
    return max(due, state.wait_until) if state.wait_until is not None else due


def may_be_asked(state: SourceState, now: datetime) -> bool:
    """Tell whether a person may have a source asked now: not while it asked for patience."""
    return state.wait_until is None or state.wait_until <= now


def findings(sources: Iterable[Health]) -> Iterator[Finding]:
    """Say which sources need somebody."""
    for one in sources:
        if one.condition in (Condition.DEAD, Condition.GONE):
            yield _dead(one)


def _dead(one: Health) -> Finding:
    since = one.failing_since
    days = f" since {since.day} {since:%B %Y}" if since is not None else ""
    good = one.last_success
    last = f"It last answered as it should on {good.day} {good:%B %Y}." if good is not None else "It never answered."
    gone = one.condition == Condition.GONE
    name = one.source.name or one.source.address
    return Finding(
        code="source.gone" if gone else "source.dead",
        severity=Severity.LOOK_AT,
        where=one.source.id,
        what=f"{name} has {'said that it is gone' if gone else 'failed'}{days}: {one.fault}",
        why=f"{last} Nothing new comes from it; what it gave before is kept.",
        mend="Open its address in a browser. If it has moved, write the new address under this source in digest.toml; "
        "if it is no more, remove the source.",
    )
