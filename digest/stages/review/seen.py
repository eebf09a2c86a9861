"""Seen: what readers see in their inbox, and what they do not see of a story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from digest.domain import spoken
from digest.domain.model import DateFrom, Finding, Placement, Severity, Variant

#: characters of a subject that small phones show
SMALL_PHONE = 35


def subjects(edition: str, variants: Sequence[Variant]) -> Iterator[Finding]:
    """Say which subjects small phones cut, each once, and what is left of them."""
    slugs: dict[str, list[str]] = {}
    for variant in variants:
        slugs.setdefault(variant.subject, []).append(variant.slug)
    for subject, those in slugs.items():
        if len(subject) > SMALL_PHONE:
            yield Finding(
                code="review.subject",
                severity=Severity.LOOK_AT,
                where=f"{edition}, {', '.join(those)}",
                what=f"Small phones show {SMALL_PHONE} of {len(subject)} characters of the subject: “{_cut(subject)}”.",
                why="What makes people open it may be in what is cut.",
                mend="Write what matters first, or fewer words.",
                about="subject",
            )


def undated(edition: str, placements: Iterable[Placement], zone: str) -> Iterator[Finding]:
    """Say which stories bear no date of their own; zone: IANA name of the newsletter's time zone."""
    for one in placements:
        if one.shown.date_from == DateFrom.FIRST_SEEN:
            found = spoken.day(one.story.lead.first_seen, zone)
            yield Finding(
                code="review.date",
                severity=Severity.LOOK_AT,
                where=edition,
                what=f"“{one.shown.title}” has no date: it was found on {found}.",
                why="Readers see no date, and what was published long ago looks new.",
                mend="Look when it was published, and write the date.",
                about=f"story/{one.story.id}/published",
            )


def _cut(subject: str) -> str:
    return f"{subject[: SMALL_PHONE - 1].rstrip()}…"
