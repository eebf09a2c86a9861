"""The text part: for watches, screen readers, and whoever reads without pictures and colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from digest.domain.model import Severity
from digest.stages.review.lint.cascade import Looks
from digest.stages.review.lint.content import left_over
from digest.stages.review.lint.links import unsubscribes
from digest.stages.review.lint.page import HEADINGS, Page, visible
from digest.stages.review.lint.remark import Kind, Remark, shortened

LOOK = Severity.LOOK_AT
#: columns of a line without an address (RFC 5322 2.1.1)
COLUMNS = 78
#: characters that are looked at
MOST_CHARACTERS = 300_000

KINDS: Mapping[str, Kind] = {
    "text.empty": Kind(
        severity=Severity.MUST_MEND,
        looks_for="a text part in which there is nothing",
        why="Whoever reads mail as text gets an empty message, and filters count it against you.",
        mend="Write the same as in the HTML, without its tags.",
    ),
    "text.markup": Kind(
        severity=LOOK,
        looks_for="tags, comments and style sheets of HTML",
        why="Nobody draws them here: readers see the code.",
        mend="Make the text from the words, not from the HTML.",
    ),
    "text.entity": Kind(
        severity=LOOK,
        looks_for="character references such as `&amp;` and `&#8217;`",
        why="Readers see the code instead of the letter.",
        mend="Write the letter itself.",
    ),
    "text.left-over": Kind(
        severity=Severity.MUST_MEND,
        looks_for="merge fields, commands of templates, markers and words to be replaced, as in the HTML",
        why="Readers see the inside of the program.",
        mend="Fill it in, or take it out of the template of the text.",
    ),
    "text.letters": Kind(
        severity=LOOK,
        looks_for="letters in a wrong encoding, escapes, lost letters, as in the HTML",
        why="Words cannot be read.",
        mend="Read what it is made from as UTF-8.",
    ),
    "text.long-line": Kind(
        severity=LOOK,
        looks_for=f"lines of more than {COLUMNS} columns without an address",
        why="Programs that show plain text do not wrap it, or wrap it in the middle of words.",
        mend="Break lines at 72 columns.",
    ),
    "text.unsubscribe": Kind(
        severity=Severity.MUST_MEND,
        looks_for="an address to unsubscribe",
        why="Who reads the text part has the same right to leave.",
        mend="Put the address into the footer of the text; in templates of this program it is {{ block.unsubscribe }}.",
    ),
    "text.numbers": Kind(
        severity=LOOK,
        looks_for="numbered addresses (`[3] https://…`) that skip or repeat a number, or to which no text refers",
        why="Nobody finds the address of what they want to read.",
        mend="Number the addresses in their order, each once, and write the number behind what it belongs to.",
    ),
    "text.headings": Kind(
        severity=LOOK,
        looks_for="headings of the HTML that are missing in the text, or stand in another order",
        why="The two parts are the same letter: what one says the other must say.",
        mend="Make both from the same stories, in the same order.",
    ),
}

_TAG = re.compile(
    r"</?(?:a|abbr|b|body|br|center|div|em|font|h[1-6]|head|hr|html|i|img|li|meta|ol|p|span|strong|style|table|tbody|td"
    r"|th|title|tr|u|ul)(?:\s[^<>]{0,500})?/?>|<!--|<!doctype|\{[^{}\n]{0,200}:\s?[^{}\n]{1,200};[^{}\n]{0,200}\}",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{2,6}|#x[0-9a-f]{2,5});", re.IGNORECASE)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://|mailto:|www\.|\S@\S", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s{0,8}\[(\d{1,4})\]:?\s{1,4}(?:https?://|mailto:)", re.MULTILINE)
_LETTERS = ("content.escape", "content.mojibake", "content.replacement")


def remarks(text: str, page: Page | None, looks: Looks, leaving: frozenset[str] = frozenset()) -> Iterator[Remark]:
    """Yield what is amiss in the text part.

    page, looks: the HTML beside it, in the light view; leaving: addresses that are known to lead out of the list.
    """
    text = text[:MOST_CHARACTERS]
    if not text.strip():
        yield Remark(code="text.empty", what="There is nothing in the text part.")
        return
    for number, line in enumerate(text.splitlines(), 1):
        yield from _line(line, f"text, line {number}")
    if not any(address in text for address in leaving) and not _leaves(text):
        yield Remark(code="text.unsubscribe", what="The text has no address to unsubscribe.")
    yield from _numbers(text)
    if page is not None:
        yield from _headings(text, page, looks)


def _line(line: str, where: str) -> Iterator[Remark]:
    tag = _TAG.search(line)
    if tag:
        what = f"“{shortened(tag.group())}” stands in the text."
        yield Remark(code="text.markup", what=what, where=where)
    entity = _ENTITY.search(line)
    if entity and not _ADDRESS.search(line):
        yield Remark(code="text.entity", what=f"“{entity.group()}” stands in the text.", where=where)
    for remark in left_over(line):
        if remark.code not in _LETTERS:
            yield replace(remark, code="text.left-over", where=where)
        elif not remark.about.startswith("&"):
            # a reference in an address may be a part of its query
            yield replace(remark, code="text.letters", where=where)
    if len(line) > COLUMNS and not _ADDRESS.search(line):
        yield Remark(code="text.long-line", what=f"A line has {len(line)} columns.", where=where)


def _leaves(text: str) -> bool:
    """Tell whether an address to leave stands there: it says so itself, or the words on the two lines before do."""
    lines = text.splitlines()
    return any(
        _ADDRESS.search(line) and unsubscribes(" ".join(lines[max(0, at - 2) : at]), line)
        for at, line in enumerate(lines)
    )


def _numbers(text: str) -> Iterator[Remark]:
    numbers = [int(number) for number in _NUMBERED.findall(text)]
    if numbers and numbers != list(range(1, len(numbers) + 1)):
        wrong = next(number for at, number in enumerate(numbers, 1) if at != number)
        yield Remark(code="text.numbers", what=f"The numbers of the addresses are not 1, 2, 3 …: see [{wrong}].")
    for number in dict.fromkeys(numbers):
        if text.count(f"[{number}]") < 2:
            yield Remark(code="text.numbers", what=f"Nothing in the text refers to [{number}].", about="unused")


def _headings(text: str, page: Page, looks: Looks) -> Iterator[Remark]:
    flat = _comparable(text)
    place = 0
    for heading in page.named(*HEADINGS):
        words = page.words(heading)
        if not words or looks[heading].hidden:
            continue
        # what tells two stories of one title apart in a list of links is not needed here
        ways = [_comparable(way) for way in (words, re.sub(r" \([^()]{1,200}\)$", "", words))]
        found = [(flat.find(way, place), way) for way in ways]
        at, way = max(found, key=lambda one: one[0] >= 0)
        if at >= 0:
            place = at + len(way)
            continue
        elsewhere = any(way in flat for way in ways)
        what = f"“{shortened(words)}” stands {'elsewhere in' if elsewhere else 'not in'} the text."
        yield Remark(code="text.headings", what=what, where=page.place(heading), about=str(elsewhere))


def _comparable(text: str) -> str:
    # without any white space: tags inside words, joiners and soft hyphens part them in one of the two only
    return "".join(visible(text).split()).upper().casefold()
