"""Keeping: what may be wrong with how long something is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from digest.config.lines import ValuePath
from digest.domain.model import Retention

#: a hundred years
_MOST_MONTHS = 1_200
#: five soft bounces within thirty days are a hard one: what is forgotten sooner could not be counted
_LEAST_FEEDBACK = 2


def faults(retention: Retention, at: ValuePath) -> Iterator[tuple[ValuePath, str, str]]:
    """Yield (path, what is wrong, how to mend it) for how long something is kept."""
    for name, months in asdict(retention).items():
        if not 0 <= months <= _MOST_MONTHS:
            yield (*at, name), f"“{name}” is not 0 to {_MOST_MONTHS:,} months.", "12 is a year; 0 is for ever."
    if 0 < retention.feedback_months < _LEAST_FEEDBACK:
        what = "Bounces are counted over thirty days, and would be forgotten before."
        yield (*at, "feedback_months"), what, f"Give {_LEAST_FEEDBACK} or more."
