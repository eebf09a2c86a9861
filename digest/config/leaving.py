"""Leaving: what may be wrong with how an edition leaves."""

from __future__ import annotations

from collections.abc import Iterator

from digest.config.lines import ValuePath
from digest.domain.model import Newsletter

#: minutes between the canary and the rest: a day is not what a newsletter waits
MOST_MINUTES = 240
_PERCENT = 100
#: minutes that an edition may be held before its slot
MOST_HOLDING = 240


def faults(newsletter: Newsletter, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for how the editions of a newsletter leave."""
    if not 0 <= newsletter.schedule.holding_minutes <= MOST_HOLDING:
        what = f"“holding_minutes” is not 0 to {MOST_HOLDING}."
        yield (*at, "schedule", "holding_minutes"), what, "10 is right for most; 0 is none."
    waves, path = newsletter.waves, (*at, "waves")
    known = [segment.id for segment in newsletter.segments]
    if waves.seeds and waves.seeds not in known:
        yield (*path, "seeds"), f"There is no segment “{waves.seeds}”.", f"It is one of {', '.join(known)}."
    if not 0 <= waves.canary_percent < _PERCENT:
        yield (*path, "canary_percent"), "“canary_percent” is not 0 to 99.", "2 is right for most; 0 is no canary."
    if waves.canary_from < 1:
        yield (*path, "canary_from"), "“canary_from” is less than 1.", "1,000 is right for most."
    if not 0 <= waves.wait_minutes <= MOST_MINUTES:
        what = f"“wait_minutes” is not 0 to {MOST_MINUTES}."
        yield (*path, "wait_minutes"), what, "5 is right for most."
    if not 0 < waves.stop_percent <= _PERCENT:
        yield (*path, "stop_percent"), "“stop_percent” is not above 0 and at most 100.", "5 is right for most."
