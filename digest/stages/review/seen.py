"""Seen: what readers see in their inbox, and what they do not see of a story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from digest.domain import spoken
from digest.domain.model import DateFrom, Finding, Placement, Severity, Variant

#: characters of a subject that small phones show
SMALL_PHONE = 35


def on_small_phone(subject: str) -> str:
    """Return what a small phone shows of a subject that is too long for it; empty where it shows all."""
    return f"{subject[: SMALL_PHONE - 1].rstrip()}…" if len(subject) > SMALL_PHONE else ""


def subjects(edition: str, variants: Sequence[Variant]) -> Iterator[Finding]:
    """Say which subjects small phones cut, each once, and what is left of them."""
    slugs: dict[str, list[str]] = {}
    for variant in variants:
        slugs.setdefault(variant.subject, []).append(variant.slug)
    for subject, those in slugs.items():
        if left := on_small_phone(subject):
            yield Finding(
                code="review.subject",
                severity=Severity.LOOK_AT,
                where=f"{edition}, {', '.join(those)}",
                what=f"Small phones show {SMALL_PHONE} of {len(subject)} characters of the subject: “{left}”.",
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
