"""Report: what is said of a send when it is through, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from digest.domain.model import EditionState
from digest.domain.ports import CountsAs

_HOUR, _MINUTE = 3_600, 60


def sentence(counts: Mapping[CountsAs, int], state: EditionState, took: timedelta | None, *, once: bool) -> str:
    """Return the whole result of a send.

    took: how long it went, None where it is not through; once: the ledger proves that nobody was mailed twice.
    """
    sent, everybody = counts[CountsAs.SENT], sum(counts.values())
    people = "person" if everybody == 1 else "people"
    begun = f"Sent to {sent:,} of {everybody:,} {people}"
    first = f"{begun} in {duration(took)}." if took is not None else f"{begun} so far."
    parts = [first]
    if state == EditionState.CANCELLED:
        parts.append("The rest was cancelled.")
    others = [
        _count(counts[CountsAs.FAILED], "was refused", "were refused"),
        _count(counts[CountsAs.PUT_OFF], "was refused for now", "were refused for now"),
        _count(counts[CountsAs.UNKNOWN], "is unknown", "are unknown"),
        _count(counts[CountsAs.SKIPPED], "was skipped", "were skipped"),
        _count(counts[CountsAs.WAITING], "waits", "wait"),
    ]
    told = [one for one in others if one]
    if told:
        parts.append(f"{', '.join(told)}.")
    if once:
        parts.append("Nobody was mailed twice.")
    return " ".join(parts)


def duration(took: timedelta) -> str:
    """Say how long something took: its two largest parts."""
    seconds = round(took.total_seconds())
    hours, rest = divmod(seconds, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    if hours:
        return " ".join([_many(hours, "hour"), *([_many(minutes, "minute")] if minutes else [])])
    if minutes:
        return " ".join([_many(minutes, "minute"), *([_many(left, "second")] if left else [])])
    return _many(left, "second") if left else "less than a second"


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""
