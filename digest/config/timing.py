"""When newsletters go out: what is wrong with it, and the calendar that those have which have none of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from digest.config.lines import ValuePath
from digest.domain.model import Calendar, Newsletter, Workspace
from digest.stages import slots

Fault = tuple[ValuePath, str, str]


def filled(workspace: Workspace) -> Workspace:
    """Return a workspace whose newsletters know its terms, closed days and bank holidays, but for what is their own."""
    made = [_with_calendar(one, workspace) for one in workspace.newsletters]
    return replace(workspace, newsletters=tuple(made))


def faults(workspace: Workspace) -> Iterator[Fault]:
    """Yield what is wrong with the calendar and with when each newsletter goes out."""
    whole: list[Fault] = [
        *((("terms", *path), what, mend) for path, what, mend in slots.of_spans(workspace.terms, "term")),
        *((("closed", *path), what, mend) for path, what, mend in slots.of_spans(workspace.closed, "closed day")),
        *(
            (("holidays", *path), what, mend)
            for path, what, mend in slots.of_holidays(workspace.holidays.country, workspace.holidays.region)
        ),
    ]
    yield from whole
    for number, newsletter in enumerate(workspace.newsletters):
        at: ValuePath = ("newsletters", number, "schedule")
        own = newsletter.schedule.calendar
        for name, kind, shared in (("terms", "term", workspace.terms), ("closed", "closed day", workspace.closed)):
            spans = getattr(own, name)
            for path, what, mend in slots.of_spans(spans, kind) if spans != shared else ():
                whole.append(((*at, "calendar", name, *path), what, mend))
                yield whole[-1]
        # dates of a calendar that is wrong say nothing
        for path, what, mend in () if whole else slots.faults(newsletter.schedule):
            yield (*at, *path), what, mend


def _with_calendar(newsletter: Newsletter, workspace: Workspace) -> Newsletter:
    own = newsletter.schedule.calendar
    calendar = Calendar(
        holidays=own.holidays if own.holidays.country else workspace.holidays,
        terms=own.terms or workspace.terms,
        closed=own.closed or workspace.closed,
    )
    return replace(newsletter, schedule=replace(newsletter.schedule, calendar=calendar))
