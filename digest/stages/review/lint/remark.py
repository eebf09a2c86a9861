"""Remarks: what a check says, and how many that say the same become one finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.domain.model import Finding, Severity

#: places that are named where a fault stands in many
PLACES = 3
#: remarks of one area that are counted; who has so many mends the first and looks again
MOST_REMARKS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of fault: all that is the same wherever it is found."""

    severity: Severity
    #: what is looked for, for docs/lint.md
    looks_for: str
    why: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A fault at one place.

    code: a key of its area's KINDS; where: a line and what stands there, or empty for the whole email; about: remarks
    of one code and the same `about` are gathered; mend: in place of the kind's own, where more can be said.
    """

    code: str
    what: str
    where: str = ""
    about: str = ""
    mend: str = ""


def gathered(remarks: Iterable[Remark], kinds: Mapping[str, Kind], name: str) -> tuple[Finding, ...]:
    """Make findings of remarks, what must be mended first.

    name: what was looked at, such as a file's name; it begins every place.
    """
    alike: dict[tuple[str, str], list[Remark]] = {}
    for remark in remarks:
        alike.setdefault((remark.code, remark.about), []).append(remark)
    found = [_finding(same, kinds[code], code, name) for (code, _), same in alike.items()]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def shortened(text: str, characters: int = 60) -> str:
    """Return text on one line, cut for a place or a message."""
    folded = " ".join(text[: 10 * characters].split())
    return folded if len(folded) <= characters else f"{folded[: characters - 1].rstrip()}…"


def _finding(same: list[Remark], kind: Kind, code: str, name: str) -> Finding:
    first = same[0]
    places = list(dict.fromkeys(remark.where for remark in same if remark.where))
    more = len(same) - 1
    what = first.what
    if more:
        others = "; ".join(places[1:PLACES])
        what += f" The same in {more} more {'place' if more == 1 else 'places'}" + (f": {others}." if others else ".")
    return Finding(
        code=f"lint.{code}",
        severity=kind.severity,
        where=", ".join(part for part in (name, first.where) if part),
        what=what,
        why=kind.why,
        mend=first.mend or kind.mend,
    )
