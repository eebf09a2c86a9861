"""Articles: the own pages of new articles are asked for what their source left out; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.errors import DigestError, FetchError
from digest.domain.model import Article, Finding, Insight, Severity, Source
from digest.domain.ports import AskArticle

#: articles whose pages are asked, of one source in one harvest; the rest waits for the next
AT_ONCE = 30
#: of these so many are the first, which a source shows as its newest; with the others the rest has its turn
NEWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What asking the pages of some articles came to."""

    read: tuple[tuple[Insight, Article], ...]
    asked: frozenset[str]
    faults: tuple[DigestError, ...]
    #: what their site asks to be left alone for
    patience: timedelta | None


def ask(
    article: AskArticle, source: Source, wanted: Sequence[Insight], now: datetime, stop: Callable[[], bool]
) -> Pages:
    """Ask the pages of at most AT_ONCE of these insights, until their site asks for patience or `stop` says so."""
    read: list[tuple[Insight, Article]] = []
    faults: list[DigestError] = []
    asked: set[str] = set()
    patience = None
    for insight in _turn(wanted, now)[:AT_ONCE]:
        if patience is not None or stop():
            break
        asked.add(insight.id)
        try:
            read.append((insight, article(source, insight.link)))
        except DigestError as fault:
            faults.append(fault)
            patience = fault.retry_after if isinstance(fault, FetchError) else None
    return Pages(read=tuple(read), asked=frozenset(asked), faults=tuple(faults), patience=patience)


def failed(source: Source, pages: Pages) -> Finding:
    """Say that some pages could not be read."""
    return Finding(
        code="collect.articles",
        severity=Severity.LOOK_AT if len(pages.faults) == len(pages.asked) else Severity.NOTE,
        where=source.id,
        what=f"{len(pages.faults)} of {len(pages.asked)} new articles' own pages could not be read; "
        f"the first: {pages.faults[0].what}",
        why="What they say of themselves (picture, author, date) is missing.",
    )


def _turn(wanted: Sequence[Insight], now: datetime) -> Sequence[Insight]:
    """Put the newest first, then begin elsewhere each day: pages that fail must not keep all others waiting."""
    first, rest = wanted[:NEWEST], wanted[NEWEST:]
    if len(wanted) <= AT_ONCE:
        return wanted
    start = now.toordinal() * (AT_ONCE - NEWEST) % len(rest)
    return [*first, *rest[start:], *rest[:start]]
