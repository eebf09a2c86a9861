"""Cells: what stands in a cell, and how it is written so that no spreadsheet takes it for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

# OWASP, CSV Injection: a cell that begins so may be computed; one that was protected must not lose its mark unasked
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_PROTECTED = re.compile(r"'+[=+\-@\t\r\n]")


def escaped(cell: str) -> str:
    """Return a cell as it may stand in a file that a spreadsheet opens; `unescaped` takes it back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """Return what a cell holds that `escaped`, or a spreadsheet, protected."""
    return cell[1:] if _PROTECTED.match(cell) else cell


@lru_cache(maxsize=2_000)
def listed(cell: str) -> tuple[str, ...]:
    """Return the words of a cell: a;b, as Mailchimp writes them "a","b", as Google does a ::: b."""
    if cell.startswith('"'):
        parts = _quoted(cell)
    elif " ::: " in cell:
        parts = cell.split(" ::: ")
    else:
        parts = cell.split(";")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def joined(words: Sequence[str]) -> str:
    """Return a cell that `listed` reads as these words."""
    if not any(";" in word or " ::: " in word or word.startswith('"') for word in words):
        return ";".join(words)
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow(words)
    return out.getvalue()


@lru_cache(maxsize=2_000)
def moment(cell: str) -> datetime | None:
    """Return the time that a cell says (ISO 8601; UTC where it names no zone), None where it says none."""
    try:
        made = datetime.fromisoformat(cell)
        return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written(moment: datetime | None) -> str:
    """Return a time as a cell holds it: 2026-11-24, or all of it where it is no midnight."""
    if moment is None:
        return ""
    midnight = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return f"{moment:%Y-%m-%d}" if midnight and moment.year >= 1000 else moment.isoformat()


def _quoted(cell: str) -> list[str]:
    try:
        return next(csv.reader([cell], strict=True, skipinitialspace=True), [])
    except csv.Error:
        return cell.split(";")
