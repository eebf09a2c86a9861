"""Growth: how a list grows or shrinks, from counts of who came and left by day and way."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from digest.domain import spoken
from digest.domain.model import Finding, Severity, SubscriptionState
from digest.domain.ports import DayCount, Headcount, Mailed

#: people become active
JOINED = "joined"
#: the states of who gets no more -> how it is counted when somebody who was active comes to one
ENDINGS = {
    SubscriptionState.UNSUBSCRIBED: "left",
    SubscriptionState.BOUNCED: "bounced",
    SubscriptionState.COMPLAINED: "complained",
    SubscriptionState.ERASED: "erased",
}
#: ways that are shown
MOST_WAYS = 10
#: per cent of an edition's people, in the week after it, from which mailbox providers stop trusting a sender
COMPLAINED_PER_CENT = 0.3
#: and from which what is sent does not seem to be what people came for
LEFT_PER_CENT = 2.0
#: fewer say nothing: of a list of fifty people one is two per cent
_FEW = 3
_WEEK = timedelta(days=7)
#: over so many days the first sentence compares
_COMPARED = timedelta(days=28)
# also as they stand inside other addresses, and encoded. What stands beside, such as brackets, goes with it
_ADDRESS = re.compile(r"""(?:"[^"]*")?\S*(?:@|＠|%40)\S*""")
#: characters of an answer that are shown
_MOST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Who came and left in a week."""

    #: its Monday
    begins: date
    joined: int = 0
    left: int = 0
    bounced: int = 0
    complained: int = 0
    erased: int = 0

    @property
    def gone(self) -> int:
        """How many people the list lost."""
        return self.left + self.bounced + self.complained + self.erased

    @property
    def net(self) -> int:
        """By how many people the list grew."""
        return self.joined - self.gone


def first_day(now: datetime, weeks: int) -> date:
    """Return the day from which counts are needed for so many weeks and for the first sentence."""
    today = now.astimezone(UTC).date()
    return min(_monday(today) - (weeks - 1) * _WEEK, today - _COMPARED)


def by_week(counted: Iterable[DayCount], now: datetime, weeks: int) -> list[Week]:
    """Return the last weeks (in UTC), this one among them, the oldest first."""
    last = _monday(now.astimezone(UTC).date())
    sums: dict[date, Counter[str]] = {last - number * _WEEK: Counter() for number in reversed(range(weeks))}
    for one in counted:
        week = sums.get(_monday(one.day))
        if week is not None:
            week[one.what] += one.people
    return [Week(begins=begins, **{name: week[name] for name in _KINDS}) for begins, week in sums.items()]


def net(counted: Iterable[DayCount]) -> int:
    """Return by how many people a list grew."""
    return sum(one.people if one.what == JOINED else -one.people for one in counted)


def joined_by(counted: Iterable[DayCount], since: date) -> list[tuple[str, int]]:
    """Return (way, people) of who joined from a day on, the usual ways first."""
    return _ways((one.how, one.people) for one in counted if one.what == JOINED and one.day >= since)


def ended_by(counted: Iterable[DayCount], since: date) -> list[tuple[str, int]]:
    """Return (what and by which way, people) of who left from a day on, the usual ways first."""
    gone = (one for one in counted if one.what != JOINED and one.day >= since)
    return _ways((f"{one.what}: {one.how}" if one.how else one.what, one.people) for one in gone)


def sentences(name: str, now: datetime, headcount: Headcount, counted: Sequence[DayCount]) -> list[str]:
    """Say in one or two sentences how a newsletter's list stands."""
    people = headcount.active - headcount.kept_off
    gained = net(one for one in counted if one.day > now.astimezone(UTC).date() - _COMPARED)
    if gained:
        compared = f"{abs(gained):,} {'more' if gained > 0 else 'fewer'} than four weeks ago"
    else:
        compared = "as many as four weeks ago"
    said = [f"{spoken.people(people)} {'gets' if people == 1 else 'get'} {name}, {compared}."]
    if headcount.paused:
        said.append(f"{spoken.people(headcount.paused)} of the list {_have(headcount.paused)} paused it for now.")
    if headcount.pending:
        waits = "waits" if headcount.pending == 1 else "wait"
        said.append(
            f"{spoken.people(headcount.pending)} {waits} for a consent record, and {_get(headcount.pending)} nothing."
        )
    return said


def findings(name: str, mailed: Iterable[Mailed], counted: Sequence[DayCount]) -> list[Finding]:
    """Remark on the editions in the week after which too many complained, or left."""
    found = []
    for one in mailed:
        slot = one.slot.astimezone(UTC).date()
        week = [each for each in counted if slot <= each.day < slot + _WEEK]
        complained, left = (sum(each.people for each in week if each.what == what) for what in ("complained", "left"))
        if _too_many(complained, one.people, COMPLAINED_PER_CENT):
            found.append(
                Finding(
                    code="growth.complaints",
                    severity=Severity.LOOK_AT,
                    where=one.edition,
                    what=f"{complained:,} of {one.people:,} people reported it as spam within a week, "
                    f"more than {COMPLAINED_PER_CENT:g} %.",
                    why="Mailbox providers begin to put what you send among the spam, for all of your readers.",
                    mend=f"Look at who came onto the list of {name} lately, and whether they know that they did. "
                    "See that the first words of the email say who it is from and why.",
                )
            )
        if _too_many(left, one.people, LEFT_PER_CENT):
            found.append(
                Finding(
                    code="growth.leaving",
                    severity=Severity.LOOK_AT,
                    where=one.edition,
                    what=f"{left:,} of {one.people:,} people left within a week, more than {LEFT_PER_CENT:g} %.",
                    why="So many at once seldom leave by chance: it was not what they came for, or it came too often.",
                    mend=f"Look at what was in it (`digest preview {one.edition}`), "
                    "and at how soon after the one before it came.",
                )
            )
    return found


def months_before(moment: datetime, months: int) -> datetime:
    """Return the same time of so many months before; where that month is too short, on its last day."""
    years, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=years, month=month + 1, day=min(moment.day, monthrange(years, month + 1)[1]))


def without_addresses(reply: str) -> str:
    """Return a mail server's answer shortly, and nobody's address in it."""
    words = " ".join(_ADDRESS.sub("…", reply).split())
    return words if len(words) <= _MOST else f"{words[:_MOST].rstrip()}…"


def _ways(ways: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for way, people in ways:
        sums[way] += people
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_WAYS]


def _too_many(some: int, people: int, per_cent: float) -> bool:
    return some >= _FEW and some > people * per_cent / 100


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _get(number: int) -> str:
    return "gets" if number == 1 else "get"


_KINDS = (JOINED, *ENDINGS.values())
