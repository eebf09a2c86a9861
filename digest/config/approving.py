"""Approving: what may be wrong with who approves the editions of a newsletter."""

from __future__ import annotations

from collections.abc import Iterator

from digest.config.lines import ValuePath
from digest.domain.model import Newsletter

#: people who sign an edition: a third would be asked for what two have read
MOST_APPROVALS = 2
#: a week
MOST_HOURS = 168


def faults(newsletter: Newsletter, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for who approves the editions of a newsletter."""
    if not 1 <= newsletter.approvals <= MOST_APPROVALS:
        what = f"“approvals” is not 1 or {MOST_APPROVALS}."
        yield (*at, "approvals"), what, "1 is usual; with 2 another person signs the same bytes."
    if not 0 <= newsletter.stand_in_hours <= MOST_HOURS:
        what = f"“stand_in_hours” is not 0 to {MOST_HOURS}."
        yield (*at, "stand_in_hours"), what, "4 is right for most: hours before an edition leaves."
    approver, stand_in = (" ".join(name.split()).casefold() for name in (newsletter.approver, newsletter.stand_in))
    if stand_in and not approver:
        yield (*at, "stand_in"), "There is a stand-in, and nobody to stand in for.", "Say who approves: approver = …"
    if stand_in and stand_in == approver:
        yield (*at, "stand_in"), f"“{newsletter.stand_in}” stands in for themselves.", "Name somebody else."
