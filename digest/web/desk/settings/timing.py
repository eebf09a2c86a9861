"""Timing: what a form says of when a newsletter goes out, and what that means: a sentence, and the next dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.domain.model import Schedule
from digest.stages import slots
from digest.web.desk.settings.forms import TEXT, WHOLE, Kind, ticked

#: dates that are left out are listed so long
_MOST_LEFT_OUT = 6


def _hours(text: str) -> list[int]:
    words = [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]
    if not all(word.isdecimal() for word in words):
        raise ValueError("Write hours with commas between them, such as 24, 4.")
    return [int(word) for word in words]


HOURS = Kind(shown=lambda hours: ", ".join(map(str, hours)), read=_hours)
FIELDS: Mapping[str, Kind] = {
    "schedule.days": ticked(slots.DAYS),
    "schedule.at": TEXT,
    "schedule.when": TEXT,
    "schedule.timezone": TEXT,
    "schedule.draft_hours_before": WHOLE,
    "schedule.draft": TEXT,
    "schedule.approve_by": TEXT,
    "schedule.remind_hours_before": HOURS,
    "schedule.unapproved": TEXT,
    "schedule.window": TEXT,
    "schedule.local_time_field": TEXT,
    "schedule.catch_up_hours": WHOLE,
    "schedule.collect_every_hours": WHOLE,
    "schedule.holding_minutes": WHOLE,
}
_NO_DAY = "Tick at least one day, or say it in words."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What a schedule means."""

    zone: str
    #: “Every Tuesday at 08:00 (Europe/London).” and what is said of its hours for mail; empty where it cannot be read
    sentence: str = ""
    window: str = ""
    dates: tuple[datetime, ...] = ()
    #: dates that nothing goes out on, each with why
    left_out: tuple[tuple[datetime, str], ...] = ()
    #: of the first date: when its draft is made, by when it is to be approved, when it leaves
    draft: datetime | None = None
    deadline: datetime | None = None
    leaves: datetime | None = None
    #: nothing follows on these dates
    ends: bool = False
    #: people get it at their own time of day
    by_zone: bool = False
    #: name of a field -> what is wrong with it
    wrong: Mapping[str, str] = field(default_factory=dict)


def missing(texts: Mapping[str, str]) -> dict[str, str]:
    """Return what is asked for where nobody says on which days."""
    return {} if texts["schedule.days"] or texts["schedule.when"].strip() else {"schedule.days": _NO_DAY}


def ahead(schedule: Schedule, texts: Mapping[str, str], now: datetime, count: int) -> Ahead:
    """Return what a schedule means as it stands in a form; schedule: as it is kept, for all that the form lacks."""
    typed, wrong = dict[str, object](), dict[str, str]()
    for name, kind in FIELDS.items():
        try:
            if name in texts:
                read = kind.read(texts[name])
                typed[name.removeprefix("schedule.")] = tuple(read) if isinstance(read, list) else read
        except ValueError as fault:
            wrong[name] = str(fault)
    made = replace(schedule, **typed)  # type: ignore[arg-type]
    wrong |= {f"schedule.{path[0]}": f"{what} {mend}" for path, what, mend in slots.faults(made)}
    if "schedule.days" in wrong and not made.days:
        wrong["schedule.days"] = _NO_DAY
    if wrong:
        return Ahead(zone="UTC", wrong=wrong)
    kept: list[datetime] = []
    left_out: list[tuple[datetime, str]] = []
    for one in slots.dates(made, now):
        if one.left_out:
            left_out.append((one.slot, one.left_out))
        else:
            kept.append(one.slot)
        if len(kept) == count:
            break
    first = kept[0] if kept else None
    return Ahead(
        zone=made.timezone,
        sentence=slots.sentence(made),
        window=slots.window_sentence(made),
        dates=tuple(kept),
        ends=len(kept) < count,
        left_out=tuple(left_out[:_MOST_LEFT_OUT]),
        draft=slots.draft_at(made, first) if first else None,
        deadline=slots.due_by(made, first) if first and made.approve_by else None,
        leaves=slots.leaves_at(made, first) if first else None,
        by_zone=bool(made.local_time_field),
    )
