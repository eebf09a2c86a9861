"""Lint: what is wrong with the final bytes of any email, also of one that this program did not make.

Pure functions over the bytes: nothing is asked of the network, nothing is remembered. The page is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from digest.domain.model import Finding
from digest.stages.review.lint import (
    accessibility,
    contrast,
    dark,
    file,
    links,
    message,
    order,
    size,
    support,
    text,
)
from digest.stages.review.lint import content as contents
from digest.stages.review.lint.cascade import View, looks
from digest.stages.review.lint.page import parsed
from digest.stages.review.lint.remark import MOST_REMARKS, Kind, Remark, gathered

#: every fault that is looked for, by its code without “lint.”
KINDS: Mapping[str, Kind] = {
    **accessibility.KINDS,
    **order.KINDS,
    **contrast.KINDS,
    **links.KINDS,
    **contents.KINDS,
    **size.KINDS,
    **text.KINDS,
    **dark.KINDS,
    **support.KINDS,
    **message.KINDS,
    **file.KINDS,
}


def lint(html: str, text: str | None = None, *, name: str = "", encoded: int | None = None) -> tuple[Finding, ...]:
    """Return the findings about an email's parts, what must be mended first.

    text: the text part, None where only the HTML is looked at; name: what every place begins with, such as a file's
    name; encoded: octets of the HTML as it travels, where that is known.
    """
    return gathered(_parts(html, text, encoded), KINDS, name)


def lint_message(content: bytes, *, name: str = "") -> tuple[Finding, ...]:
    """Return the findings about a message as it travels: those about its parts, its headers and its encoding."""
    parts = message.read(content)
    found = [*parts.remarks]
    if parts.html is not None:
        found += _parts(parts.html, parts.text, parts.encoded, parts.leaving)
    elif parts.text is not None:
        found += text.remarks(parts.text, None, {}, parts.leaving)
    return gathered(found, KINDS, name)


def lint_file(content: bytes, *, name: str) -> tuple[Finding, ...]:
    """Return the findings about a file: a message, a mailbox or HTML, by what it begins with."""
    kind = file.what(content)
    if kind == "html":
        return lint(file.decoded(content), name=name)
    if kind == "message":
        return lint_message(content.removeprefix(b"\xef\xbb\xbf").lstrip(), name=name)
    if kind == "mailbox":
        each = file.messages(content.lstrip())
        names = [name] if len(each) == 1 else [f"{name}, message {number}" for number in range(1, len(each) + 1)]
        return tuple(one for part, called in zip(each, names, strict=True) for one in lint_message(part, name=called))
    said = {"empty": "There is nothing in it.", "large": f"It has {len(content):,} octets."}
    return (file.refusal(f"file.{kind}", name, said.get(kind, "It is neither a message nor HTML.")),)


def _parts(
    html: str, words: str | None, encoded: int | None, leaving: frozenset[str] = frozenset()
) -> Iterator[Remark]:
    page = parsed(html)
    yield from size.remarks(html, page, encoded)
    if page is None:
        return
    views = looks(page)
    light = views[View.LIGHT]
    areas = [
        accessibility.remarks(page, light),
        order.remarks(page, light),
        contrast.remarks(page, views),
        links.remarks(page, light, leaving),
        contents.remarks(page, light),
        dark.remarks(page),
        support.remarks(page),
    ]
    if words is not None:
        areas.append(text.remarks(words, page, light, leaving))
    for area in areas:
        yield from islice(area, MOST_REMARKS)
