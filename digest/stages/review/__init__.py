"""Review: findings about the final bytes of an edition. What must be mended blocks the approval."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from digest.domain.model import OTHER, Finding, Placement, Severity, Variant
from digest.stages.review.leading import led
from digest.stages.review.seen import subjects, undated

# a named slot that is filled for each person when the message is written (stages/slotted); what a source wrote
# cannot bear the edition's mark
_SLOT = re.compile(r"\[\[digest:([a-z_]+)\.[A-Za-z0-9_-]*:[0-9a-f]+\]\]")
#: what stands in a slot while it is looked at
_FILLED: Mapping[str, str] = {
    "unsubscribe": "https://slots.example.org/u/a0a0a0a0a0a0a0a0.AAAAAAAAAAAAAAAAAAAAAA",
    "preferences": "https://slots.example.org/p/a0a0a0a0a0a0a0a0.AAAAAAAAAAAAAAAAAAAAAA",
    "first_name": "Ada",
    "last_name": "Example",
}
#: what a source may have written in good faith: staff look at it, and nobody here can mend it. Placeholders of staff's
#: own texts are held against their names before, with line and suggestion (`digest check`)
_SAID_BY_SOURCES = frozenset(
    f"lint.{code}"
    for code in (
        "accessibility.title",
        "content.merge-field",
        "content.placeholder",
        "content.slot",
        "content.template",
        "links.malformed",
        "links.merge-field",
        "links.placeholder",
        "links.private",
        "text.left-over",
    )
)


#: a link whose words say so is enough for any email; ours must hold the slot that leads to each person's own page
_LEAVING = ("lint.links.unsubscribe", "lint.text.unsubscribe")

_NOTHING: Mapping[str, str] = {}


def review(
    edition: str,
    variants: Sequence[Variant],
    placements: Iterable[Placement],
    themes: Mapping[str, str] = _NOTHING,
    leads: Mapping[str, str] = _NOTHING,
    zone: str = "UTC",
) -> tuple[Finding, ...]:
    """Return the findings about an edition, what must be mended first.

    themes: the name of each by its id; leads: the addresses of links that are counted -> where they lead in the end,
    which is what is looked at; zone: IANA name of the time zone in which days are named.
    """
    placements = list(placements)
    bytes_of = [(variant.slug, finding) for variant in variants for finding in _bytes(edition, variant, leads)]
    # the web version is mailed to nobody, and nobody's own
    mailed = [variant for variant in variants if not variant.is_web_version]
    of_variants = [finding for variant in mailed for finding in _variant(edition, variant)]
    # what is missing for the law is said first
    found = [
        *of_variants,
        *_once(bytes_of),
        *_placements(edition, placements, themes),
        *undated(edition, placements, zone),
        *subjects(edition, mailed),
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _bytes(edition: str, variant: Variant, leads: Mapping[str, str]) -> Iterator[Finding]:
    # with its packages and patterns it takes a tenth of a second to load, which commands that look at nothing need not
    from digest.stages.review.lint import lint

    html, text = (
        _SLOT.sub(lambda match: _FILLED.get(match.group(1), match.group()), part)
        for part in (variant.html, variant.text)
    )
    encoded = len(binascii.b2a_qp(html.replace("\n", "\r\n").encode("utf-8", "replace")))
    html, text = led(html, leads, escape=True), led(text, leads, escape=False)
    for finding in lint(html, text, name=f"{edition}, {variant.slug}", encoded=encoded):
        if finding.code in _LEAVING:
            continue
        if finding.code in _SAID_BY_SOURCES and finding.severity == Severity.MUST_MEND:
            yield replace(finding, severity=Severity.LOOK_AT)
        else:
            yield finding


def _once(found: Iterable[tuple[str, Finding]]) -> Iterator[Finding]:
    """Yield what several variants share once, at the first of them."""
    alike: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
    for slug, finding in found:
        alike.setdefault((finding.code, finding.what), []).append((slug, finding))
    for same in alike.values():
        first, others = same[0][1], {slug for slug, _ in same} - {same[0][0]}
        more = f" (and in {len(others)} more {'variant' if len(others) == 1 else 'variants'})" if others else ""
        yield replace(first, where=f"{first.where}{more}")


def _variant(edition: str, variant: Variant) -> Iterator[Finding]:
    for part, text in (("HTML", variant.html), ("text", variant.text)):
        if "[[digest:unsubscribe." not in text:
            yield Finding(
                code="review.unsubscribe",
                severity=Severity.MUST_MEND,
                where=f"{edition}, {variant.slug}",
                what=f"The {part} has no unsubscribe link.",
                why="The law and every mail provider ask for one.",
                mend="Put {{ block.unsubscribe }} back into the footer's template.",
            )
    if not variant.people:
        yield Finding(
            code="review.nobody",
            severity=Severity.LOOK_AT,
            where=f"{edition}, {variant.slug}",
            what=f"Nobody in the segment “{variant.segment}” gets it now.",
            why="The rule of the segment may be too narrow, or people lack a consent record.",
            mend="Look at the segment's rule in digest.toml and at the subscribers' file.",
        )


def _placements(edition: str, placements: Iterable[Placement], themes: Mapping[str, str]) -> Iterator[Finding]:
    for placement in placements:
        if placement.check:
            theme = "Other" if placement.theme == OTHER else f"“{themes.get(placement.theme, placement.theme)}”"
            yield Finding(
                code="review.theme",
                severity=Severity.LOOK_AT,
                where=edition,
                what=f"“{placement.shown.title}” stands under {theme}: {placement.reasons[-1]}.",
                why="Readers look for it under the theme they follow.",
                mend="`digest themes keep` says that it is right there; `digest themes move` puts it elsewhere.",
                about=f"story/{placement.story.id}/theme",
            )
