"""Consent: the words in which somebody records where, when and how people agreed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from digest.domain.errors import Refused
from digest.stages.roster.rows import Consent

_EXAMPLE = "Write where, when and in which words, such as “sign-up form, 2026-11-01, Yes, send me news”."
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NAMED = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_BRITISH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+({_NAMED})\.?,?\s+(\d{{4}})\b", re.IGNORECASE)
_AMERICAN = re.compile(rf"\b({_NAMED})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.IGNORECASE)


def consent(words: str, now: datetime) -> Consent:
    """Return the record that such words make; all of them are kept.

    Raises Refused where they name no day, one that is still to come, or nothing but a day.
    """
    found = _day(words)
    if found is None:
        raise Refused("The consent says no date that can be told.", f"{_EXAMPLE} A day is written 2026-11-01.")
    at, rest = found
    if at > now:
        raise Refused(f"The consent is of {at:%Y-%m-%d}, which is still to come.", "Say the day on which they agreed.")
    if not re.search(r"\w", rest):
        raise Refused("The consent says when, but not where and in which words.", _EXAMPLE)
    return Consent(source=" ".join(words.split()), at=at)


def _day(words: str) -> tuple[datetime, str] | None:
    for form, order in ((_ISO, (1, 2, 3)), (_BRITISH, (3, 2, 1)), (_AMERICAN, (3, 1, 2))):
        found = form.search(words)
        if found:
            year, month, day = (found.group(one) for one in order)
            number = int(month) if month.isdigit() else 1 + [one[:3] for one in _MONTHS].index(month[:3].lower())
            try:
                return datetime(int(year), number, int(day), tzinfo=UTC), words[: found.start()] + words[found.end() :]
            except ValueError:
                return None
    return None
