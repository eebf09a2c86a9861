"""Harvest: every source of a newsletter is asked once.

One commit a source: insights, validators and what is remembered of it together. What fails fails
alone, and a program that is stopped between two sources has kept the first one's insights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from digest.domain.errors import DigestError
from digest.domain.model import Finding, Gathered, Newsletter, Severity, Source
from digest.domain.ports import Clock, Gather, Progress, SourceState, Store
from digest.stages.collect import insights


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """What asking one source came to."""

    source: str
    #: entries that the source shows now, and how many of them were not known
    found: int = 0
    new: int = 0
    unchanged: bool = False
    findings: tuple[Finding, ...] = ()


def harvest(
    store: Store, clock: Clock, gather: Gather, newsletter: Newsletter, progress: Progress = lambda done, of: None
) -> list[Harvested]:
    """Ask every source of a newsletter; return one result a source, in their order."""
    results = []
    for number, source in enumerate(newsletter.sources):
        progress(number, len(newsletter.sources))
        results.append(_one(store, clock, gather, source))
    progress(len(newsletter.sources), len(newsletter.sources))
    return results


def _one(store: Store, clock: Clock, gather: Gather, source: Source) -> Harvested:
    with store.reading() as session:
        before = session.insights.state(source.id)
    now = clock()
    try:
        gathered = gather(source, before.validators)
    except DigestError as fault:
        return _failed(store, source, before, fault, now)
    return _kept(store, source, before, gathered, now)


def _kept(store: Store, source: Source, before: SourceState, gathered: Gathered, now: datetime) -> Harvested:
    reading = gathered.reading
    found, findings = insights(source, reading, now) if reading is not None else ((), ())
    with store.writing() as session:
        new = session.insights.add(found)
        session.insights.remember(
            replace(
                before,
                validators=gathered.validators,
                last_asked=now,
                last_success=now,
                last_new=now if new else before.last_new,
                failing_since=None,
                fault="",
            )
        )
    said = (*(reading.findings if reading is not None else ()), *findings)
    if reading is not None and not found and before.last_new is not None:
        said = (*said, _silent(source, before.last_new))
    return Harvested(source=source.id, found=len(found), new=new, unchanged=reading is None, findings=said)


def _failed(store: Store, source: Source, before: SourceState, fault: DigestError, now: datetime) -> Harvested:
    with store.writing() as session:
        session.insights.remember(
            replace(before, last_asked=now, failing_since=before.failing_since or now, fault=fault.what)
        )
    finding = Finding(
        code="collect.failed",
        severity=Severity.LOOK_AT,
        where=source.id,
        what=fault.what,
        why="Nothing new came from it this time; what it gave before is kept.",
        mend=fault.mend,
    )
    return Harvested(source=source.id, findings=(finding,))


def _silent(source: Source, last_new: datetime) -> Finding:
    return Finding(
        code="collect.silent",
        severity=Severity.LOOK_AT,
        where=source.id,
        what=f"It shows no insights any more; the last new one came on {last_new.day} {last_new:%B %Y}.",
        why="Its layout may have changed, and news may be missed.",
        mend="Open it in a browser; if there is news, tell whoever looks after digest.toml.",
    )
