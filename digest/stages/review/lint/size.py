"""Size, and what could not be read at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from digest.domain.model import Severity
from digest.stages.review.lint.page import Page
from digest.stages.review.lint.remark import Kind, Remark

#: octets of the decoded HTML. Gmail cuts a message off near 102 kB and hides the unsubscribe link with the rest
WARN_BYTES = 80_000
MOST_BYTES = 100_000
#: octets of the HTML as it travels
MOST_ENCODED = 102_400

KINDS: Mapping[str, Kind] = {
    "size.long": Kind(
        severity=Severity.LOOK_AT,
        looks_for=f"more than {WARN_BYTES // 1000} kB of HTML",
        why="Gmail cuts off what is longer than about 102 kB, and the unsubscribe link with it.",
        mend="Send fewer stories: lower maximum_stories in digest.toml.",
    ),
    "size.clipped": Kind(
        severity=Severity.MUST_MEND,
        looks_for=f"more than {MOST_BYTES // 1000} kB of HTML",
        why="Gmail cuts off what is longer than about 102 kB, and the unsubscribe link with it.",
        mend="Send fewer stories: lower maximum_stories in digest.toml.",
    ),
    "size.encoded": Kind(
        severity=Severity.LOOK_AT,
        looks_for="an HTML part of more than 102,400 octets as it travels",
        why="It may be what Gmail counts.",
        mend="Send fewer stories; letters that are not ASCII take three to six octets each.",
    ),
    "size.unread": Kind(
        severity=Severity.LOOK_AT,
        looks_for="HTML that is longer or deeper than what is looked at (500,000 characters, 10,000 elements, 255 in "
        "one another)",
        why="Faults behind that place were not looked for, and mail programs give up, too.",
        mend="Shorten it, or take out elements that hold nothing but another.",
    ),
    "size.nothing": Kind(
        severity=Severity.MUST_MEND,
        looks_for="HTML in which there is nothing",
        why="Readers get an empty page.",
        mend="Look at what made it.",
    ),
}


def remarks(source: str, page: Page | None, encoded: int | None) -> Iterator[Remark]:
    """Yield what is too large. page: None where nothing could be read; encoded: octets as it travels, if known."""
    if page is None:
        yield Remark(code="size.nothing", what="There is no HTML in it.")
        return
    size = len(source.encode("utf-8", "replace"))
    if size > WARN_BYTES:
        code = "size.clipped" if size > MOST_BYTES else "size.long"
        yield Remark(code=code, what=f"The HTML is {size // 1000} kB long.")
    elif encoded is not None and encoded > MOST_ENCODED:
        yield Remark(code="size.encoded", what=f"The HTML is {encoded:,} octets long as it travels.")
    if page.cut:
        yield Remark(code="size.unread", what=f"Of the HTML {page.cut} were looked at.")
