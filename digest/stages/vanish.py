"""Vanish: a page that used to give insights gives none, or none of those known: its layout may have changed.

Then what is found may be a menu. It is kept out of the digest until somebody has looked, unless it stands where the
known articles stand: a page may well have changed all its entries while nobody asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.domain.model import Finding, Insight, Severity, Source

#: share of the entries that must stand where known articles stand
KIN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """What is said of a page whose known entries are gone, and whether what it shows now is taken."""

    finding: Finding
    taken: bool


def look(
    source: Source, last_new: datetime | None, found: Sequence[Insight], new: frozenset[str], latest: Sequence[Insight]
) -> Vanished | None:
    """Tell whether a source's known entries vanished.

    last_new: when it last gave a new insight; new: ids of those found that were not known; latest: known ones of the
    source, the latest first. None where all is as it was.
    """
    if last_new is None or (source.kind == "page" and any(one.id not in new for one in found)):
        return None
    day = f"{last_new.day} {last_new:%B %Y}"
    if not found:
        return Vanished(finding=_silent(source, day), taken=False)
    if source.kind != "page":
        return None
    taken = _are_kin(found, latest)
    return Vanished(finding=_strange(source, found, day, taken=taken), taken=taken)


def _are_kin(found: Sequence[Insight], latest: Sequence[Insight]) -> bool:
    # a folder of the site such as "a.example/news"; at its root stand all its sections, too
    folders = {_folder(one) for one in latest} - {""}
    return sum(_folder(one) in folders for one in found) >= KIN * len(found)


def _folder(insight: Insight) -> str:
    parent = insight.canonical.partition("?")[0].rpartition("/")[0]
    return parent if "/" in parent else ""


def _silent(source: Source, day: str) -> Finding:
    return Finding(
        code="collect.silent",
        severity=Severity.LOOK_AT,
        where=source.id,
        what=f"It shows no insights any more; the last new one came on {day}.",
        why="Its layout may have changed, and news may be missed.",
        mend=f"Open {source.address} in a browser. If there is news, `digest sources check {source.id}` shows what can "
        "be read of it, and selectors in digest.toml tell which parts are the articles.",
    )


def _strange(source: Source, found: Sequence[Insight], day: str, *, taken: bool) -> Finding:
    titles = "; ".join(f"“{one.title}”" for one in found[:3])
    kept = (
        "They stand where its articles stood, so they were taken."
        if taken
        else "They may be a menu, so none of them was taken."
    )
    return Finding(
        code="collect.all-new" if taken else "collect.changed",
        severity=Severity.LOOK_AT,
        where=source.id,
        what=f"It shows {len(found)} entries and none of those known; the last good day was {day}.",
        why=f"Its layout may have changed. {kept} They begin: {titles}.",
        mend="Look at them in the draft. If they are no articles, write selectors for the source in digest.toml."
        if taken
        else f"If they are articles, `digest sources accept {source.id}` takes them; if not, write selectors for it.",
    )
