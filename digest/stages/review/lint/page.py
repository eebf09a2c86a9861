"""The page, read once: elements, words, places, styles, and what only Outlook classic reads.

What is longer or deeper than any email is read as far as the limits, and `cut` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from lxml import etree
from lxml import html as markup

from digest.stages.review.lint import css
from digest.stages.review.lint.remark import shortened

#: characters and elements that are looked at
MOST_CHARACTERS = 500_000
MOST_ELEMENTS = 10_000
#: comments for Outlook that are looked into; ten stories make a hundred
MOST_COMMENTS = 5_000
#: children up to which an element is shown with its words
MOST_CHILDREN = 3

#: elements whose text nobody reads
SILENT = frozenset(("script", "style", "title", "noscript", "template", "head", "meta", "link"))
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(HEADINGS) | frozenset(
    (
        *("p", "div", "td", "th", "tr", "table", "li", "ul", "ol", "dl", "dt", "dd", "body", "section", "article"),
        *("header", "footer", "main", "aside", "nav", "center", "blockquote", "pre", "address", "figure"),
    )
)

# fills the line after a preheader, or holds a row open: nothing to read
_UNSEEN = re.compile("[\\s\u034f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2007\u202a-\u202e\u2060-\u2064\ufeff]+")
_CONDITIONAL = re.compile(r"\[if\s([^\]]{0,200})\]>(.*)<!\[endif\]$", re.IGNORECASE | re.DOTALL)
# one step each: libxml2 takes the square to put two sets into order
_WORDS = etree.XPath("descendant::node()[self::img or self::text()[not(parent::style or parent::script)]]")
_FLOW = etree.XPath(
    f"descendant::node()[self::text() or self::img or {' or '.join(f'self::{one}' for one in HEADINGS)}]"
)
_SHOWN_ATTRIBUTES = ("href", "src", "id", "class", "role", "alt", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A start tag inside a comment for Outlook."""

    name: str
    attributes: dict[str, str]
    line: int

    @property
    def place(self) -> str:
        """Where it stands, for a person."""
        return f"line {self.line}: <{self.name}> for Outlook"


@dataclass(slots=True, kw_only=True)
class Page:
    """An email's HTML."""

    source: str
    root: markup.HtmlElement
    #: every element, in the order of the source
    elements: list[markup.HtmlElement]
    sheet: css.Sheet
    #: style sheets as (characters, line)
    sheets: list[tuple[int, int]]
    #: what stands in comments that only Outlook classic reads
    outlook: list[Tag]
    outlook_sheet: css.Sheet
    #: why not all of it was looked at, or empty
    cut: str = ""
    #: what is read, in order: (element, its next text); headings and pictures come with an empty one before
    flow: list[tuple[markup.HtmlElement, str]] = field(default_factory=list)
    _declared: dict[str, tuple[css.Declaration, ...]] = field(default_factory=dict)
    _words: dict[markup.HtmlElement, str] = field(default_factory=dict)

    def named(self, *names: str) -> Iterator[markup.HtmlElement]:
        """Yield the elements of these names, in order."""
        return (element for element in self.elements if element.tag in names)

    def style(self, element: markup.HtmlElement) -> tuple[css.Declaration, ...]:
        """Return what an element's own style attribute declares."""
        text = element.get("style") or ""
        if text not in self._declared:
            self._declared[text], errors = css.declared(text)
            self.sheet.errors += [(error, element.sourceline or 0) for error in errors]
        return self._declared[text]

    def words(self, element: markup.HtmlElement) -> str:
        """Return what is read of an element, alternatives of pictures among it, on one line."""
        if element not in self._words:
            nodes: list[Any] = list(_WORDS(element))  # type: ignore[arg-type]
            parts = (str(one.get("alt") or "") if isinstance(one, markup.HtmlElement) else str(one) for one in nodes)
            self._words[element] = " ".join(visible(" ".join(parts)).split())
        return self._words[element]

    def place(self, element: markup.HtmlElement) -> str:
        """Return where an element stands: its line, its start tag and its first words."""
        shown = "".join(
            f' {name}="{shortened(element.get(name) or "", 40)}"'
            for name in _SHOWN_ATTRIBUTES
            if element.get(name) is not None
        )
        # a part of the page has too many words to be known by them
        words = shortened(self.words(element), 40) if len(element) <= MOST_CHILDREN else ""
        return f"line {element.sourceline or 1}: <{shortened(f'{element.tag}{shown}', 100)}>{words}"


def visible(text: str) -> str:
    """Return text without what fills space and is never read; every run of it becomes a space."""
    return _UNSEEN.sub(" ", text).strip()


def parsed(source: str) -> Page | None:
    """Read an email's HTML; None where there is nothing in it to read."""
    cut = f"only the first {MOST_CHARACTERS:,} characters" if len(source) > MOST_CHARACTERS else ""
    text = source[:MOST_CHARACTERS].replace("\x00", "")
    parser = markup.HTMLParser(encoding="utf-8")
    try:
        root = markup.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    every = [node for node in root.iter() if isinstance(node.tag, str)]
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        cut = "only what is less than 256 elements deep"
    elif len(every) > MOST_ELEMENTS:
        cut = f"only the first {MOST_ELEMENTS:,} elements"
    page = Page(
        source=source,
        root=root,
        elements=every[:MOST_ELEMENTS],
        sheet=css.Sheet(),
        sheets=[],
        outlook=[],
        outlook_sheet=css.Sheet(),
        cut=cut,
    )
    for element in page.named("style"):
        css.read(element.text or "", element.sourceline or 1, page.sheet, element.get("media") or "")
        page.sheets.append((len(element.text or ""), element.sourceline or 1))
    known = set(page.elements)
    page.flow = [entry for entry in _flow(root) if entry[0] in known and entry[0].tag not in ("style", "script")]
    _read_comments(page)
    return page


def _flow(root: markup.HtmlElement) -> Iterator[tuple[markup.HtmlElement, str]]:
    nodes: list[Any] = list(_FLOW(root))  # type: ignore[arg-type]
    for node in nodes:
        if isinstance(node, markup.HtmlElement):
            yield node, ""
            continue
        # the text after an element, or after a comment, belongs to what is around it
        beside = node.getparent()
        owner = beside.getparent() if node.is_tail else beside
        if owner is not None:
            yield owner, str(node)


def _read_comments(page: Page) -> None:
    comments = (node for node in page.root.iter(etree.Comment))
    for _, comment in zip(range(MOST_COMMENTS), comments, strict=False):
        match = _CONDITIONAL.match(str(comment.text or "").strip())
        if match and "!mso" not in match.group(1).replace(" ", "").lower():
            reader = _Outlook(page, comment.sourceline or 1)
            reader.feed(match.group(2))


class _Outlook(HTMLParser):
    """Reads one comment: half of the tags in it are closed in another."""

    def __init__(self, page: Page, line: int) -> None:
        super().__init__(convert_charrefs=True)
        self._page = page
        self._line = line
        self._styles = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a start tag."""
        line = self._line + self.getpos()[0] - 1
        self._page.outlook.append(Tag(name=tag, attributes={name: value or "" for name, value in attrs}, line=line))
        self._styles = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        """Notice the end of a style sheet."""
        self._styles = self._styles and tag != "style"

    def handle_data(self, data: str) -> None:
        """Read a style sheet."""
        if self._styles:
            css.read(data, self._line + self.getpos()[0] - 1, self._page.outlook_sheet)
