"""Overview: what happens next, what needs a person, what became of the last editions: what home shows, as values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.app import App
from digest.domain.model import Edition, EditionState, Newsletter, Severity
from digest.domain.states import NEVER_SENT, OPEN, SIGNED
from digest.jobs import due, waiting
from digest.stages import slots
from digest.stages.health import findings as of_sources
from digest.web.desk.spoken import counted, day, lasting, when

E = EditionState
#: weeks of the calendar
WEEKS = 5
#: slots in the list beside it
_AHEAD = 4
#: editions whose results are shown
RESULTS = 5
#: an edition in one of these had its turn
_OVER = (E.SENT, *NEVER_SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A slot ahead, with its edition where there is one."""

    newsletter: Newsletter
    slot: datetime
    edition: Edition | None = None
    stories: int = 0
    people: int = 0
    #: for what its edition waits, where there is one
    waits: tuple[str, ...] = ()
    #: when its draft is made
    draft: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that waits for a person: what, why, and where they do it."""

    title: str
    why: str
    #: warn or stop
    tone: str
    act: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A day of the calendar."""

    day: date
    #: the number, and the month where it begins
    label: str
    today: bool
    #: times of the slots of the day, with where each leads
    slots: tuple[tuple[str, str], ...] = ()
    #: the next slot of all is on it
    next: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that home shows."""

    today: date
    #: "One edition goes out tomorrow. Three things need a person."
    sentence: str
    next: Coming | None
    #: how long until then
    within: str
    needs: tuple[Need, ...]
    #: what waits by itself
    waits: tuple[Need, ...]
    #: names of the days that the calendar has columns for
    days: tuple[str, ...]
    weeks: tuple[tuple[Cell, ...], ...]
    ahead: tuple[Coming, ...]
    results: tuple[Edition, ...]
    editions: int


def overview(app: App, must_mend: dict[str, int], first: date | None = None) -> Overview:
    """Return what home shows.

    must_mend: id of an edition -> what must be mended of it, where that is known; first: a day of the calendar's first
    week, today's where none is given.
    """
    now, newsletters = app.clock(), app.loaded.workspace.newsletters
    with app.store.reading() as session:
        every = session.editions.every()
    zone = ZoneInfo(newsletters[0].schedule.timezone)
    today = now.astimezone(zone).date()
    coming = sorted((one for each in newsletters for one in _coming(app, each, every, now)), key=lambda one: one.slot)
    upcoming = next(iter(coming), None)
    needs = (*_of_editions(app, every, must_mend, now), *_of_sources(app))
    days, weeks = _weeks(coming, today, first or today, zone)
    return Overview(
        today=today,
        sentence=f"{_goes(upcoming, today, zone)} {_need(len(needs))}",
        next=upcoming,
        within=lasting(upcoming.slot - now) if upcoming else "",
        needs=needs,
        waits=tuple(_of_hours(app, every, now)),
        days=days,
        weeks=weeks,
        ahead=tuple(coming[:_AHEAD]),
        results=tuple(one for one in every if one.state not in OPEN)[:RESULTS],
        editions=len(every),
    )


def _coming(app: App, newsletter: Newsletter, every: Sequence[Edition], now: datetime) -> Iterator[Coming]:
    mine = {one.slot: one for one in every if one.newsletter == newsletter.id}
    until = now + timedelta(weeks=WEEKS + 1)
    planned = set(slots.between(newsletter.schedule, now, until))
    waiting = {slot for slot, one in mine.items() if slot > now and one.state in OPEN}
    for slot in sorted(planned | waiting):
        edition = mine.get(slot)
        if edition is None:
            yield Coming(newsletter=newsletter, slot=slot, draft=slots.draft_at(newsletter.schedule, slot))
        elif edition.state in OPEN:
            yield _with_people(app, newsletter, edition, now)


def _with_people(app: App, newsletter: Newsletter, edition: Edition, now: datetime) -> Coming:
    with app.store.reading() as session:
        people, stories = session.editions.audience(edition.id)
    waits = tuple(waiting.sentences(newsletter, edition, now))
    return Coming(
        newsletter=newsletter, slot=edition.slot, edition=edition, stories=stories, people=people, waits=waits
    )


def _of_editions(app: App, every: Sequence[Edition], must_mend: dict[str, int], now: datetime) -> Iterator[Need]:
    for one in every:
        zone = app.newsletter_of(one).schedule.timezone
        name, path = f"No. {one.number}", f"/editions/{one.id}"
        if one.state == E.PAUSED:
            yield Need(title=f"{name} is paused", why=one.note, tone="stop", act="Look at it", path=path)
        elif one.state == E.DRAFT and one.slot <= now:
            why = "Not approved by its time, so it is held. Nobody got it."
            yield Need(title=f"{name} is held", why=why, tone="stop", act="Review", path=f"{path}/review")
        elif one.state == E.DRAFT:
            due_by = due.deadline(app.newsletter_of(one), one)
            waits = "" if due_by == one.slot else waiting.sentences(app.newsletter_of(one), one, now)[0]
            yield _of_draft(one, must_mend.get(one.id, 0), zone, waits)


def _of_hours(app: App, every: Sequence[Edition], now: datetime) -> Iterator[Need]:
    """Yield what waits for its hours for mail: nobody need do anything."""
    for one in every:
        newsletter = app.newsletter_of(one)
        is_due = one.state in (*SIGNED, E.SENDING) and one.slot <= now
        if is_due and slots.opens(newsletter.schedule, now) != now:
            title, why = f"No. {one.number} waits.", waiting.sentences(newsletter, one, now)[0]
            yield Need(title=title, why=why, tone="", act="Look at it", path=f"/editions/{one.id}/sending")


def _of_draft(edition: Edition, must_mend: int, zone: str, waits: str) -> Need:
    """Return what a draft needs; waits: what is said of its deadline, where it has one before its slot."""
    path, at = f"/editions/{edition.id}/review", when(edition.slot, zone)
    if must_mend:
        title = f"{counted(must_mend, 'thing')} must be mended in No. {edition.number}"
        return Need(
            title=title, why=f"Nobody can approve it until then. It is for {at}.", tone="stop", act="Mend", path=path
        )
    held = waits or "Not approved by then, it is held."
    why = f"{edition.note}. It is for {at}." if edition.note else f"It is for {at}. {held}"
    return Need(title=f"No. {edition.number} waits for approval", why=why, tone="warn", act="Review", path=path)


def _of_sources(app: App) -> Iterator[Need]:
    for newsletter in app.loaded.workspace.newsletters:
        for finding in of_sources(app.conditions(newsletter)):
            if finding.severity != Severity.NOTE:
                yield Need(title=finding.what, why=finding.mend or finding.why, tone="warn", act="", path="")


def _weeks(
    coming: Sequence[Coming], today: date, first: date, zone: ZoneInfo
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    monday = first - timedelta(days=first.weekday())
    on: dict[date, list[Coming]] = {}
    for one in coming:
        on.setdefault(one.slot.astimezone(zone).date(), []).append(one)
    # weekends have columns where something is due on one
    wide = any(each.weekday() > 4 for each in (*on, today))
    columns = range(7 if wide else 5)
    upcoming = min(on, default=None)
    weeks = tuple(
        tuple(
            _cell(monday + timedelta(days=7 * week + column), on, today, upcoming, zone, first=week == column == 0)
            for column in columns
        )
        for week in range(WEEKS)
    )
    return tuple(f"{monday + timedelta(days=column):%a}" for column in columns), weeks


def _cell(
    day_of: date, on: dict[date, list[Coming]], today: date, upcoming: date | None, zone: ZoneInfo, *, first: bool
) -> Cell:
    here = on.get(day_of, [])
    label = f"{day_of.day} {day_of:%b}" if day_of.day == 1 or first else str(day_of.day)
    times = tuple(
        (f"{one.slot.astimezone(zone):%H:%M}", f"/editions/{one.edition.id}" if one.edition else "") for one in here
    )
    return Cell(day=day_of, label=label, today=day_of == today, slots=times, next=day_of == upcoming and bool(here))


def _goes(upcoming: Coming | None, today: date, zone: ZoneInfo) -> str:
    if upcoming is None:
        return "No edition is due."
    on = upcoming.slot.astimezone(zone).date()
    if on == today:
        return "One edition goes out today."
    if on == today + timedelta(days=1):
        return "One edition goes out tomorrow."
    return f"The next edition goes out on {day(upcoming.slot, zone.key)}."


_NUMBERS = (
    "Nothing needs you.",
    "One thing needs a person.",
    "Two things need a person.",
    "Three things need a person.",
)


def _need(many: int) -> str:
    return _NUMBERS[many] if many < len(_NUMBERS) else f"{many} things need a person."
