"""Review: findings about the final bytes of an edition. What must be mended blocks the approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lxml import html as markup

from digest.domain.model import Finding, Placement, Severity, Variant

#: Gmail cuts a message off near 102 kB and hides the unsubscribe link with the rest
WARN_BYTES = 80_000
MOST_BYTES = 100_000


def review(edition: str, variants: Sequence[Variant], placements: Iterable[Placement]) -> tuple[Finding, ...]:
    """Return the findings about an edition, what must be mended first."""
    found = [*(one for variant in variants for one in _variant(edition, variant)), *_placements(edition, placements)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _variant(edition: str, variant: Variant) -> Iterator[Finding]:
    where = f"{edition}, {variant.slug}"
    size = len(variant.html.encode())
    if size > WARN_BYTES:
        yield Finding(
            code="review.size",
            severity=Severity.MUST_MEND if size > MOST_BYTES else Severity.LOOK_AT,
            where=where,
            what=f"The email is {size // 1000} kB long.",
            why="Gmail cuts off what is longer than about 102 kB, and the unsubscribe link with it.",
            mend="Lower maximum_stories in digest.toml.",
        )
    for part, text in (("HTML", variant.html), ("text", variant.text)):
        if not variant.is_web_version and "[[digest:unsubscribe." not in text:
            yield Finding(
                code="review.unsubscribe",
                severity=Severity.MUST_MEND,
                where=where,
                what=f"The {part} has no unsubscribe link.",
                why="The law and every mail provider ask for one.",
                mend="Put {{ block.unsubscribe }} back into the footer's template.",
            )
    if not variant.people and not variant.is_web_version:
        yield Finding(
            code="review.nobody",
            severity=Severity.LOOK_AT,
            where=where,
            what=f"Nobody in the segment “{variant.segment}” gets it now.",
            why="The rule of the segment may be too narrow, or people lack a consent record.",
            mend="Look at the segment's rule in digest.toml and at the subscribers' file.",
        )
    yield from _links(where, variant.html)


def _links(where: str, page: str) -> Iterator[Finding]:
    for link in markup.fromstring(page).iter("a"):
        alternatives = [picture.get("alt") or "" for picture in link.iter("img")]
        words = " ".join(" ".join([str(link.xpath("string()")), *alternatives]).split())
        if not words or not link.get("href"):
            yield Finding(
                code="review.link",
                severity=Severity.MUST_MEND,
                where=where,
                what=f"A link has no {'words' if not words else 'address'} ({link.get('href') or words}).",
                why="Screen readers read it as nothing.",
                mend="Give it both in the template.",
            )


def _placements(edition: str, placements: Iterable[Placement]) -> Iterator[Finding]:
    for placement in placements:
        if placement.check:
            yield Finding(
                code="review.theme",
                severity=Severity.LOOK_AT,
                where=edition,
                what=f"“{placement.story.lead.title}” stands under {placement.theme}: {placement.reasons[-1]}.",
                why="Readers look for it under the theme they follow.",
                mend="If it belongs elsewhere, add a keyword to that theme in digest.toml.",
            )
